"""Everything about one order, read in a few queries: what staff see, and what its papers are made of."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from shop.attestations.models import AttestationRecord, AttestationSigner, StatementVersion
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.inventory.models import ReservationState
from shop.ordering.fulfilment import PickRow
from shop.ordering.models import DeliveryMethod, Order, OrderLine, order_id_of


@dataclass(frozen=True, kw_only=True)
class WholeOrder:
    """An order with what was signed for it and who signed (None once erased)."""

    order: Order
    statement: StatementVersion
    signer: AttestationSigner | None
    usual_carrier: str
    """Who carries parcels of the delivery method chosen; empty when the method is no longer kept."""
    orders_of_organisation: int

    @property
    def picks(self) -> list[PickRow]:
        """The vials still to leave: by storage zone, then bin, as they are picked."""
        return [row for row in self.kept if not row.sent]

    @property
    def kept(self) -> list[PickRow]:
        """The vials that are this order's, sent or not, in the order of picking."""
        live = (ReservationState.HELD, ReservationState.ALLOCATED, ReservationState.SHIPPED)
        rows = [
            PickRow(reservation=reservation, line=line)
            for line in self.order.lines
            for reservation in line.reservations
            if reservation.state in live
        ]
        return sorted(rows, key=lambda row: row.place)

    @property
    def in_box(self) -> list[PickRow]:
        """What is in the box that is packed next: what is picked, or everything while nothing is."""
        return [row for row in self.picks if row.picked_vials] or self.picks


def load(session: Session, number: str) -> WholeOrder:
    """The order of a printed number. Three queries.

    Raises:
        NotFound: there is no such order.
    """
    others = aliased(Order)
    found = (
        session.execute(
            select(
                Order,
                StatementVersion,
                AttestationSigner,
                select(func.max(DeliveryMethod.carrier))
                .where(DeliveryMethod.name == Order.delivery_name)
                .correlate(Order)
                .scalar_subquery(),
                select(func.count())
                .select_from(others)
                .where(others.organisation_id == Order.organisation_id)
                .correlate(Order)
                .scalar_subquery(),
            )
            .join(Order.attestation)
            .join(StatementVersion, StatementVersion.id == AttestationRecord.version_id)
            .outerjoin(AttestationSigner, AttestationSigner.record_id == AttestationRecord.id)
            .where(Order.id == order_id_of(number))
            .options(
                contains_eager(Order.attestation),
                joinedload(Order.charges),
                joinedload(Order.shipments),
                selectinload(Order.events),
                selectinload(Order.lines).joinedload(OrderLine.reservations),
            )
        )
        .unique()
        .one_or_none()
    )
    if found is None:
        raise NotFound(_("There is no order %(number)s. Check the number.", number=number[:20]))
    order, statement, signer, carrier, count = found
    return WholeOrder(
        order=order,
        statement=statement,
        signer=signer,
        usual_carrier=carrier or "",
        orders_of_organisation=count,
    )
