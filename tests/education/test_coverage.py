"""What share of the results could be checked, and why the rest could not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from evidence_builders import ARAT, CIBIC_6, DEATH_COCHRANE, INDEPENDENCE, NIHSS, PLAIN, SEED, evidence
from hypothesis import given
from hypothesis import strategies as st

from shop.education.coverage import Outcome, coverage
from shop.education.evidence import EvidenceRecord, Measure

COUNTED = replace(
    PLAIN,
    id="counted",
    measure=Measure.NONE,
    n_total=None,
    percent_treated="46",
    events_treated=75,
    n_treated=163,
    percent_control="54",
    events_control=85,
    n_control=158,
)


def test_the_public_sentence_of_the_seed_page() -> None:
    assert coverage(SEED).sentence() == (
        "11 results: 5 give an interval and a P value (4 consistent, 1 not); 4 give an interval only (3 "
        "agree with the wording, 1 makes no claim); 2 cannot be checked (1: no figure was published, 1: a P "
        "value was published without an interval)."
    )


def test_the_share_and_the_reasons_are_there_for_machines_too() -> None:
    report = coverage(SEED)
    assert report.checkable_share == pytest.approx(9 / 11)
    assert dict(report.reasons) == {
        "death-cochrane": "no figure was published",
        "captain-pp": "a P value was published without an interval",
    }
    assert dict(report.outcomes)["nihss"] is Outcome.INTERVAL_CONTRADICTS_P


@pytest.mark.parametrize(
    ("record", "outcome"),
    [
        (replace(INDEPENDENCE, statement="significant"), Outcome.WORDS_CONTRADICT),
        (replace(INDEPENDENCE, statement="", p_text="ns"), Outcome.WORDS_AGREE),
        (replace(CIBIC_6, p_text="ns"), Outcome.WORDS_CONTRADICT),
        (COUNTED, Outcome.COUNTS_AGREE),
        (replace(COUNTED, events_treated=90), Outcome.COUNTS_CONTRADICT),
        (replace(COUNTED, percent_treated=None, percent_control=None), Outcome.UNCHECKED),
        (evidence(Measure.RR, "-1", "-2", "3"), Outcome.UNCHECKED),
        (evidence(Measure.MEAN, "3", "2", "4"), Outcome.UNCHECKED),
    ],
)
def test_each_record_comes_to_one_outcome(record: EvidenceRecord, outcome: Outcome) -> None:
    assert coverage([record]).outcomes == ((record.id, outcome),)


def test_impossible_figures_are_a_reason() -> None:
    report = coverage([evidence(Measure.RR, "-1", "-2", "3")])
    assert report.sentence() == "1 result: 1 cannot be checked (1: the figures are impossible)."


def test_counts_are_told_of() -> None:
    assert coverage([COUNTED, ARAT]).sentence() == (
        "2 results: 1 gives an interval and a P value (1 consistent); 1 gives counts without an interval "
        "(1 consistent)."
    )


def test_no_results_make_a_short_sentence() -> None:
    assert coverage([]).sentence() == "0 results."
    assert coverage([]).checkable_share == 0


@given(st.lists(st.sampled_from([ARAT, NIHSS, INDEPENDENCE, DEATH_COCHRANE, COUNTED]), max_size=8))
def test_every_record_is_counted_exactly_once(records: list[EvidenceRecord]) -> None:
    report = coverage(records)
    assert report.count(*Outcome) == len(records)
    assert report.count(Outcome.UNCHECKED) == len(report.reasons)
