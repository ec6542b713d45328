"""The desk of destinations: the countries delivered to, what is not sent where, and the history of both."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Form, SelectField
from wtforms.validators import DataRequired, Optional

from shop.compounds.models import Category, Compound
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.ordering import destinations
from shop.ordering.destination_models import DestinationEffect, DestinationRule
from shop.ordering.destinations import NewDestinationRule, country_name
from shop.web.staff import access, frame
from shop.web.staff.forms import DecisionForm, _words
from shop.web.staff.words import Badge
from shop.web.visitor import say

EFFECTS = {
    DestinationEffect.DELIVER: Badge(_("Delivered to"), "ok"),
    DestinationEffect.REFUSE: Badge(_("Not sent"), "bad"),
    DestinationEffect.LICENCE: Badge(_("Licence needed"), "hold"),
}


class DestinationForm(Form):
    """A rule as staff write it."""

    country = SelectField(_("Country"), validators=[DataRequired(_("Select a country"))])
    effect = SelectField(
        _("What it says"),
        choices={
            "": _("Select one"),
            DestinationEffect.DELIVER.value: _("We deliver to this country"),
            DestinationEffect.REFUSE.value: _("We do not send this there"),
            DestinationEffect.LICENCE.value: _("Only with a licence that a person has seen"),
        },
        validators=[DataRequired(_("Select what the rule says"))],
    )
    about = SelectField(_("What it is about"), validators=[Optional()])
    places = _words(_("Only these places"), None, 20_000)
    reason = _words(_("Reason"), _("Give a reason"))
    source = _words(_("Source"), _("Say where the rule comes from"))


def index() -> Response:
    """The list, the matrix of restrictions, and the rules that have ended."""
    with frame.building() as session:
        rules = destinations.every(session)
        standing = [rule for rule in rules if rule.ended_at is None]
        listed = [rule for rule in standing if rule.effect == DestinationEffect.DELIVER]
        kept_back = [rule for rule in standing if rule.effect != DestinationEffect.DELIVER]
        delivered = {rule.country for rule in listed}
        return frame.page(
            session,
            "destinations",
            section="destinations",
            listed=[_as_row(rule) for rule in sorted(listed, key=lambda each: country_name(each.country))],
            restrictions=[_as_row(rule) | {"idle": rule.country not in delivered} for rule in kept_back],
            matrix=_matrix(kept_back),
            ended=[_as_row(rule) for rule in rules if rule.ended_at is not None],
        )


def rule(rule_id: int) -> AnyResponse:
    """One rule, and ending it."""
    form, refusal = DecisionForm(request.form), ""
    if request.method == "POST" and form.validate():
        try:
            destinations.end(rule_id, actor=access.signed_in_staff().actor, reason=str(form.reason.data))
            say(_("The rule has ended. It counts for no order placed from now on."))
            return redirect(url_for("staff.destinations"), 303)
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
    failed = request.method == "POST"
    with frame.building() as session:
        found = destinations.find(session, rule_id)
        return frame.page(
            session,
            "destination",
            section="destinations",
            status=400 if failed else 200,
            has_errors=failed,
            row=_as_row(found),
            rule=found,
            form=form,
            refusal=refusal,
        )


def add() -> AnyResponse:
    """Put a country on the list, or write what is not sent somewhere."""
    refusal = ""
    with frame.building() as session:
        form = _form(session)
    if request.method == "POST" and form.validate():
        try:
            destinations.add(_written(form), actor=access.signed_in_staff().actor)
            say(_("The rule is in force."))
            return redirect(url_for("staff.destinations"), 303)
        except Refused as error:
            refusal = str(error)
    failed = request.method == "POST"
    with frame.building() as session:
        return frame.page(
            session,
            "destination_form",
            section="destinations",
            status=400 if failed else 200,
            has_errors=failed,
            form=form,
            refusal=refusal,
            action=request.path,
        )


def _form(session: Session) -> DestinationForm:
    form = DestinationForm(request.form or None)
    named = sorted((country_name(code), code) for code in destinations.country_codes())
    form.country.choices = {"": _("Select a country")} | {code: name for name, code in named}
    fields = session.execute(select(Category.id, Category.name).order_by(Category.name))
    compounds = session.execute(select(Compound.id, Compound.name).order_by(Compound.name))
    form.about.choices = (
        {"": _("Everything")}
        | {f"field-{row.id}": _("All of the field %(name)s", name=row.name) for row in fields}
        | {f"compound-{row.id}": row.name for row in compounds}
    )
    return form


def _written(form: DestinationForm) -> NewDestinationRule:
    kind, _hyphen, number = str(form.about.data or "").partition("-")
    return NewDestinationRule(
        country=form.country.data,
        effect=DestinationEffect(form.effect.data),
        reason=str(form.reason.data),
        source=str(form.source.data),
        places=tuple(line.strip() for line in str(form.places.data or "").splitlines() if line.strip()),
        compound_id=int(number) if kind == "compound" else None,
        category_id=int(number) if kind == "field" else None,
    )


def _matrix(rules: list[DestinationRule]) -> dict[str, object]:
    """Countries across, what is restricted down, with what each rule says where they meet."""
    columns = sorted({rule.country for rule in rules}, key=country_name)
    rows: dict[str, dict[str, list[Badge]]] = {}
    for rule in rules:
        badge = EFFECTS[rule.effect]
        label = _("%(what)s in places", what=badge.label) if rule.places else badge.label
        rows.setdefault(_about(rule), {}).setdefault(rule.country, []).append(Badge(label, badge.kind))
    return {
        "columns": [country_name(code) for code in columns],
        "rows": [(name, [cells.get(code, []) for code in columns]) for name, cells in sorted(rows.items())],
    }


def _about(rule: DestinationRule) -> str:
    if rule.compound is not None:
        return rule.compound.name
    if rule.category is not None:
        return _("All of the field %(name)s", name=rule.category.name)
    return _("Everything")


def _as_row(rule: DestinationRule) -> dict[str, object]:
    return {
        "rule": rule,
        "url": url_for("staff.destination", rule_id=rule.id),
        "country": country_name(rule.country),
        "about": _about(rule),
        "places": ", ".join(rule.places.splitlines()) or _("the whole country"),
        "effect": EFFECTS[rule.effect],
    }
