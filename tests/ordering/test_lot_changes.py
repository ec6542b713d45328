"""Another lot is sent only with the buyer's yes, and the vials offered are there when it comes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import Stock, make_lot, make_ready_to_sell, make_size, order_for, someone, stock
from flask import Flask
from sqlalchemy import select

from shop.core import clock
from shop.core.database import reading, writing
from shop.core.errors import NotFound, Refused
from shop.core.outbox import OutboxMessage
from shop.inventory import lot_holds, lots
from shop.inventory.models import LotState, Reservation, ReservationState
from shop.ordering import fulfilment, lot_changes
from shop.ordering.models import FulfilmentState, LotChange, LotChangeState, Order, OrderLine
from shop.payments import decisions
from shop.people.staff import SignedInStaff

BUYER = "i.brandsma@vima.example"


@pytest.fixture(autouse=True)
def a_shop_that_can_sell(shop: Flask) -> None:
    make_ready_to_sell()


@pytest.fixture
def staff() -> SignedInStaff:
    return someone("warehouse", "quality", "sales")


def stopped_order(staff: SignedInStaff, *, approved: bool = False) -> tuple[int, int, str, str, str]:
    """Five vials over a lot that was put on hold (3) and another (2); and a third lot with 8 free vials."""
    sku = make_size()
    bad = make_lot(sku, 3, retest_on=clock.today() + timedelta(days=300))
    good = make_lot(sku, 2, retest_on=clock.today() + timedelta(days=400))
    spare = make_lot(sku, 8, retest_on=clock.today() + timedelta(days=600))
    order_id = order_for({sku: 5}).order_id
    if approved:
        fulfilment.approve(order_id, staff=staff, reason="")
    lots.change_state(bad, LotState.ON_HOLD, actor=staff.actor, reason="a complaint")
    with reading() as session:
        reservation = next(each for each in live(order_id) if each[0] == bad)
        assert session
    return order_id, reservation[2], bad, good, spare


def live(order_id: int) -> list[tuple[str, int, int, ReservationState]]:
    with reading() as session:
        rows = session.scalars(
            select(Reservation)
            .join(OrderLine, OrderLine.id == Reservation.order_line_id)
            .where(OrderLine.order_id == order_id, Reservation.state != ReservationState.RELEASED)
            .order_by(Reservation.lot_id)
        )
        return [(each.lot.number, each.quantity, each.id, each.state) for each in rows]


def propose(order_id: int, reservation_id: int, staff: SignedInStaff) -> int:
    return lot_changes.propose(order_id, reservation_id, staff=staff, reason="a complaint is looked into")


def change_state(change_id: int) -> LotChangeState:
    with reading() as session:
        return session.get_one(LotChange, change_id).state


@pytest.mark.parametrize("approved", [False, True], ids=["held", "to pick"])
def test_nothing_changes_before_the_buyer_says_yes_and_then_just_the_stopped_vials(
    staff: SignedInStaff, approved: bool
) -> None:
    order_id, reservation_id, bad, good, spare = stopped_order(staff, approved=approved)
    before = live(order_id)
    change_id = propose(order_id, reservation_id, staff)
    assert live(order_id) == before
    assert stock(spare) == Stock(8, 3, 0), "what is offered is kept"
    assert propose(order_id, reservation_id, staff) == change_id, "offered once"
    for _twice in range(2):
        lot_changes.accept(order_id, change_id, actor=BUYER)
    state = ReservationState.ALLOCATED if approved else ReservationState.HELD
    assert [(lot, vials, now) for lot, vials, _id, now in live(order_id)] == [
        (good, 2, state),
        (spare, 3, state),
    ]
    assert stock(bad) == Stock(3, 0, 0)
    assert stock(spare) == (Stock(8, 0, 3) if approved else Stock(8, 3, 0))
    assert change_state(change_id) == LotChangeState.ACCEPTED
    with reading() as session:
        kinds = [event.kind for event in session.get_one(Order, order_id).events]
        assert kinds.count("lot-change-proposed") == kinds.count("lot-change-accepted") == 1


def test_the_buyer_is_told_by_mail_which_lot_why_and_where_to_answer(staff: SignedInStaff) -> None:
    order_id, reservation_id, bad, _good, spare = stopped_order(staff)
    change_id = propose(order_id, reservation_id, staff)
    with reading() as session:
        letter = session.scalars(
            select(OutboxMessage).where(OutboxMessage.key.like("mail/order-lot-change/%"))
        ).one()
        text = letter.payload["body"]
    assert letter.payload["to"] == BUYER
    for expected in (bad, spare, "a complaint is looked into", f"/lot-change/{change_id}?key="):
        assert expected in text


def test_more_of_a_lot_the_line_has_already_is_added_to_what_it_has(staff: SignedInStaff) -> None:
    sku = make_size()
    bad = make_lot(sku, 3, retest_on=clock.today() + timedelta(days=300))
    good = make_lot(sku, 9, retest_on=clock.today() + timedelta(days=400))
    order_id = order_for({sku: 5}).order_id
    lots.change_state(bad, LotState.RECALLED, actor=staff.actor, reason="bad")
    reservation_id = next(each[2] for each in live(order_id) if each[0] == bad)
    lot_changes.accept(order_id, propose(order_id, reservation_id, staff), actor=BUYER)
    assert [each[:2] for each in live(order_id)] == [(good, 5)]
    assert stock(good) == Stock(9, 5, 0)


def test_a_line_that_wanted_one_lot_is_offered_one_lot(staff: SignedInStaff) -> None:
    from builders import draft_for, place

    from shop.ordering.models import CartLine

    sku = make_size()
    bad = make_lot(sku, 4, retest_on=clock.today() + timedelta(days=300))
    make_lot(sku, 3, retest_on=clock.today() + timedelta(days=400))
    token = draft_for({sku: 4})
    with writing() as session:
        for line in session.scalars(select(CartLine)):
            line.one_lot = True
    order_id = place(token).order_id
    lots.change_state(bad, LotState.ON_HOLD, actor=staff.actor, reason="look")
    late = make_lot(sku, 2, retest_on=clock.today() + timedelta(days=500))
    with pytest.raises(Refused, match="as the buyer wanted it: 5"):
        propose(order_id, live(order_id)[0][2], staff)
    whole = make_lot(sku, 4, retest_on=clock.today() + timedelta(days=600))
    lot_changes.accept(order_id, propose(order_id, live(order_id)[0][2], staff), actor=BUYER)
    assert [each[:2] for each in live(order_id)] == [(whole, 4)]
    assert stock(late) == Stock(2, 0, 0)


def test_an_offer_is_for_stopped_vials_of_an_open_order_only(staff: SignedInStaff) -> None:
    order_id, reservation_id, bad, good, _spare = stopped_order(staff, approved=True)
    fine = next(each[2] for each in live(order_id) if each[0] == good)
    with pytest.raises(Refused, match="may be sent"):
        propose(order_id, fine, staff)
    with pytest.raises(NotFound):
        propose(order_id, 987_654, staff)
    with pytest.raises(Refused, match="reason"):
        lot_changes.propose(order_id, reservation_id, staff=staff, reason=" ")
    lots.change_state(bad, LotState.RELEASED, actor=staff.actor, reason="fine")
    for lot in (bad, good):
        fulfilment.pick(order_id, lot, staff=staff)
    fulfilment.pack(order_id, staff=staff)
    lots.change_state(bad, LotState.ON_HOLD, actor=staff.actor, reason="after all")
    with pytest.raises(Refused, match="Unpack"):
        propose(order_id, reservation_id, staff)
    fulfilment.unpack(order_id, staff=staff, reason="other lot")
    assert propose(order_id, reservation_id, staff)


def test_an_offer_ends_and_its_vials_go_back_on_sale(staff: SignedInStaff) -> None:
    order_id, reservation_id, _bad, _good, spare = stopped_order(staff)
    change_id = propose(order_id, reservation_id, staff)
    with clock.shifted(timedelta(days=7, minutes=1)):
        assert lot_holds.end_due() == 1
        assert stock(spare) == Stock(8, 0, 0)
        with pytest.raises(Refused, match="kept until"):
            lot_changes.accept(order_id, change_id, actor=BUYER)
        again = propose(order_id, reservation_id, staff)
        assert again != change_id and change_state(change_id) == LotChangeState.ENDED
        lot_changes.accept(order_id, again, actor=BUYER)
    with pytest.raises(Refused, match="answered"):
        lot_changes.accept(order_id, change_id, actor=BUYER)


def test_an_offered_lot_that_is_stopped_as_well_is_not_sent(staff: SignedInStaff) -> None:
    order_id, reservation_id, _bad, _good, spare = stopped_order(staff)
    before = live(order_id)
    change_id = propose(order_id, reservation_id, staff)
    lots.change_state(spare, LotState.RECALLED, actor=staff.actor, reason="bad too")
    with pytest.raises(Refused, match="can’t be sent any more"):
        lot_changes.accept(order_id, change_id, actor=BUYER)
    assert live(order_id) == before
    assert change_state(change_id) == LotChangeState.PROPOSED


def test_a_buyer_who_wants_no_other_lot_cancels_and_everything_goes_back(staff: SignedInStaff) -> None:
    order_id, reservation_id, bad, good, spare = stopped_order(staff)
    change_id = propose(order_id, reservation_id, staff)
    decisions.decline_other_lot(order_id, change_id)
    assert change_state(change_id) == LotChangeState.DECLINED
    assert [stock(lot) for lot in (bad, good, spare)] == [Stock(3, 0, 0), Stock(2, 0, 0), Stock(8, 0, 0)]
    with reading() as session:
        assert session.get_one(Order, order_id).fulfilment_state == FulfilmentState.CANCELLED
    with pytest.raises(Refused):
        decisions.decline_other_lot(order_id, change_id)


def test_cancelling_an_order_lets_go_of_what_was_offered(staff: SignedInStaff) -> None:
    order_id, reservation_id, _bad, _good, spare = stopped_order(staff)
    change_id = propose(order_id, reservation_id, staff)
    decisions.cancel(order_id, staff=staff, reason="no longer wanted")
    assert stock(spare) == Stock(8, 0, 0)
    assert change_state(change_id) == LotChangeState.ENDED


def test_an_offer_belongs_to_its_order(staff: SignedInStaff) -> None:
    order_id, reservation_id, _bad, _good, _spare = stopped_order(staff)
    change_id = propose(order_id, reservation_id, staff)
    other = order_for({make_and_stock(): 1}).order_id
    with pytest.raises(NotFound):
        lot_changes.accept(other, change_id, actor=BUYER)
    with pytest.raises(NotFound):
        decisions.decline_other_lot(other, change_id)


def make_and_stock() -> str:
    sku = make_size()
    make_lot(sku, 1)
    return sku


def test_a_packed_box_can_be_opened_again_with_a_reason(staff: SignedInStaff) -> None:
    sku = make_size()
    lot = make_lot(sku, 3)
    order_id = order_for({sku: 2}).order_id
    fulfilment.approve(order_id, staff=staff, reason="")
    with pytest.raises(Refused, match="reason"):
        fulfilment.unpack(order_id, staff=staff, reason=" ")
    fulfilment.pick(order_id, lot, staff=staff)
    fulfilment.pack(order_id, staff=staff)
    for _twice in range(2):
        fulfilment.unpack(order_id, staff=staff, reason="wrong slip")
    with reading() as session:
        order = session.get_one(Order, order_id)
        assert order.fulfilment_state == FulfilmentState.TO_PICK
        assert [event.kind for event in order.events].count("unpacked") == 1
    fulfilment.pack(order_id, staff=staff)
    fulfilment.ship(order_id, carrier="C", tracking="1", staff=staff)
    with pytest.raises(Refused, match="not packed"):
        fulfilment.unpack(order_id, staff=staff, reason="too late")
