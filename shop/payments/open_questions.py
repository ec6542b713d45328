"""What a person still has to decide about the money of an order, and where it stands when nothing is left."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from shop.core import clock
from shop.ordering import placement, states
from shop.ordering.models import (
    FulfilmentState,
    Order,
    OrderEvent,
    PaymentMethod,
    PaymentState,
    ReviewState,
)
from shop.payments.models import AttemptState, PaymentAttempt

PAY_AGAIN = timedelta(hours=24)
"""How long the lots stay held for a buyer who has to pay again."""


def stock_is_gone(order: Order) -> bool:
    """Whether an order has been paid, has no vials any more, and waits for a person or for a lot."""
    return (
        order.payment_method == PaymentMethod.CARD
        and order.review_state == ReviewState.NEEDS_DECISION
        and order.fulfilment_state == FulfilmentState.CANCELLED
        and order.payment_state in (PaymentState.PAID, PaymentState.PART_REFUNDED)
    )


def not_awaited() -> ColumnElement[bool]:
    """Payments their order did not wait for, of which something is still here or still set aside."""
    return (PaymentAttempt.state == AttemptState.UNEXPECTED) & (
        PaymentAttempt.received_minor.is_(None)
        | (PaymentAttempt.received_minor > PaymentAttempt.given_back_minor)
    )


def came_from(session: Session, order: Order) -> ReviewState:
    """Where an order stood before it needed a decision."""
    before = session.scalar(
        select(OrderEvent.from_state)
        .where(
            OrderEvent.order_id == order.id,
            OrderEvent.axis == "review",
            OrderEvent.to_state == ReviewState.NEEDS_DECISION.value,
        )
        .order_by(OrderEvent.id.desc())
        .limit(1)
    )
    return ReviewState(before) if before else ReviewState.PASSED


def close_if_answered(session: Session, order: Order, *, actor: str, note: str) -> bool:
    """Bring a locked order back to where it stood, once nothing about its money waits for a person any more.

    An unpaid order is held again for as long as its buyer has to pay, or its purchase order to be approved.
    """
    session.flush()
    if order.review_state != ReviewState.NEEDS_DECISION or stock_is_gone(order):
        return False
    left = session.scalar(
        select(func.count())
        .select_from(PaymentAttempt)
        .where(PaymentAttempt.order_id == order.id, not_awaited())
    )
    if left:
        return False
    states.move(session, order, came_from(session, order), actor=actor, kind="decided", note=note)
    if order.fulfilment_state == FulfilmentState.HELD and order.payment_state == PaymentState.DUE:
        by_card = order.payment_method == PaymentMethod.CARD
        order.held_until = (
            clock.now() + PAY_AGAIN if by_card else placement.hold_ends(order.payment_method, clock.now())
        )
    return True
