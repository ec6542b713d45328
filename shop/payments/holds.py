"""Holds that have run out, and payments nobody has told us about: the periodic work of this room."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.core import clock, faults
from shop.core.audit import invariant
from shop.core.database import reading, writing
from shop.core.jobs import job
from shop.core.language import gettext as _
from shop.ordering import fulfilment, states
from shop.ordering.models import (
    FulfilmentState,
    Order,
    PaymentMethod,
    PaymentState,
    ReviewState,
    order_number,
)
from shop.payments import attempts, decisions, gateway, refunds, settlement
from shop.payments.models import AttemptState, PaymentAttempt, Refund, RefundState

log = logging.getLogger(__name__)

GRACE = timedelta(hours=1)
"""How long after its end a hold may stand before the audit calls it forgotten."""


@job("end holds", every=timedelta(seconds=15))
def end_holds() -> int:
    """Let go of what was held too long: ended at Stripe first, released here afterwards."""
    with reading() as session:
        due = list(
            session.scalars(
                select(Order.id).where(
                    Order.held_until < clock.now(), Order.fulfilment_state == FulfilmentState.HELD
                )
            )
        )
    ended = 0
    for order_id in due:
        try:
            decisions.end_payment(order_id)
        except gateway.PaymentUnavailable as error:
            log.warning("the hold of order %s stays: %s", order_number(order_id), error)
            continue
        ended += _release(order_id)
    return ended


def _release(order_id: int) -> int:
    with writing() as session:
        order = states.lock(session, order_id)
        overdue = order.held_until is not None and order.held_until < clock.now()
        if (
            not overdue
            or order.fulfilment_state != FulfilmentState.HELD
            or order.payment_state != PaymentState.DUE
        ):
            return 0
        if attempts.open_attempt(session, order_id) is not None:
            return 0  # a payment is being processed; its end will be told
        reason = (
            _("The order was not paid in time.")
            if order.payment_method == PaymentMethod.CARD
            else _("The purchase order was not approved in time.")
        )
        fulfilment.cancel(session, order, actor="job", kind="hold-ended", reason=reason)
        faults.point("hold.released")
        return 1


@job("ask about payments", every=timedelta(seconds=60))
def ask_about_payments() -> int:
    """Settle attempts that nobody has reported on: a lost webhook, a closed browser, a crash in between."""
    with reading() as session:
        waiting = [
            (attempt_id, session_id)
            for attempt_id, session_id in session.execute(
                select(PaymentAttempt.id, PaymentAttempt.stripe_session).where(
                    PaymentAttempt.state.in_(
                        [AttemptState.CREATED, AttemptState.OPEN, AttemptState.PROCESSING]
                    ),
                    PaymentAttempt.created_at < clock.now() - timedelta(minutes=1),
                )
            )
        ]
    asked = 0
    for attempt_id, session_id in waiting:
        try:
            if session_id is None:
                attempts.ask(attempt_id)
            else:
                settlement.settle(session_id)
            asked += 1
        except (gateway.PaymentUnavailable, gateway.GatewayRefused) as error:
            log.warning("payment attempt %s: %s", attempt_id, error)
    return asked


@job("take approved money", every=timedelta(seconds=60))
def take_approved_money() -> int:
    """Capture what was set aside for orders that have been approved, where an outage kept it back."""
    with reading() as session:
        waiting = list(
            session.scalars(
                select(PaymentAttempt.id)
                .join(Order, Order.id == PaymentAttempt.order_id)
                .where(
                    PaymentAttempt.state == AttemptState.AUTHORISED,
                    Order.review_state == ReviewState.APPROVED,
                )
            )
        )
    for attempt_id in waiting:
        try:
            settlement.capture_authorised(attempt_id)
        except (gateway.PaymentUnavailable, gateway.GatewayRefused) as error:
            log.warning("payment attempt %s: %s", attempt_id, error)
    return len(waiting)


@job("send refunds", every=timedelta(seconds=30))
def send_refunds() -> int:
    """Send the refunds that a crash or an outage has kept back, and ask about those on their way."""
    with reading() as session:
        open_refunds = [
            (refund_id, stripe_refund)
            for refund_id, stripe_refund in session.execute(
                select(Refund.id, Refund.stripe_refund).where(
                    Refund.state.in_([RefundState.REQUESTED, RefundState.PENDING])
                )
            )
        ]
    for refund_id, stripe_refund in open_refunds:
        try:
            if stripe_refund is None:
                refunds.send(refund_id)
            else:
                refunds.look_again(stripe_refund)
        except gateway.PaymentUnavailable as error:
            log.warning("refund %s: %s", refund_id, error)
    return len(open_refunds)


@invariant("I19", "No hold stands long after its end")
def _no_hold_forgotten(session: Session) -> Iterator[str]:
    rows = session.scalars(
        select(Order.id).where(
            Order.held_until < clock.now() - GRACE, Order.fulfilment_state == FulfilmentState.HELD
        )
    )
    for order_id in rows:
        yield f"order {order_number(order_id)} is still held long after its hold ran out"
