"""A purchase order with a document is approved after it was compared, or with a word why not."""

from __future__ import annotations

import pytest
from builders import draft_for, make_lot, make_ready_to_sell, make_size, place, someone
from flask import Flask

from shop.core import clock
from shop.core.database import reading
from shop.core.errors import Refused
from shop.ordering import po_match
from shop.ordering.models import Order, ReviewState
from shop.payments import decisions, purchase_orders

PAPER = b"%PDF-1.7 specimen purchase order"


@pytest.fixture
def waiting(shop: Flask) -> int:
    """An order by purchase order whose document the buyer has sent."""
    make_ready_to_sell()
    sku = make_size()
    make_lot(sku, 10)
    order_id = place(draft_for({sku: 2})).order_id
    purchase_orders.keep_document(order_id, name="po.pdf", data=PAPER)
    return order_id


def compare(order_id: int) -> None:
    with reading() as session:
        said = po_match.of_order(session.get_one(Order, order_id))
    assert po_match.enter(order_id, said, dated=clock.today(), staff=someone("sales")) == []


def review(order_id: int) -> ReviewState:
    with reading() as session:
        return session.get_one(Order, order_id).review_state


def notes(order_id: int, kind: str) -> list[str]:
    with reading() as session:
        return [each.note for each in session.get_one(Order, order_id).events if each.kind == kind]


def test_a_document_that_agrees_lets_the_order_be_approved_without_a_word(waiting: int) -> None:
    with pytest.raises(Refused, match="Nobody has compared"):
        decisions.approve(waiting, staff=someone("sales"), reason="known customer")
    assert review(waiting) == ReviewState.WAITING
    compare(waiting)
    decisions.approve(waiting, staff=someone("sales"), reason="")
    assert review(waiting) == ReviewState.APPROVED
    assert notes(waiting, "approved-without-comparing") == []


def test_an_order_approved_without_comparing_says_so_and_why(waiting: int) -> None:
    with pytest.raises(Refused, match="Say why"):
        decisions.approve(waiting, staff=someone("sales"), reason=" ", without_comparing=True)
    assert review(waiting) == ReviewState.WAITING
    decisions.approve(waiting, staff=someone("sales"), reason="read by telephone", without_comparing=True)
    assert notes(waiting, "approved-without-comparing") == ["read by telephone"]


def test_a_document_that_came_after_the_comparison_is_compared_again(waiting: int) -> None:
    compare(waiting)
    purchase_orders.keep_document(waiting, name="po.pdf", data=PAPER + b" anew")
    with pytest.raises(Refused, match="Nobody has compared"):
        decisions.approve(waiting, staff=someone("sales"), reason="x")
