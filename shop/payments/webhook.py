"""What Stripe tells the shop: a signed event is a hint to look, and takes effect once.

Anything that is not a well-signed, well-formed event is refused. The object is fetched again from Stripe,
so that neither the order in which events arrive nor their age matters. What an event is about is read with
care but believed in nothing: it only says where to look.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import stripe
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from shop.core import clock, faults
from shop.core.database import db, reading, writing
from shop.core.settings import settings
from shop.payments import disputes, gateway, refunds, settlement
from shop.payments.models import PaymentAttempt, WebhookEvent

LARGEST_BODY = 256 * 1024
LONGEST_HEADER = 4096
OLDEST_SECONDS = 300
"""Stripe's own tolerance for the past. The library accepts any time in the future; the shop does not."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,120}", re.ASCII)
_TYPE = re.compile(r"[A-Za-z0-9_.\[\]-]{1,120}", re.ASCII)
_PART = re.compile(r"[a-z0-9]+=[^=]*", re.ASCII)
_TIME = re.compile(r"[0-9]{1,12}", re.ASCII)


class BadEvent(Exception):
    """The body is not a well-signed, well-formed event."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """What is read of an event: its name, its kind, and where to look. Empty: it does not say."""

    id: str
    type: str
    object_type: str = ""
    object_id: str = ""
    intent_id: str = ""
    attempt_key: str = ""
    elsewhere: str = ""
    """Why it is not for this shop although it is well signed; empty when it is."""


def read(body: bytes, signature: str | None) -> Event:
    """Verify and read an event.

    Raises:
        BadEvent: too large, unsigned, badly signed, too old or from the future, or not an event.
    """
    if len(body) > LARGEST_BODY:
        raise BadEvent("too large")
    signed_at = _signed_at(signature or "")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise BadEvent("not UTF-8") from None
    if not any(_is_signed(text, signature, secret) for secret in settings().stripe_webhook_secrets):
        raise BadEvent("bad signature")
    if signed_at > time.time() + OLDEST_SECONDS:
        raise BadEvent("from the future")
    return of_body(_json(text))


def _signed_at(header: str) -> int:
    """The one time in a signature header, read strictly before anything is computed from it."""
    if not header or not header.isascii() or len(header) > LONGEST_HEADER:
        raise BadEvent("no signature")
    parts = header.split(",")
    if not all(_PART.fullmatch(part) for part in parts):
        raise BadEvent("not a signature")
    times = [part[2:] for part in parts if part.startswith("t=")]
    if len(times) != 1 or not _TIME.fullmatch(times[0]):
        raise BadEvent("no time in the signature")
    return int(times[0])


def _is_signed(text: str, signature: str | None, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(text, signature, secret, OLDEST_SECONDS)
    except (stripe.SignatureVerificationError, ValueError, TypeError, OverflowError):
        return False
    return True


def _json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadEvent("not JSON") from None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number in JSON")


def of_body(value: Any) -> Event:
    """Read an event that is known to be Stripe's: by its signature, or because it was asked for there.

    An event about something without an id, of a kind or version unknown here, is an event all the same.

    Raises:
        BadEvent: it is no event.
    """
    if not isinstance(value, dict):
        raise BadEvent("not an event")
    event_id, kind = _name(_ID, value.get("id")), _name(_TYPE, value.get("type"))
    if not event_id or not kind:
        raise BadEvent("not an event")
    if value.get("object") == "v2.core.event":
        return Event(id=event_id, type=kind)  # a thin event: it carries no object, and none is used here
    data = value.get("data")
    about = data.get("object") if isinstance(data, dict) else None
    if not isinstance(about, dict):
        raise BadEvent("not an event")
    for name in ("id", "object"):
        if not isinstance(about.get(name, ""), str | None):
            raise BadEvent("not an event")
    metadata = about.get("metadata")
    return Event(
        id=event_id,
        type=kind,
        object_type=_name(_TYPE, about.get("object")),
        object_id=_name(_ID, about.get("id")),
        intent_id=_name(_ID, _id_of(about.get("payment_intent"))),
        attempt_key=_name(_ID, metadata.get("attempt") if isinstance(metadata, dict) else None),
        elsewhere=_elsewhere(value),
    )


def _id_of(value: object) -> object:
    return value.get("id") if isinstance(value, dict) else value


def _name(pattern: re.Pattern[str], value: object) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""


def _elsewhere(value: dict[str, Any]) -> str:
    """An event of a connected account, or of the other mode than the key's, is not this shop's."""
    key = settings().stripe_secret_key or ""
    live_key = key.startswith(("sk_live_", "rk_live_"))
    test_key = key.startswith(("sk_test_", "rk_test_"))
    if value.get("account"):
        return "another account"
    if (value.get("livemode") is True and test_key) or (value.get("livemode") is False and live_key):
        return "another mode"
    return ""


def take(event: Event) -> str:
    """Act on an event, once; returns what was done, in a word for the log.

    Raises:
        PaymentUnavailable: Stripe could not be asked; it will send the event again.
    """
    faults.point("webhook.verified")
    with reading() as session:
        known = session.get(WebhookEvent, event.id) is not None
    if known:
        return "known"
    try:
        done = None if event.elsewhere else _look(event)
    except gateway.NoSuchObject:
        done = "not at Stripe"
    if done is None:
        done = event.elsewhere or "ignored"
    with writing() as session:
        # Written already where it had an effect, in the transaction of that.
        _note(session, event, done)
    return done


def _look(event: Event) -> str | None:
    """Look at what an event is about; None where the shop has nothing to do with its kind."""
    match event.object_type:
        case "checkout.session" if event.object_id:
            session_id: str | None = event.object_id
        case "payment_intent" if event.object_id:
            session_id = _session_of(event.object_id, event.attempt_key)
        case "charge" if event.intent_id:
            session_id = _session_of(event.intent_id, event.attempt_key)
        case "refund" if event.object_id:
            _settle_first(event.intent_id)
            found = refunds.look_again(event.object_id, first=_noting(event, "refund"))
            return "refund" if found else "not ours"
        case "dispute" if event.object_id:
            _settle_first(event.intent_id)
            found = disputes.look_again(event.object_id, first=_noting(event, "dispute"))
            return "dispute" if found else "not ours"
        case _:
            return None
    if session_id is None:
        return "not ours"
    if event.type == "charge.refunded":
        _look_at_refunds(event.intent_id)
    settled = settlement.settle(session_id, first=_noting(event, "settled"))
    return "settled" if settled else "not ours"


def _session_of(intent_id: str, attempt_key: str) -> str | None:
    """The hosted page a payment belongs to: known here, or found at Stripe where it names an attempt."""
    with reading() as session:
        attempt = session.scalar(
            select(PaymentAttempt).where(
                (PaymentAttempt.stripe_payment_intent == intent_id) | (PaymentAttempt.key == attempt_key)
            )
        )
        if attempt is None:
            return None
        if attempt.stripe_session is not None:
            return attempt.stripe_session
    page = gateway.page_of_intent(intent_id)
    return page.session_id if page else None


def _settle_first(intent_id: str) -> None:
    """Settle a payment of which more is told than the shop knows: that it came, to begin with."""
    if not intent_id:
        return
    with reading() as session:
        query = select(PaymentAttempt.id).where(PaymentAttempt.stripe_payment_intent == intent_id)
        if session.scalar(query) is not None:
            return
    page = gateway.page_of_intent(intent_id)
    if page is not None:
        settlement.settle(page.session_id)


def _look_at_refunds(intent_id: str) -> None:
    for facts in gateway.refunds_of(intent_id):
        with writing() as session:
            refunds.keep_up(session, facts)


def _noting(event: Event, outcome: str) -> Callable[[Session], bool]:
    return lambda session: _note(session, event, outcome)


def _note(session: Session, event: Event, outcome: str) -> bool:
    """Write the event's id; False when it is there already, also from a delivery at the same moment."""
    values = {"id": event.id, "type": event.type, "received_at": clock.now(), "outcome": outcome}
    kind = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    statement = (
        kind.insert(WebhookEvent.__table__).values(values).on_conflict_do_nothing(index_elements=["id"])
    )
    # What was written is read back: the count of rows is not told by every driver, and then says -1.
    written = session.scalar(statement.returning(WebhookEvent.id)) is not None
    if written:
        faults.point("webhook.event_inserted")
    return written
