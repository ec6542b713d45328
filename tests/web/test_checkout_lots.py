"""What buyers ask of their lots, over HTTP: in the cart, on the order page, and from links in mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import Stock, make_lot, make_size, order_for, someone, stock
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import words
from sqlalchemy import select

from shop.core import clock
from shop.core import settings as core_settings
from shop.core.database import reading
from shop.inventory import lots
from shop.inventory.models import LotHold, LotState
from shop.ordering import kept_vials, links, lot_changes
from shop.ordering.models import CartLine, FulfilmentState, Order

YES = {"answer": "accept"}


@pytest.fixture
def sku(web_app: Flask) -> str:
    """Four vials that go first and six that go later."""
    with web_app.app_context():
        sku = make_size()
        make_lot(sku, 4, number="SMX-2601-A", retest_on=clock.today() + timedelta(days=300))
        make_lot(sku, 6, number="SMX-2609-B", retest_on=clock.today() + timedelta(days=600))
        return sku


def line_of(app: Flask) -> CartLine:
    with app.app_context(), reading() as session:
        line = session.scalars(select(CartLine)).one()
        session.expunge(line)
        return line


def test_all_vials_from_one_lot_is_asked_in_the_cart_and_refused_with_the_split(
    web: FlaskClient, web_app: Flask, sku: str
) -> None:
    web.post("/cart/add", data={"size": sku, "quantity": "7"})
    key = line_of(web_app).id
    form = {"wishes": str(key), f"quantity-{key}": "7", f"one-lot-{key}": "yes", f"months-{key}": "0"}
    web.post("/cart", data=form)
    page = web.get("/cart")
    assert "4 of SMX-2601-A, 3 of SMX-2609-B" in words(page)
    assert "Accept several lots" in words(page) and "Continue to checkout" not in words(page)
    assert line_of(web_app).one_lot
    web.post("/cart", data={**form, "split": str(key)})
    assert not line_of(web_app).one_lot
    assert "Continue to checkout" in words(web.get("/cart"))
    web.post("/cart", data={**form, f"quantity-{key}": "6"})
    assert "Lots: all from one lot" in words(web.get("/cart"))


def test_odd_wishes_change_nothing_and_break_nothing(web: FlaskClient, web_app: Flask, sku: str) -> None:
    web.post("/cart/add", data={"size": sku, "quantity": "2"})
    key = line_of(web_app).id
    for months in ("-1", "5", "x" * 5000, "\x00", "１２", ""):
        answer = web.post("/cart", data={"wishes": str(key), f"quantity-{key}": "2", f"months-{key}": months})
        assert answer.status_code < 500
        assert line_of(web_app).months_left == 0
    web.post("/cart", data={"wishes": str(key), f"quantity-{key}": "2", f"months-{key}": "12"})
    assert "12 months or more left" in words(web.get("/cart"))
    web.post("/cart", data={f"quantity-{key}": "3"})
    assert line_of(web_app).months_left == 12, "a page that does not show a wish does not take it back"


def test_shorter_dated_vials_are_offered_and_sold_only_when_asked_for(
    web: FlaskClient, web_app: Flask
) -> None:
    with web_app.app_context():
        core_settings.set_up(web_app, replace(core_settings.settings(), short_dated_days=30))
        sku = make_size()
        make_lot(sku, 4, retest_on=clock.today() + timedelta(days=55))
        with reading() as session:
            slug = sku.removesuffix("-10").lower().replace("smx", "semax")
            assert session
    page = words(web.get(f"/products/{slug}"))
    assert "shorter-dated: ask for it" in page and "Shorter-dated lots are fine too" in page
    web.post("/cart/add", data={"size": sku, "quantity": "1"})
    assert "4 more are shorter-dated" in words(web.get("/cart"))
    web.post("/cart/add", data={"size": sku, "quantity": "2", "short_dated": "yes"})
    assert line_of(web_app).short_dated
    assert "Continue to checkout" in words(web.get("/cart"))


def stopped(app: Flask, sku: str) -> tuple[str, str, int]:
    """An order whose lot was stopped and replaced by an offer: its page, the offer's page, its id."""
    with app.app_context():
        placed = order_for({sku: 3})
        staff = someone("sales", "quality")
        lots.change_state("SMX-2601-A", LotState.ON_HOLD, actor=staff.actor, reason="a complaint")
        change = lot_changes.propose(placed.order_id, 1, staff=staff, reason="a complaint")
        key = links.order_key(placed.reference)
        page = f"/orders/{placed.number}"
        return f"{page}?key={key}", f"{page}/lot-change/{change}?key={key}", placed.order_id


def test_a_buyer_accepts_another_lot_from_the_link_in_the_mail(
    web: FlaskClient, web_app: Flask, sku: str
) -> None:
    order_page, offer, _order_id = stopped(web_app, sku)
    assert "Lot SMX-2601-A can’t be sent: please choose" in words(web.get(order_page))
    page = words(web.get(offer))
    assert "a complaint" in page and "SMX-2609-B" in page and "without your yes" in page
    assert web.post(offer, data={"answer": "perhaps"}).status_code == 400
    for _twice in range(2):
        assert web.post(offer, data=YES).headers["Location"] == order_page
    page = words(web.get(order_page))
    assert "SMX-2609-B" in page and "SMX-2601-A" not in page
    assert "You accepted the other lot" in words(web.get(offer))
    with web_app.app_context():
        assert stock("SMX-2609-B") == Stock(6, 3, 0)
        assert stock("SMX-2601-A") == Stock(4, 0, 0)


def test_a_buyer_who_wants_no_other_lot_cancels_from_the_same_page(
    web: FlaskClient, web_app: Flask, sku: str
) -> None:
    order_page, offer, order_id = stopped(web_app, sku)
    assert web.post(offer, data={"answer": "cancel"}).headers["Location"] == order_page
    with web_app.app_context(), reading() as session:
        assert session.get_one(Order, order_id).fulfilment_state == FulfilmentState.CANCELLED
        assert stock("SMX-2609-B") == Stock(6, 0, 0)
    assert "This offer is over" in words(web.get(offer))
    assert web.post(offer, data=YES).status_code == 400


def test_an_offer_opens_with_the_key_of_its_order_only(web: FlaskClient, web_app: Flask, sku: str) -> None:
    _order_page, offer, _order_id = stopped(web_app, sku)
    path = offer.partition("?")[0]
    for address in (path, f"{path}?key=x", f"{path}?key=%00", offer.replace("lot-change/", "lot-change/9")):
        assert web.get(address).status_code == 404
        assert web.post(address, data=YES).status_code == 404


def test_a_buyer_asks_for_more_of_the_lot_and_orders_it_from_the_link(
    web: FlaskClient, web_app: Flask, sku: str
) -> None:
    with web_app.app_context():
        placed = order_for({sku: 5})
        staff = someone("sales")
    key = links_key(web_app, placed.reference)
    path = f"/orders/{placed.number}/keep-vials?key={key}"
    until = (clock.today() + timedelta(days=20)).isoformat()
    assert "Ask us to keep vials of these lots" in words(web.get(f"/orders/{placed.number}?key={key}"))
    for form in ({}, {"lot": "SMX-2609-B"}, {"lot": "NONE", "vials": "1", "until": until}):
        assert web.post(path, data=form).status_code == 400
    late = (clock.today() + timedelta(days=200)).isoformat()
    answer = web.post(path, data={"lot": "SMX-2609-B", "vials": "3", "until": late})
    assert answer.status_code == 400 and "90 days at most" in words(answer)
    assert web.post(path, data={"lot": "SMX-2609-B", "vials": "3", "until": until}).status_code == 303
    assert "asked for, not decided yet" in words(web.get(f"/orders/{placed.number}?key={key}"))
    with web_app.app_context():
        kept_vials.decide(1, grant=True, staff=staff)
        with reading() as session:
            link = kept_vials.path(session.get_one(LotHold, 1))
        assert stock("SMX-2609-B") == Stock(6, 4, 0)
    assert "3 vials of" in words(web.get(link))
    assert web.get(link.partition("?")[0]).status_code == 404
    assert web.post(link, data={"do": "dance"}).status_code == 400
    for _twice in range(2):
        assert web.post(link, data={"do": "order"}).headers["Location"] == "/cart"
    assert line_of(web_app).quantity == 3
    assert "3 vials are kept for you" in words(web.get("/cart"))
    web.post(link, data={"do": "let-go"})
    assert "no longer kept" in words(web.get(link))
    assert web.post(link, data={"do": "order"}).status_code == 400
    with web_app.app_context():
        assert stock("SMX-2609-B") == Stock(6, 1, 0)


def links_key(app: Flask, reference: str) -> str:
    with app.app_context():
        return links.order_key(reference)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_unknown_held_vials_are_not_found_whatever_the_address(web: FlaskClient) -> None:
    for reference in ("x", "a" * 26, "%00", "é", "x" * 5000):
        assert web.get(f"/held-vials/{reference}?key=x").status_code == 404
        assert web.post(f"/held-vials/{reference}?key=x", data={"do": "order"}).status_code == 404
