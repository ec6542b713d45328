"""Publishing: numbered, immutable, checked, and the same on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, text
from sqlalchemy.exc import DatabaseError

from shop.compounds.models import Category, Compound, CompoundKind
from shop.core import audit, clock, migrations
from shop.core.audit import AuditEntry
from shop.core.database import db, reading, writing
from shop.core.errors import NotFound, Refused
from shop.education import revisions
from shop.education.evidence import (
    Better,
    Coding,
    Design,
    Direction,
    EvidenceRecord,
    EvidenceStatus,
    Measure,
    Seen,
    Source,
    Species,
    StatCard,
    Status,
)
from shop.education.monograph import MonographText, Reading, ReadingPart, Verdict
from shop.education.revisions import NotPublishable

NIHSS = EvidenceRecord(
    id="nihss",
    outcome="Change on the NIHSS",
    source="pooled",
    design=Design.META_ANALYSIS,
    species=Species.HUMAN,
    measure=Measure.MD,
    direction=Direction.FAVOURS_COMPOUND,
    status=EvidenceStatus.SEED,
    better=Better.LOWER,
    coded_as=Coding.IMPROVEMENT,
    estimate="+1.39",
    lower="0.53",
    upper="2.25",
    p_text="P=0.02",
)

TEXT = MonographText(
    compound="cerebrolysin",
    title="Cerebrolysin",
    standfirst="A mixture.",
    change_note="First version.",
    author="Specimen author A",
    verified_by="Specimen reviewer B",
    reviewed_on=date(2026, 11, 20),
    summary="One trial was done.[@trial] It was small.",
    reading=Reading(
        verdict=Verdict.UNCERTAIN,
        reason="One result, not seen at its source.",
        favourable=ReadingPart(text="None."),
        uncertain=ReadingPart(text="One result.", records=("nihss",)),
        no_benefit=ReadingPart(text="None."),
    ),
    cards=(StatCard(record="nihss", label="NIHSS"),),
    sources=(
        Source(key="trial", label="A trial", seen=Seen.ABSTRACT, pmid="26564102"),
        Source(key="pooled", label="A meta-analysis", seen=Seen.NOT_SEEN),
    ),
    evidence=(NIHSS, replace(NIHSS, id="other", source="trial", p_text=None, estimate="0.90")),
)


@pytest.fixture(autouse=True)
def _compounds(shop: Flask) -> None:
    with writing() as session:
        for position, (field, slug) in enumerate((("nootropics", "cerebrolysin"), ("tissue", "ghk-cu")), 1):
            category = Category(slug=field, name=field.title(), code=field[:3], scope="", position=position)
            session.add(
                Compound(
                    slug=slug,
                    name=slug.title(),
                    kind=CompoundKind.MIXTURE,
                    category=category,
                    substance_class="Mixture",
                    disulfides=[],
                    created_at=clock.now(),
                )
            )


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """The statements sent while the block runs."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def publish(text: MonographText = TEXT) -> int:
    """Publish and return the number."""
    return revisions.publish(text, actor="editor@example.org").number


def current_text() -> MonographText:
    """What readers see of the compound."""
    with reading() as session:
        revision = revisions.current(session, "cerebrolysin")
        assert revision is not None
        return revisions.load(revision)


def test_what_was_published_is_read_back_as_it_was() -> None:
    published = revisions.publish(TEXT, actor="editor@example.org")
    assert (published.compound, published.number) == ("cerebrolysin", 1)
    assert current_text() == TEXT


def test_sources_and_results_stand_as_rows_of_their_own() -> None:
    publish()
    with reading() as session:
        revision = revisions.by_number(session, "cerebrolysin", 1)
        assert [(row.key, row.pmid) for row in revision.sources] == [("trial", "26564102"), ("pooled", None)]
        rows = [(row.record_id, row.measure, row.source_id) for row in revision.evidence]
        assert rows == [
            ("nihss", Measure.MD, revision.sources[1].id),
            ("other", Measure.MD, revision.sources[0].id),
        ]
        assert "evidence" not in revision.content


def test_versions_count_up_and_the_earlier_one_stays() -> None:
    publish()
    second = replace(TEXT, standfirst="A mixture, again.", change_note="Said again.")
    assert publish(second) == 2
    assert current_text() == second
    with reading() as session:
        assert revisions.load(revisions.by_number(session, "cerebrolysin", 1)) == TEXT
        notes = [(each.number, each.change_note) for each in revisions.history(session, "cerebrolysin")]
    assert notes == [(2, "Said again."), (1, "First version.")]


def test_the_same_content_is_not_published_twice_whatever_the_note_says() -> None:
    publish()
    for same in (TEXT, replace(TEXT, change_note="Nothing really.")):
        with pytest.raises(Refused, match="Nothing differs from version 1"):
            publish(same)
    assert publish(replace(TEXT, reviewed_on=date(2026, 11, 21))) == 2


def test_a_second_person_verifies() -> None:
    with pytest.raises(Refused, match="A second person verifies"):
        publish(replace(TEXT, verified_by=" specimen  author a"))


def test_an_unknown_compound_has_no_monograph() -> None:
    with pytest.raises(NotFound, match="no compound “semax”"):
        publish(replace(TEXT, compound="semax"))


def test_impossible_figures_are_not_published() -> None:
    outside = replace(NIHSS, estimate="3.39")
    with pytest.raises(NotPublishable, match="lies outside its interval") as refused:
        publish(replace(TEXT, evidence=(outside,)))
    assert [error.path for error in refused.value.errors] == ["nihss"]
    with reading() as session:
        assert revisions.current(session, "cerebrolysin") is None


def test_figures_that_disagree_are_published_with_what_was_found() -> None:
    published = revisions.publish(TEXT, actor="editor@example.org")
    found = [
        (result.code, result.subject) for result in published.results if result.status is Status.INCONSISTENT
    ]
    assert found == [("E02", "nihss")]


def test_text_that_cites_nothing_is_not_published() -> None:
    with pytest.raises(NotPublishable) as refused:
        publish(replace(TEXT, summary="As [@nobody] says.", cards=(StatCard(record="none", label="x"),)))
    assert {error.path for error in refused.value.errors} == {"summary", "cards[1].record"}


def test_publishing_is_logged_with_its_reason() -> None:
    publish()
    with reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "monograph.publish")).one()
    assert (entry.actor, entry.subject) == ("editor@example.org", "monograph/cerebrolysin")
    assert entry.reason == "First version."
    assert entry.after is not None
    assert entry.after["number"] == 1


def test_a_version_that_never_was_is_not_found() -> None:
    publish()
    with reading() as session, pytest.raises(NotFound, match="no version 2"):
        revisions.by_number(session, "cerebrolysin", 2)
    with reading() as session:
        assert revisions.current(session, "ghk-cu") is None
        assert list(revisions.history(session, "ghk-cu")) == []


def test_an_index_lists_the_current_versions_with_one_query() -> None:
    publish()
    publish(replace(TEXT, standfirst="Newer."))
    publish(
        replace(
            TEXT, compound="ghk-cu", title="GHK-Cu", sources=TEXT.sources[1:], summary="", evidence=(NIHSS,)
        )
    )
    with reading() as session, counted_queries() as sent:
        listed = revisions.list_current(session)
    assert [(each.category, each.title, each.number, each.sources, each.standfirst) for each in listed] == [
        ("nootropics", "Cerebrolysin", 2, 2, "Newer."),
        ("tissue", "GHK-Cu", 1, 1, "A mixture."),
    ]
    assert listed[0].verdict is Verdict.UNCERTAIN
    assert listed[0].published_at <= clock.now()
    assert len(sent) == 1


def test_a_monograph_is_read_with_three_queries() -> None:
    publish()
    with reading() as session, counted_queries() as sent:
        revision = revisions.current(session, "cerebrolysin")
        assert revision is not None
        revisions.load(revision)
    assert len(sent) == 3


def test_two_editors_who_publish_at_once_get_two_numbers(shop: Flask) -> None:
    def publish_as(title: str) -> int:
        with shop.app_context():
            return publish(replace(TEXT, title=title))

    with ThreadPoolExecutor(2) as pool:
        numbers = sorted(pool.map(publish_as, ("One", "Other")))
    assert numbers == [1, 2]


@pytest.mark.parametrize("table", ["monograph_revision", "source", "evidence_row"])
def test_a_published_revision_cannot_be_changed_by_hand(table: str) -> None:
    publish()
    for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="append-only"), writing() as session:
            session.execute(text(statement))


@pytest.mark.parametrize(
    ("table", "change", "back", "found"),
    [
        (
            "source",
            'record = \'{"key": "trial"}\'',
            None,
            "monograph cerebrolysin, version 1: the content is not what was published",
        ),
        (
            "monograph_revision",
            "title = 'Semax'",
            "title = 'Cerebrolysin'",
            "monograph cerebrolysin, version 1: its columns say something else than its content",
        ),
    ],
)
def test_the_audit_finds_a_revision_that_was_changed(
    table: str, change: str, back: str | None, found: str
) -> None:
    publish()
    with reading() as session:
        record = session.execute(text("SELECT record FROM source ORDER BY id")).scalars().first()
    on_table = f" ON {table}" if db.engine.dialect.name == "postgresql" else ""
    with writing() as session:
        session.execute(text(f"DROP TRIGGER {table}_refuses_update{on_table}"))
        session.execute(text(f"UPDATE {table} SET {change} WHERE id = 1"))
    with reading() as session:
        assert [each for rule, each in audit.violations(session) if rule.code == "I24"] == [found]
    with writing() as session:
        if back is None:
            statement = "UPDATE source SET record = CAST(:record AS JSON) WHERE id = 1"
            if db.engine.dialect.name == "sqlite":
                statement = statement.replace("CAST(:record AS JSON)", ":record")
            as_text = record if isinstance(record, str) else json.dumps(record)
            session.execute(text(statement), {"record": as_text})
        else:
            session.execute(text(f"UPDATE {table} SET {back} WHERE id = 1"))
    migrations.restore_guards()
