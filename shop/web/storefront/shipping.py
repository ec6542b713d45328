"""When an order placed now would leave. Stock on public pages is what could be sold for that day."""

from __future__ import annotations

from shop.core import clock
from shop.ordering.dispatch import ship_day
from shop.search.listing import ShipDates


def ship_dates() -> ShipDates:
    """The planned day, without and with cold goods in the parcel."""
    today = clock.today()
    return ShipDates(
        ambient=ship_day(today, cold_chain=False),
        cold=ship_day(today, cold_chain=True),
    )
