"""Checks E08 and E09: percentages, means and effects against the counts they come from.

GRIM: Brown and Heathers, Soc Psychol Personal Sci 2017;8:363. The formulas of ratios, differences and tests
are those of `shop.education.statistics`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from shop.core.language import gettext as _
from shop.education import statistics
from shop.education.evidence import (
    CheckResult,
    EvidenceRecord,
    Measure,
    Status,
    finding,
    interval_text,
    printed_inputs,
)
from shop.education.figures import Figures, in_percent, overlap, reads
from shop.education.printed import PrintedNumber, p_sentence, parse_number, significant

_HALF = 0.5
_METHODS_DIFFER = 0.05
"""Limits of other published methods (score, Mantel-Haenszel) may be this share of the half length off."""


def check_grim(record: EvidenceRecord, figures: Figures) -> tuple[CheckResult, ...]:
    """E08: percentages that no whole number of participants gives, and means that no whole scores give."""
    arms = (
        (figures.percent_treated, record.n_treated, record.events_treated),
        (figures.percent_control, record.n_control, record.events_control),
    )
    results = [
        _grim_percentage(record, percent, n, events)
        for percent, n, events in arms
        if percent is not None and n is not None
    ]
    n = record.participants
    if record.measure is Measure.MEAN and record.integer_scale and figures.estimate is not None and n:
        results.append(_grim_mean(record, figures.estimate, n))
    if (
        record.measure is Measure.PROPORTION
        and figures.estimate is not None
        and figures.percent_treated is None
    ):
        alone = n if n is not None else record.n_treated
        if alone:
            share = figures.estimate if in_percent(record) else as_percentage(figures.estimate)
            results.append(_grim_percentage(record, share, alone, record.events_treated))
    return tuple(results)


def _grim_percentage(
    record: EvidenceRecord, percent: PrintedNumber, n: int, events: int | None
) -> CheckResult:
    inputs = ((_("percentage"), percent.text), ("n", str(n)))
    possible = statistics.grim_counts(percent.value, percent.half_unit, n)
    values: dict[str, object] = {"percent": percent.text.rstrip("% "), "n": n}
    status, computed = Status.INCONSISTENT, ""
    if events is not None and events not in possible:
        values |= {"events": events, "share": significant(100 * events / n)}
        message = _("%(events)s of %(n)s is %(share)s%%, not the printed %(percent)s%%.", **values)
    elif not possible:
        message = _("No whole number of %(n)s participants is %(percent)s%%.", **values)
    elif events is None and not statistics.grim_is_informative(percent.half_unit, n):
        status = Status.NOT_CHECKABLE
        message = _("With %(n)s participants every printed percentage is possible.", **values)
    else:
        status, computed = (
            Status.OK,
            str(events) if events is not None else _(" or ").join(map(str, possible)),
        )
        message = _(
            "%(percent)s%% of %(n)s participants is possible (%(computed)s).", **values, computed=computed
        )
    return finding("E08", record.id, status, message, inputs=inputs, computed=computed)


def _grim_mean(record: EvidenceRecord, mean: PrintedNumber, n: int) -> CheckResult:
    values = {"mean": mean.text, "n": n}
    if not statistics.grim_is_informative(mean.half_unit, n, whole=1):
        status = Status.NOT_CHECKABLE
        message = _("With %(n)s participants every printed mean is possible.", **values)
    elif statistics.grim_counts(mean.value, mean.half_unit, n, whole=1):
        status = Status.OK
        message = _("A mean of %(mean)s from %(n)s whole scores is possible.", **values)
    else:
        status = Status.INCONSISTENT
        message = _("No %(n)s whole scores have a mean of %(mean)s.", **values)
    return finding("E08", record.id, status, message, inputs=(("mean", mean.text), ("n", str(n))))


def check_shared_denominators(records: Iterable[EvidenceRecord]) -> tuple[CheckResult, ...]:
    """E08 over the rows of one study: the equal arm sizes that allow every percentage it prints.

    Used where the sizes of the arms are not given but the total is: sizes up to 12% off half of it are tried.
    """
    studies: dict[tuple[str, str], list[EvidenceRecord]] = {}
    for record in records:
        if record.n_treated is None and record.n_control is None and record.percent_treated is not None:
            studies.setdefault((record.study, record.analysis_set), []).append(record)
    return tuple(result for rows in studies.values() for result in _shared_denominator(rows))


def _shared_denominator(rows: list[EvidenceRecord]) -> Iterator[CheckResult]:
    total = max((row.n_total for row in rows if row.n_total is not None), default=0)
    texts = [text for row in rows for text in (row.percent_treated, row.percent_control) if text is not None]
    if not 1 < total <= 2000 or not all(reads(text) for text in texts):
        return
    percentages = [(number.value, number.half_unit) for number in map(parse_number, texts)]
    candidates = range(max(1, math.floor(0.44 * total)), math.ceil(0.56 * total) + 1)
    if not all(statistics.grim_is_informative(half, candidates[-1]) for _value, half in percentages):
        return
    fitting = statistics.grim_denominators(percentages, candidates)
    if len(fitting) > 4:
        return
    sizes = _(" or ").join(map(str, fitting))
    values = {"percentages": ", ".join(texts), "total": total, "sizes": sizes}
    status = Status.WARN
    if any(abs(2 * n - total) <= 1 for n in fitting):
        status = Status.OK
        message = _("The percentages %(percentages)s fit two equal arms of %(total)s in all.", **values)
    elif fitting:
        message = _(
            "The percentages %(percentages)s fit two arms of %(sizes)s each, not %(total)s in all: another "
            "analysis set, or arms of different size.",
            **values,
        )
    else:
        message = _("No two equal arms near %(total)s in all allow %(percentages)s.", **values)
    yield finding(
        "E08",
        rows[0].id,
        status,
        message,
        inputs=(*((_("percentage"), text) for text in texts), ("n", str(total))),
        computed=sizes,
        assumptions=(_("two arms of equal size"),),
    )


def as_percentage(fraction: PrintedNumber) -> PrintedNumber:
    """A fraction as the percentage it is: "0.33" as 33, no more precise than printed."""
    return PrintedNumber(
        text=f"{fraction.value * 100:f}", value=fraction.value * 100, decimals=fraction.decimals - 2
    )


def two_groups(record: EvidenceRecord) -> statistics.TwoGroups | None:
    """The 2 × 2 table of a record, when all four counts are given."""
    a, n1, c, n2 = record.events_treated, record.n_treated, record.events_control, record.n_control
    if a is None or n1 is None or c is None or n2 is None:
        return None
    return statistics.TwoGroups(events_treated=a, n_treated=n1, events_control=c, n_control=n2)


def check_counts(record: EvidenceRecord, figures: Figures) -> tuple[CheckResult, ...]:
    """E09: RR, OR or RD with interval, and P, recomputed from the 2 × 2 counts.

    Rows of another measure get the risk ratio for information; a hazard ratio needs times, not counts.
    """
    groups = two_groups(record)
    if groups is None or record.measure.is_difference_of_means:
        return ()
    measure = record.measure if record.measure in (Measure.OR, Measure.RD) else Measure.RR
    crude, fisher = _crude(groups, measure, float(figures.level.value)), statistics.fisher_exact_p(groups)
    differing = [] if crude is None else list(_differing_figures(record, figures, crude))
    if figures.p is not None and not _p_fits_counts(figures, groups, crude, fisher):
        differing.append(figures.p.shown)
    treated = f"{groups.events_treated}/{groups.n_treated}"
    control = f"{groups.events_control}/{groups.n_control}"
    computed = f"{_crude_text(groups, measure, crude)}, Fisher {p_sentence(fisher)}"
    values = {
        "treated": treated,
        "control": control,
        "computed": computed,
        "differing": "; ".join(differing),
    }
    status = Status.INFO
    message = _("The counts (%(treated)s, %(control)s) give: %(computed)s.", **values)
    if differing:
        status = Status.INCONSISTENT
        message = _(
            "The counts (%(treated)s, %(control)s) give: %(computed)s. Printed otherwise: %(differing)s. "
            "An adjusted analysis, or other counts, would explain it.",
            **values,
        )
    elif record.measure is measure and crude is not None and figures.estimate is not None:
        status = Status.OK
        message = _("The counts (%(treated)s, %(control)s) give what is printed: %(computed)s.", **values)
    elif figures.p is not None and record.measure is not Measure.HR:
        status = Status.OK
        message = _("The counts (%(treated)s, %(control)s) agree with the printed P: %(computed)s.", **values)
    return (
        finding(
            "E09",
            record.id,
            status,
            message,
            inputs=(*printed_inputs(record), ("treated", treated), ("control", control)),
            computed=computed,
            assumptions=(_("unadjusted 2 × 2 table"),),
        ),
    )


def _crude(groups: statistics.TwoGroups, measure: Measure, level: float) -> statistics.Estimate | None:
    """The unadjusted effect; None for a ratio of two groups that both had no events, or nothing else.

    Where a cell is empty, 0.5 is added to each, as meta-analyses usually do (Cochrane Handbook 10.4.4).
    """
    all_alike = _is_empty(groups, both=True)
    if measure is Measure.RD:
        return statistics.risk_difference(groups, level, add=_HALF if all_alike else 0)
    if all_alike:
        return None
    if measure is Measure.OR:
        return statistics.odds_ratio(groups, level, add=_HALF if groups.has_empty_cell() else 0)
    return statistics.risk_ratio(groups, level, add=_HALF if _is_empty(groups, both=False) else 0)


def _is_empty(groups: statistics.TwoGroups, *, both: bool) -> bool:
    """Whether one group had no events; or with `both`, neither group or everybody in both."""
    events = (groups.events_treated, groups.events_control)
    if not both:
        return 0 in events
    return events in ((0, 0), (groups.n_treated, groups.n_control))


def _corrected(groups: statistics.TwoGroups, measure: Measure) -> bool:
    """Whether 0.5 was added to each cell."""
    if measure is Measure.RD:
        return _is_empty(groups, both=True)
    return groups.has_empty_cell() if measure is Measure.OR else _is_empty(groups, both=False)


def _crude_text(groups: statistics.TwoGroups, measure: Measure, crude: statistics.Estimate | None) -> str:
    if crude is None:
        return _("no %(measure)s, since a group has no events or nothing else", measure=measure.label.lower())
    interval = interval_text(significant(crude.lower), significant(crude.upper))
    text = f"{measure.label.lower()} {significant(crude.value)} ({interval})"
    return _("%(effect)s, with 0.5 added to each cell", effect=text) if _corrected(groups, measure) else text


def _differing_figures(record: EvidenceRecord, figures: Figures, crude: statistics.Estimate) -> Iterator[str]:
    """The printed figures to which the crude ones do not round."""
    if record.measure not in (Measure.RR, Measure.OR, Measure.RD):
        return
    ratio = record.measure.is_ratio
    times = 100 if record.measure is Measure.RD and in_percent(record) else 1
    half_length = (math.log(crude.upper / crude.lower) if ratio else crude.upper - crude.lower) / 2
    for printed, value, share in (
        (figures.estimate, crude.value, 0.0),
        (figures.lower, crude.lower, _METHODS_DIFFER),
        (figures.upper, crude.upper, _METHODS_DIFFER),
    ):
        slack = half_length * share
        low, high = (
            (value / math.exp(slack), value * math.exp(slack)) if ratio else (value - slack, value + slack)
        )
        if printed is not None:
            least, most = map(float, printed.envelope)
            if high * times < least - 1e-9 or low * times > most + 1e-9:
                yield printed.text


def fitting_test(record: EvidenceRecord, figures: Figures) -> str:
    """The usual test of the counts that gives the printed P, where they give the interval too; "" if none.

    An interval on the log scale beside P of an exact or chi-squared test is an ordinary way to report counts.
    """
    groups = two_groups(record)
    if groups is None or figures.p is None or record.measure not in (Measure.RR, Measure.OR, Measure.RD):
        return ""
    crude = _crude(groups, record.measure, float(figures.level.value))
    if crude is None or any(_differing_figures(record, figures, crude)):
        return ""
    printed = figures.p.range(figures.alpha)
    tests = (
        (_("Fisher's exact test of the counts"), statistics.fisher_exact_p(groups)),
        (_("the chi-squared test of the counts"), statistics.chi_squared_p(groups)),
        (
            _("the chi-squared test of the counts, with continuity correction"),
            statistics.chi_squared_p(groups, continuity=True),
        ),
    )
    return next((name for name, p in tests if overlap((p, p), printed)), "")


def _p_fits_counts(
    figures: Figures, groups: statistics.TwoGroups, crude: statistics.Estimate | None, fisher: float
) -> bool:
    """Whether the printed P lies in the span of the usual tests of these counts.

    Those are Fisher's, chi-squared with and without correction, and the test on the logarithm of the ratio. P
    of a hazard ratio comes from times and is not judged.
    """
    if figures.p is None or figures.measure is Measure.HR:
        return True
    ps = [
        fisher,
        statistics.chi_squared_p(groups),
        statistics.chi_squared_p(groups, continuity=True),
    ]
    if crude is not None and figures.measure.is_ratio:
        log_ratio, low, high = (math.log(x) for x in (crude.value, crude.lower, crude.upper))
        level = float(figures.level.value)
        ps.append(statistics.p_from_interval(log_ratio, low, high, null=0, level=level))
    return overlap((min(ps), max(ps)), figures.p.range(figures.alpha))
