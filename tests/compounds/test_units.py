"""Quantities as people type them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.compounds.units import READABLE, UNITS, Kind, Quantity, derived, number, quantity, unit
from shop.core.errors import Refused


@pytest.mark.parametrize("typed", ["ug", "µg", "μg", "mcg", "UG", " ug "])
def test_micrograms_in_every_spelling(typed: str) -> None:
    assert unit(typed) is UNITS["µg"]


@pytest.mark.parametrize(
    ("typed", "symbol"),
    [
        ("ml", "mL"),
        ("ul", "µL"),
        ("l", "L"),
        ("mcg/ml", "µg/mL"),
        ("μg/mL", "µg/mL"),
        ("MG/ML", "mg/mL"),
        ("% (w/v)", "% w/v"),
        ("%w/v", "% w/v"),
        ("uM", "µM"),
        ("M", "M"),
        ("umol", "µmol"),
    ],
)
def test_other_units_in_common_spellings(typed: str, symbol: str) -> None:
    assert unit(typed).symbol == symbol


@pytest.mark.parametrize("typed", ["mm", "um", "nm", "m", "kg", "inch", ""])
def test_a_unit_that_is_not_one_of_ours_is_refused_with_those_that_are(typed: str) -> None:
    known = "mg/mL, µg/mL, ng/mL, g/L, mg/L, µg/µL, ng/µL, % w/v, M, mM, µM, nM, pM"
    with pytest.raises(Refused, match=f"is not a unit used here; use {known}"):
        unit(typed, Kind.MASS_CONCENTRATION, Kind.MOLAR_CONCENTRATION)


@pytest.mark.parametrize("typed", ["IU", "iu", "U", "units", "IU/mL"])
def test_units_of_activity_are_never_converted(typed: str) -> None:
    with pytest.raises(Refused, match="measures activity, not mass, and cannot be converted"):
        unit(typed)


def test_a_unit_of_another_kind_is_refused() -> None:
    with pytest.raises(Refused, match="mL is not a unit used here; use g, mg, µg, ng"):
        quantity("5 mL", Kind.MASS)


@pytest.mark.parametrize(
    ("typed", "value", "figures"),
    [
        ("5", "5", None),
        ("1000", "1000", None),
        ("2.5", "2.5", 2),
        ("2,5", "2.5", 2),
        ("0,125", "0.125", 3),
        ("82.0", "82.0", 3),
        (".5", "0.5", 1),
        ("0.0040", "0.0040", 2),
        ("1e-3", "0.001", None),
        ("1.50E2", "150", 3),
        ("12,286.5", "12286.5", 6),
        ("12.286,5", "12286.5", 6),
        ("1,234,567", "1234567", None),
        ("1 000", "1000", None),
        ("1\u202f234,5", "1234.5", 5),
        ("1.000", "1.000", 4),
        ("−5", "-5", None),
        (" +5 ", "5", None),
    ],
)
def test_numbers_are_read_with_their_figures(typed: str, value: str, figures: int | None) -> None:
    assert number(typed) == (Decimal(value), figures)


def test_a_comma_that_could_mean_thousands_is_asked_about() -> None:
    with pytest.raises(Refused, match=r"1,000 could be 1000 or 1\.000"):
        number("1,000")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "abc",
        "NaN",
        "Infinity",
        "-inf",
        "1e400",
        "1e-30",
        "1e99",
        "1 2",
        "1..2",
        "1,2,3",
        "٥",
        "5 mg 3",
        "9" * 100_000,
    ],
)
def test_what_is_not_a_sensible_number_is_refused(typed: str) -> None:
    with pytest.raises(Refused):
        number(typed)


@pytest.mark.parametrize("typed", ["NaN mg", "inf mg", "mg", "", "5", "1 2 mg", "5 mg 3", "5 " * 50])
def test_what_is_not_a_quantity_is_refused(typed: str) -> None:
    with pytest.raises(Refused):
        quantity(typed, Kind.MASS)


@pytest.mark.parametrize("typed", ["2,5 ug/mL", "2.5ug/ml", "2.5 μg/mL", " 2.5  µg/mL "])
def test_a_quantity_is_a_number_and_a_unit(typed: str) -> None:
    assert quantity(typed) == Quantity(Decimal("2.5"), UNITS["µg/mL"], 2)


def test_a_bare_number_takes_the_unit_of_its_field() -> None:
    assert str(quantity("5", Kind.MASS, default="mg")) == "5 mg"
    assert str(quantity("5 ug", Kind.MASS, default="mg")) == "5 µg"
    assert str(quantity("82.0", Kind.PERCENT, default="%")) == "82.0%"


def test_one_percent_is_a_gram_in_a_hundred_millilitres() -> None:
    assert quantity("1 % w/v").to("mg/mL").value == 10


def test_a_quantity_does_not_change_its_kind() -> None:
    with pytest.raises(ValueError, match="not a unit of volume"):
        quantity("5 mg").to("mL")


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        (("5 mg", "7 mL"), "0.7143 mg/mL"),
        (("5.0 mg", "7 mL"), "0.714 mg/mL"),
        (("5.0000 mg", "7.0000 mL"), "0.71429 mg/mL"),
        (("5.0000000 mg", "7.00000000 mL"), "0.714286 mg/mL"),
    ],
)
def test_an_answer_has_the_figures_of_its_least_exact_input(inputs: tuple[str, str], text: str) -> None:
    mass, volume = map(quantity, inputs)
    assert str(derived(mass.base / volume.base, Kind.MASS_CONCENTRATION, mass, volume, unit="mg/mL")) == text


@pytest.mark.parametrize(
    ("litres", "text"),
    [("0.02", "20 mL"), ("0.0001", "100 µL"), ("1.5", "1.5 L"), ("0", "0 µL"), ("1e-10", "0.0001 µL")],
)
def test_an_answer_is_given_in_the_unit_that_reads_best(litres: str, text: str) -> None:
    assert str(derived(Decimal(litres), Kind.VOLUME)) == text


values = st.decimals(min_value=Decimal("0.001"), max_value=Decimal("99999"), places=4)


@given(values, st.sampled_from(Kind), st.data())
def test_a_conversion_and_back_changes_nothing(value: Decimal, kind: Kind, data: st.DataObject) -> None:
    units = st.sampled_from([symbol for symbol, entry in UNITS.items() if entry.kind is kind])
    there, back = data.draw(units), data.draw(units)
    given_quantity = Quantity(value, UNITS[back])
    assert given_quantity.to(there).to(back).value == value


@given(values, st.sampled_from(sorted(UNITS)))
def test_a_printed_symbol_is_read_back(value: Decimal, symbol: str) -> None:
    assert quantity(f"{value} {symbol}").unit.symbol == symbol
    assert quantity(f"{value} {symbol}").value == value


def test_every_kind_has_units_an_answer_can_be_given_in() -> None:
    assert set(READABLE) == set(Kind)
    for kind, symbols in READABLE.items():
        sizes = [UNITS[symbol].size for symbol in symbols]
        assert sizes == sorted(sizes, reverse=True)
        assert {UNITS[symbol].kind for symbol in symbols} == {kind}


@given(st.text(max_size=70))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        value = quantity(text, default="mg").value
    except Refused:
        return
    assert value.is_finite()
