"""Who is at work, and what they may open: what the table of addresses does not allow is refused."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.core.database import reading
from shop.core.errors import NotPermitted
from shop.core.language import gettext as _
from shop.people import staff
from shop.people.permissions import Permission
from shop.people.staff import SignedInStaff
from shop.web.visitor import say, visitor

OPEN_TO_ALL = frozenset({"staff.sign_in"})
"""Pages that need nobody signed in."""

needed: dict[str, Permission | None] = {}
"""By endpoint, the permission it takes; None means that signing in is enough."""

_PLAIN_PATH = re.compile(r"/staff(/[\w.\-~%+]+)*/?", re.ASCII)


def set_up(blueprint: Blueprint) -> None:
    """Look at every request of the back office before its view does."""
    blueprint.before_request(_refuse_strangers)


def signed_in_staff() -> SignedInStaff:
    """The member of staff this request comes from."""
    found: SignedInStaff = g.staff
    return found


def anyone_at_work() -> SignedInStaff | None:
    """The member of staff signed in at this browser, with the permissions they have now."""
    staff_id = visitor().staff_id
    if staff_id is None:
        return None
    with reading() as session:
        return staff.at_work(session, staff_id)


def safe_next(address: str) -> str:
    """A page of the back office to go on to, or the dashboard where the address is anything else."""
    parts = urlsplit(address) if address.isprintable() and "\\" not in address else urlsplit("")
    inside = _PLAIN_PATH.fullmatch(parts.path) and ".." not in unquote(parts.path)
    closed = parts.path in (url_for("staff.sign_in"), url_for("staff.sign_out"))
    if parts.scheme or parts.netloc or not inside or closed or not address.startswith("/staff"):
        return url_for("staff.dashboard")
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _refuse_strangers() -> AnyResponse | None:
    endpoint = request.endpoint or ""
    if endpoint in OPEN_TO_ALL:
        return None
    found = anyone_at_work()
    if found is None:
        return _to_sign_in()
    g.staff = found
    if endpoint not in needed:
        raise NotPermitted(_("Nobody is allowed to open this page."))
    permission = needed[endpoint]
    if permission is not None:
        staff.demand(found, permission)
    return None


def _to_sign_in() -> AnyResponse:
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("staff.sign_in", next=request.full_path.rstrip("?")))
    say(_("You are not signed in any more, so nothing was changed. Sign in and do it again."))
    return redirect(url_for("staff.sign_in"), 303)
