"""What stands in the way of approving a purchase order, and the reminder for a document that has not come."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, select
from sqlalchemy.orm import Session

from shop.core import clock, faults, files, mail, wording
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.jobs import job
from shop.core.language import gettext as _
from shop.core.personal_data import BUYER
from shop.core.settings import settings
from shop.ordering import links, po_match, states
from shop.ordering.models import FulfilmentState, Order, OrderEvent, PaymentMethod, ReviewState
from shop.payments import credit_limits
from shop.people.permissions import Permission
from shop.people.staff import SignedInStaff

ASKED = "document-asked-for"


def demand(
    session: Session, order: Order, *, staff: SignedInStaff, reason: str, without_comparing: bool = False
) -> None:
    """Let a locked purchase order be approved only with what its findings ask for.

    A document that came is compared with the order first, or the person says that it is approved without
    comparing, and why. Differences between document and order want a reason. Passing the credit limit wants a
    reason and the permission to override it; the limit is read under a lock on the organisation. A number
    used before is told and kept, and wants nothing: blanket orders are usual.

    Raises:
        Refused: says what is missing.
    """
    if order.payment_method != PaymentMethod.PURCHASE_ORDER or order.review_state != ReviewState.WAITING:
        return
    credit_limits.lock(session, order.organisation_id)
    over = credit_limits.finding(session, order)
    faults.point("credit.checked")
    differing = po_match.of_document(session, order)
    if over and not staff.may(Permission.OVERRIDE_CREDIT):
        raise Refused(
            _("%(finding)s Somebody who may override credit limits has to approve it.", finding=over)
        )
    if (over or differing) and not reason.strip():
        raise Refused(
            _(
                "Give a reason for approving it all the same. %(findings)s",
                findings=" ".join([over, *differing]).strip(),
            )
        )
    if is_uncompared(session, order):
        if not without_comparing:
            raise Refused(
                _(
                    "Nobody has compared the document of this purchase order with the order. Compare it, or "
                    "tick that you approve without comparing, and say why."
                )
            )
        if not reason.strip():
            raise Refused(_("Say why you approve without comparing the document."))
        states.tell(
            session, order.id, actor=staff.actor, kind="approved-without-comparing", note=reason.strip()
        )
    for finding in [over, *po_match.findings(session, order)]:
        if finding:
            states.tell(session, order.id, actor=staff.actor, kind="approved-all-the-same", note=finding)


def is_uncompared(session: Session, order: Order) -> bool:
    """Whether a waiting purchase order has a document that nobody has compared since it came."""
    if (
        order.payment_method != PaymentMethod.PURCHASE_ORDER
        or order.review_state != ReviewState.WAITING
        or order.po_file_sha256 is None
    ):
        return False
    compared = po_match.document_of(session, order.id)
    if compared is None:
        return True
    came = session.scalar(
        select(func.max(OrderEvent.at)).where(
            OrderEvent.order_id == order.id, OrderEvent.kind == "document-sent"
        )
    )
    return came is not None and came > compared.entered_at


def takes_document(order: Order) -> bool:
    """Whether the buyer can still send the document of the order: until a person has decided."""
    return (
        order.payment_method == PaymentMethod.PURCHASE_ORDER
        and order.review_state == ReviewState.WAITING
        and order.fulfilment_state == FulfilmentState.HELD
    )


def keep_document(order_id: int, *, name: str, data: bytes) -> None:
    """Keep the document of a purchase order that its buyer sent after placing; the newest counts.

    Args:
        order_id: the order.
        name: what the file is called.
        data: its bytes, already examined.

    Raises:
        Refused: the order is not by purchase order, or has been decided.
    """
    sha256 = files.store().put(data)
    with writing() as session:
        order = states.lock(session, order_id)
        if not takes_document(order):
            raise Refused(_("This order takes no further document here. Write to us."))
        files.record(session, sha256, size=len(data), media_type="application/pdf")
        order.po_file_sha256, order.po_file_name = sha256, name
        states.tell(
            session, order_id, actor=BUYER, kind="document-sent", note=_("SHA-256 %(sum)s", sum=sha256)
        )


def findings(session: Session, order: Order) -> list[str]:
    """What has to be known, and explained, before a waiting purchase order is approved."""
    if order.payment_method != PaymentMethod.PURCHASE_ORDER or order.review_state != ReviewState.WAITING:
        return []
    over = credit_limits.finding(session, order)
    return ([over] if over else []) + po_match.findings(session, order)


def without_document() -> ScalarSelect[int]:
    """How many purchase orders wait without a document."""
    return select(func.count()).select_from(Order).where(_lacks_document()).scalar_subquery()


def over_limit() -> ScalarSelect[int]:
    """How many waiting purchase orders would pass the limit of their organisation."""
    return (
        select(func.count())
        .select_from(Order)
        .where(_waits(), credit_limits.passes_limit())
        .scalar_subquery()
    )


@job("ask for purchase orders", every=timedelta(minutes=15))
def ask_for_documents() -> int:
    """Ask once, by mail, for the document of a purchase order that was placed without one some days ago."""
    asked = select(OrderEvent.order_id).where(OrderEvent.kind == ASKED)
    oldest = clock.now() - timedelta(days=settings().purchase_order_document_days)
    with reading() as session:
        due = list(
            session.scalars(
                select(Order.id).where(_lacks_document(), Order.placed_at <= oldest, Order.id.not_in(asked))
            )
        )
    for order_id in due:
        with writing() as session:
            order = states.lock(session, order_id)
            already = session.scalar(
                select(OrderEvent.id).where(OrderEvent.order_id == order_id, OrderEvent.kind == ASKED)
            )
            if already is not None or order.po_file_sha256 is not None:
                continue
            states.tell(session, order_id, actor="job", kind=ASKED, note="")
            _ask(session, order)
    return len(due)


def _waits() -> ColumnElement[bool]:
    return and_(
        Order.payment_method == PaymentMethod.PURCHASE_ORDER,
        Order.review_state == ReviewState.WAITING,
        Order.fulfilment_state == FulfilmentState.HELD,
    )


def _lacks_document() -> ColumnElement[bool]:
    return and_(_waits(), Order.po_file_sha256.is_(None))


def _ask(session: Session, order: Order) -> None:
    body = wording.plain_text(
        "mail/purchase_order_wanted.txt",
        order=order,
        link=links.order_url(order.id, order.reference),
        shop_name=settings().shop_name,
        contact_email=settings().contact_email,
    )
    subject = _(
        "Order %(number)s: please send purchase order %(po)s", number=order.number, po=order.po_number
    )
    mail.write(
        session,
        mail.Letter(to=order.email, subject=" ".join(subject.split()), body=body),
        fact=f"order-document-wanted/{order.number}",
        about=f"order/{order.number}",
    )
