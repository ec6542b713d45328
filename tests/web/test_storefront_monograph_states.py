"""A monograph without a study in people, and one of a compound that the shop does not list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from flask.testing import FlaskClient
from reading_pages import words
from stocked import MONOGRAPHS, open_shop

from shop.education import monograph_file, revisions
from shop.education.evidence import Design, Direction, EvidenceRecord, Species
from shop.education.monograph import MonographText, Reading, ReadingPart, Verdict
from shop.web.storefront import monograph_page

TODAY = date(2026, 11, 22)
PAGE = "/education/neuropeptides/oxytocin"
CEREBROLYSIN = "/education/nootropics/cerebrolysin"
RECORDS = f"{CEREBROLYSIN}/records"


def preclinical_only(text: MonographText) -> MonographText:
    """The monograph with its results moved to animals, and the one of an antagonist left in people."""
    evidence = tuple(_in_mice(record) for record in text.evidence)
    antagonist = replace(
        text.evidence[0],
        id="antagonist",
        target_hypothesis=True,
        intervention="an antagonist",
        direction=Direction.DESCRIPTIVE,
    )
    nothing = ReadingPart(text="None.")
    reading = Reading(
        verdict=Verdict.PRECLINICAL_ONLY,
        reason="No result in people is recorded.",
        favourable=nothing,
        uncertain=ReadingPart(text="What mice show.", records=(evidence[0].id,)),
        no_benefit=nothing,
    )
    return replace(
        text,
        summary="Only work in mice is recorded here.",
        evidence=(*evidence, antagonist),
        reading=reading,
        change_note="Mice only.",
    )


def _in_mice(record: EvidenceRecord) -> EvidenceRecord:
    return replace(record, species=Species.ANIMAL, design=Design.ANIMAL)


@pytest.fixture(scope="module")
def text() -> MonographText:
    return preclinical_only(monograph_file.read((MONOGRAPHS / "oxytocin.yaml").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def web(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, text: MonographText
) -> Iterator[FlaskClient]:
    with open_shop(request, tmp_path_factory, "sqlite") as app:
        with app.app_context():
            revisions.publish(text, actor="test")
        yield app.test_client()


def test_a_page_without_a_study_in_people_says_so_in_its_reading_section_and_rows(web: FlaskClient) -> None:
    page = words(web.get(PAGE))
    assert "Preclinical only" in page
    assert "No study in people" in page
    assert "What studies report" in page and "Preclinical findings" in page
    assert "What trials report" not in page
    assert "Read as “preclinical only” because: No result in people is recorded." in page


def test_every_preclinical_row_and_card_is_marked(text: MonographText) -> None:
    made = monograph_page.compose(text, TODAY)
    assert not made.has_people
    marked = [bool(row.preclinical) for row in made.table]
    assert marked.count(False) == 1, "only the antagonist's row is from people"
    assert all("preclinical" in card.detail.casefold() for card in made.cards)


def test_a_test_of_the_target_in_people_is_no_result_of_the_compound_in_people(text: MonographText) -> None:
    antagonist = text.evidence[-1]
    assert antagonist.species is Species.HUMAN and not antagonist.is_in_people


def test_a_page_of_a_compound_that_is_not_listed_says_so_plainly(web: FlaskClient) -> None:
    html = web.get(PAGE)
    page = words(html)
    assert "Not listed: we sell nothing under this name at present." in page
    assert "In the catalogue" not in page
    (record, *_rest) = re.findall(rf'href="({PAGE}/records/[^"]+)"', html.get_data(as_text=True))
    assert "none: nothing is listed under this name" in words(web.get(record))
    assert "/products/" not in html.get_data(as_text=True)


def test_a_page_of_a_listed_compound_sets_its_material_apart_from_what_was_studied(web: FlaskClient) -> None:
    page = words(web.get("/education/nootropics/cerebrolysin"))
    assert "Listed: Porcine brain peptide preparation." in page
    assert "It is not the studied product, and nothing shows that the two are equivalent." in page


def test_a_full_record_is_a_page_that_names_material_funding_place_and_people(web: FlaskClient) -> None:
    page = words(web.get(f"{RECORDS}/cars-arat"))
    assert "Studied material Cerebrolysin, the manufacturer's aqueous solution" in page
    assert "Material sold here not the studied material" in page
    assert "Extracted by Specimen author A Verified by Specimen reviewer B" in page
    page = words(web.get(f"{RECORDS}/cochrane-death-2020"))
    assert "Read in table CD007026-tbl-0003" in page
    assert "Verified by nobody yet" in words(web.get(f"{RECORDS}/nihss-2025")), "only the first page told it"


def test_a_full_record_shows_every_check_also_those_that_passed_or_could_not_be_made(
    web: FlaskClient,
) -> None:
    page = words(web.get(f"{RECORDS}/nihss-2025"))
    assert "Agrees E01" in page and "Does not agree E02" in page and "P = 0.00154" in page
    assert "Cannot be checked E02" in words(web.get(f"{RECORDS}/cochrane-death-2020"))


def test_every_row_leads_to_its_record_and_back(web: FlaskClient) -> None:
    html = web.get(CEREBROLYSIN).get_data(as_text=True)
    found = re.findall(rf'href="({RECORDS}/([^"]+))"', html)
    assert len(found) > 20
    for path, record in found:
        answer = web.get(path)
        assert answer.status_code == 200, path
        assert f'href="{CEREBROLYSIN}#r-{record}"' in answer.get_data(as_text=True)


def test_a_version_keeps_its_records_under_its_own_address(web: FlaskClient) -> None:
    assert web.get(f"{CEREBROLYSIN}/v/1/records/cars-arat").status_code == 200
    page = words(web.get(f"{CEREBROLYSIN}/v/1/records/cars-arat"))
    assert "This is version 1, not the current one" in page
    assert web.get(f"{RECORDS}/no-such-record").status_code == 404
    moved = web.get("/education/neuropeptides/cerebrolysin/records/cars-arat")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"{RECORDS}/cars-arat")


def test_each_result_that_a_reading_or_card_rests_on_has_a_row_to_go_to(web: FlaskClient) -> None:
    html = web.get("/education/nootropics/cerebrolysin").get_data(as_text=True)
    targets = {part.split('"', 1)[0] for part in html.split('href="#r-')[1:]}
    rows = {part.split('"', 1)[0] for part in html.split('<tr role="row" id="r-')[1:]}
    assert len(targets) >= 18 and targets <= rows
