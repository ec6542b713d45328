"""Text as the rules read it, with every letter traced back to the text as written.

Folding follows Unicode NFKC, lower-cases, drops marks and invisible characters, and reads letters of other
scripts that look Latin as Latin (after Unicode TR39, "confusables"). Further readings undo digits for
letters, words broken by spaces, points or dashes, and HTML (references to characters, and tags inside
words), so that a claim cannot be hidden by its spelling.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from html import unescape


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a text: its letters, and for each the place in the original it came from."""

    text: str
    origin: tuple[int, ...]
    original: str

    def words(self, start: int, end: int) -> str:
        """The original's words behind a span of the reading, whole and with runs of space made one."""
        first, last = self.place(start, end)
        return " ".join(self.original[first:last].split())

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where a span of the reading stands in the original, stretched to whole words."""
        first, last = self.origin[start], self.origin[end - 1] + 1
        while last < len(self.original) and _is_dropped(self.original[last]):
            last += 1
        while first > 0 and self.original[first - 1].isalnum() and self.original[first].isalnum():
            first -= 1
        while (
            last < len(self.original) and self.original[last].isalnum() and self.original[last - 1].isalnum()
        ):
            last += 1
        return first, last


def readings(text: str) -> tuple[Reading, ...]:
    """Every different way to read a text; the first is the plain one."""
    found: dict[str, Reading] = {}
    for folded in _with_and_without_markup(text):
        for letters in _without_digits_for_letters(folded):
            for each in (letters, _mended(letters)):
                spaced = _spaced(each)
                found.setdefault(spaced.text, spaced)
    return tuple(found.values())


_MARKUP = re.compile(
    r"&(?:\#[0-9]{1,7}|\#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});|<!--.*?-->|</?(?P<tag>[a-z][a-z0-9]{0,20})[^<>]{0,500}>",
    re.IGNORECASE | re.DOTALL,
)
_INLINE = frozenset(
    "a abbr b bdi bdo cite code em font i ins kbd mark q s small span strong sub sup u wbr".split()
)


def _with_and_without_markup(text: str) -> Iterator[Reading]:
    """The text as it stands, and as a browser would show it; what a tag holds is only in the first."""
    yield _folded(text)
    parts: list[tuple[int, str]] = []
    end = 0
    for found in _MARKUP.finditer(text):
        parts += enumerate(text[end : found.start()], start=end)
        end = found.end()
        if found["tag"] and found["tag"].casefold() not in _INLINE:
            parts.append((end - 1, " "))
        elif found[0].startswith("&"):
            parts += [(end - 1, character) for character in unescape(found[0])]
    if end:
        parts += enumerate(text[end:], start=end)
        shown = _folded("".join(character for _place, character in parts))
        yield Reading(shown.text, tuple(parts[place][0] for place in shown.origin), text)


_HOMOGLYPHS = str.maketrans(
    "авеѕіјӏкмнорсԁԛтухһԝґ" + "αβεικμνορτυχηγωϲ" + "ıłøđħŧɡɑɩʟɴʀ" + "’‘ʼ`´“”„«»" + "‐‑‒–—―−⁃﹣" + "⁄∕",
    "abesijlkmhopcdqtyxhwr" + "abeikuvoptuxnywc" + "ilodhtgailnr" + "'''''\"\"\"\"\"" + "---------" + "//",
)
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")


def fold(text: str) -> str:
    """A text's letters as the rules read them."""
    return _folded(text).text


def _is_dropped(character: str) -> bool:
    return _fold(character) == ""


@lru_cache(maxsize=4096)
def _fold(character: str) -> str:
    if character in _INVISIBLE or unicodedata.category(character) == "Cf":
        return ""
    if character.isspace() or unicodedata.category(character) in ("Cc", "Zs", "Zl", "Zp"):
        return " "
    parts = unicodedata.normalize("NFKD", character).casefold()
    kept = "".join(part for part in parts if unicodedata.category(part) not in ("Mn", "Me", "Cf"))
    return kept.translate(_HOMOGLYPHS)


def _folded(text: str) -> Reading:
    letters: list[str] = []
    origin: list[int] = []
    for place, character in enumerate(text):
        folded = _fold(character)
        if folded == " " and letters and letters[-1] == " ":
            continue
        if folded:
            letters.append(folded)
        origin.extend([place] * len(folded))
    return Reading("".join(letters), tuple(origin), text)


_LEET = str.maketrans("0345789@$€£", "oeastbgaseL".lower())
_MIXED_WORD = re.compile(r"[a-z0-9@$€£!|+]{4,40}")


def _without_digits_for_letters(reading: Reading) -> Iterator[Reading]:
    """The reading itself, and those in which digits and signs inside words are the letters they look like."""
    yield reading
    for one in "il":
        undone = _MIXED_WORD.sub(partial(_undone, one), reading.text)
        if undone != reading.text:
            yield Reading(undone, reading.origin, reading.original)


def _undone(one: str, found: re.Match[str]) -> str:
    return _as_letters(found[0], one)


def _as_letters(word: str, one: str) -> str:
    letters = sum(map(str.isalpha, word))
    if letters == len(word) or letters < 3 or letters * 2 <= len(word):
        return word
    return word.translate(_LEET).replace("1", one).replace("!", one).replace("|", one).replace("+", "t")


_SPELLED_OUT = re.compile(r"(?<![a-z0-9])(?:[a-z][ .\-_*/|~]){2,}[a-z](?![a-z0-9])")
_INSIDE_WORD = re.compile(r"(?<=[a-z])[.*_|~^+\\]{1,3}(?=[a-z])")
_HELD_TOGETHER = (
    "inject injects injected injecting injection injections injectable subcutaneous subcutaneously in"
    "tramuscular "
    "intramuscularly intranasal intranasally intravenous sublingual syringe syringes needle needles dosage "
    "dosages dosing bacteriostatic treats treating treatment therapy therapeutic cures heals healing "
    "diabetes "
    "diabetic obesity cancer disease alzheimer depression anxiety arthritis weight muscle appetite libido "
    "longevity recovery wellness bodybuilding bodybuilder athlete athletes ozempic wegovy mounjaro zepbound "
    "semaglutide tirzepatide retatrutide proven clinically approved prescription discreet discreetly "
    "testimonial protocol stack stacks cycle cycles weekly daily effective effects patients placebo sterile "
    "nasal orally titrate sleep burner burning wrinkles aging ageing slimming"
).split()
_BY_FIRST_LETTER: dict[str, list[str]] = {}
for _word in sorted(_HELD_TOGETHER, key=len, reverse=True):
    _BY_FIRST_LETTER.setdefault(_word[0], []).append(_word)


def _mended(reading: Reading) -> Reading:
    """The reading with words put together again that were taken apart letter by letter, or in the middle."""
    drop: set[int] = set()
    for found in _SPELLED_OUT.finditer(reading.text):
        drop.update(place for place in range(*found.span()) if not reading.text[place].isalpha())
        after = found.end()
        if reading.text[after - 2] == "." and reading.text[after : after + 2] == ". ":
            drop.add(after)
    for found in _INSIDE_WORD.finditer(reading.text):
        drop.update(range(*found.span()))
    drop.update(_breaks_in_words(reading.text))
    if not drop:
        return reading
    kept = [place for place in range(len(reading.text)) if place not in drop]
    return Reading(
        "".join(reading.text[place] for place in kept),
        tuple(reading.origin[place] for place in kept),
        reading.original,
    )


def _breaks_in_words(text: str) -> Iterator[int]:
    """Places of what stands inside a word of the vocabulary that would be one word without it."""
    places = [place for place, letter in enumerate(text) if letter.isalpha()]
    squeezed = "".join(text[place] for place in places)
    for index, first in enumerate(places):
        if first and text[first - 1].isalnum():
            continue
        for word in _BY_FIRST_LETTER.get(squeezed[index], ()):
            if squeezed.startswith(word, index):
                last = places[index + len(word) - 1]
                inside = [place for place in range(first, last) if not text[place].isalpha()]
                ends_word = last + 1 == len(text) or not text[last + 1].isalnum()
                if inside and ends_word and len(inside) <= len(word) and _are_breaks(text, inside):
                    yield from inside


def _are_breaks(text: str, places: list[int]) -> bool:
    return all(text[place] in " -._*/|~'" for place in places)


_JOINING = re.compile(r"(?<=[a-z0-9])[-_](?=[a-z])|(?<=[a-z])[-_](?=[0-9])")


def _spaced(reading: Reading) -> Reading:
    """Hyphens and underscores inside compounds read as spaces: "weight-loss" is "weight loss"."""
    return Reading(_JOINING.sub(" ", reading.text), reading.origin, reading.original)
