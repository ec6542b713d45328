"""How hard a text is to read, and how long it takes.

Flesch-Kincaid grade: Kincaid, Fishburne, Rogers and Chissom, "Derivation of new readability formulas for Navy
enlisted personnel" (1975). Syllables are counted by a rule of thumb, so a grade is good to about one year.
"""

from __future__ import annotations

import math
import re

from shop.education import markdown
from shop.education.monograph import SECTIONS, MonographText

HIGHEST_GRADE_OF_SUMMARY = 10
"""The grade a plain-language summary may have."""
WORDS_PER_MINUTE = 238
"""Silent reading of English non-fiction by adults (Brysbaert, J Mem Lang 2019;109:104047)."""

_WORD = re.compile(r"[A-Za-zÀ-ɏ0-9]+(?:['’.,-]?[A-Za-zÀ-ɏ0-9]+)*")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n+")
_VOWELS = re.compile(r"[aeiouyà-ɏ]+")


def words(text: str) -> list[str]:
    """The words of a plain text; a number such as 1,070 or 0.71 is one word."""
    return _WORD.findall(text)


def sentences(text: str) -> int:
    """How many sentences, list items and headings hold a word."""
    return sum(1 for part in _SENTENCE_END.split(text) if words(part))


def syllables(word: str) -> int:
    """Groups of vowels, a silent final e taken off; one for each digit, and for a word without a vowel."""
    parts = re.findall(r"[0-9]+|[^0-9\W]+", word.casefold())
    return sum(len(part) if part[0].isdigit() else _syllables(part) for part in parts)


def _syllables(letters: str) -> int:
    count = len(_VOWELS.findall(letters))
    silent_e = letters.endswith("e") and not letters.endswith(("le", "ee", "ie", "oe", "ue", "ye"))
    silent_ed = letters.endswith("ed") and not letters.endswith(("ted", "ded"))
    if (silent_e or silent_ed) and count > 1:
        count -= 1
    return max(1, count)


def grade(text: str) -> float:
    """Flesch-Kincaid grade of a plain text: 0.39 words per sentence + 11.8 syllables per word - 15.59.

    0 for a text without words.
    """
    found = words(text)
    if not found:
        return 0.0
    per_sentence = len(found) / sentences(text)
    per_word = sum(map(syllables, found)) / len(found)
    return 0.39 * per_sentence + 11.8 * per_word - 15.59


def summary_grade(text: MonographText) -> float:
    """The grade of a monograph's plain-language summary, without its citations."""
    return grade(markdown.to_text(text.summary))


def reading_minutes(text: MonographText) -> int:
    """Whole minutes to read the article: its sections and statements, not its tables. At least one."""
    statements = (
        *text.mechanism_statements,
        *text.safety_statements,
        *text.unknown_statements,
        *text.regulatory_statements,
    )
    count = sum(len(words(markdown.to_text(getattr(text, name)))) for name in SECTIONS)
    count += sum(len(words(statement.text)) for statement in statements)
    return max(1, math.ceil(count / WORDS_PER_MINUTE))
