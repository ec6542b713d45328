"""From evidence records to a forest plot: panels of values for any drawing, and their rows as data.

One panel per measure, unit (and scale, where the unit is the scale's own), side of benefit and pair of arms;
figures are never converted or mirrored to share an axis. Ratios stand on a logarithmic axis. A row that
cannot be drawn is named with the reason; a record that E01 refuses is never drawn. No panel has a summary
diamond: a diamond marks a row that its own source pooled.

`forest_svg` draws a plot as one file; the page draws the same panels as tables.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import median_low

from shop.core.language import gettext as _
from shop.education.evidence import (
    BenefitSide,
    EvidenceRecord,
    Measure,
    Source,
    benefit_side,
    interval_text,
    percent_of_level,
    size_text,
)
from shop.education.figures import Figures, on_analysis_scale, read_figures, reads
from shop.education.printed import with_minus_sign
from shop.education.result_words import in_one_line

_LONGEST_ARM = 3.0
"""An arm of an interval is clipped at this many times the longer arm of the panel's median row."""

_LONGEST_LOG_ARM = math.log(100)
"""An arm of a ratio's interval is clipped at a factor of 100 even where it is the only row."""

_NARROWEST_AXIS, _DIGIT, _BETWEEN_WORDS = 270.0, 7.0, 6.0
"""Width of an axis on a phone of 320 px, of a digit and of the room between two numbers, in pixels."""
_EDGE = 4.0
"""Within so many percent of an end of the axis, a number stands inwards of its mark."""

_PADDING = 0.06
"""Share of the drawn range left free at each end of a linear axis, and beyond no difference on any."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick:
    """A mark on the axis: its place in percent from the left, and its value where there is room for it."""

    text: str
    at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class PanelRow:
    """One drawn result. Places are percent of the axis from the left, always within 0 to 100."""

    record: str
    source: str
    label: str
    detail: str
    text: str
    estimate_at: float
    lower_at: float
    upper_at: float
    clipped_low: bool
    """The lower limit lies beyond the axis: draw an arrow; the text keeps the number."""
    clipped_high: bool
    pooled: bool
    """A diamond, for a result its source pooled; otherwise a square."""
    includes_null: bool
    """An open marker: the interval includes no difference."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """Results that share measure, unit and side of benefit, on one axis."""

    key: str
    caption: str
    note: str
    log: bool
    low: float
    """Value at the left end of the axis, on the natural scale (a ratio, not its logarithm)."""
    high: float
    null: float
    null_at: float
    ticks: tuple[Tick, ...]
    left_label: str
    right_label: str
    rows: tuple[PanelRow, ...]

    def position(self, value: float) -> float:
        """Place of a value in percent of the axis, held within 0 to 100."""
        if self.log:
            return _share(math.log(value), math.log(self.low), math.log(self.high))
        return _share(value, self.low, self.high)


@dataclass(frozen=True, kw_only=True, slots=True)
class Undrawn:
    """A result that is named beside the plot, and why."""

    record: str
    source: str
    label: str
    detail: str
    text: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ForestPlot:
    """All panels of a monograph and the results that are not drawn."""

    compound: str
    panels: tuple[Panel, ...]
    undrawn: tuple[Undrawn, ...]

    def only(self, key: str) -> ForestPlot:
        """The plot with a single panel, for its own figure file; without panels when the key is unknown."""
        panels = tuple(panel for panel in self.panels if panel.key == key)
        return ForestPlot(compound=self.compound, panels=panels, undrawn=())


@dataclass(frozen=True, kw_only=True)
class _PanelKind:
    """What rows must share to stand on one axis."""

    measure: Measure
    unit: str
    scale: str
    side: BenefitSide
    treated: str
    control: str


def forest_plot(
    records: Iterable[EvidenceRecord], compound: str, sources: Iterable[Source] = ()
) -> ForestPlot:
    """Sort records into panels, in the order in which each panel first appears."""
    labels = {source.key: source.label for source in sources}
    kinds: dict[_PanelKind, list[tuple[EvidenceRecord, Figures]]] = {}
    undrawn = []
    for record in records:
        figures, results = read_figures(record)
        if figures is None:
            undrawn.append(_undrawn(record, labels, results[0].message, ""))
        elif (reason := _why_not_drawn(figures)) is not None:
            undrawn.append(_undrawn(record, labels, reason, in_one_line(record)))
        else:
            kinds.setdefault(_kind(record, compound), []).append((record, figures))
    panels = [_panel(kind, rows, labels) for kind, rows in kinds.items()]
    return ForestPlot(compound=compound, panels=tuple(_with_own_keys(panels)), undrawn=tuple(undrawn))


def _with_own_keys(panels: Iterable[Panel]) -> Iterator[Panel]:
    """Panels whose names differ only in signs get a number to their key."""
    taken: Counter[str] = Counter()
    for panel in panels:
        taken[panel.key] += 1
        count = taken[panel.key]
        yield panel if count == 1 else replace(panel, key=f"{panel.key}.{count}")


def _why_not_drawn(figures: Figures) -> str | None:
    if figures.lower is None:
        return _("no interval published")
    if figures.estimate is None:
        return _("no estimate published")
    return _("nothing it is compared with") if figures.measure.null is None else None


def _undrawn(record: EvidenceRecord, labels: Mapping[str, str], reason: str, text: str) -> Undrawn:
    return Undrawn(
        record=record.id,
        source=record.source,
        label=record.outcome,
        detail=_detail(record, labels),
        text=text,
        reason=reason,
    )


def _kind(record: EvidenceRecord, compound: str) -> _PanelKind:
    """Panel of a record; a comparator stands in its name only where the compound is not the treated arm."""
    own_scale = record.measure is Measure.MD
    return _PanelKind(
        measure=record.measure,
        unit=record.unit if record.measure in (Measure.MD, Measure.RD) else "",
        scale=record.scale if own_scale else "",
        side=benefit_side(record),
        treated=record.intervention or compound,
        control=record.comparator if record.intervention else "",
    )


def _panel(
    kind: _PanelKind, rows: Sequence[tuple[EvidenceRecord, Figures]], labels: Mapping[str, str]
) -> Panel:
    log = kind.measure.is_ratio
    null = on_analysis_scale(kind.measure, kind.measure.null or Decimal(0))
    points = [_points(figures) for _record, figures in rows]
    low, high, ticks = _axis(kind.measure, null, points)
    left, right = _side_labels(kind)
    null_at = _share(null, low, high)
    return Panel(
        key="-".join(
            filter(
                None,
                (
                    kind.measure,
                    _slug(kind.scale),
                    _slug(kind.unit),
                    kind.side,
                    _slug(kind.treated),
                    _slug(kind.control),
                ),
            )
        ),
        caption=_caption(kind),
        note=_note(kind),
        log=log,
        low=_tidy(math.exp(low) if log else low),
        high=_tidy(math.exp(high) if log else high),
        null=float(kind.measure.null or 0),
        null_at=null_at,
        ticks=_thinned([Tick(text=text, at=_share(value, low, high)) for value, text in ticks], null_at),
        left_label=left,
        right_label=right,
        rows=tuple(
            _row(record, labels, place, null, low, high)
            for (record, _figures), place in zip(rows, points, strict=True)
        ),
    )


def _thinned(ticks: Sequence[Tick], null_at: float) -> tuple[Tick, ...]:
    """The ticks, with words only where they have room on a phone; no difference comes first."""
    kept: list[tuple[float, float]] = []
    shown = set()
    for tick in sorted(ticks, key=lambda each: abs(each.at - null_at)):
        half = (len(tick.text) * _DIGIT + _BETWEEN_WORDS) / 2 / _NARROWEST_AXIS * 100
        # Words at the ends stand inwards of their mark, to stay on the drawing.
        inwards = half if tick.at < _EDGE else -half if tick.at > 100 - _EDGE else 0
        middle = tick.at + inwards
        if all(abs(middle - other) >= half + other_half for other, other_half in kept):
            kept.append((middle, half))
            shown.add(tick.at)
    return tuple(tick if tick.at in shown else replace(tick, text="") for tick in ticks)


def _points(figures: Figures) -> tuple[float, float, float]:
    """Estimate, lower and upper limit on the analysis scale."""
    if figures.interval is None:
        raise ValueError("a row without an interval cannot be drawn")
    estimate, lower, upper = (on_analysis_scale(figures.measure, number.value) for number in figures.interval)
    return estimate, lower, upper


def _row(
    record: EvidenceRecord,
    labels: Mapping[str, str],
    place: tuple[float, float, float],
    null: float,
    low: float,
    high: float,
) -> PanelRow:
    estimate, lower, upper = place
    return PanelRow(
        record=record.id,
        source=record.source,
        label=record.outcome,
        detail=_detail(record, labels),
        text=result_text(record),
        estimate_at=_share(estimate, low, high),
        lower_at=_share(lower, low, high),
        upper_at=_share(upper, low, high),
        clipped_low=lower < low - 1e-12 * (high - low),
        clipped_high=upper > high + 1e-12 * (high - low),
        pooled=record.design.is_pooled,
        includes_null=lower <= null <= upper,
    )


def result_text(record: EvidenceRecord) -> str:
    """ "0.71 (0.63–0.79)", with the level where it is not 95%."""
    figure = with_minus_sign(record.estimate or record.statement)
    if record.lower is None or record.upper is None:
        return figure
    level = percent_of_level(record.level)
    shown = "" if level == "95%" else _("%(level)s CI", level=level) + " "
    return f"{figure} ({shown}{interval_text(record.lower, record.upper)})"


def _detail(record: EvidenceRecord, labels: Mapping[str, str]) -> str:
    parts = (
        labels.get(record.source, record.population),
        record.timepoint,
        size_text(record),
        record.analysis_set.label,
    )
    return ", ".join(part for part in parts if part)


def _caption(kind: _PanelKind) -> str:
    parts = [kind.measure.label, " ".join(filter(None, (kind.scale, kind.unit)))]
    if kind.control:
        parts.append(_("%(treated)s against %(control)s", treated=kind.treated, control=kind.control))
    return ", ".join(part for part in parts if part)


def _note(kind: _PanelKind) -> str:
    parts = [_("%(null)s is no difference", null=kind.measure.null)]
    if kind.measure.is_ratio:
        parts.append(_("log scale"))
    parts.append(
        {
            BenefitSide.RIGHT: _("right is better"),
            BenefitSide.LEFT: _("left is better"),
            BenefitSide.UNSTATED: _("which side is better is not stated"),
        }[kind.side]
    )
    return "; ".join(parts)


def _side_labels(kind: _PanelKind) -> tuple[str, str]:
    if kind.side is BenefitSide.UNSTATED:
        return _("Lower with %(treated)s", treated=kind.treated), _(
            "Higher with %(treated)s", treated=kind.treated
        )
    treated = _("Favours %(arm)s", arm=kind.treated)
    control = _("Favours %(arm)s", arm=kind.control or _("control"))
    return (control, treated) if kind.side is BenefitSide.RIGHT else (treated, control)


def _slug(text: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", text.casefold()))


def _share(value: float, low: float, high: float) -> float:
    """Place between low and high in percent, held within 0 to 100."""
    return round(min(100.0, max(0.0, 100 * (value - low) / (high - low))), 3)


def _axis(
    measure: Measure, null: float, points: Sequence[tuple[float, float, float]]
) -> tuple[float, float, list[tuple[float, str]]]:
    """Ends of the axis and its ticks (value on the analysis scale, text on the natural one).

    The range holds no difference, every estimate and the intervals as far as they are not clipped.
    """
    arms = [max(estimate - lower, upper - estimate) for estimate, lower, upper in points]
    longest = _LONGEST_ARM * median_low(arms)
    if measure.is_ratio:
        longest = min(longest, _LONGEST_LOG_ARM)
    low = min(null, *(max(lower, estimate - longest) for estimate, lower, _upper in points))
    high = max(null, *(min(upper, estimate + longest) for estimate, _lower, upper in points))
    if high <= low:
        low, high = low - 0.1, high + 0.1
    margin = _PADDING * (high - low)
    if measure.is_ratio:
        # Round ratios leave room at the ends, but both sides of no difference must be there to be named.
        return _log_axis(min(low, null - margin), max(high, null + margin))
    low, high = low - margin, high + margin
    if measure is Measure.MANN_WHITNEY:
        low, high = max(0.0, low), min(1.0, high)
    return low, high, _linear_ticks(low, high, null)


def _linear_ticks(low: float, high: float, anchor: float) -> list[tuple[float, str]]:
    """Two to six ticks at a step of 1, 2 or 5 times a power of ten, counted from the anchor."""
    step, places = _step((high - low) / 2)
    first, last = math.ceil((low - anchor) / step - 1e-9), math.floor((high - anchor) / step + 1e-9)
    return [
        (anchor + index * step, _plain(anchor + index * step, places)) for index in range(first, last + 1)
    ]


def _step(most: float) -> tuple[float, int]:
    """The largest step of 1, 2 or 5 × 10ⁿ that is at most as wide, and the decimals it needs."""
    power = math.floor(math.log10(most))
    factor = max(factor for factor in (0.5, 1, 2, 5) if factor * 10.0**power <= most * (1 + 1e-9))
    return factor * 10.0**power, max(0, -power + (factor == 0.5))


def _tidy(value: float) -> float:
    """The value without the last digits that taking logarithms and back has left."""
    return float(f"{value:.12g}")


def _plain(value: float, places: int) -> str:
    rounded = round(value, places)
    if rounded == 0:
        return "0"
    if not 1e-6 <= abs(rounded) < 1e7:
        return with_minus_sign(f"{rounded:g}")
    return with_minus_sign(f"{rounded:.{places}f}")


def _log_axis(low: float, high: float) -> tuple[float, float, list[tuple[float, str]]]:
    """Widen to round ratios: 1-2-5 ticks, powers of ten over a long range, even steps from 1 over a short."""
    if high - low < math.log(2):
        ratios, places = _even_ratios(math.exp(low), math.exp(high))
        texts = [_plain(ratio, places) for ratio in ratios]
    else:
        ratios = _one_two_five(low, high)
        if len(ratios) > 8:
            ratios = _powers_of_ten(low, high)
        texts = [f"{ratio:g}" for ratio in ratios]
    return (
        math.log(ratios[0]),
        math.log(ratios[-1]),
        [(math.log(ratio), text) for ratio, text in zip(ratios, texts, strict=True)],
    )


def _even_ratios(low: float, high: float) -> tuple[list[float], int]:
    """Ratios at even steps from 1, and their decimals. Below a factor of 2 the step is smaller than `low`."""
    step, places = _step((high - low) / 2)
    first, last = math.floor((low - 1) / step + 1e-9), math.ceil((high - 1) / step - 1e-9)
    return [1 + index * step for index in range(first, last + 1)], places


def _one_two_five(low: float, high: float) -> list[float]:
    """The numbers 1, 2, 5 × 10ⁿ from the last one at or below exp(low) to the first at or above exp(high)."""
    ten = math.log(10)
    powers = range(math.floor(low / ten) - 1, math.ceil(high / ten) + 2)
    ratios = [float(f"{factor}e{power}") for power in powers for factor in (1, 2, 5)]
    below = max(ratio for ratio in ratios if math.log(ratio) <= low + 1e-9)
    above = min(ratio for ratio in ratios if math.log(ratio) >= high - 1e-9)
    return [ratio for ratio in ratios if below <= ratio <= above]


def _powers_of_ten(low: float, high: float) -> list[float]:
    """Every, or every second, third … power of ten around the range, counted from 1."""
    stride = math.ceil((high - low) / math.log(10) / 6)
    step = stride * math.log(10)
    return [10.0 ** (stride * index) for index in range(math.floor(low / step), math.ceil(high / step) + 1)]


def figure_rows(plot: ForestPlot, records: Iterable[EvidenceRecord]) -> list[dict[str, str | int | None]]:
    """The results of a plot as flat rows for CSV or JSON, figures as printed, drawn ones first."""
    by_id = {record.id: record for record in records}
    drawn = [(row.record, panel.key, "") for panel in plot.panels for row in panel.rows]
    named = [(row.record, "", row.reason) for row in plot.undrawn]
    return [_data_row(by_id[record], panel, reason) for record, panel, reason in drawn + named]


def _data_row(record: EvidenceRecord, panel: str, reason: str) -> dict[str, str | int | None]:
    return {
        "id": record.id,
        "panel": panel,
        "not_drawn_because": reason,
        "outcome": record.outcome,
        "timepoint": record.timepoint,
        "population": record.population,
        "intervention": record.intervention or "",
        "comparator": record.comparator,
        "design": record.design.value,
        "analysis_set": record.analysis_set.value,
        "measure": record.measure.value,
        "scale": record.scale,
        "unit": record.unit,
        "better": record.better.value,
        "coded_as": record.coded_as.value,
        "benefit_side": benefit_side(record).value,
        "estimate": record.estimate,
        "lower": record.lower,
        "upper": record.upper,
        "level": record.level if record.has_interval else None,
        "p_as_printed": record.p_text,
        "statement": record.statement,
        "direction": record.direction.value,
        "k": record.k,
        "n": record.participants,
        "sponsor_class": record.sponsor_class.value,
        "source": record.source,
        "locator": record.locator,
        "status": record.status.value,
    }


def figure_csv(rows: Sequence[dict[str, str | int | None]]) -> str:
    """The rows as CSV (RFC 4180) with a header; text that a spreadsheet would run as a formula is quoted."""
    if not rows:
        return ""
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, fieldnames=list(rows[0]))
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _not_a_formula(value) for name, value in row.items()})
    return sheet.getvalue()


def _not_a_formula(value: str | int | None) -> str | int | None:
    starts_like_one = isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{value}" if starts_like_one and not reads(str(value)) else value
