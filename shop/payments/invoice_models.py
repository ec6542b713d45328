"""Invoices and credit notes as issued, what was paid on them, and what happened to them afterwards.

Nothing in here is ever changed: a wrong invoice is corrected by a credit note, a wrong receipt by a row that
takes it back.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core.append_only import append_only, frozen_columns
from shop.core.database import Base, Numbered, one_of, rule
from shop.ordering.models import Order
from shop.people.models import Organisation


class DocumentSeries(Base):
    """The last number given in a series, such as INV-2026. It is raised in the transaction that issues."""

    __tablename__ = "document_series"
    __table_args__ = (rule("last_number >= 0", "last_number_not_negative"),)

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    last_number: Mapped[int]


class InvoiceKind(StrEnum):
    """What a paper asks or gives back."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    DEBIT_NOTE = "debit_note"
    """Takes back a credit note whose money never reached the buyer (UNTDID 1001, code 383)."""


class RowKind(StrEnum):
    """What an amount of an invoice is for."""

    ITEM = "item"
    DISCOUNT = "discount"
    DELIVERY = "delivery"
    COLD_CHAIN = "cold_chain"
    TAX = "tax"
    CORRECTION = "correction"
    """Credit notes: a part of the price that belongs to no one line."""


class Invoice(Numbered):
    """An invoice, the credit note that corrects one, or the debit note that takes a credit note back."""

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("series", "sequence"),
        rule("sequence >= 1", "sequence_counts_from_one"),
        rule("total_minor > 0", "total_is_positive"),
        rule("length(currency) = 3", "currency_is_a_code"),
        rule("(kind = 'invoice') = (corrects_id IS NULL)", "a_correction_names_what_it_corrects"),
        rule("(kind = 'invoice') = (due_on IS NOT NULL)", "an_invoice_has_a_due_date"),
        rule("refund_id IS NULL OR kind = 'credit_note'", "a_refund_is_credited_not_invoiced"),
        rule("kind = 'invoice' OR reason <> ''", "a_credit_note_has_a_reason"),
        Index(
            "uq_invoice_one_debit_note_per_credit_note",
            "corrects_id",
            unique=True,
            sqlite_where=text("kind = 'debit_note'"),
            postgresql_where=text("kind = 'debit_note'"),
        ),
        Index("ix_invoice_organisation_id_issued_on", "organisation_id", "issued_on"),
    )

    number: Mapped[str] = mapped_column(String(30), unique=True)
    """As printed, such as INV-2026-00001."""
    series: Mapped[str] = mapped_column(ForeignKey("document_series.code"))
    sequence: Mapped[int]
    kind: Mapped[InvoiceKind] = mapped_column(one_of(InvoiceKind, "kind_is_known"))
    cause: Mapped[str] = mapped_column(String(120), unique=True)
    """What it was issued for, such as `order/10001/invoice/1`: the same thing is never invoiced twice."""
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"), index=True)
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refund.id"), unique=True)
    issued_at: Mapped[datetime]
    issued_on: Mapped[date] = mapped_column(index=True)
    supplied_on: Mapped[date]
    """When the goods left, or the money of a card arrived."""
    due_on: Mapped[date | None] = mapped_column(index=True)
    on_account: Mapped[bool]
    """Paid later, by bank; false for an order that was paid by card."""
    currency: Mapped[str] = mapped_column(String(3))
    total_minor: Mapped[int]
    """What is asked, or given back; never negative."""
    po_number: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(Text)
    issued_by: Mapped[str] = mapped_column(String(200))
    content: Mapped[dict[str, Any]]
    """What else is printed: seller, bill-to, ship-to, terms, how to pay, all as it was on that day."""
    content_sha256: Mapped[str] = mapped_column(String(64))
    """Digest over everything printed, header and rows."""

    order: Mapped[Order] = relationship(lazy="joined", innerjoin=True)
    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=True)
    rows: Mapped[list[InvoiceRow]] = relationship(order_by="InvoiceRow.position")
    corrects: Mapped[Invoice | None] = relationship(remote_side="Invoice.id")


class InvoiceRow(Base):
    """One amount of an invoice or a credit note. On a credit note it is what is given back."""

    __tablename__ = "invoice_row"
    __table_args__ = (
        UniqueConstraint("invoice_id", "position"),
        rule("quantity IS NULL OR quantity >= 1", "quantity_is_positive"),
        rule("(kind = 'tax') = (taxable_minor IS NOT NULL)", "a_tax_row_says_what_is_taxed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    position: Mapped[int]
    kind: Mapped[RowKind] = mapped_column(one_of(RowKind, "kind_is_known"))
    label: Mapped[str] = mapped_column(String(200))
    detail: Mapped[str] = mapped_column(Text)
    """Lot numbers of an item; the legal note of a tax."""
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_line.id"), index=True)
    quantity: Mapped[int | None]
    unit_minor: Mapped[int | None]
    amount_minor: Mapped[int]
    tax_rate: Mapped[Decimal | None]
    """Per cent, as printed."""
    taxable_minor: Mapped[int | None]
    tax_treatment: Mapped[str | None] = mapped_column(String(40))


class InvoicePaper(Base):
    """The PDF of an invoice, made once; from then on these bytes are the invoice."""

    __tablename__ = "invoice_paper"

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    made_at: Mapped[datetime]


class InvoiceEventKind(StrEnum):
    """What happened to an invoice after it was issued."""

    MAILED = "mailed"
    REMINDED = "reminded"
    DISPUTED = "disputed"
    DISPUTE_ENDED = "dispute_ended"


class InvoiceEvent(Base):
    """Something that happened to an invoice."""

    __tablename__ = "invoice_event"
    __table_args__ = (
        UniqueConstraint("invoice_id", "kind", "turn"),
        rule("kind NOT IN ('disputed', 'dispute_ended') OR note <> ''", "a_dispute_has_a_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    kind: Mapped[InvoiceEventKind] = mapped_column(one_of(InvoiceEventKind, "kind_is_known"))
    turn: Mapped[int]
    """Counts events of a kind; of reminders, which one it was."""
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text)


class InvoicedElsewhere(Base):
    """An order that gets no invoice from the shop, such as one that is older than its invoicing."""

    __tablename__ = "invoiced_elsewhere"

    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), primary_key=True)
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)


class EntryKind(StrEnum):
    """What moved on an account."""

    RECEIPT = "receipt"
    """Money arrived."""
    REVERSAL = "reversal"
    """An entry was wrong and is taken back."""
    PAYOUT = "payout"
    """Money was sent back to the customer by bank."""
    CREDIT_OUT = "credit_out"
    """What was paid too much on this invoice is used for another one."""
    CREDIT_IN = "credit_in"


class AccountEntry(Numbered):
    """Money that was received on an invoice, or went away from it."""

    __tablename__ = "account_entry"
    __table_args__ = (
        rule(
            "(kind IN ('receipt', 'credit_in') AND amount_minor > 0) "
            "OR (kind IN ('payout', 'credit_out') AND amount_minor < 0) "
            "OR (kind = 'reversal' AND amount_minor <> 0)",
            "the_sign_follows_the_kind",
        ),
        rule("(kind = 'reversal') = (reverses_id IS NOT NULL)", "a_reversal_names_its_entry"),
        rule("kind <> 'receipt' OR bank_reference <> ''", "a_receipt_has_a_bank_reference"),
        rule("kind IN ('receipt', 'credit_in') OR reason <> ''", "what_takes_back_has_a_reason"),
        Index(
            "uq_account_entry_same_receipt",
            "organisation_id",
            "reference_key",
            "currency",
            "amount_minor",
            "copy_number",
            unique=True,
            sqlite_where=text("kind = 'receipt'"),
            postgresql_where=text("kind = 'receipt'"),
        ),
    )

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[EntryKind] = mapped_column(one_of(EntryKind, "kind_is_known"))
    amount_minor: Mapped[int]
    """What it adds to what was received; negative for money that went away."""
    currency: Mapped[str] = mapped_column(String(3))
    booked_on: Mapped[date]
    """The day the bank shows."""
    bank_reference: Mapped[str] = mapped_column(String(140))
    reference_key: Mapped[str] = mapped_column(String(140))
    """The reference without differences of case and spacing."""
    copy_number: Mapped[int] = mapped_column(default=1)
    """Counts receipts with the same reference and amount; more than one stands only when it was confirmed."""
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("account_entry.id"), unique=True)
    reason: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(200))


class AccountTerms(Numbered):
    """On what terms an organisation buys on account, from a moment on. The newest row counts."""

    __tablename__ = "account_terms"
    __table_args__ = (
        rule("limit_minor IS NULL OR limit_minor >= 0", "limit_not_negative"),
        rule("terms_days IS NULL OR terms_days BETWEEN 0 AND 365", "terms_are_days_of_a_year"),
        rule("length(currency) = 3", "currency_is_a_code"),
        rule("reason <> ''", "a_change_has_a_reason"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    limit_minor: Mapped[int | None]
    """The most that may be owed or approved at once; null sets no limit."""
    currency: Mapped[str] = mapped_column(String(3))
    terms_days: Mapped[int | None]
    """Days from invoice to due date; null is the shop's own setting."""
    bill_to: Mapped[str] = mapped_column(Text)
    """Where invoices go, line by line, when that is not the delivery address; may be empty."""
    invoice_email: Mapped[str] = mapped_column(String(254))
    """Who gets invoices and reminders; empty is the buyer of the order."""
    reason: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(200))


append_only("invoice")
append_only("invoice_row")
append_only("invoice_paper")
append_only("invoice_event")
append_only("invoiced_elsewhere")
append_only("account_entry")
append_only("account_terms")
frozen_columns("document_series", ["code"], "a series keeps its name and its numbers")
