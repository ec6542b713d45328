"""Monographs as JSON and as Markdown, at the address of the page with another ending."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response as AnyResponse

from shop.compounds import identity_record
from shop.core import clock
from shop.core.settings import settings
from shop.education import monograph_file
from shop.education.consistency import check_table
from shop.education.evidence import plain
from shop.web.storefront import (
    monograph_markdown,
    monograph_page,
    published,
    references,
    schemas,
    substance_facts,
)
from shop.web.storefront.published import Published
from shop.web.storefront.sent_file import MARKDOWN, as_json, sent_file


def as_values(category: str, slug: str, number: int | None = None) -> AnyResponse:
    """The whole record of a version."""
    return published.show(
        "monograph_json",
        category,
        slug,
        number,
        lambda found: as_json(values_of(found), f"{found.name}.json", schema=schemas.MONOGRAPH),
    )


def as_markdown(category: str, slug: str, number: int | None = None) -> AnyResponse:
    """The words of a version."""
    return published.show(
        "monograph_md",
        category,
        slug,
        number,
        lambda found: sent_file(markdown_of(found), MARKDOWN, f"{found.name}.md"),
    )


def values_of(found: Published) -> dict[str, Any]:
    """The record: `monograph` is what the import takes; the hash is over its canonical JSON."""
    return {
        "format": "monograph-version/1",
        "url": found.version_url,
        "current_url": found.current_url,
        "version": found.revision.number,
        "published_at": found.revision.published_at.isoformat(),
        "content_sha256": found.revision.content_sha256,
        "citation": found.citation,
        "licence": {"name": settings().content_licence, "url": settings().content_licence_url},
        "compound": identity_record.as_values(found.compound),
        "monograph": monograph_file.exported(found.text),
        "checks": [plain(each) for each in check_table(found.text.table, today=clock.today())],
        "files": {
            name: found.url_of(endpoint)
            for name, endpoint in (
                ("markdown", "monograph_md"),
                ("figure", "figure_json"),
                ("data", "data_zip"),
            )
        },
    }


def markdown_of(found: Published) -> str:
    """The text of a version, without word of the listing beside it."""
    page = monograph_page.compose(found.text, clock.today(), is_listed=None)
    if settings().education_placement == "detached":
        page = monograph_page.without_catalogue(page)
    return monograph_markdown.whole(
        page,
        found.text,
        references.sources_of(found),
        substance_facts.of_compound(found.compound),
        version=found.revision.number,
        citation=found.citation,
        licence=published.licence(),
    )
