"""What pages keep from one request to the next never shows what has changed, or what is somebody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import make_lot, make_size, order_for
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import hidden, words
from sqlalchemy import select, text, update
from test_checkout import put_in_cart, to_review
from test_ordering_statements import counting

from shop.catalogue.models import Price, Product, RequiredTest
from shop.core import clock
from shop.core.database import reading, writing
from shop.core.identity import random_reference
from shop.inventory import lots
from shop.inventory.models import LotState


@pytest.fixture
def sku(web_app: Flask) -> str:
    with web_app.app_context():
        sku = make_size(price_minor=4600)
        make_lot(sku, 10, number="SMX-2609-B")
        return sku


def product_page(web: FlaskClient) -> str:
    with web.application.app_context(), reading() as session:
        slug = session.scalars(select(Product.slug)).one()
    return words(web.get(f"/products/{slug}"))


def test_a_product_page_shows_each_change_at_the_next_request(
    web: FlaskClient, web_app: Flask, sku: str
) -> None:
    before = product_page(web)
    assert "$46.00" in before and "10 in stock" in before
    with web_app.app_context():
        with writing() as session:
            session.execute(update(Price).values(unit_minor=5100))
        assert "$51.00" in product_page(web)
        with writing() as session:
            session.execute(text("UPDATE product SET subtitle = 'Another line under the name'"))
        assert "Another line under the name" in product_page(web)
        with writing() as session:
            session.execute(update(RequiredTest).values(limit_text="at least 97.3%"))
        assert "at least 97.3%" in product_page(web)
        order_for({sku: 3})
        assert "7 in stock" in product_page(web)
        lots.change_state("SMX-2609-B", LotState.ON_HOLD, actor="q@shop.example", reason="query")
        assert "7 in stock" not in product_page(web)
        with writing() as session:
            session.execute(update(Product).values(listed=False))
        assert "no longer offered" in product_page(web)


def test_a_change_that_is_undone_is_not_shown(web: FlaskClient, web_app: Flask, sku: str) -> None:
    product_page(web)
    with web_app.app_context():
        with pytest.raises(ZeroDivisionError), writing() as session:
            session.execute(update(Price).values(unit_minor=5100))
            raise ZeroDivisionError
        assert "$46.00" in product_page(web)


def test_the_day_is_not_kept(web: FlaskClient, sku: str) -> None:
    assert "10 in stock" in product_page(web)
    with clock.shifted(timedelta(days=3_000)):
        assert "10 in stock" not in product_page(web)


def test_nobody_sees_the_cart_or_answers_of_another(web: FlaskClient, web_app: Flask, sku: str) -> None:
    assert "Ilse Brandsma" in words(to_review(web, sku))
    other = web_app.test_client()
    other.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    for path in ("/cart", "/checkout/contact", "/checkout/review"):
        assert "Ilse" not in words(other.get(path, follow_redirects=True))
    put_in_cart(other, sku, "1")
    other.get("/checkout")
    assert "Ilse" not in other.get("/checkout/contact").get_data(as_text=True)


def test_a_price_that_changed_after_review_is_told_and_not_charged(
    web: FlaskClient, web_app: Flask, sku: str
) -> None:
    review = to_review(web, sku)
    with web_app.app_context(), writing() as session:
        session.execute(update(Price).values(unit_minor=5100))
    answer = web.post("/checkout/review", data={"shown": hidden(review, "shown")})
    assert answer.status_code == 409
    assert "$51.00" in words(answer)


def test_the_button_pressed_once_more_after_the_order_shows_that_order(web: FlaskClient, sku: str) -> None:
    form = {"shown": hidden(to_review(web, sku), "shown")}
    placed = web.post("/checkout/review", data=form)
    web.get(placed.location)
    assert web.post("/checkout/review", data=form).location == placed.location
    assert web.get("/checkout").location == "/cart"


def test_an_order_page_needs_its_key(web: FlaskClient, sku: str) -> None:
    placed = web.post("/checkout/review", data={"shown": hidden(to_review(web, sku), "shown")})
    path, _question, _key = placed.location.partition("?")
    assert "Order placed" in words(web.get(placed.location))
    assert web.get(path).status_code == 404
    assert web.get(f"{path}?key={random_reference()}").status_code == 404
    assert web.get(f"/orders/99999?key={random_reference()}").status_code == 404


def test_a_line_is_shown_once_and_showing_it_writes_nothing(
    web: FlaskClient, web_app: Flask, sku: str
) -> None:
    put_in_cart(web, sku)
    with counting(web_app) as statements:
        assert "Added to the cart" in words(web.get("/cart"))
    assert not any("UPDATE" in each or "IMMEDIATE" in each for each in statements)
    assert "Added to the cart" not in words(web.get("/cart"))
    put_in_cart(web, sku)
    again = words(web.get("/cart"))
    assert again.count("Added to the cart") == 1
