"""Which numbers in running text are figures, and which belong to a name.

"NK1", "LL-37", "5-HT2A", "CD4+" and "kisspeptin-10" are names; "0.71", "98.5%", "12-week" and "n=24" are
figures. The rules are about how a number is joined to the letters around it, so that they also hold for names
nobody has listed: letters before a number make it a name, with or without a hyphen; letters after it do,
unless they are a unit. A number with decimals or a percent sign after a hyphen is always a figure, since
names have neither. Where a number could be either it counts as a figure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from shop.compounds import identifiers
from shop.core.errors import Refused

_REACH = 60
"""Characters before and after a number that are looked at."""
_DASHES = str.maketrans("‐‑–−", "----")
_NUMBER = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)*|\.\d+", re.ASCII)
_IDENTIFIER = re.compile(
    r"\b10\.\d{4,9}/\S+"  # DOI
    r"|\b(?:NCT|PMC|ISRCTN|CD)\d{4,}(?:\.pub\d+)?"
    r"|\b\d{4}-\d{6}-\d{2}\b"  # EudraCT
    r"|\b\d{4}-\d{3}[\dX]\b"  # ISSN
    r"|\b14-3-3\b",  # the one family of proteins that is named by figures alone
    re.ASCII,
)
_CAS = re.compile(r"\b\d{2,7}-\d{2}-\d\b", re.ASCII)
_STATISTIC = re.compile(r"(?:^|[^A-Za-z])(?:n|p|P|d|t|F|OR|RR|HR|RD|MD|SMD|MW)$")
"""Letters that may stand right before a figure: before decimals, or "n" before a whole number."""
_NUMBERED = re.compile(
    r"\b(?:type|phase|class|stage|grade|factor|table|figure|panel|version|source|chapter|appendix"
    r"|interleukin|receptor|component|isoform|exon|chromosome|residues?|position|CID|PMID|CAS|EC|No\.?)"
    r"[  -]$",
    re.IGNORECASE,
)
"""Words whose number is a label, as in "phase 3" or "interleukin 6"."""
_UNIT = re.compile(
    r"(?:fold|folds|times|percent|per\s?cent|points?|items?|h|hr|hrs|hours?|min|mins|minutes?|s|sec|seconds?"
    r"|d|days?|wk|weeks?|mo|months?|y|yr|yrs|years?|kg|g|mg|µg|μg|ug|mcg|ng|pg|mol|mmol|µmol|μmol|nmol|pmol|fmol"
    r"|M|mM|µM|μM|uM|nM|pM|fM|l|L|ml|mL|µl|µL|μL|dl|dL|m|cm|mm|µm|μm|nm|Da|kDa|IU|U|mmHg|Hz|V|mV|kV|W|J|K"
    r"|x|st|nd|rd|th|e-?\d+|ers|man|men|wom[ae]n|people|persons?|patients?|participants?|trials?|studies|study"
    r"|arms?|armed|cent(?:re|er)s?|sites?|scales?|scale|residues?|mers?|way|year-old|based)(?![A-Za-z0-9])"
)
_LOCANT = re.compile(
    r"(?:methyl|ethyl|propyl|butyl|phenyl|benzyl|hydroxy|methoxy|ethoxy|fluoro|chloro|bromo|iodo|amino|nitro"
    r"|deoxy|oxo|keto|mercapto|thio|aza|carboxy|sulfo|phospho|acetyl|acetoxy|cyclo|iso|epi|nor|dehydro|ol|one|en"
    r"|ene|yl|yne)",
    re.IGNORECASE,
)
"""How a chemical name goes on after the number of a place in the molecule, as in "5-fluorouracil"."""
_GREEK = re.compile(
    r"(?:alpha|beta|gamma|delta|epsilon|kappa|lambda|mu|omega|sigma|theta|zeta)$", re.IGNORECASE
)


def figures(text: str) -> list[str]:
    """The figures of a text in order, without signs and thousands separators: "1,070" is "1070"."""
    return [number.replace(",", "") for number in _figures(_without_identifiers(text.translate(_DASHES)))]


def _without_identifiers(text: str) -> str:
    text = _IDENTIFIER.sub(" ", text)
    return _CAS.sub(lambda found: " " if _is_cas(found[0]) else found[0], text)


def _is_cas(text: str) -> bool:
    try:
        identifiers.cas(text)
    except Refused:
        return False
    return True


def _figures(text: str) -> Iterator[str]:
    end_of_name = -1
    for found in _NUMBER.finditer(text):
        before = text[max(0, found.start() - _REACH) : found.start()]
        after = text[found.end() : found.end() + _REACH]
        between = text[end_of_name : found.start()] if end_of_name >= 0 else ""
        goes_on = re.fullmatch(r"[-/,+]", between) or (between == "(" and re.match(r"-\d+\)", after))
        if _is_in_a_name(found[0], before, after, goes_on=bool(goes_on)):
            end_of_name = found.end()
        else:
            yield found[0]


def _is_in_a_name(number: str, before: str, after: str, *, goes_on: bool) -> bool:
    exact = "." in number or after.lstrip(" ").startswith("%")
    if re.search(r"[^\W\d_]$", before):
        letters = _STATISTIC.search(before)
        return letters is None or ("." not in number and not letters[0].endswith("n"))
    if exact:
        return False
    joined = re.search(r"[^\W\d_]['’′]?[+]?[-/(]\(?$", before) is not None
    return joined or goes_on or _NUMBERED.search(before) is not None or _begins_a_name(after)


def _begins_a_name(after: str) -> bool:
    """Whether letters after a number make it the beginning of a name: "5-HT", "2D6", "17β-estradiol"."""
    if re.match(r"[^\W\d_]", after):
        return _UNIT.match(after) is None
    hyphened = re.match(r"[-'’′,\d]*-([^\W\d_][\w]*)", after)
    if hyphened is None or _UNIT.match(hyphened[1]):
        return False
    rest = hyphened[1]
    return (
        rest[0].isupper()
        or any(map(str.isdigit, rest))
        or bool(_LOCANT.match(rest) or _GREEK.fullmatch(rest))
    )
