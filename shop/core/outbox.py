"""What must follow a commit (mail) is written in the same transaction and sent afterwards, at least once.

A row is unique by its key, so that a use case that runs twice tells the buyer once. The worker claims rows
one by one, sends, and marks; a crash between sending and marking sends again with the same message id, so
that mail programs can drop the second copy.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, Table, Text, cast, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.core import clock, faults
from shop.core.database import Base, reading, rule, writing
from shop.core.language import gettext as _
from shop.core.personal_data import Erasing, Holding, Kept, not_personal, register

log = logging.getLogger(__name__)

RETRY_AFTER = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
CLAIM_LASTS = timedelta(minutes=5)


class OutboxMessage(Base):
    """Something to be sent once the transaction that wrote it is committed."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        rule("attempts >= 0", "attempts_not_negative"),
        rule("sent_at IS NULL OR dead_at IS NULL", "sent_or_dead_not_both"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    """Names the fact this tells, such as `mail/order-placed/10482`."""
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(120), index=True)
    """What the message is about; messages of one subject are sent in the order they were written."""
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)


def _of_person(table: Table, email: str) -> ColumnElement[bool]:
    return func.lower(cast(table.c.payload, Text)).contains(email, autoescape=True)


def _unsent(session: Session, email: str, _before_retention: bool) -> Sequence[Kept]:
    unsent = session.scalars(
        select(OutboxMessage.id).where(
            _of_person(OutboxMessage.metadata.tables["outbox_message"], email),
            OutboxMessage.sent_at.is_(None),
            OutboxMessage.dead_at.is_(None),
        )
    )
    return (Kept(reason=_("The message waits to be sent."), until=dict.fromkeys(unsent)),)


register(
    Holding(
        table="outbox_message",
        columns=("payload", "last_error"),
        purpose="Mail that was sent, or is about to be.",
        rows_of=_of_person,
        erasing=Erasing.REPLACE,
        kept=_unsent,
    )
)
not_personal("outbox_message", "key kind subject")


class CannotSend(Exception):
    """The other side could not be reached or refused; the message is tried again later."""


@dataclass(frozen=True)
class Claimed:
    """A message taken by this worker."""

    id: int
    kind: str
    key: str
    payload: dict[str, Any]
    created_at: datetime


Sender = Callable[[Claimed], None]


def write(session: Session, *, kind: str, key: str, subject: str, payload: dict[str, Any]) -> None:
    """Put a message in the outbox, once per key."""
    if session.scalar(select(OutboxMessage.id).where(OutboxMessage.key == key)) is not None:
        return
    moment = clock.now()
    try:
        with session.begin_nested():
            session.add(
                OutboxMessage(
                    kind=kind, key=key, subject=subject, payload=payload, created_at=moment, due_at=moment
                )
            )
    except IntegrityError:
        log.info("outbox message %s was already written", key)


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message to be written."""

    kind: str
    key: str
    subject: str
    payload: dict[str, Any]


def write_many(session: Session, messages: Sequence[Message]) -> None:
    """Put many messages in the outbox, once per key, in two statements.

    The caller holds a lock that keeps others from writing the same keys at the same moment.
    """
    if not messages:
        return
    keys = [each.key for each in messages]
    written = set(session.scalars(select(OutboxMessage.key).where(OutboxMessage.key.in_(keys))))
    moment = clock.now()
    rows = [
        {
            "kind": each.kind,
            "key": each.key,
            "subject": each.subject,
            "payload": each.payload,
            "created_at": moment,
            "due_at": moment,
        }
        for each in {each.key: each for each in messages}.values()
        if each.key not in written
    ]
    if rows:
        session.execute(insert(OutboxMessage), rows)


def claim_next() -> Claimed | None:
    """Take the oldest due message whose subject has no earlier unsent one; None when nothing is due."""
    moment = clock.now()
    earlier = OutboxMessage.__table__.alias("earlier")
    with writing() as session:
        candidate = session.scalar(
            select(OutboxMessage)
            .where(
                OutboxMessage.sent_at.is_(None),
                OutboxMessage.dead_at.is_(None),
                OutboxMessage.due_at <= moment,
                OutboxMessage.claimed_until.is_(None) | (OutboxMessage.claimed_until < moment),
                ~select(earlier.c.id)
                .where(
                    earlier.c.subject == OutboxMessage.subject,
                    earlier.c.id < OutboxMessage.id,
                    earlier.c.sent_at.is_(None),
                    earlier.c.dead_at.is_(None),
                )
                .exists(),
            )
            .order_by(OutboxMessage.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if candidate is None:
            return None
        candidate.claimed_until = moment + CLAIM_LASTS
        return Claimed(
            candidate.id, candidate.kind, candidate.key, dict(candidate.payload), candidate.created_at
        )


def send_due(senders: dict[str, Sender], *, at_most: int = 100) -> int:
    """Send what is due; returns how many messages went out."""
    sent = 0
    for _attempt in range(at_most):
        message = claim_next()
        if message is None:
            break
        faults.point("outbox.claimed")
        try:
            senders[message.kind](message)
        except CannotSend as error:
            _postpone(message.id, str(error))
        else:
            faults.point("mail.sent_not_marked")
            _mark_sent(message.id)
            sent += 1
    return sent


def unsent_count() -> int:
    """How many messages wait or have died."""
    with reading() as session:
        return len(session.scalars(select(OutboxMessage.id).where(OutboxMessage.sent_at.is_(None))).all())


def _mark_sent(message_id: int) -> None:
    with writing() as session:
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == message_id)
            .values(sent_at=clock.now(), claimed_until=None, last_error=None)
        )


def _postpone(message_id: int, error: str) -> None:
    with writing() as session:
        message = session.get_one(OutboxMessage, message_id)
        message.attempts += 1
        message.claimed_until = None
        message.last_error = error
        if message.attempts > len(RETRY_AFTER):
            message.dead_at = clock.now()
            log.error("outbox message %s is dead: %s", message.key, error)
        else:
            message.due_at = clock.now() + RETRY_AFTER[message.attempts - 1]
