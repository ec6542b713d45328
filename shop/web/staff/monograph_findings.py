"""What the checks say of a draft, for whoever writes or verifies it: each finding with the place to go to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import url_for
from sqlalchemy.orm import Session

from shop.core import clock
from shop.core.language import gettext as _
from shop.education import checking, reading_rules, retractions
from shop.education.checking import Checked
from shop.education.evidence import CheckResult, Severity, Status
from shop.education.monograph import MonographText

_BLOCKING = frozenset({"E01", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8"})
"""Checks whose errors keep a version from being published; what others find is published with it."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One finding, perhaps about several results. `kind` is that of its badge, `label` its words."""

    kind: str
    label: str
    code: str
    text: str
    subjects: list[tuple[str, str, str]]
    """What it is about: key, name, and the address where it can be mended (or nothing)."""


@dataclass(frozen=True, kw_only=True)
class Findings:
    """All findings of a draft, the weightiest first, and what share of its results could be checked."""

    found: list[Finding]
    coverage: str
    blocks: int
    to_check: int
    notes: int


def of(session: Session, text: MonographText, *, about: str = "") -> Findings:
    """What the checks say today; what is about one record or source stands first."""
    listed = retractions.list_for(session, text.sources)
    checked = checking.check_monograph(text, today=clock.today(), retractions=listed)
    weights = ("bad", "warn", "")
    found = sorted(
        _findings(checked, text),
        key=lambda each: (
            bool(about) and all(key != about for key, _name, _url in each.subjects),
            weights.index(each.kind),
        ),
    )
    return Findings(
        found=found,
        coverage=checked.coverage.sentence() if text.evidence else "",
        blocks=sum(each.kind == "bad" for each in found),
        to_check=sum(each.kind == "warn" for each in found),
        notes=sum(each.kind == "" for each in found),
    )


def _findings(checked: Checked, text: MonographText) -> Iterable[Finding]:
    """What is in order or cannot be checked is left to the coverage sentence, but for retractions."""
    unchecked = sum(each.code == "E16" and each.status is Status.NOT_CHECKABLE for each in checked.results)
    alike: dict[tuple[str, str], Finding] = {}
    for result in checked.results:
        if result.status in (Status.OK, Status.NOT_CHECKABLE):
            continue
        kind, label = _weight(result)
        found = alike.setdefault(
            (result.code, result.message),
            Finding(kind=kind, label=label, code=result.code, text=result.message, subjects=[]),
        )
        found.subjects.append((result.subject, _subject(result, text), _url(result, text)))
    yield from alike.values()
    if unchecked:
        sentence = _(
            "Retraction status is not checked for %(num)s of %(all)s sources.",
            num=unchecked,
            all=len(text.sources),
        )
        yield Finding(kind="", label=_("Note"), code="E16", text=sentence, subjects=[("", _("Sources"), "")])


def _weight(result: CheckResult) -> tuple[str, str]:
    if result.severity is Severity.ERROR and result.code in _BLOCKING:
        return "bad", _("Blocks")
    if result.severity is Severity.INFO:
        return "", _("Note")
    return "warn", _("Error, shown to readers") if result.severity is Severity.ERROR else _("Check")


def _subject(result: CheckResult, text: MonographText) -> str:
    for record in text.evidence:
        if record.id == result.subject:
            return ", ".join(part for part in (record.outcome, record.timepoint) if part)
    for source in text.sources:
        if source.key == result.subject:
            return source.label
    return {
        reading_rules.SUBJECT: _("Evidence reading"),
        "summary": _("In plain language"),
    }.get(result.subject, _("The page"))


def _url(result: CheckResult, text: MonographText) -> str:
    slug = text.compound
    if any(record.id == result.subject for record in text.evidence):
        return url_for("staff.monograph_row", slug=slug, part="evidence", key=result.subject)
    if any(source.key == result.subject for source in text.sources):
        return url_for("staff.monograph_row", slug=slug, part="sources", key=result.subject)
    places = {reading_rules.SUBJECT: "reading-h", "summary": "summary"}
    anchor = places.get(result.subject)
    return url_for("staff.monograph_edit", slug=slug, _anchor=anchor) if anchor else ""
