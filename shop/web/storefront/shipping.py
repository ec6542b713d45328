"""When an order placed now would leave. Stock on public pages is what could be sold for that day."""

from __future__ import annotations

from shop.core import clock
from shop.core.settings import settings
from shop.ordering.dispatch import planned_ship_on
from shop.search.listing import ShipDates


def ship_dates() -> ShipDates:
    """The planned day, without and with cold goods in the parcel."""
    today, days = clock.today(), settings().dispatch_days
    return ShipDates(
        ambient=planned_ship_on(today, working_days=days, cold_chain=False),
        cold=planned_ship_on(today, working_days=days, cold_chain=True),
    )
