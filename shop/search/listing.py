"""The product list: rows, facets with counts, order and pages, in a fixed number of queries.

What decides about a row (stock, lowest price, newest lot) is read for all products as bare values; whole
records are read only for the products of the page asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from math import ceil

from sqlalchemy import ColumnElement, and_, bindparam, func, not_, or_, select
from sqlalchemy.orm import Session, selectinload

from shop.catalogue.models import Price, Product, VialSize
from shop.compounds import substance
from shop.compounds.masses import average_mass, composition
from shop.compounds.models import Category, Compound
from shop.compounds.sequences import Peptide
from shop.inventory import certificates
from shop.inventory.availability import FREE, is_sellable_on, sellable_on
from shop.inventory.models import CertificateRevision, CertificateTest, Lot, LotEvent, LotState
from shop.search import released_lots

PAGE_SIZE = 20


class Sort(StrEnum):
    """In what order products are listed."""

    NAME = "name"
    NEWEST_LOT = "newest"
    MOLAR_MASS = "mass"
    PRICE = "price"


class Shelf(StrEnum):
    """Whether a product can be had, and if not, why."""

    ON_SALE = "on_sale"
    IN_QUARANTINE = "in_quarantine"
    RETEST_DUE = "retest_due"
    ON_HOLD = "on_hold"
    RECALLED = "recalled"
    OUT_OF_STOCK = "out_of_stock"


@dataclass(frozen=True, kw_only=True)
class ShipDates:
    """The day an order placed now would leave, without and with cold goods in it."""

    ambient: date
    cold: date

    def of(self, *, cold_chain: bool) -> date:
        """The day for one kind of goods."""
        return self.cold if cold_chain else self.ambient

    def sellable(self) -> ColumnElement[bool]:
        """Whether a lot may be sold, in a query over lots and products."""
        return or_(
            and_(not_(Product.cold_chain), sellable_on(self.ambient)),
            and_(Product.cold_chain, sellable_on(self.cold)),
        )


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a reader asked for. `fields` are category codes; an unknown one is ignored."""

    fields: tuple[str, ...] = ()
    in_stock: bool = False
    sort: Sort = Sort.NAME
    page: int = 1


@dataclass(frozen=True, kw_only=True)
class LotOnList:
    """The bare values of a lot that decide how its product is shown."""

    id: int
    size_id: int
    state: LotState
    removal_on: date
    filled_on: date
    free: int


@dataclass(frozen=True, kw_only=True)
class ListedProduct:
    """A row of the list. `price_minor` is None where nothing is on sale."""

    product: Product
    molar_mass: Decimal | None
    shelf: Shelf
    lot: Lot | None
    """The lot a buyer would get first; where nothing is on sale, None."""
    certificate: CertificateRevision | None
    result: CertificateTest | None
    price_minor: int | None


@dataclass(frozen=True, kw_only=True)
class FieldFacet:
    """A field of research with the number of products that choosing it would leave."""

    code: str
    name: str
    count: int
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One page of the list."""

    rows: tuple[ListedProduct, ...]
    fields: tuple[FieldFacet, ...]
    in_stock: int
    """Products that choosing *in stock* would leave."""
    total: int
    page: int
    pages: int


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    """The bare values of a listed product that filters and order look at."""

    id: int
    name: str
    field: str
    peptide: Peptide | None
    price_minor: int | None
    newest_lot: datetime | None

    @property
    def in_stock(self) -> bool:
        return self.price_minor is not None


def look(session: Session, filters: Filters, ship: ShipDates, currency: str) -> Listing:
    """The page of the list that was asked for; a page past the end is the last one."""
    categories = session.execute(select(Category.code, Category.name).order_by(Category.position)).all()
    chosen = tuple(code for code, _name in categories if code in filters.fields)
    candidates = _candidates(session, ship, currency)
    by_field = [each for each in candidates if not chosen or each.field in chosen]
    by_stock = [each for each in candidates if not filters.in_stock or each.in_stock]
    left = [each for each in by_field if not filters.in_stock or each.in_stock]
    pages = max(1, ceil(len(left) / PAGE_SIZE))
    page = min(max(filters.page, 1), pages)
    shown = sorted(left, key=lambda each: _place(each, filters.sort))[
        (page - 1) * PAGE_SIZE : page * PAGE_SIZE
    ]
    return Listing(
        rows=tuple(_rows(session, shown, ship)),
        fields=tuple(
            FieldFacet(
                code=code,
                name=name,
                count=sum(each.field == code for each in by_stock),
                chosen=code in chosen,
            )
            for code, name in categories
        ),
        in_stock=sum(each.in_stock for each in by_field),
        total=len(left),
        page=page,
        pages=pages,
    )


def shelf_of(lots: Iterable[LotOnList], ship_on: date) -> Shelf:
    """Whether a product can be had, from its lots; the reason is the one that will end soonest."""
    lots = list(lots)
    if first_to_ship(lots, ship_on) is not None:
        return Shelf.ON_SALE
    states = {lot.state for lot in lots}
    if LotState.QUARANTINE in states:
        return Shelf.IN_QUARANTINE
    if any(lot.state == LotState.RELEASED and lot.free > 0 and lot.removal_on <= ship_on for lot in lots):
        return Shelf.RETEST_DUE
    if LotState.ON_HOLD in states:
        return Shelf.ON_HOLD
    return Shelf.RECALLED if LotState.RECALLED in states else Shelf.OUT_OF_STOCK


def first_to_ship(lots: Iterable[LotOnList], ship_on: date) -> LotOnList | None:
    """The lot from which the next vial would be taken: released, in stock, first to leave the shelf."""
    on_sale = [lot for lot in lots if is_sellable_on(lot, ship_on) and lot.free > 0]
    return min(on_sale, key=lambda lot: (lot.removal_on, lot.filled_on, lot.id), default=None)


def lots_on_list(session: Session, product_ids: Iterable[int]) -> dict[int, list[LotOnList]]:
    """The bare values of all lots of some products, by product. One query."""
    rows = session.execute(_ON_LIST, {"product_ids": list(product_ids)})
    found: dict[int, list[LotOnList]] = defaultdict(list)
    for product_id, lot_id, size_id, state, removal_on, filled_on, free in rows:
        found[product_id].append(
            LotOnList(
                id=lot_id,
                size_id=size_id,
                state=state,
                removal_on=removal_on,
                filled_on=filled_on,
                free=free,
            )
        )
    return found


_ON_LIST = (
    select(VialSize.product_id, Lot.id, Lot.vial_size_id, Lot.state, Lot.removal_on, Lot.filled_on, FREE)
    .join(VialSize, VialSize.id == Lot.vial_size_id)
    .where(VialSize.product_id.in_(bindparam("product_ids", expanding=True)))
)
"""Made once: making a statement anew costs more than running it."""


def _candidates(session: Session, ship: ShipDates, currency: str) -> list[_Candidate]:
    prices = _lowest_prices(session, ship, currency)
    releases = _last_releases(session)
    rows = session.execute(
        select(
            Product.id,
            Product.name,
            Category.code,
            Compound.sequence,
            Compound.n_terminus,
            Compound.c_terminus,
            Compound.disulfides,
            Compound.metal,
        )
        .join(Compound, Compound.id == Product.compound_id)
        .join(Category, Category.id == Compound.category_id)
        .where(Product.listed)
    )
    return [
        _Candidate(
            id=product_id,
            name=name,
            field=field,
            peptide=Peptide(sequence, n_end, c_end, tuple((a, b) for a, b in disulfides), metal)
            if sequence
            else None,
            price_minor=prices.get(product_id),
            newest_lot=releases.get(product_id),
        )
        for product_id, name, field, sequence, n_end, c_end, disulfides, metal in rows
    ]


def _lowest_prices(session: Session, ship: ShipDates, currency: str) -> Mapping[int, int]:
    """The lowest price of one vial, by product, among the sizes that can be had."""
    can_be_had = select(Lot.vial_size_id).where(Lot.vial_size_id == VialSize.id, ship.sellable(), FREE > 0)
    rows = session.execute(
        select(VialSize.product_id, func.min(Price.unit_minor))
        .join(Price, Price.vial_size_id == VialSize.id)
        .join(Product, Product.id == VialSize.product_id)
        .where(Price.currency == currency, Price.from_quantity == 1, can_be_had.exists())
        .group_by(VialSize.product_id)
    )
    return dict(rows.all())


def _last_releases(session: Session) -> Mapping[int, datetime]:
    """When a lot was last released, by product."""
    rows = session.execute(
        select(VialSize.product_id, func.max(LotEvent.at))
        .join(Lot, Lot.vial_size_id == VialSize.id)
        .join(LotEvent, LotEvent.lot_id == Lot.id)
        .where(LotEvent.to_state == LotState.RELEASED)
        .group_by(VialSize.product_id)
    )
    return dict(rows.all())


def _place(candidate: _Candidate, sort: Sort) -> tuple[bool, Decimal, str, int]:
    """Where a product stands in an order; what has no value for it comes last, then by name."""
    value: Decimal | None = Decimal(0)
    if sort == Sort.PRICE:
        value = Decimal(candidate.price_minor) if candidate.price_minor is not None else None
    elif sort == Sort.MOLAR_MASS:
        value = _molar_mass(candidate.peptide) if candidate.peptide else None
    elif sort == Sort.NEWEST_LOT:
        value = Decimal(-candidate.newest_lot.timestamp()) if candidate.newest_lot else None
    return value is None, value or Decimal(0), candidate.name.casefold(), candidate.id


@lru_cache(maxsize=4096)
def _molar_mass(peptide: Peptide) -> Decimal:
    return average_mass(composition(peptide))


def _rows(session: Session, shown: Sequence[_Candidate], ship: ShipDates) -> Iterable[ListedProduct]:
    ids = [each.id for each in shown]
    products = {
        product.id: product
        for product in session.scalars(
            select(Product).where(Product.id.in_(ids)).options(selectinload(Product.sizes))
        )
    }
    lots = lots_on_list(session, ids)
    first = {
        product.id: first_to_ship(lots[product.id], ship.of(cold_chain=product.cold_chain))
        for product in products.values()
    }
    loaded = released_lots.with_certificates(session, [lot.id for lot in first.values() if lot])
    for each in shown:
        product, bare = products[each.id], first[each.id]
        lot = loaded[bare.id] if bare else None
        certificate = certificates.current(lot) if lot else None
        peptide = substance.peptide(product.compound)
        yield ListedProduct(
            product=product,
            molar_mass=_molar_mass(peptide) if peptide else None,
            shelf=shelf_of(lots[each.id], ship.of(cold_chain=product.cold_chain)),
            lot=lot,
            certificate=certificate,
            result=released_lots.headline(certificate),
            price_minor=each.price_minor,
        )
