"""An order held by a recall gets other lots with the buyer's yes, and keeps its stock right."""

from __future__ import annotations

import pytest
from builders import Stock, make_lot, make_ready_to_sell, make_size, order_for, someone, stock
from flask import Flask
from recall_builders import held_orders, order_now, pick_and_pack, recall, send

from shop.core.database import reading
from shop.core.errors import Refused
from shop.ordering import fulfilment
from shop.ordering.models import FulfilmentState, Order
from shop.ordering.placement import Placed
from shop.people.staff import SignedInStaff
from shop.recalls import other_lots


@pytest.fixture
def staff(shop: Flask) -> SignedInStaff:
    make_ready_to_sell()
    return someone("warehouse", "sales")


def shown(placed: Placed) -> str:
    with reading() as session:
        return other_lots.as_shown(other_lots.plan(session, session.get_one(Order, placed.order_id)))


def test_an_order_that_was_held_goes_on_with_another_lot(staff: SignedInStaff) -> None:
    sku = make_size()
    make_lot(sku, 10, number="FILL-A")
    placed = order_for({sku: 4})
    make_lot(sku, 10, number="FILL-B")
    (held,) = held_orders(recall("FILL-A"))
    assert shown(placed) == "1:FILL-B:4"
    other_lots.accept(held.id, shown="1:FILL-B:4", actor="buyer")
    assert stock("FILL-A") == Stock(10, 0, 0)
    assert stock("FILL-B") == Stock(10, 4, 0)
    send(placed, staff)
    assert stock("FILL-B") == Stock(6, 0, 0)


def test_a_packed_order_is_opened_again(staff: SignedInStaff) -> None:
    sku = make_size()
    make_lot(sku, 10, number="FILL-A")
    placed = order_for({sku: 4})
    fulfilment.approve(placed.order_id, staff=staff, reason="")
    pick_and_pack(placed, staff)
    make_lot(sku, 10, number="FILL-B")
    (held,) = held_orders(recall("FILL-A"))
    other_lots.accept(held.id, shown="1:FILL-B:4", actor="buyer")
    assert order_now(placed).fulfilment_state == FulfilmentState.TO_PICK
    assert stock("FILL-B") == Stock(10, 0, 4)
    pick_and_pack(placed, staff)
    fulfilment.ship(placed.order_id, carrier="c", tracking="t", staff=staff)


def test_a_line_that_has_vials_of_the_other_lot_already_takes_more_of_it(staff: SignedInStaff) -> None:
    sku = make_size()
    make_lot(sku, 3, number="FILL-A")
    make_lot(sku, 10, number="FILL-B")
    placed = order_for({sku: 5})
    (held,) = held_orders(recall("FILL-A"))
    assert shown(placed) == "1:FILL-B:3"
    other_lots.accept(held.id, shown="1:FILL-B:3", actor="buyer")
    assert (stock("FILL-A"), stock("FILL-B")) == (Stock(3, 0, 0), Stock(10, 5, 0))
    send(placed, staff)


def test_nothing_changes_when_the_lots_are_not_those_the_buyer_saw(staff: SignedInStaff) -> None:
    sku = make_size()
    make_lot(sku, 10, number="FILL-A")
    placed = order_for({sku: 4})
    make_lot(sku, 5, number="FILL-B")
    (held,) = held_orders(recall("FILL-A"))
    seen = shown(placed)
    order_for({sku: 2})
    for said in (seen, "", "1:FILL-A:4"):
        with pytest.raises(Refused, match="Look at them again"):
            other_lots.accept(held.id, shown=said, actor="buyer")
    assert stock("FILL-A").reserved == 4


def test_a_yes_counts_once_and_not_for_a_cancelled_order(staff: SignedInStaff) -> None:
    sku = make_size()
    make_lot(sku, 8, number="FILL-A")
    first, second = order_for({sku: 2}), order_for({sku: 2})
    make_lot(sku, 10, number="FILL-B")
    one, two = held_orders(recall("FILL-A"))
    other_lots.accept(one.id, shown=shown(first), actor="buyer")
    with pytest.raises(Refused, match="already"):
        other_lots.accept(one.id, shown=shown(first), actor="buyer")
    fulfilment.refuse(second.order_id, staff=staff, reason="x")
    with pytest.raises(Refused, match="closed"):
        other_lots.accept(two.id, shown="1:FILL-B:2", actor="buyer")
