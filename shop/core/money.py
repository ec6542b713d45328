"""Money: whole minor units (cents) and a currency code; never a float."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision

from shop.core.language import current_locale


def in_words(minor: int, currency: str) -> str:
    """The amount as printed for a reader, such as `$1,234.50`."""
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    return format_currency(amount, currency, locale=current_locale())
