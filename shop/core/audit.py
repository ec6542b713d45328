"""Two kinds of audit: the log of what staff and jobs did, and the invariants that must always hold.

The log is append-only. The invariants are queries that each room registers here; `violations` runs them
all. This module knows no room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.core import append_only, clock
from shop.core.database import Base
from shop.core.personal_data import not_personal


class AuditEntry(Base):
    """Something a person or a job changed: who, when, what, before, after and why."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(120), index=True)
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    reason: Mapped[str | None] = mapped_column(Text)


append_only.append_only("audit_entry")
not_personal(
    "audit_entry",
    "actor action subject before after reason",
    why="what staff did and wrote in their work; a buyer is named `buyer`",
)


def log(
    session: Session,
    *,
    actor: str,
    action: str,
    subject: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Write one line of the log, in the transaction of the change itself."""
    session.add(
        AuditEntry(
            at=clock.now(),
            actor=actor,
            action=action,
            subject=subject,
            before=before,
            after=after,
            reason=reason,
        )
    )


@dataclass(frozen=True)
class Invariant:
    """A statement about the whole database that must always be true."""

    code: str
    statement: str
    check: Callable[[Session], Iterable[str]]


_invariants: dict[str, Invariant] = {}


def invariant(
    code: str, statement: str
) -> Callable[[Callable[[Session], Iterable[str]]], Callable[[Session], Iterable[str]]]:
    """Register a check that yields one sentence for each row that breaks the statement."""

    def register(check: Callable[[Session], Iterable[str]]) -> Callable[[Session], Iterable[str]]:
        if code in _invariants:
            raise ValueError(f"invariant {code} is registered twice")
        _invariants[code] = Invariant(code, statement, check)
        return check

    return register


def invariants() -> list[Invariant]:
    """All registered invariants, in the order of their codes."""
    return sorted(_invariants.values(), key=lambda each: (len(each.code), each.code))


def breaches(session: Session, each: Invariant) -> Iterator[str]:
    """Every breach of one invariant. What cannot even be checked, for what a row holds, is a breach."""
    try:
        yield from each.check(session)
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        yield f"could not be checked, because a row holds what cannot be read: {error!r}"


def violations(session: Session) -> Iterator[tuple[Invariant, str]]:
    """Every breach of every invariant."""
    for each in invariants():
        for sentence in breaches(session, each):
            yield each, sentence


@invariant("I16a", "Every append-only table is guarded by its triggers")
def _guards_stand(session: Session) -> Iterator[str]:
    for name in append_only.missing(session.connection()):
        yield f"trigger {name} is missing"
