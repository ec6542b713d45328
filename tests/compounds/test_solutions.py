"""Concentration, molarity, net peptide and conversion, by worked examples and by their laws."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shop.compounds.masses import ACIDS, CounterIon, average_mass, composition
from shop.compounds.sequences import Peptide
from shop.compounds.solutions import (
    InputRefused,
    MolarMassOf,
    concentration_in_vial,
    convert,
    molarity,
    net_peptide,
    reconstitution,
    theoretical_content,
)
from shop.compounds.units import UNITS, Quantity, quantity
from shop.core.errors import Refused

CLOSE = Decimal("1e-20")


def q(text: str) -> Quantity:
    return quantity(text)


def to_places(given_quantity: Quantity, symbol: str, places: str) -> Decimal:
    return given_quantity.to(symbol).value.quantize(Decimal(places))


def positive(symbol: str) -> st.SearchStrategy[Quantity]:
    numbers = st.decimals(min_value=Decimal("0.001"), max_value=Decimal("10000"), places=3)
    return numbers.map(lambda value: Quantity(value, UNITS[symbol], 4))


percents = st.decimals(min_value=1, max_value=100, places=1).map(lambda value: Quantity(value, UNITS["%"], 3))


def same(one: Quantity, other: Quantity) -> bool:
    return abs(one.base / other.base - 1) < CLOSE


# The simplest calculator: a vial, a solvent


def test_a_vial_of_semax_in_one_millilitre() -> None:
    answer = concentration_in_vial(q("10 mg"), q("1 mL"), q("813.93 g/mol"))
    assert str(answer.concentration) == "10 mg/mL"
    assert str(answer.molar) == "12,286 µM"
    assert str(answer.amount_in_10_ul) == "122.86 nmol"
    assert answer.molar_note is None
    assert answer.steps == (
        "10 mg ÷ 1 mL = 10 mg/mL",
        "10 mg/mL ÷ 813.93 g/mol = 12,286 µM",
        "12,286 µM × 10 µL = 122.86 nmol",
    )
    assert "The volume of the powder itself is ignored." in answer.assumptions


def test_a_mixture_has_milligrams_per_millilitre_only() -> None:
    answer = concentration_in_vial(q("5 mg"), q("2 mL"), q("813.93 g/mol"), mixture=True)
    assert answer.concentration.value == Decimal("2.5")
    assert answer.molar is None
    assert answer.amount_in_10_ul is None
    assert answer.molar_note == "Not defined: no single molar mass"
    assert len(answer.steps) == 1


def test_without_a_molar_mass_the_answer_says_what_is_missing() -> None:
    answer = concentration_in_vial(q("5 mg"), q("2 mL"))
    assert answer.molar is None
    assert answer.molar_note == "Enter a molar mass for µM and nmol"


@pytest.mark.parametrize("volume", ["0 mL", "0.049 mL", "100.1 mL", "-1 mL", "49 uL", "1 L", "5 mg"])
def test_a_volume_outside_the_bench_is_refused_in_one_sentence(volume: str) -> None:
    with pytest.raises(InputRefused) as refusal:
        concentration_in_vial(q("5 mg"), q(volume))
    assert refusal.value.field == "volume"
    assert str(refusal.value) == "Enter a volume between 0.05 and 100 mL"


@pytest.mark.parametrize("volume", ["0.05 mL", "50 uL", "100 mL", "0,1 L"])
def test_the_ends_of_the_range_are_inside(volume: str) -> None:
    assert concentration_in_vial(q("5 mg"), q(volume)).concentration.value > 0


def test_mass_and_molar_mass_have_ranges_of_their_own() -> None:
    with pytest.raises(InputRefused, match=r"mass between 0\.001 and 10,000 mg") as refusal:
        concentration_in_vial(q("0 mg"), q("1 mL"))
    assert refusal.value.field == "mass"
    with pytest.raises(InputRefused, match="molar mass between 10 and 1,000,000 g/mol") as refusal:
        concentration_in_vial(q("5 mg"), q("1 mL"), q("9 g/mol"))
    assert refusal.value.field == "molar_mass"


def test_a_value_that_is_no_number_never_passes() -> None:
    nothing = replace(q("1 mL"), value=Decimal("NaN"))
    with pytest.raises(InputRefused):
        concentration_in_vial(q("5 mg"), nothing)
    with pytest.raises(InputRefused):
        reconstitution(q("5 mg"), nothing, None)


# Reconstitution


def test_example_1_volume_for_a_concentration() -> None:
    answer = reconstitution(q("10 mg"), None, q("2.5 mg/mL"))
    assert answer.volume.to("mL").value == 4
    assert answer.solved_for == "volume"
    assert answer.steps == ("10 mg ÷ 2.5 mg/mL = 4.00 mL",)


def test_example_2_concentration_of_a_mass_in_a_volume() -> None:
    answer = reconstitution(q("5 mg"), q("2 mL"), None)
    assert str(answer.concentration) == "2.5 mg/mL"
    assert answer.concentration.to("µg/mL").value == 2500


def test_example_19_mass_for_a_percentage_by_volume() -> None:
    assert reconstitution(None, q("50 mL"), q("0.9 % w/v")).mass.to("g").value == Decimal("0.45")


def test_more_than_the_vial_holds_is_warned_of() -> None:
    roomy = reconstitution(q("10 mg"), None, q("2.5 mg/mL"), capacity=q("4 mL"))
    tight = reconstitution(q("10 mg"), None, q("2.5 mg/mL"), capacity=q("3 mL"))
    assert roomy.warnings == ()
    assert "4.00 mL is more than the vial holds (3 mL)" in tight.warnings[0]


@pytest.mark.parametrize("blanks", [0, 2, 3])
def test_exactly_one_field_is_left_blank(blanks: int) -> None:
    inputs = [q("5 mg"), q("2 mL"), q("2.5 mg/mL")]
    with pytest.raises(Refused, match="Leave exactly one field blank"):
        reconstitution(*([None] * blanks + inputs[blanks:]))


@pytest.mark.parametrize(
    ("mass", "volume", "field", "sentence"),
    [
        ("0 mg", "2 mL", "mass", "Enter a number above zero"),
        ("5 mg", "-2 mL", "volume", "Enter a number above zero"),
        ("5 mL", "2 mL", "mass", "Use one of these units here: g, mg, µg, ng"),
    ],
)
def test_an_input_is_refused_at_its_field(mass: str, volume: str, field: str, sentence: str) -> None:
    with pytest.raises(InputRefused, match=sentence) as refusal:
        reconstitution(q(mass), q(volume), None)
    assert refusal.value.field == field


@given(positive("mg"), positive("mL"))
def test_any_of_the_three_follows_from_the_other_two(mass: Quantity, volume: Quantity) -> None:
    strength = reconstitution(mass, volume, None).concentration
    assert same(reconstitution(None, volume, strength).mass, mass)
    assert same(reconstitution(mass, None, strength).volume, volume)


# Molarity


def test_example_4_molarity_of_a_free_peptide() -> None:
    answer = molarity(q("5 mg"), q("2 mL"), q("813.935 g/mol"), None)
    assert to_places(answer.concentration, "mM", "0.00001") == Decimal("3.07150")
    assert str(answer.concentration) == "3.07150 mM"
    assert "the whole mass counts as peptide" in answer.warnings[0]


def test_example_5_mass_for_a_molarity() -> None:
    answer = molarity(None, q("10 mL"), q("751.887 g/mol"), q("1 mM"))
    assert answer.mass.to("mg").value == Decimal("7.51887")


def test_gross_mass_to_weigh_allows_for_content_and_purity() -> None:
    answer = molarity(None, q("1 mL"), q("1000 g/mol"), q("1 mM"), content=q("80.0 %"), purity=q("50 %"))
    assert answer.mass.to("mg").value == Decimal("2.5")
    assert answer.steps[0] == "1 mM × 1 mL × 1,000 g/mol ÷ 80.0% ÷ 50% = 2.50 mg"
    assert answer.warnings == ()


def test_example_14_a_salt_is_corrected_once_by_either_road() -> None:
    free, acid = q("751.887 g/mol"), q("114.022 g/mol")
    theory = theoretical_content(free, acid, 3)
    by_salt = molarity(q("5 mg"), q("1 mL"), q("1093.953 g/mol"), None, molar_mass_of=MolarMassOf.SALT)
    by_content = molarity(q("5 mg"), q("1 mL"), free, None, content=theory.content)
    assert to_places(by_salt.amount, "µmol", "0.00001") == Decimal("4.57058")
    assert to_places(by_content.amount, "µmol", "0.00001") == Decimal("4.57058")


def test_example_14_correcting_twice_is_refused() -> None:
    with pytest.raises(InputRefused, match="counter-ions would be taken off twice") as refusal:
        molarity(
            q("5 mg"),
            q("1 mL"),
            q("1093.953 g/mol"),
            None,
            molar_mass_of=MolarMassOf.SALT,
            content=q("68.73 %"),
        )
    assert refusal.value.field == "content"


def test_purity_is_no_counter_ion_and_goes_with_the_salt() -> None:
    salt = q("1093.953 g/mol")
    pure = molarity(q("5 mg"), q("1 mL"), salt, None, molar_mass_of=MolarMassOf.SALT)
    half = molarity(q("5 mg"), q("1 mL"), salt, None, molar_mass_of=MolarMassOf.SALT, purity=q("50 %"))
    assert same(Quantity(half.amount.value * 2, half.amount.unit), pure.amount)


def test_a_net_mass_is_not_corrected_again() -> None:
    answer = molarity(q("5 mg"), q("2 mL"), q("813.935 g/mol"), None, mass_is_net=True)
    assert str(answer.concentration) == "3.07150 mM"
    assert answer.warnings == ()
    with pytest.raises(InputRefused, match="net already") as refusal:
        molarity(q("5 mg"), q("2 mL"), q("800 g/mol"), None, mass_is_net=True, content=q("82 %"))
    assert refusal.value.field == "content"
    with pytest.raises(InputRefused, match="holds no counter-ions") as refusal:
        molarity(q("5 mg"), q("2 mL"), q("800 g/mol"), None, mass_is_net=True, molar_mass_of=MolarMassOf.SALT)
    assert refusal.value.field == "molar_mass"


def test_example_22_a_mixture_has_no_molarity() -> None:
    with pytest.raises(InputRefused) as refusal:
        molarity(q("5 mg"), q("2 mL"), None, None, mixture=True)
    assert str(refusal.value) == "Not defined: no single molar mass"


@pytest.mark.parametrize("blanks", [0, 2, 4])
def test_molarity_too_wants_exactly_one_blank(blanks: int) -> None:
    inputs = [q("5 mg"), q("2 mL"), q("800 g/mol"), q("3 mM")]
    with pytest.raises(Refused, match="Leave exactly one field blank"):
        molarity(*([None] * blanks + inputs[blanks:]))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("0.82 %", "such as 82 rather than 0.82"),
        ("100.1 %", "at most 100"),
        ("0 %", "above zero"),
        ("5 mg", "units here: %"),
    ],
)
def test_a_content_is_a_percentage_from_1_to_100(content: str, sentence: str) -> None:
    with pytest.raises(InputRefused, match=sentence) as refusal:
        molarity(q("5 mg"), q("2 mL"), q("800 g/mol"), None, content=q(content))
    assert refusal.value.field == "content"


@given(positive("mg"), positive("mL"), positive("g/mol"), percents, percents)
def test_any_of_the_four_follows_from_the_other_three(
    mass: Quantity, volume: Quantity, molar_mass: Quantity, content: Quantity, purity: Quantity
) -> None:
    def solved(*inputs: Quantity | None) -> Quantity:
        answer = molarity(*inputs, content=content, purity=purity)
        found = getattr(answer, answer.solved_for)
        assert isinstance(found, Quantity)
        return found

    strength = solved(mass, volume, molar_mass, None)
    assert same(solved(None, volume, molar_mass, strength), mass)
    assert same(solved(mass, None, molar_mass, strength), volume)
    assert same(solved(mass, volume, None, strength), molar_mass)


# Net peptide


def test_example_10_net_mass_and_how_far_the_gross_mass_misleads() -> None:
    answer = net_peptide(q("5 mg"), q("82.0 %"), q("98.5 %"))
    assert answer.net.to("mg").value == Decimal("4.0385")
    assert to_places(answer.overstated, "%", "0.01") == Decimal("23.81")
    assert str(answer.net) == "4.04 mg"
    assert answer.steps[0] == "5 mg × 82.0% × 98.5% = 4.04 mg"


def test_ten_milligrams_of_a_typical_powder() -> None:
    answer = net_peptide(q("10 mg"), q("81 %"), q("98.5 %"))
    assert to_places(answer.net, "mg", "0.01") == Decimal("7.98")


def test_example_12_theoretical_content_of_a_ditrifluoroacetate() -> None:
    answer = theoretical_content(q("1000 g/mol"), q("114 g/mol"), 2)
    assert to_places(answer.content, "%", "0.01") == Decimal("81.43")


@pytest.mark.parametrize(
    ("counter_ion", "percent"), [(CounterIon.TRIFLUOROACETATE, "68.73"), (CounterIon.ACETATE, "80.67")]
)
def test_example_13_theoretical_content_by_counter_ion(counter_ion: CounterIon, percent: str) -> None:
    acid = Quantity(average_mass(ACIDS[counter_ion]), UNITS["g/mol"], 6)
    answer = theoretical_content(q("751.887 g/mol"), acid, 3)
    assert to_places(answer.content, "%", "0.01") == Decimal(percent)


def test_kpv_carries_trifluoroacetic_acid_of_114_not_113() -> None:
    kpv = Quantity(average_mass(composition(Peptide("KPV"))), UNITS["g/mol"], 6)
    acid = Quantity(average_mass(ACIDS[CounterIon.TRIFLUOROACETATE]), UNITS["g/mol"], 6)
    answer = theoretical_content(kpv, acid, 2)
    assert (answer.salt_molar_mass.base - kpv.base).quantize(Decimal("0.001")) == Decimal("228.044")


@pytest.mark.parametrize("count", [0, -1, 51])
def test_a_salt_has_counter_ions(count: int) -> None:
    with pytest.raises(InputRefused, match="1 to 50") as refusal:
        theoretical_content(q("1000 g/mol"), q("114 g/mol"), count)
    assert refusal.value.field == "count"


@given(positive("mg"), percents, percents)
def test_net_mass_over_its_share_is_the_gross_mass(
    gross: Quantity, content: Quantity, purity: Quantity
) -> None:
    answer = net_peptide(gross, content, purity)
    assert abs(answer.net.base / answer.share.base / gross.base - 1) < CLOSE
    assert abs((1 + answer.overstated.base) * answer.share.base - 1) < CLOSE


# Conversion


@pytest.mark.parametrize(
    ("typed", "to", "molar_mass", "text"),
    [
        ("5 mg", "ug", None, "5,000 µg"),
        ("0.9 % w/v", "mg/mL", None, "9.00 mg/mL"),
        ("1 mg/mL", "uM", "1000 g/mol", "1,000 µM"),
        ("1 mM", "mg/mL", "813.935 g/mol", "0.813935 mg/mL"),
        ("5 mg", "umol", "1093.953 g/mol", "4.57058 µmol"),
        ("1 µmol", "mg", "813.935 g/mol", "0.813935 mg"),
    ],
)
def test_conversions(typed: str, to: str, molar_mass: str | None, text: str) -> None:
    assert str(convert(q(typed), to, q(molar_mass) if molar_mass else None).result) == text


@pytest.mark.parametrize(
    ("typed", "to", "sentence"),
    [
        ("5 mg", "IU", "measures activity"),
        ("5 mg", "mL", "measure different things"),
        ("5 mg", "mM", "measure different things"),
        ("5 mg/mL", "µmol", "measure different things"),
        ("5 mg/mL", "mM", "Enter a molar mass"),
        ("0 mg", "g", "above zero"),
        ("5 mg", "stone", "not a unit used here"),
    ],
)
def test_what_cannot_be_converted_is_refused(typed: str, to: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        convert(q(typed), to)


def test_a_mixture_is_not_converted_to_moles() -> None:
    with pytest.raises(InputRefused, match="no single molar mass"):
        convert(q("5 mg/mL"), "mM", q("813.9 g/mol"), mixture=True)
    assert convert(q("5 mg/mL"), "g/L", mixture=True).result.value == 5


@given(positive("mg/mL"), positive("g/mol"), st.sampled_from(["M", "mM", "µM", "nM"]))
def test_a_molar_conversion_and_back_changes_nothing(
    strength: Quantity, molar_mass: Quantity, symbol: str
) -> None:
    assume(strength.base > 0)
    molar = convert(strength, symbol, molar_mass).result
    assert same(convert(molar, "mg/mL", molar_mass).result, strength)
