"""The glossary as data: every word defined once, in plain words, leading somewhere that exists."""

from __future__ import annotations

import re

import pytest

from shop.education import glossary, learning
from shop.education.glossary import Term

TERMS = glossary.in_order()
ASKED_FOR = (
    "lot",
    "retest date",
    "net peptide content",
    "purity by area",
    "monoisotopic mass",
    "average mass",
    "counter-ion",
    "TFA salt",
    "confidence interval",
    "mean difference",
    "risk ratio",
    "intention-to-treat",
    "per-protocol",
    "Mann-Whitney measure",
    "fill date",
)


@pytest.mark.parametrize("word", ASKED_FOR)
def test_the_words_of_the_house_are_defined(word: str) -> None:
    assert glossary.named(word) is not None


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.slug)
def test_a_term_is_a_sentence_with_a_place_of_its_own(term: Term) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", term.slug)
    assert term.text.endswith(".") and 30 < len(term.text) < 320
    assert not term.read or term.read in learning.PAGES
    assert not re.search(r"\b(dose|dosage|inject|patient|units)\b", term.text, re.IGNORECASE)


def test_labels_of_pages_lead_to_their_terms_in_any_case() -> None:
    assert glossary.named("Retest by") == glossary.terms()["retest-date"]
    assert glossary.named(" purity ") == glossary.terms()["purity-by-area"]
    assert glossary.named("Appearance") is None
