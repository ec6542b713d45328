"""Checks E13, E16 and E17 of sources: the form of identifiers, retractions, and how current they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from shop.compounds import identifiers
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.education.evidence import (
    CheckResult,
    EvidenceTable,
    RetractionList,
    RetractionState,
    Severity,
    Source,
    Status,
    finding,
)

_COCHRANE = re.compile(r"(CD[0-9]{6})\.pub([1-9][0-9]?)")
_ANY_COCHRANE = re.compile(r"(?:10\.1002/14651858\.)?(CD[0-9]{6})(?:\.pub([1-9][0-9]?))?", re.IGNORECASE)


def _isrctn(text: str) -> str:
    if re.fullmatch(r"ISRCTN[0-9]{8}", text) is None:
        raise Refused(_("Write an ISRCTN as the letters and eight digits"))
    return text


def _cochrane_version(text: str) -> str:
    """A Cochrane number that says which version: numbers of trials and participants change between them."""
    review = identifiers.cochrane(text)
    if _COCHRANE.fullmatch(review) is None:
        raise Refused(_("Name the version of the Cochrane review, such as %(number)s.pub2", number=review))
    return review


def check_identifiers(source: Source) -> tuple[CheckResult, ...]:
    """E13: every identifier of a source is in its normal form, check digits included."""
    of_source: tuple[tuple[str, str | None, Callable[[str], str]], ...] = (
        ("doi", source.doi, identifiers.doi),
        ("pmid", source.pmid, identifiers.pmid),
        ("pmcid", source.pmcid, identifiers.pmcid),
        ("nct", source.nct, identifiers.nct),
        ("eudract", source.eudract, identifiers.eudract),
        ("isrctn", source.isrctn, _isrctn),
        ("cochrane", source.cochrane, _cochrane_version),
    )
    results = []
    for kind, text, normal_form in of_source:
        problem = _problem(text, normal_form) if text is not None else None
        if problem is not None:
            message = f"{kind}: {problem}"
            inputs = ((kind, text or ""),)
            results.append(
                finding(
                    "E13", source.key, Status.INCONSISTENT, message, severity=Severity.ERROR, inputs=inputs
                )
            )
    return tuple(results)


def _problem(text: str, normal_form: Callable[[str], str]) -> str | None:
    try:
        normal = normal_form(text)
    except Refused as refusal:
        return f"{refusal}."
    # Case does not tell DOIs apart, and publishers print them in capitals.
    return None if normal.casefold() == text.casefold() else _("Write it as %(normal)s.", normal=normal)


def retraction_state(source: Source, retractions: RetractionList) -> RetractionState:
    """The weightiest state the list gives a source; NOT_CHECKED for one without a DOI or PMID."""
    if not source.doi and not source.pmid:
        return RetractionState.NOT_CHECKED
    by_weight = list(RetractionState)
    states = [notice.state for notice in retractions.notices_of(source)]
    return max(states, key=by_weight.index, default=RetractionState.NOT_LISTED)


def check_retraction(source: Source, retractions: RetractionList | None) -> CheckResult:
    """E16: retraction status from a dated list; "not checked" until there is one. Absence proves nothing."""
    if retractions is None:
        return finding("E16", source.key, Status.NOT_CHECKABLE, _("Retraction status: not checked."))
    values = {"list": retractions.name, "date": retractions.as_of.isoformat()}
    severity = None
    match retraction_state(source, retractions):
        case RetractionState.RETRACTED:
            status, severity = Status.INCONSISTENT, Severity.ERROR
            message = _("Retracted, according to %(list)s of %(date)s.", **values)
        case RetractionState.CONCERN:
            status = Status.WARN
            message = _("Under an expression of concern, according to %(list)s of %(date)s.", **values)
        case RetractionState.CORRECTED:
            status = Status.INFO
            message = _("Corrected, according to %(list)s of %(date)s.", **values)
        case RetractionState.NOT_LISTED:
            status = Status.OK
            message = _("Not in %(list)s of %(date)s, which does not prove that it stands.", **values)
        case _:
            status = Status.NOT_CHECKABLE
            message = _("Retraction status: not checked, since the source has neither a DOI nor a PMID.")
    inputs = tuple((kind, text) for kind, text in (("doi", source.doi), ("pmid", source.pmid)) if text)
    return finding("E16", source.key, status, message, severity=severity, inputs=inputs)


def check_currency(table: EvidenceTable, today: date, stale_months: int) -> tuple[CheckResult, ...]:
    """E17: when the literature was last searched, and cited reviews of which a newer version is known."""
    return (_check_search(table, today, stale_months), *superseded_reviews(table))


def _check_search(table: EvidenceTable, today: date, stale_months: int) -> CheckResult:
    searched = table.searched_to
    if searched is None:
        message = _("No date says how far the literature was searched.")
        return finding("E17", table.compound, Status.NOT_CHECKABLE, message)
    months = (today.year - searched.year) * 12 + today.month - searched.month - (today.day < searched.day)
    inputs = ((_("searched to"), searched.isoformat()),)
    if months < stale_months:
        message = _("The literature was searched to %(date)s.", date=searched.isoformat())
        return finding("E17", table.compound, Status.OK, message, inputs=inputs)
    message = ngettext(
        "The literature was searched to %(date)s, %(num)s month ago.",
        "The literature was searched to %(date)s, %(num)s months ago.",
        months,
        date=searched.isoformat(),
    )
    return finding("E17", table.compound, Status.WARN, message, inputs=inputs)


def _version(source: Source) -> tuple[str, int] | None:
    """Cochrane review and version of a source, by its number or its DOI; the first has no suffix."""
    for text in (source.cochrane, source.doi):
        match = _ANY_COCHRANE.fullmatch(text or "")
        if match:
            return match[1].upper(), int(match[2] or 1)
    return None


def superseded_reviews(table: EvidenceTable) -> tuple[CheckResult, ...]:
    """E17: sources that say what replaced them, and older Cochrane versions beside a newer one."""
    newest: dict[str, int] = {}
    for source in table.sources:
        if version := _version(source):
            newest[version[0]] = max(newest.get(version[0], 0), version[1])
    results = []
    for source in table.sources:
        newer, version = source.superseded_by, _version(source)
        if newer is None and version and newest[version[0]] > version[1]:
            newer = f"{version[0]}.pub{newest[version[0]]}"
        if newer is not None:
            message = _("%(label)s has a newer version, %(newer)s.", label=source.label, newer=newer)
            inputs = (("cochrane", source.cochrane),) if source.cochrane else ()
            results.append(finding("E17", source.key, Status.WARN, message, inputs=inputs))
    return tuple(results)
