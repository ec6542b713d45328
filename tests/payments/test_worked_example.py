"""The worked example of docs/purchase-orders.md, computed by the code."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from shop.ordering import shares
from shop.payments import invoice_rows
from shop.payments.account_state import Balance
from shop.payments.invoice_models import RowKind
from shop.payments.invoice_rows import NET, Part, Row

DOCS = Path(__file__).parents[2] / "docs" / "purchase-orders.md"


def test_the_worked_example_of_the_documentation_is_what_the_code_computes() -> None:
    rows = [
        Row(kind=RowKind.ITEM, label="vials", quantity=3, unit_minor=4600, amount_minor=13_800),
        Row(kind=RowKind.DISCOUNT, label="discount", amount_minor=-800),
        Row(kind=RowKind.DELIVERY, label="delivery", amount_minor=1_400),
        Row(
            kind=RowKind.TAX,
            label="tax",
            amount_minor=3_024,
            tax_rate=Decimal("21.0"),
            taxable_minor=14_400,
            tax_treatment="standard",
        ),
    ]
    line_tax = round(Decimal(13_000) * 21 / 100)
    vial = shares.part_of(13_800 - 800 + line_tax, vials=1, of=3)
    part = Part(label="vial", quantity=1, amount_minor=vial, made_of={NET: 13_000, 3: line_tax})
    note = invoice_rows.credited(rows, [], [part])
    left = Balance(total_minor=17_424, credited_minor=vial, received_minor=0).open_minor
    paid = Balance(total_minor=17_424, credited_minor=vial, received_minor=13_000)
    figures = {
        "invoice": invoice_rows.total(rows),
        "line tax": line_tax,
        "vial": vial,
        "price": note[0].amount_minor,
        "tax": note[1].amount_minor,
        "left": left,
        "credit": paid.excess_minor,
    }
    assert figures == {
        "invoice": 17_424,
        "line tax": 2_730,
        "vial": 5_243,
        "price": 4_333,
        "tax": 910,
        "left": 12_181,
        "credit": 819,
    }
    text = DOCS.read_text()
    for amount in figures.values():
        assert str(Decimal(amount).scaleb(-2)) in text
