"""Which words of the glossary the tables of a monograph use."""

from __future__ import annotations

from collections.abc import Iterable

from shop.education.evidence import AnalysisSet, Design, EvidenceRecord, Measure, Species

OF_MEASURE = {
    Measure.MD: "mean-difference",
    Measure.SMD: "standardised-mean-difference",
    Measure.RR: "risk-ratio",
    Measure.OR: "odds-ratio",
    Measure.HR: "hazard-ratio",
    Measure.RD: "risk-difference",
    Measure.MANN_WHITNEY: "mann-whitney",
}
OF_ANALYSIS = {
    AnalysisSet.ITT: "intention-to-treat",
    AnalysisSet.PER_PROTOCOL: "per-protocol",
}


def used(records: Iterable[EvidenceRecord]) -> tuple[str, ...]:
    """The slugs of the terms that results are given in, measures first."""
    found: dict[str, None] = {}
    rows = list(records)
    for record in rows:
        if record.estimate is not None and record.measure in OF_MEASURE:
            found[OF_MEASURE[record.measure]] = None
    for record in rows:
        if record.lower is not None and record.upper is not None:
            found["confidence-interval"] = None
        if record.p_text is not None:
            found["p-value"] = None
        if record.analysis_set in OF_ANALYSIS:
            found[OF_ANALYSIS[record.analysis_set]] = None
        if record.design is Design.META_ANALYSIS:
            found["meta-analysis"] = None
        if record.species in (Species.ANIMAL, Species.IN_VITRO):
            found["preclinical"] = None
    return tuple(found)
