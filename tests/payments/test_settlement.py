"""What was paid becomes the state of the order, once, whoever tells it first."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import stripe
from builders import Stock, draft_for, make_lot, make_size, order_for, place, someone, stock
from sqlalchemy import func, select
from stripe_beside import DECLINED_CARD, WEBHOOK_SECRET, Stripe

from shop.core import clock, faults
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.outbox import OutboxMessage
from shop.ordering import fulfilment, states
from shop.ordering.cancel_reasons import CancelReason
from shop.ordering.models import (
    CartLine,
    FulfilmentState,
    Order,
    PaymentMethod,
    PaymentState,
    ReviewState,
)
from shop.ordering.placement import Placed
from shop.payments import attempts, decisions, gateway, holds, settlement, webhook
from shop.payments.models import AttemptState, PaymentAttempt, Refund, RefundState, WebhookEvent

pytestmark = pytest.mark.usefixtures("card_shop")

Three = tuple[PaymentState, ReviewState, FulfilmentState]
DUE = (PaymentState.DUE, ReviewState.PASSED, FulfilmentState.HELD)
PAID = (PaymentState.PAID, ReviewState.PASSED, FulfilmentState.TO_PICK)


def states_of(placed: Placed) -> Three:
    with reading() as session:
        order = session.get_one(Order, placed.order_id)
        return order.payment_state, order.review_state, order.fulfilment_state


def attempt_of(placed: Placed) -> PaymentAttempt:
    with reading() as session:
        query = select(PaymentAttempt).where(PaymentAttempt.order_id == placed.order_id)
        found = session.scalars(query.order_by(PaymentAttempt.id.desc())).first()
        assert found is not None
        session.expunge(found)
        return found


def a_card_order(vials: int = 2) -> tuple[str, Placed]:
    sku = make_size(price_minor=4600)
    lot = make_lot(sku, 10)
    return lot, order_for({sku: vials}, method=PaymentMethod.CARD)


def told(event_type: str, object_type: str, object_id: str, event_id: str = "evt_1") -> bytes:
    about = {"id": object_id, "object": object_type}
    return json.dumps({"id": event_id, "type": event_type, "data": {"object": about}}).encode()


def signed(body: bytes, secret: str = WEBHOOK_SECRET, at: int | None = None) -> str:
    return str(stripe.WebhookSignature.generate_signature_header(body.decode(), secret, timestamp=at))


def test_a_paid_card_order_is_allocated_told_once_and_its_cart_emptied(stripe_stand_in: Stripe) -> None:
    lot, placed = a_card_order()
    page = attempts.start(placed.order_id)
    assert stripe_stand_in.pay(page).status_code == 303

    for _time in range(3):
        settlement.settle_order(placed.order_id)
        session_id = attempt_of(placed).stripe_session
        assert session_id is not None
        settlement.settle(session_id)

    assert states_of(placed) == PAID
    assert stock(lot) == Stock(on_hand=10, reserved=0, allocated=2)
    with reading() as session:
        keys = session.scalars(select(OutboxMessage.key).order_by(OutboxMessage.id)).all()
        assert keys == [f"mail/order-placed/{placed.number}", f"mail/order-paid/{placed.number}"]
        assert session.scalar(select(func.count()).select_from(CartLine)) == 0


def test_what_was_seen_before_a_payment_does_not_undo_it(stripe_stand_in: Stripe) -> None:
    _sku, placed = a_card_order()
    page = attempts.start(placed.order_id)

    def paid_and_settled_by_another(_name: str) -> None:
        faults.armed.clear()
        stripe_stand_in.pay(page)
        settlement.settle_order(placed.order_id)

    faults.armed["settle.facts_seen"] = paid_and_settled_by_another
    try:
        settlement.settle_order(placed.order_id)
    finally:
        faults.armed.clear()
    assert attempt_of(placed).state == AttemptState.SUCCEEDED
    assert states_of(placed)[0] == PaymentState.PAID


def test_a_declined_card_leaves_the_page_open_for_another(stripe_stand_in: Stripe) -> None:
    _lot, placed = a_card_order()
    page = attempts.start(placed.order_id)
    assert stripe_stand_in.pay(page, DECLINED_CARD).status_code != 303
    settlement.settle_order(placed.order_id)
    assert states_of(placed) == DUE

    stripe_stand_in.pay(page)
    settlement.settle_order(placed.order_id)
    assert states_of(placed) == PAID


def test_starting_to_pay_twice_gives_the_same_page() -> None:
    _lot, placed = a_card_order()
    assert attempts.start(placed.order_id) == attempts.start(placed.order_id)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(PaymentAttempt)) == 1


def test_the_webhook_alone_settles_an_order_whose_buyer_never_came_back(stripe_stand_in: Stripe) -> None:
    _lot, placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    session_id = attempt_of(placed).stripe_session
    assert session_id is not None
    body = told("checkout.session.completed", "checkout.session", session_id)

    assert webhook.take(webhook.read(body, signed(body))) == "settled"
    assert webhook.take(webhook.read(body, signed(body))) == "known"

    assert states_of(placed) == PAID
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(WebhookEvent)) == 1


def test_a_payment_is_found_by_its_metadata_when_the_shop_stopped_before_keeping_the_page(
    stripe_stand_in: Stripe,
) -> None:
    _lot, placed = a_card_order()
    page = attempts.start(placed.order_id)
    session_id = attempt_of(placed).stripe_session
    assert session_id is not None
    with writing() as session:
        attempt = session.scalars(select(PaymentAttempt)).one()
        attempt.stripe_session, attempt.page_url, attempt.state = None, None, AttemptState.CREATED
    stripe_stand_in.pay(page)

    settlement.settle(session_id)

    assert states_of(placed) == PAID


def test_a_lost_answer_from_stripe_is_asked_for_again_with_the_same_key(stripe_stand_in: Stripe) -> None:
    _lot, placed = a_card_order()
    stripe_stand_in.control("faults", kind="dropped", count=3, method="POST", path="/v1/checkout/sessions")
    with pytest.raises(gateway.PaymentUnavailable):
        attempts.start(placed.order_id)
    assert attempt_of(placed).state == AttemptState.UNKNOWN

    page = attempts.start(placed.order_id)
    stripe_stand_in.pay(page)
    settlement.settle_order(placed.order_id)

    assert states_of(placed) == PAID
    sessions = [each for each in stripe_stand_in.parts.account.objects if each.startswith("cs_")]
    assert len(sessions) == 1


def test_a_hold_that_ran_out_ends_the_page_first_and_then_lets_the_vials_go(stripe_stand_in: Stripe) -> None:
    lot, placed = a_card_order()
    page = attempts.start(placed.order_id)

    with clock.shifted(timedelta(minutes=42)):
        assert holds.end_holds() == 1

    assert states_of(placed) == (
        PaymentState.NOT_PAYABLE,
        ReviewState.PASSED,
        FulfilmentState.CANCELLED,
    )
    assert stock(lot) == Stock(on_hand=10, reserved=0, allocated=0)
    assert stripe_stand_in.pay(page).status_code != 303


def test_a_buyer_who_paid_just_before_the_hold_ran_out_keeps_the_vials(stripe_stand_in: Stripe) -> None:
    lot, placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))

    with clock.shifted(timedelta(minutes=42)):
        holds.end_holds()

    assert states_of(placed) == PAID
    assert stock(lot).allocated == 2


def test_a_hold_stays_while_stripe_cannot_be_asked(stripe_stand_in: Stripe) -> None:
    lot, placed = a_card_order()
    attempts.start(placed.order_id)
    stripe_stand_in.control("faults", kind="refused", count=20)
    with clock.shifted(timedelta(minutes=42)):
        assert holds.end_holds() == 0
    assert states_of(placed) == DUE
    assert stock(lot).reserved == 2


def test_money_that_comes_after_the_vials_were_let_go_finds_others_or_a_person(
    stripe_stand_in: Stripe,
) -> None:
    for others, expected in (
        (5, PAID),
        (0, (PaymentState.PAID, ReviewState.NEEDS_DECISION, FulfilmentState.CANCELLED)),
    ):
        stripe_stand_in.control("reset")
        sku = make_size()
        make_lot(sku, 2)
        placed = order_for({sku: 2}, method=PaymentMethod.CARD)
        page = attempts.start(placed.order_id)
        session_id = attempt_of(placed).stripe_session
        assert session_id is not None
        # As if the hold had been ended by hand at Stripe's outage: released here, still open there.
        with writing() as session:
            order = states.lock(session, placed.order_id)
            fulfilment.cancel(
                session,
                order,
                actor="test",
                kind="test",
                code=CancelReason.NOT_PAID,
                reason="released too early",
            )
        order_for({sku: 2})
        if others:
            make_lot(sku, others)
        stripe_stand_in.pay(page)

        settlement.settle(session_id)

        assert states_of(placed) == expected


def test_money_for_an_order_that_was_cancelled_on_purpose_takes_no_vials_and_asks_a_person(
    stripe_stand_in: Stripe,
) -> None:
    lot, placed = a_card_order()
    page = attempts.start(placed.order_id)
    # Cancelled while Stripe did not hear it: the page can still be paid.
    with writing() as session:
        order = states.lock(session, placed.order_id)
        fulfilment.cancel(
            session, order, actor="buyer", kind="cancelled", code=CancelReason.BUYERS_WISH, reason=""
        )
    stripe_stand_in.pay(page)
    settlement.settle_order(placed.order_id)
    assert states_of(placed) == (PaymentState.PAID, ReviewState.NEEDS_DECISION, FulfilmentState.CANCELLED)
    assert stock(lot) == Stock(on_hand=10, reserved=0, allocated=0)
    with reading() as session:
        notes = [event.note for event in session.get_one(Order, placed.order_id).events]
        letter = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
        assert letter is not None and "arrived after the order had been cancelled" in str(letter.payload)
    assert "The payment arrived after the order had been cancelled." in notes


def test_another_amount_than_the_order_is_never_taken_for_payment(
    stripe_stand_in: Stripe,
) -> None:
    lot, placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    session_id = attempt_of(placed).stripe_session
    assert session_id is not None
    stripe_stand_in.parts.account.objects[session_id]["amount_total"] -= 1

    settlement.settle(session_id)

    assert states_of(placed) == (PaymentState.DUE, ReviewState.NEEDS_DECISION, FulfilmentState.HELD)
    assert stock(lot) == Stock(on_hand=10, reserved=2, allocated=0)


def test_a_held_order_is_authorised_and_captured_only_when_approved(stripe_stand_in: Stripe) -> None:
    sku = make_size()
    lot = make_lot(sku, 10)
    placed = place(draft_for({sku: 1}, method=PaymentMethod.CARD, organisation="Harbour Pharmacy"))
    stripe_stand_in.pay(attempts.start(placed.order_id))
    settlement.settle_order(placed.order_id)
    assert states_of(placed) == (
        PaymentState.AUTHORISED,
        ReviewState.WAITING,
        FulfilmentState.HELD,
    )

    decisions.approve(placed.order_id, staff=someone("sales"), reason="Spoke to the laboratory")

    assert states_of(placed) == (PaymentState.PAID, ReviewState.APPROVED, FulfilmentState.TO_PICK)
    assert stock(lot).allocated == 1


def test_money_that_could_not_be_taken_when_an_order_was_approved_is_taken_by_the_job(
    stripe_stand_in: Stripe,
) -> None:
    sku = make_size()
    make_lot(sku, 10)
    placed = place(draft_for({sku: 1}, method=PaymentMethod.CARD, organisation="Harbour Pharmacy"))
    stripe_stand_in.pay(attempts.start(placed.order_id))
    settlement.settle_order(placed.order_id)
    stripe_stand_in.control("faults", kind="refused", count=20, path="/v1/payment_intents")
    with pytest.raises(gateway.PaymentUnavailable):
        decisions.approve(placed.order_id, staff=someone("sales"), reason="Spoke to the laboratory")
    assert states_of(placed)[0] == PaymentState.AUTHORISED
    stripe_stand_in.mend()

    with clock.shifted(timedelta(minutes=2)):
        holds.ask_about_payments()

    assert states_of(placed) == (PaymentState.PAID, ReviewState.APPROVED, FulfilmentState.TO_PICK)


def test_refusing_a_held_order_lets_the_money_and_the_vials_go(stripe_stand_in: Stripe) -> None:
    sku = make_size()
    lot = make_lot(sku, 10)
    placed = place(draft_for({sku: 1}, method=PaymentMethod.CARD, organisation="Harbour Pharmacy"))
    stripe_stand_in.pay(attempts.start(placed.order_id))
    settlement.settle_order(placed.order_id)

    decisions.refuse(placed.order_id, staff=someone("sales"), reason="Not a laboratory")

    assert states_of(placed) == (
        PaymentState.NOT_PAYABLE,
        ReviewState.REFUSED,
        FulfilmentState.CANCELLED,
    )
    assert stock(lot) == Stock(on_hand=10, reserved=0, allocated=0)
    intent = attempt_of(placed).stripe_payment_intent
    assert intent is not None
    assert stripe_stand_in.parts.account.objects[intent]["status"] == "canceled"


def test_cancelling_a_paid_order_refunds_it_in_full_once(stripe_stand_in: Stripe) -> None:
    lot, placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    settlement.settle_order(placed.order_id)

    staff = someone("sales")
    decisions.cancel(placed.order_id, staff=staff, reason="Ordered twice")
    with pytest.raises(Refused):
        decisions.cancel(placed.order_id, staff=staff, reason="Ordered twice")

    assert states_of(placed)[0] == PaymentState.REFUNDED
    assert stock(lot) == Stock(on_hand=10, reserved=0, allocated=0)
    with reading() as session:
        refunds = session.scalars(select(Refund)).all()
        assert [(each.amount_minor, each.state) for each in refunds] == [(10600, RefundState.SUCCEEDED)]


def test_a_refund_that_stripe_did_not_answer_is_sent_again_with_its_own_key(stripe_stand_in: Stripe) -> None:
    _lot, placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    settlement.settle_order(placed.order_id)
    stripe_stand_in.control("faults", kind="dropped", count=3, method="POST", path="/v1/refunds")
    with pytest.raises(gateway.PaymentUnavailable):
        decisions.cancel(placed.order_id, staff=someone("sales"), reason="Ordered twice")
    assert states_of(placed)[0] == PaymentState.PAID

    with clock.shifted(timedelta(minutes=2)):
        holds.send_refunds()

    assert states_of(placed)[0] == PaymentState.REFUNDED
    made = [each for each in stripe_stand_in.parts.account.objects if each.startswith("re_")]
    assert len(made) == 1


def test_a_card_order_can_be_switched_to_a_purchase_order_and_its_page_is_ended(
    stripe_stand_in: Stripe,
) -> None:
    lot, placed = a_card_order()
    page = attempts.start(placed.order_id)

    decisions.switch_to_purchase_order(placed.order_id, po_number="PO-7", po_file=None)

    assert stripe_stand_in.pay(page).status_code != 303
    assert states_of(placed) == (PaymentState.DUE, ReviewState.WAITING, FulfilmentState.HELD)
    decisions.approve(placed.order_id, staff=someone("sales"), reason="")
    assert states_of(placed) == (
        PaymentState.ON_ACCOUNT,
        ReviewState.APPROVED,
        FulfilmentState.TO_PICK,
    )
    assert stock(lot).allocated == 2


def test_a_buyer_cannot_cancel_what_has_been_paid_meanwhile(stripe_stand_in: Stripe) -> None:
    _lot, placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    with pytest.raises(Refused):
        decisions.cancel_unpaid(placed.order_id)
    assert states_of(placed) == PAID


def test_the_job_settles_what_nobody_told(stripe_stand_in: Stripe) -> None:
    _lot, placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    with clock.shifted(timedelta(minutes=2)):
        holds.ask_about_payments()
    assert states_of(placed) == PAID


@pytest.mark.parametrize("secret", [WEBHOOK_SECRET, "whsec_older"])
def test_both_secrets_are_taken_while_one_replaces_the_other(secret: str) -> None:
    body = told("ping", "thing", "x_1")
    assert webhook.read(body, signed(body, secret)).type == "ping"


def test_an_event_of_a_type_we_do_not_know_is_taken_and_changes_nothing() -> None:
    body = told("customer.created", "customer", "cus_1")
    assert webhook.take(webhook.read(body, signed(body))) == "ignored"


GOOD = told("ping", "thing", "x_1")
NOW = int(clock.now().timestamp())


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (GOOD, None),
        (GOOD, ""),
        (GOOD, "t=,v1="),
        (GOOD, "t=1,v1=é"),
        (GOOD, "nonsense"),
        (GOOD, signed(GOOD, "whsec_other")),
        (GOOD, signed(GOOD, at=NOW - 3600)),
        (GOOD, signed(GOOD, at=NOW + 365 * 24 * 3600)),
        (GOOD + b" ", signed(GOOD)),
        (b"\xff\xfe", signed(GOOD)),
        (b"[]", signed(b"[]")),
        (b"3", signed(b"3")),
        (b"null", signed(b"null")),
        (b"{}", signed(b"{}")),
        (b"[" * 50_000, signed(b"[" * 50_000)),
        (b'{"id": 1, "type": "a", "data": {"object": {"id": "x", "object": "y"}}}', "sign"),
        (b'{"id": "evt", "type": "a", "data": {"object": []}}', "sign"),
        (b'{"id": "", "type": "a", "data": {"object": {"id": "x", "object": "y"}}}', "sign"),
        (b"{" + b" " * 300_000 + b"}", "sign"),
    ],
    ids=[
        "no header",
        "empty header",
        "no time",
        "not ascii",
        "nonsense",
        "another secret",
        "an hour old",
        "from the future",
        "changed body",
        "not UTF-8",
        "a list",
        "a number",
        "null",
        "empty",
        "deep",
        "number as id",
        "no object",
        "empty id",
        "too large",
    ],
)
def test_whatever_is_not_a_well_signed_event_is_refused(body: bytes, header: str | None) -> None:
    with pytest.raises(webhook.BadEvent):
        webhook.read(body, signed(body) if header == "sign" else header)
