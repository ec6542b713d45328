"""Vials that come back from a buyer: into quarantine, in the lot they came from, never straight to sale."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.core import audit, clock
from shop.core.audit import invariant
from shop.core.database import writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.inventory import ledger
from shop.inventory.models import MovementKind, StockMovement
from shop.ordering import states
from shop.ordering.models import Order, ReturnedVials, Shipment, ShipmentLine
from shop.ordering.return_models import ON_THE_WAY, ReturnLine, ReturnRequest
from shop.people.staff import SignedInStaff


def take_back(
    order_id: int, shipment_line_id: int, vials: int, *, cause: str, staff: SignedInStaff, reason: str
) -> bool:
    """Take vials of a parcel back; returns False when this request was carried out before.

    Args:
        cause: names the request.

    Raises:
        Refused: more would come back than was sent, or no reason is given.
        NotFound: the order sent no such vials.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    if vials < 1:
        raise Refused(_("Enter how many vials came back."))
    with writing() as session:
        order = states.lock(session, order_id)
        sent = session.scalar(
            select(ShipmentLine)
            .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
            .where(ShipmentLine.id == shipment_line_id, Shipment.order_id == order.id)
        )
        if sent is None:
            raise NotFound(_("This order sent no such vials."))
        named = f"order/{order.reference}/return/{cause}"
        if session.scalar(select(ReturnedVials.id).where(ReturnedVials.cause == named)) is not None:
            return False
        asked = on_the_way(session, [sent.id])[sent.id]
        left = sent.quantity - returned(session, [sent.id])[sent.id] - asked
        if vials > left and asked:
            raise Refused(
                ngettext(
                    "%(num)s vial of lot %(lot)s is in a return that the buyer asked for. Book it there.",
                    "%(num)s vials of lot %(lot)s are in returns that the buyer asked for. Book them there.",
                    asked,
                    lot=sent.lot.number,
                )
            )
        if vials > left:
            raise Refused(
                ngettext(
                    "Only %(num)s vial of lot %(lot)s is still with the buyer.",
                    "Only %(num)s vials of lot %(lot)s are still with the buyer.",
                    left,
                    lot=sent.lot.number,
                )
            )
        book(session, order, sent, vials, cause=named, staff=staff, reason=reason)
        return True


def book(
    session: Session,
    order: Order,
    sent: ShipmentLine,
    vials: int,
    *,
    cause: str,
    staff: SignedInStaff,
    reason: str,
) -> None:
    """Write that vials of a locked order came back, into the quarantine of their lot."""
    session.add(
        ReturnedVials(
            shipment_line_id=sent.id,
            quantity=vials,
            cause=cause,
            at=clock.now(),
            actor=staff.actor,
            reason=reason,
        )
    )
    ledger.move(
        session,
        lot_id=sent.lot_id,
        kind=MovementKind.RETURN,
        quantity=vials,
        cause=cause,
        line=sent.id,
        actor=staff.actor,
        reason=reason,
    )
    note = _("%(vials)s of lot %(lot)s: %(why)s", vials=vials, lot=sent.lot.number, why=reason)
    states.tell(session, order.id, actor=staff.actor, kind="returned", note=note)
    audit.log(
        session,
        actor=staff.actor,
        action="order.return",
        subject=f"order/{order.number}",
        after={"lot": sent.lot.number, "vials": vials},
        reason=reason,
    )


def on_the_way(session: Session, shipment_line_ids: list[int]) -> dict[int, int]:
    """How many vials of each shipment line are in requests that have not arrived. One query."""
    rows = session.execute(
        select(ReturnLine.shipment_line_id, func.sum(ReturnLine.quantity))
        .join(ReturnRequest, ReturnRequest.id == ReturnLine.request_id)
        .where(ReturnLine.shipment_line_id.in_(shipment_line_ids), ReturnRequest.state.in_(ON_THE_WAY))
        .group_by(ReturnLine.shipment_line_id)
    )
    found = {line_id: int(vials) for line_id, vials in rows}
    return {line_id: found.get(line_id, 0) for line_id in shipment_line_ids}


def returned(session: Session, shipment_line_ids: list[int]) -> dict[int, int]:
    """How many vials of each shipment line have come back. One query."""
    rows = session.execute(
        select(ReturnedVials.shipment_line_id, func.sum(ReturnedVials.quantity))
        .where(ReturnedVials.shipment_line_id.in_(shipment_line_ids))
        .group_by(ReturnedVials.shipment_line_id)
    )
    found = {line_id: int(vials) for line_id, vials in rows}
    return {line_id: found.get(line_id, 0) for line_id in shipment_line_ids}


@invariant("I44", "No more vials came back than were sent, and each return is in the ledger of its lot")
def _returns_were_sent(session: Session) -> Iterator[str]:
    back = (
        select(ReturnedVials.shipment_line_id, func.sum(ReturnedVials.quantity).label("quantity"))
        .group_by(ReturnedVials.shipment_line_id)
        .subquery()
    )
    rows = session.execute(
        select(ShipmentLine.id, ShipmentLine.quantity, back.c.quantity)
        .join(back, back.c.shipment_line_id == ShipmentLine.id)
        .where(back.c.quantity > ShipmentLine.quantity)
    )
    for line_id, sent, came in rows:
        yield f"shipment line {line_id}: {sent} vials were sent, {came} came back"
    unwritten = session.scalars(
        select(ReturnedVials.cause)
        .join(ShipmentLine, ShipmentLine.id == ReturnedVials.shipment_line_id)
        .where(
            ~select(StockMovement.id)
            .where(
                StockMovement.cause == ReturnedVials.cause,
                StockMovement.kind == MovementKind.RETURN,
                StockMovement.lot_id == ShipmentLine.lot_id,
                StockMovement.quantity == ReturnedVials.quantity,
            )
            .exists()
        )
    )
    for cause in unwritten:
        yield f"{cause} is not in the ledger of its lot"
    strays = session.scalars(
        select(StockMovement.cause).where(
            StockMovement.kind == MovementKind.RETURN,
            StockMovement.cause.not_in(select(ReturnedVials.cause)),
        )
    )
    for cause in strays:
        yield f"{cause} is in the ledger, but no parcel knows of it"
