"""The planned ship date: a working day, and for cold goods one that leaves no weekend in between."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.ordering.dispatch import planned_ship_on

MONDAY, THURSDAY, FRIDAY, SATURDAY = (date(2026, 11, day) for day in (2, 5, 6, 7))
NEXT_MONDAY = date(2026, 11, 9)
days = st.dates(date(2020, 1, 1), date(2040, 1, 1))
counts = st.integers(0, 15)


@pytest.mark.parametrize(
    ("ordered", "working_days", "cold", "expected"),
    [
        (MONDAY, 1, False, MONDAY + timedelta(days=1)),
        (MONDAY, 0, False, MONDAY),
        (THURSDAY, 1, False, FRIDAY),
        (THURSDAY, 1, True, NEXT_MONDAY),
        (FRIDAY, 1, False, NEXT_MONDAY),
        (FRIDAY, 0, True, NEXT_MONDAY),
        (FRIDAY, 0, False, FRIDAY),
        (SATURDAY, 0, False, NEXT_MONDAY),
        (SATURDAY, 1, True, NEXT_MONDAY),
        (MONDAY, 4, True, NEXT_MONDAY),
        (MONDAY, 5, True, NEXT_MONDAY),
    ],
)
def test_the_day_an_order_leaves(ordered: date, working_days: int, cold: bool, expected: date) -> None:
    assert planned_ship_on(ordered, working_days=working_days, cold_chain=cold) == expected


@given(days, counts, st.booleans())
def test_nothing_leaves_on_a_weekend_and_nothing_cold_on_a_friday(
    ordered: date, working_days: int, cold: bool
) -> None:
    found = planned_ship_on(ordered, working_days=working_days, cold_chain=cold)
    assert found >= ordered
    assert found.isoweekday() <= (4 if cold else 5)


@given(days, counts)
def test_cold_goods_wait_for_monday_just_when_others_leave_on_friday(
    ordered: date, working_days: int
) -> None:
    warm = planned_ship_on(ordered, working_days=working_days, cold_chain=False)
    cold = planned_ship_on(ordered, working_days=working_days, cold_chain=True)
    assert cold - warm == (timedelta(days=3) if warm.isoweekday() == 5 else timedelta(0))


@given(days, counts, st.booleans())
def test_an_order_placed_later_never_leaves_sooner(ordered: date, working_days: int, cold: bool) -> None:
    today, tomorrow = (
        planned_ship_on(day, working_days=working_days, cold_chain=cold)
        for day in (ordered, ordered + timedelta(days=1))
    )
    assert today <= tomorrow
