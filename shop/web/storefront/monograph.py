"""Monographs: the current version and earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, redirect, render_template
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from werkzeug.wrappers import Response as AnyResponse

from shop.catalogue.models import Product, VialSize
from shop.compounds import identity_record
from shop.compounds.isoelectric import PK_SET
from shop.compounds.models import Compound
from shop.compounds.sequence_svg import in_words, sequence_height
from shop.core import clock
from shop.core.database import reading
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.education import retractions, revisions
from shop.education.models import MonographRevision
from shop.education.monograph import MonographText
from shop.inventory.models import Lot
from shop.search.released_lots import was_released
from shop.web.storefront import (
    monograph_page,
    monograph_terms,
    references,
    signposting,
    structured_data,
    substance_facts,
)
from shop.web.storefront.education import crumbs as education_crumbs
from shop.web.storefront.published import Published
from shop.web.storefront.published import address as _address
from shop.web.storefront.published import find as _find
from shop.web.storefront.sent_file import JSON, MARKDOWN

LAST_VERSION = 99_999


@dataclass(frozen=True, kw_only=True)
class ListingCard:
    """The quiet card in the rail. It knows no price and no stock."""

    name: str
    label: str
    amount: str
    field: str
    slug: str
    form: str
    salt: str
    lots: int


def show(category: str, slug: str) -> AnyResponse:
    """The current version."""
    return _page(category, slug, None)


def show_version(category: str, slug: str, number: int) -> AnyResponse:
    """One version, under a banner where it is not the current one."""
    return _page(category, slug, number)


def _page(category: str, slug: str, number: int | None) -> AnyResponse:
    with reading() as session:
        revision, (field, name) = _find(session, slug, number)
        if (field, name) != (category, slug):
            return redirect(_address(field, name, number), 301)
        text = revisions.load(revision)
        versions = revisions.history(session, slug)
        values = page_values(session, revision, text, versions, number=number)
        values["records_at"] = f"{_address(category, slug, number)}/records/"
        response = Response(render_template("storefront/monograph.html", **values))
        response.headers["Link"] = signposting.link_header(values["found"])
        return response


def page_values(
    session: Session,
    revision: MonographRevision,
    text: MonographText,
    versions: Sequence[MonographRevision],
    *,
    number: int | None,
) -> dict[str, Any]:
    """What the page of a version is made of; the back office makes the preview of a draft of the same.

    `records_at` is where the full records stand; a preview has none published, so its rows hold them.

    Args:
        versions: all versions, the newest first.
        number: the version that the address names; None where it follows the newest one.
    """
    slug = text.compound
    newest = versions[0].number
    compound = session.scalars(
        select(Compound)
        .where(Compound.slug == slug)
        .options(
            selectinload(Compound.properties),
            selectinload(Compound.names),
            joinedload(Compound.category, innerjoin=True),
        )
    ).one()
    category = compound.category.slug
    found = Published(
        session=session,
        revision=revision,
        compound=compound,
        text=text,
        category=category,
        slug=slug,
        number=number,
    )
    listing = _listing(session, compound)
    stands_alone = settings().education_placement == "detached"
    page = monograph_page.compose(
        text,
        clock.today(),
        retractions.list_for(session, text.sources),
        is_listed=None if stands_alone else listing is not None,
    )
    if stands_alone:
        page = monograph_page.without_catalogue(page)
    return {
        "found": found,
        "page": page,
        "records_at": "",
        "terms": monograph_terms.used(text.evidence),
        "compound": compound,
        "facts": substance_facts.of_compound(compound),
        **_chemistry(found),
        "contents": monograph_page.contents(page, has_properties=True),
        "revision": revision,
        "versions": versions,
        "newest": newest,
        "is_current": revision.number == newest,
        "own_address": number is not None,
        "listing": listing,
        "is_listed": listing is not None,
        "stands_alone": stands_alone,
        "related": _related(session, text),
        "citation": found.citation,
        "category": category,
        "slug": slug,
        "address": _address(category, slug, None),
        "canonical": found.current_url,
        "reference_files": _reference_files(found),
        "json_ld": structured_data.of_monograph(found, education_crumbs(compound.category)),
        "json_ld_of_records": True,
        "og_type": "article",
        "meta_tags": signposting.meta_tags(found),
        "alternates": [
            (found.url_of("monograph_md"), MARKDOWN, _("As Markdown")),
            (found.url_of("monograph_json"), JSON, _("As JSON")),
        ],
        **({"robots": "noindex"} if number is not None else {}),
    }


def _chemistry(found: Published) -> dict[str, object]:
    """What is computed from the sequence, and its drawing."""
    chemistry = identity_record.chemistry(found.compound)
    drawn = {}
    if chemistry is not None:
        drawn = {
            "diagram_url": found.path_of("sequence_svg"),
            "diagram_height": sequence_height(chemistry.peptide),
            "diagram_words": in_words(chemistry.peptide),
        }
    return {"chemistry": chemistry, "pk_set": PK_SET, **drawn}


def _reference_files(found: Published) -> dict[str, list[list[tuple[str, str]]]]:
    """Label and path of each form of reference: of the version, of all sources, and of each source."""

    def forms(endpoint: str, **parts: str) -> list[tuple[str, str]]:
        return [
            (kind.label, found.path_of(endpoint, ending=ending, **parts))
            for ending, kind in references.FORMATS.items()
        ]

    return {
        "version": [forms("cite")],
        "all": [forms("sources")],
        "each": [forms("source", key=each.key) for each in found.text.sources],
    }


def _listing(session: Session, compound: Compound) -> ListingCard | None:
    """The product of the same compound, the oldest where there are several; None without one.

    None too where the education stands detached from the catalogue.
    """
    if settings().education_placement == "detached":
        return None
    released = (
        select(func.count(Lot.id))
        .join(VialSize, VialSize.id == Lot.vial_size_id)
        .where(VialSize.product_id == Product.id, was_released())
        .correlate(Product)
        .scalar_subquery()
    )
    found = session.execute(
        select(Product, released)
        .where(Product.compound_id == compound.id, Product.listed)
        .order_by(Product.id)
        .limit(1)
        .options(selectinload(Product.sizes))
    ).first()
    if found is None:
        return None
    product, lots = found
    return ListingCard(
        name=product.name,
        label=product.label_code,
        amount=product.sizes[0].amount_text if product.sizes else "",
        field=compound.category.code,
        slug=product.slug,
        form=product.form,
        salt=product.salt_form,
        lots=lots,
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
