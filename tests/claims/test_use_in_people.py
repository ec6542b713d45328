"""Questions about use in people are told from laboratory work; in doubt a person reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.claims.use_in_people import asks_about_use_in_people, fixed_refusal

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
    "How much BPC should I inject per day?",
    "What is the right dose for a 90 kg man?",
    "Can I take this with my blood pressure tablets?",
    "Is it safe for my dog?",
    "Will this help me lose weight?",
    "How many units on an insulin syringe for 250 mcg?",
    "Can I mix it with bacteriostatic water and inject it subq?",
    "How do I use this on my knee injury?",
    "Is this fit for human consumption?",
    "What are the side effects in women?",
    "My doctor says I could try it, what dosage do you recommend?",
    "Can people snort semax?",
    "i want to inject it in my shoulder, which needle",
    "Should my son take it for ADHD?",
    "Does it cure depression?",
    "What cycle length do bodybuilders use?",
    "How often do you guys pin this?",
    "Would it help with my tendon pain?",
    "Is semax nasal spray safe for daily personal use?",
    "Can I drink it?",
    "Could I give it to my cat for arthritis?",
    "How long until I see results on my skin?",
    "what dose did you take yourself",
    "Can my wife use it while pregnant?",
    "how do I dose this for sleep",
    "Tell me how much to inject for tanning.",
    "Is oral or injection better for me?",
    "Can it be taken by adults over 60?",
    "Do I need a doctor to inject this at home?",
    "How many mg per week for fat loss?",
]
DO_NOT = [
    "What is the purity of lot SMX-2609-B?",
    "Can I dissolve it in DMSO at 10 mM?",
    "Is the peptide safe to store at room temperature for two days?",
    "Which counter-ion does the peptide have?",
    "How do I inject 10 µL on the HPLC column?",
    "What injection volume was used for the chromatogram?",
    "Can you send the raw data of the mass spectrum?",
    "We want to dose HEK293 cells at 1 µM, is the endotoxin level known?",
    "What dose-response curve did the lab use for the receptor assay?",
    "The vial arrived with a broken cap, what should I do?",
    "Can I take back two vials?",
    "How many vials of the lot are left?",
    "Do you ship to Norway?",
    "Is there a certificate for the parent bulk lot?",
    "Which buffer do you recommend for the ELISA?",
    "Does the safety data sheet list skin irritation?",
    "How should I take the sample for Karl Fischer titration?",
    "The powder is yellow; is it normal?",
    "Can my colleague collect the order?",
    "What is the retest date of our lot?",
    "Is there a discount for universities?",
    "We injected the sample twice and saw a second peak, is it a known impurity?",
    "Does it adsorb to glass?",
    "Is the material suitable for human cell lines?",
    "Can it be used as an internal standard for human plasma samples?",
    "Is the peptide stable in mouse serum?",
    "What is the half life in human plasma in vitro?",
    "Do you sell this for cell culture?",
    "How much does the vial weigh?",
    "Could my purchase order be invoiced to my university?",
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
