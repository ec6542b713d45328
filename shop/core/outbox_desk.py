"""What staff see of the outbox and decide about it: what failed and why, and whether it is tried again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from shop.core import audit, clock
from shop.core.audit import AuditEntry
from shop.core.database import rows_changed, writing
from shop.core.errors import NotFound, Refused
from shop.core.jobs import job
from shop.core.language import gettext as _
from shop.core.outbox import AttemptOutcome, OutboxAttempt, OutboxMessage, unsettled
from shop.core.settings import settings

PAGE_SIZE = 50
CLEARED_AT_ONCE = 500


class View(StrEnum):
    """Kept questions about the outbox."""

    WAITING = "waiting"
    FAILING = "failing"
    DEAD = "dead"
    SENT = "sent"
    DISMISSED = "dismissed"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One page of messages."""

    rows: Sequence[OutboxMessage]
    total: int
    number: int


@dataclass(frozen=True, kw_only=True)
class WholeMessage:
    """A message with everything that was tried and decided."""

    message: OutboxMessage
    attempts: Sequence[OutboxAttempt]
    decisions: Sequence[AuditEntry]
    waits_for: OutboxMessage | None
    """The earlier message of its subject that has to be settled first."""


def _is(view: View) -> ColumnElement[bool]:
    dead = OutboxMessage.dead_at.is_not(None)
    return {
        View.WAITING: and_(unsettled(), ~dead, OutboxMessage.attempts == 0),
        View.FAILING: and_(unsettled(), ~dead, OutboxMessage.attempts > 0),
        View.DEAD: and_(unsettled(), dead),
        View.SENT: OutboxMessage.sent_at.is_not(None),
        View.DISMISSED: OutboxMessage.dismissed_at.is_not(None),
    }[view]


def view_of(message: OutboxMessage) -> View:
    """Where a message stands."""
    if message.sent_at is not None:
        return View.SENT
    if message.dismissed_at is not None:
        return View.DISMISSED
    if message.dead_at is not None:
        return View.DEAD
    return View.FAILING if message.attempts else View.WAITING


def _matches(words: str) -> ColumnElement[bool]:
    """An order's number, a receiver, or the beginning of a key or subject."""
    beginning = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return or_(
        OutboxMessage.recipient == words.lower(),
        OutboxMessage.subject == f"order/{words}",
        OutboxMessage.subject.like(f"webhook/%/order/{beginning[:-1]}", escape="\\"),
        OutboxMessage.subject.like(beginning, escape="\\"),
        OutboxMessage.key.like(beginning, escape="\\"),
    )


def listed(session: Session, view: View, *, words: str = "", page: int = 1) -> Listed:
    """One page of messages: open ones as they will go out, settled ones newest first. Two queries."""
    asked = _is(view)
    if words:
        asked = and_(asked, _matches(words))
    total = session.scalar(select(func.count()).select_from(OutboxMessage).where(asked)) or 0
    number = min(max(page, 1), max(1, -(-total // PAGE_SIZE)))
    settled = view in (View.SENT, View.DISMISSED)
    order = [OutboxMessage.id.desc()] if settled else [OutboxMessage.due_at, OutboxMessage.id]
    rows = session.scalars(
        select(OutboxMessage).where(asked).order_by(*order).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    )
    return Listed(rows=rows.all(), total=total, number=number)


def counts(session: Session) -> dict[View, int]:
    """How many messages are in each view of what is not settled. One query."""
    views = (View.WAITING, View.FAILING, View.DEAD)
    row = session.execute(
        select(*(func.coalesce(func.sum(case((_is(view), 1), else_=0)), 0) for view in views)).where(
            unsettled()
        )
    ).one()
    return {view: int(count) for view, count in zip(views, row, strict=True)}


def dead_count() -> ScalarSelect[int]:
    """How many dead letters wait for a decision."""
    return select(func.count()).select_from(OutboxMessage).where(_is(View.DEAD)).scalar_subquery()


def find(session: Session, message_id: int) -> WholeMessage:
    """One message.

    Raises:
        NotFound: there is no such message.
    """
    message = session.get(OutboxMessage, message_id)
    if message is None:
        raise NotFound(_("There is no such message."))
    attempts = session.scalars(
        select(OutboxAttempt).where(OutboxAttempt.message_id == message_id).order_by(OutboxAttempt.id)
    )
    decisions = session.scalars(
        select(AuditEntry).where(AuditEntry.subject == f"outbox/{message_id}").order_by(AuditEntry.id)
    )
    earlier = session.scalar(
        select(OutboxMessage)
        .where(OutboxMessage.subject == message.subject, OutboxMessage.id < message_id, unsettled())
        .order_by(OutboxMessage.id)
        .limit(1)
    )
    is_open = message.sent_at is None and message.dismissed_at is None
    return WholeMessage(
        message=message,
        attempts=attempts.all(),
        decisions=decisions.all(),
        waits_for=earlier if is_open else None,
    )


def replay(message_id: int, *, actor: str, reason: str) -> None:
    """Try a message again now, with a fresh schedule; it keeps its id, so that a second copy is known as one.

    Raises:
        Refused: it is sent, dismissed or being sent, or no reason is given.
    """
    _decide(
        message_id,
        {"dead_at": None, "attempts": 0, "due_at": clock.now()},
        action="outbox.replay",
        actor=actor,
        reason=reason,
    )


def dismiss(message_id: int, *, actor: str, reason: str) -> None:
    """Decide that a message shall not be sent; later ones about its subject go on.

    Raises:
        Refused: it is sent, dismissed or being sent, or no reason is given.
    """
    _decide(
        message_id,
        {"dismissed_at": clock.now(), "claim": None, "claimed_until": None},
        action="outbox.dismiss",
        actor=actor,
        reason=reason,
    )


def _decide(message_id: int, values: dict[str, object], *, action: str, actor: str, reason: str) -> None:
    _demand_reason(reason)
    with writing() as session:
        message = session.get(OutboxMessage, message_id)
        if message is None:
            raise NotFound(_("There is no such message."))
        before = view_of(message).value
        changed = rows_changed(
            session,
            update(OutboxMessage)
            .where(
                OutboxMessage.id == message_id,
                unsettled(),
                or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until < clock.now()),
            )
            .values(**values),
        )
        if not changed:
            raise Refused(_("This message is sent, dismissed, or being sent at this moment. Look again."))
        audit.log(
            session,
            actor=actor,
            action=action,
            subject=f"outbox/{message_id}",
            before={"state": before, "last_error": message.last_error},
            reason=reason,
        )


def replay_dead(*, actor: str, reason: str, words: str = "") -> int:
    """Try every dead letter again, or those that a search finds; returns how many.

    Raises:
        Refused: no reason is given.
    """
    _demand_reason(reason)
    with writing() as session:
        asked = and_(_is(View.DEAD), _matches(words)) if words else _is(View.DEAD)
        ids = list(session.scalars(select(OutboxMessage.id).where(asked).order_by(OutboxMessage.id)))
        count = rows_changed(
            session,
            update(OutboxMessage).where(asked).values(dead_at=None, attempts=0, due_at=clock.now()),
        )
        session.add_all(
            AuditEntry(
                at=clock.now(),
                actor=actor,
                action="outbox.replay",
                subject=f"outbox/{each}",
                before={"state": View.DEAD.value},
                reason=reason,
            )
            for each in ids
        )
    return count


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Give a reason."))


@job("clear old messages", every=timedelta(hours=1))
def clear_old() -> int:
    """Delete the words and the receiver of what was settled some time ago; that it was sent stays known."""
    before = clock.now() - timedelta(days=settings().mail_body_days)
    of_codes = clock.now() - timedelta(hours=1)
    cleared = 0
    while True:
        with writing() as session:
            old = (
                select(OutboxMessage.id)
                .where(
                    OutboxMessage.cleared_at.is_(None),
                    or_(
                        OutboxMessage.sent_at < before,
                        OutboxMessage.dismissed_at < before,
                        and_(OutboxMessage.key.like("mail/order-code/%"), OutboxMessage.sent_at < of_codes),
                    ),
                )
                .order_by(OutboxMessage.id)
                .limit(CLEARED_AT_ONCE)
            )
            count = rows_changed(
                session,
                update(OutboxMessage)
                .where(OutboxMessage.id.in_(old.scalar_subquery()))
                .values(payload={}, recipient="", last_error=None, cleared_at=clock.now()),
            )
        cleared += count
        if count < CLEARED_AT_ONCE:
            return cleared


@audit.invariant("I13a", "Messages about one subject are sent in the order in which they were written")
def _sent_in_order(session: Session) -> Sequence[str]:
    first = (
        select(OutboxAttempt.message_id, func.min(OutboxAttempt.id).label("attempt"))
        .where(OutboxAttempt.outcome == AttemptOutcome.SENT)
        .group_by(OutboxAttempt.message_id)
        .subquery()
    )
    earlier, of_earlier = OutboxMessage.__table__.alias("earlier"), first.alias("of_earlier")
    overtaken = session.execute(
        select(OutboxMessage.key, earlier.c.key)
        .join(first, first.c.message_id == OutboxMessage.id)
        .join(earlier, and_(earlier.c.subject == OutboxMessage.subject, earlier.c.id < OutboxMessage.id))
        .outerjoin(of_earlier, of_earlier.c.message_id == earlier.c.id)
        .where(
            earlier.c.dismissed_at.is_(None),
            or_(of_earlier.c.attempt.is_(None), of_earlier.c.attempt > first.c.attempt),
        )
    )
    return [f"message {later} was sent before {before}" for later, before in overtaken]


@audit.invariant("I13b", "A message that is sent has an attempt that sent it")
def _sent_by_an_attempt(session: Session) -> Sequence[str]:
    found = session.scalars(
        select(OutboxMessage.key).where(
            OutboxMessage.sent_at.is_not(None),
            ~select(OutboxAttempt.id)
            .where(OutboxAttempt.message_id == OutboxMessage.id, OutboxAttempt.outcome == AttemptOutcome.SENT)
            .exists(),
        )
    )
    return [f"message {key} is marked as sent, but no attempt sent it" for key in found]
