"""What an address asks of a calculator: typed, or filled in from a lot, and the answer to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, SelectField

from shop.compounds.solutions import InputRefused
from shop.compounds.units import Kind
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.web.storefront import asked
from shop.web.storefront.calculators.calculator import Calculator, Worked
from shop.web.storefront.calculators.fields import UNIT_SUFFIX, CalculatorForm, QuantityField, Values
from shop.web.storefront.calculators.material import LotRefused, MaterialUsed, asked_for

LONGEST_INPUT = 100
"""Characters of a field that are kept; a longer one is refused, and shown cut."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A calculator with what an address asked of it. `worked` is None where nothing could be worked out."""

    calculator: Calculator
    form: CalculatorForm
    used: MaterialUsed | None
    lot_error: str
    worked: Worked | None
    values: Values

    @property
    def is_refused(self) -> bool:
        """Whether some input was refused."""
        return bool(self.form.errors or self.lot_error)


def ask(session: Session, calculator: Calculator) -> Asked:
    used, lot_error = None, ""
    try:
        used = asked_for(session)
        if used is not None and used.is_mixture and calculator.is_molar:
            raise LotRefused(
                _(
                    "%(name)s is a mixture: it has no single molar mass, so it has no molarity. The stock "
                    "solution calculator works in mg/mL.",
                    name=used.name,
                )
            )
    except LotRefused as error:
        lot_error = str(error)
    typed, is_asked = _typed(calculator, calculator.fill(used) if used else {})
    form = calculator.form(typed)
    values, worked = Values({}), None
    if is_asked and not lot_error:
        values, worked = work_out(calculator, form, is_mixture=used is not None and used.is_mixture)
    elif used is not None and not lot_error:
        values, worked = _attempt(calculator, typed, used)
    return Asked(
        calculator=calculator, form=form, used=used, lot_error=lot_error, worked=worked, values=values
    )


def _typed(calculator: Calculator, filled: Mapping[str, str]) -> tuple[MultiDict[str, str], bool]:
    """What the form holds, and whether anything was asked.

    A field that is not in the address holds what the certificate says; one that is there and empty is empty.
    """
    empty = calculator.form()
    names = [name for name in empty._fields if name in request.args]
    typed = MultiDict(
        {name: value for name, value in filled.items() if name.removesuffix(UNIT_SUFFIX) not in request.args}
    )
    for name in names:
        typed[name] = asked.text(name, LONGEST_INPUT)
        if f"{name}{UNIT_SUFFIX}" in request.args:
            typed[f"{name}{UNIT_SUFFIX}"] = asked.text(f"{name}{UNIT_SUFFIX}", LONGEST_INPUT)
    return typed, bool(names)


def work_out(
    calculator: Calculator, form: CalculatorForm, *, is_mixture: bool = False
) -> tuple[Values, Worked | None]:
    """What the form says, and the answer; None where a field was refused, which then says why."""
    values = form.understood()
    if is_mixture:
        _refuse_molar(form, values)
    if form.errors:
        return values, None
    with _at_field(calculator, form, values):
        return values, calculator.work_out(values)
    return values, None


def _attempt(
    calculator: Calculator, typed: MultiDict[str, str], used: MaterialUsed
) -> tuple[Values, Worked | None]:
    """The answer that a certificate alone gives; None where more has to be entered first."""
    trial = calculator.form(typed)
    values, worked = work_out(calculator, trial, is_mixture=used.is_mixture)
    return (values, worked) if worked else (Values({}), None)


def _refuse_molar(form: CalculatorForm, values: Values) -> None:
    """A mixture has no molar mass, so nothing molar can be asked of it."""
    for field in form:
        value = values.quantity(field.name)
        if value is not None and value.unit.kind in (Kind.MOLAR_CONCENTRATION, Kind.AMOUNT):
            field.errors = [
                _("This material is a mixture: it has no single molar mass. Work in mg/mL instead.")
            ]


@contextmanager
def _at_field(calculator: Calculator, form: CalculatorForm, values: Values) -> Iterator[None]:
    """Put a refusal at the field it is about; one about several, at the first of them that is in the way."""
    try:
        yield
    except InputRefused as error:
        name = (calculator.renamed or {}).get(error.field, error.field)
        form[name].errors = [str(error)]
    except Refused as error:
        blank = [name for name in calculator.blanks if values.quantity(name) is None]
        name = next(iter(blank or calculator.blanks or form._fields))
        form[name].errors = [str(error)]


def query(answered: Asked) -> dict[str, str]:
    """The question as its shortest address: blanks and usual choices left out."""
    form, found = answered.form, dict(answered.used.parameters) if answered.used else {}
    if not any(field.name in request.args for field in form):
        return found
    filled = answered.calculator.fill(answered.used) if answered.used else {}
    for field in form:
        data = field.data
        if isinstance(field, BooleanField):
            if data:
                found[field.name] = "y"
        elif isinstance(field, SelectField):
            if data != (filled.get(field.name) or field.default):
                found[field.name] = str(data)
        elif data:
            found[field.name] = str(data)
            if isinstance(field, QuantityField) and len(field.units) > 1:
                found[field.unit_name] = field.unit_shown
        elif filled.get(field.name):
            found[field.name] = ""
    return found


def address_of(endpoint: str, query: Mapping[str, str]) -> str:
    """An endpoint of a calculator with its question."""
    return url_for(endpoint) + (f"?{urlencode(query)}" if query else "")
