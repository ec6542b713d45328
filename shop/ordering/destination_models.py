"""The rules of where the shop delivers what, with their history."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.compounds.models import Category, Compound
from shop.core.append_only import frozen_columns
from shop.core.database import Base, one_of, rule


class DestinationEffect(StrEnum):
    """What a rule says."""

    DELIVER = "deliver"
    """The country is on the list of those delivered to."""
    REFUSE = "refuse"
    LICENCE = "licence"
    """A person has to see a licence first, so the order is held."""


class DestinationRule(Base):
    """A country that is delivered to, or what is not sent there. Ended, never edited or deleted."""

    __tablename__ = "destination_rule"
    __table_args__ = (
        Index(
            "uq_destination_rule_delivered_to_once",
            "country",
            unique=True,
            sqlite_where=text("effect = 'deliver' AND ended_at IS NULL"),
            postgresql_where=text("effect = 'deliver' AND ended_at IS NULL"),
        ),
        rule("length(country) = 2", "country_is_a_code"),
        rule("reason <> '' AND source <> ''", "a_rule_has_reason_and_source"),
        rule(
            "effect <> 'deliver' OR (compound_id IS NULL AND category_id IS NULL AND places = '')",
            "a_country_is_delivered_to_as_a_whole",
        ),
        rule("compound_id IS NULL OR category_id IS NULL", "a_rule_is_of_a_compound_or_a_field"),
        rule("ended_at IS NULL OR end_reason <> ''", "an_end_has_a_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    country: Mapped[str] = mapped_column(String(2), index=True)
    """ISO 3166-1 alpha-2."""
    places: Mapped[str] = mapped_column(Text, default="")
    """Patterns of postcode or region, one on a line; empty for the whole country."""
    compound_id: Mapped[int | None] = mapped_column(ForeignKey("compound.id"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    """A field of compounds; without one and without a compound, the rule is of every compound."""
    effect: Mapped[DestinationEffect] = mapped_column(one_of(DestinationEffect, "effect_is_known"))
    reason: Mapped[str] = mapped_column(Text)
    """Buyers read it."""
    source: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[datetime]
    begun_by: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(String(200), default="")
    end_reason: Mapped[str] = mapped_column(Text, default="")

    compound: Mapped[Compound | None] = relationship()
    category: Mapped[Category | None] = relationship()


frozen_columns(
    "destination_rule",
    [
        *("id", "country", "places", "compound_id", "category_id", "effect", "reason", "source"),
        *("begun_at", "begun_by"),
    ],
    "a rule of destinations is ended and written anew, never edited",
)
