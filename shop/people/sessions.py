"""Sessions that have run out are removed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from shop.core import clock
from shop.core.database import rows_changed, writing
from shop.core.jobs import job
from shop.people.models import WebSession


@job("forget expired sessions", every=timedelta(hours=1))
def forget_expired() -> int:
    """Remove sessions past their end; returns how many."""
    with writing() as session:
        return rows_changed(session, delete(WebSession).where(WebSession.expires_at < clock.now()))
