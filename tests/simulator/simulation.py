"""One run: a seed decides who does what, when time passes, and what the network and the machine do to it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from actions import armed, disconnect, fail
from fixtures.world import World
from stripe_inside import ERROR_AFTER, LOST_AFTER, LOST_BEFORE, REFUSED

from shop.core import faults
from shop.ordering.models import PaymentMethod
from simulator.town import Known, Town

CALLS_THAT_GO_WRONG = 0.12
STEPS_THAT_BREAK = 0.06
THREE_DAYS = timedelta(days=3)
REST = (("minutes", 90), ("hours", 12), ("days", 4), ("days", 4))
"""How long the worker has at the end, in all longer than any hold, retry or bank."""


class Broken(AssertionError):
    """Something that cannot be; the message names the seed and the step."""


@dataclass
class Simulation:
    """A town, a seed and what has been done so far."""

    world: World
    seed: int
    did: list[str] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.town = Town(self.world)
        self._due: list[tuple[datetime, int, str]] = []
        self._seen = 0
        self._calm = False
        self.world.stripe.mishap = self._mishap

    def run(self, steps: int) -> None:
        """So many steps, then rest.

        Raises:
            Broken: something was wrong, at a step or at rest.
        """
        self.town.open()
        for number in range(steps):
            self._step()
            self._look(number)
        self._rest()
        if found := self.town.wrong_at_rest():
            raise Broken(self._words("at rest", found))

    def _look(self, number: int) -> None:
        if found := self.town.wrong():
            raise Broken(self._words(f"step {number}", found))

    def _words(self, where: str, found: list[str]) -> str:
        past = "\n  ".join(self.did[-30:])
        return (
            f"seed {self.seed}, {where}: {'; '.join(found)}\n"
            f"again: see tests/simulator/__main__.py, --seed {self.seed}\n  {past}"
        )

    # One step.

    def _step(self) -> None:
        self._pass_time()
        self._deliver_due()
        name, arguments = self._choose()
        with self._mishap_in_the_machine():
            came_to = getattr(self.town, name)(*arguments[0], **arguments[1])
        self.counted[f"{name}: {came_to}"] += 1
        self.did.append(f"{self.world.clock.moment:%d %H:%M:%S} {name} {arguments[0]} {came_to}")
        self._schedule_new_events()

    def _pass_time(self) -> None:
        dice = self.random.random()
        if dice < 0.80:
            self.world.clock.advance(seconds=self.random.randint(1, 120))
            if self.random.random() < 0.2:
                self._two_turns()
        elif dice < 0.97:
            self.world.clock.advance(minutes=self.random.randint(5, 50))
            self._two_turns()
        else:
            self._pass_days(self.random.randint(1, 3))

    def _pass_days(self, days: int) -> None:
        """Nobody comes, but the worker works: whatever has a grace of an hour has its hour."""
        for _hour in range(days * 24):
            self.world.clock.advance(minutes=57)
            self._two_turns()

    def _two_turns(self) -> None:
        for _turn in range(2):
            self.world.clock.advance(seconds=90)
            self.town.turn()

    def _choose(self) -> tuple[str, tuple[tuple[object, ...], dict[str, object]]]:
        pick, town = self.random, self.town
        known = self._some_order()
        everybody: list[tuple[int, str, tuple[object, ...], dict[str, object]]] = [
            (5, "buy", (pick.choice(town.skus), pick.randint(1, 3), PaymentMethod.CARD), {}),
            (2, "buy", (pick.choice(town.skus), pick.randint(1, 3), PaymentMethod.PURCHASE_ORDER), {}),
            (2, "pay_late", (pick.choice(town.skus), pick.randint(2, 4)), {}),
            (1, "order_and_pay_otherwise", (pick.choice(town.skus), pick.randint(1, 2)), {}),
            (8, "turn", (), {}),
            (1, "receive", (pick.choice(town.skus), pick.randint(1, 6)), {}),
            (1, "bank_answers", (), {"paid": pick.random() < 0.6}),
        ]
        if pick.random() < 0.2:
            everybody.append((1, "recall", (pick.choice(town.lots),), {}))
        if known is not None:
            everybody += [
                (weight, name, (known,), {})
                for weight, name in (
                    (6, "start_to_pay"), (6, "pay"), (1, "pay_badly"), (2, "pay_by_debit"),
                    (3, "come_back"), (1, "cancel_unpaid"),
                    (1, "switch"), (1, "hold_for_review"), (3, "approve"), (1, "refuse"),
                    (1, "cancel"), (3, "pick_and_pack"), (3, "ship"), (1, "take_back"),
                    (1, "pay_otherwise"), (1, "send_back"),
                )
            ]  # fmt: skip
            for undecided in town.undecided()[-2:]:
                everybody += [
                    (weight, name, (undecided,), {})
                    for weight, name in (
                        (1, "give_up"), (2, "send_what_there_is"), (2, "wait_for_lot"), (2, "send_back"),
                    )
                ]  # fmt: skip
            everybody.append((1, "refund", (known, pick.choice((500, 1000, 4600))), {}))
        (chosen,) = pick.choices(everybody, weights=[each[0] for each in everybody])
        return chosen[1], (chosen[2], chosen[3])

    def _some_order(self) -> Known | None:
        if not self.town.orders:
            return None
        # People mostly go on with what they have just begun.
        recent = self.town.orders[-4:]
        return self.random.choice(recent if self.random.random() < 0.8 else self.town.orders)

    # What goes wrong.

    def _mishap(self, method: str, path: str) -> str | None:
        if self._calm or self.random.random() >= CALLS_THAT_GO_WRONG:
            return None
        kind = self.random.choice((LOST_BEFORE, LOST_AFTER, LOST_AFTER, REFUSED, ERROR_AFTER))
        self.counted[f"call {kind}"] += 1
        return kind

    @contextmanager
    def _mishap_in_the_machine(self) -> Iterator[None]:
        if self.random.random() >= STEPS_THAT_BREAK:
            yield
            return
        point = self.random.choice(sorted(faults.POINTS))
        action = self.random.choice((fail, disconnect))
        with armed(point, action):
            yield

    # What Stripe tells.

    def _schedule_new_events(self) -> None:
        for event_id in self.world.stripe.told[self._seen :]:
            self._seen += 1
            dice = self.random.random()
            wait = timedelta(seconds=self.random.randint(0, 20))
            if dice < 0.05:
                wait = THREE_DAYS
            elif dice < 0.12:
                self.counted["event lost for ever"] += 1
                continue
            self._due.append((self.world.clock.moment + wait, self._seen, event_id))
            if self.random.random() < 0.15:
                self._due.append((self.world.clock.moment + wait * 2, self._seen, event_id))

    def _deliver_due(self) -> None:
        due = [each for each in self._due if each[0] <= self.world.clock.moment]
        self._due = [each for each in self._due if each[0] > self.world.clock.moment]
        self.random.shuffle(due)
        for _moment, number, event_id in due:
            self._deliver(number, event_id)

    def _deliver(self, number: int, event_id: str) -> None:
        import time

        if self.random.random() < 0.04:
            assert self.world.deliver(event_id, secret="whsec_of_somebody_else") == 400
            self.counted["event with a wrong signature"] += 1
        if self.random.random() < 0.04:
            off = int(time.time()) + self.random.choice((-900, 900))
            assert self.world.deliver(event_id, at=off) == 400
            self.counted["event signed by a clock that is off"] += 1
        came_to: list[str] = []
        with self.town.doing(came_to):
            if self.world.deliver(event_id) != 200:
                # As Stripe does: again later.
                self._due.append((self.world.clock.moment + timedelta(hours=1), number, event_id))
        if came_to != ["done"]:
            self._due.append((self.world.clock.moment + timedelta(hours=1), number, event_id))
        self.counted["event told"] += 1

    def _rest(self) -> None:
        self._calm = True
        while self.town.bank_answers(paid=True) == "done":
            continue
        for unit, amount in REST:
            self.world.worker.work(180, every=15)
            self._schedule_new_events()
            self.world.clock.advance(**{unit: amount})
            self.world.worker.work(180, every=15)
            self._deliver_due()
