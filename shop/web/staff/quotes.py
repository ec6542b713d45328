"""The desk of quotes: what was promised, a new revision, and taking one back."""

from __future__ import annotations

from enum import StrEnum

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Form
from wtforms.validators import InputRequired

from shop.core import clock
from shop.core.database import reading
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.ordering import quoted_prices, quotes
from shop.ordering.models import Order
from shop.ordering.quote_models import Quote, QuotedOrder, QuoteState
from shop.web.fields import DayField
from shop.web.staff import access, frame, listing
from shop.web.staff.documents import PDF, VIEWER_POLICY
from shop.web.staff.forms import _words
from shop.web.staff.listing import ViewLink
from shop.web.staff.money_forms import AmountField, ReasonForm, apart
from shop.web.staff.words import Badge
from shop.web.visitor import say


class View(StrEnum):
    """A kept question."""

    OPEN = "open"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    ALL = "all"


class RevisionForm(Form):
    """Another day, and why; the prices of the lines are read beside it."""

    valid_until = DayField(_("Valid until"), validators=[InputRequired(_("Enter the last day of the quote"))])
    reason = _words(_("Reason"), _("Give a reason"))


def show() -> Response:
    """Quotes in one view."""
    view, words = listing.choice("view", View, View.OPEN), listing.words()
    state = None if view == View.ALL else QuoteState(view.value)
    with frame.building() as session:
        return frame.page(
            session,
            "quotes",
            section="quotes",
            words=words,
            view=view.value,
            views=[
                ViewLink(
                    label=label,
                    url=url_for("staff.quotes", view=each.value),
                    current=each == view,
                    count=None,
                )
                for each, label in {
                    View.OPEN: _("Open"),
                    View.ACCEPTED: _("Ordered"),
                    View.WITHDRAWN: _("Withdrawn"),
                    View.ALL: _("All"),
                }.items()
            ],
            rows=[
                {"quote": each, "name": quoted_prices.name_of(each), "badge": badge(each)}
                for each in quotes.listed(session, state, words)
            ],
        )


def one(quote_id: int) -> AnyResponse:
    """One quote; by POST it is revised or withdrawn."""
    revision, reason = RevisionForm(request.form or None), ReasonForm(request.form or None)
    refusal, failed = "", False
    if request.method == "POST":
        chosen: Form = revision if request.form.get("do") == "revise" else reason
        failed = True
        if chosen.validate():
            try:
                return redirect(_act(quote_id, revision, reason), 303)
            except NotFound:
                raise
            except Refused as error:
                refusal = str(error)
    with frame.building() as session:
        quote = session.get(Quote, quote_id)
        if quote is None:
            raise NotFound(_("There is no such quote."))
        placed = session.get(QuotedOrder, quote.id)
        shown = failed and request.form.get("do") == "revise"
        return frame.page(
            session,
            "quote",
            section="quotes",
            status=400 if failed else 200,
            has_errors=failed,
            quote=quote,
            name=quoted_prices.name_of(quote),
            badge=badge(quote),
            closed=quotes.why_closed(quote),
            is_open=quote.state == QuoteState.OPEN,
            order=session.get(Order, placed.order_id) if placed else None,
            link=settings().base_url + quotes.path_of(quote),
            failed=revision if shown else reason if failed else None,
            refusal=refusal,
            typed=request.form,
            revision=revision if shown else RevisionForm(data={"valid_until": quote.valid_until}),
            reason=apart(reason if failed and not shown else ReasonForm(), "withdraw"),
        )


def pdf(quote_id: int) -> Response:
    """The paper."""
    with reading() as session:
        quote = session.get(Quote, quote_id)
        if quote is None:
            raise NotFound(_("There is no such quote."))
        data, name = quotes.pdf(quote), f"{quote.number}-{quote.revision}.pdf"
    response = Response(data, content_type=PDF)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = VIEWER_POLICY
    return response


def _act(quote_id: int, revision: RevisionForm, reason: ReasonForm) -> str:
    staff = access.signed_in_staff()
    if request.form.get("do") == "revise":
        made = quotes.revise(
            quote_id,
            _prices(),
            valid_until=revision.valid_until.data or clock.today(),
            reason=str(revision.reason.data),
            staff=staff,
        )
        say(_("A new revision is made and mailed."))
        with reading() as session:
            return url_for("staff.quote", quote_id=session.get_one(Quote, made.id).id)
    if request.form.get("do") == "withdraw":
        quotes.withdraw(quote_id, reason=str(reason.reason.data), staff=staff)
        say(_("The quote is withdrawn."))
        return url_for("staff.quote", quote_id=quote_id)
    raise Refused(_("Choose whether to revise or to withdraw the quote."))


class _PriceForm(Form):
    price = AmountField()


def _prices() -> dict[int, int]:
    """Unit prices by line position, as the fields `price-<position>` say.

    Raises:
        Refused: one of them is not an amount.
    """
    found = {}
    for name, value in request.form.items():
        position = name.removeprefix("price-")
        if position == name or not value.strip():
            continue
        form = _PriceForm(data={})
        try:
            form.price.process_formdata([value])
        except ValueError as error:
            raise Refused(f"{error}.") from None
        if position.isascii() and position.isdigit() and len(position) <= 4:
            found[int(position)] = int(form.price.data)
    return found


def badge(quote: Quote) -> Badge:
    """Where a quote stands."""
    if quote.state == QuoteState.OPEN and quote.valid_until < clock.today():
        return Badge(_("Expired"), "off")
    return {
        QuoteState.OPEN: Badge(_("Open"), "soon"),
        QuoteState.ACCEPTED: Badge(_("Ordered"), "ok"),
        QuoteState.WITHDRAWN: Badge(_("Withdrawn"), "off"),
        QuoteState.REPLACED: Badge(_("Replaced"), "off"),
    }[quote.state]
