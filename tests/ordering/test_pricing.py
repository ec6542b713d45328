"""What an order costs: tiers, lines, charges and their sum, in whole minor units."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.ordering.models import ChargeKind
from shop.ordering.pricing import Delivery, Tier, Wanted, price, unit_price

amounts = st.integers(1, 10_000_000)
quantities = st.integers(1, 10_000)
# Every size has a price from one vial upwards, and at most one price from any quantity upwards.
tier_lists = st.dictionaries(st.integers(2, 200), amounts, max_size=5).flatmap(
    lambda more: amounts.map(
        lambda single: tuple(
            Tier(from_quantity=quantity, unit_minor=unit) for quantity, unit in {1: single, **more}.items()
        )
    )
)
wanted_lists = st.lists(
    st.builds(Wanted, size_id=st.integers(1, 9), quantity=quantities, tiers=tier_lists), max_size=5
)
deliveries = st.none() | st.builds(Delivery, name=st.text(max_size=9), price_minor=st.integers(0, 99_999))


def test_the_highest_tier_reached_sets_the_price_of_every_vial() -> None:
    tiers = (
        Tier(from_quantity=1, unit_minor=4600),
        Tier(from_quantity=10, unit_minor=4200),
        Tier(from_quantity=25, unit_minor=3900),
    )
    found = {quantity: unit_price(tiers, quantity) for quantity in (1, 9, 10, 24, 25, 10_000)}
    assert found == {1: 4600, 9: 4600, 10: 4200, 24: 4200, 25: 3900, 10_000: 3900}


@given(tier_lists, quantities)
def test_the_price_is_that_of_a_tier_reached_that_no_other_reached_tier_comes_after(
    tiers: tuple[Tier, ...], quantity: int
) -> None:
    reached = [tier for tier in tiers if tier.from_quantity <= quantity]
    (chosen,) = [
        tier for tier in reached if not any(other.from_quantity > tier.from_quantity for other in reached)
    ]
    assert unit_price(tiers, quantity) == chosen.unit_minor


@given(tier_lists, quantities, st.randoms(use_true_random=False))
def test_the_order_in_which_tiers_are_listed_changes_nothing(
    tiers: tuple[Tier, ...], quantity: int, chance: random.Random
) -> None:
    shuffled = list(tiers)
    chance.shuffle(shuffled)
    assert unit_price(shuffled, quantity) == unit_price(tiers, quantity)


def test_a_size_without_a_price_for_the_quantity_cannot_be_sold() -> None:
    for tiers in ((), (Tier(from_quantity=5, unit_minor=100),)):
        with pytest.raises(ValueError, match="no price"):
            unit_price(tiers, 4)


@given(wanted_lists, deliveries)
def test_the_total_is_the_sum_of_its_charges_and_the_items_charge_that_of_its_lines(
    wanted: list[Wanted], delivery: Delivery | None
) -> None:
    quote = price(wanted, delivery=delivery, currency="USD")
    assert quote.total_minor == sum(charge.amount_minor for charge in quote.charges)
    assert quote.charges[0].kind == ChargeKind.ITEMS
    assert quote.charges[0].amount_minor == quote.items_minor == sum(each.total_minor for each in quote.lines)
    assert quote.total_minor == quote.items_minor + (delivery.price_minor if delivery else 0)
    assert all(charge.amount_minor >= 0 for charge in quote.charges)
    assert isinstance(quote.total_minor, int)


@given(wanted_lists, deliveries)
def test_each_line_is_priced_by_itself_and_stays_in_its_place(
    wanted: list[Wanted], delivery: Delivery | None
) -> None:
    quote = price(wanted, delivery=delivery, currency="EUR")
    assert quote.currency == "EUR"
    for line, each in zip(quote.lines, wanted, strict=True):
        assert (line.size_id, line.quantity) == (each.size_id, each.quantity)
        assert line.unit_minor == unit_price(each.tiers, each.quantity)
        assert line.total_minor == line.quantity * line.unit_minor


@given(wanted_lists, st.builds(Delivery, name=st.just("Tracked"), price_minor=st.integers(0, 9_999)))
def test_every_cost_is_named_and_tax_is_said_not_to_be_charged(
    wanted: list[Wanted], delivery: Delivery
) -> None:
    quote = price(wanted, delivery=delivery, currency="USD")
    assert [(charge.kind, charge.label, charge.amount_minor) for charge in quote.charges[1:]] == [
        (ChargeKind.DELIVERY, "Tracked", delivery.price_minor),
        (ChargeKind.TAX, "Tax, not charged", 0),
    ]


@given(wanted_lists)
def test_before_a_delivery_is_chosen_only_the_items_are_counted(wanted: list[Wanted]) -> None:
    quote = price(wanted, delivery=None, currency="USD")
    assert [charge.kind for charge in quote.charges] == [ChargeKind.ITEMS]
