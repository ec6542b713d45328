"""The words of a version as staff write them, and two versions beside each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.attestations.models import Asked, StatementClause, StatementVersion
from shop.attestations.statement_changes import Kind, Row, Side, side_by_side
from shop.attestations.statement_text import (
    LONGEST_HEADING,
    Words,
    WrittenClause,
    read_clauses,
    read_preamble,
    words_of,
)
from shop.core.errors import Refused

LINES = """
#  Laboratory research only
For laboratory research by {organisation}.
Nothing   else.

# Lawful
Lawful in {country}.
"""
CLAUSES = (
    WrittenClause(
        heading="Laboratory research only",
        sentences=("For laboratory research by {organisation}.", "Nothing else."),
    ),
    WrittenClause(heading="Lawful", sentences=("Lawful in {country}.",)),
)


def kept(words: Words) -> StatementVersion:
    """A version as the database has it."""
    return StatementVersion(
        preamble=words.preamble,
        asks=[each.value for each in words.asks],
        text_sha256=words.sha256,
        clauses=[
            StatementClause(position=position, heading=heading, text=text)
            for position, (heading, text) in enumerate(words.as_kept, start=1)
        ],
    )


def test_lines_are_read_as_headings_with_numbered_sentences() -> None:
    assert read_clauses(LINES) == CLAUSES
    words = Words(preamble="Read.", clauses=CLAUSES)
    assert words.as_kept == [
        ("Laboratory research only", "1.1 For laboratory research by {organisation}.\n1.2 Nothing else."),
        ("Lawful", "Lawful in {country}."),
    ]


heads = st.lists(st.sampled_from(["One", "Two", "Three", "Four"]), min_size=1, max_size=4, unique=True)
below = st.lists(st.sampled_from(["In {country}.", "By {organisation}.", "Never."]), min_size=1, max_size=3)


@given(heads, st.data())
def test_what_is_kept_is_written_and_read_back_to_the_same_words_and_hash(
    headings: list[str], data: st.DataObject
) -> None:
    clauses = tuple(WrittenClause(heading=each, sentences=tuple(data.draw(below))) for each in headings)
    words = Words(preamble="Read.", clauses=clauses, asks=frozenset({Asked.ELECTRONIC}))
    again = words_of(kept(words))
    assert again == words
    assert read_clauses(again.as_lines) == clauses
    assert again.sha256 == words.sha256


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("", "at least one clause"),
        ("For research.", "Line 1: begin with a heading"),
        ("# A\nx\n#\ny", "Line 3: write the heading"),
        ("## A\nx", "Line 1: write the heading"),
        (f"# {'A' * (LONGEST_HEADING + 1)}\nx", "Line 1: a heading has at most 120"),
        ("# For {country}\nx", "Line 1: nothing is filled in in a heading, so {country}"),
        ("# A\nFor {Organisation}.", "Line 2: {Organisation} is not filled in"),
        ("# A\nFor {organization}.", "What can be is {organisation} and {country}"),
        ("# A\nFor {organisation.", "Line 2: { is not filled in"),
        ("# A\nFor }.", "Line 2: } is not filled in"),
        ("# A\nFor {}.", "Line 2: {} is not filled in"),
        ("# A\n1.1 For research.", "Line 2: leave the number out"),
        ("# A\n" + "x" * 2001, "Line 2: a sentence has at most 2,000"),
        ("# A\nx\n# B", "Write a sentence below “B”"),
        ("# A\nx\n# a\ny", "“a” stands over two clauses"),
        ("\n".join(f"# {number}\nx" for number in range(31)), "at most 30 clauses"),
    ],
)
def test_lines_that_are_no_clauses_are_refused_by_their_number(lines: str, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        read_clauses(lines)
    assert sentence in str(refused.value)


def test_a_preamble_is_one_paragraph_in_which_nothing_is_filled_in() -> None:
    assert read_preamble(" Please\n\nread. ") == "Please read."
    for text, sentence in (
        (" \n", "Write what a buyer reads"),
        ("For {organisation}.", "{organisation} would stand as it is"),
        ("x" * 4001, "at most 4,000"),
    ):
        with pytest.raises(Refused) as refused:
            read_preamble(text)
        assert sentence in str(refused.value)


def text_of(side: Side | None) -> str | None:
    """A line as a reader has it, what differs in brackets."""
    if side is None:
        return None
    words = "".join(f"[{piece.text}]" if piece.differs else piece.text for piece in side.pieces)
    return f"{side.number} {words}".strip()


def beside(rows: list[Row]) -> list[tuple[str | None, str | None]]:
    """Only the lines that differ."""
    return [(text_of(row.old), text_of(row.new)) for row in rows if row.differs]


def test_what_changed_stands_side_by_side_with_the_words_that_differ() -> None:
    old = Words(preamble="Please read.", clauses=CLAUSES, asks=frozenset({Asked.APPROVAL}))
    new = Words(
        preamble="Please read this.",
        clauses=(
            WrittenClause(heading="Trained staff", sentences=("Trained people receive it.",)),
            WrittenClause(
                heading="Laboratory research only",
                sentences=("For laboratory research by {organisation} only.", "Nothing else."),
            ),
        ),
        asks=frozenset({Asked.APPROVAL, Asked.ELECTRONIC}),
    )
    rows = side_by_side(old, new)
    assert beside(rows) == [
        ("Please[ read.]", "Please[ read this.]"),
        (None, "1 [Trained staff]"),
        (None, "1.1 [Trained people receive it.]"),
        (
            "1.1 For laboratory research by[ {organisation}.]",
            "2.1 For laboratory research by[ {organisation} only.]",
        ),
        ("2 [Lawful]", None),
        ("2.1 [Lawful in {country}.]", None),
        (None, "[electronic]"),
    ]
    same = [row for row in rows if not row.differs]
    assert [(text_of(row.old), text_of(row.new)) for row in same] == [
        ("1 Laboratory research only", "2 Laboratory research only"),
        ("1.2 Nothing else.", "2.2 Nothing else."),
        ("approval", "approval"),
    ]


def test_without_a_version_before_every_line_is_new_and_a_version_differs_from_itself_in_none() -> None:
    words = Words(preamble="Read.", clauses=CLAUSES)
    rows = side_by_side(None, words)
    assert [row.kind for row in rows] == [
        *(Kind.PREAMBLE, Kind.HEADING, Kind.SENTENCE, Kind.SENTENCE, Kind.HEADING, Kind.SENTENCE)
    ]
    assert all(row.old is None and row.differs for row in rows)
    assert beside(side_by_side(words, words)) == []


@given(st.lists(below, min_size=1, max_size=4), st.lists(below, min_size=1, max_size=4))
def test_no_line_of_either_version_is_left_out(one: list[list[str]], other: list[list[str]]) -> None:
    old, new = (
        Words(
            preamble="Read.",
            clauses=tuple(
                WrittenClause(heading=f"H{number}", sentences=tuple(sentences))
                for number, sentences in enumerate(each)
            ),
        )
        for each in (one, other)
    )
    rows = side_by_side(old, new)
    for words, sides in ((old, [row.old for row in rows]), (new, [row.new for row in rows])):
        read = ["".join(piece.text for piece in side.pieces) for side in sides if side]
        assert read == [
            words.preamble,
            *(line for clause in words.clauses for line in (clause.heading, *clause.sentences)),
        ]
