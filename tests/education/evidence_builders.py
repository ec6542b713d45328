"""Evidence records for tests: a plain one, and the rows of the page from which the project began."""

from __future__ import annotations

from dataclasses import replace

from shop.education.evidence import (
    AnalysisSet,
    Better,
    CheckResult,
    Coding,
    Design,
    Direction,
    EvidenceRecord,
    EvidenceStatus,
    Measure,
    Seen,
    Source,
    Species,
    Status,
)
from shop.education.figures import Figures, read_figures

PLAIN = EvidenceRecord(
    id="plain",
    outcome="Walking speed",
    source="trial",
    design=Design.RCT,
    species=Species.HUMAN,
    measure=Measure.MD,
    direction=Direction.DESCRIPTIVE,
    status=EvidenceStatus.VERIFIED,
    unit="m/s",
    better=Better.HIGHER,
    coded_as=Coding.RAW,
    n_total=400,
)


def evidence(
    measure: Measure = Measure.MD,
    estimate: str | None = None,
    lower: str | None = None,
    upper: str | None = None,
    p: str | None = None,
    base: EvidenceRecord = PLAIN,
) -> EvidenceRecord:
    """The plain record with these printed figures."""
    return replace(base, measure=measure, estimate=estimate, lower=lower, upper=upper, p_text=p)


def figures_of(record: EvidenceRecord) -> Figures:
    """The record's figures, which must be possible."""
    figures, results = read_figures(record)
    assert figures is not None, results
    return figures


def found(results: tuple[CheckResult, ...] | list[CheckResult], code: str) -> list[CheckResult]:
    """The results of one check."""
    return [result for result in results if result.code == code]


def statuses(results: tuple[CheckResult, ...] | list[CheckResult], code: str) -> list[Status]:
    """What one check came to."""
    return [result.status for result in found(results, code)]


def source(key: str, **identifiers: str) -> Source:
    """A source under its key, with these identifiers."""
    return replace(Source(key=key, label=key, seen=Seen.ABSTRACT), **identifiers)  # type: ignore[arg-type]


_STROKE = replace(
    PLAIN,
    population="acute ischaemic stroke",
    comparator="placebo",
    unit="",
    n_total=None,
    better=Better.HIGHER,
    coded_as=Coding.NOT_STATED,
    direction=Direction.FAVOURS_COMPOUND,
)
_POOLED_STROKE = replace(
    _STROKE, design=Design.META_ANALYSIS, source="stroke-2025", review_k=14, review_n=2884
)
_ALZHEIMER = replace(
    _STROKE,
    design=Design.META_ANALYSIS,
    population="mild-to-moderate Alzheimer disease",
    source="alzheimer-2015",
    review_k=6,
    timepoint="4 weeks",
)

ARAT = replace(
    evidence(Measure.MANN_WHITNEY, "0.71", "0.63", "0.79", "P<0.0001", _STROKE),
    id="arat",
    outcome="Arm motor function, ARAT",
    timepoint="day 90",
    source="cars",
    n_total=205,
    is_primary=True,
)
GLOBAL = replace(
    ARAT, id="global", outcome="Global status, 12 scales", estimate="0.62", lower="0.58", upper="0.65"
)
NIHSS = replace(
    evidence(Measure.MD, "+1.39", "0.53", "2.25", "P=0.02", _POOLED_STROKE),
    id="nihss",
    outcome="NIHSS change",
    scale="NIHSS",
    unit="points",
    better=Better.LOWER,
    coded_as=Coding.IMPROVEMENT,
)
INDEPENDENCE = replace(
    evidence(Measure.RR, "1.31", "0.90", "1.91", None, _POOLED_STROKE),
    id="independence",
    outcome="Functional independence",
    statement="non-significant trend",
    direction=Direction.NEUTRAL,
)
DEATH_COCHRANE = replace(
    evidence(Measure.NONE, base=_POOLED_STROKE),
    id="death-cochrane",
    outcome="All-cause death",
    design=Design.SYSTEMATIC_REVIEW,
    source="cochrane",
    statement="no clear benefit",
    better=Better.LOWER,
    direction=Direction.NEUTRAL,
    review_k=7,
    review_n=1773,
)
ADAS = replace(
    evidence(Measure.SMD, "-0.40", "-0.66", "-0.13", "P=0.003", _ALZHEIMER),
    id="adas-4w",
    outcome="Cognition, ADAS-cog",
    scale="ADAS-cog",
    better=Better.LOWER,
    coded_as=Coding.RAW,
)
CIBIC = replace(
    evidence(Measure.OR, "3.32", "1.20", "9.21", "P=0.02", _ALZHEIMER),
    id="cibic-4w",
    outcome="Global clinical change, CIBIC+",
)
CIBIC_6 = replace(
    CIBIC, id="cibic-6m", timepoint="6 months", estimate="4.98", lower="1.37", upper="18.13", p_text=None
)
CAPTAIN = replace(
    evidence(Measure.MANN_WHITNEY, "0.69", None, None, "P=0.024", _STROKE),
    id="captain-pp",
    outcome="Recovery, 14-scale ensemble",
    population="traumatic brain injury",
    source="captain-1",
    analysis_set=AnalysisSet.PER_PROTOCOL,
    n_total=46,
)
SAE = replace(
    evidence(Measure.RR, "1.08", "0.84", "1.40", None, _POOLED_STROKE),
    id="sae",
    outcome="Serious adverse events",
    better=Better.LOWER,
    direction=Direction.NEUTRAL,
    statement="no significant difference",
)
DEATH = replace(SAE, id="death", outcome="Death", estimate="0.86", lower="0.68", upper="1.09")

SEED = (
    ARAT,
    GLOBAL,
    NIHSS,
    INDEPENDENCE,
    DEATH_COCHRANE,
    ADAS,
    CIBIC,
    CIBIC_6,
    CAPTAIN,
    SAE,
    DEATH,
)
"""The eleven results of the seed page, with the P values and intervals it prints and no others."""
