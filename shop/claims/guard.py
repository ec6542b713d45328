"""The guard: reads a text on a surface and says what may not stand there, in the text's own words, and why.

Pure. It names what it found and never offers another wording: a euphemism would be the same claim.

Three laws hold for every rule. A disclaimer never cancels a finding: each sentence is read by itself.
"May", "studies suggest" and their like never lower one on a product surface. A statement that refuses or
denies a use ("not for human use") is no finding (see `negation`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from shop.claims.negation import without_denials
from shop.claims.normalise import Reading, readings
from shop.claims.rules import (
    ALLOWED,
    RULES,
    STATUS_MAY_NAME,
    VERSION,
    Family,
    Surface,
    Verdict,
    compiled,
    is_regulatory_status,
)
from shop.claims.ruleset import FAMILIES

LONGEST = 20_000
"""Characters of one paragraph that are read. A longer one is refused: it could hide anything."""

LONGEST_SENTENCE = 700
OVERLAP = 150


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that may not stand where it stands."""

    rule: str
    verdict: Verdict
    words: str
    """As they were written."""
    why: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What the guard says of a text."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    version: str = VERSION

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules, each once, in their order."""
        return tuple(sorted({each.rule for each in self.findings}, key=_in_order))

    @property
    def words(self) -> tuple[str, ...]:
        """The words as written, each once, in the order of the text."""
        return tuple(dict.fromkeys(each.words for each in self.findings))


class TooLong(ValueError):
    """A paragraph has more characters than are read."""


@lru_cache(maxsize=4096)
def check(text: str, surface: Surface) -> Checked:
    """Read one paragraph on a surface.

    Raises:
        TooLong: it has more than `LONGEST` characters.
    """
    if len(text) > LONGEST:
        raise TooLong(f"A paragraph has at most {LONGEST:,} characters; this one has {len(text):,}.")
    found: dict[tuple[str, str], tuple[int, Finding]] = {}
    seen: set[str] = set()
    for reading in readings(text):
        for family, start, end in _matches(reading, surface, seen):
            place, _last = reading.place(start, end)
            verdict = family.verdict_on(surface)
            finding = Finding(family.rule, verdict, reading.words(start, end), RULES[family.rule].why)
            key = (finding.rule, finding.words)
            if key not in found or found[key][1].verdict is Verdict.HOLD:
                found[key] = (place, finding)
    findings = _outermost(found.values())
    return Checked(worst(each.verdict for each in findings), findings)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """A page is blocked by one block and held by one hold: its impression is that of its worst part."""
    return max(verdicts, key=tuple(Verdict).index, default=Verdict.PASS)


def allowed(text: str) -> tuple[str, ...]:
    """Which kinds of statement that belong on a page (A1 to A7) a text holds."""
    plain = readings(text[:LONGEST])[0].text
    return tuple(each.id for each in ALLOWED if each.finds.search(plain))


_ABBREVIATED = re.compile(
    r"\b(?:e\.g|i\.e|i\.p|i\.v|s\.c|i\.m|vs|cf|ca|no|cat|fig|al|approx|st|dr|nos|spp?|resp|incl|max|min|conc|temp|vol|wt)\.[\"')\]]*$"
)


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    """Each sentence with its place. Cut after a full stop before a space, and at semicolons.

    What goes on for longer than a sentence does is read in pieces that overlap, so that reading stays quick.
    """
    start = 0
    for found in re.finditer(r"[.!?;][\"')\]]*\s+|$", text):
        stop = found.start() + len(found[0].rstrip())
        if found[0] and _ABBREVIATED.search(text, max(start, stop - 12), stop):
            continue
        yield from _pieces(text, start, found.end())
        start = found.end()


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    while end - start > LONGEST_SENTENCE:
        cut = text.rfind(" ", start + LONGEST_SENTENCE // 2, start + LONGEST_SENTENCE) + 1
        cut = cut or start + LONGEST_SENTENCE
        yield start, text[start:cut]
        start = cut - OVERLAP
    piece = text[start:end]
    if any(map(str.isalpha, piece)) or not piece.isascii():
        yield start, piece


@cache
def _counting(surface: Surface) -> tuple[tuple[Family, re.Pattern[str]], ...]:
    """The families that find something on a surface."""
    return tuple(
        (each, compiled(each.finds)) for each in FAMILIES if each.verdict_on(surface) is not Verdict.PASS
    )


def _matches(reading: Reading, surface: Surface, seen: set[str]) -> Iterator[tuple[Family, int, int]]:
    """What the families find in the sentences of a reading that no earlier one of this text had."""
    for start, sentence in _sentences(reading.text):
        if sentence in seen:
            continue
        seen.add(sentence)
        said = without_denials(sentence)
        tells_status = surface is not Surface.PRODUCT and is_regulatory_status(sentence)
        for family, expression in _counting(surface):
            found = expression.search(said)
            if found is None or (tells_status and family.rule in STATUS_MAY_NAME):
                continue
            if family.is_meant(said, reading.text):
                for each in expression.finditer(said):
                    yield family, start + each.start(), start + each.end()


def _outermost(found: Iterable[tuple[int, Finding]]) -> tuple[Finding, ...]:
    """Findings in the order of the text, without those whose words stand inside longer ones of their rule."""
    in_order = [
        finding for _place, finding in sorted(found, key=lambda each: (each[0], _in_order(each[1].rule)))
    ]
    return tuple(
        one
        for one in in_order
        if not any(
            other.rule == one.rule
            and other.verdict is one.verdict
            and one.words != other.words
            and one.words in other.words
            for other in in_order
        )
    )


def _in_order(rule: str) -> int:
    return int(rule[1:])
