"""First expired, first out: which lots fill an order.

1. Demand is summed per vial size over all lines, so that two lines cannot count the same vials twice.
2. The lots of a size are taken in the order of removal date, then filling date, then id.
3. A line takes from the first lot until it is empty, then from the next: lines split over lots.
4. The plan is whole or not at all; a shortage names every size that falls short and what is left of it.

The same lots and lines always give the same plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class LotOnShelf:
    """What allocation sees of a lot that may be sold on the planned ship date."""

    lot_id: int
    size_id: int
    removal_on: date
    filled_on: date
    available: int
    number: str = ""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Vials of one size wanted by one line."""

    line: int
    size_id: int
    quantity: int


@dataclass(frozen=True, kw_only=True, order=True)
class Take:
    """Vials of one lot for one line."""

    line: int
    lot_id: int
    quantity: int


class NotEnough(Exception):
    """Some sizes fall short; `available` says how many vials there are of each that does."""

    def __init__(self, available: dict[int, int]) -> None:
        super().__init__(f"not enough vials of sizes {sorted(available)}")
        self.available = available


def first_expired_first(lots: Iterable[LotOnShelf]) -> list[LotOnShelf]:
    """Lots in the order they leave the shelf: removal date, filling date, id."""
    return sorted(lots, key=lambda lot: (lot.removal_on, lot.filled_on, lot.lot_id))


def allocate(demands: Sequence[Demand], lots: Iterable[LotOnShelf]) -> list[Take]:
    """Plan which lot fills which line.

    Raises:
        NotEnough: the lots of at least one size do not cover what is wanted of it.
    """
    shelf = first_expired_first(lots)
    wanted: Counter[int] = Counter()
    for demand in demands:
        wanted[demand.size_id] += demand.quantity
    there: Counter[int] = Counter()
    for lot in shelf:
        there[lot.size_id] += lot.available
    short = {size_id: there[size_id] for size_id, quantity in wanted.items() if quantity > there[size_id]}
    if short:
        raise NotEnough(short)

    left = {lot.lot_id: lot.available for lot in shelf}
    takes: list[Take] = []
    for demand in demands:
        open_quantity = demand.quantity
        for lot in shelf:
            if lot.size_id != demand.size_id:
                continue
            quantity = min(open_quantity, left[lot.lot_id])
            if quantity > 0:
                left[lot.lot_id] -= quantity
                open_quantity -= quantity
                takes.append(Take(line=demand.line, lot_id=lot.lot_id, quantity=quantity))
    return takes
