"""A monograph as its page shows it: every figure is taken from the records, none is written here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from markupsafe import Markup, escape

from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.education import markdown, readability
from shop.education.consistency import check_table
from shop.education.coverage import coverage
from shop.education.evidence import (
    BenefitSide,
    CheckResult,
    Design,
    Direction,
    EvidenceRecord,
    EvidenceStatus,
    Measure,
    RetractionState,
    Seen,
    Severity,
    Source,
    Species,
    SponsorClass,
    Status,
    benefit_side,
    card_figures,
    interval_text,
    percent_of_level,
    size_text,
)
from shop.education.forest import ForestPlot, forest_plot
from shop.education.monograph import Fact, MonographText, ReadingPart, Statement, StatementLevel, Verdict
from shop.education.printed import with_minus_sign
from shop.web.storefront.source_links import anchor, links
from shop.web.storefront.substance_facts import basis_in_words

STALE_AFTER_MONTHS = 18
LONGEST_FIGURE = 24
"""Characters of a result in words that still fit where figures stand."""

NUMBER_CHECKS = ("E01", "E02", "E04", "E05", "E06", "E08", "E09", "E14")
"""Checks whose findings are about figures that disagree with each other or with the words."""
LEFT_OUT_CHECKS = ("E11", "E12", "E15")
"""Checks whose findings are about what a page leaves out, shows twice or shows in part."""

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


@dataclass(frozen=True, kw_only=True)
class RowOnPage:
    """A row of an evidence table."""

    outcome: str
    direction: str
    mark: str
    result: str
    interval: str
    source: str
    refs: tuple[int, ...]
    remark: str


@dataclass(frozen=True, kw_only=True)
class StatementOnPage:
    """A sentence with the level it was seen at and its sources."""

    text: str
    level: str
    refs: tuple[int, ...]
    seen: bool


@dataclass(frozen=True, kw_only=True)
class CheckOnPage:
    """What the numbers check found about one result, and how it was worked out."""

    about: str
    finding: str
    how: str


@dataclass(frozen=True, kw_only=True)
class SourceOnPage:
    """A source of the list at the end."""

    text: str
    url: str
    link: str
    retracted: str


@dataclass(frozen=True, kw_only=True)
class FactOnPage:
    """A row of *at a glance*."""

    name: str
    value: str
    note: str
    refs: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class MonographPage:
    """Everything the page shows of one revision. Sections are safe HTML, empty where there is nothing."""

    title: str
    standfirst: str
    author: str
    verified_by: str
    reviewed_on: date
    searched_to: date | None
    change_note: str
    minutes: int
    is_overdue: bool
    verdict: str
    reason: str
    favourable: str
    uncertain: str
    no_benefit: str
    has_people: bool
    """Whether any result is from people."""
    sections: Mapping[str, Markup]
    mechanism: tuple[StatementOnPage, ...]
    cards: tuple[CardOnPage, ...]
    table: tuple[RowOnPage, ...]
    abbreviations: str
    checks: tuple[CheckOnPage, ...]
    coverage: str
    left_out: tuple[str, ...]
    figure_title: str
    plot: ForestPlot
    safety: tuple[StatementOnPage, ...]
    safety_table: tuple[RowOnPage, ...]
    unknowns: tuple[StatementOnPage, ...]
    regulatory: tuple[StatementOnPage, ...]
    glance: tuple[FactOnPage, ...]
    sold_material: str
    sources: tuple[SourceOnPage, ...]
    retractions: str
    related: tuple[str, ...]


def compose(text: MonographText, today: date) -> MonographPage:
    """The page of a monograph; checks are made anew, so that the page says what they say today."""
    numbers = {source.key: number for number, source in enumerate(text.sources, start=1)}
    results = check_table(text.table, today=today)
    remarks = _remarks(results)
    in_safety = set(text.safety_records)
    findings = sorted((each for each in text.evidence if each.id not in in_safety), key=_weight)
    harms = [each for each in text.evidence if each.id in in_safety]
    return MonographPage(
        title=text.title,
        standfirst=text.standfirst,
        author=text.author,
        verified_by=text.verified_by,
        reviewed_on=text.reviewed_on,
        searched_to=text.searched_to,
        change_note=text.change_note,
        minutes=readability.reading_minutes(text),
        is_overdue=_months_between(text.reviewed_on, today) >= STALE_AFTER_MONTHS,
        verdict=verdict_in_words(text.reading.verdict),
        reason=text.reading.reason,
        favourable=_of_reading(text.reading.favourable),
        uncertain=_of_reading(text.reading.uncertain),
        no_benefit=_of_reading(text.reading.no_benefit),
        has_people=any(each.species is Species.HUMAN for each in text.evidence),
        sections=_sections(text),
        mechanism=_statements(text.mechanism_statements, numbers),
        cards=tuple(_cards(text, numbers)),
        table=tuple(_row(each, text, numbers, remarks) for each in findings),
        abbreviations=_abbreviations(text.evidence),
        checks=tuple(_checks(results, text)),
        coverage=coverage(text.evidence).sentence() if text.evidence else "",
        left_out=tuple(_left_out(results, text)),
        figure_title=text.figure_title or _("Effect sizes as published"),
        plot=plot_of(text),
        safety=_statements(text.safety_statements, numbers),
        safety_table=tuple(_row(each, text, numbers, remarks) for each in harms),
        unknowns=_statements(text.unknown_statements, numbers),
        regulatory=_statements(text.regulatory_statements, numbers),
        glance=tuple(_glance(text.glance, numbers)),
        sold_material=text.sold_material,
        sources=tuple(_source(each, numbers) for each in text.sources),
        retractions=_retractions(text.sources),
        related=text.related,
    )


def without_catalogue(page: MonographPage) -> MonographPage:
    """The page with no way to the catalogue: links there are words, and nothing is said of what is sold."""
    sections = {name: Markup(_TO_CATALOGUE.sub(r"\1", text)) for name, text in page.sections.items()}  # noqa: S704
    return replace(page, sections=sections, sold_material="")


_TO_CATALOGUE = re.compile(
    r'<a [^>]*href="/(?:products|cart|checkout|order)\b[^"]*"[^>]*>(.*?)</a>', re.DOTALL
)


def plot_of(text: MonographText) -> ForestPlot:
    """The forest plot of all results, pooled ones first."""
    return forest_plot(sorted(text.evidence, key=_weight), text.title, text.sources)


def verdict_in_words(verdict: Verdict) -> str:
    """How the evidence reads, in a word or two."""
    return {
        Verdict.FAVOURABLE: _("Favourable"),
        Verdict.MIXED: _("Mixed"),
        Verdict.UNCERTAIN: _("Uncertain"),
        Verdict.NO_BENEFIT: _("No benefit"),
        Verdict.PRECLINICAL_ONLY: _("Preclinical only"),
    }[verdict]


def contents(page: MonographPage, *, has_properties: bool) -> list[tuple[str, str]]:
    """The sections that the page has, by id and title, in its order."""
    sections = page.sections
    entries = (
        ("summary", _("In plain language"), sections["summary"]),
        ("what", _("What it is"), sections["what_it_is"]),
        ("mechanism", _("Proposed mechanism"), sections["mechanism"] or page.mechanism),
        ("evidence", _("What trials report") if page.has_people else _("What studies report"), True),
        ("plot", _("Effect sizes compared"), page.plot.panels),
        ("disagree", _("Why sources disagree"), sections["disagreement"]),
        ("safety", _("Safety signals"), sections["safety"] or page.safety or page.safety_table),
        ("unknown", _("What is not known"), sections["unknowns"] or page.unknowns),
        ("properties", _("Properties"), has_properties),
        ("handling", _("Laboratory handling"), sections["handling"] or page.sold_material),
        ("sources", _("Sources"), page.sources),
        ("regulatory", _("Regulatory status"), page.regulatory),
        ("cite", _("How to cite"), True),
    )
    return [(name, title) for name, title, there in entries if there]


def _weight(record: EvidenceRecord) -> int:
    """The order in which a reader should weigh results: pooled, trials, other work in people, the rest."""
    if record.species is not Species.HUMAN:
        return 3 if record.species is Species.ANIMAL else 4
    if record.design.is_pooled:
        return 0
    return 1 if record.design is Design.RCT else 2


def _months_between(earlier: date, later: date) -> int:
    whole = (later.year - earlier.year) * 12 + later.month - earlier.month
    return whole - (later.day < earlier.day)


def _of_reading(part: ReadingPart) -> str:
    return part.text


def _sections(text: MonographText) -> dict[str, Markup]:
    keys = [source.key for source in text.sources]
    names = (
        "summary",
        "what_it_is",
        "mechanism",
        "findings",
        "disagreement",
        "safety",
        "unknowns",
        "handling",
    )
    return {name: markdown.to_html(getattr(text, name), keys) for name in names}


def _statements(statements: Iterable[Statement], numbers: Mapping[str, int]) -> tuple[StatementOnPage, ...]:
    return tuple(
        StatementOnPage(
            text=each.text,
            level=_level_in_words(each.level),
            refs=tuple(numbers[key] for key in each.sources),
            seen=each.seen,
        )
        for each in statements
    )


def _level_in_words(level: StatementLevel | None) -> str:
    if level is None:
        return ""
    return {
        StatementLevel.IN_VITRO: _("In vitro"),
        StatementLevel.ANIMAL: _("Animal"),
        StatementLevel.HUMAN: _("Human"),
        StatementLevel.HYPOTHESIS: _("Hypothesis"),
    }[level]


def _cards(text: MonographText, numbers: Mapping[str, int]) -> Iterable[CardOnPage]:
    records = {record.id: record for record in text.evidence}
    for card in text.cards:
        record = records[card.record]
        figures = card_figures(record)
        in_figures = record.estimate is not None
        parts = (
            (_capital(figures.measure), figures.interval, figures.null, *_better(record))
            if in_figures
            else (_capital(record.statement),)
        )
        yield CardOnPage(
            figure=figures.figure if in_figures else _mark_in_words(record),
            label=card.label,
            detail="; ".join(
                part for part in (*parts, figures.size, *_seen_only(record), *_not_of_people(record)) if part
            ),
            refs=(numbers[record.source],),
            is_word=not in_figures,
        )


def _not_of_people(record: EvidenceRecord) -> tuple[str, ...]:
    """That a result is not one of the compound in people, which a figure on a card must not hide."""
    preclinical = (_("preclinical"),) if record.species is not Species.HUMAN else ()
    target = (_("tests the target, not the compound"),) if record.target_hypothesis else ()
    return preclinical + target


def _mark_in_words(record: EvidenceRecord) -> str:
    return {
        Direction.FAVOURS_COMPOUND: _("Favourable"),
        Direction.FAVOURS_CONTROL: _("Favours control"),
        Direction.NEUTRAL: _("No clear difference"),
        Direction.MIXED: _("Mixed"),
        Direction.HARM_MODEL: _("Harm in a model"),
        Direction.DESCRIPTIVE: _("Reported"),
    }[record.direction]


def _row(
    record: EvidenceRecord,
    text: MonographText,
    numbers: Mapping[str, int],
    remarks: Mapping[str, Sequence[str]],
) -> RowOnPage:
    result, interval = _result(record)
    mark = MARKS[record.direction]
    labels = {source.key: source.label for source in text.sources}
    return RowOnPage(
        outcome=", ".join(part for part in (record.outcome, record.timepoint) if part),
        direction=mark,
        mark=_mark_in_words(record) if mark else "",
        result=result,
        interval=interval,
        source=", ".join(
            part for part in (labels[record.source], size_text(record), record.analysis_set.label) if part
        ),
        refs=(numbers[record.source],),
        remark=_remark(record, text.title, remarks.get(record.id, ())),
    )


def _result(record: EvidenceRecord) -> tuple[str, str]:
    """A result in bold, and the line below it: interval and P as printed, or the source's words."""
    below = []
    if record.estimate is not None:
        short = _short_measure(record.measure)
        figure = with_minus_sign(record.estimate)
        result = " ".join(part for part in (short, figure, _unit(record)) if part)
        below += [_interval(record), *_better(record)]
        if record.p_text:
            below.append(_("%(p)s as reported", p=_p(record.p_text)))
        if record.statement:
            below.append(record.statement)
    elif record.percent_treated is not None and record.percent_control is not None:
        result = _(
            "%(treated)s%% vs %(control)s%%", treated=record.percent_treated, control=record.percent_control
        )
        below += [record.statement]
    elif len(record.statement) <= LONGEST_FIGURE:
        result = _capital(record.statement) or _("No figure published")
    else:
        result, below = _("No figure published"), [record.statement]
    if record.comparator:
        below.append(_("against %(comparator)s", comparator=record.comparator))
    return result, "; ".join(part for part in below if part)


def _better(record: EvidenceRecord) -> tuple[str, ...]:
    """Which way is better, for a difference whose sign does not say it."""
    left = record.measure.is_difference_of_means and benefit_side(record) is BenefitSide.LEFT
    return (_("lower is better"),) if left else ()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _interval(record: EvidenceRecord) -> str:
    if record.lower is None or record.upper is None:
        return _("no interval published")
    interval = interval_text(record.lower, record.upper)
    level = percent_of_level(record.level)
    return interval if level == "95%" else _("%(level)s CI %(interval)s", level=level, interval=interval)


def _p(printed: str) -> str:
    """A P value with its letter, which sources print in either case or leave out."""
    bare = printed.strip()
    if bare[:1] in "pP":
        bare = bare[1:].strip()
    for sign in ("=", "<", ">", "≤", "≥"):
        if bare.startswith(sign):
            return f"P {sign} {bare[len(sign) :].strip()}"
    return bare if not bare[:1].isdigit() else f"P = {bare}"


def _unit(record: EvidenceRecord) -> str:
    return "" if record.measure in (Measure.SMD, Measure.MANN_WHITNEY) else record.unit


_SHORT = {
    Measure.MD: "MD",
    Measure.SMD: "SMD",
    Measure.RR: "RR",
    Measure.OR: "OR",
    Measure.HR: "HR",
    Measure.RD: "RD",
    Measure.MANN_WHITNEY: "MW",
}


def _short_measure(measure: Measure) -> str:
    return _SHORT.get(measure, "")


def _abbreviations(records: Iterable[EvidenceRecord]) -> str:
    """The abbreviations that the tables use, spelt out."""
    used = {record.measure for record in records if record.estimate is not None}
    parts = [
        f"{_SHORT[measure]} {_spelt_out(measure)}" for measure in Measure if measure in used & set(_SHORT)
    ]
    return f"{', '.join(parts)}." if parts else ""


def _spelt_out(measure: Measure) -> str:
    if measure is Measure.MANN_WHITNEY:
        return _("Mann–Whitney effect size (0.5 means no difference)")
    return measure.label[:1].lower() + measure.label[1:]


def _seen_only(record: EvidenceRecord) -> tuple[str, ...]:
    return {
        EvidenceStatus.VERIFIED: (),
        EvidenceStatus.COMPUTED: (_("computed here"),),
        EvidenceStatus.SECONDARY: (_("seen in a secondary source only"),),
        EvidenceStatus.SEED: (_("source not seen"),),
    }[record.status]


def _remark(record: EvidenceRecord, compound: str, remarks: Sequence[str]) -> str:
    """What a reader has to know beside a result; the most important first."""
    parts = [_capital(part) for part in _seen_only(record)]
    if record.species is not Species.HUMAN:
        parts.append(_("Preclinical, in vitro") if record.species is Species.IN_VITRO else _("Preclinical"))
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
        parts.append(
            _("Certainty (GRADE) %(level)s, by %(by)s", level=record.certainty.value, by=record.certainty_by)
        )
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)


def _funding(record: EvidenceRecord) -> str:
    if record.sponsor_text.casefold().startswith("fund"):
        return record.sponsor_text
    if record.sponsor_text:
        return _("Funding: %(sponsor)s", sponsor=record.sponsor_text)
    return {
        SponsorClass.INDUSTRY_MANUFACTURER: _("Funding: the manufacturer"),
        SponsorClass.INDUSTRY_OTHER: _("Funding: industry"),
        SponsorClass.MIXED: _("Funding: mixed"),
        SponsorClass.INDEPENDENT: _("Funding: independent"),
        SponsorClass.ACADEMIC: _("Funding: academic"),
        SponsorClass.NOT_REPORTED: "",
    }[record.sponsor_class]


def _remarks(results: Iterable[CheckResult]) -> dict[str, list[str]]:
    """Small or imprecise results, by record: said in the row, not in the numbers check."""
    found: dict[str, list[str]] = {}
    for result in results:
        if result.code == "E07" and result.status is Status.INFO:
            found.setdefault(result.subject, []).append(result.message)
    return found


def _checks(results: Sequence[CheckResult], text: MonographText) -> Iterable[CheckOnPage]:
    """Figures that disagree. What would reconcile them (E03) stands with the finding it is about."""
    reconciled = {result.subject: result for result in results if result.code == "E03"}
    for result in results:
        # What agrees, or cannot be checked, weighs INFO; the coverage sentence counts it.
        if result.code not in NUMBER_CHECKS or result.severity is Severity.INFO:
            continue
        also = reconciled.get(result.subject) if result.code == "E02" else None
        assumed = (
            _("Worked out with: %(assumptions)s.", assumptions="; ".join(result.assumptions))
            if result.assumptions
            else ""
        )
        yield CheckOnPage(
            about=_about(result.subject, text),
            finding=result.message,
            how=" ".join(part for part in (assumed, also.message if also else "") if part),
        )


def _about(subject: str, text: MonographText) -> str:
    record = next((each for each in text.evidence if each.id == subject), None)
    if record is None:
        return text.title
    label = next(source.label for source in text.sources if source.key == record.source)
    return ", ".join(part for part in (record.outcome, record.timepoint, label) if part)


def _left_out(results: Sequence[CheckResult], text: MonographText) -> Iterable[str]:
    """What the page does not show, or shows twice, in the words of the checks."""
    for result in results:
        if result.code in LEFT_OUT_CHECKS:
            is_record = any(each.id == result.subject for each in text.evidence)
            yield f"{_about(result.subject, text)}: {result.message}" if is_record else result.message
    without_size = sum(result.code == "E10" and result.status is Status.WARN for result in results)
    if without_size:
        yield ngettext(
            "For %(num)s result, the number of studies or participants behind that outcome was not given "
            "where we read it; the whole review’s may be larger.",
            "For %(num)s results, the number of studies or participants behind that outcome was not given "
            "where we read it; the whole review’s may be larger.",
            without_size,
        )


def _glance(facts: Iterable[Fact], numbers: Mapping[str, int]) -> Iterable[FactOnPage]:
    for fact in facts:
        note = "; ".join(part for part in (fact.note.rstrip("."), basis_in_words(fact.basis)) if part)
        yield FactOnPage(
            name=fact.name,
            value=fact.value,
            note=note,
            refs=tuple(numbers[key] for key in fact.sources),
        )


def _source(source: Source, numbers: Mapping[str, int]) -> SourceOnPage:
    published = _published(source)
    marks = [
        anchor(link) for link in links(doi=source.doi, pmid=source.pmid, pmcid=source.pmcid, nct=source.nct)
    ]
    parts = [
        escape(source.label.rstrip(".")),
        published,
        Markup(", ").join(marks),
        escape(_capital(", ".join(_other_identifiers(source)))),
        escape(_seen_in_words(source.seen)),
        escape(source.sponsor_note.rstrip(".")),
        escape(_newer(source, numbers)),
    ]
    return SourceOnPage(
        text=Markup(". ").join(part for part in parts if part) + ".",
        url="",
        link="",
        retracted=_retracted(source),
    )


def _published(source: Source) -> Markup:
    """Authors, title, journal and year, as far as they have been seen."""
    authors = ", ".join(source.authors[:3]) + (_(" and others") if len(source.authors) > 3 else "")
    container = Markup("<cite>{}</cite>").format(source.container) if source.container else Markup("")
    is_in_label = source.year is not None and str(source.year) in source.label
    year = escape(source.year or "") if not is_in_label or source.container else Markup("")
    tail = Markup(", ").join(part for part in (container, year) if part)
    title = source.title if source.title != source.label else ""
    return Markup(". ").join(
        part for part in (escape(authors), escape((title or "").rstrip(".")), tail) if part
    )


def _other_identifiers(source: Source) -> list[str]:
    return [
        part
        for part in (
            f"EudraCT {source.eudract}" if source.eudract else "",
            source.isrctn or "",
            _("Cochrane %(number)s", number=source.cochrane) if source.cochrane else "",
            source.other_identifier or "",
        )
        if part
    ]


def _seen_in_words(seen: Seen) -> str:
    return {
        Seen.FULL_TEXT: _("Full text seen"),
        Seen.ABSTRACT: _("Abstract seen"),
        Seen.REGISTRY: _("Registry entry seen"),
        Seen.LABEL: _("Label seen"),
        Seen.DIGEST: _("Seen in a digest only"),
        Seen.NOT_SEEN: _("Source not seen"),
    }[seen]


def _newer(source: Source, numbers: Mapping[str, int]) -> str:
    if source.superseded_by is None:
        return ""
    if source.superseded_by in numbers:
        return _("A newer version is source %(number)s", number=numbers[source.superseded_by])
    return _("A newer version is %(identifier)s", identifier=source.superseded_by)


def _retracted(source: Source) -> str:
    return {
        RetractionState.RETRACTED: _("Retracted"),
        RetractionState.CONCERN: _("Under an expression of concern"),
    }.get(source.retraction, "")


def _retractions(sources: Sequence[Source]) -> str:
    unchecked = sum(source.retraction is RetractionState.NOT_CHECKED for source in sources)
    if not sources or not unchecked:
        return ""
    if unchecked == len(sources):
        return _("Retraction status: not checked.")
    return ngettext(
        "Retraction status: not checked for %(num)s source.",
        "Retraction status: not checked for %(num)s sources.",
        unchecked,
    )
