"""The page on which a person decides about a paid order whose vials are gone, and what its buyer reads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from at_a_desk import at_desk, order_of, queries
from flask import Flask
from flask.testing import FlaskClient
from paid_and_gone import paid_and_gone
from reading_pages import hidden, words
from stripe_beside import Stripe
from test_staff_orders import card_app
from werkzeug.test import TestResponse

from shop.core import clock
from shop.core.database import reading
from shop.ordering import links
from shop.ordering.models import FulfilmentState, Order, PaymentState, ReviewState
from shop.ordering.placement import Placed

__all__ = ["card_app"]

Shop = tuple[Flask, Stripe]


def gone(app: Flask, stripe: Stripe, wanted: int = 5, left: int = 3) -> Placed:
    with app.app_context():
        placed, _sku = paid_and_gone(stripe, wanted, left=left)
        return placed


def address(placed: Placed) -> str:
    return f"/staff/orders/{placed.number}/stock"


def decide(desk: FlaskClient, placed: Placed, choice: str, **more: str) -> TestResponse:
    page = desk.get(address(placed))
    form = {"about": hidden(page, "about"), "choice": choice, "reason": "Agreed", "agrees": "y", **more}
    return desk.post(address(placed), data=form)


def buyers_page(app: Flask, placed: Placed) -> str:
    with app.app_context(), reading() as session:
        order = session.get_one(Order, placed.order_id)
        path = links.order_path(order.id, order.reference)
    return words(app.test_client().get(path))


def test_the_desk_leads_to_a_page_that_shows_lots_what_is_missing_and_the_money(card_app: Shop) -> None:
    app, stripe = card_app
    placed = gone(app, stripe)
    desk = at_desk(app, "sales")
    assert f'href="{address(placed)}"' in desk.get("/staff/payments").text
    assert f'href="{address(placed)}"' in desk.get(f"/staff/orders/{placed.number}").text

    shown = words(desk.get(address(placed)))

    assert "3 vials of SMX-" in shown
    assert "$244.00 goes back to the card, delivery with it" in shown
    assert "$92.00 goes back for what is missing" in shown and "$152.00 is kept" in shown
    assert "No vials are held meanwhile" in shown
    assert "The payment arrived after the lots had been let go" in shown


def test_a_refund_in_full_from_the_page(card_app: Shop) -> None:
    app, stripe = card_app
    placed = gone(app, stripe)
    desk = at_desk(app, "sales")
    assert "a person is looking at it" in buyers_page(app, placed)

    assert decide(desk, placed, "refund").status_code == 303

    assert order_of(app, placed).payment_state == PaymentState.REFUNDED
    assert "What you paid has been refunded" in buyers_page(app, placed)
    assert "No money waits" in words(desk.get("/staff/payments"))
    assert "Decided by" in words(desk.get(f"/staff/orders/{placed.number}"))


def test_sending_what_there_is_from_the_page(card_app: Shop) -> None:
    app, stripe = card_app
    placed = gone(app, stripe)
    desk = at_desk(app, "sales")

    assert decide(desk, placed, "send").status_code == 303

    order = order_of(app, placed)
    assert (order.payment_state, order.fulfilment_state) == (
        PaymentState.PART_REFUNDED,
        FulfilmentState.TO_PICK,
    )
    read = buyers_page(app, placed)
    assert "It leaves on" in read and "2 × Semax" in read and "$92.00" in read
    assert "we could not supply these vials" in read
    assert "2 taken out" in words(desk.get(f"/staff/orders/{placed.number}"))


def test_waiting_for_the_next_lot_from_the_page(card_app: Shop) -> None:
    app, stripe = card_app
    placed = gone(app, stripe)
    desk = at_desk(app, "sales")
    day = (clock.today() + timedelta(days=5)).isoformat()
    assert decide(desk, placed, "wait", until="").status_code == 400
    assert decide(desk, placed, "wait", until="2020-01-01").status_code == 400

    assert decide(desk, placed, "wait", until=day).status_code == 303

    assert order_of(app, placed).review_state == ReviewState.NEEDS_DECISION
    assert "waits for the next lot" in buyers_page(app, placed)
    listed = words(desk.get("/staff/payments"))
    assert "Waiting for the next lot" in listed and "3 of 5 vials" in listed
    assert "Paid, but the stock is gone" not in listed
    assert "Waits for the next lot until" in words(desk.get(address(placed)))
    of_order = words(desk.get(f"/staff/orders/{placed.number}"))
    assert "Waits for a lot" in of_order and "Needs a decision" not in of_order
    assert decide(desk, placed, "refund").status_code == 303
    assert order_of(app, placed).payment_state == PaymentState.REFUNDED


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"reason": ""}, "Give a reason"),
        ({"agrees": ""}, "Read what your choice does, then confirm it"),
        ({"choice": ""}, "Select what happens with the order"),
        ({"choice": "nonsense"}, "Not a valid choice"),
        ({"about": "another"}, "have changed since this page was made"),
    ],
)
def test_what_is_not_filled_in_is_said_and_nothing_is_decided(
    card_app: Shop, form: dict[str, str], sentence: str
) -> None:
    app, stripe = card_app
    placed = gone(app, stripe)
    answer = decide(at_desk(app, "sales"), placed, **{"choice": "refund", **form})
    assert answer.status_code == 400 and sentence in words(answer)
    assert order_of(app, placed).review_state == ReviewState.NEEDS_DECISION


def test_who_comes_second_reads_that_it_is_decided(card_app: Shop) -> None:
    app, stripe = card_app
    placed = gone(app, stripe)
    first, second = at_desk(app, "sales"), at_desk(app, "sales")
    read = hidden(second.get(address(placed)), "about")
    assert decide(first, placed, "refund").status_code == 303

    form = {"about": read, "choice": "send", "reason": "Agreed", "agrees": "y"}
    answer = second.post(address(placed), data=form)

    assert answer.status_code == 400
    assert "decided about meanwhile. Nothing was changed" in words(answer)
    assert order_of(app, placed).fulfilment_state == FulfilmentState.CANCELLED


def test_what_cannot_be_sent_is_not_offered(card_app: Shop) -> None:
    app, stripe = card_app
    placed = gone(app, stripe, wanted=2, left=0)
    desk = at_desk(app, "sales")
    assert 'value="send"' not in desk.get(address(placed)).text
    assert decide(desk, placed, "send").status_code == 400


def test_an_order_without_such_a_question_says_so(card_app: Shop) -> None:
    app, stripe = card_app
    placed = gone(app, stripe)
    desk = at_desk(app, "sales")
    decide(desk, placed, "refund")
    assert "There is nothing to decide about the vials" in words(desk.get(address(placed)))


def test_the_warehouse_does_not_decide_about_money(card_app: Shop) -> None:
    app, stripe = card_app
    placed = gone(app, stripe)
    assert at_desk(app, "warehouse").get(address(placed)).status_code == 403


def test_the_page_takes_few_queries(card_app: Shop) -> None:
    app, stripe = card_app
    placed = gone(app, stripe)
    assert queries(app, at_desk(app, "sales"), address(placed)) <= 40
