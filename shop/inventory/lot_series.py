"""How a product's lots compare over time: purity, net content and mass difference, with limits."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from statistics import median

from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.core.wording import date_in_words
from shop.inventory import certificates
from shop.inventory.models import CertificateTest, Lot, Qualifier


class Measure(StrEnum):
    """What is followed from lot to lot."""

    PURITY = "purity"
    NET_CONTENT = "net_content"
    MASS_DIFFERENCE = "mass_difference"


@dataclass(frozen=True, kw_only=True)
class Point:
    """One lot's value: the figure as printed, and as a number for the drawing. `bound` is `<`, `≥` … or
    empty.
    """

    lot: Lot
    filled_on: date
    text: str
    value: Decimal
    bound: str
    lower: Decimal | None
    upper: Decimal | None
    unit: str
    revision: int
    meets: bool


@dataclass(frozen=True, kw_only=True)
class Series:
    """All lots of a product in one measure, the first filled first."""

    measure: Measure
    points: tuple[Point, ...]

    @property
    def unit(self) -> str:
        """The unit of the newest lot."""
        return self.points[-1].unit if self.points else ""


_BOUNDS = {
    Qualifier.BELOW: "<",
    Qualifier.AT_MOST: "≤",
    Qualifier.ABOVE: ">",
    Qualifier.AT_LEAST: "≥",
    Qualifier.NOT_DETECTED: "<",
}


def of_lots(lots: Sequence[Lot]) -> list[Series]:
    """The series of some lots of one product, by the certificate in force of each; measures without a value
    are left out. A lot whose certificate was withdrawn has no value."""
    in_order = sorted(lots, key=lambda lot: (lot.filled_on, lot.number))
    found = []
    for measure in Measure:
        points = [point for lot in in_order if (point := _point(lot, measure)) is not None]
        if points:
            found.append(Series(measure=measure, points=tuple(points)))
    return found


def _point(lot: Lot, measure: Measure) -> Point | None:
    revision = certificates.current(lot)
    if revision is None:
        return None
    for test in revision.tests:
        if test.result_number is None or test.result_text is None:
            continue
        if measure == Measure.MASS_DIFFERENCE and test.theoretical_mass is not None:
            # Of the molecule, so that lots measured as different ions can be compared.
            difference = (test.result_number - test.theoretical_mass) * max(abs(test.charge), 1)
            tolerance = test.tolerance or Decimal(0)
            if test.unit == "ppm":
                tolerance = tolerance * test.theoretical_mass / 1_000_000
            if test.unit in ("m/z", "ppm"):
                tolerance *= max(abs(test.charge), 1)
            return _made(
                lot, test, f"{difference:+.2f}".replace("-", "−"), difference, -tolerance, tolerance, "Da"
            )
        wanted = {Measure.PURITY: "purity", Measure.NET_CONTENT: "net_peptide"}.get(measure)
        if wanted is not None and test.attribute.startswith(wanted) and test.theoretical_mass is None:
            return _made(lot, test, test.result_text, test.result_number, test.lower, test.upper, test.unit)
    return None


def _made(
    lot: Lot,
    test: CertificateTest,
    text: str,
    value: Decimal,
    lower: Decimal | None,
    upper: Decimal | None,
    unit: str,
) -> Point:
    revision = certificates.current(lot)
    return Point(
        lot=lot,
        filled_on=lot.filled_on,
        text=text,
        value=value,
        bound=_BOUNDS.get(test.qualifier, ""),
        lower=lower,
        upper=upper,
        unit=unit,
        revision=revision.revision if revision else 0,
        meets=(lower is None or value >= lower) and (upper is None or value <= upper),
    )


def title(measure: Measure) -> str:
    """What a measure is called."""
    return {
        Measure.PURITY: _("Purity"),
        Measure.NET_CONTENT: _("Net peptide content"),
        Measure.MASS_DIFFERENCE: _("Mass found less mass calculated"),
    }[measure]


def takeaway(series: Series) -> str:
    """What the figure shows, in one line: its title."""
    points = series.points
    low, high = min(points, key=_value), max(points, key=_value)
    name, limits = title(series.measure), _limits(series)
    if len(points) == 1:
        return _(
            "%(name)s: %(value)s in the one lot so far%(limits)s", name=name, value=low.text, limits=limits
        )
    outside = sum(not point.meets for point in points)
    end = ngettext(", %(num)s of them outside its limit", ", %(num)s of them outside their limits", outside)
    return _(
        "%(name)s: %(low)s to %(high)s in %(count)s lots%(limits)s%(outside)s",
        name=name,
        low=low.text,
        high=high.text,
        count=len(points),
        limits=limits,
        outside=end if outside else "",
    )


def _limits(series: Series) -> str:
    """The limit in force for the newest lot, for the end of a title."""
    newest = series.points[-1]
    lower, upper = newest.lower, newest.upper
    if lower is not None and upper is not None:
        if lower == -upper:
            return _("; limit ± %(limit)s", limit=_with_unit(upper, newest.unit))
        return _("; limits %(low)s to %(high)s", low=f"{lower:f}", high=_with_unit(upper, newest.unit))
    if lower is not None:
        return _("; limit ≥ %(limit)s", limit=_with_unit(lower, newest.unit))
    if upper is not None:
        return _("; limit ≤ %(limit)s", limit=_with_unit(upper, newest.unit))
    return ""


def _with_unit(value: Decimal, unit: str) -> str:
    """`98.0%`, `0.5 Da`."""
    return f"{value:f}%" if unit == "%" else f"{value:f} {unit}".strip()


def _value(point: Point) -> Decimal:
    return point.value


def description(series: Series) -> str:
    """The figure in words, for someone who does not see it; the table says every value."""
    points = series.points
    first, last = points[0], points[-1]
    return _(
        "%(name)s of %(count)s lots, from %(first)s filled on %(first_day)s to %(last)s filled on "
        "%(last_day)s. The middle value is %(median)s.",
        name=title(series.measure),
        count=len(points),
        first=first.lot.number,
        first_day=date_in_words(first.filled_on),
        last=last.lot.number,
        last_day=date_in_words(last.filled_on),
        median=f"{median(float(point.value) for point in points):.2f}".replace("-", "−"),
    )


@dataclass(frozen=True)
class Mark:
    """A lot in the drawing: where it is, and how its shape says whether it meets its limit."""

    x: float
    y: float
    label: str
    meets: bool
    anchor: str


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where it is drawn, and what is written at it."""

    position: float
    label: str
    anchor: str = "middle"


@dataclass(frozen=True)
class LimitLine:
    """A limit over the lots it applied to."""

    x1: float
    x2: float
    y: float
    label: str


@dataclass(frozen=True)
class Chart:
    """Where everything of a series is drawn, in the units of its view box; values only, no markup."""

    view_box: str
    left: float
    right: float
    bottom: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    limits: tuple[LimitLine, ...]
    marks: tuple[Mark, ...]


_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 704.0, 16.0, 196.0


def chart(series: Series) -> Chart:
    """A series in a box of 720 by 236: time across, the value up, limits as lines."""
    points = series.points
    low, high = _range(points)
    step = _step(float(high - low))
    bottom, top = math.floor(float(low) / step) * step, math.ceil(float(high) / step) * step
    first, last = points[0].filled_on, points[-1].filled_on
    days = max((last - first).days, 1)

    def x(day: date) -> float:
        if len(points) == 1:
            return (_LEFT + _RIGHT) / 2
        return round(_LEFT + 24 + (_RIGHT - _LEFT - 48) * (day - first).days / days, 1)

    def y(value: Decimal | float) -> float:
        return round(_BOTTOM - (_BOTTOM - _TOP) * (float(value) - bottom) / (top - bottom), 1)

    places = max(0, -math.floor(math.log10(step) + 1e-9))
    values = [bottom + step * count for count in range(round((top - bottom) / step) + 1)]
    ends = [Tick(x(first), date_in_words(first), "start" if len(points) > 1 else "middle")]
    if last > first:
        ends.append(Tick(x(last), date_in_words(last), "end"))
    return Chart(
        view_box="0 0 720 236",
        left=_LEFT,
        right=_RIGHT,
        bottom=_BOTTOM,
        x_ticks=tuple(ends),
        y_ticks=tuple(Tick(y(value), f"{value:.{places}f}".replace("-", "−")) for value in values),
        limits=tuple(_limit_lines(points, x, y)),
        marks=tuple(_marks(points, x, y)),
    )


def _range(points: Sequence[Point]) -> tuple[Decimal, Decimal]:
    """The lowest and highest value to show, limits included, with some room where all are the same."""
    values = [point.value for point in points]
    values += [limit for point in points for limit in (point.lower, point.upper) if limit is not None]
    low, high = min(values), max(values)
    room = max((high - low) / 10, Decimal("0.05"))
    return low - room, high + room


def _step(span: float) -> float:
    """The smallest round distance between ticks that needs no more than five of them."""
    power = 10.0 ** math.floor(math.log10(span / 5))
    return next(power * factor for factor in (1, 2, 5, 10) if span <= power * factor * 5)


def _limit_lines(
    points: Sequence[Point], x: Callable[[date], float], y: Callable[[Decimal], float]
) -> Iterator[LimitLine]:
    """A line for each run of lots under the same limit, from the first of the run to the next run."""
    for side in ("lower", "upper"):
        start = 0
        for at in range(1, len(points) + 1):
            limit = getattr(points[start], side)
            if at < len(points) and getattr(points[at], side) == limit:
                continue
            if limit is not None:
                end = _RIGHT if at == len(points) else x(points[at].filled_on)
                begin = _LEFT if start == 0 else x(points[start].filled_on)
                sign = "≥" if side == "lower" else "≤"
                yield LimitLine(begin, end, y(limit), f"{sign} {limit:f}".replace("-", "−"))
            start = at


def _marks(
    points: Sequence[Point], x: Callable[[date], float], y: Callable[[Decimal], float]
) -> Iterator[Mark]:
    """Every lot. As many are named as there is room for: those outside their limit and the newest before
    others.
    """
    named: set[int] = set()
    taken: list[Box] = []
    marks = [_mark(point, x(point.filled_on), y(point.value)) for point in points]
    for at in sorted(
        range(len(points)), key=lambda at: (points[at].meets, at != len(points) - 1, at != 0, at)
    ):
        box = label_box(marks[at])
        if not any(overlap(box, other) for other in taken):
            taken.append(box)
            named.add(at)
    for at, mark in enumerate(marks):
        yield mark if at in named else replace(mark, label="")


def _mark(point: Point, x: float, y: float) -> Mark:
    anchor = "start" if x < _LEFT + 90 else "end" if x > _RIGHT - 90 else "middle"
    return Mark(x, y, point.text, point.meets, anchor)


Box = tuple[float, float, float, float]
"""Left, top, right and bottom of a label."""


def label_box(mark: Mark) -> Box:
    """The room that the words of a mark take, in the units of the view box."""
    width = 7.5 * len(mark.label)
    left = {"start": mark.x, "end": mark.x - width}.get(mark.anchor, mark.x - width / 2)
    return left, mark.y - 24, left + width, mark.y - 8


def overlap(one: Box, other: Box) -> bool:
    """Whether two labels would be drawn over each other."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
