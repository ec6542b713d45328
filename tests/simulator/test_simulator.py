"""Seeded towns: money is orders, stock is the shelf, and in the end nothing is unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from fixtures.world import World

from simulator.simulation import Broken, Simulation
from simulator.town import DONE

QUICK_SEEDS = (2,)
SEEDS, STEPS = 200, 60


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("seed", QUICK_SEEDS)
def test_a_short_day_in_a_town_where_much_goes_wrong(world: World, seed: int) -> None:
    Simulation(world, seed).run(40)


@pytest.mark.torture
@pytest.mark.parametrize("tens", range(SEEDS // 10))
def test_ten_more_towns(world: World, tens: int, record_property: Callable[[str, object], None]) -> None:
    done: Counter[str] = Counter()
    first = 1000 + tens * 10
    for seed in range(first, first + 10):
        simulation = Simulation(world, seed)
        simulation.run(STEPS)
        done += simulation.counted
    went_wrong = sum(count for name, count in done.items() if name.startswith(("call ", "event ")))
    record_property("target", "Seeded towns")
    record_property("seed", f"{first} to {first + 9}, {STEPS} steps each")
    record_property("figure", f"10 towns, {went_wrong} calls and events lost, late, forged or repeated")


def test_a_town_that_loses_a_vial_is_found_out(world: World) -> None:
    simulation = Simulation(world, 3)
    simulation.town.open()
    simulation.town.received[simulation.town.skus[0]] += 1
    with pytest.raises(Broken, match=r"seed 3, step 0: .* vials on the shelf"):
        simulation._look(0)


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("decision", ["give_up", "send_what_there_is", "wait_for_lot"])
def test_a_town_keeps_its_books_whatever_is_decided_about_vials_that_are_gone(
    world: World, decision: str
) -> None:
    town = Simulation(world, 4).town
    town.open()
    assert town.pay_late(town.skus[0], 4) == DONE
    (known,) = town.undecided()

    assert getattr(town, decision)(known) == DONE
    town.receive(town.skus[0], 4)
    world.worker.work(70, every=35)

    sent = {"give_up": 0, "send_what_there_is": 3, "wait_for_lot": 4}[decision]
    packed = town.pick_and_pack(known)
    assert (packed == DONE, town.ship(known) == DONE) == (sent > 0, sent > 0)
    assert known.quantity == (sent or 4) and town.gone[town.skus[0]] == sent
    assert town.wrong() == []
