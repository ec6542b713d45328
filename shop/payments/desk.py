"""What waits for a person about money: counted for the dashboard in one subquery, and listed on its desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased, selectinload

from shop.core import clock
from shop.inventory import availability
from shop.ordering.models import FulfilmentState, Order, PaymentMethod, PaymentState, ReviewState
from shop.payments.models import (
    AttemptState,
    Dispute,
    PaymentAttempt,
    Refund,
    RefundState,
    StockWait,
    StrayPayment,
)
from shop.payments.open_questions import not_awaited

ENDS_SOON = timedelta(days=2)
"""So long before an amount set aside is let go, staff are told."""
LONG = timedelta(days=3)
"""So long a bank may process a payment before staff are told."""


KINDS = (
    "stock",
    "decision",
    "dispute",
    "inquiry",
    "ends-soon",
    "refund-came-back",
    "refund-failed",
    "unknown",
    "refund-unknown",
    "processing",
)
"""The most pressing first."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that waits, and the order it is about."""

    kind: str
    order_id: int
    until: datetime | None = None
    """The last moment at which something can be done about it, where there is one."""


def _parts() -> list[Select[str, int, datetime | None]]:
    moment = clock.now()
    attempt, again = PaymentAttempt, aliased(Refund)
    closed = (PaymentState.REFUNDED, PaymentState.NOT_PAYABLE)
    never = cast(null(), Dispute.answer_by.type)
    return [
        select(literal("decision"), Order.id, never).where(
            Order.review_state == ReviewState.NEEDS_DECISION,
            Order.payment_state.not_in(closed),
            ~_stock_is_gone(),
            ~select(attempt.id).where(attempt.order_id == Order.id, not_awaited()).exists(),
        ),
        select(literal("stock"), Order.id, never).where(_stock_is_gone(), ~_waits_for_lot()),
        select(
            case((Dispute.refundable.is_(True), "inquiry"), else_="dispute"),
            Dispute.order_id,
            Dispute.answer_by,
        ).where(Dispute.is_open.is_(True)),
        select(literal("ends-soon"), attempt.order_id, attempt.capture_before).where(
            attempt.state == AttemptState.AUTHORISED, attempt.capture_before < moment + ENDS_SOON
        ),
        select(literal("unknown"), attempt.order_id, never).where(attempt.state == AttemptState.UNKNOWN),
        select(literal("refund-unknown"), Refund.order_id, never).where(Refund.state == RefundState.UNKNOWN),
        select(
            case((Refund.came_back_at.is_(None), "refund-failed"), else_="refund-came-back"),
            Refund.order_id,
            never,
        ).where(
            Refund.state == RefundState.FAILED,
            ~select(again.id).where(again.instead_of_id == Refund.id).exists(),
        ),
        select(literal("processing"), attempt.order_id, never)
        .join(Order, Order.id == attempt.order_id)
        .where(
            attempt.state == AttemptState.PROCESSING,
            attempt.created_at < moment - LONG,
            Order.fulfilment_state == FulfilmentState.HELD,
        ),
    ]


def _stock_is_gone() -> ColumnElement[bool]:
    """The same as `open_questions.stock_is_gone`, for the database."""
    return and_(
        Order.payment_method == PaymentMethod.CARD,
        Order.review_state == ReviewState.NEEDS_DECISION,
        Order.fulfilment_state == FulfilmentState.CANCELLED,
        Order.payment_state.in_((PaymentState.PAID, PaymentState.PART_REFUNDED)),
    )


def _waits_for_lot() -> ColumnElement[bool]:
    return select(StockWait.id).where(StockWait.order_id == Order.id, StockWait.ended_at.is_(None)).exists()


def waiting() -> ScalarSelect[int]:
    """How many things wait, money that no order waits for included."""
    never = cast(null(), Dispute.answer_by.type)
    stray = select(literal("stray"), StrayPayment.id, never).where(StrayPayment.closed_at.is_(None))
    unawaited = select(literal("unexpected"), PaymentAttempt.id, never).where(not_awaited())
    return (
        select(func.count()).select_from(union_all(*_parts(), stray, unawaited).subquery()).scalar_subquery()
    )


def items(session: Session) -> list[Item]:
    """What waits about orders, the most pressing kind first, and of a kind what ends first. One query."""
    rows = session.execute(union_all(*_parts()))
    found = [Item(kind=str(row[0]), order_id=int(row[1]), until=row[2]) for row in rows]
    return sorted(
        found,
        key=lambda each: (
            KINDS.index(each.kind),
            each.until or datetime.max.replace(tzinfo=UTC),
            each.order_id,
        ),
    )


def unexpected(session: Session) -> Sequence[PaymentAttempt]:
    """Payments that their order did not wait for and that are still here, oldest first, with their orders."""
    return session.scalars(select(PaymentAttempt).where(not_awaited()).order_by(PaymentAttempt.id)).all()


def stray(session: Session) -> Sequence[StrayPayment]:
    """Money at Stripe that no attempt knows and nobody has dealt with, oldest first."""
    query = select(StrayPayment).where(StrayPayment.closed_at.is_(None)).order_by(StrayPayment.id)
    return session.scalars(query).all()


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An order that waits for the next lot, and how many of its vials are on the shelf now."""

    order_id: int
    until: datetime
    vials: int
    there: int


def waits(session: Session) -> list[Waiting]:
    """The orders that wait for a lot, oldest first: for each whether something has come. Four queries."""
    found = session.execute(
        select(StockWait, Order)
        .join(Order, Order.id == StockWait.order_id)
        .where(StockWait.ended_at.is_(None))
        .order_by(Order.id)
        .options(selectinload(Order.lines))
    ).all()
    if not found:
        return []
    sizes = {line.vial_size_id for _wait, order in found for line in order.lines}
    there = availability.available(session, sizes, clock.today(), short_dated=True)
    return [
        Waiting(
            order_id=order.id,
            until=wait.until,
            vials=sum(line.quantity for line in order.lines),
            there=sum(min(line.quantity, there[line.vial_size_id]) for line in order.lines),
        )
        for wait, order in found
    ]
