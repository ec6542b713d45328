"""What has left of an order, parcel by parcel, and what of it will not be sent."""

from __future__ import annotations

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.core.errors import Refused
from shop.core.identity import random_reference
from shop.core.language import gettext as _
from shop.ordering import arrivals, cancelled_vials, whole_order
from shop.ordering.arrivals import ParcelArrival
from shop.ordering.cancel_reasons import CancelReason
from shop.ordering.models import Order, OrderLine, Shipment
from shop.ordering.picking import PickRow
from shop.web.staff import access, frame, parcel_documents
from shop.web.staff.forms import CancelVialsForm
from shop.web.visitor import say

TOLD_OF_VIALS_OUT = frozenset({"part-cancelled", "rest-cancelled", "decided", "waited-for-lot"})
"""Kinds of events after which vials may be out of an order."""


def ordered(session: Session, order: Order) -> list[dict[str, object]]:
    """Each line with how much of it has left and how much will not be sent."""
    told = any(event.kind in TOLD_OF_VIALS_OUT for event in order.events)
    out = cancelled_vials.of_order(session, order) if told else {}
    return [{"line": line, "sent": _sent(line), "cancelled": out.get(line.id, 0)} for line in order.lines]


def sent(session: Session, order: Order) -> list[dict[str, object]]:
    """The parcels, newest first."""
    if not order.shipments:
        return []
    arrived = arrivals.of_shipments(session, [shipment.id for shipment in order.shipments])
    return [_parcel(shipment, arrived.get(shipment.id)) for shipment in reversed(order.shipments)]


def _parcel(shipment: Shipment, arrived: ParcelArrival | None) -> dict[str, object]:
    return {
        "number": shipment.number,
        "arrived": arrived,
        "tracking_link": arrivals.tracking_link(shipment.carrier, shipment.tracking),
        "papers": parcel_documents.of_parcel(
            shipment.order, shipment.number, dry_ice=bool(shipment.dry_ice_g)
        ),
        "shipment": shipment,
        "reference": shipment.reference,
        "lines": [{"lot": line.lot.number, "quantity": line.quantity} for line in shipment.lines],
    }


def _sent(line: OrderLine) -> int:
    return sum(each.quantity for each in line.reservations if each.state.value == "shipped")


def cancel_vials(number: str) -> AnyResponse:
    """Take vials that have not left out of the order."""
    form, refusal = CancelVialsForm(request.form), ""
    if request.method == "POST" and form.validate():
        try:
            with frame.building() as session:
                order = whole_order.load(session, number).order
                order_id, wanted = order.id, _wanted(order)
            new = cancelled_vials.cancel_vials(
                order_id,
                wanted,
                code=CancelReason(form.code.data),
                reason=str(form.reason.data),
                cause=str(form.once.data),
                staff=access.signed_in_staff(),
            )
        except Refused as error:
            refusal = str(error)
        else:
            say(
                _("Taken out of the order. The vials are back on sale, and the buyer is told by mail.")
                if new
                else _("This was done before. Nothing was changed.")
            )
            return redirect(url_for("staff.order", number=number), 303)
    failed = request.method == "POST"
    if not form.once.data:
        form.once.data = random_reference()
    with frame.building() as session:
        whole = whole_order.load(session, number)
        return frame.page(
            session,
            "cancel_vials",
            section="orders",
            status=400 if failed else 200,
            has_errors=failed,
            order=whole.order,
            form=form,
            refusal=refusal,
            lines=_open_lines(whole.picks),
        )


def _open_lines(rows: list[PickRow]) -> list[dict[str, object]]:
    """What can be taken out, by order line."""
    lines: dict[int, OrderLine] = {row.line.id: row.line for row in rows}
    return [
        {
            "line": line,
            "name": f"line-{line.id}",
            "value": request.form.get(f"line-{line.id}", "")[:6],
            "free": sum(row.missing for row in rows if row.line.id == line.id),
            "picked": sum(row.picked_vials for row in rows if row.line.id == line.id),
        }
        for line in sorted(lines.values(), key=lambda each: each.position)
    ]


def _wanted(order: Order) -> dict[int, int]:
    """How many vials were entered, by line.

    Raises:
        Refused: what was entered is not a number.
    """
    found = {}
    for line in order.lines:
        text = request.form.get(f"line-{line.id}", "").strip() or "0"
        if not (text.isascii() and text.isdigit() and len(text) <= 6):
            raise Refused(_("%(title)s: enter a whole number of vials.", title=line.title))
        found[line.id] = int(text)
    return found
