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
        name = f"shop_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{next(_numbers)}"
        # Not dropped afterwards: that would wait for a checkpoint, and the server's folder goes as a whole.
        execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
        return str(server % name)

    return make
