"""Stock, explained: lots now or at any past moment, as a page and a file, and one vial size lot by lot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask import Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.catalogue.models import VialSize
from shop.core import clock
from shop.core.database import reading
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.inventory import availability, lot_index, stock_picture
from shop.inventory.availability import Promise
from shop.inventory.lot_index import View
from shop.inventory.models import Lot
from shop.inventory.stock_picture import LotPicture
from shop.ordering import dispatch, queue
from shop.web.staff import frame, listing, tables, words
from shop.web.staff.forms import MomentForm


def show() -> Response:
    """Some lots, and where their vials are or were."""
    form = MomentForm(request.args)
    valid, asked, today = form.validate(), listing.words(), clock.today()
    moment = form.at.data if valid else None
    kept = _kept(moment, asked)
    with frame.building() as session:
        found = lot_index.find(session, View.ALL, asked, page=listing.page_number(), today=today)
        return frame.page(
            session,
            "stock",
            section="stock",
            status=200 if valid else 400,
            has_errors=not valid,
            form=form,
            asked=asked,
            moment=moment,
            rows=[_row(each) for each in pictures(session, [row.lot for row in found.rows], moment)],
            pages=listing.pages(
                number=found.number,
                size=lot_index.PAGE_SIZE,
                total=found.total,
                address=lambda number: url_for("staff.stock", **kept, page=number),
            ),
            file_url=url_for("staff.stock_file", **kept),
        )


def as_file() -> Response:
    """The same as CSV, every lot."""
    form = MomentForm(request.args)
    moment = form.at.data if form.validate() else None
    asked, today = listing.words(), clock.today()
    heads = [
        _("Lot"),
        _("Vial size"),
        _("At"),
        _("State"),
        _("On hand"),
        _("Reserved"),
        _("Allocated"),
        _("In quarantine"),
        _("Free"),
        _("For sale"),
        _("In words"),
    ]
    with reading() as session:
        lots = [
            row.lot
            for row in lot_index.find_all(session, View.ALL, asked, today=today, at_most=tables.MOST_ROWS)
        ]
        told = (moment or clock.now()).replace(microsecond=0)
        return tables.as_file(
            f"stock-{told:%Y-%m-%dT%H%M}.csv",
            heads,
            [
                (
                    each.lot.number,
                    each.lot.vial_size.sku,
                    told,
                    words.lot_state(each.state).label if each.state else _("Not received yet"),
                    each.counters.on_hand,
                    each.counters.reserved,
                    each.counters.allocated,
                    each.counters.quarantined,
                    each.counters.free,
                    each.for_sale,
                    each.words,
                )
                for each in pictures(session, lots, moment)
            ],
        )


def of_size(sku: str) -> Response:
    """One vial size: how many can be sold and why, lot by lot."""
    form = MomentForm(request.args)
    valid = form.validate()
    moment = form.at.data if valid else None
    with frame.building() as session:
        size = session.scalar(
            select(VialSize).where(VialSize.sku == (sku if sku.isascii() and sku.isprintable() else ""))
        )
        if size is None:
            raise NotFound(_("There is no vial size %(sku)s.", sku=sku[:40]))
        lots = list(
            session.scalars(
                select(Lot).where(Lot.vial_size_id == size.id).order_by(Lot.removal_on, Lot.filled_on, Lot.id)
            )
        )
        found = pictures(session, lots, moment)
        ship_on = dispatch.ship_day(clock.today(), cold_chain=size.product.cold_chain)
        return frame.page(
            session,
            "stock_of_size",
            section="stock",
            status=200 if valid else 400,
            has_errors=not valid,
            form=form,
            size=size,
            moment=moment,
            words=availability.in_words(stock_picture.total(found), promises_of(session, lots, moment)),
            for_sale=availability.available(session, [size.id], ship_on)[size.id],
            with_short_dated=availability.available(session, [size.id], ship_on, short_dated=True)[size.id],
            ship_on=ship_on,
            then_for_sale=sum(each.for_sale for each in found),
            rows=[_row(each) for each in found],
        )


def pictures(session: Session, lots: Sequence[Lot], moment: datetime | None) -> list[LotPicture]:
    """The lots now, or at a moment."""
    if moment is not None:
        return stock_picture.at(session, lots, moment, ship_on=_ship_on)
    promises = queue.promises_of_lots(session, [lot.id for lot in lots])
    return stock_picture.now(session, lots, promises, ship_on=_ship_on)


def _ship_on(lot: Lot, day: date) -> date:
    return dispatch.ship_day(day, cold_chain=lot.product.cold_chain)


def promises_of(session: Session, lots: Sequence[Lot], moment: datetime | None) -> list[Promise]:
    """Who holds vials of some lots now; of the past only how many were held is known."""
    if moment is not None:
        return []
    found = queue.promises_of_lots(session, [lot.id for lot in lots])
    return [promise for promises in found.values() for promise in promises]


def _row(picture: LotPicture) -> dict[str, object]:
    return {
        "lot": picture.lot,
        "url": url_for("staff.lot", lot=picture.lot.number),
        "size_url": url_for("staff.stock_of_size", sku=picture.lot.vial_size.sku),
        "state": picture.state.value if picture.state else "",
        "words": picture.words if picture.state else _("Not received yet."),
        "not_sold": picture.not_sold,
        "for_sale": picture.for_sale,
        "counters": picture.counters,
    }


def _kept(moment: datetime | None, asked: str) -> dict[str, Any]:
    kept: dict[str, Any] = {"q": asked} if asked else {}
    return kept | ({"at": f"{moment:%Y-%m-%dT%H:%M}"} if moment else {})
