"""What of a found text is shown: whole sentences, with the words that were looked for marked.

Sentences are never cut at the front, and at the end only where one is too long for a list, so that no "not"
of a result gets lost. Text and marks are apart here; the template escapes the one and writes the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shop.search.words import Term, parts_of

LONGEST = 320
"""Characters of an excerpt to which a further sentence is added no more."""
LONGEST_SENTENCE = 600

_SENTENCE = re.compile(r"(?<=[a-z)\]%\d”’][.!?])\s+(?=[A-Z“(\d])")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, and whether it is what was looked for."""

    text: str
    is_match: bool = False


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A few sentences from a place on a page. Without a match in it, the page's own beginning."""

    place: str
    pieces: tuple[Piece, ...]


NONE = Excerpt("", ())


def excerpt(passages: Iterable[Sequence[str]], terms: Sequence[Term]) -> Excerpt:
    """The first passage with the most of the terms, from the first sentence that has one.

    Args:
        passages: pairs of a place and a text.
    """
    listed = [(place, text) for place, text in passages if text]
    if not listed:
        return NONE
    place, text = _best(_likely(listed, terms), terms) or _best(listed, terms) or listed[0]
    return Excerpt(place, marked(_sentences(text, terms), terms))


def sentences(text: str) -> list[str]:
    """A text sentence by sentence."""
    return _SENTENCE.split(text)


def marked(text: str, terms: Sequence[Term]) -> tuple[Piece, ...]:
    """A text with what was looked for in it marked, in order and without a gap."""
    pieces: list[Piece] = []
    end = 0
    for start, stop in _matches(text, terms):
        if start > end:
            pieces.append(Piece(text[end:start]))
        pieces.append(Piece(text[start:stop], is_match=True))
        end = stop
    if end < len(text):
        pieces.append(Piece(text[end:]))
    return tuple(pieces)


def _likely(passages: Sequence[tuple[str, str]], terms: Sequence[Term]) -> list[tuple[str, str]]:
    """The passages that a quick look does not rule out; it does not see through accents or Greek letters."""
    wanted = {word.text for term in terms for way in term.ways for word in way}
    return [each for each in passages if any(word in each[1].lower() for word in wanted)]


def _best(passages: Iterable[tuple[str, str]], terms: Sequence[Term]) -> tuple[str, str] | None:
    """The first passage with the most of the terms; None where none has any."""
    best, most = None, 0
    for each in passages:
        count = _count(each[1], terms)
        if count > most:
            best, most = each, count
        if most == len(terms):
            break
    return best


def _count(text: str, terms: Sequence[Term]) -> int:
    there = frozenset(_words(text))
    return sum(term.is_in(there) for term in terms)


def _words(text: str) -> Iterator[str]:
    before: tuple[str, ...] = ()
    for match in _WORD.finditer(text):
        parts = parts_of(match.group())
        yield from parts
        yield "".join(parts)
        yield "".join((*before, *parts))
        before = parts


def _sentences(text: str, terms: Sequence[Term]) -> str:
    found = sentences(text)
    counts = [_count(sentence, terms) for sentence in found]
    first = counts.index(max(counts)) if any(counts) else 0
    shown = found[first]
    for each in found[first + 1 :]:
        if len(shown) + len(each) >= LONGEST:
            break
        shown += f" {each}"
    if len(shown) > LONGEST_SENTENCE:
        shown = f"{shown[:LONGEST_SENTENCE].rsplit(' ', 1)[0]} …"
    return shown


def _matches(text: str, terms: Sequence[Term]) -> Iterator[tuple[int, int]]:
    """Where in a text words stand that were looked for. A bare number counts only beside such a word."""
    wanted = [word for term in terms for way in term.ways for word in way]
    only_numbers = all(word.text.isdigit() for word in wanted)
    previous = False
    for match in _WORD.finditer(text):
        parts = parts_of(match.group())
        hits = [part for part in (*parts, "".join(parts)) if any(word.is_in(part) for word in wanted)]
        is_match = bool(hits) and (only_numbers or previous or not all(hit.isdigit() for hit in hits))
        if is_match:
            yield match.span()
        previous = is_match
