"""A reading is refused where its records contradict it, and never for what they count up to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from evidence_builders import evidence, source

from shop.education import monograph_file, reading_rules
from shop.education.evidence import (
    Design,
    Direction,
    EvidenceRecord,
    Measure,
    RetractionState,
    Severity,
    Species,
)
from shop.education.monograph import MonographText, Reading, ReadingPart, Verdict


def record(name: str, direction: Direction, **more: object) -> EvidenceRecord:
    """A result in people, by a trial, in this direction."""
    return replace(evidence(), id=name, direction=direction, **more)  # type: ignore[arg-type]


GOOD = record("good", Direction.FAVOURS_COMPOUND)
BAD = record("bad", Direction.HARM_MODEL)
NONE = record("none", Direction.NEUTRAL)
CONTROL = record("control", Direction.FAVOURS_CONTROL)
MIXED = record("mixed", Direction.MIXED)
MOUSE = record("mouse", Direction.FAVOURS_COMPOUND, species=Species.ANIMAL, design=Design.ANIMAL)
OTHER = record("other", Direction.FAVOURS_COMPOUND, target_hypothesis=True, intervention="a blocker")
WIDE = replace(evidence(Measure.RR, "1.31", "0.90", "1.91"), id="wide", direction=Direction.FAVOURS_COMPOUND)
ALL = (GOOD, BAD, NONE, CONTROL, MIXED, MOUSE, OTHER, WIDE)


def monograph(
    verdict: Verdict,
    favourable: tuple[str, ...] = (),
    no_benefit: tuple[str, ...] = (),
    uncertain: tuple[str, ...] = (),
    records: tuple[EvidenceRecord, ...] = ALL,
    retraction: RetractionState = RetractionState.NOT_CHECKED,
) -> MonographText:
    """A monograph that reads so."""
    base = monograph_file.read(SMALL)
    return replace(
        base,
        sources=(replace(source("trial"), retraction=retraction),),
        evidence=records,
        reading=Reading(
            verdict=verdict,
            reason="Because.",
            favourable=ReadingPart(text="x", records=favourable),
            uncertain=ReadingPart(text="x", records=uncertain),
            no_benefit=ReadingPart(text="x", records=no_benefit),
        ),
    )


SMALL = """\
format: monograph/1
compound: semax
title: Semax
standfirst: A heptapeptide.
change_note: First version.
author: A
verified_by: B
reviewed_on: '2026-11-20'
reading:
  verdict: preclinical_only
  reason: None.
  favourable: {text: None.}
  uncertain: {text: None.}
  no_benefit: {text: None.}
"""

REFUSED = {
    "no-record-named": ("R1", monograph(Verdict.MIXED)),
    "preclinical-without-naming": ("R1", monograph(Verdict.PRECLINICAL_ONLY, records=(MOUSE,))),
    "no-results-at-all": ("R1", monograph(Verdict.NO_BENEFIT, records=())),
    "benefit-on-harm": ("R2", monograph(Verdict.FAVOURABLE, favourable=("good", "bad"))),
    "benefit-on-nothing": ("R2", monograph(Verdict.FAVOURABLE, favourable=("good", "none"))),
    "no-benefit-on-benefit": ("R2", monograph(Verdict.NO_BENEFIT, no_benefit=("good", "none"))),
    "both-sides": ("R3", monograph(Verdict.MIXED, favourable=("mixed",), no_benefit=("mixed",))),
    "all-coded-harm": ("R4", monograph(Verdict.FAVOURABLE, favourable=("bad", "control"))),
    "only-mice": ("R4", monograph(Verdict.FAVOURABLE, favourable=("mouse",))),
    "only-another-substance": ("R4", monograph(Verdict.FAVOURABLE, favourable=("other",))),
    "only-wide-intervals": ("R4", monograph(Verdict.FAVOURABLE, favourable=("wide",))),
    "only-retracted": (
        "R4",
        monograph(Verdict.FAVOURABLE, favourable=("good",), retraction=RetractionState.RETRACTED),
    ),
    "favourable-names-only-warnings": ("R4", monograph(Verdict.FAVOURABLE, no_benefit=("bad",))),
    "mixed-on-one-side": ("R5", monograph(Verdict.MIXED, favourable=("good",))),
    "mixed-with-mice": (
        "R5",
        monograph(Verdict.MIXED, favourable=("mouse",), no_benefit=("none",)),
    ),
    "uncertain-without-people": (
        "R6",
        monograph(Verdict.UNCERTAIN, uncertain=("mouse",), records=(MOUSE,)),
    ),
    "no-benefit-without-people": (
        "R7",
        monograph(
            Verdict.NO_BENEFIT,
            no_benefit=("rat",),
            records=(replace(NONE, id="rat", species=Species.ANIMAL),),
        ),
    ),
    "preclinical-with-people": ("R8", monograph(Verdict.PRECLINICAL_ONLY, uncertain=("mouse",))),
}

TAKEN = {
    "favourable": monograph(Verdict.FAVOURABLE, favourable=("good",)),
    "favourable-with-one-wide-among-them": monograph(Verdict.FAVOURABLE, favourable=("good", "wide")),
    "one-favourable-among-many-neutral": monograph(
        Verdict.FAVOURABLE, favourable=("good",), uncertain=("none", "control", "bad")
    ),
    "mixed": monograph(Verdict.MIXED, favourable=("good",), no_benefit=("none",)),
    "mixed-by-one-mixed-record": monograph(Verdict.MIXED, uncertain=("mixed",)),
    "uncertain": monograph(Verdict.UNCERTAIN, uncertain=("good", "none")),
    "no-benefit": monograph(Verdict.NO_BENEFIT, no_benefit=("none",)),
    "preclinical": monograph(Verdict.PRECLINICAL_ONLY, uncertain=("mouse",), records=(MOUSE,)),
    "preclinical-with-a-test-of-the-target-in-people": monograph(
        Verdict.PRECLINICAL_ONLY, uncertain=("mouse",), records=(MOUSE, OTHER)
    ),
    "preclinical-and-empty": monograph(Verdict.PRECLINICAL_ONLY, records=()),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_contradiction_is_an_error(name: str) -> None:
    code, text = REFUSED[name]
    assert code in {each.code for each in reading_rules.check(text) if each.severity is Severity.ERROR}


@pytest.mark.parametrize("name", TAKEN)
def test_a_choice_that_its_records_allow_is_left_to_the_editor(name: str) -> None:
    assert [each for each in reading_rules.check(TAKEN[name]) if each.severity is Severity.ERROR] == []


def test_results_of_the_same_weight_on_the_other_side_are_a_warning_only() -> None:
    text = monograph(Verdict.FAVOURABLE, favourable=("good",), no_benefit=("none", "bad"))
    (result,) = reading_rules.check(text)
    assert (result.code, result.severity) == ("R4", Severity.WARN)
    assert "none, bad" in result.message
