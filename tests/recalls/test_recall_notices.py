"""Notices reach everyone once, are answered by link or telephone, and a recall ends with a summary."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from builders import draft_for, make_lot, make_ready_to_sell, make_size, place, someone
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from recall_builders import Family, consignees, found, held_orders, recall, send
from sqlalchemy import select, text

from shop.core import clock
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.outbox import OutboxMessage
from shop.recalls import answers, links, notices, tracking
from shop.recalls.answers import Answer
from shop.recalls.models import Channel, CheckLevel, RecallState


@pytest.fixture
def family(shop: Flask) -> Family:
    make_ready_to_sell()
    return Family()


def letters(part: str) -> list[OutboxMessage]:
    with reading() as session:
        found = list(
            session.scalars(
                select(OutboxMessage)
                .where(OutboxMessage.key.like(f"mail/{part}/%"))
                .order_by(OutboxMessage.id)
            )
        )
        session.expunge_all()
        return found


def an_answer(used: int = 0, destroyed: int = 0, apart: int = 0) -> Answer:
    return Answer(name="Ilse Brandsma", used=used, destroyed=destroyed, returned=0, apart=apart)


def test_a_notice_names_lots_reason_and_vials_and_is_written_once(family: Family) -> None:
    recall_id = recall("BULK-1")
    assert notices.write_due(recall_id) == 2  # one consignee, one buyer who waits
    assert notices.write_due(recall_id) == notices.write_all_due() == 0
    (letter,) = letters("recall-notice")
    (person,) = consignees(recall_id)
    body = letter.payload["body"]
    assert letter.payload["to"] == person.email
    for part in ("FILL-A", "FILL-B", "3 vials", "2 vials", "91.2%", "URGENT", links.answer_url(person.id)):
        assert part in body
    assert family.first.number in body
    assert person.written_at is not None


def test_the_buyer_of_an_order_that_waits_is_asked(family: Family) -> None:
    recall_id = recall("FILL-B")
    notices.write_due(recall_id)
    (letter,) = letters("recall-order")
    (held,) = held_orders(recall_id)
    assert links.order_url(held.id) in letter.payload["body"]
    assert letter.payload["subject"] == f"Order {family.waiting.number} waits for your decision"


def test_a_drill_writes_to_nobody(family: Family) -> None:
    recall_id = recall("FILL-B", drill=True)
    assert notices.write_due(recall_id) == notices.write_all_due() == 0
    assert letters("recall-notice") == letters("recall-order") == []


def test_more_consignees_than_a_batch_are_all_written_to(
    shop: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "BATCH", 2)
    make_ready_to_sell()
    staff, sku = someone("warehouse", "sales"), make_size()
    make_lot(sku, 9, number="FILL-A")
    for each in range(5):
        send(place(draft_for({sku: 1}, email=f"{each}@lab.example", organisation="One Lab")), staff)
    assert notices.write_due(recall("FILL-A")) == 5
    assert sorted(each.payload["to"] for each in letters("recall-notice")) == [
        f"{each}@lab.example" for each in range(5)
    ]


def test_an_address_that_is_none_is_left_for_the_telephone(family: Family) -> None:
    recall_id = recall("FILL-A")
    with writing() as session:
        session.execute(text("UPDATE recall_consignee SET email = 'no address'"))
    notices.write_due(recall_id)
    (person,) = consignees(recall_id)
    assert (person.no_address, person.written_at) == (True, None)
    with reading() as session:
        assert tracking.progress(session, tracking.find(session, recall_id)).to_call == 1
        assert tracking.open_counts(session) == (1, 1)


def test_who_does_not_answer_is_reminded_three_times_and_then_telephoned(family: Family) -> None:
    recall_id = recall("FILL-A")
    notices.write_due(recall_id)
    assert notices.remind() == 0
    for days, count in ((7, 1), (12, 2), (20, 3)):
        with clock.shifted(timedelta(days=days)):
            assert notices.remind() == 1
            assert notices.remind() == 0
        assert consignees(recall_id)[0].reminders == count
    with clock.shifted(timedelta(days=60)):
        assert notices.remind() == 0
        with reading() as session:
            assert tracking.progress(session, tracking.find(session, recall_id)).to_call == 1


def test_who_has_answered_is_not_reminded(family: Family) -> None:
    recall_id = recall("FILL-A")
    notices.write_due(recall_id)
    answers.answer(consignees(recall_id)[0].id, an_answer(used=1, apart=2), channel=Channel.LINK, actor="l")
    with clock.shifted(timedelta(days=30)):
        assert notices.remind() == 0


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 15))
def test_the_day_some_working_days_ago_is_the_last_from_which_they_have_passed(
    today: date, days: int
) -> None:
    day = notices.before(today, days)
    assert clock.add_working_days(day, days) <= today
    assert clock.add_working_days(day + timedelta(days=1), days) > today


def test_answers_are_counted_and_later_ones_take_the_place_of_earlier(family: Family) -> None:
    recall_id = recall("BULK-1")
    (person,) = consignees(recall_id)
    answers.mark_opened(person.id)
    answers.mark_opened(person.id)
    answers.answer(person.id, an_answer(used=1), channel=Channel.LINK, actor="link")
    answers.answer(person.id, an_answer(used=1, destroyed=4), channel=Channel.PHONE, actor="q@shop.example")
    with reading() as session:
        recall_now = tracking.find(session, recall_id)
        progress = tracking.progress(session, recall_now)
        history = [each.kind.value for each in tracking.contacts(session, person.id)]
    assert (progress.answered, progress.percent_answered, progress.vials_told) == (1, 100, 5)
    assert history == ["answer", "answer", "opened"]


def test_no_more_vials_are_answered_for_than_were_sent(family: Family) -> None:
    (person,) = consignees(recall("FILL-A"))
    with pytest.raises(Refused, match="Only 3 vials were sent"):
        answers.answer(person.id, an_answer(used=4), channel=Channel.LINK, actor="link")
    with pytest.raises(Refused, match="0 or more"):
        answers.answer(person.id, an_answer(used=-1), channel=Channel.LINK, actor="link")


def test_a_recall_is_closed_with_a_summary_and_says_what_was_open(family: Family) -> None:
    recall_id = recall("FILL-A")
    with pytest.raises(Refused, match="summary"):
        answers.close(recall_id, summary=" ", accept_open=True, actor="q")
    with pytest.raises(Refused, match="1 consignee has not answered"):
        answers.close(recall_id, summary="Done.", accept_open=False, actor="q")
    answers.close(recall_id, summary="Done.", accept_open=True, actor="q")
    closed = found(recall_id)
    assert closed.state == RecallState.CLOSED
    assert closed.closing_summary == (
        "Done. 1 consignee has not answered. 0 of 1 effectiveness checks were made."
    )
    (person,) = consignees(recall_id)
    with pytest.raises(Refused, match="closed"):
        answers.answer(person.id, an_answer(), channel=Channel.LINK, actor="link")
    assert notices.write_due(recall_id) == 0


def test_a_recall_with_every_answer_and_check_closes_without_more(family: Family) -> None:
    recall_id = recall("FILL-A")
    (person,) = consignees(recall_id)
    answers.answer(person.id, an_answer(destroyed=3), channel=Channel.LINK, actor="link")
    answers.check(person.id, channel=Channel.PHONE, arrived=True, acted=True, note="", actor="q")
    answers.close(recall_id, summary="All destroyed.", accept_open=False, actor="q")
    assert found(recall_id).closing_summary == "All destroyed."


@pytest.mark.parametrize(
    ("level", "people", "needed"),
    [
        (CheckLevel.ALL, 7, 7),
        (CheckLevel.TENTH, 0, 0),
        (CheckLevel.TENTH, 1, 1),
        (CheckLevel.TENTH, 21, 3),
        (CheckLevel.FIFTIETH, 101, 3),
        (CheckLevel.NONE, 9, 0),
    ],
)
def test_how_many_are_checked(level: CheckLevel, people: int, needed: int) -> None:
    assert answers.checks_needed(level, people) == needed


def test_a_key_opens_one_answer_only(shop: Flask) -> None:
    assert links.matches(links.consignee_key(1), links.consignee_key(1))
    assert links.consignee_key(1) != links.consignee_key(2)
    assert links.consignee_key(1) != links.order_key(1)
    assert not links.matches("é\ud800", links.consignee_key(1))
