"""Restricted-party lists: imported whole with their date, every version kept, and asked for each order."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import ForeignKey, ScalarSelect, String, Table, Text, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.attestations.party_names import Match, Party, PartyIndex
from shop.attestations.screening import Listed
from shop.attestations.screening_models import OrderScreening
from shop.core import audit, clock, stamps, together
from shop.core.append_only import append_only
from shop.core.audit import invariant
from shop.core.database import Base, rule, writing
from shop.core.errors import Refused
from shop.core.identity import random_reference
from shop.core.language import gettext as _
from shop.core.settings import settings

LARGEST_FILE = 200 * 1024 * 1024
MOST_KEPT_MATCHES = 20


class RestrictedList(Base):
    """A list of parties as it was on a day, imported whole."""

    __tablename__ = "restricted_list"
    __table_args__ = (rule("entries > 0", "a_list_has_entries"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(26), unique=True)
    name: Mapped[str] = mapped_column(String(80), index=True)
    dated: Mapped[date]
    """The date of the list itself, as its publisher gives it."""
    imported_at: Mapped[datetime]
    imported_by: Mapped[str] = mapped_column(String(200))
    entries: Mapped[int]


class RestrictedParty(Base):
    """An entry of a list, as published."""

    __tablename__ = "restricted_party"

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("restricted_list.id"), index=True)
    number: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(Text)
    aliases: Mapped[str] = mapped_column(Text)
    """One on a line."""
    addresses: Mapped[str] = mapped_column(Text)
    countries: Mapped[str] = mapped_column(Text)
    programme: Mapped[str] = mapped_column(Text)
    source_url: Mapped[str] = mapped_column(Text)


class PartyScreening(Base):
    """Against which lists an order was held, and what its names agreed with. No row: there was no list."""

    __tablename__ = "party_screening"

    screening_id: Mapped[str] = mapped_column(ForeignKey("order_screening.id"), primary_key=True)
    lists: Mapped[list[Any]]
    """Name, date, entries and key of each."""
    matches: Mapped[list[Any]]
    """List, entry and score of each, not the buyer's name."""


for _table in ("restricted_list", "restricted_party", "party_screening"):
    append_only(_table)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry as read from a file."""

    number: str
    name: str
    aliases: tuple[str, ...]
    addresses: str
    countries: str
    programme: str
    source_url: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the lists said of the names of an order."""

    lists: list[dict[str, Any]]
    matches: list[Match]

    @property
    def listed(self) -> list[Listed]:
        """The matches as screening takes them."""
        return [
            Listed(
                exact=each.score >= 1,
                sentence=_(
                    "%(list)s, entry %(number)s, agreement %(score)s",
                    list=each.party.list_name,
                    number=each.party.number,
                    score=f"{each.score:.2f}",
                ),
                seen=each.asked,
            )
            for each in self.matches
        ]


def read(data: bytes) -> list[Entry]:
    """The entries of a file: our own CSV or JSON, or the US Consolidated Screening List as published.

    Raises:
        Refused: the file is too large, not UTF-8, of another form, or has no entry; the sentence says where.
    """
    if len(data) > LARGEST_FILE:
        raise Refused(_("The file is larger than %(most)s MB.", most=LARGEST_FILE // 1024 // 1024))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(_("The file is not UTF-8 text.")) from None
    try:
        rows = _json_rows(text) if text.lstrip()[:1] in ("{", "[") else _csv_rows(text)
        entries = [entry for number, row in enumerate(rows, start=1) if (entry := _entry(number, row))]
    except (csv.Error, json.JSONDecodeError, RecursionError) as error:
        raise Refused(_("The file can’t be read: %(why)s", why=str(error))) from None
    if not entries:
        raise Refused(_("The file has no entry with a name."))
    return entries


def _csv_rows(text: str) -> Iterator[Mapping[str, Any]]:
    csv.field_size_limit(1_000_000)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if "name" not in (reader.fieldnames or ()):
        raise Refused(_("The first line has to name the columns, “name” among them."))
    yield from reader


def _json_rows(text: str) -> Iterator[Mapping[str, Any]]:
    found = json.loads(text)
    rows = found.get("results", []) if isinstance(found, dict) else found
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict):
            raise Refused(_("Every entry has to be an object with a “name”."))
        yield row


def _entry(number: int, row: Mapping[str, Any]) -> Entry | None:
    """An entry of either form; the published list says `alt_names`, `programs` and `source`."""
    name = _text(row.get("name"))
    if not name:
        return None
    identity = row.get("number") or row.get("entity_number") or row.get("_id") or row.get("id")
    programme = "; ".join(
        part for key in ("source", "programs", "programme") for part in _parts(row.get(key)) if part
    )
    return Entry(
        number=(_text(identity) or str(number))[:80],
        name=name,
        aliases=tuple(part for key in ("aliases", "alt_names") for part in _parts(row.get(key))),
        addresses="\n".join(_parts(row.get("addresses"))),
        countries=", ".join(_parts(row.get("countries") or row.get("country"))),
        programme=programme,
        source_url=_text(row.get("source_url") or row.get("source_list_url")),
    )


def _parts(value: Any) -> list[str]:
    """A list, or text with semicolons between its parts; an address in parts becomes one line."""
    if isinstance(value, list):
        return [
            ", ".join(_text(part) for part in each.values() if part)
            if isinstance(each, dict)
            else _text(each)
            for each in value
            if each
        ]
    return [part.strip() for part in _text(value).split(";") if part.strip()]


def _text(value: Any) -> str:
    return "" if value is None else str(value).replace("\x00", "").strip()


def import_list(name: str, dated: date, entries: Sequence[Entry], *, actor: str) -> int:
    """Keep a new version of a list; orders placed from now on are held against it.

    Raises:
        Refused: the list has no name, or its date lies in the future.
    """
    if not name.strip() or len(name) > 80:
        raise Refused(_("Give the list a name of at most 80 characters."))
    if dated > clock.today():
        raise Refused(_("The date of the list lies in the future."))
    with writing() as session:
        row = RestrictedList(
            key=random_reference(),
            name=name.strip(),
            dated=dated,
            imported_at=clock.now(),
            imported_by=actor,
            entries=len(entries),
        )
        session.add(row)
        session.flush()
        session.execute(
            insert(RestrictedParty),
            [
                {
                    "list_id": row.id,
                    "number": each.number,
                    "name": each.name,
                    "aliases": "\n".join(each.aliases),
                    "addresses": each.addresses,
                    "countries": each.countries,
                    "programme": each.programme,
                    "source_url": each.source_url,
                }
                for each in entries
            ],
        )
        audit.log(
            session,
            actor=actor,
            action="restricted-list.import",
            subject=f"restricted-list/{row.id}",
            after={"name": row.name, "dated": dated.isoformat(), "entries": len(entries)},
        )
        return row.id


def newest(session: Session) -> list[RestrictedList]:
    """The newest version of each list."""
    return list(session.scalars(_NEWEST))


_RANKED = select(
    RestrictedList.id,
    func.row_number()
    .over(
        partition_by=RestrictedList.name,
        order_by=(RestrictedList.dated.desc(), RestrictedList.id.desc()),
    )
    .label("place"),
).subquery()
_NEWEST = (
    select(RestrictedList)
    .join(_RANKED, _RANKED.c.id == RestrictedList.id)
    .where(_RANKED.c.place == 1)
    .order_by(RestrictedList.name)
)
"""Made once: making a statement anew costs more than running it."""


def ask(session: Session, names: Sequence[str]) -> Asked:
    """Hold names against the newest version of each list."""
    lists, index = _newest_known.of(session)
    return Asked(lists=lists, matches=index.matches(names)[:MOST_KEPT_MATCHES])


@stamps.kept("restricted lists", {"restricted_list": ""})
def _newest_known(session: Session) -> tuple[list[dict[str, Any]], PartyIndex]:
    """What is kept of the newest version of each list, and the index of their parties."""
    lists = newest(session)
    called = {row.id: row.name for row in lists}
    rows = session.execute(
        select(
            RestrictedParty.list_id, RestrictedParty.number, RestrictedParty.name, RestrictedParty.aliases
        ).where(RestrictedParty.list_id.in_(called))
    )
    index = PartyIndex(
        Party(list_name=called[row.list_id], number=row.number, name=name)
        for row in rows
        for name in (row.name, *row.aliases.splitlines())
    )
    told = [
        {"name": row.name, "dated": row.dated.isoformat(), "entries": row.entries, "key": row.key}
        for row in lists
    ]
    return told, index


def keep(session: Session, screening_id: str, asked: Asked) -> None:
    """Keep what the lists said with the screening of an order."""
    if not asked.lists:
        return
    together.write(
        session,
        _WRITE,
        {
            "screening_id": screening_id,
            "lists": asked.lists,
            "matches": [
                {
                    "list": each.party.list_name,
                    "number": each.party.number,
                    "name": each.party.name,
                    "score": f"{each.score:.2f}",
                }
                for each in asked.matches
            ],
        },
    )


_WRITE = insert(cast(Table, PartyScreening.__table__))


def of_screening(session: Session, screening_id: str) -> PartyScreening | None:
    """What the lists said; None where no list had been imported."""
    return session.get(PartyScreening, screening_id)


def stale() -> ScalarSelect[int]:
    """How many lists have a newest version older than the shop allows."""
    oldest = clock.today() - timedelta(days=settings().restricted_list_days)
    names = (
        select(RestrictedList.name)
        .group_by(RestrictedList.name)
        .having(func.max(RestrictedList.dated) < oldest)
        .subquery()
    )
    return select(func.count()).select_from(names).scalar_subquery()


@invariant("I64", "Every order placed once there was a list was held against the lists")
def _all_were_asked(session: Session) -> Iterator[str]:
    first = session.scalar(select(func.min(RestrictedList.imported_at)))
    if first is None:
        return
    unasked = (
        select(OrderScreening.id)
        .outerjoin(PartyScreening, PartyScreening.screening_id == OrderScreening.id)
        .where(PartyScreening.screening_id.is_(None), OrderScreening.at > first)
    )
    for screening_id in session.scalars(unasked):
        yield f"screening {screening_id}: no list was asked"
