"""Everything that is checked of a monograph or an evidence table, for editors, the command and machines.

E01 to E17 are about figures, sources and what is left out; R1 to R8 about the reading against its records; P1
about the plain-language summary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shop.core.language import gettext as _
from shop.education import markdown, readability, reading_rules, selective_reporting
from shop.education.consistency import check_table
from shop.education.coverage import Coverage, coverage
from shop.education.evidence import (
    CheckResult,
    EvidenceTable,
    PlainValue,
    RetractionList,
    Severity,
    Status,
    finding,
    plain,
)
from shop.education.monograph import SECTIONS, MonographText


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What was found of one monograph or table; `version` is None for what is not published."""

    name: str
    version: int | None
    results: tuple[CheckResult, ...]
    coverage: Coverage

    @property
    def has_error(self) -> bool:
        """Whether a finding weighs as an error."""
        return any(result.severity is Severity.ERROR for result in self.results)


def check_monograph(
    text: MonographText, *, today: date, retractions: RetractionList | None, version: int | None = None
) -> Checked:
    """Every check of a monograph."""
    results = (
        *reading_rules.check(text),
        *check_table(text.table, today=today, retractions=retractions),
        *selective_reporting.populations_in_text(_running_text(text), text.table),
        *_check_summary(text),
    )
    return Checked(name=text.compound, version=version, results=results, coverage=coverage(text.evidence))


def check_evidence(table: EvidenceTable, *, today: date, retractions: RetractionList | None) -> Checked:
    """Every check of an evidence table without a monograph."""
    results = check_table(table, today=today, retractions=retractions)
    return Checked(name=table.compound, version=None, results=results, coverage=coverage(table.records))


def _running_text(text: MonographText) -> str:
    sections = (markdown.to_text(getattr(text, name)) for name in SECTIONS)
    return "\n".join((text.standfirst, text.reading.reason, *sections))


def _check_summary(text: MonographText) -> tuple[CheckResult, ...]:
    """P1: the plain-language summary reads at grade 10 or lower (Flesch-Kincaid)."""
    if not text.summary.strip():
        return (finding("P1", "summary", Status.WARN, _("There is no summary in plain language.")),)
    grade = readability.summary_grade(text)
    most = readability.HIGHEST_GRADE_OF_SUMMARY
    values: dict[str, object] = {"grade": f"{grade:.1f}", "most": most}
    if grade > most:
        message = _("The summary reads at grade %(grade)s; it should be %(most)s or lower.", **values)
        return (finding("P1", "summary", Status.WARN, message, computed=f"{grade:.1f}"),)
    message = _("The summary reads at grade %(grade)s.", **values)
    return (finding("P1", "summary", Status.OK, message, computed=f"{grade:.1f}"),)


def as_plain(
    checked: Sequence[Checked], *, today: date, retractions: RetractionList | None
) -> dict[str, PlainValue]:
    """One document for machines: flat findings, and for each monograph and in all what could be checked."""
    counts = Counter(result.severity.value for each in checked for result in each.results)
    return {
        "checked_on": today.isoformat(),
        "retractions": (
            None
            if retractions is None
            else {"list": retractions.name, "as_of": retractions.as_of.isoformat()}
        ),
        "counts": {severity.value: counts[severity.value] for severity in Severity},
        "coverage": _coverage([each.coverage for each in checked]),
        "monographs": [
            {
                "monograph": each.name,
                "version": each.version,
                "coverage": {
                    **_coverage([each.coverage]),
                    "sentence": each.coverage.sentence(),
                    "outcomes": {record: outcome.name.lower() for record, outcome in each.coverage.outcomes},
                    "not_checkable_because": dict(each.coverage.reasons),
                },
            }
            for each in checked
        ],
        "findings": [
            {"monograph": each.name, **_plain_result(result)} for each in checked for result in each.results
        ],
    }


def _plain_result(result: CheckResult) -> dict[str, PlainValue]:
    return {
        "subject": result.subject,
        "code": result.code,
        "status": result.status.value,
        "severity": result.severity.value,
        "message": result.message,
        "inputs": plain(result.inputs),
        "computed": result.computed,
        "computed_range": plain(result.computed_range),
        "assumptions": plain(result.assumptions),
        "decision_flip": result.decision_flip,
    }


def _coverage(parts: Sequence[Coverage]) -> dict[str, PlainValue]:
    results = sum(len(part.outcomes) for part in parts)
    reasons = Counter(reason for part in parts for _record, reason in part.reasons)
    unchecked = sum(reasons.values())
    return {
        "results": results,
        "checkable": results - unchecked,
        "not_checkable": unchecked,
        "share": round((results - unchecked) / results, 4) if results else None,
        "reasons": dict(reasons),
    }
