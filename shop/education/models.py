"""Monographs with immutable revisions; each revision owns its sources and evidence rows as records.

Beside them: the draft of a monograph, reports of errors by readers, and the imported list of retractions.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.compounds.models import Compound
from shop.core.append_only import append_only, frozen_columns
from shop.core.database import Base, Numbered, one_of, rule
from shop.education.evidence import Design, Direction, EvidenceStatus, Measure, RetractionState, Species
from shop.education.monograph import ChangeKind, Verdict


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
    change_kind: Mapped[ChangeKind] = mapped_column(one_of(ChangeKind, "change_kind_is_known"))
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


class DraftState(StrEnum):
    """Whether a draft is being written, or waits for a second person."""

    WRITING = "writing"
    WAITING = "waiting"


class MonographDraft(Base):
    """The next version of a monograph while it is written; one for each compound, gone once published.

    `content` is the whole monograph as it is exported, though texts that a file must hold may still be empty.
    """

    __tablename__ = "monograph_draft"
    __table_args__ = (
        rule("(state = 'waiting') = (submitted_by IS NOT NULL)", "a_waiting_draft_was_handed_in"),
        rule("(submitted_by IS NULL) = (submitted_at IS NULL)", "handed_in_by_someone_at_some_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    compound_id: Mapped[int] = mapped_column(ForeignKey("compound.id"), unique=True)
    content: Mapped[dict[str, Any]]
    content_sha256: Mapped[str] = mapped_column(String(64))
    based_on: Mapped[int | None]
    """Number of the version from which it began; null for a first one."""
    state: Mapped[DraftState] = mapped_column(one_of(DraftState, "state_is_known"), index=True)
    writers: Mapped[list[Any]]
    """Who has written in it, by the names that logs carry; none of them may verify it."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(String(200))
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[str | None] = mapped_column(String(200))
    sent_back: Mapped[str | None] = mapped_column(Text)
    """Why a second person sent it back; null once it is handed in again."""

    compound: Mapped[Compound] = relationship(lazy="joined", innerjoin=True)


class ReportState(StrEnum):
    """What became of a report."""

    OPEN = "open"
    ANSWERED = "answered"
    CORRECTED = "corrected"
    DECLINED = "declined"


class ErrorReport(Numbered):
    """A reader's word that something in a monograph is wrong.

    The address to answer to is kept only until the report is decided.
    """

    __tablename__ = "error_report"
    __table_args__ = (
        rule("(state = 'open') = (decided_at IS NULL)", "a_decided_report_has_a_time"),
        rule("(state = 'open') = (decided_by IS NULL)", "a_decided_report_has_a_person"),
        rule("(state = 'open') = (reason IS NULL)", "a_decided_report_has_a_reason"),
        rule("(state = 'corrected') = (corrected_in_id IS NOT NULL)", "a_correction_names_its_version"),
        rule("state = 'open' OR (email IS NULL AND sender_key IS NULL)", "no_sender_once_decided"),
    )

    monograph_id: Mapped[int] = mapped_column(ForeignKey("monograph.id"), index=True)
    revision_number: Mapped[int]
    """The version that was current when the report came."""
    text: Mapped[str] = mapped_column(Text)
    where: Mapped[str] = mapped_column(String(120))
    """Section or row as the reader names it; may be empty."""
    source: Mapped[str] = mapped_column(Text)
    """What the reader gives as proof, such as a DOI; may be empty."""
    email: Mapped[str | None] = mapped_column(String(254))
    sender_key: Mapped[str | None] = mapped_column(String(32), index=True)
    """Keyed hash of the sender's network address and the day, to slow down floods; cannot be undone."""
    received_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[ReportState] = mapped_column(one_of(ReportState, "state_is_known"), index=True)
    reason: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(200))
    corrected_in_id: Mapped[int | None] = mapped_column(ForeignKey("monograph_revision.id"), index=True)

    monograph: Mapped[Monograph] = relationship(lazy="joined", innerjoin=True)
    corrected_in: Mapped[MonographRevision | None] = relationship()


class RetractionImport(Base):
    """A list of retractions as it was taken in; the newest date counts, and only its notices are kept."""

    __tablename__ = "retraction_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    as_of: Mapped[date] = mapped_column(index=True)
    notices: Mapped[int]
    file_sha256: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[datetime]
    imported_by: Mapped[str] = mapped_column(String(200))


class RetractionNoticeRow(Base):
    """One notice of the list that counts: which paper, what happened, when."""

    __tablename__ = "retraction_notice"
    __table_args__ = (rule("doi IS NOT NULL OR pmid IS NOT NULL", "a_notice_names_its_paper"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    doi: Mapped[str | None] = mapped_column(String(300), index=True)
    pmid: Mapped[str | None] = mapped_column(String(20), index=True)
    state: Mapped[RetractionState] = mapped_column(one_of(RetractionState, "state_is_known"))
    noticed_on: Mapped[date | None]


frozen_columns(
    "error_report",
    ["monograph_id", "revision_number", "text", "received_at"],
    "what a reader reported stays as it was sent",
)
append_only("retraction_import")
append_only("monograph_revision")
append_only("source")
append_only("evidence_row")
