"""Picking: from what is kept for an order to the vials in its box, by lot and by count."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from shop.core import clock, faults
from shop.core.database import writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.inventory import availability
from shop.inventory.models import Lot, LotState, Reservation, ReservationState
from shop.ordering import states
from shop.ordering.models import FulfilmentState, Order, OrderLine
from shop.people.staff import SignedInStaff

PICKING = (FulfilmentState.TO_PICK, FulfilmentState.PART_SHIPPED)
"""The states of an order in which vials go into its box, or back on the shelf."""


def open_state(order: Order) -> FulfilmentState:
    """The state of an order whose box is open: whether a parcel of it has left before or not."""
    return FulfilmentState.PART_SHIPPED if order.shipments else FulfilmentState.TO_PICK


class WrongLot(Refused):
    """The vial scanned does not belong in the box."""


@dataclass(frozen=True, kw_only=True)
class PickRow:
    """One lot of one line on the pick list."""

    reservation: Reservation
    line: OrderLine

    @property
    def lot(self) -> Lot:
        """The lot to take from."""
        return self.reservation.lot

    @property
    def sent(self) -> bool:
        """Whether these vials have left."""
        return self.reservation.state == ReservationState.SHIPPED

    @property
    def picked_vials(self) -> int:
        """How many are in the box."""
        return self.reservation.picked_vials

    @property
    def missing(self) -> int:
        """How many are not."""
        return self.reservation.quantity - self.reservation.picked_vials

    @property
    def picked(self) -> bool:
        """Whether all of them are."""
        return self.missing == 0

    @property
    def stopped(self) -> bool:
        """Whether the lot may not leave any more: not released, or past the day it leaves the shelf."""
        return not self.sent and not availability.is_sellable_on(self.lot, clock.today())

    @property
    def place(self) -> tuple[str, str, str, int]:
        """Where it stands on the list: zone, bin, lot, line."""
        return (self.lot.product.storage_zone.value, self.lot.bin, self.lot.number, self.line.position)


def pick_list(session: Session, order: Order) -> list[PickRow]:
    """What is still to leave: by storage zone, then bin; only vials that are this order's."""
    rows = session.execute(
        select(Reservation, OrderLine)
        .join(OrderLine, OrderLine.id == Reservation.order_line_id)
        .where(
            OrderLine.order_id == order.id,
            Reservation.state.in_((ReservationState.HELD, ReservationState.ALLOCATED)),
        )
        .options(selectinload(Reservation.lot))
    )
    found = [PickRow(reservation=reservation, line=line) for reservation, line in rows]
    return sorted(found, key=lambda row: row.place)


def pick_lists(session: Session, orders: Sequence[Order]) -> dict[int, list[PickRow]]:
    """The pick lists of several orders, by the id of the order. One query."""
    rows = session.execute(
        select(Reservation, OrderLine)
        .join(OrderLine, OrderLine.id == Reservation.order_line_id)
        .where(
            OrderLine.order_id.in_([order.id for order in orders]),
            Reservation.state.in_((ReservationState.HELD, ReservationState.ALLOCATED)),
        )
    )
    found: dict[int, list[PickRow]] = {order.id: [] for order in orders}
    for reservation, line in rows:
        found[line.order_id].append(PickRow(reservation=reservation, line=line))
    return {order_id: sorted(each, key=lambda row: row.place) for order_id, each in found.items()}


_ADDRESS = re.compile(r"https?://[^/?#]+/coa/([^/?#]+)/?(?:[?#].*)?", re.IGNORECASE)


def read_label(scanned: str) -> str:
    """The lot number that a scanner read: printed as it is, or in the address of the QR code."""
    text = scanned.strip()
    found = _ADDRESS.fullmatch(text)
    if found is not None:
        text = unquote(found[1]).strip()
    return text.upper()


def pick(order_id: int, scanned: str, *, staff: SignedInStaff, vials: int | None = None) -> str:
    """Put vials of the scanned lot into the box; returns a sentence for the packer.

    Args:
        scanned: what the label says, or its QR code holds.
        vials: how many; without it, all that the order still needs of the lot.

    Raises:
        WrongLot: no such lot belongs in the box, or no more of it; says what does.
        Refused: the order cannot be picked now, or the lot may not leave.
    """
    number = read_label(scanned)
    with writing() as session:
        order = states.lock(session, order_id)
        if order.fulfilment_state not in PICKING:
            raise Refused(_("This order is not waiting to be picked."))
        rows = pick_list(session, order)
        matching = [row for row in rows if row.lot.number == number]
        if not matching:
            raise _wrong_lot(session, number, rows)
        refuse_stopped(matching)
        missing = sum(row.missing for row in matching)
        if missing == 0 and vials is None:
            return _("Lot %(lot)s was picked already.", lot=number)
        wanted = missing if vials is None else vials
        if wanted < 1:
            raise Refused(_("Enter how many vials."))
        if wanted > missing:
            raise _too_many(number, missing)
        left = wanted
        for row in matching:
            taken = min(left, row.missing)
            if taken:
                _mark(row.reservation, row.reservation.picked_vials + taken, staff)
            left -= taken
        states.tell(
            session,
            order.id,
            actor=staff.actor,
            kind="picked",
            note=_("Lot %(lot)s, %(vials)s", lot=number, vials=in_vials(wanted)),
        )
        faults.point("fulfil.picked")
        if wanted == missing:
            return _("Picked %(vials)s of lot %(lot)s.", vials=in_vials(wanted), lot=number)
        return _(
            "Picked %(vials)s of lot %(lot)s; %(left)s still to pick.",
            vials=in_vials(wanted),
            lot=number,
            left=missing - wanted,
        )


def put_back(order_id: int, reservation_id: int, *, staff: SignedInStaff, vials: int | None = None) -> None:
    """Take vials out of the box again: all of a row, or some.

    Raises:
        Refused: the order cannot be picked now, or fewer are in the box.
    """
    with writing() as session:
        order = states.lock(session, order_id)
        if order.fulfilment_state not in PICKING:
            raise Refused(_("This order is not waiting to be picked."))
        row = _row(session, order, reservation_id)
        if row is None or row.picked_vials == 0:
            return
        back = row.picked_vials if vials is None else vials
        if not 1 <= back <= row.picked_vials:
            raise Refused(
                _("%(vials)s of lot %(lot)s are picked.", vials=row.picked_vials, lot=row.lot.number)
            )
        _mark(row.reservation, row.picked_vials - back, staff)
        note = _("Lot %(lot)s, %(vials)s", lot=row.lot.number, vials=in_vials(back))
        states.tell(session, order.id, actor=staff.actor, kind="put-back", note=note)


def set_picked(order_id: int, reservation_id: int, vials: int, *, staff: SignedInStaff) -> None:
    """Say how many vials of a row are in the box, as counted.

    Raises:
        NotFound: the row is not this order's any more.
        WrongLot: more than the order needs.
        Refused: the order cannot be picked now, or the lot may not leave.
    """
    with writing() as session:
        order = states.lock(session, order_id)
        if order.fulfilment_state not in PICKING:
            raise Refused(_("This order is not waiting to be picked."))
        row = _row(session, order, reservation_id)
        if row is None:
            raise NotFound(_("These vials are not this order’s any more."))
        if vials > row.reservation.quantity:
            raise _too_many(row.lot.number, row.reservation.quantity)
        change = vials - row.picked_vials
        if change > 0:
            refuse_stopped([row])
        if change == 0:
            return
        _mark(row.reservation, vials, staff)
        states.tell(
            session,
            order.id,
            actor=staff.actor,
            kind="picked" if change > 0 else "put-back",
            note=_("Lot %(lot)s, %(vials)s", lot=row.lot.number, vials=in_vials(abs(change))),
        )


def refuse_stopped(rows: Sequence[PickRow]) -> None:
    """Let no vial of a stopped lot into a box, or out of the house.

    Raises:
        Refused: names the lots.
    """
    stopped = [row for row in rows if row.stopped]
    if stopped:
        raise Refused(
            _(
                "Lot %(lots)s may not leave: it is no longer released, or too close to its retest or expiry "
                "date. Wait until it may, offer the buyer another lot, or cancel the order.",
                lots=", ".join(dict.fromkeys(row.lot.number for row in stopped)),
            )
        )


def in_vials(count: int) -> str:
    """A number of vials in words."""
    return ngettext("%(num)s vial", "%(num)s vials", count)


def _row(session: Session, order: Order, reservation_id: int) -> PickRow | None:
    return next((row for row in pick_list(session, order) if row.reservation.id == reservation_id), None)


def _mark(reservation: Reservation, vials: int, staff: SignedInStaff) -> None:
    reservation.picked_vials = vials
    reservation.picked_at = clock.now() if vials else None
    reservation.picked_by = staff.actor if vials else None


def _too_many(lot: str, needed: int) -> WrongLot:
    return WrongLot(
        ngettext(
            "Only %(num)s more vial of lot %(lot)s belongs in this box. Put the others back.",
            "Only %(num)s more vials of lot %(lot)s belong in this box. Put the others back.",
            needed,
            lot=lot,
        )
    )


def _wrong_lot(session: Session, number: str, rows: Sequence[PickRow]) -> WrongLot:
    """What to say of a label that names no lot of this order."""
    lot = None
    if number.isascii() and number.isprintable():
        lot = session.scalar(select(Lot).where(Lot.number == number))
    of_size = [row for row in rows if lot is not None and row.line.vial_size_id == lot.vial_size_id]
    waiting = [row for row in of_size or rows if row.missing]
    needed = ", ".join(dict.fromkeys(row.lot.number for row in waiting))
    if not needed:
        then = _("Every vial of this order is picked.") if not of_size else _("This line is picked.")
    elif of_size:
        then = _("This line needs %(needed)s.", needed=needed)
    else:
        then = _("This order needs %(needed)s.", needed=needed)
    if lot is None:
        return WrongLot(_("No lot is called %(scanned)s.", scanned=number) + " " + then)
    stopped = {
        LotState.QUARANTINE: _("It is in quarantine."),
        LotState.ON_HOLD: _("It is on hold."),
        LotState.REJECTED: _("It was rejected: set the vial apart."),
        LotState.RECALLED: _("It was recalled: set the vial apart."),
    }.get(lot.state, "")
    parts = (_("That is %(scanned)s.", scanned=number), stopped, then)
    return WrongLot(" ".join(part for part in parts if part))
