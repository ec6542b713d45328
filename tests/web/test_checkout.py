"""The buyer's way from cart to order page, over HTTP, and what happens to bad input."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from builders import destination_rule, make_lot, make_size, stock
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from reading_pages import follow, hidden, words
from sqlalchemy import event, func, select, update
from werkzeug.test import TestResponse

from shop.attestations.models import AttestationRecord, Outcome
from shop.catalogue.models import Price
from shop.core import clock
from shop.core.database import db, reading, writing
from shop.inventory import lots
from shop.inventory.models import LotState
from shop.ordering.destination_models import DestinationEffect
from shop.ordering.models import CartLine, CheckoutDraft, Order

CONTACT = {
    "name": "Ilse Brandsma",
    "email": "i.brandsma@vima.example",
    "organisation": "Vermeer Institute for Molecular Assays",
    "phone": "",
}
DELIVERY = {
    "country": "NL",
    "address_line1": "Padualaan 8",
    "address_line2": "Wing C",
    "city": "Utrecht",
    "region": "",
    "postcode": "3584 CH",
    "goods_in": "",
    "delivery_method": "tracked",
}
RESEARCH_USE = {
    "statement": "RU-1",
    "c1": "yes",
    "c2": "yes",
    "c3": "yes",
    "purpose": "cell culture",
    "signer_role": "Lab manager",
    "signature": "Ilse Brandsma",
}
PAYMENT = {"method": "purchase_order", "po_number": "PO-2026-1183"}


@pytest.fixture
def sku(web_app: Flask) -> str:
    with web_app.app_context():
        sku = make_size(price_minor=4600)
        make_lot(sku, 10, number="SMX-2609-B")
        return sku


def put_in_cart(web: FlaskClient, sku: str, quantity: str = "2") -> TestResponse:
    return web.post("/cart/add", data={"size": sku, "quantity": quantity, "back": "/products/semax"})


def to_review(web: FlaskClient, sku: str) -> TestResponse:
    put_in_cart(web, sku)
    web.get("/checkout")
    for path, answers in (
        ("/checkout/contact", CONTACT),
        ("/checkout/delivery", DELIVERY),
        ("/checkout/research-use", RESEARCH_USE),
        ("/checkout/payment", PAYMENT),
    ):
        answer = web.post(path, data=answers)
        assert answer.status_code == 302, words(answer)
    return web.get("/checkout/review")


def place(web: FlaskClient, review: TestResponse) -> TestResponse:
    return web.post("/checkout/review", data={"shown": hidden(review, "shown")})


def orders(web_app: Flask) -> int:
    with web_app.app_context(), reading() as session:
        return session.scalar(select(func.count()).select_from(Order)) or 0


def test_a_buyer_orders_by_purchase_order_from_cart_to_order_page(
    web: FlaskClient, web_app: Flask, sku: str
) -> None:
    review = to_review(web, sku)
    assert "SMX-2609-B" in words(review)
    assert "Place order, $106.00" in words(review)

    page = follow(web, place(web, review))

    assert "Order placed" in words(page)
    assert "SMX-2609-B" in words(page)
    assert page.headers["Cache-Control"] == "no-store"
    record = web.get(page.request.full_path.replace("?", "/attestation?", 1))
    assert "For laboratory research and nothing else." in words(record)
    with web_app.app_context():
        assert stock("SMX-2609-B").reserved == 2


def test_the_second_of_two_submits_shows_the_same_order(web: FlaskClient, web_app: Flask, sku: str) -> None:
    review = to_review(web, sku)
    first = place(web, review)
    second = place(web, review)
    assert second.status_code in (302, 303)
    assert orders(web_app) == 1
    assert follow(web, first).status_code == 200


def test_each_step_keeps_what_was_typed_and_names_the_error_at_the_field(web: FlaskClient, sku: str) -> None:
    put_in_cart(web, sku)
    web.get("/checkout")

    page = web.post("/checkout/contact", data={**CONTACT, "email": "not an address"})

    assert page.status_code == 400
    text = page.get_data(as_text=True)
    assert "<title>Error:" in text
    assert "There is a problem" in text
    assert 'href="#email"' in text
    assert 'value="Vermeer Institute for Molecular Assays"' in text
    assert 'value="not an address"' in text


def test_nothing_is_chosen_in_advance_and_every_statement_needs_an_answer(web: FlaskClient, sku: str) -> None:
    put_in_cart(web, sku)
    web.get("/checkout")
    web.post("/checkout/contact", data=CONTACT)
    web.post("/checkout/delivery", data=DELIVERY)
    page = web.get("/checkout/research-use")
    assert "checked" not in page.get_data(as_text=True)

    answer = web.post("/checkout/research-use", data={**RESEARCH_USE, "c2": ""})

    assert answer.status_code == 400
    assert "Answer statement 2, lawful at the delivery address" in words(answer)
    assert 'id="c1-y" value="yes" checked' in answer.get_data(as_text=True)


def test_a_statement_that_cannot_be_confirmed_ends_kindly_and_orders_nothing(
    web: FlaskClient, web_app: Flask, sku: str
) -> None:
    put_in_cart(web, sku)
    web.get("/checkout")
    web.post("/checkout/contact", data=CONTACT)
    web.post("/checkout/delivery", data=DELIVERY)

    page = follow(web, web.post("/checkout/research-use", data={**RESEARCH_USE, "c1": "no"}))

    assert "We can’t send this order" in words(page)
    assert "Nothing has been charged" in words(page)
    with web_app.app_context(), reading() as session:
        assert [each.outcome for each in session.scalars(select(AttestationRecord))] == [
            Outcome.NOT_CONFIRMED
        ]
        assert session.scalar(select(func.count()).select_from(CartLine)) == 1


def test_a_changed_address_asks_the_statements_again(web: FlaskClient, sku: str) -> None:
    to_review(web, sku)
    web.post("/checkout/delivery", data={**DELIVERY, "address_line1": "Another street 9"})

    page = web.get("/checkout/review", follow_redirects=True)

    assert "Confirm research use" in words(page)
    assert "Please answer again" in words(page)


def test_a_changed_price_comes_back_with_the_change_marked(
    web: FlaskClient, web_app: Flask, sku: str
) -> None:
    review = to_review(web, sku)
    with web_app.app_context(), writing() as session:
        session.execute(update(Price).values(unit_minor=5000))

    answer = place(web, review)

    assert answer.status_code == 409
    assert "$50.00, not $46.00" in words(answer)
    assert orders(web_app) == 0
    assert follow(web, place(web, answer)).status_code == 200


@pytest.mark.parametrize("shown", ["", "nonsense", "e30.AAAA", "é", "x" * 100_000])
def test_a_tampered_picture_is_refused_and_shown_anew(
    web: FlaskClient, web_app: Flask, sku: str, shown: str
) -> None:
    to_review(web, sku)
    answer = web.post("/checkout/review", data={"shown": shown})
    assert answer.status_code == 409
    assert "could not be read" in words(answer)
    assert orders(web_app) == 0


def test_a_country_that_is_not_served_is_refused_in_words(web: FlaskClient, web_app: Flask, sku: str) -> None:
    put_in_cart(web, sku)
    web.get("/checkout")
    web.post("/checkout/contact", data=CONTACT)
    with web_app.app_context(), writing() as session:
        product = session.scalars(select(CartLine)).one().vial_size.product
        session.add(
            destination_rule(
                "DE",
                effect=DestinationEffect.REFUSE,
                compound_id=product.compound_id,
                reason="Specimen rule.",
                source="Specimen",
            )
        )
    answer = web.post("/checkout/delivery", data={**DELIVERY, "country": "DE", "postcode": "10115"})
    assert answer.status_code == 400
    assert "to Germany: Specimen rule." in words(answer)
    answer = web.post("/checkout/delivery", data={**DELIVERY, "country": "AU"})
    assert answer.status_code == 400


def test_more_than_there_is_cannot_be_put_in_the_cart(web: FlaskClient, sku: str) -> None:
    page = follow(web, put_in_cart(web, sku, "11"))
    assert "Only 10 vials of" in words(page)
    for junk in ("0", "-1", "1.5", "", "ten", "9" * 50, "１"):
        assert "Enter the number of vials" in words(follow(web, put_in_cart(web, sku, junk)))


def test_a_sold_out_line_says_so_and_blocks_the_checkout(web: FlaskClient, web_app: Flask, sku: str) -> None:
    put_in_cart(web, sku)
    with web_app.app_context():
        lots.change_state("SMX-2609-B", LotState.ON_HOLD, actor="q@shop.example", reason="query")
    page = web.get("/cart")
    assert "Sold out. Remove it to go on." in words(page)
    assert "Continue to checkout" not in words(page)
    assert web.get("/checkout").headers["Location"].endswith("/cart")


def test_a_purchase_order_that_is_not_a_pdf_is_refused_in_words(web: FlaskClient, sku: str) -> None:
    put_in_cart(web, sku)
    web.get("/checkout")
    web.post("/checkout/contact", data=CONTACT)
    web.post("/checkout/delivery", data=DELIVERY)
    web.post("/checkout/research-use", data=RESEARCH_USE)

    answer = web.post("/checkout/payment", data={**PAYMENT, "po_file": (BytesIO(b"<html>"), "po.pdf")})

    assert answer.status_code == 400
    assert "PDF" in words(answer)
    assert 'value="PO-2026-1183"' in answer.get_data(as_text=True)


def test_an_order_page_opens_with_its_key_only(web: FlaskClient, sku: str) -> None:
    location = place(web, to_review(web, sku)).headers["Location"]
    assert web.get(location).status_code == 200
    number = location.split("/")[2].split("?")[0]
    answers = [
        web.get(f"/orders/{number}"),
        web.get(f"/orders/{number}?key=wrong"),
        web.get(f"/orders/{number}?key=%C3%A9"),
        web.get("/orders/99999?key=wrong"),
        web.get("/orders/nonsense"),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({words(answer) for answer in answers}) == 1


def test_a_form_from_another_site_is_refused(web_app: Flask, sku: str) -> None:
    foreign = web_app.test_client()
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        answer = foreign.post("/cart/add", data={"size": sku, "quantity": "1"}, headers=headers)
        assert answer.status_code == 403
    with web_app.app_context(), reading() as session:
        assert session.scalar(select(func.count()).select_from(CartLine)) == 0


def test_a_private_form_without_token_or_proof_is_refused(web_app: Flask, sku: str) -> None:
    plain = web_app.test_client()
    plain.post("/cart/add", data={"size": sku, "quantity": "1"})
    plain.get("/checkout")
    assert plain.post("/checkout/contact", data=CONTACT).status_code == 403
    token = hidden(plain.get("/checkout/contact"), "csrf_token")
    assert plain.post("/checkout/contact", data={**CONTACT, "csrf_token": token}).status_code == 302


def test_no_step_can_be_skipped(web: FlaskClient, web_app: Flask, sku: str) -> None:
    put_in_cart(web, sku)
    web.get("/checkout")
    for path in ("/checkout/delivery", "/checkout/research-use", "/checkout/payment", "/checkout/review"):
        assert web.get(path).status_code == 302
    for path, answers in (
        ("/checkout/delivery", DELIVERY),
        ("/checkout/research-use", {**RESEARCH_USE, "c1": "no"}),
        ("/checkout/payment", PAYMENT),
    ):
        answered = web.post(path, data=answers)
        assert answered.status_code == 302
        assert answered.location == "/checkout"
    web.post("/checkout/review", data={"shown": "x"})
    assert orders(web_app) == 0
    with web_app.app_context(), reading() as session:
        draft = session.scalars(select(CheckoutDraft)).one()
        assert (draft.country, draft.answers, draft.payment_method) == ("", {}, None)
        assert session.scalars(select(AttestationRecord)).all() == []


NASTY = st.text(max_size=300) | st.sampled_from(
    ["\x00", "a\r\nBcc: x@y.example", "‮", "<script>alert(1)</script>", "' OR 1=1 --", "%00", "💥" * 50]
)


def test_no_input_to_the_steps_gives_a_server_error(web: FlaskClient, sku: str) -> None:
    put_in_cart(web, sku)
    web.get("/checkout")
    web.post("/checkout/contact", data=CONTACT)
    web.post("/checkout/delivery", data=DELIVERY)

    @given(path=st.sampled_from(["contact", "delivery", "research-use", "payment", "review"]), data=st.data())
    def sweep(path: str, data: Any) -> None:
        names = [*CONTACT, *DELIVERY, *RESEARCH_USE, *PAYMENT, "shown"]
        form = data.draw(st.dictionaries(st.sampled_from(names), NASTY, max_size=6))
        answer = web.post(f"/checkout/{path}", data=form)
        assert answer.status_code < 500
        assert "<script>alert(1)" not in answer.get_data(as_text=True)

    sweep()


def test_pages_of_the_checkout_need_few_queries(web: FlaskClient, web_app: Flask, sku: str) -> None:
    to_review(web, sku)
    with web_app.app_context():
        engine = db.engine
    counts: dict[str, int] = {}
    for path in (
        "/cart",
        "/checkout/contact",
        "/checkout/delivery",
        "/checkout/research-use",
        "/checkout/review",
    ):
        seen: list[str] = []

        def count(_c: Any, _u: Any, statement: str, *_rest: Any, seen: list[str] = seen) -> None:
            seen.append(statement)

        event.listen(engine, "before_cursor_execute", count)
        assert web.get(path).status_code == 200
        event.remove(engine, "before_cursor_execute", count)
        counts[path] = len([each for each in seen if each.startswith(("SELECT", "INSERT", "UPDATE"))])
    assert {path: count for path, count in counts.items() if count > 7} == {}


def test_the_cart_says_when_a_price_has_changed(web: FlaskClient, web_app: Flask, sku: str) -> None:
    put_in_cart(web, sku)
    with web_app.app_context(), writing() as session:
        session.execute(update(Price).values(unit_minor=4700))
    assert "The price has changed from $46.00 to $47.00." in words(web.get("/cart"))


def test_a_session_that_has_run_out_starts_with_an_empty_cart(
    web: FlaskClient, web_app: Flask, sku: str
) -> None:
    put_in_cart(web, sku)
    with clock.shifted(timedelta(days=31)):
        assert "Your cart is empty" in words(web.get("/cart"))
