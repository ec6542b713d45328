"""Registry numbers: each function gives the normal form of one, or says why it is not one.

Check digits are recomputed where the registry defines them. A number that passes has the right form; that it
names the right substance, person or paper only the registry can say.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from shop.core.errors import Refused
from shop.core.language import gettext as _

LONGEST = 300


def cas(text: str) -> str:
    """A CAS Registry Number with its hyphens: `12656610` gives `12656-61-0`.

    The last digit is the sum of the others, each times its place from the right, modulo 10
    (CAS, "Check Digit Verification of CAS Registry Numbers").
    """
    form = re.fullmatch(r"(?:CAS)?(?:RN)?:?([1-9][0-9]{1,6})-?([0-9]{2})-?([0-9])", _compact(text).upper())
    if not form:
        raise Refused(_("Write a CAS number as digits with two hyphens, such as 50-56-6"))
    digits = form[1] + form[2]
    check = sum(place * int(digit) for place, digit in enumerate(reversed(digits), start=1)) % 10
    if check != int(form[3]):
        raise Refused(_("The CAS check digit should be %(right)s, not %(given)s", right=check, given=form[3]))
    return f"{form[1]}-{form[2]}-{form[3]}"


def pubchem_cid(text: str) -> str:
    """A PubChem compound number: `CID 122178` gives `122178`."""
    return _matched(
        text, r"(?:PUBCHEM)?(?:CID)?:?([1-9][0-9]{0,9})", _("Write a PubChem CID as digits, such as 172198")
    )


def unii(text: str) -> str:
    """An FDA Unique Ingredient Identifier: nine letters or digits and a check character.

    The last is the sum of the others modulo 36, A to Z counting 10 to 35 (Global Substance Registration
    System, ncats/gsrs, UNIIGenerator).
    """
    code = _matched(
        text, r"(?:UNII)?:?([0-9A-Z]{10})", _("Write a UNII as ten letters and digits, such as M089EFU921")
    )
    check = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[sum(int(character, 36) for character in code[:9]) % 36]
    if check != code[9]:
        raise Refused(
            _("The UNII check character should be %(right)s, not %(given)s", right=check, given=code[9])
        )
    return code


def inchikey(text: str) -> str:
    """An InChIKey: blocks of 14, 10 and 1 capital letters; the second ends in S or N and a version letter."""
    return _matched(
        text,
        r"(?:INCHIKEY=)?([A-Z]{14}-[A-Z]{8}[SN][A-Z]-[A-Z])",
        _("Write an InChIKey as 14, 10 and 1 letters with hyphens between them"),
    )


def orcid(text: str) -> str:
    """An ORCID iD in four groups; the last character follows ISO 7064 mod 11-2, X standing for ten."""
    digits = _matched(
        re.sub(r"^https?://(www\.)?orcid\.org/", "", text.strip()).replace("-", ""),
        r"(?:ORCID)?:?([0-9]{15}[0-9X])",
        _("Write an ORCID iD as four groups of four digits, such as 0000-0002-1825-0097"),
    )
    total = 0
    for digit in digits[:15]:
        total = (total + int(digit)) * 2
    check = "0123456789X"[(12 - total % 11) % 11]
    if check != digits[15]:
        raise Refused(
            _("The ORCID check digit should be %(right)s, not %(given)s", right=check, given=digits[15])
        )
    return "-".join(digits[start : start + 4] for start in range(0, 16, 4))


def doi(text: str) -> str:
    """A DOI without its resolver, in lower case, since case does not tell DOIs apart (DOI Handbook)."""
    plain = text.strip()
    link = re.match(r"https?://(dx\.)?doi\.org/", plain, re.IGNORECASE)
    if link:
        plain = unquote(plain[link.end() :])
    name = re.sub(r"^doi:\s*", "", plain, flags=re.IGNORECASE).rstrip(".,;").lower()
    if (
        len(name) > LONGEST
        or not name.isprintable()
        or not re.fullmatch(r"10\.[0-9]{4,9}(\.[0-9]+)*/\S+", name)
    ):
        raise Refused(_("Write a DOI from its “10.” on, such as 10.1002/14651858.CD007026.pub7"))
    return name


def pmid(text: str) -> str:
    """A PubMed number of up to eight digits."""
    return _matched(text, r"(?:PMID)?:?([1-9][0-9]{0,7})", _("Write a PubMed number as up to eight digits"))


def pmcid(text: str) -> str:
    """A PubMed Central number with its letters, which tell it from a PubMed number."""
    return _matched(
        text, r"(?:PMCID:?)?(PMC[1-9][0-9]{0,8})", _("Write a PMCID as PMC and digits, such as PMC3987924")
    )


def nct(text: str) -> str:
    """A ClinicalTrials.gov number: NCT and eight digits."""
    return _matched(text, r"(NCT[0-9]{8})", _("Write a ClinicalTrials.gov number as NCT and eight digits"))


def eudract(text: str) -> str:
    """A EudraCT number, `YYYY-NNNNNN-CC`, from 2004 on; its two check digits are not recomputed."""
    sentence = _("Write a EudraCT number as year, six digits and two digits, such as 2005-000001-12")
    number = _matched(text, r"(?:EUDRACT)?:?([0-9]{4}-[0-9]{6}-[0-9]{2})", sentence)
    if int(number[:4]) < 2004:
        raise Refused(_("EudraCT numbers begin in 2004; this one says %(year)s", year=number[:4]))
    return number


def cochrane(text: str) -> str:
    """A Cochrane review with its version: `CD007026.pub7`; the first version has no suffix.

    The DOI of a review (`10.1002/14651858.CD007026.pub7`) is taken too.
    """
    number = _matched(
        re.sub(r"^.*10\.1002/14651858\.", "", text.strip()),
        r"(CD[0-9]{6}(?:\.PUB(?:[2-9]|[1-9][0-9]))?)",
        _("Write a Cochrane review as CD, six digits and its version, such as CD007026.pub7"),
    )
    return number.replace("PUB", "pub")


def _matched(text: str, pattern: str, sentence: str) -> str:
    """The first group of a pattern over the whole text without spaces and in capitals."""
    found = re.fullmatch(pattern, _compact(text).upper())
    if not found:
        raise Refused(sentence)
    return found[1]


def _compact(text: str) -> str:
    """Without spaces and with plain hyphens; nothing that is far too long."""
    return "".join(text[: LONGEST + 1].split()).translate(str.maketrans("‐‑–—−", "-----"))
