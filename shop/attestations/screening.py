"""Whether a buyer's order goes on by itself, waits for a person, or is not taken.

The rules are data (`screening_rules`); this module only reads them over plain facts. A disclaimer does not
undo knowledge: text that shows personal use is a reason to act, whatever else the buyer has confirmed
(intended use is read from all circumstances, 21 CFR 201.128).

A finding says which rule spoke and why the rule is there. The words of the buyer that it saw are kept apart
in `seen`, because they can name a person: they are stored where they can be erased.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from shop.core.identity import name_key
from shop.core.language import gettext as _
from shop.core.language import ngettext

MONTHLY = (timedelta(days=24), timedelta(days=38))
"""Two orders this far apart are a month apart: the shop's own setting."""


class Result(StrEnum):
    """What screening decides."""

    PASS = "pass"  # noqa: S105 - a decision, not a secret
    HOLD = "hold"
    REFUSE = "refuse"


class Effect(StrEnum):
    """What a rule does when it speaks."""

    NOTE = "note"
    HOLD = "hold"
    REFUSE = "refuse"


class Kind(StrEnum):
    """What a rule looks at."""

    EMAIL_DOMAIN = "email_domain"
    """The domain of the email address is one of the words."""
    ORGANISATION_WORD = "organisation_word"
    ADDRESS_WORD = "address_word"
    FREE_TEXT = "free_text"
    USE_IN_PEOPLE = "use_in_people"
    """Free text that says or asks about use in people or pets, as `claims/use_in_people.py` reads it."""
    NAME_IS_ORGANISATION = "name_is_organisation"
    """The person and the organisation have one name."""
    QUANTITY_OVER = "quantity_over"
    """More than `number` vials of one size in this order."""
    VIALS_WITHIN = "vials_within"
    """More than `number` vials of one size within `days`, this order included."""
    ORDERS_WITHIN = "orders_within"
    """More than `number` orders within `days`, this one included."""
    SINGLE_VIALS_MONTHLY = "single_vials_monthly"
    """At least `number` orders of one vial of one size, each about a month after the one before."""
    SINGLE_VIALS_TO_ADDRESSES = "single_vials_to_addresses"
    """Orders of one vial to at least `number` addresses within `days`."""
    ADDRESS_LOOKS = "address_looks"
    """The address looks like one of the words: kinds of address as `addresses.py` tells them."""
    RESTRICTED_PARTY = "restricted_party"
    """A name is that of an entry of a restricted-party list."""
    RESTRICTED_PARTY_NEAR = "restricted_party_near"
    """A name is close to that of an entry of a restricted-party list."""


WITH_WORDS = frozenset(
    {Kind.EMAIL_DOMAIN, Kind.ORGANISATION_WORD, Kind.ADDRESS_WORD, Kind.FREE_TEXT, Kind.ADDRESS_LOOKS}
)
WITH_NUMBER = frozenset(
    {
        Kind.QUANTITY_OVER,
        Kind.VIALS_WITHIN,
        Kind.ORDERS_WITHIN,
        Kind.SINGLE_VIALS_MONTHLY,
        Kind.SINGLE_VIALS_TO_ADDRESSES,
    }
)
WITH_DAYS = frozenset({Kind.VIALS_WITHIN, Kind.ORDERS_WITHIN, Kind.SINGLE_VIALS_TO_ADDRESSES})


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule in force. `words` are phrases; `*` at the end of a word stands for any letters."""

    code: str
    version: int
    kind: Kind
    effect: Effect
    words: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    """Phrases beside which the rule does not speak."""
    number: int = 0
    days: int = 0
    reason: str


@dataclass(frozen=True, kw_only=True)
class PastOrder:
    """An earlier order by the same address of mail, organisation or delivery address."""

    at: datetime
    address_key: str
    vials: Mapping[int, int]
    """Vials by vial size."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A name of the order that is, or is close to, one on a restricted-party list."""

    exact: bool
    sentence: str
    """List, date and entry, without the buyer's words."""
    seen: str
    """The name of the order."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of an order before it is placed."""

    name: str
    email: str
    organisation: str
    address: Sequence[str] = ()
    """The delivery address, a part each."""
    address_key: str = ""
    address_looks: frozenset[str] = frozenset()
    """Kinds of address it looks like."""
    listed: Sequence[Listed] = ()
    free_text: Sequence[str] = ()
    speaks_of_use_in_people: Sequence[bool] = ()
    """For each free text."""
    vials: Mapping[int, int]
    """Vials by vial size."""
    past: Sequence[PastOrder] = ()
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A rule that spoke. `seen` are the buyer's words, kept apart from the rest."""

    rule: str
    version: int
    effect: Effect
    sentence: str
    seen: str = ""


@dataclass(frozen=True, kw_only=True)
class Screening:
    """The decision and what it rests on."""

    findings: tuple[Finding, ...]

    @property
    def result(self) -> Result:
        """Refuse when any finding refuses, else hold when any holds."""
        effects = {finding.effect for finding in self.findings}
        if Effect.REFUSE in effects:
            return Result.REFUSE
        return Result.HOLD if Effect.HOLD in effects else Result.PASS


def screen(facts: Facts, rules: Iterable[Rule]) -> Screening:
    """Hold the facts against every rule."""
    found = []
    for rule in rules:
        for sentence, seen in _LOOKS[rule.kind](facts, rule):
            found.append(
                Finding(
                    rule=rule.code, version=rule.version, effect=rule.effect, sentence=sentence, seen=seen
                )
            )
    return Screening(findings=tuple(found))


Seen = tuple[str, str]
"""A neutral sentence, and the buyer's words that it is about."""


def plain(text: str) -> str:
    """Text without differences of case, spacing, compatibility forms or invisible signs."""
    return name_key("".join(sign for sign in text if unicodedata.category(sign) != "Cf"))


def spoken_of(text: str, words: tuple[str, ...]) -> str:
    """The first of some phrases that stands in a text, as it stands there; empty when none does."""
    if not words:
        return ""
    match = _pattern(words).search(plain(text))
    return match.group(0) if match else ""


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Phrases as one pattern. `*` is the only sign with a meaning, so that no rule can make matching slow."""
    each = (re.escape(plain(phrase)).replace(r"\*", r"\w*").replace(r"\ ", " ") for phrase in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(each)})(?!\w)")


def _email_domain(facts: Facts, rule: Rule) -> list[Seen]:
    domain = plain(facts.email).rpartition("@")[2]
    return [(rule.reason, domain)] if domain in rule.words else []


def _organisation(facts: Facts, rule: Rule) -> list[Seen]:
    return _in_text([facts.organisation], rule)


def _address(facts: Facts, rule: Rule) -> list[Seen]:
    return _in_text(["\n".join(facts.address)], rule)


def _free_text(facts: Facts, rule: Rule) -> list[Seen]:
    return _in_text(facts.free_text, rule)


def _in_text(texts: Iterable[str], rule: Rule) -> list[Seen]:
    seen = [spoken_of(text, rule.words) for text in texts if not spoken_of(text, rule.exceptions)]
    return [(rule.reason, words) for words in seen if words]


def _use_in_people(facts: Facts, rule: Rule) -> list[Seen]:
    return [
        (rule.reason, text)
        for text, speaks in zip(facts.free_text, facts.speaks_of_use_in_people, strict=True)
        if speaks
    ]


def _name_is_organisation(facts: Facts, rule: Rule) -> list[Seen]:
    same = plain(facts.name) == plain(facts.organisation)
    return [(rule.reason, facts.organisation)] if same else []


def _quantity_over(facts: Facts, rule: Rule) -> list[Seen]:
    most = max(facts.vials.values(), default=0)
    if most <= rule.number:
        return []
    return [(_measured(rule, _("%(count)s vials of one size in this order", count=most)), "")]


def _vials_within(facts: Facts, rule: Rule) -> list[Seen]:
    recent = _recent(facts, rule.days)
    most = max(
        (
            quantity + sum(order.vials.get(size, 0) for order in recent)
            for size, quantity in facts.vials.items()
        ),
        default=0,
    )
    if most <= rule.number:
        return []
    return [
        (_measured(rule, _("%(count)s vials of one size in %(days)s days", count=most, days=rule.days)), "")
    ]


def _orders_within(facts: Facts, rule: Rule) -> list[Seen]:
    count = 1 + len(_recent(facts, rule.days))
    if count <= rule.number:
        return []
    return [(_measured(rule, _("%(count)s orders in %(days)s days", count=count, days=rule.days)), "")]


def _single_vials_monthly(facts: Facts, rule: Rule) -> list[Seen]:
    if len(facts.vials) != 1 or set(facts.vials.values()) != {1}:
        return []
    moments = sorted((order.at for order in facts.past if dict(order.vials) == facts.vials), reverse=True)
    run, latest = 1, facts.at
    for moment in moments:
        if latest - moment < MONTHLY[0]:
            continue
        if latest - moment > MONTHLY[1]:
            break
        run, latest = run + 1, moment
    if run < rule.number:
        return []
    return [(_measured(rule, _("%(count)s single vials, a month apart", count=run)), "")]


def _single_vials_to_addresses(facts: Facts, rule: Rule) -> list[Seen]:
    if sum(facts.vials.values()) != 1:
        return []
    addresses = {order.address_key for order in _recent(facts, rule.days) if sum(order.vials.values()) == 1}
    count = len(addresses | {facts.address_key})
    if count < rule.number:
        return []
    words = ngettext(
        "single vials to %(num)s address in %(days)s days",
        "single vials to %(num)s addresses in %(days)s days",
        count,
        days=rule.days,
    )
    return [(_measured(rule, words), "")]


def _address_looks(facts: Facts, rule: Rule) -> list[Seen]:
    if facts.address_looks.isdisjoint(rule.words):
        return []
    return [(rule.reason, ", ".join(facts.address))]


def _restricted_party(facts: Facts, rule: Rule) -> list[Seen]:
    exact = rule.kind == Kind.RESTRICTED_PARTY
    return [(_measured(rule, each.sentence), each.seen) for each in facts.listed if each.exact == exact]


def _recent(facts: Facts, days: int) -> list[PastOrder]:
    return [order for order in facts.past if facts.at - order.at <= timedelta(days=days)]


def _measured(rule: Rule, figures: str) -> str:
    return _("%(reason)s (%(figures)s)", reason=rule.reason.rstrip("."), figures=figures)


_LOOKS: Mapping[Kind, Callable[[Facts, Rule], list[Seen]]] = {
    Kind.EMAIL_DOMAIN: _email_domain,
    Kind.ORGANISATION_WORD: _organisation,
    Kind.ADDRESS_WORD: _address,
    Kind.FREE_TEXT: _free_text,
    Kind.USE_IN_PEOPLE: _use_in_people,
    Kind.NAME_IS_ORGANISATION: _name_is_organisation,
    Kind.QUANTITY_OVER: _quantity_over,
    Kind.VIALS_WITHIN: _vials_within,
    Kind.ORDERS_WITHIN: _orders_within,
    Kind.SINGLE_VIALS_MONTHLY: _single_vials_monthly,
    Kind.SINGLE_VIALS_TO_ADDRESSES: _single_vials_to_addresses,
    Kind.ADDRESS_LOOKS: _address_looks,
    Kind.RESTRICTED_PARTY: _restricted_party,
    Kind.RESTRICTED_PARTY_NEAR: _restricted_party,
}
