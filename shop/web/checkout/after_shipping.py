"""What a buyer tells us of a parcel that has left."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response as AnyResponse

from shop.core import clock
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.ordering import arrivals
from shop.web.checkout.order import order_at_this_address, page_of_order
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
