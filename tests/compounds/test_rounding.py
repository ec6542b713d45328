"""Figures as people read them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.compounds.rounding import printed, significant


@pytest.mark.parametrize(
    ("value", "figures", "text"),
    [
        ("12286.07", 5, "12,286"),
        ("12286.07", 3, "12,300"),
        ("1234567", 2, "1,200,000"),
        ("0.004", 3, "0.00400"),
        ("9.996", 3, "10.0"),
        ("999.95", 4, "1,000"),
        ("2.345", 3, "2.35"),
        ("-0.0045", 2, "−0.0045"),
        ("0", 3, "0"),
        ("1E+6", 1, "1,000,000"),
        ("4E-9", 1, "0.000000004"),
    ],
)
def test_a_value_is_printed_to_its_figures_without_an_exponent(value: str, figures: int, text: str) -> None:
    assert printed(Decimal(value), figures) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2.5", "2.5"),
        ("2.500", "2.5"),
        ("0.714285", "0.7143"),
        ("12345", "12,345"),
        ("1E+2", "100"),
        ("0.00", "0"),
    ],
)
def test_a_value_from_whole_numbers_is_printed_plainly(value: str, text: str) -> None:
    assert printed(Decimal(value), None) == text


@given(
    st.decimals(min_value=Decimal("1e-9"), max_value=Decimal("1e9"), allow_nan=False, places=12).filter(bool),
    st.integers(1, 8),
)
def test_rounding_moves_a_value_by_half_a_unit_of_its_last_figure_at_most(
    value: Decimal, figures: int
) -> None:
    rounded = significant(value, figures)
    assert abs(rounded - value) <= Decimal(5).scaleb(value.adjusted() - figures)
    assert len(rounded.normalize().as_tuple().digits) <= figures
    assert Decimal(printed(value, figures).replace(",", "")) == rounded
