"""Further vials of a lot an organisation has bought, kept for its next order: asked for, decided, ordered."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from shop.core.database import writing
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory import lot_holds
from shop.inventory.models import HoldState, Lot, LotHold, Reservation, ReservationState
from shop.ordering import letters, states
from shop.ordering.models import Order, OrderLine
from shop.people.staff import SignedInStaff


def ask(order_id: int, *, lot_number: str, vials: int, until: date, actor: str) -> None:
    """Ask, as the buyer of an order, for further vials of one of its lots to be kept to the end of a day.

    Raises:
        Refused: the order has no such lot, the same was asked before, or number or day are out of bounds.
    """
    with writing() as session:
        order = states.lock(session, order_id)
        lot = session.scalar(
            select(Lot)
            .join(Reservation, Reservation.lot_id == Lot.id)
            .join(OrderLine, OrderLine.id == Reservation.order_line_id)
            .where(
                OrderLine.order_id == order.id,
                Lot.number == lot_number,
                Reservation.state != ReservationState.RELEASED,
            )
            .limit(1)
        )
        if lot is None:
            raise Refused(_("Choose a lot of this order."))
        open_states = (HoldState.ASKED, HoldState.HELD)
        if any(hold.lot_id == lot.id and hold.state in open_states for hold in of_order(session, order)):
            raise Refused(_("You have asked for vials of lot %(lot)s already.", lot=lot.number))
        hold = lot_holds.ask(
            session,
            lot_holds.Wanted(
                lot_id=lot.id,
                vials=vials,
                until=datetime.combine(until, time(23, 59), UTC),
                organisation=order.organisation,
                email=order.email,
                about=about(order.reference),
            ),
            actor=actor,
        )
        note = _("%(vials)s of lot %(lot)s", vials=hold.quantity, lot=lot.number)
        states.tell(session, order.id, actor=actor, kind="vials-asked-for", note=note)


def decide(
    hold_id: int, *, grant: bool, staff: SignedInStaff, vials: int | None = None, reason: str = ""
) -> None:
    """Grant or refuse what a buyer asked for, and tell them. Deciding the same twice changes nothing.

    Raises:
        Refused: it was decided otherwise, or the vials are not free.
    """
    with writing() as session:
        if grant:
            hold = lot_holds.grant(session, hold_id, actor=staff.actor, vials=vials)
        else:
            hold = lot_holds.refuse(session, hold_id, actor=staff.actor, reason=reason)
        order = order_of(session, hold)
        if order is not None:
            letters.vials_kept(session, order, hold, link=settings().base_url + path(hold))


def let_go(reference: str, *, actor: str) -> bool:
    """End a hold before its time; returns False when it had ended."""
    with writing() as session:
        hold = lot_holds.find(session, reference)
        return lot_holds.end(session, hold.id, actor=actor, reason=_("Let go before its time."))


def end(hold_id: int, *, staff: SignedInStaff, reason: str) -> bool:
    """End a hold from the shop's side; returns False when it had ended.

    Raises:
        Refused: it is an offer of another lot, which only its buyer or the end of its time decides.
    """
    with writing() as session:
        hold = session.get(LotHold, hold_id)
        if hold is not None and "/lot-change/" in hold.about:
            raise Refused(_("These vials are offered to a buyer, who has until the end to answer."))
        return lot_holds.end(session, hold_id, actor=staff.actor, reason=reason)


def of_order(session: Session, order: Order) -> list[LotHold]:
    """What the buyer of an order asked to have kept."""
    query = select(LotHold).where(LotHold.about == about(order.reference)).order_by(LotHold.id)
    return list(session.scalars(query))


def waiting(session: Session) -> list[LotHold]:
    """What staff have to decide, and what is kept now, the first to end first."""
    return list(
        session.scalars(
            select(LotHold)
            .where(LotHold.state.in_((HoldState.ASKED, HoldState.HELD)))
            .order_by(LotHold.state, LotHold.until, LotHold.id)
        )
    )


def order_of(session: Session, hold: LotHold) -> Order | None:
    """The order whose buyer asked for a hold, or whose lot it would replace."""
    kind, _slash, rest = hold.about.partition("/")
    if kind != "order":
        return None
    return session.scalar(select(Order).where(Order.reference == rest.partition("/")[0]))


def path(hold: LotHold) -> str:
    """The path of the page where a buyer orders vials kept for them, with its key."""
    return f"/held-vials/{hold.reference}?key={lot_holds.key_of(hold.reference)}"


Reference = TypeVar("Reference", str, ColumnElement[str])


def about(reference: Reference) -> Reference:
    """What a hold that the buyer of an order asked for is about; of a reference, or of its column."""
    return "order/" + reference + "/keep"
