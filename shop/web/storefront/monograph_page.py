"""A monograph as its page shows it: every figure is taken from the records, none is written here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from markupsafe import Markup, escape

from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.core.wording import long_date
from shop.education import markdown, readability
from shop.education.consistency import check_table
from shop.education.coverage import coverage
from shop.education.evidence import (
    CheckResult,
    Design,
    EvidenceRecord,
    RetractionList,
    RetractionState,
    Seen,
    Severity,
    Source,
    Species,
    Status,
)
from shop.education.forest import ForestPlot, Undrawn, forest_plot
from shop.education.monograph import Fact, MonographText, Statement, StatementLevel, Verdict
from shop.education.result_words import result_in_words
from shop.education.retractions import marked
from shop.web.storefront import evidence_rows
from shop.web.storefront.evidence_rows import CardOnPage, ReadingPartOnPage, RowOnPage
from shop.web.storefront.source_links import anchor, links
from shop.web.storefront.substance_facts import basis_in_words, formula

STALE_AFTER_MONTHS = 18
NUMBER_CHECKS = ("E01", "E02", "E04", "E05", "E06", "E08", "E09", "E14")
"""Checks whose findings are about figures that disagree with each other or with the words."""
LEFT_OUT_CHECKS = ("E11", "E12", "E15")
"""Checks whose findings are about what a page leaves out, shows twice or shows in part."""


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
    scope: str
    """What the verdict is about, where that is not everything the substance is known for."""
    favourable: ReadingPartOnPage
    uncertain: ReadingPartOnPage
    no_benefit: ReadingPartOnPage
    has_people: bool
    """Whether any result is of the compound in people."""
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
    undrawn: tuple[Undrawn, ...]
    """Results with a figure that cannot be drawn."""
    in_words: str
    """How many results have no figure at all; empty where there are none."""
    safety: tuple[StatementOnPage, ...]
    safety_table: tuple[RowOnPage, ...]
    unknowns: tuple[StatementOnPage, ...]
    regulatory: tuple[StatementOnPage, ...]
    glance: tuple[FactOnPage, ...]
    sold_material: str
    sources: tuple[SourceOnPage, ...]
    retractions: str
    related: tuple[str, ...]


def compose(
    text: MonographText,
    today: date,
    retractions: RetractionList | None = None,
    *,
    is_listed: bool | None = True,
) -> MonographPage:
    """The page of a monograph; checks are made anew, so that the page says what they say today.

    `is_listed` says whether the shop lists a product of the compound, which each row then sets apart from
    the material that was studied; None where the page does not speak of the catalogue.
    """
    text = marked(text, retractions)
    numbers = {source.key: number for number, source in enumerate(text.sources, start=1)}
    results = check_table(text.table, today=today, retractions=retractions)
    remarks = evidence_rows.remarks(results)
    plot = plot_of(text)
    with_figure = {each.id for each in text.evidence if result_in_words(each).is_figure}
    undrawn = tuple(each for each in plot.undrawn if each.record in with_figure)
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
        scope=text.reading.scope,
        favourable=evidence_rows.reading_part(text.reading.favourable, text),
        uncertain=evidence_rows.reading_part(text.reading.uncertain, text),
        no_benefit=evidence_rows.reading_part(text.reading.no_benefit, text),
        has_people=any(each.is_in_people for each in text.evidence),
        sections=_sections(text),
        mechanism=_statements(text.mechanism_statements, numbers),
        cards=tuple(evidence_rows.cards(text, numbers)),
        table=tuple(
            evidence_rows.row(each, text, numbers, remarks, is_listed=is_listed) for each in findings
        ),
        abbreviations=evidence_rows.abbreviations(text.evidence),
        checks=tuple(_checks(results, text)),
        coverage=coverage(text.evidence).sentence() if text.evidence else "",
        left_out=tuple(_left_out(results, text)),
        figure_title=_figure_title(text, plot),
        plot=plot,
        undrawn=undrawn,
        in_words=_in_words(len(plot.undrawn) - len(undrawn), beside=bool(undrawn or plot.panels)),
        safety=_statements(text.safety_statements, numbers),
        safety_table=tuple(
            evidence_rows.row(each, text, numbers, remarks, is_listed=is_listed) for each in harms
        ),
        unknowns=_statements(text.unknown_statements, numbers),
        regulatory=_statements(text.regulatory_statements, numbers),
        glance=tuple(_glance(text.glance, numbers)),
        sold_material=text.sold_material,
        sources=tuple(source_on_page(each, numbers) for each in text.sources),
        retractions=_retractions(text.sources, retractions),
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
        ("plot", _("Effect sizes compared"), page.plot.panels or page.plot.undrawn),
        ("disagree", _("Why sources disagree"), sections["disagreement"]),
        ("safety", _("Safety signals"), sections["safety"] or page.safety or page.safety_table),
        ("unknown", _("What is not known"), sections["unknowns"] or page.unknowns),
        ("properties", _("Properties"), has_properties),
        ("handling", _("Laboratory handling"), True),
        ("sources", _("Sources"), page.sources),
        ("regulatory", _("Regulatory status"), page.regulatory),
        ("cite", _("How to cite"), True),
    )
    return [(name, title) for name, title, there in entries if there]


def _figure_title(text: MonographText, plot: ForestPlot) -> str:
    """The takeaway, which without any interval is just that."""
    if not plot.panels:
        return _("No interval has been published for any result on this page")
    return text.figure_title or _("Effect sizes as published")


def _in_words(count: int, *, beside: bool) -> str:
    if not count:
        return ""
    if not beside:
        return _("No figure either: what the sources say in words stands in the tables.")
    return ngettext(
        "%(num)s more result was published in words only; it stands in the tables.",
        "%(num)s more results were published in words only; they stand in the tables.",
        count,
    )


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
    keys = {source.key for source in text.sources}
    for result in results:
        if result.status is Status.NOT_CHECKABLE:
            continue
        # Of E17, a newer version of a source; how far was searched stands with the sources.
        if result.code in LEFT_OUT_CHECKS or (result.code == "E17" and result.subject in keys):
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
            value=formula(fact.value) if _is_formula(fact.value) else fact.value,
            note=note,
            refs=tuple(numbers[key] for key in fact.sources),
        )


def _is_formula(text: str) -> bool:
    return re.fullmatch(r"(?:[A-Z][a-z]?\d*){3,}", text) is not None and any(map(str.isdigit, text))


def source_on_page(source: Source, numbers: Mapping[str, int]) -> SourceOnPage:
    """A source with its identifiers as links and how much of it was seen."""
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


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


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


def _retractions(sources: Sequence[Source], listed: RetractionList | None) -> str:
    if sources and listed is not None:
        return _(
            "Retraction status: compared with %(list)s of %(date)s, by DOI and PubMed number. A source that "
            "is not in the list is not thereby known to stand.",
            list=listed.name,
            date=long_date(listed.as_of),
        )
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
