"""The orders that staff work through: views of them, filters, and how many wait in each. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, func, not_, or_, select, true
from sqlalchemy.orm import Session

from shop.catalogue.models import Product, VialSize
from shop.core import clock
from shop.core.identity import name_key
from shop.inventory import availability
from shop.inventory.availability import Promise, sellable_on
from shop.inventory.models import Lot, LotHold, Reservation, ReservationState
from shop.ordering.models import (
    FulfilmentState,
    Order,
    OrderLine,
    PaymentMethod,
    PaymentState,
    ReviewState,
    Shipment,
    ShipmentLine,
    order_id_of,
)
from shop.ordering.picking import PICKING
from shop.people.models import Organisation

PAGE_SIZE = 50


class View(StrEnum):
    """A kept question about orders."""

    TO_PACK = "to-pack"
    TO_SHIP = "to-ship"
    APPROVAL = "approval"
    ON_HOLD = "on-hold"
    PART_SHIPPED = "part-shipped"
    PAYMENT_DUE = "payment-due"
    SHIPPED = "shipped"
    ALL = "all"


class Sort(StrEnum):
    """In which order they are listed."""

    SHIP_DATE = "ship-date"
    NEWEST = "newest"


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What to list. `words`: an order number, or part of an organisation's name or purchase order number."""

    view: View = View.TO_PACK
    words: str = ""
    method: PaymentMethod | None = None
    ship_by: date | None = None
    sort: Sort = Sort.SHIP_DATE


@dataclass(frozen=True, kw_only=True)
class QueueRow:
    """One order in the list."""

    order: Order
    vials: int
    stopped_lots: int
    """Lots kept for it that may not leave any more."""
    cold: bool
    """Whether something still to be sent is shipped cold."""


@dataclass(frozen=True, kw_only=True)
class QueuePage:
    """Some of the orders found, and how many there are in all."""

    rows: Sequence[QueueRow]
    total: int
    number: int

    @property
    def first(self) -> int:
        """Place of the first one shown, counted from 1."""
        return (self.number - 1) * PAGE_SIZE + 1


@dataclass(frozen=True, kw_only=True)
class QueueCounts:
    """How many orders wait in each view that is work to do; `waiting` counts each order once."""

    of_view: dict[View, int]
    waiting: int


_OPEN = (
    FulfilmentState.HELD,
    FulfilmentState.TO_PICK,
    FulfilmentState.PACKED,
    FulfilmentState.PART_SHIPPED,
)
_KEPT = (ReservationState.HELD, ReservationState.ALLOCATED)
_WORK = (View.TO_PACK, View.TO_SHIP, View.APPROVAL, View.ON_HOLD)


def _stopped_lots() -> ScalarSelect[int]:
    return (
        select(func.count())
        .select_from(Reservation)
        .join(OrderLine, OrderLine.id == Reservation.order_line_id)
        .join(Lot, Lot.id == Reservation.lot_id)
        .where(OrderLine.order_id == Order.id, Reservation.state.in_(_KEPT), not_(sellable_on(clock.today())))
        .correlate(Order)
        .scalar_subquery()
    )


def _has_parcels() -> ColumnElement[bool]:
    return select(Shipment.id).where(Shipment.order_id == Order.id).correlate(Order).exists()


def _cold() -> ColumnElement[bool]:
    """Whether vials still to be sent are shipped cold."""
    return (
        select(Reservation.id)
        .join(OrderLine, OrderLine.id == Reservation.order_line_id)
        .join(VialSize, VialSize.id == OrderLine.vial_size_id)
        .join(Product, Product.id == VialSize.product_id)
        .where(OrderLine.order_id == Order.id, Reservation.state.in_(_KEPT), Product.cold_chain)
        .correlate(Order)
        .exists()
    )


def _vials() -> ScalarSelect[int]:
    return (
        select(func.sum(OrderLine.quantity))
        .where(OrderLine.order_id == Order.id)
        .correlate(Order)
        .scalar_subquery()
    )


def _belongs_to(view: View) -> ColumnElement[bool]:
    """Whether an order is in a view. A closed one waits for nobody, unless its money has to go back."""
    held = Order.fulfilment_state == FulfilmentState.HELD
    by_card = Order.payment_method == PaymentMethod.CARD
    conditions: dict[View, ColumnElement[bool]] = {
        View.TO_PACK: Order.fulfilment_state.in_(PICKING),
        View.TO_SHIP: Order.fulfilment_state == FulfilmentState.PACKED,
        View.APPROVAL: and_(held, Order.review_state == ReviewState.WAITING, ~by_card),
        View.ON_HOLD: or_(
            and_(held, Order.review_state == ReviewState.WAITING, by_card),
            and_(
                Order.review_state == ReviewState.NEEDS_DECISION,
                Order.payment_state.not_in((PaymentState.REFUNDED, PaymentState.NOT_PAYABLE)),
            ),
            and_(Order.fulfilment_state.in_(_OPEN), _stopped_lots() > 0),
        ),
        View.PART_SHIPPED: and_(Order.fulfilment_state.in_(_OPEN), _has_parcels()),
        View.PAYMENT_DUE: and_(held, by_card, Order.payment_state == PaymentState.DUE),
        View.SHIPPED: Order.fulfilment_state == FulfilmentState.SHIPPED,
        View.ALL: true(),
    }
    return conditions[view]


def counts(session: Session) -> QueueCounts:
    """How many orders wait, by view. One query, over open orders only."""
    counted = (*_WORK, View.PART_SHIPPED, View.PAYMENT_DUE)
    row = session.execute(
        select(
            *(func.count(case((_belongs_to(view), 1))) for view in counted),
            func.count(case((or_(*(_belongs_to(view) for view in _WORK)), 1))),
        )
        .select_from(Order)
        .where(or_(Order.fulfilment_state.in_(_OPEN), Order.review_state == ReviewState.NEEDS_DECISION))
    ).one()
    return QueueCounts(of_view=dict(zip(counted, row, strict=False)), waiting=row[-1])


def find(session: Session, filters: Filters, *, page: int) -> QueuePage:
    """One page of the orders that match. A page past the end is the last one. Two queries."""
    wanted = _matches(filters)
    total = session.scalar(select(func.count()).select_from(Order).where(*wanted)) or 0
    number = max(1, min(page, -(-total // PAGE_SIZE)))
    rows = _rows(session, filters, wanted, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    return QueuePage(rows=rows, total=total, number=number)


def find_all(session: Session, filters: Filters, *, at_most: int) -> list[QueueRow]:
    """Every order that matches, up to a number."""
    return _rows(session, filters, _matches(filters), limit=at_most, offset=0)


def _rows(
    session: Session, filters: Filters, wanted: list[ColumnElement[bool]], *, limit: int, offset: int
) -> list[QueueRow]:
    by_ship_date = (Order.planned_ship_on, Order.id)
    newest_first = (Order.placed_at.desc(), Order.id.desc())
    found = session.execute(
        select(Order, _vials(), _stopped_lots(), _cold())
        .where(*wanted)
        .order_by(*(by_ship_date if filters.sort == Sort.SHIP_DATE else newest_first))
        .limit(limit)
        .offset(offset)
    )
    return [
        QueueRow(order=order, vials=vials, stopped_lots=stopped, cold=cold)
        for order, vials, stopped, cold in found
    ]


def _matches(filters: Filters) -> list[ColumnElement[bool]]:
    wanted = [_belongs_to(filters.view)]
    if filters.method is not None:
        wanted.append(Order.payment_method == filters.method)
    if filters.ship_by is not None:
        wanted.append(Order.planned_ship_on <= filters.ship_by)
    if filters.words.strip():
        wanted.append(_named(filters.words))
    return wanted


def _named(words: str) -> ColumnElement[bool]:
    named = select(Organisation.id).where(Organisation.name_key.contains(name_key(words), autoescape=True))
    found = or_(
        Order.organisation_id.in_(named),
        func.lower(Order.po_number).contains(words.strip().lower(), autoescape=True),
    )
    order_id = order_id_of(words.strip().lstrip("#"))
    return found if order_id is None else or_(found, Order.id == order_id)


@dataclass(frozen=True, kw_only=True)
class OrderOfLot:
    """An order that has not been sent and keeps vials of a lot."""

    order: Order
    vials: int


def open_orders_of_lot(session: Session, lot_id: int) -> list[OrderOfLot]:
    """The orders that a change of this lot's state stops or lets go on, by planned ship date. One query."""
    found = session.execute(
        select(Order, func.sum(Reservation.quantity))
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Reservation, Reservation.order_line_id == OrderLine.id)
        .where(Reservation.lot_id == lot_id, Reservation.state.in_(_KEPT))
        .group_by(Order.id)
        .order_by(Order.planned_ship_on, Order.id)
    )
    return [OrderOfLot(order=order, vials=int(vials)) for order, vials in found]


def sent_of_lot(session: Session, lot_id: int) -> tuple[int, int]:
    """How many orders have received vials of a lot, and how many vials. One query."""
    orders, vials = session.execute(
        select(func.count(Shipment.order_id.distinct()), func.coalesce(func.sum(ShipmentLine.quantity), 0))
        .select_from(ShipmentLine)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .where(ShipmentLine.lot_id == lot_id)
    ).one()
    return orders, int(vials)


def promises_of_lots(session: Session, lot_ids: Sequence[int]) -> dict[int, list[Promise]]:
    """Who holds the reserved vials of some lots, and until when. Two queries."""
    found: dict[int, list[Promise]] = {lot_id: [] for lot_id in lot_ids}
    of_orders = (
        select(Reservation.lot_id, func.sum(Reservation.quantity), Order.held_until)
        .join(OrderLine, OrderLine.id == Reservation.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Reservation.lot_id.in_(lot_ids), Reservation.state == ReservationState.HELD)
        .group_by(Reservation.lot_id, Order.held_until)
    )
    of_holds = (
        select(LotHold.lot_id, func.sum(LotHold.left_vials), LotHold.until)
        .where(availability.standing_holds(lot_ids))
        .group_by(LotHold.lot_id, LotHold.until)
    )
    for query in (of_orders, of_holds):
        for lot_id, vials, until in session.execute(query):
            found[lot_id].append(Promise(vials=int(vials), until=until))
    return found
