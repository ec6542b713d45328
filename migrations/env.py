"""Runs Alembic's migrations on the shop's database, without the append-only guards and what only one
kind of database has, and puts these back."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from shop.core import append_only, engine_tables, migrations, stamps
from shop.core.database import Base


def run() -> None:
    """Migrate over the connection that the command has opened."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        include_name=engine_tables.is_modelled,
        user_module_prefix="shop.core.database.",
    )
    with context.begin_transaction():
        append_only.lift(connection)
        engine_tables.lift(connection)
        stamps.lift(connection)
        context.run_migrations()
        migrations.fill(connection, str(context.get_context().get_current_revision()))
        engine_tables.restore(connection)
        append_only.restore(connection)
        stamps.restore(connection)


run()
