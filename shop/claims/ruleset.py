"""All families of all rules, in every language the guard reads."""

from __future__ import annotations

from shop.claims import health, other_languages, results, trade, use
from shop.claims.rules import Family

FAMILIES: tuple[Family, ...] = (
    *health.families(),
    *use.families(),
    *results.families(),
    *trade.families(),
    *other_languages.FAMILIES,
)
