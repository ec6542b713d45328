"""Figures in the running text of a monograph, and what each of them rests on.

Cards, tables and plots are views of records and cannot drift from them; sentences can. So a figure in a
sentence has to stand in a record, in the description of a source or among the properties (published,
specified or computed, each marked as such). A sentence that cites sources without records of their own, such
as a review or a label, may give a figure of theirs; so may a statement that says that no source was seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from shop.education.evidence import EvidenceRecord, Source
from shop.education.figures_in_text import figures
from shop.education.monograph import SECTIONS, MonographText

_CITATION = re.compile(r"\[@([^\]]+)\]")


@dataclass(frozen=True, kw_only=True)
class UnsupportedFigure:
    """A figure of a sentence that stands nowhere else, with the part of the monograph it is in."""

    part: str
    figure: str
    sentence: str


def unsupported_figures(text: MonographText, properties: Iterable[str] = ()) -> list[UnsupportedFigure]:
    """Figures of the running text that nothing supports. `properties` are the compound's, with notes."""
    known = _known(text, properties)
    with_records = {record.source for record in text.evidence}
    return [
        UnsupportedFigure(part=part, figure=figure, sentence=sentence)
        for part, sentence, cited in _sentences(text)
        if not cited or cited <= with_records
        for figure in figures(sentence)
        if _plain(figure) not in known
    ]


def _known(text: MonographText, properties: Iterable[str]) -> set[str]:
    stated = [
        *(words for record in text.evidence for words in _words_of(record)),
        *(words for source in text.sources for words in _words_of(source)),
        *(f"{fact.value}; {fact.note}" for fact in text.glance),
        *properties,
        f"{text.reviewed_on:%Y}",
    ]
    counted = {str(record.participants) for record in text.evidence}
    nulls = {str(record.measure.null) for record in text.evidence}
    return {_plain(figure) for words in stated for figure in figures(words)} | counted | nulls


def _words_of(value: EvidenceRecord | Source) -> Iterator[str]:
    """Every text and count of a record or source; identifiers are no figures."""
    for each in fields(value):
        item = getattr(value, each.name)
        if isinstance(item, (str, int)) and not isinstance(item, bool):
            yield str(item)
        elif isinstance(item, tuple):
            yield from (part if isinstance(part, str) else part.timepoint for part in item)


def _plain(figure: str) -> str:
    """A figure without trailing zeros, so that 24.0 in a record supports 24."""
    return figure.rstrip("0").rstrip(".") if "." in figure else figure


def _sentences(text: MonographText) -> Iterator[tuple[str, str, set[str]]]:
    """Part, sentence and the sources it cites. A sentence marked "source not seen" cites that mark."""
    reading = text.reading
    plain = {
        "standfirst": [text.standfirst],
        "figure_title": [text.figure_title],
        "reading": [reading.reason, reading.favourable.text, reading.uncertain.text, reading.no_benefit.text],
        "sold_material": [text.sold_material],
    }
    for part, items in plain.items():
        for item in items:
            yield part, item, set()
    statements = (
        *text.mechanism_statements,
        *text.safety_statements,
        *text.unknown_statements,
        *text.regulatory_statements,
    )
    for statement in statements:
        yield "statements", statement.text, set(statement.sources) if statement.seen else {_NOT_SEEN}
    for name in SECTIONS:
        yield from ((name, words, cited) for words, cited in _cited_sentences(getattr(text, name)))


_NOT_SEEN = "source not seen"


def _cited_sentences(section: str) -> Iterator[tuple[str, set[str]]]:
    """The sentences of Markdown with the keys each cites, a citation after the full stop included."""
    for paragraph in re.split(r"\n{2,}|\n(?=\s*(?:[-*]|\d+[.)])\s)", section):
        joined = " ".join(paragraph.split())
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z“*])|(?<=\])\s+(?=[A-Z“*])", joined):
            cited = {
                key.strip().removeprefix("@")
                for group in _CITATION.findall(sentence)
                for key in group.split(";")
            }
            yield _CITATION.sub("", sentence), cited
