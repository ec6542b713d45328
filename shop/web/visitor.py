"""What one browser carries on with between requests: cart, checkout, a notice, and a member of staff.

It lives in the database; the cookie holds only a random key, and the database only that key's hash. A row is
written when there is something to remember, never for a mere visit.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any, cast

from flask import Response, after_this_request, g, request
from sqlalchemy import Table, bindparam, delete, insert, select, update

from shop.core import clock
from shop.core.database import reading, rows_changed, writing
from shop.core.settings import settings
from shop.people.models import WebSession

BUYERS_LAST = timedelta(days=30)
STAFF_LAST = timedelta(hours=12)
STAFF_IDLE = timedelta(hours=2)
SEEN_EVERY = timedelta(minutes=5)
SHOWN = "shown"
"""The cookie that names the lines shown last."""


@dataclass
class Visitor:
    """One browser."""

    key: str | None = None
    staff_id: int | None = None
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def cart_id(self) -> int | None:
        """The cart of this browser."""
        return self.data.get("cart")

    @property
    def draft_token(self) -> str | None:
        """The checkout this browser is in."""
        return self.data.get("draft")


def visitor() -> Visitor:
    """The browser of this request, read once."""
    if "visitor" not in g:
        g.visitor = _load(request.cookies.get(_cookie_name(), ""))
    found: Visitor = g.visitor
    return found


def remember(**values: object) -> None:
    """Keep values for this browser; None forgets one."""
    current = visitor()
    data = {**current.data, **values}
    data = {name: value for name, value in data.items() if value is not None}
    if current.key is None or data != current.data:
        _save(data, staff_id=current.staff_id)


def sign_in(staff_id: int) -> None:
    """Begin a fresh session for a member of staff; the old key is worthless afterwards."""
    _forget()
    _save({}, staff_id=staff_id)


def sign_out() -> None:
    """End the session, here and for whoever copied its key."""
    _forget()
    g.visitor = Visitor()
    after_this_request(_drop_cookie)


def say(text: str, *, url: str = "", link: str = "", **values: object) -> None:
    """Show a line on the next private page, and keep other values with it."""
    line = {"text": text, "url": url, "link": link, "id": secrets.token_hex(4)}
    remember(notices=[*_not_shown(), line], **values)


def said() -> list[dict[str, str]]:
    """The lines to show now; each is shown once.

    A cookie names the lines that were shown, so that looking at a page writes nothing. They are taken out of
    the database when something is said next.
    """
    notices = _not_shown()
    if notices:
        shown = ".".join(each["id"] for each in notices)
        after_this_request(lambda response: _keep_cookie(response, SHOWN, shown))
    return notices


def _not_shown() -> list[dict[str, str]]:
    shown = request.cookies.get(SHOWN, "").split(".")
    return [each for each in visitor().data.get("notices", []) if each.get("id") not in shown]


def _load(key: str) -> Visitor:
    if len(key) != 43:
        return Visitor()
    with reading() as session:
        row = session.execute(_OF_KEY, {"of_key": hash_of_key(key)}).one_or_none()
        moment = clock.now()
        if row is None or row.expires_at < moment:
            return Visitor()
        if row.staff_id is not None and row.last_seen_at < moment - STAFF_IDLE:
            return Visitor()
        found = Visitor(key=key, staff_id=row.staff_id, data=dict(row.data))
        stale = row.staff_id is not None and row.last_seen_at < moment - SEEN_EVERY
    if stale:
        g.visitor = found
        _save(found.data, staff_id=found.staff_id)
    return found


def _save(data: dict[str, Any], *, staff_id: int | None) -> None:
    current: Visitor = visitor()
    key = current.key or secrets.token_urlsafe(32)
    moment = clock.now()
    hashed = hash_of_key(key)
    # What a use case did and what the browser remembers of it may be one transaction.
    with writing(joins=True) as session:
        known = current.key is not None and rows_changed(
            session,
            _KEEP,
            {"of_key": hashed, "new_data": data, "new_staff_id": staff_id, "seen_at": moment},
        )
        if not known:
            lasts = STAFF_LAST if staff_id else BUYERS_LAST
            session.execute(
                _BEGIN,
                {
                    "key_sha256": hashed,
                    "data": data,
                    "staff_id": staff_id,
                    "created_at": moment,
                    "last_seen_at": moment,
                    "expires_at": moment + lasts,
                },
            )
    g.visitor = Visitor(key=key, staff_id=staff_id, data=data)
    after_this_request(_set_cookie)


# Made once, and of columns: this is asked by every request that has a cookie.
_SESSIONS = cast(Table, WebSession.__table__)
_OF_KEY = select(
    _SESSIONS.c.data, _SESSIONS.c.staff_id, _SESSIONS.c.expires_at, _SESSIONS.c.last_seen_at
).where(_SESSIONS.c.key_sha256 == bindparam("of_key"))
_KEEP = (
    update(_SESSIONS)
    .where(_SESSIONS.c.key_sha256 == bindparam("of_key"))
    .values(data=bindparam("new_data"), staff_id=bindparam("new_staff_id"), last_seen_at=bindparam("seen_at"))
)
_BEGIN = insert(_SESSIONS)


def _forget() -> None:
    key = visitor().key
    if key is not None:
        with writing() as session:
            session.execute(delete(WebSession).where(WebSession.key_sha256 == hash_of_key(key)))
    g.visitor = Visitor()


def _set_cookie(response: Response) -> Response:
    key = visitor().key
    return response if key is None else _keep_cookie(response, _cookie_name(), key)


def _keep_cookie(response: Response, name: str, value: str) -> Response:
    response.set_cookie(
        name,
        value,
        max_age=int(BUYERS_LAST.total_seconds()),
        httponly=True,
        secure=settings().secure_cookies,
        samesite="Lax",
        path="/",
    )
    return response


def _drop_cookie(response: Response) -> Response:
    response.delete_cookie(_cookie_name(), path="/")
    return response


def _cookie_name() -> str:
    return "__Host-visitor" if settings().secure_cookies else "visitor"


def hash_of_key(key: str) -> str:
    """What the database knows a browser's key by."""
    return sha256(key.encode()).hexdigest()
