"""The queue of orders, as a page and as a file."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, request, url_for

from shop.core import clock
from shop.core.database import reading
from shop.core.language import gettext as _
from shop.ordering import destinations, picking, queue
from shop.ordering.models import PaymentMethod
from shop.ordering.queue import Filters, QueueRow, Sort, View
from shop.web.staff import frame, listing, tables, words
from shop.web.staff.listing import ViewLink

MOST_PICK_LISTS = 50
TO_PICK = (View.TO_PACK, View.PART_SHIPPED)
BY_NEWEST = (View.SHIPPED, View.ALL)


def show() -> Response:
    """Orders in one view, filtered."""
    filters = _filters()
    with frame.building() as session:
        found = queue.find(session, filters, page=listing.page_number())
        counted = frame.work(session).orders.of_view
        return frame.page(
            session,
            "orders",
            section="orders",
            filters=filters,
            views=[
                ViewLink(
                    label=label,
                    url=url_for("staff.orders", view=view.value),
                    current=view == filters.view,
                    count=counted.get(view),
                )
                for view, label in _labels().items()
            ],
            title=_labels()[filters.view],
            rows=[_row(row) for row in found.rows],
            pages=listing.pages(
                number=found.number,
                size=queue.PAGE_SIZE,
                total=found.total,
                address=lambda number: url_for("staff.orders", **_asked(filters), page=number),
            ),
            filtered=_is_filtered(filters),
            empty=_empty(filters.view),
            lists_url=url_for("staff.pick_lists", **_asked(filters)) if filters.view in TO_PICK else "",
            file_url=url_for("staff.orders_file", **_asked(filters)),
            methods=[(each.value, label) for each, label in _methods().items()],
            sorts=[(Sort.SHIP_DATE.value, _("Planned ship date")), (Sort.NEWEST.value, _("Newest first"))],
        )


def pick_lists() -> Response:
    """The pick lists of the orders in a view, one after the other, to be printed."""
    filters = _filters()
    with frame.building() as session:
        found = queue.find_all(session, filters, at_most=MOST_PICK_LISTS)
        rows = picking.pick_lists(session, [row.order for row in found])
        return frame.page(
            session,
            "pick_lists",
            section="orders",
            back=url_for("staff.orders", **_asked(filters)),
            lists=[
                {
                    "order": row.order,
                    "country": destinations.country_name(row.order.country),
                    "cold": row.cold,
                    "rows": [
                        {
                            "zone": words.zone(each.lot.product.storage_zone),
                            "bin": each.lot.bin,
                            "lot": each.lot.number,
                            "title": each.line.title,
                            "vials": each.missing,
                            "stopped": each.stopped,
                        }
                        for each in rows[row.order.id]
                        if each.missing
                    ],
                }
                for row in found
            ],
        )


def as_file() -> Response:
    """The same orders as CSV."""
    filters = _filters()
    heads = [
        _("Order"),
        _("Placed (UTC)"),
        _("Customer"),
        _("Organisation"),
        _("Country"),
        _("Vials"),
        _("Total, minor units"),
        _("Currency"),
        _("Purchase order"),
        _("Payment"),
        _("Status"),
        _("Lots that may not leave"),
        _("Planned to ship"),
    ]
    with reading() as session:
        return tables.as_file(
            f"orders-{filters.view.value}-{clock.today().isoformat()}.csv",
            heads,
            [
                (
                    row.order.number,
                    row.order.placed_at,
                    row.order.name,
                    row.order.organisation,
                    row.order.country,
                    row.vials,
                    row.order.total_minor,
                    row.order.currency,
                    row.order.po_number,
                    words.payment(row.order).label,
                    words.progress(row.order).label,
                    row.stopped_lots,
                    row.order.planned_ship_on,
                )
                for row in queue.find_all(session, filters, at_most=tables.MOST_ROWS)
            ],
        )


def _filters() -> Filters:
    view = listing.choice("view", View, View.TO_PACK)
    return Filters(
        view=view,
        words=listing.words(),
        method=next((each for each in PaymentMethod if each.value == request.args.get("method")), None),
        ship_by=_day(request.args.get("ship_by", "")),
        sort=listing.choice("sort", Sort, Sort.NEWEST if view in BY_NEWEST else Sort.SHIP_DATE),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _asked(filters: Filters) -> dict[str, Any]:
    """The filters as they stand in an address; what is not asked is left out."""
    values = {
        "view": filters.view.value,
        "q": filters.words,
        "method": filters.method.value if filters.method else "",
        "ship_by": filters.ship_by.isoformat() if filters.ship_by else "",
        "sort": filters.sort.value,
    }
    return {name: value for name, value in values.items() if value}


def _is_filtered(filters: Filters) -> bool:
    return bool(filters.words or filters.method or filters.ship_by)


def _labels() -> dict[View, str]:
    return {
        View.TO_PACK: _("To pack"),
        View.TO_SHIP: _("To ship"),
        View.APPROVAL: _("Waiting for approval"),
        View.ON_HOLD: _("On hold, needs a decision"),
        View.PART_SHIPPED: _("Part shipped"),
        View.PAYMENT_DUE: _("Payment due"),
        View.SHIPPED: _("Shipped"),
        View.ALL: _("All"),
    }


def _methods() -> dict[PaymentMethod, str]:
    return {PaymentMethod.CARD: _("Card"), PaymentMethod.PURCHASE_ORDER: _("Purchase order")}


def _empty(view: View) -> str:
    """What would be in a view, and how it gets there."""
    return {
        View.TO_PACK: _("An order comes here when it is paid by card, or its purchase order is approved."),
        View.TO_SHIP: _("An order comes here when every vial is picked and it is marked as packed."),
        View.APPROVAL: _("An order comes here when its buyer pays by purchase order."),
        View.ON_HOLD: _(
            "An order comes here when screening finds a reason to look, when a lot it keeps may not leave, "
            "or when money arrives that does not fit."
        ),
        View.PART_SHIPPED: _("An order comes here when a parcel of it has left and the rest has not."),
        View.PAYMENT_DUE: _("An order comes here when it is placed by card and not paid yet."),
        View.SHIPPED: _("An order comes here when it is handed to the carrier."),
        View.ALL: _("An order comes here when a buyer places it in the shop."),
    }[view]


def _row(row: QueueRow) -> dict[str, object]:
    return {
        "order": row.order,
        "url": url_for("staff.order", number=row.order.number),
        "country": destinations.country_name(row.order.country),
        "vials": row.vials,
        "stopped": row.stopped_lots,
        "cold": row.cold,
        "payment": words.payment(row.order),
        "progress": words.progress(row.order),
    }
