"""Vial sizes as cart and checkout take them: plain values, with product and prices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import FromClause, bindparam, select
from sqlalchemy.orm import Session

from shop.catalogue.models import Price, Product, VialSize
from shop.compounds.models import Category, Compound


@dataclass(frozen=True, kw_only=True, slots=True)
class PriceOnSale:
    """The price of one vial from a quantity upwards, in minor units, tax not included."""

    currency: str
    from_quantity: int
    unit_minor: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SizeOnSale:
    """One size of a product. It says what was true when it was read; `listed` is False once withdrawn."""

    id: int
    sku: str
    title: str
    """Product and amount, as printed on orders."""
    amount_text: str
    weight_g: int
    product_id: int
    product_name: str
    product_slug: str
    label_code: str
    field: str
    """The code of the field its compound belongs to."""
    compound_id: int
    category_id: int
    cold_chain: bool
    tax_class: str
    listed: bool
    prices: tuple[PriceOnSale, ...]


_SIZE, _PRODUCT, _PRICE = VialSize.__table__, Product.__table__, Price.__table__
_COMPOUND, _CATEGORY = Compound.__table__, Category.__table__

COLUMNS = (
    _SIZE.c.id,
    _SIZE.c.sku,
    _SIZE.c.amount,
    _SIZE.c.amount_unit,
    _SIZE.c.weight_g,
    _SIZE.c.product_id,
    _PRODUCT.c.name,
    _PRODUCT.c.slug,
    _PRODUCT.c.label_code,
    _CATEGORY.c.code,
    _PRODUCT.c.compound_id,
    _COMPOUND.c.category_id,
    _PRODUCT.c.cold_chain,
    _PRODUCT.c.tax_class,
    _PRODUCT.c.listed,
    _PRICE.c.currency,
    _PRICE.c.from_quantity,
    _PRICE.c.unit_minor,
)
"""What `read` takes at the end of each row."""
IN_ORDER = _PRICE.c.from_quantity


def joined(left: FromClause | None = None, size_id: Any = None) -> FromClause:
    """Sizes with product, field and prices, beside the rows of another table that name them."""
    sizes = _SIZE if left is None else left.join(_SIZE, _SIZE.c.id == size_id)
    return (
        sizes.join(_PRODUCT, _PRODUCT.c.id == _SIZE.c.product_id)
        .join(_COMPOUND, _COMPOUND.c.id == _PRODUCT.c.compound_id)
        .join(_CATEGORY, _CATEGORY.c.id == _COMPOUND.c.category_id)
        .outerjoin(_PRICE, _PRICE.c.vial_size_id == _SIZE.c.id)
    )


def read(rows: Sequence[tuple[Any, ...]]) -> SizeOnSale:
    """A size from its rows, one for each price."""
    (
        *_others,
        size_id,
        sku,
        amount,
        unit,
        weight_g,
        product_id,
        name,
        slug,
        label_code,
        field,
        compound_id,
        category_id,
        cold_chain,
        tax_class,
        listed,
        _currency,
        _from_quantity,
        _unit_minor,
    ) = rows[0]
    amount_text = in_print(amount, unit)
    return SizeOnSale(
        id=size_id,
        sku=sku,
        title=f"{name}, {amount_text}",
        amount_text=amount_text,
        weight_g=weight_g,
        product_id=product_id,
        product_name=name,
        product_slug=slug,
        label_code=label_code,
        field=field,
        compound_id=compound_id,
        category_id=category_id,
        cold_chain=cold_chain,
        tax_class=tax_class,
        listed=listed,
        prices=tuple(
            PriceOnSale(currency=currency, from_quantity=from_quantity, unit_minor=unit_minor)
            for *_size, currency, from_quantity, unit_minor in rows
            if currency is not None
        ),
    )


def by_sku(session: Session, sku: str) -> SizeOnSale | None:
    """The size with a catalogue number of its own, withdrawn or not."""
    rows = session.execute(_BY_SKU, {"sku": sku}).all()
    return read([tuple(row) for row in rows]) if rows else None


def by_ids(session: Session, ids: Iterable[int]) -> dict[int, SizeOnSale]:
    """Some sizes by their ids."""
    rows: dict[int, list[tuple[Any, ...]]] = {}
    for row in session.execute(_BY_IDS, {"ids": list(ids)}):
        rows.setdefault(row[0], []).append(tuple(row))
    return {size_id: read(found) for size_id, found in rows.items()}


_BY_SKU = select(*COLUMNS).select_from(joined()).where(_SIZE.c.sku == bindparam("sku")).order_by(IN_ORDER)
_BY_IDS = (
    select(*COLUMNS)
    .select_from(joined())
    .where(_SIZE.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_SIZE.c.id, IN_ORDER)
)
"""Made once: making a statement anew costs more than running it."""


def in_print(amount: Decimal, unit: str) -> str:
    """An amount as printed, such as `10 mg`."""
    return f"{amount.normalize():f} {unit}"
