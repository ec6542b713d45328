"""What an invoice and its credit notes say in amounts: pure functions that add up to the last minor unit.

A credit note gives back gross amounts. Each is divided between price and the taxes that were charged on it by
largest remainder, and no price or tax is given back beyond what the invoice asked and earlier notes left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from shop.ordering.shares import spread
from shop.payments.invoice_models import RowKind

NET = -1
"""Stands for the price among the components of an amount; taxes are known by their place in the invoice."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One printed amount."""

    kind: RowKind
    label: str
    amount_minor: int
    detail: str = ""
    order_line_id: int | None = None
    quantity: int | None = None
    unit_minor: int | None = None
    tax_rate: Decimal | None = None
    taxable_minor: int | None = None
    tax_treatment: str | None = None


@dataclass(frozen=True, kw_only=True)
class Part:
    """A gross amount to be given back, for a line or for none, with what it is made of on the invoice."""

    label: str
    amount_minor: int
    kind: RowKind = RowKind.CORRECTION
    order_line_id: int | None = None
    quantity: int | None = None
    detail: str = ""
    made_of: Mapping[int, int] | None = None
    """Price and taxes of what it is a part of, by component; the whole rest of the invoice by default."""


def total(rows: Sequence[Row]) -> int:
    """The sum of all rows."""
    return sum(row.amount_minor for row in rows)


def net(rows: Sequence[Row]) -> int:
    """The sum without tax."""
    return sum(row.amount_minor for row in rows if row.kind != RowKind.TAX)


def credited(rows: Sequence[Row], before: Sequence[Row], parts: Sequence[Part]) -> list[Row]:
    """The rows of a credit note over `parts`, after the notes whose rows are `before`.

    Raises:
        ValueError: the parts ask for nothing, or for more than is left of the invoice.
    """
    asked = sum(part.amount_minor for part in parts)
    taxes = {place: row for place, row in enumerate(rows) if row.kind == RowKind.TAX}
    left = {NET: net(rows) - net(before)}
    for place, row in taxes.items():
        left[place] = row.amount_minor - sum(each.amount_minor for each in before if _same_tax(each, row))
    if not 0 < asked <= sum(left.values()) or any(part.amount_minor <= 0 for part in parts):
        raise ValueError("a credit note gives back something, and at most what is left of its invoice")
    if asked == total(rows) and not before:
        return list(rows)
    given: list[dict[int, int]] = []
    for part in parts:
        divided = _divide(part.amount_minor, part.made_of or left, left)
        for component, amount in divided.items():
            left[component] -= amount
        given.append(divided)
    printed = [
        Row(
            kind=part.kind,
            label=part.label,
            detail=part.detail,
            order_line_id=part.order_line_id,
            quantity=part.quantity,
            amount_minor=divided[NET],
        )
        for part, divided in zip(parts, given, strict=True)
    ]
    price = net(printed)
    for place, row in taxes.items():
        amount = sum(divided.get(place, 0) for divided in given)
        base = _base(rows, row, price, amount)
        printed.append(replace(row, amount_minor=amount, taxable_minor=base, detail=_reason(row)))
    return printed


def _reason(tax: Row) -> str:
    """Why a tax is as it is, without the leading words on which sum of the invoice it was charged."""
    return tax.detail if tax.tax_rate is None else tax.detail.partition(". ")[2]


def _divide(amount: int, made_of: Mapping[int, int], left: Mapping[int, int]) -> dict[int, int]:
    """An amount by component: in the ratio of what it is part of, and within what is left of each."""
    components = list(left)
    weights = [max(made_of.get(each, 0), 0) for each in components]
    if not any(weights):
        weights = [left[each] for each in components]
    shares = dict(zip(components, spread(amount, weights), strict=True))
    over = 0
    for each in components:
        if shares[each] > left[each]:
            over += shares[each] - left[each]
            shares[each] = left[each]
    for each in components:
        room = min(over, left[each] - shares[each])
        shares[each] += room
        over -= room
    return shares


def _base(rows: Sequence[Row], tax: Row, price: int, amount: int) -> int:
    """What of the price given back a tax was charged on."""
    base = tax.taxable_minor or 0
    if base == net(rows):
        return price
    if tax.amount_minor:
        return round(Decimal(base) * amount / tax.amount_minor)
    return round(Decimal(base) * price / net(rows)) if net(rows) else 0


def _same_tax(one: Row, other: Row) -> bool:
    return one.kind == RowKind.TAX and (one.label, one.tax_rate, one.tax_treatment) == (
        other.label,
        other.tax_rate,
        other.tax_treatment,
    )
