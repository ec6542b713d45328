"""The first page: work to do, each count a link to its list."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from flask import Response, url_for
from sqlalchemy.orm import Session

from shop.core.language import gettext as _
from shop.inventory import attention, lot_index
from shop.ordering import queue
from shop.people.permissions import Permission
from shop.people.staff import SignedInStaff
from shop.recalls import enquiries, tracking
from shop.web.staff import access, frame, waiting


@dataclass(frozen=True, kw_only=True)
class WorkItem:
    """Something that waits, with the list it stands in."""

    count: int
    label: str
    url: str
    urgent: bool


def show() -> Response:
    """What waits for somebody."""
    staff = access.signed_in_staff()
    with frame.building() as session:
        work = frame.work(session)
        orders = _orders(work) if staff.may(Permission.SEE_ORDERS) else []
        lots = _lots(work) if staff.may(Permission.SEE_LOTS) else []
        if staff.may(Permission.SEE_LOTS):
            lots.append(_low_stock(session))
        quality = _quality(session, staff)
        desks = _desks(session, staff)
        return frame.page(
            session,
            "dashboard",
            section="dashboard",
            orders=orders,
            lots=lots,
            quality=quality,
            buyers=desks["buyers"],
            content=desks["content"],
            nothing=not any(item.count for item in [*orders, *lots, *quality, *chain(*desks.values())]),
            roles=staff.role_names,
        )


def _quality(session: Session, staff: SignedInStaff) -> list[WorkItem]:
    """Open recalls, and what people have written about lots."""
    found = []
    if staff.may(Permission.SEE_RECALLS):
        recalls, to_call = tracking.open_counts(session)
        address = url_for("staff.recalls")
        found += [
            WorkItem(count=recalls, label=_("Open recalls"), url=address, urgent=True),
            WorkItem(count=to_call, label=_("Consignees of recalls to telephone"), url=address, urgent=True),
        ]
    if staff.may(Permission.ANSWER_ENQUIRIES):
        asking, unanswered = enquiries.waiting_counts(session)
        address = url_for("staff.enquiries")
        found += [
            WorkItem(
                count=asking,
                label=_("Lots whose complaints ask for a hold"),
                url=address,
                urgent=True,
            ),
            WorkItem(
                count=unanswered,
                label=_("Messages about lots waiting for an answer"),
                url=address,
                urgent=False,
            ),
        ]
    return found


def _orders(work: frame.Work) -> list[WorkItem]:
    labels = {
        queue.View.TO_PACK: (_("Orders to pack"), False),
        queue.View.TO_SHIP: (_("Orders packed, to hand over"), False),
        queue.View.APPROVAL: (_("Purchase orders waiting for approval"), False),
        queue.View.ON_HOLD: (_("Orders on hold, or that need a decision"), True),
        queue.View.PAYMENT_DUE: (_("Orders whose payment is due"), False),
    }
    return [
        WorkItem(
            count=work.orders.of_view[view],
            label=label,
            url=url_for("staff.orders", view=view.value),
            urgent=urgent,
        )
        for view, (label, urgent) in labels.items()
    ]


def _lots(work: frame.Work) -> list[WorkItem]:
    labels = {
        lot_index.View.NO_CERTIFICATE: (_("Lots in quarantine without a certificate"), False),
        lot_index.View.TO_CONFIRM: (_("Certificates waiting for a second person"), True),
        lot_index.View.ON_HOLD: (_("Lots on hold"), True),
        lot_index.View.RETEST_SOON: (_("Lots to retest within 90 days"), False),
        lot_index.View.RETEST_OVERDUE: (_("Lots whose retest is overdue"), True),
    }
    return [
        WorkItem(
            count=work.lots[view],
            label=label,
            url=url_for("staff.lots", view=view.value),
            urgent=urgent,
        )
        for view, (label, urgent) in labels.items()
    ]


def _low_stock(session: Session) -> WorkItem:
    return WorkItem(
        count=len(attention.low_stock(session)),
        label=_("Vial sizes at or below their reorder point"),
        url=url_for("staff.reorder_points"),
        urgent=False,
    )


def _desks(session: Session, staff: SignedInStaff) -> dict[str, list[WorkItem]]:
    """What waits on the desks that are counted together, by section."""
    found: dict[str, list[WorkItem]] = {"buyers": [], "content": []}
    for desk, count in waiting.counts(session, staff):
        address = url_for(desk.endpoint, **dict(desk.arguments))
        found[desk.section].append(WorkItem(count=count, label=desk.label(), url=address, urgent=desk.urgent))
    return found
