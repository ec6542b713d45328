"""The one place that talks to Stripe, through Stripe's own library. Nothing here opens a transaction.

Every call that makes or changes something carries an idempotency key that was committed here first, so that
it can be repeated after a crash or a lost answer without doing anything twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import stripe

from shop.core import faults
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.settings import settings

TIMEOUT_SECONDS = 20


class PaymentUnavailable(Refused):
    """Stripe cannot be reached, or card payment is not set up. What happened there is not known."""


class GatewayRefused(Refused):
    """Stripe understood and said no; nothing changed there."""


class AlreadyCompleted(Exception):
    """The hosted page was completed before it could be ended: the buyer has paid or is paying."""


@dataclass(frozen=True, kw_only=True)
class HostedPage:
    """A hosted payment page that waits for a buyer."""

    session_id: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """A line on the hosted page."""

    label: str
    quantity: int
    unit_minor: int


@dataclass(frozen=True, kw_only=True)
class SessionFacts:
    """What Stripe says of a hosted page now."""

    session_id: str
    status: str
    """open, complete or expired"""
    payment_status: str
    """paid, unpaid or no_payment_required"""
    intent_id: str | None
    intent_status: str | None
    amount_minor: int
    currency: str
    attempt_key: str | None


@dataclass(frozen=True, kw_only=True)
class RefundFacts:
    """What Stripe says of a refund now."""

    refund_id: str
    status: str
    """pending, requires_action, succeeded, failed or canceled"""


def create_page(
    *,
    key: str,
    order_number: str,
    order_reference: str,
    email: str,
    currency: str,
    items: list[Item],
    capture: str,
    expires_at: datetime,
    return_url: str,
) -> HostedPage:
    """Make a hosted page; the same key always gives the same page."""
    with _speaking():
        session = _client().v1.checkout.sessions.create(
            {
                "mode": "payment",
                "client_reference_id": order_reference,
                "customer_email": email,
                "line_items": [
                    {
                        "quantity": item.quantity,
                        "price_data": {
                            "currency": currency.lower(),
                            "unit_amount": item.unit_minor,
                            "product_data": {"name": item.label},
                        },
                    }
                    for item in items
                ],
                "metadata": {"attempt": key, "order": order_number},
                "payment_intent_data": {
                    "capture_method": "manual" if capture == "manual" else "automatic",
                    "metadata": {"attempt": key, "order": order_number},
                },
                "expires_at": int(expires_at.timestamp()),
                "success_url": return_url,
                "cancel_url": return_url,
            },
            {"idempotency_key": key},
        )
    if session.url is None:
        raise PaymentUnavailable(_("The payment page could not be made. Nothing was charged."))
    return HostedPage(session_id=session.id, url=session.url)


def look(session_id: str) -> SessionFacts:
    """Fetch a hosted page and its payment as they are now."""
    with _speaking():
        session = _client().v1.checkout.sessions.retrieve(session_id, {"expand": ["payment_intent"]})
    intent = session.payment_intent
    intent_id = intent if isinstance(intent, str) else intent.id if intent else None
    intent_status = None if intent is None or isinstance(intent, str) else intent.status
    metadata = session.metadata.to_dict() if session.metadata else {}
    return SessionFacts(
        session_id=session.id,
        status=session.status or "open",
        payment_status=session.payment_status,
        intent_id=intent_id,
        intent_status=intent_status,
        amount_minor=session.amount_total or 0,
        currency=(session.currency or "").upper(),
        attempt_key=metadata.get("attempt"),
    )


def end_page(session_id: str) -> None:
    """End a hosted page so that nobody can pay on it any more. Ending it twice changes nothing.

    Raises:
        AlreadyCompleted: the buyer was faster.
    """
    try:
        with _speaking():
            _client().v1.checkout.sessions.expire(session_id)
    except GatewayRefused:
        status = look(session_id).status
        if status == "complete":
            raise AlreadyCompleted from None
        if status != "expired":
            raise


def capture(intent_id: str, *, key: str) -> None:
    """Take the money that was set aside."""
    with _speaking():
        _client().v1.payment_intents.capture(intent_id, {}, {"idempotency_key": f"{key}-capture"})


def void(intent_id: str, *, key: str) -> None:
    """Let go of money that was set aside."""
    with _speaking():
        _client().v1.payment_intents.cancel(intent_id, {}, {"idempotency_key": f"{key}-void"})


def refund(intent_id: str, *, key: str, amount_minor: int) -> RefundFacts:
    """Send money back."""
    with _speaking():
        made = _client().v1.refunds.create(
            {"payment_intent": intent_id, "amount": amount_minor, "metadata": {"refund": key}},
            {"idempotency_key": key},
        )
    return RefundFacts(refund_id=made.id, status=made.status or "pending")


def look_at_refund(refund_id: str) -> RefundFacts:
    """Fetch a refund as it is now."""
    with _speaking():
        found = _client().v1.refunds.retrieve(refund_id)
    return RefundFacts(refund_id=found.id, status=found.status or "pending")


@contextmanager
def _speaking() -> Iterator[None]:
    """Turn the library's errors into the shop's: not known, or refused."""
    try:
        yield
        faults.point("stripe.sent_no_reply")
    except (stripe.InvalidRequestError, stripe.CardError, stripe.IdempotencyError) as error:
        raise GatewayRefused(
            _("The payment provider refused: %(words)s", words=error.user_message or error.code or "")
        ) from error
    except stripe.StripeError as error:
        raise PaymentUnavailable(
            _("The payment provider cannot be reached at the moment. Try again in a minute.")
        ) from error


def _client() -> stripe.StripeClient:
    values = settings()
    if values.stripe_secret_key is None:
        raise PaymentUnavailable(_("Payment by card is not set up in this shop."))
    return stripe.StripeClient(
        values.stripe_secret_key,
        base_addresses={"api": values.stripe_api_base} if values.stripe_api_base else None,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
        max_network_retries=2,
    )
