"""Everything on paper about an order in one zip file: whole, named safely, and the same bytes each time."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any

from builders import make_lot, make_ready_to_sell, make_size, order_for, someone
from flask import Flask
from flask.testing import FlaskClient

from shop.core.database import reading
from shop.core.settings import settings
from shop.ordering import fulfilment, links
from shop.ordering.models import Order
from shop.payments import decisions, dossier, invoicing


def dossier_of(order_id: int) -> bytes:
    with reading() as session, dossier.write(session, order_id) as file:
        return file.read()


def opened(data: bytes) -> tuple[dict[str, bytes], dict[str, Any]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        found = {name: archive.read(name) for name in archive.namelist()}
    return found, json.loads(found["manifest.json"])


def test_the_papers_of_an_order_are_all_there_and_named_with_their_hashes(shop: Flask) -> None:
    make_ready_to_sell()
    sku = make_size()
    lot = make_lot(sku, 5)
    placed = order_for({sku: 2})
    data = dossier_of(placed.order_id)
    found, manifest = opened(data)
    assert f"certificates/{lot}-revision-1.pdf" in found
    assert {each["name"] for each in manifest["files"]} == set(found) - {"manifest.json", "README.txt"}
    for each in manifest["files"]:
        assert each["sha256"] == hashlib.sha256(found[each["name"]]).hexdigest()
    with reading() as session:
        record = session.get_one(Order, placed.order_id).attestation
        assert manifest["attestation"]["record_hash"] == record.record_hash
        assert found["research-use/statement.txt"].decode().strip() == record.rendered_text.strip()
    assert found["research-use/attestation.pdf"].startswith(b"%PDF-")
    missing = {each["what"]: each["why"] for each in manifest["missing"]}
    assert missing["Invoice"] == "It has not been invoiced yet."
    assert missing["Packing slip"] == "No parcel has left yet."
    readme = found["README.txt"].decode()
    assert readme.startswith("For laboratory research use only.")
    assert placed.number in readme and settings().shop_name in readme


def test_the_same_papers_give_the_same_bytes_and_a_new_one_changes_them(shop: Flask) -> None:
    make_ready_to_sell()
    sku = make_size()
    make_lot(sku, 5)
    placed = order_for({sku: 2})
    first = dossier_of(placed.order_id)
    order_for({sku: 1})
    assert dossier_of(placed.order_id) == first
    decisions.cancel(placed.order_id, staff=someone("sales"), reason="the buyer asked for it")
    again, manifest = opened(dossier_of(placed.order_id))
    assert not any(name.startswith("certificates/") for name in again)
    assert "Certificates" in {each["what"] for each in manifest["missing"]}


def test_an_order_that_has_left_carries_its_invoice_and_the_slip_of_each_parcel(shop: Flask) -> None:
    make_ready_to_sell()
    sku = make_size()
    lot = make_lot(sku, 5)
    placed = order_for({sku: 3})
    staff = someone("sales", "warehouse")
    decisions.approve(placed.order_id, staff=staff, reason="")
    for vials in (1, 2):
        fulfilment.pick(placed.order_id, lot, staff=staff, vials=vials)
        fulfilment.pack(placed.order_id, staff=staff, part=vials == 1)
        fulfilment.ship(placed.order_id, carrier="Specimen Carrier", tracking=f"T{vials}", staff=staff)
    invoicing.issue_due()
    data = dossier_of(placed.order_id)
    found, manifest = opened(data)
    slips = [name for name in found if name.endswith("packing-slip.pdf")]
    assert slips == ["parcels/1-packing-slip.pdf", "parcels/2-packing-slip.pdf"]
    invoice = next(name for name in found if name.startswith("invoices/"))
    for name in (*slips, invoice):
        assert found[name].startswith(b"%PDF-")
    assert {"Packing slip", "Invoice"}.isdisjoint(each["what"] for each in manifest["missing"])
    assert dossier_of(placed.order_id) == data


def test_no_name_in_it_leads_out_of_its_folder() -> None:
    for name in ("../../etc/passwd", "/abs", "..\\x", "a/b", "", "…", "a" * 300, "CON", ".hidden"):
        made = dossier.safe(name)
        assert made and "/" not in made and "\\" not in made and not made.startswith(".") and len(made) <= 80


def test_a_buyer_gets_it_with_the_key_of_the_order_only(web_app: Flask, web: FlaskClient) -> None:
    with web_app.app_context():
        sku = make_size()
        make_lot(sku, 5)
        placed = order_for({sku: 2})
        with reading() as session:
            path = links.order_path(placed.order_id, session.get_one(Order, placed.order_id).reference)
    address = path.replace("?", "/dossier.zip?")
    answer = web.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert answer.headers["Cache-Control"] == "no-store"
    assert f"order-{placed.number}-dossier.zip" in answer.headers["Content-Disposition"]
    opened(answer.data)
    answer.close()
    assert web.get(address.replace("key=", "key=x")).status_code == 404
    assert "All papers of this order" in web.get(path).text
