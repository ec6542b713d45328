"""Refunding a part of an order at a person's word: vials by line, and an amount for delivery and the rest."""

from __future__ import annotations

from collections.abc import Mapping

from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.ordering import states
from shop.payments import refunds
from shop.people.staff import SignedInStaff


def shown(order_id: int) -> str:
    """What stands of an order's refunds, so that a request is about what was read and is made once."""
    with reading() as session:
        attempt = refunds.paid_attempt(session, order_id)
        return f"{attempt.id}.{attempt.given_back_minor}" if attempt else ""


def refund(
    order_id: int,
    *,
    vials: Mapping[int, int],
    other_minor: int,
    reason: str,
    about: str,
    staff: SignedInStaff,
) -> None:
    """Send back what some vials cost, and an amount beside them. Nothing is done to stock.

    Args:
        vials: how many, by the id of the order line.
        about: what `shown` gave when the page was made.

    Raises:
        Refused: no reason, nothing chosen, more than is left, or another refund was made meanwhile.
        PaymentUnavailable: Stripe gave no answer; the refund stands and is asked about again.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    with writing() as session:
        order = states.lock(session, order_id)
        if shown(order_id) != about:
            raise Refused(_("Another refund was made since this page was made. Read it again."))
        parts = refunds.vials_as_parts(session, order, vials)
        if other_minor:
            parts.append(refunds.Part(order_line_id=None, amount_minor=other_minor))
        refund_id = refunds.request(session, order, lines=parts, reason=reason, actor=staff.actor)
    refunds.send(refund_id)
