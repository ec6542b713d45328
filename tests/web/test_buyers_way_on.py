"""That no page of ordering is a dead end: what a buyer was promised can be done where they stand."""

from __future__ import annotations

import io
import re

import pytest
from at_a_desk import an_order, at_desk, plain_pdf
from builders import draft_for, make_lot, make_size
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import hidden, words
from werkzeug.test import TestResponse

from shop.core.database import reading
from shop.ordering import links, quotes
from shop.ordering.models import Order
from shop.ordering.quote_models import Quote

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


def send(client: FlaskClient, path: str, data: bytes, name: str = "po 778.pdf") -> TestResponse:
    return client.post(path, data={"document": (io.BytesIO(data), name)}, content_type="multipart/form-data")


def page_of(app: Flask, number: str) -> str:
    with app.app_context(), reading() as session:
        order = session.query(Order).one()
        assert order.number == number
        return links.order_path(order.id, order.reference)


def test_the_document_of_a_purchase_order_can_be_sent_after_placing(web_app: Flask, web: FlaskClient) -> None:
    placed = an_order(web_app)
    path = page_of(web_app, placed.number)
    assert "Send the purchase order as PDF" in words(web.get(path))
    there = path.replace("?", "/document?")
    assert "A person compares it" in words(web.get(there))
    for bad, said in ((b"", "Choose the purchase order as a PDF"), (b"no pdf", "PDF")):
        refused = send(web, there, bad, "" if not bad else "x.pdf")
        assert refused.status_code == 400
        assert said in words(refused)
    assert send(web, there, plain_pdf("PO-778")).status_code == 303
    assert "Send another document" in words(web.get(path))

    desk = at_desk(web_app, "sales")
    order = words(desk.get(f"/staff/orders/{placed.number}"))
    assert "Document of the purchase order sent by the buyer" in order
    assert desk.get(f"/staff/orders/{placed.number}/purchase-order.pdf").data.startswith(b"%PDF-")

    asked = f"/staff/orders/{placed.number}/approve"
    about = hidden(desk.get(asked), "about")
    agreed = {"about": about, "reason": "Agreed."}
    refused = desk.post(asked, data=agreed)
    assert refused.status_code == 400
    assert "Nobody has compared the document of this purchase order with the order." in words(refused)
    unsaid = desk.post(asked, data={**agreed, "without_comparing": "y", "reason": ""})
    assert "Say why you approve without comparing" in words(unsaid)
    approved = desk.post(asked, data={**agreed, "without_comparing": "y"})
    assert approved.status_code == 303
    history = words(desk.get(f"/staff/orders/{placed.number}"))
    assert "Approved without comparing the purchase order" in history
    late = send(web, there, plain_pdf("another"))
    assert late.status_code == 303
    assert "takes no further document" in words(web.get(path))
    assert web.get(there.partition("?")[0]).status_code == 404


def test_an_order_address_without_its_key_leads_to_a_code_by_mail(web: FlaskClient) -> None:
    answer = web.get("/orders/10001")
    assert answer.status_code == 404
    assert 'href="/orders"' in answer.text
    assert 'href="/orders"' not in web.get("/products/unknown").text.partition("<footer")[0]


def test_a_quote_can_be_asked_for_from_the_cart_to_review(web_app: Flask, web: FlaskClient) -> None:
    with web_app.app_context():
        sku = make_size(price_minor=4600)
        make_lot(sku, 10)
        made = quotes.make(draft_for({sku: 2}))
        with reading() as session:
            path = quotes.path_of(session.get_one(Quote, made.id))
    bare, _mark, key = path.partition("?")
    web.post(f"{bare}/order?{key}")
    assert "Get a quote" in words(web.get("/cart"))
    for step in ("research-use", "payment", "review"):
        page = web.get(f"/checkout/{step}")
        if page.status_code == 200:
            assert "Get a quote instead" in words(page)


def test_the_errors_of_research_use_are_listed_in_the_order_of_the_page(
    web_app: Flask, web: FlaskClient
) -> None:
    with web_app.app_context():
        sku = make_size(price_minor=4600)
        make_lot(sku, 10)
        made = quotes.make(draft_for({sku: 2}))
        with reading() as session:
            path = quotes.path_of(session.get_one(Quote, made.id))
    bare, _mark, key = path.partition("?")
    web.post(f"{bare}/order?{key}")
    code = re.findall(r'name="statement" value="([^"]+)"', web.get("/checkout/research-use").text)[0]
    page = web.post("/checkout/research-use", data={"statement": code}).text
    summary = page.partition('class="summary-err')[2].partition("</ul>")[0]
    targets = re.findall(r'href="#([^"]+)"', summary)
    below = page.partition("<h1>")[2]
    places = [below.index(f'id="{each}"') for each in targets]
    assert targets[0] == "c1-y"
    assert places == sorted(places)
