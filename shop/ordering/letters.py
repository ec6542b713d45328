"""What buyers are told by mail about their order. Written to the outbox in the transaction of the event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.attestations import attestation_copy
from shop.core import mail
from shop.core.files import StoredFile
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.core.wording import plain_text
from shop.inventory.models import HoldState, LotHold
from shop.ordering import links, parcel_contents, parcel_papers
from shop.ordering.models import LotChange, Order, Shipment
from shop.ordering.return_models import ReturnRequest
from shop.ordering.review import Review

MOST_ATTACHED_BYTES = 8 * 1024 * 1024
"""What is attached to one mail at most; many servers refuse a mail above 10 MB once it is encoded."""


def order_placed(session: Session, order: Order, agreed: Review) -> None:
    """The order has been received: lines, lots, certificates, cost, and what happens next."""
    _write(
        session,
        order,
        kind="placed",
        subject=_("Order %(number)s received", number=order.number),
        attachments=(
            (
                _("research-use-statement-%(number)s.pdf", number=order.number),
                mail.paper_reference(attestation_copy.PAPER, order.attestation_id),
            ),
        ),
        review=agreed,
    )


def order_paid(session: Session, order: Order) -> None:
    """The payment has arrived."""
    _write(session, order, kind="paid", subject=_("Order %(number)s is paid", number=order.number))


def order_approved(session: Session, order: Order) -> None:
    """The purchase order, or a held order, has been approved."""
    _write(session, order, kind="approved", subject=_("Order %(number)s is approved", number=order.number))


def order_cancelled(session: Session, order: Order, *, reason: str) -> None:
    """The order will not be sent, and why."""
    _write(
        session,
        order,
        kind="cancelled",
        subject=_("Order %(number)s is cancelled", number=order.number),
        reason=reason,
    )


def payment_needs_decision(session: Session, order: Order, *, cancelled: bool) -> None:
    """Money arrived after the lots had been let go, and a person decides.

    Args:
        cancelled: a person had cancelled the order; otherwise its time had run out, and no vials are left.
    """
    _write(
        session,
        order,
        kind="needs-decision",
        subject=_("Order %(number)s: we have your payment, and need to talk", number=order.number),
        cancelled=cancelled,
    )


def stock_refund(session: Session, order: Order, *, amount_minor: int, fact: str) -> None:
    """The vials of a paid order are gone and it is given up: nothing is sent, the money goes back."""
    _write(
        session,
        order,
        kind="stock-refund",
        subject=_("Order %(number)s: we send your money back", number=order.number),
        fact=f"order-stock-refund/{order.number}/{fact}",
        amount_minor=amount_minor,
    )


def stock_part(
    session: Session,
    order: Order,
    *,
    lots: Sequence[tuple[str, int, str]],
    missing: Sequence[tuple[str, int]],
    amount_minor: int,
    fact: str,
) -> None:
    """Some vials of a paid order are gone: what is sent, what is not, and what goes back.

    Args:
        lots: title, vials and lot number of what is sent.
        missing: title and vials of what is not.
    """
    _write(
        session,
        order,
        kind="stock-part",
        subject=_("Order %(number)s: a part of it is sent", number=order.number)
        if missing
        else _("Order %(number)s goes on", number=order.number),
        fact=f"order-stock-part/{order.number}/{fact}",
        lots=lots,
        missing=missing,
        amount_minor=amount_minor,
    )


def stock_wait(
    session: Session, order: Order, *, until: date, missing: Sequence[tuple[str, int]], fact: str
) -> None:
    """The vials of a paid order are gone, and it waits for the next lot to the end of a day."""
    _write(
        session,
        order,
        kind="stock-wait",
        subject=_("Order %(number)s waits for the next lot", number=order.number),
        fact=f"order-stock-wait/{order.number}/{fact}",
        until=until,
        missing=missing,
    )


def stock_filled(session: Session, order: Order, *, lots: Sequence[tuple[str, int, str]], fact: str) -> None:
    """An order that waited for a lot has all of its vials, and goes on."""
    _write(
        session,
        order,
        kind="stock-filled",
        subject=_("Order %(number)s goes on: its vials are here", number=order.number),
        fact=f"order-stock-filled/{order.number}/{fact}",
        lots=lots,
    )


def stock_wait_ended(session: Session, order: Order, *, fact: str) -> None:
    """No lot came in the time that an order was to wait; a person decides again."""
    _write(
        session,
        order,
        kind="stock-wait-ended",
        subject=_("Order %(number)s: the next lot has not come", number=order.number),
        fact=f"order-stock-wait-ended/{order.number}/{fact}",
    )


def payment_sent_back(session: Session, order: Order, *, amount_minor: int, currency: str, fact: str) -> None:
    """Money came that the order did not wait for, and is sent back."""
    _write(
        session,
        order,
        kind="payment-sent-back",
        subject=_("Order %(number)s: we send a payment back", number=order.number),
        fact=f"order-payment-sent-back/{order.number}/{fact}",
        amount_minor=amount_minor,
        currency=currency,
    )


def refund_made(session: Session, order: Order, *, amount_minor: int, currency: str, key: str) -> None:
    """Money is on its way back."""
    _write(
        session,
        order,
        kind="refunded",
        subject=_("Order %(number)s: refund", number=order.number),
        fact=f"order-refunded/{order.number}/{key}",
        amount_minor=amount_minor,
        currency=currency,
    )


def payment_due_again(session: Session, order: Order, *, fact: str) -> None:
    """A payment fell through after it seemed on its way: nothing was taken, and how to pay again."""
    _write(
        session,
        order,
        kind="payment-due-again",
        subject=_("Order %(number)s: please pay again", number=order.number),
        fact=f"order-payment-due-again/{order.number}/{fact}",
    )


def order_shipped(
    session: Session, order: Order, shipment: Shipment, *, rest: Sequence[tuple[str, int]] = ()
) -> None:
    """A parcel is on its way, with the certificates of its lots attached.

    Args:
        rest: titles and vials that follow in another parcel.
    """
    attached, linked = _papers(session, shipment)
    _write(
        session,
        order,
        kind="shipped",
        subject=_("Order %(number)s: a first part has been shipped", number=order.number)
        if rest and shipment.number == 1
        else _("Order %(number)s: a further parcel has been shipped", number=order.number)
        if shipment.number > 1
        else _("Order %(number)s has been shipped", number=order.number),
        fact=f"order-shipped/{order.number}" + (f"/{shipment.number}" if shipment.number > 1 else ""),
        attachments=attached,
        linked=linked,
        shipment=shipment,
        rest=rest,
    )


def _papers(session: Session, shipment: Shipment) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    """Certificates and safety data sheets of just what is in a parcel: what is attached, and what is linked.

    All are attached while they are small enough together; else all are linked.
    """
    contents = parcel_contents.of_shipment(session, shipment.id)
    base, size = settings().base_url, 0
    found: dict[str, tuple[str, str]] = {}
    for row in contents.rows:
        found[f"{row.lot.number}.pdf"] = (row.certificate.document_sha256, f"{base}/coa/{row.lot.number}")
    for sheet in parcel_papers.safety_sheets(session, contents):
        name = f"safety-data-sheet-{sheet.product.slug}-{sheet.language}.pdf"
        path = f"/products/{sheet.product.slug}/documents/sds-{sheet.language}-{sheet.revision}.pdf"
        found[name] = (sheet.sha256, base + path)
    sizes = select(func.sum(StoredFile.size)).where(
        StoredFile.sha256.in_({sha for sha, _link in found.values()})
    )
    size = session.scalar(sizes) or 0
    if size > MOST_ATTACHED_BYTES:
        return (), [link for _sha, link in found.values()]
    return tuple(sorted((name, sha) for name, (sha, _link) in found.items())), []


def return_news(
    session: Session, order: Order, request: ReturnRequest, *, part: str, refusal: str = ""
) -> None:
    """What became of a buyer's wish to send vials back, at one of its steps."""
    subjects = {
        "requested": _("Return %(number)s: we have your request", number=request.number),
        "approved": _("Return %(number)s: how to send it", number=request.number),
        "refused": _("Return %(number)s is refused", number=request.number),
        "received": _("Return %(number)s has arrived", number=request.number),
        "inspected": _("Return %(number)s: what we found", number=request.number),
    }
    _write(
        session,
        order,
        kind="return",
        subject=subjects[part],
        fact=f"return-{part}/{request.id}",
        request=request,
        part=part,
        refusal=refusal,
    )


def vials_cancelled(
    session: Session, order: Order, *, what: Sequence[tuple[str, int]], why: str, key: str
) -> None:
    """Some vials of the order will not be sent, and why; the rest goes its way."""
    _write(
        session,
        order,
        kind="vials-cancelled",
        subject=_("Order %(number)s: a part will not be sent", number=order.number),
        fact=f"order-vials-cancelled/{order.number}/{key}",
        what=what,
        why=why,
    )


def lot_change_proposed(session: Session, order: Order, change: LotChange, holds: Sequence[LotHold]) -> None:
    """A lot of the order was stopped; another one is offered, and the buyer says yes or no."""
    _write(
        session,
        order,
        kind="lot-change",
        subject=_("Order %(number)s: may we send another lot?", number=order.number),
        fact=f"order-lot-change/{order.number}/{change.id}",
        change=change,
        holds=holds,
        answer=links.lot_change_url(order.id, order.reference, change.id),
    )


def vials_kept(session: Session, order: Order, hold: LotHold, *, link: str) -> None:
    """Further vials of a lot are kept for the buyer, or not, and why."""
    kept = hold.state == HoldState.HELD
    _write(
        session,
        order,
        kind="vials-kept",
        subject=_("Lot %(lot)s: vials kept for you", lot=hold.lot.number)
        if kept
        else _("Lot %(lot)s: we could not keep vials for you", lot=hold.lot.number),
        fact=f"vials-kept/{hold.reference}/{hold.state.value}",
        hold=hold,
        kept=kept,
        hold_link=link,
    )


def _write(
    session: Session,
    order: Order,
    *,
    kind: str,
    subject: str,
    fact: str | None = None,
    attachments: tuple[tuple[str, str], ...] = (),
    **values: object,
) -> None:
    body = plain_text(
        f"mail/order_{kind.replace('-', '_')}.txt",
        order=order,
        link=links.order_url(order.id, order.reference),
        base_url=settings().base_url,
        shop_name=settings().shop_name,
        contact_email=settings().contact_email,
        **values,
    )
    mail.write(
        session,
        mail.Letter(to=order.email, subject=subject, body=body, attachments=attachments),
        fact=fact or f"order-{kind}/{order.number}",
        about=f"order/{order.number}",
    )
