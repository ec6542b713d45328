"""Vials a buyer wants to send back: asked for, allowed with instructions or refused, received, inspected.

Nothing that comes back is sold: it goes into quarantine in the lot it came from when it arrives, and the
inspection leaves it there or writes it off. Money is decided elsewhere, after the inspection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from shop.claims.use_in_people import asks_about_use_in_people, fixed_refusal
from shop.core import audit, clock
from shop.core.audit import invariant
from shop.core.database import locked, writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.personal_data import BUYER
from shop.inventory import ledger
from shop.inventory.models import MovementKind, StockMovement
from shop.ordering import letters, returns, states
from shop.ordering.models import Order, ReturnedVials, Shipment, ShipmentLine
from shop.ordering.return_models import (
    ON_THE_WAY,
    Finding,
    ReturnFinding,
    ReturnLine,
    ReturnReason,
    ReturnRequest,
    ReturnState,
)
from shop.people.staff import SignedInStaff


def reason_in_words(reason: ReturnReason) -> str:
    """A reason as buyer and staff read it."""
    return {
        ReturnReason.WRONG_ITEM: _("Not what was ordered"),
        ReturnReason.DAMAGED: _("Arrived damaged"),
        ReturnReason.NOT_AS_CERTIFIED: _("Does not agree with its certificate"),
        ReturnReason.LATE_OR_WARM: _("Arrived late or warm"),
        ReturnReason.NOT_NEEDED: _("Not needed any more"),
        ReturnReason.OTHER: _("Another reason"),
    }[reason]


def can_be_asked(session: Session, order: Order) -> dict[int, int]:
    """How many vials of each shipment line are with the buyer and in no request. Two queries."""
    sent = {line.id: line.quantity for shipment in order.shipments for line in shipment.lines}
    if not sent:
        return {}
    back, asked = returns.returned(session, list(sent)), returns.on_the_way(session, list(sent))
    return {line_id: vials - back[line_id] - asked[line_id] for line_id, vials in sent.items()}


def ask(
    order_id: int, wanted: Mapping[int, int], *, reason: ReturnReason, text: str, once: str
) -> tuple[int, str]:
    """Keep a buyer's wish to send vials back; the same form twice is one request.

    Args:
        wanted: how many vials, by the id of the shipment line.

    Returns:
        The id of the request, and the fixed refusal where the text asks about use in people, else nothing.

    Raises:
        Refused: nothing is asked for, or more than is with the buyer.
        NotFound: the order sent no such vials.
    """
    asked = {line_id: vials for line_id, vials in wanted.items() if vials}
    if not asked or min(asked.values()) < 0:
        raise Refused(_("Enter how many vials you want to send back."))
    if not text.strip():
        raise Refused(_("Describe what is wrong."))
    about_use = asks_about_use_in_people(text)
    refusal = fixed_refusal() if about_use else ""
    with writing() as session:
        order = states.lock(session, order_id)
        named = f"{order.id}/{once}"
        before = session.scalar(select(ReturnRequest).where(ReturnRequest.once == named))
        if before is not None:
            return before.id, refusal
        left = can_be_asked(session, order)
        for line_id, vials in asked.items():
            if line_id not in left:
                raise NotFound(_("This order sent no such vials."))
            if vials > left[line_id]:
                raise Refused(
                    _("%(left)s vials of this lot can be sent back. Enter that or fewer.", left=left[line_id])
                )
        request = ReturnRequest(
            order_id=order.id,
            state=ReturnState.REQUESTED,
            reason=reason,
            text=text.strip(),
            about_use=about_use,
            once=named,
            requested_at=clock.now(),
            lines=[ReturnLine(shipment_line_id=line_id, quantity=vials) for line_id, vials in asked.items()],
        )
        session.add(request)
        session.flush()
        if about_use:
            audit.log(
                session, actor="rule", action="return.use_in_people", subject=f"return/{request.number}"
            )
        note = f"{request.number}, {reason_in_words(reason)}"
        states.tell(session, order.id, actor=BUYER, kind="return-asked", note=note)
        letters.return_news(session, order, request, part="requested", refusal=refusal)
        return request.id, refusal


def approve(request_id: int, *, instructions: str, staff: SignedInStaff) -> None:
    """Allow a return and tell the buyer how to send it. Allowing twice changes nothing.

    Raises:
        Refused: no instructions are given, or it was refused before.
    """
    if not instructions.strip():
        raise Refused(_("Write how the vials are sent back."))
    _decide(request_id, ReturnState.APPROVED, instructions, staff=staff, part="approved")


def refuse(request_id: int, *, why: str, staff: SignedInStaff) -> None:
    """Refuse a return with a reason that the buyer reads. Refusing twice changes nothing.

    Raises:
        Refused: no reason is given, or it was allowed before.
    """
    if not why.strip():
        raise Refused(_("Give a reason."))
    _decide(request_id, ReturnState.REFUSED, why, staff=staff, part="refused")


def _decide(request_id: int, to: ReturnState, words: str, *, staff: SignedInStaff, part: str) -> None:
    with writing() as session:
        request, order = _lock(session, request_id)
        if request.state == to:
            return
        if request.state != ReturnState.REQUESTED:
            raise Refused(_("Return %(number)s was decided before.", number=request.number))
        request.state, request.decision = to, words.strip()
        request.decided_at, request.decided_by = clock.now(), staff.actor
        session.flush()
        _tell(session, request, order, staff, kind=f"return-{part}", reason=words.strip())
        letters.return_news(session, order, request, part=part)


def receive(request_id: int, counted: Mapping[int, int], *, staff: SignedInStaff, note: str) -> None:
    """Take what arrived into quarantine, as counted. Receiving twice changes nothing.

    Args:
        counted: how many vials came, by the id of the line of the request; may be fewer than were asked for.

    Raises:
        Refused: it was not allowed, nothing came, or more came than the request names.
    """
    with writing() as session:
        request, order = _lock(session, request_id)
        if request.state in (ReturnState.RECEIVED, ReturnState.INSPECTED):
            return
        if request.state != ReturnState.APPROVED:
            raise Refused(_("Return %(number)s has not been allowed.", number=request.number))
        came = {line: counted.get(line.id, 0) for line in request.lines}
        if not any(came.values()):
            raise Refused(_("Enter how many vials came back."))
        for line, vials in came.items():
            if not 0 <= vials <= line.quantity:
                raise Refused(
                    _(
                        "Return %(number)s names %(asked)s vials of lot %(lot)s. Book others on the order.",
                        number=request.number,
                        asked=line.quantity,
                        lot=line.sent.lot.number,
                    )
                )
        request.state, request.received_at, request.received_by = (
            ReturnState.RECEIVED,
            clock.now(),
            staff.actor,
        )
        session.flush()
        for line, vials in sorted(came.items(), key=lambda each: each[0].sent.lot_id):
            if vials:
                returns.book(
                    session,
                    order,
                    line.sent,
                    vials,
                    cause=received_cause(order, line),
                    staff=staff,
                    reason=note.strip() or request.number,
                )
        _tell(session, request, order, staff, kind="return-received", reason=note.strip())
        letters.return_news(session, order, request, part="received")


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found of one line of a request: vials that stay set apart, and vials written off."""

    line_id: int
    quarantine: int
    write_off: int


def inspect(request_id: int, found: Sequence[Found], *, staff: SignedInStaff, note: str) -> None:
    """Say what became of every vial that came back. Inspecting twice changes nothing.

    Raises:
        Refused: no note is written, it has not been received, or not every vial is accounted for.
    """
    if not note.strip():
        raise Refused(_("Write what you found."))
    with writing() as session:
        request, order = _lock(session, request_id)
        if request.state == ReturnState.INSPECTED:
            return
        if request.state != ReturnState.RECEIVED:
            raise Refused(_("Return %(number)s has not been received.", number=request.number))
        by_line = {each.line_id: each for each in found}
        came = received(session, order, request)
        for line in request.lines:
            each = by_line.get(line.id, Found(line_id=line.id, quarantine=0, write_off=0))
            counts = (each.quarantine, each.write_off)
            if min(counts) < 0 or sum(counts) != came[line.id]:
                raise Refused(
                    _(
                        "%(came)s vials of lot %(lot)s came back. Say of each whether it stays set apart or "
                        "is written off.",
                        came=came[line.id],
                        lot=line.sent.lot.number,
                    )
                )
        request.state = ReturnState.INSPECTED
        session.flush()
        for line in sorted(request.lines, key=lambda each: each.sent.lot_id):
            if line.id not in by_line:
                continue
            each = by_line[line.id]
            _find(session, order, line, Finding.QUARANTINE, each.quarantine, staff=staff, note=note)
            _find(session, order, line, Finding.WRITE_OFF, each.write_off, staff=staff, note=note)
        _tell(session, request, order, staff, kind="return-inspected", reason=note.strip())
        letters.return_news(session, order, request, part="inspected")


def _find(
    session: Session,
    order: Order,
    line: ReturnLine,
    finding: Finding,
    vials: int,
    *,
    staff: SignedInStaff,
    note: str,
) -> None:
    if vials == 0:
        return
    cause = f"order/{order.reference}/return-request/{line.request_id}/{line.id}/{finding.value}"
    session.add(
        ReturnFinding(
            return_line_id=line.id,
            finding=finding,
            quantity=vials,
            note=note.strip(),
            cause=cause,
            at=clock.now(),
            actor=staff.actor,
        )
    )
    if finding == Finding.WRITE_OFF:
        done = ledger.move(
            session,
            lot_id=line.sent.lot_id,
            kind=MovementKind.DISCARD,
            quantity=vials,
            cause=cause,
            line=line.shipment_line_id,
            actor=staff.actor,
            reason=note.strip(),
        )
        if not done:
            raise Refused(
                _(
                    "Lot %(lot)s has fewer vials set apart: some were cleared or written off meanwhile.",
                    lot=line.sent.lot.number,
                )
            )


def received_cause(order: Order, line: ReturnLine) -> str:
    """The name under which the vials of a line came back."""
    return f"order/{order.reference}/return-request/{line.request_id}/{line.id}"


def received(session: Session, order: Order, request: ReturnRequest) -> dict[int, int]:
    """How many vials of each line of a request came back. One query."""
    causes = {received_cause(order, line): line.id for line in request.lines}
    rows = session.execute(
        select(ReturnedVials.cause, ReturnedVials.quantity).where(ReturnedVials.cause.in_(causes))
    )
    came = {causes[cause]: quantity for cause, quantity in rows}
    return {line.id: came.get(line.id, 0) for line in request.lines}


def of_order(session: Session, order_id: int) -> list[ReturnRequest]:
    """The requests of an order, newest first. One query, and one for their lines."""
    return list(
        session.scalars(
            select(ReturnRequest).where(ReturnRequest.order_id == order_id).order_by(ReturnRequest.id.desc())
        )
    )


def find(session: Session, request_id: int) -> ReturnRequest:
    """A request.

    Raises:
        NotFound: there is none.
    """
    request = session.get(ReturnRequest, request_id)
    if request is None:
        raise NotFound(_("There is no such return."))
    return request


def listed(session: Session, states_of: Sequence[ReturnState], *, at_most: int = 200) -> list[ReturnRequest]:
    """Requests in some states, oldest first. One query."""
    return list(
        session.scalars(
            select(ReturnRequest)
            .where(ReturnRequest.state.in_(states_of))
            .order_by(ReturnRequest.requested_at, ReturnRequest.id)
            .limit(at_most)
        )
    )


def waiting(*states_of: ReturnState) -> ScalarSelect[int]:
    """How many requests are in some states."""
    return (
        select(func.count())
        .select_from(ReturnRequest)
        .where(ReturnRequest.state.in_(states_of))
        .scalar_subquery()
    )


def _lock(session: Session, request_id: int) -> tuple[ReturnRequest, Order]:
    """A request with its order, locked order first, so that use cases on it take turns."""
    order_id = session.scalar(select(ReturnRequest.order_id).where(ReturnRequest.id == request_id))
    if order_id is None:
        raise NotFound(_("There is no such return."))
    order = states.lock(session, order_id)
    request = locked(session, ReturnRequest, request_id)
    assert request is not None  # noqa: S101 - it was just there, and none is ever deleted
    return request, order


def _tell(
    session: Session, request: ReturnRequest, order: Order, staff: SignedInStaff, *, kind: str, reason: str
) -> None:
    states.tell(
        session,
        order.id,
        actor=staff.actor,
        kind=kind,
        note=f"{request.number}: {reason}" if reason else request.number,
    )
    audit.log(
        session,
        actor=staff.actor,
        action=kind.replace("-", "."),
        subject=f"order/{order.number}",
        after={"return": request.number, "state": request.state.value},
        reason=reason or None,
    )


@invariant("I162", "No more vials came back or are asked to come back than were sent")
def _no_more_than_was_sent(session: Session) -> Iterator[str]:
    back = (
        select(ReturnedVials.shipment_line_id, func.sum(ReturnedVials.quantity).label("quantity"))
        .group_by(ReturnedVials.shipment_line_id)
        .subquery()
    )
    asked = (
        select(ReturnLine.shipment_line_id, func.sum(ReturnLine.quantity).label("quantity"))
        .join(ReturnRequest, ReturnRequest.id == ReturnLine.request_id)
        .where(ReturnRequest.state.in_(ON_THE_WAY))
        .group_by(ReturnLine.shipment_line_id)
        .subquery()
    )
    came, wanted = func.coalesce(back.c.quantity, 0), func.coalesce(asked.c.quantity, 0)
    rows = session.execute(
        select(ShipmentLine.id, ShipmentLine.quantity, came, wanted)
        .outerjoin(back, back.c.shipment_line_id == ShipmentLine.id)
        .outerjoin(asked, asked.c.shipment_line_id == ShipmentLine.id)
        .where(came + wanted > ShipmentLine.quantity)
    )
    for line_id, sent, back_count, asked_count in rows:
        yield (
            f"shipment line {line_id}: {sent} vials were sent, {back_count} came back, {asked_count} more "
            "are asked to"
        )


@invariant("I163", "What an inspection wrote off left the quarantine of its lot, and was of the same order")
def _findings_are_in_the_ledger(session: Session) -> Iterator[str]:
    unwritten = session.scalars(
        select(ReturnFinding.cause)
        .join(ReturnLine, ReturnLine.id == ReturnFinding.return_line_id)
        .join(ShipmentLine, ShipmentLine.id == ReturnLine.shipment_line_id)
        .where(
            ReturnFinding.finding == Finding.WRITE_OFF,
            ~select(StockMovement.id)
            .where(
                StockMovement.cause == ReturnFinding.cause,
                StockMovement.kind == MovementKind.DISCARD,
                StockMovement.lot_id == ShipmentLine.lot_id,
                StockMovement.quantity == ReturnFinding.quantity,
            )
            .exists(),
        )
    )
    for cause in unwritten:
        yield f"{cause} is not in the ledger of its lot"
    foreign = session.execute(
        select(ReturnLine.id, ReturnRequest.id)
        .join(ReturnRequest, ReturnRequest.id == ReturnLine.request_id)
        .join(ShipmentLine, ShipmentLine.id == ReturnLine.shipment_line_id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .where(Shipment.order_id != ReturnRequest.order_id)
    )
    for line_id, request_id in foreign:
        yield f"return {request_id}, line {line_id}: the vials were sent with another order"
