"""The register of signed statements: append-only, each record sealed with the hash of the one before.

A record's hash covers everything in it, and the hash of its predecessor, so that an edited, removed, added
or swapped record breaks the chain at a place that can be named. Personal data stands beside the chain and
is bound to it by a salted commitment (SHA-256 over salt and data): erasing the person's row removes the
data and the salt, and the chain still verifies.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from shop.attestations.models import (
    AttestationHead,
    AttestationRecord,
    AttestationSigner,
    Outcome,
    StatementVersion,
)
from shop.attestations.statements import Statement, text_sha256
from shop.core import together
from shop.core.audit import invariant
from shop.core.canonical import Plain, canonical, digest
from shop.core.erasure import ErasureEntry
from shop.core.errors import Refused
from shop.core.language import gettext as _

GENESIS = "0" * 64
"""What stands for the record before the first."""


class StatementReplaced(Refused):
    """What was confirmed is no longer what is asked."""


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Who signs, and from where: the personal data of a record."""

    typed_name: str
    role: str
    organisation: str
    email: str
    delivery_address: str
    ip_address: str
    user_agent: str
    locale: str
    approval: str = ""
    intended_use: str = ""


def append(
    session: Session,
    *,
    record_id: str,
    statement: Statement,
    answers: dict[int, str],
    purpose: str,
    content: dict[str, Plain],
    signer: Signer,
    order_reference: str | None,
    at: datetime,
) -> AttestationRecord:
    """Write one record at the end of the chain.

    The end of the chain is locked until the transaction ends, so this comes last in a use case.

    Args:
        answers: `yes` or `no` for each clause position; every clause must be answered.
        content: what the answers are about: lines, lots, prices and destination.
        order_reference: the order placed; None when a statement could not be confirmed.

    Raises:
        StatementReplaced: a newer version of the statement came into force before it was signed.
    """
    outcome = Outcome.CONFIRMED if set(answers.values()) == {"yes"} else Outcome.NOT_CONFIRMED
    if set(answers) != {clause.position for clause in statement.clauses}:
        raise ValueError("every clause needs an answer")
    if (outcome == Outcome.CONFIRMED) != (order_reference is not None):
        raise ValueError("an order is placed when, and only when, every clause is confirmed")
    salt = secrets.token_hex(32)
    committed = commitment(salt, signer)
    # Locked as late as can be: every order of the shop waits for this row.
    head = session.execute(_LOCK_HEAD, {"moment": at}).one()
    if outcome == Outcome.CONFIRMED and head.in_force != statement.version_id:
        raise StatementReplaced(_("A new version of the research-use statement is in force."))
    record = AttestationRecord(
        id=record_id,
        sequence=head.sequence + 1,
        version_id=statement.version_id,
        outcome=outcome,
        order_reference=order_reference,
        rendered_text=statement.text,
        rendered_sha256=hashlib.sha256(statement.text.encode()).hexdigest(),
        answers=[
            {
                "position": clause.position,
                "heading": clause.heading,
                "answer": answers[clause.position],
            }
            for clause in statement.clauses
        ],
        purpose=purpose,
        content=content,
        signed_at=at,
        signer_commitment=committed,
        previous_hash=head.record_hash,
        record_hash="",
    )
    record.record_hash = seal(record)
    moved = {"to_sequence": record.sequence, "to_hash": record.record_hash}
    together.write(session, _MOVE_HEAD, moved)
    together.write(session, _WRITE_RECORD, {each: getattr(record, each) for each in _RECORDED})
    together.write(session, _WRITE_SIGNER, {"record_id": record_id, "salt": salt, **asdict(signer)})
    return record


# Made once: making a statement anew costs more than running it.
_RECORDED = [each.key for each in AttestationRecord.__table__.columns]
_WRITE_RECORD = insert(cast(Table, AttestationRecord.__table__))
_WRITE_SIGNER = insert(cast(Table, AttestationSigner.__table__))
_HEAD = cast(Table, AttestationHead.__table__)
_VERSION = cast(Table, StatementVersion.__table__)
_IN_FORCE = (
    select(_VERSION.c.id.label("in_force"))
    .where(_VERSION.c.in_force_from <= bindparam("moment"))
    .order_by(_VERSION.c.in_force_from.desc())
    .limit(1)
    .scalar_subquery()
)
"""Never an old answer: whoever places an order, or publishes a version, has taken a turn (`take_turn`)."""
_END = select(_HEAD.c.sequence, _HEAD.c.record_hash, _IN_FORCE.label("in_force"))
_LOCK_HEAD = _END.with_for_update(of=_HEAD)
_MOVE_HEAD = update(_HEAD).values(sequence=bindparam("to_sequence"), record_hash=bindparam("to_hash"))


def commitment(salt: str, signer: Signer) -> str:
    """The hash that binds a signer to a record without showing who it is.

    What a statement did not ask is left out, so that records of versions that asked less stay as they are.
    """
    told = {
        name: value
        for name, value in asdict(signer).items()
        if value or name not in ("approval", "intended_use")
    }
    return hashlib.sha256(salt.encode() + canonical(told)).hexdigest()


def seal(record: AttestationRecord) -> str:
    """The hash of a record, its predecessor's hash included."""
    return digest(
        {
            "id": record.id,
            "sequence": record.sequence,
            "version": record.version_id,
            "outcome": record.outcome.value,
            "order": record.order_reference,
            "text": record.rendered_text,
            "text_sha256": record.rendered_sha256,
            "answers": record.answers,
            "purpose": record.purpose,
            "content": record.content,
            "signed_at": record.signed_at.isoformat(),
            "signer": record.signer_commitment,
            "previous": record.previous_hash,
        }
    )


@invariant("I16", "The chain of attestations is whole, and every signer is the one who signed")
def _chain_is_whole(session: Session) -> Iterator[str]:
    previous, expected = GENESIS, 1
    for link, record in _links(session):
        name = f"attestation {link.id} (number {link.sequence})"
        if link.sequence != expected:
            yield f"{name} stands where number {expected} should be: a record was removed or moved"
        if link.previous_hash != previous:
            yield f"{name} does not follow the record before it: one was removed, added or swapped"
        if not _is_sealed(record):
            yield f"{name} has been edited: its seal does not match what it says"
        previous, expected = link.record_hash, link.sequence + 1
    head = session.get(AttestationHead, 1)
    if head is None or (head.record_hash, head.sequence) != (previous, expected - 1):
        says = head.sequence if head else "nothing"
        yield f"the chain ends at number {expected - 1}, its head says {says}: its end was changed"
    yield from _signers_match(session)


@dataclass(frozen=True, kw_only=True)
class _Link:
    """What chains a record to the one before it."""

    sequence: int
    id: str
    previous_hash: str
    record_hash: str


def _links(session: Session) -> Iterator[tuple[_Link, AttestationRecord | None]]:
    """Each record in its order; None for one that holds what cannot be read."""
    rows = session.execute(
        select(
            AttestationRecord.sequence,
            AttestationRecord.id,
            AttestationRecord.previous_hash,
            AttestationRecord.record_hash,
        ).order_by(AttestationRecord.sequence)
    ).all()
    links = [_Link(sequence=row[0], id=row[1], previous_hash=row[2], record_hash=row[3]) for row in rows]
    for begin in range(0, len(links), 500):
        part = links[begin : begin + 500]
        found = _readable(session, [link.id for link in part])
        yield from ((link, found.get(link.id)) for link in part)


def _readable(session: Session, ids: list[str]) -> dict[str, AttestationRecord]:
    try:
        records = session.scalars(select(AttestationRecord).where(AttestationRecord.id.in_(ids))).all()
    except (LookupError, TypeError, ValueError, RecursionError):
        # One of them holds broken JSON, or a time that is none; by halves it is told from the others.
        if len(ids) == 1:
            return {}
        middle = len(ids) // 2
        return _readable(session, ids[:middle]) | _readable(session, ids[middle:])
    return {record.id: record for record in records}


def _is_sealed(record: AttestationRecord | None) -> bool:
    """Whether a record says what was sealed, the statement's text included."""
    if record is None:
        return False
    try:
        text_hash = hashlib.sha256(record.rendered_text.encode()).hexdigest()
        return seal(record) == record.record_hash and text_hash == record.rendered_sha256
    except (TypeError, ValueError, RecursionError):
        return False


def _signers_match(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(AttestationRecord.id, AttestationRecord.signer_commitment, AttestationSigner).join(
            AttestationSigner, AttestationSigner.record_id == AttestationRecord.id
        )
    )
    for record_id, committed, row in rows:
        signer = Signer(**{field: getattr(row, field) for field in Signer.__dataclass_fields__})
        if commitment(row.salt, signer) != committed:
            yield f"attestation {record_id}: the signer's data is not what was signed with"
    for record_id in session.scalars(
        select(AttestationSigner.record_id).where(
            AttestationSigner.record_id.not_in(select(AttestationRecord.id))
        )
    ):
        yield f"attestation {record_id}: it has a signer, but is gone"
    yield from _erasures_explain_missing_signers(session)


def _erasures_explain_missing_signers(session: Session) -> Iterator[str]:
    """Who signed may be missing only where the log of erasures says so."""
    missing = session.scalars(
        select(AttestationRecord.id)
        .where(AttestationRecord.id.not_in(select(AttestationSigner.record_id)))
        .order_by(AttestationRecord.sequence)
    ).all()
    if not missing:
        return
    logged = session.scalars(select(ErasureEntry.erased))
    explained = sum(int(each.get("attestation_signer", 0)) for each in logged)
    if len(missing) > explained:
        for record_id in missing:
            yield (
                f"attestation {record_id}: who signed it is gone; the log of erasures explains {explained} "
                f"of {len(missing)}"
            )


@invariant("I8", "No version of the statement has been edited")
def _versions_are_unchanged(session: Session) -> Iterator[str]:
    for version_id, code in session.execute(select(StatementVersion.id, StatementVersion.code)).all():
        try:
            version = session.get_one(StatementVersion, version_id, populate_existing=True)
            words = [(clause.heading, clause.text) for clause in version.clauses]
            places = [clause.position for clause in version.clauses]
            holds = places == list(range(1, len(places) + 1)) and (
                text_sha256(version.preamble, words, version.asks) == version.text_sha256
            )
        except (LookupError, TypeError, ValueError, RecursionError):
            holds = False  # broken JSON, or a time that is none
        if not holds:
            yield f"statement {code} does not match its hash"


def head_of_chain(session: Session) -> tuple[int, str]:
    """Number and hash of the last record, to be kept elsewhere as a witness."""
    head = session.get_one(AttestationHead, 1)
    return head.sequence, head.record_hash
