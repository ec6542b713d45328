"""Monographs with immutable revisions; each revision owns its sources and evidence rows as records."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.compounds.models import Compound
from shop.core.append_only import append_only
from shop.core.database import Base, one_of, rule
from shop.education.evidence import Design, Direction, EvidenceStatus, Measure, Species
from shop.education.monograph import Verdict


class Monograph(Base):
    """What is written about one compound, through all its revisions."""

    __tablename__ = "monograph"

    id: Mapped[int] = mapped_column(primary_key=True)
    compound_id: Mapped[int] = mapped_column(ForeignKey("compound.id"), unique=True)
    created_at: Mapped[datetime]

    compound: Mapped[Compound] = relationship(lazy="joined", innerjoin=True)
    revisions: Mapped[list[MonographRevision]] = relationship(
        order_by="MonographRevision.number", back_populates="monograph"
    )


class MonographRevision(Base):
    """One published version of a monograph. It never changes.

    `content` holds the text and structure of the page; sources and evidence rows stand in their tables.
    `content_sha256` is over the whole monograph as it is exported.
    """

    __tablename__ = "monograph_revision"
    __table_args__ = (
        UniqueConstraint("monograph_id", "number"),
        rule("number >= 1", "versions_count_from_one"),
        rule("verified_by <> author", "verified_by_another_person"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    monograph_id: Mapped[int] = mapped_column(ForeignKey("monograph.id"), index=True)
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    standfirst: Mapped[str] = mapped_column(Text)
    verdict: Mapped[Verdict] = mapped_column(one_of(Verdict, "verdict_is_known"), index=True)
    change_note: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(120))
    verified_by: Mapped[str] = mapped_column(String(120))
    published_at: Mapped[datetime] = mapped_column(index=True)
    content: Mapped[dict[str, Any]]
    content_sha256: Mapped[str] = mapped_column(String(64))

    monograph: Mapped[Monograph] = relationship(back_populates="revisions")
    sources: Mapped[list[SourceRow]] = relationship(order_by="SourceRow.position")
    evidence: Mapped[list[EvidenceRow]] = relationship(order_by="EvidenceRow.position")


class SourceRow(Base):
    """A source of one revision; `record` is the whole of `evidence.Source`."""

    __tablename__ = "source"
    __table_args__ = (UniqueConstraint("revision_id", "key"), UniqueConstraint("revision_id", "position"))

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("monograph_revision.id"), index=True)
    position: Mapped[int]
    key: Mapped[str] = mapped_column(String(80))
    label: Mapped[str] = mapped_column(Text)
    doi: Mapped[str | None] = mapped_column(String(200), index=True)
    pmid: Mapped[str | None] = mapped_column(String(20), index=True)
    record: Mapped[dict[str, Any]]


class EvidenceRow(Base):
    """One result of one revision; `record` is the whole of `evidence.EvidenceRecord`."""

    __tablename__ = "evidence_row"
    __table_args__ = (
        UniqueConstraint("revision_id", "record_id"),
        UniqueConstraint("revision_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("monograph_revision.id"), index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"), index=True)
    position: Mapped[int]
    record_id: Mapped[str] = mapped_column(String(80))
    outcome: Mapped[str] = mapped_column(Text)
    design: Mapped[Design] = mapped_column(one_of(Design, "design_is_known"))
    species: Mapped[Species] = mapped_column(one_of(Species, "species_is_known"))
    measure: Mapped[Measure] = mapped_column(one_of(Measure, "measure_is_known"))
    direction: Mapped[Direction] = mapped_column(one_of(Direction, "direction_is_known"))
    status: Mapped[EvidenceStatus] = mapped_column(one_of(EvidenceStatus, "status_is_known"))
    record: Mapped[dict[str, Any]]


append_only("monograph_revision")
append_only("source")
append_only("evidence_row")
