"""Card orders: invoiced when they are paid, credited when a refund has succeeded, each once."""

from __future__ import annotations

import threading

import pytest
from builders import make_lot, make_size, order_for, someone
from flask import Flask
from sqlalchemy import select
from stripe_beside import Stripe

from shop.core import clock
from shop.core.database import db, reading, writing
from shop.core.errors import Refused
from shop.ordering import states
from shop.ordering.models import PaymentMethod
from shop.ordering.placement import Placed
from shop.payments import attempts, decisions, invoices, invoicing, receipts, refunds, settlement
from shop.payments.invoice_models import Invoice, InvoiceKind
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
