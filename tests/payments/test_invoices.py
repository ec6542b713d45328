"""Invoices and credit notes: numbered without a gap, frozen, adding up, and set as PDF/A once."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from builders import found_by_audit, make_lot, make_ready_to_sell, make_size, order_for, someone
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from shop.core import clock, files
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.outbox import OutboxMessage
from shop.ordering import fulfilment, shares, states
from shop.ordering.models import Order, PaymentState
from shop.ordering.placement import Placed
from shop.payments import invoice_papers, invoice_rows, invoices, invoicing
from shop.payments.invoice_models import Invoice, InvoiceKind, InvoicePaper, RowKind
from shop.payments.invoice_rows import NET, Part, Row


def shipped_on_account(vials: int = 2, *, unit_minor: int = 4600) -> Placed:
    """A purchase order that has left."""
    sku = make_size(price_minor=unit_minor)
    lot = make_lot(sku, 10)
    placed = order_for({sku: vials})
    approved_and_sent(placed, lot)
    return placed


def approved_and_sent(placed: Placed, lot: str) -> None:
    """Approve, pick, pack and ship."""
    person = someone("sales", "warehouse")
    fulfilment.approve(placed.order_id, staff=person, reason="")
    fulfilment.pick(placed.order_id, lot, staff=person)
    fulfilment.pack(placed.order_id, staff=person)
    fulfilment.ship(placed.order_id, carrier="Specimen Carrier", tracking="SC-1", staff=person)


def papers(placed: Placed) -> list[Invoice]:
    with reading() as session:
        found = invoices.papers_of_order(session, placed.order_id)
        for each in found:
            session.refresh(each, ["rows"])
        session.expunge_all()
        return found


def the_invoice(placed: Placed) -> Invoice:
    (found,) = [each for each in papers(placed) if each.kind == InvoiceKind.INVOICE]
    return found


def test_a_purchase_order_is_invoiced_once_when_its_parcel_has_left(shop: Flask) -> None:
    make_ready_to_sell()
    make_lot(sku := make_size(), 5)
    waiting = order_for({sku: 1})
    placed = shipped_on_account()
    for _round in range(3):
        invoicing.issue_due()
    found = the_invoice(placed)
    year = clock.today().year
    assert (found.number, found.total_minor, found.po_number) == (f"INV-{year}-00001", 10600, "PO-2026-1183")
    assert found.due_on == clock.today() + timedelta(days=30)
    assert [row.kind for row in found.rows] == [RowKind.ITEM, RowKind.DELIVERY, RowKind.TAX]
    assert "× 2" in found.rows[0].detail
    assert papers(waiting) == []
    with reading() as session:
        keys = list(session.scalars(select(OutboxMessage.key).where(OutboxMessage.key.contains("invoice"))))
    assert keys == [f"mail/invoice/{found.number}/1"]


def test_a_rolled_back_invoice_leaves_no_gap(shop: Flask) -> None:
    make_ready_to_sell()
    first, second = shipped_on_account(), shipped_on_account()
    with pytest.raises(ZeroDivisionError), writing() as session:
        order = states.lock(session, first.order_id)
        assert invoices.issue(session, order, actor="test").sequence == 1
        raise ZeroDivisionError
    invoicing.issue_due()
    assert [the_invoice(each).sequence for each in (first, second)] == [1, 2]
    with clock.shifted(timedelta(days=366)):
        later = shipped_on_account()
        invoicing.issue_due()
    assert the_invoice(later).number == f"INV-{clock.today().year + 1}-00001"


def test_an_issued_invoice_cannot_be_changed_even_by_hand_and_a_forger_is_named(shop: Flask) -> None:
    make_ready_to_sell()
    placed = shipped_on_account()
    invoicing.issue_due()
    for statement in (
        "UPDATE invoice SET total_minor = 1",
        "DELETE FROM invoice",
        "UPDATE invoice_row SET label = 'other'",
        "DELETE FROM document_series",
    ):
        with pytest.raises(DatabaseError), writing() as session:
            session.execute(text(statement))
    on_table = " ON invoice_row" if shop.extensions["sqlalchemy"].engine.dialect.name == "postgresql" else ""
    number = the_invoice(placed).number
    session = shop.extensions["sqlalchemy"].session()
    session.execute(text(f"DROP TRIGGER invoice_row_refuses_update{on_table}"))
    session.execute(text("UPDATE invoice_row SET label = 'other' WHERE position = 1"))
    assert f"I12a: {number} is not what was issued" in found_by_audit()
    session.rollback()


def test_a_gap_in_a_series_is_found_by_the_audit(shop: Flask) -> None:
    make_ready_to_sell()
    shipped_on_account()
    invoicing.issue_due()
    session = shop.extensions["sqlalchemy"].session()
    session.execute(text("UPDATE document_series SET last_number = 2"))
    year = clock.today().year
    assert f"I12: series INV-{year} stands at 2, with 1 papers from 1 to 1" in found_by_audit()
    session.rollback()


def test_a_full_credit_mirrors_the_invoice_and_closes_the_order(shop: Flask) -> None:
    make_ready_to_sell()
    placed = shipped_on_account()
    invoicing.issue_due()
    invoice = the_invoice(placed)
    person = someone("accounts")
    number = invoicing.credit_by_hand(
        invoice.number, amount_minor=None, lines={}, reason="Sent to the wrong site.", key="a", staff=person
    )
    again = invoicing.credit_by_hand(
        invoice.number, amount_minor=None, lines={}, reason="Sent to the wrong site.", key="a", staff=person
    )
    assert number == again == f"CN-{clock.today().year}-00001"
    note = papers(placed)[1]
    assert [(row.label, row.amount_minor) for row in note.rows] == [
        (row.label, row.amount_minor) for row in invoice.rows
    ]
    with reading() as session:
        assert session.get_one(Order, placed.order_id).payment_state == PaymentState.NOT_PAYABLE
    with pytest.raises(Refused, match="at most what is left"):
        invoicing.credit_by_hand(
            invoice.number, amount_minor=1, lines={}, reason="Once more.", key="b", staff=person
        )
    second = invoicing.issue_now(placed.order_id, staff=person)
    assert second == f"INV-{clock.today().year}-00002"
    with reading() as session:
        assert session.get_one(Order, placed.order_id).payment_state == PaymentState.ON_ACCOUNT


def test_vials_are_credited_by_line_and_never_more_than_were_invoiced(shop: Flask) -> None:
    make_ready_to_sell()
    placed = shipped_on_account(3)
    invoicing.issue_due()
    invoice = the_invoice(placed)
    line_id = invoice.rows[0].order_line_id
    assert line_id is not None
    person = someone("accounts")

    def credit(vials: int, key: str) -> str:
        return invoicing.credit_by_hand(
            invoice.number, amount_minor=None, lines={line_id: vials}, reason="Broken.", key=key, staff=person
        )

    credit(2, "a")
    with pytest.raises(Refused, match="at most 1 vials are left"):
        credit(2, "b")
    with pytest.raises(Refused, match="Give a reason"):
        invoicing.credit_by_hand(invoice.number, amount_minor=5, lines={}, reason=" ", key="c", staff=person)
    note = papers(placed)[1]
    assert (note.rows[0].quantity, note.total_minor) == (2, 9200)


def test_the_paper_is_a_tagged_pdf_a_kept_by_its_hash_and_the_same_each_time(shop: Flask) -> None:
    make_ready_to_sell()
    placed = shipped_on_account()
    invoicing.issue_due()
    invoice = the_invoice(placed)
    with reading() as session:
        kept = session.get_one(InvoicePaper, invoice.id).sha256
        data = invoice_papers.pdf(session, invoice.id)
        again = invoice_papers.render(session.get_one(Invoice, invoice.id))
    assert hashlib.sha256(data).hexdigest() == kept
    assert data == again == files.store().get(kept)
    reader = PdfReader(BytesIO(data))
    words = " ".join(page.extract_text() for page in reader.pages)
    for said in (
        invoice.number,
        "For laboratory research use only",
        "PO-2026-1183",
        "Bill to",
        "Ship to",
        "RF",
    ):
        assert said in words
    xmp = reader.xmp_metadata
    assert xmp is not None and b"pdfaid" in data


def test_a_credit_note_of_a_card_order_is_only_by_refund(shop: Flask) -> None:
    make_ready_to_sell()
    placed = shipped_on_account()
    with pytest.raises(Refused, match="no invoice or credit note"):
        invoicing.credit_by_hand(
            "INV-1999-00001", amount_minor=1, lines={}, reason="x", key="a", staff=someone("accounts")
        )
    invoicing.issue_due()
    invoicing.credit_by_hand(
        the_invoice(placed).number, amount_minor=100, lines={}, reason="x", key="a", staff=someone("accounts")
    )
    note = papers(placed)[1]
    with pytest.raises(Refused, match="not credited again"):
        invoicing.credit_by_hand(
            note.number, amount_minor=1, lines={}, reason="x", key="b", staff=someone("accounts")
        )


AMOUNTS = st.integers(min_value=0, max_value=500_000)


@st.composite
def invoice_and_credits(draw: st.DrawFn) -> tuple[list[Row], list[int]]:
    """Rows of an invoice with up to two taxes, and gross amounts that give it back whole."""
    items = draw(st.lists(st.integers(min_value=1, max_value=90_000), min_size=1, max_size=4))
    discount = draw(st.integers(min_value=0, max_value=sum(items) - 1))
    base = sum(items) - discount
    rows = [Row(kind=RowKind.ITEM, label=f"item {n}", amount_minor=item) for n, item in enumerate(items)]
    if discount:
        rows.append(Row(kind=RowKind.DISCOUNT, label="discount", amount_minor=-discount))
    for number in range(draw(st.integers(min_value=0, max_value=2))):
        rate = draw(st.integers(min_value=0, max_value=27))
        rows.append(
            Row(
                kind=RowKind.TAX,
                label=f"tax {number}",
                amount_minor=round(Decimal(base) * rate / 100),
                tax_rate=Decimal(rate),
                taxable_minor=base,
                tax_treatment="standard",
            )
        )
    left = invoice_rows.total(rows)
    asked: list[int] = []
    while left and len(asked) < 5:
        part = draw(st.integers(min_value=1, max_value=left))
        asked.append(part)
        left -= part
    if left:
        asked.append(left)
    return rows, asked


@given(invoice_and_credits())
def test_credit_notes_add_up_exactly_and_give_back_no_price_or_tax_twice(
    drawn: tuple[list[Row], list[int]],
) -> None:
    rows, amounts = drawn
    before: list[Row] = []
    for amount in amounts:
        note = invoice_rows.credited(rows, before, [Part(label="part", amount_minor=amount)])
        assert invoice_rows.total(note) == amount
        before += note
        for tax in (row for row in rows if row.kind == RowKind.TAX):
            given_back = sum(row.amount_minor for row in before if row.label == tax.label)
            assert 0 <= given_back <= tax.amount_minor
        assert 0 <= invoice_rows.net(before) <= invoice_rows.net(rows)
    assert invoice_rows.net(before) == invoice_rows.net(rows)
    with pytest.raises(ValueError, match="at most what is left"):
        invoice_rows.credited(rows, before, [Part(label="more", amount_minor=1)])


@given(st.integers(min_value=1, max_value=10**7), st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_vials_given_back_one_after_the_other_come_to_the_whole_line(gross: int, counts: list[int]) -> None:
    ordered, before, given_back = sum(counts), 0, 0
    for count in counts:
        given_back += shares.part_of(gross, vials=count, of=ordered, after=before)
        before += count
    assert given_back == gross


def test_a_part_takes_the_tax_of_its_own_line_first() -> None:
    rows = [
        Row(kind=RowKind.ITEM, label="a", amount_minor=10_000),
        Row(kind=RowKind.ITEM, label="b", amount_minor=10_000),
        Row(kind=RowKind.TAX, label="21 %", amount_minor=2_100, taxable_minor=10_000, tax_rate=Decimal(21)),
        Row(kind=RowKind.TAX, label="9 %", amount_minor=900, taxable_minor=10_000, tax_rate=Decimal(9)),
    ]
    part = Part(label="a", amount_minor=12_100, made_of={NET: 10_000, 2: 2_100})
    note = invoice_rows.credited(rows, [], [part])
    assert [(row.label, row.amount_minor, row.taxable_minor) for row in note] == [
        ("a", 10_000, None),
        ("21 %", 2_100, 10_000),
        ("9 %", 0, 0),
    ]


def test_a_credit_note_of_a_part_does_not_say_that_tax_was_on_the_whole_invoice() -> None:
    rows = [
        Row(kind=RowKind.ITEM, label="a", amount_minor=10_100),
        Row(
            kind=RowKind.TAX,
            label="21% VAT (NL)",
            detail="21% VAT (NL) on $101.00. Delivered within the country",
            amount_minor=2_121,
            taxable_minor=10_100,
            tax_rate=Decimal(21),
        ),
    ]
    _part, tax = invoice_rows.credited(rows, [], [Part(label="a", amount_minor=5_566)])
    assert (tax.taxable_minor, tax.amount_minor) == (4_600, 966)
    assert tax.detail == "Delivered within the country"
    untaxed = replace(rows[1], amount_minor=0, tax_rate=None, detail="Article 138. Reverse charge.")
    assert invoice_rows.credited([rows[0], untaxed], [], [Part(label="a", amount_minor=100)])[1].detail == (
        "Article 138. Reverse charge."
    )
