"""The desk of the research-use statement: a version written, checked and published in three pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from at_a_desk import at_desk
from builders import make_lot, make_size, order_for
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import follow, words
from typed_forms import changed, form_of
from werkzeug.datastructures import MultiDict

from shop.core import clock

DESK = "/staff/attestations/statements"
NEW, PUBLISH = f"{DESK}/new", f"{DESK}/new/publish"


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
    return at_desk(web_app, "compliance")


def written(desk: FlaskClient, **changes: str) -> MultiDict[str, str]:
    """The form as it comes, with a clause more and what a test changes."""
    form = form_of(desk.get(NEW), NEW)
    form["begins"] = "now"
    form["clauses"] += "\n\n# Trained staff\nTrained people receive it."
    return changed(form, **changes)


def test_the_form_begins_with_the_words_of_the_newest_version(desk: FlaskClient) -> None:
    form = form_of(desk.get(NEW), NEW)
    assert (form["code"], form["after"], form["preamble"]) == ("RU-2", "RU-1", "Specimen statement.")
    assert form["clauses"].split("\n\n")[1] == "# Lawful at the delivery address\nLawful in {country}."
    assert "begins" not in form


def test_a_version_is_written_checked_and_published_for_now(desk: FlaskClient) -> None:
    checked = desk.post(NEW, data=written(desk, electronic="y"))
    assert checked.status_code == 200
    text = words(checked)
    for each in ("Check version RU-2", "Nothing. It may stand beside the cart", "Now: Trained staff"):
        assert each in text
    assert "Asked besides new" in text
    assert "RU-2" not in words(desk.get(DESK))

    asked = desk.post(PUBLISH, data=form_of(checked, PUBLISH))
    assert "every buyer is asked anew, by version RU-2" in words(asked)
    assert "can never be edited or withdrawn" in words(asked)
    form = form_of(asked, PUBLISH)
    form["step"] = "publish"
    refused = desk.post(PUBLISH, data=form)
    assert refused.status_code == 400
    assert "Give a reason" in words(refused)
    done = desk.post(PUBLISH, data=changed(form, reason="Training was missing."))
    page = words(follow(desk, done))
    assert "Version RU-2 is published, in force from" in page
    assert "4" in page
    assert "Agreement to sign electronically" in page
    assert "In force" in page
    assert "What changed from version RU-1" in page
    assert "Trained people receive it." in words(desk.get("/research-use-terms"))
    again = desk.post(PUBLISH, data=changed(form, reason="Sent twice."))
    assert again.status_code == 400
    assert "published meanwhile" in words(again)


def test_a_future_version_waits_and_its_page_says_how_it_is_mended(desk: FlaskClient) -> None:
    moment = (clock.now() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    checked = desk.post(NEW, data=written(desk, begins="later", moment=moment))
    form = form_of(desk.post(PUBLISH, data=form_of(checked, PUBLISH)), PUBLISH)
    assert form["moment"] == moment
    done = desk.post(PUBLISH, data=changed(form, step="publish", reason="Specimen"))
    assert "publish a version that begins later" in words(follow(desk, done))
    index = words(desk.get(DESK))
    assert index.index("RU-2") < index.index("Future") < index.index("RU-1") < index.index("UTC In force 1")
    assert "Trained people" not in words(desk.get("/research-use-terms"))


def test_changing_the_text_after_the_check_loses_nothing(desk: FlaskClient) -> None:
    sent = written(desk, approval="y", begins="later", moment="2030-01-01T10:30")
    checked = desk.post(NEW, data=sent)
    again = desk.post(NEW, data=changed(form_of(checked, NEW), step="edit"))
    assert again.status_code == 200
    back = form_of(again, NEW)
    assert {name: back[name].replace("\r\n", "\n") for name in sent} == dict(sent)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"code": ""}, "Enter a code, such as RU-2"),
        ({"code": "RU-1"}, "There is a version RU-1"),
        ({"code": "new"}, "letters, digits, hyphens and points"),
        ({"begins": ""}, "Select from when on it is in force"),
        ({"begins": "later"}, "Enter the date and time from which"),
        ({"begins": "later", "moment": "soon"}, "Enter a date and time in the form"),
        ({"begins": "later", "moment": "2026-02-01T00:00"}, "lie in the past"),
        ({"begins": "later", "moment": "2999-02-01T00:00"}, "between 2000 and 2099"),
        ({"preamble": "For {organisation}."}, "would stand as it is"),
        ({"clauses": "# A\nFor {land}."}, "Line 2: {land} is not filled in"),
        ({"clauses": "A\x00"}, "There is a problem"),
        ({"after": "RU-0"}, "published meanwhile"),
    ],
)
def test_an_odd_version_is_refused_in_words_on_every_page(
    desk: FlaskClient, changes: dict[str, str], sentence: str
) -> None:
    for page in (NEW, PUBLISH):
        answer = desk.post(page, data=written(desk, **changes))
        assert answer.status_code == 400, page
        assert sentence in words(answer)
    assert desk.post(PUBLISH, data={}).status_code == 400


def test_a_claim_keeps_a_version_from_being_published(desk: FlaskClient) -> None:
    form = written(desk, clauses="# A\nSemax treats stroke in patients.")
    checked = desk.post(NEW, data=form)
    assert "Blocks publishing" in words(checked)
    assert "can’t be published as it stands" in words(checked)
    assert "Go on to publishing" not in words(checked)
    asked = desk.post(PUBLISH, data=form)
    assert "Publish it for good" not in words(asked)
    seen = form_of(asked, PUBLISH)["seen"]
    forced = desk.post(PUBLISH, data=changed(form, step="publish", seen=seen, reason="Specimen"))
    assert forced.status_code == 400
    assert "This can’t be published" in words(forced)


def test_held_words_need_a_reason_of_their_own(desk: FlaskClient) -> None:
    checked = desk.post(NEW, data=written(desk, clauses="# A\nThe purity is 99%."))
    assert "Needs a reason" in words(checked)
    form = changed(form_of(desk.post(PUBLISH, data=form_of(checked, PUBLISH)), PUBLISH), step="publish")
    lacking = desk.post(PUBLISH, data=changed(form, reason="Specimen"))
    assert lacking.status_code == 400
    assert "Write down why each of these may stand" in words(lacking)
    given = changed(form, reason="Specimen", explanation="The specification says so.")
    assert desk.post(PUBLISH, data=given).status_code == 303


def test_who_may_not_publish_reads_the_versions_and_is_offered_no_form(web_app: Flask) -> None:
    sales = at_desk(web_app, "sales")
    page = sales.get(DESK)
    assert "RU-1" in words(page)
    assert "New version" not in words(page)
    assert "Lawful in {country}." in words(sales.get(f"{DESK}/RU-1"))
    assert sales.get(f"{DESK}/RU-9").status_code == 404
    assert sales.get(NEW).status_code == 403
