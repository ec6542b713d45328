"""Shops with something to recall: lots of a bulk lot, orders sent and orders that wait."""

from __future__ import annotations

from builders import make_lot, make_size, order_for, someone
from sqlalchemy import select, update

from shop.core.database import reading, writing
from shop.inventory.models import Lot, LotState
from shop.ordering import fulfilment
from shop.ordering.models import Order
from shop.ordering.placement import Placed
from shop.people.staff import SignedInStaff
from shop.recalls import recalling
from shop.recalls.models import (
    CheckLevel,
    Recall,
    RecallCause,
    RecallClass,
    RecallConsignee,
    RecallOrder,
)
from shop.recalls.recalling import RecallDetails

REASON = "Purity of 91.2% in a repeated test; the limit is 98.0%."


def details(*lots: str, drill: bool = False, family: bool = False) -> RecallDetails:
    """What a person decides."""
    return RecallDetails(
        lot_numbers=lots,
        classification=RecallClass.SECOND,
        cause=RecallCause.OUT_OF_SPECIFICATION,
        reason=REASON,
        instructions="Keep the vials apart and tell us how many there are.",
        whole_family=family,
        is_drill=drill,
        check_level=CheckLevel.ALL,
    )


def recall(*lots: str, drill: bool = False, family: bool = False) -> int:
    """A recall from preparation to the step itself."""
    return recalling.recall_now(
        details(*lots, drill=drill, family=family),
        subject="URGENT: recall",
        text="Stop using these lots.",
        actor="quality@shop.example",
    )


def send(placed: Placed, staff: SignedInStaff) -> None:
    """Approve, pick, pack and ship an order."""
    fulfilment.approve(placed.order_id, staff=staff, reason="")
    pick_and_pack(placed, staff)
    fulfilment.ship(placed.order_id, carrier="Specimen Carrier", tracking="T-1", staff=staff)


def pick_and_pack(placed: Placed, staff: SignedInStaff) -> None:
    """Pick every vial of an order and close the box."""
    with reading() as session:
        order = fulfilment.find(session, placed.order_id)
        numbers = {row.lot.number for row in fulfilment.pick_list(session, order)}
    for number in sorted(numbers):
        fulfilment.pick(placed.order_id, number, staff=staff)
    fulfilment.pack(placed.order_id, staff=staff)


def split_from(child: str, parent: str) -> None:
    """Say that a lot was split from another."""
    with writing() as session:
        found = select(Lot.id).where(Lot.number == parent).scalar_subquery()
        session.execute(update(Lot).where(Lot.number == child).values(parent_lot_id=found))


def state_of_lot(number: str) -> LotState:
    """A lot's state now."""
    with reading() as session:
        return session.scalars(select(Lot.state).where(Lot.number == number)).one()


def found(recall_id: int) -> Recall:
    """A recall with its lots, detached."""
    with reading() as session:
        one = session.get_one(Recall, recall_id)
        _ = [each.lot.number for each in one.lots]
        session.expunge_all()
        return one


def consignees(recall_id: int) -> list[RecallConsignee]:
    """Everyone a recall lists."""
    with reading() as session:
        rows = list(
            session.scalars(
                select(RecallConsignee)
                .where(RecallConsignee.recall_id == recall_id)
                .order_by(RecallConsignee.id)
            )
        )
        session.expunge_all()
        return rows


def held_orders(recall_id: int) -> list[RecallOrder]:
    """The orders a recall holds."""
    with reading() as session:
        rows = list(
            session.scalars(
                select(RecallOrder).where(RecallOrder.recall_id == recall_id).order_by(RecallOrder.id)
            )
        )
        session.expunge_all()
        return rows


def order_now(placed: Placed) -> Order:
    """An order as it is."""
    with reading() as session:
        order = session.get_one(Order, placed.order_id)
        session.expunge(order)
        return order


class Family:
    """A bulk lot, two lots split from it, one order sent of each, and one order that waits."""

    def __init__(self) -> None:
        self.staff = someone("warehouse", "sales")
        self.sku, bulk_sku = make_size(), make_size()
        make_lot(bulk_sku, 5, number="BULK-1", state=LotState.QUARANTINE)
        make_lot(self.sku, 3, number="FILL-A")
        self.first = order_for({self.sku: 3})
        send(self.first, self.staff)
        make_lot(self.sku, 10, number="FILL-B")
        self.second = order_for({self.sku: 2})
        send(self.second, self.staff)
        self.waiting = order_for({self.sku: 4})
        for child in ("FILL-A", "FILL-B"):
            split_from(child, "BULK-1")
