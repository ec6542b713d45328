"""Issuing invoices and credit notes: a number without a gap, and everything printed frozen with it.

An order has one invoice for the whole of it, issued when its first parcel has been handed over (purchase
orders) or when it has been paid (cards). What is wrong in an issued invoice is
given back by a credit note, and a credit note whose money never reached the buyer is taken back by a debit
note; nothing is changed. A job issues what is due, so that a parcel or a payment never waits for a paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload
from stdnum.iso7064 import mod_97_10

from shop.core import audit, clock, faults
from shop.core.canonical import Plain, digest
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.ordering import destinations, order_events, states
from shop.ordering.models import (
    ChargeKind,
    FulfilmentState,
    Order,
    OrderLine,
    PaymentMethod,
    PaymentState,
    order_number,
)
from shop.payments import account_state, account_terms, invoice_rows, series
from shop.payments.invoice_models import Invoice, InvoiceKind, InvoiceRow, RowKind
from shop.payments.invoice_rows import Part, Row

ON_ACCOUNT = (PaymentState.ON_ACCOUNT, PaymentState.PAID)
"""Purchase orders that may be invoiced."""
PAID_BY_CARD = (PaymentState.PAID, PaymentState.PART_REFUNDED)


def issue(session: Session, order: Order, *, actor: str) -> Invoice:
    """Invoice a locked order; an order that has an invoice that still asks for something keeps it.

    Raises:
        Refused: the order is neither on account nor paid.
    """
    earlier = of_order(session, order.id)
    standing = [each for each in earlier if left_to_credit(session, each) > 0]
    if standing:
        return standing[0]
    by_card = order.payment_method == PaymentMethod.CARD
    # One whose invoice was credited in full owes nothing until it is invoiced anew.
    anew = bool(earlier) and order.fulfilment_state != FulfilmentState.CANCELLED and not by_card
    if order.payment_state not in (PAID_BY_CARD if by_card else ON_ACCOUNT) and not anew:
        raise Refused(_("Only an order that is paid, or approved on account, is invoiced."))
    today = clock.today()
    terms = account_terms.of_organisation(session, order.organisation_id)
    number = series.take_number(session, InvoiceKind.INVOICE, today)
    rows = rows_of_order(order)
    due_on = today if by_card else today + timedelta(days=terms.terms_days)
    content = _printed(order, terms) | {
        "terms_days": 0 if by_card else terms.terms_days,
        "payment": [] if by_card else list(settings().payment_details),
        "remittance": "" if by_card else creditor_reference(number.printed),
    }
    invoice = _write(
        session,
        number,
        rows,
        Invoice(
            kind=InvoiceKind.INVOICE,
            cause=f"order/{order.number}/invoice/{len(earlier) + 1}",
            order_id=order.id,
            organisation_id=order.organisation_id,
            supplied_on=min((each.shipped_at.date() for each in order.shipments), default=today),
            due_on=due_on,
            on_account=not by_card,
            currency=order.currency,
            total_minor=invoice_rows.total(rows),
            po_number=order.po_number,
            reason="",
            issued_by=actor,
            content=content,
        ),
    )
    states.tell(session, order.id, actor=actor, kind="invoiced", note=invoice.number)
    order_events.announce(
        session,
        order,
        "invoice.issued",
        fact=invoice.number,
        invoice=invoice.number,
        invoiced_minor=invoice.total_minor,
        due_on=due_on.isoformat(),
    )
    account_state.settle(session, order, actor=actor)
    return invoice


def credit(
    session: Session,
    invoice: Invoice,
    parts: Sequence[Part],
    *,
    cause: str,
    reason: str,
    actor: str,
    refund_id: int | None = None,
) -> Invoice:
    """Give back amounts of an invoice whose order is locked; the same cause is credited once.

    Raises:
        Refused: no reason is given, or the parts come to nothing or to more than is left.
    """
    present = session.scalar(select(Invoice).where(Invoice.cause == cause))
    if present is not None:
        return present
    if not reason.strip():
        raise Refused(_("Give a reason."))
    earlier = _credit_notes(session, invoice.id)
    try:
        rows = invoice_rows.credited(
            as_rows(invoice.rows), [row for note in earlier for row in as_rows(note.rows)], parts
        )
    except ValueError:
        raise Refused(_("A credit note gives back something, and at most what is left of it.")) from None
    today = clock.today()
    number = series.take_number(session, InvoiceKind.CREDIT_NOTE, today)
    order = invoice.order
    kept = ("seller", "buyer", "bill_to", "ship_to", "order", "placed_on", "specimen")
    note = _write(
        session,
        number,
        rows,
        Invoice(
            kind=InvoiceKind.CREDIT_NOTE,
            cause=cause,
            order_id=order.id,
            organisation_id=invoice.organisation_id,
            corrects_id=invoice.id,
            refund_id=refund_id,
            supplied_on=invoice.supplied_on,
            due_on=None,
            on_account=invoice.on_account,
            currency=invoice.currency,
            total_minor=invoice_rows.total(rows),
            po_number=invoice.po_number,
            reason=reason,
            issued_by=actor,
            content={name: invoice.content[name] for name in kept}
            | {"corrects": invoice.number, "corrects_issued_on": invoice.issued_on.isoformat()},
        ),
    )
    states.tell(session, order.id, actor=actor, kind="credited", note=f"{note.number}. {reason}")
    account_state.settle(session, order, actor=actor)
    return note


def take_back(session: Session, note: Invoice, *, reason: str, actor: str) -> Invoice:
    """Take a whole credit note back by a debit note, where its order is locked; the same note once.

    What it gave back is asked again: the invoice stands as it did before the note.

    Raises:
        Refused: it is no credit note, or no reason is given.
    """
    present = session.scalar(
        select(Invoice).where(Invoice.corrects_id == note.id, Invoice.kind == InvoiceKind.DEBIT_NOTE)
    )
    if present is not None:
        return present
    if note.kind != InvoiceKind.CREDIT_NOTE:
        raise Refused(_("Only a credit note is taken back by a debit note."))
    if not reason.strip():
        raise Refused(_("Give a reason."))
    number = series.take_number(session, InvoiceKind.DEBIT_NOTE, clock.today())
    order = note.order
    kept = ("seller", "buyer", "bill_to", "ship_to", "order", "placed_on", "specimen")
    back = _write(
        session,
        number,
        as_rows(note.rows),
        Invoice(
            kind=InvoiceKind.DEBIT_NOTE,
            cause=f"{note.number}/taken-back",
            order_id=order.id,
            organisation_id=note.organisation_id,
            corrects_id=note.id,
            supplied_on=note.supplied_on,
            due_on=None,
            on_account=note.on_account,
            currency=note.currency,
            total_minor=note.total_minor,
            po_number=note.po_number,
            reason=reason,
            issued_by=actor,
            content={name: note.content[name] for name in kept}
            | {"corrects": note.number, "corrects_issued_on": note.issued_on.isoformat()},
        ),
    )
    states.tell(
        session,
        order.id,
        actor=actor,
        kind="credit-taken-back",
        note=_("%(back)s takes back %(note)s. %(why)s", back=back.number, note=note.number, why=reason),
    )
    account_state.settle(session, order, actor=actor)
    return back


def of_order(session: Session, order_id: int) -> list[Invoice]:
    """The invoices of an order, without credit and debit notes, the oldest first."""
    return list(
        session.scalars(
            select(Invoice)
            .where(Invoice.order_id == order_id, Invoice.kind == InvoiceKind.INVOICE)
            .order_by(Invoice.id)
            .options(selectinload(Invoice.rows))
        )
    )


def papers_of_order(session: Session, order_id: int) -> list[Invoice]:
    """Invoices, credit notes and debit notes of an order, in the order of their issue."""
    return list(session.scalars(select(Invoice).where(Invoice.order_id == order_id).order_by(Invoice.id)))


def find(session: Session, number: str) -> Invoice:
    """An invoice, credit note or debit note by its printed number, with its rows.

    Raises:
        NotFound: no such paper was issued.
    """
    found = session.scalar(
        select(Invoice).where(Invoice.number == number).options(selectinload(Invoice.rows))
    )
    if found is None:
        raise NotFound(_("There is no invoice or credit note with this number."))
    return found


def left_to_credit(session: Session, invoice: Invoice) -> int:
    """What of an invoice has not been given back."""
    given = session.scalar(
        select(func.sum(Invoice.total_minor)).where(
            Invoice.corrects_id == invoice.id, account_state.stands(Invoice)
        )
    )
    return invoice.total_minor - int(given or 0)


def rows_of_order(order: Order) -> list[Row]:
    """The rows that invoice the whole of an order; they add up to its total."""
    kinds = {
        ChargeKind.DISCOUNT: RowKind.DISCOUNT,
        ChargeKind.DELIVERY: RowKind.DELIVERY,
        ChargeKind.COLD_CHAIN: RowKind.COLD_CHAIN,
        ChargeKind.TAX: RowKind.TAX,
    }
    items = [
        Row(
            kind=RowKind.ITEM,
            label=f"{line.sku} {line.title}",
            detail=_lots(line),
            order_line_id=line.id,
            quantity=line.quantity,
            unit_minor=line.unit_minor,
            amount_minor=line.total_minor,
        )
        for line in order.lines
    ]
    charges = [
        Row(
            kind=kinds[charge.kind],
            label=charge.label,
            detail=charge.explanation,
            amount_minor=charge.amount_minor,
            tax_rate=charge.tax_rate,
            taxable_minor=(charge.taxable_minor or 0) if charge.kind == ChargeKind.TAX else None,
            tax_treatment=charge.tax_treatment.value if charge.tax_treatment else None,
        )
        for charge in order.charges
        if charge.kind != ChargeKind.ITEMS
    ]
    return items + charges


def as_rows(rows: Sequence[InvoiceRow]) -> list[Row]:
    """Kept rows as plain values."""
    return [
        Row(
            kind=row.kind,
            label=row.label,
            detail=row.detail,
            order_line_id=row.order_line_id,
            quantity=row.quantity,
            unit_minor=row.unit_minor,
            amount_minor=row.amount_minor,
            tax_rate=row.tax_rate,
            taxable_minor=row.taxable_minor,
            tax_treatment=row.tax_treatment,
        )
        for row in rows
    ]


def creditor_reference(number: str) -> str:
    """The reference to pay with, checked by two digits (ISO 11649): RF18INV202600001."""
    plain = number.replace("-", "")
    return f"RF{mod_97_10.calc_check_digits(plain + 'RF')}{plain}"


def content_digest(invoice: Invoice, rows: Sequence[Row]) -> str:
    """The digest over everything printed."""
    header: dict[str, Plain] = {
        "number": invoice.number,
        "kind": invoice.kind.value,
        "issued_at": invoice.issued_at.isoformat(),
        "supplied_on": invoice.supplied_on.isoformat(),
        "due_on": invoice.due_on.isoformat() if invoice.due_on else None,
        "currency": invoice.currency,
        "total_minor": invoice.total_minor,
        "po_number": invoice.po_number,
        "reason": invoice.reason,
        "content": invoice.content,
    }
    return digest({"header": header, "rows": [_plain(row) for row in rows]})


def _plain(row: Row) -> dict[str, Plain]:
    return {
        "kind": row.kind.value,
        "label": row.label,
        "detail": row.detail,
        "quantity": row.quantity,
        "unit_minor": row.unit_minor,
        "amount_minor": row.amount_minor,
        # 21.0 and 21.0000000000 are one rate: PostgreSQL keeps the digits it was given, SQLite too.
        "tax_rate": format(row.tax_rate.normalize(), "f") if row.tax_rate is not None else None,
        "taxable_minor": row.taxable_minor,
        "tax_treatment": row.tax_treatment,
    }


def _write(session: Session, number: series.Number, rows: Sequence[Row], invoice: Invoice) -> Invoice:
    faults.point("invoice.numbered")
    invoice.number, invoice.series, invoice.sequence = number.printed, number.series, number.sequence
    invoice.issued_at = clock.now().replace(microsecond=0)  # a PDF knows seconds
    invoice.issued_on = invoice.issued_at.date()
    invoice.content_sha256 = content_digest(invoice, rows)
    invoice.rows = [
        InvoiceRow(
            position=position,
            kind=row.kind,
            label=row.label,
            detail=row.detail,
            order_line_id=row.order_line_id,
            quantity=row.quantity,
            unit_minor=row.unit_minor,
            amount_minor=row.amount_minor,
            tax_rate=row.tax_rate,
            taxable_minor=row.taxable_minor,
            tax_treatment=row.tax_treatment,
        )
        for position, row in enumerate(rows, start=1)
    ]
    session.add(invoice)
    session.flush()
    audit.log(
        session,
        actor=invoice.issued_by,
        action=f"{invoice.kind.value}.issue",
        subject=f"order/{order_number(invoice.order_id)}",
        after={
            "number": invoice.number,
            "total_minor": invoice.total_minor,
            "currency": invoice.currency,
            "content_sha256": invoice.content_sha256,
        },
        reason=invoice.reason or None,
    )
    return invoice


def _printed(order: Order, terms: account_terms.Terms) -> dict[str, Any]:
    """The header of an invoice, as it is today."""
    values = settings()
    ship_to = _address(order)
    return {
        "seller": {
            "name": values.seller_name or values.shop_name,
            "address": list(values.seller_address),
            "vat_number": values.seller_vat_number,
            "registration": values.seller_registration,
            "email": values.contact_email,
        },
        "buyer": {"organisation": order.organisation, "name": order.name, "vat_number": order.vat_number},
        "bill_to": [order.organisation, *terms.bill_to] if terms.bill_to else ship_to,
        "ship_to": ship_to,
        "order": order.number,
        "placed_on": order.placed_at.date().isoformat(),
        "specimen": values.is_demo,
    }


def _address(order: Order) -> list[str]:
    town = " ".join(part for part in (order.postcode, order.city) if part)
    parts = [order.organisation, order.name, order.address_line1, order.address_line2, town, order.region]
    return [part for part in parts if part] + [destinations.country_name(order.country)]


def _lots(line: OrderLine) -> str:
    """The lots of a line with their numbers of vials."""
    vials: dict[str, int] = {}
    for each in line.standing_reservations:
        vials[each.lot.number] = vials.get(each.lot.number, 0) + each.quantity
    return ", ".join(f"{number} × {count}" for number, count in sorted(vials.items()))


def _credit_notes(session: Session, invoice_id: int) -> list[Invoice]:
    return list(
        session.scalars(
            select(Invoice)
            .where(Invoice.corrects_id == invoice_id, account_state.stands(Invoice))
            .order_by(Invoice.id)
            .options(selectinload(Invoice.rows))
        )
    )
