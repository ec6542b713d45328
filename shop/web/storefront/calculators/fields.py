"""The fields of the calculators: numbers with their units as typed, understood or refused in a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, Form, SelectField, StringField

from shop.compounds.rounding import printed
from shop.compounds.units import UNITS, Kind, Quantity, number, quantity, unit
from shop.core.errors import Refused
from shop.core.language import gettext as _

UNIT_SUFFIX = "_unit"
"""The parameter with the unit of a field is the field's name and this."""
_RATIO = re.compile(r"1\s*(?::|/|in)\s*(.+)", re.IGNORECASE)

Value = Quantity | Decimal | int | str | bool | None


@dataclass(frozen=True)
class Values:
    """What a form was understood to say, by field."""

    by_field: Mapping[str, Value]

    def quantity(self, name: str) -> Quantity | None:
        """A number with its unit; None where the field was left blank or the form has none."""
        value = self.by_field.get(name)
        return value if isinstance(value, Quantity) else None

    def needed(self, name: str) -> Quantity:
        """The same of a field that refuses to be blank."""
        value = self.by_field[name]
        if not isinstance(value, Quantity):
            raise TypeError(f"{name} may not be blank")
        return value

    def decimal(self, name: str) -> Decimal:
        """A plain number of a field that refuses to be blank."""
        value = self.by_field[name]
        if not isinstance(value, Decimal):
            raise TypeError(f"{name} may not be blank")
        return value

    def count(self, name: str) -> int | None:
        """A whole number; None where the field was left blank."""
        value = self.by_field.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def text(self, name: str) -> str:
        """The value of a choice; empty without one."""
        value = self.by_field.get(name)
        return value if isinstance(value, str) else ""

    def is_ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.by_field.get(name) is True


class TypedField(StringField):
    """A field read from text. `missing` is the sentence where it may not be blank."""

    units: tuple[str, ...] = ()

    def __init__(
        self,
        label: str,
        *,
        hint: str = "",
        width: str = "short",
        missing: str = "",
        blank: str = "",
        **more: Any,
    ) -> None:
        super().__init__(label, **more)
        self.hint = hint
        self.width = width
        self.missing = missing
        self.blank = blank
        """A word beside the label that says what leaving it blank does."""

    def read(self) -> Value:
        """What was typed, understood; None where it was left blank or refused, which `errors` then tells."""
        typed = (self.data or "").strip()
        if not typed:
            if self.missing:
                self.errors = [self.missing]
            return None
        try:
            return self.understood(typed)
        except Refused as error:
            self.errors = [str(error)]
            return None

    def understood(self, typed: str) -> Value:
        """The value of a text that is not blank.

        Raises:
            Refused: it cannot be understood.
        """
        raise NotImplementedError


class QuantityField(TypedField):
    """A number with a unit: chosen beside it, or typed after it, which goes first."""

    def __init__(self, label: str, *kinds: Kind, default_unit: str, **more: Any) -> None:
        super().__init__(label, **more)
        self.kinds = kinds
        self.default_unit = default_unit
        self.chosen_unit = ""
        self.units = tuple(symbol for symbol, each in UNITS.items() if each.kind in kinds and symbol != "Da")
        self.offered = tuple(
            (kind.value, [symbol for symbol in self.units if UNITS[symbol].kind is kind]) for kind in kinds
        )

    @property
    def unit_name(self) -> str:
        """The parameter that carries the unit."""
        return f"{self.name}{UNIT_SUFFIX}"

    @property
    def unit_shown(self) -> str:
        """The unit that the choice shows: as typed, as chosen, or the usual one."""
        typed = re.fullmatch(r"[\s+−-]*[0-9][0-9.,\s]*(?:[eE][+-]?[0-9]+)?(.*)", self.data or "", re.DOTALL)
        for text in (typed[1] if typed else "", self.chosen_unit):
            try:
                if text.strip():
                    return unit(text, *self.kinds).symbol
            except Refused:
                continue
        return self.default_unit

    @property
    def assumed_unit(self) -> str | None:
        """The unit of a bare number; None where a unit has to be given, since two kinds are possible."""
        return self.default_unit if len(self.kinds) == 1 else None

    def process(self, formdata: Any, *args: Any, **named: Any) -> None:
        """Take the unit with the number."""
        super().process(formdata, *args, **named)
        if formdata is not None and self.unit_name in formdata:
            self.chosen_unit = formdata.getlist(self.unit_name)[0]

    def understood(self, typed: str) -> Quantity:
        """The number in the unit typed with it, or else in the one chosen, or else in the usual one."""
        default = unit(self.chosen_unit, *self.kinds).symbol if self.chosen_unit else self.assumed_unit
        found = quantity(typed, *self.kinds, default=default)
        # Also where the arithmetic would not use it: a molar mass of −5 is a slip that the reader should see.
        if found.unit.kind is not Kind.PERCENT and found.value <= 0:
            raise Refused(_("Enter a number above zero"))
        return found


class FactorField(TypedField):
    """A dilution factor: `10`, or `1:10` and `1 in 10`, which mean the same here."""

    def understood(self, typed: str) -> Decimal:
        """The factor as a plain number."""
        ratio = _RATIO.fullmatch(typed)
        return number(ratio[1] if ratio else typed)[0]


class CountField(TypedField):
    """A whole number."""

    def understood(self, typed: str) -> int:
        """The number, which has no part behind a point."""
        value, _figures = number(typed)
        if value != value.to_integral_value():
            raise Refused(_("Enter a whole number"))
        return int(value)


class UnitField(TypedField):
    """A unit to answer in."""

    def __init__(self, label: str, *kinds: Kind, default_unit: str, **more: Any) -> None:
        super().__init__(label, **more)
        self.default_unit = default_unit
        self.units = tuple(symbol for symbol, each in UNITS.items() if each.kind in kinds)
        self.offered = tuple(
            (kind.value, [symbol for symbol in self.units if UNITS[symbol].kind is kind]) for kind in kinds
        )

    @property
    def unit_shown(self) -> str:
        """The unit that the choice shows."""
        try:
            return unit(self.data).symbol if self.data else self.default_unit
        except Refused:
            return self.default_unit

    def understood(self, typed: str) -> str:
        """The symbol of the unit."""
        return unit(typed).symbol


class CalculatorForm(Form):
    """The fields of one calculator."""

    def understood(self) -> Values:
        """Every field as understood; one that could not be says so in its errors."""
        self.validate()
        found: dict[str, Value] = {}
        for field in self:
            if isinstance(field, TypedField):
                found[field.name] = field.read()
            elif isinstance(field, SelectField):
                if field.errors:
                    known = ", ".join(value for value, *_rest in field.iter_choices() if value)
                    field.errors = [_("Choose one of these: %(known)s", known=known)]
                found[field.name] = field.data
            elif isinstance(field, BooleanField):
                found[field.name] = bool(field.data)
        return Values(found)


def in_words(value: Value) -> str:
    """A value as the page repeats it; empty for a blank."""
    if isinstance(value, Decimal):
        return printed(value, None)
    return "" if value is None or isinstance(value, bool) else str(value)


def typed(value: Quantity) -> str:
    """The number of a quantity as a reader would type it, so that reading it again gives the same."""
    return printed(value.value, value.figures).replace(",", "").replace("−", "-")


def choice(label: str, choices: dict[str, str], *, hint: str = "") -> SelectField:
    """A choice of a few; the first stands unless another is made."""
    field: SelectField = SelectField(
        label,
        choices=choices,
        default=next(iter(choices)),
        validate_choice=True,
        description=hint,
    )
    return field
