"""The words this house uses, each defined once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from shop.education import content_files


@dataclass(frozen=True, kw_only=True)
class Term:
    """A word with its definition. `source` is where the definition is taken from; empty where it is ours.

    `also` are other words for it, `labels` words of our pages that mean it there, `read` the learning page
    that says more.
    """

    slug: str
    name: str
    text: str
    also: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    source: str = ""
    read: str = ""


@cache
def terms() -> dict[str, Term]:
    """Every term by its slug, in the order of the file.

    Raises:
        ValueError: a slug or a word stands twice.
    """
    found = [_term(entry) for entry in _entries()]
    by_slug = {term.slug: term for term in found}
    if len(by_slug) < len(found):
        raise ValueError("a term stands twice in the glossary")
    return by_slug


def in_order() -> list[Term]:
    """Every term by its name."""
    return sorted(terms().values(), key=lambda term: term.name.casefold())


def named(word: str) -> Term | None:
    """The term that a word or label names, in any case; None for a word that is not defined."""
    return _by_word().get(word.strip().casefold())


@cache
def _by_word() -> dict[str, Term]:
    pairs = [
        (word.casefold(), term) for term in terms().values() for word in (term.name, *term.also, *term.labels)
    ]
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a word leads to two terms of the glossary")
    return dict(pairs)


def _term(entry: dict[str, Any]) -> Term:
    return Term(**{**entry, "also": tuple(entry.get("also", ())), "labels": tuple(entry.get("labels", ()))})


def _entries() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = content_files.read("glossary.yaml")
    return entries
