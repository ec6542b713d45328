"""Agreed codes: refused in words, taken with the order, given back unpaid, never used too often."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from builders import (
    WHERE,
    draft_for,
    found_by_audit,
    make_lot,
    make_ready_to_sell,
    make_size,
    place,
    shown,
    stock,
)
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from shop.catalogue.models import VialSize
from shop.core import clock
from shop.core.database import db, reading, writing
from shop.core.errors import Refused
from shop.ordering import checkout, coupons, fulfilment, placement, states
from shop.ordering.coupons import Coupon, CouponReturn, CouponUse, Terms, refusal
from shop.ordering.delivery_rates import DeliveryBracket
from shop.ordering.models import ChargeKind, Order, PaymentState
from shop.ordering.placement import Placed, ReviewChanged
from shop.ordering.pricing import Discount

TERMS = Terms(
    discount=Discount(code="FRAME-26", percent=Decimal(10)),
    currency="USD",
    enabled=True,
    minimum_minor=10000,
    valid_from=date(2026, 1, 1),
    valid_until=date(2026, 12, 31),
    most_uses=5,
    most_per_organisation=2,
    uses=0,
    uses_of_organisation=0,
)


@pytest.mark.parametrize(
    ("change", "on", "eligible", "words"),
    [
        ({}, date(2026, 6, 1), 10000, ""),
        ({"enabled": False}, date(2026, 6, 1), 10000, "is not known"),
        ({"currency": "EUR"}, date(2026, 6, 1), 10000, "is not known"),
        ({}, date(2025, 12, 31), 10000, "is valid from 2026-01-01"),
        ({}, date(2027, 1, 1), 10000, "was valid until 2026-12-31"),
        ({"uses": 5}, date(2026, 6, 1), 10000, "is used up"),
        ({"uses_of_organisation": 2}, date(2026, 6, 1), 10000, "as often as agreed"),
        ({}, date(2026, 6, 1), 0, "is not for these items"),
        ({}, date(2026, 6, 1), 9999, "holds from $100.00 of items; yours come to $99.99"),
    ],
)
def test_a_code_that_does_not_hold_says_why(
    change: dict[str, Any], on: date, eligible: int, words: str
) -> None:
    found = refusal(replace(TERMS, **change), code="FRAME-26", on=on, eligible_minor=eligible, currency="USD")
    assert words in found
    assert bool(found) == bool(words)


def test_a_code_nobody_agreed_on_is_not_known() -> None:
    said = refusal(None, code="X", on=date(2026, 6, 1), eligible_minor=1, currency="USD")
    assert said == "The code X is not known. Check it, or leave it out."


@pytest.fixture
def selling(shop: Flask) -> Flask:
    make_ready_to_sell()
    return shop


def make_code(code: str = "FRAME-26", **terms: Any) -> None:
    with writing() as session:
        session.add(
            Coupon(
                code=code,
                code_key=coupons.key(code),
                agreement="Specimen framework contract",
                currency="USD",
                created_at=clock.now(),
                **({"percent": Decimal(10)} | terms),
            )
        )


def with_code(wanted: dict[str, int], code: str = " frame-26 ", **draft: Any) -> str:
    token = draft_for(wanted, **draft)
    checkout.save_code(token, code)
    return token


def uses(code: str = "FRAME-26") -> int:
    with reading() as session:
        return session.scalars(select(Coupon.uses).where(Coupon.code == code)).one()


def cancel(placed: Placed) -> None:
    with writing() as session:
        order = states.lock(session, placed.order_id)
        fulfilment.cancel(session, order, actor="test", kind="cancelled", reason="not needed")


def test_an_order_with_a_code_is_charged_less_and_takes_one_use(selling: Flask) -> None:
    sku = make_size(price_minor=10000)
    make_lot(sku, 10)
    make_code(most_uses=3)
    placed = place(with_code({sku: 3}))
    with reading() as session:
        order = session.get_one(Order, placed.order_id)
        assert [(each.kind.value, each.amount_minor, each.label) for each in order.charges[:2]] == [
            ("items", 30000, "Items"),
            ("discount", -3000, "Discount, code FRAME-26"),
        ]
        assert order.total_minor == 30000 - 3000 + 1400
        assert [line.discount_minor for line in order.lines] == [3000]
        assert order.lines[0].explanation == "3 vials at $100.00 each"
        use = session.scalars(select(CouponUse)).one()
        assert (use.n, use.order_id) == (1, placed.order_id)
    assert uses() == 1


def test_a_code_for_some_products_takes_nothing_off_the_others(selling: Flask) -> None:
    one, other = make_size(price_minor=10000), make_size(price_minor=5000)
    make_lot(one, 5)
    make_lot(other, 5)
    make_code(percent=None, amount_minor=700)
    with writing() as session:
        size = session.scalars(select(VialSize).where(VialSize.sku == other)).one()
        coupon = session.scalars(select(Coupon)).one()
        coupon.products.append(size.product)
    placed = place(with_code({one: 1, other: 1}))
    with reading() as session:
        order = session.get_one(Order, placed.order_id)
        assert [line.discount_minor for line in order.lines] == [0, 700]


def test_a_code_changed_between_review_and_placing_asks_again_and_takes_nothing(selling: Flask) -> None:
    sku = make_size(price_minor=10000)
    lot = make_lot(sku, 10)
    make_code()
    token = with_code({sku: 1})
    seen = shown(token)
    with writing() as session:
        session.execute(update(Coupon).values(valid_until=clock.today() - timedelta(days=1)))
    with pytest.raises(ReviewChanged) as refused:
        placement.place(token, seen, WHERE)
    said = " ".join(refused.value.changes)
    assert "Discount, code FRAME-26 is no longer part of it." in said
    assert "was valid until" in said
    assert "The total is now $114.00, not $104.00." in said
    assert (uses(), stock(lot).reserved) == (0, 0)
    # Seen again without the discount, it can be placed, at the total now shown.
    assert place(token).number


def test_an_unknown_code_is_refused_when_given_and_a_removed_one_is_forgotten(selling: Flask) -> None:
    sku = make_size(price_minor=10000)
    make_lot(sku, 10)
    make_code()
    with pytest.raises(Refused, match="The code NOPE is not known"):
        with_code({sku: 1}, "NOPE")
    token = with_code({sku: 1})
    checkout.save_code(token, "")
    with reading() as session:
        order = session.get_one(Order, place(token).order_id)
        assert ChargeKind.DISCOUNT not in {each.kind for each in order.charges}


def test_a_code_that_would_leave_nothing_to_pay_is_not_used(selling: Flask) -> None:
    sku = make_size(price_minor=10000)
    make_lot(sku, 10)
    make_code(percent=Decimal(100))
    with writing() as session:
        session.execute(update(DeliveryBracket).values(price_minor=0))
    seen = shown(with_code({sku: 1}))
    assert (seen["total_minor"], seen["code"]) == (10000, "")
    assert "would leave nothing to pay" in str(seen["code_refused"])


def test_a_use_is_given_back_when_the_order_ends_unpaid_and_only_then(selling: Flask) -> None:
    sku = make_size(price_minor=10000)
    make_lot(sku, 10)
    make_code(most_uses=1)
    placed = place(with_code({sku: 1}))
    assert "is used up" in str(shown(with_code({sku: 1}))["code_refused"])
    cancel(placed)
    assert uses() == 0
    with reading() as session:
        order = session.get_one(Order, placed.order_id)
        assert "The use of the code FRAME-26 is given back." in [each.note for each in order.events]
    again = place(with_code({sku: 1}))
    with writing() as session:
        order = states.lock(session, again.order_id)
        states.move(session, order, PaymentState.PAID, actor="test", kind="paid")
    with writing() as session:
        order = states.lock(session, again.order_id)
        fulfilment.cancel(session, order, actor="test", kind="cancelled", reason="damaged")
    assert uses() == 1
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(CouponReturn)) == 1


def test_an_order_paid_after_all_takes_its_use_again_while_there_is_one(selling: Flask) -> None:
    sku = make_size(price_minor=10000)
    make_lot(sku, 10)
    make_code(most_uses=1)
    first = place(with_code({sku: 1}))
    cancel(first)
    second = place(with_code({sku: 1}))
    notes: list[str] = []
    for placed, expected in ((first, "had no use left"), (second, "")):
        with writing() as session:
            order = states.lock(session, placed.order_id)
            states.move(session, order, PaymentState.PAID, actor="test", kind="paid")
        with reading() as session:
            notes = [each.note for each in session.get_one(Order, placed.order_id).events]
        assert any(expected in note for note in notes)
    assert uses() == 1
    with writing() as session:
        session.execute(update(Coupon).values(most_uses=2))
    third = place(with_code({sku: 1}))
    cancel(third)
    with writing() as session:
        order = states.lock(session, third.order_id)
        states.move(session, order, PaymentState.PAID, actor="test", kind="paid")
    assert uses() == 2


def test_an_organisation_uses_a_code_as_often_as_agreed_and_another_as_well(selling: Flask) -> None:
    sku = make_size(price_minor=10000)
    make_lot(sku, 10)
    make_code(most_per_organisation=1)
    place(with_code({sku: 1}))
    assert "as often as agreed" in str(
        shown(with_code({sku: 1}, organisation="VERMEER institute for molecular  assays"))["code_refused"]
    )
    place(with_code({sku: 1}, organisation="Another Institute"))
    assert uses() == 2


def at_once(app: Flask, tasks: list[Callable[[], str]]) -> list[str]:
    """Run tasks at the same moment, each in a thread with a session of its own."""
    barrier = threading.Barrier(len(tasks))

    def run(task: Callable[[], str]) -> str:
        with app.app_context():
            try:
                barrier.wait(timeout=60)
                return task()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


@pytest.mark.parametrize("limit", [{"most_uses": 2}, {"most_per_organisation": 2}])
def test_orders_at_one_moment_use_a_code_just_as_often_as_it_allows(
    selling: Flask, limit: dict[str, Any]
) -> None:
    sku = make_size(price_minor=10000)
    make_lot(sku, 50)
    make_code(**limit)
    tokens = [with_code({sku: 1}) for _buyer in range(6)]
    pictures = {token: shown(token) for token in tokens}
    db.session.remove()

    def placing(token: str) -> Callable[[], str]:
        def run() -> str:
            try:
                placement.place(token, pictures[token], WHERE)
            except ReviewChanged as error:
                return "asked again" if "code FRAME-26" in str(error) else str(error)
            return "placed"

        return run

    found = at_once(selling, [placing(token) for token in tokens])
    assert sorted(found) == ["asked again"] * 4 + ["placed"] * 2
    assert uses() == 2
    assert found_by_audit() == []


def test_the_database_itself_counts_no_use_beyond_the_limit(selling: Flask) -> None:
    make_code(most_uses=1)
    with pytest.raises(IntegrityError, match="not_used_more_often_than_allowed"), writing() as session:
        session.execute(update(Coupon).values(uses=2))


def test_the_audit_finds_a_use_that_is_not_counted(selling: Flask) -> None:
    sku = make_size(price_minor=10000)
    make_lot(sku, 10)
    make_code(most_uses=3)
    place(with_code({sku: 1}))
    with writing() as session:
        session.execute(update(Coupon).values(uses=0))
    assert found_by_audit() == ["I95: code FRAME-26 counts 0 uses, 1 stand"]
    with writing() as session:
        session.execute(update(Coupon).values(uses=1))
