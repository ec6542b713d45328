"""The list of invoices and credit notes: kept views, search, and what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from shop.core import clock
from shop.ordering.models import order_id_of
from shop.payments import account_state
from shop.payments.invoice_models import Invoice, InvoiceEvent, InvoiceEventKind, InvoiceKind
from shop.people.models import Organisation

PAGE_SIZE = 50


class View(StrEnum):
    """A kept question."""

    OPEN = "open"
    DUE = "due"
    OVERDUE = "overdue"
    DISPUTED = "disputed"
    CREDIT = "credit"
    PAID = "paid"
    CREDIT_NOTES = "credit_notes"
    ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One paper in the list."""

    invoice: Invoice
    open_minor: int
    disputed: bool

    @property
    def overdue_days(self) -> int:
        """Days past the due date, while something is open."""
        if self.open_minor <= 0 or self.invoice.due_on is None:
            return 0
        return max((clock.today() - self.invoice.due_on).days, 0)


@dataclass(frozen=True, kw_only=True)
class Found:
    """Some of the papers found, and how many there are in all."""

    rows: Sequence[Listed]
    total: int


def open_amount() -> ColumnElement[int]:
    """What is open on an invoice on account; nothing on others."""
    left = Invoice.total_minor - account_state.credited() - account_state.received()
    return case((and_(Invoice.kind == InvoiceKind.INVOICE, Invoice.on_account), left), else_=0)


def disputed() -> ColumnElement[bool]:
    """Whether a dispute about an invoice was written down and has not ended."""
    ended = aliased(InvoiceEvent)
    return exists().where(
        InvoiceEvent.invoice_id == Invoice.id,
        InvoiceEvent.kind == InvoiceEventKind.DISPUTED,
        ~exists().where(
            ended.invoice_id == InvoiceEvent.invoice_id,
            ended.kind == InvoiceEventKind.DISPUTE_ENDED,
            ended.id > InvoiceEvent.id,
        ),
    )


def find(session: Session, view: View, words: str, *, page: int = 1, size: int = PAGE_SIZE) -> Found:
    """The papers of a view that match some words, the newest first."""
    condition = and_(_belongs_to(view), _matches(words))
    total = session.scalar(
        select(func.count())
        .select_from(Invoice)
        .join(Organisation, Organisation.id == Invoice.organisation_id)
        .where(condition)
    )
    number = max(1, min(page, -(-int(total or 0) // size)))
    rows = session.execute(
        select(Invoice, open_amount(), disputed())
        .join(Organisation, Organisation.id == Invoice.organisation_id)
        .where(condition)
        .order_by(Invoice.id.desc())
        .limit(size)
        .offset((number - 1) * size)
    ).unique()
    return Found(
        rows=[
            Listed(invoice=paper, open_minor=int(left), disputed=bool(is_disputed))
            for paper, left, is_disputed in rows
        ],
        total=int(total or 0),
    )


def overdue() -> ScalarSelect[int]:
    """How many invoices are overdue and not disputed."""
    return (
        select(func.count())
        .select_from(Invoice)
        .where(_belongs_to(View.OVERDUE), ~disputed())
        .scalar_subquery()
    )


def _belongs_to(view: View) -> ColumnElement[bool]:
    today = clock.today()
    invoices = Invoice.kind == InvoiceKind.INVOICE
    conditions: dict[View, ColumnElement[bool]] = {
        View.OPEN: open_amount() > 0,
        View.DUE: and_(open_amount() > 0, Invoice.due_on >= today),
        View.OVERDUE: and_(open_amount() > 0, Invoice.due_on < today),
        View.DISPUTED: disputed(),
        View.CREDIT: open_amount() < 0,
        View.PAID: and_(invoices, open_amount() <= 0),
        View.CREDIT_NOTES: Invoice.kind != InvoiceKind.INVOICE,
        View.ALL: true(),
    }
    return conditions[view]


def _matches(words: str) -> ColumnElement[bool]:
    if not words:
        return true()
    like = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    found: list[ColumnElement[bool]] = [
        Invoice.number.ilike(like, escape="\\"),
        Invoice.po_number.ilike(like, escape="\\"),
        Organisation.name.ilike(like, escape="\\"),
    ]
    order_id = order_id_of(words)
    if order_id is not None:
        found.append(Invoice.order_id == order_id)
    return or_(*found)
