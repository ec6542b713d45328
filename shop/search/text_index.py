"""The text index beside `search_entry`: an FTS5 table on SQLite, a tsvector with a GIN index on PostgreSQL.

Triggers keep it in step with the entries. Both are given words that are ready to be compared
(`shop.search.words`) and have no say in what a word is: FTS5 reads them with its `ascii` tokenizer, which leaves
all but ASCII letters alone, and a tsvector is written out word by word, not made by a parser.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, cast, collate, column, select, table
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import InstrumentedAttribute

from shop.core import engine_tables
from shop.core.engine_tables import EngineTable
from shop.search.words import Term, Word

NAME = "search_text"
_FIELDS = ("names", "heading", "summary", "body")
_LIST = ", ".join(_FIELDS)
_NEW = ", ".join(f"NEW.{field}" for field in _FIELDS)
_CHANGED = " OR ".join(f"NEW.{field} IS DISTINCT FROM OLD.{field}" for field in _FIELDS)


class Within(StrEnum):
    """In which of the fields words are looked for, each with the ones before it."""

    NAMES = "names"
    HEADING = "heading"
    SUMMARY = "summary"
    BODY = "body"

    @property
    def fields(self) -> str:
        """The columns of FTS5."""
        return " ".join(_FIELDS[: _FIELDS.index(self) + 1])

    @property
    def weights(self) -> str:
        """The weights of a tsvector; every word has one, so that none is named for all fields."""
        return "ABCD"[: _FIELDS.index(self) + 1] if self is not Within.BODY else ""


def _weighed(field: str, mark: str) -> str:
    """Each word of a field as PostgreSQL writes it in a tsvector: a place and a weight after it."""
    return f"CASE WHEN {field} = '' THEN '' ELSE replace({field}, ' ', ':{mark} ') || ':{mark}' END"


_AS_VECTOR = " || ' ' || ".join(
    _weighed(field, mark) for field, mark in zip(_FIELDS, ("1A", "2B", "3C", "4"), strict=True)
)

engine_tables.register(
    EngineTable(
        name=NAME,
        beside="search_entry",
        triggers=("search_entry_is_found", "search_entry_is_found_anew", "search_entry_is_found_no_more"),
        make={
            "sqlite": (
                f"CREATE VIRTUAL TABLE {NAME} USING fts5({_LIST}, tokenize = 'ascii', detail = 'column')",
                "CREATE TRIGGER search_entry_is_found AFTER INSERT ON search_entry BEGIN "
                f"INSERT INTO {NAME} (rowid, {_LIST}) VALUES (NEW.id, {_NEW}); END",
                f"CREATE TRIGGER search_entry_is_found_anew AFTER UPDATE ON search_entry WHEN {_CHANGED} BEGIN "
                f"DELETE FROM {NAME} WHERE rowid = OLD.id; "
                f"INSERT INTO {NAME} (rowid, {_LIST}) VALUES (NEW.id, {_NEW}); END",
                "CREATE TRIGGER search_entry_is_found_no_more AFTER DELETE ON search_entry BEGIN "
                f"DELETE FROM {NAME} WHERE rowid = OLD.id; END",
                f"INSERT INTO {NAME} (rowid, {_LIST}) SELECT id, {_LIST} FROM search_entry",
            ),
            "postgresql": (
                f"CREATE TABLE {NAME} (id integer PRIMARY KEY, words tsvector NOT NULL)",
                "CREATE FUNCTION search_vector(names text, heading text, summary text, body text) "
                f"RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$ SELECT CAST({_AS_VECTOR} AS tsvector) $$",
                "CREATE FUNCTION search_entry_to_text() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF TG_OP <> 'INSERT' THEN DELETE FROM {NAME} WHERE id = OLD.id; END IF; "
                f"IF TG_OP <> 'DELETE' THEN INSERT INTO {NAME} (id, words) "
                f"VALUES (NEW.id, search_vector({_NEW})); END IF; RETURN NULL; END $$",
                "CREATE TRIGGER search_entry_is_found AFTER INSERT ON search_entry "
                "FOR EACH ROW EXECUTE FUNCTION search_entry_to_text()",
                "CREATE TRIGGER search_entry_is_found_anew AFTER UPDATE ON search_entry "
                f"FOR EACH ROW WHEN ({_CHANGED}) EXECUTE FUNCTION search_entry_to_text()",
                "CREATE TRIGGER search_entry_is_found_no_more AFTER DELETE ON search_entry "
                "FOR EACH ROW EXECUTE FUNCTION search_entry_to_text()",
                f"INSERT INTO {NAME} (id, words) SELECT id, search_vector({_LIST}) FROM search_entry",
                f"CREATE INDEX ix_{NAME}_words ON {NAME} USING gin (words) WITH (fastupdate = off)",
            ),
        },
        drop={
            "sqlite": (
                "DROP TRIGGER IF EXISTS search_entry_is_found",
                "DROP TRIGGER IF EXISTS search_entry_is_found_anew",
                "DROP TRIGGER IF EXISTS search_entry_is_found_no_more",
                f"DROP TABLE IF EXISTS {NAME}",
            ),
            "postgresql": (
                "DROP FUNCTION IF EXISTS search_entry_to_text() CASCADE",
                f"DROP TABLE IF EXISTS {NAME}",
                "DROP FUNCTION IF EXISTS search_vector(text, text, text, text)",
            ),
        },
    )
)

OUT_OF_STEP = {
    "sqlite": (
        f"SELECT id FROM (SELECT id, {_LIST} FROM search_entry "
        f"EXCEPT SELECT rowid, {_LIST} FROM {NAME}) "
        f"UNION SELECT rowid FROM {NAME} WHERE rowid NOT IN (SELECT id FROM search_entry) ORDER BY 1"
    ),
    "postgresql": (
        f"SELECT coalesce(e.id, t.id) FROM search_entry e FULL JOIN {NAME} t ON t.id = e.id "
        "WHERE t.words IS DISTINCT FROM search_vector(e.names, e.heading, e.summary, e.body) ORDER BY 1"
    ),
}
"""Numbers of entries that the text index has not, has otherwise, or has in vain, by dialect."""


def with_all(terms: Iterable[Term], within: Within, dialect: str) -> Select[int]:
    """Numbers of the entries that have every term within some fields."""
    return _matching(tuple(terms), within, dialect, among_terms=(" AND ", " & "))


def with_any(terms: Iterable[Term], within: Within, dialect: str) -> Select[int]:
    """Numbers of the entries that have one of the terms within some fields."""
    return _matching(tuple(terms), within, dialect, among_terms=(" OR ", " | "))


def by_bytes(text: InstrumentedAttribute[str], dialect: str) -> ColumnElement[str]:
    """A column to be ordered by its bytes, as SQLite orders by itself."""
    return collate(text, "C") if dialect == "postgresql" else collate(text, "BINARY")


def _matching(
    terms: tuple[Term, ...], within: Within, dialect: str, *, among_terms: tuple[str, str]
) -> Select[int]:
    if dialect == "sqlite":
        asked = f"{{{within.fields}}} : ({_written(terms, among_terms[0], ' AND ', ' OR ', _in_fts5)})"
        found = table(NAME, column("rowid"), column(NAME))
        return select(found.c.rowid.label("id")).where(found.c[NAME].op("MATCH")(asked))
    asked = _written(terms, among_terms[1], " & ", " | ", lambda word: _in_tsquery(word, within))
    vectors = table(NAME, column("id"), column("words"))
    return select(vectors.c.id).where(vectors.c.words.op("@@")(cast(asked, TSQUERY)))


def _written(
    terms: tuple[Term, ...], among: str, both: str, either: str, write: Callable[[Word], str]
) -> str:
    return among.join(
        "(" + either.join("(" + both.join(map(write, way)) + ")" for way in term.ways) + ")" for term in terms
    )


def _in_fts5(word: Word) -> str:
    return f'"{word.text}"*' if word.begins else f'"{word.text}"'


def _in_tsquery(word: Word, within: Within) -> str:
    marks = ("*" if word.begins else "") + within.weights
    return f"'{word.text}'" + (f":{marks}" if marks else "")
