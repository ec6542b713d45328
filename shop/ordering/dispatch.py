"""When an order is planned to ship, and when cold goods may not leave.

The planned day is the one date that availability, reservation and pick are tested at. Days on which nobody
works are the shop's own (setting `NON_WORKING_DAYS`), beside Saturday and Sunday.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from shop.core.settings import settings

Works = Callable[[date], bool]

_SATURDAY = 5
_DAY = timedelta(days=1)


def on_weekdays(day: date) -> bool:
    """Whether a day is from Monday to Friday."""
    return day.weekday() < _SATURDAY


def works(day: date) -> bool:
    """Whether the shop works on a day: a weekday that its list does not close, as a date or each year."""
    closed = settings().non_working_days
    return on_weekdays(day) and day.isoformat() not in closed and f"{day:%m-%d}" not in closed


def may_leave_cold(day: date, works: Works) -> bool:
    """Whether cold goods may leave on a day: somebody works then and on the day after.

    So nothing cold leaves on a Friday or before a holiday, to spend the days with a carrier.
    """
    return works(day) and works(day + _DAY)


def planned_ship_on(
    ordered: date, *, working_days: int, cold_chain: bool, works: Works = on_weekdays
) -> date:
    """The working day an order placed on `ordered` leaves, for cold goods one that `may_leave_cold`."""
    ship_on = ordered
    while working_days > 0:
        ship_on += _DAY
        if works(ship_on):
            working_days -= 1
    while not (may_leave_cold(ship_on, works) if cold_chain else works(ship_on)):
        ship_on += _DAY
    return ship_on


def ship_day(ordered: date, *, cold_chain: bool) -> date:
    """The planned day by the shop's own calendar and its working days from order to dispatch."""
    return planned_ship_on(ordered, working_days=settings().dispatch_days, cold_chain=cold_chain, works=works)
