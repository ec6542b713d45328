"""Products as JSON and as Markdown: identity, specification, sizes with prices, lots with certificates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import abort, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.catalogue.models import Product
from shop.compounds import identity_record
from shop.core import clock
from shop.core.database import reading
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory.models import Lot
from shop.search import released_lots
from shop.web.storefront import product, product_page, schemas
from shop.web.storefront.monograph_markdown import plain, table
from shop.web.storefront.product_page import Stock
from shop.web.storefront.sent_file import MARKDOWN, as_json, sent_file
from shop.web.storefront.shipping import ship_dates
from shop.web.storefront.structured_data import price


def as_values(slug: str) -> AnyResponse:
    """The record of a product."""
    return _show(
        "product_json", slug, lambda values: as_json(values, f"{values['slug']}.json", schema=schemas.PRODUCT)
    )


def as_markdown(slug: str) -> AnyResponse:
    """The words of a product."""
    return _show(
        "product_md", slug, lambda values: sent_file(_markdown(values), MARKDOWN, f"{values['slug']}.md")
    )


def _show(endpoint: str, slug: str, make: Callable[[dict[str, Any]], AnyResponse]) -> AnyResponse:
    if slug != slug.lower():
        return redirect(url_for(f"storefront.{endpoint}", slug=slug.lower()), 301)
    with reading() as session:
        found = product.find(session, slug).product
        if not found.listed:
            abort(410)
        currency = settings().currency
        stock = product.stock_of(session, found, ship_dates().of(cold_chain=found.cold_chain), currency)
        return make(_values(found, stock, released_lots.of_product(session, found.id), currency))


def _values(found: Product, stock: Stock, lots: Sequence[Lot], currency: str) -> dict[str, Any]:
    base, today = settings().base_url, clock.today()
    return {
        "format": "product/1",
        "url": base + url_for("storefront.product", slug=found.slug),
        "slug": found.slug,
        "name": found.name,
        "subtitle": found.subtitle,
        "catalogue_number": found.catalogue_number,
        "intended_use": _("For laboratory research use only. Not for human or veterinary use."),
        "compound": identity_record.as_values(found.compound),
        "specification": {
            "salt_form": found.salt_form,
            "form": found.form,
            "appearance": found.appearance,
            "container": found.container,
            "amount_basis": found.amount_basis.value,
            "solubility": found.solubility,
            "storage_dry": found.storage_dry,
            "storage_in_solution": found.storage_solution,
            "every_lot_must_pass": [
                {"test": each.name, "method": each.method, "limit": each.limit_text}
                for each in found.required_tests
            ],
        },
        "sizes": [
            {
                "sku": size.sku,
                "amount": size.amount_text,
                "availability": "in_stock" if stock.free(size) else "out_of_stock",
                "currency": currency,
                "prices": [
                    {"from_quantity": tier.from_quantity, "each": price(tier.unit_minor, currency)}
                    for tier in sorted(stock.tiers[size.id], key=lambda each: each.from_quantity)
                ],
            }
            for size in found.sizes
        ],
        "lots": [
            {
                "lot": shown.number,
                "state": shown.state.value,
                "purity": shown.purity,
                "retest_by": shown.retest_by,
                "certificate": base + shown.url,
            }
            for shown in (product_page.lot_on_page(lot, today) for lot in lots)
        ],
    }


def _markdown(values: dict[str, Any]) -> str:
    specification = values["specification"]
    computed = values["compound"]["computed_from_sequence"]
    identity = [("CAS", values["compound"]["cas"] or _("Not recorded"))]
    if computed:
        identity += [
            (_("Sequence"), computed["sequence_three_letter"]),
            (_("Molecular formula"), computed["molecular_formula"]),
            (_("Average molar mass"), f"{computed['average_mass_g_per_mol']} g/mol"),
        ]
    named = (
        "salt_form",
        "form",
        "appearance",
        "container",
        "solubility",
        "storage_dry",
        "storage_in_solution",
    )
    identity += [(name.replace("_", " ").capitalize(), specification[name]) for name in named]
    sizes = [
        (
            each["amount"],
            each["sku"],
            each["availability"].replace("_", " "),
            "; ".join(
                _("from %(count)s", count=tier["from_quantity"]) + f": {tier['each']}"
                for tier in each["prices"]
            ),
        )
        for each in values["sizes"]
    ]
    lots = [
        (each["lot"], each["state"].replace("_", " "), each["purity"], each["retest_by"], each["certificate"])
        for each in values["lots"]
    ]
    blocks = [
        f"# {plain(values['name'])}",
        plain(f"{values['subtitle']}. {_('Cat. %(number)s', number=values['catalogue_number'])}"),
        values["intended_use"],
        f"## {_('Specification')}",
        table((_("Property"), _("Value")), identity),
        f"## {_('Sizes')}",
        table(
            (
                _("Amount"),
                "SKU",
                _("Availability"),
                _("Price per vial, %(currency)s", currency=settings().currency),
            ),
            sizes,
        ),
        f"## {_('All lots')}",
        table((_("Lot"), _("State"), _("Purity"), _("Retest by"), _("Certificate")), lots)
        if lots
        else _("No lot has been released yet."),
        f"<{values['url']}>",
    ]
    return "\n\n".join(blocks) + "\n"
