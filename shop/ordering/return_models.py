"""What is kept of a return: the request, its vials by lot, and what was found when they were looked at."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core.append_only import append_only, frozen_columns
from shop.core.database import Base, Numbered, one_of, rule
from shop.ordering.models import Order, ShipmentLine

FIRST_NUMBER = 5000


class ReturnReason(StrEnum):
    """Why a buyer wants to send vials back."""

    WRONG_ITEM = "wrong_item"
    DAMAGED = "damaged"
    NOT_AS_CERTIFIED = "not_as_certified"
    LATE_OR_WARM = "late_or_warm"
    NOT_NEEDED = "not_needed"
    OTHER = "other"


class ReturnState(StrEnum):
    """Where a return stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    RECEIVED = "received"
    """It is here, in quarantine, and nobody has looked at it yet."""
    INSPECTED = "inspected"


class Finding(StrEnum):
    """What an inspection does with returned vials."""

    QUARANTINE = "quarantine"
    """They stay set apart."""
    WRITE_OFF = "write_off"
    """They are written off."""


ON_THE_WAY = (ReturnState.REQUESTED, ReturnState.APPROVED)
"""States in which vials are still with the buyer and counted against what can be asked for."""


class ReturnRequest(Numbered):
    """Vials of an order that its buyer wants to send back."""

    __tablename__ = "return_request"
    __table_args__ = (
        rule("(state = 'requested') = (decided_at IS NULL)", "decided_when_no_longer_requested"),
        rule(
            "state NOT IN ('received', 'inspected') OR received_at IS NOT NULL", "received_before_inspected"
        ),
        {"sqlite_autoincrement": True},
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    state: Mapped[ReturnState] = mapped_column(one_of(ReturnState, "state_is_known"), index=True)
    reason: Mapped[ReturnReason] = mapped_column(one_of(ReturnReason, "reason_is_known"))
    text: Mapped[str] = mapped_column(Text)
    about_use: Mapped[bool] = mapped_column(default=False)
    """The text asks about use in people; the buyer got the fixed refusal with the confirmation."""
    once: Mapped[str] = mapped_column(String(40), unique=True)
    """Names the form it came from, so that the same one asks once."""
    requested_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(200))
    decision: Mapped[str] = mapped_column(Text, default="")
    """Instructions for sending it back, or why not; the buyer reads it."""
    received_at: Mapped[datetime | None]
    received_by: Mapped[str | None] = mapped_column(String(200))

    order: Mapped[Order] = relationship()
    lines: Mapped[list[ReturnLine]] = relationship(order_by="ReturnLine.id")

    @property
    def number(self) -> str:
        """The number people use, such as `R-5001`."""
        return f"R-{FIRST_NUMBER + self.id}"


class ReturnLine(Base):
    """Vials of one lot in a request."""

    __tablename__ = "return_line"
    __table_args__ = (
        UniqueConstraint("request_id", "shipment_line_id"),
        rule("quantity > 0", "quantity_is_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("return_request.id"), index=True)
    shipment_line_id: Mapped[int] = mapped_column(ForeignKey("shipment_line.id"), index=True)
    quantity: Mapped[int]

    sent: Mapped[ShipmentLine] = relationship(lazy="joined", innerjoin=True)
    findings: Mapped[list[ReturnFinding]] = relationship(order_by="ReturnFinding.id")


class ReturnFinding(Base):
    """What somebody found when they looked at returned vials, and what became of them."""

    __tablename__ = "return_finding"
    __table_args__ = (rule("quantity > 0", "quantity_is_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    return_line_id: Mapped[int] = mapped_column(ForeignKey("return_line.id"), index=True)
    finding: Mapped[Finding] = mapped_column(one_of(Finding, "finding_is_known"))
    quantity: Mapped[int]
    note: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(String(160), unique=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))


append_only("return_line")
append_only("return_finding")
frozen_columns(
    "return_request",
    ["order_id", "reason", "text", "once", "requested_at"],
    "what a buyer asked for never changes",
    erasable=("text",),
)
