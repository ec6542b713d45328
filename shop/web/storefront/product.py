"""One product. A withdrawn one is gone, but its certificates stay within reach."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import ceil

from flask import Response, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.catalogue.models import Product
from shop.core import clock
from shop.core.database import reading
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory import availability, certificates
from shop.inventory.allocation import LotOnShelf
from shop.inventory.models import Lot, LotState
from shop.ordering import destinations
from shop.ordering.destination_models import DestinationEffect
from shop.ordering.order_price import tiers
from shop.search import listed_product, listing, released_lots
from shop.search.listed_product import ProductOnPage
from shop.web.storefront import (
    asked,
    citation,
    product_documents,
    product_page,
    structured_data,
    substance_facts,
)
from shop.web.storefront.product_page import Stock
from shop.web.storefront.products import shelf_in_words
from shop.web.storefront.sent_file import JSON, MARKDOWN
from shop.web.storefront.shipping import ship_dates


def show(slug: str) -> AnyResponse:
    """A product, with the lot a buyer would get."""
    if slug != slug.lower():
        return redirect(url_for("storefront.product", slug=slug.lower()), 301)
    with reading() as session:
        found = find(session, slug)
        product = found.product
        lots = released_lots.of_product(session, product.id)
        if not product.listed:
            return _withdrawn(product, lots)
        return _page(session, found, lots)


def find(session: Session, slug: str) -> ProductOnPage:
    """A product with what its page shows; NotFound without one."""
    found = listed_product.find(session, slug) if asked.is_slug(slug) else None
    if found is None:
        raise NotFound(_("We have no product here. Look for its name, CAS number or catalogue number."))
    return found


def _withdrawn(product: Product, lots: Sequence[Lot]) -> AnyResponse:
    page = render_template(
        "storefront/withdrawn.html",
        product=product,
        lots=[product_page.lot_on_page(lot, clock.today()) for lot in lots],
        robots="noindex",
    )
    return Response(page, status=410)


def _page(session: Session, found: ProductOnPage, lots: Sequence[Lot]) -> AnyResponse:
    product = found.product
    today, currency = clock.today(), settings().currency
    ship_on = ship_dates().of(cold_chain=product.cold_chain)
    stock = stock_of(session, product, ship_on, currency)
    sale = product_page.sale(
        product, stock, lots, currency=currency, today=today, asked_sku=asked.text("size")
    )
    tables = product_page.concentration_tables(product, sale.drawn)
    shelf = listing.shelf_of(listing.lots_on_list(session, [product.id])[product.id], ship_on)
    documents = _documents(stock, lots)
    sheets = product_documents.links(product, found.documents)
    return Response(
        render_template(
            "storefront/product.html",
            product=product,
            compound=product.compound,
            sale=sale,
            legend=product_page.basis_as_legend(product.amount_basis),
            basis=product_page.basis_in_words(product.amount_basis),
            currency=currency,
            shelf=shelf,
            shelf_words=shelf_in_words(shelf)[0],
            recalled=[lot for lot in lots if lot.state == LotState.RECALLED],
            facts=substance_facts.of_listing(product.compound),
            table=next(iter(tables), None),
            other_tables=tables[1:],
            lots=[product_page.lot_on_page(lot, today) for lot in lots],
            documents=[*documents, *sheets],
            documents_url=product_documents.all_url(product) if sheets else "",
            citation=_citation(product, sale.drawn_lot, lots),
            restricted=_restricted(session, product),
            monograph=_monograph(found),
            json_ld=structured_data.of_product(
                product, stock, currency=currency, documents=documents, crumbs=_crumbs(product)
            ),
            og_type="product",
            alternates=[
                (url_for("storefront.product_json", slug=product.slug), JSON, _("As JSON")),
                (url_for("storefront.product_md", slug=product.slug), MARKDOWN, _("As Markdown")),
            ],
            canonical=settings().base_url + url_for("storefront.product", slug=product.slug),
        )
    )


def _crumbs(product: Product) -> list[tuple[str, str]]:
    """From the top of the site to the field of a product, with full addresses."""
    base, field = settings().base_url, product.compound.category
    return [
        (_("Products"), base + url_for("storefront.products")),
        (field.name, base + url_for("storefront.products", field=field.code)),
    ]


def stock_of(session: Session, product: Product, ship_on: date, currency: str) -> Stock:
    """What its sizes can be sold from on the next day of shipping."""
    lots: dict[int, list[LotOnShelf]] = {size.id: [] for size in product.sizes}
    for each in availability.on_shelf(session, lots, ship_on):
        lots[each.size_id].append(each)
    for found in lots.values():
        # What is shown first is what a buyer gets who asks for nothing.
        found.sort(key=lambda lot: lot.short_dated)
    return Stock(lots=lots, tiers={size.id: tiers(size, currency) for size in product.sizes})


def _documents(stock: Stock, lots: Sequence[Lot]) -> list[dict[str, str]]:
    """The certificates of the lots that would ship first, with the size of each file."""
    first = {found[0].lot_id for found in stock.lots.values() if found}
    current = {
        lot.number: found
        for lot in lots
        if lot.id in first and (found := certificates.current(lot)) is not None
    }
    return [
        {
            "label": _("Certificate of analysis, %(lot)s", lot=number),
            "url": url_for("storefront.certificate_pdf", lot=number),
            "detail": _("PDF, %(size)s KB", size=ceil(found.document.size / 1024)),
        }
        for number, found in current.items()
    ]


def _citation(product: Product, number: str, lots: Sequence[Lot]) -> str:
    """How to cite the lot a buyer would get, or else the product with its lot left open."""
    lot = next((each for each in lots if each.number == number), None)
    revision = certificates.current(lot) if lot is not None else None
    if lot is None or revision is None:
        return citation.of_product(product)
    return citation.of_lot(lot, revision)


def _restricted(session: Session, product: Product) -> list[str]:
    """Names of the countries to which this compound is not sent."""
    found = destinations.restrictions(session, {product.compound_id: product.compound.category_id})
    return list(
        dict.fromkeys(
            destinations.country_name(each.country)
            for each in found
            if each.effect == DestinationEffect.REFUSE and not each.places
        )
    )


def _monograph(found: ProductOnPage) -> str:
    """The address of the monograph about the same compound; empty without one, and where it is detached."""
    if settings().education_placement == "detached" or not found.has_monograph:
        return ""
    compound = found.product.compound
    return url_for("storefront.monograph", category=compound.category.slug, slug=compound.slug)
