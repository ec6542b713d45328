"""What screening found for an order, as staff read it: why, and the buyer's words while they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from shop.attestations import restricted_parties
from shop.attestations.screening_models import OrderScreening, ScreenedPerson
from shop.core.language import gettext as _
from shop.core.wording import date_in_words
from shop.ordering import buyer_screening
from shop.ordering.models import Order
from shop.web.staff import words
from shop.web.staff.words import Badge


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The panel of an order: what was decided, and each finding."""

    badge: Badge
    ruleset: int
    points: list[str]
    erased: bool
    parties: str
    """Against which restricted-party lists the order was held, and what they said."""


def of_order(session: Session, order: Order) -> Shown | None:
    """What screening found; None for an order placed before results were kept."""
    found = buyer_screening.of_order(session, order.reference)
    if found is None:
        return None
    kept, person = found
    return Shown(
        badge=words.screening(kept.result),
        ruleset=kept.ruleset,
        points=points(kept, person),
        erased=person is None,
        parties=_parties(session, kept.id),
    )


def _parties(session: Session, screening_id: str) -> str:
    found = restricted_parties.of_screening(session, screening_id)
    if found is None:
        return _("No restricted-party list had been imported when this order was placed.")
    lists = "; ".join(
        _("%(name)s of %(day)s", name=each["name"], day=date_in_words(date.fromisoformat(each["dated"])))
        for each in found.lists
    )
    if not found.matches:
        return _("No match on: %(lists)s.", lists=lists)
    entries = "; ".join(
        _(
            "%(list)s entry %(number)s, “%(name)s”, agreement %(score)s",
            list=each["list"],
            number=each["number"],
            name=each["name"],
            score=each["score"],
        )
        for each in found.matches
    )
    return _("Held against %(lists)s. Matches: %(entries)s.", lists=lists, entries=entries)


def points(kept: OrderScreening, person: ScreenedPerson | None) -> list[str]:
    """Each finding as a sentence, with the words it saw."""
    seen: dict[str, list[str]] = {}
    for each in person.seen if person else []:
        seen.setdefault(each["rule"], []).append(each["words"])
    told: list[str] = []
    for finding in kept.findings:
        quotes = seen.get(finding["rule"], [])
        told.append(_point(finding, quotes.pop(0) if quotes else ""))
    return told


def _point(finding: Mapping[str, str], quote: str) -> str:
    values = {"sentence": finding["sentence"].rstrip("."), "rule": finding["rule"]}
    if quote:
        return _("%(sentence)s: “%(quote)s”. Rule %(rule)s.", quote=quote, **values)
    return _("%(sentence)s. Rule %(rule)s.", **values)
