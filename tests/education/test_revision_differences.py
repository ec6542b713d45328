"""What a reader is told of the difference between two versions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from monograph_builders import GOOD

from shop.education import monograph_file, revisions
from shop.education.revisions import Change, SectionDifference

TEXT = replace(
    monograph_file.read(GOOD), standfirst="A mixture.", summary="One trial was done.[@trial] It was small."
)


def test_differences_name_what_was_added_and_removed_part_by_part() -> None:
    new = replace(
        TEXT,
        standfirst="A mixture of peptides.",
        summary="One trial was done.[@trial]\nIt was very small.",
        evidence=(replace(TEXT.evidence[0], p_text="P=0.002"),),
        reviewed_on=TEXT.reviewed_on + timedelta(days=1),
    )
    found = {each.name: each.lines for each in revisions.differences(TEXT, new)}
    assert list(found) == ["standfirst", "reviewed_on", "summary", "evidence"]
    assert found["standfirst"] == ((Change.REMOVED, "A mixture."), (Change.ADDED, "A mixture of peptides."))
    assert found["summary"] == ((Change.REMOVED, "It was small."), (Change.ADDED, "It was very small."))
    assert found["evidence"] == ((Change.REMOVED, "  p_text: P=0.08"), (Change.ADDED, "  p_text: P=0.002"))


def test_a_new_line_break_is_no_difference() -> None:
    assert revisions.differences(TEXT, replace(TEXT, summary=TEXT.summary.replace(" was", "\nwas"))) == []
    assert revisions.differences(TEXT, TEXT) == []


def test_an_item_that_left_a_list_is_the_only_difference() -> None:
    old = replace(TEXT, unknowns="- One thing.\n- Another thing\n  of two lines.\n- A third.")
    new = replace(TEXT, unknowns="- One thing.\n- A third.")
    assert revisions.differences(old, new) == [
        SectionDifference(name="unknowns", lines=((Change.REMOVED, "- Another thing of two lines."),))
    ]
