"""The price of a checkout from the shop's own tables: zones, weight, tax, VAT numbers, exemptions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from builders import (
    WHERE,
    answer_all,
    draft_for,
    make_lot,
    make_ready_to_sell,
    make_size,
    place,
    shown,
)
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError

from config import Settings
from shop.catalogue.models import VialSize
from shop.core import clock
from shop.core import settings as core_settings
from shop.core.audit import AuditEntry
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.ordering import checkout, exemptions, placement
from shop.ordering.delivery_rates import (
    DeliveryBracket,
    DeliveryRate,
    DeliveryZone,
    DeliveryZoneCountry,
)
from shop.ordering.exemptions import ExemptionState, TaxExemption
from shop.ordering.models import DeliveryMethod, Order, TaxTreatment
from shop.ordering.placement import ReviewChanged
from shop.ordering.review import DeliveryNotOffered
from shop.ordering.tax_rates import TaxRate, VatCheck, ViesAnswer

ADDRESS: dict[str, Any] = {
    "country": "DE",
    "address_line1": "Specimenstrasse 1",
    "address_line2": "",
    "city": "Berlin",
    "region": "",
    "postcode": "10115",
    "goods_in": "",
    "delivery_method": "tracked",
}
PDF = b"%PDF-1.7 specimen certificate"


@pytest.fixture(autouse=True)
def selling(shop: Flask) -> Iterator[None]:
    before: Settings = core_settings.settings()
    core_settings.set_up(shop, replace(before, seller_country="NL"))
    make_ready_to_sell()
    with writing() as session:
        session.add_all(
            TaxRate(
                country=country,
                region=region,
                percent_text=percent,
                name=name,
                valid_from=date(2026, 1, 1),
                source="specimen",
            )
            for country, region, percent, name in (
                ("NL", "", "21.0", "VAT"),
                ("DE", "", "19.0", "VAT"),
                ("US", "CA", "7.25", "Sales tax"),
            )
        )
    yield
    core_settings.set_up(shop, before)


def draft_to(wanted: dict[str, int], **changed: Any) -> str:
    token = draft_for(wanted)
    checkout.save_delivery(token, **(ADDRESS | changed))
    answer_all(token)
    return token


def sold(vials: int = 20, **size: Any) -> str:
    sku = make_size(**({"price_minor": 10000} | size))
    make_lot(sku, vials)
    return sku


def charged(seen: Any) -> dict[str, int]:
    """The charges Review shows, by their labels."""
    return {each[0]: each[1] for each in seen["charges"]}


def tax_of(order_id: int) -> tuple[str, int, str]:
    with reading() as session:
        charge = session.get_one(Order, order_id).charges[-1]
        assert charge.tax_treatment is not None
        return charge.tax_treatment.value, charge.amount_minor, charge.explanation


def test_tax_of_the_destination_is_charged_and_kept_with_rate_and_base() -> None:
    order_id = place(draft_to({sold(): 2})).order_id
    with reading() as session:
        order = session.get_one(Order, order_id)
        tax = order.charges[-1]
        assert (str(tax.tax_rate), tax.taxable_minor, tax.amount_minor) == ("19.0", 21400, 4066)
        assert tax.explanation == "19.0% VAT (Germany) on $214.00"
        assert order.total_minor == 21400 + 4066
        assert [(line.tax_minor, line.tax_position) for line in order.lines] == [(3800, tax.position)]


def test_a_vat_number_of_another_member_state_takes_the_tax_off_until_vies_calls_it_invalid() -> None:
    token = draft_to({sold(): 1}, vat_number="de 136 695 976")
    seen = shown(token)
    assert tax_of(place(token).order_id) == (
        "reverse_charge",
        0,
        "Not charged: reverse charge, VAT number DE136695976 (Article 138, Directive 2006/112/EC)",
    )
    with reading() as session:
        assert session.scalars(select(Order.vat_number)).one() == "DE136695976"
    later = draft_to({sold(): 1}, vat_number="DE136695976")
    seen = shown(later)
    with writing() as session:
        session.add(
            VatCheck(
                vat_number="DE136695976",
                asked_on=clock.today(),
                answer=ViesAnswer.INVALID,
                consultation_number="WAPIAAAA",
                recorded_at=clock.now(),
                recorded_by="someone",
            )
        )
    with pytest.raises(ReviewChanged, match="VIES called the VAT number DE136695976 invalid"):
        placement.place(later, seen, WHERE)


@pytest.mark.parametrize(
    "change",
    [
        update(TaxRate).where(TaxRate.country == "DE").values(valid_until=date(2026, 1, 2)),
        update(DeliveryBracket).values(price_minor=1500),
        update(DeliveryRate).values(free_from_minor=100),
    ],
    ids=["a rate ended", "a zone costs more", "delivery became free"],
)
def test_what_changes_between_review_and_placing_asks_again(change: Any) -> None:
    token = draft_to({sold(): 1})
    seen = shown(token)
    with writing() as session:
        session.execute(change)
    with pytest.raises(ReviewChanged, match="The total is now"):
        placement.place(token, seen, WHERE)
    assert place(token).number


def test_weight_zone_and_cold_chain_make_the_price_and_what_is_too_heavy_is_refused_in_words() -> None:
    sku = sold(cold_chain=True)
    with writing() as session:
        method = session.scalars(select(DeliveryMethod)).one()
        near = DeliveryZone(name="Near", countries=[DeliveryZoneCountry(country="DE")])
        session.add(
            DeliveryRate(
                method=method,
                zone=near,
                cold_chain_minor=1200,
                brackets=[
                    DeliveryBracket(up_to_g=1800, price_minor=500),
                    DeliveryBracket(up_to_g=2000, price_minor=800),
                ],
            )
        )
        session.execute(update(VialSize).values(weight_g=20))
    # 250 g of parcel and 1500 g of cold packing, 20 g a vial.
    for vials, expected in ((2, 500), (3, 800)):
        seen = shown(draft_to({sku: vials}))
        charges = charged(seen)
        assert (charges["Tracked delivery"], charges["Cold chain"]) == (expected, 1200)
    with pytest.raises(DeliveryNotOffered, match=r"up to 2 kg, this parcel weighs 2\.01 kg"):
        draft_to({sku: 13})
    # Elsewhere the old price stands, at any weight.
    charges = charged(shown(draft_for({sku: 13})))
    assert (charges["Tracked delivery"], charges["Cold chain"]) == (1400, 0)


def test_an_address_where_tax_depends_on_the_state_has_to_name_one() -> None:
    sku = sold()
    there = {"country": "US", "city": "Davis", "postcode": "95616"}
    with pytest.raises(checkout.RegionMissing, match="state or province"):
        draft_to({sku: 1}, **there, region="somewhere")
    assert tax_of(place(draft_to({sku: 1}, **there, region="california")).order_id)[:2] == ("standard", 827)
    assert tax_of(place(draft_to({sku: 1}, **there, region="OR")).order_id)[:2] == ("outside_scope", 0)


def send(**changed: Any) -> int:
    facts: dict[str, Any] = {
        "organisation": "Vermeer Institute for Molecular Assays",
        "email": "tax@VIMA.example",
        "country": "US",
        "region": "California",
        "number": "CA-1",
        "expires_on": clock.today() + timedelta(days=90),
        "document": ("certificate.pdf", PDF),
        "actor": "buyer",
        "sent_by": "i.brandsma@vima.example",
    }
    return exemptions.send_in(**(facts | changed))


def test_a_certificate_frees_an_order_once_accepted_where_it_is_for_and_until_it_expires() -> None:
    there = {"country": "US", "city": "Davis", "postcode": "95616", "region": "CA"}
    sku = sold()
    number = send()
    token = draft_to({sku: 1}, **there)
    assert tax_of(place(token).order_id)[0] == "standard"  # nobody has looked at it yet
    exemptions.decide(number, ExemptionState.ACCEPTED, actor="r@shop.example", reason="")
    order_id = place(draft_to({sku: 1}, **there)).order_id
    assert tax_of(order_id)[:2] == (TaxTreatment.EXEMPT.value, 0)
    with reading() as session:
        assert session.get_one(Order, order_id).exemption_id == number
    # Not at home, and not for another organisation or another domain.
    assert tax_of(place(draft_for({sku: 1})).order_id)[0] == "standard"
    elsewhere = draft_for({sku: 1}, organisation="Another Institute")
    for other in (elsewhere, draft_for({sku: 1}, email="i@elsewhere.example")):
        checkout.save_delivery(other, **(ADDRESS | there))
        answer_all(other)
        assert tax_of(place(other).order_id)[0] == "standard"
    with clock.shifted(timedelta(days=91)):
        assert "7.25% Sales tax (California, United States)" in charged(shown(draft_to({sku: 1}, **there)))
    exemptions.decide(number, ExemptionState.WITHDRAWN, actor="r@shop.example", reason="revoked by the state")
    assert tax_of(place(draft_to({sku: 1}, **there)).order_id)[0] == "standard"


def test_a_certificate_is_decided_once_and_every_step_is_on_record() -> None:
    number = send()
    assert send() == number
    with pytest.raises(Refused, match="Give the reason"):
        exemptions.decide(number, ExemptionState.REFUSED, actor="r@shop.example", reason=" ")
    exemptions.decide(number, ExemptionState.REFUSED, actor="r@shop.example", reason="not readable")
    with pytest.raises(Refused, match="decided meanwhile"):
        exemptions.decide(number, ExemptionState.ACCEPTED, actor="r@shop.example", reason="")
    with pytest.raises(Refused, match="has expired"):
        send(expires_on=clock.today() - timedelta(days=1))
    with reading() as session:
        row = session.get_one(TaxExemption, number)
        assert (row.state, row.reviewed_by, row.reason) == (
            ExemptionState.REFUSED,
            "r@shop.example",
            "not readable",
        )
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.subject == f"exemption/{number}")
        )
        assert list(actions) == ["exemption.send", "exemption.refused"]
    with pytest.raises(DatabaseError, match="never changes"), writing() as session:
        session.execute(update(TaxExemption).values(number="CA-2"))
