"""How long a lot stays on the shelf."""

from __future__ import annotations

from datetime import date, timedelta


def removal_date(retest_on: date | None, expires_on: date | None, *, margin_days: int) -> date:
    """The day a lot leaves the shelf: the earlier of retest and expiry, less a margin.

    Raises:
        ValueError: neither date is known.
    """
    dates = [each for each in (retest_on, expires_on) if each is not None]
    return min(dates) - timedelta(days=margin_days)
