"""What a parcel that leaves the seller's customs territory has to say, and what is missing to say it.

The European Union counts as one territory, by country; places of a member state that lie outside its customs
territory are not told apart. Value is what was paid for the goods: the frozen price less the line's discount.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from shop.catalogue.models import VialSize
from shop.catalogue.shipping_data import ProductShipping
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.ordering.models import Order, OrderLine
from shop.ordering.parcel_contents import Contents
from shop.ordering.tax import MEMBER_STATES

_MILLIGRAMS = {"µg": Decimal("0.001"), "ug": Decimal("0.001"), "mg": Decimal(1), "g": Decimal(1000)}


def crosses_border(seller: str, destination: str) -> bool:
    """Whether goods from one country to another leave a customs territory."""
    if seller == destination:
        return False
    return not (seller in MEMBER_STATES and destination in MEMBER_STATES)


def needed(order: Order) -> bool:
    """Whether parcels of an order need customs papers; a shop that has not said where it is makes none."""
    seller = settings().seller_country
    return bool(seller) and crosses_border(seller, order.country)


@dataclass(frozen=True, kw_only=True)
class CustomsLine:
    """Vials of one line of an order in a parcel, as customs read it."""

    line: OrderLine
    vials: int
    lots: tuple[str, ...]
    shipping: ProductShipping | None
    value_minor: int

    @property
    def net_mg(self) -> Decimal | None:
        """Mass of the substance in the vials, where the size is a mass."""
        return net_mg(self.line.vial_size, self.vials)


def net_mg(size: VialSize, vials: int) -> Decimal | None:
    """Milligrams in some vials of a size; none where the size is no mass."""
    factor = _MILLIGRAMS.get(size.amount_unit)
    return None if factor is None else size.amount * factor * vials


def lines(contents: Contents, shipping: Mapping[int, ProductShipping]) -> list[CustomsLine]:
    """What is in a parcel, by line of the order."""
    found: dict[int, list[tuple[str, int]]] = {}
    by_id = {row.line.id: row.line for row in contents.rows}
    for row in contents.rows:
        found.setdefault(row.line.id, []).append((row.lot.number, row.vials))
    made = []
    for line_id, parts in found.items():
        line, vials = by_id[line_id], sum(count for _lot, count in parts)
        made.append(
            CustomsLine(
                line=line,
                vials=vials,
                lots=tuple(dict.fromkeys(lot for lot, _count in parts)),
                shipping=shipping.get(line.vial_size.product_id),
                value_minor=(line.total_minor - line.discount_minor) * vials // line.quantity,
            )
        )
    return sorted(made, key=lambda each: each.line.position)


def missing(contents: Contents, made: Sequence[CustomsLine]) -> list[str]:
    """What has to be entered before the parcel can be handed over, each named."""
    of_lines = [each for line in made for each in missing_of_line(line)]
    return list(dict.fromkeys([*missing_of_parcel(contents), *of_lines]))


def missing_of_parcel(contents: Contents) -> list[str]:
    """What the shop and the packer have to enter."""
    shop = settings()
    return [
        name
        for name, value in (
            (_("the seller’s address (SELLER_ADDRESS)"), shop.seller_address),
            (_("the seller’s EORI number (SELLER_EORI)"), shop.seller_eori),
            (_("the weight of the packed box"), contents.gross_weight_g),
        )
        if not value
    ]


def missing_of_line(line: CustomsLine) -> list[str]:
    """What has to be entered of a product."""
    kept, name = line.shipping, line.line.vial_size.product.name
    return [
        _("%(field)s of %(product)s", field=field, product=name)
        for field, value in (
            (_("HS code"), kept.hs_code if kept else ""),
            (_("country of origin"), kept.origin_country if kept else ""),
            (_("description for customs"), kept.customs_description if kept else ""),
        )
        if not value
    ]
