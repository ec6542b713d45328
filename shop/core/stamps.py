"""Reference data that seldom changes, read once by each process and change instead of once by each order.

Each kind of reference data has a stamp in the database. Triggers give it a new random one with every change,
in the transaction of the change, so no writer can forget to. What was read under a stamp holds as long as the
database still shows that stamp: the stamp is always read before the rows, so that rows may be newer than
their stamp and never older.

Within `reading()` the stamps are read once. In `writing()` they are asked for each time, because the
transaction may change reference data itself; a use case that does not says so by `look`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Connection, String, inspect, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.core.audit import invariant
from shop.core.database import LOOKED_UP, READING, WRITING, Base
from shop.core.personal_data import not_personal

T = TypeVar("T")


class ReferenceStamp(Base):
    """The stamp of one kind of reference data: new and random after every change of it."""

    __tablename__ = "reference_stamp"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    stamp: Mapped[str] = mapped_column(String(36))


not_personal("reference_stamp", "name stamp")


@dataclass(frozen=True)
class _Watch:
    """A trigger that renews a stamp at one kind of change of a table."""

    name: str
    table: str
    operation: str

    @property
    def trigger(self) -> str:
        return f"{self.table}_{self.operation.partition(' ')[0].lower()}_renews_stamp"


_watches: list[_Watch] = []


class Kept(Generic[T]):
    """Reference data of one kind: what `read` makes of its tables, read anew once they have changed."""

    def __init__(self, name: str, tables: Mapping[str, str], read: Callable[[Session], T]) -> None:
        self._name, self._read = name, read
        self._kept: tuple[str, T] | None = None
        for table, columns in tables.items():
            changed = f"UPDATE OF {columns}" if columns else "UPDATE"
            _watches.extend(_Watch(name, table, each) for each in ("INSERT", changed, "DELETE"))

    def of(self, session: Session) -> T:
        """The data as it is now; never to be changed, because others hold it too."""
        stamp = _shown(session).get(self._name)
        if stamp is None:
            # No trigger stands yet, so nothing would say when it changes.
            return self._read(session)
        kept = self._kept
        if kept is None or kept[0] != stamp:
            kept = self._kept = (stamp, self._read(session))
        return kept[1]


def kept(name: str, tables: Mapping[str, str]) -> Callable[[Callable[[Session], T]], Kept[T]]:
    """Make of a function that reads reference data one that reads it once for each change.

    Args:
        tables: the tables it reads; for each, the columns whose change matters, or nothing for all.
    """

    def decorate(read: Callable[[Session], T]) -> Kept[T]:
        return Kept(name, tables, read)

    return decorate


def look(session: Session) -> None:
    """Read the stamps now and rest on them until the transaction ends. One query for every kind.

    For a use case that changes no reference data.
    """
    session.info[LOOKED_UP] = _read(session)


def _shown(session: Session) -> Mapping[str, str]:
    found: Mapping[str, str] | None = session.info.get(LOOKED_UP)
    if found is None:
        found = _read(session)
        if session.info.get(READING) and not session.info.get(WRITING):
            session.info[LOOKED_UP] = found
    return found


def _read(session: Session) -> Mapping[str, str]:
    # What the session still holds back is written first, so that a transaction sees its own changes.
    session.flush()
    return dict(session.execute(_STAMPS).all())


_STAMPS = select(ReferenceStamp.__table__.c.name, ReferenceStamp.__table__.c.stamp)


def lift(connection: Connection) -> None:
    """Take the triggers away while a migration runs; `restore` follows in the same run."""
    there = set(inspect(connection).get_table_names())
    for watch in _watches:
        if watch.table in there:
            on = "" if connection.dialect.name == "sqlite" else f" ON {watch.table}"
            connection.execute(text(f"DROP TRIGGER IF EXISTS {watch.trigger}{on}"))


def restore(connection: Connection) -> None:
    """Put the triggers back and renew every stamp, whatever was changed meanwhile."""
    there = set(inspect(connection).get_table_names())
    if ReferenceStamp.__tablename__ not in there:
        return
    lift(connection)
    new = _NEW[connection.dialect.name]
    for name in dict.fromkeys(watch.name for watch in _watches):
        connection.execute(
            text(
                f"INSERT INTO reference_stamp (name, stamp) VALUES ('{name}', {new}) "  # noqa: S608 - our own
                "ON CONFLICT (name) DO UPDATE SET stamp = excluded.stamp"
            )
        )
    if connection.dialect.name == "postgresql":
        connection.execute(text(_RENEW))
    for watch in _watches:
        if watch.table in there:
            connection.execute(text(_trigger(watch, connection.dialect.name)))


def missing(connection: Connection) -> Iterator[str]:
    """Names of triggers that should stand in the database and do not."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    present = set(connection.execute(text(query)).scalars())
    yield from sorted(watch.trigger for watch in _watches if watch.trigger not in present)


@invariant("I17", "Every change of reference data renews its stamp")
def _triggers_stand(session: Session) -> Iterator[str]:
    for name in missing(session.connection()):
        yield f"trigger {name} is missing"


_NEW = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "CAST(gen_random_uuid() AS VARCHAR(36))"}
"""Random, not counted: a restored database must never come to a stamp that it showed before."""
_RENEW = """
CREATE OR REPLACE FUNCTION renew_reference_stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE reference_stamp SET stamp = CAST(gen_random_uuid() AS VARCHAR(36)) WHERE name = TG_ARGV[0];
    RETURN NULL;
END $$
"""


def _trigger(watch: _Watch, dialect: str) -> str:
    begins = f"CREATE TRIGGER {watch.trigger} AFTER {watch.operation} ON {watch.table}"
    if dialect == "postgresql":
        return f"{begins} FOR EACH STATEMENT EXECUTE FUNCTION renew_reference_stamp('{watch.name}')"
    renew = f"UPDATE reference_stamp SET stamp = {_NEW[dialect]} WHERE name = '{watch.name}'"  # noqa: S608
    return f"{begins} FOR EACH ROW BEGIN {renew}; END"
