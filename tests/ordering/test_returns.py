"""What comes back goes to quarantine in its own lot, once, and never more than was sent."""

from __future__ import annotations

import pytest
from builders import found_by_audit, make_lot, make_ready_to_sell, make_size, order_for, someone
from flask import Flask
from sqlalchemy import select, text

from shop.core.database import reading, writing
from shop.core.errors import NotFound, Refused
from shop.inventory import availability, stock_changes
from shop.inventory.models import Lot, StockMovement
from shop.ordering import fulfilment, returns
from shop.ordering.models import Order, ShipmentLine
from shop.people.staff import SignedInStaff


@pytest.fixture
def staff(shop: Flask) -> SignedInStaff:
    make_ready_to_sell()
    return someone("warehouse", "sales")


def shipped(staff: SignedInStaff, vials: int = 4) -> tuple[int, int, str]:
    """An order on its way: its id, the id of its shipment line, and the number of its lot (10 vials)."""
    sku = make_size()
    lot = make_lot(sku, 10)
    order_id = order_for({sku: vials}).order_id
    fulfilment.approve(order_id, staff=staff, reason="")
    fulfilment.pick(order_id, lot, staff=staff)
    fulfilment.pack(order_id, staff=staff)
    fulfilment.ship(order_id, carrier="C", tracking="1", staff=staff)
    with reading() as session:
        return (
            order_id,
            session.scalars(select(ShipmentLine.id).order_by(ShipmentLine.id.desc())).first() or 0,
            lot,
        )


def counters(lot: str) -> tuple[int, int, int]:
    with reading() as session:
        found = session.scalars(select(Lot).where(Lot.number == lot)).one()
        return found.on_hand, found.quarantined, found.free


def take_back(order_id: int, line_id: int, vials: int, staff: SignedInStaff, cause: str = "form/1") -> bool:
    return returns.take_back(order_id, line_id, vials, cause=cause, staff=staff, reason="wrong address")


def test_returned_vials_are_on_hand_but_not_for_sale_until_somebody_clears_them(staff: SignedInStaff) -> None:
    order_id, line_id, lot = shipped(staff)
    assert counters(lot) == (6, 0, 6)
    assert take_back(order_id, line_id, 3, staff)
    assert counters(lot) == (9, 3, 6)
    with reading() as session:
        size = session.scalars(select(Lot.vial_size_id).where(Lot.number == lot)).one()
        today = session.scalars(select(Order.planned_ship_on)).first()
        assert today is not None
        assert availability.available(session, [size], today) == {size: 6}
        row = session.scalars(select(StockMovement).order_by(StockMovement.id.desc())).first()
        assert row is not None and (row.kind, row.actor, row.reason) == (
            "return",
            staff.actor,
            "wrong address",
        )
        assert [event.kind for event in session.get_one(Order, order_id).events][-1] == "returned"
    assert stock_changes.clear(lot, 2, cause="c", actor="q@shop.example", reason="seal intact")
    assert counters(lot) == (9, 1, 8)


def test_a_return_told_again_changes_nothing_and_more_than_was_sent_never_comes_back(
    staff: SignedInStaff,
) -> None:
    order_id, line_id, lot = shipped(staff)
    assert take_back(order_id, line_id, 3, staff)
    assert not take_back(order_id, line_id, 3, staff)
    with pytest.raises(Refused, match="Only 1 vial of lot"):
        take_back(order_id, line_id, 2, staff, "form/2")
    assert take_back(order_id, line_id, 1, staff, "form/2")
    with pytest.raises(Refused, match="Only 0 vials"):
        take_back(order_id, line_id, 1, staff, "form/3")
    assert counters(lot) == (10, 4, 6)
    with reading() as session:
        assert returns.returned(session, [line_id, 987]) == {line_id: 4, 987: 0}


def test_a_return_needs_a_reason_a_number_and_vials_of_this_order(staff: SignedInStaff) -> None:
    order_id, line_id, _lot = shipped(staff)
    other_order, other_line, _other_lot = shipped(staff)
    assert other_order != order_id
    with pytest.raises(NotFound):
        take_back(order_id, other_line, 1, staff)
    with pytest.raises(Refused, match="how many"):
        take_back(order_id, line_id, 0, staff)
    with pytest.raises(Refused, match="reason"):
        returns.take_back(order_id, line_id, 1, cause="c", staff=staff, reason="")


def test_the_audit_names_a_return_that_only_one_side_knows(staff: SignedInStaff) -> None:
    _order_id, line_id, _lot = shipped(staff)
    with writing() as session:
        savepoint = session.begin_nested()
        session.execute(
            text(
                "INSERT INTO returned_vials (shipment_line_id, quantity, cause, at, actor, reason) "
                f"VALUES ({line_id}, 5, 'by/hand', '2026-01-01 00:00:00+00:00', 'x', 'x')"
            )
        )
        found = [line for line in found_by_audit() if line.startswith("I44")]
        assert any("4 vials were sent, 5 came back" in line for line in found)
        assert any("by/hand is not in the ledger" in line for line in found)
        savepoint.rollback()
        session.execute(
            text(
                "INSERT INTO stock_movement (lot_id, kind, quantity, on_hand_change, reserved_change, "
                "allocated_change, quarantined_change, cause, line, actor, at) "
                "SELECT lot_id, 'return', 1, 1, 0, "
                f"0, 1, 'stray', 0, 'x', '2026-01-01 00:00:00+00:00' FROM shipment_line WHERE id = {line_id}"
            )
        )
        assert any("stray is in the ledger, but no parcel" in line for line in found_by_audit())
        session.rollback()
