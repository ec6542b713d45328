"""Sentences with the verdict they must get, from the files beside this one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shop.claims.rules import Surface, Verdict

VERDICTS = {".": Verdict.PASS, "H": Verdict.HOLD, "B": Verdict.BLOCK}


@dataclass(frozen=True, slots=True)
class Expected:
    """A sentence, its kind (C1 to C18, A1 to A7) and its verdict on each surface it was judged for."""

    line: int
    kinds: tuple[str, ...]
    sentence: str
    verdicts: tuple[tuple[Surface, Verdict], ...]


def read(name: str) -> list[Expected]:
    """The sentences of a file."""
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return [
        _expected(number, line)
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.startswith("#")
    ]


def _expected(number: int, line: str) -> Expected:
    letters, kinds, rest = line.split("|", 2)
    sentence = rest.rsplit("|", 1)[0]
    verdicts = tuple(
        (surface, VERDICTS[letter]) for surface, letter in zip(Surface, letters, strict=True) if letter != "-"
    )
    return Expected(number, tuple(kinds.split()), sentence, verdicts)
