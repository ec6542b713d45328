"""Links to publications and registers, built from identifiers and from nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup, escape

_IDENTIFIER = re.compile(
    r"\b(?:DOI:?\s+(?P<doi>10\.[0-9]{4,9}/[^\s;,]+)|PMID:?\s+(?P<pmid>[0-9]{1,8})"
    r"|(?:PMCID:?\s+)?(?P<pmcid>PMC[0-9]{1,9})|(?P<nct>NCT[0-9]{8}))\b"
)


@dataclass(frozen=True, kw_only=True)
class SourceLink:
    """An identifier as printed, and where it leads."""

    text: str
    url: str


def links(
    *, doi: str | None = None, pmid: str | None = None, pmcid: str | None = None, nct: str | None = None
) -> tuple[SourceLink, ...]:
    """The links of a source, in the order in which a reader should try them."""
    found = (
        (f"doi:{doi}", f"https://doi.org/{quote(doi or '', safe='/.()-;:_')}", doi),
        (f"PMID {pmid}", f"https://pubmed.ncbi.nlm.nih.gov/{quote(pmid or '')}/", pmid),
        (str(pmcid), f"https://pmc.ncbi.nlm.nih.gov/articles/{quote(pmcid or '')}/", pmcid),
        (str(nct), f"https://clinicaltrials.gov/study/{quote(nct or '')}", nct),
    )
    return tuple(SourceLink(text=text, url=url) for text, url, known in found if known)


def with_links(text: str) -> Markup:
    """A sentence in which each identifier of a publication or trial is a link."""
    parts, end = [], 0
    for match in _IDENTIFIER.finditer(text):
        (link,) = links(**match.groupdict())
        parts += [escape(text[end : match.start()]), anchor(link)]
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])


def anchor(link: SourceLink) -> Markup:
    """One link."""
    return Markup('<a href="{}">{}</a>').format(link.url, link.text)
