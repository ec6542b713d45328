"""The checks against examples whose consistency is known: from textbooks and papers, and slips put into them.

Altman and Bland, BMJ 2011;343:d2304 (risk ratio 0.81); Doll and Hill, BMJ 1950;2:739 (smokers of 649 men
with lung cancer and 649 without); MRC, BMJ 1948;2:769 (streptomycin, deaths); Physicians' Health Study, N
Engl J Med 1989;321:129 (myocardial infarctions); Fisher's tea tasting (Design of Experiments, 1935).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from evidence_builders import PLAIN, found, statuses

from shop.education.consistency import check_record
from shop.education.evidence import Better, CheckResult, EvidenceRecord, Measure, Severity, Status


def row(
    measure: Measure,
    estimate: str | None = None,
    lower: str | None = None,
    upper: str | None = None,
    p: str | None = None,
    **more: Any,
) -> EvidenceRecord:
    """The plain record with these figures."""
    return replace(
        PLAIN,
        measure=measure,
        estimate=estimate,
        lower=lower,
        upper=upper,
        p_text=p,
        **{"n_total": None, **more},
    )


def counted(events: tuple[int, int], others: tuple[int, int]) -> dict[str, Any]:
    """Events among participants, treated and control."""
    return {
        "events_treated": events[0],
        "n_treated": events[1],
        "events_control": others[0],
        "n_control": others[1],
    }


def amiss(results: tuple[CheckResult, ...]) -> set[str]:
    """Codes of the checks that found something wrong; missing counts (E10) aside."""
    return {each.code for each in results if each.severity is not Severity.INFO} - {"E10"}


ASPIRIN = row(Measure.RR, "0.58", "0.47", "0.72", "P<0.00001", **counted((139, 11037), (239, 11034)))
SMOKING = row(Measure.OR, "14.04", "3.33", "59.30", "P<0.001", **counted((647, 649), (622, 649)))
STREPTOMYCIN = row(Measure.RR, "0.27", "0.10", "0.77", "P=0.01", **counted((4, 55), (14, 52)))

CONSISTENT = {
    "altman-bland": row(Measure.RR, "0.81", "0.70", "0.94", "P=0.005"),
    "aspirin": ASPIRIN,
    "smoking": SMOKING,
    "streptomycin": STREPTOMYCIN,
    "tea-tasting": row(Measure.OR, "9.0", p="P=0.486", **counted((3, 4), (1, 4))),
    "p-below-a-bound": row(Measure.HR, "0.67", "0.56", "0.80", "P<0.001"),
    "limit-on-the-null": row(Measure.RR, "1.50", "1.00", "2.25", "P=0.05"),
    "no-difference-at-all": row(Measure.RR, "1.00", "0.50", "2.00", "P=1.00"),
    "ninety-percent": row(Measure.MD, "2.0", "0.3", "3.7", "P=0.053", level="0.90"),
    "ninety-nine-percent": row(Measure.MD, "2.0", "-0.1", "4.1", "P=0.014", level="0.99"),
    "student-with-12": row(Measure.MD, "5.0", "0.6", "9.4", "P=0.03", n_total=12),
    "minus-signs": row(Measure.SMD, "−0.40", "−0.66", "−0.13", "p = .003", better=Better.LOWER),
    "powers-of-ten": row(Measure.MD, "2.7e-7", "1.0e-7", "4.4e-7", "P=0.002"),
    "percentages": row(Measure.RD, "-10", "-20", "0", "P=0.05", unit="%", better=Better.LOWER),
    "empty-cell-with-a-half": row(Measure.RR, "0.09", "0.01", "1.54", "P=0.10", **counted((0, 20), (5, 20))),
    "no-events-at-all": row(Measure.RD, "0.00", "-0.09", "0.09", **counted((0, 20), (0, 20))),
    "linear-and-symmetric": row(Measure.MD, "2.0", "1.0", "3.0", "P<0.001"),
    "a-third-of-12": row(Measure.PROPORTION, percent_treated="33.3%", n_treated=12),
}

BROKEN: dict[str, tuple[EvidenceRecord, set[str]]] = {
    "aspirin-p-lost-a-sign": (replace(ASPIRIN, p_text="P>0.05"), {"E02", "E04", "E09"}),
    "aspirin-other-counts": (replace(ASPIRIN, events_treated=193), {"E09"}),
    "aspirin-limits-swapped": (replace(ASPIRIN, lower="0.72", upper="0.47"), {"E01"}),
    "aspirin-estimate-misprinted": (replace(ASPIRIN, estimate="0.68"), {"E02", "E05", "E09"}),
    "smoking-below-zero": (replace(SMOKING, lower="-3.33"), {"E01"}),
    "streptomycin-p-of-another-row": (replace(STREPTOMYCIN, p_text="P=0.40"), {"E02", "E04", "E09"}),
    "bound-against-interval": (row(Measure.MD, "2.0", "-1.0", "5.0", "P<0.05"), {"E02", "E04"}),
    "ns-against-interval": (row(Measure.MD, "2.0", "1.0", "3.0", "ns"), {"E02", "E04", "E06"}),
    "ratio-on-the-plain-scale": (row(Measure.OR, "2.0", "1.0", "3.0"), {"E05"}),
    "p-of-zero": (row(Measure.MD, "2.0", "1.0", "3.0", "P=0.000"), {"E01"}),
    "p-above-one": (row(Measure.MD, "2.0", "1.0", "3.0", "P=1.2"), {"E01"}),
    "level-in-percent": (row(Measure.MD, "2.0", "1.0", "3.0", level="95"), {"E01"}),
    "one-limit": (row(Measure.MD, "2.0", "1.0", None), {"E01"}),
    "more-events-than-people": (row(Measure.RR, events_treated=30, n_treated=20), {"E01"}),
    "no-third-of-ten": (row(Measure.PROPORTION, percent_treated="33.3", n_treated=10), {"E08"}),
    "mean-of-no-whole-scores": (row(Measure.MEAN, "3.47", integer_scale=True, n_total=10), {"E08"}),
    "events-are-not-the-percentage": (
        row(Measure.PROPORTION, percent_treated="50%", events_treated=9, n_treated=20),
        {"E08"},
    ),
    "above-all-people": (row(Measure.PROPORTION, "120%"), {"E01"}),
}


@pytest.mark.parametrize("name", CONSISTENT)
def test_what_is_consistent_raises_no_alarm(name: str) -> None:
    assert amiss(check_record(CONSISTENT[name])) == set()


@pytest.mark.parametrize("name", BROKEN)
def test_what_was_broken_is_found(name: str) -> None:
    record, codes = BROKEN[name]
    assert amiss(check_record(record)) - {"E14"} == codes


def test_counts_give_the_published_effect() -> None:
    for record, shown in (
        (ASPIRIN, "risk ratio 0.581 (0.473–0.715)"),
        (SMOKING, "odds ratio 14.0 (3.33–59.3)"),
        (STREPTOMYCIN, "risk ratio 0.270 (0.0950–0.768)"),
    ):
        (result,) = found(check_record(record), "E09")
        assert result.status is Status.OK
        assert result.computed.startswith(shown)


def test_the_example_of_altman_and_bland_gives_their_p() -> None:
    (result,) = found(check_record(CONSISTENT["altman-bland"]), "E02")
    assert result.computed == "0.00508"


def test_rounding_that_hides_the_answer_is_said_and_not_decided() -> None:
    results = check_record(row(Measure.MD, "0.1", "0.0", "0.2", "P=0.04"))
    assert statuses(results, "E02") == [Status.OK]
    assert statuses(results, "E04") == [Status.NOT_CHECKABLE]
