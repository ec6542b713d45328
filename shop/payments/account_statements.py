"""The statement of an account: what moved between two days in one currency, and how old what is open is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.payments import invoice_papers
from shop.payments.invoice_models import AccountEntry, EntryKind, Invoice, InvoiceKind
from shop.people.models import Organisation

AGES = (30, 60, 90)
"""Days past the due date at which an open amount comes into the next column."""


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One thing that changed the balance."""

    on: date
    what: str
    reference: str
    amount_minor: int
    """What it adds to what is owed; negative for credit notes and receipts."""
    invoice_id: int
    due_on: date


@dataclass(frozen=True, kw_only=True)
class Ageing:
    """What is open at the end of a statement, by age: not due, up to 30, 60, 90 days past, and older."""

    not_due: int
    to_30: int
    to_60: int
    to_90: int
    older: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.not_due + self.to_30 + self.to_60 + self.to_90 + self.older


@dataclass(frozen=True, kw_only=True)
class Statement:
    """An account in one currency over a period, both days included."""

    organisation: str
    currency: str
    first: date
    last: date
    opening_minor: int
    movements: tuple[Movement, ...]
    ageing: Ageing
    credit_minor: int
    """What was paid too much on single invoices, not taken off the others."""

    @property
    def closing_minor(self) -> int:
        """Opening balance and everything that moved."""
        return self.opening_minor + sum(each.amount_minor for each in self.movements)


def of_organisation(session: Session, organisation_id: int, *, first: date, last: date) -> list[Statement]:
    """A statement for each currency the organisation was invoiced in, by its code.

    Raises:
        NotFound: there is no such organisation.
    """
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound(_("There is no such organisation."))
    by_currency: dict[str, list[Movement]] = {}
    for currency, movement in _movements(session, organisation_id, last):
        by_currency.setdefault(currency, []).append(movement)
    return [
        made_of(organisation.name, currency, movements, first=first, last=last)
        for currency, movements in sorted(by_currency.items())
    ]


def made_of(
    organisation: str, currency: str, movements: Sequence[Movement], *, first: date, last: date
) -> Statement:
    """A statement from everything that moved until its last day. Pure.

    What is open is counted invoice by invoice, and is as old as the days since its due date.
    """
    ordered = sorted((each for each in movements if each.on <= last), key=lambda each: each.on)
    left: dict[int, int] = {}
    due: dict[int, date] = {}
    for each in ordered:
        left[each.invoice_id] = left.get(each.invoice_id, 0) + each.amount_minor
        due[each.invoice_id] = each.due_on
    columns = [0] * (len(AGES) + 2)
    for invoice_id, amount in left.items():
        if amount > 0:
            columns[_column((last - due[invoice_id]).days)] += amount
    return Statement(
        organisation=organisation,
        currency=currency,
        first=first,
        last=last,
        opening_minor=sum(each.amount_minor for each in ordered if each.on < first),
        movements=tuple(each for each in ordered if each.on >= first),
        ageing=Ageing(
            not_due=columns[0], to_30=columns[1], to_60=columns[2], to_90=columns[3], older=columns[4]
        ),
        credit_minor=-sum(amount for amount in left.values() if amount < 0),
    )


def _column(days_past: int) -> int:
    if days_past <= 0:
        return 0
    return next((place for place, most in enumerate(AGES, start=1) if days_past <= most), len(AGES) + 1)


def _movements(session: Session, organisation_id: int, last: date) -> list[tuple[str, Movement]]:
    """Invoices, credit notes and bookings until a day, in the order they were written."""
    papers = (
        session.scalars(
            select(Invoice)
            .where(
                Invoice.organisation_id == organisation_id,
                Invoice.on_account,
                Invoice.issued_on <= last,
            )
            .order_by(Invoice.id)
        )
        .unique()
        .all()
    )
    due = {each.id: each.due_on for each in papers if each.due_on is not None}
    invoice_of: dict[int, int] = {}
    for each in papers:  # a debit note leads over its credit note, which was written before
        invoice_of[each.id] = (
            invoice_of.get(each.corrects_id, each.corrects_id) if each.corrects_id else each.id
        )
    found = [
        (
            each.currency,
            Movement(
                on=each.issued_on,
                what=invoice_papers.kind_in_words(each.kind),
                reference=each.number,
                amount_minor=-each.total_minor if each.kind == InvoiceKind.CREDIT_NOTE else each.total_minor,
                invoice_id=invoice_of[each.id],
                due_on=due.get(invoice_of[each.id], each.issued_on),
            ),
        )
        for each in papers
    ]
    entries = session.execute(
        select(AccountEntry, Invoice.number, Invoice.due_on)
        .join(Invoice, Invoice.id == AccountEntry.invoice_id)
        .where(AccountEntry.organisation_id == organisation_id, AccountEntry.booked_on <= last)
        .order_by(AccountEntry.id)
    )
    for entry, number, due_on in entries:
        found.append(
            (
                entry.currency,
                Movement(
                    on=entry.booked_on,
                    what=_entry(entry.kind),
                    reference=f"{number} {entry.bank_reference}".strip(),
                    amount_minor=-entry.amount_minor,
                    invoice_id=entry.invoice_id,
                    due_on=due_on or entry.booked_on,
                ),
            )
        )
    return found


def _entry(kind: EntryKind) -> str:
    return {
        EntryKind.RECEIPT: _("Received"),
        EntryKind.REVERSAL: _("Booking taken back"),
        EntryKind.PAYOUT: _("Sent back by bank"),
        EntryKind.CREDIT_OUT: _("Credit used for another invoice"),
        EntryKind.CREDIT_IN: _("Credit of another invoice"),
    }[kind]
