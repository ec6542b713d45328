"""The audit after each test: every invariant, but none again over tables that are as empty as before.

Most tests fill a few tables. An invariant is a function of the rows it reads: when it found nothing while
every table it read was empty, it finds nothing again while they are, and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from shop.core import audit
from shop.core.audit import Invariant
from shop.core.database import Base

_silent: dict[tuple[str, str], frozenset[str]] = {}
"""By kind of database and code of an invariant: what it read when silent, all empty."""


def found(session: Session) -> list[str]:
    """What the audit finds, one line each."""
    kind = session.get_bind().dialect.name
    empty = _empty_tables(session)
    lines = []
    for each in audit.invariants():
        known = _silent.get((kind, each.code))
        if known is not None and known <= empty:
            continue
        with _reads(session) as read:
            sentences = list(audit.breaches(session, each))
        lines += [f"{each.code}: {sentence}" for sentence in sentences]
        if _depends_on_tables_alone(each, read) and not sentences and read <= empty:
            _silent[kind, each.code] = frozenset(read)
    return lines


def _depends_on_tables_alone(each: Invariant, read: set[str]) -> bool:
    """Whether it read tables of ours and nothing else, such as the list of triggers."""
    return bool(read) and "" not in read


@contextmanager
def _reads(session: Session) -> Iterator[set[str]]:
    """The tables named in the statements sent meanwhile; an empty name stands for anything else."""
    read: set[str] = set()
    connection = session.connection()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        read.update(_names().findall(statement) or [""])

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield read
    finally:
        event.remove(connection, "before_cursor_execute", note)


@cache
def _names() -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(sorted(Base.metadata.tables, key=len, reverse=True))})\b")


@cache
def _which_are_empty() -> str:
    return " UNION ALL ".join(
        f"SELECT '{name}' WHERE NOT EXISTS (SELECT 1 FROM {name})" for name in sorted(Base.metadata.tables)
    )


def _empty_tables(session: Session) -> frozenset[str]:
    return frozenset(session.scalars(text(_which_are_empty())))
