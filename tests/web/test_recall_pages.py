"""The recall desk from end to end, the links of its letters, and the desks beside it."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from at_a_desk import an_order, at_desk, plain_pdf, queries, upload
from builders import make_lot, make_ready_to_sell, make_size, order_for, someone, stock
from databases import DatabaseMaker, settings_for
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import follow, hidden, words
from recall_builders import consignees, found, held_orders, recall, send, split_from, state_of_lot
from sqlalchemy import select

from shop import cli, create_app
from shop.catalogue.models import Product
from shop.core.database import reading
from shop.core.settings import settings
from shop.inventory.models import LotState
from shop.ordering.placement import Placed
from shop.recalls import links, notices
from shop.recalls.models import RecallState

PREPARED = {
    "lots": "fill-a",
    "family": "below",
    "classification": "2",
    "cause": "out_of_specification",
    "reason": "Purity of 91.2%.",
    "instructions": "Keep the vials apart.",
    "check_level": "a",
}


@pytest.fixture
def quality(web_app: Flask) -> FlaskClient:
    return at_desk(web_app, "quality", "sales")


@pytest.fixture
def sent(web_app: Flask) -> Placed:
    """An order sent from FILL-A, one that waits for it, and FILL-B to take its place."""
    with web_app.app_context():
        sku = make_size()
        make_lot(sku, 10, number="FILL-A")
        placed = order_for({sku: 3})
        send(placed, someone("warehouse", "sales"))
        order_for({sku: 2})
        make_lot(sku, 10, number="FILL-B")
        return placed


def prepared(quality: FlaskClient, **changes: str) -> str:
    answer = quality.post("/staff/recalls/new", data=PREPARED | changes)
    assert answer.status_code == 303, words(answer)
    return str(answer.location).removesuffix("/affected")


def test_three_pages_lead_to_a_recall_that_is_tracked_and_closed(
    web_app: Flask, quality: FlaskClient, sent: Placed
) -> None:
    recalled = prepared(quality)
    page = words(quality.get(f"{recalled}/affected"))
    assert "Vermeer Institute for Molecular Assays" in page
    assert "Nothing has been stopped yet" in page
    form = quality.get(f"{recalled}/notice")
    assert "FILL-A" in words(form)
    data = {"about": hidden(form, "about"), "subject": "URGENT", "text": "Stop using these lots."}
    kept = quality.post(f"{recalled}/notice", data=data | {"action": "keep"})
    assert "Stop using these lots." in words(follow(quality, kept))
    wrong = quality.post(f"{recalled}/notice", data=data | {"action": "start", "typed_number": "FILL-B"})
    assert wrong.status_code == 400
    assert "not one of: FILL-A" in words(wrong)
    done = quality.post(f"{recalled}/notice", data=data | {"action": "start", "typed_number": "fill-a"})
    page = words(follow(quality, done))
    assert "Letters written: 2." in page
    with web_app.app_context():
        assert state_of_lot("FILL-A") == LotState.RECALLED
        (person,) = consignees(1)
    assert "Vermeer Institute" in page
    assert "FILL-A × 3" in page
    # The consignee answers by the link of the letter.
    stranger = web_app.test_client()
    with web_app.app_context():
        address = links.answer_url(person.id).removeprefix("http://127.0.0.1:8000")
    assert stranger.get(address[:-1]).status_code == 404
    form = stranger.get(address)
    assert form.headers["Cache-Control"] == "no-store"
    data = {"name": "Ilse", "used": "1", "destroyed": "2", "returned": "0", "apart": "0"}
    stranger.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    assert "Only 3 vials were sent" in words(stranger.post(address, data=data | {"used": "9"}))
    assert "your answer is kept" in words(follow(stranger, stranger.post(address, data=data)))
    detail = words(quality.get(f"{recalled}/consignees/{person.id}"))
    assert "Ilse: 1 used, 2 destroyed" in detail
    assert "The page of the notice was opened" in detail
    check = {"form": "check", "c-channel": "phone", "c-found": "acted"}
    assert quality.post(f"{recalled}/consignees/{person.id}", data=check).status_code == 303
    closing = quality.post(f"{recalled}/close", data={"summary": "All accounted for."})
    assert closing.status_code == 303
    with web_app.app_context():
        assert found(1).state == RecallState.CLOSED
    assert "This recall is closed" in words(stranger.get(address))


def test_a_drill_says_so_on_every_page_and_changes_nothing(
    web_app: Flask, quality: FlaskClient, sent: Placed
) -> None:
    recalled = prepared(quality, drill="y")
    form = quality.get(f"{recalled}/notice")
    data = {"about": hidden(form, "about"), "subject": "s", "text": "t", "typed_number": "FILL-A"}
    page = follow(quality, quality.post(f"{recalled}/notice", data=data | {"action": "start"}))
    with web_app.app_context():
        assert state_of_lot("FILL-A") == LotState.RELEASED
        (person,) = consignees(1)
        address = links.answer_url(person.id).removeprefix("http://127.0.0.1:8000")
    for shown in (page, quality.get(f"{recalled}/report"), quality.get(f"{recalled}/consignees/{person.id}")):
        assert "drill" in words(shown)
    assert web_app.test_client().get(address).status_code == 404
    assert "DRILL" not in web_app.test_client().get("/recalls").text


def test_everyone_reads_of_a_recall(web_app: Flask, sent: Placed) -> None:
    with web_app.app_context():
        recall("FILL-A")
    client = web_app.test_client()
    text = words(client.get("/recalls"))
    assert "FILL-A" in text
    assert "91.2%" in text
    assert "Vermeer" not in text
    assert "recalled" in words(client.get("/coa/FILL-A"))


def test_a_buyer_takes_other_lots_by_the_link_of_the_letter(web_app: Flask, sent: Placed) -> None:
    with web_app.app_context():
        recall_id = recall("FILL-A")
        notices.write_due(recall_id)
        (held,) = held_orders(recall_id)
        address = links.order_url(held.id).removeprefix("http://127.0.0.1:8000")
    buyer = web_app.test_client()
    buyer.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    page = buyer.get(address)
    assert "FILL-B" in words(page)
    assert buyer.post(address, data={"shown": "1:FILL-B:9"}).status_code == 400
    answer = buyer.post(address, data={"shown": hidden(page, "shown")})
    assert "the lots are changed" in words(follow(buyer, answer))
    with web_app.app_context():
        assert (stock("FILL-A").reserved, stock("FILL-B").reserved) == (0, 2)


def test_staff_take_down_the_yes_of_a_buyer(web_app: Flask, quality: FlaskClient, sent: Placed) -> None:
    with web_app.app_context():
        recall_id = recall("FILL-A")
        (held,) = held_orders(recall_id)
    address = f"/staff/recalls/{recall_id}/orders/{held.id}"
    shown = hidden(quality.get(address), "shown")
    assert quality.post(address, data={"shown": shown}).status_code == 400
    assert quality.post(address, data={"shown": shown, "note": "by telephone"}).status_code == 303
    with web_app.app_context():
        assert stock("FILL-B").reserved == 2


def test_a_lot_is_traced_forward_and_an_order_back(
    web_app: Flask, quality: FlaskClient, sent: Placed
) -> None:
    with web_app.app_context():
        make_lot(make_size(), 1, number="BULK-1")
        split_from("FILL-A", "BULK-1")
    forward = words(quality.get("/staff/trace?q=bulk-1"))
    assert sent.number in forward
    assert "split from it" in forward
    backward = words(quality.get(f"/staff/trace?q={sent.number}"))
    assert "BULK-1" in backward
    assert "FILL-A" in backward
    for junk in ("NOPE", "999999999", "é", "1" * 300):
        assert quality.get(f"/staff/trace?q={junk}").status_code == 404
    file = quality.get("/staff/trace.csv?q=BULK-1").text
    assert file.count("FILL-A") == 1
    register = quality.get("/staff/lots/FILL-A/register.csv").text
    assert [row.split(",")[2] for row in register.splitlines()[1:]] == [
        "receive",
        "reserve",
        "allocate",
        "ship",
        "reserve",
    ]
    assert "Movements" in words(quality.get("/staff/lots/FILL-A/register"))


def test_the_pages_of_a_recall_take_few_queries(web_app: Flask, quality: FlaskClient, sent: Placed) -> None:
    with web_app.app_context():
        recall_id = recall("FILL-A")
        (held,), (person,) = held_orders(recall_id), consignees(recall_id)
    second = prepared(quality, lots="FILL-B")
    paths = [
        "/staff/recalls",
        f"/staff/recalls/{recall_id}",
        f"/staff/recalls/{recall_id}?view=to-call&page=9",
        f"/staff/recalls/{recall_id}/report",
        f"/staff/recalls/{recall_id}/close",
        f"/staff/recalls/{recall_id}/consignees/{person.id}",
        f"/staff/recalls/{recall_id}/orders/{held.id}",
        f"{second}/lots",
        f"{second}/affected",
        f"{second}/notice",
        "/staff/enquiries",
        "/staff/exchange",
        "/staff/documents",
        "/staff",
    ]
    assert {path: count for path in paths if (count := queries(web_app, quality, path)) > 12} == {}


@pytest.mark.parametrize(
    "path", ["/staff/recalls/2147483648", "/staff/recalls/77", "/staff/recalls/77/close"]
)
def test_a_recall_that_is_not_there_is_said_so(web_app: Flask, quality: FlaskClient, path: str) -> None:
    assert quality.get(path).status_code == 404


def test_who_may_not_recall_cannot(web_app: Flask, sent: Placed) -> None:
    sales, packer = at_desk(web_app, "sales"), at_desk(web_app, "warehouse")
    assert sales.get("/staff/recalls").status_code == 200
    for client in (sales, packer):
        assert client.post("/staff/recalls/new", data=PREPARED).status_code == 403
        assert client.get("/staff/exchange").status_code == 403
        assert client.get("/staff/trace?q=FILL-A").status_code == 403
    assert packer.get("/staff/recalls").status_code == 403


def test_labels_are_printed_from_the_page_of_a_lot(web_app: Flask, quality: FlaskClient) -> None:
    an_order(web_app)
    assert "Make the sheets" in words(quality.get("/staff/lots/smx-2609-b/labels"))
    file = quality.get("/staff/lots/SMX-2609-B/labels.pdf?sheet=a4-65&count=3&start=5")
    assert file.data.startswith(b"%PDF-")
    assert quality.get("/staff/lots/SMX-2609-B/label-vial.svg").mimetype == "image/svg+xml"
    for query in ("", "?sheet=x&count=1&start=1", "?sheet=a4-65&count=0&start=1", "?count=%00"):
        assert quality.get(f"/staff/lots/SMX-2609-B/labels.pdf{query}").status_code == 400
    assert quality.get("/staff/lots/SMX-2609-B/label-cup.svg").status_code == 404
    with web_app.app_context():
        recall("SMX-2609-B")
    assert "There is no label" in words(quality.get("/staff/lots/SMX-2609-B/labels"))
    assert quality.get("/staff/lots/SMX-2609-B/label-vial.svg").status_code == 400


def test_a_document_is_sent_in_and_read_beside_product_and_certificate(
    web_app: Flask, quality: FlaskClient
) -> None:
    an_order(web_app)
    with web_app.app_context(), reading() as session:
        slug = session.scalars(select(Product.slug)).one()
    form = {"kind": "sds", "language": "de", "issued_on": "2026-01-02"}
    for data in (b"<html>", b""):
        refused = quality.post(f"/staff/documents/{slug}", data=form | {"document": upload(data)})
        assert refused.status_code == 400
    kept = quality.post(f"/staff/documents/{slug}", data=form | {"document": upload(plain_pdf("one"))})
    assert "Kept as revision 1." in words(follow(quality, kept))
    more = form | {"document": upload(plain_pdf("two")), "note": "Section 8"}
    assert quality.post(f"/staff/documents/{slug}", data=more).status_code == 303
    client = web_app.test_client()
    for page in (f"/products/{slug}", "/coa/SMX-2609-B"):
        assert "Safety data sheet, German Revision 2, 2 Jan 2026" in words(client.get(page))
    old = client.get(f"/products/{slug}/documents/sds-de-1.pdf")
    assert old.data == plain_pdf("one")
    assert "sandbox" in old.headers["Content-Security-Policy"]
    assert "(superseded)" in words(client.get(f"/products/{slug}/documents"))
    for path in ("sds-de-9.pdf", "x-de-1.pdf", "sds-%00-1.pdf", "sds-de-99999999999.pdf"):
        assert client.get(f"/products/{slug}/documents/{path}").status_code == 404


def test_a_message_is_sent_from_the_contact_page_and_answered_at_the_desk(
    web_app: Flask, quality: FlaskClient
) -> None:
    an_order(web_app)
    visitor = web_app.test_client()
    visitor.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    page = visitor.get("/contact")
    assert "Set-Cookie" not in page.headers
    form = {"kind": "complaint", "lot": "smx-2609-b", "name": "A", "email": "a@lab.example"}
    wrong = visitor.post("/contact", data=form | {"email": "no", "text": "Brown cake"})
    assert wrong.status_code == 400
    assert "Brown cake</textarea>" in wrong.text
    for junk in ({}, {"text": "\x00"}, {"text": "x" * 9000}, {"lot": "é\x00"}):
        assert visitor.post("/contact", data=form | junk).status_code == 400
    assert visitor.post("/contact", data=form | {"text": "Brown cake"}).location == "/contact/received"
    asked = form | {"kind": "question", "text": "How much should I inject?"}
    answer = visitor.post("/contact", data=asked)
    assert answer.location == "/contact/not-answered"
    assert "laboratory research only" in words(follow(visitor, answer))
    desk = words(quality.get("/staff/enquiries"))
    assert "ENQ-00001" in desk
    assert "ENQ-00002" not in desk
    sent = quality.post("/staff/enquiries/1", data={"form": "answer", "text": "Send us a picture."})
    assert "Send us a picture." in words(follow(quality, sent))
    assert quality.post("/staff/enquiries/1", data={"form": "answer", "text": "x"}).status_code == 400


def test_three_complaints_are_decided_about_by_a_person(web_app: Flask, quality: FlaskClient) -> None:
    an_order(web_app)
    form = {"kind": "complaint", "lot": "SMX-2609-B", "name": "A", "email": "a@lab.example", "text": "Brown"}
    for _each in range(3):
        assert quality.post("/staff/enquiries/new", data=form).status_code == 303
    assert "complaints ask for a hold" in words(quality.get("/staff/enquiries"))
    address = "/staff/enquiries/hold/SMX-2609-B"
    assert quality.post(address, data={"decision": "hold"}).status_code == 400
    assert quality.post(address, data={"decision": "hold", "reason": "alike"}).status_code == 303
    with web_app.app_context():
        assert state_of_lot("SMX-2609-B") == LotState.ON_HOLD
    assert quality.get(address).status_code == 404


def test_a_file_is_shown_and_then_taken(web_app: Flask, quality: FlaskClient) -> None:
    an_order(web_app)
    assert quality.get("/staff/exchange/lots.csv").data.startswith(b"\xef\xbb\xbflot,")
    assert quality.get("/staff/exchange/lots.json").mimetype == "application/json"
    for path in ("/staff/exchange/lots.xlsx", "/staff/exchange/nothing", "/staff/exchange/nothing.csv"):
        assert quality.get(path).status_code == 404

    def file(data: bytes) -> dict[str, object]:
        return {"file": (BytesIO(data), "lots.csv")}

    shown = quality.post("/staff/exchange/lots", data=file(b"lot,bin\nSMX-2609-B,Z9\n"))
    assert "bin: F2-A-01 → Z9" in words(shown)
    data = {"file": hidden(shown, "file"), "plan": hidden(shown, "plan")}
    assert quality.post("/staff/exchange/lots/apply", data=data | {"plan": "x"}).status_code == 400
    assert quality.post("/staff/exchange/lots/apply", data=data | {"file": "../x"}).status_code == 400
    done = quality.post("/staff/exchange/lots/apply", data=data)
    assert "1 change was made." in words(follow(quality, done))
    wrong = quality.post("/staff/exchange/lots", data=file(b"lot,bin\nSMX-2609-B\n"))
    assert wrong.status_code == 400
    assert "This row has 1 cells" in words(wrong)
    assert quality.post("/staff/exchange/lots", data=file(b"")).status_code == 400
    assert quality.post("/staff/exchange/lots", data={}).status_code == 200


def test_the_commands_move_rows_in_and_out(
    new_database: DatabaseMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    app = create_app(settings_for(tmp_path / "data", new_database("sqlite")))
    with app.app_context():
        make_ready_to_sell()
        monkeypatch.setenv("DATA_DIR", str(settings().data_dir))
        monkeypatch.setenv("DATABASE_URL", settings().database_url)
    an_order(app)
    out = tmp_path / "lots.csv"
    assert cli.main(["export", "lots", "--output", str(out)]) == 0
    assert cli.main(["import", "lots", str(out)]) == 0
    assert b"0 changes" in capsysbinary.readouterr().err
    out.write_text("lot,bin\nSMX-2609-B,Z9\n")
    assert cli.main(["import", "lots", str(out)]) == 0
    told = capsysbinary.readouterr()
    assert b"lots.csv:2: SMX-2609-B: bin: F2-A-01 \xe2\x86\x92 Z9" in told.out
    plan = re.findall(rb"Plan (\w+)", told.err)[0].decode()
    assert cli.main(["import", "lots", str(out), "--apply", "--plan", "other"]) == 1
    assert cli.main(["import", "lots", str(out), "--apply", "--plan", plan]) == 0
    out.write_text("lot,bin\nNOPE,Z9\n")
    capsysbinary.readouterr()
    assert cli.main(["import", "lots", str(out), "--apply"]) == 1
    assert b"lots.csv:2: error: " in capsysbinary.readouterr().err
    assert cli.main(["import", "lots", str(tmp_path / "none.csv")]) == 1
    assert cli.main(["export", "counts", "--format", "json"]) == 0
    assert b"aliquot-counts/1" in capsysbinary.readouterr().out
