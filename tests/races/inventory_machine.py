"""The whole inventory as a state machine: anything staff and buyers can do, in any order, against a model.

The model is the shop in a few lines of arithmetic: four counters for each lot, first expired first out, and
the table of states. After every step the counters of every lot, the ledger asked anew, what is offered for
sale and the full audit must agree with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta

from builders import WHERE, draft_for, found_by_audit, make_lot, make_size, shown, someone
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
)
from sqlalchemy import select, update

from shop.core import clock
from shop.core.database import db, reading, writing
from shop.core.errors import Refused
from shop.inventory import availability, ledger, lot_holds, lots, stock_changes
from shop.inventory.lots import Split
from shop.inventory.models import Lot, LotHold, LotState, Reservation, ReservationState
from shop.ordering import cart, fulfilment, kept_vials, lot_changes, placement, returns
from shop.ordering.lot_plan import SoldOut
from shop.ordering.models import CartLine, CheckoutDraft, Order, OrderLine, ShipmentLine
from shop.payments import decisions

STAFF_ROLES = ("warehouse", "quality", "sales")
ACTOR = "machine@shop.example"
LEGAL = {
    ("quarantine", "released"),
    ("quarantine", "rejected"),
    ("released", "on_hold"),
    ("released", "recalled"),
    ("on_hold", "released"),
    ("on_hold", "rejected"),
    ("on_hold", "recalled"),
}
_names = itertools.count(1)


@dataclass
class Shelf:
    """A lot as the model sees it."""

    number: str
    lot_id: int
    removal_on: date
    filled_on: date
    state: str = "released"
    on_hand: int = 0
    reserved: int = 0
    allocated: int = 0
    quarantined: int = 0

    @property
    def free(self) -> int:
        return self.on_hand - self.reserved - self.allocated - self.quarantined

    @property
    def counters(self) -> tuple[int, int, int, int]:
        return self.on_hand, self.reserved, self.allocated, self.quarantined


@dataclass
class Bought:
    """An order as the model sees it: vials by lot, and how far it has come."""

    order_id: int
    vials: dict[str, int]
    stage: str = "held"
    returned: dict[str, int] = field(default_factory=dict)


class Inventory(RuleBasedStateMachine):
    """One product's lots, from receipt to return."""

    orders = Bundle("orders")
    holds = Bundle("holds")
    offers = Bundle("offers")

    def __init__(self) -> None:
        super().__init__()
        self.sku = make_size()
        self.staff = someone(*STAFF_ROLES)
        self.shelves: dict[str, Shelf] = {}
        self.bought: dict[int, Bought] = {}
        self.kept: dict[int, tuple[str, int]] = {}
        self.told: list[tuple[str, str, int]] = []
        for days in (200, 400, 300):
            self._stock(days, 6)

    def teardown(self) -> None:
        db.session.rollback()

    # What the model does and expects.

    def _stock(self, days: int, vials: int) -> Shelf:
        number = make_lot(self.sku, vials, retest_on=clock.today() + timedelta(days=days))
        with reading() as session:
            lot = session.scalars(select(Lot).where(Lot.number == number)).one()
            shelf = Shelf(number, lot.id, lot.removal_on, lot.filled_on, on_hand=vials)
        self.shelves[number] = shelf
        return shelf

    def _ship_on(self) -> date:
        with reading() as session:
            wanted = session.scalars(select(CartLine)).first()
            assert wanted is None or session
        from shop.ordering.dispatch import planned_ship_on

        return planned_ship_on(clock.today(), working_days=1, cold_chain=False)

    def _sellable(self) -> list[Shelf]:
        on_sale = [
            each
            for each in self.shelves.values()
            if each.state == "released" and each.removal_on > self._ship_on() and each.free > 0
        ]
        return sorted(on_sale, key=lambda each: (each.removal_on, each.filled_on, each.lot_id))

    def _expected(self, vials: int, one_lot: bool) -> dict[str, int] | None:
        plan: dict[str, int] = {}
        for shelf in self._sellable():
            if one_lot and shelf.free < vials:
                continue
            taken = min(vials - sum(plan.values()), shelf.free)
            if taken:
                plan[shelf.number] = taken
        return plan if sum(plan.values()) == vials else None

    @contextmanager
    def _only_if(self, possible: bool) -> Iterator[None]:
        """What is impossible is refused in words; what is possible is done."""
        try:
            yield
        except Refused as refusal:
            assert not possible, f"refused: {refusal}"
        else:
            assert possible, "should have been refused"

    def _some(self, number: int) -> Shelf:
        return list(self.shelves.values())[number % len(self.shelves)]

    # Lots.

    @precondition(lambda self: len(self.shelves) < 7)
    @rule(days=st.integers(45, 500), vials=st.integers(1, 6))
    def receive(self, days: int, vials: int) -> None:
        self._stock(days, vials)

    @rule(which=st.integers(0, 6), to=st.sampled_from(["on_hold", "released", "recalled", "rejected"]))
    def change_state(self, which: int, to: str) -> None:
        shelf = self._some(which)
        again_for_sale = to != "released" or shelf.removal_on > clock.today()
        if (
            to in ("recalled", "rejected")
            and sum(each.state == "released" for each in self.shelves.values()) < 2
        ):
            return  # so that something can still be bought
        if shelf.state == "quarantine" and to == "released":
            return  # a lot split off has no certificate
        possible = (shelf.state, to) in LEGAL and again_for_sale
        with self._only_if(possible):
            lots.change_state(shelf.number, LotState(to), actor=ACTOR, reason="because")
        if possible:
            shelf.state = to

    @precondition(lambda self: len(self.shelves) < 7)
    @rule(which=st.integers(0, 6), vials=st.integers(1, 3))
    def split(self, which: int, vials: int) -> None:
        shelf = self._some(which)
        number = f"SMX-{next(_names)}-S"
        possible = shelf.free >= vials and shelf.state not in ("rejected", "recalled")
        with self._only_if(possible):
            part = Split(number=number, vials=vials, bin="B")
            child = lots.split(shelf.number, part, actor=ACTOR, reason="because")
            assert lots.split(shelf.number, part, actor=ACTOR, reason="because") == child
        if possible:
            shelf.on_hand -= vials
            self.shelves[number] = Shelf(
                number, child, shelf.removal_on, shelf.filled_on, state="quarantine", on_hand=vials
            )

    @rule(
        which=st.integers(0, 6),
        vials=st.integers(1, 3),
        act=st.sampled_from(["write_off", "set_apart", "clear", "discard", "up", "down"]),
    )
    def handle(self, which: int, vials: int, act: str) -> None:
        shelf = self._some(which)
        cause = f"machine/{next(_names)}"
        fits = {
            "write_off": shelf.free >= vials,
            "set_apart": shelf.free >= vials,
            "clear": shelf.quarantined >= vials and shelf.state not in ("rejected", "recalled"),
            "discard": shelf.quarantined >= vials,
            "up": True,
            "down": shelf.free >= vials,
        }[act]
        with self._only_if(fits):
            self._handle(shelf.number, act, vials, cause)
        if not fits:
            return
        changes = {
            "write_off": (-vials, 0),
            "set_apart": (0, vials),
            "clear": (0, -vials),
            "discard": (-vials, -vials),
            "up": (vials, 0),
            "down": (-vials, 0),
        }[act]
        shelf.on_hand, shelf.quarantined = shelf.on_hand + changes[0], shelf.quarantined + changes[1]
        self.told.append((shelf.number, f"{act}:{cause}", vials))

    @precondition(lambda self: self.told)
    @rule(which=st.integers(0, 99))
    def tell_again(self, which: int) -> None:
        number, named, vials = self.told[which % len(self.told)]
        act, cause = named.split(":")
        assert not self._handle(number, act, vials, cause)

    def _handle(self, number: str, act: str, vials: int, cause: str) -> bool:
        if act in ("up", "down"):
            change = vials if act == "up" else -vials
            return stock_changes.adjust(number, change, cause=cause, actor=ACTOR, reason="because")
        done: bool = getattr(stock_changes, act)(number, vials, cause=cause, actor=ACTOR, reason="because")
        return done

    # Orders.

    @rule(target=orders, vials=st.integers(1, 7), one_lot=st.booleans())
    def place(self, vials: int, one_lot: bool) -> object:
        try:
            token = draft_for({self.sku: 1})
        except Refused:
            assert self._sellable() == []
            return multiple()
        with writing() as session:
            draft = session.scalars(select(CheckoutDraft).where(CheckoutDraft.token == token)).one()
            session.execute(
                update(CartLine)
                .where(CartLine.cart_id == draft.cart_id)
                .values(quantity=vials, one_lot=one_lot)
            )
        self._answer(token)
        expected = self._expected(vials, one_lot)
        try:
            picture = shown(token)
            placed = placement.place(token, picture, WHERE)
        except SoldOut:
            assert expected is None
            return multiple()
        assert placement.place(token, picture, WHERE) == placed
        assert expected is not None
        for number, taken in expected.items():
            self.shelves[number].reserved += taken
        self.bought[placed.order_id] = Bought(placed.order_id, expected)
        assert self._live(placed.order_id) == expected
        return placed.order_id

    def _answer(self, token: str) -> None:
        from builders import answer_all

        answer_all(token)

    def _live(self, order_id: int) -> dict[str, int]:
        with reading() as session:
            rows = session.execute(
                select(Lot.number, Reservation.quantity)
                .join(Reservation, Reservation.lot_id == Lot.id)
                .join(OrderLine, OrderLine.id == Reservation.order_line_id)
                .where(OrderLine.order_id == order_id, Reservation.state != ReservationState.RELEASED)
            )
            return dict(rows.all())

    @rule(order_id=orders, steps=st.integers(1, 3), vials=st.integers(1, 2))
    def go_on(self, order_id: int, steps: int, vials: int) -> None:
        """The next steps in their turn, as most orders go."""
        for _step in range(steps):
            stage = self.bought[order_id].stage
            if stage == "held":
                self.approve(order_id)
            elif stage == "to pick":
                self.pick_and_pack(order_id)
            elif stage == "packed":
                self.ship(order_id)
            elif stage == "shipped":
                self.take_back(order_id, vials)

    @rule(
        order_id=orders,
        act=st.sampled_from(["approve", "pick_and_pack", "unpack", "ship", "cancel", "cancel"]),
    )
    def out_of_turn(self, order_id: int, act: str) -> None:
        """Any step at any time: done where it can be, refused in words where not."""
        getattr(self, act)(order_id)

    def approve(self, order_id: int) -> None:
        bought = self.bought[order_id]
        with self._only_if(bought.stage == "held"):
            fulfilment.approve(order_id, staff=self.staff, reason="")
        if bought.stage == "held":
            bought.stage = "to pick"
            for number, vials in bought.vials.items():
                self.shelves[number].reserved -= vials
                self.shelves[number].allocated += vials

    def pick_and_pack(self, order_id: int) -> None:
        bought = self.bought[order_id]
        if bought.stage == "packed":
            fulfilment.pack(order_id, staff=self.staff)
            return
        possible = bought.stage == "to pick" and self._may_leave(bought)
        with self._only_if(possible):
            for number in bought.vials:
                fulfilment.pick(order_id, number, staff=self.staff)
            fulfilment.pack(order_id, staff=self.staff)
        if possible:
            bought.stage = "packed"

    def _may_leave(self, bought: Bought) -> bool:
        return all(
            self.shelves[number].state == "released" and self.shelves[number].removal_on > clock.today()
            for number in bought.vials
        )

    def unpack(self, order_id: int) -> None:
        bought = self.bought[order_id]
        with self._only_if(bought.stage in ("packed", "to pick")):
            fulfilment.unpack(order_id, staff=self.staff, reason="because")
        if bought.stage == "packed":
            bought.stage = "to pick"

    def ship(self, order_id: int) -> None:
        bought = self.bought[order_id]
        possible = bought.stage == "packed" and self._may_leave(bought)
        with self._only_if(possible or bought.stage == "shipped"):
            fulfilment.ship(order_id, carrier="C", tracking="1", staff=self.staff)
        if possible:
            bought.stage = "shipped"
            for number, vials in bought.vials.items():
                self.shelves[number].allocated -= vials
                self.shelves[number].on_hand -= vials

    def cancel(self, order_id: int) -> None:
        bought = self.bought[order_id]
        possible = bought.stage not in ("cancelled", "shipped")
        with self._only_if(possible):
            decisions.cancel(order_id, staff=self.staff, reason="because")
        if possible:
            self._end_offers(order_id)
            self._give_back(bought)
            bought.stage = "cancelled"

    def _give_back(self, bought: Bought) -> None:
        for number, vials in bought.vials.items():
            if bought.stage == "held":
                self.shelves[number].reserved -= vials
            else:
                self.shelves[number].allocated -= vials

    def take_back(self, order_id: int, vials: int) -> None:
        bought = self.bought[order_id]
        if bought.stage != "shipped":
            return
        number = sorted(bought.vials)[0]
        with reading() as session:
            line_id = session.scalars(
                select(ShipmentLine.id)
                .join(Lot, Lot.id == ShipmentLine.lot_id)
                .join(Reservation, Reservation.id == ShipmentLine.reservation_id)
                .join(OrderLine, OrderLine.id == Reservation.order_line_id)
                .where(OrderLine.order_id == order_id, Lot.number == number)
            ).one()
        back = bought.returned.get(number, 0)
        possible = back + vials <= bought.vials[number]
        cause = f"machine/{next(_names)}"
        with self._only_if(possible):
            for done in (True, False):
                assert done == returns.take_back(
                    order_id, line_id, vials, cause=cause, staff=self.staff, reason="because"
                )
        if possible:
            bought.returned[number] = back + vials
            self.shelves[number].on_hand += vials
            self.shelves[number].quarantined += vials

    # Further vials of a lot, kept for a buyer.

    @rule(target=holds, order_id=orders, vials=st.integers(1, 2))
    def keep(self, order_id: int, vials: int) -> object:
        bought = self.bought[order_id]
        if bought.stage == "cancelled":
            return multiple()
        shelf = self.shelves[sorted(bought.vials)[0]]
        try:
            kept_vials.ask(
                order_id,
                lot_number=shelf.number,
                vials=vials,
                until=clock.today() + timedelta(days=20),
                actor=ACTOR,
            )
        except Refused:
            return multiple()  # asked before
        with reading() as session:
            hold_id = session.scalars(select(LotHold.id).order_by(LotHold.id.desc())).first()
        assert hold_id is not None
        possible = shelf.state == "released" and shelf.removal_on > clock.today() and shelf.free >= vials
        with self._only_if(possible):
            kept_vials.decide(hold_id, grant=True, staff=self.staff)
        if not possible:
            return multiple()
        shelf.reserved += vials
        self.kept[hold_id] = (shelf.number, vials)
        return hold_id

    @rule(target=orders, hold_id=consumes(holds))
    def order_what_is_kept(self, hold_id: int) -> object:
        number, vials = self.kept.pop(hold_id)
        shelf = self.shelves[number]
        if shelf.state != "released" or shelf.removal_on <= self._ship_on():
            self.kept[hold_id] = (number, vials)
            return self._let_go(hold_id)
        from builders import draft_of

        token = draft_of(cart.add(None, sku=self.sku, quantity=vials, hold=hold_id))
        placed = placement.place(token, shown(token), WHERE)
        self.bought[placed.order_id] = Bought(placed.order_id, {number: vials})
        assert self._live(placed.order_id) == {number: vials}
        return placed.order_id

    @rule(hold_id=consumes(holds))
    def let_go_of_what_is_kept(self, hold_id: int) -> None:
        self._let_go(hold_id)

    def _let_go(self, hold_id: int) -> object:
        number, vials = self.kept.pop(hold_id)
        with reading() as session:
            reference = session.get_one(LotHold, hold_id).reference
        assert kept_vials.let_go(reference, actor=ACTOR)
        self.shelves[number].reserved -= vials
        return multiple()

    # Another lot for what was stopped.

    @rule(target=offers, order_id=orders, stop_first=st.booleans())
    def offer_another_lot(self, order_id: int, stop_first: bool) -> object:
        bought = self.bought[order_id]
        if stop_first and bought.stage in ("held", "to pick") and len(self._sellable()) > 1:
            shelf = self.shelves[min(bought.vials)]
            if shelf.state == "released":
                lots.change_state(shelf.number, LotState.ON_HOLD, actor=ACTOR, reason="because")
                shelf.state = "on_hold"
        stopped = [number for number in bought.vials if self.shelves[number].state != "released"]
        if bought.stage not in ("held", "to pick") or not stopped or self._offers(order_id):
            return multiple()
        with reading() as session:
            reservation, one_lot = session.execute(
                select(Reservation.id, OrderLine.one_lot)
                .join(OrderLine, OrderLine.id == Reservation.order_line_id)
                .join(Lot, Lot.id == Reservation.lot_id)
                .where(
                    OrderLine.order_id == order_id,
                    Lot.number == stopped[0],
                    Reservation.state != ReservationState.RELEASED,
                )
            ).one()
        expected = self._expected(bought.vials[stopped[0]], one_lot)
        try:
            change_id = lot_changes.propose(order_id, reservation, staff=self.staff, reason="because")
        except Refused:
            assert expected is None
            return multiple()
        assert expected is not None
        for number, vials in expected.items():
            self.shelves[number].reserved += vials
        return (order_id, change_id, stopped[0])

    def _offers(self, order_id: int) -> list[LotHold]:
        """The vials offered to an order that wait for its buyer's answer."""
        with reading() as session:
            reference = session.get_one(Order, order_id).reference
            return [
                hold
                for hold in session.scalars(select(LotHold).where(LotHold.state == "held"))
                if hold.about.startswith(f"order/{reference}/lot-change/")
            ]

    def _end_offers(self, order_id: int) -> None:
        with reading() as session:
            reference = session.get_one(Order, order_id).reference
            ended = session.scalars(
                select(LotHold).where(
                    LotHold.about.startswith(f"order/{reference}/lot-change/"), LotHold.reason == "ended"
                )
            ).all()
            for hold in ended:
                if hold.id not in self.kept:
                    self.shelves[hold.lot.number].reserved -= hold.quantity
                    self.kept[hold.id] = (hold.lot.number, 0)

    @rule(offer=consumes(offers))
    def accept_it(self, offer: tuple[int, int, str]) -> None:
        order_id, change_id, old = offer
        bought = self.bought[order_id]
        offered = {hold.lot.number: hold.left_vials for hold in self._offers(order_id)}
        possible = bool(offered) and bought.stage in ("held", "to pick")
        possible = possible and all(
            self.shelves[number].state == "released" and self.shelves[number].removal_on > self._ship_on()
            for number in offered
        )
        with self._only_if(possible):
            for _twice in range(2):
                lot_changes.accept(order_id, change_id, actor="buyer@vima.example")
        if not possible:
            return
        vials = bought.vials.pop(old)
        counter = "reserved" if bought.stage == "held" else "allocated"
        setattr(self.shelves[old], counter, getattr(self.shelves[old], counter) - vials)
        for number, count in offered.items():
            bought.vials[number] = bought.vials.get(number, 0) + count
            if counter == "allocated":
                self.shelves[number].reserved -= count
                self.shelves[number].allocated += count

    # What must be true after every step.

    @invariant()
    def every_counter_is_what_the_model_says_and_the_ledger_knows_it(self) -> None:
        with reading() as session:
            ids = [shelf.lot_id for shelf in self.shelves.values()]
            rows = session.execute(
                select(
                    Lot.number, Lot.state, Lot.on_hand, Lot.reserved, Lot.allocated, Lot.quarantined
                ).where(Lot.id.in_(ids))
            )
            found = {number: (state.value, tuple(counters)) for number, state, *counters in rows}
            assert found == {number: (shelf.state, shelf.counters) for number, shelf in self.shelves.items()}
            told = ledger.as_of(session, ids)
            for shelf in self.shelves.values():
                then = told[shelf.lot_id]
                assert (then.on_hand, then.reserved, then.allocated, then.quarantined) == shelf.counters
            size = session.scalars(select(Lot.vial_size_id).where(Lot.id == ids[0])).one()
            free = sum(shelf.free for shelf in self._sellable())
            assert availability.available(session, [size], self._ship_on()) == {size: free}
        assert lot_holds.end_due() == 0

    @invariant()
    def the_audit_finds_nothing(self) -> None:
        assert found_by_audit() == []
