"""First expired, first out: the laws every plan keeps, whatever the shelf and the order look like."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.inventory.allocation import Demand, LotOnShelf, NotEnough, Take, allocate, first_expired_first

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
