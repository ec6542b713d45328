"""What can happen to the payment of an order, step by step, with the events that Stripe makes of it.

The steps of a history are played as late as a permutation allows: before an event is told, the truth at
Stripe has come at least as far as that event, and never further back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from builders import make_lot, make_size, order_for, stock
from fixtures.world import World
from sqlalchemy import select
from stripe_beside import DECLINED_CARD

from shop.core.database import reading, writing
from shop.core.outbox import OutboxMessage
from shop.ordering import fulfilment, states
from shop.ordering.cancel_reasons import CancelReason
from shop.ordering.models import Order, PaymentMethod, ReviewState
from shop.payments import attempts, decisions, refunds, settlement
from shop.payments.models import PaymentAttempt, Refund

DISPUTED_CARD = "4000000000000259"
Step = Callable[["Played"], None]


@dataclass(frozen=True)
class History:
    """A name, the steps, and which of the events they make are told (at most six)."""

    name: str
    steps: tuple[Step, ...]
    events: tuple[str, ...]


@dataclass
class Played:
    """One order in the middle of a history."""

    world: World
    history: History
    order_id: int
    lot: str
    page: str
    began_at: int
    steps_done: int = 0
    events: list[str] = field(default_factory=list)

    def step(self) -> None:
        """Play the next step, and note which of the events to be told it has made."""
        self.history.steps[self.steps_done](self)
        self.steps_done += 1
        objects = self.world.stripe.account.objects
        made = self.world.stripe.told[self.began_at :]
        wanted = Counter(self.history.events)
        self.events = []
        for event_id in made:
            kind = objects[event_id]["type"]
            if wanted[kind] > 0:
                wanted[kind] -= 1
                self.events.append(event_id)

    def tell(self, position: int) -> None:
        """Tell the event made as number `position`; first let happen what it tells of."""
        while len(self.events) <= position:
            self.step()
        self.world.clock.advance(seconds=3)
        assert self.world.deliver(self.events[position]) == 200

    def finish(self) -> None:
        """Play what is left."""
        while self.steps_done < len(self.history.steps):
            self.step()

    @property
    def intent(self) -> str:
        """The payment at Stripe."""
        session_id = self.page.rsplit("/", 1)[1]
        return str(self.world.stripe.account.objects[session_id]["payment_intent"])

    @property
    def order(self) -> Order:
        """The order as it is."""
        with reading() as session:
            found = session.get_one(Order, self.order_id)
            session.expunge(found)
            return found


def begin(world: World, history: History, *, waits: bool = False) -> Played:
    """A card order with its payment page open."""
    sku = make_size()
    lot = make_lot(sku, 5)
    placed = order_for({sku: 2}, method=PaymentMethod.CARD)
    if waits:
        with writing() as session:
            order = states.lock(session, placed.order_id)
            states.move(session, order, ReviewState.WAITING, actor="test", kind="screening", note="a look")
    page = attempts.start(placed.order_id)
    return Played(world, history, placed.order_id, lot, page, len(world.stripe.told))


def play(world: World, history: History, order: Sequence[int], *, late: bool) -> tuple[object, ...]:
    """Tell the events in an order; where it came to. `late`: everything has happened before any is told."""
    played = begin(world, history, waits=history.name.startswith("authorised"))
    if late:
        played.finish()
    for position in order:
        played.tell(position)
    played.finish()
    # Whatever order they came in, the last thing Stripe tells is told twice more.
    for position in (order[0], order[-1]):
        played.tell(position)
    return end_state(played)


def end_state(played: Played) -> tuple[object, ...]:
    """Everything a buyer or an auditor could tell apart."""
    order = played.order
    with reading() as session:
        tried = session.scalars(select(PaymentAttempt.state).where(PaymentAttempt.order_id == order.id)).all()
        returned = session.execute(
            select(Refund.state, Refund.amount_minor).where(Refund.order_id == order.id)
        ).all()
        mails = session.scalars(
            select(OutboxMessage.key).where(OutboxMessage.subject == f"order/{order.number}")
        ).all()
    told = sorted(key.split("/")[1] for key in mails)
    counters = stock(played.lot)
    return (
        order.payment_state,
        order.review_state,
        order.fulfilment_state,
        tuple(tried),
        tuple(tuple(each) for each in returned),
        tuple(told),
        (counters.on_hand, counters.reserved, counters.allocated),
    )


# The steps.


def pays(played: Played) -> None:
    """By a good card."""
    assert played.world.stripe.pay(played.page) == 303


def is_declined(played: Played) -> None:
    """The card is."""
    played.world.stripe.pay(played.page, DECLINED_CARD)


def pays_by_a_card_that_will_be_disputed(played: Played) -> None:
    """A test card of Stripe's."""
    played.world.stripe.pay(played.page, DISPUTED_CARD)


def pays_by_debit(played: Played) -> None:
    """The bank answers later."""
    played.world.stripe.pay_by_debit(played.page)


def the_bank_pays(played: Played) -> None:
    """Days later."""
    assert played.world.stripe.control(f"payments/{played.intent}/finish") == 200


def the_bank_declines(played: Played) -> None:
    """Days later."""
    assert played.world.stripe.control(f"payments/{played.intent}/fail") == 200


def comes_back(played: Played) -> None:
    """To the shop, which asks."""
    settlement.settle_order(played.order_id)


def is_released_early(played: Played) -> None:
    """As if the hold had been ended here during an outage, while the page there was still open."""
    with writing() as session:
        order = states.lock(session, played.order_id)
        fulfilment.cancel(
            session, order, actor="test", kind="test", code=CancelReason.NOT_PAID, reason="released too early"
        )


def is_approved(played: Played) -> None:
    """By a person, after the shop has seen the money set aside."""
    settlement.settle_order(played.order_id)
    decisions.approve(played.order_id, staff=played.world.staff, reason="")


def is_refused(played: Played) -> None:
    """By a person, after the shop has seen the money set aside."""
    settlement.settle_order(played.order_id)
    decisions.refuse(played.order_id, staff=played.world.staff, reason="not for research")


def is_cancelled(played: Played) -> None:
    """Paid and cancelled: everything goes back."""
    settlement.settle_order(played.order_id)
    decisions.cancel(played.order_id, staff=played.world.staff, reason="no longer wanted")


def is_refunded_in_part(played: Played) -> None:
    """Ten dollars go back."""
    settlement.settle_order(played.order_id)
    with writing() as session:
        order = states.lock(session, played.order_id)
        refund_id = refunds.request(
            session,
            order,
            lines=[refunds.Part(order_line_id=None, amount_minor=1000)],
            reason="one vial broke",
            actor="test",
        )
    refunds.send(refund_id)


_SUCCESS = ("charge.succeeded", "payment_intent.succeeded", "checkout.session.completed")
_AUTHORISED = (
    "charge.succeeded",
    "payment_intent.amount_capturable_updated",
    "checkout.session.completed",
)

HISTORIES = (
    History("paid", (pays,), ("payment_intent.created", *_SUCCESS)),
    History(
        "declined, then paid",
        (is_declined, pays),
        ("payment_intent.created", "charge.failed", "payment_intent.payment_failed", *_SUCCESS),
    ),
    History(
        "paid by debit",
        (pays_by_debit, the_bank_pays),
        (
            "charge.pending",
            "payment_intent.processing",
            "checkout.session.completed",
            "charge.succeeded",
            "payment_intent.succeeded",
            "checkout.session.async_payment_succeeded",
        ),
    ),
    History(
        "debit returned",
        (pays_by_debit, the_bank_declines),
        (
            "charge.pending",
            "payment_intent.processing",
            "checkout.session.completed",
            "charge.failed",
            "payment_intent.payment_failed",
            "checkout.session.async_payment_failed",
        ),
    ),
    History("released, then paid", (is_released_early, pays), ("payment_intent.created", *_SUCCESS)),
    History(
        "authorised, then captured",
        (pays, is_approved),
        (*_AUTHORISED, "charge.captured", "payment_intent.succeeded"),
    ),
    History(
        "authorised, then voided",
        (pays, is_refused),
        (*_AUTHORISED, "charge.refunded", "payment_intent.canceled"),
    ),
    History("refunded in full", (pays, is_cancelled), (*_SUCCESS, "refund.created", "charge.refunded")),
    History(
        "refunded in part",
        (pays, is_refunded_in_part),
        (*_SUCCESS, "refund.created", "charge.refunded"),
    ),
    History(
        "paid, then disputed",
        (pays_by_a_card_that_will_be_disputed,),
        (*_SUCCESS, "charge.dispute.created"),
    ),
)
