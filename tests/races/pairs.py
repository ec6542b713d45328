"""Pairs of people who act on the same thing at the same moment, and what may and may not come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from builders import WHERE, draft_for, make_lot, make_size, order_for, shown, stock
from fixtures.world import World
from paid_and_gone import about, paid_and_gone
from recall_builders import recall
from schedules import Session
from sqlalchemy import select

from shop.core import clock
from shop.core.database import reading, writing
from shop.inventory.models import Lot, LotState
from shop.ordering import checkout, coupons, fulfilment, placement, states
from shop.ordering.coupons import Coupon
from shop.ordering.models import FulfilmentState, Order, PaymentMethod, PaymentState, ReviewState
from shop.payments import (
    attempts,
    decisions,
    holds,
    refunds,
    settlement,
    stock_choices,
    stock_decisions,
    stock_waits,
    unexpected,
)
from shop.payments.models import AttemptState, PaymentAttempt, Refund, RefundState

DONE = "done"


@dataclass
class Place:
    """What both act on."""

    world: World
    sku: str = ""
    lot: str = ""
    order_id: int = 0
    page: str = ""
    about: str = ""
    attempt_id: int = 0
    tokens: list[str] = field(default_factory=list)

    @property
    def order(self) -> Order:
        """The order as it is."""
        with reading() as session:
            found = session.get_one(Order, self.order_id)
            session.expunge(found)
            return found

    @property
    def states(self) -> tuple[PaymentState, ReviewState, FulfilmentState]:
        """Its three states."""
        order = self.order
        return order.payment_state, order.review_state, order.fulfilment_state


@dataclass(frozen=True)
class Pair:
    """Two sessions and the judgement of their outcomes."""

    name: str
    prepare: Callable[[Place], None]
    first: Callable[[Place], Session]
    second: Callable[[Place], Session]
    wrong: Callable[[Place, str, str], str]
    """A sentence about what should not have come of it; empty when all is well."""


# What is there before.


def _last_vial(place: Place) -> None:
    place.sku = make_size()
    place.lot = make_lot(place.sku, 1)
    place.tokens = [draft_for({place.sku: 1}, email=f"b{number}@vima.example") for number in range(2)]


def _last_use_of_a_code(place: Place) -> None:
    place.sku = make_size()
    place.lot = make_lot(place.sku, 5)
    with writing() as session:
        session.add(
            Coupon(
                code=f"CODE-{place.sku}",
                code_key=coupons.key(f"CODE-{place.sku}"),
                agreement="Specimen framework contract",
                currency="USD",
                percent=Decimal(10),
                most_uses=1,
                created_at=clock.now(),
            )
        )
    place.tokens = [draft_for({place.sku: 1}, email=f"b{number}@vima.example") for number in range(2)]
    for token in place.tokens:
        checkout.save_code(token, f"CODE-{place.sku}")


def _one_checkout(place: Place) -> None:
    place.sku = make_size()
    place.lot = make_lot(place.sku, 5)
    place.tokens = [draft_for({place.sku: 1})] * 2


def _card_order(place: Place) -> None:
    place.sku = make_size()
    place.lot = make_lot(place.sku, 3)
    place.order_id = order_for({place.sku: 2}, method=PaymentMethod.CARD).order_id
    place.page = attempts.start(place.order_id)


def _paid_at_stripe(place: Place) -> None:
    _card_order(place)
    assert place.world.stripe.pay(place.page) == 303


def _paid(place: Place) -> None:
    _paid_at_stripe(place)
    settlement.settle_order(place.order_id)


def _waits(place: Place) -> None:
    place.sku = make_size()
    place.lot = make_lot(place.sku, 3)
    place.order_id = order_for({place.sku: 2}).order_id


def _set_aside(place: Place) -> None:
    place.sku = make_size()
    place.lot = make_lot(place.sku, 3)
    place.order_id = order_for({place.sku: 2}, method=PaymentMethod.CARD).order_id
    with writing() as session:
        order = states.lock(session, place.order_id)
        states.move(session, order, ReviewState.WAITING, actor="test", kind="screening", note="a look")
    place.page = attempts.start(place.order_id)
    place.world.stripe.pay(place.page)
    settlement.settle_order(place.order_id)


def _stock_is_gone(place: Place) -> None:
    """Paid late, of five vials three are left, and a buyer has just those three in a cart."""
    placed, place.sku = paid_and_gone(place.world.stripe, 5, left=3)
    place.order_id = placed.order_id
    place.about = about(placed)
    place.tokens = [draft_for({place.sku: 3}, email="b0@vima.example")]


def _waits_for_a_lot(place: Place) -> None:
    _stock_is_gone(place)
    stock_decisions.wait(
        place.order_id,
        until=clock.today() + timedelta(days=5),
        about=place.about,
        reason="a lot comes",
        staff=place.world.staff,
    )
    make_lot(place.sku, 2)
    with reading() as session:
        order = fulfilment.find(session, place.order_id)
        place.about = stock_choices.of_order(session, order).shown


def _paid_twice(place: Place) -> None:
    _card_order(place)
    first = place.page
    with writing() as session:
        attempt = session.scalars(select(PaymentAttempt)).all()[-1]
        attempt.state, place.attempt_id = AttemptState.EXPIRED, attempt.id
    place.page = attempts.start(place.order_id)
    place.world.stripe.pay(place.page)
    settlement.settle_order(place.order_id)
    place.world.stripe.pay(first)
    with reading() as session:
        page = session.get_one(PaymentAttempt, place.attempt_id).stripe_session
    assert page is not None
    settlement.settle(page)
    with reading() as session:
        place.about = unexpected.shown(session.get_one(PaymentAttempt, place.attempt_id))


def _packed(place: Place) -> None:
    _waits(place)
    fulfilment.approve(place.order_id, staff=place.world.staff, reason="")
    fulfilment.pick(place.order_id, place.lot, staff=place.world.staff)
    fulfilment.pack(place.order_id, staff=place.world.staff)


# What they do.


def _buys(number: int) -> Callable[[Place], Session]:
    def session(place: Place) -> Session:
        token = place.tokens[number]
        picture = shown(token)
        return Session(
            f"buyer {number}",
            lambda: placement.place(token, picture, WHERE),
            ("checkout.begin", "checkout.reserved", "checkout.before_commit"),
        )

    return session


def _recalls(place: Place) -> Session:
    return Session("recall", lambda: recall(place.lot), ("recall.marked", "recall.before_commit"))


def _pays(place: Place) -> Session:
    def act() -> None:
        place.world.stripe.pay(place.page)
        settlement.settle_order(place.order_id)

    return Session("payment", act, ("settle.facts_seen", "settle.status_moved", "settle.before_commit"))


def _settles(place: Place) -> Session:
    return Session(
        "settlement",
        lambda: settlement.settle_order(place.order_id),
        ("settle.facts_seen", "settle.status_moved", "settle.before_commit"),
    )


def _ends_the_hold(place: Place) -> Session:
    def act() -> None:
        with clock.shifted(timedelta(minutes=42)):
            holds.end_holds()

    return Session("job", act, ("hold.expire_requested", "hold.expired_at_stripe", "hold.released"))


def _cancels(place: Place) -> Session:
    return Session(
        "cancellation",
        lambda: decisions.cancel(place.order_id, staff=place.world.staff, reason="no longer wanted"),
        ("hold.expired_at_stripe", "cancel.before_commit", "refund.before_send"),
    )


def _refunds(minor: int) -> Callable[[Place], Session]:
    def session(place: Place) -> Session:
        def act() -> None:
            with writing() as open_session:
                order = states.lock(open_session, place.order_id)
                refund_id = refunds.request(
                    open_session,
                    order,
                    lines=[refunds.Part(order_line_id=None, amount_minor=minor)],
                    reason="broken",
                    actor="test",
                )
            refunds.send(refund_id)

        return Session(f"refund of {minor}", act, ("refund.before_send", "refund.sent_not_kept"))

    return session


def _ships(place: Place) -> Session:
    return Session(
        "parcel",
        lambda: fulfilment.ship(
            place.order_id, carrier="Specimen Carrier", tracking="T", staff=place.world.staff
        ),
        ("fulfil.shipped",),
    )


def _refunds_all(place: Place) -> Session:
    return Session(
        "refund in full",
        lambda: stock_decisions.refund_all(
            place.order_id, about=place.about, reason="agreed", staff=place.world.staff
        ),
        ("decide.before_commit", "refund.before_send"),
    )


def _sends_part(place: Place) -> Session:
    return Session(
        "sending what there is",
        lambda: stock_decisions.send_what_there_is(
            place.order_id, about=place.about, reason="agreed", staff=place.world.staff
        ),
        ("stock.lot_taken", "decide.before_commit", "refund.before_send"),
    )


def _fills(place: Place) -> Session:
    return Session("job", stock_waits.look_after_waits, ("stock.lot_taken",))


def _sends_back(place: Place) -> Session:
    return Session(
        "sending back",
        lambda: unexpected.send_back(
            place.attempt_id, about=place.about, reason="paid twice", staff=place.world.staff
        ),
        ("decide.before_commit", "refund.before_send"),
    )


def _approves(place: Place) -> Session:
    return Session(
        "approval",
        lambda: decisions.approve(place.order_id, staff=place.world.staff, reason=""),
        ("po.approved", "capture.before", "capture.after"),
    )


def _refuses(place: Place) -> Session:
    return Session(
        "refusal",
        lambda: decisions.refuse(place.order_id, staff=place.world.staff, reason="not for research"),
        ("void.after",),
    )


# What may not come of it.


def _one_of_them(place: Place, first: str, second: str) -> str:
    if (first == DONE) + (second == DONE) != 1:
        return f"{first} and {second}: one of the two should have had it"
    return ""


def _sold_once(place: Place, first: str, second: str) -> str:
    if stock(place.lot).reserved != 1:
        return f"{stock(place.lot)}"
    return _one_of_them(place, first, second)


def _used_once(place: Place, first: str, second: str) -> str:
    with reading() as session:
        uses = session.scalars(select(Coupon.uses).where(Coupon.code == f"CODE-{place.sku}")).one()
    if uses != 1 or stock(place.lot).reserved != 1:
        return f"{uses} uses, {stock(place.lot)}"
    return _one_of_them(place, first, second)


def _one_order(place: Place, first: str, second: str) -> str:
    with reading() as session:
        count = len(session.scalars(select(Order.id).where(Order.draft_token == place.tokens[0])).all())
    return "" if (first, second, count) == (DONE, DONE, 1) else f"{first}, {second}, {count} orders"


def _recalled_and_held_back(place: Place, first: str, second: str) -> str:
    with reading() as session:
        state = session.scalars(select(Lot.state).where(Lot.number == place.lot)).one()
    return "" if state == LotState.RECALLED and second == DONE else f"{second}: the lot is {state}"


def _paid_or_ended(place: Place, first: str, second: str) -> str:
    paid = place.states[0] == PaymentState.PAID and place.states[2] == FulfilmentState.TO_PICK
    ended = place.states[2] == FulfilmentState.CANCELLED and place.states[0] == PaymentState.NOT_PAYABLE
    return "" if paid or ended else f"{place.states}"


def _cancelled_and_refunded(place: Place, first: str, second: str) -> str:
    if place.states[2] != FulfilmentState.CANCELLED:
        return f"{first}, {second}: {place.states}"
    if place.states[0] not in (PaymentState.REFUNDED, PaymentState.NOT_PAYABLE):
        return f"{place.states}"
    return ""


def _refunded_once(place: Place, first: str, second: str) -> str:
    with reading() as session:
        given = session.scalars(
            select(Refund.amount_minor).where(
                Refund.order_id == place.order_id, Refund.state != RefundState.FAILED
            )
        ).all()
    return "" if len(given) == 1 else f"{given} of {place.order.total_minor}"


def _shipped_or_cancelled(place: Place, first: str, second: str) -> str:
    last = place.states[2]
    if (last, first, second == DONE) == (FulfilmentState.SHIPPED, DONE, False):
        return ""
    if (last, first == DONE, second) == (FulfilmentState.CANCELLED, False, DONE):
        return ""
    return f"{first}, {second}: {last}"


def _shipped_before_or_not(place: Place, first: str, second: str) -> str:
    if second != DONE:
        return second
    return (
        "" if (first == DONE) == (place.states[2] == FulfilmentState.SHIPPED) else f"{first}: {place.states}"
    )


def _one_decision(place: Place, first: str, second: str) -> str:
    """One wins, the other reads a sentence, and the money and the vials are those of the one."""
    refunded = (PaymentState.REFUNDED, ReviewState.PASSED, FulfilmentState.CANCELLED)
    sent = (PaymentState.PART_REFUNDED, ReviewState.PASSED, FulfilmentState.TO_PICK)
    expected = refunded if first == DONE else sent
    if place.states != expected or {first, second} != {DONE, "Refused"}:
        return f"{first}, {second}: {place.states}"
    return _refunded_once(place, first, second)


def _sent_or_sold(place: Place, first: str, second: str) -> str:
    went_on = place.states[2] == FulfilmentState.TO_PICK
    if went_on != (first == DONE):
        return f"{first}: {place.states}"
    return _one_of_them(place, first, second)


def _filled_or_refunded(place: Place, first: str, second: str) -> str:
    last = place.states[2]
    if first != DONE or (last == FulfilmentState.CANCELLED) != (second == DONE):
        return f"{first}, {second}: {place.states}"
    return ""


def _sent_back_once(place: Place, first: str, second: str) -> str:
    fine = (PaymentState.PAID, ReviewState.PASSED, FulfilmentState.TO_PICK)
    if place.states != fine:
        return f"{place.states}"
    return _one_of_them(place, first, second) or _refunded_once(place, first, second)


def _approved_or_refused(place: Place, first: str, second: str) -> str:
    if first.startswith("error") or second.startswith("error"):
        return f"{first}, {second}"
    if place.states[1] not in (ReviewState.APPROVED, ReviewState.REFUSED):
        return f"{first}, {second}: {place.states}"
    if (place.states[1] == ReviewState.REFUSED) != (place.states[2] == FulfilmentState.CANCELLED):
        return f"{place.states}"
    return ""


def _paid_once(place: Place, first: str, second: str) -> str:
    fine = (PaymentState.PAID, ReviewState.PASSED, FulfilmentState.TO_PICK)
    return "" if (first, second, place.states) == (DONE, DONE, fine) else f"{first}, {second}, {place.states}"


PAIRS = (
    Pair("two buyers, the last vial", _last_vial, _buys(0), _buys(1), _sold_once),
    Pair("one checkout, pressed twice", _one_checkout, _buys(0), _buys(1), _one_order),
    Pair("two buyers, the last use of a code", _last_use_of_a_code, _buys(0), _buys(1), _used_once),
    Pair("a buyer and a recall", _last_vial, _buys(0), _recalls, _recalled_and_held_back),
    Pair("a payment and the end of the hold", _card_order, _pays, _ends_the_hold, _paid_or_ended),
    Pair("webhook and return of one payment", _paid_at_stripe, _settles, _settles, _paid_once),
    Pair("a cancellation and a settlement", _paid_at_stripe, _cancels, _settles, _cancelled_and_refunded),
    Pair("two refunds of the whole sum", _paid, _refunds(10600), _refunds(10600), _refunded_once),
    Pair("two cancellations", _paid, _cancels, _cancels, _cancelled_and_refunded),
    Pair("a parcel and a cancellation", _packed, _ships, _cancels, _shipped_or_cancelled),
    Pair("a parcel and a recall", _packed, _ships, _recalls, _shipped_before_or_not),
    Pair("approval and refusal of a purchase order", _waits, _approves, _refuses, _approved_or_refused),
    Pair("refund in full and sending in part", _stock_is_gone, _refunds_all, _sends_part, _one_decision),
    Pair("sending in part and a buyer", _stock_is_gone, _sends_part, _buys(0), _sent_or_sold),
    Pair("the job and a refund in full", _waits_for_a_lot, _fills, _refunds_all, _filled_or_refunded),
    Pair("two people send a payment back", _paid_twice, _sends_back, _sends_back, _sent_back_once),
    Pair("release and void of money set aside", _set_aside, _approves, _refuses, _approved_or_refused),
)
