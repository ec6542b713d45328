"""The price of a checkout: what the pure functions need, read once, for Review, the cart and for placing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.catalogue.models import VialSize
from shop.catalogue.on_sale import SizeOnSale
from shop.core import clock
from shop.core.errors import Refused
from shop.core.identity import name_key
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.ordering import (
    coupons,
    delivery_rates,
    destinations,
    exemptions,
    pricing,
    quoted_prices,
    regions,
    tax,
    tax_rates,
)
from shop.ordering.delivery_rates import Offer
from shop.ordering.lines import Line
from shop.ordering.models import CheckoutDraft, TaxTreatment
from shop.ordering.pricing import Delivery, Discount, Quote, Tier, Wanted
from shop.ordering.tax import Certificate, VatNumber
from shop.people.models import Organisation


@dataclass(frozen=True, kw_only=True)
class OrderPrice:
    """What an order costs, and what the buyer should know beside the charges."""

    quote: Quote
    offers: tuple[Offer, ...]
    """Every way of sending it, those not offered last."""
    chosen: Offer | None
    code_given: str
    code: str
    """The code that takes something off; empty when none does."""
    code_refused: str
    """Why the code that was given takes nothing off."""
    vat_number: VatNumber | None
    certificate: Certificate | None
    """The exemption certificate for which no tax is charged."""
    certificate_waits: bool
    """A certificate has been sent in that nobody has looked at yet; until then tax is charged."""
    may_be_exempt: bool
    """Tax is charged, so that an exemption certificate would matter."""
    promised_by: str = ""
    """The quote whose unit prices these are, in words; empty where they are those of the list."""

    @property
    def readable_vat_number(self) -> str:
        """The buyer's VAT number, where it is one."""
        return self.vat_number.text if self.vat_number and self.vat_number.country else ""

    @property
    def why_not_sent(self) -> str:
        """Why the chosen way of sending does not take this order; empty when it does."""
        if self.chosen is not None:
            return self.chosen.why_not
        return _("Choose a delivery method.")


def tiers(size: VialSize | SizeOnSale, currency: str) -> tuple[Tier, ...]:
    """The price tiers of a size in a currency."""
    return tuple(
        Tier(from_quantity=each.from_quantity, unit_minor=each.unit_minor)
        for each in size.prices
        if each.currency == currency
    )


def wanted(lines: Sequence[Line], currency: str, promised: Mapping[int, int] | None = None) -> list[Wanted]:
    """Cart lines as the price function takes them.

    Args:
        promised: prices of a vial by size, in place of those of the list.
    """
    fixed = promised or {}
    return [
        Wanted(
            size_id=line.size.id,
            quantity=line.quantity,
            tiers=(Tier(from_quantity=1, unit_minor=fixed[line.size.id]),)
            if line.size.id in fixed
            else tiers(line.size, currency),
            product_id=line.size.product_id,
            tax_class=line.size.tax_class,
        )
        for line in lines
    ]


def of_draft(session: Session, draft: CheckoutDraft, lines: Sequence[Line]) -> OrderPrice:
    """The price of a checkout with the answers given so far. A code that does not hold takes nothing off."""
    currency, today = settings().currency, clock.today()
    promise = quoted_prices.of_draft(session, draft)
    promised = quoted_prices.unit_prices(promise, lines)
    asked = wanted(lines, currency, promised)
    discount, refused = _discount(session, draft, asked, today)
    found = _priced(session, draft, lines, asked, discount, today)
    if discount is not None and draft.delivery_method and found.quote.total_minor <= 0:
        refused = _(
            "The code %(code)s would leave nothing to pay. An order needs an amount; take more items.",
            code=discount.code,
        )
        found = _priced(session, draft, lines, asked, None, today)
        discount = None
    return OrderPrice(
        **{
            **vars(found),
            "code_given": draft.coupon_code,
            "code": discount.code if discount else "",
            "code_refused": refused,
            "promised_by": quoted_prices.in_words(promise) if promise and promised else "",
        }
    )


def of_quote(session: Session, draft: CheckoutDraft, lines: Sequence[Line]) -> Quote:
    """The cost of some lines at prices that are set for each, sent as a draft says; for a quote.

    Args:
        lines: with the price of a vial in `unit_minor_seen`.

    Raises:
        Refused: the way of sending does not take them.
    """
    promised = {line.size.id: line.unit_minor_seen for line in lines}
    asked = wanted(lines, settings().currency, promised)
    found = _priced(session, draft, lines, asked, None, clock.today())
    if found.why_not_sent:
        raise Refused(found.why_not_sent)
    return found.quote


def estimate(session: Session, lines: Sequence[Line], country: str) -> list[tuple[Offer, Quote | None]]:
    """Each way of sending a cart to a country, with the order's cost before codes and exemptions."""
    currency = settings().currency
    asked = wanted(lines, currency)
    items = pricing.price(asked, delivery=None, currency=currency)
    parcel = _parcel(lines, items)
    rates = tax_rates.in_force(session, country, "", clock.today())
    taxation = tax.decide(
        [each.tax_class for each in asked],
        seller=_seller(),
        to=tax.Destination(
            country=country, region="", country_name=destinations.country_name(country), region_name=""
        ),
        vat_number=None,
        certificate=None,
        rates=rates,
    )
    return [
        (
            each,
            None
            if each.why_not
            else pricing.price(asked, delivery=_delivery(each), currency=currency, taxation=taxation),
        )
        for each in delivery_rates.offers(session, country, parcel, currency)
    ]


def offers(session: Session, lines: Sequence[Line], country: str) -> list[Offer]:
    """Every way of sending some lines to a country, before codes."""
    currency = settings().currency
    items = pricing.price(wanted(lines, currency), delivery=None, currency=currency)
    return delivery_rates.offers(session, country, _parcel(lines, items), currency)


def _parcel(lines: Sequence[Line], items: Quote) -> delivery_rates.Parcel:
    empty = delivery_rates.weigh(lines)
    return delivery_rates.Parcel(
        weight_g=empty.weight_g, has_cold_chain=empty.has_cold_chain, items_minor=items.net_items_minor
    )


def _discount(
    session: Session, draft: CheckoutDraft, asked: Sequence[Wanted], today: date
) -> tuple[Discount | None, str]:
    if not draft.coupon_code:
        return None, ""
    currency = settings().currency
    organisation = session.scalar(
        select(Organisation.id).where(Organisation.name_key == name_key(draft.organisation))
    )
    terms = coupons.find(session, draft.coupon_code, organisation)
    items = pricing.price(asked, delivery=None, currency=currency)
    products = terms.discount.product_ids if terms else None
    eligible = sum(
        line.total_minor
        for line, each in zip(items.lines, asked, strict=True)
        if products is None or each.product_id in products
    )
    refused = coupons.refusal(
        terms, code=draft.coupon_code, on=today, eligible_minor=eligible, currency=currency
    )
    return (terms.discount if terms and not refused else None), refused


def _priced(
    session: Session,
    draft: CheckoutDraft,
    lines: Sequence[Line],
    asked: Sequence[Wanted],
    discount: Discount | None,
    today: date,
) -> OrderPrice:
    currency = settings().currency
    items = pricing.price(asked, delivery=None, currency=currency, discount=discount)
    found = (
        delivery_rates.offers(session, draft.country, _parcel(lines, items), currency)
        if draft.country
        else []
    )
    chosen = next((each for each in found if each.code == draft.delivery_method), None)
    if chosen is None or chosen.why_not:
        return _without_tax(items, found, chosen)
    region = regions.code(draft.country, draft.region)
    number = _vat_number(session, draft)
    rates = tax_rates.in_force(session, draft.country, region, today)
    to = tax.Destination(
        country=draft.country,
        region=region,
        country_name=destinations.country_name(draft.country),
        region_name=regions.name(draft.country, draft.region),
    )

    def quote(certificate: Certificate | None) -> Quote:
        return pricing.price(
            asked,
            delivery=_delivery(chosen),
            currency=currency,
            discount=discount,
            taxation=tax.decide(
                [each.tax_class for each in asked],
                seller=_seller(),
                to=to,
                vat_number=number,
                certificate=certificate,
                rates=rates,
            ),
        )

    priced, certificate, waits = quote(None), None, False
    taxed = any(each.tax_treatment == TaxTreatment.STANDARD for each in priced.charges)
    if taxed:
        certificate, waits = exemptions.covering(
            session,
            organisation=draft.organisation,
            email=draft.email,
            country=draft.country,
            region=region,
            on=today,
        )
        if certificate is not None:
            priced = quote(certificate)
    return OrderPrice(
        quote=priced,
        offers=tuple(found),
        chosen=chosen,
        code_given="",
        code="",
        code_refused="",
        vat_number=number,
        certificate=certificate,
        certificate_waits=waits,
        may_be_exempt=taxed and certificate is None,
    )


def _without_tax(items: Quote, found: Sequence[Offer], chosen: Offer | None) -> OrderPrice:
    """Before a way of sending is chosen that takes the order."""
    return OrderPrice(
        quote=items,
        offers=tuple(found),
        chosen=chosen,
        code_given="",
        code="",
        code_refused="",
        vat_number=None,
        certificate=None,
        certificate_waits=False,
        may_be_exempt=False,
    )


def _delivery(offer: Offer) -> Delivery:
    return Delivery(
        name=offer.name,
        price_minor=offer.price_minor,
        explanation=offer.explanation,
        cold_chain_minor=offer.cold_chain_minor,
    )


def _seller() -> tax.Seller:
    return tax.Seller(country=settings().seller_country, reverse_charge_law=settings().reverse_charge_law)


def _vat_number(session: Session, draft: CheckoutDraft) -> VatNumber | None:
    if not draft.vat_number:
        return None
    number = tax.read_vat_number(draft.vat_number)
    return tax_rates.with_answer(session, number) if number.country else number
