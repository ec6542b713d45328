"""What an evidence reading cannot say of the records it rests on: checks R1 to R8.

The reading is an editor's choice by the published criteria; nothing here chooses one, and significant results
are never counted. A choice is refused only where it contradicts its records, such as a favourable reading
whose records are all coded as harm. What may be right and deserves a second look is a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shop.core.language import gettext as _
from shop.education.evidence import (
    CheckResult,
    Design,
    Direction,
    EvidenceRecord,
    RetractionState,
    Severity,
    Species,
    Status,
    finding,
)
from shop.education.figures import interval_excludes_null, read_figures
from shop.education.monograph import MonographText, ReadingPart, Verdict
from shop.education.result_words import direction_in_words

SUBJECT = "reading"

_AGAINST = (Direction.NEUTRAL, Direction.FAVOURS_CONTROL, Direction.HARM_MODEL)
"""Directions that cannot carry a favourable reading."""


def check(text: MonographText) -> tuple[CheckResult, ...]:
    """Every contradiction between the reading and its records (errors), and what to look at again."""
    by_id = {record.id: record for record in text.evidence}
    favourable, uncertain, no_benefit = (
        [by_id[key] for key in part.records if key in by_id]
        for part in (text.reading.favourable, text.reading.uncertain, text.reading.no_benefit)
    )
    named = [*favourable, *uncertain, *no_benefit]
    return (
        *_names_nothing(text, named),
        *_column_against_coding(favourable, no_benefit),
        *_in_two_columns(text.reading.favourable, text.reading.no_benefit),
        *_of_verdict(text, favourable, no_benefit, named),
    )


def _error(code: str, message: str, *records: EvidenceRecord) -> CheckResult:
    inputs = tuple(("record", record.id) for record in records)
    return finding(code, SUBJECT, Status.INCONSISTENT, message, severity=Severity.ERROR, inputs=inputs)


def _names_nothing(text: MonographText, named: list[EvidenceRecord]) -> Iterator[CheckResult]:
    """R1: a reading rests on records; only a page without any result has nothing to name."""
    if named or (not text.evidence and text.reading.verdict is Verdict.PRECLINICAL_ONLY):
        return
    if text.evidence:
        yield _error("R1", _("The reading names no record that it rests on."))
    else:
        yield _error("R1", _("The reading is about results in people, and no result is recorded."))


def _column_against_coding(
    favourable: Iterable[EvidenceRecord], no_benefit: Iterable[EvidenceRecord]
) -> Iterator[CheckResult]:
    """R2: a record stands in a column that its own direction contradicts."""
    for record in favourable:
        if record.direction in _AGAINST:
            message = _(
                "“%(id)s” is named as favourable, but is recorded as “%(direction)s”.",
                id=record.id,
                direction=direction_in_words(record.direction),
            )
            yield _error("R2", message, record)
    for record in no_benefit:
        if record.direction is Direction.FAVOURS_COMPOUND:
            message = _(
                "“%(id)s” is named as no benefit or a warning, but is recorded as “%(direction)s”.",
                id=record.id,
                direction=direction_in_words(record.direction),
            )
            yield _error("R2", message, record)


def _in_two_columns(favourable: ReadingPart, no_benefit: ReadingPart) -> Iterator[CheckResult]:
    """R3: one record cannot say both."""
    for key in dict.fromkeys(favourable.records):
        if key in no_benefit.records:
            yield _error("R3", _("“%(id)s” is named as favourable and as no benefit.", id=key))


def _of_verdict(
    text: MonographText,
    favourable: list[EvidenceRecord],
    no_benefit: list[EvidenceRecord],
    named: list[EvidenceRecord],
) -> Iterator[CheckResult]:
    if not named and text.reading.verdict is not Verdict.PRECLINICAL_ONLY:
        return
    match text.reading.verdict:
        case Verdict.FAVOURABLE:
            yield from _favourable(text, favourable, no_benefit)
        case Verdict.MIXED:
            yield from _mixed(named)
        case Verdict.UNCERTAIN:
            if not any(_in_people(record) for record in text.evidence):
                message = _("“Uncertain” is about results in people, and none is recorded.")
                yield _error("R6", message)
        case Verdict.NO_BENEFIT:
            yield from _no_benefit(favourable, no_benefit)
        case Verdict.PRECLINICAL_ONLY:
            yield from _preclinical_only(text)


def _favourable(
    text: MonographText, favourable: list[EvidenceRecord], no_benefit: list[EvidenceRecord]
) -> Iterator[CheckResult]:
    """R4: rests on a result in people that favours the substance itself, and stands."""
    carrying = [record for record in favourable if _carries_benefit(record)]
    if not carrying:
        message = _(
            "“Favourable” names no result in people that favours the substance itself; every record it names "
            "as favourable is coded otherwise, from animals or cells, or about another substance."
        )
        yield _error("R4", message, *favourable)
        return
    if all(_includes_no_difference(record) for record in carrying):
        message = _("“Favourable” rests only on results whose intervals hold no difference.")
        yield _error("R4", message, *carrying)
    retracted = {source.key for source in text.sources if source.retraction is RetractionState.RETRACTED}
    if all(record.source in retracted for record in carrying):
        yield _error("R4", _("“Favourable” rests only on sources that are retracted."), *carrying)
    yield from _as_heavy(
        "R4",
        _("Favourable"),
        carrying,
        [record for record in no_benefit if _in_people(record) and record.direction in _AGAINST],
    )


def _mixed(named: list[EvidenceRecord]) -> Iterator[CheckResult]:
    """R5: results in people point different ways."""
    directions = {record.direction for record in named if _in_people(record)}
    points_both_ways = Direction.MIXED in directions or (
        Direction.FAVOURS_COMPOUND in directions and not directions.isdisjoint(_AGAINST)
    )
    if not points_both_ways:
        message = _("“Mixed” names no results in people that point different ways.")
        yield _error("R5", message, *named)


def _no_benefit(favourable: list[EvidenceRecord], no_benefit: list[EvidenceRecord]) -> Iterator[CheckResult]:
    """R7: rests on a result in people without a benefit."""
    carrying = [
        record
        for record in no_benefit
        if _in_people(record) and record.direction is not Direction.FAVOURS_COMPOUND
    ]
    if not carrying:
        message = _("“No benefit” names no result in people without a benefit.")
        yield _error("R7", message, *no_benefit)
        return
    yield from _as_heavy(
        "R7",
        _("No benefit"),
        carrying,
        [record for record in favourable if _carries_benefit(record)],
    )


def _preclinical_only(text: MonographText) -> Iterator[CheckResult]:
    """R8: no result of the substance in people is recorded; one of a drug that blocks its target may be."""
    in_people = [record for record in text.evidence if record.is_in_people]
    if in_people:
        ids = ", ".join(record.id for record in in_people[:5])
        message = _("“Preclinical only”, but results in people are recorded: %(ids)s.", ids=ids)
        yield _error("R8", message, *in_people)


def _as_heavy(
    code: str, verdict: str, carrying: list[EvidenceRecord], other_way: list[EvidenceRecord]
) -> Iterator[CheckResult]:
    """A warning: size and care of studies are for the editor to weigh, so this refuses nothing."""
    heaviest = max(_weight(record) for record in carrying)
    found = [record for record in other_way if _weight(record) >= heaviest]
    if found:
        message = _(
            "Beside “%(verdict)s”, records of the same weight of design say otherwise: %(ids)s.",
            verdict=verdict,
            ids=", ".join(record.id for record in found[:5]),
        )
        yield finding(
            code, SUBJECT, Status.WARN, message, inputs=tuple(("record", record.id) for record in found)
        )


def _weight(record: EvidenceRecord) -> int:
    if record.design.is_pooled:
        return 2
    return 1 if record.design is Design.RCT else 0


def _in_people(record: EvidenceRecord) -> bool:
    return record.species is Species.HUMAN


def _carries_benefit(record: EvidenceRecord) -> bool:
    return (
        _in_people(record)
        and not record.target_hypothesis
        and record.direction in (Direction.FAVOURS_COMPOUND, Direction.MIXED)
    )


def _includes_no_difference(record: EvidenceRecord) -> bool:
    figures, _results = read_figures(record)
    return figures is not None and interval_excludes_null(figures) is False
