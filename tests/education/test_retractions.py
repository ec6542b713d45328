"""The dated list of retractions: what is read of it, and what it says of sources."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from evidence_builders import source
from flask import Flask
from monograph_builders import GOOD

from shop.core import clock
from shop.core.database import reading
from shop.core.errors import Refused
from shop.education import monograph_file, retractions
from shop.education.evidence import RetractionState, Status
from shop.education.retractions import BadRetractionFile
from shop.education.source_checks import check_retraction

HEAD = (
    "Record ID,Title,Author,RetractionDate,RetractionDOI,OriginalPaperDate,OriginalPaperDOI,"
    "OriginalPaperPubMedID,RetractionNature,Reason"
)
LIST = f"""{HEAD}
1,"A, with a comma",A;B,1/31/2020 0:00,10.1/r,1/1/2019 0:00,10.1007/S10517-018-4234-3,30225715,Retraction,
2,Other,C,2/3/2021 0:00,10.1/q,1/1/2019 0:00,10.1000/other,0,Expression of concern,
3,Third,C,2/3/2021 0:00,unavailable,1/1/2019 0:00,unavailable,0,Retraction,
4,Back,C,2/3/2019 0:00,10.1/q,1/1/2018 0:00,10.1000/back,0,Retraction,
5,Back,C,2/3/2020 0:00,10.1/q,1/1/2018 0:00,10.1000/back,0,Reinstatement,
6,Fixed,C,2/3/2020 0:00,10.1/q,1/1/2018 0:00,,11,Correction,
"""
DAY = date(2026, 11, 1)


def test_identifier_nature_and_date_are_read_and_the_rest_is_left_out() -> None:
    notices, skipped = retractions.read_notices(LIST)
    assert [(each.state, each.doi, each.pmid, each.noticed_on) for each in notices] == [
        (RetractionState.RETRACTED, "10.1007/s10517-018-4234-3", "30225715", date(2020, 1, 31)),
        (RetractionState.CONCERN, "10.1000/other", None, date(2021, 2, 3)),
        (RetractionState.CORRECTED, None, "11", date(2020, 2, 3)),
    ]
    assert skipped == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the column"),
        ("a,b\n1,2\n", "RetractionNature and RetractionDate and OriginalPaperDOI"),
        (f"{HEAD}\n1,2\n", "line 2: the row has too few columns"),
        (LIST.replace("1/31/2020 0:00", "soon"), "line 2: “soon” is not a date"),
        (f'{HEAD}\n1,"never closed', "line 2: not a row of CSV"),
    ],
    ids=["empty", "other-columns", "short-row", "no-date", "open-quote"],
)
def test_a_bad_list_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(BadRetractionFile, match=sentence):
        retractions.read_notices(text)


def test_nothing_is_checked_until_a_list_is_taken_in(shop: Flask) -> None:
    paper = source("trial", doi="10.1007/s10517-018-4234-3")
    with reading() as session:
        listed = retractions.list_for(session, [paper])
    assert listed is None
    assert check_retraction(paper, listed).message == "Retraction status: not checked."


def test_the_newest_list_says_which_and_of_which_date(shop: Flask) -> None:
    taken = retractions.take_in(LIST.encode("latin-1"), dated=DAY, actor="test")
    assert (taken.notices, taken.skipped) == (3, 1)
    paper, clean = source("trial", doi="10.1007/s10517-018-4234-3"), source("clean", pmid="12")
    with reading() as session:
        listed = retractions.list_for(session, [paper, clean])
    assert listed is not None
    result = check_retraction(paper, listed)
    assert result.status is Status.INCONSISTENT
    assert result.message == "Retracted, according to Retraction Watch of 2026-11-01."
    assert "Not in Retraction Watch of 2026-11-01" in check_retraction(clean, listed).message


def test_a_later_list_takes_the_place_of_the_earlier_and_an_earlier_one_is_refused(shop: Flask) -> None:
    retractions.take_in(LIST.encode(), dated=DAY, actor="test")
    later = f"{HEAD}\n9,T,A,1/1/2026 0:00,,1/1/2019 0:00,10.1000/new,0,Retraction,\n"
    retractions.take_in(later.encode(), dated=date(2026, 11, 2), actor="test")
    old, new = source("old", doi="10.1007/s10517-018-4234-3"), source("new", doi="10.1000/new")
    with reading() as session:
        listed = retractions.list_for(session, [old, new])
    assert listed is not None
    assert listed.notices_of(old) == ()
    assert len(listed.notices_of(new)) == 1
    with pytest.raises(Refused, match="A list of 2026-11-02 is kept already"):
        retractions.take_in(LIST.encode(), dated=DAY, actor="test")
    with pytest.raises(Refused, match="lies in the future"):
        retractions.take_in(LIST.encode(), dated=date(clock.today().year + 1, 1, 1), actor="test")


def test_a_monograph_is_marked_by_the_list_and_a_weightier_word_of_its_own_stays(shop: Flask) -> None:
    text = monograph_file.read(GOOD)
    retractions.take_in(LIST.encode(), dated=DAY, actor="test")
    with reading() as session:
        listed = retractions.list_for(session, text.sources)
    marked = retractions.marked(text, listed)
    assert marked.sources[0].retraction is RetractionState.RETRACTED
    assert marked.sources[0].retraction_checked_on == DAY
    said = replace(text, sources=(replace(text.sources[0], doi="10.1000/z", pmid=None),))
    assert retractions.marked(said, listed).sources[0].retraction is RetractionState.NOT_LISTED
    assert retractions.marked(text, None) is text
