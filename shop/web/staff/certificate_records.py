"""What is said about a published certificate afterwards: its withdrawal, portal checks, and stability
results.
"""

from __future__ import annotations

from flask import redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from shop.catalogue.models import LimitKind
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.inventory import lot_index, stability, withdrawals
from shop.inventory.models import CertificateRevision, Laboratory, Lot, PortalAnswer
from shop.inventory.stability import StabilityEntry
from shop.recalls import certificate_news
from shop.web.staff import access, frame
from shop.web.staff.forms import PortalCheckForm, StabilityForm, WithdrawalForm
from shop.web.visitor import say


def withdraw(lot: str, revision: int) -> AnyResponse:
    """Take a published revision back."""
    form, refusal = WithdrawalForm(request.form), ""
    if request.method == "POST" and form.validate():
        try:
            withdrawals.withdraw(
                lot, revision, actor=access.signed_in_staff().actor, reason=str(form.reason.data)
            )
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
        else:
            say(_("Revision %(number)s is withdrawn.", number=revision))
            return redirect(url_for("staff.lot", lot=lot.upper()), 303)
    failed = request.method == "POST"
    with frame.building() as session:
        found = lot_index.load(session, lot)
        return frame.page(
            session,
            "withdraw_certificate",
            section="lots",
            status=400 if failed else 200,
            has_errors=failed,
            lot=found,
            revision=_published(found, revision),
            form=form,
            refusal=refusal,
            action=request.path,
            told=certificate_news.would_be_told_of_withdrawal(session, found.id),
        )


def portal_check(lot: str, revision: int) -> AnyResponse:
    """Write down what the laboratory's own page says of a report."""
    form, refusal = PortalCheckForm(request.form), ""
    if request.method == "POST" and form.validate():
        day = form.checked_on.data
        assert day is not None  # noqa: S101 - the form is valid
        try:
            withdrawals.record_portal_check(
                lot,
                revision,
                report_key=str(form.report_key.data),
                checked_on=day,
                fields_matched=list(form.fields_matched.data or ()),
                answer=PortalAnswer(form.answer.data),
                note=str(form.note.data),
                actor=access.signed_in_staff().actor,
            )
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
        else:
            say(_("The check of revision %(number)s is kept.", number=revision))
            return redirect(url_for("staff.lot", lot=lot.upper()), 303)
    failed = request.method == "POST"
    with frame.building() as session:
        found = lot_index.load(session, lot)
        return frame.page(
            session,
            "portal_check",
            section="lots",
            status=400 if failed else 200,
            has_errors=failed,
            lot=found,
            revision=_published(found, revision),
            form=form,
            refusal=refusal,
            action=request.path,
        )


def add_stability(lot: str) -> AnyResponse:
    """Record one result of a stability study of a lot."""
    form, refusal = StabilityForm(request.form), ""
    with frame.building() as session:
        found = lot_index.load(session, lot)
        number = found.number
        earlier = stability.of_lot(session, found.id, confirmed=False)
        form.attribute.choices = {"": _("Select a test")} | {
            test.attribute: f"{test.name}, {test.limit_text}"
            for test in found.product.required_tests
            if test.limit_kind != LimitKind.MASS_WITHIN
        }
        form.laboratory_id.choices = {"": _("Select a laboratory")} | {
            str(laboratory.id): laboratory.name
            for laboratory in session.scalars(select(Laboratory).order_by(Laboratory.name))
        }
        form.replaces.choices = {"": _("None, it is a new result")} | {
            str(each.id): f"{each.name}, {each.condition}, {each.months}: {each.result_text}"
            for each in earlier
        }
    if request.method == "POST" and form.validate():
        try:
            stability.record(number, _entry(form), actor=access.signed_in_staff().actor)
        except Refused as error:
            refusal = str(error)
        else:
            say(_("The result is kept. It is public once a second person has confirmed it."))
            return redirect(url_for("staff.lot_stability", lot=number), 303)
    failed = request.method == "POST"
    with frame.building() as session:
        found = lot_index.load(session, lot)
        return frame.page(
            session,
            "stability_form",
            section="lots",
            status=400 if failed else 200,
            has_errors=failed,
            lot=found,
            form=form,
            refusal=refusal,
            action=request.path,
        )


def show_stability(lot: str) -> AnyResponse:
    """The stability results of a lot, with those that wait for a second person."""
    with frame.building() as session:
        found = lot_index.load(session, lot)
        return frame.page(
            session,
            "stability",
            section="lots",
            lot=found,
            me=access.signed_in_staff().actor,
            results=stability.of_lot(session, found.id, confirmed=False),
        )


def confirm_stability(lot: str, result_id: int) -> AnyResponse:
    """Confirm that a result is what its report says."""
    with frame.building() as session:
        found = lot_index.load(session, lot)
        number = found.number
        if result_id not in {each.id for each in stability.of_lot(session, found.id, confirmed=False)}:
            raise NotFound(_("There is no such result."))
    stability.confirm(result_id, actor=access.signed_in_staff().actor)
    say(_("The result is confirmed and public."))
    return redirect(url_for("staff.lot_stability", lot=number), 303)


def _entry(form: StabilityForm) -> StabilityEntry:
    months, day = form.months.data, form.tested_on.data
    assert months is not None and day is not None  # noqa: S101 - the form is valid
    return StabilityEntry(
        attribute=str(form.attribute.data),
        condition=str(form.condition.data),
        months=months,
        tested_on=day,
        result=str(form.result.data),
        laboratory_id=int(str(form.laboratory_id.data)),
        report_number=str(form.report_number.data),
        replaces=int(form.replaces.data) if form.replaces.data else None,
        reason=str(form.reason.data),
    )


def _published(lot: Lot, revision: int) -> CertificateRevision:
    found = next((each for each in lot.certificates if each.revision == revision), None)
    if found is None or found.published_at is None:
        raise NotFound(_("Lot %(lot)s has no such published certificate.", lot=lot.number))
    return found
