"""Applying as an organisation, and the desk that decides."""

from __future__ import annotations

import pytest
from at_a_desk import at_desk, plain_pdf, upload
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import words


def form(**changes: object) -> dict[str, object]:
    return {
        "legal_name": "Vermeer Institute",
        "kind": "other",
        "registry_number": "12345678",
        "website": "https://vima.example",
        "email": "head@vima.example",
        "responsible_name": "Ilse Brandsma",
        "responsible_role": "Head of laboratory",
        "address": "Padualaan 8\r\nUtrecht",
        "research_area": "Assays",
        "evidence": upload(plain_pdf("Letter"), "letter.pdf"),
    } | changes


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"legal_name": ""}, "Enter the legal name"),
        ({"kind": "club"}, "Not a valid choice"),
        ({"website": "vima"}, "beginning with https://"),
        ({"email": "nobody"}, "in the form name@organisation.example"),
        ({"address": "PO Box 7\r\nUtrecht"}, "Enter the street address"),
    ],
)
def test_an_odd_application_is_refused_in_words(
    web: FlaskClient, changes: dict[str, object], sentence: str
) -> None:
    answer = web.post("/qualification", data=form(**changes))
    assert answer.status_code == 400
    assert sentence in words(answer)


def test_an_application_without_or_with_a_bad_document_is_refused_in_words(web: FlaskClient) -> None:
    missing = web.post("/qualification", data=form(evidence=upload(b"", "")))
    assert missing.status_code == 400
    assert "Send at least one document" in words(missing)
    assert web.post("/qualification", data=form(evidence=upload(b"no pdf", "a.pdf"))).status_code == 400


def test_an_application_reaches_the_desk_and_takes_a_confirmed_address(
    web: FlaskClient, web_app: Flask
) -> None:
    assert "Apply to buy" in words(web.get("/qualification"))
    assert web.post("/qualification", data=form()).headers["Location"] == "/qualification/sent"
    assert web.get("/qualification/sent").status_code == 200
    assert web.post("/qualification/nothing?key=x").status_code == 404
    desk = at_desk(web_app, "compliance")
    assert "Applications of organisations to decide" in words(desk.get("/staff"))
    assert "Vermeer Institute" in words(desk.get("/staff/customers"))
    assert desk.get("/staff/customers/1/evidence/1").data.startswith(b"%PDF")
    assert desk.get("/staff/customers/1/evidence/2").status_code == 404
    page = words(desk.get("/staff/customers/1"))
    assert "Two different people" in page
    early = desk.post("/staff/customers/1/decide", data={"decision": "approve", "reason": "Known"})
    assert early.status_code == 400
    assert "not confirmed the mail address" in words(early)
    assert desk.post("/staff/customers/1/decide", data={"reason": "Known"}).status_code == 400
    done = desk.post("/staff/customers/1/decide", data={"decision": "refuse", "reason": "No laboratory"})
    assert done.status_code == 303
    assert "No laboratory" in words(desk.get("/staff/customers/1"))
    assert at_desk(web_app, "sales").get("/staff/customers").status_code == 403
