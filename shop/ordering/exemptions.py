"""Tax exemption certificates: what an organisation sent in, and what a person decided about it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, ScalarSelect, String, Text, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from shop.core import audit, clock, files
from shop.core.append_only import frozen_columns
from shop.core.database import Numbered, one_of, rows_changed, rule, writing
from shop.core.errors import NotFound, Refused
from shop.core.identity import name_key
from shop.core.language import gettext as _
from shop.ordering import destinations, regions
from shop.ordering.tax import Certificate
from shop.people import organisations
from shop.people.models import Organisation


class ExemptionState(StrEnum):
    """Where the review of a certificate stands."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """Accepted once, and taken back."""


class TaxExemption(Numbered):
    """A certificate that frees an organisation from the tax of one place, once a person accepted it."""

    __tablename__ = "tax_exemption"
    __table_args__ = (
        rule("(state = 'waiting') = (reviewed_at IS NULL)", "reviewed_when_no_longer_waiting"),
        rule("(reviewed_at IS NULL) = (reviewed_by IS NULL)", "a_review_has_a_person"),
        rule("state NOT IN ('refused', 'withdrawn') OR reason <> ''", "a_no_has_a_reason"),
        rule("length(country) = 2", "country_is_a_code"),
        {"sqlite_autoincrement": True},
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    email_domain: Mapped[str] = mapped_column(String(254))
    """Only buyers with an address of this domain are freed, so that nobody borrows another's certificate."""
    country: Mapped[str] = mapped_column(String(2))
    region: Mapped[str] = mapped_column(String(80), default="")
    """The state or province as the rates name it; empty for the whole country."""
    number: Mapped[str] = mapped_column(String(60))
    expires_on: Mapped[date]
    file_sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    file_name: Mapped[str] = mapped_column(String(120))
    sent_at: Mapped[datetime]
    sent_by: Mapped[str] = mapped_column(String(254))
    state: Mapped[ExemptionState] = mapped_column(one_of(ExemptionState, "state_is_known"), index=True)
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text, default="")

    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=True)


frozen_columns(
    "tax_exemption",
    [
        "organisation_id",
        "email_domain",
        "country",
        "region",
        "number",
        "expires_on",
        "file_sha256",
        "file_name",
        "sent_at",
    ],
    "what a tax exemption says never changes",
)


def domain_of(email: str) -> str:
    """The part of a mail address behind the sign, without case."""
    return email.rpartition("@")[2].casefold()


def place_of(exemption: TaxExemption) -> str:
    """The place a certificate is for, by name."""
    country = destinations.country_name(exemption.country)
    if not exemption.region:
        return country
    return f"{regions.name(exemption.country, exemption.region) or exemption.region}, {country}"


def covering(
    session: Session, *, organisation: str, email: str, country: str, region: str, on: date
) -> tuple[Certificate | None, bool]:
    """The accepted certificate that frees an order from tax, and whether one waits to be looked at.

    A certificate of another organisation, another mail domain or another place frees nothing, nor does one
    that has expired.
    """
    rows = session.scalars(
        select(TaxExemption)
        .join(TaxExemption.organisation)
        .where(
            Organisation.name_key == name_key(organisation),
            TaxExemption.email_domain == domain_of(email),
            TaxExemption.country == country,
            TaxExemption.region.in_(("", region)),
            TaxExemption.expires_on >= on,
            TaxExemption.state.in_((ExemptionState.ACCEPTED, ExemptionState.WAITING)),
        )
        .order_by(TaxExemption.expires_on.desc(), TaxExemption.id)
    ).all()
    accepted = next((row for row in rows if row.state == ExemptionState.ACCEPTED), None)
    waits = any(row.state == ExemptionState.WAITING for row in rows)
    if accepted is None:
        return None, waits
    return (
        Certificate(
            exemption_id=accepted.id,
            number=accepted.number,
            place=place_of(accepted),
            expires_on=accepted.expires_on,
        ),
        waits,
    )


def send_in(
    *,
    organisation: str,
    email: str,
    country: str,
    region: str,
    number: str,
    expires_on: date,
    document: tuple[str, bytes],
    actor: str,
    sent_by: str,
) -> int:
    """Keep a certificate for review; it frees nothing until a person has accepted it.

    Args:
        email: any address of the organisation; its domain is kept.
        document: name and bytes of the PDF, already examined.
        sent_by: the address of who sent it; the log names a buyer only as one.

    Returns:
        The id of the certificate; sending the same one again changes nothing.

    Raises:
        Refused: it has expired already.
    """
    if expires_on < clock.today():
        raise Refused(_("This certificate has expired. Send one that is in force."))
    sha256 = files.store().put(document[1])
    with writing() as session:
        files.record(session, sha256, size=len(document[1]), media_type="application/pdf")
        organisation_id = organisations.find_or_add(session, organisation)
        facts = {
            "organisation_id": organisation_id,
            "email_domain": domain_of(email),
            "country": country,
            "region": regions.code(country, region),
            "number": number,
            "expires_on": expires_on,
            "file_sha256": sha256,
        }
        earlier = session.scalar(
            select(TaxExemption.id).filter_by(**facts, state=ExemptionState.WAITING).limit(1)
        )
        if earlier is not None:
            return earlier
        row = TaxExemption(
            **facts,
            file_name=document[0],
            sent_at=clock.now(),
            sent_by=sent_by,
            state=ExemptionState.WAITING,
        )
        session.add(row)
        session.flush()
        audit.log(
            session,
            actor=actor,
            action="exemption.send",
            subject=f"exemption/{row.id}",
            after={"country": country, "region": row.region, "number": number, "file": sha256},
        )
        return row.id


def decide(exemption_id: int, to: ExemptionState, *, actor: str, reason: str) -> None:
    """Accept or refuse a certificate that waits, or withdraw one that was accepted.

    Raises:
        NotFound: there is no such certificate.
        Refused: it has been decided meanwhile, it has expired, or a no without a reason.
    """
    before = ExemptionState.ACCEPTED if to == ExemptionState.WITHDRAWN else ExemptionState.WAITING
    if to not in (ExemptionState.ACCEPTED, ExemptionState.REFUSED, ExemptionState.WITHDRAWN):
        raise Refused(_("Choose whether to accept the certificate."))
    if to != ExemptionState.ACCEPTED and not reason.strip():
        raise Refused(_("Give the reason; the buyer may ask for it."))
    with writing() as session:
        row = session.get(TaxExemption, exemption_id)
        if row is None:
            raise NotFound(_("There is no such certificate."))
        if to == ExemptionState.ACCEPTED and row.expires_on < clock.today():
            raise Refused(_("This certificate has expired, so it cannot be accepted."))
        decided = rows_changed(
            session,
            update(TaxExemption)
            .where(TaxExemption.id == exemption_id, TaxExemption.state == before)
            .values(state=to, reviewed_at=clock.now(), reviewed_by=actor, reason=reason.strip()),
        )
        if not decided:
            raise Refused(_("This certificate has been decided meanwhile. Look at it again."))
        audit.log(
            session,
            actor=actor,
            action=f"exemption.{to.value}",
            subject=f"exemption/{exemption_id}",
            before={"state": before.value},
            after={"state": to.value},
            reason=reason.strip() or None,
        )


def waiting() -> ScalarSelect[int]:
    """Counts the certificates nobody has looked at."""
    return (
        select(func.count())
        .select_from(TaxExemption)
        .where(TaxExemption.state == ExemptionState.WAITING)
        .scalar_subquery()
    )
