"""All lots of a product side by side: how purity, net content and mass moved from lot to lot, with limits."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from flask import Response, redirect, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.catalogue.models import Product
from shop.core import clock
from shop.core.database import reading
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory import certificates, lot_series
from shop.inventory.lot_series import Measure, Point
from shop.inventory.models import Lot
from shop.search import released_lots
from shop.web.staff import tables
from shop.web.storefront import asked, product_page

HEADS = (
    *("lot", "size", "filled_on", "measure", "printed", "value", "unit", "lower_limit", "upper_limit"),
    *("conclusion", "certificate_revision", "certificate"),
)


def show(slug: str) -> AnyResponse:
    """The page: a figure and its table for each measure, and every lot that was ever released."""
    if slug != slug.lower():
        return redirect(url_for("storefront.product_lots", slug=slug.lower()), 301)
    with reading() as session:
        product, lots = _found(session, slug)
        today = clock.today()
        return Response(
            render_template(
                "storefront/product_lots.html",
                product=product,
                figures=[
                    {
                        "measure": series.measure.value,
                        "title": lot_series.takeaway(series),
                        "name": lot_series.title(series.measure),
                        "description": lot_series.description(series),
                        "chart": lot_series.chart(series),
                        "points": series.points,
                        "unit": series.unit,
                    }
                    for series in lot_series.of_lots(lots)
                ],
                lots=[product_page.lot_on_page(lot, today) for lot in lots],
                canonical=settings().base_url + url_for("storefront.product_lots", slug=product.slug),
            )
        )


def as_file(slug: str) -> AnyResponse:
    """The same as CSV: one row for each lot and measure."""
    if slug != slug.lower():
        return redirect(url_for("storefront.product_lots_file", slug=slug.lower()), 301)
    with reading() as session:
        product, lots = _found(session, slug)
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(HEADS)
        for series in lot_series.of_lots(lots):
            writer.writerows(_row(series.measure, point) for point in series.points)
        response = Response(text.getvalue(), content_type="text/csv; charset=utf-8; header=present")
        response.headers["Content-Disposition"] = f'attachment; filename="{product.slug}-lots.csv"'
        response.headers["X-Robots-Tag"] = "noindex"
        return response


def _row(measure: Measure, point: Point) -> tuple[str, ...]:
    """Numbers stand as they are; what somebody typed is kept from being taken for a formula."""
    lot = point.lot
    address = url_for("storefront.certificate", lot=lot.number, revision=point.revision)
    return (
        lot.number,
        lot.vial_size.amount_text,
        point.filled_on.isoformat(),
        measure.value,
        point.text.replace("−", "-") if measure == Measure.MASS_DIFFERENCE else tables.cell(point.text),
        f"{point.value:f}",
        point.unit,
        "" if point.lower is None else f"{point.lower:f}",
        "" if point.upper is None else f"{point.upper:f}",
        "meets" if point.meets else "fails",
        str(point.revision),
        settings().base_url + address,
    )


def _found(session: Session, slug: str) -> tuple[Product, Sequence[Lot]]:
    """A product, listed or not, with its lots that are or were released."""
    product = session.scalar(select(Product).where(Product.slug == slug)) if asked.is_slug(slug) else None
    if product is None:
        raise NotFound(_("We have no product here. Look for its name, CAS number or catalogue number."))
    lots = released_lots.of_product(session, product.id)
    return product, [lot for lot in lots if certificates.newest_published(lot) is not None]
