"""The parcels of an order as its buyer sees them: what is in each, where it is, and what is not sent."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.ordering import arrivals, cancelled_vials
from shop.ordering.models import FulfilmentState, Order


def of_order(session: Session, order: Order) -> list[dict[str, object]]:
    """The parcels that have left, oldest first."""
    arrived = arrivals.of_shipments(session, [shipment.id for shipment in order.shipments])
    return [
        {
            "number": shipment.number,
            "reference": shipment.reference,
            "left_at": shipment.shipped_at,
            "carrier": shipment.carrier,
            "tracking": shipment.tracking,
            "link": arrivals.tracking_link(shipment.carrier, shipment.tracking),
            "arrived": arrived.get(shipment.id),
            "lines": [{"lot": line.lot.number, "vials": line.quantity} for line in shipment.lines],
        }
        for shipment in order.shipments
    ]


def not_sent(session: Session, order: Order) -> dict[str, list[tuple[str, int]]]:
    """By line: what is still to come, and what was taken out of the order."""
    out = cancelled_vials.of_order(session, order)
    gone = order.fulfilment_state == FulfilmentState.CANCELLED
    waiting = [
        (
            line.title,
            sum(each.quantity for each in line.reservations if each.state.value in ("held", "allocated")),
        )
        for line in order.lines
    ]
    return {
        "waiting": [] if gone else [(title, vials) for title, vials in waiting if vials],
        "taken_out": [(line.title, out[line.id]) for line in order.lines if line.id in out],
    }
