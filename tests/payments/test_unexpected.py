"""Money that an order did not wait for is shown, never taken for payment, and sent back by a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from builders import draft_for, make_lot, make_size, order_for, place, someone
from paid_and_gone import history, states_of
from sqlalchemy import select
from stripe_beside import Stripe

from shop.core import clock
from shop.core.database import reading, writing
from shop.core.errors import NotFound, Refused
from shop.core.outbox import OutboxMessage
from shop.ordering import fulfilment, states
from shop.ordering.cancel_reasons import CancelReason
from shop.ordering.models import FulfilmentState, Order, PaymentMethod, PaymentState, ReviewState
from shop.ordering.placement import Placed
from shop.payments import (
    attempts,
    decisions,
    desk,
    gateway,
    holds,
    invoicing,
    refunds,
    settlement,
    unexpected,
)
from shop.payments.invoice_models import Invoice
from shop.payments.models import AttemptState, PaymentAttempt, Refund, RefundState

pytestmark = pytest.mark.usefixtures("card_shop", "plain_papers")

DUE = (PaymentState.DUE, ReviewState.PASSED, FulfilmentState.HELD)
PAID = (PaymentState.PAID, ReviewState.PASSED, FulfilmentState.TO_PICK)
TOTAL = 2 * 4600 + 1400


def a_card_order() -> Placed:
    sku = make_size(price_minor=4600)
    make_lot(sku, 10)
    return order_for({sku: 2}, method=PaymentMethod.CARD)


def attempts_of(placed: Placed) -> list[PaymentAttempt]:
    with reading() as session:
        query = select(PaymentAttempt).where(PaymentAttempt.order_id == placed.order_id)
        found = list(session.scalars(query.order_by(PaymentAttempt.id)))
        session.expunge_all()
        return found


def session_of(placed: Placed) -> str:
    session_id = attempts_of(placed)[-1].stripe_session
    assert session_id is not None
    return session_id


def paid_otherwise(stripe: Stripe, **changes: Any) -> Placed:
    """A card order whose payment at Stripe is not what was asked for."""
    placed = a_card_order()
    stripe.pay(attempts.start(placed.order_id))
    page = stripe.parts.account.objects[session_of(placed)]
    parts = stripe.parts.account.objects
    intent = parts[page["payment_intent"]]
    charge = parts[intent["latest_charge"]]
    if "amount" in changes:
        page["amount_total"] = changes["amount"]
        intent["amount"] = intent["amount_received"] = changes["amount"]
        charge["amount"] = charge["amount_captured"] = changes["amount"]
    if "currency" in changes:
        page["currency"] = intent["currency"] = charge["currency"] = changes["currency"]
    settlement.settle(session_of(placed))
    return placed


def forgotten(placed: Placed) -> None:
    """As after an outage: the page counts as ended here, and can still be paid at Stripe."""
    with writing() as session:
        attempt = session.get_one(PaymentAttempt, attempts_of(placed)[-1].id)
        attempt.state, attempt.settled_at = AttemptState.EXPIRED, clock.now()


def paid_twice(stripe: Stripe) -> tuple[Placed, str]:
    """An order with two pages, the second paid and settled; and the id of the first, paid too."""
    placed = a_card_order()
    first_page = attempts.start(placed.order_id)
    first = session_of(placed)
    forgotten(placed)
    stripe.pay(attempts.start(placed.order_id))
    settlement.settle_order(placed.order_id)
    stripe.pay(first_page)
    return placed, first


def unawaited(placed: Placed) -> PaymentAttempt:
    (found,) = [each for each in attempts_of(placed) if each.state == AttemptState.UNEXPECTED]
    return found


def send_back(placed: Placed, *, reason: str = "Spoke to the buyer", about: str | None = None) -> bool:
    found = unawaited(placed)
    read = unexpected.shown(found) if about is None else about
    return unexpected.send_back(found.id, about=read, reason=reason, staff=someone("sales"))


def refund_rows() -> list[tuple[int, str, RefundState]]:
    with reading() as session:
        rows = session.scalars(select(Refund).order_by(Refund.id))
        return [(row.amount_minor, row.currency, row.state) for row in rows]


def last_letter(placed: Placed) -> str:
    with reading() as session:
        query = select(OutboxMessage).where(OutboxMessage.subject == f"order/{placed.number}")
        return str(session.scalars(query.order_by(OutboxMessage.id.desc())).first().payload["body"])  # type: ignore[union-attr]


def letter(placed: Placed, words: str) -> bool:
    with reading() as session:
        query = select(OutboxMessage).where(OutboxMessage.subject == f"order/{placed.number}")
        return any(words in str(each.payload.get("body")) for each in session.scalars(query))


def on_the_desk() -> list[int]:
    with reading() as session:
        return [each.order_id for each in desk.unexpected(session)]


def test_another_amount_goes_back_and_the_order_can_be_paid_again(stripe_stand_in: Stripe) -> None:
    placed = paid_otherwise(stripe_stand_in, amount=TOTAL - 100)
    assert states_of(placed) == (PaymentState.DUE, ReviewState.NEEDS_DECISION, FulfilmentState.HELD)
    assert on_the_desk() == [placed.order_id]

    assert send_back(placed)

    assert refund_rows() == [(TOTAL - 100, "USD", RefundState.SUCCEEDED)]
    assert states_of(placed) == DUE and on_the_desk() == []
    assert letter(placed, "You can pay it on its page until")
    actor, _kind, note = next(each for each in history(placed) if each[1] == "decided")
    assert actor.startswith("staff") and note.endswith("goes back. Spoke to the buyer")
    stripe_stand_in.pay(attempts.start(placed.order_id))
    settlement.settle_order(placed.order_id)
    assert states_of(placed) == PAID


def test_an_unpaid_order_whose_money_went_back_is_not_held_for_ever(stripe_stand_in: Stripe) -> None:
    placed = paid_otherwise(stripe_stand_in, amount=TOTAL - 100)
    with clock.shifted(timedelta(days=3)):
        assert holds.end_holds() == 0, "a person decides, not a clock"
        send_back(placed)
    with clock.shifted(timedelta(days=4, hours=1)):
        assert holds.end_holds() == 1
    assert states_of(placed)[2] == FulfilmentState.CANCELLED


def test_another_currency_goes_back_in_that_currency_and_is_told_so(stripe_stand_in: Stripe) -> None:
    placed = paid_otherwise(stripe_stand_in, currency="eur")
    send_back(placed)
    assert refund_rows() == [(TOTAL, "EUR", RefundState.SUCCEEDED)]
    assert "We have refunded €106.00" in last_letter(placed)


def test_a_second_payment_goes_back_and_the_paid_order_is_packed(stripe_stand_in: Stripe) -> None:
    placed, second = paid_twice(stripe_stand_in)
    settlement.settle(second)
    assert states_of(placed) == (PaymentState.PAID, ReviewState.NEEDS_DECISION, FulfilmentState.TO_PICK)

    send_back(placed)

    assert states_of(placed) == PAID
    assert refund_rows() == [(TOTAL, "USD", RefundState.SUCCEEDED)]
    invoicing.issue_due()
    invoicing.issue_due()
    with reading() as session:
        assert [each.value for each in session.scalars(select(Invoice.kind))] == ["invoice"]


def test_a_card_payment_of_an_order_that_was_switched_to_a_purchase_order_goes_back(
    stripe_stand_in: Stripe,
) -> None:
    placed = a_card_order()
    page = attempts.start(placed.order_id)
    session_id = session_of(placed)
    forgotten(placed)
    decisions.switch_to_purchase_order(placed.order_id, po_number="PO-7", po_file=None)
    stripe_stand_in.pay(page)
    settlement.settle(session_id)
    waiting = (PaymentState.DUE, ReviewState.WAITING, FulfilmentState.HELD)
    with pytest.raises(Refused):
        decisions.approve(placed.order_id, staff=someone("sales"), reason="")

    send_back(placed)

    assert states_of(placed) == waiting
    with reading() as session:
        held_until = session.get_one(Order, placed.order_id).held_until
        assert held_until is not None and held_until > clock.now() + timedelta(days=9)
    decisions.approve(placed.order_id, staff=someone("sales"), reason="")
    assert states_of(placed)[0] == PaymentState.ON_ACCOUNT


def test_a_payment_of_an_order_that_was_cancelled_and_refunded_goes_back(stripe_stand_in: Stripe) -> None:
    placed, second = paid_twice(stripe_stand_in)
    decisions.cancel(placed.order_id, staff=someone("sales"), reason="Ordered twice")
    settlement.settle(second)
    assert states_of(placed)[0] == PaymentState.REFUNDED and on_the_desk() == [placed.order_id]
    with reading() as session:
        assert session.scalar(select(desk.waiting())) == 1

    send_back(placed)

    assert [each[0] for each in refund_rows()] == [TOTAL, TOTAL]
    assert states_of(placed) == (PaymentState.REFUNDED, ReviewState.PASSED, FulfilmentState.CANCELLED)
    with reading() as session:
        assert session.scalar(select(desk.waiting())) == 0


def test_it_goes_back_once_however_often_somebody_asks(stripe_stand_in: Stripe) -> None:
    placed, second = paid_twice(stripe_stand_in)
    settlement.settle(second)
    found = unawaited(placed)
    read = unexpected.shown(found)
    send_back(placed)
    for about in (read, unexpected.shown(unawaited(placed))):
        with pytest.raises(Refused, match="dealt with this payment"):
            unexpected.send_back(found.id, about=about, reason="again", staff=someone("sales"))
    assert len(refund_rows()) == 1
    with pytest.raises(NotFound):
        unexpected.send_back(attempts_of(placed)[-1].id, about="", reason="paid", staff=someone("sales"))


def test_sending_back_wants_a_reason(stripe_stand_in: Stripe) -> None:
    placed, second = paid_twice(stripe_stand_in)
    settlement.settle(second)
    with pytest.raises(Refused, match="Give a reason"):
        send_back(placed, reason=" ")
    assert refund_rows() == []


@pytest.mark.parametrize("kind", ["dropped", "error_after"])
def test_where_stripe_does_not_answer_it_goes_back_once_by_the_job(
    stripe_stand_in: Stripe, kind: str
) -> None:
    placed, second = paid_twice(stripe_stand_in)
    settlement.settle(second)
    stripe_stand_in.control("faults", kind=kind, count=3, method="POST", path="/v1/refunds")
    assert send_back(placed) is False
    assert refund_rows() == [(TOTAL, "USD", RefundState.UNKNOWN)]
    stripe_stand_in.mend()

    with clock.shifted(timedelta(minutes=2)):
        holds.send_refunds()

    assert refund_rows() == [(TOTAL, "USD", RefundState.SUCCEEDED)]
    assert len([each for each in stripe_stand_in.parts.account.objects if each.startswith("re_")]) == 1


def test_what_came_back_from_the_bank_is_on_the_desk_again_and_can_be_sent_once_more(
    stripe_stand_in: Stripe,
) -> None:
    placed, second = paid_twice(stripe_stand_in)
    settlement.settle(second)
    send_back(placed)
    with reading() as session:
        made = session.scalars(select(Refund.stripe_refund)).one()
    assert made is not None
    stripe_stand_in.control(f"refunds/{made}/fail")
    refunds.look_again(made)
    assert on_the_desk() == [placed.order_id]
    assert states_of(placed) == PAID

    send_back(placed)

    assert [state for _amount, _currency, state in refund_rows()] == [
        RefundState.FAILED,
        RefundState.SUCCEEDED,
    ]
    with reading() as session:
        assert session.scalar(select(desk.waiting())) == 0, "the failed refund waits no longer either"


def set_aside_late(stripe: Stripe) -> Placed:
    """An amount set aside for an order that has ended meanwhile."""
    sku = make_size()
    make_lot(sku, 10)
    placed = place(draft_for({sku: 1}, method=PaymentMethod.CARD, organisation="Harbour Pharmacy"))
    page = attempts.start(placed.order_id)
    session_id = session_of(placed)
    with writing() as session:
        order = states.lock(session, placed.order_id)
        fulfilment.cancel(
            session,
            order,
            actor="job",
            kind="hold-ended",
            code=CancelReason.NOT_PAID,
            reason="not paid in time",
        )
    stripe.pay(page)
    settlement.settle(session_id)
    return placed


def intent_state(stripe: Stripe, placed: Placed) -> str:
    intent = attempts_of(placed)[-1].stripe_payment_intent
    assert intent is not None
    return str(stripe.parts.account.objects[intent]["status"])


def test_an_amount_set_aside_for_an_order_that_has_ended_is_let_go(stripe_stand_in: Stripe) -> None:
    placed = set_aside_late(stripe_stand_in)
    assert states_of(placed)[:2] == (PaymentState.NOT_PAYABLE, ReviewState.NEEDS_DECISION)
    assert on_the_desk() == [placed.order_id]

    assert send_back(placed)

    assert intent_state(stripe_stand_in, placed) == "canceled"
    assert attempts_of(placed)[-1].state == AttemptState.RELEASED
    assert states_of(placed)[:2] == (PaymentState.NOT_PAYABLE, ReviewState.WAITING)
    assert on_the_desk() == [] and refund_rows() == []


def test_letting_go_is_tried_again_until_stripe_has_done_it(stripe_stand_in: Stripe) -> None:
    placed = set_aside_late(stripe_stand_in)
    stripe_stand_in.control("faults", kind="refused", count=3, method="POST", path="/v1/payment_intents")
    assert send_back(placed) is False
    assert intent_state(stripe_stand_in, placed) == "requires_capture"
    stripe_stand_in.mend()

    holds.ask_about_payments()

    assert intent_state(stripe_stand_in, placed) == "canceled"
    assert attempts_of(placed)[-1].state == AttemptState.RELEASED


def test_what_somebody_sent_back_at_stripe_waits_no_longer(stripe_stand_in: Stripe) -> None:
    placed, second = paid_twice(stripe_stand_in)
    settlement.settle(second)
    intent = unawaited(placed).stripe_payment_intent
    assert intent is not None
    made = gateway.refund(intent, key="by-hand", amount_minor=TOTAL)

    assert refunds.look_again(made.refund_id)

    assert on_the_desk() == [] and states_of(placed) == PAID


def test_two_payments_that_were_not_awaited_are_two_decisions(stripe_stand_in: Stripe) -> None:
    placed = a_card_order()
    pages = []
    for _time in range(3):
        pages.append((attempts.start(placed.order_id), session_of(placed)))
        forgotten(placed)
    for page, session_id in pages:
        stripe_stand_in.pay(page)
        settlement.settle(session_id)
    first, other = [each for each in attempts_of(placed) if each.state == AttemptState.UNEXPECTED]
    assert [kind for _actor, kind, _note in history(placed)].count("needs-decision") == 2

    for attempt, review in ((first, ReviewState.NEEDS_DECISION), (other, ReviewState.PASSED)):
        about = unexpected.shown(attempt)
        unexpected.send_back(attempt.id, about=about, reason="twice", staff=someone("sales"))
        assert states_of(placed)[1] == review
    assert [each[0] for each in refund_rows()] == [TOTAL, TOTAL]
