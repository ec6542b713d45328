"""Sold equals stock, every time, on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from builders import make_ready_to_sell
from flask import Flask
from last_vials import run

from config import Settings


def test_sixty_four_buyers_of_the_last_vials_buy_just_what_there_is(
    shop: Flask, shop_settings: Settings
) -> None:
    make_ready_to_sell()
    for found in run(shop_settings, buyers=64, rounds=5):
        assert (found.sold, found.won, found.server_errors) == (found.stock, found.stock, 0)


@pytest.mark.torture
def test_two_hundred_rounds_of_the_same(
    shop: Flask, shop_settings: Settings, record_property: Callable[[str, object], None]
) -> None:
    make_ready_to_sell()
    rounds = run(shop_settings, buyers=64, rounds=200)
    over = sum(max(0, found.sold - found.stock) for found in rounds)
    under = sum(max(0, found.stock - found.sold) for found in rounds)
    errors = sum(found.server_errors for found in rounds)
    told = sum(found.won for found in rounds)
    record_property("target", "64 buyers for the last 1 to 5 vials")
    record_property(
        "figure",
        f"{len(rounds)} rounds, {sum(found.stock for found in rounds)} vials, {told} buyers told they had "
        f"one: {over} oversold, {under} undersold, {errors} answered 5xx",
    )
    assert (over, under, errors, told) == (0, 0, 0, sum(found.stock for found in rounds))
