"""One predicate: what is shown, what is reserved and what is picked never disagree about a lot."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from builders import make_lot, make_ready_to_sell, make_size
from flask import Flask, current_app
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from shop.core import clock
from shop.core import settings as core_settings
from shop.core.database import db, reading, writing
from shop.inventory import availability, ledger, lot_holds
from shop.inventory.availability import FREE, Promise, in_words, is_sellable_on, sellable_on
from shop.inventory.ledger import Counters
from shop.inventory.models import Lot, LotState, MovementKind, ReservationState
from shop.ordering.fulfilment import PickRow

TODAY = date(2027, 3, 10)
days = st.integers(-3, 3).map(lambda count: TODAY + timedelta(days=count))


@pytest.fixture
def sku(shop: Flask) -> str:
    make_ready_to_sell()
    return make_size()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(state=st.sampled_from(LotState), removal_on=days, ship_on=days)
def test_the_predicate_says_the_same_in_sql_and_in_python(
    sku: str, state: LotState, removal_on: date, ship_on: date
) -> None:
    with reading() as session:
        there = session.scalar(select(Lot.id)) is not None
    if not there:
        make_lot(sku, 3)
    with writing() as session:
        session.execute(update(Lot).values(state=state, removal_on=removal_on))
        lot = session.scalars(select(Lot).execution_options(populate_existing=True)).one()
        in_sql = session.scalars(select(Lot.id).where(sellable_on(ship_on))).all() == [lot.id]
        assert is_sellable_on(lot, ship_on) == in_sql
        assert in_sql == (state == LotState.RELEASED and removal_on > ship_on)
        assert in_sql == (availability.available(session, [lot.vial_size_id], ship_on)[lot.vial_size_id] > 0)
        assert in_sql == (availability.on_shelf(session, [lot.vial_size_id], ship_on) != [])
        reserved = ledger.move(
            session,
            lot_id=lot.id,
            kind=MovementKind.RESERVE,
            quantity=1,
            cause="test",
            actor="t@shop.example",
            only_if=sellable_on(ship_on),
        )
        assert reserved == in_sql
        reason = availability.why_not_sellable(lot.state, lot.removal_on, ship_on)
        assert (reason == "") == in_sql
        session.rollback()


def test_the_pick_asks_the_same_question_of_today(sku: str) -> None:
    number = make_lot(sku, 3)
    for removal, stopped in ((0, True), (1, False)):
        with reading() as session:
            lot = session.scalars(select(Lot).where(Lot.number == number)).one()
            lot.removal_on = clock.today() + timedelta(days=removal)
            kept = type("R", (), {"lot": lot, "state": ReservationState.ALLOCATED})()
            row = PickRow(reservation=kept, line=None)  # type: ignore[arg-type]
            assert row.stopped == stopped == (not is_sellable_on(lot, clock.today()))
            session.expire_all()


def test_what_is_free_is_the_same_in_sql_and_in_python(sku: str) -> None:
    number = make_lot(sku, 9)
    with writing() as session:
        for change in (
            {"reserved": 2, "allocated": 3, "quarantined": 1},
            {"reserved": 0, "allocated": 0, "quarantined": 9},
            {"reserved": 4, "allocated": 0, "quarantined": 5},
        ):
            session.execute(update(Lot).values(**change))
            lot = session.scalars(select(Lot).execution_options(populate_existing=True)).one()
            assert session.scalars(select(FREE).where(Lot.number == number)).one() == lot.free
            assert lot.free == 9 - sum(change.values())
        session.rollback()


def test_shorter_dated_lots_are_counted_and_shown_only_when_asked_for(sku: str) -> None:
    short = make_lot(sku, 4, retest_on=clock.today() + timedelta(days=50))  # removal in 20 days
    make_lot(sku, 6)
    with short_dated_days(20), reading() as session:
        lot = session.scalars(select(Lot).where(Lot.number == short)).one()
        size, today = lot.vial_size_id, clock.today()
        assert availability.available(session, [size], today) == {size: 6}
        assert availability.available(session, [size], today, short_dated=True) == {size: 10}
        flags = {each.number: each.short_dated for each in availability.on_shelf(session, [size], today)}
        assert flags[short] and sum(flags.values()) == 1
        assert availability.is_short_dated(lot.removal_on, today)
        yesterday = today - timedelta(days=1)
        assert availability.available(session, [size], yesterday) == {size: 10}, "a day more to go"


def test_who_has_vials_kept_has_chosen_the_lot_however_short_it_keeps(sku: str) -> None:
    number = make_lot(sku, 4, retest_on=clock.today() + timedelta(days=50))
    with writing() as session:
        lot = session.scalars(select(Lot).where(Lot.number == number)).one()
        size, today = lot.vial_size_id, clock.today()
        wish = lot_holds.Wanted(
            lot_id=lot.id,
            vials=1,
            until=clock.now() + timedelta(days=5),
            organisation="VIMA",
            email="b@vima.example",
            about="order/x/keep",
        )
        hold_id = lot_holds.ask(session, wish, actor="b").id
        lot_holds.grant(session, hold_id, actor="s")
    with short_dated_days(20), reading() as session:
        shelf = availability.on_shelf(session, [size], today, holds=[hold_id])
        assert {each.kept_for: (each.available, each.short_dated) for each in shelf} == {
            None: (3, True),
            hold_id: (1, False),
        }


class short_dated_days:  # noqa: N801 - reads as a setting
    """The shop with another setting."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __enter__(self) -> None:
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        self.before = core_settings.settings()
        core_settings.set_up(app, replace(self.before, short_dated_days=self.count))

    def __exit__(self, *_error: object) -> None:
        core_settings.set_up(current_app._get_current_object(), self.before)  # type: ignore[attr-defined]
        db.session.expire_all()


NOON = datetime(2031, 11, 22, 14, 20, tzinfo=UTC)


def test_availability_is_explained_in_one_sentence() -> None:
    counters = Counters(on_hand=12, reserved=3, quarantined=2)
    assert (
        in_words(counters, [Promise(vials=2, until=NOON), Promise(vials=1, until=NOON)])
        == "12 on hand, 3 held until 22 Nov 2031, 2 in quarantine, 7 free"
    )
    assert in_words(counters) == "12 on hand, 3 held, 2 in quarantine, 7 free"
    assert (
        in_words(Counters(on_hand=9, reserved=4, allocated=2), [Promise(vials=1, until=NOON)])
        == "9 on hand, 1 held until 22 Nov 2031, 3 held, 2 allocated to orders, 3 free"
    )
    tonight = clock.now().replace(hour=23, minute=59)
    promise = Promise(vials=3, until=tonight)
    assert in_words(counters, [promise]) == "12 on hand, 3 held until 23:59 UTC, 2 in quarantine, 7 free"
    assert in_words(Counters()) == "0 on hand, 0 free"


@given(
    on_hand=st.integers(0, 50),
    parts=st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)),
    promised=st.lists(st.integers(1, 4), max_size=4),
)
def test_the_parts_of_an_explanation_always_add_up(
    on_hand: int, parts: tuple[int, int, int], promised: list[int]
) -> None:
    reserved, allocated, quarantined = parts
    counters = Counters(
        on_hand=on_hand + sum(parts), reserved=reserved, allocated=allocated, quarantined=quarantined
    )
    promises = [
        Promise(vials=vials, until=NOON + timedelta(days=number)) for number, vials in enumerate(promised)
    ]
    words = in_words(counters, promises).split(", ")
    figures = [int(part.split()[0]) for part in words]
    assert figures[0] == sum(figures[1:])
