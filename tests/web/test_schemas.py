"""The twins of the demonstration, held against the schemas that they name, by an independent validator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from loaded_demo import demo_settings

from shop import create_app
from shop.core import assets
from shop.core.database import db, reading
from shop.education import revisions
from shop.education.evidence import EvidenceRecord, Source
from shop.education.monograph import MonographText
from shop.web.storefront import schemas
from shop.web.storefront.calculators import CALCULATORS

FOLDER = assets.folder("static") / "schemas"
SCHEMAS: dict[str, Any] = {
    name: json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")) for name in schemas.NAMES
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_app(demo_settings(tmp_path_factory.mktemp("demo")))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def web(demo: Flask) -> FlaskClient:
    return demo.test_client(use_cookies=False)


@pytest.fixture(scope="module")
def monographs(demo: Flask) -> list[str]:
    """The addresses of all monographs."""
    with demo.app_context(), reading() as session:
        return [f"/education/{each.category}/{each.compound}" for each in revisions.list_current(session)]


def wrong(web: FlaskClient, path: str, name: str, status: int = 200) -> list[str]:
    """What an answer has that its schema does not allow, or that it does not name this schema."""
    answer = web.get(path)
    assert answer.status_code == status, path
    link = f'</schemas/{name}.json>; rel="describedby"; type="application/schema+json"'
    found = [] if link in answer.headers["Link"].split(", ") else [f"{path}: no link to {name}"]
    validator = Draft202012Validator(SCHEMAS[name], format_checker=Draft202012Validator.FORMAT_CHECKER)
    return found + [
        f"{path} {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in validator.iter_errors(json.loads(answer.data))
    ]


@pytest.mark.parametrize("name", schemas.NAMES)
def test_a_schema_is_served_as_it_stands_and_is_a_schema(web: FlaskClient, name: str) -> None:
    answer = web.get(f"/schemas/{name}.json")
    assert (answer.mimetype, json.loads(answer.data)) == ("application/schema+json", SCHEMAS[name])
    Draft202012Validator.check_schema(SCHEMAS[name])


def test_no_other_file_is_served_as_a_schema(web: FlaskClient) -> None:
    assert web.get("/schemas/other-1.json").status_code == 404
    assert web.get("/schemas/..%2f..%2fcss%2fshop.json").status_code == 404


@pytest.mark.parametrize(
    ("ending", "name"),
    [
        (".json", schemas.MONOGRAPH),
        ("/v/1.json", schemas.MONOGRAPH),
        ("/figure.json", schemas.FIGURE),
        ("/sources.json", schemas.SOURCES),
        ("/cite.json", schemas.SOURCES),
    ],
)
def test_every_twin_of_a_monograph_is_as_its_schema_says(
    web: FlaskClient, monographs: list[str], ending: str, name: str
) -> None:
    assert len(monographs) == 10
    assert [each for address in monographs for each in wrong(web, address + ending, name)] == []


def test_every_source_alone_is_as_its_schema_says(web: FlaskClient, monographs: list[str]) -> None:
    address = monographs[0]
    keys = [each["key"] for each in web.get(f"{address}.json").get_json()["monograph"]["sources"]]
    assert keys
    for key in keys:
        assert wrong(web, f"{address}/sources/{key}.json", schemas.SOURCES) == []


def test_every_listing_is_as_its_schema_says(web: FlaskClient) -> None:
    paths = [
        line.split("</loc>")[0]
        for line in web.get("/sitemap.xml").get_data(as_text=True).split("<loc>")
        if "/products/" in line
    ]
    slugs = {path.split("/products/")[1].split("/")[0] for path in paths}
    assert len(slugs) == 10
    assert [each for slug in slugs for each in wrong(web, f"/products/{slug}.json", schemas.PRODUCT)] == []


def test_a_comparison_is_as_its_schema_says(web: FlaskClient) -> None:
    path = "/education/compare.json?with=semax&with=oxytocin&with=cerebrolysin&with=ghk-cu"
    assert wrong(web, path, schemas.COMPARISON) == []


@pytest.mark.parametrize("slug", list(CALCULATORS))
def test_every_calculator_answers_as_its_schema_says(web: FlaskClient, slug: str) -> None:
    path = f"/guides/{slug}.json"
    assert wrong(web, path, schemas.CALCULATOR) == []
    example = web.get(path).get_json()["example"]
    assert wrong(web, example[example.index("/guides") :], schemas.CALCULATOR) == []
    for lot in ("SMX-2608-A", "PBP-2602-B"):
        status = web.get(f"{path}?lot={lot}").status_code
        assert wrong(web, f"{path}?lot={lot}", schemas.CALCULATOR, status) == []
    assert wrong(web, f"{path}?lot=no-such-lot", schemas.CALCULATOR, 400) == []


@pytest.mark.parametrize(
    ("name", "part", "kind", "all_needed"),
    [
        (schemas.MONOGRAPH, "monograph", MonographText, False),
        (schemas.MONOGRAPH, "result", EvidenceRecord, False),
        (schemas.MONOGRAPH, "source", Source, False),
        (schemas.FIGURE, "source", Source, True),
    ],
    ids=["monograph", "result", "source", "source-of-figure"],
)
def test_a_schema_has_every_field_and_asks_for_those_that_are_needed(
    name: str, part: str, kind: type, all_needed: bool
) -> None:
    described = SCHEMAS[name]["$defs"][part]
    known = {each.name for each in fields(kind)}
    assert set(described["properties"]) - {"format"} == known
    needed = known if all_needed else {each.name for each in fields(kind) if each.default is MISSING}
    assert set(described["required"]) - {"format"} == needed


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("monograph", "evidence", 0, "estimate"), 0.9),
        (("monograph", "evidence", 0, "measure"), "ratio"),
        (("monograph", "sources", 0, "doi"), "doi:10.1/x"),
        (("monograph", "unheard_of"), "text"),
        (("checks", 0, "code"), "E18"),
        (("published_at",), 5),
    ],
    ids=["a-number", "no-measure", "no-doi", "unknown", "no-check", "no-time"],
)
def test_a_schema_refuses_what_a_monograph_never_says(
    web: FlaskClient, place: tuple[str | int, ...], value: object
) -> None:
    document = web.get("/education/nootropics/cerebrolysin.json").get_json()
    validator = Draft202012Validator(SCHEMAS[schemas.MONOGRAPH])
    assert validator.is_valid(document)
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    assert not validator.is_valid(document)
