"""What one evidence record, one source and one check result are: plain values that everything else reads.

Database rows, YAML files, tables, stat cards, plots and checks all speak of these. Printed figures are text
here, exactly as the source prints them ("0.90" stays "0.90"); `shop.education.printed` reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import Enum, StrEnum

from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.education.printed import parse_level, with_minus_sign


class Better(StrEnum):
    """Which way the outcome's own scale improves."""

    HIGHER = "higher"
    LOWER = "lower"
    NONE = "none"


class Design(StrEnum):
    """How the result was obtained."""

    RCT = "rct"
    META_ANALYSIS = "meta_analysis"
    SYSTEMATIC_REVIEW = "systematic_review"
    COHORT = "cohort"
    CONTROLLED_NON_RANDOMISED = "controlled_non_randomised"
    UNCONTROLLED_HUMAN = "uncontrolled_human"
    IMAGING = "imaging"
    ANIMAL = "animal"
    IN_VITRO = "in_vitro"
    REGISTRY = "registry"
    OTHER = "other"

    @property
    def is_pooled(self) -> bool:
        """Whether the result joins several studies."""
        return self in (Design.META_ANALYSIS, Design.SYSTEMATIC_REVIEW)


class Species(StrEnum):
    """In what the result was seen."""

    HUMAN = "human"
    ANIMAL = "animal"
    IN_VITRO = "in_vitro"


class AnalysisSet(StrEnum):
    """Which participants were analysed."""

    ITT = "itt"
    MITT = "mitt"
    PER_PROTOCOL = "per_protocol"
    SAFETY = "safety"
    NOT_STATED = "not_stated"

    @property
    def label(self) -> str:
        """Its name for readers; empty when not stated."""
        return {
            AnalysisSet.ITT: _("intention to treat"),
            AnalysisSet.MITT: _("modified intention to treat"),
            AnalysisSet.PER_PROTOCOL: _("per protocol"),
            AnalysisSet.SAFETY: _("safety set"),
            AnalysisSet.NOT_STATED: "",
        }[self]


class Measure(StrEnum):
    """What kind of figure the estimate is."""

    MD = "md"
    SMD = "smd"
    RR = "rr"
    OR = "or"
    HR = "hr"
    RD = "rd"
    MANN_WHITNEY = "mann_whitney"
    PROPORTION = "proportion"
    MEAN = "mean"
    COUNT = "count"
    CONCENTRATION = "concentration"
    OTHER = "other"
    NONE = "none"

    @property
    def is_ratio(self) -> bool:
        """Whether it is analysed on its logarithm."""
        return self in (Measure.RR, Measure.OR, Measure.HR)

    @property
    def is_difference_of_means(self) -> bool:
        """Whether its sign depends on how the outcome is coded."""
        return self in (Measure.MD, Measure.SMD)

    @property
    def null(self) -> Decimal | None:
        """The value of no difference; None where there is nothing it is compared with."""
        if self.is_ratio:
            return Decimal(1)
        if self is Measure.MANN_WHITNEY:
            return Decimal("0.5")
        return Decimal(0) if self in (Measure.MD, Measure.SMD, Measure.RD) else None

    @property
    def label(self) -> str:
        """Its name for readers."""
        return {
            Measure.MD: _("Mean difference"),
            Measure.SMD: _("Standardised mean difference"),
            Measure.RR: _("Risk ratio"),
            Measure.OR: _("Odds ratio"),
            Measure.HR: _("Hazard ratio"),
            Measure.RD: _("Risk difference"),
            Measure.MANN_WHITNEY: _("Mann–Whitney effect size"),
            Measure.PROPORTION: _("Proportion"),
            Measure.MEAN: _("Mean"),
            Measure.COUNT: _("Count"),
            Measure.CONCENTRATION: _("Concentration"),
            Measure.OTHER: _("Other measure"),
            Measure.NONE: _("No figure"),
        }[self]


class IntervalMethod(StrEnum):
    """How the source made its interval."""

    WALD = "wald"
    T = "t"
    HARTUNG_KNAPP = "hartung_knapp"
    BOOTSTRAP = "bootstrap"
    EXACT = "exact"
    PROFILE = "profile"
    BAYESIAN = "bayesian"
    NOT_STATED = "not_stated"


class Coding(StrEnum):
    """Whether a difference is of raw scores or turned so that positive means improved."""

    RAW = "raw"
    IMPROVEMENT = "improvement"
    NOT_STATED = "not_stated"


class Direction(StrEnum):
    """What the source reports, in its own reading."""

    FAVOURS_COMPOUND = "favours_compound"
    FAVOURS_CONTROL = "favours_control"
    NEUTRAL = "neutral"
    MIXED = "mixed"
    DESCRIPTIVE = "descriptive"
    HARM_MODEL = "harm_model"


class SponsorClass(StrEnum):
    """Who paid, as far as the source seen says."""

    INDUSTRY_MANUFACTURER = "industry_manufacturer"
    INDUSTRY_OTHER = "industry_other"
    MIXED = "mixed"
    INDEPENDENT = "independent"
    ACADEMIC = "academic"
    NOT_REPORTED = "not_reported"


class EvidenceStatus(StrEnum):
    """Where the figures were seen (see monograph-facts)."""

    VERIFIED = "verified"
    SECONDARY = "secondary"
    SEED = "seed"
    COMPUTED = "computed"


class Seen(StrEnum):
    """How much of the source an editor has had in front of them."""

    FULL_TEXT = "full_text"
    ABSTRACT = "abstract"
    REGISTRY = "registry"
    LABEL = "label"
    DIGEST = "digest"
    NOT_SEEN = "not_seen"


class Certainty(StrEnum):
    """A GRADE level, recorded only when a review published it."""

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"
    VERY_LOW = "very_low"


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherTimepoint:
    """A time point the source reports for the same outcome, and the record that carries it, if one does."""

    timepoint: str
    record: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceRecord:
    """One result as one source reports it.

    estimate, lower, upper, level, p_text and the percentages are text as printed; level is a fraction such as
    "0.95"; percentages are of participants with the event. `p_text` may be "ns" where only that is printed.
    """

    id: str
    outcome: str
    source: str
    """Key of the source."""
    design: Design
    species: Species
    measure: Measure
    direction: Direction
    status: EvidenceStatus

    scale: str = ""
    """Name of the rating scale or assay, such as "NIHSS"."""
    unit: str = ""
    better: Better = Better.NONE
    timepoint: str = ""
    population: str = ""
    comparator: str = ""
    intervention: str | None = None
    """What the treated arm got, when that is not the compound itself (an antagonist, a rival drug)."""
    analysis_set: AnalysisSet = AnalysisSet.NOT_STATED
    is_primary: bool | None = None
    is_prespecified: bool | None = None

    estimate: str | None = None
    lower: str | None = None
    upper: str | None = None
    level: str = "0.95"
    ci_method: IntervalMethod = IntervalMethod.NOT_STATED
    p_text: str | None = None
    statement: str = ""
    """The result in the source's words, for results without a figure and for claims beside one."""
    integer_scale: bool = False
    """Each participant scores whole points, so that a mean can be checked against n (GRIM)."""

    n_treated: int | None = None
    n_control: int | None = None
    n_total: int | None = None
    k: int | None = None
    """Studies pooled for this outcome."""
    review_k: int | None = None
    """Studies in the whole review."""
    review_n: int | None = None
    counts_confirmed: bool = False
    """An editor has seen that k and n are this outcome's own although they equal the whole review's."""
    events_treated: int | None = None
    events_control: int | None = None
    percent_treated: str | None = None
    percent_control: str | None = None

    coded_as: Coding = Coding.NOT_STATED
    sponsor_class: SponsorClass = SponsorClass.NOT_REPORTED
    sponsor_text: str = ""
    studied_material: str = ""
    target_hypothesis: bool = False
    """An antagonist (or agonist) of the same receptor was tested, not the compound."""
    certainty: Certainty | None = None
    certainty_by: str = ""
    """Who published the GRADE level: a source key and place; never ours."""
    risk_of_bias: str = ""
    """The published judgement with whose it is."""
    limits: str = ""
    note: str = ""
    locator: str = ""
    """Page, table or figure of the source, or "abstract"."""
    other_timepoints: tuple[OtherTimepoint, ...] = ()
    group: str = ""
    """Label joining the rows of one study, where that is not the same as one source."""
    extracted_by: str = ""
    verified_by: str = ""

    @property
    def study(self) -> str:
        """What its rows belong together by: the group, or else the source."""
        return self.group or self.source

    @property
    def has_interval(self) -> bool:
        """Whether both limits were published."""
        return self.lower is not None and self.upper is not None

    @property
    def is_in_people(self) -> bool:
        """Whether it is a result of the compound itself in people, not of a drug that blocks its target."""
        return self.species is Species.HUMAN and not self.target_hypothesis

    @property
    def participants(self) -> int | None:
        """Participants analysed: the total, or the sum of both arms."""
        if self.n_total is None and self.n_treated is not None and self.n_control is not None:
            return self.n_treated + self.n_control
        return self.n_total


class RetractionState(StrEnum):
    """What a list of retractions and corrections says of a source."""

    NOT_CHECKED = "not_checked"
    NOT_LISTED = "not_listed"
    CORRECTED = "corrected"
    CONCERN = "expression_of_concern"
    RETRACTED = "retracted"


@dataclass(frozen=True, kw_only=True, slots=True)
class RetractionNotice:
    """One entry of a retraction list; doi or pmid names the paper it is about."""

    state: RetractionState
    doi: str | None = None
    pmid: str | None = None
    noticed_on: date | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RetractionList:
    """A dated snapshot of retractions, by identifier; that a paper is not in it proves nothing."""

    name: str
    as_of: date
    by_identifier: Mapping[str, tuple[RetractionNotice, ...]]

    @classmethod
    def of(cls, name: str, as_of: date, notices: Iterable[RetractionNotice]) -> RetractionList:
        """Index the notices by DOI and PMID."""
        index: dict[str, list[RetractionNotice]] = {}
        for notice in notices:
            for identifier in {notice.doi, notice.pmid} - {None, ""}:
                index.setdefault(str(identifier).casefold(), []).append(notice)
        return cls(name=name, as_of=as_of, by_identifier={key: tuple(value) for key, value in index.items()})

    def notices_of(self, source: Source) -> tuple[RetractionNotice, ...]:
        """The notices about a source, each once."""
        found: dict[RetractionNotice, None] = {}
        for identifier in (source.doi, source.pmid):
            if identifier:
                found.update(dict.fromkeys(self.by_identifier.get(identifier.casefold(), ())))
        return tuple(found)


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One publication, registry entry or label, under our own descriptive name."""

    key: str
    label: str
    seen: Seen
    title: str | None = None
    """As published; None while nobody has seen it."""
    authors: tuple[str, ...] = ()
    container: str | None = None
    year: int | None = None
    doi: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    nct: str | None = None
    eudract: str | None = None
    isrctn: str | None = None
    cochrane: str | None = None
    """With its version, such as "CD007026.pub7"."""
    other_identifier: str | None = None
    superseded_by: str | None = None
    """Key of the source, or identifier of the version, that replaces this one."""
    includes: tuple[str, ...] = ()
    """Names of the trials a review pools."""
    trial: str | None = None
    """Name of the trial that a trial report is about, as reviews name it."""
    sponsor_note: str = ""
    retraction: RetractionState = RetractionState.NOT_CHECKED
    retraction_checked_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StatCard:
    """A card on a monograph: a view of one record under a short label. It has no figure of its own."""

    record: str
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedPopulation:
    """A group of people the page names, with the other words records may use for it."""

    name: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceTable:
    """All records and sources of one monograph, and what the page around them says."""

    compound: str
    records: tuple[EvidenceRecord, ...]
    sources: tuple[Source, ...]
    cards: tuple[StatCard, ...] = ()
    populations: tuple[NamedPopulation, ...] = ()
    searched_to: date | None = None


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    WARN = "warn"
    INFO = "info"


class Status(StrEnum):
    """What a check came to."""

    OK = "ok"
    INCONSISTENT = "inconsistent"
    WARN = "warn"
    INFO = "info"
    NOT_CHECKABLE = "not_checkable"


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    """What one check found about one subject, for readers (message) and machines (the rest).

    `severity` is the weight of this finding: of an inconsistency, a warning or a note. A check that passes,
    or cannot be made, weighs INFO.
    """

    code: str
    """E01 to E17."""
    severity: Severity
    status: Status
    subject: str
    """Id of the record or card, key of the source, or name of the monograph."""
    message: str
    inputs: tuple[tuple[str, str], ...] = ()
    """The figures it used, as printed."""
    computed: str = ""
    computed_range: tuple[str, str] | None = None
    """Lowest and highest computed value that rounding of the printed figures allows."""
    assumptions: tuple[str, ...] = ()
    decision_flip: bool = False
    """The printed and the computed figure lie on different sides of significance."""


_USUAL_SEVERITY = {Status.INCONSISTENT: Severity.WARN, Status.WARN: Severity.WARN}


def finding(
    code: str,
    subject: str,
    status: Status,
    message: str,
    *,
    severity: Severity | None = None,
    inputs: tuple[tuple[str, str], ...] = (),
    computed: str = "",
    computed_range: tuple[str, str] | None = None,
    assumptions: tuple[str, ...] = (),
    decision_flip: bool = False,
) -> CheckResult:
    """A check result with the usual severity of its status: WARN for what is amiss, INFO for the rest."""
    return CheckResult(
        code=code,
        severity=severity or _USUAL_SEVERITY.get(status, Severity.INFO),
        status=status,
        subject=subject,
        message=message,
        inputs=inputs,
        computed=computed,
        computed_range=computed_range,
        assumptions=assumptions,
        decision_flip=decision_flip,
    )


def printed_inputs(record: EvidenceRecord) -> tuple[tuple[str, str], ...]:
    """The printed figures of a record as the inputs of a check."""
    printed = {
        "estimate": record.estimate,
        "lower": record.lower,
        "upper": record.upper,
        "level": record.level if record.has_interval else None,
        "P": record.p_text,
    }
    return tuple((name, text) for name, text in printed.items() if text is not None)


PlainValue = str | int | float | bool | None | list["PlainValue"] | dict[str, "PlainValue"]


def plain(value: object) -> PlainValue:
    """A dataclass of this module as dicts, lists, text and numbers, ready for JSON or YAML."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, (str, int, float)) or value is None:
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return {field.name: plain(getattr(value, field.name)) for field in fields(value)}  # type: ignore[arg-type]


class BenefitSide(StrEnum):
    """Which side of no difference favours the treated arm on a plot."""

    RIGHT = "right"
    LEFT = "left"
    UNSTATED = "unstated"


def benefit_side(record: EvidenceRecord) -> BenefitSide:
    """Where benefit lies: never assumed for a difference whose coding the source does not state.

    A Mann-Whitney effect size is the probability that the treated arm does better, so benefit is to the right
    unless the record says that raw scores of a lower-is-better scale were compared.
    """
    if record.coded_as is Coding.IMPROVEMENT:
        return BenefitSide.RIGHT
    if record.measure is Measure.MANN_WHITNEY and record.coded_as is Coding.NOT_STATED:
        return BenefitSide.RIGHT
    if record.measure.is_difference_of_means and record.coded_as is Coding.NOT_STATED:
        return BenefitSide.UNSTATED
    return {
        Better.HIGHER: BenefitSide.RIGHT,
        Better.LOWER: BenefitSide.LEFT,
        Better.NONE: BenefitSide.UNSTATED,
    }[record.better]


def interval_text(lower: str, upper: str) -> str:
    """ "0.63–0.79", or "−0.66 to −0.13" when a limit carries a sign."""
    low, high = with_minus_sign(lower.strip()), with_minus_sign(upper.strip())
    if low[:1] in "+−" or high[:1] in "+−":
        return _("%(low)s to %(high)s", low=low, high=high)
    return f"{low}–{high}"


def percent_of_level(level: str) -> str:
    """ "0.95" as "95%"; text that is not a number stays as it is."""
    try:
        return f"{(parse_level(level).value * 100).normalize():f}%"
    except Refused:
        return level


@dataclass(frozen=True, kw_only=True, slots=True)
class CardFigures:
    """What a stat card shows of its record: the figure never stands without measure, interval and null."""

    figure: str
    measure: str
    interval: str
    null: str
    size: str


def card_figures(record: EvidenceRecord) -> CardFigures:
    """The figures of a card, taken from the record and nowhere else."""
    null = record.measure.null
    return CardFigures(
        figure=with_minus_sign(record.estimate) if record.estimate else record.statement,
        measure=", ".join(filter(None, (record.measure.label, record.scale, record.unit))),
        interval=(
            _(
                "%(level)s CI %(interval)s",
                level=percent_of_level(record.level),
                interval=interval_text(record.lower, record.upper),
            )
            if record.lower is not None and record.upper is not None
            else _("no interval published")
        ),
        null="" if null is None else _("%(null)s is no difference", null=null),
        size=size_text(record),
    )


def size_text(record: EvidenceRecord) -> str:
    """ "14 trials, n = 2,884": of the outcome, or of the whole review and then saying so."""
    parts = []
    if record.k is not None:
        parts.append(ngettext("%(num)s trial", "%(num)s trials", record.k))
    elif record.review_k is not None:
        parts.append(ngettext("review of %(num)s trial", "review of %(num)s trials", record.review_k))
    if record.participants is not None:
        parts.append(_("n = %(n)s", n=f"{record.participants:,}"))
    elif record.review_n is not None:
        parts.append(_("n = %(n)s in the whole review", n=f"{record.review_n:,}"))
    return ", ".join(parts)
