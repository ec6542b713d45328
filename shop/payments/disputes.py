"""Disputes: what Stripe says of them, shown with the order. They are answered at Stripe, not here."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.core import clock
from shop.core.database import writing
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.ordering import states
from shop.payments import gateway
from shop.payments.gateway import DisputeFacts
from shop.payments.models import Dispute, PaymentAttempt

CLOSED = frozenset({"won", "lost", "warning_closed", "prevented"})
"""Stripe's words for a dispute that is over: https://docs.stripe.com/api/disputes/object, `status`."""


def look_again(stripe_dispute: str, *, first: Callable[[Session], bool] | None = None) -> bool:
    """Bring a dispute up to what Stripe says now; False when it is of no payment of this shop."""
    facts = gateway.look_at_dispute(stripe_dispute)
    with writing() as session:
        if first is not None and not first(session):
            return False
        return keep_up(session, facts)


def keep_up(session: Session, facts: DisputeFacts) -> bool:
    """Apply what Stripe says of a dispute; False when it is of no payment of this shop.

    One that is over is never open again, whatever was seen before that end. Its end itself may be turned:
    Stripe can win back what was lost (https://docs.stripe.com/disputes/how-disputes-work).
    """
    attempt = session.scalar(
        select(PaymentAttempt).where(PaymentAttempt.stripe_payment_intent == (facts.intent_id or ""))
    )
    if attempt is None:
        return False
    states.lock(session, attempt.order_id)
    found = session.scalar(
        select(Dispute)
        .where(Dispute.stripe_dispute == facts.dispute_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        found = Dispute(
            stripe_dispute=facts.dispute_id,
            attempt_id=attempt.id,
            order_id=attempt.order_id,
            status="",
            is_open=True,
            refundable=facts.refundable,
            reason=facts.reason[:80],
            amount_minor=facts.amount_minor,
            currency=facts.currency,
            answer_by=facts.answer_by,
            opened_at=facts.opened_at,
            changed_at=clock.now(),
        )
        session.add(found)
    over = facts.status in CLOSED
    if not found.is_open and not over:
        return True
    opened = found.status == ""
    # Money can be withdrawn, and the last day moved, while the status stays what it was.
    said = (found.status, found.refundable, found.answer_by, found.amount_minor)
    if said == (facts.status[:40], facts.refundable, facts.answer_by, facts.amount_minor):
        return True
    found.status, found.is_open, found.amount_minor = facts.status[:40], not over, facts.amount_minor
    found.refundable, found.answer_by, found.changed_at = facts.refundable, facts.answer_by, clock.now()
    session.flush()
    note = _(
        "%(amount)s, %(reason)s: %(status)s",
        amount=in_words(facts.amount_minor, facts.currency),
        reason=facts.reason.replace("_", " "),
        status=facts.status.replace("_", " "),
    )
    kind = "dispute-opened" if opened else "dispute-changed" if found.is_open else "dispute-closed"
    states.tell(session, found.order_id, actor="stripe", kind=kind, note=note)
    return True


def still_open(session: Session, order_id: int | None = None) -> list[str]:
    """Stripe's ids of the disputes that are not over here, of one order or of all."""
    query = select(Dispute.stripe_dispute).where(Dispute.is_open.is_(True)).order_by(Dispute.id)
    if order_id is not None:
        query = query.where(Dispute.order_id == order_id)
    return list(session.scalars(query))


def of_order(session: Session, order_id: int) -> list[Dispute]:
    """The disputes about an order, oldest first."""
    return list(session.scalars(select(Dispute).where(Dispute.order_id == order_id).order_by(Dispute.id)))


def refuse_disputed(session: Session, attempt_id: int) -> None:
    """Refuse a refund while the bank has the money of a payment, or once it has given it back.

    Raises:
        Refused: a dispute about it is open, or was lost.
    """
    statuses = session.execute(
        select(Dispute.status, Dispute.is_open, Dispute.refundable).where(Dispute.attempt_id == attempt_id)
    )
    for status, is_open, refundable in statuses:
        if is_open and not refundable:
            raise Refused(
                _("The cardholder has disputed this payment. Until that is over, nothing can be refunded.")
            )
        if status == "lost":
            raise Refused(_("A dispute about this payment was lost: the bank has given the money back."))
