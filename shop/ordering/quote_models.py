"""Quotes: prices promised until a day, as they were printed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models import VialSize
from shop.core.append_only import append_only, frozen_columns
from shop.core.database import Base, Numbered, one_of, rule
from shop.ordering.models import ChargeKind


class QuoteState(StrEnum):
    """Where a quote stands. That it has expired is told by its day."""

    OPEN = "open"
    ACCEPTED = "accepted"
    """An order was placed from it."""
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    """A later revision stands in its place."""


class Quote(Numbered):
    """What an order would cost, promised to one buyer until a day. Another price is another revision."""

    __tablename__ = "quote"
    __table_args__ = (
        UniqueConstraint("number", "revision"),
        rule("revision >= 1", "revision_counts_from_one"),
        rule("total_minor > 0", "total_is_positive"),
        rule("state <> 'withdrawn' OR reason <> ''", "a_withdrawal_has_a_reason"),
    )

    number: Mapped[str] = mapped_column(String(30), index=True)
    """As printed, such as Q-2026-00017; the same for every revision."""
    revision: Mapped[int]
    reference: Mapped[str] = mapped_column(String(26), unique=True)
    """128 random bits: names the quote in its signed link."""
    state: Mapped[QuoteState] = mapped_column(one_of(QuoteState, "state_is_known"), index=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(200))
    valid_until: Mapped[date] = mapped_column(index=True)
    """The last day on which the prices hold."""
    terms: Mapped[str] = mapped_column(Text)
    """Under which terms it was made, as printed."""
    reason: Mapped[str] = mapped_column(Text)
    """Why it was revised or withdrawn."""

    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), index=True)
    phone: Mapped[str] = mapped_column(String(40))
    organisation: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    address_line1: Mapped[str] = mapped_column(String(120))
    address_line2: Mapped[str] = mapped_column(String(120))
    city: Mapped[str] = mapped_column(String(80))
    region: Mapped[str] = mapped_column(String(80))
    postcode: Mapped[str] = mapped_column(String(20))
    goods_in: Mapped[str] = mapped_column(String(200))
    delivery_method: Mapped[str] = mapped_column(String(40))
    vat_number: Mapped[str] = mapped_column(String(40))

    currency: Mapped[str] = mapped_column(String(3))
    total_minor: Mapped[int]

    lines: Mapped[list[QuoteLine]] = relationship(order_by="QuoteLine.position")
    charges: Mapped[list[QuoteCharge]] = relationship(order_by="QuoteCharge.position")


class QuoteLine(Base):
    """Vials of one size at a promised price."""

    __tablename__ = "quote_line"
    __table_args__ = (
        UniqueConstraint("quote_id", "position"),
        rule("quantity >= 1", "quantity_is_positive"),
        rule("unit_minor > 0", "price_is_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id"), index=True)
    position: Mapped[int]
    vial_size_id: Mapped[int] = mapped_column(ForeignKey("vial_size.id"))
    sku: Mapped[str] = mapped_column(String(30))
    title: Mapped[str] = mapped_column(String(160))
    quantity: Mapped[int]
    unit_minor: Mapped[int]

    vial_size: Mapped[VialSize] = relationship()

    @property
    def total_minor(self) -> int:
        """Quantity times unit price."""
        return self.quantity * self.unit_minor


class QuoteCharge(Base):
    """One amount of a quote, with its explanation."""

    __tablename__ = "quote_charge"
    __table_args__ = (UniqueConstraint("quote_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id"), index=True)
    position: Mapped[int]
    kind: Mapped[ChargeKind] = mapped_column(one_of(ChargeKind, "kind_is_known"))
    label: Mapped[str] = mapped_column(String(160))
    explanation: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int]
    tax_rate: Mapped[Decimal | None]


class QuotedOrder(Base):
    """The order that was placed from a quote: one, because the key is the quote."""

    __tablename__ = "quoted_order"

    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id"), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), unique=True)


frozen_columns(
    "quote",
    [
        *("number", "revision", "reference", "made_at", "made_by", "valid_until", "terms"),
        *("organisation", "country", "currency", "total_minor"),
    ],
    "what a quote promises never changes; another price is another revision",
)
append_only("quote_line")
append_only("quote_charge")
append_only("quoted_order")
