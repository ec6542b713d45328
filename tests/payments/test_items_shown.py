"""What Stripe's hosted page lists: it always adds up to the order's total, with a discount as without."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shop.ordering.models import Order, OrderCharge, OrderLine, TaxTreatment
from shop.ordering.pricing import Delivery, Discount, Tier, Wanted, price
from shop.ordering.tax import Taxation, TaxRule
from shop.payments.attempts import items_shown

amounts = st.integers(1, 1_000_000)
lines = st.lists(st.tuples(st.integers(1, 50), amounts, st.integers(1, 3)), min_size=1, max_size=4)
discounts = st.none() | st.one_of(
    st.builds(Discount, code=st.just("F"), percent=st.decimals(0, 100, places=1)),
    st.builds(
        Discount,
        code=st.just("F"),
        amount_minor=amounts,
        product_ids=st.frozensets(st.integers(1, 3), min_size=1),
    ),
)


@given(lines, discounts, st.integers(0, 9999), st.none() | st.integers(0, 9999), st.decimals(0, 30, places=1))
def test_the_items_of_the_hosted_page_sum_to_the_total_and_none_is_negative(
    wanted: list[tuple[int, int, int]],
    discount: Discount | None,
    delivery: int,
    cold_chain: int | None,
    rate: Decimal,
) -> None:
    quote = price(
        [
            Wanted(
                size_id=position,
                quantity=quantity,
                tiers=(Tier(from_quantity=1, unit_minor=unit),),
                product_id=product,
            )
            for position, (quantity, unit, product) in enumerate(wanted)
        ],
        delivery=Delivery(name="Tracked", price_minor=delivery, cold_chain_minor=cold_chain),
        currency="USD",
        discount=discount,
        taxation=Taxation(
            otherwise=TaxRule(treatment=TaxTreatment.STANDARD, rate=rate, label="VAT", reason="")
        ),
    )
    order = Order(
        lines=[
            OrderLine(
                title="Semax, 10 mg",
                quantity=line.quantity,
                unit_minor=line.unit_minor,
                total_minor=line.total_minor,
                discount_minor=line.discount_minor,
            )
            for line in quote.lines
        ],
        charges=[
            OrderCharge(kind=charge.kind, label=charge.label, amount_minor=charge.amount_minor)
            for charge in quote.charges
        ],
    )
    shown = items_shown(order)
    assert sum(each.quantity * each.unit_minor for each in shown) == quote.total_minor
    assert all(each.unit_minor > 0 and each.quantity > 0 for each in shown)
