"""Powder and the peptide in it, by content and by formula."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.compounds.masses import CounterIon
from shop.compounds.net_content import net_content
from shop.compounds.solutions import InputRefused, SaltFormula, acid_of
from shop.compounds.units import UNITS, Quantity, quantity
from shop.core.errors import Refused

TWO_TFA = SaltFormula(acid_of(CounterIon.TRIFLUOROACETATE), 2)


def q(text: str) -> Quantity:
    return quantity(text)


masses = st.decimals(min_value=Decimal("0.001"), max_value=1000, places=3).map(
    lambda value: Quantity(value, UNITS["mg"], 4)
)
percents = st.decimals(min_value=1, max_value=100, places=1).map(lambda value: Quantity(value, UNITS["%"], 3))


def test_example_10_net_peptide_of_a_gross_mass() -> None:
    answer = net_content(q("5 mg"), None, content=q("82.0 %"), purity=q("98.5 %"))
    assert answer.net.to("mg").value == Decimal("4.0385")
    assert answer.overstated.value.quantize(Decimal("0.01")) == Decimal("23.81")
    assert answer.solved_for == "net"


def test_example_12_the_formula_stands_in_for_a_content() -> None:
    answer = net_content(q("1 mg"), None, molar_mass=q("1000 g/mol"), salt=TWO_TFA)
    assert answer.theory is not None
    assert answer.theory.content.value.quantize(Decimal("0.01")) == Decimal("81.43")
    assert "water makes a measured content lower" in answer.assumptions[0]


def test_a_measured_content_goes_before_the_formula_and_is_not_multiplied_with_it() -> None:
    measured = net_content(q("10 mg"), None, content=q("76.2 %"), molar_mass=q("1000 g/mol"), salt=TWO_TFA)
    assert measured.net.to("mg").value == Decimal("7.62")
    assert measured.warnings == ()


def test_a_content_above_that_of_the_dry_salt_is_warned_of() -> None:
    answer = net_content(q("10 mg"), None, content=q("90 %"), molar_mass=q("1000 g/mol"), salt=TWO_TFA)
    assert "is more than the pure, dry salt holds (81.4303%)" in answer.warnings[0]


def test_rounding_of_a_printed_content_is_no_contradiction() -> None:
    three = SaltFormula(acid_of(CounterIon.TRIFLUOROACETATE), 3)
    molar_mass = q("1046.2 g/mol")
    assert net_content(q("5 mg"), None, content=q("75.4 %"), molar_mass=molar_mass, salt=three).warnings == ()
    assert net_content(q("5 mg"), None, content=q("75.5 %"), molar_mass=molar_mass, salt=three).warnings


def test_neither_content_nor_salt_is_refused_at_the_content() -> None:
    with pytest.raises(InputRefused, match="Enter the net peptide content") as refusal:
        net_content(q("10 mg"), None)
    assert refusal.value.field == "content"


@pytest.mark.parametrize("given_masses", [(None, None), ("1 mg", "1 mg")], ids=["none", "both"])
def test_one_of_the_two_masses_is_given(given_masses: tuple[str | None, str | None]) -> None:
    gross, net = (q(text) if text else None for text in given_masses)
    with pytest.raises(Refused, match="Leave exactly one field blank"):
        net_content(gross, net, content=q("80 %"))


@given(masses, percents, percents)
def test_gross_to_net_and_back_is_where_one_began(
    gross: Quantity, content: Quantity, purity: Quantity
) -> None:
    net = net_content(gross, None, content=content, purity=purity).net
    back = net_content(None, net, content=content, purity=purity).gross
    assert abs(back.base / gross.base - 1) < Decimal("1e-20")
    assert net.base <= gross.base
