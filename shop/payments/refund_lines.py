"""What a refund is for, line by line, with the tax in it: for the pages that show it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shop.core.language import gettext as _
from shop.ordering import shares
from shop.ordering.models import ChargeKind, Order
from shop.payments.models import Refund, Restock


@dataclass(frozen=True, kw_only=True)
class Row:
    """One part of a refund."""

    line_id: int | None
    what: str
    vials: int
    amount_minor: int
    tax_minor: int
    """How much of the amount is tax, in the ratio in which the order was charged it."""
    restock: Restock


def of_refund(order: Order, refund: Refund) -> Sequence[Row]:
    """The parts of a refund, as they were asked for."""
    lines = {line.id: line for line in order.lines}
    rest_tax = sum(each.amount_minor for each in order.charges if each.kind == ChargeKind.TAX) - sum(
        line.tax_minor for line in order.lines
    )
    rest = shares.of_the_rest(order.lines, order.total_minor)
    rows = []
    for part in refund.lines:
        line = lines.get(part.order_line_id) if part.order_line_id is not None else None
        if line is None:
            what, net, tax = _("Delivery, or another amount"), rest - rest_tax, rest_tax
        else:
            share = shares.of_line(line)
            what, net, tax = line.title, share.net_minor, share.tax_minor
        rows.append(
            Row(
                line_id=part.order_line_id,
                what=f"{part.quantity} × {what}" if part.quantity else what,
                vials=part.quantity,
                amount_minor=part.amount_minor,
                tax_minor=shares.tax_in(part.amount_minor, net_minor=net, tax_minor=tax),
                restock=part.restock,
            )
        )
    return rows
