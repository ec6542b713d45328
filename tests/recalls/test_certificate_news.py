"""Buyers of a lot are told of a new revision of its certificate or its withdrawal, once for each order."""

from __future__ import annotations

from datetime import timedelta

from builders import make_lot, make_ready_to_sell, make_size, order_for, publish, someone
from flask import Flask
from sqlalchemy import select

from shop.core import clock
from shop.core.database import reading, writing
from shop.core.outbox import OutboxMessage
from shop.inventory import lots, withdrawals
from shop.inventory.models import CertificateRevision, CertificateTest, Lot, LotState
from shop.payments import decisions
from shop.recalls import certificate_news


def revise(number: str, purity: str = "98.4%") -> int:
    """Publish a second revision that reports another purity."""
    with writing() as session:
        lot = session.scalars(select(Lot).where(Lot.number == number)).one()
        (old,) = lot.certificates
        same = ("laboratory_id", "drawn_by", "received_on", "tested_from", "tested_to", "issued_on")
        copied = {name: getattr(old, name) for name in (*same, "authorised_by", "not_tested")}
        rows = []
        for test in old.tests:
            values = {
                column.key: getattr(test, column.key)
                for column in CertificateTest.__table__.columns
                if column.key not in ("id", "revision_id")
            }
            rows.append(CertificateTest(**values | ({"result_text": purity} if test.position == 1 else {})))
        revision = CertificateRevision(
            lot=lot,
            revision=2,
            reason="a figure was mistyped",
            report_number="R-2",
            document_sha256=old.document_sha256,
            uploaded_by="a@shop.example",
            uploaded_at=clock.now(),
            tests=rows,
            **copied,
        )
        session.add(revision)
        session.flush()
        publish(session, revision)
        return revision.id


def letters() -> list[OutboxMessage]:
    with reading() as session:
        return list(
            session.scalars(
                select(OutboxMessage)
                .where(OutboxMessage.key.like("mail/certificate-%"))
                .order_by(OutboxMessage.id)
            )
        )


def test_every_order_with_vials_of_the_lot_is_told_once_what_changed(shop: Flask) -> None:
    make_ready_to_sell()
    sku, other = make_size(), make_size()
    lot = make_lot(sku, 10)
    make_lot(other, 10)
    kept, cancelled, elsewhere = order_for({sku: 2}), order_for({sku: 1}), order_for({other: 1})
    decisions.cancel(cancelled.order_id, staff=someone("sales"), reason="x")
    certificate_news.announce_due()
    assert letters() == [], "a first certificate is no news"
    revision = revise(lot)
    with reading() as session:
        lot_id = session.scalars(select(Lot.id).where(Lot.number == lot)).one()
        assert certificate_news.would_be_told(session, lot_id, revision) == 1
    assert certificate_news.announce_due() == 1
    assert certificate_news.announce_due() == 0
    (letter,) = letters()
    assert letter.subject == f"order/{kept.number}"
    body = letter.payload["body"]
    for part in (lot, kept.number, "Revision 2 takes the place of revision 1", "98.4%, before 99.2%"):
        assert part in body
    assert "a figure was mistyped" in body and "For laboratory research use only." in body
    assert elsewhere.number not in body
    with reading() as session:
        assert certificate_news.told(session, lot_id) == {(2, certificate_news.NewsKind.PUBLISHED): 1}
    after = order_for({sku: 1})
    certificate_news.announce_due()
    assert [each.subject for each in letters()] == [f"order/{kept.number}"], "sold over the new revision"
    assert after.number


def test_a_withdrawal_is_told_with_its_reason(shop: Flask) -> None:
    make_ready_to_sell()
    sku = make_size()
    lot = make_lot(sku, 10)
    placed = order_for({sku: 2})
    certificate_news.announce_due()
    lots.change_state(lot, LotState.ON_HOLD, actor="q@shop.example", reason="x")
    withdrawals.withdraw(lot, 1, actor="q@shop.example", reason="the laboratory revoked its report")
    assert certificate_news.announce_due() == 1
    (letter,) = letters()
    assert "has been withdrawn" in letter.payload["body"]
    assert "the laboratory revoked its report" in letter.payload["body"]
    assert letter.subject == f"order/{placed.number}"


def test_what_is_old_is_no_news(shop: Flask) -> None:
    make_ready_to_sell()
    sku = make_size()
    lot = make_lot(sku, 10)
    order_for({sku: 2})
    revise(lot)
    with clock.shifted(timedelta(days=31)):
        assert certificate_news.announce_due() == 0
