"""The stock ledger: what each movement does, what it refuses, and that nothing else changes stock."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import pytest
from builders import Stock, found_by_audit, make_lot, make_ready_to_sell, make_size, stock
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.core import clock
from shop.core.database import db, reading, writing
from shop.inventory import ledger
from shop.inventory.ledger import CauseUsedAgain, Counters
from shop.inventory.models import Lot, LotState, MovementKind, StockMovement

EFFECTS: dict[MovementKind, tuple[int, int, int, int]] = {
    MovementKind.RECEIVE: (1, 0, 0, 0),
    MovementKind.RESERVE: (0, 1, 0, 0),
    MovementKind.RELEASE: (0, -1, 0, 0),
    MovementKind.ALLOCATE: (0, -1, 1, 0),
    MovementKind.UNALLOCATE: (0, 0, -1, 0),
    MovementKind.SHIP: (-1, 0, -1, 0),
    MovementKind.RETURN: (1, 0, 0, 1),
    MovementKind.QUARANTINE: (0, 0, 0, 1),
    MovementKind.CLEAR: (0, 0, 0, -1),
    MovementKind.DISCARD: (-1, 0, 0, -1),
    MovementKind.ADJUST: (1, 0, 0, 0),
    MovementKind.WRITE_OFF: (-1, 0, 0, 0),
    MovementKind.SPLIT_OUT: (-1, 0, 0, 0),
    MovementKind.SPLIT_IN: (1, 0, 0, 0),
}
"""On hand, reserved, allocated, quarantined: placing reserves, capture allocates, shipping lowers both, what
comes back is on hand but set apart."""


@pytest.fixture
def lot(shop: Flask) -> str:
    """A lot of ten vials, none of them promised."""
    make_ready_to_sell()
    return make_lot(make_size(), 10)


class _Undo(Exception):
    """Raised to leave no trace."""


@contextmanager
def without_trace() -> Iterator[Session]:
    """A writing transaction that is rolled back at its end; what is asked inside sees what it wrote."""
    with pytest.raises(_Undo), writing() as session:
        yield session
        raise _Undo


def lot_id(session: Session, number: str) -> int:
    return session.scalars(select(Lot.id).where(Lot.number == number)).one()


def move(
    session: Session, number: str, kind: MovementKind, quantity: int, *, cause: str, line: int = 0
) -> bool:
    return ledger.move(
        session,
        lot_id=lot_id(session, number),
        kind=kind,
        quantity=quantity,
        cause=cause,
        line=line,
        actor="t@shop.example",
        reason="because",
    )


def counters(session: Session, number: str) -> tuple[int, int, int, int]:
    columns = (Lot.on_hand, Lot.reserved, Lot.allocated, Lot.quarantined)
    row = session.execute(select(*columns).where(Lot.number == number)).one()
    return row[0], row[1], row[2], row[3]


def movements() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(StockMovement)) or 0


def test_each_kind_of_movement_changes_the_counters_it_should_and_writes_who_why_and_what(lot: str) -> None:
    assert set(EFFECTS) == set(MovementKind)
    quantity = 2
    for kind, effect in EFFECTS.items():
        with without_trace() as session:
            assert move(session, lot, MovementKind.RESERVE, 5, cause="before/reserve")
            assert move(session, lot, MovementKind.ALLOCATE, 3, cause="before/allocate")
            assert move(session, lot, MovementKind.QUARANTINE, 2, cause="before/quarantine")
            before = counters(session, lot)
            assert move(session, lot, kind, quantity, cause="the/cause", line=4)
            after = counters(session, lot)
            changes = tuple(new - old for new, old in zip(after, before, strict=True))
            assert changes == tuple(quantity * each for each in effect), kind
            row = session.scalars(select(StockMovement).where(StockMovement.cause == "the/cause")).one()
            assert (row.kind, row.quantity, row.line) == (kind, quantity, 4)
            written = (row.on_hand_change, row.reserved_change, row.allocated_change, row.quarantined_change)
            assert written == changes
            assert (row.actor, row.reason) == ("t@shop.example", "because")


def test_a_movement_told_again_changes_nothing_whatever_the_counters_say_now(lot: str) -> None:
    with without_trace() as session:
        assert move(session, lot, MovementKind.RESERVE, 10, cause="order/a/place", line=1)
        after = counters(session, lot)
        for _replay in range(3):
            assert move(session, lot, MovementKind.RESERVE, 10, cause="order/a/place", line=1)
        assert counters(session, lot) == after == (10, 10, 0, 0)
        rows = select(func.count()).select_from(StockMovement)
        assert session.scalar(rows.where(StockMovement.cause == "order/a/place")) == 1


def test_another_line_kind_or_cause_is_another_movement(lot: str) -> None:
    with without_trace() as session:
        assert move(session, lot, MovementKind.RESERVE, 1, cause="order/a/place", line=1)
        assert move(session, lot, MovementKind.RESERVE, 1, cause="order/a/place", line=2)
        assert move(session, lot, MovementKind.RESERVE, 1, cause="order/b/place", line=1)
        assert move(session, lot, MovementKind.RELEASE, 1, cause="order/a/place", line=1)
        assert counters(session, lot) == (10, 2, 0, 0)


def test_vials_that_are_not_free_cannot_be_moved(lot: str) -> None:
    impossible = [
        (MovementKind.RESERVE, 4, "only 3 are free"),
        (MovementKind.QUARANTINE, 4, "only 3 are free"),
        (MovementKind.SPLIT_OUT, 4, "only 3 are free"),
        (MovementKind.CLEAR, 3, "only 2 are set apart"),
        (MovementKind.DISCARD, 3, "only 2 are set apart"),
        (MovementKind.RELEASE, 3, "only 2 are reserved"),
        (MovementKind.ALLOCATE, 3, "only 2 are reserved"),
        (MovementKind.UNALLOCATE, 4, "only 3 are allocated"),
        (MovementKind.SHIP, 4, "only 3 are allocated"),
        (MovementKind.WRITE_OFF, 4, "7 of the 10 are promised or set apart"),
        (MovementKind.ADJUST, -4, "7 of the 10 are promised or set apart"),
        (MovementKind.WRITE_OFF, 11, "there are 10"),
    ]
    with without_trace() as session:
        assert move(session, lot, MovementKind.RESERVE, 5, cause="before/reserve")
        assert move(session, lot, MovementKind.ALLOCATE, 3, cause="before/allocate")
        assert move(session, lot, MovementKind.QUARANTINE, 2, cause="before/quarantine")
        before = counters(session, lot)
        for number, (kind, quantity, why) in enumerate(impossible):
            assert not move(session, lot, kind, quantity, cause=f"impossible/{number}"), why
            assert counters(session, lot) == before
        written = session.scalars(select(StockMovement.cause).where(StockMovement.cause.like("impossible/%")))
        assert written.all() == []


def test_the_last_vial_can_be_moved_to_the_very_limit(lot: str) -> None:
    with without_trace() as session:
        assert move(session, lot, MovementKind.RESERVE, 10, cause="a")
        assert move(session, lot, MovementKind.ALLOCATE, 10, cause="b")
        assert move(session, lot, MovementKind.SHIP, 10, cause="c")
        assert counters(session, lot) == (0, 0, 0, 0)


def test_a_condition_on_the_lot_is_tested_by_the_same_update(lot: str) -> None:
    with without_trace() as session:
        identity = lot_id(session, lot)
        for state, expected in ((LotState.RECALLED, False), (LotState.RELEASED, True)):
            moved = ledger.move(
                session,
                lot_id=identity,
                kind=MovementKind.RESERVE,
                quantity=1,
                cause=f"test/{state.value}",
                actor="t@shop.example",
                only_if=Lot.state == state,
            )
            assert moved == expected


def test_a_quantity_of_nothing_or_less_is_no_movement_except_when_counting_corrects_it(lot: str) -> None:
    for kind in set(MovementKind) - {MovementKind.ADJUST}:
        for quantity in (0, -1):
            with suppress(IntegrityError), writing() as session:
                assert not move(session, lot, kind, quantity, cause="test/backwards")
    assert movements() == 1
    with without_trace() as session:
        assert move(session, lot, MovementKind.ADJUST, -3, cause="count/1")
        assert counters(session, lot) == (7, 0, 0, 0)
    assert stock(lot) == Stock(10, 0, 0)


def test_a_lot_that_is_not_there_cannot_be_moved(lot: str) -> None:
    with without_trace() as session:
        assert not ledger.move(
            session, lot_id=987_654, kind=MovementKind.RECEIVE, quantity=1, cause="a", actor="t@shop.example"
        )


@pytest.mark.parametrize("seed", range(3))
def test_any_run_of_movements_does_just_what_arithmetic_says(lot: str, seed: int) -> None:
    """Against a model in three lines: a movement happens when every counter stays possible, or not at all."""
    chance = random.Random(seed)
    with without_trace() as session:
        model = counters(session, lot)
        told: list[tuple[MovementKind, int, str]] = []
        for step in range(60):
            if told and chance.random() < 0.2:
                kind, quantity, cause = chance.choice(told)
                assert move(session, lot, kind, quantity, cause=cause)
            else:
                kind, quantity = chance.choice(list(MovementKind)), chance.randint(1, 6)
                if kind == MovementKind.ADJUST and chance.random() < 0.5:
                    quantity = -quantity
                on_hand, reserved, allocated, quarantined = (
                    counter + quantity * effect for counter, effect in zip(model, EFFECTS[kind], strict=True)
                )
                lowest = min(on_hand, reserved, allocated, quarantined)
                possible = lowest >= 0 and reserved + allocated + quarantined <= on_hand
                assert move(session, lot, kind, quantity, cause=f"step/{step}") == possible
                if possible:
                    model = (on_hand, reserved, allocated, quarantined)
                    told.append((kind, quantity, f"step/{step}"))
            assert counters(session, lot) == model
        assert [line for line in found_by_audit() if line.startswith(("I1:", "I2:"))] == []


IMPOSSIBLE_COUNTERS = (
    "on_hand = -1",
    "reserved = -1",
    "allocated = -1",
    "reserved = 11",
    "allocated = 11",
    "quarantined = -1",
    "quarantined = 11",
    "reserved = 6, allocated = 5",
    "reserved = 4, allocated = 4, quarantined = 3",
)


def test_the_database_itself_refuses_impossible_counters(lot: str) -> None:
    for change in IMPOSSIBLE_COUNTERS:
        with pytest.raises(IntegrityError), writing() as session:
            session.execute(text(f"UPDATE lot SET {change} WHERE number = :number"), {"number": lot})
    assert stock(lot) == Stock(10, 0, 0)


def test_the_database_itself_refuses_a_movement_that_does_not_follow_from_its_kind(lot: str) -> None:
    correct = {
        "kind": "reserve",
        "quantity": 2,
        "on_hand_change": 0,
        "reserved_change": 2,
        "allocated_change": 0,
        "quarantined_change": 0,
        "cause": "by/hand",
    }
    insert = text(
        "INSERT INTO stock_movement (lot_id, kind, quantity, on_hand_change, reserved_change, "
        "allocated_change, quarantined_change, cause, line, actor, at) "
        "SELECT id, :kind, :quantity, :on_hand_change, "
        ":reserved_change, :allocated_change, :quarantined_change, :cause, 0, 'x', "
        "'2026-01-01 00:00:00+00:00' FROM lot "
        "WHERE number = :number"
    )
    with without_trace() as session:
        session.execute(insert, {**correct, "number": lot})
    wrong: list[dict[str, object]] = [
        {"reserved_change": 3},
        {"on_hand_change": -2},
        {"allocated_change": 2},
        {"quarantined_change": 2},
        {"kind": "ship"},
        {"kind": "borrow"},
        {"kind": "receive", "quantity": -2, "on_hand_change": -2, "reserved_change": 0},
        {"quantity": 0, "reserved_change": 0},
        {"cause": f"lot/{lot}/receive", "kind": "receive", "on_hand_change": 2, "reserved_change": 0},
    ]
    for change in wrong:
        with pytest.raises(IntegrityError), writing() as session:
            session.execute(insert, {**correct, **change, "number": lot})
    assert movements() == 1


def test_the_ledger_is_append_only_even_by_hand(lot: str) -> None:
    for statement in ("UPDATE stock_movement SET actor = 'x'", "DELETE FROM stock_movement"):
        with pytest.raises(IntegrityError, match="append-only"), writing() as session:
            session.execute(text(statement))
    assert movements() == 1


def test_a_row_of_the_ledger_cannot_be_replaced_on_sqlite_either(lot: str) -> None:
    """REPLACE deletes the row in its way; SQLite runs delete triggers for that only when told to."""
    if db.engine.dialect.name != "sqlite":
        return
    replacing = text(
        "INSERT OR REPLACE INTO stock_movement (id, lot_id, kind, quantity, on_hand_change, reserved_change, "
        "allocated_change, quarantined_change, cause, line, actor, at) "
        "SELECT id, lot_id, kind, 1, 1, 0, 0, 0, cause, line, actor, at FROM stock_movement"
    )
    with pytest.raises(IntegrityError, match="append-only"), writing() as session:
        session.execute(replacing)
    assert stock(lot) == Stock(10, 0, 0)
    with reading() as session:
        assert session.scalars(select(StockMovement.quantity)).all() == [10]


def test_the_audit_names_a_lot_whose_counters_were_changed_without_a_movement(lot: str) -> None:
    for change in ("on_hand = 11", "reserved = 1", "allocated = 1", "quarantined = 1"):
        with without_trace() as session:
            session.execute(text(f"UPDATE lot SET {change}"))
            assert any(line.startswith("I1:") and lot in line for line in found_by_audit())
            if change.startswith(("reserved", "allocated")):
                assert any(line.startswith("I3:") and lot in line for line in found_by_audit())


def test_a_cause_that_comes_back_with_another_quantity_is_refused_and_changes_nothing(lot: str) -> None:
    with without_trace() as session:
        assert move(session, lot, MovementKind.RESERVE, 2, cause="order/a/place", line=1)
        with pytest.raises(CauseUsedAgain):
            move(session, lot, MovementKind.RESERVE, 3, cause="order/a/place", line=1)
        assert counters(session, lot) == (10, 2, 0, 0)


@pytest.mark.parametrize("seed", range(3))
def test_the_counters_of_any_past_moment_can_be_asked_from_the_ledger(lot: str, seed: int) -> None:
    """What they were after each movement is what the ledger says of that moment, to the movement itself."""
    chance = random.Random(seed)
    with without_trace() as session:
        identity = lot_id(session, lot)
        seen: list[tuple[datetime, tuple[int, int, int, int]]] = []
        for step in range(25):
            with clock.shifted(timedelta(hours=step + 1)):
                move(session, lot, chance.choice(list(MovementKind)), chance.randint(1, 3), cause=f"s/{step}")
                seen.append((clock.now(), counters(session, lot)))
        for moment, then in seen:
            told = ledger.as_of(session, [identity], moment)[identity]
            assert (told.on_hand, told.reserved, told.allocated, told.quarantined) == then
            assert told.free == then[0] - sum(then[1:])
        assert ledger.as_of(session, [identity])[identity] == told
        last = session.scalars(select(StockMovement).order_by(StockMovement.id.desc()).limit(1)).one()
        before = ledger.as_of(session, [identity], last.at - timedelta(microseconds=1))[identity]
        assert ledger.as_of(session, [identity], last.at)[identity] != before, "a moment includes itself"
        earliest = clock.now() - timedelta(days=3)
        assert ledger.as_of(session, [identity, 987_654], earliest) == {
            identity: Counters(),
            987_654: Counters(),
        }
