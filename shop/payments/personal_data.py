"""What payments hold about people: who is named on invoices; card data never reach the shop."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Table, func, select

from shop.core.personal_data import Erasing, Holding, by_address, not_personal, register
from shop.ordering.models import Order
from shop.ordering.personal_data import of_orders
from shop.payments.invoice_models import Invoice

ACCOUNTS = "Accounts have to show every payment. It names nobody."
for table, what in (
    ("payment_attempt", "Attempts to pay."),
    ("refund", "Money sent back."),
    ("dispute", "Payments disputed at the bank."),
    ("stock_wait", "Paid orders that waited for a lot."),
):
    register(
        Holding(
            table=table,
            columns=(),
            purpose=what,
            rows_of=of_orders(),
            erasing=Erasing.KEEP,
            reason=ACCOUNTS,
        )
    )
not_personal(
    "payment_attempt", "key currency received_currency capture stripe_session stripe_payment_intent page_url"
)
not_personal(
    "refund", "key currency reason requested_by stripe_refund failure", why="a buyer is named `buyer`"
)
not_personal("refund_line", "")
not_personal("restocked_vials", "cause")
not_personal("dispute", "stripe_dispute status reason currency", why="Stripe's words, not the cardholder's")
not_personal("stock_wait", "began_by outcome")
not_personal("stray_payment", "stripe_payment_intent named_order currency status closed_by note")
not_personal("webhook_event", "id type outcome")


def _of_invoices(table: Table, email: str) -> ColumnElement[bool]:
    """Rows that belong to an invoice of the person's orders."""
    mine = select(Invoice.id).join(Order, Order.id == Invoice.order_id)
    return table.c.invoice_id.in_(mine.where(func.lower(Order.email) == email))


RECORD = (
    "A record of account that is never changed: the shop's own rule. How long it has to be kept is set by "
    "the law of the seller's country; the seller's accountant knows."
)
register(
    Holding(
        table="invoice",
        columns=("content",),
        purpose="Invoices and credit notes: who ordered, who pays, where the parcel went.",
        rows_of=of_orders(),
        erasing=Erasing.KEEP,
        reason=RECORD,
    )
)
register(
    Holding(
        table="account_entry",
        columns=("bank_reference", "reference_key"),
        purpose="Money received by bank, with the reference the bank shows.",
        rows_of=_of_invoices,
        erasing=Erasing.KEEP,
        reason=RECORD,
    )
)
register(
    Holding(
        table="account_terms",
        columns=("bill_to", "invoice_email"),
        purpose="Where invoices of an organisation go.",
        rows_of=by_address("invoice_email"),
        erasing=Erasing.KEEP,
        reason="The history of an organisation's terms; set another address, and this one is used no more.",
    )
)
not_personal(
    "invoice",
    "number series cause currency po_number reason issued_by content_sha256",
    why="written by staff",
)
not_personal("invoice_row", "label detail tax_treatment")
not_personal("invoice_paper", "sha256")
not_personal("invoice_event", "actor note", why="written by staff")
not_personal("invoiced_elsewhere", "reason")
not_personal("document_series", "code")
not_personal("account_entry", "currency reason recorded_by", why="written by staff")
not_personal("account_terms", "currency reason set_by", why="written by staff")
