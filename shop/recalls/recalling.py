"""Recalling lots: prepared by a person, and then done in one step, all or nothing.

The step is one transaction:

1. The lots, and every lot split from them, are locked in the order of their ids, so that a placing or a
   shipment at the same moment comes wholly before or wholly after.
2. Sales stop: a lot that was sold is recalled, one that was still in quarantine is rejected.
3. Where its vials are is written down, by lot.
4. Everyone who was sent vials is listed. An order not sent keeps its claim and can’t be packed or
   sent, until its buyer accepts other lots or it is cancelled.

Each of these is a fixed number of statements. Mail is written afterwards (`notices`), from the list that this
transaction leaves behind, so that no mail server and no long list keeps sales going. A drill does the same
but changes no lot and no order, and nothing is ever sent for it.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, literal, null, select
from sqlalchemy.orm import Session

from shop.core import audit, clock, faults, webhooks
from shop.core.audit import invariant
from shop.core.database import locked, writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.inventory import lots as lot_states
from shop.inventory.models import Lot, LotState, MovementKind, StockMovement
from shop.ordering.models import Order, OrderEvent, Shipment, ShipmentLine, order_number
from shop.recalls import scope
from shop.recalls.models import (
    CheckLevel,
    OrderOutcome,
    Recall,
    RecallCause,
    RecallClass,
    RecallConsignee,
    RecallLot,
    RecallOrder,
    RecallState,
)

MOST_LOTS_NAMED = 200


@dataclass(frozen=True, kw_only=True)
class RecallDetails:
    """What a person decides before anything is stopped."""

    lot_numbers: Sequence[str]
    classification: RecallClass
    cause: RecallCause
    reason: str
    instructions: str
    whole_family: bool = False
    is_drill: bool = False
    check_level: CheckLevel = CheckLevel.ALL


def prepare(details: RecallDetails, *, actor: str, recall_id: int | None = None) -> int:
    """Write down what is to be recalled and why, or change it while nothing has been stopped; returns the id.

    Raises:
        NotFound: there is no such lot.
        Refused: no lot or no reason is given, a lot is in another recall, or this one has begun.
    """
    if not details.reason.strip() or not details.instructions.strip():
        raise Refused(_("Say why the lots are recalled, and what to do with the vials."))
    if len(details.lot_numbers) > MOST_LOTS_NAMED:
        raise Refused(_("Name at most %(most)s lots.", most=MOST_LOTS_NAMED))
    with writing() as session:
        named = scope.lots_named(session, details.lot_numbers)
        if not named:
            raise Refused(_("Enter the number of at least one lot."))
        if not details.is_drill:
            _refuse_recalled_before(session, [lot.id for lot in named])
        recall = _draft(session, recall_id, actor)
        recall.is_drill = details.is_drill
        recall.classification, recall.cause = details.classification, details.cause
        recall.reason, recall.instructions = details.reason.strip(), details.instructions.strip()
        recall.whole_family, recall.check_level = details.whole_family, details.check_level
        session.add(recall)
        session.flush()
        session.execute(delete(RecallLot).where(RecallLot.recall_id == recall.id))
        session.execute(
            insert(RecallLot),
            [{"recall_id": recall.id, "lot_id": lot.id, "named": True} for lot in named],
        )
        return recall.id


def _draft(session: Session, recall_id: int | None, actor: str) -> Recall:
    if recall_id is None:
        return Recall(state=RecallState.DRAFT, created_at=clock.now(), created_by=actor)
    return lock_draft(session, recall_id)


def lock_draft(session: Session, recall_id: int) -> Recall:
    """A recall that has not begun, locked.

    Raises:
        NotFound: there is no such recall.
        Refused: it has begun.
    """
    recall = locked(session, Recall, recall_id)
    if recall is None:
        raise NotFound(_("There is no such recall."))
    if recall.state != RecallState.DRAFT:
        raise Refused(_("Recall %(number)s has begun, so it can’t be changed.", number=recall.number))
    return recall


def write_notice(recall_id: int, *, subject: str, text: str) -> None:
    """Keep the words of the notice.

    Raises:
        Refused: a part is empty, or the recall has begun.
    """
    if not subject.strip() or not text.strip():
        raise Refused(_("The notice needs a subject and a text."))
    with writing() as session:
        recall = lock_draft(session, recall_id)
        recall.notice_subject, recall.notice_text = subject.strip(), text.strip()


def discard(recall_id: int, *, actor: str) -> None:
    """Give up a recall that has not begun."""
    with writing() as session:
        recall = lock_draft(session, recall_id)
        audit.log(session, actor=actor, action="recall.discard", subject=f"recall/{recall.number}")
        session.delete(recall)


def start(recall_id: int, *, typed: str, actor: str) -> None:
    """Do it: stop sales and list everyone, in one transaction.

    Args:
        typed: one of the lot numbers, typed again by the person who decides.

    Raises:
        Refused: the number typed is none of the lots', the notice is missing, or the recall has begun.
    """
    began = time.monotonic()
    with writing() as session:
        recall = lock_draft(session, recall_id)
        named = {each.lot_id: each.lot for each in recall.lots if each.named}
        if typed.strip().upper() not in {lot.number for lot in named.values()}:
            raise Refused(
                _("The lot number typed is not one of: %(lots)s.", lots=", ".join(_numbers(named.values())))
            )
        if not recall.is_drill and not recall.notice_text:
            raise Refused(_("Write the notice first."))
        _stop_and_list(session, recall, named, actor=actor, began=began)
        faults.point("recall.before_commit")


def recall_now(details: RecallDetails, *, subject: str, text: str, actor: str) -> int:
    """Prepare, write the notice and do it; returns the id. For callers that have all the answers."""
    recall_id = prepare(details, actor=actor)
    write_notice(recall_id, subject=subject, text=text)
    start(recall_id, typed=details.lot_numbers[0], actor=actor)
    return recall_id


def _stop_and_list(
    session: Session, recall: Recall, named: dict[int, Lot], *, actor: str, began: float
) -> None:
    moment = clock.now()
    reached = scope.family(session, list(named), whole=recall.whole_family)
    if not recall.is_drill:
        _refuse_recalled_before(session, list(named))
        before = _recalled_before(session, reached)
        reached = [lot_id for lot_id in reached if lot_id not in before]
    lots = _locked(session, reached)
    states = {lot.id: lot.state for lot in lots}
    if not recall.is_drill:
        lot_states.stop_for_good(session, lots, actor=actor, reason=recall.reason)
    faults.point("recall.marked")
    _write_lots(session, recall, lots, named, states)
    _write_consignees(session, recall.id, reached)
    session.execute(
        insert(RecallOrder).from_select(
            ["order_id", "vials", "recall_id", "outcome"],
            scope.orders_waiting(reached).add_columns(
                literal(recall.id), literal(OrderOutcome.HELD, RecallOrder.outcome.type)
            ),
        )
    )
    if not recall.is_drill:
        _tell_orders(session, recall, actor=actor)
        webhooks.announce_all(
            session,
            "lot.recalled",
            [
                webhooks.News(
                    fact=f"{recall.id}/{lot.number}",
                    about=f"lot/{lot.number}",
                    data={"lot": lot.number, "recall": recall.id, "class": recall.classification.value},
                )
                for lot in lots
            ],
        )
    recall.carts = scope.carts(session, reached)
    recall.state, recall.started_at, recall.started_by = RecallState.OPEN, moment, actor
    audit.log(
        session,
        actor=actor,
        action="recall.drill" if recall.is_drill else "recall.start",
        subject=f"recall/{recall.number}",
        after={"lots": _numbers(lots), "class": recall.classification.value},
        reason=recall.reason,
    )
    session.flush()
    recall.took_ms = max(1, round((time.monotonic() - began) * 1000))


def _numbers(lots: Collection[Lot]) -> list[str]:
    return sorted(lot.number for lot in lots)


def _locked(session: Session, lot_ids: Sequence[int]) -> list[Lot]:
    return list(
        session.scalars(
            select(Lot)
            .where(Lot.id.in_(lot_ids))
            .order_by(Lot.id)
            .with_for_update(of=Lot)
            .execution_options(populate_existing=True)
        )
    )


def _recalled_before(session: Session, lot_ids: Collection[int]) -> dict[int, int]:
    """By lot, the recall that it is in already."""
    rows = session.execute(
        select(RecallLot.lot_id, RecallLot.recall_id).where(RecallLot.lot_id.in_(lot_ids), RecallLot.in_force)
    )
    return dict(rows.all())


def _refuse_recalled_before(session: Session, lot_ids: Collection[int]) -> None:
    found = _recalled_before(session, lot_ids)
    if found:
        numbers = session.scalars(select(Lot.number).where(Lot.id.in_(found)).order_by(Lot.number))
        raise Refused(
            _(
                "Lot %(lots)s is in recall %(recall)s already.",
                lots=", ".join(numbers),
                recall=f"RCL-{min(found.values()):04}",
            )
        )


_SAID = (MovementKind.RECEIVE, MovementKind.SHIP, MovementKind.WRITE_OFF, MovementKind.ADJUST)


def _write_lots(
    session: Session,
    recall: Recall,
    lots: Sequence[Lot],
    named: Collection[int],
    states: dict[int, LotState],
) -> None:
    """Write where the vials of each lot are: its ledger summed by what was done."""
    changes: dict[int, dict[str, int]] = {lot.id: {} for lot in lots}
    sums = session.execute(
        select(StockMovement.lot_id, StockMovement.kind, func.sum(StockMovement.on_hand_change))
        .where(StockMovement.lot_id.in_(list(changes)), StockMovement.on_hand_change != 0)
        .group_by(StockMovement.lot_id, StockMovement.kind)
    )
    for lot_id, kind, change in sums:
        changes[lot_id][kind.value] = int(change)
    session.execute(delete(RecallLot).where(RecallLot.recall_id == recall.id))
    session.execute(
        insert(RecallLot),
        [
            {
                "recall_id": recall.id,
                "lot_id": lot.id,
                "named": lot.id in named,
                "in_force": not recall.is_drill,
                "state_before": states[lot.id],
                "on_hand": lot.on_hand,
                "reserved": lot.reserved + lot.allocated,
                **_accounted(changes[lot.id]),
            }
            for lot in lots
        ],
    )
    session.expire(recall, ["lots"])


def _accounted(changes: dict[str, int]) -> dict[str, int]:
    """What became of a lot's vials, from the changes of its stock by kind of movement.

    A return is a kind of its own; any other kind fills another lot from this one, or this one from another.
    """
    known = {kind.value for kind in _SAID} | {"return"}
    return {
        "received": changes.get(MovementKind.RECEIVE.value, 0),
        "shipped": -changes.get(MovementKind.SHIP.value, 0),
        "returned": changes.get("return", 0),
        "written_off": -changes.get(MovementKind.WRITE_OFF.value, 0),
        "missing": -changes.get(MovementKind.ADJUST.value, 0),
        "split_off": -sum(change for kind, change in changes.items() if kind not in known),
    }


def _write_consignees(session: Session, recall_id: int, lot_ids: Collection[int]) -> None:
    people = scope.contacts(lot_ids).subquery("people")
    session.execute(
        insert(RecallConsignee).from_select(
            [
                "recall_id",
                "organisation_id",
                "email_key",
                "name",
                "organisation",
                "email",
                "phone",
                "address",
                "orders",
                "vials",
                "last_shipped_at",
            ],
            select(
                literal(recall_id),
                people.c.organisation_id,
                people.c.email_key,
                Order.name,
                Order.organisation,
                Order.email,
                Order.phone,
                scope.address_in_sql(),
                people.c.orders,
                people.c.vials,
                people.c.last_shipped_at,
            )
            .join(people, people.c.last_order_id == Order.id)
            .order_by(Order.organisation, Order.id),
        )
    )


def _tell_orders(session: Session, recall: Recall, *, actor: str) -> None:
    """Write into the history of every order that waits why it can't be sent."""
    session.execute(
        insert(OrderEvent).from_select(
            ["order_id", "at", "actor", "kind", "axis", "from_state", "to_state", "note"],
            select(
                RecallOrder.order_id,
                literal(clock.now(), OrderEvent.at.type),
                literal(actor),
                literal("recall"),
                null(),
                null(),
                null(),
                literal(_("Held: recall %(number)s", number=recall.number)),
            ).where(RecallOrder.recall_id == recall.id),
        )
    )


@invariant("I50", "Everyone who was sent vials of a recalled lot is listed in its recall")
def _everyone_is_listed(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(Lot.number, Shipment.order_id, RecallLot.recall_id)
        .select_from(RecallLot)
        .join(ShipmentLine, ShipmentLine.lot_id == RecallLot.lot_id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .join(Order, Order.id == Shipment.order_id)
        .join(Lot, Lot.id == RecallLot.lot_id)
        .outerjoin(
            RecallConsignee,
            (RecallConsignee.recall_id == RecallLot.recall_id)
            & (RecallConsignee.organisation_id == Order.organisation_id)
            & (RecallConsignee.email_key == func.lower(Order.email)),
        )
        .where(RecallLot.in_force, RecallConsignee.id.is_(None))
    )
    for number, order_id, recall_id in rows:
        yield f"order {order_number(order_id)} had lot {number} and is not in recall RCL-{recall_id:04}"


@invariant("I51", "A lot in a recall is not sold any more, nor is any lot split from it")
def _recalled_lots_are_stopped(session: Session) -> Iterator[str]:
    final = (LotState.RECALLED, LotState.REJECTED)
    in_force = select(RecallLot.lot_id).where(RecallLot.in_force)
    down = select(Lot.id).where(Lot.id.in_(in_force)).cte("down", recursive=True)
    down = down.union(select(Lot.id).join(down, Lot.parent_lot_id == down.c.id))
    for number, state in session.execute(
        select(Lot.number, Lot.state).join(down, down.c.id == Lot.id).where(Lot.state.not_in(final))
    ):
        yield f"lot {number} belongs to a recall and is {state.value}"


@invariant("I52", "The vials of each lot of a recall were accounted for when it began")
def _vials_add_up(session: Session) -> Iterator[str]:
    gone = RecallLot.shipped + RecallLot.written_off + RecallLot.missing + RecallLot.split_off
    rows = session.execute(
        select(RecallLot.recall_id, Lot.number)
        .join(Lot, Lot.id == RecallLot.lot_id)
        .where(
            RecallLot.state_before.is_not(None),
            RecallLot.received + RecallLot.returned - gone != RecallLot.on_hand,
        )
    )
    for recall_id, number in rows:
        yield f"recall {recall_id}, lot {number}: received and returned less what left is not what is on hand"


@invariant("I53", "A drill has written to nobody")
def _drills_write_to_nobody(session: Session) -> Iterator[str]:
    rows = session.scalars(
        select(RecallConsignee.recall_id)
        .join(Recall)
        .where(Recall.is_drill, RecallConsignee.written_at.is_not(None))
        .distinct()
    )
    for recall_id in rows:
        yield f"drill {recall_id} has written to consignees"
