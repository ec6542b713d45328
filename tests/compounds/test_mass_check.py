"""The observed mass of a certificate against the sequence."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.compounds.mass_check import MassCheck, ToleranceUnit, check_mass, theoretical_mass
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


@pytest.mark.parametrize(("observed", "agrees"), [("1200.1", True), ("1200.1001", False), ("1199.9", True)])
def test_the_tolerance_is_a_sharp_edge(observed: str, agrees: bool) -> None:
    exactly = check_mass(
        observed,
        {"C": 100},
        mass_type=MassType.MONOISOTOPIC,
        tolerance=Decimal("0.1"),
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


@pytest.mark.parametrize("charge", [-5, 21])
def test_a_charge_is_one_that_a_spectrum_shows(charge: int) -> None:
    with pytest.raises(Refused, match="charge of −4 to 20"):
        checked("1045.53", charge=charge)


@pytest.mark.parametrize("tolerance", ["0", "-0.1", "NaN"])
def test_a_tolerance_is_above_zero(tolerance: str) -> None:
    with pytest.raises(Refused, match="tolerance above zero"):
        check_mass("1", {"C": 1}, mass_type=MassType.AVERAGE, tolerance=Decimal(tolerance))


def within(observed: str, charge: int, tolerance: str, unit: ToleranceUnit) -> bool:
    return check_mass(
        observed,
        ANGIOTENSIN_II,
        mass_type=MassType.MONOISOTOPIC,
        charge=charge,
        tolerance=Decimal(tolerance),
        tolerance_unit=unit,
    ).agrees


def test_a_limit_in_daltons_is_of_the_molecule_whatever_the_charge() -> None:
    # [M+2H]2+ is 523.7745: 0.3 in m/z are 0.6 Da of the molecule.
    assert within("524.0", 2, "0.5", ToleranceUnit.DALTON)
    assert not within("524.05", 2, "0.5", ToleranceUnit.DALTON)
    assert within("524.05", 2, "0.5", ToleranceUnit.MASS_OVER_CHARGE)


def test_a_limit_in_mass_over_charge_never_lets_a_molecule_be_off_by_more_than_a_dalton() -> None:
    # [M+4H]4+ is 262.3909: 0.3 in m/z would be 1.2 Da, which is another molecule.
    assert within("262.63", 4, "0.5", ToleranceUnit.MASS_OVER_CHARGE)
    assert not within("262.69", 4, "0.5", ToleranceUnit.MASS_OVER_CHARGE)
    assert within("263.1", 4, "3", ToleranceUnit.MASS_OVER_CHARGE), "a wider limit was meant"


@pytest.mark.parametrize(("printed", "charge"), [("1046.54", 0), ("1045.53", 1)])
def test_a_wide_tolerance_does_not_hide_a_proton(printed: str, charge: int) -> None:
    check = check_mass(
        printed,
        ANGIOTENSIN_II,
        mass_type=MassType.MONOISOTOPIC,
        charge=charge,
        tolerance=Decimal("1.5"),
    )
    assert not check.agrees
    assert check.likely == f"It would fit {'M' if charge else '[M+H]+'}, monoisotopic"


@pytest.mark.parametrize(
    ("printed", "reading"),
    [
        ("1068.5237", "It would fit [M+Na]+, monoisotopic"),
        ("1084.4977", "It would fit [M+K]+, monoisotopic"),
        ("1044.5272", "It would fit [M-H]-, monoisotopic"),
        ("1105.5556", "It would fit the salt with 1 × acetate"),
        ("1273.52", "It would fit the salt with 2 × trifluoroacetate"),
    ],
)
def test_an_adduct_and_a_salt_are_recognised_and_do_not_agree(printed: str, reading: str) -> None:
    check = checked(printed)
    assert not check.agrees
    assert check.likely is not None and check.likely.startswith(reading)


def test_a_copper_complex_that_lost_its_copper_is_recognised() -> None:
    complex_ = composition(replace(parse("GHK"), metal="Cu"))
    bare = check_mass(
        "341.193", complex_, mass_type=MassType.MONOISOTOPIC, charge=1, tolerance=Decimal("0.1")
    )
    assert not bare.agrees
    assert bare.likely == "It would fit the molecule without Cu, monoisotopic"


PEPTIDES = st.text("ACDEFGHIKLMNPQRSTVWY", min_size=2, max_size=60)


@given(PEPTIDES, st.integers(0, 20), st.integers(0, 20), st.sampled_from(MassType))
def test_a_mass_printed_for_one_charge_never_agrees_with_another(
    sequence: str, printed: int, named: int, mass_type: MassType
) -> None:
    elements = composition(parse(sequence))
    observed = f"{theoretical_mass(elements, mass_type, printed):.4f}"
    check = check_mass(observed, elements, mass_type=mass_type, charge=named, tolerance=Decimal("0.5"))
    assert check.agrees == (printed == named)


CYCLOSPORIN_A = composition(parse("cyclo(MeBmt-Abu-Sar-MeLeu-Val-MeLeu-Ala-D-Ala-MeLeu-MeLeu-MeVal)"))
HIRUDIN_TAIL = composition(parse("Ac-DFEEIPEE[Tyr(SO3H)]LQ"))


def test_the_sodium_adducts_of_a_ring_are_recognised() -> None:
    for observed, reading in (
        ("1224.83", "[M+Na]+"),
        ("1240.80", "[M+K]+"),
        ("1219.88", "[M+NH4]+"),
        ("612.92", "[M+H+Na]2+"),
        ("623.91", "[M+2Na]2+"),
    ):
        check = check_mass(
            observed,
            CYCLOSPORIN_A,
            mass_type=MassType.MONOISOTOPIC,
            tolerance=Decimal("0.05"),
            charge=1,
        )
        assert not check.agrees
        assert check.likely == f"It would fit {reading}, monoisotopic"


def test_a_mass_from_negative_mode_is_held_against_the_deprotonated_ion() -> None:
    for charge in (-1, -2, -3):
        expected = theoretical_mass(HIRUDIN_TAIL, MassType.MONOISOTOPIC, charge)
        near = f"{expected + Decimal('0.04'):.2f}"
        far = f"{expected + Decimal('0.2'):.2f}"
        checks = [
            check_mass(
                text,
                HIRUDIN_TAIL,
                mass_type=MassType.MONOISOTOPIC,
                tolerance=Decimal("0.3"),
                charge=charge,
            )
            for text in (near, far)
        ]
        assert [each.agrees for each in checks] == [True, charge == -1], "the tolerance is of the molecule"
    with pytest.raises(Refused, match="a charge of −4 to 20"):
        check_mass("5", HIRUDIN_TAIL, mass_type=MassType.AVERAGE, tolerance=Decimal(1), charge=-5)
