"""The forest plot as one file: complete, escaped, and without anything that runs."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from xml.parsers import expat

from evidence_builders import ARAT, CIBIC, DEATH, SAE, SEED
from hypothesis import given
from hypothesis import strategies as st

from shop.core.svg_sheet import WIDTH, Words
from shop.education.evidence import Better, Coding, Design, EvidenceRecord, Measure
from shop.education.figures import read_figures
from shop.education.forest import forest_plot
from shop.education.forest_svg import forest_sheet, forest_svg


class Drawing:
    """What a parser reads from an SVG file."""

    def __init__(self, svg: str) -> None:
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = lambda name, attributes: self.elements.append((name, attributes))
        parser.CharacterDataHandler = self.text.append
        parser.Parse(svg, True)

    def all(self, name: str) -> list[dict[str, str]]:
        return [attributes for each, attributes in self.elements if each == name]

    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


def draw(*records: EvidenceRecord, title: str = "Recovery scales favour treatment") -> str:
    return forest_svg(
        forest_plot(records, "Cerebrolysin"),
        title=title,
        citation="Aliquot. Cerebrolysin, version 3.",
        licence="Text and figure: specimen licence line.",
        version="Version 3, 12 October 2026",
    )


def test_the_file_stands_alone_with_title_description_citation_version_and_licence() -> None:
    drawing = Drawing(draw(*SEED))
    (root,) = drawing.all("svg")
    assert root["role"] == "img"
    assert root["aria-labelledby"] == "t d"
    assert [drawing.all("title")[0]["id"], drawing.all("desc")[0]["id"]] == ["t", "d"]
    words = drawing.words()
    for part in (
        "Recovery scales favour treatment",
        "Aliquot. Cerebrolysin, version 3.",
        "Text and figure: specimen licence line.",
        "Version 3, 12 October 2026",
        "Panels cannot be compared with each other.",
    ):
        assert part in words


def test_every_result_is_in_it_drawn_or_named() -> None:
    words = Drawing(draw(*SEED)).words()
    for record in SEED:
        assert record.outcome in words
    assert "0.71 (0.63–0.79)" in words
    assert "Not drawn: All-cause death" in words
    assert "no interval published." in words
    assert words.count("← Favours") == words.count("→") == 6


def test_nothing_in_it_runs_links_or_loads() -> None:
    drawing = Drawing(draw(*SEED))
    assert {name for name, _attributes in drawing.elements} == {
        "svg",
        "title",
        "desc",
        "rect",
        "path",
        "text",
        "style",
    }
    assert "url(" not in draw(*SEED) and "@import" not in draw(*SEED)
    names = {name for _element, attributes in drawing.elements for name in attributes}
    assert not any(name.startswith("on") or "href" in name or name == "style" for name in names)


def test_a_hollow_mark_and_an_arrow_are_drawn_where_the_panel_says_so() -> None:
    filled, hollow = (
        [path for path in Drawing(draw(record)).all("path") if path["fill"] != "none"]
        for record in (ARAT, SAE)
    )
    assert [path["fill"] for path in filled] == ["#1f78b4"]
    assert [path["fill"] for path in hollow] == ["#ffffff"]
    clipped = replace(CIBIC, lower="0.001", upper="9000")
    arrows = [
        sum(path["d"].count("L") == 2 for path in Drawing(draw(record)).all("path"))
        for record in (CIBIC, clipped)
    ]
    assert arrows == [0, 2]


def test_marks_of_one_trial_are_square_and_of_pooled_trials_diamond() -> None:
    marks = [
        next(path["d"] for path in Drawing(draw(record)).all("path") if path["d"].endswith("z"))
        for record in (ARAT, DEATH)
    ]
    assert marks[0].endswith("h10v10h-10z")
    assert marks[1].endswith("l7-7 7 7-7 7z")


def test_long_texts_grow_the_sheet_and_stay_on_it() -> None:
    record = replace(SAE, outcome="Serious adverse events leading to hospital care " * 6)
    drawing = Drawing(draw(record))
    height = float(drawing.all("svg")[0]["viewBox"].split()[3])
    assert max(float(text["y"]) for text in drawing.all("text")) < height
    assert height > float(Drawing(draw(SAE)).all("svg")[0]["viewBox"].split()[3])


def test_markup_in_any_text_is_shown_as_text() -> None:
    script = '</text><script>alert("1")</script>'
    drawing = Drawing(draw(replace(SAE, outcome=script, population=script), title=script))
    assert drawing.all("script") == []
    assert 'alert("1")' in drawing.words()


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_makes_a_readable_file(title: str, outcome: str) -> None:
    Drawing(draw(replace(SAE, outcome=outcome, statement=outcome), ARAT, title=title))


@st.composite
def possible_records(draw: st.DrawFn) -> EvidenceRecord:
    """Any record that E01 lets pass, with words of any length."""
    measure = draw(st.sampled_from([each for each in Measure if each.null is not None]))
    places = draw(st.integers(0, 4))
    least, most = {
        Measure.MANN_WHITNEY: (0, 10**places),
        Measure.RD: (-(10**places), 10**places),
    }.get(measure, (1, 10**8) if measure.is_ratio else (-(10**8), 10**8))
    low, estimate, high = sorted(draw(st.lists(st.integers(least, most), min_size=3, max_size=3)))
    text = [f"{value / 10**places:.{places}f}" for value in (low, estimate, high)]
    with_interval = draw(st.booleans())
    words = st.text(max_size=60)
    return replace(
        SAE,
        id=f"r{draw(st.integers(0, 10**9))}",
        measure=measure,
        estimate=text[1],
        lower=text[0] if with_interval else None,
        upper=text[2] if with_interval else None,
        outcome=draw(words),
        population=draw(words),
        unit=draw(st.sampled_from(("", "points", "a unit with a very long name " * 3))),
        intervention=draw(st.none() | words.filter(bool)),
        comparator=draw(words),
        better=draw(st.sampled_from(Better)),
        coded_as=draw(st.sampled_from(Coding)),
        design=draw(st.sampled_from(Design)),
        n_total=draw(st.none() | st.integers(1, 10**7)),
    )


def crossing(words: list[Words]) -> list[tuple[str, str]]:
    """Pairs of texts that stand in each other's room; the sheet only shrinks, so this holds at any width."""
    return [
        (one.text, other.text)
        for one, other in combinations(words, 2)
        if one.box[0] < other.box[2]
        and other.box[0] < one.box[2]
        and one.box[1] < other.box[3]
        and other.box[1] < one.box[3]
    ]


def words_in_strips(drawing: Drawing, words: list[Words]) -> list[str]:
    """Texts through which a line of a plot runs."""
    tops = {
        float(path["d"][1:].split(" ")[1].split("v")[0]) for path in drawing.all("path") if "v26" in path["d"]
    }
    return [each.text for each in words for top in tops if each.box[1] < top + 26 and top < each.box[3]]


@given(st.lists(possible_records(), max_size=5, unique_by=lambda record: record.id))
def test_any_possible_records_make_a_whole_drawing_in_which_nothing_overlaps(
    records: list[EvidenceRecord],
) -> None:
    plot = forest_plot(records, "A compound")
    parts = {"title": "A title", "citation": "Cited so.", "licence": "A licence.", "version": "Version 1"}
    sheet = forest_sheet(plot, **parts)
    assert all(each.box[0] >= 0 and each.box[2] <= WIDTH for each in sheet.words)
    assert crossing(sheet.words) == []
    drawing = Drawing(forest_svg(plot, **parts))
    height = float(drawing.all("svg")[0]["viewBox"].split()[3])
    assert all(each.box[1] >= 0 and each.box[3] <= height for each in sheet.words)
    assert words_in_strips(drawing, sheet.words) == []
    drawn = {row.record for panel in plot.panels for row in panel.rows}
    for record in records:
        figures, _results = read_figures(record)
        assert (record.id in drawn) == (figures is not None and figures.interval is not None)
    for panel in plot.panels:
        for at in (panel.null_at, *(tick.at for tick in panel.ticks)):
            assert 0 <= at <= 100
        for row in panel.rows:
            assert 0 <= row.lower_at <= row.estimate_at <= row.upper_at <= 100
        assert panel.left_label != panel.right_label or not panel.rows
        assert 0 < panel.null_at < 100 or panel.null in (panel.low, panel.high)


def test_every_panel_has_one_measure_one_side_and_no_summary_of_its_own() -> None:
    plot = forest_plot(SEED, "Cerebrolysin")
    measures = {record.id: record.measure for record in SEED}
    for panel in plot.panels:
        assert len({measures[row.record] for row in panel.rows}) == 1
    marks = sum(path["d"].endswith("z") for path in Drawing(draw(*SEED)).all("path"))
    assert marks == sum(len(panel.rows) for panel in plot.panels) == 9


def test_on_a_dark_screen_every_part_has_another_colour_and_paper_stays_white() -> None:
    drawing = Drawing(draw(*SEED))
    shapes = [*drawing.all("text"), *drawing.all("path"), *drawing.all("rect")]
    assert all("class" in each for each in shapes)
    assert drawing.all("rect")[0]["fill"] == "#ffffff"


def test_no_text_is_smaller_than_ten_pixels_on_a_phone_of_320() -> None:
    sizes = {int(text["font-size"]) for text in Drawing(draw(*SEED)).all("text")}
    assert min(sizes) * 320 / WIDTH > 10
