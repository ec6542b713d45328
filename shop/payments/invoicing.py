"""The periodic work of invoicing: what is due is issued, what was refunded is credited, papers are sent.

Each step is one transaction for one order and finds its own work again, so that it may run twice, from two
workers at once, and after a crash anywhere.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import ColumnElement, exists, or_, select

from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.jobs import job
from shop.core.language import gettext as _
from shop.ordering import fulfilment, states
from shop.ordering.models import (
    FulfilmentState,
    Order,
    PaymentMethod,
    ReviewState,
    Shipment,
    order_number,
)
from shop.payments import account_state, credit_parts, invoice_papers, invoices, refunds
from shop.payments.invoice_models import Invoice, InvoicedElsewhere, InvoiceKind, InvoicePaper
from shop.payments.invoice_rows import Part
from shop.payments.models import AttemptState, PaymentAttempt, Refund, RefundState
from shop.people.staff import SignedInStaff

log = logging.getLogger(__name__)

JOB = "job"
AT_ONCE = 100
"""The most papers that one round of the job issues or makes."""


@job("issue invoices", every=timedelta(seconds=15))
def issue_due() -> int:
    """Issue what is due, credit what was refunded, take back what failed, and make and mail the papers."""
    steps = (_issue_orders, _take_back_credits, _credit_refunds, _credit_cancelled, _make_papers)
    return sum(sum(step()) for step in steps)


def issue_now(order_id: int, *, staff: SignedInStaff) -> str:
    """Issue the invoice of an order before its time, or after one that was credited in full; its number.

    Raises:
        Refused: the order is neither paid nor on account, or is invoiced elsewhere.
    """
    with writing() as session:
        order = states.lock(session, order_id)
        if session.get(InvoicedElsewhere, order_id) is not None:
            raise Refused(_("This order is invoiced elsewhere."))
        number = invoices.issue(session, fulfilment.find(session, order.id), actor=staff.actor).number
    make_paper_of(number)
    return number


def credit_by_hand(
    number: str,
    *,
    amount_minor: int | None,
    lines: dict[int, int],
    reason: str,
    key: str,
    staff: SignedInStaff,
) -> str:
    """Give back a part of an invoice on account, or all that is left of it; the credit note's number.

    Args:
        amount_minor: a gross amount that belongs to no one line.
        lines: vials to give back by order line. Without an amount and lines, all that is left is given back.
        key: names this one wish, so that a form sent twice is carried out once.

    Raises:
        Refused: the order was paid by card (refund it instead), no reason is given, or too much is asked.
    """
    with reading() as session:
        found = invoices.find(session, number)
        order_id = found.order_id
        if found.kind != InvoiceKind.INVOICE:
            raise Refused(_("A credit note is not credited again."))
        if not found.on_account:
            raise Refused(_("This order was paid by card. Refund it; the credit note follows by itself."))
    with writing() as session:
        states.lock(session, order_id)
        invoice = invoices.find(session, number)
        left = invoices.left_to_credit(session, invoice)
        parts = credit_parts.of_lines(session, invoice, lines)
        if amount_minor is not None:
            parts.append(Part(label=_("Correction of the price"), amount_minor=amount_minor))
        if not parts:
            parts = [Part(label=_("All that is left of the invoice"), amount_minor=left)]
        note = invoices.credit(
            session, invoice, parts, cause=f"credit/{key}", reason=reason, actor=staff.actor
        ).number
    make_paper_of(note)
    return note


def make_paper_of(number: str) -> None:
    """Make and mail the paper of a number just issued, without waiting for the job."""
    with reading() as session:
        invoice_id = invoices.find(session, number).id
    invoice_papers.make(invoice_id)


def _issue_orders() -> list[int]:
    with reading() as session:
        due = list(session.scalars(select(Order.id).where(_due()).order_by(Order.id).limit(AT_ONCE)))
    return [_alone(_issue_one, order_id) for order_id in due]


def _due() -> ColumnElement[bool]:
    """Orders to be invoiced: on account with a parcel on its way, or paid by card."""
    invoiced = exists().where(Invoice.order_id == Order.id)
    elsewhere = exists().where(InvoicedElsewhere.order_id == Order.id)
    left = exists().where(Shipment.order_id == Order.id)
    on_account = (
        (Order.payment_method == PaymentMethod.PURCHASE_ORDER)
        & Order.payment_state.in_(invoices.ON_ACCOUNT)
        & left
    )
    by_card = (
        (Order.payment_method == PaymentMethod.CARD)
        & Order.payment_state.in_(invoices.PAID_BY_CARD)
        # A payment that does not fit is looked at before there is a paper about it.
        & (Order.review_state != ReviewState.NEEDS_DECISION)
    )
    return or_(on_account, by_card) & ~invoiced & ~elsewhere


def _issue_one(order_id: int) -> int:
    with writing() as session:
        states.lock(session, order_id)
        if session.scalar(select(Order.id).where(Order.id == order_id, _due())) is None:
            return 0  # another worker was faster, or the order has changed
        invoices.issue(session, fulfilment.find(session, order_id), actor=JOB)
        return 1


def _credit_refunds() -> list[int]:
    noted = select(Invoice.refund_id).where(Invoice.refund_id.is_not(None))
    with reading() as session:
        due = list(
            session.scalars(
                select(Refund.id)
                .where(
                    Refund.state == RefundState.SUCCEEDED,
                    Refund.id.not_in(noted),
                    # What came in another currency, or came twice, was never invoiced.
                    exists().where(
                        PaymentAttempt.id == Refund.attempt_id, PaymentAttempt.state == AttemptState.SUCCEEDED
                    ),
                    exists().where(Invoice.order_id == Refund.order_id, Invoice.currency == Refund.currency),
                )
                .order_by(Refund.id)
                .limit(AT_ONCE)
            )
        )
    return [_alone(_credit_refund, refund_id) for refund_id in due]


def _credit_refund(refund_id: int) -> int:
    """Write the credit note of one refund. A payment that came twice was invoiced once: it has none."""
    with writing() as session:
        refund = session.get_one(Refund, refund_id)
        states.lock(session, refund.order_id)
        session.refresh(refund)
        if refund.state != RefundState.SUCCEEDED:
            return 0  # it came back from the bank meanwhile
        paid = refunds.paid_attempt(session, refund.order_id)
        standing = invoices.of_order(session, refund.order_id)
        if paid is None or paid.id != refund.attempt_id or not standing:
            return 0
        if refund.amount_minor > invoices.left_to_credit(session, standing[-1]):
            return 0  # more than was invoiced came, and goes back
        before = session.scalar(select(Invoice.id).where(Invoice.refund_id == refund.id))
        if before is not None:
            return 0
        invoices.credit(
            session,
            standing[-1],
            credit_parts.of_refund(standing[-1], refund),
            cause=f"refund/{refund.key}",
            reason=refund.reason,
            actor=JOB,
            refund_id=refund.id,
        )
        return 1


def _take_back_credits() -> list[int]:
    """Credit notes of refunds that came back from the bank: the buyer has not got the money after all."""
    with reading() as session:
        due = list(
            session.scalars(
                select(Invoice.id)
                .join(Refund, Refund.id == Invoice.refund_id)
                .where(Refund.state == RefundState.FAILED, account_state.stands(Invoice))
                .order_by(Invoice.id)
                .limit(AT_ONCE)
            )
        )
    return [_alone(_take_back_credit, note_id) for note_id in due]


def _take_back_credit(note_id: int) -> int:
    with writing() as session:
        note = session.get_one(Invoice, note_id)
        states.lock(session, note.order_id)
        taken_back = select(Invoice.id).where(
            Invoice.corrects_id == note.id, Invoice.kind == InvoiceKind.DEBIT_NOTE
        )
        if session.scalar(taken_back) is not None:
            return 0  # another worker was faster
        invoices.take_back(
            session,
            note,
            reason=_("The refund came back from the bank, so that the money was not given back."),
            actor=JOB,
        )
        return 1


def _credit_cancelled() -> list[int]:
    """Orders on account that were invoiced before they left, and then cancelled: nothing was supplied."""
    with reading() as session:
        due = list(
            session.scalars(
                select(Invoice.id)
                .join(Order, Order.id == Invoice.order_id)
                .where(
                    Invoice.kind == InvoiceKind.INVOICE,
                    Invoice.on_account,
                    Order.fulfilment_state == FulfilmentState.CANCELLED,
                    ~exists().where(Shipment.order_id == Order.id),
                    Invoice.total_minor > account_state.credited(),
                )
                .limit(AT_ONCE)
            )
        )
    return [_alone(_credit_whole, invoice_id) for invoice_id in due]


def _credit_whole(invoice_id: int) -> int:
    with writing() as session:
        invoice = session.get_one(Invoice, invoice_id)
        order = states.lock(session, invoice.order_id)
        left = invoices.left_to_credit(session, invoice)
        if left <= 0 or order.fulfilment_state != FulfilmentState.CANCELLED:
            return 0
        invoices.credit(
            session,
            invoice,
            [Part(label=_("Order cancelled"), amount_minor=left)],
            cause=f"order/{order_number(order.id)}/cancelled/{invoice.sequence}",
            reason=_("The order was cancelled."),
            actor=JOB,
        )
        return 1


def _make_papers() -> list[int]:
    with reading() as session:
        due = list(
            session.scalars(
                select(Invoice.id)
                .where(~exists().where(InvoicePaper.invoice_id == Invoice.id))
                .order_by(Invoice.id)
                .limit(AT_ONCE)
            )
        )
    return [_alone(invoice_papers.make, invoice_id) for invoice_id in due]


def _alone(step: Callable[[int], int], row_id: int) -> int:
    """Do one step; one that cannot be done does not keep the others back, and is tried again."""
    try:
        return step(row_id)
    except (Refused, RuntimeError, ValueError):
        log.exception("%s of row %s could not be done", step.__name__, row_id)
        return 0
