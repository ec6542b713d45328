"""The activity log: who changed what, when, before and after, and why. Read-only."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Response, request, url_for
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from shop.core import clock
from shop.core.audit import AuditEntry
from shop.core.database import reading
from shop.core.language import gettext as _
from shop.web.staff import frame, listing, tables

PAGE_SIZE = 100


def show() -> Response:
    """Entries, the newest first, filtered."""
    words, since, until = listing.words(), _day("since"), _day("until")
    conditions = _conditions(words, since, until)
    kept = _kept(words, since, until)
    with frame.building() as session:
        total = session.scalar(select(func.count()).select_from(AuditEntry).where(*conditions)) or 0
        number = min(listing.page_number(), max(1, -(-total // PAGE_SIZE)))
        return frame.page(
            session,
            "log",
            section="log",
            asked=words,
            since=since,
            until=until,
            rows=[
                {"entry": each, "before": _in_words(each.before), "after": _in_words(each.after)}
                for each in _entries(session, conditions, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
            ],
            pages=listing.pages(
                number=number,
                size=PAGE_SIZE,
                total=total,
                address=lambda page: url_for("staff.log", **kept, page=page),
            ),
            file_url=url_for("staff.log_file", **kept),
        )


def as_file() -> Response:
    """The same as CSV."""
    conditions = _conditions(listing.words(), _day("since"), _day("until"))
    heads = [_("At (UTC)"), _("Who"), _("Action"), _("Subject"), _("Before"), _("After"), _("Reason")]
    with reading() as session:
        return tables.as_file(
            f"log-{clock.today().isoformat()}.csv",
            heads,
            [
                (
                    each.at,
                    each.actor,
                    each.action,
                    each.subject,
                    _in_words(each.before),
                    _in_words(each.after),
                    each.reason or "",
                )
                for each in _entries(session, conditions, limit=tables.MOST_ROWS, offset=0)
            ],
        )


def _entries(
    session: Session, conditions: list[ColumnElement[bool]], *, limit: int, offset: int
) -> list[AuditEntry]:
    return list(
        session.scalars(
            select(AuditEntry).where(*conditions).order_by(AuditEntry.id.desc()).limit(limit).offset(offset)
        )
    )


def _conditions(words: str, since: date | None, until: date | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if words:
        texts = (AuditEntry.actor, AuditEntry.action, AuditEntry.subject, AuditEntry.reason)
        found.append(or_(*(func.lower(each).contains(words.lower(), autoescape=True) for each in texts)))
    if since:
        found.append(AuditEntry.at >= datetime.combine(since, time(), UTC))
    if until:
        found.append(AuditEntry.at < datetime.combine(until, time(), UTC) + timedelta(days=1))
    return found


def _in_words(values: dict[str, Any] | None) -> str:
    """Values before or after a change, each with its name."""
    if not values:
        return ""
    return "; ".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in values.items()
    )


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _kept(words: str, since: date | None, until: date | None) -> dict[str, Any]:
    values = {
        "q": words,
        "since": since.isoformat() if since else "",
        "until": until.isoformat() if until else "",
    }
    return {name: value for name, value in values.items() if value}
