"""Sources and monograph versions as CSL-JSON items, the form from which BibTeX and RIS are written.

Fields and types: Citation Style Language 1.0.2, `csl-data.json`. Nothing is made up: a source whose title has
not been seen goes under our own description in square brackets, and says so in its note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from urllib.parse import quote

from shop.core.language import gettext as _
from shop.education.evidence import PlainValue, RetractionState, Source

CslItem = dict[str, PlainValue]

_INITIALS = re.compile(r"(?P<family>.*\S)\s+(?P<given>(?:[^\W\d_a-z]\.?-?){1,4})")
_OF_A_BODY = {"and", "of", "the", "for", "&", "et", "und", "für", "de la"}
_ORCID = re.compile(r"\(?\b(?:https://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[0-9X])\b\)?")


def of_source(source: Source, item_id: str) -> CslItem:
    """One source; fields that are not known are left out."""
    item: CslItem = {"id": item_id, "type": _type(source), "title": source.title or f"[{source.label}]"}
    if source.authors:
        item["author"] = [name(each) for each in source.authors]
    if source.container:
        item["container-title"] = source.container
    if source.year is not None:
        item["issued"] = {"date-parts": [[source.year]]}
    for field, value in (("DOI", source.doi), ("PMID", source.pmid), ("PMCID", source.pmcid)):
        if value:
            item[field] = value
    if address := _address(source):
        item["URL"] = address
    if note := ". ".join(_notes(source)):
        item["note"] = f"{note}."
    return item


def of_version(
    *,
    item_id: str,
    title: str,
    authors: Iterable[str],
    publisher: str,
    version: int,
    published: date,
    url: str,
) -> CslItem:
    """One version of a monograph, under the address that always shows this version."""
    return {
        "id": item_id,
        "type": "webpage",
        "title": title,
        "author": [name(each) for each in authors],
        "publisher": publisher,
        "container-title": publisher,
        "version": str(version),
        "issued": {"date-parts": [[published.year, published.month, published.day]]},
        "URL": url,
    }


def name(text: str) -> dict[str, PlainValue]:
    """A person, if the text says which part is the family name; otherwise a name as it stands.

    `Muresanu, Dafin` and `Muresanu DF` are persons. `World Health Organization` and `Ministry of Health,
    Labour and Welfare` are not split: guessing would print a body as a person.
    """
    plain = " ".join(_ORCID.sub("", text).split())
    family, comma, given = (part.strip() for part in plain.partition(","))
    if comma and family and given and _is_given(given):
        return {"family": family, "given": given}
    initials = _INITIALS.fullmatch(plain)
    if not comma and initials and initials["given"].isupper() and _is_family(initials["family"]):
        return {"family": initials["family"], "given": initials["given"]}
    return {"literal": plain or _("Name not recorded")}


def orcid_of(text: str) -> str | None:
    """The ORCID iD that stands beside a name."""
    found = _ORCID.search(text)
    return found[1] if found else None


def _is_family(text: str) -> bool:
    return text.split()[-1][0].isupper() and not _has_words_of_a_body(text)


def _is_given(text: str) -> bool:
    return len(text.split()) <= 4 and not _has_words_of_a_body(text)


def _has_words_of_a_body(text: str) -> bool:
    return any(word.casefold() in _OF_A_BODY for word in text.split())


def _type(source: Source) -> str:
    in_a_journal = source.container or source.pmid or source.pmcid
    return "article-journal" if in_a_journal else "document"


def _address(source: Source) -> str:
    """Where the record can be read, built from its best identifier."""
    if source.doi:
        return f"https://doi.org/{quote(source.doi, safe='/.()-;:_')}"
    if source.pmid:
        return f"https://pubmed.ncbi.nlm.nih.gov/{quote(source.pmid)}/"
    if source.pmcid:
        return f"https://pmc.ncbi.nlm.nih.gov/articles/{quote(source.pmcid)}/"
    return f"https://clinicaltrials.gov/study/{quote(source.nct)}" if source.nct else ""


def _notes(source: Source) -> Iterator[str]:
    if source.title is None:
        yield _("Title not seen; the words in square brackets are our own description")
    if source.retraction is RetractionState.RETRACTED:
        yield _("Retracted")
    elif source.retraction is RetractionState.CONCERN:
        yield _("Under an expression of concern")
    if source.nct:
        yield source.nct
    if source.eudract:
        yield f"EudraCT {source.eudract}"
    if source.isrctn:
        yield source.isrctn
    if source.cochrane:
        yield _("Cochrane review %(number)s", number=source.cochrane)
    if source.other_identifier:
        yield source.other_identifier.rstrip(".")
