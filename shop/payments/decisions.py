"""What staff decide about an order, where money at Stripe hangs on it: approve, refuse, cancel.

Stripe is asked before the order changes, outside any transaction; each call can be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.core import audit, clock, faults, files
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.personal_data import BUYER
from shop.ordering import cart, fulfilment, lot_changes, placement, states
from shop.ordering.cancel_reasons import CancelReason, in_words_of_staff, told
from shop.ordering.models import FulfilmentState, PaymentMethod, PaymentState, ReviewState
from shop.payments import attempts, gateway, purchase_orders, refunds, restocking, settlement
from shop.payments.models import AttemptState, PaymentAttempt, Refund, Restock
from shop.people.staff import SignedInStaff


def approve(order_id: int, *, staff: SignedInStaff, reason: str, without_comparing: bool = False) -> None:
    """Approve an order that waits for a person; money that was set aside is taken.

    Args:
        without_comparing: the document of its purchase order was not compared, on purpose.

    Raises:
        Refused: the order does not wait, its purchase order or credit limit wants a reason or another person,
            or Stripe would not give the money.
    """
    with writing() as session:
        order = states.lock(session, order_id)
        purchase_orders.demand(
            session, order, staff=staff, reason=reason, without_comparing=without_comparing
        )
        fulfilment.approve_locked(session, order, staff=staff, reason=reason)
    authorised = _authorised(order_id)
    if authorised is not None:
        settlement.capture_authorised(authorised)


def refuse(order_id: int, *, staff: SignedInStaff, reason: str) -> None:
    """Refuse an order that waits for a person; money that was set aside is let go first.

    Raises:
        Refused: the order does not wait, no reason is given, or Stripe could not be reached.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    end_payment(order_id)
    with reading() as session:
        _refuse_while_processing(session, order_id)
    fulfilment.refuse(order_id, staff=staff, reason=reason)


def cancel(
    order_id: int,
    *,
    staff: SignedInStaff,
    reason: str,
    code: CancelReason = CancelReason.OTHER,
    restock: Mapping[int, Restock] | None = None,
) -> None:
    """Cancel an order that has not left; what was paid is sent back in full.

    Args:
        restock: what becomes of the vials kept for each order line; without one they go back on sale.

    Raises:
        Refused: it has left, no reason is given, a choice for vials is none, or Stripe could not be reached.
    """
    if code == CancelReason.OTHER and not reason.strip():
        raise Refused(_("Give a reason."))
    choices = dict(restock or {})
    if Restock.NONE in choices.values():
        raise Refused(_("A cancelled order keeps no vials. Choose what becomes of them."))
    _cancel(order_id, actor=staff.actor, reason=reason, code=code, restock=choices)


def decline_other_lot(order_id: int, change_id: int) -> None:
    """Cancel an order at its buyer's wish, because its lot was stopped and they want no other one.

    What was paid is sent back in full.

    Raises:
        Refused: the offer has been answered, the order has left, or Stripe could not be reached.
    """
    _cancel(
        order_id,
        actor=None,
        reason=_("The buyer did not want another lot."),
        code=CancelReason.LOT_STOPPED,
        change_id=change_id,
    )


def _cancel(
    order_id: int,
    *,
    actor: str | None,
    reason: str,
    code: CancelReason,
    restock: Mapping[int, Restock] | None = None,
    change_id: int | None = None,
) -> None:
    """Cancel an order and send back what was paid; without an actor it is the buyer who cancels."""
    end_payment(order_id)
    refund_id = None
    with writing(at="cancel") as session:
        order = states.lock(session, order_id)
        who = actor or BUYER
        _refuse_while_processing(session, order_id)
        paid = order.payment_state in (PaymentState.PAID, PaymentState.PART_REFUNDED)
        if change_id is not None:
            lot_changes.decline(session, order, change_id, actor=who)
        let_go = fulfilment.cancel(session, order, actor=who, kind="cancelled", code=code, reason=reason)
        why = told(in_words_of_staff(code), code, reason)
        choices = {
            gone.order_line_id: (restock or {}).get(gone.order_line_id, Restock.TO_SHELF) for gone in let_go
        }
        audit.log(
            session,
            actor=who,
            action="order.cancel",
            subject=f"order/{order.number}",
            after={
                "code": code.value,
                "vials": {str(line_id): choice.value for line_id, choice in choices.items()},
            },
            reason=why,
        )
        attempt = refunds.paid_attempt(session, order_id)
        if paid and attempt is not None:
            parts = refunds.everything_left(session, order, attempt, restock=choices)
            if any(part.amount_minor for part in parts):
                refund_id = refunds.request(session, order, lines=parts, reason=why, actor=who)
        restocking.after_cancelling(
            session,
            order,
            let_go,
            choices,
            refund=session.get(Refund, refund_id) if refund_id else None,
            reason=why,
            actor=who,
        )
    if refund_id is not None:
        refunds.send(refund_id)


def cancel_unpaid(order_id: int) -> None:
    """Cancel an order at its buyer's wish, while nothing has been paid.

    Raises:
        Refused: it has been paid, is being paid, or has gone on.
    """
    end_payment(order_id)
    with writing() as session:
        order = states.lock(session, order_id)
        _refuse_while_processing(session, order_id)
        if order.payment_state != PaymentState.DUE or order.fulfilment_state != FulfilmentState.HELD:
            raise Refused(_("This order can no longer be cancelled here. Write to us."))
        fulfilment.cancel(
            session, order, actor=BUYER, kind="cancelled", code=CancelReason.BUYERS_WISH, reason=""
        )


def switch_to_purchase_order(order_id: int, *, po_number: str, po_file: tuple[str, bytes] | None) -> None:
    """Pay an unpaid card order by purchase order instead; the payment page is ended first.

    Raises:
        Refused: it has been paid, is being paid, or has gone on.
    """
    end_payment(order_id)
    sha256 = files.store().put(po_file[1]) if po_file else None
    with writing() as session:
        order = states.lock(session, order_id)
        _refuse_while_processing(session, order_id)
        if (
            order.payment_method != PaymentMethod.CARD
            or order.payment_state != PaymentState.DUE
            or order.fulfilment_state != FulfilmentState.HELD
        ):
            raise Refused(_("This order can no longer be changed here. Write to us."))
        if po_file and sha256:
            files.record(session, sha256, size=len(po_file[1]), media_type="application/pdf")
            order.po_file_sha256, order.po_file_name = sha256, po_file[0]
        order.po_number, order.payment_method = po_number, PaymentMethod.PURCHASE_ORDER
        order.held_until = placement.hold_ends(PaymentMethod.PURCHASE_ORDER, clock.now())
        if order.review_state == ReviewState.PASSED:
            states.move(
                session, order, ReviewState.WAITING, actor=BUYER, kind="purchase-order", note=po_number
            )
        cart.empty(session, order.cart_id)


def end_payment(order_id: int) -> None:
    """Make sure that nobody can pay an order any more; money that was faster is settled.

    Raises:
        PaymentUnavailable: Stripe could not be reached, so nothing is certain and nothing was changed.
    """
    with reading() as session:
        attempt = attempts.open_attempt(session, order_id)
        attempt_id = attempt.id if attempt else None
    if attempt_id is not None:
        end_attempt(attempt_id)
    authorised = _authorised(order_id)
    if authorised is not None:
        settlement.void_authorised(authorised)


def _refuse_while_processing(session: Session, order_id: int) -> None:
    if attempts.open_attempt(session, order_id) is not None:
        raise Refused(_("The buyer's bank is still processing a payment. Wait for its outcome."))


def end_attempt(attempt_id: int) -> None:
    """End an open attempt at Stripe, and then here.

    An attempt whose page may or may not exist is first found out about: what is not at Stripe is over.
    """
    with reading() as session:
        session_id = session.get_one(PaymentAttempt, attempt_id).stripe_session
    if session_id is None:
        attempts.find(attempt_id)
        with reading() as session:
            session_id = session.get_one(PaymentAttempt, attempt_id).stripe_session
    if session_id is not None:
        faults.point("hold.expire_requested")
        # Where the buyer was faster, the payment is settled below like any other.
        with suppress(gateway.AlreadyCompleted):
            gateway.end_page(session_id)
        faults.point("hold.expired_at_stripe")
        settlement.settle(session_id, capture=False)


def _authorised(order_id: int) -> int | None:
    with reading() as session:
        return session.scalar(
            select(PaymentAttempt.id).where(
                PaymentAttempt.order_id == order_id, PaymentAttempt.state == AttemptState.AUTHORISED
            )
        )
