"""Tables whose rows never change: the database itself refuses UPDATE and DELETE, by trigger.

Each room names its tables here when its models are defined. Alembic's batch mode rebuilds SQLite tables
and drops their triggers silently, so `restore` puts all of them back after every migration, and `missing`
lets the audit say when one is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, inspect, text


@dataclass(frozen=True)
class Guard:
    """One refusal: no `operation` on `table` where `condition` holds of the old row."""

    table: str
    operation: str
    condition: str | None
    sentence: str

    @property
    def name(self) -> str:
        """The trigger's name in both databases."""
        return f"{self.table}_refuses_{self.operation.lower()}"


_guards: list[Guard] = []


def append_only(table: str) -> None:
    """Refuse every UPDATE and DELETE on a table."""
    for operation in ("UPDATE", "DELETE"):
        _guards.append(Guard(table, operation, None, f"{table} is append-only"))


def frozen_when(table: str, condition: str, sentence: str, *, reached: str | None = None) -> None:
    """Refuse UPDATE and DELETE on rows of a table for which an SQL condition on `OLD` holds.

    Args:
        reached: a condition on `NEW`; an UPDATE that makes a row meet it is refused as well.
    """
    either = f"{condition} OR {reached}" if reached else condition
    _guards.append(Guard(table, "UPDATE", either, sentence))
    _guards.append(Guard(table, "DELETE", condition, sentence))


def frozen_columns(table: str, columns: list[str], sentence: str, *, erasable: tuple[str, ...] = ()) -> None:
    """Refuse DELETE on a table, and any UPDATE that changes one of the named columns.

    Args:
        erasable: those of them that may still be overwritten by what stands for an erased person's data.
    """
    changed = " OR ".join(
        f"(NEW.{column} IS DISTINCT FROM OLD.{column}"
        + (
            f" AND NEW.{column} <> 'erased' AND NEW.{column} NOT LIKE 'erased-%@invalid'"
            if column in erasable
            else ""
        )
        + ")"
        for column in columns
    )
    _guards.append(Guard(table, "UPDATE", changed, sentence))
    _guards.append(Guard(table, "DELETE", None, sentence))


def no_additions_when(table: str, condition: str, sentence: str) -> None:
    """Refuse INSERT into a table where an SQL condition on `NEW` holds."""
    _guards.append(Guard(table, "INSERT", condition, sentence))


def lift(connection: Connection) -> None:
    """Take every guard away while a migration rebuilds or fills tables; `restore` follows in the same run."""
    tables = set(inspect(connection).get_table_names())
    for guard in _guards:
        if guard.table in tables:
            on = "" if connection.dialect.name == "sqlite" else f" ON {guard.table}"
            connection.execute(text(f"DROP TRIGGER IF EXISTS {guard.name}{on}"))


def restore(connection: Connection) -> None:
    """Create anew every guard whose table exists; drop none that still serve."""
    tables = set(inspect(connection).get_table_names())
    for guard in _guards:
        if guard.table in tables:
            for statement in _statements(guard, connection.dialect.name):
                connection.execute(text(statement))


def missing(connection: Connection) -> Iterator[str]:
    """Names of guards that should stand in the database and do not."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    present = set(connection.execute(text(query)).scalars())
    yield from sorted(guard.name for guard in _guards if guard.name not in present)


def _statements(guard: Guard, dialect: str) -> list[str]:
    when = f"WHEN ({guard.condition})" if guard.condition else ""
    if dialect == "sqlite":
        return [
            f"DROP TRIGGER IF EXISTS {guard.name}",
            f"CREATE TRIGGER {guard.name} BEFORE {guard.operation} ON {guard.table} FOR EACH ROW {when} "
            f"BEGIN SELECT RAISE(ABORT, '{guard.sentence}'); END",
        ]
    # A trigger's WHEN may not hold a sub-select on PostgreSQL, so the condition stands in the function.
    back = "OLD" if guard.operation == "DELETE" else "NEW"
    condition = guard.condition or "true"
    return [
        f"CREATE OR REPLACE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN IF ({condition}) THEN RAISE EXCEPTION '{guard.sentence}' USING ERRCODE = '23001'; END IF; "
        f"RETURN {back}; END $$",
        f"DROP TRIGGER IF EXISTS {guard.name} ON {guard.table}",
        f"CREATE TRIGGER {guard.name} BEFORE {guard.operation} ON {guard.table} "
        f"FOR EACH ROW EXECUTE FUNCTION {guard.name}()",
    ]
