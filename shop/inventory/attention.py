"""What staff should look at: lots near retest, stock at its reorder point, certificates missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from shop.catalogue.models import Product, VialSize
from shop.core import audit, clock
from shop.core.database import writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.inventory import availability
from shop.inventory.lots import RETEST_SOON
from shop.inventory.models import CertificateRevision, Lot, LotEvent, LotState

HIGHEST_POINT = 1_000_000


@dataclass(frozen=True, kw_only=True)
class SizeStock:
    """What can be sold of a vial size, against its reorder point."""

    size: VialSize
    free: int
    releases: int
    """How many lots of it have been released so far."""

    @property
    def is_low(self) -> bool:
        """Whether there are no more vials than the reorder point asks to be told of."""
        return self.size.reorder_point is not None and self.free <= self.size.reorder_point


def last_day(lot: Lot) -> date:
    """The retest or expiry date of a lot, whichever comes first."""
    return min(day for day in (lot.retest_on, lot.expires_on) if day is not None)


def near_retest(session: Session, today: date) -> list[Lot]:
    """Lots on sale or on hold, with vials in stock, that reach their retest or expiry date within 90 days or
    have passed it."""
    until = today + RETEST_SOON
    return list(
        session.scalars(
            select(Lot)
            .where(
                Lot.state.in_((LotState.RELEASED, LotState.ON_HOLD)),
                Lot.on_hand > 0,
                or_(Lot.retest_on <= until, Lot.expires_on <= until),
            )
            .order_by(Lot.number)
        )
    )


def without_certificate(session: Session) -> list[Lot]:
    """Lots in quarantine to which no certificate has been added."""
    added = select(CertificateRevision.id).where(CertificateRevision.lot_id == Lot.id).exists()
    return list(
        session.scalars(select(Lot).where(Lot.state == LotState.QUARANTINE, ~added).order_by(Lot.number))
    )


def stock_of_sizes(session: Session, ship_on: date) -> list[SizeStock]:
    """Every vial size of a listed product with what can be sold of it. Two queries."""
    released = (
        select(func.count())
        .select_from(Lot)
        .join(LotEvent, LotEvent.lot_id == Lot.id)
        .where(Lot.vial_size_id == VialSize.id, LotEvent.to_state == LotState.RELEASED)
        .correlate(VialSize)
        .scalar_subquery()
    )
    rows = session.execute(
        select(VialSize, released)
        .join(VialSize.product)
        .where(Product.listed)
        .order_by(Product.name, VialSize.position)
    ).all()
    free = availability.available(session, [size.id for size, _releases in rows], ship_on)
    return [SizeStock(size=size, free=free[size.id], releases=releases) for size, releases in rows]


def set_reorder_point(sku: str, point: int | None, *, actor: str) -> None:
    """Ask to be told when no more than some vials of a size are left; None asks to be told nothing.

    Raises:
        Refused: the number cannot be a count of vials.
        NotFound: there is no such vial size.
    """
    if point is not None and not 0 <= point <= HIGHEST_POINT:
        raise Refused(_("Enter a number from 0 to %(most)s", most=f"{HIGHEST_POINT:,}"))
    with writing() as session:
        # PostgreSQL takes no NUL in a text, not even to look for.
        size = session.scalar(select(VialSize).where(VialSize.sku == sku)) if sku.isprintable() else None
        if size is None:
            raise NotFound(_("There is no vial size %(sku)s.", sku=sku[:30]))
        before, size.reorder_point = size.reorder_point, point
        audit.log(
            session,
            actor=actor,
            action="size.reorder-point",
            subject=f"size/{sku}",
            before={"point": before},
            after={"point": point},
        )


def low_stock(session: Session) -> list[SizeStock]:
    """The vial sizes at or below their reorder point, counted for shipping today."""
    return [each for each in stock_of_sizes(session, clock.today()) if each.is_low]
