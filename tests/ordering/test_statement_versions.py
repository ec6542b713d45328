"""Publishing a version of the statement: what is refused, what is written, and two people at one moment."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from builders import WHERE, draft_for, make_lot, make_ready_to_sell, make_size, order_for, shown
from flask import Flask
from sqlalchemy import select

from shop.attestations import statements
from shop.attestations.models import Asked, AttestationRecord, StatementVersion
from shop.attestations.statement_text import Words, WrittenClause, words_of
from shop.claims.holds import Blocked, NeedsReasons
from shop.claims.models import ExplainedHold
from shop.core import audit, clock, faults
from shop.core.database import db, reading, take_turn, writing
from shop.core.errors import NotFound, Refused
from shop.ordering import placement, statement_versions
from shop.ordering.placement import ReviewChanged
from shop.ordering.statement_versions import NewVersion, State

WORDS = Words(
    preamble="Answer each statement for this order.",
    clauses=(
        WrittenClause(
            heading="Laboratory research only", sentences=("For research by {organisation}.", "Nothing else.")
        ),
        WrittenClause(heading="Lawful", sentences=("Lawful in {country}.",)),
    ),
    asks=frozenset({Asked.ELECTRONIC}),
)
HELD = "The purity is 99%."


def version(**changes: object) -> NewVersion:
    return replace(NewVersion(code="RU-2", in_force_from=None, words=WORDS), **changes)  # type: ignore[arg-type]


def saying(sentence: str) -> Words:
    return replace(WORDS, clauses=(*WORDS.clauses, WrittenClause(heading="More", sentences=(sentence,))))


def publish(
    new: NewVersion, *, after: str = "RU-1", explanation: str = "", reason: str = "Specimen"
) -> datetime:
    return statement_versions.publish(
        new,
        after=after,
        seen=new.words.sha256,
        explanation=explanation,
        actor="rosa@shop.example",
        reason=reason,
    )


def listed() -> list[tuple[str, State, int]]:
    with reading() as session:
        return [(each.version.code, each.state, each.records) for each in statement_versions.every(session)]


@pytest.fixture
def selling(shop: Flask) -> Flask:
    make_ready_to_sell()
    return shop


def test_a_version_published_for_now_is_in_force_and_logged_with_the_reason(selling: Flask) -> None:
    began = publish(version())
    assert clock.now() - began < timedelta(minutes=1)
    with reading() as session:
        found = statements.in_force(session)
        assert (found.code, found.asks) == ("RU-2", ["electronic"])
        assert words_of(found) == WORDS
        assert found.clauses[0].text == "1.1 For research by {organisation}.\n1.2 Nothing else."
        entry = session.scalars(
            select(audit.AuditEntry).where(audit.AuditEntry.action == "statement.publish")
        ).one()
        assert (entry.actor, entry.subject, entry.reason) == (
            *("rosa@shop.example", "statement/RU-2"),
            "Specimen",
        )
        assert entry.before == {"newest": "RU-1"}
        assert entry.after is not None
        assert entry.after["text_sha256"] == found.text_sha256


def test_states_and_signed_records_of_each_version(selling: Flask) -> None:
    sku = make_size()
    make_lot(sku, 10)
    order_for({sku: 1})
    publish(version(in_force_from=clock.now() + timedelta(days=2)))
    assert listed() == [("RU-2", State.FUTURE, 0), ("RU-1", State.IN_FORCE, 1)]
    with clock.shifted(timedelta(days=3)):
        assert listed() == [("RU-2", State.IN_FORCE, 0), ("RU-1", State.EARLIER, 1)]


def test_a_wrong_future_version_is_replaced_by_one_that_begins_a_minute_later(selling: Flask) -> None:
    begins = clock.now() + timedelta(days=2)
    publish(version(in_force_from=begins))
    later = version(code="RU-3", in_force_from=begins + timedelta(minutes=1), words=saying("Once more."))
    publish(later, after="RU-2")
    with clock.shifted(timedelta(days=2, minutes=2)), reading() as session:
        assert statements.in_force(session).code == "RU-3"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"code": "RU-1"}, "There is a version RU-1"),
        ({"code": "ru-1"}, "There is a version ru-1"),
        ({"code": "New"}, "letters, digits, hyphens and points"),
        ({"code": "RU/2"}, "letters, digits, hyphens and points"),
        ({"code": "RU-2\n"}, "letters, digits, hyphens and points"),
        ({"code": "R" * 21}, "letters, digits, hyphens and points"),
        ({"in_force_from": datetime(2026, 2, 1, tzinfo=UTC)}, "lie in the past"),
    ],
)
def test_what_cannot_be_the_next_version_is_refused(
    selling: Flask, changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        publish(version(**changes))
    assert listed() == [("RU-1", State.IN_FORCE, 0)]


def test_a_version_begins_later_than_the_newest_and_says_something_else(selling: Flask) -> None:
    begins = clock.now() + timedelta(days=2)
    publish(version(in_force_from=begins))
    for moment in (None, begins - timedelta(hours=1), begins):
        with pytest.raises(Refused, match="RU-2 begins on"):
            publish(version(code="RU-3", in_force_from=moment, words=saying("More.")), after="RU-2")
    with pytest.raises(Refused, match="the same as version RU-2"):
        publish(version(code="RU-3", in_force_from=begins + timedelta(days=1)), after="RU-2")


def test_a_text_that_was_not_checked_or_has_no_reason_is_not_published(selling: Flask) -> None:
    with pytest.raises(Refused, match="not the one that was checked"):
        statement_versions.publish(
            version(), after="RU-1", seen="0" * 64, explanation="", actor="x", reason="Specimen"
        )
    with pytest.raises(Refused, match="Give a reason"):
        publish(version(), reason=" ")
    with pytest.raises(Refused, match="published meanwhile"):
        publish(version(), after="RU-0")
    assert listed() == [("RU-1", State.IN_FORCE, 0)]


def test_the_claims_guard_reads_every_sentence(selling: Flask) -> None:
    with pytest.raises(Blocked, match=r"sentence 3\.1"):
        publish(version(words=saying("Semax treats stroke in patients.")))
    assert listed() == [("RU-1", State.IN_FORCE, 0)]


def test_what_the_guard_holds_needs_a_reason_that_is_kept(selling: Flask) -> None:
    held = version(words=saying(HELD))
    with pytest.raises(NeedsReasons, match=r"sentence 3\.1"):
        publish(held)
    publish(held, explanation="The figure is the specification's own.")
    with reading() as session:
        kept = session.scalars(select(ExplainedHold)).one()
        assert (kept.about, kept.place, kept.explained_by) == (
            *("statement/RU-2", "sentence 3.1"),
            "rosa@shop.example",
        )


def test_of_two_who_publish_at_one_moment_the_second_is_told(selling: Flask) -> None:
    begins = clock.now() + timedelta(days=9)
    barrier = threading.Barrier(2)

    def run(new: NewVersion) -> str:
        with selling.app_context():
            try:
                barrier.wait(timeout=60)
                publish(new)
                return "published"
            except Refused as error:
                return str(error)
            finally:
                db.session.remove()

    db.session.remove()
    with ThreadPoolExecutor(2) as pool:
        said = list(
            pool.map(
                run,
                [
                    version(in_force_from=begins),
                    version(code="RU-3", in_force_from=begins - timedelta(days=1), words=saying("More.")),
                ],
            )
        )
    assert sorted(each == "published" for each in said) == [False, True]
    assert any("published meanwhile" in each for each in said)
    assert len(listed()) == 2


def test_nobody_signs_a_version_at_a_moment_at_which_the_next_is_in_force(selling: Flask) -> None:
    sku = make_size()
    make_lot(sku, 10)
    token = draft_for({sku: 1})
    picture = shown(token)
    written = threading.Event()

    def slowly() -> None:
        with selling.app_context(), writing() as session:
            take_turn(session)
            statements.publish(
                session,
                code="RU-2",
                in_force_from=clock.now(),
                preamble="Anew.",
                clauses=[("Laboratory research only", "For laboratory research.")],
            )
            written.set()
            time.sleep(0.3)

    publisher = threading.Thread(target=slowly)

    def begin(_point: str) -> None:
        faults.armed.clear()
        publisher.start()
        # Where writers queue it waits until the order is placed; elsewhere the order waits for it.
        written.wait(timeout=1)

    faults.armed["checkout.priced"] = begin
    try:
        placement.place(token, picture, WHERE)
        told = ""
    except ReviewChanged as changed:
        told = str(changed)
    publisher.join()
    with reading() as session:
        signed = session.scalar(select(AttestationRecord.signed_at))
        begins = session.scalar(select(StatementVersion.in_force_from).where(StatementVersion.code == "RU-2"))
    assert begins is not None
    if db.engine.dialect.name == "sqlite":
        assert signed is not None and signed < begins
    else:
        assert (signed, told) == (None, "A new version of the research-use statement is in force.")


def test_a_shop_without_a_version_publishes_its_first(shop: Flask) -> None:
    publish(version(code="RU-1"), after="")
    assert listed() == [("RU-1", State.IN_FORCE, 0)]
    with reading() as session:
        every = statement_versions.every(session)
        assert statement_versions.next_code(every) == "RU-2"
        assert statement_versions.find(every, "RU-1") == (every[0], None)
        with pytest.raises(NotFound, match="no version RU-9"):
            statement_versions.find(every, "RU-9")
        assert statement_versions.next_code([]) == ""
