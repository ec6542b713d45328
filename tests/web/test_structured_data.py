"""What pages tell machines, read by an independent parser and held against schema.org's own list of terms."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import extruct
import jsonschema
import pytest
from flask.testing import FlaskClient
from reading_pages import words
from stocked import open_shop

TERMS = json.loads((Path(__file__).parent / "schema_org_terms.json").read_text(encoding="utf-8"))
MONOGRAPH = "/education/nootropics/cerebrolysin"
PEPTIDE = "/education/neuropeptides/oxytocin"
PAGES = (MONOGRAPH, f"{MONOGRAPH}/v/1", PEPTIDE, "/products/semax", "/education", "/education/nootropics")

_TEXT = {"type": "string", "minLength": 1}
_URL = {"type": "string", "pattern": "^https?://"}
_PERSON = {
    "type": "object",
    "required": ["@type", "name"],
    "properties": {"@type": {"const": "Person"}, "name": _TEXT},
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "Article": {
        "required": [
            "headline",
            "author",
            "publisher",
            "datePublished",
            "version",
            "license",
            "citation",
            "url",
        ],
        "properties": {"headline": _TEXT, "author": _PERSON, "license": _URL, "url": _URL, "version": _TEXT},
    },
    "WebPage": {
        "required": ["lastReviewed", "reviewedBy", "url"],
        "properties": {"lastReviewed": {"pattern": r"^\d{4}-\d\d-\d\d$"}, "reviewedBy": _PERSON},
    },
    "MolecularEntity": {
        "required": ["identifier", "name", "url", "molecularFormula", "molecularWeight"],
        "properties": {
            "molecularFormula": {"pattern": "^([A-Z][a-z]?[0-9]*)+$"},
            "molecularWeight": {"pattern": r"^[0-9.]+ g/mol$"},
        },
    },
    "ChemicalSubstance": {
        "required": ["identifier", "name", "url", "chemicalComposition"],
        "not": {"anyOf": [{"required": ["molecularFormula"]}, {"required": ["molecularWeight"]}]},
    },
    "Dataset": {
        "required": ["name", "description", "license", "creator", "distribution", "variableMeasured"],
        "properties": {
            "description": {"minLength": 50, "maxLength": 5000},
            "distribution": {
                "type": "array",
                "minItems": 3,
                "items": {"required": ["contentUrl", "encodingFormat"], "properties": {"contentUrl": _URL}},
            },
        },
    },
    "BreadcrumbList": {
        "required": ["itemListElement"],
        "properties": {
            "itemListElement": {
                "minItems": 1,
                "items": {
                    "required": ["position", "name", "item"],
                    "properties": {"position": {"type": "integer"}, "name": _TEXT, "item": _URL},
                },
            }
        },
    },
    "Product": {"required": ["name", "sku", "url", "offers"], "properties": {"offers": {"minItems": 1}}},
    "Offer": {
        "required": ["price", "priceCurrency", "availability", "sku", "url"],
        "properties": {
            "price": {"type": "string", "pattern": r"^[0-9]+\.[0-9]{2}$"},
            "priceCurrency": {"pattern": "^[A-Z]{3}$"},
            "availability": {"enum": ["https://schema.org/InStock", "https://schema.org/OutOfStock"]},
        },
    },
}


@pytest.fixture(scope="module")
def web(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    with open_shop(request, tmp_path_factory, "sqlite") as app:
        yield app.test_client()


def nodes(web: FlaskClient, path: str) -> list[dict[str, Any]]:
    """The nodes of a page's graph, as extruct reads them."""
    html = web.get(path).get_data(as_text=True)
    (found,) = extruct.extract(html, base_url="http://127.0.0.1:8000", syntaxes=["json-ld"])["json-ld"]
    assert found["@context"] == "https://schema.org"
    return list(found["@graph"])


def every_node(value: object) -> Iterator[dict[str, Any]]:
    """A node and all nodes within it."""
    if isinstance(value, dict):
        if "@type" in value:
            yield value
        for part in value.values():
            yield from every_node(part)
    elif isinstance(value, list):
        for part in value:
            yield from every_node(part)


def of_type(found: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(node for node in every_node(found) if node["@type"] == kind)


@pytest.mark.parametrize("path", PAGES)
def test_only_terms_of_schema_org_stand_where_schema_org_allows_them(web: FlaskClient, path: str) -> None:
    for node in every_node(nodes(web, path)):
        kinds = TERMS["types"][node["@type"]]
        for name in node.keys() - {"@type", "@id"}:
            assert set(TERMS["properties"][name]) & set(kinds), (node["@type"], name)


@pytest.mark.parametrize("path", PAGES)
def test_every_node_has_what_its_readers_ask_for(web: FlaskClient, path: str) -> None:
    for node in every_node(nodes(web, path)):
        jsonschema.validate(node, SCHEMAS.get(node["@type"], {}))


def test_a_monograph_is_an_article_in_a_reviewed_page_with_data_and_a_place(web: FlaskClient) -> None:
    kinds = [node["@type"] for node in nodes(web, MONOGRAPH)]
    assert kinds == ["WebPage", "Article", "ChemicalSubstance", "Dataset", "BreadcrumbList"]
    kinds = [node["@type"] for node in nodes(web, PEPTIDE)]
    assert kinds == ["WebPage", "Article", "MolecularEntity", "Dataset", "BreadcrumbList"]
    article = of_type(nodes(web, MONOGRAPH), "Article")
    assert article["version"] == "2" and article["url"].endswith("/v/2")
    assert len(article["citation"]) == 11


def test_a_mixture_says_why_it_has_no_formula_and_a_peptide_has_the_computed_one(web: FlaskClient) -> None:
    mixture = of_type(nodes(web, MONOGRAPH), "ChemicalSubstance")
    assert "mixture" in mixture["chemicalComposition"]
    peptide = of_type(nodes(web, PEPTIDE), "MolecularEntity")
    assert peptide["molecularFormula"] == "C43H67N11O13S2"  # as in the small shop: linear free acid
    assert {"CAS"} == {each["propertyID"] for each in peptide["identifier"]}


def test_prices_availability_and_stock_numbers_are_those_of_the_page(web: FlaskClient) -> None:
    page = web.get("/products/semax")
    offers = of_type(nodes(web, "/products/semax"), "Product")["offers"]
    assert [offer["sku"] for offer in offers] == ["NO-0107-5", "NO-0107-10", "NO-0107-30"]
    for offer in offers:
        assert f"${offer['price']}" in words(page)
        assert offer["priceSpecification"][1]["eligibleQuantity"]["minValue"] == 5
    assert [offer["availability"].split("/")[-1] for offer in offers] == ["InStock", "InStock", "OutOfStock"]


def test_a_listing_tells_machines_nothing_of_any_study(web: FlaskClient) -> None:
    for path in ("/products/porcine-brain-peptide-preparation", "/products/semax"):
        text = json.dumps(nodes(web, path)).casefold()
        for word in ("stroke", "trial", "brain injury", "favour", "evidence", "medical"):
            assert word not in text.replace("porcine brain", ""), (path, word)


def test_a_hostile_text_cannot_leave_the_script(web: FlaskClient) -> None:
    html = web.get(MONOGRAPH).get_data(as_text=True)
    (script,) = re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', html, re.DOTALL)
    assert "<" not in script and json.loads(script)


def test_open_graph_and_scholarly_tags_name_title_author_and_day(web: FlaskClient) -> None:
    html = web.get(MONOGRAPH).get_data(as_text=True)
    graph = dict(extruct.extract(html, syntaxes=["opengraph"])["opengraph"][0]["properties"])
    assert graph["og:title"] == "Cerebrolysin: research monograph"
    assert graph["og:type"] == "article" and graph["og:url"].endswith(MONOGRAPH)
    tags = dict(re.findall(r'<meta name="(citation_\w+)" content="([^"]*)">', html))
    assert tags["citation_title"] == "Cerebrolysin: research monograph"
    assert tags["citation_author"] == "Specimen author A"
    assert re.fullmatch(r"\d{4}/\d\d/\d\d", tags["citation_publication_date"])


def test_every_page_that_is_linked_in_the_graph_exists(web: FlaskClient) -> None:
    for path in PAGES:
        found = json.dumps(nodes(web, path))
        for address in set(re.findall(r'"http://127\.0\.0\.1:8000(/[^"#]*)"', found)):
            assert web.get(address).status_code == 200, address
