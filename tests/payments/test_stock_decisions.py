"""Paid, but the stock is gone: refunded in full, sent in part, or waiting, by one person's word."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import Stock, found_by_audit, make_lot, make_size, order_for, someone, stock
from paid_and_gone import PAID_AND_GONE, about, history, paid_and_gone, paid_and_gone_of, states_of
from sqlalchemy import func, select
from stripe_beside import Stripe

from shop.core import clock
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.outbox import OutboxMessage
from shop.inventory.models import Lot, LotState
from shop.ordering import cancelled_vials, fulfilment
from shop.ordering.models import FulfilmentState, Order, OrderLine, PaymentState, ReviewState
from shop.ordering.placement import Placed
from shop.payments import holds, invoicing, refunds, stock_choices, stock_decisions, stock_waits
from shop.payments.invoice_models import Invoice
from shop.payments.models import PaymentAttempt, Refund, RefundLine, RefundState, StockWait

pytestmark = pytest.mark.usefixtures("card_shop", "plain_papers")

REFUNDED = (PaymentState.REFUNDED, ReviewState.PASSED, FulfilmentState.CANCELLED)
PART = (PaymentState.PART_REFUNDED, ReviewState.PASSED, FulfilmentState.TO_PICK)
WHOLE = (PaymentState.PAID, ReviewState.PASSED, FulfilmentState.TO_PICK)


def refund_all(placed: Placed, **more: str) -> bool:
    given = {"about": about(placed), "reason": "Spoke to the buyer", **more}
    return stock_decisions.refund_all(placed.order_id, staff=someone("sales"), **given)


def send(placed: Placed, **more: str) -> bool:
    given = {"about": about(placed), "reason": "The buyer wants what there is", **more}
    return stock_decisions.send_what_there_is(placed.order_id, staff=someone("sales"), **given)


def wait(placed: Placed, days: int = 7, **more: str) -> None:
    given = {"about": about(placed), "reason": "A lot comes on Thursday", **more}
    until = clock.today() + timedelta(days=days)
    stock_decisions.wait(placed.order_id, until=until, staff=someone("sales"), **given)


def mails(placed: Placed) -> list[str]:
    with reading() as session:
        query = select(OutboxMessage).where(OutboxMessage.subject == f"order/{placed.number}")
        return [
            str(each.payload["body"])
            for each in session.scalars(query.order_by(OutboxMessage.id))
            if each.key.startswith("mail/")
        ]


def refund_rows() -> list[tuple[int, RefundState]]:
    with reading() as session:
        return [(row.amount_minor, row.state) for row in session.scalars(select(Refund).order_by(Refund.id))]


def waits_of(placed: Placed) -> list[tuple[str, bool]]:
    with reading() as session:
        rows = session.scalars(select(StockWait).where(StockWait.order_id == placed.order_id))
        return [(row.outcome, row.ended_at is None) for row in rows]


def vials_kept(placed: Placed) -> int:
    with reading() as session:
        order = fulfilment.find(session, placed.order_id)
        return sum(row.reservation.quantity for row in fulfilment.pick_list(session, order))


def test_a_refund_in_full_sends_all_the_money_back_and_nothing_else(stripe_stand_in: Stripe) -> None:
    placed, _sku = paid_and_gone(stripe_stand_in, 5, left=3)

    assert refund_all(placed)

    assert states_of(placed) == REFUNDED
    assert refund_rows() == [(5 * 4600 + 1400, RefundState.SUCCEEDED)]
    assert vials_kept(placed) == 0
    assert "We send $244.00 back to the card" in mails(placed)[-2]
    assert "We have refunded $244.00" in mails(placed)[-1]
    actor, _kind, note = next(each for each in history(placed) if each[1] == "decided")
    assert actor.startswith("staff")
    assert note == "Refund in full, $244.00; nothing is sent. Spoke to the buyer"


def test_what_there_is_is_sent_and_the_missing_vials_are_refunded_without_delivery(
    stripe_stand_in: Stripe,
) -> None:
    placed, _sku = paid_and_gone(stripe_stand_in, 5, left=3)

    assert send(placed)

    assert states_of(placed) == PART
    assert refund_rows() == [(2 * 4600, RefundState.SUCCEEDED)]
    assert vials_kept(placed) == 3
    with reading() as session:
        order = fulfilment.find(session, placed.order_id)
        line = order.lines[0]
        assert cancelled_vials.of_order(session, order) == {line.id: 2}
        row = session.scalars(select(RefundLine)).one()
        assert (row.order_line_id, row.quantity, row.amount_minor) == (line.id, 2, 9200)
        assert session.scalar(select(func.sum(Lot.allocated))) == 3
    letter = mails(placed)[-2]
    assert "3 × Semax" in letter and "2 × Semax" in letter
    assert "We send $92.00 back for them" in letter
    note = next(note for _actor, kind, note in history(placed) if kind == "decided")
    assert note.startswith("3 vials are sent (3 × SMX-") and "$92.00 goes back" in note
    assert note.endswith("The buyer wants what there is")


def test_an_order_sent_in_part_is_packed_shipped_and_invoiced_for_what_left(stripe_stand_in: Stripe) -> None:
    placed, _sku = paid_and_gone(stripe_stand_in, 5, left=3)
    send(placed)
    staff = someone("warehouse", "quality")
    with reading() as session:
        order = fulfilment.find(session, placed.order_id)
        numbers = {row.lot.number for row in fulfilment.pick_list(session, order)}
    for number in numbers:
        fulfilment.pick(placed.order_id, number, staff=staff)
    fulfilment.pack(placed.order_id, staff=staff)
    fulfilment.ship(placed.order_id, carrier="C", tracking="T", staff=staff)
    invoicing.issue_due()

    assert states_of(placed)[2] == FulfilmentState.SHIPPED
    with reading() as session:
        papers = session.execute(select(Invoice.kind, Invoice.total_minor).order_by(Invoice.id)).all()
        assert [(kind.value, total) for kind, total in papers] == [("invoice", 24400), ("credit_note", 9200)]


def test_nothing_can_be_sent_where_there_is_nothing(stripe_stand_in: Stripe) -> None:
    placed, _sku = paid_and_gone(stripe_stand_in, 2, left=0)
    with pytest.raises(Refused, match="None of these vials can be had now"):
        send(placed)
    assert states_of(placed) == PAID_AND_GONE
    assert refund_rows() == []


def test_a_whole_line_that_is_missing_is_refunded_with_its_shares_and_the_other_is_sent(
    stripe_stand_in: Stripe,
) -> None:
    first, second = make_size(price_minor=4600), make_size(price_minor=990)
    placed = paid_and_gone_of(stripe_stand_in, {first: 2, second: 3}, {first: 2, second: 0})

    send(placed)

    assert refund_rows() == [(3 * 990, RefundState.SUCCEEDED)]
    assert states_of(placed) == PART
    assert vials_kept(placed) == 2


def test_where_every_vial_is_there_again_the_order_is_sent_whole_and_nothing_goes_back(
    stripe_stand_in: Stripe,
) -> None:
    placed, sku = paid_and_gone(stripe_stand_in, 2)
    lot = make_lot(sku, 4)

    send(placed)

    assert states_of(placed) == WHOLE
    assert refund_rows() == []
    assert stock(lot) == Stock(on_hand=4, reserved=0, allocated=2)
    with pytest.raises(Refused, match="decided about meanwhile"):
        stock_decisions.refund_all(placed.order_id, about="x", reason="late", staff=someone("sales"))


def test_a_second_decision_finds_that_the_first_was_made(stripe_stand_in: Stripe) -> None:
    placed, _sku = paid_and_gone(stripe_stand_in, 5, left=3)
    read_by_both = about(placed)
    send(placed, about=read_by_both)
    with pytest.raises(Refused, match="Nothing was changed"):
        refund_all_of(placed, read_by_both)
    assert refund_rows() == [(9200, RefundState.SUCCEEDED)]


def refund_all_of(placed: Placed, read: str) -> bool:
    return stock_decisions.refund_all(
        placed.order_id, about=read, reason="Spoke to the buyer", staff=someone("sales")
    )


def test_a_decision_about_stock_that_has_changed_since_it_was_read_is_refused(
    stripe_stand_in: Stripe,
) -> None:
    placed, sku = paid_and_gone(stripe_stand_in, 5, left=3)
    read = about(placed)
    order_for({sku: 1})
    with pytest.raises(Refused, match="have changed since this page was made"):
        send(placed, about=read)
    assert states_of(placed) == PAID_AND_GONE


@pytest.mark.parametrize("decide", [refund_all, send, wait])
def test_every_decision_wants_a_reason(stripe_stand_in: Stripe, decide: object) -> None:
    placed, _sku = paid_and_gone(stripe_stand_in, 5, left=3)
    with pytest.raises(Refused, match="Give a reason"):
        decide(placed, reason="  ")  # type: ignore[operator]
    assert states_of(placed) == PAID_AND_GONE


def test_a_lot_on_hold_is_no_vial_there(stripe_stand_in: Stripe) -> None:
    placed, sku = paid_and_gone(stripe_stand_in, 2)
    make_lot(sku, 9, state=LotState.ON_HOLD)
    with pytest.raises(Refused, match="None of these vials"):
        send(placed)


def test_an_order_that_had_been_refused_is_only_refunded(stripe_stand_in: Stripe) -> None:
    placed, _sku = paid_and_gone(stripe_stand_in, 5, left=3, review=ReviewState.REFUSED)
    for decide in (send, wait):
        with pytest.raises(Refused, match="had been refused before the money came"):
            decide(placed)
    refund_all(placed)
    assert states_of(placed) == (PaymentState.REFUNDED, ReviewState.REFUSED, FulfilmentState.CANCELLED)


def test_sending_an_order_that_screening_holds_approves_it(stripe_stand_in: Stripe) -> None:
    placed, _sku = paid_and_gone(stripe_stand_in, 5, left=3, review=ReviewState.WAITING)
    send(placed)
    assert states_of(placed)[1] == ReviewState.APPROVED


def test_money_that_went_back_before_is_not_sent_back_again(stripe_stand_in: Stripe) -> None:
    placed, _sku = paid_and_gone(stripe_stand_in, 5, left=3)
    with writing() as session:
        order = session.get_one(Order, placed.order_id)
        part = refunds.vials_as_parts(session, order, {order.lines[0].id: 1})
        some = refunds.request(session, order, lines=part, reason="agreed", actor="test")
    refunds.send(some)

    send(placed)

    assert refund_rows() == [(4600, RefundState.SUCCEEDED), (4600, RefundState.SUCCEEDED)]
    assert vials_kept(placed) == 3


def test_a_refund_that_stripe_does_not_answer_stands_and_is_sent_by_the_job(stripe_stand_in: Stripe) -> None:
    placed, _sku = paid_and_gone(stripe_stand_in, 5, left=3)
    stripe_stand_in.control("faults", kind="dropped", count=3, method="POST", path="/v1/refunds")
    assert refund_all(placed) is False
    assert states_of(placed)[1:] == (ReviewState.PASSED, FulfilmentState.CANCELLED)

    with clock.shifted(timedelta(minutes=2)):
        holds.send_refunds()

    assert states_of(placed) == REFUNDED
    assert len([each for each in stripe_stand_in.parts.account.objects if each.startswith("re_")]) == 1


def test_an_order_that_waits_holds_nothing_and_goes_on_when_every_vial_is_there(
    stripe_stand_in: Stripe,
) -> None:
    placed, sku = paid_and_gone(stripe_stand_in, 5, left=3)
    wait(placed)
    assert states_of(placed) == PAID_AND_GONE and vials_kept(placed) == 0
    assert "The order waits for the next lot, until" in mails(placed)[-1]
    assert stock_waits.look_after_waits() == 0

    make_lot(sku, 1)
    assert stock_waits.look_after_waits() == 0, "four of five are not enough"
    make_lot(sku, 1)
    assert stock_waits.look_after_waits() == 1

    assert states_of(placed) == WHOLE
    assert vials_kept(placed) == 5
    assert waits_of(placed) == [("filled", False)]
    assert refund_rows() == []
    letter = mails(placed)[-1]
    assert "All vials of order" in letter and letter.count("/coa/") == 3
    assert stock_waits.look_after_waits() == 0
    told = [(actor, kind) for actor, kind, _note in history(placed)][-3:]
    assert told[1:] == [("job", "waited-for-lot"), ("job", "waited-for-lot")]


def test_the_oldest_order_that_waits_is_served_first(stripe_stand_in: Stripe) -> None:
    first, sku = paid_and_gone(stripe_stand_in, 2)
    stripe_stand_in.control("reset")
    second = paid_and_gone_of(stripe_stand_in, {sku: 2}, {})
    wait(second)
    wait(first)
    make_lot(sku, 3)

    assert stock_waits.look_after_waits() == 1

    assert states_of(first) == WHOLE and states_of(second) == PAID_AND_GONE
    make_lot(sku, 1)
    stock_waits.look_after_waits()
    assert states_of(second) == WHOLE


def test_an_order_whose_day_has_passed_needs_a_decision_again(stripe_stand_in: Stripe) -> None:
    placed, _sku = paid_and_gone(stripe_stand_in, 2)
    wait(placed, days=3)
    with clock.shifted(timedelta(days=2)):
        assert stock_waits.look_after_waits() == 0
    with clock.shifted(timedelta(days=4)):
        assert stock_waits.look_after_waits() == 1
        assert stock_waits.look_after_waits() == 0

    assert waits_of(placed) == [("time ran out", False)]
    assert "has come in the time we had told you" in mails(placed)[-1]
    assert states_of(placed) == PAID_AND_GONE
    refund_all(placed)
    assert states_of(placed) == REFUNDED


def test_who_waits_can_be_refunded_or_sent_in_part_or_wait_for_longer(stripe_stand_in: Stripe) -> None:
    placed, _sku = paid_and_gone(stripe_stand_in, 5, left=3)
    wait(placed, days=3)
    wait(placed, days=9)
    assert waits_of(placed) == [("waits again", False), ("", True)]
    send(placed)
    assert waits_of(placed) == [("waits again", False), ("sent in part", False)]
    assert states_of(placed) == PART


@pytest.mark.parametrize("days", [-1, 0, 31])
def test_a_wait_has_a_day_that_is_neither_past_nor_too_far_off(stripe_stand_in: Stripe, days: int) -> None:
    placed, _sku = paid_and_gone(stripe_stand_in, 2)
    with pytest.raises(Refused, match="Enter a day after today and not after"):
        wait(placed, days=days)
    assert waits_of(placed) == []


def test_an_order_whose_money_went_back_at_stripe_waits_no_longer_and_is_never_sent(
    stripe_stand_in: Stripe,
) -> None:
    placed, sku = paid_and_gone(stripe_stand_in, 2)
    wait(placed)
    with writing() as session:
        order = session.get_one(Order, placed.order_id)
        attempt = session.scalars(select(PaymentAttempt)).one()
        parts = refunds.everything_left(session, order, attempt)
        back = refunds.request(session, order, lines=parts, reason="by hand", actor="test")
    make_lot(sku, 2)
    assert stock_waits.look_after_waits() == 0, "its money is on its way back"
    refunds.send(back)

    assert stock_waits.look_after_waits() == 1

    assert states_of(placed) == REFUNDED
    assert waits_of(placed) == [("closed", False)]


def test_the_choices_name_lots_vials_and_money(stripe_stand_in: Stripe) -> None:
    placed, sku = paid_and_gone(stripe_stand_in, 5, left=3)
    lot = make_lot(sku, 1)
    with reading() as session:
        choices = stock_choices.of_order(session, fulfilment.find(session, placed.order_id))
        (line,) = choices.lines
        assert [each.vials for each in line.lots] == [3, 1] and line.lots[1].number == lot
        assert (line.there, line.missing, line.refund_minor) == (4, 1, 4600)
        assert (choices.everything_minor, choices.part_minor) == (24400, 4600)
        assert session.get_one(OrderLine, line.line.id).quantity == 5


def test_the_audit_finds_an_order_that_waits_and_is_decided(stripe_stand_in: Stripe) -> None:
    placed, _sku = paid_and_gone(stripe_stand_in, 2)
    refund_all(placed)
    with writing() as session:
        row = StockWait(
            order_id=placed.order_id,
            began_at=clock.now(),
            began_by="test",
            until=clock.now() + timedelta(days=1),
        )
        session.add(row)
    assert any(each.startswith("I172") for each in found_by_audit())
    with writing() as session:
        session.delete(session.scalars(select(StockWait)).one())
