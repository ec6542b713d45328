"""Papers that go with a parcel: customs invoice, dry-ice mark, safety data sheets, and whether it may go.

Dry ice: UN 1845, class 9, packed by PI 954, net kilograms on the package (dry ice shipping fact sheet of a
carrier; Australian NPAAC, Appendix G). Marks and forms beyond these are the carrier's to ask for.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from babel.languages import get_official_languages
from sqlalchemy.orm import Session

from shop.catalogue import shipping_data
from shop.catalogue.shipping_data import ShipCondition
from shop.core import money, typeset
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.core.wording import date_in_words
from shop.inventory import product_documents
from shop.inventory.product_documents import DocumentKind, ProductDocument
from shop.ordering import customs, destinations
from shop.ordering.models import Order
from shop.ordering.parcel_contents import Contents

RESEARCH_USE = "For laboratory research use only. Not for human or veterinary use."


def refuse_unready(session: Session, contents: Contents, *, carrier: str) -> None:
    """Let no parcel go whose papers could not be made.

    Raises:
        Refused: the carrier or the country takes no dry ice, the dry ice was not weighed, or customs data are
            missing; names the product and the field.
    """
    order, without = contents.order, settings().no_dry_ice
    if contents.dry_ice_g:
        if order.country.casefold() in without:
            raise Refused(
                _(
                    "Parcels with dry ice are not sent to %(country)s. Use cold packs, or ask the buyer.",
                    country=destinations.country_name(order.country),
                )
            )
        if carrier.strip().casefold() in without:
            raise Refused(_("%(carrier)s does not take dry ice. Choose another carrier.", carrier=carrier))
    elif ShipCondition.DRY_ICE in conditions(session, contents):
        raise Refused(_("This parcel travels on dry ice. Enter how many kilograms are in it."))
    if not customs.needed(order):
        return
    missing = customs.missing(contents, customs_lines(session, contents))
    if missing:
        raise Refused(
            _(
                "This parcel crosses a customs border, and its papers need: %(what)s.",
                what=", ".join(missing),
            )
        )


def conditions(session: Session, contents: Contents) -> set[ShipCondition]:
    """How the products in a parcel travel."""
    products = {row.lot.product.id: row.lot.product for row in contents.rows}
    kept = shipping_data.of_products(session, products)
    return {shipping_data.condition_of(product, kept.get(product.id)) for product in products.values()}


def customs_lines(session: Session, contents: Contents) -> list[customs.CustomsLine]:
    """What is in a parcel, as customs read it."""
    products = {row.lot.product.id for row in contents.rows}
    return customs.lines(contents, shipping_data.of_products(session, products))


def customs_invoice(session: Session, contents: Contents) -> bytes:
    """The commercial invoice for customs, as PDF.

    Raises:
        Refused: something it has to say is missing, or the parcel stays in the customs territory.
    """
    order, shop = contents.order, settings()
    if not customs.needed(order):
        raise Refused(_("This parcel stays in the seller’s customs territory and needs no customs invoice."))
    made = customs_lines(session, contents)
    missing = customs.missing(contents, made)
    if missing:
        raise Refused(_("The customs invoice needs: %(what)s.", what=", ".join(missing)))
    return typeset.pdf(
        "customs_invoice",
        {
            "research_use": RESEARCH_USE,
            "shop": shop.seller_name or shop.shop_name,
            "email": shop.contact_email,
            "title": _("Commercial invoice for customs"),
            "number": contents.reference,
            "specimen": _("Specimen, not a customs document.") if shop.is_demo else "",
            "date": date_in_words(contents.made_at.date()),
            "seller": [shop.seller_name or shop.shop_name, *shop.seller_address],
            "seller_numbers": [
                [label, value]
                for label, value in (("EORI", shop.seller_eori), ("VAT", shop.seller_vat_number))
                if value
            ],
            "buyer": to_address(order),
            "buyer_numbers": [["VAT", order.vat_number]] if order.vat_number else [],
            "facts": [
                [_("Order"), order.number],
                [_("Parcel"), contents.reference],
                [_("Terms of delivery"), shop.incoterm or _("not stated")],
                [_("Currency"), order.currency],
                [_("End use, as the buyer stated it"), order.attestation.purpose],
                [_("Reason for export"), _("Sale of laboratory reagents")],
            ],
            "rows": [_customs_row(each, order.currency) for each in made],
            "totals": [
                [
                    _("Value of the goods"),
                    money.in_words(sum(each.value_minor for each in made), order.currency),
                ],
                [_("Net weight of the substances"), _net(made)],
                [_("Gross weight of the parcel"), f"{Decimal(contents.gross_weight_g or 0) / 1000:f} kg"],
            ],
            "dry_ice": _dry_ice_words(contents.dry_ice_g) if contents.dry_ice_g else "",
        },
        made_at=contents.made_at.replace(microsecond=0),
    )


def dry_ice_mark(contents: Contents) -> bytes:
    """The mark for the outside of a parcel with dry ice, as PDF.

    Raises:
        Refused: no dry ice is noted.
    """
    if not contents.dry_ice_g:
        raise Refused(_("No dry ice is noted for this parcel."))
    shop, order = settings(), contents.order
    return typeset.pdf(
        "dry_ice_mark",
        {
            "research_use": RESEARCH_USE,
            "title": _("Dry ice mark, parcel %(reference)s", reference=contents.reference),
            "shop": shop.seller_name or shop.shop_name,
            "name": "DRY ICE",
            "other_name": "CARBON DIOXIDE, SOLID",
            "number": "UN 1845",
            "hazard": _("Class 9, packed by PI 954"),
            "net": _("Net %(kg)s kg", kg=f"{Decimal(contents.dry_ice_g) / 1000:f}"),
            "vent": _("Vented package. Do not seal."),
            "from": [shop.seller_name or shop.shop_name, *shop.seller_address],
            "to": to_address(order),
            "reference": contents.reference,
        },
        made_at=contents.made_at.replace(microsecond=0),
    )


def safety_sheets(session: Session, contents: Contents) -> list[ProductDocument]:
    """The safety data sheet of each product in a parcel, in a language of the destination or in English.

    One query.
    """
    spoken = official_languages(contents.order.country)
    found: dict[int, list[ProductDocument]] = {}
    products = {row.lot.product.id for row in contents.rows}
    for each in product_documents.current_of(session, products):
        if each.kind == DocumentKind.SAFETY_DATA_SHEET:
            found.setdefault(each.product_id, []).append(each)
    return [min(sheets, key=lambda each: _preference(each.language, spoken)) for sheets in found.values()]


def official_languages(country: str) -> Sequence[str]:
    """Languages official in the whole of a country, by the Unicode CLDR."""
    return get_official_languages(country, regional=False, de_facto=True)


def _preference(language: str, spoken: Sequence[str]) -> tuple[int, str]:
    base = language.partition("-")[0]
    if base in spoken:
        return spoken.index(base), language
    return (100 if base == "en" else 200), language


def to_address(order: Order) -> list[str]:
    """Where a parcel goes, line by line."""
    town = " ".join(part for part in (order.postcode, order.city) if part)
    parts = [order.organisation, order.name, order.address_line1, order.address_line2, town, order.region]
    return [part for part in parts if part] + [destinations.country_name(order.country)]


def _customs_row(each: customs.CustomsLine, currency: str) -> dict[str, object]:
    kept, product = each.shipping, each.line.vial_size.product
    return {
        "description": kept.customs_description if kept else "",
        "product": _("%(title)s, cat. %(number)s", title=each.line.title, number=product.catalogue_number),
        "cas": product.compound.cas or _("none"),
        "hs": kept.hs_code if kept else "",
        "origin": kept.origin_country if kept else "",
        "export": kept.export_classification if kept else "",
        "lots": ", ".join(each.lots),
        "vials": str(each.vials),
        "value": money.in_words(each.value_minor, currency),
    }


def _net(made: Sequence[customs.CustomsLine]) -> str:
    masses = [each.net_mg for each in made]
    if any(mass is None for mass in masses):
        return _("not stated: a size is not a mass")
    return f"{sum((mass for mass in masses if mass is not None), Decimal(0)).normalize():f} mg"


def _dry_ice_words(grams: int) -> str:
    return _(
        "Dry ice (carbon dioxide, solid), UN 1845, class 9, PI 954, net %(kg)s kg, as refrigerant",
        kg=f"{Decimal(grams) / 1000:f}",
    )
