"""Refunds: recorded here before Stripe is asked, and done only when Stripe says so."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.core import audit, clock, faults
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.identity import random_reference
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.ordering import letters, order_events, states
from shop.ordering.models import Order, PaymentState
from shop.payments import gateway
from shop.payments.models import AttemptState, PaymentAttempt, Refund, RefundState

_STATE_OF = {
    "succeeded": RefundState.SUCCEEDED,
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


def request(session: Session, order: Order, *, amount_minor: int, reason: str, actor: str) -> int:
    """Write down that money of a locked order is to be sent back; returns the refund's id.

    Raises:
        Refused: more than was captured and not yet sent back.
    """
    attempt = paid_attempt(session, order.id)
    if attempt is None:
        raise Refused(_("This order has not been paid by card."))
    left = attempt.amount_minor - refunded_or_on_its_way(session, attempt.id)
    if not 0 < amount_minor <= left:
        raise Refused(_("At most %(amount)s can be refunded.", amount=in_words(left, attempt.currency)))
    refund = Refund(
        key=random_reference(),
        order_id=order.id,
        attempt_id=attempt.id,
        state=RefundState.REQUESTED,
        amount_minor=amount_minor,
        currency=attempt.currency,
        reason=reason,
        requested_by=actor,
        created_at=clock.now(),
    )
    session.add(refund)
    session.flush()
    states.tell(
        session,
        order.id,
        actor=actor,
        kind="refund-requested",
        note=f"{in_words(amount_minor, attempt.currency)}. {reason}",
    )
    audit.log(
        session,
        actor=actor,
        action="refund.request",
        subject=f"order/{order.number}",
        after={"amount_minor": amount_minor, "currency": attempt.currency},
        reason=reason,
    )
    return refund.id


def send(refund_id: int) -> None:
    """Ask Stripe to make a requested refund. Safe to repeat.

    Raises:
        PaymentUnavailable: Stripe could not be reached; the job tries again with the same key.
    """
    with reading() as session:
        refund = session.get_one(Refund, refund_id)
        done = refund.stripe_refund is not None or refund.state != RefundState.REQUESTED
        intent_id, key, amount = refund.attempt.stripe_payment_intent, refund.key, refund.amount_minor
    if done or intent_id is None:
        return
    faults.point("refund.before_send")
    try:
        facts = gateway.refund(intent_id, key=key, amount_minor=amount)
    except gateway.GatewayRefused as error:
        with writing() as session:
            _fail(session, session.get_one(Refund, refund_id), str(error))
        return
    faults.point("refund.sent_not_kept")
    with writing() as session:
        refund = session.get_one(Refund, refund_id)
        states.lock(session, refund.order_id)
        session.refresh(refund)
        refund.stripe_refund = facts.refund_id
        _apply(session, refund, facts)
    faults.point("refund.after")


def look_again(stripe_refund: str, *, first: Callable[[Session], bool] | None = None) -> bool:
    """Bring a refund up to what Stripe says now; False when it is not this shop's."""
    facts = gateway.look_at_refund(stripe_refund)
    with writing() as session:
        if first is not None and not first(session):
            return False
        refund = session.scalar(select(Refund).where(Refund.stripe_refund == stripe_refund))
        if refund is None:
            return False
        states.lock(session, refund.order_id)
        session.refresh(refund)
        _apply(session, refund, facts)
        return True


def paid_attempt(session: Session, order_id: int) -> PaymentAttempt | None:
    """The attempt by which an order was paid."""
    return session.scalar(
        select(PaymentAttempt)
        .where(PaymentAttempt.order_id == order_id, PaymentAttempt.state == AttemptState.SUCCEEDED)
        .order_by(PaymentAttempt.id)
        .limit(1)
    )


def refunded_or_on_its_way(session: Session, attempt_id: int) -> int:
    """What of an attempt has been, or is being, sent back."""
    total = session.scalar(
        select(func.sum(Refund.amount_minor)).where(
            Refund.attempt_id == attempt_id, Refund.state != RefundState.FAILED
        )
    )
    return int(total or 0)


def _apply(session: Session, refund: Refund, facts: gateway.RefundFacts) -> None:
    reached = _STATE_OF.get(facts.status, RefundState.PENDING)
    if refund.state in (RefundState.SUCCEEDED, RefundState.FAILED) or reached == refund.state:
        return
    if reached == RefundState.FAILED:
        _fail(session, refund, facts.status)
        return
    refund.state = reached
    if reached != RefundState.SUCCEEDED:
        return
    refund.settled_at = clock.now()
    session.flush()
    order = session.get_one(Order, refund.order_id)
    returned = session.scalar(
        select(func.sum(Refund.amount_minor)).where(
            Refund.order_id == order.id, Refund.state == RefundState.SUCCEEDED
        )
    )
    whole = int(returned or 0) >= order.total_minor
    states.move(
        session,
        order,
        PaymentState.REFUNDED if whole else PaymentState.PART_REFUNDED,
        actor="stripe",
        kind="refunded",
        note=in_words(refund.amount_minor, refund.currency),
    )
    order_events.announce(
        session,
        order,
        "refund.succeeded",
        fact=refund.key,
        refund=refund.key,
        refunded_minor=refund.amount_minor,
    )
    letters.refund_made(session, order, amount_minor=refund.amount_minor, key=refund.key)


def _fail(session: Session, refund: Refund, words: str) -> None:
    refund.state, refund.settled_at = RefundState.FAILED, clock.now()
    states.tell(session, refund.order_id, actor="stripe", kind="refund-failed", note=words)
