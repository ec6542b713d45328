"""The only writer of stock: each change of a lot's counters is one conditional UPDATE and one ledger row.

The UPDATE carries its own condition (enough left, lot still sellable), so two buyers of the last vial are
told apart by the database and not by what either of them read before.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, func, insert, select, true, update
from sqlalchemy.orm import Session

from shop.core import clock
from shop.core.audit import invariant
from shop.core.database import rows_changed
from shop.inventory.models import EFFECTS, Lot, MovementKind, Reservation, ReservationState, StockMovement


def move(
    session: Session,
    *,
    lot_id: int,
    kind: MovementKind,
    quantity: int,
    cause: str,
    actor: str,
    line: int = 0,
    reason: str | None = None,
    only_if: ColumnElement[bool] | None = None,
) -> bool:
    """Change a lot's counters and write the movement, or do nothing.

    A movement already written for the same cause, line, lot and kind is not repeated.

    Args:
        cause: the use case and its subject, such as `order/10482/place`.
        only_if: a further condition on the lot, tested by the same UPDATE.

    Returns:
        False when the lot does not have that many vials free for it, or `only_if` does not hold.
    """
    if _already_written(session, lot_id=lot_id, kind=kind, cause=cause, line=line):
        return True
    on_hand, reserved, allocated = (quantity * effect for effect in EFFECTS[kind])
    changed = rows_changed(
        session,
        update(Lot)
        .where(
            Lot.id == lot_id,
            Lot.on_hand + on_hand >= 0,
            Lot.reserved + reserved >= 0,
            Lot.allocated + allocated >= 0,
            Lot.reserved + reserved + Lot.allocated + allocated <= Lot.on_hand + on_hand,
            true() if only_if is None else only_if,
        )
        .values(
            on_hand=Lot.on_hand + on_hand,
            reserved=Lot.reserved + reserved,
            allocated=Lot.allocated + allocated,
        ),
    )
    if changed == 0:
        return False
    session.execute(
        insert(StockMovement).values(
            lot_id=lot_id,
            kind=kind,
            quantity=quantity,
            on_hand_change=on_hand,
            reserved_change=reserved,
            allocated_change=allocated,
            cause=cause,
            line=line,
            actor=actor,
            reason=reason,
            at=clock.now(),
        )
    )
    return True


def _already_written(session: Session, *, lot_id: int, kind: MovementKind, cause: str, line: int) -> bool:
    return (
        session.scalar(
            select(StockMovement.id).where(
                StockMovement.cause == cause,
                StockMovement.line == line,
                StockMovement.lot_id == lot_id,
                StockMovement.kind == kind,
            )
        )
        is not None
    )


@invariant("I1", "The counters of each lot are the sums of its movements")
def _counters_are_sums(session: Session) -> Iterator[str]:
    sums = (
        select(
            StockMovement.lot_id,
            func.sum(StockMovement.on_hand_change).label("on_hand"),
            func.sum(StockMovement.reserved_change).label("reserved"),
            func.sum(StockMovement.allocated_change).label("allocated"),
        )
        .group_by(StockMovement.lot_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Lot.number,
            Lot.on_hand,
            Lot.reserved,
            Lot.allocated,
            func.coalesce(sums.c.on_hand, 0),
            func.coalesce(sums.c.reserved, 0),
            func.coalesce(sums.c.allocated, 0),
        ).outerjoin(sums, sums.c.lot_id == Lot.id)
    )
    for number, *figures in rows:
        counters, ledger = figures[:3], figures[3:]
        if counters != ledger:
            yield f"lot {number}: counters {counters}, movements {ledger} (on hand, reserved, allocated)"


@invariant("I2", "No lot has promised more than it has, and no counter is negative")
def _nothing_negative(session: Session) -> Iterator[str]:
    broken = (
        (Lot.on_hand < 0)
        | (Lot.reserved < 0)
        | (Lot.allocated < 0)
        | (Lot.reserved + Lot.allocated > Lot.on_hand)
    )
    for number in session.scalars(select(Lot.number).where(broken)):
        yield f"lot {number} has promised more than it has"


@invariant("I3", "Reserved and allocated are the sums of the reservations in these states")
def _promises_are_reservations(session: Session) -> Iterator[str]:
    for state, counter in (
        (ReservationState.HELD, Lot.reserved),
        (ReservationState.ALLOCATED, Lot.allocated),
    ):
        kept = (
            select(Reservation.lot_id, func.sum(Reservation.quantity).label("quantity"))
            .where(Reservation.state == state)
            .group_by(Reservation.lot_id)
            .subquery()
        )
        rows = session.execute(
            select(Lot.number, counter, func.coalesce(kept.c.quantity, 0))
            .outerjoin(kept, kept.c.lot_id == Lot.id)
            .where(and_(counter != func.coalesce(kept.c.quantity, 0)))
        )
        for number, counted, quantity in rows:
            yield f"lot {number}: {counted} {state.value} by its counter, {quantity} by its reservations"
