"""The ruleset: what may not be said (C1 to C18), what may (A1 to A7), and on which surface.

Rules after the claims that regulators have quoted back to sellers; see docs/claims.md. A rule is made of
families (see `ruleset`): an expression over folded text (see `normalise`), and the contexts of the laboratory
in which the same words are innocent. Change `VERSION` with every change of a rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from shop.claims.vocabulary import MEASURED, SYSTEM

VERSION = "2026-11.2"


class Surface(StrEnum):
    """Where a text stands."""

    PRODUCT = "P"
    """Product pages, cart, mail, feeds: whatever is one click or less from the cart."""
    MONOGRAPH = "M"
    """A monograph beside a listing, guides, and the pages around them."""
    DETACHED = "D"
    """A monograph about something that is not listed."""


class Verdict(StrEnum):
    """What follows from a finding. A block cannot be explained away; a hold needs a written reason."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    HOLD = "hold"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as people read it."""

    id: str
    name: str
    why: str


RULES = {
    rule.id: rule
    for rule in (
        Rule("C1", "Disease", "Says or hints that the material treats, prevents, cures or eases a disease."),
        Rule(
            "C2", "Body and wellness", "Promises an effect on the body, such as on weight, sleep or recovery."
        ),
        Rule(
            "C3",
            "Dose and schedule",
            "Gives a dose, a frequency, a course or a combination for use in people.",
        ),
        Rule("C4", "Route and device", "Names a way or a device of bringing the material into a body."),
        Rule("C5", "Preparing an injection", "Describes how to prepare something that would be injected."),
        Rule("C6", "Assurance", "Assures safety or effect, which nobody has shown for this material."),
        Rule("C7", "Approval and brands", "Borrows approval, endorsement or the name of a medicine."),
        Rule("C8", "Testimonial", "Tells of personal use, or quotes a review or a before-and-after story."),
        Rule("C9", "Personal goals", "Addresses consumers, athletes or a reader's own body and goals."),
        Rule("C10", "Evasion", "Uses a coded name, a wink or a stand-in for people who use the material."),
        Rule("C11", "Advice to users", "Warns or advises people who would use the material on themselves."),
        Rule(
            "C12", "Outcomes in people", "Reports a trial or an outcome in people outside an evidence record."
        ),
        Rule("C13", "Animals", "Concerns use in pets or farm animals, or an effect in an animal model."),
        Rule(
            "C14", "Quality", "Claims a quality without the lot, the method and the certificate that show it."
        ),
        Rule("C15", "Legality", "Advises on what is legal, on prescriptions or on passing customs."),
        Rule(
            "C16", "Selling for use", "Sells what an injection needs, or a bundle, subscription or dose tool."
        ),
        Rule(
            "C17", "Evidence without source", "Leans on studies without naming one that a reader can look up."
        ),
        Rule("C18", "Against a medicine", "Holds the material up against a medicine or a treatment."),
    )
}


@cache
def compiled(expression: str) -> re.Pattern[str]:
    """An expression, compiled when a text first needs it: most contexts never are."""
    return re.compile(expression)


@dataclass(frozen=True, slots=True)
class Family:
    """One way to break a rule: what is found, on which surfaces it counts, and where it is innocent."""

    rule: str
    verdicts: tuple[Verdict, Verdict, Verdict]
    """On product surfaces, on monographs, on monographs without a listing."""
    finds: str
    needs: str
    """What must stand in the same sentence as well; empty for nothing."""
    unless: str
    """What in the same sentence makes the words innocent; empty for nothing."""
    in_paragraph: bool = False
    """Whether the context may stand anywhere in the paragraph, as the source of a sentence may."""

    def is_meant(self, sentence: str, paragraph: str) -> bool:
        """Whether the words found in a sentence are meant as the rule reads them."""
        if self.needs and compiled(self.needs).search(sentence) is None:
            return False
        around = paragraph if self.in_paragraph else sentence
        return not self.unless or compiled(self.unless).search(around) is None

    def verdict_on(self, surface: Surface) -> Verdict:
        """What a finding of this family means on a surface."""
        return self.verdicts[tuple(Surface).index(surface)]


_LETTERS = {"B": Verdict.BLOCK, "H": Verdict.HOLD, ".": Verdict.PASS}


def family(
    rule: str, verdicts: str, finds: str, *, needs: str = "", unless: str = "", in_paragraph: bool = False
) -> Family:
    """A family; `verdicts` has a letter for each surface: B blocks, H holds, a point passes."""
    on_product, on_monograph, detached = (_LETTERS[letter] for letter in verdicts)
    return Family(
        rule,
        (on_product, on_monograph, detached),
        finds,
        needs,
        unless,
        in_paragraph,
    )


STATUS_MAY_NAME = frozenset({"C1", "C2", "C4", "C7", "C12", "C13"})
"""Rules that a sentence on a monograph about what a regulator decided, and when, does not break (A5)."""

_STATUS_FACT = re.compile(
    r"\b(?:approv(?:ed|al)|authori[sz](?:ed|ation)|licen[sc]ed?|registered|registration|marketed|"
    r"withdrawn|withdrew|orphan|"
    r"designat\w+|scheduled|used (?:as a medicine|for|in)|prescription only|on the list|"
    r"essential medicines)\b"
)
_STATUS_DATED = re.compile(
    r"\b(?:19|20)\d\d\b|\bdoi\b|\[@|\[\d{1,3}\]|\b(?:nda|bla|anda|eu/\d)\b|\bin (?:the )?(?:us|"
    r"united states|eu|european union|uk|"
    r"united kingdom|russia|japan|china|italy|germany|france|canada|australia|india|several countries|"
    r"more than \d+ countries|"
    r"some countries|ukraine|eastern europe)\b|\blabel\b|\bprescribing information\b|\bwho model list\b"
)
_STATUS_BORROWED = re.compile(
    r"\b(?:our|this (?:product|vial|peptide|reagent)|we|you|your|safe|safely|effective\w*|proven|"
    r"works?|trust\w*|treats|cures|heals|"
    r"so it|therefore|decades|years|widely|successfully|long|to treat|which means|same|like|generic|"
    r"better|stronger|buy)\b"
)


def is_regulatory_status(sentence: str) -> bool:
    """Whether a sentence states what a regulator decided on a medicine, when or where, nothing of ours."""
    return bool(
        _STATUS_FACT.search(sentence)
        and _STATUS_DATED.search(sentence)
        and not _STATUS_BORROWED.search(sentence)
    )


@dataclass(frozen=True, slots=True)
class Allowed:
    """One kind of statement that belongs on a page."""

    id: str
    name: str
    finds: re.Pattern[str]


ALLOWED = tuple(
    Allowed(id, name, re.compile(finds))
    for id, name, finds in (
        (
            "A1",
            "Identity and chemistry",
            r"\b(?:sequence|formula|molar mass|molecular (?:weight|mass)|cas\b|peptide|salt|acetate|"
            r"trifluoroacetate|residues?|endogenous|calibrant|substrate|ligand|\w+peptide)\b",
        ),
        (
            "A2",
            "Certificate result or stated gap",
            r"\blot\b.*\d|\bcertificate\b|\bhplc\b|\bnot tested\b|\bnpc\b|\bnet peptide\b|\bpurity\b",
        ),
        (
            "A3",
            "Handling at the bench",
            r"\b(?:store|stored|storage|dissolve|soluble|solubility|aliquot|freeze|thaw|centrifuge|"
            r"desiccat\w+|stock solution)\b|-20|-80|2-8",
        ),
        ("A4", "Mechanism in vitro", rf"\b(?:{SYSTEM})\b.*\b(?:{MEASURED})|\b[ei]c ?50\b"),
        (
            "A5",
            "Regulatory status or refusal",
            r"\bresearch use\b|\bnot for (?:human|veterinary)|\bapproved\b|\brefused\b|\bnot (?:sold|shipped|"
            r"offered)\b|\bauthori[sz]ed\b",
        ),
        (
            "A6",
            "Limit or negative statement",
            r"\bno (?:\w+ ){0,3}(?:evidence|conclusion|data|study|trial|claim)|\bnot (?:known|shown|"
            r"established|tested)\b|\bunknown\b",
        ),
        ("A7", "Hazard", r"\bsds\b|\bsafety data sheet\b|\bgloves\b|\bdust\b|\bh\d{3}\b|\bspill"),
    )
)
