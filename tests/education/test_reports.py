"""Reports of readers: taken in, slowed down in floods, decided once, and no address kept longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from monograph_builders import GOOD
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from shop.compounds.models import Category, Compound, CompoundKind
from shop.core import clock
from shop.core.database import reading, writing
from shop.core.errors import NotFound, Refused
from shop.core.outbox import OutboxMessage
from shop.education import monograph_file, reports, revisions
from shop.education.models import ReportState
from shop.education.monograph import ChangeKind
from shop.education.reports import FROM_ALL, FROM_ONE_SENDER, NewReport, TooManyReports


@pytest.fixture(autouse=True)
def _published(shop: Flask) -> None:
    with writing() as session:
        category = Category(slug="nootropics", name="Nootropics", code="noo", scope="", position=1)
        session.add(
            Compound(
                slug="semax",
                name="Semax",
                kind=CompoundKind.MIXTURE,
                category=category,
                substance_class="Mixture",
                disulfides=[],
                created_at=clock.now(),
            )
        )
    revisions.publish(monograph_file.read(GOOD), actor="test")


def receive(sender: str = "a", email: str = "") -> int:
    """A report from somebody."""
    return reports.receive("semax", NewReport(text="The year is wrong.", email=email, sender_key=sender))


def test_a_report_waits_open_with_the_version_it_is_about() -> None:
    number = receive(email="reader@example.org")
    with reading() as session:
        row = reports.find(session, number)
        assert (row.state, row.revision_number, row.email) == (ReportState.OPEN, 1, "reader@example.org")
        assert reports.open_counts(session) == {"semax": 1}
        assert [each.id for each in reports.open_about(session, "semax")] == [number]
    with pytest.raises(NotFound):
        reports.receive("nothing", NewReport(text="x", sender_key="a"))


def test_a_flood_is_stopped_and_others_are_still_heard() -> None:
    for _report in range(FROM_ONE_SENDER):
        receive()
    with pytest.raises(TooManyReports, match="write to"):
        receive()
    receive("b")
    with clock.shifted(timedelta(hours=2)):
        receive()


def test_all_senders_together_have_a_limit() -> None:
    for number in range(FROM_ALL):
        receive(f"sender-{number}")
    with pytest.raises(TooManyReports):
        receive("one more")


def test_a_decision_has_a_reason_tells_the_reader_and_forgets_the_address() -> None:
    number = receive(email="reader@example.org")
    reports.decide(number, ReportState.DECLINED, reason="The paper says 2018.", actor="editor")
    with reading() as session:
        row = reports.find(session, number)
        assert (row.state, row.reason, row.decided_by) == (
            ReportState.DECLINED,
            "The paper says 2018.",
            "editor",
        )
        assert (row.email, row.sender_key) == (None, None)
        (letter,) = session.scalars(select(OutboxMessage)).all()
    assert letter.payload["to"] == "reader@example.org"
    assert "The paper says 2018." in letter.payload["body"]
    with pytest.raises(Refused, match="decided already"):
        reports.decide(number, ReportState.ANSWERED, reason="x", actor="editor")


def test_without_an_address_nobody_is_written_to() -> None:
    reports.decide(receive(), ReportState.ANSWERED, reason="Thanks.", actor="editor")
    with reading() as session:
        assert session.scalars(select(OutboxMessage)).all() == []


def test_only_a_correction_corrects() -> None:
    number = receive()
    with pytest.raises(NotFound):
        reports.decide(number, ReportState.CORRECTED, reason="x", actor="editor", corrected_in=7)
    with pytest.raises(Refused, match="not published as a correction"):
        reports.decide(number, ReportState.CORRECTED, reason="x", actor="editor", corrected_in=1)
    better = replace(monograph_file.read(GOOD), standfirst="Better.", change_kind=ChangeKind.CORRECTION)
    revisions.publish(better, actor="test")
    reports.decide(number, ReportState.CORRECTED, reason="Right.", actor="editor", corrected_in=2)
    with reading() as session:
        (correction,) = reports.corrections(session)
        assert reports.counts(session)[ReportState.CORRECTED] == 1
    assert (correction.title, correction.number, len(correction.reported_at)) == ("Semax", 2, 1)


@pytest.mark.parametrize(
    "change",
    [
        "text = 'another'",
        "state = 'declined'",
        "state = 'corrected', decided_at = received_at, decided_by = 'x', reason = 'x'",
    ],
    ids=["words", "no-reason", "no-version"],
)
def test_the_database_keeps_what_was_sent_and_how_it_was_decided(change: str) -> None:
    receive(email="reader@example.org")
    with pytest.raises(DatabaseError), writing() as session:
        session.execute(text(f"UPDATE error_report SET {change}"))
