"""The database: one declarative base, and the only two ways to reach it.

`reading()` and `writing()` give a session. On SQLite only `writing()` begins IMMEDIATE, so a writer waits
for its turn at the start instead of failing in the middle ("database is locked"); a lock file beside the
database queues the writers, because SQLite's own busy wait is unfair under load. On PostgreSQL both are
plain READ COMMITTED transactions; what must not race is decided by conditional UPDATEs and constraints.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar, cast

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    CheckConstraint,
    Connection,
    CursorResult,
    DateTime,
    Delete,
    Dialect,
    Enum,
    MetaData,
    Numeric,
    String,
    Update,
    event,
    func,
    literal_column,
    select,
)
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from shop.core import faults

SQLITE_BUSY_SECONDS = 20
RESTED_SECONDS = 1.0
"""After so long in the pool a connection is asked whether it lives before it is used."""
RESTS_SINCE = "aliquot_rests_since"
READING, WRITING = "aliquot_reading", "aliquot_writing"
LOOKED_UP = "aliquot_stamps"
"""What a session remembers until its outermost block ends."""


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite has no time zones, so there the zone is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone was about to be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ExactDecimal(TypeDecorator[Decimal]):
    """A Decimal kept exactly: NUMERIC on PostgreSQL, text on SQLite (which would make it a float)."""

    impl = Numeric(24, 10)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(40))
        return dialect.type_descriptor(Numeric(asdecimal=True))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return format(value, "f")

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


def one_of(values: type[StrEnum], rule: str) -> Enum:
    """A column that holds one value of an enumeration, kept by a CHECK named after the rule."""
    return Enum(
        values,
        native_enum=False,
        create_constraint=True,
        name=rule,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def rule(condition: str, name: str) -> CheckConstraint:
    """A CHECK named after the rule it keeps."""
    return CheckConstraint(condition, name=name)


class Base(DeclarativeBase):
    """Base of all tables. Constraint names are fixed from the first migration on."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - the name and kind SQLAlchemy reads
        datetime: UTCDateTime(),
        Decimal: ExactDecimal(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }


class Numbered(Base):
    """A table whose rows are known by a whole number."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)


Row = TypeVar("Row", bound=Numbered)

db = SQLAlchemy(metadata=Base.metadata)


def set_up(app: Flask, database_url: str) -> None:
    """Connect the application to its database."""
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(database_url)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)


def engine_options(database_url: str) -> dict[str, Any]:
    """Engine settings for the kind of database."""
    if database_url.startswith("sqlite"):
        return {"connect_args": {"timeout": SQLITE_BUSY_SECONDS}}
    return {"pool_size": 20, "max_overflow": 20}


def prepare_engine(engine: Engine) -> None:
    """Set how SQLite connections open and begin, and that PostgreSQL's are looked at after a rest."""
    if engine.dialect.name != "sqlite":
        _look_after_a_rest(engine)
        return

    @event.listens_for(engine, "connect")
    def _open(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        # Without this, INSERT OR REPLACE deletes rows behind the back of the append-only guards.
        connection.execute("PRAGMA recursive_triggers=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get(WRITING)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _look_after_a_rest(engine: Engine) -> None:
    """Ask a connection that has rested whether it lives; the pool opens another one where it does not.

    SQLAlchemy's own `pool_pre_ping` asks each time, which is a round trip for every block of work.
    """

    @event.listens_for(engine, "checkin")
    def _rests(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info[RESTS_SINCE] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _wakes(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        since = record.info.get(RESTS_SINCE)
        if since is None or time.monotonic() - since < RESTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError(str(error)) from error


@contextmanager
def reading() -> Iterator[Session]:
    """A session to read with: the application context's own.

    The outermost block ends its transaction when it ends, so that nothing is kept open while a page is sent
    or another service is asked. A block inside another, or inside `writing`, shares that one's picture.
    """
    session = db.session()
    if session.info.get(READING) or session.info.get(WRITING):
        yield session
        return
    session.info[READING] = True
    try:
        yield session
    finally:
        session.info.pop(READING)
        session.info.pop(LOOKED_UP, None)
        session.rollback()


@contextmanager
def writing(*, at: str | None = None, joins: bool = False) -> Iterator[Session]:
    """One writing transaction: committed when the block ends, rolled back when it raises.

    What was read before in this context is read anew, so that nothing is decided on an old picture.

    Args:
        at: names the fault points on both sides of the commit, `<at>.before_commit` and `<at>.after_commit`.
        joins: take part in a writing transaction that is open already; both are committed, or neither.

    Raises:
        RuntimeError: a writing transaction is already open; a use case is one transaction.
    """
    session = db.session()
    if session.info.get(WRITING):
        if not joins:
            raise RuntimeError("a writing transaction is already open")
        yield session
        return
    session.rollback()
    session.info.pop(LOOKED_UP, None)
    with _turn_to_write():
        session.info[WRITING] = True
        try:
            session.connection(execution_options={WRITING: True})
            yield session
            if at is None:
                session.commit()
            else:
                _commit_between_points(session, at)
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info.pop(WRITING, None)
            session.info.pop(LOOKED_UP, None)


def _commit_between_points(session: Session, at: str) -> None:
    session.flush()
    faults.point(f"{at}.before_commit")
    session.commit()
    faults.point(f"{at}.after_commit")


def take_turn(session: Session) -> None:
    """Wait in the queue of those who append to the register, until the transaction ends.

    On PostgreSQL, where every order in the end waits for the row that ends the register: a lock of this kind
    is given in the order in which it was asked for and wakes one who waits, while a row that many want wakes
    all of them at each commit and goes to any. On SQLite `writing` has waited already.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_TAKE_TURN)


_TAKE_TURN = select(func.pg_advisory_xact_lock(literal_column("7240")))
"""The number stands for this queue; nothing else in the shop takes locks by number."""


def _turn_to_write() -> AbstractContextManager[None]:
    """Wait in the queue of writers; only SQLite has one."""
    url = db.engine.url
    if db.engine.dialect.name != "sqlite" or not url.database or url.database == ":memory:":
        return nullcontext()
    return _in_queue(url.database + ".writers")


@contextmanager
def _in_queue(path: str) -> Iterator[None]:
    """Hold the lock of a file, which whoever waits for it gets before the one who had it gets it again.

    A lock that is let go is free until a process that waits has woken, and one that is awake takes it from
    under its nose, over and over. So the next to write waits alone, and holds a second file, behind which all
    others wait, the one who wrote last among them.
    """
    with ExitStack() as waiting, ExitStack() as its_turn:
        waiting.callback(os.close, _lock(path + ".next"))
        its_turn.callback(os.close, _lock(path))
        waiting.close()
        yield


def _lock(path: str) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
    except BaseException:
        os.close(handle)
        raise
    return handle


def is_away(error: BaseException | None) -> bool:
    """Whether an error means that the database could not be reached, or left while it was asked.

    PostgreSQL names its leaving by SQLSTATE (appendix A: class 08, and 57P01 to 57P03); a connection that
    cannot be made or breaks off has none.
    """
    if not isinstance(error, OperationalError) or isinstance(error.orig, sqlite3.Error):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state.startswith("08") or state in ("57P01", "57P02", "57P03")


def locked(session: Session, model: type[Row], row_id: int) -> Row | None:
    """A row read anew and locked until the transaction ends; what is joined to it stays free."""
    return session.scalars(
        select(model)
        .where(model.id == row_id)
        .with_for_update(of=model)
        .execution_options(populate_existing=True)
    ).one_or_none()


def rows_changed(
    session: Session, statement: Update | Delete, values: Mapping[str, Any] | None = None
) -> int:
    """Run an UPDATE or DELETE and say how many rows it changed, without touching loaded objects."""
    result = session.execute(statement.execution_options(synchronize_session=False), values)
    return cast("CursorResult[Any]", result).rowcount
