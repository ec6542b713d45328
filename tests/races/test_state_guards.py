"""Two people act on the same row at the same moment: the second one waits, looks again and gives way.

The guards against it show only where two transactions are open at once, so these run on PostgreSQL alone;
SQLite lets one write at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from builders import Stock, make_lot, make_ready_to_sell, make_size, order_for, stock
from flask import Flask
from sqlalchemy import select, text

from shop.core.database import db, reading, writing
from shop.core.errors import Refused
from shop.inventory import certificates, lots, reservations
from shop.inventory.models import Lot, LotEvent, LotState, MovementKind, Reservation, ReservationState
from shop.ordering import fulfilment, states
from shop.ordering.models import OrderLine

pytestmark = [
    pytest.mark.xdist_group("races"),
    pytest.mark.parametrize("engine", ["postgresql"]),
]
ANNA, BEN = "anna@shop.example", "ben@shop.example"


class Meanwhile:
    """What somebody else does in a session of their own, until it waits for us."""

    def __init__(self, app: Flask, act: Callable[[], str]) -> None:
        self.came_to = "nothing"
        self._thread = threading.Thread(target=self._run, args=(app, act))
        self._thread.start()
        for _try in range(600):
            with db.engine.connect() as connection:
                waiting = connection.scalar(
                    text(
                        "SELECT count(*) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
                    )
                )
            if waiting:
                return
            time.sleep(0.05)
        raise AssertionError("the other session did not wait for this one")

    def _run(self, app: Flask, act: Callable[[], str]) -> None:
        with app.app_context():
            try:
                self.came_to = act()
            except Refused as refusal:
                self.came_to = str(refusal)
            finally:
                db.session.remove()

    def end(self) -> str:
        """Wait until they are done; what it came to."""
        self._thread.join(timeout=60)
        return self.came_to


def test_a_use_case_waits_for_the_one_that_has_the_order(shop: Flask) -> None:
    make_ready_to_sell()
    sku = make_size()
    make_lot(sku, 5)
    order_id = order_for({sku: 2}).order_id

    def look() -> str:
        with writing() as session:
            return states.lock(session, order_id).fulfilment_state.value

    with writing() as session:
        order = states.lock(session, order_id)
        other = Meanwhile(shop, look)
        fulfilment.cancel(session, order, actor=ANNA, kind="cancelled", reason="no longer needed")
    assert other.end() == "cancelled"


def test_vials_let_go_at_the_moment_they_are_allocated_move_once(shop: Flask) -> None:
    make_ready_to_sell()
    sku = make_size()
    make_lot(sku, 5, number="SMX-1")
    order_id = order_for({sku: 2}).order_id
    with reading() as session:
        lines = list(session.scalars(select(OrderLine.id).where(OrderLine.order_id == order_id)))

    def allocate() -> str:
        with writing() as session:
            moved = reservations.step(session, lines, MovementKind.ALLOCATE, cause="b", actor=BEN)
            return f"{len(moved)} moved"

    with writing() as session:
        gone = reservations.step(session, lines, MovementKind.RELEASE, cause="a", actor=ANNA)
        assert len(gone) == 1
        other = Meanwhile(shop, allocate)
        session.rollback()
        assert other.end() == "1 moved", "what was rolled back was never let go"
    assert stock("SMX-1") == Stock(5, 0, 2)


def test_vials_that_were_allocated_first_are_not_let_go_as_held(shop: Flask) -> None:
    make_ready_to_sell()
    sku = make_size()
    make_lot(sku, 5, number="SMX-1")
    order_id = order_for({sku: 2}).order_id
    with reading() as session:
        lines = list(session.scalars(select(OrderLine.id).where(OrderLine.order_id == order_id)))

    def let_go() -> str:
        with writing() as session:
            moved = reservations.step(session, lines, MovementKind.RELEASE, cause="b", actor=BEN)
            return f"{len(moved)} moved"

    with writing() as session:
        assert len(reservations.step(session, lines, MovementKind.ALLOCATE, cause="a", actor=ANNA)) == 1
        other = Meanwhile(shop, let_go)
    assert other.end() == "0 moved"
    assert stock("SMX-1") == Stock(5, 0, 2)
    with reading() as session:
        assert list(session.scalars(select(Reservation.state))) == [ReservationState.ALLOCATED]


def test_a_lot_that_changed_while_somebody_waited_for_it_is_looked_at_again(shop: Flask) -> None:
    make_ready_to_sell()
    number = make_lot(make_size(), 5)

    def recall() -> str:
        lots.change_state(number, LotState.RECALLED, actor=BEN, reason="the laboratory called")
        return "recalled"

    with writing() as session:
        lots.hold_in(session, certificates.find_lot(session, number), actor=ANNA, reason="cloudy vial")
        other = Meanwhile(shop, recall)
    assert other.end() == f"Lot {number} has changed meanwhile. Look at it again."
    with reading() as session:
        assert session.scalars(select(Lot.state)).one() == LotState.ON_HOLD
        steps = session.execute(select(LotEvent.from_state, LotEvent.to_state).order_by(LotEvent.id)).all()
        assert [tuple(step) for step in steps] == [
            (None, LotState.RELEASED),
            (LotState.RELEASED, LotState.ON_HOLD),
        ]
