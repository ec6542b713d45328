"""Vials kept for order lines: taken all or not at all, moved one step at a time, never lost or doubled."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from builders import Stock, found_by_audit, make_lot, make_ready_to_sell, make_size, order_for, stock
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.core import clock
from shop.core.database import reading, writing
from shop.inventory import reservations
from shop.inventory.allocation import Take
from shop.inventory.models import (
    CertificateRevision,
    Lot,
    LotState,
    MovementKind,
    Reservation,
    ReservationState,
    StockMovement,
)
from shop.inventory.reservations import LedgerDisagrees
from shop.ordering.models import OrderLine


@pytest.fixture(autouse=True)
def a_shop_that_can_sell(shop: Flask) -> None:
    make_ready_to_sell()


def lot_id(number: str) -> int:
    with reading() as session:
        return session.scalars(select(Lot.id).where(Lot.number == number)).one()


def take(session: Session, takes: list[Take], ship_on: date | None = None) -> bool:
    return reservations.take_stock(
        session, takes, ship_on=ship_on or clock.today(), cause="order/test/place", actor="t@shop.example"
    )


def two_lot_order() -> tuple[int, list[int], str, str]:
    """An order of five vials over two lots: its id, its line ids, and the lots' numbers."""
    sku = make_size()
    sooner = make_lot(sku, 3, retest_on=clock.today() + timedelta(days=300))
    later = make_lot(sku, 10, retest_on=clock.today() + timedelta(days=600))
    order_id = order_for({sku: 5}).order_id
    with reading() as session:
        line_ids = list(session.scalars(select(OrderLine.id).where(OrderLine.order_id == order_id)))
    return order_id, line_ids, sooner, later


def step(line_ids: list[int], kind: MovementKind, cause: str = "test") -> list[tuple[int, ReservationState]]:
    with writing() as session:
        moved = reservations.step(session, line_ids, kind, cause=cause, actor="t@shop.example", reason="so")
        return [(each.quantity, each.state) for each in moved]


def put_back(session: Session) -> None:
    """Undo what a test took without an order."""
    session.rollback()


def test_lots_are_taken_in_the_order_of_their_ids_so_that_two_orders_never_wait_in_a_ring() -> None:
    sku = make_size()
    ids = [lot_id(make_lot(sku, 5)) for _number in range(4)]
    with writing() as session:
        plan = [Take(line=line, lot_id=each, quantity=1) for line, each in ((2, ids[3]), (1, ids[2]))]
        plan += [Take(line=line, lot_id=each, quantity=1) for line, each in ((2, ids[0]), (1, ids[0]))]
        assert take(session, plan)
        rows = session.execute(
            select(StockMovement.lot_id, StockMovement.line)
            .where(StockMovement.cause == "order/test/place")
            .order_by(StockMovement.id)
        )
        assert rows.all() == [(ids[0], 1), (ids[0], 2), (ids[2], 1), (ids[3], 2)]
        put_back(session)


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"state": LotState.RECALLED},
        {"state": LotState.ON_HOLD},
        {"state": LotState.QUARANTINE},
        {"removal_on": clock.today()},
        {"on_hand": 1},
    ],
    ids=lambda change: next(iter(change)) + "-" + str(next(iter(change.values()))),
)
def test_a_lot_that_changed_since_the_plan_is_not_taken(meanwhile: dict[str, object]) -> None:
    sku = make_size()
    plan = [Take(line=1, lot_id=lot_id(make_lot(sku, 2)), quantity=2)]
    with writing() as session:
        assert take(session, plan)
        put_back(session)
    with writing() as session:
        session.execute(update(Lot).values(**meanwhile))
        assert not take(session, plan)
        put_back(session)


def test_what_is_asked_is_whether_the_lot_may_be_sold_on_the_ship_date_not_today() -> None:
    plan = [
        Take(
            line=1,
            lot_id=lot_id(make_lot(make_size(), 2, retest_on=clock.today() + timedelta(days=40))),
            quantity=1,
        )
    ]
    with writing() as session:
        assert not take(session, plan, ship_on=clock.today() + timedelta(days=10))
        assert take(session, plan, ship_on=clock.today() + timedelta(days=9))
        put_back(session)


def test_each_reservation_names_its_lot_and_the_certificate_that_applied() -> None:
    _order_id, line_ids, sooner, later = two_lot_order()
    with reading() as session:
        rows = reservations.of_lines(session, line_ids, ReservationState.HELD)
        assert [(each.lot.number, each.quantity, each.line) for each in rows] == [
            (sooner, 3, 1),
            (later, 2, 1),
        ]
        for each in rows:
            current = select(CertificateRevision.id).where(CertificateRevision.lot_id == each.lot_id)
            assert each.certificate_revision_id == session.scalar(current)


def test_allocating_moves_every_vial_from_reserved_to_allocated_once() -> None:
    order_id, line_ids, sooner, later = two_lot_order()
    moved = step(line_ids, MovementKind.ALLOCATE)
    assert moved == [(3, ReservationState.ALLOCATED), (2, ReservationState.ALLOCATED)]
    assert step(line_ids, MovementKind.ALLOCATE) == []
    assert step(line_ids, MovementKind.ALLOCATE, cause="another") == []
    assert (stock(sooner), stock(later)) == (Stock(3, 0, 3), Stock(10, 0, 2))
    assert step(line_ids, MovementKind.RELEASE) == [], "nothing is held any more"
    assert order_id


def test_what_is_let_go_returns_to_the_lot_it_came_from() -> None:
    _order_id, line_ids, sooner, later = two_lot_order()
    with writing() as session:
        for kind in (MovementKind.ALLOCATE, MovementKind.UNALLOCATE):
            reservations.step(session, line_ids, kind, cause="test", actor="t@shop.example")
        counters = session.execute(select(Lot.on_hand, Lot.reserved, Lot.allocated).order_by(Lot.id)).all()
        assert counters == [(3, 0, 0), (10, 0, 0)]
        put_back(session)
    with writing() as session:
        reservations.step(session, line_ids, MovementKind.RELEASE, cause="test", actor="t@shop.example")
        counters = session.execute(select(Lot.on_hand, Lot.reserved, Lot.allocated).order_by(Lot.id)).all()
        assert counters == [(3, 0, 0), (10, 0, 0)]
        put_back(session)
    assert (stock(sooner), stock(later)) == (Stock(3, 3, 0), Stock(10, 2, 0))


def test_only_allocated_vials_can_be_shipped_and_only_once() -> None:
    _order_id, line_ids, _sooner, _later = two_lot_order()
    with writing() as session:
        assert (
            reservations.step(session, line_ids, MovementKind.SHIP, cause="t", actor="t@shop.example") == []
        )
        reservations.step(session, line_ids, MovementKind.ALLOCATE, cause="t", actor="t@shop.example")
        for expected in (2, 0):
            moved = reservations.step(session, line_ids, MovementKind.SHIP, cause="t", actor="t@shop.example")
            assert len(moved) == expected
        counters = session.execute(select(Lot.on_hand, Lot.reserved, Lot.allocated).order_by(Lot.id)).all()
        assert counters == [(0, 0, 0), (8, 0, 0)]
        assert (
            reservations.step(session, line_ids, MovementKind.UNALLOCATE, cause="t", actor="t@shop.example")
            == []
        )
        put_back(session)


def test_a_reservation_its_lot_does_not_know_of_stops_everything() -> None:
    _order_id, line_ids, sooner, later = two_lot_order()
    with pytest.raises(LedgerDisagrees), writing() as session:
        session.execute(update(Lot).where(Lot.number == later).values(reserved=1))
        reservations.step(session, line_ids, MovementKind.ALLOCATE, cause="t", actor="t@shop.example")
    assert (stock(sooner), stock(later)) == (Stock(3, 3, 0), Stock(10, 2, 0))
    assert found_by_audit() == []


def test_the_database_keeps_one_live_reservation_for_each_line_and_lot() -> None:
    two_lot_order()
    again = (
        "INSERT INTO reservation (order_line_id, line, lot_id, certificate_revision_id, quantity, state, "
        "created_at, picked_vials) SELECT order_line_id, line, lot_id, certificate_revision_id, {quantity}, "
        "'{state}', created_at, 0 FROM reservation"
    )
    for quantity, state in ((1, "held"), (1, "allocated"), (0, "released"), (1, "lent")):
        with pytest.raises(IntegrityError), writing() as session:
            session.execute(text(again.format(quantity=quantity, state=state)))
    # Vials that were let go, or left in an earlier parcel, may stand beside those that are kept.
    for state in ("released", "shipped"):
        with reading() as session:
            session.execute(text(again.format(quantity=1, state=state)))


def test_the_database_lets_only_allocated_vials_be_picked() -> None:
    two_lot_order()
    with pytest.raises(IntegrityError), writing() as session:
        session.execute(update(Reservation).values(picked_at=clock.now()))


def test_the_audit_names_a_lot_whose_reservations_and_counters_differ() -> None:
    _order_id, _line_ids, sooner, _later = two_lot_order()
    with writing() as session:
        session.execute(update(Reservation).where(Reservation.quantity == 3).values(quantity=4))
        found = found_by_audit()
        put_back(session)
    assert any(line.startswith("I3:") and sooner in line for line in found)
