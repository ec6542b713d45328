"""The prices of a quote in a checkout that was begun from it, while they hold; and using it up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from shop.core import clock
from shop.core.database import locked
from shop.core.language import gettext as _
from shop.core.wording import long_date
from shop.ordering.lines import Line
from shop.ordering.models import CheckoutDraft
from shop.ordering.quote_models import Quote, QuotedOrder, QuoteState


def of_draft(session: Session, draft: CheckoutDraft) -> Quote | None:
    """The quote a checkout was begun from, while its prices hold."""
    if draft.quote_id is None:
        return None
    quote = session.scalar(select(Quote).where(Quote.id == draft.quote_id).options(selectinload(Quote.lines)))
    if quote is None or quote.state != QuoteState.OPEN or quote.valid_until < clock.today():
        return None
    return quote


def unit_prices(quote: Quote | None, lines: Sequence[Line]) -> Mapping[int, int]:
    """Promised prices by vial size, for the lines that ask for just the quoted number of vials."""
    if quote is None:
        return {}
    promised = {line.vial_size_id: line for line in quote.lines}
    return {
        line.size.id: promised[line.size.id].unit_minor
        for line in lines
        if line.size.id in promised and promised[line.size.id].quantity == line.quantity
    }


def in_words(quote: Quote) -> str:
    """Whose prices these are, for Review."""
    return _(
        "Prices of quote %(number)s, valid until %(day)s.",
        number=name_of(quote),
        day=long_date(quote.valid_until),
    )


def name_of(quote: Quote) -> str:
    """Number and revision as printed."""
    if quote.revision == 1:
        return quote.number
    return _("%(number)s, revision %(revision)s", number=quote.number, revision=quote.revision)


def lock(session: Session, draft: CheckoutDraft) -> None:
    """Let two orders from one quote take turns: the second one finds it used."""
    if draft.quote_id is not None:
        locked(session, Quote, draft.quote_id)


def use(session: Session, draft: CheckoutDraft, order_id: int) -> None:
    """Write down that an order was placed at the prices of a quote."""
    quote = of_draft(session, draft)
    if quote is None:
        return
    session.add(QuotedOrder(quote_id=quote.id, order_id=order_id))
    quote.state = QuoteState.ACCEPTED
    session.flush()
