"""E13, E16 and E17: identifiers, retractions, and how current the sources are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from evidence_builders import source, statuses

from shop.education.consistency import check_table
from shop.education.evidence import (
    EvidenceTable,
    RetractionList,
    RetractionNotice,
    RetractionState,
    Severity,
    Source,
    Status,
)
from shop.education.source_checks import check_currency, check_identifiers, check_retraction

TODAY = date(2026, 11, 22)

CARS = source("cars", pmid="26564102", doi="10.1161/STROKEAHA.115.009416")
COCHRANE_2020 = source(
    "cochrane-2020",
    cochrane="CD007026.pub6",
    doi="10.1002/14651858.CD007026.pub6",
    pmcid="PMC7387239",
)
COCHRANE_2023 = source("cochrane-2023", cochrane="CD007026.pub7", doi="10.1002/14651858.CD007026.pub7")


def table(*sources: Source, searched_to: date | None = None) -> EvidenceTable:
    return EvidenceTable(compound="Cerebrolysin", records=(), sources=sources, searched_to=searched_to)


def listing(*notices: RetractionNotice) -> RetractionList:
    return RetractionList.of("Retraction Watch", date(2026, 10, 1), notices)


@pytest.mark.parametrize(
    "good",
    [
        CARS,
        COCHRANE_2020,
        source("a", doi="10.1023/a:1011373002885"),
        source("a", nct="NCT00868283", eudract="2005-001234-15", isrctn="ISRCTN12345678"),
        source("a"),
    ],
)
def test_identifiers_in_their_normal_form_pass(good: Source) -> None:
    assert check_identifiers(good) == ()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("doi", "doi.org/abc"),
        ("doi", "https://doi.org/10.1161/STROKEAHA.115.009416"),
        ("doi", "10.1161/with space"),
        ("pmid", "26564102x"),
        ("pmid", "0"),
        ("pmcid", "26564102"),
        ("nct", "NCT0086828"),
        ("eudract", "2005-1234-15"),
        ("isrctn", "12345678"),
        ("cochrane", "CD007026"),
        ("cochrane", "7026.pub2"),
        ("pmid", "1" * 100_000),
    ],
)
def test_an_identifier_of_another_form_is_an_error_that_names_its_kind(kind: str, text: str) -> None:
    (result,) = check_identifiers(source("a", **{kind: text}))
    assert (result.code, result.severity, result.status) == ("E13", Severity.ERROR, Status.INCONSISTENT)
    assert result.message.startswith(f"{kind}: ")
    assert len(result.message) < 200


def test_a_cochrane_review_without_its_version_is_told_why() -> None:
    (result,) = check_identifiers(source("a", cochrane="CD007026"))
    assert "Name the version" in result.message


def test_a_doi_as_an_address_is_told_its_normal_form() -> None:
    (result,) = check_identifiers(source("a", doi="https://doi.org/10.1000/xyz"))
    assert result.message == "doi: Write it as 10.1000/xyz."


def test_without_a_list_retraction_is_not_checked() -> None:
    result = check_retraction(CARS, None)
    assert (result.status, result.message) == (Status.NOT_CHECKABLE, "Retraction status: not checked.")


def test_a_source_without_doi_and_pmid_stays_unchecked_with_any_list() -> None:
    result = check_retraction(source("a", nct="NCT00868283"), listing())
    assert result.status is Status.NOT_CHECKABLE


@pytest.mark.parametrize(
    ("state", "status", "severity"),
    [
        (RetractionState.RETRACTED, Status.INCONSISTENT, Severity.ERROR),
        (RetractionState.CONCERN, Status.WARN, Severity.WARN),
        (RetractionState.CORRECTED, Status.INFO, Severity.INFO),
    ],
)
def test_a_listed_source_is_told_by_weight(
    state: RetractionState, status: Status, severity: Severity
) -> None:
    snapshot = listing(
        RetractionNotice(state=state, pmid="26564102"),
        RetractionNotice(state=RetractionState.CORRECTED, doi="10.1161/strokeaha.115.009416"),
    )
    result = check_retraction(CARS, snapshot)
    assert (result.status, result.severity) == (status, severity)
    assert "2026-10-01" in result.message


def test_not_being_listed_is_dated_and_proves_nothing() -> None:
    result = check_retraction(CARS, listing(RetractionNotice(state=RetractionState.RETRACTED, pmid="1")))
    assert result.status is Status.OK
    assert result.message == "Not in Retraction Watch of 2026-10-01, which does not prove that it stands."


@pytest.mark.parametrize(
    ("searched_to", "status"),
    [
        (None, Status.NOT_CHECKABLE),
        (date(2026, 11, 22), Status.OK),
        (date(2025, 5, 23), Status.OK),
        (date(2025, 5, 22), Status.WARN),
        (date(2020, 1, 1), Status.WARN),
    ],
)
def test_a_search_goes_stale_after_eighteen_months(searched_to: date | None, status: Status) -> None:
    results = check_currency(table(searched_to=searched_to), TODAY, 18)
    assert statuses(results, "E17") == [status]


def test_an_older_cochrane_version_beside_a_newer_one_is_flagged() -> None:
    results = check_currency(table(COCHRANE_2020, COCHRANE_2023, searched_to=TODAY), TODAY, 18)
    (flagged,) = [result for result in results if result.status is Status.WARN]
    assert flagged.subject == "cochrane-2020"
    assert flagged.message == "cochrane-2020 has a newer version, CD007026.pub7."


def test_a_source_that_names_its_successor_is_flagged_alone() -> None:
    old = replace(COCHRANE_2020, superseded_by="CD007026.pub7")
    results = check_currency(table(old, searched_to=TODAY), TODAY, 18)
    assert [result.subject for result in results if result.status is Status.WARN] == ["cochrane-2020"]


def test_a_whole_table_runs_the_checks_of_its_sources() -> None:
    bad = replace(CARS, pmcid="4689177")
    results = check_table(table(bad, COCHRANE_2020, COCHRANE_2023), today=TODAY, retractions=listing())
    assert {result.code for result in results} == {"E13", "E16", "E17"}
    assert len(statuses(results, "E16")) == 3
