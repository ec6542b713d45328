"""From records to panels: what shares an axis, where things stand on it, what is not drawn."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace

import pytest
from evidence_builders import (
    ADAS,
    ARAT,
    CAPTAIN,
    CIBIC,
    DEATH,
    DEATH_COCHRANE,
    GLOBAL,
    INDEPENDENCE,
    NIHSS,
    SAE,
    SEED,
    evidence,
    source,
)
from hypothesis import given
from hypothesis import strategies as st

from shop.education.evidence import Better, Coding, EvidenceRecord, Measure, plain
from shop.education.figures import read_figures
from shop.education.forest import ForestPlot, Panel, figure_csv, figure_rows, forest_plot, result_text


def plot(*records: EvidenceRecord) -> ForestPlot:
    return forest_plot(records, "Cerebrolysin")


def only_panel(*records: EvidenceRecord) -> Panel:
    (panel,) = plot(*records).panels
    return panel


def ticks(panel: Panel) -> list[str]:
    return [tick.text for tick in panel.ticks]


def test_the_seed_page_has_nine_drawable_results_in_six_panels() -> None:
    drawn = plot(*SEED)
    assert [(panel.caption, len(panel.rows)) for panel in drawn.panels] == [
        ("Mann–Whitney effect size", 2),
        ("Mean difference, NIHSS points", 1),
        ("Risk ratio", 1),
        ("Standardised mean difference", 1),
        ("Odds ratio", 2),
        ("Risk ratio", 2),
    ]
    assert [(row.record, row.reason) for row in drawn.undrawn] == [
        ("death-cochrane", "no interval published"),
        ("captain-pp", "no interval published"),
    ]


def test_measures_units_scales_and_sides_of_benefit_never_share_an_axis() -> None:
    other_unit = replace(NIHSS, id="b", unit="percent of maximum")
    other_scale = replace(NIHSS, id="c", scale="Barthel")
    other_side = replace(NIHSS, id="d", coded_as=Coding.RAW)
    assert len(plot(NIHSS, other_unit, other_scale, other_side).panels) == 4
    assert len(plot(ADAS, replace(ADAS, id="b", scale="MMSE")).panels) == 1
    assert len(plot(SAE, replace(SAE, id="b", unit="people", measure=Measure.OR)).panels) == 2


def test_a_test_of_the_target_or_of_a_rival_never_stands_with_results_of_the_compound() -> None:
    rival = replace(SAE, id="rival", intervention="carbetocin", comparator="oxytocin")
    own, other = plot(SAE, rival).panels
    assert (own.left_label, own.right_label) == ("Favours Cerebrolysin", "Favours control")
    assert (other.left_label, other.right_label) == ("Favours carbetocin", "Favours oxytocin")
    assert other.caption == "Risk ratio, carbetocin against oxytocin"


@pytest.mark.parametrize(
    ("record", "left", "right", "note"),
    [
        (ARAT, "Favours control", "Favours Cerebrolysin", "0.5 is no difference; right is better"),
        (NIHSS, "Favours control", "Favours Cerebrolysin", "0 is no difference; right is better"),
        (ADAS, "Favours Cerebrolysin", "Favours control", "0 is no difference; left is better"),
        (DEATH, "Favours Cerebrolysin", "Favours control", "1 is no difference; log scale; left is better"),
        (
            replace(NIHSS, coded_as=Coding.NOT_STATED),
            "Lower with Cerebrolysin",
            "Higher with Cerebrolysin",
            "0 is no difference; which side is better is not stated",
        ),
    ],
)
def test_both_directions_are_named_on_the_side_where_they_lie(
    record: EvidenceRecord, left: str, right: str, note: str
) -> None:
    panel = only_panel(record)
    assert (panel.left_label, panel.right_label, panel.note) == (left, right, note)


def test_no_number_is_mirrored_where_lower_is_better() -> None:
    panel = only_panel(ADAS)
    (row,) = panel.rows
    assert row.lower_at < row.estimate_at < row.upper_at < panel.null_at
    assert row.text == "−0.40 (−0.66 to −0.13)"


def test_a_marker_is_a_diamond_if_pooled_and_open_if_the_interval_includes_no_difference() -> None:
    marks = {
        row.record: (row.pooled, row.includes_null) for panel in plot(*SEED).panels for row in panel.rows
    }
    assert marks["arat"] == (False, False)
    assert marks["nihss"] == (True, False)
    assert marks["independence"] == (True, True)
    touching = only_panel(replace(SAE, lower="1.00", estimate="1.20", upper="1.44"))
    assert touching.rows[0].includes_null


def test_ratios_stand_on_a_logarithmic_axis_with_1_2_5_ticks() -> None:
    panel = only_panel(CIBIC, replace(CIBIC, id="b", estimate="4.98", lower="1.37", upper="18.13"))
    assert panel.log
    assert ticks(panel) == ["0.5", "1", "2", "5", "10", "20"]
    assert (panel.low, panel.high, panel.null) == (0.5, 20, 1)
    halfway = panel.position(math.sqrt(0.5 * 20))
    assert halfway == pytest.approx(50)
    assert not only_panel(ARAT).log


def test_a_long_range_of_ratios_has_powers_of_ten_and_a_short_one_even_steps() -> None:
    long = only_panel(
        evidence(Measure.OR, "1000", "100", "10000"), evidence(Measure.OR, "0.001", "0.0001", "0.01")
    )
    assert "1" in ticks(long)
    assert len(ticks(long)) <= 8
    assert all(float(text) == 10 ** round(math.log10(float(text))) for text in filter(None, ticks(long)))
    assert ticks(only_panel(evidence(Measure.RR, "1.01", "0.95", "1.06"))) == ["0.95", "1.00", "1.05", "1.10"]


def test_linear_ticks_are_even_and_include_no_difference() -> None:
    assert ticks(only_panel(ARAT, GLOBAL)) == ["0.5", "0.6", "0.7", "0.8"]
    assert ticks(only_panel(NIHSS)) == ["0", "1", "2"]
    assert ticks(only_panel(ADAS)) == ["−0.6", "−0.4", "−0.2", "0"]


def test_a_long_interval_is_clipped_with_an_arrow_and_keeps_its_numbers() -> None:
    wide = replace(SAE, id="wide", lower="0.0001", upper="9000")
    panel = only_panel(SAE, DEATH, wide)
    row = panel.rows[2]
    assert (row.lower_at, row.upper_at, row.clipped_low, row.clipped_high) == (0, 100, True, True)
    assert row.text == "1.08 (0.0001–9000)"
    assert panel.high < 10
    assert not any(row.clipped_low or row.clipped_high for row in panel.rows[:2])


def test_an_interval_may_be_clipped_at_one_end_only() -> None:
    lopsided = replace(SAE, id="wide", lower="0.80", upper="500")
    row = only_panel(SAE, DEATH, lopsided).rows[2]
    assert (row.clipped_low, row.clipped_high) == (False, True)


def test_a_single_row_is_clipped_only_beyond_a_factor_of_a_hundred() -> None:
    assert not any(row.clipped_high for row in only_panel(evidence(Measure.OR, "4.98", "0.1", "248")).rows)
    assert only_panel(evidence(Measure.OR, "2", "0.0001", "40000")).rows[0].clipped_high


def test_an_effect_size_axis_stays_within_0_and_1() -> None:
    panel = only_panel(replace(ARAT, estimate="0.60", lower="0.10", upper="1.00"))
    assert panel.low >= 0
    assert panel.high <= 1


def test_impossible_figures_are_named_with_the_reason_and_never_drawn() -> None:
    drawn = plot(replace(SAE, lower="2"), replace(DEATH, estimate="-1"))
    assert drawn.panels == ()
    assert [row.reason for row in drawn.undrawn] == [
        "The lower limit 2 is above the upper limit 1.40.",
        "The estimate -1 lies outside its interval 0.68–1.09.",
    ]
    assert [row.text for row in drawn.undrawn] == ["", ""]


def test_results_without_an_interval_or_a_comparison_are_named_with_the_reason() -> None:
    mean = evidence(Measure.MEAN, "3", "2", "4")
    only_limits = evidence(Measure.MD, None, "2", "4")
    assert [row.reason for row in plot(CAPTAIN, DEATH_COCHRANE, mean, only_limits).undrawn] == [
        "no interval published",
        "no interval published",
        "nothing it is compared with",
        "no estimate published",
    ]
    assert [row.text for row in plot(CAPTAIN, DEATH_COCHRANE).undrawn] == [
        "MW 0.69; P = 0.024",
        "No clear benefit",
    ]


def test_a_row_says_source_time_size_and_analysis_set() -> None:
    cars = replace(source("cars"), label="CARS trial")
    panel = forest_plot([ARAT], "Cerebrolysin", [cars]).panels[0]
    assert panel.rows[0].detail == "CARS trial, day 90, n = 205"
    assert plot(CAPTAIN).undrawn[0].detail == "traumatic brain injury, n = 46, per protocol"


def test_another_level_than_95_percent_is_told() -> None:
    assert result_text(replace(ARAT, level="0.90")) == "0.71 (90% CI 0.63–0.79)"


def test_a_panel_has_a_key_of_its_own_for_its_files() -> None:
    twins = plot(NIHSS, replace(NIHSS, id="b", unit="points!"), replace(NIHSS, id="c", unit="Points"))
    keys = [panel.key for panel in twins.panels]
    assert len(set(keys)) == 3
    only = twins.only(keys[1])
    assert [panel.rows[0].record for panel in only.panels] == ["b"]
    assert twins.only("unknown").panels == ()


def test_the_rows_are_there_as_csv_and_json_with_figures_as_printed() -> None:
    rows = figure_rows(plot(*SEED), SEED)
    read_back = list(csv.DictReader(io.StringIO(figure_csv(rows))))
    assert len(read_back) == 11
    by_id = {row["id"]: row for row in read_back}
    assert by_id["nihss"]["estimate"] == "+1.39"
    assert by_id["independence"]["lower"] == "0.90"
    assert by_id["captain-pp"]["not_drawn_because"] == "no interval published"
    assert json.loads(json.dumps(rows))[0]["estimate"] == "0.71"
    assert json.loads(json.dumps(plain(plot(*SEED))))["panels"][0]["rows"][0]["text"] == "0.71 (0.63–0.79)"


def test_text_in_the_csv_is_never_run_as_a_formula() -> None:
    bad = replace(SAE, outcome='=HYPERLINK("x")', population="@SUM(1)", estimate="1.08")
    row = next(csv.DictReader(io.StringIO(figure_csv(figure_rows(plot(bad), [bad])))))
    assert row["outcome"] == '\'=HYPERLINK("x")'
    assert row["population"] == "'@SUM(1)"
    assert figure_csv([]) == ""


@st.composite
def records(draw: st.DrawFn) -> EvidenceRecord:
    numbers = st.one_of(st.floats(-1e6, 1e6), st.floats(0, 1), st.floats(1e-6, 1e6))
    low, middle, high = sorted(draw(st.lists(numbers, min_size=3, max_size=3)))
    return replace(
        evidence(draw(st.sampled_from(Measure)), f"{middle:.6f}", f"{low:.6f}", f"{high:.6f}"),
        better=draw(st.sampled_from(Better)),
        coded_as=draw(st.sampled_from(Coding)),
    )


@given(st.lists(records(), max_size=6))
def test_everything_drawn_is_possible_and_stays_on_its_axis(some: list[EvidenceRecord]) -> None:
    numbered = [replace(record, id=str(number)) for number, record in enumerate(some)]
    drawn = plot(*numbered)
    by_id = {record.id: record for record in numbered}
    named = [row.record for row in drawn.undrawn]
    for panel in drawn.panels:
        places = [panel.null_at, *(tick.at for tick in panel.ticks)]
        assert panel.low < panel.null < panel.high
        assert 2 <= len(panel.ticks) <= 8
        for row in panel.rows:
            named.append(row.record)
            assert read_figures(by_id[row.record])[0] is not None
            assert row.lower_at <= row.estimate_at <= row.upper_at
            places += [row.lower_at, row.estimate_at, row.upper_at]
            assert not row.clipped_low or row.lower_at == 0
            assert not row.clipped_high or row.upper_at == 100
        assert all(0 <= place <= 100 for place in places)
    assert sorted(named) == sorted(by_id)


@given(st.lists(st.floats(-0.5, 25), min_size=2, max_size=8, unique=True))
def test_a_larger_value_never_stands_further_left(values: list[float]) -> None:
    for panel in (only_panel(NIHSS), only_panel(CIBIC), only_panel(INDEPENDENCE)):
        positive = sorted(value for value in values if value > 0 or not panel.log)
        places = [panel.position(value) for value in positive]
        assert places == sorted(places)
