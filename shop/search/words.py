"""What a text and a query have in common: words and keys, made the same way from both sides.

The database is given these and compares them as they are, so that SQLite and PostgreSQL find the same. Case,
accents, kinds of hyphen and Greek letters make no difference (`α` is `alpha`), letters part from digits
(`LL-37` and `ll37` have the words `ll` and `37`), and a Roman number is its digits (`Angiotensin II` is
`angiotensin 2`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from shop.compounds.sequences import C_TERMINI, N_TERMINI, ONE_LETTER, THREE_LETTER

LONGEST_QUERY = 200
LONGEST_WORD = 40
MOST_WORDS = 12
"""Words of a query that count; the rest are not looked for."""
SHORTEST_BEGINNING = 3
"""Letters from which a word also finds what begins so."""
SHORTEST_CAS = 5
"""Digits of the shortest CAS number, 50-00-0, without its hyphens."""
SHORTEST_NUMBER = 4
MOST_PARTS_JOINED = 12

GREEK = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "epsilon",
    "ζ": "zeta",
    "η": "eta",
    "θ": "theta",
    "ι": "iota",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "ν": "nu",
    "ξ": "xi",
    "ο": "omicron",
    "π": "pi",
    "ρ": "rho",
    "σ": "sigma",
    "τ": "tau",
    "υ": "upsilon",
    "φ": "phi",
    "χ": "chi",
    "ψ": "psi",
    "ω": "omega",
}
_AS_LATIN = {name: name[0] for name in ("alpha", "beta", "gamma", "delta", "epsilon", "kappa")}
"""Greek letters that people type as the Latin letter that looks or sounds so: `thymosin a1`."""
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
"""Roman numbers of names; V and X are left out, because they are letters as well."""
STOP_WORDS = frozenset(
    "a an and are as at be by for from in is it of on or that the this to was were with".split()
)

_PLAIN = str.maketrans(
    {
        **GREEK,
        **dict.fromkeys("‐‑‒–—−﹣－", "-"),
        **dict.fromkeys("’ʼ`´", "'"),
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
    }
)
_RUN = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")
_PART = re.compile(r"[^\W\d_]+|\d+")
_HYPHEN = re.compile(r"[\s\-‐‑–—−]+")
_BEFORE_A_NUMBER = re.compile(
    r"^(?:https?://)?(?:www\.)?(?:dx\.)?(?:doi\.org/|pubmed\.ncbi\.nlm\.nih\.gov/|clinicaltrials\.gov/study/)"
    r"|^(?:doi|pmid|pubmed|cas|cat(?:alogue)?|nct)(?=[\s.:#])[\s.:#]*(?:(?:no|rn|number|id)\b[\s.:#]*)?"
    r"|^cas(?=\d)",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_AMIDE = re.compile(r"[-\s]*(?:NH2|NH₂|CONH2|OH|COOH|amide)$", re.IGNORECASE)
_ACETYL = re.compile(r"^(?:Ac|H|NH2|H2N|acetyl)[-\s]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is looked for, whole or as the beginning of one."""

    text: str
    begins: bool = False

    def is_in(self, word: str) -> bool:
        """Whether a word of a text is what is looked for."""
        return word.startswith(self.text) if self.begins else word == self.text


@dataclass(frozen=True, slots=True)
class Term:
    """What was typed between two spaces: one of several ways to write it, each a few words that all count."""

    ways: tuple[tuple[Word, ...], ...]

    @property
    def whole(self) -> Term:
        """The same for whole words only."""
        return Term(tuple(tuple(Word(word.text) for word in way) for way in self.ways))

    def is_in(self, words: Iterable[str]) -> bool:
        """Whether a text has it, told by its words."""
        there = words if isinstance(words, frozenset) else frozenset(words)
        return any(all(_has(there, word) for word in way) for way in self.ways)


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed, read in every way that it may be meant."""

    typed: str
    terms: tuple[Term, ...]
    words: tuple[str, ...]
    """The words as typed, in order, each once."""
    key: str
    number: str
    """The key of a CAS, catalogue or register number, DOI or the like; empty where it can be none."""
    residues: str
    """One-letter residues; empty where it can be no sequence."""


def read(typed: str) -> Query:
    """A query as typed; of a long one the beginning counts."""
    line = " ".join(typed[:LONGEST_QUERY].split())
    runs = [parts for parts in _runs(line) if not (len(parts) == 1 and parts[0] in STOP_WORDS)][:MOST_WORDS]
    return Query(
        typed=line,
        terms=tuple(dict.fromkeys(map(_term, runs))),
        words=tuple(dict.fromkeys(part for parts in runs for part in parts if part not in STOP_WORDS)),
        key=key(line),
        number=number(line),
        residues=residues_in(line) or "",
    )


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """A short text without case, accents and compatibility forms, Greek letters by their names."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text)
    plain = "".join(character for character in apart if not unicodedata.combining(character))
    return plain.casefold().translate(_PLAIN)


def words_of(text: str) -> Iterator[str]:
    """Every word of a text; those joined by hyphens singly and as one. Words on every page are left out."""
    for parts in _runs(text):
        for part in parts:
            if part not in STOP_WORDS:
                yield part
        if 1 < len(parts) <= MOST_PARTS_JOINED:
            yield "".join(parts)[:LONGEST_WORD]


def parts_of(word: str) -> tuple[str, ...]:
    """The words that one run of letters and digits is made of: `alpha1` is `alpha` and `1`."""
    return tuple(_ROMAN.get(part, part)[:LONGEST_WORD] for part in _PART.findall(fold(word)))


def key(text: str) -> str:
    """The words of a text run together: `ACTH(4–7)` is `acth47`, `Angiotensin II` is `angiotensin2`."""
    return "".join(part for parts in _runs(text) for part in parts)


def name_keys(name: str) -> tuple[str, ...]:
    """The keys of a name: its own, and the one with Latin letters in the place of Greek ones."""
    parts = [part for each in _runs(name) for part in each]
    return tuple(dict.fromkeys(("".join(parts), "".join(_AS_LATIN.get(part, part) for part in parts))))


def number(text: str) -> str:
    """The key of a number that something may be registered under; empty where it can be none."""
    found = key(_BEFORE_A_NUMBER.sub("", text.strip()))
    return found if len(found) >= SHORTEST_NUMBER and any(map(str.isdigit, found)) else ""


def cas_digits(text: str) -> str | None:
    """The digits of what may be a CAS number, with or without hyphens; None where it is none."""
    plain = _BEFORE_A_NUMBER.sub("", text.strip())
    digits = _HYPHEN.sub("", plain)
    return digits if digits.isascii() and digits.isdigit() and len(digits) >= SHORTEST_CAS else None


def residues_in(text: str) -> str | None:
    """The one-letter residues of a sequence as typed, termini left out; None where it is not a sequence.

    One letter (`MEHFPGP`, in any case) or three (`H-Met-Glu-His-OH`, `met glu his`, `MetGluHis`). An acetyl
    or amide end, and what stands in brackets, such as a disulfide bridge, does not count.
    """
    plain = _ASIDE.sub(" ", text).strip().removeprefix("cyclo").strip(" -()[]")
    parts = [part for part in _HYPHEN.split(plain) if part]
    if len(parts) > 1 and parts[0] in N_TERMINI:
        parts = parts[1:]
    if len(parts) > 1 and parts[-1].replace("₂", "2") in C_TERMINI:
        parts = parts[:-1]
    joined = "-".join(parts)
    bare = _ACETYL.sub("", joined) if len(parts) > 1 else joined
    bare = _AMIDE.sub("", bare) if len(bare) > len("amide") + 1 else bare
    for each in dict.fromkeys((bare, joined)):
        found = _residues([part for part in each.split("-") if part])
        if found:
            return found
    return None


def _residues(parts: list[str]) -> str:
    named = [part.capitalize() for part in parts]
    if len(named) == 1 and len(named[0]) % 3 == 0:
        codes = [named[0][at : at + 3].capitalize() for at in range(0, len(named[0]), 3)]
        named = codes if len(codes) > 1 else named
    if len(named) > 1 and all(part in ONE_LETTER for part in named):
        return "".join(ONE_LETTER[part] for part in named)
    letters = "".join(parts).upper()
    return letters if letters and set(letters) <= set(THREE_LETTER) else ""


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    """What stands between spaces and signs, each as the words it is made of."""
    for run in _RUN.findall(_folded(text)):
        parts = tuple(_ROMAN.get(part, part)[:LONGEST_WORD] for part in _PART.findall(run))
        if parts:
            yield parts


def _folded(text: str) -> str:
    """As `fold`, for a text of any length: what is kept for words is not kept for whole pages."""
    return text.lower() if text.isascii() else fold.__wrapped__(text)


def _term(parts: tuple[str, ...]) -> Term:
    apart = tuple(
        map(_word, dict.fromkeys(part for part in parts if part not in STOP_WORDS or len(parts) > 1))
    )
    if len(parts) > 1:
        return Term((apart, (_word("".join(parts)[:LONGEST_WORD]),)))
    return Term(tuple((_word(each),) for each in _with_singular(parts[0])))


def _with_singular(word: str) -> Iterator[str]:
    """A word, and what it is many of: English plurals in `-ies` and `-s` (Harman, JASIS 42:7, 1991)."""
    yield word
    if len(word) > 4 and word.endswith("ies"):
        yield f"{word[:-3]}y"
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        yield word[:-1]


def _word(text: str) -> Word:
    return Word(text, begins=len(text) >= SHORTEST_BEGINNING and not text.isdigit())


def _has(there: frozenset[str], word: Word) -> bool:
    if not word.begins:
        return word.text in there
    return word.text in there or any(each.startswith(word.text) for each in there)
