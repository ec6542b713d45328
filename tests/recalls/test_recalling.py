"""A recall stops sales and lists everyone in one step; a drill changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from builders import draft_for, make_lot, make_ready_to_sell, make_size, order_for, place, someone, stock
from flask import Flask
from recall_builders import (
    Family,
    consignees,
    details,
    found,
    held_orders,
    order_now,
    recall,
    send,
    split_from,
    state_of_lot,
)
from sqlalchemy import event, func, select, text

from shop.core import audit, outbox
from shop.core.database import db, reading, writing
from shop.core.errors import NotFound, Refused
from shop.inventory import ledger, lots
from shop.inventory.models import Lot, LotState, MovementKind
from shop.ordering import cart, fulfilment
from shop.ordering.models import FulfilmentState, OrderEvent
from shop.recalls import recalling, scope
from shop.recalls.models import Recall, RecallState


@pytest.fixture
def family(shop: Flask) -> Family:
    make_ready_to_sell()
    return Family()


def test_a_recall_of_a_bulk_lot_reaches_every_lot_split_from_it(family: Family) -> None:
    recall_id = recall("bulk-1")
    assert {each.lot.number: each.named for each in found(recall_id).lots} == {
        "BULK-1": True,
        "FILL-A": False,
        "FILL-B": False,
    }
    assert state_of_lot("FILL-A") == LotState.RECALLED
    assert state_of_lot("BULK-1") == LotState.REJECTED  # it was never sold
    (person,) = consignees(recall_id)
    assert (person.vials, person.orders, person.email) == (5, 2, "i.brandsma@vima.example")
    assert person.organisation == "Vermeer Institute for Molecular Assays"


def test_a_recall_of_one_filling_leaves_its_sister_unless_the_family_is_asked_for(family: Family) -> None:
    recall("FILL-A")
    assert state_of_lot("FILL-B") == LotState.RELEASED
    recall_id = recall("BULK-1", family=True)
    assert state_of_lot("FILL-B") == LotState.RECALLED
    assert {each.lot.number for each in found(recall_id).lots} == {"BULK-1", "FILL-B"}


def test_a_family_is_found_from_one_of_its_fillings(family: Family) -> None:
    recall_id = recall("FILL-A", family=True)
    assert {each.lot.number for each in found(recall_id).lots} == {"BULK-1", "FILL-A", "FILL-B"}


def test_lots_that_name_each_other_as_parents_do_not_go_on_for_ever(family: Family) -> None:
    split_from("BULK-1", "FILL-A")
    recall_id = recall("FILL-B", family=True)
    assert len(found(recall_id).lots) == 3


def test_an_order_that_was_not_sent_is_held_and_cannot_leave(family: Family) -> None:
    fulfilment.approve(family.waiting.order_id, staff=family.staff, reason="")
    recall_id = recall("FILL-B")
    (held,) = held_orders(recall_id)
    assert (held.order_id, held.vials) == (family.waiting.order_id, 4)
    with pytest.raises(Refused, match="may not leave"):
        fulfilment.pick(family.waiting.order_id, "FILL-B", staff=family.staff)
    assert order_now(family.waiting).fulfilment_state == FulfilmentState.TO_PICK
    with reading() as session:
        notes = session.scalars(
            select(OrderEvent.note).where(
                OrderEvent.order_id == family.waiting.order_id, OrderEvent.kind == "recall"
            )
        ).all()
    assert notes == [f"Held: recall RCL-{recall_id:04}"]


def test_nothing_of_a_recalled_lot_is_sold_any_more(family: Family) -> None:
    token = draft_for({family.sku: 1})
    recall("FILL-B")
    with pytest.raises(Refused, match="sold out"):
        place(token)
    assert stock("FILL-B").reserved == 4


def test_carts_that_held_the_size_are_counted_and_told(family: Family) -> None:
    cart_id = cart.add(None, sku=family.sku, quantity=1)
    recall_id = recall("FILL-B")
    assert found(recall_id).carts >= 1
    with reading() as session:
        told = cart.recalled_since(session, cart.load(session, cart_id))
        (row,) = cart.look(session, cart_id)
    assert list(told.values()) == [("FILL-B",)]
    assert row.problem


def test_the_vials_of_each_lot_are_accounted_for(family: Family) -> None:
    with writing() as session:
        lot_id = session.scalars(select(Lot.id).where(Lot.number == "FILL-B")).one()
        for kind, count in ((MovementKind.WRITE_OFF, 1), (MovementKind.ADJUST, -2)):
            assert ledger.move(
                session, lot_id=lot_id, kind=kind, quantity=count, cause=f"test/{kind}", actor="test"
            )
    recall_id = recall("FILL-B")
    (lot,) = found(recall_id).lots
    assert (lot.received, lot.shipped, lot.written_off, lot.missing, lot.on_hand, lot.reserved) == (
        10,
        2,
        1,
        2,
        5,
        4,
    )


def test_a_drill_lists_the_same_people_and_changes_nothing(family: Family) -> None:
    with reading() as session:
        waiting = session.scalar(select(func.count()).select_from(outbox.OutboxMessage))
        events = session.scalar(select(func.count()).select_from(OrderEvent))
    drill = recall("BULK-1", drill=True)
    assert found(drill).number == f"DRILL-{drill:04}"
    assert state_of_lot("FILL-A") == LotState.RELEASED
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(outbox.OutboxMessage)) == waiting
        assert session.scalar(select(func.count()).select_from(OrderEvent)) == events
    real = recall("BULK-1")
    assert [(each.email, each.vials) for each in consignees(drill)] == [
        (each.email, each.vials) for each in consignees(real)
    ]
    assert [each.order_id for each in held_orders(drill)] == [each.order_id for each in held_orders(real)]


def test_contacts_of_one_organisation_are_listed_apart_and_one_contact_once(shop: Flask) -> None:
    make_ready_to_sell()
    staff, sku = someone("warehouse", "sales"), make_size()
    make_lot(sku, 20, number="FILL-A")
    for email in ("a@lab.example", "A@LAB.example", "b@lab.example"):
        send(place(draft_for({sku: 1}, email=email, organisation="One Lab")), staff)
    assert sorted((each.email_key, each.vials) for each in consignees(recall("FILL-A"))) == [
        ("a@lab.example", 2),
        ("b@lab.example", 1),
    ]


def test_a_lot_is_recalled_once(family: Family) -> None:
    first = recall("FILL-A")
    with pytest.raises(Refused, match=f"in recall RCL-{first:04} already"):
        recalling.prepare(details("FILL-A"), actor="x")


def test_a_lot_rejected_after_some_of_it_was_sent_can_be_recalled(family: Family) -> None:
    lots.change_state("FILL-A", LotState.ON_HOLD, actor="q", reason="x")
    lots.change_state("FILL-A", LotState.REJECTED, actor="q", reason="x")
    recall_id = recall("FILL-A")
    assert len(consignees(recall_id)) == 1
    assert state_of_lot("FILL-A") == LotState.REJECTED


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda: recalling.prepare(details("NOPE-1"), actor="x"), "no lot NOPE-1"),
        (lambda: recalling.prepare(details("FILL\x00A"), actor="x"), "no lot"),
        (lambda: recalling.prepare(details(" "), actor="x"), "at least one lot"),
        (lambda: recalling.start(4_000, typed="FILL-A", actor="x"), "no such recall"),
    ],
    ids=["unknown", "nul", "none", "no-recall"],
)
def test_what_cannot_be_recalled_is_refused_in_words(
    family: Family, change: Callable[[], Any], sentence: str
) -> None:
    with pytest.raises((Refused, NotFound), match=sentence):
        change()


def test_nothing_begins_until_one_of_the_lots_is_typed_again(family: Family) -> None:
    recall_id = recalling.prepare(details("FILL-A"), actor="x")
    recalling.write_notice(recall_id, subject="s", text="t")
    with pytest.raises(Refused, match="not one of: FILL-A"):
        recalling.start(recall_id, typed="FILL-B", actor="x")
    assert state_of_lot("FILL-A") == LotState.RELEASED
    recalling.start(recall_id, typed=" fill-a ", actor="x")
    with pytest.raises(Refused, match="has begun"):
        recalling.start(recall_id, typed="FILL-A", actor="x")
    with pytest.raises(Refused, match="has begun"):
        recalling.prepare(details("FILL-B"), actor="x", recall_id=recall_id)


def test_a_recall_without_a_notice_does_not_begin(family: Family) -> None:
    recall_id = recalling.prepare(details("FILL-A"), actor="x")
    with pytest.raises(Refused, match="notice"):
        recalling.start(recall_id, typed="FILL-A", actor="x")
    recalling.discard(recall_id, actor="x")
    with reading() as session:
        assert session.get(Recall, recall_id) is None


def test_a_recall_that_fails_half_way_has_done_nothing(
    family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    recall_id = recalling.prepare(details("BULK-1"), actor="x")
    recalling.write_notice(recall_id, subject="s", text="t")

    def fail(*_arguments: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(scope, "carts", fail)
    with pytest.raises(ZeroDivisionError):
        recalling.start(recall_id, typed="BULK-1", actor="x")
    assert state_of_lot("FILL-A") == LotState.RELEASED
    assert found(recall_id).state == RecallState.DRAFT
    assert (consignees(recall_id), held_orders(recall_id)) == ([], [])


def test_the_number_of_statements_does_not_grow_with_orders_and_lots(shop: Flask) -> None:
    make_ready_to_sell()
    staff = someone("warehouse", "sales")

    def counted(number: int) -> int:
        sku = make_size()
        make_lot(sku, 1, number=f"PARENT-{number}")
        for each in range(number):
            make_lot(sku, 4, number=f"CHILD-{number}-{each}")
            split_from(f"CHILD-{number}-{each}", f"PARENT-{number}")
        for each in range(number):
            email = f"{each}@lab.example"
            send(place(draft_for({sku: 1}, email=email, organisation=f"Lab {each}")), staff)
            order_for({sku: 1})
        recall_id = recalling.prepare(details(f"PARENT-{number}"), actor="x")
        recalling.write_notice(recall_id, subject="s", text="t")
        seen: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        recalling.start(recall_id, typed=f"PARENT-{number}", actor="x")
        event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    assert counted(2) == counted(7) <= 25


def test_the_audit_finds_a_consignee_who_is_not_listed(family: Family) -> None:
    recall_id = recall("FILL-A")
    with writing() as session:
        session.execute(text("UPDATE recall_consignee SET email_key = 'else'"))
    with reading() as session:
        broken = [sentence for each, sentence in audit.violations(session) if each.code == "I50"]
    assert broken == [f"order {family.first.number} had lot FILL-A and is not in recall RCL-{recall_id:04}"]
    with writing() as session:
        session.execute(text("UPDATE recall_consignee SET email_key = lower(email)"))


def test_the_audit_finds_a_lot_split_from_a_recalled_one_that_is_sold(family: Family) -> None:
    recall("FILL-A")
    split_from("FILL-B", "FILL-A")
    with reading() as session:
        broken = [sentence for each, sentence in audit.violations(session) if each.code == "I51"]
    assert broken == ["lot FILL-B belongs to a recall and is released"]
    split_from("FILL-B", "BULK-1")
