"""One result in words, as a card, a table row and the list beside a plot show it: views of the record.

Nothing is worded twice: what a page says of a result comes from here, so that two places cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.language import gettext as _
from shop.education.evidence import (
    BenefitSide,
    Coding,
    Design,
    Direction,
    EvidenceRecord,
    EvidenceStatus,
    Measure,
    SponsorClass,
    benefit_side,
    interval_text,
    percent_of_level,
)
from shop.education.figures_in_text import figures
from shop.education.printed import with_minus_sign

LONGEST_WORDS = 40
"""Characters of a result in words that still stand in the place of a figure."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultInWords:
    """The figure (or the source's words in its place), and what has to stand beside it."""

    figure: str
    beside: tuple[str, ...]
    words: str
    """What the source says beside the figure; empty where the figure is its words."""
    is_figure: bool
    """Whether a number was published; otherwise `figure` is words."""


def result_in_words(record: EvidenceRecord) -> ResultInWords:
    """What was found: the figure with its measure and unit, then interval, P, counts, words and comparator.

    A figure without an interval says so; a result in words says that there is none.
    """
    words, rest = _words_with_the_figure(record)
    if words:
        figure, is_figure = words, True
    elif record.estimate is not None:
        figure, is_figure = _estimate(record), True
    elif record.percent_treated is not None or record.events_treated is not None:
        figure, is_figure = _arms(record), True
    elif len(record.statement) <= LONGEST_WORDS:
        figure, is_figure, rest = _capital(record.statement) or _("No figure"), False, ""
    else:
        figure, is_figure = _("No figure"), False
    said_already = figure == _("No figure")
    beside = (
        _interval(record) if is_figure else "" if said_already else _("in words only"),
        lower_is_better(record),
        _("%(p)s as reported", p=p_as_printed(record.p_text)) if record.p_text else "",
        counts(record) if is_figure else "",
        rest,
        _("against %(comparator)s", comparator=record.comparator) if record.comparator else "",
    )
    return ResultInWords(
        figure=figure, beside=tuple(part for part in beside if part), words=rest, is_figure=is_figure
    )


def in_one_line(record: EvidenceRecord) -> str:
    """The result without what a plot would show of it: "46% vs 54%; P = 0.03; not significant"."""
    shown = result_in_words(record)
    parts = (
        shown.figure,
        _interval(record) if record.has_interval else "",
        p_as_printed(record.p_text) if record.p_text else "",
        counts(record) if shown.is_figure else "",
        shown.words,
    )
    return "; ".join(part for part in parts if part)


def _words_with_the_figure(record: EvidenceRecord) -> tuple[str, str]:
    """The source's words where the figure stands in them ("from 3.4 ± 0.2 to 6.3 ± 0.7"), and what follows.

    A measure with a value of no difference always stands as a figure, its words beside it.
    """
    first, _sign, rest = record.statement.partition("; ")
    if (
        record.measure.null is not None
        or record.percent_treated is not None
        or record.events_treated is not None
    ):
        return "", record.statement
    own = figures(first)
    holds = record.estimate is None or not set(figures(record.estimate)) - set(own)
    if not own or not holds:
        return "", record.statement
    named = _prefix(record) if record.measure is Measure.CONCENTRATION else ""
    words = with_minus_sign(first)
    return (f"{named} {words}" if named and named not in words else _capital(words)), rest


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _estimate(record: EvidenceRecord) -> str:
    unit = "" if record.measure in (Measure.SMD, Measure.MANN_WHITNEY) else record.unit
    return " ".join(part for part in (_prefix(record), with_minus_sign(record.estimate or ""), unit) if part)


def _prefix(record: EvidenceRecord) -> str:
    if record.measure is Measure.CONCENTRATION:
        return record.scale
    return _("Mean") if record.measure is Measure.MEAN else SHORT_MEASURES.get(record.measure, "")


SHORT_MEASURES = {
    Measure.MD: "MD",
    Measure.SMD: "SMD",
    Measure.RR: "RR",
    Measure.OR: "OR",
    Measure.HR: "HR",
    Measure.RD: "RD",
    Measure.MANN_WHITNEY: "MW",
}
"""Abbreviations that stand before a figure; the table spells them out below."""


def spelt_out(measure: Measure) -> str:
    """A measure's name inside a sentence, with its value of no difference where readers may not know it."""
    if measure is Measure.MANN_WHITNEY:
        return _("Mann–Whitney effect size (0.5 means no difference)")
    return measure.label[:1].lower() + measure.label[1:]


def measure_in_words(record: EvidenceRecord) -> str:
    """The measure with scale, unit and value of no difference: "Risk ratio; 1 is no difference"."""
    is_plain = record.measure in (Measure.OTHER, Measure.NONE) and (record.scale or record.unit)
    named = [record.scale, record.unit] if is_plain else [record.measure.label, record.scale, record.unit]
    null = record.measure.null
    parts = (
        ", ".join(part for part in named if part),
        "" if null is None else _("%(null)s is no difference", null=null),
    )
    return "; ".join(part for part in parts if part)


def _interval(record: EvidenceRecord) -> str:
    if record.lower is None or record.upper is None:
        return _("no interval published")
    interval = interval_text(record.lower, record.upper)
    level = percent_of_level(record.level)
    return interval if level == "95%" else _("%(level)s CI %(interval)s", level=level, interval=interval)


def lower_is_better(record: EvidenceRecord) -> str:
    """Which way is better, for a difference whose sign does not say it; empty otherwise."""
    left = record.measure.is_difference_of_means and benefit_side(record) is BenefitSide.LEFT
    return _("lower is better") if left else ""


def p_as_printed(printed: str) -> str:
    """A P value with its letter, which sources print in either case or leave out: "P = 0.0240"."""
    bare = printed.strip()
    if bare[:1] in "pP":
        bare = bare[1:].strip()
    for sign in ("=", "<", ">", "≤", "≥"):
        if bare.startswith(sign):
            return f"P {sign} {bare[len(sign) :].strip()}"
    return bare if not bare[:1].isdigit() else f"P = {bare}"


def _arms(record: EvidenceRecord) -> str:
    """ "46% vs 54%", or events where no percentage was published: "75 vs 85 with the event"."""
    if record.percent_treated is None:
        arms = [str(each) for each in (record.events_treated, record.events_control) if each is not None]
        return _("%(counts)s with the event", counts=_(" vs ").join(arms))
    percents = (record.percent_treated, record.percent_control)
    return _(" vs ").join(f"{each.rstrip('%')}%" for each in percents if each is not None)


def counts(record: EvidenceRecord) -> str:
    """Events and percentages of both arms, as far as they are printed and not the figure already."""
    arms = (
        (record.events_treated, record.n_treated, record.percent_treated),
        (record.events_control, record.n_control, record.percent_control),
    )
    is_the_figure = record.estimate is None
    shown = [_arm(events, n, None if is_the_figure else percent) for events, n, percent in arms]
    return _(" vs ").join(shown) if all(shown) else ""


def _arm(events: int | None, n: int | None, percent: str | None) -> str:
    of = _("%(events)s of %(n)s", events=events, n=n) if events is not None and n is not None else ""
    shown = f"{percent.rstrip('%')}%" if percent is not None else ""
    return f"{shown} ({of})" if shown and of else shown or of


def arms_in_words(record: EvidenceRecord) -> str:
    """ "205 in all", or both arms: "529 treated, 541 control"; empty where no number is known."""
    if record.n_treated is not None and record.n_control is not None:
        return _(
            "%(treated)s treated, %(control)s control",
            treated=f"{record.n_treated:,}",
            control=f"{record.n_control:,}",
        )
    if record.participants is not None:
        return _("%(n)s in all", n=f"{record.participants:,}")
    return ""


def direction_in_words(direction: Direction) -> str:
    """Which way the source reports the result to point."""
    return {
        Direction.FAVOURS_COMPOUND: _("Favourable"),
        Direction.FAVOURS_CONTROL: _("Favours control"),
        Direction.NEUTRAL: _("No clear difference"),
        Direction.MIXED: _("Mixed"),
        Direction.HARM_MODEL: _("Harm in a model"),
        Direction.DESCRIPTIVE: _("Reported"),
    }[direction]


def design_in_words(design: Design) -> str:
    """How the result was obtained."""
    return {
        Design.RCT: _("Randomised controlled trial"),
        Design.META_ANALYSIS: _("Meta-analysis"),
        Design.SYSTEMATIC_REVIEW: _("Systematic review"),
        Design.COHORT: _("Cohort"),
        Design.CONTROLLED_NON_RANDOMISED: _("Controlled, not randomised"),
        Design.UNCONTROLLED_HUMAN: _("Study in people without a control group"),
        Design.IMAGING: _("Imaging study"),
        Design.ANIMAL: _("Animal experiment"),
        Design.IN_VITRO: _("Laboratory experiment"),
        Design.REGISTRY: _("Registry"),
        Design.OTHER: _("Another design"),
    }[design]


def sponsor_in_words(sponsor: SponsorClass) -> str:
    """Who paid, as a class."""
    return {
        SponsorClass.INDUSTRY_MANUFACTURER: _("the manufacturer"),
        SponsorClass.INDUSTRY_OTHER: _("industry"),
        SponsorClass.MIXED: _("mixed"),
        SponsorClass.INDEPENDENT: _("independent"),
        SponsorClass.ACADEMIC: _("academic"),
        SponsorClass.NOT_REPORTED: _("not reported"),
    }[sponsor]


def status_in_words(status: EvidenceStatus) -> str:
    """Where the figures were seen; empty for what was seen in a record of the study."""
    return {
        EvidenceStatus.VERIFIED: "",
        EvidenceStatus.COMPUTED: _("computed here"),
        EvidenceStatus.SECONDARY: _("seen in a secondary source only"),
        EvidenceStatus.SEED: _("source not seen"),
    }[status]


def analysis_set_in_words(record: EvidenceRecord) -> str:
    """Which participants were analysed, also where that is not stated."""
    return record.analysis_set.label or _("not stated where we read it")


def coding_in_words(record: EvidenceRecord) -> str:
    """How the sign of a difference is to be read; empty where there is no difference of means."""
    if not record.measure.is_difference_of_means:
        return ""
    return {
        Coding.RAW: _("raw scores"),
        Coding.IMPROVEMENT: _("positive means improved"),
        Coding.NOT_STATED: _("not stated"),
    }[record.coded_as]


def rank_in_words(record: EvidenceRecord) -> str:
    """Primary or not, planned or found afterwards; empty where neither is on record."""
    parts = []
    if record.is_primary is not None:
        parts.append(_("primary") if record.is_primary else _("not primary"))
    if record.is_prespecified is not None:
        parts.append(_("named beforehand") if record.is_prespecified else _("found afterwards (post hoc)"))
    return ", ".join(parts)
