"""Writes sent in one go are the same writes, and the queue of writers lets nobody pass."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from builders import make_ready_to_sell
from flask import Flask
from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from shop.core import database, together
from shop.core.database import db, reading, writing
from shop.ordering.delivery_rates import DeliveryZone

_ZONES: Table = DeliveryZone.metadata.tables["delivery_zone"]
WRITE = insert(_ZONES)
RENAME = update(_ZONES).where(_ZONES.c.name == bindparam("old")).values(name=bindparam("new"))


def zones() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(DeliveryZone.name).order_by(DeliveryZone.name)))


def zone(name: str) -> dict[str, object]:
    return {"name": name, "everywhere_else": False}


def test_what_is_held_back_is_written_at_the_end_in_its_order(shop: Flask) -> None:
    with writing() as session:
        with together.together(session):
            together.write(session, WRITE, zone("Near"), zone("Far"))
            together.write(session, RENAME, {"old": "Far", "new": "Very far"})
            assert session.scalars(select(DeliveryZone.name)).all() == []
        assert len(session.scalars(select(DeliveryZone.name)).all()) == 2
        together.write(session, WRITE, zone("At once"))
        assert len(session.scalars(select(DeliveryZone.name)).all()) == 3
    assert zones() == ["At once", "Near", "Very far"]


def test_a_rule_that_is_broken_at_the_end_breaks_all_of_it(shop: Flask) -> None:
    make_ready_to_sell()
    with pytest.raises(IntegrityError), writing() as session, together.together(session):
        for name in ("Near", "Everywhere", "Far"):
            together.write(session, WRITE, zone(name))
    assert zones() == ["Everywhere"]
    with writing() as session:
        together.write(session, WRITE, zone("Near"))
    assert zones() == ["Everywhere", "Near"]


def test_nothing_is_written_of_what_was_forgotten_or_where_the_block_raises(shop: Flask) -> None:
    with writing() as session, together.together(session):
        together.write(session, WRITE, zone("Near"))
        together.forget(session)
        together.write(session, WRITE, zone("Far"))
    with writing() as session:
        with pytest.raises(RuntimeError, match="undone"), together.together(session):
            together.write(session, WRITE, zone("Nowhere"))
            raise RuntimeError("undone")
        together.write(session, WRITE, zone("Near"))
    assert zones() == ["Far", "Near"]


def test_a_connection_that_is_lost_meanwhile_is_told_and_not_used_again(shop: Flask) -> None:
    if db.engine.dialect.name == "sqlite":
        return  # a file has no connection to lose
    with pytest.raises(DBAPIError) as raised, writing() as session, together.together(session):
        together.write(session, WRITE, zone("Near"))
        driver = session.connection().connection.driver_connection
        assert driver is not None
        driver.close()
    assert raised.value.connection_invalidated
    with writing() as session:
        together.write(session, WRITE, zone("Far"))
    assert zones() == ["Far"]


def test_who_has_written_does_not_write_again_before_who_waits(tmp_path: Path) -> None:
    path = str(tmp_path / "writers")
    wrote: list[str] = []

    def other() -> None:
        with database._in_queue(path):
            wrote.append("other")

    for _round in range(20):
        with database._in_queue(path):
            waiter = threading.Thread(target=other)
            waiter.start()
            time.sleep(0.02)
        with database._in_queue(path):
            wrote.append("again")
        waiter.join()
    assert wrote == ["other", "again"] * 20
