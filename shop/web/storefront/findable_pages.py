"""The pages that search finds although no table holds them: guides, learning pages and terms."""

from __future__ import annotations

from collections.abc import Iterator

from flask import url_for

from shop.education import glossary, learning, markdown
from shop.education.learning import LearningPage
from shop.search.pages import Page, PageKind
from shop.web.storefront import guides
from shop.web.storefront.learning import endpoint


def findable_pages() -> list[Page]:
    """Every such page, guides first."""
    read_about = {url_for(endpoint(page.slug)): page for page in learning.pages()}
    return [
        *(_of_guide(guide, read_about.get(guide.url)) for guide in guides.all_guides()),
        *_terms(),
    ]


def _of_guide(guide: guides.Guide, page: LearningPage | None) -> Page:
    return Page(
        kind=PageKind.GUIDE,
        title=guide.title,
        url=guide.url,
        text=guide.text,
        words=guide.words,
        passages=tuple(_passages(page)) if page is not None else (),
    )


def _passages(page: LearningPage) -> Iterator[tuple[str, str]]:
    yield "", page.standfirst
    for section in page.sections:
        yield "", section.title
        for paragraph in markdown.to_text(section.text).split("\n\n"):
            yield "", paragraph
    for sentence in page.not_known:
        yield "", sentence


def _terms() -> Iterator[Page]:
    for term in glossary.in_order():
        yield Page(
            kind=PageKind.TERM,
            title=term.name,
            url=url_for("storefront.glossary", _anchor=term.slug),
            text=term.text,
            also=(*term.also, *term.labels),
        )
