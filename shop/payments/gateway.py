"""The one place that talks to Stripe, through Stripe's own library. Nothing here opens a transaction.

Every call that makes or changes something carries an idempotency key that was committed here first, so that
it can be repeated after a crash or a lost answer without doing anything twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import stripe

from shop.core import faults
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.settings import settings

TIMEOUT_SECONDS = 20
MOST_LISTED = 2000
"""Objects read of one list at Stripe, at most; what is asked for is bounded by time before."""


class PaymentUnavailable(Refused):
    """Stripe cannot be reached, or card payment is not set up. What happened there is not known."""


class NotTried(PaymentUnavailable):
    """Stripe turned the call away at the door (too many requests, a wrong key): nothing was done there."""


class StillAtWork(PaymentUnavailable):
    """Stripe is at work on the same call, sent before with the same key: its outcome is not there yet."""


class GatewayRefused(Refused):
    """Stripe understood and said no; nothing changed there."""


class NoSuchObject(GatewayRefused):
    """Stripe does not know what was asked for, in the account of this shop."""


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
    url: str | None = None
    received_minor: int | None = None
    """What was taken, or set aside; None where Stripe does not show the payment."""
    capture_before: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class IntentFacts:
    """What Stripe says of a payment now."""

    intent_id: str
    status: str
    amount_minor: int
    currency: str
    attempt_key: str | None
    order_number: str
    shop: str
    """Which shop of those that share the account it was made for; empty where it does not say."""


@dataclass(frozen=True, kw_only=True)
class RefundFacts:
    """What Stripe says of a refund now."""

    refund_id: str
    status: str
    """pending, requires_action, succeeded, failed or canceled"""
    key: str | None = None
    intent_id: str | None = None
    amount_minor: int = 0
    currency: str = ""
    failure: str = ""


@dataclass(frozen=True, kw_only=True)
class DisputeFacts:
    """What Stripe says of a dispute now."""

    dispute_id: str
    intent_id: str | None
    status: str
    reason: str
    refundable: bool
    amount_minor: int
    currency: str
    answer_by: datetime | None
    opened_at: datetime


@dataclass(frozen=True, kw_only=True)
class UndeliveredEvent:
    """An event that Stripe could not deliver."""

    body: dict[str, Any]


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
    metadata = {"attempt": key, "order": order_number, "shop": this_shop()}
    with _speaking():
        made = _client().v1.checkout.sessions.create(
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
                "metadata": metadata,
                "payment_intent_data": {
                    "capture_method": "manual" if capture == "manual" else "automatic",
                    "metadata": metadata,
                },
                "expires_at": int(expires_at.timestamp()),
                "success_url": return_url,
                "cancel_url": return_url,
            },
            {"idempotency_key": key},
        )
    page = made.to_dict()
    if not page.get("url"):
        raise PaymentUnavailable(_("The payment page could not be made. Nothing was charged."))
    return HostedPage(session_id=page["id"], url=page["url"])


def this_shop() -> str:
    """The name of this shop among those that may share an account at Stripe: its address."""
    return urlsplit(settings().base_url).netloc[:200]


def look(session_id: str) -> SessionFacts:
    """Fetch a hosted page and its payment as they are now.

    Raises:
        NoSuchObject: there is no such page in this account.
    """
    with _speaking():
        client = _client().v1
        expand = ["payment_intent.latest_charge"]
        session = client.checkout.sessions.retrieve(session_id, {"expand": expand}).to_dict()
        # What was asked to be expanded and came as an id is fetched; nothing is guessed from the page alone.
        if isinstance(session.get("payment_intent"), str):
            session["payment_intent"] = client.payment_intents.retrieve(session["payment_intent"]).to_dict()
        intent = session.get("payment_intent") or {}
        if intent.get("status") == "requires_capture" and isinstance(intent.get("latest_charge"), str):
            intent["latest_charge"] = client.charges.retrieve(intent["latest_charge"]).to_dict()
    return _session_facts(session)


def _session_facts(session: dict[str, Any]) -> SessionFacts:
    intent = session.get("payment_intent")
    shown = intent if isinstance(intent, dict) else {}
    status = shown.get("status")
    received = {
        "succeeded": shown.get("amount_received"),
        "requires_capture": shown.get("amount_capturable"),
    }.get(str(status))
    return SessionFacts(
        session_id=session["id"],
        status=session.get("status") or "open",
        payment_status=session.get("payment_status") or "unpaid",
        intent_id=_id_of(intent),
        intent_status=status,
        amount_minor=session.get("amount_total") or 0,
        currency=(session.get("currency") or "").upper(),
        attempt_key=(session.get("metadata") or {}).get("attempt"),
        url=session.get("url"),
        received_minor=received,
        capture_before=_capture_before(shown),
    )


def _id_of(value: object) -> str | None:
    """The id of what may be shown as an id or as an object."""
    found = value.get("id") if isinstance(value, dict) else value
    return found if isinstance(found, str) and found else None


def _capture_before(intent: dict[str, Any]) -> datetime | None:
    """Until when Stripe keeps an amount set aside: `capture_before` of the charge's card."""
    charge = intent.get("latest_charge")
    if not isinstance(charge, dict):
        return None
    details = charge.get("payment_method_details") or {}
    return _moment((details.get("card") or {}).get("capture_before"))


def _moment(seconds: object) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None


def find_page(key: str, *, since: datetime) -> SessionFacts | None:
    """The hosted page made for an attempt, looked up by the key in its metadata among those made since."""
    return next((facts for facts in pages(since=since) if facts.attempt_key == key), None)


def pages(*, since: datetime) -> list[SessionFacts]:
    """The hosted pages made since a moment, newest first."""
    with _speaking():
        listed = _client().v1.checkout.sessions.list({"created": {"gte": _seconds(since)}, "limit": 100})
        return [_session_facts(each) for each in _all_of(listed)]


def page_of_intent(intent_id: str) -> SessionFacts | None:
    """The hosted page that a payment belongs to, if any."""
    with _speaking():
        listed = _client().v1.checkout.sessions.list({"payment_intent": intent_id, "limit": 100})
        found = (_session_facts(each) for each in _all_of(listed))
        return next((facts for facts in found if facts.intent_id == intent_id), None)


def intents(*, since: datetime) -> list[IntentFacts]:
    """The payments made since a moment, newest first."""
    with _speaking():
        listed = _client().v1.payment_intents.list({"created": {"gte": _seconds(since)}, "limit": 100})
        return [_intent_facts(each) for each in _all_of(listed)]


def _intent_facts(intent: dict[str, Any]) -> IntentFacts:
    metadata = intent.get("metadata") or {}
    taken = intent.get("amount_received") or intent.get("amount_capturable") or intent.get("amount") or 0
    return IntentFacts(
        intent_id=intent["id"],
        status=intent.get("status") or "",
        amount_minor=taken,
        currency=(intent.get("currency") or "").upper(),
        attempt_key=metadata.get("attempt"),
        order_number=str(metadata.get("order") or "")[:20],
        shop=str(metadata.get("shop") or ""),
    )


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _all_of(listed: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list at Stripe, page after page, up to a bound."""
    for number, each in enumerate(listed.auto_paging_iter()):
        if number >= MOST_LISTED:
            return
        yield each.to_dict()


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
        _client().v1.payment_intents.capture(intent_id, {}, {"idempotency_key": key})


def void(intent_id: str, *, key: str) -> None:
    """Let go of money that was set aside."""
    with _speaking():
        _client().v1.payment_intents.cancel(intent_id, {}, {"idempotency_key": key})


def refund(intent_id: str, *, key: str, amount_minor: int) -> RefundFacts:
    """Send money back."""
    with _speaking():
        made = _client().v1.refunds.create(
            {"payment_intent": intent_id, "amount": amount_minor, "metadata": {"refund": key}},
            {"idempotency_key": key},
        )
    return _refund_facts(made.to_dict())


def look_at_refund(refund_id: str) -> RefundFacts:
    """Fetch a refund as it is now.

    Raises:
        NoSuchObject: there is no such refund in this account.
    """
    with _speaking():
        found = _client().v1.refunds.retrieve(refund_id).to_dict()
        return _refund_facts(_with_intent(found))


def refunds_of(intent_id: str) -> list[RefundFacts]:
    """Every refund of a payment."""
    with _speaking():
        listed = _client().v1.refunds.list({"payment_intent": intent_id, "limit": 100})
        found = [_refund_facts({"payment_intent": intent_id, **each}) for each in _all_of(listed)]
    return [facts for facts in found if facts.intent_id == intent_id]


def _with_intent(obj: dict[str, Any]) -> dict[str, Any]:
    """A refund or dispute that names only its charge, with the payment that the charge belongs to."""
    charge = obj.get("charge")
    if _id_of(obj.get("payment_intent")) or not charge:
        return obj
    if not isinstance(charge, dict):
        charge = _client().v1.charges.retrieve(charge).to_dict()
    return {**obj, "payment_intent": charge.get("payment_intent")}


def _refund_facts(refund: dict[str, Any]) -> RefundFacts:
    return RefundFacts(
        refund_id=refund["id"],
        status=refund.get("status") or "pending",
        key=(refund.get("metadata") or {}).get("refund"),
        intent_id=_id_of(refund.get("payment_intent")),
        amount_minor=refund.get("amount") or 0,
        currency=(refund.get("currency") or "").upper(),
        failure=str(refund.get("failure_reason") or "").replace("_", " "),
    )


def look_at_dispute(dispute_id: str) -> DisputeFacts:
    """Fetch a dispute as it is now.

    Raises:
        NoSuchObject: there is no such dispute in this account.
    """
    with _speaking():
        found = _client().v1.disputes.retrieve(dispute_id).to_dict()
        return _dispute_facts(_with_intent(found))


def disputes(*, since: datetime) -> list[DisputeFacts]:
    """The disputes opened since a moment."""
    with _speaking():
        listed = _client().v1.disputes.list({"created": {"gte": _seconds(since)}, "limit": 100})
        return [_dispute_facts(_with_intent(each)) for each in _all_of(listed)]


def _dispute_facts(dispute: dict[str, Any]) -> DisputeFacts:
    return DisputeFacts(
        dispute_id=dispute["id"],
        intent_id=_id_of(dispute.get("payment_intent")),
        status=str(dispute.get("status") or ""),
        reason=str(dispute.get("reason") or ""),
        refundable=bool(dispute.get("is_charge_refundable")),
        amount_minor=dispute.get("amount") or 0,
        currency=(dispute.get("currency") or "").upper(),
        answer_by=_moment((dispute.get("evidence_details") or {}).get("due_by")),
        opened_at=_moment(dispute.get("created")) or datetime.now(UTC),
    )


def undelivered_events(*, since: datetime) -> list[UndeliveredEvent]:
    """Events that Stripe could not deliver, oldest first; it lists those of the last 30 days.

    Source: https://docs.stripe.com/webhooks/process-undelivered-events
    """
    with _speaking():
        listed = _client().v1.events.list(
            {"created": {"gte": _seconds(since)}, "delivery_success": False, "limit": 100}
        )
        return [UndeliveredEvent(body=each) for each in _all_of(listed)][::-1]


@contextmanager
def _speaking() -> Iterator[None]:
    """Turn the library's errors into the shop's: not known, or refused."""
    try:
        yield
        faults.point("stripe.sent_no_reply")
    except stripe.InvalidRequestError as error:
        # The status tells, where a server leaves the code out.
        gone = error.code == "resource_missing" or error.http_status == 404
        raise (NoSuchObject if gone else GatewayRefused)(_refusal(error)) from error
    except stripe.CardError as error:
        raise GatewayRefused(_refusal(error)) from error
    except (stripe.RateLimitError, stripe.AuthenticationError, stripe.PermissionError) as error:
        raise NotTried(_unavailable()) from error
    except stripe.StripeError as error:
        # A key refused for other parameters belongs here too: what was first done under it is not known.
        raise (StillAtWork if error.http_status == 409 else PaymentUnavailable)(_unavailable()) from error


def _refusal(error: stripe.StripeError) -> str:
    return _("The payment provider refused: %(words)s", words=error.user_message or error.code or "")


def _unavailable() -> str:
    return _("The payment provider cannot be reached at the moment. Try again in a minute.")


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
