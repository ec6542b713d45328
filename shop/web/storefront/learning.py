"""Learning pages and the glossary."""

from __future__ import annotations

from flask import Response, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.core.settings import settings
from shop.education import glossary, learning
from shop.web.storefront.calculators.asking import address_of
from shop.web.storefront.source_links import SourceLink, links

CALCULATOR_OF = {
    "net_content": "storefront.net_peptide_content",
    "stock_solution": "storefront.stock_solution",
}
"""The calculator that works an example out; its inputs are the calculator's fields."""


def show(slug: str) -> AnyResponse:
    """One learning page."""
    page = learning.page(slug)
    calculator = CALCULATOR_OF.get(page.example.kind)
    return Response(
        render_template(
            "storefront/learning.html",
            page=page,
            sections=[(section.title, page.html(section)) for section in page.sections],
            steps=learning.worked(page.example),
            calculator=address_of(calculator, page.example.inputs) if calculator else "",
            sources=[(source.text, source.seen, _link(source)) for source in page.sources],
            others=[other for other in learning.pages() if other.slug != slug],
            canonical=settings().base_url + url_for(endpoint(slug)),
        )
    )


def terms() -> AnyResponse:
    """The glossary, an anchor for each term."""
    return Response(
        render_template(
            "storefront/glossary.html",
            terms=glossary.in_order(),
            titles={page.slug: page.title for page in learning.pages()},
            canonical=settings().base_url + url_for("storefront.glossary"),
        )
    )


def endpoint(slug: str) -> str:
    """The endpoint of a learning page."""
    return f"storefront.{slug.replace('-', '_')}"


def _link(source: learning.LearningSource) -> SourceLink | None:
    if source.doi:
        return links(doi=source.doi)[0]
    return SourceLink(text=source.url.removeprefix("https://"), url=source.url) if source.url else None
