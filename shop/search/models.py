"""The search index: one entry for each thing that can be found, its keys, and the vocabulary of all entries.

Everything here is made from other tables by `shop.search.index` and can be made anew at any time.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.database import Base, Numbered, one_of


class Kind(StrEnum):
    """What can be found in the database, in the order of the page."""

    PRODUCT = "product"
    MONOGRAPH = "monograph"
    OUTCOME = "outcome"
    SOURCE = "source"


class KeyKind(StrEnum):
    """What an entry is known by."""

    NAME = "name"
    SEQUENCE = "sequence"
    CAS = "cas"
    CATALOGUE = "catalogue"
    DOI = "doi"
    PMID = "pmid"
    REGISTER = "register"


class SearchEntry(Numbered):
    """One thing that can be found, with its words.

    The first columns decide order and group; they stand before the long texts, so that these are not read for
    it.
    """

    __tablename__ = "search_entry"
    __table_args__ = (UniqueConstraint("compound_id", "kind", "key"),)

    kind: Mapped[Kind] = mapped_column(one_of(Kind, "kind_is_known"))
    compound_id: Mapped[int] = mapped_column(ForeignKey("compound.id"))
    order_key: Mapped[str] = mapped_column(String(80))
    """Where it stands among others that match as well, by its bytes."""
    key: Mapped[str] = mapped_column(String(200))
    """What it is of its kind: a slug, or the slug of a monograph and the key of a row."""
    title: Mapped[str] = mapped_column(Text)
    address: Mapped[dict[str, Any]]
    """The parts of the address of its page."""
    details: Mapped[dict[str, Any]]
    """What the page of results shows beside the title."""
    passages: Mapped[list[Any]]
    """Pairs of a place on its page and a text that readers find there; excerpts are taken from these."""
    names: Mapped[str] = mapped_column(Text)
    """The words it is called by. These four have single spaces between words, each word once, in order."""
    heading: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)


class SearchKey(Numbered):
    """A name, number or sequence by which an entry is found whole."""

    __tablename__ = "search_key"
    __table_args__ = (UniqueConstraint("entry_id", "what", "key"), Index(None, "what", "key", "entry_id"))

    entry_id: Mapped[int] = mapped_column(ForeignKey("search_entry.id", ondelete="CASCADE"))
    what: Mapped[KeyKind] = mapped_column(one_of(KeyKind, "what_is_known"))
    key: Mapped[str] = mapped_column(String(200))
    written: Mapped[str] = mapped_column(String(200))
    """As people write it."""


class SearchWord(Base):
    """A word of the vocabulary, with the number of entries that have it, and of those called by it."""

    __tablename__ = "search_word"

    word: Mapped[str] = mapped_column(String(40), primary_key=True)
    length: Mapped[int] = mapped_column(index=True)
    entries: Mapped[int]
    names: Mapped[int]
