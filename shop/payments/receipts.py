"""Money received on account, invoice by invoice: written down once, taken back by a row of its own.

What was paid beyond what is owed stays on its invoice as the customer's credit, until it is used for another
invoice of theirs or sent back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.core import audit, clock, faults
from shop.core.database import reading, writing
from shop.core.errors import NotFound, Refused
from shop.core.identity import name_key
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.ordering import states
from shop.payments import account_state, invoices
from shop.payments.invoice_models import AccountEntry, EntryKind, Invoice, InvoiceKind
from shop.people.staff import SignedInStaff

MOST_MINOR = 2_000_000_000
"""The largest amount that is taken for one; more than any order of a shop like this comes to."""


class SameReceipt(Refused):
    """A receipt with this reference and amount is there already; it may be entered again when confirmed."""


def record(
    number: str,
    *,
    booked_on: date,
    amount_minor: int,
    currency: str,
    bank_reference: str,
    staff: SignedInStaff,
    again: bool = False,
) -> int:
    """Write down money received on an invoice; returns the id of the entry.

    Args:
        again: whether it was confirmed that another receipt of the same reference and amount did arrive.

    Raises:
        SameReceipt: the organisation has one with this reference and amount, and nobody confirmed another.
        Refused: the invoice is not on account, the currency differs, or the day lies in the future.
    """
    if booked_on > clock.today():
        raise Refused(_("The day of the receipt lies in the future."))
    key = name_key(bank_reference)
    if not key:
        raise Refused(_("Enter the reference that the bank shows."))
    try:
        with writing() as session:
            invoice = _lock(session, number)
            if currency != invoice.currency:
                raise Refused(
                    _(
                        "This invoice is in %(currency)s. Money in another currency is not booked on it.",
                        currency=invoice.currency,
                    )
                )
            _refuse_odd(amount_minor)
            standing, written = _same(session, invoice, key, amount_minor)
            if standing and not again:
                raise _same_receipt(invoice, amount_minor, bank_reference)
            entry = _add(
                session,
                invoice,
                EntryKind.RECEIPT,
                amount_minor,
                booked_on=booked_on,
                bank_reference=bank_reference,
                copy_number=written + 1,
                staff=staff,
            )
            faults.point("receipt.before_commit")
            return entry.id
    except IntegrityError:
        # Two people entered the same line of the bank statement at the same moment, on two invoices.
        with reading() as session:
            raise _same_receipt(invoices.find(session, number), amount_minor, bank_reference) from None


def reverse(entry_id: int, *, reason: str, staff: SignedInStaff) -> int:
    """Take back an entry that was wrong, by a row of its own; returns that row's id.

    Raises:
        NotFound: there is no such entry.
        Refused: it was taken back before, is itself a reversal or half of a transfer, or has no reason.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    with writing() as session:
        entry = session.get(AccountEntry, entry_id)
        if entry is None:
            raise NotFound(_("There is no such entry."))
        invoice = _lock(session, _number_of(session, entry.invoice_id))
        if entry.kind not in (EntryKind.RECEIPT, EntryKind.PAYOUT):
            raise Refused(_("Only a receipt or a payment sent back is taken back."))
        if session.scalar(select(AccountEntry.id).where(AccountEntry.reverses_id == entry.id)) is not None:
            raise Refused(_("This entry has been taken back already."))
        return _add(
            session,
            invoice,
            EntryKind.REVERSAL,
            -entry.amount_minor,
            booked_on=clock.today(),
            bank_reference=entry.bank_reference,
            reverses_id=entry.id,
            reason=reason,
            staff=staff,
        ).id


def pay_out(
    number: str, *, booked_on: date, amount_minor: int, bank_reference: str, reason: str, staff: SignedInStaff
) -> int:
    """Write down money sent back by bank; at most what was paid and is not owed.

    Raises:
        Refused: there is not as much to send back, or no reason is given.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    if booked_on > clock.today():
        raise Refused(_("The day of the payment lies in the future."))
    with writing() as session:
        invoice = _lock(session, number)
        _refuse_beyond_credit(session, invoice, amount_minor)
        return _add(
            session,
            invoice,
            EntryKind.PAYOUT,
            -amount_minor,
            booked_on=booked_on,
            bank_reference=bank_reference,
            reason=reason,
            staff=staff,
        ).id


def use_credit(number: str, for_number: str, *, amount_minor: int, staff: SignedInStaff) -> None:
    """Use what was paid too much on one invoice for another one of the same organisation and currency.

    Raises:
        Refused: they belong to others or to another currency, or there is not as much to use or to pay.
    """
    if number == for_number:
        raise Refused(_("Choose another invoice."))
    with writing() as session:
        # Locked in one order, so that two uses of each other's credit never wait for each other.
        ends = {each: _lock(session, each) for each in sorted((number, for_number))}
        source, target = ends[number], ends[for_number]
        if (source.organisation_id, source.currency) != (target.organisation_id, target.currency):
            raise Refused(_("Credit is used for invoices of the same organisation and currency only."))
        _refuse_beyond_credit(session, source, amount_minor)
        if amount_minor > account_state.of_invoice(session, target.id).open_minor:
            raise Refused(_("Invoice %(number)s does not ask for as much.", number=target.number))
        today = clock.today()
        why = _("Used for %(number)s", number=target.number)
        _add(session, source, EntryKind.CREDIT_OUT, -amount_minor, booked_on=today, reason=why, staff=staff)
        why = _("Credit of %(number)s", number=source.number)
        _add(session, target, EntryKind.CREDIT_IN, amount_minor, booked_on=today, reason=why, staff=staff)


def of_invoice(session: Session, invoice_id: int) -> Sequence[AccountEntry]:
    """What was booked on an invoice, in order."""
    return session.scalars(
        select(AccountEntry).where(AccountEntry.invoice_id == invoice_id).order_by(AccountEntry.id)
    ).all()


def _lock(session: Session, number: str) -> Invoice:
    """An invoice on account, its order locked, so that entries on it take turns."""
    invoice = invoices.find(session, number)
    states.lock(session, invoice.order_id)
    if invoice.kind != InvoiceKind.INVOICE or not invoice.on_account:
        raise Refused(_("Only an invoice on account is paid by bank."))
    return invoice


def _number_of(session: Session, invoice_id: int) -> str:
    return session.get_one(Invoice, invoice_id).number


def _refuse_odd(amount_minor: int) -> None:
    if not 0 < amount_minor <= MOST_MINOR:
        raise Refused(_("Enter an amount above zero."))


def _refuse_beyond_credit(session: Session, invoice: Invoice, amount_minor: int) -> None:
    _refuse_odd(amount_minor)
    credit = account_state.of_invoice(session, invoice.id).excess_minor
    if amount_minor > credit:
        raise Refused(
            _(
                "At most %(amount)s was paid on this invoice and is not owed.",
                amount=in_words(credit, invoice.currency),
            )
        )


def _same(session: Session, invoice: Invoice, key: str, amount_minor: int) -> tuple[int, int]:
    """How many receipts like this one stand, and how many were ever written."""
    taken_back = select(AccountEntry.reverses_id).where(AccountEntry.reverses_id.is_not(None))
    row = session.execute(
        select(
            func.count().filter(AccountEntry.id.not_in(taken_back)),
            func.coalesce(func.max(AccountEntry.copy_number), 0),
        ).where(
            AccountEntry.kind == EntryKind.RECEIPT,
            AccountEntry.organisation_id == invoice.organisation_id,
            AccountEntry.reference_key == key,
            AccountEntry.currency == invoice.currency,
            AccountEntry.amount_minor == amount_minor,
        )
    ).one()
    return int(row[0]), int(row[1])


def _same_receipt(invoice: Invoice, amount_minor: int, bank_reference: str) -> SameReceipt:
    return SameReceipt(
        _(
            "%(amount)s with the reference “%(reference)s” was entered for %(organisation)s already. "
            "If the bank shows it twice, confirm that it is another one.",
            amount=in_words(amount_minor, invoice.currency),
            reference=bank_reference,
            organisation=invoice.organisation.name,
        )
    )


def _add(
    session: Session,
    invoice: Invoice,
    kind: EntryKind,
    amount_minor: int,
    *,
    booked_on: date,
    staff: SignedInStaff,
    bank_reference: str = "",
    copy_number: int = 1,
    reverses_id: int | None = None,
    reason: str = "",
) -> AccountEntry:
    entry = AccountEntry(
        invoice_id=invoice.id,
        organisation_id=invoice.organisation_id,
        kind=kind,
        amount_minor=amount_minor,
        currency=invoice.currency,
        booked_on=booked_on,
        bank_reference=bank_reference,
        reference_key=name_key(bank_reference),
        copy_number=copy_number,
        reverses_id=reverses_id,
        reason=reason,
        recorded_at=clock.now(),
        recorded_by=staff.actor,
    )
    session.add(entry)
    session.flush()
    audit.log(
        session,
        actor=staff.actor,
        action=f"account.{kind.value}",
        subject=f"invoice/{invoice.number}",
        after={
            "amount_minor": amount_minor,
            "currency": invoice.currency,
            "booked_on": booked_on.isoformat(),
        },
        reason=reason or None,
    )
    states.tell(
        session,
        invoice.order_id,
        actor=staff.actor,
        kind=f"account-{kind.value.replace('_', '-')}",
        note=f"{in_words(amount_minor, invoice.currency)}, {invoice.number}. {bank_reference or reason}",
    )
    account_state.settle(session, invoice.order, actor=staff.actor)
    return entry
