"""E02 to E07, E10 and E14: the rows of the seed page, fixtures from the literature, and laws."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest
from evidence_builders import (
    ADAS,
    ARAT,
    CAPTAIN,
    CIBIC,
    CIBIC_6,
    DEATH,
    DEATH_COCHRANE,
    GLOBAL,
    INDEPENDENCE,
    NIHSS,
    PLAIN,
    SAE,
    SEED,
    evidence,
    figures_of,
    found,
    statuses,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shop.education.consistency import (
    Thresholds,
    check_direction,
    check_p_value,
    check_record,
    check_size,
    check_table,
    judge_words,
)
from shop.education.evidence import (
    Better,
    CheckResult,
    Coding,
    Design,
    Direction,
    EvidenceRecord,
    EvidenceTable,
    IntervalMethod,
    Measure,
    Severity,
    Species,
    Status,
)
from shop.education.figures import read_figures
from shop.education.forest import forest_plot
from shop.education.statistics import critical_value, normal_two_sided_p, student_t_two_sided_p

ADAS_6 = replace(ADAS, estimate="-0.37", lower="-0.90", upper="0.16", p_text="P=0.171")
CAPTAIN_PP = replace(CAPTAIN, lower="0.53", upper="0.85")
CAPTAIN_ITT = replace(CAPTAIN, estimate="0.63", lower="0.48", upper="0.77", p_text="P<0.1")
CAPTAIN_DAY_30 = replace(ARAT, estimate="0.60", lower="0.52", upper="0.66", p_text="P=0.0156")
CAPTAIN_DAY_90 = replace(ARAT, estimate="0.60", lower="0.52", upper="0.68", p_text="P=0.0146")
STROOP = replace(ARAT, estimate="0.6816", lower="0.51", upper="0.86", p_text="P=0.0415")
OLDER_REVIEW = evidence(Measure.RR, "1.33", "0.79", "2.24", "P=0.28", INDEPENDENCE)


def p_check(record: EvidenceRecord) -> CheckResult:
    return found(check_record(record), "E02")[0]


def assumptions(record: EvidenceRecord) -> tuple[str, ...]:
    return found(check_record(record), "E03")[0].assumptions


@pytest.mark.parametrize(
    ("record", "status", "computed", "low", "high"),
    [
        (ARAT, Status.OK, 2.7e-7, None, None),
        (GLOBAL, Status.OK, 1.8e-11, None, None),
        (NIHSS, Status.INCONSISTENT, 0.00154, 0.0014, 0.0017),
        (ADAS, Status.OK, 0.0031, 0.0023, 0.0041),
        (ADAS_6, Status.OK, 0.171, None, None),
        (CIBIC, Status.OK, 0.0210, 0.0205, 0.0215),
        (replace(CIBIC_6, p_text="P=0.0150"), Status.OK, 0.0148, None, None),
        (CAPTAIN_PP, Status.OK, 0.0199, 0.0137, 0.028),
        (replace(INDEPENDENCE, p_text="P=0.16"), Status.OK, 0.160, None, None),
        (OLDER_REVIEW, Status.OK, 0.283, None, None),
        (replace(SAE, p_text="P=0.55"), Status.OK, 0.555, None, None),
        (replace(DEATH, p_text="P=0.21"), Status.OK, 0.210, None, None),
        (CAPTAIN_DAY_30, Status.INCONSISTENT, 0.0051, 0.0015, 0.013),
        (CAPTAIN_DAY_90, Status.OK, 0.0143, None, None),
        (STROOP, Status.OK, 0.0420, None, None),
    ],
)
def test_p_implied_by_the_interval_has_the_values_of_the_reference(
    record: EvidenceRecord, status: Status, computed: float, low: float | None, high: float | None
) -> None:
    result = p_check(record)
    assert result.status is status
    assert float(result.computed) == pytest.approx(computed, rel=0.03)
    if low is not None and high is not None:
        assert result.computed_range is not None
        assert [float(text) for text in result.computed_range] == pytest.approx([low, high], rel=0.04)


def test_the_nihss_row_is_a_warning_that_leaves_the_decision_as_it_is() -> None:
    result = p_check(NIHSS)
    assert (result.severity, result.decision_flip) == (Severity.WARN, False)
    assert result.message == (
        "The interval 0.53–2.25 implies P = 0.00154 (0.00138 to 0.00170, allowing for rounding); P = 0.02 is "
        "printed. They disagree, though the conclusion stays the same."
    )
    assert dict(result.inputs)["estimate"] == "+1.39"
    assert statuses(check_record(NIHSS), "E04") == [Status.OK]


def test_only_three_pooled_trials_or_a_lost_zero_reconcile_the_nihss_row() -> None:
    assert assumptions(NIHSS) == (
        "Student's t with 2 degrees of freedom, as for 3 pooled trials (P = 0.0201, 0.0197 to 0.0204)",
        "a slip for P = 0.002",
    )


def test_no_number_of_trials_is_tried_where_nobody_knows_of_any() -> None:
    assert assumptions(replace(NIHSS, review_k=None)) == ("a slip for P = 0.002",)
    assert assumptions(replace(NIHSS, review_k=2)) == ("a slip for P = 0.002",)


def test_the_misprinted_limit_of_the_captain_abstract_is_found() -> None:
    assert "a slip in the upper limit, 0.67 or 0.68 or 0.69 for 0.66" in assumptions(CAPTAIN_DAY_30)


def test_a_one_sided_p_an_interval_at_90_percent_and_a_bound_without_its_sign_are_recognised() -> None:
    """z = 1.8, whose one-sided P is 0.0359; z = 2.5 with a 90% interval; z = 5 printed as P = 0.001."""
    one_sided = evidence(Measure.MD, "1.800", "-0.160", "3.760", "P = 0.036")
    ninety = evidence(Measure.MD, "2.500", "0.855", "4.145", "P = 0.0124")
    bound = evidence(Measure.MD, "5.00", "3.04", "6.96", "P = 0.001")
    assert "a one-sided P value" in assumptions(one_sided)
    assert "an interval at 90%" in assumptions(ninety)
    assert "a slip for P < 0.001" in assumptions(bound)


def test_where_nothing_reconciles_the_result_says_so() -> None:
    record = evidence(Measure.MD, "0.100", "-0.900", "1.100", "P = 0.0101", replace(PLAIN, n_total=None))
    results = check_record(record)
    assert assumptions(record) == ()
    assert found(results, "E03")[0].message == "Nothing we try makes interval and P value agree."


def test_a_p_value_on_the_other_side_of_significance_is_an_error() -> None:
    flipped = replace(INDEPENDENCE, p_text="P=0.03")
    for code in ("E02", "E04"):
        (result,) = found(check_record(flipped), code)
        assert (result.status, result.severity, result.decision_flip) == (
            Status.INCONSISTENT,
            Severity.ERROR,
            True,
        )
    missed = replace(NIHSS, p_text="ns")
    assert [p_check(missed).severity, statuses(check_record(missed), "E04")] == [
        Severity.ERROR,
        [Status.INCONSISTENT],
    ]


def test_where_rounding_hides_whether_the_decision_flips_the_finding_stays_a_warning() -> None:
    """z close to 1.96: the implied P straddles 0.05, the printed one is well above."""
    result = p_check(evidence(Measure.MD, "0.20", "0.00", "0.40", "P = 0.30"))
    assert (result.status, result.severity, result.decision_flip) == (
        Status.INCONSISTENT,
        Severity.WARN,
        False,
    )
    assert "leaves open" in result.message


@pytest.mark.parametrize(
    ("p", "status"),
    [
        ("P<0.01", Status.OK),
        ("P<0.001", Status.INCONSISTENT),
        ("P>0.05", Status.INCONSISTENT),
        ("P>0.001", Status.OK),
        ("P≤0.002", Status.OK),
        ("P=0.0015", Status.OK),
        ("P=0.0020", Status.INCONSISTENT),
        ("ns", Status.INCONSISTENT),
    ],
)
def test_the_comparator_is_part_of_the_printed_p_value(p: str, status: Status) -> None:
    assert p_check(replace(NIHSS, p_text=p)).status is status


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (DEATH_COCHRANE, "no figure was published"),
        (CAPTAIN, "a P value was published without an interval"),
        (INDEPENDENCE, "no P value was published"),
        (replace(CAPTAIN, p_text=None), "neither an interval nor a P value was published"),
        (evidence(Measure.MD, None, None, None, "P=0.02"), "a P value was published without an estimate"),
        (
            evidence(Measure.MD, None, "0.1", "0.3", "P=0.02"),
            "an interval was published without its estimate",
        ),
        (evidence(Measure.MEAN, "3", "2", "4", "P=0.02"), "this measure has no value of no difference"),
        (evidence(Measure.MD, "3", "3", "3", "P=0.02"), "rounding hides the length of the interval"),
        (
            replace(NIHSS, ci_method=IntervalMethod.BAYESIAN),
            "a Bayesian interval does not imply a P value",
        ),
    ],
)
def test_what_cannot_be_checked_says_why(record: EvidenceRecord, reason: str) -> None:
    result = p_check(record)
    assert (result.status, result.severity) == (Status.NOT_CHECKABLE, Severity.INFO)
    assert result.message == f"Not checkable: {reason}."


def test_no_arithmetic_is_done_on_impossible_figures() -> None:
    results = check_record(evidence(Measure.RR, "-1", "-2", "3", "P=0.02"))
    assert {result.code for result in results} == {"E01"}


def test_a_small_trial_analysed_by_students_t_is_no_false_alarm() -> None:
    """Ten participants: t = 2.5 on 8 degrees of freedom, P = 0.037, where z would say 0.034."""
    reach = critical_value(0.95, 8)
    small = evidence(Measure.MD, "2.500", f"{2.5 - reach:.3f}", f"{2.5 + reach:.3f}", "P = 0.0370")
    result = p_check(replace(small, n_total=10))
    assert result.status is Status.OK
    assert result.assumptions == ("Student's t with 8 degrees of freedom",)
    assert p_check(replace(small, n_total=None)).status is Status.INCONSISTENT


def test_a_review_that_states_hartung_knapp_is_tested_with_its_own_degrees_of_freedom() -> None:
    stated = replace(NIHSS, ci_method=IntervalMethod.HARTUNG_KNAPP, k=3)
    assert p_check(stated).status is Status.OK
    assert p_check(replace(stated, k=14)).status is Status.INCONSISTENT


def test_another_level_moves_the_interval_and_the_decision() -> None:
    """z = 1.8: a 90% interval excludes 0 while P = 0.072 is below 0.10."""
    record = replace(evidence(Measure.MD, "1.800", "0.155", "3.445", "P = 0.072"), level="0.90")
    assert statuses(check_record(record), "E02") == [Status.OK]
    assert statuses(check_record(record), "E04") == [Status.OK]
    assert p_check(replace(record, level="0.95")).status is Status.INCONSISTENT


def test_a_bound_that_decides_nothing_is_not_an_error() -> None:
    (result,) = found(check_record(CAPTAIN_ITT), "E04")
    assert result.status is Status.NOT_CHECKABLE
    assert p_check(CAPTAIN_ITT).status is Status.OK


def test_the_middle_of_the_interval_is_taken_on_the_analysis_scale_and_allows_for_rounding() -> None:
    for record in SEED:
        assert statuses(check_record(record), "E05") in ([Status.OK], [])
    (centre,) = found(check_record(GLOBAL), "E05")
    assert centre.computed_range == ("0.400", "1.33")
    (centre,) = found(check_record(INDEPENDENCE), "E05")
    assert centre.computed == "1.31"


def test_an_estimate_off_the_middle_is_a_warning_unless_the_interval_is_of_that_kind() -> None:
    """ATHOS-3 by pressor need: HR 0.48 (0.28-0.72); the middle of the logarithms is 0.449."""
    record = evidence(Measure.HR, "0.48", "0.28", "0.72")
    (result,) = found(check_record(record), "E05")
    assert (result.status, result.severity, result.computed) == (Status.WARN, Severity.WARN, "0.449")
    bootstrap = replace(record, ci_method=IntervalMethod.BOOTSTRAP)
    assert statuses(check_record(bootstrap), "E05") == [Status.INFO]


@pytest.mark.parametrize(
    ("record", "words", "status"),
    [
        (INDEPENDENCE, "non-significant trend", Status.WARN),
        (INDEPENDENCE, "a trend towards recovery", Status.WARN),
        (INDEPENDENCE, "borderline significance", Status.WARN),
        (INDEPENDENCE, "tended to be better", Status.WARN),
        (INDEPENDENCE, "no significant difference", Status.OK),
        (INDEPENDENCE, "no statistically significant difference", Status.OK),
        (INDEPENDENCE, "did not reach statistical significance", Status.OK),
        (INDEPENDENCE, "The difference was not significant", Status.OK),
        (INDEPENDENCE, "nonsignificant", Status.OK),
        (INDEPENDENCE, "difference (n.s.)", Status.OK),
        (INDEPENDENCE, "a significant improvement", Status.INCONSISTENT),
        (INDEPENDENCE, "no difference", Status.WARN),
        (INDEPENDENCE, "more people were independent", None),
        (CIBIC_6, "a significant improvement", Status.OK),
        (CIBIC_6, "no significant difference", Status.INCONSISTENT),
        (CIBIC_6, "no difference between groups", Status.INCONSISTENT),
        (CIBIC_6, "not significant early, significant later", Status.NOT_CHECKABLE),
        (CIBIC_6, "improved", None),
        (CAPTAIN, "significant superiority", Status.OK),
        (CAPTAIN, "no significant difference", Status.INCONSISTENT),
        (DEATH_COCHRANE, "no significant difference", None),
    ],
)
def test_words_are_held_against_the_result(record: EvidenceRecord, words: str, status: Status | None) -> None:
    record = replace(record, statement=words)
    result = judge_words(record, figures_of(record))
    assert (result and result.status) == status
    assert result is None or dict(result.inputs)["words"] == words


def test_the_direction_of_a_row_is_held_against_the_result_too() -> None:
    favoured = replace(INDEPENDENCE, statement="", direction=Direction.FAVOURS_COMPOUND)
    neutral = evidence(
        Measure.RR, "2.15", "1.01", "4.55", None, replace(SAE, statement="", direction=Direction.NEUTRAL)
    )
    assert statuses(check_record(favoured), "E06") == [Status.WARN]
    assert statuses(check_record(neutral), "E06") == [Status.WARN]
    assert statuses(check_record(replace(neutral, direction=Direction.FAVOURS_CONTROL)), "E06") == []


def test_imprecise_ratios_and_small_studies_are_noted_by_thresholds_that_can_be_set() -> None:
    (wide,) = found(check_record(CIBIC_6), "E07")
    assert (wide.severity, wide.computed) == (Severity.INFO, "13.2")
    assert found(check_record(CIBIC), "E07") == []
    strict = Thresholds(imprecise_ratio=5, small_n=300)
    assert len(found(check_record(CIBIC, strict), "E07")) == 1
    assert len(found(check_record(ARAT, strict), "E07")) == 1
    assert found(check_record(CAPTAIN), "E07")[0].message == "Small: 46 participants, fewer than 50."
    rats = replace(CAPTAIN, species=Species.ANIMAL, design=Design.ANIMAL)
    assert found(check_record(rats), "E07") == []


def test_a_pooled_row_needs_its_own_number_of_trials_and_people() -> None:
    assert [result.severity for result in check_size(NIHSS)] == [Severity.WARN]
    assert check_size(NIHSS)[0].message.startswith("Not given for this outcome: k and n.")
    whole = replace(NIHSS, k=14, n_total=2884)
    assert [result.code for result in check_size(whole)] == ["E10"]
    assert check_size(replace(whole, counts_confirmed=True)) == ()
    assert check_size(replace(NIHSS, k=3, n_total=700)) == ()
    assert check_size(DEATH_COCHRANE) == ()
    assert len(check_size(replace(ARAT, n_total=None))) == 1


@pytest.mark.parametrize(
    ("changes", "severities"),
    [
        ({}, []),
        ({"coded_as": Coding.NOT_STATED}, [Severity.ERROR]),
        ({"better": Better.NONE}, [Severity.ERROR]),
        ({"better": Better.NONE, "coded_as": Coding.NOT_STATED}, [Severity.ERROR, Severity.ERROR]),
        ({"coded_as": Coding.RAW}, [Severity.ERROR]),
        ({"direction": Direction.FAVOURS_CONTROL}, [Severity.ERROR]),
        ({"target_hypothesis": True}, [Severity.ERROR]),
        ({"target_hypothesis": True, "intervention": "aprepitant"}, []),
        ({"measure": Measure.RR, "better": Better.NONE, "coded_as": Coding.NOT_STATED}, [Severity.WARN]),
    ],
)
def test_a_difference_must_say_which_way_is_better_and_agree_with_its_direction(
    changes: dict[str, object], severities: list[Severity]
) -> None:
    """NIHSS is better lower; +1.39 favours the compound only if it is coded as improvement."""
    record = replace(NIHSS, **changes)  # type: ignore[arg-type]
    results = check_direction(record, figures_of(record))
    assert [(result.code, result.severity) for result in results] == [("E14", each) for each in severities]


def test_a_whole_table_gives_the_findings_of_the_seed_page() -> None:
    table = EvidenceTable(compound="Cerebrolysin", records=SEED, sources=())
    results = check_table(table, today=date(2026, 11, 22))
    amiss = {
        (result.code, result.subject)
        for result in results
        if result.severity is not Severity.INFO and result.code != "E10"
    }
    assert amiss == {("E02", "nihss"), ("E06", "independence"), ("E11", "captain-pp")}


def printed(value: float, places: int, rounding: str) -> str:
    return str(Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=rounding))


@given(
    measure=st.sampled_from(
        [Measure.MD, Measure.SMD, Measure.RR, Measure.OR, Measure.HR, Measure.MANN_WHITNEY]
    ),
    effect=st.floats(-1.5, 1.5),
    error=st.floats(0.03, 1),
    reach=st.sampled_from([1.96, critical_value(0.95)]),
    p_places=st.integers(2, 4),
    rounding=st.sampled_from([ROUND_HALF_UP, ROUND_HALF_EVEN]),
)
def test_honest_results_rounded_to_two_decimals_never_raise_an_alarm(
    measure: Measure, effect: float, error: float, reach: float, p_places: int, rounding: str
) -> None:
    if measure is Measure.MANN_WHITNEY:
        effect, error, null = 0.5 + effect / 4, error / 8, 0.5
    else:
        null = 0.0
    p = normal_two_sided_p((effect - null) / error)
    ends = [effect, effect - reach * error, effect + reach * error]
    estimate, low, high = (printed(math.exp(x) if measure.is_ratio else x, 2, rounding) for x in ends)
    p_text = printed(p, p_places, rounding)
    p_text = f"P < {Decimal(1).scaleb(-p_places)}" if Decimal(p_text) == 0 else f"P = {p_text}"
    record = evidence(measure, estimate, low, high, p_text)
    assume(read_figures(record)[0] is not None)
    for result in check_record(record):
        if result.code in ("E02", "E04", "E05"):
            assert result.status in (Status.OK, Status.NOT_CHECKABLE), result


@given(
    effect=st.floats(-3, 3),
    error=st.floats(0.1, 2),
    n=st.integers(4, 60),
    design=st.sampled_from(["two", "one"]),
)
def test_honest_small_trials_by_students_t_never_raise_an_alarm(
    effect: float, error: float, n: int, design: str
) -> None:
    df = n - 2 if design == "two" else n - 1
    reach = critical_value(0.95, df) * error
    p = student_t_two_sided_p(effect / error, df)
    middle, low, high = (printed(x, 2, ROUND_HALF_UP) for x in (effect, effect - reach, effect + reach))
    p_text = "P<0.0001" if p < 0.0001 else f"P={printed(p, 4, ROUND_HALF_UP)}"
    record = replace(evidence(Measure.MD, middle, low, high, p_text), n_total=n)
    (result, *_more) = check_p_value(record, figures_of(record))
    assert result.status in (Status.OK, Status.NOT_CHECKABLE)


@settings(max_examples=40)
@given(k=st.integers(2, 14), t=st.floats(2.5, 12), error=st.floats(0.5, 2))
def test_the_number_of_pooled_trials_that_explains_a_mismatch_is_always_among_those_named(
    k: int, t: float, error: float
) -> None:
    reach = critical_value(0.95, k - 1) * error
    p = student_t_two_sided_p(t, k - 1)
    assume(0.0005 < p < 0.9)
    middle, low, high = (f"{x:.2f}" for x in (t * error, t * error - reach, t * error + reach))
    record = evidence(Measure.MD, middle, low, high, f"P = {p:.4f}", replace(NIHSS, better=Better.HIGHER))
    results = check_record(record)
    if statuses(results, "E02") == [Status.INCONSISTENT]:
        assert any(f"as for {k} pooled trials" in each for each in assumptions(record))


EXTREME = st.one_of(
    st.sampled_from(["0", "1e-99", "1e99", "9" * 37 + "e99", "0." + "0" * 37 + "1", "-1e99", "1.00", "0.5"]),
    st.floats(-1e6, 1e6).map(str),
    st.none(),
)


@settings(max_examples=200)
@given(
    st.sampled_from(Measure), EXTREME, EXTREME, EXTREME, st.sampled_from(["P=0.02", "P<1e-90", "ns", None])
)
def test_no_printed_figures_however_extreme_break_a_check_or_the_plot(
    measure: Measure, estimate: str | None, lower: str | None, upper: str | None, p: str | None
) -> None:
    record = evidence(measure, estimate, lower, upper, p)
    for shown in (record, replace(record, design=Design.META_ANALYSIS, review_k=5, n_total=None)):
        assert check_record(shown)
        plot = forest_plot([shown], "Semax")
        assert len(plot.panels) + len(plot.undrawn) == 1


@settings(max_examples=40)
@given(st.floats(0.0001, 0.9999), st.floats(1.2, 8))
def test_moving_the_printed_p_value_far_enough_is_always_noticed(p: float, z: float) -> None:
    """The check has power: a P value ten times or a tenth of the implied one never passes."""
    implied = normal_two_sided_p(z)
    assume(p > 12 * implied or p < implied / 12)
    middle, low, high = (f"{x:.3f}" for x in (z, z - 1.959964, z + 1.959964))
    record = evidence(Measure.SMD, middle, low, high, f"P = {p:.6f}", replace(PLAIN, n_total=None))
    assert p_check(record).status is Status.INCONSISTENT
