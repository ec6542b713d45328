"""Screening: what makes an order wait for a person, and what only gets a note."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.attestations.screening import FREE_MAIL, Result, Screening, screen

LAB = "Vermeer Institute for Molecular Assays"


def look(*, email: str = "i.brandsma@vima.example", organisation: str = LAB, text: str = "") -> Screening:
    return screen(email=email, organisation=organisation, free_text=[text])


def test_an_institute_with_its_own_address_passes_without_a_finding() -> None:
    found = look(text="Goods-in at dock 3, weekdays until 16:00")
    assert (found.result, found.findings) == (Result.PASS, ())


@pytest.mark.parametrize(
    "text",
    [
        *("for my own use", "For Personal Use only", "this is for me", "on myself", "home use"),
        *("for injection? I want to inject it", "please add syringes", "and needles", "bac water too"),
        *("bacteriostatic water", "what dosage", "my cycle starts monday", "for my stack", "weight loss"),
        *("bodybuilding", "anti-ageing", "antiaging", "for my dog", "ＭＹ　ＯＷＮ　ＵＳＥ", "my\nown\tuse"),
    ],
)
def test_words_that_show_personal_use_make_an_order_wait(text: str) -> None:
    found = look(text=text)
    assert found.result == Result.HOLD
    assert [finding.rule for finding in found.findings] == ["personal-use"]


@pytest.mark.parametrize(
    "text",
    [
        *("Deliver to the protein injector room", "Building Dosenbach, room 2", "Mydoghouse Street 4"),
        *("Ring the bell", "Attn. Dr Needham", "Gymnasium Street 4", "the stacks of the library"),
    ],
)
def test_a_word_inside_another_word_is_no_finding(text: str) -> None:
    assert look(text=text).findings == ()


@pytest.mark.parametrize(
    "organisation",
    ["Glow Wellness", "Corner Pharmacy", "MED SPA", "Iron Gym", "Riverside Veterinary", "Aesthetics Clinic"],
)
def test_an_organisation_that_treats_people_or_animals_makes_an_order_wait(organisation: str) -> None:
    found = look(organisation=organisation)
    assert found.result == Result.HOLD
    assert [finding.rule for finding in found.findings] == ["kind-of-organisation"]


@pytest.mark.parametrize("email", ["someone@gmail.com", "Some.One@GMail.com", "x@proton.me", "y@qq.com"])
def test_a_free_mail_address_is_noted_and_holds_nothing(email: str) -> None:
    found = look(email=email)
    assert found.result == Result.PASS
    assert [(finding.rule, finding.holds) for finding in found.findings] == [("free-mail", False)]


def test_only_the_domain_counts_and_all_of_it() -> None:
    for email in ("gmail.com@institute.example", "x@notgmail.com", "x@gmail.com.institute.example"):
        assert look(email=email).findings == ()


def test_every_finding_is_named_and_says_what_was_seen() -> None:
    found = screen(
        email="x@gmail.com", organisation="Iron Gym", free_text=["", "my own use", "needles", "dock 3"]
    )
    assert [finding.rule for finding in found.findings] == [
        *("free-mail", "kind-of-organisation", "personal-use", "personal-use")
    ]
    for finding, seen in zip(found.findings, ("gmail.com", "gym", "my own use", "needles"), strict=True):
        assert seen in finding.sentence


@given(st.text(), st.text(), st.lists(st.text(), max_size=3))
def test_any_text_is_looked_at_and_holds_just_when_a_finding_holds(
    email: str, organisation: str, free_text: list[str]
) -> None:
    found = screen(email=email, organisation=organisation, free_text=free_text)
    assert (found.result == Result.HOLD) == any(finding.holds for finding in found.findings)


@given(st.text(), st.sampled_from(sorted(FREE_MAIL)))
def test_what_is_written_before_the_at_sign_never_hides_a_free_address(name: str, domain: str) -> None:
    assert [finding.rule for finding in look(email=f"{name}@{domain}").findings] == ["free-mail"]


@given(st.text(alphabet=" \t\nabcXYZ.,"), st.text(alphabet=" \t\nabcXYZ.,"))
def test_personal_use_is_found_wherever_it_stands(before: str, behind: str) -> None:
    assert look(text=f"{before} my own use {behind}").result == Result.HOLD
