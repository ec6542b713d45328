"""Many buyers, each a process of its own, want the last vials of a lot, over HTTP, at the same moment."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from typing import Any

from builders import found_by_audit, make_lot, make_size
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import hidden
from sqlalchemy import func, select

from config import Settings
from shop import create_app
from shop.attestations import statements
from shop.catalogue.models import VialSize
from shop.core import clock
from shop.core.canonical import digest
from shop.core.database import db, reading, writing
from shop.core.identity import random_reference
from shop.inventory.models import Lot
from shop.ordering import cart, checkout
from shop.ordering.models import Cart, CartLine, CheckoutDraft, PaymentMethod
from shop.people.models import WebSession
from shop.web.visitor import hash_of_key

TRIES = 30
"""How often a buyer looks at a changed order and agrees anew before giving up."""


@dataclass(frozen=True)
class Round:
    """What one round came to."""

    stock: int
    sold: int
    won: int
    server_errors: int


def run(settings: Settings, *, buyers: int, rounds: int) -> list[Round]:
    """Let `buyers` processes buy one vial each, `rounds` times; stock goes from 1 to 5 and begins anew."""
    context = multiprocessing.get_context("fork")
    start, end = context.Barrier(buyers + 1), context.Barrier(buyers + 1)
    answers: Any = context.Queue()
    offers: Any = [context.Queue() for _buyer in range(buyers)]
    app = create_app(settings)
    with app.app_context():
        warm_up(app)
        db.engine.dispose()
    processes = [
        context.Process(target=_buyer, args=(app, offers[number], start, end, answers), daemon=True)
        for number in range(buyers)
    ]
    for process in processes:
        process.start()
    found = []
    with app.app_context():
        for number in range(rounds):
            found.append(_round(number % 5 + 1, offers, start, end, answers))
        for queue in offers:
            queue.put(None)
        assert found_by_audit() == []
        db.session.remove()
        db.engine.dispose()
    for process in processes:
        process.join(timeout=20)
        assert process.exitcode == 0
    return found


def warm_up(app: Flask) -> None:
    """Buy once before the processes part, so that each inherits compiled templates and statements."""
    sku = make_size()
    make_lot(sku, 1)
    (key,) = drafts_of(sku, 1)
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    client.set_cookie("visitor", key)
    assert _buy(client) == "won"


def _round(stock: int, offers: list[Any], start: Barrier, end: Barrier, answers: Any) -> Round:
    sku = make_size()
    # Two lots when there is more than one vial, so that plans change under way.
    if stock > 1:
        make_lot(sku, stock // 2)
    make_lot(sku, stock - stock // 2 if stock > 1 else stock)
    for queue, key in zip(offers, drafts_of(sku, len(offers)), strict=True):
        queue.put(key)
    start.wait(timeout=120)
    end.wait(timeout=300)
    outcomes = Counter(answers.get(timeout=60) for _buyer in offers)
    with reading() as session:
        sold = session.scalar(select(func.sum(Lot.reserved)).join(VialSize).where(VialSize.sku == sku))
    return Round(
        stock=stock, sold=int(sold or 0), won=outcomes["won"], server_errors=outcomes["server error"]
    )


def drafts_of(sku: str, count: int, *, card_every: int = 0) -> list[str]:
    """Ready checkouts, one for each buyer; returns the keys of their browser sessions.

    Args:
        card_every: each so manyth buyer pays by card; none does with 0.
    """
    keys = []
    with writing() as session:
        version = statements.in_force(session)
        size_id = session.scalar(select(Lot.vial_size_id).order_by(Lot.id.desc()).limit(1))
        for number in range(count):
            by_card = card_every > 0 and number % card_every == 0
            draft = CheckoutDraft(
                token=random_reference(),
                cart=Cart(
                    created_at=clock.now(),
                    changed_at=clock.now(),
                    lines=[CartLine(vial_size_id=size_id, quantity=1, unit_minor_seen=4600)],
                ),
                created_at=clock.now(),
                changed_at=clock.now(),
                name="Ilse Brandsma",
                email=f"buyer-{number}@vima.example",
                organisation=f"Institute {number}",
                country="NL",
                address_line1="Padualaan 8",
                city="Utrecht",
                delivery_method="tracked",
                statement_version_id=version.id,
                answers={str(clause.position): "yes" for clause in version.clauses},
                purpose="cell culture",
                signer_role="Lab manager",
                signature="Ilse Brandsma",
                payment_method=PaymentMethod.CARD if by_card else PaymentMethod.PURCHASE_ORDER,
                po_number="" if by_card else f"PO-{number}",
            )
            session.add(draft)
            session.flush()
            filled = cart.load(session, draft.cart_id)
            assert filled is not None
            draft.answered_about = digest(checkout.answered_facts(draft, filled.lines, version.code))
            key = (random_reference() * 2)[:43]
            session.add(
                WebSession(
                    key_sha256=hash_of_key(key),
                    data={"cart": draft.cart_id, "draft": draft.token},
                    created_at=clock.now(),
                    last_seen_at=clock.now(),
                    expires_at=clock.now().replace(year=clock.now().year + 1),
                )
            )
            keys.append(key)
    return keys


def _buyer(app: Flask, offers: Any, start: Barrier, end: Barrier, answers: Any) -> None:
    while (key := offers.get()) is not None:
        client = app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        client.set_cookie("visitor", key)
        start.wait(timeout=120)
        answers.put(_buy(client))
        end.wait(timeout=300)
    with app.app_context():
        db.engine.dispose()


def _buy(client: FlaskClient) -> str:
    """Look and place, again while only the lots changed; what came of it in a word."""
    page = client.get("/checkout/review")
    for _try in range(TRIES):
        if page.status_code >= 500:
            return "server error"
        if page.status_code == 302:
            return "sold out"
        page = client.post("/checkout/review", data={"shown": hidden(page, "shown")})
        if page.status_code == 303 or "/orders/" in page.headers.get("Location", ""):
            return "won"
    return "gave up"
