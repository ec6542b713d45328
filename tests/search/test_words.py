"""What a text and a query have in common."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.search.words import (
    LONGEST_WORD,
    cas_digits,
    key,
    name_keys,
    number,
    parts_of,
    read,
    residues_in,
    words_of,
)


def test_keys_leave_out_case_accents_signs_and_hyphens_of_every_kind() -> None:
    assert key("ACTH(4–7)-Pro-Gly-Pro") == "acth47proglypro"
    assert key("Thymosin α1") == key("THYMOSIN Α-1") == key("thymosin alpha 1")
    assert key("Protéine") == "proteine"
    assert key("Angiotensin II") == key("angiotensin2") == "angiotensin2"
    assert key("Łukasz Sørensen") == "lukaszsorensen"


def test_a_name_with_a_greek_letter_is_also_known_with_the_latin_one() -> None:
    assert name_keys("Thymosin β4") == ("thymosinbeta4", "thymosinb4")
    assert name_keys("Semax") == ("semax",)


def test_words_joined_by_a_hyphen_are_found_singly_and_as_one() -> None:
    assert set(words_of("GHK-Cu and LL-37")) == {"ghk", "cu", "ghkcu", "ll", "37", "ll37"}
    assert set(words_of("Alzheimer’s")) == {"alzheimer", "s", "alzheimers"}


@pytest.mark.parametrize("typed", ["ll37", "LL-37", "ll 37", "LL‑37"])
def test_every_way_to_write_a_name_asks_for_the_same_words(typed: str) -> None:
    there = frozenset(words_of("The peptide LL-37 in skin"))
    assert all(term.is_in(there) for term in read(typed).terms)
    assert not all(term.is_in(frozenset(words_of("LL in skin"))) for term in read(typed).terms)


def test_words_on_every_page_are_not_looked_for() -> None:
    assert read("the of and").terms == ()
    assert read("salt of the peptide").words == ("salt", "peptide")


def test_a_plural_asks_for_the_singular_too() -> None:
    for typed, text in (("studies", "a study"), ("rats", "in one rat"), ("mass", "a mass")):
        assert all(term.is_in(frozenset(words_of(text))) for term in read(typed).terms), typed
    assert not any(term.is_in(frozenset(words_of("a mas"))) for term in read("mass").terms)


def test_a_short_word_or_a_number_is_looked_for_whole() -> None:
    there = frozenset(words_of("Cu 157 semax"))
    for typed, found in (("sem", True), ("se", False), ("15", False), ("157", True), ("c", False)):
        assert all(term.is_in(there) for term in read(typed).terms) is found, typed


@pytest.mark.parametrize(
    ("typed", "residues"),
    [
        ("Ac-SDAAV-NH2", "SDAAV"),
        ("H-Gly-His-Lys-OH", "GHK"),
        ("gly his lys", "GHK"),
        ("GlyHisLys", "GHK"),
        ("MetGluHisPhe", "MEHF"),
        ("DRVYIHPF", "DRVYIHPF"),
        ("drvyihpf", "DRVYIHPF"),
        ("Cys-Tyr-Ile-Gln-Asn-Cys-Pro-Leu-Gly-NH2 (disulfide bridge: Cys1-Cys6)", "CYIQNCPLG"),
        ("H-Cys(Acm)-Tyr-OH", "CY"),
        ("acetyl-Ser-Asp-Ala-amide", "SDA"),
        ("cyclo-RGDFK", "RGDFK"),
        ("CYIQNCPLG-NH₂", "CYIQNCPLG"),
        ("semax", ""),
        ("12-34", ""),
        ("", ""),
    ],
)
def test_a_sequence_is_read_in_one_letter_and_in_three_whatever_its_ends(typed: str, residues: str) -> None:
    assert (residues_in(typed) or "") == residues


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("CAS RN: 50-56-6", "50566"),
        ("CAS50-56-6", "50566"),
        ("50566", "50566"),
        ("12–656–61–0", "12656610"),
        ("123", None),
        ("5a5", None),
    ],
)
def test_a_cas_number_is_read_with_and_without_hyphens(typed: str, digits: str | None) -> None:
    assert cas_digits(typed) == digits
    if digits:
        assert number(typed) == digits


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("https://doi.org/10.1161/01.hyp.33.6.1431", "10116101hyp3361431"),
        ("doi: 10.1161/01.HYP.33.6.1431", "10116101hyp3361431"),
        ("PMID: 10373228", "10373228"),
        ("https://pubmed.ncbi.nlm.nih.gov/10373228/", "10373228"),
        ("CD007026.pub7", "cd007026pub7"),
        ("Cat. no. NO-0107", "no0107"),
        ("semax", ""),
        ("a1", ""),
    ],
)
def test_a_registered_number_is_read_with_what_people_put_before_it(typed: str, found: str) -> None:
    assert number(typed) == found


@given(st.text(max_size=300))
def test_words_are_what_both_databases_can_take_as_they_are(text: str) -> None:
    for word in words_of(text):
        assert 0 < len(word) <= LONGEST_WORD
        assert word.isalnum() and not re.search(r"[\s'\":*&|!()<>\\]", word)


@given(st.text(max_size=60))
def test_a_text_has_all_the_words_that_ask_for_it(text: str) -> None:
    there = frozenset(words_of(text))
    assert all(term.is_in(there) for term in read(text).terms)


def test_the_parts_of_a_word_are_letters_and_digits() -> None:
    assert parts_of("alpha1") == ("alpha", "1")
    assert parts_of("Á") == ("a",)
    assert parts_of("II") == ("2",)
