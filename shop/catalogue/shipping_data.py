"""What carriers and customs ask of a product: how it travels, its HS code, origin and plain description.

How a product travels is not how it is kept: many lyophilised peptides travel at room temperature and are kept
cold. `Product.cold_chain` says whether the shop's calendar for cold goods holds; this module keeps it and the
condition of travel in step.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from babel import Locale
from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.catalogue.models import Product
from shop.core import audit, clock
from shop.core.database import Base, one_of, rule, writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _


class ShipCondition(StrEnum):
    """How a product travels."""

    AMBIENT = "ambient"
    COLD_PACK = "cold_pack"
    DRY_ICE = "dry_ice"


class ProductShipping(Base):
    """What carriers and customs ask of a product."""

    __tablename__ = "product_shipping"
    __table_args__ = (
        rule("hs_code = '' OR length(hs_code) BETWEEN 6 AND 10", "hs_code_has_6_to_10_digits"),
        rule("origin_country = '' OR length(origin_country) = 2", "origin_is_a_country_code"),
        rule("vial_gross_mg IS NULL OR vial_gross_mg > 0", "weight_is_positive"),
    )

    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    ship_condition: Mapped[ShipCondition] = mapped_column(one_of(ShipCondition, "ship_condition_is_known"))
    hs_code: Mapped[str] = mapped_column(String(10))
    """Digits of the Harmonized System: six, or up to ten of a national tariff."""
    origin_country: Mapped[str] = mapped_column(String(2))
    customs_description: Mapped[str] = mapped_column(String(200))
    export_classification: Mapped[str] = mapped_column(String(60))
    """Such as EAR99, or an ECCN, as the shop classed it."""
    export_note: Mapped[str] = mapped_column(Text)
    vial_gross_mg: Mapped[int | None]
    """Weight of a filled, closed vial, in milligrams."""
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))


@dataclass(frozen=True, kw_only=True)
class ShippingData:
    """What is entered for a product."""

    ship_condition: ShipCondition
    hs_code: str = ""
    origin_country: str = ""
    customs_description: str = ""
    export_classification: str = ""
    export_note: str = ""
    vial_gross_mg: int | None = None


_NO_DESCRIPTION = re.compile(r"\b(samples?|no (?:commercial )?value|gifts?|supplements?|chemicals?)\b", re.I)
"""Words that hide what is in a parcel; a declaration has to say it."""


def set_shipping(slug: str, new: ShippingData, *, actor: str) -> None:
    """Keep what carriers and customs ask of a product.

    Raises:
        NotFound: there is no such product.
        Refused: a code is none, or the description does not say what the goods are.
    """
    digits = re.sub(r"[\s.]", "", new.hs_code)
    if digits and not (digits.isascii() and digits.isdigit() and 6 <= len(digits) <= 10):
        raise Refused(_("An HS code has 6 to 10 digits, such as 2933.99."))
    country = new.origin_country.strip().upper()
    if country and (len(country) != 2 or country not in Locale("en").territories):
        raise Refused(_("Enter the country of origin by its two letters, such as NL."))
    hidden = _NO_DESCRIPTION.search(new.customs_description)
    if hidden is not None:
        raise Refused(
            _(
                "Customs need to read what it is. “%(word)s” does not say so; write for example “Synthetic "
                "peptide, lyophilised, laboratory reagent”.",
                word=hidden[0],
            )
        )
    with writing() as session:
        product = session.scalar(select(Product).where(Product.slug == slug)) if _plain(slug) else None
        if product is None:
            raise NotFound(_("There is no such product."))
        row = session.get(ProductShipping, product.id)
        before = _plainly(row) if row else None
        if row is None:
            row = ProductShipping(product_id=product.id)
            session.add(row)
        row.ship_condition, row.hs_code, row.origin_country = new.ship_condition, digits, country
        row.customs_description = new.customs_description.strip()
        row.export_classification, row.export_note = new.export_classification, new.export_note
        row.vial_gross_mg = new.vial_gross_mg
        row.changed_at, row.changed_by = clock.now(), actor
        product.cold_chain = new.ship_condition != ShipCondition.AMBIENT
        audit.log(
            session,
            actor=actor,
            action="product.shipping",
            subject=f"product/{product.slug}",
            before=before,
            after=_plainly(row),
        )


def of_products(session: Session, product_ids: Collection[int]) -> dict[int, ProductShipping]:
    """What is kept of some products. One query."""
    found = session.scalars(select(ProductShipping).where(ProductShipping.product_id.in_(product_ids)))
    return {row.product_id: row for row in found}


def condition_of(product: Product, row: ProductShipping | None) -> ShipCondition:
    """How a product travels; where only the calendar knows that it is cold, with cold packs."""
    if row is not None and (row.ship_condition != ShipCondition.AMBIENT) == product.cold_chain:
        return row.ship_condition
    return ShipCondition.COLD_PACK if product.cold_chain else ShipCondition.AMBIENT


def condition_in_words(condition: ShipCondition) -> str:
    """How a product travels, for readers."""
    return {
        ShipCondition.AMBIENT: _("Room temperature"),
        ShipCondition.COLD_PACK: _("Cold packs"),
        ShipCondition.DRY_ICE: _("Dry ice"),
    }[condition]


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _plainly(row: ProductShipping) -> dict[str, object]:
    return {
        "ship_condition": row.ship_condition.value,
        "hs_code": row.hs_code,
        "origin_country": row.origin_country,
        "customs_description": row.customs_description,
        "export_classification": row.export_classification,
        "vial_gross_mg": row.vial_gross_mg,
    }
