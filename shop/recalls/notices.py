"""What consignees and waiting buyers are told: drafted for a person to edit, then written to the outbox.

The list that a recall leaves behind is the queue: whoever has not been written to is written to, some at a
time, each batch in a transaction of its own, so that a crash in between loses and repeats nothing. A drill
writes to nobody.

The contents follow 21 CFR 7.49: what is recalled and since when, by lot; why; what to do; to pass it on; and
a way to answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlalchemy.orm import Session, joinedload

from shop.core import clock, mail, outbox
from shop.core.database import locked, reading, writing
from shop.core.errors import Refused
from shop.core.jobs import job
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.core.wording import plain_text
from shop.ordering.models import order_number
from shop.recalls import links, scope
from shop.recalls.models import (
    ContactKind,
    OrderOutcome,
    Recall,
    RecallConsignee,
    RecallContact,
    RecallLot,
    RecallOrder,
    RecallState,
)
from shop.recalls.scope import Delivery

BATCH = 200
REMIND_AFTER = (2, 5, 10)
"""Working days after the notice at which somebody who has not answered is reminded."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The words a person starts from."""

    subject: str
    text: str


def draft(lots: Sequence[tuple[str, str]]) -> Draft:
    """A notice to begin with.

    Args:
        lots: number and title of each lot named.
    """
    products = list(dict.fromkeys(title for _number, title in lots))
    numbers = ", ".join(number for number, _title in lots[:3]) + (" …" if len(lots) > 3 else "")
    return Draft(
        subject=_("URGENT: recall of %(product)s, lot %(lots)s", product=products[0][:60], lots=numbers),
        text=_(
            "We recall the following:\n%(lots)s\n\nStop using vials of these lots at once and keep them "
            "apart from others. Look up which work was done with them.",
            lots="\n".join(f"- {title}, lot {number}" for number, title in lots),
        ),
    )


def preview(session: Session, recall: Recall, text: str) -> str:
    """The notice as one consignee would get it; an invented delivery where there is none."""
    numbers = [each.lot.number for each in recall.lots]
    invented = Delivery(
        lot=numbers[0],
        vials=2,
        order_id=0,
        order_number=order_number(1),
        organisation_id=0,
        organisation=_("Example organisation"),
        name=_("Example contact"),
        email="",
        phone="",
        address="",
        country="",
        shipped_at=clock.now(),
        carrier="",
        tracking="",
    )
    found = scope.deliveries(session, [each.lot_id for each in recall.lots], at_most=1)
    link = f"{settings().base_url}/recalls/answer/…"
    return _words(recall, text, found or [invented], link=link, reminder=False)


def _words(recall: Recall, text: str, deliveries: Sequence[Delivery], *, link: str, reminder: bool) -> str:
    return plain_text(
        "mail/recall_notice.txt",
        recall=recall,
        text=text,
        begun=(recall.started_at or clock.now()).date(),
        deliveries=deliveries,
        link=link,
        reminder=reminder,
        **_shop(),
    )


def _shop() -> dict[str, object]:
    values = settings()
    return {
        "base_url": values.base_url,
        "shop_name": values.shop_name,
        "contact_email": values.contact_email,
    }


@job("write recall notices", every=timedelta(seconds=30))
def write_all_due() -> int:
    """Write to whoever a recall has listed and nobody has written to yet."""
    with reading() as session:
        begun = list(
            session.scalars(
                select(Recall.id)
                .where(Recall.state == RecallState.OPEN, ~Recall.is_drill)
                .order_by(Recall.id)
            )
        )
    return sum(write_due(recall_id) for recall_id in begun)


def write_due(recall_id: int) -> int:
    """Write what is still to be written for one recall; returns how many people were written to."""
    written = 0
    while True:
        with writing() as session:
            recall = locked(session, Recall, recall_id)
            if recall is None or recall.is_drill or recall.state != RecallState.OPEN:
                return written
            count = _write_to_consignees(session, recall) + _write_to_buyers(session, recall)
        if count == 0:
            return written
        written += count


def _write_to_consignees(session: Session, recall: Recall) -> int:
    waiting = list(
        session.scalars(
            select(RecallConsignee)
            .where(
                RecallConsignee.recall_id == recall.id,
                RecallConsignee.written_at.is_(None),
                ~RecallConsignee.no_address,
            )
            .order_by(RecallConsignee.id)
            .limit(BATCH)
        )
    )
    _write(session, recall, waiting, kind=ContactKind.NOTICE)
    return len(waiting)


def _write(
    session: Session, recall: Recall, consignees: Sequence[RecallConsignee], *, kind: ContactKind
) -> None:
    """Write one letter to each, and that it was written. Five statements."""
    if not consignees:
        return
    received = _received(session, recall, consignees)
    moment = clock.now()
    messages: list[outbox.Message] = []
    unusable: set[int] = set()
    for each in consignees:
        letter = mail.Letter(
            to=each.email,
            subject=recall.notice_subject,
            body=_words(
                recall,
                recall.notice_text,
                received[each.organisation_id, each.email_key],
                link=links.answer_url(each.id),
                reminder=kind == ContactKind.REMINDER,
            ),
        )
        part = "notice" if kind == ContactKind.NOTICE else f"reminder-{each.reminders + 1}"
        try:
            messages.append(
                mail.as_message(
                    letter, fact=f"recall-{part}/{each.id}", about=f"recall/{recall.id}/{each.id}"
                )
            )
        except Refused:
            unusable.add(each.id)
    outbox.write_many(session, messages)
    ids = [each.id for each in consignees]
    reached = [each for each in ids if each not in unusable]
    values: dict[str, object] = (
        {"written_at": moment}
        if kind == ContactKind.NOTICE
        else {"reminders": RecallConsignee.reminders + 1, "reminded_at": moment}
    )
    for group, change in ((reached, values), (sorted(unusable), {"no_address": True})):
        if group:
            session.execute(update(RecallConsignee).where(RecallConsignee.id.in_(group)).values(**change))
    session.execute(
        insert(RecallContact),
        [
            {
                "consignee_id": each,
                "at": moment,
                "actor": "job",
                "kind": ContactKind.NO_ADDRESS if each in unusable else kind,
                "note": "",
            }
            for each in ids
        ],
    )


def _received(
    session: Session, recall: Recall, consignees: Sequence[RecallConsignee]
) -> dict[tuple[int, str], list[Delivery]]:
    """What each consignee was sent, by organisation and address."""
    return deliveries_of(session, [each.lot_id for each in recall.lots], consignees)


def deliveries_of(
    session: Session, lot_ids: Collection[int], consignees: Sequence[RecallConsignee]
) -> dict[tuple[int, str], list[Delivery]]:
    """Parcels of some lots, by organisation and address in lower case. One query."""
    found: dict[tuple[int, str], list[Delivery]] = defaultdict(list)
    organisations = {each.organisation_id for each in consignees}
    for delivery in scope.deliveries(session, lot_ids, organisation_ids=organisations):
        found[delivery.organisation_id, _key(delivery.email, consignees)].append(delivery)
    return found


def _key(email: str, consignees: Sequence[RecallConsignee]) -> str:
    """The key the database made of an address; its lower case may know fewer letters than Python's."""
    same = {each.email: each.email_key for each in consignees}
    return same.get(email) or email.lower()


def _write_to_buyers(session: Session, recall: Recall) -> int:
    """Ask buyers whose orders wait whether other lots will do."""
    waiting = list(
        session.scalars(
            select(RecallOrder)
            .where(RecallOrder.recall_id == recall.id, RecallOrder.written_at.is_(None))
            .order_by(RecallOrder.id)
            .limit(BATCH)
            .options(joinedload(RecallOrder.order))
        )
    )
    if not waiting:
        return 0
    lots = [each.lot.number for each in recall.lots]
    messages = []
    for each in waiting:
        if each.outcome != OrderOutcome.HELD or not scope.still_open(each.order):
            continue
        letter = mail.Letter(
            to=each.order.email,
            subject=_("Order %(number)s waits for your decision", number=each.order.number),
            body=plain_text(
                "mail/recall_order.txt",
                recall=recall,
                number=each.order.number,
                vials=each.vials,
                lots=lots,
                link=links.order_url(each.id),
                **_shop(),
            ),
        )
        messages.append(
            mail.as_message(letter, fact=f"recall-order/{each.id}", about=f"order/{each.order.number}")
        )
    outbox.write_many(session, messages)
    session.execute(
        update(RecallOrder)
        .where(RecallOrder.id.in_([each.id for each in waiting]))
        .values(written_at=clock.now())
    )
    return len(waiting)


@job("remind of recalls", every=timedelta(minutes=30))
def remind() -> int:
    """Write again to those who have not answered for some working days."""
    with reading() as session:
        due = session.execute(
            select(RecallConsignee.recall_id)
            .join(Recall)
            .where(Recall.state == RecallState.OPEN, ~Recall.is_drill, _reminder_due(clock.today()))
            .distinct()
        ).scalars()
        recalls = sorted(due)
    return sum(_remind_of(recall_id) for recall_id in recalls)


def _remind_of(recall_id: int) -> int:
    written = 0
    while True:
        with writing() as session:
            recall = locked(session, Recall, recall_id)
            if recall is None or recall.state != RecallState.OPEN:
                return written
            waiting = list(
                session.scalars(
                    select(RecallConsignee)
                    .where(RecallConsignee.recall_id == recall_id, _reminder_due(clock.today()))
                    .order_by(RecallConsignee.id)
                    .limit(BATCH)
                )
            )
            _write(session, recall, waiting, kind=ContactKind.REMINDER)
        if not waiting:
            return written
        written += len(waiting)


def _reminder_due(today: date) -> ColumnElement[bool]:
    unanswered = and_(
        RecallConsignee.answered_at.is_(None),
        ~RecallConsignee.no_address,
        # After a pause of the worker several steps are due; each gets a day of its own all the same.
        or_(
            RecallConsignee.reminded_at.is_(None),
            RecallConsignee.reminded_at < clock.now() - timedelta(hours=20),
        ),
    )
    steps = [
        and_(RecallConsignee.reminders == number, RecallConsignee.written_at < _end_of(before(today, days)))
        for number, days in enumerate(REMIND_AFTER)
    ]
    return and_(unanswered, or_(*steps))


def before(today: date, working_days: int) -> date:
    """The last day from which `working_days` have passed by today."""
    day = today
    while clock.add_working_days(day, working_days) > today:
        day -= timedelta(days=1)
    return day


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(days=1)


def named_lots(session: Session, recall_id: int) -> list[tuple[str, str]]:
    """Number and title of the lots a person named."""
    rows = session.scalars(
        select(RecallLot).where(RecallLot.recall_id == recall_id, RecallLot.named).order_by(RecallLot.id)
    )
    return [(each.lot.number, each.lot.vial_size.title) for each in rows]
