"""The background worker: sends what is in the outbox and runs the periodic jobs, until it is told to stop.

Several workers may run at once: messages are claimed, and every job is safe to run twice. A worker that is
told to stop finishes the message or job it is at, begins no other, and so leaves no claim behind.
"""

from __future__ import annotations

import logging
import threading

from flask import Flask
from sqlalchemy.exc import DBAPIError, IntegrityError

from shop.core import files, jobs, mail, outbox, webhook_sending, webhooks
from shop.core.heartbeat import Heartbeat
from shop.core.jobs import Run, Timetable
from shop.core.settings import settings

log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
PAUSE_AFTER_FAILURE_SECONDS = 5.0


def work(app: Flask, stop: threading.Event) -> None:
    """Work until `stop` is set."""
    timetable, heartbeat = Timetable(), Heartbeat()
    while not stop.is_set():
        try:
            with app.app_context():
                turn(timetable, heartbeat=heartbeat, stop=stop)
        except DBAPIError:
            log.exception("the database could not be used; trying again")
            stop.wait(PAUSE_AFTER_FAILURE_SECONDS)
        stop.wait(PAUSE_SECONDS)
    with app.app_context():
        heartbeat.end()


def work_once(app: Flask) -> bool:
    """Send everything that is due and run every job once; whether all jobs went well."""
    with app.app_context():
        outbox.send_due(senders(), at_most=1_000_000, seconds=float("inf"))
        runs = turn(Timetable())
        outbox.send_due(senders(), at_most=1_000_000, seconds=float("inf"))
    return not any(each.error for each in runs)


def turn(
    timetable: Timetable, *, heartbeat: Heartbeat | None = None, stop: threading.Event | None = None
) -> list[Run]:
    """One round: the outbox, then every job that is due."""

    def ended() -> bool:
        if heartbeat is not None:
            heartbeat.beat()
        return stop is not None and stop.is_set()

    ended()

    outbox.send_due(senders(), stop=ended)
    runs = []
    for each in timetable.due():
        if ended():
            break
        runs.append(jobs.run(each))
    try:
        jobs.note(timetable.worth_noting(runs))
    except IntegrityError:
        log.info("another worker noted the first run of a job at the same moment")
    return runs


def senders() -> dict[str, outbox.Sender]:
    """What can be sent, by kind of message."""
    values = settings()
    post = mail.SmtpPost(values.smtp_url) if values.smtp_url else mail.FolderPost(values.mail_dir)
    return {
        mail.KIND: mail.sender(
            post=post,
            files=files.store(),
            from_address=values.contact_email,
            shop_name=values.shop_name,
        ),
        webhooks.KIND: webhook_sending.send,
    }
