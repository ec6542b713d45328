"""Sold equals stock, every time, on both databases."""

from __future__ import annotations

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
def test_two_hundred_rounds_of_the_same(shop: Flask, shop_settings: Settings) -> None:
    make_ready_to_sell()
    for found in run(shop_settings, buyers=64, rounds=200):
        assert (found.sold, found.won, found.server_errors) == (found.stock, found.stock, 0)
