"""The claims guard over what is really sent: pages as rendered, letters, feeds, search words and addresses.

A page is read block by block: visible text, title, meta descriptions, alt texts, labels for assistive
technology, placeholders, and every text inside JSON-LD. Parts drawn from evidence records carry the attribute
`data-records`, parts drawn from the certificates of lots `data-records="certificates"`; what is said of a
monograph on a page of another kind stands under `data-surface="M"`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urlsplit

from shop.claims import guard
from shop.claims.guard import Finding
from shop.claims.rules import Surface, Verdict
from shop.search import excerpts

OF_RECORDS = frozenset({"C1", "C2", "C6", "C11", "C12", "C13", "C17"})
"""Rules that do not apply to parts drawn from records: they report outcomes in the words of their sources."""

OF_CERTIFICATES = frozenset({"C14"})
"""The rule that does not apply to parts drawn from certificates: lot, method and limit stand beside them."""

_NONE: frozenset[str] = frozenset()
_ENDS_OF_SENTENCE = (".", "!", "?")

_READ_ABOUT = re.compile(
    r"/(?:education|guides|learn|glossary|sources|compare|how-monographs-are-written|corrections)(?:/|$|\.)"
)


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of what is sent: where it stands, its surface, and which rules the records behind it answer."""

    part: str
    words: str
    surface: Surface
    answered_by_records: frozenset[str] = _NONE


@dataclass(frozen=True, slots=True)
class Found:
    """A finding with the piece it stands in."""

    text: Text
    finding: Finding


def surface_of(path: str) -> Surface:
    """The surface of an address: education and guides are read about, everything else is near the cart."""
    return Surface.MONOGRAPH if _READ_ABOUT.match(urlsplit(path).path) else Surface.PRODUCT


def texts_of_page(html: str, path: str) -> tuple[Text, ...]:
    """Everything that a page says, seen or not, and its address."""
    surface = surface_of(path)
    reader = _Reader(surface)
    reader.feed(html)
    reader.close()
    # Such an address ends in the id of an evidence record.
    answered = OF_RECORDS if "/records/" in path else _NONE
    return (*reader.found(), Text("address", words_of_address(path), surface, answered))


def texts_of_letter(subject: str, body: str) -> tuple[Text, ...]:
    """A letter's subject and paragraphs. Mail is one click from the cart."""
    paragraphs = re.split(r"\n\s*\n", body)
    return (
        Text("subject", subject, Surface.PRODUCT),
        *(Text("body", " ".join(each.split()), Surface.PRODUCT) for each in paragraphs if each.strip()),
    )


def words_of_address(path: str) -> str:
    """A slug as the words it is made of."""
    return " ".join(re.split(r"[/\-_+.]+", unquote(urlsplit(path).path))).strip()


def findings(texts: Iterable[Text], answered: Collection[str] = ()) -> tuple[Found, ...]:
    """What may not stand, piece by piece.

    Args:
        answered: texts of monographs that were judged when they were published: outcomes in them rest on
            evidence records, and their holds are explained. They count as read wherever they stand, except
            on a product surface; so do whole sentences of them, which search quotes.
    """
    whole = {_bare(each) for each in answered}
    published = sorted(
        (whole | {sentence for text in whole for sentence in excerpts.sentences(text)}) - {""},
        key=len,
        reverse=True,
    )
    return tuple(
        Found(text, finding)
        for text in texts
        for finding in guard.check(_without(text, published)[: guard.LONGEST], text.surface).findings
        if finding.rule not in text.answered_by_records
    )


def verdict(found: Iterable[Found]) -> Verdict:
    """The verdict on a page: that of its worst part."""
    return guard.worst(each.finding.verdict for each in found)


def _without(text: Text, published: Sequence[str]) -> str:
    """The words of a piece without those that were judged when they were published."""
    if text.surface is Surface.PRODUCT:
        return text.words
    words = _bare(text.words)
    if any(_are_sentences_of(each, words) for each in published):
        return ""
    for each in published:
        if each in words:
            words = words.replace(each, " ")
    return words


def _are_sentences_of(published: str, words: str) -> bool:
    """Whether words are whole sentences of a text, as an excerpt shows them; half a one may say otherwise."""
    if words not in published or not words.endswith(_ENDS_OF_SENTENCE):
        return False
    before = published.partition(words)[0].rstrip()
    return not before or before.endswith(_ENDS_OF_SENTENCE)


def _bare(words: str) -> str:
    """Words without reference marks, with single spaces and none before a stop."""
    return re.sub(r"\s+([.,;:?])", r"\1", " ".join(re.sub(r"\[\d+\]", " ", words).split()))


_INLINE = frozenset(
    "a abbr b bdi br cite code data dfn em i kbd mark q rp rt ruby s samp small span strong sub sup time u "
    "var wbr".split()
)
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_SILENT = frozenset({"style", "script", "template"})
_SPOKEN = ("alt", "aria-label", "title", "placeholder", "aria-description", "label")
_SAID_IN_META = re.compile(
    r"description|title|keywords|abstract|subject|site_name|og:|twitter:|citation_|dc\.", re.I
)


class _Reader(HTMLParser):
    """Collects the texts of a page. A block ends where an element begins or ends that is not inline."""

    def __init__(self, surface: Surface) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[tuple[str, Surface, frozenset[str], bool]] = []
        self._surface = surface
        self._texts: list[Text] = []
        self._block: list[str] = []
        self._data: list[str] | None = None

    def found(self) -> tuple[Text, ...]:
        """The texts, the last block included."""
        self._end_block()
        return tuple(self._texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element: its attributes may speak, and it may be of another surface."""
        values = {name: value or "" for name, value in attrs}
        if tag not in _INLINE:
            self._end_block()
        surface, answered, silent = self._here()
        surface = Surface(values["data-surface"]) if values.get("data-surface") else surface
        answered |= _rules_answered(values.get("data-records"))
        is_reference = tag == "a" and "ref" in values.get("class", "").split()
        silent = silent or tag in _SILENT or is_reference
        if tag not in _VOID:
            self._open.append((tag, surface, answered, silent))
        self._read_attributes(tag, values, surface, answered)
        if tag == "script" and values.get("type") == "application/ld+json":
            self._data = []
        if is_reference:
            self._block.append(" [1] ")
        if tag == "br":
            self._block.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """Close an element, and those left open inside it."""
        if tag == "script" and self._data is not None:
            self._read_data("".join(self._data))
            self._data = None
        if tag not in _INLINE:
            self._end_block()
        for depth in range(len(self._open) - 1, -1, -1):
            if self._open[depth][0] == tag:
                del self._open[depth:]
                break

    def handle_data(self, data: str) -> None:
        """Take in text where it is seen, or structured data."""
        if self._data is not None:
            self._data.append(data)
        elif not self._here()[2]:
            self._block.append(data)

    def _here(self) -> tuple[Surface, frozenset[str], bool]:
        return self._open[-1][1:] if self._open else (self._surface, _NONE, False)

    def _end_block(self) -> None:
        words = " ".join("".join(self._block).split())
        self._block.clear()
        if words:
            surface, answered, _silent = self._here()
            part = self._open[-1][0] if self._open else "text"
            self._texts.append(Text(part, words, surface, answered))

    def _read_attributes(
        self, tag: str, values: dict[str, str], surface: Surface, answered: frozenset[str]
    ) -> None:
        if tag == "meta" and _SAID_IN_META.search(values.get("name", "") + values.get("property", "")):
            content = values.get("content", "")
            if not content.startswith(("http://", "https://")):
                self._texts.append(Text("meta", content, surface, answered))
        for name in _SPOKEN:
            if values.get(name):
                self._texts.append(Text(name, values[name], surface, answered))
        if tag == "img" and values.get("src"):
            file_name = urlsplit(values["src"]).path.rsplit("/", 1)[-1]
            self._texts.append(Text("file name", words_of_address(file_name), surface, answered))
        if values.get("itemtype"):
            self._texts.append(Text("itemtype", f"itemtype {values['itemtype']}", surface, answered))

    def _read_data(self, text: str) -> None:
        surface, answered, _silent = self._here()
        try:
            data = json.loads(text)
        except ValueError:
            self._texts.append(Text("JSON-LD", text, surface, answered))
            return
        self._texts.extend(Text("JSON-LD", each, surface, answered) for each in _said_in(data))


def _rules_answered(mark: str | None) -> frozenset[str]:
    """What the attribute `data-records` answers: the rules for certificates, or for evidence records."""
    if mark is None:
        return _NONE
    return OF_CERTIFICATES if mark == "certificates" else OF_RECORDS


def _said_in(value: Any, name: str = "") -> Iterator[str]:
    """Every text of structured data; a type with its name, since the type itself is a claim."""
    if isinstance(value, dict):
        for name_, item in value.items():
            yield from _said_in(item, name_)
    elif isinstance(value, list):
        for item in value:
            yield from _said_in(item, name)
    elif isinstance(value, str) and not value.startswith(("http://", "https://")):
        yield f'"@type": "{value}"' if name == "@type" else value
