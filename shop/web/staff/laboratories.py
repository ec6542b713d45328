"""Laboratories and their accreditations: list, add, change, each change with its history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.core import clock
from shop.core.audit import AuditEntry
from shop.core.database import reading
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.inventory import laboratories
from shop.inventory.laboratories import AccreditationFacts, LaboratoryFacts
from shop.inventory.models import Accreditation, LaboratoryRelation
from shop.web.staff import access, frame
from shop.web.staff.forms import (
    RELATIONS,
    AccreditationChangeForm,
    AccreditationForm,
    LaboratoryChangeForm,
    LaboratoryForm,
)
from shop.web.staff.history import Entry
from shop.web.visitor import say


def index() -> Response:
    """Every laboratory, with what it is accredited for today."""
    today = clock.today()
    with frame.building() as session:
        return frame.page(
            session,
            "laboratories",
            section="laboratories",
            rows=[
                {
                    "laboratory": row.laboratory,
                    "url": url_for("staff.laboratory", laboratory_id=row.laboratory.id),
                    "relation": RELATIONS[row.laboratory.relation.value],
                    "accreditations": [
                        f"{each.body} {each.number}"
                        for each in row.laboratory.accreditations
                        if each.valid_from <= today <= each.valid_to
                    ],
                    "certificates": row.certificates,
                }
                for row in laboratories.listed(session)
            ],
        )


def show(laboratory_id: int) -> Response:
    """A laboratory, its accreditations, and what was changed."""
    with frame.building() as session:
        found = laboratories.find(session, laboratory_id)
        return frame.page(
            session,
            "laboratory",
            section="laboratories",
            laboratory=found,
            relation=RELATIONS[found.relation.value],
            today=clock.today(),
            history=[Entry(each.at, _in_words(each)) for each in laboratories.history(session, found.id)],
        )


def add() -> AnyResponse:
    """Add a laboratory."""
    form = LaboratoryForm(request.form)

    def act() -> str:
        laboratory_id = laboratories.add(_facts(form), actor=access.signed_in_staff().actor)
        say(_("%(name)s is added.", name=form.name.data))
        return url_for("staff.laboratory", laboratory_id=laboratory_id)

    return _form_page("laboratory_form", form, act, title=_("Add a laboratory"), back="", laboratory=None)


def change(laboratory_id: int) -> AnyResponse:
    """Change what is known of a laboratory."""
    with reading() as session:
        found = laboratories.find(session, laboratory_id)
        form = LaboratoryChangeForm(request.form or None, data=_as_typed(laboratories.facts_of(found)))

    def act() -> str:
        laboratories.change(
            laboratory_id, _facts(form), actor=access.signed_in_staff().actor, reason=str(form.reason.data)
        )
        say(_("%(name)s is changed.", name=form.name.data))
        return url_for("staff.laboratory", laboratory_id=laboratory_id)

    return _form_page(
        "laboratory_form", form, act, title=_("Change a laboratory"), back="", laboratory=laboratory_id
    )


def add_accreditation(laboratory_id: int) -> AnyResponse:
    """Add an accreditation to a laboratory."""
    form = AccreditationForm(request.form or None, data={"standard": "ISO/IEC 17025"})
    with reading() as session:
        name = laboratories.find(session, laboratory_id).name

    def act() -> str:
        laboratories.add_accreditation(
            laboratory_id, _accreditation_facts(form), actor=access.signed_in_staff().actor
        )
        say(_("The accreditation is added. It counts for certificates published from now on."))
        return url_for("staff.laboratory", laboratory_id=laboratory_id)

    title = _("Add an accreditation of %(name)s", name=name)
    return _form_page("accreditation_form", form, act, title=title, back=name, laboratory=laboratory_id)


def change_accreditation(accreditation_id: int) -> AnyResponse:
    """Change an accreditation."""
    with reading() as session:
        found = session.get(Accreditation, accreditation_id)
        if found is None:
            raise NotFound(_("There is no such accreditation."))
        laboratory_id, name = found.laboratory_id, found.laboratory.name
        facts = laboratories.accreditation_facts_of(found)
        form = AccreditationChangeForm(request.form or None, data=_as_typed(facts))

    def act() -> str:
        laboratories.change_accreditation(
            accreditation_id,
            _accreditation_facts(form),
            actor=access.signed_in_staff().actor,
            reason=str(form.reason.data),
        )
        say(_("The accreditation is changed. Certificates published before keep what was known then."))
        return url_for("staff.laboratory", laboratory_id=laboratory_id)

    title = _("Change an accreditation of %(name)s", name=name)
    return _form_page("accreditation_form", form, act, title=title, back=name, laboratory=laboratory_id)


def _form_page(
    template: str,
    form: LaboratoryForm | AccreditationForm,
    act: Callable[[], str],
    *,
    title: str,
    back: str,
    laboratory: int | None,
) -> AnyResponse:
    """Show a form, or do what it asks and go on; what is refused stays typed."""
    refusal = ""
    if request.method == "POST" and form.validate():
        try:
            return redirect(act(), 303)
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
    failed = request.method == "POST"
    with frame.building() as session:
        return frame.page(
            session,
            template,
            section="laboratories",
            status=400 if failed else 200,
            has_errors=failed,
            form=form,
            refusal=refusal,
            title=title,
            back=back,
            laboratory_id=laboratory,
            action=request.path,
        )


def _facts(form: LaboratoryForm) -> LaboratoryFacts:
    return LaboratoryFacts(
        name=str(form.name.data),
        place=str(form.place.data),
        country=str(form.country.data),
        relation=LaboratoryRelation(form.relation.data),
        portal_url=str(form.portal_url.data or ""),
    )


def _accreditation_facts(form: AccreditationForm) -> AccreditationFacts:
    first, last = form.valid_from.data, form.valid_to.data
    assert first is not None and last is not None  # noqa: S101 - the form is valid
    return AccreditationFacts(
        standard=str(form.standard.data),
        body=str(form.body.data),
        number=str(form.number.data),
        scope_url=str(form.scope_url.data or ""),
        methods=tuple(line.strip() for line in str(form.methods.data).splitlines() if line.strip()),
        valid_from=first,
        valid_to=last,
    )


def _as_typed(facts: LaboratoryFacts | AccreditationFacts) -> dict[str, Any]:
    """Facts as a form holds them."""
    values = dict(vars(facts))
    if isinstance(facts, AccreditationFacts):
        return values | {"methods": "\n".join(facts.methods)}
    return values | {"relation": facts.relation.value}


def _in_words(entry: AuditEntry) -> str:
    what = {
        "laboratory.add": _("Added"),
        "laboratory.change": _("Changed"),
        "accreditation.add": _("Accreditation added"),
        "accreditation.change": _("Accreditation changed"),
    }.get(entry.action, entry.action)
    changes = _changes(entry.before or {}, entry.after or {}) if entry.before else ""
    why = f": {entry.reason}" if entry.reason else ""
    return _("%(what)s by %(who)s%(why)s.%(changes)s", what=what, who=entry.actor, why=why, changes=changes)


def _changes(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What differs, before and after, in brackets."""
    told = [
        f"{name}: {_shown(before.get(name))} → {_shown(value)}"
        for name, value in after.items()
        if before.get(name) != value
    ]
    return f" ({'; '.join(told)})" if told else ""


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value) if value else _("nothing")
