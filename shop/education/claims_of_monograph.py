"""What of a monograph the claims guard reads, and when a sentence about results rests on the records.

Read as free text: title, standfirst, the reading, the title of the figure, every paragraph and list item
of the sections, statements, facts at a glance, and the sentence on the sold material. Evidence records,
cards and sources are not free text: they are shown with design, number, funder and limits. Their own words
are read too, for everything but the outcomes they exist to report.

A sentence that reports an outcome in people (C12) may stand where it rests on an evidence record that is
complete. A paragraph rests on the records of the sources it cites or of the trials it names; a column of the
reading on the records it names. The standfirst, the reason and the title of the figure cannot cite: they
rest on all records, as long as every number of people they print stands in one of them. What rests only on
incomplete records is held under C17, and what rests on none is blocked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from shop.claims.guard import Checked, Finding, worst
from shop.claims.holds import Judged, judge
from shop.claims.rules import RULES, Surface, Verdict
from shop.education import markdown
from shop.education.evidence import EvidenceRecord, Seen, Source, Species, SponsorClass
from shop.education.monograph import SECTIONS, MonographText, Statement


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A piece of free text, and what of the monograph it rests on."""

    place: str
    text: str
    sources: frozenset[str] = frozenset()
    """Keys of the sources it cites."""
    records: frozenset[str] = frozenset()
    """Records it names."""
    on_all: bool = False
    """Whether it rests on all records, for want of a way to cite."""


OUTCOMES = frozenset({"C1", "C2", "C6", "C11", "C12", "C13", "C17"})
"""Rules not applied to the words of a record: it reports an outcome in its source's words."""


def judged(text: MonographText, surface: Surface = Surface.MONOGRAPH) -> tuple[Judged, ...]:
    """Every piece of a monograph of which the guard has something to say, answered from the records."""
    found = [_answered(judge(said.place, said.text, surface), said, text) for said in free_text(text)]
    found += [_of_record(each, surface) for each in _record_texts(text)]
    return tuple(each for each in found if each.checked.findings)


def free_text(text: MonographText) -> Iterator[Said]:
    """All free text of a monograph, in the order of the page."""
    yield Said(place="title", text=text.title)
    yield Said(place="standfirst", text=text.standfirst, on_all=True)
    yield Said(place="reading.reason", text=text.reading.reason, on_all=True)
    for name in ("favourable", "uncertain", "no_benefit"):
        part = getattr(text.reading, name)
        yield Said(place=f"reading.{name}", text=part.text, records=frozenset(part.records))
    yield Said(place="figure_title", text=text.figure_title, on_all=True)
    for name in SECTIONS:
        for number, paragraph in enumerate(markdown.paragraphs(getattr(text, name)), start=1):
            yield Said(
                place=f"{name}, paragraph {number}", text=paragraph.words, sources=frozenset(paragraph.cites)
            )
    for name in (
        "mechanism_statements",
        "safety_statements",
        "unknown_statements",
        "regulatory_statements",
    ):
        statements: tuple[Statement, ...] = getattr(text, name)
        for number, statement in enumerate(statements, start=1):
            yield Said(
                place=f"{name}[{number}]",
                text=statement.text + (" [1]" if statement.sources else ""),
                sources=frozenset(statement.sources),
            )
    for number, fact in enumerate(text.glance, start=1):
        words = f"{fact.name}: {fact.value}" + (f" ({fact.note})" if fact.note else "")
        yield Said(place=f"glance[{number}]", text=words, sources=frozenset(fact.sources))
    yield Said(place="sold_material", text=text.sold_material)


def is_complete(record: EvidenceRecord, source: Source | None) -> bool:
    """Whether a record about people says all that a reader needs to weigh it, and two people stand for it.

    After the reported-study schema of the claims rules: an identifier that leads to the study, which has been
    seen at least in part; design; population; the outcome as measured, with a result; the material studied;
    who paid, or that it was not stated; who took it from the source and who compared it.
    """
    return (
        source is not None
        and source.seen is not Seen.NOT_SEEN
        and bool(_identifiers(source))
        and bool(record.outcome.strip() and record.population.strip() and record.studied_material.strip())
        and _has_result(record)
        and (
            record.sponsor_class is not SponsorClass.NOT_REPORTED
            or bool(record.sponsor_text.strip() or source.sponsor_note.strip())
        )
        and bool(record.extracted_by.strip() and record.verified_by.strip())
        and record.extracted_by.strip() != record.verified_by.strip()
    )


def _identifiers(source: Source) -> list[str]:
    named = (source.doi, source.pmid, source.pmcid, source.nct, source.eudract, source.isrctn)
    return [each for each in (*named, source.cochrane, source.other_identifier) if each]


def _has_result(record: EvidenceRecord) -> bool:
    printed = (record.estimate, record.percent_treated, record.percent_control, record.p_text)
    counted = (record.events_treated, record.events_control)
    return bool(record.statement.strip()) or any(each is not None for each in (*printed, *counted))


def _answered(found: Judged, said: Said, text: MonographText) -> Judged:
    """The judgement with what the records answer taken out."""
    if not found.checked.findings:
        return found
    rests_on = _records_under(said, text)
    sources = {source.key: source for source in text.sources}
    people = [each for each in rests_on if each.species is Species.HUMAN]
    complete = [each for each in people if is_complete(each, sources.get(each.source))]
    animals = any(each.species is not Species.HUMAN for each in rests_on) or bool(said.sources)
    kept: list[Finding] = []
    for finding in found.checked.findings:
        if finding.rule == "C12" and people:
            if not complete or not _numbers_are_recorded(said, complete):
                kept.append(replace(finding, rule="C17", verdict=Verdict.HOLD, why=RULES["C17"].why))
        elif (finding.rule == "C13" and finding.verdict is Verdict.HOLD and animals) or (
            finding.rule == "C17" and (rests_on or said.sources)
        ):
            continue
        else:
            kept.append(finding)
    return _with(found, kept)


def _records_under(said: Said, text: MonographText) -> list[EvidenceRecord]:
    if said.on_all:
        return list(text.evidence)
    cited = said.sources | {source.key for source in text.sources if _is_named(source, said.text)}
    return [each for each in text.evidence if each.id in said.records or each.source in cited]


def _is_named(source: Source, words: str) -> bool:
    names = [name for name in (source.trial, source.nct) if name]
    return any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", words) for name in names)


_PEOPLE_COUNTED = re.compile(
    r"(?<![\w.,–-])(\d{1,3}(?:,\d{3})+|\d+)(?= (?:\w+ ){0,3}?(?:people|participants|patients|adults|"
    r"men|women|children|volunteers|infants)\b)|\bn ?= ?(\d[\d,]*)"
)


def _numbers_are_recorded(said: Said, records: Iterable[EvidenceRecord]) -> bool:
    """Whether each number of people that a text without citations prints stands in one of the records."""
    if not said.on_all:
        return True
    printed = {(one or other).replace(",", "") for one, other in _PEOPLE_COUNTED.findall(said.text)}
    recorded: set[str] = set()
    for each in records:
        counts = (each.n_total, each.n_treated, each.n_control, each.review_n, each.participants)
        recorded |= {str(number) for number in counts if number is not None}
        recorded |= set(re.findall(r"\d+", f"{each.population} {each.limits} {each.note}".replace(",", "")))
    return printed <= recorded


def _record_texts(text: MonographText) -> Iterator[Said]:
    for number, record in enumerate(text.evidence, start=1):
        named = ("outcome", "population", "comparator", "statement", "studied_material", "limits", "note")
        for name in named:
            if words := getattr(record, name):
                yield Said(place=f"evidence[{number}].{name}", text=words)
    for number, card in enumerate(text.cards, start=1):
        yield Said(place=f"cards[{number}].label", text=card.label)
    for number, source in enumerate(text.sources, start=1):
        yield Said(place=f"sources[{number}].label", text=source.label)


def _of_record(said: Said, surface: Surface) -> Judged:
    found = judge(said.place, said.text, surface)
    return _with(found, [each for each in found.checked.findings if each.rule not in OUTCOMES])


def _with(found: Judged, findings: list[Finding]) -> Judged:
    unique = tuple(dict.fromkeys(findings))
    return replace(found, checked=Checked(worst(each.verdict for each in unique), unique))
