"""An invoice the customer disputes: written down with a reason, so that no reminder is sent meanwhile."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.core import audit
from shop.core.database import writing
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.ordering import states
from shop.payments import invoice_list, invoice_papers, invoices
from shop.payments.invoice_models import Invoice, InvoiceEventKind
from shop.people.staff import SignedInStaff


def mark(number: str, *, disputed: bool, reason: str, staff: SignedInStaff) -> None:
    """Write down that an invoice is disputed, or that it no longer is. Saying it again changes nothing.

    Raises:
        Refused: no reason is given.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    with writing() as session:
        invoice = invoices.find(session, number)
        states.lock(session, invoice.order_id)
        if is_disputed(session, invoice.id) == disputed:
            return
        kind = InvoiceEventKind.DISPUTED if disputed else InvoiceEventKind.DISPUTE_ENDED
        invoice_papers.add_event(session, invoice, kind, actor=staff.actor, note=reason)
        audit.log(
            session,
            actor=staff.actor,
            action=f"invoice.{kind.value}",
            subject=f"invoice/{invoice.number}",
            reason=reason,
        )


def is_disputed(session: Session, invoice_id: int) -> bool:
    """Whether an invoice is disputed now."""
    return bool(session.scalar(select(Invoice.id).where(Invoice.id == invoice_id, invoice_list.disputed())))
