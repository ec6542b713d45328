"""Bringing a database to the newest schema, and telling whether it is there."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from shop.core import append_only, assets
from shop.core.database import db


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
        script = ScriptDirectory.from_config(_config(connection))
        return MigrationContext.configure(connection).get_current_revision() == script.get_current_head()


def new_revision(message: str) -> None:
    """Write a new migration from the difference between models and database, to be read and corrected."""
    with db.engine.connect() as connection:
        command.revision(_config(connection), message=message, autogenerate=True)


def restore_guards() -> None:
    """Put every append-only guard back in place."""
    with db.engine.connect() as connection:
        append_only.restore(connection)
        connection.commit()


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
