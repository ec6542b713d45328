"""Where vials were at any past moment, judged by what was known of the lot then."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from builders import make_lot, make_ready_to_sell, make_size
from flask import Flask
from sqlalchemy import select

from shop.core import clock
from shop.core.database import reading, writing
from shop.inventory import lots, stock_picture
from shop.inventory.models import CertificateRevision, Lot, LotState, RetestDateChange
from shop.inventory.shelf_life import removal_date


@pytest.fixture
def sku(shop: Flask) -> str:
    make_ready_to_sell()
    return make_size()


def tomorrow(_lot: Lot, day: date) -> date:
    """What is sold on a day leaves the day after."""
    return day + timedelta(days=1)


def test_a_retest_does_not_rewrite_what_could_be_sold_before_it(sku: str) -> None:
    short, long = clock.today() + timedelta(days=20), clock.today() + timedelta(days=400)
    number = make_lot(sku, 4, retest_on=short)
    with clock.shifted(timedelta(days=2)), writing() as session:
        lot = session.scalars(select(Lot)).one()
        session.add(
            RetestDateChange(
                lot_id=lot.id,
                revision_id=session.scalars(select(CertificateRevision.id)).one(),
                before=short,
                after=long,
                at=clock.now(),
                actor="q@shop.example",
            )
        )
        lot.retest_on, lot.removal_on = long, removal_date(long, None, margin_days=30)
    with reading() as session:
        lot = session.scalars(select(Lot).where(Lot.number == number)).one()
        for days, for_sale in ((1, 0), (3, 4)):
            moment = clock.now() + timedelta(days=days)
            (found,) = stock_picture.at(session, [lot], moment, ship_on=tomorrow)
            assert (found.for_sale, "leaves the shelf" in found.not_sold) == (for_sale, not for_sale)


def test_what_is_for_sale_is_asked_of_the_planned_ship_date_now_and_then(sku: str) -> None:
    make_lot(sku, 4, retest_on=clock.today() + timedelta(days=31))
    with reading() as session:
        lot = session.scalars(select(Lot)).one()
        assert lot.removal_on == clock.today() + timedelta(days=1)
        (found,) = stock_picture.now(session, [lot], {}, ship_on=tomorrow)
        assert (found.for_sale, "before the planned ship date" in found.not_sold) == (0, True)
        (found,) = stock_picture.at(session, [lot], clock.now(), ship_on=tomorrow)
        assert found.for_sale == 0
        (found,) = stock_picture.now(session, [lot], {}, ship_on=lambda _lot, day: day)
        assert (found.for_sale, found.not_sold) == (4, "")


def test_the_state_is_that_of_the_moment(sku: str) -> None:
    number = make_lot(sku, 4)
    with clock.shifted(timedelta(days=2)):
        lots.change_state(number, LotState.ON_HOLD, actor="q", reason="look")
    with reading() as session:
        lot = session.scalars(select(Lot)).one()
        states = [
            stock_picture.at(session, [lot], clock.now() + timedelta(days=days), ship_on=tomorrow)[0].state
            for days in (-1, 1, 3)
        ]
    assert states == [None, LotState.RELEASED, LotState.ON_HOLD]
