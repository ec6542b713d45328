"""Where a parcel is: the carrier's page for it, and the day it arrived, told by staff or by the buyer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from urllib.parse import quote

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.core import clock
from shop.core.append_only import append_only
from shop.core.database import Base, writing
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.personal_data import BUYER
from shop.core.settings import settings
from shop.core.wording import date_in_words
from shop.ordering import parcel_contents, states
from shop.ordering.models import Shipment


class ParcelArrival(Base):
    """The day a parcel arrived, as the first person who knew told it."""

    __tablename__ = "parcel_arrival"

    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"), primary_key=True)
    delivered_on: Mapped[date]
    told_by: Mapped[str] = mapped_column(String(200))
    told_at: Mapped[datetime]


append_only("parcel_arrival")


def tracking_link(carrier: str, tracking: str) -> str:
    """The carrier's page of a parcel; empty where the shop has no address for the carrier, or no number."""
    address = settings().tracking_links.get(carrier.strip().casefold(), "")
    return address.replace("{number}", quote(tracking, safe="")) if address and tracking else ""


def tell(order_id: int, parcel: int, *, on: date, actor: str = BUYER) -> bool:
    """Keep that a parcel has arrived; returns False when somebody told so before.

    Args:
        parcel: its number in the order.
        actor: a member of staff; without one it is the buyer.

    Raises:
        NotFound: no such parcel has left.
        Refused: the day lies before it left, or in the future.
    """
    with writing() as session:
        order = states.lock(session, order_id)
        shipment = session.get_one(Shipment, parcel_contents.shipment_id_of(session, order.id, parcel))
        if session.get(ParcelArrival, shipment.id) is not None:
            return False
        left = shipment.shipped_at.date()
        if not left <= on <= clock.today():
            raise Refused(
                _("The parcel left on %(day)s. Enter a day from then until today.", day=date_in_words(left))
            )
        session.add(
            ParcelArrival(shipment_id=shipment.id, delivered_on=on, told_by=actor, told_at=clock.now())
        )
        note = _("Parcel %(reference)s, %(day)s", reference=shipment.reference, day=date_in_words(on))
        states.tell(session, order.id, actor=actor, kind="delivered", note=note)
        return True


def of_shipments(session: Session, shipment_ids: Sequence[int]) -> dict[int, ParcelArrival]:
    """Which parcels have arrived. One query, or none where nothing has left."""
    if not shipment_ids:
        return {}
    found = session.scalars(select(ParcelArrival).where(ParcelArrival.shipment_id.in_(shipment_ids)))
    return {arrival.shipment_id: arrival for arrival in found}
