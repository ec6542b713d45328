"""Certificates of analysis: uploaded by one person, published by another, then never changed."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from shop.catalogue.models import RequiredTest
from shop.compounds import substance
from shop.compounds.masses import MassType
from shop.core import audit, clock, files, webhooks
from shop.core.database import locked, writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory import chromatogram, coa_record
from shop.inventory.accredited_scope import accreditation_for, days_of
from shop.inventory.certificate_files import FileRefused, examine, mentions_lot
from shop.inventory.conclusions import Limit, judge, printed_limit
from shop.inventory.models import (
    CertificateRevision,
    CertificateTest,
    Conclusion,
    DrawnBy,
    Laboratory,
    LaboratoryRelation,
    Lot,
    LotState,
    RetestDateChange,
    SampleOf,
)
from shop.inventory.release_checks import problems as problems
from shop.inventory.shelf_life import removal_date


@dataclass(frozen=True, kw_only=True)
class TestResult:
    """One result as typed from the document. `mass_type` and `charge` belong to a mass.

    `performed_on` is the day of this test, where the document gives one. A test that the product does not
    require has a `name`, a `method` and its `limit` as printed, which is empty where it is only reported.
    """

    attribute: str
    result: str
    mass_type: MassType | None = None
    charge: int = 0
    performed_on: date | None = None
    name: str = ""
    method: str = ""
    limit: str = ""


@dataclass(frozen=True, kw_only=True)
class CertificateDetails:
    """What is typed from the document beside the results.

    `retest_to` makes a new revision the report of a retest: the results that it does not repeat are carried
    over from the revision in force, and once published it moves the lot's retest date.
    """

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
    sample_id: str = ""
    sample_of: SampleOf = SampleOf.THIS_LOT
    authorised_role: str = ""
    retest_to: date | None = None


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

    Every required test of the product becomes a row; one without a result is *not tested*. Further tests of
    the document follow, each under its own limit. Conclusions are recomputed from the limits.

    Raises:
        Refused: the document is not fit to be kept, names another lot, a date is out of order, or a result
            cannot be read; the sentence says which.
        NotFound: there is no such lot.
    """
    facts = examine(document, max_bytes=settings().certificate_max_bytes)
    if not facts.has_text:
        raise FileRefused(
            "no_text",
            _(
                "The PDF holds no text, only pictures of it, so nothing shows which lot it is of. Ask the "
                "laboratory for the file its program made."
            ),
        )
    if not mentions_lot(facts, lot_number):
        raise Refused(_("The document does not mention lot %(lot)s. Is it another lot's?", lot=lot_number))
    if trace is not None:
        chromatogram.parse(trace)
    _check_dates(details, results)
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
        if details.retest_to is not None:
            _check_retest(lot, details.retest_to)
        revision = CertificateRevision(
            lot_id=lot.id,
            revision=number,
            reason=details.reason.strip() or None,
            laboratory_id=_laboratory(session, details).id,
            report_number=details.report_number,
            drawn_by=details.drawn_by,
            sample_id=details.sample_id,
            sample_of=details.sample_of,
            received_on=details.received_on,
            tested_from=details.tested_from,
            tested_to=details.tested_to,
            issued_on=details.issued_on,
            authorised_by=details.authorised_by,
            authorised_role=details.authorised_role,
            retest_to=details.retest_to,
            not_tested=details.not_tested,
            document_sha256=sha256,
            chromatogram_sha256=trace_sha256,
            chromatogram_conditions=details.chromatogram_conditions or None,
            uploaded_by=actor,
            uploaded_at=clock.now(),
            tests=_rows(lot, results, carried=current(lot) if details.retest_to is not None else None),
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
    """Publish within a use case's transaction: judge the scope, freeze the rows, seal the record.

    A revision that would not let its lot be sold is not published while the lot is on sale, so that what is
    sold always meets the certificate in force; on hold it is published, because a failing test is not hidden.
    """
    # What is decided here on the lot's state holds until it is committed.
    locked(session, Lot, revision.lot_id)
    lot = find_lot(session, revision.lot.number)
    if revision.published_at is not None:
        raise Refused(_("This revision has been published already."))
    if any(each.revision > revision.revision and each.published_at is not None for each in lot.certificates):
        raise Refused(
            _("A newer revision has been published already. Add a new one where this is still needed.")
        )
    if revision.uploaded_by == actor:
        raise Refused(
            _("You uploaded this certificate. A second person has to confirm it against the document.")
        )
    found = problems(lot, revision)
    if found and lot.state == LotState.RELEASED:
        raise Refused(
            _("With this revision the lot could not be sold. Put lot %(lot)s on hold first.", lot=lot.number)
            + " "
            + " ".join(found)
        )
    for test in revision.tests:
        if test.carried_from is None:
            first, last = days_of(test, revision)
            accreditation = accreditation_for(revision.laboratory.accreditations, test.method, first, last)
            test.in_scope = test.conclusion != Conclusion.NOT_TESTED and accreditation is not None
    if revision.retest_to is not None and not found:
        _move_retest_date(session, lot, revision, actor=actor)
    session.flush()
    coa_record.seal(session, lot, revision, by=actor)
    audit.log(
        session,
        actor=actor,
        action="certificate.publish",
        subject=f"lot/{lot.number}",
        after={"revision": revision.revision, "record": revision.record_sha256},
    )
    webhooks.announce(
        session,
        "certificate.published",
        fact=f"{lot.number}/{revision.revision}",
        about=f"lot/{lot.number}",
        data={"lot": lot.number, "revision": revision.revision, "record_sha256": revision.record_sha256},
    )


def current(lot: Lot) -> CertificateRevision | None:
    """The certificate revision in force: the newest published one, unless that one was withdrawn."""
    found = newest_published(lot)
    return None if found is None or found.withdrawal is not None else found


def newest_published(lot: Lot) -> CertificateRevision | None:
    """The newest published revision of a lot's certificate, withdrawn or not."""
    published = [each for each in lot.certificates if each.published_at is not None]
    return max(published, key=lambda each: each.revision, default=None)


def draft(lot: Lot) -> CertificateRevision | None:
    """The newest revision, while it waits for a second person; an overtaken one waits for nobody."""
    newest = max(lot.certificates, key=lambda each: each.revision, default=None)
    return newest if newest is not None and newest.published_at is None else None


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


@lru_cache(maxsize=10_000)
def names_lot(document_sha256: str, lot_number: str) -> bool:
    """Whether a kept document mentions a lot. Remembered, because a document never changes.

    Raises:
        NotFound: no such document is kept.
    """
    document = files.store().get(document_sha256)
    try:
        facts = examine(document, max_bytes=len(document))
    except FileRefused:
        return False
    return mentions_lot(facts, lot_number)


def _revision(session: Session, revision_id: int) -> CertificateRevision:
    revision = locked(session, CertificateRevision, revision_id)
    if revision is None:
        raise NotFound(_("There is no such certificate."))
    return revision


def _check_retest(lot: Lot, retest_to: date) -> None:
    if current(lot) is None:
        raise Refused(_("Only a lot with a certificate in force can be retested."))
    if lot.retest_on is not None and retest_to <= lot.retest_on:
        raise Refused(_("A retest moves the retest date on. Enter a day after the present one."))
    if lot.expires_on is not None and retest_to > lot.expires_on:
        raise Refused(_("The new retest date lies after the expiry date."))


def _move_retest_date(session: Session, lot: Lot, revision: CertificateRevision, *, actor: str) -> None:
    """Set the retest date that a passed retest gives, and keep the one before it in the history."""
    if revision.retest_to is None:
        raise ValueError(f"revision {revision.id} reports no retest")
    _check_retest(lot, revision.retest_to)
    session.add(
        RetestDateChange(
            lot_id=lot.id,
            revision_id=revision.id,
            before=lot.retest_on,
            after=revision.retest_to,
            at=clock.now(),
            actor=actor,
        )
    )
    lot.retest_on = revision.retest_to
    lot.removal_on = removal_date(lot.retest_on, lot.expires_on, margin_days=settings().lot_margin_days)


def _check_dates(details: CertificateDetails, results: Sequence[TestResult]) -> None:
    if details.tested_from < details.received_on:
        raise Refused(_("The sample was tested before it was received. Check the dates."))
    if details.tested_to < details.tested_from:
        raise Refused(_("Testing ends before it begins. Check the dates."))
    if details.issued_on < details.tested_to:
        raise Refused(_("The certificate was issued before testing ended. Check the dates."))
    if details.issued_on > clock.today():
        raise Refused(_("The issue date lies in the future."))
    for each in results:
        if each.performed_on and not details.tested_from <= each.performed_on <= details.tested_to:
            raise Refused(_("The day of a test lies outside the days on which the sample was tested."))
    if details.retest_to is not None and details.retest_to <= details.issued_on:
        raise Refused(_("The new retest date lies before the report was issued."))


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


def _rows(
    lot: Lot, results: Sequence[TestResult], *, carried: CertificateRevision | None
) -> list[CertificateTest]:
    """A row for every required test, then the further ones. Of a retest, what was not repeated comes from the
    revision in force.
    """
    required = {test.attribute: test for test in lot.product.required_tests}
    further = [each for each in results if each.attribute not in required]
    for each in further:
        _check_further(each, lot)
    names = {each.attribute: each.name for each in further}
    names |= {attribute: test.name for attribute, test in required.items()}
    told = Counter((each.attribute, each.charge) for each in results if each.result.strip())
    for (attribute, _charge), times in told.items():
        if times > 1:
            raise Refused(_("%(test)s has more than one result.", test=names[attribute]))
    rows: list[CertificateTest] = []
    for test in lot.product.required_tests:
        given = [each for each in results if each.attribute == test.attribute and each.result.strip()]
        before = [
            row
            for row in (carried.tests if carried else [])
            if row.attribute == test.attribute and row.conclusion != Conclusion.NOT_TESTED
        ]
        if carried is not None and before and not given:
            rows += [_carried(row, carried, len(rows) + place) for place, row in enumerate(before, start=1)]
            continue
        for result in given or [TestResult(attribute=test.attribute, result="")]:
            limit = _limit_of(test)
            rows.append(_row(lot, test.name, test.method, limit, result, position=len(rows) + 1))
    rows += [
        _row(
            lot,
            each.name.strip(),
            each.method.strip(),
            printed_limit(each.limit),
            each,
            position=len(rows) + place,
        )
        for place, each in enumerate(further, start=1)
    ]
    again = {row.attribute for row in rows}
    left = [row for row in (carried.tests if carried else []) if row.attribute not in again]
    if carried is not None:
        rows += [_carried(row, carried, len(rows) + place) for place, row in enumerate(left, start=1)]
    return rows


def further_attribute(name: str) -> str:
    """The code of a test that no product requires, from its printed name: `Water (KF)` is `water_kf`.

    Raises:
        Refused: the name has no letter or digit that a code can hold.
    """
    plain = unicodedata.normalize("NFKD", name).lower()
    code = re.sub(r"[^a-z0-9]+", "_", plain.encode("ascii", "ignore").decode()).strip("_")[:40].strip("_")
    if not code:
        raise Refused(_("Name the test in letters, such as Water"))
    return code


def _check_further(given: TestResult, lot: Lot) -> None:
    if not given.name.strip() or given.attribute != further_attribute(given.name):
        raise Refused(_("%(product)s has no such test.", product=lot.product.name))
    if not given.method.strip() or not given.result.strip():
        raise Refused(_("%(test)s needs its method and its result.", test=given.name.strip()[:80]))
    for text, most in ((given.name, 80), (given.method, 120), (given.limit, 120)):
        if len(text) > most or not text.isprintable():
            raise Refused(_("Use at most %(most)s letters, digits and punctuation.", most=most))


def _limit_of(test: RequiredTest) -> Limit:
    return Limit(
        kind=test.limit_kind,
        text=test.limit_text,
        lower=test.lower,
        upper=test.upper,
        tolerance=test.tolerance,
        unit=test.unit,
    )


def _carried(row: CertificateTest, revision: CertificateRevision, position: int) -> CertificateTest:
    """A result of an earlier revision, with its own day and scope."""
    return CertificateTest(
        position=position,
        attribute=row.attribute,
        name=row.name,
        method=row.method,
        limit_kind=row.limit_kind,
        limit_text=row.limit_text,
        lower=row.lower,
        upper=row.upper,
        tolerance=row.tolerance,
        unit=row.unit,
        result_text=row.result_text,
        result_number=row.result_number,
        qualifier=row.qualifier,
        performed_on=row.performed_on or (revision.tested_to if row.carried_from is None else None),
        in_scope=row.in_scope,
        carried_from=row.carried_from or revision.revision,
        charge=row.charge,
        mass_type=row.mass_type,
        theoretical_mass=row.theoretical_mass,
        conclusion=row.conclusion,
    )


def _row(
    lot: Lot, name: str, method: str, limit: Limit, given: TestResult, *, position: int
) -> CertificateTest:
    outcome = judge(
        limit,
        given.result,
        composition=substance.elements(lot.product.compound),
        mass_type=given.mass_type,
        charge=given.charge,
    )
    return CertificateTest(
        position=position,
        attribute=given.attribute,
        name=name,
        method=method,
        limit_kind=limit.kind,
        limit_text=limit.text,
        lower=limit.lower,
        upper=limit.upper,
        tolerance=limit.tolerance,
        unit=limit.unit,
        result_text=None if outcome.conclusion == Conclusion.NOT_TESTED else given.result.strip(),
        result_number=outcome.number,
        qualifier=outcome.qualifier,
        performed_on=given.performed_on,
        charge=given.charge,
        mass_type=given.mass_type.value if given.mass_type else None,
        theoretical_mass=outcome.theoretical,
        conclusion=outcome.conclusion,
    )


def tests_of(lot: Lot, results: Sequence[TestResult]) -> list[CertificateTest]:
    """The test rows of a certificate: every required test and the further ones, conclusions from the limits.

    Raises:
        Refused: a test is none of the product's, is told twice, or its result cannot be read.
    """
    return _rows(lot, results, carried=None)
