"""What an order costs: tiers, lines, charges and their sum, in whole minor units."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.ordering.models import ChargeKind, TaxTreatment
from shop.ordering.pricing import Delivery, Discount, Quote, Tier, Wanted, price, unit_price
from shop.ordering.shares import of_line, of_the_rest, of_vials, percent_of, spread
from shop.ordering.tax import Taxation, TaxRule


def _rate(tax_class: str, percent: Decimal, on_delivery: bool = True) -> TaxRule:
    return TaxRule(
        treatment=TaxTreatment.STANDARD,
        rate=percent,
        label=f"{percent}% {tax_class}",
        reason="",
        on_delivery=on_delivery,
    )


def _charge(quote: Quote, kind: ChargeKind) -> int:
    return sum(each.amount_minor for each in quote.charges if each.kind == kind)


amounts = st.integers(1, 10_000_000)
products = st.none() | st.frozensets(st.integers(1, 4), min_size=1)
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
    st.builds(
        Wanted,
        size_id=st.integers(1, 9),
        quantity=quantities,
        tiers=tier_lists,
        product_id=st.integers(1, 4),
        tax_class=st.sampled_from(["standard", "reduced"]),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda each: each.size_id,
)
percents = st.decimals(0, 100, places=2)
discounts = st.none() | st.one_of(
    st.builds(Discount, code=st.just("F-1"), percent=percents, product_ids=products),
    st.builds(Discount, code=st.just("F-1"), amount_minor=amounts, product_ids=products),
)
taxations = st.builds(
    lambda standard, reduced, on_delivery: Taxation(
        rules={
            "standard": _rate("standard", standard, on_delivery),
            "reduced": _rate("reduced", reduced, on_delivery),
        },
        otherwise=_rate("standard", standard, on_delivery),
    ),
    percents,
    percents,
    st.booleans(),
)
ways = st.builds(
    Delivery,
    name=st.text(max_size=9),
    price_minor=st.integers(0, 99_999),
    cold_chain_minor=st.none() | st.integers(0, 99_999),
)
deliveries = st.none() | ways


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
    assert quote.total_minor == quote.items_minor + (
        delivery.price_minor + (delivery.cold_chain_minor or 0) if delivery else 0
    )
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


FRAMEWORK = Discount(code="FRAME-26", percent=Decimal("10"))
DUTCH = Taxation(otherwise=replace(_rate("x", Decimal("21.0")), label="21.0% VAT of the Netherlands"))


def test_an_order_of_several_costs_reads_line_by_line() -> None:
    quote = price(
        [
            Wanted(
                size_id=1,
                quantity=3,
                tiers=(Tier(from_quantity=1, unit_minor=13000), Tier(from_quantity=3, unit_minor=12000)),
            ),
            Wanted(size_id=2, quantity=1, tiers=(Tier(from_quantity=1, unit_minor=4555),)),
        ],
        delivery=Delivery(
            name="Tracked delivery", price_minor=1400, explanation="To Europe, 0.4 kg", cold_chain_minor=1200
        ),
        currency="USD",
        discount=FRAMEWORK,
        taxation=DUTCH,
    )
    assert [line.explanation for line in quote.lines] == [
        "3 vials at the price from 3: $120.00 each",
        "1 vial at $45.55",
    ]
    assert [(each.kind.value, each.label, each.amount_minor, each.explanation) for each in quote.charges] == [
        ("items", "Items", 40555, "4 vials, the sum of the lines, before tax"),
        ("discount", "Discount, code FRAME-26", -4056, "10% off items of $405.55"),
        ("delivery", "Tracked delivery", 1400, "To Europe, 0.4 kg"),
        (
            "cold_chain",
            "Cold chain",
            1200,
            "Cold packing, because the order holds goods that have to stay cold",
        ),
        ("tax", "21.0% VAT of the Netherlands", 8211, "21.0% VAT of the Netherlands on $390.99"),
    ]
    assert quote.total_minor == 47310
    assert [(line.discount_minor, line.tax_minor, line.tax_position) for line in quote.lines] == [
        (3600, 6804, 5),
        (456, 861, 5),
    ]


@given(wanted_lists, ways, discounts, taxations)
def test_shares_of_discount_and_tax_add_up_to_what_was_charged(
    wanted: list[Wanted], delivery: Delivery, discount: Discount | None, taxation: Taxation
) -> None:
    quote = price(wanted, delivery=delivery, currency="USD", discount=discount, taxation=taxation)
    assert sum(line.discount_minor for line in quote.lines) == -_charge(quote, ChargeKind.DISCOUNT)
    rest = of_the_rest(quote.lines, quote.total_minor)
    beside = _charge(quote, ChargeKind.DELIVERY) + _charge(quote, ChargeKind.COLD_CHAIN)
    assert sum(of_line(line).total_minor for line in quote.lines) + rest == quote.total_minor
    assert rest >= beside
    for position, charge in enumerate(quote.charges, start=1):
        if charge.kind == ChargeKind.TAX:
            mine = [line for line in quote.lines if line.tax_position == position]
            assert mine
            assert sum(line.tax_minor for line in mine) <= charge.amount_minor
            assert charge.amount_minor == percent_of(charge.taxable_minor or 0, charge.tax_rate or Decimal(0))
            assert charge.explanation


@given(wanted_lists, ways, discounts, taxations)
def test_a_discount_never_takes_more_than_the_items_it_is_for_and_lowers_the_tax(
    wanted: list[Wanted], delivery: Delivery, discount: Discount | None, taxation: Taxation
) -> None:
    full = price(wanted, delivery=delivery, currency="USD", taxation=taxation)
    quote = price(wanted, delivery=delivery, currency="USD", discount=discount, taxation=taxation)
    assert 0 <= quote.total_minor <= full.total_minor
    assert _charge(quote, ChargeKind.TAX) <= _charge(full, ChargeKind.TAX)
    for line, each in zip(quote.lines, wanted, strict=True):
        assert 0 <= line.discount_minor <= line.total_minor
        if discount and discount.product_ids is not None and each.product_id not in discount.product_ids:
            assert line.discount_minor == 0


@given(wanted_lists, ways, discounts, percents, percents)
def test_a_higher_rate_never_means_less_tax(
    wanted: list[Wanted], delivery: Delivery, discount: Discount | None, one: Decimal, other: Decimal
) -> None:
    low, high = (
        price(
            wanted,
            delivery=delivery,
            currency="USD",
            discount=discount,
            taxation=Taxation(otherwise=_rate("standard", each)),
        )
        for each in sorted((one, other))
    )
    assert low.total_minor <= high.total_minor


@given(wanted_lists, ways, discounts, taxations, st.data())
def test_an_order_costs_the_same_however_a_line_is_split(
    wanted: list[Wanted],
    delivery: Delivery,
    discount: Discount | None,
    taxation: Taxation,
    data: st.DataObject,
) -> None:
    position = data.draw(st.integers(0, len(wanted) - 1))
    part = data.draw(st.integers(0, wanted[position].quantity - 1))
    halves = [replace(wanted[position], quantity=wanted[position].quantity - part)]
    halves += [replace(wanted[position], quantity=part)] if part else []
    split = [*wanted[:position], *halves, *wanted[position + 1 :]]
    whole = price(wanted, delivery=delivery, currency="USD", discount=discount, taxation=taxation)
    parted = price(split, delivery=delivery, currency="USD", discount=discount, taxation=taxation)
    assert [each.amount_minor for each in whole.charges] == [each.amount_minor for each in parted.charges]


@given(wanted_lists, ways, discounts, taxations, st.data())
def test_vials_refunded_one_portion_after_another_add_up_to_their_line(
    wanted: list[Wanted],
    delivery: Delivery,
    discount: Discount | None,
    taxation: Taxation,
    data: st.DataObject,
) -> None:
    line = price(wanted, delivery=delivery, currency="USD", discount=discount, taxation=taxation).lines[0]
    cuts = sorted(data.draw(st.lists(st.integers(0, line.quantity), max_size=4)))
    edges = [0, *cuts, line.quantity]
    parts = [of_vials(line, end - start, after=start) for start, end in pairwise(edges)]
    assert sum(part.total_minor for part in parts) == of_line(line).total_minor
    assert sum(part.tax_minor for part in parts) == line.tax_minor
    assert all(part.total_minor >= 0 for part in parts)
    with pytest.raises(ValueError, match="its own vials"):
        of_vials(line, line.quantity, after=1)


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
def test_a_spread_sums_exactly_and_no_part_is_a_minor_unit_off(total: int, weights: list[int]) -> None:
    parts = spread(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    if whole:
        assert all(
            abs(part * whole - total * weight) < whole for part, weight in zip(parts, weights, strict=True)
        )


def test_a_half_of_the_smallest_coin_is_rounded_up_once_for_each_rate() -> None:
    assert percent_of(50, Decimal("21")) == 11  # 10.5
    assert percent_of(49, Decimal("21")) == 10  # 10.29
    halves = [
        Wanted(size_id=each, quantity=1, tiers=(Tier(from_quantity=1, unit_minor=25),)) for each in (1, 2)
    ]
    quote = price(
        halves,
        delivery=Delivery(name="Tracked", price_minor=0),
        currency="USD",
        taxation=Taxation(otherwise=_rate("standard", Decimal("21"))),
    )
    # Each line alone would round 5.25 to 5; the sum of 10.5 is rounded once.
    assert _charge(quote, ChargeKind.TAX) == 11


def test_a_currency_without_coins_is_priced_and_printed_in_its_whole_units() -> None:
    quote = price(
        [Wanted(size_id=1, quantity=3, tiers=(Tier(from_quantity=1, unit_minor=5005),))],
        delivery=Delivery(name="Tracked", price_minor=900),
        currency="JPY",
        discount=Discount(code="F-1", percent=Decimal("3.5")),
        taxation=Taxation(otherwise=_rate("standard", Decimal("10"))),
    )
    assert [each.amount_minor for each in quote.charges] == [15015, -526, 900, 1539]
    assert quote.lines[0].explanation == "3 vials at ¥5,005 each"


def test_a_code_for_goods_of_a_low_rate_does_not_move_delivery_to_the_high_one() -> None:
    def cost(discount: Discount | None) -> list[int]:
        quote = price(
            [
                Wanted(size_id=1, quantity=1, tiers=(Tier(from_quantity=1, unit_minor=10000),), product_id=1),
                Wanted(
                    size_id=2,
                    quantity=1,
                    tiers=(Tier(from_quantity=1, unit_minor=10000),),
                    product_id=2,
                    tax_class="reduced",
                ),
            ],
            delivery=Delivery(name="Tracked", price_minor=2000),
            currency="USD",
            discount=discount,
            taxation=Taxation(
                rules={
                    "standard": _rate("standard", Decimal("20")),
                    "reduced": _rate("reduced", Decimal("0.01")),
                },
                otherwise=_rate("standard", Decimal("20")),
            ),
        )
        return [each.amount_minor for each in quote.charges if each.kind == ChargeKind.TAX]

    reduced_free = Discount(code="F-1", percent=Decimal("100"), product_ids=frozenset({2}))
    assert cost(None) == [2200, 1]
    assert cost(reduced_free) == [2200, 0]
