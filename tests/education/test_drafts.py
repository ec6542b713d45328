"""Drafts: written by some, published by another, and nobody's words are lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from monograph_builders import GOOD
from sqlalchemy import select

from shop.compounds.models import Category, Compound, CompoundKind
from shop.core import clock
from shop.core.audit import AuditEntry
from shop.core.database import reading, writing
from shop.core.errors import NotFound, Refused
from shop.education import drafts, monograph_file, reports, revisions
from shop.education.drafts import TEXT, ChangedMeanwhile, Draft, NotSaved
from shop.education.models import DraftState, ReportState
from shop.education.monograph import ChangeKind, MonographText
from shop.education.reports import NewReport
from shop.education.revisions import NotPublishable

FILE = monograph_file.read(GOOD)
WRITER, OTHER, VERIFIER = "writer@example.org", "other@example.org", "verifier@example.org"


@pytest.fixture(autouse=True)
def _compound(shop: Flask) -> None:
    with writing() as session:
        category = Category(slug="nootropics", name="Nootropics", code="noo", scope="", position=1)
        session.add(
            Compound(
                slug="semax",
                name="Semax",
                kind=CompoundKind.MIXTURE,
                category=category,
                substance_class="Mixture",
                disulfides=[],
                created_at=clock.now(),
            )
        )


def begun() -> Draft:
    """A draft of the file, by the writer."""
    drafts.take_in(FILE, actor=WRITER)
    return draft()


def draft() -> Draft:
    """The draft as it is now."""
    with reading() as session:
        return drafts.find(session, "semax")


def is_gone() -> bool:
    """Whether there is no draft."""
    with reading() as session:
        return drafts.all_drafts(session) == []


def save(part: str, change: Callable[[dict[str, Any]], object], *, by: str = WRITER) -> Draft:
    """Change a part of the draft as it is now."""
    value, shown = opened(part)
    change(value)
    return drafts.save("semax", part, value, shown=shown, actor=by)


def opened(part: str) -> tuple[dict[str, Any], str]:
    """A part as an editor has it open, and what names its state."""
    content = draft().content
    value = drafts.part_of(content, part)
    return dict(value) if isinstance(value, dict) else {}, drafts.state_of(content, part)


def hand_in(kind: ChangeKind = ChangeKind.NEW_EVIDENCE, by: str = WRITER) -> str:
    """Hand the draft in; returns the state the second person is shown."""
    drafts.hand_in("semax", shown=draft().sha256, kind=kind, note="What changed.", author="Writer", actor=by)
    return draft().sha256


def publish(shown: str, *, by: str = VERIFIER, name: str = "Verifier", **more: Any) -> int:
    """Publish the draft."""
    return drafts.publish("semax", shown=shown, actor=by, name=name, **more).number


def published() -> MonographText:
    """What readers see."""
    with reading() as session:
        revision = revisions.current(session, "semax")
        assert revision is not None
        return revisions.load(revision)


def test_a_file_is_kept_as_it_came() -> None:
    assert begun().text == FILE
    assert monograph_file.write_yaml(draft().text) == GOOD
    assert draft().state is DraftState.WRITING


def test_a_compound_that_is_not_in_the_catalogue_is_said_plainly() -> None:
    with pytest.raises(NotFound, match="no compound “nothing” in the catalogue of compounds"):
        drafts.take_in(replace(FILE, compound="nothing"), actor=WRITER)
    assert is_gone()


def test_a_file_replaces_a_draft_only_when_asked_to() -> None:
    begun()
    newer = replace(FILE, title="Newer")
    with pytest.raises(Refused, match=r"writer@example\.org is writing a draft about Semax"):
        drafts.take_in(newer, actor=OTHER)
    drafts.take_in(newer, actor=OTHER, replacing=True)
    assert draft().text.title == "Newer"
    assert draft().writers == (OTHER, WRITER)


def test_an_empty_draft_can_be_begun_and_handed_in_only_when_written() -> None:
    drafts.begin("semax", actor=WRITER, author="Writer")
    assert (draft().text.title, draft().text.author, draft().based_on) == ("Semax", "Writer", None)
    with pytest.raises(NotPublishable) as refused:
        hand_in()
    assert {error.path for error in refused.value.errors} >= {"standfirst", "reading.reason"}
    assert draft().state is DraftState.WRITING


def test_a_draft_of_a_published_monograph_begins_with_it() -> None:
    begun()
    publish(hand_in())
    drafts.begin("semax", actor=OTHER, author="Other")
    began = draft()
    assert (began.based_on, began.text.author, began.text.change_note) == (1, "Other", "")
    assert began.text.evidence == published().evidence


def test_a_part_is_saved_and_the_rest_stays() -> None:
    begun()
    saved = save(TEXT, lambda value: value.update(standfirst="Another one."))
    assert saved.text == replace(FILE, standfirst="Another one.")
    saved = save("evidence/scans", lambda value: value.update(upper="1.95"))
    assert saved.text.evidence == (replace(FILE.evidence[0], upper="1.95"),)
    assert saved.text.standfirst == "Another one."


@pytest.mark.parametrize(
    ("part", "change", "path"),
    [
        (TEXT, {"summary": "[x](javascript:alert(1))"}, "summary"),
        (TEXT, {"summary": "x" * 100_000}, "summary"),
        (TEXT, {"title": ""}, "title"),
        ("evidence/scans", {"lower": "1.50"}, "evidence[1].estimate"),
        ("evidence/scans", {"lower": "2", "estimate": None}, "evidence[1].lower"),
        ("evidence/scans", {"p_text": "P=1.2"}, "evidence[1].p_text"),
        ("evidence/scans", {"n_total": 3}, "evidence[1].n_total"),
        ("evidence/scans", {"extracted_by": "Ann", "verified_by": " ann"}, "evidence[1].verified_by"),
        ("evidence/scans", {"source": "nobody"}, "evidence[1].source"),
        ("sources/trial", {"doi": "11.1/x"}, "sources[1].doi"),
        ("sources/trial", {"pmid": "PMC1"}, "sources[1].pmid"),
    ],
    ids=("link 100k empty outside order p count one-person nowhere doi pmid".split()),
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_saved(
    part: str, change: dict[str, Any], path: str
) -> None:
    before = begun()
    with pytest.raises(NotSaved) as refused:
        save(part, lambda value: value.update(change))
    assert [error.path for error in refused.value.errors] == [path]
    assert draft() == before


def test_a_row_that_something_rests_on_cannot_be_taken_out() -> None:
    begun()
    value, shown = opened("evidence/scans")
    with pytest.raises(NotSaved) as refused:
        drafts.save("semax", "evidence/scans", None, shown=shown, actor=WRITER)
    assert {error.path for error in refused.value.errors} == {
        "cards[1].record",
        "reading.no_benefit.records[1]",
    }
    drafts.save(
        "semax",
        "evidence/more",
        {**value, "id": "more"},
        shown=drafts.state_of({}, "evidence/x"),
        actor=WRITER,
    )
    drafts.save("semax", "evidence/more", None, shown=opened("evidence/more")[1], actor=WRITER)
    assert draft().text == FILE


def test_a_stale_save_is_told_so_and_undoes_nothing() -> None:
    begun()
    value, shown = opened(TEXT)
    save(TEXT, lambda theirs: theirs.update(title="Theirs"), by=OTHER)
    with pytest.raises(ChangedMeanwhile, match=r"other@example\.org changed this") as changed:
        drafts.save("semax", TEXT, {**value, "title": "Mine"}, shown=shown, actor=WRITER)
    assert changed.value.draft.text.title == "Theirs"
    assert draft().text.title == "Theirs"
    drafts.save(
        "semax", TEXT, {**value, "title": "Mine"}, shown=drafts.state_of(draft().content, TEXT), actor=WRITER
    )
    assert draft().text.title == "Mine"


def test_two_editors_of_two_parts_do_not_meet() -> None:
    begun()
    value, shown = opened("evidence/scans")
    save(TEXT, lambda theirs: theirs.update(title="Theirs"), by=OTHER)
    drafts.save("semax", "evidence/scans", {**value, "upper": "1.95"}, shown=shown, actor=WRITER)
    assert (draft().text.title, draft().text.evidence[0].upper) == ("Theirs", "1.95")


def test_whoever_wrote_in_a_draft_cannot_publish_it() -> None:
    begun()
    save(TEXT, lambda value: value.update(title="Changed"), by=OTHER)
    shown = hand_in()
    for person in (WRITER, OTHER):
        with pytest.raises(Refused, match="somebody else has to verify"):
            publish(shown, by=person, name="Another name")
    assert publish(shown) == 1
    assert is_gone()


def test_the_author_under_another_address_cannot_publish_either() -> None:
    begun()
    with pytest.raises(Refused, match="A second person verifies"):
        publish(hand_in(), name="writer")
    assert draft().state is DraftState.WAITING


def test_only_what_was_handed_in_and_seen_is_published() -> None:
    begun()
    with pytest.raises(Refused, match="does not wait"):
        publish(draft().sha256)
    shown = hand_in()
    save(TEXT, lambda value: value.update(title="Changed"))
    assert draft().state is DraftState.WRITING
    hand_in()
    with pytest.raises(ChangedMeanwhile):
        publish(shown)
    with reading() as session:
        assert revisions.current(session, "semax") is None


def test_new_and_changed_records_carry_both_names_and_others_keep_theirs() -> None:
    begun()
    publish(hand_in())
    (first,) = published().evidence
    assert (first.extracted_by, first.verified_by) == ("Writer", "Verifier")
    drafts.begin("semax", actor=OTHER, author="Other")
    value, _shown = opened("evidence/scans")
    more = {**value, "id": "more", "extracted_by": "Third", "verified_by": ""}
    drafts.save("semax", "evidence/more", more, shown=drafts.state_of({}, "evidence/more"), actor=OTHER)
    drafts.hand_in(
        "semax",
        shown=draft().sha256,
        kind=ChangeKind.NEW_EVIDENCE,
        note="One more.",
        author="Other",
        actor=OTHER,
    )
    publish(draft().sha256, by=WRITER, name="Writer")
    kept, added = published().evidence
    assert kept == first
    assert (added.extracted_by, added.verified_by) == ("Third", "Writer")


def test_nobody_verifies_a_record_they_extracted() -> None:
    begun()
    save("evidence/scans", lambda value: value.update(extracted_by="Verifier"))
    with pytest.raises(Refused, match="Verifier extracted “scans”, so somebody else"):
        publish(hand_in())


def test_a_contradicted_reading_is_not_handed_in() -> None:
    begun()
    save(TEXT, lambda value: value["reading"].update(verdict="favourable"))
    with pytest.raises(NotPublishable) as refused:
        hand_in()
    assert [error.path for error in refused.value.errors] == ["reading.verdict"]


def test_a_draft_goes_back_with_a_reason_and_away_with_one() -> None:
    begun()
    drafts.send_back("semax", shown=hand_in(), reason="Compare row 1.", actor=VERIFIER)
    assert (draft().state, draft().sent_back) == (DraftState.WRITING, "Compare row 1.")
    drafts.discard("semax", shown=draft().sha256, reason="Not needed.", actor=WRITER)
    assert is_gone()
    with reading() as session:
        found = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert found == [
        "monograph.draft_begun",
        "monograph.draft_handed_in",
        "monograph.draft_sent_back",
        "monograph.draft_discarded",
    ]


def test_a_correction_answers_the_reports_that_led_to_it() -> None:
    begun()
    publish(hand_in())
    report = reports.receive("semax", NewReport(text="Wrong.", email="reader@example.org", sender_key="k"))
    for kind in (ChangeKind.WORDING, ChangeKind.CORRECTION):
        drafts.begin("semax", actor=OTHER, author="Other")
        save(TEXT, lambda value: value.update(standfirst="Put right."), by=OTHER)
        drafts.hand_in(
            "semax", shown=draft().sha256, kind=kind, note="Put right.", author="Other", actor=OTHER
        )
        if kind is ChangeKind.WORDING:
            with pytest.raises(Refused, match="not published as a correction"):
                publish(draft().sha256, by=WRITER, name="Writer", reports_corrected=[report])
            drafts.discard("semax", shown=draft().sha256, reason="x", actor=OTHER)
        else:
            publish(draft().sha256, by=WRITER, name="Writer", reports_corrected=[report])
    with reading() as session:
        row = reports.find(session, report)
        assert (row.state, row.email, row.sender_key) == (ReportState.CORRECTED, None, None)
        (correction,) = reports.corrections(session)
    assert (correction.number, correction.note, len(correction.reported_at)) == (2, "Put right.", 1)
