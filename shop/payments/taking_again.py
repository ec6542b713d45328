"""Taking vials anew for an order whose own were let go: in one transaction, all of a plan or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from shop.core import clock
from shop.inventory import availability, reservations
from shop.inventory.allocation import Take
from shop.ordering.models import Order


def take(
    session: Session, order: Order, takes: Sequence[Take], *, ship_on: date, cause: str, actor: str
) -> bool:
    """Hold the vials of a plan for a locked order; False, and nothing taken, when a lot has changed since.

    Args:
        cause: names the taking; an order can lose its vials and take others more than once.
    """
    savepoint = session.begin_nested()
    if not reservations.take_stock(session, takes, ship_on=ship_on, cause=cause, actor=actor):
        savepoint.rollback()
        return False
    savepoint.commit()
    reservations.write(
        session,
        takes,
        order_line_ids={line.position: line.id for line in order.lines},
        certificates=availability.current_certificates(session, {take.lot_id for take in takes}),
        at=clock.now(),
    )
    return True
