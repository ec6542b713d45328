"""The desk for tax exemption certificates: what was sent in, and a person's verdict."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from sqlalchemy import select
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.wrappers import Response as AnyResponse

from shop.core import clock
from shop.core.database import reading
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.inventory.certificate_files import FileRefused
from shop.ordering import exemptions
from shop.ordering.exemptions import ExemptionState, TaxExemption
from shop.ordering.models import Order
from shop.web.checkout.uploads import pdf
from shop.web.staff import access, documents, frame
from shop.web.staff.price_forms import CertificateForm, VerdictForm
from shop.web.staff.prices import choose_country
from shop.web.visitor import say

STATES = {
    ExemptionState.WAITING: _("Waits to be looked at"),
    ExemptionState.ACCEPTED: _("Accepted"),
    ExemptionState.REFUSED: _("Refused"),
    ExemptionState.WITHDRAWN: _("Withdrawn"),
}
MOST_ROWS = 200


def show() -> Response:
    """Every certificate, those that wait first."""
    with frame.building() as session:
        rows = session.scalars(
            select(TaxExemption)
            .order_by((TaxExemption.state == ExemptionState.WAITING).desc(), TaxExemption.id.desc())
            .limit(MOST_ROWS)
        )
        return frame.page(
            session,
            "exemptions",
            section="exemptions",
            rows=[(row, exemptions.place_of(row), STATES[row.state]) for row in rows],
            today=clock.today(),
        )


def one(exemption_id: int) -> AnyResponse:
    """A certificate and the verdict on it."""
    form = VerdictForm(request.form)
    refusal = ""
    if request.method == "POST" and form.validate():
        verdict = request.form.get("do", "")
        known = next((each for each in ExemptionState if each.value == verdict), ExemptionState.WAITING)
        try:
            exemptions.decide(
                exemption_id,
                known,
                actor=access.signed_in_staff().actor,
                reason=str(form.reason.data or ""),
            )
            say(_("Kept: %(state)s.", state=STATES[known]))
            return redirect(url_for("staff.exemptions"), 303)
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
    failed = request.method == "POST"
    with frame.building() as session:
        row = session.get(TaxExemption, exemption_id)
        if row is None:
            raise NotFound(_("There is no such certificate."))
        return frame.page(
            session,
            "exemption",
            section="exemptions",
            status=400 if failed else 200,
            has_errors=failed,
            form=form,
            refusal=refusal,
            row=row,
            place=exemptions.place_of(row),
            state=STATES[row.state],
            orders=session.scalars(
                select(Order).where(Order.exemption_id == row.id).order_by(Order.id.desc()).limit(50)
            ).all(),
            expired=row.expires_on < clock.today(),
        )


def document(exemption_id: int) -> Response:
    """The certificate as it was sent in."""
    with reading() as session:
        row = session.get(TaxExemption, exemption_id)
        if row is None:
            raise NotFound(_("There is no such certificate."))
        sha256, name = row.file_sha256, row.file_name
    return documents.sent_along(sha256, name)


def add() -> AnyResponse:
    """Keep a certificate that came by post or mail; another look at it decides."""
    form = CertificateForm(CombinedMultiDict([request.form, request.files]))
    refusal = ""
    with reading() as session:
        choose_country(session, form)
    if request.method == "POST" and form.validate() and form.expires_on.data is not None:
        actor = access.signed_in_staff().actor
        try:
            sent = pdf(request.files.get("document"))
            if sent is None:
                raise FileRefused("empty", _("Choose the certificate as a PDF"))
            exemption_id = exemptions.send_in(
                organisation=str(form.organisation.data),
                email=str(form.email.data),
                country=str(form.country.data),
                region=str(form.region.data or ""),
                number=str(form.number.data),
                expires_on=form.expires_on.data,
                document=sent,
                actor=actor,
                sent_by=actor,
            )
            return redirect(url_for("staff.exemption", exemption_id=exemption_id), 303)
        except FileRefused as error:
            form.document.errors = [str(error)]
        except Refused as error:
            refusal = str(error)
    failed = request.method == "POST"
    with frame.building() as session:
        return frame.page(
            session,
            "exemption_form",
            section="exemptions",
            status=400 if failed else 200,
            has_errors=failed,
            form=form,
            refusal=refusal,
        )
