"""Certificates of analysis: uploaded by one person, published by another, then never changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from shop.catalogue.models import RequiredTest
from shop.compounds import substance
from shop.compounds.masses import MassType
from shop.core import audit, clock, files
from shop.core.database import locked, writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory import chromatogram
from shop.inventory.certificate_files import examine, mentions_lot
from shop.inventory.conclusions import Limit, judge
from shop.inventory.models import (
    CertificateRevision,
    CertificateTest,
    Conclusion,
    DrawnBy,
    Laboratory,
    LaboratoryRelation,
    Lot,
)


@dataclass(frozen=True, kw_only=True)
class TestResult:
    """One result as typed from the document. `mass_type` and `charge` belong to a mass."""

    attribute: str
    result: str
    mass_type: MassType | None = None
    charge: int = 0


@dataclass(frozen=True, kw_only=True)
class CertificateDetails:
    """What is typed from the document beside the results."""

    laboratory: str
    laboratory_place: str
    laboratory_relation: LaboratoryRelation
    report_number: str
    drawn_by: DrawnBy
    received_on: date
    tested_from: date
    tested_to: date
    issued_on: date
    authorised_by: str
    not_tested: str
    reason: str = ""
    chromatogram_conditions: str = ""


def attach(
    lot_number: str,
    *,
    details: CertificateDetails,
    results: Sequence[TestResult],
    document: bytes,
    trace: bytes | None,
    actor: str,
) -> int:
    """Keep a certificate for a lot as a draft revision; returns its id.

    Every required test of the product becomes a row; one without a result is *not tested*. Conclusions are
    recomputed from the limits.

    Raises:
        Refused: the document is not fit to be kept, names another lot, a date is out of order, or a result
            cannot be read; the sentence says which.
        NotFound: there is no such lot.
    """
    facts = examine(document, max_bytes=settings().certificate_max_bytes)
    if facts.has_text and not mentions_lot(facts, lot_number):
        raise Refused(_("The document does not mention lot %(lot)s. Is it another lot's?", lot=lot_number))
    if trace is not None:
        chromatogram.parse(trace)
    _check_dates(details)
    kept = files.store()
    sha256 = kept.put(document)
    trace_sha256 = kept.put(trace) if trace is not None else None
    with writing() as session:
        # Two uploads for one lot take turns, so that each gets a revision of its own.
        locked(session, Lot, find_lot(session, lot_number).id)
        lot = find_lot(session, lot_number)
        files.record(session, sha256, size=len(document), media_type="application/pdf")
        if trace is not None and trace_sha256 is not None:
            files.record(session, trace_sha256, size=len(trace), media_type="text/csv")
        number = 1 + max((each.revision for each in lot.certificates), default=0)
        if number > 1 and not details.reason.strip():
            raise Refused(_("Say why there is a new revision."))
        revision = CertificateRevision(
            lot_id=lot.id,
            revision=number,
            reason=details.reason.strip() or None,
            laboratory_id=_laboratory(session, details).id,
            report_number=details.report_number,
            drawn_by=details.drawn_by,
            received_on=details.received_on,
            tested_from=details.tested_from,
            tested_to=details.tested_to,
            issued_on=details.issued_on,
            authorised_by=details.authorised_by,
            not_tested=details.not_tested,
            document_sha256=sha256,
            chromatogram_sha256=trace_sha256,
            chromatogram_conditions=details.chromatogram_conditions or None,
            uploaded_by=actor,
            uploaded_at=clock.now(),
            tests=_rows(lot, results),
        )
        session.add(revision)
        try:
            session.flush()
        except IntegrityError:
            raise Refused(_("Another certificate was added meanwhile. Look at the lot again.")) from None
        audit.log(
            session,
            actor=actor,
            action="certificate.upload",
            subject=f"lot/{lot.number}",
            after={"revision": number, "document": sha256},
        )
        return revision.id


def publish(revision_id: int, *, actor: str) -> None:
    """Confirm that a draft says what its document says, and publish it. It never changes again.

    Raises:
        Refused: the same person uploaded it, or it is published already.
    """
    with writing() as session:
        publish_in(session, _revision(session, revision_id), actor=actor)


def publish_in(session: Session, revision: CertificateRevision, *, actor: str) -> None:
    """Publish within a use case's transaction."""
    if revision.published_at is not None:
        raise Refused(_("This revision has been published already."))
    if revision.uploaded_by == actor:
        raise Refused(
            _("You uploaded this certificate. A second person has to confirm it against the document.")
        )
    revision.confirmed_by, revision.published_at = actor, clock.now()
    session.flush()
    audit.log(
        session,
        actor=actor,
        action="certificate.publish",
        subject=f"lot/{revision.lot.number}",
        after={"revision": revision.revision},
    )


def current(lot: Lot) -> CertificateRevision | None:
    """The newest published revision of a lot's certificate."""
    published = [each for each in lot.certificates if each.published_at is not None]
    return max(published, key=lambda each: each.revision, default=None)


def draft(lot: Lot) -> CertificateRevision | None:
    """The newest revision, while it waits for a second person; an overtaken one waits for nobody."""
    newest = max(lot.certificates, key=lambda each: each.revision, default=None)
    return newest if newest is not None and newest.published_at is None else None


def problems(lot: Lot, revision: CertificateRevision | None) -> list[str]:
    """What keeps a lot from release: no certificate, a test missing, or a result outside its limit."""
    if revision is None:
        return [_("There is no certificate yet.")]
    rows = {test.attribute: test for test in revision.tests}
    found = []
    for required in lot.product.required_tests:
        test = rows.get(required.attribute)
        if test is None or test.conclusion == Conclusion.NOT_TESTED:
            found.append(_("%(test)s is required and was not tested.", test=required.name))
    found += [
        _(
            "%(test)s is outside its limit: %(result)s, limit %(limit)s.",
            test=test.name,
            result=test.result_text,
            limit=test.limit_text,
        )
        for test in revision.tests
        if test.conclusion == Conclusion.FAILS
    ]
    return found


def find_lot(session: Session, number: str) -> Lot:
    """A lot by its number, without regard to case, with its certificates and tests.

    Raises:
        NotFound: there is no such lot.
    """
    wanted = number.strip().upper()
    lot = session.scalar(
        select(Lot)
        # What cannot be printed is no lot number, and PostgreSQL would not even take a NUL.
        .where(Lot.number == (wanted if wanted.isprintable() else ""))
        .options(
            selectinload(Lot.certificates).selectinload(CertificateRevision.tests), selectinload(Lot.events)
        )
        .execution_options(populate_existing=True)
    )
    if lot is None:
        raise NotFound(_("We have no lot %(lot)s.", lot=wanted))
    return lot


def _revision(session: Session, revision_id: int) -> CertificateRevision:
    revision = locked(session, CertificateRevision, revision_id)
    if revision is None:
        raise NotFound(_("There is no such certificate."))
    return revision


def _check_dates(details: CertificateDetails) -> None:
    if details.tested_from < details.received_on:
        raise Refused(_("The sample was tested before it was received. Check the dates."))
    if details.tested_to < details.tested_from:
        raise Refused(_("Testing ends before it begins. Check the dates."))
    if details.issued_on < details.tested_to:
        raise Refused(_("The certificate was issued before testing ended. Check the dates."))
    if details.issued_on > clock.today():
        raise Refused(_("The issue date lies in the future."))


def _laboratory(session: Session, details: CertificateDetails) -> Laboratory:
    found = session.scalar(select(Laboratory).where(Laboratory.name == details.laboratory))
    if found is None:
        found = Laboratory(
            name=details.laboratory,
            place=details.laboratory_place,
            relation=details.laboratory_relation,
        )
        session.add(found)
        session.flush()
    return found


def _rows(lot: Lot, results: Sequence[TestResult]) -> list[CertificateTest]:
    required = {test.attribute: test for test in lot.product.required_tests}
    unknown = {result.attribute for result in results} - set(required)
    if unknown:
        raise Refused(_("%(product)s has no such test.", product=lot.product.name))
    told = Counter((each.attribute, each.charge) for each in results if each.result.strip())
    for (attribute, _charge), times in told.items():
        if times > 1:
            raise Refused(_("%(test)s has more than one result.", test=required[attribute].name))
    rows: list[CertificateTest] = []
    for test in lot.product.required_tests:
        given = [each for each in results if each.attribute == test.attribute and each.result.strip()]
        for result in given or [TestResult(attribute=test.attribute, result="")]:
            rows.append(_row(lot, test, result, position=len(rows) + 1))
    return rows


def _row(lot: Lot, test: RequiredTest, given: TestResult, *, position: int) -> CertificateTest:
    outcome = judge(
        Limit(
            kind=test.limit_kind,
            text=test.limit_text,
            lower=test.lower,
            upper=test.upper,
            tolerance=test.tolerance,
        ),
        given.result,
        composition=substance.elements(lot.product.compound),
        mass_type=given.mass_type,
        charge=given.charge,
    )
    return CertificateTest(
        position=position,
        attribute=test.attribute,
        name=test.name,
        method=test.method,
        limit_kind=test.limit_kind,
        limit_text=test.limit_text,
        lower=test.lower,
        upper=test.upper,
        tolerance=test.tolerance,
        unit=test.unit,
        result_text=None if outcome.conclusion == Conclusion.NOT_TESTED else given.result.strip(),
        result_number=outcome.number,
        charge=given.charge,
        mass_type=given.mass_type.value if given.mass_type else None,
        theoretical_mass=outcome.theoretical,
        conclusion=outcome.conclusion,
    )


def tests_of(lot: Lot, results: Sequence[TestResult]) -> list[CertificateTest]:
    """The test rows of a certificate: every required test of the product, conclusions from the limits.

    Raises:
        Refused: a test is none of the product's, is told twice, or its result cannot be read.
    """
    return _rows(lot, results)
