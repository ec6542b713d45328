"""A paid order whose vials are gone: refund it, send what there is, or wait, and what each of them does."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.core.money import in_words
from shop.core.wording import date_in_words
from shop.ordering import whole_order
from shop.ordering.models import Order, ReviewState
from shop.payments import open_questions, stock_choices, stock_decisions
from shop.payments.stock_choices import Choices
from shop.web.staff import access, frame, words
from shop.web.staff.forms import StockDecisionForm
from shop.web.visitor import say

REFUND, SEND, WAIT = "refund", "send", "wait"


def decide(number: str) -> AnyResponse:
    """Show the three choices, and carry one out."""
    form, refusal = StockDecisionForm(request.form), ""
    with frame.building() as session:
        order = whole_order.load(session, number).order
        order_id = order.id
        form.choice.choices = _offered(session, order)
    if request.method == "POST" and form.validate():
        try:
            _carry_out(order_id, number, form)
            return redirect(url_for("staff.order", number=number), 303)
        except Refused as error:
            refusal = str(error)
    with frame.building() as session:
        return _page(session, number, form, refusal)


def _carry_out(order_id: int, number: str, form: StockDecisionForm) -> None:
    staff, about, reason = access.signed_in_staff(), str(form.about.data), str(form.reason.data)
    if form.choice.data == WAIT and form.until.data is not None:
        stock_decisions.wait(order_id, until=form.until.data, about=about, reason=reason, staff=staff)
        say(
            _(
                "Order %(number)s waits for the next lot until %(until)s. The buyer is told.",
                number=number,
                until=date_in_words(form.until.data),
            )
        )
        return
    if form.choice.data == REFUND:
        answered = stock_decisions.refund_all(order_id, about=about, reason=reason, staff=staff)
        say(_("Order %(number)s is given up. The buyer is told.", number=number))
    else:
        answered = stock_decisions.send_what_there_is(order_id, about=about, reason=reason, staff=staff)
        say(_("Order %(number)s goes to packing. The buyer is told.", number=number))
    if not answered:
        say(_("Stripe has not answered about the refund yet. It is asked again by itself."))


def _offered(session: Session, order: Order) -> list[tuple[str, str]]:
    """The choices that can be made now; all three where none is open, so that the refusal is said."""
    every = [
        (REFUND, _("Refund in full")),
        (SEND, _("Send what there is, refund the rest")),
        (WAIT, _("Wait for the next lot")),
    ]
    if not open_questions.stock_is_gone(order):
        return every
    choices = stock_choices.of_order(session, order)
    if not choices.obstacle and not choices.missing:
        every[1] = (SEND, _("Send the order"))
    possible = {
        REFUND: True,
        SEND: not choices.obstacle and choices.there > 0,
        WAIT: not choices.obstacle and choices.missing > 0,
    }
    return [each for each in every if possible[each[0]]]


def _page(session: Session, number: str, form: StockDecisionForm, refusal: str) -> Response:
    order = whole_order.load(session, number).order
    failed = bool(form.errors or refusal) and request.method == "POST"
    choices = stock_choices.of_order(session, order) if open_questions.stock_is_gone(order) else None
    latest = stock_choices.latest_day()
    if choices is not None and form.until.data is None and not form.until.errors:
        form.until.data = latest
    return frame.page(
        session,
        "stock_decision",
        section="orders",
        status=400 if failed else 200,
        has_errors=failed,
        order=order,
        badges=words.of_order(order, waits_for_lot=choices is not None and choices.wait is not None),
        form=form,
        refusal=refusal,
        choices=choices,
        latest=latest,
        notes=_notes(order, choices) if choices else {},
        why=[event.note for event in order.events if event.kind == "needs-decision"][-1:],
    )


def _notes(order: Order, choices: Choices) -> dict[str, str]:
    """What each choice does, with its money."""
    everything = in_words(choices.everything_minor, order.currency)
    part = in_words(choices.part_minor, order.currency)
    kept = in_words(choices.everything_minor - choices.part_minor, order.currency)
    sent = ngettext("%(num)s vial is", "%(num)s vials are", choices.there)
    approves = (
        " " + _("Screening holds this order; this approves it.")
        if choices.came_from == ReviewState.WAITING
        else ""
    )
    return {
        REFUND: _(
            "%(amount)s goes back to the card, delivery with it. Nothing is sent. This cannot be undone.",
            amount=everything,
        )
        if choices.everything_minor
        else _("No money goes back. Nothing is sent. The question is closed."),
        SEND: _(
            "%(sent)s allocated now and the order can be packed. %(part)s goes back for what is missing, "
            "with its share of discount and tax; %(kept)s is kept. Delivery is not refunded, because a "
            "parcel leaves. This cannot be undone.",
            sent=sent,
            part=part,
            kept=kept,
        )
        + approves,
        WAIT: _(
            "%(amount)s is kept. No vials are held meanwhile. As soon as every vial is there the order is "
            "allocated by itself, the oldest order first; when the day has passed it comes back here.",
            amount=everything,
        )
        + approves,
    }
