"""What is in one parcel: of a shipment that has left, or of the box that is packed now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from shop.core import clock
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.inventory.models import CertificateRevision, Lot
from shop.ordering import parcel_notes, picking
from shop.ordering.models import FulfilmentState, Order, OrderLine, Shipment, ShipmentLine, order_number
from shop.ordering.picking import PickRow


@dataclass(frozen=True, kw_only=True)
class Row:
    """Vials of one lot, with the certificate the buyer relied on."""

    line: OrderLine
    lot: Lot
    certificate: CertificateRevision
    vials: int


@dataclass(frozen=True, kw_only=True)
class Contents:
    """A parcel, and what of its order is still to come."""

    order: Order
    number: int
    made_at: datetime
    rows: Sequence[Row]
    rest: Sequence[tuple[str, int]]
    gross_weight_g: int | None
    dry_ice_g: int | None

    @property
    def reference(self) -> str:
        """What the parcel is called, such as `10482-1`."""
        return f"{order_number(self.order.id)}-{self.number}"


def of_shipment(session: Session, shipment_id: int) -> Contents:
    """A parcel that has left.

    What is still to come is told as it is now.

    Raises:
        NotFound: there is no such parcel.
    """
    shipment = session.get(
        Shipment,
        shipment_id,
        options=[selectinload(Shipment.lines).joinedload(ShipmentLine.reservation)],
    )
    if shipment is None:
        raise NotFound(_("There is no such parcel."))
    order = shipment.order
    by_id = {line.id: line for line in order.lines}
    rows = [
        Row(
            line=by_id[each.reservation.order_line_id],
            lot=each.lot,
            certificate=each.reservation.certificate,
            vials=each.quantity,
        )
        for each in shipment.lines
    ]
    return Contents(
        order=order,
        number=shipment.number,
        made_at=shipment.shipped_at,
        rows=sorted(rows, key=lambda row: (row.line.position, row.lot.number)),
        rest=_rest([(row.line, row.reservation.quantity) for row in picking.pick_list(session, order)]),
        gross_weight_g=shipment.gross_weight_g,
        dry_ice_g=shipment.dry_ice_g,
    )


def of_box(session: Session, order: Order, kept: Sequence[PickRow] | None = None) -> Contents:
    """The box that is packed next: what is picked, or everything while nothing is.

    Args:
        kept: the pick list, where it has been read.
    """
    if kept is None:
        kept = picking.pick_list(session, order)
    part = any(row.picked_vials for row in kept)
    closed = order.fulfilment_state == FulfilmentState.PACKED
    box = parcel_notes.of_next(session, order) if closed else None
    rows = [
        Row(
            line=row.line,
            lot=row.lot,
            certificate=row.reservation.certificate,
            vials=row.picked_vials if part else row.reservation.quantity,
        )
        for row in kept
    ]
    return Contents(
        order=order,
        number=parcel_notes.next_number(order),
        made_at=clock.now(),
        rows=sorted((row for row in rows if row.vials), key=lambda row: (row.line.position, row.lot.number)),
        rest=_rest([(row.line, row.missing) for row in kept if row.missing] if part else []),
        gross_weight_g=box.gross_weight_g if box else None,
        dry_ice_g=box.dry_ice_g if box else None,
    )


def shipment_id_of(session: Session, order_id: int, number: int) -> int:
    """The shipment of a parcel's number.

    Raises:
        NotFound: no such parcel has left.
    """
    found = session.scalar(
        select(Shipment.id).where(Shipment.order_id == order_id, Shipment.number == number)
    )
    if found is None:
        raise NotFound(_("There is no such parcel."))
    return found


def _rest(parts: Sequence[tuple[OrderLine, int]]) -> list[tuple[str, int]]:
    found: dict[str, int] = {}
    for line, vials in parts:
        found[line.title] = found.get(line.title, 0) + vials
    return list(found.items())
