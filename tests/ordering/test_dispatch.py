"""The planned ship date: a working day, and for cold goods one that leaves no weekend in between."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import SettingError, read_settings
from shop.ordering.dispatch import may_leave_cold, on_weekdays, planned_ship_on

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


CHRISTMAS = {date(2026, 12, 24), date(2026, 12, 25)}


def open_but_for_christmas(day: date) -> bool:
    return on_weekdays(day) and day not in CHRISTMAS


@pytest.mark.parametrize(
    ("ordered", "working_days", "cold", "expected"),
    [
        (date(2026, 12, 22), 1, False, date(2026, 12, 23)),
        # The day after would be a holiday, and after it a weekend.
        (date(2026, 12, 22), 1, True, date(2026, 12, 28)),
        (date(2026, 12, 23), 1, False, date(2026, 12, 28)),
        (date(2026, 12, 21), 1, True, date(2026, 12, 22)),
    ],
)
def test_a_closed_day_counts_like_a_weekend(
    ordered: date, working_days: int, cold: bool, expected: date
) -> None:
    found = planned_ship_on(ordered, working_days=working_days, cold_chain=cold, works=open_but_for_christmas)
    assert found == expected


@given(days, counts, st.sets(days, max_size=30))
def test_what_is_planned_for_cold_goods_may_leave_that_day(
    ordered: date, working_days: int, closed: set[date]
) -> None:
    def works(day: date) -> bool:
        return on_weekdays(day) and day not in closed

    found = planned_ship_on(ordered, working_days=working_days, cold_chain=True, works=works)
    assert may_leave_cold(found, works)


def test_the_list_of_closed_days_takes_dates_and_days_of_each_year(tmp_path: Path) -> None:
    env = {"DATA_DIR": str(tmp_path), "NON_WORKING_DAYS": "12-25, 2027-04-05"}
    assert read_settings(env).non_working_days == {"12-25", "2027-04-05"}
    for wrong in ("25.12.", "2027-4-5", "13-01", "12-25;12-26", "tomorrow"):
        with pytest.raises(SettingError, match="NON_WORKING_DAYS"):
            read_settings(env | {"NON_WORKING_DAYS": wrong})
    every_day = ",".join(f"{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29))
    with pytest.raises(SettingError, match="too few days"):
        read_settings(env | {"NON_WORKING_DAYS": every_day})
