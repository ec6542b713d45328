"""Monographs: the current version, earlier ones, and their figure as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, redirect, render_template, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response as AnyResponse

from shop.catalogue.models import Product, VialSize
from shop.compounds.models import Compound
from shop.core import clock
from shop.core.database import reading
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.core.wording import long_date
from shop.education import forest, retractions, revisions
from shop.education.forest_svg import forest_svg
from shop.education.models import MonographRevision
from shop.education.monograph import MonographText
from shop.inventory.models import Lot
from shop.search.released_lots import was_released
from shop.web.storefront import monograph_page, substance_facts
from shop.web.storefront.asked import is_slug

LAST_VERSION = 99_999


@dataclass(frozen=True, kw_only=True)
class ListingCard:
    """The quiet card in the rail. It knows no price and no stock."""

    name: str
    label: str
    amount: str
    field: str
    slug: str
    lots: int


def show(category: str, slug: str) -> AnyResponse:
    """The current version."""
    return _page(category, slug, None)


def show_version(category: str, slug: str, number: int) -> AnyResponse:
    """One version, under a banner where it is not the current one."""
    return _page(category, slug, number)


def figure_svg(category: str, slug: str, number: int | None = None) -> AnyResponse:
    """The forest plot of a version as one drawing."""
    with reading() as session:
        revision, (field, name) = _find(session, slug, number)
        if (field, name) != (category, slug):
            return redirect(url_for("storefront.figure_svg", category=field, slug=name, number=number), 301)
        text = revisions.load(revision)
        drawing = forest_svg(
            monograph_page.plot_of(text),
            title=text.figure_title or _("Effect sizes as published"),
            citation=_citation(text, revision, category),
            licence=_("Figures as printed by their sources. Cite this page when you use the drawing."),
            version=_("Version %(number)s", number=revision.number),
        )
    return _file(drawing, "image/svg+xml", f"{slug}-figure-v{revision.number}.svg")


def figure_csv(category: str, slug: str, number: int | None = None) -> AnyResponse:
    """The results of the forest plot of a version as rows."""
    with reading() as session:
        revision, (field, name) = _find(session, slug, number)
        if (field, name) != (category, slug):
            return redirect(url_for("storefront.figure_csv", category=field, slug=name, number=number), 301)
        text = revisions.load(revision)
        rows = forest.figure_csv(forest.figure_rows(monograph_page.plot_of(text), text.evidence))
    return _file(rows, "text/csv", f"{slug}-figure-v{revision.number}.csv")


def _file(body: str, media_type: str, name: str) -> Response:
    response = Response(body, mimetype=media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _page(category: str, slug: str, number: int | None) -> AnyResponse:
    with reading() as session:
        revision, (field, name) = _find(session, slug, number)
        if (field, name) != (category, slug):
            return redirect(_address(field, name, number), 301)
        text = revisions.load(revision)
        versions = revisions.history(session, slug)
        values = page_values(session, revision, text, versions, number=number)
        return Response(render_template("storefront/monograph.html", **values))


def page_values(
    session: Session,
    revision: MonographRevision,
    text: MonographText,
    versions: Sequence[MonographRevision],
    *,
    number: int | None,
) -> dict[str, Any]:
    """What the page of a version is made of; the back office makes the preview of a draft of the same.

    Args:
        versions: all versions, the newest first.
        number: the version that the address names; None where it follows the newest one.
    """
    slug = text.compound
    newest = versions[0].number
    compound = session.scalars(
        select(Compound).where(Compound.slug == slug).options(selectinload(Compound.properties))
    ).one()
    category = compound.category.slug
    listed = retractions.list_for(session, text.sources)
    page = monograph_page.compose(text, clock.today(), listed)
    facts = substance_facts.of_compound(compound)
    return {
        "page": page,
        "compound": compound,
        "facts": facts,
        "contents": monograph_page.contents(page, has_properties=bool(facts)),
        "revision": revision,
        "versions": versions,
        "newest": newest,
        "is_current": revision.number == newest,
        "own_address": number is not None,
        "listing": _listing(session, compound),
        "related": _related(session, text),
        "citation": _citation(text, revision, category),
        "category": category,
        "slug": slug,
        "address": _address(category, slug, None),
        "canonical": settings().base_url + _address(category, slug, None),
        **({"robots": "noindex"} if number is not None else {}),
    }


def _find(session: Session, slug: str, number: int | None) -> tuple[MonographRevision, tuple[str, str]]:
    """A revision, with the field and the name under which it stands.

    Raises:
        NotFound: nothing is published under this name, or no such version.
    """
    missing = _("We have no monograph here. Look for its substance by name, CAS number or sequence.")
    name = slug.lower()
    if not is_slug(name):
        raise NotFound(missing)
    if number is None:
        found = revisions.current(session, name)
        if found is None:
            raise NotFound(missing)
    else:
        found = revisions.by_number(session, name, number)
    return found, (found.monograph.compound.category.slug, name)


def _address(category: str, slug: str, number: int | None) -> str:
    if number is None:
        return url_for("storefront.monograph", category=category, slug=slug)
    return url_for("storefront.monograph_version", category=category, slug=slug, number=number)


def _citation(text: MonographText, revision: MonographRevision, category: str) -> str:
    """How to cite a version; its address never changes what it shows."""
    return _(
        "%(shop)s. %(title)s: research monograph. Version %(number)s, %(date)s. %(url)s",
        shop=settings().shop_name,
        title=text.title,
        number=revision.number,
        date=long_date(revision.published_at.date()),
        url=settings().base_url + _address(category, text.compound, revision.number),
    )


def _listing(session: Session, compound: Compound) -> ListingCard | None:
    """The product of the same compound, the oldest where there are several; None without one."""
    product = session.scalar(
        select(Product)
        .where(Product.compound_id == compound.id, Product.listed)
        .order_by(Product.id)
        .limit(1)
        .options(selectinload(Product.sizes))
    )
    if product is None:
        return None
    lots = session.scalar(
        select(func.count(Lot.id))
        .join(VialSize, VialSize.id == Lot.vial_size_id)
        .where(VialSize.product_id == product.id, was_released())
    )
    return ListingCard(
        name=product.name,
        label=product.label_code,
        amount=product.sizes[0].amount_text if product.sizes else "",
        field=compound.category.code,
        slug=product.slug,
        lots=lots or 0,
    )


def _related(session: Session, text: MonographText) -> list[tuple[str, str]]:
    """Title and address of the monographs named as worth reading next, those that exist."""
    if not text.related:
        return []
    published = {each.compound: each for each in revisions.list_current(session)}
    return [
        (published[slug].title, _address(published[slug].category, slug, None))
        for slug in text.related
        if slug in published
    ]
