"""Certificates: attached by one person, published by another, corrected by a new revision, never changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from io import BytesIO

import pytest
from builders import found_by_audit, make_lot, make_ready_to_sell, make_size, order_for, someone
from flask import Flask
from pypdf import PdfWriter
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.catalogue.models import LimitKind, Product, RequiredTest
from shop.compounds.masses import MassType
from shop.core import append_only, clock, files
from shop.core.audit import AuditEntry
from shop.core.database import db, reading, writing
from shop.core.errors import NotFound, Refused
from shop.core.outbox import OutboxMessage
from shop.demo.specimen_certificates import SpecimenCertificate, SpecimenTest, specimen_certificate_pdf
from shop.inventory import certificates, lots, stability, withdrawals
from shop.inventory.certificate_files import FileRefused
from shop.inventory.certificates import CertificateDetails
from shop.inventory.certificates import TestResult as Result
from shop.inventory.lots import NewLot
from shop.inventory.models import (
    CertificateRevision,
    CertificateTest,
    Conclusion,
    DrawnBy,
    LaboratoryRelation,
    Lot,
    LotState,
    Reservation,
)
from shop.ordering import fulfilment

LOT = "SMX-2609-B"
UPLOADER, CONFIRMER = "u@shop.example", "c@shop.example"
DETAILS = CertificateDetails(
    laboratory="Norrland Analytical AB (specimen laboratory)",
    laboratory_place="Uppsala, Sweden",
    laboratory_relation=LaboratoryRelation.INDEPENDENT,
    report_number="26-4471",
    drawn_by=DrawnBy.SELLER,
    received_on=date(2026, 9, 10),
    tested_from=date(2026, 9, 11),
    tested_to=date(2026, 9, 16),
    issued_on=date(2026, 9, 18),
    authorised_by="T. Lindqvist",
    not_tested="endotoxin, sterility",
)
MASS = Result(attribute="identity_ms", result="813.36", mass_type=MassType.MONOISOTOPIC)
RESULTS = (
    Result(attribute="purity_hplc", result="99.20%"),
    MASS,
    Result(attribute="water", result="4.1%"),
)


@cache
def document(lot_number: str = LOT, report: str = "26-4471") -> bytes:
    """A real PDF that names a lot."""
    return specimen_certificate_pdf(
        SpecimenCertificate(
            laboratory="Norrland Analytical AB (specimen laboratory)",
            laboratory_place="Uppsala, Sweden",
            laboratory_relation="Independent of the seller",
            accreditation="ISO/IEC 17025, specimen",
            report_number=report,
            revision=1,
            reason="",
            product="Semax",
            catalogue_number="AL-0813",
            substance=(("CAS number", "80714-61-0"),),
            lot_number=lot_number,
            manufactured_on=date(2026, 9, 2),
            retest_on=date(2036, 9, 18),
            expires_on=None,
            sample="S-9, from this filled lot",
            drawn_by="The seller",
            received_on=date(2026, 9, 10),
            tested_from=date(2026, 9, 11),
            tested_to=date(2026, 9, 16),
            issued_on=date(2026, 9, 18),
            tests=(SpecimenTest("Purity", "RP-HPLC, 220 nm", "≥ 98.0%", "99.20%", "Meets"),),
            not_tested="endotoxin, sterility",
            mass_type="monoisotopic",
            identity=(),
            authorised_by="T. Lindqvist",
            authorised_role="quality manager",
        )
    )


@pytest.fixture
def sku(shop: Flask) -> str:
    """A vial size whose product requires purity, identity by mass and water."""
    make_ready_to_sell()
    sku = make_size()
    with writing() as session:
        product_id = session.scalars(select(Product.id)).one()
        session.add_all(
            [
                RequiredTest(
                    product_id=product_id,
                    position=3,
                    attribute="water",
                    name="Water",
                    method="Karl Fischer",
                    limit_kind=LimitKind.AT_MOST,
                    limit_text="≤ 8.0%",
                    upper=Decimal("8.0"),
                    unit="%",
                ),
            ]
        )
    return sku


@pytest.fixture
def lot(sku: str) -> str:
    """A lot in quarantine without a certificate."""
    lots.receive(
        NewLot(
            number=LOT,
            sku=sku,
            manufacturer="Specimen Maker",
            manufactured_on=date(2026, 9, 2),
            filled_on=date(2026, 9, 3),
            retest_on=date(2036, 9, 18),
            expires_on=None,
            vials=24,
            bin="F2-A-01",
        ),
        actor=UPLOADER,
    )
    return LOT


def attach(
    number: str = LOT,
    *,
    details: CertificateDetails = DETAILS,
    results: tuple[Result, ...] = RESULTS,
    pdf: bytes | None = None,
    trace: bytes | None = None,
    actor: str = UPLOADER,
) -> int:
    return certificates.attach(
        number, details=details, results=results, document=pdf or document(), trace=trace, actor=actor
    )


def rows(revision_id: int) -> list[tuple[str, str | None, Decimal | None, Conclusion]]:
    with reading() as session:
        tests = session.scalars(
            select(CertificateTest)
            .where(CertificateTest.revision_id == revision_id)
            .order_by(CertificateTest.position)
        )
        return [(test.attribute, test.result_text, test.result_number, test.conclusion) for test in tests]


def count_of_revisions() -> int:
    with reading() as session:
        return len(session.scalars(select(CertificateRevision.id)).all())


def test_a_certificate_is_kept_as_sent_in_with_every_required_test_as_a_row(lot: str) -> None:
    revision_id = attach()
    assert rows(revision_id) == [
        ("purity_hplc", "99.20%", Decimal("99.20"), Conclusion.MEETS),
        ("identity_ms", "813.36", Decimal("813.36"), Conclusion.MEETS),
        ("water", "4.1%", Decimal("4.1"), Conclusion.MEETS),
    ]
    with reading() as session:
        revision = session.get_one(CertificateRevision, revision_id)
        assert (revision.revision, revision.uploaded_by, revision.published_at) == (1, UPLOADER, None)
        assert revision.document_sha256 == hashlib.sha256(document()).hexdigest()
        assert files.store().get(revision.document_sha256) == document()
        mass = revision.tests[1]
        assert mass.theoretical_mass is not None
        assert round(mass.theoretical_mass, 3) == Decimal("813.348")
        assert mass.mass_type == "monoisotopic"
        assert str(revision.tests[0].result_number) == "99.20", "98.60 stays 98.60"
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "certificate.upload")).one()
        assert (entry.actor, entry.subject) == (UPLOADER, f"lot/{LOT}")


def test_what_was_not_tested_is_a_row_that_says_so(lot: str) -> None:
    for results in ((RESULTS[0], MASS), (*RESULTS[:2], Result(attribute="water", result="NT"))):
        details = replace(DETAILS, reason="" if count_of_revisions() == 0 else "typing error")
        revision_id = attach(results=results, details=details)
        assert rows(revision_id)[2] == ("water", None, None, Conclusion.NOT_TESTED)
        with reading() as session:
            revision = session.get_one(CertificateRevision, revision_id)
            assert certificates.problems(revision.lot, revision) == ["Water is required and was not tested."]


def test_a_failing_result_is_kept_and_named(lot: str) -> None:
    results = (
        Result(attribute="purity_hplc", result="97.2%"),
        replace(MASS, result="814.36"),
        Result(attribute="water", result="8.40%"),
    )
    revision_id = attach(results=results)
    assert [row[3] for row in rows(revision_id)] == [Conclusion.FAILS] * 3
    with pytest.raises(Refused) as refusal:
        lots.release(LOT, actor=CONFIRMER, reason="")
    for name in ("Purity", "Identity", "Water"):
        assert f"{name} is outside its limit" in str(refusal.value)


def test_a_mass_may_be_given_for_several_ions_each_a_row_of_its_own(lot: str) -> None:
    ions = (replace(MASS, result="814.36", charge=1), replace(MASS, result="407.68", charge=2))
    revision_id = attach(results=(RESULTS[0], *ions, RESULTS[2]))
    assert [row[1:] for row in rows(revision_id)][1:3] == [
        ("814.36", Decimal("814.36"), Conclusion.MEETS),
        ("407.68", Decimal("407.68"), Conclusion.MEETS),
    ]


def test_a_document_that_names_another_lot_is_refused(lot: str) -> None:
    for other in ("SMX-2609-C", "SMX-2609-BA", "XSMX-2609-B"):
        with pytest.raises(Refused, match=f"does not mention lot {LOT}"):
            attach(pdf=document(other))
    assert count_of_revisions() == 0


def test_what_cannot_be_right_is_refused_in_words_and_nothing_is_kept(lot: str) -> None:
    day = timedelta(days=1)
    wrong_details: list[tuple[CertificateDetails, str]] = [
        (replace(DETAILS, tested_from=DETAILS.received_on - day), "before it was received"),
        (replace(DETAILS, tested_to=DETAILS.tested_from - day), "ends before it begins"),
        (replace(DETAILS, issued_on=DETAILS.tested_to - day), "before testing ended"),
        (replace(DETAILS, issued_on=clock.today() + day), "in the future"),
    ]
    for details, sentence in wrong_details:
        with pytest.raises(Refused, match=sentence):
            attach(details=details)
    wrong_results: list[tuple[tuple[Result, ...], str]] = [
        ((Result(attribute="endotoxin", result="1"),), "no such test"),
        ((Result(attribute="purity_hplc", result="pure"),), "not a number"),
        ((replace(MASS, mass_type=None),), "monoisotopic or average"),
        ((replace(MASS, charge=21),), "charge"),
        ((RESULTS[0], RESULTS[0]), "Purity has more than one result"),
        ((MASS, replace(MASS, result="813.40")), "Identity has more than one result"),
    ]
    for results, sentence in wrong_results:
        with pytest.raises(Refused, match=sentence):
            attach(results=results)
    with pytest.raises(Refused, match="not a PDF"):
        attach(pdf=b"GIF89a")
    with pytest.raises(Refused):
        attach(trace=b"not,a\ntrace")
    with pytest.raises(NotFound, match="no lot SMX-2609-C"):
        attach("SMX-2609-C", pdf=document("SMX-2609-C"))
    assert count_of_revisions() == 0


def test_the_database_itself_refuses_dates_out_of_order_and_a_single_pair_of_eyes(lot: str) -> None:
    attach()
    for change in (
        "tested_from = '2026-09-01'",
        "tested_to = '2026-09-10'",
        "issued_on = '2026-09-15'",
        "revision = 0",
        "revision = 2",
        "confirmed_by = 'x'",
        "published_at = '2026-09-20 00:00:00+00:00'",
        "confirmed_by = uploaded_by, published_at = '2026-09-20 00:00:00+00:00'",
    ):
        with pytest.raises(IntegrityError), writing() as session:
            session.execute(text(f"UPDATE certificate_revision SET {change}"))


def test_only_a_second_person_publishes_and_only_once(lot: str) -> None:
    revision_id = attach()
    with pytest.raises(Refused, match="second person"):
        certificates.publish(revision_id, actor=UPLOADER)
    certificates.publish(revision_id, actor=CONFIRMER)
    with pytest.raises(Refused, match="published already"):
        certificates.publish(revision_id, actor="third@shop.example")
    with pytest.raises(NotFound):
        certificates.publish(987_654, actor=CONFIRMER)
    with reading() as session:
        assert session.get_one(CertificateRevision, revision_id).confirmed_by == CONFIRMER
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "certificate.publish")).one()
        assert entry.actor == CONFIRMER


FORBIDDEN_ONCE_PUBLISHED = (
    "UPDATE certificate_revision SET not_tested = 'nothing'",
    "UPDATE certificate_revision SET published_at = NULL, confirmed_by = NULL",
    "DELETE FROM certificate_revision WHERE published_at IS NOT NULL",
    "UPDATE certificate_test SET result_text = '99.9%'",
    "UPDATE certificate_test SET conclusion = 'meets'",
    "DELETE FROM certificate_test",
    "INSERT INTO certificate_test (revision_id, position, attribute, name, method, limit_kind, limit_text, "
    "unit, result_text, charge, conclusion) SELECT revision_id, 9, 'extra', name, method, limit_kind, "
    "limit_text, unit, result_text, charge, conclusion FROM certificate_test WHERE position = 1",
)


def test_a_published_certificate_is_frozen_even_by_hand(lot: str) -> None:
    revision_id = attach()
    certificates.publish(revision_id, actor=CONFIRMER)
    before = rows(revision_id)
    for statement in FORBIDDEN_ONCE_PUBLISHED:
        with pytest.raises(IntegrityError, match="published certificate"), writing() as session:
            session.execute(text(statement))
    if db.engine.dialect.name == "sqlite":
        columns = "id, revision_id, position, attribute, name, method, limit_kind, limit_text, unit, charge"
        with pytest.raises(IntegrityError, match="published certificate"), writing() as session:
            session.execute(
                text(
                    f"INSERT OR REPLACE INTO certificate_test ({columns}, result_text, conclusion) "
                    f"SELECT {columns}, '99.9%', 'meets' FROM certificate_test"
                )
            )
    assert rows(revision_id) == before


def test_no_test_can_be_moved_from_a_draft_into_a_published_certificate(lot: str) -> None:
    first = attach()
    certificates.publish(first, actor=CONFIRMER)
    second = attach(details=replace(DETAILS, reason="water result added"), results=RESULTS[:2])
    with pytest.raises(IntegrityError, match="published certificate"), writing() as session:
        session.execute(
            text(
                "UPDATE certificate_test SET revision_id = :to, position = 9, attribute = 'extra' "
                "WHERE revision_id = :of AND position = 3"
            ),
            {"to": first, "of": second},
        )
    assert len(rows(first)) == 3


def test_a_draft_may_still_be_corrected_by_hand(lot: str) -> None:
    revision_id = attach()
    with writing() as session:
        session.execute(text("UPDATE certificate_test SET method = 'RP-HPLC, 214 nm' WHERE position = 1"))
    with reading() as session:
        assert session.get_one(CertificateRevision, revision_id).tests[0].method == "RP-HPLC, 214 nm"


def test_a_correction_is_a_new_revision_with_a_reason_and_the_old_one_stays(lot: str) -> None:
    first = attach()
    certificates.publish(first, actor=CONFIRMER)
    before = rows(first)
    for reason in ("", "   "):
        with pytest.raises(Refused, match="why there is a new revision"):
            attach(details=replace(DETAILS, reason=reason))
    results = (Result(attribute="purity_hplc", result="98.9%"), *RESULTS[1:])
    second = attach(details=replace(DETAILS, reason="integration corrected"), results=results)
    with reading() as session:
        found = certificates.find_lot(session, LOT.lower())
        current, draft = certificates.current(found), certificates.draft(found)
        assert current is not None and current.id == first, "a draft is not in force"
        assert draft is not None and draft.id == second
    certificates.publish(second, actor=CONFIRMER)
    with reading() as session:
        found = certificates.find_lot(session, LOT)
        current = certificates.current(found)
        assert current is not None
        assert (current.id, current.revision, current.reason) == (second, 2, "integration corrected")
        assert certificates.draft(found) is None
    assert rows(first) == before
    with pytest.raises(IntegrityError), writing() as session:
        session.execute(
            text(
                "INSERT INTO certificate_revision (lot_id, revision, laboratory_id, report_number, drawn_by, "
                "received_on, tested_from, tested_to, issued_on, authorised_by, not_tested, document_sha256, "
                "uploaded_by, uploaded_at) SELECT lot_id, 3, laboratory_id, report_number, drawn_by, "
                "received_on, tested_from, tested_to, issued_on, authorised_by, not_tested, document_sha256, "
                "uploaded_by, uploaded_at FROM certificate_revision WHERE revision = 1"
            )
        )


def test_a_draft_that_was_overtaken_by_a_published_revision_waits_no_more(lot: str) -> None:
    attach(results=())
    later = attach(details=replace(DETAILS, reason="complete"))
    certificates.publish(later, actor=CONFIRMER)
    with reading() as session:
        assert certificates.draft(certificates.find_lot(session, LOT)) is None


def test_an_order_keeps_the_certificate_that_applied_when_it_was_placed(sku: str) -> None:
    number = make_lot(sku, 9, number=LOT)
    packer = someone("warehouse", "sales")
    before = order_for({sku: 1})
    second = attach(details=replace(DETAILS, reason="retested"), pdf=document(report="26-5000"))
    waiting = order_for({sku: 1})
    certificates.publish(second, actor=CONFIRMER)
    after = order_for({sku: 1})
    with reading() as session:
        kept = [
            each.certificate.revision
            for each in session.scalars(select(Reservation).order_by(Reservation.id))
        ]
    assert kept == [1, 1, 2], "a draft does not apply to anybody"
    for placed in (before, after):
        fulfilment.approve(placed.order_id, staff=packer, reason="")
        fulfilment.pick(placed.order_id, number, staff=packer)
        fulfilment.pack(placed.order_id, staff=packer)
        fulfilment.ship(placed.order_id, carrier="Specimen Carrier", tracking="", staff=packer)
    with reading() as session:
        mails = session.scalars(
            select(OutboxMessage).where(OutboxMessage.key.like("%order-shipped%")).order_by(OutboxMessage.id)
        )
        sent = [dict(mail.payload["attachments"])[f"{number}.pdf"] for mail in mails]
        first = session.scalars(select(CertificateRevision).where(CertificateRevision.revision == 1)).one()
        assert sent == [first.document_sha256, hashlib.sha256(document(report="26-5000")).hexdigest()]
    assert waiting.number


def test_a_released_lot_shows_the_certificate_it_was_released_over(lot: str) -> None:
    revision_id = attach()
    lots.release(LOT, actor=CONFIRMER, reason="")
    with reading() as session:
        found = certificates.find_lot(session, LOT)
        current = certificates.current(found)
        assert current is not None
        assert (current.id, current.confirmed_by, found.state) == (revision_id, CONFIRMER, LotState.RELEASED)


# What is published, and what becomes of it


def published(lot_number: str, **more: object) -> CertificateRevision:
    """A revision attached by one person and published by another."""
    revision_id = attach(lot_number, **more)  # type: ignore[arg-type]
    certificates.publish(revision_id, actor=CONFIRMER)
    with reading() as session:
        found = session.get_one(CertificateRevision, revision_id)
        session.expunge(found)
        return found


def test_publishing_seals_a_record_over_exactly_these_figures(lot: str) -> None:
    revision = published(lot)
    assert revision.record is not None
    assert hashlib.sha256(revision.record.encode()).hexdigest() == revision.record_sha256
    told = json.loads(revision.record)
    assert [test.get("result") for test in told["tests"]] == ["99.20%", "813.36", "4.1%", None, None]
    assert [test["conclusion"] for test in told["tests"]] == [*["pass"] * 3, *["not_tested"] * 2]
    assert told["lot"]["no"] == LOT and told["supersedes"] is None
    again = published(lot, details=replace(DETAILS, reason="a correction"))
    assert again.record is not None
    assert json.loads(again.record)["supersedes_sha256"] == revision.record_sha256
    with pytest.raises(IntegrityError, match="never changes"), writing() as session:
        session.execute(text("UPDATE certificate_revision SET record = '{}'"))


def test_the_audit_finds_a_record_that_differs_from_its_rows(lot: str) -> None:
    published(lot)
    assert found_by_audit() == []
    if db.engine.dialect.name != "sqlite":
        return
    with writing() as session:
        session.execute(text("DROP TRIGGER certificate_test_refuses_update"))
        session.execute(text("UPDATE certificate_test SET result_text = '99.9%' WHERE position = 1"))
    assert any("differs from its rows" in each for each in found_by_audit())
    with writing() as session:
        session.execute(text("UPDATE certificate_test SET result_text = '99.20%' WHERE position = 1"))
        session.execute(text("DROP TRIGGER certificate_revision_refuses_update"))
        session.execute(text("UPDATE certificate_revision SET record = replace(record, '4.1', '4.2')"))
    found = found_by_audit()
    assert any("does not have its hash" in each for each in found)
    with writing() as session:
        session.execute(text("UPDATE certificate_revision SET record = replace(record, '4.2', '4.1')"))
        append_only.restore(session.connection())


def test_a_revision_that_would_stop_the_sale_is_published_only_off_sale(sku: str) -> None:
    number = make_lot(sku, 9, number=LOT)
    failing = attach(
        details=replace(DETAILS, reason="retested"),
        results=(Result(attribute="purity_hplc", result="97.0%"), *RESULTS[1:]),
    )
    with pytest.raises(Refused, match=r"Put lot SMX-2609-B on hold first.*97\.0%"):
        certificates.publish(failing, actor=CONFIRMER)
    lots.change_state(number, LotState.ON_HOLD, actor=CONFIRMER, reason="purity fell")
    certificates.publish(failing, actor=CONFIRMER)
    with pytest.raises(Refused, match="outside its limit"):
        lots.change_state(number, LotState.RELEASED, actor="third@shop.example", reason="anyway")


def test_an_older_draft_is_not_published_over_a_newer_revision(lot: str) -> None:
    first = attach()
    published(lot, details=replace(DETAILS, reason="complete"))
    with pytest.raises(Refused, match="newer revision has been published"):
        certificates.publish(first, actor=CONFIRMER)


def test_a_scan_without_text_is_refused_because_nothing_names_the_lot(lot: str) -> None:
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    out = BytesIO()
    writer.write(out)
    with pytest.raises(FileRefused, match="holds no text") as refusal:
        attach(pdf=out.getvalue())
    assert refusal.value.reason == "no_text"


def test_a_test_has_its_own_day_within_those_of_the_report(lot: str) -> None:
    day = date(2026, 9, 12)
    revision_id = attach(results=(replace(RESULTS[0], performed_on=day), *RESULTS[1:]))
    with reading() as session:
        tests = session.get_one(CertificateRevision, revision_id).tests
        assert [test.performed_on for test in tests] == [day, None, None]
    for outside in (date(2026, 9, 10), date(2026, 9, 17)):
        with pytest.raises(Refused, match="outside the days"):
            attach(
                details=replace(DETAILS, reason="x"),
                results=(replace(RESULTS[0], performed_on=outside), *RESULTS[1:]),
            )


NEW_DATE = date(2037, 9, 18)
RETEST = replace(DETAILS, reason="Retest after ten years", retest_to=NEW_DATE)
REPEATED = (Result(attribute="purity_hplc", result="98.6%"),)


def dates_of(number: str) -> tuple[date | None, date]:
    with reading() as session:
        found = session.scalars(select(Lot).where(Lot.number == number)).one()
        return found.retest_on, found.removal_on


def test_a_retest_moves_the_date_once_published_and_keeps_what_it_did_not_repeat(lot: str) -> None:
    published(lot)
    before = dates_of(lot)
    second = attach(details=RETEST, results=REPEATED)
    assert dates_of(lot) == before, "a draft moves nothing"
    certificates.publish(second, actor=CONFIRMER)
    assert dates_of(lot) == (NEW_DATE, NEW_DATE - timedelta(days=30))
    with reading() as session:
        tests = session.get_one(CertificateRevision, second).tests
        assert [(test.result_text, test.carried_from) for test in tests] == [
            ("98.6%", None),
            ("813.36", 1),
            ("4.1%", 1),
        ]
        (change,) = stability.retests_of(session, session.scalars(select(Lot.id)).one())
        assert (change.before, change.after, change.actor) == (before[0], NEW_DATE, CONFIRMER)
        assert problems_of(session) == []
    third = attach(details=replace(RETEST, retest_to=NEW_DATE + timedelta(days=365)), results=REPEATED)
    certificates.publish(third, actor=CONFIRMER)
    with reading() as session:
        tests = session.get_one(CertificateRevision, third).tests
        assert [test.carried_from for test in tests] == [None, 1, 1], "from where it was first reported"
        assert len(stability.retests_of(session, session.scalars(select(Lot.id)).one())) == 2
    with pytest.raises(IntegrityError, match="append-only"), writing() as session:
        session.execute(text("DELETE FROM retest_date_change"))


def problems_of(session: Session) -> list[str]:
    found = certificates.find_lot(session, LOT)
    return certificates.problems(found, certificates.current(found))


def test_a_failed_retest_is_published_off_sale_and_moves_no_date(lot: str) -> None:
    published(lot)
    before = dates_of(lot)
    failing = attach(details=RETEST, results=(Result(attribute="purity_hplc", result="97.0%"),))
    certificates.publish(failing, actor=CONFIRMER)
    assert dates_of(lot) == before
    with reading() as session:
        assert problems_of(session) != []


def test_a_retest_needs_a_certificate_and_a_date_that_moves_on(lot: str) -> None:
    with pytest.raises(Refused, match="certificate in force"):
        attach(details=RETEST)
    published(lot)
    for day, sentence in (
        (date(2036, 9, 18), "after the present one"),
        (date(2026, 9, 18), "before the report was issued"),
    ):
        with pytest.raises(Refused, match=sentence):
            attach(details=replace(RETEST, retest_to=day), results=REPEATED)
    with writing() as session:
        session.execute(text("UPDATE lot SET expires_on = '2037-01-01'"))
    with pytest.raises(Refused, match="after the expiry date"):
        attach(details=RETEST, results=REPEATED)


def test_a_correction_is_no_retest_and_carries_nothing_over(lot: str) -> None:
    published(lot)
    correction = attach(details=replace(DETAILS, reason="typing error"), results=REPEATED)
    with reading() as session:
        tests = session.get_one(CertificateRevision, correction).tests
        assert [test.conclusion for test in tests][1:] == [Conclusion.NOT_TESTED] * 2


def test_a_withdrawal_is_a_row_of_its_own_and_leaves_no_certificate_in_force(lot: str) -> None:
    revision = published(lot)
    for reason in ("", "  "):
        with pytest.raises(Refused, match="Give a reason"):
            withdrawals.withdraw(lot, 1, actor=CONFIRMER, reason=reason)
    for number in (0, 2):
        with pytest.raises(NotFound):
            withdrawals.withdraw(lot, number, actor=CONFIRMER, reason="revoked")
    withdrawals.withdraw(lot, 1, actor=CONFIRMER, reason="revoked")
    with pytest.raises(Refused, match="withdrawn already"):
        withdrawals.withdraw(lot, 1, actor=CONFIRMER, reason="revoked")
    with reading() as session:
        found = certificates.find_lot(session, lot)
        assert certificates.current(found) is None
        assert certificates.newest_published(found) is not None
        kept = session.get_one(CertificateRevision, revision.id)
        assert (kept.record, kept.published_at) == (revision.record, revision.published_at)
        assert kept.withdrawal is not None and kept.withdrawal.reason == "revoked"
    with pytest.raises(Refused, match="no certificate yet"):
        lots.release(lot, actor=CONFIRMER, reason="")
    for statement in ("DELETE FROM certificate_withdrawal", "UPDATE certificate_withdrawal SET reason = ''"):
        with pytest.raises(IntegrityError, match="append-only"), writing() as session:
            session.execute(text(statement))


def test_a_new_revision_after_a_withdrawal_is_in_force(lot: str) -> None:
    published(lot)
    withdrawals.withdraw(lot, 1, actor=CONFIRMER, reason="revoked")
    published(lot, details=replace(DETAILS, reason="a new report"))
    lots.release(lot, actor=CONFIRMER, reason="")
    with reading() as session:
        current = certificates.current(certificates.find_lot(session, lot))
        assert current is not None and current.revision == 2


def test_what_a_lot_is_sold_over_is_not_withdrawn(sku: str) -> None:
    make_lot(sku, 9, number=LOT)
    with pytest.raises(Refused, match="sold over this revision"):
        withdrawals.withdraw(LOT, 1, actor=CONFIRMER, reason="revoked")
    certificates.publish(attach(details=replace(DETAILS, reason="again")), actor=CONFIRMER)
    withdrawals.withdraw(LOT, 1, actor=CONFIRMER, reason="an older one may go")
    draft = attach(details=replace(DETAILS, reason="once more"))
    assert draft
    with pytest.raises(Refused, match="has not been published"):
        withdrawals.withdraw(LOT, 3, actor=CONFIRMER, reason="never published")
