"""The words of a version of the statement, as staff write them and as they are kept.

Clauses are written as plain lines: `# ` begins a heading, each line below it is a sentence. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shop.attestations.models import Asked, StatementVersion
from shop.attestations.statements import numbered, text_sha256
from shop.core.errors import Refused
from shop.core.language import gettext as _

PLACES = ("{organisation}", "{country}")
"""What is filled in for each buyer, in sentences only: see `statements.fill_in`."""
LONGEST_HEADING = 120
LONGEST_SENTENCE = 2_000
LONGEST_PREAMBLE = 4_000
MOST_CLAUSES = 30
MOST_SENTENCES = 30
"""Under one heading. The limits are the shop's own, so that a statement stays one that people read."""

_BRACED = re.compile(r"\{[^{}]*\}|[{}]")
_NUMBER = re.compile(r"\d+(?:\.\d+)+\.?\s")


@dataclass(frozen=True, kw_only=True)
class WrittenClause:
    """A heading, answered as a whole, with its sentences without their numbers."""

    heading: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Words:
    """Everything a version says and asks."""

    preamble: str
    clauses: tuple[WrittenClause, ...]
    asks: frozenset[Asked] = frozenset()

    @property
    def as_kept(self) -> list[tuple[str, str]]:
        """Heading and text of each clause, its sentences numbered."""
        return [
            (each.heading, numbered(position, each.sentences))
            for position, each in enumerate(self.clauses, start=1)
        ]

    @property
    def sha256(self) -> str:
        """The hash that a version of these words has."""
        return text_sha256(self.preamble, self.as_kept, tuple(self.asks))

    @property
    def as_lines(self) -> str:
        """The clauses as staff write them."""
        return "\n\n".join("\n".join([f"# {each.heading}", *each.sentences]) for each in self.clauses)


def words_of(version: StatementVersion) -> Words:
    """What a version says, numbers of sentences aside."""
    return Words(
        preamble=version.preamble,
        clauses=tuple(
            WrittenClause(
                heading=clause.heading, sentences=tuple(_without_numbers(clause.position, clause.text))
            )
            for clause in version.clauses
        ),
        asks=frozenset(Asked(each) for each in version.asks or ()),
    )


def _without_numbers(position: int, text: str) -> Iterator[str]:
    for number, sentence in enumerate(text.split("\n"), start=1):
        yield sentence.removeprefix(f"{position}.{number} ")


def read_preamble(text: str) -> str:
    """The preamble as one paragraph.

    Raises:
        Refused: it is empty or too long, or holds a place that is filled in only in sentences.
    """
    preamble = " ".join(text.split())
    if not preamble:
        raise Refused(_("Write what a buyer reads before the clauses."))
    if len(preamble) > LONGEST_PREAMBLE:
        raise Refused(_("Use at most %(most)s characters.", most=f"{LONGEST_PREAMBLE:,}"))
    if found := _BRACED.search(preamble):
        raise Refused(_("Nothing is filled in here, so %(place)s would stand as it is.", place=found[0]))
    return preamble


def read_clauses(text: str) -> tuple[WrittenClause, ...]:
    """The clauses from their lines; empty lines mean nothing.

    Raises:
        Refused: a line cannot be part of a statement; the sentence names it by its number.
    """
    clauses: list[tuple[str, list[str]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = " ".join(line.split())
        if not words:
            continue
        if words.startswith("#"):
            clauses.append((_heading(number, words), []))
        elif clauses:
            clauses[-1][1].append(_sentence(number, words))
        else:
            raise Refused(
                _(
                    "Line %(number)s: begin with a heading, such as “# Laboratory research only”.",
                    number=number,
                )
            )
    _refuse_odd_shape(clauses)
    return tuple(WrittenClause(heading=heading, sentences=tuple(below)) for heading, below in clauses)


def _heading(number: int, words: str) -> str:
    heading = words.removeprefix("#").strip()
    if not heading or heading.startswith("#"):
        raise Refused(_("Line %(number)s: write the heading after one #.", number=number))
    if len(heading) > LONGEST_HEADING:
        raise Refused(
            _(
                "Line %(number)s: a heading has at most %(most)s characters.",
                number=number,
                most=LONGEST_HEADING,
            )
        )
    if found := _BRACED.search(heading):
        raise Refused(
            _(
                "Line %(number)s: nothing is filled in in a heading, so %(place)s would stand as it is.",
                number=number,
                place=found[0],
            )
        )
    return heading


def _sentence(number: int, words: str) -> str:
    if len(words) > LONGEST_SENTENCE:
        raise Refused(
            _(
                "Line %(number)s: a sentence has at most %(most)s characters.",
                number=number,
                most=f"{LONGEST_SENTENCE:,}",
            )
        )
    if _NUMBER.match(words):
        raise Refused(
            _("Line %(number)s: leave the number out. Sentences are numbered in their order.", number=number)
        )
    for found in _BRACED.findall(words):
        if found not in PLACES:
            raise Refused(
                _(
                    "Line %(number)s: %(place)s is not filled in. What can be is %(places)s.",
                    number=number,
                    place=found,
                    places=_("{organisation} and {country}"),
                )
            )
    return words


def _refuse_odd_shape(clauses: list[tuple[str, list[str]]]) -> None:
    if not clauses:
        raise Refused(_("Write at least one clause: a line with # and its heading, and sentences below it."))
    if len(clauses) > MOST_CLAUSES or any(len(below) > MOST_SENTENCES for _heading, below in clauses):
        raise Refused(
            _(
                "Write at most %(clauses)s clauses of at most %(sentences)s sentences.",
                clauses=MOST_CLAUSES,
                sentences=MOST_SENTENCES,
            )
        )
    if empty := [heading for heading, below in clauses if not below]:
        raise Refused(_("Write a sentence below “%(heading)s”.", heading=empty[0]))
    if twice := _first_repeated(heading for heading, _below in clauses):
        raise Refused(_("“%(heading)s” stands over two clauses. Give each its own heading.", heading=twice))


def _first_repeated(headings: Iterable[str]) -> str:
    seen: set[str] = set()
    for heading in headings:
        if heading.casefold() in seen:
            return heading
        seen.add(heading.casefold())
    return ""
