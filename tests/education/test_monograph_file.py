"""A monograph as a file: it comes back as it went, and a bad file is refused line by line, whole."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from monograph_builders import GOOD

from shop.compounds.models import PropertyStatus
from shop.education import monograph_file
from shop.education.evidence import (
    AnalysisSet,
    Better,
    Coding,
    Design,
    Direction,
    EvidenceRecord,
    EvidenceStatus,
    IntervalMethod,
    Measure,
    NamedPopulation,
    OtherTimepoint,
    RetractionState,
    Seen,
    Source,
    Species,
    SponsorClass,
    StatCard,
)
from shop.education.monograph import (
    ChangeKind,
    Fact,
    MonographText,
    Reading,
    ReadingPart,
    Statement,
    StatementLevel,
    Verdict,
)
from shop.education.monograph_file import BadMonographFile


def errors_of(text: str) -> list[tuple[int, str, str]]:
    """The errors for which a file is refused: line, place and sentence."""
    with pytest.raises(BadMonographFile) as refused:
        monograph_file.read(text)
    return [(error.line, error.path, error.sentence) for error in refused.value.errors]


def line_of(text: str, wanted: str) -> int:
    """The number of the line that holds some text."""
    return next(number for number, line in enumerate(text.splitlines(), start=1) if wanted in line)


def test_a_file_is_read_into_its_values() -> None:
    text = monograph_file.read(GOOD)
    assert (text.compound, text.reviewed_on) == ("semax", date(2026, 11, 20))
    assert text.summary == "One study was done. [@trial]\n\nIt found nothing."
    assert text.reading.no_benefit.records == ("scans",)
    (record,) = text.evidence
    assert (record.estimate, record.lower, record.n_treated) == ("0.90", "-0.10", 14)
    assert (record.measure, record.is_primary, record.unit) == (Measure.MD, True, "")
    assert text.searched_to is None


def test_a_file_that_was_written_is_written_the_same_again() -> None:
    assert monograph_file.write_yaml(monograph_file.read(GOOD)) == GOOD


def test_figures_keep_their_zeros_because_they_stand_in_quotes() -> None:
    assert "estimate: '0.90'" in monograph_file.write_yaml(monograph_file.read(GOOD))


def test_fields_at_their_default_are_left_out() -> None:
    written = json.loads(monograph_file.write_json(monograph_file.read(GOOD)))
    assert "ci_method" not in written["evidence"][0]
    assert "searched_to" not in written
    assert list(written)[:3] == ["format", "compound", "title"]


TURNS_WRITING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
WORDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff" + TURNS_WRITING)
    | st.sampled_from("\n\t\x85\u2028\u2029\ufeff'\":#-?~@"),
    min_size=1,
    max_size=60,
).filter(lambda text: text.strip() != "")
LINES = st.text("ab cé“”.,:'\"\n\t0", max_size=200)
KEYS = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
FIGURES = st.sampled_from(["0.90", "-0.40", "+1.39", "1,070", "2e3", ".5", "69.2%", "12", "0.0", "−0.37"])
P_VALUES = st.sampled_from(["P<0.0001", "p=.03", "ns", "0.05", "not significant"])
COUNTS = st.none() | st.integers(0, 999_999_999)


@st.composite
def sources(draw: DrawFn, key: str) -> Source:
    """A source with some of its identifiers."""
    return Source(
        key=key,
        label=draw(WORDS),
        seen=draw(st.sampled_from(Seen)),
        title=draw(st.none() | WORDS),
        authors=tuple(draw(st.lists(WORDS, max_size=2))),
        year=draw(st.none() | st.integers(1900, 2026)),
        doi=draw(st.none() | st.just("10.1161/STROKEAHA.115.009416")),
        pmid=draw(st.none() | st.integers(1, 99_999_999).map(str)),
        pmcid=draw(st.none() | st.just("PMC7387239")),
        nct=draw(st.none() | st.just("NCT00868283")),
        cochrane=draw(st.none() | st.just("CD007026.pub7")),
        includes=tuple(draw(st.lists(WORDS, max_size=2))),
        sponsor_note=draw(st.just("") | WORDS),
        retraction=draw(st.sampled_from(RetractionState)),
        retraction_checked_on=draw(st.none() | st.dates()),
    )


@st.composite
def records(draw: DrawFn, record_id: str, keys: list[str]) -> EvidenceRecord:
    """A record of one of the sources."""
    return EvidenceRecord(
        id=record_id,
        outcome=draw(WORDS),
        source=draw(st.sampled_from(keys)),
        design=draw(st.sampled_from(Design)),
        species=draw(st.sampled_from(Species)),
        measure=draw(st.sampled_from(Measure)),
        direction=draw(st.sampled_from(Direction)),
        status=draw(st.sampled_from(EvidenceStatus)),
        better=draw(st.sampled_from(Better)),
        intervention=draw(st.none() | WORDS),
        analysis_set=draw(st.sampled_from(AnalysisSet)),
        is_primary=draw(st.none() | st.booleans()),
        estimate=draw(st.none() | FIGURES),
        lower=draw(st.none() | FIGURES),
        upper=draw(st.none() | FIGURES),
        level=draw(st.sampled_from(["0.95", "0.90"])),
        ci_method=draw(st.sampled_from(IntervalMethod)),
        p_text=draw(st.none() | P_VALUES),
        statement=draw(st.just("") | WORDS),
        integer_scale=draw(st.booleans()),
        n_total=draw(COUNTS),
        events_treated=draw(COUNTS),
        percent_treated=draw(st.none() | FIGURES),
        coded_as=draw(st.sampled_from(Coding)),
        sponsor_class=draw(st.sampled_from(SponsorClass)),
        other_timepoints=draw(st.just(()) | st.just((OtherTimepoint(timepoint="day 21", record=record_id),))),
    )


@st.composite
def monographs(draw: DrawFn) -> MonographText:
    """A monograph that may be published as far as its form goes."""
    keys = draw(st.lists(KEYS, min_size=1, max_size=3, unique=True))
    ids = draw(st.lists(KEYS, max_size=3, unique=True))
    some_keys = st.lists(st.sampled_from(keys), max_size=2).map(tuple)
    some_ids = st.lists(st.sampled_from(ids), max_size=2).map(tuple) if ids else st.just(())
    parts = st.builds(ReadingPart, text=WORDS, records=some_ids)
    statements = st.lists(
        st.builds(
            Statement,
            text=WORDS,
            sources=some_keys,
            level=st.none() | st.sampled_from(StatementLevel),
            seen=st.booleans(),
        ),
        max_size=2,
    ).map(tuple)
    return MonographText(
        compound=draw(KEYS.filter(lambda key: not key.endswith("-") and "--" not in key)),
        title=draw(WORDS),
        standfirst=draw(WORDS),
        change_note=draw(WORDS),
        change_kind=draw(st.sampled_from(ChangeKind)),
        author=draw(WORDS),
        verified_by=draw(WORDS),
        reviewed_on=draw(st.dates()),
        searched_to=draw(st.none() | st.dates()),
        summary=draw(LINES),
        handling=draw(LINES),
        mechanism_statements=draw(statements),
        reading=Reading(
            verdict=draw(st.sampled_from(Verdict)),
            reason=draw(WORDS),
            favourable=draw(parts),
            uncertain=draw(parts),
            no_benefit=draw(parts),
        ),
        cards=tuple(StatCard(record=record_id, label=draw(WORDS)) for record_id in ids[:1]),
        populations=draw(
            st.just(()) | st.builds(NamedPopulation, name=WORDS).map(lambda population: (population,))
        ),
        safety_statements=draw(statements),
        safety_records=draw(some_ids),
        glance=tuple(
            draw(
                st.lists(
                    st.builds(
                        Fact,
                        name=WORDS,
                        value=WORDS,
                        basis=st.sampled_from(PropertyStatus),
                        sources=some_keys,
                        note=st.just("") | WORDS,
                    ),
                    max_size=2,
                )
            )
        ),
        sources=tuple(draw(sources(key)) for key in keys),
        evidence=tuple(draw(records(record_id, keys)) for record_id in ids),
    )


@given(monographs())
@example(replace(monograph_file.read(GOOD), handling="\n", unknowns=" a\nb \n\n"))
@hypothesis_settings(max_examples=40)
def test_a_monograph_comes_back_from_its_file_as_it_was(text: MonographText) -> None:
    written = monograph_file.write_yaml(text)
    assert monograph_file.read(written) == text
    assert monograph_file.write_yaml(monograph_file.read(written)) == written
    assert monograph_file.read(monograph_file.write_json(text)) == text
    assert monograph_file.check(text) == ()
    assert monograph_file.from_exported(monograph_file.exported(text)) == text


@pytest.mark.parametrize(
    ("old", "new", "path", "sentence"),
    [
        ("estimate: '0.90'", "estimate: 0.90", "evidence[1].estimate", "Put “0.90” in quotes"),
        ("estimate: '0.90'", "estimate: '0,90'", "evidence[1].estimate", "with a point before the decimals"),
        ("estimate: '0.90'", "estimate: about 1", "evidence[1].estimate", "“about 1” is not a number."),
        ("p_text: P=0.08", "p_text: P=lots", "evidence[1].p_text", "“lots” is not a number."),
        ("n_treated: 14", "n_treated: fourteen", "evidence[1].n_treated", "Write a whole number"),
        ("n_treated: 14", "n_treated: -14", "evidence[1].n_treated", "Write a whole number"),
        ("n_treated: 14", "n_treated: '14'", "evidence[1].n_treated", "Write a whole number"),
        ("n_treated: 14", "n_treated: 1_4", "evidence[1].n_treated", "Write a whole number"),
        ("is_primary: true", "is_primary: yes", "evidence[1].is_primary", "Write true or false."),
        ("measure: md", "measure: mean difference", "evidence[1].measure", "Write one of: md, smd, rr"),
        ("source: trial", "source: other", "evidence[1].source", "There is no source “other”."),
        ("record: scans", "record: scan", "cards[1].record", "There is no record “scan”."),
        ("      - scans", "      - scan", "reading.no_benefit.records[1]", "There is no record “scan”."),
        ("estimate: '0.90'", "estimat: '0.90'", "evidence[1].estimat", "did you mean “estimate”?"),
        ("doi: 10.1007", "doi: 11.1007", "sources[1].doi", "Write a DOI"),
        ("doi: 10.1007", "doi: https://doi.org/10.1007", "sources[1].doi", "Write it as 10.1007/"),
        ("pmid: '30225715'", "pmid: 30225715", "sources[1].pmid", "Put “30225715” in quotes"),
        ("pmid: '30225715'", "pmid: PMC30225715", "sources[1].pmid", "PubMed number"),
        ("pmid: '30225715'", "nct: NCT0086828", "sources[1].nct", "ClinicalTrials.gov number"),
        ("pmid: '30225715'", "cochrane: CD007026", "sources[1].cochrane", "CD007026.pub2"),
        ("outcome: Volume on a scan", "outcome: ''", "evidence[1].outcome", "This needs text."),
        ("seen: abstract", "seen: [abstract]", "sources[1].seen", "Write one value here"),
        ("title: Semax", "title:", "title", "This needs text."),
        ("title: Semax", "title: ''", "title", "This needs text."),
        ("title: Semax", f"title: {'x' * 121}", "title", "at most 120 characters, not 121"),
        ("title: Semax", "title: no", "title", "Put “no” in quotes"),
        ("title: Semax", 'title: "a\\0b"', "title", "control character"),
        ("title: Semax", 'title: "a\\u202eb"', "title", "control character"),
        ("compound: semax", "compound: Semax!", "compound", "lower-case letters"),
        ("reviewed_on: '2026-11-20'", "reviewed_on: 2026-02-30", "reviewed_on", "Write a date as"),
        ("reviewed_on: '2026-11-20'", "reviewed_on: 20 November", "reviewed_on", "Write a date as"),
        ("verdict: uncertain", "verdict: good", "reading.verdict", "Write one of: favourable, mixed"),
        ("format: monograph/1", "format: monograph/2", "format", "begins with “format: monograph/1”"),
        ("label: Scans", "label: {text: Scans}", "cards[1].label", "Write one value here"),
        ("  It found nothing.", "  It found [nothing](//x.example).", "summary", "may not link to"),
        ("  It found nothing.", "  It found nothing. [@one]", "summary", "There is no source “one”."),
        ("  It found nothing.", "  ![](/x.png)", "summary", "may not hold pictures"),
        ("  It found nothing.", "  # Nothing", "summary", "Headings in a section"),
    ],
)
def test_an_error_names_its_line_and_place(old: str, new: str, path: str, sentence: str) -> None:
    assert old in GOOD
    bad = GOOD.replace(old, new, 1)
    found = errors_of(bad)
    assert (found[0][0], found[0][1]) == (line_of(bad, new), path)
    assert sentence in found[0][2]
    assert len(found) == 1


def test_a_missing_field_is_named_at_the_entry_that_lacks_it() -> None:
    bad = GOOD.replace("    outcome: Volume on a scan\n", "")
    assert errors_of(bad) == [(line_of(bad, "- id: scans"), "evidence[1]", "“outcome” is missing.")]


def test_a_key_that_stands_twice_is_refused_at_the_second() -> None:
    second = "  - key: trial\n    label: Again\n    seen: abstract\n"
    bad = GOOD.replace("\nevidence:", f"{second}\nevidence:")
    assert errors_of(bad) == [(line_of(bad, "Again") - 1, "sources[2].key", "“trial” stands here twice.")]


def test_a_key_with_spaces_is_refused_and_so_is_all_that_cannot_name_it() -> None:
    bad = GOOD.replace("key: trial", "key: the trial")
    assert [(line, path) for line, path, _sentence in errors_of(bad)] == [
        (line_of(bad, "[@trial]"), "summary"),
        (line_of(bad, "key: the trial"), "sources[1].key"),
        (line_of(bad, "source: trial"), "evidence[1].source"),
    ]


def test_all_errors_are_named_at_once_in_the_order_of_the_file() -> None:
    bad = GOOD
    for old, new in (
        ("title: Semax", "titel: Semax"),
        ("verdict: uncertain", "verdict: good"),
        ("doi: 10.1007", "doi: 11.1007"),
        ("estimate: '0.90'", "estimate: 0.90"),
        ("source: trial", "source: other"),
        ("[@trial]", "[@none]"),
    ):
        bad = bad.replace(old, new)
    lines = [line for line, _path, _sentence in errors_of(bad)]
    assert lines == sorted(lines)
    expected = ("titel", "[@none]", "verdict", "doi: 11", "source: other", "estimate: 0.90")
    assert set(lines) == {1, *(line_of(bad, text) for text in expected)}


def test_an_error_in_json_names_its_line_too() -> None:
    written = monograph_file.write_json(monograph_file.read(GOOD)).replace('"0.90"', "0.90")
    assert errors_of(written)[0][:2] == (line_of(written, '"estimate": 0.90'), "evidence[1].estimate")


def test_json_of_other_programs_is_read() -> None:
    text = replace(monograph_file.read(GOOD), title="α 😀 /")
    plain = monograph_file.exported(text)
    for written in (
        json.dumps(plain),
        json.dumps(plain, indent="\t").replace("/", "\\/"),
        json.dumps(plain, ensure_ascii=True, indent=4),
    ):
        assert monograph_file.read(written) == text


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("", 1, "The file is empty."),
        ("just words", 1, "A monograph is a mapping"),
        ("[1, 2]", 1, "A monograph is a mapping"),
        ("title: &name Semax\nauthor: *name\n", 1, "Anchors and aliases are not read"),
        ("title: Semax\nauthor: !!python/object:os.system x\n", 2, "Tags are not read"),
        ("title: Semax\nauthor: A\ntitle: Semax\n", 3, "“title” stands here twice."),
        ("title: Semax\n  author: A\n", 2, "not well-formed"),
        ('{"title": "Semax",\n "author": }x', 2, "not well-formed"),
        ("title: Semax\n---\ntitle: Semax\n", 2, "second document"),
        ("title: Semax\nauthor: A\0B\n", 2, "control character"),
        ("title: \ud800", 1, "not valid Unicode"),
        ("? [a]\n: b\n", 1, "A key is plain text"),
        ("a: " + "[" * 100_000, 1, "nested more than"),
        ("- " * 100_000, 1, "nested more than"),
        ("x" * 5_000_000, 1, "larger than 2 MB"),
        ("é" * 1_900_000, 1, "larger than 2 MB"),
        ("a: [" + "1," * 900_000 + "]", 1, "too many values"),
    ],
)
def test_a_file_that_is_no_plain_data_is_refused_soon(text: str, line: int, sentence: str) -> None:
    began = time.process_time()
    found = errors_of(text)
    assert time.process_time() - began < 3
    assert found[0][0] == line
    assert sentence in found[0][2]


def test_a_section_of_100_000_characters_gets_its_error_within_a_second() -> None:
    began = time.process_time()
    found = errors_of(GOOD.replace("  It found nothing.", "  " + "x [@trial] *" * 10_000))
    assert time.process_time() - began < 1
    assert [path for _line, path, _sentence in found] == ["summary"]
    assert "at most 20,000 characters" in found[0][2]


def test_a_refused_file_says_all_its_errors_in_words() -> None:
    with pytest.raises(BadMonographFile, match=r"line 3, title: .*\nline 39, evidence\[1\]"):
        monograph_file.read(GOOD.replace("title: Semax", "title:").replace("    measure: md\n", ""))


def test_a_monograph_made_otherwise_is_held_to_the_same_rules() -> None:
    text = monograph_file.read(GOOD)
    bad = replace(text, evidence=(replace(text.evidence[0], estimate="0,9", source="other"),))
    assert {(error.path, error.line) for error in monograph_file.check(bad)} == {
        ("evidence[1].estimate", 0),
        ("evidence[1].source", 0),
    }


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("CAS", "80714-61-1", "The CAS check digit should be 0, not 1"),
        ("CAS number", "123-4-5", "Write a CAS number as digits"),
        ("UNII", "M089EFU922", "The UNII check character should be"),
        ("CAS", "80714-61-0", ""),
        ("CAS", "Not seen for the free peptide", ""),
        ("Molar mass", "813.9 g/mol, 1-2-3", ""),
    ],
    ids=["digit", "form", "unii", "right", "words", "another-fact"],
)
def test_a_register_number_among_the_facts_has_its_check_digit(name: str, value: str, sentence: str) -> None:
    fact = f"glance:\n  - name: {name}\n    value: {value}\n    basis: published\n"
    text = GOOD.replace("\nsources:", f"\n{fact}\nsources:")
    if not sentence:
        assert monograph_file.read(text).glance[0].value == value
        return
    ((line, path, found),) = errors_of(text)
    assert (line, path) == (line_of(text, f"value: {value}"), "glance[1].value")
    assert sentence in found
