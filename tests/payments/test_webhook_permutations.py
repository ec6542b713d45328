"""In whatever order Stripe's events arrive, and however often, an order comes to one and the same end."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import pytest
from builders import found_by_audit
from fixtures.world import World
from webhook_histories import HISTORIES, History, play

NAMES = [history.name for history in HISTORIES]


def permutations(history: History) -> list[tuple[int, ...]]:
    """Every order in which the events of a history can arrive."""
    assert len(history.events) <= 6
    return list(itertools.permutations(range(len(history.events))))


def ends(world: World, history: History, orders: list[tuple[int, ...]], *, late: bool) -> dict[object, str]:
    """The different ends, each with the first order that led there."""
    found: dict[object, str] = {}
    for order in orders:
        found.setdefault(play(world, history, order, late=late), f"late={late} {order}")
    return found


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("history", HISTORIES, ids=NAMES)
def test_some_orders_of_arrival_lead_to_one_end(world: World, history: History) -> None:
    orders = permutations(history)
    sample = [orders[0], orders[-1], random.Random(7).choice(orders[1:-1])]
    found = ends(world, history, sample, late=False)
    found |= {
        end: how for end, how in ends(world, history, sample[1:], late=True).items() if end not in found
    }
    assert len(found) == 1, found


@pytest.mark.torture
@pytest.mark.parametrize("late", [False, True], ids=["truth advancing", "final truth only"])
@pytest.mark.parametrize("history", HISTORIES, ids=NAMES)
def test_every_order_of_arrival_leads_to_one_end(
    world: World, history: History, late: bool, record_property: Callable[[str, object], None]
) -> None:
    orders = permutations(history)
    found = ends(world, history, orders, late=late)
    record_property("target", f"{history.name}, {'final truth only' if late else 'truth advancing'}")
    record_property("figure", f"{len(orders)} orders of arrival, {len(found)} end")
    assert len(found) == 1, found
    assert found_by_audit() == []
