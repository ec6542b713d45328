"""What must always be true of orders; each is one query, run by `aliquot audit` and after every test."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.attestations.models import AttestationRecord, Outcome
from shop.core.audit import invariant
from shop.inventory.models import (
    CertificateRevision,
    Lot,
    LotEvent,
    LotState,
    Reservation,
    ReservationState,
)
from shop.ordering.models import (
    ChargeKind,
    FulfilmentState,
    Order,
    OrderCharge,
    OrderLine,
    Shipment,
    ShipmentLine,
    order_number,
)


@invariant("I7", "Each order has one attestation, confirmed, signed over just its lines, prices and lots")
def _attested(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(Order.id, Order.reference, Order.total_minor, AttestationRecord).join(
            AttestationRecord, AttestationRecord.id == Order.attestation_id
        )
    ).all()
    lines = _lines_as_placed(session)
    for order_id, reference, total, record in rows:
        where = f"order {order_number(order_id)}"
        if record.order_reference != reference or record.outcome != Outcome.CONFIRMED:
            yield f"{where}: attestation {record.id} is not a confirmation of this order"
            continue
        signed = sorted(
            (line["sku"], line["quantity"], line["unit_minor"], lot["number"], lot["quantity"])
            for line in record.content["lines"]
            for lot in line["lots"]
        )
        if signed != sorted(lines.get(order_id, [])) or record.content["total_minor"] != total:
            yield f"{where}: what was attested is not what the order holds"


def _lines_as_placed(session: Session) -> dict[int, list[tuple[str, int, int, str, int]]]:
    found: dict[int, list[tuple[str, int, int, str, int]]] = {}
    rows = session.execute(
        select(
            OrderLine.order_id,
            OrderLine.sku,
            OrderLine.quantity,
            OrderLine.unit_minor,
            Lot.number,
            Reservation.quantity,
        )
        .join(Reservation, Reservation.order_line_id == OrderLine.id)
        .join(Lot, Lot.id == Reservation.lot_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Reservation.created_at == Order.placed_at)
    )
    for order_id, *line in rows:
        found.setdefault(order_id, []).append(tuple(line))  # type: ignore[arg-type]
    return found


@invariant("I9", "Each reservation names a certificate of its own lot that was published before it")
def _certificates_pinned(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(Reservation.id, Lot.number)
        .join(Lot, Lot.id == Reservation.lot_id)
        .join(CertificateRevision, CertificateRevision.id == Reservation.certificate_revision_id)
        .where(
            (CertificateRevision.lot_id != Reservation.lot_id)
            | CertificateRevision.published_at.is_(None)
            | (CertificateRevision.published_at > Reservation.created_at)
        )
    )
    for reservation_id, number in rows:
        yield f"reservation {reservation_id} of lot {number} names a certificate that did not apply"


@invariant("I10", "No vial was shipped from a lot after it was recalled")
def _nothing_recalled_was_shipped(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(Shipment.order_id, Lot.number)
        .join(ShipmentLine, ShipmentLine.shipment_id == Shipment.id)
        .join(Lot, Lot.id == ShipmentLine.lot_id)
        .join(LotEvent, (LotEvent.lot_id == Lot.id) & (LotEvent.to_state == LotState.RECALLED))
        .where(Shipment.shipped_at > LotEvent.at)
    )
    for order_id, number in rows:
        yield f"order {order_number(order_id)} was shipped from lot {number} after its recall"


@invariant("I11", "The vials kept for each line are as many as were ordered, until the order is cancelled")
def _lines_are_filled(session: Session) -> Iterator[str]:
    kept = (
        select(Reservation.order_line_id, func.sum(Reservation.quantity).label("quantity"))
        .where(Reservation.state != ReservationState.RELEASED)
        .group_by(Reservation.order_line_id)
        .subquery()
    )
    quantity = func.coalesce(kept.c.quantity, 0)
    rows = session.execute(
        select(Order.id, OrderLine.position, OrderLine.quantity, quantity, Order.fulfilment_state)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .outerjoin(kept, kept.c.order_line_id == OrderLine.id)
    )
    for order_id, position, ordered, held, state in rows:
        due = 0 if state == FulfilmentState.CANCELLED else ordered
        if held != due:
            yield f"order {order_number(order_id)}, line {position}: {held} vials are kept, {due} should be"


@invariant("I18", "The total of each order is the sum of its charges, and the items charge that of its lines")
def _totals_add_up(session: Session) -> Iterator[str]:
    charges = (
        select(OrderCharge.order_id, func.sum(OrderCharge.amount_minor).label("amount"))
        .group_by(OrderCharge.order_id)
        .subquery()
    )
    items = (
        select(OrderLine.order_id, func.sum(OrderLine.total_minor).label("amount"))
        .group_by(OrderLine.order_id)
        .subquery()
    )
    rows = session.execute(
        select(Order.id, Order.total_minor, charges.c.amount, items.c.amount, OrderCharge.amount_minor)
        .outerjoin(charges, charges.c.order_id == Order.id)
        .outerjoin(items, items.c.order_id == Order.id)
        .outerjoin(OrderCharge, (OrderCharge.order_id == Order.id) & (OrderCharge.kind == ChargeKind.ITEMS))
    )
    for order_id, total, charged, lines, items_charge in rows:
        if total != charged or lines != items_charge:
            yield (
                f"order {order_number(order_id)}: total {total}, charges {charged}, "
                f"lines {lines}, items charge {items_charge}"
            )


@invariant("I23", "What an order shipped is what was reserved for it")
def _shipments_match(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(Reservation.id, Reservation.state, ShipmentLine.quantity, Reservation.quantity)
        .outerjoin(ShipmentLine, ShipmentLine.reservation_id == Reservation.id)
        .where(
            ((Reservation.state == ReservationState.SHIPPED) & ShipmentLine.id.is_(None))
            | ((Reservation.state != ReservationState.SHIPPED) & ShipmentLine.id.is_not(None))
            | (ShipmentLine.quantity != Reservation.quantity)
        )
    )
    for reservation_id, state, shipped, reserved in rows:
        yield f"reservation {reservation_id} is {state.value}: {shipped} shipped, {reserved} reserved"
