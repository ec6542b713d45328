"""Do the printed figures of a record agree with each other and with the words? Checks E02 to E07, E10, E14.

Each check is a pure function from a record to `CheckResult`s. They name what was printed, what follows from
it, how much rounding allows, and under which assumption a mismatch would go away: a P value that disagrees
with its interval may be right and the interval wrong.

`check_record` and `check_table` run everything. E01 is in `figures`, E08 and E09 in `counts`, E11, E12 and
E15 in `selective_reporting`, E13, E16 and E17 in `source_checks`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from shop.core.language import gettext as _
from shop.education import selective_reporting
from shop.education.counts import check_counts, check_grim, check_shared_denominators, fitting_test
from shop.education.evidence import (
    BenefitSide,
    Better,
    CheckResult,
    Coding,
    Design,
    Direction,
    EvidenceRecord,
    EvidenceTable,
    IntervalMethod,
    Measure,
    RetractionList,
    Severity,
    Species,
    Status,
    benefit_side,
    finding,
    interval_text,
    percent_of_level,
    printed_inputs,
)
from shop.education.figures import (
    Figures,
    corners,
    implied_p,
    implied_p_range,
    impossible_figures,
    interval_excludes_null,
    on_analysis_scale,
    overlap,
    p_is_below_alpha,
    read_figures,
    reads,
)
from shop.education.printed import (
    Comparator,
    PrintedNumber,
    PrintedP,
    p_figure,
    p_sentence,
    parse_number,
    significant,
)
from shop.education.source_checks import check_currency, check_identifiers, check_retraction

_UNCENTRED = (
    IntervalMethod.BOOTSTRAP,
    IntervalMethod.EXACT,
    IntervalMethod.PROFILE,
    IntervalMethod.BAYESIAN,
)


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """When an interval counts as imprecise, a study as small, and a search as stale."""

    imprecise_ratio: float = 10
    small_n: int = 50
    stale_months: int = 18


DEFAULT_THRESHOLDS = Thresholds()

_MOST_TRIALS = 200
"""How many pooled trials E03 tries at most."""


def check_table(
    table: EvidenceTable,
    *,
    today: date,
    retractions: RetractionList | None = None,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
) -> tuple[CheckResult, ...]:
    """Every check of a monograph: its records, then its sources, then the page as a whole."""
    return (
        *(result for record in table.records for result in check_record(record, thresholds)),
        *check_shared_denominators(table.records),
        *(result for source in table.sources for result in check_identifiers(source)),
        *(check_retraction(source, retractions) for source in table.sources),
        *selective_reporting.check(table),
        *check_currency(table, today, thresholds.stale_months),
    )


def check_record(
    record: EvidenceRecord, thresholds: Thresholds = DEFAULT_THRESHOLDS
) -> tuple[CheckResult, ...]:
    """E01 to E10 and E14 for one record. No arithmetic is done where E01 finds impossible figures."""
    figures, results = read_figures(record)
    if figures is None:
        return (*results, *check_size(record), *check_direction(record, None))
    return (
        *results,
        *check_p_value(record, figures),
        *check_decision(record, figures),
        *check_centre(record, figures),
        *check_wording(record, figures),
        *check_precision(record, figures, thresholds),
        *check_grim(record, figures),
        *check_counts(record, figures),
        *check_size(record),
        *check_direction(record, figures),
    )


def check_p_value(record: EvidenceRecord, figures: Figures) -> tuple[CheckResult, ...]:
    """E02: the P value that the interval implies against the printed one; E03 too when they disagree.

    A warning; an error when the two lie on different sides of significance at 1 - level.
    """
    reason = why_p_cannot_be_checked(record, figures)
    if reason is not None or figures.p is None:
        message = _("Not checkable: %(reason)s.", reason=reason)
        return (finding("E02", record.id, Status.NOT_CHECKABLE, message, inputs=printed_inputs(record)),)
    printed = figures.p.range(figures.alpha)
    models = _degrees_of_freedom(record)
    df = next((df for df in models if overlap(implied_p_range(figures, df), printed)), models[0])
    low, high = implied_p_range(figures, df)
    p = implied_p(figures, df)
    agrees = overlap((low, high), printed)
    test = "" if agrees else fitting_test(record, figures)
    if test:
        return (_agrees_by_counts(record, figures, test, _implied(p, low, high)),)
    flips = False if agrees else _flips(figures.p, low, high, figures.alpha)
    result = finding(
        "E02",
        record.id,
        Status.OK if agrees else Status.INCONSISTENT,
        _(
            "The interval %(interval)s implies %(implied)s; %(printed)s is printed. %(verdict)s",
            interval=_interval(record),
            implied=_implied(p, low, high),
            printed=figures.p.shown,
            verdict=_verdict(agrees, flips, overlap((p, p), printed)),
        ),
        severity=Severity.ERROR if flips else None,
        inputs=printed_inputs(record),
        computed=significant(p),
        computed_range=(significant(low), significant(high)),
        assumptions=(_distribution(df),),
        decision_flip=flips is True,
    )
    return (result,) if agrees else (result, _search_assumptions(record, figures, printed))


def _agrees_by_counts(record: EvidenceRecord, figures: Figures, test: str, implied: str) -> CheckResult:
    """E02 where the printed P is that of another test of the same counts than the interval is made by."""
    return finding(
        "E02",
        record.id,
        Status.OK,
        _(
            "The interval %(interval)s implies %(implied)s; %(printed)s is printed, which %(test)s gives.",
            interval=_interval(record),
            implied=implied,
            printed=figures.p.shown if figures.p is not None else "",
            test=test,
        ),
        inputs=printed_inputs(record),
        assumptions=(test,),
    )


def why_p_cannot_be_checked(record: EvidenceRecord, figures: Figures) -> str | None:
    """What is missing to compare an interval with a P value; None when nothing is."""
    if figures.estimate is None and figures.lower is None:
        return (
            _("no figure was published")
            if figures.p is None
            else _("a P value was published without an estimate")
        )
    if figures.lower is None or figures.upper is None:
        return (
            _("neither an interval nor a P value was published")
            if figures.p is None
            else _("a P value was published without an interval")
        )
    if figures.estimate is None:
        return _("an interval was published without its estimate")
    if figures.measure.null is None:
        return _("this measure has no value of no difference")
    if figures.p is None:
        return _("no P value was published")
    if figures.lower.value == figures.upper.value:
        return _("rounding hides the length of the interval")
    if record.ci_method is IntervalMethod.BAYESIAN:
        return _("a Bayesian interval does not imply a P value")
    return None


def _degrees_of_freedom(record: EvidenceRecord) -> list[float | None]:
    """The distributions under which an ordinary analysis of this record may have been made; None is normal.

    One trial's difference of means is usually analysed by t with n - 2 degrees of freedom (n - 1 for pairs).
    """
    n, pooled = record.participants, record.design.is_pooled
    if pooled and record.ci_method in (IntervalMethod.T, IntervalMethod.HARTUNG_KNAPP):
        return [record.k - 1] if record.k is not None and record.k >= 2 else [None]
    if not pooled and record.measure.is_difference_of_means and n is not None and n >= 3:
        student: list[float | None] = [n - 2, n - 1]
        return student if record.ci_method is IntervalMethod.T else [None, *student]
    return [None]


def _interval(record: EvidenceRecord) -> str:
    return interval_text(record.lower or "", record.upper or "")


def _implied(p: float, low: float, high: float) -> str:
    if high < 1e-4:
        return p_sentence(p)
    return _(
        "%(p)s (%(low)s to %(high)s, allowing for rounding)",
        p=p_sentence(p),
        low=p_figure(low),
        high=p_figure(high),
    )


def _verdict(agrees: bool, flips: bool | None, agrees_as_printed: bool) -> str:
    if agrees_as_printed:
        return _("They agree.")
    if agrees:
        return _("They agree once rounding is allowed for.")
    if flips:
        return _("They disagree, and lie on different sides of significance.")
    if flips is None:
        return _("They disagree; rounding leaves open whether the conclusion changes.")
    return _("They disagree, though the conclusion stays the same.")


def _distribution(df: float | None) -> str:
    if df is None:
        return _("normal distribution")
    return _("Student's t with %(df)s degrees of freedom", df=f"{df:g}")


def _flips(p: PrintedP, low: float, high: float, alpha: float) -> bool | None:
    """Whether printed and implied P lie on different sides of alpha; None where that is not settled."""
    below = p_is_below_alpha(p, alpha)
    if below is None or low < alpha <= high:
        return None
    return below != (high < alpha)


def _search_assumptions(
    record: EvidenceRecord, figures: Figures, printed: tuple[float, float]
) -> CheckResult:
    """E03: the assumptions under which interval and P value would agree."""
    found = (
        *_fewer_trials(record, figures, printed),
        *_other_tests(figures, printed),
        *_misprinted_p(figures),
        *_misprinted_digit(record, figures, printed),
    )
    message = (
        _("Interval and P value would agree with: %(assumptions)s.", assumptions="; ".join(found))
        if found
        else _("Nothing we try makes interval and P value agree.")
    )
    return finding(
        "E03", record.id, Status.INFO, message, inputs=printed_inputs(record), assumptions=tuple(found)
    )


def _fewer_trials(record: EvidenceRecord, figures: Figures, printed: tuple[float, float]) -> Iterator[str]:
    """Interval and test by Student's t with k - 1 degrees of freedom, for k pooled trials."""
    most = record.review_k if record.review_k is not None else record.k
    if not record.design.is_pooled or most is None:
        return
    for k in range(2, min(most, _MOST_TRIALS) + 1):
        low, high = implied_p_range(figures, k - 1)
        if overlap((low, high), printed):
            yield _(
                "Student's t with %(df)s degrees of freedom, as for %(k)s pooled trials "
                "(%(p)s, %(low)s to %(high)s)",
                df=k - 1,
                k=k,
                p=p_sentence(implied_p(figures, k - 1)),
                low=p_figure(low),
                high=p_figure(high),
            )


def _other_tests(figures: Figures, printed: tuple[float, float]) -> Iterator[str]:
    low, high = implied_p_range(figures)
    if overlap((low / 2, high / 2), printed):
        yield _("a one-sided P value")
    for level in ("0.90", "0.99"):
        mislabelled = figures.level.value != Decimal(level)
        if mislabelled and overlap(implied_p_range(figures, level=float(level)), printed):
            yield _("an interval at %(level)s", level=percent_of_level(level))


def _misprinted_p(figures: Figures) -> Iterator[str]:
    """A zero lost or gained after the point, or "=" printed for "<"."""
    if figures.p is None or figures.p.number is None or "." not in figures.p.number.text:
        return
    computed, number = implied_p_range(figures), figures.p.number
    whole, decimals = number.text.split(".", 1)
    shifted = [f"{whole}.0{decimals}"]
    if decimals.startswith("0") and decimals.strip("0"):
        shifted.append(f"{whole}.{decimals[1:]}")
    for text in shifted:
        p = replace(figures.p, number=parse_number(text))
        if overlap(computed, p.range(figures.alpha)):
            yield _("a slip for %(p)s", p=p.shown)
    if figures.p.comparator is Comparator.EQUAL and _is_a_usual_bound(number):
        below = replace(figures.p, comparator=Comparator.BELOW)
        if overlap(computed, below.range(figures.alpha)):
            yield _("a slip for %(p)s", p=below.shown)


def _is_a_usual_bound(number: PrintedNumber) -> bool:
    """Whether a P value is one that papers print after "<": 0.05, 0.001, 0.0001 and on."""
    return number.value in {Decimal("0.05"), *(Decimal(1).scaleb(-places) for places in range(3, 8))}


def _misprinted_digit(
    record: EvidenceRecord, figures: Figures, printed: tuple[float, float]
) -> Iterator[str]:
    """One wrong digit in the estimate or a limit, if another one also puts the estimate in the middle."""
    names = {"estimate": _("estimate"), "lower": _("lower limit"), "upper": _("upper limit")}
    for field, number in zip(names, figures.interval or (), strict=False):
        fitting = [
            text
            for text in _one_digit_changed(number.text)
            if _fits(record, replace(figures, **{field: parse_number(text)}), printed)  # type: ignore[arg-type]
        ]
        if fitting:
            yield _(
                "a slip in the %(name)s, %(others)s for %(printed)s",
                name=names[field],
                others=_(" or ").join(fitting),
                printed=number.text,
            )


def _one_digit_changed(text: str) -> Iterator[str]:
    for position, character in enumerate(text):
        if character in "0123456789":
            for digit in "0123456789":
                changed = text[:position] + digit + text[position + 1 :]
                if digit != character and reads(changed):
                    yield changed


def _fits(record: EvidenceRecord, figures: Figures, printed: tuple[float, float]) -> bool:
    if any(impossible_figures(record, figures)):
        return False
    low, high = _asymmetry_range(figures)
    return low <= 1 <= high and overlap(implied_p_range(figures), printed)


def check_decision(record: EvidenceRecord, figures: Figures) -> tuple[CheckResult, ...]:
    """E04: the interval leaves out no difference exactly when P is below 1 - level. An error otherwise."""
    if figures.p is None or figures.interval is None or figures.measure.null is None:
        return ()
    inputs = printed_inputs(record)
    excludes, below = interval_excludes_null(figures), p_is_below_alpha(figures.p, figures.alpha)
    if excludes is None or below is None:
        message = _(
            "Rounding, or a P value given only as a bound, leaves open whether both conclude the same."
        )
        return (finding("E04", record.id, Status.NOT_CHECKABLE, message, inputs=inputs),)
    if excludes == below:
        message = _("Interval and P value draw the same conclusion.")
        return (finding("E04", record.id, Status.OK, message, inputs=inputs),)
    values = {"interval": _interval(record), "null": figures.measure.null, "printed": figures.p.shown}
    message = (
        _("The interval %(interval)s leaves out %(null)s, yet the printed result is: %(printed)s.", **values)
        if excludes
        else _(
            "The interval %(interval)s includes %(null)s, yet the printed result is: %(printed)s.", **values
        )
    )
    return (
        finding(
            "E04",
            record.id,
            Status.INCONSISTENT,
            message,
            severity=Severity.ERROR,
            inputs=inputs,
            decision_flip=True,
        ),
    )


def _asymmetry_range(figures: Figures) -> tuple[float, float]:
    """Lowest and highest ratio of the upper arm of the interval to the lower, over the 27 corners."""
    ratios = [
        (high - estimate) / (estimate - low) if estimate > low else math.inf
        for estimate, low, high in corners(figures)
    ]
    return min(ratios) * (1 - 1e-9), max(ratios) * (1 + 1e-9)


def check_centre(record: EvidenceRecord, figures: Figures) -> tuple[CheckResult, ...]:
    """E05: the estimate lies in the middle of its interval on the analysis scale, if rounding allows it."""
    if figures.interval is None or (figures.measure.null is None and figures.measure is not Measure.MEAN):
        return ()
    low, high = _asymmetry_range(figures)
    lower, upper = (on_analysis_scale(figures.measure, number.value) for number in figures.interval[1:])
    middle = math.exp((lower + upper) / 2) if figures.measure.is_ratio else (lower + upper) / 2
    if low <= 1 <= high:
        status = Status.OK
        message = _("The estimate lies in the middle of its interval, as far as rounding tells.")
    elif record.ci_method in _UNCENTRED:
        status = Status.INFO
        message = _("The estimate is off the middle of its interval, which this kind of interval allows.")
    else:
        status = Status.WARN
        message = _(
            "The estimate %(estimate)s is off the middle of %(interval)s, which is %(middle)s: a misprint, "
            "or an interval of another kind.",
            estimate=record.estimate,
            interval=_interval(record),
            middle=significant(middle),
        )
    return (
        finding(
            "E05",
            record.id,
            status,
            message,
            inputs=printed_inputs(record),
            computed=significant(middle),
            computed_range=(significant(max(0.0, low)), significant(high)),
            assumptions=(_("logarithmic scale") if figures.measure.is_ratio else _("plain scale"),),
        ),
    )


_NEGATED = re.compile(
    r"\b(?:no|not|non|without|nor|neither|never|lacked|failed to|did(?:n['’]t| not))\b"
    r"(?:[\s-]+[\w-]+){0,4}?[\s-]+signific\w*"
    r"|\bnon-?signific\w*|\binsignific\w*|\bn\.?s\.?(?=[\s,;.)]|$)",
    re.IGNORECASE,
)
_SIGNIFICANT = re.compile(r"\bsignific\w*", re.IGNORECASE)
_TREND = re.compile(
    r"\btrend(?:s|ed|ing)?\b|\btend(?:ed|s|ency|encies)\b"
    r"|\b(?:near(?:ly)?|almost|marginal(?:ly)?|borderline|approach\w*)[\s-]+(?:statistical(?:ly)?\s+)?signific\w*",
    re.IGNORECASE,
)
_NO_DIFFERENCE = re.compile(
    r"\bno (?:difference|effect|benefit|change|improvement)\b|\bdid not differ\b", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What the words of a result claim about significance."""

    significant: bool
    not_significant: bool
    trend: bool
    no_difference: bool

    @property
    def any(self) -> bool:
        """Whether the words claim anything that an interval can contradict."""
        return self.significant or self.not_significant or self.trend or self.no_difference


def claims_of(record: EvidenceRecord, figures: Figures) -> Claims:
    """The claims in a record's words, and in a P value printed only as "ns"."""
    rest = _TREND.sub(" ", record.statement)
    without_negated = _NEGATED.sub(" ", rest)
    printed_ns = figures.p is not None and figures.p.number is None
    return Claims(
        trend=rest != record.statement,
        not_significant=without_negated != rest or printed_ns,
        significant=_SIGNIFICANT.search(without_negated) is not None,
        no_difference=_NO_DIFFERENCE.search(rest) is not None,
    )


def check_wording(record: EvidenceRecord, figures: Figures) -> tuple[CheckResult, ...]:
    """E06: the words, and the direction given to the row, against the interval (or P where there is none)."""
    excludes = _shows_a_difference(record, figures)
    if excludes is None:
        return ()
    inputs = printed_inputs(record)
    words = judge_words(record, figures)
    results = [] if words is None else [words]
    if not excludes and record.direction in (Direction.FAVOURS_COMPOUND, Direction.FAVOURS_CONTROL):
        message = _(
            "The row says that one side is favoured, but the result is compatible with no difference."
        )
        results.append(finding("E06", record.id, Status.WARN, message, inputs=inputs))
    if excludes and record.direction is Direction.NEUTRAL:
        message = _("The row is called neutral, but the result shows a difference.")
        results.append(finding("E06", record.id, Status.WARN, message, inputs=inputs))
    return tuple(results)


def _shows_a_difference(record: EvidenceRecord, figures: Figures) -> bool | None:
    if not record.has_interval and figures.p is not None and figures.p.number is not None:
        return p_is_below_alpha(figures.p, figures.alpha)
    return interval_excludes_null(figures)


def judge_words(record: EvidenceRecord, figures: Figures) -> CheckResult | None:
    """E06 for the words alone; None when they claim nothing or the figures settle nothing."""
    excludes, claims = _shows_a_difference(record, figures), claims_of(record, figures)
    if excludes is None or not claims.any:
        return None
    status = Status.WARN
    if claims.significant and claims.not_significant:
        status = Status.NOT_CHECKABLE
        message = _("The words claim significance and its absence; such results belong in rows of their own.")
    elif excludes and (claims.not_significant or claims.no_difference):
        status = Status.INCONSISTENT
        message = _("The words speak of no significant difference, but the result shows one.")
    elif not excludes and claims.significant:
        status = Status.INCONSISTENT
        message = _("The words speak of significance, but the result is compatible with no difference.")
    elif not excludes and claims.trend:
        message = _("The words speak of a trend, but the result is compatible with no difference.")
    elif not excludes and claims.no_difference:
        message = _("The words speak of no difference; the result supports only that none was shown.")
    else:
        status = Status.OK
        message = _("The words agree with the result.")
    inputs = (*printed_inputs(record), *((("words", record.statement),) if record.statement else ()))
    return finding("E06", record.id, status, message, inputs=inputs)


def check_precision(
    record: EvidenceRecord, figures: Figures, thresholds: Thresholds = DEFAULT_THRESHOLDS
) -> tuple[CheckResult, ...]:
    """E07: a ratio whose limits lie far apart, or a small study in people."""
    results = []
    if figures.measure.is_ratio and figures.lower is not None and figures.upper is not None:
        times = float(figures.upper.value / figures.lower.value)
        if times > thresholds.imprecise_ratio:
            message = _("Imprecise: the upper limit is %(times)s times the lower.", times=significant(times))
            results.append(
                finding(
                    "E07",
                    record.id,
                    Status.INFO,
                    message,
                    inputs=printed_inputs(record),
                    computed=significant(times),
                )
            )
    n = record.participants
    if n is not None and n < thresholds.small_n and record.species is Species.HUMAN:
        message = _("Small: %(n)s participants, fewer than %(least)s.", n=n, least=thresholds.small_n)
        results.append(finding("E07", record.id, Status.INFO, message, inputs=(("n", str(n)),)))
    return tuple(results)


def check_size(record: EvidenceRecord) -> tuple[CheckResult, ...]:
    """E10: whether the outcome's own number of studies and participants is known."""
    if record.estimate is None:
        return ()
    message = None
    if record.design is Design.RCT and record.participants is None:
        message = _("The number of participants analysed is not given.")
    if record.design.is_pooled:
        missing = [name for name, count in (("k", record.k), ("n", record.participants)) if count is None]
        whole = record.k == record.review_k or record.participants == record.review_n
        if missing:
            names = _(" and ").join(missing)
            message = _(
                "Not given for this outcome: %(names)s. The whole review's may be larger.", names=names
            )
        elif whole and not record.counts_confirmed:
            message = _("k or n equals the whole review's; nobody has confirmed it for this outcome.")
    return (finding("E10", record.id, Status.WARN, message),) if message is not None else ()


def check_direction(record: EvidenceRecord, figures: Figures | None) -> tuple[CheckResult, ...]:
    """E14: which way is better, how a difference is coded, and whether the row's direction agrees.

    Errors, but for a ratio without a better side, which a plot can still show without naming its sides.
    """
    errors = []
    if record.estimate is not None and record.measure.is_difference_of_means:
        if record.better is Better.NONE:
            errors.append(_("A difference needs to say whether higher or lower is better."))
        if record.coded_as is Coding.NOT_STATED:
            errors.append(_("A difference needs to say whether its sign is of raw scores or of improvement."))
    if record.target_hypothesis and not record.intervention:
        errors.append(_("A test of the target needs to name what was tested instead of the compound."))
    if figures is not None and _contradicts_direction(record, figures):
        errors.append(
            _("The estimate lies on the other side of no difference than the row's direction says.")
        )
    inputs = (
        *printed_inputs(record),
        ("better", str(record.better)),
        ("coded as", str(record.coded_as)),
        ("direction", str(record.direction)),
    )
    results = [
        finding("E14", record.id, Status.INCONSISTENT, message, severity=Severity.ERROR, inputs=inputs)
        for message in errors
    ]
    nameless = record.measure.null is not None and benefit_side(record) is BenefitSide.UNSTATED
    if record.estimate is not None and nameless and not record.measure.is_difference_of_means:
        message = _("Without saying whether higher or lower is better, a plot cannot name its sides.")
        results.append(finding("E14", record.id, Status.WARN, message, inputs=inputs))
    return tuple(results)


def _contradicts_direction(record: EvidenceRecord, figures: Figures) -> bool:
    null, side = figures.measure.null, benefit_side(record)
    if null is None or figures.estimate is None or side is BenefitSide.UNSTATED:
        return False
    if figures.estimate.value == null:
        return False
    favours_treated = (figures.estimate.value > null) == (side is BenefitSide.RIGHT)
    return record.direction is (Direction.FAVOURS_CONTROL if favours_treated else Direction.FAVOURS_COMPOUND)
