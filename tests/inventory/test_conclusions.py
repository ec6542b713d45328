"""What a result means against its limit, worked out anew from the printed figure."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.catalogue.models import LimitKind
from shop.compounds.masses import Composition, MassType, ion, mass, parse_formula
from shop.core.errors import Refused
from shop.inventory.conclusions import Limit, judge, number_in
from shop.inventory.models import Conclusion, Qualifier

MEETS, FAILS = Conclusion.MEETS, Conclusion.FAILS
SEMAX: Composition = parse_formula("C37H51N9O10S")

at_least_98 = Limit(kind=LimitKind.AT_LEAST, text="≥ 98.0%", lower=Decimal("98.0"))
at_most_8 = Limit(kind=LimitKind.AT_MOST, text="≤ 8.0%", upper=Decimal("8.0"))
from_9_to_11 = Limit(kind=LimitKind.BETWEEN, text="9.0–11.0 mg", lower=Decimal(9), upper=Decimal(11))
within_half = Limit(kind=LimitKind.MASS_WITHIN, text="within 0.5 Da", tolerance=Decimal("0.5"))
report = Limit(kind=LimitKind.REPORT, text="Report")
powder = Limit(kind=LimitKind.CONFORMS, text="White to yellowish powder")

hundredths = st.integers(0, 20_000).map(lambda count: Decimal(count) / 100)


def conclusion(limit: Limit, result: str | None) -> Conclusion:
    return judge(limit, result).conclusion


@pytest.mark.parametrize(
    ("limit", "result", "expected"),
    [
        (at_least_98, "98.0%", MEETS),
        (at_least_98, "98.00 %", MEETS),
        (at_least_98, "99.2%", MEETS),
        (at_least_98, "97.99%", FAILS),
        (at_least_98, "97.9%", FAILS),
        (at_most_8, "8.0%", MEETS),
        (at_most_8, "8.01%", FAILS),
        (at_most_8, "0%", MEETS),
        (from_9_to_11, "9.0 mg", MEETS),
        (from_9_to_11, "11.0 mg", MEETS),
        (from_9_to_11, "8.9 mg", FAILS),
        (from_9_to_11, "11.1 mg", FAILS),
    ],
)
def test_a_result_is_held_against_the_limit_its_ends_included(
    limit: Limit, result: str, expected: Conclusion
) -> None:
    assert conclusion(limit, result) == expected


@given(hundredths, hundredths)
def test_at_least_and_at_most_are_comparisons_and_nothing_else(limit: Decimal, result: Decimal) -> None:
    lowest = Limit(kind=LimitKind.AT_LEAST, text=f"≥ {limit}%", lower=limit)
    highest = Limit(kind=LimitKind.AT_MOST, text=f"≤ {limit}%", upper=limit)
    assert (conclusion(lowest, f"{result}%") == MEETS) == (result >= limit)
    assert (conclusion(highest, f"{result}%") == MEETS) == (result <= limit)


@pytest.mark.parametrize(
    ("limit", "result", "expected"),
    [
        (at_most_8, "< 5%", MEETS),
        (at_most_8, "≤ 8.0%", MEETS),
        (at_most_8, "<8.0%", MEETS),
        (at_most_8, "< 9%", FAILS),
        (at_most_8, "> 1%", FAILS),
        (at_most_8, "≥ 1%", FAILS),
        (at_least_98, "> 99%", MEETS),
        (at_least_98, "≥ 98.0%", MEETS),
        (at_least_98, "> 97%", FAILS),
        (at_least_98, "< 99%", FAILS),
        (at_least_98, "≤ 99%", FAILS),
        (from_9_to_11, "> 10 mg", FAILS),
        (from_9_to_11, "< 10 mg", FAILS),
    ],
)
def test_a_bound_meets_a_limit_only_when_every_value_within_it_does(
    limit: Limit, result: str, expected: Conclusion
) -> None:
    assert conclusion(limit, result) == expected


@pytest.mark.parametrize("nothing", [None, "", "   ", "\n"])
@pytest.mark.parametrize("limit", [at_least_98, at_most_8, from_9_to_11, within_half, report, powder])
def test_no_result_is_not_tested_and_never_a_pass(limit: Limit, nothing: str | None) -> None:
    assert conclusion(limit, nothing) == Conclusion.NOT_TESTED


@pytest.mark.parametrize("words", ["NT", "nt", "N.T.", "Not tested", "not  tested", "Not performed"])
@pytest.mark.parametrize("limit", [at_least_98, report, powder])
def test_a_result_that_says_not_tested_is_not_tested(limit: Limit, words: str) -> None:
    assert conclusion(limit, words) == Conclusion.NOT_TESTED


@pytest.mark.parametrize("words", ["ND", "n.d.", "Not detected", "pass", "conforms", "—", "see report"])
@pytest.mark.parametrize("limit", [at_least_98, at_most_8, from_9_to_11])
def test_words_never_meet_a_limit_that_is_a_number(limit: Limit, words: str) -> None:
    with pytest.raises(Refused, match="not a number"):
        judge(limit, words)


@pytest.mark.parametrize("words", ["ND", "n.d.", "75.4%", "two peaks"])
def test_what_has_no_limit_is_reported_as_printed(words: str) -> None:
    assert conclusion(report, words) == Conclusion.REPORTED


@pytest.mark.parametrize(
    "result", ["White powder", "white POWDER", "yellowish powder", "Conforms", "complies", "Meets"]
)
def test_words_of_the_limit_itself_conform(result: str) -> None:
    assert conclusion(powder, result) == MEETS


@pytest.mark.parametrize(
    "result",
    [
        *("Brown powder", "White powder, some brown specks", "Does not conform", "Not white powder"),
        *("Fails", "No powder", "Non-conforming", "—", "?"),
    ],
)
def test_any_other_word_is_a_finding(result: str) -> None:
    assert conclusion(powder, result) == FAILS


@pytest.mark.parametrize(
    ("limit", "result"),
    [
        ("No visible particles", "Visible particles"),
        ("Clear, not turbid", "turbid"),
        ("Free of foreign matter", "Foreign matter"),
        ("Powder without lumps", "Lumps"),
    ],
)
def test_what_a_limit_rules_out_does_not_conform_for_standing_in_it(limit: str, result: str) -> None:
    assert conclusion(Limit(kind=LimitKind.CONFORMS, text=limit), result) == FAILS


@pytest.mark.parametrize("limit", ["No visible particles", "Free of foreign matter"])
def test_the_limit_said_in_full_conforms(limit: str) -> None:
    assert conclusion(Limit(kind=LimitKind.CONFORMS, text=limit), limit.upper()) == MEETS


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("99.2%", "99.2"),
        ("99.20 %", "99.20"),
        ("< 0.5 EU/mg", "0.5"),
        ("≥ 98", "98"),
        ("1,046.53", "1046.53"),
        ("−3.1°", "-3.1"),
        ("+0.02", "0.02"),
        ("98.6% (area)", "98.6"),
        ("98.6 ± 0.3%", "98.6"),
        ("97,2%", "97.2"),
        ("814,38 Da", "814.38"),
        ("1 046.53", "1046.53"),
    ],
)
def test_the_number_of_a_printed_result_is_read_with_the_figures_it_has(printed: str, number: str) -> None:
    found = number_in(printed)
    assert found == Decimal(number)
    assert str(found) == str(Decimal(number)), "98.60 stays 98.60"


@pytest.mark.parametrize("printed", ["", "White cake", "n.d.", "about 5", "see 3", "%", "<"])
def test_a_text_without_a_number_at_its_start_has_none(printed: str) -> None:
    assert number_in(printed) is None


@pytest.mark.parametrize(
    "printed", ["5.2–9.1%", "5.2-9.1", "2 × 10³ cfu", "2 x 10^3", "7..5", "1.2.3", "7/9", "5 to 9 mg", "5, 9"]
)
def test_more_than_one_number_is_not_a_result(printed: str) -> None:
    """The first figure of a range or a power of ten, read alone, would pass a limit the result fails."""
    with pytest.raises(Refused):
        judge(at_most_8, printed)


def test_a_decimal_comma_is_not_a_thousands_comma() -> None:
    assert conclusion(at_least_98, "97,2%") == FAILS
    assert conclusion(at_most_8, "7,5%") == MEETS


def test_a_comma_that_could_be_either_is_asked_about() -> None:
    with pytest.raises(Refused, match="without a comma"):
        judge(at_most_8, "1,046")


# Masses of Semax, MEHFPGP, C37H51N9O10S, worked out by hand from the isotopes' masses.
MONOISOTOPIC, AVERAGE = Decimal("813.3480"), Decimal("813.93")


def judged(result: str, mass_type: MassType | None, charge: int = 0) -> Conclusion:
    return judge(within_half, result, composition=SEMAX, mass_type=mass_type, charge=charge).conclusion


def test_the_masses_compared_with_are_those_of_the_sequence() -> None:
    assert abs(mass(SEMAX, MassType.MONOISOTOPIC) - MONOISOTOPIC) < Decimal("0.0005")
    assert abs(mass(SEMAX, MassType.AVERAGE) - AVERAGE) < Decimal("0.02")


@pytest.mark.parametrize(
    ("result", "mass_type", "charge", "expected"),
    [
        ("813.35", MassType.MONOISOTOPIC, 0, MEETS),
        ("813.84", MassType.MONOISOTOPIC, 0, MEETS),
        ("812.85", MassType.MONOISOTOPIC, 0, MEETS),
        ("813.85", MassType.MONOISOTOPIC, 0, FAILS),
        ("812.84", MassType.MONOISOTOPIC, 0, FAILS),
        ("813.93", MassType.MONOISOTOPIC, 0, FAILS),
        ("813.93", MassType.AVERAGE, 0, MEETS),
        ("813.35", MassType.AVERAGE, 0, FAILS),
        ("814.36", MassType.MONOISOTOPIC, 1, MEETS),
        ("814.36", MassType.MONOISOTOPIC, 0, FAILS),
        ("407.68", MassType.MONOISOTOPIC, 2, MEETS),
        ("407.68", MassType.MONOISOTOPIC, 1, FAILS),
        ("814,36", MassType.MONOISOTOPIC, 1, MEETS),
    ],
)
def test_a_mass_is_held_against_the_one_of_its_own_ion_and_mass_type(
    result: str, mass_type: MassType, charge: int, expected: Conclusion
) -> None:
    assert judged(result, mass_type, charge) == expected


@given(st.integers(1, 4), st.integers(-200, 200))
def test_a_mass_meets_exactly_within_its_tolerance(charge: int, off: int) -> None:
    theoretical = ion(SEMAX, charge, MassType.MONOISOTOPIC).mz
    observed = (theoretical + Decimal(off) / 200).quantize(Decimal("0.0001"))
    expected = MEETS if abs(observed - theoretical) * charge <= Decimal("0.5") else FAILS
    outcome = judge(
        within_half, f"{observed:f}", composition=SEMAX, mass_type=MassType.MONOISOTOPIC, charge=charge
    )
    assert outcome.conclusion == expected
    assert outcome.theoretical == theoretical
    assert outcome.number == observed


def test_a_mass_needs_its_type_and_a_mixture_has_none() -> None:
    with pytest.raises(Refused, match="monoisotopic or average"):
        judged("813.35", None)
    with pytest.raises(Refused, match="mixture"):
        judge(within_half, "813.35", composition=None, mass_type=MassType.AVERAGE)


def test_a_bound_is_not_a_mass() -> None:
    with pytest.raises(Refused):
        judged("< 814", MassType.MONOISOTOPIC)


@pytest.mark.parametrize(
    ("limit", "result", "number", "qualifier", "expected"),
    [
        (at_most_8, "n.d. (LOD 0.05%)", "0.05", Qualifier.NOT_DETECTED, MEETS),
        (at_most_8, "ND (< 8.0%)", "8.0", Qualifier.NOT_DETECTED, MEETS),
        (at_most_8, "not detected, LOD 9%", "9", Qualifier.NOT_DETECTED, FAILS),
        (at_least_98, "n.d. (LOD 99%)", "99", Qualifier.NOT_DETECTED, FAILS),
        (report, "n.d. (LOD 0.05%)", "0.05", Qualifier.NOT_DETECTED, Conclusion.REPORTED),
        (report, "n.d.", None, Qualifier.NOT_DETECTED, Conclusion.REPORTED),
        (report, "two peaks", None, Qualifier.WORDS, Conclusion.REPORTED),
        (at_most_8, "<= 8.0%", "8.0", Qualifier.AT_MOST, MEETS),
        (at_most_8, "≤8.0%", "8.0", Qualifier.AT_MOST, MEETS),
        (at_most_8, "<0.5%", "0.5", Qualifier.BELOW, MEETS),
        (at_least_98, ">=98.0%", "98.0", Qualifier.AT_LEAST, MEETS),
        (at_least_98, "> 99%", "99", Qualifier.ABOVE, MEETS),
        (at_least_98, "98.60%", "98.60", Qualifier.EQUALS, MEETS),
        (powder, "White powder", None, Qualifier.WORDS, MEETS),
        (powder, "NT", None, Qualifier.NOT_TESTED, Conclusion.NOT_TESTED),
    ],
)
def test_what_stands_before_a_figure_is_kept_and_judged(
    limit: Limit, result: str, number: str | None, qualifier: Qualifier, expected: Conclusion
) -> None:
    outcome = judge(limit, result)
    assert (outcome.qualifier, outcome.conclusion) == (qualifier, expected)
    assert outcome.number == (None if number is None else Decimal(number))


def test_not_detected_without_its_limit_is_refused_with_what_is_missing() -> None:
    with pytest.raises(Refused, match="Add the detection limit"):
        judge(at_most_8, "n.d.")


def test_the_unit_of_a_mass_limit_says_what_its_tolerance_is_of() -> None:
    doubly = ion(SEMAX, 2, MassType.MONOISOTOPIC).mz + Decimal("0.4")
    for unit, expected in (("m/z", MEETS), ("Da", FAILS), ("", FAILS), ("ppm", FAILS)):
        limit = Limit(kind=LimitKind.MASS_WITHIN, text="± 0.5", tolerance=Decimal("0.5"), unit=unit)
        outcome = judge(limit, f"{doubly:.4f}", composition=SEMAX, mass_type=MassType.MONOISOTOPIC, charge=2)
        assert outcome.conclusion == expected, unit
        assert outcome.mass is not None and outcome.mass.difference.quantize(Decimal("0.1")) == Decimal("0.4")
