"""What the parts of a monograph are called where people read or edit them: fields, choices and values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cache

from shop.compounds.models import PropertyStatus
from shop.core.language import current_locale
from shop.core.language import gettext as _
from shop.core.wording import long_date
from shop.education.evidence import (
    AnalysisSet,
    Design,
    Direction,
    EvidenceRecord,
    EvidenceStatus,
    IntervalMethod,
    Measure,
    NamedPopulation,
    OtherTimepoint,
    Seen,
    Source,
    SponsorClass,
    StatCard,
)
from shop.education.monograph import (
    ChangeKind,
    Fact,
    MonographText,
    Reading,
    ReadingPart,
    Statement,
    Verdict,
)
from shop.education.result_words import direction_in_words


@cache
def _field_labels(_locale: str) -> Mapping[type, Mapping[str, str]]:
    return {
        MonographText: {
            "compound": _("Compound"),
            "title": _("Title"),
            "standfirst": _("Standfirst"),
            "change_note": _("What changed"),
            "change_kind": _("Kind of change"),
            "author": _("Author"),
            "verified_by": _("Verified by"),
            "reviewed_on": _("Reviewed on"),
            "searched_to": _("Literature searched to"),
            "summary": _("In plain language"),
            "what_it_is": _("What it is"),
            "mechanism": _("Proposed mechanism"),
            "mechanism_statements": _("Statements on mechanism"),
            "findings": _("What studies report"),
            "figure_title": _("Title of the figure"),
            "reading": _("Evidence reading"),
            "cards": _("Stat cards"),
            "populations": _("Populations named on the page"),
            "disagreement": _("Why sources disagree"),
            "safety": _("Safety signals"),
            "safety_statements": _("Statements on safety"),
            "safety_records": _("Records of the safety table"),
            "unknowns": _("What is not known"),
            "unknown_statements": _("Statements on what is not known"),
            "regulatory_statements": _("Regulatory status"),
            "glance": _("At a glance"),
            "handling": _("Laboratory handling"),
            "sold_material": _("The material in our shop"),
            "related": _("Read next"),
            "sources": _("Sources"),
            "evidence": _("Evidence"),
        },
        Reading: {
            "verdict": _("Reading"),
            "scope": _("Question it answers"),
            "reason": _("Reason"),
            "favourable": _("Favourable"),
            "uncertain": _("Uncertain"),
            "no_benefit": _("No benefit, or a warning"),
        },
        ReadingPart: {"text": _("Text"), "records": _("Records it rests on")},
        Statement: {
            "text": _("Text"),
            "sources": _("Sources"),
            "level": _("Seen in"),
            "seen": _("The source has been seen"),
        },
        Fact: {
            "name": _("Name"),
            "value": _("Value"),
            "basis": _("How it is known"),
            "sources": _("Sources"),
            "note": _("Note"),
        },
        StatCard: {"record": _("Record"), "label": _("Label")},
        NamedPopulation: {"name": _("Population"), "also": _("Other words for it")},
        OtherTimepoint: {"timepoint": _("Time point"), "record": _("Record that shows it")},
        EvidenceRecord: {
            "id": _("Id"),
            "outcome": _("Outcome"),
            "source": _("Source"),
            "design": _("Design"),
            "species": _("Seen in"),
            "measure": _("Measure"),
            "direction": _("Direction, as the source reports it"),
            "status": _("Where the figures were seen"),
            "scale": _("Scale or assay"),
            "unit": _("Unit"),
            "better": _("Better when"),
            "timepoint": _("Time point"),
            "population": _("Population"),
            "comparator": _("Comparator"),
            "intervention": _("What was tested, if not the substance itself"),
            "analysis_set": _("Analysis set"),
            "is_primary": _("Primary outcome"),
            "is_prespecified": _("Named beforehand"),
            "estimate": _("Estimate, as printed"),
            "lower": _("Lower limit, as printed"),
            "upper": _("Upper limit, as printed"),
            "level": _("Level of the interval"),
            "ci_method": _("How the interval was made"),
            "p_text": _("P value, as printed"),
            "statement": _("Result in the source’s words"),
            "integer_scale": _("Each participant scores whole points"),
            "n_treated": _("Participants, treated"),
            "n_control": _("Participants, control"),
            "n_total": _("Participants in all"),
            "k": _("Studies pooled for this outcome"),
            "review_k": _("Studies in the whole review"),
            "review_n": _("Participants in the whole review"),
            "counts_confirmed": _("The counts are confirmed to be this outcome’s own"),
            "events_treated": _("Events, treated"),
            "events_control": _("Events, control"),
            "percent_treated": _("Percentage, treated"),
            "percent_control": _("Percentage, control"),
            "coded_as": _("A difference is of"),
            "sponsor_class": _("Who paid"),
            "sponsor_text": _("Who paid, in words"),
            "studied_material": _("Material that was studied"),
            "target_hypothesis": _("Another substance was tested on the same target"),
            "certainty": _("Certainty, as a review published it"),
            "certainty_by": _("Who published the certainty"),
            "risk_of_bias": _("Risk of bias, with whose judgement"),
            "limits": _("Limits"),
            "note": _("Note"),
            "locator": _("Page, table or figure"),
            "other_timepoints": _("Other time points of the source"),
            "group": _("Study, where it has several sources"),
            "extracted_by": _("Extracted by"),
            "verified_by": _("Verified by"),
        },
        Source: {
            "key": _("Key"),
            "label": _("Our name for it"),
            "seen": _("How much was seen"),
            "title": _("Title"),
            "authors": _("Authors"),
            "container": _("Journal or register"),
            "year": _("Year"),
            "doi": _("DOI"),
            "pmid": _("PMID"),
            "pmcid": _("PMCID"),
            "nct": _("ClinicalTrials.gov number"),
            "eudract": _("EudraCT number"),
            "isrctn": _("ISRCTN"),
            "cochrane": _("Cochrane number with version"),
            "other_identifier": _("Other identifier"),
            "superseded_by": _("Newer version"),
            "includes": _("Trials it pools"),
            "trial": _("Trial it is about"),
            "sponsor_note": _("Funding and interests"),
            "retraction": _("Retraction status"),
            "retraction_checked_on": _("Retraction status checked on"),
        },
    }


def field_label(kind: type, name: str) -> str:
    """What a field is called."""
    return _field_labels(current_locale())[kind].get(name) or name.replace("_", " ").capitalize()


@cache
def _choices(_locale: str) -> Mapping[tuple[type, str], str]:
    named: list[tuple[StrEnum, str]] = [
        (Verdict.FAVOURABLE, _("Favourable")),
        (Verdict.MIXED, _("Mixed")),
        (Verdict.UNCERTAIN, _("Uncertain")),
        (Verdict.NO_BENEFIT, _("No benefit")),
        (Verdict.PRECLINICAL_ONLY, _("Preclinical only")),
        (ChangeKind.NEW_EVIDENCE, _("New evidence")),
        (ChangeKind.CORRECTION, _("Correction")),
        (ChangeKind.WORDING, _("Wording")),
        (Design.RCT, _("Randomised trial")),
        (Design.META_ANALYSIS, _("Meta-analysis")),
        (AnalysisSet.NOT_STATED, _("Not stated")),
        (IntervalMethod.T, _("Student’s t")),
        (IntervalMethod.HARTUNG_KNAPP, _("Hartung–Knapp")),
        (EvidenceStatus.VERIFIED, _("Verified in the source")),
        (EvidenceStatus.SECONDARY, _("In a secondary source only")),
        (EvidenceStatus.SEED, _("On a page that did not lead to the source")),
        (EvidenceStatus.COMPUTED, _("Computed by us")),
        (Seen.DIGEST, _("Digest only")),
        (SponsorClass.INDUSTRY_MANUFACTURER, _("The maker")),
        (SponsorClass.INDUSTRY_OTHER, _("Other industry")),
        (PropertyStatus.NOT_SEEN, _("Reported, source not seen")),
    ]
    return {(type(value), value.value): label for value, label in named}


def choice_label(value: StrEnum) -> str:
    """What one choice is called."""
    if isinstance(value, Direction):
        return direction_in_words(value)
    if isinstance(value, Measure):
        return value.label
    known = _choices(current_locale()).get((type(value), value.value))
    if known is None and isinstance(value, AnalysisSet):
        return value.label.capitalize()
    return known or value.value.replace("_", " ").capitalize()


def in_words(value: object) -> str:
    """A value as a reader may read it; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, StrEnum):
        return choice_label(value)
    if isinstance(value, date):
        return long_date(value)
    if isinstance(value, OtherTimepoint):
        return f"{value.timepoint} ({value.record})" if value.record else value.timepoint
    if isinstance(value, tuple):
        return ", ".join(map(in_words, value))
    return str(value)
