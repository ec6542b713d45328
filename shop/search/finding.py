"""Finding by what people type: names, synonyms, registered numbers, lot numbers, sequences, and any words.

How well something matches is where it has what was typed, the same on both databases: its name, the beginning
of a name, words of its names, a part of a name or sequence, words of its heading, of its summary, anywhere.
Among equals the order is fixed: products and monographs by name, results as in their monograph, sources by
year.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from shop.search import excerpts, pages, released_lots, spelling, text_index, words
from shop.search.excerpts import Excerpt, Piece
from shop.search.models import KeyKind, Kind, SearchEntry, SearchKey
from shop.search.pages import Page
from shop.search.text_index import Within
from shop.search.words import LONGEST_QUERY, Query, Term

__all__ = ["LONGEST_QUERY"]

MOST_LOTS = 10
IN_OVERVIEW = 6
"""Of each kind on the first page of results; a page of one kind has `ON_A_PAGE`."""
ON_A_PAGE = 20
LAST_PAGE = 500
SHORTEST_PART_OF_NAME = 3
SHORTEST_PART_OF_SEQUENCE = 4

NUMBERS = (KeyKind.CAS, KeyKind.CATALOGUE, KeyKind.DOI, KeyKind.PMID, KeyKind.REGISTER)


class Level(IntEnum):
    """How well an entry matches, the best first."""

    NAME = 0
    NAME_BEGINS = 1
    WORDS_OF_NAMES = 2
    IN_NAMES = 3
    PART_OF_NAME = 4
    HEADING = 5
    SUMMARY = 6
    ANYWHERE = 7


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Something found, with what a page of results shows of it."""

    kind: Kind
    title: tuple[Piece, ...]
    address: dict[str, Any]
    details: dict[str, Any]
    excerpt: Excerpt
    by: KeyKind | None = None
    """The kind of number that was typed, where it was found by that."""
    written: str = ""
    """That number as it is written."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """What was found of one kind, the best first; `total` counts all of it."""

    kind: Kind
    total: int
    hits: tuple[Hit, ...]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a query finds."""

    lot: str | None = None
    """The number of a lot typed exactly, in whatever state it is."""
    query: Query
    """What was looked for: what was typed, or what was taken for it."""
    exact: tuple[Hit, ...] = ()
    """Found by a number of their own."""
    groups: tuple[Group, ...] = ()
    pages: tuple[Page, ...] = ()
    lots: tuple[str, ...] = ()
    """Lots that are or were released and whose number begins so."""
    near_lots: tuple[str, ...] = ()
    """Such lots with a number that resembles what was typed, where nothing was found."""
    corrected: bool = False
    """Whether nothing was found for what was typed, and these are the results for `query`."""
    suggestion: str | None = None
    """What may have been meant, beside results for what was typed."""
    only_some: bool = False
    """Whether nothing has all of the words, and these have one or more."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.lot or self.exact or self.groups or self.pages or self.lots)

    @property
    def total(self) -> int:
        """How much was found."""
        return len(self.exact) + sum(group.total for group in self.groups) + len(self.pages) + len(self.lots)

    def of(self, kind: Kind) -> tuple[Hit, ...]:
        """What is shown of one kind."""
        return next((group.hits for group in self.groups if group.kind is kind), ())


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which part of the results is wanted: the best of every kind, or a page of one."""

    kind: Kind | None = None
    page: int = 1

    @property
    def places(self) -> tuple[int, int]:
        """The first and last place in each group, counted from 1."""
        if self.kind is None:
            return 1, IN_OVERVIEW
        page = min(max(self.page, 1), LAST_PAGE)
        return (page - 1) * ON_A_PAGE + 1, page * ON_A_PAGE


OVERVIEW = Asked()


def find(session: Session, typed: str, *, among: Sequence[Page] = (), asked: Asked = OVERVIEW) -> Found:
    """Everything that matches a query; one without letters and digits, or of "the" alone, finds nothing.

    Args:
        among: the pages that stand in no table.
    """
    query = words.read(typed)
    if not query.key:
        return Found(query=query)
    lot = released_lots.exact(session, query.typed)
    if lot is not None:
        return Found(query=query, lot=lot)
    found = _matching(session, query, among, asked)
    lots = tuple(released_lots.beginning_with(session, query.typed, MOST_LOTS))
    found = replace(found, lots=lots)
    if found.is_empty:
        return _something_else(session, query, among, asked)
    if not found.exact and not lots and not _is_of_a_name(session, query, among):
        suggestion = spelling.nearest_name(session, query, _names(among))
        return replace(found, suggestion=suggestion)
    return found


def _names(among: Iterable[Page]) -> list[str]:
    return [name for page in among for name in page.names]


def _something_else(session: Session, query: Query, among: Sequence[Page], asked: Asked) -> Found:
    """Where nothing was found: results for what was probably meant, or for some of the words."""
    other_words = pages.vocabulary(among)
    ways: tuple[Callable[[], str | None], ...] = (
        lambda: spelling.nearest_name(session, query, _names(among)),
        lambda: spelling.corrected(session, query, other_words),
        lambda: spelling.joined(session, query, other_words),
    )
    for way in ways:
        instead = way()
        if instead is not None:
            found = _matching(session, words.read(instead), among, asked)
            if not found.is_empty:
                return replace(found, corrected=True)
    near = tuple(released_lots.nearest(session, query.typed)) if query.number else ()
    telling = tuple(term for term in query.terms if _is_telling(term))
    if telling and len(query.terms) > 1 and not near:
        some = replace(query, terms=telling)
        return replace(_matching(session, some, among, asked, every=False), query=query, only_some=True)
    return Found(query=query, near_lots=near)


def _is_telling(term: Term) -> bool:
    """Whether a term says something without the others; single letters and numbers do not."""
    return any(word.begins for way in term.ways for word in way)


def _is_of_a_name(session: Session, query: Query, among: Sequence[Page]) -> bool:
    """Whether what was typed is or begins a name, so that nothing else can have been meant."""
    keys = [each for name in _names(among) for each in words.name_keys(name)]
    if any(each.startswith(query.key) for each in keys):
        return True
    begins = select(literal(1)).where(
        _name(text_index.beginning_with(SearchKey.key, query.key, _dialect(session)))
    )
    return session.scalar(begins.limit(1)) is not None


def _matching(
    session: Session, query: Query, among: Sequence[Page], asked: Asked, *, every: bool = True
) -> Found:
    exact = _by_number(session, query) if every else {}
    groups = _groups(session, query, asked, leave_out=list(exact), every=every)
    numbers = [number for _kind, _total, listed in groups for number in listed]
    hits = _hits(session, [*exact, *numbers], query)
    return Found(
        query=query,
        exact=tuple(
            replace(hits[number], by=what, written=written)
            for number, (what, written) in exact.items()
            if number in hits
        ),
        groups=tuple(
            Group(kind=kind, total=total, hits=tuple(hits[number] for number in listed))
            for kind, total, listed in groups
        ),
        pages=tuple(pages.matching(among, query, every=every)),
    )


def _by_number(session: Session, query: Query) -> dict[int, tuple[KeyKind, str]]:
    """Entries that are registered under what was typed, with the number as it is written, by kind."""
    if not query.number:
        return {}
    dialect = _dialect(session)
    rows = session.execute(
        select(SearchKey.entry_id, SearchEntry.kind, SearchKey.what, SearchKey.written)
        .join(SearchEntry, SearchEntry.id == SearchKey.entry_id)
        .where(SearchKey.key == query.number, SearchKey.what.in_(NUMBERS))
        .order_by(
            text_index.by_bytes(SearchEntry.order_key, dialect),
            text_index.by_bytes(SearchEntry.key, dialect),
            SearchKey.what,
        )
        .limit(ON_A_PAGE)
    ).all()
    kinds = list(Kind)
    found: dict[int, tuple[KeyKind, str]] = {}
    for entry_id, _kind, what, written in sorted(rows, key=lambda row: kinds.index(row[1])):
        found.setdefault(entry_id, (what, written))
    return found


def _groups(
    session: Session, query: Query, asked: Asked, *, leave_out: list[int], every: bool
) -> list[tuple[Kind, int, list[int]]]:
    """Each kind with how much of it matches, and the numbers of those that are shown. One query."""
    dialect = _dialect(session)
    ways = list(_ways(query, dialect)) if every else list(_ways_for_some(query, dialect))
    if not ways:
        return []
    matches = union_all(
        *(way.add_columns(literal(int(level)).label("level")) for level, way in ways)
    ).subquery()
    best = select(matches.c.id, func.min(matches.c.level).label("level")).group_by(matches.c.id).subquery()
    place = func.row_number().over(
        partition_by=SearchEntry.kind,
        order_by=(
            best.c.level,
            text_index.by_bytes(SearchEntry.order_key, dialect),
            text_index.by_bytes(SearchEntry.key, dialect),
            SearchEntry.id,
        ),
    )
    listed = select(
        SearchEntry.id,
        SearchEntry.kind,
        place.label("place"),
        func.count().over(partition_by=SearchEntry.kind).label("total"),
    ).join(best, best.c.id == SearchEntry.id)
    if leave_out:
        listed = listed.where(SearchEntry.id.not_in(leave_out))
    if asked.kind is not None:
        listed = listed.where(SearchEntry.kind == asked.kind)
    found = listed.subquery()
    first, last = asked.places
    groups: dict[Kind, tuple[int, list[int]]] = {}
    for number, kind, total in session.execute(
        select(found.c.id, found.c.kind, found.c.total)
        .where(found.c.place.between(first, last))
        .order_by(found.c.place)
    ):
        groups.setdefault(kind, (total, []))[1].append(number)
    return [(kind, *groups[kind]) for kind in Kind if kind in groups]


def _ways(query: Query, dialect: str) -> Iterable[tuple[Level, Select[int]]]:
    """The numbers of what matches at each level."""
    yield Level.NAME, _keyed(_is_name_or_sequence(query))
    yield Level.NAME_BEGINS, _keyed(_name(text_index.beginning_with(SearchKey.key, query.key, dialect)))
    if query.terms and len(query.key) >= SHORTEST_PART_OF_NAME:
        yield Level.PART_OF_NAME, _keyed(_name(SearchKey.key.contains(query.key, autoescape=True)))
    if len(query.residues) >= SHORTEST_PART_OF_SEQUENCE:
        part = SearchKey.key.contains(query.residues.lower(), autoescape=True)
        yield Level.PART_OF_NAME, _keyed((SearchKey.what == KeyKind.SEQUENCE) & part)
    if query.terms:
        whole = [term.whole for term in query.terms]
        yield Level.WORDS_OF_NAMES, text_index.with_all(whole, Within.NAMES, dialect)
        yield Level.IN_NAMES, text_index.with_all(query.terms, Within.NAMES, dialect)
        yield Level.HEADING, text_index.with_all(query.terms, Within.HEADING, dialect)
        yield Level.SUMMARY, text_index.with_all(query.terms, Within.SUMMARY, dialect)
        yield Level.ANYWHERE, text_index.with_all(query.terms, Within.BODY, dialect)


def _ways_for_some(query: Query, dialect: str) -> Iterable[tuple[Level, Select[int]]]:
    yield Level.IN_NAMES, text_index.with_any(query.terms, Within.NAMES, dialect)
    yield Level.HEADING, text_index.with_any(query.terms, Within.HEADING, dialect)
    yield Level.ANYWHERE, text_index.with_any(query.terms, Within.BODY, dialect)


def _keyed(condition: ColumnElement[bool]) -> Select[int]:
    return select(SearchKey.entry_id.label("id")).where(condition)


def _name(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return (SearchKey.what == KeyKind.NAME) & condition


def _is_name_or_sequence(query: Query) -> ColumnElement[bool]:
    is_name = _name(SearchKey.key == query.key)
    if not query.residues:
        return is_name
    is_sequence = (SearchKey.what == KeyKind.SEQUENCE) & (SearchKey.key == query.residues.lower())
    return or_(is_name, is_sequence)


def _hits(session: Session, numbers: Sequence[int], query: Query) -> dict[int, Hit]:
    """What is shown of some entries, by number. One query."""
    if not numbers:
        return {}
    rows = session.execute(
        select(
            SearchEntry.id,
            SearchEntry.kind,
            SearchEntry.title,
            SearchEntry.address,
            SearchEntry.details,
            SearchEntry.passages,
        ).where(SearchEntry.id.in_(numbers))
    )
    return {
        number: Hit(
            kind=kind,
            title=excerpts.marked(title, query.terms),
            address=address,
            details=details,
            excerpt=excerpts.excerpt(passages, query.terms),
        )
        for number, kind, title, address, details, passages in rows
    }


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
