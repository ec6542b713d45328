"""E08 and E09: percentages, means and effects against their counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from evidence_builders import PLAIN, evidence, figures_of
from hypothesis import given
from hypothesis import strategies as st

from shop.education import statistics
from shop.education.consistency import check_record
from shop.education.counts import check_counts, check_grim, check_shared_denominators, two_groups
from shop.education.evidence import AnalysisSet, CheckResult, EvidenceRecord, Measure, Severity, Status
from shop.education.figures import read_figures

COUNTED = replace(PLAIN, n_total=None, measure=Measure.NONE)
ATHOS = replace(
    COUNTED,
    measure=Measure.OR,
    estimate="7.95",
    lower="4.76",
    upper="13.3",
    p_text="P<0.001",
    percent_treated="69.9",
    percent_control="23.4",
    events_treated=114,
    n_treated=163,
    events_control=37,
    n_control=158,
)
CARS_SAE = replace(
    COUNTED,
    measure=Measure.RR,
    estimate="0.43",
    lower="0.11",
    upper="1.61",
    p_text="P = 0.33",
    events_treated=3,
    n_treated=104,
    events_control=7,
    n_control=104,
)


def grim(record: EvidenceRecord) -> list[Status]:
    results = check_grim(record, figures_of(record))
    assert all(result.code == "E08" for result in results)
    return [result.status for result in results]


def counts(record: EvidenceRecord) -> CheckResult:
    (result,) = check_counts(record, figures_of(record))
    assert result.code == "E09"
    return result


def test_percentages_that_the_arms_allow_pass() -> None:
    assert grim(ATHOS) == [Status.OK, Status.OK]
    assert grim(replace(ATHOS, events_treated=None, events_control=None)) == [Status.OK, Status.OK]


def test_a_percentage_that_no_count_gives_is_flagged() -> None:
    """CARS serious events with 104 and 101 per arm: 6.7% of 101 would be 6.77 people."""
    record = replace(COUNTED, percent_treated="2.9%", n_treated=104, percent_control="6.7%", n_control=101)
    assert grim(record) == [Status.OK, Status.INCONSISTENT]
    assert check_grim(record, figures_of(record))[1].message == (
        "No whole number of 101 participants is 6.7%."
    )


def test_a_percentage_that_contradicts_its_count_is_flagged_even_in_large_groups() -> None:
    record = replace(COUNTED, percent_treated="12.5", n_treated=100_000, events_treated=12_600)
    assert grim(record) == [Status.INCONSISTENT]
    assert check_grim(record, figures_of(record))[0].message == (
        "12600 of 100000 is 12.6%, not the printed 12.5%."
    )


def test_a_large_group_allows_every_percentage() -> None:
    assert grim(replace(COUNTED, percent_treated="14.5", n_treated=14771)) == [Status.NOT_CHECKABLE]


def test_the_mean_of_whole_scores_is_checked_only_where_it_can_be() -> None:
    mean = replace(COUNTED, measure=Measure.MEAN, integer_scale=True, n_total=28)
    assert grim(replace(mean, estimate="5.19")) == [Status.INCONSISTENT]
    assert grim(replace(mean, estimate="5.18")) == [Status.OK]
    assert grim(replace(mean, estimate="5.19", n_total=1000)) == [Status.NOT_CHECKABLE]
    assert grim(replace(mean, estimate="5.19", integer_scale=False)) == []


def test_the_percentages_of_cars_fit_only_104_per_arm_not_the_205_of_its_efficacy_rows() -> None:
    rows = [
        replace(
            COUNTED,
            id=name,
            source="cars",
            analysis_set=AnalysisSet.SAFETY,
            n_total=205,
            percent_treated=treated,
            percent_control=control,
        )
        for name, treated, control in (("teae", "69.2", "71.2"), ("sae", "2.9", "6.7"))
    ]
    (result,) = check_shared_denominators(rows)
    assert (result.code, result.status, result.severity) == ("E08", Status.WARN, Severity.WARN)
    assert (result.subject, result.computed) == ("teae", "104")
    assert "not 205 in all" in result.message
    (fitting,) = check_shared_denominators([replace(row, n_total=208) for row in rows])
    assert fitting.status is Status.OK
    (impossible,) = check_shared_denominators([replace(row, n_total=150) for row in rows])
    assert impossible.message.startswith("No two equal arms near 150")
    assert check_shared_denominators([replace(row, n_treated=104, n_control=101) for row in rows]) == ()


def test_the_serious_events_of_cars_agree_with_their_counts() -> None:
    result = counts(CARS_SAE)
    assert result.status is Status.OK
    assert result.computed == "risk ratio 0.429 (0.114–1.61), Fisher P = 0.332"


def test_an_adjusted_odds_ratio_differs_from_the_counts_and_the_message_says_why_it_may() -> None:
    result = counts(ATHOS)
    assert (result.status, result.severity) == (Status.INCONSISTENT, Severity.WARN)
    assert "odds ratio 7.61 (4.63–12.5)" in result.computed
    assert "7.95" in result.message
    assert "adjusted analysis" in result.message


@pytest.mark.parametrize(
    ("field", "text"), [("estimate", "0.44"), ("lower", "0.14"), ("upper", "1.80"), ("p_text", "P = 0.03")]
)
def test_each_printed_figure_is_compared_with_the_counts(field: str, text: str) -> None:
    result = counts(replace(CARS_SAE, **{field: text}))  # type: ignore[arg-type]
    assert result.status is Status.INCONSISTENT
    assert text in result.message


def test_a_risk_difference_may_be_printed_in_percent() -> None:
    fraction = replace(CARS_SAE, measure=Measure.RD, estimate="-0.038", lower=None, upper=None)
    percent = replace(fraction, unit="percentage points", estimate="-3.8")
    assert [counts(record).status for record in (fraction, percent)] == [Status.OK, Status.OK]
    assert counts(replace(percent, estimate="-0.038")).status is Status.INCONSISTENT


def test_counts_judge_a_p_value_that_stands_without_an_effect() -> None:
    row = replace(CARS_SAE, measure=Measure.NONE, estimate=None, lower=None, upper=None)
    assert counts(replace(row, p_text="ns")).status is Status.OK
    assert counts(replace(row, p_text="P<0.01")).status is Status.INCONSISTENT
    assert counts(replace(row, p_text=None)).status is Status.INFO


def test_a_hazard_ratio_is_not_judged_by_counts() -> None:
    row = evidence(Measure.HR, "0.99", "0.77", "1.27", "P = 0.93", CARS_SAE)
    assert counts(replace(row, p_text="P = 0.001")).status is Status.INFO


def test_no_events_in_one_group_give_a_ratio_with_a_half_added() -> None:
    result = counts(replace(CARS_SAE, events_treated=0, estimate=None, lower=None, upper=None, p_text=None))
    assert result.computed.startswith("risk ratio 0.0667 (0.00386–1.15), with 0.5 added to each cell")
    assert "Fisher P = 0.0141" in result.computed


def test_a_table_needs_all_four_counts() -> None:
    assert two_groups(replace(CARS_SAE, n_control=None)) is None
    assert check_counts(replace(CARS_SAE, events_control=None), figures_of(CARS_SAE)) == ()


def test_the_checks_of_a_record_take_its_counts_in() -> None:
    assert {"E08", "E09"} <= {result.code for result in check_record(ATHOS)}


@given(st.data())
def test_effects_rounded_from_counts_never_raise_a_false_alarm(data: st.DataObject) -> None:
    n1, n2 = data.draw(st.integers(5, 500)), data.draw(st.integers(5, 500))
    groups = statistics.TwoGroups(
        events_treated=data.draw(st.integers(1, n1 - 1)),
        n_treated=n1,
        events_control=data.draw(st.integers(1, n2 - 1)),
        n_control=n2,
    )
    measure, formula = data.draw(
        st.sampled_from(
            [
                (Measure.RR, statistics.risk_ratio),
                (Measure.OR, statistics.odds_ratio),
                (Measure.RD, statistics.risk_difference),
            ]
        )
    )
    effect, fisher = formula(groups), statistics.fisher_exact_p(groups)
    record = replace(
        evidence(measure, f"{effect.value:.3f}", f"{effect.lower:.3f}", f"{effect.upper:.3f}", base=COUNTED),
        events_treated=groups.events_treated,
        n_treated=n1,
        events_control=groups.events_control,
        n_control=n2,
        p_text="P < 0.0001" if fisher < 0.0001 else f"P = {fisher:.4f}",
    )
    figures, _results = read_figures(record)
    if figures is not None:
        assert counts(record).status is Status.OK


@pytest.mark.parametrize(
    ("estimate", "unit", "n", "status"),
    [
        ("33%", "", 10, Status.INCONSISTENT),
        ("33", "%", 12, Status.OK),
        ("0.33", "", 10, Status.INCONSISTENT),
        ("0.33", "", 12, Status.OK),
        ("33", "%", 4000, Status.NOT_CHECKABLE),
    ],
)
def test_a_proportion_is_a_whole_number_of_its_participants(
    estimate: str, unit: str, n: int, status: Status
) -> None:
    record = replace(PLAIN, measure=Measure.PROPORTION, estimate=estimate, unit=unit, n_total=n)
    assert grim(record) == [status]


def test_an_exact_p_beside_an_interval_of_the_same_counts_is_no_contradiction() -> None:
    record = replace(
        COUNTED,
        measure=Measure.RR,
        estimate="0.50",
        lower="0.13",
        upper="1.9",
        p_text="P=0.49",
        events_treated=3,
        n_treated=50,
        events_control=6,
        n_control=50,
    )
    (result,) = [each for each in check_record(record) if each.code == "E02"]
    assert result.status is Status.OK and "Fisher" in result.message
    other = replace(record, p_text="P=0.02")
    assert {each.status for each in check_record(other) if each.code == "E02"} == {Status.INCONSISTENT}


def test_a_level_may_be_printed_as_a_percentage() -> None:
    record = evidence(Measure.HR, "0.80", "0.60", "1.07", "P=0.047")
    found = {each.code: each.status for each in check_record(replace(record, level="99%"))}
    assert found["E01"] is Status.OK and found["E02"] is Status.OK
    found = {each.code: each.status for each in check_record(replace(record, level="195%"))}
    assert found["E01"] is Status.INCONSISTENT
