"""Substances beside each other: shareable, without a winner, and refused in words."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from reading_pages import words
from stocked import open_shop

from shop.core.errors import Refused
from shop.education import comparison

THREE = "with=cerebrolysin&with=oxytocin&with=bradykinin"


@pytest.fixture(scope="module")
def web(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    with open_shop(request, tmp_path_factory, "sqlite") as app:
        yield app.test_client()


def test_the_form_stands_alone_and_keeps_what_was_ticked(web: FlaskClient) -> None:
    answer = web.get("/education/compare?choose=oxytocin")
    assert answer.status_code == 200
    html = answer.get_data(as_text=True)
    assert 'value="oxytocin" id="with-oxytocin" checked' in html
    assert "There is a problem" not in html


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("with=oxytocin", "Choose two to four substances; 1 is chosen."),
        ("with=oxytocin&with=oxytocin", "Choose two to four substances; 1 is chosen."),
        ("&".join(f"with=s{n}" for n in range(5)), "Choose two to four substances; 5 are chosen."),
        ("with=oxytocin&with=nothing", "There is no monograph “nothing” to compare."),
    ],
    ids=["one", "the-same-twice", "five", "unknown"],
)
def test_a_wrong_choice_is_refused_in_words_and_keeps_what_was_ticked(
    web: FlaskClient, query: str, sentence: str
) -> None:
    answer = web.get(f"/education/compare?{query}")
    assert answer.status_code == 400 and sentence in words(answer)
    assert ("checked" in answer.get_data(as_text=True)) == ("oxytocin" in query)
    twin = web.get(f"/education/compare.json?{query}")
    assert twin.status_code == 400 and twin.get_json() == {"error": sentence}
    assert web.get(f"/education/compare.csv?{query}").status_code == 400


def test_columns_stand_in_the_order_asked_and_missing_values_are_said(web: FlaskClient) -> None:
    text = words(web.get(f"/education/compare?{THREE}"))
    assert text.index("Cerebrolysin monograph") < text.index("Oxytocin monograph")
    assert "Not defined: a mixture" in text and "No date recorded" in text
    twin = json.loads(web.get(f"/education/compare.json?{THREE}").get_data())
    assert [each["slug"] for each in twin["substances"]] == ["cerebrolysin", "oxytocin", "bradykinin"]
    lines = {line["name"]: line["values"] for line in (*twin["properties"], *twin["evidence"])}
    assert lines["Sources"] == {
        "cerebrolysin": "11",
        "oxytocin": "12",
        "bradykinin": lines["Sources"]["bradykinin"],
    }
    assert lines["Molecular formula, computed"]["cerebrolysin"] == "Not defined: a mixture"
    assert lines["Results on record"]["oxytocin"] == "6"


def test_the_rows_are_the_same_as_the_values(web: FlaskClient) -> None:
    rows = list(
        csv.DictReader(io.StringIO(web.get(f"/education/compare.csv?{THREE}").get_data(as_text=True)))
    )
    twin = json.loads(web.get(f"/education/compare.json?{THREE}").get_data())
    assert len(rows) == len(twin["properties"]) + len(twin["evidence"])
    assert list(rows[0]) == ["group", "name", "cerebrolysin", "oxytocin", "bradykinin"]


def test_no_effect_no_reading_and_no_winner_is_shown(web: FlaskClient) -> None:
    page = web.get(f"/education/compare?{THREE}").get_data(as_text=True)
    article = page[page.index("<main") : page.index("</main>")]
    for word in ("Mixed", "No benefit", "winner", "best", "0.71", "1.39", "$", "Favour"):
        assert word not in article


def test_a_shared_address_is_not_indexed_and_the_empty_form_is(web: FlaskClient) -> None:
    assert 'content="noindex"' in web.get(f"/education/compare?{THREE}").get_data(as_text=True)
    assert 'content="noindex"' not in web.get("/education/compare").get_data(as_text=True)


def test_category_and_monograph_lead_to_it(web: FlaskClient) -> None:
    assert "/education/compare" in web.get("/education/nootropics").get_data(as_text=True)
    monograph = web.get("/education/nootropics/cerebrolysin").get_data(as_text=True)
    assert "/education/compare?choose=cerebrolysin" in monograph


def test_nothing_is_loaded_for_too_many(web: FlaskClient) -> None:
    with pytest.raises(Refused, match="20 are chosen"):
        comparison.load(None, [f"s{n}" for n in range(20)])  # type: ignore[arg-type]
