"""Settlement: what Stripe says was paid becomes the state of the order, once, whoever tells it first.

The signed webhook, the buyer's return and the periodic job all end in `settle`. It fetches the page from
Stripe, outside any transaction, and then applies what it saw in one. States only move forward; a second or
late telling changes nothing. Amount and currency are compared before anything counts as paid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.core import clock, faults
from shop.core.database import reading, writing
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.inventory import availability, reservations
from shop.inventory.allocation import NotEnough, allocate
from shop.ordering import cart, fulfilment, letters, lot_plan, states
from shop.ordering.models import FulfilmentState, Order, PaymentState, ReviewState
from shop.payments import gateway
from shop.payments.gateway import SessionFacts
from shop.payments.models import AttemptState, PaymentAttempt

ACTOR = "stripe"

_RANK = {
    AttemptState.CREATED: 0,
    AttemptState.OPEN: 1,
    AttemptState.PROCESSING: 2,
    AttemptState.EXPIRED: 3,
    AttemptState.FAILED: 3,
    AttemptState.AUTHORISED: 4,
    AttemptState.SUCCEEDED: 5,
}
"""An attempt only moves to a higher rank; money seen outranks everything."""


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What an attempt came to."""

    order_id: int
    state: AttemptState


def settle(session_id: str, *, first: Callable[[Session], bool] | None = None) -> Settled | None:
    """Bring the order of a hosted page up to what Stripe says now. Safe to repeat and to race.

    Args:
        first: run at the start of the transaction; when it returns False nothing else is done. The webhook
            writes its event id here, so that event and effect stand or fall together.

    Returns:
        None when the page is not one of this shop's, or `first` said no.

    Raises:
        PaymentUnavailable: Stripe could not be reached.
    """
    facts = gateway.look(session_id)
    faults.point("settle.facts_seen")
    with writing(at="settle") as session:
        if first is not None and not first(session):
            return None
        attempt = _attempt_of(session, facts)
        if attempt is None:
            return None
        order = states.lock(session, attempt.order_id)
        session.refresh(attempt)
        attempt.stripe_session = facts.session_id
        attempt.stripe_payment_intent = facts.intent_id or attempt.stripe_payment_intent
        _apply(session, order, attempt, facts)
        result = Settled(order_id=order.id, state=attempt.state)
        to_capture = attempt.state == AttemptState.AUTHORISED and order.review_state == ReviewState.APPROVED
        attempt_id = attempt.id
    if to_capture:
        capture_authorised(attempt_id)
    return result


def settle_order(order_id: int) -> None:
    """Settle every attempt of an order that Stripe may know more about than the shop does."""
    with reading() as session:
        query = select(PaymentAttempt.stripe_session).where(
            PaymentAttempt.order_id == order_id,
            PaymentAttempt.stripe_session.is_not(None),
            PaymentAttempt.state.in_([AttemptState.CREATED, AttemptState.OPEN, AttemptState.PROCESSING]),
        )
        session_ids = [each for each in session.scalars(query) if each]
    for session_id in session_ids:
        settle(session_id)


def capture_authorised(attempt_id: int) -> None:
    """Take the money of an authorised attempt whose order has been approved.

    Raises:
        PaymentUnavailable: Stripe could not be reached; trying again uses the same key.
    """
    with reading() as session:
        attempt = session.get_one(PaymentAttempt, attempt_id)
        intent_id, key, session_id = attempt.stripe_payment_intent, attempt.key, attempt.stripe_session
    if intent_id is None or session_id is None:
        raise ValueError("an authorised attempt has a payment")
    faults.point("capture.before")
    gateway.capture(intent_id, key=key)
    faults.point("capture.after")
    settle(session_id)


def _attempt_of(session: Session, facts: SessionFacts) -> PaymentAttempt | None:
    found = session.scalar(select(PaymentAttempt).where(PaymentAttempt.stripe_session == facts.session_id))
    if found is None and facts.attempt_key:
        # The shop stopped after Stripe made the page and before its id was kept here.
        found = session.scalar(select(PaymentAttempt).where(PaymentAttempt.key == facts.attempt_key))
    return found


def _apply(session: Session, order: Order, attempt: PaymentAttempt, facts: SessionFacts) -> None:
    reached = _state_of(facts)
    if _RANK[reached] <= _RANK[attempt.state]:
        return
    if reached in (AttemptState.AUTHORISED, AttemptState.SUCCEEDED) and (
        facts.amount_minor != attempt.amount_minor or facts.currency != attempt.currency
    ):
        _wrong_amount(session, order, facts)
        return
    attempt.state = reached
    if reached in (AttemptState.AUTHORISED, AttemptState.SUCCEEDED, AttemptState.EXPIRED):
        attempt.settled_at = clock.now()
    if reached == AttemptState.AUTHORISED:
        states.move(session, order, PaymentState.AUTHORISED, actor=ACTOR, kind="authorised")
        order.held_until = None
    elif reached == AttemptState.SUCCEEDED:
        _paid(session, order, attempt)
    elif reached == AttemptState.EXPIRED:
        states.tell(session, order.id, actor=ACTOR, kind="payment-page-ended", note="")
    elif reached == AttemptState.PROCESSING:
        states.tell(session, order.id, actor=ACTOR, kind="payment-processing", note="")


def _state_of(facts: SessionFacts) -> AttemptState:
    if facts.status == "expired":
        return AttemptState.EXPIRED
    if facts.status != "complete":
        return AttemptState.OPEN
    if facts.payment_status == "paid":
        return AttemptState.SUCCEEDED
    if facts.intent_status == "requires_capture":
        return AttemptState.AUTHORISED
    if facts.intent_status == "succeeded":
        return AttemptState.SUCCEEDED
    if facts.intent_status in ("canceled", "requires_payment_method"):
        return AttemptState.FAILED
    return AttemptState.PROCESSING


def _paid(session: Session, order: Order, attempt: PaymentAttempt) -> None:
    if order.payment_state not in (PaymentState.DUE, PaymentState.AUTHORISED, PaymentState.NOT_PAYABLE):
        _ask_for_decision(session, order, _("The order was paid already; a second payment has arrived."))
        return
    states.move(
        session,
        order,
        PaymentState.PAID,
        actor=ACTOR,
        kind="paid",
        note=in_words(attempt.amount_minor, attempt.currency),
    )
    faults.point("settle.status_moved")
    cart.empty(session, order.cart_id)
    if order.fulfilment_state == FulfilmentState.HELD and order.review_state != ReviewState.WAITING:
        fulfilment.make_ready(session, order, actor=ACTOR, kind="paid")
        faults.point("settle.ledger_written")
        letters.order_paid(session, order)
        faults.point("settle.outbox_written")
    elif order.fulfilment_state == FulfilmentState.CANCELLED:
        _paid_late(session, order, attempt)
    else:
        order.held_until = None
        letters.order_paid(session, order)


def _paid_late(session: Session, order: Order, attempt: PaymentAttempt) -> None:
    """The hold had run out before the money came: take the vials again if there are any, or ask a person."""
    if order.review_state != ReviewState.REFUSED and _take_again(session, order, attempt):
        order.held_until = None
        fulfilment.make_ready(session, order, actor=ACTOR, kind="paid-late")
        letters.order_paid(session, order)
        return
    _ask_for_decision(
        session, order, _("The payment arrived after the lots had been let go, and the stock is gone.")
    )
    letters.payment_needs_decision(session, order)


def _take_again(session: Session, order: Order, attempt: PaymentAttempt) -> bool:
    shelf = availability.on_shelf(
        session, [line.vial_size_id for line in order.lines], max(order.planned_ship_on, clock.today())
    )
    demands = [lot_plan.demand_again(line) for line in order.lines]
    try:
        takes = allocate(demands, shelf)
    except NotEnough:
        return False
    savepoint = session.begin_nested()
    # Each payment takes for itself: an order can be cancelled and paid late more than once.
    cause = f"order/{order.reference}/paid-late/{attempt.id}"
    ship_on = max(order.planned_ship_on, clock.today())
    if not reservations.take_stock(session, takes, ship_on=ship_on, cause=cause, actor=ACTOR):
        savepoint.rollback()
        return False
    savepoint.commit()
    reservations.write(
        session,
        takes,
        order_line_ids={line.position: line.id for line in order.lines},
        certificates=availability.current_certificates(session, {take.lot_id for take in takes}),
        at=clock.now(),
    )
    return True


def _wrong_amount(session: Session, order: Order, facts: SessionFacts) -> None:
    _ask_for_decision(
        session,
        order,
        _(
            "Stripe reports %(amount)s %(currency)s, which is not the amount of this order.",
            amount=facts.amount_minor,
            currency=facts.currency,
        ),
    )


def _ask_for_decision(session: Session, order: Order, sentence: str) -> None:
    states.move(session, order, ReviewState.NEEDS_DECISION, actor=ACTOR, kind="needs-decision", note=sentence)
