"""Sections as HTML: only what a section needs, and no way to anything else."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from shop.education import markdown
from shop.education.markdown import RefusedText, link_problem, problems, to_html, to_text

SOURCES = ["cars", "casta-2012", "cochrane.2020"]


def refusals(text: str) -> list[tuple[int, str]]:
    """Lines and sentences for which a section is refused."""
    with pytest.raises(RefusedText) as refused:
        to_html(text, SOURCES)
    return [(problem.line, problem.sentence) for problem in refused.value.problems]


def test_paragraphs_lists_emphasis_and_links_are_shown() -> None:
    html = to_html(
        "One *two* **three**\nfour.\n\n- a\n- b\n\n1. c\n\n### Head\n\n[guide](/guides/concentration)",
        SOURCES,
    )
    assert html == Markup(
        "<p>One <em>two</em> <strong>three</strong>\nfour.</p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"
        '<ol>\n<li>c</li>\n</ol>\n<h3>Head</h3>\n<p><a href="/guides/concentration">guide</a></p>\n'
    )


def test_a_citation_is_the_number_of_its_source() -> None:
    assert to_html("Neutral.[@casta-2012]", SOURCES) == Markup(
        '<p>Neutral.<a class="ref" href="#ref-2" aria-label="Source 2">2</a></p>\n'
    )


def test_several_citations_stand_in_one_bracket() -> None:
    html = to_html("[@cars; @cochrane.2020]", SOURCES)
    assert re.findall(r'href="(#ref-\d)"', html) == ["#ref-1", "#ref-3"]
    assert markdown.cited_keys("[@cars; @x] a [@cars]") == ("cars", "x")


def test_raised_and_lowered_text() -> None:
    assert to_html("10^-7^ M, H~2~O, 5 ~ 6 ^ 7", SOURCES) == Markup(
        "<p>10<sup>-7</sup> M, H<sub>2</sub>O, 5 ~ 6 ^ 7</p>\n"
    )


def test_an_unknown_source_is_refused_on_its_line() -> None:
    assert refusals("One.\n\nTwo\nthree. [@nobody] [@cars]") == [(4, "There is no source “nobody”.")]


def test_a_citation_that_is_not_one_is_refused_and_not_shown_as_text() -> None:
    assert refusals("As said [@cars and @casta-2012].") == [
        (1, "Write a citation as [@key], or as [@one; @other].")
    ]


def test_raw_html_is_text() -> None:
    html = to_html('<script>alert(1)</script>\n\nP<0.05 <b onclick="x">bold</b> &lt;i&gt;', SOURCES)
    assert "<script" not in html
    assert "<b" not in html
    assert "&lt;script&gt;" in html
    assert "P&lt;0.05" in html


@pytest.mark.parametrize(
    "address",
    [
        "/education/nootropics/semax",
        "/guides/concentration?mass=5&unit=mg#steps",
        "#sources",
        "https://doi.org/10.1002/14651858.CD007026.pub7",
        "https://doi.org/10.1016/S0140-6736(20)30183-5",
        "https://pubmed.ncbi.nlm.nih.gov/26564102/",
        "https://pmc.ncbi.nlm.nih.gov/articles/PMC7387239",
        "https://www.ncbi.nlm.nih.gov/pubmed/22282884",
        "https://clinicaltrials.gov/study/NCT00868283",
        "https://www.cochranelibrary.com/cdsr/doi/10.1002/14651858.CD007026.pub7/full",
        "https://doi.org",
    ],
)
def test_a_link_may_lead_to_this_site_and_to_registers(address: str) -> None:
    assert link_problem(address) is None
    assert f'<a href="{address.replace("&", "&amp;")}">' in to_html(f"[x]({address})", SOURCES)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "&#106;avascript:alert(1)",
        "data:text/html;base64,PHNjcmlwdD4=",
        "vbscript:x",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/&Tab;/evil.example",
        "http://doi.org/10.1000/1",
        "https://evil.example/",
        "https://doi.org.evil.example/",
        "https://doi.org@evil.example/",
        "https://evil.example/https://doi.org/",
        "https://doi.org:444/",
        "https://doi.org\\@evil.example",
        "https:doi.org",
        "https:///doi.org",
        "mailto:a@b.example",
        "ftp://doi.org/x",
        "education/semax",
        "../staff",
        "?q=1",
        "",
        "#",
    ],
)
def test_a_link_to_anywhere_else_is_refused(address: str) -> None:
    ((line, sentence),) = refusals(f"See\n[this]({address}) now.")
    assert line in (1, 2)
    assert "may not link to" in sentence


def test_reference_links_and_bare_addresses_are_not_links() -> None:
    assert "<a" not in to_html("[x][y] https://evil.example <https://evil.example>\n\n[y]: /z", SOURCES)


def test_pictures_and_large_headings_are_refused() -> None:
    assert refusals("![a](/b.png)") == [(1, "A section may not hold pictures.")]
    assert refusals("a\n\n# Big\n\n## Less") == [
        (3, "Headings in a section begin with ### or ####."),
        (5, "Headings in a section begin with ### or ####."),
    ]


def test_lists_may_stand_four_deep() -> None:
    deep = "\n".join("  " * depth + "- a" for depth in range(5))
    assert to_html(deep.rsplit("\n", 1)[0], SOURCES).count("<ul>") == 4
    assert refusals(deep) == [(5, "Lists may stand 4 deep, not more.")]


@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_000,
        "[" * 20_000,
        "[" * 1_999,
        "[a](" * 1_999,
        "![" * 1_999,
        "*a**b" * 4_000,
        "_" * 20_000,
        "- " * 10_000,
        "1. " * 6_000,
        "> " * 10_000,
        "~a~" * 6_000,
        "^" * 20_000,
        "&amp;" * 4_000,
        "\\" * 20_000,
        "a\n\n" * 6_000,
        "- a\n" * 5_000,
        "[@cars]" * 1_999,
    ],
)
def test_hostile_text_is_answered_within_two_seconds(text: str) -> None:
    began = time.process_time()
    problems(text, SOURCES)
    assert time.process_time() - began < 2


def test_a_section_that_is_too_long_says_so_at_once() -> None:
    began = time.process_time()
    assert refusals("x" * 5_000_000) == [
        (1, "A section has at most 20,000 characters; this one has 5,000,000.")
    ]
    assert time.process_time() - began < 0.1


PIECES = r"""[ ]( ) ![ <a/href= <img/src=x/onerror= javascript: //x.y * ** - ### # ` &lt; &#60; script \
    [@cars] [@ ] https:// doi.org/ " ' ^a^ ~a~ 1.""".split()
SNIPPETS = st.sampled_from([*PIECES, "\n", "\n\n", " "])


@given(st.lists(SNIPPETS | st.text(max_size=5), max_size=30).map("".join))
def test_whatever_is_written_the_html_holds_only_what_is_allowed(text: str) -> None:
    try:
        html = to_html(text, SOURCES)
    except RefusedText as refused:
        assert problems(text, SOURCES) == refused.problems
        return
    assert problems(text, SOURCES) == ()
    tags = re.findall(r"<(/?[a-z0-9]+)", html)
    assert {tag.removeprefix("/") for tag in tags} <= {
        "p", "ul", "ol", "li", "em", "strong", "a", "sub", "sup", "h3", "h4", "br",
    }  # fmt: skip
    for address in re.findall(r'href="([^"]*)"', html):
        assert link_problem(address.replace("&amp;", "&")) is None
    assert set(re.findall(r'<\w+ ([a-z-]+)="', html)) <= {"href", "class", "start"}
    to_text(text)


def test_the_words_alone() -> None:
    text = "### Head\n\nOne *two*\nthree [guide](/a) [@cars]. Four.[@cars]\n\n- a\n- b^2^\n\n1. c"
    assert to_text(text) == "Head\n\nOne two three guide. Four.\n\n- a\n\n- b2\n\n- c"
