"""The worker by a virtual clock: the outbox at every turn, each job when its period has passed."""

from __future__ import annotations

from datetime import datetime
from unittest.mock import patch

from flask import Flask
from sqlalchemy.exc import DBAPIError
from virtual_clock import VirtualClock

from shop import worker
from shop.core import jobs


class Worker:
    """One worker, which can be stopped and begun anew like the process it stands for."""

    def __init__(self, app: Flask, clock: VirtualClock) -> None:
        self._app = app
        self._clock = clock
        self._began = clock.moment
        self._timetable = jobs.Timetable()

    def turn(self) -> None:
        """One round, as `worker.turn` makes it."""
        with patch("shop.core.jobs.time.monotonic", self._monotonic):
            worker.turn(self._timetable)

    def restarted(self) -> None:
        """A new process: every job is due at once."""
        self._timetable = jobs.Timetable()

    def work(self, seconds: int, *, every: int = 5) -> None:
        """Let time pass and turn every few seconds."""
        for _turn in range(max(1, seconds // every)):
            self._clock.advance(seconds=every)
            try:
                self.turn()
            except DBAPIError:
                continue  # as `worker.work`: tried again at the next turn

    def _monotonic(self) -> float:
        # The timetable takes 0 for "never yet".
        return 1.0 + (self._moment() - self._began).total_seconds()

    def _moment(self) -> datetime:
        return self._clock.moment
