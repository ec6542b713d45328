"""What staff may do. Roles hold these as data; a role can be changed without a release."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """One thing a member of staff may be allowed to do."""

    SEE_ORDERS = "orders.see"
    PACK_ORDERS = "orders.pack"
    REVIEW_ORDERS = "orders.review"
    CANCEL_ORDERS = "orders.cancel"
    ALLOW_COLD_DISPATCH = "orders.cold-dispatch"
    """Let cold goods leave on a day on which the calendar would keep them."""
    SEE_LOTS = "lots.see"
    RECEIVE_LOTS = "lots.receive"
    ADJUST_STOCK = "stock.adjust"
    CHANGE_LOTS = "lots.change"
    UPLOAD_CERTIFICATES = "certificates.upload"
    RELEASE_LOTS = "lots.release"
    WRITE_MONOGRAPHS = "monographs.write"
    VERIFY_MONOGRAPHS = "monographs.verify"
    ANSWER_REPORTS = "reports.answer"
    CHANGE_LABORATORIES = "laboratories.change"
    SEE_RECALLS = "recalls.see"
    RUN_RECALLS = "recalls.run"
    TRACE_LOTS = "lots.trace"
    KEEP_DOCUMENTS = "documents.keep"
    KEEP_SHIPPING_DATA = "products.shipping"
    ANSWER_ENQUIRIES = "enquiries.answer"
    EXCHANGE_DATA = "data.exchange"
    CHANGE_PRICES = "prices.change"
    REVIEW_EXEMPTIONS = "exemptions.review"
    SEE_INVOICES = "invoices.see"
    ISSUE_INVOICES = "invoices.issue"
    RECORD_RECEIPTS = "receipts.record"
    CHANGE_CREDIT = "credit.change"
    OVERRIDE_CREDIT = "credit.override"
    CHANGE_SCREENING = "screening.change"
    MANAGE_OUTBOX = "outbox.manage"
    CHANGE_DESTINATIONS = "destinations.change"
    SEE_LOG = "log.see"
    QUALIFY_BUYERS = "buyers.qualify"
    PUBLISH_STATEMENTS = "statements.publish"
    """Publish a version of the research-use statement, which nobody can take back."""


DEFAULT_ROLES: dict[str, tuple[str, tuple[Permission, ...]]] = {
    "warehouse": (
        "Warehouse",
        (
            Permission.SEE_ORDERS,
            Permission.PACK_ORDERS,
            Permission.SEE_LOTS,
            Permission.RECEIVE_LOTS,
            Permission.ADJUST_STOCK,
            Permission.KEEP_SHIPPING_DATA,
        ),
    ),
    "sales": (
        "Sales",
        (
            Permission.SEE_LOG,
            Permission.SEE_ORDERS,
            Permission.REVIEW_ORDERS,
            Permission.CANCEL_ORDERS,
            Permission.SEE_LOTS,
            Permission.SEE_RECALLS,
            Permission.ANSWER_ENQUIRIES,
            Permission.CHANGE_PRICES,
            Permission.REVIEW_EXEMPTIONS,
            Permission.SEE_INVOICES,
            Permission.MANAGE_OUTBOX,
        ),
    ),
    "accounts": (
        "Accounts",
        (
            Permission.SEE_ORDERS,
            Permission.REVIEW_ORDERS,
            Permission.SEE_INVOICES,
            Permission.ISSUE_INVOICES,
            Permission.RECORD_RECEIPTS,
            Permission.CHANGE_CREDIT,
            Permission.OVERRIDE_CREDIT,
        ),
    ),
    "quality": (
        "Quality",
        (
            Permission.SEE_LOG,
            Permission.SEE_ORDERS,
            Permission.SEE_LOTS,
            Permission.RECEIVE_LOTS,
            Permission.ADJUST_STOCK,
            Permission.CHANGE_LOTS,
            Permission.UPLOAD_CERTIFICATES,
            Permission.RELEASE_LOTS,
            Permission.CHANGE_LABORATORIES,
            Permission.SEE_RECALLS,
            Permission.RUN_RECALLS,
            Permission.TRACE_LOTS,
            Permission.KEEP_DOCUMENTS,
            Permission.ANSWER_ENQUIRIES,
            Permission.EXCHANGE_DATA,
            Permission.ALLOW_COLD_DISPATCH,
            Permission.KEEP_SHIPPING_DATA,
            Permission.CHANGE_SCREENING,
            Permission.MANAGE_OUTBOX,
            Permission.CHANGE_DESTINATIONS,
            Permission.QUALIFY_BUYERS,
            Permission.PUBLISH_STATEMENTS,
        ),
    ),
    "compliance": (
        "Compliance",
        (
            Permission.SEE_ORDERS,
            Permission.REVIEW_ORDERS,
            Permission.CHANGE_SCREENING,
            Permission.CHANGE_DESTINATIONS,
            Permission.QUALIFY_BUYERS,
            Permission.PUBLISH_STATEMENTS,
        ),
    ),
    "editor": (
        "Editor",
        (Permission.WRITE_MONOGRAPHS, Permission.VERIFY_MONOGRAPHS, Permission.ANSWER_REPORTS),
    ),
}
"""The roles a new shop starts with: code, name, permissions."""
