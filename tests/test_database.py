"""The schema itself: migrations both ways, models equal to it, and guards that hold."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from builders import make_lot, make_ready_to_sell, make_size, order_for
from flask import Flask
from sqlalchemy import Connection, create_engine, inspect, select, text
from sqlalchemy.exc import DatabaseError

from config import Settings
from shop.core import append_only, audit, clock, database, engine_tables, migrations, stamps
from shop.core.database import Base, db, reading, writing
from shop.people.permissions import DEFAULT_ROLES


def test_the_migrations_build_just_what_the_models_describe(shop: Flask) -> None:
    with db.engine.connect() as connection:
        opts = {"compare_type": True, "include_name": engine_tables.is_modelled}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, Base.metadata) == []


def test_the_migrations_run_down_and_up_again_with_every_guard(shop: Flask) -> None:
    db.session.remove()
    migrations.downgrade("base")
    with db.engine.connect() as connection:
        assert connection.dialect.get_table_names(connection) == ["alembic_version"]
    migrations.upgrade()
    assert migrations.is_current()
    with db.engine.connect() as connection:
        assert list(append_only.missing(connection)) == []
        assert list(engine_tables.missing(connection)) == []
        assert list(stamps.missing(connection)) == []


def _rules(connection: Connection, schema: str | None) -> list[tuple[str, str, str]]:
    """Table, name and condition of every CHECK, without what a database adds to the way it is written."""
    there = inspect(connection)
    return sorted(
        (table, str(found["name"]), "".join(found["sqltext"].split()))
        for table in there.get_table_names(schema)
        for found in there.get_check_constraints(table, schema)
    )


def test_the_migrations_leave_just_the_rules_of_the_models(shop: Flask) -> None:
    with db.engine.connect() as connection:
        migrated = _rules(connection, None)
        if connection.dialect.name == "sqlite":
            with create_engine("sqlite://").connect() as other:
                Base.metadata.create_all(other)
                assert migrated == _rules(other, None)
        else:
            connection.execute(text("CREATE SCHEMA models"))
            moved = connection.execution_options(schema_translate_map={None: "models"})
            Base.metadata.create_all(moved)
            assert migrated == _rules(connection, "models")
            connection.rollback()


NEWER_WORDS = {
    *(("order_charge", "explanation"), ("order_charge", "taxable_minor")),
    *(("checkout_draft", "answered_facts"), ("checkout_draft", "answered_at")),
    ("order_line", "explanation"),
}
"""What a later release writes about an order that the first one has no column for."""


def _rows(connection: Connection) -> dict[str, list[dict[str, object]]]:
    """Every row of every table, in a fixed order; the search index is made from the others, and audited."""
    return {
        table: sorted(
            (
                {column: value for column, value in row.items() if (table, column) not in NEWER_WORDS}
                for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings()
            ),
            key=repr,
        )
        for table in inspect(connection).get_table_names()
        if not table.startswith("search_")
    }


def test_a_shop_with_orders_goes_back_to_the_first_release_and_returns_with_every_row(shop: Flask) -> None:
    make_ready_to_sell()
    size = make_size()
    make_lot(size, 3)
    order_for({size: 2})
    db.session.remove()
    with db.engine.connect() as connection:
        before = _rows(connection)
    migrations.downgrade("0001")
    with db.engine.connect() as connection:
        first = _rows(connection)
    migrations.upgrade()
    with db.engine.connect() as connection:
        after = _rows(connection)
    assert all(first[table] for table in ("stock_movement", "certificate_test", "order_line", "lot_event"))
    # The first release has no place for what screening found, and a migration renews every stamp.
    lost = {"order_screening", "screened_person", "destination_rule", "reference_stamp"}
    assert {table for table in before if after[table] != before[table]} == lost
    assert after["certificate_revision"][0]["record_sha256"]


FIRST_ROLES = {
    "warehouse": ("orders.see", "orders.pack", "lots.see", "lots.receive"),
    "sales": ("orders.see", "orders.review", "orders.cancel", "lots.see"),
    "quality": (
        *("orders.see", "lots.see", "lots.receive", "lots.change", "certificates.upload", "lots.release"),
    ),
}
"""What the roles of the first release were allowed."""


def test_a_shop_of_the_first_release_has_the_roles_of_a_new_one_after_the_migrations(shop: Flask) -> None:
    db.session.remove()
    migrations.downgrade("0001")
    with db.engine.begin() as connection:
        for number, (code, permissions) in enumerate(FIRST_ROLES.items(), start=1):
            connection.execute(
                text("INSERT INTO role (id, code, name) VALUES (:id, :code, :code)"),
                {"id": number + 100, "code": code},
            )
            for each in permissions:
                connection.execute(
                    text("INSERT INTO role_permission VALUES (:id, :permission)"),
                    {"id": number + 100, "permission": each},
                )
    migrations.upgrade()
    held = text("SELECT role.code, permission FROM role JOIN role_permission ON role_id = role.id")
    with db.engine.connect() as connection:
        found = {(row.code, row.permission) for row in connection.execute(held)}
    assert found == {
        (code, each.value) for code, (_name, allowed) in DEFAULT_ROLES.items() for each in allowed
    }


def test_an_append_only_row_cannot_be_changed_or_deleted_even_by_hand(shop: Flask) -> None:
    with writing() as session:
        audit.log(session, actor="someone", action="test", subject="test/1")
    for statement in ("UPDATE audit_entry SET actor = 'nobody'", "DELETE FROM audit_entry"):
        with pytest.raises(DatabaseError, match="append-only"), writing() as session:
            session.execute(text(statement))


def test_the_audit_names_a_guard_that_is_gone(shop: Flask) -> None:
    on_table = " ON audit_entry" if db.engine.dialect.name == "postgresql" else ""
    with writing() as session:
        session.execute(text(f"DROP TRIGGER audit_entry_refuses_delete{on_table}"))
    with reading() as session:
        found = [sentence for each, sentence in audit.violations(session) if each.code == "I16a"]
    assert found == ["trigger audit_entry_refuses_delete is missing"]
    migrations.restore_guards()


def test_a_use_case_is_one_transaction(shop: Flask) -> None:
    with writing(), pytest.raises(RuntimeError, match="already open"), writing():
        pass


def test_what_joins_a_use_case_is_kept_or_lost_with_it(shop: Flask) -> None:
    def note(subject: str) -> None:
        with writing(joins=True) as session:
            audit.log(session, actor="someone", action="test", subject=subject)

    with pytest.raises(ZeroDivisionError), writing():
        note("lost")
        raise ZeroDivisionError
    with writing():
        note("kept")
    note("alone")
    with reading() as session:
        subjects = session.scalars(select(audit.AuditEntry.subject).order_by(audit.AuditEntry.id)).all()
    assert subjects == ["kept", "alone"]


def test_what_a_failed_use_case_wrote_is_gone(shop: Flask) -> None:
    with pytest.raises(ZeroDivisionError), writing() as session:
        audit.log(session, actor="someone", action="test", subject="test/1")
        session.flush()
        raise ZeroDivisionError
    with reading() as session:
        assert session.scalar(text("SELECT count(*) FROM audit_entry")) == 0


def test_a_time_without_a_zone_is_never_stored(shop: Flask) -> None:
    with pytest.raises(Exception, match="without a zone"), writing() as session:
        session.execute(
            db.metadata.tables["audit_entry"].insert(),
            {"at": clock.now().replace(tzinfo=None), "actor": "a", "action": "b", "subject": "c"},
        )


def test_sqlite_is_durable_and_checks_foreign_keys(shop: Flask) -> None:
    if db.engine.dialect.name != "sqlite":
        return
    with db.engine.connect() as connection:
        settings = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert settings == ["wal", 2, 1]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_writing_block_holds_off_a_writer_that_does_not_queue_from_its_first_moment(
    shop: Flask, shop_settings: Settings
) -> None:
    # A backup or a person at the command line asks SQLite alone; without the lock, what the block reads now
    # could change before it writes, and its write would fail.
    path = shop_settings.database_url.removeprefix("sqlite:///")
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    with closing(other), writing() as session:
        session.execute(text("SELECT count(*) FROM sales_order")).one()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")


@pytest.mark.parametrize("engine", ["postgresql"])
def test_a_connection_that_ended_while_it_rested_is_replaced_unseen(
    shop: Flask, shop_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def own() -> int:
        with reading() as session:
            return int(session.scalars(text("SELECT pg_backend_pid()")).one())

    first, address = own(), shop_settings.database_url.replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
    monkeypatch.setattr(database, "RESTED_SECONDS", 0)
    assert own() != first
