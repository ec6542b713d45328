"""How many statements an order takes: a bound that a query in a loop, or one asked twice, goes over.

Times depend on the machine, these numbers do not. SQLite counts its BEGINs, which is why only it is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from builders import WHERE, draft_for, make_lot, make_size, order_for, shown
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import follow, hidden, words
from sqlalchemy import event, select
from test_checkout import CONTACT, DELIVERY, PAYMENT, RESEARCH_USE

from shop.catalogue.models import Product
from shop.core.database import db, reading
from shop.ordering import placement

PLACE, PLACE_THREE_LINES, WHOLE_ORDER = 26, 38, 140


@pytest.fixture
def engine() -> str:
    """One database says it for both."""
    return "sqlite"


@contextmanager
def counting(app: Flask) -> Iterator[list[str]]:
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    with app.app_context():
        bound = db.engine
    event.listen(bound, "before_cursor_execute", count)
    yield statements
    event.remove(bound, "before_cursor_execute", count)


def test_placing_takes_few_statements_and_hardly_more_for_more_lines(web_app: Flask) -> None:
    with web_app.app_context():
        sizes = [make_size() for _each in range(3)]
        for sku in sizes:
            make_lot(sku, 10)
        order_for({sizes[0]: 1})
        for wanted, most in (({sizes[0]: 1}, PLACE), (dict.fromkeys(sizes, 1), PLACE_THREE_LINES)):
            token = draft_for(wanted)
            picture = shown(token)
            with counting(web_app) as statements:
                placement.place(token, picture, WHERE)
            assert len(statements) <= most, "\n".join(statements)


def test_a_whole_guest_order_takes_few_statements(web: FlaskClient, web_app: Flask) -> None:
    with web_app.app_context():
        sku = make_size()
        make_lot(sku, 10)
        with reading() as session:
            slug = session.scalars(select(Product.slug)).one()
    with counting(web_app) as statements:
        web.get(f"/products/{slug}")
        web.post("/cart/add", data={"size": sku, "quantity": "1", "back": ""})
        web.get("/cart")
        web.get("/checkout")
        web.get("/checkout/contact")
        for step, following, answers in (
            ("contact", "delivery", CONTACT),
            ("delivery", "research-use", DELIVERY),
            ("research-use", "payment", RESEARCH_USE),
            ("payment", "review", PAYMENT),
        ):
            web.post(f"/checkout/{step}", data=answers)
            page = web.get(f"/checkout/{following}")
        placed = web.post("/checkout/review", data={"shown": hidden(page, "shown")})
        assert "Order placed" in words(follow(web, placed))
    assert len(statements) <= WHOLE_ORDER, f"{len(statements)} statements"
