"""Writes of one transaction that are sent to the database in one go.

On PostgreSQL each statement costs a round trip, during which everybody else waits who wants the same lock.
What a use case only writes, and asks nothing back of, it gives to `write`; within `together` that is held
back and sent at the end, one after the other and without waiting in between (the protocol's pipeline mode).
The database runs the same statements in the same order, and the first that fails fails the transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

Write = Insert | Update | Delete
Rows = Sequence[Mapping[str, Any]]
HELD_BACK = "aliquot_held_back"


@contextmanager
def together(session: Session) -> Iterator[None]:
    """Hold back what `write` is given, and send it when the block ends; nothing of it where it raises.

    What is read within the block does not see it.
    """
    held: list[tuple[Write, Rows]] = []
    session.info[HELD_BACK] = held
    try:
        yield
    finally:
        del session.info[HELD_BACK]
    _send(session.connection(), held)


def write(session: Session, statement: Write, *rows: Mapping[str, Any]) -> None:
    """Run a statement once for each row, of which nothing is asked back: at once, or with `together`."""
    held: list[tuple[Write, Rows]] | None = session.info.get(HELD_BACK)
    if held is not None:
        held.append((statement, rows))
    elif rows:
        session.execute(statement, rows[0] if len(rows) == 1 else list(rows))


def forget(session: Session) -> None:
    """Drop what is held back, where a part of a use case is rolled back."""
    session.info[HELD_BACK].clear()


@lru_cache(maxsize=128)
def _without_answer(statement: Write) -> Write:
    """An INSERT would answer with the number of the new row, and that would have to be waited for."""
    return statement.inline() if isinstance(statement, Insert) else statement


def _send(connection: Connection, held: Sequence[tuple[Write, Rows]]) -> None:
    if connection.dialect.name != "postgresql":
        for statement, rows in held:
            connection.execute(statement, rows[0] if len(rows) == 1 else list(rows))
        return
    driver: Any = connection.connection.driver_connection
    try:
        with driver.pipeline():
            for statement, rows in held:
                for row in rows:
                    connection.execute(_without_answer(statement), row)
    except connection.dialect.loaded_dbapi.Error as error:
        # Past SQLAlchemy's own hands, because the answers come when the pipeline ends.
        gone = connection.dialect.is_disconnect(error, driver, None)
        if gone:
            connection.invalidate(error)
        raise DBAPIError.instance(
            None,
            None,
            error,
            connection.dialect.loaded_dbapi.Error,
            connection_invalidated=gone,
            dialect=connection.dialect,
        ) from error
