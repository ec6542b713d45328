"""What becomes of the vials that are refunded: back on sale, set apart, written off, or nothing.

A person chooses for each line. What cannot be done is refused in words, and what is done stands in the ledger
by the same transaction. The vials of a refund are, in this order of the question:

- of a return: what came back by it and was looked at.
- else: what came back without a return request, and what has not left.

Only what has not left goes back on sale. A vial that has left the store is never sold again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import String, case, cast, func, select
from sqlalchemy.orm import Session

from shop.core.audit import invariant
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.inventory import ledger, reservations
from shop.inventory.models import Lot, MovementKind, Reservation, StockMovement
from shop.ordering import cancelled_vials, picking, return_requests, states
from shop.ordering.cancel_reasons import CancelReason
from shop.ordering.cancelled_vials import CancelledVials
from shop.ordering.models import FulfilmentState, Order, OrderLine, ReturnedVials, ShipmentLine, order_number
from shop.ordering.return_models import Finding, ReturnFinding, ReturnLine, ReturnRequest, ReturnState
from shop.payments.models import Refund, RefundLine, Restock, RestockedVials


@dataclass(frozen=True, kw_only=True)
class Source:
    """Vials of one lot that a refund can decide about: not sent, or back, with what was found of them."""

    lot_id: int
    vials: int
    returned_id: int | None = None
    finding: Finding | None = None

    def movement(self, choice: Restock) -> MovementKind | None:
        """The movement that carries a choice out; None where the ledger has it already."""
        if self.returned_id is None:
            return _OUT_OF_THE_ORDER[choice]
        if self.finding == Finding.WRITE_OFF:
            return None
        return _OUT_OF_QUARANTINE[choice]


_OUT_OF_THE_ORDER = {
    Restock.TO_SHELF: MovementKind.UNALLOCATE,
    Restock.QUARANTINE: MovementKind.QUARANTINE,
    Restock.WRITE_OFF: MovementKind.WRITE_OFF,
}
_OUT_OF_QUARANTINE = {
    Restock.QUARANTINE: None,
    Restock.WRITE_OFF: MovementKind.DISCARD,
}


def fits(source: Source, choice: Restock) -> bool:
    """Whether vials of a source can become what was chosen. Pure."""
    if source.returned_id is None:
        return choice != Restock.NONE
    if choice == Restock.QUARANTINE:
        return source.finding != Finding.WRITE_OFF
    return choice == Restock.WRITE_OFF


def draw(sources: Sequence[Source], choice: Restock, vials: int) -> list[Source] | None:
    """The vials to take for a choice, from the first sources that fit; None where there are too few. Pure.

    What the inspection meant for the choice comes first, so that what was to stay set apart is not written
    off while other vials were.
    """
    meant = {Restock.QUARANTINE: Finding.QUARANTINE, Restock.WRITE_OFF: Finding.WRITE_OFF}.get(choice)
    taken = []
    for source in sorted(
        (each for each in sources if fits(each, choice)),
        key=lambda each: (each.returned_id is None, each.finding != meant),
    ):
        part = min(vials, source.vials)
        if part:
            taken.append(replace(source, vials=part))
            vials -= part
    return None if vials else taken


def in_words(choice: Restock) -> str:
    """A choice as staff read it."""
    return {
        Restock.NONE: _("Vials stay where they are"),
        Restock.TO_SHELF: _("Vials go back on sale"),
        Restock.QUARANTINE: _("Vials are set apart"),
        Restock.WRITE_OFF: _("Vials are written off"),
    }[choice]


def sources(session: Session, order: Order, request: ReturnRequest | None) -> dict[int, list[Source]]:
    """By order line, the vials that a refund can decide about now. A few queries, however many lines."""
    found: dict[int, list[Source]] = {line.id: [] for line in order.lines}
    if request is not None:
        return found if request.state != ReturnState.INSPECTED else _inspected(session, request, found)
    if order.shipments:
        _back_without_request(session, order, found)
    if order.fulfilment_state in picking.PICKING:
        for row in picking.pick_list(session, order):
            if row.missing:
                found[row.line.id].append(Source(lot_id=row.lot.id, vials=row.missing))
    return found


def room(of_line: Sequence[Source]) -> dict[Restock, int]:
    """How many vials of a line can become each choice."""
    return {
        choice: sum(each.vials for each in of_line if fits(each, choice))
        for choice in Restock
        if choice != Restock.NONE
    }


def _back_without_request(session: Session, order: Order, found: dict[int, list[Source]]) -> None:
    rows = session.execute(
        select(Reservation.order_line_id, ShipmentLine.lot_id, ReturnedVials.id, ReturnedVials.quantity)
        .join(ShipmentLine, ShipmentLine.id == ReturnedVials.shipment_line_id)
        .join(Reservation, Reservation.id == ShipmentLine.reservation_id)
        .where(
            Reservation.order_line_id.in_(found),
            ReturnedVials.cause.startswith(f"order/{order.reference}/return/"),
        )
        .order_by(ReturnedVials.id)
    ).all()
    decided = _decided(session, [row.id for row in rows])
    for line_id, lot_id, returned_id, quantity in rows:
        left = quantity - decided.get((returned_id, None), 0)
        if left > 0:
            found[line_id].append(Source(lot_id=lot_id, vials=left, returned_id=returned_id))


def _inspected(
    session: Session, request: ReturnRequest, found: dict[int, list[Source]]
) -> dict[int, list[Source]]:
    rows = session.execute(
        select(
            ReturnLine.id,
            Reservation.order_line_id,
            ShipmentLine.lot_id,
            ReturnFinding.finding,
            ReturnFinding.quantity,
        )
        .join(ReturnLine, ReturnLine.id == ReturnFinding.return_line_id)
        .join(ShipmentLine, ShipmentLine.id == ReturnLine.shipment_line_id)
        .join(Reservation, Reservation.id == ShipmentLine.reservation_id)
        .where(ReturnLine.request_id == request.id)
        .order_by(ReturnFinding.id)
    ).all()
    causes = {return_requests.received_cause(request.order, line): line.id for line in request.lines}
    bookings = {
        causes[cause]: returned_id
        for returned_id, cause in session.execute(
            select(ReturnedVials.id, ReturnedVials.cause).where(ReturnedVials.cause.in_(causes))
        )
    }
    decided = _decided(session, list(bookings.values()))
    for return_line_id, line_id, lot_id, finding, quantity in rows:
        returned_id = bookings[return_line_id]
        left = quantity - decided.get((returned_id, finding), 0)
        if left > 0:
            found[line_id].append(Source(lot_id=lot_id, vials=left, returned_id=returned_id, finding=finding))
    return found


def _decided(session: Session, returned_ids: Sequence[int]) -> dict[tuple[int, Finding | None], int]:
    """How many vials of each booking earlier refunds decided about, by what had been found of them."""
    if not returned_ids:
        return {}
    rows = session.execute(
        select(RestockedVials.returned_id, RestockedVials.finding, func.sum(RestockedVials.quantity))
        .where(RestockedVials.returned_id.in_(returned_ids))
        .group_by(RestockedVials.returned_id, RestockedVials.finding)
    )
    return {(returned_id or 0, finding): int(vials) for returned_id, finding, vials in rows}


def carry_out(session: Session, order: Order, refund: Refund, *, actor: str) -> None:
    """Do with the vials of a refund just written what was chosen for each line, in the ledger of their lots.

    Raises:
        Refused: says which choice cannot be carried out, and why.
    """
    of_lines = {line.id: line for line in order.lines}
    found = sources(session, order, refund.return_request)
    drawn: list[tuple[RefundLine, Source]] = []
    for each in refund.lines:
        if each.restock == Restock.NONE or each.order_line_id is None or not each.quantity:
            continue
        line = of_lines[each.order_line_id]
        parts = draw(found[line.id], each.restock, each.quantity)
        if parts is None:
            raise Refused(_why_not(order, line, each.restock, room(found[line.id]), refund.return_request))
        drawn += [(each, part) for part in parts]
    if not drawn:
        return
    reservations.lock_lots(session, {part.lot_id for _line, part in drawn})
    _out_of_the_order(session, order, refund, drawn, actor=actor)
    for each, part in sorted(drawn, key=lambda pair: (pair[1].lot_id, pair[0].id)):
        if part.returned_id is not None:
            _out_of_quarantine(session, refund, each, part, actor=actor)


def _out_of_the_order(
    session: Session,
    order: Order,
    refund: Refund,
    drawn: Sequence[tuple[RefundLine, Source]],
    *,
    actor: str,
) -> None:
    """Vials that have not left: back to their lot, and from there to where they were chosen to go."""
    chosen: dict[int, RefundLine] = {}
    asked: dict[int, int] = {}
    for each, part in drawn:
        if part.returned_id is None and each.order_line_id is not None:
            chosen[each.order_line_id] = each
            asked[each.order_line_id] = asked.get(each.order_line_id, 0) + part.vials
    if not asked:
        return
    taken = cancelled_vials.take_out(
        session,
        order,
        asked,
        code=CancelReason.REFUNDED,
        reason=refund.reason,
        cause=f"refund-{refund.id}",
        actor=actor,
    )
    session.flush()
    for out in taken:
        if out.lot_id is None:
            raise reservations.LedgerDisagrees(f"vials of refund {refund.id} were kept in no lot")
        line = chosen[out.order_line_id]
        movement = _OUT_OF_THE_ORDER[line.restock]
        cause = f"{out.cause}/{out.id}"
        if movement != MovementKind.UNALLOCATE:
            move_free(
                session,
                out.lot_id,
                movement,
                out.quantity,
                cause=cause,
                line=out.order_line_id,
                actor=actor,
                reason=refund.reason,
            )
        session.add(
            RestockedVials(
                refund_line_id=line.id,
                lot_id=out.lot_id,
                quantity=out.quantity,
                movement=movement,
                cause=cause,
            )
        )


def after_cancelling(
    session: Session,
    order: Order,
    let_go: Sequence[Reservation],
    choices: Mapping[int, Restock],
    *,
    refund: Refund | None,
    reason: str,
    actor: str,
) -> None:
    """Vials let go with their whole order: set apart or written off where that was chosen, else on sale.

    Args:
        choices: by order line; a line that is not named goes back on sale.
        refund: of what was paid for the order; its lines name the choices.
    """
    lines = {each.order_line_id: each for each in refund.lines} if refund is not None else {}
    titles = {line.id: line.title for line in order.lines}
    elsewhere = []
    for gone in sorted(let_go, key=lambda each: (each.lot_id, each.id)):
        choice = choices.get(gone.order_line_id, Restock.TO_SHELF)
        movement = _OUT_OF_THE_ORDER[choice]
        cause = f"order/{order.reference}/cancel/{gone.id}/vials"
        if movement != MovementKind.UNALLOCATE:
            elsewhere.append(f"{gone.quantity} × {titles[gone.order_line_id]}: {in_words(choice)}")
            move_free(
                session,
                gone.lot_id,
                movement,
                gone.quantity,
                cause=cause,
                line=gone.order_line_id,
                actor=actor,
                reason=reason,
            )
        line = lines.get(gone.order_line_id)
        if line is not None:
            session.add(
                RestockedVials(
                    refund_line_id=line.id,
                    lot_id=gone.lot_id,
                    quantity=gone.quantity,
                    movement=movement,
                    cause=cause,
                )
            )
    if elsewhere:
        states.tell(session, order.id, actor=actor, kind="vials-not-on-sale", note=". ".join(elsewhere))


def move_free(
    session: Session,
    lot_id: int,
    kind: MovementKind,
    vials: int,
    *,
    cause: str,
    line: int,
    actor: str,
    reason: str,
) -> None:
    """Set apart or write off vials that were let go in the same transaction.

    Raises:
        LedgerDisagrees: the vials just let go are not free, so that nothing may be kept of this.
    """
    done = ledger.move(
        session,
        lot_id=lot_id,
        kind=kind,
        quantity=vials,
        cause=cause,
        line=line,
        actor=actor,
        reason=reason,
    )
    if not done:
        raise reservations.LedgerDisagrees(f"{vials} vials of lot {lot_id} were let go and are not free")


def _out_of_quarantine(
    session: Session, refund: Refund, line: RefundLine, part: Source, *, actor: str
) -> None:
    """Vials that came back: written off, or left where they are."""
    finding = part.finding.value if part.finding else "unseen"
    cause = f"refund/{refund.key}/{line.id}/{part.returned_id}/{finding}"
    kind = part.movement(line.restock)
    if kind is not None:
        done = ledger.move(
            session,
            lot_id=part.lot_id,
            kind=kind,
            quantity=part.vials,
            cause=cause,
            line=line.order_line_id or 0,
            actor=actor,
            reason=refund.reason,
        )
        if not done:
            raise Refused(
                _(
                    "Lot %(lot)s has fewer vials set apart than that. Look at its page.",
                    lot=session.get_one(Lot, part.lot_id).number,
                )
            )
    session.add(
        RestockedVials(
            refund_line_id=line.id,
            lot_id=part.lot_id,
            quantity=part.vials,
            returned_id=part.returned_id,
            finding=part.finding,
            movement=kind,
            cause=cause,
        )
    )


def _why_not(
    order: Order,
    line: OrderLine,
    choice: Restock,
    possible: Mapping[Restock, int],
    request: ReturnRequest | None,
) -> str:
    """Why so many vials of a line cannot become what was chosen."""
    if request is not None and choice == Restock.TO_SHELF:
        return _(
            "%(title)s: a vial that has left the store is never sold again. Choose that the vials of the "
            "return are set apart, written off, or stay where they are.",
            title=line.title,
        )
    if request is not None and request.state != ReturnState.INSPECTED:
        return _(
            "Return %(number)s has not been looked at. Look at it first, or choose that the vials stay where "
            "they are.",
            number=request.number,
        )
    left = possible[choice]
    if request is None and order.fulfilment_state == FulfilmentState.PACKED:
        return _("The box is closed. Open it again first.")
    if choice == Restock.TO_SHELF:
        return ngettext(
            "%(title)s: %(num)s vial has not left and is not picked. A vial that has left is never sold "
            "again.",
            "%(title)s: %(num)s vials have not left and are not picked. A vial that has left is never sold "
            "again.",
            left,
            title=line.title,
        )
    if request is not None:
        return ngettext(
            "%(title)s: %(num)s vial of this return is left for that. Choose that the others stay where they "
            "are.",
            "%(title)s: %(num)s vials of this return are left for that. Choose that the others stay where "
            "they are.",
            left,
            title=line.title,
        )
    return ngettext(
        "%(title)s: %(num)s vial is here to be set apart or written off. Take back what came back first, "
        "begin from the page of its return, or choose that the vials stay where they are.",
        "%(title)s: %(num)s vials are here to be set apart or written off. Take back what came back first, "
        "begin from the page of its return, or choose that the vials stay where they are.",
        left,
        title=line.title,
    )


@invariant("I182", "What a refund did with vials is in the ledger of their lot")
def _refunded_vials_are_in_the_ledger(session: Session) -> Iterator[str]:
    out = CancelledVials
    taken_out = (
        select(out.id)
        .where(
            out.lot_id == RestockedVials.lot_id,
            out.quantity == RestockedVials.quantity,
            RestockedVials.cause == out.cause + "/" + cast(out.id, String),
        )
        .exists()
    )
    moved = (
        select(StockMovement.id)
        .where(
            StockMovement.cause == RestockedVials.cause,
            StockMovement.kind == RestockedVials.movement,
            StockMovement.lot_id == RestockedVials.lot_id,
            StockMovement.quantity == RestockedVials.quantity,
        )
        .exists()
    )
    # Vials of a cancelled order are let go by the reservation that the cause names.
    let_go = (
        select(StockMovement.id)
        .where(
            StockMovement.cause + "/vials" == RestockedVials.cause,
            StockMovement.kind.in_((MovementKind.UNALLOCATE, MovementKind.RELEASE)),
            StockMovement.lot_id == RestockedVials.lot_id,
            StockMovement.quantity == RestockedVials.quantity,
        )
        .exists()
    )
    unwritten = session.execute(
        select(RestockedVials.cause, RestockedVials.quantity).where(
            RestockedVials.movement.is_not(None),
            case(
                (RestockedVials.movement == MovementKind.UNALLOCATE, ~(taken_out | let_go)),
                else_=~moved,
            ),
        )
    )
    for cause, quantity in unwritten:
        yield f"{cause}: {quantity} vials of a refund are not in the ledger"


@invariant("I183", "No more vials that came back, and no more of a line, were decided about by refunds")
def _vials_decided_about_once(session: Session) -> Iterator[str]:
    twice = session.execute(
        select(ReturnedVials.cause, ReturnedVials.quantity, func.sum(RestockedVials.quantity))
        .join(RestockedVials, RestockedVials.returned_id == ReturnedVials.id)
        .group_by(ReturnedVials.id, ReturnedVials.cause, ReturnedVials.quantity)
        .having(func.sum(RestockedVials.quantity) > ReturnedVials.quantity)
    )
    for cause, came, decided in twice:
        yield f"{cause}: {came} vials came back, refunds decided about {decided}"
    more = session.execute(
        select(OrderLine.order_id, OrderLine.position, OrderLine.quantity, func.sum(RestockedVials.quantity))
        .join(RefundLine, RefundLine.order_line_id == OrderLine.id)
        .join(RestockedVials, RestockedVials.refund_line_id == RefundLine.id)
        .group_by(OrderLine.id, OrderLine.order_id, OrderLine.position, OrderLine.quantity)
        .having(func.sum(RestockedVials.quantity) > OrderLine.quantity)
    )
    for order_id, position, ordered, decided in more:
        yield f"order {order_number(order_id)}, line {position}: {decided} of {ordered} vials were decided on"
