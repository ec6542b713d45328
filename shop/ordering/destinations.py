"""Where the shop delivers: countries on a list, less the compounds restricted in some of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from babel import Locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.core.language import current_locale
from shop.ordering.models import Destination, DestinationRestriction


@dataclass(frozen=True, kw_only=True)
class Restriction:
    """Why a compound is not sent to a country."""

    compound_id: int
    country: str
    reason: str
    source: str


def country_name(code: str) -> str:
    """A country's name in the current language; the code itself where none is known."""
    return _country_names(current_locale()).get(code, code)


@cache
def _country_names(locale: str) -> dict[str, str]:
    return {code: str(name) for code, name in Locale.parse(locale).territories.items()}


def countries(session: Session) -> list[tuple[str, str]]:
    """Code and name of every country delivered to, by name."""
    codes = session.scalars(select(Destination.country))
    return sorted(((code, country_name(code)) for code in codes), key=lambda each: each[1])


def delivers_to(session: Session, country: str) -> bool:
    """Whether a country is on the list."""
    return session.get(Destination, country) is not None


def restrictions(
    session: Session, compound_ids: Iterable[int], country: str | None = None
) -> list[Restriction]:
    """What keeps some compounds from a country, or from any country."""
    query = select(DestinationRestriction).where(DestinationRestriction.compound_id.in_(list(compound_ids)))
    if country is not None:
        query = query.where(DestinationRestriction.country == country)
    return [
        Restriction(compound_id=row.compound_id, country=row.country, reason=row.reason, source=row.source)
        for row in session.scalars(query.order_by(DestinationRestriction.country))
    ]
