"""How the payments of one order stand, for the pages that show it. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from shop.payments.models import (
    Asking,
    AttemptState,
    Dispute,
    PaymentAttempt,
    Refund,
    RefundState,
    StockWait,
)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The payments, refunds and disputes of one order, oldest first."""

    attempts: Sequence[PaymentAttempt]
    refunds: Sequence[Refund]
    disputes: Sequence[Dispute]
    wait: StockWait | None

    @property
    def unknown(self) -> PaymentAttempt | None:
        """The payment whose outcome nobody knows yet."""
        return next((each for each in self.attempts if each.state == AttemptState.UNKNOWN), None)

    @property
    def money_unknown(self) -> bool:
        """Whether it is unknown if money was taken or let go; a page that may not exist is less."""
        return self.unknown is not None and self.unknown.asking != Asking.CREATE

    @property
    def processing(self) -> PaymentAttempt | None:
        """The payment that a bank is at work on."""
        return next((each for each in self.attempts if each.state == AttemptState.PROCESSING), None)

    @property
    def authorised(self) -> PaymentAttempt | None:
        """The payment that is set aside and not taken."""
        return next((each for each in self.attempts if each.state == AttemptState.AUTHORISED), None)

    @property
    def paid(self) -> PaymentAttempt | None:
        """The payment that paid the order."""
        return next((each for each in self.attempts if each.state == AttemptState.SUCCEEDED), None)

    @property
    def unexpected(self) -> list[PaymentAttempt]:
        """Payments the order did not wait for, of which something is still here."""
        return [
            each
            for each in self.attempts
            if each.state == AttemptState.UNEXPECTED
            and (each.received_minor is None or each.received_minor > each.given_back_minor)
        ]

    @property
    def left_minor(self) -> int:
        """What of the payment that paid the order can still be refunded."""
        paid = self.paid
        return (paid.received_minor or 0) - paid.given_back_minor if paid else 0

    @property
    def open_dispute(self) -> Dispute | None:
        """The dispute that is not over."""
        return next((each for each in self.disputes if each.is_open), None)

    @property
    def refunds_to_try_again(self) -> list[Refund]:
        """Refunds that failed and were not tried again."""
        again = {each.instead_of_id for each in self.refunds}
        return [each for each in self.refunds if each.state == RefundState.FAILED and each.id not in again]


NOTHING = Standing(attempts=(), refunds=(), disputes=(), wait=None)
"""Of an order that nobody tried to pay by card."""


def of_order(session: Session, order_id: int) -> Standing:
    """How the payments of an order stand. One query where nobody tried to pay by card, else four."""
    attempts = session.scalars(
        select(PaymentAttempt).where(PaymentAttempt.order_id == order_id).order_by(PaymentAttempt.id)
    ).all()
    if not attempts:
        return NOTHING
    refunds = (
        select(Refund)
        .where(Refund.order_id == order_id)
        .order_by(Refund.id)
        .options(selectinload(Refund.lines), joinedload(Refund.return_request))
    )
    disputes = select(Dispute).where(Dispute.order_id == order_id).order_by(Dispute.id)
    wait = select(StockWait).where(StockWait.order_id == order_id, StockWait.ended_at.is_(None))
    return Standing(
        attempts=attempts,
        refunds=session.scalars(
            refunds.options(selectinload(Refund.lines), joinedload(Refund.return_request))
        ).all(),
        disputes=session.scalars(disputes).all(),
        wait=session.scalar(wait),
    )
