"""Finding by what people type: names, synonyms, CAS and catalogue numbers, lot numbers, sequences.

Names are compared here by keys made the same way from both sides, not by the database, so that SQLite and
PostgreSQL find the same. Only lot numbers, of which there are many, are looked up by the database.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.catalogue.models import Product
from shop.compounds.models import Category, Compound, CompoundName
from shop.compounds.sequences import C_TERMINI, N_TERMINI, ONE_LETTER, THREE_LETTER
from shop.education import revisions
from shop.education.revisions import ListedMonograph
from shop.search import released_lots

LONGEST_QUERY = 200
MOST_LOTS = 10
SHORTEST_PART_OF_NAME = 3
SHORTEST_PART_OF_SEQUENCE = 4
SHORTEST_CAS = 5
"""Digits of the shortest CAS number, 50-00-0, without its hyphens."""


@dataclass(frozen=True, kw_only=True)
class FoundProduct:
    """A product that matches. `by` is the exact number that matched: "cas", "catalogue_number" or ""."""

    slug: str
    name: str
    subtitle: str
    category: str
    catalogue_number: str
    cas: str | None
    by: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a query finds, each group with the best match first."""

    lot: str | None
    """The number of a lot typed exactly, in whatever state it is."""
    products: tuple[FoundProduct, ...]
    monographs: tuple[ListedMonograph, ...]
    lots: tuple[str, ...]
    """Lots that are or were released and whose number begins so."""

    @property
    def exact(self) -> tuple[FoundProduct, ...]:
        """Products found by a number of their own."""
        return tuple(product for product in self.products if product.by)

    @property
    def other_products(self) -> tuple[FoundProduct, ...]:
        """Products found by name or sequence."""
        return tuple(product for product in self.products if not product.by)


@dataclass(frozen=True, kw_only=True)
class _Substance:
    """What a compound can be found by."""

    slug: str
    names: tuple[str, ...]
    cas: str | None
    sequence: str | None


NOTHING = Found(lot=None, products=(), monographs=(), lots=())


def find(session: Session, typed: str) -> Found:
    """Everything that matches a query. An empty one, or one without letters and digits, finds nothing."""
    query = " ".join(typed[:LONGEST_QUERY].split())
    if not key(query):
        return NOTHING
    substances = _substances(session)
    ranks = {compound_id: _rank(query, each) for compound_id, each in substances.items()}
    ranked = {compound_id: rank for compound_id, rank in ranks.items() if rank is not None}
    return Found(
        lot=released_lots.exact(session, query),
        products=tuple(_products(session, query, substances, ranked)),
        monographs=tuple(_monographs(session, query, substances, ranked)),
        lots=tuple(released_lots.beginning_with(session, query, MOST_LOTS)),
    )


def key(text: str) -> str:
    """Letters and digits only, without case, accents and compatibility forms: `ACTH(4–7)` is `acth47`."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum())


def residues_in(text: str) -> str | None:
    """The one-letter residues of a sequence as typed, termini left out; None where it is not a sequence.

    One letter (`MEHFPGP`, in any case) or three (`H-Met-Glu-His-OH`, `met glu his`).
    """
    parts = [part for part in re.split(r"[\s\-‐‑–—]+", text.strip()) if part]
    if len(parts) > 1 and parts[0] in N_TERMINI:
        parts = parts[1:]
    if len(parts) > 1 and parts[-1].replace("₂", "2") in C_TERMINI:
        parts = parts[:-1]
    named = [part.capitalize() for part in parts]
    if len(named) > 1 and all(part in ONE_LETTER for part in named):
        return "".join(ONE_LETTER[part] for part in named)
    letters = "".join(parts).upper()
    return letters if letters and set(letters) <= set(THREE_LETTER) else None


def cas_digits(text: str) -> str | None:
    """The digits of what may be a CAS number, with or without hyphens; None where it is none."""
    plain = re.sub(r"^cas(?:\s*(?:no|rn|number))?[\s.:#]*", "", text.strip(), flags=re.IGNORECASE)
    digits = re.sub(r"[\s\-‐‑–—]", "", plain)
    return digits if digits.isascii() and digits.isdigit() and len(digits) >= SHORTEST_CAS else None


def matches_words(query: str, words: str) -> bool:
    """Whether every word of the query begins a word of a text."""
    wanted = [key(word) for word in query.split() if key(word)]
    there = [key(word) for word in re.split(r"[\s,;()/–—-]+", words)]
    return bool(wanted) and all(any(word.startswith(each) for word in there) for each in wanted)


def _substances(session: Session) -> dict[int, _Substance]:
    """Every compound by id, with its names. Two queries."""
    names: dict[int, list[str]] = defaultdict(list)
    for compound_id, name in session.execute(
        select(CompoundName.compound_id, CompoundName.name).order_by(CompoundName.position)
    ):
        names[compound_id].append(name)
    rows = session.execute(select(Compound.id, Compound.slug, Compound.name, Compound.cas, Compound.sequence))
    return {
        compound_id: _Substance(slug=slug, names=(name, *names[compound_id]), cas=cas, sequence=sequence)
        for compound_id, slug, name, cas, sequence in rows
    }


def _rank(query: str, substance: _Substance) -> int | None:
    """How well a compound matches: 0 exactly, then by beginning, then in part; None not at all."""
    digits = cas_digits(query)
    if digits and substance.cas and digits == substance.cas.replace("-", ""):
        return 0
    residues = residues_in(query)
    if residues and substance.sequence == residues:
        return 0
    by_name = _rank_of_names(query, substance.names)
    if by_name is not None:
        return by_name
    if residues and len(residues) >= SHORTEST_PART_OF_SEQUENCE and residues in (substance.sequence or ""):
        return 3
    return None


def _rank_of_names(query: str, names: Iterable[str]) -> int | None:
    wanted = key(query)
    ranks = []
    for name in names:
        there = key(name)
        if there == wanted:
            ranks.append(0)
        elif there.startswith(wanted):
            ranks.append(1)
        elif matches_words(query, name):
            ranks.append(2)
        elif len(wanted) >= SHORTEST_PART_OF_NAME and wanted in there:
            ranks.append(3)
    return min(ranks, default=None)


def _products(
    session: Session, query: str, substances: dict[int, _Substance], ranked: dict[int, int]
) -> Sequence[FoundProduct]:
    rows = session.execute(
        select(
            Product.slug,
            Product.name,
            Product.subtitle,
            Product.catalogue_number,
            Product.compound_id,
            Category.name,
        )
        .join(Compound, Compound.id == Product.compound_id)
        .join(Category, Category.id == Compound.category_id)
        .where(Product.listed)
    )
    digits, wanted = cas_digits(query), key(query)
    found: list[tuple[int, str, FoundProduct]] = []
    for slug, name, subtitle, number, compound_id, category in rows:
        cas = substances[compound_id].cas
        by_number = key(number) == wanted
        by_cas = bool(digits and cas and digits == cas.replace("-", ""))
        own = _rank_of_names(query, (name,))
        ranks = [rank for rank in (ranked.get(compound_id), own) if rank is not None]
        if not ranks and not by_number:
            continue
        product = FoundProduct(
            slug=slug,
            name=name,
            subtitle=subtitle,
            category=category,
            catalogue_number=number,
            cas=cas,
            by="catalogue_number" if by_number else "cas" if by_cas else "",
        )
        found.append((-1 if product.by else min(ranks), name.casefold(), product))
    return [product for _rank, _name, product in sorted(found, key=lambda each: each[:2])]


def _monographs(
    session: Session, query: str, substances: dict[int, _Substance], ranked: dict[int, int]
) -> Sequence[ListedMonograph]:
    """Monographs of matching compounds, then those whose title or standfirst has every word."""
    ranks = {substances[compound_id].slug: rank for compound_id, rank in ranked.items()}
    found: list[tuple[int, str, ListedMonograph]] = []
    for monograph in revisions.list_current(session):
        rank = ranks.get(monograph.compound)
        if rank is None and matches_words(query, f"{monograph.title} {monograph.standfirst}"):
            rank = 4
        if rank is not None:
            found.append((rank, monograph.title.casefold(), monograph))
    return [monograph for _rank, _title, monograph in sorted(found, key=lambda each: each[:2])]
