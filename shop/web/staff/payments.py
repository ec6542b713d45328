"""The desk for money that waits for a person, and refunding a part of an order on a page of its own."""

from __future__ import annotations

import re
from decimal import Decimal

from babel.numbers import get_currency_precision
from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.core.wording import moment_in_words
from shop.inventory.models import ReservationState
from shop.ordering import return_requests, whole_order
from shop.ordering.models import FulfilmentState, Order, PaymentMethod, PaymentState, order_number
from shop.ordering.return_models import ReturnRequest
from shop.payments import desk, refunding, refunds, restocking, standing, sync, unexpected
from shop.payments.gateway import PaymentUnavailable
from shop.payments.models import PaymentAttempt
from shop.web.staff import access, frame, words
from shop.web.staff.forms import DecisionForm
from shop.web.staff.refund_form import RefundForm, notes, refund_form, without_sale
from shop.web.visitor import say


def show() -> Response:
    """Everything about money that waits, the most pressing first."""
    return _show("")


def close(stray: int) -> AnyResponse:
    """Write down what was done about money that belongs to no order."""
    note = request.form.get("note", "").strip()[:500]
    try:
        sync.close_stray(stray, actor=access.signed_in_staff().actor, note=note)
    except Refused as error:
        return _show(str(error))
    say(_("Written down."))
    return redirect(url_for("staff.payments"), 303)


def _show(refusal: str) -> Response:
    with frame.building() as session:
        return frame.page(
            session,
            "payments",
            section="payments",
            status=400 if refusal else 200,
            refusal=refusal,
            items=[
                (
                    order_number(each.order_id),
                    words.money_that_waits(each.kind),
                    _page_of(each.kind),
                    moment_in_words(each.until) if each.until else "",
                )
                for each in desk.items(session)
            ],
            stray=desk.stray(session),
            unexpected=[
                (each, unexpected.in_its_currency(each), _why(each)) for each in desk.unexpected(session)
            ],
            waits=[(order_number(each.order_id), each) for each in desk.waits(session)],
        )


def _page_of(kind: str) -> str:
    """Where something is done about what waits: the page of the order, or a page for just this."""
    return {"stock": "staff.decide_stock"}.get(kind, "staff.order")


def _why(attempt: PaymentAttempt) -> str:
    """Why an order did not wait for a payment, from where the order stands now."""
    order = attempt.order
    if unexpected.only_set_aside(attempt):
        return _("Only set aside on the card, not taken")
    if attempt.received_currency not in (None, attempt.currency):
        return _("In another currency than the order")
    if attempt.received_minor != attempt.amount_minor:
        return _("Another amount than %(total)s", total=in_words(attempt.amount_minor, attempt.currency))
    if order.payment_method != PaymentMethod.CARD:
        return _("The order is paid by purchase order")
    return _("A second payment of the order")


def send_back(attempt: int) -> AnyResponse:
    """Send back money that an order did not wait for; irreversible, so on a page that says what happens."""
    form, refusal = DecisionForm(request.form), ""
    if request.method == "POST" and form.validate():
        try:
            answered = unexpected.send_back(
                attempt,
                about=str(form.about.data),
                reason=str(form.reason.data),
                staff=access.signed_in_staff(),
            )
            say(_("The payment goes back. Its state stands with the order, and the buyer is told."))
            if not answered:
                say(_("Stripe has not answered yet. It is asked again by itself."))
            return redirect(url_for("staff.payments"), 303)
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
    with frame.building() as session:
        found = unexpected.find(session, attempt)
        failed = bool(form.errors or refusal) and request.method == "POST"
        order = found.order
        return frame.page(
            session,
            "send_back",
            section="payments",
            status=400 if failed else 200,
            has_errors=failed,
            order=order,
            attempt=found,
            amount=unexpected.in_its_currency(found),
            why=_why(found),
            set_aside=unexpected.only_set_aside(found),
            waits=unexpected.waits(found),
            due=order.payment_state == PaymentState.DUE and order.fulfilment_state == FulfilmentState.HELD,
            badges=words.of_order(order),
            form=form,
            refusal=refusal,
            shown=unexpected.shown(found),
        )


def refund(number: str) -> AnyResponse:
    """Send back what some vials cost, or an amount; irreversible, so on a page that says what happens."""
    refusal, sent = "", request.form if request.method == "POST" else None
    with frame.building() as session:
        order = whole_order.load(session, number).order
        asked = _return_asked(session, order)
        order_id, return_id = order.id, asked.id if asked else None
        form = refund_form(order, sent, shown=_of_return(session, order, asked))
        valid = request.method == "POST" and form.validate()
        wanted = form.wanted(order)
    if valid:
        try:
            refunding.refund(
                order_id,
                lines=wanted,
                other_minor=_minor(request.form.get("other", ""), order.currency),
                reason=str(form.reason.data),
                about=str(form.about.data),
                staff=access.signed_in_staff(),
                return_request_id=return_id,
            )
        except PaymentUnavailable:
            say(words.no_answer_about_refund())
            return redirect(url_for("staff.order", number=number), 303)
        except Refused as error:
            refusal = str(error)
        else:
            say(_("The refund is on its way. Its state stands on this page."))
            return redirect(url_for("staff.order", number=number), 303)
    return _refund_page(number, form, refusal, return_id)


def _refund_page(number: str, form: RefundForm, refusal: str, return_id: int | None) -> Response:
    with frame.building() as session:
        order = whole_order.load(session, number).order
        money = standing.of_order(session, order.id)
        before = refunds.vials_refunded(session, [line.id for line in order.lines])
        costs = refunds.cost_of(order)
        asked = return_requests.find(session, return_id) if return_id else None
        possible = restocking.sources(session, order, asked)
        for line in order.lines:
            if asked or all(each.state == ReservationState.SHIPPED for each in line.standing_reservations):
                without_sale(form.restock(line))
        failed = request.method == "POST"
        return frame.page(
            session,
            "refund",
            section="orders",
            status=400 if failed else 200,
            has_errors=failed,
            order=order,
            badges=words.of_order(order),
            form=form,
            refusal=refusal,
            left=money.left_minor,
            returning=asked,
            lines=[
                {
                    "line": line,
                    "left": line.quantity - before[line.id],
                    "cost": costs.lines[line.id],
                    "vials": form.vials(line),
                    "restock": form.restock(line),
                    "notes": notes(restocking.room(possible[line.id])),
                }
                for line in order.lines
            ],
            other=costs.other,
            given=request.form,
            shown=refunding.shown(order.id),
        )


def _return_asked(session: Session, order: Order) -> ReturnRequest | None:
    """The return in the address, where the refund is for one.

    Raises:
        NotFound: this order has no such return.
    """
    text = request.args.get("return", "")
    if not text:
        return None
    found = next((each for each in return_requests.of_order(session, order.id) if str(each.id) == text), None)
    if found is None:
        raise NotFound(_("There is no such return."))
    return found


def _of_return(session: Session, order: Order, asked: ReturnRequest | None) -> dict[str, int]:
    """How many vials of each line came back by a return, to begin with; what becomes of them is chosen."""
    if asked is None:
        return {}
    came = return_requests.received(session, order, asked)
    line_of = {each.id: line.id for line in order.lines for each in line.reservations}
    vials: dict[str, int] = {}
    for line in asked.lines:
        name = f"vials-{line_of[line.sent.reservation_id]}"
        vials[name] = vials.get(name, 0) + came[line.id]
    return {name: count for name, count in vials.items() if count}


def _minor(text: str, currency: str) -> int:
    """An amount as typed, such as 14.00, in minor units of a currency."""
    places = get_currency_precision(currency)
    written = text.strip().replace(",", ".")
    if not re.fullmatch(r"([0-9]{1,9}(\.[0-9]{1,4})?)?", written, re.ASCII):
        raise Refused(_("Enter the amount as a number, such as 14.00."))
    amount = Decimal(written or 0).scaleb(places)
    if amount != int(amount):
        raise Refused(_("The amount has more decimals than its currency."))
    return int(amount)
