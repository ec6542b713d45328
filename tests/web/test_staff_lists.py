"""The lists of the back office: views, filters, counts, files to keep, and what an empty one says."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from at_a_desk import an_order, at_desk, queries
from builders import draft_for, make_lot, make_size, order_for, place, someone
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from reading_pages import words
from werkzeug.test import TestResponse

from shop.core import clock
from shop.core.database import reading
from shop.inventory import lot_index, lots
from shop.inventory.models import LotState
from shop.ordering import fulfilment, queue
from shop.ordering.models import PaymentMethod
from shop.ordering.placement import Placed
from shop.payments import decisions
from shop.web.staff import tables
from shop.web.staff.listing import pages


@pytest.fixture
def desk(web_app: Flask) -> FlaskClient:
    return at_desk(web_app, "warehouse", "sales", "quality")


def listed(page: TestResponse) -> list[str]:
    """The first cell of each row of a list."""
    rows = page.text.partition("<tbody")[2].split('<th scope="row"')[1:]
    return [row.partition(">")[2].partition("</th>")[0].rpartition("<")[0].rpartition(">")[2] for row in rows]


def orders_in(client: FlaskClient, **asked: str) -> list[str]:
    page = client.get("/staff/orders", query_string=asked)
    assert page.status_code == 200
    return listed(page)


def lots_in(client: FlaskClient, **asked: str) -> list[str]:
    page = client.get("/staff/lots", query_string=asked)
    assert page.status_code == 200
    return listed(page)


def one_order_in_every_view(app: Flask) -> dict[str, Placed]:
    with app.app_context():
        sku, other = make_size(), make_size()
        for size in (sku, other):
            make_lot(size, 50)
        stopped_lot = make_lot(other, 50, retest_on=clock.today() + timedelta(days=500))
        staff = someone("sales", "warehouse")
        placed = {
            "approval": order_for({sku: 1}),
            "payment-due": order_for({sku: 1}, method=PaymentMethod.CARD),
            "held": place(draft_for({sku: 1}, method=PaymentMethod.CARD, goods_in="for my own use")),
            "to-pack": order_for({sku: 1}),
            "stopped": order_for({other: 1}),
            "to-ship": order_for({sku: 1}),
            "shipped": order_for({sku: 1}),
            "part-shipped": order_for({sku: 2}),
            "refused": order_for({sku: 1}),
        }
        for name in ("to-pack", "stopped", "to-ship", "shipped", "part-shipped"):
            decisions.approve(placed[name].order_id, staff=staff, reason="")
        decisions.refuse(placed["refused"].order_id, staff=staff, reason="x")
        for name in ("to-ship", "shipped"):
            with reading() as session:
                order = fulfilment.find(session, placed[name].order_id)
                numbers = [row.lot.number for row in fulfilment.pick_list(session, order)]
            for number in numbers:
                fulfilment.pick(placed[name].order_id, number, staff=staff)
            fulfilment.pack(placed[name].order_id, staff=staff)
        part = placed["part-shipped"].order_id
        fulfilment.pick(part, numbers[0], staff=staff, vials=1)
        fulfilment.pack(part, staff=staff, part=True)
        for name in ("shipped", "part-shipped"):
            fulfilment.ship(placed[name].order_id, carrier="C", tracking="T", staff=staff)
        lots.change_state(stopped_lot, LotState.ON_HOLD, actor="q@shop.example", reason="x")
        return placed


def test_every_order_is_in_the_views_it_belongs_to_and_is_counted_once(
    web_app: Flask, desk: FlaskClient
) -> None:
    placed = one_order_in_every_view(web_app)
    expected = {
        "to-pack": {"to-pack", "stopped", "part-shipped"},
        "to-ship": {"to-ship"},
        "approval": {"approval"},
        "on-hold": {"held", "stopped"},
        "payment-due": {"payment-due", "held"},
        "part-shipped": {"part-shipped"},
        "shipped": {"shipped"},
        "all": set(placed),
    }
    names = {each.number: name for name, each in placed.items()}
    found = {view: {names[number] for number in orders_in(desk, view=view)} for view in expected}
    assert found == expected
    with web_app.app_context(), reading() as session:
        counted = queue.counts(session)
    assert {view.value: number for view, number in counted.of_view.items()} == {
        view: len(expected[view]) for view in expected if view not in ("shipped", "all")
    }
    assert counted.waiting == len({"to-pack", "part-shipped", "stopped", "to-ship", "approval", "held"})
    board = words(desk.get("/staff"))
    assert "3 Orders to pack" in board
    assert "2 Orders on hold, or that need a decision" in board
    assert "1 Lots on hold" in board


def test_orders_are_found_by_number_organisation_and_purchase_order(
    web_app: Flask, desk: FlaskClient
) -> None:
    first = an_order(web_app, lot="SMX-1")
    with web_app.app_context():
        sku = make_size()
        make_lot(sku, 10)
        second = place(draft_for({sku: 1}, organisation="Zürich 100% Peptides_Lab"))
    both = {first.number, second.number}
    assert orders_in(desk, view="all", q=first.number) == [first.number]
    assert orders_in(desk, view="all", q=f"#{second.number}") == [second.number]
    assert orders_in(desk, view="all", q="vermeer  INSTITUTE") == [first.number]
    assert orders_in(desk, view="all", q="zÜrich") == [second.number]
    assert orders_in(desk, view="all", q="100%") == [second.number]
    assert orders_in(desk, view="all", q="_") == [second.number]
    assert set(orders_in(desk, view="all", q="po-2026")) == both
    assert orders_in(desk, view="all", q="nobody") == []
    assert set(orders_in(desk, view="all", method="purchase_order")) == both
    assert orders_in(desk, view="all", method="card") == []
    assert orders_in(desk, view="all", ship_by="2020-01-01") == []
    assert set(orders_in(desk, view="all", ship_by="2090-01-01")) == both


def test_work_is_sorted_by_planned_ship_date_and_the_rest_by_newest(
    web_app: Flask, desk: FlaskClient
) -> None:
    with web_app.app_context():
        sku = make_size()
        make_lot(sku, 50)
        with clock.shifted(timedelta(days=9)):
            later = order_for({sku: 1})
        sooner = order_for({sku: 1})
    assert orders_in(desk, view="approval") == [sooner.number, later.number]
    assert orders_in(desk, view="approval", sort="newest") == [later.number, sooner.number]
    assert orders_in(desk, view="all") == [later.number, sooner.number]
    assert orders_in(desk, view="all", sort="ship-date") == [sooner.number, later.number]


def test_a_long_list_has_pages(web_app: Flask, desk: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "PAGE_SIZE", 2)
    with web_app.app_context():
        sku = make_size()
        make_lot(sku, 50)
        numbers = [order_for({sku: 1}).number for _order in range(5)]
    assert orders_in(desk, view="approval") == numbers[:2]
    assert orders_in(desk, view="approval", page="2") == numbers[2:4]
    for past_the_end in ("3", "4", "999999"):
        assert orders_in(desk, view="approval", page=past_the_end) == numbers[4:]
    for odd in ("0", "-1", "x", "9" * 30, "１"):
        assert orders_in(desk, view="approval", page=odd) == numbers[:2]
    text = words(desk.get("/staff/orders?view=approval&page=2&q=Vermeer"))
    assert "3 to 4 of 5" in text
    assert (
        "q=Vermeer&amp;sort=ship-date&amp;page=3"
        in desk.get("/staff/orders?view=approval&page=2&q=Vermeer").text
    )


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 1600))
def test_links_lead_to_the_first_the_last_and_the_next_pages(number: int, size: int, total: int) -> None:
    last = max(1, -(-total // size))
    number = min(number, last)
    found = pages(number=number, size=size, total=total, address=str)
    shown = [int(link.url) for link in found.links if link.url]
    assert shown == sorted(set(shown))
    assert {1, last, number} <= set(shown)
    assert [link.label for link in found.links if link.current] == [str(number)]
    assert (found.previous_url == "") == (number == 1)
    assert (found.next_url == "") == (number == last)
    assert found.last - found.first < size
    assert found.last <= total


JUNK = [
    "x",
    "%00",
    "%ff%fe",
    "1" * 500,
    "'--",
    "%22%3E%3Cscript%3E",
    "-1",
    "null",
    "%E2%80%AE",
    "%F0%9F%98%80",
]


def test_odd_questions_are_ignored(web_app: Flask, desk: FlaskClient) -> None:
    an_order(web_app)
    for junk in JUNK:
        asked = "&".join(f"{name}={junk}" for name in ("view", "q", "method", "ship_by", "sort", "page"))
        for path in ("/staff/orders", "/staff/orders.csv", "/staff/lots", "/staff/lots.csv"):
            page = desk.get(f"{path}?{asked}")
            assert page.status_code == 200, f"{path}?{asked}"
            assert '"><script' not in page.text


def test_an_empty_list_says_what_would_be_there_and_how_it_gets_there(desk: FlaskClient) -> None:
    assert "Nothing waiting" in words(desk.get("/staff"))
    for view in queue.View:
        text = words(desk.get(f"/staff/orders?view={view.value}"))
        assert "No orders here An order comes here when" in text
    for lot_view in lot_index.View:
        text = words(desk.get(f"/staff/lots?view={lot_view.value}"))
        assert "No lots here A " in text
    assert "No order matches" in words(desk.get("/staff/orders?q=nobody"))
    assert "No lot matches" in words(desk.get("/staff/lots?q=nothing"))


def test_every_lot_is_in_the_views_it_belongs_to(web_app: Flask, desk: FlaskClient) -> None:
    today = clock.today()
    with web_app.app_context():
        sku = make_size()
        make_lot(sku, 5, number="ON-SALE")
        make_lot(sku, 5, number="SOON", retest_on=today + timedelta(days=89))
        make_lot(sku, 5, number="LATER", retest_on=today + timedelta(days=91))
        make_lot(sku, 5, number="OVERDUE", retest_on=today)
        make_lot(sku, 5, number="QUARANTINE", state=LotState.QUARANTINE)
        make_lot(sku, 5, number="ON-HOLD", state=LotState.ON_HOLD)
        make_lot(sku, 5, number="RECALLED", state=LotState.RECALLED)
        make_lot(sku, 5, number="REJECTED", state=LotState.REJECTED)
        other = make_size()
        make_lot(other, 2, number="SOLD-OUT")
        order_for({other: 2})
        lots.receive(
            lots.NewLot(
                number="BARE",
                sku=sku,
                manufacturer="M",
                manufactured_on=today - timedelta(days=9),
                filled_on=today - timedelta(days=8),
                retest_on=None,
                expires_on=today + timedelta(days=900),
                vials=3,
                bin="F",
            ),
            actor="a@shop.example",
        )
    expected = {
        "quarantine": {"QUARANTINE", "BARE"},
        "no-certificate": {"BARE"},
        "to-confirm": set(),
        "on-sale": {"ON-SALE", "SOON", "LATER"},
        "retest-soon": {"SOON"},
        "retest-overdue": {"OVERDUE"},
        "sold-out": {"SOLD-OUT"},
        "on-hold": {"ON-HOLD"},
        "recalled": {"RECALLED"},
        "rejected": {"REJECTED"},
    }
    assert {view: set(lots_in(desk, view=view)) for view in expected} == expected
    with web_app.app_context(), reading() as session:
        counted = lot_index.counts(session, today)
    assert {view: counted[lot_index.View(view)] for view in expected} == {
        view: len(each) for view, each in expected.items()
    }
    assert lots_in(desk, q="on-s") == ["ON-SALE"]
    assert lots_in(desk, q="semax") != []
    assert lots_in(desk, q="%") == []
    text = words(desk.get("/staff/lots?view=on-sale"))
    assert "Retest in 89 days" in text
    assert "99.2%" in text


def test_lists_and_the_dashboard_need_few_queries(web_app: Flask, desk: FlaskClient) -> None:
    one_order_in_every_view(web_app)
    desk.get("/staff")
    paths = (
        "/staff",
        "/staff/orders?view=all",
        "/staff/lots",
        "/staff/orders.csv?view=all",
        "/staff/lots.csv",
    )
    counts = {path: queries(web_app, desk, path) for path in paths}
    # What waits on the desks is one query more on the dashboard.
    most = {path: 9 if path == "/staff" else 8 for path in paths}
    assert {path: count for path, count in counts.items() if count > most[path]} == {}


def test_lists_are_files_that_a_spreadsheet_reads_without_running_them(
    web_app: Flask, desk: FlaskClient
) -> None:
    hostile = '=HYPERLINK("http://evil.example";"a,b")'
    with web_app.app_context():
        sku = make_size()
        make_lot(sku, 10, number="SMX-2609-B")
        placed = place(draft_for({sku: 2}, organisation=hostile))
    file = desk.get("/staff/orders.csv?view=all")
    assert file.mimetype == "text/csv"
    assert file.headers["Content-Disposition"].startswith('attachment; filename="orders-all-')
    rows = list(csv.DictReader(io.StringIO(file.data.decode(), newline="")))
    assert [(row["Order"], row["Organisation"], row["Vials"]) for row in rows] == [
        (placed.number, f"'{hostile}", "2")
    ]
    assert file.data.count(b"\r\n") == 2
    rows = list(csv.DictReader(io.StringIO(desk.get("/staff/lots.csv").data.decode(), newline="")))
    assert [(row["Lot"], row["Purity"], row["Reserved"]) for row in rows] == [("SMX-2609-B", "99.2%", "2")]


@given(st.lists(st.text(max_size=20), min_size=2, max_size=4))
def test_a_file_gives_back_every_cell_and_starts_none_like_a_formula(cells: list[str]) -> None:
    assert tables.cell(-5) == "-5"
    written = [tables.cell(each) for each in cells]
    assert all(not each.startswith(("=", "+", "-", "@", "\t", "\r")) for each in written)
    assert [each.removeprefix("'") for each in written] == [each.removeprefix("'") for each in cells]
    answer = tables.as_file("x.csv", ["a"] * len(cells), [cells])
    read = list(csv.reader(io.StringIO(answer.data.decode("utf-8", "surrogatepass"), newline="")))
    assert read[1] == written
