"""The text index beside `search_entry`: an FTS5 table on SQLite, a tsvector with a GIN index on PostgreSQL.

Triggers keep it in step with the entries. Both are given words that are ready to be compared
(`shop.search.words`) and have no say in what a word is: FTS5 reads them with its `ascii` tokenizer, which
leaves all but ASCII letters alone, and a tsvector is written out word by word, not made by a parser.
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


_FOR_SQLITE = (
    """CREATE VIRTUAL TABLE search_text USING fts5(
        names, heading, summary, body, tokenize = 'ascii', detail = 'column'
    )""",
    """CREATE TRIGGER search_entry_is_found AFTER INSERT ON search_entry BEGIN
        INSERT INTO search_text (rowid, names, heading, summary, body)
        VALUES (NEW.id, NEW.names, NEW.heading, NEW.summary, NEW.body);
    END""",
    """CREATE TRIGGER search_entry_is_found_anew AFTER UPDATE ON search_entry
    WHEN (NEW.id, NEW.names, NEW.heading, NEW.summary, NEW.body)
        IS DISTINCT FROM (OLD.id, OLD.names, OLD.heading, OLD.summary, OLD.body) BEGIN
        DELETE FROM search_text WHERE rowid = OLD.id;
        INSERT INTO search_text (rowid, names, heading, summary, body)
        VALUES (NEW.id, NEW.names, NEW.heading, NEW.summary, NEW.body);
    END""",
    """CREATE TRIGGER search_entry_is_found_no_more AFTER DELETE ON search_entry BEGIN
        DELETE FROM search_text WHERE rowid = OLD.id;
    END""",
    """INSERT INTO search_text (rowid, names, heading, summary, body)
    SELECT id, names, heading, summary, body FROM search_entry""",
)

# Each word is written as a tsvector prints it, with a place and a weight: 'ghk:1A cu:1A copper:2B'.
_FOR_POSTGRESQL = (
    "CREATE TABLE search_text (id integer PRIMARY KEY, words tsvector NOT NULL)",
    """CREATE FUNCTION search_vector(names text, heading text, summary text, body text)
    RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$ SELECT CAST(
        CASE WHEN names = '' THEN '' ELSE replace(names, ' ', ':1A ') || ':1A ' END
        || CASE WHEN heading = '' THEN '' ELSE replace(heading, ' ', ':2B ') || ':2B ' END
        || CASE WHEN summary = '' THEN '' ELSE replace(summary, ' ', ':3C ') || ':3C ' END
        || CASE WHEN body = '' THEN '' ELSE replace(body, ' ', ':4 ') || ':4' END
    AS tsvector) $$""",
    """CREATE FUNCTION search_entry_to_text() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP <> 'INSERT' THEN DELETE FROM search_text WHERE id = OLD.id; END IF;
        IF TG_OP <> 'DELETE' THEN
            INSERT INTO search_text (id, words)
            VALUES (NEW.id, search_vector(NEW.names, NEW.heading, NEW.summary, NEW.body));
        END IF;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER search_entry_is_found AFTER INSERT ON search_entry
    FOR EACH ROW EXECUTE FUNCTION search_entry_to_text()""",
    """CREATE TRIGGER search_entry_is_found_anew AFTER UPDATE ON search_entry
    FOR EACH ROW WHEN ((NEW.id, NEW.names, NEW.heading, NEW.summary, NEW.body)
        IS DISTINCT FROM (OLD.id, OLD.names, OLD.heading, OLD.summary, OLD.body))
    EXECUTE FUNCTION search_entry_to_text()""",
    """CREATE TRIGGER search_entry_is_found_no_more AFTER DELETE ON search_entry
    FOR EACH ROW EXECUTE FUNCTION search_entry_to_text()""",
    """INSERT INTO search_text (id, words)
    SELECT id, search_vector(names, heading, summary, body) FROM search_entry""",
    "CREATE INDEX ix_search_text_words ON search_text USING gin (words) WITH (fastupdate = off)",
    "ANALYZE search_text",
)

engine_tables.register(
    EngineTable(
        name=NAME,
        beside="search_entry",
        triggers=("search_entry_is_found", "search_entry_is_found_anew", "search_entry_is_found_no_more"),
        make={"sqlite": _FOR_SQLITE, "postgresql": _FOR_POSTGRESQL},
        drop={
            "sqlite": (
                "DROP TRIGGER IF EXISTS search_entry_is_found",
                "DROP TRIGGER IF EXISTS search_entry_is_found_anew",
                "DROP TRIGGER IF EXISTS search_entry_is_found_no_more",
                "DROP TABLE IF EXISTS search_text",
            ),
            "postgresql": (
                "DROP FUNCTION IF EXISTS search_entry_to_text() CASCADE",
                "DROP TABLE IF EXISTS search_text",
                "DROP FUNCTION IF EXISTS search_vector(text, text, text, text)",
            ),
        },
    )
)

OUT_OF_STEP = {
    "sqlite": """SELECT id FROM (
        SELECT id, names, heading, summary, body FROM search_entry
        EXCEPT SELECT rowid, names, heading, summary, body FROM search_text
    ) UNION SELECT rowid FROM search_text WHERE rowid NOT IN (SELECT id FROM search_entry) ORDER BY 1""",
    "postgresql": """SELECT coalesce(e.id, t.id) FROM search_entry e FULL JOIN search_text t ON t.id = e.id
    WHERE t.words IS DISTINCT FROM search_vector(e.names, e.heading, e.summary, e.body) ORDER BY 1""",
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


def beginning_with(text: InstrumentedAttribute[str], start: str, dialect: str) -> ColumnElement[bool]:
    """Whether a column begins with something, so that an index on it serves."""
    spelt = by_bytes(text, dialect)
    return (spelt >= start) & (spelt < start + _AFTER_EVERY_LETTER)


_AFTER_EVERY_LETTER = "\U0010ffff"


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
