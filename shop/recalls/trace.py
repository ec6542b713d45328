"""One screen: from a lot to everyone who has it, and from an order back to lots, bulk lots and certificates.

Also the register of a lot for an inspector: every movement and every parcel.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.inventory.models import (
    CertificateRevision,
    Lot,
    LotEvent,
    Reservation,
    StockMovement,
)
from shop.ordering.models import Order, OrderLine, order_id_of
from shop.recalls import scope, tracking
from shop.recalls.models import Recall
from shop.recalls.scope import Delivery, Reach

DELIVERIES_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class LotInFamily:
    """A lot with how it is related to the one asked for."""

    lot: Lot
    is_asked: bool
    is_parent: bool
    certificates: Sequence[CertificateRevision]


@dataclass(frozen=True, kw_only=True)
class ForwardTrace:
    """From a lot to everyone who has it."""

    lot: Lot
    family: Sequence[LotInFamily]
    reach: Reach
    deliveries: Sequence[Delivery]
    """The first ones; a file has them all."""
    waiting: Sequence[tuple[Order, int]]


@dataclass(frozen=True, kw_only=True)
class TracedVials:
    """Vials of an order, with the lot they come from and its bulk lots, nearest first."""

    line: OrderLine
    reservation: Reservation
    lot: Lot
    parents: Sequence[Lot]
    certificate: CertificateRevision
    certificates: Sequence[CertificateRevision]
    """Every published certificate of the lot and its bulk lots."""
    recall: Recall | None


@dataclass(frozen=True, kw_only=True)
class BackwardTrace:
    """From an order to lots, bulk lots and certificates."""

    order: Order
    vials: Sequence[TracedVials]


def forward(session: Session, number: str) -> ForwardTrace:
    """Everyone who has, or waits for, vials of a lot or of a lot split from it.

    Raises:
        NotFound: there is no such lot.
    """
    lot = _one(session, number)
    down = scope.family(session, [lot.id], whole=False)
    up = scope.ancestors(session, [lot.id])
    lots = list(session.scalars(select(Lot).where(Lot.id.in_({*down, *up})).order_by(Lot.filled_on, Lot.id)))
    certificates = _certificates(session, [each.id for each in lots])
    return ForwardTrace(
        lot=lot,
        family=[
            LotInFamily(
                lot=each,
                is_asked=each.id == lot.id,
                is_parent=each.id in up and each.id != lot.id,
                certificates=certificates[each.id],
            )
            for each in lots
        ],
        reach=scope.reach(session, down),
        deliveries=scope.deliveries(session, down, at_most=DELIVERIES_SHOWN),
        waiting=scope.open_orders(session, down, at_most=DELIVERIES_SHOWN),
    )


def all_deliveries(session: Session, number: str) -> list[Delivery]:
    """Every parcel with vials of a lot or of a lot split from it."""
    return scope.deliveries(session, scope.family(session, [_one(session, number).id], whole=False))


def backward(session: Session, number: str) -> BackwardTrace:
    """The lots of an order with their bulk lots and certificates.

    Raises:
        NotFound: there is no such order.
    """

    order = session.scalar(
        select(Order)
        .where(Order.id == order_id_of(number.strip().lstrip("#")))
        .options(
            selectinload(Order.lines).selectinload(OrderLine.reservations), selectinload(Order.shipments)
        )
    )
    if order is None:
        raise NotFound(_("There is no order %(number)s. Check the number.", number=number[:20]))
    kept = [
        (line, each) for line in order.lines for each in line.reservations if each.state.value != "released"
    ]
    lot_ids = {each.lot_id for _line, each in kept}
    lots = {
        lot.id: lot
        for lot in session.scalars(select(Lot).where(Lot.id.in_(scope.ancestors(session, lot_ids))))
    }
    certificates = _certificates(session, list(lots))
    recalls = tracking.of_lots(session, list(lots))
    return BackwardTrace(
        order=order,
        vials=[
            TracedVials(
                line=line,
                reservation=each,
                lot=lots[each.lot_id],
                parents=(parents := _parents(lots, each.lot_id)),
                certificate=each.certificate,
                certificates=[one for lot in (lots[each.lot_id], *parents) for one in certificates[lot.id]],
                recall=recalls.get(each.lot_id),
            )
            for line, each in kept
        ],
    )


def _parents(lots: dict[int, Lot], lot_id: int) -> list[Lot]:
    found: list[Lot] = []
    parent = lots.get(lots[lot_id].parent_lot_id or 0)
    while parent is not None and parent not in found:
        found.append(parent)
        parent = lots.get(parent.parent_lot_id or 0)
    return found


def _one(session: Session, number: str) -> Lot:
    found = scope.lots_named(session, [number])
    if not found:
        raise NotFound(_("Enter a lot number or an order number."))
    return found[0]


def _certificates(session: Session, lot_ids: Sequence[int]) -> dict[int, list[CertificateRevision]]:
    found: dict[int, list[CertificateRevision]] = defaultdict(list)
    for each in session.scalars(
        select(CertificateRevision)
        .where(CertificateRevision.lot_id.in_(lot_ids), CertificateRevision.published_at.is_not(None))
        .order_by(CertificateRevision.revision)
    ):
        found[each.lot_id].append(each)
    return found


@dataclass(frozen=True, kw_only=True)
class Register:
    """Everything on file about one lot, for an inspector."""

    lot: Lot
    parent: Lot | None
    certificates: Sequence[CertificateRevision]
    events: Sequence[LotEvent]
    movements: Sequence[StockMovement]
    deliveries: Sequence[Delivery]
    movements_total: int


def register(session: Session, number: str, *, at_most: int | None = None) -> Register:
    """The register of a lot, oldest first. Six queries.

    Raises:
        NotFound: there is no such lot.
    """
    lot = _one(session, number)
    return Register(
        lot=lot,
        parent=session.get(Lot, lot.parent_lot_id) if lot.parent_lot_id else None,
        certificates=list(
            session.scalars(
                select(CertificateRevision)
                .where(CertificateRevision.lot_id == lot.id)
                .options(joinedload(CertificateRevision.laboratory))
                .order_by(CertificateRevision.revision)
            )
        ),
        events=list(session.scalars(select(LotEvent).where(LotEvent.lot_id == lot.id).order_by(LotEvent.id))),
        movements=list(
            session.scalars(
                select(StockMovement)
                .where(StockMovement.lot_id == lot.id)
                .order_by(StockMovement.id)
                .limit(at_most)
            )
        ),
        deliveries=scope.deliveries(session, [lot.id], at_most=at_most),
        movements_total=session.scalar(
            select(func.count()).select_from(StockMovement).where(StockMovement.lot_id == lot.id)
        )
        or 0,
    )
