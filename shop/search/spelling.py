"""What somebody may have meant: the nearest names and words of our own vocabulary.

Near is the optimal string alignment distance (Damerau, CACM 7:171, 1964; Wagner and Lowrance, JACM 22:177,
1975): letters left out, put in, changed, or two neighbours that changed places.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from shop.search.models import KeyKind, SearchKey, SearchWord
from shop.search.text_index import beginning_with
from shop.search.words import SHORTEST_BEGINNING, Query, name_keys

SHORTEST_WORD = 4
SHORTEST_FOR_TWO = 8
"""Letters from which two mistakes are forgiven; from `SHORTEST_WORD` on, one is."""
SURE_LETTERS = 3
"""Letters at the beginning or the end that are right where two mistakes are forgiven."""
SHORTEST_PIECE = 3
LONGEST_PIECES = 24
MOST_PAIRS = 11


@dataclass(frozen=True, order=True)
class _Near:
    """A word at a distance; the least one is the best."""

    distance: int
    is_no_name: bool
    begins_otherwise: bool
    seldom: int
    word: str


def nearest_name(session: Session, query: Query, other_names: Iterable[str] = ()) -> str | None:
    """The name, as it is written, that is nearest to all that was typed; None where none is near.

    The name itself is not near: a query that is one, has none.
    """
    allowed = _mistakes_in(query.key)
    if not allowed or query.key.isdigit():
        return None
    rows = session.execute(
        select(SearchKey.key, SearchKey.written)
        .where(
            SearchKey.what == KeyKind.NAME,
            func.length(SearchKey.key).between(len(query.key) - allowed, len(query.key) + allowed),
            _within_reach(SearchKey.key, query.key, allowed),
        )
        .distinct()
    )
    written = {each: name for name in other_names for each in name_keys(name)}
    written |= dict(sorted(((row.key, row.written) for row in rows), reverse=True))
    if query.key in written:
        return None
    near = min(_nearest(query.key, ((each, 1, 1) for each in written), allowed), default=None)
    return None if near is None else written[near.word]


def corrected(session: Session, query: Query, other_words: Collection[str] = ()) -> str | None:
    """The query with each word that is in no text made one that is; None where that leaves it as it is.

    A word is taken for a wrongly written one, or for two that were run together.
    """
    known = _known(session, query.words, other_words)
    unknown = [word for word in query.words if word not in known]
    if not unknown:
        return None
    instead = {word: _instead(session, word, other_words) for word in unknown if not word.isdigit()}
    if not any(instead.values()):
        return None
    return " ".join(instead.get(word) or word for word in query.words)


def joined(session: Session, query: Query, other_words: Collection[str] = ()) -> str | None:
    """The query with the first two neighbours run together that are one word of ours; None without any."""
    pairs = list(zip(query.words, query.words[1:], strict=False))[:MOST_PAIRS]
    there = _whole(session, [first + second for first, second in pairs]) | set(other_words)
    for at, (first, second) in enumerate(pairs):
        if first + second in there:
            return " ".join((*query.words[:at], first + second, *query.words[at + 2 :]))
    return None


def distance(one: str, other: str, most: int) -> int | None:
    """The optimal string alignment distance; None where it is more than `most`."""
    if abs(len(one) - len(other)) > most:
        return None
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        current = [row]
        for column, there in enumerate(other, start=1):
            best = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != there))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == there:
                best = min(best, before_last[column - 2] + 1)
            current.append(best)
        if min(current) > most:
            return None
        before_last, last = last, current
    return last[-1] if last[-1] <= most else None


def _mistakes_in(word: str) -> int:
    if len(word) < SHORTEST_WORD:
        return 0
    return 2 if len(word) >= SHORTEST_FOR_TWO else 1


def _nearest(word: str, candidates: Iterable[tuple[str, int, int]], allowed: int) -> Iterator[_Near]:
    """Candidates within reach: each with the number of entries that have it, and of those called by it."""
    letters = _letters(word)
    for each, entries, names in candidates:
        # A mistake changes at most two of the letters that occur, so most words are out of reach at once.
        if abs(len(each) - len(word)) > allowed or (letters ^ _letters(each)).bit_count() > 2 * allowed:
            continue
        found = distance(word, each, allowed)
        if found:
            yield _Near(found, not names, each[0] != word[0], -entries, each)


def _within_reach(column: InstrumentedAttribute[str], word: str, allowed: int) -> ColumnElement[bool]:
    """What the database may leave out: one mistake, two neighbours swapped too, spares a third of a word.

    Two mistakes are forgiven where the word begins or ends right.
    """
    third = len(word) // 3
    first, middle, last = word[:third], word[third:-third], word[-third:]
    likes = [
        column.startswith(first, autoescape=True),
        column.contains(middle, autoescape=True),
        column.endswith(last, autoescape=True),
    ]
    if allowed > 1:
        likes += [
            column.startswith(word[:SURE_LETTERS], autoescape=True),
            column.endswith(word[-SURE_LETTERS:], autoescape=True),
        ]
    return or_(*likes)


def _letters(word: str) -> int:
    """The set of characters that occur in a word, as bits."""
    letters = 0
    for character in word:
        letters |= 1 << (ord(character) & 63)
    return letters


def _known(session: Session, words: Sequence[str], other_words: Collection[str]) -> set[str]:
    """Which of some words are in a text, or begin a word that is; numbers too where they stand alone."""
    dialect = session.get_bind().dialect.name
    asked = [
        select(literal(word)).where(
            exists().where(beginning_with(SearchWord.word, word, dialect))
            if len(word) >= SHORTEST_BEGINNING
            else exists().where(SearchWord.word == word)
        )
        for word in words
    ]
    found = set(session.scalars(union_all(*asked))) if asked else set()
    return found | {word for word in words if any(other.startswith(word) for other in other_words)}


def _whole(session: Session, words: Collection[str]) -> set[str]:
    if not words:
        return set()
    return set(session.scalars(select(SearchWord.word).where(SearchWord.word.in_(sorted(set(words))))))


def _instead(session: Session, word: str, other_words: Collection[str]) -> str | None:
    allowed = _mistakes_in(word)
    if not allowed:
        return None
    rows = session.execute(
        select(SearchWord.word, SearchWord.entries, SearchWord.names).where(
            SearchWord.length.between(len(word) - allowed, len(word) + allowed),
            _within_reach(SearchWord.word, word, allowed),
        )
    )
    candidates = [(each, entries, names) for each, entries, names in rows]
    candidates += [(each, 1, 0) for each in other_words]
    near = min(_nearest(word, candidates, allowed), default=None)
    if near is not None and near.distance == 1:
        return near.word
    return _apart(session, word, other_words) or (None if near is None else near.word)


def _apart(session: Session, word: str, other_words: Collection[str]) -> str | None:
    """A word as two words of ours, the most alike in length first."""
    if len(word) > LONGEST_PIECES:
        return None
    cuts = sorted(
        range(SHORTEST_PIECE, len(word) - SHORTEST_PIECE + 1), key=lambda at: abs(2 * at - len(word))
    )
    there = _whole(session, {piece for at in cuts for piece in (word[:at], word[at:])}) | set(other_words)
    return next((f"{word[:at]} {word[at:]}" for at in cuts if {word[:at], word[at:]} <= there), None)
