"""What every public page promises: it answers any question, leads only to pages, and knows no visitor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from databases import ENGINES
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from reading_pages import words
from sqlalchemy import event
from stocked import open_shop

from shop.core.database import db
from shop.web.storefront import DOCUMENTS, PAGES

KNOWN = {
    "old": "1",
    "new": "2",
    "category": "nootropics",
    "slug": "cerebrolysin",
    "lot": "SMX-2609-B",
    "number": "1",
    "ending": "bib",
    "key": "casta",
    "record": "cars-arat",
    "kind": "specification",
    "language": "en",
    "revision": "1",
    "name": "product-1",
}
WITH_A_SEQUENCE = {"category": "neuropeptides", "slug": "oxytocin"}
COMPARED = "with=cerebrolysin&with=oxytocin"
QUERIES = {
    "/education/compare": (COMPARED, "with=semax", "choose=oxytocin"),
    "/education": ("field=noo&reading=mixed", "reading=preclinical_only"),
    "/products": ("field=noo&stock=in&sort=mass&page=2", "sort=newest", "field=neu"),
    "/products/<slug>": ("size=NO-0107-10",),
    "/guides/concentration": ("product=semax&size=NO-0107-10", "mass=10&volume=2&molar_mass=813.93"),
    "/guides/stock-solution": ("lot=SMX-2609-B&concentration=1+mM", "mass=5&concentration=1+mg/mL"),
    "/guides/stock-solution.json": ("lot=SMX-2609-B&concentration=1+mM",),
    "/guides/molarity": ("mass=5&volume=2&molar_mass=800", "lot=nothing"),
    "/guides/dilution": ("stock=10+mM&final=1+nM&final_volume=1",),
    "/guides/serial-dilution": ("start=1+mM&factor=10&tubes=5&volume=1",),
    "/guides/aliquots.json": ("volume=4&aliquot=150+uL",),
    "/guides/net-peptide-content": ("lot=SMX-2609-B", "gross=5&content=82"),
    "/guides/unit-conversion": ("value=1+mg/mL&to=mM&molar_mass=800",),
    "/coa": ("lot=SMX-2690-B", "lot=smx2609b"),
    "/coa/<lot>": ("revision=1",),
    "/coa/<lot>.pdf": ("revision=1",),
    "/coa/<lot>/trace.csv": ("revision=2",),
    "/search": ("q=semax", "q=80714610", "q=stroke", "q=SMX-26"),
}
"""What pages that read parameters may be asked."""
NASTY = (
    "",
    "\x00",
    "%",
    "_%_",
    "'",
    '" OR 1=1 --',
    "\\",
    "../../etc/passwd",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "ﬀ½①",
    "\u202e\u2066",
    "🧪" * 50,
    "-1",
    "9" * 40,
    "9" * 5000,
    "1e9999",
    "NaN",
    "x" * 5000,
    "a.pdf",
    "%s%(name)s",
)
PARAMETERS = (
    "q",
    "lot",
    "page",
    "field",
    "stock",
    "sort",
    "size",
    "product",
    "mass",
    "volume",
    "molar_mass",
    "mixture",
    "mass_unit",
    "mass_is",
    "concentration",
    "content",
    "counter_ion",
    "counter_ions",
    "stock",
    "final",
    "final_volume",
    "start",
    "factor",
    "tubes",
    "aliquot",
    "gross",
    "value",
    "to",
    "revision",
    "reading",
    "with",
    "choose",
    "panel",
)


few = hypothesis_settings(max_examples=40)


@pytest.fixture(scope="module", params=ENGINES)
def stocked_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with open_shop(request, tmp_path_factory, request.param) as app:
        yield app


@pytest.fixture(scope="module")
def visitor(stocked_app: Flask) -> FlaskClient:
    return stocked_app.test_client(use_cookies=False)


def path_of(address: str, **values: str) -> str:
    """An address of the table with its parts filled in."""
    own = {"slug": "semax"} if address.startswith("/products") else {}
    own = WITH_A_SEQUENCE if address.endswith("/sequence.svg") else own
    known = {**KNOWN, **own, **values}
    path = re.sub(r"<(?:[^<>:]*:)?(\w+)>", lambda part: quote(known[part[1]], safe=""), address)
    return f"{path}?{COMPARED}" if path.startswith("/education/compare.") else path


EVERYTHING = [address for address, _endpoint, _view in (*PAGES, *DOCUMENTS)]


@pytest.mark.parametrize("address", EVERYTHING)
def test_every_address_answers_and_sets_no_cookie(visitor: FlaskClient, address: str) -> None:
    answer = visitor.get(path_of(address))
    assert answer.status_code == 200, words(answer)[:300]
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"].startswith("public")
    assert answer.headers["ETag"]


@pytest.mark.parametrize("address", [address for address, _endpoint, _view in PAGES])
def test_every_page_has_one_heading_a_title_and_the_research_use_line(
    visitor: FlaskClient, address: str
) -> None:
    page = visitor.get(path_of(address)).get_data(as_text=True)
    assert len(re.findall(r"<h1\b", page)) == 1
    assert re.search(r"<title>\S.* – Aliquot</title>", page)
    assert "For laboratory research use only. Not for human or veterinary use." in page
    assert " style=" not in page and not re.search(r'<script(?! src=| type="application/ld\+json")', page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("address", EVERYTHING)
def test_no_page_needs_more_than_twelve_queries(
    stocked_app: Flask, visitor: FlaskClient, address: str
) -> None:
    asked = [path_of(address), *(f"{path_of(address)}?{query}" for query in QUERIES.get(address, ()))]
    assert {path: count for path in asked if (count := queries(stocked_app, visitor, path)) > 12} == {}


def queries(app: Flask, visitor: FlaskClient, path: str) -> int:
    seen: list[str] = []

    def count(_c: Any, _u: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        visitor.get(path)
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len(seen)


@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
def test_no_part_of_an_address_gives_a_500(visitor: FlaskClient, nasty: str) -> None:
    for address in EVERYTHING:
        for part in re.findall(r"<(?:[^<>:]*:)?(\w+)>", address):
            answer = visitor.get(path_of(address, **{part: nasty}))
            assert answer.status_code < 500, (address, part)
            assert "<script>alert" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
def test_no_parameter_gives_a_500(visitor: FlaskClient, nasty: str) -> None:
    everything = "&".join(f"{name}={quote(nasty)}" for name in PARAMETERS)
    for address in QUERIES:
        answer = visitor.get(f"{path_of(address)}?{everything}")
        assert answer.status_code < 500, address
        assert "<script>alert" not in answer.get_data(as_text=True)


@few
@given(text=st.text(max_size=60), address=st.sampled_from(sorted(QUERIES)))
def test_no_text_in_a_parameter_gives_a_500(visitor: FlaskClient, text: str, address: str) -> None:
    everything = dict.fromkeys(PARAMETERS, text)
    assert visitor.get(path_of(address), query_string=everything).status_code < 500


@few
@given(text=st.text(min_size=1, max_size=40).filter(lambda text: "/" not in text and text not in (".", "..")))
def test_no_text_in_an_address_gives_a_500(visitor: FlaskClient, text: str) -> None:
    for prefix in ("/coa/", "/products/", "/education/", "/education/nootropics/"):
        assert visitor.get(prefix + quote(text)).status_code < 500


def test_a_broken_percent_sequence_is_no_500(visitor: FlaskClient) -> None:
    for path in ("/search?q=%ff%fe", "/coa/%ff", "/products/%C0%AF", "/coa?lot=%00"):
        assert visitor.get(path).status_code < 500


def test_every_internal_link_leads_to_a_page_and_every_anchor_to_a_place_on_it(visitor: FlaskClient) -> None:
    waiting, seen = ["/"], {"/"}
    pages: dict[str, str] = {}
    anchors: set[tuple[str, str]] = set()
    while waiting:
        path = waiting.pop()
        answer = visitor.get(path)
        assert answer.status_code < 400, path
        if answer.mimetype != "text/html" or answer.status_code in (301, 302, 303):
            continue
        pages[path] = answer.get_data(as_text=True)
        for link in re.findall(r'(?:href|action)="([^"]*)"', pages[path]):
            target = urlsplit(urljoin(path, unescape(link)))
            if target.scheme or target.netloc or target.path.startswith("/static/"):
                continue
            address = target.path + (f"?{target.query}" if target.query else "")
            if target.fragment:
                anchors.add((address, target.fragment))
            if address not in seen and address != "/cart/add":
                seen.add(address)
                waiting.append(address)
    assert len(pages) > 40
    assert [each for each in anchors if f'id="{each[1]}"' not in pages.get(each[0], "")] == []


def test_no_page_leads_to_a_lot_that_was_never_released(visitor: FlaskClient) -> None:
    for path in ("/", "/coa", "/products/semax", "/search?q=SMX-26", "/coa?lot=SMX-2610-B", "/sitemap.xml"):
        assert "SMX-2610-A" not in visitor.get(path).get_data(as_text=True)


def test_a_slash_at_the_end_leads_to_the_page_and_keeps_the_query(visitor: FlaskClient) -> None:
    for path in ("/products", "/education/nootropics/cerebrolysin", "/coa/SMX-2609-B"):
        answer = visitor.get(f"{path}/?page=2")
        assert (answer.status_code, answer.headers["Location"]) == (301, f"{path}?page=2")


def test_an_address_in_capitals_leads_to_the_page(visitor: FlaskClient) -> None:
    assert visitor.get("/products/Semax").headers["Location"] == "/products/semax"
    assert visitor.get("/education/Nootropics").headers["Location"] == "/education/nootropics"
    moved = visitor.get("/education/Nootropics/Cerebrolysin")
    assert moved.headers["Location"] == "/education/nootropics/cerebrolysin"


def test_an_unknown_address_is_a_404_with_a_search_field(visitor: FlaskClient) -> None:
    for path in ("/nothing", "/products/nothing", "/education/nothing", "/education/nootropics/nothing"):
        answer = visitor.get(path)
        assert answer.status_code == 404
        assert 'name="q"' in answer.get_data(as_text=True)


def test_filtered_and_found_pages_are_not_indexed_and_plain_ones_are(visitor: FlaskClient) -> None:
    noindex = '<meta name="robots" content="noindex">'
    for path in ("/products?field=noo", "/products?sort=mass", "/education?reading=mixed", "/search?q=semax"):
        assert noindex in visitor.get(path).get_data(as_text=True), path
    for path in ("/", "/products", "/products?junk=1", "/education", "/products/semax"):
        assert noindex not in visitor.get(path).get_data(as_text=True), path


def test_a_second_request_with_the_tag_of_a_page_gets_nothing_new(visitor: FlaskClient) -> None:
    first = visitor.get("/products/semax")
    second = visitor.get("/products/semax", headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 304


def test_robots_and_sitemap_name_pages_that_exist(visitor: FlaskClient) -> None:
    robots = visitor.get("/robots.txt").get_data(as_text=True)
    assert "Disallow: /checkout" in robots and "/sitemap.xml" in robots
    sitemap = visitor.get("/sitemap.xml").get_data(as_text=True)
    paths = [urlsplit(address).path for address in re.findall(r"<loc>(.*?)</loc>", sitemap)]
    assert "/education/nootropics/cerebrolysin" in paths and "/products/old-bradykinin" not in paths
    for path in paths:
        assert visitor.get(path).status_code == 200, path
