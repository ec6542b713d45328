"""Dilutions, series and aliquots, by worked examples and by their laws."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shop.compounds.dilutions import Dilution, aliquots, dilution, serial_dilution
from shop.compounds.solutions import InputRefused
from shop.compounds.units import UNITS, Quantity, quantity
from shop.core.errors import Refused

CLOSE = Decimal("1e-18")


def q(text: str) -> Quantity:
    return quantity(text)


def positive(symbol: str, least: str = "0.001", most: str = "10000") -> st.SearchStrategy[Quantity]:
    numbers = st.decimals(min_value=Decimal(least), max_value=Decimal(most), places=3)
    return numbers.map(lambda value: Quantity(value, UNITS[symbol], 4))


def same(one: Quantity, other: Quantity) -> bool:
    return abs(one.base / other.base - 1) < CLOSE


# C1 × V1 = C2 × V2


def test_example_6_stock_and_diluent_for_a_molar_solution() -> None:
    answer = dilution(q("10 mM"), None, q("50 uM"), q("20 mL"))
    assert str(answer.stock_volume) == "100 µL"
    assert str(answer.diluent) == "19.9 mL"
    assert answer.steps == (
        "V1 = 50 µM × 20 mL ÷ 10 mM = 100 µL",
        "100 µL of 10 mM + 19.9 mL diluent = 20 mL at 50 µM",
    )
    assert answer.warnings == ()


def test_example_7_stock_and_diluent_by_mass() -> None:
    answer = dilution(q("2.5 mg/mL"), None, q("0.1 mg/mL"), q("5 mL"))
    assert answer.stock_volume.to("mL").value == Decimal("0.2")
    assert answer.diluent.to("mL").value == Decimal("4.8")


def test_example_21_a_volume_no_pipette_measures_becomes_steps_of_one_in_a_thousand() -> None:
    answer = dilution(q("10 mM"), None, q("1 nM"), q("1 mL"))
    assert str(answer.stock_volume) == "0.0001 µL"
    assert answer.warnings == ("0.0001 µL is too little to pipette (less than 1 µL): dilute in 3 steps.",)
    assert answer.steps[1:] == (
        "1 µL of 10 mM + 999 µL diluent = 1 mL at 10 µM",
        "1 µL of 10 µM + 999 µL diluent = 1 mL at 10 nM",
        "100 µL of 10 nM + 900 µL diluent = 1 mL at 1 nM",
    )


def test_just_too_little_becomes_two_steps() -> None:
    answer = dilution(q("10 mM"), None, q("50 nM"), q("100 mL"))
    assert str(answer.stock_volume) == "0.5 µL"
    assert len(answer.mixings) == 2
    assert str(answer.mixings[-1].take) == "500 µL"


def test_the_smallest_volume_itself_is_pipetted() -> None:
    assert len(dilution(q("10 mM"), None, q("10 uM"), q("1 mL")).mixings) == 1


def test_the_smallest_volume_is_that_of_the_pipette_at_hand() -> None:
    inputs = (q("10 mM"), None, q("50 uM"), q("1 mL"))
    assert len(dilution(*inputs).mixings) == 1
    assert len(dilution(*inputs, smallest=q("10 uL")).mixings) == 2


def test_a_final_volume_too_small_for_steps_is_refused_with_what_would_do() -> None:
    with pytest.raises(InputRefused, match="make at least 10 µL") as refusal:
        dilution(q("10 mM"), None, q("1 mM"), q("5 uL"))
    assert refusal.value.field == "final_volume"


def test_a_final_solution_stronger_than_the_stock_is_refused() -> None:
    with pytest.raises(InputRefused, match="10 mM is stronger than the stock, 1 mM") as refusal:
        dilution(q("1 mM"), None, q("10 mM"), q("1 mL"))
    assert refusal.value.field == "final"


def test_a_final_volume_less_than_the_stock_taken_is_refused() -> None:
    with pytest.raises(InputRefused, match="is less than the stock taken") as refusal:
        dilution(q("1 mM"), q("2 mL"), None, q("1 mL"))
    assert refusal.value.field == "final_volume"


def test_the_same_strength_needs_no_diluent() -> None:
    answer = dilution(q("1 mM"), None, q("1000 uM"), q("3 mL"))
    assert answer.diluent.value == 0
    assert answer.warnings == ("Both concentrations are the same: no diluent is needed.",)


def test_a_diluent_no_pipette_measures_is_warned_of() -> None:
    answer = dilution(q("1000 uM"), None, q("999.5 uM"), q("1 mL"))
    assert answer.warnings == ("The diluent, 0.5000 µL, is too little to pipette.",)


def test_mass_and_molar_concentrations_do_not_mix() -> None:
    with pytest.raises(InputRefused, match="both as molar"):
        dilution(q("1 mg/mL"), None, q("1 uM"), q("1 mL"))


@pytest.mark.parametrize("blanks", [0, 2, 4])
def test_exactly_one_field_is_left_blank(blanks: int) -> None:
    inputs = [q("10 mM"), q("1 mL"), q("1 mM"), q("10 mL")]
    with pytest.raises(Refused, match="Leave exactly one field blank"):
        dilution(*([None] * blanks + inputs[blanks:]))


@pytest.mark.parametrize("position", range(4))
@pytest.mark.parametrize("wrong", ["0", "-1", "5 mg"])
def test_an_input_is_refused_at_its_field(position: int, wrong: str) -> None:
    names = ["stock", "stock_volume", "final", "final_volume"]
    units = ["mM", "mL", "mM", "mL"]
    inputs: list[Quantity | None] = [q("10 mM"), q("1 mL"), q("1 mM"), q("10 mL")]
    inputs[position] = quantity(wrong, default=units[position])
    inputs[(position + 1) % 4] = None
    with pytest.raises(InputRefused) as refusal:
        dilution(*inputs)
    assert refusal.value.field == names[position]


@given(positive("mM"), positive("mL", "0.01"), positive("mL", "0.01"))
def test_any_of_the_four_follows_from_the_other_three(
    stock: Quantity, one_volume: Quantity, other_volume: Quantity
) -> None:
    taken, final_volume = sorted((one_volume, other_volume), key=lambda volume: volume.base)
    final = dilution(stock, taken, None, final_volume).final
    assert same(dilution(None, taken, final, final_volume).stock, stock)
    assert same(dilution(stock, taken, final, None).final_volume, final_volume)
    assume(taken.base < final_volume.base)
    assert same(dilution(stock, None, final, final_volume).stock_volume, taken)


def assert_can_be_pipetted(answer: Dilution, smallest: Quantity) -> None:
    """Every tube takes a measurable volume, of which the tube before holds enough, and the last is right."""
    source, available = answer.stock, None
    for mixing in answer.mixings:
        assert same(mixing.source, source)
        assert mixing.take.base >= smallest.base
        assert available is None or mixing.take.base <= available.base
        assert mixing.diluent.base >= 0
        assert abs((mixing.take.base + mixing.diluent.base) / mixing.total.base - 1) < CLOSE
        strength = mixing.source.base * mixing.take.base / mixing.total.base
        assert abs(strength / mixing.result.base - 1) < CLOSE
        source, available = mixing.result, mixing.total
    assert same(source, answer.final)
    assert same(answer.mixings[-1].total, answer.final_volume)


@given(positive("mM", "0.01"), positive("nM"), positive("mL", "0.1"), positive("µL", "0.5", "20"))
def test_proposed_steps_can_be_pipetted_and_end_at_the_strength_asked_for(
    stock: Quantity, final: Quantity, volume: Quantity, smallest: Quantity
) -> None:
    assume(volume.base > 10 * smallest.base)
    assert_can_be_pipetted(dilution(stock, None, final, volume, smallest=smallest), smallest)


# Series


def test_example_15_one_in_ten_from_a_millimolar() -> None:
    answer = serial_dilution(q("1 mM"), Decimal(10), 5, q("1 mL"))
    expected = [Decimal(text) for text in ("100", "10", "1", "0.1", "0.01")]
    assert [tube.to("µM").value for tube in answer.concentrations] == expected
    assert answer.transfer.to("mL").value == Decimal("0.1")
    assert answer.diluent.to("mL").value == Decimal("0.9")
    assert answer.steps[0] == "100 µL of 1 mM + 900 µL diluent = 1 mL at 100 µM"
    assert answer.steps[-1] == "100 µL of 100 nM + 900 µL diluent = 1 mL at 10 nM"
    assert len(answer.steps) == 5


@pytest.mark.parametrize(
    ("factor", "tubes", "volume", "field"),
    [
        ("1", 5, "1 mL", "factor"),
        ("0.1", 5, "1 mL", "factor"),
        ("NaN", 5, "1 mL", "factor"),
        ("Infinity", 5, "1 mL", "factor"),
        ("10", 0, "1 mL", "tubes"),
        ("10", 51, "1 mL", "tubes"),
        ("10", 16, "1 mL", "tubes"),
        ("10", 5, "0 mL", "volume"),
        ("2000", 2, "1 mL", "volume"),
    ],
)
def test_a_series_that_cannot_be_made_is_refused_at_its_field(
    factor: str, tubes: int, volume: str, field: str
) -> None:
    with pytest.raises(InputRefused) as refusal:
        serial_dilution(q("1 mM"), Decimal(factor), tubes, q(volume))
    assert refusal.value.field == field


def test_a_transfer_too_small_says_how_much_to_make() -> None:
    with pytest.raises(InputRefused, match=r"would be 0\.5 µL, less than 1 µL: make at least 2 mL"):
        serial_dilution(q("1 mM"), Decimal(2000), 2, q("1 mL"))


@given(positive("mM"), st.decimals(min_value=Decimal("1.1"), max_value=100, places=1), st.integers(1, 7))
def test_each_tube_of_a_series_is_weaker_by_the_factor(start: Quantity, factor: Decimal, tubes: int) -> None:
    answer = serial_dilution(start, factor, tubes, q("1 mL"))
    strengths = [start, *answer.concentrations]
    assert len(strengths) == tubes + 1
    for stronger, weaker in pairwise(strengths):
        assert abs(stronger.base / weaker.base / factor - 1) < CLOSE


# Aliquots


def test_example_9_whole_aliquots_and_what_is_left() -> None:
    answer = aliquots(q("4 mL"), q("150 uL"))
    assert answer.count == 26
    assert str(answer.remainder) == "100 µL"
    assert answer.steps == ("4 mL ÷ 150 µL → 26", "4 mL − 26 × 150 µL = 100 µL")


def test_example_9_with_a_loss_of_two_percent() -> None:
    answer = aliquots(q("4 mL"), q("150 uL"), q("2 %"))
    assert answer.count == 26
    assert str(answer.usable) == "3.92 mL"
    assert str(answer.remainder) == "20 µL"


def test_an_exact_fit_leaves_nothing() -> None:
    answer = aliquots(q("1 mL"), q("0.1 mL"))
    assert answer.count == 10
    assert answer.remainder.value == 0


def test_no_loss_may_be_said_outright() -> None:
    assert aliquots(q("1 mL"), q("0.1 mL"), q("0 %")).count == 10


def test_an_aliquot_larger_than_the_volume_is_refused() -> None:
    with pytest.raises(InputRefused, match="more than the 1 mL there is") as refusal:
        aliquots(q("1 mL"), q("2 mL"))
    assert refusal.value.field == "aliquot"


@pytest.mark.parametrize("loss", ["100 %", "-1 %", "5 mg"])
def test_a_loss_leaves_something(loss: str) -> None:
    with pytest.raises(InputRefused, match="loss of 0 to less than 100%") as refusal:
        aliquots(q("1 mL"), q("0.1 mL"), q(loss))
    assert refusal.value.field == "loss"


@given(positive("mL"), positive("µL"), st.decimals(min_value=0, max_value=50, places=1))
def test_aliquots_and_remainder_are_all_that_can_be_used(
    volume: Quantity, aliquot: Quantity, loss: Decimal
) -> None:
    assume(aliquot.base * 2 <= volume.base)
    answer = aliquots(volume, aliquot, Quantity(loss, UNITS["%"], 3))
    assert 0 <= answer.remainder.base < aliquot.base
    assert answer.count * aliquot.base + answer.remainder.base == volume.base * (1 - loss / 100)


@pytest.mark.parametrize("smallest", ["0", "-1"])
def test_a_pipette_that_measures_nothing_is_refused(smallest: str) -> None:
    nothing = Quantity(Decimal(smallest), UNITS["µL"])
    with pytest.raises(InputRefused, match="above zero"):
        serial_dilution(q("1 mM"), Decimal(10), 3, q("1 mL"), smallest=nothing)
