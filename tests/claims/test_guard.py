"""The claims guard, held against sentences with the verdict they must get."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable

import pytest
from claims_corpus import Expected, read
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shop.claims import guard
from shop.claims.guard import check
from shop.claims.rules import RULES, Surface, Verdict
from shop.claims.ruleset import FAMILIES

REFERENCE = read("reference.txt")
HELD_OUT = read("held_out.txt")
BLOCKED = [each for each in HELD_OUT if each.verdicts[0][1] is Verdict.BLOCK and each.sentence.isascii()]


def wrong(sentences: list[Expected]) -> list[str]:
    """What the guard says otherwise than it must."""
    return [
        f"line {each.line} on {surface}: {each.sentence} is {found.verdict}, not {verdict} ({found.findings})"
        for each in sentences
        for surface, verdict in each.verdicts
        if (found := check(each.sentence, surface)).verdict is not verdict
    ]


def test_every_sentence_of_the_reference_gets_its_verdict() -> None:
    assert wrong(REFERENCE) == []


@pytest.mark.parametrize("each", REFERENCE, ids=lambda each: f"line{each.line}")
def test_the_rules_of_the_reference_are_named(each: Expected) -> None:
    if each.kinds[0].startswith("C"):
        assert set(each.kinds) <= set(check(each.sentence, Surface.PRODUCT).rules)


def test_the_guard_does_as_well_on_sentences_that_are_not_in_the_reference() -> None:
    """Precision and recall over all surfaces, a hold counting as found (see docs/claims.md)."""
    counted: Counter[str] = Counter()
    for each in HELD_OUT:
        for surface, verdict in each.verdicts:
            must = verdict is not Verdict.PASS
            does = check(each.sentence, surface).verdict is not Verdict.PASS
            counted["found" if must and does else "missed" if must else "wrongly" if does else "left"] += 1
    recall = counted["found"] / (counted["found"] + counted["missed"])
    precision = counted["found"] / (counted["found"] + counted["wrongly"])
    assert len(HELD_OUT) >= 150
    assert (recall, precision) >= (0.99, 0.99), counted


def test_every_held_out_sentence_gets_its_verdict() -> None:
    assert wrong(HELD_OUT) == []


def test_each_rule_finds_something_on_a_product_surface() -> None:
    found = {rule for each in (*REFERENCE, *HELD_OUT) for rule in check(each.sentence, Surface.PRODUCT).rules}
    assert found == set(RULES)


def test_each_finding_names_words_that_stand_in_the_text_and_a_reason() -> None:
    for each in (*REFERENCE, *HELD_OUT):
        text = " ".join(each.sentence.split())
        for finding in check(each.sentence, Surface.PRODUCT).findings:
            assert finding.words in text
            assert finding.why == RULES[finding.rule].why


DISGUISES: dict[str, Callable[[str], str]] = {
    "in capitals": str.upper,
    "full width": lambda text: "".join(
        chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text
    ),
    "with letters that nobody sees": lambda text: "\u200b".join(text),
    "with Cyrillic letters": lambda text: text.translate(str.maketrans("aeopcx", "аеорсх")),
    "with soft hyphens": lambda text: re.sub(r"(\w{3})(\w)", "\\1\u00ad\\2", text),
    "after a disclaimer": lambda text: "For research use only. Not for human use. " + text,
    "before a disclaimer": lambda text: text + " Not for human or veterinary use.",
    "in marks": lambda text: f"*** “{text}” ***",
    "with spaces of all kinds": lambda text: text.replace(" ", "\u00a0\u2009"),
    "as a quotation of others": lambda text: f"As one laboratory wrote: {text}",
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_blocked_sentence_stays_blocked_in_disguise(disguise: str) -> None:
    missed = [
        each.sentence
        for each in BLOCKED
        if check(DISGUISES[disguise](each.sentence), Surface.PRODUCT).verdict is not Verdict.BLOCK
    ]
    # A quotation, a mark or a word in front can hide a sentence that is only found at the start of a text.
    assert len(missed) <= len(BLOCKED) // 50, missed


@pytest.mark.parametrize(
    "written",
    [
        "1nject daily",
        "!nject daily",
        "in ject daily",
        "in-ject daily",
        "i n j e c t daily",
        "i.n.j.e.c.t daily",
        "inj\u200bect daily",
        "ınject daily",
        "injеct daily",
        "INJ3CT daily",
    ],
)
def test_one_claim_written_ten_ways_is_found_each_time(written: str) -> None:
    found = check(written, Surface.PRODUCT)
    assert found.verdict is Verdict.BLOCK
    assert "C4" in found.rules


def test_the_words_are_shown_as_they_were_written() -> None:
    found = check("Buy it: w3ight-l0ss pept1de!", Surface.PRODUCT)
    assert "w3ight-l0ss" in found.words


@pytest.mark.parametrize(
    "sentence",
    [
        "Not for human or veterinary use",
        "Must not be injected, ingested or applied to the skin",
        "Not approved by the FDA for any use",
        "No evidence shows that it treats any disease",
    ],
)
@pytest.mark.parametrize("surface", Surface)
def test_a_statement_that_refuses_a_use_trips_no_rule(sentence: str, surface: Surface) -> None:
    assert check(sentence, surface).verdict is Verdict.PASS


@pytest.mark.parametrize("surface", Surface)
@pytest.mark.parametrize("modal", ["may", "could", "is believed to", "is said to", "might one day"])
def test_modals_and_attribution_lower_nothing(modal: str, surface: Surface) -> None:
    assert check(f"It {modal} cure arthritis.", surface).verdict is Verdict.BLOCK


def test_a_negation_of_something_else_is_no_refusal() -> None:
    for sentence in (
        "Not only for human use.",
        "No needles needed: a nasal spray.",
        "Never feel hungry again: curbs appetite.",
        "Not just for researchers: athletes love it.",
    ):
        assert check(sentence, Surface.PRODUCT).verdict is Verdict.BLOCK, sentence


def test_no_reason_or_name_of_a_rule_offers_other_words() -> None:
    for rule in RULES.values():
        assert not re.search(r"\b(?:instead|rather|try|better|could say|use the word)\b", rule.why), rule


def test_every_family_belongs_to_a_rule() -> None:
    assert {family.rule for family in FAMILIES} == set(RULES)


@given(st.text(max_size=300), st.sampled_from(Surface))
@hypothesis_settings(max_examples=150)
def test_any_text_gets_a_verdict(text: str, surface: Surface) -> None:
    found = check(text, surface)
    assert (found.verdict is Verdict.PASS) == (not found.findings)


@given(st.sampled_from(HELD_OUT), st.sampled_from(HELD_OUT))
@hypothesis_settings(max_examples=150)
def test_a_second_sentence_never_cancels_what_the_first_says(one: Expected, other: Expected) -> None:
    first, _verdict = one.verdicts[0]
    if check(one.sentence, first).verdict is Verdict.BLOCK and one.sentence.rstrip().endswith("."):
        both = check(f"{one.sentence} {other.sentence}", first)
        assert both.verdict is Verdict.BLOCK


@pytest.mark.parametrize(
    "piece", ["a", "1", "treat ", "inject 5 ", "no evidence ", ". ", "i n j ", "- ", "\u200b"]
)
def test_a_long_paragraph_is_read_quickly(piece: str) -> None:
    text = (piece * guard.LONGEST)[: guard.LONGEST]
    check("warm up", Surface.PRODUCT)
    started = time.process_time()
    check(text, Surface.PRODUCT)
    assert time.process_time() - started < 3


def test_a_claim_at_the_end_of_a_long_paragraph_is_found() -> None:
    text = "The powder is stored cold and dry " * 400 + "and it cures arthritis in a week"
    assert check(text, Surface.PRODUCT).verdict is Verdict.BLOCK


def test_a_paragraph_that_is_too_long_to_read_is_refused() -> None:
    with pytest.raises(guard.TooLong):
        check("a" * (guard.LONGEST + 1), Surface.PRODUCT)
