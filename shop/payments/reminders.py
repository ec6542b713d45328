"""Reminders of invoices that are past due: each stage once, in neutral words, never while one is disputed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from shop.core import clock, mail, wording
from shop.core.database import reading, writing
from shop.core.jobs import job
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.ordering import links, states
from shop.payments import account_state, disputes_on_account, invoice_list, invoice_papers, invoices
from shop.payments.invoice_models import Invoice, InvoiceEvent, InvoiceEventKind, InvoicePaper


def stage_due(due_on: date, today: date, sent: int, days: Sequence[int]) -> int | None:
    """Which reminder is due, counted from 1; None when none is. Pure.

    A shop whose worker stood still sends the stage that is due now, and never two for one silence.
    """
    reached = sum((today - due_on).days >= each for each in days)
    return reached if reached > sent else None


@job("remind of invoices", every=timedelta(minutes=30))
def remind() -> int:
    """Send the reminders that are due; safe to run twice and from two workers."""
    days = settings().reminder_days
    if not days:
        return 0
    with reading() as session:
        due = list(
            session.scalars(
                select(Invoice.number)
                .where(
                    invoice_list.open_amount() > 0,
                    Invoice.due_on <= clock.today() - timedelta(days=days[0]),
                    ~invoice_list.disputed(),
                    _sent_of() < len(days),
                )
                .order_by(Invoice.id)
            )
        )
    return sum(_remind(number) for number in due)


def _sent_of() -> ScalarSelect[int]:
    return (
        select(func.coalesce(func.max(InvoiceEvent.turn), 0))
        .where(InvoiceEvent.invoice_id == Invoice.id, InvoiceEvent.kind == InvoiceEventKind.REMINDED)
        .correlate(Invoice)
        .scalar_subquery()
    )


def _remind(number: str) -> int:
    with writing() as session:
        invoice = invoices.find(session, number)
        states.lock(session, invoice.order_id)
        balance = account_state.of_invoice(session, invoice.id)
        if balance.open_minor <= 0 or disputes_on_account.is_disputed(session, invoice.id):
            return 0
        sent = session.scalar(
            select(func.max(InvoiceEvent.turn)).where(
                InvoiceEvent.invoice_id == invoice.id, InvoiceEvent.kind == InvoiceEventKind.REMINDED
            )
        )
        stage = stage_due(
            invoice.due_on or clock.today(), clock.today(), int(sent or 0), settings().reminder_days
        )
        if stage is None:
            return 0
        to = invoice_papers.address_for(session, invoice)
        invoice_papers.add_event(
            session, invoice, InvoiceEventKind.REMINDED, actor="job", note="", turn=stage
        )
        _mail(session, invoice, to, stage=stage, open_minor=balance.open_minor)
        return 1


def _mail(session: Session, invoice: Invoice, to: str, *, stage: int, open_minor: int) -> None:
    paper = session.get(InvoicePaper, invoice.id)
    body = wording.plain_text(
        "mail/invoice_reminder.txt",
        invoice=invoice,
        open_minor=open_minor,
        order=invoice.order,
        payment=invoice.content.get("payment", []),
        link=links.order_url(invoice.order.id, invoice.order.reference),
        shop_name=settings().shop_name,
        contact_email=settings().contact_email,
    )
    mail.write(
        session,
        mail.Letter(
            to=to,
            subject=_(
                "Invoice %(number)s was due on %(date)s",
                number=invoice.number,
                date=wording.date_in_words(invoice.due_on or clock.today()),
            ),
            body=body,
            attachments=((f"{invoice.number}.pdf", paper.sha256),) if paper else (),
        ),
        fact=f"invoice-reminder/{invoice.number}/{stage}",
        about=f"order/{invoice.order.number}",
    )
