"""Questions about use in people are told from laboratory work; in doubt a person reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.recalls.use_in_people import asks_about_use_in_people, fixed_refusal

ASK = [
    "How much should I take per day?",
    "Can I inject this subcutaneously?",
    "what dose for a 80 kg man?",
    "Is it safe for humans?",
    "Is this ok for my dog?",
    "how many units on an insulin syringe should I draw to inject 250 mcg",
    "H0w much should 1 inj3ct?",
    "ＨＯＷ ＭＵＣＨ should I in\u200bject?",
    "Will this help with my anxiety?",
    "Is Semax for human consumption?",
    "Wie viel soll ich spritzen?",
    "Combien dois-je en prendre ?",
    "What dosage do people use?",
    "I want to take it for fat loss. Thanks",
    "can i snort it",
    "h.o.w m.u.c.h should i inject?",
    "What are the side effects on my sleep?",
    "Is it suitable for human use?",
    "How do I dose it for my wife?",
    "Our order came today. Can you tell me the recommended dose for humans?",
]
DO_NOT = [
    "The vial of lot SMX-2609-B arrived broken.",
    "We dosed mice at 5 mg/kg and saw precipitation. Is the salt form acetate?",
    "How long does delivery take?",
    "Can I take back my order?",
    "Is the purity determined on human serum albumin?",
    "How should I reconstitute it, with a syringe through the septum?",
    "Can you take a look at my order 10482?",
    "Does it bind the human receptor in HEK293 cells?",
    "What is the net peptide content?",
    "We are people from a university; can we get a quote?",
    "I need the safety data sheet for our safety officer.",
    "Is the dose-response curve in the monograph from Figure 2?",
    "The label says not for human use. Why?",
    "Can I use this for ELISA?",
    "Do you ship to a women's health institute?",
    "Could you treat this as urgent?",
    "How should we administer it to rats by gavage?",
    "My colleague took the sample; how should I store it?",
    "The lyophilised cake is brown, is my vial safe to handle?",
    "We consume about 20 vials a month. Can you do a volume price?",
    "Can I get a certificate for my patient-derived cell project?",
    "The skin of the stopper is torn. Can I send my vial back?",
    "",
]


@pytest.mark.parametrize("text", ASK, ids=range(len(ASK)))
def test_a_question_about_use_in_people_is_recognised(text: str) -> None:
    assert asks_about_use_in_people(text)


@pytest.mark.parametrize("text", DO_NOT, ids=range(len(DO_NOT)))
def test_a_question_about_laboratory_work_goes_to_a_person(text: str) -> None:
    assert not asks_about_use_in_people(text)


@given(st.text(max_size=300), st.sampled_from(ASK[:5]))
def test_what_stands_around_a_clear_question_does_not_hide_it(around: str, question: str) -> None:
    assert asks_about_use_in_people(f"{around}\n\n{question}")


def test_a_huge_text_is_answered_at_once() -> None:
    assert not asks_about_use_in_people("a.b-" * 500_000)
    assert not asks_about_use_in_people("how " * 100_000)


def test_the_refusal_answers_nothing() -> None:
    text = fixed_refusal()
    assert not any(sign.isdigit() for sign in text)
    assert "laboratory research only" in text
