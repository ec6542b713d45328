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
from shop.ordering.models import ChargeKind, FulfilmentState, Order, PaymentMethod, PaymentState, ReviewState
from shop.payments import gateway
from shop.payments.models import OPEN_ATTEMPTS, AttemptState, PaymentAttempt

LONGEST_HOLD = timedelta(hours=24)
"""New attempts stop prolonging the hold of an order this long after it was placed."""


def start(order_id: int) -> str:
    """The address of the hosted page on which an order can be paid, made when there is none yet.

    Raises:
        Refused: the order is not waiting for a card payment.
        PaymentUnavailable: Stripe could not be reached; trying again uses the same attempt.
    """
    with writing(at="attempt") as session:
        order = states.lock(session, order_id)
        attempt = open_attempt(session, order_id)
        if attempt is None:
            _refuse_unpayable(order)
            attempt = _new_attempt(session, order)
        elif attempt.page_url is not None:
            return attempt.page_url
        attempt_id = attempt.id
    return ask(attempt_id)


def ask(attempt_id: int) -> str:
    """Make the hosted page of an attempt at Stripe and keep its address. Safe to repeat.

    Raises:
        PaymentUnavailable: Stripe could not be reached.
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
            "items": _items(order),
            "capture": attempt.capture,
            "expires_at": attempt.expires_at,
            "return_url": links.order_url(order.id, order.reference) + "&returned=1",
        }
    faults.point("stripe.before_create")
    page = gateway.create_page(**request)  # type: ignore[arg-type]
    faults.point("stripe.after_create")
    with writing() as session:
        attempt = locked(session, PaymentAttempt, attempt_id) or attempt
        attempt.stripe_session, attempt.page_url = page.session_id, page.url
        if attempt.state == AttemptState.CREATED:
            attempt.state = AttemptState.OPEN
    faults.point("session.saved")
    return page.url


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
    if held_until > order.placed_at + LONGEST_HOLD:
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
    )
    session.add(attempt)
    session.flush()
    states.tell(session, order.id, actor=BUYER, kind="payment-started", note="")
    return attempt


def _items(order: Order) -> list[gateway.Item]:
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
