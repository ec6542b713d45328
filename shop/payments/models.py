"""Payment attempts, refunds line by line, disputes, stray money, and the events Stripe has sent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core.append_only import append_only
from shop.core.database import Base, Numbered, one_of, rule
from shop.inventory.models import Lot, MovementKind
from shop.ordering.models import Order, ReturnedVials
from shop.ordering.return_models import Finding, ReturnRequest


class AttemptState(StrEnum):
    """Where one attempt to pay stands. It only moves forward; see docs/payments.md."""

    CREATED = "created"
    """Recorded here, about to be asked for at Stripe."""
    UNKNOWN = "unknown"
    """A call (`asking`) went out and no answer came: neither failed nor done, until Stripe says."""
    OPEN = "open"
    """A hosted page is waiting for the buyer."""
    PROCESSING = "processing"
    """Completed by the buyer; the money is not yet certain (delayed methods)."""
    AUTHORISED = "authorised"
    RELEASED = "released"
    """What was set aside was let go, by the shop or by the bank; nothing was taken."""
    SUCCEEDED = "succeeded"
    UNEXPECTED = "unexpected"
    """Money came that the order did not wait for: another amount, a second payment. A person decides."""
    FAILED = "failed"
    EXPIRED = "expired"


class Asking(StrEnum):
    """Which call of an attempt went out to Stripe last."""

    CREATE = "create"
    CAPTURE = "capture"
    VOID = "void"


OPEN_ATTEMPTS = (
    AttemptState.CREATED,
    AttemptState.UNKNOWN,
    AttemptState.OPEN,
    AttemptState.PROCESSING,
)
_open = ", ".join(f"'{state.value}'" for state in OPEN_ATTEMPTS)


class PaymentAttempt(Numbered):
    """One hosted payment page for one order. Its `key` is Stripe's idempotency key."""

    __tablename__ = "payment_attempt"
    __table_args__ = (
        rule("amount_minor > 0", "amount_is_positive"),
        rule("capture IN ('automatic', 'manual')", "capture_is_known"),
        rule("state <> 'unknown' OR asking IS NOT NULL", "an_unknown_outcome_names_what_was_asked"),
        rule(
            "given_back_minor >= 0 AND given_back_minor <= coalesce(received_minor, 0)",
            "no_more_goes_back_than_came",
        ),
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

    asking: Mapped[Asking | None] = mapped_column(one_of(Asking, "asking_is_known"))
    asked_at: Mapped[datetime | None]
    """When that call first went out: Stripe remembers its key for 24 hours from then."""
    tries: Mapped[int] = mapped_column(default=0)
    ask_again_at: Mapped[datetime | None]
    """When the job asks next about an unknown outcome."""
    capture_before: Mapped[datetime | None]
    """Until when an amount set aside can be taken."""
    received_minor: Mapped[int | None]
    received_currency: Mapped[str | None] = mapped_column(String(3))
    given_back_minor: Mapped[int] = mapped_column(default=0)
    """What of it was sent back or is on its way; raised and lowered by guarded UPDATEs only."""

    order: Mapped[Order] = relationship(lazy="joined", innerjoin=True)


class RefundState(StrEnum):
    """Where a refund stands. It is done only when Stripe says so."""

    REQUESTED = "requested"
    UNKNOWN = "unknown"
    """It was asked for and no answer came: neither failed nor done, until Stripe says."""
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

    asked_at: Mapped[datetime | None]
    """When Stripe was first asked; its key is remembered for 24 hours from then."""
    tries: Mapped[int] = mapped_column(default=0)
    ask_again_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(Text, default="")
    """Why it failed, in Stripe's words."""
    instead_of_id: Mapped[int | None] = mapped_column(ForeignKey("refund.id"), unique=True)
    """The failed refund that this one tries again."""
    return_request_id: Mapped[int | None] = mapped_column(ForeignKey("return_request.id"), index=True)
    """The return for whose vials the money goes back."""
    came_back_at: Mapped[datetime | None]
    """When the bank sent back what Stripe had shown as done."""

    return_request: Mapped[ReturnRequest | None] = relationship()
    attempt: Mapped[PaymentAttempt] = relationship(lazy="joined", innerjoin=True)
    lines: Mapped[list[RefundLine]] = relationship(order_by="RefundLine.id")


class Restock(StrEnum):
    """What becomes of the vials of a refunded line: chosen with the refund, never changed by a later save."""

    NONE = "none"
    """They stay where they are: with the buyer, or in the order, to be sent as before."""
    TO_SHELF = "to_shelf"
    """They never left: they go back on sale. A vial that has left the store is never sold again."""
    QUARANTINE = "quarantine"
    """They never left, or came back: they are set apart in their lot."""
    WRITE_OFF = "write_off"
    """They never left, or came back: they are written off."""


class RefundLine(Numbered):
    """What part of a refund is for one order line; without one, for delivery and other charges."""

    __tablename__ = "refund_line"
    __table_args__ = (
        UniqueConstraint("refund_id", "order_line_id"),
        rule("quantity >= 0", "quantity_not_negative"),
        rule("amount_minor >= 0", "amount_not_negative"),
        rule(
            "order_line_id IS NOT NULL OR (quantity = 0 AND restock = 'none')",
            "only_vials_are_restocked",
        ),
    )

    refund_id: Mapped[int] = mapped_column(ForeignKey("refund.id"), index=True)
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_line.id"), index=True)
    quantity: Mapped[int]
    amount_minor: Mapped[int]
    restock: Mapped[Restock] = mapped_column(one_of(Restock, "restock_is_known"))


class RestockedVials(Base):
    """Vials of one lot that a refund decided about, with the movement that carried it out.

    Vials that came back into quarantine and stay there, or that their inspection has written off, need no
    further movement: the ledger has it already.
    """

    __tablename__ = "restocked_vials"
    __table_args__ = (
        rule("quantity > 0", "quantity_is_positive"),
        rule("finding IS NULL OR returned_id IS NOT NULL", "only_what_came_back_was_inspected"),
        rule("movement IS NOT NULL OR returned_id IS NOT NULL", "what_never_left_moves"),
        rule(
            "returned_id IS NULL OR movement IS NULL OR movement = 'discard'", "what_came_back_is_never_sold"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    refund_line_id: Mapped[int] = mapped_column(ForeignKey("refund_line.id"), index=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    quantity: Mapped[int]
    returned_id: Mapped[int | None] = mapped_column(ForeignKey("returned_vials.id"), index=True)
    """The booking they came back by; null for vials that never left."""
    finding: Mapped[Finding | None] = mapped_column(one_of(Finding, "finding_is_known"))
    """What their inspection had found; null where nobody looked."""
    movement: Mapped[MovementKind | None] = mapped_column(one_of(MovementKind, "movement_is_known"))
    cause: Mapped[str] = mapped_column(String(160), unique=True)
    """Names the movement in the ledger of the lot."""

    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)
    returned: Mapped[ReturnedVials | None] = relationship()


class Dispute(Numbered):
    """A cardholder contests a payment at their bank. Stripe runs it; the shop shows it."""

    __tablename__ = "dispute"
    __table_args__ = (rule("amount_minor >= 0", "amount_not_negative"),)

    stripe_dispute: Mapped[str] = mapped_column(String(120), unique=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("payment_attempt.id"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    status: Mapped[str] = mapped_column(String(40))
    """Stripe's own word, such as needs_response, under_review, won or lost."""
    is_open: Mapped[bool]
    refundable: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(80))
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    answer_by: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class StrayPayment(Numbered):
    """Money at Stripe that names this shop but that no attempt of an order knows. A person decides."""

    __tablename__ = "stray_payment"

    stripe_payment_intent: Mapped[str] = mapped_column(String(120), unique=True)
    named_order: Mapped[str] = mapped_column(String(20))
    """The order number its metadata names, if any."""
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(40))
    found_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text, default="")


class StockWait(Numbered):
    """A paid order whose vials are gone waits for the next lot, until a day."""

    __tablename__ = "stock_wait"
    __table_args__ = (
        Index(
            "uq_stock_wait_one_open_per_order",
            "order_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    began_at: Mapped[datetime]
    began_by: Mapped[str] = mapped_column(String(200))
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(40), default="")
    """filled, or what a person or the end of the time decided instead"""


class WebhookEvent(Base):
    """An event Stripe sent, written in the transaction of its effect, so that it takes effect once."""

    __tablename__ = "webhook_event"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    type: Mapped[str] = mapped_column(String(120))
    received_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(200))


append_only("webhook_event")
append_only("refund_line")
append_only("restocked_vials")
