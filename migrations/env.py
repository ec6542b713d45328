"""Runs Alembic's migrations on the shop's database, and puts the append-only guards back afterwards."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from shop.core import append_only
from shop.core.database import Base


def run() -> None:
    """Migrate over the connection that the command has opened."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        user_module_prefix="shop.core.database.",
    )
    with context.begin_transaction():
        context.run_migrations()
        append_only.restore(connection)


run()
