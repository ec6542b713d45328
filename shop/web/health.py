"""What a process manager asks: whether this process lives, and whether the shop can do its work.

`/livez` depends on nothing, so that a database that is away never makes a manager kill healthy processes.
`/readyz` looks at what the shop needs; its answer names what is missing, and no address, path or error text.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shop.core import clock, heartbeat, migrations
from shop.core.database import db, reading, writing
from shop.core.settings import settings

log = logging.getLogger(__name__)

ASKED_AT_MOST_EVERY = 1.0
"""Seconds: however often it is asked, the shop is looked at no more often than this."""

blueprint = Blueprint("health", __name__)


@dataclass(frozen=True)
class Check:
    """One thing the shop needs, and why it is missing; empty when it is there."""

    name: str
    why: str


@blueprint.get("/livez")
def livez() -> Response:
    """This process answers."""
    return _never_kept(jsonify(live=True))


@blueprint.get("/readyz")
def readyz() -> Response:
    """The shop can take orders and do what follows them."""
    found = _looked_at()
    ready = not any(each.why for each in found)
    response = jsonify(
        ready=ready, checks={each.name: {"ok": not each.why, "why": each.why} for each in found}
    )
    response.status_code = 200 if ready else 503
    return _never_kept(response)


def _never_kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def checks() -> list[Check]:
    """Look at everything now."""
    return [
        Check(name, _why_not(check))
        for name, check in (
            ("database", _database),
            ("migrations", _migrations),
            ("disk", _disk),
            ("worker", _worker),
        )
    ]


_lock = threading.Lock()
_last: tuple[float, str, list[Check]] = (0.0, "", [])


def _looked_at() -> list[Check]:
    global _last
    with _lock:
        at, of, found = _last
        if time.monotonic() - at > ASKED_AT_MOST_EVERY or of != settings().database_url:
            found = checks()
            _last = (time.monotonic(), settings().database_url, found)
        return found


def _why_not(check: Callable[[], str]) -> str:
    try:
        return check()
    except SQLAlchemyError:
        log.exception("the health check could not use the database")
        return "the database does not answer"
    except OSError:
        log.exception("the health check could not look at the disk")
        return "the data folder cannot be read"


def _database() -> str:
    """A writing transaction can begin; nothing is written."""
    with writing() as session:
        if db.engine.dialect.name == "postgresql":
            read_only = session.scalar(text("SELECT current_setting('transaction_read_only')")) == "on"
            return "the database takes no writes" if read_only else ""
        session.execute(text("SELECT 1"))
    return ""


def _migrations() -> str:
    return "" if migrations.is_current() else "the database is not at the newest schema"


def _disk() -> str:
    used = shutil.disk_usage(settings().data_dir)
    least = settings().least_free_mib * 1024 * 1024
    return "" if used.free >= least else "too little disk is free for documents and the database"


def _worker() -> str:
    with reading() as session:
        seen = heartbeat.last_seen(session)
    if seen is None or clock.now() - seen > heartbeat.LOST_AFTER:
        return "no worker has been seen for two minutes: mail waits and holds do not end"
    return ""
