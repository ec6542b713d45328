"""Refunding a part of an order at a person's word: vials by line, and an amount for delivery and the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.ordering import return_requests, states
from shop.payments import refunds, restocking
from shop.payments.models import Refund, Restock
from shop.people.staff import SignedInStaff


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Vials of one line to be refunded, and what was chosen for them; None where nobody has chosen."""

    vials: int
    restock: Restock | None


def shown(order_id: int) -> str:
    """What stands of an order's refunds, so that a request is about what was read and is made once."""
    with reading() as session:
        attempt = refunds.paid_attempt(session, order_id)
        return f"{attempt.id}.{attempt.given_back_minor}" if attempt else ""


def refund(
    order_id: int,
    *,
    lines: Mapping[int, Wanted],
    other_minor: int,
    reason: str,
    about: str,
    staff: SignedInStaff,
    return_request_id: int | None = None,
) -> None:
    """Send back what some vials cost, and an amount beside them; the vials become what was chosen.

    Args:
        lines: by the id of the order line.
        about: what `shown` gave when the page was made.
        return_request_id: the return whose vials these are.

    Raises:
        Refused: no reason, nothing chosen, more than is left, a choice that cannot be carried out, or
            another refund was made meanwhile.
        PaymentUnavailable: Stripe gave no answer; the refund stands and is asked about again.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    with writing() as session:
        order = states.lock(session, order_id)
        if shown(order_id) != about:
            raise Refused(_("Another refund was made since this page was made. Read it again."))
        if return_request_id is not None and (
            return_requests.find(session, return_request_id).order_id != order.id
        ):
            raise Refused(_("This return is of another order."))
        titles = {line.id: line.title for line in order.lines}
        choices: dict[int, Restock] = {}
        for line_id, wanted in lines.items():
            if wanted.vials and wanted.restock is None:
                raise Refused(
                    _("Choose what becomes of the vials of %(title)s.", title=titles.get(line_id, ""))
                )
            if wanted.vials and wanted.restock is not None:
                choices[line_id] = wanted.restock
        vials = {line_id: wanted.vials for line_id, wanted in lines.items() if wanted.vials}
        parts = refunds.vials_as_parts(session, order, vials, choices)
        if other_minor:
            parts.append(refunds.Part(order_line_id=None, amount_minor=other_minor))
        refund_id = refunds.request(
            session,
            order,
            lines=parts,
            reason=reason,
            actor=staff.actor,
            return_request_id=return_request_id,
        )
        restocking.carry_out(session, order, session.get_one(Refund, refund_id), actor=staff.actor)
    refunds.send(refund_id)
