"""Holding the books against Stripe's: what nobody told the shop is found, named, and put right or shown.

`aliquot sync-payments` runs all of it; the periodic job runs it over the last days. Safe to repeat.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.core import clock
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.jobs import job
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.core.settings import settings
from shop.ordering.models import Order, order_id_of, order_number
from shop.payments import disputes, gateway, holds, refunds, settlement, webhook
from shop.payments.gateway import DisputeFacts, IntentFacts, SessionFacts
from shop.payments.models import (
    OPEN_ATTEMPTS,
    AttemptState,
    Dispute,
    PaymentAttempt,
    Refund,
    StrayPayment,
)

LONGEST_LOOK_BACK = timedelta(days=30)
"""Stripe lists events of the last 30 days: https://docs.stripe.com/api/events"""
JOB_LOOKS_BACK = timedelta(days=3)
"""As long as Stripe itself tries to deliver an event."""
_MONEY = frozenset({"succeeded", "requires_capture", "processing"})


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing looked at: what it is, and what was found. `sure` is False where Stripe could not tell."""

    about: str
    found: str
    changed: bool
    sure: bool = True


def run(*, order_number_: str | None = None, since: datetime | None = None) -> Iterator[Finding]:
    """Look at everything open, then at what Stripe has that is not here; one finding for each.

    Args:
        order_number_: look at this order only, whatever state its payments are in.
        since: how far back Stripe's lists are read; three days by default, thirty at most.

    Raises:
        Refused: there is no such order, or cards are not set up.
        PaymentUnavailable: Stripe cannot be reached at all.
    """
    if not settings().takes_cards:
        raise Refused(_("Payment by card is not set up in this shop."))
    moment = clock.now()
    back_to = max(since or moment - JOB_LOOKS_BACK, moment - LONGEST_LOOK_BACK)
    order_id = None
    if order_number_ is not None:
        order_id = order_id_of(order_number_)
        with reading() as session:
            if order_id is None or session.get(Order, order_id) is None:
                raise Refused(_("There is no order %(number)s.", number=order_number_))
    yield from _attempts(order_id)
    yield from _refunds(order_id)
    if order_id is None:
        yield from _lists(back_to)
    else:
        with reading() as session:
            still_open = disputes.still_open(session, order_id)
        yield from _keep_up(_dispute(each) for each in still_open)


def _attempts(order_id: int | None) -> Iterator[Finding]:
    query = select(PaymentAttempt.id).order_by(PaymentAttempt.id)
    if order_id is None:
        query = query.where(PaymentAttempt.state.in_([*OPEN_ATTEMPTS, AttemptState.AUTHORISED]))
    else:
        query = query.where(PaymentAttempt.order_id == order_id)
    with reading() as session:
        ids = list(session.scalars(query))
    for attempt_id in ids:
        before = _standing(attempt_id)
        try:
            holds.resolve(attempt_id)
        except gateway.PaymentUnavailable as error:
            yield Finding(about=before[0], found=f"{before[1]}. {error}", changed=False, sure=False)
            continue
        except Refused as error:
            yield Finding(about=before[0], found=f"{before[1]}. {error}", changed=False)
            continue
        after = _standing(attempt_id)
        moved = before[1] != after[1]
        found = f"{before[1]} -> {after[1]}" if moved else after[1]
        yield Finding(about=after[0], found=found, changed=moved, sure=after[1] != "unknown")


def _standing(attempt_id: int) -> tuple[str, str]:
    with reading() as session:
        attempt = session.get_one(PaymentAttempt, attempt_id)
        return (
            f"order {order_number(attempt.order_id)}, payment of "
            f"{in_words(attempt.amount_minor, attempt.currency)}",
            attempt.state.value,
        )


def _refunds(order_id: int | None) -> Iterator[Finding]:
    with reading() as session:
        if order_id is None:
            waiting = refunds.waiting(session, whatever_the_pause=True)
        else:
            rows = session.execute(
                select(Refund.id, Refund.stripe_refund).where(Refund.order_id == order_id).order_by(Refund.id)
            )
            waiting = [(refund_id, stripe_refund) for refund_id, stripe_refund in rows]
    for refund_id, stripe_refund in waiting:
        about, before = _refund_standing(refund_id)
        sure, trouble = True, ""
        try:
            refunds.ask_about(refund_id, stripe_refund)
        except gateway.PaymentUnavailable as error:
            sure, trouble = False, f". {error}"
        about, after = _refund_standing(refund_id)
        moved = before != after
        found = f"{before} -> {after}" if moved else after
        yield Finding(about=about, found=found + trouble, changed=moved, sure=sure)


def _refund_standing(refund_id: int) -> tuple[str, str]:
    with reading() as session:
        refund = session.get_one(Refund, refund_id)
        words = in_words(refund.amount_minor, refund.currency)
        return f"order {order_number(refund.order_id)}, refund of {words}", refund.state.value


def _pages_and_payments(since: datetime) -> Iterator[Finding]:
    """Pages and payments at Stripe that name this shop: those of an attempt are settled, others are stray."""
    for page in gateway.pages(since=since):
        if page.attempt_key is not None and (found := _settle_unknown_page(page)):
            yield found
    for intent in gateway.intents(since=since):
        ours = intent.attempt_key is not None and intent.shop in ("", gateway.this_shop())
        if ours and intent.status in _MONEY and (found := _stray(intent)):
            yield found


def _lists(since: datetime) -> Iterator[Finding]:
    """Everything that Stripe lists; where it cannot be read, that is said and the next list follows."""
    for name, read in (
        ("pages and payments at Stripe", _pages_and_payments),
        ("disputes at Stripe", _disputes),
        ("events at Stripe", _undelivered),
    ):
        try:
            yield from read(since)
        except Refused as error:
            yield Finding(about=name, found=str(error), changed=False, sure=False)


def _settle_unknown_page(page: SessionFacts) -> Finding | None:
    with reading() as session:
        attempt = session.scalar(select(PaymentAttempt).where(PaymentAttempt.key == page.attempt_key))
        if attempt is None or attempt.stripe_session == page.session_id:
            return None
        if attempt.stripe_session is not None:
            return None  # its payment, if there is one, is found below
        attempt_id = attempt.id
    about, before = _standing(attempt_id)
    settlement.settle(page.session_id)
    about, after = _standing(attempt_id)
    return Finding(about=about, found=f"{before} -> {after}, its page was not known here", changed=True)


def _stray(intent: IntentFacts) -> Finding | None:
    with writing() as session:
        attempt = session.scalar(
            select(PaymentAttempt).where(
                (PaymentAttempt.stripe_payment_intent == intent.intent_id)
                | (
                    (PaymentAttempt.key == intent.attempt_key)
                    & PaymentAttempt.stripe_payment_intent.is_(None)
                )
            )
        )
        known = session.scalar(
            select(StrayPayment.id).where(StrayPayment.stripe_payment_intent == intent.intent_id)
        )
        if attempt is not None or known is not None:
            return None
        session.add(
            StrayPayment(
                stripe_payment_intent=intent.intent_id,
                named_order=intent.order_number,
                amount_minor=intent.amount_minor,
                currency=intent.currency,
                status=intent.status[:40],
                found_at=clock.now(),
            )
        )
    words = in_words(intent.amount_minor, intent.currency)
    about = f"payment {intent.intent_id}"
    return Finding(about=about, found=f"{words} of no attempt known here; put on the desk", changed=True)


def _disputes(since: datetime) -> Iterator[Finding]:
    listed = gateway.disputes(since=since)
    with reading() as session:
        older = set(disputes.still_open(session)) - {facts.dispute_id for facts in listed}
    # A dispute takes months; its end is looked for one by one when it began before the list does.
    yield from _keep_up([*listed, *map(_dispute, sorted(older))])


def _keep_up(seen: Iterable[DisputeFacts | None]) -> Iterator[Finding]:
    for facts in seen:
        if facts is None:
            continue
        with writing() as session:
            before = _dispute_status(session, facts.dispute_id)
            ours = disputes.keep_up(session, facts)
            after = _dispute_status(session, facts.dispute_id)
        if ours and before != after:
            found = f"{before or 'not known here'} -> {after}"
            yield Finding(about=f"dispute {facts.dispute_id}", found=found, changed=True)


def _dispute(stripe_dispute: str) -> DisputeFacts | None:
    try:
        return gateway.look_at_dispute(stripe_dispute)
    except gateway.NoSuchObject:
        return None


def _dispute_status(session: Session, dispute_id: str) -> str | None:
    return session.scalar(select(Dispute.status).where(Dispute.stripe_dispute == dispute_id))


def _undelivered(since: datetime) -> Iterator[Finding]:
    for event in gateway.undelivered_events(since=since):
        try:
            read = webhook.of_body(event.body)
            done = webhook.take(read)
        except webhook.BadEvent:
            continue
        except Refused as error:
            about = f"event {event.body.get('id')}"
            yield Finding(about=about, found=str(error), changed=False, sure=False)
            continue
        if done not in ("known", "ignored"):
            about = f"event {read.id}, {read.type}"
            yield Finding(about=about, found=f"was not delivered: {done}", changed=done != "not ours")


@job("hold the books against Stripe's", every=timedelta(hours=1))
def look_for_what_nobody_told() -> int:
    """What Stripe has of the last days that is not here: lost events, stray money, disputes."""
    if not settings().takes_cards:
        return 0
    return sum(each.changed for each in _lists(clock.now() - JOB_LOOKS_BACK))


def close_stray(stray_id: int, *, actor: str, note: str) -> None:
    """Write down what was done about money that belongs to no attempt.

    Raises:
        Refused: no note is given, or it was closed before.
    """
    if not note.strip():
        raise Refused(_("Write what was done with the money."))
    with writing() as session:
        stray = session.get(StrayPayment, stray_id, with_for_update=True)
        if stray is None or stray.closed_at is not None:
            raise Refused(_("This has been dealt with already."))
        stray.closed_at, stray.closed_by, stray.note = clock.now(), actor, note
