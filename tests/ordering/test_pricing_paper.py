"""The worked example of docs/pricing.md, computed anew."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from shop.core.money import in_words
from shop.ordering.models import TaxTreatment
from shop.ordering.pricing import Delivery, Discount, Tier, Wanted, price
from shop.ordering.shares import of_the_rest
from shop.ordering.tax import Taxation, TaxRule

PAPER = Path(__file__).resolve().parents[2] / "docs" / "pricing.md"


def test_the_worked_example_is_what_the_function_says() -> None:
    quote = price(
        [
            Wanted(size_id=1, quantity=3, tiers=(Tier(from_quantity=3, unit_minor=12000),)),
            Wanted(size_id=2, quantity=1, tiers=(Tier(from_quantity=1, unit_minor=4555),)),
        ],
        delivery=Delivery(name="Tracked", price_minor=1400, cold_chain_minor=1200),
        currency="USD",
        discount=Discount(code="X", percent=Decimal(10)),
        taxation=Taxation(
            otherwise=TaxRule(
                treatment=TaxTreatment.STANDARD, rate=Decimal("21.0"), label="21.0% VAT", reason=""
            )
        ),
    )
    text = PAPER.read_text()
    printed = re.findall(r"^\| \**[A-Z][\w ]+?\** \| \**(-?\$[\d.]+)\** \|", text, re.MULTILINE)
    amounts = [*(charge.amount_minor for charge in quote.charges), quote.total_minor]
    assert printed == [in_words(amount, "USD") for amount in amounts]
    rest = of_the_rest(quote.lines, quote.total_minor) - 1400 - 1200
    for amount in (*(each for line in quote.lines for each in (line.discount_minor, line.tax_minor)), rest):
        assert in_words(amount, "USD") in text
