"""First expired, first out: which lots fill an order.

1. The lots of a size are taken in the order of removal date, then filling date, then id.
2. A line takes from the first lot until it is empty, then from the next: lines split over lots. A line that
   wants all its vials from one lot takes the first lot that has them all.
3. A line takes only what it may: vials held for it alone come first; lots that keep too short for its wish
   are passed over, and shorter-dated lots too, unless it asks for them.
4. The lines of a size are planned together, those that can use the fewest lots first, so that two lines never
   count the same vials twice and an easy line does not take what only a hard one can use.
5. The plan is whole or not at all; a shortage says of every size that falls short what could be had instead.

The same lots and lines always give the same plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date


@dataclass(frozen=True, kw_only=True)
class LotOnShelf:
    """What allocation sees of a lot that may be sold on the planned ship date.

    `keeps_until` is the earlier of retest and expiry. A lot may stand on the shelf twice: its free vials, and
    those `kept_for` a hold.
    """

    lot_id: int
    size_id: int
    removal_on: date
    filled_on: date
    available: int
    number: str = ""
    keeps_until: date = date.max
    short_dated: bool = False
    kept_for: int | None = None


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Vials of one size wanted by one line, and what the line asks of its lots."""

    line: int
    size_id: int
    quantity: int
    one_lot: bool = False
    """All vials from one lot."""
    keeps_until: date | None = None
    """The lots' earlier of retest and expiry is this day or later."""
    short_dated: bool = False
    """Shorter-dated lots are fine too."""
    hold: int | None = None
    """A hold whose vials this line may draw on."""


@dataclass(frozen=True, kw_only=True, order=True)
class Take:
    """Vials of one lot for one line; `kept` of them come out of the line's hold."""

    line: int
    lot_id: int
    quantity: int
    kept: int = 0


@dataclass(frozen=True, kw_only=True)
class Shortage:
    """What could be had of a size that falls short."""

    size_id: int
    available: int
    """Vials there are, without regard to wishes; shorter-dated ones only if some line asks for them."""
    with_short_dated: int
    """The same with every shorter-dated lot."""
    keeping: int
    """Those of them that keep as long as every line asks."""
    in_one_lot: int
    """The most that one lot has of those."""
    split: tuple[Take, ...]
    """The plan with the wish for one lot given up, if there is one."""


class NotEnough(Exception):
    """Some sizes fall short; `available` says how many vials there are of each that does."""

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        super().__init__(f"not enough vials of sizes {[each.size_id for each in shortages]}")
        self.shortages = {each.size_id: each for each in shortages}
        self.available = {each.size_id: each.available for each in shortages}


def first_expired_first(lots: Iterable[LotOnShelf]) -> list[LotOnShelf]:
    """Lots in the order they leave the shelf: removal date, filling date, id."""
    return sorted(lots, key=lambda lot: (lot.removal_on, lot.filled_on, lot.lot_id))


def allocate(demands: Sequence[Demand], lots: Iterable[LotOnShelf]) -> list[Take]:
    """Plan which lot fills which line.

    Raises:
        NotEnough: the lots of at least one size do not cover what is wanted of it, as it is wanted.
    """
    shelf = first_expired_first(lots)
    plan: list[Take] = []
    shortages: list[Shortage] = []
    for size_id in dict.fromkeys(demand.size_id for demand in demands):
        wanted = [demand for demand in demands if demand.size_id == size_id]
        there = [lot for lot in shelf if lot.size_id == size_id]
        found = _plan(_hardest_first(wanted), _stock(there))
        if found is None:
            shortages.append(_shortage(size_id, wanted, there))
        else:
            plan += found
    if shortages:
        raise NotEnough(shortages)
    places = {demand.line: place for place, demand in enumerate(demands)}
    return sorted(plan, key=lambda take: places[take.line])


def as_far_as_possible(demands: Sequence[Demand], lots: Iterable[LotOnShelf]) -> list[Take]:
    """Plan what there is of some lines, all of them or not; a line that gets nothing is left out.

    Lines that can use the fewest lots are filled first, each as far as its lots go. A line that wants all its
    vials from one lot gets them from one: the first that has them all, else the one that has the most.
    """
    shelf = first_expired_first(lots)
    plan: list[Take] = []
    left = _stock(shelf)
    for demand in _hardest_first(demands):
        found = next(_ways(demand, left), None) or _part(demand, left)
        if found is not None:
            takes, left = found
            plan += takes
    places = {demand.line: place for place, demand in enumerate(demands)}
    return sorted(plan, key=lambda take: places[take.line])


def suits(lot: LotOnShelf, demand: Demand) -> bool:
    """Whether a line may take from a lot."""
    return (
        lot.size_id == demand.size_id
        and lot.kept_for in (None, demand.hold)
        and (demand.keeps_until is None or lot.keeps_until >= demand.keeps_until)
        and (demand.short_dated or not lot.short_dated)
    )


_Stock = dict[LotOnShelf, int]
"""What is left of each entry of the shelf, in its order."""


def _stock(lots: Iterable[LotOnShelf]) -> _Stock:
    return {lot: lot.available for lot in lots if lot.available > 0}


def _hardest_first(demands: Iterable[Demand]) -> list[Demand]:
    return sorted(
        demands,
        key=lambda each: (
            each.hold is None,
            not each.one_lot,
            -(each.keeps_until or date.min).toordinal(),
            each.short_dated,
            each.line,
        ),
    )


def _plan(demands: Sequence[Demand], left: _Stock) -> list[Take] | None:
    """The first way of filling every line in turn, or None."""
    if not demands:
        return []
    demand, rest = demands[0], demands[1:]
    for takes, remaining in _ways(demand, left):
        others = _plan(rest, remaining)
        if others is not None:
            return takes + others
    return None


def _ways(demand: Demand, left: _Stock) -> Iterator[tuple[list[Take], _Stock]]:
    """How a line can be filled: from each lot that has it all, or by going through the lots once."""
    suitable = [lot for lot in left if suits(lot, demand)]
    held = {lot.lot_id for lot in suitable if lot.kept_for is not None}
    # What is held for the line comes first, then more of the same lot. Sorting keeps the order otherwise.
    suitable.sort(key=lambda lot: (lot.lot_id not in held, lot.kept_for is None))
    if demand.one_lot:
        for lot_id in dict.fromkeys(lot.lot_id for lot in suitable):
            found = _fill(demand, [lot for lot in suitable if lot.lot_id == lot_id], left)
            if found is not None:
                yield found
        return
    found = _fill(demand, suitable, left)
    if found is not None:
        yield found


def _part(demand: Demand, left: _Stock) -> tuple[list[Take], _Stock] | None:
    """The most that a line which cannot be filled can have; None where it is nothing."""
    there = {lot: left[lot] for lot in left if left[lot] > 0 and suits(lot, demand)}
    of_lot: dict[int, int] = {}
    for lot, vials in there.items():
        of_lot[lot.lot_id] = of_lot.get(lot.lot_id, 0) + vials
    if not of_lot:
        return None
    most = max(of_lot.values()) if demand.one_lot else sum(of_lot.values())
    return next(_ways(replace(demand, quantity=min(most, demand.quantity)), left), None)


def _fill(demand: Demand, lots: Sequence[LotOnShelf], left: _Stock) -> tuple[list[Take], _Stock] | None:
    """Take from these lots in turn; None where they do not have enough."""
    remaining, takes, wanted = dict(left), dict[int, Take](), demand.quantity
    for lot in lots:
        quantity = min(wanted, remaining[lot])
        if quantity == 0:
            continue
        remaining[lot] -= quantity
        wanted -= quantity
        kept = quantity if lot.kept_for is not None else 0
        before = takes.get(lot.lot_id, Take(line=demand.line, lot_id=lot.lot_id, quantity=0))
        takes[lot.lot_id] = replace(before, quantity=before.quantity + quantity, kept=before.kept + kept)
    return (list(takes.values()), remaining) if wanted == 0 else None


def _shortage(size_id: int, demands: Sequence[Demand], lots: Sequence[LotOnShelf]) -> Shortage:
    holds = {demand.hold for demand in demands}
    mine = [lot for lot in lots if lot.kept_for is None or lot.kept_for in holds]
    ordinary = [lot for lot in mine if not lot.short_dated or any(each.short_dated for each in demands)]
    longest = max((each.keeps_until or date.min for each in demands), default=date.min)
    keeping = [lot for lot in ordinary if lot.keeps_until >= longest]
    split = _plan(_hardest_first(replace(each, one_lot=False) for each in demands), _stock(lots))
    in_one_lot = [
        sum(each.available for each in keeping if each.lot_id == lot_id)
        for lot_id in {lot.lot_id for lot in keeping}
    ]
    return Shortage(
        size_id=size_id,
        available=sum(lot.available for lot in ordinary),
        with_short_dated=sum(lot.available for lot in mine),
        keeping=sum(lot.available for lot in keeping),
        in_one_lot=max(in_one_lot, default=0),
        split=tuple(split or ()),
    )
