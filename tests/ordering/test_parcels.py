"""An order leaves in as many parcels as it takes: picked by count, shipped once each, or taken out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from builders import Stock, make_lot, make_ready_to_sell, make_size, order_for, someone, stock
from flask import Flask
from sqlalchemy import select

from shop.core import clock
from shop.core.database import db, reading
from shop.core.errors import Refused
from shop.core.outbox import OutboxMessage
from shop.inventory import lots
from shop.inventory.models import Lot, LotState, MovementKind, StockMovement
from shop.ordering import cancelled_vials, dispatch, fulfilment, parcel_notes
from shop.ordering.cancel_reasons import CancelReason
from shop.ordering.fulfilment import WrongLot
from shop.ordering.models import FulfilmentState, Order, Shipment
from shop.payments import decisions
from shop.people.staff import SignedInStaff


@pytest.fixture
def staff(shop: Flask) -> SignedInStaff:
    make_ready_to_sell()
    return someone("warehouse", "sales", "quality")


def ready(staff: SignedInStaff, *vials: int, cold: bool = False) -> tuple[int, list[str]]:
    """An approved order with a line of each number of vials; its id and the lots, ten vials in each."""
    skus = [make_size(cold_chain=cold) for _each in vials]
    found = [make_lot(sku, 10) for sku in skus]
    order_id = order_for(dict(zip(skus, vials, strict=True))).order_id
    fulfilment.approve(order_id, staff=staff, reason="")
    return order_id, found


def ship(order_id: int, staff: SignedInStaff, parcel: int | None = None) -> int:
    return fulfilment.ship(order_id, carrier="C", tracking=f"T-{parcel}", staff=staff, parcel=parcel)


def state(order_id: int) -> FulfilmentState:
    with reading() as session:
        return session.scalars(select(Order.fulfilment_state).where(Order.id == order_id)).one()


def parcels(order_id: int) -> list[list[tuple[str, int]]]:
    """Lots and vials of each parcel."""
    with reading() as session:
        found = session.scalars(select(Shipment).where(Shipment.order_id == order_id).order_by(Shipment.id))
        return [[(line.lot.number, line.quantity) for line in shipment.lines] for shipment in found]


@contextmanager
def on_weekday(weekday: int) -> Iterator[None]:
    """The next such day of the week, Monday being 0."""
    with clock.shifted(timedelta(days=(weekday - clock.today().weekday()) % 7)):
        yield


def test_part_of_a_line_leaves_first_and_the_rest_later(staff: SignedInStaff) -> None:
    order_id, (first, second) = ready(staff, 4, 2)
    fulfilment.pick(order_id, first, staff=staff, vials=1)
    assert fulfilment.pick(order_id, first, staff=staff, vials=2).endswith("1 still to pick.")
    with pytest.raises(Refused, match=r"Not packed yet: .*1 vial"):
        fulfilment.pack(order_id, staff=staff)
    fulfilment.pack(order_id, staff=staff, part=True)
    ship(order_id, staff, 1)
    assert state(order_id) == FulfilmentState.PART_SHIPPED
    assert stock(first) == Stock(on_hand=7, reserved=0, allocated=1)
    assert stock(second) == Stock(on_hand=10, reserved=0, allocated=2)

    for lot in (first, second):
        fulfilment.pick(order_id, lot, staff=staff)
    fulfilment.pack(order_id, staff=staff)
    ship(order_id, staff, 2)
    assert state(order_id) == FulfilmentState.SHIPPED
    assert parcels(order_id) == [[(first, 3)], [(first, 1), (second, 2)]]
    assert stock(first) == Stock(on_hand=6, reserved=0, allocated=0)
    with reading() as session:
        keys = set(session.scalars(select(OutboxMessage.key)))
        number = session.get_one(Order, order_id).number
        letters = [
            message.payload["body"]
            for message in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
            if message.key.startswith("mail/order-shipped/")
        ]
    assert {f"mail/order-shipped/{number}", f"mail/order-shipped/{number}/2"} <= keys
    assert "follow in another parcel" in letters[0]
    assert "follow in another parcel" not in letters[1]


def test_a_parcel_told_twice_leaves_once(staff: SignedInStaff) -> None:
    order_id, (lot,) = ready(staff, 4)
    for parcel in (1, 2):
        fulfilment.pick(order_id, lot, staff=staff, vials=2)
        fulfilment.pack(order_id, staff=staff, part=True)
        first = ship(order_id, staff, parcel)
        assert ship(order_id, staff, parcel) == first
    assert ship(order_id, staff, 1) != first
    assert parcels(order_id) == [[(lot, 2)], [(lot, 2)]]
    assert stock(lot) == Stock(on_hand=6, reserved=0, allocated=0)


def test_a_form_for_a_parcel_that_is_not_next_is_refused(staff: SignedInStaff) -> None:
    order_id, (lot,) = ready(staff, 4)
    fulfilment.pick(order_id, lot, staff=staff, vials=1)
    fulfilment.pack(order_id, staff=staff, part=True)
    with pytest.raises(Refused, match="number 1"):
        ship(order_id, staff, 2)


def test_more_than_ordered_never_goes_into_the_box(staff: SignedInStaff) -> None:
    order_id, (lot,) = ready(staff, 3)
    fulfilment.pick(order_id, lot, staff=staff, vials=2)
    with pytest.raises(WrongLot, match="Only 1 more vial"):
        fulfilment.pick(order_id, lot, staff=staff, vials=2)
    fulfilment.pick(order_id, lot, staff=staff)
    with pytest.raises(WrongLot, match="Only 0 more vials"):
        fulfilment.pick(order_id, lot, staff=staff, vials=1)
    assert fulfilment.pick(order_id, lot, staff=staff) == f"Lot {lot} was picked already."


def test_what_is_put_back_is_not_in_the_box(staff: SignedInStaff) -> None:
    order_id, (lot,) = ready(staff, 3)
    fulfilment.pick(order_id, lot, staff=staff)
    with reading() as session:
        (row,) = fulfilment.pick_list(session, session.get_one(Order, order_id))
    fulfilment.put_back(order_id, row.reservation.id, staff=staff, vials=2)
    with pytest.raises(Refused, match="1 of lot"):
        fulfilment.put_back(order_id, row.reservation.id, staff=staff, vials=2)
    fulfilment.set_picked(order_id, row.reservation.id, 2, staff=staff)
    with pytest.raises(WrongLot):
        fulfilment.set_picked(order_id, row.reservation.id, 4, staff=staff)
    fulfilment.pack(order_id, staff=staff, part=True)
    ship(order_id, staff)
    assert parcels(order_id) == [[(lot, 2)]]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_scanner_reads_the_address_of_the_qr_code_as_well_as_the_number(staff: SignedInStaff) -> None:
    order_id, (lot,) = ready(staff, 3)
    for scanned in (lot.lower(), f"https://shop.example/coa/{lot}", f"HTTP://SHOP.EXAMPLE/COA/{lot}/?a=1"):
        fulfilment.pick(order_id, scanned, staff=staff, vials=1)
    for scanned in ("https://evil.example/other/" + lot, "https://[", "no such lot", "１２"):
        with pytest.raises(WrongLot, match="No lot is called"):
            fulfilment.pick(order_id, scanned, staff=staff)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_wrong_lot_is_told_which_the_line_needs_and_why_it_may_not_leave(staff: SignedInStaff) -> None:
    sku, other = make_size(), make_size()
    lot, recalled, stranger = (
        make_lot(sku, 10),
        make_lot(sku, 10, state=LotState.RECALLED),
        make_lot(other, 1),
    )
    order_id = order_for({sku: 1}).order_id
    fulfilment.approve(order_id, staff=staff, reason="")
    with pytest.raises(WrongLot, match=f"It was recalled: set the vial apart. This line needs {lot}."):
        fulfilment.pick(order_id, recalled, staff=staff)
    with pytest.raises(WrongLot, match=f"That is {stranger}. This order needs {lot}."):
        fulfilment.pick(order_id, stranger, staff=staff)


def test_a_recall_while_the_box_is_packed_keeps_it_here_but_not_what_left_before(
    staff: SignedInStaff,
) -> None:
    order_id, (first, second) = ready(staff, 2, 2)
    fulfilment.pick(order_id, first, staff=staff)
    fulfilment.pack(order_id, staff=staff, part=True)
    ship(order_id, staff, 1)
    lots.change_state(first, LotState.RECALLED, actor="q@shop.example", reason="purity")
    fulfilment.pick(order_id, second, staff=staff)
    fulfilment.pack(order_id, staff=staff)
    lots.change_state(second, LotState.ON_HOLD, actor="q@shop.example", reason="cloudy")
    with pytest.raises(Refused, match=f"Lot {second} may not leave"):
        ship(order_id, staff, 2)
    lots.change_state(second, LotState.RELEASED, actor="q@shop.example", reason="clear again")
    ship(order_id, staff, 2)
    assert parcels(order_id) == [[(first, 2)], [(second, 2)]]


def test_the_part_of_an_order_whose_lot_is_stopped_waits_while_the_rest_leaves(staff: SignedInStaff) -> None:
    order_id, (first, second) = ready(staff, 2, 2)
    lots.change_state(second, LotState.ON_HOLD, actor="q@shop.example", reason="cloudy")
    fulfilment.pick(order_id, first, staff=staff)
    fulfilment.pack(order_id, staff=staff, part=True)
    ship(order_id, staff)
    assert state(order_id) == FulfilmentState.PART_SHIPPED


def test_an_opened_box_of_a_second_parcel_goes_back_to_part_shipped(staff: SignedInStaff) -> None:
    order_id, (lot,) = ready(staff, 3)
    fulfilment.pick(order_id, lot, staff=staff, vials=1)
    fulfilment.pack(order_id, staff=staff, part=True)
    ship(order_id, staff)
    fulfilment.pick(order_id, lot, staff=staff)
    fulfilment.pack(order_id, staff=staff)
    fulfilment.unpack(order_id, staff=staff, reason="wrong box")
    assert state(order_id) == FulfilmentState.PART_SHIPPED


def test_the_rest_is_taken_out_with_a_reason_and_goes_back_to_its_lot(staff: SignedInStaff) -> None:
    order_id, (first, second) = ready(staff, 4, 2)
    with reading() as session:
        lines = [line.id for line in session.get_one(Order, order_id).lines]
    fulfilment.pick(order_id, first, staff=staff, vials=2)

    def take_out(wanted: dict[int, int], cause: str = "form/1", reason: str = "none left") -> bool:
        return cancelled_vials.cancel_vials(
            order_id, wanted, code=CancelReason.CANNOT_SUPPLY, reason=reason, cause=cause, staff=staff
        )

    with pytest.raises(Refused, match="2 vials are neither sent nor picked"):
        take_out({lines[0]: 3})
    with pytest.raises(Refused, match="how many"):
        take_out({lines[0]: 0})
    with pytest.raises(Refused, match="reason"):
        take_out({lines[0]: 1}, reason=" ")
    assert take_out({lines[0]: 1})
    assert not take_out({lines[0]: 1})
    assert stock(first) == Stock(on_hand=10, reserved=0, allocated=3)
    fulfilment.pack(order_id, staff=staff, part=True)
    with pytest.raises(Refused, match="The box is closed"):
        take_out({lines[1]: 1}, "form/2")
    ship(order_id, staff, 1)
    assert take_out({lines[0]: 1, lines[1]: 2}, "form/2")
    assert state(order_id) == FulfilmentState.SHIPPED
    assert stock(first) == Stock(on_hand=8, reserved=0, allocated=0)
    assert stock(second) == Stock(on_hand=10, reserved=0, allocated=0)
    with reading() as session:
        order = session.get_one(Order, order_id)
        assert cancelled_vials.of_order(session, order) == {lines[0]: 2, lines[1]: 2}
        assert order.events[-1].note.endswith("We cannot supply it: none left")


def test_an_order_of_which_nothing_has_left_is_cancelled_as_a_whole(staff: SignedInStaff) -> None:
    order_id, (lot,) = ready(staff, 2)
    with reading() as session:
        (line,) = session.get_one(Order, order_id).lines
    with pytest.raises(Refused, match="Cancel the whole order"):
        cancelled_vials.cancel_vials(
            order_id, {line.id: 2}, code=CancelReason.OTHER, reason="x", cause="c", staff=staff
        )
    fulfilment.pick(order_id, lot, staff=staff, vials=1)
    fulfilment.pack(order_id, staff=staff, part=True)
    ship(order_id, staff)
    with pytest.raises(Refused, match="Cancel only what has not left"):
        decisions.cancel(order_id, staff=staff, reason="x")


def at_once(app: Flask, tasks: list[Callable[[], object]]) -> list[str]:
    barrier = threading.Barrier(len(tasks))

    def run(task: Callable[[], object]) -> str:
        with app.app_context():
            try:
                barrier.wait(timeout=60)
                return str(task())
            except Refused as error:
                return str(error)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def test_two_packers_at_once_pick_no_vial_twice_and_hand_one_parcel_over(
    shop: Flask, staff: SignedInStaff
) -> None:
    order_id, (lot,) = ready(staff, 3)
    picked = at_once(shop, [lambda: fulfilment.pick(order_id, lot, staff=staff, vials=1)] * 5)
    assert sum(each.startswith("Picked") for each in picked) == 3
    assert sum(each.startswith("Only 0 more") for each in picked) == 2
    fulfilment.pack(order_id, staff=staff)
    sent = at_once(shop, [lambda: ship(order_id, staff, 1)] * 3)
    assert len(set(sent)) == 1
    assert parcels(order_id) == [[(lot, 3)]]
    with reading() as session:
        left = session.scalars(
            select(StockMovement.quantity)
            .join(Lot, Lot.id == StockMovement.lot_id)
            .where(Lot.number == lot, StockMovement.kind == MovementKind.SHIP)
        ).all()
    assert left == [3]


def test_handing_over_a_part_and_taking_the_rest_out_at_once_end_in_one_of_two_orders(
    shop: Flask, staff: SignedInStaff
) -> None:
    order_id, (lot,) = ready(staff, 3)
    with reading() as session:
        (line_id,) = [line.id for line in session.get_one(Order, order_id).lines]
    fulfilment.pick(order_id, lot, staff=staff, vials=1)
    fulfilment.pack(order_id, staff=staff, part=True)

    def take_out() -> object:
        return cancelled_vials.cancel_vials(
            order_id, {line_id: 2}, code=CancelReason.OTHER, reason="x", cause="c", staff=staff
        )

    sent, out = at_once(shop, [lambda: ship(order_id, staff, 1), take_out])
    assert sent.isdigit()
    assert (out, state(order_id)) in [
        ("True", FulfilmentState.SHIPPED),
        ("The box is closed. Open it again first.", FulfilmentState.PART_SHIPPED),
    ]


def test_nothing_cold_leaves_on_a_friday_without_leave_and_a_reason(staff: SignedInStaff) -> None:
    with on_weekday(3):
        order_id, (lot,) = ready(staff, 2, cold=True)
        fulfilment.pick(order_id, lot, staff=staff)
        fulfilment.pack(order_id, staff=staff)
        with pytest.raises(Refused, match="No leave is needed"):
            parcel_notes.allow_today(order_id, staff=staff, reason="x")
    with on_weekday(4):
        with pytest.raises(Refused, match="Line 1 is shipped cold, and cold goods do not leave on a Friday"):
            ship(order_id, staff)
        with pytest.raises(Refused, match="reason"):
            parcel_notes.allow_today(order_id, staff=staff, reason="  ")
        parcel_notes.allow_today(order_id, staff=staff, reason="Same-day courier")
        parcel_notes.allow_today(order_id, staff=staff, reason="again")
        ship(order_id, staff)
    with reading() as session:
        (shipment,) = session.scalars(select(Shipment)).all()
    assert shipment.sent_against_the_calendar == f"{staff.actor}: Same-day courier"


@pytest.mark.parametrize("engine", ["sqlite"])
def test_leave_is_for_one_day_and_warm_goods_need_none(staff: SignedInStaff) -> None:
    with on_weekday(4):
        cold, (lot,) = ready(staff, 1, cold=True)
        fulfilment.pick(cold, lot, staff=staff)
        fulfilment.pack(cold, staff=staff)
        parcel_notes.allow_today(cold, staff=staff, reason="courier")
        warm, (other,) = ready(staff, 1)
        fulfilment.pick(warm, other, staff=staff)
        fulfilment.pack(warm, staff=staff)
        ship(warm, staff)
    with on_weekday(5), pytest.raises(Refused, match="shipped cold"):
        ship(cold, staff)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_the_next_day_for_cold_goods_is_the_one_that_is_named(staff: SignedInStaff) -> None:
    with on_weekday(4):
        order_id, (lot,) = ready(staff, 1, cold=True)
        fulfilment.pick(order_id, lot, staff=staff)
        fulfilment.pack(order_id, staff=staff)
        monday = clock.today() + timedelta(days=3)
        assert dispatch.may_leave_cold(monday, dispatch.works)
        with pytest.raises(Refused, match=f"The next day is {monday.day} "):
            ship(order_id, staff)
