"""Chromatograms read from CSV, integrated and laid out."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop.inventory.chromatogram import (
    MAX_POINTS,
    REPORTING_THRESHOLD,
    Trace,
    TraceRefused,
    description,
    integrate,
    parse,
    plot,
    takeaway,
)


def gaussian(minute: float, centre: float, height: float, width: float = 0.1) -> float:
    return height * math.exp(-(((minute - centre) / width) ** 2) / 2)


def trace_of(
    *peaks: tuple[float, float],
    drift: float = 0.0,
    ripple: float = 0.0,
    last: float = 20.0,
    notes: tuple[str, ...] = (),
) -> Trace:
    """A trace of Gaussian peaks (minute, height) of one width, so that areas stand as heights."""
    minutes = tuple(step / 100 for step in range(round(last * 100) + 1))
    signal = tuple(
        sum(gaussian(minute, centre, height) for centre, height in peaks)
        + drift * minute
        + ripple * math.sin(step * 2.4)
        for step, minute in enumerate(minutes)
    )
    return Trace(minutes, signal, notes)


def csv(rows: list[str], heading: str = "time_min,mAU", notes: str = "") -> bytes:
    return (notes + heading + "\n" + "\n".join(rows) + "\n").encode()


ROWS = [f"{step / 10:.1f},{10 + step % 7}" for step in range(100)]


def test_a_trace_is_read_with_its_notes() -> None:
    trace = parse(csv(ROWS, notes="# specimen trace\n# run HP-1\n# integrated from 3 min\n\n"))
    assert trace.minutes[:3] == (0.0, 0.1, 0.2)
    assert trace.signal[:3] == (10.0, 11.0, 12.0)
    assert trace.notes == ("specimen trace", "run HP-1", "integrated from 3 min")
    assert trace.is_specimen
    assert trace.integrated_from == 3.0


def test_a_trace_without_notes_counts_from_its_first_minute_and_is_no_specimen() -> None:
    trace = parse(b"\xef\xbb\xbf" + csv(ROWS, heading='"Time_min", "MAU"').replace(b"\n", b"\r\n"))
    assert len(trace.minutes) == 100
    assert trace.integrated_from == 0.0
    assert not trace.is_specimen


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "Line 1: expected the heading time_min,mAU."),
        (b"# a note only\n", "Line 2: expected the heading time_min,mAU."),
        (csv(ROWS, heading="minutes;signal"), "Line 1: expected the heading time_min,mAU."),
        (csv([*ROWS, "10.0;5,1"]), "Line 102: expected two numbers with a decimal point."),
        (csv([*ROWS, "10.0,5,1"]), "Line 102: expected two numbers with a decimal point."),
        (csv([*ROWS, "10.0,nan"]), "Line 102: expected two numbers with a decimal point."),
        (csv([*ROWS, "10.0,inf"]), "Line 102: expected two numbers with a decimal point."),
        (csv([*ROWS, "10.0,1_0"]), "Line 102: expected two numbers with a decimal point."),
        (csv([*ROWS, "10.0,=1+1"]), "Line 102: expected two numbers with a decimal point."),
        (csv([*ROWS, "# late note"]), "Line 102: expected two numbers with a decimal point."),
        (csv([*ROWS, "10.0,\u0661"]), "Line 102: expected two numbers with a decimal point."),
        (csv([*ROWS, "10.0,1e99"]), "Line 102: the value is outside what a chromatogram holds."),
        (csv(["-1.0,1", *ROWS]), "Line 2: the value is outside what a chromatogram holds."),
        (csv([*ROWS, "9.9,1"]), "Line 102: the time does not rise."),
        (csv(ROWS[:10]), "The trace has 10 points; from 50 to 50000 can be drawn."),
        (csv(["1,1"] * (MAX_POINTS + 1)), "The trace has 50001 points; from 50 to 50000 can be drawn."),
        (csv([f"{step},7" for step in range(60)]), "The trace is flat: every point has the same absorbance."),
        (csv(ROWS) + b"\xff", "The trace is not a text file in UTF-8."),
        (csv(ROWS) + b"#" * (2 << 20), "The trace is over 2 MB."),
    ],
)
def test_what_is_no_chromatogram_is_refused_with_the_line(data: bytes, sentence: str) -> None:
    with pytest.raises(TraceRefused) as caught:
        parse(data)
    assert str(caught.value) == sentence


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reading(data: bytes) -> None:
    with pytest.raises(TraceRefused):
        parse(data)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(20, 1000), min_size=1, max_size=5),
    st.floats(0, 0.5),
    st.floats(0, 0.05),
)
def test_areas_of_separate_peaks_stand_as_they_were_made(
    heights: list[float], drift: float, ripple: float
) -> None:
    made = [(3.0 + 3 * place, height) for place, height in enumerate(heights)]
    peaks = [peak for peak in integrate(trace_of(*made, drift=drift, ripple=ripple)) if peak.height > 15]
    assert [round(peak.minute, 1) for peak in peaks] == [minute for minute, _height in made]
    assert sum(peak.share for peak in peaks) == pytest.approx(100, abs=0.5)
    for peak, height in zip(peaks, heights, strict=True):
        assert peak.share == pytest.approx(100 * height / sum(heights), abs=0.5)
        assert peak.area == pytest.approx(height * 0.1 * math.sqrt(2 * math.pi), rel=0.03)
        assert peak.start < peak.minute < peak.end


def test_a_small_impurity_beside_a_large_peak_is_found() -> None:
    peaks = integrate(trace_of((11.84, 1130.0), (10.62, 4.5), drift=0.1, ripple=0.03))
    assert [(peak.minute_text, peak.share_text) for peak in peaks] == [("10.62", "0.4"), ("11.84", "99.6")]


def test_peaks_that_run_together_are_divided_at_the_valley() -> None:
    peaks = integrate(trace_of((8.0, 100.0), (8.4, 50.0)))
    assert [round(peak.minute, 1) for peak in peaks] == [8.0, 8.4]
    assert peaks[0].end == peaks[1].start == pytest.approx(8.25, abs=0.05)
    assert peaks[0].share == pytest.approx(66.7, abs=1.5)


def test_what_comes_before_integration_begins_does_not_count() -> None:
    early, late = (2.0, 500.0), (10.0, 500.0)
    assert len(integrate(trace_of(early, late))) == 2
    (only,) = integrate(trace_of(early, late, notes=("integrated from 4 min",)))
    assert only.share == 100
    assert integrate(trace_of(early, notes=("integrated from 900 min",))) == ()


def test_peaks_under_the_reporting_threshold_are_left_out_of_the_total() -> None:
    under = 1000 * REPORTING_THRESHOLD / 100 * 0.8
    (only,) = integrate(trace_of((10.0, 1000.0), (5.0, under)))
    assert only.share == 100


def test_noise_alone_has_no_peak_worth_a_title() -> None:
    trace = trace_of(ripple=0.5)
    assert integrate(trace) == ()
    assert takeaway(()) == "HPLC trace: no peak stands clear of the baseline"
    assert plot(trace, ()).area == ""
    assert plot(trace, ()).callouts == ()


def test_the_title_says_what_the_figure_shows() -> None:
    pure = integrate(trace_of((11.84, 1000.0), (10.62, 8.0)))
    assert takeaway(pure) == "HPLC trace: one main peak at 11.84 min, 99.2% of total area"
    mixed = integrate(trace_of((5.0, 300.0), (9.0, 400.0), (13.0, 300.0)))
    assert takeaway(mixed) == "HPLC trace: 3 peaks, the largest at 9.00 min with 40.0% of total area"


def test_the_figure_is_told_in_words() -> None:
    trace = trace_of((11.84, 1000.0), (10.62, 8.0))
    assert description(trace, integrate(trace)) == (
        "Chromatogram from 0 to 20 minutes. "
        "The largest peak, at 11.84 minutes, has 99.2 per cent of the area. "
        "The next largest, at 10.62 minutes, has 0.8 per cent."
    )


def test_the_axes_of_the_plot_have_round_numbers() -> None:
    trace = trace_of((11.84, 1130.0))
    drawn = plot(trace, integrate(trace))
    assert [tick.label for tick in drawn.x_ticks] == ["0", "4", "8", "12", "16", "20 min"]
    assert [tick.label for tick in drawn.y_ticks] == ["0", "400", "800", "1,200"]
    assert (drawn.x_ticks[0].position, drawn.x_ticks[-1].position) == (drawn.left, drawn.right)
    assert (drawn.y_ticks[0].position, drawn.y_ticks[-1].position) == (drawn.bottom, drawn.top)


def points_of(path: str) -> list[tuple[float, float]]:
    numbers = [float(number) for number in re.findall(r"-?\d+\.\d", path)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def test_the_path_keeps_every_peak_and_is_short() -> None:
    trace = trace_of((11.84, 1130.0), (10.62, 60.0), ripple=0.04)
    drawn = plot(trace, integrate(trace))
    points = points_of(drawn.line)
    assert len(drawn.line) < 6000
    assert [x for x, _y in points] == sorted(x for x, _y in points)
    top = min(points, key=lambda point: point[1])
    assert top[0] == pytest.approx(44 + 668 * 11.84 / 20, abs=0.2)
    assert top[1] == pytest.approx(252 - 238 * 1130 / 1200, abs=0.2)
    assert min(y for x, y in points if 390 < x < 405) == pytest.approx(252 - 238 * 60 / 1200, abs=0.3)


def test_the_largest_peak_is_filled_and_both_largest_are_named() -> None:
    trace = trace_of((11.84, 1130.0), (10.62, 6.0))
    main, next_largest = plot(trace, integrate(trace)).callouts
    assert (main.minute, main.leader, main.anchor) == ("11.84", "", "end")
    assert (next_largest.minute, next_largest.anchor) == ("10.62", "end")
    assert next_largest.leader.startswith("M398.7 ")
    filled = points_of(plot(trace, integrate(trace)).area)
    assert min(filled)[0] > 420
    assert max(filled)[0] < 460


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 20), st.floats(-50, 100_000)), max_size=8),
    st.floats(1, 60),
    st.floats(-2, 2),
)
def test_any_trace_is_drawn_inside_its_box(
    peaks: list[tuple[float, float]], last: float, drift: float
) -> None:
    trace = trace_of(*peaks, drift=drift, ripple=0.01, last=last)
    drawn = plot(trace, integrate(trace))
    for x, y in points_of(drawn.line) + points_of(drawn.area):
        assert 43.9 <= x <= 712.1
        assert 13.9 <= y <= 264
    for callout in drawn.callouts:
        assert 44 - 14 <= callout.x <= 712 + 14
        assert -14 <= callout.y <= 264
    assert 2 <= len(drawn.y_ticks) <= 6
    assert description(trace, integrate(trace))
