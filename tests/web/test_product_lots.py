"""All lots of a product side by side, as a page and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from at_a_desk import queries
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import words
from stocked import open_shop


@pytest.fixture(scope="module")
def stocked_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with open_shop(request, tmp_path_factory, "sqlite") as app:
        yield app


@pytest.fixture(scope="module")
def web(stocked_app: Flask) -> FlaskClient:
    return stocked_app.test_client()


def test_a_product_leads_to_its_lots_side_by_side(web: FlaskClient) -> None:
    assert "/products/semax/lots" in web.get("/products/semax").text
    page = web.get("/products/semax/lots")
    text = words(page)
    assert "Purity: 99.2% to 99.3% in 5 lots; limit ≥ 98.0%" in text
    assert "Mass found less mass calculated" in text
    assert page.text.count('class="chroma lots-chart') == 2
    assert "SMX-2405-C" in text and "SMX-2602-A" in text


def test_what_was_never_released_is_not_among_them(web: FlaskClient) -> None:
    for path in ("/products/semax/lots", "/products/semax/lots.csv"):
        assert "SMX-2610-A" not in web.get(path).text
    assert "No lot has been released yet" in words(web.get("/products/angiotensin-ii-human/lots"))


def test_the_file_holds_every_value_with_its_limit_and_certificate(web: FlaskClient) -> None:
    answer = web.get("/products/semax/lots.csv")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="semax-lots.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    found = {(row["lot"], row["measure"]): row for row in rows}
    purity = found["SMX-2609-B", "purity"]
    assert (purity["printed"], purity["value"], purity["lower_limit"]) == ("99.3%", "99.3", "98.0")
    assert purity["certificate"].endswith("/coa/SMX-2609-B?revision=2")
    mass = found["SMX-2609-B", "mass_difference"]
    assert (mass["printed"], mass["unit"], mass["conclusion"]) == ("+0.02", "Da", "meets")


def test_a_withdrawn_product_keeps_its_lots_and_an_unknown_one_has_none(web: FlaskClient) -> None:
    assert web.get("/products/old-bradykinin/lots").status_code == 200
    for tail in ("lots", "lots.csv"):
        assert web.get(f"/products/no-such/{tail}").status_code == 404
        assert web.get(f"/products/%00/{tail}").status_code == 404
        moved = web.get(f"/products/Semax/{tail}")
        assert (moved.status_code, moved.headers["Location"]) == (301, f"/products/semax/{tail}")


def test_many_lots_need_few_queries(stocked_app: Flask, web: FlaskClient) -> None:
    assert queries(stocked_app, web, "/products/semax/lots") <= 12
    assert queries(stocked_app, web, "/products/semax") <= 12


def test_a_product_says_how_to_cite_it(web: FlaskClient) -> None:
    text = words(web.get("/products/semax"))
    assert "Cite this reagent Semax (Aliquot, cat. no. NO-0107, lot SMX-2607-C; Purity 99.2%" in text
    text = words(web.get("/products/angiotensin-ii-human"))
    assert "Angiotensin II, human (Aliquot, cat. no. CV-0301, lot [number on the vial])" in text
