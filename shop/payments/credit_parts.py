"""Which amounts of an invoice a refund, or vials given back, come to."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.ordering import shares
from shop.ordering.models import Order, OrderLine
from shop.payments import account_state, invoice_rows
from shop.payments.invoice_models import Invoice, InvoiceRow, RowKind
from shop.payments.invoice_rows import NET, Part
from shop.payments.models import Refund


def of_lines(session: Session, invoice: Invoice, vials: Mapping[int, int]) -> list[Part]:
    """Vials of lines with their share of discount and tax, after what earlier notes gave back.

    Raises:
        Refused: a line is not of this invoice, or has not as many vials left.
    """
    lines = {line.id: line for line in invoice.order.lines}
    if not set(vials) <= set(lines):
        raise Refused(_("This invoice has no such line."))
    before = _vials_before(session, invoice)
    parts = []
    for line in lines.values():
        count = vials.get(line.id, 0)
        if not count:
            continue
        earlier = before.get(line.id, 0)
        if not 0 < count <= line.quantity - earlier:
            raise Refused(
                _(
                    "%(title)s: at most %(left)s vials are left to credit.",
                    title=line.title,
                    left=line.quantity - earlier,
                )
            )
        gross = shares.of_line(line).total_minor
        parts.append(
            Part(
                kind=RowKind.ITEM,
                label=f"{line.sku} {line.title}",
                order_line_id=line.id,
                quantity=count,
                amount_minor=shares.part_of(gross, vials=count, of=line.quantity, after=earlier),
                made_of=made_of(invoice, line),
            )
        )
    return [part for part in parts if part.amount_minor]


def of_refund(invoice: Invoice, refund: Refund) -> list[Part]:
    """A refund as it was asked for: vials of lines, delivery and other charges."""
    lines = {line.id: line for line in invoice.order.lines}
    parts = []
    for each in refund.lines:
        line = lines.get(each.order_line_id) if each.order_line_id is not None else None
        if not each.amount_minor:
            continue
        parts.append(
            Part(
                kind=RowKind.ITEM if line else RowKind.CORRECTION,
                label=f"{line.sku} {line.title}" if line else _("Delivery and other charges"),
                order_line_id=line.id if line else None,
                quantity=(each.quantity or None) if line else None,
                amount_minor=each.amount_minor,
                made_of=made_of(invoice, line) if line else rest_made_of(invoice),
            )
        )
    rest = refund.amount_minor - sum(part.amount_minor for part in parts)
    if rest > 0:
        parts.append(Part(label=_("Refund"), amount_minor=rest))
    return parts


def made_of(invoice: Invoice, line: OrderLine) -> dict[int, int]:
    """Price and tax of a line, by component of its invoice."""
    composed = {NET: line.total_minor - line.discount_minor}
    place = _place_of_tax(invoice, line)
    if place is not None:
        composed[place] = line.tax_minor
    return composed


def rest_made_of(invoice: Invoice) -> dict[int, int]:
    """Price and tax of delivery and whatever else belongs to no line, by component of the invoice."""
    composed = {NET: invoice_rows.net(_rows(invoice))} | {
        place: row.amount_minor for place, row in enumerate(invoice.rows) if row.kind == RowKind.TAX
    }
    for line in invoice.order.lines:
        for component, amount in made_of(invoice, line).items():
            composed[component] -= amount
    return composed


def _rows(invoice: Invoice) -> list[invoice_rows.Row]:
    return [
        invoice_rows.Row(kind=row.kind, label=row.label, amount_minor=row.amount_minor)
        for row in invoice.rows
    ]


def _place_of_tax(invoice: Invoice, line: OrderLine) -> int | None:
    """Where in the rows of an invoice the tax of a line stands."""
    order: Order = invoice.order
    charge = next((each for each in order.charges if each.position == line.tax_position), None)
    if charge is None:
        return None
    return next(
        (
            place
            for place, row in enumerate(invoice.rows)
            if row.kind == RowKind.TAX and (row.label, row.tax_rate) == (charge.label, charge.tax_rate)
        ),
        None,
    )


def _vials_before(session: Session, invoice: Invoice) -> dict[int, int]:
    rows = session.execute(
        select(InvoiceRow.order_line_id, func.sum(InvoiceRow.quantity))
        .join(Invoice, Invoice.id == InvoiceRow.invoice_id)
        .where(
            Invoice.corrects_id == invoice.id,
            account_state.stands(Invoice),
            InvoiceRow.order_line_id.is_not(None),
            InvoiceRow.quantity.is_not(None),
        )
        .group_by(InvoiceRow.order_line_id)
    )
    return {line_id: int(count or 0) for line_id, count in rows if line_id is not None}
