"""CSL-JSON items as BibTeX.

Letters outside ASCII stay as they are (UTF-8, as biber and current BibTeX take them). What LaTeX or BibTeX
would read as an instruction is spelt out, braces by name, since BibTeX counts braces even behind a backslash.
Titles stand in two pairs of braces, so that styles keep their capitals as printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from shop.education.citations import CslItem

MEDIA_TYPE = "application/x-bibtex"

_SPELT_OUT = {
    "\\": r"\textbackslash{}",
    "{": r"\ensuremath{\lbrace}",
    "}": r"\ensuremath{\rbrace}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_"},
}
_LIGATURE = re.compile(
    r"(?<=-)(?=-)|(?<=')(?=')|(?<=`)(?=`)|(?<=,)(?=,)|(?<=<)(?=<)|(?<=>)(?=>)|(?<=[?!])(?=`)"
)
_NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u2028\u2029]")


def file(items: Iterable[CslItem]) -> str:
    """A whole `.bib` file."""
    return "\n".join(map(entry, items))


def entry(item: CslItem) -> str:
    """One entry. Its key is the id of the item."""
    known: dict[str, Any] = item
    is_article = known["type"] == "article-journal" and "container-title" in known
    lines = [f"@{'article' if is_article else 'misc'}{{{known['id']},"]
    lines += [f"  {name} = {{{value}}}," for name, value in _fields(known, is_article=is_article)]
    return "\n".join([*lines, "}", ""])


def escaped(text: str) -> str:
    """Text as LaTeX prints it to the letter."""
    parts = _LIGATURE.split(one_line(text))
    return "{}".join("".join(_SPELT_OUT.get(letter, letter) for letter in part) for part in parts)


def one_line(text: str) -> str:
    """Without line ends and characters that are no text."""
    return " ".join(_NO_TEXT.sub(" ", text).split())


def _fields(item: dict[str, Any], *, is_article: bool) -> Iterator[tuple[str, str]]:
    if "author" in item:
        yield "author", " and ".join(map(_name, item["author"]))
    yield "title", f"{{{escaped(item['title'])}}}"
    if "container-title" in item:
        yield ("journal" if is_article else "howpublished"), escaped(item["container-title"])
    if "publisher" in item:
        yield "publisher", escaped(item["publisher"])
    yield from _dates(item)
    if "version" in item:
        yield "version", escaped(item["version"])
    for field, name in (("DOI", "doi"), ("PMID", "pmid"), ("PMCID", "pmcid"), ("URL", "url")):
        if field in item:
            yield name, _verbatim(item[field])
    if "note" in item:
        yield "note", escaped(item["note"])


def _dates(item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "issued" in item:
        parts = item["issued"]["date-parts"][0]
        yield "year", str(parts[0])
        if len(parts) == 3:
            yield "date", "-".join(f"{part:02}" for part in parts)


def _name(name: dict[str, str]) -> str:
    """`Family, Given`; what must not be taken apart stands in braces."""
    if "literal" in name:
        return f"{{{escaped(name['literal'])}}}"
    return f"{_name_part(name['family'])}, {_name_part(name['given'])}"


def _name_part(part: str) -> str:
    text = escaped(part)
    return f"{{{text}}}" if "," in text or re.search(r"\band\b", text, re.IGNORECASE) else text


def _verbatim(text: str) -> str:
    """An identifier, which no program reads as LaTeX; what would end the field is percent-encoded."""
    encoded = {"{": "%7B", "}": "%7D", "\\": "%5C", " ": "%20"}
    return "".join(encoded.get(letter, letter) for letter in one_line(text))
