"""The forest plot as files that can travel alone: each holds how to cite it, its licence and its version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shop.core.language import gettext as _
from shop.education import forest
from shop.education.evidence import EvidenceRecord, PlainValue, Source, plain
from shop.education.forest import ForestPlot
from shop.education.forest_svg import forest_svg


@dataclass(frozen=True, kw_only=True)
class About:
    """What a figure says of itself wherever it goes."""

    title: str
    citation: str
    licence: str
    licence_url: str
    version: int
    url: str


def svg(plot: ForestPlot, about: About) -> str:
    """The drawing."""
    return forest_svg(
        plot,
        title=about.title,
        citation=about.citation,
        licence=about.licence,
        version=_("Version %(number)s", number=about.version),
    )


def csv(plot: ForestPlot, records: Iterable[EvidenceRecord], about: About) -> str:
    """The results as rows. Version, citation and licence are columns, so that any reader takes the file."""
    return forest.figure_csv(
        [
            {**row, "version": about.version, "citation": about.citation, "licence": about.licence}
            for row in forest.figure_rows(plot, records)
        ]
    )


def values(
    plot: ForestPlot, records: Iterable[EvidenceRecord], sources: Iterable[Source], about: About
) -> dict[str, PlainValue]:
    """The results with the axes they stand on: enough to draw the figure again."""
    named = {each.key for each in sources}
    rows = forest.figure_rows(plot, records)
    used = {str(row["source"]) for row in rows} & named
    return {
        "format": "forest-plot/1",
        **{name: plain(getattr(about, name)) for name in About.__dataclass_fields__},
        "compound": plot.compound,
        "note": _("Panels have different measures and cannot be compared with each other."),
        "panels": [
            {
                "key": panel.key,
                "caption": panel.caption,
                "note": panel.note,
                "scale": "log" if panel.log else "linear",
                "axis": [panel.low, panel.high],
                "null": panel.null,
                "left": panel.left_label,
                "right": panel.right_label,
                "ticks": [tick.text for tick in panel.ticks if tick.text],
                "rows": [row.record for row in panel.rows],
            }
            for panel in plot.panels
        ],
        "not_drawn": [{"id": row.record, "reason": row.reason} for row in plot.undrawn],
        "results": [dict(row) for row in rows],
        "sources": [plain(each) for each in sources if each.key in used],
    }
