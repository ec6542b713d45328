"""Numbers as printed: what is read, what is refused, what rounding hides."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.core.errors import Refused
from shop.education.printed import (
    Comparator,
    p_figure,
    p_sentence,
    parse_number,
    parse_p,
    significant,
    with_minus_sign,
)


@pytest.mark.parametrize(
    ("text", "value", "decimals"),
    [
        ("1.39", "1.39", 2),
        ("+1.39", "1.39", 2),
        ("−0.40", "-0.40", 2),
        ("-0.40", "-0.40", 2),
        ("–0.40", "-0.40", 2),
        ("0.90", "0.90", 2),
        (".90", "0.90", 2),
        ("0·90", "0.90", 2),
        ("13.3", "13.3", 1),
        ("7", "7", 0),
        ("1,070", "1070", 0),
        ("2,884.5", "2884.5", 1),
        ("69.2%", "69.2", 1),
        ("1e-05", "0.00001", 5),
        ("2.7 × 10⁻⁷", "0.00000027", 8),
        ("2e3", "2000", -3),
    ],
)
def test_a_number_keeps_its_text_its_value_and_its_decimals(text: str, value: str, decimals: int) -> None:
    number = parse_number(f" {text} ")
    assert (number.text, number.value, number.decimals) == (text, Decimal(value), decimals)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "nan",
        "Infinity",
        "1e400",
        "1_000",
        "١٢",
        "1.2.3",
        "--1",
        "1 2",
        "0.53-2.25",
        "<1",
        "1,07,0",
        "12,34.5",
        "=1+1",
        "0x1f",
    ],
)
def test_what_is_not_a_number_is_refused_with_the_text_named(text: str) -> None:
    with pytest.raises(Refused, match="is not a number"):
        parse_number(text)


def test_a_decimal_comma_is_refused_with_the_way_out() -> None:
    with pytest.raises(Refused, match="with a point before the decimals"):
        parse_number("0,90")


def test_over_long_text_is_refused_at_once() -> None:
    with pytest.raises(Refused, match="at most 40 characters"):
        parse_number("1" * 5_000_000)
    with pytest.raises(Refused, match="at most 40 characters"):
        parse_p("P = 0." + "0" * 100_000)


def test_the_envelope_is_half_a_unit_in_the_last_place_to_each_side() -> None:
    assert parse_number("0.90").envelope == (Decimal("0.895"), Decimal("0.905"))
    assert parse_number("−0.4").envelope == (Decimal("-0.45"), Decimal("-0.35"))
    assert parse_number("7").envelope == (Decimal("6.5"), Decimal("7.5"))
    assert parse_number("2e3").envelope == (Decimal(1500), Decimal(2500))


@given(st.decimals(-1000, 1000, places=6), st.integers(0, 5))
def test_a_number_lies_in_the_envelope_of_what_it_is_rounded_to(truth: Decimal, places: int) -> None:
    low, high = parse_number(f"{truth:.{places}f}").envelope
    assert low <= truth <= high


@pytest.mark.parametrize(
    ("text", "comparator", "number"),
    [
        ("P<0.0001", Comparator.BELOW, "0.0001"),
        ("P = 0.02", Comparator.EQUAL, "0.02"),
        ("p=.03", Comparator.EQUAL, ".03"),
        ("P<.001", Comparator.BELOW, ".001"),
        ("0.171", Comparator.EQUAL, "0.171"),
        ("P > 0.05", Comparator.ABOVE, "0.05"),
        ("p ≤ 0.05", Comparator.AT_MOST, "0.05"),
        ("p >= 0.1", Comparator.AT_LEAST, "0.1"),
        ("P-value: 0.02", Comparator.EQUAL, "0.02"),
    ],
)
def test_a_p_value_keeps_its_comparator(text: str, comparator: Comparator, number: str) -> None:
    p = parse_p(text)
    assert p.text == text
    assert p.comparator is comparator
    assert p.number is not None
    assert p.number.text == number
    assert p.shown == f"P {comparator.value} {number}"


@pytest.mark.parametrize("text", ["ns", "NS", "n.s.", "P = ns", "not significant", "non-significant"])
def test_not_significant_is_a_p_value_without_a_number(text: str) -> None:
    p = parse_p(text)
    assert (p.comparator, p.number, p.shown) == (Comparator.NOT_SIGNIFICANT, None, "not significant")


@pytest.mark.parametrize("text", ["", "P", "P=", "P<<0.05", "P<ns", "significant", "2%", "P = 0,02"])
def test_what_is_not_a_p_value_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_p(text)


def test_the_range_a_printed_p_value_allows() -> None:
    assert parse_p("P = 0.02").range(0.05) == pytest.approx((0.015, 0.025))
    assert parse_p("P < 0.0001").range(0.05) == (0.0, 0.0001)
    assert parse_p("P > 0.05").range(0.05) == (0.05, 1.0)
    assert parse_p("ns").range(0.1) == (0.1, 1.0)
    assert parse_p("P = 0.00").range(0.05) == pytest.approx((0.0, 0.005))
    assert parse_p("P = 1.0").range(0.05) == pytest.approx((0.95, 1.0))


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0209999, "0.0210"),
        (0.00154, "0.00154"),
        (0.16, "0.160"),
        (1.31, "1.31"),
        (13.2336, "13.2"),
        (9.9999, "10.0"),
        (0.99999, "1.00"),
        (2.68e-7, "2.68e-7"),
        (-0.395, "−0.395"),
        (123.4, "123"),
        (1_234_567, "1.23e6"),
        (0, "0"),
        (float("inf"), "∞"),
    ],
)
def test_computed_figures_show_three_significant_digits(x: float, text: str) -> None:
    assert significant(x) == text


@given(st.floats(1e-12, 1e12))
def test_a_shown_figure_is_within_half_a_percent_of_the_computed_one(x: float) -> None:
    assert float(significant(x)) == pytest.approx(x, rel=5.1e-3)


def test_a_tiny_p_value_is_shown_as_a_bound() -> None:
    assert (p_figure(0.00154), p_sentence(0.00154)) == ("0.00154", "P = 0.00154")
    assert (p_figure(1e-9), p_sentence(1e-9)) == ("below 0.0001", "P < 0.0001")


def test_a_hyphen_before_a_digit_becomes_a_minus_sign_but_not_inside_a_word() -> None:
    assert with_minus_sign("-0.40") == "−0.40"
    assert with_minus_sign("CARS-2") == "CARS-2"
    assert with_minus_sign("0.53-2.25") == "0.53-2.25"
