"""What must follow a commit (mail, webhooks) is written in its transaction and sent later, at least once.

A row is unique by its key, so that a use case that runs twice tells the buyer once. The worker claims rows
one by one, sends, and marks; a crash between sending and marking sends again with the same message id, so
that the other side can drop the second copy.

Messages about one subject go out in the order in which they were written. One that was given up (a dead
letter) holds up the later ones of its subject until staff send it again or dismiss it: a buyer who reads
"shipped" before "another lot took its place", or a system that sees a refund of an order it never heard of,
draws wrong conclusions, and a person has to look at the dead one anyway.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
import typing
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    and_,
    cast,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.core import append_only, clock, faults, together
from shop.core.database import Base, one_of, reading, rows_changed, rule, writing
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
"""How long after each failure a message is tried again, where its kind has no schedule of its own."""
CLAIM_LASTS = timedelta(seconds=45)
"""A worker that died gives its message back after this long; sending one takes less."""
TURN_SECONDS = 20.0
"""How long the outbox may keep a worker from its other jobs."""

_UNSETTLED = "sent_at IS NULL AND dismissed_at IS NULL"
_schedules: dict[str, Sequence[timedelta]] = {}
_held: list[Callable[[Session], Collection[str]]] = []


class OutboxMessage(Base):
    """Something to be sent once the transaction that wrote it is committed."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        rule("attempts >= 0", "attempts_not_negative"),
        rule("sent_at IS NULL OR dead_at IS NULL", "sent_or_dead_not_both"),
        rule("sent_at IS NULL OR dismissed_at IS NULL", "sent_or_dismissed_not_both"),
        rule(
            "cleared_at IS NULL OR sent_at IS NOT NULL OR dismissed_at IS NOT NULL",
            "only_what_is_settled_is_cleared",
        ),
        Index(
            "ix_outbox_message_unsettled_lane",
            "lane",
            "due_at",
            sqlite_where=text(_UNSETTLED),
            postgresql_where=text(_UNSETTLED),
        ),
        Index(
            "ix_outbox_message_unsettled_subject",
            "subject",
            "id",
            sqlite_where=text(_UNSETTLED),
            postgresql_where=text(_UNSETTLED),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    """Names the fact this tells, such as `mail/order-placed/10482`."""
    kind: Mapped[str] = mapped_column(String(40))
    lane: Mapped[str] = mapped_column(String(40))
    """Messages of one lane share a receiver: while it cannot be reached, the other lanes go on."""
    subject: Mapped[str] = mapped_column(String(120), index=True)
    """What the message is about; messages of one subject are sent in the order they were written."""
    recipient: Mapped[str] = mapped_column(String(254), index=True, default="")
    """Whom it goes to, in lower case; empty once the message is cleared."""
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    """Tries that failed since it was written, or since staff asked for another round."""
    claimed_until: Mapped[datetime | None]
    claim: Mapped[str | None] = mapped_column(String(26))
    """Random, new with each claim: a worker that comes too late does not undo what another one did."""
    sent_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    dismissed_at: Mapped[datetime | None]
    """When staff decided that it shall not be sent."""
    cleared_at: Mapped[datetime | None]
    """When its words were deleted."""
    last_error: Mapped[str | None] = mapped_column(Text)


class AttemptOutcome(StrEnum):
    """How one try to send a message ended."""

    SENT = "sent"
    PUT_OFF = "put_off"
    GIVEN_UP = "given_up"
    WORKER_LOST = "worker_lost"
    """The worker died or was too slow: nobody knows whether the message went out."""


class OutboxAttempt(Base):
    """One try to send a message, and how it ended."""

    __tablename__ = "outbox_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("outbox_message.id"), index=True)
    at: Mapped[datetime]
    outcome: Mapped[AttemptOutcome] = mapped_column(one_of(AttemptOutcome, "outcome_is_known"))
    status: Mapped[int | None]
    """What the other side answered: a reply code of SMTP or HTTP."""
    detail: Mapped[str] = mapped_column(Text, default="")
    took_ms: Mapped[int | None]


_MESSAGES = typing.cast(Table, OutboxMessage.__table__)

append_only.append_only("outbox_attempt")
append_only.frozen_columns(
    "outbox_message",
    ["key", "kind", "lane", "subject", "created_at"],
    "what an outbox message tells is never changed",
)


def _of_person(table: Table, email: str) -> ColumnElement[bool]:
    return func.lower(cast(table.c.payload, Text)).contains(email, autoescape=True)


def _unsent(session: Session, email: str, _before_retention: bool) -> Sequence[Kept]:
    unsent = session.scalars(
        select(OutboxMessage.id).where(
            _of_person(OutboxMessage.metadata.tables["outbox_message"], email),
            unsettled(),
            OutboxMessage.dead_at.is_(None),
        )
    )
    return (Kept(reason=_("The message waits to be sent."), until=dict.fromkeys(unsent)),)


register(
    Holding(
        table="outbox_message",
        columns=("payload", "recipient", "last_error"),
        purpose="Mail that was sent, or is about to be.",
        rows_of=_of_person,
        erasing=Erasing.REPLACE,
        instead={"payload": {}, "recipient": ""},
        kept=_unsent,
    )
)
not_personal("outbox_message", "key kind lane subject claim")
not_personal("outbox_attempt", "detail", why="names are cut out of mail addresses before it is written")


class CannotSend(Exception):
    """The other side could not be reached or refused; the message is tried again later."""

    def __init__(self, why: str, *, status: int | None = None) -> None:
        super().__init__(why)
        self.status = status


class Unreachable(CannotSend):
    """Nobody answered at all: for now it is no use to try the other messages of this lane."""


class Undeliverable(CannotSend):
    """The other side refused for good, or the message cannot be made: trying again would not help."""


@dataclass(frozen=True)
class Claimed:
    """A message taken by this worker."""

    id: int
    kind: str
    key: str
    payload: dict[str, Any]
    created_at: datetime
    claim: str = ""


Sender = Callable[[Claimed], int | None]
"""Sends one message; returns the code of the answer where there is one."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message to be written."""

    kind: str
    key: str
    subject: str
    payload: dict[str, Any]
    recipient: str = ""
    lane: str = ""
    """The kind, when nothing is said."""


def retry(kind: str, after: Sequence[timedelta]) -> None:
    """Give a kind of message a schedule of its own."""
    _schedules[kind] = after


def holds_lanes(held: Callable[[Session], Collection[str]]) -> Callable[[Session], Collection[str]]:
    """Register which lanes are held for now; what is in them waits, and is not tried."""
    _held.append(held)
    return held


def write(
    session: Session, *, kind: str, key: str, subject: str, payload: dict[str, Any], recipient: str = ""
) -> None:
    """Put a message in the outbox, once per key."""
    message = Message(kind=kind, key=key, subject=subject, payload=payload, recipient=recipient)
    once = _WRITE_ONCE[session.get_bind().dialect.name]
    together.write(session, once, _row(message, clock.now()))


_WRITE_ONCE = {
    "sqlite": sqlite.insert(_MESSAGES).on_conflict_do_nothing(index_elements=["key"]),
    "postgresql": postgresql.insert(_MESSAGES).on_conflict_do_nothing(index_elements=["key"]),
}
"""Made once: making a statement anew costs more than running it."""


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
        _row(each, moment)
        for each in {each.key: each for each in messages}.values()
        if each.key not in written
    ]
    if rows:
        session.execute(insert(OutboxMessage), rows)


def _row(message: Message, moment: datetime) -> dict[str, Any]:
    return {
        "kind": message.kind,
        "lane": message.lane or message.kind,
        "key": message.key,
        "subject": message.subject,
        "recipient": message.recipient.lower(),
        "payload": message.payload,
        "created_at": moment,
        "due_at": moment,
        "attempts": 0,
    }


def unsettled() -> ColumnElement[bool]:
    """Messages that are neither sent nor dismissed."""
    return and_(OutboxMessage.sent_at.is_(None), OutboxMessage.dismissed_at.is_(None))


def _due(moment: datetime) -> ColumnElement[bool]:
    """Messages that may be claimed, as far as that can be told without looking at others."""
    return and_(
        unsettled(),
        OutboxMessage.dead_at.is_(None),
        OutboxMessage.due_at <= moment,
        or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until < moment),
    )


def claim_next(lane: str | None = None) -> Claimed | None:
    """Take the first due message whose subject has no earlier unsettled one; None when nothing is due.

    Args:
        lane: look in this lane only.
    """
    moment = clock.now()
    earlier = OutboxMessage.__table__.alias("earlier")
    asked = select(OutboxMessage).where(
        _due(moment),
        ~select(earlier.c.id)
        .where(
            earlier.c.subject == OutboxMessage.subject,
            earlier.c.id < OutboxMessage.id,
            earlier.c.sent_at.is_(None),
            earlier.c.dismissed_at.is_(None),
        )
        .exists(),
    )
    if lane is not None:
        asked = asked.where(OutboxMessage.lane == lane)
    with writing() as session:
        candidate = session.scalar(
            asked.order_by(OutboxMessage.due_at, OutboxMessage.id)
            .limit(1)
            .with_for_update(of=OutboxMessage, skip_locked=True)
        )
        if candidate is None:
            return None
        if candidate.claimed_until is not None:
            _note(session, candidate.id, AttemptOutcome.WORKER_LOST)
        candidate.claimed_until, candidate.claim = moment + CLAIM_LASTS, secrets.token_urlsafe(16)
        return Claimed(
            candidate.id,
            candidate.kind,
            candidate.key,
            dict(candidate.payload),
            candidate.created_at,
            candidate.claim,
        )


def send_due(
    senders: dict[str, Sender],
    *,
    at_most: int = 100,
    seconds: float = TURN_SECONDS,
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Send what is due, one of each lane in turn; returns how many messages went out.

    Args:
        seconds: begin with no further message after this long.
        stop: asked before each message; once true, nothing further is begun.
    """
    sent = tried = 0
    until = time.monotonic() + seconds
    lanes = deque(_lanes_due())
    while lanes and tried < at_most and time.monotonic() < until and not stop():
        message = claim_next(lanes[0])
        if message is None:
            lanes.popleft()
            continue
        faults.point("outbox.claimed")
        tried += 1
        error = _send(message, senders)
        sent += error is None
        if isinstance(error, Unreachable):
            lanes.popleft()
        else:
            lanes.rotate(-1)
    return sent


def _lanes_due() -> list[str]:
    with reading() as session:
        due = list(
            session.scalars(
                select(OutboxMessage.lane)
                .where(_due(clock.now()))
                .group_by(OutboxMessage.lane)
                .order_by(OutboxMessage.lane)
            )
        )
        held = {lane for find in _held for lane in find(session)} if due else set()
    return [lane for lane in due if lane not in held]


def _send(message: Claimed, senders: dict[str, Sender]) -> CannotSend | None:
    """Send one message and mark how that ended; whatever is wrong with it stops nothing else."""
    begun = time.monotonic()
    error: CannotSend
    try:
        if message.kind not in senders:
            raise Undeliverable(f"nothing sends messages of the kind {message.kind!r}")
        status = senders[message.kind](message)
    except CannotSend as refused:
        error = refused
    except DBAPIError:
        raise
    except OSError as failure:
        error = CannotSend(f"{type(failure).__name__}: {failure}")
    except Exception as defect:
        log.exception("outbox message %s cannot be made", message.key)
        error = Undeliverable(f"it cannot be made: {type(defect).__name__}: {defect}")
    else:
        faults.point("mail.sent_not_marked")
        _mark_sent(message, status, took=time.monotonic() - begun)
        return None
    _put_off(message, error, took=time.monotonic() - begun)
    return error


def unsent_count() -> int:
    """How many messages wait or have died."""
    with reading() as session:
        return len(session.scalars(select(OutboxMessage.id).where(unsettled())).all())


def _mark_sent(message: Claimed, status: int | None, *, took: float) -> None:
    """Even when the claim has run out meanwhile: what was sent was sent."""
    with writing() as session:
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == message.id, unsettled())
            .values(sent_at=clock.now(), dead_at=None, claimed_until=None, claim=None, last_error=None)
        )
        _note(session, message.id, AttemptOutcome.SENT, status=status, took=took)


def _put_off(message: Claimed, error: CannotSend, *, took: float) -> None:
    detail = without_addresses(str(error))
    schedule = _schedules.get(message.kind, RETRY_AFTER)
    with writing() as session:
        tries = session.scalar(select(OutboxMessage.attempts).where(OutboxMessage.id == message.id)) or 0
        over = isinstance(error, Undeliverable) or tries >= len(schedule)
        values: dict[str, Any] = (
            {"dead_at": clock.now()} if over else {"due_at": clock.now() + schedule[tries]}
        )
        changed = rows_changed(
            session,
            update(OutboxMessage)
            .where(OutboxMessage.id == message.id, OutboxMessage.claim == message.claim, unsettled())
            .values(attempts=tries + 1, claimed_until=None, claim=None, last_error=detail, **values),
        )
        outcome = AttemptOutcome.GIVEN_UP if over and changed else AttemptOutcome.PUT_OFF
        _note(session, message.id, outcome, status=error.status, detail=detail, took=took)
    if over and changed:
        log.error("outbox message %s is dead: %s", message.key, detail)


def _note(
    session: Session,
    message_id: int,
    outcome: AttemptOutcome,
    *,
    status: int | None = None,
    detail: str = "",
    took: float | None = None,
) -> None:
    session.add(
        OutboxAttempt(
            message_id=message_id,
            at=clock.now(),
            outcome=outcome,
            status=status,
            detail=detail,
            took_ms=None if took is None else round(took * 1000),
        )
    )


_NAME_IN_ADDRESS = re.compile(r"[^\s@<>\"'(),;:]+@")


def without_addresses(words: str) -> str:
    """What another server said, without the names in mail addresses: attempts are kept for ever."""
    return _NAME_IN_ADDRESS.sub("…@", words)[:500]
