"""A chromatogram as a laboratory exports it: read from CSV, integrated, and reduced to what a page draws.

The file has optional lines beginning with `#`, a heading `time_min,mAU`, and rows of time in minutes and
absorbance in milli-absorbance units. Areas here are for drawing and for comparison with the certificate; the
figures of record are those printed by the laboratory.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median

from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext

MAX_BYTES = 2 * 1024 * 1024
MAX_POINTS = 50_000
MIN_POINTS = 50
MAX_MINUTES = 1_440
MAX_SIGNAL = 1_000_000

REPORTING_THRESHOLD = 0.05
"""Peaks under this share of the total area, in per cent, are left out of the table and of the total."""

_HEADING = ["time_min", "mau"]
_NUMBER = re.compile(r"[+-]?\d{1,12}(?:\.\d{0,12})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_START_NOTE = re.compile(r"integrated from (\d{1,4}(?:\.\d{1,4})?) min", re.ASCII)


class TraceRefused(Refused):
    """The file is not a chromatogram that can be drawn; the sentence says where."""


@dataclass(frozen=True)
class Trace:
    """Absorbance (mAU) over time (min), with the notes from the top of the file."""

    minutes: tuple[float, ...]
    signal: tuple[float, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_specimen(self) -> bool:
        """Made for a demonstration, not measured."""
        return "specimen trace" in self.notes

    @property
    def integrated_from(self) -> float:
        """Minute from which peaks count, stated in a note: what comes before is the injection itself."""
        stated = (_START_NOTE.search(note) for note in self.notes)
        return next((float(match[1]) for match in stated if match), self.minutes[0])


@dataclass(frozen=True)
class Peak:
    """One peak: its apex (min, mAU), its area (mAU min) and its share of the total area in per cent."""

    minute: float
    height: float
    area: float
    share: float
    start: float
    end: float

    @property
    def minute_text(self) -> str:
        """As printed: 11.84."""
        return f"{self.minute:.2f}"

    @property
    def share_text(self) -> str:
        """As printed: 99.2."""
        return f"{self.share:.1f}"


def parse(data: bytes) -> Trace:
    """Read a chromatogram. Raises TraceRefused with the line at fault."""
    if len(data) > MAX_BYTES:
        raise TraceRefused(_("The trace is over %(limit)d MB.", limit=MAX_BYTES // 1024 // 1024))
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise TraceRefused(_("The trace is not a text file in UTF-8.")) from error
    first = next(
        (at for at, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines)
    )
    if first == len(lines) or [cell.strip(' "').lower() for cell in lines[first].split(",")] != _HEADING:
        raise TraceRefused(_("Line %(line)d: expected the heading time_min,mAU.", line=first + 1))
    rows = [(number, line) for number, line in enumerate(lines[first + 1 :], first + 2) if line.strip()]
    if not MIN_POINTS <= len(rows) <= MAX_POINTS:
        raise TraceRefused(
            _(
                "The trace has %(count)d points; from %(least)d to %(most)d can be drawn.",
                count=len(rows),
                least=MIN_POINTS,
                most=MAX_POINTS,
            )
        )
    points = [_point(number, line) for number, line in rows]
    for (number, _line), (before, _signal), (after, _next) in zip(rows[1:], points, points[1:], strict=False):
        if after <= before:
            raise TraceRefused(_("Line %(line)d: the time does not rise.", line=number))
    minutes, signal = zip(*points, strict=True)
    if max(signal) <= min(signal):
        raise TraceRefused(_("The trace is flat: every point has the same absorbance."))
    notes = tuple(line.lstrip("# ").rstrip()[:200] for line in lines[:first] if line.strip())
    return Trace(minutes, signal, notes[:50])


def _point(number: int, line: str) -> tuple[float, float]:
    cells = [cell.strip() for cell in line.split(",")]
    if len(cells) != 2 or not all(_NUMBER.fullmatch(cell) for cell in cells):
        raise TraceRefused(_("Line %(line)d: expected two numbers with a decimal point.", line=number))
    minute, signal = map(float, cells)
    if not 0 <= minute <= MAX_MINUTES or abs(signal) > MAX_SIGNAL:
        raise TraceRefused(_("Line %(line)d: the value is outside what a chromatogram holds.", line=number))
    return minute, signal


def integrate(trace: Trace) -> tuple[Peak, ...]:
    """The peaks of a trace in order of time.

    The baseline is a morphological opening over a tenth of the run. Where the smoothed signal stands clear of
    it there are peaks; those that run together are divided by a perpendicular dropped at the valley. Areas
    are by the trapezoidal rule above the baseline.
    """
    begin = bisect_left(trace.minutes, trace.integrated_from)
    minutes, signal = trace.minutes[begin:], trace.signal[begin:]
    if len(minutes) < MIN_POINTS:
        return ()
    # The median step of Gaussian noise is 0.954 of its standard deviation: 0.6745 × √2.
    noise = median(abs(after - before) for before, after in pairwise(signal)) / 0.954
    noise = max(noise, (max(signal) - min(signal)) / 100_000)
    smooth = _smoothed(signal)
    baseline = _baseline(smooth, noise)
    above = [value - base for value, base in zip(smooth, baseline, strict=True)]
    heights = [value - base for value, base in zip(signal, baseline, strict=True)]
    clear = max(5 * noise, max(above) / 5000)
    found: list[tuple[int, float, int, int]] = []
    for low, high in _groups(above, clear, noise / 2):
        for start, end in pairwise([low, *_valleys(above, low, high, clear), high]):
            apex = max(range(start, end + 1), key=smooth.__getitem__)
            found.append((apex, _area(minutes, heights, start, end), start, end))
    total = sum(area for _apex, area, _start, _end in found if area > 0)
    kept = [peak for peak in found if peak[1] > 0 and 100 * peak[1] / total >= REPORTING_THRESHOLD]
    total = sum(area for _apex, area, _start, _end in kept)
    return tuple(
        Peak(minutes[apex], signal[apex], area, 100 * area / total, minutes[start], minutes[end])
        for apex, area, start, end in kept
    )


def _smoothed(signal: Sequence[float]) -> list[float]:
    """The mean over five points."""
    return [fmean(signal[max(at - 2, 0) : at + 3]) for at in range(len(signal))]


def _baseline(smooth: Sequence[float], noise: float) -> list[float]:
    reach = max(len(smooth) // 20, 3)
    # An opening follows a slope everywhere but at its upper end, so a drift is levelled before and put back.
    drift = _drift(smooth)
    level = [value - drift * at for at, value in enumerate(smooth)]
    floor = _rolling(max, _rolling(min, level, reach), reach)
    # A rolling minimum runs along the underside of the noise; most points of a run are baseline.
    lift = min(median(value - base for value, base in zip(level, floor, strict=True)), 3 * noise)
    return [base + lift + drift * at for at, base in enumerate(floor)]


def _drift(smooth: Sequence[float]) -> float:
    """Rise of the baseline for each point: the median over pairs half a run apart, blind to peaks."""
    half = len(smooth) // 2
    return median(after - before for before, after in zip(smooth, smooth[half:], strict=False)) / half


def _rolling(pick: Callable[[float, float], float], values: Sequence[float], reach: int) -> list[float]:
    """The smallest (min) or largest (max) value within `reach` points on both sides."""
    waiting: deque[int] = deque()
    out: list[float] = []
    for at in range(len(values) + reach):
        if at < len(values):
            while waiting and pick(values[at], values[waiting[-1]]) == values[at]:
                waiting.pop()
            waiting.append(at)
        if at >= reach:
            if waiting[0] < at - 2 * reach:
                waiting.popleft()
            out.append(values[waiting[0]])
    return out


def _groups(above: Sequence[float], clear: float, foot: float) -> list[tuple[int, int]]:
    """First and last point of each stretch that stands clear, widened to where it comes down to its foot."""
    groups: list[tuple[int, int]] = []
    at = 0
    while at < len(above):
        if above[at] > clear:
            low = high = at
            while low > 0 and above[low - 1] > foot:
                low -= 1
            while high < len(above) - 1 and above[high + 1] > foot:
                high += 1
            groups.append((low, high))
            at = high
        at += 1
    return groups


def _valleys(above: Sequence[float], low: int, high: int, clear: float) -> list[int]:
    """Where to divide a group: the lowest point between two tops that both stand clear of it."""
    valleys: list[int] = []
    top = valley = low
    for at in range(low, high + 1):
        if above[at] < above[valley]:
            valley = at
        if above[top] - above[valley] > clear and above[at] - above[valley] > clear:
            valleys.append(valley)
            top = valley = at
        elif above[at] >= above[top]:
            top = valley = at
    return valleys


def _area(minutes: Sequence[float], heights: Sequence[float], start: int, end: int) -> float:
    return sum(
        (minutes[at + 1] - minutes[at]) * (heights[at] + heights[at + 1]) / 2 for at in range(start, end)
    )


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where it is drawn, and what is written at it."""

    position: float
    label: str


@dataclass(frozen=True)
class Callout:
    """The words beside a peak, and the line that leads to them ("" where none is needed)."""

    x: float
    y: float
    anchor: str
    minute: str
    share: str
    leader: str


@dataclass(frozen=True)
class Plot:
    """Where everything of a chromatogram is drawn, in the units of its view box; values only, no markup.

    `line` and `area` are path data for the `d` of an SVG path: the trace, and the largest peak filled.
    """

    view_box: str
    left: float
    right: float
    top: float
    bottom: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    line: str
    area: str
    callouts: tuple[Callout, ...]


_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 712.0, 14.0, 252.0


def plot(trace: Trace, peaks: Sequence[Peak]) -> Plot:
    """A trace and its peaks in a box of 720 by 296."""
    last = trace.minutes[-1]
    x_step, y_step = _step(last, 6), _step(max(trace.signal), 4)
    y_top = y_step * math.ceil(max(max(trace.signal), y_step) / y_step)

    def x(minute: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * minute / last

    def y(signal: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * max(signal / y_top, -0.05)

    points = [(x(minute), y(signal)) for minute, signal in zip(trace.minutes, trace.signal, strict=True)]
    x_values = [step * x_step for step in range(int(last / x_step + 1e-9) + 1)]
    x_labels = [*(f"{value:g}" for value in x_values[:-1]), _("%(minute)s min", minute=f"{x_values[-1]:g}")]
    y_values = [step * y_step for step in range(round(y_top / y_step) + 1)]
    ranked = sorted(peaks, key=lambda peak: peak.area, reverse=True)
    largest = [point for point, minute in zip(points, trace.minutes, strict=True) if _in(minute, ranked)]
    return Plot(
        view_box="0 -14 720 296",
        left=_LEFT,
        right=_RIGHT,
        top=_TOP,
        bottom=_BOTTOM,
        x_ticks=tuple(Tick(round(x(v), 1), label) for v, label in zip(x_values, x_labels, strict=True)),
        y_ticks=tuple(Tick(round(y(v), 1), f"{v:,.10g}") for v in y_values),
        line=_path(_thinned(points)),
        area=f"{_path(_thinned(largest))}z" if largest else "",
        callouts=_callouts(ranked, x, y),
    )


def _in(minute: float, ranked: Sequence[Peak]) -> bool:
    return bool(ranked) and ranked[0].start <= minute <= ranked[0].end


def _step(highest: float, most: int) -> float:
    """The smallest round distance between ticks that needs no more than `most` of them."""
    if highest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(highest / most))
    return next(power * factor for factor in (1, 2, 2.5, 4, 5, 10, 20) if highest <= power * factor * most)


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The lowest and highest point of every 1.5 units, so no peak is lost; of a level stretch its ends."""
    strips: dict[int, list[tuple[float, float]]] = {}
    for point in points:
        strips.setdefault(int(point[0] / 1.5), []).append((round(point[0], 1), round(point[1], 1)))
    kept: list[tuple[float, float]] = []
    for strip in strips.values():
        extremes = {min(strip, key=lambda point: point[1]), max(strip, key=lambda point: point[1])}
        for point in sorted(extremes):
            if len(kept) > 1 and kept[-1][1] == kept[-2][1] == point[1]:
                kept.pop()
            kept.append(point)
    return kept


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + " ".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _callouts(
    ranked: Sequence[Peak], x: Callable[[float], float], y: Callable[[float], float]
) -> tuple[Callout, ...]:
    """Words for the largest peak, beside its top, and for the next largest, led away from the largest."""
    callouts: list[Callout] = []
    for place, peak in enumerate(ranked[:2]):
        at, top = x(peak.minute), y(peak.height)
        rightwards = at < (_LEFT + _RIGHT) / 2 if place == 0 else peak.minute > ranked[0].minute
        if place == 1 and not _LEFT + 130 < at < _RIGHT - 130:
            rightwards = at < (_LEFT + _RIGHT) / 2
        side = 1 if rightwards else -1
        level = min(top + 14, _BOTTOM - 20) if place == 0 else max(min(top - 36, _BOTTOM - 38), _TOP - 20)
        leader = f"M{at:.1f} {top - 4:.1f}V{level:.1f}h{10 * side}" if place else ""
        callouts.append(
            Callout(
                x=round(at + 14 * side, 1),
                y=round(level + 4, 1),
                anchor="start" if rightwards else "end",
                minute=peak.minute_text,
                share=peak.share_text,
                leader=leader,
            )
        )
    return tuple(callouts)


def takeaway(peaks: Sequence[Peak]) -> str:
    """What the figure shows, in one line: its title."""
    if not peaks:
        return _("HPLC trace: no peak stands clear of the baseline")
    main = max(peaks, key=lambda peak: peak.area)
    values = {"minute": main.minute_text, "share": main.share_text}
    if main.share >= 50:
        return _("HPLC trace: one main peak at %(minute)s min, %(share)s%% of total area", **values)
    return ngettext(
        "HPLC trace: %(num)d peak, at %(minute)s min",
        "HPLC trace: %(num)d peaks, the largest at %(minute)s min with %(share)s%% of total area",
        len(peaks),
        **values,
    )


def description(trace: Trace, peaks: Sequence[Peak]) -> str:
    """The figure in words, for someone who does not see it."""
    ranked = sorted(peaks, key=lambda peak: peak.area, reverse=True)
    sentences = [_("Chromatogram from 0 to %(last)s minutes.", last=f"{trace.minutes[-1]:g}")]
    if ranked:
        sentences.append(
            _(
                "The largest peak, at %(minute)s minutes, has %(share)s per cent of the area.",
                minute=ranked[0].minute_text,
                share=ranked[0].share_text,
            )
        )
    if len(ranked) > 1:
        sentences.append(
            _(
                "The next largest, at %(minute)s minutes, has %(share)s per cent.",
                minute=ranked[1].minute_text,
                share=ranked[1].share_text,
            )
        )
    return " ".join(sentences)
