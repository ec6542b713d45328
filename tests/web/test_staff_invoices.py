"""The desks of invoices and accounts, and what buyers see of their papers."""

from __future__ import annotations

import csv
import io
import re

import pytest
from at_a_desk import an_order, at_desk, queries
from builders import someone
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import hidden, words
from recall_builders import recall

from shop.core import clock
from shop.core.database import reading
from shop.ordering import fulfilment, links
from shop.ordering.models import Order
from shop.ordering.placement import Placed
from shop.payments import invoices, invoicing

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


@pytest.fixture
def desk(web_app: Flask) -> FlaskClient:
    return at_desk(web_app, "accounts")


@pytest.fixture
def sent(web_app: Flask) -> Placed:
    """A purchase order of $106.00 that has left and was invoiced."""
    placed = an_order(web_app)
    with web_app.app_context():
        staff = someone("sales", "warehouse")
        fulfilment.approve(placed.order_id, staff=staff, reason="")
        fulfilment.pick(placed.order_id, "SMX-2609-B", staff=staff)
        fulfilment.pack(placed.order_id, staff=staff)
        fulfilment.ship(placed.order_id, carrier="Specimen Carrier", tracking="", staff=staff)
        invoicing.issue_due()
    return placed


NUMBER = f"INV-{clock.today().year}-00001"
PAGE = f"/staff/invoices/{NUMBER}"


def receipt(**changes: str) -> dict[str, str]:
    return {
        "booked_on": clock.today().isoformat(),
        "amount": "100.00",
        "currency": "usd",
        "bank_reference": "SEPA 1",
    } | changes


def test_an_invoice_is_found_paid_in_parts_and_settled(desk: FlaskClient, sent: Placed) -> None:
    assert f"{NUMBER}" in words(desk.get("/staff/invoices"))
    assert desk.get("/staff/invoices", query_string={"view": "overdue"}).status_code == 200
    assert "Invoices overdue" in words(desk.get("/staff"))
    page = words(desk.get(PAGE))
    for said in ("$106.00", sent.number, "PO-2026-1183", "Reference for the payment RF", "Open $106.00"):
        assert said in page
    assert desk.post(f"{PAGE}/receipt", data=receipt()).status_code == 303
    again = desk.post(f"{PAGE}/receipt", data=receipt())
    assert again.status_code == 400
    assert "was entered for Vermeer" in words(again)
    assert desk.post(f"{PAGE}/receipt", data=receipt(amount="6", bank_reference="SEPA 2")).status_code == 303
    assert f"{NUMBER} Settled" in words(desk.get(PAGE))
    assert NUMBER in words(desk.get("/staff/invoices?view=paid"))
    assert NUMBER not in words(desk.get("/staff/invoices?view=open"))
    assert "Paid" in words(desk.get(f"/staff/orders/{sent.number}"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"amount": ""}, "Enter the amount received"),
        ({"amount": "0"}, "Enter an amount above zero"),
        ({"amount": "-5"}, "Enter an amount in the form 1234.50"),
        ({"amount": "1.234"}, "Enter an amount in the form 1234.50"),
        ({"amount": "1e9"}, "Enter an amount in the form 1234.50"),
        ({"amount": "9" * 39}, "Enter an amount in the form 1234.50"),
        ({"amount": "٣"}, "Enter an amount in the form 1234.50"),
        ({"currency": "EUR"}, "This invoice is in USD"),
        ({"currency": "12"}, "Enter a currency by its code"),
        ({"booked_on": "2099-01-01"}, "The day of the receipt lies in the future"),
        ({"booked_on": "soon"}, "Enter a date in the form"),
        ({"bank_reference": " "}, "Enter the reference that the bank shows"),
        ({"bank_reference": "a\x00b"}, "Use letters, digits and punctuation only"),
    ],
)
def test_an_odd_receipt_is_refused_in_words(
    desk: FlaskClient, sent: Placed, changes: dict[str, str], sentence: str
) -> None:
    answer = desk.post(f"{PAGE}/receipt", data=receipt(**changes))
    assert answer.status_code == 400
    assert sentence in words(answer)


def test_a_credit_note_is_issued_once_from_one_form(desk: FlaskClient, sent: Placed, web_app: Flask) -> None:
    once = hidden(desk.get(PAGE), "once")
    for _send in range(2):
        answer = desk.post(f"{PAGE}/credit", data={"once": once, "amount": "6.00", "reason": "Late."})
        assert answer.status_code == 303
    nothing = desk.post(f"{PAGE}/credit", data={"once": once, "reason": "Late."})
    assert "Enter what is given back" in words(nothing)
    for vials in ("x", "-1", "9999999"):
        with web_app.app_context(), reading() as session:
            line = session.get_one(Order, sent.order_id).lines[0].id
        odd = desk.post(f"{PAGE}/credit", data={"once": once, f"vials-{line}": vials, "reason": "Late."})
        assert odd.status_code == 400
    page = words(desk.get(PAGE))
    assert "Credited $6.00" in page
    note = f"CN-{clock.today().year}-00001"
    assert "Corrects" in words(desk.get(f"/staff/invoices/{note}"))
    assert desk.get(f"/staff/invoices/{note}/paper.pdf").data.startswith(b"%PDF-")
    assert desk.get("/staff/invoices/INV-1999-00001").status_code == 404


def test_a_dispute_is_marked_with_a_reason_and_ends(desk: FlaskClient, sent: Placed) -> None:
    assert desk.post(f"{PAGE}/dispute", data={"do": "dispute", "reason": ""}).status_code == 400
    desk.post(f"{PAGE}/dispute", data={"do": "dispute", "reason": "Two vials broken."})
    assert "Disputed" in words(desk.get("/staff/invoices?view=disputed"))
    desk.post(f"{PAGE}/dispute", data={"do": "end", "reason": "Replaced."})
    assert NUMBER not in words(desk.get("/staff/invoices?view=disputed"))
    assert desk.post(f"{PAGE}/mail").status_code == 303


def test_an_account_shows_terms_statement_and_files(desk: FlaskClient, sent: Placed, web_app: Flask) -> None:
    with web_app.app_context(), reading() as session:
        organisation_id = session.get_one(Order, sent.order_id).organisation_id
    page = f"/staff/accounts/{organisation_id}"
    assert "Vermeer" in words(desk.get("/staff/accounts"))
    assert "Closing balance $106.00" in words(desk.get(page))
    terms = {"limit": "500", "terms_days": "14", "bill_to": "AP", "invoice_email": "", "reason": "Agreed."}
    assert desk.post(f"{page}/terms", data=terms).status_code == 303
    assert "$500.00" in words(desk.get(page))
    for odd in ({"limit": "x"}, {"terms_days": "900"}, {"reason": ""}, {"invoice_email": "nobody"}):
        assert desk.post(f"{page}/terms", data=terms | odd).status_code == 400
    rows = list(csv.reader(io.StringIO(desk.get(f"{page}/statement.csv").text)))
    assert [row[3] for row in rows if row[2] == "Invoice"] == [NUMBER]
    assert desk.get(f"{page}/statement.pdf").data.startswith(b"%PDF-")
    assert desk.get("/staff/accounts/99999").status_code == 404
    for asked in ("?from=x&to=y", "?from=2026-12-01&to=2026-01-01"):
        assert desk.get(page + asked).status_code == 200
    listed = list(csv.reader(io.StringIO(desk.get("/staff/invoices.csv?view=all").text)))
    assert listed[1][0] == NUMBER


def test_a_purchase_order_document_is_compared_beside_the_order(web_app: Flask, desk: FlaskClient) -> None:
    placed = an_order(web_app)
    page = f"/staff/orders/{placed.number}/purchase-order"
    assert "PO-2026-1183" in words(desk.get(page))
    typed = {
        "number": "PO-2026-1183",
        "total": "105.00",
        "currency": "USD",
        "country": "NL",
        "organisation": "Vermeer Institute for Molecular Assays",
        "dated": clock.today().isoformat(),
        "lines": "",
    }
    for odd in ({"number": ""}, {"country": "QQ"}, {"lines": "nonsense"}, {"total": "x"}, {"dated": ""}):
        assert desk.post(page, data=typed | odd).status_code == 400
    assert desk.post(page, data=typed).status_code == 303
    difference = "The document comes to $105.00, the order to $106.00."
    assert difference in words(desk.get(f"/staff/orders/{placed.number}"))
    approving = desk.get(f"/staff/orders/{placed.number}/approve")
    assert difference in words(approving)
    about = {"about": hidden(approving, "about")}
    refused = desk.post(f"/staff/orders/{placed.number}/approve", data=about | {"reason": ""})
    assert refused.status_code == 400
    kept = desk.post(f"/staff/orders/{placed.number}/approve", data=about | {"reason": "They corrected it."})
    assert kept.status_code == 303


def test_a_buyer_saves_the_papers_of_their_own_order_only(
    web: FlaskClient, sent: Placed, web_app: Flask
) -> None:
    with web_app.app_context(), reading() as session:
        order = session.get_one(Order, sent.order_id)
        path = links.order_path(order.id, order.reference)
        key = path.partition("key=")[2]
        assert [each.number for each in invoices.papers_of_order(session, order.id)] == [NUMBER]
    assert f"Invoice {NUMBER} as PDF" in words(web.get(path))
    paper = f"/orders/{sent.number}/papers/{NUMBER}.pdf"
    answer = web.get(f"{paper}?key={key}")
    assert (answer.status_code, answer.data[:5]) == (200, b"%PDF-")
    assert web.get(f"{paper}?key=wrong").status_code == 404
    assert web.get(f"/orders/{sent.number}/papers/INV-1999-00001.pdf?key={key}").status_code == 404


def test_the_history_of_an_order_names_every_step_with_who_why_and_its_paper(
    web_app: Flask, desk: FlaskClient, sent: Placed
) -> None:
    desk.post(f"{PAGE}/receipt", data=receipt(amount="40.00"))
    desk.post(f"{PAGE}/receipt", data=receipt(amount="66.00", bank_reference="SEPA 2"))
    once = hidden(desk.get(PAGE), "once")
    desk.post(f"{PAGE}/credit", data={"once": once, "amount": "6.00", "reason": "A vial was cracked."})
    seller = at_desk(web_app, "sales", "accounts", "warehouse", "quality", email="all@shop.example")
    asked = words(seller.get("/staff/lots/SMX-2609-B/certificate/1/withdraw"))
    assert "The buyer of 1 order that has or keeps vials of it is told by mail." in asked
    with web_app.app_context():
        recall("SMX-2609-B")
    page = seller.get(f"/staff/orders/{sent.number}/history")
    told = words(page)
    for said in (
        "the buyer Order placed $106.00, for delivery to Netherlands. Lots: 2 of SMX-2609-B.",
        "Screening: passed",
        "Put on account PO-2026-1183",
        "Packed",
        "Shipped Specimen Carrier",
        f"the shop Invoiced {NUMBER} {NUMBER}",
        "Received: $40.00 Bank reference SEPA 1",
        "Received: $66.00 Bank reference SEPA 2",
        "A vial was cracked.",
        "Mail written, not sent",
        "Lot SMX-2609-B recalled",
        "RCL-0001",
    ):
        assert said in told
    assert told.index("Order placed") < told.index("Packed") < told.index("Shipped") < told.index("SEPA 1")
    main = page.text.partition("<main")[2]
    papers = set(re.findall(r'href="(/staff/[^"]+)"', main)) - {f"/staff/orders/{sent.number}/dossier.zip"}
    assert len(papers) > 4
    assert {path: answer for path in papers if (answer := seller.get(path).status_code) != 200} == {}
    assert queries(web_app, seller, f"/staff/orders/{sent.number}/history") <= 20
