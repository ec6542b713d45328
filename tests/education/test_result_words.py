"""What a result says in words: the figure with its measure, and nothing that was printed left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from evidence_builders import ARAT, CAPTAIN, DEATH_COCHRANE, NIHSS, PLAIN, evidence

from shop.education.evidence import (
    AnalysisSet,
    Coding,
    Design,
    Direction,
    EvidenceRecord,
    EvidenceStatus,
    Measure,
    SponsorClass,
)
from shop.education.result_words import (
    analysis_set_in_words,
    arms_in_words,
    coding_in_words,
    design_in_words,
    direction_in_words,
    in_one_line,
    measure_in_words,
    p_as_printed,
    rank_in_words,
    result_in_words,
    sponsor_in_words,
    status_in_words,
)

BARE = replace(PLAIN, comparator="", n_total=None, unit="")


def of(measure: Measure, estimate: str | None = None, **more: object) -> EvidenceRecord:
    return replace(evidence(measure, estimate, base=BARE), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("record", "figure"),
    [
        (of(Measure.MD, "-3.7", unit="points"), "MD −3.7 points"),
        (of(Measure.SMD, "-0.40"), "SMD −0.40"),
        (of(Measure.RR, "0.90"), "RR 0.90"),
        (of(Measure.OR, "7.95"), "OR 7.95"),
        (of(Measure.HR, "0.99"), "HR 0.99"),
        (of(Measure.RD, "-3.2", unit="percentage points"), "RD −3.2 percentage points"),
        (of(Measure.MANN_WHITNEY, "0.71"), "MW 0.71"),
        (of(Measure.PROPORTION, "12%"), "12%"),
        (of(Measure.MEAN, "12.4", unit="IU/l"), "Mean 12.4 IU/l"),
        (of(Measure.COUNT, "394", unit="genes"), "394 genes"),
        (of(Measure.CONCENTRATION, "10", scale="IC50", unit="µM"), "IC50 10 µM"),
        (of(Measure.OTHER, "0.05", unit="Cohen d"), "0.05 Cohen d"),
    ],
    ids=lambda value: value.measure.value if isinstance(value, EvidenceRecord) else "figure",
)
def test_a_figure_stands_with_its_measure_and_unit(record: EvidenceRecord, figure: str) -> None:
    shown = result_in_words(record)
    assert (shown.figure, shown.is_figure) == (figure, True)
    assert shown.beside[0] == "no interval published"


@pytest.mark.parametrize("measure", list(Measure), ids=[measure.value for measure in Measure])
def test_every_measure_has_a_name_and_its_value_of_no_difference(measure: Measure) -> None:
    words = measure_in_words(of(measure, "0.5"))
    assert words.startswith(measure.label)
    assert ("is no difference" in words) == (measure.null is not None)


def test_an_interval_and_p_stand_beside_the_figure() -> None:
    assert result_in_words(ARAT).beside == ("0.63–0.79", "P < 0.0001 as reported", "against placebo")
    assert "90% CI 0.63–0.79" in result_in_words(replace(ARAT, level="0.90")).beside


def test_a_p_value_without_an_estimate_is_shown() -> None:
    shown = result_in_words(of(Measure.NONE, statement="about sixfold", p_text="p=0.003"))
    assert shown.figure == "About sixfold"
    assert shown.beside == ("in words only", "P = 0.003 as reported")
    assert "P = 0.003" in in_one_line(of(Measure.NONE, statement="about sixfold", p_text="p=0.003"))


def test_percentages_and_events_of_both_arms_are_shown_also_beside_a_ratio() -> None:
    ratio = of(
        Measure.OR,
        "7.95",
        percent_treated="69.9",
        percent_control="23.4",
        n_treated=163,
        n_control=158,
        events_treated=114,
        events_control=37,
    )
    assert "69.9% (114 of 163) vs 23.4% (37 of 158)" in result_in_words(ratio).beside
    alone = replace(ratio, measure=Measure.PROPORTION, estimate=None)
    assert result_in_words(alone).figure == "69.9% vs 23.4%"
    assert "114 of 163 vs 37 of 158" in result_in_words(alone).beside
    events = of(Measure.PROPORTION, events_treated=3, events_control=7)
    assert result_in_words(events).figure == "3 vs 7 with the event"


def test_the_sources_words_stand_where_they_hold_the_figure() -> None:
    before = of(Measure.MEAN, "6.3", unit="ml", statement="from 3.4 ± 0.2 to 6.3 ± 0.7 ml; n=8")
    shown = result_in_words(before)
    assert (shown.figure, shown.words) == ("From 3.4 ± 0.2 to 6.3 ± 0.7 ml", "n=8")
    ratio = of(Measure.RR, "1.04", statement="margin of 1.04 crossed")
    assert (result_in_words(ratio).figure, result_in_words(ratio).words) == (
        "RR 1.04",
        "margin of 1.04 crossed",
    )


def test_words_without_a_figure_are_never_passed_off_as_one() -> None:
    short, long = of(Measure.NONE, statement="raised in NK1 cells"), of(Measure.NONE, statement="x " * 40)
    assert (result_in_words(short).figure, result_in_words(short).is_figure) == ("Raised in NK1 cells", False)
    assert (result_in_words(long).figure, result_in_words(long).is_figure) == ("No figure", False)
    assert result_in_words(of(Measure.NONE)).figure == "No figure"
    assert "in words only" in result_in_words(DEATH_COCHRANE).beside


def test_a_result_in_one_line_keeps_its_p_value() -> None:
    assert in_one_line(CAPTAIN) == "MW 0.69; P = 0.024"


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("p=.03", "P = .03"),
        ("P<0.0001", "P < 0.0001"),
        ("0.049", "P = 0.049"),
        ("ns", "ns"),
        ("P≥0.5", "P ≥ 0.5"),
    ],
)
def test_a_p_value_is_shown_with_its_letter_and_sign(printed: str, shown: str) -> None:
    assert p_as_printed(printed) == shown


def test_what_a_record_does_not_state_is_said() -> None:
    assert analysis_set_in_words(BARE) == "not stated where we read it"
    assert analysis_set_in_words(replace(BARE, analysis_set=AnalysisSet.PER_PROTOCOL)) == "per protocol"
    assert arms_in_words(BARE) == "" and arms_in_words(ARAT) == "205 in all"
    assert arms_in_words(replace(BARE, n_treated=529, n_control=541)) == "529 treated, 541 control"
    assert rank_in_words(replace(BARE, is_primary=True, is_prespecified=False)) == (
        "primary, found afterwards (post hoc)"
    )
    assert rank_in_words(BARE) == ""
    assert coding_in_words(NIHSS) == "positive means improved" and coding_in_words(ARAT) == ""
    assert coding_in_words(replace(NIHSS, coded_as=Coding.NOT_STATED)) == "not stated"


def test_every_design_sponsor_direction_and_status_has_words() -> None:
    assert all(design_in_words(each) for each in Design)
    assert all(sponsor_in_words(each) for each in SponsorClass)
    assert all(direction_in_words(each) for each in Direction)
    assert [each for each in EvidenceStatus if not status_in_words(each)] == [EvidenceStatus.VERIFIED]


def test_a_constant_keeps_its_name_before_the_sources_words() -> None:
    kd = of(Measure.CONCENTRATION, "2.4", scale="KD", unit="nM", statement="2.4 ± 1.0 nM")
    assert result_in_words(kd).figure == "KD 2.4 ± 1.0 nM"
    named = replace(kd, statement="KD of 2.4 ± 1.0 nM")
    assert result_in_words(named).figure == "KD of 2.4 ± 1.0 nM"
