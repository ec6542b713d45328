"""Whether a name is, or is close to, one on a restricted-party list. Pure.

Names are compared as sets of words without case, accents, signs and the words that only say what kind of
company it is. The same words are an exact match. A near match shares most words, where a long word may differ
by a letter or two. A near match only makes a person look.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

NEAR = 0.85
"""Share of words that agree, from which on a name is near: the shop's own setting."""
MOST_CANDIDATES = 400
"""A part of a word that stands in more names than this leads to none of them by itself."""
_COMPANY = frozenset(
    "ab ag and as bv co company corp corporation de der des di do ei el fzco fze gmbh inc incorporated jsc "
    "kg la le limited llc llp lp ltd ltda mbh nv oao of ojsc ooo oy pao pjsc plc pte pty pvt sa sarl sas sl "
    "spa srl sro the und y zao".split()
)


@dataclass(frozen=True, kw_only=True)
class Party:
    """An entry of a list under one of its names."""

    list_name: str
    number: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Match:
    """An entry that a name agrees with, and how well: 1 is exact."""

    party: Party
    score: float
    asked: str


def words(name: str) -> tuple[str, ...]:
    """The words of a name that tell it from others, in order of the alphabet."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    found = re.findall(r"\w+", plain.replace(".", "").replace("'", ""))
    return tuple(sorted({word for word in found if word not in _COMPANY} or set(found)))


class PartyIndex:
    """All names of some lists, to be asked for one name at a time."""

    def __init__(self, parties: Iterable[Party]) -> None:
        self._parties: list[tuple[tuple[str, ...], Party]] = []
        self._exact: dict[tuple[str, ...], list[Party]] = defaultdict(list)
        self._by_start: dict[str, list[int]] = defaultdict(list)
        for party in parties:
            own = words(party.name)
            if not own:
                continue
            self._exact[own].append(party)
            for start in {word[:4] for word in own}:
                self._by_start[start].append(len(self._parties))
            self._parties.append((own, party))

    def matches(self, names: Sequence[str]) -> list[Match]:
        """Entries that one of the names agrees with, the best first, an entry once."""
        best: dict[tuple[str, str], Match] = {}
        for name in names:
            for match in self._of_one(name):
                key = (match.party.list_name, match.party.number)
                if key not in best or best[key].score < match.score:
                    best[key] = match
        return sorted(best.values(), key=lambda each: (-each.score, each.party.list_name, each.party.number))

    def _of_one(self, name: str) -> Iterable[Match]:
        own = words(name)
        if not own:
            return
        exact = self._exact.get(own, [])
        for party in exact:
            yield Match(party=party, score=1.0, asked=name)
        candidates: set[int] = set()
        for word in own:
            there = self._by_start.get(word[:4], [])
            if len(there) <= MOST_CANDIDATES:
                candidates.update(there)
        for place in candidates:
            theirs, party = self._parties[place]
            if theirs != own and (score := _score(own, theirs)) >= NEAR:
                yield Match(party=party, score=round(score, 2), asked=name)


def _score(own: tuple[str, ...], theirs: tuple[str, ...]) -> float:
    """Twice the words that agree over all words of both; a word close to one counts a little less."""
    if 2 * min(len(own), len(theirs)) < NEAR * (len(own) + len(theirs)):
        return 0.0
    left, agreed = list(theirs), 0.0
    for word in own:
        if word in left:
            left.remove(word)
            agreed += 1
        else:
            near = next((other for other in left if _close(word, other)), None)
            if near is not None:
                left.remove(near)
                agreed += 0.9
    return 2 * agreed / (len(own) + len(theirs))


def _close(one: str, other: str) -> bool:
    """Whether two words differ by a letter, or two in words of nine or more; a swap of neighbours is one."""
    shorter = min(len(one), len(other))
    if shorter < 5 or abs(len(one) - len(other)) > 2:
        return False
    return _distance(one, other) <= (2 if shorter >= 9 else 1)


def _distance(one: str, other: str) -> int:
    """Optimal string alignment distance."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        further, before, row = before, row, [i]
        for j, sign in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != sign))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == sign:
                cost = min(cost, further[j - 2] + 1)
            row.append(cost)
    return row[-1]
