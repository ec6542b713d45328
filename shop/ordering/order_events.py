"""What the seller's own systems are told of an order: its number, states and amounts, and nobody's name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from shop.core import mail, webhook_desk, webhooks
from shop.core.database import writing
from shop.core.jobs import job
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.core.wording import plain_text
from shop.ordering.models import FulfilmentState, Order, PaymentState, ReviewState
from shop.people import staff
from shop.people.permissions import Permission

OF_STATE: Final[Mapping[PaymentState | ReviewState | FulfilmentState, str]] = {
    ReviewState.APPROVED: "order.approved",
    PaymentState.PAID: "order.paid",
    FulfilmentState.PART_SHIPPED: "order.part_shipped",
    FulfilmentState.SHIPPED: "order.shipped",
    FulfilmentState.CANCELLED: "order.cancelled",
}
"""The event that reaching a state is."""


def announce(session: Session, order: Order, kind: str, *, fact: str, **more: object) -> None:
    """Tell of something that happened to an order, in its transaction."""
    webhooks.announce(session, kind, fact=fact, about=f"order/{order.number}", data={**facts(order), **more})


def facts(order: Order) -> dict[str, Any]:
    """An order as other systems see it."""
    return {
        "order": order.number,
        "placed_at": order.placed_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "payment_method": order.payment_method.value,
        "payment_state": order.payment_state.value,
        "review_state": order.review_state.value,
        "fulfilment_state": order.fulfilment_state.value,
        "total_minor": order.total_minor,
        "currency": order.currency,
    }


@job("pause webhooks that fail", every=timedelta(hours=1))
def pause_failing() -> int:
    """Pause endpoints that have taken nothing for some days, and tell staff; returns how many."""
    days = settings().webhook_pause_days
    with writing() as session:
        found = webhook_desk.failing(session, for_days=days)
        readers = (
            staff.who_may(session, [Permission.MANAGE_OUTBOX])[Permission.MANAGE_OUTBOX] if found else []
        )
        for endpoint in found:
            why = _("It has taken no event for %(days)s days.", days=days)
            webhook_desk.pause(session, endpoint, why=why, actor="job")
            for member in readers:
                mail.write(
                    session,
                    mail.Letter(
                        to=member.email,
                        subject=_("%(shop)s: a webhook is paused", shop=settings().shop_name),
                        body=plain_text(
                            "mail/staff_notice.txt",
                            sentences=[f"{endpoint.url}: {why}"],
                            link=f"{settings().base_url}/staff/webhooks/{endpoint.id}",
                            shop_name=settings().shop_name,
                        ),
                    ),
                    fact=f"webhook-paused/{endpoint.id}/{endpoint.failing_since}/{member.id}",
                    about=f"staff/{member.id}",
                )
    return len(found)
