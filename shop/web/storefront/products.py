"""The product list: facets, order and pages, all in the address."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.core.database import reading
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.core.wording import date_in_words
from shop.inventory.lot_index import PURITY
from shop.inventory.models import CertificateTest
from shop.search import listing
from shop.search.listing import PAGE_SIZE, Filters, ListedProduct, Listing, Shelf, Sort
from shop.web.storefront import asked
from shop.web.storefront.education import OptionOnPage
from shop.web.storefront.shipping import ship_dates

NEAR_PAGES = 2
"""How many page numbers stand on either side of the current one."""


@dataclass(frozen=True, kw_only=True)
class ProductOnPage:
    """A row of the list, as its macro takes it."""

    name: str
    url: str
    label: str
    amount: str
    field: str
    field_name: str
    sequence: str
    sequence_note: str
    facts: list[tuple[str, str]]
    state: str
    state_kind: str
    quality: str
    price_from: int | None
    currency: str
    available: bool


@dataclass(frozen=True, kw_only=True)
class PageLink:
    """A page number; without an address it stands for a gap."""

    label: str
    url: str
    current: bool


def show() -> AnyResponse:
    """The list that was asked for."""
    filters = Filters(
        fields=asked.choices("field"),
        in_stock="in" in asked.choices("stock"),
        sort=_sort(),
        page=asked.page(),
    )
    with reading() as session:
        found = listing.look(session, filters, ship_dates(), settings().currency)
        fields = tuple(each.code for each in found.fields if each.chosen)
        kept = Filters(fields=fields, in_stock=filters.in_stock, sort=filters.sort, page=found.page)
        is_plain = not fields and not kept.in_stock and kept.sort is Sort.NAME and found.page == 1
        return Response(
            render_template(
                "storefront/products.html",
                products=[row_on_page(row) for row in found.rows],
                total=found.total,
                first=(found.page - 1) * PAGE_SIZE + 1,
                last=(found.page - 1) * PAGE_SIZE + len(found.rows),
                groups=_groups(found, kept),
                applied=len(fields) + kept.in_stock,
                chips=_chips(found, kept),
                sorts=_sorts(kept),
                sort_kept=[("sort", kept.sort.value)] if kept.sort is not Sort.NAME else [],
                no_match=_no_match(found, kept),
                kept=[("field", code) for code in fields] + ([("stock", "in")] if kept.in_stock else []),
                links=page_links(found.page, found.pages, kept) if found.pages > 1 else [],
                next_url=address(kept, page=found.page + 1) if found.page < found.pages else "",
                previous_url=address(kept, page=found.page - 1) if found.page > 1 else "",
                canonical=settings().base_url + url_for("storefront.products"),
                **({} if is_plain else {"robots": "noindex"}),
            )
        )


def address(
    filters: Filters,
    *,
    without_field: str = "",
    without_stock: bool = False,
    page: int = 1,
) -> str:
    """The address of a list; parameters always stand in the same order."""
    values: dict[str, object] = {
        "field": [code for code in filters.fields if code != without_field],
        "stock": "in" if filters.in_stock and not without_stock else None,
        "sort": filters.sort.value if filters.sort is not Sort.NAME else None,
        "page": page if page > 1 else None,
    }
    return url_for("storefront.products", **values)  # type: ignore[arg-type]


def page_links(page: int, pages: int, filters: Filters) -> list[PageLink]:
    """The first and last page and those near the current one, with gaps between."""
    near = range(page - NEAR_PAGES, page + NEAR_PAGES + 1)
    shown = sorted({1, pages, *(each for each in near if 1 <= each <= pages)})
    links: list[PageLink] = []
    for before, number in zip([0, *shown], shown, strict=False):
        if number > before + 1:
            links.append(PageLink(label="…", url="", current=False))
        links.append(PageLink(label=str(number), url=address(filters, page=number), current=number == page))
    return links


def row_on_page(row: ListedProduct) -> ProductOnPage:
    """A product as its row shows it."""
    product, compound = row.product, row.product.compound
    sizes = product.sizes
    first = next((size for size in sizes if row.lot and size.id == row.lot.vial_size_id), None)
    shown = first or (sizes[0] if sizes else None)
    state, kind = _state(row)
    return ProductOnPage(
        name=product.name,
        url=url_for("storefront.product", slug=product.slug),
        label=product.label_code,
        amount=shown.amount_text if shown else "",
        field=compound.category.code,
        field_name=compound.category.name,
        sequence=compound.sequence or "",
        sequence_note=_("Mixture, no single sequence"),
        facts=[
            (_("Molar mass"), f"{row.molar_mass:,.2f}" if row.molar_mass else _("not defined")),
            (_("CAS"), compound.cas or _("none")),
            (_("Vials"), _amounts([size.amount_text for size in sizes])),
        ],
        state=state,
        state_kind=kind,
        quality=quality_in_words(row.result),
        price_from=row.price_minor,
        currency=settings().currency,
        available=row.shelf is Shelf.ON_SALE,
    )


def quality_in_words(result: CertificateTest | None) -> str:
    """The one result that lists show: `99.2% by HPLC`, or the name of the test before it."""
    if result is None or result.result_text is None:
        return ""
    if result.attribute == PURITY:
        return _("%(purity)s by HPLC", purity=result.result_text)
    return f"{result.name} {result.result_text}"


def shelf_in_words(shelf: Shelf) -> tuple[str, str]:
    """Why a product cannot be had, in words, and the kind of badge that says it."""
    return {
        Shelf.ON_SALE: (_("On sale"), "ok"),
        Shelf.IN_QUARANTINE: (_("New lot in quarantine"), "hold"),
        Shelf.RETEST_DUE: (_("Retest due, not on sale"), "overdue"),
        Shelf.ON_HOLD: (_("On hold, not on sale"), "hold"),
        Shelf.RECALLED: (_("Recalled, not on sale"), "bad"),
        Shelf.OUT_OF_STOCK: (_("Out of stock"), "off"),
    }[shelf]


def _state(row: ListedProduct) -> tuple[str, str]:
    if row.certificate is not None:
        return _("COA %(date)s", date=date_in_words(row.certificate.issued_on)), "ok"
    return shelf_in_words(row.shelf)


def _amounts(texts: list[str]) -> str:
    """`5, 10, 30 mg` where all amounts have one unit."""
    pairs = [text.rsplit(" ", 1) for text in texts]
    units = {unit for _amount, unit in pairs}
    if len(units) == 1:
        return f"{', '.join(amount for amount, _unit in pairs)} {units.pop()}"
    return ", ".join(texts) or _("none")


def _no_match(found: Listing, filters: Filters) -> str:
    """Which filters leave nothing together."""
    names = _(" or ").join(each.name for each in found.fields if each.chosen)
    if names and filters.in_stock:
        return _("Nothing in %(fields)s is in stock now.", fields=names)
    if names:
        return _("There is no product in %(fields)s yet.", fields=names)
    return _("Nothing is in stock now.")


def _sort() -> Sort:
    given = asked.text("sort")
    return Sort(given) if given in {each.value for each in Sort} else Sort.NAME


def _sorts(filters: Filters) -> list[dict[str, object]]:
    labels = {
        Sort.NAME: _("Name, A to Z"),
        Sort.NEWEST_LOT: _("Newest lot"),
        Sort.MOLAR_MASS: _("Molar mass, lowest first"),
        Sort.PRICE: _("Price, lowest first"),
    }
    return [
        {"value": each.value, "label": label, "chosen": each is filters.sort}
        for each, label in labels.items()
    ]


def _groups(found: Listing, filters: Filters) -> list[dict[str, object]]:
    return [
        {
            "legend": _("Field of research"),
            "kind": "checkbox",
            "name": "field",
            "options": [
                OptionOnPage(
                    value=each.code,
                    label=each.name,
                    count=each.count,
                    checked=each.chosen,
                    field=each.code,
                )
                for each in found.fields
            ],
        },
        {
            "legend": _("Availability"),
            "kind": "checkbox",
            "name": "stock",
            "options": [
                OptionOnPage(
                    value="in",
                    label=_("In stock"),
                    count=found.in_stock,
                    checked=filters.in_stock,
                    field="",
                )
            ],
        },
    ]


def _chips(found: Listing, filters: Filters) -> list[tuple[str, str]]:
    """Each applied filter, and the address without it."""
    chips = [(each.name, address(filters, without_field=each.code)) for each in found.fields if each.chosen]
    if filters.in_stock:
        chips.append((_("In stock"), address(filters, without_stock=True)))
    return chips
