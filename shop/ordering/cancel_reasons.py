"""Why something ordered is not sent: codes, their words for buyers and staff, and whole orders cancelled."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.core.append_only import append_only
from shop.core.database import Base, one_of
from shop.core.language import gettext as _


class CancelReason(StrEnum):
    """Why something ordered is not sent."""

    BUYERS_WISH = "buyers_wish"
    ORDERED_TWICE = "ordered_twice"
    CANNOT_SUPPLY = "cannot_supply"
    LOT_STOPPED = "lot_stopped"
    MAY_NOT_SEND = "may_not_send"
    """Screening, the destination or the rules of a carrier."""
    NOT_PAID = "not_paid"
    REFUNDED = "refunded"
    """Taken out with a refund of them."""
    OTHER = "other"


CHOICES = tuple(each for each in CancelReason if each != CancelReason.REFUNDED)
"""What a person who cancels can choose from."""


class OrderCancellation(Base):
    """That a whole order was cancelled, and why. One that was taken up again can be cancelled again."""

    __tablename__ = "order_cancellation"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    code: Mapped[CancelReason] = mapped_column(one_of(CancelReason, "code_is_known"))
    reason: Mapped[str] = mapped_column(Text)
    """What was written beside the code; may be empty."""
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))


append_only("order_cancellation")


def newest(session: Session, order_id: int) -> CancelReason | None:
    """Why an order was cancelled last; None for one that never was."""
    query = select(OrderCancellation.code).where(OrderCancellation.order_id == order_id)
    return session.scalars(query.order_by(OrderCancellation.id.desc()).limit(1)).first()


def in_words(code: CancelReason) -> str:
    """The reason as the buyer reads it."""
    return {
        CancelReason.BUYERS_WISH: _("You asked for it"),
        CancelReason.ORDERED_TWICE: _("Ordered twice"),
        CancelReason.CANNOT_SUPPLY: _("We cannot supply it"),
        CancelReason.LOT_STOPPED: _("Its lot was stopped"),
        CancelReason.MAY_NOT_SEND: _("We may not send it"),
        CancelReason.NOT_PAID: _("It was not paid"),
        CancelReason.REFUNDED: _("It was refunded"),
        CancelReason.OTHER: _("Another reason"),
    }[code]


def in_words_of_staff(code: CancelReason) -> str:
    """The reason as staff read it."""
    return _("The buyer asked for it") if code == CancelReason.BUYERS_WISH else in_words(code)


def told(words: str, code: CancelReason, reason: str) -> str:
    """The words of a code with what was written beside it; a reason of no code speaks for itself."""
    written = reason.strip()
    if code == CancelReason.OTHER and written:
        return written
    return f"{words}. {written}" if written else f"{words}."
