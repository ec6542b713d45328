"""What Stripe tells the shop: a signed event is a hint to look, and takes effect once.

Anything that is not a well-signed, well-formed event is refused. The object is fetched again from Stripe,
so that neither the order in which events arrive nor their age matters.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import stripe
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.core import clock, faults
from shop.core.database import reading, writing
from shop.core.settings import settings
from shop.payments import refunds, settlement
from shop.payments.models import PaymentAttempt, WebhookEvent

LARGEST_BODY = 256 * 1024
OLDEST_SECONDS = 300
"""Stripe's own tolerance for the past. The library accepts any time in the future; the shop does not."""


class BadEvent(Exception):
    """The body is not a well-signed, well-formed event."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """What is read of an event: its name, its kind, and which object it is about."""

    id: str
    type: str
    object_type: str
    object_id: str


def read(body: bytes, signature: str | None) -> Event:
    """Verify and read an event.

    Raises:
        BadEvent: too large, unsigned, badly signed, too old or from the future, or not an event.
    """
    if len(body) > LARGEST_BODY:
        raise BadEvent("too large")
    if not signature or not signature.isascii():
        raise BadEvent("no signature")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise BadEvent("not UTF-8") from None
    if not any(_is_signed(text, signature, secret) for secret in settings().stripe_webhook_secrets):
        raise BadEvent("bad signature")
    if _signed_at(signature) > time.time() + OLDEST_SECONDS:
        raise BadEvent("from the future")
    return _parse(text)


def _is_signed(text: str, signature: str, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(text, signature, secret, OLDEST_SECONDS)
    except (stripe.SignatureVerificationError, ValueError, TypeError, OverflowError):
        return False
    return True


def _signed_at(signature: str) -> int:
    return int(next(part[2:] for part in signature.split(",") if part.startswith("t=")))


def _parse(text: str) -> Event:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise BadEvent("not JSON") from None
    data = value.get("data") if isinstance(value, dict) else None
    about = data.get("object") if isinstance(data, dict) else None
    if not isinstance(about, dict):
        raise BadEvent("not an event")
    return Event(
        id=_name(value.get("id")),
        type=_name(value.get("type")),
        object_type=_name(about.get("object")),
        object_id=_name(about.get("id")),
    )


def _name(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 120:
        raise BadEvent("not an event")
    return value


def take(event: Event) -> str:
    """Act on an event, once; returns what was done, in a word for the log.

    Raises:
        PaymentUnavailable: Stripe could not be asked; it will send the event again.
    """
    faults.point("webhook.verified")
    with reading() as session:
        known = session.get(WebhookEvent, event.id) is not None
        session_id = None if known else _session_about(session, event)
    if known:
        return "known"
    if session_id is not None:
        settled = settlement.settle(session_id, first=lambda session: _note(session, event, "settled"))
        return "settled" if settled else "not ours"
    if event.object_type == "refund":
        return "refund" if refunds.look_again(event.object_id, first=_noting(event)) else "not ours"
    with writing() as session:
        _note(session, event, "ignored")
    return "ignored"


def _session_about(session: Session, event: Event) -> str | None:
    """The hosted page an event is about, directly or through its payment."""
    if event.object_type == "checkout.session":
        return event.object_id
    if event.object_type == "payment_intent":
        return session.scalar(
            select(PaymentAttempt.stripe_session).where(
                PaymentAttempt.stripe_payment_intent == event.object_id
            )
        )
    return None


def _noting(event: Event) -> Callable[[Session], bool]:
    return lambda session: _note(session, event, "refund")


def _note(session: Session, event: Event, outcome: str) -> bool:
    """Write the event's id; False when it is there already."""
    if session.get(WebhookEvent, event.id) is not None:
        return False
    session.add(WebhookEvent(id=event.id, type=event.type, received_at=clock.now(), outcome=outcome))
    session.flush()
    faults.point("webhook.event_inserted")
    return True
