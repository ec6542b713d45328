"""The paper of an invoice or credit note: PDF/A by typst, made once, kept by its hash, and mailed.

The PDF is set outside any transaction from what was frozen at issue. The same frozen content gives the same
bytes; the first ones made are kept, and are the invoice from then on, whatever a later template would print.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.core import clock, faults, files, mail, money, typeset, wording
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.ordering import links
from shop.payments import account_terms, invoices
from shop.payments.invoice_models import (
    Invoice,
    InvoiceEvent,
    InvoiceEventKind,
    InvoiceKind,
    InvoicePaper,
    RowKind,
)
from shop.people.staff import SignedInStaff


def pdf(session: Session, invoice_id: int) -> bytes:
    """The PDF of an invoice or credit note; before the job has kept it, the same bytes made anew."""
    paper = session.get(InvoicePaper, invoice_id)
    if paper is not None:
        return files.store().get(paper.sha256)
    return render(session.get_one(Invoice, invoice_id))


def make(invoice_id: int) -> int:
    """Make, keep and mail the paper of an invoice; 0 when that was done before."""
    with reading() as session:
        if session.get(InvoicePaper, invoice_id) is not None:
            return 0
        data = render(session.get_one(Invoice, invoice_id))
    sha256 = files.store().put(data)
    faults.point("invoice.paper_put")
    try:
        with writing() as session:
            if session.get(InvoicePaper, invoice_id) is not None:
                return 0
            files.record(session, sha256, size=len(data), media_type="application/pdf")
            session.add(InvoicePaper(invoice_id=invoice_id, sha256=sha256, made_at=clock.now()))
            session.flush()
            _mail(session, session.get_one(Invoice, invoice_id), sha256, actor="job")
            return 1
    except IntegrityError:
        return 0  # another worker kept it at the same moment


def mail_again(number: str, *, staff: SignedInStaff) -> str:
    """Send the paper once more; returns the address it goes to.

    Raises:
        Refused: the paper is not made yet.
    """
    with writing() as session:
        invoice = invoices.find(session, number)
        paper = session.get(InvoicePaper, invoice.id)
        if paper is None:
            raise Refused(_("The PDF is being made. Try again in a minute."))
        return _mail(session, invoice, paper.sha256, actor=staff.actor)


def render(invoice: Invoice) -> bytes:
    """Set the paper from what was frozen at issue."""
    return typeset.pdf("invoice", printed(invoice), made_at=invoice.issued_at)


def printed(invoice: Invoice) -> dict[str, object]:
    """Everything on the paper, as text."""
    content = invoice.content
    is_invoice = invoice.kind == InvoiceKind.INVOICE

    def amount(minor: int) -> str:
        return money.in_words(minor, invoice.currency)

    facts = [
        (_("Order"), _("%(number)s of %(date)s", number=content["order"], date=_day(content["placed_on"]))),
        (_("Purchase order"), invoice.po_number),
        (_("Date of supply"), wording.long_date(invoice.supplied_on)),
    ]
    if is_invoice:
        facts.append((_("Due"), wording.long_date(invoice.due_on) if invoice.due_on else ""))
    else:
        corrected = _(
            "%(number)s of %(date)s",
            number=content["corrects"],
            date=_day(content["corrects_issued_on"]),
        )
        label = (
            _("Corrects invoice") if invoice.kind == InvoiceKind.CREDIT_NOTE else _("Takes back credit note")
        )
        facts += [(label, corrected), (_("Reason"), invoice.reason)]
    return {
        "title": kind_in_words(invoice.kind),
        "number": invoice.number,
        "issued": wording.long_date(invoice.issued_on),
        "research_use": _("For laboratory research use only. Not for human or veterinary use."),
        "specimen": _("Specimen of a demonstration shop. Not a document of account.")
        if content["specimen"]
        else "",
        "seller": content["seller"],
        "seller_numbers": [
            [label, content["seller"][name]]
            for label, name in ((_("VAT or tax number"), "vat_number"), (_("Registration"), "registration"))
            if content["seller"][name]
        ],
        "bill_to_label": _("Bill to"),
        "bill_to": content["bill_to"],
        "ship_to_label": _("Ship to"),
        "ship_to": content["ship_to"],
        "buyer_number": [_("Customer’s VAT number"), content["buyer"]["vat_number"]]
        if content["buyer"]["vat_number"]
        else None,
        "facts": [[label, value] for label, value in facts if value],
        "heads": [_("Item"), _("Vials"), _("Unit price"), _("Amount")],
        "rows": [
            {
                "label": row.label,
                "detail": _("Lots: %(lots)s", lots=row.detail)
                if row.kind == RowKind.ITEM and row.detail
                else row.detail,
                "quantity": str(row.quantity) if row.quantity is not None else "",
                "unit": amount(row.unit_minor) if row.unit_minor is not None else "",
                "amount": amount(row.amount_minor),
            }
            for row in invoice.rows
            if row.kind != RowKind.TAX
        ],
        "net_label": _("Total without tax"),
        "net": amount(sum(row.amount_minor for row in invoice.rows if row.kind != RowKind.TAX)),
        "tax_heads": [_("Tax"), _("Rate"), _("On"), _("Amount")],
        "taxes": [
            {
                "label": row.label,
                "note": row.detail,
                "rate": f"{row.tax_rate:f} %" if row.tax_rate is not None else "",
                "base": amount(row.taxable_minor or 0),
                "amount": amount(row.amount_minor),
            }
            for row in invoice.rows
            if row.kind == RowKind.TAX
        ],
        "total_label": _("Total to pay") if is_invoice and invoice.on_account else _("Total"),
        "total": amount(invoice.total_minor),
        "currency": invoice.currency,
        "closing": _closing(invoice),
        "payment_label": _("How to pay"),
        "payment": content.get("payment", []),
        "page_label": _("Page"),
    }


def kind_in_words(kind: InvoiceKind) -> str:
    """What a paper is called."""
    return {
        InvoiceKind.INVOICE: _("Invoice"),
        InvoiceKind.CREDIT_NOTE: _("Credit note"),
        InvoiceKind.DEBIT_NOTE: _("Debit note"),
    }[kind]


def _closing(invoice: Invoice) -> list[str]:
    """What there is to do about the paper, in plain sentences."""
    if invoice.kind == InvoiceKind.DEBIT_NOTE:
        taken_back = _("The credit note named above no longer holds.")
        if invoice.on_account:
            return [taken_back, _("This amount is owed again on its invoice.")]
        return [
            taken_back,
            _("Nothing is asked of you. We write to you about how the money is given back."),
        ]
    if invoice.kind == InvoiceKind.CREDIT_NOTE:
        if invoice.on_account:
            return [_("This amount is taken off what is owed on the invoice named above.")]
        return [_("This amount was sent back to the card the order was paid with.")]
    if not invoice.on_account:
        return [_("Paid by card. Nothing is left to pay.")]
    return [
        _(
            "Payable by %(date)s, within %(days)s days, in %(currency)s.",
            date=wording.long_date(invoice.due_on) if invoice.due_on else "",
            days=invoice.content["terms_days"],
            currency=invoice.currency,
        ),
        _("Reference for the payment: %(reference)s", reference=invoice.content["remittance"]),
    ]


def _day(text: str) -> str:
    return wording.long_date(date.fromisoformat(text))


def address_for(session: Session, invoice: Invoice) -> str:
    """Who gets the papers of an invoice: accounts payable where it is known, else the buyer."""
    terms = account_terms.of_organisation(session, invoice.organisation_id)
    return (terms.invoice_email if invoice.on_account else "") or invoice.order.email


def add_event(
    session: Session,
    invoice: Invoice,
    kind: InvoiceEventKind,
    *,
    actor: str,
    note: str,
    turn: int | None = None,
) -> InvoiceEvent:
    """Write down what happened to an invoice."""
    if turn is None:
        count = session.scalar(
            select(func.count()).where(InvoiceEvent.invoice_id == invoice.id, InvoiceEvent.kind == kind)
        )
        turn = int(count or 0) + 1
    event = InvoiceEvent(invoice_id=invoice.id, kind=kind, turn=turn, at=clock.now(), actor=actor, note=note)
    session.add(event)
    session.flush()
    return event


def _mail(session: Session, invoice: Invoice, sha256: str, *, actor: str) -> str:
    to = address_for(session, invoice)
    sent = add_event(session, invoice, InvoiceEventKind.MAILED, actor=actor, note="")
    title = f"{kind_in_words(invoice.kind)} {invoice.number}"
    body = wording.plain_text(
        "mail/invoice.txt",
        invoice=invoice,
        title=title,
        closing=_closing(invoice),
        order=invoice.order,
        link=links.order_url(invoice.order.id, invoice.order.reference),
        shop_name=settings().shop_name,
        contact_email=settings().contact_email,
    )
    mail.write(
        session,
        mail.Letter(
            to=to,
            subject=_("%(title)s for order %(order)s", title=title, order=invoice.order.number),
            body=body,
            attachments=((f"{invoice.number}.pdf", sha256),),
        ),
        fact=f"invoice/{invoice.number}/{sent.turn}",
        about=f"order/{invoice.order.number}",
    )
    return to


def events(session: Session, invoice_id: int) -> list[InvoiceEvent]:
    """What happened to an invoice, in order."""
    return list(
        session.scalars(
            select(InvoiceEvent).where(InvoiceEvent.invoice_id == invoice_id).order_by(InvoiceEvent.id)
        )
    )
