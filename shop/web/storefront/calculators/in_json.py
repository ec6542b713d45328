"""A calculator as JSON: the numbers and the sentences of the page, for programs."""

from __future__ import annotations

from decimal import Decimal

from flask import jsonify
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, SelectField

from shop.compounds.dilutions import Mixing
from shop.compounds.rounding import significant
from shop.compounds.units import Quantity
from shop.core.database import reading
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.web.storefront import schemas
from shop.web.storefront.calculators import CALCULATORS
from shop.web.storefront.calculators.asking import Asked, address_of, ask, query
from shop.web.storefront.calculators.calculator import Row
from shop.web.storefront.calculators.fields import QuantityField, TypedField, typed

EXACT_FIGURES = 12
"""Of an answer that programs go on calculating with."""


def show(slug: str) -> AnyResponse:
    """The same answer for programs; without a question, what can be asked."""
    with reading() as session:
        answered = ask(session, CALCULATORS[slug]())
        if answered.is_refused:
            body, status = _errors(answered), 400
        else:
            body, status = (_answer(answered) if answered.worked else _description(answered)), 200
        response = jsonify(body)
    response.status_code = status
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Link"] = schemas.link(schemas.CALCULATOR)
    return response


def _answer(answered: Asked) -> dict[str, object]:
    worked = answered.worked
    if worked is None:
        raise ValueError("nothing was worked out")
    return {
        **_head(answered),
        "inputs": _inputs(answered),
        "solved_for": worked.solved_for,
        "answers": {row.name: _row_in_json(row) for row in worked.rows},
        "tubes": [_tube_in_json(number, tube) for number, tube in enumerate(worked.tubes, start=1)],
        "steps": list(worked.answer.steps),
        "assumptions": list(worked.answer.assumptions),
        "warnings": list(worked.answer.warnings),
    }


def _errors(answered: Asked) -> dict[str, object]:
    errors = [
        {"field": field.name, "message": str(field.errors[0])} for field in answered.form if field.errors
    ]
    if answered.lot_error:
        errors.insert(0, {"field": "lot", "message": answered.lot_error})
    return {**_head(answered), "errors": errors}


def _description(answered: Asked) -> dict[str, object]:
    """What can be asked: every field with its units, and an example that works."""
    calculator = answered.calculator
    return {
        **_head(answered),
        "description": calculator.text,
        "fields": [_field_in_json(field) for field in answered.form],
        "leave_one_blank": list(calculator.blanks),
        "example": settings().base_url + address_of(f"{calculator.endpoint}_json", calculator.example),
    }


def _head(answered: Asked) -> dict[str, object]:
    calculator, used = answered.calculator, answered.used
    head: dict[str, object] = {
        "format": "calculator/1",
        "calculator": calculator.slug,
        "title": calculator.title,
        "page": settings().base_url + address_of(calculator.endpoint, query(answered)),
        "use": _("For laboratory research use only. Not for human or veterinary use."),
    }
    if used is not None:
        head["material"] = {
            "name": used.name,
            "salt_form": used.salt_form,
            "is_mixture": used.is_mixture,
            "stated_as": "net peptide" if used.is_net else "gross",
            "mass_in_vial": _quantity_in_json(used.mass),
            "molar_mass_of_free_peptide": _quantity_in_json(used.molar_mass),
            "net_peptide_content": _quantity_in_json(used.content),
            "purity": _quantity_in_json(used.purity),
        }
    if used is not None and used.lot is not None:
        head["lot"] = {
            "number": used.lot.number,
            "certificate": settings().base_url + used.lot.url,
            "certificate_revision": used.lot.revision,
            "newest_revision": used.lot.newest,
            "issued_on": used.lot.issued_on.isoformat(),
            "warning": used.lot.warning,
        }
    return head


def _inputs(answered: Asked) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in answered.values.by_field.items():
        if value is None or value == "" or value is False:
            continue
        found[name] = _quantity_in_json(value) if isinstance(value, Quantity) else _plain(value)
    return found


def _plain(value: object) -> object:
    return value if isinstance(value, (bool, int)) else str(value)


def _row_in_json(row: Row) -> dict[str, object]:
    if row.value is None:
        return {"label": row.label, "text": row.note, "value": None}
    if isinstance(row.value, int):
        return {"label": row.label, "text": str(row.value), "value": str(row.value), "unit": ""}
    return {"label": row.label, **(_quantity_in_json(row.value) or {})}


def _quantity_in_json(value: Quantity | None) -> dict[str, str] | None:
    """A quantity as printed, apart, and with the figures that rounding takes."""
    if value is None:
        return None
    exact = significant(value.value, EXACT_FIGURES).normalize() if value.value else Decimal(0)
    return {"text": str(value), "value": typed(value), "unit": value.unit.symbol, "exact": f"{exact:f}"}


def _tube_in_json(number: int, tube: Mixing) -> dict[str, object]:
    return {
        "tube": number,
        **{
            name: _quantity_in_json(getattr(tube, name))
            for name in ("source", "take", "diluent", "total", "result")
        },
    }


def _field_in_json(field: object) -> dict[str, object]:
    if isinstance(field, SelectField):
        choices = {str(value): str(label) for value, label, *_rest in field.iter_choices()}
        return {
            "name": field.name,
            "label": str(field.label.text),
            "choices": choices,
            "value": str(field.data or ""),
        }
    if isinstance(field, BooleanField):
        return {
            "name": field.name,
            "label": str(field.label.text),
            "choices": {"y": _("yes")},
            "value": "y" if field.data else "",
        }
    if not isinstance(field, TypedField):
        raise TypeError(f"{field!r} is no field of a calculator")
    return {
        "name": field.name,
        "label": str(field.label.text),
        "hint": field.hint,
        "is_needed": bool(field.missing),
        "units": list(field.units),
        "unit_of_a_bare_number": field.assumed_unit if isinstance(field, QuantityField) else None,
        "value": field.data or "",
        "unit": field.unit_shown if isinstance(field, QuantityField) else "",
    }
