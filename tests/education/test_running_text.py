"""A figure in a sentence rests on a record, a property or a cited source, or it is found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from monograph_builders import GOOD

from shop.education import monograph_file
from shop.education.evidence import Seen, Source
from shop.education.monograph import MonographText, Reading, Statement
from shop.education.running_text import unsupported_figures

TEXT = monograph_file.read(GOOD)
REVIEW = Source(key="review", label="A review", seen=Seen.ABSTRACT)


def figures_of(text: MonographText, *properties: str) -> list[tuple[str, str]]:
    return [(each.part, each.figure) for each in unsupported_figures(text, properties)]


def test_figures_of_records_and_sources_are_supported() -> None:
    assert figures_of(TEXT) == []
    told = replace(TEXT, standfirst="In 24 people the difference was 0.9 (−0.10 to 1.90), P = 0.08.")
    assert figures_of(told) == []


@pytest.mark.parametrize(
    "sentence", ["In 25 people nothing changed.", "It rose by 75%.", "The gap was 0.91."]
)
def test_a_figure_that_stands_nowhere_else_is_found(sentence: str) -> None:
    (found,) = unsupported_figures(replace(TEXT, standfirst=sentence))
    assert (found.part, found.sentence) == ("standfirst", sentence)


def test_a_property_supports_a_figure() -> None:
    cold = replace(TEXT, handling="Keep it at −20 °C.")
    assert figures_of(cold) == [("handling", "20")]
    assert figures_of(cold, "Lyophilised at −20 °C") == []


def test_a_cited_source_without_records_may_give_a_figure_but_one_with_records_may_not() -> None:
    sources = (*TEXT.sources, REVIEW)
    of_review = replace(TEXT, sources=sources, what_it_is="It was found in 1931.[@review] It is old.")
    assert figures_of(of_review) == []
    assert figures_of(replace(TEXT, what_it_is="It was found in 1931.[@trial]")) == [("what_it_is", "1931")]
    beside = replace(TEXT, sources=sources, what_it_is="It has 145 residues. It was found in 1931.[@review]")
    assert figures_of(beside) == [("what_it_is", "145")]


def test_a_statement_says_where_its_figure_is_from_or_that_nobody_saw_it() -> None:
    said = Statement(text="Half of it is gone in 4 min.", seen=False)
    assert figures_of(replace(TEXT, mechanism_statements=(said,))) == []
    assert figures_of(replace(TEXT, mechanism_statements=(replace(said, seen=True),))) == [
        ("statements", "4")
    ]


def test_the_reading_has_no_figures_of_its_own() -> None:
    reading: Reading = replace(TEXT.reading, reason="One study of 24 people and another of 99.")
    assert figures_of(replace(TEXT, reading=reading)) == [("reading", "99")]
