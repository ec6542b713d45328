"""What a buyer tells us of a parcel that has left."""

from __future__ import annotations

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from shop.core import clock
from shop.core.database import reading
from shop.core.errors import NotFound, Refused
from shop.core.identity import random_reference
from shop.core.language import gettext as _
from shop.ordering import arrivals, fulfilment, return_requests
from shop.ordering.return_models import ReturnReason
from shop.web.checkout.order import order_at_this_address, page_of_order
from shop.web.checkout.return_form import ReturnRequestForm
from shop.web.fields import read_day
from shop.web.visitor import say


def delivered(number: str, parcel: int) -> AnyResponse:
    """The buyer says that a parcel is here."""
    order_id = order_at_this_address(number)
    try:
        new = arrivals.tell(order_id, parcel, on=read_day(request.form.get("on", "")) or clock.today())
        say(_("Thank you. We have noted it.") if new else _("We knew that already."))
    except NotFound:
        raise
    except Refused as error:
        say(str(error))
    return redirect(page_of_order(order_id), 303)


def ask_return(number: str) -> AnyResponse:
    """The buyer asks to send vials back."""
    order_id = order_at_this_address(number)
    form, refusal = ReturnRequestForm(request.form), ""
    if request.method == "POST" and form.validate():
        try:
            _request_id, about_use = return_requests.ask(
                order_id,
                _wanted(),
                reason=ReturnReason(form.reason.data),
                text=str(form.text.data),
                once=str(form.once.data),
            )
        except Refused as error:
            refusal = str(error)
        else:
            say(_("We have your request. Do not send anything before we have written to you."))
            if about_use:
                say(about_use)
            return redirect(page_of_order(order_id), 303)
    failed = request.method == "POST"
    if not form.once.data:
        form.once.data = random_reference()
    with reading() as session:
        order = fulfilment.find(session, order_id)
        left = return_requests.can_be_asked(session, order)
        titles = {each.id: line.title for line in order.lines for each in line.reservations}
        rows = [
            {
                "name": f"sent-{line.id}",
                "value": request.form.get(f"sent-{line.id}", "")[:6],
                "lot": line.lot.number,
                "title": titles.get(line.reservation_id, ""),
                "left": left[line.id],
            }
            for shipment in order.shipments
            for line in shipment.lines
            if left[line.id]
        ]
        page = render_template(
            "checkout/ask_return.html",
            order=order,
            form=form,
            rows=rows,
            refusal=refusal,
            has_errors=failed,
            key=request.args.get("key", ""),
        )
    return Response(page, status=400 if failed else 200)


def _wanted() -> dict[int, int]:
    """How many vials were entered, by the id of the shipment line.

    Raises:
        Refused: one is not a number.
    """
    found = {}
    for field, text in request.form.items():
        line_id = field.removeprefix("sent-")
        if line_id == field or not (line_id.isascii() and line_id.isdigit() and len(line_id) <= 9):
            continue
        typed = text.strip() or "0"
        if not (typed.isascii() and typed.isdigit() and len(typed) <= 6):
            raise Refused(_("Enter a whole number of vials."))
        found[int(line_id)] = int(typed)
    return found
