"""The three states of an order, the only legal changes of each, and the one function that makes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, cast

from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from shop.core import clock, together
from shop.core.audit import invariant
from shop.core.database import locked, rows_changed
from shop.core.errors import NotFound, Refused
from shop.core.identity import random_reference
from shop.core.language import gettext as _
from shop.ordering import coupons, order_events
from shop.ordering.models import FulfilmentState as F
from shop.ordering.models import Order, OrderEvent, order_number
from shop.ordering.models import PaymentState as P
from shop.ordering.models import ReviewState as R

State = P | R | F

UNPAID: Final = frozenset({P.DUE, P.AUTHORISED, P.ON_ACCOUNT})
"""States in which no money has been taken."""

PAYMENT: Final[dict[P, frozenset[P]]] = {
    P.DUE: frozenset({P.AUTHORISED, P.PAID, P.ON_ACCOUNT, P.NOT_PAYABLE}),
    # What is set aside can be let go, by the shop or by the bank: then the order is due again.
    P.AUTHORISED: frozenset({P.DUE, P.PAID, P.NOT_PAYABLE}),
    # On account, a receipt that was wrong is taken back, and what is owed is owed again.
    P.PAID: frozenset({P.PART_REFUNDED, P.REFUNDED, P.ON_ACCOUNT, P.NOT_PAYABLE}),
    P.ON_ACCOUNT: frozenset({P.PAID, P.NOT_PAYABLE}),
    # A refund that was shown as done can still fail at the bank; the money is then here after all.
    P.PART_REFUNDED: frozenset({P.REFUNDED, P.PAID}),
    P.REFUNDED: frozenset({P.PART_REFUNDED, P.PAID}),
    # Money can arrive after the hold has run out; it is never turned away unseen. An invoice that was
    # credited in full may be issued anew.
    P.NOT_PAYABLE: frozenset({P.PAID, P.ON_ACCOUNT}),
}
REVIEW: Final[dict[R, frozenset[R]]] = {
    R.PASSED: frozenset({R.WAITING, R.NEEDS_DECISION}),
    R.WAITING: frozenset({R.PASSED, R.APPROVED, R.REFUSED, R.NEEDS_DECISION}),
    R.APPROVED: frozenset({R.NEEDS_DECISION}),
    R.REFUSED: frozenset({R.NEEDS_DECISION}),
    # A decision leads on, or back to where the order stood before money that it did not wait for came.
    R.NEEDS_DECISION: frozenset({R.PASSED, R.WAITING, R.APPROVED, R.REFUSED}),
}
FULFILMENT: Final[dict[F, frozenset[F]]] = {
    F.HELD: frozenset({F.TO_PICK, F.CANCELLED}),
    F.TO_PICK: frozenset({F.PACKED, F.CANCELLED}),
    F.PACKED: frozenset({F.SHIPPED, F.PART_SHIPPED, F.TO_PICK, F.CANCELLED}),
    # What is left is picked and packed like an order of its own, or let go, and then nothing is left.
    F.PART_SHIPPED: frozenset({F.PACKED, F.SHIPPED}),
    F.SHIPPED: frozenset(),
    # A late payment finds vials again, or a person decides to send what there is.
    F.CANCELLED: frozenset({F.TO_PICK}),
}

_COLUMNS: Final[dict[type[State], tuple[str, InstrumentedAttribute[Any], dict[Any, frozenset[Any]]]]] = {
    P: ("payment", Order.payment_state, PAYMENT),
    R: ("review", Order.review_state, REVIEW),
    F: ("fulfilment", Order.fulfilment_state, FULFILMENT),
}


class StateChanged(Refused):
    """The order is not, or no longer, in a state from which this can be done."""


def move(session: Session, order: Order, to: State, *, actor: str, kind: str, note: str = "") -> bool:
    """Bring an order to a state, by one guarded UPDATE, and write the event.

    Returns:
        False when the order was in that state already; nothing is written then.

    Raises:
        StateChanged: the change is not legal from the state the order is in.
    """
    axis, column, table = _COLUMNS[type(to)]
    sources = [state for state, reachable in table.items() if to in reachable]
    attribute = column.key
    session.refresh(order, [attribute])
    before = getattr(order, attribute)
    if before == to:
        return False
    moved = before in sources and rows_changed(
        session, update(Order).where(Order.id == order.id, column == before).values({attribute: to})
    )
    if not moved:
        raise StateChanged(
            _("Order %(number)s has changed meanwhile. Look at it again.", number=order.number)
        )
    session.refresh(order, [attribute])
    _write(session, order.id, actor=actor, kind=kind, note=note, axis=axis, before=before, after=to)
    _keep_codes(session, order, before, to)
    if to in order_events.OF_STATE:
        order_events.announce(
            session, order, order_events.OF_STATE[to], fact=f"{order.number}/{random_reference()}"
        )
    return True


def _keep_codes(session: Session, order: Order, before: State, to: State) -> None:
    """Give back the use of a code when its order ends unpaid, and take it anew when it was paid after all.

    This stands here so that no way of ending an order can forget it, and before any lot is let go, so that
    placing and cancelling lock codes and lots in one order.
    """
    if to == P.NOT_PAYABLE or (to == F.CANCELLED and order.payment_state in UNPAID):
        code = coupons.give_back(session, order.id, reason=to.value)
        if code:
            note = _("The use of the code %(code)s is given back.", code=code)
            tell(session, order.id, actor="shop", kind="code-given-back", note=note)
    elif to == P.PAID and (before == P.NOT_PAYABLE or order.fulfilment_state == F.CANCELLED):
        code, taken = coupons.take_again(session, order.id)
        if code:
            note = (
                _("The use of the code %(code)s counts again.", code=code)
                if taken
                else _("The code %(code)s had no use left; this order keeps its agreed price.", code=code)
            )
            tell(session, order.id, actor="shop", kind="code-taken-again", note=note)


def begin(
    session: Session, order_id: int, *, states: tuple[P, R, F], actor: str, screened: Iterable[str] = ()
) -> None:
    """Write the first event of each axis for an order that has just been written.

    Args:
        screened: what screening found, a sentence each.
    """
    together.write(
        session,
        _WRITE_EVENTS,
        *(
            _event(order_id, actor=actor, kind="placed", note="", axis=axis, before=None, after=state)
            for state in states
            for axis, _column, _table in (_COLUMNS[type(state)],)
        ),
        *(
            _event(
                order_id,
                actor="screening",
                kind="screening",
                note=sentence,
                axis=None,
                before=None,
                after=None,
            )
            for sentence in screened
        ),
    )


_WRITE_EVENTS = insert(cast(Table, OrderEvent.__table__))


def tell(session: Session, order_id: int, *, actor: str, kind: str, note: str) -> None:
    """Write an event that changes no state."""
    _write(session, order_id, actor=actor, kind=kind, note=note, axis=None, before=None, after=None)


def lock(session: Session, order_id: int) -> Order:
    """The order, read anew and locked until the transaction ends, so that use cases on it take turns."""
    order = locked(session, Order, order_id)
    if order is None:
        raise NotFound(_("There is no such order."))
    return order


def _write(
    session: Session,
    order_id: int,
    *,
    actor: str,
    kind: str,
    note: str,
    axis: str | None,
    before: State | None,
    after: State | None,
) -> None:
    session.execute(
        _WRITE_EVENTS,
        [_event(order_id, actor=actor, kind=kind, note=note, axis=axis, before=before, after=after)],
    )


def _event(
    order_id: int,
    *,
    actor: str,
    kind: str,
    note: str,
    axis: str | None,
    before: State | None,
    after: State | None,
) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "at": clock.now(),
        "actor": actor,
        "kind": kind,
        "axis": axis,
        "from_state": before.value if before else None,
        "to_state": after.value if after else None,
        "note": note,
    }


@invariant("I15", "Every state of an order was reached by legal changes, each with its event")
def _states_have_histories(session: Session) -> Iterator[str]:
    tables: dict[str | None, Any] = {axis: table for axis, _column, table in _COLUMNS.values()}
    reached: dict[tuple[int, str | None], str | None] = {}
    events = session.execute(
        select(OrderEvent.order_id, OrderEvent.axis, OrderEvent.from_state, OrderEvent.to_state)
        .where(OrderEvent.axis.is_not(None))
        .order_by(OrderEvent.id)
    )
    for order_id, axis, before, after in events:
        where = f"order {order_number(order_id)}, {axis}"
        if reached.get((order_id, axis)) != before:
            yield f"{where}: an event leaves {before}, but {reached.get((order_id, axis))} was reached"
        elif before is not None:
            legal = {state.value: {each.value for each in to} for state, to in tables[axis].items()}
            if after not in legal[before]:
                yield f"{where}: {before} to {after} is not a legal change"
        reached[order_id, axis] = after
    for order_id, payment, review, fulfilment in session.execute(
        select(Order.id, Order.payment_state, Order.review_state, Order.fulfilment_state)
    ):
        for axis, state in (("payment", payment), ("review", review), ("fulfilment", fulfilment)):
            if reached.get((order_id, axis)) != state.value:
                yield (
                    f"order {order_number(order_id)}, {axis}: is {state.value}, "
                    f"its events end at {reached.get((order_id, axis))}"
                )
