"""The shop against a server like Stripe and unlike the stand-in: what it may rest on, and what not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from builders import found_by_audit, make_lot, make_ready_to_sell, make_size, order_for
from flask import Flask
from flask.testing import FlaskClient
from kept_apps import app_for
from other_stripe import KEY, OtherStripe, served, signature
from sqlalchemy import func, select
from stripe_beside import WEBHOOK_SECRET

from config import Settings, read_settings
from shop import create_app
from shop.core import clock
from shop.core.database import db, reading, writing
from shop.ordering import states
from shop.ordering.models import FulfilmentState, Order, PaymentMethod, PaymentState, ReviewState
from shop.ordering.placement import Placed
from shop.payments import attempts, decisions, gateway, refunds, settlement, sync
from shop.payments.models import (
    AttemptState,
    Dispute,
    PaymentAttempt,
    Refund,
    RefundState,
    StrayPayment,
    WebhookEvent,
)


@pytest.fixture
def server() -> Iterator[OtherStripe]:
    with served() as account:
        yield account


@pytest.fixture
def app(shop_settings: Settings, server: OtherStripe) -> Iterator[Flask]:
    """A shop led to the other server by its settings alone."""
    settings = replace(
        shop_settings,
        stripe_secret_key=KEY,
        stripe_webhook_secrets=("whsec_new", WEBHOOK_SECRET),
        stripe_api_base=server.address,
    )
    app = app_for(settings, create_app)
    with app.app_context():
        make_ready_to_sell()
        yield app
        assert found_by_audit() == []
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def web(app: Flask) -> FlaskClient:
    return app.test_client()


def a_card_order(vials: int = 2) -> Placed:
    sku = make_size(price_minor=4600)
    make_lot(sku, 10)
    return order_for({sku: vials}, method=PaymentMethod.CARD)


def tell(web: FlaskClient, body: bytes, secret: str = WEBHOOK_SECRET) -> tuple[int, str]:
    headers = {"Stripe-Signature": signature(body, secret)}
    answer = web.post("/stripe/webhook", data=body, headers=headers, content_type="application/json")
    return answer.status_code, answer.text


def payment(placed: Placed) -> PaymentState:
    with reading() as session:
        return session.get_one(Order, placed.order_id).payment_state


def attempt(placed: Placed) -> PaymentAttempt:
    with reading() as session:
        query = select(PaymentAttempt).where(PaymentAttempt.order_id == placed.order_id)
        found = session.scalars(query.order_by(PaymentAttempt.id.desc())).first()
        assert found is not None
        session.expunge(found)
        return found


def paid_order(web: FlaskClient, server: OtherStripe) -> Placed:
    placed = a_card_order()
    session = server.complete(attempts.start(placed.order_id), "succeeded")
    assert tell(web, server.event("checkout.session.completed", session)) == (200, "settled")
    assert payment(placed) == PaymentState.PAID
    return placed


def test_an_event_of_an_old_version_with_fields_nobody_knows_pays_an_order(
    web: FlaskClient, server: OtherStripe
) -> None:
    placed = paid_order(web, server)
    assert attempt(placed).received_minor == attempt(placed).amount_minor


def test_a_payment_shown_as_an_id_only_is_fetched(web: FlaskClient, server: OtherStripe) -> None:
    placed = a_card_order()
    page = attempts.start(placed.order_id)
    server.complete(page, "succeeded")
    server.intent(page)["amount_received"] -= 100
    settlement.settle_order(placed.order_id)
    # The page says paid in full; the payment itself says another amount, and it counts.
    assert (payment(placed), attempt(placed).state) == (PaymentState.DUE, AttemptState.UNEXPECTED)


@pytest.mark.parametrize("kind", ["payment_intent.succeeded", "charge.succeeded"])
def test_an_event_about_the_payment_alone_leads_to_the_order(
    web: FlaskClient, server: OtherStripe, kind: str
) -> None:
    placed = a_card_order()
    page = attempts.start(placed.order_id)
    server.complete(page, "succeeded")
    about = server.intent(page)
    if kind.startswith("charge"):
        # A server that expands where Stripe shows an id.
        charge = server.objects[about["latest_charge"]]
        about = {**charge, "payment_intent": about, "metadata": about["metadata"]}
    assert tell(web, server.event(kind, about)) == (200, "settled")
    assert payment(placed) == PaymentState.PAID


def test_a_delayed_method_is_unpaid_when_its_page_is_completed_and_paid_later(
    web: FlaskClient, server: OtherStripe
) -> None:
    placed = a_card_order()
    page = attempts.start(placed.order_id)
    session = server.complete(page, "processing")
    assert tell(web, server.event("checkout.session.completed", session))[0] == 200
    assert (payment(placed), attempt(placed).state) == (PaymentState.DUE, AttemptState.PROCESSING)
    session = server.bank_says(page, paid=True)
    assert tell(web, server.event("checkout.session.async_payment_succeeded", session))[0] == 200
    assert payment(placed) == PaymentState.PAID


def test_a_delayed_method_that_fails_lets_the_buyer_pay_again(web: FlaskClient, server: OtherStripe) -> None:
    placed = a_card_order()
    page = attempts.start(placed.order_id)
    completed = server.event("checkout.session.completed", server.complete(page, "processing"))
    failed = server.event("checkout.session.async_payment_failed", server.bank_says(page, paid=False))
    # The end is told before the beginning.
    assert tell(web, failed)[0] == 200
    assert tell(web, completed)[0] == 200
    assert (payment(placed), attempt(placed).state) == (PaymentState.DUE, AttemptState.FAILED)
    assert attempts.start(placed.order_id) != page


def test_an_amount_set_aside_without_a_date_is_taken_or_let_go(web: FlaskClient, server: OtherStripe) -> None:
    placed = a_card_order()
    with writing() as session:
        order = states.lock(session, placed.order_id)
        states.move(session, order, ReviewState.WAITING, actor="test", kind="screening", note="a look")
    page = attempts.start(placed.order_id)
    server.complete(page, "requires_capture")
    settlement.settle_order(placed.order_id)
    found = attempt(placed)
    assert found.state == AttemptState.AUTHORISED
    assert found.capture_before is not None
    assert abs(found.capture_before - clock.now() - timedelta(days=7)) < timedelta(minutes=5)
    settlement.capture_authorised(found.id)
    assert (payment(placed), server.intent(page)["status"]) == (PaymentState.PAID, "succeeded")


STRANGE = {
    "of the other mode": {"livemode": True},
    "of a connected account": {"account": "acct_1Other"},
}


@pytest.mark.parametrize("fields", STRANGE.values(), ids=STRANGE.keys())
def test_an_event_that_is_not_for_this_shop_changes_nothing(
    web: FlaskClient, server: OtherStripe, fields: dict[str, object]
) -> None:
    placed = a_card_order()
    session = server.complete(attempts.start(placed.order_id), "succeeded")
    assert tell(web, server.event("checkout.session.completed", session, **fields))[0] == 200
    assert payment(placed) == PaymentState.DUE


def test_an_event_about_what_another_account_holds_is_answered_and_forgotten(
    web: FlaskClient, server: OtherStripe
) -> None:
    for kind in ("checkout.session", "payment_intent", "charge", "refund", "dispute"):
        about = {"id": f"x_{kind.replace('.', '')}", "object": kind, "payment_intent": "pi_elsewhere"}
        assert tell(web, server.event(f"{kind}.created", about))[0] == 200
    with reading() as session:
        outcomes = set(session.scalars(select(WebhookEvent.outcome)))
    assert outcomes <= {"not at Stripe", "not ours"}


def test_an_event_about_another_shop_on_the_same_account_changes_nothing(
    web: FlaskClient, server: OtherStripe
) -> None:
    session = server.new(
        "checkout.session", "cs_test_b1", metadata={"attempt": "somebody", "shop": "b.example"}
    )
    session.update(status="complete", payment_status="paid", amount_total=100, currency="usd")
    assert tell(web, server.event("checkout.session.completed", session)) == (200, "not ours")


def test_money_of_another_shop_on_the_same_account_is_not_stray(
    web: FlaskClient, server: OtherStripe
) -> None:
    theirs = {"attempt": "somebody", "order": "10001", "shop": "b.example"}
    ours = {**theirs, "shop": gateway.this_shop()}
    server.new("payment_intent", "pi_", metadata=theirs, status="succeeded", amount=100, currency="usd")
    mine = server.new("payment_intent", "pi_", metadata=ours, status="succeeded", amount=100, currency="usd")
    server.new("payment_intent", "pi_", metadata=None, status="succeeded", amount=100, currency="usd")
    list(sync.run())
    with reading() as session:
        assert list(session.scalars(select(StrayPayment.stripe_payment_intent))) == [mine["id"]]


def test_events_come_in_any_order_and_twice(web: FlaskClient, server: OtherStripe) -> None:
    placed = a_card_order()
    page = attempts.start(placed.order_id)
    opened = server.event("payment_intent.created", {"id": "pi_unknown", "object": "payment_intent"})
    session = server.complete(page, "succeeded")
    told = [
        server.event("charge.succeeded", server.objects[server.intent(page)["latest_charge"]]),
        server.event("checkout.session.expired", {**session, "status": "expired"}),
        server.event("checkout.session.completed", session),
        server.event("payment_intent.payment_failed", {**server.intent(page), "status": "canceled"}),
        opened,
    ]
    for body in [*told, *reversed(told)]:
        assert tell(web, body)[0] == 200
    assert payment(placed) == PaymentState.PAID
    with reading() as books:
        order = books.get_one(Order, placed.order_id)
        assert order.fulfilment_state == FulfilmentState.TO_PICK
        assert books.scalar(select(func.count()).select_from(WebhookEvent)) == len(told)


def test_a_page_is_found_again_among_many_pages_of_a_list_that_filters_nothing(
    web: FlaskClient, server: OtherStripe
) -> None:
    placed = [a_card_order() for _each in range(5)]
    pages = [attempts.start(each.order_id) for each in placed]
    server.complete(pages[0], "succeeded")
    with writing() as session:
        # Stopped after the page was made and before its id was kept.
        first = session.scalars(select(PaymentAttempt).order_by(PaymentAttempt.id)).first()
        assert first is not None
        first.stripe_session, first.page_url, first.state = None, None, AttemptState.UNKNOWN
        first.asked_at = clock.now() - timedelta(hours=24)
    findings = [each.found for each in sync.run()]
    assert any("succeeded" in each for each in findings), findings
    assert [payment(each) for each in placed[:2]] == [PaymentState.PAID, PaymentState.DUE]
    lists = [
        params
        for method, path, params in server.requests
        if path == "/v1/checkout/sessions" and method == "GET"
    ]
    assert any("starting_after" in each for each in lists)


def test_a_payment_whose_page_is_not_known_finds_its_own_page_only(
    web: FlaskClient, server: OtherStripe
) -> None:
    placed = [a_card_order() for _each in range(4)]
    pages = [attempts.start(each.order_id) for each in placed]
    for page in pages:
        server.complete(page, "succeeded")
    with writing() as session:
        first = session.scalars(select(PaymentAttempt).order_by(PaymentAttempt.id)).first()
        assert first is not None
        first.stripe_session = None
    assert tell(web, server.event("payment_intent.succeeded", server.intent(pages[0]))) == (200, "settled")
    assert [payment(each) for each in placed] == [PaymentState.PAID, *[PaymentState.DUE] * 3]


def test_a_refund_that_names_only_its_charge_is_followed_to_its_end(
    web: FlaskClient, server: OtherStripe, app: Flask
) -> None:
    first, placed = paid_order(web, server), paid_order(web, server)
    decisions_refund = [refund_of(first, 300), refund_of(placed, 500)]
    for refund_id in decisions_refund:
        refunds.send(refund_id)
    at_stripe = [obj for obj in server.objects.values() if obj["object"] == "refund"]
    assert {each["status"] for each in at_stripe} == {"pending"}
    at_stripe[1].update(status="failed", failure_reason="lost_or_stolen_card")
    # Named by the newer kind of event, and without a payment.
    assert tell(web, server.event("refund.failed", at_stripe[1])) == (200, "refund")
    at_stripe[0]["status"] = "succeeded"
    charge = server.objects[at_stripe[0]["charge"]]
    assert tell(web, server.event("charge.refunded", charge))[0] == 200
    with reading() as session:
        found = session.execute(select(Refund.state, Refund.failure).order_by(Refund.id)).all()
    assert [tuple(each) for each in found] == [
        (RefundState.SUCCEEDED, ""),
        (RefundState.FAILED, "lost or stolen card"),
    ]
    assert (payment(first), payment(placed)) == (PaymentState.PART_REFUNDED, PaymentState.PAID)


def refund_of(placed: Placed, amount: int) -> int:
    with writing() as session:
        order = states.lock(session, placed.order_id)
        part = refunds.Part(order_line_id=None, amount_minor=amount)
        return refunds.request(session, order, lines=[part], reason="a vial broke", actor="test")


def test_a_dispute_that_names_only_its_charge_and_says_little_is_shown(
    web: FlaskClient, server: OtherStripe
) -> None:
    placed = paid_order(web, server)
    intent = next(obj for obj in server.objects.values() if obj["object"] == "payment_intent")
    dispute = server.new("dispute", "du_", charge=intent["latest_charge"], amount=100, currency="usd")
    dispute["status"] = "a_word_from_the_future"
    assert tell(web, server.event("charge.dispute.created", dispute)) == (200, "dispute")
    with reading() as session:
        found = session.scalars(select(Dispute)).one()
        assert (found.order_id, found.is_open, found.answer_by) == (placed.order_id, True, None)
        assert found.status == "a_word_from_the_future"


def test_a_page_is_ended_and_what_was_completed_meanwhile_is_paid(
    web: FlaskClient, server: OtherStripe
) -> None:
    placed, late = a_card_order(), a_card_order()
    page, late_page = attempts.start(placed.order_id), attempts.start(late.order_id)
    decisions.end_payment(placed.order_id)
    assert server.session(page)["status"] == "expired"
    assert attempt(placed).state == AttemptState.EXPIRED
    server.complete(late_page, "succeeded")
    decisions.end_payment(late.order_id)
    assert payment(late) == PaymentState.PAID


def test_the_address_of_the_server_is_a_setting_and_its_page_may_be_led_to() -> None:
    plain = {"SECRET_KEY": "only-a-test", "STRIPE_SECRET_KEY": KEY, "STRIPE_WEBHOOK_SECRETS": "whsec_1"}
    assert read_settings(plain).stripe_api_base is None
    assert read_settings(plain).stripe_checkout_origin == "https://checkout.stripe.com"
    other = read_settings({**plain, "STRIPE_API_BASE": "http://127.0.0.1:9009/"})
    assert other.stripe_api_base == other.stripe_checkout_origin == "http://127.0.0.1:9009"
    own_page = {"STRIPE_API_BASE": "http://a.example", "STRIPE_CHECKOUT_ORIGIN": "http://b.example/"}
    assert read_settings({**plain, **own_page}).stripe_checkout_origin == "http://b.example"


def test_what_the_shop_sends_is_what_stripe_takes(web: FlaskClient, server: OtherStripe) -> None:
    placed = a_card_order()
    attempts.start(placed.order_id)
    method, path, params = server.requests[-1]
    assert (method, path) == ("POST", "/v1/checkout/sessions")
    assert params["mode"] == "payment"
    assert params["metadata"] == params["payment_intent_data"]["metadata"]
    assert params["metadata"].keys() == {"attempt", "order", "shop"}
    assert json.loads(params["expires_at"]) > clock.now().timestamp() + 30 * 60
