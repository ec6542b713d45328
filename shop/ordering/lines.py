"""Lines of a cart as plain values: what plans, prices and checks are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shop.catalogue.on_sale import SizeOnSale


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A number of vials of one size, with the price the buyer last saw, and what it asks of its lots."""

    id: int
    size: SizeOnSale
    quantity: int
    unit_minor_seen: int
    one_lot: bool = False
    """All vials from one lot."""
    months_left: int = 0
    """Whole months from the planned ship date to retest or expiry that every vial must have."""
    short_dated: bool = False
    """Shorter-dated lots are fine too."""
    lot_hold_id: int | None = None
    """A hold whose vials this line draws on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedCart:
    """A cart with something in it, as it was read."""

    id: int
    changed_at: datetime
    lines: tuple[Line, ...]
