"""The rules of screening with their history, and what screening found for each order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from shop.attestations.screening import Effect, Kind, Result
from shop.core.append_only import append_only, frozen_columns
from shop.core.database import Base, one_of, rule


class ScreeningRule(Base):
    """One version of a rule. It never changes; it is ended, and a new version may follow."""

    __tablename__ = "screening_rule"
    __table_args__ = (
        Index(
            "uq_screening_rule_in_force",
            "code",
            unique=True,
            sqlite_where=text("ended_in IS NULL"),
            postgresql_where=text("ended_in IS NULL"),
        ),
        rule("version >= 1", "versions_count_from_one"),
        rule("number >= 0 AND days >= 0", "figures_not_negative"),
        rule("reason <> ''", "a_rule_has_a_reason"),
        rule("ended_in IS NULL OR ended_in > begun_in", "a_rule_ends_after_it_begins"),
        rule(
            "(ended_in IS NULL) = (ended_at IS NULL) AND (ended_in IS NULL OR end_reason <> '')",
            "an_end_has_a_time_and_a_reason",
        ),
    )

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[Kind] = mapped_column(one_of(Kind, "kind_is_known"))
    effect: Mapped[Effect] = mapped_column(one_of(Effect, "effect_is_known"))
    words: Mapped[str] = mapped_column(Text, default="")
    """Phrases, one on a line."""
    exceptions: Mapped[str] = mapped_column(Text, default="")
    """Phrases beside which the rule does not speak, one on a line."""
    number: Mapped[int] = mapped_column(default=0)
    days: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(Text)
    """Shown to staff when the rule speaks."""
    source: Mapped[str] = mapped_column(Text)
    """Where the rule comes from."""
    begun_in: Mapped[int]
    """The number of the set of rules it was first part of."""
    begun_at: Mapped[datetime]
    begun_by: Mapped[str] = mapped_column(String(200))
    ended_in: Mapped[int | None]
    """The number of the first set of rules it is no part of."""
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(String(200), default="")
    end_reason: Mapped[str] = mapped_column(Text, default="")


class ScreeningRuleset(Base):
    """The set of rules in force: one row, whose number grows with every change."""

    __tablename__ = "screening_ruleset"
    __table_args__ = (rule("id = 1", "there_is_one_set"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    key: Mapped[str] = mapped_column(String(64))
    """Random, new with every change: what a process has kept of the rules is known to be old by it."""


class OrderScreening(Base):
    """What screening found for one order, or for a buyer whose order was not taken.

    It holds rule codes and neutral sentences; what names or quotes a person stands in `ScreenedPerson`.
    """

    __tablename__ = "order_screening"
    __table_args__ = (
        rule(
            "(result = 'refuse') = (order_reference IS NULL)",
            "only_what_is_taken_has_an_order",
        ),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    order_reference: Mapped[str | None] = mapped_column(String(26), unique=True)
    about: Mapped[str] = mapped_column(String(64), unique=True)
    """Digest of the draft and of what was found, so that pressing a button again is not a second refusal."""
    ruleset: Mapped[int]
    result: Mapped[Result] = mapped_column(one_of(Result, "result_is_known"), index=True)
    findings: Mapped[list[Any]]
    """Rule, version, effect and sentence of each finding."""


class ScreenedPerson(Base):
    """Who was screened, the words a rule saw, and keys by which further orders are known. May be erased."""

    __tablename__ = "screened_person"
    __table_args__ = (
        Index("ix_screened_person_email_key_at", "email_key", "at"),
        Index("ix_screened_person_organisation_key_at", "organisation_key", "at"),
        Index("ix_screened_person_address_key_at", "address_key", "at"),
    )

    screening_id: Mapped[str] = mapped_column(ForeignKey("order_screening.id"), primary_key=True)
    at: Mapped[datetime]
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    organisation: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    email_key: Mapped[str] = mapped_column(String(64))
    organisation_key: Mapped[str] = mapped_column(String(64))
    address_key: Mapped[str] = mapped_column(String(64))
    vials: Mapped[dict[str, Any]]
    """Vials by vial size."""
    seen: Mapped[list[Any]]
    """For each finding that saw words: its rule and the words."""


append_only("order_screening")
frozen_columns(
    "screening_rule",
    [
        *("code", "version", "kind", "effect", "words", "exceptions", "number", "days", "reason", "source"),
        *("begun_in", "begun_at", "begun_by"),
    ],
    "a rule of screening is ended and written anew, never edited",
)
