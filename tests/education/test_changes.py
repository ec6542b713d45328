"""What a reader is told of the difference between two versions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from monograph_builders import GOOD

from shop.compounds.models import PropertyStatus
from shop.education import monograph_file
from shop.education.changes import Change, FieldChange, changes
from shop.education.evidence import Direction, Seen, Source
from shop.education.monograph import Fact, Verdict

TEXT = replace(
    monograph_file.read(GOOD), standfirst="A mixture.", summary="One trial was done.[@trial] It was small."
)
ROW = TEXT.evidence[0]


def test_changes_are_named_part_by_part_in_the_order_of_the_page() -> None:
    new = replace(
        TEXT,
        change_note="Another note.",
        author="Someone else",
        standfirst="A mixture of peptides.",
        summary="One trial was done.[@trial]\nIt was very small.",
        evidence=(replace(ROW, p_text="P=0.002", direction=Direction.MIXED),),
        reviewed_on=TEXT.reviewed_on + timedelta(days=1),
    )
    standfirst, reviewed, summary, rows = changes(TEXT, new)
    assert standfirst.fields == (
        FieldChange(name="Standfirst", old="A mixture.", new="A mixture of peptides."),
    )
    assert reviewed.fields[0].new == "21 November 2026"
    assert summary.sentences == (
        (Change.SAME, "One trial was done.[@trial]"),
        (Change.REMOVED, "It was small."),
        (Change.ADDED, "It was very small."),
    )
    (row,) = rows.rows
    assert (row.change, row.key, row.title) == (Change.CHANGED, "scans", "Volume on a scan")
    assert row.fields == (
        FieldChange(name="Direction, as the source reports it", old="No clear difference", new="Mixed"),
        FieldChange(name="P value, as printed", old="P=0.08", new="P=0.002"),
    )


def test_rows_that_came_and_went_are_shown_with_what_they_hold() -> None:
    new = replace(
        TEXT,
        evidence=(replace(ROW, id="later", timepoint="1 year"),),
        sources=(*TEXT.sources, Source(key="other", label="Other trial", seen=Seen.ABSTRACT)),
        glance=(Fact(name="Form", value="Powder", basis=PropertyStatus.PUBLISHED),),
    )
    glance, sources, evidence = changes(TEXT, new)
    assert [(row.change, row.key) for row in evidence.rows] == [
        (Change.ADDED, "later"),
        (Change.REMOVED, "scans"),
    ]
    added, removed = evidence.rows
    assert FieldChange(name="Time point", old="", new="1 year") in added.fields
    assert FieldChange(name="Estimate, as printed", old="0.90", new="") in removed.fields
    assert [(row.change, row.title) for row in sources.rows] == [(Change.ADDED, "Other trial")]
    assert glance.rows[0].fields[0] == FieldChange(name="Value", old="", new="Powder")


def test_a_changed_reading_names_what_changed_in_it() -> None:
    reading = replace(
        TEXT.reading,
        verdict=Verdict.NO_BENEFIT,
        no_benefit=replace(TEXT.reading.no_benefit, text="It."),
    )
    (part,) = changes(TEXT, replace(TEXT, reading=reading))
    assert part.fields == (
        FieldChange(name="Reading", old="Uncertain", new="No benefit"),
        FieldChange(name="No benefit, or a warning: text", old="The one study.", new="It."),
    )


def test_another_order_of_rows_is_said() -> None:
    two = replace(TEXT, evidence=(ROW, replace(ROW, id="second")))
    (part,) = changes(two, replace(two, evidence=two.evidence[::-1]))
    assert part.rows == ()
    assert part.fields == (FieldChange(name="Order of the rows", old="scans, second", new="second, scans"),)


def test_a_new_line_break_is_no_change_and_the_same_is_none() -> None:
    assert changes(TEXT, replace(TEXT, summary=TEXT.summary.replace(" was", "\nwas"))) == []
    assert changes(TEXT, TEXT) == []


def test_an_item_that_left_a_list_is_shown_between_those_that_stayed() -> None:
    old = replace(TEXT, unknowns="- One thing.\n- Another thing\n  of two lines.\n- A third.")
    (part,) = changes(old, replace(old, unknowns="- One thing.\n- A third."))
    assert part.sentences == (
        (Change.SAME, "- One thing."),
        (Change.REMOVED, "- Another thing of two lines."),
        (Change.SAME, "- A third."),
    )
