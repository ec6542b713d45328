"""The page of one order: confirmation at first, status later. Opened by a signed link."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import Response, redirect, render_template, request, url_for
from sqlalchemy import Row, bindparam, exists, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.wrappers import Response as AnyResponse

from shop.attestations import attestation_copy
from shop.attestations.models import AttestationSigner
from shop.core import clock
from shop.core.database import reading
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.inventory.certificate_files import FileRefused
from shop.inventory.models import LotHold, LotState, Reservation
from shop.ordering import cancelled_vials, destinations, fulfilment, kept_vials, links, lot_changes
from shop.ordering.cancelled_vials import CancelledVials
from shop.ordering.models import (
    FulfilmentState,
    LotChange,
    Order,
    OrderLine,
    PaymentMethod,
    PaymentState,
    ReviewState,
    Shipment,
    order_id_of,
)
from shop.payments import (
    attempts,
    decisions,
    invoices,
    purchase_orders,
    refund_lines,
    settlement,
    standing,
)
from shop.payments.gateway import GatewayRefused, PaymentUnavailable
from shop.payments.invoice_models import Invoice
from shop.payments.models import PaymentAttempt, Refund, RefundState, Restock
from shop.payments.standing import Standing
from shop.web.checkout import parcels, summary
from shop.web.checkout.forms import PaymentForm
from shop.web.checkout.uploads import as_pdf, pdf
from shop.web.visitor import remember, said, say, visitor


def show(number: str) -> AnyResponse:
    """Confirmation or status.

    The one page that may change something when it is only looked at: a buyer who comes back from payment is
    told what Stripe knows, even when its own message is late. `settle` is safe to repeat.
    """
    if request.args.get("returned"):
        order_id = order_at_this_address(number)
        try:
            settlement.settle_order(order_id)
        except (PaymentUnavailable, GatewayRefused) as error:
            say(_("We could not ask the payment provider yet. %(why)s", why=str(error)))
        return redirect(page_of_order(order_id))
    with reading() as session:
        known = _known_at_this_address(session, number)
        order = fulfilment.find_for_buyer(session, known.id, has_parcels=known.parcels)
        if order.draft_token == visitor().draft_token and order.payment_state != PaymentState.DUE:
            remember(draft=None)
        return Response(_render(session, order, known))


def pay(number: str) -> AnyResponse:
    """Go to the payment page, again if need be."""
    order_id = order_at_this_address(number)
    try:
        settlement.settle_order(order_id)
        return redirect(attempts.start(order_id), 303)
    except Refused as error:
        say(str(error))
        return redirect(page_of_order(order_id), 303)


def cancel(number: str) -> AnyResponse:
    """Cancel an order that has not been paid."""
    order_id = order_at_this_address(number)
    if request.method == "POST":
        try:
            decisions.cancel_unpaid(order_id)
            say(_("The order is cancelled. Nothing was charged."))
        except Refused as error:
            say(str(error))
        return redirect(page_of_order(order_id), 303)
    with reading() as session:
        order = fulfilment.find(session, order_id)
        return Response(render_template("checkout/cancel.html", order=order, key=request.args.get("key", "")))


def use_purchase_order(number: str) -> AnyResponse:
    """Pay by purchase order instead of by card."""
    order_id = order_at_this_address(number)
    form = PaymentForm(
        CombinedMultiDict([request.form, request.files]), data={"method": PaymentMethod.PURCHASE_ORDER.value}
    )
    form.method.choices = {PaymentMethod.PURCHASE_ORDER.value: _("Purchase order")}
    form.method.data = PaymentMethod.PURCHASE_ORDER.value
    if request.method == "POST" and form.validate():
        try:
            po_file = pdf(request.files.get("po_file"))
            decisions.switch_to_purchase_order(order_id, po_number=str(form.po_number.data), po_file=po_file)
            return redirect(page_of_order(order_id), 303)
        except FileRefused as error:
            form.po_file.errors = [str(error)]
        except Refused as error:
            say(str(error))
            return redirect(page_of_order(order_id), 303)
    with reading() as session:
        order = fulfilment.find(session, order_id)
        page = render_template(
            "checkout/use_purchase_order.html",
            order=order,
            form=form,
            has_errors=bool(form.errors),
            key=request.args.get("key", ""),
        )
    return Response(page, status=400 if form.errors else 200)


def send_document(number: str) -> AnyResponse:
    """Send the document of a purchase order that was placed without it, or a newer one."""
    order_id = order_at_this_address(number)
    error = ""
    if request.method == "POST":
        try:
            sent = pdf(request.files.get("document"))
            if sent is None:
                error = _("Choose the purchase order as a PDF")
            else:
                purchase_orders.keep_document(order_id, name=sent[0], data=sent[1])
                say(_("We have your purchase order."))
                return redirect(page_of_order(order_id), 303)
        except FileRefused as refused:
            error = str(refused)
        except Refused as refused:
            say(str(refused))
            return redirect(page_of_order(order_id), 303)
    with reading() as session:
        order = fulfilment.find(session, order_id)
        page = render_template(
            "checkout/send_document.html",
            order=order,
            error=error,
            has_errors=bool(error),
            key=request.args.get("key", ""),
        )
    return Response(page, status=400 if error else 200)


def attestation(number: str) -> AnyResponse:
    """The research-use record of an order, as the buyer gave it."""
    order_id = order_at_this_address(number)
    with reading() as session:
        order = fulfilment.find(session, order_id)
        signer = session.get(AttestationSigner, order.attestation_id)
        return Response(
            render_template(
                "checkout/attestation.html",
                order=order,
                record=order.attestation,
                signer=signer,
                back=links.order_path(order.id, order.reference),
                pdf_url=url_for("checkout.attestation_file", number=number, key=request.args.get("key", "")),
            )
        )


def attestation_file(number: str) -> AnyResponse:
    """The same as a PDF to keep."""
    order_id = order_at_this_address(number)
    with reading() as session:
        data = attestation_copy.pdf(session, session.get_one(Order, order_id).attestation_id)
    return as_pdf(data, f"research-use-statement-{number}.pdf")


def order_at_this_address(number: str) -> int:
    """The order of a number whose key is in the address; anything else looks like an unknown order."""
    with reading() as session:
        return int(_known_at_this_address(session, number).id)


Known = Row[int, str, bool, bool, bool, bool, bool, bool]


def _known_at_this_address(session: Session, number: str) -> Known:
    """The same, with which kinds of things there are beside the order; most orders have none of them."""
    order_id = order_id_of(number)
    found = session.execute(_KNOWN, {"order_id": order_id}).one_or_none() if order_id is not None else None
    if found is None or not links.opens(request.args.get("key", ""), found.reference):
        raise NotFound(
            _("We can’t find this order. Use the whole link from your order mail, or write to us.")
        )
    return found


_KNOWN = select(
    Order.id,
    Order.reference,
    exists().where(Shipment.order_id == Order.id).label("parcels"),
    exists().where(PaymentAttempt.order_id == Order.id).label("payments"),
    exists(select(CancelledVials.id).join(OrderLine).where(OrderLine.order_id == Order.id)).label(
        "taken_out"
    ),
    exists().where(LotChange.order_id == Order.id).label("changes"),
    exists().where(LotHold.about == kept_vials.about(Order.__table__.c.reference)).label("kept"),
    exists().where(Invoice.order_id == Order.id).label("papers"),
).where(Order.id == bindparam("order_id"))


def page_of_order(order_id: int) -> str:
    """The path of an order's page, with its key."""
    with reading() as session:
        order = session.get_one(Order, order_id)
        return links.order_path(order.id, order.reference)


def _render(session: Session, order: Order, known: Known) -> str:
    key, lots = request.args.get("key", ""), _lots(order)
    money = standing.of_order(session, order.id) if known.payments else standing.NOTHING
    where = situation(order, money)
    short = cancelled_vials.lines_that_fell_short(session, order) if known.taken_out else set()
    return render_template(
        "checkout/order.html",
        takes_document=purchase_orders.takes_document(order),
        order=order,
        paying=money,
        refunds=[_refund(order, each, short) for each in money.refunds],
        key=key,
        notices=said(),
        charges=summary.of_charges(order.charges),
        address=_address(order),
        lots=lots,
        recalled=[lot for lot in lots if lot["state"] == LotState.RECALLED],
        situation=where,
        can_pay=order.payment_method == PaymentMethod.CARD
        and order.payment_state == PaymentState.DUE
        and order.fulfilment_state == FulfilmentState.HELD,
        can_cancel=order.payment_state == PaymentState.DUE and order.fulfilment_state == FulfilmentState.HELD,
        progress=_progress(order, fulfilment.reached(session, order.id)),
        parcels=parcels.of_order(session, order),
        not_sent=parcels.not_sent(session, order, some_taken_out=known.taken_out),
        returns=parcels.returns_of(session, order),
        offers=list(lot_changes.standing_offers(session, order.id).values()) if known.changes else [],
        kept=kept_vials.of_order(session, order) if known.kept else [],
        can_keep=where not in ("cancelled", "needs_decision", "waits_for_lot"),
        now=clock.now(),
        papers=invoices.papers_of_order(session, order.id) if known.papers else [],
    )


def _refund(order: Order, refund: Refund, short: set[int]) -> dict[str, object]:
    """A refund as its buyer reads it: where it stands, and what it is for.

    Args:
        short: the lines of which no lot had all vials.
    """
    kept = {
        Restock.NONE: _("nothing changes about these vials"),
        Restock.TO_SHELF: _("these vials are with us, back on our shelf"),
        Restock.QUARANTINE: _("these vials are with us, set apart"),
        Restock.WRITE_OFF: _("these vials are with us, written off"),
    }
    return {
        "refund": refund,
        "state": refund_words(refund.state),
        "lines": [
            {
                "what": row.what,
                "amount_minor": row.amount_minor,
                "tax_minor": row.tax_minor,
                "vials": ""
                if not row.vials
                else _("we could not supply these vials")
                if row.restock == Restock.NONE and row.line_id in short
                else kept[row.restock],
            }
            for row in refund_lines.of_refund(order, refund)
        ],
    }


def refund_words(state: RefundState) -> str:
    """Where a refund stands, in words for its buyer."""
    return {
        RefundState.REQUESTED: _("being sent"),
        RefundState.UNKNOWN: _("being sent, not confirmed by the bank yet"),
        RefundState.PENDING: _("on its way"),
        RefundState.SUCCEEDED: _("done"),
        RefundState.FAILED: _("came back from the bank; we write to you"),
    }[state]


def situation(order: Order, money: Standing) -> str:
    """In one word for the template: what the buyer has to know first."""
    if money.wait is not None:
        return "waits_for_lot"
    if order.review_state == ReviewState.NEEDS_DECISION:
        return "needs_decision"
    if order.fulfilment_state == FulfilmentState.CANCELLED:
        return "cancelled"
    if order.fulfilment_state == FulfilmentState.SHIPPED:
        return "shipped"
    if money.money_unknown:
        return "payment_unknown"
    if order.shipments:
        return "part_shipped"
    if order.payment_method == PaymentMethod.CARD and order.payment_state == PaymentState.DUE:
        return "payment_processing" if money.processing else "payment_due"
    if order.review_state == ReviewState.WAITING:
        return "po_waiting" if order.payment_method == PaymentMethod.PURCHASE_ORDER else "on_hold"
    return "going_on"


def _progress(order: Order, reached: Mapping[str, datetime]) -> list[dict[str, object]]:
    """Placed, packed, shipped: what is done and what is not."""
    steps = [
        (_("Placed"), order.placed_at),
        (_("Packed"), reached.get(FulfilmentState.PACKED.value)),
        (_("Shipped"), reached.get(FulfilmentState.SHIPPED.value)),
    ]
    part = reached.get(FulfilmentState.PART_SHIPPED.value)
    if part and FulfilmentState.SHIPPED.value not in reached:
        steps.insert(2, (_("A first part shipped"), part))
    return [{"text": text, "at": at} for text, at in steps]


def _lots(order: Order) -> list[dict[str, object]]:
    """The lots of the order; one that another took the place of is no longer among them."""
    vials: dict[tuple[int, int], int] = {}
    first: dict[tuple[int, int], tuple[OrderLine, Reservation]] = {}
    for line in order.lines:
        for reservation in line.standing_reservations:
            # What left in two parcels stands in two rows, and is one lot to the buyer.
            key = (line.id, reservation.lot_id)
            vials[key] = vials.get(key, 0) + reservation.quantity
            first.setdefault(key, (line, reservation))
    return [
        {
            "number": reservation.lot.number,
            "title": line.title,
            "quantity": vials[key],
            "revision": reservation.certificate.revision,
            "state": reservation.lot.state,
            "url": url_for("storefront.certificate", lot=reservation.lot.number),
        }
        for key, (line, reservation) in first.items()
    ]


def _address(order: Order) -> list[str]:
    town = " ".join(part for part in (order.postcode, order.city) if part)
    parts = [order.organisation, order.goods_in, order.address_line1, order.address_line2, town, order.region]
    return [part for part in parts if part] + [destinations.country_name(order.country)]
