"""Payment attempts, refunds, and the events Stripe has sent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core.append_only import append_only
from shop.core.database import Base, Numbered, one_of, rule
from shop.ordering.models import Order


class AttemptState(StrEnum):
    """Where one attempt to pay stands. It only moves forward."""

    CREATED = "created"
    """Recorded here; Stripe may or may not know it yet."""
    OPEN = "open"
    """A hosted page is waiting for the buyer."""
    PROCESSING = "processing"
    """Completed by the buyer; the money is not yet certain (delayed methods)."""
    AUTHORISED = "authorised"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"


OPEN_ATTEMPTS = (AttemptState.CREATED, AttemptState.OPEN, AttemptState.PROCESSING)
_open = ", ".join(f"'{state.value}'" for state in OPEN_ATTEMPTS)


class PaymentAttempt(Numbered):
    """One hosted payment page for one order. Its `key` is Stripe's idempotency key."""

    __tablename__ = "payment_attempt"
    __table_args__ = (
        rule("amount_minor > 0", "amount_is_positive"),
        rule("capture IN ('automatic', 'manual')", "capture_is_known"),
        Index(
            "uq_payment_attempt_one_open_per_order",
            "order_id",
            unique=True,
            sqlite_where=text(f"state IN ({_open})"),
            postgresql_where=text(f"state IN ({_open})"),
        ),
    )

    key: Mapped[str] = mapped_column(String(26), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    state: Mapped[AttemptState] = mapped_column(one_of(AttemptState, "state_is_known"))
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    capture: Mapped[str] = mapped_column(String(10))
    expires_at: Mapped[datetime]
    """When Stripe ends the hosted page; sent to Stripe and kept here."""
    stripe_session: Mapped[str | None] = mapped_column(String(120), unique=True)
    stripe_payment_intent: Mapped[str | None] = mapped_column(String(120), unique=True)
    page_url: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    order: Mapped[Order] = relationship(lazy="joined", innerjoin=True)


class RefundState(StrEnum):
    """Where a refund stands. It is done only when Stripe says so."""

    REQUESTED = "requested"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Refund(Numbered):
    """Money on its way back to a buyer. Its `key` is Stripe's idempotency key."""

    __tablename__ = "refund"
    __table_args__ = (rule("amount_minor > 0", "amount_is_positive"),)

    key: Mapped[str] = mapped_column(String(26), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("payment_attempt.id"), index=True)
    state: Mapped[RefundState] = mapped_column(one_of(RefundState, "state_is_known"))
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(Text)
    requested_by: Mapped[str] = mapped_column(String(200))
    stripe_refund: Mapped[str | None] = mapped_column(String(120), unique=True)
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    attempt: Mapped[PaymentAttempt] = relationship(lazy="joined", innerjoin=True)


class WebhookEvent(Base):
    """An event Stripe sent, written in the transaction of its effect, so that it takes effect once."""

    __tablename__ = "webhook_event"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    type: Mapped[str] = mapped_column(String(120))
    received_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(200))


append_only("webhook_event")
