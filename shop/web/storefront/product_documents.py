"""Safety data sheets and specification sheets for everyone; old revisions stay within reach."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from flask import Response, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.catalogue.models import Product
from shop.core import files
from shop.core.database import reading
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.core.wording import date_in_words
from shop.inventory import product_documents
from shop.inventory.product_documents import ProductDocument
from shop.web.storefront import asked


def links(product: Product, documents: Iterable[ProductDocument]) -> list[dict[str, str]]:
    """The documents of a product in force, as links with date, language and size."""
    return [_link(product, each) for each in documents]


def links_of(session: Session, product: Product) -> list[dict[str, str]]:
    """The same, looked up. One query."""
    return links(product, product_documents.current(session, product.id))


def all_url(product: Product) -> str:
    """Where all revisions of its documents stand."""
    return url_for("storefront.product_documents", slug=product.slug)


def _link(product: Product, each: ProductDocument) -> dict[str, str]:
    return {
        "label": _(
            "%(kind)s, %(language)s",
            kind=product_documents.kind_in_words(each.kind),
            language=product_documents.language_in_words(each.language),
        ),
        "url": url_for(
            "storefront.product_document",
            slug=product.slug,
            kind=each.kind.value,
            language=each.language,
            revision=each.revision,
        ),
        "detail": _(
            "Revision %(number)s, %(day)s, PDF, %(size)s KB",
            number=each.revision,
            day=date_in_words(each.issued_on),
            size=ceil(each.file.size / 1024),
        ),
    }


def show(slug: str) -> AnyResponse:
    """Every revision of every document of a product."""
    with reading() as session:
        product = session.scalar(select(Product).where(Product.slug == slug)) if asked.is_slug(slug) else None
        if product is None:
            raise NotFound(_("We have no product here. Look for its name, CAS number or catalogue number."))
        newest = {each.id for each in product_documents.current(session, product.id)}
        return Response(
            render_template(
                "storefront/product_documents.html",
                product=product,
                rows=[
                    {
                        **_link(product, each),
                        "note": each.note,
                        "sha256": each.sha256,
                        "in_force": each.id in newest,
                    }
                    for each in product_documents.all_of(session, product.id)
                ],
                robots="noindex",
            )
        )


def document(slug: str, kind: str, language: str, revision: int) -> AnyResponse:
    """One document, byte for byte as it was sent in."""
    with reading() as session:
        found = product_documents.find(session, slug, kind, language, revision)
        sha256 = found.sha256
    response = Response(files.store().get(sha256), mimetype="application/pdf")
    response.set_etag(sha256)
    name = f"{slug}-{kind}-{language}-{revision}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
