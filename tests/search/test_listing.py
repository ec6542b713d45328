"""The product list: facets, order, pages, and why a product cannot be had."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from databases import ENGINES
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from stocked import open_shop

from shop.core import clock
from shop.core.database import reading
from shop.inventory.models import LotState
from shop.search import listing
from shop.search.listing import Filters, Listing, LotOnList, Shelf, ShipDates, Sort, first_to_ship, shelf_of

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module", params=ENGINES)
def stocked_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with open_shop(request, tmp_path_factory, request.param) as app:
        yield app


@pytest.fixture
def session(stocked_app: Flask) -> Iterator[Session]:
    with stocked_app.app_context(), reading() as session:
        yield session


def look(session: Session, *, cold_in_days: int = 1, **filters: object) -> Listing:
    today = clock.today()
    ship = ShipDates(ambient=today + timedelta(days=1), cold=today + timedelta(days=cold_in_days))
    return listing.look(session, Filters(**filters), ship, "USD")  # type: ignore[arg-type]


def names(found: Listing) -> list[str]:
    return [row.product.name for row in found.rows]


ALL = ["Angiotensin II, human", "Bradykinin", "Porcine brain peptide preparation", "Semax"]


def test_listed_products_stand_by_name_and_withdrawn_ones_do_not(session: Session) -> None:
    assert names(look(session)) == ALL


def test_a_row_shows_the_lot_that_would_ship_first_with_its_certificate(session: Session) -> None:
    row = look(session).rows[-1]
    assert row.shelf is Shelf.ON_SALE
    assert row.lot is not None and row.lot.number == "SMX-2607-C"  # the first to leave the shelf
    assert row.certificate is not None and row.certificate.lot_id == row.lot.id
    assert row.result is not None and row.result.result_text == "99.2%"
    assert row.price_minor == 2800


def test_what_cannot_be_had_says_why_and_has_no_price(session: Session) -> None:
    shelves = {row.product.name: (row.shelf, row.price_minor, row.lot) for row in look(session).rows}
    assert shelves["Angiotensin II, human"] == (Shelf.IN_QUARANTINE, None, None)
    assert shelves["Bradykinin"] == (Shelf.ON_HOLD, None, None)
    assert shelves["Porcine brain peptide preparation"] == (Shelf.RECALLED, None, None)


def test_counts_say_how_many_a_choice_would_leave(session: Session) -> None:
    everything = look(session)
    assert {each.code: each.count for each in everything.fields} == {"noo": 2, "neu": 0, "car": 2, "tis": 0}
    assert everything.in_stock == 1
    in_stock = look(session, in_stock=True)
    assert {each.code: each.count for each in in_stock.fields} == {"noo": 1, "neu": 0, "car": 0, "tis": 0}
    cardio = look(session, fields=("car",))
    assert (cardio.total, cardio.in_stock) == (2, 0)
    for each in everything.fields:
        assert look(session, fields=(each.code,)).total == each.count


def test_an_unknown_field_is_ignored(session: Session) -> None:
    found = look(session, fields=("xxx", "'; --"))
    assert names(found) == ALL
    assert not any(each.chosen for each in found.fields)


def test_products_are_ordered_as_asked_and_what_has_no_value_comes_last(session: Session) -> None:
    assert names(look(session, sort=Sort.PRICE))[0] == "Semax"
    by_mass = names(look(session, sort=Sort.MOLAR_MASS))
    assert by_mass == ["Semax", "Angiotensin II, human", "Bradykinin", "Porcine brain peptide preparation"]
    newest = names(look(session, sort=Sort.NEWEST_LOT))
    assert newest[-1] == "Angiotensin II, human"  # nothing of it was ever released


def test_a_page_past_the_end_is_the_last_one(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE_SIZE", 3)
    first, last = look(session), look(session, page=99)
    assert (first.pages, len(first.rows), last.page) == (2, 3, 2)
    assert names(first) + names(last) == ALL


def test_the_day_cold_goods_ship_decides_about_cold_goods_only(session: Session) -> None:
    assert look(session, cold_in_days=900).in_stock == 1
    late = clock.today() + timedelta(days=900)
    ship = ShipDates(ambient=late, cold=clock.today())
    assert listing.look(session, Filters(), ship, "USD").in_stock == 0


def lot(number: int = 1, state: LotState = LotState.RELEASED, removal: int = 100, free: int = 5) -> LotOnList:
    return LotOnList(
        id=number,
        size_id=1,
        state=state,
        removal_on=TODAY + timedelta(days=removal),
        filled_on=TODAY,
        free=free,
    )


@pytest.mark.parametrize(
    ("lots", "shelf"),
    [
        ([], Shelf.OUT_OF_STOCK),
        ([lot(free=0)], Shelf.OUT_OF_STOCK),
        ([lot()], Shelf.ON_SALE),
        ([lot(removal=0)], Shelf.RETEST_DUE),
        ([lot(removal=0), lot(2, LotState.QUARANTINE)], Shelf.IN_QUARANTINE),
        ([lot(state=LotState.RECALLED), lot(2)], Shelf.ON_SALE),
        ([lot(state=LotState.RECALLED)], Shelf.RECALLED),
        ([lot(state=LotState.ON_HOLD), lot(2, LotState.RECALLED)], Shelf.ON_HOLD),
        ([lot(state=LotState.REJECTED)], Shelf.OUT_OF_STOCK),
    ],
)
def test_why_a_product_cannot_be_had_follows_from_its_lots(lots: list[LotOnList], shelf: Shelf) -> None:
    assert shelf_of(lots, TODAY) is shelf


@given(
    st.lists(
        st.builds(
            lot,
            number=st.integers(1, 50),
            state=st.sampled_from(LotState),
            removal=st.integers(-5, 5),
            free=st.integers(0, 2),
        )
    )
)
def test_a_product_is_on_sale_exactly_when_a_lot_can_ship(lots: list[LotOnList]) -> None:
    first = first_to_ship(lots, TODAY)
    assert (shelf_of(lots, TODAY) is Shelf.ON_SALE) == (first is not None)
    if first is not None:
        assert first.state is LotState.RELEASED and first.free > 0 and first.removal_on > TODAY
