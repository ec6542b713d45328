"""States as staff read them: a few words, and the look of their badge (see components/badge.html)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shop.attestations.screening import Result
from shop.catalogue.models import StorageZone
from shop.core.language import gettext as _
from shop.core.wording import actor_in_words
from shop.inventory.models import LotState, MovementKind
from shop.ordering.models import FulfilmentState, Order, PaymentMethod, PaymentState, ReviewState
from shop.payments.models import Refund, RefundState

actor = actor_in_words

ENDS_SOON = timedelta(days=2)
"""So long before an amount set aside is let go, staff are told that it ends."""


@dataclass(frozen=True)
class Badge:
    """A state in words, with the kind of its badge."""

    label: str
    kind: str


def payment(order: Order) -> Badge:
    """Where the money stands."""
    if order.payment_state == PaymentState.DUE and order.payment_method == PaymentMethod.PURCHASE_ORDER:
        return Badge(_("Purchase order"), "")
    return {
        PaymentState.DUE: Badge(_("Payment due"), "soon"),
        PaymentState.AUTHORISED: Badge(_("Authorised, not taken"), "soon"),
        PaymentState.PAID: Badge(_("Paid"), "ok"),
        PaymentState.ON_ACCOUNT: Badge(_("On account"), "ok"),
        PaymentState.PART_REFUNDED: Badge(_("Part refunded"), ""),
        PaymentState.REFUNDED: Badge(_("Refunded"), ""),
        PaymentState.NOT_PAYABLE: Badge(_("Nothing owed"), "off"),
    }[order.payment_state]


def screening(result: Result) -> Badge:
    """What screening decided."""
    return {
        Result.PASS: Badge(_("Passed"), "ok"),
        Result.HOLD: Badge(_("Held for a person"), "hold"),
        Result.REFUSE: Badge(_("Not taken"), "bad"),
    }[result]


def progress(order: Order) -> Badge:
    """How far the order has come, in one badge for a list: what stops it comes first."""
    if order.review_state == ReviewState.NEEDS_DECISION and order.payment_state not in (
        PaymentState.REFUNDED,
        PaymentState.NOT_PAYABLE,
    ):
        return Badge(_("Needs a decision"), "bad")
    if order.fulfilment_state == FulfilmentState.HELD and order.review_state == ReviewState.WAITING:
        by_card = order.payment_method == PaymentMethod.CARD
        return Badge(_("On hold") if by_card else _("Waiting for approval"), "hold")
    return fulfilment(order)


def fulfilment(order: Order) -> Badge:
    """Where the goods stand."""
    return {
        FulfilmentState.HELD: Badge(_("Lots held"), ""),
        FulfilmentState.TO_PICK: Badge(_("To pack"), "soon"),
        FulfilmentState.PACKED: Badge(_("Packed"), "ok"),
        FulfilmentState.PART_SHIPPED: Badge(_("Part shipped"), "soon"),
        FulfilmentState.SHIPPED: Badge(_("Shipped"), "ok"),
        FulfilmentState.CANCELLED: Badge(_("Cancelled"), "off"),
    }[order.fulfilment_state]


def of_order(order: Order, *, waits_for_lot: bool = False) -> list[Badge]:
    """The badges of an order's page: money, what a person decided or has to, and goods."""
    shown = [payment(order)]
    decided = {
        ReviewState.APPROVED: Badge(_("Approved"), "ok"),
        ReviewState.REFUSED: Badge(_("Refused"), "fail"),
    }
    if order.review_state in decided:
        shown.append(decided[order.review_state])
    if waits_for_lot:
        shown.append(Badge(_("Waits for a lot"), "hold"))
    elif progress(order) != fulfilment(order):
        shown.append(progress(order))
    else:
        shown.append(fulfilment(order))
    return shown


def lot_state(state: LotState) -> Badge:
    """A stored state of a lot."""
    return {
        LotState.QUARANTINE: Badge(_("Quarantine"), "hold"),
        LotState.RELEASED: Badge(_("Released"), "ok"),
        LotState.ON_HOLD: Badge(_("On hold"), "hold"),
        LotState.REJECTED: Badge(_("Rejected"), "fail"),
        LotState.RECALLED: Badge(_("Recalled"), "bad"),
    }[state]


def refund(one: Refund) -> Badge:
    """Where money on its way back stands."""
    if one.came_back_at is not None:
        return Badge(_("Came back from the bank"), "bad")
    return {
        RefundState.REQUESTED: Badge(_("Being sent"), "soon"),
        RefundState.UNKNOWN: Badge(_("Outcome not known yet"), "hold"),
        RefundState.PENDING: Badge(_("On its way"), "soon"),
        RefundState.SUCCEEDED: Badge(_("Refunded"), "ok"),
        RefundState.FAILED: Badge(_("Failed"), "bad"),
    }[one.state]


def no_answer_about_refund() -> str:
    """What is said when a refund was written down and Stripe did not answer."""
    return _(
        "The refund is written down. Stripe has not answered, and is asked again by itself; do not refund it "
        "a second time."
    )


def money_that_waits(kind: str) -> str:
    """What waits for a person about the money of an order."""
    return {
        "stock": _("Paid, but the stock is gone"),
        "decision": _("Money came that the order did not wait for"),
        "dispute": _("Disputed by the cardholder"),
        "inquiry": _("The cardholder’s bank asks about the payment"),
        "ends-soon": _("Amount set aside is let go within two days"),
        "unknown": _("Outcome of a payment not known yet"),
        "refund-unknown": _("Outcome of a refund not known yet"),
        "refund-failed": _("A refund failed"),
        "refund-came-back": _("A refund shown as done came back from the bank"),
        "processing": _("The bank has been processing the payment for days"),
    }[kind]


def movement(kind: MovementKind) -> str:
    """What a stock movement did."""
    return {
        MovementKind.RECEIVE: _("Received"),
        MovementKind.RESERVE: _("Reserved"),
        MovementKind.RELEASE: _("Let go"),
        MovementKind.ALLOCATE: _("Allocated"),
        MovementKind.UNALLOCATE: _("Taken back"),
        MovementKind.SHIP: _("Shipped"),
        MovementKind.RETURN: _("Came back"),
        MovementKind.QUARANTINE: _("Set apart"),
        MovementKind.CLEAR: _("Cleared"),
        MovementKind.DISCARD: _("Written off from quarantine"),
        MovementKind.SPLIT_OUT: _("Split off"),
        MovementKind.SPLIT_IN: _("Split from a bulk lot"),
        MovementKind.ADJUST: _("Adjusted"),
        MovementKind.WRITE_OFF: _("Written off"),
    }[kind]


def zone(kept: StorageZone) -> str:
    """Where a product is kept."""
    return {
        StorageZone.FREEZER: _("Freezer"),
        StorageZone.COLD_ROOM: _("Cold room"),
        StorageZone.AMBIENT: _("Room temperature"),
    }[kept]
