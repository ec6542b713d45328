"""Invoices, credit notes and the purchase order on the page of an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from shop.ordering import po_match
from shop.ordering.models import Order, PaymentMethod, ReviewState
from shop.ordering.po_match import PurchaseOrderDocument
from shop.payments import invoices, purchase_orders
from shop.payments.invoice_models import Invoice, InvoiceKind
from shop.people.permissions import Permission
from shop.people.staff import SignedInStaff


@dataclass(frozen=True, kw_only=True)
class Papers:
    """What the panel shows."""

    papers: Sequence[Invoice]
    can_issue: bool
    by_order: bool
    waits: bool
    document: PurchaseOrderDocument | None
    findings: Sequence[str]


def of_order(session: Session, order: Order, staff: SignedInStaff) -> Papers:
    """The panel of one order."""
    sees = staff.may(Permission.SEE_INVOICES)
    papers = invoices.papers_of_order(session, order.id) if sees else []
    by_order = order.payment_method == PaymentMethod.PURCHASE_ORDER
    allowed = invoices.ON_ACCOUNT if by_order else invoices.PAID_BY_CARD
    return Papers(
        papers=papers,
        can_issue=staff.may(Permission.ISSUE_INVOICES)
        and order.payment_state in allowed
        and not any(each.kind == InvoiceKind.INVOICE for each in papers),
        by_order=by_order,
        waits=order.review_state == ReviewState.WAITING and staff.may(Permission.REVIEW_ORDERS),
        document=po_match.document_of(session, order.id) if by_order else None,
        findings=purchase_orders.findings(session, order),
    )
