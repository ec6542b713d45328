"""The desks for stock: what is there and why, at any time, and each change by a form that counts once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from at_a_desk import an_order, at_desk, order_of, queries
from builders import Stock, make_lot, make_size, order_for, stock
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import hidden, words
from sqlalchemy import select

from shop.core import clock
from shop.core.database import reading
from shop.inventory import lots, stock_changes
from shop.inventory.models import Lot, LotHold, LotState, StockMovement
from shop.ordering import kept_vials
from shop.ordering.models import FulfilmentState, LotChange, ReturnedVials


@pytest.fixture
def lot(web_app: Flask) -> str:
    """Ten vials: three held for an order, two set apart."""
    with web_app.app_context():
        sku = make_size()
        number = make_lot(sku, 10, number="SMX-2609-B")
        order_for({sku: 3})
        stock_changes.set_apart(number, 2, cause="first", actor="w@shop.example", reason="cracked")
    return number


@pytest.fixture
def desk(web_app: Flask) -> FlaskClient:
    return at_desk(web_app, "warehouse", "quality", "sales")


def counters(app: Flask, number: str) -> tuple[int, int, int, int]:
    with app.app_context(), reading() as session:
        found = session.scalars(select(Lot).where(Lot.number == number)).one()
        return found.on_hand, found.reserved, found.allocated, found.quarantined


def test_the_lot_page_explains_its_number(web_app: Flask, desk: FlaskClient, lot: str) -> None:
    text = words(desk.get(f"/staff/lots/{lot}"))
    assert "10 on hand, 3 held until" in text
    assert "2 in quarantine, 5 free." in text
    with web_app.app_context():
        lots.change_state(lot, LotState.ON_HOLD, actor="q", reason="look")
    assert "The lot is on hold, so none of them is for sale." in words(desk.get(f"/staff/lots/{lot}"))


def test_stock_can_be_asked_for_any_past_moment_as_page_and_file(
    web_app: Flask, desk: FlaskClient, lot: str
) -> None:
    with web_app.app_context(), clock.shifted(timedelta(days=2)):
        stock_changes.write_off(lot, 4, cause="w", actor="w", reason="dropped")
        later = clock.now() + timedelta(minutes=2)
        between = clock.now() - timedelta(days=1)
    assert "6 on hand" in words(desk.get("/staff/stock"))
    page = desk.get(f"/staff/stock?at={later:%Y-%m-%dT%H:%M}")
    assert "6 on hand, 3 held, 2 in quarantine, 1 free" in words(page)
    page = desk.get(f"/staff/stock?at={between:%Y-%m-%dT%H:%M}&q={lot}")
    assert "10 on hand, 3 held, 2 in quarantine, 5 free" in words(page)
    file = desk.get(f"/staff/stock.csv?at={between:%Y-%m-%dT%H:%M}&q={lot}")
    assert file.text.splitlines()[1].startswith(f"{lot},")
    assert ",10,3,0,2,5,5," in file.text.splitlines()[1]
    earlier = desk.get("/staff/stock?at=2020-01-01T00:00")
    assert "Not received yet" in words(earlier)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_odd_moments_and_pages_are_answered_in_words(desk: FlaskClient, lot: str) -> None:
    for at in (
        "yesterday",
        "2026-13-01T00:00",
        "0001-01-01T00:00",
        "9999-12-31T23:59",
        "\x00",
        "x" * 5000,
        "１",
    ):
        for path in ("/staff/stock", "/staff/stock.csv"):
            assert desk.get(path, query_string={"at": at}).status_code in (200, 400)
    assert desk.get("/staff/stock?at=2026-01-01T00:00&at=x&page=999999&q=%00%ff").status_code == 200
    assert desk.get("/staff/stock?at=2026-09-01T10:00%2B02:00").status_code == 200
    for sku in ("NO-SUCH", "%00", "é", "x" * 3000):
        assert desk.get(f"/staff/stock/{sku}").status_code == 404


def test_a_size_is_explained_lot_by_lot(web_app: Flask, desk: FlaskClient, lot: str) -> None:
    with web_app.app_context(), reading() as session:
        sku = session.scalars(select(Lot)).one().vial_size.sku
    text = words(desk.get(f"/staff/stock/{sku}"))
    assert "10 on hand, 3 held until" in text and "Can be sold for shipping on" in text
    assert "Could be sold then" in words(desk.get(f"/staff/stock/{sku}?at=2026-01-01T00:00"))


def test_the_stock_pages_take_few_queries_however_many_lots(web_app: Flask, desk: FlaskClient) -> None:
    with web_app.app_context():
        sku = make_size()
        for _number in range(12):
            make_lot(sku, 2)
    for path in ("/staff/stock", f"/staff/stock/{sku}", "/staff/stock?at=2026-01-01T00:00"):
        assert queries(web_app, desk, path) <= 12


FORMS = {
    "vials/write-off": ((8, 3, 0, 2), "Write off"),
    "vials/set-apart": ((10, 3, 0, 4), "Set vials apart"),
    "vials/discard": ((8, 3, 0, 0), "Write off what is set apart"),
    "clear": ((10, 3, 0, 0), "Clear what is set apart"),
}


@pytest.mark.parametrize("step", FORMS)
def test_each_change_of_stock_has_its_form_and_counts_once(
    web_app: Flask, desk: FlaskClient, lot: str, step: str
) -> None:
    after, link = FORMS[step]
    path = f"/staff/lots/{lot}/{step}"
    assert link in words(desk.get(f"/staff/lots/{lot}"))
    form = {"once": hidden(desk.get(path), "once"), "vials": "2", "reason": "because"}
    for _double_click in range(2):
        answer = desk.post(path, data=form)
        assert answer.headers["Location"] == f"/staff/lots/{lot}"
    assert counters(web_app, lot) == after
    assert "Nothing was changed" in words(desk.get(f"/staff/lots/{lot}"))


def test_what_cannot_be_done_is_refused_and_what_was_typed_is_kept(
    web_app: Flask, desk: FlaskClient, lot: str
) -> None:
    path = f"/staff/lots/{lot}/vials/write-off"
    once = hidden(desk.get(path), "once")
    for form, sentence in (
        ({"vials": "", "reason": "x"}, "Enter how many vials"),
        ({"vials": "0", "reason": "x"}, "Enter a number from 1"),
        ({"vials": "2"}, "Give a reason"),
        ({"vials": "6", "reason": "kept words"}, "5 free vials"),
        ({"vials": "two", "reason": "kept words"}, "Enter a whole number"),
    ):
        answer = desk.post(path, data={"once": once, **form})
        assert answer.status_code == 400
        assert "There is a problem" in words(answer) and sentence in words(answer)
        assert form.get("reason", "") in answer.text
    for junk in ("", "x", "\x00" * 26, "é" * 26):
        assert desk.post(path, data={"once": junk, "vials": "1", "reason": "x"}).status_code == 400
    assert counters(web_app, lot) == (10, 3, 0, 2)
    assert desk.get(f"/staff/lots/{lot}/vials/borrow").status_code == 404
    assert desk.get("/staff/lots/NONE/vials/write-off").status_code == 404


def test_a_count_is_about_what_the_page_said(web_app: Flask, desk: FlaskClient, lot: str) -> None:
    path = f"/staff/lots/{lot}/count"
    page = desk.get(path)
    form = {
        "once": hidden(page, "once"),
        "expected": hidden(page, "expected"),
        "counted": "9",
        "reason": "yearly count",
    }
    with web_app.app_context():
        stock_changes.write_off(lot, 1, cause="w", actor="w", reason="dropped")
    answer = desk.post(path, data=form)
    assert answer.status_code == 400 and "moved since" in words(answer)
    again = desk.post(path, data={**form, "expected": hidden(answer, "expected"), "counted": "8"})
    assert again.status_code == 303
    assert counters(web_app, lot) == (8, 3, 0, 2)


def test_a_lot_is_split_off_and_each_lot_shows_the_other(web_app: Flask, desk: FlaskClient, lot: str) -> None:
    path = f"/staff/lots/{lot}/split"
    form = {"number": "smx-2609-c", "vials": "4", "bin": "F2-C-01", "reason": "own label"}
    answer = desk.post(path, data=form)
    assert answer.headers["Location"] == "/staff/lots/SMX-2609-C"
    assert "SMX-2609-C" in words(desk.get(f"/staff/lots/{lot}"))
    assert f"Split from lot {lot}" in words(desk.get("/staff/lots/SMX-2609-C"))
    answer = desk.post(path, data={**form, "number": "SMX-2609-D"})
    assert answer.status_code == 400 and "free vials" in words(answer)
    assert desk.post(path, data={}).status_code == 400
    assert counters(web_app, lot) == (6, 3, 0, 2)


def test_a_packed_order_is_opened_again_from_its_page(web_app: Flask, desk: FlaskClient) -> None:
    placed = an_order(web_app)
    number = placed.number
    desk.post(f"/staff/orders/{number}/approve", data={"about": "due.waiting.held"})
    desk.post(f"/staff/orders/{number}/scan", data={"lot": "SMX-2609-B"})
    desk.post(f"/staff/orders/{number}/pack", data={"do": "pack", "shown_picked": "1", "picked": "1"})
    assert "Open the box again" in words(desk.get(f"/staff/orders/{number}"))
    path = f"/staff/orders/{number}/unpack"
    answer = desk.post(path, data={"about": hidden(desk.get(path), "about"), "reason": "wrong slip"})
    assert answer.status_code == 303
    assert order_of(web_app, placed).fulfilment_state == FulfilmentState.TO_PICK
    assert "Box opened again" in words(desk.get(f"/staff/orders/{number}"))
    assert "This order is not packed." in words(desk.get(path))


def test_another_lot_is_offered_from_the_pick_list(web_app: Flask, desk: FlaskClient) -> None:
    placed = an_order(web_app)
    with web_app.app_context():
        lots.change_state("SMX-2609-B", LotState.ON_HOLD, actor="q", reason="a complaint")
        with reading() as session:
            sku = session.scalars(select(Lot)).one().vial_size.sku
    order_page = f"/staff/orders/{placed.number}"
    page = desk.get(order_page)
    path = f"{order_page}/other-lot/1"
    assert path in page.text
    answer = desk.post(path, data={"reason": "a complaint"})
    assert answer.status_code == 400 and "No other lots" in words(answer)
    with web_app.app_context():
        make_lot(sku, 5, number="SMX-2700-A")
    assert desk.post(path, data={"reason": ""}).status_code == 400
    assert desk.post(path, data={"reason": "a complaint"}).status_code == 303
    assert "Another lot offered" in words(desk.get(order_page))
    assert "has not answered" in words(desk.get(path))
    with web_app.app_context(), reading() as session:
        assert session.scalars(select(LotChange.reason)).all() == ["a complaint"]
    assert desk.get(f"{order_page}/other-lot/999").status_code == 404


def test_vials_of_a_sent_order_are_taken_back_once(web_app: Flask, desk: FlaskClient) -> None:
    placed = an_order(web_app)
    number = placed.number
    desk.post(f"/staff/orders/{number}/approve", data={"about": "due.waiting.held"})
    assert "Nothing of this order" in words(desk.get(f"/staff/orders/{number}/return"))
    desk.post(f"/staff/orders/{number}/scan", data={"lot": "SMX-2609-B"})
    desk.post(f"/staff/orders/{number}/pack", data={"do": "pack", "shown_picked": "1", "picked": "1"})
    desk.post(f"/staff/orders/{number}/ship", data={"carrier": "C", "tracking": "1"})
    path = f"/staff/orders/{number}/return"
    assert path in desk.get(f"/staff/orders/{number}").text
    form = {"once": hidden(desk.get(path), "once"), "sent": "1", "vials": "1", "reason": "opened"}
    for _twice in range(2):
        assert desk.post(path, data=form).status_code == 303
    assert counters(web_app, "SMX-2609-B") == (9, 0, 0, 1)
    fresh = hidden(desk.get(path), "once")
    answer = desk.post(path, data={**form, "once": fresh, "vials": "2"})
    assert answer.status_code == 400 and "still with the buyer" in words(answer)
    assert desk.post(path, data={**form, "sent": "junk"}).status_code == 400
    with web_app.app_context(), reading() as session:
        assert len(session.scalars(select(ReturnedVials)).all()) == 1


def test_staff_keep_vials_a_buyer_asked_for_or_say_why_not(web_app: Flask, desk: FlaskClient) -> None:
    placed = an_order(web_app)
    with web_app.app_context():
        until = clock.today() + timedelta(days=9)
        kept_vials.ask(placed.order_id, lot_number="SMX-2609-B", vials=5, until=until, actor="b@x.example")
    assert "Asked for" in words(desk.get("/staff/holds"))
    assert desk.post("/staff/holds/1", data={"do": "refuse", "reason": ""}).status_code == 400
    assert desk.post("/staff/holds/1", data={"do": "grant", "vials": "6"}).status_code == 400
    assert desk.post("/staff/holds/1", data={"do": "dance", "reason": "x"}).status_code == 400
    assert desk.post("/staff/holds/1", data={"do": "grant", "vials": "4"}).status_code == 303
    with web_app.app_context():
        assert stock("SMX-2609-B") == Stock(10, 6, 0)
    assert "Kept now" in words(desk.get("/staff/holds"))
    assert desk.post("/staff/holds/1", data={"do": "end", "reason": "needed"}).status_code == 303
    with web_app.app_context(), reading() as session:
        assert stock("SMX-2609-B") == Stock(10, 2, 0)
        assert session.scalars(select(LotHold.state)).all() == ["ended"]
    assert "This hold is over" in words(desk.get("/staff/holds/1"))
    assert desk.get("/staff/holds/99999999999999").status_code == 404
    assert "No vials are kept" in words(desk.get("/staff/holds"))


def test_the_ledger_of_the_web_names_who_did_it(web_app: Flask, desk: FlaskClient, lot: str) -> None:
    path = f"/staff/lots/{lot}/vials/set-apart"
    desk.post(path, data={"once": hidden(desk.get(path), "once"), "vials": "1", "reason": "dusty"})
    with web_app.app_context(), reading() as session:
        row = session.scalars(select(StockMovement).order_by(StockMovement.id.desc())).first()
        assert row is not None and row.reason == "dusty" and row.actor.startswith("staff-")
