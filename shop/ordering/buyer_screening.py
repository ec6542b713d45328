"""Screening of an order when it is placed: facts from draft and past, rules in force, the record kept.

A refusal is kept without an order; nothing else of it stays.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy import Select, Table, Text, bindparam, exists, insert, select, union
from sqlalchemy import cast as as_type
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.attestations import addresses, restricted_parties, screening, screening_rules
from shop.attestations.restricted_parties import Asked
from shop.attestations.screening import Effect, Facts, Finding, PastOrder, Result, Screening
from shop.attestations.screening_models import OrderScreening, ScreenedPerson
from shop.claims.use_in_people import speaks_of_use_in_people
from shop.core import clock, together
from shop.core.audit import invariant
from shop.core.canonical import Plain, digest
from shop.core.database import writing
from shop.core.errors import Refused
from shop.core.identity import random_reference
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.ordering.destination_models import DestinationRule
from shop.ordering.lines import Line
from shop.ordering.models import (
    CheckoutDraft,
    FulfilmentState,
    Order,
    OrderEvent,
    order_number,
)

LONGEST_PAST = timedelta(days=400)
"""How far back orders are looked at."""
MOST_PAST = 100
"""How many of the latest orders of one address or organisation are looked at, so that placing stays fast."""


@dataclass(frozen=True, kw_only=True)
class Screened:
    """What was found, by which set of rules, from which facts."""

    ruleset: int
    facts: Facts
    found: Screening
    email_key: str
    organisation_key: str
    country: str
    asked: Asked

    @property
    def held(self) -> bool:
        """Whether a person has to look."""
        return self.found.result == Result.HOLD


class BuyerRefused(Refused):
    """The shop does not take this order. The sentence neither accuses nor says how a rule is passed."""

    def __init__(self, screened: Screened) -> None:
        super().__init__(
            _(
                "We can’t take this order. Nothing was charged, and your cart is as you left it. If you "
                "want to ask about it, write to %(email)s: a person reads what you write.",
                email=settings().contact_email,
            )
        )
        self.screened = screened


def screen(
    session: Session,
    draft: CheckoutDraft,
    lines: Sequence[Line],
    licences: Sequence[DestinationRule] = (),
) -> Screened:
    """Hold a draft against the rules in force; `licences` are those of its destination that ask for one.

    Raises:
        BuyerRefused: a rule says that the order is not taken.
    """
    number, rules = screening_rules.in_force(session)
    vials: dict[int, int] = {}
    for line in lines:
        vials[line.size.id] = vials.get(line.size.id, 0) + line.quantity
    address = (draft.address_line1, draft.address_line2, draft.postcode, draft.city, draft.region)
    email, organisation = _key(draft.email), _key(draft.organisation)
    where = _key(draft.country, draft.address_line1, draft.address_line2, draft.postcode, draft.city)
    written = (draft.goods_in, draft.signer_role, draft.intended_use, draft.approval)
    texts = tuple(text for text in written if text)
    moment = clock.now()
    asked = restricted_parties.ask(session, [draft.organisation, draft.name])
    facts = Facts(
        name=draft.name,
        email=draft.email,
        organisation=draft.organisation,
        address=tuple(part for part in address if part),
        address_key=where,
        listed=asked.listed,
        address_looks=addresses.looks(
            [draft.address_line1, draft.address_line2, draft.goods_in],
            organisation=draft.organisation,
            name=draft.name,
        ),
        free_text=texts,
        speaks_of_use_in_people=tuple(speaks_of_use_in_people(text) for text in texts),
        vials=vials,
        past=_past(session, email, organisation, where, moment),
        at=moment,
    )
    screened = Screened(
        ruleset=number,
        facts=facts,
        found=Screening(findings=(*screening.screen(facts, rules).findings, *map(_licence, licences))),
        email_key=email,
        organisation_key=organisation,
        country=draft.country,
        asked=asked,
    )
    if screened.found.result == Result.REFUSE:
        raise BuyerRefused(screened)
    return screened


def keep(session: Session, screened: Screened, order_reference: str) -> None:
    """Keep what was found with the order it was found for."""
    _keep(session, screened, order_reference=order_reference, about=order_reference)


def keep_refusal(screened: Screened, draft_token: str) -> None:
    """Keep that an order was not taken, once for each draft and what was found."""
    found: list[Plain] = [[each.rule, each.version] for each in screened.found.findings]
    about = digest({"draft": draft_token, "ruleset": screened.ruleset, "found": found})
    try:
        with writing() as session:
            if session.scalar(select(OrderScreening.id).where(OrderScreening.about == about)) is None:
                _keep(session, screened, order_reference=None, about=about)
    except IntegrityError:
        return  # the same button, pressed twice at the same moment


def of_order(session: Session, order_reference: str) -> tuple[OrderScreening, ScreenedPerson | None] | None:
    """What screening found for an order, with who was screened while that is kept."""
    row = session.execute(
        select(OrderScreening, ScreenedPerson)
        .outerjoin(ScreenedPerson, ScreenedPerson.screening_id == OrderScreening.id)
        .where(OrderScreening.order_reference == order_reference)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def was_held(session: Session, order_reference: str) -> bool:
    """Whether screening held an order."""
    result = select(OrderScreening.result).where(OrderScreening.order_reference == order_reference)
    return session.scalar(result) == Result.HOLD


def refusals(session: Session, *, most: int) -> list[tuple[OrderScreening, ScreenedPerson | None]]:
    """Orders that were not taken, the newest first."""
    return [
        (row[0], row[1])
        for row in session.execute(
            select(OrderScreening, ScreenedPerson)
            .outerjoin(ScreenedPerson, ScreenedPerson.screening_id == OrderScreening.id)
            .where(OrderScreening.result == Result.REFUSE)
            .order_by(OrderScreening.at.desc(), OrderScreening.id)
            .limit(most)
        )
    ]


def _keep(session: Session, screened: Screened, *, order_reference: str | None, about: str) -> None:
    facts, findings = screened.facts, screened.found.findings
    screening_id = random_reference()
    together.write(
        session,
        _WRITE_SCREENING,
        {
            "id": screening_id,
            "at": facts.at,
            "order_reference": order_reference,
            "about": about,
            "ruleset": screened.ruleset,
            "result": screened.found.result,
            "findings": [
                {
                    "rule": each.rule,
                    "version": each.version,
                    "effect": each.effect.value,
                    "sentence": each.sentence,
                }
                for each in findings
            ],
        },
    )
    restricted_parties.keep(session, screening_id, screened.asked)
    together.write(
        session,
        _WRITE_PERSON,
        {
            "screening_id": screening_id,
            "at": facts.at,
            "name": facts.name,
            "email": facts.email,
            "organisation": facts.organisation,
            "country": screened.country,
            "email_key": screened.email_key,
            "organisation_key": screened.organisation_key,
            "address_key": facts.address_key,
            "vials": {str(size): quantity for size, quantity in facts.vials.items()},
            "seen": [{"rule": each.rule, "words": each.seen} for each in findings if each.seen],
        },
    )


def _past(session: Session, email: str, organisation: str, address: str, moment: datetime) -> list[PastOrder]:
    """The latest orders of this mail address, organisation and delivery address that were not cancelled."""
    rows = session.execute(
        _PAST,
        {"email": email, "organisation": organisation, "address": address, "since": moment - LONGEST_PAST},
    )
    return [
        PastOrder(at=at, address_key=address_key, vials=_read_vials(vials)) for at, address_key, vials in rows
    ]


@lru_cache(maxsize=1024)
def _read_vials(written: str) -> Mapping[int, int]:
    """What an order took, from its text: most orders of a buyer are like another one."""
    return MappingProxyType({int(size): int(quantity) for size, quantity in json.loads(written).items()})


_PERSON, _SCREENING = cast(Table, ScreenedPerson.__table__), cast(Table, OrderScreening.__table__)
_ORDER = cast(Table, Order.__table__)
_WRITE_SCREENING, _WRITE_PERSON = insert(_SCREENING), insert(_PERSON)


def _latest(key: str, asked: str) -> Select[Any]:
    inner = (
        select(_PERSON.c.screening_id)
        .where(_PERSON.c[key] == bindparam(asked), _PERSON.c.at >= bindparam("since"))
        .order_by(_PERSON.c.at.desc())
        .limit(MOST_PAST)
        .subquery()
    )
    return select(inner.c.screening_id)


_THEIRS = union(
    _latest("email_key", "email"),
    _latest("organisation_key", "organisation"),
    _latest("address_key", "address"),
).subquery()
_PAST = (
    select(_PERSON.c.at, _PERSON.c.address_key, as_type(_PERSON.c.vials, Text))
    .join(_THEIRS, _THEIRS.c.screening_id == _PERSON.c.screening_id)
    .join(_SCREENING, _SCREENING.c.id == _PERSON.c.screening_id)
    .join(_ORDER, _ORDER.c.reference == _SCREENING.c.order_reference)
    .where(_ORDER.c.fulfilment_state != FulfilmentState.CANCELLED)
)
"""Made once: making a statement anew costs more than running it."""


def _licence(rule: DestinationRule) -> Finding:
    """A destination that asks for a licence holds an order whatever the rules of screening say."""
    return Finding(
        rule=f"destination/{rule.id}",
        version=1,
        effect=Effect.HOLD,
        sentence=_("The destination asks for a licence: %(reason)s", reason=rule.reason),
    )


def _key(*parts: str) -> str:
    """What tells that two are the same, without saying what they are."""
    words = "\n".join(screening.plain(part) for part in parts)
    return hashlib.sha256(words.encode()).hexdigest()


@invariant("I62", "Every screening of an order names an order that exists")
def _orders_exist(session: Session) -> Iterator[str]:
    lost = select(OrderScreening.id).where(
        OrderScreening.order_reference.is_not(None),
        ~exists().where(Order.reference == OrderScreening.order_reference),
    )
    for screening_id in session.scalars(lost):
        yield f"screening {screening_id}: its order is gone"


@invariant("I63", "What screening held went on only after a person approved it")
def _held_was_approved(session: Session) -> Iterator[str]:
    gone_on = (
        select(Order.id)
        .join(OrderScreening, OrderScreening.order_reference == Order.reference)
        .where(
            OrderScreening.result == Result.HOLD,
            Order.fulfilment_state.not_in((FulfilmentState.HELD, FulfilmentState.CANCELLED)),
            ~exists().where(
                OrderEvent.order_id == Order.id,
                OrderEvent.axis == "review",
                OrderEvent.to_state == "approved",
            ),
        )
    )
    for order_id in session.scalars(gone_on):
        yield f"order {order_number(order_id)}: screening held it, and nobody approved it"
