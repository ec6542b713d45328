"""What a buyer decides about lots: another one in place of one that was stopped, and more to be kept."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.core import clock
from shop.core.database import reading
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.personal_data import BUYER
from shop.inventory import lot_holds
from shop.inventory.models import HoldState, LotHold
from shop.ordering import cart, fulfilment, kept_vials, lot_changes
from shop.ordering.models import LotChangeState
from shop.payments import decisions
from shop.web.checkout.forms import KeepForm
from shop.web.checkout.order import order_at_this_address, page_of_order
from shop.web.visitor import remember, said, say, visitor


def answer(number: str, change: int) -> AnyResponse:
    """Accept the other lot, or cancel the order because of it."""
    order_id = order_at_this_address(number)
    refusal = ""
    if request.method == "POST":
        try:
            chosen = request.form.get("answer", "")
            if chosen == "accept":
                lot_changes.accept(order_id, change, actor=BUYER)
                say(_("Thank you. The order goes on with the other lot."))
            elif chosen == "cancel":
                decisions.decline_other_lot(order_id, change)
                say(_("The order is cancelled. What was paid is sent back."))
            else:
                raise Refused(_("Choose whether to accept the other lot or to cancel the order."))
            return redirect(page_of_order(order_id), 303)
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
    with reading() as session:
        order = fulfilment.find(session, order_id)
        found = lot_changes.find(session, order, change)
        page = render_template(
            "checkout/other_lot.html",
            order=order,
            change=found,
            title=next(line.title for line in order.lines if line.id == found.reservation.order_line_id),
            holds=lot_changes.holds_of(session, order, found),
            open=found.state == LotChangeState.PROPOSED and found.until > clock.now(),
            refusal=refusal,
            has_errors=bool(refusal),
            key=request.args.get("key", ""),
        )
    return Response(page, status=400 if refusal else 200)


def keep(number: str) -> AnyResponse:
    """Ask for further vials of a lot of the order to be kept."""
    order_id = order_at_this_address(number)
    form = KeepForm(request.form)
    with reading() as session:
        order = fulfilment.find(session, order_id)
        lots = sorted({each.lot.number for line in order.lines for each in line.reservations})
        email = order.email
    form.lot.choices = {"": _("Select a lot")} | {lot: lot for lot in lots}
    refusal = ""
    if request.method == "POST" and form.validate():
        until = form.until.data
        assert until is not None  # noqa: S101 - the form is valid
        try:
            kept_vials.ask(
                order_id,
                lot_number=str(form.lot.data),
                vials=int(form.vials.data or 0),
                until=until,
                actor=BUYER,
            )
        except Refused as error:
            refusal = str(error)
        else:
            say(_("We have your request, and write to %(email)s when it is decided.", email=email))
            return redirect(page_of_order(order_id), 303)
    failed = bool(form.errors or refusal)
    if request.method == "GET" and len(lots) == 1:
        form.lot.data = lots[0]
    with reading() as session:
        page = render_template(
            "checkout/keep_vials.html",
            order=fulfilment.find(session, order_id),
            form=form,
            refusal=refusal,
            has_errors=failed,
            most_days=lot_holds.LONGEST.days,
            key=request.args.get("key", ""),
        )
    return Response(page, status=400 if failed else 200)


def held(reference: str) -> AnyResponse:
    """Vials kept for a buyer: order them or let them go."""
    key = request.args.get("key", "")
    with reading() as session:
        hold = lot_holds.find(session, reference)
        if not lot_holds.opens(key, hold.reference):
            raise NotFound(
                _("We can’t find these held vials. Use the whole link from our mail, or write to us.")
            )
    refusal = ""
    if request.method == "POST":
        try:
            return _decide(hold, request.form.get("do", ""))
        except Refused as error:
            refusal = str(error)
    notices = said()
    with reading() as session:
        found = lot_holds.find(session, reference)
        page = render_template(
            "checkout/held_vials.html",
            hold=found,
            standing=found.state == HoldState.HELD and found.left_vials > 0,
            refusal=refusal,
            has_errors=bool(refusal),
            notices=notices,
            key=key,
        )
    return Response(page, status=400 if refusal else 200)


def _decide(hold: LotHold, chosen: str) -> AnyResponse:
    with reading() as session:
        found = lot_holds.find(session, hold.reference)
        sku, left = found.lot.vial_size.sku, found.left_vials
        in_cart = any(row.size.sku == sku and row.held for row in cart.look(session, visitor().cart_id))
        standing = found.state == HoldState.HELD and left > 0
    if not standing:
        raise Refused(_("These vials are no longer kept for you."))
    if chosen == "order":
        if not in_cart:
            remember(cart=cart.add(visitor().cart_id, sku=sku, quantity=left, hold=hold.id))
        return redirect(url_for("checkout.cart"), 303)
    if chosen == "let-go":
        kept_vials.let_go(hold.reference, actor=BUYER)
        say(_("The vials are free for others again. Thank you for telling us."))
        return redirect(kept_vials.path(hold), 303)
    raise Refused(_("Choose whether to order the vials or to let them go."))
