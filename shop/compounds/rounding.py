"""Figures for people: rounded to significant figures, thousands apart, never with an exponent."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

FIGURES_OF_WHOLE_NUMBERS = 4
"""Shown of an answer whose inputs were all whole numbers."""


def significant(value: Decimal, figures: int) -> Decimal:
    """The value rounded, halves away from zero, to a number of significant figures (1 or more)."""
    if not value:
        return Decimal(0)
    last_place = value.adjusted() - figures + 1
    rounded = value.quantize(Decimal(1).scaleb(last_place), ROUND_HALF_UP)
    if rounded.adjusted() > value.adjusted():  # 9.996 to three figures is 10.0, not 10.00
        rounded = rounded.quantize(Decimal(1).scaleb(last_place + 1), ROUND_HALF_UP)
    return rounded


def printed(value: Decimal, figures: int | None) -> str:
    """The value as printed, such as `12,286` or `0.00400`.

    `figures` None means that it came from whole numbers only: a whole value is printed in full, another to
    four figures without the zeros at its end.
    """
    if figures is not None:
        return _grouped(significant(value, figures))
    if value != value.to_integral_value():
        value = significant(value, FIGURES_OF_WHOLE_NUMBERS)
    text = _grouped(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _grouped(value: Decimal) -> str:
    return f"{value:,f}".replace("-", "−")
