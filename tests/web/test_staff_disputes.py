"""Disputes and amounts let go soon, as staff see them: on the desk and on the page of the order."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from at_a_desk import at_desk
from flask import Flask
from reading_pages import words
from sqlalchemy import select
from stripe_beside import Stripe
from stripe_inside import signature
from test_staff_orders import card_app, paid_by_card

from shop.core import clock
from shop.core.database import reading, writing
from shop.core.wording import moment_in_words
from shop.ordering.placement import Placed
from shop.payments.models import AttemptState, Dispute, PaymentAttempt

__all__ = ["card_app"]

Shop = tuple[Flask, Stripe]


def tell(app: Flask, stripe: Stripe, kind: str) -> int:
    """Send the newest event of this kind as Stripe sends it."""
    events = [event for event in stripe.parts.account.all("event") if event["type"] == kind]
    body = json.dumps(events[0]).encode()
    headers = {"Stripe-Signature": signature(body)}
    return app.test_client().post("/stripe/webhook", data=body, headers=headers).status_code


def disputed(app: Flask, stripe: Stripe) -> tuple[Placed, Dispute]:
    placed = paid_by_card(app, stripe)
    with app.app_context(), reading() as session:
        intent = session.scalars(select(PaymentAttempt.stripe_payment_intent)).one()
    stripe.control(f"payments/{intent}/dispute")
    assert tell(app, stripe, "charge.dispute.created") == 200
    with app.app_context(), reading() as session:
        found = session.scalars(select(Dispute)).one()
        session.expunge(found)
    return placed, found


def test_an_open_dispute_stands_on_the_desk_with_its_last_day_and_blocks_the_refund(card_app: Shop) -> None:
    app, stripe = card_app
    placed, dispute = disputed(app, stripe)
    assert dispute.answer_by is not None
    desk = at_desk(app, "sales")
    with app.app_context():
        last_day = moment_in_words(dispute.answer_by)
    listed = words(desk.get("/staff/payments"))
    assert f"{placed.number} Disputed by the cardholder {last_day}" in listed
    assert "Payments that wait for a person" in words(desk.get("/staff"))

    page = words(desk.get(f"/staff/orders/{placed.number}"))
    assert "The cardholder disputes this payment" in page
    assert f"under {dispute.stripe_dispute}" in page
    assert "$106.00, fraudulent: needs response" in page
    assert f"Answer by {last_day}" in page
    assert "Nothing has been sent yet." in page

    form = {"about": f"{placed.order_id}", "other": "1.00", "reason": "goodwill"}
    shown = desk.get(f"/staff/orders/{placed.number}/refund").text
    form["about"] = shown.partition('name="about" value="')[2].partition('"')[0]
    answer = desk.post(f"/staff/orders/{placed.number}/refund", data=form)
    assert answer.status_code == 400
    assert "The cardholder has disputed this payment." in words(answer)


@pytest.mark.parametrize(
    ("end", "title", "meaning"),
    [
        ("won", "A dispute about this payment was won", "The money is here again, and can be refunded."),
        ("lost", "A dispute about this payment was lost", "The bank has given the money back"),
    ],
)
def test_the_end_of_a_dispute_is_said_with_what_it_means(
    card_app: Shop, end: str, title: str, meaning: str
) -> None:
    app, stripe = card_app
    placed, dispute = disputed(app, stripe)
    stripe.control(f"disputes/{dispute.stripe_dispute}/close", status=end)
    assert tell(app, stripe, "charge.dispute.closed") == 200
    desk = at_desk(app, "sales")
    page = words(desk.get(f"/staff/orders/{placed.number}"))
    assert title in page and meaning in page
    assert "The dispute is over" in page
    assert "No money waits" in words(desk.get("/staff/payments"))


def test_an_inquiry_is_not_called_a_dispute_that_took_the_money(card_app: Shop) -> None:
    app, stripe = card_app
    placed = paid_by_card(app, stripe)
    with app.app_context(), writing() as session:
        attempt = session.scalars(select(PaymentAttempt)).one()
        session.add(
            Dispute(
                stripe_dispute="dp_1",
                attempt_id=attempt.id,
                order_id=placed.order_id,
                status="warning_needs_response",
                is_open=True,
                refundable=True,
                reason="general",
                amount_minor=10600,
                currency="USD",
                answer_by=None,
                opened_at=clock.now(),
                changed_at=clock.now(),
            )
        )
    desk = at_desk(app, "sales")
    assert f"{placed.number} The cardholder’s bank asks about the payment –" in words(
        desk.get("/staff/payments")
    )
    page = words(desk.get(f"/staff/orders/{placed.number}"))
    assert "The cardholder’s bank asks about this payment" in page
    assert "a refund in full ends the question" in page


def test_an_amount_that_is_let_go_soon_stands_on_the_desk_two_days_before_and_not_earlier(
    card_app: Shop,
) -> None:
    app, stripe = card_app
    placed = paid_by_card(app, stripe, goods_in="for my own use")
    with app.app_context(), reading() as session:
        attempt = session.scalars(select(PaymentAttempt)).one()
        assert (attempt.state, attempt.capture_before is None) == (AttemptState.AUTHORISED, False)
        until = attempt.capture_before
    assert until is not None
    desk = at_desk(app, "sales")
    assert "No money waits" in words(desk.get("/staff/payments"))
    assert "The amount is set aside, not taken" in words(desk.get(f"/staff/orders/{placed.number}"))
    with clock.shifted(timedelta(days=5, minutes=1)):
        desk = at_desk(app, "sales")
        with app.app_context():
            said = moment_in_words(until)
        listed = words(desk.get("/staff/payments"))
        assert f"{placed.number} Amount set aside is let go within two days {said}" in listed
        assert "The amount set aside is let go soon" in words(desk.get(f"/staff/orders/{placed.number}"))
