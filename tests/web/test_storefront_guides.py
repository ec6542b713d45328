"""Guides with the calculator, search as a page, and the standing pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import words
from stocked import open_shop

from shop.attestations import statements
from shop.core import clock
from shop.core.database import writing


@pytest.fixture(scope="module")
def stocked_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with open_shop(request, tmp_path_factory, "sqlite") as app:
        with app.app_context(), writing() as session:
            statements.publish(
                session,
                code="RU-2",
                in_force_from=clock.now() - timedelta(hours=1),
                preamble="A newer preamble.",
                clauses=[("Laboratory research only", "For research at {organisation} in {country}.")],
            )
            statements.publish(
                session,
                code="RU-3",
                in_force_from=clock.now() + timedelta(days=30),
                preamble="Not yet.",
                clauses=[("Laboratory research only", "Not yet.")],
            )
        yield app


@pytest.fixture(scope="module")
def web(stocked_app: Flask) -> FlaskClient:
    return stocked_app.test_client()


CALCULATOR = "/guides/concentration"


def test_the_calculator_answers_in_three_units_with_its_working(web: FlaskClient) -> None:
    text = words(web.get(f"{CALCULATOR}?mass=10&volume=2&molar_mass=813.93"))
    assert "Concentration 5 mg/mL" in text
    assert "Molar concentration 6,143.0 µM" in text and "Amount in 10 µL 61.430 nmol" in text
    assert "10 mg ÷ 2 mL = 5 mg/mL" in text


def test_units_decimal_commas_and_missing_molar_mass_are_understood(web: FlaskClient) -> None:
    answer = web.get(CALCULATOR, query_string={"mass": "500 ug", "volume": "0,25 mL"})
    text = words(answer)
    assert answer.status_code == 200
    assert "Concentration 2.00 mg/mL" in text and "Enter a molar mass for µM and nmol" in text


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("volume", "0", "Enter a number above zero"),
        ("volume", "101", "Enter a volume between 0.05 and 100 mL"),
        ("volume", "", "Enter the volume of solvent, such as 2"),
        ("volume", "2 mg", "mg is not a unit used here"),
        ("mass", "ten", "Enter a number, such as 2.5"),
        ("mass", "10 IU", "measures activity, not mass"),
        ("mass", "-5", "Enter a number above zero"),
        ("molar_mass", "5", "Enter a molar mass between 10 and 1,000,000 g/mol"),
        ("molar_mass", "1e99", "Enter a number between"),
    ],
)
def test_an_error_is_said_above_and_at_its_field_and_keeps_what_was_typed(
    web: FlaskClient, field: str, typed: str, sentence: str
) -> None:
    asked = {"mass": "10", "volume": "2", "molar_mass": "813.93", field: typed}
    answer = web.get(CALCULATOR, query_string=asked)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert words(answer).count(sentence) == 2
    assert "<title>Error:" in html and f'href="#{field}"' in html and 'aria-invalid="true"' in html
    assert f'value="{typed}"' in html
    assert "Working" not in words(answer)


def test_the_calculator_is_filled_in_from_a_vial(web: FlaskClient) -> None:
    html = web.get(f"{CALCULATOR}?product=semax&size=NO-0107-10").get_data(as_text=True)
    assert 'value="10"' in html and 'value="813.93"' in html
    assert 'name="product" value="semax"' in html
    assert "There is a problem" not in html
    assert words(web.get(f"{CALCULATOR}?product=zzz&size=zzz")) == words(web.get(CALCULATOR))


def test_a_mixture_has_no_molar_answer_named_or_ticked(web: FlaskClient) -> None:
    for query in (
        "product=porcine-brain-peptide-preparation&mass=10&volume=2&molar_mass=813",
        "mass=10&volume=2&molar_mass=813&mixture=y",
    ):
        text = words(web.get(f"{CALCULATOR}?{query}"))
        assert "Concentration 5 mg/mL" in text
        assert text.count("Not defined: no single molar mass") == 2


def test_the_guides_name_no_amount_for_people_and_no_device_for_giving_one(web: FlaskClient) -> None:
    text = " ".join(words(web.get(path)) for path in ("/guides", "/guides/reconstitution", CALCULATOR))
    for word in ("syringe", "inject", "dose", "dosage", "body weight", "bacteriostatic", "IU", "daily"):
        assert not re.search(rf"\b{word}", text), word


def test_the_solvent_table_names_every_product_on_sale(web: FlaskClient) -> None:
    text = words(web.get("/guides/reconstitution"))
    assert "Semax" in text and "Bradykinin, old form" not in text


def test_search_shows_what_was_found_by_kind(web: FlaskClient) -> None:
    text = words(web.get("/search?q=cerebrolysin"))
    assert text.index("Porcine brain peptide preparation") < text.index("Monographs")
    assert "Exact match 1 Semax" in words(web.get("/search?q=80714-61-0"))
    assert re.search(r"Guides \d Molarity", words(web.get("/search?q=molarity")))
    assert "Lots SMX-2609-B" in words(web.get("/search?q=SMX-26"))


def test_search_that_finds_nothing_offers_a_way_on_and_keeps_the_query(web: FlaskClient) -> None:
    answer = web.get("/search", query_string={"q": "<b>qqqqq</b>"})
    assert answer.status_code == 200
    assert "Nothing found for “<b>qqqqq</b>”" in words_of_escaped(answer.get_data(as_text=True))
    assert "<b>qqqqq</b>" not in answer.get_data(as_text=True)


def words_of_escaped(html: str) -> str:
    return html.replace("&lt;", "<").replace("&gt;", ">")


def test_the_terms_show_the_statement_in_force_and_earlier_ones_with_places_to_link_to(
    web: FlaskClient,
) -> None:
    html = web.get("/research-use-terms").get_data(as_text=True)
    assert html.index('id="RU-2"') < html.index("Earlier versions") < html.index('id="RU-1"')
    assert "RU-3" not in html
    assert "For research at [your organisation] in [the country of delivery]." in html


def test_the_delivery_page_names_countries_restrictions_and_methods(web: FlaskClient) -> None:
    text = words(web.get("/shipping"))
    assert "Germany, Netherlands, United States." in text
    assert "Cerebrolysin Germany Needs a permit. A specimen rule" in text
    assert "Tracked delivery $14.00" in text and "do not leave on a Friday" in text


def test_the_rule_of_the_five_readings_is_published(web: FlaskClient) -> None:
    text = words(web.get("/how-monographs-are-written"))
    for reading in ("Favourable", "Mixed", "Uncertain", "No benefit", "Preclinical only"):
        assert reading in text
    assert "Significant results are never counted up." in text


def test_the_release_page_states_the_margin_the_shop_runs_with(web: FlaskClient) -> None:
    assert "A lot leaves 30 days before its retest or expiry date" in words(web.get("/how-lots-are-released"))


def test_contact_has_a_place_for_errors_in_monographs(web: FlaskClient) -> None:
    html = web.get("/contact").get_data(as_text=True)
    assert 'id="errors"' in html and "mailto:shop@aliquot.example" in html
