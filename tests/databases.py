"""Migrated databases for tests, of both kinds, each copied from a template in a moment."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from config import Settings, read_settings

ENGINES = ("sqlite", "postgresql")
_numbers = itertools.count(1)

DatabaseMaker = Callable[[str], str]


def settings_for(data_dir: Path, database_url: str) -> Settings:
    """Settings of a shop in a test: cheap passwords, no card payment unless the test sets it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    return replace(
        read_settings({"DATA_DIR": str(data_dir), "DATABASE_URL": database_url, "SECRET_KEY": "only-a-test"}),
        argon2_memory_kib=64,
        # A test that is about shorter-dated lots says so itself.
        short_dated_days=0,
    )


def execute(server: str, statement: str) -> None:
    """Run one statement on the server's own database."""
    with psycopg.connect(server % "postgres", autocommit=True) as connection:
        connection.execute(statement)


def database_maker(request: pytest.FixtureRequest, folder: Path) -> DatabaseMaker:
    """A function that makes a migrated, empty database of one kind and returns its address."""

    def make(engine: str) -> str:
        if engine == "sqlite":
            path = folder / f"shop-{next(_numbers)}.sqlite3"
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
            return f"sqlite:///{path}"
        server = request.getfixturevalue("postgresql_server")
        template = request.getfixturevalue("postgresql_template")
        name = _clean.pop() if _clean else _copy(server, template)
        request.addfinalizer(lambda: _take_back(server % name, name, server % template))
        return str(server % name)

    return make


def _copy(server: str, template: str) -> str:
    name = f"shop_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{next(_numbers)}"
    # Not dropped afterwards: that would wait for a checkpoint, and the server's folder goes as a whole.
    execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return name


_clean: list[str] = []
"""Names of PostgreSQL databases that a test has left and that are again as they were made."""

_SHAPE = """
SELECT md5(string_agg(line, '|' ORDER BY line)) FROM (
    SELECT 'column ' || attrelid::regclass || ' ' || attname || ' ' || atttypid || ' ' || attnotnull
    FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace AND attnum > 0
    UNION ALL SELECT 'rule ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger ' || tgname || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function ' || proname || ' ' || md5(prosrc) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname !~ '^pg_'
) AS lines (line)
"""
_WRITTEN = """
SELECT quote_ident(relname) FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
"""
_NUMBERS_FROM_ONE = """
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences
WHERE schemaname = 'public' AND last_value IS NOT NULL
"""
_shapes: dict[str, tuple[str, dict[str, list[tuple[object, ...]]]]] = {}


def _take_back(address: str, name: str, template: str) -> None:
    """Empty a database that a test has left, so that the next one need not copy a whole one.

    Not one whose schema a test has changed, nor one that somebody still uses: those are left lying.
    """
    if template not in _shapes:
        with psycopg.connect(template) as connection:
            _shapes[template] = (_shape(connection), _rows(connection))
    shape, rows = _shapes[template]
    with psycopg.connect(address) as connection:
        if _shape(connection) != shape:
            return
        written = [row[0] for row in connection.execute(_WRITTEN)]
        connection.execute("SET lock_timeout = '2s'")
        # Triggers and foreign keys are not asked. TRUNCATE would make the file of every table and index anew.
        connection.execute("SET session_replication_role = replica")
        try:
            connection.execute(f"LOCK TABLE {', '.join(written)} IN ACCESS EXCLUSIVE MODE")
        except psycopg.errors.LockNotAvailable:
            return
        connection.execute("; ".join(f"DELETE FROM {table}" for table in written))
        connection.execute(_NUMBERS_FROM_ONE)
        for table, lines in rows.items():
            for line in lines:
                places = ", ".join(["%s"] * len(line))
                connection.execute(f"INSERT INTO {table} VALUES ({places})", line)
    _clean.append(name)


def _shape(connection: psycopg.Connection) -> str:
    row = connection.execute(_SHAPE).fetchone()
    assert row is not None
    return str(row[0])


def _rows(connection: psycopg.Connection) -> dict[str, list[tuple[object, ...]]]:
    """The rows with which a shop begins, by table."""
    written = [row[0] for row in connection.execute(_WRITTEN)]
    return {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in written}
