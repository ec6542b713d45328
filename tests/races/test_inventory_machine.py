"""Anything that can be done with stock, in any order, on both databases, audited after each step."""

from __future__ import annotations

import pytest
from builders import make_ready_to_sell
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from inventory_machine import Inventory

UNHURRIED = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def test_the_inventory_keeps_its_promises_whatever_is_done(shop: Flask, engine: str) -> None:
    make_ready_to_sell()
    run_state_machine_as_test(
        Inventory,
        settings=settings(
            max_examples=6 if engine == "sqlite" else 4,
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
def test_the_same_for_a_long_time(shop: Flask) -> None:
    make_ready_to_sell()
    run_state_machine_as_test(
        Inventory,
        settings=settings(
            max_examples=200,
            stateful_step_count=60,
            deadline=None,
            database=None,
            suppress_health_check=UNHURRIED,
        ),
    )
