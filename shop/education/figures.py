"""Check E01, and the printed figures of a record put on their analysis scale for the other checks.

Rounding is undone by trying every combination of the half units of the printed figures. Ratios are analysed
on logarithms (Cochrane Handbook 5.1, 7.7.7.3); Mann-Whitney effect sizes on their own scale, since their
logit gives false alarms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import product
from typing import TypeVar

from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.education import statistics
from shop.education.evidence import (
    CheckResult,
    EvidenceRecord,
    Measure,
    Severity,
    Status,
    finding,
    interval_text,
    printed_inputs,
)
from shop.education.printed import Comparator, PrintedNumber, PrintedP, parse_level, parse_number, parse_p

MOST_PARTICIPANTS = 10_000_000
"""Counts above this are taken as slips."""

_QUANTILE_SLACK = 5e-5
"""Papers use 1.96 or the full quantile; a relative difference this small must not raise an alarm."""


_Printed = TypeVar("_Printed", PrintedNumber, PrintedP)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The printed figures of one record, read; fit for arithmetic once E01 has passed."""

    measure: Measure
    level: PrintedNumber
    estimate: PrintedNumber | None = None
    lower: PrintedNumber | None = None
    upper: PrintedNumber | None = None
    p: PrintedP | None = None
    percent_treated: PrintedNumber | None = None
    percent_control: PrintedNumber | None = None

    @property
    def alpha(self) -> float:
        """The significance level that goes with the interval's level."""
        return float(1 - self.level.value)

    @property
    def interval(self) -> tuple[PrintedNumber, PrintedNumber, PrintedNumber] | None:
        """Estimate, lower and upper limit when all three are printed."""
        if self.estimate is None or self.lower is None or self.upper is None:
            return None
        return self.estimate, self.lower, self.upper


def read_figures(record: EvidenceRecord) -> tuple[Figures | None, tuple[CheckResult, ...]]:
    """E01: read the printed figures. Either figures, or one error for each reason why they are impossible."""
    problems: list[str] = []

    def read(name: str, text: str | None, parse: Callable[[str], _Printed]) -> _Printed | None:
        try:
            return None if text is None else parse(text)
        except Refused as refusal:
            problems.append(_("%(name)s: %(reason)s", name=name, reason=str(refusal)))
            return None

    level = read(_("Level"), record.level, parse_level)
    figures = Figures(
        measure=record.measure,
        level=level or parse_number("0.95"),
        estimate=read(_("Estimate"), record.estimate, parse_number),
        lower=read(_("Lower limit"), record.lower, parse_number),
        upper=read(_("Upper limit"), record.upper, parse_number),
        p=read(_("P value"), record.p_text, parse_p),
        percent_treated=read(_("Percentage, treated"), record.percent_treated, parse_number),
        percent_control=read(_("Percentage, control"), record.percent_control, parse_number),
    )
    if not problems:
        problems = [*impossible_figures(record, figures), *_impossible_counts(record)]
    inputs = printed_inputs(record)
    if problems:
        return None, tuple(
            finding("E01", record.id, Status.INCONSISTENT, problem, severity=Severity.ERROR, inputs=inputs)
            for problem in problems
        )
    return figures, (finding("E01", record.id, Status.OK, _("The figures are possible."), inputs=inputs),)


def impossible(record: EvidenceRecord) -> list[str]:
    """Every reason why the figures of a record are impossible; none where they are not."""
    return [result.message for result in read_figures(record)[1] if result.severity is Severity.ERROR]


def impossible_figures(record: EvidenceRecord, figures: Figures) -> Iterator[str]:
    """Why printed figures cannot all be so: order, domain of the measure, level, percentages, P."""
    low, estimate, high = figures.lower, figures.estimate, figures.upper
    if (low is None) != (high is None):
        yield _("An interval needs both limits.")
    if low and high and low.value > high.value:
        yield _("The lower limit %(low)s is above the upper limit %(high)s.", low=low.text, high=high.text)
    elif estimate and low and high and not low.value <= estimate.value <= high.value:
        yield _(
            "The estimate %(estimate)s lies outside its interval %(interval)s.",
            estimate=estimate.text,
            interval=interval_text(low.text, high.text),
        )
    for number in (estimate, low, high):
        if number is not None:
            yield from _outside_domain(record, number)
    if not Decimal("0.5") <= figures.level.value <= Decimal("0.9999"):
        yield _("A level is a fraction such as 0.95; %(level)s is given.", level=figures.level.text)
    for percent in (figures.percent_treated, figures.percent_control):
        if percent is not None and not 0 <= percent.value <= 100:
            yield _("%(percent)s is not a percentage of participants.", percent=percent.text)
    if figures.p is not None and figures.p.number is not None:
        yield from _impossible_p(figures.p, figures.p.number.value)


def _outside_domain(record: EvidenceRecord, number: PrintedNumber) -> Iterator[str]:
    measure = record.measure
    if measure.is_ratio and number.value <= 0:
        yield _(
            "%(measure)s %(number)s is not possible: a ratio is above 0.",
            measure=measure.label,
            number=number.text,
        )
    least, most = _domain(record)
    if least is not None and not least <= number.value <= most:
        yield _(
            "%(measure)s %(number)s is not possible: it lies between %(least)s and %(most)s.",
            measure=measure.label,
            number=number.text,
            least=least,
            most=most,
        )


def _domain(record: EvidenceRecord) -> tuple[int | None, int]:
    most = 100 if in_percent(record) else 1
    match record.measure:
        case Measure.MANN_WHITNEY:
            return 0, 1
        case Measure.PROPORTION:
            return 0, most
        case Measure.RD:
            return -most, most
        case _:
            return None, 0


def in_percent(record: EvidenceRecord) -> bool:
    """Whether its figures are percentages rather than fractions."""
    texts = (record.estimate, record.lower, record.upper)
    return record.unit.startswith(("%", "percent")) or any(text and text.endswith("%") for text in texts)


def _impossible_p(p: PrintedP, value: Decimal) -> Iterator[str]:
    if value < 0 or value > 1:
        yield _("%(p)s is not possible: P lies between 0 and 1.", p=p.shown)
    elif value == 0 and p.comparator is not Comparator.ABOVE:
        yield _("%(p)s is not possible: P is never 0. A rounded 0.000 means P < 0.001.", p=p.shown)


def _impossible_counts(record: EvidenceRecord) -> Iterator[str]:
    counts = (
        ("n", record.n_total, 1),
        (_("n treated"), record.n_treated, 1),
        (_("n control"), record.n_control, 1),
        (_("events treated"), record.events_treated, 0),
        (_("events control"), record.events_control, 0),
        ("k", record.k, 1),
        (_("k of the review"), record.review_k, 1),
        (_("n of the review"), record.review_n, 1),
    )
    for name, count, least in counts:
        if count is not None and not least <= count <= MOST_PARTICIPANTS:
            yield _("%(name)s = %(count)s is not a possible count.", name=name, count=count)
    arms = ((record.events_treated, record.n_treated), (record.events_control, record.n_control))
    for events, n in arms:
        if events is not None and n is not None and events > n:
            yield _("%(events)s events among %(n)s participants are not possible.", events=events, n=n)
    in_arms = (record.n_treated or 0) + (record.n_control or 0)
    if record.n_total is not None and in_arms > record.n_total:
        yield _("The arms hold %(arms)s participants, more than n = %(n)s.", arms=in_arms, n=record.n_total)
    for part, whole, name in ((record.k, record.review_k, "k"), (record.participants, record.review_n, "n")):
        if part is not None and whole is not None and part > whole:
            yield _(
                "%(name)s = %(part)s of the outcome exceeds the review's %(whole)s.",
                name=name,
                part=part,
                whole=whole,
            )


def on_analysis_scale(measure: Measure, value: Decimal) -> float:
    """The logarithm of a ratio; any other figure as it is."""
    return math.log(value) if measure.is_ratio else float(value)


def corners(figures: Figures) -> list[tuple[float, float, float]]:
    """Estimate, lower and upper limit on the analysis scale: all 27 ways of undoing their rounding.

    The middle one is the printed figures themselves. A ratio printed above 0 stays above 0, since half a unit
    is at most half of it. Empty without an interval.
    """
    if figures.interval is None:
        return []
    choices = [
        [on_analysis_scale(figures.measure, value) for value in (low, number.value, high)]
        for number in figures.interval
        for low, high in [number.envelope]
    ]
    return [(estimate, low, high) for estimate, low, high in product(*choices)]


@lru_cache(maxsize=256)
def _signals(figures: Figures) -> tuple[float, ...]:
    """Distance of the estimate from no difference, in half lengths of the interval, for each corner.

    Infinite where rounding hides the whole length of the interval. Kept, since E03 asks for every k.
    """
    if figures.measure.null is None:
        raise ValueError(f"{figures.measure} has no value of no difference")
    null = on_analysis_scale(figures.measure, figures.measure.null)
    return tuple(
        abs(estimate - null) / ((high - low) / 2) if high > low else math.inf
        for estimate, low, high in corners(figures)
    )


def implied_p(figures: Figures, df: float | None = None) -> float:
    """P from the interval as printed, by Altman and Bland, BMJ 2011;343:d2304 (see `p_from_interval`)."""
    signals = _signals(figures)
    reach = statistics.critical_value(float(figures.level.value), df)
    return statistics.two_sided_p(signals[len(signals) // 2] * reach, df)


def implied_p_range(
    figures: Figures, df: float | None = None, level: float | None = None
) -> tuple[float, float]:
    """Lowest and highest P over the 27 corners; with df the interval is taken as Student's t."""
    signals = _signals(figures)
    reach = statistics.critical_value(float(figures.level.value) if level is None else level, df)
    return (
        statistics.two_sided_p(max(signals) * reach * (1 + _QUANTILE_SLACK), df),
        statistics.two_sided_p(min(signals) * reach * (1 - _QUANTILE_SLACK), df),
    )


def overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two ranges share a value, ends included."""
    slack = 1 + 1e-9
    return one[0] <= other[1] * slack and other[0] <= one[1] * slack


def interval_excludes_null(figures: Figures) -> bool | None:
    """Whether the interval leaves out no difference; None where rounding hides it, or without an interval."""
    null = figures.measure.null
    if null is None or figures.lower is None or figures.upper is None:
        return None
    if null < figures.lower.envelope[0] or null > figures.upper.envelope[1]:
        return True
    if figures.lower.envelope[1] < null < figures.upper.envelope[0]:
        return False
    return None


def p_is_below_alpha(p: PrintedP, alpha: float) -> bool | None:
    """Whether a printed P is below alpha; None where rounding or a bound leaves it open."""
    low, high = p.range(alpha)
    if high < alpha or (high <= alpha and p.comparator in (Comparator.BELOW, Comparator.AT_MOST)):
        return True
    return False if low >= alpha else None


def reads(text: str) -> bool:
    """Whether the text is a printed number."""
    try:
        parse_number(text)
    except Refused:
        return False
    return True
