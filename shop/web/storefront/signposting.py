"""Where machines find what belongs to a monograph: `Link` headers (FAIR Signposting) and tags for indexers.

Relations: `cite-as` (RFC 8574), `describedby`, `item`, `license`, `type`, `author`, and on the files
`collection` or `describes`. Tags: the `citation_` names that Google Scholar and reference managers read.
"""

from __future__ import annotations

from shop.compounds import substance
from shop.core.settings import settings
from shop.education.citations import name, orcid_of
from shop.web.storefront import references
from shop.web.storefront.published import Published
from shop.web.storefront.sent_file import CSV, JSON, MARKDOWN, SVG, ZIP


def link_header(found: Published) -> str:
    """The `Link` header of the page of a version; own files are named by their path (RFC 8288, 3.1)."""
    links = [
        _link(found.version_url, "cite-as"),
        _link("https://schema.org/AboutPage", "type"),
        _link("https://schema.org/Article", "type"),
        _link(settings().content_licence_url, "license"),
        _link(found.path_of("monograph_json"), "describedby", JSON),
        _link(found.path_of("monograph_md"), "alternate", MARKDOWN),
    ]
    links += [
        _link(found.path_of("cite", ending=ending), "describedby", kind.media_type)
        for ending, kind in references.FORMATS.items()
    ]
    links += [
        _link(found.path_of(endpoint), "item", media_type)
        for endpoint, media_type in (("data_zip", ZIP), ("figure_csv", CSV), ("figure_svg", SVG))
    ]
    if substance.peptide(found.compound) is not None:
        links.append(_link(found.path_of("sequence_svg"), "item", SVG))
    orcid = orcid_of(found.text.author)
    if orcid:
        links.append(_link(f"https://orcid.org/{orcid}", "author"))
    return ", ".join(links)


def meta_tags(found: Published) -> list[tuple[str, str]]:
    """Name and content of the tags for indexers of scholarly work."""
    return [
        ("citation_title", f"{found.text.title}: research monograph"),
        ("citation_author", _author(found.text.author)),
        ("citation_publication_date", found.revision.published_at.strftime("%Y/%m/%d")),
        ("citation_publisher", settings().shop_name),
        ("citation_language", "en"),
        ("citation_abstract_html_url", found.version_url),
        ("citation_fulltext_html_url", found.version_url),
    ]


def _author(text: str) -> str:
    parts = name(text)
    return str(parts.get("literal") or f"{parts['family']}, {parts['given']}")


def _link(url: str, relation: str, media_type: str = "") -> str:
    kind = f'; type="{media_type}"' if media_type else ""
    return f'<{url}>; rel="{relation}"{kind}'
