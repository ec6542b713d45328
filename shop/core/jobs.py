"""Periodic work: each room registers its jobs here, and the worker runs what is due.

A job is one function without arguments that is safe to run twice and from two workers at once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

log = logging.getLogger(__name__)


@dataclass
class Job:
    """A function and how often it runs."""

    name: str
    every: timedelta
    run: Callable[[], object]


_jobs: dict[str, Job] = {}


def job(name: str, *, every: timedelta) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Register a function as periodic work."""

    def register(function: Callable[[], object]) -> Callable[[], object]:
        _jobs[name] = Job(name, every, function)
        return function

    return register


def jobs() -> list[Job]:
    """All registered jobs."""
    return list(_jobs.values())


class Timetable:
    """Which jobs are due, measured on a clock that never jumps."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}

    def due(self) -> list[Job]:
        """Jobs to run now; each is due once per its period, the first time at once."""
        moment = time.monotonic()
        due = [each for each in jobs() if self._next.get(each.name, 0) <= moment]
        for each in due:
            self._next[each.name] = moment + each.every.total_seconds()
        return due
