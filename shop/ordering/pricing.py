"""What an order costs: one pure function, every amount explained, rounding stated.

Prices are net, in whole minor units. A percentage is rounded half up to the minor unit, once: a discount on
the sum of what it is for, a tax once per rate on the sum of what it falls on after the discount. The
discount, and the tax of a rate, are then spread over the lines by largest remainder, so that refunds and
credit notes by line add up to what was charged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.core.money import in_words
from shop.ordering.models import ChargeKind, TaxTreatment
from shop.ordering.shares import percent_of, spread
from shop.ordering.tax import NOT_DECIDED, Taxation, TaxRule


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
    product_id: int = 0
    tax_class: str = "standard"


@dataclass(frozen=True, kw_only=True)
class Discount:
    """What an agreed code takes off: a percentage of the items it is for, or a fixed amount of them."""

    code: str
    percent: Decimal | None = None
    amount_minor: int | None = None
    product_ids: frozenset[int] | None = None
    """The products it is for; none means all."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The chosen way of delivery, as far as it costs."""

    name: str
    price_minor: int
    explanation: str = ""
    cold_chain_minor: int | None = None
    """The surcharge for goods that have to stay cold; none where there are no such goods."""


@dataclass(frozen=True, kw_only=True)
class PricedLine:
    """A line with its price."""

    size_id: int
    quantity: int
    unit_minor: int
    explanation: str = ""
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

    @property
    def net_minor(self) -> int:
        """The line after its share of the discount."""
        return self.total_minor - self.discount_minor


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

    @property
    def net_items_minor(self) -> int:
        """The sum of the lines after the discount."""
        return sum(line.net_minor for line in self.lines)


def unit_price(tiers: Sequence[Tier], quantity: int) -> int:
    """The price of one vial when `quantity` are ordered: the highest tier reached.

    Raises:
        ValueError: no tier covers the quantity; a size without a price cannot be sold.
    """
    return _tier(tiers, quantity).unit_minor


def price(
    wanted: Sequence[Wanted],
    *,
    delivery: Delivery | None,
    currency: str,
    discount: Discount | None = None,
    taxation: Taxation = NOT_DECIDED,
) -> Quote:
    """Price an order. Without a delivery chosen yet, only the items and their discount are counted.

    Demand for a size is summed over the lines before its tier is looked up, so that an order costs the same
    however it is split into lines.

    Raises:
        ValueError: a line has no price for its quantity.
    """
    lines = _discounted(_priced_lines(wanted, currency), wanted, discount)
    charges = [_items_charge(lines)]
    taken_off = sum(line.discount_minor for line in lines)
    if discount is not None and taken_off:
        charges.append(_discount_charge(discount, lines, wanted, taken_off, currency))
    if delivery is not None:
        charges += _delivery_charges(delivery)
        lines, taxes = _taxed(
            lines, wanted, taxation, beside=sum(each.amount_minor for each in charges[1:] if _is_extra(each)),
            first_position=len(charges) + 1, currency=currency,
        )  # fmt: skip
        charges += taxes
    return Quote(currency=currency, lines=tuple(lines), charges=tuple(charges))


def _is_extra(charge: Charge) -> bool:
    return charge.kind in (ChargeKind.DELIVERY, ChargeKind.COLD_CHAIN)


def _tier(tiers: Sequence[Tier], quantity: int) -> Tier:
    reached = [tier for tier in tiers if tier.from_quantity <= quantity]
    if not reached:
        raise ValueError("no price for this quantity")
    return max(reached, key=lambda tier: tier.from_quantity)


def _priced_lines(wanted: Sequence[Wanted], currency: str) -> list[PricedLine]:
    demand: Counter[int] = Counter()
    for each in wanted:
        demand[each.size_id] += each.quantity
    lines = []
    for each in wanted:
        tier = _tier(each.tiers, demand[each.size_id])
        lines.append(
            PricedLine(
                size_id=each.size_id,
                quantity=each.quantity,
                unit_minor=tier.unit_minor,
                explanation=_line_in_words(each.quantity, tier, currency),
            )
        )
    return lines


def _line_in_words(quantity: int, tier: Tier, currency: str) -> str:
    each = in_words(tier.unit_minor, currency)
    if tier.from_quantity == 1:
        return ngettext("%(num)s vial at %(price)s", "%(num)s vials at %(price)s each", quantity, price=each)
    return ngettext(
        "%(num)s vial at the price from %(start)s: %(price)s",
        "%(num)s vials at the price from %(start)s: %(price)s each",
        quantity,
        start=tier.from_quantity,
        price=each,
    )


def _items_charge(lines: Sequence[PricedLine]) -> Charge:
    vials = sum(line.quantity for line in lines)
    return Charge(
        kind=ChargeKind.ITEMS,
        label=_("Items"),
        amount_minor=sum(line.total_minor for line in lines),
        explanation=ngettext(
            "%(num)s vial, before tax", "%(num)s vials, the sum of the lines, before tax", vials
        ),
    )


def _discounted(
    lines: list[PricedLine], wanted: Sequence[Wanted], discount: Discount | None
) -> list[PricedLine]:
    """The lines with their shares of a discount, which never takes more than the items it is for."""
    if discount is None:
        return lines
    bases = _discount_bases(lines, wanted, discount)
    whole = sum(bases)
    asked = (
        percent_of(whole, discount.percent) if discount.percent is not None else discount.amount_minor or 0
    )
    parts = _spread(min(asked, whole), bases, lines) if whole else [0] * len(lines)
    return [replace(line, discount_minor=part) for line, part in zip(lines, parts, strict=True)]


def _spread(total: int, weights: Sequence[int], lines: Sequence[PricedLine]) -> list[int]:
    """Spread an amount over lines, first over the sizes: splitting a line moves no coin to another."""
    sizes: dict[int, list[int]] = {}
    for position, line in enumerate(lines):
        sizes.setdefault(line.size_id, []).append(position)
    shares = spread(total, [sum(weights[each] for each in members) for members in sizes.values()])
    parts = [0] * len(lines)
    for share, members in zip(shares, sizes.values(), strict=True):
        for member, part in zip(members, spread(share, [weights[each] for each in members]), strict=True):
            parts[member] = part
    return parts


def _discount_bases(lines: Sequence[PricedLine], wanted: Sequence[Wanted], discount: Discount) -> list[int]:
    return [
        line.total_minor if discount.product_ids is None or each.product_id in discount.product_ids else 0
        for line, each in zip(lines, wanted, strict=True)
    ]


def _discount_charge(
    discount: Discount, lines: Sequence[PricedLine], wanted: Sequence[Wanted], taken_off: int, currency: str
) -> Charge:
    base = in_words(sum(_discount_bases(lines, wanted, discount)), currency)
    if discount.percent is not None:
        words = _(
            "%(percent)s%% off items of %(base)s", percent=f"{discount.percent.normalize():f}", base=base
        )
    elif taken_off < (discount.amount_minor or 0):
        words = _("Agreed amount, at most the items of %(base)s", base=base)
    else:
        words = _("Agreed amount off items of %(base)s", base=base)
    return Charge(
        kind=ChargeKind.DISCOUNT,
        label=_("Discount, code %(code)s", code=discount.code),
        amount_minor=-taken_off,
        explanation=words,
    )


def _delivery_charges(delivery: Delivery) -> list[Charge]:
    charges = [
        Charge(
            kind=ChargeKind.DELIVERY,
            label=delivery.name,
            amount_minor=delivery.price_minor,
            explanation=delivery.explanation,
        )
    ]
    if delivery.cold_chain_minor is not None:
        charges.append(
            Charge(
                kind=ChargeKind.COLD_CHAIN,
                label=_("Cold chain"),
                amount_minor=delivery.cold_chain_minor,
                explanation=_("Cold packing, because the order holds goods that have to stay cold"),
            )
        )
    return charges


def _taxed(
    lines: Sequence[PricedLine],
    wanted: Sequence[Wanted],
    taxation: Taxation,
    *,
    beside: int,
    first_position: int,
    currency: str,
) -> tuple[list[PricedLine], list[Charge]]:
    """Lines with their share of the tax, and a charge for each rate. Delivery follows the goods."""
    rules = [taxation.of(each.tax_class) for each in wanted]
    nets = [line.net_minor for line in lines]
    # By the price before discount, or a code for goods of a low rate would move delivery to a high one.
    carried = _spread(beside, [line.total_minor for line in lines], lines)
    taxed = list(lines)
    charges: list[Charge] = []
    for rule in dict.fromkeys(rules):
        members = [position for position, each in enumerate(rules) if each == rule]
        extra = sum(carried[each] for each in members) if rule.on_delivery else 0
        base = sum(nets[each] for each in members) + extra
        amount = percent_of(base, rule.rate) if rule.treatment == TaxTreatment.STANDARD else 0
        parts = spread(amount, [*(nets[each] for each in members), extra])
        position = first_position + len(charges)
        for member, part in zip(members, parts, strict=False):
            taxed[member] = replace(taxed[member], tax_minor=part, tax_position=position)
        charges.append(_tax_charge(rule, base, amount, currency))
    return taxed, charges


def _tax_charge(rule: TaxRule, base: int, amount: int, currency: str) -> Charge:
    charged = rule.treatment in (TaxTreatment.STANDARD, TaxTreatment.ZERO)
    return Charge(
        kind=ChargeKind.TAX,
        label=rule.label,
        amount_minor=amount,
        explanation=_("%(label)s on %(base)s%(more)s", label=rule.label, base=in_words(base, currency),
                      more=f". {rule.reason}" if rule.reason else "") if charged else rule.reason,
        tax_rate=rule.rate if charged else None,
        taxable_minor=base,
        tax_treatment=rule.treatment,
    )  # fmt: skip
