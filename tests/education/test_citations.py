"""References as CSL-JSON, BibTeX and RIS: read back by independent parsers, whatever the title."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares import LatexDecodingMiddleware
from hypothesis import given
from hypothesis import strategies as st

from shop.education import bibtex, citations, ris
from shop.education.citations import CslItem
from shop.education.evidence import RetractionState, Seen, Source

PAPER = Source(
    key="trial",
    label="Trial of 24 people",
    seen=Seen.ABSTRACT,
    title="Recovery of 50% & more: a_b {x} #1 ~ 10^3 $\\alpha$",
    authors=(
        "Muresanu, Dafin F.",
        "Ångström Å",
        "World Health Organization",
        "Ministry of Health, Labour and Welfare",
    ),
    container="Stroke & Æther",
    year=2016,
    doi="10.1007/978-3-319-67199-4_101738",
    pmid="26564102",
    pmcid="PMC4689177",
)
BARE = Source(key="bare", label="A label", seen=Seen.NOT_SEEN)

one_line = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp", "Cf")), min_size=1, max_size=60
)


def normal(text: str) -> str:
    """One line; the parser reads the name of the circumflex as its raised twin."""
    return " ".join(text.split()).replace("ˆ", "^")


def read_bibtex(text: str) -> list[dict[str, str]]:
    library = parse_string(text, append_middleware=[LatexDecodingMiddleware()])
    assert library.failed_blocks == []
    return [
        {"ID": entry.key, "TYPE": entry.entry_type, **{each.key: each.value for each in entry.fields}}
        for entry in library.entries
    ]


def read_ris(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rispy.loads(text)
    return found


def test_a_paper_has_every_field_in_csl() -> None:
    assert citations.of_source(PAPER, "semax-trial") == {
        "id": "semax-trial",
        "type": "article-journal",
        "title": PAPER.title,
        "author": [
            {"family": "Muresanu", "given": "Dafin F."},
            {"family": "Ångström", "given": "Å"},
            {"literal": "World Health Organization"},
            {"literal": "Ministry of Health, Labour and Welfare"},
        ],
        "container-title": "Stroke & Æther",
        "issued": {"date-parts": [[2016]]},
        "DOI": "10.1007/978-3-319-67199-4_101738",
        "PMID": "26564102",
        "PMCID": "PMC4689177",
        "URL": "https://doi.org/10.1007/978-3-319-67199-4_101738",
    }


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Muresanu DF", {"family": "Muresanu", "given": "DF"}),
        ("van der Berg A.B.", {"family": "van der Berg", "given": "A.B."}),
        ("García-Márquez, José", {"family": "García-Márquez", "given": "José"}),
        ("Smith, John, Jr", {"family": "Smith", "given": "John, Jr"}),
        ("World Health Organization", {"literal": "World Health Organization"}),
        ("Specimen author A", {"literal": "Specimen author A"}),
        ("Department of Health WA", {"literal": "Department of Health WA"}),
        ("Carberry, Josiah (0000-0002-1825-0097)", {"family": "Carberry", "given": "Josiah"}),
    ],
    ids=["initials", "particle", "accents", "junior", "body", "specimen", "department", "orcid"],
)
def test_a_name_is_split_only_where_the_text_says_how(text: str, name: dict[str, str]) -> None:
    assert citations.name(text) == name


def test_a_title_that_was_not_seen_is_in_brackets_and_says_so() -> None:
    item = citations.of_source(replace(BARE, retraction=RetractionState.RETRACTED), "x")
    assert (item["title"], item["type"]) == ("[A label]", "document")
    assert "Title not seen" in str(item["note"]) and "Retracted" in str(item["note"])
    assert {"author", "issued", "URL", "DOI"}.isdisjoint(item)


def test_bibtex_comes_back_from_a_parser_as_it_went_in() -> None:
    (entry,) = read_bibtex(bibtex.file([citations.of_source(PAPER, "semax-trial")]))
    assert (entry["ID"], entry["TYPE"], entry["year"]) == ("semax-trial", "article", "2016")
    assert (normal(entry["title"]), entry["journal"]) == (PAPER.title, "Stroke & Æther")
    assert entry["pmid"] == "26564102"
    raw = bibtex.file([citations.of_source(PAPER, "x")])
    assert "doi = {10.1007/978-3-319-67199-4_101738}" in raw
    assert "{World Health Organization} and {Ministry of Health, Labour and Welfare}" in raw


def test_an_article_without_a_journal_is_not_called_an_article() -> None:
    (entry,) = read_bibtex(bibtex.file([citations.of_source(replace(PAPER, container=None), "x")]))
    assert entry["TYPE"] == "misc"


def test_ris_comes_back_from_a_parser_as_it_went_in() -> None:
    (record,) = read_ris(ris.file([citations.of_source(PAPER, "semax-trial")]))
    assert record["type_of_reference"] == "JOUR"
    assert record["title"] == PAPER.title
    assert record["authors"][0] == "Muresanu, Dafin F."
    assert record["authors"][2] == "World Health Organization"
    assert (record["year"], record["doi"]) == ("2016", PAPER.doi)
    assert record["accession_number"] == "26564102"


def test_a_file_of_several_has_them_all_in_order() -> None:
    items = [citations.of_source(each, each.key) for each in (PAPER, BARE, replace(PAPER, key="third"))]
    assert [entry["ID"] for entry in read_bibtex(bibtex.file(items))] == ["trial", "bare", "third"]
    assert [record["id"] for record in read_ris(ris.file(items))] == ["trial", "bare", "third"]
    assert bibtex.file([]) == ris.file([]) == ""


def test_a_version_is_cited_under_the_address_that_never_changes() -> None:
    item = version()
    (entry,) = read_bibtex(bibtex.entry(item))
    assert (entry["version"], entry["date"]) == ("7", "2026-11-02")
    assert entry["url"] == "https://shop.example/education/n/semax/v/7"
    (record,) = read_ris(ris.record(item))
    assert (record["type_of_reference"], record["edition"], record["date"]) == ("ELEC", "7", "2026/11/02")


def version() -> CslItem:
    return citations.of_version(
        item_id="semax-v7",
        title="Semax: research monograph",
        authors=["Author, Ann"],
        publisher="Aliquot",
        version=7,
        published=date(2026, 11, 2),
        url="https://shop.example/education/n/semax/v/7",
    )


@given(one_line.filter(lambda text: normal(text) != ""), one_line)
def test_any_title_and_any_author_survive_both_formats(title: str, author: str) -> None:
    source = replace(PAPER, title=title, authors=(author,), container=author.strip() or "J")
    item = citations.of_source(source, "x")
    (entry,) = read_bibtex(bibtex.file([item]))
    assert normal(entry["title"]) == normal(title)
    (record,) = read_ris(ris.file([item]))
    assert normal(record["title"]) == normal(title)
    assert len(record["authors"]) == 1


@given(st.text(max_size=60))
def test_no_text_ends_a_field_or_a_record_early(text: str) -> None:
    source = replace(PAPER, title=text or None, label=text, doi=text, other_identifier=text)
    items = [citations.of_source(source, "x"), version()]
    assert [entry["ID"] for entry in read_bibtex(bibtex.file(items))] == ["x", "semax-v7"]
    assert [record["id"] for record in read_ris(ris.file(items))] == ["x", "semax-v7"]
