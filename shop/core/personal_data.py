"""What the shop holds about people: which columns, what for, how a person's rows are found and erased.

Each room registers its own tables in its module `personal_data`, and names the columns that hold nothing of a
person, so that a new column cannot be forgotten: a test asks of every column of text which of the two it is.
Logs that outlive a person name a buyer only as `BUYER`. This module knows no room.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ColumnElement, Enum, String, Table, cast, func, literal
from sqlalchemy.orm import Session

from shop.core.database import Base

BUYER = "buyer"
"""Who did something, where it was the buyer of the order at hand; never a name or an address."""

ERASED = "erased"
"""What stands in a column once a person's data is erased from it, where it cannot be empty."""


class Erasing(StrEnum):
    """What erasure does to a person's rows."""

    DELETE = "delete"
    REPLACE = "replace"
    """The row stays, its personal columns are overwritten."""
    KEEP = "keep"
    """The row stays as it is, for the reason given."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Rows of a person that erasure leaves for now, by primary key, each with the day until which it stays.

    None for a day stands for: until something else ends, as `reason` says.
    """

    reason: str
    until: Mapping[object, date | None]


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What one table holds about people."""

    table: str
    columns: tuple[str, ...]
    """Those with personal data; they are exported, and overwritten where `erasing` says so."""
    purpose: str
    rows_of: Callable[[Table, str], ColumnElement[bool]]
    """Which rows belong to the person with a mail address, given in lower case."""
    erasing: Erasing
    instead: Mapping[str, Any] = field(default_factory=dict)
    """What a column holds afterwards, or a function of the table that says it.

    By default nothing, or `ERASED` where it may not be empty.
    """
    kept: Callable[[Session, str, bool], Sequence[Kept]] | None = None
    """Rows of the person that stay for now: session, address, whether a retention period is set aside."""
    reason: str = ""
    """Why rows that are kept are kept, with the law or the shop's own rule."""
    secret: tuple[str, ...] = ()
    """Columns left out of an export, because they only serve to check others."""
    address: str | None = None
    """The column with the mail address, where this table has one."""

    @property
    def model(self) -> Table:
        """The table itself."""
        return Base.metadata.tables[self.table]


_holdings: dict[str, Holding] = {}
_not_personal: dict[str, dict[str, str]] = {}


def register(holding: Holding) -> None:
    """Have a table's personal data exported and erased with the rest."""
    if holding.table in _holdings:
        raise ValueError(f"{holding.table} is registered twice")
    if holding.erasing == Erasing.KEEP and not holding.reason:
        raise ValueError(f"{holding.table} is kept without a reason")
    _holdings[holding.table] = holding


def not_personal(table: str, columns: str, *, why: str = "") -> None:
    """Name the columns of text that hold nothing of a buyer or a reader.

    Args:
        columns: separated by spaces; `*` stands for all.
        why: said of what looks personal and is not, such as what staff wrote in their work.
    """
    for column in columns.split():
        _not_personal.setdefault(table, {})[column] = why


def holdings() -> list[Holding]:
    """Every table with personal data; one that others point to comes after them."""
    order = {table.name: place for place, table in enumerate(reversed(Base.metadata.sorted_tables))}
    return sorted(_holdings.values(), key=lambda each: order[each.table])


def unclassified() -> list[str]:
    """Columns of text of which nobody has said whether they are personal, as `table.column`."""
    found = []
    for table in Base.metadata.sorted_tables:
        holding = _holdings.get(table.name)
        known = {*(holding.columns if holding else ()), *_not_personal.get(table.name, {})}
        if "*" in known:
            continue
        found += [
            f"{table.name}.{each.name}"
            for each in table.columns
            if _is_text(each.type) and each.name not in known and not each.foreign_keys
        ]
    return found


def names_unknown() -> list[str]:
    """What is registered and does not exist, as `table.column`."""
    there = {
        f"{table.name}.{name}"
        for table in Base.metadata.sorted_tables
        for name in ("*", *(column.name for column in table.columns))
    }
    named = [f"{each.table}.{name}" for each in _holdings.values() for name in (*each.columns, *each.instead)]
    named += [f"{table}.{name}" for table, columns in _not_personal.items() for name in columns]
    return sorted(set(named) - there)


def by_address(column: str) -> Callable[[Table, str], ColumnElement[bool]]:
    """Rows whose column holds the person's mail address, in whatever case it was typed."""
    return lambda table, email: func.lower(table.c[column]) == email


def erased_address(table: Table) -> ColumnElement[str]:
    """What stands for an erased mail address: a row's own, never delivered to (`invalid`, RFC 2606)."""
    (primary,) = table.primary_key.columns
    return literal("erased-").concat(cast(primary, String)).concat("@invalid")


def retained_columns() -> set[str]:
    """Columns that may still hold a person's data after erasure, as `table.column`."""
    return {
        f"{each.table}.{column}"
        for each in _holdings.values()
        if each.erasing == Erasing.KEEP or each.kept is not None
        for column in each.columns
    }


def _is_text(kind: object) -> bool:
    return isinstance(kind, (String, JSON)) and not isinstance(kind, Enum)
