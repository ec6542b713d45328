"""Other lots for an order that was held by a recall: planned, and taken with the buyer's yes.

What a buyer signed names its lots, so an order never changes lots by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shop.core import audit, clock
from shop.core.database import locked, rows_changed, writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.inventory import allocation, availability, ledger, reservations
from shop.inventory.allocation import Demand, Take
from shop.inventory.models import Lot, LotState, MovementKind, Reservation, ReservationState
from shop.ordering import picking, states
from shop.ordering.models import FulfilmentState, Order, OrderLine
from shop.recalls import scope
from shop.recalls.models import OrderOutcome, RecallOrder


@dataclass(frozen=True, kw_only=True)
class OtherLot:
    """Vials of another lot for one line."""

    line: int
    title: str
    lot: Lot
    quantity: int


def load(session: Session, recall_order_id: int) -> RecallOrder:
    """An order held by a recall.

    Raises:
        NotFound: there is none.
    """
    found = session.get(RecallOrder, recall_order_id)
    if found is None:
        raise NotFound(_("There is no such order."))
    return found


def plan(session: Session, order: Order) -> list[OtherLot]:
    """Lots that would take the place of stopped ones; none when there are not enough vials."""
    lines = _lines(session, order.id)
    stopped = _stopped(session, lines)
    takes = _takes(session, order, stopped, lines)
    lots = {
        lot.id: lot
        for lot in session.scalars(select(Lot).where(Lot.id.in_({take.lot_id for take in takes or ()})))
    }
    by_position = {line.position: line for line in lines.values()}
    return [
        OtherLot(
            line=take.line,
            title=by_position[take.line].title,
            lot=lots[take.lot_id],
            quantity=take.quantity,
        )
        for take in takes or ()
    ]


def as_shown(planned: Sequence[OtherLot]) -> str:
    """What a page showed, to be compared with the plan when the buyer says yes."""
    return ";".join(f"{each.line}:{each.lot.number}:{each.quantity}" for each in planned)


def accept(recall_order_id: int, *, shown: str, actor: str) -> None:
    """Give an order other lots: the recalled vials are let go, others taken, all or nothing.

    Args:
        shown: the lots the buyer said yes to, as `as_shown` gave them.

    Raises:
        NotFound: there is no such order.
        Refused: it was decided before, has been closed, or the lots are not the ones shown any more.
    """
    with writing() as session:
        asked = locked(session, RecallOrder, recall_order_id)
        if asked is None:
            raise NotFound(_("There is no such order."))
        order = states.lock(session, asked.order_id)
        if asked.outcome != OrderOutcome.HELD:
            raise Refused(_("Order %(number)s has other lots already.", number=order.number))
        if not scope.still_open(order):
            raise Refused(_("Order %(number)s is closed.", number=order.number))
        planned = plan(session, order)
        if not planned or as_shown(planned) != shown:
            raise Refused(_("The lots have changed since this page was made. Look at them again."))
        lines = _lines(session, order.id)
        stopped = _stopped(session, lines)
        cause = f"recall/{asked.recall_id}/order/{order.reference}"
        _change_lots(session, order, stopped, planned, lines, cause=cause, actor=actor)
        asked.outcome, asked.decided_at, asked.decided_by = OrderOutcome.REALLOCATED, clock.now(), actor
        note = _(
            "Lots changed with the buyer’s yes: %(lots)s",
            lots=", ".join(f"{each.lot.number} × {each.quantity}" for each in planned),
        )
        if order.fulfilment_state == FulfilmentState.PACKED:
            states.move(session, order, picking.open_state(order), actor=actor, kind="recall", note=note)
        else:
            states.tell(session, order.id, actor=actor, kind="recall", note=note)
        audit.log(
            session,
            actor=actor,
            action="recall.reallocate",
            subject=f"order/{order.number}",
            after={"lots": [each.lot.number for each in planned]},
        )


def _lines(session: Session, order_id: int) -> dict[int, OrderLine]:
    found = session.scalars(
        select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.position)
    )
    return {line.id: line for line in found}


def _stopped(session: Session, lines: Mapping[int, OrderLine]) -> list[Reservation]:
    """Vials kept for the order that may never leave."""
    return list(
        session.scalars(
            select(Reservation)
            .join(Lot, Lot.id == Reservation.lot_id)
            .where(
                Reservation.order_line_id.in_(lines),
                Reservation.state.in_(scope.KEPT),
                Lot.state.in_((LotState.RECALLED, LotState.REJECTED)),
            )
            .order_by(Reservation.lot_id, Reservation.id)
            .execution_options(populate_existing=True)
        )
    )


def _takes(
    session: Session, order: Order, stopped: Sequence[Reservation], lines: Mapping[int, OrderLine]
) -> list[Take] | None:
    wanted: Counter[int] = Counter()
    for each in stopped:
        wanted[each.order_line_id] += each.quantity
    demands = [
        Demand(line=line.position, size_id=line.vial_size_id, quantity=wanted[line.id])
        for line in lines.values()
        if wanted[line.id]
    ]
    ship_on = max(order.planned_ship_on, clock.today())
    shelf = availability.on_shelf(session, {each.size_id for each in demands}, ship_on)
    try:
        return allocation.allocate(demands, shelf)
    except allocation.NotEnough:
        return None


def _change_lots(
    session: Session,
    order: Order,
    stopped: Sequence[Reservation],
    planned: Sequence[OtherLot],
    lines: Mapping[int, OrderLine],
    *,
    cause: str,
    actor: str,
) -> None:
    ids = {line.position: line.id for line in lines.values()}
    sure = any(each.state == ReservationState.ALLOCATED for each in stopped)
    takes = Counter({(each.line, each.lot.id): each.quantity for each in planned})
    # A line keeps one reservation of a lot, so vials it has of the new lot already are taken up into it.
    joined = [
        each
        for each in session.scalars(
            select(Reservation).where(Reservation.order_line_id.in_(lines), Reservation.state.in_(scope.KEPT))
        )
        if (each.line, each.lot_id) in takes
    ]
    for each in joined:
        takes[each.line, each.lot_id] += each.quantity
    for each in [*stopped, *joined]:
        _let_go(session, each, cause=cause, actor=actor)
    new = [Take(line=line, lot_id=lot_id, quantity=count) for (line, lot_id), count in takes.items()]
    ship_on = max(order.planned_ship_on, clock.today())
    if not reservations.take_stock(session, new, ship_on=ship_on, cause=cause, actor=actor):
        raise Refused(_("The lots have changed since this page was made. Look at them again."))
    reservations.write(
        session,
        new,
        order_line_ids=ids,
        certificates=availability.current_certificates(session, {take.lot_id for take in new}),
        at=clock.now(),
    )
    if sure:
        reservations.step(session, list(lines), MovementKind.ALLOCATE, cause=cause, actor=actor)


def _let_go(session: Session, reservation: Reservation, *, cause: str, actor: str) -> None:
    held = reservation.state == ReservationState.HELD
    rows_changed(
        session,
        update(Reservation).where(Reservation.id == reservation.id).values(state=ReservationState.RELEASED),
    )
    ledger.move(
        session,
        lot_id=reservation.lot_id,
        kind=MovementKind.RELEASE if held else MovementKind.UNALLOCATE,
        quantity=reservation.quantity,
        cause=cause,
        line=reservation.line,
        actor=actor,
        reason=_("Other lots taken"),
    )
    session.expire(reservation, ["state"])
