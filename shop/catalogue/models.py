"""Products, their required tests, vial sizes and prices."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.compounds.models import Compound
from shop.core.database import Base, one_of, rule


class AmountBasis(StrEnum):
    """What the stated amount of a vial counts."""

    NET_PEPTIDE = "net_peptide"
    GROSS = "gross"


class StorageZone(StrEnum):
    """Where a product is kept; pick lists are grouped by it."""

    FREEZER = "freezer"
    COLD_ROOM = "cold_room"
    AMBIENT = "ambient"


class LimitKind(StrEnum):
    """How a test result is held against its limit."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BETWEEN = "between"
    MASS_WITHIN = "mass_within"
    """The observed mass lies within a tolerance of the mass computed from the sequence."""
    CONFORMS = "conforms"
    """The result is made of the limit's own words, or reads "Conforms"."""
    REPORT = "report"
    """No limit; the value is reported."""


class Product(Base):
    """A reagent as listed: one substance in one form."""

    __tablename__ = "product"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    compound_id: Mapped[int] = mapped_column(ForeignKey("compound.id"), index=True)
    catalogue_number: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    label_name: Mapped[str] = mapped_column(String(40))
    """The name on the vial label."""
    label_code: Mapped[str] = mapped_column(String(8))
    """A few letters for the small drawing in lists."""
    subtitle: Mapped[str] = mapped_column(String(200))
    form: Mapped[str] = mapped_column(String(80))
    salt_form: Mapped[str] = mapped_column(String(80))
    amount_basis: Mapped[AmountBasis] = mapped_column(one_of(AmountBasis, "amount_basis_is_known"))
    appearance: Mapped[str] = mapped_column(String(120))
    container: Mapped[str] = mapped_column(String(120))
    solubility: Mapped[str] = mapped_column(Text)
    storage_dry: Mapped[str] = mapped_column(Text)
    storage_solution: Mapped[str] = mapped_column(Text)
    storage_label: Mapped[str] = mapped_column(String(40))
    """Storage in the few words that fit on a vial."""
    handling_note: Mapped[str | None] = mapped_column(Text)
    shipping_note: Mapped[str] = mapped_column(Text)
    storage_zone: Mapped[StorageZone] = mapped_column(one_of(StorageZone, "storage_zone_is_known"))
    cold_chain: Mapped[bool]
    tax_class: Mapped[str] = mapped_column(String(40), default="standard")
    """Which of a country's tax rates applies."""
    listed: Mapped[bool] = mapped_column(default=True)
    """False once withdrawn from sale; its certificates stay readable."""
    created_at: Mapped[datetime]

    compound: Mapped[Compound] = relationship(lazy="joined", innerjoin=True)
    sizes: Mapped[list[VialSize]] = relationship(back_populates="product", order_by="VialSize.position")
    required_tests: Mapped[list[RequiredTest]] = relationship(order_by="RequiredTest.position")


class RequiredTest(Base):
    """A test that every lot of a product must pass before release, with its limit as printed."""

    __tablename__ = "required_test"
    __table_args__ = (
        UniqueConstraint("product_id", "attribute"),
        UniqueConstraint("product_id", "position"),
        rule("limit_kind <> 'at_least' OR lower IS NOT NULL", "at_least_needs_a_lower_limit"),
        rule("limit_kind <> 'at_most' OR upper IS NOT NULL", "at_most_needs_an_upper_limit"),
        rule(
            "limit_kind <> 'between' OR (lower IS NOT NULL AND upper IS NOT NULL)", "between_needs_two_limits"
        ),
        rule("limit_kind <> 'mass_within' OR tolerance IS NOT NULL", "mass_within_needs_a_tolerance"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    position: Mapped[int]
    attribute: Mapped[str] = mapped_column(String(40))
    """A code such as `purity_hplc` or `identity_ms`."""
    name: Mapped[str] = mapped_column(String(80))
    method: Mapped[str] = mapped_column(String(120))
    limit_kind: Mapped[LimitKind] = mapped_column(one_of(LimitKind, "limit_kind_is_known"))
    limit_text: Mapped[str] = mapped_column(String(120))
    """The limit as printed, such as `≥ 98.0%`."""
    lower: Mapped[Decimal | None]
    upper: Mapped[Decimal | None]
    tolerance: Mapped[Decimal | None]
    unit: Mapped[str] = mapped_column(String(20), default="")


class VialSize(Base):
    """One size of a product: what a buyer puts in the cart."""

    __tablename__ = "vial_size"
    __table_args__ = (
        UniqueConstraint("product_id", "amount", "amount_unit"),
        UniqueConstraint("product_id", "position"),
        rule("reorder_point IS NULL OR reorder_point >= 0", "reorder_point_not_negative"),
        rule("weight_g > 0", "weight_is_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    sku: Mapped[str] = mapped_column(String(30), unique=True)
    amount: Mapped[Decimal]
    amount_unit: Mapped[str] = mapped_column(String(10))
    position: Mapped[int]
    fill_height: Mapped[int] = mapped_column(default=50)
    """Height of the cake or liquid in the drawing, in percent."""
    reorder_point: Mapped[int | None]
    """Staff are told when no more vials than this are free to sell; null where nobody asked to be told."""
    weight_g: Mapped[int] = mapped_column(default=15)
    """What one vial weighs in the parcel, with glass and stopper, in grams; 15 until it was weighed."""

    product: Mapped[Product] = relationship(back_populates="sizes", lazy="joined", innerjoin=True)
    prices: Mapped[list[Price]] = relationship(order_by="Price.from_quantity")

    @property
    def amount_text(self) -> str:
        """The amount as printed, such as `10 mg`."""
        return f"{self.amount.normalize():f} {self.amount_unit}"

    @property
    def title(self) -> str:
        """Product and amount, as printed on orders."""
        return f"{self.product.name}, {self.amount_text}"


class Price(Base):
    """The price of one vial from a quantity upwards, in minor units, tax not included."""

    __tablename__ = "price"
    __table_args__ = (
        UniqueConstraint("vial_size_id", "currency", "from_quantity"),
        rule("unit_minor > 0", "price_is_positive"),
        rule("from_quantity >= 1", "quantity_tier_starts_at_one_or_more"),
        rule("length(currency) = 3", "currency_is_a_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vial_size_id: Mapped[int] = mapped_column(ForeignKey("vial_size.id"), index=True)
    currency: Mapped[str] = mapped_column(String(3))
    from_quantity: Mapped[int] = mapped_column(default=1)
    unit_minor: Mapped[int]
