"""Grades against texts counted by hand, and the time a monograph asks for."""

from __future__ import annotations

import pytest

from shop.education import monograph_file
from shop.education.readability import grade, reading_minutes, sentences, summary_grade, syllables, words

NOTHING = """\
format: monograph/1
compound: x
title: X
standfirst: X
change_note: X
author: A
verified_by: B
reviewed_on: '2026-11-20'
reading:
  verdict: uncertain
  reason: X
  favourable: {text: X}
  uncertain: {text: X}
  no_benefit: {text: X}
"""


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("a", 1),
        ("the", 1),
        ("trial", 1),
        ("rate", 1),
        ("table", 2),
        ("people", 2),
        ("reported", 3),
        ("moved", 1),
        ("wanted", 2),
        ("receptor", 3),
        ("neurological", 5),
        ("0.71", 3),
        ("1,070", 4),
        ("NK1", 2),
        ("follow-up", 3),
    ],
)
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_decimals_and_abbreviations_do_not_end_a_sentence_unless_a_space_follows() -> None:
    assert sentences("It was 0.71 in all. It rose to 1,070 people! Why?\n\n- an item\n- another") == 5
    assert words("P<0.05, 95% CI 0.63–0.79") == ["P", "0.05", "95", "CI", "0.63", "0.79"]


def test_the_grade_is_that_of_the_published_formula() -> None:
    # 10 words, 2 sentences, 11 syllables.
    assert grade("The cat sat on it. A table was not there.") == pytest.approx(0.39 * 5 + 11.8 * 1.1 - 15.59)
    assert grade("") == 0


def test_long_sentences_of_long_words_are_harder() -> None:
    easy = "The trial was small. It found no gap."
    hard = (
        "Notwithstanding considerable methodological heterogeneity, investigators enthusiastically "
        "characterised the neuroprotective potential of the intervention."
    )
    assert grade(easy) < 4 < 15 < grade(hard)


def test_citations_are_no_part_of_a_summary() -> None:
    text = monograph_file.read(
        NOTHING
        + "summary: The trial was small.[@one]\nsources:\n  - {key: one, label: One, seen: abstract}\n"
    )
    assert summary_grade(text) == grade("The trial was small.")


def test_reading_takes_at_least_a_minute_and_grows_with_the_text() -> None:
    assert reading_minutes(monograph_file.read(NOTHING)) == 1
    assert reading_minutes(monograph_file.read(NOTHING + f"findings: {'word ' * 2000}\n")) == 9
