"""What cart, checkout and order pages show of the things ordered, as their templates take it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shop.catalogue.on_sale import SizeOnSale
from shop.ordering.lines import Line
from shop.ordering.models import OrderCharge
from shop.ordering.pricing import Charge, Quote
from shop.ordering.review import Review


@dataclass(frozen=True, kw_only=True)
class SummaryLine:
    """A line beside a checkout form."""

    name: str
    size: str
    label: str
    field: str
    quantity: int
    lots: Sequence[str]
    total: int


@dataclass(frozen=True, kw_only=True)
class SummaryCharge:
    """An amount in the totals; `text` is printed where there is no amount yet."""

    label: str
    amount: int | None
    text: str = ""
    explanation: str = ""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The box *Your order*."""

    lines: Sequence[SummaryLine]
    charges: Sequence[SummaryCharge]
    total: int
    currency: str

    @property
    def vials(self) -> int:
        """How many vials there are in all."""
        return sum(line.quantity for line in self.lines)


def of_cart(lines: Sequence[Line], lots: dict[int, list[str]], quote: Quote) -> Summary:
    """The box while the order is being made; `lots` are those planned, by vial size."""
    return Summary(
        lines=[
            _line(
                line.size, quantity=line.quantity, lots=lots.get(line.size.id, []), total=priced.total_minor
            )
            for line, priced in zip(lines, quote.lines, strict=True)
        ],
        charges=of_charges(quote.charges),
        total=quote.total_minor,
        currency=quote.currency,
    )


def of_review(found: Review) -> Summary:
    """The lines of Review."""
    return Summary(
        lines=[
            _line(
                line.size,
                quantity=line.quantity,
                lots=[lot.lot_number for lot in line.lots],
                total=line.total_minor,
            )
            for line in found.lines
        ],
        charges=of_charges(found.quote.charges),
        total=found.quote.total_minor,
        currency=found.quote.currency,
    )


def of_charges(charges: Iterable[Charge | OrderCharge]) -> list[SummaryCharge]:
    """Charges as the totals take them."""
    return [
        SummaryCharge(label=each.label, amount=each.amount_minor, explanation=each.explanation)
        for each in charges
    ]


def _line(size: SizeOnSale, *, quantity: int, lots: Sequence[str], total: int) -> SummaryLine:
    return SummaryLine(
        name=size.product_name,
        size=size.amount_text,
        label=size.label_code,
        field=size.field,
        quantity=quantity,
        lots=lots,
        total=total,
    )
