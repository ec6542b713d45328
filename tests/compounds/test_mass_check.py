"""The observed mass of a certificate against the sequence."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shop.compounds.mass_check import MassCheck, ToleranceUnit, check_mass
from shop.compounds.masses import MassType, composition
from shop.compounds.sequences import parse
from shop.core.errors import Refused

ANGIOTENSIN_II = composition(parse("DRVYIHPF"))


def checked(observed: str, charge: int = 0, mass_type: MassType = MassType.MONOISOTOPIC) -> MassCheck:
    return check_mass(observed, ANGIOTENSIN_II, mass_type=mass_type, charge=charge, tolerance=Decimal("0.1"))


def test_a_mass_that_agrees_says_of_which_ion_and_type() -> None:
    check = checked("1045.53")
    assert check.agrees
    assert check.difference.quantize(Decimal("0.0001")) == Decimal("-0.0045")
    assert check.conclusion == (
        "Observed 1045.53, theoretical 1,045.5345 (M, monoisotopic): difference −0.0045, within 0.1 Da"
    )
    assert check.likely is None


def test_an_ion_is_compared_by_its_mass_over_charge() -> None:
    assert checked("523.775", charge=2).agrees
    assert not checked("523.775", charge=1).agrees


def test_the_printed_text_is_kept_beside_the_number() -> None:
    check = checked("1045.50")
    assert (check.observed_text, check.observed) == ("1045.50", Decimal("1045.50"))


def test_a_mass_that_does_not_agree_says_by_how_much() -> None:
    check = checked("1046.90")
    assert not check.agrees
    assert check.conclusion.endswith("difference +1.3655, more than 0.1 Da")
    assert check.likely is None


def test_an_average_mass_under_a_monoisotopic_label_is_recognised() -> None:
    check = checked("1046.20")
    assert not check.agrees
    assert check.likely == "It would fit M, average"


def test_an_ion_printed_as_neutral_mass_is_recognised() -> None:
    assert checked("1046.54").likely == "It would fit [M+H]+, monoisotopic"
    assert checked("524.11", charge=1).likely == "It would fit [M+2H]2+, average"


def test_of_several_readings_the_nearest_is_named() -> None:
    wide = check_mass("1046.9", ANGIOTENSIN_II, mass_type=MassType.MONOISOTOPIC, tolerance=Decimal("0.6"))
    assert wide.likely == "It would fit [M+H]+, average"


@pytest.mark.parametrize(("observed", "agrees"), [("1045.6345", True), ("1045.6346", False)])
def test_the_tolerance_is_a_sharp_edge(observed: str, agrees: bool) -> None:
    exactly = check_mass(
        observed,
        {"C": 1},
        mass_type=MassType.MONOISOTOPIC,
        tolerance=Decimal("1033.6345"),
    )
    assert exactly.agrees is agrees


def test_a_tolerance_may_be_in_parts_per_million() -> None:
    def within(observed: str) -> bool:
        return check_mass(
            observed,
            {"C": 1000},
            mass_type=MassType.MONOISOTOPIC,
            tolerance=Decimal(5),
            tolerance_unit=ToleranceUnit.PPM,
        ).agrees

    assert within("12000.06")
    assert not within("12000.07")


@pytest.mark.parametrize("observed", ["", "abc", "NaN", "-1045.5", "0", "Infinity"])
def test_an_observed_mass_is_a_number_above_zero(observed: str) -> None:
    with pytest.raises(Refused):
        checked(observed)


@pytest.mark.parametrize("charge", [-1, 21])
def test_a_charge_is_of_a_protonated_ion(charge: int) -> None:
    with pytest.raises(Refused, match="charge of 0 to 20"):
        checked("1045.53", charge=charge)


@pytest.mark.parametrize("tolerance", ["0", "-0.1", "NaN"])
def test_a_tolerance_is_above_zero(tolerance: str) -> None:
    with pytest.raises(Refused, match="tolerance above zero"):
        check_mass("1", {"C": 1}, mass_type=MassType.AVERAGE, tolerance=Decimal(tolerance))
