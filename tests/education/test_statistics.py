"""Distributions and tests against published tables, closed forms and exact arithmetic."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.education import statistics
from shop.education.statistics import TwoGroups

LADY_TASTING_TEA = TwoGroups(events_treated=3, n_treated=4, events_control=1, n_control=4)
CARS_SERIOUS_EVENTS = TwoGroups(events_treated=3, n_treated=104, events_control=7, n_control=104)


@st.composite
def two_groups(draw: st.DrawFn, most: int = 60) -> TwoGroups:
    n1, n2 = draw(st.integers(1, most)), draw(st.integers(1, most))
    return TwoGroups(
        events_treated=draw(st.integers(0, n1)),
        n_treated=n1,
        events_control=draw(st.integers(0, n2)),
        n_control=n2,
    )


def test_the_normal_distribution_has_its_table_values() -> None:
    assert statistics.normal_cdf(0) == 0.5
    assert statistics.normal_cdf(1.96) == pytest.approx(0.9750021048517795, abs=1e-15)
    assert statistics.normal_cdf(-3) == pytest.approx(0.0013498980316301, rel=1e-12)
    assert statistics.normal_two_sided_p(1.959963984540054) == pytest.approx(0.05, rel=1e-14)
    assert statistics.normal_quantile(0.975) == pytest.approx(1.959963984540054, rel=1e-14)
    assert statistics.normal_quantile(0.995) == pytest.approx(2.5758293035489004, rel=1e-14)


@given(st.floats(1e-12, 1 - 1e-12))
def test_the_normal_quantile_agrees_with_another_algorithm(p: float) -> None:
    assert statistics.normal_quantile(p) == pytest.approx(NormalDist().inv_cdf(p), rel=1e-9, abs=1e-12)


def test_the_normal_quantile_reaches_into_the_tail() -> None:
    assert statistics.normal_cdf(statistics.normal_quantile(1e-99)) == pytest.approx(1e-99, rel=1e-10)


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, 1.1, math.nan])
def test_a_quantile_needs_a_probability(p: float) -> None:
    with pytest.raises(ValueError, match="probability"):
        statistics.normal_quantile(p)


@pytest.mark.parametrize(
    ("df", "at_95", "at_99"),
    [
        (1, 12.706, 63.657),
        (2, 4.303, 9.925),
        (5, 2.571, 4.032),
        (10, 2.228, 3.169),
        (30, 2.042, 2.750),
        (120, 1.980, 2.617),
    ],
)
def test_students_t_has_its_table_values(df: int, at_95: float, at_99: float) -> None:
    assert statistics.critical_value(0.95, df) == pytest.approx(at_95, abs=5e-4)
    assert statistics.critical_value(0.99, df) == pytest.approx(at_99, abs=5e-4)


@given(st.floats(-60, 60))
def test_students_t_agrees_with_its_closed_forms(t: float) -> None:
    third = t / math.sqrt(3)
    closed = {
        1: 0.5 + math.atan(t) / math.pi,
        2: 0.5 + t / (2 * math.sqrt(2 + t * t)),
        3: 0.5 + (third / (1 + third * third) + math.atan(third)) / math.pi,
    }
    for df, expected in closed.items():
        assert statistics.student_t_cdf(t, df) == pytest.approx(expected, abs=1e-13)


@given(st.floats(0.5, 8))
def test_students_t_becomes_normal_with_many_degrees_of_freedom(t: float) -> None:
    """The difference is of the order t⁴ / df; ten million is the largest count a record may hold."""
    assert statistics.student_t_two_sided_p(t, 1e7) == pytest.approx(
        statistics.normal_two_sided_p(t), rel=2e-4
    )


@given(st.floats(0.5, 0.9999), st.integers(1, 500))
def test_the_critical_value_gives_back_its_level(level: float, df: int) -> None:
    t = statistics.critical_value(level, df)
    assert statistics.student_t_two_sided_p(t, df) == pytest.approx(1 - level, rel=1e-9)
    assert t > statistics.critical_value(level)


@given(st.integers(1, 30), st.integers(1, 30), st.fractions(Fraction(1, 100), Fraction(99, 100)))
def test_the_incomplete_beta_function_is_a_binomial_sum(m: int, extra: int, x: Fraction) -> None:
    """DLMF 8.17.5: I_x(m, n - m + 1) is the chance of at least m successes in n."""
    n = m + extra - 1
    binomial = sum(math.comb(n, j) * x**j * (1 - x) ** (n - j) for j in range(m, n + 1))
    assert statistics.regularised_beta(float(x), m, n - m + 1) == pytest.approx(
        float(binomial), rel=1e-11, abs=1e-300
    )


@given(st.floats(0.001, 0.999), st.floats(0.2, 50), st.floats(0.2, 50))
def test_the_incomplete_beta_function_is_symmetric(x: float, a: float, b: float) -> None:
    total = statistics.regularised_beta(x, a, b) + statistics.regularised_beta(1 - x, b, a)
    assert total == pytest.approx(1, abs=1e-12)


def test_distributions_refuse_what_lies_outside_their_domain() -> None:
    with pytest.raises(ValueError, match="beta"):
        statistics.regularised_beta(1.5, 1, 1)
    with pytest.raises(ValueError, match="degrees of freedom"):
        statistics.student_t_two_sided_p(1, 0)
    with pytest.raises(ValueError, match="level"):
        statistics.critical_value(1.0)
    with pytest.raises(ValueError, match="lower limit"):
        statistics.p_from_interval(1, 2, 2, null=0)


def test_p_of_a_ratio_follows_from_the_logarithms_of_its_interval() -> None:
    """ln 0.81 = -0.2107; standard error (ln 0.94 - ln 0.70) / 3.92 = 0.0752; z = -2.80; P = 0.005."""
    log = math.log
    p = statistics.p_from_interval(log(0.81), log(0.70), log(0.94), null=0)
    assert p == pytest.approx(0.005, abs=5e-4)


def test_the_nihss_row_implies_what_the_reference_worked_out() -> None:
    assert statistics.p_from_interval(1.39, 0.53, 2.25, null=0) == pytest.approx(0.00154, abs=5e-6)
    assert statistics.p_from_interval(1.39, 0.53, 2.25, null=0, df=2) == pytest.approx(0.0201, abs=5e-5)
    assert statistics.p_from_interval(1.39, 0.53, 2.25, null=0, df=1) == pytest.approx(0.031, abs=5e-4)
    assert statistics.p_from_interval(1.39, 0.53, 2.25, null=0, df=3) == pytest.approx(0.014, abs=5e-4)
    low, high = statistics.interval_from_p(1.39, 0.02, null=0)
    assert (round(low, 2), round(high, 2)) == (0.22, 2.56)


@given(st.floats(-5, 5), st.floats(1e-12, 0.999))
def test_an_interval_made_from_p_gives_p_back(estimate: float, p: float) -> None:
    if abs(estimate) > 1e-6:
        low, high = statistics.interval_from_p(estimate, p, null=0)
        assert statistics.p_from_interval(estimate, low, high, null=0) == pytest.approx(p, rel=1e-6)


@given(st.floats(0.1, 3), st.floats(0.1, 3), st.floats(1.01, 5))
def test_a_wider_interval_means_a_larger_p(estimate: float, reach: float, factor: float) -> None:
    narrow = statistics.p_from_interval(estimate, estimate - reach, estimate + reach, null=0)
    wide = statistics.p_from_interval(estimate, estimate - reach * factor, estimate + reach * factor, null=0)
    assert wide > narrow or wide == narrow == 0


def test_fishers_exact_test_on_the_lady_tasting_tea() -> None:
    assert statistics.fisher_exact_p(LADY_TASTING_TEA) == pytest.approx(34 / 70, rel=1e-12)


def test_the_serious_events_of_cars_from_the_counts() -> None:
    ratio = statistics.risk_ratio(CARS_SERIOUS_EVENTS)
    assert (round(ratio.value, 2), round(ratio.lower, 2), round(ratio.upper, 2)) == (0.43, 0.11, 1.61)
    assert statistics.fisher_exact_p(CARS_SERIOUS_EVENTS) == pytest.approx(0.33, abs=0.005)


@given(two_groups())
def test_fishers_exact_test_agrees_with_whole_number_arithmetic(groups: TwoGroups) -> None:
    column = groups.events_treated + groups.events_control
    weights = {
        x: math.comb(groups.n_treated, x) * math.comb(groups.n_control, column - x)
        for x in range(max(0, column - groups.n_control), min(groups.n_treated, column) + 1)
    }
    seen = weights[groups.events_treated]
    exact = Fraction(sum(w for w in weights.values() if w <= seen), sum(weights.values()))
    assert statistics.fisher_exact_p(groups) == pytest.approx(float(exact), rel=1e-9)


def test_fishers_exact_test_bears_large_counts() -> None:
    groups = TwoGroups(events_treated=2135, n_treated=14771, events_control=2122, n_control=14768)
    assert 0.8 < statistics.fisher_exact_p(groups) < 0.9


@given(two_groups())
def test_swapping_the_groups_inverts_ratios_and_turns_the_difference(groups: TwoGroups) -> None:
    swapped = TwoGroups(
        events_treated=groups.events_control,
        n_treated=groups.n_control,
        events_control=groups.events_treated,
        n_control=groups.n_treated,
    )
    difference, other = statistics.risk_difference(groups), statistics.risk_difference(swapped)
    assert (difference.lower, difference.upper) == pytest.approx((-other.upper, -other.lower))
    if not groups.has_empty_cell():
        for ratio in (statistics.risk_ratio, statistics.odds_ratio):
            assert ratio(groups).lower == pytest.approx(1 / ratio(swapped).upper)
    assert statistics.fisher_exact_p(groups) == pytest.approx(statistics.fisher_exact_p(swapped), rel=1e-9)


def test_ratios_and_difference_by_hand() -> None:
    """114 of 163 against 37 of 158 (ATHOS-3): OR = 114 × 121 / (49 × 37)."""
    groups = TwoGroups(events_treated=114, n_treated=163, events_control=37, n_control=158)
    assert statistics.odds_ratio(groups).value == pytest.approx(114 * 121 / (49 * 37))
    assert statistics.risk_ratio(groups).value == pytest.approx((114 / 163) / (37 / 158))
    assert statistics.risk_difference(groups).value == pytest.approx(114 / 163 - 37 / 158)
    reach = 1.959963984540054 * math.sqrt(1 / 114 + 1 / 49 + 1 / 37 + 1 / 121)
    assert math.log(statistics.odds_ratio(groups).upper / (114 * 121 / (49 * 37))) == pytest.approx(reach)


def test_a_ratio_is_refused_where_a_cell_is_empty() -> None:
    none = TwoGroups(events_treated=0, n_treated=10, events_control=3, n_control=10)
    everyone = TwoGroups(events_treated=10, n_treated=10, events_control=3, n_control=10)
    for groups, ratio in ((none, statistics.risk_ratio), (none, statistics.odds_ratio)):
        with pytest.raises(ValueError, match=r"events|cells"):
            ratio(groups)
    with pytest.raises(ValueError, match="cells"):
        statistics.odds_ratio(everyone)
    with pytest.raises(ValueError, match="not possible"):
        TwoGroups(events_treated=11, n_treated=10, events_control=3, n_control=10)


def test_chi_squared_by_hand() -> None:
    """10 of 20 against 5 of 20: 40 × 100² / (20 × 20 × 15 × 25) = 2.667; corrected 40 × 80² / … = 1.707."""
    groups = TwoGroups(events_treated=10, n_treated=20, events_control=5, n_control=20)
    assert statistics.chi_squared_p(groups) == pytest.approx(math.erfc(math.sqrt(8 / 3 / 2)))
    assert statistics.chi_squared_p(groups, continuity=True) == pytest.approx(
        math.erfc(math.sqrt(40 * 80 * 80 / 150_000 / 2))
    )
    nobody = TwoGroups(events_treated=0, n_treated=20, events_control=0, n_control=20)
    assert statistics.chi_squared_p(nobody) == 1.0


def test_grim_finds_the_only_arm_size_that_fits_the_cars_percentages() -> None:
    percentages = [(Decimal(text), Decimal("0.05")) for text in ("69.2", "71.2", "2.9", "6.7")]
    assert statistics.grim_denominators(percentages, range(90, 116)) == [104]
    counts = [list(statistics.grim_counts(value, half, 104)) for value, half in percentages]
    assert counts == [[72], [74], [3], [7]]


def test_grim_refuses_the_mean_of_brown_and_heathers() -> None:
    """A mean of 5.19 from 28 whole scores: 145 / 28 = 5.18 and 146 / 28 = 5.21."""
    assert not statistics.grim_counts(Decimal("5.19"), Decimal("0.005"), 28, whole=1)
    assert list(statistics.grim_counts(Decimal("5.18"), Decimal("0.005"), 28, whole=1)) == [145]
    assert statistics.grim_is_informative(Decimal("0.005"), 28, whole=1)
    assert not statistics.grim_is_informative(Decimal("0.005"), 100, whole=1)


def test_grim_stops_telling_when_the_steps_are_as_fine_as_the_printed_unit() -> None:
    """With 1,000 people each step is 0.1%, so every percentage with one decimal can occur."""
    assert statistics.grim_is_informative(Decimal("0.05"), 999)
    assert not statistics.grim_is_informative(Decimal("0.05"), 1000)


@given(st.integers(1, 900), st.data())
def test_grim_never_refuses_a_percentage_that_was_rounded_from_counts(n: int, data: st.DataObject) -> None:
    events = data.draw(st.integers(0, n))
    places = data.draw(st.integers(0, 2))
    rounding = data.draw(st.sampled_from(["ROUND_HALF_UP", "ROUND_HALF_EVEN", "ROUND_HALF_DOWN"]))
    exact = Decimal(100 * events) / n
    percent = exact.quantize(Decimal(1).scaleb(-places), rounding=rounding)
    assert events in statistics.grim_counts(percent, Decimal(5).scaleb(-places - 1), n)
