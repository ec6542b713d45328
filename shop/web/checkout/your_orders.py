"""A buyer's orders without an account: ask, show the code from the mail, see all of them, order again."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import EmailField, Form, HiddenField
from wtforms.validators import DataRequired, Length

from shop.core import clock
from shop.core.database import reading
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.ordering import links, order_lookup, reorder
from shop.ordering.models import FulfilmentState, Order, PaymentMethod, PaymentState, ReviewState
from shop.web.checkout.forms import _text, no_control_characters, tidy
from shop.web.checkout.order import order_at_this_address
from shop.web.visitor import remember, said, say, visitor

PROOF_LASTS = timedelta(hours=1)


class AskForm(Form):
    """Which order, and whose."""

    number = _text(_("Order number"), _("Enter the order number, such as 10482"), 20)
    email = EmailField(
        _("Email address"),
        filters=[tidy],
        validators=[
            DataRequired(_("Enter the email address of the order")),
            Length(max=254, message=_("Use at most %(most)s characters", most=254)),
            no_control_characters,
        ],
    )


class CodeForm(Form):
    """The code from the mail."""

    look = HiddenField()
    code = _text(_("Code from the mail"), _("Enter the code from the mail"), 20)


def ask() -> AnyResponse:
    """Name an order and its address. What comes next is the same whatever they are."""
    form = AskForm(request.form)
    if request.method == "POST" and form.validate():
        reference = order_lookup.ask(
            number=str(form.number.data), email=str(form.email.data), place=request.remote_addr or ""
        )
        return redirect(url_for("checkout.order_code", look=reference), 303)
    failed = request.method == "POST"
    page = render_template(
        "checkout/find_orders.html",
        form=form,
        has_errors=failed,
        notices=said(),
        proved=proved_address() is not None,
    )
    return Response(page, status=400 if failed else 200)


def code() -> AnyResponse:
    """Show the code that was mailed."""
    form = CodeForm(request.form, look=request.args.get("look", "")[:26])
    refusal = ""
    if request.method == "POST" and form.validate():
        try:
            proved = order_lookup.prove(reference=str(form.look.data), code=str(form.code.data))
        except Refused as error:
            refusal = str(error)
        else:
            remember(proved={"email": proved.email, "until": (clock.now() + PROOF_LASTS).isoformat()})
            return redirect(url_for("checkout.your_orders"), 303)
    failed = request.method == "POST"
    page = render_template("checkout/order_code.html", form=form, refusal=refusal, has_errors=failed)
    return Response(page, status=400 if failed else 200)


def show() -> AnyResponse:
    """Every order of an address whose owner has shown a code."""
    email = proved_address()
    if email is None:
        say(_("Show a code from your mail first."))
        return redirect(url_for("checkout.find_orders"), 303)
    notices = said()
    with reading() as session:
        rows = [
            {
                "order": each,
                "vials": sum(line.quantity for line in each.lines),
                "state": _in_words(each),
                "url": links.order_path(each.id, each.reference),
                "key": links.order_key(each.reference),
            }
            for each in order_lookup.orders_of(session, email)
        ]
        return Response(render_template("checkout/your_orders.html", rows=rows, email=email, notices=notices))


def forget() -> AnyResponse:
    """Take the proof away from this browser."""
    remember(proved=None)
    say(_("This browser does not show your orders any more."))
    return redirect(url_for("checkout.find_orders"), 303)


def order_again(number: str) -> AnyResponse:
    """Put the vials of an order into the cart."""
    done = reorder.put_in_cart(order_at_this_address(number), visitor().cart_id)
    if done.put:
        remember(cart=done.cart_id)
        say(
            ngettext(
                "%(num)s item of order %(number)s is in the cart, at today’s price.",
                "%(num)s items of order %(number)s are in the cart, at today’s prices.",
                done.put,
                number=number,
            )
        )
    for sentence in done.changed:
        say(sentence)
    return redirect(url_for("checkout.cart"), 303)


def proved_address() -> str | None:
    """The address whose owner this browser has proved to be, for an hour."""
    kept = visitor().data.get("proved")
    if not kept or datetime.fromisoformat(kept["until"]) < clock.now():
        return None
    return str(kept["email"])


def _in_words(order: Order) -> str:
    """Where an order stands, from its states alone; its own page knows more."""
    if order.review_state == ReviewState.NEEDS_DECISION:
        return _("A person is looking at it")
    over = {
        FulfilmentState.CANCELLED: _("Cancelled"),
        FulfilmentState.SHIPPED: _("Shipped"),
        FulfilmentState.PART_SHIPPED: _("Part shipped"),
    }
    if order.fulfilment_state in over:
        return over[order.fulfilment_state]
    if order.payment_method == PaymentMethod.CARD and order.payment_state == PaymentState.DUE:
        return _("Waits for payment")
    if order.review_state == ReviewState.WAITING:
        return _("A person is looking at it")
    return _("Being packed")
