"""Publishing monographs: each revision is written once, with its sources and evidence, and never changed.

`published_at`, author and change note make the history; `shop.education.changes` compares any two revisions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from shop.claims import holds
from shop.claims.rules import Surface
from shop.compounds.models import Category, Compound
from shop.core import audit, clock
from shop.core.canonical import Plain, digest
from shop.core.database import writing
from shop.core.errors import NotFound, Refused
from shop.core.identity import name_key
from shop.core.language import gettext as _
from shop.education import claims_of_monograph, monograph_file, reading_rules
from shop.education.consistency import check_table
from shop.education.evidence import CheckResult, Severity, Status
from shop.education.models import EvidenceRow, Monograph, MonographRevision, SourceRow
from shop.education.monograph import ChangeKind, MonographText, Verdict

NO_REASONS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class PublishedRevision:
    """A revision that now stands, and what the checks say of its figures; readers are shown that too."""

    id: int
    compound: str
    number: int
    published_at: datetime
    results: tuple[CheckResult, ...]


class NotPublishable(Refused):
    """A monograph that cannot be published; `errors` names the places."""

    def __init__(self, errors: Sequence[monograph_file.FileError]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = tuple(errors)


Following = Callable[[Session, MonographRevision], None]
"""What belongs to publishing and is done in its transaction; it may still refuse."""


def publish(
    text: MonographText,
    *,
    actor: str,
    reasons: Mapping[str, str] = NO_REASONS,
    following: Following | None = None,
) -> PublishedRevision:
    """Publish the next revision of a compound's monograph.

    It is read as standing beside a listing, whether there is one or not: a listing may follow any day.

    Args:
        reasons: why what the claims guard holds may stand, by its place, such as `summary, paragraph 3`.

    Raises:
        NotPublishable: names, links, identifiers or figures are not possible, or the reading contradicts
            the records it rests on.
        NotFound: there is no such compound.
        Blocked: it says what may not be said (`shop.claims`).
        NeedsReasons: it says what needs a written reason, and has none.
        Refused: author and verifier are one person, or nothing differs from the current revision.
    """
    refuse_one_person(text)
    _check(text)
    results = check_table(text.table, today=clock.today())
    _refuse_impossible(results)
    judged = claims_of_monograph.judged(text)
    with writing() as session:
        compound = _locked_compound(session, text.compound)
        latest = current(session, text.compound)
        if latest is not None and _same_content(load(latest), text):
            raise Refused(_("Nothing differs from version %(number)s.", number=latest.number))
        holds.require_publishable(
            session,
            judged,
            about=f"monograph/{text.compound}",
            surface=Surface.MONOGRAPH,
            reasons=reasons,
            actor=actor,
        )
        revision = _write(session, compound, text, number=latest.number + 1 if latest else 1)
        audit.log(
            session,
            actor=actor,
            action="monograph.publish",
            subject=f"monograph/{text.compound}",
            after={"number": revision.number, "content_sha256": revision.content_sha256},
            reason=text.change_note,
        )
        if following is not None:
            following(session, revision)
        return PublishedRevision(
            id=revision.id,
            compound=text.compound,
            number=revision.number,
            published_at=revision.published_at,
            results=results,
        )


def refuse_one_person(text: MonographText) -> None:
    """Refuse a monograph that its author verified."""
    if name_key(text.verified_by) == name_key(text.author):
        raise Refused(_("A second person verifies a monograph: %(name)s wrote it.", name=text.author))


def current(session: Session, compound_slug: str) -> MonographRevision | None:
    """The newest revision about a compound, sources and evidence loaded; None where nothing is published."""
    return session.scalar(
        _revisions(compound_slug).order_by(MonographRevision.number.desc()).limit(1).options(*_WITH_ROWS)
    )


def by_number(session: Session, compound_slug: str, number: int) -> MonographRevision:
    """One revision about a compound, sources and evidence loaded.

    Raises:
        NotFound: it was never published.
    """
    found = session.scalar(
        _revisions(compound_slug).where(MonographRevision.number == number).options(*_WITH_ROWS)
    )
    if found is None:
        raise NotFound(_("There is no version %(number)s of this monograph.", number=number))
    return found


def history(session: Session, compound_slug: str) -> Sequence[MonographRevision]:
    """All revisions about a compound, the newest first; sources and evidence are not loaded."""
    return session.scalars(_revisions(compound_slug).order_by(MonographRevision.number.desc())).all()


def load(revision: MonographRevision) -> MonographText:
    """The monograph of a revision, made from its rows."""
    return monograph_file.from_exported(_as_exported(revision))


@dataclass(frozen=True, kw_only=True)
class ListedMonograph:
    """What an index page shows of a current monograph."""

    compound: str
    compound_name: str
    category: str
    category_name: str
    title: str
    standfirst: str
    verdict: Verdict
    scope: str
    """The question the verdict answers; empty where it is about all results."""
    number: int
    published_at: datetime
    sources: int


def list_current(session: Session) -> list[ListedMonograph]:
    """The current revision of every monograph, by field and then title. One query."""
    latest = (
        select(MonographRevision.monograph_id, func.max(MonographRevision.number).label("number"))
        .group_by(MonographRevision.monograph_id)
        .subquery()
    )
    sources = (
        select(func.count(SourceRow.id))
        .where(SourceRow.revision_id == MonographRevision.id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(MonographRevision, Compound.slug, Compound.name, Category.slug, Category.name, sources)
        .join(
            latest,
            (latest.c.monograph_id == MonographRevision.monograph_id)
            & (latest.c.number == MonographRevision.number),
        )
        .join(Monograph, Monograph.id == MonographRevision.monograph_id)
        .join(Compound, Compound.id == Monograph.compound_id)
        .join(Category, Category.id == Compound.category_id)
        .order_by(Category.position, MonographRevision.title)
    )
    return [
        ListedMonograph(
            compound=compound,
            compound_name=compound_name,
            category=category,
            category_name=category_name,
            title=revision.title,
            standfirst=revision.standfirst,
            verdict=revision.verdict,
            scope=revision.content["reading"].get("scope", ""),
            number=revision.number,
            published_at=revision.published_at,
            sources=count,
        )
        for revision, compound, compound_name, category, category_name, count in rows
    ]


@dataclass(frozen=True, kw_only=True)
class PublishedChange:
    """One version in the history of all monographs."""

    compound: str
    category: str
    title: str
    number: int
    kind: ChangeKind
    note: str
    author: str
    published_at: datetime


def recent_changes(
    session: Session, compound_slug: str | None = None, *, at_most: int = 50
) -> list[PublishedChange]:
    """The newest versions of all monographs, or of one. One query."""
    query = (
        select(MonographRevision, Compound.slug, Category.slug)
        .join(Monograph, Monograph.id == MonographRevision.monograph_id)
        .join(Compound, Compound.id == Monograph.compound_id)
        .join(Category, Category.id == Compound.category_id)
        .order_by(MonographRevision.published_at.desc(), MonographRevision.id.desc())
        .limit(at_most)
    )
    if compound_slug is not None:
        query = query.where(Compound.slug == compound_slug)
    return [
        PublishedChange(
            compound=compound,
            category=category,
            title=revision.title,
            number=revision.number,
            kind=revision.change_kind,
            note=revision.change_note,
            author=revision.author,
            published_at=revision.published_at,
        )
        for revision, compound, category in session.execute(query)
    ]


def current_revisions(session: Session) -> Sequence[MonographRevision]:
    """The newest revision of every monograph by name of the compound, rows loaded. Three queries."""
    newest = (
        select(MonographRevision.monograph_id, func.max(MonographRevision.number).label("number"))
        .group_by(MonographRevision.monograph_id)
        .subquery()
    )
    return session.scalars(
        select(MonographRevision)
        .join(
            newest,
            (newest.c.monograph_id == MonographRevision.monograph_id)
            & (newest.c.number == MonographRevision.number),
        )
        .join(Monograph, Monograph.id == MonographRevision.monograph_id)
        .join(Compound, Compound.id == Monograph.compound_id)
        .order_by(Compound.slug)
        .options(*_WITH_ROWS)
    ).all()


def _check(text: MonographText) -> None:
    errors = monograph_file.check(text)
    if not errors:
        errors = tuple(
            monograph_file.FileError(0, "reading", result.message)
            for result in reading_rules.check(text)
            if result.severity is Severity.ERROR
        )
    if errors:
        raise NotPublishable(errors)


def _refuse_impossible(results: Sequence[CheckResult]) -> None:
    """E01: figures that cannot be so. What is possible and disagrees is published, with its finding shown."""
    errors = [
        monograph_file.FileError(0, result.subject, result.message)
        for result in results
        if result.code == "E01" and result.status is Status.INCONSISTENT
    ]
    if errors:
        raise NotPublishable(errors)


def _locked_compound(session: Session, slug: str) -> Compound:
    """The compound, locked so that two revisions cannot take the same number."""
    compound = session.scalar(select(Compound).where(Compound.slug == slug).with_for_update(of=Compound))
    if compound is None:
        raise NotFound(_("There is no compound “%(slug)s”.", slug=slug))
    return compound


def _write(session: Session, compound: Compound, text: MonographText, *, number: int) -> MonographRevision:
    monograph = session.scalar(select(Monograph).where(Monograph.compound_id == compound.id))
    if monograph is None:
        monograph = Monograph(compound_id=compound.id, created_at=clock.now())
        session.add(monograph)
        session.flush()
    whole = monograph_file.exported(text)
    sources = [
        SourceRow(
            position=position,
            key=source.key,
            label=source.label,
            doi=source.doi,
            pmid=source.pmid,
            record=monograph_file.exported_part(source),
        )
        for position, source in enumerate(text.sources, start=1)
    ]
    revision = MonographRevision(
        monograph_id=monograph.id,
        number=number,
        title=text.title,
        standfirst=text.standfirst,
        verdict=text.reading.verdict,
        change_note=text.change_note,
        change_kind=text.change_kind,
        author=text.author,
        verified_by=text.verified_by,
        published_at=clock.now(),
        content={key: value for key, value in whole.items() if key not in _IN_TABLES},
        content_sha256=_digest(whole),
        sources=sources,
    )
    session.add(revision)
    session.flush()
    source_ids = {source.key: source.id for source in sources}
    session.add_all(_evidence_rows(text, revision.id, source_ids))
    session.flush()
    return revision


def _evidence_rows(
    text: MonographText, revision_id: int, source_ids: dict[str, int]
) -> Iterator[EvidenceRow]:
    for position, record in enumerate(text.evidence, start=1):
        yield EvidenceRow(
            revision_id=revision_id,
            source_id=source_ids[record.source],
            position=position,
            record_id=record.id,
            outcome=record.outcome,
            design=record.design,
            species=record.species,
            measure=record.measure,
            direction=record.direction,
            status=record.status,
            record=monograph_file.exported_part(record),
        )


_IN_TABLES = ("sources", "evidence")
_WITH_ROWS = (
    selectinload(MonographRevision.sources),
    selectinload(MonographRevision.evidence),
    joinedload(MonographRevision.monograph, innerjoin=True),
)


def _revisions(compound_slug: str) -> Select[MonographRevision]:
    return select(MonographRevision).join(Monograph).join(Compound).where(Compound.slug == compound_slug)


def _as_exported(revision: MonographRevision) -> dict[str, Any]:
    rows: dict[str, Sequence[SourceRow] | Sequence[EvidenceRow]] = {
        "sources": revision.sources,
        "evidence": revision.evidence,
    }
    return {
        **revision.content,
        **{name: [row.record for row in found] for name, found in rows.items() if found},
    }


def _digest(exported: dict[str, Any]) -> str:
    return digest(cast("Plain", exported))


def _same_content(one: MonographText, other: MonographText) -> bool:
    """Whether all but the words about the change is the same."""
    return _without_note(one) == _without_note(other)


def _without_note(text: MonographText) -> MonographText:
    return replace(text, change_note="", change_kind=ChangeKind.NEW_EVIDENCE)


@audit.invariant("I24", "Every published revision is what its checksum says, in its rows and in its columns")
def _revisions_unchanged(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(MonographRevision, Compound.slug)
        .join(Monograph, Monograph.id == MonographRevision.monograph_id)
        .join(Compound, Compound.id == Monograph.compound_id)
        .options(*_WITH_ROWS)
        .order_by(MonographRevision.id)
    )
    for revision, slug in rows:
        where = f"monograph {slug}, version {revision.number}"
        exported = _as_exported(revision)
        if _digest(exported) != revision.content_sha256:
            yield f"{where}: the content is not what was published"
        elif not _columns_agree(revision, exported, slug):
            yield f"{where}: its columns say something else than its content"


def _columns_agree(revision: MonographRevision, exported: dict[str, Any], slug: str) -> bool:
    """Whether what lists and joins are made from is what the page says."""
    named = ("title", "standfirst", "change_note", "author", "verified_by")
    keys = {source.id: source.key for source in revision.sources}
    return (
        exported["compound"] == slug
        and all(exported[name] == getattr(revision, name) for name in named)
        and exported["reading"]["verdict"] == revision.verdict
        and exported.get("change_kind", ChangeKind.NEW_EVIDENCE) == revision.change_kind
        and all(row.record["key"] == row.key for row in revision.sources)
        and all(
            (row.record["id"], row.record["source"]) == (row.record_id, keys.get(row.source_id))
            for row in revision.evidence
        )
    )
