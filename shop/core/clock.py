"""What time it is: UTC, aware, and one place where tests may move it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta

_offset: ContextVar[timedelta] = ContextVar("clock_offset", default=timedelta(0))


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC) + _offset.get()


def today() -> date:
    """The present day in UTC."""
    return now().date()


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Move the clock of this context, for tests of holds, retest dates and late events."""
    token = _offset.set(_offset.get() + by)
    try:
        yield
    finally:
        _offset.reset(token)


def add_working_days(day: date, count: int) -> date:
    """The date `count` working days (Monday to Friday) after `day`; weekends do not count."""
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < 5:
            count -= 1
    return day
