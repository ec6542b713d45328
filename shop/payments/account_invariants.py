"""What must always be true of invoices and accounts; each is a query or two, run by `aliquot audit`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased, selectinload

from shop.core import clock
from shop.core.audit import invariant
from shop.ordering.models import FulfilmentState, Order, PaymentState, order_number
from shop.payments import account_state, invoices
from shop.payments.account_state import Balance
from shop.payments.invoice_models import AccountEntry, EntryKind, Invoice, InvoiceKind
from shop.payments.models import AttemptState, PaymentAttempt, Refund, RefundState

GRACE = timedelta(hours=1)
"""How long the job may take to credit a refund."""


@invariant("I12a", "Each invoice and credit note is the sum of its rows, and says what it said when issued")
def _papers_are_whole(session: Session) -> Iterator[str]:
    for paper in session.scalars(select(Invoice).options(selectinload(Invoice.rows))):
        rows = invoices.as_rows(paper.rows)
        asked = sum(row.amount_minor for row in rows)
        if asked != paper.total_minor:
            yield f"{paper.number}: its rows come to {asked}, its total is {paper.total_minor}"
        if invoices.content_digest(paper, rows) != paper.content_sha256:
            yield f"{paper.number} is not what was issued"


@invariant("I12b", "Each invoice asks for the total of its order, and no more is credited than it asked")
def _invoices_match_orders(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(
            Invoice.number,
            Invoice.total_minor,
            Order.total_minor,
            Invoice.currency == Order.currency,
            account_state.credited(),
        )
        .join(Order, Order.id == Invoice.order_id)
        .where(Invoice.kind == InvoiceKind.INVOICE)
    )
    for number, total, ordered, same_currency, given in rows:
        if total != ordered or not same_currency or given > total:
            yield f"{number} asks for {total} of an order of {ordered}, and {given} were credited"
    corrected = aliased(Invoice)
    wrong = session.execute(
        select(Invoice.number, corrected.number)
        .join(corrected, corrected.id == Invoice.corrects_id)
        .where(
            (
                corrected.kind
                != case(
                    (Invoice.kind == InvoiceKind.CREDIT_NOTE, InvoiceKind.INVOICE),
                    else_=InvoiceKind.CREDIT_NOTE,
                )
            )
            | (corrected.order_id != Invoice.order_id)
            | (corrected.currency != Invoice.currency)
        )
    )
    for number, of_number in wrong:
        yield f"{number} corrects {of_number}, which is not such a paper of its order and currency"


@invariant("I12c", "An invoiced order on account is paid, owed or closed as its invoices and receipts say")
def _states_agree(session: Session) -> Iterator[str]:
    received = (
        select(Invoice.order_id)
        .join(AccountEntry, AccountEntry.invoice_id == Invoice.id)
        .where(AccountEntry.kind == EntryKind.RECEIPT)
    )
    rows = session.execute(
        select(
            Invoice.order_id,
            Order.payment_state,
            Order.fulfilment_state,
            Order.id.in_(received),
            Invoice.total_minor,
            account_state.credited(),
            account_state.received(),
        )
        .join(Order, Order.id == Invoice.order_id)
        .where(Invoice.kind == InvoiceKind.INVOICE, Invoice.on_account)
    )
    found: dict[int, tuple[PaymentState, FulfilmentState, bool]] = {}
    sums: dict[int, list[int]] = {}
    for order_id, state, fulfilment, any_received, *amounts in rows:
        found[order_id] = (state, fulfilment, any_received)
        sums[order_id] = [a + int(b) for a, b in zip(sums.get(order_id, [0, 0, 0]), amounts, strict=True)]
    for order_id, (state, fulfilment, any_received) in found.items():
        total, credited, got = sums[order_id]
        balance = Balance(total_minor=total, credited_minor=credited, received_minor=got)
        legal = {account_state.state_of(balance, refunded=refunded) for refunded in (False, any_received)}
        if fulfilment == FulfilmentState.CANCELLED and got == 0:
            legal.add(PaymentState.NOT_PAYABLE)
        if state not in legal:
            yield (
                f"order {order_number(order_id)} is {state.value} with {total} invoiced, {credited} credited "
                f"and {got} received"
            )


@invariant(
    "I12d", "What was booked on an invoice has its currency, and is taken back at most once and exactly"
)
def _entries_match(session: Session) -> Iterator[str]:
    taken = aliased(AccountEntry)
    rows = session.execute(
        select(AccountEntry.id, Invoice.number)
        .join(Invoice, Invoice.id == AccountEntry.invoice_id)
        .outerjoin(taken, taken.id == AccountEntry.reverses_id)
        .where(
            (AccountEntry.currency != Invoice.currency)
            | (AccountEntry.organisation_id != Invoice.organisation_id)
            | ~Invoice.on_account
            | (Invoice.kind != InvoiceKind.INVOICE)
            | (
                AccountEntry.reverses_id.is_not(None)
                & (
                    (taken.amount_minor != -AccountEntry.amount_minor)
                    | (taken.invoice_id != AccountEntry.invoice_id)
                )
            )
        )
    )
    for entry_id, number in rows:
        yield f"entry {entry_id} on {number} does not fit its invoice or what it takes back"
    used = session.execute(
        select(AccountEntry.organisation_id, AccountEntry.currency, func.sum(AccountEntry.amount_minor))
        .where(AccountEntry.kind.in_([EntryKind.CREDIT_IN, EntryKind.CREDIT_OUT]))
        .group_by(AccountEntry.organisation_id, AccountEntry.currency)
        .having(func.sum(AccountEntry.amount_minor) != 0)
    )
    for organisation_id, currency, rest in used:
        yield f"organisation {organisation_id}: credit used and credit given differ by {rest} {currency}"


@invariant("I12e", "A refund of an invoiced order has a credit note of its amount just while it holds")
def _refunds_are_credited(session: Session) -> Iterator[str]:
    note = aliased(Invoice)
    first = (
        select(PaymentAttempt.order_id, func.min(PaymentAttempt.id).label("attempt"))
        .where(PaymentAttempt.state == AttemptState.SUCCEEDED)
        .group_by(PaymentAttempt.order_id)
        .subquery()
    )
    rows = session.execute(
        select(Refund.order_id, Refund.amount_minor, note.total_minor)
        .join(Invoice, (Invoice.order_id == Refund.order_id) & (Invoice.kind == InvoiceKind.INVOICE))
        .join(first, (first.c.order_id == Refund.order_id) & (first.c.attempt == Refund.attempt_id))
        .outerjoin(note, note.refund_id == Refund.id)
        .where(
            Refund.state == RefundState.SUCCEEDED,
            (note.total_minor != Refund.amount_minor)
            | (
                note.id.is_(None)
                & (Refund.settled_at < clock.now() - GRACE)
                & (Refund.currency == Invoice.currency)
                & (Refund.amount_minor <= Invoice.total_minor - account_state.credited())
            ),
        )
    )
    for order_id, amount, given in rows:
        yield f"order {order_number(order_id)}: {amount} was refunded and {given} credited"
    back = aliased(Invoice)
    untrue = session.execute(
        select(Invoice.number, Invoice.order_id).where(
            Invoice.refund_id.in_(
                select(Refund.id).where(
                    Refund.state == RefundState.FAILED, Refund.settled_at < clock.now() - GRACE
                )
            ),
            account_state.stands(Invoice),
        )
    )
    for number, order_id in untrue:
        yield f"order {order_number(order_id)}: {number} stands, and its refund has failed"
    for number, taken_back, amount, taken in session.execute(
        select(back.number, Invoice.number, Invoice.total_minor, back.total_minor)
        .join(Invoice, Invoice.id == back.corrects_id)
        .where(back.kind == InvoiceKind.DEBIT_NOTE, back.total_minor != Invoice.total_minor)
    ):
        yield f"{number} takes back {taken} of {taken_back}, which is over {amount}"
