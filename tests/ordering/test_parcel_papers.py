"""What goes with a parcel: packing slip, customs invoice, dry-ice mark, and what is missing, in words."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from at_a_desk import plain_pdf
from builders import make_lot, make_ready_to_sell, make_size, order_for, someone
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from shop.catalogue import shipping_data
from shop.catalogue.models import Product, VialSize
from shop.catalogue.shipping_data import ProductShipping, ShipCondition, ShippingData
from shop.core import clock
from shop.core import settings as shop_settings
from shop.core.database import reading
from shop.core.errors import NotFound, Refused
from shop.core.outbox import OutboxMessage
from shop.inventory import product_documents
from shop.inventory.product_documents import DocumentKind, NewDocument
from shop.ordering import (
    fulfilment,
    letters,
    packing_slip,
    parcel_bundle,
    parcel_contents,
    parcel_notes,
    parcel_papers,
)
from shop.ordering.models import Order
from shop.people.staff import SignedInStaff

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])
COMPLETE = ShippingData(
    ship_condition=ShipCondition.AMBIENT,
    hs_code="2933.99",
    origin_country="nl",
    customs_description="Synthetic peptide, lyophilised, laboratory reagent",
    export_classification="EAR99",
)
ABROAD = {"seller_country": "US", "seller_eori": "US123", "seller_address": ("1 Specimen Road", "Boston")}


@pytest.fixture
def staff(shop: Flask) -> SignedInStaff:
    make_ready_to_sell()
    return someone("warehouse", "sales", "quality")


@contextmanager
def with_settings(app: Flask, **values: Any) -> Iterator[None]:
    with app.app_context():
        before = shop_settings.settings()
        shop_settings.set_up(app, replace(before, **values))
        try:
            yield
        finally:
            shop_settings.set_up(app, before)


def packed(staff: SignedInStaff, vials: int = 2, *, part: int | None = None) -> tuple[int, str, str]:
    """A packed order to the Netherlands; its id, its lot and the address of its product."""
    sku = make_size()
    lot = make_lot(sku, 10)
    order_id = order_for({sku: vials}).order_id
    fulfilment.approve(order_id, staff=staff, reason="")
    fulfilment.pick(order_id, lot, staff=staff, vials=part)
    fulfilment.pack(order_id, staff=staff, part=part is not None)
    with reading() as session:
        return (
            order_id,
            lot,
            session.scalars(select(Product.slug).join(VialSize).where(VialSize.sku == sku)).one(),
        )


def ship(order_id: int, staff: SignedInStaff, carrier: str = "C") -> int:
    return fulfilment.ship(order_id, carrier=carrier, tracking="1", staff=staff)


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_the_packing_slip_names_lots_vials_certificates_the_statement_and_what_is_to_come(
    staff: SignedInStaff,
) -> None:
    order_id, lot, _slug = packed(staff, 4, part=3)
    shipment_id = ship(order_id, staff)
    with reading() as session:
        made = packing_slip.pdf(session, shipment_id)
        order = session.get_one(Order, order_id)
        text = text_of(made)
        assert f"{order.number}-1" in text
        assert order.attestation_id in text.replace(" ", "")
        assert packing_slip.pdf(session, shipment_id) == made
        with pytest.raises(NotFound):
            packing_slip.pdf(session, 999)
    assert "For laboratory research use only. Not for human or veterinary use." in text
    assert lot in text
    assert f"/coa/{lot}" in text.replace(" ", "")
    assert "research-use statement RU-1" in text
    assert "Still to come in another parcel 1 ×" in text
    assert "Store at −20 °C" in text
    assert "$" not in text


def test_a_parcel_that_crosses_a_border_waits_for_what_customs_ask(shop: Flask, staff: SignedInStaff) -> None:
    order_id, lot, slug = packed(staff)
    with with_settings(shop, **ABROAD):
        with pytest.raises(Refused, match=r"HS code of Semax \d+, country of origin of .*, description for"):
            ship(order_id, staff)
        shipping_data.set_shipping(slug, COMPLETE, actor=staff.actor)
        with pytest.raises(Refused, match="the weight of the packed box"):
            ship(order_id, staff)
        parcel_notes.note(order_id, gross_weight_g=1250, dry_ice_g=None, staff=staff)
        with reading() as session:
            contents = parcel_contents.of_box(session, session.get_one(Order, order_id))
            text = text_of(parcel_papers.customs_invoice(session, contents))
        ship(order_id, staff)
    for words in (
        "US123",
        "293399",
        "NL",
        "EAR99",
        "$92.00",
        "20 mg",
        "1.25 kg",
        lot,
        "Boston",
        "Netherlands",
    ):
        assert words in text
    assert "Synthetic peptide, lyophilised, laboratory reagent" in text
    assert "For laboratory research use only." in text
    with reading() as session:
        order = session.get_one(Order, order_id)
        assert order.attestation.purpose in text
        assert order.shipments[0].gross_weight_g == 1250


def test_inside_one_territory_no_customs_paper_is_asked_for(shop: Flask, staff: SignedInStaff) -> None:
    order_id, _lot, _slug = packed(staff)
    with with_settings(shop, **(ABROAD | {"seller_country": "DE"})):
        with reading() as session:
            contents = parcel_contents.of_box(session, session.get_one(Order, order_id))
            with pytest.raises(Refused, match="stays in the seller’s customs territory"):
                parcel_papers.customs_invoice(session, contents)
        ship(order_id, staff)


def test_what_hides_what_is_in_the_parcel_is_no_description(staff: SignedInStaff) -> None:
    _order, _lot, slug = packed(staff)
    for words in ("Sample", "laboratory samples", "Goods of no commercial value", "gift", "chemical"):
        with pytest.raises(Refused, match="Customs need to read what it is"):
            shipping_data.set_shipping(slug, replace(COMPLETE, customs_description=words), actor="x")
    for code in ("12345", "12345678901", "29x399", "２９３３９９"):
        with pytest.raises(Refused, match="6 to 10 digits"):
            shipping_data.set_shipping(slug, replace(COMPLETE, hs_code=code), actor="x")
    with pytest.raises(Refused, match="two letters"):
        shipping_data.set_shipping(slug, replace(COMPLETE, origin_country="N1"), actor="x")
    with pytest.raises(NotFound):
        shipping_data.set_shipping("no-such", COMPLETE, actor="x")


def test_how_a_product_travels_and_the_calendar_for_cold_goods_agree(staff: SignedInStaff) -> None:
    _order, _lot, slug = packed(staff)
    for condition, cold in ((ShipCondition.DRY_ICE, True), (ShipCondition.AMBIENT, False)):
        shipping_data.set_shipping(slug, replace(COMPLETE, ship_condition=condition), actor="x")
        with reading() as session:
            product = session.scalars(select(Product).where(Product.slug == slug)).one()
            row = session.get(ProductShipping, product.id)
            assert product.cold_chain is cold
            assert shipping_data.condition_of(product, row) == condition


def test_dry_ice_is_weighed_marked_and_refused_where_nobody_takes_it(
    shop: Flask, staff: SignedInStaff
) -> None:
    order_id, _lot, slug = packed(staff)
    shipping_data.set_shipping(slug, replace(COMPLETE, ship_condition=ShipCondition.DRY_ICE), actor="x")
    parcel_notes_needed = pytest.raises(Refused, match="Enter how many kilograms")
    with reading() as session:
        contents = parcel_contents.of_box(session, session.get_one(Order, order_id))
        with parcel_notes_needed:
            parcel_papers.refuse_unready(session, contents, carrier="C")
        with pytest.raises(Refused, match="No dry ice is noted"):
            parcel_papers.dry_ice_mark(contents)
    parcel_notes.note(order_id, gross_weight_g=3000, dry_ice_g=2500, staff=staff)
    with reading() as session:
        contents = parcel_contents.of_box(session, session.get_one(Order, order_id))
        text = text_of(parcel_papers.dry_ice_mark(contents))
        for words in ("UN 1845", "DRY ICE", "Class 9, packed by PI 954", "Net 2.5 kg"):
            assert words in text
        parcel_papers.refuse_unready(session, contents, carrier="C")
        with (
            with_settings(shop, no_dry_ice=frozenset({"nl"})),
            pytest.raises(Refused, match="are not sent to Netherlands"),
        ):
            parcel_papers.refuse_unready(session, contents, carrier="C")
        with (
            with_settings(shop, no_dry_ice=frozenset({"slow post"})),
            pytest.raises(Refused, match="Slow Post does not take dry ice"),
        ):
            parcel_papers.refuse_unready(session, contents, carrier="Slow Post")


def test_the_mail_holds_certificates_and_safety_sheets_of_just_this_parcel(
    staff: SignedInStaff, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id, lot, slug = packed(staff, 4, part=2)
    other = packed(staff)[2]
    for product, language in ((slug, "en"), (slug, "nl"), (slug, "de"), (other, "en")):
        new = NewDocument(
            kind=DocumentKind.SAFETY_DATA_SHEET, language=language, issued_on=clock.today(), note=""
        )
        product_documents.attach(product, new, document=plain_pdf(f"{product} {language}"), actor="x")
    ship(order_id, staff)
    monkeypatch.setattr(letters, "MOST_ATTACHED_BYTES", 10)
    fulfilment.pick(order_id, lot, staff=staff)
    fulfilment.pack(order_id, staff=staff)
    ship(order_id, staff)
    with reading() as session:
        first, second = [
            message.payload
            for message in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
            if message.key.startswith("mail/order-shipped/")
        ]
    assert [name for name, _sha in first["attachments"]] == [
        f"{lot}.pdf",
        f"safety-data-sheet-{slug}-nl.pdf",
    ]
    assert second["attachments"] == []
    assert f"/coa/{lot}" in second["body"]
    assert f"/products/{slug}/documents/sds-nl-1.pdf" in second["body"]


def test_the_bundle_of_a_parcel_holds_every_paper_it_needs_and_says_what_is_missing(
    shop: Flask, staff: SignedInStaff
) -> None:
    order_id, lot, slug = packed(staff)
    sheet = NewDocument(kind=DocumentKind.SAFETY_DATA_SHEET, language="en", issued_on=clock.today(), note="")
    product_documents.attach(slug, sheet, document=plain_pdf("sheet"), actor="x")
    with with_settings(shop, **ABROAD):
        with reading() as session:
            contents = parcel_contents.of_box(session, session.get_one(Order, order_id))
            with pytest.raises(
                Refused, match=r"Enter first: the weight of the packed box, HS code of Semax \d+"
            ):
                parcel_bundle.write(session, contents)
        shipping_data.set_shipping(slug, COMPLETE, actor=staff.actor)
        parcel_notes.note(order_id, gross_weight_g=1250, dry_ice_g=400, staff=staff)
        with reading() as session:
            contents = parcel_contents.of_box(session, session.get_one(Order, order_id))
            with zipfile.ZipFile(BytesIO(parcel_bundle.write(session, contents))) as bundle:
                assert bundle.testzip() is None
                names = bundle.namelist()
                assert text_of(bundle.read(names[3])).count("US123") == 1
    assert names == [
        "01-packing-slip.pdf",
        f"02-certificate-{lot}-revision-1.pdf",
        f"03-safety-data-sheet-{slug}-en.pdf",
        "04-customs-invoice.pdf",
        "05-dry-ice-mark.pdf",
    ]
