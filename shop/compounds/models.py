"""What a substance is: its field of research, names, identifiers and sourced properties."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core.database import Base, one_of, rule


class CompoundKind(StrEnum):
    """Whether a substance is one molecule or a mixture without a molar mass."""

    DEFINED_PEPTIDE = "defined_peptide"
    MIXTURE = "mixture"


class PropertyStatus(StrEnum):
    """How a value is known."""

    PUBLISHED = "published"
    """Seen in a citable record; the source says which."""
    SHOP_SPECIFICATION = "shop_specification"
    """The shop's own specification, without a citation."""
    COMPUTED = "computed"
    """Worked out here from the sequence."""
    NOT_SEEN = "not_seen"
    """Reported on a page whose source has not been seen."""


class Category(Base):
    """A field of research."""

    __tablename__ = "category"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    code: Mapped[str] = mapped_column(String(3), unique=True)
    """Three letters that choose the cap colour in the design."""
    scope: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(unique=True)


class Compound(Base):
    """A substance, the hinge between a monograph and a product."""

    __tablename__ = "compound"
    __table_args__ = (
        rule(
            "(kind = 'defined_peptide' AND sequence IS NOT NULL) OR (kind = 'mixture' AND sequence IS NULL)",
            "only_a_defined_peptide_has_a_sequence",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[CompoundKind] = mapped_column(one_of(CompoundKind, "kind_is_known"))
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"), index=True)
    substance_class: Mapped[str] = mapped_column(String(200))
    sequence: Mapped[str | None] = mapped_column(String(200))
    """One-letter residues from the amino end."""
    n_terminus: Mapped[str] = mapped_column(String(10), default="H")
    c_terminus: Mapped[str] = mapped_column(String(10), default="OH")
    disulfides: Mapped[list[Any]]
    """Pairs of residue positions, counted from 1, that a disulfide joins."""
    metal: Mapped[str | None] = mapped_column(String(2))
    cas: Mapped[str | None] = mapped_column(String(12), unique=True)
    created_at: Mapped[datetime]

    category: Mapped[Category] = relationship(lazy="joined", innerjoin=True)
    names: Mapped[list[CompoundName]] = relationship(order_by="CompoundName.position")
    properties: Mapped[list[CompoundProperty]] = relationship(order_by="CompoundProperty.position")


class CompoundName(Base):
    """Another name of a substance, found by search."""

    __tablename__ = "compound_name"
    __table_args__ = (UniqueConstraint("compound_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    compound_id: Mapped[int] = mapped_column(ForeignKey("compound.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    position: Mapped[int]


class CompoundProperty(Base):
    """One property of a substance as printed, with where it is known from."""

    __tablename__ = "compound_property"
    __table_args__ = (UniqueConstraint("compound_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    compound_id: Mapped[int] = mapped_column(ForeignKey("compound.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(60))
    value: Mapped[str] = mapped_column(Text)
    """As printed, unit included."""
    status: Mapped[PropertyStatus] = mapped_column(one_of(PropertyStatus, "status_is_known"))
    source: Mapped[str | None] = mapped_column(Text)
    """A citable record (PMID, DOI, registry number); null where there is none."""
    note: Mapped[str | None] = mapped_column(Text)
