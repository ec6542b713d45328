"""Learning pages: readable, sourced, and without a figure of the worked examples written down."""

from __future__ import annotations

import re

import pytest

from shop.education import learning, markdown
from shop.education.learning import LearningPage

PAGES = learning.pages()
HARDEST = 10


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.slug)
def test_a_page_can_be_read_by_anyone_and_names_its_sources(page: LearningPage) -> None:
    assert page.grade <= HARDEST
    assert 50 <= len(page.description) <= 160
    assert page.sources and page.not_known
    assert all(source.seen for source in page.sources)
    assert all(page.html(section) for section in page.sections)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.slug)
def test_a_page_is_about_the_bench_and_speaks_of_no_person(page: LearningPage) -> None:
    assert not re.search(
        r"\b(dos(e|es|age|ing)|inject|patients?|syringes?|units|IU)\b", page.plain, re.IGNORECASE
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.slug)
def test_links_to_sources_go_by_https(page: LearningPage) -> None:
    assert all(source.url.startswith("https://") for source in page.sources if source.url)


def test_the_examples_are_worked_out() -> None:
    steps = {page.slug: learning.worked(page.example) for page in PAGES}
    assert "523.7745" in steps["reading-a-certificate"][1]
    assert "within 0.5 Da" in steps["reading-a-certificate"][2]
    assert steps["purity-and-net-peptide-content"][0] == "5 mg × 82.0% × 98.5% = 4.04 mg"
    assert "= 81.4303%" in steps["salt-forms"][1]
    assert steps["storing-and-dissolving"][2] == "4.93 mg ÷ 813.93 µg/mL = 6.05 mL"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.slug)
def test_sources_are_numbered_in_the_order_in_which_they_are_cited(page: LearningPage) -> None:
    cited = [key for section in page.sections for key in markdown.cited_keys(section.text)]
    assert tuple(dict.fromkeys(cited)) == page.keys
