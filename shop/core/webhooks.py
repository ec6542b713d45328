"""Webhooks to the seller's own systems: who is told what, written to the outbox with the fact itself.

An event holds numbers, states and amounts, and nothing about a person. Its id is made from the fact, so that
the same fact has the same id at every endpoint and at every try.

No secret is kept in the database: an endpoint's secret is derived from the shop's own key and a random salt.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.core import clock, outbox, stamps
from shop.core.audit import invariant
from shop.core.database import Numbered, rule
from shop.core.outbox import OutboxMessage
from shop.core.personal_data import not_personal
from shop.core.settings import settings

KIND = "webhook"
API_VERSION = "1"
RETRY_AFTER = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(hours=16),
    timedelta(hours=20),
    timedelta(hours=22),
)
"""Three days in all."""
ROTATION_LASTS = timedelta(hours=24)
"""How long the secret before the newest still signs as well."""

PING = "ping"
TYPES = (
    "order.placed",
    "order.approved",
    "order.paid",
    "order.part_shipped",
    "order.shipped",
    "order.cancelled",
    "refund.succeeded",
    "invoice.issued",
    "certificate.published",
    "certificate.withdrawn",
    "lot.recalled",
)
"""What an endpoint may be told of."""

outbox.retry(KIND, RETRY_AFTER)


class WebhookEndpoint(Numbered):
    """An address of the seller's own systems that is told of events."""

    __tablename__ = "webhook_endpoint"
    __table_args__ = (
        rule("url LIKE 'https://%' OR url LIKE 'http://%'", "url_is_a_web_address"),
        rule("(older_salt IS NULL) = (older_until IS NULL)", "an_older_secret_ends"),
    )

    url: Mapped[str] = mapped_column(String(500))
    note: Mapped[str] = mapped_column(String(120), default="")
    types: Mapped[list[Any]]
    salt: Mapped[str] = mapped_column(String(26))
    older_salt: Mapped[str | None] = mapped_column(String(26))
    older_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    """Events are written and wait while it is paused."""
    paused_why: Mapped[str] = mapped_column(String(200), default="")
    ended_at: Mapped[datetime | None]
    """When staff took it away; it is kept for the history of its messages."""
    failing_since: Mapped[datetime | None]
    """The first failure since it last took an event."""
    taken_at: Mapped[datetime | None]
    """When it last took an event."""
    last_status: Mapped[int | None]

    @property
    def lane(self) -> str:
        """Its lane in the outbox."""
        return f"{KIND}/{self.id}"


not_personal("webhook_endpoint", "*", why="the seller's own systems")


def secret(endpoint: WebhookEndpoint, salt: str) -> str:
    """The signing secret of an endpoint: 256 bits, `whsec_` and base64."""
    key = settings().secret_key.encode()
    made = hmac.new(key, f"webhook-secret:{endpoint.id}:{salt}".encode(), hashlib.sha256).digest()
    return "whsec_" + base64.b64encode(made).decode()


def secrets_in_force(endpoint: WebhookEndpoint) -> list[str]:
    """The newest secret, and the one before while a rotation lasts."""
    found = [secret(endpoint, endpoint.salt)]
    if endpoint.older_salt and endpoint.older_until and endpoint.older_until > clock.now():
        found.append(secret(endpoint, endpoint.older_salt))
    return found


def signature(body: bytes, secrets: Collection[str], at: datetime) -> str:
    """The value of the header `Aliquot-Signature`: the time, and one HMAC-SHA256 for each secret in force.

    The same scheme as Stripe's, so that code that checks those checks these.
    """
    moment = str(int(at.timestamp()))
    signed = moment.encode() + b"." + body
    marks = [hmac.new(each.encode(), signed, hashlib.sha256).hexdigest() for each in secrets]
    return ",".join([f"t={moment}", *(f"v1={mark}" for mark in marks)])


def body_of(event: Mapping[str, Any]) -> bytes:
    """An event as it is sent: the same bytes at every try."""
    return json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def event(kind: str, fact: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """An event as receivers read it. Its shape: static/schemas/webhook-event-1.json."""
    return {
        "id": "evt_" + hashlib.sha256(f"{kind}/{fact}".encode()).hexdigest()[:32],
        "type": kind,
        "api_version": API_VERSION,
        "occurred_at": clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": dict(data),
    }


@dataclass(frozen=True, kw_only=True)
class News:
    """What happened.

    `fact` names it, unique among events of the kind; `about` says whose events must stay in order, such as
    `order/10482`.
    """

    fact: str
    about: str
    data: Mapping[str, Any]


def announce(session: Session, kind: str, *, fact: str, about: str, data: Mapping[str, Any]) -> None:
    """Tell every endpoint that asked for this kind of event, once per fact."""
    announce_all(session, kind, [News(fact=fact, about=about, data=data)])


def announce_all(session: Session, kind: str, news: Sequence[News]) -> None:
    """Tell of several facts of one kind, in as many queries as of one."""
    asked = [endpoint for endpoint, types in _standing.of(session) if kind in types or kind == PING]
    if not asked:
        return
    asking = session.scalars(
        select(WebhookEndpoint).where(WebhookEndpoint.id.in_(asked)).order_by(WebhookEndpoint.id)
    ).all()
    told = [(each, event(kind, each.fact, each.data)) for each in news]
    outbox.write_many(
        session,
        [
            message(endpoint, made, fact=f"{kind}/{each.fact}", about=each.about)
            for endpoint in asking
            for each, made in told
        ],
    )


@stamps.kept("webhooks", {"webhook_endpoint": "types, ended_at"})
def _standing(session: Session) -> Sequence[tuple[int, frozenset[str]]]:
    """Each endpoint with what it asked for."""
    endpoint = WebhookEndpoint.__table__.c
    rows = session.execute(select(endpoint.id, endpoint.types).where(endpoint.ended_at.is_(None)))
    return [(row.id, frozenset(row.types)) for row in rows]


def message(endpoint: WebhookEndpoint, made: Mapping[str, Any], *, fact: str, about: str) -> outbox.Message:
    """An event on its way to one endpoint."""
    return outbox.Message(
        kind=KIND,
        key=f"{endpoint.lane}/{fact}",
        subject=f"{endpoint.lane}/{about}",
        payload={"endpoint": endpoint.id, "type": made["type"], "event": dict(made)},
        recipient=endpoint.url[:254],
        lane=endpoint.lane,
    )


@outbox.holds_lanes
def _lanes_of_paused(session: Session) -> list[str]:
    paused = session.scalars(
        select(WebhookEndpoint.id).where(
            WebhookEndpoint.paused_at.is_not(None), WebhookEndpoint.ended_at.is_(None)
        )
    )
    return [f"{KIND}/{each}" for each in paused]


@invariant("I13c", "An event has the same id and content at every endpoint")
def _events_are_the_same(session: Session) -> Iterator[str]:
    seen: dict[str, dict[str, Any]] = {}
    rows = session.execute(
        select(OutboxMessage.key, OutboxMessage.payload).where(
            OutboxMessage.kind == KIND, OutboxMessage.cleared_at.is_(None)
        )
    )
    for key, payload in rows:
        told = payload.get("event", {})
        first = seen.setdefault(str(told.get("id")), told)
        if first["data"] != told["data"] or first["type"] != told["type"]:
            yield f"{key} tells another content than the same event elsewhere"
