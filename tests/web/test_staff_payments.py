"""Refunding a part of an order, and the desk for money that waits for a person."""

from __future__ import annotations

import pytest
from at_a_desk import at_desk, order_of
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import hidden, words
from sqlalchemy import select
from stripe_beside import Stripe
from test_staff_orders import card_app, paid_by_card
from test_unexpected import paid_twice

from shop.core import clock
from shop.core.database import reading, writing
from shop.ordering.models import OrderLine, PaymentState
from shop.ordering.placement import Placed
from shop.payments import refunding, settlement
from shop.payments.models import PaymentAttempt, Refund, RefundLine, StrayPayment

__all__ = ["card_app"]

Shop = tuple[Flask, Stripe]


def about(app: Flask, placed: Placed) -> str:
    with app.app_context():
        return refunding.shown(placed.order_id)


def refund(app: Flask, desk: FlaskClient, placed: Placed, **form: str) -> int:
    data = {"about": about(app, placed), "reason": "A vial broke", **form}
    return desk.post(f"/staff/orders/{placed.number}/refund", data=data).status_code


def test_vials_are_refunded_at_what_they_cost_and_no_more_than_were_ordered(card_app: Shop) -> None:
    app, stripe = card_app
    placed = paid_by_card(app, stripe)
    desk = at_desk(app, "sales")
    with app.app_context(), reading() as session:
        line = f"vials-{session.scalars(select(OrderLine.id)).one()}"
    shown = words(desk.get(f"/staff/orders/{placed.number}/refund"))
    assert "This cannot be undone" in shown

    assert refund(app, desk, placed, **{line: "1"}) == 303
    assert order_of(app, placed).payment_state == PaymentState.PART_REFUNDED
    assert refund(app, desk, placed, **{line: "2"}) == 400
    assert refund(app, desk, placed, **{line: "1"}, other="14.00") == 303

    assert order_of(app, placed).payment_state == PaymentState.REFUNDED
    with app.app_context(), reading() as session:
        amounts = session.scalars(select(RefundLine.amount_minor).order_by(RefundLine.id)).all()
        assert list(amounts) == [4600, 4600, 1400]
    assert refund(app, desk, placed, other="0.01") == 400


def test_a_double_click_refunds_once(card_app: Shop) -> None:
    app, stripe = card_app
    placed = paid_by_card(app, stripe)
    desk, same = at_desk(app, "sales"), about(app, placed)
    assert refund(app, desk, placed, other="20.00", about=same) == 303
    assert refund(app, desk, placed, other="20.00", about=same) == 400
    with app.app_context(), reading() as session:
        assert session.scalars(select(Refund.amount_minor)).all() == [2000]
        assert session.scalars(select(PaymentAttempt.given_back_minor)).all() == [2000]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"other": "-5"},
        {"other": "1e5"},
        {"other": "٣"},
        {"other": "0.001"},
        {"other": "999999.00"},
        {"other": "5", "reason": ""},
        {"other": "5", "about": "1.0"},
    ],
)
def test_what_cannot_be_refunded_is_said_and_changes_nothing(card_app: Shop, form: dict[str, str]) -> None:
    app, stripe = card_app
    placed = paid_by_card(app, stripe)
    if "about" in form:
        form = {**form, "about": "999.0"}
    assert refund(app, at_desk(app, "sales"), placed, **form) == 400
    with app.app_context(), reading() as session:
        assert session.scalars(select(Refund.id)).all() == []


def test_stray_money_waits_on_the_desk_until_somebody_says_what_was_done(card_app: Shop) -> None:
    app, _stripe = card_app
    desk = at_desk(app, "sales")
    assert "No money waits" in words(desk.get("/staff/payments"))
    with app.app_context(), writing() as session:
        session.add(
            StrayPayment(
                stripe_payment_intent="pi_stray",
                named_order="12345",
                amount_minor=4200,
                currency="USD",
                status="succeeded",
                found_at=clock.now(),
            )
        )
    assert "Payments that wait for a person" in words(desk.get("/staff"))
    assert "pi_stray" in words(desk.get("/staff/payments"))
    assert desk.post("/staff/payments/stray/1", data={"note": " "}).status_code == 400
    assert desk.post("/staff/payments/stray/1", data={"note": "Sent back at Stripe"}).status_code == 303
    assert "No money waits" in words(desk.get("/staff/payments"))


def test_money_that_an_order_did_not_wait_for_is_sent_back_from_the_desk(card_app: Shop) -> None:
    app, stripe = card_app
    with app.app_context():
        placed, second = paid_twice(stripe)
        settlement.settle(second)
    desk = at_desk(app, "sales")
    listed = desk.get("/staff/payments")
    assert "A second payment of the order" in words(listed)
    address = listed.text.partition('href="/staff/payments/')[2].partition('"')[0]
    path = f"/staff/payments/{address}"
    assert f'href="{path}"' in desk.get(f"/staff/orders/{placed.number}").text
    page = desk.get(path)
    assert "$106.00 goes back to the card it came from. This cannot be undone" in words(page)
    form = {"about": hidden(page, "about"), "reason": ""}
    assert desk.post(path, data=form).status_code == 400
    assert desk.post(path, data={**form, "reason": "Paid twice", "about": "x"}).status_code == 400

    assert desk.post(path, data={**form, "reason": "Paid twice"}).status_code == 303

    assert "No money waits" in words(desk.get("/staff/payments"))
    assert "Nothing of this payment is here any more" in words(desk.get(path))
    again = desk.post(path, data={**form, "reason": "Paid twice"})
    assert again.status_code == 400 and "dealt with this payment" in words(again)
    assert order_of(app, placed).payment_state == PaymentState.PAID
    told = words(desk.get(f"/staff/orders/{placed.number}"))
    assert "goes back. Paid twice" in told
    assert at_desk(app, "warehouse").get(path).status_code == 403
    assert desk.get("/staff/payments/999/send-back").status_code == 404
