"""Organisations that order."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.core import clock
from shop.core.identity import name_key
from shop.people.models import Organisation


def find_or_add(session: Session, name: str) -> int:
    """The id of the organisation of this name, added when it is new."""
    key = name_key(name)
    found = session.scalar(_OF_KEY, {"key": key})
    if found is not None:
        return found
    organisation = Organisation(name=" ".join(name.split()), name_key=key, created_at=clock.now())
    try:
        with session.begin_nested():
            session.add(organisation)
    except IntegrityError:  # two first orders of one organisation at the same moment
        return session.scalars(_OF_KEY, {"key": key}).one()
    return organisation.id


_OF_KEY = select(Organisation.id).where(Organisation.name_key == bindparam("key"))
