"""Play one seed again.

`PYTHONPATH=.:tests:tests/world:tests/faults:tests/recalls python -m simulator --seed N`
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from databases import settings_for
from fixtures.world import world_of
from flask import Flask

from config import Settings
from shop import create_core
from shop.core import migrations
from shop.core.database import db
from simulator.simulation import Broken, Simulation


def main() -> int:
    """Run the seed on SQLite, or on the database named; print what was done and what was wrong."""
    asked = argparse.ArgumentParser(prog="simulator", description=__doc__)
    asked.add_argument("--seed", type=int, required=True)
    asked.add_argument("--steps", type=int, default=60)
    asked.add_argument("--database", default="", help="an empty database; SQLite in a new folder by default")
    given = asked.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_for(Path(folder), given.database or f"sqlite:///{folder}/shop.sqlite3")
        app = create_core(settings)
        with app.app_context():
            migrations.upgrade()
            db.engine.dispose()
        with world_of(settings, _plainly) as world:
            simulation = Simulation(world, given.seed)
            try:
                simulation.run(given.steps)
            except Broken as broken:
                sys.stdout.write(f"{broken}\n")
                return 1
            for name, count in sorted(simulation.counted.items()):
                sys.stdout.write(f"{count:5} {name}\n")
    return 0


def _plainly(settings: Settings, make: Callable[[Settings], Flask]) -> Flask:
    return make(settings)


if __name__ == "__main__":
    sys.exit(main())
