"""Money that an order did not wait for: another amount, a second payment, a card beside a purchase order.

It is never kept unseen and never taken for payment. A person sends it back, by the same refunds, keys and
jobs as any other; what was only set aside is let go.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.core import audit
from shop.core.database import writing
from shop.core.errors import NotFound, Refused
from shop.core.identity import random_reference
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.ordering import letters, states
from shop.ordering.models import Order
from shop.payments import open_questions, refunds, settlement
from shop.payments.gateway import PaymentUnavailable
from shop.payments.models import Asking, AttemptState, PaymentAttempt, Refund, RefundState
from shop.people.staff import SignedInStaff


def left_minor(attempt: PaymentAttempt) -> int:
    """What of such a payment is still here, in minor units of its own currency."""
    return (attempt.received_minor or 0) - attempt.given_back_minor


def only_set_aside(attempt: PaymentAttempt) -> bool:
    """Whether the money was never taken, so that it is let go and not sent back."""
    return attempt.received_minor is None


def in_its_currency(attempt: PaymentAttempt) -> str:
    """What is here of it, or set aside, in words."""
    amount = attempt.amount_minor if only_set_aside(attempt) else left_minor(attempt)
    return in_words(amount, attempt.received_currency or attempt.currency)


def shown(attempt: PaymentAttempt) -> str:
    """What stands of a payment, so that sending it back is about what was read and is done once."""
    return f"{attempt.id}.{attempt.state.value}.{attempt.received_minor}.{attempt.given_back_minor}"


def find(session: Session, attempt_id: int) -> PaymentAttempt:
    """A payment that its order did not wait for.

    Raises:
        NotFound: there is none of this number.
    """
    attempt = session.get(PaymentAttempt, attempt_id)
    if attempt is None or attempt.state not in (AttemptState.UNEXPECTED, AttemptState.RELEASED):
        raise NotFound(_("There is no such payment."))
    return attempt


def send_back(attempt_id: int, *, about: str, reason: str, staff: SignedInStaff) -> bool:
    """Send back all that is here of such a payment, or let go of what is only set aside.

    Args:
        about: what `shown` gave when the page was made.

    Returns:
        Whether Stripe has answered; if not, it is asked again by itself.

    Raises:
        Refused: no reason, nothing is here any more, somebody was faster, or a dispute is open.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    with writing(at="decide") as session:
        found = find(session, attempt_id)
        order = states.lock(session, found.order_id)
        session.refresh(found)
        if not waits(found) or shown(found) != about:
            raise Refused(
                _("Somebody has dealt with this payment since the page was made. Nothing was changed.")
            )
        set_aside = only_set_aside(found)
        refund_id = None if set_aside else _request(session, order, found, reason=reason, staff=staff)
        if set_aside:
            found.asking = Asking.VOID
            states.tell(
                session,
                order.id,
                actor=staff.actor,
                kind="decided",
                note=_("The amount set aside is let go. %(why)s", why=reason),
            )
        audit.log(
            session,
            actor=staff.actor,
            action="payment.send-back",
            subject=f"order/{order.number}",
            after={"payment": found.key, "amount": in_its_currency(found)},
            reason=reason,
        )
    return _ask(refund_id, attempt_id)


def waits(attempt: PaymentAttempt) -> bool:
    """Whether something of it is still here, or set aside."""
    return attempt.state == AttemptState.UNEXPECTED and (only_set_aside(attempt) or left_minor(attempt) > 0)


def _request(
    session: Session, order: Order, attempt: PaymentAttempt, *, reason: str, staff: SignedInStaff
) -> int:
    amount, currency = left_minor(attempt), attempt.received_currency or attempt.currency
    refund_id = refunds.request(
        session,
        order,
        lines=refunds.everything_left(session, order, attempt),
        reason=reason,
        actor=staff.actor,
        attempt=attempt,
        instead_of=_failed_before(session, attempt),
    )
    session.refresh(attempt)
    money = in_words(amount, currency)
    open_questions.close_if_answered(
        session,
        order,
        actor=staff.actor,
        note=_("%(amount)s that the order did not wait for goes back. %(why)s", amount=money, why=reason),
    )
    letters.payment_sent_back(session, order, amount_minor=amount, currency=currency, fact=random_reference())
    return refund_id


def _failed_before(session: Session, attempt: PaymentAttempt) -> Refund | None:
    """The last refund of it that failed and was not tried again: this one takes its place."""
    rows = refunds.of_attempt(session, attempt.id)
    again = {each.instead_of_id for each in rows}
    failed = [each for each in rows if each.state == RefundState.FAILED and each.id not in again]
    return failed[-1] if failed else None


def _ask(refund_id: int | None, attempt_id: int) -> bool:
    try:
        if refund_id is None:
            settlement.void_authorised(attempt_id)
        else:
            refunds.send(refund_id)
    except PaymentUnavailable:
        return False
    return True
