"""What staff may do. Roles hold these as data; a role can be changed without a release."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """One thing a member of staff may be allowed to do."""

    SEE_ORDERS = "orders.see"
    PACK_ORDERS = "orders.pack"
    REVIEW_ORDERS = "orders.review"
    CANCEL_ORDERS = "orders.cancel"
    SEE_LOTS = "lots.see"
    RECEIVE_LOTS = "lots.receive"
    ADJUST_STOCK = "stock.adjust"
    CHANGE_LOTS = "lots.change"
    UPLOAD_CERTIFICATES = "certificates.upload"
    RELEASE_LOTS = "lots.release"


DEFAULT_ROLES: dict[str, tuple[str, tuple[Permission, ...]]] = {
    "warehouse": (
        "Warehouse",
        (
            Permission.SEE_ORDERS,
            Permission.PACK_ORDERS,
            Permission.SEE_LOTS,
            Permission.RECEIVE_LOTS,
            Permission.ADJUST_STOCK,
        ),
    ),
    "sales": (
        "Sales",
        (
            Permission.SEE_ORDERS,
            Permission.REVIEW_ORDERS,
            Permission.CANCEL_ORDERS,
            Permission.SEE_LOTS,
        ),
    ),
    "quality": (
        "Quality",
        (
            Permission.SEE_ORDERS,
            Permission.SEE_LOTS,
            Permission.RECEIVE_LOTS,
            Permission.ADJUST_STOCK,
            Permission.CHANGE_LOTS,
            Permission.UPLOAD_CERTIFICATES,
            Permission.RELEASE_LOTS,
        ),
    ),
}
"""The roles a new shop starts with: code, name, permissions."""
