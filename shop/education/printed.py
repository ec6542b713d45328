"""Numbers as printed: the text, its value, and what the value may have been before rounding."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import floor, isinf, log10

from shop.core.errors import Refused
from shop.core.language import gettext as _

LONGEST = 40
"""Characters of the longest printed number that is read."""

_MINUS_SIGNS = str.maketrans({"−": "-", "–": "-", "‐": "-", "‑": "-", "﹣": "-", "－": "-"})
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)"
    r"(?P<digits>(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+)"
    r"(?:[eE](?P<e>[+-]?[0-9]{1,2})|\s?[×x*]\s?10\^?(?P<ten>[+-]?[0-9]{1,2}))?"
    r"(?P<percent>\s?%)?"
)
_P = re.compile(
    r"(?:p(?:[\s-]?value)?)?\s*(?P<comparator>[=<>≤≥:]|<=|>=)?\s*(?P<number>[^=<>≤≥:].*)", re.IGNORECASE
)
_NOT_SIGNIFICANT = re.compile(r"n\.?\s?s\.?|non-?\s?significant|not\s+significant", re.IGNORECASE)


class Comparator(StrEnum):
    """How a printed P value stands to the true one."""

    EQUAL = "="
    BELOW = "<"
    AT_MOST = "≤"
    ABOVE = ">"
    AT_LEAST = "≥"
    NOT_SIGNIFICANT = "ns"


@dataclass(frozen=True, kw_only=True)
class PrintedNumber:
    """A number as a source prints it. `decimals` is negative for numbers such as 2e3."""

    text: str
    value: Decimal
    decimals: int

    @property
    def half_unit(self) -> Decimal:
        """Half a unit in the last printed place."""
        return Decimal(5).scaleb(-self.decimals - 1)

    @property
    def envelope(self) -> tuple[Decimal, Decimal]:
        """The values that print as this text, both ends included since rounding at a half differs."""
        return self.value - self.half_unit, self.value + self.half_unit


@dataclass(frozen=True, kw_only=True)
class PrintedP:
    """A P value as printed, with its comparator; `number` is None for "ns"."""

    text: str
    comparator: Comparator
    number: PrintedNumber | None

    def range(self, alpha: float) -> tuple[float, float]:
        """Lowest and highest P this text allows; "ns" is read as P above `alpha`."""
        if self.number is None:
            return alpha, 1.0
        value = float(self.number.value)
        match self.comparator:
            case Comparator.BELOW | Comparator.AT_MOST:
                return 0.0, value
            case Comparator.ABOVE | Comparator.AT_LEAST:
                return value, 1.0
            case _:
                low, high = self.number.envelope
                return max(0.0, float(low)), min(1.0, float(high))

    @property
    def shown(self) -> str:
        """For a sentence: "P = 0.02", "P < 0.0001", "not significant"."""
        if self.number is None:
            return _("not significant")
        return f"P {self.comparator} {self.number.text}"


def parse_number(text: str) -> PrintedNumber:
    """Read "1.39", "−0.40", "+1.39", ".90", "0·90", "1,070", "2.7 × 10⁻⁷" or "69.2%".

    Raises Refused, with the reason, for anything else: words, a decimal comma, not a number, over-long text.
    """
    stripped = text.strip()
    if len(stripped) > LONGEST:
        raise Refused(_("A number has at most %(most)s characters.", most=LONGEST))
    plain = stripped.translate(_MINUS_SIGNS).translate(_SUPERSCRIPTS).replace("·", ".")
    match = _NUMBER.fullmatch(plain)
    if match is None:
        if re.fullmatch(r"[+-]?[0-9]+,[0-9]+%?", plain):
            raise Refused(_("Write “%(text)s” with a point before the decimals.", text=stripped))
        raise Refused(_("“%(text)s” is not a number.", text=stripped))
    exponent = match["e"] or match["ten"] or "0"
    value = Decimal(f"{match['sign']}{match['digits'].replace(',', '')}e{exponent}")
    return PrintedNumber(text=stripped, value=value, decimals=-int(value.as_tuple().exponent))


def parse_level(text: str) -> PrintedNumber:
    """Read the level of an interval, "0.95" or "95%", as a fraction; raises Refused for what is no number."""
    number = parse_number(text)
    if not number.text.endswith("%"):
        return number
    return PrintedNumber(text=number.text, value=number.value / 100, decimals=number.decimals + 2)


def parse_p(text: str) -> PrintedP:
    """Read "P<0.0001", "P = 0.02", "p=.03", "0.02" or "ns"; raises Refused with the reason otherwise."""
    stripped = text.strip()
    if len(stripped) > LONGEST:
        raise Refused(_("A P value has at most %(most)s characters.", most=LONGEST))
    match = _P.fullmatch(stripped)
    if match is None:
        raise Refused(_("“%(text)s” is not a P value.", text=stripped))
    sign = {"<=": "≤", ">=": "≥", ":": "=", None: "="}.get(match["comparator"], match["comparator"])
    if _NOT_SIGNIFICANT.fullmatch(match["number"].strip()):
        if sign != "=":
            raise Refused(_("“%(text)s” is not a P value.", text=stripped))
        return PrintedP(text=stripped, comparator=Comparator.NOT_SIGNIFICANT, number=None)
    number = parse_number(match["number"])
    if number.text.endswith("%"):
        raise Refused(_("Write a P value as a number between 0 and 1, without a percent sign."))
    return PrintedP(text=stripped, comparator=Comparator(sign), number=number)


def with_minus_sign(text: str) -> str:
    """The text with hyphens before digits shown as proper minus signs."""
    return re.sub(r"(?<![0-9A-Za-z])-(?=[0-9.])", "−", text)


def significant(x: float, digits: int = 3) -> str:
    """x to so many significant digits, trailing zeros kept: "0.0210", "1.31", "13.2", "2.74e-7"."""
    if x == 0:
        return "0"
    if isinf(x):
        return "∞" if x > 0 else "−∞"
    places = digits - 1 - floor(log10(abs(x)))
    if round(abs(x), places) >= 10 ** (digits - places):
        places -= 1
    if abs(x) < 1e-4 or places < -3:
        mantissa, exponent = f"{x:.{digits - 1}e}".split("e")
        return with_minus_sign(f"{mantissa}e{int(exponent)}")
    return with_minus_sign(f"{round(x, places):.{max(0, places)}f}")


def p_figure(p: float) -> str:
    """A computed P: "0.00154", or "below 0.0001"."""
    return _("below 0.0001") if p < 1e-4 else significant(p)


def p_sentence(p: float) -> str:
    """A computed P with its sign: "P = 0.00154", or "P < 0.0001"."""
    return "P < 0.0001" if p < 1e-4 else f"P = {significant(p)}"
