"""What was found, as the page of results shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for

from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.education.monograph import Verdict
from shop.search import excerpts
from shop.search.excerpts import Piece
from shop.search.finding import Asked, Found, Group, Hit
from shop.search.models import KeyKind, Kind
from shop.search.pages import Page, PageKind
from shop.web.storefront.evidence_rows import anchor
from shop.web.storefront.monograph_page import verdict_in_words


@dataclass(frozen=True, kw_only=True)
class HitOnPage:
    """A row of results; `place` is where on the page the excerpt stands, with its address."""

    title: tuple[Piece, ...]
    url: str
    excerpt: tuple[Piece, ...]
    meta: tuple[str | date, ...]
    place: tuple[str, str] = ("", "")
    reading: str = ""
    scope: str = ""
    surface: str = ""
    """What is said of a monograph is of surface M; the page of results is not."""
    of_records: bool = False
    """Whether evidence records or sources speak in it."""


@dataclass(frozen=True, kw_only=True)
class GroupOnPage:
    """Results of one kind; `more` is the address of all of them, empty where these are all."""

    id: str
    title: str
    total: int
    hits: tuple[HitOnPage, ...]
    more: str = ""


def groups(found: Found, asked: Asked) -> list[GroupOnPage]:
    """Everything found, kind by kind."""
    exact = GroupOnPage(
        id="exact",
        title=_("Exact match"),
        total=len(found.exact),
        hits=tuple(_hit(each) for each in found.exact),
    )
    by_kind = [_group(found, each, asked) for each in found.groups]
    of_pages = [
        _group_of_pages(found, kind)
        for kind in PageKind
        if asked.kind is None and any(page.kind is kind for page in found.pages)
    ]
    return [each for each in (exact, *by_kind, *of_pages) if each.hits]


def said_of(found: Found, groups: Sequence[GroupOnPage]) -> str:
    """How much was found, in words."""
    count = ngettext("%(num)s result", "%(num)s results", found.total)
    if not groups and not found.lots:
        return ""
    if found.corrected:
        return _("%(count)s for “%(query)s”", count=count, query=found.query.typed)
    return count


def _group(found: Found, group: Group, asked: Asked) -> GroupOnPage:
    more = asked.kind is None and group.total > len(group.hits) and not found.only_some
    address = url_for("storefront.search", q=found.query.typed, kind=group.kind.value)
    return GroupOnPage(
        id=group.kind.value,
        title={
            Kind.PRODUCT: _("Products"),
            Kind.MONOGRAPH: _("Monographs"),
            Kind.OUTCOME: _("Results of studies"),
            Kind.SOURCE: _("Sources"),
        }[group.kind],
        total=group.total,
        hits=tuple(_hit(each) for each in group.hits),
        more=address if more else "",
    )


def _group_of_pages(found: Found, kind: PageKind) -> GroupOnPage:
    listed = [page for page in found.pages if page.kind is kind]
    return GroupOnPage(
        id=kind.value,
        title={PageKind.GUIDE: _("Guides"), PageKind.TERM: _("Glossary")}[kind],
        total=len(listed),
        hits=tuple(_of_page(each, found) for each in listed),
    )


def _of_page(page: Page, found: Found) -> HitOnPage:
    terms = found.query.terms
    in_text = excerpts.excerpt([("", page.text)], terms)
    if not any(piece.is_match for piece in in_text.pieces):
        deeper = excerpts.excerpt(page.passages, terms)
        in_text = deeper if any(piece.is_match for piece in deeper.pieces) else in_text
    return HitOnPage(
        title=excerpts.marked(page.title, terms),
        url=page.url,
        excerpt=in_text.pieces,
        meta=(),
        surface="M",
    )


def _hit(hit: Hit) -> HitOnPage:
    return {
        Kind.PRODUCT: _product,
        Kind.MONOGRAPH: _monograph,
        Kind.OUTCOME: _outcome,
        Kind.SOURCE: _source,
    }[hit.kind](hit)


def _product(hit: Hit) -> HitOnPage:
    details = hit.details
    number = _number(hit) or _("Cat. %(number)s", number=details["catalogue_number"])
    return HitOnPage(
        title=hit.title,
        url=url_for("storefront.product", slug=hit.address["slug"]),
        excerpt=hit.excerpt.pieces,
        meta=(number, details["category"]),
    )


def _monograph(hit: Hit) -> HitOnPage:
    details, place = hit.details, hit.excerpt.place
    url = url_for("storefront.monograph", **_monograph_of(hit))
    in_section = _sections().get(place, "")
    return HitOnPage(
        title=hit.title,
        url=url,
        excerpt=hit.excerpt.pieces,
        meta=tuple(
            part
            for part in (_number(hit), details["category"], date.fromisoformat(details["published_on"]))
            if part
        ),
        place=(in_section, f"{url}#{place}") if in_section else ("", ""),
        reading=verdict_in_words(Verdict(details["verdict"])),
        scope=details["scope"],
        surface="M",
    )


def _outcome(hit: Hit) -> HitOnPage:
    details = hit.details
    return HitOnPage(
        title=hit.title,
        url=url_for("storefront.monograph", **_monograph_of(hit), _anchor=anchor(hit.address["record"])),
        excerpt=(Piece(details["result"]),),
        meta=tuple(part for part in (details["monograph"], details["population"], details["source"]) if part),
        surface="M",
        of_records=True,
    )


def _source(hit: Hit) -> HitOnPage:
    details = hit.details
    authors = ", ".join(details["authors"]) + (_(" and others") if details["more_authors"] else "")
    is_in_label = str(details["year"]) in f"{details['label']} {''.join(piece.text for piece in hit.title)}"
    year = None if is_in_label and not details["container"] else details["year"]
    published = ", ".join(str(part) for part in (details["container"], year) if part)
    identifiers = (
        f"DOI {details['doi']}" if details["doi"] else "",
        f"PMID {details['pmid']}" if details["pmid"] else "",
    )
    said = ". ".join(part.rstrip(".") for part in (details["label"], authors, published) if part)
    number = "" if hit.by in (KeyKind.DOI, KeyKind.PMID) else _number(hit)
    return HitOnPage(
        title=hit.title,
        url=url_for("storefront.monograph", **_monograph_of(hit), _anchor=f"ref-{hit.address['place']}"),
        excerpt=(Piece(f"{said}."),) if said else (),
        meta=tuple(
            part
            for part in (_("Cited in %(title)s", title=details["monograph"]), number, *identifiers)
            if part
        ),
        surface="M",
        of_records=True,
    )


def _monograph_of(hit: Hit) -> dict[str, Any]:
    return {"category": hit.address["category"], "slug": hit.address["slug"]}


def _number(hit: Hit) -> str:
    """The number by which it was found; empty where that was not by a number."""
    if hit.by is None:
        return ""
    return {
        KeyKind.CAS: _("CAS %(number)s", number=hit.written),
        KeyKind.CATALOGUE: _("Cat. %(number)s", number=hit.written),
        KeyKind.DOI: f"DOI {hit.written}",
        KeyKind.PMID: f"PMID {hit.written}",
    }.get(hit.by, hit.written)


def _sections() -> dict[str, str]:
    """Parts of a monograph by their place on its page, as its contents name them."""
    return {
        "summary": _("In plain language"),
        "what": _("What it is"),
        "mechanism": _("Proposed mechanism"),
        "evidence": _("Findings"),
        "disagree": _("Why sources disagree"),
        "safety": _("Safety signals"),
        "unknown": _("What is not known"),
        "properties": _("Properties"),
        "handling": _("Laboratory handling"),
        "regulatory": _("Regulatory status"),
        "reading-h": _("Evidence reading"),
    }
