"""Signed links by which a consignee or a buyer answers without an account.

Each signature is bound to its purpose and to one row: it opens that answer and nothing else.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from shop.core.settings import settings


def consignee_key(consignee_id: int) -> str:
    """The key in the link of a notice."""
    return _key(f"recall-answer:{consignee_id}")


def order_key(recall_order_id: int) -> str:
    """The key in the link by which a buyer accepts other lots."""
    return _key(f"recall-lots:{recall_order_id}")


def matches(given: str, key: str) -> bool:
    """Whether a key is the right one; compared in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), key.encode())


def answer_url(consignee_id: int) -> str:
    """The full address of a consignee's answer."""
    return f"{settings().base_url}/recalls/answer/{consignee_id}?key={consignee_key(consignee_id)}"


def order_url(recall_order_id: int) -> str:
    """The full address of a buyer's decision about other lots."""
    return f"{settings().base_url}/recalls/lots/{recall_order_id}?key={order_key(recall_order_id)}"


def _key(about: str) -> str:
    return hmac.new(settings().secret_key.encode(), about.encode(), sha256).hexdigest()[:40]
