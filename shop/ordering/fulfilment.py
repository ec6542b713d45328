"""From an order that is sure to a parcel: pick by lot, pack, ship; or cancel."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload, lazyload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from shop.core import audit, clock, faults
from shop.core.database import writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.core.wording import date_in_words
from shop.inventory import reservations
from shop.inventory.models import CertificateRevision, Lot, MovementKind, Reservation
from shop.ordering import (
    buyer_screening,
    dispatch,
    letters,
    lot_changes,
    parcel_contents,
    parcel_notes,
    parcel_papers,
    states,
)
from shop.ordering.cancel_reasons import (
    CancelReason,
    OrderCancellation,
    in_words,
    in_words_of_staff,
    told,
)
from shop.ordering.models import (
    FulfilmentState,
    Order,
    OrderEvent,
    OrderLine,
    PaymentState,
    ReviewState,
    Shipment,
    ShipmentLine,
)
from shop.ordering.picking import (
    PickRow,
    WrongLot,
    in_vials,
    open_state,
    pick,
    pick_list,
    put_back,
    refuse_stopped,
    set_picked,
)
from shop.people.staff import SignedInStaff

__all__ = ["PickRow", "WrongLot", "pick", "pick_list", "put_back", "set_picked"]


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


def pack(order_id: int, *, staff: SignedInStaff, part: bool = False) -> None:
    """Close the box.

    Args:
        part: close it with what is picked; the rest leaves in another parcel.

    Raises:
        Refused: says what is missing: vials not picked, or a lot that may not leave.
    """
    with writing() as session:
        order = states.lock(session, order_id)
        if order.fulfilment_state == FulfilmentState.PACKED:
            return
        rows = pick_list(session, order)
        if part:
            rows = [row for row in rows if row.picked_vials]
            if not rows:
                raise Refused(_("Nothing is picked yet."))
        refuse_stopped(rows)
        missing = [] if part else [row for row in rows if not row.picked]
        if missing:
            raise Refused(
                _(
                    "Not packed yet: %(lots)s still to pick.",
                    lots=", ".join(f"{in_vials(row.missing)} {row.lot.number}" for row in missing),
                )
            )
        note = _("%(vials)s of it", vials=in_vials(sum(row.picked_vials for row in rows))) if part else ""
        states.move(session, order, FulfilmentState.PACKED, actor=staff.actor, kind="packed", note=note)
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
        open_again = open_state(order)
        if order.fulfilment_state == open_again:
            return
        if order.fulfilment_state != FulfilmentState.PACKED:
            raise Refused(_("This order is not packed."))
        states.move(session, order, open_again, actor=staff.actor, kind="unpacked", note=reason)
        _log(session, order, staff, "order.unpack", reason)


def ship(
    order_id: int, *, carrier: str, tracking: str, staff: SignedInStaff, parcel: int | None = None
) -> int:
    """Hand the parcel over: stock leaves, the shipment by lot is written, the buyer is told.

    Shipping a parcel twice changes nothing. Returns the id of the shipment.

    Args:
        parcel: the number of the parcel in the order, counted from 1; without it, the one that is packed.

    Raises:
        Refused: the order is not packed, one of its lots may not leave any more, or its cold goods may not
            leave today.
    """
    with writing() as session:
        order = states.lock(session, order_id)
        if parcel is None and order.fulfilment_state == FulfilmentState.SHIPPED:
            return order.shipments[-1].id
        for sent in order.shipments:
            if sent.number == parcel:
                return sent.id
        if order.fulfilment_state != FulfilmentState.PACKED:
            raise Refused(_("Pack the order before it is shipped."))
        number = parcel_notes.next_number(order)
        if parcel not in (None, number):
            raise Refused(_("The next parcel of this order is number %(number)s.", number=number))
        rows = [row for row in pick_list(session, order) if row.picked_vials]
        _lock_lots(session, rows)
        refuse_stopped(rows)
        leave = _leave_for_cold(session, order, rows)
        parcel_papers.refuse_unready(session, parcel_contents.of_box(session, order), carrier=carrier)
        shipment = _hand_over(session, order, rows, number, staff)
        shipment.carrier, shipment.tracking, shipment.sent_against_the_calendar = carrier, tracking, leave
        session.add(shipment)
        session.flush()
        rest = pick_list(session, order)
        states.move(
            session,
            order,
            FulfilmentState.PART_SHIPPED if rest else FulfilmentState.SHIPPED,
            actor=staff.actor,
            kind="shipped",
            note=f"{carrier} {tracking}".strip(),
        )
        gone = None if not rest else {row.reservation.id for row in rows if row.sent}
        lot_changes.withdraw(session, order, actor=staff.actor, only=gone)
        letters.order_shipped(session, order, shipment, rest=[(row.line.title, row.missing) for row in rest])
        faults.point("fulfil.shipped")
        return shipment.id


def _hand_over(
    session: Session, order: Order, rows: list[PickRow], number: int, staff: SignedInStaff
) -> Shipment:
    """Let the picked vials of some rows leave the house; the shipment they make, not yet written."""
    box = parcel_notes.of_next(session, order)
    cause = f"order/{order.reference}/ship/{number}"
    sent = [
        reservations.step_part(
            session, row.reservation, MovementKind.SHIP, row.picked_vials, cause=cause, actor=staff.actor
        )
        for row in sorted(rows, key=lambda row: (row.lot.id, row.reservation.id))
    ]
    return Shipment(
        order_id=order.id,
        number=number,
        shipped_at=clock.now(),
        shipped_by=staff.actor,
        gross_weight_g=box.gross_weight_g if box else None,
        dry_ice_g=box.dry_ice_g if box else None,
        lines=[
            ShipmentLine(
                reservation_id=reservation.id, lot_id=reservation.lot_id, quantity=reservation.quantity
            )
            for reservation in sent
        ],
    )


def _leave_for_cold(session: Session, order: Order, rows: list[PickRow]) -> str:
    """The leave under which cold goods go today against the calendar; empty when none is needed.

    Raises:
        Refused: there is none.
    """
    cold = sorted({row.line.position for row in rows if row.lot.product.cold_chain})
    today = clock.today()
    if not cold or dispatch.may_leave_cold(today, dispatch.works):
        return ""
    given = parcel_notes.leave(session, order, today)
    if given is not None:
        return _("%(who)s: %(why)s", who=given.given_by, why=given.reason)
    raise Refused(
        ngettext(
            "Line %(lines)s is shipped cold, and cold goods do not leave on a Friday, a weekend, or before a "
            "day without work. The next day is %(day)s. Somebody who may can allow it for today.",
            "Lines %(lines)s are shipped cold, and cold goods do not leave on a Friday, a weekend, or before "
            "a day without work. The next day is %(day)s. Somebody who may can allow it for today.",
            len(cold),
            lines=", ".join(map(str, cold)),
            day=date_in_words(
                dispatch.planned_ship_on(today, working_days=0, cold_chain=True, works=dispatch.works)
            ),
        )
    )


def approve(order_id: int, *, staff: SignedInStaff, reason: str) -> None:
    """Approve an order that waits for a person: its lots are allocated and it can be picked.

    Raises:
        Refused: the order does not wait, is closed, or screening holds it and no reason is given.
    """
    with writing() as session:
        approve_locked(session, states.lock(session, order_id), staff=staff, reason=reason)


def approve_locked(session: Session, order: Order, *, staff: SignedInStaff, reason: str) -> None:
    """Approve a locked order, as `approve` does.

    Raises:
        Refused: the order does not wait, is closed, or screening holds it and no reason is given.
    """
    if order.review_state != ReviewState.WAITING:
        raise Refused(_("This order does not wait for a decision."))
    if not reason.strip() and buyer_screening.was_held(session, order.reference):
        raise Refused(_("Give a reason: screening holds this order, and your reason is kept with it."))
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
        _end(session, order, actor=staff.actor, kind="refused", reason=reason, to_buyer=reason)
        _log(session, order, staff, "order.refuse", reason)


def cancel(
    session: Session,
    order: Order,
    *,
    actor: str,
    kind: str,
    reason: str,
    code: CancelReason = CancelReason.OTHER,
) -> list[Reservation]:
    """Cancel a locked order that has not been shipped: its vials go back to the lots they came from.

    Args:
        reason: what the buyer reads; may be empty where the code says enough.

    Returns:
        What was let go.

    Raises:
        StateChanged: the order has been shipped.
    """
    let_go = _end(
        session,
        order,
        actor=actor,
        kind=kind,
        reason=told(in_words_of_staff(code), code, reason),
        to_buyer=told(in_words(code), code, reason),
    )
    session.add(OrderCancellation(order_id=order.id, code=code, reason=reason, at=clock.now(), actor=actor))
    return let_go


def _end(
    session: Session, order: Order, *, actor: str, kind: str, reason: str, to_buyer: str
) -> list[Reservation]:
    if order.fulfilment_state == FulfilmentState.CANCELLED:
        raise Refused(_("This order has been cancelled already."))
    if order.shipments:
        raise Refused(_("A part of this order has been shipped. Cancel only what has not left."))
    states.move(session, order, FulfilmentState.CANCELLED, actor=actor, kind=kind, note=reason)
    line_ids = [line.id for line in order.lines]
    reservations.lock_lots(session, lot_changes.lots_of(session, order))
    lot_changes.withdraw(session, order, actor=actor)
    cause = f"order/{order.reference}/cancel"
    let_go: list[Reservation] = []
    for step in (MovementKind.RELEASE, MovementKind.UNALLOCATE):
        let_go += reservations.step(session, line_ids, step, cause=cause, actor=actor, reason=reason)
    order.held_until = None
    if order.payment_state in (PaymentState.DUE, PaymentState.ON_ACCOUNT):
        states.move(session, order, PaymentState.NOT_PAYABLE, actor=actor, kind=kind)
    letters.order_cancelled(session, order, reason=to_buyer)
    return let_go


def _lock_lots(session: Session, rows: list[PickRow]) -> None:
    """Read the lots anew, so that a recall that runs at the same moment comes wholly before or after."""
    session.scalars(
        select(Lot)
        .where(Lot.id.in_({row.lot.id for row in rows}))
        .order_by(Lot.id)
        .with_for_update(of=Lot)
        .execution_options(populate_existing=True)
    ).all()


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


def find_for_buyer(session: Session, order_id: int, *, has_parcels: bool) -> Order:
    """An order with what its buyer's page shows; of lots and certificates only what is named there.

    Args:
        has_parcels: whether a parcel has left; without one, none is looked for.

    Raises:
        NotFound: there is no such order.
    """
    query = _WITH_PARCELS if has_parcels else _FOR_BUYER
    order = session.scalars(query, {"order_id": order_id}).unique().one_or_none()
    if order is None:
        raise NotFound(_("There is no such order."))
    if not has_parcels:
        set_committed_value(order, "shipments", [])
    return order


def reached(session: Session, order_id: int) -> dict[str, datetime]:
    """When an order last came to each state of its fulfilment."""
    return {state: at for state, at in session.execute(_REACHED, {"order_id": order_id}) if state}


_RESERVATIONS = selectinload(Order.lines).selectinload(OrderLine.reservations)
_FOR_BUYER = (
    select(Order)
    .where(Order.id == bindparam("order_id"))
    .options(
        joinedload(Order.charges),
        _RESERVATIONS.joinedload(Reservation.lot).load_only(Lot.number, Lot.state).lazyload(Lot.vial_size),
        _RESERVATIONS.joinedload(Reservation.certificate)
        .load_only(CertificateRevision.revision)
        .options(lazyload(CertificateRevision.laboratory), lazyload(CertificateRevision.withdrawal)),
    )
)
_WITH_PARCELS = _FOR_BUYER.options(selectinload(Order.shipments).selectinload(Shipment.lines))
_EVENT = OrderEvent.__table__.c
_REACHED = (
    select(_EVENT.to_state, _EVENT.at)
    .where(_EVENT.order_id == bindparam("order_id"), _EVENT.axis == "fulfilment")
    .order_by(_EVENT.id)
)
"""Made once: making a statement anew costs more than running it."""
