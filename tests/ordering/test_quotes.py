"""Quotes: prices promised until a day, honoured once, revised and withdrawn."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from builders import (
    WHERE,
    answer_all,
    draft_for,
    make_lot,
    make_ready_to_sell,
    make_size,
    place,
    shown,
    someone,
)
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from shop.catalogue.models import Price
from shop.core import clock
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.outbox import OutboxMessage
from shop.ordering import checkout, placement, quotes
from shop.ordering.models import Order, PaymentMethod
from shop.ordering.placement import ReviewChanged
from shop.ordering.quote_models import Quote, QuoteState


def a_quote(vials: int = 2) -> str:
    """A quote over vials at $46.00; returns its reference."""
    sku = make_size(price_minor=4600)
    make_lot(sku, 20)
    quote = quotes.make(draft_for({sku: vials}))
    with reading() as session:
        return session.get_one(Quote, quote.id).reference


def price_is_now(minor: int) -> None:
    with writing() as session:
        for price in session.scalars(select(Price)):
            price.unit_minor = minor


def ready(reference: str) -> str:
    """A checkout begun from a quote with the rest answered."""
    token = quotes.order_from(reference).token
    answer_all(token)
    checkout.save_payment(token, method=PaymentMethod.PURCHASE_ORDER, po_number="PO-7", po_file=None)
    return token


def found(reference: str) -> Quote:
    with reading() as session:
        quote = quotes.find(session, reference)
        session.expunge_all()
        return quote


def test_quoted_prices_are_honoured_once_when_the_list_has_changed(shop: Flask) -> None:
    make_ready_to_sell()
    reference = a_quote()
    price_is_now(9900)
    first, second = ready(reference), ready(reference)
    placed = place(first)
    with reading() as session:
        order = session.get_one(Order, placed.order_id)
        assert [line.unit_minor for line in order.lines] == [4600]
    assert found(reference).state == QuoteState.ACCEPTED
    with pytest.raises(Refused, match="An order was placed from this quote already"):
        quotes.order_from(reference)
    again = place(second)
    with reading() as session:
        order = session.get_one(Order, again.order_id)
        assert [line.unit_minor for line in order.lines] == [9900]


def test_a_quote_used_by_another_checkout_meanwhile_asks_again(shop: Flask) -> None:
    make_ready_to_sell()
    reference = a_quote()
    price_is_now(9900)
    first, second = ready(reference), ready(reference)
    seen = shown(second)
    place(first)
    with pytest.raises(ReviewChanged, match=r"the price of a vial is now \$99\.00, not \$46\.00"):
        placement.place(second, seen, WHERE)


def test_prices_hold_for_the_quoted_number_and_until_the_day(shop: Flask) -> None:
    make_ready_to_sell()
    reference = a_quote()
    quote = found(reference)
    assert quote.valid_until == clock.today() + timedelta(days=30)
    assert quote.number == f"Q-{clock.today().year}-00001"
    with clock.shifted(timedelta(days=31)), pytest.raises(Refused, match="was valid until"):
        quotes.order_from(reference)


def test_a_revision_replaces_a_quote_and_the_buyer_gets_it(shop: Flask) -> None:
    make_ready_to_sell()
    reference = a_quote()
    staff = someone("sales")
    first = found(reference)
    with pytest.raises(Refused, match="Give a reason"):
        quotes.revise(first.id, {1: 4000}, valid_until=clock.today(), reason="", staff=staff)
    with pytest.raises(Refused, match="above zero"):
        quotes.revise(first.id, {1: 0}, valid_until=clock.today(), reason="x", staff=staff)
    made = quotes.revise(first.id, {1: 4000}, valid_until=clock.today(), reason="Ten a month.", staff=staff)
    with reading() as session:
        second = session.get_one(Quote, made.id)
        assert (second.number, second.revision, second.total_minor) == (first.number, 2, 8000 + 1400)
        newer = second.reference
        keys = [key for key in session.scalars(select(OutboxMessage.key)) if "quote" in key]
    assert keys == [f"mail/quote/{first.number}/1", f"mail/quote/{first.number}/2"]
    with pytest.raises(Refused, match="newer revision"):
        quotes.order_from(reference)
    placed = place(ready(newer))
    with reading() as session:
        assert session.get_one(Order, placed.order_id).total_minor == 9400
    with pytest.raises(DatabaseError), writing() as session:
        session.execute(text("UPDATE quote SET total_minor = 1"))


def test_a_withdrawn_quote_holds_no_more(shop: Flask) -> None:
    make_ready_to_sell()
    reference = a_quote()
    quotes.withdraw(found(reference).id, reason="A slip in the price.", staff=someone("sales"))
    with pytest.raises(Refused, match="was withdrawn"):
        quotes.order_from(reference)


def test_the_paper_names_prices_day_and_terms(shop: Flask) -> None:
    make_ready_to_sell()
    reference = a_quote()
    with reading() as session:
        quote = quotes.find(session, reference)
        data = quotes.pdf(quote)
        assert data == quotes.pdf(quote)
    words = " ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)
    for said in ("Q-", "Valid until", "$46.00", "$106.00", "For laboratory research use only"):
        assert said in words
