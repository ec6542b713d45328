"""The plain values of a record, and what a card shows of it."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from datetime import date

import pytest
from evidence_builders import ADAS, ARAT, DEATH_COCHRANE, NIHSS, PLAIN, source

from shop.education.evidence import (
    BenefitSide,
    Better,
    Coding,
    EvidenceTable,
    Measure,
    OtherTimepoint,
    RetractionList,
    RetractionNotice,
    RetractionState,
    benefit_side,
    card_figures,
    interval_text,
    percent_of_level,
    plain,
    size_text,
)


def test_a_record_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        ARAT.estimate = "0.99"  # type: ignore[misc]


def test_printed_figures_survive_a_round_through_json() -> None:
    record = replace(NIHSS, other_timepoints=(OtherTimepoint(timepoint="day 21"),))
    table = EvidenceTable(
        compound="Cerebrolysin", records=(record,), sources=(source("a"),), searched_to=date(2026, 1, 2)
    )
    read_back = json.loads(json.dumps(plain(table)))
    row = read_back["records"][0]
    assert (row["estimate"], row["lower"], row["level"]) == ("+1.39", "0.53", "0.95")
    assert (row["measure"], row["design"], row["better"]) == ("md", "meta_analysis", "lower")
    assert row["other_timepoints"] == [{"timepoint": "day 21", "record": None}]
    assert row["is_primary"] is None
    assert read_back["searched_to"] == "2026-01-02"


@pytest.mark.parametrize(
    ("measure", "better", "coded_as", "side"),
    [
        (Measure.MD, Better.HIGHER, Coding.RAW, BenefitSide.RIGHT),
        (Measure.MD, Better.LOWER, Coding.RAW, BenefitSide.LEFT),
        (Measure.MD, Better.LOWER, Coding.IMPROVEMENT, BenefitSide.RIGHT),
        (Measure.SMD, Better.LOWER, Coding.NOT_STATED, BenefitSide.UNSTATED),
        (Measure.RR, Better.LOWER, Coding.NOT_STATED, BenefitSide.LEFT),
        (Measure.OR, Better.HIGHER, Coding.NOT_STATED, BenefitSide.RIGHT),
        (Measure.RD, Better.NONE, Coding.NOT_STATED, BenefitSide.UNSTATED),
        (Measure.MANN_WHITNEY, Better.LOWER, Coding.NOT_STATED, BenefitSide.RIGHT),
        (Measure.MANN_WHITNEY, Better.LOWER, Coding.RAW, BenefitSide.LEFT),
    ],
)
def test_the_side_of_benefit_follows_from_the_measure_the_scale_and_its_coding(
    measure: Measure, better: Better, coded_as: Coding, side: BenefitSide
) -> None:
    assert benefit_side(replace(PLAIN, measure=measure, better=better, coded_as=coded_as)) is side


def test_every_measure_has_a_name_and_comparisons_have_a_null() -> None:
    assert all(measure.label for measure in Measure)
    nulls = {measure: float(measure.null) for measure in Measure if measure.null is not None}
    assert nulls == {
        Measure.MD: 0,
        Measure.SMD: 0,
        Measure.RD: 0,
        Measure.RR: 1,
        Measure.OR: 1,
        Measure.HR: 1,
        Measure.MANN_WHITNEY: 0.5,
    }


def test_a_card_never_shows_a_figure_without_its_measure_interval_and_null() -> None:
    figures = card_figures(ARAT)
    assert figures.figure == "0.71"
    assert figures.measure == "Mann–Whitney effect size"
    assert figures.interval == "95% CI 0.63–0.79"
    assert figures.null == "0.5 is no difference"
    assert figures.size == "n = 205"


def test_a_card_of_a_result_without_a_figure_shows_its_words() -> None:
    figures = card_figures(DEATH_COCHRANE)
    assert (figures.figure, figures.interval) == ("no clear benefit", "no interval published")
    assert figures.size == "review of 7 trials, n = 1,773 in the whole review"


def test_sizes_are_of_the_outcome_unless_they_say_otherwise() -> None:
    assert size_text(replace(NIHSS, k=3, n_total=1200)) == "3 trials, n = 1,200"
    assert size_text(replace(PLAIN, n_total=None, n_treated=22, n_control=24)) == "n = 46"
    assert size_text(replace(PLAIN, n_total=None)) == ""


def test_intervals_use_a_dash_unless_a_limit_has_a_sign() -> None:
    assert interval_text("0.63", "0.79") == "0.63–0.79"
    assert interval_text(ADAS.lower or "", ADAS.upper or "") == "−0.66 to −0.13"
    assert interval_text("-0.90", "0.16") == "−0.90 to 0.16"


def test_a_level_is_shown_in_percent_and_nonsense_as_it_stands() -> None:
    assert [percent_of_level(text) for text in ("0.95", "0.9", "0.999", "x", "1e99999999")] == [
        "95%",
        "90%",
        "99.9%",
        "x",
        "1e99999999",
    ]


def test_a_retraction_list_finds_a_source_by_doi_in_any_case_or_by_pmid_and_once() -> None:
    notice = RetractionNotice(state=RetractionState.RETRACTED, doi="10.1000/ABC", pmid="123")
    snapshot = RetractionList.of("list", date(2026, 1, 1), [notice])
    assert snapshot.notices_of(source("a", doi="10.1000/abc", pmid="123")) == (notice,)
    assert snapshot.notices_of(source("b", pmid="123")) == (notice,)
    assert snapshot.notices_of(source("c", doi="10.1000/other")) == ()
