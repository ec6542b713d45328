"""What a file would change, line by line, worked out without changing anything; and doing just that.

A plan names every change and every problem. It is carried out as a whole or not at all, in one transaction
that works the plan out again: where the database has changed since the dry run, or a row was exported before
somebody else changed it, nothing is done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.core import audit, files
from shop.core.canonical import digest
from shop.core.database import reading, writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.inventory.exchange import tables
from shop.inventory.exchange.cells import Column, WrongCell
from shop.inventory.exchange.tables import MOST_PROBLEMS, Problem, Row

VERSION = "row_version"
"""The column that says what a row was when it was exported."""
KEYS_AT_ONCE = 5_000

Key = tuple[str, ...]
Cells = Mapping[str, str]
Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class Item:
    """A row of a file beside what the shop has."""

    line: int
    key: Key
    cells: Cells
    before: Cells | None
    changed: Mapping[str, tuple[str, str]]
    """Old and new value by column; every column filled of a new row."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """Something an import would do."""

    line: int
    key: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a file would do. Without problems it can be carried out."""

    kind: str
    rows: int
    changes: Sequence[Change]
    problems: Sequence[Problem]
    problems_left_out: int
    notes: Sequence[Problem]
    code: str
    """Names the file, its changes and the rows they were worked out from."""


@dataclass
class Findings:
    """Problems and notes gathered while a plan is made."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def problem(self, line: int, sentence: str) -> None:
        """Something that keeps the file from being taken."""
        self.problems.append(Problem(line, sentence))

    def note(self, line: int, sentence: str) -> None:
        """Something to know that keeps nothing from being done."""
        self.notes.append(Problem(line, sentence))


class Kind(Protocol):
    """One kind of rows that can be moved in and out."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of its files, in their order."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that name a row."""

    def present(
        self, session: Session, keys: Collection[Key] | None, *, lock: bool = False
    ) -> dict[Key, dict[str, str]]:
        """Rows of the shop as they are exported, all or those of some keys, in their order."""

    def check(self, session: Session, items: Sequence[Item], found: Findings) -> None:
        """Find what is wrong with rows that were read without a problem."""

    def in_words(self, item: Item) -> Sequence[str]:
        """What a row would change; nothing where it changes nothing."""

    def write(self, session: Session, items: Sequence[Item], *, cause: str, actor: str) -> None:
        """Do it. Every item changes something, and none has a problem."""


class ImportRefused(Refused):
    """A file that cannot be taken; `plan` has a problem for each line."""

    def __init__(self, plan: Plan) -> None:
        count = len(plan.problems) + plan.problems_left_out
        super().__init__(
            ngettext(
                "Nothing was imported: there is %(num)s problem in the file.",
                "Nothing was imported: there are %(num)s problems in the file.",
                count,
            )
        )
        self.plan = plan


def version_of(row: Cells) -> str:
    """A short digest of a row as exported."""
    return digest(dict(row))[:12]


def plan(session: Session, kind: Kind, data: bytes, *, lock: bool = False) -> Plan:
    """What a file would change.

    Raises:
        Refused: the file is empty or too large.
    """
    return _worked_out(session, kind, data, lock=lock)[0]


def carry_out(kind: Kind, data: bytes, *, actor: str, expected: str = "") -> Plan:
    """Import a file, whole or not at all; returns what was done.

    Args:
        expected: the code of a dry run; when the plan is another now, nothing is done.

    Raises:
        ImportRefused: the file has problems; its plan says which.
        Refused: the database has changed since the dry run.
    """
    sha256 = files.store().put(data)
    # What is read from documents for this is read, and remembered, before the database is locked.
    with reading() as session:
        plan(session, kind, data)
    try:
        with writing() as session:
            made, items = _worked_out(session, kind, data, lock=True)
            if made.problems:
                raise ImportRefused(made)
            if expected and made.code != expected:
                raise Refused(
                    _("The shop has changed since the dry run, so nothing was imported. Run it again.")
                )
            files.record(session, sha256, size=len(data), media_type="text/plain")
            if items:
                kind.write(session, items, cause=f"import/{sha256[:16]}", actor=actor)
                audit.log(
                    session,
                    actor=actor,
                    action=f"import.{kind.name}",
                    subject=f"file/{sha256[:16]}",
                    after={"changes": len(items), "document": sha256},
                )
            session.flush()
            return made
    except IntegrityError as error:
        raise Refused(
            _("The shop has changed meanwhile, so nothing was imported. Run the dry run again.")
        ) from error


def _worked_out(session: Session, kind: Kind, data: bytes, *, lock: bool) -> tuple[Plan, list[Item]]:
    names = [column.name for column in kind.columns]
    table = tables.read(data, columns=[*names, VERSION])
    found = Findings(problems=list(table.problems))
    for name in kind.keys:
        if not table.problems and name not in table.columns:
            found.problem(1, _("The column “%(name)s” is missing.", name=name))
    items: list[Item] = []
    if not found.problems:
        items = _items(session, kind, table.rows, found, lock=lock)
        kind.check(session, items, found)
    told = [(item, list(kind.in_words(item))) for item in items]
    changes = [
        Change(line=item.line, key=" ".join(item.key), what=what) for item, words in told for what in words
    ]
    problems = sorted(set(found.problems))
    made = Plan(
        kind=kind.name,
        rows=len(table.rows),
        changes=changes,
        problems=problems[:MOST_PROBLEMS],
        problems_left_out=max(0, len(problems) - MOST_PROBLEMS),
        notes=sorted(set(found.notes))[:MOST_PROBLEMS],
        code=_code(kind, data, items),
    )
    return made, [item for item, words in told if words]


def _code(kind: Kind, data: bytes, items: Sequence[Item]) -> str:
    """The file, and every row of the shop that it was compared with."""
    seen = hashlib.sha256(f"{kind.name}:".encode() + hashlib.sha256(data).digest())
    for item in items:
        seen.update(f"{item.line}:{version_of(item.before) if item.before is not None else 'new'};".encode())
    return seen.hexdigest()[:20]


def _items(session: Session, kind: Kind, rows: Sequence[Row], found: Findings, *, lock: bool) -> list[Item]:
    read = [(row, _cells(kind, row, found)) for row in rows]
    first: dict[Key, int] = {}
    keyed: list[tuple[Row, dict[str, str], Key]] = []
    for row, cells in read:
        if cells is None:
            continue
        key = tuple(cells.get(name, "") for name in kind.keys)
        empty = [name for name, value in zip(kind.keys, key, strict=True) if not value]
        if empty:
            found.problem(row.line, _("Column “%(name)s” is empty.", name=empty[0]))
        elif key in first:
            found.problem(
                row.line, _("%(key)s stands in line %(line)s already.", key=" ".join(key), line=first[key])
            )
        else:
            first[key] = row.line
            keyed.append((row, cells, key))
    present = kind.present(session, [key for _row, _cells, key in keyed], lock=lock)
    return [
        item
        for row, cells, key in keyed
        if (item := _item(kind, row, cells, key, present.get(key), found)) is not None
    ]


def _cells(kind: Kind, row: Row, found: Findings) -> dict[str, str] | None:
    """The cells of a row in their usual spelling; None when one holds what it cannot."""
    cells: dict[str, str] = {}
    for column in kind.columns:
        if column.name not in row.cells:
            continue
        try:
            cells[column.name] = (
                row.cells[column.name] if column.told else column.read(row.cells[column.name])
            )
        except WrongCell as error:
            found.problem(
                row.line,
                _(
                    "%(column)s “%(cell)s”: %(why)s.",
                    column=column.name,
                    cell=row.cells[column.name][:40],
                    why=str(error),
                ),
            )
            return None
    return cells


def _item(
    kind: Kind, row: Row, cells: dict[str, str], key: Key, before: Cells | None, found: Findings
) -> Item | None:
    able = [column.name for column in kind.columns if not column.told and column.name in cells]
    if before is None:
        missing = [column.name for column in kind.columns if column.needed and not cells.get(column.name)]
        for name in missing:
            found.problem(row.line, _("A new row needs “%(name)s”.", name=name))
        if missing:
            return None
        changed = {name: ("", cells[name]) for name in able if cells[name]}
    else:
        changed = {name: (before[name], cells[name]) for name in able if before[name] != cells[name]}
        stated = row.cells.get(VERSION, "")
        if changed and stated and stated != version_of(before):
            found.problem(
                row.line,
                _(
                    "%(key)s has changed in the shop since this file was exported. Export it again.",
                    key=" ".join(key),
                ),
            )
            return None
    return Item(line=row.line, key=key, cells=cells, before=before, changed=changed)


def differences(item: Item) -> list[str]:
    """The changed columns of a row, in words."""
    if item.before is None:
        return [_("new")]
    return [
        _(
            "%(column)s: %(old)s → %(new)s",
            column=name,
            old=old[:60] or _("empty"),
            new=new[:60] or _("empty"),
        )
        for name, (old, new) in item.changed.items()
    ]


def in_chunks(values: Collection[Value]) -> Iterator[list[Value]]:
    """Some values at a time, so that no query has more of them than a database takes."""
    left = iter(values)
    while part := list(islice(left, KEYS_AT_ONCE)):
        yield part


def refused_as_problem(found: Findings, line: int, error: Refused | NotFound) -> None:
    """Turn a refusal of a use case into a problem of a line."""
    found.problem(line, str(error))
