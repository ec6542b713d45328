"""Refunds: recorded here before Stripe is asked, line by line, and done only when Stripe says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from shop.core import audit, clock, faults
from shop.core.database import rows_changed, writing
from shop.core.errors import Refused
from shop.core.identity import random_reference
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.ordering import letters, order_events, shares, states
from shop.ordering.models import Order, OrderLine, PaymentState
from shop.payments import asking, disputes, gateway, open_questions, restocking
from shop.payments.models import AttemptState, PaymentAttempt, Refund, RefundLine, RefundState, Restock

_STATE_OF = {
    "succeeded": RefundState.SUCCEEDED,
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


@dataclass(frozen=True, kw_only=True)
class Part:
    """What part of a refund is for one order line; for delivery and other charges without one."""

    order_line_id: int | None
    quantity: int = 0
    amount_minor: int
    restock: Restock = Restock.NONE


def request(
    session: Session,
    order: Order,
    *,
    lines: Sequence[Part],
    reason: str,
    actor: str,
    attempt: PaymentAttempt | None = None,
    instead_of: Refund | None = None,
    return_request_id: int | None = None,
) -> int:
    """Write down that money of a locked order is to be sent back; returns the refund's id.

    `restock` is written down as it was chosen. What it means for the vials is done by the use case that
    calls this, in the same transaction.

    Args:
        attempt: the payment it comes from; by default the one that paid the order.
        instead_of: the failed refund it tries again.
        return_request_id: the return for whose vials it is.

    Raises:
        Refused: more than came and was not yet sent back, more vials of a line than were ordered, or a
            dispute is open, in which the bank has the money.
    """
    attempt = attempt or paid_attempt(session, order.id)
    if attempt is None:
        raise Refused(_("This order has not been paid by card."))
    amount = sum(part.amount_minor for part in lines)
    currency = attempt.received_currency or attempt.currency
    disputes.refuse_disputed(session, attempt.id)
    _refuse_vials_twice(session, order, lines)
    if amount <= 0:
        raise Refused(_("Choose what to refund."))
    if not _raise_given_back(session, attempt.id, amount):
        raise Refused(
            _("At most %(amount)s can be refunded.", amount=in_words(left(session, attempt.id), currency))
        )
    refund = Refund(
        key=random_reference(),
        order_id=order.id,
        attempt_id=attempt.id,
        state=RefundState.REQUESTED,
        amount_minor=amount,
        currency=currency,
        reason=reason,
        requested_by=actor,
        created_at=clock.now(),
        instead_of_id=instead_of.id if instead_of else None,
        return_request_id=return_request_id,
        lines=[
            RefundLine(
                order_line_id=part.order_line_id,
                quantity=part.quantity,
                amount_minor=part.amount_minor,
                restock=part.restock,
            )
            for part in lines
            if part.amount_minor or part.quantity
        ],
    )
    session.add(refund)
    session.flush()
    states.tell(
        session,
        order.id,
        actor=actor,
        kind="refund-requested",
        note=". ".join([in_words(amount, currency), *_what(order, lines), reason]),
    )
    audit.log(
        session,
        actor=actor,
        action="refund.request",
        subject=f"order/{order.number}",
        after={
            "amount_minor": amount,
            "currency": currency,
            "lines": [
                {"line": part.order_line_id, "vials": part.quantity, "restock": part.restock.value}
                for part in lines
            ],
        },
        reason=reason,
    )
    return refund.id


def _what(order: Order, lines: Sequence[Part]) -> list[str]:
    """The vials of a refund with what becomes of them, as its history tells it."""
    titles = {line.id: line.title for line in order.lines}
    return [
        f"{part.quantity} × {titles[part.order_line_id]}: {restocking.in_words(part.restock)}"
        for part in lines
        if part.order_line_id is not None and part.quantity
    ]


def try_again(refund_id: int, *, actor: str, why: str = "") -> int:
    """Write down a failed refund once more, as a row of its own; returns its id. `send` follows.

    The new row has a key of its own: under the old one Stripe answers with the old failure. Only what has
    failed for certain is tried again; an outcome that is not known keeps its key and is asked about. Vials
    moved with the first row and do not move again.

    Raises:
        Refused: it has not failed, or was tried again before.
    """
    with writing() as session:
        failed = session.get_one(Refund, refund_id)
        order = states.lock(session, failed.order_id)
        session.refresh(failed)
        again = session.scalar(select(Refund.id).where(Refund.instead_of_id == failed.id))
        if failed.state != RefundState.FAILED or again is not None:
            raise Refused(_("This refund has not failed, or was tried again already."))
        if why:
            states.tell(session, order.id, actor=actor, kind="refund-again", note=why)
        parts = [
            Part(
                order_line_id=line.order_line_id,
                quantity=line.quantity,
                amount_minor=line.amount_minor,
                restock=line.restock,
            )
            for line in failed.lines
        ] or [Part(order_line_id=None, amount_minor=failed.amount_minor)]
        return request(
            session,
            order,
            lines=parts,
            reason=failed.reason,
            actor=actor,
            attempt=failed.attempt,
            instead_of=failed,
            return_request_id=failed.return_request_id,
        )


def send(refund_id: int) -> None:
    """Ask Stripe to make a requested refund, or find out what became of it. Safe to repeat.

    Raises:
        PaymentUnavailable: Stripe gave no answer: the outcome is unknown, and the job asks again.
    """
    with writing() as session:
        refund = session.get_one(Refund, refund_id)
        waits = refund.state in (RefundState.REQUESTED, RefundState.UNKNOWN) and refund.stripe_refund is None
        intent_id, key, amount = refund.attempt.stripe_payment_intent, refund.key, refund.amount_minor
        asked_before = refund.asked_at is not None
        same_key = not asked_before or (
            asking.is_sure(refund.asked_at) and refund.tries < asking.SAME_KEY_TRIES
        )
        if not waits or intent_id is None:
            return
        refund.asked_at = refund.asked_at or clock.now()
        refund.tries += 1
    if asked_before and _found_at_stripe(refund_id, intent_id, key):
        return
    if not same_key:
        _write_failure(refund_id, _("Stripe was asked, gave no answer, and has made no such refund."))
        return
    faults.point("refund.before_send")
    try:
        facts = gateway.refund(intent_id, key=key, amount_minor=amount)
    except gateway.GatewayRefused as error:
        _write_failure(refund_id, str(error))
        return
    except gateway.NotTried:
        raise
    except gateway.PaymentUnavailable:
        _no_answer(refund_id)
        raise
    faults.point("refund.sent_not_kept")
    _keep(refund_id, facts)
    faults.point("refund.after")


def _found_at_stripe(refund_id: int, intent_id: str, key: str) -> bool:
    facts = next((each for each in gateway.refunds_of(intent_id) if each.key == key), None)
    if facts is None:
        return False
    _keep(refund_id, facts)
    return True


def _keep(refund_id: int, facts: gateway.RefundFacts) -> None:
    with writing() as session:
        refund = _locked(session, refund_id)
        refund.stripe_refund = facts.refund_id
        _apply(session, refund, facts)


def _no_answer(refund_id: int) -> None:
    with writing() as session:
        refund = _locked(session, refund_id)
        if refund.state == RefundState.REQUESTED:
            refund.state = RefundState.UNKNOWN
            states.tell(session, refund.order_id, actor="job", kind="refund-unknown", note="")
        refund.ask_again_at = clock.now() + asking.pause_after(refund.tries)


def _write_failure(refund_id: int, words: str) -> None:
    with writing() as session:
        _fail(session, _locked(session, refund_id), words)


def _locked(session: Session, refund_id: int) -> Refund:
    refund = session.get_one(Refund, refund_id)
    states.lock(session, refund.order_id)
    session.refresh(refund)
    return refund


def look_again(stripe_refund: str, *, first: Callable[[Session], bool] | None = None) -> bool:
    """Bring a refund up to what Stripe says now; False when it is not this shop's.

    One that was made at Stripe itself, from its dashboard, becomes a refund here as well.
    """
    facts = gateway.look_at_refund(stripe_refund)
    with writing() as session:
        if first is not None and not first(session):
            return False
        return keep_up(session, facts)


def keep_up(session: Session, facts: gateway.RefundFacts) -> bool:
    """Apply what Stripe says of a refund; False when it is of no payment of this shop."""
    refund = session.scalar(select(Refund).where(Refund.stripe_refund == facts.refund_id))
    if refund is None and facts.key:
        # The answer to the request may still be on its way, or was lost.
        refund = session.scalar(select(Refund).where(Refund.key == facts.key))
    if refund is None:
        return _adopt(session, facts)
    states.lock(session, refund.order_id)
    session.refresh(refund)
    refund.stripe_refund = facts.refund_id
    _apply(session, refund, facts)
    return True


def _adopt(session: Session, facts: gateway.RefundFacts) -> bool:
    attempt = session.scalar(
        select(PaymentAttempt).where(PaymentAttempt.stripe_payment_intent == (facts.intent_id or ""))
    )
    # Stripe reports money that is let go untaken as a refund too; nothing had come, so nothing goes back.
    if attempt is None or attempt.received_minor is None or facts.amount_minor <= 0:
        return False
    order = states.lock(session, attempt.order_id)
    known = session.scalar(select(Refund.id).where(Refund.stripe_refund == facts.refund_id))
    if known is not None or not _raise_given_back(session, attempt.id, facts.amount_minor):
        return False
    refund = Refund(
        key=random_reference(),
        order_id=order.id,
        attempt_id=attempt.id,
        state=RefundState.REQUESTED,
        amount_minor=facts.amount_minor,
        currency=facts.currency,
        reason=_("Made at Stripe, not here."),
        requested_by="stripe",
        stripe_refund=facts.refund_id,
        created_at=clock.now(),
        lines=[
            RefundLine(order_line_id=None, quantity=0, amount_minor=facts.amount_minor, restock=Restock.NONE)
        ],
    )
    session.add(refund)
    session.flush()
    note = in_words(facts.amount_minor, facts.currency)
    states.tell(session, order.id, actor="stripe", kind="refund-made-at-stripe", note=note)
    _apply(session, refund, facts)
    open_questions.close_if_answered(session, order, actor="stripe", note=note)
    return True


def of_attempt(session: Session, attempt_id: int) -> Sequence[Refund]:
    """Every refund of a payment, oldest first."""
    query = select(Refund).where(Refund.attempt_id == attempt_id).order_by(Refund.id)
    return session.scalars(query).all()


def paid_attempt(session: Session, order_id: int) -> PaymentAttempt | None:
    """The attempt by which an order was paid."""
    return session.scalar(
        select(PaymentAttempt)
        .where(PaymentAttempt.order_id == order_id, PaymentAttempt.state == AttemptState.SUCCEEDED)
        .order_by(PaymentAttempt.id)
        .limit(1)
    )


def left(session: Session, attempt_id: int) -> int:
    """What of a payment has not been sent back and is not on its way, in minor units."""
    found = session.execute(
        select(PaymentAttempt.received_minor, PaymentAttempt.given_back_minor).where(
            PaymentAttempt.id == attempt_id
        )
    ).one()
    return int(found.received_minor or 0) - int(found.given_back_minor)


@dataclass(frozen=True, kw_only=True)
class CostOfOrder:
    """What each line cost with its shares of discount and tax, and what everything else cost."""

    lines: Mapping[int, int]
    """Minor units by order line."""
    other: int
    """Delivery, handling and their tax, in minor units."""


def cost_of(order: Order) -> CostOfOrder:
    """What an order cost, by line as it was priced, and the rest; the parts add up to its total."""
    lines = {line.id: shares.of_line(line).total_minor for line in order.lines}
    return CostOfOrder(lines=lines, other=order.total_minor - sum(lines.values()))


def vials_refunded(session: Session, order_line_ids: Sequence[int]) -> dict[int, int]:
    """How many vials of each line have been refunded or are about to be. One query."""
    rows = session.execute(
        select(RefundLine.order_line_id, func.sum(RefundLine.quantity))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(RefundLine.order_line_id.in_(order_line_ids), Refund.state != RefundState.FAILED)
        .group_by(RefundLine.order_line_id)
    )
    found = {line_id: int(vials) for line_id, vials in rows}
    return {line_id: found.get(line_id, 0) for line_id in order_line_ids}


def other_refunded(session: Session, order_id: int) -> int:
    """What was refunded of an order without naming vials: delivery, or an amount agreed."""
    total = session.scalar(
        select(func.sum(RefundLine.amount_minor))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .join(PaymentAttempt, PaymentAttempt.id == Refund.attempt_id)
        .where(
            Refund.order_id == order_id,
            RefundLine.order_line_id.is_(None),
            Refund.state != RefundState.FAILED,
            PaymentAttempt.state == AttemptState.SUCCEEDED,
        )
    )
    return int(total or 0)


def vials_as_parts(
    session: Session, order: Order, vials: Mapping[int, int], restock: Mapping[int, Restock] | None = None
) -> list[Part]:
    """The parts of a refund of so many vials by line, each at what it cost."""
    before, costs = vials_refunded(session, list(vials)), cost_of(order)
    lines = {line.id: line for line in order.lines}
    return [
        Part(
            order_line_id=line_id,
            quantity=quantity,
            amount_minor=_cost_of_vials(costs.lines[line_id], lines[line_id], before[line_id], quantity),
            restock=(restock or {}).get(line_id, Restock.NONE) if quantity else Restock.NONE,
        )
        for line_id, quantity in vials.items()
        if quantity
    ]


def _cost_of_vials(cost: int, line: OrderLine, before: int, vials: int) -> int:
    """What vials of a line cost; of more than are left only those that are, which `request` then refuses."""
    counted = min(vials, line.quantity - before)
    return shares.part_of(cost, vials=counted, of=line.quantity, after=before) if counted > 0 else 0


def everything_left(
    session: Session, order: Order, attempt: PaymentAttempt, *, restock: Mapping[int, Restock] | None = None
) -> list[Part]:
    """The parts of a refund of all that is left of a payment, divided over lines and the rest.

    Args:
        restock: what becomes of the vials, by order line; of a line that is not named, nothing.
    """
    remaining = left(session, attempt.id)
    if attempt.state != AttemptState.SUCCEEDED:
        return [Part(order_line_id=None, amount_minor=remaining)] if remaining else []
    before = vials_refunded(session, [line.id for line in order.lines])
    vials = {line.id: line.quantity - before[line.id] for line in order.lines}
    parts = vials_as_parts(session, order, vials, restock)
    other = max(0, cost_of(order).other - other_refunded(session, order.id))
    parts.append(Part(order_line_id=None, amount_minor=other))
    weights = [part.amount_minor for part in parts]
    # Money that is left although every line was refunded belongs to no line.
    amounts = shares.spread(remaining, weights if any(weights) else [0] * (len(parts) - 1) + [1])
    return [
        Part(
            order_line_id=part.order_line_id,
            quantity=part.quantity,
            amount_minor=share,
            restock=part.restock,
        )
        for part, share in zip(parts, amounts, strict=True)
    ]


def _refuse_vials_twice(session: Session, order: Order, lines: Sequence[Part]) -> None:
    asked = {part.order_line_id: part.quantity for part in lines if part.order_line_id is not None}
    before = vials_refunded(session, list(asked))
    known = {line.id: line for line in order.lines}
    for line_id, quantity in asked.items():
        line = known.get(line_id)
        if line is None:
            raise Refused(_("This order has no such line."))
        if quantity < 0 or before[line_id] + quantity > line.quantity:
            raise Refused(
                _(
                    "%(title)s: %(left)s of %(all)s vials can still be refunded.",
                    title=line.title,
                    left=line.quantity - before[line_id],
                    all=line.quantity,
                )
            )


def _raise_given_back(session: Session, attempt_id: int, amount: int) -> bool:
    """Keep a part of a payment for a refund; False where that is more than is left. One guarded UPDATE."""
    return bool(
        rows_changed(
            session,
            update(PaymentAttempt)
            .where(
                PaymentAttempt.id == attempt_id,
                PaymentAttempt.given_back_minor + amount <= func.coalesce(PaymentAttempt.received_minor, 0),
            )
            .values(given_back_minor=PaymentAttempt.given_back_minor + amount),
        )
    )


def _apply(session: Session, refund: Refund, facts: gateway.RefundFacts) -> None:
    reached = _STATE_OF.get(facts.status, RefundState.PENDING)
    # A bank can send back what Stripe had shown as done; nothing else ever undoes an end.
    over = refund.state == RefundState.FAILED or (
        refund.state == RefundState.SUCCEEDED and reached != RefundState.FAILED
    )
    if over or reached == refund.state:
        return
    refund.ask_again_at = None
    if reached == RefundState.FAILED:
        _fail(session, refund, facts.failure or facts.status)
        return
    refund.state = reached
    if reached != RefundState.SUCCEEDED:
        return
    refund.settled_at = clock.now()
    session.flush()
    order = session.get_one(Order, refund.order_id)
    note = in_words(refund.amount_minor, refund.currency)
    if not _bring_order_up(session, order, kind="refunded", note=note):
        states.tell(session, order.id, actor="stripe", kind="refunded", note=note)
    order_events.announce(
        session,
        order,
        "refund.succeeded",
        fact=refund.key,
        refund=refund.key,
        refunded_minor=refund.amount_minor,
        refunded_currency=refund.currency,
    )
    letters.refund_made(
        session, order, amount_minor=refund.amount_minor, currency=refund.currency, key=refund.key
    )


def _fail(session: Session, refund: Refund, words: str) -> None:
    if refund.state == RefundState.FAILED:
        return
    shown_as_done = refund.state == RefundState.SUCCEEDED
    if shown_as_done:
        refund.came_back_at = clock.now()
    refund.state, refund.settled_at, refund.failure = RefundState.FAILED, clock.now(), words[:500]
    refund.ask_again_at = None
    session.flush()
    rows_changed(
        session,
        update(PaymentAttempt)
        .where(PaymentAttempt.id == refund.attempt_id)
        .values(given_back_minor=PaymentAttempt.given_back_minor - refund.amount_minor),
    )
    states.tell(session, refund.order_id, actor="stripe", kind="refund-failed", note=words[:500])
    if shown_as_done:
        order = session.get_one(Order, refund.order_id)
        _bring_order_up(
            session, order, kind="refund-failed", note=in_words(refund.amount_minor, refund.currency)
        )


def _bring_order_up(session: Session, order: Order, *, kind: str, note: str) -> bool:
    """Let the state of an order say how much of its payment has gone back; False when it said so already."""
    if order.payment_state not in (PaymentState.PAID, PaymentState.PART_REFUNDED, PaymentState.REFUNDED):
        return False
    returned = session.scalar(
        select(func.sum(Refund.amount_minor))
        .join(PaymentAttempt, PaymentAttempt.id == Refund.attempt_id)
        .where(
            Refund.order_id == order.id,
            Refund.state == RefundState.SUCCEEDED,
            PaymentAttempt.state == AttemptState.SUCCEEDED,
        )
    )
    amount = int(returned or 0)
    to = (
        PaymentState.PAID
        if amount == 0
        else PaymentState.REFUNDED
        if amount >= order.total_minor
        else PaymentState.PART_REFUNDED
    )
    return states.move(session, order, to, actor="stripe", kind=kind, note=note)


def waiting(session: Session, *, whatever_the_pause: bool = False) -> list[tuple[int, str | None]]:
    """Refunds that Stripe may know more about, with their ids there, where it is time to ask."""
    query = select(Refund.id, Refund.stripe_refund).where(
        Refund.state.in_([RefundState.REQUESTED, RefundState.UNKNOWN, RefundState.PENDING])
    )
    if not whatever_the_pause:
        query = query.where(Refund.ask_again_at.is_(None) | (Refund.ask_again_at <= clock.now()))
    return [
        (refund_id, stripe_refund) for refund_id, stripe_refund in session.execute(query.order_by(Refund.id))
    ]


def ask_about(refund_id: int, stripe_refund: str | None) -> None:
    """Bring one refund on, whatever it waits for; asked about later again, each time later.

    Raises:
        PaymentUnavailable: Stripe cannot be reached.
    """
    if stripe_refund is None:
        send(refund_id)
        return
    with writing() as session:
        refund = session.get_one(Refund, refund_id)
        refund.tries += 1
        refund.ask_again_at = clock.now() + asking.pause_after(refund.tries)
    look_again(stripe_refund)
