"""The rules of screening: which are in force, and adding and ending them, each change with its reason.

A rule is never edited. Every change makes a new set of rules with a number of its own, which each order's
screening names; a rule says from which set to which it stood, so that any set can be read again later.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.attestations.screening import (
    WITH_DAYS,
    WITH_NUMBER,
    WITH_WORDS,
    Effect,
    Kind,
    Rule,
    plain,
)
from shop.attestations.screening_defaults import DEFAULTS
from shop.attestations.screening_models import OrderScreening, ScreeningRule, ScreeningRuleset
from shop.core import audit, clock, migrations, stamps
from shop.core.audit import invariant
from shop.core.database import rows_changed, writing
from shop.core.errors import NotFound, Refused
from shop.core.identity import random_reference
from shop.core.language import gettext as _

SHIPPED_AT = datetime(2026, 11, 30, tzinfo=UTC)
MOST_WORDS, LONGEST_PHRASE = 500, 80
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, kw_only=True)
class NewRule:
    """What staff write of a rule."""

    code: str
    kind: Kind
    effect: Effect
    words: Sequence[str] = ()
    exceptions: Sequence[str] = ()
    number: int = 0
    days: int = 0
    reason: str
    source: str


@stamps.kept("screening", {"screening_ruleset": "", "screening_rule": ""})
def _in_force(session: Session) -> tuple[int, tuple[Rule, ...]]:
    # Number and rules in one statement, or a change between two would put the rules of one set under the
    # number of another.
    rows = session.execute(
        select(ScreeningRuleset.number, ScreeningRule)
        .outerjoin(ScreeningRule, ScreeningRule.ended_in.is_(None))
        .order_by(ScreeningRule.code)
    ).all()
    return rows[0][0], tuple(_as_rule(rule) for _number, rule in rows if rule is not None)


def in_force(session: Session) -> tuple[int, tuple[Rule, ...]]:
    """The number of the set of rules in force, and its rules."""
    return _in_force.of(session)


def every(session: Session) -> list[ScreeningRule]:
    """Every rule there ever was, those in force first."""
    rows = session.scalars(select(ScreeningRule).order_by(ScreeningRule.code, ScreeningRule.version.desc()))
    return sorted(rows, key=lambda row: row.ended_in is not None)


def find(session: Session, code: str, version: int) -> ScreeningRule:
    """One version of a rule.

    Raises:
        NotFound: there is none.
    """
    found = session.get(ScreeningRule, (code, version))
    if found is None:
        raise NotFound(_("There is no such rule."))
    return found


def add(new: NewRule, *, actor: str, reason: str) -> None:
    """Write a rule. One of the same code that is in force ends with it.

    Raises:
        Refused: the rule could never speak, or no reason is given.
    """
    _refuse_odd(new, reason)
    try:
        with writing() as session:
            number = _next_set(session)
            latest = session.scalar(
                select(ScreeningRule.version)
                .where(ScreeningRule.code == new.code)
                .order_by(ScreeningRule.version.desc())
                .limit(1)
            )
            _end(session, new.code, number, actor=actor, reason=reason)
            row = ScreeningRule(
                code=new.code,
                version=(latest or 0) + 1,
                kind=new.kind,
                effect=new.effect,
                words="\n".join(new.words),
                exceptions="\n".join(new.exceptions),
                number=new.number,
                days=new.days,
                reason=new.reason,
                source=new.source,
                begun_in=number,
                begun_at=clock.now(),
                begun_by=actor,
            )
            session.add(row)
            audit.log(
                session,
                actor=actor,
                action="screening.add",
                subject=f"screening/{new.code}",
                after=_as_logged(row),
                reason=reason,
            )
    except IntegrityError:
        raise Refused(_("The rules have changed meanwhile. Look at them again.")) from None


def end(code: str, *, actor: str, reason: str) -> None:
    """Switch a rule off. It stays readable for the orders that it was held against.

    Raises:
        Refused: it is not in force, or no reason is given.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    with writing() as session:
        number = _next_set(session)
        if not _end(session, code, number, actor=actor, reason=reason):
            raise Refused(_("This rule is not in force."))
        audit.log(session, actor=actor, action="screening.end", subject=f"screening/{code}", reason=reason)


def _next_set(session: Session) -> int:
    """A new set of rules. The row is locked by the change itself, so that two changes take turns."""
    session.execute(
        update(ScreeningRuleset).values(number=ScreeningRuleset.number + 1, key=random_reference())
    )
    return session.scalars(select(ScreeningRuleset.number)).one()


def _end(session: Session, code: str, number: int, *, actor: str, reason: str) -> int:
    return rows_changed(
        session,
        update(ScreeningRule)
        .where(ScreeningRule.code == code, ScreeningRule.ended_in.is_(None))
        .values(ended_in=number, ended_at=clock.now(), ended_by=actor, end_reason=reason),
    )


def _as_rule(row: ScreeningRule) -> Rule:
    return Rule(
        code=row.code,
        version=row.version,
        kind=row.kind,
        effect=row.effect,
        words=tuple(plain(line) for line in row.words.splitlines()),
        exceptions=tuple(row.exceptions.splitlines()),
        number=row.number,
        days=row.days,
        reason=row.reason,
    )


def _as_logged(row: ScreeningRule) -> dict[str, object]:
    return {
        "version": row.version,
        "kind": row.kind.value,
        "effect": row.effect.value,
        "words": row.words.splitlines(),
        "exceptions": row.exceptions.splitlines(),
        "number": row.number,
        "days": row.days,
        "reason": row.reason,
        "source": row.source,
    }


def _refuse_odd(new: NewRule, reason: str) -> None:
    if not _CODE.fullmatch(new.code):
        raise Refused(_("Give the rule a code of small letters, digits and hyphens."))
    if not reason.strip() or not new.reason.strip():
        raise Refused(_("Give a reason."))
    if not new.source.strip():
        raise Refused(_("Say where the rule comes from."))
    if new.kind in WITH_WORDS:
        if not new.words:
            raise Refused(_("Write the words that the rule looks for, one on a line."))
        if len(new.words) > MOST_WORDS or any(len(each) > LONGEST_PHRASE for each in new.words):
            raise Refused(
                _(
                    "Write at most %(most)s lines of at most %(longest)s characters.",
                    most=MOST_WORDS,
                    longest=LONGEST_PHRASE,
                )
            )
        if any(sum(sign.isalnum() for sign in each) < 2 for each in new.words):
            raise Refused(_("Each line needs at least two letters, or the rule would speak of every order."))
    if new.kind in WITH_NUMBER and new.number < 1:
        raise Refused(_("Write from which number on the rule speaks."))
    if new.kind in WITH_DAYS and new.days < 1:
        raise Refused(_("Write within how many days."))


@migrations.fills
def write_defaults(session: Session) -> None:
    """Write the rules a shop starts with, where it has none yet."""
    if session.get(ScreeningRuleset, 1) is not None:
        return
    shipped = hashlib.sha256(json.dumps(DEFAULTS, sort_keys=True).encode()).hexdigest()
    session.add(ScreeningRuleset(id=1, number=1, key=shipped))
    session.add_all(
        ScreeningRule(
            code=each["code"],
            version=1,
            kind=Kind(each["kind"]),
            effect=Effect(each["effect"]),
            words="\n".join(each.get("words", ())),
            exceptions="\n".join(each.get("exceptions", ())),
            number=each.get("number", 0),
            days=each.get("days", 0),
            reason=each["reason"],
            source=each["source"],
            begun_in=1,
            begun_at=SHIPPED_AT,
            begun_by="shipped with the shop",
        )
        for each in DEFAULTS
    )


@invariant("I60", "Every finding of a screening names a rule that was in force in its set of rules")
def _findings_name_rules(session: Session) -> Iterator[str]:
    stood = {
        (row.code, row.version): (row.begun_in, row.ended_in)
        for row in session.execute(
            select(ScreeningRule.code, ScreeningRule.version, ScreeningRule.begun_in, ScreeningRule.ended_in)
        )
    }
    for row in session.execute(select(OrderScreening.id, OrderScreening.ruleset, OrderScreening.findings)):
        for finding in row.findings:
            if "/" in finding["rule"]:
                continue  # a rule of destinations, which stands in a table of its own
            begun, ended = stood.get((finding["rule"], finding["version"]), (row.ruleset + 1, None))
            if begun > row.ruleset or (ended is not None and ended <= row.ruleset):
                yield f"screening {row.id}: rule {finding['rule']} was not in force in set {row.ruleset}"


@invariant("I61", "The result of each screening is what its findings say")
def _results_follow(session: Session) -> Iterator[str]:
    for row in session.execute(select(OrderScreening.id, OrderScreening.result, OrderScreening.findings)):
        effects = {finding["effect"] for finding in row.findings}
        expected = "refuse" if "refuse" in effects else "hold" if "hold" in effects else "pass"
        if row.result.value != expected:
            yield f"screening {row.id}: {row.result.value} is kept, its findings say {expected}"
