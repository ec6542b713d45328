"""Pages that come with the shop and stand in no table: guides, learning pages and terms of the glossary.

They are few and change only with a release, so they are compared here, by the rules of the text index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from shop.search.words import Query, name_keys, words_of


class PageKind(StrEnum):
    """A part of the results."""

    GUIDE = "guide"
    TERM = "term"


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page as it is found. `also` are other names of it, `words` what it can be found by as well."""

    kind: PageKind
    title: str
    url: str
    text: str
    also: tuple[str, ...] = ()
    words: str = ""
    passages: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called."""
        return (self.title, *self.also)


def matching(pages: Iterable[Page], query: Query, *, every: bool = True) -> list[Page]:
    """The pages that have every term of a query, or one of them; by where they have it, then as given."""
    found = [(_level(page, query, every=every), page) for page in pages]
    ranked = [(level, page) for level, page in found if level is not None]
    return [page for _level, page in sorted(ranked, key=lambda each: each[0])]


def vocabulary(pages: Iterable[Page]) -> frozenset[str]:
    """Every word of some pages."""
    return frozenset(word for page in pages for text in _texts(page) for word in _words(text))


def _level(page: Page, query: Query, *, every: bool) -> int | None:
    """How well a page matches, 0 best; None not at all."""
    if not query.terms:
        return None
    keys = {each for name in page.names for each in name_keys(name)}
    if query.key in keys:
        return 0
    there = frozenset[str]()
    for level, text in enumerate(_texts(page), start=1):
        there |= _words(text)
        matches = (term.is_in(there) for term in query.terms)
        if all(matches) if every else any(matches):
            return level
    return None


def _texts(page: Page) -> Iterator[str]:
    yield " ".join(page.names)
    yield f"{page.words} {page.text}"
    yield " ".join(text for _place, text in page.passages)


@lru_cache(maxsize=2_000)
def _words(text: str) -> frozenset[str]:
    return frozenset(words_of(text))
