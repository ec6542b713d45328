"""Two sessions and every order of their steps, after PostgreSQL's isolationtester.

A step is what a session does between two fault points: it runs until it reaches the next of its points, and
stands there until the schedule lets it go on. A session that waits for the other one's lock is passed over
and goes on by itself when the lock is free, as isolationtester does.

On SQLite a writer has the database to itself, so a session that has not begun waits until the other is done:
there the schedules come down to who begins.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from flask import Flask

from shop.core import faults
from shop.core.database import db
from shop.core.errors import NotFound, Refused

LONGEST_STEP = 0.25
"""Seconds after which a session that has reached no point counts as waiting for a lock."""


@dataclass
class Session:
    """One of the two: what it does, and the points at which it can be stopped."""

    name: str
    act: Callable[[], object]
    stops: Sequence[str]
    came_to: str = ""
    _go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _stands: threading.Event = field(default_factory=threading.Event)
    _free: bool = False
    _thread: threading.Thread | None = None

    @property
    def done(self) -> bool:
        """Whether it has come to something."""
        return bool(self.came_to)

    def start(self, app: Flask) -> None:
        """Begin, in a thread of its own, standing before its first step."""
        self._stands.set()
        self._thread = threading.Thread(target=self._run, args=(app,), name=self.name)
        self._thread.start()

    def step(self) -> None:
        """Go on to the next point, or until it waits for a lock; a session that waits is passed over."""
        if not self.done and self._stands.is_set():
            self._stands.clear()
            self._go.release()
        self._stands.wait(LONGEST_STEP)

    def finish(self) -> None:
        """Stop nowhere any more."""
        self._free = True
        self._go.release()

    def join(self) -> None:
        """Wait for the end."""
        assert self._thread is not None
        self._thread.join(timeout=60)
        assert not self._thread.is_alive(), f"{self.name} never came back"

    def stop_here(self) -> None:
        """Called by the session itself at a point."""
        if not self._free:
            self._stands.set()
            assert self._go.acquire(timeout=60)

    def is_running(self) -> bool:
        """Whether the code at work now is this session's."""
        return threading.current_thread() is self._thread

    def _run(self, app: Flask) -> None:
        with app.app_context():
            try:
                assert self._go.acquire(timeout=60)
                self.act()
                came_to = "done"
            except (Refused, NotFound) as refusal:
                came_to = type(refusal).__name__
            except Exception as error:  # noqa: BLE001 - told as the outcome; a test allows none of these
                came_to = f"error: {error!r}"
            finally:
                db.session.remove()
            self.came_to = came_to
            self._stands.set()


def interleavings(first: int, second: int) -> Iterator[tuple[int, ...]]:
    """Every order of so many steps of session 0 and so many of session 1."""
    total = first + second
    for places in itertools.combinations(range(total), first):
        yield tuple(0 if number in places else 1 for number in range(total))


def run(app: Flask, sessions: tuple[Session, Session], schedule: Sequence[int]) -> tuple[str, str]:
    """Play one schedule; what each session came to."""
    stops = {point for each in sessions for point in each.stops}

    def stop(name: str) -> None:
        for each in sessions:
            if each.is_running() and name in each.stops:
                each.stop_here()

    faults.armed.update(dict.fromkeys(stops, stop))
    try:
        for each in sessions:
            each.start(app)
        for number in schedule:
            sessions[number].step()
        for each in sessions:
            each.finish()
        for each in sessions:
            each.join()
    finally:
        for name in stops:
            faults.armed.pop(name, None)
    return sessions[0].came_to, sessions[1].came_to
