"""Holds that have run out, and payments nobody has told us about: the periodic work of this room."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from shop.core import clock, faults
from shop.core.audit import invariant
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.jobs import job
from shop.core.language import gettext as _
from shop.ordering import fulfilment, states
from shop.ordering.cancel_reasons import CancelReason
from shop.ordering.models import (
    FulfilmentState,
    Order,
    PaymentMethod,
    PaymentState,
    ReviewState,
    order_number,
)
from shop.payments import asking, attempts, decisions, gateway, refunds, settlement
from shop.payments.models import OPEN_ATTEMPTS, Asking, AttemptState, PaymentAttempt

log = logging.getLogger(__name__)

STILL_PROCESSING = timedelta(days=1)
"""How much longer a hold stands each time that a bank has not answered at its end."""
ANSWERED_WITHIN = timedelta(seconds=20)
"""How long after a call went out its process is taken for gone; as long as one try of it may take."""
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
        except (gateway.PaymentUnavailable, gateway.GatewayRefused) as error:
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
            # A payment is being processed; its end will be told. The vials stay, and staff see how long.
            order.held_until = clock.now() + STILL_PROCESSING
            states.tell(session, order.id, actor="job", kind="payment-processing-long", note="")
            return 0
        by_card = order.payment_method == PaymentMethod.CARD
        fulfilment.cancel(
            session,
            order,
            actor="job",
            kind="hold-ended",
            code=CancelReason.NOT_PAID if by_card else CancelReason.OTHER,
            reason=_("The order was not paid in time.")
            if by_card
            else _("The purchase order was not approved in time."),
        )
        faults.point("hold.released")
        return 1


@job("find out about calls cut short", every=timedelta(seconds=15))
def find_out_about_calls() -> int:
    """Ask what became of calls that went out a moment ago and whose process never wrote down an answer.

    Any call that is answered is answered sooner; one that is still under way is asked about with its own key.
    """
    unanswered = (PaymentAttempt.state == AttemptState.CREATED) | _not_as_decided()
    return _resolve_each(unanswered & (PaymentAttempt.asked_at < clock.now() - ANSWERED_WITHIN))


@job("ask about payments", every=timedelta(seconds=60))
def ask_about_payments() -> int:
    """Settle attempts that nobody has reported on: a lost webhook or answer, a closed browser."""
    open_for_long = PaymentAttempt.state.in_(OPEN_ATTEMPTS) & (
        PaymentAttempt.created_at < clock.now() - timedelta(minutes=1)
    )
    return _resolve_each(open_for_long | _not_as_decided())


def _resolve_each(which: ColumnElement[bool]) -> int:
    with reading() as session:
        waiting = list(session.scalars(_to_ask_about(which).order_by(PaymentAttempt.id)))
    asked = 0
    for attempt_id in waiting:
        try:
            resolve(attempt_id)
            asked += 1
        except Refused as error:
            log.warning("payment attempt %s: %s", attempt_id, error)
    return asked


def _not_as_decided() -> ColumnElement[bool]:
    """Money set aside that was to be taken or let go, and of which nobody has written down that it was."""
    set_aside = (PaymentAttempt.state == AttemptState.AUTHORISED) & (
        (PaymentAttempt.capture_before < clock.now())
        | (Order.review_state == ReviewState.APPROVED)
        # Letting go was begun, and nobody has written down how it ended: the shop stopped in between.
        | (PaymentAttempt.asking == Asking.VOID)
    )
    return set_aside | _to_let_go()


def _to_ask_about(which: ColumnElement[bool]) -> Select[int]:
    return (
        select(PaymentAttempt.id)
        .join(Order, Order.id == PaymentAttempt.order_id)
        .where(
            which,
            PaymentAttempt.ask_again_at.is_(None) | (PaymentAttempt.ask_again_at <= clock.now()),
        )
    )


def _to_let_go() -> ColumnElement[bool]:
    """Money that an order did not wait for, only set aside, that is let go at somebody's word."""
    return (
        (PaymentAttempt.state == AttemptState.UNEXPECTED)
        & PaymentAttempt.received_minor.is_(None)
        & (PaymentAttempt.asking == Asking.VOID)
    )


def resolve(attempt_id: int) -> None:
    """Bring one attempt up to what Stripe says, whatever it waits for; take what has been approved.

    What stays unknown, or with the bank, is asked about again later, each time later.

    Raises:
        PaymentUnavailable: Stripe cannot be reached.
        Refused: Stripe will not give what was set aside.
    """
    with reading() as session:
        attempt = session.get_one(PaymentAttempt, attempt_id)
        session_id = attempt.stripe_session
    if session_id is None:
        attempts.find(attempt_id)
        # What is found may have been paid long ago.
        with reading() as session:
            session_id = session.get_one(PaymentAttempt, attempt_id).stripe_session
    if session_id is not None:
        settlement.settle(session_id)
    with reading() as session:
        to_let_go = session.scalar(
            select(PaymentAttempt.id).where(PaymentAttempt.id == attempt_id, _to_let_go())
        )
    if to_let_go is not None:
        settlement.void_authorised(attempt_id)
    with writing() as session:
        attempt = session.get_one(PaymentAttempt, attempt_id)
        if attempt.state in (AttemptState.PROCESSING, AttemptState.UNKNOWN, AttemptState.AUTHORISED):
            attempt.ask_again_at = clock.now() + asking.pause_after(attempt.tries)
            attempt.tries += 1


@job("send refunds", every=timedelta(seconds=30))
def send_refunds() -> int:
    """Send the refunds that a crash or an outage has kept back, and ask about those on their way."""
    with reading() as session:
        open_refunds = refunds.waiting(session)
    for refund_id, stripe_refund in open_refunds:
        try:
            refunds.ask_about(refund_id, stripe_refund)
        except Refused as error:
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
