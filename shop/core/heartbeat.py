"""Signs of life of the background workers, for the health check and for staff."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta

from sqlalchemy import String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.core import clock
from shop.core.database import Base, writing
from shop.core.identity import random_reference
from shop.core.personal_data import not_personal

BEAT_EVERY = timedelta(seconds=10)
LOST_AFTER = timedelta(minutes=2)
FORGOTTEN_AFTER = timedelta(days=7)


class WorkerHeartbeat(Base):
    """A worker process, and when it was last seen at work."""

    __tablename__ = "worker_heartbeat"

    worker: Mapped[str] = mapped_column(String(120), primary_key=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
    stopped_at: Mapped[datetime | None]
    """When it ended in good order."""


not_personal("worker_heartbeat", "worker")


class Heartbeat:
    """The signs of life of one worker process."""

    def __init__(self) -> None:
        self.worker = f"{socket.gethostname()[:60]}/{os.getpid()}/{random_reference()[:8]}"
        self.beaten_at: datetime | None = None

    def beat(self) -> None:
        """Say that the worker lives, at most once in some seconds."""
        moment = clock.now()
        if self.beaten_at is not None and moment - self.beaten_at < BEAT_EVERY:
            return
        with writing() as session:
            row = session.get(WorkerHeartbeat, self.worker)
            if row is None:
                session.execute(
                    delete(WorkerHeartbeat).where(WorkerHeartbeat.seen_at < moment - FORGOTTEN_AFTER)
                )
                session.add(WorkerHeartbeat(worker=self.worker, started_at=moment, seen_at=moment))
            else:
                row.seen_at = moment
        self.beaten_at = moment

    def end(self) -> None:
        """Say that the worker ended in good order."""
        with writing() as session:
            row = session.get(WorkerHeartbeat, self.worker)
            if row is not None:
                row.seen_at = row.stopped_at = clock.now()


def last_seen(session: Session) -> datetime | None:
    """When any worker that has not ended was last seen."""
    return session.scalar(
        select(func.max(WorkerHeartbeat.seen_at)).where(WorkerHeartbeat.stopped_at.is_(None))
    )


def workers(session: Session) -> list[WorkerHeartbeat]:
    """The workers of the last days, the one seen last first."""
    return list(session.scalars(select(WorkerHeartbeat).order_by(WorkerHeartbeat.seen_at.desc()).limit(20)))
