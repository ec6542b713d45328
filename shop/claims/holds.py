"""What stops a text from being published: a block always, a hold until a reason for it is written down.

A reason is kept for the text to the letter, under one version of the rules, on one surface of one thing. A
changed text, or a changed ruleset, is held anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.claims import guard
from shop.claims.guard import Checked, Finding
from shop.claims.models import ExplainedHold
from shop.claims.rules import VERSION, Surface, Verdict
from shop.core import clock
from shop.core.errors import Refused
from shop.core.language import gettext as _

SHORTEST_REASON = 10
LONGEST_REASON = 2_000
ALL = "*"
"""The place of a reason that answers every hold of what is published."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A text with its place and what the guard says of it."""

    place: str
    text: str
    checked: Checked

    @property
    def sha256(self) -> str:
        """The text's own checksum, by which a reason finds it again."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


class NotPublishable(Refused):
    """A text that may not be published as it stands; `findings` names place, words, rule and why."""

    def __init__(self, heading: str, found: Sequence[Judged]) -> None:
        lines = [
            _(
                "%(place)s: “%(words)s” (%(rule)s). %(why)s",
                place=each.place,
                words=finding.words,
                rule=finding.rule,
                why=finding.why,
            )
            for each in found
            for finding in each.checked.findings
        ]
        super().__init__("\n".join([heading, *lines]))
        self.found = tuple(found)

    @property
    def findings(self) -> tuple[tuple[str, Finding], ...]:
        """Every finding with its place."""
        return tuple((each.place, finding) for each in self.found for finding in each.checked.findings)


class Blocked(NotPublishable):
    """A text breaks a rule that no reason answers."""


class NeedsReasons(NotPublishable):
    """Texts are held and nobody has written down why they may stand; give a reason for each place."""


def judge(place: str, text: str, surface: Surface) -> Judged:
    """A text at its place, read by the guard.

    Raises:
        Refused: a paragraph is longer than the guard reads.
    """
    try:
        return Judged(place, text, guard.check(text, surface))
    except guard.TooLong:
        raise Refused(
            _(
                "%(place)s: a paragraph has at most %(most)s characters, so that all of it can be read.",
                place=place,
                most=f"{guard.LONGEST:,}",
            )
        ) from None


def require_publishable(
    session: Session,
    judged: Sequence[Judged],
    *,
    about: str,
    surface: Surface,
    reasons: Mapping[str, str],
    actor: str,
) -> None:
    """Refuse what is blocked, and what is held without a reason; keep the reasons that are given.

    Args:
        about: what is published, such as `monograph/semax`.
        reasons: why the text at a place may stand, by the place; `*` answers all.

    Raises:
        Blocked: a text breaks a rule.
        NeedsReasons: a hold has no reason, or one of too few words.
    """
    if blocked := [each for each in judged if each.checked.verdict is Verdict.BLOCK]:
        raise Blocked(_("This can’t be published, because of what it says:"), blocked)
    waiting = unexplained(session, judged, about=about, surface=surface)
    given = {each.place: _reason(reasons, each.place) for each in waiting}
    if lacking := [each for each in waiting if not given[each.place]]:
        raise NeedsReasons(_("Write down why each of these may stand:"), lacking)
    written: set[str] = set()
    for each in waiting:
        if each.sha256 not in written:
            session.add(_row(each, given[each.place], about=about, surface=surface, actor=actor))
            written.add(each.sha256)
    session.flush()


def unexplained(session: Session, judged: Sequence[Judged], *, about: str, surface: Surface) -> list[Judged]:
    """The held texts for which no reason is kept under these rules."""
    held = [each for each in judged if each.checked.verdict is Verdict.HOLD]
    if not held:
        return []
    known = set(
        session.scalars(
            select(ExplainedHold.text_sha256).where(
                ExplainedHold.about == about,
                ExplainedHold.surface == surface,
                ExplainedHold.ruleset_version == VERSION,
                ExplainedHold.text_sha256.in_({each.sha256 for each in held}),
            )
        )
    )
    return [each for each in held if each.sha256 not in known]


def count(session: Session) -> int:
    """How many holds have been explained; a public number."""
    return session.scalar(select(func.count(ExplainedHold.id))) or 0


def count_by_rule(session: Session) -> dict[str, int]:
    """The same for each rule; a hold of two rules counts for both."""
    counted: dict[str, int] = {}
    for rules in session.scalars(select(ExplainedHold.rules)):
        for rule in rules:
            counted[rule] = counted.get(rule, 0) + 1
    return dict(sorted(counted.items(), key=lambda each: int(each[0][1:])))


def newest(session: Session, *, page: int, size: int) -> tuple[Sequence[ExplainedHold], int]:
    """One page of the explained holds, the newest first, and how many there are."""
    rows = session.scalars(
        select(ExplainedHold)
        .order_by(ExplainedHold.explained_at.desc(), ExplainedHold.id.desc())
        .limit(size)
        .offset((page - 1) * size)
    ).all()
    return rows, count(session)


def _reason(reasons: Mapping[str, str], place: str) -> str:
    given = (reasons.get(place) or reasons.get(ALL) or "").strip()
    if given and not SHORTEST_REASON <= len(given) <= LONGEST_REASON:
        raise Refused(
            _(
                "A reason has %(least)s to %(most)s characters.",
                least=SHORTEST_REASON,
                most=f"{LONGEST_REASON:,}",
            )
        )
    return given


def _row(judged: Judged, reason: str, *, about: str, surface: Surface, actor: str) -> ExplainedHold:
    return ExplainedHold(
        about=about,
        place=judged.place[:120],
        surface=surface,
        text_sha256=judged.sha256,
        ruleset_version=VERSION,
        rules=list(judged.checked.rules),
        words=[words[:200] for words in judged.checked.words],
        reason=reason,
        explained_by=actor,
        explained_at=clock.now(),
    )
