"""What staff decide about a paid order whose vials are gone: refund it, send what there is, or wait.

Each is one transaction on the locked order, so that of two people who decide at once one wins. Stripe is
asked for the refund after the commit; where it gives no answer the decision stands and the job asks again.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from sqlalchemy.orm import Session

from shop.core import audit, clock
from shop.core.database import writing
from shop.core.errors import Refused
from shop.core.identity import random_reference
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.core.money import in_words
from shop.core.wording import date_in_words
from shop.ordering import cancelled_vials, fulfilment, letters, states
from shop.ordering.models import Order, ReviewState
from shop.payments import open_questions, refunds, stock_choices, taking_again
from shop.payments.gateway import PaymentUnavailable
from shop.payments.models import StockWait
from shop.payments.refunds import Part
from shop.payments.stock_choices import Choices
from shop.people.staff import SignedInStaff

REFUNDED, SENT, CHANGED, FILLED, RAN_OUT, CLOSED = (
    "refunded",
    "sent in part",
    "waits again",
    "filled",
    "time ran out",
    "closed",
)
"""How a wait can end; kept with it."""


def refund_all(order_id: int, *, about: str, reason: str, staff: SignedInStaff) -> bool:
    """Give up a paid order whose vials are gone: all of its money goes back, and nothing is sent.

    Args:
        about: `Choices.shown` of the page that was read.

    Returns:
        Whether Stripe has answered; if not, the refund stands and is sent again.

    Raises:
        Refused: no reason, another decision was made meanwhile, or a dispute is open.
    """
    _demand_reason(reason)
    with writing(at="decide") as session:
        order, choices = _read_again(session, order_id, about)
        refund_id, amount = None, choices.everything_minor
        if amount:
            parts = refunds.everything_left(session, order, choices.attempt)
            refund_id = refunds.request(session, order, lines=parts, reason=reason, actor=staff.actor)
        money = in_words(amount, order.currency)
        _end_wait(choices.wait, REFUNDED)
        _decided(
            session,
            order,
            choices.came_from,
            staff=staff,
            action="refund",
            note=_("Refund in full, %(amount)s; nothing is sent. %(why)s", amount=money, why=reason),
            reason=reason,
        )
        if amount:
            letters.stock_refund(session, order, amount_minor=amount, fact=random_reference())
    return _send(refund_id)


def send_what_there_is(order_id: int, *, about: str, reason: str, staff: SignedInStaff) -> bool:
    """Send the vials that can be had now, and refund those that are missing; the order goes on to packing.

    Args:
        about: `Choices.shown` of the page that was read.

    Returns:
        Whether Stripe has answered about the refund, if there is one.

    Raises:
        Refused: no reason, nothing can be had or sent, stock has changed, or another decision was made.
    """
    _demand_reason(reason)
    with writing(at="decide") as session:
        order, choices = _read_again(session, order_id, about)
        _refuse_obstacle(choices)
        if not choices.there:
            raise Refused(
                _("None of these vials can be had now. Refund the order, or wait for the next lot.")
            )
        refund_id, fact = None, random_reference()
        _go_on(session, order, choices, cause=f"order/{order.reference}/decided/{fact}", actor=staff.actor)
        left_out = {each.line.id: each.left_out for each in choices.lines if each.left_out}
        if left_out:
            cancelled_vials.leave_out(session, order, left_out, reason=reason, cause=fact, actor=staff.actor)
        if choices.part_minor:
            refund_id = refunds.request(
                session, order, lines=_parts(choices), reason=reason, actor=staff.actor
            )
        _end_wait(choices.wait, SENT)
        _decided(
            session,
            order,
            _after(choices.came_from),
            staff=staff,
            action="send-part",
            note=_note_of_part(order, choices, reason),
            reason=reason,
        )
        fulfilment.make_ready(session, order, actor=staff.actor, kind="decided")
        letters.stock_part(
            session,
            order,
            lots=_lots(choices),
            missing=_missing(choices),
            amount_minor=choices.part_minor,
            fact=fact,
        )
    return _send(refund_id)


def wait(order_id: int, *, until: date, about: str, reason: str, staff: SignedInStaff) -> None:
    """Let a paid order wait for the next lot, to the end of a day. Nothing is held for it meanwhile.

    The job in `stock_waits` gives it its vials when all of them are there.

    Args:
        about: `Choices.shown` of the page that was read.

    Raises:
        Refused: no reason, a day that is past or too far off, or another decision was made meanwhile.
    """
    _demand_reason(reason)
    latest = stock_choices.latest_day()
    if not clock.today() < until <= latest:
        raise Refused(_("Enter a day after today and not after %(latest)s.", latest=date_in_words(latest)))
    with writing(at="decide") as session:
        order, choices = _read_again(session, order_id, about)
        _refuse_obstacle(choices)
        if not choices.missing:
            raise Refused(_("Every vial of this order can be had now. Send it."))
        _end_wait(choices.wait, CHANGED)
        session.flush()
        waits = StockWait(
            order_id=order.id,
            began_at=clock.now(),
            began_by=staff.actor,
            until=datetime.combine(until, time(23, 59), UTC),
        )
        session.add(waits)
        session.flush()
        note = _("until %(day)s. %(why)s", day=date_in_words(until), why=reason)
        states.tell(session, order.id, actor=staff.actor, kind="waiting-for-lot", note=note)
        _log(session, order, staff, "wait", reason)
        letters.stock_wait(session, order, until=until, missing=_missing(choices), fact=str(waits.id))


def fill(order_id: int) -> bool:
    """Give an order that waits for a lot all of its vials, where the shelf has them now."""
    with writing() as session:
        order = states.lock(session, order_id)
        if not open_questions.stock_is_gone(order):
            return False
        choices = stock_choices.of_order(session, order)
        if choices.wait is None or choices.obstacle or choices.missing or not choices.there:
            return False
        cause = f"order/{order.reference}/waited/{choices.wait.id}"
        _go_on(session, order, choices, cause=cause, actor="job")
        left_out = {each.line.id: each.left_out for each in choices.lines if each.left_out}
        if left_out:
            # Refunded while it waited, so that nothing is missing and less is sent than was ordered.
            why = _("Refunded while the order waited.")
            cancelled_vials.leave_out(
                session, order, left_out, reason=why, cause=f"wait-{choices.wait.id}", actor="job"
            )
        _end_wait(choices.wait, FILLED)
        note = _lots_in_words(choices)
        states.move(session, order, _after(choices.came_from), actor="job", kind="waited-for-lot", note=note)
        fulfilment.make_ready(session, order, actor="job", kind="waited-for-lot")
        letters.stock_filled(session, order, lots=_lots(choices), fact=str(choices.wait.id))
        return True


def end_wait(wait_id: int) -> bool:
    """Bring an order whose day has passed back to the desk, or end a wait about nothing."""
    with writing() as session:
        waits = session.get_one(StockWait, wait_id)
        order = states.lock(session, waits.order_id)
        session.refresh(waits)
        if waits.ended_at is not None:
            return False
        if not open_questions.stock_is_gone(order):
            # The money went back by another way, so there is nothing to decide.
            _end_wait(waits, CLOSED)
            if order.review_state == ReviewState.NEEDS_DECISION:
                came_from = open_questions.came_from(session, order)
                note = _("The money has been sent back.")
                states.move(session, order, came_from, actor="job", kind="waited-for-lot", note=note)
            return True
        if waits.until > clock.now():
            return False
        _end_wait(waits, RAN_OUT)
        note = _("No lot with enough vials came in time. A person has to decide again.")
        states.tell(session, order.id, actor="job", kind="waited-for-lot", note=note)
        letters.stock_wait_ended(session, order, fact=str(waits.id))
        return True


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Give a reason."))


def _read_again(session: Session, order_id: int, about: str) -> tuple[Order, Choices]:
    """The locked order and its choices, where they are still those that were read."""
    order = states.lock(session, order_id)
    if not open_questions.stock_is_gone(order):
        raise Refused(
            _("This order has been decided about meanwhile. Nothing was changed. Read its history.")
        )
    choices = stock_choices.of_order(session, order)
    if choices.shown != about:
        raise Refused(
            _(
                "Stock, money or an earlier decision have changed since this page was made. Nothing was "
                "changed. Read it again before you decide."
            )
        )
    return order, choices


def _refuse_obstacle(choices: Choices) -> None:
    if choices.obstacle:
        raise Refused(choices.obstacle)


def _go_on(session: Session, order: Order, choices: Choices, *, cause: str, actor: str) -> None:
    taken = taking_again.take(
        session, order, choices.takes, ship_on=choices.ship_on, cause=cause, actor=actor
    )
    if not taken:
        raise Refused(_("Another order took some of these vials just now. Read the page again."))
    order.planned_ship_on = choices.ship_on


def _after(came_from: ReviewState) -> ReviewState:
    """Where a decision to send an order leaves it: one that waited for a person has been approved by it."""
    return ReviewState.APPROVED if came_from == ReviewState.WAITING else came_from


def _decided(
    session: Session,
    order: Order,
    to: ReviewState,
    *,
    staff: SignedInStaff,
    action: str,
    note: str,
    reason: str,
) -> None:
    states.move(session, order, to, actor=staff.actor, kind="decided", note=note)
    _log(session, order, staff, action, reason)


def _log(session: Session, order: Order, staff: SignedInStaff, action: str, reason: str) -> None:
    audit.log(
        session,
        actor=staff.actor,
        action=f"order.decide-{action}",
        subject=f"order/{order.number}",
        reason=reason,
    )


def _end_wait(waits: StockWait | None, outcome: str) -> None:
    if waits is not None:
        waits.ended_at, waits.outcome = clock.now(), outcome


def _parts(choices: Choices) -> list[Part]:
    return [
        Part(order_line_id=each.line.id, quantity=each.refunded_vials, amount_minor=each.refund_minor)
        for each in choices.lines
        if each.refunded_vials
    ]


def _lots(choices: Choices) -> list[tuple[str, int, str]]:
    return [(each.line.title, lot.vials, lot.number) for each in choices.lines for lot in each.lots]


def _missing(choices: Choices) -> list[tuple[str, int]]:
    return [(each.line.title, each.missing) for each in choices.lines if each.missing]


def _lots_in_words(choices: Choices) -> str:
    return ", ".join(f"{vials} × {number}" for _title, vials, number in _lots(choices))


def _note_of_part(order: Order, choices: Choices, reason: str) -> str:
    sent = ngettext("%(num)s vial is sent", "%(num)s vials are sent", choices.there)
    out = "; ".join(f"{vials} × {title}" for title, vials in _missing(choices))
    return _(
        "%(sent)s (%(lots)s), not sent: %(out)s, %(amount)s goes back. %(why)s",
        sent=sent,
        lots=_lots_in_words(choices),
        out=out or _("nothing"),
        amount=in_words(choices.part_minor, order.currency),
        why=reason,
    )


def _send(refund_id: int | None) -> bool:
    if refund_id is None:
        return True
    try:
        refunds.send(refund_id)
    except PaymentUnavailable:
        return False
    return True
