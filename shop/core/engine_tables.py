"""Tables that only one kind of database has, such as a full-text index: made by statements, not by a model.

Each room names its own here. Migrations take them away before they run (`lift`) and put them back, filled
anew from the model table beside them, in the same run (`restore`); so a migration need not know them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, inspect


@dataclass(frozen=True, kw_only=True)
class EngineTable:
    """A table of which each kind of database has a form of its own.

    `make` and `drop` are statements by the name of the dialect; `make` also fills it, and `drop` does no harm
    where there is nothing. Tables that the database makes for its own use begin with the same name.
    """

    name: str
    beside: str
    """The model table that it is filled from; without that one it is not made."""
    triggers: tuple[str, ...]
    """Triggers on that table that keep it in step."""
    make: Mapping[str, Sequence[str]]
    drop: Mapping[str, Sequence[str]]


_tables: list[EngineTable] = []


def register(table: EngineTable) -> None:
    """Have a table made in every database of the shop."""
    _tables.append(table)


def lift(connection: Connection) -> None:
    """Take every such table away, while a migration runs."""
    for table in _tables:
        for statement in table.drop[connection.dialect.name]:
            connection.exec_driver_sql(statement)


def restore(connection: Connection) -> None:
    """Make and fill anew every such table whose model table exists."""
    lift(connection)
    there = set(inspect(connection).get_table_names())
    for table in _tables:
        if table.beside in there:
            for statement in table.make[connection.dialect.name]:
                connection.exec_driver_sql(statement)


def missing(connection: Connection) -> Iterator[str]:
    """Tables and triggers that should be there and are not."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger')"
    else:
        query = (
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' "
            "UNION ALL SELECT relname FROM pg_class WHERE relkind = 'r'"
        )
    present = set(connection.exec_driver_sql(query).scalars())
    for table in _tables:
        yield from (name for name in (table.name, *table.triggers) if name not in present)


def is_modelled(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a model describes what a database has under a name; Alembic compares only that."""
    return kind != "table" or name is None or not any(name.startswith(table.name) for table in _tables)
