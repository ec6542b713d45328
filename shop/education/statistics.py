"""Distributions, tests and intervals from their published formulas, in plain floating point.

Written from the formulas named in each docstring. The NIST Digital Library of Mathematical Functions
(DLMF, https://dlmf.nist.gov) is the source of those without another name. Inputs outside a function's
domain raise `ValueError`; a person's input is judged before it comes here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

_SQRT_2 = math.sqrt(2)
_SQRT_2_PI = math.sqrt(2 * math.pi)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A point estimate with its interval, on the natural scale (a ratio is a ratio, not its logarithm)."""

    value: float
    lower: float
    upper: float


def normal_cdf(z: float) -> float:
    """Probability that a standard normal variable is at most z (through erfc, DLMF 7.2.2)."""
    return math.erfc(-z / _SQRT_2) / 2


def normal_two_sided_p(z: float) -> float:
    """Probability of a standard normal value at least as far from 0 as z."""
    return math.erfc(abs(z) / _SQRT_2)


def normal_quantile(p: float) -> float:
    """The z with `normal_cdf(z) == p`, for 0 < p < 1.

    Starts from Abramowitz and Stegun 26.2.23 (error under 4.5e-4) and repeats Halley's step on the CDF.
    """
    if not 0 < p < 1:
        raise ValueError(f"a probability strictly between 0 and 1 is needed, not {p}")
    if p > 0.5:
        return -normal_quantile(1 - p)
    t = math.sqrt(-2 * math.log(p))
    z = (2.515517 + 0.802853 * t + 0.010328 * t * t) / (
        1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t**3
    ) - t
    for _ in range(8):
        newton = (normal_cdf(z) - p) * _SQRT_2_PI * math.exp(z * z / 2)
        step = newton / (1 + z * newton / 2)
        z -= step
        if abs(step) <= 1e-15 * max(1.0, abs(z)):
            break
    return z


def regularised_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b), for 0 <= x <= 1 and a, b > 0.

    Continued fraction DLMF 8.17.22, evaluated forwards by Lentz's method (Appl. Opt. 1976;15:668) with
    the guard against zero denominators of Thompson and Barnett (J. Comput. Phys. 1986;64:490). It
    converges fast below the mean of the distribution; above it the symmetry DLMF 8.17.4 is used.
    """
    if not 0 <= x <= 1 or a <= 0 or b <= 0:
        raise ValueError(f"no incomplete beta function at x={x}, a={a}, b={b}")
    if x in (0.0, 1.0):
        return x
    if x > (a + 1) / (a + b + 2):
        return 1 - regularised_beta(1 - x, b, a)
    log_front = (
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    ) - math.log(a)
    return math.exp(log_front) * _beta_fraction(x, a, b)


def _beta_fraction(x: float, a: float, b: float) -> float:
    """1/(1 + d1/(1 + d2/(1 + …))) with the coefficients of DLMF 8.17.23."""
    tiny = 1e-300
    denominator, c, d = 1.0, 1.0, 0.0
    for step in range(1, 20_000):
        m = step // 2
        if step % 2:
            coefficient = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            coefficient = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / ((1 + coefficient * d) or tiny)
        c = (1 + coefficient / c) or tiny
        denominator *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return 1 / denominator


def student_t_two_sided_p(t: float, df: float) -> float:
    """Probability of a Student t value at least as far from 0 as t, with df > 0 degrees of freedom.

    P = I_x(df/2, 1/2) at x = df / (df + t²): Abramowitz and Stegun 26.5.27 and 26.7.1. Near t = 0 the
    complement is taken, because 1 - x would lose its digits.
    """
    if df <= 0:
        raise ValueError(f"degrees of freedom must be above 0, not {df}")
    if math.isinf(t):
        return 0.0
    if t * t < 1:
        return 1 - regularised_beta(t * t / (df + t * t), 0.5, df / 2)
    return regularised_beta(df / (df + t * t), df / 2, 0.5)


def student_t_cdf(t: float, df: float) -> float:
    """Probability that a Student t variable with df degrees of freedom is at most t."""
    tail = student_t_two_sided_p(t, df) / 2
    return 1 - tail if t > 0 else tail


@lru_cache(maxsize=4096)
def critical_value(level: float, df: float | None = None) -> float:
    """How many standard errors an interval reaches to each side: z, or t when df is given.

    For t, Newton's method on the two-sided P. It starts at z, below the answer, where the tail is convex,
    so every step stays below the answer and moves towards it.
    """
    if not 0 < level < 1:
        raise ValueError(f"a confidence level is strictly between 0 and 1, not {level}")
    z = -normal_quantile((1 - level) / 2)
    if df is None:
        return z
    log_scale = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2
    t = z
    for _ in range(200):
        density = math.exp(log_scale - (df + 1) / 2 * math.log1p(t * t / df))
        step = (student_t_two_sided_p(t, df) - (1 - level)) / (2 * density)
        t += step
        if abs(step) <= 1e-14 * t:
            break
    return t


def two_sided_p(statistic: float, df: float | None = None) -> float:
    """Two-sided P of a z statistic, or of a t statistic when df is given."""
    return normal_two_sided_p(statistic) if df is None else student_t_two_sided_p(statistic, df)


def p_from_interval(
    estimate: float, lower: float, upper: float, *, null: float, level: float = 0.95, df: float | None = None
) -> float:
    """Two-sided P from an estimate and its interval, all on the analysis scale (logarithms for ratios).

    Standard error = (upper - lower) / (2 × critical value), then z = (estimate - null) / standard error:
    Altman and Bland, BMJ 2011;343:d2304. With df the interval and the test are both taken as Student's t.
    """
    if not lower < upper:
        raise ValueError("an interval needs a lower limit below its upper limit")
    standard_error = (upper - lower) / (2 * critical_value(level, df))
    return two_sided_p((estimate - null) / standard_error, df)


def interval_from_p(estimate: float, p: float, *, null: float, level: float = 0.95) -> tuple[float, float]:
    """The interval that an estimate and its two-sided P imply, on the analysis scale.

    Standard error = |estimate - null| / z(P): Altman and Bland, BMJ 2011;343:d2090. 0 < P < 1.
    """
    reach = abs(estimate - null) / -normal_quantile(p / 2) * critical_value(level)
    return estimate - reach, estimate + reach


@dataclass(frozen=True, kw_only=True)
class TwoGroups:
    """Events out of participants in the treated and the control group."""

    events_treated: int
    n_treated: int
    events_control: int
    n_control: int

    def __post_init__(self) -> None:
        for events, n in ((self.events_treated, self.n_treated), (self.events_control, self.n_control)):
            if not 0 <= events <= n or n < 1:
                raise ValueError(f"{events} events among {n} participants are not possible")

    def has_empty_cell(self) -> bool:
        """Whether a count of events or of non-events is 0, so that no ratio has a standard error."""
        return (
            0 in (self.events_treated, self.events_control)
            or self.events_treated == self.n_treated
            or self.events_control == self.n_control
        )


def risk_ratio(groups: TwoGroups, level: float = 0.95, *, add: float = 0) -> Estimate:
    """Risk ratio with the interval on its logarithm (Katz and others, Biometrics 1978;34:469).

    `add` goes to each of the four cells; 0.5 where one is empty (Cochrane Handbook 10.4.4). ValueError when a
    group has no events, even so.
    """
    a, n1, c, n2 = _cells(groups, add)
    if not a or not c:
        raise ValueError("a risk ratio with an interval needs events in both groups")
    return _from_logarithm(math.log(a / n1) - math.log(c / n2), 1 / a - 1 / n1 + 1 / c - 1 / n2, level)


def odds_ratio(groups: TwoGroups, level: float = 0.95, *, add: float = 0) -> Estimate:
    """Odds ratio with the interval on its logarithm (Woolf, Ann Hum Genet 1955;19:251).

    `add` as for the risk ratio. ValueError when one of the four cells is empty, even so.
    """
    a, n1, c, n2 = _cells(groups, add)
    b, d = n1 - a, n2 - c
    if not (a and b and c and d):
        raise ValueError("an odds ratio with an interval needs all four cells filled")
    return _from_logarithm(math.log(a / b) - math.log(c / d), 1 / a + 1 / b + 1 / c + 1 / d, level)


def _cells(groups: TwoGroups, add: float) -> tuple[float, float, float, float]:
    """Events and participants of both groups, with something added to each cell."""
    return (
        groups.events_treated + add,
        groups.n_treated + 2 * add,
        groups.events_control + add,
        groups.n_control + 2 * add,
    )


def _from_logarithm(log_ratio: float, variance: float, level: float) -> Estimate:
    reach = critical_value(level) * math.sqrt(variance)
    return Estimate(
        value=math.exp(log_ratio), lower=math.exp(log_ratio - reach), upper=math.exp(log_ratio + reach)
    )


def risk_difference(groups: TwoGroups, level: float = 0.95, *, add: float = 0) -> Estimate:
    """Difference of two proportions with the simple (Wald) interval: Altman, Practical Statistics 1991.

    The variance is worked out with `add` in each cell, since groups all or none of whom had events have none.
    """
    difference = groups.events_treated / groups.n_treated - groups.events_control / groups.n_control
    a, n1, c, n2 = _cells(groups, add)
    p1, p2 = a / n1, c / n2
    reach = critical_value(level) * math.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
    return Estimate(value=difference, lower=difference - reach, upper=difference + reach)


def fisher_exact_p(groups: TwoGroups) -> float:
    """Fisher's exact test, two-sided: the probability of all tables no more likely than the one seen.

    Fisher, J R Stat Soc 1935;98:39. Weights are taken relative to the most likely table and built outwards
    by the ratio of neighbouring hypergeometric terms, so that large counts neither overflow nor need
    factorials; a relative 1e-7 keeps ties together.
    """
    row, other, column = groups.n_treated, groups.n_control, groups.events_treated + groups.events_control
    lowest, highest = max(0, column - other), min(row, column)
    mode = min(highest, max(lowest, (row + 1) * (column + 1) // (row + other + 2)))
    seen = groups.events_treated
    weights = {mode: 1.0}
    weight = 1.0
    for x in range(mode, highest):
        weight *= (row - x) * (column - x) / ((x + 1) * (other - column + x + 1))
        if weight == 0.0:
            break
        weights[x + 1] = weight
    weight = 1.0
    for x in range(mode, lowest, -1):
        weight *= x * (other - column + x) / ((row - x + 1) * (column - x + 1))
        if weight == 0.0:
            break
        weights[x - 1] = weight
    limit = weights.get(seen, 0.0) * (1 + 1e-7)
    return min(1.0, math.fsum(w for w in weights.values() if w <= limit) / math.fsum(weights.values()))


def chi_squared_p(groups: TwoGroups, *, continuity: bool = False) -> float:
    """Pearson's chi-squared test of a 2 × 2 table, with Yates's continuity correction on request.

    Pearson, Phil Mag 1900;50:157; Yates, J R Stat Soc Suppl 1934;1:217. 1.0 when a margin is empty.
    """
    a, c = groups.events_treated, groups.events_control
    b, d = groups.n_treated - a, groups.n_control - c
    total = a + b + c + d
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    if margins == 0:
        return 1.0
    distance = float(abs(a * d - b * c))
    if continuity:
        distance = max(0.0, distance - total / 2)
    return normal_two_sided_p(math.sqrt(total * distance * distance / margins))


def grim_counts(value: Decimal, half_unit: Decimal, n: int, *, whole: int = 100) -> range:
    """Whole numbers c for which c × whole / n, rounded, can be printed as the value; empty if none can.

    whole = 100 for a percentage of n participants; whole = 1 for the mean of n whole-number scores (for a
    mean of several items give n × items). Rounding up and rounding down at a half both count as possible.
    Brown and Heathers, Soc Psychol Personal Sci 2017;8:363.
    """
    if n < 1:
        raise ValueError("GRIM needs at least one participant")
    unit = Fraction(n, whole)
    lowest = math.ceil(Fraction(value - half_unit) * unit)
    highest = math.floor(Fraction(value + half_unit) * unit)
    if whole == 100:
        lowest, highest = max(lowest, 0), min(highest, n)
    return range(lowest, highest + 1)


def grim_is_informative(half_unit: Decimal, n: int, *, whole: int = 100) -> bool:
    """Whether some printable value is impossible: the steps whole / n must exceed the printed unit."""
    return Fraction(whole, n) > 2 * Fraction(half_unit)


def grim_denominators(percentages: Iterable[tuple[Decimal, Decimal]], candidates: Iterable[int]) -> list[int]:
    """The group sizes among the candidates that allow every (percentage, half unit) pair."""
    pairs = list(percentages)
    return [n for n in candidates if all(grim_counts(value, half, n) for value, half in pairs)]
