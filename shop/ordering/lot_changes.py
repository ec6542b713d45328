"""Another lot for vials of an order whose lot was stopped: offered by staff, decided by the buyer.

The vials offered are held from the moment of the offer, so that a yes is a yes. Until the buyer answers, the
order keeps what it had.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.core import audit, clock
from shop.core.database import writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.inventory import allocation, availability, lot_holds, reservations
from shop.inventory.allocation import NotEnough, Take
from shop.inventory.models import HoldState, LotHold, MovementKind, Reservation, ReservationState
from shop.ordering import letters, lot_plan, states
from shop.ordering.models import FulfilmentState, LotChange, LotChangeState, Order, OrderLine
from shop.people.staff import SignedInStaff

ANSWER_WITHIN = timedelta(days=7)
_OPEN = (FulfilmentState.HELD, FulfilmentState.TO_PICK, FulfilmentState.PART_SHIPPED)
_LIVE = (ReservationState.HELD, ReservationState.ALLOCATED)


def propose(order_id: int, reservation_id: int, *, staff: SignedInStaff, reason: str) -> int:
    """Offer the buyer other lots for vials that may not leave; returns the id of the offer.

    Offering again while an offer stands changes nothing.

    Args:
        reason: why the lot was stopped; the buyer reads it.

    Raises:
        Refused: the order is past picking, its lot may leave after all, or no other lot can fill the line.
    """
    if not reason.strip():
        raise Refused(_("Give a reason. The buyer reads it."))
    with writing() as session:
        order = states.lock(session, order_id)
        if order.fulfilment_state not in _OPEN:
            raise Refused(_("Another lot can be offered until the order is packed. Unpack it first."))
        reservation, line = _stopped_vials(session, order, reservation_id)
        standing = _standing(session, reservation)
        if standing is not None:
            return standing.id
        takes = _other_lots(session, order, line, reservation)
        change = LotChange(
            order_id=order.id,
            reservation_id=reservation.id,
            state=LotChangeState.PROPOSED,
            reason=reason,
            proposed_at=clock.now(),
            proposed_by=staff.actor,
            until=clock.now() + ANSWER_WITHIN,
        )
        session.add(change)
        session.flush()
        holds = [
            _keep(session, order, change, take, actor=staff.actor) for take in sorted(takes, key=_lot_id)
        ]
        note = ", ".join(f"{hold.quantity} × {hold.lot.number}" for hold in holds)
        states.tell(session, order.id, actor=staff.actor, kind="lot-change-proposed", note=note)
        audit.log(
            session,
            actor=staff.actor,
            action="order.lot-change",
            subject=f"order/{order.number}",
            before={"lot": reservation.lot.number},
            after={"lots": note},
            reason=reason,
        )
        letters.lot_change_proposed(session, order, change, holds)
        return change.id


def accept(order_id: int, change_id: int, *, actor: str) -> None:
    """The buyer's yes: the line is filled from the lots offered. Accepting twice changes nothing.

    Raises:
        Refused: the offer has ended or the order has gone on.
    """
    with writing() as session:
        order = states.lock(session, order_id)
        change = find(session, order, change_id)
        if change.state == LotChangeState.ACCEPTED:
            return
        _refuse_decided(change)
        if order.fulfilment_state not in _OPEN:
            raise Refused(_("The order has gone on. Write to us."))
        reservations.lock_lots(session, lots_of(session, order))
        cause = f"order/{order.reference}/lot-change/{change.id}"
        old, holds = change.reservation, holds_of(session, order, change)
        line = session.get_one(OrderLine, old.order_line_id)
        offered = {hold.lot_id: hold.left_vials for hold in holds}
        replaced = [
            each for each in _live_of_line(session, line) if each.id == old.id or each.lot_id in offered
        ]
        for kind in (MovementKind.RELEASE, MovementKind.UNALLOCATE):
            reservations.step(
                session, [line.id], kind, cause=cause, actor=actor, only={each.id for each in replaced}
            )
        ship_on = max(order.planned_ship_on, clock.today())
        takes = []
        for hold in sorted(holds, key=lambda each: each.lot_id):
            before = sum(each.quantity for each in replaced if each.lot_id == hold.lot_id)
            take = Take(
                line=line.position,
                lot_id=hold.lot_id,
                quantity=hold.left_vials + before,
                kept=hold.left_vials,
            )
            if hold.state != HoldState.HELD or not reservations.take_stock(
                session, [take], ship_on=ship_on, cause=cause, actor=actor, holds={line.position: hold.id}
            ):
                raise Refused(_("The lot we offered can’t be sent any more. We write to you again."))
            takes.append(take)
        reservations.write(
            session,
            takes,
            order_line_ids={line.position: line.id},
            certificates=availability.current_certificates(session, offered),
            at=clock.now(),
        )
        if order.fulfilment_state != FulfilmentState.HELD:
            reservations.step(session, [line.id], MovementKind.ALLOCATE, cause=cause, actor=actor)
        _close(session, order, change, LotChangeState.ACCEPTED, actor=actor)
        note = ", ".join(f"{hold.quantity} × {hold.lot.number}" for hold in holds)
        states.tell(session, order.id, actor=actor, kind="lot-change-accepted", note=note)


def decline(session: Session, order: Order, change_id: int, *, actor: str) -> None:
    """The buyer's no, in the transaction that cancels the locked order.

    Raises:
        Refused: the offer has been answered.
    """
    change = find(session, order, change_id)
    if change.state != LotChangeState.PROPOSED:
        raise Refused(_("This has been answered already."))
    _close(session, order, change, LotChangeState.DECLINED, actor=actor)
    states.tell(session, order.id, actor=actor, kind="lot-change-declined", note="")


def withdraw(session: Session, order: Order, *, actor: str, only: Collection[int] | None = None) -> None:
    """End the offers that stand for a locked order, because it goes its way or is over.

    Args:
        only: ids of reservations; offers for others stand.
    """
    standing = session.scalars(
        select(LotChange).where(LotChange.order_id == order.id, LotChange.state == LotChangeState.PROPOSED)
    ).all()
    for change in standing:
        if only is not None and change.reservation_id not in only:
            continue
        _close(session, order, change, LotChangeState.ENDED, actor=actor)


def find(session: Session, order: Order, change_id: int) -> LotChange:
    """An offer of this order.

    Raises:
        NotFound: there is none.
    """
    change = session.scalar(
        select(LotChange).where(LotChange.id == change_id, LotChange.order_id == order.id)
    )
    if change is None:
        raise NotFound(_("There is no such offer for this order."))
    return change


def holds_of(session: Session, order: Order, change: LotChange) -> list[LotHold]:
    """The vials offered."""
    about = _about(order, change)
    return list(session.scalars(select(LotHold).where(LotHold.about == about).order_by(LotHold.id)))


def standing_offers(session: Session, order_id: int) -> dict[int, LotChange]:
    """The offers that wait for an answer, by the reservation they would replace."""
    found = session.scalars(
        select(LotChange).where(
            LotChange.order_id == order_id,
            LotChange.state == LotChangeState.PROPOSED,
            LotChange.until > clock.now(),
        )
    )
    return {change.reservation_id: change for change in found}


def lots_of(session: Session, order: Order) -> set[int]:
    """The lots that a locked order has vials of, or is offered. Two queries."""
    kept = select(Reservation.lot_id).where(
        Reservation.order_line_id.in_([line.id for line in order.lines]), Reservation.state.in_(_LIVE)
    )
    offered = select(LotHold.lot_id).where(
        LotHold.about.startswith(f"order/{order.reference}/lot-change/"), LotHold.state == HoldState.HELD
    )
    return {*session.scalars(kept), *session.scalars(offered)}


def _lot_id(take: Take) -> int:
    return take.lot_id


def _about(order: Order, change: LotChange) -> str:
    return f"order/{order.reference}/lot-change/{change.id}"


def _stopped_vials(session: Session, order: Order, reservation_id: int) -> tuple[Reservation, OrderLine]:
    found = session.execute(
        select(Reservation, OrderLine)
        .join(OrderLine, OrderLine.id == Reservation.order_line_id)
        .where(
            Reservation.id == reservation_id,
            OrderLine.order_id == order.id,
            Reservation.state.in_(_LIVE),
        )
    ).one_or_none()
    if found is None:
        raise NotFound(_("These vials are not this order’s any more."))
    reservation, line = found
    session.refresh(reservation.lot)
    if availability.is_sellable_on(reservation.lot, clock.today()):
        raise Refused(_("Lot %(lot)s may be sent. It stays as it is.", lot=reservation.lot.number))
    return reservation, line


def _standing(session: Session, reservation: Reservation) -> LotChange | None:
    """The offer that waits for an answer; one that nobody answered in time is closed here."""
    change = session.scalar(
        select(LotChange).where(
            LotChange.reservation_id == reservation.id, LotChange.state == LotChangeState.PROPOSED
        )
    )
    if change is None or change.until > clock.now():
        return change
    _close(session, session.get_one(Order, change.order_id), change, LotChangeState.ENDED, actor="job")
    return None


def _other_lots(session: Session, order: Order, line: OrderLine, old: Reservation) -> list[Take]:
    ship_on = max(order.planned_ship_on, clock.today())
    shelf = availability.on_shelf(session, [line.vial_size_id], ship_on)
    try:
        return allocation.allocate([lot_plan.demand_again(line, old.quantity)], shelf)
    except NotEnough as shortage:
        raise Refused(
            _(
                "No other lots can fill this line as the buyer wanted it: %(left)s vials are free. Wait for "
                "the next lot, or cancel the order.",
                left=shortage.available[line.vial_size_id],
            )
        ) from None


def _keep(session: Session, order: Order, change: LotChange, take: Take, *, actor: str) -> LotHold:
    hold = lot_holds.ask(
        session,
        lot_holds.Wanted(
            lot_id=take.lot_id,
            vials=take.quantity,
            until=change.until,
            organisation=order.organisation,
            email=order.email,
            about=_about(order, change),
        ),
        actor=actor,
    )
    return lot_holds.grant(session, hold.id, actor=actor)


def _live_of_line(session: Session, line: OrderLine) -> Sequence[Reservation]:
    return session.scalars(
        select(Reservation).where(Reservation.order_line_id == line.id, Reservation.state.in_(_LIVE))
    ).all()


def _refuse_decided(change: LotChange) -> None:
    if change.state != LotChangeState.PROPOSED:
        raise Refused(_("This has been answered already."))
    if change.until <= clock.now():
        raise Refused(_("The lot was kept until %(day)s. We write to you again.", day=change.until.date()))


def _close(session: Session, order: Order, change: LotChange, to: LotChangeState, *, actor: str) -> None:
    for hold in holds_of(session, order, change):
        lot_holds.end(session, hold.id, actor=actor, reason=to.value)
    change.state, change.decided_at, change.decided_by = to, clock.now(), actor
    session.flush()
