"""What changed between two versions of a monograph, for readers: sentences, rows and their fields.

Rows are known by their id, key or name, so that a row that moved or changed is not shown as two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from shop.core.language import gettext as _
from shop.education.evidence import EvidenceRecord, NamedPopulation, Source, StatCard
from shop.education.labels import field_label, in_words
from shop.education.monograph import SECTIONS, Fact, MonographText, Reading, ReadingPart, Statement


class Change(StrEnum):
    """What happened to a line or a row."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """One value before and after; empty where there was none."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class RowChange:
    """A row of a list that came, went, or holds other values. `fields` of a new row are all it holds."""

    change: Change
    key: str
    title: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, kw_only=True)
class PartChange:
    """What changed in one part of the page: sentences of a section, values, or rows of a list."""

    name: str
    title: str
    sentences: tuple[tuple[Change, str], ...] = ()
    fields: tuple[FieldChange, ...] = ()
    rows: tuple[RowChange, ...] = ()


_ROWS: dict[str, tuple[type, str]] = {
    "mechanism_statements": (Statement, "text"),
    "cards": (StatCard, "record"),
    "populations": (NamedPopulation, "name"),
    "safety_statements": (Statement, "text"),
    "unknown_statements": (Statement, "text"),
    "regulatory_statements": (Statement, "text"),
    "glance": (Fact, "name"),
    "sources": (Source, "key"),
    "evidence": (EvidenceRecord, "id"),
}
"""Lists of rows: what a row is, and the field by which it is known."""

_ABOUT_THE_CHANGE = frozenset({"change_note", "change_kind", "author", "verified_by"})
"""What stands beside each version in its history."""


def changes(old: MonographText, new: MonographText) -> list[PartChange]:
    """What changed, part by part in the order of the page; nothing where the two say the same."""
    found = []
    for each in fields(MonographText):
        before, after = getattr(old, each.name), getattr(new, each.name)
        if before != after and each.name not in _ABOUT_THE_CHANGE:
            part = _part(each.name, before, after)
            if part.sentences or part.fields or part.rows:
                found.append(part)
    return found


def _part(name: str, before: Any, after: Any) -> PartChange:
    title = field_label(MonographText, name)
    if name in SECTIONS:
        return PartChange(name=name, title=title, sentences=tuple(_sentence_changes(before, after)))
    if name == "reading":
        return PartChange(name=name, title=title, fields=tuple(_reading_changes(before, after)))
    if name in _ROWS:
        kind, key = _ROWS[name]
        return PartChange(
            name=name,
            title=title,
            fields=_order_change(before, after, key),
            rows=tuple(_row_changes(kind, key, before, after)),
        )
    return PartChange(name=name, title=title, fields=(_field(title, before, after),))


def _field(name: str, old: object, new: object) -> FieldChange:
    return FieldChange(name=name, old=in_words(old), new=in_words(new))


def _reading_changes(old: Reading, new: Reading) -> Iterator[FieldChange]:
    for each in fields(Reading):
        before, after = getattr(old, each.name), getattr(new, each.name)
        if before == after:
            continue
        label = field_label(Reading, each.name)
        if not isinstance(before, ReadingPart):
            yield _field(label, before, after)
            continue
        for part in fields(ReadingPart):
            one, other = getattr(before, part.name), getattr(after, part.name)
            if one != other:
                yield _field(f"{label}: {field_label(ReadingPart, part.name).lower()}", one, other)


def _row_changes(kind: type, key: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[RowChange]:
    before = {getattr(row, key): row for row in old}
    after = {getattr(row, key): row for row in new}
    for name, row in after.items():
        if name not in before:
            yield _row(Change.ADDED, kind, key, None, row)
        elif before[name] != row:
            yield _row(Change.CHANGED, kind, key, before[name], row)
    for name, row in before.items():
        if name not in after:
            yield _row(Change.REMOVED, kind, key, row, None)


def _row(change: Change, kind: type, key: str, old: Any, new: Any) -> RowChange:
    row = old if new is None else new
    differing = []
    for each in fields(kind):
        before, after = (getattr(side, each.name, None) for side in (old, new))
        if (old is None or new is None) and getattr(row, each.name) == each.default:
            continue
        if before != after and each.name != key:
            differing.append(_field(field_label(kind, each.name), before, after))
    return RowChange(change=change, key=str(getattr(row, key)), title=_title(row), fields=tuple(differing))


def _title(row: Any) -> str:
    if isinstance(row, EvidenceRecord):
        return ", ".join(part for part in (row.outcome, row.timepoint) if part)
    if isinstance(row, (Source, StatCard)):
        return row.label
    return str(row.text if isinstance(row, Statement) else row.name)


def _order_change(old: Sequence[Any], new: Sequence[Any], key: str) -> tuple[FieldChange, ...]:
    """Whether rows that stayed stand in another order; the order is part of how a page reads."""
    stayed = {getattr(row, key) for row in old} & {getattr(row, key) for row in new}
    orders = [[getattr(row, key) for row in rows if getattr(row, key) in stayed] for rows in (old, new)]
    if orders[0] == orders[1]:
        return ()
    return (FieldChange(name=_("Order of the rows"), old=", ".join(orders[0]), new=", ".join(orders[1])),)


def _sentence_changes(old: str, new: str) -> Iterator[tuple[Change, str]]:
    """Changed sentences, and one on each side that stayed, so that the place can be found."""
    before, after = sentences(old), sentences(new)
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    if all(tag == "equal" for tag, *_rest in blocks):
        return
    for tag, from_old, to_old, from_new, to_new in blocks:
        if tag == "equal":
            yield from _around(before[from_old:to_old], at_start=from_old == 0, at_end=to_old == len(before))
            continue
        yield from ((Change.REMOVED, line) for line in before[from_old:to_old])
        yield from ((Change.ADDED, line) for line in after[from_new:to_new])


def _around(kept: list[str], *, at_start: bool, at_end: bool) -> Iterator[tuple[Change, str]]:
    shown = (
        kept[-1:]
        if at_start
        else kept[:1]
        if at_end
        else kept
        if len(kept) <= 2
        else [kept[0], "…", kept[-1]]
    )
    yield from ((Change.SAME, line) for line in shown)


def sentences(section: str) -> list[str]:
    """A section's sentences and list items, so that a new line break is no change."""
    paragraphs = re.split(r"\n{2,}|\n(?=\s*(?:[-*]|\d+[.)])\s)", section)
    return [
        sentence
        for paragraph in paragraphs
        for sentence in re.split(r"(?<=[.!?\]])\s+(?=[A-Z0-9“(])", " ".join(paragraph.split()))
        if sentence
    ]
