"""The only writer of stock: each change of a lot's counters is one conditional UPDATE and one ledger row.

The UPDATE carries its own condition (enough left, lot still sellable), so two buyers of the last vial are
told apart by the database and not by what either of them read before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Integer,
    Subquery,
    Table,
    Update,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session, aliased

from shop.core import clock, together
from shop.core.audit import invariant
from shop.inventory.models import (
    EFFECTS,
    HoldState,
    Lot,
    LotHold,
    MovementKind,
    Reservation,
    ReservationState,
    StockMovement,
)


@dataclass(frozen=True, kw_only=True)
class Counters:
    """How many vials of a lot are on hand, and what of them is promised or set apart."""

    on_hand: int = 0
    reserved: int = 0
    allocated: int = 0
    quarantined: int = 0

    @property
    def free(self) -> int:
        """Vials that nobody has been promised."""
        return self.on_hand - self.reserved - self.allocated - self.quarantined


# Built once: putting these together for every movement took longer than the database does to run them.
_LOT, _MOVEMENT = Lot.__table__.c, StockMovement.__table__.c
_AFTER = {
    counter: _LOT[counter] + bindparam(f"{counter}_change", type_=Integer)
    for counter in ("on_hand", "reserved", "allocated", "quarantined")
}
_APPLY = (
    update(cast(Table, Lot.__table__))
    .where(
        _LOT.id == bindparam("moved_lot"),
        *(after >= 0 for after in _AFTER.values()),
        _AFTER["reserved"] + _AFTER["allocated"] + _AFTER["quarantined"] <= _AFTER["on_hand"],
    )
    .values(_AFTER)
)
_WRITE = insert(cast(Table, StockMovement.__table__))
_WRITTEN = select(_MOVEMENT.quantity).where(
    _MOVEMENT.cause == bindparam("of_cause"),
    _MOVEMENT.line == bindparam("of_line"),
    _MOVEMENT.lot_id == bindparam("of_lot"),
    _MOVEMENT.kind == bindparam("of_kind"),
)


@lru_cache(maxsize=32)
def _apply_if(condition: ColumnElement[bool]) -> Update:
    """The change under a further condition; for one that is made once, this is made once too."""
    return _APPLY.where(condition)


class CauseUsedAgain(Exception):
    """A cause came back with another quantity: two different changes go by one name, and none was made."""


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
    first_time: bool = False,
) -> bool:
    """Change a lot's counters and write the movement, or do nothing.

    A movement already written for the same cause, line, lot and kind is not repeated.

    Args:
        cause: the use case and its subject, such as `order/10482/place`.
        only_if: a further condition on the lot, tested by the same UPDATE.
        first_time: the cause was made up in this transaction, so nothing can have been written for it yet.

    Returns:
        False when the lot does not have that many vials free for it, or `only_if` does not hold.

    Raises:
        CauseUsedAgain: the cause was told before with another quantity.
    """
    before = None if first_time else written(session, lot_id=lot_id, kind=kind, cause=cause, line=line)
    if before is not None:
        if before != quantity:
            raise CauseUsedAgain(f"{cause}, line {line}: {before} vials before, {quantity} now")
        return True
    on_hand, reserved, allocated, quarantined = (quantity * effect for effect in EFFECTS[kind])
    changes = {
        "on_hand_change": on_hand,
        "reserved_change": reserved,
        "allocated_change": allocated,
        "quarantined_change": quarantined,
    }
    apply = _APPLY if only_if is None else _apply_if(only_if)
    result = session.execute(apply, {"moved_lot": lot_id, **changes})
    if cast("CursorResult[Any]", result).rowcount == 0:
        return False
    together.write(
        session,
        _WRITE,
        {
            "lot_id": lot_id,
            "kind": kind,
            "quantity": quantity,
            **changes,
            "cause": cause,
            "line": line,
            "actor": actor,
            "reason": reason,
            "at": clock.now(),
        },
    )
    return True


def written(session: Session, *, lot_id: int, kind: MovementKind, cause: str, line: int = 0) -> int | None:
    """The quantity of the movement written for a cause, if there is one."""
    named = {"of_cause": cause, "of_line": line, "of_lot": lot_id, "of_kind": kind}
    return session.execute(_WRITTEN, named).scalar()


def as_of(session: Session, lot_ids: Iterable[int], moment: datetime | None = None) -> dict[int, Counters]:
    """The counters of some lots at a past moment, from the ledger alone; without one, by every movement.

    A lot that had not moved by then has counters of 0. One query.
    """
    wanted = list(lot_ids)
    sums = _sums(moment, wanted)
    found = {
        row.lot_id: Counters(
            on_hand=int(row.on_hand),
            reserved=int(row.reserved),
            allocated=int(row.allocated),
            quarantined=int(row.quarantined),
        )
        for row in session.execute(select(sums))
    }
    return {lot_id: found.get(lot_id, Counters()) for lot_id in wanted}


def _sums(moment: datetime | None = None, lot_ids: list[int] | None = None) -> Subquery:
    """The sums of all movements, by lot; up to and at a moment, and of some lots, where these are given."""
    query = select(
        StockMovement.lot_id,
        func.sum(StockMovement.on_hand_change).label("on_hand"),
        func.sum(StockMovement.reserved_change).label("reserved"),
        func.sum(StockMovement.allocated_change).label("allocated"),
        func.sum(StockMovement.quarantined_change).label("quarantined"),
    ).group_by(StockMovement.lot_id)
    if moment is not None:
        query = query.where(StockMovement.at <= moment)
    if lot_ids is not None:
        query = query.where(StockMovement.lot_id.in_(lot_ids))
    return query.subquery()


@invariant("I1", "The counters of each lot are the sums of its movements")
def _counters_are_sums(session: Session) -> Iterator[str]:
    sums = _sums()
    counters = [Lot.on_hand, Lot.reserved, Lot.allocated, Lot.quarantined]
    summed = [
        func.coalesce(each, 0)
        for each in (sums.c.on_hand, sums.c.reserved, sums.c.allocated, sums.c.quarantined)
    ]
    rows = session.execute(
        select(Lot.number, *counters, *summed)
        .outerjoin(sums, sums.c.lot_id == Lot.id)
        .where(or_(*(counter != total for counter, total in zip(counters, summed, strict=True))))
    )
    for number, *figures in rows:
        yield (
            f"lot {number}: counters {figures[:4]}, movements {[int(each) for each in figures[4:]]} "
            "(on hand, reserved, allocated, quarantined)"
        )


@invariant("I2", "No lot has promised more than it has, and no counter is negative")
def _nothing_negative(session: Session) -> Iterator[str]:
    broken = (
        (Lot.on_hand < 0)
        | (Lot.reserved < 0)
        | (Lot.allocated < 0)
        | (Lot.quarantined < 0)
        | (Lot.reserved + Lot.allocated + Lot.quarantined > Lot.on_hand)
    )
    for number in session.scalars(select(Lot.number).where(broken)):
        yield f"lot {number} has promised more than it has"


@invariant("I41", "What was split out of a bulk lot came into a lot whose parent it is")
def _splits_pair_up(session: Session) -> Iterator[str]:
    out, into = aliased(StockMovement), aliased(StockMovement)
    child = aliased(Lot)
    rows = session.execute(
        select(out.cause, out.quantity, into.quantity)
        .outerjoin(into, and_(into.cause == out.cause, into.kind == MovementKind.SPLIT_IN))
        .outerjoin(child, child.id == into.lot_id)
        .where(
            out.kind == MovementKind.SPLIT_OUT,
            or_(
                into.id.is_(None),
                into.quantity != out.quantity,
                child.parent_lot_id.is_(None),
                child.parent_lot_id != out.lot_id,
            ),
        )
    )
    for cause, left, came in rows:
        yield f"{cause}: {left} vials left the bulk lot, {came or 0} came into a lot split from it"
    splits = select(out.cause).where(out.kind == MovementKind.SPLIT_OUT)
    for cause in session.scalars(
        select(into.cause).where(into.kind == MovementKind.SPLIT_IN, into.cause.not_in(splits))
    ):
        yield f"{cause}: vials came into a lot and left no bulk lot"


@invariant("I3", "Reserved and allocated are the sums of the reservations and holds in these states")
def _promises_are_reservations(session: Session) -> Iterator[str]:
    held = union_all(
        select(Reservation.lot_id, Reservation.quantity).where(Reservation.state == ReservationState.HELD),
        select(LotHold.lot_id, LotHold.left_vials).where(LotHold.state == HoldState.HELD),
    ).subquery()
    allocated = (
        select(Reservation.lot_id, Reservation.quantity)
        .where(Reservation.state == ReservationState.ALLOCATED)
        .subquery()
    )
    for words, counter, promises in (("held", Lot.reserved, held), ("allocated", Lot.allocated, allocated)):
        kept = (
            select(promises.c.lot_id, func.sum(promises.c.quantity).label("quantity"))
            .group_by(promises.c.lot_id)
            .subquery()
        )
        quantity = func.coalesce(kept.c.quantity, 0)
        rows = session.execute(
            select(Lot.number, counter, quantity)
            .outerjoin(kept, kept.c.lot_id == Lot.id)
            .where(counter != quantity)
        )
        for number, counted, promised in rows:
            yield f"lot {number}: {counted} {words} by its counter, {promised} by its reservations"
