"""The lots of one order, where they have to change: another lot offered, and vials that came back."""

from __future__ import annotations

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.core.errors import NotFound, Refused
from shop.core.identity import random_reference
from shop.core.language import gettext as _
from shop.ordering import lot_changes, returns, whole_order
from shop.ordering.fulfilment import PickRow
from shop.ordering.models import Order, ShipmentLine
from shop.web.staff import access, frame
from shop.web.staff.forms import DecisionForm, ReturnForm
from shop.web.visitor import say


def other_lot(number: str, reservation: int) -> AnyResponse:
    """Offer the buyer another lot for vials that may not leave."""
    form = DecisionForm(request.form)
    refusal = ""
    if request.method == "POST" and form.validate():
        with frame.building() as session:
            order_id = whole_order.load(session, number).order.id
        try:
            lot_changes.propose(
                order_id, reservation, staff=access.signed_in_staff(), reason=str(form.reason.data)
            )
        except Refused as error:
            refusal = str(error)
        else:
            say(
                _(
                    "The buyer of order %(number)s is asked by mail. The vials offered are kept.",
                    number=number,
                )
            )
            return redirect(url_for("staff.order", number=number), 303)
    failed = bool(form.errors or refusal)
    with frame.building() as session:
        whole = whole_order.load(session, number)
        return frame.page(
            session,
            "other_lot",
            section="orders",
            status=400 if failed else 200,
            has_errors=failed,
            order=whole.order,
            row=_row(whole.picks, reservation),
            standing=reservation in lot_changes.standing_offers(session, whole.order.id),
            form=form,
            refusal=refusal,
            action=request.path,
        )


def _row(rows: list[PickRow], reservation: int) -> PickRow:
    for row in rows:
        if row.reservation.id == reservation:
            return row
    raise NotFound(_("These vials are not this order’s any more."))


def take_back(number: str) -> AnyResponse:
    """Take vials of a parcel back, into quarantine."""
    form = ReturnForm(request.form)
    with frame.building() as session:
        order = whole_order.load(session, number).order
        order_id, choices = order.id, _with_the_buyer(session, order)
    form.sent.choices = {"": _("Select a lot")} | choices
    refusal = ""
    if request.method == "POST" and form.validate():
        try:
            new = returns.take_back(
                order_id,
                int(form.sent.data),
                int(form.vials.data or 0),
                cause=str(form.once.data),
                staff=access.signed_in_staff(),
                reason=str(form.reason.data),
            )
        except Refused as error:
            refusal = str(error)
        else:
            say(
                _("The vials are in quarantine. Clear or write them off on the page of their lot.")
                if new
                else _("This was done before. Nothing was changed.")
            )
            return redirect(url_for("staff.order", number=number), 303)
    failed = bool(form.errors or refusal)
    if not form.once.data:
        form.once.data = random_reference()
    with frame.building() as session:
        return frame.page(
            session,
            "take_back",
            section="orders",
            status=400 if failed else 200,
            has_errors=failed,
            order=whole_order.load(session, number).order,
            possible=bool(choices),
            form=form,
            refusal=refusal,
        )


def _with_the_buyer(session: Session, order: Order) -> dict[str, str]:
    """What was sent and has not come back, by the id of its shipment line."""
    sent: list[ShipmentLine] = [line for shipment in order.shipments for line in shipment.lines]
    back = returns.returned(session, [line.id for line in sent])
    return {
        str(line.id): _(
            "Lot %(lot)s, %(left)s of %(sent)s with the buyer",
            lot=line.lot.number,
            left=line.quantity - back[line.id],
            sent=line.quantity,
        )
        for line in sent
        if line.quantity > back[line.id]
    }
