"""What a calculator is: a form, the arithmetic behind it, and the words around both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shop.compounds.dilutions import Mixing
from shop.compounds.rounding import significant
from shop.compounds.solutions import Answer
from shop.compounds.units import Quantity
from shop.core.language import gettext as _
from shop.web.storefront.calculators.fields import CalculatorForm, Values
from shop.web.storefront.calculators.material import MaterialUsed

UNROUNDED_FIGURES = 7
"""Shown beside a rounded answer, for those who go on calculating."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One answer. `value` is None where there is none, which `note` explains."""

    name: str
    label: str
    value: Quantity | int | None
    note: str = ""
    is_main: bool = False


@dataclass(frozen=True, kw_only=True)
class Worked:
    """What a calculator worked out."""

    rows: tuple[Row, ...]
    answer: Answer
    solved_for: str = ""
    tubes: tuple[Mixing, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Group:
    """Fields that stand together, under a heading unless it is empty."""

    title: str
    fields: tuple[str, ...]
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Calculator:
    """One calculator; its address is /guides/ and the slug.

    `blanks` are the fields of which exactly one is left blank. `renamed` says which field a refusal of the
    arithmetic is about, where its name for an input is another. `example` is a query that works.
    """

    slug: str
    title: str
    text: str
    words: str
    form: type[CalculatorForm]
    work_out: Callable[[Values], Worked]
    fill: Callable[[MaterialUsed], dict[str, str]]
    groups: tuple[Group, ...]
    formulas: tuple[str, ...]
    mind: tuple[str, ...]
    example: dict[str, str]
    button: str
    blanks: tuple[str, ...] = ()
    renamed: dict[str, str] | None = None
    is_molar: bool = False
    """Whether it works out nothing but molar values, so that it is not for a mixture."""

    @property
    def endpoint(self) -> str:
        """The endpoint of its page; that of its JSON ends in `_json`."""
        return f"storefront.{self.slug.replace('-', '_')}"


def unrounded(value: Quantity | int | None) -> str:
    """An answer with more figures than are shown of it; empty where nothing was rounded away."""
    if not isinstance(value, Quantity) or not value.value:
        return ""
    more = significant(value.value, UNROUNDED_FIGURES)
    plain = f"{more.normalize():,f}".replace("-", "−")
    space = "" if value.unit.symbol == "%" else " "
    text = f"{plain}{space}{value.unit.symbol}"
    shown = str(value)
    if _digits(shown) == _digits(text):
        return ""
    return _("%(text)s before rounding", text=text)


def _digits(text: str) -> str:
    """A printed figure without the zeros at its end."""
    number = text.split(" ")[0].rstrip("%")
    return number.rstrip("0").rstrip(".") if "." in number else number
