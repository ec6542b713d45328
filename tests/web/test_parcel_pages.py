"""Parcels and returns as packers and buyers meet them: counts, parts, papers, arrival, and sending back."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from at_a_desk import at_desk
from builders import make_lot, make_size, order_for, someone
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import follow, hidden, words

from shop.core.database import reading
from shop.ordering import fulfilment, links
from shop.ordering.models import Order, Shipment
from shop.ordering.placement import Placed

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


@pytest.fixture
def desk(web_app: Flask) -> FlaskClient:
    return at_desk(web_app, "warehouse", "sales", "quality", email="r.lindqvist@shop.example")


def ready(app: Flask, vials: int = 3) -> tuple[Placed, str]:
    """An approved order of one line, and the page of its buyer."""
    with app.app_context():
        sku = make_size()
        make_lot(sku, 10, number="SMX-2609-B")
        placed = order_for({sku: vials})
        fulfilment.approve(placed.order_id, staff=someone("sales"), reason="")
        with reading() as session:
            order = session.get_one(Order, placed.order_id)
            return placed, links.order_path(order.id, order.reference)


def a_row(page: str) -> str:
    """The number of the only row on the pick list."""
    return page.partition('name="count-')[2].partition('"')[0]


def ship(desk: FlaskClient, placed: Placed, parcel: int, **more: str) -> str:
    form = {"carrier": "Specimen Carrier", "tracking": f"SC-{parcel}", "parcel": str(parcel), **more}
    return words(follow(desk, desk.post(f"/staff/orders/{placed.number}/ship", data=form)))


def test_a_part_is_counted_packed_and_sent_and_the_buyer_sees_each_parcel(
    web_app: Flask, desk: FlaskClient, web: FlaskClient
) -> None:
    placed, page_of_buyer = ready(web_app)
    address = f"/staff/orders/{placed.number}"
    counting = desk.get(f"{address}?counts=1").text
    row = a_row(counting)
    form = {f"count-{row}": "2", f"shown-count-{row}": "0", "do": "save"}
    assert "2 of 3 vials picked." in words(follow(desk, desk.post(f"{address}/pack", data=form)))
    refused = desk.post(f"{address}/pack", data={**form, f"count-{row}": "9"})
    assert (refused.status_code, "Only 3 more vials" in words(refused)) == (400, True)
    refused = desk.post(f"{address}/pack", data={**form, f"count-{row}": "two"})
    assert (refused.status_code, "enter a whole number" in words(refused)) == (400, True)
    assert "Pack this part" in words(desk.get(address))
    desk.post(f"{address}/pack", data={"do": "pack-part"})
    assert "the rest waits here" in ship(desk, placed, 1)
    assert "was shipped before" in ship(desk, placed, 1)
    text = words(desk.get(address))
    assert f"Parcel {placed.number}-1 left" in text
    assert "0 of 1 vials picked." in text
    for kind in ("packing-slip",):
        paper = desk.get(f"{address}/parcels/1/{kind}.pdf")
        assert paper.data.startswith(b"%PDF")
    assert desk.get(f"{address}/parcels/9/packing-slip.pdf").status_code == 404
    assert desk.get(f"{address}/parcels/9/papers.zip").status_code == 404
    assert f"{address}/parcels/1/papers.zip" in desk.get(address).text
    bundle = desk.get(f"{address}/parcels/1/papers.zip")
    assert bundle.headers["Content-Disposition"] == f'attachment; filename="parcel-{placed.number}-1.zip"'
    with zipfile.ZipFile(BytesIO(bundle.data)) as papers:
        assert papers.namelist() == ["01-packing-slip.pdf", "02-certificate-SMX-2609-B-revision-1.pdf"]
        assert all(papers.read(name).startswith(b"%PDF") for name in papers.namelist())
    assert desk.get(f"{address}/parcels/1/dry-ice-mark.pdf").status_code == 400

    text = words(web.get(page_of_buyer))
    assert "Shipped in part" in text
    assert "2 vials of lot SMX-2609-B" in text
    assert "Still to come: 1 ×" in text
    arrived = page_of_buyer.replace("?", "/parcels/1/delivered?")
    assert "Thank you. We have noted it." in words(follow(web, web.post(arrived)))
    assert "We knew that already." in words(follow(web, web.post(arrived)))
    assert web.post(arrived.replace("/1/", "/7/")).status_code == 404
    assert "Delivered by the buyer" in words(desk.get(address))


def test_each_scan_takes_as_many_vials_as_were_entered(web_app: Flask, desk: FlaskClient) -> None:
    placed, _page = ready(web_app)
    address = f"/staff/orders/{placed.number}"
    for expected in ("2 still to pick", "1 still to pick", "Picked 1 vial of lot SMX-2609-B."):
        answer = desk.post(f"{address}/scan", data={"lot": "SMX-2609-B", "vials": "1"})
        page = follow(desk, answer)
        assert expected in words(page)
        assert 'id="scan-n" name="vials" value="1"' in page.text
    for nonsense in ("0", "-1", "x", "９", "1e3"):
        answer = desk.post(f"{address}/scan", data={"lot": "SMX-2609-B", "vials": nonsense})
        assert answer.status_code == 400, nonsense


def test_the_rest_is_taken_out_on_its_page(web_app: Flask, desk: FlaskClient, web: FlaskClient) -> None:
    placed, page_of_buyer = ready(web_app)
    address = f"/staff/orders/{placed.number}"
    desk.post(f"{address}/scan", data={"lot": "SMX-2609-B", "vials": "2"})
    desk.post(f"{address}/pack", data={"do": "pack-part"})
    ship(desk, placed, 1)
    asked = desk.get(f"{address}/cancel-vials")
    name = "line-" + asked.text.partition('name="line-')[2].partition('"')[0]
    form = {"once": hidden(asked, "once"), "reason": "None left", "code": "cannot_supply"}
    for wrong in ({name: "5"}, {name: "x"}, {name: ""}, {name: "1", "code": ""}, {name: "1", "reason": " "}):
        assert desk.post(f"{address}/cancel-vials", data=form | wrong).status_code == 400, wrong
    done = follow(desk, desk.post(f"{address}/cancel-vials", data=form | {name: "1"}))
    assert "Taken out of the order." in words(done)
    assert "Shipped" in words(done)
    assert "Taken out of the order: 1 ×" in words(web.get(page_of_buyer))


def test_a_return_is_asked_for_allowed_received_and_looked_at(
    web_app: Flask, desk: FlaskClient, web: FlaskClient
) -> None:
    placed, page_of_buyer = ready(web_app)
    ask = page_of_buyer.replace("?", "/return?")
    assert "Nothing of this order can be sent back" in words(web.get(ask))
    desk.post(f"/staff/orders/{placed.number}/scan", data={"lot": "SMX-2609-B"})
    desk.post(f"/staff/orders/{placed.number}/pack", data={"do": "pack"})
    ship(desk, placed, 1)
    form_page = web.get(ask)
    with web_app.app_context(), reading() as session:
        order = session.get_one(Order, placed.order_id)
        (shipment,) = order.shipments
        line = shipment.lines[0].id
    form = {"once": hidden(form_page, "once"), "reason": "damaged", "text": "Broken\r\nseal"}
    for wrong in ({f"sent-{line}": "4"}, {f"sent-{line}": "x"}, {}, {f"sent-{line}": "1", "text": ""}):
        assert web.post(ask, data=form | wrong).status_code == 400, wrong
    assert web.post(ask.replace("key=", "key=x"), data=form).status_code == 404
    done = follow(web, web.post(ask, data=form | {f"sent-{line}": "2"}))
    assert "Do not send anything before we have written to you." in words(done)
    assert "We have not answered yet." in words(done)

    assert "1 Returns to decide" in words(desk.get("/staff"))
    listed = desk.get("/staff/returns")
    assert "R-5001" in words(listed)
    address = "/staff/returns/1"
    assert desk.post(f"{address}/decide", data={"do": "approve", "words": ""}).status_code == 400
    allowed = desk.post(f"{address}/decide", data={"do": "approve", "words": "Send it here."})
    assert "The buyer is told how to send it." in words(follow(desk, allowed))
    assert "Send it here." in words(web.get(page_of_buyer))
    assert desk.post(f"{address}/receive", data={"came-1": "7"}).status_code == 400
    received = desk.post(f"{address}/receive", data={"came-1": "2", "words": "dry"})
    assert "in quarantine" in words(follow(desk, received))
    bad = desk.post(f"{address}/inspect", data={"keep-1": "1", "write-off-1": "0", "words": "x"})
    assert (bad.status_code, "2 vials of lot SMX-2609-B came back" in words(bad)) == (400, True)
    seen = desk.post(f"{address}/inspect", data={"keep-1": "1", "write-off-1": "1", "words": "one broken"})
    assert "1 set apart, 1 written off" in words(follow(desk, seen))
    assert desk.get("/staff/returns/99").status_code == 404


def test_shipping_data_are_entered_on_the_products_page(web_app: Flask, desk: FlaskClient) -> None:
    ready(web_app)
    listed = desk.get("/staff/products")
    assert "Incomplete" in words(listed)
    address = "/staff/products/" + listed.text.partition('href="/staff/products/')[2].partition('"')[0]
    form = {
        "ship_condition": "dry_ice",
        "hs_code": "2933.99",
        "origin_country": "NL",
        "customs_description": "free sample",
    }
    refused = desk.post(address, data=form)
    assert (refused.status_code, "“sample” does not say so" in words(refused)) == (400, True)
    done = desk.post(address, data=form | {"customs_description": "Synthetic peptide, laboratory reagent"})
    text = words(follow(desk, done))
    assert "The shipping data are kept." in text
    assert "Dry ice 293399 NL" in text
    assert 'value="293399"' in desk.get(address).text
    assert desk.get("/staff/products/none/shipping").status_code == 404


def test_a_shipment_of_one_parcel_takes_no_more_steps_than_before(web_app: Flask, desk: FlaskClient) -> None:
    placed, _page = ready(web_app)
    address = f"/staff/orders/{placed.number}"
    desk.post(f"{address}/scan", data={"lot": "SMX-2609-B"})
    desk.post(f"{address}/pack", data={"do": "pack"})
    assert "is shipped." in ship(desk, placed, 1)
    with web_app.app_context(), reading() as session:
        assert session.query(Shipment).count() == 1


def test_pick_lists_of_several_orders_are_printed_from_the_queue(web_app: Flask, desk: FlaskClient) -> None:
    first, _page = ready(web_app)
    with web_app.app_context():
        sku = make_size(cold_chain=True)
        make_lot(sku, 5, number="EPI-2608-A")
        second = order_for({sku: 2})
        fulfilment.approve(second.order_id, staff=someone("sales"), reason="")
    desk.post(f"/staff/orders/{first.number}/scan", data={"lot": "SMX-2609-B", "vials": "1"})
    queue_page = desk.get("/staff/orders?view=to-pack")
    assert "Print pick lists" in words(queue_page)
    assert "Print pick lists" not in words(desk.get("/staff/orders?view=all"))
    text = words(desk.get("/staff/pick-lists?view=to-pack"))
    for expected in ("2 orders, by zone and bin", first.number, second.number, "EPI-2608-A", "Travels cold."):
        assert expected in text
    assert f"Order {first.number} Bin Zone Lot Item Vials Picked F2-A-01 Freezer SMX-2609-B" in text
    assert "Nothing to pick" in words(desk.get("/staff/pick-lists?view=to-pack&q=nobody"))
