"""What an order costs: one pure function, every amount explained. In whole minor units, without rounding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from shop.core.language import gettext as _
from shop.ordering.models import ChargeKind, TaxTreatment


@dataclass(frozen=True, kw_only=True)
class Tier:
    """The price of one vial from a quantity upwards."""

    from_quantity: int
    unit_minor: int


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Vials of one size, with the tiers of their price."""

    size_id: int
    quantity: int
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The chosen way of delivery, as far as it costs."""

    name: str
    price_minor: int


@dataclass(frozen=True, kw_only=True)
class PricedLine:
    """A line with its price."""

    size_id: int
    quantity: int
    unit_minor: int
    discount_minor: int = 0
    """The line's share of the discount."""
    tax_minor: int = 0
    """The line's share of the tax of its rate."""
    tax_position: int | None = None
    """Position of the tax charge it falls under, counted from 1."""

    @property
    def total_minor(self) -> int:
        """Quantity times unit price."""
        return self.quantity * self.unit_minor


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One amount of the total, with its explanation; rate, base and treatment belong to tax only."""

    kind: ChargeKind
    label: str
    amount_minor: int
    explanation: str = ""
    tax_rate: Decimal | None = None
    taxable_minor: int | None = None
    tax_treatment: TaxTreatment | None = None


@dataclass(frozen=True, kw_only=True)
class Quote:
    """The cost of an order."""

    currency: str
    lines: tuple[PricedLine, ...]
    charges: tuple[Charge, ...]

    @property
    def total_minor(self) -> int:
        """The sum of all charges."""
        return sum(charge.amount_minor for charge in self.charges)

    @property
    def items_minor(self) -> int:
        """The sum of the lines."""
        return sum(line.total_minor for line in self.lines)


def unit_price(tiers: Sequence[Tier], quantity: int) -> int:
    """The price of one vial when `quantity` are ordered: the highest tier reached.

    Raises:
        ValueError: no tier covers the quantity; a size without a price cannot be sold.
    """
    reached = [tier for tier in tiers if tier.from_quantity <= quantity]
    if not reached:
        raise ValueError("no price for this quantity")
    return max(reached, key=lambda tier: tier.from_quantity).unit_minor


def price(wanted: Sequence[Wanted], *, delivery: Delivery | None, currency: str) -> Quote:
    """Price an order. Without a delivery chosen yet, only the items are counted."""
    lines = tuple(
        PricedLine(
            size_id=each.size_id, quantity=each.quantity, unit_minor=unit_price(each.tiers, each.quantity)
        )
        for each in wanted
    )
    charges = [
        Charge(kind=ChargeKind.ITEMS, label=_("Items"), amount_minor=sum(line.total_minor for line in lines))
    ]
    if delivery is not None:
        charges.append(
            Charge(kind=ChargeKind.DELIVERY, label=delivery.name, amount_minor=delivery.price_minor)
        )
        charges.append(
            Charge(
                kind=ChargeKind.TAX,
                label=_("Tax, not charged"),
                amount_minor=0,
                taxable_minor=sum(charge.amount_minor for charge in charges),
                tax_treatment=TaxTreatment.NOT_CHARGED,
            )
        )
        lines = tuple(replace(line, tax_position=len(charges)) for line in lines)
    return Quote(currency=currency, lines=lines, charges=tuple(charges))
