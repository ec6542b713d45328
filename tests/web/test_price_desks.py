"""Prices over HTTP: what staff set at their desks, and what a buyer then reads, uses and is charged."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from at_a_desk import at_desk, plain_pdf, upload
from builders import make_lot, make_size
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import follow, hidden, words
from sqlalchemy import select
from test_checkout import CONTACT, DELIVERY, PAYMENT, RESEARCH_USE

from shop.core import clock
from shop.core.audit import AuditEntry
from shop.core.database import reading
from shop.ordering.coupons import Coupon
from shop.ordering.exemptions import ExemptionState, TaxExemption
from shop.ordering.models import Order
from shop.ordering.tax_rates import TaxRate

CODE = {"code": "FRAME-26", "agreement": "Specimen contract 7", "percent": "10", "enabled": "y"}
RATE = {
    "country": "NL",
    "tax_class": "standard",
    "percent": "21.0",
    "name": "VAT",
    "on_delivery": "y",
    "valid_from": "2026-01-01",
    "source": "specimen",
}


@pytest.fixture
def sku(web_app: Flask) -> str:
    with web_app.app_context():
        sku = make_size(price_minor=10000)
        make_lot(sku, 30)
        return sku


@pytest.fixture
def desk(web_app: Flask) -> FlaskClient:
    return at_desk(web_app, "sales")


def to_review(web: FlaskClient, sku: str, **delivery: str) -> str:
    """Answer every step; what Review says."""
    web.post("/cart/add", data={"size": sku, "quantity": "1"})
    web.get("/checkout")
    for step, answers in (
        ("contact", CONTACT),
        ("delivery", DELIVERY | delivery),
        ("research-use", RESEARCH_USE),
        ("payment", PAYMENT),
    ):
        answer = web.post(f"/checkout/{step}", data=answers)
        assert answer.status_code in (302, 303), words(answer)
    return words(web.get("/checkout/review"))


def actions(app: Flask) -> list[str]:
    with app.app_context(), reading() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_code_is_made_at_its_desk_used_on_review_and_taken_away_again(
    web: FlaskClient, web_app: Flask, sku: str, desk: FlaskClient
) -> None:
    assert "No codes yet" in words(desk.get("/staff/codes"))
    refused = desk.post("/staff/codes/add", data=CODE | {"amount": "5.00"})
    assert (refused.status_code, "either a percentage or an amount" in words(refused)) == (400, True)
    assert desk.post("/staff/codes/add", data=CODE).status_code == 303
    again = desk.post("/staff/codes/add", data=CODE | {"code": " frame-26"})
    assert (again.status_code, "already" in words(again)) == (400, True)

    page = to_review(web, sku)
    assert "$114.00" in page
    unknown = web.post("/checkout/code", data={"code": "NOPE"})
    assert unknown.status_code == 400
    assert "The code NOPE is not known" in words(unknown)
    page = words(follow(web, web.post("/checkout/code", data={"code": "Frame-26"})))
    assert "Discount, code FRAME-26" in page
    assert "10% off items of $100.00" in page
    assert "Place order, $104.00" in page
    page = words(follow(web, web.post("/checkout/code", data={"code": "", "remove": "yes"})))
    assert "Place order, $114.00" in page

    change = CODE | {"percent": "", "amount": "7.50", "minimum": "200"}
    with web_app.app_context(), reading() as session:
        code_id = session.scalars(select(Coupon.id)).one()
    assert desk.post(f"/staff/codes/{code_id}", data=change).status_code == 303
    web.post("/checkout/code", data={"code": "FRAME-26"})
    page = words(web.get("/checkout/review"))
    assert "holds from $200.00 of items; yours come to $100.00" in page
    assert "Place order, $114.00" in page
    assert actions(web_app)[-2:] == ["code.add", "code.change"]


def test_a_rate_set_at_the_desk_is_charged_and_explained_from_cart_to_order(
    web: FlaskClient, web_app: Flask, sku: str, desk: FlaskClient
) -> None:
    assert "Not charged by us: we keep no tax rate for Netherlands" in to_review(web, sku)
    assert desk.post("/staff/tax/add", data=RATE).status_code == 303
    assert "21.0% VAT (Netherlands) on $114.00" in words(web.get("/checkout/review"))
    cart = words(web.get("/cart?country=NL"))
    assert "Tracked delivery to Netherlands" in cart
    assert "$137.94" in cart
    assert "21.0% VAT" in words(web.get("/shipping"))
    follower = desk.post("/staff/tax/add", data=RATE | {"percent": "22", "valid_from": "2026-02-01"})
    assert follower.status_code == 303
    with web_app.app_context(), reading() as session:
        rows = session.execute(select(TaxRate.percent_text, TaxRate.valid_until).order_by(TaxRate.id)).all()
        assert [(text, str(until)) for text, until in rows] == [("21.0", "2026-01-31"), ("22", "None")]
        second = session.scalars(select(TaxRate.id).where(TaxRate.percent_text == "22")).one()
    assert "Begin after it" in words(desk.post("/staff/tax/add", data=RATE | {"valid_from": "2026-02-01"}))
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    assert desk.post(f"/staff/tax/{second}/end", data={"last_day": yesterday}).status_code == 303
    assert "we keep no tax rate" in words(web.get("/checkout/review"))


def test_a_zone_and_its_prices_are_set_at_the_desk_and_a_buyer_sees_what_is_not_offered(
    web: FlaskClient, web_app: Flask, sku: str, desk: FlaskClient
) -> None:
    assert "Everywhere" in words(desk.get("/staff/delivery"))
    second = desk.post("/staff/delivery/zones/add", data={"name": "Rest", "countries": ""})
    assert (second.status_code, "Another zone is for everywhere else" in words(second)) == (400, True)
    near = {"name": "Near", "countries": "nl, be"}
    assert desk.post("/staff/delivery/zones/add", data=near).status_code == 303
    taken = desk.post("/staff/delivery/zones/add", data={"name": "Other", "countries": "NL"})
    assert "NL is in the zone Near" in words(taken)
    web.post("/cart/add", data={"size": sku, "quantity": "1"})
    assert "We have no way of sending a parcel to this country" in words(web.get("/cart?country=NL"))
    web.post("/cart", data={"remove": "1"})
    prices = {"brackets": "200 5.00\n300 8.00", "cold_chain": "", "free_from": ""}
    assert desk.post("/staff/delivery/zones/2/methods/1", data=prices).status_code == 303
    page = to_review(web, sku)
    assert "To Near, 0.265 kg, the price up to 0.3 kg" in page
    bad = desk.post("/staff/delivery/zones/2/methods/1", data=prices | {"brackets": "heavy 3"})
    assert (bad.status_code, "grams and price" in words(bad)) == (400, True)
    light = desk.post("/staff/delivery/zones/2/methods/1", data=prices | {"brackets": "200 5.00"})
    assert light.status_code == 303
    sent_back = words(follow(web, web.get("/checkout/review")))
    assert "it takes up to 0.2 kg, this parcel weighs 0.265 kg" in sent_back
    elsewhere = web.post("/checkout/delivery", data=DELIVERY | {"show_prices": "yes", "country": "DE"})
    assert "Tracked delivery, $14.00" in words(elsewhere)
    assert actions(web_app)[-3:] == ["delivery.zone", "delivery.rate", "delivery.rate"]


def test_a_certificate_sent_on_review_frees_the_order_once_somebody_accepted_it(
    web: FlaskClient, web_app: Flask, sku: str, desk: FlaskClient
) -> None:
    desk.post("/staff/tax/add", data=RATE)
    assert "Send a tax exemption certificate" in to_review(web, sku)
    empty = web.post("/checkout/exemption", data={"number": "X-1"})
    assert empty.status_code == 400
    assert "Enter until when it is valid" in words(empty)
    facts: dict[str, Any] = {"number": "X-1", "expires_on": (clock.today() + timedelta(days=9)).isoformat()}
    assert "Choose the certificate as a PDF" in words(web.post("/checkout/exemption", data=facts))
    sent = web.post("/checkout/exemption", data=facts | {"document": upload(plain_pdf("Exempt"))})
    assert "waits to be looked at" in words(follow(web, sent))
    assert "1 Tax exemption certificates to look at" in words(desk.get("/staff"))

    with web_app.app_context(), reading() as session:
        row = session.scalars(select(TaxExemption)).one()
        path = f"/staff/exemptions/{row.id}"
    assert desk.get(f"{path}.pdf").data.startswith(b"%PDF")
    silent = desk.post(path, data={"do": "refused", "reason": ""})
    assert (silent.status_code, "Give the reason" in words(silent)) == (400, True)
    assert desk.post(path, data={"do": "accepted"}).status_code == 303
    page = words(web.get("/checkout/review"))
    assert "exemption certificate X-1 for Netherlands" in page
    assert "Place order, $114.00" in page
    with web_app.app_context(), reading() as session:
        assert session.scalars(select(TaxExemption.state)).one() == ExemptionState.ACCEPTED


def test_staff_add_a_certificate_and_withdraw_one(web_app: Flask, desk: FlaskClient, sku: str) -> None:
    facts: dict[str, Any] = {
        "organisation": "Vermeer Institute for Molecular Assays",
        "email": "tax@vima.example",
        "country": "NL",
        "number": "X-2",
        "expires_on": (clock.today() + timedelta(days=9)).isoformat(),
    }
    assert desk.post("/staff/exemptions/add", data=facts).status_code == 400
    sent = desk.post("/staff/exemptions/add", data=facts | {"document": upload(plain_pdf("Exempt"))})
    assert sent.status_code == 303
    path = sent.headers["Location"]
    desk.post(path, data={"do": "accepted"})
    desk.post(path, data={"do": "withdrawn", "reason": "revoked"})
    page = words(desk.get(path))
    assert "Withdrawn" in page
    assert "revoked" in page
    assert desk.post(path, data={"do": "nonsense"}).status_code == 400


def test_an_answer_of_vies_is_written_down_and_one_that_is_no_vat_number_is_not(
    web_app: Flask, desk: FlaskClient
) -> None:
    facts = {"vat_number": "DE136695976", "asked_on": "2026-01-05", "answer": "invalid"}
    wrong = desk.post("/staff/tax/vies", data=facts | {"vat_number": "DE1"})
    assert (wrong.status_code, "check digits" in words(wrong)) == (400, True)
    assert desk.post("/staff/tax/vies", data=facts).status_code == 303
    assert "DE136695976 Invalid on" in words(desk.get("/staff/tax"))


def test_only_those_who_may_change_prices_see_the_desks(web_app: Flask) -> None:
    packer = at_desk(web_app, "warehouse")
    for path in ("/staff/codes", "/staff/delivery", "/staff/tax/add", "/staff/exemptions/1"):
        assert packer.get(path).status_code == 403


def test_an_order_keeps_its_explanations_on_its_page(web: FlaskClient, web_app: Flask, sku: str) -> None:
    to_review(web, sku)
    shown = hidden(web.get("/checkout/review"), "shown")
    page = words(follow(web, web.post("/checkout/review", data={"shown": shown})))
    assert "1 vial at $100.00" in page
    assert "To Everywhere, 0.265 kg, any weight" in page
    with web_app.app_context(), reading() as session:
        assert all(each.explanation for each in session.scalars(select(Order)).one().charges)
