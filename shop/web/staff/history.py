"""What happened to an order, in sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shop.core.language import gettext as _
from shop.core.wording import actor_in_words
from shop.ordering.models import FulfilmentState, OrderEvent, PaymentState, ReviewState


@dataclass(frozen=True)
class Entry:
    """One line of a history."""

    time: datetime
    text: str


def entries(events: Iterable[OrderEvent]) -> list[Entry]:
    """The events of an order, newest first. Placing writes one event for each state; one line tells it."""
    told = [event for event in events if event.kind != "placed" or event.axis == "payment"]
    return [Entry(event.at, in_words(event)) for event in reversed(told)]


def in_words(event: OrderEvent) -> str:
    """One event as a sentence, with who did it and what they wrote."""
    what = what_happened(event)
    by = "" if event.actor in _WITHOUT_NAME else _(" by %(who)s", who=actor_in_words(event.actor))
    note = f": {event.note}" if event.note else ""
    return f"{what}{by}{note}".rstrip(".") + "."


def what_happened(event: OrderEvent) -> str:
    """An event in a few words, without who did it."""
    return _kinds().get((event.kind, event.axis)) or _kinds().get((event.kind, None)) or _change(event)


_WITHOUT_NAME = frozenset({"stripe", "job", "screening"})


def _kinds() -> dict[tuple[str, str | None], str]:
    """By kind and axis; without an axis, for any."""
    return {
        ("placed", None): _("Order placed"),
        ("screening", None): _("Screening noted"),
        ("purchase-order", None): _("Changed to a purchase order"),
        ("document-sent", None): _("Document of the purchase order sent"),
        ("document-asked-for", None): _("Document of the purchase order asked for by mail"),
        ("purchase-order-compared", None): _("Document of the purchase order compared with the order"),
        ("approved-all-the-same", None): _("Approved although"),
        ("invoiced", None): _("Invoiced"),
        ("credited", None): _("Credit note issued"),
        ("code-given-back", None): _("The agreed code counts as not used"),
        ("code-taken-again", None): _("The agreed code counts as used again"),
        ("approved", "review"): _("Approved"),
        ("approved", "fulfilment"): _("Lots allocated, ready to pack"),
        ("on account", "payment"): _("Put on account"),
        ("paid", "payment"): _("Payment received"),
        ("paid", "fulfilment"): _("Lots allocated, ready to pack"),
        ("paid-late", "fulfilment"): _("Lots allocated again after a late payment, ready to pack"),
        ("payment-started", None): _("Payment page opened"),
        ("payment-page-ended", None): _("Payment page ended without a payment"),
        ("payment-processing", None): _("Payment being processed by the bank"),
        ("authorised", "payment"): _("Amount set aside on the card, not yet taken"),
        ("authorisation-ended", "payment"): _("Amount on the card let go"),
        ("authorisation-ended", None): _("Amount on the card let go"),
        ("payment-unknown", None): _("No answer from Stripe"),
        ("payment-known", None): _("Stripe has answered"),
        ("payment-page-never-made", None): _("Stripe never made the payment page"),
        ("payment-failed", None): _("The bank did not give the money"),
        ("payment-processing-long", None): _("The bank is still processing the payment; lots stay held"),
        ("refund-unknown", None): _("No answer from Stripe about a refund"),
        ("refund-made-at-stripe", None): _("Refund made at Stripe"),
        ("dispute-opened", None): _("The cardholder disputes the payment"),
        ("dispute-changed", None): _("The dispute has changed"),
        ("dispute-closed", None): _("The dispute is over"),
        ("vials-cancelled", None): _("Taken out of the order, back on sale"),
        ("decided", "fulfilment"): _("Lots allocated, ready to pack"),
        ("decided", None): _("Decided"),
        ("waiting-for-lot", None): _("Waits for the next lot"),
        ("waited-for-lot", "fulfilment"): _("Lots allocated, ready to pack"),
        ("waited-for-lot", None): _("No longer waits for a lot"),
        ("needs-decision", "review"): _("A person has to decide"),
        ("picked", None): _("Picked"),
        ("put-back", None): _("Put back on the shelf"),
        ("packed", "fulfilment"): _("Packed"),
        ("unpacked", "fulfilment"): _("Box opened again"),
        ("cold-today", None): _("Cold goods allowed to leave today"),
        ("part-cancelled", None): _("Taken out of the order"),
        ("rest-cancelled", "fulfilment"): _("The rest taken out of the order, nothing is left to send"),
        ("delivered", None): _("Delivered"),
        ("lot-change-proposed", None): _("Another lot offered to the buyer"),
        ("lot-change-accepted", None): _("Other lot accepted"),
        ("lot-change-declined", None): _("Other lot declined"),
        ("return-asked", None): _("Asked to send something back"),
        ("return-approved", None): _("Return allowed"),
        ("return-refused", None): _("Return refused"),
        ("return-received", None): _("Return received"),
        ("return-inspected", None): _("Return looked at"),
        ("returned", None): _("Came back, into quarantine"),
        ("vials-asked-for", None): _("Further vials of a lot asked for"),
        ("shipped", "fulfilment"): _("Shipped"),
        ("refused", "review"): _("Refused"),
        ("refused", "fulfilment"): _("Lots back on sale"),
        ("cancelled", "fulfilment"): _("Cancelled, lots let go"),
        ("vials-not-on-sale", None): _("Vials let go, not back on sale"),
        ("hold-ended", "fulfilment"): _("Hold ended, lots back on sale"),
        ("refused", "payment"): _("Nothing is owed any more"),
        ("cancelled", "payment"): _("Nothing is owed any more"),
        ("hold-ended", "payment"): _("Nothing is owed any more"),
        ("refund-requested", None): _("Refund asked for"),
        ("refunded", None): _("Refunded"),
        ("refund-failed", "payment"): _("A refund came back from the bank"),
        ("refund-failed", None): _("Refund failed"),
        ("refund-again", None): _("Refund tried again"),
        ("credit-taken-back", None): _("Credit note taken back"),
        ("approved-without-comparing", None): _("Approved without comparing the purchase order"),
    }


def _change(event: OrderEvent) -> str:
    """What is said of an event of a kind this page does not know."""
    if event.to_state is None:
        return event.kind.replace("-", " ").capitalize()
    return _("%(axis)s: %(state)s", axis=_axis(event.axis), state=_state(event.to_state))


def _axis(axis: str | None) -> str:
    return {"payment": _("Payment"), "review": _("Review"), "fulfilment": _("Fulfilment")}.get(axis or "", "")


def _state(value: str) -> str:
    known = {state.value for states in (PaymentState, ReviewState, FulfilmentState) for state in states}
    return value.replace("_", " ") if value in known else value
