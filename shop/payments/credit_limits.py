"""How much an organisation may owe: what is owed and approved now, held against its limit.

The limit is checked under a lock on the organisation when a purchase order is approved, so that of two
approvals at one moment the second one counts the first.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.ordering.models import Order, PaymentMethod, PaymentState
from shop.payments import account_state, account_terms
from shop.payments.invoice_models import AccountTerms, Invoice, InvoiceKind
from shop.people.models import Organisation


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """What an organisation owes, or will when its approved orders are invoiced, in one currency."""

    currency: str
    invoiced_minor: int
    approved_minor: int
    limit_minor: int | None

    @property
    def total_minor(self) -> int:
        """Open invoices and approved orders together."""
        return self.invoiced_minor + self.approved_minor

    def over_by(self, more_minor: int) -> int:
        """By how much the limit would be passed with so much more; 0 when it is not, or there is none."""
        if self.limit_minor is None:
            return 0
        return max(self.total_minor + more_minor - self.limit_minor, 0)


def lock(session: Session, organisation_id: int) -> None:
    """Let approvals and changes of terms of one organisation take turns until the transaction ends."""
    session.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update())


def exposure(session: Session, organisation_id: int) -> Exposure:
    """What is open and approved in the currency of the limit; other currencies are never added to it."""
    terms = account_terms.of_organisation(session, organisation_id)
    left = Invoice.total_minor - account_state.credited() - account_state.received()
    invoiced = session.scalars(
        select(left).where(
            Invoice.organisation_id == organisation_id,
            Invoice.currency == terms.currency,
            Invoice.kind == InvoiceKind.INVOICE,
            Invoice.on_account,
        )
    )
    approved = session.scalar(
        select(func.sum(Order.total_minor)).where(
            Order.organisation_id == organisation_id,
            Order.currency == terms.currency,
            Order.payment_method == PaymentMethod.PURCHASE_ORDER,
            Order.payment_state == PaymentState.ON_ACCOUNT,
            ~exists().where(Invoice.order_id == Order.id),
        )
    )
    return Exposure(
        currency=terms.currency,
        # What was paid too much on one invoice does not pay for another before somebody says so.
        invoiced_minor=sum(max(int(each), 0) for each in invoiced),
        approved_minor=int(approved or 0),
        limit_minor=terms.limit_minor,
    )


def passes_limit() -> ColumnElement[bool]:
    """Whether an order in the query around would pass its organisation's limit, were it approved now."""
    other = aliased(Order)
    newest = (
        select(func.max(AccountTerms.id))
        .where(AccountTerms.organisation_id == Order.organisation_id)
        .correlate(Order)
        .scalar_subquery()
    )
    left = Invoice.total_minor - account_state.credited() - account_state.received()
    invoiced = (
        select(func.coalesce(func.sum(case((left > 0, left), else_=0)), 0))
        .where(
            Invoice.organisation_id == Order.organisation_id,
            Invoice.currency == Order.currency,
            Invoice.kind == InvoiceKind.INVOICE,
            Invoice.on_account,
        )
        .correlate(Order)
        .scalar_subquery()
    )
    approved = (
        select(func.coalesce(func.sum(other.total_minor), 0))
        .where(
            other.organisation_id == Order.organisation_id,
            other.currency == Order.currency,
            other.payment_method == PaymentMethod.PURCHASE_ORDER,
            other.payment_state == PaymentState.ON_ACCOUNT,
            ~exists().where(Invoice.order_id == other.id),
        )
        .correlate(Order)
        .scalar_subquery()
    )
    limit = (
        select(AccountTerms.limit_minor)
        .where(AccountTerms.id == newest, AccountTerms.currency == Order.currency)
        .correlate(Order)
        .scalar_subquery()
    )
    return Order.total_minor + invoiced + approved > limit


def finding(session: Session, order: Order) -> str:
    """What there is to say about the limit before a purchase order is approved; empty when nothing."""
    if order.payment_method != PaymentMethod.PURCHASE_ORDER:
        return ""
    found = exposure(session, order.organisation_id)
    if found.limit_minor is None:
        return ""
    if order.currency != found.currency:
        return _(
            "The credit limit of %(organisation)s is in %(currency)s; this order is not.",
            organisation=order.organisation,
            currency=found.currency,
        )
    over = found.over_by(order.total_minor)
    if not over:
        return ""
    return _(
        "Over the credit limit by %(over)s: %(owed)s is owed or approved, this order adds %(total)s, "
        "and the limit is %(limit)s.",
        over=in_words(over, order.currency),
        owed=in_words(found.total_minor, order.currency),
        total=in_words(order.total_minor, order.currency),
        limit=in_words(found.limit_minor, order.currency),
    )
