"""Giving a person what the shop holds about them, and erasing it (GDPR Articles 15, 17 and 20).

What has to stay (invoices, stock, the chain of attestations) stays for the reason and until the day that its
room has registered, and the answer says which. The log of erasures holds no address, only a keyed hash of it,
by which an erasure is done again: after a backup was restored, and when a period of retention has ended.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, ColumnElement, String, Table, Text, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.core import clock
from shop.core.append_only import append_only
from shop.core.database import Numbered, reading, rows_changed, writing
from shop.core.errors import Refused
from shop.core.jobs import job
from shop.core.language import gettext as _
from shop.core.personal_data import ERASED, Erasing, Holding, holdings, not_personal
from shop.core.settings import settings

ADDRESS_AT_MOST = 254


class ErasureEntry(Numbered):
    """One erasure, without the address it was for."""

    __tablename__ = "erasure"

    at: Mapped[datetime] = mapped_column(index=True)
    person_key: Mapped[str] = mapped_column(String(64), index=True)
    """HMAC-SHA256 of the address in lower case under the shop's secret key."""
    actor: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)
    before_retention: Mapped[bool]
    """Whether a period of retention was set aside."""
    erased: Mapped[dict[str, Any]]
    """Rows by table."""
    kept: Mapped[list[Any]]
    """For each table with rows that stay: how many, why, and until which day."""


append_only("erasure")
not_personal("erasure", "person_key actor reason erased kept", why="a keyed hash, and what staff wrote")


@dataclass(frozen=True, kw_only=True)
class KeptRows:
    """Rows of one table that stay, and why."""

    table: str
    rows: int
    reason: str
    until: date | None


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What an erasure has done."""

    rows: Mapping[str, int]
    kept: tuple[KeptRows, ...]

    @property
    def anything(self) -> bool:
        """Whether any row was erased."""
        return any(self.rows.values())


def person_key(email: str) -> str:
    """What the log of erasures knows a person by."""
    return hmac.new(settings().secret_key.encode(), _key(email).encode(), hashlib.sha256).hexdigest()


def export(email: str) -> bytes:
    """Everything held about a person: a zip with a JSON file a table, and `about.json` to explain them."""
    key = _key(email)
    about: list[dict[str, Any]] = []
    packed = io.BytesIO()
    with reading() as session, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for holding in holdings():
            table = holding.model
            shown = [column for column in table.columns if column.name not in holding.secret]
            rows = session.execute(select(*shown).where(holding.rows_of(table, key))).mappings().all()
            if not rows:
                continue
            about.append(
                {
                    "file": f"{holding.table}.json",
                    "rows": len(rows),
                    "purpose": holding.purpose,
                    "on_erasure": holding.erasing.value,
                    "reason_to_keep": holding.reason,
                }
            )
            archive.writestr(
                f"{holding.table}.json",
                json.dumps([dict(row) for row in rows], default=_plain, ensure_ascii=False, indent=1),
            )
        archive.writestr(
            "about.json",
            json.dumps(
                {"email": key, "made_at": clock.now().isoformat(), "held": about},
                ensure_ascii=False,
                indent=1,
            ),
        )
    return packed.getvalue()


def erase(email: str, *, reason: str, actor: str, before_retention: bool = False) -> Erased:
    """Erase a person, in one transaction, and log it without the address.

    Args:
        before_retention: set aside the shop's own periods of retention, such as that of attestations.

    Raises:
        Refused: no reason is given, or that is not a mail address.
    """
    if not reason.strip():
        raise Refused(_("Give the reason for this erasure."))
    key = _key(email)
    with writing() as session:
        done = _erase(session, key, before_retention=before_retention)
        _log(session, key, done, actor=actor, reason=reason.strip(), before_retention=before_retention)
        return done


def erase_again() -> list[Erased]:
    """Erase anew everyone in the log of erasures: after a restore, and when a retention has ended.

    Only what was found and erased is logged once more.
    """
    with reading() as session:
        set_aside: dict[str, bool] = {}
        for key, before in session.execute(
            select(ErasureEntry.person_key, ErasureEntry.before_retention).distinct()
        ):
            set_aside[key] = before or set_aside.get(key, False)
        if not set_aside:
            return []
        keys = {address: person_key(address) for address in _addresses(session)}
        found = {address: key for address, key in keys.items() if key in set_aside}
    results = []
    for address, key in sorted(found.items()):
        with writing() as session:
            done = _erase(session, address, before_retention=set_aside[key])
            if done.anything:
                _log(
                    session,
                    address,
                    done,
                    actor="job",
                    reason=_("Erased again."),
                    before_retention=set_aside[key],
                )
                results.append(done)
    return results


@job("erasures", every=timedelta(hours=24))
def _erase_again() -> int:
    """Erase what could not be erased when it was asked for."""
    return len(erase_again())


def _erase(session: Session, key: str, *, before_retention: bool) -> Erased:
    rows: dict[str, int] = {}
    kept: list[KeptRows] = []
    # Decided for every table before anything is changed: one table's rows may be found by another's.
    plans = [(holding, *_plan(session, holding, key, before_retention)) for holding in holdings()]
    for holding, found, staying in plans:
        kept += staying
        if found:
            rows[holding.table] = _change(session, holding, found)
    session.flush()
    return Erased(rows=rows, kept=tuple(kept))


def _plan(
    session: Session, holding: Holding, key: str, before_retention: bool
) -> tuple[list[object], list[KeptRows]]:
    """The primary keys to erase, and the rows that stay with their reasons."""
    table = holding.model
    primary = _primary(table)
    found = list(session.scalars(select(primary).where(holding.rows_of(table, key))))
    if not found:
        return [], []
    if holding.erasing == Erasing.KEEP:
        return [], [KeptRows(table=holding.table, rows=len(found), reason=holding.reason, until=None)]
    staying: list[KeptRows] = []
    left = set(found)
    for each in holding.kept(session, key, before_retention) if holding.kept else ():
        until = [each.until[row] for row in left if row in each.until]
        if until:
            last = None if None in until else max(day for day in until if day is not None)
            staying.append(KeptRows(table=holding.table, rows=len(until), reason=each.reason, until=last))
        left -= set(each.until)
    return [row for row in found if row in left], staying


def _change(session: Session, holding: Holding, found: list[object]) -> int:
    table = holding.model
    changed = 0
    for begin in range(0, len(found), 500):
        those = _primary(table).in_(found[begin : begin + 500])
        if holding.erasing == Erasing.DELETE:
            changed += rows_changed(session, delete(table).where(those))
        else:
            changed += rows_changed(session, update(table).where(those).values(_instead(holding)))
    return changed


def _instead(holding: Holding) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in holding.columns:
        column = holding.model.c[name]
        if name in holding.instead:
            given = holding.instead[name]
            values[name] = given(holding.model) if callable(given) else given
        elif column.nullable:
            values[name] = None
        else:
            values[name] = {"erased": True} if isinstance(column.type, JSON) else ERASED
    return values


def _log(
    session: Session, key: str, done: Erased, *, actor: str, reason: str, before_retention: bool
) -> None:
    session.add(
        ErasureEntry(
            at=clock.now(),
            person_key=person_key(key),
            actor=actor,
            reason=reason,
            before_retention=before_retention,
            erased=dict(done.rows),
            kept=[
                [each.table, each.rows, each.reason, each.until.isoformat() if each.until else None]
                for each in done.kept
            ],
        )
    )


def _addresses(session: Session) -> set[str]:
    """Every mail address that stands in a registered column, in lower case."""
    found: set[str] = set()
    for holding in holdings():
        if holding.address is not None:
            column = holding.model.c[holding.address]
            found |= {each for each in session.scalars(select(func.lower(column)).distinct()) if each}
    return found


def _primary(table: Table) -> ColumnElement[Any]:
    (column,) = table.primary_key.columns
    return column


def _key(email: str) -> str:
    key = email.strip().lower()
    if "@" not in key or len(key) > ADDRESS_AT_MOST or any(sign.isspace() for sign in key):
        raise Refused(_("“%(address)s” is not an email address.", address=email.strip()[:ADDRESS_AT_MOST]))
    return key


def _plain(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)
