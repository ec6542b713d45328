"""A card order that screening holds: set aside, then taken or let go when a person has decided."""

from __future__ import annotations

import pytest
from builders import Stock, draft_for, make_lot, make_size, place, someone, stock
from sqlalchemy import select
from stripe_beside import Stripe

from shop.core.database import reading
from shop.core.errors import Refused
from shop.ordering.models import FulfilmentState, Order, PaymentMethod, PaymentState, ReviewState
from shop.ordering.placement import Placed
from shop.payments import attempts, decisions, settlement
from shop.payments.models import AttemptState, PaymentAttempt

pytestmark = pytest.mark.usefixtures("card_shop")


def held(stripe_stand_in: Stripe) -> tuple[str, Placed]:
    """An order that screening holds, with its amount set aside on the card."""
    sku = make_size()
    lot = make_lot(sku, 10)
    placed = place(draft_for({sku: 2}, method=PaymentMethod.CARD, goods_in="for my own use"))
    url = attempts.start(placed.order_id)
    assert attempt(placed).capture == "manual"
    stripe_stand_in.pay(url)
    settlement.settle_order(placed.order_id)
    assert order_of(placed).payment_state == PaymentState.AUTHORISED
    return lot, placed


def order_of(placed: Placed) -> Order:
    with reading() as session:
        order = session.get_one(Order, placed.order_id)
        session.expunge(order)
        return order


def attempt(placed: Placed) -> PaymentAttempt:
    with reading() as session:
        query = select(PaymentAttempt).where(PaymentAttempt.order_id == placed.order_id)
        found = session.scalars(query).one()
        session.expunge(found)
        return found


def test_released_it_is_taken_and_goes_on(stripe_stand_in: Stripe) -> None:
    lot, placed = held(stripe_stand_in)
    sales = someone("sales")
    with pytest.raises(Refused, match="Give a reason"):
        decisions.approve(placed.order_id, staff=sales, reason="")
    assert attempt(placed).state == AttemptState.AUTHORISED
    decisions.approve(placed.order_id, staff=sales, reason="Spoke to the laboratory")
    order = order_of(placed)
    assert (order.payment_state, order.review_state) == (PaymentState.PAID, ReviewState.APPROVED)
    assert order.fulfilment_state == FulfilmentState.TO_PICK
    assert stock(lot) == Stock(on_hand=10, reserved=0, allocated=2)


def test_refused_it_is_let_go_and_nothing_is_taken(stripe_stand_in: Stripe) -> None:
    lot, placed = held(stripe_stand_in)
    decisions.refuse(placed.order_id, staff=someone("sales"), reason="Not a laboratory")
    order = order_of(placed)
    assert (order.payment_state, order.review_state) == (PaymentState.NOT_PAYABLE, ReviewState.REFUSED)
    assert attempt(placed).state == AttemptState.RELEASED
    assert stock(lot) == Stock(on_hand=10, reserved=0, allocated=0)


def test_an_order_that_no_rule_holds_is_taken_at_once(stripe_stand_in: Stripe) -> None:
    sku = make_size()
    make_lot(sku, 10)
    placed = place(draft_for({sku: 2}, method=PaymentMethod.CARD))
    stripe_stand_in.pay(attempts.start(placed.order_id))
    settlement.settle_order(placed.order_id)
    assert attempt(placed).capture == "automatic"
    assert order_of(placed).payment_state == PaymentState.PAID
