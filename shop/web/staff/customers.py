"""The desk of customers: organisations that applied to buy, what was decided, and until when it holds."""

from __future__ import annotations

from datetime import date

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Form, RadioField
from wtforms.validators import InputRequired

from shop.core import clock
from shop.core.database import reading
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.people import qualification
from shop.people.qualification import Decision, Qualification, QualificationState
from shop.web.checkout.qualification import KINDS
from shop.web.staff import access, frame
from shop.web.staff.documents import PDF, _file
from shop.web.staff.forms import _words
from shop.web.staff.words import Badge
from shop.web.visitor import say


class QualificationDecisionForm(Form):
    """A decision about an application."""

    decision = RadioField(
        _("Decision"),
        choices={Decision.APPROVE.value: _("Approve"), Decision.REFUSE.value: _("Refuse")},
        validators=[InputRequired(_("Choose to approve or to refuse"))],
    )
    reason = _words(_("Reason"), _("Give a reason"))


def index() -> Response:
    """Applications that wait, then every other."""
    with frame.building() as session:
        rows = [_as_row(row) for row in qualification.every(session)]
        return frame.page(session, "customers", section="customers", rows=rows)


def one(number: int) -> AnyResponse:
    """One application, with the decision of a person."""
    form, refusal = QualificationDecisionForm(request.form), ""
    if request.method == "POST" and form.validate():
        try:
            state = qualification.decide(
                number,
                Decision(form.decision.data),
                staff=access.signed_in_staff(),
                reason=str(form.reason.data),
            )
            say(
                _("Your approval is kept. It takes another person too.")
                if state == QualificationState.APPLIED
                else _("The application is decided.")
            )
            return redirect(url_for("staff.customer", number=number), 303)
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
    failed = request.method == "POST"
    with frame.building() as session:
        found = qualification.find(session, number)
        return frame.page(
            session,
            "customer",
            section="customers",
            status=400 if failed else 200,
            has_errors=failed,
            row=_as_row(found),
            found=found,
            decisions=[
                (each.at, each.actor, each.reason, each.decision == Decision.APPROVE)
                for each in found.decisions
            ],
            form=form,
            refusal=refusal,
        )


def evidence(number: int, place: int) -> Response:
    """A document that came with an application."""
    with reading() as session:
        found = qualification.find(session, number)
        if not 1 <= place <= len(found.evidence):
            raise NotFound(_("There is no such document."))
        sha256 = str(found.evidence[place - 1]["sha256"])
    return _file(sha256, f"application-{number}-{place}.pdf", PDF, inline=False)


def _as_row(row: Qualification) -> dict[str, object]:
    return {
        "name": row.organisation.name,
        "url": url_for("staff.customer", number=row.id),
        "orders": url_for("staff.orders", view="all", q=row.organisation.name),
        "kind": KINDS[row.kind.value],
        "badge": _badge(row, clock.today()),
        "applied_at": row.applied_at,
        "expires_on": row.expires_on,
        "confirmed": row.email_verified_at is not None,
    }


def _badge(row: Qualification, today: date) -> Badge:
    if row.state == QualificationState.APPLIED:
        return Badge(_("Waits for a decision"), "hold")
    if row.state == QualificationState.REFUSED:
        return Badge(_("Refused"), "bad")
    if row.expires_on is not None and row.expires_on < today:
        return Badge(_("Run out"), "overdue")
    if row.expires_on is not None and row.expires_on <= today + qualification.TOLD_BEFORE:
        return Badge(_("Approved, ends soon"), "soon")
    return Badge(_("Approved"), "ok")
