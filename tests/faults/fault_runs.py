"""A chapter in a child that fails at a point; then the worker has its minute and the shop is held to it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

from actions import Fault, armed
from agreement import all_is_well, unresolved
from chapters import Chapter, Scene
from flask import Flask
from sqlalchemy.exc import DBAPIError
from virtual_clock import VirtualClock
from worker_turns import Worker

from shop.core import faults
from shop.core.database import db
from shop.core.errors import Refused

RECOVERY_SECONDS = 60
"""Virtual seconds in which the worker alone must have put everything right."""
_STEP = 15


@dataclass
class Outcome:
    """How one fault at one point ended."""

    chapter: str
    point: str
    action: str
    ended: str
    acked: set[str]
    wrong: list[str]
    seconds: int
    """Virtual seconds until everything was in order."""


def in_child(app: Flask, task: Callable[[Callable[[str], None]], None]) -> tuple[str, set[str]]:
    """Run a task in a forked process; how it ended, and what it said before that."""
    reading_end, writing_end = os.pipe()
    db.session.remove()
    db.engine.dispose()
    child = os.fork()
    if child == 0:
        os.close(reading_end)
        _as_child(app, task, writing_end)
    os.close(writing_end)
    said = b""
    while part := os.read(reading_end, 65536):
        said += part
    os.close(reading_end)
    _pid, status = os.waitpid(child, 0)
    words = set(said.decode().splitlines())
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return "killed", words
    return {0: "done", 3: "failed as armed", 4: "refused"}.get(os.WEXITSTATUS(status), "crashed"), words


def _as_child(app: Flask, task: Callable[[Callable[[str], None]], None], pipe: int) -> None:
    code = 5
    try:
        task(lambda words: (os.write(pipe, words.encode() + b"\n"), None)[1])
        code = 0
    except (Fault, DBAPIError, OSError):
        code = 3
    except Refused:
        code = 4
    except BaseException:  # noqa: BLE001 - told to the parent by its number; a child of a test must not go on
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def run(
    app: Flask,
    clock: VirtualClock,
    worker: Worker,
    chapter: Chapter,
    scene: Scene,
    point: str,
    action: str,
    do: faults.Action,
    *,
    after: int = 0,
) -> Outcome:
    """One chapter, one point, one action."""
    chapter.prepare(scene)
    # A buyer reads the page before paying; nothing is found out by luck because it is only just there.
    clock.advance(seconds=90)

    def task(say: Callable[[str], None]) -> None:
        with armed(point, do, after=after):
            chapter.act(scene, say)

    ended, acked = in_child(app, task)
    worker.restarted()
    seconds, failed_at = 0, clock.moment
    wrong = [*all_is_well(scene.account), *unresolved(failed_at)]
    while wrong and seconds < RECOVERY_SECONDS:
        worker.work(_STEP, every=_STEP)
        seconds += _STEP
        wrong = [*all_is_well(scene.account), *unresolved(failed_at)]
    return Outcome(chapter.name, point, action, ended, acked, [*wrong, *chapter.check(scene, acked)], seconds)
