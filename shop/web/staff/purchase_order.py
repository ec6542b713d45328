"""Typing what a purchase order document says, beside the order, to have the two compared."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.core import clock
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.ordering import po_match, whole_order
from shop.ordering.destinations import country_name
from shop.ordering.po_match import Said
from shop.web.staff import access, frame
from shop.web.staff.money_forms import PurchaseOrderForm, countries, read_line
from shop.web.visitor import say


def compare(number: str) -> AnyResponse:
    """What the document says, typed; the differences are told on the page of the order."""
    form = PurchaseOrderForm(request.form or None)
    form.country.choices = [("", _("Select a country")), *countries()]
    refusal = ""
    with frame.building() as session:
        order = whole_order.load(session, number).order
        order_id = order.id
    if request.method == "POST" and form.validate():
        try:
            found = po_match.enter(
                order_id, _said(form), dated=form.dated.data or clock.today(), staff=access.signed_in_staff()
            )
            say(
                ngettext(
                    "%(num)s difference was found; it is listed with the order.",
                    "%(num)s differences were found; they are listed with the order.",
                    len(found),
                )
                if found
                else _("The document agrees with the order.")
            )
            return redirect(url_for("staff.order", number=number), 303)
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
    failed = request.method == "POST"
    with frame.building() as session:
        order = whole_order.load(session, number).order
        return frame.page(
            session,
            "compare_order",
            section="orders",
            status=400 if failed else 200,
            has_errors=failed,
            order=order,
            form=form,
            refusal=refusal,
            said=po_match.of_order(order),
            country=country_name(order.country),
        )


def _said(form: PurchaseOrderForm) -> Said:
    typed = (read_line(line) for line in str(form.lines.data or "").splitlines() if line.strip())
    vials: dict[str, int] = {}
    for line in typed:
        if line is not None:
            vials[line[0]] = vials.get(line[0], 0) + line[1]
    return Said(
        number=str(form.number.data),
        total_minor=int(form.total.data),
        currency=str(form.currency.data),
        country=str(form.country.data),
        organisation=str(form.organisation.data),
        lines=tuple(vials.items()),
    )
