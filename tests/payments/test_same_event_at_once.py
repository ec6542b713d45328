"""One event of Stripe's that arrives many times at once takes effect once, in threads and in processes."""

from __future__ import annotations

import json
import multiprocessing
import threading
from collections import Counter
from dataclasses import replace

import pytest
from builders import Stock, make_lot, make_size, order_for, stock
from flask import Flask
from sqlalchemy import func, select
from stripe_beside import KEY, WEBHOOK_SECRET, Stripe
from stripe_inside import signature

from config import Settings
from shop import create_core
from shop.core.database import db, reading
from shop.core.outbox import OutboxMessage
from shop.ordering.models import Order, OrderEvent, PaymentMethod, PaymentState
from shop.ordering.placement import Placed
from shop.payments import attempts, gateway, refunds, settlement, webhook
from shop.payments.models import PaymentAttempt, Refund, WebhookEvent

AT_ONCE = 8


@pytest.fixture
def settings(shop_settings: Settings, stripe_stand_in: Stripe) -> Settings:
    return replace(
        shop_settings,
        stripe_secret_key=KEY,
        stripe_webhook_secrets=(WEBHOOK_SECRET, "whsec_older"),
        stripe_api_base=stripe_stand_in.address,
        stripe_checkout_origin=stripe_stand_in.address,
    )


def paid_and_not_told(stripe: Stripe) -> tuple[str, Placed]:
    sku = make_size(price_minor=4600)
    lot = make_lot(sku, 10)
    placed = order_for({sku: 2}, method=PaymentMethod.CARD)
    stripe.pay(attempts.start(placed.order_id))
    return lot, placed


def event(stripe: Stripe, kind: str) -> bytes:
    found = next(each for each in stripe.parts.account.all("event") if each["type"] == kind)
    return json.dumps(found).encode()


def deliver(app: Flask, body: bytes) -> str:
    with app.app_context():
        try:
            return webhook.take(webhook.read(body, signature(body)))
        finally:
            db.session.remove()


def by_threads(app: Flask, bodies: list[bytes]) -> Counter[str]:
    """Deliver all of them at one moment."""
    gate, done = threading.Barrier(len(bodies)), Counter[str]()

    def run(body: bytes) -> None:
        gate.wait()
        outcome = deliver(app, body)
        done[outcome] += 1

    threads = [threading.Thread(target=run, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


def _process(
    settings: Settings, body: bytes, gate: threading.Barrier, said: multiprocessing.Queue[str]
) -> None:
    app = create_core(settings)
    gate.wait()
    said.put(deliver(app, body))


def one_effect(lot: str, placed: Placed) -> None:
    """The order is paid, its vials allocated, its buyer told and its history written, each once."""
    assert stock(lot) == Stock(on_hand=10, reserved=0, allocated=2)
    with reading() as session:
        assert session.get_one(Order, placed.order_id).payment_state == PaymentState.PAID
        keys = session.scalars(
            select(OutboxMessage.key).where(OutboxMessage.key.like("mail/order-paid/%"))
        ).all()
        assert keys == [f"mail/order-paid/{placed.number}"]
        history = select(OrderEvent.axis, OrderEvent.to_state).where(
            OrderEvent.order_id == placed.order_id, OrderEvent.kind == "paid"
        )
        moves = [tuple(each) for each in session.execute(history.order_by(OrderEvent.id))]
        assert moves == [("payment", "paid"), ("fulfilment", "to_pick")]


def test_one_event_in_eight_threads_takes_effect_once(card_shop: Flask, stripe_stand_in: Stripe) -> None:
    lot, placed = paid_and_not_told(stripe_stand_in)
    done = by_threads(card_shop, [event(stripe_stand_in, "checkout.session.completed")] * AT_ONCE)
    assert done.total() == AT_ONCE
    assert done["settled"] == 1
    one_effect(lot, placed)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(WebhookEvent)) == 1


def test_different_events_about_one_payment_at_once_take_effect_once(
    card_shop: Flask, stripe_stand_in: Stripe
) -> None:
    lot, placed = paid_and_not_told(stripe_stand_in)
    kinds = ("checkout.session.completed", "payment_intent.succeeded", "charge.succeeded")
    done = by_threads(card_shop, [event(stripe_stand_in, kind) for kind in kinds for _time in range(3)])
    assert done.total() == 9
    one_effect(lot, placed)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(WebhookEvent)) == 3


def test_one_event_in_three_processes_takes_effect_once(
    settings: Settings, card_shop: Flask, stripe_stand_in: Stripe
) -> None:
    lot, placed = paid_and_not_told(stripe_stand_in)
    db.session.remove()
    db.engine.dispose()
    body = event(stripe_stand_in, "checkout.session.completed")
    # Processes of their own, as several workers of a server are: nothing is inherited.
    context = multiprocessing.get_context("spawn")
    gate, said = context.Barrier(3), context.Queue()
    running = [context.Process(target=_process, args=(settings, body, gate, said)) for _each in range(3)]
    for process in running:
        process.start()
    outcomes = [said.get(timeout=60) for _each in running]
    for process in running:
        process.join(30)
        assert process.exitcode == 0
    assert Counter(outcomes)["settled"] == 1
    one_effect(lot, placed)


def test_a_refund_made_at_stripe_and_told_many_times_at_once_is_one_refund(
    card_shop: Flask, stripe_stand_in: Stripe
) -> None:
    _lot, placed = paid_and_not_told(stripe_stand_in)
    settlement.settle_order(placed.order_id)
    with reading() as session:
        intent = session.scalars(select(PaymentAttempt.stripe_payment_intent)).one()
    account = stripe_stand_in.parts.account
    gateway.refund(str(intent), key="by-hand", amount_minor=600)
    account.all("refund")[0]["metadata"] = {}
    bodies = [
        event(stripe_stand_in, kind) for kind in ("refund.created", "charge.refunded") for _time in range(4)
    ]
    by_threads(card_shop, bodies)
    with reading() as session:
        assert session.scalars(select(Refund.amount_minor)).all() == [600]
        attempt = session.scalars(select(PaymentAttempt)).one()
        assert refunds.left(session, attempt.id) == attempt.amount_minor - 600
