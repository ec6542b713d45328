"""Signed links to an order, for buyers without an account.

The signature is bound to this purpose and to the order's random reference: it opens that order's page and
nothing else, and is not guessed from the number.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from shop.core.settings import settings
from shop.ordering.models import order_number


def order_key(reference: str) -> str:
    """The key in the link to an order."""
    return hmac.new(settings().secret_key.encode(), f"order-page:{reference}".encode(), sha256).hexdigest()[
        :40
    ]


def opens(key: str, reference: str) -> bool:
    """Whether a key belongs to the order of a reference; compared in constant time."""
    return hmac.compare_digest(key.encode(), order_key(reference).encode())


def order_path(order_id: int, reference: str) -> str:
    """The path of an order's page with its key."""
    return f"/orders/{order_number(order_id)}?key={order_key(reference)}"


def order_url(order_id: int, reference: str) -> str:
    """The full address of an order's page, for mail and for returns from payment."""
    return settings().base_url + order_path(order_id, reference)


def lot_change_url(order_id: int, reference: str, change_id: int) -> str:
    """The full address of the page where a buyer answers to another lot."""
    path = f"/orders/{order_number(order_id)}/lot-change/{change_id}?key={order_key(reference)}"
    return settings().base_url + path
