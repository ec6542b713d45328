"""What of a monograph is free text, and which outcomes rest on the records."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask

from shop.claims.holds import Blocked, NeedsReasons
from shop.claims.rules import Surface, Verdict
from shop.compounds.models import Category, Compound, CompoundKind
from shop.core import clock
from shop.core.database import writing
from shop.education import revisions
from shop.education.claims_of_monograph import is_complete, judged
from shop.education.evidence import (
    Design,
    Direction,
    EvidenceRecord,
    EvidenceStatus,
    Measure,
    Seen,
    Source,
    Species,
    SponsorClass,
)
from shop.education.monograph import MonographText, Reading, ReadingPart, Statement
from shop.education.monograph import Verdict as Reads

RECORD = EvidenceRecord(
    id="sleep",
    outcome="Hours slept",
    source="trial",
    design=Design.RCT,
    species=Species.HUMAN,
    measure=Measure.MD,
    direction=Direction.FAVOURS_COMPOUND,
    status=EvidenceStatus.VERIFIED,
    population="adults",
    n_total=120,
    estimate="0.4",
    studied_material="The maker's solution",
    sponsor_class=SponsorClass.INDEPENDENT,
    extracted_by="Specimen author A",
    verified_by="Specimen reviewer B",
)
TRIAL = Source(key="trial", label="A trial", seen=Seen.ABSTRACT, pmid="26564102", trial="NOCTURNE")
OUTCOME = "Patients given it slept longer than those on placebo."
TEXT = MonographText(
    compound="semax",
    title="Semax",
    standfirst="A heptapeptide.",
    change_note="First version.",
    author="Specimen author A",
    verified_by="Specimen reviewer B",
    reviewed_on=date(2026, 11, 20),
    reading=Reading(
        verdict=Reads.UNCERTAIN,
        reason="One small study.",
        favourable=ReadingPart(text="None."),
        uncertain=ReadingPart(text="None.", records=("sleep",)),
        no_benefit=ReadingPart(text="None."),
    ),
    sources=(TRIAL,),
    evidence=(RECORD,),
)


def found(text: MonographText) -> list[tuple[str, str, Verdict]]:
    return [
        (each.place, finding.rule, finding.verdict)
        for each in judged(text)
        for finding in each.checked.findings
    ]


def test_a_plain_monograph_has_no_finding() -> None:
    assert found(TEXT) == []


def test_an_outcome_in_people_without_a_source_is_blocked() -> None:
    assert found(replace(TEXT, summary=OUTCOME)) == [("summary, paragraph 1", "C12", Verdict.BLOCK)]


def test_an_outcome_that_cites_a_source_with_a_complete_record_may_stand() -> None:
    assert found(replace(TEXT, summary=f"{OUTCOME}[@trial]")) == []


def test_an_outcome_that_names_the_trial_of_a_complete_record_may_stand() -> None:
    assert found(replace(TEXT, summary=OUTCOME.replace("Patients", "In NOCTURNE, patients"))) == []
    other = OUTCOME.replace("Patients", "In NOCTURNE-2, patients")
    assert found(replace(TEXT, summary=other)) == [("summary, paragraph 1", "C12", Verdict.BLOCK)]


def test_the_source_of_another_paragraph_answers_nothing() -> None:
    text = replace(TEXT, summary=f"One study was done.[@trial]\n\n{OUTCOME}")
    assert found(text) == [("summary, paragraph 2", "C12", Verdict.BLOCK)]


@pytest.mark.parametrize(
    "lacking",
    [
        {"verified_by": ""},
        {"verified_by": "Specimen author A"},
        {"population": ""},
        {"studied_material": " "},
        {"estimate": None},
        {"sponsor_class": SponsorClass.NOT_REPORTED},
    ],
    ids=lambda lacking: next(iter(lacking)),
)
def test_an_outcome_on_an_incomplete_record_is_held(lacking: dict[str, object]) -> None:
    record = replace(RECORD, **lacking)  # type: ignore[arg-type]
    assert not is_complete(record, TRIAL)
    text = replace(TEXT, summary=f"{OUTCOME}[@trial]", evidence=(record,))
    assert found(text) == [("summary, paragraph 1", "C17", Verdict.HOLD)]


def test_a_record_whose_source_nobody_has_seen_is_not_complete() -> None:
    assert not is_complete(RECORD, replace(TRIAL, seen=Seen.NOT_SEEN))
    assert not is_complete(RECORD, replace(TRIAL, pmid=None, trial="NOCTURNE"))
    assert not is_complete(RECORD, None)


def test_the_standfirst_rests_on_all_records_as_long_as_its_numbers_stand_there() -> None:
    good = "A heptapeptide. A trial of 120 adults reported longer sleep than on placebo."
    assert found(replace(TEXT, standfirst=good)) == []
    wrong = good.replace("120", "1,200")
    assert found(replace(TEXT, standfirst=wrong)) == [("standfirst", "C17", Verdict.HOLD)]


def test_a_column_of_the_reading_rests_on_the_records_it_names() -> None:
    part = ReadingPart(text=OUTCOME)
    unnamed = replace(TEXT, reading=replace(TEXT.reading, favourable=part))
    assert found(unnamed) == [("reading.favourable", "C12", Verdict.BLOCK)]
    named = replace(TEXT, reading=replace(TEXT.reading, favourable=replace(part, records=("sleep",))))
    assert found(named) == []


def test_a_citation_does_not_excuse_a_promise() -> None:
    text = replace(TEXT, summary="It cures insomnia.[@trial] Take it before bed.[@trial]")
    assert {rule for _place, rule, _verdict in found(text)} == {"C1", "C3"}


def test_animal_results_need_a_source() -> None:
    sentence = "In rats it lowered the response to stress."
    statement = Statement(text=sentence, sources=("trial",))
    assert found(replace(TEXT, mechanism=sentence)) == [("mechanism, paragraph 1", "C13", Verdict.HOLD)]
    assert found(replace(TEXT, mechanism_statements=(statement,))) == []


def test_the_words_of_a_record_may_report_an_outcome_and_nothing_else() -> None:
    record = replace(RECORD, outcome="Healing of leg ulcers", note="Take it before bed.")
    assert found(replace(TEXT, evidence=(record,))) == [("evidence[1].note", "C3", Verdict.BLOCK)]


def test_title_facts_and_the_sentence_on_the_sold_material_are_read() -> None:
    text = replace(TEXT, title="Semax, the sleep aid", sold_material="Our vial is safe for daily use.")
    assert {place for place, _rule, _verdict in found(text)} == {"title", "sold_material"}


def test_without_a_listing_an_outcome_is_held_and_not_blocked() -> None:
    text = replace(TEXT, summary=OUTCOME)
    [only] = judged(text, Surface.DETACHED)
    assert only.checked.verdict is Verdict.HOLD


@pytest.fixture
def _semax(shop: Flask) -> None:
    with writing() as session:
        field = Category(slug="nootropics", name="Nootropics", code="noo", scope="", position=1)
        session.add(
            Compound(
                slug="semax",
                name="Semax",
                kind=CompoundKind.MIXTURE,
                category=field,
                substance_class="Peptide",
                disulfides=[],
                created_at=clock.now(),
            )
        )


@pytest.mark.usefixtures("_semax")
def test_a_blocked_monograph_is_not_published() -> None:
    with pytest.raises(Blocked, match="summary, paragraph 1: “"):
        revisions.publish(replace(TEXT, summary=OUTCOME), actor="editor", reasons={"*": "It is quite true."})


@pytest.mark.usefixtures("_semax")
def test_a_held_monograph_is_published_with_its_reasons() -> None:
    text = replace(TEXT, mechanism="In rats it lowered the response to stress.")
    with pytest.raises(NeedsReasons, match=r"mechanism, paragraph 1: .*\(C13\)"):
        revisions.publish(text, actor="editor")
    reasons = {"mechanism, paragraph 1": "A source is being looked for; the next version cites it."}
    assert revisions.publish(text, actor="editor", reasons=reasons).number == 1
    again = replace(text, standfirst="A heptapeptide, made anew.", change_note="Other words.")
    assert revisions.publish(again, actor="editor").number == 2
