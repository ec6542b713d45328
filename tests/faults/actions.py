"""What can happen at a fault point: the process dies, something raises, the database goes, the disk is full.

Nothing here is part of the shop; a test arms a point in its own process or in a child that it forks.
"""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy.exc import OperationalError

from shop.core import clock, faults
from shop.core.database import WRITING, db


class Fault(Exception):
    """Raised at a point, as a defect of the program would be."""


def kill(name: str) -> None:
    """End this process as a power cut would: nothing is tidied up."""
    os.kill(os.getpid(), signal.SIGKILL)


def fail(name: str) -> None:
    """Raise what nobody expects."""
    raise Fault(name)


def disconnect(name: str) -> None:
    """Lose the connection to the database, in the middle of a transaction or between two."""
    session = db.session()
    if not session.info.get(WRITING):
        db.engine.dispose()
        return
    connection = session.connection()
    if db.engine.dialect.name == "sqlite":
        # A file has no connection to lose; a disk that cannot be read any more comes nearest.
        raise OperationalError("fault", {}, OSError(errno.EIO, "disk I/O error"))
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.close()


def disk_full(name: str) -> None:
    """Let the next write find no room: in a document's folder, or in the database."""
    if name.startswith("file.") and not db.session().info.get(WRITING):
        raise OSError(errno.ENOSPC, "No space left on device")
    session = db.session()
    if db.engine.dialect.name == "sqlite" and session.info.get(WRITING):
        connection = session.connection()
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        # What fits on the pages there are would still go in, so the room on them is used up as well.
        _fill(connection.exec_driver_sql)
    raise OperationalError("fault", {}, OSError(errno.ENOSPC, "No space left on device"))


def _fill(run: Callable[[str], object]) -> None:
    try:
        run("CREATE TABLE filler (bytes BLOB)")
        while True:
            run("INSERT INTO filler VALUES (zeroblob(65536))")
    except OperationalError:
        return


def wait(name: str) -> None:
    """Stand still for a moment, which widens every race."""
    time.sleep(0.05)


def shift(by: timedelta) -> faults.Action:
    """Set the clock of this process forward or back from here on."""

    def jump(name: str) -> None:
        clock.shifted(by).__enter__()

    return jump


ACTIONS: dict[str, faults.Action] = {
    "kill": kill,
    "raise": fail,
    "disconnect": disconnect,
    "disk full": disk_full,
    "delay": wait,
    "clock +1 day": shift(timedelta(days=1)),
    "clock -1 day": shift(timedelta(days=-1)),
}


@contextmanager
def armed(name: str, action: faults.Action, *, after: int = 0) -> Iterator[None]:
    """Arm a point for a block of a test, once, and only from the time it has been passed `after` times on."""
    if name not in faults.POINTS:
        raise faults.UnknownPoint(name)
    passed = 0

    def once(reached: str) -> None:
        nonlocal passed
        passed += 1
        if passed == after + 1:
            action(reached)

    faults.armed[name] = once
    try:
        yield
    finally:
        faults.armed.pop(name, None)


@contextmanager
def watched() -> Iterator[set[str]]:
    """Note which points a block passes, without doing anything there."""
    reached: set[str] = set()
    before = dict(faults.armed)
    faults.armed.update({name: reached.add for name in faults.POINTS if name not in before})
    try:
        yield reached
    finally:
        faults.armed.clear()
        faults.armed.update(before)
