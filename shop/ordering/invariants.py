"""What must always be true of orders; each is one query, run by `aliquot audit` and after every test."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from shop.attestations.models import AttestationRecord, Outcome
from shop.core.audit import invariant
from shop.inventory.models import (
    CertificateRevision,
    Lot,
    LotEvent,
    LotState,
    MovementKind,
    Reservation,
    ReservationState,
    StockMovement,
)
from shop.ordering.cancelled_vials import CancelledVials
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
            # A row may have been parted since: some of its vials left, or were cancelled.
            func.sum(Reservation.quantity),
        )
        .join(Reservation, Reservation.order_line_id == OrderLine.id)
        .join(Lot, Lot.id == Reservation.lot_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Reservation.created_at == Order.placed_at)
        .group_by(OrderLine.id, Lot.id)
    )
    for order_id, sku, ordered, unit, lot, vials in rows:
        found.setdefault(order_id, []).append((sku, ordered, unit, lot, int(vials)))
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


@invariant(
    "I11",
    "The vials kept for each line are those ordered and not cancelled, until the order is cancelled",
)
def _lines_are_filled(session: Session) -> Iterator[str]:
    kept = (
        select(Reservation.order_line_id, func.sum(Reservation.quantity).label("quantity"))
        .where(Reservation.state != ReservationState.RELEASED)
        .group_by(Reservation.order_line_id)
        .subquery()
    )
    taken_out = (
        select(CancelledVials.order_line_id, func.sum(CancelledVials.quantity).label("quantity"))
        .group_by(CancelledVials.order_line_id)
        .subquery()
    )
    quantity = func.coalesce(kept.c.quantity, 0)
    rows = session.execute(
        select(
            Order.id,
            OrderLine.position,
            OrderLine.quantity - func.coalesce(taken_out.c.quantity, 0),
            quantity,
            Order.fulfilment_state,
        )
        .join(OrderLine, OrderLine.order_id == Order.id)
        .outerjoin(kept, kept.c.order_line_id == OrderLine.id)
        .outerjoin(taken_out, taken_out.c.order_line_id == OrderLine.id)
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


@invariant(
    "I160", "An order counts as shipped when nothing of it is left to send, and as part-shipped before"
)
def _shipped_means_gone(session: Session) -> Iterator[str]:
    waiting = (
        select(OrderLine.order_id, func.count().label("rows"))
        .join(Reservation, Reservation.order_line_id == OrderLine.id)
        .where(Reservation.state.in_((ReservationState.HELD, ReservationState.ALLOCATED)))
        .group_by(OrderLine.order_id)
        .subquery()
    )
    parcels = (
        select(
            Shipment.order_id,
            func.count().label("parcels"),
            func.max(Shipment.number).label("last"),
        )
        .group_by(Shipment.order_id)
        .subquery()
    )
    left, sent = func.coalesce(waiting.c.rows, 0), func.coalesce(parcels.c.parcels, 0)
    rows = session.execute(
        select(Order.id, Order.fulfilment_state, left, sent, func.coalesce(parcels.c.last, 0))
        .outerjoin(waiting, waiting.c.order_id == Order.id)
        .outerjoin(parcels, parcels.c.order_id == Order.id)
        .where(
            ((Order.fulfilment_state == FulfilmentState.SHIPPED) & ((left > 0) | (sent == 0)))
            | ((Order.fulfilment_state == FulfilmentState.PART_SHIPPED) & ((left == 0) | (sent == 0)))
            | (
                Order.fulfilment_state.in_(
                    (FulfilmentState.HELD, FulfilmentState.TO_PICK, FulfilmentState.CANCELLED)
                )
                & (sent > 0)
            )
            | (sent != func.coalesce(parcels.c.last, 0))
        )
    )
    for order_id, state, open_rows, count, last in rows:
        yield (
            f"order {order_number(order_id)} is {state.value}: {open_rows} rows wait to be sent, "
            f"{count} parcels, the last numbered {last}"
        )


@invariant("I161", "Vials taken out of an order went back to the lot they were kept in, by the ledger")
def _cancelled_vials_are_in_the_ledger(session: Session) -> Iterator[str]:
    cancelled = session.execute(
        select(CancelledVials.cause, CancelledVials.lot_id, func.sum(CancelledVials.quantity))
        # What no lot had any more was in no lot, and goes back to none.
        .where(CancelledVials.lot_id.is_not(None))
        .group_by(CancelledVials.cause, CancelledVials.lot_id)
    ).all()
    moved: dict[tuple[str, int], int] = {}
    for cause, lot_id, quantity in session.execute(
        select(StockMovement.cause, StockMovement.lot_id, StockMovement.quantity).where(
            StockMovement.kind == MovementKind.UNALLOCATE, StockMovement.cause.contains("/cancel-vials/")
        )
    ):
        # The last part of the cause names the reservation.
        key = (cause.rpartition("/")[0], lot_id)
        moved[key] = moved.get(key, 0) + quantity
    for cause, of_lot, quantity in cancelled:
        back = moved.pop((cause, of_lot or 0), 0)
        if back != quantity:
            yield f"{cause}: {quantity} vials were taken out of the order, {back} went back to their lot"
    for (cause, _lot), back in moved.items():
        yield f"{cause}: {back} vials went back to a lot, and no order knows of it"


@invariant("I97", "The shares of the lines in discount and tax are those of the order's charges")
def _shares_add_up(session: Session) -> Iterator[str]:
    shares = (
        select(
            OrderLine.order_id,
            func.sum(OrderLine.discount_minor).label("discount"),
            func.sum(OrderLine.tax_minor).label("tax"),
        )
        .group_by(OrderLine.order_id)
        .subquery()
    )
    taken_off = func.sum(case((OrderCharge.kind == ChargeKind.DISCOUNT, -OrderCharge.amount_minor), else_=0))
    taxed = func.sum(case((OrderCharge.kind == ChargeKind.TAX, OrderCharge.amount_minor), else_=0))
    rows = session.execute(
        select(OrderCharge.order_id, taken_off, taxed, shares.c.discount, shares.c.tax)
        .join(shares, shares.c.order_id == OrderCharge.order_id)
        .group_by(OrderCharge.order_id, shares.c.discount, shares.c.tax)
    )
    for order_id, discount, tax, discount_shares, tax_shares in rows:
        # Delivery may bear a part of the tax, so the lines bear at most all of it.
        if discount != discount_shares or tax_shares > tax:
            yield (
                f"order {order_number(order_id)}: discount {discount}, of its lines {discount_shares}; "
                f"tax {tax}, of its lines {tax_shares}"
            )
