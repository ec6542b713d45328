"""Orders as a state machine, on both databases, with the full audit after each step."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fixtures.world import World
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from simulator.orders_machine import Orders

UNHURRIED = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
TORTURE_STEPS = 20_000


@pytest.mark.parametrize("engine", ["sqlite"])
def test_orders_keep_their_promises_whatever_is_done(world: World) -> None:
    Orders.world = world
    run_state_machine_as_test(
        Orders,
        settings=settings(
            max_examples=4,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=UNHURRIED,
            # A failure is told as found: making it smaller would take minutes.
            phases=[Phase.generate],
        ),
    )


@pytest.mark.torture
def test_twenty_thousand_steps(world: World, record_property: Callable[[str, object], None]) -> None:
    Orders.world = world
    Orders.steps = 0
    while Orders.steps < TORTURE_STEPS:
        run_state_machine_as_test(
            Orders,
            settings=settings(
                max_examples=40,
                stateful_step_count=60,
                deadline=None,
                database=None,
                suppress_health_check=UNHURRIED,
                phases=[Phase.generate],
            ),
        )
    record_property("target", "Orders as a state machine")
    record_property("figure", f"{Orders.steps:,} steps, each with the full audit and the model")
    record_property("seed", "chosen by Hypothesis; a failure prints its own")
