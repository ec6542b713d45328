"""Versions, what changed between them, feeds, corrections, and the form to report an error."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import words
from stocked import open_shop

from shop.core.database import reading
from shop.education import reports, retractions
from shop.education.models import ReportState
from shop.web.storefront import corrections

PAGE = "/education/nootropics/cerebrolysin"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with open_shop(request, tmp_path_factory, "sqlite") as app:
        yield app


@pytest.fixture
def web(app: Flask) -> FlaskClient:
    return app.test_client()


def test_a_version_history_leads_to_what_changed(web: FlaskClient) -> None:
    page = web.get(PAGE).get_data(as_text=True)
    assert f'href="{PAGE}/changes/1..2"' in page
    assert f'href="{PAGE}/versions"' in page
    assert f'href="{PAGE}/report"' in page
    old = web.get(f"{PAGE}/v/1").get_data(as_text=True)
    assert "not the current one" in old
    assert f'href="{PAGE}/changes/1..2"' in old


def test_what_changed_is_shown_with_words_and_not_by_colour_alone(web: FlaskClient) -> None:
    answer = web.get(f"{PAGE}/changes/1..2")
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert "<ins>" in page
    assert "<del>" in page
    assert "Before:" in words(answer)
    assert 'content="noindex"' in page


def test_other_ways_to_ask_lead_to_the_one_address(web: FlaskClient) -> None:
    assert web.get(f"{PAGE}/changes/2..1").headers["Location"] == f"{PAGE}/changes/1..2"
    assert web.get(f"{PAGE}/versions?from=2&to=1").headers["Location"] == f"{PAGE}/changes/2..1"
    moved = web.get("/education/tissue-matrix/cerebrolysin/changes/1..2")
    assert moved.headers["Location"] == f"{PAGE}/changes/1..2"
    assert "These versions say the same" in words(web.get(f"{PAGE}/changes/2..2"))
    for missing in ("changes/1..9", "changes/0..1", "changes/1...2", "changes/x..y", "changes/1..99999999"):
        assert web.get(f"{PAGE}/{missing}").status_code == 404


def test_the_feeds_are_atom_with_lasting_addresses(web: FlaskClient) -> None:
    for path in ("/education/changes.atom", f"{PAGE}/changes.atom"):
        answer = web.get(path)
        assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
        feed = ElementTree.fromstring(answer.data)  # noqa: S314 - our own page
        entries = feed.findall(f"{ATOM}entry")
        ids = [entry.findtext(f"{ATOM}id") or "" for entry in entries]
        assert len(set(ids)) == len(ids) >= 2
        assert any(each.endswith(f"{PAGE}/v/2") for each in ids)
        times = [datetime.fromisoformat(entry.findtext(f"{ATOM}updated") or "") for entry in entries]
        assert times == sorted(times, reverse=True)
        assert all(each.tzinfo for each in times)
        assert feed.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated")


def test_a_report_needs_no_account_no_cookie_and_no_token(app: Flask, web: FlaskClient) -> None:
    form = web.get(f"{PAGE}/report")
    assert "Set-Cookie" not in form.headers
    assert "csrf_token" not in form.get_data(as_text=True)
    sent = web.post(
        f"{PAGE}/report", data={"text": "The year is wrong.", "where": "Table", "email": "a@example.org"}
    )
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{PAGE}/report/sent")
    assert "Set-Cookie" not in sent.headers
    assert "An editor compares your report" in words(web.get(f"{PAGE}/report/sent"))
    with app.app_context(), reading() as session:
        (row,) = reports.of_state(session, ReportState.OPEN, page=1)[0]
        assert (row.text, row.where, row.email) == ("The year is wrong.", "Table", "a@example.org")
        assert row.sender_key is not None
        assert "127.0.0.1" not in row.sender_key


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"text": ""}, "Say what is wrong"),
        ({"text": "x" * 4_001}, "at most 4,000 characters"),
        ({"text": "x\x00y"}, "letters, digits and punctuation"),
        ({"text": "x", "email": "nobody"}, "Enter an email address"),
        ({"text": "x", "where": "y" * 200}, "at most 120 characters"),
    ],
    ids=["empty", "long", "control", "address", "place"],
)
def test_a_report_that_cannot_be_kept_says_why_and_keeps_what_was_typed(
    web: FlaskClient, sent: dict[str, str], sentence: str
) -> None:
    answer = web.post(f"{PAGE}/report", data=sent)
    assert answer.status_code == 400
    assert sentence in words(answer)
    if sent.get("email"):
        assert 'value="nobody"' in answer.get_data(as_text=True)


def test_what_fills_the_trap_is_thanked_and_not_kept(app: Flask, web: FlaskClient) -> None:
    with app.app_context(), reading() as session:
        before = reports.counts(session)
    sent = web.post(f"{PAGE}/report", data={"text": "Buy things", "website": "https://spam.example"})
    assert sent.status_code == 303
    with app.app_context(), reading() as session:
        assert reports.counts(session) == before


def test_a_flood_is_told_to_wait(web: FlaskClient) -> None:
    codes = {web.post(f"{PAGE}/report", data={"text": f"Again {n}"}).status_code for n in range(8)}
    assert codes == {303, 429}


def test_another_site_cannot_send_a_report(web: FlaskClient) -> None:
    answer = web.post(f"{PAGE}/report", data={"text": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_a_report_about_nothing_is_not_found(web: FlaskClient) -> None:
    assert web.post("/education/nootropics/nothing/report", data={"text": "x"}).status_code == 404
    assert web.get("/education/x/cerebrolysin/report").headers["Location"] == f"{PAGE}/report"


def test_without_corrections_the_page_says_so(web: FlaskClient) -> None:
    assert "No corrections yet" in words(web.get("/corrections"))
    assert corrections.ReportForm().website.label.text == "Leave this field empty"


def test_the_criteria_of_refused_readings_are_published(web: FlaskClient) -> None:
    page = words(web.get("/how-monographs-are-written"))
    assert "What a reading cannot say" in page
    assert "only retracted sources" in page


def test_readers_are_told_which_list_of_retractions_of_which_date(app: Flask, web: FlaskClient) -> None:
    assert "Retraction status: not checked." in words(web.get(PAGE))
    head = "OriginalPaperDOI,OriginalPaperPubMedID,RetractionNature,RetractionDate\n"
    with app.app_context():
        text = f"{head},26564102,Retraction,1/31/2020 0:00\n"
        retractions.take_in(text.encode(), dated=datetime(2026, 11, 1).date(), actor="test")  # noqa: DTZ001
    page = web.get(PAGE)
    assert "compared with Retraction Watch of 1 November 2026" in words(page)
    assert "<s>" in page.get_data(as_text=True)
