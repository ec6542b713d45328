"""The end of the register, published once a day, so that whoever keeps it elsewhere can prove a later change.

Nothing inside a database can show that the whole of it was written anew. A head kept outside can: it names a
record by its number and hash, and every later record rests on that one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import String, cast, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.attestations.models import AttestationDayHead, AttestationHead, AttestationRecord, StatementVersion
from shop.attestations.register import GENESIS
from shop.core import clock
from shop.core.audit import invariant
from shop.core.canonical import digest
from shop.core.database import writing
from shop.core.errors import Refused
from shop.core.jobs import job
from shop.core.language import gettext as _

FORM = "attestation-heads/1"


@dataclass(frozen=True, kw_only=True)
class PublishedHead:
    """A head as it is published, and as somebody may have kept it."""

    day: date
    sequence: int
    record_hash: str
    statements: str
    """Hash over the versions of the statement that the records up to here were signed under."""
    previous_hash: str
    published_at: datetime
    head_hash: str = ""

    @property
    def plain(self) -> dict[str, str | int]:
        """As JSON has it."""
        return {**self._sealed, "head_hash": self.head_hash}

    @property
    def seal(self) -> str:
        """What its hash has to be: SHA-256 of the canonical JSON of its other values."""
        return digest(self._sealed)

    @property
    def _sealed(self) -> dict[str, str | int]:
        return {
            "day": self.day.isoformat(),
            "sequence": self.sequence,
            "record_hash": self.record_hash,
            "statements": self.statements,
            "previous_hash": self.previous_hash,
            "published_at": self.published_at.isoformat(),
        }


@job("attestation-head", every=timedelta(hours=1))
def publish() -> str | None:
    """Publish today's head (UTC), once; returns its hash when it is new."""
    try:
        with writing() as session:
            today = clock.today()
            last = session.execute(
                select(AttestationDayHead.day, AttestationDayHead.head_hash)
                .order_by(AttestationDayHead.day.desc())
                .limit(1)
            ).one_or_none()
            if last is not None and last.day >= today:
                return None
            head = session.get_one(AttestationHead, 1)
            new = PublishedHead(
                day=today,
                sequence=head.sequence,
                record_hash=head.record_hash,
                statements=_statements(session)(head.sequence),
                previous_hash=last.head_hash if last is not None else GENESIS,
                published_at=clock.now(),
            )
            session.add(
                AttestationDayHead(
                    day=new.day,
                    sequence=new.sequence,
                    record_hash=new.record_hash,
                    previous_hash=new.previous_hash,
                    head_hash=new.seal,
                    published_at=new.published_at,
                )
            )
            return new.seal
    except IntegrityError:
        return None  # another worker was first


def published(session: Session) -> list[PublishedHead]:
    """Every head, the newest first."""
    statements = _statements(session)
    rows = session.execute(
        select(
            AttestationDayHead.day,
            AttestationDayHead.sequence,
            AttestationDayHead.record_hash,
            AttestationDayHead.previous_hash,
            AttestationDayHead.head_hash,
            AttestationDayHead.published_at,
        ).order_by(AttestationDayHead.day.desc())
    )
    return [PublishedHead(**row._mapping, statements=statements(row.sequence)) for row in rows]


def _statements(session: Session) -> Callable[[int], str]:
    """By the number of a record: the hash over all versions signed under up to there."""
    rows = session.execute(
        select(
            func.min(AttestationRecord.sequence).label("first"),
            StatementVersion.id,
            StatementVersion.code,
            StatementVersion.in_force_from,
            StatementVersion.text_sha256,
        )
        .join(StatementVersion, StatementVersion.id == AttestationRecord.version_id)
        .group_by(
            StatementVersion.id,
            StatementVersion.code,
            StatementVersion.in_force_from,
            StatementVersion.text_sha256,
        )
        .order_by(StatementVersion.id)
    ).all()

    @cache
    def up_to(sequence: int) -> str:
        return digest(
            [
                [row.id, row.code, row.in_force_from.isoformat(), row.text_sha256]
                for row in rows
                if row.first <= sequence
            ]
        )

    return up_to


def as_document(heads: Sequence[PublishedHead]) -> dict[str, Any]:
    """What is published as JSON, and read again by `read`."""
    return {"form": FORM, "heads": [head.plain for head in heads]}


def read(text: str) -> list[PublishedHead]:
    """Heads that somebody kept: the published document, or one head alone.

    Raises:
        Refused: it is not such a document.
    """
    try:
        document = json.loads(text)
        kept = document.get("heads", [document])
        return [_read_one(each) for each in kept]
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        raise Refused(_("This file holds no heads as the register publishes them.")) from None


def _read_one(kept: Mapping[str, Any]) -> PublishedHead:
    head = PublishedHead(
        day=date.fromisoformat(kept["day"]),
        sequence=int(kept["sequence"]),
        record_hash=str(kept["record_hash"]),
        statements=str(kept["statements"]),
        previous_hash=str(kept["previous_hash"]),
        published_at=datetime.fromisoformat(kept["published_at"]),
        head_hash=str(kept["head_hash"]),
    )
    if head.head_hash != head.seal:
        raise ValueError("a head does not match its own hash")
    return head


def differences(session: Session, kept: Sequence[PublishedHead]) -> Iterator[str]:
    """What the register no longer says of heads that were kept outside, a sentence each."""
    try:
        here = {head.day: head for head in published(session)}
    except (TypeError, ValueError):
        yield "the heads of this register cannot be read"
        return
    hashes = _hashes(session, [head.sequence for head in kept])
    for head in sorted(kept, key=lambda each: each.day):
        found = hashes.get(head.sequence)
        if found is None:
            yield (
                f"attestation number {head.sequence}, the last one on {head.day}, is gone: the head kept "
                f"outside names {head.record_hash}"
            )
        elif found[1] != head.record_hash:
            yield (
                f"attestation {found[0]} (number {head.sequence}) or one before it is not what was published "
                f"on {head.day}: the register was written anew"
            )
        if head.day not in here:
            yield f"the head of {head.day} was removed"
        elif here[head.day] != head:
            yield f"the head of {head.day} is not the one that was published"


@invariant("I16b", "Every published head names a record of the chain, and rests on the head before it")
def _heads_are_in_the_chain(session: Session) -> Iterator[str]:
    try:
        heads = list(reversed(published(session)))
    except (TypeError, ValueError):
        yield from _unreadable(session)
        return
    hashes = _hashes(session, [head.sequence for head in heads])
    previous, reached = GENESIS, 0
    for head in heads:
        name = f"the head of {head.day}"
        if head.previous_hash != previous:
            yield f"{name} does not follow the head before it: one was removed, added or swapped"
        if head.head_hash != head.seal:
            yield (
                f"{name} has been edited, or a statement signed under by then: its hash does not match what "
                "they say"
            )
        if head.sequence < reached:
            yield f"{name} ends before the head before it"
        found = hashes.get(head.sequence)
        if found is None:
            yield f"{name} names attestation number {head.sequence}, which is gone"
        elif found[1] != head.record_hash:
            yield (
                f"{name} names another attestation than {found[0]} (number {head.sequence}): "
                "the chain was changed up to there"
            )
        previous, reached = head.head_hash, max(reached, head.sequence)


def _unreadable(session: Session) -> Iterator[str]:
    """Which heads hold a day or a time that is none."""
    columns = (AttestationDayHead.day, AttestationDayHead.published_at)
    for row in session.execute(select(*(cast(column, String) for column in columns))):
        try:
            date.fromisoformat(row[0])
            datetime.fromisoformat(row[1])
        except ValueError:
            yield f"the head of {row[0]} has been edited: it holds what cannot be read"


def _hashes(session: Session, sequences: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Id and hash of some records, by number; number 0 is the end of an empty register."""
    found = {0: ("none", GENESIS)}
    wanted = sorted(set(sequences))
    for begin in range(0, len(wanted), 500):
        rows = session.execute(
            select(AttestationRecord.sequence, AttestationRecord.id, AttestationRecord.record_hash).where(
                AttestationRecord.sequence.in_(wanted[begin : begin + 500])
            )
        )
        found |= {row.sequence: (row.id, row.record_hash) for row in rows}
    return found
