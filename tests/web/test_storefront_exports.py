"""What a reader can take away: references, figures, twins of pages and the data archive."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from xml.etree import ElementTree

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from flask.testing import FlaskClient
from markdown_it import MarkdownIt
from stocked import open_shop

from shop.core.canonical import digest
from shop.education import monograph_file

PAGE = "/education/nootropics/cerebrolysin"
PEPTIDE = "/education/neuropeptides/oxytocin"


@pytest.fixture(scope="module")
def web(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    with open_shop(request, tmp_path_factory, "sqlite") as app:
        yield app.test_client()


def text_of(web: FlaskClient, path: str) -> str:
    answer = web.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("ending", "media_type"),
    [
        ("bib", "application/x-bibtex"),
        ("ris", "application/x-research-info-systems"),
        ("json", "application/vnd.citationstyles.csl+json"),
    ],
)
def test_each_form_of_reference_has_its_media_type_and_a_file_name(
    web: FlaskClient, ending: str, media_type: str
) -> None:
    for path, name in (
        ("sources", "cerebrolysin-v2-sources"),
        ("sources/casta", "cerebrolysin-v2-casta"),
        ("cite", "cerebrolysin-v2-cite"),
        ("v/1/cite", "cerebrolysin-v1-cite"),
    ):
        answer = web.get(f"{PAGE}/{path}.{ending}")
        assert answer.mimetype == media_type
        assert f'filename="{name}.{ending}"' in answer.headers["Content-Disposition"]


def test_all_three_forms_hold_the_same_eleven_sources(web: FlaskClient) -> None:
    items = json.loads(text_of(web, f"{PAGE}/sources.json"))
    library = parse_string(text_of(web, f"{PAGE}/sources.bib"))
    records = rispy.loads(text_of(web, f"{PAGE}/sources.ris"))
    keys = [item["id"] for item in items]
    assert len(keys) == 11 and keys[6] == "cerebrolysin-casta"
    assert [entry.key for entry in library.entries] == [record["id"] for record in records] == keys


def test_a_version_is_cited_with_its_own_address(web: FlaskClient) -> None:
    (item,) = json.loads(text_of(web, f"{PAGE}/v/1/cite.json"))
    assert item["URL"].endswith(f"{PAGE}/v/1") and item["version"] == "1"


def test_unknown_sources_forms_and_panels_are_not_found(web: FlaskClient) -> None:
    for path in (
        "sources/nothing.bib",
        "sources.docx",
        "sources/casta.exe",
        "v/9/cite.bib",
        "figure.svg?panel=nothing",
        "figure.json?panel=%00",
        "v/0.json",
    ):
        assert web.get(f"{PAGE}/{path}").status_code == 404, path


def test_an_address_under_another_field_leads_to_its_own(web: FlaskClient) -> None:
    for tail in (
        ".json",
        ".md",
        "/data.zip",
        "/sources.ris",
        "/sources/casta.bib",
        "/v/1.md",
        "/sequence.svg",
    ):
        answer = web.get(f"/education/neuropeptides/cerebrolysin{tail}")
        assert (answer.status_code, answer.headers["Location"]) == (301, f"{PAGE}{tail}")


def test_the_figure_travels_with_citation_licence_and_version_in_every_form(web: FlaskClient) -> None:
    drawing = web.get(f"{PAGE}/figure.svg")
    values = json.loads(text_of(web, f"{PAGE}/figure.json"))
    rows = list(csv.DictReader(io.StringIO(text_of(web, f"{PAGE}/figure.csv"))))
    root = ElementTree.fromstring(drawing.get_data(as_text=True))  # noqa: S314 - our own drawing
    inside = "".join("".join(root.itertext()).split())
    for part in (values["citation"], values["licence"]):
        assert "".join(part.split()) in inside
        assert all(part in (row["citation"], row["licence"]) for row in rows)
    assert values["version"] == 2 and {row["version"] for row in rows} == {"2"}
    assert len(values["results"]) == len(rows) == 28
    assert "style-src 'sha256-" in drawing.headers["Content-Security-Policy"]


def test_a_panel_can_be_asked_for_by_its_key(web: FlaskClient) -> None:
    panels = json.loads(text_of(web, f"{PAGE}/figure.json"))["panels"]
    assert len({panel["key"] for panel in panels}) == len(panels) > 4
    one = json.loads(text_of(web, f"{PAGE}/figure.json?panel={panels[1]['key']}"))
    assert [panel["key"] for panel in one["panels"]] == [panels[1]["key"]]
    assert {row["panel"] for row in one["results"]} == {panels[1]["key"]}
    drawing = text_of(web, f"{PAGE}/figure.svg?panel={panels[1]['key']}")
    assert drawing.count("← ") == 1 < text_of(web, f"{PAGE}/figure.svg").count("← ")


def test_the_json_twin_holds_what_the_import_takes_under_the_published_hash(web: FlaskClient) -> None:
    twin = json.loads(text_of(web, f"{PAGE}/v/1.json"))
    assert digest(twin["monograph"]) == twin["content_sha256"]
    again = monograph_file.read(json.dumps(twin["monograph"]))
    assert monograph_file.exported(again) == twin["monograph"]
    assert {check["code"] for check in twin["checks"]} >= {"E01", "E02", "E03"}
    assert twin["compound"]["computed_from_sequence"] is None
    computed = json.loads(text_of(web, f"{PEPTIDE}.json"))["compound"]["computed_from_sequence"]
    assert computed["sequence_one_letter"] == "CYIQNCPLG"
    for address in twin["files"].values():
        assert web.get(address).status_code == 200, address


def test_the_markdown_twin_has_every_result_and_source_and_no_markup_of_ours(web: FlaskClient) -> None:
    text = text_of(web, f"{PAGE}.md")
    html = MarkdownIt("commonmark").enable("table").render(text)
    before, properties = html.split("<h2>Properties</h2>")
    assert before.count("<tr>") == 28 + 2  # two tables with their heads
    assert properties.count("<tr>") > 2
    assert text.count("\n## ") >= 8
    assert "[@" not in text and "<span" not in text
    assert "11. CAPTAIN II trial" in text and "implies P = 0.00154" in text
    assert web.get(f"{PAGE}.md").mimetype == "text/markdown"


def test_the_archive_is_whole_checks_itself_and_is_the_same_every_time(web: FlaskClient) -> None:
    first = web.get(f"{PAGE}/data.zip")
    assert first.mimetype == "application/zip" and first.data == web.get(f"{PAGE}/v/2/data.zip").data
    with zipfile.ZipFile(io.BytesIO(first.data)) as archive:
        names = [name.removeprefix("cerebrolysin-v2/") for name in archive.namelist()]
        body = {name: archive.read(f"cerebrolysin-v2/{name}") for name in names}
    lines = (line.split("  ") for line in body["SHA256SUMS"].decode().splitlines())
    sums = {name: checksum for checksum, name in lines}
    assert sums == {name: sha256(data).hexdigest() for name, data in body.items() if name != "SHA256SUMS"}
    evidence = list(csv.DictReader(io.StringIO(body["evidence.csv"].decode())))
    dictionary = list(csv.DictReader(io.StringIO(body["data-dictionary.csv"].decode())))
    assert [row["column"] for row in dictionary] == list(evidence[0])
    assert len(evidence) == 28
    readme = body["README.md"].decode()
    assert "How to cite" in readme and "CC BY 4.0" in readme and "version" in readme.casefold()
    monograph_file.read(body["monograph.yaml"].decode())


def test_a_sequence_is_drawn_for_a_peptide_and_refused_in_words_for_a_mixture(web: FlaskClient) -> None:
    drawing = text_of(web, f"{PEPTIDE}/sequence.svg")
    assert "H-Cys-Tyr-Ile-Gln-Asn-Cys-Pro-Leu-Gly-OH" in drawing
    answer = web.get(f"{PAGE}/sequence.svg")
    assert answer.status_code == 404 and "is a mixture" in answer.get_data(as_text=True)
    assert "is a mixture of many substances" in text_of(web, PAGE)


def test_the_peptide_page_shows_charge_states_and_keeps_the_drawing_off_the_first_view(
    web: FlaskClient,
) -> None:
    html = text_of(web, PEPTIDE)
    assert "[M+H]+" in html and "[M+4H]4+" in html
    assert re.search(r'<img class="drawn" src="[^"]+/sequence\.svg"[^>]* loading="lazy"', html)
    assert "[M+H]+" not in text_of(web, PAGE)


def test_signposting_leads_to_citation_description_licence_and_parts(web: FlaskClient) -> None:
    header = web.get(PAGE).headers["Link"]
    links = re.findall(r'<([^>]+)>; rel="([^"]+)"(?:; type="([^"]+)")?', header)
    by_relation: dict[str, list[str]] = {}
    for url, relation, _type in links:
        by_relation.setdefault(relation, []).append(url)
    assert by_relation["cite-as"] == [f"http://127.0.0.1:8000{PAGE}/v/2"]
    assert by_relation["license"] == ["https://creativecommons.org/licenses/by/4.0/"]
    assert {"describedby", "item", "type", "alternate"} <= by_relation.keys()
    for url, relation, media_type in links:
        if relation in ("describedby", "item", "alternate"):
            answer = web.get(url)
            assert (answer.status_code, answer.mimetype) == (200, media_type)
            back = "describes" if 'rel="describes"' in answer.headers["Link"] else "collection"
            first = answer.headers["Link"].split(", ")[0]
            assert first == f'<{by_relation["cite-as"][0]}>; rel="{back}"'


def test_products_have_twins_with_prices_lots_and_no_result_of_a_study(web: FlaskClient) -> None:
    twin = json.loads(text_of(web, "/products/semax.json"))
    assert twin["sizes"][1]["prices"][0] == {"from_quantity": 1, "each": "46.00"}
    assert [size["availability"] for size in twin["sizes"]] == ["in_stock", "in_stock", "out_of_stock"]
    assert "SMX-2609-B" in {lot["lot"] for lot in twin["lots"]}
    text = text_of(web, "/products/porcine-brain-peptide-preparation.md")
    assert "## Specification" in text and "stroke" not in text.casefold()
    assert web.get("/products/old-bradykinin.json").status_code == 410
    assert web.get("/products/nothing.md").status_code == 404
    assert web.get("/products/Semax.json").headers["Location"] == "/products/semax.json"


def test_the_sitemap_gives_the_day_of_monographs_and_their_fields(web: FlaskClient) -> None:
    root = ElementTree.fromstring(text_of(web, "/sitemap.xml"))  # noqa: S314 - our own file
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    days = {
        str(url.findtext(f"{name}loc")): url.findtext(f"{name}lastmod") for url in root.iter(f"{name}url")
    }
    for path in (PAGE, "/education/nootropics"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", days[f"http://127.0.0.1:8000{path}"] or "")
