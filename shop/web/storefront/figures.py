"""The forest plot of a monograph as files: a drawing, rows and values. `panel` asks for one panel of it."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.education import figure_file, forest, forest_svg
from shop.education.forest import ForestPlot
from shop.web.storefront import monograph_page, published, schemas
from shop.web.storefront.published import Published
from shop.web.storefront.sent_file import CSV, SVG, as_json, sent_file

LONGEST_KEY = 300


def svg(category: str, slug: str, number: int | None = None) -> AnyResponse:
    """The drawing."""
    return published.show("figure_svg", category, slug, number, _svg)


def rows(category: str, slug: str, number: int | None = None) -> AnyResponse:
    """The results as rows."""
    return published.show("figure_csv", category, slug, number, _csv)


def values(category: str, slug: str, number: int | None = None) -> AnyResponse:
    """The results with the axes on which they stand."""
    return published.show("figure_json", category, slug, number, _json)


def about(found: Published) -> figure_file.About:
    """What every file of a figure says of itself."""
    return figure_file.About(
        title=found.text.figure_title or _("Effect sizes as published"),
        citation=found.citation,
        licence=published.licence(),
        licence_url=settings().content_licence_url,
        version=found.revision.number,
        url=found.version_url,
    )


def _svg(found: Published) -> AnyResponse:
    drawing = figure_file.svg(_plot(found), about(found))
    return sent_file(drawing, SVG, _name(found, "svg"), style_hash=forest_svg.STYLE_HASH)


def _csv(found: Published) -> AnyResponse:
    return sent_file(
        figure_file.csv(_plot(found), found.text.evidence, about(found)), CSV, _name(found, "csv")
    )


def _json(found: Published) -> AnyResponse:
    return as_json(
        figure_file.values(_plot(found), found.text.evidence, found.text.sources, about(found)),
        _name(found, "json"),
        schema=schemas.FIGURE,
    )


def _name(found: Published, ending: str) -> str:
    return f"{found.name}-figure.{ending}"


def _plot(found: Published) -> ForestPlot:
    """The whole plot, or the panel asked for.

    Raises:
        NotFound: there is no such panel in this version.
    """
    plot: forest.ForestPlot = monograph_page.plot_of(found.text)
    key = request.args.get("panel", "")[:LONGEST_KEY]
    if not key:
        return plot
    one = plot.only(key)
    if not one.panels:
        raise NotFound(_("This version of the monograph has no such panel."))
    return one
