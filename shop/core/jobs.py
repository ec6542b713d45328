"""Periodic work: each room registers its jobs here, and the worker runs what is due.

A job is one function without arguments that is safe to run twice and from two workers at once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ScalarSelect, String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.core import clock
from shop.core.database import Base, rule, writing
from shop.core.errors import Refused
from shop.core.personal_data import not_personal

log = logging.getLogger(__name__)

WRITTEN_EVERY = timedelta(minutes=1)
"""A job that goes well is noted this often, however often it runs."""


class JobState(Base):
    """A periodic job: when it last ran, and what went wrong the last time it failed."""

    __tablename__ = "job_state"
    __table_args__ = (rule("failures >= 0", "failures_not_negative"),)

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    ran_at: Mapped[datetime]
    took_ms: Mapped[int]
    result: Mapped[str] = mapped_column(String(200))
    failures: Mapped[int]
    """How often it has failed in a row; 0 when it went well the last time."""
    failed_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)


not_personal("job_state", "name result error", why="counts, and what a job itself raised")


@dataclass
class Job:
    """A function and how often it runs."""

    name: str
    every: timedelta
    run: Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of a job, over."""

    name: str
    at: datetime
    took_seconds: float
    result: str
    error: str | None


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
    """Which jobs are due, measured on a clock that never jumps, and what is worth noting of their runs."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}
        self._noted: dict[str, Run] = {}

    def due(self) -> list[Job]:
        """Jobs to run now; each is due once per its period, the first time at once."""
        moment = time.monotonic()
        due = [each for each in jobs() if self._next.get(each.name, 0) <= moment]
        for each in due:
            self._next[each.name] = moment + each.every.total_seconds()
        return due

    def worth_noting(self, runs: Sequence[Run]) -> list[Run]:
        """Every failure, the first success after one, and else one run in a while."""
        found = []
        for run in runs:
            before = self._noted.get(run.name)
            if run.error or before is None or before.error or run.at - before.at >= WRITTEN_EVERY:
                found.append(run)
                self._noted[run.name] = run
        return found


def run(due: Job) -> Run:
    """Run a job to its end; whatever it raises is logged and is the end of this run only."""
    at, begun, result, error = clock.now(), time.monotonic(), "", None
    try:
        result = str(due.run() or "")
    except Refused as refused:
        error = str(refused)
        log.warning("job %s: %s", due.name, error)
    except Exception as failure:
        error = f"{type(failure).__name__}: {str(failure).partition(chr(10))[0][:300]}"
        log.exception("job %s failed", due.name)
    took = time.monotonic() - begun
    if result:
        log.info("job %s: %s in %.2f s", due.name, result, took)
    return Run(name=due.name, at=at, took_seconds=took, result=result[:200], error=error)


def note(runs: Sequence[Run]) -> None:
    """Keep how runs ended. One transaction."""
    if not runs:
        return
    with writing() as session:
        found = session.scalars(select(JobState).where(JobState.name.in_([each.name for each in runs])))
        known = {each.name: each for each in found}
        for each in runs:
            state = known.get(each.name)
            if state is None:
                state = JobState(name=each.name, failures=0)
                session.add(state)
            state.ran_at, state.took_ms = each.at, round(each.took_seconds * 1000)
            state.result = each.result
            if each.error is None:
                state.failures = 0
            else:
                state.failures += 1
                state.failed_at, state.error = each.at, each.error


def states(session: Session) -> list[JobState]:
    """Every job that has run, by name; those that fail first."""
    return list(session.scalars(select(JobState).order_by(JobState.failures == 0, JobState.name)))


def failing_count() -> ScalarSelect[int]:
    """How many jobs failed the last time they ran."""
    return select(func.count()).select_from(JobState).where(JobState.failures > 0).scalar_subquery()
