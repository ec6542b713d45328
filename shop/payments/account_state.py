"""What is open on an account: totals, what was given back, what was received; and the order's state by it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import Session, aliased

from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.ordering import states
from shop.ordering.models import FulfilmentState, Order, PaymentState
from shop.payments.invoice_models import AccountEntry, EntryKind, Invoice, InvoiceKind


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What came of the invoices of one order, or of one invoice."""

    total_minor: int
    credited_minor: int
    received_minor: int
    """What arrived less what was taken back or went away again."""

    @property
    def open_minor(self) -> int:
        """What is still owed; below zero it is owed to the customer."""
        return self.total_minor - self.credited_minor - self.received_minor

    @property
    def excess_minor(self) -> int:
        """What was paid and is not owed: the customer's credit."""
        return max(-self.open_minor, 0)


def stands(note: type[Invoice]) -> ColumnElement[bool]:
    """Whether a credit note in the query around was not taken back by a debit note."""
    back = aliased(Invoice)
    taken_back = select(back.id).where(back.corrects_id == note.id, back.kind == InvoiceKind.DEBIT_NOTE)
    return (note.kind == InvoiceKind.CREDIT_NOTE) & ~taken_back.correlate(note).exists()


def credited() -> ScalarSelect[int]:
    """What of an invoice in the query around was given back by credit notes that stand."""
    note = aliased(Invoice)
    return (
        select(func.coalesce(func.sum(note.total_minor), 0))
        .where(note.corrects_id == Invoice.id, stands(note))
        .correlate(Invoice)
        .scalar_subquery()
    )


def received() -> ScalarSelect[int]:
    """What was received on an invoice in the query around."""
    return (
        select(func.coalesce(func.sum(AccountEntry.amount_minor), 0))
        .where(AccountEntry.invoice_id == Invoice.id)
        .correlate(Invoice)
        .scalar_subquery()
    )


def of_invoice(session: Session, invoice_id: int) -> Balance:
    """The balance of one invoice on account."""
    return _balance(session, Invoice.id == invoice_id)


def of_order(session: Session, order_id: int) -> Balance:
    """The balance of all invoices on account of an order."""
    return _balance(session, Invoice.order_id == order_id)


def _balance(session: Session, condition: object) -> Balance:
    rows = session.execute(
        select(Invoice.total_minor, credited(), received()).where(
            condition,  # type: ignore[arg-type]
            Invoice.kind == InvoiceKind.INVOICE,
            Invoice.on_account,
        )
    ).all()
    return Balance(
        total_minor=sum(row[0] for row in rows),
        credited_minor=sum(int(row[1]) for row in rows),
        received_minor=sum(int(row[2]) for row in rows),
    )


def state_of(balance: Balance, *, refunded: bool) -> PaymentState:
    """The payment state of an invoiced order on account.

    Args:
        refunded: whether money was received and has all gone back.
    """
    if balance.credited_minor == balance.total_minor and balance.received_minor == 0:
        return PaymentState.REFUNDED if refunded else PaymentState.NOT_PAYABLE
    return PaymentState.PAID if balance.open_minor <= 0 else PaymentState.ON_ACCOUNT


def settle(session: Session, order: Order, *, actor: str) -> None:
    """Bring the state of a locked order on account to what its invoices and receipts say.

    Raises:
        Refused: the state the order has reached does not allow it, such as one that was refunded.
    """
    session.flush()
    balance = of_order(session, order.id)
    if not balance.total_minor:
        return
    cancelled = order.fulfilment_state == FulfilmentState.CANCELLED
    if cancelled and order.payment_state == PaymentState.NOT_PAYABLE and balance.received_minor == 0:
        return
    reached = state_of(balance, refunded=_any_received(session, order.id))
    if reached == order.payment_state:
        return
    if order.payment_state in (PaymentState.REFUNDED, PaymentState.PART_REFUNDED):
        raise Refused(
            _("Order %(number)s has been refunded. Nothing more is booked on it.", number=order.number)
        )
    states.move(
        session,
        order,
        reached,
        actor=actor,
        kind="account",
        note=_(
            "%(received)s received, %(open)s open",
            received=in_words(balance.received_minor, order.currency),
            open=in_words(balance.open_minor, order.currency),
        ),
    )


def _any_received(session: Session, order_id: int) -> bool:
    """Whether money came for an order that no reversal says never came."""
    taken_back = aliased(AccountEntry)
    return (
        session.scalar(
            select(AccountEntry.id)
            .join(Invoice, Invoice.id == AccountEntry.invoice_id)
            .where(
                Invoice.order_id == order_id,
                AccountEntry.kind == EntryKind.RECEIPT,
                ~select(taken_back.id).where(taken_back.reverses_id == AccountEntry.id).exists(),
            )
            .limit(1)
        )
        is not None
    )
