"""The outbox: what must follow a commit is told at least once, in order, and not for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import found_by_audit
from flask import Flask
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from shop.core import clock, outbox, outbox_desk
from shop.core.audit import AuditEntry
from shop.core.database import reading, writing
from shop.core.errors import NotFound, Refused
from shop.core.outbox import (
    CLAIM_LASTS,
    RETRY_AFTER,
    CannotSend,
    Claimed,
    Message,
    OutboxAttempt,
    OutboxMessage,
    Sender,
    Undeliverable,
    Unreachable,
)


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


def number_of(key: str) -> int:
    with reading() as session:
        return session.scalars(select(OutboxMessage.id).where(OutboxMessage.key == key)).one()


def error_of(key: str) -> str | None:
    with reading() as session:
        return session.scalars(select(OutboxMessage.last_error).where(OutboxMessage.key == key)).one()


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


def test_a_dead_letter_holds_up_its_subject_until_staff_decide(post: Post) -> None:
    """What comes after it would be read in the wrong order; other subjects go on."""
    for key, subject in (("1", "order/1"), ("2", "order/1"), ("3", "order/2")):
        write(key, subject=subject)
    post.failure = Undeliverable("no such mailbox")
    assert outbox.send_due(post.senders, at_most=1) == 0
    assert state("1") == (1, False, True)
    post.failure = None
    with clock.shifted(timedelta(days=30)):
        assert post.send_due() == 1
    assert post.taken == ["3"]
    outbox_desk.dismiss(number_of("1"), actor="s@shop.example", reason="a typing error")
    assert post.send_due() == 1
    assert post.taken == ["3", "2"]


def test_a_dead_letter_that_is_replayed_goes_before_the_later_ones(post: Post) -> None:
    write("1", subject="order/1")
    write("2", subject="order/1")
    post.failure = Undeliverable("no such mailbox")
    post.send_due()
    post.failure = None
    outbox_desk.replay(number_of("1"), actor="s@shop.example", reason="the mailbox is there now")
    assert state("1") == (0, False, False)
    assert post.send_due() == 2
    assert post.taken == ["1", "2"]


def test_every_dead_letter_is_replayed_at_once_and_nothing_else(post: Post) -> None:
    for key in ("1", "2", "3"):
        write(key)
    post.failure = Undeliverable("the server was set up wrong")
    outbox.send_due(post.senders, at_most=2)
    outbox_desk.dismiss(number_of("1"), actor="s@shop.example", reason="not needed")
    assert outbox_desk.replay_dead(actor="s@shop.example", reason="the server is right now") == 1
    post.failure = None
    assert post.send_due() == 2
    assert sorted(post.taken) == ["2", "3"]
    with reading() as session:
        log = session.execute(select(AuditEntry.subject, AuditEntry.action, AuditEntry.reason)).all()
    assert log == [
        (f"outbox/{number_of('1')}", "outbox.dismiss", "not needed"),
        (f"outbox/{number_of('2')}", "outbox.replay", "the server is right now"),
    ]


def test_what_is_sent_dismissed_or_being_sent_cannot_be_decided_about(post: Post) -> None:
    write("sent")
    post.send_due()
    write("dismissed")
    outbox_desk.dismiss(number_of("dismissed"), actor="s", reason="x")
    write("claimed")
    assert outbox.claim_next() is not None
    for key in ("sent", "dismissed", "claimed"):
        for decide in (outbox_desk.replay, outbox_desk.dismiss):
            with pytest.raises(Refused, match="Look again"):
                decide(number_of(key), actor="s", reason="x")
    for decide in (outbox_desk.replay, outbox_desk.dismiss):
        with pytest.raises(Refused, match="Give a reason"):
            decide(number_of("claimed"), actor="s", reason=" ")
        with pytest.raises(NotFound):
            decide(987654, actor="s", reason="x")


def test_a_message_nobody_can_send_or_make_dies_and_stops_nothing(post: Post) -> None:
    with writing() as session:
        outbox.write(session, kind="pigeon", key="pigeon/1", subject="p", payload={})
    for key, failure in (("a", KeyError("to")), ("b", ZeroDivisionError("division"))):
        write(key)
        post.failure = failure
        post.send_due()
    post.failure = None
    write("c")
    assert post.send_due() == 1
    assert post.taken == ["c"]
    assert [state(key)[2] for key in ("pigeon/1", "a", "b", "c")] == [True, True, True, False]
    assert "pigeon" in (error_of("pigeon/1") or "")


def test_a_disk_that_fails_for_a_moment_is_no_reason_to_give_a_message_up(post: Post) -> None:
    write("a")
    post.failure = OSError("input/output error")
    post.send_due()
    assert state("a") == (1, False, False)


def test_a_lane_that_cannot_be_reached_costs_one_try_a_turn_and_lets_the_others_go(post: Post) -> None:
    with writing() as session:
        lanes = ("hook/1", "hook/1", "hook/2", "hook/2")
        outbox.write_many(
            session,
            [
                Message(kind=lane, key=f"{lane}/{number}", subject=f"{number}", payload={}, lane=lane)
                for number, lane in enumerate(lanes)
            ],
        )
    tried: list[str] = []

    def away(message: Claimed) -> None:
        tried.append(message.key)
        raise Unreachable("timed out")

    assert outbox.send_due({"hook/1": away, "hook/2": post}) == 2
    assert (tried, post.taken) == (["hook/1/0"], ["hook/2/2", "hook/2/3"])


def test_every_try_is_kept_with_its_answer_and_without_anybodys_address(post: Post) -> None:
    write("a")
    post.failure = CannotSend("451 <i.brandsma@vima.example> is over quota", status=451)
    post.send_due()
    post.failure = None
    with clock.shifted(RETRY_AFTER[0] + timedelta(seconds=2)):
        post.send_due()
    with reading() as session:
        tried = outbox_desk.find(session, number_of("a")).attempts
        assert [(each.outcome.value, each.status, each.detail) for each in tried] == [
            ("put_off", 451, "451 <…@vima.example> is over quota"),
            ("sent", None, ""),
        ]
    with pytest.raises(DBAPIError, match="append-only"), writing() as session:
        session.execute(update(OutboxAttempt).values(detail="nothing happened"))


def test_what_a_message_tells_is_never_changed_and_no_message_is_deleted(post: Post) -> None:
    write("a")
    for change in (
        update(OutboxMessage).values(subject="order/2"),
        update(OutboxMessage).values(key="b"),
        delete(OutboxMessage),
    ):
        with pytest.raises(DBAPIError, match="never changed"), writing() as session:
            session.execute(change)


def test_the_words_of_old_mail_are_deleted_and_that_it_was_sent_stays(post: Post) -> None:
    write("old")
    post.send_due()
    write("waiting")
    assert outbox_desk.clear_old() == 0
    with clock.shifted(timedelta(days=91)):
        assert outbox_desk.clear_old() == 1
        assert outbox_desk.clear_old() == 0
    with reading() as session:
        rows = {row.key: row for row in session.scalars(select(OutboxMessage))}
        assert (rows["old"].payload, rows["old"].recipient) == ({}, "")
        assert rows["old"].sent_at is not None and rows["old"].cleared_at is not None
        assert rows["waiting"].payload == {"word": "x"}


def test_a_worker_that_comes_too_late_does_not_undo_what_another_one_did(post: Post) -> None:
    write("a")
    slow = outbox.claim_next()
    assert slow is not None
    with clock.shifted(CLAIM_LASTS + timedelta(seconds=2)):
        assert post.send_due() == 1
        outbox._put_off(slow, CannotSend("timed out"), took=60)
    assert state("a") == (0, True, False)
    with reading() as session:
        tried = outbox_desk.find(session, number_of("a")).attempts
        assert [each.outcome.value for each in tried] == ["worker_lost", "sent", "put_off"]


def test_the_audit_names_a_message_that_overtook_an_earlier_one(post: Post) -> None:
    write("1", subject="order/1")
    write("2", subject="order/1")
    second = Claimed(number_of("2"), "mail", "2", {}, clock.now())
    outbox._mark_sent(second, None, took=0)
    assert found_by_audit() == ["I13a: message 2 was sent before 1"]
    outbox_desk.dismiss(number_of("1"), actor="s@shop.example", reason="overtaken")
    assert found_by_audit() == []


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
