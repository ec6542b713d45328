"""Tax exemption certificates: what an organisation sent in, and what a person decided about it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core.append_only import frozen_columns
from shop.core.database import Numbered, one_of, rule
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
