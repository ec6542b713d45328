"""The clock: UTC, aware, moved by tests in their own context only; and working days."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.core import clock

days = st.dates(date(2020, 1, 1), date(2040, 1, 1))
A_MOMENT = timedelta(seconds=5)


def test_now_is_the_present_in_utc_and_knows_it() -> None:
    assert clock.now().tzinfo == UTC
    assert abs(clock.now() - datetime.now(UTC)) < A_MOMENT
    assert clock.today() in {datetime.now(UTC).date(), (datetime.now(UTC) - A_MOMENT).date()}


def test_a_shifted_clock_moves_now_and_today_and_comes_back() -> None:
    real = datetime.now(UTC)
    with clock.shifted(timedelta(days=40)):
        assert abs(clock.now() - real - timedelta(days=40)) < A_MOMENT
        assert clock.today() == clock.now().date()
        with clock.shifted(timedelta(days=-41)):
            assert abs(clock.now() - real + timedelta(days=1)) < A_MOMENT
        assert abs(clock.now() - real - timedelta(days=40)) < A_MOMENT
    with pytest.raises(ZeroDivisionError), clock.shifted(timedelta(days=1)):
        raise ZeroDivisionError
    assert abs(clock.now() - real) < A_MOMENT


def test_another_thread_keeps_its_own_time() -> None:
    seen: list[datetime] = []
    with clock.shifted(timedelta(days=40)):
        thread = threading.Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()
    assert abs(seen[0] - datetime.now(UTC)) < A_MOMENT


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 11, 2), 1, date(2026, 11, 3)),
        (date(2026, 11, 6), 1, date(2026, 11, 9)),
        (date(2026, 11, 7), 1, date(2026, 11, 9)),
        (date(2026, 11, 8), 1, date(2026, 11, 9)),
        (date(2026, 11, 6), 5, date(2026, 11, 13)),
        (date(2026, 11, 2), 10, date(2026, 11, 16)),
        (date(2026, 11, 4), 0, date(2026, 11, 4)),
        (date(2026, 12, 31), 1, date(2027, 1, 1)),
    ],
)
def test_working_days_leave_out_weekends(day: date, count: int, expected: date) -> None:
    assert clock.add_working_days(day, count) == expected


@given(days, st.integers(1, 60))
def test_there_are_just_so_many_working_days_up_to_the_one_found(day: date, count: int) -> None:
    found = clock.add_working_days(day, count)
    passed = [day + timedelta(days=each) for each in range(1, (found - day).days + 1)]
    assert sum(each.isoweekday() <= 5 for each in passed) == count
    assert found.isoweekday() <= 5


@given(days, st.integers(0, 20), st.integers(0, 20))
def test_working_days_add_up(day: date, first: int, second: int) -> None:
    both = clock.add_working_days(clock.add_working_days(day, first), second)
    assert both == clock.add_working_days(day, first + second)
