"""The cart: what can be put in, what it says about prices and stock of today, and that it holds nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import Stock, make_lot, make_ready_to_sell, make_size, order_for, stock
from flask import Flask
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError

from shop.catalogue.models import Price, Product
from shop.core import clock
from shop.core.database import reading, writing
from shop.core.errors import NotFound, Refused
from shop.inventory import lots
from shop.inventory.models import LotState
from shop.ordering import cart, dispatch
from shop.ordering.cart import MOST_VIALS, CartRow
from shop.ordering.models import CartLine


@pytest.fixture(autouse=True)
def a_shop_that_can_sell(shop: Flask) -> None:
    make_ready_to_sell()


def rows(cart_id: int | None) -> list[CartRow]:
    with reading() as session:
        found = cart.look(session, cart_id)
        for row in found:  # what a page shows, while it can still be read
            assert row.size.title
            _problem = row.problem
        return found


def quantities(cart_id: int) -> list[int]:
    return [row.quantity for row in rows(cart_id)]


def problem(cart_id: int) -> str | None:
    with reading() as session:
        (row,) = cart.look(session, cart_id)
        return row.problem


def test_vials_of_one_size_share_a_line_and_each_size_has_its_own() -> None:
    first, second = make_size(), make_size()
    make_lot(first, 9)
    make_lot(second, 9)
    cart_id = cart.add(None, sku=first, quantity=2)
    assert cart.add(cart_id, sku=second, quantity=1) == cart_id
    assert cart.add(cart_id, sku=first, quantity=3) == cart_id
    assert [(row.size.sku, row.quantity) for row in rows(cart_id)] == [(first, 5), (second, 1)]
    assert cart.add(None, sku=first, quantity=1) != cart_id
    assert cart.add(987_654, sku=first, quantity=1) != 987_654, "a cart that is gone is begun anew"


def test_the_database_keeps_one_line_a_size_and_no_empty_line() -> None:
    sku = make_size()
    make_lot(sku, 9)
    cart.add(None, sku=sku, quantity=2)
    for statement in (
        "UPDATE cart_line SET quantity = 0",
        "INSERT INTO cart_line (cart_id, vial_size_id, quantity, unit_minor_seen) "
        "SELECT cart_id, vial_size_id, 1, 1 FROM cart_line",
    ):
        with pytest.raises(IntegrityError), writing() as session:
            session.execute(text(statement))


def test_a_cart_holds_no_stock() -> None:
    sku = make_size()
    lot = make_lot(sku, 2)
    for _buyer in range(3):
        cart.add(None, sku=sku, quantity=2)
    assert stock(lot) == Stock(2, 0, 0)


def test_a_quantity_that_cannot_be_had_is_refused_in_words_and_changes_nothing() -> None:
    sku, one_left, none = make_size(), make_size(), make_size()
    make_lot(sku, 5)
    make_lot(one_left, 1)
    cart_id = cart.add(None, sku=sku, quantity=4)
    (line,) = rows(cart_id)
    for quantity in (0, -1, -4, MOST_VIALS + 1):
        with pytest.raises(Refused, match="number of vials from 1"):
            cart.add(cart_id, sku=sku, quantity=quantity)
    with pytest.raises(Refused, match="Only 5 vials of Semax"):
        cart.add(cart_id, sku=sku, quantity=2)
    with pytest.raises(Refused, match="Only 1 vial of Semax"):
        cart.add(cart_id, sku=one_left, quantity=2)
    with pytest.raises(Refused, match="is sold out"):
        cart.add(cart_id, sku=none, quantity=1)
    with pytest.raises(NotFound, match="not on sale"):
        cart.add(cart_id, sku="NO-SUCH", quantity=1)
    for quantity in (-1, -4, MOST_VIALS + 1):
        with pytest.raises(Refused, match="number of vials from 1"):
            cart.set_quantities(cart_id, {line.line_id: quantity})
    with pytest.raises(Refused, match="Only 5 vials"):
        cart.set_quantities(cart_id, {line.line_id: 6})
    assert quantities(cart_id) == [4]


def test_a_refused_change_of_one_line_leaves_every_line_as_it_was() -> None:
    first, second = make_size(), make_size()
    make_lot(first, 9)
    make_lot(second, 2)
    cart_id = cart.add(None, sku=first, quantity=2)
    cart.add(cart_id, sku=second, quantity=1)
    one, other = (row.line_id for row in rows(cart_id))
    with pytest.raises(Refused):
        cart.set_quantities(cart_id, {one: 5, other: 3})
    assert quantities(cart_id) == [2, 1]
    cart.set_quantities(cart_id, {one: 5, other: 0})
    assert quantities(cart_id) == [5]
    cart.set_quantities(cart_id, {})
    assert quantities(cart_id) == [5]


def test_lines_of_another_cart_are_left_alone() -> None:
    sku = make_size()
    make_lot(sku, 9)
    mine, theirs = cart.add(None, sku=sku, quantity=1), cart.add(None, sku=sku, quantity=2)
    (line,) = rows(theirs)
    cart.set_quantities(mine, {line.line_id: 0})
    cart.set_quantities(987_654, {line.line_id: 0})
    assert (quantities(mine), quantities(theirs)) == ([1], [2])


def test_the_tier_of_the_whole_line_sets_its_price() -> None:
    sku = make_size(price_minor=4600, tiers={10: 4200})
    make_lot(sku, 30)
    cart_id = cart.add(None, sku=sku, quantity=6)
    assert [(row.unit_minor, row.total_minor) for row in rows(cart_id)] == [(4600, 6 * 4600)]
    cart.add(cart_id, sku=sku, quantity=4)
    (row,) = rows(cart_id)
    assert (row.unit_minor, row.total_minor, row.price_changed) == (4200, 42_000, False)
    cart.set_quantities(cart_id, {row.line_id: 9})
    (row,) = rows(cart_id)
    assert (row.unit_minor, row.price_changed) == (4600, False)


def test_a_price_that_moved_since_it_was_seen_is_todays_and_marked() -> None:
    sku = make_size(price_minor=4600)
    make_lot(sku, 9)
    cart_id = cart.add(None, sku=sku, quantity=1)
    with writing() as session:
        session.execute(update(Price).values(unit_minor=4800))
    (row,) = rows(cart_id)
    assert (row.unit_minor, row.unit_minor_seen, row.price_changed) == (4800, 4600, True)
    cart.add(cart_id, sku=sku, quantity=1)
    assert [row.price_changed for row in rows(cart_id)] == [False]


def test_a_size_without_a_price_cannot_be_put_in() -> None:
    sku = make_size()
    make_lot(sku, 9)
    with writing() as session:
        session.execute(update(Price).values(from_quantity=5))
    with pytest.raises(Refused, match="no price for this quantity"):
        cart.add(None, sku=sku, quantity=4)
    cart_id = cart.add(None, sku=sku, quantity=5)
    (row,) = rows(cart_id)
    with pytest.raises(Refused, match="no price for this quantity"):
        cart.set_quantities(cart_id, {row.line_id: 4})
    with writing() as session:
        session.execute(delete(Price))
    with pytest.raises(Refused, match="no price for this quantity"):
        cart.add(cart_id, sku=sku, quantity=1)


def test_what_cannot_be_ordered_any_more_says_why_and_what_is_left() -> None:
    sku = make_size()
    lot = make_lot(sku, 5)
    cart_id = cart.add(None, sku=sku, quantity=4)
    assert problem(cart_id) is None
    order_for({sku: 3})
    assert problem(cart_id) == "Only 2 vials are left. Change the quantity to go on."
    order_for({sku: 1})
    assert problem(cart_id) == "Only 1 vial is left. Change the quantity to go on."
    lots.change_state(lot, LotState.ON_HOLD, actor="q@shop.example", reason="query")
    assert problem(cart_id) == "Sold out. Remove it to go on."
    with writing() as session:
        session.execute(update(Product).values(listed=False))
    assert problem(cart_id) == "No longer on sale. Remove it to go on."
    with pytest.raises(NotFound, match="not on sale"):
        cart.add(cart_id, sku=sku, quantity=1)


def test_a_quantity_can_always_be_lowered_even_below_what_is_left() -> None:
    sku = make_size()
    make_lot(sku, 5)
    cart_id = cart.add(None, sku=sku, quantity=5)
    order_for({sku: 3})
    (row,) = rows(cart_id)
    cart.set_quantities(cart_id, {row.line_id: 3})
    assert quantities(cart_id) == [3]
    assert problem(cart_id) == "Only 2 vials are left. Change the quantity to go on."


def test_the_number_left_is_the_one_for_the_planned_ship_date_of_the_cart() -> None:
    sku = make_size(cold_chain=True)
    ship_on = dispatch.planned_ship_on(clock.today(), working_days=1, cold_chain=True)
    for days_left, vials in ((0, 3), (1, 4)):
        make_lot(sku, vials, retest_on=ship_on + timedelta(days=30 + days_left))
    with pytest.raises(Refused, match="Only 4 vials"):
        cart.add(None, sku=sku, quantity=5)
    cart_id = cart.add(None, sku=sku, quantity=4)
    assert [row.available for row in rows(cart_id)] == [4]


def test_a_cart_is_emptied_whole_and_only_itself() -> None:
    sku = make_size()
    make_lot(sku, 9)
    mine, theirs = cart.add(None, sku=sku, quantity=1), cart.add(None, sku=sku, quantity=2)
    with writing() as session:
        cart.empty(session, mine)
        cart.empty(session, None)
    assert (rows(mine), rows(None), quantities(theirs)) == ([], [], [2])
    with reading() as session:
        assert session.scalars(select(CartLine.cart_id)).all() == [theirs]
