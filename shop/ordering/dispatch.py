"""When an order is planned to ship: the one date that availability, reservation and pick are tested at."""

from __future__ import annotations

from datetime import date, timedelta

from shop.core.clock import add_working_days

FRIDAY = 4


def planned_ship_on(ordered: date, *, working_days: int, cold_chain: bool) -> date:
    """The working day an order placed on `ordered` leaves.

    Cold goods do not leave on a Friday, so that no parcel spends a weekend with a carrier.
    """
    ship_on = add_working_days(ordered, working_days)
    while ship_on.weekday() > FRIDAY or (cold_chain and ship_on.weekday() == FRIDAY):
        ship_on += timedelta(days=1)
    return ship_on
