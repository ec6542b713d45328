"""Two sessions on one thing, in every order of their steps: what may come of it and nothing else."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from agreement import authorisations_differ, money_differs
from builders import found_by_audit
from fixtures.world import World
from pairs import PAIRS, Pair, Place
from schedules import interleavings, run

from shop.core.database import db

NAMES = [pair.name for pair in PAIRS]
pytestmark = pytest.mark.xdist_group("races")


def played(world: World, pair: Pair, schedule: tuple[int, ...] | None) -> str:
    """What was wrong after one schedule; None lets the first begin and the other follow at once."""
    place = Place(world)
    pair.prepare(place)
    sessions = pair.first(place), pair.second(place)
    db.session.remove()
    first, second = run(world.shop, sessions, schedule or (0, 1))
    wrong = [each for each in (first, second) if each.startswith("error")]
    wrong += [sentence for sentence in [pair.wrong(place, first, second)] if sentence]
    world.worker.work(130, every=65)
    stripe = world.stripe.account
    return "; ".join([*wrong, *found_by_audit(), *money_differs(stripe), *authorisations_differ(stripe)])


def schedules(world: World, pair: Pair) -> list[tuple[int, ...]]:
    """Every schedule of a pair."""
    place = Place(world)
    pair.prepare(place)
    first, second = pair.first(place), pair.second(place)
    return list(interleavings(len(first.stops) + 1, len(second.stops) + 1))


@pytest.mark.parametrize("engine", ["postgresql"])
@pytest.mark.parametrize("pair", PAIRS, ids=NAMES)
def test_a_schedule_of_two_sessions(world: World, pair: Pair) -> None:
    schedule = random.Random(pair.name).choice(schedules(world, pair))
    assert not played(world, pair, schedule), schedule


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("pair", PAIRS[::3], ids=NAMES[::3])
def test_whoever_begins_where_writers_queue(world: World, pair: Pair) -> None:
    assert not played(world, pair, (1, 0, 1, 0))


@pytest.mark.torture
@pytest.mark.parametrize("pair", PAIRS, ids=NAMES)
def test_every_schedule_of_two_sessions(
    world: World, pair: Pair, record_property: Callable[[str, object], None]
) -> None:
    record_property("target", pair.name)
    record_property("figure", f"{len(schedules(world, pair))} schedules")
    found = {
        schedule: wrong for schedule in schedules(world, pair) if (wrong := played(world, pair, schedule))
    }
    assert not found, found
