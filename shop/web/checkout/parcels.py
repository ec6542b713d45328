"""The parcels of an order as its buyer sees them: what is in each, where it is, and what is not sent."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.core.language import gettext as _
from shop.ordering import arrivals, cancelled_vials, return_requests
from shop.ordering.models import FulfilmentState, Order
from shop.ordering.return_models import ReturnState


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


def returns_of(session: Session, order: Order) -> list[dict[str, object]]:
    """What the buyer asked to send back, newest first, with what they were told."""
    if not order.shipments:
        return []
    words = {
        ReturnState.REQUESTED: _("We have not answered yet. Do not send anything."),
        ReturnState.APPROVED: _("You may send it."),
        ReturnState.REFUSED: _("We do not take it back."),
        ReturnState.RECEIVED: _("It is here. We look at it."),
        ReturnState.INSPECTED: _("It is here, and we have looked at it."),
    }
    return [
        {
            "number": each.number,
            "state": words[each.state],
            "decision": each.decision,
            "lines": [{"lot": line.sent.lot.number, "vials": line.quantity} for line in each.lines],
        }
        for each in return_requests.of_order(session, order.id)
    ]


def not_sent(session: Session, order: Order, *, some_taken_out: bool) -> dict[str, list[tuple[str, int]]]:
    """By line: what is still to come, and what was taken out of the order."""
    out = cancelled_vials.of_order(session, order) if some_taken_out else {}
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
