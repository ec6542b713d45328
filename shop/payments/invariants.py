"""What must always be true of money; each is one query, run by `aliquot audit` and after every test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.core import clock
from shop.core.audit import invariant
from shop.ordering.models import Order, OrderLine, PaymentMethod, PaymentState, order_number
from shop.payments.models import (
    OPEN_ATTEMPTS,
    AttemptState,
    PaymentAttempt,
    Refund,
    RefundLine,
    RefundState,
)


@invariant("I4", "An order is paid by card when, and only when, one attempt of it has succeeded")
def _paid_orders_have_payments(session: Session) -> Iterator[str]:
    succeeded = (
        select(PaymentAttempt.order_id, func.count().label("count"))
        .where(PaymentAttempt.state == AttemptState.SUCCEEDED)
        .group_by(PaymentAttempt.order_id)
        .subquery()
    )
    paid_states = (PaymentState.PAID, PaymentState.PART_REFUNDED, PaymentState.REFUNDED)
    rows = session.execute(
        select(Order.id, Order.payment_state, func.coalesce(succeeded.c.count, 0))
        .outerjoin(succeeded, succeeded.c.order_id == Order.id)
        .where(Order.payment_method == PaymentMethod.CARD)
    )
    for order_id, state, count in rows:
        paid = state in paid_states
        if paid != (count > 0) or count > 1:
            yield f"order {order_number(order_id)} is {state.value} with {count} payments"


@invariant("I5", "Each payment is of just the amount and currency of its order")
def _amounts_match(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(Order.id, PaymentAttempt.id)
        .join(PaymentAttempt, PaymentAttempt.order_id == Order.id)
        .where(
            (PaymentAttempt.amount_minor != Order.total_minor) | (PaymentAttempt.currency != Order.currency)
        )
    )
    for order_id, attempt_id in rows:
        yield f"order {order_number(order_id)}: attempt {attempt_id} is of another amount"


@invariant("I6", "No more was refunded than was paid, and the state of the order says how much")
def _refunds_within_payments(session: Session) -> Iterator[str]:
    given = (
        select(Refund.attempt_id, func.sum(Refund.amount_minor).label("amount"))
        .where(Refund.state != RefundState.FAILED)
        .group_by(Refund.attempt_id)
        .subquery()
    )
    rows = session.execute(
        select(PaymentAttempt.order_id, PaymentAttempt.received_minor, given.c.amount)
        .join(given, given.c.attempt_id == PaymentAttempt.id)
        .where(
            (given.c.amount > func.coalesce(PaymentAttempt.received_minor, 0))
            | PaymentAttempt.state.not_in([AttemptState.SUCCEEDED, AttemptState.UNEXPECTED])
        )
    )
    for order_id, paid, refunded in rows:
        yield f"order {order_number(order_id)}: {refunded} refunded of {paid} paid"
    done = (
        select(Refund.order_id, func.sum(Refund.amount_minor).label("amount"))
        .join(PaymentAttempt, PaymentAttempt.id == Refund.attempt_id)
        .where(Refund.state == RefundState.SUCCEEDED, PaymentAttempt.state == AttemptState.SUCCEEDED)
        .group_by(Refund.order_id)
        .subquery()
    )
    states = session.execute(
        select(Order.id, Order.payment_state, Order.total_minor, func.coalesce(done.c.amount, 0))
        .outerjoin(done, done.c.order_id == Order.id)
        .where(
            # What was sent back by bank stands on the account of its invoice: see `account_invariants`.
            Order.payment_method == PaymentMethod.CARD,
            done.c.amount.is_not(None)
            | Order.payment_state.in_([PaymentState.REFUNDED, PaymentState.PART_REFUNDED]),
        )
    )
    for order_id, state, total, amount in states:
        expected = PaymentState.REFUNDED if amount >= total else PaymentState.PART_REFUNDED
        if state != expected or amount == 0:
            yield f"order {order_number(order_id)} is {state.value} with {amount} of {total} refunded"


@invariant("I20", "No payment is of unknown outcome for more than a day after its page ended")
def _nothing_unknown_for_long(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(PaymentAttempt.order_id, PaymentAttempt.state).where(
            PaymentAttempt.state.in_([each for each in OPEN_ATTEMPTS if each != AttemptState.PROCESSING]),
            PaymentAttempt.expires_at < clock.now() - timedelta(days=1),
        )
    )
    for order_id, state in rows:
        yield f"order {order_number(order_id)}: a payment attempt is still {state.value}"


@invariant(
    "I170", "What a payment has given back is the sum of its refunds, and each refund that of its lines"
)
def _given_back_adds_up(session: Session) -> Iterator[str]:
    given = (
        select(Refund.attempt_id, func.sum(Refund.amount_minor).label("amount"))
        .where(Refund.state != RefundState.FAILED)
        .group_by(Refund.attempt_id)
        .subquery()
    )
    amount = func.coalesce(given.c.amount, 0)
    attempts = session.execute(
        select(PaymentAttempt.order_id, PaymentAttempt.given_back_minor, amount)
        .outerjoin(given, given.c.attempt_id == PaymentAttempt.id)
        .where(PaymentAttempt.given_back_minor != amount)
    )
    for order_id, kept, refunded in attempts:
        yield f"order {order_number(order_id)}: {kept} is written as given back, its refunds are {refunded}"
    lines = (
        select(RefundLine.refund_id, func.sum(RefundLine.amount_minor).label("amount"))
        .group_by(RefundLine.refund_id)
        .subquery()
    )
    refunds = session.execute(
        select(Refund.order_id, Refund.id, Refund.amount_minor, lines.c.amount)
        .join(lines, lines.c.refund_id == Refund.id)
        .where(lines.c.amount != Refund.amount_minor)
    )
    for order_id, refund_id, whole, parts in refunds:
        yield f"order {order_number(order_id)}: refund {refund_id} is {whole}, its lines are {parts}"


@invariant("I171", "No more vials of an order line were refunded than were ordered")
def _vials_refunded_once(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(OrderLine.order_id, OrderLine.position, OrderLine.quantity, func.sum(RefundLine.quantity))
        .join(RefundLine, RefundLine.order_line_id == OrderLine.id)
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(Refund.state != RefundState.FAILED)
        .group_by(OrderLine.id, OrderLine.order_id, OrderLine.position, OrderLine.quantity)
        .having(func.sum(RefundLine.quantity) > OrderLine.quantity)
    )
    for order_id, position, ordered, refunded in rows:
        yield f"order {order_number(order_id)}, line {position}: {refunded} of {ordered} vials were refunded"
