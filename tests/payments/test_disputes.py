"""Disputes: what the bank says of a payment is shown with its order, and money it holds is not refunded."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import stripe
from builders import make_lot, make_size, order_for
from sqlalchemy import select
from stripe_beside import KEY, WEBHOOK_SECRET, Stripe
from stripe_inside import signature

from shop.core import clock
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.ordering import states
from shop.ordering.models import Order, OrderEvent, PaymentMethod, PaymentState
from shop.ordering.placement import Placed
from shop.payments import attempts, desk, disputes, gateway, refunds, settlement, sync, webhook
from shop.payments.models import Dispute, PaymentAttempt, Refund, RefundState

pytestmark = pytest.mark.usefixtures("card_shop")

INQUIRY_CARD = "4000000000001976"


def paid(stripe_beside: Stripe, card: str = "4242424242424242") -> tuple[Placed, str]:
    """An order paid by card, and its payment at Stripe."""
    sku = make_size(price_minor=4600)
    make_lot(sku, 10)
    placed = order_for({sku: 2}, method=PaymentMethod.CARD)
    stripe_beside.pay(attempts.start(placed.order_id), card)
    settlement.settle_order(placed.order_id)
    with reading() as session:
        query = select(PaymentAttempt).where(PaymentAttempt.order_id == placed.order_id)
        intent = session.scalars(query).one().stripe_payment_intent
    assert intent is not None
    return placed, intent


def tell(stripe_beside: Stripe, kind: str, *, which: int = 0) -> str:
    """Deliver an event of this kind, the newest by default; what the shop did."""
    account = stripe_beside.parts.account
    events = [event for event in account.all("event") if event["type"] == kind]
    body = json.dumps(events[which]).encode()
    return webhook.take(webhook.read(body, signature(body, WEBHOOK_SECRET)))


def at_stripe(stripe_beside: Stripe) -> stripe.StripeClient:
    return stripe.StripeClient(KEY, base_addresses={"api": stripe_beside.address})


def dispute_of(placed: Placed) -> Dispute:
    with reading() as session:
        found = session.scalars(select(Dispute).where(Dispute.order_id == placed.order_id)).one()
        session.expunge(found)
        return found


def told(placed: Placed) -> list[str]:
    with reading() as session:
        query = select(OrderEvent.kind).where(OrderEvent.order_id == placed.order_id).order_by(OrderEvent.id)
        return [kind for kind in session.scalars(query) if kind.startswith("dispute")]


def ask_refund(placed: Placed, amount: int = 500) -> int:
    with writing() as session:
        order = states.lock(session, placed.order_id)
        part = refunds.Part(order_line_id=None, amount_minor=amount)
        return refunds.request(session, order, lines=[part], reason="a vial broke", actor="test")


def found_about_disputes() -> list[str]:
    return [each.found for each in sync.run() if each.about.startswith("dispute")]


def kinds_on_desk() -> list[str]:
    with reading() as session:
        return [each.kind for each in desk.items(session)]


def test_a_dispute_is_shown_from_its_beginning_to_its_end_and_blocks_refunds_meanwhile(
    stripe_stand_in: Stripe,
) -> None:
    placed, intent = paid(stripe_stand_in)
    stripe_stand_in.control(f"payments/{intent}/dispute")
    assert tell(stripe_stand_in, "charge.dispute.created") == "dispute"
    opened = dispute_of(placed)
    assert (opened.status, opened.is_open, opened.refundable) == ("needs_response", True, False)
    assert (opened.reason, opened.amount_minor, opened.currency) == ("fraudulent", 10600, "USD")
    assert opened.answer_by is not None and opened.answer_by > clock.now() + timedelta(days=8)
    with reading() as session:
        item = next(each for each in desk.items(session) if each.kind == "dispute")
    assert (item.order_id, item.until) == (placed.order_id, opened.answer_by)
    with pytest.raises(Refused, match="disputed this payment"):
        ask_refund(placed)

    client = at_stripe(stripe_stand_in).v1.disputes
    client.update(opened.stripe_dispute, {"evidence": {"product_description": "A research reagent"}})
    assert tell(stripe_stand_in, "charge.dispute.updated") == "dispute"
    assert (dispute_of(placed).status, dispute_of(placed).is_open) == ("under_review", True)
    assert "dispute" in kinds_on_desk()

    client.update(opened.stripe_dispute, {"evidence": {"uncategorized_text": "winning_evidence"}})
    assert tell(stripe_stand_in, "charge.dispute.closed") == "dispute"
    won = dispute_of(placed)
    assert (won.status, won.is_open, won.refundable) == ("won", False, True)
    assert kinds_on_desk() == []
    assert told(placed) == ["dispute-opened", "dispute-changed", "dispute-closed"]
    refunds.send(ask_refund(placed))
    with reading() as session:
        assert session.get_one(Order, placed.order_id).payment_state == PaymentState.PART_REFUNDED


def test_a_lost_dispute_stays_lost_and_nothing_more_is_refunded(stripe_stand_in: Stripe) -> None:
    placed, intent = paid(stripe_stand_in)
    stripe_stand_in.control(f"payments/{intent}/dispute")
    tell(stripe_stand_in, "charge.dispute.created")
    at_stripe(stripe_stand_in).v1.disputes.close(dispute_of(placed).stripe_dispute)
    tell(stripe_stand_in, "charge.dispute.closed")
    # What was told before comes last.
    assert tell(stripe_stand_in, "charge.dispute.funds_withdrawn") == "dispute"
    assert (dispute_of(placed).status, dispute_of(placed).is_open) == ("lost", False)
    with pytest.raises(Refused, match="was lost"):
        ask_refund(placed)
    assert told(placed) == ["dispute-opened", "dispute-closed"]


def test_what_was_lost_can_be_won_back(stripe_stand_in: Stripe) -> None:
    placed, intent = paid(stripe_stand_in)
    stripe_stand_in.control(f"payments/{intent}/dispute")
    tell(stripe_stand_in, "charge.dispute.created")
    found = stripe_stand_in.parts.account.objects[dispute_of(placed).stripe_dispute]
    for status, refundable in (("lost", False), ("won", True)):
        found.update(status=status, is_charge_refundable=refundable)
        disputes.look_again(found["id"])
    assert dispute_of(placed).status == "won"
    refunds.send(ask_refund(placed))
    # And what was read earlier and comes later opens nothing.
    found.update(status="under_review", is_charge_refundable=False)
    disputes.look_again(found["id"])
    assert (dispute_of(placed).status, dispute_of(placed).is_open) == ("won", False)


def test_funds_withdrawn_and_reinstated_are_seen_though_the_status_stays(stripe_stand_in: Stripe) -> None:
    placed, intent = paid(stripe_stand_in)
    stripe_stand_in.control(f"payments/{intent}/dispute")
    found = stripe_stand_in.parts.account.all("dispute")[0]
    found.update(is_charge_refundable=True)
    assert tell(stripe_stand_in, "charge.dispute.created") == "dispute"
    assert dispute_of(placed).refundable is True
    found.update(is_charge_refundable=False)
    assert tell(stripe_stand_in, "charge.dispute.funds_withdrawn") == "dispute"
    with pytest.raises(Refused, match="disputed this payment"):
        ask_refund(placed)
    found.update(is_charge_refundable=True)
    disputes.look_again(found["id"])
    refunds.send(ask_refund(placed))
    assert told(placed) == ["dispute-opened", "dispute-changed", "dispute-changed"]


def test_an_inquiry_takes_no_money_and_a_refund_ends_it(stripe_stand_in: Stripe) -> None:
    placed, _intent = paid(stripe_stand_in, INQUIRY_CARD)
    tell(stripe_stand_in, "charge.dispute.created")
    assert (dispute_of(placed).status, dispute_of(placed).refundable) == ("warning_needs_response", True)
    refunds.send(ask_refund(placed))
    with reading() as session:
        assert session.scalars(select(Refund.state)).all() == [RefundState.SUCCEEDED]
    at_stripe(stripe_stand_in).v1.disputes.close(dispute_of(placed).stripe_dispute)
    tell(stripe_stand_in, "charge.dispute.closed")
    assert (dispute_of(placed).status, dispute_of(placed).is_open) == ("warning_closed", False)


def test_a_dispute_that_comes_while_a_refund_is_asked_stops_it_until_it_is_won(
    stripe_stand_in: Stripe,
) -> None:
    placed, intent = paid(stripe_stand_in)
    refund_id = ask_refund(placed)
    stripe_stand_in.control(f"payments/{intent}/dispute")
    # Stripe refuses; nothing of the payment counts as given back.
    refunds.send(refund_id)
    with reading() as session:
        refund = session.get_one(Refund, refund_id)
        assert (refund.state, refund.attempt.given_back_minor) == (RefundState.FAILED, 0)
        assert "charged back" in refund.failure
    tell(stripe_stand_in, "charge.dispute.created")
    assert kinds_on_desk() == ["dispute", "refund-failed"]
    with pytest.raises(Refused, match="disputed this payment"):
        refunds.try_again(refund_id, actor="test")
    stripe_stand_in.control(f"disputes/{dispute_of(placed).stripe_dispute}/close", status="won")
    tell(stripe_stand_in, "charge.dispute.closed")
    refunds.send(refunds.try_again(refund_id, actor="test"))
    with reading() as session:
        assert list(session.scalars(select(Refund.state).order_by(Refund.id))) == [
            RefundState.FAILED,
            RefundState.SUCCEEDED,
        ]
    assert kinds_on_desk() == []


def test_a_dispute_told_before_its_payment_settles_the_payment_first(
    stripe_stand_in: Stripe,
) -> None:
    sku = make_size(price_minor=4600)
    make_lot(sku, 10)
    placed = order_for({sku: 2}, method=PaymentMethod.CARD)
    stripe_stand_in.pay(attempts.start(placed.order_id), "4000000000000259")
    assert tell(stripe_stand_in, "charge.dispute.created") == "dispute"
    assert dispute_of(placed).is_open
    with reading() as session:
        assert session.get_one(Order, placed.order_id).payment_state == PaymentState.PAID


def test_a_dispute_nobody_told_of_is_found_by_asking_and_so_is_its_end_months_later(
    stripe_stand_in: Stripe,
) -> None:
    placed, intent = paid(stripe_stand_in)
    stripe_stand_in.control(f"payments/{intent}/dispute")
    assert [each.found for each in sync.run() if "dispute" in each.about] == [
        "not known here -> needs_response"
    ]
    found = stripe_stand_in.parts.account.all("dispute")[0]
    # So old that no list of the last days shows it.
    found["created"] -= 90 * 86400
    found.update(status="lost")
    assert found_about_disputes() == ["needs_response -> lost"]
    assert found_about_disputes() == []
    assert dispute_of(placed).status == "lost"


def test_a_dispute_of_another_shop_is_not_shown(stripe_stand_in: Stripe) -> None:
    client = at_stripe(stripe_stand_in).v1
    client.payment_intents.create(
        {"amount": 900, "currency": "usd", "payment_method": "pm_card_createDispute", "confirm": True}
    )
    assert tell(stripe_stand_in, "charge.dispute.created") == "not ours"
    assert gateway.disputes(since=clock.now() - timedelta(hours=1))
    list(sync.run())
    with reading() as session:
        assert session.scalars(select(Dispute.id)).all() == []
