"""An order in the back office: approved or refused, picked by lot, packed, shipped, or cancelled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from at_a_desk import an_order, at_desk, order_of, plain_pdf, queries
from builders import (
    Stock,
    draft_for,
    found_by_audit,
    make_lot,
    make_ready_to_sell,
    make_size,
    order_for,
    place,
    someone,
    stock,
)
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import follow, hidden, words
from sqlalchemy import select
from stripe_beside import KEY, WEBHOOK_SECRET, Stripe
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from config import Settings
from shop import create_app
from shop.core.database import db, reading
from shop.core.outbox import OutboxMessage
from shop.demo.stripe_stand_in import create_stand_in
from shop.inventory import lots
from shop.inventory.models import LotState
from shop.ordering import checkout, fulfilment
from shop.ordering.models import FulfilmentState, PaymentMethod, PaymentState, ReviewState, Shipment
from shop.ordering.placement import Placed
from shop.payments import attempts, decisions, settlement

WAITING = "due.waiting.held"


@pytest.fixture
def warehouse(web_app: Flask) -> FlaskClient:
    return at_desk(web_app, "warehouse", email="r.lindqvist@shop.example")


@pytest.fixture
def sales(web_app: Flask) -> FlaskClient:
    return at_desk(web_app, "sales", email="t.okafor@shop.example")


def approved(app: Flask, placed: Placed) -> Placed:
    with app.app_context():
        decisions.approve(placed.order_id, staff=someone("sales"), reason="")
    return placed


def two_lots(app: Flask, *, cold: bool = False) -> Placed:
    """An approved order of two lines: two vials of SMX-2609-B and one of EPI-2608-A, perhaps cold."""
    with app.app_context():
        first, second = make_size(), make_size(cold_chain=cold)
        make_lot(first, 10, number="SMX-2609-B")
        make_lot(second, 10, number="EPI-2608-A")
        make_lot(second, 10, number="EPI-2606-C", state=LotState.QUARANTINE)
        placed = order_for({first: 2, second: 1})
    return approved(app, placed)


def scan(client: FlaskClient, placed: Placed, lot: str) -> TestResponse:
    return client.post(f"/staff/orders/{placed.number}/scan", data={"lot": lot})


def pack(client: FlaskClient, placed: Placed, **form: object) -> TestResponse:
    return client.post(f"/staff/orders/{placed.number}/pack", data={"do": "pack", **form})


def ticks(page: TestResponse) -> dict[str, list[str]]:
    """What the pick list of a page would send unchanged."""
    values = page.text.split('name="shown_picked" value="')[1:]
    shown = [value.partition('"')[0] for value in values]
    return {"picked": list(shown), "shown_picked": shown}


def cancelling(page: TestResponse, *, code: str, reason: str = "", vials: str = "to_shelf") -> dict[str, str]:
    """What the page of a cancellation sends, with one answer for the vials of every line."""
    names = {each.partition('"')[0] for each in page.text.split('name="restock-')[1:]}
    return {
        "about": hidden(page, "about"),
        "code": code,
        "reason": reason,
        **{f"restock-{name}": vials for name in names},
    }


def of_lot(page: TestResponse, lot: str) -> str:
    """What ticking a lot sends."""
    row = next(row for row in page.text.split("<tr") if f">{lot}</td>" in row)
    return row.partition('name="picked" value="')[2].partition('"')[0]


def test_an_order_is_approved_picked_by_lot_packed_and_shipped(
    web_app: Flask, warehouse: FlaskClient, sales: FlaskClient
) -> None:
    placed = an_order(web_app)
    page = sales.get(f"/staff/orders/{placed.number}")
    assert f"/staff/orders/{placed.number}/approve" in page.text
    asked = sales.get(f"/staff/orders/{placed.number}/approve")
    assert "Purchase order PO-2026-1183 over $106.00 is accepted" in words(asked)
    assert "SMX-2609-B" in words(asked)
    done = sales.post(
        f"/staff/orders/{placed.number}/approve",
        data={"about": hidden(asked, "about"), "reason": "Known\r\ncustomer"},
    )
    assert "is approved." in words(follow(sales, done))

    packed_too_soon = pack(warehouse, placed)
    assert packed_too_soon.status_code == 400
    assert "Not packed yet: 2 vials SMX-2609-B still to pick." in words(packed_too_soon)
    scanned = scan(warehouse, placed, " smx-2609-b\t")
    assert scanned.headers["Location"].endswith("#scan")
    assert "Picked 2 vials of lot SMX-2609-B." in words(follow(warehouse, scanned))
    page = warehouse.get(f"/staff/orders/{placed.number}")
    answer = pack(warehouse, placed, **ticks(page))
    assert "is packed. Hand it to the carrier." in words(follow(warehouse, answer))

    page = warehouse.get(f"/staff/orders/{placed.number}")
    assert 'value="Specimen Carrier"' in page.text
    refused = warehouse.post(f"/staff/orders/{placed.number}/ship", data={"carrier": "Other", "tracking": ""})
    assert refused.status_code == 400
    assert "Enter the tracking number" in words(refused)
    assert 'value="Other"' in refused.text
    form = {"carrier": "Specimen Carrier", "tracking": "SC-123"}
    shipped = warehouse.post(f"/staff/orders/{placed.number}/ship", data=form)
    text = words(follow(warehouse, shipped))
    assert "Shipped by r.lindqvist@shop.example: Specimen Carrier SC-123." in text
    assert "Approved by t.okafor@shop.example: Known customer." in text
    with web_app.app_context(), reading() as session:
        assert stock("SMX-2609-B") == Stock(on_hand=8, reserved=0, allocated=0)
        keys = set(session.scalars(select(OutboxMessage.key)))
    assert f"mail/order-shipped/{placed.number}" in keys


def test_a_wrong_lot_is_named_at_the_scan_field_which_keeps_the_focus(
    web_app: Flask, warehouse: FlaskClient
) -> None:
    placed = two_lots(web_app)
    answer = scan(warehouse, placed, "EPI-2606-C")
    assert answer.status_code == 400
    assert "That is EPI-2606-C. It is in quarantine. This line needs EPI-2608-A." in words(answer)
    field = answer.text.partition('id="scan"')[2].partition(">")[0]
    assert "autofocus" in field
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="scan-e"' in field
    assert 'id="scan-e"' in answer.text
    assert "<title>Error:" in answer.text


def test_anything_may_come_from_a_scanner(web_app: Flask, warehouse: FlaskClient) -> None:
    placed = two_lots(web_app)
    for scanned in ("", "   ", "\x00", "'; --", "<b>", "A" * 5000, "\u202e", "１２"):
        answer = scan(warehouse, placed, scanned)
        assert answer.status_code == 400, scanned
        assert "<b>" not in answer.text.partition('id="scan-e"')[2].partition("</p>")[0]


def test_scanning_twice_says_so_and_changes_nothing(web_app: Flask, warehouse: FlaskClient) -> None:
    placed = two_lots(web_app)
    scan(warehouse, placed, "SMX-2609-B")
    assert "Lot SMX-2609-B was picked already." in words(
        follow(warehouse, scan(warehouse, placed, "SMX-2609-B"))
    )


def test_a_line_is_picked_and_put_back_by_hand(web_app: Flask, warehouse: FlaskClient) -> None:
    placed = two_lots(web_app)
    page = warehouse.get(f"/staff/orders/{placed.number}")
    form = {"picked": [of_lot(page, "SMX-2609-B")]}
    page = follow(warehouse, pack(warehouse, placed, do="save", **form))
    assert "2 of 3 vials picked." in words(page)
    assert "Picked by r.lindqvist@shop.example: Lot SMX-2609-B, 2 vials." in words(page)
    page = follow(warehouse, pack(warehouse, placed, do="save", shown_picked=ticks(page)["shown_picked"]))
    assert "0 of 3 vials picked." in words(page)
    assert "Put back on the shelf by r.lindqvist@shop.example: Lot SMX-2609-B, 2 vials." in words(page)


def test_an_old_pick_list_does_not_undo_what_a_colleague_has_scanned_since(
    web_app: Flask, warehouse: FlaskClient
) -> None:
    placed = two_lots(web_app)
    old = warehouse.get(f"/staff/orders/{placed.number}")
    scan(at_desk(web_app, "warehouse"), placed, "EPI-2608-A")
    answer = pack(warehouse, placed, do="save", picked=[of_lot(old, "SMX-2609-B")])
    assert "3 of 3 vials picked." in words(follow(warehouse, answer))


def test_an_old_pick_list_does_not_pick_again_what_a_colleague_has_put_back_since(
    web_app: Flask, warehouse: FlaskClient
) -> None:
    placed = two_lots(web_app)
    scan(warehouse, placed, "SMX-2609-B")
    old = ticks(warehouse.get(f"/staff/orders/{placed.number}"))
    colleague = at_desk(web_app, "warehouse")
    pack(colleague, placed, do="save", shown_picked=old["shown_picked"])
    page = follow(warehouse, pack(warehouse, placed, do="save", **old))
    assert "0 of 3 vials picked." in words(page)


def test_ticks_that_are_not_of_this_order_do_nothing(web_app: Flask, warehouse: FlaskClient) -> None:
    placed = two_lots(web_app)
    for nonsense in ("x", "-1", "9" * 40, "\x00", "1 OR 1=1"):
        answer = pack(warehouse, placed, do="save", picked=[nonsense], shown_picked=[nonsense + "0"])
        assert answer.status_code == 303
    assert "0 of 3 vials picked." in words(warehouse.get(f"/staff/orders/{placed.number}"))


def test_the_pick_list_names_zone_bin_lot_and_what_goes_in_the_box(
    web_app: Flask, warehouse: FlaskClient
) -> None:
    placed = two_lots(web_app, cold=True)
    text = words(warehouse.get(f"/staff/orders/{placed.number}"))
    assert "Freezer" in text
    assert text.index("EPI-2608-A") < text.index("SMX-2609-B")
    assert "F2-A-01" in text
    assert "Packing slip with research-use statement RU-1" in text
    assert "Certificate of lot SMX-2609-B" in text
    assert "Cold packs: line 2" in text
    assert "3 of 3" in text
    slip = words(warehouse.get(f"/staff/orders/{placed.number}/packing-slip"))
    assert "I may order for Vermeer Institute for Molecular Assays." in slip
    assert "$" not in slip


def test_a_lot_on_hold_stops_the_order_and_says_why_first(web_app: Flask, warehouse: FlaskClient) -> None:
    placed = two_lots(web_app)
    for lot in ("SMX-2609-B", "EPI-2608-A"):
        scan(warehouse, placed, lot)
    with web_app.app_context():
        lots.change_state("EPI-2608-A", LotState.ON_HOLD, actor="q@shop.example", reason="cloudy vial")
    text = words(warehouse.get(f"/staff/orders/{placed.number}"))
    assert "Line 2 can’t leave: its lot is not released" in text
    assert text.index("cloudy vial") < text.index("Pick list")
    answer = pack(warehouse, placed)
    assert answer.status_code == 400
    assert "Lot EPI-2608-A may not leave" in words(answer)
    assert order_of(web_app, placed).fulfilment_state == FulfilmentState.TO_PICK


def test_shipping_a_second_time_changes_nothing_and_says_so(web_app: Flask, warehouse: FlaskClient) -> None:
    placed = two_lots(web_app)
    for lot in ("SMX-2609-B", "EPI-2608-A"):
        scan(warehouse, placed, lot)
    pack(warehouse, placed, **ticks(warehouse.get(f"/staff/orders/{placed.number}")))
    for tracking in ("SC-1", "SC-2"):
        form = {"carrier": "Specimen Carrier", "tracking": tracking}
        answer = warehouse.post(f"/staff/orders/{placed.number}/ship", data=form)
    assert "was shipped before. Nothing was changed." in words(follow(warehouse, answer))
    with web_app.app_context(), reading() as session:
        assert session.scalars(select(Shipment.tracking)).all() == ["SC-1"]


def test_shipping_before_packing_is_refused_in_words(web_app: Flask, warehouse: FlaskClient) -> None:
    placed = two_lots(web_app)
    form = {"carrier": "Specimen Carrier", "tracking": "SC-1"}
    answer = warehouse.post(f"/staff/orders/{placed.number}/ship", data=form)
    assert answer.status_code == 400
    assert "Pack the order before it is shipped." in words(answer)


def test_an_order_is_refused_with_a_reason_and_its_lots_go_back(web_app: Flask, sales: FlaskClient) -> None:
    placed = an_order(web_app)
    address = f"/staff/orders/{placed.number}/refuse"
    asked = sales.get(address)
    assert "The lots below go back on sale." in words(asked)
    missing = sales.post(address, data={"about": WAITING, "reason": "  "})
    assert missing.status_code == 400
    assert "Give a reason" in words(missing)
    done = sales.post(address, data={"about": WAITING, "reason": "Not a laboratory"})
    text = words(follow(sales, done))
    assert "is refused. Its lots are back on sale." in text
    assert "Refused by t.okafor@shop.example: Not a laboratory." in text
    with web_app.app_context():
        assert stock("SMX-2609-B") == Stock(on_hand=10, reserved=0, allocated=0)
    assert "This order does not wait for a decision." in words(sales.get(address))
    order = order_of(web_app, placed)
    assert (order.review_state, order.payment_state) == (ReviewState.REFUSED, PaymentState.NOT_PAYABLE)


def test_a_decision_on_an_old_page_is_refused_and_keeps_what_was_typed(
    web_app: Flask, sales: FlaskClient
) -> None:
    placed = approved(web_app, an_order(web_app))
    for step in ("approve", "refuse", "cancel"):
        form = {"about": WAITING, "reason": "Typed for nothing"}
        answer = sales.post(f"/staff/orders/{placed.number}/{step}", data=form)
        assert answer.status_code == 400
        assert "The order has changed since this page was made." in words(answer)
    assert ">\r\nTyped for nothing</textarea>" in answer.text
    assert order_of(web_app, placed).fulfilment_state == FulfilmentState.TO_PICK


def test_screening_is_shown_before_the_decision(web_app: Flask, sales: FlaskClient) -> None:
    with web_app.app_context():
        sku = make_size()
        make_lot(sku, 10)
        placed = place(draft_for({sku: 1}, organisation="Corner Pharmacy", goods_in="for my own use"))
    for path in ("", "/approve", "/refuse"):
        text = words(sales.get(f"/staff/orders/{placed.number}{path}"))
        assert "Words of the order are used for personal use: “my own use”. Rule personal-use." in text
        assert "near to treating people or animals: “pharmacy”. Rule near-patients." in text


def test_a_packed_order_is_cancelled_and_its_vials_are_named_to_be_put_back(
    web_app: Flask, sales: FlaskClient, warehouse: FlaskClient
) -> None:
    placed = two_lots(web_app)
    scan(warehouse, placed, "SMX-2609-B")
    address = f"/staff/orders/{placed.number}/cancel"
    asked = sales.get(address)
    assert "Put back first what has been picked: SMX-2609-B (F2-A-01)." in words(asked)
    assert "Nothing has been charged." in words(asked)
    done = sales.post(address, data=cancelling(asked, code="ordered_twice"))
    text = words(follow(sales, done))
    assert "is cancelled." in text
    assert "Cancelled, lots let go by t.okafor@shop.example: Ordered twice." in text
    assert "No vials are kept for this order any more." in text
    with web_app.app_context():
        assert stock("SMX-2609-B") == Stock(on_hand=10, reserved=0, allocated=0)
    assert "This order is cancelled already." in words(sales.get(address))


def test_a_shipped_order_cannot_be_cancelled(
    web_app: Flask, sales: FlaskClient, warehouse: FlaskClient
) -> None:
    placed = two_lots(web_app)
    for lot in ("SMX-2609-B", "EPI-2608-A"):
        scan(warehouse, placed, lot)
    pack(warehouse, placed, **ticks(warehouse.get(f"/staff/orders/{placed.number}")))
    warehouse.post(f"/staff/orders/{placed.number}/ship", data={"carrier": "C", "tracking": "T"})
    address = f"/staff/orders/{placed.number}/cancel"
    assert "This order has been shipped, so it cannot be cancelled." in words(sales.get(address))
    form = {"about": "on_account.approved.shipped", "reason": "Too late"}
    assert sales.post(address, data=form).status_code == 400
    assert order_of(web_app, placed).fulfilment_state == FulfilmentState.SHIPPED


def test_hostile_words_of_a_buyer_stay_words(web_app: Flask, sales: FlaskClient) -> None:
    hostile = '"><script>alert(1)</script>{{ 7*7 }}'
    with web_app.app_context():
        sku = make_size()
        make_lot(sku, 10)
        token = draft_for({sku: 1}, organisation=f"Institute {hostile}", goods_in=hostile)
        checkout.save_payment(
            token, method=PaymentMethod.PURCHASE_ORDER, po_number=f"PO {hostile}"[:60], po_file=None
        )
        placed = place(token)
    pages = [
        f"/staff/orders/{placed.number}",
        f"/staff/orders/{placed.number}/approve",
        f"/staff/orders/{placed.number}/packing-slip",
        "/staff/orders?view=approval",
        "/staff/orders?view=approval&q=%22%3E%3Cscript%3Ealert(1)",
    ]
    for path in pages:
        page = sales.get(path)
        assert page.status_code == 200
        assert "<script" not in page.text, path
        assert "{{ 7*7 }}" in page.text or "q=" in path, path


def test_the_record_of_the_statement_is_shown_as_given_with_its_seal(
    web_app: Flask, sales: FlaskClient
) -> None:
    placed = an_order(web_app)
    order = order_of(web_app, placed)
    page = sales.get(f"/staff/attestations/{order.attestation_id}")
    text = words(page)
    assert "For laboratory research and nothing else." in text
    assert "SMX-2609-B (2)" in text
    assert "192.0.2.7" in text
    assert "The seal does not match" not in text
    assert "<form" not in page.text.partition("<main")[2]
    for unknown in ("x", "0" * 26, "..", "%00", "é"):
        assert sales.get(f"/staff/attestations/{unknown}").status_code == 404


def test_the_purchase_order_is_sent_as_a_file_to_keep(web_app: Flask, sales: FlaskClient) -> None:
    with web_app.app_context():
        sku = make_size()
        make_lot(sku, 10)
        token = draft_for({sku: 1})
        checkout.save_payment(
            token,
            method=PaymentMethod.PURCHASE_ORDER,
            po_number="PO-7",
            po_file=("order.pdf", plain_pdf("PO-7")),
        )
        placed = place(token)
    file = sales.get(f"/staff/orders/{placed.number}/purchase-order.pdf")
    assert file.data == plain_pdf("PO-7")
    assert file.headers["Content-Disposition"] == (
        f'attachment; filename="order-{placed.number}-purchase-order.pdf"'
    )
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    without = an_order(web_app, lot="SMX-2")
    assert sales.get(f"/staff/orders/{without.number}/purchase-order.pdf").status_code == 404


def test_an_unknown_order_is_a_page_that_helps(web_app: Flask) -> None:
    sales = at_desk(web_app, "sales", "warehouse")
    for number in ("1", "10000", "99999999999", "-1", "9" * 400, "x", "%00", "1e3", "１０００１", "10001%0a"):
        for method, step in (("GET", ""), ("GET", "/approve"), ("POST", "/cancel"), ("POST", "/scan")):
            answer = sales.open(f"/staff/orders/{number}{step}", method=method, data={"lot": "X"})
            assert answer.status_code == 404, f"{method} {number} {step}"
            assert "Go to the dashboard" in words(answer)


def test_pages_of_an_order_need_few_queries(web_app: Flask, warehouse: FlaskClient) -> None:
    with web_app.app_context():
        sizes = [make_size() for _line in range(8)]
        for size in sizes:
            make_lot(size, 3)
            make_lot(size, 9)
        placed = order_for(dict.fromkeys(sizes, 5))
        lot = make_lot(sizes[0], 3)
        for reservation in fulfilment.pick_list(db.session(), fulfilment.find(db.session(), placed.order_id))[
            :2
        ]:
            lots.change_state(reservation.lot.number, LotState.ON_HOLD, actor="q@shop.example", reason=lot)
    approved(web_app, placed)
    everyone = at_desk(web_app, "warehouse", "sales", "quality")
    counts = {
        path: queries(web_app, everyone, f"/staff/orders/{placed.number}{path}")
        for path in ("", "/cancel", "/packing-slip")
    }
    counts["record"] = queries(
        web_app, everyone, f"/staff/attestations/{order_of(web_app, placed).attestation_id}"
    )
    assert {path: count for path, count in counts.items() if count > 16} == {}


@pytest.fixture
def card_app(shop_settings: Settings) -> Iterator[tuple[Flask, Stripe]]:
    """A shop that takes cards, with the Stripe stand-in beside it."""
    server = make_server("127.0.0.1", 0, Flask("placeholder"), threaded=True)
    address = f"http://127.0.0.1:{server.server_port}"
    stripe = create_stand_in(
        state_path=None, webhook_url=None, webhook_secret=WEBHOOK_SECRET, secret_key=KEY, public_url=address
    )
    server.app = stripe
    threading.Thread(target=server.serve_forever, daemon=True).start()
    app = create_app(
        replace(
            shop_settings,
            stripe_secret_key=KEY,
            stripe_webhook_secrets=(WEBHOOK_SECRET,),
            stripe_api_base=address,
            stripe_checkout_origin=address,
        )
    )
    with app.app_context():
        make_ready_to_sell()
    yield app, Stripe(address, stripe)
    with app.app_context():
        assert found_by_audit() == []
        db.session.remove()
        db.engine.dispose()
    server.shutdown()
    server.server_close()
    stripe.extensions["stripe_stand_in"].webhooks.close()


def paid_by_card(app: Flask, stripe: Stripe, **draft: str) -> Placed:
    with app.app_context():
        sku = make_size(price_minor=4600)
        make_lot(sku, 10, number="SMX-2609-B")
        placed = place(draft_for({sku: 2}, method=PaymentMethod.CARD, **draft))
        stripe.pay(attempts.start(placed.order_id))
        settlement.settle_order(placed.order_id)
        return placed


def test_a_paid_order_is_cancelled_and_refunded_in_full(card_app: tuple[Flask, Stripe]) -> None:
    app, stripe = card_app
    placed = paid_by_card(app, stripe)
    sales = at_desk(app, "sales")
    assert "Cancel and refund" in words(sales.get(f"/staff/orders/{placed.number}"))
    address = f"/staff/orders/{placed.number}/cancel"
    asked = sales.get(address)
    assert "$106.00 is sent back to the buyer’s card." in words(asked)
    done = sales.post(address, data=cancelling(asked, code="ordered_twice"))
    text = words(follow(sales, done))
    assert "$106.00 Refunded" in text
    assert "2 × Semax" in text and "Vials go back on sale" in text
    assert order_of(app, placed).payment_state == PaymentState.REFUNDED
    assert "This order is cancelled already." in words(sales.get(address))


def test_approving_a_held_card_order_takes_the_money_that_was_set_aside(
    card_app: tuple[Flask, Stripe],
) -> None:
    app, stripe = card_app
    placed = paid_by_card(app, stripe, goods_in="for my own use")
    sales = at_desk(app, "sales")
    assert "Authorised, not taken" in words(sales.get(f"/staff/orders/{placed.number}"))
    address = f"/staff/orders/{placed.number}/approve"
    asked = sales.get(address)
    assert "$106.00, set aside on the buyer’s card, is taken now." in words(asked)
    sales.post(address, data={"about": hidden(asked, "about"), "reason": "Spoke to the laboratory"})
    order = order_of(app, placed)
    assert (order.payment_state, order.fulfilment_state) == (PaymentState.PAID, FulfilmentState.TO_PICK)


def test_a_payment_service_out_of_reach_is_told_in_words_and_nothing_is_lost(
    card_app: tuple[Flask, Stripe],
) -> None:
    app, stripe = card_app
    placed = paid_by_card(app, stripe, goods_in="for my own use")
    stripe.control("faults", kind="dropped", count=5, method="POST")
    sales = at_desk(app, "sales")
    address = f"/staff/orders/{placed.number}/refuse"
    form = {"about": hidden(sales.get(address), "about"), "reason": "Not a laboratory"}
    answer = sales.post(address, data=form)
    assert answer.status_code == 400
    assert "There is a problem" in words(answer)
    assert "Not a laboratory</textarea>" in answer.text
    assert order_of(app, placed).fulfilment_state == FulfilmentState.HELD
