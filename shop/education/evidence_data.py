"""Evidence records as a flat table with every field, and what each column means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from shop.education.evidence import EvidenceRecord, plain

Row = dict[str, str | int | None]

COLUMNS = {
    "id": "Key of the result within the monograph",
    "outcome": "What was measured",
    "source": "Key of the source; see sources.json",
    "design": "How the result was obtained",
    "species": "In what the result was seen: people, animals or in vitro",
    "measure": "Kind of figure: md mean difference, smd standardised mean difference, rr risk ratio, or odds "
    "ratio, hr hazard ratio, rd risk difference, mann_whitney effect size (0.5 is no difference); others "
    "as named",
    "direction": "What the source reports, in its own reading; not our judgement",
    "status": "Where the figures were seen: verified in the source or its abstract, secondary, seed (source "
    "not seen), computed here",
    "scale": "Rating scale or assay",
    "unit": "Unit of the estimate",
    "better": "Which way the outcome's own scale improves",
    "timepoint": "When it was measured",
    "population": "Who or what was studied",
    "comparator": "What it was compared with",
    "intervention": "What the treated arm got, when that is not the compound itself",
    "analysis_set": "Which participants were analysed",
    "is_primary": "Whether the source names it a primary outcome; empty when not stated",
    "is_prespecified": "Whether it was set beforehand; empty when not stated",
    "estimate": "The figure as printed, with its zeros and signs",
    "lower": "Lower limit of the interval as printed; empty when no interval was published",
    "upper": "Upper limit of the interval as printed",
    "level": "Level of the interval as a fraction",
    "ci_method": "How the source made its interval",
    "p_text": "P value as printed",
    "statement": "The result in the source's words",
    "integer_scale": "Whether each participant scores whole points",
    "n_treated": "Participants analysed in the treated arm",
    "n_control": "Participants analysed in the control arm",
    "n_total": "Participants analysed in all",
    "k": "Studies pooled for this outcome",
    "review_k": "Studies in the whole review",
    "review_n": "Participants in the whole review",
    "counts_confirmed": "Whether an editor has seen that k and n are this outcome's own although they equal "
    "the review's",
    "events_treated": "Participants with the event, treated arm",
    "events_control": "Participants with the event, control arm",
    "percent_treated": "Percentage with the event as printed, treated arm",
    "percent_control": "Percentage with the event as printed, control arm",
    "coded_as": "Whether a difference is of raw scores or turned so that positive means improved",
    "sponsor_class": "Who paid, by class",
    "sponsor_text": "Who paid, in words",
    "studied_material": "The material that was studied; not the material in the catalogue",
    "target_hypothesis": "Whether another substance at the same receptor was tested, not the compound",
    "certainty": "GRADE level, only where a review published one",
    "certainty_by": "Who published that level",
    "risk_of_bias": "Published judgement, with whose it is",
    "limits": "Limits of the result",
    "note": "Note of the editor",
    "locator": "Page, table or figure of the source",
    "other_timepoints": "Other time points that the source reports for the outcome, with the record of each",
    "group": "Label joining the rows of one study",
    "extracted_by": "Who took the figures from the source",
    "verified_by": "Who compared them with it",
}
"""Every field of an evidence record, in its order."""


def rows(records: Iterable[EvidenceRecord]) -> list[Row]:
    """One row for each record; figures are text as printed."""
    return [{each.name: _cell(getattr(record, each.name)) for each in fields(record)} for record in records]


def dictionary() -> list[Row]:
    """The data dictionary: a row for each column of the table."""
    kinds = {each.name: str(each.type) for each in fields(EvidenceRecord)}
    return [
        {"column": name, "type": _kind(kinds[name]), "meaning": meaning} for name, meaning in COLUMNS.items()
    ]


def _cell(value: object) -> str | int | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "; ".join(
            f"{each.timepoint} ({each.record})" if each.record else each.timepoint for each in value
        )
    found = plain(value)
    return found if isinstance(found, (str, int)) else None


def _kind(annotation: str) -> str:
    if annotation.startswith("int"):
        return "whole number"
    return "true or false" if annotation.startswith("bool") else "text"
