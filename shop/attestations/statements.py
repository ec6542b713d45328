"""The research-use statement: its versions, and the text one buyer sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, selectinload

from shop.attestations.models import Asked, StatementClause, StatementVersion
from shop.core import clock
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

    Which version that is, is asked every time; its words never change, so they are read once by each process.

    Raises:
        NotFound: no version is in force; the shop cannot sell.
    """
    row = session.execute(_IN_FORCE, {"moment": clock.now()}).one_or_none()
    if row is None:
        raise NotFound(_("No research-use statement is in force, so no order can be placed."))
    known = (row.id, row.code, row.in_force_from, row.text_sha256)
    if known not in _read:
        _read[known] = _copy(session.get_one(StatementVersion, row.id))
    return _read[known]


_VERSION = StatementVersion.__table__.c
_IN_FORCE = (
    select(_VERSION.id, _VERSION.code, _VERSION.in_force_from, _VERSION.text_sha256)
    .where(_VERSION.in_force_from <= bindparam("moment"))
    .order_by(_VERSION.in_force_from.desc())
    .limit(1)
)
_read: dict[tuple[int, str, datetime, str], StatementVersion] = {}
"""By everything that tells a version from those of other databases of this process."""


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
