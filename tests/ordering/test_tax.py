"""Which tax an order bears, and why: the decision alone, from plain values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from shop.ordering import regions
from shop.ordering.models import TaxTreatment as T
from shop.ordering.tax import Certificate, Destination, Rate, Seller, TaxRule, decide, read_vat_number

LAW = "Article 138, Directive 2006/112/EC"
DUTCH = Seller(country="NL", reverse_charge_law=LAW)
AMERICAN = Seller(country="US", reverse_charge_law=LAW)
NOWHERE = Seller(country="", reverse_charge_law=LAW)


def rate(
    country: str, percent: str, *, region: str = "", tax_class: str = "standard", name: str = "VAT"
) -> Rate:
    return Rate(
        country=country,
        region=region,
        tax_class=tax_class,
        percent=Decimal(percent),
        percent_text=percent,
        name=name,
    )


RATES = [
    rate("NL", "21.0"),
    rate("NL", "9.0", tax_class="reduced"),
    rate("DE", "19.0"),
    rate("US", "7.25", region="CA", name="Sales tax"),
    rate("CA", "5.0", name="GST"),
    rate("CA", "13.0", region="ON", name="HST"),
    rate("SE", "0"),
]
NAMES = {"NL": "Netherlands", "DE": "Germany", "US": "United States", "CA": "Canada", "CH": "Switzerland"}
CERTIFICATE = Certificate(
    exemption_id=7, number="X-1", place="California, United States", expires_on=date(2027, 6, 30)
)


def treated(
    seller: Seller,
    country: str,
    *,
    region: str = "",
    vat: str = "",
    certificate: Certificate | None = None,
    tax_class: str = "standard",
) -> TaxRule:
    return decide(
        [tax_class],
        seller=seller,
        to=Destination(
            country=country,
            region=regions.code(country, region),
            country_name=NAMES.get(country, country),
            region_name=regions.name(country, region),
        ),
        vat_number=read_vat_number(vat) if vat else None,
        certificate=certificate,
        rates=RATES,
    ).of(tax_class)


def test_at_home_the_rate_of_the_class_is_charged_whoever_buys() -> None:
    assert (treated(DUTCH, "NL").treatment, treated(DUTCH, "NL").label) == (
        T.STANDARD,
        "21.0% VAT (Netherlands)",
    )
    assert treated(DUTCH, "NL", tax_class="reduced").rate == Decimal("9.0")
    assert treated(DUTCH, "NL", vat="NL4495445B01").treatment == T.STANDARD
    assert treated(DUTCH, "NL", vat="DE136695976").treatment == T.STANDARD


def test_a_business_in_another_member_state_accounts_for_the_tax_itself() -> None:
    found = treated(DUTCH, "DE", vat="DE 136 695 976")
    assert found.treatment == T.REVERSE_CHARGE
    assert found.reason == f"Not charged: reverse charge, VAT number DE136695976 ({LAW})"


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("DE136695977", "form and check digits"),
        ("hello", "form and check digits"),
        ("NL4495445B01", "of our own country"),
        ("", ""),
    ],
)
def test_a_number_that_does_not_count_stops_nothing_and_is_taxed(number: str, why: str) -> None:
    found = treated(DUTCH, "DE", vat=number)
    assert (found.treatment, found.rate) == (T.STANDARD, Decimal("19.0"))
    assert why in found.reason


def test_a_number_that_vies_called_invalid_is_taxed_and_says_when() -> None:
    number = read_vat_number("DE136695976")
    found = decide(
        ["standard"],
        seller=DUTCH,
        to=Destination(country="DE", region="", country_name="Germany"),
        vat_number=type(number)(text=number.text, country="DE", refused_on=date(2026, 11, 2)),
        certificate=None,
        rates=RATES,
    ).of("standard")
    assert (found.treatment, "invalid on 2026-11-02" in found.reason) == (T.STANDARD, True)


def test_a_vat_number_means_nothing_outside_the_union() -> None:
    assert treated(AMERICAN, "DE", vat="DE136695976").treatment == T.STANDARD
    assert treated(DUTCH, "CH", vat="DE136695976").treatment == T.OUTSIDE_SCOPE
    assert treated(DUTCH, "GB", vat="XI110305878").treatment == T.OUTSIDE_SCOPE


def test_what_leaves_the_country_or_the_union_is_outside_the_scope_and_says_so() -> None:
    assert "goods leave for Switzerland" in treated(DUTCH, "CH").reason
    assert treated(AMERICAN, "CH").treatment == T.OUTSIDE_SCOPE
    # The shop keeps a rate there, so it is registered there.
    assert treated(DUTCH, "US", region="CA").treatment == T.STANDARD
    assert treated(DUTCH, "US", region="OR").treatment == T.OUTSIDE_SCOPE


def test_where_no_rate_is_kept_nothing_is_charged_and_the_reason_stands_there() -> None:
    for seller, country, region, place in (
        (AMERICAN, "US", "Oregon", "Oregon, United States"),
        (DUTCH, "FR", "", "FR"),
        (NOWHERE, "CH", "", "Switzerland"),
    ):
        found = treated(seller, country, region=region)
        assert (found.treatment, found.reason) == (
            T.NOT_CHARGED,
            f"Not charged by us: we keep no tax rate for {place}",
        )


def test_an_accepted_certificate_takes_the_tax_off_and_nothing_else() -> None:
    found = treated(AMERICAN, "US", region="California", certificate=CERTIFICATE)
    assert (found.treatment, found.reason) == (
        T.EXEMPT,
        "Not charged: exemption certificate X-1 for California, United States, valid until 2027-06-30",
    )
    assert treated(AMERICAN, "US", region="OR", certificate=CERTIFICATE).treatment == T.NOT_CHARGED


def test_the_rate_of_a_region_comes_before_that_of_its_country_and_a_rate_of_nought_is_named() -> None:
    assert treated(AMERICAN, "CA", region="ontario").label == "13.0% HST (Ontario, Canada)"
    assert treated(AMERICAN, "CA", region="Quebec").label == "5.0% GST (Canada)"
    assert treated(DUTCH, "SE").treatment == T.ZERO


@pytest.mark.parametrize(
    ("country", "typed", "code"),
    [("US", " california ", "CA"), ("US", "N.Y.", "NY"), ("CA", "on", "ON"), ("DE", "Bayern ", "bayern")],
)
def test_a_region_is_known_by_its_letters_or_its_name(country: str, typed: str, code: str) -> None:
    assert regions.code(country, typed) == code
