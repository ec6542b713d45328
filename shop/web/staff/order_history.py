"""Everything that happened to an order in one list, each step with the paper that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import Response, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.core import mail
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.core.outbox import OutboxMessage
from shop.core.wording import date_in_words
from shop.inventory.models import CertificateRevision, CertificateWithdrawal, Lot
from shop.ordering import whole_order
from shop.ordering.destinations import country_name
from shop.ordering.models import Order, OrderEvent
from shop.payments import invoices
from shop.payments.invoice_models import AccountEntry, Invoice, InvoiceEvent
from shop.payments.models import PaymentAttempt, Refund
from shop.people.permissions import Permission
from shop.recalls.models import Recall, RecallLot, RecallState
from shop.web.staff import access, frame, history, order_screening, words
from shop.web.staff.invoices import entry_in_words, event_in_words


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that happened: when, who, what, why, and the paper that shows it."""

    at: datetime
    who: str
    what: str
    why: str = ""
    paper: str = ""
    url: str = ""


def show(number: str) -> Response:
    """The list, the oldest first."""
    with frame.building() as session:
        whole = whole_order.load(session, number)
        order = whole.order
        papers = invoices.of_order(session, order.id)
        screening = order_screening.of_order(session, order)
        steps = [
            *_events(order, papers, screening.badge.label if screening else ""),
            *_card(session, order),
            *_bookings(session, papers),
            *_letters(session, order, linked=access.signed_in_staff().may(Permission.MANAGE_OUTBOX)),
            *_lots(session, order),
        ]
        return frame.page(
            session,
            "order_history",
            section="orders",
            order=order,
            steps=sorted(steps, key=lambda step: step.at),
        )


def _events(order: Order, papers: list[Invoice], screened: str) -> Iterator[Step]:
    """What the order itself has kept, with the paper that each event made."""
    urls = {paper.number: url_for("staff.invoice", number=paper.number) for paper in papers}
    parcels = iter(order.shipments)
    for event in order.events:
        if event.kind == "placed" and event.axis != "payment":
            continue
        named = [number for number in urls if number in event.note]
        paper, url = (named[0], urls[named[0]]) if named else _paper(order, event)
        if event.kind == "shipped" and event.axis == "fulfilment" and (parcel := next(parcels, None)):
            paper = _("Packing slip of parcel %(reference)s", reference=parcel.reference)
            url = url_for(
                "staff.parcel_paper", number=order.number, parcel=parcel.number, paper="packing-slip"
            )
        yield Step(
            at=event.at,
            who=words.actor(event.actor),
            what=history.what_happened(event),
            why=_placed(order, screened) if event.kind == "placed" else event.note,
            paper=paper,
            url=url,
        )


def _placed(order: Order, screened: str) -> str:
    """What was ordered, for how much, its lots, and what screening said."""
    lots = ", ".join(
        _("%(vials)s of %(lot)s", vials=each.quantity, lot=each.lot.number)
        for line in order.lines
        for each in line.reservations
    )
    return _(
        "%(total)s, for delivery to %(country)s. Lots: %(lots)s. Screening: %(result)s",
        total=in_words(order.total_minor, order.currency),
        country=country_name(order.country),
        lots=lots or _("none"),
        result=screened.lower() or _("not kept"),
    )


def _paper(order: Order, event: OrderEvent) -> tuple[str, str]:
    """What shows an event, with its address."""
    if event.kind == "placed":
        return (
            _("Research-use record"),
            url_for("staff.attestation", record_id=order.attestation_id),
        )
    if event.kind in ("document-sent", "purchase-order") and order.po_file_sha256:
        return _("Purchase order"), url_for("staff.purchase_order", number=order.number)
    if event.kind.startswith("return-"):
        return _("Returns of the order"), url_for("staff.returns", view="all")
    return "", ""


def _card(session: Session, order: Order) -> Iterator[Step]:
    """What Stripe calls the payments and refunds, so that they are found there."""
    for attempt in session.scalars(select(PaymentAttempt).where(PaymentAttempt.order_id == order.id)):
        if attempt.settled_at is not None and attempt.stripe_payment_intent:
            yield Step(
                at=attempt.settled_at,
                who=words.actor("stripe"),
                what=_("Stripe knows the payment as %(id)s", id=attempt.stripe_payment_intent),
                why=in_words(attempt.amount_minor, attempt.currency),
            )
    for refund in session.scalars(select(Refund).where(Refund.order_id == order.id)):
        if refund.settled_at is not None and refund.stripe_refund:
            yield Step(
                at=refund.settled_at,
                who=words.actor("stripe"),
                what=_("Stripe knows the refund as %(id)s", id=refund.stripe_refund),
                why=refund.failure or in_words(refund.amount_minor, refund.currency),
            )


def _bookings(session: Session, papers: list[Invoice]) -> Iterator[Step]:
    """What was received on the invoices of the order, and what was sent about them."""
    numbers = {paper.id: paper.number for paper in papers}
    for entry in session.scalars(select(AccountEntry).where(AccountEntry.invoice_id.in_(numbers))):
        number = numbers[entry.invoice_id]
        amount = in_words(entry.amount_minor, entry.currency)
        reference = _("Bank reference %(text)s", text=entry.bank_reference) if entry.bank_reference else ""
        booked = _("booked %(day)s", day=date_in_words(entry.booked_on))
        yield Step(
            at=entry.recorded_at,
            who=words.actor(entry.recorded_by),
            what=_("%(what)s: %(amount)s", what=entry_in_words(entry.kind), amount=amount),
            why="; ".join(each for each in (reference, booked, entry.reason) if each),
            paper=number,
            url=url_for("staff.invoice", number=number),
        )
    for event in session.scalars(select(InvoiceEvent).where(InvoiceEvent.invoice_id.in_(numbers))):
        number = numbers[event.invoice_id]
        yield Step(
            at=event.at,
            who=words.actor(event.actor),
            what=_("%(number)s: %(what)s", number=number, what=event_in_words(event)),
            why=event.note,
            paper=number,
            url=url_for("staff.invoice", number=number),
        )


def _letters(session: Session, order: Order, *, linked: bool) -> Iterator[Step]:
    """Mail about the order, by its subject while the words are kept; `linked` for who may read it."""
    sent = select(OutboxMessage).where(
        OutboxMessage.subject == f"order/{order.number}", OutboxMessage.kind == mail.KIND
    )
    for letter in session.scalars(sent):
        subject = letter.payload.get("subject") or _("its words were deleted")
        if letter.sent_at is not None:
            what = _("Mail sent: %(subject)s", subject=subject)
        elif letter.dead_at is not None:
            what = _("Mail could not be sent: %(subject)s", subject=subject)
        else:
            what = _("Mail written, not sent: %(subject)s", subject=subject)
        yield Step(
            at=letter.sent_at or letter.dead_at or letter.created_at,
            who=words.actor("job"),
            what=what,
            paper=_("Message %(number)s", number=letter.id),
            url=url_for("staff.outbox_message", number=letter.id) if linked else "",
        )


def _lots(session: Session, order: Order) -> Iterator[Step]:
    """Recalls of lots that the order was sent or keeps, and withdrawn certificates it was sold over."""
    kept = [each for line in order.lines for each in line.reservations]
    recalled = (
        select(Recall, Lot.number)
        .join(RecallLot, RecallLot.recall_id == Recall.id)
        .join(Lot, Lot.id == RecallLot.lot_id)
        .where(
            RecallLot.lot_id.in_({each.lot_id for each in kept}),
            Recall.state != RecallState.DRAFT,
            Recall.is_drill.is_(False),
        )
    )
    for recall, lot in session.execute(recalled):
        yield Step(
            at=recall.started_at or recall.created_at,
            who=words.actor(recall.started_by or recall.created_by),
            what=_("Lot %(lot)s recalled", lot=lot),
            why=recall.reason,
            paper=recall.number,
            url=url_for("staff.recall", recall_id=recall.id),
        )
    withdrawn = (
        select(CertificateWithdrawal, CertificateRevision.revision, Lot.number)
        .join(CertificateRevision, CertificateRevision.id == CertificateWithdrawal.revision_id)
        .join(Lot, Lot.id == CertificateRevision.lot_id)
        .where(CertificateRevision.id.in_({each.certificate_revision_id for each in kept}))
    )
    for withdrawal, revision, lot in session.execute(withdrawn):
        yield Step(
            at=withdrawal.at,
            who=words.actor(withdrawal.actor),
            what=_("Certificate of lot %(lot)s, revision %(number)s, withdrawn", lot=lot, number=revision),
            why=withdrawal.reason,
            paper=_("Lot %(lot)s", lot=lot),
            url=url_for("staff.lot", lot=lot),
        )
