"""The bench calculators: forms sent by GET, so that an answer can be kept, shared and printed."""

from __future__ import annotations

from collections.abc import Callable

from shop.web.storefront.calculators import liquids, powders
from shop.web.storefront.calculators.calculator import Calculator

CALCULATORS: dict[str, Callable[[], Calculator]] = {
    "stock-solution": powders.stock,
    "concentration": powders.concentration,
    "molarity": powders.molar,
    "dilution": liquids.diluting,
    "serial-dilution": liquids.series,
    "aliquots": liquids.sharing,
    "net-peptide-content": powders.net,
    "unit-conversion": powders.conversion,
}
"""By slug, in the order of the index. Made anew for each page, in the language of its reader."""
