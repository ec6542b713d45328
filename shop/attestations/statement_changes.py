"""Two versions of the statement side by side: which lines stand together, and the words that differ. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from shop.attestations.models import Asked
from shop.attestations.statement_text import Words

ALIKE = 0.5
"""From this share of equal words on, a line that differs is the other one changed. The shop's own figure."""


class Kind(StrEnum):
    """What a line is."""

    PREAMBLE = "preamble"
    HEADING = "heading"
    SENTENCE = "sentence"
    ASKED = "asked"


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some words of a line, and whether the other side lacks them."""

    text: str
    differs: bool


@dataclass(frozen=True, kw_only=True)
class Side:
    """A line as one version has it."""

    number: str
    """As printed: 2 for a heading, 2.1 for a sentence; empty for the others."""
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, kw_only=True)
class Row:
    """What stands beside each other; None where a version has nothing there."""

    kind: Kind
    old: Side | None
    new: Side | None

    @property
    def differs(self) -> bool:
        """Whether the words do; a line that only has another number is the same."""
        sides = (self.old, self.new)
        return None in sides or any(piece.differs for side in sides if side for piece in side.pieces)


@dataclass(frozen=True)
class _Line:
    kind: Kind
    number: str
    text: str

    @property
    def key(self) -> tuple[Kind, str]:
        return self.kind, self.text


def side_by_side(old: Words | None, new: Words) -> list[Row]:
    """Every line of both, in the order of the new version; all are new where there was no version before."""
    before, after = list(_lines(old)) if old else [], list(_lines(new))
    matcher = SequenceMatcher(
        None, [each.key for each in before], [each.key for each in after], autojunk=False
    )
    rows: list[Row] = []
    for tag, from_old, to_old, from_new, to_new in matcher.get_opcodes():
        if tag == "equal":
            rows += [
                _row(*pair) for pair in zip(before[from_old:to_old], after[from_new:to_new], strict=True)
            ]
        else:
            rows += [_row(*pair) for pair in _paired(before[from_old:to_old], after[from_new:to_new])]
    return rows


def _lines(words: Words) -> Iterator[_Line]:
    yield _Line(Kind.PREAMBLE, "", words.preamble)
    for position, clause in enumerate(words.clauses, start=1):
        yield _Line(Kind.HEADING, str(position), clause.heading)
        for number, sentence in enumerate(clause.sentences, start=1):
            yield _Line(Kind.SENTENCE, f"{position}.{number}", sentence)
    for asked in Asked:
        if asked in words.asks:
            yield _Line(Kind.ASKED, "", asked.value)


def _paired(old: Sequence[_Line], new: Sequence[_Line]) -> Iterator[tuple[_Line | None, _Line | None]]:
    """Lines that changed beside what they became, in order; the others alone."""
    next_new = 0
    for line in old:
        found = next(
            (place for place in range(next_new, len(new)) if _is_the_same_changed(line, new[place])), None
        )
        if found is None:
            yield line, None
            continue
        yield from ((None, each) for each in new[next_new:found])
        yield line, new[found]
        next_new = found + 1
    yield from ((None, each) for each in new[next_new:])


def _is_the_same_changed(old: _Line, new: _Line) -> bool:
    if old.kind != new.kind or old.kind == Kind.ASKED:
        return False
    if old.kind == Kind.PREAMBLE:
        return True
    return SequenceMatcher(None, old.text.split(), new.text.split(), autojunk=False).ratio() >= ALIKE


def _row(old: _Line | None, new: _Line | None) -> Row:
    kind = (new or old or _Line(Kind.PREAMBLE, "", "")).kind
    if old is None or new is None:
        return Row(kind=kind, old=_alone(old), new=_alone(new))
    one, other = re.findall(r"\s*\S+", old.text), re.findall(r"\s*\S+", new.text)
    was: list[Piece] = []
    now: list[Piece] = []
    for tag, from_old, to_old, from_new, to_new in SequenceMatcher(
        None, one, other, autojunk=False
    ).get_opcodes():
        for pieces, text in ((was, "".join(one[from_old:to_old])), (now, "".join(other[from_new:to_new]))):
            if text:
                pieces.append(Piece(text=text, differs=tag != "equal"))
    return Row(
        kind=kind,
        old=Side(number=old.number, pieces=tuple(was)),
        new=Side(number=new.number, pieces=tuple(now)),
    )


def _alone(line: _Line | None) -> Side | None:
    if line is None:
        return None
    return Side(number=line.number, pieces=(Piece(text=line.text, differs=True),))
