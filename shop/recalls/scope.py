"""How far a recall reaches: the lots of a family, who was sent their vials, whose orders keep them.

Set-based throughout: the number of queries does not depend on the number of lots, orders or consignees.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CTE, ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.inventory.models import Lot, Reservation, ReservationState
from shop.ordering.models import (
    Cart,
    CartLine,
    FulfilmentState,
    Order,
    OrderLine,
    Shipment,
    ShipmentLine,
    order_number,
)

KEPT = (ReservationState.HELD, ReservationState.ALLOCATED)
"""Vials promised to an order and not sent."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What a recall would touch, in numbers."""

    consignees: int
    orders_sent: int
    vials_sent: int
    orders_open: int
    vials_kept: int
    carts: int


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Vials of one lot in one parcel: when, to whom, and how it travelled."""

    lot: str
    vials: int
    order_id: int
    order_number: str
    organisation_id: int
    organisation: str
    name: str
    email: str
    phone: str
    address: str
    country: str
    shipped_at: datetime
    carrier: str
    tracking: str


def lots_named(session: Session, numbers: Sequence[str]) -> list[Lot]:
    """The lots of some numbers, without regard to case.

    Raises:
        NotFound: names every number that is not a lot's.
    """
    wanted = list(dict.fromkeys(number.strip().upper() for number in numbers if number.strip()))
    possible = [number for number in wanted if number.isascii() and number.isprintable()]
    found = list(session.scalars(select(Lot).where(Lot.number.in_(possible)).order_by(Lot.number)))
    unknown = [number[:30] for number in wanted if number not in {lot.number for lot in found}]
    if unknown:
        raise NotFound(_("We have no lot %(lots)s. Check the label.", lots=", ".join(unknown[:20])))
    return found


def family(session: Session, lot_ids: Collection[int], *, whole: bool) -> list[int]:
    """The ids of lots with every lot split from them, however often; in order.

    Args:
        whole: begin at the bulk lots they come from, so that their sisters are reached as well.
    """
    start = _ancestors(lot_ids) if whole else None
    return sorted(session.scalars(select(_descendants(lot_ids, start).c.id)))


def ancestors(session: Session, lot_ids: Collection[int]) -> list[int]:
    """The ids of lots and of every bulk lot they come from."""
    return sorted(session.scalars(select(_ancestors(lot_ids).c.id)))


def _ancestors(lot_ids: Collection[int]) -> CTE:
    up = select(Lot.id, Lot.parent_lot_id).where(Lot.id.in_(lot_ids)).cte("up", recursive=True)
    # UNION and not UNION ALL: what was seen is not walked again, whatever the rows say.
    return up.union(select(Lot.id, Lot.parent_lot_id).join(up, Lot.id == up.c.parent_lot_id))


def _descendants(lot_ids: Collection[int], start: CTE | None) -> CTE:
    begin = select(Lot.id).where(Lot.id.in_(lot_ids)) if start is None else select(start.c.id)
    down = begin.cte("down", recursive=True)
    return down.union(select(Lot.id).join(down, Lot.parent_lot_id == down.c.id))


def reach(session: Session, lot_ids: Collection[int]) -> Reach:
    """What a recall of these lots would touch. Three queries."""
    people = contacts(lot_ids).subquery()
    # Every order has one contact, so their orders add up to all of them.
    consignees, orders_sent, vials = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(people.c.orders), 0),
            func.coalesce(func.sum(people.c.vials), 0),
        ).select_from(people)
    ).one()
    waiting = orders_waiting(lot_ids).subquery()
    open_orders, kept = session.execute(
        select(func.count(), func.coalesce(func.sum(waiting.c.vials), 0)).select_from(waiting)
    ).one()
    return Reach(
        consignees=consignees,
        orders_sent=int(orders_sent),
        vials_sent=int(vials),
        orders_open=open_orders,
        vials_kept=int(kept),
        carts=carts(session, lot_ids),
    )


def contacts(lot_ids: Collection[int]) -> Select[int, str, int, int, int, datetime]:
    """Each contact that was sent vials: organisation, address in lower case, last order, and sums."""
    email_key = func.lower(Order.email)
    return (
        select(
            Order.organisation_id.label("organisation_id"),
            email_key.label("email_key"),
            func.max(Order.id).label("last_order_id"),
            func.count(Order.id.distinct()).label("orders"),
            func.sum(ShipmentLine.quantity).label("vials"),
            func.max(Shipment.shipped_at).label("last_shipped_at"),
        )
        .select_from(ShipmentLine)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .join(Order, Order.id == Shipment.order_id)
        .where(ShipmentLine.lot_id.in_(lot_ids))
        .group_by(Order.organisation_id, email_key)
    )


def address_in_sql() -> ColumnElement[str]:
    """The delivery address of an order in one line."""
    text: ColumnElement[str] = func.coalesce(Order.address_line1, "")
    for part in (Order.address_line2, Order.postcode, Order.city, Order.region, Order.country):
        text = text + func.coalesce(", " + func.nullif(part, ""), "")
    return text


def people_listed(session: Session, lot_ids: Collection[int], *, at_most: int) -> list[tuple[str, str, int]]:
    """Organisation, contact and vials of the first consignees by organisation, for a preview."""
    people = contacts(lot_ids).subquery()
    rows = session.execute(
        select(Order.organisation, Order.name, people.c.vials)
        .join(people, people.c.last_order_id == Order.id)
        .order_by(Order.organisation, Order.name)
        .limit(at_most)
    )
    return [(organisation, name, int(vials)) for organisation, name, vials in rows]


def orders_waiting(lot_ids: Collection[int]) -> Select[int, int]:
    """Each order that keeps vials and has not been sent, with how many."""
    return (
        select(OrderLine.order_id.label("order_id"), func.sum(Reservation.quantity).label("vials"))
        .join(Reservation, Reservation.order_line_id == OrderLine.id)
        .where(Reservation.lot_id.in_(lot_ids), Reservation.state.in_(KEPT))
        .group_by(OrderLine.order_id)
    )


def open_orders(session: Session, lot_ids: Collection[int], *, at_most: int) -> list[tuple[Order, int]]:
    """The first orders that wait, by planned ship date, with the vials they keep."""
    waiting = orders_waiting(lot_ids).subquery()
    rows = session.execute(
        select(Order, waiting.c.vials)
        .join(waiting, waiting.c.order_id == Order.id)
        .order_by(Order.planned_ship_on, Order.id)
        .limit(at_most)
    )
    return [(order, int(vials)) for order, vials in rows]


def carts(session: Session, lot_ids: Collection[int]) -> int:
    """How many carts hold a size that these lots fill."""
    sizes = select(Lot.vial_size_id).where(Lot.id.in_(lot_ids))
    return (
        session.scalar(
            select(func.count(CartLine.cart_id.distinct()))
            .join(Cart, Cart.id == CartLine.cart_id)
            .where(CartLine.vial_size_id.in_(sizes))
        )
        or 0
    )


def deliveries(
    session: Session,
    lot_ids: Collection[int],
    *,
    organisation_ids: Collection[int] | None = None,
    at_most: int | None = None,
) -> list[Delivery]:
    """Every parcel that held vials of these lots, oldest first. One query."""
    asked = (
        select(
            Lot.number,
            ShipmentLine.quantity,
            Order.id,
            Order.organisation_id,
            Order.organisation,
            Order.name,
            Order.email,
            Order.phone,
            address_in_sql(),
            Order.country,
            Shipment.shipped_at,
            Shipment.carrier,
            Shipment.tracking,
        )
        .select_from(ShipmentLine)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .join(Order, Order.id == Shipment.order_id)
        .join(Lot, Lot.id == ShipmentLine.lot_id)
        .where(ShipmentLine.lot_id.in_(lot_ids))
        .order_by(Shipment.shipped_at, ShipmentLine.id)
        .limit(at_most)
    )
    if organisation_ids is not None:
        asked = asked.where(Order.organisation_id.in_(organisation_ids))
    return [
        Delivery(
            lot=row[0],
            vials=row[1],
            order_id=row[2],
            order_number=order_number(row[2]),
            organisation_id=row[3],
            organisation=row[4],
            name=row[5],
            email=row[6],
            phone=row[7],
            address=row[8],
            country=row[9],
            shipped_at=row[10],
            carrier=row[11],
            tracking=row[12],
        )
        for row in session.execute(asked)
    ]


def still_open(order: Order) -> bool:
    """Whether an order has neither been sent nor cancelled."""
    return order.fulfilment_state not in (FulfilmentState.SHIPPED, FulfilmentState.CANCELLED)
