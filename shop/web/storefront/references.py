"""Sources of a monograph, and the monograph itself, for reference managers: CSL-JSON, BibTeX and RIS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from werkzeug.wrappers import Response as AnyResponse

from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.education import bibtex, citations, ris
from shop.education.citations import CslItem
from shop.web.storefront import published, schemas
from shop.web.storefront.published import Published
from shop.web.storefront.sent_file import as_json, sent_file

CSL_JSON = "application/vnd.citationstyles.csl+json"


@dataclass(frozen=True)
class Format:
    """A form in which references are given."""

    label: str
    media_type: str
    write: Callable[[Sequence[CslItem]], str] | None
    """None for CSL-JSON, which is the items themselves."""


FORMATS = {
    "bib": Format("BibTeX", bibtex.MEDIA_TYPE, bibtex.file),
    "ris": Format("RIS", ris.MEDIA_TYPE, ris.file),
    "json": Format("CSL-JSON", CSL_JSON, None),
}
"""By the ending of the file name; the table of addresses lets no other through."""


def all_sources(category: str, slug: str, ending: str, number: int | None = None) -> AnyResponse:
    """Every source of a version."""
    return published.show(
        "sources",
        category,
        slug,
        number,
        lambda found: _answer(sources_of(found), ending, f"{found.name}-sources"),
        ending=ending,
    )


def one_source(category: str, slug: str, key: str, ending: str, number: int | None = None) -> AnyResponse:
    """One source of a version."""

    def answer(found: Published) -> AnyResponse:
        source = next((each for each in found.text.sources if each.key == key), None)
        if source is None:
            raise NotFound(_("This version of the monograph has no such source."))
        item = citations.of_source(source, _id(found, key))
        return _answer([item], ending, f"{found.name}-{key}")

    return published.show("source", category, slug, number, answer, key=key, ending=ending)


def this_page(category: str, slug: str, ending: str, number: int | None = None) -> AnyResponse:
    """The version itself, as others cite it."""
    return published.show(
        "cite",
        category,
        slug,
        number,
        lambda found: _answer([version_of(found)], ending, f"{found.name}-cite"),
        ending=ending,
    )


def sources_of(found: Published) -> list[CslItem]:
    """The sources of a version in the order of its list."""
    return [citations.of_source(each, _id(found, each.key)) for each in found.text.sources]


def version_of(found: Published) -> CslItem:
    """A version as a thing to cite."""
    return citations.of_version(
        item_id=found.name,
        title=_("%(title)s: research monograph", title=found.text.title),
        authors=[found.text.author],
        publisher=settings().shop_name,
        version=found.revision.number,
        published=found.revision.published_at.date(),
        url=found.version_url,
    )


def _id(found: Published, key: str) -> str:
    """Keys are only unique within a monograph; files of several are often put together."""
    return f"{found.slug}-{key}"


def _answer(items: list[CslItem], ending: str, name: str) -> AnyResponse:
    kind = FORMATS[ending]
    if kind.write is None:
        return as_json(list(items), f"{name}.{ending}", kind.media_type, schema=schemas.SOURCES)
    return sent_file(kind.write(items), kind.media_type, f"{name}.{ending}", saved=True)
