"""Settlement: what Stripe says was paid becomes the state of the order, once, whoever tells it first.

The signed webhook, the buyer's return and the periodic job all end in `settle`. It fetches the page from
Stripe, outside any transaction, and then applies what it saw in one. States only move forward; a second or
late telling changes nothing. Amount and currency are compared before anything counts as paid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.core import clock, faults
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.inventory import availability
from shop.inventory.allocation import NotEnough, allocate
from shop.ordering import cancel_reasons, cancelled_vials, cart, fulfilment, letters, lot_plan, states
from shop.ordering.cancel_reasons import CancelReason
from shop.ordering.models import FulfilmentState, Order, PaymentMethod, PaymentState, ReviewState
from shop.payments import asking, gateway, open_questions, taking_again
from shop.payments.gateway import SessionFacts
from shop.payments.models import OPEN_ATTEMPTS, Asking, AttemptState, PaymentAttempt

ACTOR = "stripe"

LET_GO = timedelta(hours=1)
"""How long they stay after the shop itself let the money go: whoever did that ends the order next."""
PROCESSING_LIMIT = timedelta(days=7)
"""How long a bank may take for a delayed method before staff are asked to look."""
AUTHORISATION_LASTS = timedelta(days=7)
"""Where Stripe does not say until when: https://docs.stripe.com/payments/place-a-hold-on-a-payment-method"""

_RANK = {
    AttemptState.CREATED: 0,
    AttemptState.OPEN: 1,
    AttemptState.PROCESSING: 2,
    AttemptState.EXPIRED: 3,
    AttemptState.FAILED: 3,
    AttemptState.AUTHORISED: 4,
    AttemptState.RELEASED: 5,
    AttemptState.SUCCEEDED: 6,
    AttemptState.UNEXPECTED: 6,
}
"""An attempt only moves to a higher rank; money seen outranks everything."""


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What an attempt came to."""

    order_id: int
    state: AttemptState


def settle(
    session_id: str, *, first: Callable[[Session], bool] | None = None, capture: bool = True
) -> Settled | None:
    """Bring the order of a hosted page up to what Stripe says now. Safe to repeat and to race.

    Args:
        first: run at the start of the transaction; when it returns False nothing else is done. The webhook
            writes its event id here, so that event and effect stand or fall together.
        capture: take at once what is set aside for an order that has been approved.

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
        attempt.page_url = facts.url or attempt.page_url
        _apply(session, order, attempt, facts)
        result = Settled(order_id=order.id, state=attempt.state)
        to_capture = attempt.state == AttemptState.AUTHORISED and order.review_state == ReviewState.APPROVED
        attempt_id = attempt.id
    if to_capture and capture:
        capture_authorised(attempt_id)
    return result


def settle_order(order_id: int) -> None:
    """Settle every attempt of an order that Stripe may know more about than the shop does."""
    with reading() as session:
        query = select(PaymentAttempt.stripe_session).where(
            PaymentAttempt.order_id == order_id,
            PaymentAttempt.stripe_session.is_not(None),
            PaymentAttempt.state.in_(OPEN_ATTEMPTS),
        )
        session_ids = [each for each in session.scalars(query) if each]
    for session_id in session_ids:
        settle(session_id)


def capture_authorised(attempt_id: int) -> None:
    """Take the money of an authorised attempt whose order has been approved.

    Raises:
        PaymentUnavailable: Stripe gave no answer; the outcome is then unknown.
        Refused: Stripe will not give it. Where the bank has let it go, the order is due again.
    """
    intent_id, session_id = _set_aside(attempt_id)
    key = asking.going_out(attempt_id, Asking.CAPTURE)
    refusal = None
    faults.point("capture.before")
    try:
        gateway.capture(intent_id, key=key)
    except gateway.GatewayRefused as error:
        refusal = error
    except gateway.NotTried:
        raise
    except gateway.PaymentUnavailable:
        asking.no_answer(attempt_id, Asking.CAPTURE)
        raise
    faults.point("capture.after")
    settled = settle(session_id, capture=False)
    if settled is not None and settled.state == AttemptState.RELEASED:
        raise Refused(
            _(
                "The amount set aside cannot be taken any more: the bank has let it go. "
                "The buyer is asked to pay again."
            )
        )
    if refusal is not None and settled is not None and settled.state != AttemptState.SUCCEEDED:
        raise refusal


def void_authorised(attempt_id: int) -> None:
    """Let go of the money of an authorised attempt. Where it was taken meanwhile, it is settled as paid.

    Raises:
        PaymentUnavailable: Stripe gave no answer; the outcome is then unknown.
        GatewayRefused: Stripe will not let it go.
    """
    intent_id, session_id = _set_aside(attempt_id)
    key = asking.going_out(attempt_id, Asking.VOID)
    refusal = None
    faults.point("void.before")
    try:
        gateway.void(intent_id, key=key)
    except gateway.GatewayRefused as error:
        refusal = error
    except gateway.NotTried:
        raise
    except gateway.PaymentUnavailable:
        asking.no_answer(attempt_id, Asking.VOID)
        raise
    faults.point("void.after")
    settled = settle(session_id, capture=False)
    if refusal is not None and settled is not None and settled.state == AttemptState.AUTHORISED:
        raise refusal


def _set_aside(attempt_id: int) -> tuple[str, str]:
    with reading() as session:
        attempt = session.get_one(PaymentAttempt, attempt_id)
        intent_id, session_id = attempt.stripe_payment_intent, attempt.stripe_session
    if intent_id is None or session_id is None:
        raise ValueError("an authorised attempt has a payment")
    return intent_id, session_id


def _attempt_of(session: Session, facts: SessionFacts) -> PaymentAttempt | None:
    found = session.scalar(select(PaymentAttempt).where(PaymentAttempt.stripe_session == facts.session_id))
    if found is None and facts.attempt_key:
        # The shop stopped after Stripe made the page and before its id was kept here.
        found = session.scalar(select(PaymentAttempt).where(PaymentAttempt.key == facts.attempt_key))
    return found


def _apply(session: Session, order: Order, attempt: PaymentAttempt, facts: SessionFacts) -> None:
    was, reached = attempt.state, state_of(facts)
    if was == AttemptState.UNEXPECTED and attempt.received_minor is None:
        _of_unexpected(session, order, attempt, facts, reached)
        return
    set_aside = was == AttemptState.AUTHORISED or (
        was == AttemptState.UNKNOWN and attempt.asking in (Asking.CAPTURE, Asking.VOID)
    )
    if set_aside and reached in (AttemptState.FAILED, AttemptState.EXPIRED):
        reached = AttemptState.RELEASED
    if was == AttemptState.UNKNOWN:
        if set_aside and _RANK[reached] < _RANK[AttemptState.AUTHORISED]:
            return
    elif _RANK[reached] <= _RANK[was]:
        return
    money = reached in (AttemptState.AUTHORISED, AttemptState.SUCCEEDED)
    if money and not _as_asked(attempt, facts):
        reached = AttemptState.UNEXPECTED
    attempt.state = reached
    asking.answered(session, attempt, was=was)
    if reached not in (AttemptState.OPEN, AttemptState.PROCESSING):
        attempt.settled_at = clock.now()
    if facts.intent_status != "requires_capture" and money:
        attempt.received_minor = facts.received_minor or facts.amount_minor
        attempt.received_currency = facts.currency
    match reached:
        case AttemptState.AUTHORISED if not _awaits_card(order):
            attempt.state = AttemptState.UNEXPECTED
            _ask_for_decision(
                session, order, _("An amount was set aside on a card, and the order does not wait for one.")
            )
        case AttemptState.AUTHORISED:
            attempt.capture_before = facts.capture_before or clock.now() + AUTHORISATION_LASTS
            states.move(session, order, PaymentState.AUTHORISED, actor=ACTOR, kind="authorised")
            order.held_until = None
        case AttemptState.SUCCEEDED:
            _paid(session, order, attempt)
        case AttemptState.UNEXPECTED:
            _wrong_amount(session, order, facts)
        case AttemptState.RELEASED:
            _released(session, order, attempt)
        case AttemptState.EXPIRED:
            states.tell(session, order.id, actor=ACTOR, kind="payment-page-ended", note="")
        case AttemptState.FAILED:
            _failed(session, order, was)
        case AttemptState.PROCESSING:
            states.tell(session, order.id, actor=ACTOR, kind="payment-processing", note="")
            # The hold outlives what the bank is doing; at its end staff are told, and it stays.
            if order.fulfilment_state == FulfilmentState.HELD:
                order.held_until = clock.now() + PROCESSING_LIMIT


def state_of(facts: SessionFacts) -> AttemptState:
    """What Stripe's words mean for an attempt. Pure. The payment itself counts for more than its page."""
    match facts.intent_status:
        case "succeeded":
            return AttemptState.SUCCEEDED
        case "requires_capture":
            return AttemptState.AUTHORISED
        case "canceled" if facts.status == "complete":
            return AttemptState.FAILED
    if facts.status == "expired":
        return AttemptState.EXPIRED
    if facts.status != "complete":
        return AttemptState.OPEN
    if facts.intent_status is None and facts.payment_status == "paid":
        return AttemptState.SUCCEEDED
    if facts.intent_status == "requires_payment_method":
        return AttemptState.FAILED
    return AttemptState.PROCESSING


def _as_asked(attempt: PaymentAttempt, facts: SessionFacts) -> bool:
    """Whether amount and currency are just what was asked for, on the page and in the payment."""
    return (
        facts.amount_minor == attempt.amount_minor
        and facts.currency == attempt.currency
        and facts.received_minor in (None, attempt.amount_minor)
    )


def _paid(session: Session, order: Order, attempt: PaymentAttempt) -> None:
    payable = (PaymentState.DUE, PaymentState.AUTHORISED, PaymentState.NOT_PAYABLE)
    if order.payment_state not in payable or order.payment_method != PaymentMethod.CARD:
        attempt.state = AttemptState.UNEXPECTED
        sentence = (
            _("The order is paid by purchase order; a card payment has arrived as well.")
            if order.payment_method != PaymentMethod.CARD
            else _("The order was paid already; a second payment has arrived.")
        )
        _ask_for_decision(session, order, sentence)
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


def _awaits_card(order: Order) -> bool:
    """Whether an amount set aside on a card is what the order waits for."""
    return order.payment_method == PaymentMethod.CARD and order.payment_state in (
        PaymentState.DUE,
        PaymentState.AUTHORISED,
    )


def _of_unexpected(
    session: Session, order: Order, attempt: PaymentAttempt, facts: SessionFacts, reached: AttemptState
) -> None:
    """What became of money that the order did not wait for and that was only set aside."""
    if reached == AttemptState.SUCCEEDED:
        attempt.received_minor = facts.received_minor or facts.amount_minor
        attempt.received_currency, attempt.settled_at = facts.currency, clock.now()
    elif reached in (AttemptState.FAILED, AttemptState.EXPIRED):
        attempt.state, attempt.settled_at = AttemptState.RELEASED, clock.now()
        attempt.ask_again_at = None
        note = _("The amount set aside was let go.")
        states.tell(session, order.id, actor=ACTOR, kind="authorisation-ended", note="")
        open_questions.close_if_answered(session, order, actor=ACTOR, note=note)


def _released(session: Session, order: Order, attempt: PaymentAttempt) -> None:
    """What was set aside is gone, whether the shop let it go or the bank did: the order is due again."""
    if order.payment_state != PaymentState.AUTHORISED:
        return
    by_us = attempt.asking == Asking.VOID
    note = _("by the shop") if by_us else _("by the bank: not taken in time, or withdrawn")
    states.move(session, order, PaymentState.DUE, actor=ACTOR, kind="authorisation-ended", note=note)
    if order.fulfilment_state == FulfilmentState.HELD:
        order.held_until = clock.now() + (LET_GO if by_us else open_questions.PAY_AGAIN)
        if not by_us:
            letters.payment_due_again(session, order, fact=attempt.key)


_NOT_ENDED = (AttemptState.CREATED, AttemptState.OPEN, AttemptState.PROCESSING)
"""The buyer had completed the page, whether the shop saw the bank's work on it or only its end."""


def _failed(session: Session, order: Order, was: AttemptState) -> None:
    states.tell(session, order.id, actor=ACTOR, kind="payment-failed", note="")
    due = order.payment_state == PaymentState.DUE and order.fulfilment_state == FulfilmentState.HELD
    if due and order.payment_method == PaymentMethod.CARD and was in _NOT_ENDED:
        order.held_until = clock.now() + open_questions.PAY_AGAIN
        letters.payment_due_again(session, order, fact=clock.now().isoformat())


def _paid_late(session: Session, order: Order, attempt: PaymentAttempt) -> None:
    """Money for an order that has ended: take vials again if only its time ran out, or ask a person."""
    ended = cancel_reasons.newest(session, order.id)
    if ended not in (None, CancelReason.NOT_PAID):
        sentence = _("The payment arrived after the order had been cancelled.")
        _ask_for_decision(session, order, sentence)
        letters.payment_needs_decision(session, order, cancelled=True)
        return
    if order.review_state != ReviewState.REFUSED and _take_again(session, order, attempt):
        order.held_until = None
        fulfilment.make_ready(session, order, actor=ACTOR, kind="paid-late")
        letters.order_paid(session, order)
        return
    _ask_for_decision(
        session, order, _("The payment arrived after the lots had been let go, and the stock is gone.")
    )
    letters.payment_needs_decision(session, order, cancelled=False)


def _take_again(session: Session, order: Order, attempt: PaymentAttempt) -> bool:
    shelf = availability.on_shelf(
        session, [line.vial_size_id for line in order.lines], max(order.planned_ship_on, clock.today())
    )
    gone = cancelled_vials.of_order(session, order)
    demands = [
        lot_plan.demand_again(line, line.quantity - gone.get(line.id, 0))
        for line in order.lines
        if line.quantity > gone.get(line.id, 0)
    ]
    try:
        takes = allocate(demands, shelf)
    except NotEnough:
        return False
    # Each payment takes for itself: an order can be cancelled and paid late more than once.
    return taking_again.take(
        session,
        order,
        takes,
        ship_on=max(order.planned_ship_on, clock.today()),
        cause=f"order/{order.reference}/paid-late/{attempt.id}",
        actor=ACTOR,
    )


def _wrong_amount(session: Session, order: Order, facts: SessionFacts) -> None:
    _ask_for_decision(
        session,
        order,
        _(
            "Stripe reports %(amount)s %(currency)s, which is not the amount of this order.",
            amount=facts.received_minor or facts.amount_minor,
            currency=facts.currency,
        ),
    )


def _ask_for_decision(session: Session, order: Order, sentence: str) -> None:
    order.held_until = None  # a person ends this, not a clock
    kind = "needs-decision"
    if not states.move(session, order, ReviewState.NEEDS_DECISION, actor=ACTOR, kind=kind, note=sentence):
        states.tell(session, order.id, actor=ACTOR, kind=kind, note=sentence)
