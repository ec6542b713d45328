"""Rows, cards and links of a monograph's evidence: each a view of one record, with nothing of its own.

A row shows what has to be seen at once; the *full record*, a page of its own (`records`), holds every other
field, also where the source does not state it, so that a reader can judge a result without trusting the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shop.core.language import gettext as _
from shop.education import result_words
from shop.education.evidence import (
    CheckResult,
    Direction,
    EvidenceRecord,
    Measure,
    Source,
    Species,
    StatCard,
    Status,
    card_figures,
    size_text,
)
from shop.education.monograph import MonographText, ReadingPart

MARKS = {
    Direction.FAVOURS_COMPOUND: "favourable",
    Direction.NEUTRAL: "uncertain",
    Direction.MIXED: "uncertain",
    Direction.FAVOURS_CONTROL: "unfavourable",
    Direction.HARM_MODEL: "unfavourable",
    Direction.DESCRIPTIVE: "",
}
"""The drawing beside a result. It is hollow where no clear difference is reported, as on the plot."""


@dataclass(frozen=True, kw_only=True)
class CardOnPage:
    """A stat card."""

    figure: str
    label: str
    detail: str
    refs: tuple[int, ...]
    is_word: bool
    anchor: str


@dataclass(frozen=True, kw_only=True)
class RowOnPage:
    """A row of an evidence table. `facts` are what the row itself does not show, label and value."""

    record: str
    anchor: str
    outcome: str
    population: str
    direction: str
    mark: str
    preclinical: str
    """ "Preclinical" or "Preclinical, in vitro"; empty for a result in people."""
    result: str
    interval: str
    source: str
    refs: tuple[int, ...]
    remark: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class ReadingPartOnPage:
    """A column of the reading, and the rows it rests on: anchor and words."""

    text: str
    rests_on: tuple[tuple[str, str], ...] = field(default=())


def outcome_at(record: EvidenceRecord) -> str:
    """What was measured, and when."""
    return ", ".join(part for part in (record.outcome, record.timepoint) if part)


def anchor(record: str) -> str:
    """The id of a record's row on its page."""
    return f"r-{record}"


def cards(text: MonographText, numbers: Mapping[str, int]) -> Iterable[CardOnPage]:
    """The stat cards of a monograph, in its order."""
    records = {record.id: record for record in text.evidence}
    for card in text.cards:
        yield _card(card, records[card.record], numbers)


def _card(card: StatCard, record: EvidenceRecord, numbers: Mapping[str, int]) -> CardOnPage:
    shown, figures = result_words.result_in_words(record), card_figures(record)
    own = record.estimate is not None
    p = _("%(p)s as reported", p=result_words.p_as_printed(record.p_text or ""))
    parts = (
        result_words.measure_in_words(record) if own else "",
        figures.interval if shown.is_figure else "",
        result_words.lower_is_better(record),
        p if record.p_text and not record.has_interval else "",
        shown.words,
        figures.size,
        result_words.status_in_words(record.status),
        _("preclinical") if record.species is not Species.HUMAN else "",
        _("tests the target, not the compound") if record.target_hypothesis else "",
    )
    is_word = not own and not (shown.is_figure and record.percent_treated is not None)
    figure = shown.figure if record.measure.null is None else figures.figure
    return CardOnPage(
        figure=result_words.direction_in_words(record.direction) if is_word else figure,
        label=card.label,
        detail=_sentence("; ".join(part for part in (*_own_words(shown, is_word=is_word), *parts) if part)),
        refs=(numbers[record.source],),
        is_word=is_word or len(figure) > _LONGEST_ON_A_CARD,
        anchor=anchor(record.id),
    )


_LONGEST_ON_A_CARD = 10
"""Characters that fit a card in its largest type."""


def _own_words(shown: result_words.ResultInWords, *, is_word: bool) -> tuple[str, ...]:
    """The result itself where a word about its direction stands in the place of the figure."""
    return (shown.figure,) if is_word and (shown.is_figure or not shown.words) else ()


def row(
    record: EvidenceRecord,
    text: MonographText,
    numbers: Mapping[str, int],
    remarks: Mapping[str, Sequence[str]],
    *,
    is_listed: bool | None,
) -> RowOnPage:
    """The row of a record. `remarks` are findings of the checks that belong beside a row, by record."""
    shown = result_words.result_in_words(record)
    mark = MARKS[record.direction]
    source = next(each for each in text.sources if each.key == record.source)
    return RowOnPage(
        record=record.id,
        anchor=anchor(record.id),
        outcome=outcome_at(record),
        population=record.population,
        direction=mark,
        mark=result_words.direction_in_words(record.direction) if mark else "",
        preclinical=_preclinical(record),
        result=shown.figure,
        interval="; ".join(shown.beside),
        source=", ".join(
            part for part in (source.label, size_text(record), record.analysis_set.label) if part
        ),
        refs=(numbers[record.source],),
        remark=_remark(record, text.title, remarks.get(record.id, ())),
        facts=tuple(facts(record, source, is_listed=is_listed)),
    )


def _preclinical(record: EvidenceRecord) -> str:
    return {
        Species.HUMAN: "",
        Species.ANIMAL: _("Preclinical"),
        Species.IN_VITRO: _("Preclinical, in vitro"),
    }[record.species]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _remark(record: EvidenceRecord, compound: str, remarks: Sequence[str]) -> str:
    """What a reader has to know beside a result; the most important first."""
    parts = [_sentence(result_words.status_in_words(record.status))]
    if record.target_hypothesis and record.intervention:
        parts.append(
            _(
                "Target hypothesis: %(tested)s was tested, not %(compound)s",
                tested=record.intervention,
                compound=compound,
            )
        )
    elif record.intervention:
        parts.append(_("Tested: %(tested)s", tested=record.intervention))
    parts += remarks
    parts.append(record.limits)
    parts.append(_funding(record))
    if record.risk_of_bias:
        parts.append(_("Risk of bias: %(judgement)s", judgement=record.risk_of_bias))
    if record.certainty is not None and record.certainty_by:
        parts.append(_certainty(record))
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)


def _certainty(record: EvidenceRecord) -> str:
    if record.certainty is None:
        return ""
    return _("Certainty (GRADE) %(level)s, by %(by)s", level=record.certainty.value, by=record.certainty_by)


def _funding(record: EvidenceRecord) -> str:
    """Who paid, in the source's words where there are any: a missing line is said, not left out."""
    if record.sponsor_text.casefold().startswith("fund"):
        return record.sponsor_text
    words = record.sponsor_text or result_words.sponsor_in_words(record.sponsor_class)
    return _("Funding: %(sponsor)s", sponsor=_lower(words) if _is_plain(words) else words)


def _is_plain(words: str) -> bool:
    """Whether a sentence may begin in lower case: its first word is no name or abbreviation."""
    first = words.split(" ", 1)[0].rstrip(",;:")
    return first.casefold() in {
        "not",
        "academic",
        "independent",
        "unknown",
        "mixed",
        "linked",
        "affiliations",
        "who",
    }


def facts(record: EvidenceRecord, source: Source, *, is_listed: bool | None) -> Iterable[tuple[str, str]]:
    """Every field of a record that its row does not show already; what is not stated is named as such."""
    in_people = record.species is Species.HUMAN
    unstated = _("not stated where we read it")
    pairs = (
        (_("Population"), "" if record.population else unstated),
        (_("Compared with"), unstated if in_people and not record.comparator else ""),
        (_("Design"), result_words.design_in_words(record.design)),
        (_("Analysis set"), result_words.analysis_set_in_words(record) if in_people else ""),
        (_("Outcome was"), result_words.rank_in_words(record)),
        (_("Measure"), result_words.measure_in_words(record)),
        (_("Sign"), result_words.coding_in_words(record)),
        (_("Studies (k)"), str(record.k) if record.k is not None else ""),
        (_("Participants (n)"), result_words.arms_in_words(record)),
        (_("Also reported at"), ", ".join(each.timepoint for each in record.other_timepoints)),
        (_("Sponsor"), result_words.sponsor_in_words(record.sponsor_class)),
        (_("Studied material"), record.studied_material or unstated),
        (_("Material sold here"), sold_against_studied(record, is_listed=is_listed)),
        (_("Limits"), "" if record.limits else _("none recorded")),
        (_("Note"), record.note),
        (_("Read in"), ", ".join(part for part in (record.locator, source.other_identifier or "") if part)),
        (_("Extracted by"), record.extracted_by or _("nobody named")),
        (_("Verified by"), record.verified_by or _("nobody yet")),
    )
    return ((label, value) for label, value in pairs if value)


def sold_against_studied(record: EvidenceRecord, *, is_listed: bool | None) -> str:
    """How the vial sold here stands to what was studied: never the same, for no lot of ours was.

    Nothing ("") where the page stands apart from the catalogue and does not speak of it (`is_listed` None).
    """
    if is_listed is None:
        return ""
    if not is_listed:
        return _("none: nothing is listed under this name")
    if record.target_hypothesis:
        return _("not the substance that was tested")
    return _("not the studied material")


def reading_part(part: ReadingPart, text: MonographText) -> ReadingPartOnPage:
    """A column of the reading with links to the rows of the records it names."""
    records = {record.id: record for record in text.evidence}
    labels = {source.key: source.trial or source.label for source in text.sources}
    shared = Counter(_of_study(each, labels) for each in records.values())
    return ReadingPartOnPage(
        text=part.text,
        rests_on=tuple(
            (anchor(name), _told_apart(records[name], labels, shared))
            for name in part.records
            if name in records
        ),
    )


def _told_apart(record: EvidenceRecord, labels: Mapping[str, str], shared: Mapping[str, int]) -> str:
    """The result by its study, and by its population where another result has the same words."""
    name = _of_study(record, labels)
    return f"{name} ({record.population})" if shared[name] > 1 and record.population else name


def _of_study(record: EvidenceRecord, labels: Mapping[str, str]) -> str:
    parts = (record.outcome, record.timepoint, record.analysis_set.label, labels[record.source])
    return ", ".join(part for part in parts if part)


def remarks(results: Iterable[CheckResult]) -> dict[str, list[str]]:
    """Small or imprecise results, by record: said in the row, not in the numbers check."""
    found: dict[str, list[str]] = {}
    for result in results:
        if result.code == "E07" and result.status is Status.INFO:
            found.setdefault(result.subject, []).append(result.message)
    return found


def abbreviations(records: Iterable[EvidenceRecord]) -> str:
    """The abbreviations that the tables use, spelt out."""
    used = {record.measure for record in records if record.estimate is not None}
    known = result_words.SHORT_MEASURES
    parts = [f"{known[each]} {result_words.spelt_out(each)}" for each in Measure if each in used & set(known)]
    return f"{', '.join(parts)}." if parts else ""
