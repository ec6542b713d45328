"""The desks of the register and of the activity log: what they list, and how they are filtered."""

from __future__ import annotations

import pytest
from at_a_desk import at_desk
from builders import answer_all, draft_for, make_lot, make_size, order_for
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import words
from sqlalchemy import select

from shop.attestations.models import AttestationRecord
from shop.core import audit
from shop.core.database import reading, writing


@pytest.fixture
def engine() -> str:
    """The database makes no difference here."""
    return "sqlite"


@pytest.fixture
def desk(web_app: Flask) -> FlaskClient:
    with web_app.app_context():
        sku = make_size()
        make_lot(sku, 10)
        order_for({sku: 1})
        assert not answer_all(draft_for({sku: 1}, organisation="=HYPERLINK(1) Institute"), "no")
        with writing() as session:
            audit.log(
                session,
                actor="rosa@shop.example",
                action="lot.hold",
                subject="lot/SMX-1-A",
                before={"state": "released"},
                after={"state": "on_hold"},
                reason="=1+1 specimen reason",
            )
    return at_desk(web_app, "sales", "quality")


def test_the_register_lists_records_and_tells_who_could_not_confirm(desk: FlaskClient) -> None:
    page = words(desk.get("/staff/attestations"))
    assert "Vermeer Institute for Molecular Assays" in page
    assert "10001" in page
    assert "Could not confirm" in page
    refused = words(desk.get("/staff/attestations?refused=yes"))
    assert "HYPERLINK" in refused
    assert "10001" not in refused
    for question, there in (
        ("q=vermeer", True),
        ("q=10001", True),
        ("q=%25", False),
        ("country=NL", True),
        ("country=DE", False),
        ("statement=RU-1", True),
        ("statement=RU-9", False),
        ("since=2001-01-01", True),
        ("until=2001-01-01", False),
        ("since=nonsense&page=999", True),
    ):
        found = "10001" in words(desk.get(f"/staff/attestations?{question}"))
        assert found == there, question


def test_the_register_as_a_file_runs_nothing_in_a_spreadsheet(desk: FlaskClient) -> None:
    text = desk.get("/staff/attestations.csv").get_data(as_text=True)
    assert "'=HYPERLINK(1) Institute" in text
    assert "RU-1,10001,NL,Vermeer Institute" in text


def test_a_record_opens_with_its_hash_and_can_be_kept_as_pdf(desk: FlaskClient, web_app: Flask) -> None:
    with web_app.app_context(), reading() as session:
        record = session.scalars(select(AttestationRecord).order_by(AttestationRecord.sequence)).first()
        assert record is not None
        record_id, record_hash = record.id, record.record_hash
    assert record_hash in words(desk.get(f"/staff/attestations/{record_id}"))
    copy = desk.get(f"/staff/attestations/{record_id}.pdf")
    assert copy.data.startswith(b"%PDF-")
    assert copy.headers["Content-Disposition"].startswith("attachment")
    assert desk.get("/staff/attestations/nothing.pdf").status_code == 404


def test_the_log_says_who_what_before_after_and_why(desk: FlaskClient) -> None:
    page = words(desk.get("/staff/log?q=rosa"))
    for told in ("rosa@shop.example", "lot.hold", "lot/SMX-1-A", "state: released", "state: on_hold"):
        assert told in page
    assert "=1+1 specimen reason" in page
    assert "rosa@shop.example" not in words(desk.get("/staff/log?until=2001-01-01"))
    text = desk.get("/staff/log.csv?q=lot.hold").get_data(as_text=True)
    assert "'=1+1 specimen reason" in text
