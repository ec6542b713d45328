"""Vials kept for order lines: held when an order is placed, allocated when it is sure, shipped or let go."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import cast

from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from shop.core import faults, together
from shop.core.database import rows_changed
from shop.inventory import availability, ledger, lot_holds
from shop.inventory.allocation import Take
from shop.inventory.models import Lot, MovementKind, Reservation, ReservationState


def take_stock(
    session: Session,
    takes: Sequence[Take],
    *,
    ship_on: date,
    cause: str,
    actor: str,
    holds: Mapping[int, int] | None = None,
    first_time: bool = False,
) -> bool:
    """Reserve every vial of a plan, lots in the order of their ids so that two orders never wait in a ring.

    Args:
        holds: by line, the hold that its kept vials come out of.
        first_time: the cause was made up in this transaction.

    Returns:
        False when a lot or a hold has changed since the plan was made; the caller rolls back and plans again.
    """
    for take in sorted(takes, key=lambda each: (each.lot_id, each.line)):
        if take.kept and not lot_holds.draw(
            session,
            (holds or {})[take.line],
            take.kept,
            lot_id=take.lot_id,
            line=take.line,
            cause=cause,
            actor=actor,
        ):
            return False
        taken = ledger.move(
            session,
            lot_id=take.lot_id,
            kind=MovementKind.RESERVE,
            quantity=take.quantity,
            cause=cause,
            line=take.line,
            actor=actor,
            only_if=_sellable_on(ship_on),
            first_time=first_time,
        )
        if not taken:
            return False
        faults.point("stock.lot_taken")
    return True


_sellable_on = lru_cache(maxsize=8)(availability.sellable_on)


def lock_lots(session: Session, lot_ids: Collection[int]) -> None:
    """Wait for some lots in the order of their ids, where a use case goes back and forth between them."""
    session.execute(select(Lot.id).where(Lot.id.in_(lot_ids)).order_by(Lot.id).with_for_update()).all()


def write(
    session: Session,
    takes: Sequence[Take],
    *,
    order_line_ids: Mapping[int, int],
    certificates: Mapping[int, int],
    at: datetime,
) -> None:
    """Write the reservations of stock that has been taken, each with the certificate that applied."""
    together.write(
        session,
        _WRITE,
        *(
            {
                "order_line_id": order_line_ids[take.line],
                "line": take.line,
                "lot_id": take.lot_id,
                "certificate_revision_id": certificates[take.lot_id],
                "quantity": take.quantity,
                "state": ReservationState.HELD,
                "created_at": at,
            }
            for take in takes
        ),
    )


_WRITE = insert(cast(Table, Reservation.__table__))


def of_lines(session: Session, order_line_ids: Sequence[int], state: ReservationState) -> list[Reservation]:
    """The reservations of some order lines in one state, in the order of their lots."""
    return list(
        session.scalars(
            select(Reservation)
            .where(Reservation.order_line_id.in_(order_line_ids), Reservation.state == state)
            .order_by(Reservation.lot_id, Reservation.id)
        )
    )


_STEPS = {
    MovementKind.ALLOCATE: (ReservationState.HELD, ReservationState.ALLOCATED),
    MovementKind.RELEASE: (ReservationState.HELD, ReservationState.RELEASED),
    MovementKind.UNALLOCATE: (ReservationState.ALLOCATED, ReservationState.RELEASED),
    MovementKind.SHIP: (ReservationState.ALLOCATED, ReservationState.SHIPPED),
}


def step(
    session: Session,
    order_line_ids: Sequence[int],
    kind: MovementKind,
    *,
    cause: str,
    actor: str,
    reason: str | None = None,
    only: Collection[int] | None = None,
) -> list[Reservation]:
    """Move every reservation of some order lines one step: allocate, release, unallocate or ship.

    Args:
        only: ids of reservations; the others stay where they are.

    Returns:
        The reservations that moved; none when they had moved before.
    """
    before, after = _STEPS[kind]
    moved = []
    for reservation in of_lines(session, order_line_ids, before):
        if only is not None and reservation.id not in only:
            continue
        won = rows_changed(
            session,
            update(Reservation)
            .where(Reservation.id == reservation.id, Reservation.state == before)
            .values(state=after),
        )
        if won == 0:
            continue
        done = ledger.move(
            session,
            lot_id=reservation.lot_id,
            kind=kind,
            quantity=reservation.quantity,
            # A line can come to the same lot again, so the cause names the reservation, not only the line.
            cause=f"{cause}/{reservation.id}",
            line=reservation.line,
            actor=actor,
            reason=reason,
        )
        if not done:
            raise LedgerDisagrees(
                f"reservation {reservation.id} of lot {reservation.lot_id} is not in the lot's counters"
            )
        session.expire(reservation, ["state"])
        moved.append(reservation)
    return moved


def step_part(
    session: Session,
    reservation: Reservation,
    kind: MovementKind,
    vials: int,
    *,
    cause: str,
    actor: str,
    reason: str | None = None,
) -> Reservation:
    """Move some vials of a reservation one step; the others stay what they were, in a row of their own.

    Returns:
        The reservation of the vials that moved: the same row when it was all of them.

    Raises:
        LedgerDisagrees: the reservation does not hold so many vials in the state that the step leaves.
    """
    before, after = _STEPS[kind]
    if vials == reservation.quantity:
        moved = step(
            session,
            [reservation.order_line_id],
            kind,
            cause=cause,
            actor=actor,
            reason=reason,
            only={reservation.id},
        )
        if not moved:
            raise LedgerDisagrees(f"reservation {reservation.id} is not {before.value} any more")
        return moved[0]
    left_in_box = 0 if kind == MovementKind.SHIP else reservation.picked_vials
    won = rows_changed(
        session,
        update(Reservation)
        .where(
            Reservation.id == reservation.id,
            Reservation.state == before,
            Reservation.quantity == reservation.quantity,
            Reservation.quantity > vials,
        )
        .values(
            quantity=Reservation.quantity - vials,
            picked_vials=left_in_box,
            picked_at=reservation.picked_at if left_in_box else None,
            picked_by=reservation.picked_by if left_in_box else None,
        ),
    )
    if won == 0:
        raise LedgerDisagrees(f"reservation {reservation.id} does not hold {vials} vials to move")
    in_box = vials if kind == MovementKind.SHIP else 0
    part = Reservation(
        order_line_id=reservation.order_line_id,
        line=reservation.line,
        lot_id=reservation.lot_id,
        certificate_revision_id=reservation.certificate_revision_id,
        quantity=vials,
        state=after,
        created_at=reservation.created_at,
        picked_vials=in_box,
        picked_at=reservation.picked_at if in_box else None,
        picked_by=reservation.picked_by if in_box else None,
    )
    session.add(part)
    session.flush()
    done = ledger.move(
        session,
        lot_id=part.lot_id,
        kind=kind,
        quantity=vials,
        cause=f"{cause}/{part.id}",
        line=part.line,
        actor=actor,
        reason=reason,
    )
    if not done:
        raise LedgerDisagrees(f"reservation {part.id} of lot {part.lot_id} is not in the lot's counters")
    session.expire(reservation)
    return part


class LedgerDisagrees(Exception):
    """A reservation and its lot's counters contradict each other; nothing was changed."""
