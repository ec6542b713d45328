"""What a staff order page says of its payments: what is unknown, set aside, disputed or to decide."""

from __future__ import annotations

from flask import url_for

from shop.core import clock
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.core.wording import moment_in_words
from shop.ordering.models import FulfilmentState, Order
from shop.payments import open_questions, refund_lines, restocking, unexpected
from shop.payments.models import Asking, Dispute, RefundState
from shop.payments.standing import Standing
from shop.web.staff import words
from shop.web.staff.alerts import Alert


def alerts(order: Order, standing: Standing) -> list[Alert]:
    """What has to be known first, the most pressing first."""
    return [
        *_decision(order, standing),
        *_unexpected(standing),
        *_disputes(order, standing),
        *_unknown(standing),
        *_set_aside(standing),
        *_processing(standing),
        *_failed_refunds(standing),
        *_unknown_refunds(standing),
    ]


def refund_rows(order: Order, standing: Standing, *, may_try_again: bool) -> list[dict[str, object]]:
    """Each refund: its state, why it failed, what it is for, and whether it can be tried again."""
    to_try_again = {each.id for each in standing.refunds_to_try_again} if may_try_again else set()
    return [
        {
            "refund": each,
            "state": words.refund(each),
            "lines": [
                {
                    "what": row.what,
                    "amount_minor": row.amount_minor,
                    "tax_minor": row.tax_minor,
                    "restock": restocking.in_words(row.restock) if row.vials else "",
                }
                for row in refund_lines.of_refund(order, each)
            ],
            "can_try_again": each.id in to_try_again,
        }
        for each in standing.refunds
    ]


def _decision(order: Order, standing: Standing) -> list[Alert]:
    notes = [event.note for event in order.events if event.kind == "needs-decision"]
    return [_stock(order, standing, notes)] if open_questions.stock_is_gone(order) else []


def _unexpected(standing: Standing) -> list[Alert]:
    return [
        Alert(
            title=_(
                "%(amount)s came that this order did not wait for", amount=unexpected.in_its_currency(each)
            ),
            text=_("It was not taken for payment. Send it back; nothing else about the order changes."),
            tone="bad",
            url=url_for("staff.send_back", attempt=each.id),
            action=_("Send it back"),
        )
        for each in standing.unexpected
    ]


def _stock(order: Order, standing: Standing, notes: list[str]) -> Alert:
    url = url_for("staff.decide_stock", number=order.number)
    if standing.wait is not None:
        return Alert(
            title=_("Waiting for the next lot"),
            text=_(
                "The buyer is told. The order goes on by itself when every vial of it is there; after "
                "%(until)s it comes back here.",
                until=moment_in_words(standing.wait.until),
            ),
            tone="",
            points=notes,
            url=url,
            action=_("See what there is now, or decide otherwise"),
        )
    return Alert(
        title=_("Paid, but the stock is gone"),
        text=_(
            "Refund it, send what there is, or wait for the next lot. The buyer knows that we look at it."
        ),
        tone="bad",
        points=notes,
        url=url,
        action=_("Decide about this order"),
    )


def _disputes(order: Order, standing: Standing) -> list[Alert]:
    not_sent = order.fulfilment_state == FulfilmentState.TO_PICK
    return [
        Alert(
            title=_dispute_title(each),
            text=_dispute_text(each),
            tone="bad" if each.is_open or each.status == "lost" else "",
            points=[
                _(
                    "%(amount)s, %(reason)s: %(status)s",
                    amount=in_words(each.amount_minor, each.currency),
                    reason=each.reason.replace("_", " "),
                    status=each.status.replace("_", " "),
                ),
                *(
                    [_("Answer by %(when)s", when=moment_in_words(each.answer_by))]
                    if each.is_open and each.answer_by
                    else []
                ),
                *(
                    [_("Nothing has been sent yet. What leaves now may be lost together with the money.")]
                    if each.is_open and not_sent
                    else []
                ),
            ],
        )
        for each in standing.disputes
    ]


def _dispute_title(dispute: Dispute) -> str:
    if dispute.is_open:
        return (
            _("The cardholder’s bank asks about this payment")
            if dispute.refundable
            else _("The cardholder disputes this payment")
        )
    return {
        "won": _("A dispute about this payment was won"),
        "lost": _("A dispute about this payment was lost"),
    }.get(dispute.status, _("A dispute about this payment is over"))


def _dispute_text(dispute: Dispute) -> str:
    if not dispute.is_open:
        kept = _("Kept for the record: %(id)s in Stripe’s dashboard.", id=dispute.stripe_dispute)
        if dispute.status == "lost":
            return (
                _("The bank has given the money back to the cardholder. Nothing more is refunded here.")
                + f" {kept}"
            )
        if dispute.status == "won":
            return _("The money is here again, and can be refunded.") + f" {kept}"
        return kept
    answered = _("It is answered in Stripe’s dashboard, under %(id)s.", id=dispute.stripe_dispute)
    if dispute.refundable:
        return answered + " " + _("The money is still here: a refund in full ends the question.")
    return answered + " " + _("The bank has the money meanwhile, so nothing is refunded here.")


def _unknown(standing: Standing) -> list[Alert]:
    attempt = standing.unknown
    if attempt is None or attempt.asking is None:
        return []
    what = {
        Asking.CREATE: _("Stripe was asked for a payment page and gave no answer."),
        Asking.CAPTURE: _("Stripe was asked to take the amount set aside and gave no answer."),
        Asking.VOID: _("Stripe was asked to let the amount go and gave no answer."),
    }[attempt.asking]
    return [
        Alert(
            title=_("The outcome of a payment is not known yet"),
            text=_(
                "It is asked about again by itself. Do nothing about the money by hand until it is known."
            ),
            points=[what],
        )
    ]


def _set_aside(standing: Standing) -> list[Alert]:
    attempt = standing.authorised
    if attempt is None or attempt.capture_before is None:
        return []
    soon = attempt.capture_before - clock.now() < words.ENDS_SOON
    return [
        Alert(
            title=_("The amount set aside is let go soon")
            if soon
            else _("The amount is set aside, not taken"),
            text=_(
                "The bank keeps it until %(until)s. Approve or refuse the order before that; "
                "afterwards the buyer has to pay again.",
                until=moment_in_words(attempt.capture_before),
            ),
            tone="bad" if soon else "",
        )
    ]


def _processing(standing: Standing) -> list[Alert]:
    if standing.processing is None:
        return []
    return [
        Alert(
            title=_("The buyer’s bank is processing the payment"),
            text=_("The lots stay held until it has answered. Nothing is packed before that."),
            tone="",
        )
    ]


def _failed_refunds(standing: Standing) -> list[Alert]:
    return [
        Alert(
            title=_("A refund came back from the bank") if each.came_back_at else _("A refund failed"),
            text=_(
                "It had been shown as done. The money is here again, and a debit note takes back its credit "
                "note. Try the refund again, or agree on another way with the buyer."
            )
            if each.came_back_at
            else _("The money is still here. Try the refund again, or agree on another way with the buyer."),
            tone="bad",
            points=[f"{in_words(each.amount_minor, each.currency)}: {each.failure}"],
        )
        for each in standing.refunds_to_try_again
    ]


def _unknown_refunds(standing: Standing) -> list[Alert]:
    return [
        Alert(
            title=_("The outcome of a refund is not known yet"),
            text=_("It is asked about again by itself, under the same key. Do not refund it a second time."),
            points=[in_words(each.amount_minor, each.currency)],
        )
        for each in standing.refunds
        if each.state == RefundState.UNKNOWN
    ]
