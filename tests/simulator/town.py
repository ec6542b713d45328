"""What the people of the town do, one thing at a time, and what a plain ledger says must come of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from actions import Fault
from agreement import authorisations_differ, money_differs, unresolved
from builders import WHERE, draft_for, found_by_audit, make_lot, make_size, shown
from fixtures.world import World
from recall_builders import recall
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from stripe_beside import DECLINED_CARD

from shop.core.database import db, reading, writing
from shop.core.errors import NotFound, Refused
from shop.inventory.models import Lot
from shop.ordering import fulfilment, placement, returns, states
from shop.ordering.cancel_reasons import CancelReason
from shop.ordering.models import (
    FulfilmentState,
    Order,
    PaymentMethod,
    PaymentState,
    ReviewState,
    Shipment,
    ShipmentLine,
    order_number,
)
from shop.payments import (
    attempts,
    decisions,
    open_questions,
    refunds,
    settlement,
    stock_choices,
    stock_decisions,
    unexpected,
)
from shop.payments.gateway import GatewayRefused, PaymentUnavailable
from shop.payments.models import OPEN_ATTEMPTS, PaymentAttempt

DONE, REFUSED, FAILED = "done", "refused", "failed"


@dataclass
class Known:
    """An order as its buyer knows it."""

    order_id: int
    sku: str
    quantity: int
    page: str | None = None
    shipped: bool = False
    approved: bool = False


@dataclass
class Town:
    """The shop and everybody around it. Each method is one thing that somebody does."""

    world: World
    skus: list[str] = field(default_factory=list)
    lots: list[str] = field(default_factory=list)
    orders: list[Known] = field(default_factory=list)
    confirmed: dict[str, str] = field(default_factory=dict)
    """The reference of each order whose buyer was told that it is placed, by checkout."""
    received: Counter[str] = field(default_factory=Counter)
    gone: Counter[str] = field(default_factory=Counter)
    came_back: Counter[str] = field(default_factory=Counter)
    _returns: int = 0

    def open(self) -> None:
        """Two products, with little on the shelf."""
        for vials in (5, 9):
            sku = make_size()
            self.skus.append(sku)
            self.receive(sku, vials)
            self.receive(sku, 3)

    @contextmanager
    def doing(self, came_to: list[str]) -> Iterator[None]:
        """Whatever may happen to somebody in an honest shop; anything else is a defect of it."""
        try:
            yield
            came_to.append(DONE)
        except (PaymentUnavailable, GatewayRefused):
            came_to.append(FAILED)
        except (Refused, NotFound):
            came_to.append(REFUSED)
        except (Fault, DBAPIError):
            came_to.append(FAILED)
            db.session.remove()

    def _try(self, act: Callable[[], object]) -> str:
        came_to: list[str] = []
        with self.doing(came_to):
            act()
        return came_to[0]

    # Buyers.

    def buy(self, sku: str, quantity: int, method: PaymentMethod) -> str:
        """Put vials in a cart and place the order; press the button again when nothing was heard."""
        tokens: list[str] = []

        def fill_in() -> None:
            email = f"b{len(self.orders)}@vima.example"
            tokens.append(draft_for({sku: quantity}, method=method, email=email))

        if (came_to := self._try(fill_in)) != DONE:
            return came_to
        (token,) = tokens

        def act() -> None:
            placed = placement.place(token, shown(token), WHERE)
            self.confirmed[token] = placed.reference

        came_to = self._try(act)
        with reading() as session:
            order_id = session.scalar(select(Order.id).where(Order.draft_token == token))
        if order_id is not None:
            self.orders.append(Known(order_id, sku, quantity))
        return came_to

    def start_to_pay(self, known: Known) -> str:
        """Ask for the hosted page."""

        def act() -> None:
            known.page = attempts.start(known.order_id)

        return self._try(act)

    def pay(self, known: Known, card: str | None = None) -> str:
        """Fill in the hosted page, with a good card unless another is named."""
        if known.page is None and self.start_to_pay(known) != DONE:
            return REFUSED
        assert known.page is not None
        status = self.world.stripe.pay(known.page, card) if card else self.world.stripe.pay(known.page)
        return DONE if status == 303 else REFUSED

    def pay_badly(self, known: Known) -> str:
        """With a card that is declined."""
        return self.pay(known, DECLINED_CARD)

    def pay_by_debit(self, known: Known) -> str:
        """By a bank that answers after days."""
        if known.page is None and self.start_to_pay(known) != DONE:
            return REFUSED
        assert known.page is not None
        return DONE if self.world.stripe.pay_by_debit(known.page) == 303 else REFUSED

    def order_and_pay_otherwise(self, sku: str, quantity: int) -> str:
        """Order by card, and pay another amount."""
        came_to = self.buy(sku, quantity, PaymentMethod.CARD)
        return self.pay_otherwise(self.orders[-1]) if came_to == DONE else came_to

    def pay_otherwise(self, known: Known) -> str:
        """Pay, while Stripe takes another amount than was asked for."""
        came_to = self.pay(known)
        objects = self.world.stripe.account.objects
        for intent in self.world.stripe.intents():
            ours = intent["metadata"].get("order") == order_number(known.order_id)
            if came_to != DONE or not ours or intent["status"] != "succeeded" or intent["amount"] % 100:
                continue
            charge = objects[intent["latest_charge"]]
            if self._knows(intent["metadata"]["attempt"]) or charge["amount_refunded"]:
                continue
            less = intent["amount"] - 1
            intent["amount"] = intent["amount_received"] = less
            charge["amount"] = charge["amount_captured"] = less
            for page in self.world.stripe.account.all("checkout.session"):
                if page["payment_intent"] == intent["id"]:
                    page["amount_total"] = less
            return DONE
        return came_to

    def _knows(self, key: str) -> bool:
        """Whether the shop has seen the money of a payment."""
        with reading() as session:
            query = select(PaymentAttempt.received_minor).where(PaymentAttempt.key == key)
            return session.scalars(query).one_or_none() is not None

    def come_back(self, known: Known) -> str:
        """Return from the hosted page."""
        return self._try(lambda: settlement.settle_order(known.order_id))

    def cancel_unpaid(self, known: Known) -> str:
        """Give it up before paying."""
        return self._try(lambda: decisions.cancel_unpaid(known.order_id))

    def switch(self, known: Known) -> str:
        """Pay by purchase order instead."""
        return self._try(
            lambda: decisions.switch_to_purchase_order(known.order_id, po_number="PO-9", po_file=None)
        )

    def bank_answers(self, *, paid: bool) -> str:
        """The oldest debit under way is paid or returned."""
        for intent in self.world.stripe.intents():
            if intent["status"] == "processing":
                outcome = "finish" if paid else "fail"
                self.world.stripe.control(f"payments/{intent['id']}/{outcome}")
                return DONE
        return REFUSED

    # Staff.

    def hold_for_review(self, known: Known) -> str:
        """A person is to look before the money is taken; only before a page is made."""

        def act() -> None:
            with writing() as session:
                order = states.lock(session, known.order_id)
                tried = session.scalar(
                    select(PaymentAttempt.id).where(PaymentAttempt.order_id == order.id).limit(1)
                )
                if tried is not None or order.review_state != ReviewState.PASSED:
                    raise Refused("too late")
                states.move(session, order, ReviewState.WAITING, actor="test", kind="screening", note="look")

        return self._try(act)

    def approve(self, known: Known) -> str:
        """Let it go on."""
        came_to = self._try(lambda: decisions.approve(known.order_id, staff=self.world.staff, reason=""))
        with reading() as session:
            review = session.scalars(select(Order.review_state).where(Order.id == known.order_id)).one()
        known.approved = known.approved or review == ReviewState.APPROVED
        return came_to

    def refuse(self, known: Known) -> str:
        """Say no."""
        return self._try(lambda: decisions.refuse(known.order_id, staff=self.world.staff, reason="no"))

    def cancel(self, known: Known) -> str:
        """Cancel; what was paid goes back."""
        return self._try(lambda: decisions.cancel(known.order_id, staff=self.world.staff, reason="no"))

    def let_go_too_early(self, known: Known) -> str:
        """Let the vials of an unpaid order go while its page can still be paid, as no job here does."""

        def act() -> None:
            with writing() as session:
                order = states.lock(session, known.order_id)
                if order.payment_state != PaymentState.DUE or order.payment_method != PaymentMethod.CARD:
                    raise Refused("not so")
                fulfilment.cancel(
                    session,
                    order,
                    actor="job",
                    kind="hold-ended",
                    code=CancelReason.NOT_PAID,
                    reason="too early",
                )

        return self._try(act)

    def pay_late(self, sku: str, quantity: int) -> str:
        """Order, and pay on a page whose order was let go meanwhile and mostly sold to others."""
        if (came_to := self.buy(sku, quantity, PaymentMethod.CARD)) != DONE:
            return came_to
        known = self.orders[-1]
        if (came_to := self.start_to_pay(known)) != DONE or self.let_go_too_early(known) != DONE:
            return came_to
        for vials in (3, 2):
            self.buy(sku, vials, PaymentMethod.PURCHASE_ORDER)
        self.pay(known)
        return self.come_back(known)

    def undecided(self) -> list[Known]:
        """The orders about whose money a person has to decide."""
        with reading() as session:
            waits = Order.review_state == ReviewState.NEEDS_DECISION
            ids = set(session.scalars(select(Order.id).where(waits)))
        return [known for known in self.orders if known.order_id in ids]

    def _choices(self, known: Known) -> tuple[str, int]:
        """What a person reads about an order whose stock is gone: its digest, and the vials there are."""
        with reading() as session:
            order = fulfilment.find(session, known.order_id)
            if not open_questions.stock_is_gone(order):
                raise Refused("nothing to decide")
            choices = stock_choices.of_order(session, order)
            return choices.shown, choices.there

    def give_up(self, known: Known) -> str:
        """Refund a paid order whose vials are gone."""

        def act() -> None:
            about, _there = self._choices(known)
            stock_decisions.refund_all(known.order_id, about=about, reason="gone", staff=self.world.staff)

        return self._try(act)

    def send_what_there_is(self, known: Known) -> str:
        """Send a paid order without the vials that are gone."""
        found: list[int] = []

        def act() -> None:
            about, there = self._choices(known)
            found.append(there)
            stock_decisions.send_what_there_is(
                known.order_id, about=about, reason="part", staff=self.world.staff
            )

        came_to = self._try(act)
        # Where nothing was heard, the order says whether it was done.
        if found and self._state(known) == FulfilmentState.TO_PICK:
            known.quantity = found[0]
        return came_to

    def wait_for_lot(self, known: Known) -> str:
        """Let a paid order whose vials are gone wait."""

        def act() -> None:
            about, _there = self._choices(known)
            until = self.world.clock.moment.date() + timedelta(days=2)
            stock_decisions.wait(
                known.order_id, until=until, about=about, reason="a lot comes", staff=self.world.staff
            )

        return self._try(act)

    def send_back(self, known: Known) -> str:
        """Send back money that an order did not wait for."""

        def act() -> None:
            with reading() as session:
                mine = PaymentAttempt.order_id == known.order_id
                attempt = session.scalars(
                    select(PaymentAttempt).where(mine, open_questions.not_awaited()).limit(1)
                ).one_or_none()
                if attempt is None:
                    raise Refused("nothing to send back")
                attempt_id, about = attempt.id, unexpected.shown(attempt)
            unexpected.send_back(attempt_id, about=about, reason="not ours", staff=self.world.staff)

        return self._try(act)

    def refund(self, known: Known, minor: int) -> str:
        """Send a part of the money back."""

        def act() -> None:
            with writing() as session:
                order = states.lock(session, known.order_id)
                part = refunds.Part(order_line_id=None, amount_minor=minor)
                refund_id = refunds.request(session, order, lines=[part], reason="broken", actor="test")
            refunds.send(refund_id)

        return self._try(act)

    def pick_and_pack(self, known: Known) -> str:
        """Scan every lot and close the box."""

        def act() -> None:
            with reading() as session:
                order = fulfilment.find(session, known.order_id)
                numbers = sorted({row.lot.number for row in fulfilment.pick_list(session, order)})
            for number in numbers:
                fulfilment.pick(known.order_id, number, staff=self.world.staff)
            fulfilment.pack(known.order_id, staff=self.world.staff)

        return self._try(act)

    def ship(self, known: Known) -> str:
        """Hand the parcel over."""
        came_to = self._try(
            lambda: fulfilment.ship(known.order_id, carrier="C", tracking="T", staff=self.world.staff)
        )
        # Where nothing was heard, the parcel has left when the shop says so; it is looked up once.
        if not known.shipped and self._state(known) == FulfilmentState.SHIPPED:
            known.shipped = True
            self.gone[known.sku] += known.quantity
        return came_to

    def take_back(self, known: Known) -> str:
        """One vial of a parcel returns."""
        self._returns += 1
        cause = f"r{self._returns}"

        def act() -> None:
            with reading() as session:
                line_id = session.scalar(
                    select(ShipmentLine.id)
                    .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
                    .where(Shipment.order_id == known.order_id)
                    .limit(1)
                )
            if line_id is None:
                raise Refused("nothing was sent")
            returns.take_back(
                known.order_id, line_id, 1, cause=cause, staff=self.world.staff, reason="unopened"
            )

        came_to = self._try(act)
        if came_to == DONE:
            self.came_back[known.sku] += 1
        return came_to

    def receive(self, sku: str, vials: int) -> str:
        """A new lot comes in."""
        self.lots.append(make_lot(sku, vials))
        self.received[sku] += vials
        return DONE

    def recall(self, number: str) -> str:
        """Stop a lot for good."""
        return self._try(lambda: recall(number))

    def turn(self) -> str:
        """The worker goes round once."""
        return self._try(self.world.worker.turn)

    # What must always be so.

    def wrong(self) -> list[str]:
        """What cannot be, at any moment."""
        with reading() as session:
            shelf = dict(
                session.execute(
                    select(Lot.vial_size_id, func.sum(Lot.on_hand)).group_by(Lot.vial_size_id)
                ).all()
            )
            of = self._sizes()
            references = set(session.scalars(select(Order.reference)))
        found = found_by_audit()
        for sku in self.skus:
            expected = self.received[sku] - self.gone[sku] + self.came_back[sku]
            if int(shelf[of[sku]]) != expected:
                found.append(f"{sku}: {shelf[of[sku]]} vials on the shelf, {expected} by the model")
        found += [
            f"order {known.order_id} was shipped, neither paid nor approved"
            for known in self.orders
            if known.shipped and not known.approved and not self._received(known)
        ]
        found += [
            f"order {reference} was confirmed and is lost"
            for reference in self.confirmed.values()
            if reference not in references
        ]
        return found

    def wrong_at_rest(self) -> list[str]:
        """What cannot be once everybody has gone home and the worker has had its time."""
        stripe = self.world.stripe.account
        with reading() as session:
            waiting = [
                f"attempt {each.id} is still {each.state.value}"
                for each in session.scalars(
                    select(PaymentAttempt).where(PaymentAttempt.state.in_(OPEN_ATTEMPTS))
                )
            ]
        return [
            *self.wrong(),
            *money_differs(stripe),
            *authorisations_differ(stripe),
            *unresolved(self.world.clock.moment),
            *waiting,
        ]

    def _received(self, known: Known) -> int:
        """What Stripe has ever taken for an order, whatever went back since."""
        number = order_number(known.order_id)
        return sum(
            intent["amount_received"] or 0
            for intent in self.world.stripe.intents()
            if intent["metadata"].get("order") == number
        )

    def _sizes(self) -> dict[str, int]:
        from shop.catalogue.models import VialSize

        with reading() as session:
            return dict(session.execute(select(VialSize.sku, VialSize.id)).all())

    def _state(self, known: Known) -> FulfilmentState:
        with reading() as session:
            return session.scalars(select(Order.fulfilment_state).where(Order.id == known.order_id)).one()
