"""Laboratories and their accreditations, as staff keep them. Every change is in the log with before and
after.

What a published certificate says of a laboratory stands in the certificate's own record, so a change here
changes no certificate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from shop.core import audit
from shop.core.audit import AuditEntry
from shop.core.database import locked, writing
from shop.core.errors import NotFound, Refused
from shop.core.identity import name_key
from shop.core.language import gettext as _
from shop.inventory.models import Accreditation, CertificateRevision, Laboratory, LaboratoryRelation

MOST_METHODS = 60


@dataclass(frozen=True, kw_only=True)
class LaboratoryFacts:
    """What is known of a laboratory."""

    name: str
    place: str
    country: str
    relation: LaboratoryRelation
    portal_url: str


@dataclass(frozen=True, kw_only=True)
class AccreditationFacts:
    """What an accreditation certificate says; one method of the scope each."""

    standard: str
    body: str
    number: str
    scope_url: str
    methods: tuple[str, ...]
    valid_from: date
    valid_to: date


@dataclass(frozen=True, kw_only=True)
class LaboratoryRow:
    """A laboratory in the list."""

    laboratory: Laboratory
    certificates: int


def add(facts: LaboratoryFacts, *, actor: str) -> int:
    """Add a laboratory; returns its id.

    Raises:
        Refused: there is one of that name already.
    """
    with writing() as session:
        _refuse_second_name(session, facts.name, None)
        laboratory = Laboratory(**asdict(facts))
        session.add(laboratory)
        session.flush()
        audit.log(
            session,
            actor=actor,
            action="laboratory.add",
            subject=f"laboratory/{laboratory.id}",
            after=_plain(facts),
        )
        return laboratory.id


def change(laboratory_id: int, facts: LaboratoryFacts, *, actor: str, reason: str) -> None:
    """Change what is known of a laboratory, from now on.

    Raises:
        Refused: there is another one of that name, or no reason is given.
        NotFound: there is no such laboratory.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    with writing() as session:
        laboratory = locked(session, Laboratory, laboratory_id)
        if laboratory is None:
            raise _unknown()
        _refuse_second_name(session, facts.name, laboratory_id)
        before = _plain(facts_of(laboratory))
        for name, value in asdict(facts).items():
            setattr(laboratory, name, value)
        audit.log(
            session,
            actor=actor,
            action="laboratory.change",
            subject=f"laboratory/{laboratory_id}",
            before=before,
            after=_plain(facts),
            reason=reason.strip(),
        )


def add_accreditation(laboratory_id: int, facts: AccreditationFacts, *, actor: str) -> int:
    """Add an accreditation to a laboratory; returns its id.

    Raises:
        Refused: the dates or the methods cannot be right, or it is on record already.
        NotFound: there is no such laboratory.
    """
    _check(facts)
    with writing() as session:
        if locked(session, Laboratory, laboratory_id) is None:
            raise _unknown()
        _refuse_second_accreditation(session, facts, None)
        accreditation = Accreditation(laboratory_id=laboratory_id, **_columns(facts))
        session.add(accreditation)
        session.flush()
        audit.log(
            session,
            actor=actor,
            action="accreditation.add",
            subject=f"laboratory/{laboratory_id}",
            after=_plain(facts),
        )
        return accreditation.id


def change_accreditation(
    accreditation_id: int, facts: AccreditationFacts, *, actor: str, reason: str
) -> None:
    """Change an accreditation, from now on; certificates published before keep what was known then.

    Raises:
        Refused: the dates or the methods cannot be right, or no reason is given.
        NotFound: there is no such accreditation.
    """
    _check(facts)
    if not reason.strip():
        raise Refused(_("Give a reason."))
    with writing() as session:
        accreditation = locked(session, Accreditation, accreditation_id)
        if accreditation is None:
            raise NotFound(_("There is no such accreditation."))
        _refuse_second_accreditation(session, facts, accreditation_id)
        before = _plain(accreditation_facts_of(accreditation))
        for name, value in _columns(facts).items():
            setattr(accreditation, name, value)
        audit.log(
            session,
            actor=actor,
            action="accreditation.change",
            subject=f"laboratory/{accreditation.laboratory_id}",
            before=before,
            after=_plain(facts),
            reason=reason.strip(),
        )


def facts_of(laboratory: Laboratory) -> LaboratoryFacts:
    """A laboratory's row as facts."""
    return LaboratoryFacts(
        name=laboratory.name,
        place=laboratory.place,
        country=laboratory.country,
        relation=laboratory.relation,
        portal_url=laboratory.portal_url,
    )


def accreditation_facts_of(accreditation: Accreditation) -> AccreditationFacts:
    """An accreditation's row as facts."""
    return AccreditationFacts(
        standard=accreditation.standard,
        body=accreditation.body,
        number=accreditation.number,
        scope_url=accreditation.scope_url,
        methods=tuple(accreditation.methods),
        valid_from=accreditation.valid_from,
        valid_to=accreditation.valid_to,
    )


def listed(session: Session) -> list[LaboratoryRow]:
    """Every laboratory with how many published certificates are its own. Two queries."""
    counts = (
        select(CertificateRevision.laboratory_id, func.count().label("number"))
        .where(CertificateRevision.published_at.is_not(None))
        .group_by(CertificateRevision.laboratory_id)
        .subquery()
    )
    rows = session.execute(
        select(Laboratory, func.coalesce(counts.c.number, 0))
        .outerjoin(counts, counts.c.laboratory_id == Laboratory.id)
        .order_by(Laboratory.name)
        .options(selectinload(Laboratory.accreditations))
    )
    return [LaboratoryRow(laboratory=laboratory, certificates=number) for laboratory, number in rows]


def find(session: Session, laboratory_id: int) -> Laboratory:
    """A laboratory with its accreditations.

    Raises:
        NotFound: there is no such laboratory.
    """
    found = session.scalar(
        select(Laboratory)
        .where(Laboratory.id == laboratory_id)
        .options(selectinload(Laboratory.accreditations))
    )
    if found is None:
        raise _unknown()
    return found


def history(session: Session, laboratory_id: int) -> Sequence[AuditEntry]:
    """What was changed of a laboratory and its accreditations, the newest first."""
    return session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == f"laboratory/{laboratory_id}")
        .order_by(AuditEntry.id.desc())
    ).all()


def _check(facts: AccreditationFacts) -> None:
    if facts.valid_to < facts.valid_from:
        raise Refused(_("The accreditation ends before it begins. Check the dates."))
    if not 1 <= len(facts.methods) <= MOST_METHODS:
        raise Refused(_("Enter the methods in the scope, from 1 to %(most)s of them.", most=MOST_METHODS))


def _refuse_second_name(session: Session, name: str, own_id: int | None) -> None:
    for other in session.scalars(select(Laboratory)):
        if other.id != own_id and name_key(other.name) == name_key(name):
            raise Refused(_("There is a laboratory %(name)s already.", name=other.name))


def _refuse_second_accreditation(session: Session, facts: AccreditationFacts, own_id: int | None) -> None:
    found = session.scalar(
        select(Accreditation.id).where(
            Accreditation.body == facts.body,
            Accreditation.number == facts.number,
            Accreditation.valid_from == facts.valid_from,
        )
    )
    if found is not None and found != own_id:
        raise Refused(_("This accreditation is on record already."))


def _columns(facts: AccreditationFacts) -> dict[str, Any]:
    return asdict(facts) | {"methods": list(facts.methods)}


def _plain(facts: LaboratoryFacts | AccreditationFacts) -> dict[str, Any]:
    """Facts as the log keeps them."""
    return {
        name: value.isoformat()
        if isinstance(value, date)
        else list(value)
        if isinstance(value, tuple)
        else value
        for name, value in asdict(facts).items()
    }


def _unknown() -> NotFound:
    return NotFound(_("There is no such laboratory."))
