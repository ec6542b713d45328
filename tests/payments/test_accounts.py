"""Buying on account: receipts, credit, limits, reminders and statements."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from builders import (
    draft_for,
    found_by_audit,
    make_lot,
    make_ready_to_sell,
    make_size,
    order_for,
    place,
    someone,
)
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from test_invoices import papers, shipped_on_account, the_invoice

from shop.core import clock
from shop.core.database import db, reading, writing
from shop.core.errors import Refused
from shop.core.outbox import OutboxMessage
from shop.ordering import fulfilment, po_match
from shop.ordering.models import Order, PaymentState, ReviewState
from shop.ordering.placement import Placed
from shop.payments import (
    account_state,
    account_statements,
    account_terms,
    credit_limits,
    decisions,
    disputes_on_account,
    invoices,
    invoicing,
    purchase_orders,
    receipts,
    reminders,
)
from shop.payments.account_statements import Movement
from shop.payments.receipts import SameReceipt
from shop.people.staff import SignedInStaff


def paid_state(placed: Placed) -> PaymentState:
    with reading() as session:
        return session.get_one(Order, placed.order_id).payment_state


def invoiced(vials: int = 2) -> tuple[Placed, str]:
    """A purchase order that has left and was invoiced."""
    placed = shipped_on_account(vials)
    invoicing.issue_due()
    return placed, the_invoice(placed).number


def receive(number: str, amount: int, reference: str = "SEPA 1", *, again: bool = False) -> int:
    return receipts.record(
        number,
        booked_on=clock.today(),
        amount_minor=amount,
        currency="USD",
        bank_reference=reference,
        staff=someone("accounts"),
        again=again,
    )


def open_on(number: str) -> int:
    with reading() as session:
        return account_state.of_invoice(session, invoices.find(session, number).id).open_minor


def test_part_payments_settle_an_invoice_and_a_wrong_one_is_taken_back(shop: Flask) -> None:
    make_ready_to_sell()
    placed, number = invoiced()
    receive(number, 6000)
    assert (paid_state(placed), open_on(number)) == (PaymentState.ON_ACCOUNT, 4600)
    second = receive(number, 4600, "SEPA 2")
    assert (paid_state(placed), open_on(number)) == (PaymentState.PAID, 0)
    staff = someone("accounts")
    receipts.reverse(second, reason="It was another customer's.", staff=staff)
    assert (paid_state(placed), open_on(number)) == (PaymentState.ON_ACCOUNT, 4600)
    with pytest.raises(Refused, match="taken back already"):
        receipts.reverse(second, reason="Again.", staff=staff)
    with pytest.raises(DatabaseError), writing() as session:
        session.execute(db.metadata.tables["account_entry"].delete())


def test_the_same_line_of_a_bank_statement_is_booked_once_unless_confirmed(shop: Flask) -> None:
    make_ready_to_sell()
    (_first, number), (_second, other) = invoiced(), invoiced()
    receive(number, 1000, "SEPA  x1")
    for same in (number, other):
        with pytest.raises(SameReceipt, match="was entered for Vermeer"):
            receive(same, 1000, "sepa X1")
    receive(other, 1000, "SEPA x1", again=True)
    with pytest.raises(Refused, match="is in USD"):
        receipts.record(
            number,
            booked_on=clock.today(),
            amount_minor=5,
            currency="EUR",
            bank_reference="a",
            staff=someone("accounts"),
        )
    with pytest.raises(Refused, match="future"):
        receipts.record(
            number,
            booked_on=clock.today() + timedelta(days=1),
            amount_minor=5,
            currency="USD",
            bank_reference="a",
            staff=someone("accounts"),
        )


def test_what_was_paid_too_much_is_the_customers_and_pays_another_invoice_when_told(shop: Flask) -> None:
    make_ready_to_sell()
    (first, number), (second, other) = invoiced(), invoiced()
    receive(number, 10600 + 12000)
    assert open_on(number) == -12000
    staff = someone("accounts")
    with pytest.raises(Refused, match="At most"):
        receipts.use_credit(number, other, amount_minor=12001, staff=staff)
    receipts.use_credit(number, other, amount_minor=10600, staff=staff)
    assert (open_on(number), open_on(other)) == (-1400, 0)
    assert paid_state(second) == PaymentState.PAID
    receipts.pay_out(
        number,
        booked_on=clock.today(),
        amount_minor=1400,
        bank_reference="",
        reason="Asked for.",
        staff=staff,
    )
    assert (open_on(number), paid_state(first)) == (0, PaymentState.PAID)


def test_a_paid_order_that_is_credited_and_paid_back_is_refunded(shop: Flask) -> None:
    make_ready_to_sell()
    placed, number = invoiced()
    receive(number, 10600)
    staff = someone("accounts")
    invoicing.credit_by_hand(number, amount_minor=None, lines={}, reason="All broken.", key="k", staff=staff)
    assert paid_state(placed) == PaymentState.PAID
    receipts.pay_out(
        number, booked_on=clock.today(), amount_minor=10600, bank_reference="", reason="Broken.", staff=staff
    )
    assert paid_state(placed) == PaymentState.REFUNDED


def set_limit(placed: Placed, limit: int | None) -> None:
    with reading() as session:
        organisation_id = session.get_one(Order, placed.order_id).organisation_id
    account_terms.change(
        organisation_id,
        limit_minor=limit,
        terms_days=14,
        bill_to="Accounts payable\nPO Box 1",
        invoice_email="ap@vima.example",
        reason="Agreed.",
        staff=someone("accounts"),
    )


def two_waiting() -> tuple[Placed, Placed]:
    """Two purchase orders of one organisation, of $60.00 each, with numbers of their own."""
    sku = make_size(price_minor=4600)
    make_lot(sku, 20)
    first, second = order_for({sku: 1}), order_for({sku: 1})
    with writing() as session:
        session.get_one(Order, second.order_id).po_number = "PO-2"
    return first, second


def test_an_approval_over_the_credit_limit_needs_a_second_permission_and_a_reason(shop: Flask) -> None:
    make_ready_to_sell()
    first, second = two_waiting()
    set_limit(first, 10_000)
    decisions.approve(first.order_id, staff=someone("sales"), reason="")
    with reading() as session:
        assert session.scalar(select(purchase_orders.over_limit())) == 1
        found = purchase_orders.findings(session, session.get_one(Order, second.order_id))
    assert found == [
        "Over the credit limit by $20.00: $60.00 is owed or approved, this order adds $60.00, "
        "and the limit is $100.00."
    ]
    with pytest.raises(Refused, match="Somebody who may override credit limits"):
        decisions.approve(second.order_id, staff=someone("sales"), reason="They always pay.")
    with pytest.raises(Refused, match="Give a reason for approving it all the same"):
        decisions.approve(second.order_id, staff=someone("accounts"), reason="")
    decisions.approve(second.order_id, staff=someone("accounts"), reason="They always pay.")
    with reading() as session:
        order = session.get_one(Order, second.order_id)
        assert order.review_state == ReviewState.APPROVED
        assert found[0] in [event.note for event in order.events]


def test_two_approvals_at_one_moment_do_not_both_slip_under_the_limit(shop: Flask) -> None:
    make_ready_to_sell()
    orders = two_waiting()
    set_limit(orders[0], 10_000)
    people = [someone("sales"), someone("sales")]
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def approve(placed: Placed, staff: SignedInStaff) -> None:
        with shop.app_context():
            try:
                together.wait(timeout=30)
                decisions.approve(placed.order_id, staff=staff, reason="")
                outcomes.append("approved")
            except Refused:
                outcomes.append("refused")
            finally:
                db.session.remove()

    threads = [
        threading.Thread(target=approve, args=(placed, staff))
        for placed, staff in zip(orders, people, strict=True)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=60)
    assert sorted(outcomes) == ["approved", "refused"]


def test_two_workers_at_once_issue_one_invoice_and_keep_one_paper(shop: Flask) -> None:
    make_ready_to_sell()
    placed = [shipped_on_account() for _each in range(2)]
    together = threading.Barrier(2)
    failed: list[str] = []

    def work() -> None:
        with shop.app_context():
            try:
                together.wait(timeout=30)
                invoicing.issue_due()
            except Exception as error:  # noqa: BLE001 - whatever it was fails the test
                failed.append(repr(error))
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work) for _worker in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=60)
    assert failed == []
    assert sorted(the_invoice(each).sequence for each in placed) == [1, 2]


def test_terms_count_from_then_on_and_the_invoice_goes_to_accounts_payable(shop: Flask) -> None:
    make_ready_to_sell()
    before, _number = invoiced()
    set_limit(before, None)
    after, number = invoiced()
    invoice = the_invoice(after)
    assert invoice.due_on == clock.today() + timedelta(days=14)
    assert invoice.content["bill_to"][1:] == ["Accounts payable", "PO Box 1"]
    assert "Padualaan 8" in invoice.content["ship_to"]
    assert the_invoice(before).due_on == clock.today() + timedelta(days=30)
    with reading() as session:
        sent = session.scalars(
            select(OutboxMessage).where(OutboxMessage.key == f"mail/invoice/{number}/1")
        ).one()
        assert sent.payload["to"] == "ap@vima.example"


def reminders_of(number: str) -> list[str]:
    with reading() as session:
        keys = session.scalars(select(OutboxMessage.key).order_by(OutboxMessage.id))
        return [key.rpartition("/")[2] for key in keys if key.startswith(f"mail/invoice-reminder/{number}/")]


def test_reminders_go_out_once_each_and_stop_when_disputed_or_paid(shop: Flask) -> None:
    make_ready_to_sell()
    (_placed, number), (_other, paid) = invoiced(), invoiced()
    for days, expected in ((30, []), (31, ["1"]), (32, ["1"]), (37, ["1", "2"])):
        with clock.shifted(timedelta(days=days)):
            reminders.remind()
            reminders.remind()
        assert reminders_of(number) == expected
    assert reminders_of(paid) == ["1", "2"]
    receive(paid, 10600)
    disputes_on_account.mark(number, disputed=True, reason="Two vials broken.", staff=someone("accounts"))
    with clock.shifted(timedelta(days=60)):
        reminders.remind()
    assert (reminders_of(number), reminders_of(paid)) == (["1", "2"], ["1", "2"])
    disputes_on_account.mark(number, disputed=False, reason="Settled.", staff=someone("accounts"))
    with clock.shifted(timedelta(days=60)):
        reminders.remind()
    assert reminders_of(number) == ["1", "2", "3"]


def test_a_shop_whose_worker_stood_still_sends_one_reminder_not_three() -> None:
    due = date(2026, 3, 1)
    assert reminders.stage_due(due, date(2026, 4, 30), 0, (1, 7, 21)) == 3
    assert reminders.stage_due(due, date(2026, 4, 30), 3, (1, 7, 21)) is None
    assert reminders.stage_due(due, date(2026, 3, 1), 0, (1, 7, 21)) is None


def test_a_statement_adds_up_and_tells_how_old_what_is_open_is() -> None:
    def moved(day: int, amount: int, invoice: int, due: date) -> Movement:
        return Movement(
            on=date(2026, 1, day),
            what="x",
            reference="x",
            amount_minor=amount,
            invoice_id=invoice,
            due_on=due,
        )

    old, late, new = date(2025, 9, 1), date(2026, 1, 10), date(2026, 2, 20)
    found = account_statements.made_of(
        "VIMA",
        "USD",
        [
            moved(1, 500, 1, old),
            moved(5, 900, 2, late),
            moved(6, 700, 3, new),
            moved(7, -400, 2, late),
            moved(8, 100, 4, new),
            moved(9, -150, 4, new),
            moved(31, 10_000, 5, new),
        ],
        first=date(2026, 1, 5),
        last=date(2026, 1, 30),
    )
    assert (found.opening_minor, found.closing_minor) == (500, 1650)
    assert (found.ageing.older, found.ageing.to_30, found.ageing.not_due) == (500, 500, 700)
    assert found.ageing.total - found.credit_minor == found.closing_minor
    assert found.credit_minor == 50


def test_the_closing_balance_of_an_organisation_is_what_its_invoices_leave_open(shop: Flask) -> None:
    make_ready_to_sell()
    placed, number = invoiced()
    _other, second = invoiced()
    receive(number, 5000)
    invoicing.credit_by_hand(
        second, amount_minor=600, lines={}, reason="Late.", key="k", staff=someone("accounts")
    )
    with reading() as session:
        organisation_id = session.get_one(Order, placed.order_id).organisation_id
        (found,) = account_statements.of_organisation(
            session, organisation_id, first=clock.today(), last=clock.today()
        )
        exposed = credit_limits.exposure(session, organisation_id)
    assert found.closing_minor == open_on(number) + open_on(second) == exposed.invoiced_minor == 15_600


def test_a_purchase_order_that_says_something_else_wants_a_reason(shop: Flask) -> None:
    make_ready_to_sell()
    sku = make_size(price_minor=4600)
    make_lot(sku, 10)
    placed = order_for({sku: 1})
    with reading() as session:
        said = po_match.of_order(session.get_one(Order, placed.order_id))
    other = po_match.Said(
        number="po-2026-1183",
        total_minor=said.total_minor + 1,
        currency="USD",
        country="DE",
        organisation="vermeer institute for  molecular assays",
        lines=((sku, 2),),
    )
    found = po_match.enter(placed.order_id, other, dated=clock.today(), staff=someone("sales"))
    assert found == [
        "The document comes to $60.01, the order to $60.00.",
        "The document ships to Germany, the order to Netherlands.",
        f"{sku}: the document orders 2, the order has 1.",
    ]
    with pytest.raises(Refused, match=r"all the same\. The document comes to"):
        decisions.approve(placed.order_id, staff=someone("sales"), reason="")
    assert po_match.enter(placed.order_id, said, dated=clock.today(), staff=someone("sales")) == []
    decisions.approve(placed.order_id, staff=someone("sales"), reason="")


def test_a_purchase_order_number_that_was_used_before_is_flagged(shop: Flask) -> None:
    make_ready_to_sell()
    sku = make_size()
    make_lot(sku, 10)
    first, second = order_for({sku: 1}), order_for({sku: 1})
    with reading() as session:
        assert po_match.used_before(session, session.get_one(Order, second.order_id)) == [first.number]
    decisions.approve(second.order_id, staff=someone("sales"), reason="")
    with reading() as session:
        events = session.get_one(Order, second.order_id).events
        (flagged,) = [event.note for event in events if event.kind == "approved-all-the-same"]
    assert flagged == f"Purchase order PO-2026-1183 was used before, for order {first.number}."


def test_a_missing_purchase_order_document_is_asked_for_once(shop: Flask) -> None:
    make_ready_to_sell()
    sku = make_size()
    make_lot(sku, 10)
    placed = order_for({sku: 1})
    purchase_orders.ask_for_documents()
    with clock.shifted(timedelta(days=5)):
        for _round in range(2):
            purchase_orders.ask_for_documents()
    with reading() as session:
        keys = [key for key in session.scalars(select(OutboxMessage.key)) if "document-wanted" in key]
    assert keys == [f"mail/order-document-wanted/{placed.number}"]


def test_an_order_cancelled_after_its_invoice_is_credited_in_full(shop: Flask) -> None:
    make_ready_to_sell()
    sku = make_size()
    make_lot(sku, 5)
    placed = place(draft_for({sku: 1}))
    fulfilment.approve(placed.order_id, staff=someone("sales"), reason="")
    invoicing.issue_now(placed.order_id, staff=someone("accounts"))
    decisions.cancel(placed.order_id, staff=someone("sales"), reason="Not needed.")
    for _round in range(2):
        invoicing.issue_due()
    invoice, note = papers(placed)
    assert (note.total_minor, note.corrects_id) == (invoice.total_minor, invoice.id)
    assert paid_state(placed) == PaymentState.NOT_PAYABLE
    assert found_by_audit() == []


def test_two_people_who_enter_one_line_of_the_bank_statement_book_it_once(shop: Flask) -> None:
    make_ready_to_sell()
    numbers = [invoiced()[1], invoiced()[1]]
    together = threading.Barrier(2)
    people = [someone("accounts"), someone("accounts")]
    outcomes: list[str] = []

    def enter(number: str, staff: SignedInStaff) -> None:
        with shop.app_context():
            try:
                together.wait(timeout=30)
                receipts.record(
                    number,
                    booked_on=clock.today(),
                    amount_minor=1000,
                    currency="USD",
                    bank_reference="SEPA 9",
                    staff=staff,
                )
                outcomes.append("booked")
            except SameReceipt:
                outcomes.append("told")
            finally:
                db.session.remove()

    threads = [
        threading.Thread(target=enter, args=(number, staff))
        for number, staff in zip(numbers, people, strict=True)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=60)
    assert sorted(outcomes) == ["booked", "told"]
