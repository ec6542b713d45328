"""What of a found text is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shop.search.excerpts import NONE, Excerpt, excerpt, marked
from shop.search.words import read

PASSAGES = (
    ("summary", "Trials in stroke were small. One of them did not find a difference in recovery."),
    ("mechanism", "In rats, thymosin α1 binds TLR9 (Kd 4.5 µM). Nothing is known in people."),
)


def shown(found: Excerpt) -> str:
    return "".join(f"[{piece.text}]" if piece.is_match else piece.text for piece in found.pieces)


def test_the_passage_with_the_most_of_the_words_is_shown_from_the_first_sentence_with_them() -> None:
    found = excerpt(PASSAGES, read("recovery difference").terms)
    assert found.place == "summary"
    assert shown(found) == "One of them did not find a [difference] in [recovery]."


def test_greek_letters_are_marked_for_those_who_type_them_out() -> None:
    found = excerpt(PASSAGES, read("thymosin alpha1").terms)
    assert shown(found) == "In rats, [thymosin] [α1] binds TLR9 (Kd 4.5 µM). Nothing is known in people."


def test_a_number_alone_is_marked_only_beside_a_word() -> None:
    pieces = marked("LL-37 at 37 °C", read("ll37").terms)
    assert [piece.text for piece in pieces if piece.is_match] == ["LL", "37"]
    assert [piece.text for piece in marked("at 37 °C", read("37").terms) if piece.is_match] == ["37"]


def test_without_a_match_the_beginning_is_shown_and_nothing_is_marked() -> None:
    found = excerpt(PASSAGES, read("zebrafish").terms)
    assert shown(found).startswith("Trials in stroke were small.")
    assert excerpt([], read("zebrafish").terms) == NONE


def test_a_sentence_is_never_cut_at_its_front() -> None:
    text = "A first sentence. Very " + "very " * 200 + "long stroke."
    found = shown(excerpt([("", text)], read("stroke").terms))
    assert found.startswith("Very very") and found.endswith(" …")


@given(text=st.text(max_size=200), typed=st.text(max_size=30))
def test_marking_keeps_the_text_as_it_is(text: str, typed: str) -> None:
    assert "".join(piece.text for piece in marked(text, read(typed).terms)) == text
