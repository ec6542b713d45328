"""A call to Stripe whose answer never came: unknown until Stripe says, never failed or paid by guess."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import draft_for, make_lot, make_size, order_for, place, someone
from sqlalchemy import func, select
from stripe_beside import Stripe

from shop.core import clock
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.outbox import OutboxMessage
from shop.ordering.models import FulfilmentState, Order, OrderEvent, PaymentMethod, PaymentState, ReviewState
from shop.ordering.placement import Placed
from shop.payments import attempts, decisions, gateway, holds, refunds, settlement, sync
from shop.payments.models import Asking, AttemptState, PaymentAttempt, Refund, RefundState, StrayPayment

pytestmark = pytest.mark.usefixtures("card_shop")

SOON = timedelta(minutes=2)
NEXT_DAY = timedelta(hours=23, minutes=30)


def a_card_order(vials: int = 2) -> Placed:
    sku = make_size(price_minor=4600)
    make_lot(sku, 10)
    return order_for({sku: vials}, method=PaymentMethod.CARD)


def a_held_order(stripe_stand_in: Stripe) -> Placed:
    """Paid by card while a person still looks at it: authorised, not captured."""
    sku = make_size()
    make_lot(sku, 10)
    placed = place(draft_for({sku: 1}, method=PaymentMethod.CARD, organisation="Harbour Pharmacy"))
    stripe_stand_in.pay(attempts.start(placed.order_id))
    settlement.settle_order(placed.order_id)
    return placed


def attempt_of(placed: Placed) -> PaymentAttempt:
    with reading() as session:
        query = select(PaymentAttempt).where(PaymentAttempt.order_id == placed.order_id)
        found = session.scalars(query.order_by(PaymentAttempt.id.desc())).first()
        assert found is not None
        session.expunge(found)
        return found


def payment(placed: Placed) -> PaymentState:
    with reading() as session:
        return session.get_one(Order, placed.order_id).payment_state


def told(placed: Placed) -> list[str]:
    with reading() as session:
        query = select(OrderEvent.kind).where(OrderEvent.order_id == placed.order_id).order_by(OrderEvent.id)
        return list(session.scalars(query))


def at_stripe(stripe_stand_in: Stripe, prefix: str) -> list[str]:
    return [each for each in stripe_stand_in.parts.account.objects if each.startswith(prefix)]


def test_an_order_whose_page_is_unknown_is_neither_failed_nor_paid_and_has_no_second_attempt(
    stripe_stand_in: Stripe,
) -> None:
    placed = a_card_order()
    stripe_stand_in.control("faults", kind="dropped", count=3, method="POST", path="/v1/checkout/sessions")
    with pytest.raises(gateway.PaymentUnavailable):
        attempts.start(placed.order_id)

    attempt = attempt_of(placed)
    assert (attempt.state, attempt.asking) == (AttemptState.UNKNOWN, Asking.CREATE)
    assert payment(placed) == PaymentState.DUE
    assert told(placed)[-1] == "payment-unknown"
    attempts.start(placed.order_id)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(PaymentAttempt)) == 1
    assert told(placed)[-1] == "payment-known"
    assert len(at_stripe(stripe_stand_in, "cs_")) == 1


def test_a_call_turned_away_at_the_door_is_not_unknown(stripe_stand_in: Stripe) -> None:
    placed = a_card_order()
    stripe_stand_in.control("faults", kind="refused", status=429, count=3)
    with pytest.raises(gateway.NotTried):
        attempts.start(placed.order_id)
    assert attempt_of(placed).state == AttemptState.CREATED


@pytest.mark.parametrize(("kind", "made"), [("error_after", True), ("error_before", False)])
def test_a_500_that_stripe_remembers_is_resolved_by_looking_in_its_list(
    stripe_stand_in: Stripe, kind: str, made: bool
) -> None:
    placed = a_card_order()
    stripe_stand_in.control("faults", kind=kind, method="POST", path="/v1/checkout/sessions")
    with pytest.raises(gateway.PaymentUnavailable):
        attempts.start(placed.order_id)
    first = attempt_of(placed)

    page = attempts.start(placed.order_id)

    assert (attempt_of(placed).key == first.key) is made
    assert len(at_stripe(stripe_stand_in, "cs_")) == 1
    stripe_stand_in.pay(page)
    settlement.settle_order(placed.order_id)
    assert payment(placed) == PaymentState.PAID


def test_past_23_hours_a_key_is_not_used_again_but_the_page_looked_up(stripe_stand_in: Stripe) -> None:
    placed = a_card_order()
    stripe_stand_in.control("faults", kind="dropped", count=3, method="POST", path="/v1/checkout/sessions")
    with pytest.raises(gateway.PaymentUnavailable):
        attempts.start(placed.order_id)
    replies = len(stripe_stand_in.parts.account.replies)

    with clock.shifted(NEXT_DAY):
        holds.ask_about_payments()

    assert attempt_of(placed).state == AttemptState.OPEN
    assert len(stripe_stand_in.parts.account.replies) == replies


def test_the_job_asks_again_later_and_later_while_stripe_is_away(stripe_stand_in: Stripe) -> None:
    placed = a_held_order(stripe_stand_in)
    stripe_stand_in.control("faults", kind="refused", count=400)
    with pytest.raises(gateway.PaymentUnavailable):
        decisions.approve(placed.order_id, staff=someone("sales"), reason="Spoke to the laboratory")
    attempt = attempt_of(placed)
    assert (attempt.state, attempt.asking) == (AttemptState.UNKNOWN, Asking.CAPTURE)
    assert payment(placed) == PaymentState.AUTHORISED
    assert holds.ask_about_payments() == 0, "it is not time yet"
    stripe_stand_in.mend()
    with clock.shifted(SOON):
        assert holds.ask_about_payments() == 1
    assert payment(placed) == PaymentState.PAID


@pytest.mark.parametrize("kind", ["dropped", "error_after"])
def test_a_capture_whose_answer_was_lost_takes_the_money_once(stripe_stand_in: Stripe, kind: str) -> None:
    placed = a_held_order(stripe_stand_in)
    stripe_stand_in.control("faults", kind=kind, count=3, method="POST", path="/v1/payment_intents")
    with pytest.raises(gateway.PaymentUnavailable):
        decisions.approve(placed.order_id, staff=someone("sales"), reason="Spoke to the laboratory")
    assert attempt_of(placed).state == AttemptState.UNKNOWN
    stripe_stand_in.mend()

    with clock.shifted(SOON):
        holds.ask_about_payments()

    assert (payment(placed), attempt_of(placed).state) == (PaymentState.PAID, AttemptState.SUCCEEDED)
    charge = stripe_stand_in.parts.account.objects[at_stripe(stripe_stand_in, "ch_")[0]]
    assert charge["amount_captured"] == attempt_of(placed).amount_minor


def test_a_capture_that_stripe_answers_with_a_remembered_500_gets_a_new_key_in_the_end(
    stripe_stand_in: Stripe,
) -> None:
    placed = a_held_order(stripe_stand_in)
    stripe_stand_in.control("faults", kind="error_before", method="POST", path="/v1/payment_intents")
    with pytest.raises(gateway.PaymentUnavailable):
        decisions.approve(placed.order_id, staff=someone("sales"), reason="Spoke to the laboratory")

    for hours in (1, 3, 6, 10):
        with clock.shifted(timedelta(hours=hours)):
            holds.ask_about_payments()

    assert payment(placed) == PaymentState.PAID


def test_a_void_whose_answer_was_lost_lets_the_order_be_refused_afterwards(stripe_stand_in: Stripe) -> None:
    placed = a_held_order(stripe_stand_in)
    stripe_stand_in.control("faults", kind="dropped", count=3, method="POST", path="/v1/payment_intents")
    staff = someone("sales")
    with pytest.raises(gateway.PaymentUnavailable):
        decisions.refuse(placed.order_id, staff=staff, reason="Not a laboratory")
    assert attempt_of(placed).asking == Asking.VOID
    assert payment(placed) == PaymentState.AUTHORISED

    decisions.refuse(placed.order_id, staff=staff, reason="Not a laboratory")

    assert attempt_of(placed).state == AttemptState.RELEASED
    with reading() as session:
        order = session.get_one(Order, placed.order_id)
        assert (order.payment_state, order.review_state) == (PaymentState.NOT_PAYABLE, ReviewState.REFUSED)


def test_money_that_the_bank_lets_go_and_money_that_we_let_go_take_the_same_way(
    stripe_stand_in: Stripe,
) -> None:
    for by_us in (True, False):
        stripe_stand_in.control("reset")
        placed = a_held_order(stripe_stand_in)
        attempt = attempt_of(placed)
        if by_us:
            settlement.void_authorised(attempt.id)
        else:
            account = stripe_stand_in.parts.account
            intent = account.objects[str(attempt.stripe_payment_intent)]
            intent.update(status="canceled", cancellation_reason="automatic", amount_capturable=0)
            with clock.shifted(timedelta(days=7, hours=1)):
                holds.ask_about_payments()
        assert attempt_of(placed).state == AttemptState.RELEASED
        assert payment(placed) == PaymentState.DUE
        assert told(placed)[-1] == "authorisation-ended"


def test_an_authorisation_that_ended_before_approval_is_said_and_the_buyer_can_pay_again(
    stripe_stand_in: Stripe,
) -> None:
    placed = a_held_order(stripe_stand_in)
    intent = stripe_stand_in.parts.account.objects[str(attempt_of(placed).stripe_payment_intent)]
    intent.update(status="canceled", cancellation_reason="automatic", amount_capturable=0)

    with pytest.raises(Refused, match="let it go"):
        decisions.approve(placed.order_id, staff=someone("sales"), reason="Spoke to the laboratory")

    assert payment(placed) == PaymentState.DUE
    with reading() as session:
        keys = list(session.scalars(select(OutboxMessage.key)))
    assert any(key.startswith(f"mail/order-payment-due-again/{placed.number}") for key in keys)
    stripe_stand_in.pay(attempts.start(placed.order_id))
    settlement.settle_order(placed.order_id)
    with reading() as session:
        order = session.get_one(Order, placed.order_id)
        assert (order.payment_state, order.fulfilment_state) == (PaymentState.PAID, FulfilmentState.TO_PICK)


@pytest.mark.parametrize("kind", ["dropped", "error_after"])
def test_a_refund_whose_answer_was_lost_is_found_and_not_made_twice(
    stripe_stand_in: Stripe, kind: str
) -> None:
    placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    settlement.settle_order(placed.order_id)
    stripe_stand_in.control("faults", kind=kind, count=3, method="POST", path="/v1/refunds")
    with pytest.raises(gateway.PaymentUnavailable):
        decisions.cancel(placed.order_id, staff=someone("sales"), reason="Ordered twice")
    with reading() as session:
        assert session.scalars(select(Refund.state)).all() == [RefundState.UNKNOWN]
    stripe_stand_in.mend()

    with clock.shifted(NEXT_DAY):
        holds.send_refunds()

    assert payment(placed) == PaymentState.REFUNDED
    assert len(at_stripe(stripe_stand_in, "re_")) == 1


def test_a_refund_that_never_reached_stripe_fails_and_can_be_tried_again_as_a_new_one(
    stripe_stand_in: Stripe,
) -> None:
    placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    settlement.settle_order(placed.order_id)
    stripe_stand_in.control("faults", kind="error_before", method="POST", path="/v1/refunds")
    with pytest.raises(gateway.PaymentUnavailable):
        decisions.cancel(placed.order_id, staff=someone("sales"), reason="Ordered twice")
    for hours in (1, 3, 6, 10):
        with clock.shifted(timedelta(hours=hours)):
            holds.send_refunds()
    with reading() as session:
        failed = session.scalars(select(Refund)).one()
        assert failed.state == RefundState.FAILED
        assert "no such refund" in failed.failure

    refunds.send(refunds.try_again(failed.id, actor="staff@shop.example"))
    with pytest.raises(Refused):
        refunds.try_again(failed.id, actor="staff@shop.example")

    assert payment(placed) == PaymentState.REFUNDED
    assert len(at_stripe(stripe_stand_in, "re_")) == 1


def lines_of(findings: list[sync.Finding]) -> str:
    return "\n".join(f"{each.about}: {each.found}" for each in findings)


def test_sync_payments_says_what_it_found_and_changed(stripe_stand_in: Stripe) -> None:
    placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))

    findings = list(sync.run())

    assert f"order {placed.number}, payment of" in lines_of(findings)
    assert "open -> succeeded" in lines_of(findings)
    assert [each for each in sync.run() if each.changed] == []
    with pytest.raises(Refused):
        list(sync.run(order_number_="99999"))
    assert "succeeded" in lines_of(list(sync.run(order_number_=placed.number)))


def test_sync_payments_says_where_stripe_could_not_tell(stripe_stand_in: Stripe) -> None:
    placed = a_card_order()
    attempts.start(placed.order_id)
    stripe_stand_in.control("faults", kind="refused", count=20, path="/v1/checkout/sessions/")
    assert [each.sure for each in sync.run(order_number_=placed.number)] == [False]


def test_sync_payments_finds_a_page_and_money_that_the_books_here_have_lost(stripe_stand_in: Stripe) -> None:
    placed = a_card_order()
    page = attempts.start(placed.order_id)
    stripe_stand_in.pay(page)
    with writing() as session:
        attempt = session.scalars(select(PaymentAttempt)).one()
        attempt.stripe_session, attempt.page_url, attempt.state = None, None, AttemptState.FAILED
    # And a payment that names an attempt of another database.
    account = stripe_stand_in.parts.account
    intent = account.objects[at_stripe(stripe_stand_in, "pi_")[0]]
    other = {"attempt": "not-of-this-shop", "order": "12345"}
    account.objects["pi_stray"] = {**intent, "id": "pi_stray", "metadata": other}

    findings = list(sync.run())

    assert payment(placed) == PaymentState.PAID
    assert "its page was not known here" in lines_of(findings)
    with reading() as session:
        stray = session.scalars(select(StrayPayment)).one()
        assert (stray.stripe_payment_intent, stray.named_order) == ("pi_stray", "12345")
    assert [each for each in sync.run() if each.changed] == []
    sync.close_stray(stray.id, actor="staff@shop.example", note="Sent back at Stripe")
    with pytest.raises(Refused):
        sync.close_stray(stray.id, actor="staff@shop.example", note="again")


def test_sync_payments_takes_events_that_stripe_could_not_deliver(stripe_stand_in: Stripe) -> None:
    placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    account = stripe_stand_in.parts.account
    for delivery in account.deliveries.values():
        delivery["state"] = "failed"
    with clock.shifted(timedelta(minutes=1)):
        assert sync.look_for_what_nobody_told() > 0  # type: ignore[operator]
    assert payment(placed) == PaymentState.PAID
    assert sync.look_for_what_nobody_told() == 0


def test_a_refund_made_at_stripe_is_a_refund_here(stripe_stand_in: Stripe) -> None:
    placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    settlement.settle_order(placed.order_id)
    facts = gateway.refund(str(attempt_of(placed).stripe_payment_intent), key="by-hand", amount_minor=600)
    # No key of a refund here stands in it, as where it was made in the dashboard.
    stripe_stand_in.parts.account.objects[facts.refund_id]["metadata"] = {}

    assert refunds.look_again(facts.refund_id) is True
    assert refunds.look_again(facts.refund_id) is True

    assert payment(placed) == PaymentState.PART_REFUNDED
    with reading() as session:
        refund = session.scalars(select(Refund)).one()
        assert (refund.amount_minor, refund.requested_by) == (600, "stripe")


def test_a_page_that_stripe_is_still_making_is_not_taken_for_never_made(stripe_stand_in: Stripe) -> None:
    placed = a_card_order()
    stripe_stand_in.control("faults", kind="dropped", count=3, method="POST", path="/v1/checkout/sessions")
    with pytest.raises(gateway.PaymentUnavailable):
        attempts.start(placed.order_id)
    stripe_stand_in.mend()
    first = attempt_of(placed)
    stripe_stand_in.control("faults", kind="refused", status=409, count=3, path="/v1/checkout/sessions")
    with pytest.raises(gateway.StillAtWork):
        attempts.start(placed.order_id)

    assert attempt_of(placed).state == AttemptState.UNKNOWN
    stripe_stand_in.mend()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    settlement.settle_order(placed.order_id)
    assert attempt_of(placed).key == first.key and payment(placed) == PaymentState.PAID


def test_a_call_that_has_just_gone_out_is_left_to_the_process_that_made_it(stripe_stand_in: Stripe) -> None:
    placed = a_card_order()
    stripe_stand_in.control("faults", kind="refused", status=429, count=3)
    with pytest.raises(gateway.NotTried):
        attempts.start(placed.order_id)
    stripe_stand_in.mend()
    with clock.shifted(timedelta(seconds=15)):
        assert holds.find_out_about_calls() == 0
    with clock.shifted(timedelta(seconds=25)):
        assert holds.find_out_about_calls() == 1
    assert attempt_of(placed).state == AttemptState.OPEN
