"""The register as a list: signed statements, filtered by day, customer, country and version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from shop.attestations.models import AttestationRecord, AttestationSigner, Outcome, StatementVersion
from shop.ordering.models import Order, order_id_of

PAGE_SIZE = 50


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is looked for; empty values ask nothing."""

    words: str = ""
    """Part of an organisation, name or address of who signed, or an order number."""
    since: date | None = None
    until: date | None = None
    country: str = ""
    """ISO 3166-1 alpha-2."""
    statement: str = ""
    refused: bool = False
    """Only those that could not confirm a statement."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One record; who signed is empty once it was erased."""

    record_id: str
    sequence: int
    signed_at: datetime
    outcome: Outcome
    statement: str
    order_id: int | None
    country: str
    organisation: str
    name: str
    record_hash: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """One page of records."""

    rows: Sequence[Row]
    total: int
    number: int


def find(session: Session, asked: Asked, *, page: int) -> Found:
    """One page, the newest first; a page past the end is the last one. Two queries."""
    total = session.scalar(_joined(select(func.count()).select_from(AttestationRecord), asked)) or 0
    number = min(page, max(1, -(-total // PAGE_SIZE)))
    rows = _rows(session, asked, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    return Found(rows=rows, total=total, number=number)


def find_all(session: Session, asked: Asked, *, at_most: int) -> list[Row]:
    """All of them up to a number, the newest first."""
    return _rows(session, asked, limit=at_most, offset=0)


def codes(session: Session) -> list[str]:
    """The versions of the statement, the newest first."""
    return list(
        session.scalars(select(StatementVersion.code).order_by(StatementVersion.in_force_from.desc()))
    )


def _rows(session: Session, asked: Asked, *, limit: int, offset: int) -> list[Row]:
    query = select(
        AttestationRecord.id.label("record_id"),
        AttestationRecord.sequence,
        AttestationRecord.signed_at,
        AttestationRecord.outcome,
        AttestationRecord.record_hash,
        AttestationRecord.content,
        StatementVersion.code.label("statement"),
        Order.id.label("order_id"),
        Order.country,
        func.coalesce(Order.organisation, AttestationSigner.organisation, "").label("organisation"),
        func.coalesce(AttestationSigner.typed_name, "").label("name"),
    ).select_from(AttestationRecord)
    newest = _joined(query, asked).order_by(AttestationRecord.sequence.desc()).limit(limit).offset(offset)
    return [
        Row(
            record_id=row.record_id,
            sequence=row.sequence,
            signed_at=row.signed_at,
            outcome=row.outcome,
            statement=row.statement,
            order_id=row.order_id,
            country=row.country or str(row.content.get("country", "")),
            organisation=row.organisation,
            name=row.name,
            record_hash=row.record_hash,
        )
        for row in session.execute(newest)
    ]


def _joined(query: Select[Any], asked: Asked) -> Select[Any]:
    return (
        query.join(StatementVersion, StatementVersion.id == AttestationRecord.version_id)
        .outerjoin(AttestationSigner, AttestationSigner.record_id == AttestationRecord.id)
        .outerjoin(Order, Order.attestation_id == AttestationRecord.id)
        .where(*_conditions(asked))
    )


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.words:
        texts = (
            *(AttestationSigner.organisation, AttestationSigner.typed_name, AttestationSigner.email),
            Order.organisation,
        )
        matches = [func.lower(each).contains(asked.words.lower(), autoescape=True) for each in texts]
        order_id = order_id_of(asked.words)
        found.append(or_(*matches, Order.id == order_id) if order_id else or_(*matches))
    if asked.since:
        found.append(AttestationRecord.signed_at >= datetime.combine(asked.since, time(), UTC))
    if asked.until:
        found.append(
            AttestationRecord.signed_at < datetime.combine(asked.until, time(), UTC) + timedelta(days=1)
        )
    if asked.country:
        of_content = AttestationRecord.content["country"].as_string()
        found.append(or_(Order.country == asked.country, of_content == asked.country))
    if asked.statement:
        found.append(StatementVersion.code == asked.statement)
    if asked.refused:
        found.append(AttestationRecord.outcome == Outcome.NOT_CONFIRMED)
    return found
