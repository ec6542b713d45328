"""E11, E12 and E15: what a page leaves out, shows twice, or shows only in part."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from evidence_builders import ADAS, ARAT, CAPTAIN, CIBIC, DEATH, NIHSS, PLAIN, SAE, SEED, found, source

from shop.education import selective_reporting
from shop.education.consistency import check_table
from shop.education.evidence import (
    AnalysisSet,
    CheckResult,
    Direction,
    EvidenceRecord,
    EvidenceTable,
    NamedPopulation,
    OtherTimepoint,
    Severity,
    Source,
    StatCard,
    Status,
)
from shop.education.selective_reporting import check, publications

CAPTAIN_ITT = replace(
    CAPTAIN,
    id="captain-itt",
    analysis_set=AnalysisSet.ITT,
    estimate="0.63",
    lower="0.48",
    upper="0.77",
    p_text="ns",
    is_primary=True,
)


def checked(
    *records: EvidenceRecord,
    sources: tuple[Source, ...] = (),
    cards: tuple[StatCard, ...] = (),
    populations: tuple[NamedPopulation, ...] = (),
) -> tuple[CheckResult, ...]:
    table = EvidenceTable(
        compound="Cerebrolysin", records=records, sources=sources, cards=cards, populations=populations
    )
    return check(table)


def messages(results: tuple[CheckResult, ...]) -> list[str]:
    return [result.message for result in results]


def test_a_per_protocol_result_alone_is_flagged() -> None:
    (result,) = checked(CAPTAIN)
    assert (result.code, result.severity, result.subject) == ("E11", Severity.WARN, "captain-pp")
    assert "without the intention-to-treat result" in result.message


def test_the_intention_to_treat_row_of_the_same_study_and_outcome_settles_it() -> None:
    assert checked(CAPTAIN, CAPTAIN_ITT) == ()
    assert checked(replace(CAPTAIN, outcome="recovery,  14-Scale ensemble"), CAPTAIN_ITT) == ()


def test_an_intention_to_treat_row_of_another_study_outcome_or_time_does_not() -> None:
    for other in (
        replace(CAPTAIN_ITT, source="captain-2"),
        replace(CAPTAIN_ITT, outcome="Stroop"),
        replace(CAPTAIN_ITT, timepoint="day 10"),
    ):
        assert found(checked(replace(CAPTAIN, timepoint="day 90"), other), "E11")


def test_two_sources_of_one_study_are_joined_by_their_group() -> None:
    per_protocol = replace(CAPTAIN, group="CAPTAIN I")
    assert checked(per_protocol, replace(CAPTAIN_ITT, source="registry", group="CAPTAIN I")) == ()


def test_a_modified_intention_to_treat_row_is_noted() -> None:
    (result,) = checked(CAPTAIN, replace(CAPTAIN_ITT, analysis_set=AnalysisSet.MITT))
    assert result.severity is Severity.INFO


def test_secondary_outcomes_without_the_primary_are_flagged_once_per_study() -> None:
    secondary = replace(PLAIN, is_primary=False)
    results = checked(secondary, replace(secondary, id="other"))
    assert [result.subject for result in results] == ["plain"]
    assert checked(secondary, replace(PLAIN, id="primary", is_primary=True)) == ()
    assert checked(replace(PLAIN, is_primary=None)) == ()


def test_a_time_point_that_the_source_reports_and_no_row_shows_is_flagged() -> None:
    early = replace(ADAS, other_timepoints=(OtherTimepoint(timepoint="6 months"),))
    (result,) = checked(early)
    assert result.message == "The source also reports this outcome at 6 months; no row shows it."
    assert checked(early, replace(ADAS, id="adas-6m", timepoint="6 Months")) == ()
    assert checked(early, replace(CIBIC, timepoint="6 months"))


def test_a_row_named_for_a_time_point_must_exist_and_be_of_that_time() -> None:
    early = replace(ADAS, other_timepoints=(OtherTimepoint(timepoint="6 months", record="adas-6m"),))
    late = replace(ADAS, id="adas-6m", outcome="ADAS-cog, observed cases", timepoint="6 months")
    assert checked(early, late) == ()
    assert checked(early)
    assert checked(early, replace(late, timepoint="4 weeks"))


def test_a_population_named_in_the_text_needs_a_row() -> None:
    named = (
        NamedPopulation(name="Alzheimer disease"),
        NamedPopulation(name="vascular dementia", also=("multi-infarct dementia",)),
    )
    (result,) = checked(ADAS, populations=named)
    assert (result.code, result.subject) == ("E11", "Cerebrolysin")
    assert result.message == "The page names vascular dementia, but no row is about it."
    covered = replace(PLAIN, population="people with multi-infarct dementia")
    assert checked(ADAS, covered, populations=named) == ()


def test_the_eight_sources_of_the_seed_page_are_five_publications() -> None:
    """The page's own claim is that PMC12465088 and PubMed 41018475 are one paper."""
    sources = (
        source("1", pmcid="PMC4689177", doi="10.1161/strokeaha.115.009416"),
        source("2", pmid="26564102", doi="10.1161/STROKEAHA.115.009416"),
        source("3", pmcid="PMC12465088"),
        source("4", pmid="41018475", pmcid="PMC12465088"),
        source("5", cochrane="CD007026.pub7", doi="10.1002/14651858.CD007026.pub7"),
        source("6", doi="10.1159/000377672"),
        source("7", pmid="25832905", doi="10.1159/000377672"),
        source("8", pmid="31494820"),
    )
    assert [[each.key for each in group] for group in publications(sources)] == [
        ["1", "2"],
        ["3", "4"],
        ["5"],
        ["6", "7"],
        ["8"],
    ]
    results = found(checked(sources=sources), "E12")
    assert [result.subject for result in results] == ["1", "3", "6"]
    assert messages(tuple(results))[0] == "One publication is listed under several labels: 1; 2."


def test_a_third_source_may_join_two_publications() -> None:
    sources = (source("a", pmid="1"), source("b", doi="10.1000/x"), source("c", pmid="1", doi="10.1000/x"))
    assert len(publications(sources)) == 1
    assert len(publications(sources[:2])) == 2
    chain = (source("a", pmid="1", pmcid="PMC1"), source("b", pmid="1"), source("c", pmcid="PMC1"))
    assert len(publications(chain)) == 1


def test_reviews_that_pool_the_same_trial_are_not_independent() -> None:
    one = replace(source("one"), includes=("CARS", "CASTA"))
    two = replace(source("two"), includes=("Casta ", "ECOMPASS"))
    rows = (replace(SAE, source="one"), replace(DEATH, source="two"))
    (result,) = checked(*rows, sources=(one, two))
    assert (result.code, result.severity) == ("E12", Severity.INFO)
    assert result.message == "one and two share trials (CASTA), so they are not independent."
    assert checked(rows[0], sources=(one, two)) == ()
    assert checked(*rows, sources=(one, replace(two, includes=("ECOMPASS",)))) == ()


def test_one_publication_under_two_labels_does_not_overlap_with_itself() -> None:
    one = replace(source("one", pmid="1"), includes=("CARS",))
    two = replace(source("two", pmid="1"), includes=("CARS",))
    (result,) = checked(replace(SAE, source="one"), replace(DEATH, source="two"), sources=(one, two))
    assert "several labels" in result.message


def test_a_trial_beside_a_review_that_pools_it_is_noted() -> None:
    trial = replace(source("cars"), trial="CARS")
    review = replace(source("stroke-2025"), includes=("CARS",))
    assert len(found(checked(ARAT, NIHSS, sources=(trial, review)), "E12")) == 1
    reports = (trial, replace(source("stroke-2025"), trial="CARS"))
    (result,) = found(checked(ARAT, NIHSS, sources=reports), "E12")
    assert "report one trial (CARS)" in result.message


def test_a_card_is_a_view_and_has_no_figure_of_its_own() -> None:
    cards = (
        StatCard(record="arat", label="Arm recovery, day 90"),
        StatCard(record="nihss", label="NIHSS change 1.39"),
        StatCard(record="gone", label="Mortality"),
        StatCard(record="death", label="Death"),
    )
    results = found(checked(ARAT, NIHSS, DEATH, cards=cards), "E15")
    assert [(result.subject, result.severity) for result in results] == [
        ("nihss", Severity.ERROR),
        ("gone", Severity.ERROR),
    ]
    assert "figure of its own: 1.39" in results[0].message


def test_the_size_of_the_study_may_stand_in_a_label() -> None:
    review = replace(NIHSS, k=14, n_total=2884)
    assert checked(review, cards=(StatCard(record="nihss", label="2,884 people in 14 trials"),)) == ()


def test_cards_that_show_only_favourable_rows_are_flagged() -> None:
    cards = (StatCard(record="arat", label="Arm recovery"), StatCard(record="nihss", label="NIHSS change"))
    (result,) = checked(ARAT, NIHSS, DEATH, cards=cards)
    assert (result.code, result.status, result.subject) == ("E15", Status.WARN, "Cerebrolysin")
    assert checked(ARAT, NIHSS, cards=cards) == ()
    assert checked(ARAT, NIHSS, DEATH, cards=(*cards, StatCard(record="death", label="Death"))) == ()
    harm = replace(DEATH, direction=Direction.HARM_MODEL)
    assert checked(ARAT, harm, cards=cards[:1])


def test_a_whole_table_runs_these_checks() -> None:
    table = EvidenceTable(
        compound="Cerebrolysin",
        records=SEED,
        sources=(),
        populations=(NamedPopulation(name="vascular dementia"),),
    )
    results = found(check_table(table, today=date(2026, 11, 22)), "E11")
    assert [result.subject for result in results] == ["captain-pp", "Cerebrolysin"]


@pytest.mark.parametrize(
    "label", ["Flare, NK1 receptor", "IL-6 and CD4+ cells", "5-HT2A binding", "LL-37, first trial"]
)
def test_the_digits_of_a_name_on_a_card_are_no_figure_of_its_own(label: str) -> None:
    cards = (StatCard(record="death", label=label),)
    assert found(checked(DEATH, cards=cards), "E15") == []


def test_a_figure_beside_a_name_is_still_one_of_its_own() -> None:
    (result,) = found(checked(DEATH, cards=(StatCard(record="death", label="NK1, 75% higher"),)), "E15")
    assert "has a figure of its own: 75." in result.message


def test_people_of_whom_the_text_speaks_and_no_row_is_about_are_noted() -> None:
    table = EvidenceTable(compound="Semax", records=(ARAT,), sources=(source("cars"),))
    text = (
        "Trials in people with ischaemic stroke exist. "
        "Patients with vascular dementia, and adults after a fall."
    )
    notes = list(selective_reporting.populations_in_text(text, table))
    assert ["vascular dementia" in notes[0].message, "adults after a fall" in notes[1].message] == [
        True,
        True,
    ]
    assert len(notes) == 2
    named = replace(
        table, populations=(NamedPopulation(name="vascular dementia"), NamedPopulation(name="fall"))
    )
    assert list(selective_reporting.populations_in_text(text, named)) == []


def test_one_title_in_one_year_is_one_publication_and_one_registry_number_is_not() -> None:
    title = "Safety and efficacy of a peptide in acute ischaemic stroke"
    one, two = (replace(source(key), title=title, year=2016) for key in ("one", "two"))
    assert len(selective_reporting.publications((one, two))) == 1
    assert len(selective_reporting.publications((one, replace(two, year=2017)))) == 2
    assert len(selective_reporting.publications((source("a", nct="NCT1"), source("b", nct="NCT1")))) == 2
    review = source("a", cochrane="CD007026.pub5")
    same = source("b", doi="10.1002/14651858.CD007026.pub5")
    assert len(selective_reporting.publications((review, same))) == 1
