"""Starting to pay: one open attempt per order, recorded before Stripe is asked."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.core import clock, faults
from shop.core.database import locked, reading, writing
from shop.core.errors import Refused
from shop.core.identity import random_reference
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.core.personal_data import BUYER
from shop.core.settings import settings
from shop.ordering import links, states
from shop.ordering.models import (
    ChargeKind,
    FulfilmentState,
    Order,
    PaymentMethod,
    PaymentState,
    ReviewState,
)
from shop.payments import asking, gateway
from shop.payments.models import OPEN_ATTEMPTS, Asking, AttemptState, PaymentAttempt

LONGEST_HOLD = timedelta(hours=24)
"""New attempts stop prolonging the hold of an order this long after it was placed."""
CLOCKS_APART = timedelta(hours=1)
"""How far the shop's clock and Stripe's may differ where something is looked up by its time."""


def start(order_id: int) -> str:
    """The address of the hosted page on which an order can be paid, made when there is none yet.

    Raises:
        Refused: the order is not waiting for a card payment, or its bank is at work on one.
        PaymentUnavailable: Stripe could not be reached; trying again uses the same attempt.
    """
    with writing(at="attempt") as session:
        order = states.lock(session, order_id)
        attempt = open_attempt(session, order_id)
        if attempt is None:
            _refuse_unpayable(order)
            attempt = _new_attempt(session, order)
        elif attempt.state == AttemptState.OPEN and attempt.page_url is not None:
            return attempt.page_url
        elif attempt.state == AttemptState.PROCESSING or attempt.stripe_session is not None:
            raise Refused(_("A payment of this order is being processed. Wait for its outcome."))
        attempt_id, state = attempt.id, attempt.state
    if state != AttemptState.UNKNOWN:
        return ask(attempt_id)
    found = find(attempt_id)
    return found or start(order_id)


def ask(attempt_id: int) -> str:
    """Make the hosted page of an attempt at Stripe and keep its address. Safe to repeat.

    Raises:
        PaymentUnavailable: Stripe gave no answer; the outcome is then unknown.
        GatewayRefused: Stripe will not make this page.
    """
    with reading() as session:
        attempt = session.get_one(PaymentAttempt, attempt_id)
        order = attempt.order
        request = {
            "key": attempt.key,
            "order_number": order.number,
            "order_reference": order.reference,
            "email": order.email,
            "currency": attempt.currency,
            "items": items_shown(order),
            "capture": attempt.capture,
            "expires_at": attempt.expires_at,
            "return_url": links.order_url(order.id, order.reference) + "&returned=1",
        }
    faults.point("stripe.before_create")
    try:
        page = gateway.create_page(**request)  # type: ignore[arg-type]
    except gateway.NotTried:
        raise
    except gateway.PaymentUnavailable:
        asking.no_answer(attempt_id, Asking.CREATE)
        raise
    faults.point("stripe.after_create")
    _keep_page(attempt_id, page)
    faults.point("session.saved")
    return page.url


def find(attempt_id: int) -> str | None:
    """Find out what became of a page that was asked for without an answer; its address if there is one.

    Asked again with the same key while Stripe is sure to remember it; otherwise, and where that tells
    nothing, looked up in Stripe's list by the key in its metadata. A page that is not there was never made;
    nobody was ever shown it, so the attempt is over and another one may begin.

    Raises:
        PaymentUnavailable: Stripe cannot be reached, so it stays unknown.
    """
    with reading() as session:
        attempt = session.get_one(PaymentAttempt, attempt_id)
        key, asked_at, made_at = attempt.key, attempt.asked_at, attempt.created_at
    if asking.is_sure(asked_at):
        try:
            return ask(attempt_id)
        except (gateway.NotTried, gateway.StillAtWork):
            raise  # what is still being made is in no list yet
        except (gateway.PaymentUnavailable, gateway.GatewayRefused):
            pass  # a remembered 500, or an end that lies in the past by now: the list tells
    facts = gateway.find_page(key, since=made_at - CLOCKS_APART)
    if facts is None:
        _never_made(attempt_id)
        return None
    _keep_page(attempt_id, gateway.HostedPage(session_id=facts.session_id, url=facts.url or ""))
    return facts.url


def _keep_page(attempt_id: int, page: gateway.HostedPage) -> None:
    with writing() as session:
        attempt = locked(session, PaymentAttempt, attempt_id)
        if attempt is None:
            raise ValueError("an attempt is never deleted")
        attempt.stripe_session = page.session_id
        attempt.page_url = page.url or attempt.page_url
        if attempt.state in (AttemptState.CREATED, AttemptState.UNKNOWN):
            was, attempt.state = attempt.state, AttemptState.OPEN
            asking.answered(session, attempt, was=was)


def _never_made(attempt_id: int) -> None:
    with writing() as session:
        attempt = locked(session, PaymentAttempt, attempt_id)
        if attempt is not None and attempt.state in (AttemptState.CREATED, AttemptState.UNKNOWN):
            attempt.state, attempt.settled_at, attempt.ask_again_at = AttemptState.FAILED, clock.now(), None
            states.tell(session, attempt.order_id, actor="stripe", kind="payment-page-never-made", note="")


def open_attempt(session: Session, order_id: int) -> PaymentAttempt | None:
    """The attempt of an order that is still open; the database allows no second one."""
    return session.scalar(
        select(PaymentAttempt).where(
            PaymentAttempt.order_id == order_id, PaymentAttempt.state.in_(OPEN_ATTEMPTS)
        )
    )


def _refuse_unpayable(order: Order) -> None:
    if order.payment_method != PaymentMethod.CARD:
        raise Refused(_("This order is paid by purchase order."))
    if order.payment_state == PaymentState.PAID:
        raise Refused(_("This order is paid already."))
    if order.payment_state != PaymentState.DUE or order.fulfilment_state != FulfilmentState.HELD:
        raise Refused(_("This order is closed, so it cannot be paid any more."))


def _new_attempt(session: Session, order: Order) -> PaymentAttempt:
    moment = clock.now()
    expires_at = moment + timedelta(minutes=settings().card_session_minutes)
    held_until = expires_at + timedelta(minutes=settings().card_hold_margin_minutes)
    # Where a payment fell through late, the hold was made longer so that the buyer can pay again.
    if held_until > max(order.placed_at + LONGEST_HOLD, order.held_until or moment):
        raise Refused(_("The time to pay for this order has run out. Order again from the cart."))
    # The hold always outlives the page, so that an open page never sells what has been let go.
    order.held_until = max(held_until, order.held_until or held_until)
    attempt = PaymentAttempt(
        key=random_reference(),
        order=order,
        state=AttemptState.CREATED,
        amount_minor=order.total_minor,
        currency=order.currency,
        capture="manual" if order.review_state == ReviewState.WAITING else "automatic",
        expires_at=expires_at,
        created_at=moment,
        asking=Asking.CREATE,
        asked_at=moment,
        tries=1,
    )
    session.add(attempt)
    session.flush()
    states.tell(session, order.id, actor=BUYER, kind="payment-started", note="")
    return attempt


def items_shown(order: Order) -> list[gateway.Item]:
    """Lines and charges as the hosted page shows them; they add up to the order's total.

    Stripe's line items cannot be negative. Where there is a discount, each line is therefore one item at its
    amount after the discount; a line of which nothing is left is not shown.
    """
    discounted = any(charge.kind == ChargeKind.DISCOUNT for charge in order.charges)
    lines = (
        [
            gateway.Item(
                label=_(
                    "%(title)s, %(vials)s, less discount, for laboratory research only",
                    title=line.title,
                    vials=ngettext("%(num)s vial", "%(num)s vials", line.quantity),
                ),
                quantity=1,
                unit_minor=line.total_minor - line.discount_minor,
            )
            for line in order.lines
            if line.total_minor > line.discount_minor
        ]
        if discounted
        else [
            gateway.Item(
                label=_("%(title)s, for laboratory research only", title=line.title),
                quantity=line.quantity,
                unit_minor=line.unit_minor,
            )
            for line in order.lines
        ]
    )
    extra = [
        gateway.Item(label=charge.label, quantity=1, unit_minor=charge.amount_minor)
        for charge in order.charges
        if charge.kind not in (ChargeKind.ITEMS, ChargeKind.DISCOUNT) and charge.amount_minor > 0
    ]
    return lines + extra
