"""Certificates: typed in by one person, compared with the document by another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.wrappers import Response as AnyResponse

from shop.core.database import reading
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory import certificates, lot_index, lots
from shop.inventory.certificate_files import FileRefused
from shop.inventory.certificates import CertificateDetails, TestResult
from shop.inventory.chromatogram import TraceRefused
from shop.inventory.models import (
    CertificateRevision,
    DrawnBy,
    Laboratory,
    LaboratoryRelation,
    Lot,
    LotState,
    SampleOf,
)
from shop.recalls import certificate_news
from shop.web.staff import access, frame, result_rows
from shop.web.staff.forms import CertificateForm, ReleaseForm
from shop.web.staff.result_rows import ResultRow
from shop.web.visitor import say

MEGABYTE = 1024 * 1024


def upload(lot: str) -> AnyResponse:
    """Add a certificate: the document, and what it says. Nothing typed is lost when something is refused."""
    form = CertificateForm(CombinedMultiDict([request.files, request.form]))
    refusals: list[tuple[str, str]] = []
    with frame.building() as session:
        found = lot_index.load(session, lot)
        number, title, later = found.number, found.vial_size.title, bool(found.certificates)
        rows = result_rows.rows_for(found, request.form)
        further = result_rows.further_rows(found, request.form)
        laboratories = list(session.scalars(select(Laboratory.name).order_by(Laboratory.name)))
    if request.method == "POST":
        refusals = _mistakes(form, rows, later=later)
        refusals += [(f"{row.name}-test", row.error) for row in further if row.error]
        if not (refusals or form.errors):
            results = [*result_rows.results(rows), *result_rows.further_results(further)]
            refusals = _attach(number, form, results)
        if not (refusals or form.errors):
            say(_("The certificate is kept. It counts once a second person has compared it."))
            return redirect(url_for("staff.lot", lot=number), 303)
    failed = request.method == "POST"
    with reading() as session:
        return frame.page(
            session,
            "upload_certificate",
            section="lots",
            status=400 if failed else 200,
            has_errors=failed,
            number=number,
            title=title,
            later=later,
            form=form,
            rows=rows,
            further=further,
            refusals=refusals,
            choose_again=failed,
            laboratories=laboratories,
            mass_types=result_rows.mass_types(),
            ions=result_rows.ions(),
            most=settings().certificate_max_bytes // MEGABYTE,
        )


def release(lot: str) -> AnyResponse:
    """Release a lot from quarantine, over the certificate compared here."""
    with reading() as session:
        found = lot_index.load(session, lot)
        number, in_quarantine = found.number, found.state == LotState.QUARANTINE
        chosen = lot_index.waiting_revision(found) or certificates.current(found)
        revision = chosen.revision if chosen else None
    if not in_quarantine or revision is None:
        say(
            _("Lot %(lot)s has no certificate yet.", lot=number)
            if in_quarantine
            else _("Lot %(lot)s is not in quarantine any more.", lot=number)
        )
        return redirect(url_for("staff.lot", lot=number), 303)

    def act(_revision_id: int, note: str) -> None:
        lots.release(number, actor=access.signed_in_staff().actor, reason=note, revision=revision)
        say(_("Lot %(lot)s is released and on sale.", lot=number))

    return _compare(number, revision, act, releasing=True)


def confirm(lot: str, revision: int) -> AnyResponse:
    """Publish a new revision of a lot that has left quarantine, or a report that a later one overtook."""
    with reading() as session:
        found = lot_index.load(session, lot)
        number, in_quarantine = found.number, found.state == LotState.QUARANTINE
        waiting = lot_index.waiting_revision(found)
        is_newest = waiting is not None and waiting.revision == revision
        ready = is_newest or revision in {each.revision for each in lot_index.overtaken(found)}
    if in_quarantine and is_newest:
        return redirect(url_for("staff.release_lot", lot=number))
    if not ready:
        say(_("Revision %(number)s does not wait for a second person.", number=revision))
        return redirect(url_for("staff.lot", lot=number), 303)

    def act(revision_id: int, _note: str) -> None:
        certificates.publish(revision_id, actor=access.signed_in_staff().actor)
        say(_("Revision %(number)s is published.", number=revision))

    return _compare(number, revision, act, releasing=False)


def _compare(number: str, revision: int, act: Callable[[int, str], None], *, releasing: bool) -> AnyResponse:
    form, refusal = ReleaseForm(request.form), ""
    if request.method == "POST" and form.validate():
        with reading() as session:
            revision_id = _revision(lot_index.load(session, number), revision).id
        if form.about.data != str(revision):
            refusal = _("Another certificate was added since this page was made. Compare that one.")
        else:
            try:
                act(revision_id, str(form.reason.data))
                return redirect(url_for("staff.lot", lot=number), 303)
            except Refused as error:
                refusal = str(error)
    failed = request.method == "POST"
    with frame.building() as session:
        lot = lot_index.load(session, number)
        chosen = _revision(lot, revision)
        return frame.page(
            session,
            "compare_certificate",
            section="lots",
            status=400 if failed else 200,
            has_errors=failed,
            lot=lot,
            revision=chosen,
            releasing=releasing,
            uploaded_by_me=chosen.uploaded_by == access.signed_in_staff().actor,
            problems=certificates.problems(lot, chosen),
            told=0 if releasing else certificate_news.would_be_told(session, lot.id, chosen.id),
            form=form,
            refusal=refusal,
            mass_types=dict(result_rows.mass_types()),
            ions=dict(result_rows.ions()),
            action=request.path,
        )


def _revision(lot: Lot, revision: int) -> CertificateRevision:
    found = next((each for each in lot.certificates if each.revision == revision), None)
    if found is None:
        raise NotFound(_("Lot %(lot)s has no such certificate.", lot=lot.number))
    return found


def _mistakes(form: CertificateForm, rows: Sequence[ResultRow], *, later: bool) -> list[tuple[str, str]]:
    """What is wrong before the document is read; of results as control and sentence."""
    form.validate()
    if not request.files.get("document"):
        form.document.errors = [_("Choose the certificate as a PDF file")]
    if later and not form.reason.data:
        form.reason.errors = [_("Say why there is a new revision")]
    if not any(entry.result for row in rows for entry in row.entries):
        return [(rows[0].entries[0].name if rows else "", _("Type at least one result"))]
    return [error for row in rows for error in row.errors]


def _attach(number: str, form: CertificateForm, results: Sequence[TestResult]) -> list[tuple[str, str]]:
    """Keep the certificate; returns what was refused and belongs to no field."""
    trace = request.files.get("chromatogram")
    try:
        certificates.attach(
            number,
            details=_details(form),
            results=results,
            document=request.files["document"].stream.read(),
            trace=trace.stream.read() if trace else None,
            actor=access.signed_in_staff().actor,
        )
    except FileRefused as error:
        form.document.errors = [str(error)]
    except TraceRefused as error:
        form.chromatogram.errors = [str(error)]
    except Refused as error:
        return [("", str(error))]
    except IntegrityError:
        return [("", _("Somebody added a certificate to this lot at the same moment. Look at the lot."))]
    return []


def _details(form: CertificateForm) -> CertificateDetails:
    days = [form.received_on.data, form.tested_from.data, form.tested_to.data, form.issued_on.data]
    received_on, tested_from, tested_to, issued_on = (day for day in days if day is not None)
    return CertificateDetails(
        laboratory=str(form.laboratory.data),
        laboratory_place=str(form.laboratory_place.data),
        laboratory_relation=LaboratoryRelation(form.laboratory_relation.data),
        report_number=str(form.report_number.data),
        drawn_by=DrawnBy(form.drawn_by.data),
        received_on=received_on,
        tested_from=tested_from,
        tested_to=tested_to,
        issued_on=issued_on,
        authorised_by=str(form.authorised_by.data),
        not_tested=str(form.not_tested.data),
        reason=str(form.reason.data),
        sample_id=str(form.sample_id.data),
        sample_of=SampleOf(form.sample_of.data),
        authorised_role=str(form.authorised_role.data),
        retest_to=form.retest_to.data,
        chromatogram_conditions=str(form.chromatogram_conditions.data),
    )
