"""The demonstration shop on SQLite, loaded once for a whole run, with a copy for whoever wants one."""

from __future__ import annotations

import fcntl
import os
import shutil
from dataclasses import replace
from pathlib import Path

from databases import settings_for

from config import Settings
from shop import create_core
from shop.core import migrations
from shop.core.database import db
from shop.demo import loading
from shop.demo.loading import DemoStaff

SHARED = "ALIQUOT_TEST_DEMO"
"""Names the folder of this run, which parallel workers inherit."""
PASSWORD = "specimen-password-1"
PEOPLE = [
    DemoStaff("rosa@aliquot.example", "Rosa Specimen", PASSWORD, ("warehouse", "sales", "quality")),
    DemoStaff("tomas@aliquot.example", "Tomas Specimen", PASSWORD, ("warehouse", "sales", "quality")),
]


def demo_settings(folder: Path) -> Settings:
    """Settings of a copy of the demonstration shop, made in an empty folder."""
    shared = Path(os.environ[SHARED])
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "loaded").exists():
            _load(shared / "template")
            (shared / "loaded").touch()
    shutil.copytree(shared / "template", folder, dirs_exist_ok=True)
    return _settings(folder)


def _settings(folder: Path) -> Settings:
    return replace(settings_for(folder, f"sqlite:///{folder / 'shop.sqlite3'}"), is_demo=True)


def _load(folder: Path) -> None:
    app = create_core(_settings(folder))
    with app.app_context():
        migrations.upgrade()
        loading.load(PEOPLE)
        db.session.remove()
        # Everything into the one file that is copied.
        with db.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        db.engine.dispose()
