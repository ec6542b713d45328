"""The monograph page: figures from records, findings in plain words, versions, and the wall."""

from __future__ import annotations

import csv
import gzip
import io
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from flask.testing import FlaskClient
from reading_pages import words
from stocked import MONOGRAPHS, open_shop

from shop.education import monograph_file
from shop.education.evidence import (
    Better,
    Coding,
    Design,
    Direction,
    EvidenceRecord,
    EvidenceStatus,
    Measure,
    RetractionState,
    Seen,
    Source,
    Species,
    StatCard,
)
from shop.education.monograph import MonographText, Reading, ReadingPart, Verdict
from shop.web.storefront import monograph_page
from shop.web.storefront.evidence_rows import RowOnPage
from shop.web.storefront.monograph_page import MonographPage

TODAY = date(2026, 11, 22)
PAGE = "/education/nootropics/cerebrolysin"


@pytest.fixture(scope="module")
def web(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    with open_shop(request, tmp_path_factory, "sqlite") as app:
        yield app.test_client()


@pytest.fixture(scope="module")
def cerebrolysin() -> MonographText:
    return monograph_file.read((MONOGRAPHS / "cerebrolysin.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def page(cerebrolysin: MonographText) -> MonographPage:
    return monograph_page.compose(cerebrolysin, TODAY)


def row_of(rows: tuple[RowOnPage, ...], start: str, source: str = "") -> RowOnPage:
    return next(row for row in rows if row.outcome.startswith(start) and source in row.source)


def text_of(*records: EvidenceRecord, **more: object) -> MonographText:
    plain = MonographText(
        compound="semax",
        title="Semax",
        standfirst="A short account.",
        change_note="First version.",
        author="Specimen author A",
        verified_by="Specimen reviewer B",
        reviewed_on=TODAY,
        reading=Reading(
            verdict=Verdict.UNCERTAIN,
            reason="Few results.",
            favourable=ReadingPart(text=""),
            uncertain=ReadingPart(text=""),
            no_benefit=ReadingPart(text=""),
        ),
        sources=(Source(key="trial", label="A trial", seen=Seen.ABSTRACT, pmid="123"),),
        evidence=records,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


RECORD = EvidenceRecord(
    id="speed",
    outcome="Walking speed",
    source="trial",
    design=Design.RCT,
    species=Species.HUMAN,
    measure=Measure.SMD,
    direction=Direction.FAVOURS_COMPOUND,
    status=EvidenceStatus.VERIFIED,
    better=Better.LOWER,
    coded_as=Coding.RAW,
    estimate="-0.40",
    lower="-0.66",
    upper="-0.13",
    p_text="p=0.0031",
    n_total=400,
)


def test_a_row_shows_the_figures_as_printed_with_interval_and_p(page: MonographPage) -> None:
    row = row_of(page.table, "Arm motor function", "CARS trial")
    assert (row.result, row.direction, row.mark) == ("MW 0.71", "favourable", "Favourable")
    assert row.interval.startswith("0.63–0.79; P < 0.0001 as reported")


def test_pooled_results_stand_before_single_trials_and_people_before_animals(page: MonographPage) -> None:
    pooled = [("review" in row.source or "Meta-analysis" in row.source) for row in page.table]
    assert pooled == sorted(pooled, reverse=True)
    mouse = replace(RECORD, id="mouse", species=Species.ANIMAL, design=Design.ANIMAL)
    review = replace(RECORD, id="review", design=Design.META_ANALYSIS)
    rows = monograph_page.compose(text_of(mouse, RECORD, review), TODAY).table
    assert [bool(row.preclinical) for row in rows] == [False, False, True]


def test_a_result_whose_source_was_not_seen_says_so_on_row_and_card(page: MonographPage) -> None:
    assert "Source not seen." in row_of(page.table, "Change on the NIHSS").remark
    seed = replace(RECORD, status=EvidenceStatus.SEED)
    cards = monograph_page.compose(
        text_of(seed, cards=(StatCard(record="speed", label="Speed"),)), TODAY
    ).cards
    assert "source not seen" in cards[0].detail


def test_a_card_has_measure_interval_and_the_value_of_no_difference() -> None:
    card = monograph_page.compose(
        text_of(RECORD, cards=(StatCard(record="speed", label="Speed"),)), TODAY
    ).cards[0]
    assert card.figure == "−0.40"
    assert card.detail == (
        "Standardised mean difference; 0 is no difference; 95% CI −0.66 to −0.13; lower is better; n = 400"
    )


def test_a_card_of_a_result_without_a_figure_is_a_word(page: MonographPage) -> None:
    words_on_cards = [card.figure for card in page.cards if card.is_word]
    assert words_on_cards == ["No clear difference"]


def test_a_trial_of_another_substance_on_the_target_is_not_shown_as_one_of_the_compound() -> None:
    other = replace(RECORD, target_hypothesis=True, intervention="an antagonist")
    made = monograph_page.compose(text_of(other, cards=(StatCard(record="speed", label="Speed"),)), TODAY)
    assert "Target hypothesis: an antagonist was tested, not Semax." in made.table[0].remark
    assert "tests the target, not the compound" in made.cards[0].detail


def test_the_numbers_check_names_the_result_what_was_computed_and_what_would_reconcile_it(
    page: MonographPage,
) -> None:
    check = next(each for each in page.checks if each.about.startswith("Change on the NIHSS"))
    assert "implies P = 0.00154" in check.finding and "P = 0.02 is printed" in check.finding
    assert "normal distribution" in check.how and "3 pooled trials" in check.how
    assert "10 give an interval and a P value (9 consistent, 1 not)" in page.coverage


def test_what_agrees_is_not_reported_as_a_finding() -> None:
    made = monograph_page.compose(text_of(RECORD), TODAY)
    assert made.checks == ()
    assert made.coverage == "1 result: 1 gives an interval and a P value (1 consistent)."


def test_a_per_protocol_result_alone_is_named_among_what_may_be_left_out(cerebrolysin: MonographText) -> None:
    without = tuple(each for each in cerebrolysin.evidence if each.id != "captain-1-itt")
    reading = replace(cerebrolysin.reading, uncertain=ReadingPart(text="None."))
    left_out = monograph_page.compose(
        replace(cerebrolysin, evidence=without, reading=reading), TODAY
    ).left_out
    assert any("without the intention-to-treat result" in sentence for sentence in left_out)


def test_sources_are_linked_by_their_identifiers_and_to_nothing_else(page: MonographPage) -> None:
    links = [link for source in page.sources for link in re.findall(r'href="([^"]+)"', source.text)]
    assert "https://doi.org/10.1161/STROKEAHA.111.628537" in links
    assert "https://clinicaltrials.gov/study/NCT00868283" in links
    hosts = {link.split("/")[2] for link in links}
    assert hosts <= {"doi.org", "pubmed.ncbi.nlm.nih.gov", "pmc.ncbi.nlm.nih.gov", "clinicaltrials.gov"}


def test_a_hostile_identifier_cannot_leave_its_link() -> None:
    evil = Source(key="trial", label="<b>x</b>", seen=Seen.NOT_SEEN, doi='10.1/"><script>', pmid='1"x')
    source = monograph_page.compose(text_of(sources=(evil,)), TODAY).sources[0]
    assert "<script" not in source.text and "<b>" not in source.text and '"x' not in source.text


def test_a_retracted_source_and_an_unchecked_one_say_so() -> None:
    sources = (
        Source(key="a", label="A", seen=Seen.ABSTRACT, retraction=RetractionState.RETRACTED),
        Source(key="b", label="B", seen=Seen.ABSTRACT),
    )
    made = monograph_page.compose(text_of(sources=sources), TODAY)
    assert [source.retracted for source in made.sources] == ["Retracted", ""]
    assert made.retractions == "Retraction status: not checked for 1 source."


def test_a_review_older_than_eighteen_months_is_overdue(cerebrolysin: MonographText) -> None:
    assert not monograph_page.compose(cerebrolysin, date(2028, 5, 19)).is_overdue
    assert monograph_page.compose(cerebrolysin, date(2028, 5, 20)).is_overdue


def test_only_sections_that_are_there_are_in_the_contents() -> None:
    made = monograph_page.compose(text_of(RECORD), TODAY)
    names = [name for name, _title in monograph_page.contents(made, has_properties=False)]
    assert names == ["evidence", "plot", "handling", "sources", "cite"]


def test_without_people_the_page_says_that_there_is_no_study_in_people() -> None:
    mouse = replace(RECORD, species=Species.ANIMAL, design=Design.ANIMAL)
    made = monograph_page.compose(text_of(mouse), TODAY)
    assert not made.has_people
    assert ("evidence", "What studies report") in monograph_page.contents(made, has_properties=False)


def test_the_page_shows_every_block_in_the_order_of_the_design(web: FlaskClient) -> None:
    html = web.get(PAGE).get_data(as_text=True)
    sections = re.findall(r'<section id="(\w+)"', html)
    assert sections == [
        "summary",
        "what",
        "mechanism",
        "evidence",
        "plot",
        "disagree",
        "safety",
        "unknown",
        "properties",
        "handling",
        "sources",
        "regulatory",
        "cite",
    ]
    assert re.findall(r'<li><a href="#(\w+)"', html) == sections
    assert html.index("Evidence reading") < html.index('id="summary"')


def test_the_page_has_no_price_no_stock_and_no_way_to_order(web: FlaskClient) -> None:
    html = web.get(PAGE).get_data(as_text=True)
    article = html[html.index("<main") : html.index("</main>")]
    assert "$" not in article and "Add to cart" not in article and "in stock" not in article.casefold()
    assert "Nothing here describes what the research vial does." in article
    assert "/products/porcine-brain-peptide-preparation" in article


def test_the_listing_card_is_left_out_where_there_is_no_product_on_sale(web: FlaskClient) -> None:
    assert "In the catalogue" in words(web.get(PAGE))
    assert "In the catalogue" not in words(web.get("/education/neuropeptides/oxytocin"))
    withdrawn_too = web.get("/education/cardiovascular-renal/bradykinin").get_data(as_text=True)
    assert "/products/bradykinin" in withdrawn_too and "/products/old-bradykinin" not in withdrawn_too


def test_a_product_page_shows_no_result_of_a_study(web: FlaskClient) -> None:
    text = words(web.get("/products/porcine-brain-peptide-preparation"))
    for word in ("stroke", "trial", "Mann", "dementia", "CASTA"):
        assert word not in text


def test_the_first_view_is_under_100_kb(web: FlaskClient) -> None:
    html = web.get(PAGE, headers={"Accept-Encoding": "gzip"})
    assert html.headers["Content-Encoding"] == "gzip"
    total = len(html.data)
    page = gzip.decompress(html.data).decode()
    for address in re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"', page):
        total += len(web.get(address, headers={"Accept-Encoding": "gzip"}).data)
    for font in (
        "public-sans-latin-wght-normal",
        "source-serif-4-latin-400-normal",
        "source-serif-4-latin-600-normal",
    ):
        version = page.split("/static/")[1].split("/")[0]
        total += len(web.get(f"/static/{version}/fonts/{font}.woff2").data)
    assert total < 100_000


def test_an_old_version_stands_under_a_banner_that_leads_to_the_current_one(web: FlaskClient) -> None:
    old = web.get(f"{PAGE}/v/1")
    assert "This is version 1, not the current one" in words(old)
    assert "Second wording." not in words(old)
    html = old.get_data(as_text=True)
    assert f'<a href="{PAGE}">Read the current version, 2</a>' in html
    assert '<meta name="robots" content="noindex">' in html
    assert 'rel="canonical" href="http://127.0.0.1:8000/education/nootropics/cerebrolysin"' in html


def test_the_current_page_names_its_version_and_lists_all(web: FlaskClient) -> None:
    text = words(web.get(PAGE))
    assert "Second wording." in text and "All versions (2)" in text
    assert "A second wording." in text
    assert "/education/nootropics/cerebrolysin/v/2" in text  # how to cite
    assert "is the current one" in words(web.get(f"{PAGE}/v/2"))


def test_an_unknown_version_is_a_404(web: FlaskClient) -> None:
    for number in ("0", "3", "99999", "100000", "x", "-1"):
        assert web.get(f"{PAGE}/v/{number}").status_code == 404


def test_a_monograph_under_another_field_leads_to_its_own(web: FlaskClient) -> None:
    for tail in ("", "/v/1", "/figure.svg", "/v/1/figure.csv"):
        answer = web.get(f"/education/cardiovascular-renal/cerebrolysin{tail}")
        assert (answer.status_code, answer.headers["Location"]) == (301, f"{PAGE}{tail}")


def test_the_figure_comes_as_a_drawing_and_as_rows_with_its_version(web: FlaskClient) -> None:
    drawing = web.get(f"{PAGE}/v/1/figure.svg")
    assert drawing.mimetype == "image/svg+xml" and "sandbox" in drawing.headers["Content-Security-Policy"]
    root = ElementTree.fromstring(drawing.get_data(as_text=True))  # noqa: S314 - our own drawing
    assert "Version 1" in "".join(root.itertext())
    rows = list(csv.DictReader(io.StringIO(web.get(f"{PAGE}/figure.csv").get_data(as_text=True))))
    assert {row["estimate"] for row in rows} >= {"0.71", "+1.39"}


def test_the_index_filters_by_field_and_by_reading(web: FlaskClient) -> None:
    assert "3 monographs" in words(web.get("/education"))
    text = words(web.get("/education?field=car"))
    assert "1 monograph" in text and "Bradykinin" in text
    assert "No monograph matches" in words(web.get("/education?field=car&reading=favourable"))
    assert "3 monographs" in words(web.get("/education?field=zzz&reading='"))


def test_an_empty_field_says_so_and_names_others(web: FlaskClient) -> None:
    text = words(web.get("/education/tissue-matrix"))
    assert "No monographs in this field yet" in text and "Nootropics and neuro 1 monograph" in text
