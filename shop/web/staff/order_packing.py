"""Steps at the packing desk: scan, pick by count, close the box, and hand the parcel over."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.ordering import fulfilment, parcel_notes, whole_order
from shop.ordering.fulfilment import WrongLot
from shop.ordering.models import FulfilmentState, Order
from shop.web.staff import access, frame
from shop.web.staff.forms import ShipForm
from shop.web.staff.order import Trouble, show_with
from shop.web.visitor import say

MOST_VIALS = 100_000


def scan(number: str) -> AnyResponse:
    """A lot label was scanned: its vials are picked, all of them or as many as were entered."""
    scanned = "".join(sign for sign in request.form.get("lot", "") if sign.isprintable()).strip()[:200]
    if not scanned:
        return show_with(number, Trouble(at_scan=_("Scan or type the lot number on the label.")))
    entered = request.form.get("vials", "").strip()
    vials = _count(entered)
    if entered and not vials:
        return show_with(number, Trouble(at_scan=_("Enter a whole number of vials, or leave it empty.")))
    try:
        order_id = _order(number).id
        said = fulfilment.pick(order_id, scanned[:60], staff=access.signed_in_staff(), vials=vials)
    except WrongLot as error:
        return show_with(number, Trouble(at_scan=str(error)))
    except Refused as error:
        return show_with(number, Trouble(of_step=str(error)))
    say(said)
    each = entered if vials else None
    return redirect(url_for("staff.order", number=number, each=each, _anchor="scan"), 303)


def pack(number: str) -> AnyResponse:
    """Keep what was ticked or counted by hand; with a button of its own, close the box too."""
    order, staff = _order(number), access.signed_in_staff()
    do = request.form.get("do")
    try:
        _keep_ticks(number, order.id)
        _keep_counts(number, order.id)
        if do in ("pack", "pack-part"):
            fulfilment.pack(order.id, staff=staff, part=do == "pack-part")
            say(_("Order %(number)s is packed. Hand it to the carrier.", number=number))
        else:
            say(_("The pick list is saved."))
    except Refused as error:
        return show_with(number, Trouble(of_step=str(error)))
    return redirect(url_for("staff.order", number=number), 303)


def note(number: str) -> AnyResponse:
    """Keep the weight of the packed box and the dry ice in it, so that its papers can be printed."""
    return _hand_over(number, ship=False)


def ship(number: str) -> AnyResponse:
    """Hand the parcel over."""
    return _hand_over(number, ship=True)


def _hand_over(number: str, *, ship: bool) -> AnyResponse:
    order, form, staff = _order(number), ShipForm(request.form), access.signed_in_staff()
    parcel = _count(request.form.get("parcel", ""))
    with frame.building() as session:
        sent = {each.number for each in whole_order.load(session, number).order.shipments}
    if parcel in sent or order.fulfilment_state == FulfilmentState.SHIPPED:
        say(_("Order %(number)s was shipped before. Nothing was changed.", number=number))
        return redirect(url_for("staff.order", number=number), 303)
    if not ship:
        form.without_carrier()
    if not form.validate():
        return show_with(number, Trouble(ship_form=form))
    try:
        if form.was_weighed:
            parcel_notes.note(
                order.id, gross_weight_g=form.weight.grams, dry_ice_g=form.dry_ice.grams, staff=staff
            )
        if not ship:
            say(_("Kept. Print the papers of this parcel now."))
            return redirect(url_for("staff.order", number=number), 303)
        fulfilment.ship(
            order.id,
            carrier=str(form.carrier.data),
            tracking=str(form.tracking.data),
            staff=staff,
            parcel=parcel,
        )
    except Refused as error:
        return show_with(number, Trouble(of_step=str(error), ship_form=form))
    say(_said_of(number))
    return redirect(url_for("staff.order", number=number), 303)


def _said_of(number: str) -> str:
    if _order(number).fulfilment_state == FulfilmentState.PART_SHIPPED:
        return _(
            "A parcel of order %(number)s is shipped. The buyer is told by mail; the rest waits here.",
            number=number,
        )
    return _("Order %(number)s is shipped. The buyer is told by mail.", number=number)


def _order(number: str) -> Order:
    with frame.building() as session:
        return whole_order.load(session, number).order


def _count(text: str) -> int | None:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        return None
    return int(text) if 0 < int(text) <= MOST_VIALS else None


def _keep_ticks(number: str, order_id: int) -> None:
    """Pick what was ticked on the page and put back what was unticked, and leave alone what others did since.

    The form holds both what is ticked now and what was picked when the page was made.
    """
    staff = access.signed_in_staff()
    ticked, before = set(request.form.getlist("picked")), set(request.form.getlist("shown_picked"))
    with frame.building() as session:
        rows = {str(row.reservation.id): row for row in whole_order.load(session, number).picks}
    for value, row in rows.items():
        if value in ticked - before:
            fulfilment.pick(order_id, row.lot.number, staff=staff)
        elif value in before - ticked:
            fulfilment.put_back(order_id, int(value), staff=staff)


def _keep_counts(number: str, order_id: int) -> None:
    """Write the counts that were changed on the page, and leave alone what others did since."""
    staff = access.signed_in_staff()
    with frame.building() as session:
        rows = whole_order.load(session, number).picks
    for row in rows:
        name = f"count-{row.reservation.id}"
        counted, shown = request.form.get(name), request.form.get(f"shown-{name}")
        if counted is None or counted.strip() == shown:
            continue
        text = counted.strip() or "0"
        if not (text.isascii() and text.isdigit() and len(text) <= 6):
            raise Refused(_("Lot %(lot)s: enter a whole number of vials.", lot=row.lot.number))
        fulfilment.set_picked(order_id, row.reservation.id, int(text), staff=staff)
