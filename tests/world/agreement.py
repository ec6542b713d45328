"""Whether the shop and Stripe agree about money, and what still waits to be found out."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from builders import found_by_audit
from sqlalchemy import func, select

from shop.core.database import reading
from shop.core.outbox import OutboxMessage
from shop.demo.stripe_stand_in.account import Account
from shop.ordering.models import CheckoutDraft, Order
from shop.payments.models import AttemptState, PaymentAttempt, Refund, RefundState

GOING_BACK = {"succeeded", "pending", "requires_action"}


def money_differs(account: Account) -> list[str]:
    """Each attempt for which the shop and Stripe name different sums kept; empty when they agree."""
    kept_there: Counter[str] = Counter()
    refunds = account.all("refund")
    for intent in account.all("payment_intent"):
        key = intent["metadata"].get("attempt")
        if key is None:
            continue
        back = sum(
            each["amount"]
            for each in refunds
            if each["payment_intent"] == intent["id"] and each["status"] in GOING_BACK
        )
        kept_there[key] += (intent["amount_received"] or 0) - back
    with reading() as session:
        given_back = dict(
            session.execute(
                select(Refund.attempt_id, func.sum(Refund.amount_minor))
                .where(Refund.state.in_([RefundState.SUCCEEDED, RefundState.PENDING]))
                .group_by(Refund.attempt_id)
            ).all()
        )
        kept_here = {
            attempt.key: (attempt.received_minor or 0) - int(given_back.get(attempt.id, 0))
            for attempt in session.scalars(select(PaymentAttempt))
        }
    return [
        f"attempt {key}: {kept_here.get(key, 0)} kept by the shop's books, {kept_there[key]} by Stripe's"
        for key in {**kept_here, **kept_there}
        if kept_here.get(key, 0) != kept_there[key]
    ]


def authorisations_differ(account: Account) -> list[str]:
    """Money set aside at Stripe of which the shop does not know, or the other way round."""
    there = {
        intent["metadata"].get("attempt")
        for intent in account.all("payment_intent")
        if intent["status"] == "requires_capture"
    }
    with reading() as session:
        unawaited = (PaymentAttempt.state == AttemptState.UNEXPECTED) & PaymentAttempt.received_minor.is_(
            None
        )
        set_aside = (PaymentAttempt.state == AttemptState.AUTHORISED) | unawaited
        here = set(session.scalars(select(PaymentAttempt.key).where(set_aside)))
    return [
        f"attempt {key}: set aside at {'Stripe' if key in there else 'the shop'} only" for key in here ^ there
    ]


def unresolved(since: datetime) -> list[str]:
    """What the worker should have done by now of what stood at a moment: refunds to send, mail to hand over.

    Calls to Stripe whose process never wrote down an answer are among it, an attempt without a page too.
    """
    with reading() as session:
        found = [
            f"refund {refund.id} has not been sent"
            for refund in session.scalars(
                select(Refund).where(Refund.state == RefundState.REQUESTED, Refund.created_at <= since)
            )
        ]
        found += [
            f"payment attempt {attempt.id} is still {attempt.state.value}"
            for attempt in session.scalars(
                select(PaymentAttempt).where(
                    PaymentAttempt.state.in_([AttemptState.CREATED, AttemptState.UNKNOWN]),
                    PaymentAttempt.asked_at <= since,
                )
            )
        ]
        found += [
            f"message {message.key} has not gone out: {message.last_error}"
            for message in session.scalars(
                select(OutboxMessage).where(
                    OutboxMessage.sent_at.is_(None), OutboxMessage.created_at <= since
                )
            )
        ]
    return found


def doubled() -> list[str]:
    """Drafts from which more than one order was made."""
    with reading() as session:
        rows = session.execute(
            select(CheckoutDraft.token, func.count(Order.id))
            .join(Order, Order.draft_token == CheckoutDraft.token)
            .group_by(CheckoutDraft.token)
            .having(func.count(Order.id) > 1)
        )
        return [f"draft {token} became {count} orders" for token, count in rows]


def all_is_well(account: Account) -> list[str]:
    """Everything that is wrong now, a sentence each."""
    return [
        *found_by_audit(),
        *money_differs(account),
        *authorisations_differ(account),
        *doubled(),
    ]
