"""First expired, first out: the laws every plan keeps, whatever the shelf and the order look like."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop.inventory.allocation import (
    Demand,
    LotOnShelf,
    NotEnough,
    Take,
    allocate,
    as_far_as_possible,
    first_expired_first,
    suits,
)

FIRST_DAY = date(2027, 1, 1)
SIZES = (1, 2, 3)

# Few days and few sizes, so that equal dates and shared sizes come up often.
days = st.integers(0, 3).map(lambda count: FIRST_DAY + timedelta(days=count))
demand_lists = st.lists(st.tuples(st.sampled_from(SIZES), st.integers(1, 12)), max_size=6).map(
    lambda wanted: [
        Demand(line=position, size_id=size, quantity=quantity)
        for position, (size, quantity) in enumerate(wanted, start=1)
    ]
)


@st.composite
def shelves(draw: st.DrawFn) -> list[LotOnShelf]:
    ids = draw(st.lists(st.integers(1, 50), unique=True, max_size=8))
    return [
        LotOnShelf(
            lot_id=lot_id,
            size_id=draw(st.sampled_from(SIZES)),
            removal_on=draw(days),
            filled_on=draw(days),
            available=draw(st.integers(0, 9)),
        )
        for lot_id in ids
    ]


def lot(lot_id: int, *, removal: int = 0, filled: int = 0, available: int = 5, size: int = 1) -> LotOnShelf:
    return LotOnShelf(
        lot_id=lot_id,
        size_id=size,
        removal_on=FIRST_DAY + timedelta(days=removal),
        filled_on=FIRST_DAY + timedelta(days=filled),
        available=available,
    )


def taken(demands: Sequence[Demand], shelf: Sequence[LotOnShelf]) -> dict[int, dict[int, int]]:
    """Vials by line and lot."""
    found: dict[int, dict[int, int]] = {}
    for take in allocate(demands, shelf):
        found.setdefault(take.line, {})[take.lot_id] = take.quantity
    return found


def test_a_line_that_takes_shorter_dated_vials_leaves_the_others_to_a_line_that_does_not() -> None:
    shelf = [lot(1, available=2), replace(lot(2, removal=1, available=2), short_dated=True)]
    easy = Demand(line=1, size_id=1, quantity=2, short_dated=True)
    assert taken([easy, Demand(line=2, size_id=1, quantity=2)], shelf) == {1: {2: 2}, 2: {1: 2}}


def test_a_line_without_a_wish_for_shelf_life_leaves_the_long_lots_to_a_line_with_one() -> None:
    shelf = [
        replace(lot(1, available=2), keeps_until=FIRST_DAY + timedelta(days=300)),
        replace(lot(2, removal=1, available=2), keeps_until=FIRST_DAY + timedelta(days=30)),
    ]
    hard = Demand(line=2, size_id=1, quantity=2, keeps_until=FIRST_DAY + timedelta(days=200))
    assert taken([Demand(line=1, size_id=1, quantity=2), hard], shelf) == {1: {2: 2}, 2: {1: 2}}


def test_the_holder_of_kept_vials_gets_more_of_the_same_lot_before_anybody_else() -> None:
    shelf = [lot(1, available=2), replace(lot(1, available=1), kept_for=7), lot(2, removal=1, available=2)]
    holder = Demand(line=2, size_id=1, quantity=2, hold=7)
    assert taken([Demand(line=1, size_id=1, quantity=2), holder], shelf) == {1: {1: 1, 2: 1}, 2: {1: 2}}


def test_a_shortage_counts_shorter_dated_vials_as_keeping_only_when_they_were_asked_for() -> None:
    shelf = [lot(1, available=1), replace(lot(2, available=5), short_dated=True)]
    with pytest.raises(NotEnough) as refused:
        allocate([Demand(line=1, size_id=1, quantity=3)], shelf)
    short = refused.value.shortages[1]
    assert (short.available, short.with_short_dated, short.keeping, short.in_one_lot) == (1, 6, 1, 1)


def wanted(demands: Sequence[Demand]) -> Counter[int]:
    sums: Counter[int] = Counter()
    for demand in demands:
        sums[demand.size_id] += demand.quantity
    return sums


def there(shelf: Sequence[LotOnShelf]) -> Counter[int]:
    sums: Counter[int] = Counter()
    for each in shelf:
        sums[each.size_id] += each.available
    return sums


def plan_or_none(demands: Sequence[Demand], shelf: Iterable[LotOnShelf]) -> list[Take] | None:
    try:
        return allocate(demands, shelf)
    except NotEnough:
        return None


def of_lots(takes: Sequence[Take]) -> Counter[int]:
    sums: Counter[int] = Counter()
    for take in takes:
        sums[take.lot_id] += take.quantity
    return sums


def test_a_line_splits_over_lots_in_the_order_they_leave_the_shelf() -> None:
    shelf = [lot(1, removal=9, available=4), lot(2, removal=1, available=2), lot(3, removal=5, available=1)]
    assert allocate([Demand(line=1, size_id=1, quantity=5)], shelf) == [
        Take(line=1, lot_id=2, quantity=2),
        Take(line=1, lot_id=3, quantity=1),
        Take(line=1, lot_id=1, quantity=2),
    ]


def test_removal_date_decides_before_filling_date_and_filling_date_before_id() -> None:
    last, second, first, third = (
        lot(1, removal=2, filled=0),
        lot(8, removal=1, filled=0),
        lot(9, removal=0, filled=3),
        lot(7, removal=1, filled=1),
    )
    fourth = lot(11, removal=1, filled=1)
    assert first_expired_first([last, fourth, third, second, first]) == [first, second, third, fourth, last]


@given(demand_lists, shelves())
def test_every_line_gets_just_what_it_asked_for_or_there_is_no_plan(
    demands: list[Demand], shelf: list[LotOnShelf]
) -> None:
    takes = plan_or_none(demands, shelf)
    enough = all(there(shelf)[size] >= quantity for size, quantity in wanted(demands).items())
    assert (takes is not None) == enough
    for demand in demands if takes is not None else []:
        assert sum(take.quantity for take in takes or [] if take.line == demand.line) == demand.quantity


@given(demand_lists, shelves())
def test_no_lot_gives_more_than_it_has_nor_to_a_line_of_another_size(
    demands: list[Demand], shelf: list[LotOnShelf]
) -> None:
    takes = plan_or_none(demands, shelf) or []
    lots = {each.lot_id: each for each in shelf}
    lines = {demand.line: demand for demand in demands}
    for lot_id, quantity in of_lots(takes).items():
        assert quantity <= lots[lot_id].available
    for take in takes:
        assert take.quantity >= 1
        assert lots[take.lot_id].size_id == lines[take.line].size_id
    assert len({(take.line, take.lot_id) for take in takes}) == len(takes), "one take a line and lot"


@given(demand_lists, shelves())
def test_a_lot_is_opened_only_when_every_lot_before_it_is_empty(
    demands: list[Demand], shelf: list[LotOnShelf]
) -> None:
    taken = of_lots(plan_or_none(demands, shelf) or [])
    for opened in shelf:
        if not taken[opened.lot_id]:
            continue
        for other in shelf:
            sooner = (other.removal_on, other.filled_on, other.lot_id) < (
                opened.removal_on,
                opened.filled_on,
                opened.lot_id,
            )
            if sooner and other.size_id == opened.size_id:
                assert taken[other.lot_id] == other.available


@given(demand_lists, shelves(), st.randoms(use_true_random=False))
def test_the_order_in_which_lots_are_listed_changes_nothing(
    demands: list[Demand], shelf: list[LotOnShelf], chance: random.Random
) -> None:
    shuffled = list(shelf)
    chance.shuffle(shuffled)
    assert plan_or_none(demands, shuffled) == plan_or_none(demands, shelf)
    assert plan_or_none(demands, iter(shelf)) == plan_or_none(demands, shelf)


@given(shelves(), st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_lines_of_one_size_take_the_same_lots_as_one_line_of_their_sum(
    shelf: list[LotOnShelf], parts: list[int]
) -> None:
    split = [Demand(line=line, size_id=1, quantity=part) for line, part in enumerate(parts, start=1)]
    merged = plan_or_none([Demand(line=1, size_id=1, quantity=sum(parts))], shelf)
    takes = plan_or_none(split, shelf)
    assert (takes is None) == (merged is None)
    assert of_lots(takes or []) == of_lots(merged or [])


@given(demand_lists, shelves())
def test_lines_of_other_sizes_do_not_disturb_each_other(
    demands: list[Demand], shelf: list[LotOnShelf]
) -> None:
    takes = plan_or_none(demands, shelf)
    if takes is None:
        return
    for size in SIZES:
        lines = {demand.line for demand in demands if demand.size_id == size}
        alone = allocate([demand for demand in demands if demand.size_id == size], shelf)
        assert alone == [take for take in takes if take.line in lines]


@given(demand_lists, shelves())
def test_a_shortage_names_just_the_sizes_that_fall_short_and_what_is_left_of_each(
    demands: list[Demand], shelf: list[LotOnShelf]
) -> None:
    short = {
        size: there(shelf)[size]
        for size, quantity in wanted(demands).items()
        if quantity > there(shelf)[size]
    }
    if not short:
        return
    with pytest.raises(NotEnough) as refused:
        allocate(demands, shelf)
    assert refused.value.available == short


def test_two_lines_of_one_size_never_count_the_same_vials_twice() -> None:
    """Medusa 16502: each line alone fits, both together do not."""
    both = [Demand(line=1, size_id=1, quantity=6), Demand(line=2, size_id=1, quantity=6)]
    with pytest.raises(NotEnough) as refused:
        allocate(both, [lot(1, available=10)])
    assert refused.value.available == {1: 10}


def test_a_size_without_any_lot_is_short_with_none_left() -> None:
    with pytest.raises(NotEnough) as refused:
        allocate([Demand(line=1, size_id=2, quantity=1)], [lot(1)])
    assert refused.value.available == {2: 0}


def test_nothing_wanted_takes_nothing() -> None:
    assert allocate([], [lot(1)]) == []


# What lines ask of their lots.


@st.composite
def wishing(draw: st.DrawFn) -> list[Demand]:
    """At most three lines of one size, with any wishes."""
    return [
        Demand(
            line=line,
            size_id=1,
            quantity=draw(st.integers(1, 7)),
            one_lot=draw(st.booleans()),
            keeps_until=draw(st.none() | days),
            short_dated=draw(st.booleans()),
            hold=draw(st.sampled_from((None, 7, 8))),
        )
        for line in range(1, draw(st.integers(1, 3)) + 1)
    ]


@st.composite
def dated_shelves(draw: st.DrawFn) -> list[LotOnShelf]:
    """Up to four lots, dated as in a shop: what leaves the shelf later keeps later; some vials are held."""
    found = []
    for lot_id in range(1, draw(st.integers(0, 4)) + 1):
        removal = draw(days)
        each = LotOnShelf(
            lot_id=lot_id,
            size_id=1,
            removal_on=removal,
            filled_on=draw(days),
            available=draw(st.integers(1, 6)),
            keeps_until=removal,
            short_dated=removal == FIRST_DAY,
        )
        found.append(each)
        if draw(st.booleans()):
            hold = draw(st.sampled_from((7, 8)))
            vials = draw(st.integers(1, 3))
            found.append(replace(each, available=vials, kept_for=hold, short_dated=False))
    return found


@given(wishing(), dated_shelves())
def test_every_wish_of_a_line_is_kept_or_there_is_no_plan(
    demands: list[Demand], shelf: list[LotOnShelf]
) -> None:
    takes = plan_or_none(demands, shelf)
    if takes is None:
        return
    free = {each.lot_id: each for each in shelf if each.kept_for is None}
    held = {(each.lot_id, each.kept_for): each.available for each in shelf if each.kept_for is not None}
    drawn: Counter[tuple[int, int | None]] = Counter()
    loose: Counter[int] = Counter()
    for demand in demands:
        mine = [take for take in takes if take.line == demand.line]
        assert sum(take.quantity for take in mine) == demand.quantity
        assert len({take.lot_id for take in mine}) == len(mine)
        assert not demand.one_lot or len(mine) == 1
        for take in mine:
            lot = free[take.lot_id]
            assert 0 <= take.kept <= take.quantity
            assert demand.keeps_until is None or lot.keeps_until >= demand.keeps_until
            if take.quantity > take.kept:
                assert demand.short_dated or not lot.short_dated
            drawn[take.lot_id, demand.hold] += take.kept
            loose[take.lot_id] += take.quantity - take.kept
    for key, vials in drawn.items():
        assert vials <= held.get((key[0], key[1] or 0), 0), "only what is held for this line's hold"
    for lot_id, vials in loose.items():
        assert vials <= free[lot_id].available


def every_way(demands: Sequence[Demand], left: dict[LotOnShelf, int]) -> bool:
    """Whether the lines can be filled at all, by trying everything."""
    if not demands:
        return True
    demand, rest = demands[0], demands[1:]
    suitable = [each for each in left if suits(each, demand)]

    def fill(lots: Sequence[LotOnShelf], wanted: int, remaining: dict[LotOnShelf, int]) -> bool:
        if wanted == 0:
            return every_way(rest, remaining)
        if not lots:
            return False
        most = min(wanted, remaining[lots[0]])
        return any(
            fill(lots[1:], wanted - taken, remaining | {lots[0]: remaining[lots[0]] - taken})
            for taken in range(most + 1)
        )

    if not demand.one_lot:
        return fill(suitable, demand.quantity, left)
    return any(
        fill([each for each in suitable if each.lot_id == lot_id], demand.quantity, left)
        for lot_id in {each.lot_id for each in suitable}
    )


@settings(max_examples=60)
@given(wishing(), dated_shelves())
def test_a_plan_is_found_wherever_there_is_one(demands: list[Demand], shelf: list[LotOnShelf]) -> None:
    """Against trying everything, where no line draws on a hold: who does draws on it first, come what may."""
    without = [replace(demand, hold=None) for demand in demands]
    lots = {each: each.available for each in shelf}
    assert (plan_or_none(without, shelf) is not None) == every_way(without, lots)


def test_all_vials_from_one_lot_come_from_the_first_lot_that_has_them_all() -> None:
    shelf = [lot(1, removal=0, available=4), lot(2, removal=1, available=5), lot(3, removal=2, available=9)]
    whole = Demand(line=1, size_id=1, quantity=5, one_lot=True)
    assert allocate([whole], shelf) == [Take(line=1, lot_id=2, quantity=5)]
    assert allocate([replace(whole, quantity=4)], shelf) == [Take(line=1, lot_id=1, quantity=4)]
    with pytest.raises(NotEnough) as refused:
        allocate([replace(whole, quantity=10)], shelf)
    shortage = refused.value.shortages[1]
    assert (shortage.available, shortage.in_one_lot) == (18, 9)
    assert shortage.split == (
        Take(line=1, lot_id=1, quantity=4),
        Take(line=1, lot_id=2, quantity=5),
        Take(line=1, lot_id=3, quantity=1),
    )


def test_a_line_that_wants_one_lot_is_served_before_one_that_takes_what_comes() -> None:
    easy = Demand(line=1, size_id=1, quantity=3)
    whole = Demand(line=2, size_id=1, quantity=5, one_lot=True)
    assert allocate([easy, whole], [lot(1, removal=0, available=5), lot(2, removal=1, available=3)]) == [
        Take(line=1, lot_id=2, quantity=3),
        Take(line=2, lot_id=1, quantity=5),
    ]


def test_lots_that_keep_too_short_are_passed_over() -> None:
    shelf = [
        replace(lot(1, removal=0), keeps_until=FIRST_DAY + timedelta(days=30)),
        replace(lot(2, removal=1), keeps_until=FIRST_DAY + timedelta(days=31)),
    ]
    long = Demand(line=1, size_id=1, quantity=2, keeps_until=FIRST_DAY + timedelta(days=31))
    assert allocate([long], shelf) == [Take(line=1, lot_id=2, quantity=2)]
    with pytest.raises(NotEnough) as refused:
        allocate([replace(long, quantity=6)], shelf)
    assert (refused.value.shortages[1].available, refused.value.shortages[1].keeping) == (10, 5)


def test_shorter_dated_lots_are_taken_only_by_lines_that_ask_and_then_first() -> None:
    shelf = [replace(lot(1, removal=0), short_dated=True), lot(2, removal=1)]
    usual = Demand(line=1, size_id=1, quantity=2)
    assert allocate([usual], shelf) == [Take(line=1, lot_id=2, quantity=2)]
    assert allocate([replace(usual, short_dated=True)], shelf) == [Take(line=1, lot_id=1, quantity=2)]
    with pytest.raises(NotEnough) as refused:
        allocate([replace(usual, quantity=6)], shelf)
    assert (refused.value.available, refused.value.shortages[1].with_short_dated) == ({1: 5}, 10)


def test_a_line_draws_on_its_hold_first_then_on_the_same_lot_and_never_on_anothers_hold() -> None:
    shelf = [
        lot(1, removal=0, available=9),
        lot(2, removal=1, available=2),
        replace(lot(2, removal=1, available=3), kept_for=7),
        replace(lot(2, removal=1, available=4), kept_for=8),
    ]
    mine = Demand(line=1, size_id=1, quantity=6, hold=7)
    assert allocate([mine], shelf) == [
        Take(line=1, lot_id=2, quantity=5, kept=3),
        Take(line=1, lot_id=1, quantity=1),
    ]
    assert allocate([replace(mine, quantity=5, one_lot=True)], shelf) == [
        Take(line=1, lot_id=2, quantity=5, kept=3)
    ]
    assert allocate([replace(mine, hold=None, quantity=10)], shelf) == [
        Take(line=1, lot_id=1, quantity=9),
        Take(line=1, lot_id=2, quantity=1),
    ]


@given(demand_lists, shelves())
def test_what_there_is_is_the_whole_plan_or_all_that_the_shelf_has(
    demands: list[Demand], lots: list[LotOnShelf]
) -> None:
    takes = as_far_as_possible(demands, lots)
    wanted, there, taken = Counter[int](), Counter[int](), Counter[int]()
    size_of = {each.line: each.size_id for each in demands}
    for each in demands:
        wanted[each.size_id] += each.quantity
    for shelf_lot in lots:
        there[shelf_lot.size_id] += shelf_lot.available
    of_lot, of_line = Counter[int](), Counter[int]()
    for take in takes:
        assert take.quantity > 0
        taken[size_of[take.line]] += take.quantity
        of_lot[take.lot_id] += take.quantity
        of_line[take.line] += take.quantity
    assert all(of_lot[each.lot_id] <= each.available for each in lots)
    assert all(of_line[each.line] <= each.quantity for each in demands)
    assert all(taken[size] == min(wanted[size], there[size]) for size in wanted)
    try:
        assert sorted(takes) == sorted(allocate(demands, lots))
    except NotEnough:
        assert sum(taken.values()) < sum(wanted.values())


def test_a_line_that_wants_one_lot_gets_the_most_that_one_lot_has() -> None:
    demands = [Demand(line=1, size_id=1, quantity=6, one_lot=True)]
    shelf = [lot(1, removal=0, available=2), lot(2, removal=1, available=4), lot(3, removal=2, available=4)]
    assert as_far_as_possible(demands, shelf) == [Take(line=1, lot_id=2, quantity=4)]
    assert as_far_as_possible(demands, []) == []


def test_of_two_lines_the_one_that_can_use_fewer_lots_is_filled_first() -> None:
    keeps = FIRST_DAY + timedelta(days=9)
    long, short = replace(lot(1, available=2), keeps_until=keeps), replace(lot(2), keeps_until=FIRST_DAY)
    demands = [
        Demand(line=1, size_id=1, quantity=5),
        Demand(line=2, size_id=1, quantity=3, keeps_until=keeps),
    ]
    takes = as_far_as_possible(demands, [long, replace(short, available=4)])
    assert takes == [Take(line=1, lot_id=2, quantity=4), Take(line=2, lot_id=1, quantity=2)]
