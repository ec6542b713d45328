"""Numbers of invoices, credit and debit notes: one series a kind and year, without a gap or a double.

The counter is raised in the transaction that issues, under its row's lock. A transaction that is rolled back
gives its number back, because nobody else could take one meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.core.audit import invariant
from shop.payments.invoice_models import DocumentSeries, Invoice, InvoiceKind

PREFIX = {InvoiceKind.INVOICE: "INV", InvoiceKind.CREDIT_NOTE: "CN", InvoiceKind.DEBIT_NOTE: "DN"}


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number just taken."""

    series: str
    sequence: int

    @property
    def printed(self) -> str:
        """As it stands on the paper: INV-2026-00001."""
        return f"{self.series}-{self.sequence:05d}"


def take_number(session: Session, kind: InvoiceKind, day: date) -> Number:
    """The next number of the series of a kind and year; others wait until this transaction ends."""
    code = f"{PREFIX[kind]}-{day.year}"
    raised = _raise(session, code)
    if raised is None:
        _begin(session, code)
        raised = _raise(session, code)
    if raised is None:
        raise RuntimeError(f"series {code} is missing although it was just begun")
    return Number(series=code, sequence=raised)


def _raise(session: Session, code: str) -> int | None:
    return session.scalar(
        update(DocumentSeries)
        .where(DocumentSeries.code == code)
        .values(last_number=DocumentSeries.last_number + 1)
        .returning(DocumentSeries.last_number)
        .execution_options(synchronize_session=False)
    )


def _begin(session: Session, code: str) -> None:
    try:
        with session.begin_nested():
            session.add(DocumentSeries(code=code, last_number=0))
    except IntegrityError:
        return  # somebody else began it at the same moment


@invariant("I12", "The numbers of each series of invoices, credit and debit notes have no gap and no double")
def _series_are_whole(session: Session) -> Iterator[str]:
    issued = (
        select(
            Invoice.series,
            func.count().label("count"),
            func.min(Invoice.sequence).label("first"),
            func.max(Invoice.sequence).label("last"),
        )
        .group_by(Invoice.series)
        .subquery()
    )
    rows = session.execute(
        select(
            DocumentSeries.code,
            DocumentSeries.last_number,
            func.coalesce(issued.c.count, 0),
            func.coalesce(issued.c.first, 1),
            func.coalesce(issued.c.last, 0),
        ).outerjoin(issued, issued.c.series == DocumentSeries.code)
    )
    for code, raised_to, count, first, last in rows:
        if not (raised_to == count == last and first == 1):
            yield f"series {code} stands at {raised_to}, with {count} papers from {first} to {last}"
    misprinted = session.execute(
        select(Invoice.number, Invoice.series, Invoice.sequence).order_by(Invoice.id)
    )
    for number, series, sequence in misprinted:
        if number != Number(series=series, sequence=sequence).printed:
            yield f"{number} is number {sequence} of series {series}"
