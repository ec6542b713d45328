"""Card orders: invoiced when they are paid, credited when a refund has succeeded, each once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from builders import found_by_audit, make_lot, make_size, order_for, someone
from flask import Flask
from sqlalchemy import select
from stripe_beside import Stripe

from shop.core import clock, wording
from shop.core.database import db, reading, writing
from shop.core.errors import Refused
from shop.core.outbox import OutboxMessage
from shop.ordering import states
from shop.ordering.models import Order, PaymentMethod, PaymentState
from shop.ordering.placement import Placed
from shop.payments import (
    attempts,
    decisions,
    desk,
    invoice_papers,
    invoices,
    invoicing,
    receipts,
    refunds,
    settlement,
)
from shop.payments.invoice_models import DocumentSeries, Invoice, InvoiceKind
from shop.payments.models import Refund


def paid_by_card(stripe: Stripe) -> Placed:
    """A card order of $106.00 whose money has arrived."""
    sku = make_size(price_minor=4600)
    make_lot(sku, 10)
    placed = order_for({sku: 2}, method=PaymentMethod.CARD)
    stripe.pay(attempts.start(placed.order_id))
    settlement.settle_order(placed.order_id)
    return placed


def papers(placed: Placed) -> list[Invoice]:
    with reading() as session:
        found = invoices.papers_of_order(session, placed.order_id)
        session.expunge_all()
        return found


def test_a_paid_card_order_is_invoiced_as_paid(card_shop: Flask, stripe_stand_in: Stripe) -> None:
    placed = paid_by_card(stripe_stand_in)
    for _round in range(2):
        invoicing.issue_due()
    (invoice,) = papers(placed)
    assert (invoice.kind, invoice.on_account, invoice.total_minor) == (InvoiceKind.INVOICE, False, 10_600)
    assert invoice.due_on == invoice.issued_on == clock.today()
    with pytest.raises(Refused, match="Only an invoice on account"):
        receipts.record(
            invoice.number,
            booked_on=clock.today(),
            amount_minor=1,
            currency="USD",
            bank_reference="a",
            staff=someone("accounts"),
        )
    with pytest.raises(Refused, match="Refund it; the credit note follows"):
        invoicing.credit_by_hand(
            invoice.number, amount_minor=1, lines={}, reason="x", key="a", staff=someone("accounts")
        )


def test_a_refund_that_succeeded_gives_one_credit_note(card_shop: Flask, stripe_stand_in: Stripe) -> None:
    placed = paid_by_card(stripe_stand_in)
    invoicing.issue_due()
    decisions.cancel(placed.order_id, staff=someone("sales"), reason="The buyer asked.")
    together = threading.Barrier(2)
    failed: list[str] = []

    def work() -> None:
        with card_shop.app_context():
            try:
                together.wait(timeout=30)
                invoicing.issue_due()
            except Exception as error:  # noqa: BLE001 - whatever it was fails the test
                failed.append(repr(error))
            finally:
                db.session.remove()

    workers = [threading.Thread(target=work) for _worker in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(timeout=60)
    assert failed == []
    invoice, note = papers(placed)
    with reading() as session:
        refund_id = session.scalar(select(Refund.id).where(Refund.order_id == placed.order_id))
    assert (note.kind, note.corrects_id, note.refund_id) == (InvoiceKind.CREDIT_NOTE, invoice.id, refund_id)
    assert (note.total_minor, note.reason) == (10_600, "The buyer asked.")


def test_a_refund_of_vials_is_credited_by_line(card_shop: Flask, stripe_stand_in: Stripe) -> None:
    placed = paid_by_card(stripe_stand_in)
    invoicing.issue_due()
    with writing() as session:
        order = states.lock(session, placed.order_id)
        line = order.lines[0]
        vial = refunds.vials_as_parts(session, order, {line.id: 1})
        delivery = [refunds.Part(order_line_id=None, amount_minor=400)]
        refund = refunds.request(
            session, order, lines=[*vial, *delivery], reason="One vial broken.", actor="test"
        )
    refunds.send(refund)
    invoicing.issue_due()
    note = papers(placed)[1]
    with reading() as session:
        rows = session.get_one(Invoice, note.id).rows
        assert [(row.quantity, row.amount_minor) for row in rows] == [(1, 4600), (None, 400), (None, 0)]
        assert rows[0].order_line_id is not None and rows[1].label == "Delivery and other charges"
    assert note.total_minor == 5000


def came_back(stripe: Stripe, placed: Placed) -> int:
    """A refund of one vial that was done and credited, and then came back from the bank; its id."""
    with writing() as session:
        order = states.lock(session, placed.order_id)
        vial = refunds.vials_as_parts(session, order, {order.lines[0].id: 1})
        refund = refunds.request(session, order, lines=vial, reason="One vial broken.", actor="test")
    refunds.send(refund)
    invoicing.issue_due()
    assert [each.number[:2] for each in papers(placed)] == ["IN", "CN"]
    with reading() as session:
        made = session.get_one(Refund, refund).stripe_refund
    assert made is not None
    stripe.control(f"refunds/{made}/fail")
    refunds.look_again(made)
    return refund


def test_the_credit_note_of_a_refund_that_came_back_is_taken_back_by_a_debit_note_and_once(
    card_shop: Flask, stripe_stand_in: Stripe
) -> None:
    placed = paid_by_card(stripe_stand_in)
    invoicing.issue_due()
    came_back(stripe_stand_in, placed)
    with reading() as session:
        assert session.get_one(Order, placed.order_id).payment_state == PaymentState.PAID
        assert [each.kind for each in desk.items(session)] == ["refund-came-back"]
    for _round in range(2):
        invoicing.issue_due()
    invoice, note, back = papers(placed)
    assert (back.kind, back.corrects_id, back.total_minor) == (InvoiceKind.DEBIT_NOTE, note.id, 4600)
    assert back.number == f"DN-{clock.today().year}-00001"
    with reading() as session:
        rows = [
            [(row.label, row.quantity, row.amount_minor) for row in session.get_one(Invoice, each).rows]
            for each in (note.id, back.id)
        ]
        assert rows[0] == rows[1]
        assert invoices.left_to_credit(session, session.get_one(Invoice, invoice.id)) == 10_600
        told = session.get_one(Order, placed.order_id).events
        assert [each.note for each in told if each.kind == "credit-taken-back"] == [
            f"{back.number} takes back {note.number}. The refund came back from the bank, so that the money "
            "was not given back."
        ]
        printed = invoice_papers.printed(session.get_one(Invoice, back.id))
        assert printed["title"] == "Debit note"
        names = f"{note.number} of {wording.long_date(note.issued_on)}"
        assert ["Takes back credit note", names] in printed["facts"]  # type: ignore[operator]
        mails = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
        bodies = [each.payload["body"] for each in mails if each.kind == "mail"]
        assert "Nothing is asked of you." in bodies[-1]


def test_a_refund_tried_again_after_it_came_back_is_credited_anew(
    card_shop: Flask, stripe_stand_in: Stripe
) -> None:
    placed = paid_by_card(stripe_stand_in)
    invoicing.issue_due()
    refund = came_back(stripe_stand_in, placed)
    refunds.send(refunds.try_again(refund, actor="test", why="another card"))
    invoicing.issue_due()
    assert [each.number[:2] for each in papers(placed)] == ["IN", "CN", "DN", "CN"]
    with reading() as session:
        (invoice,) = invoices.of_order(session, placed.order_id)
        assert invoices.left_to_credit(session, invoice) == 6000
        assert desk.items(session) == []
        assert session.get_one(Order, placed.order_id).payment_state == PaymentState.PART_REFUNDED


def test_a_credit_note_whose_refund_failed_is_found_by_the_audit_until_it_is_taken_back(
    card_shop: Flask, stripe_stand_in: Stripe
) -> None:
    placed = paid_by_card(stripe_stand_in)
    invoicing.issue_due()
    came_back(stripe_stand_in, placed)
    note = papers(placed)[1].number
    with clock.shifted(timedelta(hours=2)):
        assert found_by_audit() == [f"I12e: order {placed.number}: {note} stands, and its refund has failed"]
        invoicing.issue_due()
        assert found_by_audit() == []


def test_only_a_credit_note_is_taken_back(card_shop: Flask, stripe_stand_in: Stripe) -> None:
    placed = paid_by_card(stripe_stand_in)
    invoicing.issue_due()
    with writing() as session:
        states.lock(session, placed.order_id)
        with pytest.raises(Refused, match="Only a credit note"):
            invoices.take_back(
                session, invoices.of_order(session, placed.order_id)[0], reason="x", actor="test"
            )
    with reading() as session:
        assert (
            session.scalars(select(DocumentSeries.code).where(DocumentSeries.code.like("DN-%"))).all() == []
        )


def test_a_refund_that_comes_back_before_it_is_credited_needs_no_paper(
    card_shop: Flask, stripe_stand_in: Stripe
) -> None:
    placed = paid_by_card(stripe_stand_in)
    invoicing.issue_due()
    with writing() as session:
        order = states.lock(session, placed.order_id)
        part = [refunds.Part(order_line_id=None, amount_minor=100)]
        refund = refunds.request(session, order, lines=part, reason="late", actor="test")
    refunds.send(refund)
    with reading() as session:
        made = session.get_one(Refund, refund).stripe_refund
    assert made is not None
    stripe_stand_in.control(f"refunds/{made}/fail")
    refunds.look_again(made)
    invoicing.issue_due()
    assert [each.number[:2] for each in papers(placed)] == ["IN"]
