"""The research-use statement: its versions, and the text one buyer sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from shop.attestations.models import Asked, StatementClause, StatementVersion
from shop.core import clock, stamps
from shop.core.canonical import Plain, digest
from shop.core.errors import NotFound
from shop.core.language import gettext as _


@dataclass(frozen=True, kw_only=True)
class Clause:
    """One statement as a buyer reads it."""

    position: int
    heading: str
    text: str

    @property
    def sentences(self) -> list[str]:
        """The numbered sentences under the heading; one answer holds for all of them."""
        return self.text.split("\n")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A version of the statement, filled in for one buyer."""

    version_id: int
    code: str
    in_force_from: datetime
    preamble: str
    clauses: tuple[Clause, ...]
    asks: frozenset[str] = frozenset()
    """What else is asked, by the names in `Asked`."""
    sha256: str = ""
    """The hash of the version's words, before they were filled in."""

    @property
    def text(self) -> str:
        """Every word, as kept in the register."""
        parts = [self.preamble]
        parts += [f"{clause.position}. {clause.heading}. {clause.text}" for clause in self.clauses]
        return "\n\n".join(parts)


def in_force(session: Session) -> StatementVersion:
    """The version in force now, with its clauses; not of this session, and never to be changed.

    Raises:
        NotFound: no version is in force; the shop cannot sell.
    """
    moment = clock.now()
    for version in _versions.of(session):
        if version.in_force_from <= moment:
            return version
    raise NotFound(_("No research-use statement is in force, so no order can be placed."))


@stamps.kept("statements", {"statement_version": "", "statement_clause": ""})
def _versions(session: Session) -> Sequence[StatementVersion]:
    """Every version, the newest first."""
    return [_copy(version) for version in all_versions(session)]


def _copy(version: StatementVersion) -> StatementVersion:
    """A version that no session knows."""
    return StatementVersion(
        id=version.id,
        code=version.code,
        in_force_from=version.in_force_from,
        preamble=version.preamble,
        asks=list(version.asks),
        text_sha256=version.text_sha256,
        clauses=[
            StatementClause(id=clause.id, position=clause.position, heading=clause.heading, text=clause.text)
            for clause in version.clauses
        ],
    )


def all_versions(session: Session) -> list[StatementVersion]:
    """Every version, the newest first."""
    return list(
        session.scalars(
            select(StatementVersion)
            .order_by(StatementVersion.in_force_from.desc())
            .options(selectinload(StatementVersion.clauses))
        )
    )


def fill_in(version: StatementVersion, *, organisation: str, country: str) -> Statement:
    """The statement for one buyer: their organisation and country by name in the places kept for them."""
    return Statement(
        version_id=version.id,
        code=version.code,
        in_force_from=version.in_force_from,
        preamble=version.preamble,
        clauses=tuple(
            Clause(
                position=clause.position,
                heading=clause.heading,
                # Not str.format: an organisation's name may hold braces.
                text=clause.text.replace("{country}", country).replace("{organisation}", organisation),
            )
            for clause in version.clauses
        ),
        asks=frozenset(version.asks or ()),
        sha256=version.text_sha256,
    )


def numbered(position: int, sentences: Sequence[str]) -> str:
    """The text of a clause made of several sentences, each with its number, one a line."""
    if len(sentences) == 1:
        return sentences[0].strip()
    return "\n".join(f"{position}.{number} {each.strip()}" for number, each in enumerate(sentences, start=1))


def publish(
    session: Session,
    *,
    code: str,
    in_force_from: datetime,
    preamble: str,
    clauses: Sequence[tuple[str, str]],
    asks: Sequence[Asked] = (),
) -> StatementVersion:
    """Write a new version; a version in force is never edited.

    Args:
        clauses: heading and text of each, in order; a line of a text is a sentence.
        asks: what is asked beside the clauses.
    """
    version = StatementVersion(
        code=code,
        in_force_from=in_force_from,
        preamble=preamble,
        asks=[each.value for each in Asked if each in asks],
        text_sha256=text_sha256(preamble, clauses, asks),
        clauses=[
            StatementClause(position=position, heading=heading, text=text)
            for position, (heading, text) in enumerate(clauses, start=1)
        ],
    )
    session.add(version)
    session.flush()
    return version


def text_sha256(preamble: str, clauses: Sequence[tuple[str, str]], asks: Sequence[str] = ()) -> str:
    """The hash that stands for the words of a version; one that asks nothing else hashes as it always did."""
    words: dict[str, Plain] = {"preamble": preamble, "clauses": [list(clause) for clause in clauses]}
    if asks:
        words["asks"] = sorted(str(each) for each in asks)
    return digest(words)
