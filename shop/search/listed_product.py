"""A product with what seldom changes of its page, read once for each change and not for each reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from shop.catalogue.models import Product, VialSize
from shop.compounds.models import Compound
from shop.core import stamps
from shop.core.database import db
from shop.education.models import Monograph
from shop.inventory import product_documents
from shop.inventory.product_documents import ProductDocument


@dataclass(frozen=True, kw_only=True)
class ProductOnPage:
    """A product with sizes, prices, required tests and compound. Others hold it too: never to be changed."""

    product: Product
    documents: Sequence[ProductDocument]
    """The newest revision of each of its documents in each language."""
    has_monograph: bool
    """Whether there is a monograph about its compound."""


def find(session: Session, slug: str) -> ProductOnPage | None:
    """The product of a page, listed or withdrawn, as it is now; of no session."""
    known = _known.of(session)
    found = known.get(slug)
    if found is None:
        found = _read(slug)
        if found is not None:
            known[slug] = found
    return found


@stamps.kept(
    "listed products",
    dict.fromkeys(
        (
            *("product", "vial_size", "price", "required_test", "product_document"),
            *("category", "compound", "compound_name", "compound_property", "monograph"),
        ),
        "",
    ),
)
def _known(_session: Session) -> dict[str, ProductOnPage]:
    """Those that were asked for since the last change, by slug."""
    return {}


def _read(slug: str) -> ProductOnPage | None:
    # In a session of its own, so that it outlives the request that asked first.
    with Session(db.engine) as session:
        product = session.scalar(
            select(Product)
            .where(Product.slug == slug)
            .options(
                selectinload(Product.sizes).joinedload(VialSize.prices),
                selectinload(Product.required_tests),
                joinedload(Product.compound).options(
                    selectinload(Compound.properties), selectinload(Compound.names)
                ),
            )
        )
        if product is None:
            return None
        for size in product.sizes:
            set_committed_value(size, "product", product)
        monograph = select(Monograph.id).where(Monograph.compound_id == product.compound_id)
        return ProductOnPage(
            product=product,
            documents=product_documents.current(session, product.id),
            has_monograph=session.scalar(monograph) is not None,
        )
