"""Vials of an order that will not be sent, while the rest of the order goes its way.

Stock goes back to the lot it was kept in. Money is not decided here: what was paid for these vials is sent
back by a refund, what is on account is left off the invoice or credited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from shop.core import audit, clock
from shop.core.append_only import append_only
from shop.core.database import Base, one_of, rule, writing
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.inventory import reservations
from shop.inventory.models import Lot, MovementKind
from shop.ordering import letters, lot_changes, picking, states
from shop.ordering.cancel_reasons import CancelReason, in_words, in_words_of_staff
from shop.ordering.models import FulfilmentState, Order, OrderLine
from shop.ordering.picking import PickRow
from shop.people.staff import SignedInStaff


class CancelledVials(Base):
    """Vials of one line that were taken out of an order: of the lot they were kept in, or of none."""

    __tablename__ = "cancelled_vials"
    __table_args__ = (
        rule("quantity > 0", "quantity_is_positive"),
        rule("lot_id IS NOT NULL OR code = 'cannot_supply'", "only_vials_that_are_missing_have_no_lot"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), index=True)
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))
    """None where no lot had them any more."""
    quantity: Mapped[int]
    code: Mapped[CancelReason] = mapped_column(one_of(CancelReason, "code_is_known"))
    reason: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(String(120), index=True)
    """Names the request; the rows of one request share it."""
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))

    lot: Mapped[Lot | None] = relationship(lazy="joined")


append_only("cancelled_vials")


def cancel_vials(
    order_id: int,
    wanted: Mapping[int, int],
    *,
    code: CancelReason,
    reason: str,
    cause: str,
    staff: SignedInStaff,
) -> bool:
    """Take vials that have not left out of an order; returns False when this request was carried out before.

    When nothing is left to send, the order counts as shipped.

    Args:
        wanted: how many vials, by the id of the order line.
        cause: names the request.

    Raises:
        Refused: nothing was asked for, a line has fewer vials that are not picked, the box is closed, no
            reason is given, or it is all of an order of which nothing has left: that is cancelled as a whole.
    """
    asked = {line_id: vials for line_id, vials in wanted.items() if vials}
    if not asked or min(asked.values()) < 0:
        raise Refused(_("Enter how many vials are not sent."))
    if not reason.strip():
        raise Refused(_("Give a reason."))
    with writing() as session:
        order = states.lock(session, order_id)
        named = f"order/{order.reference}/cancel-vials/{cause}"
        if (
            session.scalar(select(CancelledVials.id).where(CancelledVials.cause == named).limit(1))
            is not None
        ):
            return False
        take_out(session, order, asked, code=code, reason=reason, cause=cause, actor=staff.actor)
        return True


def take_out(
    session: Session,
    order: Order,
    asked: Mapping[int, int],
    *,
    code: CancelReason,
    reason: str,
    cause: str,
    actor: str,
) -> list[CancelledVials]:
    """Take vials out of a locked order whose box is open, and tell the buyer; what was taken, by lot.

    Raises:
        Refused: a line has fewer vials that are not picked, the box is closed, or it is all of an order of
            which nothing has left: that is cancelled as a whole.
    """
    if order.fulfilment_state == FulfilmentState.PACKED:
        raise Refused(_("The box is closed. Open it again first."))
    if order.fulfilment_state not in picking.PICKING:
        raise Refused(_("This order is not waiting to be picked."))
    rows = picking.pick_list(session, order)
    left = sum(row.reservation.quantity for row in rows) - sum(asked.values())
    parts = _parts(rows, asked)
    if left == 0 and not order.shipments:
        raise Refused(_("That is everything, and nothing has left yet. Cancel the whole order."))
    named = f"order/{order.reference}/cancel-vials/{cause}"
    reservations.lock_lots(session, {row.lot.id for row, _vials in parts})
    lot_changes.withdraw(session, order, actor=actor, only={row.reservation.id for row, _vials in parts})
    taken = []
    for row, vials in sorted(parts, key=lambda part: part[0].lot.id):
        reservations.step_part(
            session,
            row.reservation,
            MovementKind.UNALLOCATE,
            vials,
            cause=named,
            actor=actor,
            reason=reason,
        )
        taken.append(
            CancelledVials(
                order_line_id=row.line.id,
                lot_id=row.lot.id,
                quantity=vials,
                code=code,
                reason=reason,
                cause=named,
                at=clock.now(),
                actor=actor,
            )
        )
    session.add_all(taken)
    what = ", ".join(f"{vials} × {row.line.title}" for row, vials in parts)
    told = _("%(what)s. %(code)s: %(why)s", what=what, code=in_words_of_staff(code), why=reason)
    if left == 0:
        states.move(session, order, FulfilmentState.SHIPPED, actor=actor, kind="rest-cancelled", note=told)
    else:
        states.tell(session, order.id, actor=actor, kind="part-cancelled", note=told)
    audit.log(
        session,
        actor=actor,
        action="order.cancel-vials",
        subject=f"order/{order.number}",
        after={"vials": {str(line): vials for line, vials in asked.items()}, "code": code.value},
        reason=reason,
    )
    letters.vials_cancelled(
        session,
        order,
        what=[(row.line.title, vials) for row, vials in parts],
        why=f"{in_words(code)}. {reason}",
        key=cause,
    )
    return taken


def leave_out(
    session: Session, order: Order, missing: Mapping[int, int], *, reason: str, cause: str, actor: str
) -> None:
    """Write down vials of a locked order that no lot has, so that they are not waited for.

    Args:
        missing: how many vials, by the id of the order line.
        cause: names the request.
    """
    session.add_all(
        CancelledVials(
            order_line_id=line_id,
            lot_id=None,
            quantity=vials,
            code=CancelReason.CANNOT_SUPPLY,
            reason=reason,
            cause=f"order/{order.reference}/leave-out/{cause}",
            at=clock.now(),
            actor=actor,
        )
        for line_id, vials in sorted(missing.items())
        if vials
    )
    session.flush()


def of_order(session: Session, order: Order) -> dict[int, int]:
    """How many vials of each line were taken out, by the id of the line. One query."""
    rows = session.execute(
        select(CancelledVials.order_line_id, func.sum(CancelledVials.quantity))
        .join(OrderLine, OrderLine.id == CancelledVials.order_line_id)
        .where(OrderLine.order_id == order.id)
        .group_by(CancelledVials.order_line_id)
    )
    return {line_id: int(vials) for line_id, vials in rows}


def lines_that_fell_short(session: Session, order: Order) -> set[int]:
    """The lines of which vials were left out because no lot had them. One query."""
    return set(
        session.scalars(
            select(CancelledVials.order_line_id)
            .join(OrderLine, OrderLine.id == CancelledVials.order_line_id)
            .where(OrderLine.order_id == order.id, CancelledVials.lot_id.is_(None))
        )
    )


def _parts(rows: Sequence[PickRow], asked: Mapping[int, int]) -> list[tuple[PickRow, int]]:
    """Of which lots the vials are taken: those that would leave last, and none that is in the box."""
    found: list[tuple[PickRow, int]] = []
    for line_id, vials in asked.items():
        of_line = [row for row in rows if row.line.id == line_id]
        free, left = sum(row.missing for row in of_line), vials
        if vials > free:
            title = of_line[0].line.title if of_line else _("This line")
            raise Refused(
                _(
                    "%(title)s: %(free)s vials are neither sent nor picked. Put vials back first, or enter "
                    "a smaller number.",
                    title=title,
                    free=free,
                )
            )
        for row in sorted(of_line, key=lambda each: (not each.stopped, -each.lot.removal_on.toordinal())):
            taken = min(left, row.missing)
            if taken:
                found.append((row, taken))
            left -= taken
    return found
