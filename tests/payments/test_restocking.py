"""What becomes of refunded vials is chosen and stands in the ledger at once; what cannot be is refused."""

from __future__ import annotations

import pytest
from builders import found_by_audit, make_lot, make_size, order_for, someone
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from stripe_beside import Stripe

from shop.core import migrations
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.inventory.models import Lot, MovementKind, StockMovement
from shop.ordering import fulfilment, return_requests, returns
from shop.ordering.cancel_reasons import CancelReason, OrderCancellation
from shop.ordering.cancelled_vials import CancelledVials
from shop.ordering.models import FulfilmentState, Order, PaymentMethod, ShipmentLine
from shop.ordering.return_models import Finding, ReturnReason
from shop.ordering.return_requests import Found
from shop.payments import attempts, decisions, refunding, refunds, restocking, settlement
from shop.payments.models import Refund, RefundState, Restock, RestockedVials
from shop.payments.refunding import Wanted
from shop.payments.restocking import Source, draw, fits
from shop.people.staff import SignedInStaff


class Bought:
    """A card order of four vials of one lot of ten, paid, perhaps sent."""

    def __init__(self, stripe: Stripe) -> None:
        self.staff: SignedInStaff = someone("warehouse", "sales", "quality")
        sku = make_size(price_minor=4600)
        self.lot = make_lot(sku, 10)
        placed = order_for({sku: 4}, method=PaymentMethod.CARD)
        self.order_id = placed.order_id
        stripe.pay(attempts.start(self.order_id))
        settlement.settle_order(self.order_id)
        with reading() as session:
            self.line = session.get_one(Order, self.order_id).lines[0].id

    def send(self) -> None:
        fulfilment.pick(self.order_id, self.lot, staff=self.staff)
        fulfilment.pack(self.order_id, staff=self.staff)
        fulfilment.ship(self.order_id, carrier="C", tracking="1", staff=self.staff)

    def comes_back(self, *, quarantine: int = 0, write_off: int = 0, look: bool = True) -> int:
        """Vials come back by a return that is looked at; the id of the return."""
        came = quarantine + write_off
        with reading() as session:
            sent = session.scalars(select(ShipmentLine.id)).one()
        request, _refusal = return_requests.ask(
            self.order_id, {sent: came}, reason=ReturnReason.DAMAGED, text="seal", once="form-1"
        )
        return_requests.approve(request, instructions="Send it.", staff=self.staff)
        with reading() as session:
            (line,) = return_requests.find(session, request).lines
            line_id = line.id
        return_requests.receive(request, {line_id: came}, staff=self.staff, note="")
        if look:
            found = Found(line_id=line_id, quarantine=quarantine, write_off=write_off)
            return_requests.inspect(request, [found], staff=self.staff, note="looked at")
        return request

    def refund(self, vials: int, choice: Restock | None, *, of: int | None = None) -> None:
        refunding.refund(
            self.order_id,
            lines={self.line: Wanted(vials=vials, restock=choice)},
            other_minor=0,
            reason="A vial broke.",
            about=refunding.shown(self.order_id),
            staff=self.staff,
            return_request_id=of,
        )

    @property
    def counters(self) -> tuple[int, int, int, int]:
        """On hand, allocated, set apart and free."""
        with reading() as session:
            lot = session.scalars(select(Lot).where(Lot.number == self.lot)).one()
            return lot.on_hand, lot.allocated, lot.quarantined, lot.free

    @property
    def refunds(self) -> list[int]:
        with reading() as session:
            return list(session.scalars(select(Refund.amount_minor).order_by(Refund.id)))


@pytest.fixture
def bought(card_shop: Flask, stripe_stand_in: Stripe) -> Bought:
    found = Bought(stripe_stand_in)
    assert found.counters == (10, 4, 0, 6)
    return found


@pytest.mark.parametrize(
    ("choice", "after"),
    [
        (Restock.TO_SHELF, (10, 3, 0, 7)),
        (Restock.QUARANTINE, (10, 3, 1, 6)),
        (Restock.WRITE_OFF, (9, 3, 0, 6)),
        (Restock.NONE, (10, 4, 0, 6)),
    ],
)
def test_a_vial_that_has_not_left_becomes_what_was_chosen(
    bought: Bought, choice: Restock, after: tuple[int, int, int, int]
) -> None:
    bought.refund(1, choice)
    assert bought.counters == after
    assert bought.refunds == [4600]
    with reading() as session:
        (refund,) = session.scalars(select(Refund)).all()
        assert [(line.quantity, line.restock) for line in refund.lines] == [(1, choice)]
        codes = list(session.scalars(select(CancelledVials.code)))
        notes = [each.note for each in session.get_one(Order, bought.order_id).events]
    assert codes == ([] if choice == Restock.NONE else [CancelReason.REFUNDED])
    assert any(restocking.in_words(choice) in note for note in notes)


def test_nothing_is_chosen_in_silence(bought: Bought) -> None:
    with pytest.raises(Refused, match="Choose what becomes of the vials"):
        bought.refund(1, None)
    assert bought.refunds == []
    assert bought.counters == (10, 4, 0, 6)


def test_a_vial_in_the_box_or_in_a_closed_box_goes_nowhere(bought: Bought) -> None:
    fulfilment.pick(bought.order_id, bought.lot, staff=bought.staff, vials=3)
    with pytest.raises(Refused, match="1 vial has not left and is not picked"):
        bought.refund(2, Restock.TO_SHELF)
    fulfilment.pick(bought.order_id, bought.lot, staff=bought.staff)
    fulfilment.pack(bought.order_id, staff=bought.staff)
    for choice in (Restock.TO_SHELF, Restock.QUARANTINE, Restock.WRITE_OFF):
        with pytest.raises(Refused, match="The box is closed"):
            bought.refund(1, choice)
    assert bought.refunds == []
    assert bought.counters == (10, 4, 0, 6)


def test_all_vials_of_an_order_are_cancelled_with_it_and_not_refunded_out_of_it(bought: Bought) -> None:
    with pytest.raises(Refused, match="Cancel the whole order"):
        bought.refund(4, Restock.TO_SHELF)
    assert bought.refunds == []


@pytest.mark.parametrize("choice", [Restock.TO_SHELF, Restock.QUARANTINE, Restock.WRITE_OFF])
def test_a_vial_with_the_buyer_cannot_be_put_anywhere(bought: Bought, choice: Restock) -> None:
    bought.send()
    with pytest.raises(Refused, match="0 vials"):
        bought.refund(1, choice)
    assert bought.refunds == []
    bought.refund(1, Restock.NONE)
    assert bought.refunds == [4600]
    assert bought.counters == (6, 0, 0, 6)


def test_what_came_back_is_never_sold_again_and_each_vial_is_decided_about_once(bought: Bought) -> None:
    bought.send()
    request = bought.comes_back(quarantine=2, write_off=1)
    assert bought.counters == (8, 0, 2, 6)
    with pytest.raises(Refused, match="a vial that has left the store is never sold again"):
        bought.refund(1, Restock.TO_SHELF, of=request)
    assert bought.counters == (8, 0, 2, 6)
    bought.refund(1, Restock.QUARANTINE, of=request)
    assert bought.counters == (8, 0, 2, 6)
    bought.refund(2, Restock.WRITE_OFF, of=request)
    assert bought.counters == (7, 0, 1, 6)
    with pytest.raises(Refused, match="0 vials of this return are left"):
        bought.refund(1, Restock.WRITE_OFF, of=request)
    assert bought.refunds == [4600, 9200]
    with reading() as session:
        rows = session.execute(
            select(RestockedVials.finding, RestockedVials.movement, RestockedVials.quantity).order_by(
                RestockedVials.id
            )
        ).all()
    assert [(str(found), str(moved), count) for found, moved, count in rows] == [
        ("quarantine", "None", 1),
        ("write_off", "None", 1),
        ("quarantine", "discard", 1),
    ]


@pytest.mark.parametrize("movement", [each for each in MovementKind if each != MovementKind.DISCARD])
def test_the_database_refuses_a_refund_that_sells_what_came_back(
    bought: Bought, movement: MovementKind
) -> None:
    bought.send()
    bought.refund(1, Restock.QUARANTINE, of=bought.comes_back(quarantine=2))
    with reading() as session:
        there = session.scalars(select(RestockedVials)).one()
    with pytest.raises(IntegrityError, match="what_came_back_is_never_sold"), writing() as session:
        session.add(
            RestockedVials(
                refund_line_id=there.refund_line_id,
                lot_id=there.lot_id,
                quantity=1,
                returned_id=there.returned_id,
                finding=Finding.QUARANTINE,
                movement=movement,
                cause="made up",
            )
        )


def test_a_return_that_nobody_has_looked_at_decides_nothing_about_vials(bought: Bought) -> None:
    bought.send()
    request = bought.comes_back(quarantine=1, look=False)
    with pytest.raises(Refused, match="never sold again"):
        bought.refund(1, Restock.TO_SHELF, of=request)
    for choice in (Restock.QUARANTINE, Restock.WRITE_OFF):
        with pytest.raises(Refused, match="has not been looked at"):
            bought.refund(1, choice, of=request)
    bought.refund(1, Restock.NONE, of=request)
    with reading() as session:
        assert session.scalars(select(Refund.return_request_id)).all() == [request]


def test_vials_that_came_back_without_a_request_are_never_sold_again(bought: Bought) -> None:
    bought.send()
    with reading() as session:
        sent = session.scalars(select(ShipmentLine.id)).one()
    returns.take_back(bought.order_id, sent, 2, cause="a", staff=bought.staff, reason="undeliverable")
    with pytest.raises(Refused, match="A vial that has left is never sold again"):
        bought.refund(1, Restock.TO_SHELF)
    bought.refund(1, Restock.QUARANTINE)
    assert bought.counters == (8, 0, 2, 6)
    bought.refund(1, Restock.WRITE_OFF)
    assert bought.counters == (7, 0, 1, 6)
    with pytest.raises(Refused, match="0 vials are here"):
        bought.refund(1, Restock.WRITE_OFF)


def test_a_return_of_another_order_is_refused(bought: Bought, stripe_stand_in: Stripe) -> None:
    bought.send()
    request = bought.comes_back(quarantine=1)
    other = Bought(stripe_stand_in)
    with pytest.raises(Refused, match="another order"):
        other.refund(1, Restock.NONE, of=request)


def test_trying_a_failed_refund_again_moves_money_under_a_new_key_and_no_vials(
    bought: Bought, stripe_stand_in: Stripe
) -> None:
    bought.refund(1, Restock.TO_SHELF)
    with reading() as session:
        (first,) = session.scalars(select(Refund)).all()
        first_id, stripe_id, key = first.id, first.stripe_refund, first.key
    assert stripe_id is not None
    with pytest.raises(Refused, match="has not failed"):
        refunds.try_again(first_id, actor="t@shop.example")
    stripe_stand_in.control(f"refunds/{stripe_id}/fail")
    refunds.look_again(stripe_id)
    before = bought.counters
    again = refunds.try_again(first_id, actor="t@shop.example", why="The card is open again.")
    refunds.send(again)
    with pytest.raises(Refused, match="tried again already"):
        refunds.try_again(first_id, actor="t@shop.example")
    assert bought.counters == before == (10, 3, 0, 7)
    with reading() as session:
        second = session.get_one(Refund, again)
        assert (second.state, second.instead_of_id) == (RefundState.SUCCEEDED, first_id)
        assert second.key != key
        assert [(line.quantity, line.restock) for line in second.lines] == [(1, Restock.TO_SHELF)]
        assert len(session.scalars(select(RestockedVials.id)).all()) == 1


@pytest.mark.parametrize(
    ("choice", "after"),
    [
        (Restock.TO_SHELF, (10, 0, 0, 10)),
        (Restock.QUARANTINE, (10, 0, 4, 6)),
        (Restock.WRITE_OFF, (6, 0, 0, 6)),
    ],
)
def test_the_vials_of_a_cancelled_order_become_what_was_chosen_too(
    bought: Bought, choice: Restock, after: tuple[int, int, int, int]
) -> None:
    decisions.cancel(
        bought.order_id,
        staff=bought.staff,
        reason="",
        code=CancelReason.CANNOT_SUPPLY,
        restock={bought.line: choice},
    )
    assert bought.counters == after
    with reading() as session:
        order = session.get_one(Order, bought.order_id)
        assert order.fulfilment_state == FulfilmentState.CANCELLED
        assert session.scalars(select(OrderCancellation.code)).all() == [CancelReason.CANNOT_SUPPLY]
        (refund,) = session.scalars(select(Refund)).all()
        assert [line.restock for line in refund.lines if line.order_line_id] == [choice]
        assert refund.reason == "We cannot supply it."
        assert session.scalars(select(RestockedVials.quantity)).all() == [4]


def test_a_cancelled_order_keeps_no_vials(bought: Bought) -> None:
    with pytest.raises(Refused, match="keeps no vials"):
        decisions.cancel(bought.order_id, staff=bought.staff, reason="x", restock={bought.line: Restock.NONE})
    assert bought.counters == (10, 4, 0, 6)


def test_the_audit_finds_vials_that_a_refund_says_it_moved_and_did_not(bought: Bought) -> None:
    bought.refund(1, Restock.WRITE_OFF)
    with writing() as session:
        line = session.scalars(select(Refund)).one().lines[0]
        lot = session.scalars(select(Lot)).one()
        row = RestockedVials(
            refund_line_id=line.id, lot_id=lot.id, quantity=9, movement="write_off", cause="made up"
        )
        session.add(row)
    assert sorted(found_by_audit()) == [
        "I182: made up: 9 vials of a refund are not in the ledger",
        f"I183: order {10_000 + bought.order_id}, line 1: 10 of 4 vials were decided on",
    ]
    with writing() as session:
        guard = "restocked_vials_refuses_delete"
        on = "" if session.get_bind().dialect.name == "sqlite" else " ON restocked_vials"
        session.execute(text(f"DROP TRIGGER {guard}{on}"))
        session.execute(text("DELETE FROM restocked_vials WHERE cause = 'made up'"))
    migrations.restore_guards()


SOURCES = st.lists(
    st.builds(
        Source,
        lot_id=st.integers(1, 3),
        vials=st.integers(1, 5),
        returned_id=st.integers(1, 4),
        finding=st.sampled_from([None, *Finding]),
    )
    | st.builds(Source, lot_id=st.integers(1, 3), vials=st.integers(1, 5)),
    max_size=6,
)
CHOICES = st.sampled_from([Restock.TO_SHELF, Restock.QUARANTINE, Restock.WRITE_OFF])


@given(SOURCES, CHOICES, st.integers(1, 12))
def test_just_as_many_vials_are_drawn_as_were_asked_for_and_only_fitting_ones(
    sources: list[Source], choice: Restock, vials: int
) -> None:
    drawn = draw(sources, choice, vials)
    possible = restocking.room(sources)[choice]
    assert (drawn is None) == (possible < vials)
    if drawn is not None:
        assert sum(each.vials for each in drawn) == vials
        assert all(fits(each, choice) for each in drawn)
        if choice == Restock.TO_SHELF:
            assert all(each.returned_id is None for each in drawn)


def test_every_restocked_vial_is_told_by_a_movement_with_the_reason(bought: Bought) -> None:
    bought.refund(1, Restock.WRITE_OFF)
    with reading() as session:
        row = session.scalars(select(RestockedVials)).one()
        moved = session.scalars(select(StockMovement).where(StockMovement.cause == row.cause)).one()
        assert (moved.quantity, moved.reason, moved.actor) == (1, "A vial broke.", bought.staff.actor)
