"""One screen from a lot to everyone who has it and from an order back; and the register of a lot."""

from __future__ import annotations

from flask import Response, url_for

from shop.core.database import reading
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.ordering.models import order_id_of
from shop.recalls import trace
from shop.recalls.scope import Delivery
from shop.web.staff import frame, listing, tables, words
from shop.web.staff.tables import Cell

REGISTER_SHOWN = 2_000


def show() -> Response:
    """A lot number leads forward, an order number back."""
    asked = listing.words()
    forward, backward, refusal = None, None, ""
    with frame.building() as session:
        try:
            if order_id_of(asked.lstrip("#")) is not None:
                backward = trace.backward(session, asked)
            elif asked:
                forward = trace.forward(session, asked)
        except NotFound as error:
            refusal = str(error)
        return frame.page(
            session,
            "trace",
            section="trace",
            status=404 if refusal else 200,
            has_errors=bool(refusal),
            asked=asked,
            forward=forward,
            backward=backward,
            refusal=refusal,
            file_url=url_for("staff.trace_file", q=asked) if forward else "",
            shown=trace.DELIVERIES_SHOWN,
        )


HEADS = (
    "Lot",
    "Vials",
    "Order",
    "Organisation",
    "Contact",
    "Email",
    "Address",
    "Sent",
    "Carrier",
    "Tracking",
)


def as_file() -> Response:
    """Every parcel with vials of a lot or of a lot split from it, as CSV."""
    asked = listing.words()
    with reading() as session:
        found = trace.all_deliveries(session, asked)
    return tables.as_file("trace.csv", HEADS, [_delivery(each) for each in found])


def _delivery(each: Delivery) -> tuple[Cell, ...]:
    return (
        each.lot,
        each.vials,
        each.order_number,
        each.organisation,
        each.name,
        each.email,
        each.address,
        each.shipped_at,
        each.carrier,
        each.tracking,
    )


def register(lot: str) -> Response:
    """The register of a lot, to print."""
    with frame.building() as session:
        found = trace.register(session, lot, at_most=REGISTER_SHOWN)
        return frame.page(
            session,
            "lot_register",
            section="lots",
            register=found,
            movements=[{"row": each, "kind": words.movement(each.kind)} for each in found.movements],
            events=[{"row": each, "state": words.lot_state(each.to_state).label} for each in found.events],
            shown=REGISTER_SHOWN,
            file_url=url_for("staff.lot_register_file", lot=found.lot.number),
        )


def register_file(lot: str) -> Response:
    """Every movement of a lot as CSV, each with the parcel and consignee where it was sent."""
    with reading() as session:
        found = trace.register(session, lot)
        heads = (
            _("Lot"),
            _("When"),
            _("What"),
            _("Vials"),
            _("On hand"),
            _("Reserved"),
            _("Allocated"),
            _("Cause"),
            _("Line"),
            _("By"),
            _("Reason"),
        )
        rows: list[tuple[Cell, ...]] = [
            (
                found.lot.number,
                each.at,
                each.kind.value,
                each.quantity,
                each.on_hand_change,
                each.reserved_change,
                each.allocated_change,
                each.cause,
                each.line,
                each.actor,
                each.reason,
            )
            for each in found.movements
        ]
        return tables.as_file(f"lot-{found.lot.number}-register.csv", heads, rows)
