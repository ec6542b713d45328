"""The ways of sending a cart, as the delivery step and the cart show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.core.settings import settings
from shop.ordering import delivery_rates, order_price
from shop.ordering.delivery_rates import Offer
from shop.ordering.lines import Line


@dataclass(frozen=True, kw_only=True)
class Ways:
    """What can be chosen, with its price once the country is known, and what is not offered and why."""

    names: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    not_offered: Sequence[str] = ()
    has_prices: bool = False


def of(session: Session, lines: Sequence[Line], country: str) -> Ways:
    """The ways of sending some lines to a country; all there are, without prices, while none is chosen."""
    if not country:
        methods = delivery_rates.all_offered(session, settings().currency)
        return Ways(
            names={method.code: method.name for method in methods},
            notes={method.code: method.note for method in methods},
        )
    found = order_price.offers(session, lines, country)
    taken = [each for each in found if not each.why_not]
    nothing = delivery_rates.nothing_offered(found)
    return Ways(
        names={
            each.code: f"{each.name}, {in_words(each.total_minor, settings().currency)}" for each in taken
        },
        notes={each.code: " ".join(part for part in (each.note, _price(each)) if part) for each in taken},
        not_offered=[nothing] if nothing else [each.why_not for each in found if each.why_not],
        has_prices=bool(taken),
    )


def _price(offer: Offer) -> str:
    """How the price of a way of sending came about."""
    if not offer.cold_chain_minor:
        return f"{offer.explanation}."
    return _(
        "%(how)s; %(surcharge)s of the price is for the cold chain.",
        how=offer.explanation,
        surcharge=in_words(offer.cold_chain_minor, settings().currency),
    )
