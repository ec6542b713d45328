"""Screening while placing: refused leaves nothing but its record, held waits, and the past counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import (
    WHERE,
    Stock,
    draft_for,
    make_lot,
    make_ready_to_sell,
    make_size,
    place,
    shown,
    someone,
    stock,
)
from flask import Flask
from sqlalchemy import delete, func, select
from sqlalchemy.orm import joinedload

from shop.attestations import screening_rules
from shop.attestations.models import AttestationRecord
from shop.attestations.screening import Effect, Kind, Result
from shop.attestations.screening_models import OrderScreening, ScreenedPerson, ScreeningRule
from shop.attestations.screening_rules import NewRule
from shop.core import clock
from shop.core.audit import AuditEntry
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.outbox import OutboxMessage
from shop.ordering import fulfilment, placement
from shop.ordering.buyer_screening import BuyerRefused
from shop.ordering.models import Order, PaymentMethod, ReviewState


@pytest.fixture(autouse=True)
def ready(shop: Flask) -> None:
    make_ready_to_sell()


def screened() -> list[OrderScreening]:
    with reading() as session:
        rows = list(session.scalars(select(OrderScreening).order_by(OrderScreening.at)))
        session.expunge_all()
        return rows


def order_of(order_id: int) -> Order:
    with reading() as session:
        order = session.get_one(Order, order_id, options=[joinedload(Order.events)])
        session.expunge_all()
        return order


def test_a_refused_order_leaves_its_record_and_nothing_else() -> None:
    sku = make_size()
    lot = make_lot(sku, 10)
    token = draft_for({sku: 2}, organisation="Glow Wellness", goods_in="It is for my own dose, Jo Specimen")
    with pytest.raises(BuyerRefused) as refused:
        placement.place(token, shown(token), WHERE)
    for word in ("wellness", "dose", "rule", "personal", "people"):
        assert word not in str(refused.value).lower()
    assert stock(lot) == Stock(on_hand=10, reserved=0, allocated=0)
    with reading() as session:
        for table in (Order, AttestationRecord, OutboxMessage):
            assert session.scalar(select(func.count()).select_from(table)) == 0
        person = session.scalars(select(ScreenedPerson)).one()
        assert (person.organisation, person.country) == ("Glow Wellness", "NL")
        assert {"rule": "treats-people", "words": "wellness"} in person.seen
    [kept] = screened()
    assert (kept.result, kept.order_reference) == (Result.REFUSE, None)
    assert "wellness" not in str(kept.findings).lower()
    assert "Specimen" not in str(kept.findings)


def test_pressing_the_button_again_is_not_a_second_refusal() -> None:
    sku = make_size()
    make_lot(sku, 10)
    token = draft_for({sku: 2}, organisation="Glow Wellness")
    for _press in range(3):
        with pytest.raises(BuyerRefused):
            placement.place(token, shown(token), WHERE)
    assert len(screened()) == 1


def test_what_screening_found_is_kept_with_the_order_apart_from_the_words() -> None:
    sku = make_size()
    make_lot(sku, 10)
    placed = place(draft_for({sku: 1}, email="ilse@gmail.com", goods_in="for my own use"))
    [kept] = screened()
    assert kept.result == Result.HOLD
    assert kept.order_reference == placed.reference
    assert [(each["rule"], each["effect"]) for each in kept.findings] == [
        ("free-mail", "note"),
        ("personal-use", "hold"),
    ]
    with writing() as session:
        person = session.scalars(select(ScreenedPerson)).one()
        assert [each["words"] for each in person.seen] == ["gmail.com", "my own use"]
        session.execute(delete(ScreenedPerson))  # erased; the record stands
    assert len(screened()) == 1


def test_a_held_order_goes_on_only_with_a_reason_and_the_reason_is_in_its_history() -> None:
    sku = make_size()
    make_lot(sku, 10)
    placed = place(draft_for({sku: 1}, goods_in="for my own use"))
    sales = someone("sales")
    with pytest.raises(Refused, match="Give a reason"):
        fulfilment.approve(placed.order_id, staff=sales, reason=" ")
    fulfilment.approve(placed.order_id, staff=sales, reason="Spoke to the laboratory; a slip of the pen")
    order = order_of(placed.order_id)
    assert order.review_state == ReviewState.APPROVED
    told = [(event.kind, event.actor, event.note) for event in order.events if event.axis == "review"]
    assert told[-1] == ("approved", sales.actor, "Spoke to the laboratory; a slip of the pen")


def test_an_order_that_no_rule_holds_is_approved_without_a_reason() -> None:
    sku = make_size()
    make_lot(sku, 10)
    placed = place(draft_for({sku: 1}))
    fulfilment.approve(placed.order_id, staff=someone("sales"), reason="")
    assert order_of(placed.order_id).review_state == ReviewState.APPROVED


def test_a_vial_a_month_is_seen_across_orders_of_one_mail_address() -> None:
    sku = make_size()
    make_lot(sku, 10)
    states = []
    for month, organisation in enumerate(("First Institute", "Second Institute", "Third Institute")):
        with clock.shifted(timedelta(days=30 * month)):
            placed = place(draft_for({sku: 1}, method=PaymentMethod.CARD, organisation=organisation))
            states.append(order_of(placed.order_id).review_state)
    assert states == [ReviewState.PASSED, ReviewState.PASSED, ReviewState.WAITING]


def test_a_cancelled_order_is_no_part_of_a_rhythm() -> None:
    sku = make_size()
    make_lot(sku, 10)
    for month in range(2):
        with clock.shifted(timedelta(days=30 * month)):
            placed = place(draft_for({sku: 1}))
            fulfilment.refuse(placed.order_id, staff=someone("sales"), reason="Specimen")
    with clock.shifted(timedelta(days=60)):
        placed = place(draft_for({sku: 1}, method=PaymentMethod.CARD))
    assert order_of(placed.order_id).review_state == ReviewState.PASSED


def hold_everything() -> NewRule:
    return NewRule(
        code="dock",
        kind=Kind.FREE_TEXT,
        effect=Effect.HOLD,
        words=("dock*",),
        reason="The dock is named",
        source="Specimen",
    )


def test_a_rule_counts_from_the_moment_it_is_written_and_no_longer_than_it_stands() -> None:
    sku = make_size()
    make_lot(sku, 10)
    before = draft_for({sku: 1}, method=PaymentMethod.CARD, goods_in="Dock 3")
    seen_before = shown(before)
    screening_rules.add(hold_everything(), actor="rosa@shop.example", reason="A try")
    # Written between Review and placing: it counts.
    held = placement.place(before, seen_before, WHERE)
    assert order_of(held.order_id).review_state == ReviewState.WAITING
    again = draft_for({sku: 1}, method=PaymentMethod.CARD, goods_in="Dock 3")
    seen_again = shown(again)
    screening_rules.end("dock", actor="rosa@shop.example", reason="The try is over")
    # Switched off between Review and placing: it no longer counts.
    free = placement.place(again, seen_again, WHERE)
    assert order_of(free.order_id).review_state == ReviewState.PASSED
    assert [each.ruleset for each in screened()] == [2, 3]
    with reading() as session:
        row = session.get_one(ScreeningRule, ("dock", 1))
        assert (row.begun_in, row.ended_in, row.end_reason) == (2, 3, "The try is over")
        logged = session.execute(select(AuditEntry.action, AuditEntry.reason).order_by(AuditEntry.id)).all()
        assert [tuple(each) for each in logged][-2:] == [
            ("screening.add", "A try"),
            ("screening.end", "The try is over"),
        ]


def test_a_new_version_takes_the_place_of_the_old_one() -> None:
    screening_rules.add(hold_everything(), actor="a", reason="First")
    screening_rules.add(hold_everything(), actor="b", reason="Second")
    with reading() as session:
        rows = session.execute(
            select(ScreeningRule.version, ScreeningRule.ended_by, ScreeningRule.end_reason)
            .where(ScreeningRule.code == "dock")
            .order_by(ScreeningRule.version)
        ).all()
    assert [tuple(row) for row in rows] == [(1, "b", "Second"), (2, "", "")]


def test_a_rule_that_is_off_cannot_be_switched_off_again() -> None:
    screening_rules.end("free-mail", actor="a", reason="Once")
    with pytest.raises(Refused, match="not in force"):
        screening_rules.end("free-mail", actor="a", reason="Twice")


@pytest.mark.parametrize(
    "odd",
    [
        {"code": "No Code"},
        {"words": ()},
        {"words": ("*",)},
        {"reason": " "},
        {"source": ""},
        {"kind": Kind.QUANTITY_OVER, "words": ()},
        {"kind": Kind.ORDERS_WITHIN, "words": (), "number": 3},
    ],
)
def test_a_rule_that_could_never_speak_or_always_would_is_refused(odd: dict[str, object]) -> None:
    with pytest.raises(Refused):
        screening_rules.add(NewRule(**(vars(hold_everything()) | odd)), actor="a", reason="why")
