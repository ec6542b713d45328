"""Qualified buyers: an organisation applies, staff decide, and an approval holds for twelve months.

With `BUYER_POLICY=qualified` only an organisation with a valid approval can place orders, from a mail address
of the domain that was verified, or from the verified address itself where anybody can open one there.
Kinds of organisation other than the listed ones take two different people.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import ForeignKey, ScalarSelect, String, Text, UniqueConstraint, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from shop.core import audit, clock, files, free_mail, mail
from shop.core.append_only import append_only
from shop.core.database import Base, Numbered, locked, one_of, rule, writing
from shop.core.errors import NotFound, Refused
from shop.core.identity import name_key, random_reference
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.core.wording import plain_text
from shop.people import organisations
from shop.people.models import Organisation
from shop.people.staff import SignedInStaff

HOLDS_FOR = timedelta(days=365)
TOLD_BEFORE = timedelta(days=30)
"""So long before it ends, an approval is shown to staff."""


class OrganisationKind(StrEnum):
    """What kind of body applies."""

    UNIVERSITY = "university"
    HOSPITAL_LABORATORY = "hospital_laboratory"
    COMPANY = "company"
    CONTRACT_RESEARCH = "contract_research"
    GOVERNMENT = "government"
    TEACHING = "teaching"
    OTHER = "other"


class QualificationState(StrEnum):
    """Where an application stands. An approval that has run out stays `approved`; its date says so."""

    APPLIED = "applied"
    APPROVED = "approved"
    REFUSED = "refused"


class Decision(StrEnum):
    """What one person said."""

    APPROVE = "approve"
    REFUSE = "refuse"


class Qualification(Numbered):
    """An application of an organisation to buy, and where it stands."""

    __tablename__ = "qualification"
    __table_args__ = (
        rule("state <> 'approved' OR expires_on IS NOT NULL", "an_approval_has_an_end"),
        rule("state <> 'approved' OR email_verified_at IS NOT NULL", "only_a_verified_address_is_approved"),
    )

    reference: Mapped[str] = mapped_column(String(26), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[OrganisationKind] = mapped_column(one_of(OrganisationKind, "kind_is_known"))
    registry_number: Mapped[str] = mapped_column(String(80))
    website: Mapped[str] = mapped_column(String(300))
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), index=True)
    email_verified_at: Mapped[datetime | None]
    responsible_name: Mapped[str] = mapped_column(String(120))
    responsible_role: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(Text)
    research_area: Mapped[str] = mapped_column(Text)
    evidence: Mapped[list[Any]]
    """Name and SHA-256 of each file."""
    applied_at: Mapped[datetime]
    state: Mapped[QualificationState] = mapped_column(
        one_of(QualificationState, "state_is_known"), index=True
    )
    expires_on: Mapped[date | None]

    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=True)
    decisions: Mapped[list[QualificationDecision]] = relationship(order_by="QualificationDecision.id")

    @property
    def people_needed(self) -> int:
        """How many different people have to approve."""
        return 2 if self.kind == OrganisationKind.OTHER else 1


class QualificationDecision(Base):
    """What one member of staff decided about an application, and why."""

    __tablename__ = "qualification_decision"
    __table_args__ = (
        UniqueConstraint("qualification_id", "staff_id"),
        rule("reason <> ''", "it_has_a_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    qualification_id: Mapped[int] = mapped_column(ForeignKey("qualification.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))
    decision: Mapped[Decision] = mapped_column(one_of(Decision, "decision_is_known"))
    reason: Mapped[str] = mapped_column(Text)


append_only("qualification_decision")


class NotQualified(Refused):
    """The shop sells only to approved organisations, and this is none, or its approval has ended."""


@dataclass(frozen=True, kw_only=True)
class Application:
    """What an organisation writes about itself."""

    legal_name: str
    kind: OrganisationKind
    registry_number: str
    website: str
    email: str
    responsible_name: str
    responsible_role: str
    address: str
    research_area: str


def apply(new: Application, evidence: Sequence[tuple[str, bytes]]) -> str:
    """Take an application, and ask for its mail address to be confirmed; returns its reference.

    Raises:
        Refused: no evidence came along.
    """
    if not evidence:
        raise Refused(_("Send at least one document that shows what your organisation is."))
    stored = [(name, files.store().put(data), len(data)) for name, data in evidence]
    with writing() as session:
        for _name, digest, size in stored:
            files.record(session, digest, size=size, media_type="application/pdf")
        row = Qualification(
            reference=random_reference(),
            organisation_id=organisations.find_or_add(session, new.legal_name),
            kind=new.kind,
            registry_number=new.registry_number,
            website=new.website,
            email=new.email,
            email_key=name_key(new.email),
            responsible_name=new.responsible_name,
            responsible_role=new.responsible_role,
            address=new.address,
            research_area=new.research_area,
            evidence=[{"name": name, "sha256": digest} for name, digest, _size in stored],
            applied_at=clock.now(),
            state=QualificationState.APPLIED,
        )
        session.add(row)
        session.flush()
        body = plain_text(
            "mail/qualification.txt",
            organisation=new.legal_name,
            link=f"{settings().base_url}/qualification/{row.reference}?key={_key(row.reference)}",
            shop_name=settings().shop_name,
            contact_email=settings().contact_email,
        )
        mail.write(
            session,
            mail.Letter(to=new.email, subject=_("Confirm your work email address"), body=body),
            fact=f"qualification/{row.reference}",
            about=f"qualification/{row.reference}",
        )
        return row.reference


def _key(reference: str) -> str:
    secret = settings().secret_key.encode()
    return hmac.new(secret, f"qualification:{reference}".encode(), sha256).hexdigest()[:40]


def confirm_address(reference: str, key: str) -> None:
    """Take the mail address of an application for confirmed.

    Raises:
        NotFound: the link is not the one that was sent.
    """
    if not hmac.compare_digest(key.encode(), _key(reference).encode()):
        raise NotFound(_("This link is not complete. Use the whole link from the mail."))
    with writing() as session:
        row = session.scalar(select(Qualification).where(Qualification.reference == reference))
        if row is None:
            raise NotFound(_("This link is not complete. Use the whole link from the mail."))
        row.email_verified_at = row.email_verified_at or clock.now()


def decide(number: int, decision: Decision, *, staff: SignedInStaff, reason: str) -> QualificationState:
    """Approve or refuse an application; returns where it stands then.

    Raises:
        Refused: it is decided, its address is not confirmed, no reason is given, or this person has decided.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    try:
        with writing() as session:
            row = locked(session, Qualification, number)
            if row is None:
                raise NotFound(_("There is no such application."))
            if row.state != QualificationState.APPLIED:
                raise Refused(_("This application has been decided already."))
            if decision == Decision.APPROVE and row.email_verified_at is None:
                raise Refused(_("The applicant has not confirmed the mail address yet."))
            session.execute(
                insert(QualificationDecision).values(
                    qualification_id=number,
                    staff_id=staff.id,
                    at=clock.now(),
                    actor=staff.actor,
                    decision=decision,
                    reason=reason.strip(),
                )
            )
            agreed = session.scalar(
                select(func.count())
                .select_from(QualificationDecision)
                .where(
                    QualificationDecision.qualification_id == number,
                    QualificationDecision.decision == Decision.APPROVE,
                )
            )
            if decision == Decision.REFUSE:
                row.state = QualificationState.REFUSED
            elif (agreed or 0) >= row.people_needed:
                row.state, row.expires_on = QualificationState.APPROVED, clock.today() + HOLDS_FOR
            if row.state != QualificationState.APPLIED:
                _tell(session, row)
            audit.log(
                session,
                actor=staff.actor,
                action=f"qualification.{decision.value}",
                subject=f"qualification/{number}",
                reason=reason,
            )
            return row.state
    except IntegrityError:
        raise Refused(_("You have decided about this application. It takes another person.")) from None


def _tell(session: Session, row: Qualification) -> None:
    """Tell the applicant what was decided; the reason stays with the shop."""
    approved = row.state == QualificationState.APPROVED
    body = plain_text(
        "mail/qualification_decided.txt",
        organisation=row.organisation.name,
        approved=approved,
        expires_on=row.expires_on,
        shop_name=settings().shop_name,
        contact_email=settings().contact_email,
    )
    subject = _("Your organisation is approved") if approved else _("Your application to buy from us")
    mail.write(
        session,
        mail.Letter(to=row.email, subject=subject, body=body),
        fact=f"qualification-decided/{row.reference}",
        about=f"qualification/{row.reference}",
    )


def demand(session: Session, *, organisation: str, email: str) -> None:
    """Where only qualified buyers may order, refuse everybody else. Asked inside the placing transaction.

    Raises:
        NotQualified: the organisation has no valid approval, or the address is of another domain.
    """
    if settings().buyer_policy != "qualified":
        return
    approved = session.scalars(
        select(Qualification.email_key)
        .join(Organisation, Organisation.id == Qualification.organisation_id)
        .where(
            Organisation.name_key == name_key(organisation),
            Qualification.state == QualificationState.APPROVED,
            Qualification.expires_on >= clock.today(),
        )
    )
    if _speaks_for(email) not in {_speaks_for(address) for address in approved}:
        raise NotQualified(
            _(
                "We supply organisations that we have approved. %(organisation)s has no valid approval for "
                "this mail address yet. Apply for it once; your cart stays as it is.",
                organisation=organisation,
            )
        )


def _speaks_for(email: str) -> str:
    """What of an address shows the organisation: its domain, or all of it at a free provider."""
    key = name_key(email)
    domain = key.rpartition("@")[2]
    return key if domain in free_mail.DOMAINS else domain


def every(session: Session) -> list[Qualification]:
    """Every application, those that wait first."""
    rows = session.scalars(select(Qualification).order_by(Qualification.id.desc()))
    return sorted(rows, key=lambda row: row.state != QualificationState.APPLIED)


def find(session: Session, number: int) -> Qualification:
    """One application.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Qualification, number)
    if found is None:
        raise NotFound(_("There is no such application."))
    return found


def waiting() -> ScalarSelect[int]:
    """How many applications wait for a decision."""
    waits = Qualification.state == QualificationState.APPLIED
    return select(func.count()).select_from(Qualification).where(waits).scalar_subquery()


def expiring() -> ScalarSelect[int]:
    """How many approvals end within thirty days."""
    today = clock.today()
    ends = Qualification.expires_on.between(today, today + TOLD_BEFORE)
    approved = Qualification.state == QualificationState.APPROVED
    return select(func.count()).select_from(Qualification).where(approved, ends).scalar_subquery()
