"""A calculator as a page: its form, and the answer with the working shown."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, Field, SelectField

from shop.core.database import reading
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.web.storefront import asked
from shop.web.storefront.calculators import CALCULATORS
from shop.web.storefront.calculators.asking import Asked, address_of, ask, query, work_out
from shop.web.storefront.calculators.calculator import Calculator, Row, unrounded
from shop.web.storefront.calculators.fields import CalculatorForm, Values, in_words


@dataclass(frozen=True, kw_only=True)
class ExampleOnPage:
    """The worked example of a calculator: its inputs, its steps, and its own address."""

    given: list[tuple[str, str]]
    steps: tuple[str, ...]
    url: str


def show(slug: str) -> AnyResponse:
    """The page, with the answer where something was asked."""
    with reading() as session:
        answered = ask(session, CALCULATORS[slug]())
        calculator = answered.calculator
        page = render_template(
            "storefront/calculator.html",
            calculator=calculator,
            form=answered.form,
            fields=answered.form._fields,
            used=answered.used,
            lot_typed=asked.text("lot", 60),
            lot_error=answered.lot_error,
            worked=answered.worked,
            rows=[(row.label, _shown(row), _note(row), row.is_main) for row in _rows(answered)],
            given=_given(calculator, answered.form, answered.values),
            example=_example(calculator),
            address=settings().base_url + address_of(calculator.endpoint, query(answered)),
            json_address=address_of(f"{calculator.endpoint}_json", query(answered)),
            has_errors=answered.is_refused,
            canonical=settings().base_url + url_for(calculator.endpoint),
            **({"robots": "noindex"} if request.args else {}),
        )
    return Response(page, status=400 if answered.is_refused else 200)


def _example(calculator: Calculator) -> ExampleOnPage:
    """The worked example, worked out: none of its figures is written down."""
    form = calculator.form(MultiDict(calculator.example))
    values, worked = work_out(calculator, form)
    if worked is None:
        raise ValueError(f"the example of {calculator.slug} does not work: {form.errors}")
    return ExampleOnPage(
        given=_given(calculator, form, values),
        steps=worked.answer.steps,
        url=address_of(calculator.endpoint, calculator.example),
    )


def _rows(answered: Asked) -> tuple[Row, ...]:
    return answered.worked.rows if answered.worked else ()


def _shown(row: Row) -> str:
    return row.note if row.value is None else str(row.value)


def _note(row: Row) -> str:
    """What stands behind an answer."""
    if row.value is None:
        return ""
    return ", ".join(part for part in (row.note, unrounded(row.value)) if part)


def _given(calculator: Calculator, form: CalculatorForm, values: Values) -> list[tuple[str, str]]:
    """What was asked, by label, as it was understood."""
    given = []
    for field in _in_order(calculator, form):
        value = values.by_field.get(field.name)
        if isinstance(field, SelectField):
            chosen = next((label for key, label, *_rest in field.iter_choices() if key == value), "")
            if value and value != field.default:
                given.append((str(field.label.text), str(chosen)))
        elif isinstance(field, BooleanField):
            if value:
                given.append((str(field.label.text), _("yes")))
        elif words := in_words(value):
            given.append((str(field.label.text), words))
    return given


def _in_order(calculator: Calculator, form: CalculatorForm) -> list[Field]:
    """The fields as the page shows them."""
    return [form[name] for group in calculator.groups for name in group.fields]
