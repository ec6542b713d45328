"""From an order that is sure to a parcel: pick by lot, pack, ship; or cancel."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload

from shop.core import audit, clock, faults
from shop.core.database import rows_changed, writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.inventory import availability, reservations
from shop.inventory.models import Lot, MovementKind, Reservation, ReservationState
from shop.ordering import letters, lot_changes, states
from shop.ordering.models import (
    FulfilmentState,
    Order,
    OrderLine,
    PaymentState,
    ReviewState,
    Shipment,
    ShipmentLine,
)
from shop.people.staff import SignedInStaff


class WrongLot(Refused):
    """The vial scanned is not of a lot this order needs."""


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
    def picked(self) -> bool:
        """Whether it has been scanned."""
        return self.reservation.picked_at is not None

    @property
    def stopped(self) -> bool:
        """Whether the lot may not leave any more: not released, or past the day it leaves the shelf."""
        return not availability.is_sellable_on(self.lot, clock.today())


def pick_list(session: Session, order: Order) -> list[PickRow]:
    """What to pick: by storage zone, then bin; only vials that are still this order's."""
    live = (ReservationState.HELD, ReservationState.ALLOCATED, ReservationState.SHIPPED)
    rows = session.execute(
        select(Reservation, OrderLine)
        .join(OrderLine, OrderLine.id == Reservation.order_line_id)
        .where(OrderLine.order_id == order.id, Reservation.state.in_(live))
        .options(selectinload(Reservation.lot))
    )
    found = [PickRow(reservation=reservation, line=line) for reservation, line in rows]
    return sorted(
        found,
        key=lambda row: (row.lot.product.storage_zone.value, row.lot.bin, row.lot.number, row.line.position),
    )


def make_ready(session: Session, order: Order, *, actor: str, kind: str) -> None:
    """Turn the holds of an order into allocations, so that it can be picked."""
    reservations.step(
        session,
        [line.id for line in order.lines],
        MovementKind.ALLOCATE,
        cause=f"order/{order.reference}/{kind}",
        actor=actor,
    )
    order.held_until = None
    states.move(session, order, FulfilmentState.TO_PICK, actor=actor, kind=kind)


def pick(order_id: int, scanned: str, *, staff: SignedInStaff) -> str:
    """Mark the vials of the scanned lot as picked; returns a sentence for the packer.

    Raises:
        WrongLot: names the lot scanned and the lots this order needs.
        Refused: the order cannot be picked now, or the lot may not leave.
    """
    number = scanned.strip().upper()
    with writing() as session:
        order = states.lock(session, order_id)
        if order.fulfilment_state != FulfilmentState.TO_PICK:
            raise Refused(_("This order is not waiting to be picked."))
        rows = pick_list(session, order)
        matching = [row for row in rows if row.lot.number == number]
        if not matching:
            needed = ", ".join(dict.fromkeys(row.lot.number for row in rows if not row.picked))
            raise WrongLot(
                _("That is %(scanned)s. This order needs %(needed)s.", scanned=number, needed=needed)
                if needed
                else _("That is %(scanned)s. Every vial of this order is picked.", scanned=number)
            )
        _refuse_stopped(matching)
        vials = sum(row.reservation.quantity for row in matching)
        if all(row.picked for row in matching):
            return _("Lot %(lot)s was picked already.", lot=number)
        for row in matching:
            row.reservation.picked_at, row.reservation.picked_by = clock.now(), staff.actor
        states.tell(
            session,
            order.id,
            actor=staff.actor,
            kind="picked",
            note=_("Lot %(lot)s, %(vials)s", lot=number, vials=_vials(vials)),
        )
        faults.point("fulfil.picked")
        return _("Picked %(vials)s of lot %(lot)s.", vials=_vials(vials), lot=number)


def put_back(order_id: int, reservation_id: int, *, staff: SignedInStaff) -> None:
    """Undo a pick."""
    with writing() as session:
        order = states.lock(session, order_id)
        if order.fulfilment_state != FulfilmentState.TO_PICK:
            raise Refused(_("This order is not waiting to be picked."))
        changed = rows_changed(
            session,
            update(Reservation)
            .where(
                Reservation.id == reservation_id,
                Reservation.order_line_id.in_([line.id for line in order.lines]),
                Reservation.picked_at.is_not(None),
            )
            .values(picked_at=None, picked_by=None),
        )
        if changed:
            states.tell(session, order.id, actor=staff.actor, kind="put-back", note="")


def pack(order_id: int, *, staff: SignedInStaff) -> None:
    """Close the box.

    Raises:
        Refused: says what is missing: vials not picked, or a lot that may not leave.
    """
    with writing() as session:
        order = states.lock(session, order_id)
        if order.fulfilment_state == FulfilmentState.PACKED:
            return
        rows = pick_list(session, order)
        _refuse_stopped(rows)
        missing = [row for row in rows if not row.picked]
        if missing:
            raise Refused(
                _(
                    "Not packed yet: %(lots)s still to pick.",
                    lots=", ".join(f"{_vials(row.reservation.quantity)} {row.lot.number}" for row in missing),
                )
            )
        states.move(session, order, FulfilmentState.PACKED, actor=staff.actor, kind="packed")
        faults.point("fulfil.packed")


def unpack(order_id: int, *, staff: SignedInStaff, reason: str) -> None:
    """Open a packed box again, to put vials back or choose another lot. What was picked stays picked.

    Raises:
        Refused: the order is not packed, or no reason is given.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    with writing() as session:
        order = states.lock(session, order_id)
        if order.fulfilment_state == FulfilmentState.TO_PICK:
            return
        if order.fulfilment_state != FulfilmentState.PACKED:
            raise Refused(_("This order is not packed."))
        states.move(session, order, FulfilmentState.TO_PICK, actor=staff.actor, kind="unpacked", note=reason)
        _log(session, order, staff, "order.unpack", reason)


def ship(order_id: int, *, carrier: str, tracking: str, staff: SignedInStaff) -> int:
    """Hand the parcel over: stock leaves, the shipment by lot is written, the buyer is told.

    Shipping twice changes nothing. Returns the id of the shipment.

    Raises:
        Refused: the order is not packed, or one of its lots may not leave any more.
    """
    with writing() as session:
        order = states.lock(session, order_id)
        if order.fulfilment_state == FulfilmentState.SHIPPED:
            return order.shipments[-1].id
        if order.fulfilment_state != FulfilmentState.PACKED:
            raise Refused(_("Pack the order before it is shipped."))
        rows = pick_list(session, order)
        _lock_lots(session, rows)
        _refuse_stopped(rows)
        moved = reservations.step(
            session,
            [line.id for line in order.lines],
            MovementKind.SHIP,
            cause=f"order/{order.reference}/ship",
            actor=staff.actor,
        )
        shipment = Shipment(
            order_id=order.id,
            carrier=carrier,
            tracking=tracking,
            shipped_at=clock.now(),
            shipped_by=staff.actor,
            lines=[
                ShipmentLine(
                    reservation_id=reservation.id, lot_id=reservation.lot_id, quantity=reservation.quantity
                )
                for reservation in moved
            ],
        )
        session.add(shipment)
        session.flush()
        states.move(
            session,
            order,
            FulfilmentState.SHIPPED,
            actor=staff.actor,
            kind="shipped",
            note=f"{carrier} {tracking}".strip(),
        )
        lot_changes.withdraw(session, order, actor=staff.actor)
        letters.order_shipped(session, order, shipment)
        faults.point("fulfil.shipped")
        return shipment.id


def approve(order_id: int, *, staff: SignedInStaff, reason: str) -> None:
    """Approve an order that waits for a person: its lots are allocated and it can be picked.

    Raises:
        Refused: the order does not wait, or it is a card order that has not been paid.
    """
    with writing() as session:
        order = states.lock(session, order_id)
        if order.review_state != ReviewState.WAITING:
            raise Refused(_("This order does not wait for a decision."))
        payable = (PaymentState.DUE, PaymentState.AUTHORISED, PaymentState.PAID)
        if order.fulfilment_state != FulfilmentState.HELD or order.payment_state not in payable:
            raise Refused(_("This order is closed."))
        states.move(session, order, ReviewState.APPROVED, actor=staff.actor, kind="approved", note=reason)
        if order.po_number:
            states.move(
                session,
                order,
                PaymentState.ON_ACCOUNT,
                actor=staff.actor,
                kind="on account",
                note=order.po_number,
            )
        if order.payment_state in (PaymentState.ON_ACCOUNT, PaymentState.PAID):
            make_ready(session, order, actor=staff.actor, kind="approved")
        letters.order_approved(session, order)
        _log(session, order, staff, "order.approve", reason)
        faults.point("po.approved")


def refuse(order_id: int, *, staff: SignedInStaff, reason: str) -> None:
    """Refuse an order that waits for a person; its lots go back to the shelf.

    Raises:
        Refused: the order does not wait, or it has been paid and needs a refund first.
    """
    with writing() as session:
        order = states.lock(session, order_id)
        if order.review_state != ReviewState.WAITING:
            raise Refused(_("This order does not wait for a decision."))
        if order.payment_state in (PaymentState.PAID, PaymentState.PART_REFUNDED):
            raise Refused(_("This order has been paid. Cancel it, so that the money goes back."))
        states.move(session, order, ReviewState.REFUSED, actor=staff.actor, kind="refused", note=reason)
        _end(session, order, actor=staff.actor, kind="refused", reason=reason)
        _log(session, order, staff, "order.refuse", reason)


def cancel(session: Session, order: Order, *, actor: str, kind: str, reason: str) -> None:
    """Cancel a locked order that has not been shipped: its vials go back to the lots they came from.

    Raises:
        StateChanged: the order has been shipped.
    """
    _end(session, order, actor=actor, kind=kind, reason=reason)


def _end(session: Session, order: Order, *, actor: str, kind: str, reason: str) -> None:
    if order.fulfilment_state == FulfilmentState.CANCELLED:
        raise Refused(_("This order has been cancelled already."))
    states.move(session, order, FulfilmentState.CANCELLED, actor=actor, kind=kind, note=reason)
    line_ids = [line.id for line in order.lines]
    reservations.lock_lots(session, lot_changes.lots_of(session, order))
    lot_changes.withdraw(session, order, actor=actor)
    cause = f"order/{order.reference}/cancel"
    for step in (MovementKind.RELEASE, MovementKind.UNALLOCATE):
        reservations.step(session, line_ids, step, cause=cause, actor=actor, reason=reason)
    order.held_until = None
    if order.payment_state in (PaymentState.DUE, PaymentState.ON_ACCOUNT):
        states.move(session, order, PaymentState.NOT_PAYABLE, actor=actor, kind=kind)
    letters.order_cancelled(session, order, reason=reason)


def _lock_lots(session: Session, rows: list[PickRow]) -> None:
    """Read the lots anew, so that a recall that runs at the same moment comes wholly before or after."""
    session.scalars(
        select(Lot)
        .where(Lot.id.in_({row.lot.id for row in rows}))
        .order_by(Lot.id)
        .with_for_update(of=Lot)
        .execution_options(populate_existing=True)
    ).all()


def _refuse_stopped(rows: list[PickRow]) -> None:
    stopped = [row for row in rows if row.stopped]
    if stopped:
        raise Refused(
            _(
                "Lot %(lots)s may not leave: it is no longer released, or too close to its retest or expiry "
                "date. Wait until it may, offer the buyer another lot, or cancel the order.",
                lots=", ".join(dict.fromkeys(row.lot.number for row in stopped)),
            )
        )


def _vials(count: int) -> str:
    return ngettext("%(num)s vial", "%(num)s vials", count)


def _log(session: Session, order: Order, staff: SignedInStaff, action: str, reason: str) -> None:
    audit.log(
        session, actor=staff.actor, action=action, subject=f"order/{order.number}", reason=reason or None
    )


def find(session: Session, order_id: int | None) -> Order:
    """An order with what its page shows.

    Raises:
        NotFound: there is no such order.
    """
    order = session.scalar(
        select(Order)
        .where(Order.id == order_id)
        .options(
            selectinload(Order.lines).selectinload(OrderLine.reservations),
            selectinload(Order.charges),
            selectinload(Order.events),
            selectinload(Order.attestation),
            selectinload(Order.shipments).selectinload(Shipment.lines),
        )
    )
    if order is None:
        raise NotFound(_("There is no such order."))
    return order
