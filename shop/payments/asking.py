"""Calls to Stripe whose outcome may stay unknown: noted before they go out, asked about until Stripe says.

A call is written down, with the moment from which its idempotency key counts, before it leaves. Where no
answer comes the attempt is *unknown*: not failed, not done. It is never guessed; see docs/payments.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from shop.core import clock
from shop.core.database import locked, reading, writing
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.ordering import states
from shop.payments.models import Asking, AttemptState, PaymentAttempt

KEY_IS_SURE = timedelta(hours=23)
"""Stripe may forget an idempotency key after 24 hours; past this, outcomes are looked up, not repeated.

Source: https://docs.stripe.com/api/idempotent_requests
"""
SAME_KEY_TRIES = 3
"""A 500 is remembered under its key too: after these, a call that Stripe shows as not done gets a new key."""
LONGEST_PAUSE = timedelta(hours=1)


def pause_after(tries: int) -> timedelta:
    """How long to wait before asking again: one minute, doubled each time, up to an hour."""
    doublings = max(0, min(tries - 1, 10))
    return min(timedelta(minutes=1 << doublings), LONGEST_PAUSE)


def is_sure(asked_at: datetime | None) -> bool:
    """Whether Stripe still remembers the key of a call that went out then."""
    return asked_at is not None and clock.now() - asked_at < KEY_IS_SURE


def going_out(attempt_id: int, what: Asking) -> str:
    """Write down that a call about money set aside goes out now; returns its idempotency key."""
    with writing() as session:
        attempt = locked(session, PaymentAttempt, attempt_id)
        if attempt is None:
            raise NotFound(_("There is no such payment."))
        repeated = attempt.asking == what and attempt.tries < SAME_KEY_TRIES and is_sure(attempt.asked_at)
        if repeated:
            attempt.tries += 1
        else:
            attempt.asking, attempt.asked_at, attempt.tries = what, clock.now(), 1
        if attempt.asked_at is None:
            raise ValueError("a call that went out has a time")
        return f"{attempt.key}-{what.value}-{int(attempt.asked_at.timestamp() * 1000)}"


def no_answer(attempt_id: int, what: Asking) -> None:
    """Write down that no answer came: the outcome is unknown."""
    with writing() as session:
        attempt = session.get_one(PaymentAttempt, attempt_id)
        states.lock(session, attempt.order_id)
        session.refresh(attempt)
        if attempt.state not in (AttemptState.CREATED, AttemptState.AUTHORISED, AttemptState.UNKNOWN):
            return  # somebody else has learnt the outcome meanwhile
        if attempt.state != AttemptState.UNKNOWN:
            attempt.state = AttemptState.UNKNOWN
            attempt.asking = what
            states.tell(session, attempt.order_id, actor="job", kind="payment-unknown", note=_words(what))
        put_off(attempt)


def put_off(attempt: PaymentAttempt) -> None:
    """Ask about an attempt later, each time later."""
    attempt.ask_again_at = clock.now() + pause_after(attempt.tries)


def answered(session: Session, attempt: PaymentAttempt, *, was: AttemptState) -> None:
    """Write down that an outcome is known again."""
    attempt.ask_again_at = None
    if was == AttemptState.UNKNOWN:
        states.tell(session, attempt.order_id, actor="stripe", kind="payment-known", note="")


def unknown(attempt_id: int) -> tuple[AttemptState, Asking | None]:
    """The state of an attempt and what was asked last, as they are now."""
    with reading() as session:
        attempt = session.get_one(PaymentAttempt, attempt_id)
        return attempt.state, attempt.asking


def _words(what: Asking) -> str:
    return {
        Asking.CREATE: _("Whether Stripe made the payment page is not known yet."),
        Asking.CAPTURE: _("Whether the amount set aside was taken is not known yet."),
        Asking.VOID: _("Whether the amount set aside was let go is not known yet."),
    }[what]
