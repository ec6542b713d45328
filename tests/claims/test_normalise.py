"""Folding: what the rules read, and where each letter stands in what was written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shop.claims.normalise import fold, readings


def test_invisible_signs_marks_and_widths_are_folded_away() -> None:
    assert fold("We\u200bi\u00adght ＬＯＳＳ") == "weight loss"
    assert fold("tägliche Dösis") == "tagliche dosis"


def test_letters_that_look_latin_are_latin() -> None:
    assert fold("Тrеаts") == "treats"
    assert fold("10 µg and 10 μg") == "10 ug and 10 ug"


def test_a_word_taken_apart_is_put_together_in_one_of_the_readings() -> None:
    for written in ("i n j e c t", "in-ject", "in ject", "i.n.j.e.c.t", "1nject", "inj*ect"):
        assert any("inject" in reading.text for reading in readings(written)), written


def test_numbers_units_and_names_of_receptors_stay_as_they_are() -> None:
    for written in ("10 mg", "5 mL", "1 mM", "h3k4me3", "s100a8"):
        assert readings(written)[0].text == written.casefold()


@given(st.text(max_size=200))
def test_every_letter_is_traced_to_a_place_in_the_original(text: str) -> None:
    for reading in readings(text):
        assert len(reading.origin) == len(reading.text)
        assert all(0 <= place < len(text) for place in reading.origin)
        assert list(reading.origin) == sorted(reading.origin)


@given(st.text(min_size=1, max_size=60), st.data())
def test_the_words_behind_any_span_stand_in_the_original(text: str, data: st.DataObject) -> None:
    for reading in readings(text):
        if reading.text:
            start = data.draw(st.integers(0, len(reading.text) - 1))
            end = data.draw(st.integers(start + 1, len(reading.text)))
            first, last = reading.place(start, end)
            assert reading.words(start, end) == " ".join(text[first:last].split())
