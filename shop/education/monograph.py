"""What a monograph says, as plain values: the one form that the editor, the file and the page share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shop.compounds.models import PropertyStatus
from shop.education.evidence import (
    EvidenceRecord,
    EvidenceTable,
    NamedPopulation,
    Source,
    StatCard,
)


class Verdict(StrEnum):
    """How the evidence reads, by the published criteria. An editor's choice, never a count of results."""

    FAVOURABLE = "favourable"
    MIXED = "mixed"
    UNCERTAIN = "uncertain"
    NO_BENEFIT = "no_benefit"
    PRECLINICAL_ONLY = "preclinical_only"


class ChangeKind(StrEnum):
    """What a version changes, as its note says to readers."""

    NEW_EVIDENCE = "new_evidence"
    CORRECTION = "correction"
    WORDING = "wording"


class StatementLevel(StrEnum):
    """In what a mechanism was seen."""

    IN_VITRO = "in_vitro"
    ANIMAL = "animal"
    HUMAN = "human"
    HYPOTHESIS = "hypothesis"


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """A sentence with the sources it rests on; `seen` is false where the source has not been seen."""

    text: str
    sources: tuple[str, ...] = ()
    level: StatementLevel | None = None
    seen: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingPart:
    """One column of the reading: what it says, and the records it rests on."""

    text: str
    records: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """The verdict with its three columns."""

    verdict: Verdict
    scope: str = ""
    """The question the verdict answers, such as "on social behaviour"; empty for all results."""
    reason: str
    favourable: ReadingPart
    uncertain: ReadingPart
    no_benefit: ReadingPart


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """A row of *at a glance* or of *properties*. `basis` says how it is known."""

    name: str
    value: str
    basis: PropertyStatus
    sources: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class MonographText:
    """A whole monograph: the plain values of one revision.

    The fields named in `SECTIONS` are Markdown (see `shop.education.markdown`), in which `[@key]` cites a
    source. All other text is plain.
    """

    compound: str
    """Slug of the compound."""
    title: str
    standfirst: str
    change_note: str
    change_kind: ChangeKind = ChangeKind.NEW_EVIDENCE
    author: str
    verified_by: str
    reviewed_on: date
    searched_to: date | None = None
    summary: str = ""
    """In plain language: the question, the key messages, the limits, how current it is."""
    what_it_is: str = ""
    mechanism: str = ""
    mechanism_statements: tuple[Statement, ...] = ()
    findings: str = ""
    figure_title: str = ""
    reading: Reading
    cards: tuple[StatCard, ...] = ()
    populations: tuple[NamedPopulation, ...] = ()
    disagreement: str = ""
    safety: str = ""
    safety_statements: tuple[Statement, ...] = ()
    safety_records: tuple[str, ...] = ()
    """Records shown in the safety table and not among the findings."""
    unknowns: str = ""
    unknown_statements: tuple[Statement, ...] = ()
    regulatory_statements: tuple[Statement, ...] = ()
    glance: tuple[Fact, ...] = ()
    handling: str = ""
    sold_material: str = ""
    """What the shop lists under this name, and how it differs from the material that was studied."""
    related: tuple[str, ...] = ()
    """Slugs of compounds worth reading next; chosen by subject, never by effect."""
    sources: tuple[Source, ...] = ()
    evidence: tuple[EvidenceRecord, ...] = ()

    @property
    def table(self) -> EvidenceTable:
        """The evidence as the checks and plots take it."""
        return EvidenceTable(
            compound=self.title,
            records=self.evidence,
            sources=self.sources,
            cards=self.cards,
            populations=self.populations,
            searched_to=self.searched_to,
        )


SECTIONS = (
    "summary",
    "what_it_is",
    "mechanism",
    "findings",
    "disagreement",
    "safety",
    "unknowns",
    "handling",
)
"""The fields of `MonographText` that hold Markdown, in the order of the page."""
