"""What staff decide about webhook endpoints: register, change, pause, a new secret, an end, a test."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shop.core import audit, clock, outbox, webhook_sending, webhooks
from shop.core.database import locked, writing
from shop.core.errors import NotFound, Refused
from shop.core.identity import random_reference
from shop.core.language import gettext as _
from shop.core.outbox import OutboxMessage, unsettled
from shop.core.outbox import write_many as write
from shop.core.webhooks import WebhookEndpoint

MOST_ENDPOINTS = 20


def listed(session: Session) -> Sequence[WebhookEndpoint]:
    """Every endpoint that was not taken away."""
    return session.scalars(
        select(WebhookEndpoint).where(WebhookEndpoint.ended_at.is_(None)).order_by(WebhookEndpoint.id)
    ).all()


def find(session: Session, endpoint_id: int) -> WebhookEndpoint:
    """One endpoint.

    Raises:
        NotFound: there is none, or it was taken away.
    """
    found = session.get(WebhookEndpoint, endpoint_id)
    if found is None or found.ended_at is not None:
        raise NotFound(_("There is no such webhook."))
    return found


def register(*, url: str, note: str, types: Collection[str], actor: str) -> tuple[int, str]:
    """Add an endpoint; returns its id and its secret, which is shown this once.

    Raises:
        Refused: the address or a type cannot be used, or there are too many endpoints.
    """
    webhook_sending.target(url)
    chosen = _types(types)
    with writing() as session:
        if len(listed(session)) >= MOST_ENDPOINTS:
            raise Refused(
                _("There are %(count)s webhooks already. Take one away first.", count=MOST_ENDPOINTS)
            )
        endpoint = WebhookEndpoint(
            url=url, note=note, types=chosen, salt=random_reference(), created_at=clock.now()
        )
        session.add(endpoint)
        session.flush()
        _log(session, endpoint, actor, "webhook.register", after={"url": url, "types": chosen})
        return endpoint.id, webhooks.secret(endpoint, endpoint.salt)


def change(endpoint_id: int, *, url: str, note: str, types: Collection[str], actor: str) -> None:
    """Send events elsewhere, or others.

    Raises:
        Refused: the address or a type cannot be used.
    """
    webhook_sending.target(url)
    chosen = _types(types)
    with writing() as session:
        endpoint = _locked(session, endpoint_id)
        before = {"url": endpoint.url, "types": endpoint.types}
        endpoint.url, endpoint.note, endpoint.types = url, note, chosen
        _log(session, endpoint, actor, "webhook.change", before=before, after={"url": url, "types": chosen})


def rotate(endpoint_id: int, *, actor: str) -> str:
    """Make a new secret; the one before signs as well for a day. Returns the new one, shown this once."""
    with writing() as session:
        endpoint = _locked(session, endpoint_id)
        endpoint.older_salt, endpoint.salt = endpoint.salt, random_reference()
        endpoint.older_until = clock.now() + webhooks.ROTATION_LASTS
        _log(session, endpoint, actor, "webhook.rotate")
        return webhooks.secret(endpoint, endpoint.salt)


def pause(session: Session, endpoint: WebhookEndpoint, *, why: str, actor: str) -> None:
    """Send nothing for now; events are written and wait."""
    endpoint.paused_at, endpoint.paused_why = clock.now(), why[:200]
    _log(session, endpoint, actor, "webhook.pause", reason=why)


def set_paused(endpoint_id: int, paused: bool, *, actor: str) -> None:
    """Pause an endpoint, or go on; what waited goes out in order."""
    with writing() as session:
        endpoint = _locked(session, endpoint_id)
        if paused:
            pause(session, endpoint, why=_("Paused by %(who)s.", who=actor), actor=actor)
        else:
            endpoint.paused_at, endpoint.paused_why, endpoint.failing_since = None, "", None
            session.execute(
                update(OutboxMessage)
                .where(OutboxMessage.lane == endpoint.lane, unsettled(), OutboxMessage.dead_at.is_(None))
                .values(due_at=clock.now())
            )
            _log(session, endpoint, actor, "webhook.resume")


def end(endpoint_id: int, *, actor: str) -> int:
    """Take an endpoint away; what waited for it is dismissed. Returns how many messages that were."""
    with writing() as session:
        endpoint = _locked(session, endpoint_id)
        endpoint.ended_at = clock.now()
        waiting = session.scalars(
            select(OutboxMessage.id).where(OutboxMessage.lane == endpoint.lane, unsettled())
        ).all()
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(waiting))
            .values(dismissed_at=clock.now(), claim=None, claimed_until=None)
        )
        _log(session, endpoint, actor, "webhook.end", after={"dismissed": len(waiting)})
        return len(waiting)


def test(endpoint_id: int, *, actor: str) -> None:
    """Send a `ping`, which says nothing, like any other event."""
    with writing() as session:
        endpoint = _locked(session, endpoint_id)
        fact = random_reference()
        made = webhooks.event(webhooks.PING, fact, {})
        about = f"{webhooks.PING}/{fact}"
        write(session, [webhooks.message(endpoint, made, fact=about, about=about)])
        _log(session, endpoint, actor, "webhook.test")


def send_again(message_id: int, *, actor: str, reason: str) -> int:
    """Send an event that was delivered once more, to the same endpoint; returns the id of the new message.

    The event keeps its id and content, so that a receiver that has it knows it; the delivery is a message of
    its own behind what waits, with tries of its own.

    Raises:
        NotFound: there is no such message, or its endpoint was taken away.
        Refused: it was not delivered, is no event, was deleted with age, or no reason is given.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    with writing() as session:
        sent = session.get(OutboxMessage, message_id)
        if sent is None:
            raise NotFound(_("There is no such message."))
        if sent.kind != webhooks.KIND or sent.sent_at is None:
            raise Refused(_("Only an event that was delivered is sent again from here."))
        if sent.cleared_at is not None:
            raise Refused(_("What this event said was deleted with age. It can’t be sent again."))
        endpoint = _locked(session, int(sent.payload["endpoint"]))
        again = outbox.Message(
            kind=webhooks.KIND,
            key=f"{endpoint.lane}/again/{random_reference()}",
            subject=sent.subject,
            payload=dict(sent.payload),
            recipient=endpoint.url[:254],
            lane=endpoint.lane,
        )
        write(session, [again])
        session.flush()
        new_id = session.scalars(select(OutboxMessage.id).where(OutboxMessage.key == again.key)).one()
        _log(
            session,
            endpoint,
            actor,
            "webhook.send-again",
            after={"message": message_id, "as": new_id, "event": sent.payload["event"]["id"]},
            reason=reason,
        )
        return new_id


def failing(session: Session, *, for_days: int) -> list[WebhookEndpoint]:
    """Endpoints that have taken nothing for some days, though they were sent something; locked."""
    return list(
        session.scalars(
            select(WebhookEndpoint)
            .where(
                WebhookEndpoint.ended_at.is_(None),
                WebhookEndpoint.paused_at.is_(None),
                WebhookEndpoint.failing_since < clock.now() - timedelta(days=for_days),
            )
            .order_by(WebhookEndpoint.id)
            .with_for_update()
        )
    )


def _types(types: Collection[str]) -> list[str]:
    chosen = [each for each in webhooks.TYPES if each in types]
    if not chosen or set(types) - set(webhooks.TYPES):
        raise Refused(_("Choose at least one kind of event."))
    return chosen


def _locked(session: Session, endpoint_id: int) -> WebhookEndpoint:
    find(session, endpoint_id)
    found = locked(session, WebhookEndpoint, endpoint_id)
    assert found is not None  # noqa: S101 - endpoints are never deleted
    return found


def _log(
    session: Session,
    endpoint: WebhookEndpoint,
    actor: str,
    action: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    audit.log(
        session,
        actor=actor,
        action=action,
        subject=f"webhook/{endpoint.id}",
        before=before,
        after=after,
        reason=reason,
    )
