"""What is noted of a packed box: weight, dry ice, and leave to send cold goods against the calendar."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.core import audit, clock
from shop.core.append_only import append_only
from shop.core.database import Base, rule, writing
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.ordering import dispatch, states
from shop.ordering.models import FulfilmentState, Order
from shop.people.staff import SignedInStaff

MOST_DRY_ICE_G = 100_000
"""The shop's own limit for one box, in grams; a slip of the finger is caught here."""


class OpenBox(Base):
    """The next parcel of an order as it is packed. Its papers are made from it, and the parcel keeps it."""

    __tablename__ = "open_box"
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        rule("dry_ice_g IS NULL OR dry_ice_g > 0", "some_dry_ice_or_none"),
        rule("gross_weight_g IS NULL OR gross_weight_g > 0", "weight_is_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    number: Mapped[int]
    gross_weight_g: Mapped[int | None]
    dry_ice_g: Mapped[int | None]
    noted_at: Mapped[datetime]
    noted_by: Mapped[str] = mapped_column(String(200))


class DispatchLeave(Base):
    """Leave to send the cold goods of an order on one day on which the calendar would keep them."""

    __tablename__ = "dispatch_leave"
    __table_args__ = (UniqueConstraint("order_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    day: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime]
    given_by: Mapped[str] = mapped_column(String(200))


append_only("dispatch_leave")


def next_number(order: Order) -> int:
    """The number of the parcel that is packed next."""
    return len(order.shipments) + 1


def of_next(session: Session, order: Order) -> OpenBox | None:
    """What is noted of the box that is open."""
    return session.scalar(
        select(OpenBox).where(OpenBox.order_id == order.id, OpenBox.number == next_number(order))
    )


def note(order_id: int, *, gross_weight_g: int | None, dry_ice_g: int | None, staff: SignedInStaff) -> None:
    """Keep the weight of a packed box and the dry ice in it.

    Raises:
        Refused: no box of the order is packed.
    """
    with writing() as session:
        order = states.lock(session, order_id)
        if order.fulfilment_state != FulfilmentState.PACKED:
            raise Refused(_("This order is not packed."))
        keep(session, order, gross_weight_g=gross_weight_g, dry_ice_g=dry_ice_g, actor=staff.actor)


def keep(
    session: Session, order: Order, *, gross_weight_g: int | None, dry_ice_g: int | None, actor: str
) -> None:
    """Write what is noted of the box of a locked order."""
    box = of_next(session, order)
    if box is None:
        box = OpenBox(order_id=order.id, number=next_number(order))
        session.add(box)
    box.gross_weight_g, box.dry_ice_g = gross_weight_g, dry_ice_g
    box.noted_at, box.noted_by = clock.now(), actor
    session.flush()


def allow_today(order_id: int, *, staff: SignedInStaff, reason: str) -> None:
    """Let the cold goods of an order leave today against the calendar. Giving leave twice changes nothing.

    Raises:
        Refused: no reason is given, or the calendar keeps nothing today.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    today = clock.today()
    if dispatch.may_leave_cold(today, dispatch.works):
        raise Refused(_("Cold goods may leave today. No leave is needed."))
    with writing() as session:
        order = states.lock(session, order_id)
        if leave(session, order, today) is not None:
            return
        session.add(
            DispatchLeave(
                order_id=order.id, day=today, reason=reason, given_at=clock.now(), given_by=staff.actor
            )
        )
        states.tell(session, order.id, actor=staff.actor, kind="cold-today", note=reason)
        audit.log(
            session,
            actor=staff.actor,
            action="order.cold-today",
            subject=f"order/{order.number}",
            after={"day": today.isoformat()},
            reason=reason,
        )


def leave(session: Session, order: Order, day: date) -> DispatchLeave | None:
    """The leave given for a day, if there is one."""
    return session.scalar(
        select(DispatchLeave).where(DispatchLeave.order_id == order.id, DispatchLeave.day == day)
    )
