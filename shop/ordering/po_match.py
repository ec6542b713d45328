"""Whether a purchase order says what the order says: typed from the document, compared, differences told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.core import clock
from shop.core.append_only import append_only
from shop.core.database import Base, rule, writing
from shop.core.errors import Refused
from shop.core.identity import name_key
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.core.wording import long_date
from shop.ordering import destinations, states
from shop.ordering.models import FulfilmentState, Order, PaymentMethod, order_number
from shop.people.staff import SignedInStaff

OLDEST_DAYS = 365
"""A purchase order dated longer ago than this is asked about; the shop's own rule."""


class PurchaseOrderDocument(Base):
    """What a purchase order document says, as staff typed it. The newest row of an order counts."""

    __tablename__ = "purchase_order_document"
    __table_args__ = (
        rule("total_minor >= 0", "total_not_negative"),
        rule("length(currency) = 3", "currency_is_a_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    number: Mapped[str] = mapped_column(String(60))
    total_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    country: Mapped[str] = mapped_column(String(2))
    organisation: Mapped[str] = mapped_column(String(200))
    dated: Mapped[date]
    lines: Mapped[list[Any]]
    """What it orders, [catalogue number, vials] each; empty when nobody typed them."""
    entered_at: Mapped[datetime]
    entered_by: Mapped[str] = mapped_column(String(200))


append_only("purchase_order_document")


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a document, or an order, says."""

    number: str
    total_minor: int
    currency: str
    country: str
    organisation: str
    lines: tuple[tuple[str, int], ...] = ()


def differences(document: Said, order: Said, *, dated: date, placed_on: date) -> list[str]:
    """What differs between a purchase order and the order it is for, a sentence each. Pure.

    Names are compared without case, spacing and compatibility forms; lines only where they were typed.
    """
    found = []
    if name_key(document.number) != name_key(order.number):
        found.append(
            _(
                "The document has number %(theirs)s, the order has %(ours)s.",
                theirs=document.number,
                ours=order.number,
            )
        )
    if document.currency != order.currency:
        found.append(
            _(
                "The document is in %(theirs)s, the order is in %(ours)s.",
                theirs=document.currency,
                ours=order.currency,
            )
        )
    if document.total_minor != order.total_minor:
        found.append(
            _(
                "The document comes to %(theirs)s, the order to %(ours)s.",
                theirs=in_words(document.total_minor, document.currency),
                ours=in_words(order.total_minor, order.currency),
            )
        )
    if document.country != order.country:
        found.append(
            _(
                "The document ships to %(theirs)s, the order to %(ours)s.",
                theirs=destinations.country_name(document.country),
                ours=destinations.country_name(order.country),
            )
        )
    if name_key(document.organisation) != name_key(order.organisation):
        found.append(
            _(
                "The document is from %(theirs)s, the order from %(ours)s.",
                theirs=document.organisation,
                ours=order.organisation,
            )
        )
    if document.lines:
        found += _differences_of_lines(dict(document.lines), dict(order.lines))
    if dated > clock.today():
        found.append(_("The document is dated in the future, %(day)s.", day=long_date(dated)))
    elif (placed_on - dated).days > OLDEST_DAYS:
        found.append(_("The document is dated more than a year ago, %(day)s.", day=long_date(dated)))
    return found


def _differences_of_lines(theirs: dict[str, int], ours: dict[str, int]) -> list[str]:
    return [
        _(
            "%(sku)s: the document orders %(theirs)s, the order has %(ours)s.",
            sku=sku,
            theirs=theirs.get(sku, 0),
            ours=ours.get(sku, 0),
        )
        for sku in sorted(theirs.keys() | ours.keys())
        if theirs.get(sku, 0) != ours.get(sku, 0)
    ]


def of_order(order: Order) -> Said:
    """What an order says."""
    vials: dict[str, int] = {}
    for line in order.lines:
        vials[line.sku] = vials.get(line.sku, 0) + line.quantity
    return Said(
        number=order.po_number,
        total_minor=order.total_minor,
        currency=order.currency,
        country=order.country,
        organisation=order.organisation,
        lines=tuple(vials.items()),
    )


def enter(order_id: int, document: Said, *, dated: date, staff: SignedInStaff) -> list[str]:
    """Keep what a document says; returns how it differs from the order.

    Raises:
        Refused: the order is not by purchase order.
    """
    with writing() as session:
        order = states.lock(session, order_id)
        if order.payment_method != PaymentMethod.PURCHASE_ORDER:
            raise Refused(_("This order is not by purchase order."))
        session.add(
            PurchaseOrderDocument(
                order_id=order.id,
                number=document.number,
                total_minor=document.total_minor,
                currency=document.currency,
                country=document.country,
                organisation=document.organisation,
                dated=dated,
                lines=[list(line) for line in document.lines],
                entered_at=clock.now(),
                entered_by=staff.actor,
            )
        )
        session.flush()
        found = of_document(session, order)
        states.tell(
            session,
            order.id,
            actor=staff.actor,
            kind="purchase-order-compared",
            note=" ".join(found) or _("It agrees with the order."),
        )
        return found


def document_of(session: Session, order_id: int) -> PurchaseOrderDocument | None:
    """What was typed last from the document of an order."""
    return session.scalar(
        select(PurchaseOrderDocument)
        .where(PurchaseOrderDocument.order_id == order_id)
        .order_by(PurchaseOrderDocument.id.desc())
        .limit(1)
    )


def of_document(session: Session, order: Order) -> list[str]:
    """How the document typed last differs from its order; nothing when none was typed."""
    typed = document_of(session, order.id)
    if typed is None:
        return []
    said = Said(
        number=typed.number,
        total_minor=typed.total_minor,
        currency=typed.currency,
        country=typed.country,
        organisation=typed.organisation,
        lines=tuple((str(sku), int(count)) for sku, count in typed.lines),
    )
    return differences(said, of_order(order), dated=typed.dated, placed_on=order.placed_at.date())


def used_before(session: Session, order: Order) -> Sequence[str]:
    """Other orders of the organisation with this purchase-order number, cancelled ones left out."""
    if not order.po_number:
        return ()
    rows = session.execute(
        select(Order.id, Order.po_number).where(
            Order.organisation_id == order.organisation_id,
            Order.id != order.id,
            Order.po_number != "",
            Order.fulfilment_state != FulfilmentState.CANCELLED,
        )
    )
    key = name_key(order.po_number)
    return [order_number(order_id) for order_id, number in rows if name_key(number) == key]


def findings(session: Session, order: Order) -> list[str]:
    """What there is to know before a purchase order is approved: differences, and a number used before."""
    if order.payment_method != PaymentMethod.PURCHASE_ORDER:
        return []
    found = of_document(session, order)
    used = used_before(session, order)
    if used:
        found.append(
            _(
                "Purchase order %(po)s was used before, for order %(orders)s.",
                po=order.po_number,
                orders=", ".join(used),
            )
        )
    return found
