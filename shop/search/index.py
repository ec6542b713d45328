"""Keeping the search index in step: in the transaction of every change, or all of it anew.

Whatever a session writes to a compound, its names, its field, its products or its monograph is noted as it is
flushed; before the commit the entries of those compounds are made again and the differences written. A bulk
statement on one of these tables makes the whole index again. What is written past the sessions is found by
the audit and mended by `aliquot reindex`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, cast

from sqlalchemy import Table, delete, event, insert, select, text, update
from sqlalchemy.orm import ORMExecuteState, Session, attributes
from sqlalchemy.orm.unitofwork import UOWTransaction

from shop.catalogue.models import Product, VialSize
from shop.compounds.models import Category, Compound, CompoundName
from shop.core import audit, engine_tables, migrations
from shop.core.database import WRITING, db, writing
from shop.education.models import Monograph, MonographRevision
from shop.education.monograph_file import BadMonographFile
from shop.search import entries, text_index
from shop.search.entries import Entry, Key
from shop.search.models import SearchEntry, SearchKey, SearchWord

CHANGED = "aliquot_search_changed"
"""Where a session notes the compounds whose entries have to be made again; None among them means all."""
SOURCES = (Category, Compound, CompoundName, Product, VialSize, Monograph, MonographRevision)
AT_ONCE = 200

_FIELDS = tuple(each.name for each in fields(Entry) if each.name != "keys")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What the index has to become: entries to add, to change by their number, and numbers to take away."""

    new: tuple[Entry, ...]
    changed: tuple[tuple[int, Entry], ...]
    gone: tuple[int, ...]
    words: Mapping[str, tuple[int, int]]
    """By how much the counts of each word change: entries that have it, entries called by it."""

    def __len__(self) -> int:
        return len(self.new) + len(self.changed) + len(self.gone)


def reindex() -> int:
    """Make the whole index again; returns how many entries were not right."""
    with writing() as session:
        connection = session.connection()
        engine_tables.restore(connection)
        return _make_all(session)


@migrations.fills
def _fill(session: Session) -> None:
    _make_all(session)


def _make_all(session: Session) -> int:
    """Bring every entry up to date, and count the words of all of them."""
    written = 0
    for part in _portions(session):
        difference = _difference(session, part)
        _write(session, difference)
        written += len(difference)
    session.execute(delete(SearchWord))
    _count_words(session, _counted(session))
    return written


def _portions(session: Session) -> Iterator[list[int]]:
    """The numbers of all compounds, some at a time."""
    every = list(session.scalars(select(Compound.id).order_by(Compound.id)))
    for at in range(0, len(every), entries.COMPOUNDS_AT_ONCE):
        yield every[at : at + entries.COMPOUNDS_AT_ONCE]


def _difference(session: Session, compound_ids: Sequence[int]) -> Difference:
    """What is not yet right about some compounds."""
    wanted = {each.name: each for each in entries.of_compounds(session, compound_ids)}
    there = {each.name: (number, each) for number, each in _stored(session, compound_ids)}
    gone = [found for name, found in there.items() if name not in wanted]
    changed = [
        (there[name], each) for name, each in wanted.items() if name in there and there[name][1] != each
    ]
    new = [each for name, each in wanted.items() if name not in there]
    return Difference(
        new=tuple(new),
        changed=tuple((number, each) for (number, _old), each in changed),
        gone=tuple(number for number, _old in gone),
        words=_change_of_words(
            before=[old for _number, old in (*gone, *(found for found, _each in changed))],
            after=[*new, *(each for _found, each in changed)],
        ),
    )


def _stored(session: Session, compound_ids: Sequence[int]) -> Iterator[tuple[int, Entry]]:
    """The entries of some compounds as the index has them, by number."""
    rows = session.execute(_ENTRIES.where(SearchEntry.compound_id.in_(compound_ids))).all()
    keys = defaultdict[int, list[Key]](list)
    for entry_id, what, key, written in session.execute(
        select(SearchKey.entry_id, SearchKey.what, SearchKey.key, SearchKey.written)
        .join(SearchEntry, SearchEntry.id == SearchKey.entry_id)
        .where(SearchEntry.compound_id.in_(compound_ids))
    ):
        keys[entry_id].append(Key(what=what, key=key, written=written))
    for row in rows:
        own = tuple(sorted(keys[row.id], key=lambda each: (each.what, each.key)))
        yield row.id, Entry(**{name: getattr(row, name) for name in _FIELDS}, keys=own)


_ENTRIES = select(SearchEntry.id, *(getattr(SearchEntry, name) for name in _FIELDS))


def _change_of_words(before: Iterable[Entry], after: Iterable[Entry]) -> dict[str, tuple[int, int]]:
    entries_with, names_with = Counter[str](), Counter[str]()
    for sign, found in ((-1, before), (1, after)):
        for each in found:
            entries_with.update(dict.fromkeys(each.words, sign))
            names_with.update(dict.fromkeys(each.names.split(), sign))
    return {
        word: (entries_with[word], names_with[word])
        for word in sorted(entries_with)
        if entries_with[word] or names_with[word]
    }


def _write(session: Session, difference: Difference) -> None:
    if difference.gone:
        _take_away(session, difference.gone)
    for number, entry in difference.changed:
        session.execute(update(_ENTRY).where(_ENTRY.c.id == number).values(_values(entry)))
        session.execute(delete(_KEY).where(_KEY.c.entry_id == number))
        _add_keys(session, [(number, each) for each in entry.keys])
    for at in range(0, len(difference.new), AT_ONCE):
        part = difference.new[at : at + AT_ONCE]
        numbers = session.execute(
            insert(_ENTRY).returning(_ENTRY.c.id, sort_by_parameter_order=True),
            [_values(each) for each in part],
        ).scalars()
        _add_keys(
            session,
            [(number, each) for number, entry in zip(numbers, part, strict=True) for each in entry.keys],
        )


_ENTRY = cast(Table, SearchEntry.__table__)
_KEY = cast(Table, SearchKey.__table__)
_WORD = cast(Table, SearchWord.__table__)


def _values(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _FIELDS}


def _add_keys(session: Session, keys: Sequence[tuple[int, Key]]) -> None:
    if keys:
        session.execute(
            insert(_KEY),
            [
                {"entry_id": number, "what": each.what, "key": each.key, "written": each.written}
                for number, each in keys
            ],
        )


def _take_away(session: Session, numbers: Sequence[int]) -> None:
    for at in range(0, len(numbers), AT_ONCE):
        part = numbers[at : at + AT_ONCE]
        session.execute(delete(_KEY).where(_KEY.c.entry_id.in_(part)))
        session.execute(delete(_ENTRY).where(_ENTRY.c.id.in_(part)))


def _counted(session: Session) -> dict[str, tuple[int, int]]:
    """Every word of every entry, counted anew."""
    entries_with, names_with = Counter[str](), Counter[str]()
    for names, heading, summary, body in session.execute(
        select(SearchEntry.names, SearchEntry.heading, SearchEntry.summary, SearchEntry.body)
    ):
        entries_with.update({*names.split(), *heading.split(), *summary.split(), *body.split()})
        names_with.update(names.split())
    return {word: (entries_with[word], names_with[word]) for word in sorted(entries_with)}


def _count_words(session: Session, changes: Mapping[str, tuple[int, int]]) -> None:
    """Change the counts of words, in the order of the words, so that no two transactions wait crosswise."""
    if changes:
        session.execute(
            _MORE,
            [
                {"word": word, "length": len(word), "entries": entries, "names": names}
                for word, (entries, names) in sorted(changes.items())
            ],
        )
    if any(entries < 0 for entries, _names in changes.values()):
        session.execute(delete(_WORD).where(_WORD.c.entries <= 0))


_MORE = text(
    "INSERT INTO search_word (word, length, entries, names) VALUES (:word, :length, :entries, :names) "
    "ON CONFLICT (word) DO UPDATE SET entries = search_word.entries + excluded.entries, "
    "names = search_word.names + excluded.names"
)


def _keep_in_step(session: Session, compounds: set[int | None]) -> None:
    """Write what changed about some compounds; None among them means everything."""
    if None in compounds:
        _make_all(session)
        return
    # Whoever changes the same compound at the same time waits here, and then sees this change.
    known = sorted(
        session.scalars(
            select(Compound.id)
            .where(Compound.id.in_(compounds))
            .order_by(Compound.id)
            .with_for_update(key_share=True)
        )
    )
    difference = _difference(session, known)
    _write(session, difference)
    _count_words(session, difference.words)


@event.listens_for(db.session, "after_flush")
def _note_changes(session: Session, _context: UOWTransaction) -> None:
    noted = {
        compound
        for row in (*session.new, *session.deleted, *filter(session.is_modified, session.dirty))
        if isinstance(row, SOURCES)
        for compound in _compounds_of(session, row)
    }
    if noted:
        session.info.setdefault(CHANGED, set()).update(noted)


@event.listens_for(db.session, "do_orm_execute")
def _note_bulk(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        mapper = state.bind_mapper
        if mapper is not None and issubclass(mapper.class_, SOURCES):
            state.session.info.setdefault(CHANGED, set()).add(None)


@event.listens_for(db.session, "before_commit")
def _write_changes(session: Session) -> None:
    if session.info.get(WRITING) and not session.in_nested_transaction():
        session.flush()
        changed = session.info.pop(CHANGED, None)
        if changed:
            _keep_in_step(session, changed)


@event.listens_for(db.session, "after_rollback")
def _forget_changes(session: Session) -> None:
    session.info.pop(CHANGED, None)


def _compounds_of(session: Session, row: object) -> Iterator[int | None]:
    """The compounds of which a flushed row speaks, or spoke before; None for a whole field of research."""
    if isinstance(row, Category):
        yield None
    elif isinstance(row, Compound):
        yield row.id
    elif isinstance(row, MonographRevision):
        yield session.scalar(select(Monograph.compound_id).where(Monograph.id == row.monograph_id))
    elif isinstance(row, VialSize):
        yield session.scalar(select(Product.compound_id).where(Product.id == row.product_id))
    elif isinstance(row, CompoundName | Product | Monograph):
        yield row.compound_id
        yield from attributes.get_history(row, "compound_id").deleted


@audit.invariant("I80", "Every page that can be found stands in the search index as it is now")
def _entries_are_right(session: Session) -> Iterator[str]:
    counted = _counted(session)
    for part in _portions(session):
        try:
            difference = _difference(session, part)
        except BadMonographFile as damaged:
            yield f"a monograph cannot be read, so the search index cannot be compared with it: {damaged}"
            continue
        yield from (f"{each.kind} {each.key} is not in the search index" for each in difference.new)
        yield from (f"{each.kind} {each.key} is out of date in it" for _number, each in difference.changed)
        yield from (f"entry {number} of the search index has no page" for number in difference.gone)
    known = {
        word: (entries, names)
        for word, entries, names in session.execute(
            select(SearchWord.word, SearchWord.entries, SearchWord.names)
        )
    }
    for word in sorted(known.keys() | counted.keys()):
        if known.get(word) != counted.get(word):
            yield f"the search vocabulary counts “{word}” wrongly"


@audit.invariant("I81", "The text index of this kind of database has every entry as it is")
def _text_is_right(session: Session) -> Iterator[str]:
    connection = session.connection()
    missing = list(engine_tables.missing(connection))
    yield from (f"{name} is missing" for name in missing)
    if text_index.NAME not in missing:
        query = text_index.OUT_OF_STEP[connection.dialect.name]
        for number in connection.exec_driver_sql(query).scalars():
            yield f"entry {number} is not in the text index as it is"
