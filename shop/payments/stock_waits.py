"""Paid orders that wait for the next lot: filled when it comes, brought back when their day has passed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.core import clock
from shop.core.audit import invariant
from shop.core.database import reading
from shop.core.errors import Refused
from shop.core.jobs import job
from shop.ordering import fulfilment
from shop.ordering.models import FulfilmentState, Order, ReviewState, order_number
from shop.payments import open_questions, stock_choices, stock_decisions
from shop.payments.models import StockWait

log = logging.getLogger(__name__)

GRACE = timedelta(hours=1)
"""How long after its day a wait may stand before the audit calls it forgotten."""


@job("give waiting orders their vials", every=timedelta(seconds=30))
def look_after_waits() -> int:
    """Give orders that wait for a lot their vials, the oldest order first, and bring back whose day is over.

    An order gets all of its vials or none; one that cannot be filled yet does not keep the shelf from others.
    """
    with reading() as session:
        waiting = session.execute(
            select(StockWait.id, StockWait.order_id)
            .where(StockWait.ended_at.is_(None))
            .order_by(StockWait.order_id)
        ).all()
    done = 0
    for wait_id, order_id in waiting:
        try:
            filled = _can_be_filled(order_id) and stock_decisions.fill(order_id)
            done += filled or stock_decisions.end_wait(wait_id)
        except Refused as error:
            log.warning("order %s waits on: %s", order_number(order_id), error)
    return done


def _can_be_filled(order_id: int) -> bool:
    """Whether it is worth a writing transaction; that one looks again."""
    with reading() as session:
        order = fulfilment.find(session, order_id)
        if not open_questions.stock_is_gone(order):
            return False
        choices = stock_choices.of_order(session, order)
        return not choices.obstacle and not choices.missing


@invariant("I172", "An order waits for a lot only while it needs a decision, and not past its day")
def _waits_are_open_questions(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(Order.id, Order.review_state, Order.fulfilment_state, StockWait.until)
        .join(StockWait, StockWait.order_id == Order.id)
        .where(StockWait.ended_at.is_(None))
    )
    for order_id, review, state, until in rows:
        if review != ReviewState.NEEDS_DECISION or state != FulfilmentState.CANCELLED:
            yield f"order {order_number(order_id)} waits for a lot, and is {review.value} and {state.value}"
        if until < clock.now() - GRACE:
            yield f"order {order_number(order_id)} still waits for a lot long after its day"
