"""A day on which server, worker or database are taken away while buyers shop, and how it is judged."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from agreement import all_is_well, unresolved
from builders import make_lot, make_ready_to_sell, make_size
from flask import Flask
from kept_apps import app_for
from kill_loop import Buyer, Log, Trouble, dispose, quiet_server
from last_vials import drafts_of, warm_up
from sqlalchemy import func, select
from stripe_beside import KEY, WEBHOOK_SECRET, Stripe
from virtual_clock import VirtualClock
from worker_turns import Worker

from config import Settings
from shop import create_app
from shop.core import clock
from shop.core.database import db, reading
from shop.inventory.models import Lot
from shop.ordering.models import FulfilmentState, Order, OrderLine, PaymentState
from shop.payments.models import PaymentAttempt

BUYERS = 4


@dataclass
class Day:
    """What a day of trouble came to."""

    times: int
    orders: int
    confirmed: int
    lost: list[str]
    doubled: int
    wrong: list[str]
    unanswered: int
    answers: dict[int, int]


def open_shop_with(settings: Settings, stripe: Stripe) -> Flask:
    """The whole shop with its web, taking cards."""
    quiet_server()
    app = app_for(
        replace(
            settings,
            stripe_secret_key=KEY,
            stripe_webhook_secrets=(WEBHOOK_SECRET,),
            stripe_api_base=stripe.address,
            stripe_checkout_origin=stripe.address,
        ),
        create_app,
    )
    with app.app_context():
        make_ready_to_sell()
    return app


def a_day(app: Flask, stripe: Stripe, trouble: Trouble, *, times: int, orders_each: int) -> Day:
    """So much trouble while four buyers shop; afterwards the worker has its minute."""
    with app.app_context():
        # Each child inherits compiled templates and statements.
        warm_up(app)
        sku = make_size()
        make_lot(sku, BUYERS * orders_each // 2)
        make_lot(sku, BUYERS * orders_each)
        keys = drafts_of(sku, BUYERS * orders_each, card_every=2)
    dispose(app)
    trouble.start(times)
    ended = threading.Event()
    buyers = [
        Buyer(trouble.port, stripe, keys[number::BUYERS], trouble.seed + number) for number in range(BUYERS)
    ]
    threads = [threading.Thread(target=each.shop_until, args=(ended,)) for each in buyers]
    for thread in threads:
        thread.start()
    done = trouble.wait()
    ended.set()
    for thread in threads:
        thread.join(timeout=120)
    trouble.stop()
    with app.app_context():
        try:
            return _look_back(app, stripe, [each.log for each in buyers], done, sku)
        finally:
            db.session.remove()
            db.engine.dispose()


def _look_back(app: Flask, stripe: Stripe, logs: list[Log], times: int, sku: str) -> Day:
    wall = VirtualClock(clock.now())
    with wall.ticking(stripe.parts.account):
        wall.advance(seconds=60)
        worker = Worker(app, wall)
        worker.work(60, every=15)
        wrong = [*all_is_well(stripe.parts.account), *unresolved(wall.moment)]
        lost = [sentence for log in logs for sentence in _not_kept(log)]
        with reading() as session:
            tokens = session.scalars(select(Order.draft_token)).all()
            taken = session.scalar(
                select(func.sum(OrderLine.quantity))
                .join(Order, Order.id == OrderLine.order_id)
                .where(Order.fulfilment_state != FulfilmentState.CANCELLED)
            )
            kept = session.scalar(select(func.sum(Lot.reserved + Lot.allocated)))
        if int(taken or 0) != int(kept or 0):
            wrong.append(f"{taken} vials in orders, {kept} kept")
    answers: dict[int, int] = {}
    for log in logs:
        for status, count in log.answers.items():
            answers[status] = answers.get(status, 0) + count
    return Day(
        times=times,
        orders=len(tokens),
        confirmed=sum(len(log.placed) for log in logs),
        lost=lost,
        doubled=len(tokens) - len(set(tokens)),
        wrong=wrong,
        unanswered=sum(log.unanswered for log in logs),
        answers=answers,
    )


def _not_kept(log: Log) -> list[str]:
    """What a buyer was told and is not so."""
    found: list[str] = []
    with reading() as session:
        for key, place in log.placed.items():
            if "/c/pay/" in place:
                query = (
                    select(Order)
                    .join(PaymentAttempt, PaymentAttempt.order_id == Order.id)
                    .where(PaymentAttempt.page_url == place)
                )
            else:
                number = place.partition("?")[0].rsplit("/", 1)[1]
                query = select(Order).where(Order.id == int(number) - 10000)
            order = session.scalars(query).one_or_none()
            if order is None:
                found.append(f"the order at {place} is lost")
            elif key in log.paid and order.payment_state != PaymentState.PAID:
                found.append(f"order {order.number} was paid and is {order.payment_state.value}")
            elif key in log.cancelled and order.fulfilment_state != FulfilmentState.CANCELLED:
                found.append(f"order {order.number} was cancelled and is {order.fulfilment_state.value}")
    return found


def judge(day: Day) -> None:
    """Nothing confirmed is lost, nothing is doubled, nothing is wrong."""
    assert (day.lost, day.doubled, day.wrong) == ([], 0, []), day
    assert not {status for status in day.answers if status >= 500}, day.answers
    assert day.confirmed > 0
