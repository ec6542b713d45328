"""Tells text about use in people or pets from text about laboratory work, and holds the one answer.

Careful in one direction: what is not clearly such a question goes to a person, who answers it. A sentence has
to ask, to name a way of taking something, an effect or a purpose, and to say that a person or a pet is meant.
Work with cells, tissues or laboratory animals is not taken for it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from shop.core.language import gettext as _

LONGEST_READ = 20_000


def _any_of(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\b")


_ASKS = _any_of(
    "how", "what", "what's", "which", "when", "can", "could", "should", "is", "are", "does", "do",
    "will",
)  # fmt: skip
_ASKS_ANYHOW = _any_of("i (?:want|need|plan|would like|am going) to", "tell me", "advise", "recommend me")
_SOMEBODY = _any_of(
    "i", "me", "my", "myself", "humans?", "people", "person", "man", "men", "woman", "women", "adults?",
    "child", "children", "kids?", "wife", "husband", "mother", "father", "mum", "mom", "dad", "son",
    "daughter", "friend", "girlfriend", "boyfriend", "athletes?", "bodybuild\\w*", "pets?", "dogs?",
    "cats?",
)  # fmt: skip
_INTAKE = _any_of(
    "inject\\w*", "pinn?ing", "dos(?:e|es|ing|age|ages)", "swallow\\w*", "snort\\w*", "inhal\\w*",
    "ingest\\w*", "microdos\\w*", "self[- ]?administ\\w*", "sub-?q", "subcutaneous\\w*",
    "intramuscular\\w*", "under the tongue", "insulin syringes?",
)  # fmt: skip
_TAKE = re.compile(
    r"\b(?:should|can|could|may|must|do|did|would|to|safely) (?:i |we |you |people |humans |one )?take\b"
    r"(?! (?:back|an? |over|part|long|place|care|into|from|the order|my order|measure\w*|photos?|pictures?"
    r"|(?:the |an? )?samples?|(?:the )?aliquots?))"
)
_EFFECT = _any_of(
    "safe", "side effects?", "helps?(?: with)?", "cures?", "treats?", "heals?", "good for", "benefits?",
    "works? for",
)  # fmt: skip
_BODY = _any_of(
    "weight loss", "lose weight", "fat loss", "muscles?", "anxiety", "depression", "adhd", "sleep",
    "injur\\w+", "tendons?", "pain", "tann?(?:ing)?", "libido", "wrinkles?", "hair loss", "skin",
    "face", "knees?", "shoulder", "gut", "memory",
)  # fmt: skip
_OWN = _any_of("i", "me", "my")
_CLEAR = (
    re.compile(r"\binsulin syringes?\b"),
    re.compile(
        r"\b(?:should|can|could|may) (?:my |an? |the )?"
        r"(?:son|daughter|child|wife|husband|mother|father|mum|mom|dad|friend|girlfriend|boyfriend|"
        r"dog|cat|horse) "
        r"(?:take|use|have|inject|drink|try)\b"
    ),
    re.compile(
        r"\bgive (?:it|this|them|these|some) to my (?:dog|cat|horse|pet|child|son|daughter|wife|husband)\b"
    ),
    re.compile(
        r"\b(?:use|using|apply|put) (?:it|this|them|these) on (?:my|your|the) "
        r"(?:knee|shoulder|skin|face|scalp|hair|elbow|back|injur)"
    ),
    re.compile(r"\b(?:be taken|safe) (?:by|in|for) (?:adults|men|women|people|humans|children|athletes)\b"),
    re.compile(r"\bside effects? (?:in|for|on) (?:adults|men|women|people|humans|children|athletes)\b"),
    re.compile(r"\b(?:does|will|can|could|would) (?:it|this|that|they) (?:cure|heal) "),
    re.compile(r"\bcycle length\b.*\b(?:bodybuild\w*|athletes?|people|men|women|you)\b"),
    re.compile(r"\b(?:you|you guys|people|i) pin (?:this|it|them)\b"),
    re.compile(r"\bfor (?:daily )?personal use\b"),
    re.compile(r"\bresults on my (?:skin|face|hair|body|weight|muscles?)\b"),
    re.compile(r"\bdose (?:did|do|would) you (?:guys )?take\b"),
    re.compile(
        r"\b(?:mg|mcg|µg|ug|units?) (?:per|a|each|every) (?:day|week|month)\b"
        r".*\b(?:weight loss|fat loss|muscles?|sleep|anxiety|pain)\b"
    ),
    re.compile(
        r"\b(?:safe|ok|okay|fine|suitable|approved|meant|intended) (?:for|in) "
        r"(?:humans?|people|personal|my (?:dog|cat|horse|child|son|daughter|wife|husband))\b"
    ),
    re.compile(r"(?<!not )\bfor (?:human|personal) (?:use|consumption)\b"),
    re.compile(
        r"\bcan (?:i|you|we|people|humans) (?:inject|drink|eat|snort|inhale|swallow) (?:this|it|them|these)\b"
    ),
    re.compile(r"\b(?:wie ?viel|wie oft)\b.{0,40}\b(?:spritzen|einnehmen|nehme ich)\b"),
    re.compile(r"\b(?:combien|quelle dose)\b.{0,40}\b(?:prendre|injecter|m'injecter)\b"),
    re.compile(r"\b(?:cu[aá]nto|qu[eé] dosis)\b.{0,40}\b(?:tomar|tomo|inyectar\w*|inyecto)\b"),
    re.compile(r"\bhoeveel\b.{0,40}\b(?:innemen|spuiten|inspuiten)\b"),
)
"""Says it all by itself."""
_LABORATORY = _any_of(
    "mice", "mouse", "rats?", "murine", "rodents?", "rabbits?", "zebrafish", "in vitro", "in vivo",
    "cells?", "cell lines?", "hek ?293\\w*", "hela", "cho", "assays?", "elisa", "hplc", "lc-?ms",
    "plates?", "tissues?", "slices?", "iacuc", "animal model", "gavage", "monograph", "figure \\d+",
    "dose-response",
    "human (?:serum|plasma|recombinant|proteins?|receptors?|liver|insulin|albumin|igg|sequence)",
)  # fmt: skip
_NOT_FOR_PEOPLE = re.compile(r"\bnot for human\b")

_STATED = (
    re.compile(r"\b(?:on|into|in) (?:myself|my (?:own )?(?:body|arm|leg|belly|stomach|abdomen|thigh))\b"),
    re.compile(
        r"\b(?:for|to treat|to help) my (?:own )?(?:weight|body|health|knees?|shoulder|back|skin|face|hair"
        r"|sleep|anxiety|injur\w+|recovery|son|daughter|child|wife|husband|mother|father|mum|mom|dad|friend"
        r"|girlfriend|boyfriend|dog|cat|horse|pet|patients?|clients?|customers)\b"
    ),
    re.compile(r"\bmy (?:own )?(?:daily |weekly |next )?(?:dose|dosage|injections?|shots?)\b"),
    re.compile(
        r"\b(?:i|we) (?:will |want to |plan to |am going to |are going to )?(?:take|inject) "
        r"(?:it|this|them)\b"
    ),
    re.compile(r"\b(?:to|will) inject (?:myself|my)\b"),
    re.compile(r"(?<!not )\b(?:for|in) (?:our|the) (?:patients|clients)\b"),
    re.compile(r"(?<!not )\bfor (?:my |our )?(?:own |personal |human )(?:consumption|injection)\b"),
)
"""Says, without asking, that a person or a pet is to get it."""

_SPACED = re.compile(r"(?<=\w)[.*_-](?=\w)")
_LOOKS_SPACED = re.compile(r"\b\w[.*_-]\w[.*_-]\w\b")
_WITH_DIGITS = re.compile(r"\b(?=\w*[a-z])(?=\w*[013457@$])[\w@$]+")
_LETTERS = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "@": "a", "$": "s"})


def asks_about_use_in_people(text: str) -> bool:
    """Whether a text clearly asks about use in people or pets.

    Case, compatibility forms, invisible characters, letters set apart by signs and letters written as digits
    make no difference. At most the first 20,000 characters are read.
    """
    return any(_asks(sentence) for form in _readings(text[:LONGEST_READ]) for sentence in _sentences(form))


def speaks_of_use_in_people(text: str) -> bool:
    """Whether a text clearly says, or asks about, use in people or pets, as an order note may.

    Reads as `asks_about_use_in_people` does. A doubtful note is none: it is for a person to judge.
    """
    return any(
        _asks(sentence) or _states(sentence)
        for form in _readings(text[:LONGEST_READ])
        for sentence in _sentences(form)
    )


def _states(sentence: str) -> bool:
    if _LABORATORY.search(sentence) or _NOT_FOR_PEOPLE.search(sentence):
        return False
    return any(pattern.search(sentence) for pattern in _STATED)


def _readings(text: str) -> set[str]:
    """The text as typed, and as meant where letters are disguised."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    plain = "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")
    joined = _SPACED.sub("", plain) if _LOOKS_SPACED.search(plain) else plain
    spelled = _WITH_DIGITS.sub(lambda found: found[0].translate(_LETTERS), plain)
    return {plain, joined, re.sub(r"\b(should|can|do) 1\b", r"\1 i", spelled)}


def _sentences(text: str) -> Iterable[str]:
    return (" ".join(part.split()) for part in re.split(r"(?<=[.!?])\s|\n\s*\n", text) if part.strip())


def _asks(sentence: str) -> bool:
    if _LABORATORY.search(sentence) or _NOT_FOR_PEOPLE.search(sentence):
        return False
    if any(pattern.search(sentence) for pattern in _CLEAR):
        return True
    if not ("?" in sentence or _ASKS.match(sentence) or _ASKS_ANYHOW.search(sentence)):
        return False
    about_taking = _SOMEBODY.search(sentence) and (_INTAKE.search(sentence) or _TAKE.search(sentence))
    about_effects = _OWN.search(sentence) and _EFFECT.search(sentence) and _BODY.search(sentence)
    return bool(about_taking or about_effects)


def fixed_refusal() -> str:
    """The one answer to such a question, always the same."""
    return _(
        "Thank you for writing. Our materials are for laboratory research only, and we do not answer "
        "questions about use in people or pets: not about amounts, ways of use, effects or safety. Nothing "
        "we sell is a medicine. If you have a question about your health, ask a doctor or a pharmacist. If "
        "you feel unwell after using something, call your local emergency number or poison centre now."
    )
