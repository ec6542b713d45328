"""Finding by name, number and sequence, the same on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from databases import ENGINES
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from stocked import open_shop

from shop.core.database import reading
from shop.search import finding
from shop.search.finding import NOTHING, Found, cas_digits, key, matches_words, residues_in


@pytest.fixture(scope="module", params=ENGINES)
def stocked_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with open_shop(request, tmp_path_factory, request.param) as app:
        yield app


def find(app: Flask, query: str) -> Found:
    with app.app_context(), reading() as session:
        return finding.find(session, query)


def names(found: Found) -> list[str]:
    return [product.name for product in found.products]


def titles(found: Found) -> list[str]:
    return [monograph.title for monograph in found.monographs]


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
        "MEHFPGP",
        "mehfpgp",
        "H-Met-Glu-His-Phe-Pro-Gly-Pro-OH",
        "met glu his phe pro gly pro",
        "ACTH(4-7)-Pro-Gly-Pro",
        "acth 4-7",
        "EHFP",
    ],
)
def test_a_product_is_found_by_everything_it_is_known_by(stocked_app: Flask, query: str) -> None:
    assert names(find(stocked_app, query)) == ["Semax"]


def test_a_cas_or_catalogue_number_is_an_exact_match_and_a_name_is_not(stocked_app: Flask) -> None:
    assert [product.by for product in find(stocked_app, "80714610").exact] == ["cas"]
    assert [product.by for product in find(stocked_app, "NO-0107").exact] == ["catalogue_number"]
    assert find(stocked_app, "semax").exact == ()


def test_a_synonym_of_a_compound_finds_its_product_and_its_monograph(stocked_app: Flask) -> None:
    found = find(stocked_app, "fpf 1070")
    assert names(found) == ["Porcine brain peptide preparation"]
    assert titles(found) == ["Cerebrolysin"]


def test_words_of_a_standfirst_find_a_monograph_and_no_product(stocked_app: Flask) -> None:
    found = find(stocked_app, "stroke")
    assert titles(found) == ["Cerebrolysin"]
    assert names(found) == []


def test_a_withdrawn_product_is_not_found(stocked_app: Flask) -> None:
    assert names(find(stocked_app, "bradykinin")) == ["Bradykinin"]


def test_an_exact_name_stands_before_one_that_only_begins_so(stocked_app: Flask) -> None:
    assert names(find(stocked_app, "peptide")) == ["Porcine brain peptide preparation"]
    assert names(find(stocked_app, "ang"))[0] == "Angiotensin II, human"


@pytest.mark.parametrize("query", ["SMX-2609-B", "smx-2609-b", "smx2609b", "SMX–2609–B", " SMX-2610-A "])
def test_a_lot_number_is_found_in_any_spelling_and_state(stocked_app: Flask, query: str) -> None:
    found = find(stocked_app, query)
    assert found.lot is not None and found.lot.startswith("SMX-26")


def test_the_beginning_of_a_lot_number_suggests_only_lots_that_were_released(stocked_app: Flask) -> None:
    found = find(stocked_app, "SMX-26")
    assert found.lot is None
    assert list(found.lots) == ["SMX-2609-B", "SMX-2608-A", "SMX-2607-C", "SMX-2602-A"]


@pytest.mark.parametrize("query", ["%", "_", "%%%", "SMX_2609_B%", "\\", "'", "S%X", "", "  ", "—", "\x00"])
def test_signs_that_mean_something_to_a_database_match_nothing(stocked_app: Flask, query: str) -> None:
    assert find(stocked_app, query).products == ()
    assert find(stocked_app, query).lots == ()


@given(query=st.text(max_size=300))
def test_no_text_upsets_the_search(stocked_app: Flask, query: str) -> None:
    find(stocked_app, query)


def test_an_empty_query_finds_nothing(stocked_app: Flask) -> None:
    assert find(stocked_app, "") == NOTHING


def test_keys_leave_out_case_accents_and_signs() -> None:
    assert key("ACTH(4–7)-Pro-Gly-Pro") == "acth47proglypro"
    assert key("Thymosin α1") == key("THYMOSIN Α-1")
    assert key("Protéine") == "proteine"


@pytest.mark.parametrize(
    ("typed", "residues"),
    [
        ("Ac-SDAAV-NH2", "SDAAV"),
        ("H-Gly-His-Lys-OH", "GHK"),
        ("gly his lys", "GHK"),
        ("DRVYIHPF", "DRVYIHPF"),
        ("semax", None),
        ("12-34", None),
        ("", None),
    ],
)
def test_a_sequence_is_read_in_one_letter_and_in_three(typed: str, residues: str | None) -> None:
    assert residues_in(typed) == residues


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("CAS RN: 50-56-6", "50566"),
        ("50566", "50566"),
        ("12–656–61–0", "12656610"),
        ("123", None),
        ("5a5", None),
    ],
)
def test_a_cas_number_is_read_with_and_without_hyphens(typed: str, digits: str | None) -> None:
    assert cas_digits(typed) == digits


def test_every_word_of_a_query_has_to_begin_a_word() -> None:
    assert matches_words("conc calc", "Concentration calculator")
    assert not matches_words("conc dose", "Concentration calculator")
    assert not matches_words("...", "Concentration")
