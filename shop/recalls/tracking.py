"""How far a recall has come: who was written to, who answered, where the vials are. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.core.outbox import OutboxMessage
from shop.ordering.models import FulfilmentState, Order
from shop.recalls import answers, notices
from shop.recalls.models import (
    OrderOutcome,
    Recall,
    RecallCheck,
    RecallConsignee,
    RecallContact,
    RecallLot,
    RecallOrder,
    RecallState,
)
from shop.recalls.scope import Delivery

PAGE_SIZE = 50


class View(StrEnum):
    """A kept question about the consignees of a recall."""

    ALL = "all"
    UNANSWERED = "unanswered"
    TO_CALL = "to-call"
    ANSWERED = "answered"


class MailState(StrEnum):
    """Where the notice to one consignee is."""

    NONE = "none"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Consignees and their vials, in numbers."""

    consignees: int
    written: int
    opened: int
    answered: int
    to_call: int
    checked: int
    checks_needed: int
    arrived: int
    """Of those checked, how many had received the notice."""
    vials: int
    used: int
    destroyed: int
    returned: int
    apart: int
    orders: int
    orders_reallocated: int
    orders_cancelled: int

    @property
    def percent_answered(self) -> int:
        """Share of consignees who have answered, rounded down, so that 100 means all."""
        return 100 if not self.consignees else self.answered * 100 // self.consignees

    @property
    def vials_told(self) -> int:
        """Vials that consignees have said something about."""
        return self.used + self.destroyed + self.returned + self.apart

    @property
    def percent_told(self) -> int:
        """Share of the vials sent that consignees have said something about, rounded down."""
        return 100 if not self.vials else self.vials_told * 100 // self.vials

    @property
    def orders_waiting(self) -> int:
        """Orders still held."""
        return self.orders - self.orders_reallocated - self.orders_cancelled


@dataclass(frozen=True, kw_only=True)
class ConsigneeRow:
    """One consignee with what they were sent and where the notice is."""

    consignee: RecallConsignee
    deliveries: Sequence[Delivery]
    mail: MailState


@dataclass(frozen=True, kw_only=True)
class ConsigneePage:
    """Some of the consignees, and how many there are in all."""

    rows: Sequence[ConsigneeRow]
    total: int
    number: int


def find(session: Session, recall_id: int) -> Recall:
    """A recall with its lots. One query.

    Raises:
        NotFound: there is no such recall.
    """
    recall = (
        session.scalars(select(Recall).where(Recall.id == recall_id).options(joinedload(Recall.lots)))
        .unique()
        .one_or_none()
    )
    if recall is None:
        raise NotFound(_("There is no such recall."))
    return recall


def all_recalls(session: Session) -> list[Recall]:
    """Every recall and drill, newest first."""
    return list(
        session.scalars(
            select(Recall).options(selectinload(Recall.lots)).order_by(Recall.id.desc()).limit(500)
        )
    )


def public(session: Session) -> list[Recall]:
    """Recalls that everyone may read about: begun, and no drill; newest first."""
    return list(
        session.scalars(
            select(Recall)
            .where(~Recall.is_drill, Recall.state != RecallState.DRAFT)
            .options(selectinload(Recall.lots))
            .order_by(Recall.started_at.desc(), Recall.id.desc())
        )
    )


def of_lots(session: Session, lot_ids: Sequence[int]) -> dict[int, Recall]:
    """By lot, the recall it is in. One query."""
    rows = session.execute(
        select(RecallLot.lot_id, Recall)
        .join(Recall, Recall.id == RecallLot.recall_id)
        .where(RecallLot.lot_id.in_(lot_ids), RecallLot.in_force)
    )
    return dict(rows.all())


def open_counts(session: Session) -> tuple[int, int]:
    """How many recalls are open, and how many consignees have to be called. One query."""
    row = session.execute(
        select(func.count(Recall.id.distinct()), func.count(case((_to_call(), RecallConsignee.id))))
        .select_from(Recall)
        .outerjoin(RecallConsignee, RecallConsignee.recall_id == Recall.id)
        .where(Recall.state == RecallState.OPEN, ~Recall.is_drill)
    ).one()
    return row[0], row[1]


def progress(session: Session, recall: Recall) -> Progress:
    """Where a recall stands. One query."""
    people = (
        select(
            func.count().label("consignees"),
            func.count(RecallConsignee.written_at).label("written"),
            func.count(RecallConsignee.opened_at).label("opened"),
            func.count(RecallConsignee.answered_at).label("answered"),
            func.count(case((_to_call(), 1))).label("to_call"),
            func.coalesce(func.sum(RecallConsignee.vials), 0).label("vials"),
            func.coalesce(func.sum(RecallConsignee.vials_used), 0).label("used"),
            func.coalesce(func.sum(RecallConsignee.vials_destroyed), 0).label("destroyed"),
            func.coalesce(func.sum(RecallConsignee.vials_returned), 0).label("returned"),
            func.coalesce(func.sum(RecallConsignee.vials_apart), 0).label("apart"),
        )
        .where(RecallConsignee.recall_id == recall.id)
        .subquery()
    )
    checked = (
        select(
            func.count(RecallCheck.consignee_id.distinct()).label("checked"),
            func.count(case((RecallCheck.notice_arrived, RecallCheck.consignee_id)).distinct()).label(
                "arrived"
            ),
        )
        .join(RecallConsignee, RecallConsignee.id == RecallCheck.consignee_id)
        .where(RecallConsignee.recall_id == recall.id)
        .subquery()
    )
    held = RecallOrder.outcome == OrderOutcome.HELD
    waiting = (
        select(
            func.count().label("orders"),
            func.count(case((~held, 1))).label("reallocated"),
            func.count(case((and_(held, Order.fulfilment_state == FulfilmentState.CANCELLED), 1))).label(
                "cancelled"
            ),
        )
        .select_from(RecallOrder)
        .join(Order, Order.id == RecallOrder.order_id)
        .where(RecallOrder.recall_id == recall.id)
        .subquery()
    )
    found = session.execute(
        select(people, checked, waiting).select_from(people.join(checked, true()).join(waiting, true()))
    ).one()
    return Progress(
        checks_needed=answers.checks_needed(recall.check_level, found.consignees),
        orders_reallocated=found.reallocated,
        orders_cancelled=found.cancelled,
        **{
            name: int(getattr(found, name))
            for name in (
                "consignees",
                "written",
                "opened",
                "answered",
                "to_call",
                "checked",
                "arrived",
                "vials",
                "used",
                "destroyed",
                "returned",
                "apart",
                "orders",
            )
        },
    )


def _to_call() -> ColumnElement[bool]:
    """Mail has not helped: no usable address, or every reminder unanswered."""
    return and_(
        RecallConsignee.answered_at.is_(None),
        or_(RecallConsignee.no_address, RecallConsignee.reminders >= len(notices.REMIND_AFTER)),
    )


def _belongs_to(view: View) -> ColumnElement[bool]:
    return {
        View.ALL: true(),
        View.UNANSWERED: RecallConsignee.answered_at.is_(None),
        View.TO_CALL: _to_call(),
        View.ANSWERED: RecallConsignee.answered_at.is_not(None),
    }[view]


def consignees(session: Session, recall: Recall, view: View, *, page: int) -> ConsigneePage:
    """One page of consignees with what they were sent. A page past the end is the last one. Four queries."""
    wanted = and_(RecallConsignee.recall_id == recall.id, _belongs_to(view))
    total = session.scalar(select(func.count()).select_from(RecallConsignee).where(wanted)) or 0
    number = max(1, min(page, -(-total // PAGE_SIZE)))
    found = list(
        session.scalars(
            select(RecallConsignee)
            .where(wanted)
            .order_by(RecallConsignee.organisation, RecallConsignee.id)
            .limit(PAGE_SIZE)
            .offset((number - 1) * PAGE_SIZE)
        )
    )
    return ConsigneePage(rows=_rows(session, recall, found), total=total, number=number)


def consignee(session: Session, consignee_id: int) -> ConsigneeRow:
    """One consignee with their recall.

    Raises:
        NotFound: there is none.
    """
    found = session.scalar(
        select(RecallConsignee)
        .where(RecallConsignee.id == consignee_id)
        .options(joinedload(RecallConsignee.recall).selectinload(Recall.lots))
    )
    if found is None:
        raise NotFound(_("There is no such consignee."))
    return _rows(session, found.recall, [found])[0]


def contacts(session: Session, consignee_id: int) -> list[RecallContact]:
    """Everything said to and by a consignee, newest first."""
    return list(
        session.scalars(
            select(RecallContact)
            .where(RecallContact.consignee_id == consignee_id)
            .order_by(RecallContact.id.desc())
        )
    )


def checks(session: Session, consignee_id: int) -> list[RecallCheck]:
    """The effectiveness checks of a consignee, newest first."""
    return list(
        session.scalars(
            select(RecallCheck)
            .where(RecallCheck.consignee_id == consignee_id)
            .order_by(RecallCheck.id.desc())
        )
    )


def _rows(session: Session, recall: Recall, found: Sequence[RecallConsignee]) -> list[ConsigneeRow]:
    lot_ids = [each.lot_id for each in recall.lots]
    received = notices.deliveries_of(session, lot_ids, found)
    keys = {f"mail/recall-notice/{each.id}": each.id for each in found}
    states = {
        keys[key]: MailState.SENT if sent else MailState.FAILED if dead else MailState.QUEUED
        for key, sent, dead in session.execute(
            select(OutboxMessage.key, OutboxMessage.sent_at, OutboxMessage.dead_at).where(
                OutboxMessage.key.in_(list(keys))
            )
        )
    }
    return [
        ConsigneeRow(
            consignee=each,
            deliveries=received[each.organisation_id, each.email_key],
            mail=states.get(each.id, MailState.NONE),
        )
        for each in found
    ]


def orders(session: Session, recall: Recall, *, at_most: int) -> list[RecallOrder]:
    """The orders that waited when the recall began, by planned ship date."""
    return list(
        session.scalars(
            select(RecallOrder)
            .join(RecallOrder.order)
            .where(RecallOrder.recall_id == recall.id)
            .options(joinedload(RecallOrder.order))
            .order_by(Order.planned_ship_on, Order.id)
            .limit(at_most)
        )
    )


def chosen_for_checks(session: Session, recall: Recall) -> set[int]:
    """The consignees to check: spread evenly over the list, the same ones each time."""
    ids = list(
        session.scalars(
            select(RecallConsignee.id)
            .where(RecallConsignee.recall_id == recall.id)
            .order_by(RecallConsignee.id)
        )
    )
    needed = answers.checks_needed(recall.check_level, len(ids))
    return {ids[each * len(ids) // needed] for each in range(needed)}
