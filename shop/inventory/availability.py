"""How many vials there are to sell: one predicate for the number shown, the reservation and the pick."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from shop.inventory.allocation import LotOnShelf, first_expired_first
from shop.inventory.models import CertificateRevision, Lot, LotState

FREE = Lot.on_hand - Lot.reserved - Lot.allocated
"""Vials of a lot that nobody has been promised."""


def sellable_on(ship_on: date) -> ColumnElement[bool]:
    """Whether a lot may be sold for shipping on a day: released, and still on the shelf that day."""
    return and_(Lot.state == LotState.RELEASED, Lot.removal_on > ship_on)


def available(session: Session, size_ids: Iterable[int], ship_on: date) -> dict[int, int]:
    """Vials free to sell, by vial size; a size without any is 0. One query."""
    wanted = list(size_ids)
    found = {
        size_id: int(quantity)
        for size_id, quantity in session.execute(
            select(Lot.vial_size_id, func.sum(FREE))
            .where(Lot.vial_size_id.in_(wanted), sellable_on(ship_on))
            .group_by(Lot.vial_size_id)
        )
    }
    return {size_id: found.get(size_id, 0) for size_id in wanted}


def on_shelf(session: Session, size_ids: Iterable[int], ship_on: date) -> list[LotOnShelf]:
    """The lots of some sizes that still have vials to sell, as allocation sees them, in its order."""
    rows = session.execute(
        select(Lot.id, Lot.vial_size_id, Lot.removal_on, Lot.filled_on, FREE, Lot.number).where(
            Lot.vial_size_id.in_(list(size_ids)), sellable_on(ship_on), FREE > 0
        )
    )
    return first_expired_first(
        LotOnShelf(
            lot_id=lot_id,
            size_id=size_id,
            removal_on=removal_on,
            filled_on=filled_on,
            available=free,
            number=number,
        )
        for lot_id, size_id, removal_on, filled_on, free, number in rows
    )


def current_certificates(session: Session, lot_ids: Iterable[int]) -> dict[int, int]:
    """The id of the newest published certificate revision of each lot."""
    rows = session.execute(
        select(CertificateRevision.lot_id, CertificateRevision.id)
        .where(CertificateRevision.lot_id.in_(list(lot_ids)), CertificateRevision.published_at.is_not(None))
        .order_by(CertificateRevision.revision)
    )
    # Later revisions come later and stay.
    return dict(rows.all())
