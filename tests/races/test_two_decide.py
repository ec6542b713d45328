"""Two people, or a person and the worker, decide about one order at once: one wins, one reads a sentence."""

from __future__ import annotations

import pytest
from fixtures.world import World
from pairs import PAIRS, Pair
from test_schedules import played

DECISIONS = [
    pair
    for pair in PAIRS
    if pair.name
    in (
        "refund in full and sending in part",
        "sending in part and a buyer",
        "the job and a refund in full",
        "two people send a payment back",
    )
]
pytestmark = pytest.mark.xdist_group("races")


@pytest.mark.parametrize("pair", DECISIONS, ids=[pair.name for pair in DECISIONS])
@pytest.mark.parametrize("schedule", [(0, 1, 0, 1, 0, 1, 0), (1, 0, 0, 1, 0, 1, 0)], ids=["first", "second"])
def test_one_of_two_wins(world: World, pair: Pair, schedule: tuple[int, ...]) -> None:
    assert not played(world, pair, schedule)


def test_every_pair_of_decisions_is_played() -> None:
    assert len(DECISIONS) == 4
