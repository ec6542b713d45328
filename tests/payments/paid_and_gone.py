"""A paid order whose vials are gone: the hold ends, others buy, and the money comes late."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from builders import make_lot, make_size, order_for
from sqlalchemy import select

from shop.core.database import reading, writing
from shop.ordering import fulfilment, states
from shop.ordering.cancel_reasons import CancelReason
from shop.ordering.models import (
    FulfilmentState,
    Order,
    OrderEvent,
    PaymentMethod,
    PaymentState,
    ReviewState,
)
from shop.ordering.placement import Placed
from shop.payments import attempts, settlement, stock_choices
from shop.payments.models import PaymentAttempt

PAID_AND_GONE = (PaymentState.PAID, ReviewState.NEEDS_DECISION, FulfilmentState.CANCELLED)


class Payable(Protocol):
    """Stripe, beside the shop or in its process."""

    def pay(self, page_url: str) -> object: ...


def paid_and_gone(
    stripe: Payable, wanted: int = 5, *, left: int = 0, review: ReviewState | None = None
) -> tuple[Placed, str]:
    """A card order of one size, paid late, of whose vials so many are left; with its size."""
    sku = make_size(price_minor=4600)
    placed = paid_and_gone_of(stripe, {sku: wanted}, {sku: left}, review=review)
    return placed, sku


def paid_and_gone_of(
    stripe: Payable,
    wanted: Mapping[str, int],
    left: Mapping[str, int],
    *,
    review: ReviewState | None = None,
) -> Placed:
    """The same of several sizes."""
    for sku, vials in wanted.items():
        make_lot(sku, vials)
    placed = order_for(dict(wanted), method=PaymentMethod.CARD)
    page = attempts.start(placed.order_id)
    with reading() as session:
        session_id = session.scalars(
            select(PaymentAttempt.stripe_session).where(PaymentAttempt.order_id == placed.order_id)
        ).one()
    assert session_id is not None
    with writing() as session:
        order = states.lock(session, placed.order_id)
        if review is not None:
            states.move(session, order, ReviewState.WAITING, actor="test", kind="screening", note="look")
        if review == ReviewState.REFUSED:
            states.move(session, order, review, actor="test", kind="refused", note="not a laboratory")
        # As after an outage at Stripe: let go here, while the page there can still be paid.
        fulfilment.cancel(
            session,
            order,
            actor="job",
            kind="hold-ended",
            code=CancelReason.NOT_PAID,
            reason="not paid in time",
        )
    others = {sku: vials - left.get(sku, 0) for sku, vials in wanted.items() if vials > left.get(sku, 0)}
    if others:
        order_for(others)
    stripe.pay(page)
    settlement.settle(session_id)
    assert states_of(placed) == PAID_AND_GONE
    return placed


def states_of(placed: Placed) -> tuple[PaymentState, ReviewState, FulfilmentState]:
    """The three states of an order now."""
    with reading() as session:
        order = session.get_one(Order, placed.order_id)
        return order.payment_state, order.review_state, order.fulfilment_state


def about(placed: Placed) -> str:
    """What a page about the order would have shown."""
    with reading() as session:
        order = fulfilment.find(session, placed.order_id)
        return stock_choices.of_order(session, order).shown


def history(placed: Placed) -> list[tuple[str, str, str]]:
    """Actor, kind and note of each event, oldest first."""
    with reading() as session:
        rows = session.execute(
            select(OrderEvent.actor, OrderEvent.kind, OrderEvent.note)
            .where(OrderEvent.order_id == placed.order_id)
            .order_by(OrderEvent.id)
        )
        return [(actor, kind, note) for actor, kind, note in rows]
