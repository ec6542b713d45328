"""The outbox: what must follow a commit is told at least once, in order, and not for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from shop.core import clock, outbox
from shop.core.database import reading, writing
from shop.core.outbox import CLAIM_LASTS, RETRY_AFTER, CannotSend, Claimed, OutboxMessage, Sender


class Post:
    """Takes messages, and fails the way it is told to."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.failure: Exception | None = None

    def __call__(self, message: Claimed) -> None:
        if self.failure is not None:
            raise self.failure
        self.taken.append(message.key)

    @property
    def senders(self) -> dict[str, Sender]:
        return {"mail": self}

    def send_due(self) -> int:
        return outbox.send_due(self.senders)


@pytest.fixture
def post(shop: Flask) -> Post:
    return Post()


def write(key: str, *, subject: str = "", word: str = "x") -> None:
    with writing() as session:
        outbox.write(session, kind="mail", key=key, subject=subject or key, payload={"word": word})


def state(key: str) -> tuple[int, bool, bool]:
    """Attempts, sent, dead."""
    with reading() as session:
        row = session.scalars(select(OutboxMessage).where(OutboxMessage.key == key)).one()
        return row.attempts, row.sent_at is not None, row.dead_at is not None


def keys() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(OutboxMessage.key).order_by(OutboxMessage.id)))


def test_a_message_is_written_with_its_transaction_or_not_at_all(post: Post) -> None:
    with pytest.raises(ZeroDivisionError), writing() as session:
        outbox.write(session, kind="mail", key="a", subject="a", payload={})
        raise ZeroDivisionError
    assert keys() == []
    assert post.send_due() == 0


def test_a_fact_is_told_once_however_often_it_is_written(post: Post) -> None:
    write("a", word="first")
    write("a", word="second")
    with writing() as session:
        for word in ("third", "fourth"):
            outbox.write(session, kind="mail", key="a", subject="a", payload={"word": word})
        outbox.write(session, kind="mail", key="b", subject="b", payload={})
    assert keys() == ["a", "b"]
    assert post.send_due() == 2
    write("a")
    assert post.send_due() == 0
    assert post.taken == ["a", "b"]
    with reading() as session:
        assert session.scalars(select(OutboxMessage).where(OutboxMessage.key == "a")).one().payload == {
            "word": "first"
        }


def test_what_cannot_be_sent_is_tried_again_later_and_later_and_then_given_up(post: Post) -> None:
    write("a")
    post.failure = CannotSend("mailbox full")
    passed = timedelta(0)
    for attempt, wait in enumerate([*RETRY_AFTER, None], start=1):
        with clock.shifted(passed):
            assert post.send_due() == 0
            assert state("a") == (attempt, False, wait is None)
            assert post.send_due() == 0, "not before its time"
            assert state("a")[0] == attempt
        passed += (wait or timedelta(days=400)) + timedelta(seconds=5)
    post.failure = None
    with clock.shifted(passed):
        assert post.send_due() == 0
    assert outbox.unsent_count() == 1
    with reading() as session:
        assert session.scalars(select(OutboxMessage.last_error)).one() == "mailbox full"


def test_a_message_that_fails_at_first_is_sent_once_when_its_time_has_come(post: Post) -> None:
    write("a")
    post.failure = CannotSend("busy")
    post.send_due()
    post.failure = None
    with clock.shifted(RETRY_AFTER[0] + timedelta(seconds=2)):
        assert post.send_due() == 1
        assert post.send_due() == 0
    assert (post.taken, state("a")) == (["a"], (1, True, False))
    assert outbox.unsent_count() == 0


def test_messages_about_one_subject_stay_in_order_and_hold_up_nobody_else(post: Post) -> None:
    for key, subject in (("1", "order/1"), ("2", "order/1"), ("3", "order/2")):
        write(key, subject=subject)
    post.failure = CannotSend("busy")
    assert outbox.send_due(post.senders, at_most=1) == 0
    post.failure = None
    assert post.send_due() == 1
    assert post.taken == ["3"], "2 waits for 1, and 1 waits for its time"
    with clock.shifted(RETRY_AFTER[0] + timedelta(seconds=2)):
        assert post.send_due() == 2
    assert post.taken == ["3", "1", "2"]


def test_a_message_that_was_given_up_does_not_hold_up_the_next_about_its_subject(post: Post) -> None:
    write("1", subject="order/1")
    write("2", subject="order/1")
    with writing() as session:
        session.execute(update(OutboxMessage).where(OutboxMessage.key == "1").values(dead_at=clock.now()))
    assert post.send_due() == 1
    assert post.taken == ["2"]


def test_two_workers_never_hold_the_same_message(post: Post) -> None:
    for key, subject in (("1", "order/1"), ("2", "order/1"), ("3", "order/2")):
        write(key, subject=subject)
    claimed = [outbox.claim_next() for _worker in range(3)]
    assert [each.key if each else None for each in claimed] == ["1", "3", None]


def test_a_message_whose_worker_died_is_sent_again_with_the_same_number(post: Post) -> None:
    write("a")
    first = outbox.claim_next()
    assert first is not None
    assert post.send_due() == 0
    with clock.shifted(CLAIM_LASTS + timedelta(seconds=2)):
        again = outbox.claim_next()
    assert again is not None
    assert (again.id, again.key, again.created_at) == (first.id, first.key, first.created_at)


def test_a_turn_sends_no_more_than_it_should_and_the_oldest_first(post: Post) -> None:
    for number in range(5):
        write(f"{number}")
    assert outbox.send_due(post.senders, at_most=2) == 2
    assert post.taken == ["0", "1"]


def test_the_database_keeps_a_message_from_being_sent_and_dead_at_once(post: Post) -> None:
    write("a")
    for change in ("sent_at = created_at, dead_at = created_at", "attempts = -1"):
        with pytest.raises(IntegrityError), writing() as session:
            session.execute(text(f"UPDATE outbox_message SET {change}"))
