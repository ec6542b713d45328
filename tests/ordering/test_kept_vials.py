"""Keep the rest of my lot: asked for by a buyer, granted by staff, ordered by its holder, ended in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import (
    Stock,
    draft_for,
    draft_of,
    found_by_audit,
    make_lot,
    make_ready_to_sell,
    make_size,
    order_for,
    place,
    someone,
    stock,
)
from flask import Flask
from sqlalchemy import select, text

from shop.core import clock
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.outbox import OutboxMessage
from shop.inventory import lot_holds, lots
from shop.inventory.models import HoldState, Lot, LotHold, LotState, Reservation
from shop.ordering import cart, kept_vials, lot_plan
from shop.ordering.models import Order
from shop.people.staff import SignedInStaff

BUYER = "i.brandsma@vima.example"


@pytest.fixture(autouse=True)
def a_shop_that_can_sell(shop: Flask) -> None:
    make_ready_to_sell()


@pytest.fixture
def staff() -> SignedInStaff:
    return someone("sales")


def asked(vials: int = 5, *, stocked: int = 10, days: int = 30) -> tuple[str, str, int, int]:
    """An order of two vials whose buyer asks for more of the lot: SKU, lot, order id, hold id."""
    sku = make_size()
    lot = make_lot(sku, stocked)
    order_id = order_for({sku: 2}).order_id
    until = clock.today() + timedelta(days=days)
    kept_vials.ask(order_id, lot_number=lot, vials=vials, until=until, actor=BUYER)
    with reading() as session:
        hold_id = session.scalars(select(LotHold.id).order_by(LotHold.id.desc())).first()
    return sku, lot, order_id, hold_id or 0


def hold(hold_id: int) -> LotHold:
    with reading() as session:
        found = session.get_one(LotHold, hold_id)
        session.expunge(found)
        return found


def test_asking_keeps_nothing_and_granting_keeps_it_once(staff: SignedInStaff) -> None:
    _sku, lot, order_id, hold_id = asked()
    assert stock(lot) == Stock(10, 2, 0)
    for _twice in range(2):
        kept_vials.decide(hold_id, grant=True, staff=staff)
    assert stock(lot) == Stock(10, 7, 0)
    assert (hold(hold_id).state, hold(hold_id).left_vials) == (HoldState.HELD, 5)
    with reading() as session:
        letters = session.scalars(
            select(OutboxMessage).where(OutboxMessage.key.like("mail/vials-kept/%"))
        ).all()
        assert len(letters) == 1 and "/held-vials/" in letters[0].payload["body"]
        kinds = [event.kind for event in session.get_one(Order, order_id).events]
        assert "vials-asked-for" in kinds


def test_staff_may_keep_fewer_or_refuse_with_a_reason(staff: SignedInStaff) -> None:
    _sku, lot, _order_id, hold_id = asked()
    kept_vials.decide(hold_id, grant=True, staff=staff, vials=2)
    assert stock(lot) == Stock(10, 4, 0)
    _sku, lot, _order_id, hold_id = asked()
    with pytest.raises(Refused, match="reason"):
        kept_vials.decide(hold_id, grant=False, staff=staff)
    kept_vials.decide(hold_id, grant=False, staff=staff, reason="others wait for it")
    assert stock(lot) == Stock(10, 2, 0)
    with pytest.raises(Refused, match="decided"):
        kept_vials.decide(hold_id, grant=True, staff=staff)
    with reading() as session:
        bodies = [each.payload["body"] for each in session.scalars(select(OutboxMessage))]
    assert any("others wait for it" in body for body in bodies)


def test_only_free_vials_of_a_lot_on_sale_are_kept(staff: SignedInStaff) -> None:
    _sku, lot, _order_id, hold_id = asked(9)
    with pytest.raises(Refused, match="8 vials that may be kept"):
        kept_vials.decide(hold_id, grant=True, staff=staff)
    with pytest.raises(Refused, match="no more than"):
        kept_vials.decide(hold_id, grant=True, staff=staff, vials=10)
    lots.change_state(lot, LotState.ON_HOLD, actor="q", reason="look")
    with pytest.raises(Refused, match="0 vials that may be kept"):
        kept_vials.decide(hold_id, grant=True, staff=staff, vials=1)
    assert stock(lot) == Stock(10, 2, 0)


def test_a_buyer_asks_for_lots_of_the_order_within_bounds_and_once() -> None:
    _sku, lot, order_id, _hold_id = asked()
    soon = clock.today() + timedelta(days=3)
    other = make_lot(make_size(), 5)
    with pytest.raises(Refused, match="already"):
        kept_vials.ask(order_id, lot_number=lot, vials=1, until=soon, actor=BUYER)
    with pytest.raises(Refused, match="of this order"):
        kept_vials.ask(order_id, lot_number=other, vials=1, until=soon, actor=BUYER)
    sku = make_size()
    lot = make_lot(sku, 5)
    order_id = order_for({sku: 1}).order_id
    for vials, days in ((0, 3), (10_001, 3), (1, 91), (1, -1)):
        with pytest.raises(Refused):
            kept_vials.ask(
                order_id,
                lot_number=lot,
                vials=vials,
                until=clock.today() + timedelta(days=days),
                actor=BUYER,
            )


def draft_drawing_on(sku: str, quantity: int, hold_id: int) -> str:
    return draft_of(cart.add(None, sku=sku, quantity=quantity, hold=hold_id))


def test_an_order_of_the_holder_draws_on_the_hold_and_then_on_the_rest_of_the_lot(
    staff: SignedInStaff,
) -> None:
    sku, lot, _order_id, hold_id = asked(5)
    kept_vials.decide(hold_id, grant=True, staff=staff)
    sooner = make_lot(sku, 9, retest_on=clock.today() + timedelta(days=200))
    first = place(draft_drawing_on(sku, 3, hold_id)).order_id
    assert hold(hold_id).left_vials == 2
    assert stock(lot) == Stock(10, 7, 0)
    second = place(draft_drawing_on(sku, 4, hold_id)).order_id
    assert hold(hold_id).left_vials == 0
    assert stock(lot) == Stock(10, 9, 0)
    assert stock(sooner) == Stock(9, 0, 0)
    with reading() as session:
        quantities = session.scalars(
            select(Reservation.quantity)
            .where(Reservation.quantity.in_((3, 4)))
            .order_by(Reservation.quantity)
        ).all()
        assert quantities == [3, 4]
    assert first != second


def test_nobody_else_can_buy_what_is_kept(staff: SignedInStaff) -> None:
    sku, lot, _order_id, hold_id = asked(8)
    token = draft_for({sku: 1})
    kept_vials.decide(hold_id, grant=True, staff=staff)
    assert stock(lot) == Stock(10, 10, 0)
    with pytest.raises(lot_plan.SoldOut):
        place(token)
    with pytest.raises(Refused, match="sold out"):
        cart.add(None, sku=sku, quantity=1)
    place(draft_drawing_on(sku, 8, hold_id))
    assert stock(lot) == Stock(10, 10, 0)


def test_a_hold_ends_by_a_release_when_its_time_has_come_or_before(staff: SignedInStaff) -> None:
    _sku, lot, _order_id, hold_id = asked(5, days=10)
    kept_vials.decide(hold_id, grant=True, staff=staff)
    assert lot_holds.end_due() == 0
    with clock.shifted(timedelta(days=11)):
        assert stock(lot) == Stock(10, 7, 0), "never by the clock alone"
        assert lot_holds.end_due() == 1
        assert lot_holds.end_due() == 0
    assert stock(lot) == Stock(10, 2, 0)
    _sku, lot, _order_id, hold_id = asked(5)
    kept_vials.decide(hold_id, grant=True, staff=staff)
    reference = hold(hold_id).reference
    assert kept_vials.let_go(reference, actor=BUYER)
    assert not kept_vials.let_go(reference, actor=BUYER)
    assert stock(lot) == Stock(10, 2, 0)


def test_the_end_of_a_hold_gives_back_only_what_is_left_of_it(staff: SignedInStaff) -> None:
    sku, lot, _order_id, hold_id = asked(5)
    kept_vials.decide(hold_id, grant=True, staff=staff)
    place(draft_drawing_on(sku, 3, hold_id))
    kept_vials.let_go(hold(hold_id).reference, actor=BUYER)
    assert stock(lot) == Stock(10, 5, 0), "two of the first order and three drawn"


def test_a_hold_that_ended_meanwhile_leaves_its_line_to_the_free_vials(staff: SignedInStaff) -> None:
    sku, lot, _order_id, hold_id = asked(8)
    kept_vials.decide(hold_id, grant=True, staff=staff)
    token = draft_drawing_on(sku, 4, hold_id)
    kept_vials.let_go(hold(hold_id).reference, actor=BUYER)
    place(token)
    assert stock(lot) == Stock(10, 6, 0)


def test_no_more_is_drawn_from_a_hold_than_it_keeps_nor_from_another_lot(staff: SignedInStaff) -> None:
    sku, lot, _order, hold_id = asked(3)
    other = make_lot(sku, 5)
    kept_vials.decide(hold_id, grant=True, staff=staff)
    before = stock(lot)
    with writing() as session:
        ids = {each.number: each.id for each in session.scalars(select(Lot))}
        for vials, of in ((4, lot), (1, other)):
            assert not lot_holds.draw(
                session, hold_id, vials, lot_id=ids[of], line=1, cause=f"order/{of}", actor="t"
            )
    assert (stock(lot), hold(hold_id).left_vials) == (before, 3)


def test_a_hold_cannot_be_granted_after_its_end(staff: SignedInStaff) -> None:
    _sku, lot, _order_id, hold_id = asked(5, days=2)
    with clock.shifted(timedelta(days=3)), pytest.raises(Refused, match="passed"):
        kept_vials.decide(hold_id, grant=True, staff=staff)
    assert stock(lot) == Stock(10, 2, 0)


def test_the_key_of_a_hold_opens_that_hold_only() -> None:
    assert lot_holds.opens(lot_holds.key_of("one"), "one")
    assert not lot_holds.opens(lot_holds.key_of("one"), "two")
    assert not lot_holds.opens("", "one")
    assert not lot_holds.opens("é", "one")


def test_the_audit_names_a_hold_that_its_lot_does_not_know_and_one_forgotten(staff: SignedInStaff) -> None:
    _sku, lot, _order_id, hold_id = asked(5)
    kept_vials.decide(hold_id, grant=True, staff=staff)
    with writing() as session:
        session.execute(text("UPDATE lot_hold SET left_vials = 4"))
        assert any(line.startswith("I3:") and lot in line for line in found_by_audit())
        session.rollback()
    with clock.shifted(timedelta(days=60)):
        assert any(line.startswith("I43:") for line in found_by_audit())
    with reading() as session:
        assert session.scalars(select(Lot.number)).first() == lot
