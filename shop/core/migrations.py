"""Bringing a database to the newest schema, and telling whether it is there."""

from __future__ import annotations

from collections.abc import Callable

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from shop.core import append_only, assets
from shop.core.database import db

_fillings: list[Callable[[Session], None]] = []


def fills(filling: Callable[[Session], None]) -> Callable[[Session], None]:
    """Register what an upgrade to the newest schema does to older rows that SQL alone cannot do."""
    _fillings.append(filling)
    return filling


def fill(connection: Connection, to: str) -> None:
    """Bring rows of earlier releases up to the newest schema, while the append-only guards are lifted."""
    if to == script(connection).get_current_head():
        with Session(bind=connection) as session:
            for filling in _fillings:
                filling(session)
                session.flush()


def upgrade(to: str = "head") -> None:
    """Migrate the database of the current application upwards."""
    with db.engine.connect() as connection:
        _foreign_keys(connection, on=False)
        command.upgrade(_config(connection), to)
        connection.commit()
        _foreign_keys(connection, on=True)


def downgrade(to: str) -> None:
    """Migrate the database of the current application downwards."""
    with db.engine.connect() as connection:
        _foreign_keys(connection, on=False)
        command.downgrade(_config(connection), to)
        connection.commit()
        _foreign_keys(connection, on=True)


def is_current() -> bool:
    """Whether the database has the newest schema."""
    with db.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        return current == script(connection).get_current_head()


def new_revision(message: str) -> None:
    """Write a new migration from the difference between models and database, to be read and corrected."""
    with db.engine.connect() as connection:
        command.revision(_config(connection), message=message, autogenerate=True)


def restore_guards() -> None:
    """Put every append-only guard back in place."""
    with db.engine.connect() as connection:
        append_only.restore(connection)
        connection.commit()


def script(connection: Connection) -> ScriptDirectory:
    """The migrations there are."""
    return ScriptDirectory.from_config(_config(connection))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(assets.folder("migrations")))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _foreign_keys(connection: Connection, *, on: bool) -> None:
    """SQLite rebuilds tables to change them; meanwhile their foreign keys must not bite."""
    if connection.dialect.name == "sqlite":
        connection.rollback()
        raw = connection.connection.driver_connection
        if raw is not None:
            raw.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")
