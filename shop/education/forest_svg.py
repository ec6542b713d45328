"""A forest plot as one SVG file that stands alone: no script, no style sheet, source and licence inside."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field
from html import escape

from shop.core.language import gettext as _
from shop.education.forest import ForestPlot, Panel, PanelRow

_INK, _INK_2, _INK_3, _LINE, _WASH = "#11202a", "#3d4c55", "#56656d", "#dbe1e3", "#f5f7f7"
_EXCLUDES, _INCLUDES = "#1f78b4", "#7a868c"
_WIDTH, _MARGIN = 960, 24
_PLOT_LEFT, _PLOT_RIGHT = 300, 720
_LINE_HEIGHT = 16
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def forest_svg(plot: ForestPlot, *, title: str, citation: str, licence: str, version: str) -> str:
    """The plot as an SVG document, ink on white so that it prints as it is shown.

    `title` is the takeaway in words, `citation` how to cite the page, `licence` the line on reuse, `version`
    the revision the figure belongs to; all four stand inside the figure. Any text is accepted and escaped.
    """
    sheet = _Sheet()
    sheet.rule(sheet.y)
    sheet.paragraph(title, size=18, weight=650, width=95, leading=24)
    sheet.paragraph(_key_text(), fill=_INK_2, width=125)
    for panel in plot.panels:
        _draw_panel(sheet, panel)
    sheet.y += 12
    sheet.rule(sheet.y, _LINE)
    for row in plot.undrawn:
        label = ", ".join(filter(None, (row.label, row.detail, row.text)))
        sheet.small_print(_("Not drawn: %(label)s: %(reason)s.", label=label, reason=row.reason.rstrip(".")))
    for line in (citation, version, licence):
        sheet.small_print(line)
    return sheet.document(title, _description(plot))


def _key_text() -> str:
    return _(
        "Squares are single studies, diamonds are pooled ones. Hollow marks have an interval that includes "
        "no difference; an arrow means that the interval goes on. Panels cannot be compared with each other."
    )


def _description(plot: ForestPlot) -> str:
    rows = [
        f"{panel.caption}: {row.label}, {row.detail}: {row.text}"
        for panel in plot.panels
        for row in panel.rows
    ]
    return "; ".join([*rows, *(f"{row.label}: {row.reason}" for row in plot.undrawn)])


def xml_text(text: str) -> str:
    """Text for an element or attribute: escaped, without the characters that XML 1.0 does not allow."""
    return escape(_NOT_XML.sub("", text), quote=True)


@dataclass
class _Sheet:
    """A page being drawn from the top down; y is the next free height in user units."""

    y: float = _MARGIN
    parts: list[str] = field(default_factory=list)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: int = 14,
        weight: int = 400,
        fill: str = _INK,
        anchor: str = "start",
    ) -> None:
        self.parts.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{size}" font-weight="{weight}" fill="{fill}" '
            f'text-anchor="{anchor}">{xml_text(text)}</text>'
        )

    def paragraph(
        self,
        text: str,
        *,
        size: int = 14,
        weight: int = 400,
        fill: str = _INK,
        width: int = 120,
        leading: int = _LINE_HEIGHT + 3,
    ) -> None:
        for line in textwrap.wrap(text, width):
            self.y += leading
            self.text(_MARGIN, self.y, line, size=size, weight=weight, fill=fill)

    def small_print(self, text: str) -> None:
        self.paragraph(text, size=12, fill=_INK_3, width=145)

    def path(self, d: str, *, stroke: str, width: float = 1, fill: str = "none") -> None:
        self.parts.append(f'<path d="{d}" stroke="{stroke}" stroke-width="{width:g}" fill="{fill}"/>')

    def rule(self, y: float, stroke: str = _INK) -> None:
        self.path(f"M{_MARGIN} {y:g}H{_WIDTH - _MARGIN}", stroke=stroke, width=2 if stroke == _INK else 1)

    def document(self, title: str, description: str) -> str:
        height = self.y + _MARGIN
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" role="img" '
            f'aria-labelledby="t d" font-family="\'Public Sans\', Arial, Helvetica, sans-serif">\n'
            f'<title id="t">{xml_text(title)}</title>\n<desc id="d">{xml_text(description)}</desc>\n'
            f'<rect width="{_WIDTH}" height="{height:g}" fill="#fff"/>\n'
            + "\n".join(self.parts)
            + "\n</svg>\n"
        )


def _x(percent: float) -> float:
    return round(_PLOT_LEFT + percent / 100 * (_PLOT_RIGHT - _PLOT_LEFT), 1)


def _draw_panel(sheet: _Sheet, panel: Panel) -> None:
    sheet.y += 20
    captions = textwrap.wrap(panel.caption, 100)
    sheet.parts.append(
        f'<rect x="{_MARGIN}" y="{sheet.y:g}" width="{_WIDTH - 2 * _MARGIN}" '
        f'height="{8 + 18 * (len(captions) + 1)}" fill="{_WASH}"/>'
    )
    for caption in captions:
        sheet.y += 18
        sheet.text(_MARGIN + 10, sheet.y, caption, weight=650)
    sheet.y += 18
    sheet.text(_MARGIN + 10, sheet.y, panel.note, size=12, fill=_INK_3)
    sheet.y += 8
    top = sheet.y
    heights = [_row_height(row) for row in panel.rows]
    bottom = top + sum(heights)
    for tick in panel.ticks:
        if abs(tick.at - panel.null_at) > 0.01:
            sheet.path(f"M{_x(tick.at):g} {top:g}V{bottom:g}", stroke=_LINE)
    sheet.path(f"M{_x(panel.null_at):g} {top:g}V{bottom:g}", stroke=_INK_3)
    for row, height in zip(panel.rows, heights, strict=True):
        _draw_row(sheet, row, height)
    _draw_axis(sheet, panel)


def _label_lines(row: PanelRow) -> tuple[list[str], list[str], list[str]]:
    return textwrap.wrap(row.label, 36), textwrap.wrap(row.detail, 44), textwrap.wrap(row.text, 27)


def _row_height(row: PanelRow) -> float:
    label, detail, text = _label_lines(row)
    return max(44, 12 + _LINE_HEIGHT * max(len(label) + len(detail), len(text)))


def _draw_row(sheet: _Sheet, row: PanelRow, height: float) -> None:
    label, detail, text = _label_lines(row)
    middle, y = sheet.y + height / 2, sheet.y + 3
    for lines, size, weight, fill in ((label, 14, 500, _INK), (detail, 12, 400, _INK_3)):
        for line in lines:
            y += _LINE_HEIGHT
            sheet.text(_MARGIN, y, line, size=size, weight=weight, fill=fill)
    _draw_mark(sheet, row, middle)
    for index, line in enumerate(text):
        offset = 5 + _LINE_HEIGHT * (index - (len(text) - 1) / 2)
        sheet.text(_WIDTH - _MARGIN, middle + offset, line, anchor="end")
    sheet.y += height


def _draw_mark(sheet: _Sheet, row: PanelRow, y: float) -> None:
    """The interval with its arrows, then a square or diamond, hollow where no difference is included."""
    colour, fill = (_INCLUDES, "#fff") if row.includes_null else (_EXCLUDES, _EXCLUDES)
    low, high, at = _x(row.lower_at), _x(row.upper_at), _x(row.estimate_at)
    sheet.path(f"M{low:g} {y:g}H{high:g}", stroke=colour, width=2)
    if row.clipped_low:
        sheet.path(f"M{low + 7:g} {y - 5:g}L{low:g} {y:g}L{low + 7:g} {y + 5:g}", stroke=colour, width=2)
    if row.clipped_high:
        sheet.path(f"M{high - 7:g} {y - 5:g}L{high:g} {y:g}L{high - 7:g} {y + 5:g}", stroke=colour, width=2)
    mark = "l7-7 7 7-7 7z" if row.pooled else "m2-5h10v10h-10z"
    sheet.path(f"M{at - 7:g} {y:g}{mark}", stroke=colour, width=2, fill=fill)


def _draw_axis(sheet: _Sheet, panel: Panel) -> None:
    y = sheet.y
    sheet.path(f"M{_PLOT_LEFT} {y:g}H{_PLOT_RIGHT}", stroke=_INK_3)
    for tick in panel.ticks:
        sheet.path(f"M{_x(tick.at):g} {y:g}v4", stroke=_INK_3)
        sheet.text(_x(tick.at), y + 17, tick.text, size=12, fill=_INK_3, anchor="middle")
    left = textwrap.wrap(f"← {panel.left_label}", 32)
    right = textwrap.wrap(f"{panel.right_label} →", 32)
    for index in range(max(len(left), len(right))):
        below = y + 34 + index * 14
        if index < len(left):
            sheet.text(_PLOT_LEFT, below, left[index], size=12, fill=_INK_2)
        if index < len(right):
            sheet.text(_PLOT_RIGHT, below, right[index], size=12, fill=_INK_2, anchor="end")
    sheet.y = y + 34 + 14 * (max(len(left), len(right)) - 1)
