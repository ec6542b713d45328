"""Staff are told once of lots near retest, of low stock and of missing certificates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from builders import make_lot, make_ready_to_sell, make_size, someone
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import text

from shop.core import clock
from shop.core.database import reading, writing
from shop.core.errors import NotFound, Refused
from shop.core.outbox import OutboxMessage
from shop.inventory import attention, ledger, lots, notices
from shop.inventory.lots import NewLot
from shop.inventory.models import Lot, LotState, MovementKind
from shop.people import staff


@pytest.fixture
def sku(shop: Flask) -> str:
    """A vial size, with one person of each desk."""
    make_ready_to_sell()
    someone("quality", email="quality@shop.example")
    someone("warehouse", email="warehouse@shop.example")
    someone("sales", email="sales@shop.example")
    return make_size()


def letters() -> list[tuple[str, str]]:
    """To whom, and what, in the order written."""
    with reading() as session:
        rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
        return [(row.payload["to"], row.payload["body"]) for row in rows]


def day(days: int) -> date:
    return clock.today() + timedelta(days=days)


def test_a_lot_near_its_retest_date_is_told_once_to_those_who_certify(sku: str) -> None:
    make_lot(sku, 5, number="SMX-FAR", retest_on=day(91))
    make_lot(sku, 5, number="SMX-NEAR", retest_on=day(90))
    make_lot(sku, 5, number="SMX-EMPTY", retest_on=day(10))
    sell("SMX-EMPTY", 5, "all")
    assert notices.tell() == 1
    assert notices.tell() == 0
    ((to, body),) = letters()
    assert to == "quality@shop.example"
    assert "SMX-NEAR" in body and "SMX-FAR" not in body and "SMX-EMPTY" not in body
    with clock.shifted(timedelta(days=1)):
        assert notices.tell() == 1
        assert "SMX-FAR" in letters()[-1][1] and "SMX-NEAR" not in letters()[-1][1]


def test_a_retest_date_that_moved_is_told_again_when_it_comes_near(sku: str) -> None:
    make_lot(sku, 5, number="SMX-1", retest_on=day(20))
    notices.tell()
    with writing() as session:
        session.scalars(select(Lot)).one().retest_on = day(50)
    assert notices.tell() == 1


def test_a_lot_without_a_certificate_is_told_once(sku: str) -> None:
    lots.receive(
        NewLot(
            number="SMX-NEW",
            sku=sku,
            manufacturer="Specimen Maker",
            manufactured_on=day(-5),
            filled_on=day(-4),
            retest_on=day(700),
            expires_on=None,
            vials=5,
            bin="F2",
        ),
        actor="w@shop.example",
    )
    assert (notices.tell(), notices.tell()) == (1, 0)
    assert "SMX-NEW" in letters()[0][1] and "has no certificate yet" in letters()[0][1]
    with reading() as session:
        assert [lot.number for lot in attention.without_certificate(session)] == ["SMX-NEW"]


def sell(number: str, vials: int, cause: str) -> None:
    with writing() as session:
        lot = session.scalars(select(Lot).where(Lot.number == number)).one()
        ledger.move(
            session,
            lot_id=lot.id,
            kind=MovementKind.WRITE_OFF,
            quantity=vials,
            cause=cause,
            actor="test",
            reason="a specimen",
        )


def test_low_stock_is_told_once_until_another_lot_is_released(sku: str) -> None:
    make_lot(sku, 20, number="SMX-1")
    assert notices.tell() == 0
    attention.set_reorder_point(sku, 10, actor="q@shop.example")
    assert notices.tell() == 0
    sell("SMX-1", 10, "one")
    assert (notices.tell(), notices.tell()) == (2, 0)
    assert {to for to, _body in letters()} == {"quality@shop.example", "warehouse@shop.example"}
    assert "10 vials are left to sell; the reorder point is 10." in letters()[0][1]
    sell("SMX-1", 5, "two")
    assert notices.tell() == 0
    make_lot(sku, 30, number="SMX-2")
    assert notices.tell() == 0
    sell("SMX-2", 29, "three")
    assert notices.tell() == 2


def test_nobody_is_told_who_is_not_at_work_and_nothing_is_lost(shop: Flask) -> None:
    make_ready_to_sell()
    sku = make_size()
    make_lot(sku, 5, number="SMX-NEAR", retest_on=day(10))
    assert notices.tell() == 0
    someone("quality", email="late@shop.example")
    assert notices.tell() == 1
    assert letters()[0][0] == "late@shop.example"
    with reading() as session:
        assert staff.who_may(session, []) == {}


def test_a_lot_that_is_recalled_or_rejected_needs_no_retest(sku: str) -> None:
    for state in (LotState.RECALLED, LotState.REJECTED, LotState.QUARANTINE):
        make_lot(sku, 5, state=state, retest_on=day(10))
    assert notices.tell() == 0


def test_a_reorder_point_is_a_count_of_vials_of_a_known_size(sku: str) -> None:
    for point in (-1, 1_000_001):
        with pytest.raises(Refused, match="from 0 to"):
            attention.set_reorder_point(sku, point, actor="q@shop.example")
    with pytest.raises(NotFound):
        attention.set_reorder_point("NO-SUCH", 3, actor="q@shop.example")
    with pytest.raises(IntegrityError), writing() as session:
        session.execute(text("UPDATE vial_size SET reorder_point = -1"))


def test_what_was_told_cannot_be_taken_back(sku: str) -> None:
    make_lot(sku, 5, number="SMX-NEAR", retest_on=day(10))
    notices.tell()
    with pytest.raises(IntegrityError, match="append-only"), writing() as session:
        session.execute(text("DELETE FROM told_fact"))
