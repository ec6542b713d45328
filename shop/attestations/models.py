"""Versioned statements, and the append-only register of signed answers with its hash chain."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core.append_only import append_only
from shop.core.database import Base, one_of, rule


class Outcome(StrEnum):
    """How a buyer answered."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"


class Asked(StrEnum):
    """What a version of the statement may ask beside its clauses."""

    APPROVAL = "approval"
    """The approval under which laboratory animals are used, or that there is none: in vitro only."""
    INTENDED_USE = "intended_use"
    """What the material is for in the buyer's own words, read by a person."""
    ELECTRONIC = "electronic"
    """Agreement to sign electronically."""


class StatementVersion(Base):
    """One version of the research-use statement, in force from a moment until the next one is."""

    __tablename__ = "statement_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    in_force_from: Mapped[datetime] = mapped_column(unique=True)
    preamble: Mapped[str] = mapped_column(Text)
    asks: Mapped[list[Any]] = mapped_column(default=list)
    """What is asked beside the clauses, by the names in `Asked`."""
    text_sha256: Mapped[str] = mapped_column(String(64))
    """Hash over preamble, clauses and what is asked, so that an edited version shows."""

    clauses: Mapped[list[StatementClause]] = relationship(order_by="StatementClause.position")


class StatementClause(Base):
    """One statement to answer. `{organisation}` and `{country}` stand for the buyer's own."""

    __tablename__ = "statement_clause"
    __table_args__ = (
        UniqueConstraint("version_id", "position"),
        rule("position >= 1", "clauses_count_from_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("statement_version.id"), index=True)
    position: Mapped[int]
    heading: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)


class AttestationRecord(Base):
    """What one buyer answered for one order (or for none, when a statement could not be confirmed).

    Each record holds the hash of the one before it. Personal data stands in `AttestationSigner`; the chain
    holds only a salted commitment to it, so that erasing a person keeps the chain whole.
    """

    __tablename__ = "attestation_record"
    __table_args__ = (
        rule("sequence >= 1", "chain_counts_from_one"),
        rule(
            "(outcome = 'confirmed' AND order_reference IS NOT NULL) "
            "OR (outcome = 'not_confirmed' AND order_reference IS NULL)",
            "only_a_confirmed_statement_has_an_order",
        ),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    """Random; made before the record, so that the order can name it."""
    sequence: Mapped[int] = mapped_column(unique=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("statement_version.id"), index=True)
    outcome: Mapped[Outcome] = mapped_column(one_of(Outcome, "outcome_is_known"))
    order_reference: Mapped[str | None] = mapped_column(String(40), unique=True)
    rendered_text: Mapped[str] = mapped_column(Text)
    """The statement as this buyer saw it, every word."""
    rendered_sha256: Mapped[str] = mapped_column(String(64))
    answers: Mapped[list[Any]]
    """For each clause: position, heading and answer."""
    purpose: Mapped[str] = mapped_column(String(80))
    content: Mapped[dict[str, Any]]
    """Lines, lots, prices and destination the answers are about."""
    signed_at: Mapped[datetime] = mapped_column(index=True)
    signer_commitment: Mapped[str] = mapped_column(String(64))
    previous_hash: Mapped[str] = mapped_column(String(64), unique=True)
    record_hash: Mapped[str] = mapped_column(String(64), unique=True)


class AttestationSigner(Base):
    """Who signed: the personal data of one record, with the salt of its commitment. May be erased."""

    __tablename__ = "attestation_signer"

    record_id: Mapped[str] = mapped_column(ForeignKey("attestation_record.id"), primary_key=True)
    salt: Mapped[str] = mapped_column(String(64))
    typed_name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(120))
    organisation: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254))
    delivery_address: Mapped[str] = mapped_column(Text)
    ip_address: Mapped[str] = mapped_column(String(45))
    user_agent: Mapped[str] = mapped_column(String(400))
    locale: Mapped[str] = mapped_column(String(20))
    approval: Mapped[str] = mapped_column(String(120), default="")
    """The approval named for work with animals; empty where it was not asked."""
    intended_use: Mapped[str] = mapped_column(Text, default="")
    """In the buyer's own words; empty where it was not asked."""


class AttestationHead(Base):
    """The end of the chain: one row, taken under a lock by whoever appends next."""

    __tablename__ = "attestation_head"
    __table_args__ = (rule("id = 1", "there_is_one_head"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    record_hash: Mapped[str] = mapped_column(String(64))


class AttestationDayHead(Base):
    """The end of the chain at the close of one day (UTC), published so that others can keep it.

    Each holds the hash of the one before, so that a day cannot be left out or rewritten alone.
    """

    __tablename__ = "attestation_day_head"
    __table_args__ = (rule("sequence >= 0", "sequence_not_negative"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    """Number of the last record of that day or before; 0 while there is none."""
    record_hash: Mapped[str] = mapped_column(String(64))
    previous_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """`head_hash` of the day head before."""
    head_hash: Mapped[str] = mapped_column(String(64), unique=True)
    published_at: Mapped[datetime]


append_only("statement_version")
append_only("statement_clause")
append_only("attestation_record")
append_only("attestation_day_head")
