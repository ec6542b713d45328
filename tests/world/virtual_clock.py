"""A clock that only a test moves, for the shop and for Stripe's stand-in alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from shop.core import clock
from shop.demo.stripe_stand_in.account import Account

BEGINNING = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
"""A Monday morning after every date in the builders."""


class VirtualClock:
    """The present moment of one test. It stands still but for a microsecond at each look."""

    def __init__(self, start: datetime = BEGINNING) -> None:
        self._moment = start

    def now(self) -> datetime:
        """What `clock.now` answers; a shift of the shop's own clock shows only there."""
        self._moment += timedelta(microseconds=1)
        return self._moment + clock._offset.get()

    def advance(self, **by: float) -> None:
        """Let time pass: `seconds=15`, `days=3`."""
        self._moment += timedelta(**by)

    @property
    def moment(self) -> datetime:
        """The moment by the clock on the wall, which no fault shifts."""
        return self._moment

    @contextmanager
    def ticking(self, account: Account | None = None) -> Iterator[VirtualClock]:
        """Go by this clock, and let Stripe's account go by it too."""
        with patch.object(clock, "now", self.now):
            if account is None:
                yield self
                return
            with patch.object(account, "now", lambda: int(self._moment.timestamp())):
                yield self
