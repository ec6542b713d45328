"""What waits on some desks: each desk names its count here, and one query counts them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from shop.attestations import restricted_parties
from shop.core import jobs, outbox_desk
from shop.core.language import gettext as _
from shop.education import drafts, reports
from shop.ordering import exemptions, return_requests
from shop.ordering.return_models import ReturnState
from shop.payments import desk as payments_desk
from shop.payments import invoice_list, purchase_orders
from shop.people import qualification
from shop.people.permissions import Permission
from shop.people.staff import SignedInStaff


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A list of work: who may see it, where it stands, and the subquery that counts what waits there."""

    section: str
    """Where the dashboard shows it: `buyers` or `content`."""
    needs: Permission
    label: Callable[[], str]
    endpoint: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    urgent: bool = False
    count: Callable[[], ScalarSelect[int]]


DESKS = (
    Desk(
        section="buyers",
        needs=Permission.SEE_ORDERS,
        label=lambda: _("Payments that wait for a person"),
        endpoint="staff.payments",
        urgent=True,
        count=payments_desk.waiting,
    ),
    Desk(
        section="buyers",
        needs=Permission.QUALIFY_BUYERS,
        label=lambda: _("Applications of organisations to decide"),
        endpoint="staff.customers",
        count=qualification.waiting,
    ),
    Desk(
        section="buyers",
        needs=Permission.QUALIFY_BUYERS,
        label=lambda: _("Approvals of organisations that end within 30 days"),
        endpoint="staff.customers",
        count=qualification.expiring,
    ),
    Desk(
        section="buyers",
        needs=Permission.CHANGE_SCREENING,
        label=lambda: _("Restricted-party lists that are too old"),
        endpoint="staff.screening",
        urgent=True,
        count=restricted_parties.stale,
    ),
    Desk(
        section="buyers",
        needs=Permission.REVIEW_ORDERS,
        label=lambda: _("Returns to decide"),
        endpoint="staff.returns",
        count=lambda: return_requests.waiting(ReturnState.REQUESTED),
    ),
    Desk(
        section="buyers",
        needs=Permission.RELEASE_LOTS,
        label=lambda: _("Returned vials to look at"),
        endpoint="staff.returns",
        arguments={"view": "received"},
        count=lambda: return_requests.waiting(ReturnState.RECEIVED),
    ),
    Desk(
        section="buyers",
        needs=Permission.REVIEW_EXEMPTIONS,
        label=lambda: _("Tax exemption certificates to look at"),
        endpoint="staff.exemptions",
        count=exemptions.waiting,
    ),
    Desk(
        section="buyers",
        needs=Permission.MANAGE_OUTBOX,
        label=lambda: _("Mail and webhooks that could not be sent"),
        endpoint="staff.outbox",
        urgent=True,
        count=outbox_desk.dead_count,
    ),
    Desk(
        section="buyers",
        needs=Permission.MANAGE_OUTBOX,
        label=lambda: _("Background jobs that fail"),
        endpoint="staff.jobs",
        urgent=True,
        count=jobs.failing_count,
    ),
    Desk(
        section="buyers",
        needs=Permission.SEE_INVOICES,
        label=lambda: _("Invoices overdue"),
        endpoint="staff.invoices",
        arguments={"view": "overdue"},
        urgent=True,
        count=invoice_list.overdue,
    ),
    Desk(
        section="buyers",
        needs=Permission.SEE_INVOICES,
        label=lambda: _("Purchase orders that would pass a credit limit"),
        endpoint="staff.orders",
        arguments={"view": "approval"},
        count=purchase_orders.over_limit,
    ),
    Desk(
        section="buyers",
        needs=Permission.REVIEW_ORDERS,
        label=lambda: _("Purchase orders whose document has not come"),
        endpoint="staff.orders",
        arguments={"view": "approval"},
        count=purchase_orders.without_document,
    ),
    Desk(
        section="content",
        needs=Permission.VERIFY_MONOGRAPHS,
        label=lambda: _("Monographs waiting for a second person"),
        endpoint="staff.monographs",
        arguments={"view": "waiting"},
        count=drafts.waiting,
    ),
    Desk(
        section="content",
        needs=Permission.ANSWER_REPORTS,
        label=lambda: _("Reports of errors to decide"),
        endpoint="staff.reports",
        urgent=True,
        count=reports.waiting,
    ),
)


def counts(session: Session, staff: SignedInStaff) -> list[tuple[Desk, int]]:
    """What waits on each desk this person may see, in the order of the desks. One query."""
    desks = [desk for desk in DESKS if staff.may(desk.needs)]
    if not desks:
        return []
    row = session.execute(select(*(desk.count() for desk in desks))).one()
    return list(zip(desks, (int(count or 0) for count in row), strict=True))
