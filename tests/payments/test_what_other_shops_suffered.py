"""What buyers and staff of other shops suffered with payments by card: for each a test of its cure.

The list is of reports filed at other shops and gateways: what was suffered stands above each test.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from builders import (
    WHERE,
    Stock,
    draft_for,
    found_by_audit,
    make_lot,
    make_ready_to_sell,
    make_size,
    order_for,
    shown,
    someone,
    stock,
)
from flask import Flask
from flask.testing import FlaskClient
from kept_apps import app_for
from sqlalchemy import func, select
from stripe_beside import DECLINED_CARD, KEY, WEBHOOK_SECRET, Stripe
from stripe_inside import signature

from config import Settings
from shop import create_app
from shop.core import clock
from shop.core.database import db, reading, writing
from shop.core.errors import Refused
from shop.core.outbox import OutboxMessage
from shop.ordering import links, placement, states
from shop.ordering.models import CartLine, FulfilmentState, Order, PaymentMethod, PaymentState
from shop.ordering.placement import Placed
from shop.payments import attempts, decisions, desk, gateway, holds, refunds, settlement
from shop.payments.models import AttemptState, PaymentAttempt, Refund, RefundState

AUTHENTICATES = "4000002500003155"
PAID = (PaymentState.PAID, FulfilmentState.TO_PICK)


@pytest.fixture
def app(shop_settings: Settings, stripe_stand_in: Stripe) -> Iterator[Flask]:
    """The whole shop with its web, taking cards, in whose context the test runs."""
    settings = replace(
        shop_settings,
        stripe_secret_key=KEY,
        stripe_webhook_secrets=(WEBHOOK_SECRET,),
        stripe_api_base=stripe_stand_in.address,
        stripe_checkout_origin=stripe_stand_in.address,
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


def a_card_order() -> tuple[str, Placed]:
    sku = make_size(price_minor=4600)
    lot = make_lot(sku, 10)
    return lot, order_for({sku: 2}, method=PaymentMethod.CARD)


def events(stripe: Stripe, *kinds: str) -> list[bytes]:
    """The events Stripe has made, oldest first, as it sends them; all, or those of some kinds."""
    made = reversed(stripe.parts.account.all("event"))
    return [json.dumps(each).encode() for each in made if not kinds or each["type"] in kinds]


def tell(web: FlaskClient, body: bytes) -> int:
    headers = {"Stripe-Signature": signature(body)}
    return web.post("/stripe/webhook", data=body, headers=headers).status_code


def comes_back(web: FlaskClient, placed: Placed) -> int:
    """The buyer's browser, sent back by the payment page."""
    return web.get(links.order_path(placed.order_id, placed.reference) + "&returned=1").status_code


def standing(placed: Placed) -> tuple[PaymentState, FulfilmentState]:
    with reading() as session:
        order = session.get_one(Order, placed.order_id)
        return order.payment_state, order.fulfilment_state


def mails(placed: Placed) -> Counter[str]:
    """The mails to the buyer of an order, by kind."""
    with reading() as session:
        keys = session.scalars(
            select(OutboxMessage.key).where(OutboxMessage.subject == f"order/{placed.number}")
        ).all()
    return Counter(key.split("/")[1] for key in keys if key.startswith("mail/"))


def on_desk() -> list[str]:
    with reading() as session:
        return [each.kind for each in desk.items(session)]


def at_once(app: Flask, *acts: Callable[[], object]) -> list[object]:
    """Do all of these at one moment, each in a thread of its own; what each came to, or its error."""
    gate, outcomes = threading.Barrier(len(acts)), list[object]()

    def run(act: Callable[[], object]) -> None:
        with app.app_context():
            gate.wait()
            try:
                outcomes.append(act())
            except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
                outcomes.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


# Charged twice for one order: each retry made a new payment.


def test_pressing_pay_many_times_at_once_makes_one_page_and_one_charge(
    app: Flask, stripe_stand_in: Stripe
) -> None:
    _lot, placed = a_card_order()
    pages = at_once(app, *[lambda: attempts.start(placed.order_id)] * 5)
    addresses = {page for page in pages if isinstance(page, str)}
    assert len(addresses) == 1, pages
    assert len(stripe_stand_in.parts.account.all("checkout.session")) == 1
    stripe_stand_in.pay(addresses.pop())
    settlement.settle_order(placed.order_id)
    with pytest.raises(Refused, match="paid already"):
        attempts.start(placed.order_id)
    assert len(stripe_stand_in.parts.account.all("charge")) == 1


def test_a_lost_answer_is_asked_for_again_under_the_same_key_and_charges_once(
    app: Flask, stripe_stand_in: Stripe
) -> None:
    _lot, placed = a_card_order()
    stripe_stand_in.control("faults", kind="dropped", count=3, path="/v1/checkout/sessions", method="POST")
    with pytest.raises(gateway.PaymentUnavailable):
        attempts.start(placed.order_id)
    stripe_stand_in.pay(attempts.start(placed.order_id))
    settlement.settle_order(placed.order_id)
    assert standing(placed) == PAID
    account = stripe_stand_in.parts.account
    assert (len(account.all("checkout.session")), len(account.all("charge"))) == (1, 1)


# Double mails and notes: the return and the webhook both complete the order.
# And 409s or serialisation errors at the webhook: both writers run the same completion.


def test_return_and_webhooks_at_one_moment_mail_once_and_none_of_them_fails(
    app: Flask, stripe_stand_in: Stripe
) -> None:
    lot, placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    told = events(
        stripe_stand_in, "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"
    )
    acts: list[Callable[[], object]] = [lambda: comes_back(app.test_client(), placed)] * 3
    acts += [lambda body=body: tell(app.test_client(), body) for body in told * 2]  # type: ignore[misc]
    assert Counter(at_once(app, *acts)) == {302: 3, 200: 6}
    assert standing(placed) == PAID
    assert mails(placed) == {"order-placed": 1, "order-paid": 1}
    assert stock(lot) == Stock(on_hand=10, reserved=0, allocated=2)


# An order missing although it was paid: the browser never returned, or a race.


def test_a_paid_order_needs_neither_the_browser_nor_the_webhook(app: Flask, stripe_stand_in: Stripe) -> None:
    _lot, placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    with clock.shifted(timedelta(minutes=2)):
        assert holds.ask_about_payments() == 1
    assert standing(placed) == PAID


def test_the_webhook_alone_finds_the_order_though_the_shop_stopped_before_it_knew_the_page(
    web: FlaskClient, stripe_stand_in: Stripe
) -> None:
    _lot, placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    with writing() as session:
        attempt = session.scalars(select(PaymentAttempt)).one()
        attempt.stripe_session, attempt.page_url, attempt.state = None, None, AttemptState.CREATED
    assert tell(web, events(stripe_stand_in, "payment_intent.succeeded")[0]) == 200
    assert standing(placed) == PAID


# A late event undoes a newer state: a refunded or cancelled order is processed again and takes stock again.


def test_late_events_bring_back_neither_a_refunded_order_nor_its_stock(
    web: FlaskClient, stripe_stand_in: Stripe
) -> None:
    lot, placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    settlement.settle_order(placed.order_id)
    decisions.cancel(placed.order_id, staff=someone("sales"), reason="no longer wanted")
    before, told = standing(placed), mails(placed)
    assert before == (PaymentState.REFUNDED, FulfilmentState.CANCELLED)
    for body in events(stripe_stand_in):
        assert tell(web, body) == 200
    assert (standing(placed), mails(placed)) == (before, told)
    assert stock(lot) == Stock(on_hand=10, reserved=0, allocated=0)


# A day later the end of an old page fails an order that was paid another way.


def test_the_end_of_an_old_page_leaves_an_order_paid_by_purchase_order_alone(
    web: FlaskClient, stripe_stand_in: Stripe, plain_papers: None
) -> None:
    _lot, placed = a_card_order()
    attempts.start(placed.order_id)
    decisions.switch_to_purchase_order(placed.order_id, po_number="PO-7", po_file=None)
    decisions.approve(placed.order_id, staff=someone("sales"), reason="A known laboratory")
    before, told = standing(placed), mails(placed)
    assert before[1] == FulfilmentState.TO_PICK
    (expired,) = events(stripe_stand_in, "checkout.session.expired")
    with clock.shifted(timedelta(hours=24)):
        assert tell(web, expired) == 200
    assert (standing(placed), mails(placed)) == (before, told)
    assert "order-payment-due-again" not in told


# A second way of paying won while the first was in 3-D Secure; the orphan charge was kept in silence.


def test_a_payment_in_3d_secure_is_ended_at_stripe_when_another_way_of_paying_wins(
    app: Flask, stripe_stand_in: Stripe
) -> None:
    _lot, placed = a_card_order()
    page = attempts.start(placed.order_id)
    stripe_stand_in.pay(page, AUTHENTICATES)
    account = stripe_stand_in.parts.account
    (intent,) = account.all("payment_intent")
    assert intent["status"] == "requires_action"
    decisions.switch_to_purchase_order(placed.order_id, po_number="PO-7", po_file=None)
    assert account.objects[intent["id"]]["status"] == "canceled"
    assert account.all("charge") == []


def test_an_orphan_payment_is_shown_to_a_person_and_never_kept_in_silence(
    web: FlaskClient, stripe_stand_in: Stripe
) -> None:
    _lot, placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    with writing() as session:
        # As where the page could not be ended in time: the other way has won here, the card there.
        order = states.lock(session, placed.order_id)
        order.payment_method, order.po_number = PaymentMethod.PURCHASE_ORDER, "PO-7"
    assert tell(web, events(stripe_stand_in, "checkout.session.completed")[0]) == 200
    with reading() as session:
        (orphan,) = desk.unexpected(session)
        assert (orphan.order_id, orphan.state) == (placed.order_id, AttemptState.UNEXPECTED)
    assert standing(placed)[0] == PaymentState.DUE


# An old charge.failed marked a paid order as failed, and 400 answers made it come again and again.


def test_an_old_failure_changes_nothing_of_a_paid_order_and_is_answered_200(
    web: FlaskClient, stripe_stand_in: Stripe
) -> None:
    _lot, placed = a_card_order()
    page = attempts.start(placed.order_id)
    stripe_stand_in.pay(page, DECLINED_CARD)
    old = events(stripe_stand_in, "charge.failed", "payment_intent.payment_failed")
    assert len(old) == 2
    stripe_stand_in.pay(page)
    settlement.settle_order(placed.order_id)
    told = mails(placed)
    assert [tell(web, body) for body in old] == [200, 200]
    assert (standing(placed), mails(placed)) == (PAID, told)


def test_an_event_about_an_object_nobody_knows_is_answered_200_so_that_it_comes_once(
    web: FlaskClient, stripe_stand_in: Stripe
) -> None:
    for kind in ("charge", "payment_intent", "checkout.session", "refund", "dispute"):
        about = {"id": f"gone_{kind.replace('.', '_')}", "object": kind, "payment_intent": "pi_gone"}
        body = {"id": f"evt_{kind}".replace(".", "_"), "type": f"{kind}.failed", "data": {"object": about}}
        assert tell(web, json.dumps(body).encode()) == 200


# An unknown type of event was answered 400.


@pytest.mark.parametrize(
    "kind", ["invoice.paid", "radar.early_fraud_warning.created", "v1.billing.meter.no_meter_found"]
)
def test_a_type_of_event_that_is_not_handled_is_answered_200(web: FlaskClient, kind: str) -> None:
    body = {"id": "evt_1", "type": kind, "data": {"object": {"id": "x_1", "object": "something.new"}}}
    assert tell(web, json.dumps(body).encode()) == 200


# A reload during checkout made a second order.


def test_placing_the_same_checkout_again_or_twice_at_once_is_one_order(app: Flask) -> None:
    sku = make_size(price_minor=4600)
    lot = make_lot(sku, 10)
    token = draft_for({sku: 2}, method=PaymentMethod.CARD)
    plain = shown(token)
    outcomes = at_once(app, *[lambda: placement.place(token, plain, WHERE).number] * 4)
    assert len(set(outcomes)) == 1, outcomes
    assert placement.place(token, plain, WHERE).number == outcomes[0]
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 1
    assert stock(lot) == Stock(on_hand=10, reserved=2, allocated=0)


# A refund failed at the bank, and the shop showed it as done.


def test_a_refund_that_fails_at_the_bank_is_shown_as_failed_and_can_be_made_again(
    web: FlaskClient, stripe_stand_in: Stripe
) -> None:
    _lot, placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    settlement.settle_order(placed.order_id)
    with writing() as session:
        order = states.lock(session, placed.order_id)
        part = refunds.Part(order_line_id=None, amount_minor=700)
        refund_id = refunds.request(session, order, lines=[part], reason="a vial broke", actor="test")
    refunds.send(refund_id)
    assert standing(placed)[0] == PaymentState.PART_REFUNDED
    (made,) = stripe_stand_in.parts.account.all("refund")
    stripe_stand_in.control(f"refunds/{made['id']}/fail")
    assert tell(web, events(stripe_stand_in, "refund.failed")[0]) == 200
    assert standing(placed)[0] == PaymentState.PAID
    assert [kind for kind in on_desk() if kind.startswith("refund")] != []
    with reading() as session:
        found = session.get_one(Refund, refund_id)
        assert (found.state, found.attempt.given_back_minor) == (RefundState.FAILED, 0)
    refunds.send(refunds.try_again(refund_id, actor="test"))
    assert standing(placed)[0] == PaymentState.PART_REFUNDED
    assert [kind for kind in on_desk() if kind.startswith("refund")] == []


# An order was stuck when the buyer left the bank's page.


def test_a_buyer_who_left_the_banks_page_has_the_cart_the_same_page_and_a_way_out(
    web: FlaskClient, stripe_stand_in: Stripe
) -> None:
    lot, placed = a_card_order()
    page = attempts.start(placed.order_id)
    stripe_stand_in.pay(page, AUTHENTICATES)
    # In 3-D Secure the vials stay held and the order stays open.
    assert comes_back(web, placed) == 302
    assert standing(placed) == (PaymentState.DUE, FulfilmentState.HELD)
    assert stock(lot).reserved == 2
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(CartLine)) == 1
    assert attempts.start(placed.order_id) == page
    decisions.cancel_unpaid(placed.order_id)
    assert standing(placed) == (PaymentState.NOT_PAYABLE, FulfilmentState.CANCELLED)
    assert stock(lot) == Stock(on_hand=10, reserved=0, allocated=0)


# A paid order was cancelled by the timer for unpaid ones.


@pytest.mark.parametrize("reachable", [True, False], ids=["Stripe answers", "Stripe does not answer"])
def test_the_timer_asks_stripe_before_it_cancels(
    app: Flask, stripe_stand_in: Stripe, reachable: bool
) -> None:
    lot, placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    if not reachable:
        stripe_stand_in.control("faults", kind="refused", count=50)
    with clock.shifted(timedelta(minutes=42)):
        holds.end_holds()
        if not reachable:
            assert (standing(placed), stock(lot).reserved) == ((PaymentState.DUE, FulfilmentState.HELD), 2)
            stripe_stand_in.mend()
            holds.end_holds()
    assert standing(placed) == PAID
    assert stock(lot) == Stock(on_hand=10, reserved=0, allocated=2)


# A debit that its bank returns days after the order was shown as being paid.


def test_a_debit_returned_days_later_never_sent_anything_and_can_be_paid_again(
    web: FlaskClient, stripe_stand_in: Stripe
) -> None:
    lot, placed = a_card_order()
    page = attempts.start(placed.order_id)
    requests.post(page, data={"method": "bank_debit", "name": "Ilse"}, allow_redirects=False, timeout=10)
    assert tell(web, events(stripe_stand_in, "checkout.session.completed")[0]) == 200
    assert standing(placed) == (PaymentState.DUE, FulfilmentState.HELD)
    with pytest.raises(Refused, match="being processed"):
        attempts.start(placed.order_id)
    with clock.shifted(timedelta(days=4)):
        assert "processing" in on_desk()
        assert holds.end_holds() == 0
        assert stock(lot).reserved == 2
        (intent,) = stripe_stand_in.parts.account.all("payment_intent")
        stripe_stand_in.control(f"payments/{intent['id']}/fail")
        settlement.settle_order(placed.order_id)
        assert standing(placed) == (PaymentState.DUE, FulfilmentState.HELD)
        assert mails(placed)["order-payment-due-again"] == 1
        assert on_desk() == []
    # And the last word of the bank, told once more, changes nothing.
    for body in events(stripe_stand_in, "checkout.session.async_payment_failed", "charge.failed"):
        assert tell(web, body) == 200
    assert mails(placed)["order-payment-due-again"] == 1
    assert standing(placed) == (PaymentState.DUE, FulfilmentState.HELD)
