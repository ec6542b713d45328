"""kill -9 at random moments: no confirmed order is lost, none is there twice, the audit is clean."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from days import a_day, judge, open_shop_with
from flask import Flask
from kill_loop import Killer
from stripe_beside import Stripe

from config import Settings


@pytest.fixture
def open_shop(shop_settings: Settings, stripe_stand_in: Stripe, plain_papers: None) -> Flask:
    """The whole shop with its web, taking cards."""
    return open_shop_with(shop_settings, stripe_stand_in)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_fifteen_kills_lose_nothing(open_shop: Flask, stripe_stand_in: Stripe) -> None:
    judge(a_day(open_shop, stripe_stand_in, Killer(open_shop, 11), times=15, orders_each=30))


@pytest.mark.torture
def test_a_thousand_kills_lose_nothing(
    open_shop: Flask, stripe_stand_in: Stripe, record_property: Callable[[str, object], None]
) -> None:
    totals: dict[str, int] = {"times": 0, "orders": 0, "confirmed": 0, "unanswered": 0}
    for seed in range(10):
        day = a_day(open_shop, stripe_stand_in, Killer(open_shop, seed * 100), times=100, orders_each=400)
        judge(day)
        for name in totals:
            totals[name] += getattr(day, name) if name != "orders" else 0
        totals["orders"] = day.orders
    record_property("target", "Random kill -9 under load")
    record_property(
        "figure",
        f"{totals['times']} kills, {totals['orders']} orders, {totals['confirmed']} confirmed to buyers, "
        f"{totals['unanswered']} requests without an answer: 0 lost, 0 doubled, audit clean",
    )
    record_property("seed", "0 to 900 by 100")
