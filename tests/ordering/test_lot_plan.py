"""What buyers ask of their lots: asked in the cart, kept by the order, or refused in words with an offer."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from builders import draft_for, make_lot, make_ready_to_sell, make_size, place, shown
from flask import Flask
from sqlalchemy import select

from shop.core import clock
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.inventory.models import Lot, Reservation
from shop.ordering import cart, lot_plan
from shop.ordering.cart import Wishes
from shop.ordering.lot_plan import SoldOut, add_months
from shop.ordering.models import CartLine, CheckoutDraft, OrderLine


@pytest.fixture(autouse=True)
def a_shop_that_can_sell(shop: Flask) -> None:
    make_ready_to_sell()


def two_lots() -> tuple[str, str, str]:
    """A size with four vials that go first and six that go later."""
    sku = make_size()
    first = make_lot(sku, 4, retest_on=clock.today() + timedelta(days=300))
    return sku, first, make_lot(sku, 6, retest_on=clock.today() + timedelta(days=600))


def ask(token: str, **wishes: object) -> None:
    with writing() as session:
        draft = session.scalars(select(CheckoutDraft).where(CheckoutDraft.token == token)).one()
        for line in session.scalars(select(CartLine).where(CartLine.cart_id == draft.cart_id)):
            for name, value in wishes.items():
                setattr(line, name, value)


def lots_of_order(order_id: int) -> dict[str, int]:
    with reading() as session:
        rows = session.execute(
            select(Lot.number, Reservation.quantity)
            .join(Reservation, Reservation.lot_id == Lot.id)
            .join(OrderLine, OrderLine.id == Reservation.order_line_id)
            .where(OrderLine.order_id == order_id)
        )
        return dict(rows.all())


def test_an_order_that_wants_one_lot_gets_one_lot_and_says_so_for_later() -> None:
    sku, first, second = two_lots()
    token = draft_for({sku: 5})
    ask(token, one_lot=True)
    placed = place(token)
    assert lots_of_order(placed.order_id) == {second: 5}
    with reading() as session:
        line = session.scalars(select(OrderLine).where(OrderLine.order_id == placed.order_id)).one()
        assert line.one_lot
    assert lots_of_order(place(draft_for({sku: 5})).order_id) == {first: 4, second: 1}


def test_one_lot_that_cannot_be_had_is_refused_with_the_split_that_can() -> None:
    sku, first, second = two_lots()
    token = draft_for({sku: 7})
    ask(token, one_lot=True)
    with pytest.raises(SoldOut, match=rf"The most from one lot is 6. .*4 of {first}, 3 of {second}"):
        place(token)
    ask(token, one_lot=False)
    assert lots_of_order(place(token).order_id) == {first: 4, second: 3}


def test_the_cart_says_what_stands_in_the_way_of_each_wish_and_the_most_that_fits() -> None:
    sku, first, second = two_lots()
    cart_id = cart.add(None, sku=sku, quantity=7, one_lot=True)

    def row(**wishes: object) -> tuple[int, str | None]:
        with reading() as session:
            line_id = cart.look(session, cart_id)[0].line_id
        cart.set_quantities(cart_id, {line_id: 7}, {line_id: Wishes(**wishes)})  # type: ignore[arg-type]
        with reading() as session:
            found = cart.look(session, cart_id)[0]
            assert found.wishes == Wishes(**wishes)  # type: ignore[arg-type]
            return found.available, found.problem

    most, problem = row(one_lot=True)
    assert most == 6 and problem is not None
    assert f"4 of {first}, 3 of {second}" in problem
    assert row() == (10, None)
    most, problem = row(months_left=12)
    assert most == 6 and problem is not None and "Only 6 vials keep for 12 months" in problem
    assert row(months_left=3) == (10, None)


def test_time_left_until_retest_counts_from_the_planned_ship_date_to_the_day() -> None:
    sku = make_size()
    with writing() as session:
        session.rollback()
    token = draft_for_one(sku)
    with reading() as session:
        filled = cart.load(session, session.scalars(select(CheckoutDraft)).one().cart_id)
        assert filled is not None
        ship_on = cart.ship_date(filled.lines, clock.today())
    exact = add_months(ship_on, 6)
    with writing() as session:
        lot = session.scalars(select(Lot)).one()
        lot.retest_on = exact - timedelta(days=1)
    ask(token, months_left=6)
    with pytest.raises(SoldOut, match="Only 0 vials keep for 6 months"):
        shown(token)
    with writing() as session:
        session.scalars(select(Lot)).one().retest_on = exact
    placed = place(token)
    with reading() as session:
        line = session.scalars(select(OrderLine).where(OrderLine.order_id == placed.order_id)).one()
        assert line.keeps_until == exact


def draft_for_one(sku: str) -> str:
    make_lot(sku, 3)
    return draft_for({sku: 1})


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 12, 15), 12, date(2027, 12, 15)),
        (date(2026, 12, 31), 18, date(2028, 6, 30)),
        (date(2026, 5, 5), 0, date(2026, 5, 5)),
    ],
    ids=str,
)
def test_months_are_calendar_months(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


def test_shorter_dated_vials_are_refused_until_they_are_asked_for(short_dating: None) -> None:
    sku = make_size()
    short = make_lot(sku, 4, retest_on=clock.today() + timedelta(days=55))
    with pytest.raises(Refused, match="4 more are shorter-dated"):
        cart.add(None, sku=sku, quantity=1)
    cart_id = cart.add(None, sku=sku, quantity=1, short_dated=True)
    assert cart_id
    usual = make_lot(sku, 2)
    token = draft_for({sku: 2})
    assert lots_of_order(place(token).order_id) == {usual: 2}
    make_lot(sku, 3)
    token = draft_for({sku: 3})
    ask(token, short_dated=True)
    assert lots_of_order(place(token).order_id) == {short: 3}


@pytest.fixture
def short_dating(shop: Flask) -> None:
    from dataclasses import replace

    from shop.core import settings

    settings.set_up(shop, replace(settings.settings(), short_dated_days=30))


def test_what_was_shown_with_a_wish_is_not_placed_without_it() -> None:
    sku, _first, _second = two_lots()
    token = draft_for({sku: 3})
    picture = shown(token)
    ask(token, months_left=12)
    from builders import WHERE

    from shop.ordering import placement

    with pytest.raises(placement.ReviewChanged, match="the lots are now"):
        placement.place(token, picture, WHERE)


def test_a_wish_is_a_whole_number_of_offered_months() -> None:
    sku, _first, _second = two_lots()
    cart_id = cart.add(None, sku=sku, quantity=1)
    with reading() as session:
        line_id = cart.look(session, cart_id)[0].line_id
    cart.set_quantities(cart_id, {line_id: 1}, {line_id: Wishes(months_left=5)})
    with reading() as session:
        assert cart.look(session, cart_id)[0].wishes.months_left == 0
        filled = cart.load(session, cart_id)
    assert filled is not None
    assert lot_plan.kept_until(filled.lines[0], clock.today()) is None
