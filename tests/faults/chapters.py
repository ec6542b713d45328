"""The life of an order in chapters: what is there before, what is then done, and what must be so afterwards.

`act` runs in a child process that may die at any point; what it has been told by the shop it says at once, so
that a later look can hold the shop to it. `check` runs in the parent, after the worker has had its minute.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from builders import WHERE, draft_for, make_lot, make_size, order_for, shown, someone
from recall_builders import recall
from sqlalchemy import func, select
from stripe_beside import Stripe
from stripe_inside import signature

from shop.core import clock, files, outbox
from shop.core.database import reading, writing
from shop.demo.stripe_stand_in.account import Account
from shop.inventory.models import Lot, LotState
from shop.ordering import fulfilment, placement, states
from shop.ordering.cancel_reasons import CancelReason
from shop.ordering.models import FulfilmentState, Order, PaymentMethod, PaymentState, ReviewState
from shop.payments import (
    attempts,
    decisions,
    holds,
    invoicing,
    receipts,
    settlement,
    stock_choices,
    stock_decisions,
    unexpected,
    webhook,
)
from shop.payments.invoice_models import Invoice
from shop.payments.models import AttemptState, PaymentAttempt
from shop.people.staff import SignedInStaff
from shop.worker import senders

Say = Callable[[str], None]


@dataclass
class Scene:
    """What a chapter works with."""

    stripe: Stripe
    staff: SignedInStaff
    names: dict[str, str] = field(default_factory=dict)
    order_id: int = 0

    @property
    def account(self) -> Account:
        """The books at Stripe."""
        return self.stripe.parts.account


@dataclass(frozen=True)
class Chapter:
    """One use case, with what must hold however it was cut short."""

    name: str
    prepare: Callable[[Scene], None]
    act: Callable[[Scene, Say], None]
    check: Callable[[Scene, set[str]], list[str]]


def order_now(order_id: int) -> Order:
    """An order as it is, to look at."""
    with reading() as session:
        order = session.get_one(Order, order_id)
        session.expunge(order)
        return order


def _states(order_id: int) -> tuple[PaymentState, ReviewState, FulfilmentState]:
    order = order_now(order_id)
    return order.payment_state, order.review_state, order.fulfilment_state


def _shelf(scene: Scene, *vials: int) -> None:
    sku = make_size()
    scene.names["sku"] = sku
    for number, count in enumerate(vials):
        scene.names[f"lot {number}"] = make_lot(sku, count)


def _draft(scene: Scene, method: PaymentMethod, quantity: int = 3) -> None:
    # Two lots, so that a plan can be cut in the middle.
    _shelf(scene, 2, 9)
    scene.names["token"] = draft_for({scene.names["sku"]: quantity}, method=method)


def _card_order(scene: Scene, *, waiting: bool = False) -> None:
    _shelf(scene, 2, 9)
    scene.order_id = order_for({scene.names["sku"]: 3}, method=PaymentMethod.CARD).order_id
    if waiting:
        with writing() as session:
            states.move(
                session,
                states.lock(session, scene.order_id),
                ReviewState.WAITING,
                actor="test",
                kind="screening",
                note="a person is to look",
            )


def _page(scene: Scene) -> None:
    scene.names["page"] = attempts.start(scene.order_id)


def _paid(scene: Scene) -> None:
    _card_order(scene)
    _page(scene)
    assert scene.stripe.pay(scene.names["page"]).status_code == 303


def _settled(scene: Scene) -> None:
    _paid(scene)
    settlement.settle_order(scene.order_id)


def _authorised(scene: Scene) -> None:
    _card_order(scene, waiting=True)
    _page(scene)
    scene.stripe.pay(scene.names["page"])
    settlement.settle_order(scene.order_id)


def _po_order(scene: Scene) -> None:
    _shelf(scene, 2, 9)
    scene.order_id = order_for({scene.names["sku"]: 3}).order_id


def _approved(scene: Scene) -> None:
    _po_order(scene)
    fulfilment.approve(scene.order_id, staff=scene.staff, reason="")


def _packed(scene: Scene) -> None:
    _approved(scene)
    for name in ("lot 0", "lot 1"):
        fulfilment.pick(scene.order_id, scene.names[name], staff=scene.staff)
    fulfilment.pack(scene.order_id, staff=scene.staff)


def _shipped(scene: Scene) -> None:
    _packed(scene)
    fulfilment.ship(scene.order_id, carrier="Specimen Carrier", tracking="T-1", staff=scene.staff)


def _stock_is_gone(scene: Scene) -> None:
    """Paid after its hold had ended, when others had bought some of the vials."""
    _open_page(scene)
    with writing() as session:
        order = states.lock(session, scene.order_id)
        fulfilment.cancel(
            session,
            order,
            actor="job",
            kind="hold-ended",
            code=CancelReason.NOT_PAID,
            reason="not paid in time",
        )
    order_for({scene.names["sku"]: 9})
    assert scene.stripe.pay(scene.names["page"]).status_code == 303
    with reading() as session:
        page = session.scalars(
            select(PaymentAttempt.stripe_session).where(PaymentAttempt.order_id == scene.order_id)
        ).one()
    assert page is not None
    settlement.settle(page)
    with reading() as session:
        order = fulfilment.find(session, scene.order_id)
        scene.names["about"] = stock_choices.of_order(session, order).shown


def _paid_twice(scene: Scene) -> None:
    """Paid on a page that counted as ended here, after it had been paid on another."""
    _open_page(scene)
    first_page = scene.names["page"]
    with writing() as session:
        attempt = session.scalars(
            select(PaymentAttempt).where(PaymentAttempt.order_id == scene.order_id)
        ).one()
        attempt.state, first = AttemptState.EXPIRED, attempt.id
    _page(scene)
    scene.stripe.pay(scene.names["page"])
    settlement.settle_order(scene.order_id)
    scene.stripe.pay(first_page)
    with reading() as session:
        page = session.get_one(PaymentAttempt, first).stripe_session
    assert page is not None
    settlement.settle(page)
    with reading() as session:
        found = session.get_one(PaymentAttempt, first)
        scene.names |= {"attempt": str(first), "about": unexpected.shown(found)}


def _invoiced(scene: Scene) -> None:
    _shipped(scene)
    invoicing.issue_due()
    scene.names["invoice"] = _invoices(scene)[0].number


def _invoices(scene: Scene) -> list[Invoice]:
    with reading() as session:
        return list(session.scalars(select(Invoice).where(Invoice.order_id == scene.order_id)))


# What is done.


def _place(scene: Scene, say: Say) -> None:
    token = scene.names["token"]
    placed = placement.place(token, shown(token), WHERE)
    say(f"placed {placed.reference}")
    if placed.payment_method == PaymentMethod.CARD:
        say(f"page {attempts.start(placed.order_id)}")


def _start(scene: Scene, say: Say) -> None:
    say(f"page {attempts.start(scene.order_id)}")


def event_of(account: Account, order_id: int, kind: str) -> bytes:
    """The body of the newest event of a kind that is about an order."""
    import json

    with reading() as session:
        known = set(
            session.scalars(select(PaymentAttempt.stripe_session).where(PaymentAttempt.order_id == order_id))
        )
    event = next(
        each
        for each in account.all("event")
        if each["type"] == kind and each["data"]["object"]["id"] in known
    )
    return json.dumps(event).encode()


def _webhook(scene: Scene, say: Say) -> None:
    body = scene.names["event"].encode()
    webhook.take(webhook.read(body, signature(body)))
    say("told")


def _return(scene: Scene, say: Say) -> None:
    settlement.settle_order(scene.order_id)
    say("told")


def _end_holds(scene: Scene, say: Say) -> None:
    with clock.shifted(timedelta(minutes=42)):
        holds.end_holds()
    say("ended")


def _approve(scene: Scene, say: Say) -> None:
    decisions.approve(scene.order_id, staff=scene.staff, reason="")
    say("approved")


def _refuse(scene: Scene, say: Say) -> None:
    decisions.refuse(scene.order_id, staff=scene.staff, reason="not for research")
    say("refused")


def _cancel(scene: Scene, say: Say) -> None:
    decisions.cancel(scene.order_id, staff=scene.staff, reason="no longer wanted")
    say("cancelled")


def _send_part(scene: Scene, say: Say) -> None:
    stock_decisions.send_what_there_is(
        scene.order_id, about=scene.names["about"], reason="agreed", staff=scene.staff
    )
    say("decided")


def _send_back(scene: Scene, say: Say) -> None:
    unexpected.send_back(
        int(scene.names["attempt"]), about=scene.names["about"], reason="paid twice", staff=scene.staff
    )
    say("decided")


def _switch(scene: Scene, say: Say) -> None:
    paper = f"%PDF-1.7 specimen order {scene.order_id}".encode()
    decisions.switch_to_purchase_order(scene.order_id, po_number="PO-7", po_file=("po.pdf", paper))
    say("switched")


def _pick_pack(scene: Scene, say: Say) -> None:
    for name in ("lot 0", "lot 1"):
        fulfilment.pick(scene.order_id, scene.names[name], staff=scene.staff)
    fulfilment.pack(scene.order_id, staff=scene.staff)
    say("packed")


def _ship(scene: Scene, say: Say) -> None:
    fulfilment.ship(scene.order_id, carrier="Specimen Carrier", tracking="T-1", staff=scene.staff)
    say("shipped")


def _recall(scene: Scene, say: Say) -> None:
    recall(scene.names["lot 0"])
    say("recalled")


def _mail(scene: Scene, say: Say) -> None:
    outbox.send_due(senders())
    say("sent")


def _issue(scene: Scene, say: Say) -> None:
    invoicing.issue_due()
    say("issued")


def _receive_money(scene: Scene, say: Say) -> None:
    receipts.record(
        scene.names["invoice"],
        booked_on=clock.today(),
        amount_minor=order_now(scene.order_id).total_minor,
        currency="USD",
        bank_reference=f"B-{scene.order_id}",
        staff=scene.staff,
    )
    say("received")


# What must be so.


def _one_order_per_draft(scene: Scene, acked: set[str]) -> list[str]:
    token = scene.names["token"]
    with reading() as session:
        references = list(session.scalars(select(Order.reference).where(Order.draft_token == token)))
    said = {each.removeprefix("placed ") for each in acked if each.startswith("placed ")}
    if said - set(references):
        return [f"order {said} was confirmed to its buyer and is lost"]
    before = len(references)
    if not references:
        # The buyer, who heard nothing, presses the button again.
        placement.place(token, shown(token), WHERE)
    again = placement.place(token, {}, WHERE)
    with reading() as session:
        count = session.scalar(select(func.count(Order.id)).where(Order.draft_token == token))
    if count != 1 or (before == 1 and again.reference != references[0]):
        return [f"{count} orders of one checkout"]
    return []


def _paid_and_allocated(scene: Scene, acked: set[str]) -> list[str]:
    found = _states(scene.order_id)
    wanted = (PaymentState.PAID, ReviewState.PASSED, FulfilmentState.TO_PICK)
    return [] if found == wanted else [f"the paid order is {found}"]


def _ended(scene: Scene, acked: set[str]) -> list[str]:
    found = order_now(scene.order_id)
    if "ended" in acked and found.fulfilment_state != FulfilmentState.CANCELLED:
        return [f"the hold was ended, the order is {found.fulfilment_state}"]
    return []


def _either(acked_word: str, before: object, after: object) -> Callable[[Scene, set[str]], list[str]]:
    """Done as a whole or not at all; and done, where the person was told so."""

    def check(scene: Scene, acked: set[str]) -> list[str]:
        found = _states(scene.order_id)
        allowed = {after} if acked_word in acked else {before, after}
        return [] if found in allowed else [f"the order is {found}, and {acked or 'nothing'} was said"]

    return check


def _approved_or_not(scene: Scene, acked: set[str]) -> list[str]:
    payment, review, fulfilment_state = _states(scene.order_id)
    done = (PaymentState.PAID, ReviewState.APPROVED, FulfilmentState.TO_PICK)
    untouched = (PaymentState.AUTHORISED, ReviewState.WAITING, FulfilmentState.HELD)
    found = (payment, review, fulfilment_state)
    if found == done or (found == untouched and "approved" not in acked):
        return []
    return [f"the order is {found}, and {acked or 'nothing'} was said"]


def _refused_or_not(scene: Scene, acked: set[str]) -> list[str]:
    found = _states(scene.order_id)
    refused = found[1] == ReviewState.REFUSED and found[2] == FulfilmentState.CANCELLED
    if "refused" in acked and not refused:
        return [f"it was refused, the order is {found}"]
    return []


def _cancelled_or_not(scene: Scene, acked: set[str]) -> list[str]:
    found = _states(scene.order_id)
    gone = (PaymentState.REFUNDED, ReviewState.PASSED, FulfilmentState.CANCELLED)
    kept = (PaymentState.PAID, ReviewState.PASSED, FulfilmentState.TO_PICK)
    if found == gone or (found == kept and "cancelled" not in acked):
        return []
    return [f"the order is {found}, and {acked or 'nothing'} was said"]


def _recalled_or_not(scene: Scene, acked: set[str]) -> list[str]:
    with reading() as session:
        state = session.scalars(select(Lot.state).where(Lot.number == scene.names["lot 0"])).one()
    if "recalled" in acked and state != LotState.RECALLED:
        return [f"the lot was recalled and is {state}"]
    return []


def _one_invoice(scene: Scene, acked: set[str]) -> list[str]:
    count = len(_invoices(scene))
    return [] if count == 1 else [f"{count} invoices of one order"]


def _nothing(scene: Scene, acked: set[str]) -> list[str]:
    return []


def _with_event(prepare: Callable[[Scene], None]) -> Callable[[Scene], None]:
    def prepared(scene: Scene) -> None:
        prepare(scene)
        scene.names["event"] = event_of(scene.account, scene.order_id, "checkout.session.completed").decode()

    return prepared


def _open_page(scene: Scene) -> None:
    _card_order(scene)
    _page(scene)


_CONFIRMED = (PaymentState.ON_ACCOUNT, ReviewState.APPROVED)
_WAITING = (PaymentState.DUE, ReviewState.WAITING, FulfilmentState.HELD)

CHAPTERS = (
    Chapter(
        "placing by purchase order",
        lambda scene: _draft(scene, PaymentMethod.PURCHASE_ORDER),
        _place,
        _one_order_per_draft,
    ),
    Chapter(
        "placing by card", lambda scene: _draft(scene, PaymentMethod.CARD), _place, _one_order_per_draft
    ),
    Chapter("starting to pay", _card_order, _start, _nothing),
    Chapter("being told of a payment", _with_event(_paid), _webhook, _paid_and_allocated),
    Chapter("coming back from paying", _paid, _return, _paid_and_allocated),
    Chapter("the end of a hold", _open_page, _end_holds, _ended),
    Chapter("approving a purchase order", _po_order, _approve, _either(
        "approved", _WAITING, (*_CONFIRMED, FulfilmentState.TO_PICK)
    )),
    Chapter("approving a card order", _authorised, _approve, _approved_or_not),
    Chapter("refusing a card order", _authorised, _refuse, _refused_or_not),
    Chapter("cancelling a paid order", _settled, _cancel, _cancelled_or_not),
    Chapter("sending what there is", _stock_is_gone, _send_part, _either(
        "decided",
        (PaymentState.PAID, ReviewState.NEEDS_DECISION, FulfilmentState.CANCELLED),
        (PaymentState.PART_REFUNDED, ReviewState.PASSED, FulfilmentState.TO_PICK),
    )),
    Chapter("sending back a second payment", _paid_twice, _send_back, _either(
        "decided",
        (PaymentState.PAID, ReviewState.NEEDS_DECISION, FulfilmentState.TO_PICK),
        (PaymentState.PAID, ReviewState.PASSED, FulfilmentState.TO_PICK),
    )),
    Chapter("changing to a purchase order", _open_page, _switch, _either(
        "switched", (PaymentState.DUE, ReviewState.PASSED, FulfilmentState.HELD), _WAITING
    )),
    Chapter("picking and packing", _approved, _pick_pack, _either(
        "packed", (*_CONFIRMED, FulfilmentState.TO_PICK), (*_CONFIRMED, FulfilmentState.PACKED)
    )),
    Chapter("shipping", _packed, _ship, _either(
        "shipped", (*_CONFIRMED, FulfilmentState.PACKED), (*_CONFIRMED, FulfilmentState.SHIPPED)
    )),
    Chapter("issuing an invoice", _shipped, _issue, _one_invoice),
    Chapter("money received on an invoice", _invoiced, _receive_money, _either(
        "received",
        (*_CONFIRMED, FulfilmentState.SHIPPED),
        (PaymentState.PAID, ReviewState.APPROVED, FulfilmentState.SHIPPED),
    )),
    Chapter("recalling a lot", _approved, _recall, _recalled_or_not),
    Chapter("sending mail", _po_order, _mail, _nothing),
)  # fmt: skip


def scene_of(stripe: Stripe) -> Scene:
    """A new scene."""
    return Scene(stripe, someone("sales", "warehouse", "quality"))


def papers_whole() -> bool:
    """Whether the folder of documents holds no half-written one under a document's name."""
    root = files.store().root
    return all(not path.name.startswith(".part-") or path.is_file() for path in root.rglob("*"))
