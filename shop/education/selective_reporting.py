"""Checks E11, E12 and E15: what a page leaves out, shows twice, or shows only in part.

Arithmetic cannot find these: a per-protocol result without the intention-to-treat one, one time point of
several, a population named in the text without a row, one publication under two labels, pooled rows that
share trials, cards that show only favourable rows. Superseded versions of reviews are E17, in
`source_checks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations

from shop.core.language import gettext as _
from shop.education.evidence import (
    AnalysisSet,
    CheckResult,
    Direction,
    EvidenceRecord,
    EvidenceTable,
    NamedPopulation,
    Severity,
    Source,
    StatCard,
    Status,
    finding,
)
from shop.education.figures_in_text import figures


def check(table: EvidenceTable) -> tuple[CheckResult, ...]:
    """All checks of this module over one monograph."""
    return (
        *per_protocol_alone(table.records),
        *secondary_alone(table.records),
        *missing_timepoints(table.records),
        *populations_without_rows(table),
        *duplicate_sources(table.sources),
        *overlapping_trials(table),
        *check_cards(table),
    )


def _same(one: str, other: str) -> bool:
    return _words(one) == _words(other)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def per_protocol_alone(records: Iterable[EvidenceRecord]) -> Iterator[CheckResult]:
    """E11: a per-protocol result without a row for the same study and outcome by intention to treat."""
    rows = list(records)
    for record in rows:
        if record.analysis_set is not AnalysisSet.PER_PROTOCOL:
            continue
        partners = {
            other.analysis_set
            for other in rows
            if other.study == record.study
            and _same(other.outcome, record.outcome)
            and (not record.timepoint or not other.timepoint or _same(other.timepoint, record.timepoint))
        }
        if AnalysisSet.ITT in partners:
            continue
        inputs = (("analysis set", str(record.analysis_set)),)
        if AnalysisSet.MITT in partners:
            message = _(
                "Beside the per-protocol result stands a modified intention-to-treat one, not the full."
            )
            yield finding("E11", record.id, Status.INFO, message, inputs=inputs)
        else:
            message = _("Per-protocol result without the intention-to-treat result of the same outcome.")
            yield finding("E11", record.id, Status.WARN, message, inputs=inputs)


def secondary_alone(records: Iterable[EvidenceRecord]) -> Iterator[CheckResult]:
    """E11: studies of which rows are entered as not primary, and none as primary."""
    studies: dict[str, list[EvidenceRecord]] = {}
    for record in records:
        studies.setdefault(record.study, []).append(record)
    for study, rows in studies.items():
        if any(row.is_primary is False for row in rows) and not any(row.is_primary for row in rows):
            first = next(row for row in rows if row.is_primary is False)
            message = _("Only outcomes that were not primary are shown of %(study)s.", study=study)
            yield finding("E11", first.id, Status.WARN, message, inputs=(("study", study),))


def missing_timepoints(records: Iterable[EvidenceRecord]) -> Iterator[CheckResult]:
    """E11: time points that the source reports for an outcome and that no row carries.

    A row carries one when it is named, or is of the same study and outcome at that time.
    """
    rows = list(records)
    by_id = {row.id: row for row in rows}
    for record in rows:
        for other in record.other_timepoints:
            named = by_id.get(other.record or "")
            found = [row for row in rows if row.study == record.study and _same(row.outcome, record.outcome)]
            if named is not None and _same(named.timepoint, other.timepoint):
                continue
            if other.record is None and any(_same(row.timepoint, other.timepoint) for row in found):
                continue
            message = _(
                "The source also reports this outcome at %(other)s; no row shows it.", other=other.timepoint
            )
            inputs = ((_("shown"), record.timepoint), (_("not shown"), other.timepoint))
            yield finding("E11", record.id, Status.WARN, message, inputs=inputs)


def populations_without_rows(table: EvidenceTable) -> Iterator[CheckResult]:
    """E11: groups of people that the page names although no row is about them."""
    for population in table.populations:
        if not any(_is_about(record, population) for record in table.records):
            message = _("The page names %(name)s, but no row is about it.", name=population.name)
            inputs = ((_("population"), population.name),)
            yield finding("E11", table.compound, Status.WARN, message, inputs=inputs)


_PEOPLE = re.compile(
    r"\b(?:people|patients|adults|children|infants|participants|men|women|survivors)\s+"
    r"(?:with|after|who\s+had|who\s+have|having)\s+(?:an?\s+|the\s+)?"
    r"(?P<of>[a-z][a-z0-9’'-]*(?:\s+(?!and\b|or\b|in\b|who\b|were\b|was\b|did\b|had\b|but\b|to\b|on\b|at\b"
    r"|that\b|which\b|from\b|by\b|than\b|is\b|are\b|given\b|when\b|as\b)[a-z0-9’'-]+){0,3})",
    re.IGNORECASE,
)


def populations_in_text(text: str, table: EvidenceTable) -> Iterator[CheckResult]:
    """E11: "people with …" in the running text, whom no row and no named population is about.

    Words are compared, not meanings, so this is a note for editors and not for readers.
    """
    noted: set[str] = set()
    for match in _PEOPLE.finditer(text):
        words = _words(match["of"])
        known = [
            *(f"{record.population} {record.outcome}" for record in table.records),
            *(" ".join((each.name, *each.also)) for each in table.populations),
        ]
        stems = {word[:6] for word in words if len(word) > 3}
        covered = any(stems & {word[:6] for word in _words(said)} for said in known)
        name = match[0].strip()
        if stems and not covered and name.casefold() not in noted:
            noted.add(name.casefold())
            message = _("The text speaks of “%(name)s”; no row is about them.", name=name)
            yield finding("E11", table.compound, Status.INFO, message)


def _is_about(record: EvidenceRecord, population: NamedPopulation) -> bool:
    said = set(_words(f"{record.population} {record.outcome}"))
    return any(set(_words(name)) <= said for name in (population.name, *population.also) if _words(name))


def publications(sources: Iterable[Source]) -> list[tuple[Source, ...]]:
    """The sources gathered into publications, by what they share with one another or with a third.

    That is a DOI, PMID, PMCID or version of a Cochrane review, or a long title in one year. A registry number
    is no publication: a trial may be reported in several.
    """
    groups: list[tuple[set[str], list[Source]]] = []
    for source in sources:
        identifiers = _identifiers(source)
        joined = [source]
        for group in [group for group in groups if group[0] & identifiers]:
            groups.remove(group)
            identifiers |= group[0]
            joined = group[1] + joined
        groups.append((identifiers, joined))
    return [tuple(group) for _identifiers, group in groups]


def _identifiers(source: Source) -> set[str]:
    given = (source.doi, source.pmid, source.pmcid, source.cochrane)
    found = {text.casefold().strip() for text in given if text}
    found |= {text.removeprefix(_COCHRANE_DOI) for text in found if text.startswith(_COCHRANE_DOI)}
    title = " ".join(_words(source.title or ""))
    if len(title) >= _LONG_TITLE and source.year is not None:
        found.add(f"{source.year} {title}")
    return found


_COCHRANE_DOI = "10.1002/14651858."
_LONG_TITLE = 30
"""Characters of a title that two publications of one year hardly share."""


def duplicate_sources(sources: Iterable[Source]) -> Iterator[CheckResult]:
    """E12: one publication under several labels."""
    for group in publications(sources):
        if len(group) > 1:
            labels = "; ".join(source.label for source in group)
            message = _("One publication is listed under several labels: %(labels)s.", labels=labels)
            inputs = tuple(("source", source.key) for source in group)
            yield finding("E12", group[0].key, Status.INFO, message, inputs=inputs)


def overlapping_trials(table: EvidenceTable) -> Iterator[CheckResult]:
    """E12: reviews that pool one trial, a trial beside a review that does, or one trial reported twice."""
    cited = {record.source for record in table.records}
    sources = [source for source in table.sources if source.key in cited]
    for one, other in combinations(sources, 2):
        shared = sorted(_trials(one).keys() & _trials(other).keys())
        if not shared or len(publications((one, other))) == 1:
            continue
        values: dict[str, object] = {
            "one": one.label,
            "other": other.label,
            "trials": ", ".join(_trials(one)[name] for name in shared),
        }
        if one.includes or other.includes:
            message = _(
                "%(one)s and %(other)s share trials (%(trials)s), so they are not independent.", **values
            )
        else:
            message = _(
                "%(one)s and %(other)s report one trial (%(trials)s), so they are not independent.", **values
            )
        inputs = (("source", one.key), ("source", other.key))
        yield finding("E12", one.key, Status.INFO, message, inputs=inputs)


def _trials(source: Source) -> dict[str, str]:
    """The trials a source is about, as written, by what tells them apart: words and registry numbers."""
    names = (*source.includes, source.trial, source.nct, source.eudract, source.isrctn)
    return {key: name.strip() for name in names if name and (key := " ".join(_words(name)))}


_UNFAVOURABLE = (Direction.NEUTRAL, Direction.MIXED, Direction.FAVOURS_CONTROL, Direction.HARM_MODEL)


def check_cards(table: EvidenceTable) -> Iterator[CheckResult]:
    """E15: each card is a view of a record, with no figure of its own; not all of them are favourable."""
    records = {record.id: record for record in table.records}
    for card in table.cards:
        problem = _card_problem(card, records.get(card.record))
        if problem is not None:
            yield finding(
                "E15",
                card.record,
                Status.INCONSISTENT,
                problem,
                severity=Severity.ERROR,
                inputs=((_("card"), card.label),),
            )
    shown = [records[card.record].direction for card in table.cards if card.record in records]
    one_sided = bool(shown) and all(direction is Direction.FAVOURS_COMPOUND for direction in shown)
    if one_sided and any(record.direction in _UNFAVOURABLE for record in table.records):
        message = _("Every card shows a favourable result, though the table holds others.")
        yield finding("E15", table.compound, Status.WARN, message)


def _card_problem(card: StatCard, record: EvidenceRecord | None) -> str | None:
    if record is None:
        return _("The card “%(label)s” shows a record that does not exist.", label=card.label)
    words = "; ".join((record.outcome, record.scale, record.unit, record.timepoint, record.population))
    known = {*figures(words), str(record.k), str(record.participants)}
    own = [number for number in figures(card.label) if number not in known]
    if not own:
        return None
    return _(
        "The card “%(label)s” has a figure of its own: %(figures)s.", label=card.label, figures=", ".join(own)
    )
