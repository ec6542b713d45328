"""Lists and suggestions show only lots that are or were released."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from databases import ENGINES
from flask import Flask
from sqlalchemy import select
from stocked import open_shop

from shop.catalogue.models import Product
from shop.core import clock
from shop.core.database import reading
from shop.inventory.models import Lot
from shop.search import released_lots


@pytest.fixture(scope="module", params=ENGINES)
def stocked_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with open_shop(request, tmp_path_factory, request.param) as app:
        yield app


NEVER_RELEASED = {"SMX-2610-A", "ANG-2611-A", "BRK-2607-X"}


def test_a_lot_never_released_is_in_no_list(stocked_app: Flask) -> None:
    with stocked_app.app_context(), reading() as session:
        everything = set(session.scalars(select(Lot.number)))
        shown = {
            lot.number
            for product in session.scalars(select(Product))
            for lot in released_lots.of_product(session, product.id)
        }
    assert everything - shown == NEVER_RELEASED


def test_the_query_and_the_loaded_lot_agree_about_release(stocked_app: Flask) -> None:
    with stocked_app.app_context(), reading() as session:
        for lot in session.scalars(select(Lot)):
            assert released_lots.ever_released(lot) == (lot.number not in NEVER_RELEASED)


def test_a_mistyped_number_is_answered_with_the_nearest_ones(stocked_app: Flask) -> None:
    with stocked_app.app_context(), reading() as session:
        nearest = released_lots.nearest(session, "smx-2690-b")
        assert nearest[0] == "SMX-2609-B"
        assert not NEVER_RELEASED & set(nearest)
        assert released_lots.nearest(session, "SNX-2609-B")[0] == "SMX-2609-B"  # its end is right
        for unlike in ("QQQ-9999-Z", "SMX-ABCDEFGHJKLM", "XXXXXXXXXXXX-B"):
            assert released_lots.nearest(session, unlike) == []


@pytest.mark.parametrize("typed", ["", "%", "___", "S", "\x00\x00\x00\x00", "ÄÖÜ-ẞ", "%%%%%%"])
def test_hardly_a_number_has_no_nearest(stocked_app: Flask, typed: str) -> None:
    with stocked_app.app_context(), reading() as session:
        assert released_lots.nearest(session, typed) == []
        assert released_lots.exact(session, typed) is None
        assert released_lots.beginning_with(session, typed, 5) == []


def test_the_newest_releases_come_first_and_old_ones_can_be_left_out(stocked_app: Flask) -> None:
    with stocked_app.app_context(), reading() as session:
        found = released_lots.recently_released(session, clock.now() - timedelta(days=1), 3)
        moments = [at for _lot, at in found]
        assert len(found) == 3 and moments == sorted(moments, reverse=True)
        assert released_lots.recently_released(session, clock.now() + timedelta(days=1), 3) == []


def test_a_number_is_read_with_any_hyphen_and_case() -> None:
    assert released_lots.number_as_printed(" smx–2609‑b ") == "SMX-2609-B"
    assert not released_lots.is_possible("SMX 2609'B")
