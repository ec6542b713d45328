"""Money: whole minor units (cents) and a currency code; never a float."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from babel.numbers import format_currency, get_currency_precision

from shop.core.language import current_locale


def in_words(minor: int, currency: str) -> str:
    """The amount as printed for a reader, such as `$1,234.50`."""
    return _in_words(minor, currency, current_locale())


@lru_cache(maxsize=4096)
def _in_words(minor: int, currency: str, locale: str) -> str:
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    return format_currency(amount, currency, locale=locale)
