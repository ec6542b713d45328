"""The page of results: marks, corrections, parts, and input of every kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from databases import ENGINES
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import words
from sqlalchemy import event
from stocked import open_shop

from shop.core.database import db


@pytest.fixture(scope="module", params=ENGINES)
def stocked_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with open_shop(request, tmp_path_factory, request.param) as app:
        yield app


@pytest.fixture
def visitor(stocked_app: Flask) -> FlaskClient:
    return stocked_app.test_client(use_cookies=False)


def test_what_was_looked_for_is_marked_where_it_stands(visitor: FlaskClient) -> None:
    html = visitor.get("/search?q=stroke").get_data(as_text=True)
    assert "<mark>stroke</mark>" in html
    assert 'data-surface="M"' in html


def test_a_correction_is_told_and_what_was_typed_stays_in_the_field(visitor: FlaskClient) -> None:
    answer = visitor.get("/search?q=bradykynin")
    assert "Nothing found for “bradykynin”. These are the results for “Bradykinin”." in words(answer)
    assert 'value="bradykynin"' in answer.get_data(as_text=True)


def test_all_results_of_a_kind_have_a_page(visitor: FlaskClient) -> None:
    overview = visitor.get("/search?q=cerebrolysin").get_data(as_text=True)
    assert "/search?q=cerebrolysin&amp;kind=outcome" in overview
    part = visitor.get("/search?q=cerebrolysin&kind=outcome&page=2")
    assert "Results of every kind" in words(part) and "21 to" in words(part)
    assert visitor.get("/search?q=cerebrolysin&kind=outcome&page=99").status_code == 303
    assert visitor.get("/search?q=semax&kind=junk&page=-1").status_code == 200


def test_markup_that_was_typed_is_never_sent_as_markup(visitor: FlaskClient) -> None:
    html = visitor.get("/search", query_string={"q": "<script>semax</script>"}).get_data(as_text=True)
    assert "<script>semax" not in html


def test_a_page_of_results_sends_at_most_twelve_queries(visitor: FlaskClient, stocked_app: Flask) -> None:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    with stocked_app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    visitor.get("/search?q=strokee+sunflower+bicycle")
    event.remove(engine, "before_cursor_execute", note)
    assert 0 < len([each for each in seen if each.lstrip().startswith("SELECT")]) <= 12


@pytest.mark.parametrize(
    "query",
    [
        "\x00",
        "a" * 100_000,
        '"',
        "NEAR(",
        "😀" * 300,
        "%",
        "the",
        "*",
        "' OR 1=1 --",
        "semax\nAND",
        "ß" * 400,
    ],
)
def test_no_input_upsets_the_page(visitor: FlaskClient, query: str) -> None:
    assert visitor.get("/search", query_string={"q": query}).status_code == 200
    assert (
        visitor.get("/search", query_string={"q": [query, query], "kind": query, "page": query}).status_code
        == 200
    )
