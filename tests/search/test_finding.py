"""Finding by name, number, sequence and word: the same results in the same order on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from databases import ENGINES
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from stocked import open_shop

from shop.core.database import db, reading
from shop.search import finding
from shop.search.finding import Asked, Found, Hit
from shop.search.models import KeyKind, Kind
from shop.search.pages import Page, PageKind

GUIDE = Page(
    kind=PageKind.GUIDE,
    title="Reconstitution",
    url="/guides/reconstitution",
    text="From a lyophilised vial to a stock solution.",
    words="dissolve solvent",
)


@pytest.fixture(scope="module", params=ENGINES)
def stocked_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with open_shop(request, tmp_path_factory, request.param) as app:
        yield app


def find(app: Flask, query: str, asked: Asked = finding.OVERVIEW) -> Found:
    with app.app_context(), reading() as session:
        return finding.find(session, query, among=[GUIDE], asked=asked)


def title(hit: Hit) -> str:
    return "".join(piece.text for piece in hit.title)


def titles(found: Found, kind: Kind) -> list[str]:
    """Everything of a kind, what was found by its number first."""
    exact = [hit for hit in found.exact if hit.kind is kind]
    return [title(hit) for hit in (*exact, *found.of(kind))]


def products(found: Found) -> list[str]:
    return titles(found, Kind.PRODUCT)


@pytest.mark.parametrize(
    "query",
    [
        "semax",
        "SEMAX",
        "sem",
        "80714-61-0",
        "80714610",
        "CAS 80714-61-0",
        "NO-0107",
        "no0107",
        "NO-0107-10",
        "MEHFPGP",
        "mehfpgp",
        "H-Met-Glu-His-Phe-Pro-Gly-Pro-OH",
        "Ac-MEHFPGP-NH2",
        "met glu his phe pro gly pro",
        "ACTH(4-7)-Pro-Gly-Pro",
        "acth 4-7",
        "EHFP",
        "Glu-His-Phe-Pro",
    ],
)
def test_a_product_is_found_by_everything_it_is_known_by(stocked_app: Flask, query: str) -> None:
    assert products(find(stocked_app, query)) == ["Semax"]


@pytest.mark.parametrize(
    ("query", "product"),
    [
        ("angiotensin2", "Angiotensin II, human"),
        ("angiotensin ii", "Angiotensin II, human"),
        ("Angiotensin-II", "Angiotensin II, human"),
        ("ang2", "Angiotensin II, human"),
        ("fpf1070", "Porcine brain peptide preparation"),
        ("FPF 1070", "Porcine brain peptide preparation"),
        ("brâdykínin", "Bradykinin"),
        ("human angiotensin", "Angiotensin II, human"),
    ],
)
def test_joined_and_split_words_accents_and_roman_numbers_make_no_difference(
    stocked_app: Flask, query: str, product: str
) -> None:
    found = find(stocked_app, query)
    assert products(found) == [product]
    assert not found.corrected


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("semx", "Semax"),
        ("smeax", "Semax"),
        ("semaxx", "Semax"),
        ("semox", "Semax"),
        ("bradykynin", "Bradykinin"),
        ("cerebrolisyn", "Cerebrolysin"),
        ("angiotensn II", "Angiotensin II"),
        ("angio tensn2", "Angiotensin II"),
        ("oxitocin", "Oxytocin"),
        ("reconstituton", "Reconstitution"),
        ("bradykinin forerm", "bradykinin forearm"),
        ("bradykininforearm", "bradykinin forearm"),
    ],
)
def test_a_mistake_is_answered_with_results_for_what_was_meant(
    stocked_app: Flask, query: str, meant: str
) -> None:
    found = find(stocked_app, query)
    assert found.corrected
    assert found.query.typed == meant
    assert found.total > 0


def test_a_word_that_finds_little_is_asked_about_beside_what_it_finds(stocked_app: Flask) -> None:
    found = find(stocked_app, "icatibant")
    assert not found.corrected and found.suggestion is None
    assert find(stocked_app, "bradykinin").suggestion is None
    near = find(stocked_app, "kinin")
    assert near.total > 0 and near.suggestion is None


def test_words_that_stand_nowhere_together_find_pages_with_some_of_them(stocked_app: Flask) -> None:
    found = find(stocked_app, "stroke zebrafish sunflower")
    assert found.only_some
    assert titles(found, Kind.MONOGRAPH) == ["Cerebrolysin"]
    assert find(stocked_app, "zebrafish sunflower").is_empty


def test_a_cas_or_catalogue_number_is_an_exact_match_and_a_name_is_not(stocked_app: Flask) -> None:
    by = [(hit.kind, hit.by, hit.written) for hit in find(stocked_app, "58822").exact]
    assert by == [
        (Kind.PRODUCT, KeyKind.CAS, "58-82-2"),
        (Kind.MONOGRAPH, KeyKind.CAS, "58-82-2"),
    ]
    assert [hit.by for hit in find(stocked_app, "NO-0107").exact] == [KeyKind.CATALOGUE]
    assert find(stocked_app, "semax").exact == ()


@pytest.mark.parametrize(
    "query",
    [
        "10.1161/01.hyp.33.6.1431",
        "https://doi.org/10.1161/01.HYP.33.6.1431",
        "PMID 10373228",
        "10373228",
    ],
)
def test_a_source_is_found_by_its_doi_and_its_pubmed_number(stocked_app: Flask, query: str) -> None:
    found = find(stocked_app, query)
    assert [title(hit) for hit in found.exact] == ["Bradykinin and forearm t-PA release"]
    assert found.exact[0].address == {"category": "cardiovascular-renal", "slug": "bradykinin", "place": 1}


def test_a_review_is_found_without_its_version(stocked_app: Flask) -> None:
    assert len(find(stocked_app, "CD007026").exact) == 2
    assert len(find(stocked_app, "CD007026.pub7").exact) == 1


def test_results_and_sources_stand_in_the_same_order_on_both_databases(stocked_app: Flask) -> None:
    found = find(stocked_app, "forearm")
    assert titles(found, Kind.MONOGRAPH) == ["Bradykinin"]
    assert titles(found, Kind.SOURCE)[:3] == [
        "Bradykinin and forearm isoprostane release",
        "Bradykinin and forearm t-PA release",
        "Forearm blood flow and nitric oxide",
    ]
    results = titles(found, Kind.OUTCOME)
    assert all("orearm" in each for each in results[:2])
    assert results == titles(find(stocked_app, "FOREARM"), Kind.OUTCOME)


def test_a_result_is_found_with_the_name_of_its_substance(stocked_app: Flask) -> None:
    found = find(stocked_app, "cerebrolysin NIHSS")
    assert titles(found, Kind.OUTCOME)
    assert {hit.details["monograph"] for hit in found.of(Kind.OUTCOME)} == {"Cerebrolysin"}
    assert find(stocked_app, "bradykinin NIHSS").only_some


def test_a_synonym_of_a_compound_finds_its_product_and_its_monograph(stocked_app: Flask) -> None:
    found = find(stocked_app, "fpf 1070")
    assert products(found) == ["Porcine brain peptide preparation"]
    assert titles(found, Kind.MONOGRAPH) == ["Cerebrolysin"]


def test_words_of_a_monograph_find_it_with_the_sentence_they_stand_in(stocked_app: Flask) -> None:
    found = find(stocked_app, "stroke")
    assert titles(found, Kind.MONOGRAPH) == ["Cerebrolysin"]
    assert products(found) == []
    pieces = found.of(Kind.MONOGRAPH)[0].excerpt.pieces
    assert {piece.text.lower() for piece in pieces if piece.is_match} == {"stroke"}


def test_only_the_current_version_of_a_monograph_is_found(stocked_app: Flask) -> None:
    assert titles(find(stocked_app, "second wording"), Kind.MONOGRAPH) == ["Cerebrolysin"]
    assert [hit.details["version"] for hit in find(stocked_app, "cerebrolysin").of(Kind.MONOGRAPH)] == [2]


def test_a_withdrawn_product_is_not_found(stocked_app: Flask) -> None:
    assert products(find(stocked_app, "bradykinin")) == ["Bradykinin"]
    assert products(find(stocked_app, "CV-0300")) == []


def test_an_exact_name_stands_before_one_that_only_begins_so(stocked_app: Flask) -> None:
    assert products(find(stocked_app, "ang"))[0] == "Angiotensin II, human"
    assert titles(find(stocked_app, "oxytocin"), Kind.MONOGRAPH)[0] == "Oxytocin"


def test_a_guide_is_found_by_its_title_and_its_words(stocked_app: Flask) -> None:
    for query in ("reconstitution", "solvent", "stock solution", "reconst"):
        assert find(stocked_app, query).pages == (GUIDE,), query
    assert find(stocked_app, "semax").pages == ()


@pytest.mark.parametrize("query", ["SMX-2609-B", "smx-2609-b", "smx2609b", "SMX–2609–B", " SMX-2610-A "])
def test_a_lot_number_is_found_in_any_spelling_and_state(stocked_app: Flask, query: str) -> None:
    found = find(stocked_app, query)
    assert found.lot is not None and found.lot.startswith("SMX-26")


def test_the_beginning_of_a_lot_number_suggests_only_lots_that_were_released(stocked_app: Flask) -> None:
    found = find(stocked_app, "SMX-26")
    assert found.lot is None
    assert list(found.lots) == ["SMX-2609-B", "SMX-2608-A", "SMX-2607-C", "SMX-2602-A"]


def test_a_mistyped_lot_number_is_answered_with_numbers_like_it(stocked_app: Flask) -> None:
    found = find(stocked_app, "SMX-2690-B")
    assert found.is_empty and found.near_lots[0] == "SMX-2609-B"
    assert "SMX-2610-A" not in find(stocked_app, "SMX-2610-B").near_lots


def test_all_of_one_kind_can_be_read_page_by_page(stocked_app: Flask) -> None:
    group = next(each for each in find(stocked_app, "cerebrolysin").groups if each.kind is Kind.OUTCOME)
    assert len(group.hits) == finding.IN_OVERVIEW < group.total
    listed: list[Hit] = []
    for page in (1, 2):
        found = find(stocked_app, "cerebrolysin", Asked(kind=Kind.OUTCOME, page=page))
        assert [each.kind for each in found.groups] == [Kind.OUTCOME]
        listed += found.groups[0].hits
    assert len(listed) == len({hit.address["record"] for hit in listed}) == group.total
    assert listed[: len(group.hits)] == list(group.hits)


@pytest.mark.parametrize(
    "query",
    ["%", "_", "%%%", "SMX_2609_B%", "\\", "'", "", "  ", "—", "\x00", "the", "of the and", "😀", "*"],
)
def test_signs_that_mean_something_to_a_database_and_common_words_find_nothing(
    stocked_app: Flask, query: str
) -> None:
    assert find(stocked_app, query).is_empty


@pytest.mark.parametrize(
    "query",
    [
        '"semax',
        "semax AND",
        "NEAR(semax, stroke)",
        "names:semax",
        "semax* OR -stroke",
        "^semax",
        "semax & | ! <->",
        "{names} : x",
        "semax:*A",
        "a" * 100_000,
        "semax " * 20_000,
        "😀 semax",
        "semax\x00",
        "семакс",
        "ס" * 300,
        "１２３",
        "ﬁﬁﬁ",
        "x'); DROP TABLE lot; --",
    ],
)
def test_what_databases_read_as_commands_is_read_as_words(stocked_app: Flask, query: str) -> None:
    find(stocked_app, query)
    assert products(find(stocked_app, "semax")) == ["Semax"]


@given(query=st.text(max_size=300))
def test_no_text_upsets_the_search(stocked_app: Flask, query: str) -> None:
    find(stocked_app, query)


def test_a_search_sends_at_most_twelve_queries(stocked_app: Flask) -> None:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    with stocked_app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        for query in ("semax", "semx", "stroke sunflower bicycle zebra", "SMX-2690-B", "semx forerm studie"):
            seen.clear()
            find(stocked_app, query)
            assert len([each for each in seen if each.lstrip().startswith(("SELECT", "WITH"))]) <= 12, query
        event.remove(db.engine, "before_cursor_execute", note)
