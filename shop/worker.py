"""The background worker: sends what is in the outbox and runs the periodic jobs, until it is told to stop.

Several workers may run at once: messages are claimed, and every job is safe to run twice.
"""

from __future__ import annotations

import logging
import threading
import time

from flask import Flask
from sqlalchemy.exc import DBAPIError

from shop.core import files, mail, outbox
from shop.core.errors import Refused
from shop.core.jobs import Timetable
from shop.core.settings import settings

log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
PAUSE_AFTER_FAILURE_SECONDS = 5.0


def work(app: Flask, stop: threading.Event) -> None:
    """Work until `stop` is set."""
    timetable = Timetable()
    while not stop.is_set():
        try:
            with app.app_context():
                turn(timetable)
        except DBAPIError:
            log.exception("the database could not be used; trying again")
            stop.wait(PAUSE_AFTER_FAILURE_SECONDS)
        stop.wait(PAUSE_SECONDS)


def turn(timetable: Timetable) -> None:
    """One round: the outbox, then every job that is due."""
    outbox.send_due(senders())
    for job in timetable.due():
        begun = time.monotonic()
        try:
            result = job.run()
        except Refused as error:
            log.warning("job %s: %s", job.name, error)
            continue
        if result:
            log.info("job %s: %s in %.2f s", job.name, result, time.monotonic() - begun)


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
        )
    }
