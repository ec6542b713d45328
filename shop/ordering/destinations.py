"""Where the shop delivers: countries on a list, less what rules keep from a country or a part of one.

What is not on the list is not delivered to. A rule is of a country or of places in it (by postcode or
region), and of a compound, a field of compounds, or all; it refuses, or asks for a licence, and then the
order is held. Territories with codes of their own are countries here; others (the Crimea, Northern Ireland)
are places of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from babel import Locale
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from shop.core import audit, clock, stamps
from shop.core.database import rows_changed, writing
from shop.core.errors import NotFound, Refused
from shop.core.identity import name_key
from shop.core.language import current_locale
from shop.core.language import gettext as _
from shop.ordering.destination_models import DestinationEffect, DestinationRule

NO_COUNTRIES = frozenset("AC CP DG EA EU EZ IC QO TA UN XA XB XI ZZ".split())
"""Codes that name no country of ISO 3166-1: reserved, for groups, or of customs only (XI)."""
MOST_PLACES, LONGEST_PLACE = 200, 60


@dataclass(frozen=True, kw_only=True)
class Restriction:
    """What keeps compounds from a country or a part of it. No compounds stands for all."""

    rule_id: int
    compound_ids: frozenset[int] | None
    country: str
    places: tuple[str, ...]
    effect: DestinationEffect
    reason: str
    source: str


@dataclass(frozen=True, kw_only=True)
class NewDestinationRule:
    """What staff write of a rule."""

    country: str
    effect: DestinationEffect
    reason: str
    source: str
    places: Sequence[str] = ()
    compound_id: int | None = None
    category_id: int | None = None


def country_name(code: str) -> str:
    """A country's name in the current language; the code itself where none is known."""
    return _country_names(current_locale()).get(code, code)


@cache
def _country_names(locale: str) -> dict[str, str]:
    return {code: str(name) for code, name in Locale.parse(locale).territories.items()}


@lru_cache
def country_codes() -> frozenset[str]:
    """Every code of a country."""
    known = Locale.parse("en").territories
    codes = (str(code) for code in known)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - NO_COUNTRIES


def countries(session: Session) -> list[tuple[str, str]]:
    """Code and name of every country delivered to, by name."""
    codes = [code for code, rules in _in_force.of(session).items() if delivers(rules)]
    return sorted(((code, country_name(code)) for code in codes), key=lambda each: each[1])


def of_country(session: Session, country: str) -> Sequence[DestinationRule]:
    """The rules in force for a country; not of this session, and never to be changed."""
    return _in_force.of(session).get(country, ())


@stamps.kept("destinations", {"destination_rule": ""})
def _in_force(session: Session) -> Mapping[str, Sequence[DestinationRule]]:
    found: dict[str, list[DestinationRule]] = {}
    table = DestinationRule.__table__
    for row in session.execute(select(table).where(table.c.ended_at.is_(None)).order_by(table.c.id)):
        found.setdefault(row.country, []).append(DestinationRule(**row._mapping))
    return found


def delivers(rules: Iterable[DestinationRule]) -> bool:
    """Whether the rules of a country put it on the list."""
    return any(each.effect == DestinationEffect.DELIVER for each in rules)


def applying(
    rules: Iterable[DestinationRule], compounds: Mapping[int, int], *, region: str, postcode: str
) -> list[tuple[DestinationRule, set[int]]]:
    """The restrictions that apply to an address, each with the compounds it is about.

    Args:
        compounds: the field of each compound, by compound.
    """
    found = []
    for each in rules:
        if each.effect == DestinationEffect.DELIVER or not is_place(each.places, region, postcode):
            continue
        about = {
            compound
            for compound, field in compounds.items()
            if each.compound_id in (None, compound) and each.category_id in (None, field)
        }
        if about:
            found.append((each, about))
    return found


def is_place(places: str, region: str, postcode: str) -> bool:
    """Whether a postcode or region is one of some patterns; no pattern stands for everywhere."""
    if not places.strip():
        return True
    typed = [_place(region), _place(postcode)]
    return any(_pattern(line).fullmatch(each) for line in places.splitlines() for each in typed if each)


def _place(text: str) -> str:
    return re.sub(r"[\s-]", "", name_key(text))


@lru_cache(maxsize=1024)
def _pattern(line: str) -> re.Pattern[str]:
    return re.compile(re.escape(_place(line)).replace(r"\*", ".*"))


def restrictions(session: Session, compounds: Mapping[int, int] | None = None) -> list[Restriction]:
    """What is kept from which country, of some compounds or of all, by country.

    Args:
        compounds: the field of each compound, by compound.
    """
    found = []
    in_force = sorted(_in_force.of(session).items())
    for each in (rule for _country, rules in in_force for rule in rules):
        if each.effect == DestinationEffect.DELIVER:
            continue
        about: frozenset[int] | None = None
        if compounds is not None:
            about = frozenset(
                compound
                for compound, field in compounds.items()
                if each.compound_id in (None, compound) and each.category_id in (None, field)
            )
            if not about:
                continue
        found.append(
            Restriction(
                rule_id=each.id,
                compound_ids=about,
                country=each.country,
                places=tuple(each.places.splitlines()),
                effect=each.effect,
                reason=each.reason,
                source=each.source,
            )
        )
    return found


def every(session: Session) -> list[DestinationRule]:
    """Every rule there ever was, by country, those in force first."""
    rows = session.scalars(
        select(DestinationRule)
        .options(selectinload(DestinationRule.compound), selectinload(DestinationRule.category))
        .order_by(DestinationRule.country, DestinationRule.id)
    )
    return sorted(rows, key=lambda row: row.ended_at is not None)


def find(session: Session, rule_id: int) -> DestinationRule:
    """One rule.

    Raises:
        NotFound: there is none.
    """
    found = session.get(DestinationRule, rule_id)
    if found is None:
        raise NotFound(_("There is no such rule."))
    return found


def add(new: NewDestinationRule, *, actor: str) -> int:
    """Write a rule; returns its number.

    Raises:
        Refused: the country is none, is on the list already, or the rule has no reason or source.
    """
    _refuse_odd(new)
    row = DestinationRule(
        country=new.country,
        places="\n".join(new.places),
        compound_id=new.compound_id,
        category_id=new.category_id,
        effect=new.effect,
        reason=new.reason.strip(),
        source=new.source.strip(),
        begun_at=clock.now(),
        begun_by=actor,
    )
    try:
        with writing() as session:
            session.add(row)
            session.flush()
            audit.log(
                session,
                actor=actor,
                action="destination.add",
                subject=f"destination/{row.id}",
                after={
                    "country": new.country,
                    "effect": new.effect.value,
                    "places": list(new.places),
                    "compound": new.compound_id,
                    "field": new.category_id,
                    "source": new.source,
                },
                reason=new.reason,
            )
            return row.id
    except IntegrityError:
        raise Refused(_("%(country)s is on the list already.", country=country_name(new.country))) from None


def end(rule_id: int, *, actor: str, reason: str) -> None:
    """End a rule. A country whose rule to deliver ends is no longer delivered to.

    Raises:
        Refused: it has ended already, or no reason is given.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    with writing() as session:
        ended = rows_changed(
            session,
            update(DestinationRule)
            .where(DestinationRule.id == rule_id, DestinationRule.ended_at.is_(None))
            .values(ended_at=clock.now(), ended_by=actor, end_reason=reason.strip()),
        )
        if not ended:
            raise Refused(_("This rule is not in force."))
        audit.log(
            session, actor=actor, action="destination.end", subject=f"destination/{rule_id}", reason=reason
        )


def _refuse_odd(new: NewDestinationRule) -> None:
    if new.country == "XI":
        raise Refused(_("XI is no country. For Northern Ireland, write a rule for GB with the postcode BT*."))
    if new.country not in country_codes():
        raise Refused(_("%(code)s is not the code of a country.", code=new.country))
    if not new.reason.strip() or not new.source.strip():
        raise Refused(_("Give a reason, and say where the rule comes from."))
    whole = new.compound_id is None and new.category_id is None and not new.places
    if new.effect == DestinationEffect.DELIVER and not whole:
        raise Refused(
            _("A country is put on the list as a whole. Write what is not sent there as rules of their own.")
        )
    if new.compound_id is not None and new.category_id is not None:
        raise Refused(_("Choose a compound or a field, not both."))
    if len(new.places) > MOST_PLACES or any(len(each) > LONGEST_PLACE for each in new.places):
        raise Refused(
            _(
                "Write at most %(most)s lines of at most %(longest)s characters.",
                most=MOST_PLACES,
                longest=LONGEST_PLACE,
            )
        )
    if any(not _place(each).replace("*", "") for each in new.places):
        raise Refused(_("Each place needs a letter or a digit. Leave the field empty for the whole country."))
