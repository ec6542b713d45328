"""A forest plot as one SVG file that stands alone: no script, nothing to load, source and licence inside.

Each result has its words above its own strip of the plot, so that the drawing can be read on a phone.
"""

from __future__ import annotations

from shop.core.language import gettext as _
from shop.core.svg_sheet import (
    LEFT,
    RIGHT,
    SMALL,
    STYLE_HASH,
    TITLE,
    WIDTH,
    Colour,
    Sheet,
    text_width,
    wrapped,
)
from shop.education.forest import ForestPlot, Panel, PanelRow

__all__ = ["STYLE_HASH", "forest_sheet", "forest_svg"]

_PLOT_LEFT, _PLOT_RIGHT = LEFT + 12, RIGHT - 12
_STRIP = 26
_HALF = WIDTH / 2 - 4


def forest_svg(plot: ForestPlot, *, title: str, citation: str, licence: str, version: str) -> str:
    """The plot as an SVG document.

    `title` is the takeaway in words, `citation` how to cite the page, `licence` the line on reuse, `version`
    the revision the figure belongs to; all four stand inside the figure. Any text is accepted and escaped.
    """
    sheet = forest_sheet(plot, title=title, citation=citation, licence=licence, version=version)
    return sheet.document(title, _description(plot))


def forest_sheet(plot: ForestPlot, *, title: str, citation: str, licence: str, version: str) -> Sheet:
    """The same before it is closed, with the place of every word on it."""
    sheet = Sheet()
    sheet.rule(Colour.INK, 2)
    sheet.paragraph(title, size=TITLE, weight=600)
    sheet.y += 4
    sheet.paragraph(_key_text(), size=SMALL, fill=Colour.SOFT)
    for panel in plot.panels:
        _draw_panel(sheet, panel)
    if plot.undrawn:
        _draw_undrawn(sheet, plot)
    sheet.y += 16
    sheet.rule()
    for line in (citation, version, licence):
        sheet.y += 3
        sheet.paragraph(line, size=SMALL, fill=Colour.FAINT)
    return sheet


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


def _draw_undrawn(sheet: Sheet, plot: ForestPlot) -> None:
    sheet.y += 16
    sheet.rule()
    for row in plot.undrawn:
        label = ", ".join(filter(None, (row.label, row.detail, row.text)))
        sheet.y += 3
        sheet.paragraph(
            _("Not drawn: %(label)s: %(reason)s.", label=label, reason=row.reason.rstrip(".")),
            size=SMALL,
            fill=Colour.FAINT,
        )


def _x(percent: float) -> float:
    return round(_PLOT_LEFT + percent / 100 * (_PLOT_RIGHT - _PLOT_LEFT), 1)


def _draw_panel(sheet: Sheet, panel: Panel) -> None:
    sheet.y += 18
    top, place = sheet.y, len(sheet.parts)
    sheet.y += 2
    sheet.paragraph(panel.caption, weight=600, left=LEFT + 8, right=RIGHT - 8)
    sheet.paragraph(panel.note, size=SMALL, fill=Colour.FAINT, left=LEFT + 8, right=RIGHT - 8)
    sheet.y += 8
    wash = Sheet()
    wash.rect(LEFT, top, RIGHT - LEFT, sheet.y - top, Colour.WASH)
    sheet.parts[place:place] = wash.parts
    for row in panel.rows:
        sheet.y += 4
        sheet.paragraph(row.label, weight=600)
        sheet.paragraph(row.detail, size=SMALL, fill=Colour.FAINT)
        sheet.paragraph(row.text)
        sheet.y += 6
        _draw_strip(sheet, panel, row)
    _draw_axis(sheet, panel)


def _draw_strip(sheet: Sheet, panel: Panel, row: PanelRow) -> None:
    """No difference as a line, the interval with its arrows, then a square or diamond, hollow where open."""
    top, y = sheet.y, sheet.y + _STRIP / 2
    for tick in panel.ticks:
        if abs(tick.at - panel.null_at) > 0.01:
            sheet.path(f"M{_x(tick.at):g} {top:g}v{_STRIP}", stroke=Colour.LINE)
    sheet.path(f"M{_x(panel.null_at):g} {top:g}v{_STRIP}", stroke=Colour.FAINT)
    colour, fill = (Colour.PALE, Colour.PAPER) if row.includes_null else (Colour.STRONG, Colour.STRONG)
    low, high, at = _x(row.lower_at), _x(row.upper_at), _x(row.estimate_at)
    sheet.path(f"M{low:g} {y:g}H{high:g}", stroke=colour, width=2)
    if row.clipped_low:
        sheet.path(f"M{low + 7:g} {y - 5:g}L{low:g} {y:g}L{low + 7:g} {y + 5:g}", stroke=colour, width=2)
    if row.clipped_high:
        sheet.path(f"M{high - 7:g} {y - 5:g}L{high:g} {y:g}L{high - 7:g} {y + 5:g}", stroke=colour, width=2)
    mark = "l7-7 7 7-7 7z" if row.pooled else "m2-5h10v10h-10z"
    sheet.path(f"M{at - 7:g} {y:g}{mark}", stroke=colour, width=2, fill=fill)
    sheet.y += _STRIP


def _draw_axis(sheet: Sheet, panel: Panel) -> None:
    y = sheet.y + 2
    sheet.path(f"M{_PLOT_LEFT} {y:g}H{_PLOT_RIGHT}", stroke=Colour.FAINT)
    for tick in panel.ticks:
        sheet.path(f"M{_x(tick.at):g} {y:g}v4", stroke=Colour.FAINT)
        if tick.text:
            half = text_width(tick.text, SMALL) / 2
            x = min(max(_x(tick.at), LEFT + half), RIGHT - half)
            sheet.text(round(x, 1), y + 17, tick.text, size=SMALL, fill=Colour.FAINT, anchor="middle")
    left = wrapped(f"← {panel.left_label}", SMALL, _HALF - LEFT)
    right = wrapped(f"{panel.right_label} →", SMALL, _HALF - LEFT)
    for lines, x, anchor in ((left, LEFT, "start"), (right, RIGHT, "end")):
        for index, line in enumerate(lines):
            sheet.text(x, y + 35 + index * 15, line, size=SMALL, fill=Colour.SOFT, anchor=anchor)
    sheet.y = y + 35 + 15 * (max(len(left), len(right)) - 1)
