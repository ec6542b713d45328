"""E01: impossible figures are refused; possible ones are read and un-rounded."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from evidence_builders import ARAT, CIBIC, NIHSS, PLAIN, SEED, evidence, figures_of
from hypothesis import given
from hypothesis import strategies as st

from shop.education.evidence import EvidenceRecord, Measure, Severity, Status
from shop.education.figures import (
    corners,
    implied_p,
    implied_p_range,
    interval_excludes_null,
    p_is_below_alpha,
    read_figures,
)
from shop.education.printed import parse_p
from shop.education.statistics import critical_value, normal_two_sided_p


def problems_of(record: EvidenceRecord) -> list[str]:
    figures, results = read_figures(record)
    assert (figures is None) == (results[0].status is Status.INCONSISTENT)
    assert all(result.code == "E01" for result in results)
    if figures is None:
        assert all(result.severity is Severity.ERROR for result in results)
        return [result.message for result in results]
    return []


def test_all_rows_of_the_seed_page_have_possible_figures() -> None:
    assert [problem for record in SEED for problem in problems_of(record)] == []


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (evidence(Measure.MD, "1.39", "2.25", "0.53"), "above the upper limit"),
        (evidence(Measure.MD, "3", "0.53", "2.25"), "outside its interval"),
        (evidence(Measure.MD, "0.5", "0.53", "2.25"), "outside its interval"),
        (evidence(Measure.MD, "1", "0.5"), "needs both limits"),
        (evidence(Measure.MD, "1", None, "2"), "needs both limits"),
        (evidence(Measure.RR, "0", "0", "2"), "a ratio is above 0"),
        (evidence(Measure.OR, "-1", "-2", "2"), "a ratio is above 0"),
        (evidence(Measure.HR, "0.5", "0.00", "2"), "a ratio is above 0"),
        (evidence(Measure.MANN_WHITNEY, "1.1", "0.9", "1.2"), "between 0 and 1"),
        (evidence(Measure.MANN_WHITNEY, "0.1", "-0.1", "0.2"), "between 0 and 1"),
        (evidence(Measure.RD, "1.5", "1.1", "1.9"), "between -1 and 1"),
        (evidence(Measure.RD, "150%", "110%", "190%"), "between -100 and 100"),
        (evidence(Measure.PROPORTION, "1.2"), "between 0 and 1"),
        (evidence(p="P=0.000"), "P is never 0"),
        (evidence(p="P<0"), "P is never 0"),
        (evidence(p="P=1.2"), "between 0 and 1"),
        (evidence(p="P=-0.2"), "between 0 and 1"),
        (evidence(p="great"), "P value: "),
        (evidence(Measure.MD, "one"), "Estimate: “one” is not a number"),
        (evidence(Measure.MD, "1", "0,5", "2"), "Lower limit: Write"),
        (replace(PLAIN, level="95"), "a fraction such as 0.95"),
        (replace(PLAIN, level="1"), "a fraction such as 0.95"),
        (replace(PLAIN, level="0"), "a fraction such as 0.95"),
        (replace(PLAIN, level="0.9999999999999999999999999"), "a fraction such as 0.95"),
        (replace(PLAIN, percent_treated="101"), "not a percentage"),
        (replace(PLAIN, percent_control="-1"), "not a percentage"),
        (replace(PLAIN, n_total=0), "not a possible count"),
        (replace(PLAIN, k=-1), "not a possible count"),
        (replace(PLAIN, n_total=10**15), "not a possible count"),
        (replace(PLAIN, events_treated=11, n_treated=10), "11 events among 10"),
        (replace(PLAIN, n_treated=300, n_control=300), "more than n = 400"),
        (replace(PLAIN, k=9, review_k=7), "exceeds the review's 7"),
        (replace(PLAIN, review_n=399), "exceeds the review's 399"),
    ],
)
def test_impossible_figures_are_refused_with_the_reason(record: EvidenceRecord, reason: str) -> None:
    assert any(reason in problem for problem in problems_of(record))


def test_each_reason_is_told_not_only_the_first() -> None:
    record = replace(evidence(Measure.RR, "-1", "-2", "x"), k=0)
    assert len(problems_of(replace(record, upper="3"))) == 3
    assert problems_of(record) == ["Upper limit: “x” is not a number."]


@pytest.mark.parametrize(
    "record",
    [
        evidence(Measure.MD, "1", "1", "1"),
        evidence(Measure.MANN_WHITNEY, "0", "0", "1"),
        evidence(Measure.RD, "-11.1", "-20.0", "-2.0", base=replace(PLAIN, unit="percentage points")),
        evidence(Measure.RR, "1.9661", "1.0013", "3.86"),
        evidence(p="P = 1.00"),
        evidence(p="ns"),
        replace(PLAIN, events_treated=0, n_treated=10),
    ],
)
def test_unusual_but_possible_figures_pass(record: EvidenceRecord) -> None:
    assert problems_of(record) == []


def test_rounding_is_undone_in_27_ways_with_the_printed_figures_in_the_middle() -> None:
    undone = corners(figures_of(NIHSS))
    assert len(set(undone)) == 27
    assert undone[13] == (1.39, 0.53, 2.25)
    assert min(undone) == (1.385, 0.525, 2.245)
    assert max(undone) == (1.395, 0.535, 2.255)


def test_ratios_are_put_on_their_logarithm() -> None:
    assert corners(figures_of(CIBIC))[13] == tuple(map(math.log, (3.32, 1.20, 9.21)))


def test_the_mann_whitney_effect_size_is_tested_against_a_half_on_its_own_scale() -> None:
    """The Stroop row: 0.042 on the identity scale; the logit would give 0.093 and a false alarm."""
    stroop = figures_of(replace(ARAT, estimate="0.6816", lower="0.51", upper="0.86"))
    assert implied_p(stroop) == pytest.approx(0.0420, abs=5e-5)


@pytest.mark.parametrize(
    ("lower", "upper", "excludes"),
    [
        ("1.01", "2.00", True),
        ("0.50", "0.99", True),
        ("0.50", "1.01", False),
        ("1.00", "2.00", None),
        ("0.50", "1.00", None),
    ],
)
def test_whether_an_interval_excludes_no_difference_waits_for_the_rounding(
    lower: str, upper: str, excludes: bool | None
) -> None:
    estimate = f"{math.sqrt(float(lower) * float(upper)):.2f}"
    assert interval_excludes_null(figures_of(evidence(Measure.RR, estimate, lower, upper))) is excludes


@pytest.mark.parametrize(
    ("text", "below"),
    [
        ("P<0.05", True),
        ("P≤0.05", True),
        ("P=0.049", True),
        ("P=0.051", False),
        ("P>0.05", False),
        ("ns", False),
        ("P=0.05", None),
        ("P<0.1", None),
        ("P>0.01", None),
    ],
)
def test_whether_p_is_below_alpha_waits_for_the_rounding(text: str, below: bool | None) -> None:
    assert p_is_below_alpha(parse_p(text), 0.05) is below


def rounded(value: float, places: int) -> str:
    return str(Decimal(value).quantize(Decimal(1).scaleb(-places)))


@given(
    measure=st.sampled_from([Measure.MD, Measure.SMD, Measure.RR, Measure.OR, Measure.HR]),
    effect=st.floats(-2, 2),
    error=st.floats(0.05, 1.5),
    places=st.integers(1, 3),
)
def test_the_range_of_implied_p_always_holds_the_p_of_the_unrounded_figures(
    measure: Measure, effect: float, error: float, places: int
) -> None:
    reach = critical_value(0.95) * error
    triple = (effect, effect - reach, effect + reach)
    estimate, lower, upper = (rounded(math.exp(x) if measure.is_ratio else x, places) for x in triple)
    figures, _results = read_figures(evidence(measure, estimate, lower, upper))
    if figures is not None and figures.lower != figures.upper:
        low, high = implied_p_range(figures)
        assert low <= normal_two_sided_p(effect / error) <= high


PRINTED: Any = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.floats(-1e9, 1e9).map(lambda x: f"{x:.2f}"),
    st.floats(0, 3).map(lambda x: f"{x:.2f}"),
)


@given(st.sampled_from(Measure), PRINTED, PRINTED, PRINTED, PRINTED, PRINTED)
def test_any_text_at_all_is_either_read_or_refused(
    measure: Measure, estimate: str, lower: str, upper: str, p: str, percent: str
) -> None:
    record = replace(evidence(measure, estimate, lower, upper, p), percent_treated=percent)
    problems_of(record)
