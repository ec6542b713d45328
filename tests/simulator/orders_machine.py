"""Cart, order, payment, refund, parcel, return, recall and the end of a hold, in any order thinkable.

The model is the town's own arithmetic: vials received, sent and returned, orders confirmed, money at Stripe.
After every step it and the full audit must agree with the shop; at the end everything must come to rest.
"""

from __future__ import annotations

from typing import ClassVar

from fixtures.world import World
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shop.core.database import db
from shop.ordering.models import PaymentMethod
from simulator.town import DONE, Known, Town

ANY = st.integers(min_value=0, max_value=40)
REST = 9


class Orders(RuleBasedStateMachine):
    """One shop; `world` is set before the machine is run, and lives on from one example to the next."""

    world: ClassVar[World]
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.town = Town(self.world)
        self.told = len(self.world.stripe.told)

    @initialize()
    def opens(self) -> None:
        """A shelf of its own, so that examples do not buy each other's vials."""
        self.town.open()

    def _one(self, number: int) -> Known:
        return self.town.orders[number % len(self.town.orders)]

    def _has_orders(self) -> bool:
        return bool(self.town.orders)

    def _next(self) -> None:
        self.world.clock.advance(seconds=20)

    @rule(product=st.integers(0, 1), quantity=st.integers(1, 4), card=st.booleans())
    def buys(self, product: int, quantity: int, card: bool) -> None:
        """A cart, a checkout, an order."""
        self._next()
        method = PaymentMethod.CARD if card else PaymentMethod.PURCHASE_ORDER
        self.town.buy(self.town.skus[product], quantity, method)

    @precondition(_has_orders)
    @rule(
        which=ANY,
        how=st.sampled_from(["pay", "pay", "pay_badly", "pay_by_debit", "start_to_pay", "pay_otherwise"]),
    )
    def pays(self, which: int, how: str) -> None:
        """On the hosted page."""
        self._next()
        getattr(self.town, how)(self._one(which))

    @precondition(_has_orders)
    @rule(which=ANY)
    def comes_back(self, which: int) -> None:
        """From the hosted page."""
        self._next()
        self.town.come_back(self._one(which))

    @rule(paid=st.booleans())
    def the_bank_answers(self, paid: bool) -> None:
        """About a debit."""
        self.town.bank_answers(paid=paid)

    @rule(back=st.integers(0, 12), twice=st.booleans())
    def stripe_tells(self, back: int, twice: bool) -> None:
        """Any event of this example, old or new, once or twice."""
        self._next()
        told = self.world.stripe.told[self.told :]
        if told:
            for _time in range(1 + twice):
                assert self.world.deliver(told[-1 - back % len(told)]) == 200

    @precondition(_has_orders)
    @rule(which=ANY, what=st.sampled_from(["approve", "refuse", "cancel", "hold_for_review"]))
    def staff_decides(self, which: int, what: str) -> None:
        """About an order."""
        self._next()
        getattr(self.town, what)(self._one(which))

    @rule(product=st.integers(0, 1), quantity=st.integers(2, 4))
    def money_comes_after_the_vials_went(self, product: int, quantity: int) -> None:
        """To others, mostly."""
        self._next()
        self.town.pay_late(self.town.skus[product], quantity)

    @precondition(_has_orders)
    @rule(
        which=ANY,
        what=st.sampled_from(["give_up", "send_what_there_is", "wait_for_lot", "wait_for_lot", "send_back"]),
    )
    def staff_decides_about_money(self, which: int, what: str) -> None:
        """That came when the vials were gone, or that no order waited for."""
        self._next()
        open_questions = self.town.undecided() or self.town.orders
        getattr(self.town, what)(open_questions[which % len(open_questions)])

    @precondition(_has_orders)
    @rule(which=ANY, what=st.sampled_from(["cancel_unpaid", "switch"]))
    def the_buyer_decides(self, which: int, what: str) -> None:
        """Otherwise."""
        self._next()
        getattr(self.town, what)(self._one(which))

    @precondition(_has_orders)
    @rule(which=ANY, minor=st.sampled_from([1, 500, 4600, 10600]))
    def refunds(self, which: int, minor: int) -> None:
        """A part of the money."""
        self._next()
        self.town.refund(self._one(which), minor)

    @precondition(_has_orders)
    @rule(which=ANY, what=st.sampled_from(["pick_and_pack", "ship", "ship", "take_back"]))
    def the_warehouse_works(self, which: int, what: str) -> None:
        """On a parcel."""
        self._next()
        getattr(self.town, what)(self._one(which))

    @rule(product=st.integers(0, 1), vials=st.integers(1, 5))
    def a_lot_comes_in(self, product: int, vials: int) -> None:
        """From the maker."""
        self.town.receive(self.town.skus[product], vials)

    @rule(which=ANY, really=st.integers(0, 3))
    def a_lot_is_recalled(self, which: int, really: int) -> None:
        """Now and then."""
        if really == 0:
            self._next()
            self.town.recall(self.town.lots[which % len(self.town.lots)])

    @rule(minutes=st.sampled_from([1, 10, 45]))
    def time_passes(self, minutes: int) -> None:
        """The worker works; holds may end."""
        self.world.clock.advance(minutes=minutes)
        for _turn in range(2):
            self.world.clock.advance(seconds=70)
            assert self.town.turn() == DONE

    @invariant()
    def all_is_well(self) -> None:
        """The model, and every invariant of the shop."""
        type(self).steps += 1
        if self.town.skus:
            assert self.town.wrong() == []

    def teardown(self) -> None:
        """Everything comes to rest."""
        while self.town.bank_answers(paid=True) == DONE:
            continue
        for _each in range(REST):
            self.world.clock.advance(minutes=15)
            self.world.worker.work(70, every=70)
        assert self.town.wrong_at_rest() == []
        db.session.rollback()
