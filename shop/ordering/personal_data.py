"""What orders and checkouts hold about people. What was ordered and owed stays; who it was does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.orm import Session

from shop.core import clock
from shop.core.language import gettext as _
from shop.core.personal_data import Erasing, Holding, Kept, by_address, erased_address, not_personal, register
from shop.inventory.models import Lot
from shop.ordering.models import FulfilmentState, Order, Shipment, ShipmentLine

LEDGER = "Part of what was sold and shipped, kept for accounts and recalls. It names nobody."
STAFF = "what staff did and wrote in their work"
OVER = (FulfilmentState.SHIPPED, FulfilmentState.CANCELLED)


def _kept(session: Session, email: str, _before_retention: bool) -> Sequence[Kept]:
    """Orders under way, and orders whose lots could still be recalled."""
    mine = func.lower(Order.email) == email
    under_way = session.scalars(select(Order.id).where(mine, Order.fulfilment_state.not_in(OVER)))
    shipped = session.execute(
        select(Order.id, func.max(func.coalesce(Lot.expires_on, Lot.retest_on)))
        .join(Shipment, Shipment.order_id == Order.id)
        .join(ShipmentLine, ShipmentLine.shipment_id == Shipment.id)
        .join(Lot, Lot.id == ShipmentLine.lot_id)
        .where(mine)
        .group_by(Order.id)
    )
    today = clock.today()
    return (
        Kept(reason=_("The order is under way."), until=dict.fromkeys(under_way)),
        Kept(
            reason=_("A recall of its lots has to reach whoever received them, until their last date."),
            until={order: _day(last) for order, last in shipped if (_day(last) or date.max) >= today},
        ),
    )


def _day(value: date | str | None) -> date | None:
    """A day as SQLite's max() gives it, or PostgreSQL's."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def of_orders(column: str = "order_id") -> Callable[[Table, str], ColumnElement[bool]]:
    """Rows that belong to an order of the person."""
    return lambda table, email: table.c[column].in_(select(Order.id).where(func.lower(Order.email) == email))


register(
    Holding(
        table="sales_order",
        columns=(
            *("name", "email", "phone", "address_line1", "address_line2"),
            *("city", "region", "postcode", "goods_in"),
        ),
        purpose="Orders: who ordered, and where the parcel goes.",
        rows_of=by_address("email"),
        erasing=Erasing.REPLACE,
        # Each its own, so that two people of one organisation do not become one.
        instead={
            "email": erased_address,
            "phone": "",
            "address_line2": "",
            "region": "",
            "postcode": "",
            "goods_in": "",
        },
        kept=_kept,
        address="email",
    )
)
register(
    Holding(
        table="checkout_draft",
        columns=(
            *("name", "email", "phone", "address_line1", "address_line2", "city", "region", "postcode"),
            *(
                "goods_in",
                "organisation",
                "signer_role",
                "signature",
                "approval",
                "intended_use",
                "po_number",
                "po_file_name",
                "answers",
                "vat_number",
            ),
            *("purpose", "country", "answered_facts"),
        ),
        purpose="Answers given in a checkout, until an order is placed from it.",
        rows_of=by_address("email"),
        erasing=Erasing.DELETE,
        secret=("token",),
        address="email",
    )
)
for table, what in (
    ("order_line", "What was ordered."),
    ("order_charge", "What the order cost."),
    ("order_event", "What happened to the order."),
    ("shipment", "Parcels of the order."),
    ("open_box", "Weight and dry ice of a parcel that is packed."),
    ("dispatch_leave", "Leave to send cold goods on a day."),
    ("lot_change", "Other lots offered for the order."),
):
    register(
        Holding(
            table=table,
            columns=(),
            purpose=what,
            rows_of=of_orders(),
            erasing=Erasing.KEEP,
            reason=LEDGER,
        )
    )
not_personal(
    "sales_order",
    "reference draft_token locale organisation country delivery_name po_number po_file_name currency "
    "vat_number",
    why="the organisation and its own papers, kept with the invoice",
)
register(
    Holding(
        table="tax_exemption",
        columns=("sent_by",),
        purpose="Tax exemption certificates of organisations: who sent one in.",
        rows_of=by_address("sent_by"),
        erasing=Erasing.REPLACE,
        instead={"sent_by": erased_address},
    )
)
not_personal(
    "tax_exemption",
    "email_domain country region number file_name reviewed_by reason",
    why="the organisation's own certificate, kept with the orders it freed, and what staff decided",
)
not_personal("coupon", "code code_key agreement currency", why="an agreement with an organisation")
not_personal("coupon_return", "reason")
not_personal("delivery_zone", "name")
not_personal("delivery_zone_country", "country")
not_personal("tax_rate", "country region tax_class percent_text name source")
not_personal(
    "vat_check",
    "vat_number consultation_number recorded_by",
    why="a business, and what staff wrote in their work",
)
not_personal("checkout_draft", "token delivery_method answered_about declined_about coupon_code")
not_personal("order_line", "sku title explanation")
not_personal("order_charge", "label explanation", why="it may name the organisation's own VAT number")
not_personal("order_event", "actor kind axis from_state to_state note", why="a buyer is named `buyer`")
not_personal("shipment", "carrier tracking shipped_by")
not_personal("shipment", "sent_against_the_calendar", why=STAFF)
not_personal("dispatch_leave", "reason given_by", why=STAFF)
not_personal("open_box", "noted_by", why=STAFF)
not_personal("cancelled_vials", "reason cause actor", why=STAFF)
not_personal("order_cancellation", "reason actor", why=STAFF)
register(
    Holding(
        table="return_request",
        columns=("text",),
        purpose="Why something was to be sent back, in the buyer's words.",
        rows_of=of_orders(),
        erasing=Erasing.REPLACE,
    )
)
not_personal("return_request", "state reason once decided_by decision received_by", why="what staff wrote")
not_personal("return_finding", "finding note cause actor", why="what staff wrote in their work")
not_personal("parcel_arrival", "told_by", why="a buyer is named `buyer`")
not_personal("lot_change", "reason proposed_by decided_by", why="a buyer is named `buyer`")
not_personal("returned_vials", "cause actor reason", why="what staff wrote in their work")
not_personal("destination_rule", "*", why="written by staff in their work")
not_personal("delivery_method", "code name note carrier currency")
not_personal(
    "purchase_order_document",
    "number currency country organisation lines entered_by",
    why="typed by staff from the paper of an organisation",
)
register(
    Holding(
        table="quote",
        columns=(
            *("name", "email", "phone", "address_line1", "address_line2"),
            *("city", "region", "postcode", "goods_in"),
        ),
        purpose="Quotes: who asked, and where the parcel would go.",
        rows_of=by_address("email"),
        erasing=Erasing.REPLACE,
        instead={
            "email": erased_address,
            "phone": "",
            "address_line2": "",
            "region": "",
            "postcode": "",
            "goods_in": "",
        },
        address="email",
    )
)
not_personal(
    "quote",
    "number reference made_by terms reason organisation country delivery_method vat_number currency",
    why="what was promised to an organisation",
)
not_personal("quote_line", "sku title")
not_personal("quote_charge", "label explanation")
