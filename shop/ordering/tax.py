"""Which tax an order bears: a pure decision from seller, destination, buyer's VAT number and exemption.

The rates are the shop's own data. That goods sent to a business in another member state of the European Union
are not taxed by the seller is Article 138 of Directive 2006/112/EC; the words on the order are a setting
(`REVERSE_CHARGE_LAW`). Member states and the check of a VAT number are those of python-stdnum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from stdnum.eu import vat
from stdnum.exceptions import ValidationError

from shop.core.language import gettext as _
from shop.ordering.models import TaxTreatment

MEMBER_STATES = frozenset(code.upper() for code in vat.MEMBER_STATES if code != "xi")
"""Countries of the European Union; Northern Ireland's `XI` names no country of delivery."""


@dataclass(frozen=True, kw_only=True)
class TaxRule:
    """How the lines of one tax class are taxed, and why."""

    treatment: TaxTreatment
    label: str
    """Such as `21.0% VAT (Netherlands)`, or `Tax, not charged`."""
    reason: str
    rate: Decimal = Decimal(0)
    """Percent."""
    on_delivery: bool = True
    """Whether delivery bears the tax as well."""


@dataclass(frozen=True, kw_only=True)
class Taxation:
    """The rule of each tax class of an order."""

    rules: Mapping[str, TaxRule] = field(default_factory=dict)
    otherwise: TaxRule

    def of(self, tax_class: str) -> TaxRule:
        """The rule of a class."""
        return self.rules.get(tax_class, self.otherwise)


NOT_DECIDED = Taxation(
    otherwise=TaxRule(treatment=TaxTreatment.NOT_CHARGED, label=_("Tax, not charged"), reason="")
)


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A rate as the shop keeps it."""

    country: str
    region: str
    """As `regions.code` gives it; empty for the whole country."""
    tax_class: str
    percent: Decimal
    percent_text: str
    """As printed, such as `21.0`."""
    name: str
    """Such as `VAT`, `GST` or `Sales tax`."""
    on_delivery: bool = True


@dataclass(frozen=True, kw_only=True)
class Seller:
    """The shop, as far as taxes know it."""

    country: str
    reverse_charge_law: str


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """An accepted exemption certificate that covers the place of delivery."""

    exemption_id: int
    number: str
    place: str
    expires_on: date


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where an order goes, with the names of the place for the sentences."""

    country: str
    region: str
    country_name: str
    region_name: str = ""

    @property
    def place(self) -> str:
        """The place as a sentence names it."""
        return f"{self.region_name}, {self.country_name}" if self.region_name else self.country_name


@dataclass(frozen=True, kw_only=True)
class VatNumber:
    """A VAT number as the buyer gave it."""

    text: str
    """Compact where it could be read, as typed where not."""
    country: str
    """The member state it belongs to, in ISO 3166-1; empty where form and check digits do not fit any."""
    refused_on: date | None = None
    """The day VIES called it invalid, as staff recorded it."""

    @property
    def counts(self) -> bool:
        """Whether it can take the tax off."""
        return bool(self.country) and self.refused_on is None


def read_vat_number(text: str) -> VatNumber:
    """Read a VAT number by form and check digits, asking nobody. What does not fit has no country."""
    typed = " ".join(text.split())[:20]
    try:
        compact = vat.validate(typed)
    except (ValidationError, ValueError, KeyError):
        return VatNumber(text=typed, country="")
    prefix = compact[:2].upper()
    return VatNumber(text=compact, country={"EL": "GR"}.get(prefix, prefix))


def decide(
    classes: Iterable[str],
    *,
    seller: Seller,
    to: Destination,
    vat_number: VatNumber | None,
    certificate: Certificate | None,
    rates: Sequence[Rate],
) -> Taxation:
    """The treatment of each tax class.

    A rate kept for the place is charged, except where an accepted certificate covers the place, or a business
    with a valid VAT number of another member state than the seller's buys from a seller in the Union for
    delivery in another member state. Where no rate is kept: outside the scope when the goods leave the
    seller's country, or the Union when the seller is in it; otherwise *not charged*, said with its reason.
    """
    rules = {
        each: _rule(each, seller=seller, to=to, vat_number=vat_number, certificate=certificate, rates=rates)
        for each in dict.fromkeys(classes)
    }
    return Taxation(rules=rules, otherwise=next(iter(rules.values()), NOT_DECIDED.otherwise))


def _rule(
    tax_class: str,
    *,
    seller: Seller,
    to: Destination,
    vat_number: VatNumber | None,
    certificate: Certificate | None,
    rates: Sequence[Rate],
) -> TaxRule:
    within = seller.country in MEMBER_STATES and to.country in MEMBER_STATES
    crosses = within and to.country != seller.country
    if crosses and vat_number is not None and vat_number.counts and vat_number.country != seller.country:
        return TaxRule(
            treatment=TaxTreatment.REVERSE_CHARGE,
            label=_("Tax: reverse charge"),
            reason=_(
                "Not charged: reverse charge, VAT number %(number)s (%(law)s)",
                number=vat_number.text,
                law=seller.reverse_charge_law,
            ),
        )
    rate = _rate(tax_class, to, rates)
    if rate is None:
        return _without_rate(seller, to, within=within)
    place = to.place if rate.region else to.country_name
    if rate.percent == 0:
        return TaxRule(
            treatment=TaxTreatment.ZERO,
            label=_("%(rate)s%% %(name)s (%(place)s)", rate=rate.percent_text, name=rate.name, place=place),
            reason="",
        )
    if certificate is not None:
        return TaxRule(
            treatment=TaxTreatment.EXEMPT,
            label=_("Tax: exempt"),
            reason=_(
                "Not charged: exemption certificate %(number)s for %(place)s, valid until %(day)s",
                number=certificate.number,
                place=certificate.place,
                day=certificate.expires_on.isoformat(),
            ),
        )
    return TaxRule(
        treatment=TaxTreatment.STANDARD,
        rate=rate.percent,
        label=_("%(rate)s%% %(name)s (%(place)s)", rate=rate.percent_text, name=rate.name, place=place),
        reason=_about_number(vat_number, seller, crosses=crosses),
        on_delivery=rate.on_delivery,
    )


def _rate(tax_class: str, to: Destination, rates: Sequence[Rate]) -> Rate | None:
    """The rate of a place: that of the region before that of the country."""
    fitting = [
        each
        for each in rates
        if each.tax_class == tax_class and each.country == to.country and each.region in ("", to.region)
    ]
    return max(fitting, key=lambda each: bool(each.region), default=None)


def _without_rate(seller: Seller, to: Destination, *, within: bool) -> TaxRule:
    if seller.country and not within and to.country != seller.country:
        return TaxRule(
            treatment=TaxTreatment.OUTSIDE_SCOPE,
            label=_("Tax: export, not charged"),
            reason=_(
                "Not charged: the goods leave for %(country)s. Import tax and duty there are not part of "
                "this total",
                country=to.country_name,
            ),
        )
    return TaxRule(
        treatment=TaxTreatment.NOT_CHARGED,
        label=_("Tax, not charged"),
        reason=_("Not charged by us: we keep no tax rate for %(place)s", place=to.place),
    )


def _about_number(vat_number: VatNumber | None, seller: Seller, *, crosses: bool) -> str:
    """Why a VAT number that was given did not take the tax off."""
    if vat_number is None:
        return ""
    if not vat_number.country:
        return _(
            "The VAT number given does not have the form and check digits of a member state, "
            "so the tax is charged"
        )
    if vat_number.refused_on is not None:
        return _(
            "VIES called the VAT number %(number)s invalid on %(day)s, so the tax is charged",
            number=vat_number.text,
            day=vat_number.refused_on.isoformat(),
        )
    if crosses and vat_number.country == seller.country:
        return _("A VAT number of our own country does not take the tax off")
    return ""
