"""What can be decided about a paid order whose vials are gone: what there is of each line, and the money.

Reads only. For what is not sent goes back what each missing vial cost, with its share of discount and tax.
Delivery and cold chain are paid for the parcel: they stay as soon as one vial leaves, and go back with the
rest when none does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.catalogue.models import Product, VialSize
from shop.core import clock
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory import allocation, availability
from shop.inventory.allocation import Take
from shop.ordering import cancelled_vials, dispatch, lot_plan, shares
from shop.ordering.models import (
    Order,
    OrderLine,
    ReviewState,
)
from shop.payments import open_questions, refunds
from shop.payments.models import Dispute, PaymentAttempt, StockWait


@dataclass(frozen=True, kw_only=True)
class OfLot:
    """Vials of a lot that a line could have now."""

    lot_id: int
    number: str
    vials: int


@dataclass(frozen=True, kw_only=True)
class OfLine:
    """One line of the order: what it asks for still, what there is, and what goes back for the rest."""

    line: OrderLine
    wanted: int
    """Vials that were ordered and neither refunded nor taken out."""
    lots: tuple[OfLot, ...]
    left_out: int
    """Vials to be written down as not sent, if it is sent as it is."""
    refunded_vials: int
    """Vials that money goes back for, if it is sent as it is."""
    refund_minor: int

    @property
    def there(self) -> int:
        """Vials it could have now."""
        return sum(each.vials for each in self.lots)

    @property
    def missing(self) -> int:
        """Vials it asks for that no lot has."""
        return self.wanted - self.there


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Everything a person decides with. Amounts are minor units of the order's currency."""

    lines: tuple[OfLine, ...]
    takes: tuple[Take, ...]
    ship_on: date
    attempt: PaymentAttempt
    everything_minor: int
    """What a full refund sends back."""
    came_from: ReviewState
    """Where the order stood before it needed a decision."""
    wait: StockWait | None
    obstacle: str
    """Why nothing can be sent or waited for, in words; empty where it can."""

    @property
    def part_minor(self) -> int:
        """What goes back if what there is is sent."""
        return sum(each.refund_minor for each in self.lines)

    @property
    def there(self) -> int:
        """Vials that can be had now."""
        return sum(each.there for each in self.lines)

    @property
    def missing(self) -> int:
        """Vials that are asked for and that no lot has."""
        return sum(each.missing for each in self.lines)

    @property
    def shown(self) -> str:
        """A digest of all this, so that a decision is about what was read."""
        parts = [
            str(self.everything_minor),
            self.wait.until.isoformat() if self.wait else "",
            self.obstacle,
            *(f"{each.line.id}:{each.refund_minor}:{each.left_out}" for each in self.lines),
            *(f"{take.line}/{take.lot_id}/{take.quantity}" for take in self.takes),
        ]
        return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def of_order(session: Session, order: Order) -> Choices:
    """What can be decided about an order of which the stock is gone. A fixed number of queries.

    Raises:
        ValueError: it has no payment; ask `open_questions.stock_is_gone` first.
    """
    attempt = refunds.paid_attempt(session, order.id)
    if attempt is None:
        raise ValueError("an order that is paid by card has a payment")
    lost, disputed = _disputed(session, attempt)
    before = open_questions.came_from(session, order)
    ship_on = _ship_on(session, order)
    out = cancelled_vials.of_order(session, order)
    back = refunds.vials_refunded(session, [line.id for line in order.lines])
    wanted = {line.id: line.quantity - max(out.get(line.id, 0), back[line.id]) for line in order.lines}
    shelf = availability.on_shelf(session, [line.vial_size_id for line in order.lines], ship_on)
    takes = allocation.as_far_as_possible(
        [lot_plan.demand_again(line, wanted[line.id]) for line in order.lines if wanted[line.id]], shelf
    )
    numbers = {lot.lot_id: lot.number for lot in shelf}
    everything = 0 if lost else refunds.left(session, attempt.id)
    lines = _lines(session, order, wanted, out, back, takes, numbers, at_most=everything)
    return Choices(
        lines=lines,
        takes=tuple(takes),
        ship_on=ship_on,
        attempt=attempt,
        everything_minor=everything,
        came_from=before,
        wait=wait_of(session, order.id),
        obstacle=_obstacle(
            before, lost=lost, disputed=disputed, left=everything, wanted=sum(wanted.values())
        ),
    )


def wait_of(session: Session, order_id: int) -> StockWait | None:
    """The wait of an order that is not over."""
    return session.scalar(
        select(StockWait).where(StockWait.order_id == order_id, StockWait.ended_at.is_(None))
    )


def latest_day() -> date:
    """The last day until which an order may wait that begins to wait today."""
    return clock.today() + timedelta(days=settings().stock_wait_days)


def _lines(
    session: Session,
    order: Order,
    wanted: dict[int, int],
    out: dict[int, int],
    back: dict[int, int],
    takes: Sequence[Take],
    numbers: dict[int, str],
    *,
    at_most: int,
) -> tuple[OfLine, ...]:
    lots = {
        line.id: tuple(
            OfLot(lot_id=take.lot_id, number=numbers[take.lot_id], vials=take.quantity)
            for take in takes
            if take.line == line.position
        )
        for line in order.lines
    }
    there = {line_id: sum(each.vials for each in found) for line_id, found in lots.items()}
    to_refund = {line.id: line.quantity - back[line.id] - there[line.id] for line in order.lines}
    parts = {part.order_line_id: part for part in refunds.vials_as_parts(session, order, to_refund)}
    amounts = [parts[line.id].amount_minor if line.id in parts else 0 for line in order.lines]
    if sum(amounts) > at_most:
        # An amount of no line went back before, so that what is left is less than these vials cost.
        amounts = shares.spread(at_most, amounts)
    return tuple(
        OfLine(
            line=line,
            wanted=wanted[line.id],
            lots=lots[line.id],
            left_out=line.quantity - out.get(line.id, 0) - there[line.id],
            refunded_vials=to_refund[line.id],
            refund_minor=amount,
        )
        for line, amount in zip(order.lines, amounts, strict=True)
    )


def _ship_on(session: Session, order: Order) -> date:
    cold = session.scalar(
        select(Product.id)
        .join(VialSize, VialSize.product_id == Product.id)
        .where(VialSize.id.in_([line.vial_size_id for line in order.lines]), Product.cold_chain)
        .limit(1)
    )
    return max(order.planned_ship_on, dispatch.ship_day(clock.today(), cold_chain=cold is not None))


def _disputed(session: Session, attempt: PaymentAttempt) -> tuple[bool, bool]:
    """Whether the bank has the money for good, and whether that is still argued about."""
    found = session.execute(
        select(Dispute.status, Dispute.is_open).where(Dispute.attempt_id == attempt.id)
    ).all()
    return any(row.status == "lost" for row in found), any(row.is_open for row in found)


def _obstacle(came_from: ReviewState, *, lost: bool, disputed: bool, left: int, wanted: int) -> str:
    if came_from == ReviewState.REFUSED:
        return _("This order had been refused before the money came, so nothing of it is sent.")
    if disputed:
        return _("The cardholder has disputed this payment, so nothing is sent until that is over.")
    if lost:
        return _("A dispute about this payment was lost: the bank has given the money back.")
    if not wanted or not left:
        return _("All of the money has been sent back, or is on its way.")
    return ""
