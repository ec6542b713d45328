"""Places where tests let the shop fail: named points between one step of a use case and the next.

`point` does nothing while nothing is armed, and nothing in the shop can arm it: no setting, no environment
variable, no request. The actions (kill, raise, disconnect, wait, disk full, clock shift) live with the tests,
which arm a point in their own process, or in children that they fork or start through a script of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

POINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "checkout.begin": "placing has begun, nothing is read yet",
        "checkout.priced": "prices, lots and charges have been made again",
        "stock.lot_taken": "one lot of a plan is taken, the next is not",
        "checkout.reserved": "every vial of the plan is taken, there is no order yet",
        "checkout.order_written": "order and lines are written, what goes with them is still held back",
        "checkout.attested": "the signed statement is in the register",
        "checkout.before_commit": "everything of a placing is written, nothing is committed",
        "checkout.after_commit": "the order stands, the buyer has not been answered",
        "attempt.before_commit": "an attempt to pay is written, not committed",
        "attempt.after_commit": "an attempt to pay stands, Stripe has not been asked",
        "stripe.before_create": "the hosted page is about to be asked for",
        "stripe.sent_no_reply": "Stripe has done what was asked, its answer is lost",
        "stripe.after_create": "the hosted page is there, its address is not kept yet",
        "session.saved": "the address of the hosted page is kept",
        "webhook.verified": "an event's signature is good, nothing is done yet",
        "webhook.event_inserted": "the event's id is written, its effect is not",
        "settle.facts_seen": "Stripe has been asked, no transaction is open",
        "settle.status_moved": "the order is paid, its vials are still only held",
        "settle.ledger_written": "the vials of a paid order are allocated, nobody is told",
        "settle.outbox_written": "the mail of a paid order is in the outbox",
        "settle.before_commit": "a settlement is written, nothing is committed",
        "settle.after_commit": "a settlement stands, Stripe has not been answered",
        "capture.before": "money that was set aside is about to be taken",
        "capture.after": "the money is taken at Stripe, the order does not know",
        "void.before": "money that was set aside is about to be let go",
        "void.after": "money that was set aside is let go at Stripe, the order does not know",
        "hold.expire_requested": "a hosted page is about to be ended at Stripe",
        "hold.expired_at_stripe": "the page is ended at Stripe, the attempt here is still open",
        "hold.released": "the vials are released, nothing is committed",
        "decide.before_commit": "a decision about money and vials is written, not committed",
        "decide.after_commit": "a decision stands, its refund has not been sent",
        "cancel.before_commit": "a cancellation and its refund are written, not committed",
        "cancel.after_commit": "a cancellation stands, its refund has not been sent",
        "refund.before_send": "a refund that stands here is about to be sent",
        "refund.sent_not_kept": "Stripe has made the refund, its id is not kept",
        "refund.after": "the refund's id and state are kept",
        "fulfil.picked": "a lot is marked as picked, not committed",
        "fulfil.packed": "the box is closed, not committed",
        "fulfil.shipped": "stock has left and the shipment is written, not committed",
        "po.approved": "an order is approved and allocated, not committed",
        "invoice.numbered": "a number of a series is taken, the invoice is not written",
        "invoice.paper_put": "the PDF of an invoice lies in its place, nothing says so yet",
        "credit.checked": "the credit limit of an organisation is checked and locked, nothing is approved",
        "receipt.before_commit": "a receipt is written and its order settled, not committed",
        "outbox.claimed": "a message is claimed and not sent",
        "mail.sent_not_marked": "a message is sent and not marked",
        "file.temp_written": "a document is written beside its place",
        "file.fsynced": "the document is on the disk beside its place",
        "file.renamed": "the document is in its place, its row is not written",
        "file.row_written": "the document's row is written, not committed",
        "recall.marked": "the lots of a recall are stopped, its lists are not written",
        "recall.before_commit": "a recall is written, nothing is committed",
    }
)
"""Every point by name, with what is true when it is reached."""

Action = Callable[[str], None]

armed: dict[str, Action] = {}
"""What happens at which point; empty in a running shop."""


class UnknownPoint(LookupError):
    """A point is reached that is not in the list."""


def point(name: str) -> None:
    """Pass a named place; whatever is armed there happens now."""
    if armed:
        _reach(name)


def _reach(name: str) -> None:
    if name not in POINTS:
        raise UnknownPoint(name)
    action = armed.get(name)
    if action is not None:
        action(name)
