"""Approving, refusing and cancelling an order: a page of its own that says again what will happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.core import clock
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.core.wording import date_in_words
from shop.ordering import destinations, dispatch, fulfilment, parcel_notes, whole_order
from shop.ordering.cancel_reasons import CancelReason
from shop.ordering.models import FulfilmentState, Order, PaymentMethod, PaymentState
from shop.ordering.whole_order import WholeOrder
from shop.payments import decisions, purchase_orders, refunds, standing
from shop.payments.gateway import PaymentUnavailable
from shop.payments.models import Refund, RefundState
from shop.payments.standing import Standing
from shop.people.staff import SignedInStaff
from shop.web.staff import access, frame, order_screening, words
from shop.web.staff.forms import ApprovalForm, DecisionForm
from shop.web.staff.order import can_cancel, findings, to_refund, waits
from shop.web.staff.refund_form import CancelForm, cancel_form
from shop.web.visitor import say

AnyForm = ApprovalForm | DecisionForm | CancelForm
Act = Callable[[int, SignedInStaff, AnyForm], None]


@dataclass(frozen=True, kw_only=True)
class Question:
    """What the page asks: title, effects, button, and why it cannot be done (empty when it can)."""

    title: str
    effects: list[str]
    button: str
    danger: bool
    reason_hint: str
    impossible: str


def approve(number: str) -> AnyResponse:
    """Approve a purchase order, or an order that screening holds."""

    def act(order_id: int, staff: SignedInStaff, form: AnyForm) -> None:
        assert isinstance(form, ApprovalForm)  # noqa: S101 - made by `_approval`
        decisions.approve(
            order_id,
            staff=staff,
            reason=str(form.reason.data),
            without_comparing=bool(form.without_comparing.data),
        )
        say(_("Order %(number)s is approved.", number=number))

    return _decide(number, _about_approving, act, _approval)


def refuse(number: str) -> AnyResponse:
    """Refuse an order that waits."""

    def act(order_id: int, staff: SignedInStaff, form: AnyForm) -> None:
        decisions.refuse(order_id, staff=staff, reason=str(form.reason.data))
        say(_("Order %(number)s is refused. Its lots are back on sale.", number=number))

    return _decide(number, _about_refusing, act, _decision)


def cancel(number: str) -> AnyResponse:
    """Cancel an order that has not been sent, and send back what was paid."""

    def form_of(whole: WholeOrder) -> CancelForm:
        lines = {row.line.id: row.line for row in whole.picks}
        sent = request.form if request.method == "POST" else None
        return cancel_form(sorted(lines.values(), key=lambda line: line.position), sent)

    def act(order_id: int, staff: SignedInStaff, form: AnyForm) -> None:
        assert isinstance(form, CancelForm)  # noqa: S101 - made by `form_of`
        decisions.cancel(
            order_id,
            staff=staff,
            reason=str(form.reason.data),
            code=CancelReason(form.code.data),
            restock=form.restock,
        )
        say(_("Order %(number)s is cancelled.", number=number))

    return _decide(number, _about_cancelling, act, form_of)


def refund_again(number: str, refund_id: int) -> AnyResponse:
    """Try a failed refund once more, under a new key."""
    with frame.building() as session:
        order = whole_order.load(session, number).order
        found = session.get(Refund, refund_id)
        if found is None or found.order_id != order.id:
            raise NotFound(_("This order has no such refund."))

    def act(order_id: int, staff: SignedInStaff, form: AnyForm) -> None:
        again = refunds.try_again(refund_id, actor=staff.actor, why=str(form.reason.data))
        try:
            refunds.send(again)
            say(_("The refund is on its way again. Its state stands on this page."))
        except PaymentUnavailable:
            say(words.no_answer_about_refund())

    def about(whole: WholeOrder, money: Standing) -> Question:
        failed = next(each for each in money.refunds if each.id == refund_id)
        return _about_refunding_again(whole.order, failed, money)

    return _decide(number, about, act, _decision)


def unpack(number: str) -> AnyResponse:
    """Open a packed box again, so that its vials can be put back or another lot chosen."""

    def act(order_id: int, staff: SignedInStaff, form: AnyForm) -> None:
        fulfilment.unpack(order_id, staff=staff, reason=str(form.reason.data))
        say(_("Order %(number)s is open again. What was picked is still ticked.", number=number))

    return _decide(number, _about_unpacking, act, _decision)


def cold_today(number: str) -> AnyResponse:
    """Let cold goods leave on a day on which the calendar would keep them."""

    def act(order_id: int, staff: SignedInStaff, form: AnyForm) -> None:
        parcel_notes.allow_today(order_id, staff=staff, reason=str(form.reason.data))
        say(_("The cold goods of order %(number)s may leave today.", number=number))

    return _decide(number, _about_cold_goods, act, _decision)


def _approval(_whole: WholeOrder) -> ApprovalForm:
    return ApprovalForm(request.form)


def _decision(_whole: WholeOrder) -> DecisionForm:
    return DecisionForm(request.form)


def _decide(
    number: str,
    about: Callable[[WholeOrder, Standing], Question],
    act: Act,
    form_of: Callable[[WholeOrder], AnyForm],
) -> AnyResponse:
    refusal, form = "", None
    if request.method == "POST":
        with frame.building() as session:
            whole = whole_order.load(session, number)
            form = form_of(whole)
            order_id, same = whole.order.id, form.about.data == _states(whole.order)
        if not same:
            refusal = _("The order has changed since this page was made. Read it again before you decide.")
        elif form.validate():
            try:
                act(order_id, access.signed_in_staff(), form)
                return redirect(url_for("staff.order", number=number), 303)
            except Refused as error:
                refusal = str(error)
    with frame.building() as session:
        whole = whole_order.load(session, number)
        return _page(
            session,
            whole,
            about(whole, standing.of_order(session, whole.order.id)),
            form or form_of(whole),
            refusal,
        )


def _page(session: Session, whole: WholeOrder, question: Question, form: AnyForm, refusal: str) -> Response:
    failed = bool(form.errors or refusal) and request.method == "POST"
    return frame.page(
        session,
        "decide",
        section="orders",
        status=400 if failed else 200,
        has_errors=failed,
        order=whole.order,
        question=question,
        form=form,
        uncompared=form.without_comparing
        if isinstance(form, ApprovalForm) and purchase_orders.is_uncompared(session, whole.order)
        else None,
        code=form.code if isinstance(form, CancelForm) else None,
        vials=form.vials if isinstance(form, CancelForm) else [],
        shown=_states(whole.order),
        refusal=refusal,
        badges=words.of_order(whole.order),
        findings=findings(whole.order.events, order_screening.of_order(session, whole.order))
        + purchase_orders.findings(session, whole.order),
        picks=whole.picks,
        destination=f"{whole.order.city}, {destinations.country_name(whole.order.country)}",
        action=request.path,
    )


def _states(order: Order) -> str:
    """The three states as the page shows them, so that a decision is about what was read."""
    return ".".join(
        state.value for state in (order.payment_state, order.review_state, order.fulfilment_state)
    )


def _about_approving(whole: WholeOrder, money: Standing) -> Question:
    order = whole.order
    total = in_words(order.total_minor, order.currency)
    by_order = order.payment_method == PaymentMethod.PURCHASE_ORDER
    effects = []
    if by_order:
        effects.append(
            _(
                "Purchase order %(po)s over %(total)s is accepted; the order is on account.",
                po=order.po_number,
                total=total,
            )
        )
        if order.po_file_sha256 is None:
            effects.append(_("No document of it has come. It is accepted by its number alone."))
    elif order.payment_state == PaymentState.AUTHORISED:
        effects.append(_("%(total)s, set aside on the buyer’s card, is taken now.", total=total))
    elif order.payment_state == PaymentState.DUE:
        effects.append(_("The buyer can go on to pay %(total)s; nothing is packed before that.", total=total))
    if order.payment_state != PaymentState.DUE or by_order:
        effects.append(_("The lots below are allocated, and the order can be packed."))
    effects.append(_("%(email)s is told by mail.", email=order.email))
    return Question(
        title=_("Approve order %(number)s", number=order.number),
        effects=effects,
        button=_("Approve the order"),
        danger=False,
        reason_hint=_(
            "Kept with the order. The buyer does not see it. Needed where screening holds the order."
        ),
        impossible="" if waits(order) else _("This order does not wait for a decision."),
    )


def _about_refusing(whole: WholeOrder, money: Standing) -> Question:
    order = whole.order
    what = (
        _("The amount set aside on the buyer’s card is let go.")
        if order.payment_state == PaymentState.AUTHORISED
        else _("Nothing has been charged.")
    )
    return Question(
        title=_("Refuse order %(number)s", number=order.number),
        effects=[
            _("The order ends. This cannot be undone."),
            _("The lots below go back on sale."),
            what,
            _("%(email)s is told by mail, with the reason you give.", email=order.email),
        ],
        button=_("Refuse the order"),
        danger=True,
        reason_hint=_("The buyer reads this."),
        impossible="" if waits(order) else _("This order does not wait for a decision."),
    )


def _about_refunding_again(order: Order, failed: Refund, money: Standing) -> Question:
    amount = in_words(failed.amount_minor, failed.currency)
    return Question(
        title=_("Try the refund of %(amount)s again", amount=amount),
        effects=[
            _("%(amount)s is sent to the card it came from. This cannot be undone.", amount=amount),
            _("It goes out under a new key: under the old one Stripe would answer that it failed."),
            _("Nothing more is done to the vials; that was done with the first try."),
            _("%(email)s is told by mail when the money has gone.", email=order.email),
        ],
        button=_("Refund %(amount)s again", amount=amount),
        danger=True,
        reason_hint=_("Why it can work now. Kept with the order; the buyer does not see it."),
        impossible=""
        if failed in money.refunds_to_try_again
        else _(
            "The outcome of this refund is not known. It is asked about by itself, or by aliquot "
            "sync-payments, and is not sent a second time before that."
        )
        if failed.state == RefundState.UNKNOWN
        else _("This refund has not failed, or was tried again already."),
    )


def _about_unpacking(whole: WholeOrder, money: Standing) -> Question:
    packed = whole.order.fulfilment_state == FulfilmentState.PACKED
    return Question(
        title=_("Open the box of order %(number)s again", number=whole.order.number),
        effects=[
            _("The order goes back to picking. What was picked stays ticked."),
            _("The buyer is not told."),
        ],
        button=_("Open the box again"),
        danger=False,
        reason_hint=_("Kept with the order. The buyer does not see it."),
        impossible="" if packed else _("This order is not packed."),
    )


def _about_cold_goods(whole: WholeOrder, money: Standing) -> Question:
    today = clock.today()
    return Question(
        title=_("Let the cold goods of order %(number)s leave today", number=whole.order.number),
        effects=[
            _("The parcel may be handed over on %(day)s, today only.", day=date_in_words(today)),
            _("It can be with the carrier over a day without work."),
            _("Your name and your reason are kept with the parcel."),
        ],
        button=_("Allow it today"),
        danger=True,
        reason_hint=_("Kept with the parcel. The buyer does not see it."),
        impossible=_("Cold goods may leave today. No leave is needed.")
        if dispatch.may_leave_cold(today, dispatch.works)
        else "",
    )


def _about_cancelling(whole: WholeOrder, money: Standing) -> Question:
    order, back = whole.order, to_refund(whole.order, money)
    effects = [_("The order ends. This cannot be undone.")]
    if whole.picks:
        effects.append(_("The vials of the lots below become what you choose."))
    picked = [row for row in whole.picks if row.picked]
    if picked:
        effects.append(
            _(
                "Put back first what has been picked: %(bins)s.",
                bins=", ".join(f"{row.lot.number} ({row.lot.bin})" for row in picked),
            )
        )
    effects.append(_money_back(order, back))
    if order.fulfilment_state != FulfilmentState.CANCELLED:
        effects.append(_("%(email)s is told by mail, with the reason.", email=order.email))
    return Question(
        title=_("Cancel and refund order %(number)s", number=order.number)
        if back
        else _("Cancel order %(number)s", number=order.number),
        effects=effects,
        button=_("Cancel and refund %(amount)s", amount=in_words(back, order.currency))
        if back
        else _("Cancel the order"),
        danger=True,
        reason_hint=_("The buyer reads why and this. Needed for another reason."),
        impossible=""
        if can_cancel(order)
        else _("This order has been shipped, so it cannot be cancelled.")
        if order.fulfilment_state == FulfilmentState.SHIPPED
        else _("A part of this order has been shipped. Cancel only what has not left.")
        if order.shipments
        else _("This order is cancelled already."),
    )


def _money_back(order: Order, back: int) -> str:
    if back:
        return _("%(amount)s is sent back to the buyer’s card.", amount=in_words(back, order.currency))
    if order.payment_state == PaymentState.AUTHORISED:
        return _("The amount set aside on the buyer’s card is let go.")
    return _("Nothing has been charged.")
