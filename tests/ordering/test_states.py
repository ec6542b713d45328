"""The three states of an order: the whole table of each, the event of each change, and stale views of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

import pytest
from builders import found_by_audit, make_lot, make_ready_to_sell, make_size, order_for
from flask import Flask
from sqlalchemy import create_engine, event, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.core.database import db, reading, writing
from shop.core.errors import NotFound
from shop.core.settings import settings
from shop.ordering import states
from shop.ordering.models import FulfilmentState as F
from shop.ordering.models import Order, OrderEvent
from shop.ordering.models import PaymentState as P
from shop.ordering.models import ReviewState as R
from shop.ordering.states import StateChanged

LEGAL: dict[str, dict[P | R | F, str]] = {
    "payment_state": {
        P.DUE: "authorised paid on_account not_payable",
        P.AUTHORISED: "due paid not_payable",
        P.PAID: "part_refunded refunded on_account not_payable",
        P.ON_ACCOUNT: "paid not_payable",
        P.PART_REFUNDED: "refunded paid",
        P.REFUNDED: "part_refunded paid",
        P.NOT_PAYABLE: "paid on_account",
    },
    "review_state": {
        R.PASSED: "waiting needs_decision",
        R.WAITING: "passed approved refused needs_decision",
        R.APPROVED: "needs_decision",
        R.REFUSED: "needs_decision",
        R.NEEDS_DECISION: "passed waiting approved refused",
    },
    "fulfilment_state": {
        F.HELD: "to_pick cancelled",
        F.TO_PICK: "packed cancelled",
        F.PACKED: "shipped part_shipped to_pick cancelled",
        F.PART_SHIPPED: "packed shipped",
        F.SHIPPED: "",
        F.CANCELLED: "to_pick",
    },
}
"""Money only goes forward, except that a payment may come late, what was set aside may be let go, and a
refund may come back from the bank; what has left never comes back."""


@pytest.fixture
def order_id(shop: Flask) -> int:
    """An order on account that waits for approval."""
    make_ready_to_sell()
    sku = make_size()
    make_lot(sku, 9)
    return order_for({sku: 1}).order_id


class _Undo(Exception):
    """Raised to leave no trace."""


@contextmanager
def without_trace() -> Iterator[Session]:
    with pytest.raises(_Undo), writing() as session:
        yield session
        raise _Undo


def events(session: Session, order_id: int) -> list[tuple[str | None, str | None, str | None, str, str]]:
    rows = session.scalars(select(OrderEvent).where(OrderEvent.order_id == order_id).order_by(OrderEvent.id))
    return [(row.axis, row.from_state, row.to_state, row.actor, row.note) for row in rows]


@pytest.mark.parametrize("column", LEGAL)
def test_of_every_pair_of_states_only_the_changes_of_the_table_are_made(order_id: int, column: str) -> None:
    table = LEGAL[column]
    assert set(table) == set(type(next(iter(table))))
    axis = column.removesuffix("_state")
    for before, after in product(table, repeat=2):
        with without_trace() as session:
            session.execute(update(Order).values({column: before}))
            order = states.lock(session, order_id)
            told = events(session, order_id)
            reached = before
            if before == after:
                assert states.move(session, order, after, actor="a", kind="k") is False
            elif after.value in table[before].split():
                assert states.move(session, order, after, actor="a", kind="k", note="n") is True
                told.append((axis, before.value, after.value, "a", "n"))
                reached = after
            else:
                with pytest.raises(StateChanged, match=order.number):
                    states.move(session, order, after, actor="a", kind="k")
            assert session.scalar(select(getattr(Order, column))) == reached
            assert getattr(order, column) == reached
            assert events(session, order_id) == told


def test_a_change_of_one_state_leaves_the_other_two_alone(order_id: int) -> None:
    with without_trace() as session:
        order = states.lock(session, order_id)
        states.move(session, order, F.TO_PICK, actor="a", kind="k")
        assert (order.payment_state, order.review_state) == (P.DUE, R.WAITING)


def test_every_new_order_begins_each_of_its_states_with_an_event(order_id: int) -> None:
    with reading() as session:
        begun = [(axis, before, after) for axis, before, after, _actor, _note in events(session, order_id)]
    assert begun == [
        ("payment", None, "due"),
        ("review", None, "waiting"),
        ("fulfilment", None, "held"),
    ]


def test_a_decision_made_on_an_old_picture_finds_the_new_state(order_id: int) -> None:
    with reading() as session:
        seen = session.get_one(Order, order_id)
        assert seen.fulfilment_state == F.HELD
        session.expunge(seen)
    with without_trace() as session:
        for state in (F.TO_PICK, F.PACKED, F.SHIPPED):
            states.move(session, states.lock(session, order_id), state, actor="a", kind="k")
        told = events(session, order_id)
        session.expunge_all()
        session.add(seen)
        assert seen.fulfilment_state == F.HELD, "the picture is old"
        with pytest.raises(StateChanged):
            states.move(session, seen, F.CANCELLED, actor="b", kind="k")
        assert states.move(session, seen, F.SHIPPED, actor="b", kind="k") is False
        assert events(session, order_id) == told


def test_a_change_slipped_in_between_looking_and_writing_is_noticed(order_id: int, shop: Flask) -> None:
    """PostgreSQL only: on SQLite nobody can write while another transaction does."""
    if db.engine.dialect.name != "postgresql":
        return
    other = create_engine(settings().database_url)
    meanwhile = [
        text("UPDATE sales_order SET fulfilment_state = 'cancelled'"),
    ]

    @event.listens_for(db.engine, "before_cursor_execute")
    def slip_in(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("UPDATE sales_order") and meanwhile:
            change = meanwhile.pop()
            with other.begin() as connection:
                connection.execute(change)

    with pytest.raises(StateChanged), writing() as session:
        order = session.get_one(Order, order_id)
        states.move(session, order, F.TO_PICK, actor="a", kind="k")
    event.remove(db.engine, "before_cursor_execute", slip_in)
    assert meanwhile == []
    with reading() as session:
        assert session.get_one(Order, order_id).fulfilment_state == F.CANCELLED
        assert [told[2] for told in events(session, order_id)] == ["due", "waiting", "held"]
    with other.begin() as connection:
        connection.execute(text("UPDATE sales_order SET fulfilment_state = 'held'"))
    other.dispose()


def test_an_order_that_is_not_there_cannot_be_locked(order_id: int) -> None:
    with without_trace() as session, pytest.raises(NotFound):
        states.lock(session, order_id + 1)


def test_what_changes_no_state_is_told_as_well(order_id: int) -> None:
    with writing() as session:
        states.tell(session, order_id, actor="a", kind="looked-at", note="n")
    with reading() as session:
        assert events(session, order_id)[-1] == (None, None, None, "a", "n")


def test_events_cannot_be_rewritten_and_name_axis_and_state_together(order_id: int) -> None:
    for statement in ("UPDATE order_event SET note = 'x'", "DELETE FROM order_event"):
        with pytest.raises(IntegrityError, match="append-only"), writing() as session:
            session.execute(text(statement))
    for axis, state in (("'payment'", "NULL"), ("NULL", "'paid'")):
        with pytest.raises(IntegrityError), writing() as session:
            session.execute(
                text(
                    "INSERT INTO order_event (order_id, at, actor, kind, axis, to_state, note) "
                    f"SELECT id, placed_at, 'x', 'x', {axis}, {state}, '' FROM sales_order"
                )
            )


def test_the_database_knows_every_state_and_no_other(order_id: int) -> None:
    for column in LEGAL:
        with pytest.raises(IntegrityError), writing() as session:
            session.execute(text(f"UPDATE sales_order SET {column} = 'lost'"))


def test_what_an_order_was_placed_for_never_changes(order_id: int) -> None:
    for change in (
        *("reference = 'x'", "draft_token = 'x'", "attestation_id = 'x'", "organisation = 'x'"),
        *("country = 'DE'", "currency = 'EUR'", "total_minor = 1", "placed_at = '2020-01-01 00:00:00+00:00'"),
    ):
        with pytest.raises(IntegrityError, match="never changes"), writing() as session:
            session.execute(text(f"UPDATE sales_order SET {change}"))
    for statement in (
        "DELETE FROM sales_order",
        *("UPDATE order_line SET quantity = 2, total_minor = 2 * unit_minor", "DELETE FROM order_line"),
        *("UPDATE order_charge SET amount_minor = 0", "DELETE FROM order_charge"),
    ):
        with pytest.raises(IntegrityError, match=r"never changes|append-only"), writing() as session:
            session.execute(text(statement))


def test_the_audit_names_an_order_whose_state_no_event_explains(order_id: int) -> None:
    with reading() as session:
        number = session.get_one(Order, order_id).number
    for column, state in (
        ("payment_state", P.PAID),
        ("review_state", R.PASSED),
        ("fulfilment_state", F.PACKED),
    ):
        with without_trace() as session:
            session.execute(update(Order).values({column: state}))
            axis = column.removesuffix("_state")
            assert any(
                line.startswith(f"I15: order {number}, {axis}: is {state.value}") for line in found_by_audit()
            )


def test_the_audit_names_a_change_that_is_not_in_the_table_and_one_that_leaves_from_elsewhere(
    order_id: int,
) -> None:
    for before, after, words in (
        ("held", "shipped", "held to shipped is not a legal change"),
        ("packed", "shipped", "an event leaves packed, but held was reached"),
    ):
        with without_trace() as session:
            session.execute(update(Order).values(fulfilment_state=F.SHIPPED))
            session.add(
                OrderEvent(
                    order_id=order_id,
                    at=session.get_one(Order, order_id).placed_at,
                    actor="x",
                    kind="x",
                    axis="fulfilment",
                    from_state=before,
                    to_state=after,
                )
            )
            session.flush()
            assert any(line.startswith("I15:") and words in line for line in found_by_audit())
