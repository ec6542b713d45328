"""New versions of the research-use statement: what may be published, and what publishing writes.

A version is never edited or taken back, also one that is not in force yet: its tables are append-only. A
wrong one is replaced by a later one. This stands here because the claims guard reads the words too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.attestations import statements
from shop.attestations.models import AttestationRecord, StatementVersion
from shop.attestations.statement_text import Words, words_of
from shop.claims import holds
from shop.claims.holds import Judged, judge
from shop.claims.rules import Surface
from shop.core import audit, clock
from shop.core.database import take_turn, writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _

_CODE = re.compile(r"[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*")
LONGEST_CODE = 20


class State(StrEnum):
    """Where a version stands in time."""

    FUTURE = "future"
    IN_FORCE = "in_force"
    EARLIER = "earlier"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A version with its state and the number of records signed under it."""

    version: StatementVersion
    state: State
    records: int


@dataclass(frozen=True, kw_only=True)
class NewVersion:
    """A version that somebody wants to publish."""

    code: str
    in_force_from: datetime | None
    """None: from the moment it is published."""
    words: Words


def every(session: Session) -> list[Listed]:
    """All versions, the newest first. Three queries."""
    counted = session.execute(
        select(AttestationRecord.version_id, func.count().label("records")).group_by(
            AttestationRecord.version_id
        )
    )
    signed: dict[int, int] = {row.version_id: row.records for row in counted}
    now = clock.now()
    found: list[Listed] = []
    for version in statements.all_versions(session):
        if version.in_force_from > now:
            state = State.FUTURE
        else:
            begun = any(each.state is State.IN_FORCE for each in found)
            state = State.EARLIER if begun else State.IN_FORCE
        found.append(Listed(version=version, state=state, records=signed.get(version.id, 0)))
    return found


def next_code(versions: list[Listed]) -> str:
    """The newest version's code counted on by one, such as RU-2 after RU-1; empty where it cannot be."""
    if not versions:
        return ""
    found = re.fullmatch(r"(.*?)(\d{1,6})", versions[0].version.code)
    return f"{found[1]}{int(found[2]) + 1}" if found else ""


def judged(words: Words) -> list[Judged]:
    """What the claims guard has to say, sentence by sentence, as on a page beside the cart.

    Raises:
        Refused: a paragraph is longer than the guard reads.
    """
    found = (judge(place, text, Surface.PRODUCT) for place, text in _texts(words))
    return [each for each in found if each.checked.findings]


def _texts(words: Words) -> Iterator[tuple[str, str]]:
    yield _("preamble"), words.preamble
    for position, clause in enumerate(words.clauses, start=1):
        yield _("heading %(number)s", number=position), clause.heading
        for number, sentence in enumerate(clause.sentences, start=1):
            yield _("sentence %(number)s", number=f"{position}.{number}"), sentence


def refuse_odd(session: Session, new: NewVersion, *, after: str) -> None:
    """Refuse what could not be published as the next version.

    Args:
        after: code of the newest version when the page was made; empty where there was none.

    Raises:
        Refused: says what to change.
    """
    newest = _newest(session)
    if (newest.code if newest else "") != after:
        raise Refused(
            _("Another version was published meanwhile. Look at the list, then write yours anew from it.")
        )
    if not _CODE.fullmatch(new.code) or len(new.code) > LONGEST_CODE or new.code.lower() == "new":
        raise Refused(_("Give the version a code of letters, digits, hyphens and points, such as RU-2."))
    codes = session.scalars(select(func.lower(StatementVersion.code))).all()
    if new.code.lower() in codes:
        raise Refused(_("There is a version %(code)s. Give this one a code of its own.", code=new.code))
    now = clock.now()
    begins = new.in_force_from or now
    if begins < now:
        raise Refused(
            _("The date and time lie in the past. A version begins in the future, or when it is published.")
        )
    if newest is not None and begins <= newest.in_force_from:
        raise Refused(
            _(
                "Version %(code)s begins on %(moment)s UTC. This one has to begin later.",
                code=newest.code,
                moment=newest.in_force_from.strftime("%Y-%m-%d %H:%M"),
            )
        )
    if newest is not None and words_of(newest) == new.words:
        raise Refused(
            _("This says the same as version %(code)s, so nobody needs to be asked anew.", code=newest.code)
        )


def publish(new: NewVersion, *, after: str, seen: str, explanation: str, actor: str, reason: str) -> datetime:
    """Publish a version, for good; returns from when on it is in force.

    Args:
        after: code of the newest version when the page was made.
        seen: hash of the words that were checked.
        explanation: why what the claims guard holds may stand; empty where it holds nothing.

    Raises:
        Refused: it cannot be the next version, it is not what was checked, or no reason is given.
        Blocked, NeedsReasons: the claims guard keeps it from being published.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    if new.words.sha256 != seen:
        raise Refused(_("The text is not the one that was checked. Check it again."))
    with writing() as session:
        # Who places an order takes a turn before signing: so nobody signs the version before this one at a
        # moment at which this one is in force, and of two who publish at once, the second sees the first.
        take_turn(session)
        refuse_odd(session, new, after=after)
        holds.require_publishable(
            session,
            judged(new.words),
            about=f"statement/{new.code}",
            surface=Surface.PRODUCT,
            reasons={holds.ALL: explanation},
            actor=actor,
        )
        version = statements.publish(
            session,
            code=new.code,
            in_force_from=new.in_force_from or clock.now(),
            preamble=new.words.preamble,
            clauses=new.words.as_kept,
            asks=tuple(new.words.asks),
        )
        audit.log(
            session,
            actor=actor,
            action="statement.publish",
            subject=f"statement/{new.code}",
            before={"newest": after},
            after={
                "in_force_from": version.in_force_from.isoformat(),
                "text_sha256": version.text_sha256,
                "asks": list(version.asks),
            },
            reason=reason.strip(),
        )
        return version.in_force_from


def find(versions: list[Listed], code: str) -> tuple[Listed, Listed | None]:
    """A version, and the one before it.

    Raises:
        NotFound: there is none of this code.
    """
    for place, each in enumerate(versions):
        if each.version.code == code:
            return each, versions[place + 1] if place + 1 < len(versions) else None
    raise NotFound(_("There is no version %(code)s of the statement.", code=code[:LONGEST_CODE]))


def _newest(session: Session) -> StatementVersion | None:
    return session.scalar(select(StatementVersion).order_by(StatementVersion.in_force_from.desc()).limit(1))
