"""What staff do with vials: each request is one movement, made once, and never at the cost of a promise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from builders import found_by_audit, make_lot, make_ready_to_sell, make_size, order_for
from flask import Flask
from sqlalchemy import func, select, text

from shop.core import clock
from shop.core.audit import AuditEntry
from shop.core.database import reading, writing
from shop.core.errors import NotFound, Refused
from shop.inventory import ledger, lots, stock_changes
from shop.inventory.ledger import Counters
from shop.inventory.lots import Split
from shop.inventory.models import Lot, LotEvent, LotState, MovementKind, StockMovement

ACTOR = "w@shop.example"
Act = Callable[..., bool]


@pytest.fixture
def lot(shop: Flask) -> str:
    """Ten vials: three held for an order, two set apart, five free."""
    make_ready_to_sell()
    sku = make_size()
    number = make_lot(sku, 10)
    order_for({sku: 3})
    stock_changes.set_apart(number, 2, cause="first", actor=ACTOR, reason="cracked stopper")
    return number


def counters(number: str) -> Counters:
    with reading() as session:
        found = session.scalars(select(Lot).where(Lot.number == number)).one()
        return Counters(
            on_hand=found.on_hand,
            reserved=found.reserved,
            allocated=found.allocated,
            quarantined=found.quarantined,
        )


def movements() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(StockMovement)) or 0


START = Counters(on_hand=10, reserved=3, quarantined=2)
EFFECTS: dict[str, tuple[Act, MovementKind, Counters]] = {
    "write off": (
        stock_changes.write_off,
        MovementKind.WRITE_OFF,
        Counters(on_hand=8, reserved=3, quarantined=2),
    ),
    "set apart": (
        stock_changes.set_apart,
        MovementKind.QUARANTINE,
        Counters(on_hand=10, reserved=3, quarantined=4),
    ),
    "clear": (stock_changes.clear, MovementKind.CLEAR, Counters(on_hand=10, reserved=3)),
    "discard": (stock_changes.discard, MovementKind.DISCARD, Counters(on_hand=8, reserved=3)),
    "adjust": (
        stock_changes.adjust,
        MovementKind.ADJUST,
        Counters(on_hand=12, reserved=3, quarantined=2),
    ),
}


@pytest.mark.parametrize("name", EFFECTS)
def test_each_change_is_one_movement_with_actor_and_reason_and_a_replay_changes_nothing(
    lot: str, name: str
) -> None:
    act, kind, after = EFFECTS[name]
    assert counters(lot) == START
    before = movements()
    assert act(lot.lower(), 2, cause="form/1", actor=ACTOR, reason="because")
    assert counters(lot) == after
    for _replay in range(2):
        assert not act(lot, 2, cause="form/1", actor="someone@else.example", reason="again")
    assert counters(lot) == after
    assert movements() == before + 1
    with reading() as session:
        row = session.scalars(select(StockMovement).order_by(StockMovement.id.desc()).limit(1)).one()
        assert (row.kind, row.quantity, row.actor, row.reason) == (kind, 2, ACTOR, "because")
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == f"stock.{kind.value}")).all()
        assert [entry.reason for entry in entries][-1] == "because"


def test_no_change_takes_vials_that_are_promised_or_set_apart(lot: str) -> None:
    before = movements()
    for act, vials in (
        (stock_changes.write_off, 6),
        (stock_changes.set_apart, 6),
        (stock_changes.clear, 3),
        (stock_changes.discard, 3),
        (stock_changes.adjust, -6),
    ):
        with pytest.raises(Refused, match=lot):
            act(lot, vials, cause="too/many", actor=ACTOR, reason="because")
    for act, vials in ((stock_changes.write_off, 5), (stock_changes.discard, 2)):
        assert act(lot, vials, cause="just/enough", actor=ACTOR, reason="because")
    assert counters(lot) == Counters(on_hand=3, reserved=3)
    assert movements() == before + 2


def test_a_change_needs_a_reason_a_number_and_a_lot(lot: str) -> None:
    for act, _kind, _after in EFFECTS.values():
        with pytest.raises(Refused, match="reason"):
            act(lot, 1, cause="c", actor=ACTOR, reason=" ")
        with pytest.raises(Refused):
            act(lot, 0, cause="c", actor=ACTOR, reason="because")
        with pytest.raises(NotFound):
            act("XX-0000", 1, cause="c", actor=ACTOR, reason="because")
    with pytest.raises(Refused, match="how many"):
        stock_changes.write_off(lot, -1, cause="c", actor=ACTOR, reason="because")
    assert counters(lot) == START


def test_a_count_corrects_what_is_on_hand_unless_stock_moved_meanwhile(lot: str) -> None:
    with pytest.raises(Refused, match="moved"):
        stock_changes.count(lot, 9, expected=11, cause="count/1", actor=ACTOR, reason="count")
    with pytest.raises(Refused, match="nothing to adjust"):
        stock_changes.count(lot, 10, expected=10, cause="count/1", actor=ACTOR, reason="count")
    assert stock_changes.count(lot, 9, expected=10, cause="count/1", actor=ACTOR, reason="count")
    assert not stock_changes.count(lot, 9, expected=10, cause="count/1", actor=ACTOR, reason="count")
    assert counters(lot).on_hand == 9


def test_what_was_set_apart_is_never_cleared_in_a_rejected_or_recalled_lot(lot: str) -> None:
    lots.change_state(lot, LotState.ON_HOLD, actor=ACTOR, reason="look")
    assert stock_changes.clear(lot, 1, cause="c/1", actor=ACTOR, reason="fine")
    lots.change_state(lot, LotState.RECALLED, actor=ACTOR, reason="bad")
    with pytest.raises(Refused, match="recalled"):
        stock_changes.clear(lot, 1, cause="c/2", actor=ACTOR, reason="fine")
    assert stock_changes.discard(lot, 1, cause="c/3", actor=ACTOR, reason="destroyed")


def split(parent: str, vials: int, number: str = "SMX-0001-C", **changed: object) -> int:
    part = Split(number=number, vials=vials, bin="F2-B-01", **changed)  # type: ignore[arg-type]
    return lots.split(parent, part, actor=ACTOR, reason="own label")


def test_a_split_moves_vials_from_the_bulk_lot_to_a_lot_of_its_own_in_quarantine(lot: str) -> None:
    child_id = split(lot, 4)
    assert counters(lot) == Counters(on_hand=6, reserved=3, quarantined=2)
    with reading() as session:
        parent = session.scalars(select(Lot).where(Lot.number == lot)).one()
        child = session.get_one(Lot, child_id)
        assert (child.on_hand, child.state, child.parent_lot_id) == (4, LotState.QUARANTINE, parent.id)
        assert (child.retest_on, child.removal_on, child.manufactured_on) == (
            parent.retest_on,
            parent.removal_on,
            parent.manufactured_on,
        )
        assert [event.to_state for event in child.events] == [LotState.QUARANTINE]
    before = movements()
    assert split(lot, 4) == child_id, "the same split again"
    assert movements() == before
    with pytest.raises(Refused, match="already"):
        split(lot, 1)


def test_a_split_never_takes_what_is_promised_nor_outlives_its_bulk_lot(lot: str) -> None:
    with pytest.raises(Refused, match="free vials"):
        split(lot, 6)
    with pytest.raises(Refused, match="earlier"):
        split(lot, 1, retest_on=clock.today() + timedelta(days=601))
    with pytest.raises(Refused, match="reason"):
        lots.split(lot, Split(number="SMX-2-C", vials=1, bin="B"), actor=ACTOR, reason="")
    lots.change_state(lot, LotState.RECALLED, actor=ACTOR, reason="bad")
    with pytest.raises(Refused, match="may be split"):
        split(lot, 1)
    assert counters(lot) == START
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Lot)) == 1


def test_a_recall_reaches_every_lot_split_from_a_bulk_lot_however_often(lot: str) -> None:
    first = split(lot, 4, "SMX-0001-C")
    second = split("SMX-0001-C", 2, "SMX-0001-D")
    stranger = make_lot(make_size(), 1)
    with reading() as session:
        parent = session.scalars(select(Lot.id).where(Lot.number == lot)).one()
        other = session.scalars(select(Lot.id).where(Lot.number == stranger)).one()
        assert lots.family(session, [parent]) == {parent, first, second}
        assert lots.family(session, [second, other]) == {second, other}
        assert [each.number for each in lots.origins(session, second)] == ["SMX-0001-C", lot]
        assert lots.origins(session, parent) == []


def test_the_audit_names_a_split_that_lost_or_made_vials(lot: str) -> None:
    with writing() as session:
        parent = session.scalars(select(Lot.id).where(Lot.number == lot)).one()
        for kind in (MovementKind.SPLIT_OUT, MovementKind.SPLIT_IN):
            savepoint = session.begin_nested()
            ledger.move(session, lot_id=parent, kind=kind, quantity=1, cause="lot/X/split", actor=ACTOR)
            assert any(line.startswith("I41: lot/X/split") for line in found_by_audit())
            savepoint.rollback()
    child = split(lot, 1)
    with writing() as session:
        for identity, kind, vials in ((parent, MovementKind.SPLIT_OUT, 1), (child, MovementKind.SPLIT_IN, 2)):
            ledger.move(session, lot_id=identity, kind=kind, quantity=vials, cause="lot/Y/split", actor=ACTOR)
        assert [line for line in found_by_audit() if line.startswith("I41")] == [
            "I41: lot/Y/split: 1 vials left the bulk lot, 2 came into a lot split from it"
        ]
        session.rollback()


def test_the_audit_names_a_lot_whose_state_no_event_explains(lot: str) -> None:
    with writing() as session:
        savepoint = session.begin_nested()
        session.execute(text("UPDATE lot SET state = 'recalled'"))
        assert any(line.startswith("I42:") and lot in line for line in found_by_audit())
        savepoint.rollback()
        savepoint = session.begin_nested()
        identity = session.scalars(select(Lot.id)).one()
        session.add(
            LotEvent(
                lot_id=identity,
                at=clock.now(),
                actor=ACTOR,
                from_state=LotState.RELEASED,
                to_state=LotState.QUARANTINE,
                reason="by hand",
            )
        )
        session.execute(text("UPDATE lot SET state = 'quarantine'"))
        session.flush()
        assert any("is not a legal change" in line for line in found_by_audit())
        savepoint.rollback()


def test_a_request_to_change_a_lots_state_is_carried_out_once(lot: str) -> None:
    lots.change_state(lot, LotState.ON_HOLD, actor=ACTOR, reason="look", cause="form/7")
    lots.change_state(lot, LotState.RELEASED, actor=ACTOR, reason="fine")
    lots.change_state(lot, LotState.ON_HOLD, actor=ACTOR, reason="look", cause="form/7")
    with reading() as session:
        found = session.scalars(select(Lot).where(Lot.number == lot)).one()
        assert found.state == LotState.RELEASED
        assert len(found.events) == 3
