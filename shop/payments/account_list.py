"""Organisations that buy on account: what each owes in each currency, what is overdue, and its limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from shop.core import clock
from shop.ordering.models import Order, PaymentMethod
from shop.payments import invoice_list
from shop.payments.invoice_models import AccountTerms, Invoice
from shop.people.models import Organisation

MOST = 500
"""The most organisations on one page; more are found by their name."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """What one organisation owes in one currency."""

    organisation: Organisation
    currency: str
    open_minor: int
    overdue_minor: int
    credit_minor: int
    limit_minor: int | None


def find(session: Session, words: str) -> Sequence[Account]:
    """Organisations with a purchase order or terms, by name; three queries."""
    known = (select(Order.organisation_id).where(Order.payment_method == PaymentMethod.PURCHASE_ORDER)).union(
        select(AccountTerms.organisation_id)
    )
    query = select(Organisation).where(Organisation.id.in_(known)).order_by(Organisation.name).limit(MOST)
    if words:
        like = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        query = query.where(Organisation.name.ilike(f"%{like}%", escape="\\"))
    organisations = session.scalars(query).all()
    ids = [each.id for each in organisations]
    left = invoice_list.open_amount()
    sums = (
        select(
            Invoice.organisation_id.label("organisation_id"),
            Invoice.currency.label("currency"),
            left.label("open"),
            (Invoice.due_on < clock.today()).label("overdue"),
        )
        .where(Invoice.organisation_id.in_(ids), Invoice.on_account)
        .subquery()
    )
    owed: dict[int, list[tuple[str, int, int, int]]] = {}
    for organisation_id, currency, open_minor, overdue, credit in session.execute(
        select(
            sums.c.organisation_id,
            sums.c.currency,
            func.sum(case((sums.c.open > 0, sums.c.open), else_=0)),
            func.sum(case(((sums.c.open > 0) & sums.c.overdue, sums.c.open), else_=0)),
            func.sum(case((sums.c.open < 0, -sums.c.open), else_=0)),
        )
        .group_by(sums.c.organisation_id, sums.c.currency)
        .order_by(sums.c.currency)
    ):
        owed.setdefault(organisation_id, []).append((currency, int(open_minor), int(overdue), int(credit)))
    newest = select(func.max(AccountTerms.id)).group_by(AccountTerms.organisation_id)
    terms = {
        each.organisation_id: each
        for each in session.scalars(select(AccountTerms).where(AccountTerms.id.in_(newest)))
    }
    return [
        Account(
            organisation=organisation,
            currency=currency,
            open_minor=open_minor,
            overdue_minor=overdue,
            credit_minor=credit,
            limit_minor=terms[organisation.id].limit_minor
            if organisation.id in terms and terms[organisation.id].currency in ("", currency)
            else None,
        )
        for organisation in organisations
        for currency, open_minor, overdue, credit in owed.get(
            organisation.id,
            [(terms[organisation.id].currency if organisation.id in terms else "", 0, 0, 0)],
        )
    ]
