"""Listing a product and changing its words: both only say what the claims rules allow beside a cart.

A product's text is everything its page, its label, its mail and the search for it are made of, the names
of its compound included. A block refuses the listing; a hold needs a written reason, which is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from shop.catalogue.models import Product
from shop.claims import holds
from shop.claims.holds import Judged, judge
from shop.claims.rules import Surface, Verdict
from shop.core import audit
from shop.core.errors import Refused
from shop.core.language import gettext as _

WORDS = (
    "name",
    "label_name",
    "label_code",
    "subtitle",
    "form",
    "salt_form",
    "appearance",
    "container",
    "solubility",
    "storage_dry",
    "storage_solution",
    "storage_label",
    "handling_note",
    "shipping_note",
)
"""The fields of a product that are printed, in the order of the model."""
NO_REASONS: Mapping[str, str] = MappingProxyType({})


def list_product(
    session: Session, product: Product, *, actor: str, reasons: Mapping[str, str] = NO_REASONS
) -> None:
    """Add a product to the catalogue.

    Args:
        reasons: why what the claims guard holds may stand, by the name of the field.

    Raises:
        Blocked: it says what may not be said beside a cart.
        NeedsReasons: it says what needs a written reason, and has none.
    """
    session.add(product)
    session.flush()
    require_listable(session, product, actor=actor, reasons=reasons)
    audit.log(
        session,
        actor=actor,
        action="product.list",
        subject=f"product/{product.slug}",
        after={"catalogue_number": product.catalogue_number, "name": product.name},
    )


def change_words(
    session: Session,
    product: Product,
    changes: Mapping[str, str],
    *,
    actor: str,
    reasons: Mapping[str, str] = NO_REASONS,
) -> None:
    """Change what a product's page says; `changes` has the new text by field.

    Raises:
        Blocked, NeedsReasons: as in `list_product`; nothing is changed then.
        Refused: a field is not one of a product's words.
    """
    if unknown := [name for name in changes if name not in WORDS]:
        raise Refused(_("A product has no text “%(name)s”.", name=unknown[0]))
    before = {name: getattr(product, name) for name in changes}
    for name, words in changes.items():
        setattr(product, name, words)
    try:
        require_listable(session, product, actor=actor, reasons=reasons)
    except holds.NotPublishable:
        for name, words in before.items():
            setattr(product, name, words)
        raise
    audit.log(
        session,
        actor=actor,
        action="product.change-words",
        subject=f"product/{product.slug}",
        before=before,
        after=dict(changes),
    )


def require_listable(
    session: Session, product: Product, *, actor: str, reasons: Mapping[str, str] = NO_REASONS
) -> None:
    """Refuse a product whose words are blocked, or held without a reason; keep the reasons given.

    Raises:
        Blocked, NeedsReasons: as in `list_product`.
    """
    holds.require_publishable(
        session,
        judged(product),
        about=f"product/{product.slug}",
        surface=Surface.PRODUCT,
        reasons=reasons,
        actor=actor,
    )


def judged(product: Product) -> tuple[Judged, ...]:
    """Every text of a product of which the guard has something to say."""
    found = (judge(place, words, Surface.PRODUCT) for place, words in _texts(product))
    return tuple(each for each in found if each.checked.findings)


def _texts(product: Product) -> Iterator[tuple[str, str]]:
    """Field and text. An address is read as words, a test with its limit as one line."""
    for name in WORDS:
        if words := getattr(product, name):
            yield name, words
    yield "slug", product.slug.replace("-", " ")
    for test in product.required_tests:
        yield f"test {test.attribute}", f"{test.name}: {test.method}, limit {test.limit_text}"
    compound = product.compound
    yield "compound name", compound.name
    yield "compound class", compound.substance_class
    for synonym in compound.names:
        yield f"synonym {synonym.position}", synonym.name
    for fact in compound.properties:
        yield f"property {fact.name}", f"{fact.name}: {fact.value}" + (f" ({fact.note})" if fact.note else "")


@audit.invariant("I90", "Every listed product says only what the claims rules allow, or why it may")
def _words_are_allowed(session: Session) -> Iterator[str]:
    products = session.scalars(
        select(Product)
        .where(Product.listed)
        .options(selectinload(Product.required_tests))
        .order_by(Product.id)
    )
    for product in products:
        found = judged(product)
        waiting = holds.unexplained(session, found, about=f"product/{product.slug}", surface=Surface.PRODUCT)
        for each in (*(each for each in found if each.checked.verdict is Verdict.BLOCK), *waiting):
            words = ", ".join(f"“{words}”" for words in each.checked.words)
            yield f"product {product.slug}, {each.place}: {words} ({', '.join(each.checked.rules)})"
