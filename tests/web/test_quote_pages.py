"""Quotes as buyers and staff meet them."""

from __future__ import annotations

import pytest
from at_a_desk import at_desk
from builders import draft_for, make_lot, make_size
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import follow, words

from shop.core import clock
from shop.core.database import reading
from shop.ordering import quotes
from shop.ordering.quote_models import Quote

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


@pytest.fixture
def path(web_app: Flask) -> str:
    """The buyer's page of a quote of $106.00."""
    with web_app.app_context():
        sku = make_size(price_minor=4600)
        make_lot(sku, 10)
        made = quotes.make(draft_for({sku: 2}))
        with reading() as session:
            return quotes.path_of(session.get_one(Quote, made.id))


def test_a_buyer_reads_saves_and_orders_from_a_quote(web: FlaskClient, path: str) -> None:
    page = web.get(path)
    for said in ("$106.00", "Valid until", "Order at these prices", "No vials are kept for a quote."):
        assert said in words(page)
    bare, _mark, key = path.partition("?")
    assert web.get(f"{bare}/quote.pdf?{key}").data.startswith(b"%PDF-")
    checkout = follow(web, web.post(f"{bare}/order?{key}"))
    assert checkout.headers["Location"] == "/checkout/research-use"
    assert "Get a quote instead" in words(web.get("/checkout/research-use"))
    made = web.post("/checkout/quote")
    assert made.status_code == 303
    assert "Q-" in words(web.get(made.headers["Location"]))
    for wrong in (f"{bare}?key=wrong", "/quotes/nothing?key=x", f"{bare}/quote.pdf"):
        assert web.get(wrong).status_code == 404


def test_a_quote_without_a_cart_leads_to_the_cart(web: FlaskClient) -> None:
    assert web.post("/checkout/quote").status_code == 303
    assert web.get("/quote").status_code == 302


def test_staff_revise_and_withdraw_with_reasons(web_app: Flask, path: str) -> None:
    desk = at_desk(web_app, "sales")
    assert "Vermeer" in words(desk.get("/staff/quotes"))
    page = desk.get("/staff/quotes/1")
    assert "$106.00" in words(page)
    assert desk.get("/staff/quotes/1/quote.pdf").data.startswith(b"%PDF-")
    form = {"do": "revise", "price-1": "40", "valid_until": clock.today().isoformat(), "reason": "Agreed."}
    for odd in (
        {"price-1": "x"},
        {"price-1": "0"},
        {"reason": ""},
        {"valid_until": "2020-01-01"},
        {"do": "?"},
    ):
        assert desk.post("/staff/quotes/1/change", data=form | odd).status_code == 400
    made = desk.post("/staff/quotes/1/change", data=form)
    assert made.headers["Location"] == "/staff/quotes/2"
    assert "$94.00" in words(desk.get("/staff/quotes/2"))
    assert "Replaced" in words(desk.get("/staff/quotes/1"))
    withdrawn = desk.post("/staff/quotes/2/change", data={"do": "withdraw", "reason": "A slip."})
    assert withdrawn.status_code == 303
    assert "Withdrawn" in words(desk.get("/staff/quotes?view=all"))
    assert desk.get("/staff/quotes/99").status_code == 404
