"""Search: one field for names, synonyms, registered numbers, lot numbers, sequences, and any words."""

from __future__ import annotations

from flask import Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.core.database import reading
from shop.search import finding
from shop.search.finding import LAST_PAGE, ON_A_PAGE, Asked
from shop.search.models import Kind
from shop.web.storefront import asked, search_page
from shop.web.storefront.findable_pages import findable_pages
from shop.web.storefront.products import NEAR_PAGES, PageLink


def show() -> AnyResponse:
    """What was found, by kind. A lot number leads straight to its certificate."""
    query, part = asked.text("q", finding.LONGEST_QUERY), _part()
    with reading() as session:
        found = finding.find(session, query, among=findable_pages(), asked=part)
        if found.lot is not None:
            return redirect(url_for("storefront.certificate", lot=found.lot), 303)
        if part.kind is not None and found.is_empty:
            return redirect(url_for("storefront.search", q=query), 303)
        groups = search_page.groups(found, part)
        return Response(
            render_template(
                "storefront/search.html",
                query=query,
                found=found,
                said=search_page.said_of(found, groups),
                groups=groups,
                lots=[_certificate(number) for number in found.lots],
                near_lots=[_certificate(number) for number in found.near_lots],
                suggestion=_address(found.suggestion) if found.suggestion else "",
                nothing=query and found.is_empty,
                overview=_address(query) if part.kind else "",
                pages=_pages(query, part, groups[-1].total) if part.kind else None,
                robots="noindex",
            )
        )


def _part() -> Asked:
    kind = asked.text("kind")
    if kind not in {each.value for each in Kind}:
        return finding.OVERVIEW
    return Asked(kind=Kind(kind), page=min(asked.page(), LAST_PAGE))


def _certificate(number: str) -> tuple[str, str]:
    return number, url_for("storefront.certificate", lot=number)


def _address(query: str, kind: Kind | None = None, page: int = 1) -> str:
    return url_for(
        "storefront.search", q=query, kind=kind.value if kind else None, page=page if page > 1 else None
    )


def _pages(query: str, part: Asked, total: int) -> dict[str, object] | None:
    """Links to the pages of one kind of result; None where there is one page only."""
    pages = min(-(-total // ON_A_PAGE), LAST_PAGE)
    if pages < 2:
        return None
    near = range(part.page - NEAR_PAGES, part.page + NEAR_PAGES + 1)
    shown = sorted({1, pages, *(each for each in near if 1 <= each <= pages)})
    links: list[PageLink] = []
    for before, number in zip([0, *shown], shown, strict=False):
        if number > before + 1:
            links.append(PageLink(label="…", url="", current=False))
        address = _address(query, part.kind, number)
        links.append(PageLink(label=str(number), url=address, current=number == part.page))
    first, last = part.places
    return {
        "first": first,
        "last": min(last, total),
        "links": links,
        "next_url": _address(query, part.kind, part.page + 1) if part.page < pages else "",
        "previous_url": _address(query, part.kind, part.page - 1) if part.page > 1 else "",
    }
