"""The monograph desk through its pages: a structured form, a second person, files in and out."""

from __future__ import annotations

import time
from io import BytesIO

import pytest
from at_a_desk import browser, queries, sign_in
from builders import someone
from flask import Flask
from flask.testing import FlaskClient
from monograph_builders import GOOD
from reading_pages import words
from typed_forms import changed, form_of
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart
from wtforms import FormField

from shop.compounds.models import Category, Compound, CompoundKind
from shop.core import clock
from shop.core.database import writing
from shop.education import monograph_file, revisions
from shop.education.monograph import MonographText
from shop.web.staff import monograph_forms

EDIT = "/staff/monographs/semax/edit"
ROW = f"{EDIT}/evidence/scans"
ADD = f"{EDIT}/evidence"
HAND_IN = "/staff/monographs/semax/hand-in"
VERIFY = "/staff/monographs/semax/verify"
IMPORT = "/staff/monographs/import"
DRAFT = "/staff/monographs/semax/draft.yaml"


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    """The pages are the same on both databases; the use cases are tested on both."""
    return str(request.param)


@pytest.fixture(autouse=True)
def _compound(web_app: Flask) -> None:
    with web_app.app_context(), writing() as session:
        category = Category(slug="nootropics", name="Nootropics", code="noo", scope="", position=1)
        for slug in ("semax", "selank"):
            session.add(
                Compound(
                    slug=slug,
                    name=slug.title(),
                    kind=CompoundKind.MIXTURE,
                    category=category,
                    substance_class="Mixture",
                    disulfides=[],
                    created_at=clock.now(),
                )
            )


def editor(app: Flask, name: str) -> FlaskClient:
    """The browser of an editor of this name."""
    with app.app_context():
        member = someone("editor", name=name)
    client = browser(app)
    assert sign_in(client, member.email).status_code == 303
    return client


@pytest.fixture
def rosa(web_app: Flask) -> FlaskClient:
    return editor(web_app, "Rosa")


@pytest.fixture
def tomas(web_app: Flask) -> FlaskClient:
    return editor(web_app, "Tomas")


def take_in(client: FlaskClient, text: str, **more: str) -> TestResponse:
    """Upload a file."""
    fields = {"file": FileStorage(BytesIO(text.encode()), filename="monograph.yaml"), **more}
    boundary, body = encode_multipart(fields)
    return client.post(IMPORT, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def problems(page: TestResponse) -> str:
    """The error summary in words."""
    text = words(page)
    start = text.index("There is a problem")
    return text[start : start + 1500]


def hand_in(client: FlaskClient, kind: str = "new_evidence") -> TestResponse:
    form = form_of(client.get(HAND_IN), HAND_IN)
    return client.post(HAND_IN, data=changed(form, kind=kind, note="What changed.", author="Rosa"))


def publish(client: FlaskClient) -> TestResponse:
    form = form_of(client.get(VERIFY), VERIFY)
    return client.post(VERIFY, data=changed(form, agrees="y", action="publish"))


def test_only_editors_come_to_the_desk(web_app: Flask) -> None:
    with web_app.app_context():
        member = someone("warehouse")
    client = browser(web_app)
    sign_in(client, member.email)
    for path in ("/staff/monographs", EDIT, VERIFY, "/staff/reports"):
        assert client.get(path).status_code == 403
    assert browser(web_app).get(EDIT).status_code == 302


def test_a_file_goes_in_and_comes_out_the_same(rosa: FlaskClient) -> None:
    assert take_in(rosa, GOOD).headers["Location"] == EDIT
    assert rosa.get(DRAFT).get_data(as_text=True) == GOOD
    as_json = rosa.get(DRAFT.replace("yaml", "json")).get_data(as_text=True)
    assert take_in(rosa, as_json, replacing="1").status_code == 303
    assert rosa.get(DRAFT).get_data(as_text=True) == GOOD


def test_the_form_sends_back_what_it_was_given(rosa: FlaskClient) -> None:
    take_in(rosa, GOOD)
    for address in (EDIT, ROW, f"{EDIT}/sources/trial"):
        answer = rosa.post(address, data=changed(form_of(rosa.get(address), address), action="save"))
        assert answer.status_code == 303, problems(answer)
    assert rosa.get(DRAFT).get_data(as_text=True) == GOOD


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            GOOD.replace("lower: '-0.10'", "lower: '2.10'"),
            "line {lower:}, evidence[1].lower: The lower limit",
        ),
        (GOOD.replace("pmid: '30225715'", "pmid: 'x'"), "line {pmid:}, sources[1].pmid"),
        (GOOD.replace("compound: semax", "compound: nothing"), "no compound “nothing” in the catalogue"),
        (GOOD.replace("reading:", "reeding:"), "did you mean “reading”?"),
        ("a: [", "not well-formed"),
        ("", "Choose a file"),
        ("\xff" * 3, "A monograph is a mapping"),
        ("x" * 2_100_000, "at most 2 MB"),
    ],
    ids=["impossible", "identifier", "compound", "misspelt", "broken", "empty", "no-mapping", "huge"],
)
def test_a_bad_file_is_refused_with_its_line_and_nothing_is_kept(
    rosa: FlaskClient, text: str, sentence: str
) -> None:
    answer = take_in(rosa, text)
    assert answer.status_code == 400
    for name in ("lower:", "pmid:"):
        line = next((number for number, line in enumerate(text.splitlines(), 1) if name in line), 0)
        sentence = sentence.replace("{" + name + "}", str(line))
    assert sentence in words(answer)
    assert rosa.get(EDIT).status_code == 404


def test_a_file_that_is_no_text_is_refused(rosa: FlaskClient) -> None:
    answer = rosa.post(IMPORT, data={"file": (BytesIO(b"\xff\xfe\x00"), "x.yaml")})
    assert "not UTF-8" in words(answer)


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("summary", "[x](javascript:alert(1))", "may not link to"),
        ("summary", "[x](data:text/html;base64,PHM+)", "may not link to"),
        ("summary", "[x](https://elsewhere.example/)", "may not link to"),
        ("summary", "<script>alert(1)</script>", "HTML is not read here: “<script>”"),
        ("summary", "<style>p{}</style>", "HTML is not read here: “<style>”"),
        ("handling", "x" * 100_000, "at most 20,000 characters, not 100,000"),
        ("title", "x" * 100_000, "at most 120 characters"),
        ("summary", "[@nobody]", "There is no source “nobody”"),
        ("summary", "a\x00b", "control character"),
        ("reviewed_on", "yesterday", "Write a date as 2026-09-18"),
        ("reading__verdict", "splendid", "Write one of"),
        ("reading__favourable__records", "scans\nnothing", "There is no record “nothing”"),
        ("cards__0__record", "", "This needs text"),
        ("mechanism_statements__0__text", "x" * 5_000, "at most 4,000 characters"),
    ],
    ids=(
        "javascript data off-list script style long-section long-title source control day choice record row "
        "statement"
    ).split(),
)
def test_a_field_says_what_is_wrong_within_a_second_and_keeps_what_was_typed(
    rosa: FlaskClient, field: str, typed: str, sentence: str
) -> None:
    take_in(rosa, GOOD)
    form = changed(form_of(rosa.get(EDIT), EDIT), **{field: typed, "action": "save"})
    began = time.perf_counter()
    answer = rosa.post(EDIT, data=form)
    assert time.perf_counter() - began < 2
    assert answer.status_code == 400
    assert sentence in problems(answer)
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)
    if typed != "splendid":
        assert form_of(answer, EDIT)[field.replace("__", "-")] == typed
    assert rosa.get(DRAFT).get_data(as_text=True) == GOOD


def test_a_paste_of_five_megabytes_is_answered_at_once(rosa: FlaskClient) -> None:
    take_in(rosa, GOOD)
    form = changed(form_of(rosa.get(EDIT), EDIT), summary="x" * 5_000_000, action="save")
    began = time.perf_counter()
    answer = rosa.post(EDIT, data=form)
    assert time.perf_counter() - began < 2
    assert answer.status_code in (400, 413)
    assert "at most 20,000 characters" in words(answer) or "at most 1 MB of text" in words(answer)


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("estimate", "abc", "Estimate, as printed: “abc” is not a number"),
        ("lower", "2,0", "with a point before the decimals"),
        ("lower", "3", "The lower limit 3 is above"),
        ("p_text", "P=1.2", "P lies between 0 and 1"),
        ("n_treated", "-1", "Write a whole number"),
        ("events_treated", "99", "99 events among 14 participants"),
        ("level", "95", "A level is a fraction"),
        ("source", "nobody", "There is no source “nobody”"),
        ("measure", "nonsense", "Write one of"),
        ("other_timepoints", "1 year | nothing", "There is no record “nothing”"),
        ("outcome", "", "This needs text"),
    ],
    ids="words comma order p count events level source measure timepoint outcome".split(),
)
def test_an_impossible_record_is_refused_at_the_field(
    rosa: FlaskClient, field: str, typed: str, sentence: str
) -> None:
    take_in(rosa, GOOD)
    answer = rosa.post(ROW, data=changed(form_of(rosa.get(ROW), ROW), action="save", **{field: typed}))
    assert answer.status_code == 400
    assert sentence in problems(answer)
    assert f'href="#{field}"' in answer.get_data(as_text=True)
    assert rosa.get(DRAFT).get_data(as_text=True) == GOOD


def test_records_are_added_changed_and_removed(rosa: FlaskClient) -> None:
    take_in(rosa, GOOD)
    form = changed(
        form_of(rosa.get(ADD), ADD),
        id="death",
        outcome="Death",
        source="trial",
        design="rct",
        species="human",
        measure="rr",
        direction="neutral",
        status="verified",
        estimate="0.86",
        lower="0.68",
        upper="1.09",
        p_text="P=0.21",
        better="lower",
        action="save",
    )
    assert rosa.post(ADD, data=form).status_code == 303
    assert "There is a “death” already" in problems(rosa.post(ADD, data=form))
    address = f"{ADD}/death"
    changed_row = changed(form_of(rosa.get(address), address), upper="1.10", action="save")
    assert rosa.post(address, data=changed_row).status_code == 303
    draft = monograph_file.read(rosa.get(DRAFT).get_data(as_text=True))
    assert [(each.id, each.upper) for each in draft.evidence] == [("scans", "1.90"), ("death", "1.10")]
    gone = changed(form_of(rosa.get(address), address), action="remove")
    assert rosa.post(address, data=gone).status_code == 303
    assert rosa.get(DRAFT).get_data(as_text=True) == GOOD
    kept = rosa.post(ROW, data=changed(form_of(rosa.get(ROW), ROW), action="remove"))
    assert "cannot be removed while these name it" in problems(kept)


def test_a_preview_is_the_public_page_with_findings_and_saves_nothing(rosa: FlaskClient) -> None:
    take_in(rosa, GOOD)
    form = changed(form_of(rosa.get(EDIT), EDIT), standfirst="Said <b>otherwise</b>.", action="preview")
    page = rosa.post(EDIT, data=form)
    html = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "Said &lt;b&gt;otherwise&lt;/b&gt;." in html
    assert 'class="mono-head"' in html
    assert "What you typed, as readers would see it. It is not saved." in words(page)
    assert "Not given" in words(page) or "to check" in words(page)
    assert rosa.get(DRAFT).get_data(as_text=True) == GOOD
    again = rosa.post(EDIT, data=changed(form_of(page, EDIT), action="edit"))
    assert form_of(again, EDIT)["standfirst"] == "Said <b>otherwise</b>."
    assert rosa.post(EDIT, data=changed(form_of(page, EDIT), action="save")).status_code == 303
    assert "Said <b>otherwise</b>." in rosa.get(DRAFT).get_data(as_text=True)
    row = rosa.post(ROW, data=changed(form_of(rosa.get(ROW), ROW), upper="1.95", action="preview"))
    assert "1.95" in words(row)


def test_the_form_shows_every_field_so_that_saving_loses_nothing(rosa: FlaskClient) -> None:
    take_in(rosa, GOOD.replace("reading:\n", "reading:\n  scope: on connectivity\n"))
    form = form_of(rosa.get(EDIT), EDIT)
    for field in monograph_forms.form_of(MonographText)():
        inner = [each.name for each in field.form] if isinstance(field, FormField) else [field.name]
        missing = [name for name in inner if not any(each.startswith(name) for each in form)]
        assert not missing, missing
    assert form["reading-scope"] == "on connectivity"
    assert rosa.post(EDIT, data=changed(form, action="save")).status_code == 303
    assert "scope: on connectivity" in rosa.get(DRAFT).get_data(as_text=True)


def test_two_editors_at_once_are_told_and_nothing_is_lost(rosa: FlaskClient, tomas: FlaskClient) -> None:
    take_in(rosa, GOOD)
    mine, theirs = (form_of(client.get(EDIT), EDIT) for client in (rosa, tomas))
    assert tomas.post(EDIT, data=changed(theirs, standfirst="Theirs.", action="save")).status_code == 303
    answer = rosa.post(EDIT, data=changed(mine, standfirst="Mine.", action="save"))
    assert answer.status_code == 409
    assert "changed this while you had it open" in words(answer)
    assert "Before: Theirs. Now: Mine." in words(answer)
    assert "Theirs." in rosa.get(DRAFT).get_data(as_text=True)
    again = form_of(answer, EDIT)
    assert again["standfirst"] == "Mine."
    assert rosa.post(EDIT, data=changed(again, action="save")).status_code == 303
    assert "Mine." in rosa.get(DRAFT).get_data(as_text=True)


def test_a_monograph_is_begun_handed_in_and_published_by_a_second_person(
    web_app: Flask, rosa: FlaskClient, tomas: FlaskClient
) -> None:
    take_in(rosa, GOOD)
    missing = rosa.post(HAND_IN, data=changed(form_of(rosa.get(HAND_IN), HAND_IN), kind="", note=""))
    assert "Select what kind of change it is" in problems(missing)
    assert hand_in(rosa).status_code == 303
    assert "Somebody else has to verify this" in words(rosa.get(VERIFY))
    not_agreed = tomas.post(VERIFY, data=changed(form_of(tomas.get(VERIFY), VERIFY), action="publish"))
    assert "Compare the records with their sources" in problems(not_agreed)
    own = rosa.post(VERIFY, data={"shown": "x", "agrees": "y", "action": "publish"})
    assert "somebody else has to verify" in problems(own)
    assert publish(tomas).status_code == 303
    page = rosa.get("/education/nootropics/semax")
    assert page.status_code == 200
    assert "Written by Rosa, verified by Tomas." in words(page)
    assert tomas.get(EDIT).status_code == 404


def test_a_draft_can_be_sent_back_and_thrown_away(rosa: FlaskClient, tomas: FlaskClient) -> None:
    take_in(rosa, GOOD)
    hand_in(rosa)
    form = form_of(tomas.get(VERIFY), VERIFY)
    assert "Give a reason" in problems(tomas.post(VERIFY, data=changed(form, action="send_back")))
    back = tomas.post(VERIFY, data=changed(form, action="send_back", reason="Row 1 is wrong."))
    assert back.status_code == 303
    assert "Row 1 is wrong." in words(rosa.get(EDIT))
    address = "/staff/monographs/semax/discard"
    assert rosa.post(address, data=form_of(rosa.get(address), address)).status_code == 400
    gone = changed(form_of(rosa.get(address), address), reason="Not needed.")
    assert rosa.post(address, data=gone).status_code == 303
    assert rosa.get(EDIT).status_code == 404


def test_the_list_shows_what_is_published_written_and_waiting(
    web_app: Flask, rosa: FlaskClient, tomas: FlaskClient
) -> None:
    with web_app.app_context():
        revisions.publish(monograph_file.read(GOOD), actor="test")
    assert rosa.post("/staff/monographs/selank/begin").status_code == 303
    page = words(rosa.get("/staff/monographs"))
    assert "All 2 Being written 1 Waiting for a second person 0 Published 1 Not begun 0" in page
    for view in ("writing", "waiting", "published", "none", "nonsense"):
        assert rosa.get(f"/staff/monographs?view={view}").status_code == 200
    assert queries(web_app, rosa, "/staff/monographs") <= 12
    assert queries(web_app, rosa, "/staff/monographs/selank/edit") <= 12
    version = rosa.get("/staff/monographs/semax/v/1.yaml")
    assert version.get_data(as_text=True) == GOOD
    assert "attachment" in version.headers["Content-Disposition"]


def test_an_empty_draft_is_written_from_nothing(rosa: FlaskClient) -> None:
    assert rosa.post("/staff/monographs/selank/begin").headers["Location"] == "/staff/monographs/selank/edit"
    assert rosa.get("/staff/monographs/selank/preview").status_code == 200
    address = "/staff/monographs/selank/edit"
    form = changed(
        form_of(rosa.get(address), address),
        standfirst="A heptapeptide.",
        reading__verdict="preclinical_only",
        reading__reason="No result in people.",
        reading__favourable__text="None.",
        reading__uncertain__text="None.",
        reading__no_benefit__text="None.",
        glance__0__name="Form",
        glance__0__value="Powder",
        glance__0__basis="published",
        action="save",
    )
    assert rosa.post(address, data=form).status_code == 303
    hand = "/staff/monographs/selank/hand-in"
    answer = rosa.post(
        hand, data=changed(form_of(rosa.get(hand), hand), kind="new_evidence", note="First version.")
    )
    assert answer.status_code == 303


def test_the_checks_follow_what_is_typed(rosa: FlaskClient) -> None:
    take_in(rosa, GOOD)
    form = form_of(rosa.get(EDIT), EDIT)
    address = "/staff/monographs/semax/checks"
    assert "There is no source “nobody”" in words(rosa.post(address, data=changed(form, summary="[@nobody]")))
    contradicted = words(rosa.post(address, data=changed(form, reading__verdict="favourable")))
    assert "1 blocks publishing" in contradicted
    assert rosa.get(DRAFT).get_data(as_text=True) == GOOD


def test_reports_are_decided_at_their_desk(web_app: Flask, rosa: FlaskClient) -> None:
    with web_app.app_context():
        revisions.publish(monograph_file.read(GOOD), actor="test")
    reader = browser(web_app)
    sent = reader.post("/education/nootropics/semax/report", data={"text": "The year is wrong."})
    assert sent.status_code == 303
    assert "The year is wrong." in words(rosa.get("/staff/reports"))
    address = "/staff/reports/1"
    form = form_of(rosa.get(address), address)
    assert "Select what becomes of the report" in problems(rosa.post(address, data=form))
    assert rosa.post(address, data=changed(form, state="corrected", reason="x")).status_code == 400
    assert rosa.post(address, data=changed(form, state="declined", reason="It is right.")).status_code == 303
    assert "It is right." in words(rosa.get(address))
    assert rosa.get("/staff/reports/2").status_code == 404
    assert rosa.get("/staff/reports?view=all&page=x").status_code == 200


@pytest.mark.parametrize(
    "path", ["edit", "edit/evidence/x", "edit/sources", "hand-in", "verify", "discard", "preview"]
)
def test_what_is_not_there_is_not_found(rosa: FlaskClient, path: str) -> None:
    for slug in ("nothing", "semax", "%00", "x" * 300):
        assert rosa.get(f"/staff/monographs/{slug}/{path}").status_code == 404


def test_junk_in_a_form_is_answered_and_changes_nothing(rosa: FlaskClient) -> None:
    take_in(rosa, GOOD)
    for address in (EDIT, ROW, ADD, HAND_IN, VERIFY, "/staff/monographs/semax/checks"):
        for junk in (
            {},
            {"shown": "x", "action": "save"},
            {"action": "nonsense", "glance-999999999-name": "x", "id": "\x00"},
            {f"glance-{number}-name": "x" for number in range(60)},
            {"corrected": ["x", "1"], "agrees": "y", "action": "publish", "shown": "x"},
        ):
            assert rosa.post(address, data=junk).status_code in (200, 400, 409), address
    assert rosa.get(DRAFT).get_data(as_text=True) == GOOD
