"""Quotes for buyers: asked for in the checkout, read and ordered from by a signed link."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.core.database import reading
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.ordering import quoted_prices, quotes
from shop.ordering.quote_models import Quote
from shop.web.visitor import remember, said, say, visitor


def begin() -> AnyResponse:
    """Where a quote is asked for: in the checkout, once contact and delivery are answered."""
    say(_("Answer contact and delivery. Then choose “Get a quote instead”, at the end of the page."))
    return redirect(url_for("checkout.begin"))


def ask() -> AnyResponse:
    """Make a quote of this browser's checkout."""
    try:
        quote = quotes.make(visitor().draft_token or "")
    except NotFound:
        return redirect(url_for("checkout.begin"), 303)
    except Refused as error:
        say(str(error))
        return redirect(url_for("checkout.begin"), 303)
    with reading() as session:
        path, email = quotes.path_of(quote), session.get_one(Quote, quote.id).email
    say(_("The quote is made and sent to %(email)s.", email=email))
    return redirect(path, 303)


def show(reference: str) -> Response:
    """A quote, as long as it is kept."""
    with reading() as session:
        quote = _at_this_address(session, reference)
        return Response(
            render_template(
                "checkout/quote.html",
                quote=quote,
                name=quoted_prices.name_of(quote),
                closed=quotes.why_closed(quote),
                key=request.args.get("key", ""),
                notices=said(),
            )
        )


def paper(reference: str) -> Response:
    """The quote as PDF."""
    with reading() as session:
        quote = _at_this_address(session, reference)
        data, name = quotes.pdf(quote), f"{quote.number}-{quote.revision}.pdf"
    response = Response(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def order(reference: str) -> AnyResponse:
    """Begin a checkout at the quoted prices."""
    with reading() as session:
        back = quotes.path_of(_at_this_address(session, reference))
    try:
        begun = quotes.order_from(reference)
    except NotFound:
        raise
    except Refused as error:
        say(str(error))
        return redirect(back, 303)
    remember(cart=begun.cart_id, draft=begun.token)
    return redirect(url_for("checkout.begin"), 303)


def _at_this_address(session: Session, reference: str) -> Quote:
    quote = quotes.find(session, reference)
    if not quotes.opens(request.args.get("key", ""), reference):
        raise NotFound(_("We can’t find this quote. Use the whole link from your mail, or write to us."))
    return quote
