"""The forest plot as one file: complete, escaped, and without anything that runs."""

from __future__ import annotations

from dataclasses import replace
from xml.parsers import expat

from evidence_builders import ARAT, CIBIC, DEATH, SAE, SEED
from hypothesis import given
from hypothesis import strategies as st

from shop.education.evidence import EvidenceRecord
from shop.education.forest import forest_plot
from shop.education.forest_svg import forest_svg


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
