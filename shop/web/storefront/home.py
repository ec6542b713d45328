"""The start page: what is here, and a way to find it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Response, render_template, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.catalogue.models import Product
from shop.compounds.models import Category, Compound
from shop.core import clock
from shop.core.database import reading
from shop.core.settings import settings
from shop.education import revisions
from shop.inventory import certificates
from shop.search import released_lots
from shop.web.storefront import education
from shop.web.storefront.education import FieldOnPage
from shop.web.storefront.products import quality_in_words

NEWS_LASTS = timedelta(days=60)
LOTS_SHOWN = 5
MONOGRAPHS_SHOWN = 4


@dataclass(frozen=True, kw_only=True)
class ReleasedLot:
    """A lot released lately."""

    number: str
    url: str
    product: str
    product_url: str
    quality: str
    released_on: date


@dataclass(frozen=True, kw_only=True)
class FieldOnHome:
    """A field of research with what there is of it."""

    name: str
    url: str
    code: str
    monographs: int
    products: int


def show() -> AnyResponse:
    """The start page."""
    with reading() as session:
        categories = session.scalars(select(Category).order_by(Category.position)).all()
        monographs = revisions.list_current(session)
        newest = sorted(monographs, key=lambda each: each.published_at, reverse=True)[:MONOGRAPHS_SHOWN]
        return Response(
            render_template(
                "storefront/home.html",
                lots=_released(session),
                fields=_fields(session, education.fields(categories, monographs)),
                monographs=education.on_page(newest),
                canonical=settings().base_url + url_for("storefront.home"),
            )
        )


def _released(session: Session) -> list[ReleasedLot]:
    found = released_lots.recently_released(session, clock.now() - NEWS_LASTS, LOTS_SHOWN)
    return [
        ReleasedLot(
            number=lot.number,
            url=url_for("storefront.certificate", lot=lot.number),
            product=lot.vial_size.title,
            product_url=url_for("storefront.product", slug=lot.product.slug) if lot.product.listed else "",
            quality=quality_in_words(released_lots.headline(certificates.current(lot))),
            released_on=at.date(),
        )
        for lot, at in found
    ]


def _fields(session: Session, fields: list[FieldOnPage]) -> list[FieldOnHome]:
    counts = Counter(
        dict(
            session.execute(
                select(Category.code, func.count(Product.id))
                .join(Compound, Compound.category_id == Category.id)
                .join(Product, Product.compound_id == Compound.id)
                .where(Product.listed)
                .group_by(Category.code)
            ).all()
        )
    )
    return [
        FieldOnHome(
            name=each.name, url=each.url, code=each.code, monographs=each.count, products=counts[each.code]
        )
        for each in fields
    ]
