"""CSL-JSON items as RIS: a tag, two spaces, a hyphen, a space and the value on one line each.

Tags as PubMed and the reference managers write them: `AN` the PubMed number, `C2` the PubMed Central number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from shop.education.bibtex import one_line
from shop.education.citations import CslItem

MEDIA_TYPE = "application/x-research-info-systems"
_LINE_END = "\r\n"


def file(items: Iterable[CslItem]) -> str:
    """A whole `.ris` file."""
    return _LINE_END.join(map(record, items))


def record(item: CslItem) -> str:
    """One reference, from `TY` to `ER`."""
    lines = [f"{tag}  - {value}" for tag, value in _tags(item) if value]
    return _LINE_END.join([*lines, "ER  - ", ""])


def _tags(item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    in_a_journal = item["type"] == "article-journal"
    yield "TY", "JOUR" if in_a_journal else "ELEC" if item["type"] == "webpage" else "GEN"
    yield "ID", item["id"]
    for name in item.get("author", ()):
        yield "AU", one_line(name.get("literal") or f"{name['family']}, {name['given']}")
    yield "TI", one_line(item["title"])
    yield ("JO" if in_a_journal else "T2"), one_line(item.get("container-title", ""))
    yield "PB", one_line(item.get("publisher", ""))
    yield from _dates(item)
    yield "ET", one_line(item.get("version", ""))
    yield "DO", one_line(item.get("DOI", ""))
    yield "AN", one_line(item.get("PMID", ""))
    yield "DB", "PubMed" if "PMID" in item else ""
    yield "C2", one_line(item.get("PMCID", ""))
    yield "UR", one_line(item.get("URL", ""))
    yield "N1", one_line(item.get("note", ""))


def _dates(item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "issued" in item:
        parts = item["issued"]["date-parts"][0]
        yield "PY", str(parts[0])
        if len(parts) == 3:
            yield "DA", "/".join(f"{part:02}" for part in parts)
