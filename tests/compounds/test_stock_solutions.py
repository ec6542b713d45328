"""Stock solutions: worked examples, the laws between mass, volume and concentration, and the guards."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.compounds.masses import CounterIon
from shop.compounds.solutions import InputRefused, MolarMassOf, SaltFormula, acid_of
from shop.compounds.stock_solutions import Material, stock_solution
from shop.compounds.units import UNITS, Quantity, quantity
from shop.core.errors import Refused

CLOSE = Decimal("1e-20")
PLAIN = Material()


def q(text: str) -> Quantity:
    return quantity(text)


def positive(symbol: str) -> st.SearchStrategy[Quantity]:
    numbers = st.decimals(min_value=Decimal("0.001"), max_value=Decimal("10000"), places=3)
    return numbers.map(lambda value: Quantity(value, UNITS[symbol], 4))


percents = st.decimals(min_value=1, max_value=100, places=1).map(lambda value: Quantity(value, UNITS["%"], 3))
materials = st.builds(
    Material,
    content=st.none() | percents,
    purity=st.none() | percents,
    molar_mass=st.just(quantity("813.93 g/mol")),
)


def same(one: Quantity, other: Quantity) -> bool:
    return abs(one.base / other.base - 1) < CLOSE


def test_a_vial_is_brought_to_a_concentration_by_mass() -> None:
    answer = stock_solution(q("10 mg"), None, q("2.5 mg/mL"), PLAIN)
    assert answer.volume.to("mL").value == 4
    assert answer.solved_for == "volume"
    assert answer.molar is None and answer.molar_note == "Enter a molar mass for molar values"


def test_a_gross_powder_is_brought_to_a_molar_concentration() -> None:
    material = Material(content=q("86.4 %"), purity=q("99.2 %"), molar_mass=q("813.93 g/mol"))
    answer = stock_solution(q("10 mg"), None, q("10 mM"), material)
    expected = Fraction(10) * Fraction("0.864") * Fraction("0.992") / (10 * Fraction("813.93") / 1000)
    assert abs(Fraction(answer.volume.to("mL").value) - expected) < Fraction(1, 10**20)
    assert answer.steps == (
        "10 mM × 813.93 g/mol = 8.1393 mg/mL",
        "10 mg × 86.4% × 99.2% = 8.57 mg",
        "8.57 mg ÷ 8.1393 mg/mL = 1.05 mL",
        "10 mM × 1.05 mL = 10.5 µmol",
    )


def test_a_salt_gives_the_same_amount_by_formula_by_content_and_by_its_own_molar_mass() -> None:
    salt = SaltFormula(acid_of(CounterIon.TRIFLUOROACETATE), 3)
    free, whole = q("751.887 g/mol"), q("1093.953 g/mol")
    by_formula = stock_solution(q("5 mg"), q("1 mL"), None, Material(molar_mass=free, salt=salt))
    by_salt = stock_solution(
        q("5 mg"), q("1 mL"), None, Material(molar_mass=whole, molar_mass_of=MolarMassOf.SALT)
    )
    assert by_formula.amount is not None and by_salt.amount is not None
    assert str(by_formula.amount) == str(by_salt.amount) == "4.57058 µmol"


@pytest.mark.parametrize(
    ("material", "field"),
    [
        (Material(molar_mass=q("1000 g/mol"), molar_mass_of=MolarMassOf.SALT, content=q("80 %")), "content"),
        (Material(molar_mass=q("1000 g/mol"), mass_is_net=True, content=q("80 %")), "content"),
        (
            Material(molar_mass=q("1000 g/mol"), mass_is_net=True, molar_mass_of=MolarMassOf.SALT),
            "molar_mass",
        ),
        (
            Material(molar_mass=q("1000 g/mol"), content=q("80 %"), salt=SaltFormula(q("114 g/mol"), 2)),
            "counter_ion",
        ),
        (
            Material(molar_mass=q("1000 g/mol"), mass_is_net=True, salt=SaltFormula(q("114 g/mol"), 2)),
            "counter_ion",
        ),
        (
            Material(
                molar_mass=q("1000 g/mol"),
                molar_mass_of=MolarMassOf.SALT,
                salt=SaltFormula(q("114 g/mol"), 2),
            ),
            "counter_ion",
        ),
    ],
    ids=["salt+content", "net+content", "net+salt mass", "content+formula", "net+formula", "salt+formula"],
)
def test_counter_ions_are_never_taken_off_twice(material: Material, field: str) -> None:
    with pytest.raises(InputRefused) as refusal:
        stock_solution(q("5 mg"), None, q("1 mM"), material)
    assert refusal.value.field == field


def test_a_mixture_is_dissolved_by_mass_only() -> None:
    mixture = Material(is_mixture=True, molar_mass=q("800 g/mol"))
    answer = stock_solution(q("10 mg"), None, q("2 mg/mL"), mixture)
    assert answer.molar is None and answer.molar_note == "Not defined: no single molar mass"
    with pytest.raises(InputRefused, match="A mixture has no molar concentration") as refusal:
        stock_solution(q("10 mg"), None, q("2 mM"), mixture)
    assert refusal.value.field == "concentration"


def test_a_molar_aim_without_a_molar_mass_is_refused() -> None:
    with pytest.raises(InputRefused, match="Enter a molar mass") as refusal:
        stock_solution(q("10 mg"), None, q("2 mM"), PLAIN)
    assert refusal.value.field == "molar_mass"


def test_volumes_beyond_the_vial_or_a_pipette_and_impossible_strengths_are_warned_of() -> None:
    full = stock_solution(q("10 mg"), None, q("1 mg/mL"), PLAIN, capacity=q("3 mL"))
    assert any("more than the vial holds (3 mL)" in sentence for sentence in full.warnings)
    tiny = stock_solution(q("1 µg"), None, q("10 mg/mL"), PLAIN)
    assert any("less than a pipette measures (1 µL)" in sentence for sentence in tiny.warnings)
    thick = stock_solution(q("10 g"), q("1 mL"), None, PLAIN)
    assert any("stronger than a solution can be" in sentence for sentence in thick.warnings)


@pytest.mark.parametrize("blanks", [0, 2, 3])
def test_exactly_one_field_is_left_blank(blanks: int) -> None:
    inputs = [q("5 mg"), q("2 mL"), q("2.5 mg/mL")]
    mass, volume, concentration = [None] * blanks + inputs[blanks:]
    with pytest.raises(Refused, match="Leave exactly one field blank"):
        stock_solution(mass, volume, concentration, PLAIN)


@given(positive("mg"), positive("mL"), materials)
def test_any_of_the_three_follows_from_the_other_two(
    mass: Quantity, volume: Quantity, material: Material
) -> None:
    first = stock_solution(mass, volume, None, material)
    assert first.molar is not None
    for strength in (first.concentration, first.molar):
        assert same(stock_solution(None, volume, strength, material).mass, mass)
        assert same(stock_solution(mass, None, strength, material).volume, volume)


@given(positive("mg"), positive("mL"), materials)
def test_peptide_is_neither_made_nor_lost(mass: Quantity, volume: Quantity, material: Material) -> None:
    answer = stock_solution(mass, volume, None, material)
    assert abs(answer.concentration.base * volume.base - answer.peptide.base) <= answer.peptide.base * CLOSE
    assert answer.peptide.base <= mass.base
