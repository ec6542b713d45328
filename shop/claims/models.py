"""Texts that the guard held and that were let through with a written reason, one row each, for good."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shop.claims.rules import Surface
from shop.core.append_only import append_only
from shop.core.database import Base, one_of, rule


class ExplainedHold(Base):
    """A hold that a person explained: which text, under which rules, why it may stand, who said so."""

    __tablename__ = "explained_hold"
    __table_args__ = (
        UniqueConstraint("about", "surface", "text_sha256", "ruleset_version"),
        rule("length(trim(reason)) >= 10", "a_hold_needs_a_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(String(120), index=True)
    """What the text belongs to, such as `monograph/semax`."""
    place: Mapped[str] = mapped_column(String(120))
    """Where in it the text stood, such as `summary, paragraph 3`."""
    surface: Mapped[Surface] = mapped_column(one_of(Surface, "surface_is_known"))
    text_sha256: Mapped[str] = mapped_column(String(64), index=True)
    ruleset_version: Mapped[str] = mapped_column(String(20))
    rules: Mapped[list[Any]]
    words: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(Text)
    explained_by: Mapped[str] = mapped_column(String(200))
    explained_at: Mapped[datetime] = mapped_column(index=True)


append_only("explained_hold")
