"""Laboratory units and the quantities people type in them: closed tables, exact decimals.

Only units of the bench are here. International units measure an activity, not a mass, and are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shop.compounds.rounding import printed
from shop.core.errors import Refused
from shop.core.language import gettext as _


class Kind(StrEnum):
    """What a unit measures."""

    MASS = "mass"
    VOLUME = "volume"
    AMOUNT = "amount of substance"
    MASS_CONCENTRATION = "mass concentration"
    MOLAR_CONCENTRATION = "molar concentration"
    MOLAR_MASS = "molar mass"
    PERCENT = "percentage"


@dataclass(frozen=True)
class Unit:
    """A unit and its size in the base unit of its kind: g, L, mol, g/L, mol/L, g/mol, 1."""

    symbol: str
    kind: Kind
    size: Decimal


UNITS = {
    symbol: Unit(symbol, kind, Decimal(size))
    for kind, sizes in {
        Kind.MASS: {"g": "1", "mg": "1e-3", "µg": "1e-6", "ng": "1e-9", "pg": "1e-12"},
        Kind.VOLUME: {"L": "1", "mL": "1e-3", "µL": "1e-6", "nL": "1e-9"},
        Kind.AMOUNT: {"mol": "1", "mmol": "1e-3", "µmol": "1e-6", "nmol": "1e-9", "pmol": "1e-12"},
        Kind.MASS_CONCENTRATION: {
            "mg/mL": "1",
            "µg/mL": "1e-3",
            "ng/mL": "1e-6",
            "g/L": "1",
            "mg/L": "1e-3",
            "µg/µL": "1",
            "ng/µL": "1e-3",
            "% w/v": "10",
        },
        Kind.MOLAR_CONCENTRATION: {"M": "1", "mM": "1e-3", "µM": "1e-6", "nM": "1e-9", "pM": "1e-12"},
        Kind.MOLAR_MASS: {"g/mol": "1", "Da": "1", "kDa": "1e3"},
        Kind.PERCENT: {"%": "1e-2"},
    }.items()
    for symbol, size in sizes.items()
}
"""Every unit there is here, by symbol, with U+00B5 for micro. 1% w/v is 1 g in 100 mL; a mass of 1 Da a
molecule is, to all figures that are used here, 1 g/mol."""

READABLE = {
    Kind.MASS: ("g", "mg", "µg", "ng"),
    Kind.VOLUME: ("L", "mL", "µL"),
    Kind.AMOUNT: ("mol", "mmol", "µmol", "nmol"),
    Kind.MASS_CONCENTRATION: ("mg/mL", "µg/mL"),
    Kind.MOLAR_CONCENTRATION: ("M", "mM", "µM", "nM"),
    Kind.MOLAR_MASS: ("g/mol",),
    Kind.PERCENT: ("%",),
}
"""Units an answer may be given in, largest first."""

SMALLEST_NUMBER, LARGEST_NUMBER = Decimal("1e-9"), Decimal("1e9")
FEWEST_FIGURES, MOST_FIGURES = 3, 6
LONGEST_TEXT = 60

_SPACED_NUMBER = re.compile(r"[+-]?[0-9]{1,3}(\s[0-9]{3})+([.,][0-9]*)?")
_PLAIN_NUMBER = re.compile(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]{1,4})?")
_GROUPED_NUMBERS = (
    (re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+|[+-]?[1-9][0-9]{0,2}(,[0-9]{3}){2,}"), ",", "."),
    (re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+|[+-]?[1-9][0-9]{0,2}(\.[0-9]{3}){2,}"), ".", ","),
)
_AMBIGUOUS_NUMBER = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
_ACTIVITY_UNITS = {"iu", "ui", "u", "eu", "unit", "units", "iu/ml", "u/ml", "iu/mg", "u/mg"}


@dataclass(frozen=True)
class Quantity:
    """A value in a unit. `figures` are its significant figures, None where it was typed as a whole number.

    A whole number is taken as exact: 5 mg in 2 mL is 2.5 mg/mL, not 3.
    """

    value: Decimal
    unit: Unit
    figures: int | None = None

    @property
    def base(self) -> Decimal:
        """The value in the base unit of its kind."""
        return self.value * self.unit.size

    def to(self, symbol: str) -> Quantity:
        """The same quantity in another unit of its kind."""
        target = UNITS[symbol]
        if target.kind is not self.unit.kind:
            raise ValueError(f"{self.unit.symbol} is not a unit of {target.kind}")
        return Quantity(self.base / target.size, target, self.figures)

    def __str__(self) -> str:
        space = "" if self.unit.kind is Kind.PERCENT else " "
        return f"{printed(self.value, self.figures)}{space}{self.unit.symbol}"


def derived(base: Decimal, kind: Kind, *inputs: Quantity, unit: str | None = None) -> Quantity:
    """A quantity worked out from others, in `unit` or the one that reads best.

    It has as many figures as the least exact input, though never fewer than 3 nor more than 6.
    """
    figures = [given.figures for given in inputs if given.figures is not None]
    shown = min(max(min(figures), FEWEST_FIGURES), MOST_FIGURES) if figures else None
    target = UNITS[unit] if unit else _readable(base, kind)
    return Quantity(base / target.size, target, shown)


def quantity(text: str, *kinds: Kind, default: str | None = None) -> Quantity:
    """A number and its unit as typed: `5 mg`, `2,5 ug/mL`; `default` is the unit of a bare number.

    Raises:
        Refused: no number, no unit, or a unit of another kind than those asked for.
    """
    if len(text) > LONGEST_TEXT:
        raise Refused(_too_long())
    parts = re.fullmatch(r"\s*([+−-]?[0-9.,][0-9.,\s]*(?:[eE][+−-]?[0-9]+)?)(.*?)\s*", text, re.DOTALL)
    value, figures = number(parts[1] if parts else text)
    symbol = (parts[2] if parts else "") or default
    if not symbol:
        raise Refused(_("Give a unit with the number, such as mg"))
    return Quantity(value, unit(symbol, *kinds), figures)


def number(text: str) -> tuple[Decimal, int | None]:
    """A typed number and its significant figures, None for a whole number; a decimal comma is understood.

    Raises:
        Refused: not a number, NaN or infinite, a comma that could be either sign, or outside 1e-9 to 1e9.
    """
    if len(text) > LONGEST_TEXT:
        raise Refused(_too_long())
    plain = _without_groups(text.strip().replace("−", "-"))
    if not _PLAIN_NUMBER.fullmatch(plain):
        raise Refused(_("Enter a number, such as 2.5"))
    if _AMBIGUOUS_NUMBER.fullmatch(plain):
        raise Refused(
            _(
                "%(text)s could be %(thousands)s or %(decimal)s: write it without a comma",
                text=plain,
                thousands=plain.replace(",", ""),
                decimal=plain.replace(",", "."),
            )
        )
    plain = plain.replace(",", ".")
    value = Decimal(plain)
    if value and not SMALLEST_NUMBER <= abs(value) <= LARGEST_NUMBER:
        raise Refused(_("Enter a number between 0.000000001 and 1,000,000,000, or choose another unit"))
    return value, _figures_typed(plain)


def unit(text: str, *kinds: Kind) -> Unit:
    """The unit of a symbol as typed: `ug`, `mcg`, either micro sign, `ml`, `% (w/v)`.

    Raises:
        Refused: an unknown unit, a unit of activity, or one of another kind than those asked for.
    """
    plain = re.sub(r"[\s()]", "", text).replace("μ", "µ")
    known = [symbol for symbol, entry in UNITS.items() if not kinds or entry.kind in kinds]
    if plain.lower() in _ACTIVITY_UNITS:
        raise Refused(
            _(
                "%(unit)s measures activity, not mass, and cannot be converted; use %(known)s",
                **_named(text, known),
            )
        )
    symbol = _SPELLINGS.get(plain) or _SPELLINGS.get(plain.lower())
    if symbol is None or symbol not in known:
        raise Refused(_("%(unit)s is not a unit used here; use %(known)s", **_named(text, known)))
    return UNITS[symbol]


def _too_long() -> str:
    return _("Enter a number, such as 2.5, in at most %(most)s characters", most=LONGEST_TEXT)


def _spellings() -> dict[str, str]:
    """Every accepted spelling. Molar units keep their capital, which tells mM from a length."""
    spellings: dict[str, str] = {}
    for symbol, entry in UNITS.items():
        plain = symbol.replace(" ", "")
        for spelling in (plain, plain.replace("µ", "u"), plain.replace("µg", "mcg")):
            spellings[spelling] = symbol
            if entry.kind is not Kind.MOLAR_CONCENTRATION:
                spellings[spelling.lower()] = symbol
    return spellings


_SPELLINGS = _spellings()


def _without_groups(text: str) -> str:
    """A number whose thousands are plainly grouped, without the groups and with a decimal point."""
    if _SPACED_NUMBER.fullmatch(text):
        return "".join(text.split())
    for pattern, group, point in _GROUPED_NUMBERS:
        if pattern.fullmatch(text):
            return text.replace(group, "").replace(point, ".")
    return text


def _figures_typed(text: str) -> int | None:
    mantissa = re.split("[eE]", text.lstrip("+-"))[0]
    if "." not in mantissa:
        return None
    return len(mantissa.replace(".", "").lstrip("0")) or 1


def _readable(base: Decimal, kind: Kind) -> Unit:
    for symbol in READABLE[kind]:
        if abs(base) >= UNITS[symbol].size:
            return UNITS[symbol]
    return UNITS[READABLE[kind][-1]]


def _named(text: str, known: list[str]) -> dict[str, str]:
    return {"unit": text.strip()[:20], "known": ", ".join(known)}
