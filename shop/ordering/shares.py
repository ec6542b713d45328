"""An amount spread over parts that always add up to it: discount and tax by line, refunds by vial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Split a whole amount in proportion to weights, by largest remainder; the parts sum to it exactly.

    Each part differs by less than one minor unit from its exact share. Where all weights are nought, every
    part weighs the same. Equal remainders: the earlier part comes first.

    Raises:
        ValueError: there is nothing to spread over, or something negative.
    """
    if total < 0 or any(weight < 0 for weight in weights):
        raise ValueError("amount and weights are not negative")
    if not weights:
        if total:
            raise ValueError("there is nothing to spread an amount over")
        return []
    shares = list(weights) if any(weights) else [1] * len(weights)
    whole = sum(shares)
    parts = [total * share // whole for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda each: (-(total * shares[each] % whole), each))
    for each in by_remainder[: total - sum(parts)]:
        parts[each] += 1
    return parts


def percent_of(amount_minor: int, percent: Decimal) -> int:
    """A percentage of an amount, half up to the minor unit."""
    exact = Decimal(amount_minor) * percent / 100
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


class PricedLineLike(Protocol):
    """What a line of an order, of Review or of a quote has in common."""

    @property
    def quantity(self) -> int: ...
    @property
    def total_minor(self) -> int: ...
    @property
    def discount_minor(self) -> int: ...
    @property
    def tax_minor(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Share:
    """What a part of an order comes to: the price of it, less its discount, and the tax on that."""

    items_minor: int
    discount_minor: int
    tax_minor: int

    @property
    def net_minor(self) -> int:
        """Without tax."""
        return self.items_minor - self.discount_minor

    @property
    def total_minor(self) -> int:
        """With tax: what was charged for it."""
        return self.net_minor + self.tax_minor


def of_line(line: PricedLineLike) -> Share:
    """A whole line's share of the order."""
    return Share(items_minor=line.total_minor, discount_minor=line.discount_minor, tax_minor=line.tax_minor)


def of_vials(line: PricedLineLike, quantity: int, *, after: int = 0) -> Share:
    """The share of some vials of a line, such as those refunded or invoiced now.

    Args:
        after: how many vials of the line were counted before; parts taken one after another add up to the
            line exactly, in whatever portions.

    Raises:
        ValueError: the line does not hold so many vials.
    """
    if quantity < 0 or after < 0 or after + quantity > line.quantity:
        raise ValueError("a line is shared out among its own vials")

    def part(amount: int) -> int:
        return part_of(amount, vials=quantity, of=line.quantity, after=after) if quantity else 0

    total, tax, discount = part(of_line(line).total_minor), part(line.tax_minor), part(line.discount_minor)
    return Share(items_minor=total - tax + discount, discount_minor=discount, tax_minor=tax)


def part_of(amount_minor: int, *, vials: int, of: int, after: int = 0) -> int:
    """What some vials of a line come to, of which `after` were counted before.

    Rounded half up on the running sum, so that the vials of a line counted one by one come to its amount.

    Raises:
        ValueError: more vials than are left of the line, or none.
    """
    if not (after >= 0 and 0 < vials <= of - after):
        raise ValueError("no more vials are counted than are left of a line")

    def until(count: int) -> int:
        return (2 * amount_minor * count + of) // (2 * of)

    return until(after + vials) - until(after)


def tax_in(amount_minor: int, *, net_minor: int, tax_minor: int) -> int:
    """How much of an amount is tax, where what it is a part of is made of so much price and so much tax."""
    if net_minor + tax_minor <= 0 or min(net_minor, tax_minor) < 0:
        return 0
    return spread(amount_minor, [net_minor, tax_minor])[1]


def of_the_rest(lines: Sequence[PricedLineLike], total_minor: int) -> int:
    """What an order comes to beside its lines: delivery and cold chain with the tax on them."""
    return total_minor - sum(of_line(line).total_minor for line in lines)
