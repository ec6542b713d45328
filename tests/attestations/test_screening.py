"""Screening: what is refused, what waits for a person, what only gets a note. The rules are data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.attestations.screening import (
    Effect,
    Facts,
    Kind,
    Listed,
    PastOrder,
    Result,
    Rule,
    Screening,
    screen,
)
from shop.attestations.screening_defaults import DEFAULTS

LAB = "Vermeer Institute for Molecular Assays"
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SHIPPED = [
    Rule(
        code=each["code"],
        version=1,
        kind=Kind(each["kind"]),
        effect=Effect(each["effect"]),
        words=tuple(each.get("words", ())),
        exceptions=tuple(each.get("exceptions", ())),
        number=each.get("number", 0),
        days=each.get("days", 0),
        reason=each["reason"],
    )
    for each in DEFAULTS
]
FREE_MAIL = next(rule.words for rule in SHIPPED if rule.code == "free-mail")


def look(
    *, email: str = "i.brandsma@vima.example", organisation: str = LAB, text: str = "", **more: Any
) -> Screening:
    facts: dict[str, Any] = {
        "name": "Ilse Brandsma",
        "vials": {1: 1},
        "at": NOW,
        "free_text": [text],
        "speaks_of_use_in_people": [False],
    } | more
    return screen(Facts(email=email, organisation=organisation, **facts), SHIPPED)


def codes(found: Screening) -> list[str]:
    return [finding.rule for finding in found.findings]


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
        "bac wa\u200bter",
    ],
)
def test_words_that_show_personal_use_make_an_order_wait(text: str) -> None:
    found = look(text=text)
    assert found.result == Result.HOLD
    assert codes(found) == ["personal-use"]


@pytest.mark.parametrize(
    "text",
    [
        *("Deliver to the protein injector room", "Building Dosenbach, room 2", "Mydoghouse Street 4"),
        *("Ring the bell", "Attn. Dr Needham", "Gymnasium Street 4", "the stacks of the library"),
    ],
)
def test_a_word_inside_another_word_is_no_finding(text: str) -> None:
    assert look(text=text).findings == ()


def test_text_that_says_a_person_gets_it_is_refused() -> None:
    found = look(text="Chair of peptides", speaks_of_use_in_people=[True])
    assert (found.result, codes(found)) == (Result.REFUSE, ["use-in-people"])


@pytest.mark.parametrize(
    "organisation", ["Glow Wellness", "MED SPA", "Iron Gym", "Hope Clinic", "A Compounding Co"]
)
def test_an_organisation_that_treats_people_is_refused(organisation: str) -> None:
    found = look(organisation=organisation)
    assert found.result == Result.REFUSE
    assert "treats-people" in codes(found)


@pytest.mark.parametrize(
    "organisation", ["University Clinic of Specimen Town", "Specimen Clinic Research Institute"]
)
def test_the_clinic_of_a_university_waits_for_a_person_and_is_not_refused(organisation: str) -> None:
    found = look(organisation=organisation)
    assert (found.result, codes(found)) == (Result.HOLD, ["near-patients"])


@pytest.mark.parametrize(
    "organisation", ["Corner Pharmacy", "Riverside Veterinary", "Aesthetics House", "Day Spa"]
)
def test_an_organisation_near_to_treating_makes_an_order_wait(organisation: str) -> None:
    found = look(organisation=organisation)
    assert (found.result, codes(found)) == (Result.HOLD, ["near-patients"])


@pytest.mark.parametrize(
    "organisation", ["Institute of Clinical Chemistry", "Gymnasium Specimen", "Spatial Biology BV"]
)
def test_a_name_that_only_begins_so_is_no_finding(organisation: str) -> None:
    assert look(organisation=organisation).findings == ()


@pytest.mark.parametrize("email", ["someone@gmail.com", "Some.One@GMail.com", "x@proton.me", "y@qq.com"])
def test_a_free_mail_address_is_noted_and_holds_nothing(email: str) -> None:
    found = look(email=email)
    assert found.result == Result.PASS
    assert [(finding.rule, finding.effect) for finding in found.findings] == [("free-mail", Effect.NOTE)]


def test_only_the_domain_counts_and_all_of_it() -> None:
    for email in ("gmail.com@institute.example", "x@notgmail.com", "x@gmail.com.institute.example"):
        assert look(email=email).findings == ()


def test_a_finding_says_why_and_keeps_the_words_of_the_buyer_apart() -> None:
    found = screen(
        Facts(
            name="Jo Specimen",
            email="jo.specimen@gmail.com",
            organisation="Jo Specimen",
            free_text=["", "my own use", "needles"],
            speaks_of_use_in_people=[False, False, False],
            vials={1: 1},
            at=NOW,
        ),
        SHIPPED,
    )
    assert codes(found) == ["free-mail", "personal-use", "personal-use", "person-as-organisation"]
    assert [each.seen for each in found.findings] == ["gmail.com", "my own use", "needles", "Jo Specimen"]
    for each in found.findings:
        assert each.seen not in each.sentence


@pytest.mark.parametrize(("vials", "held"), [({1: 200}, False), ({1: 201}, True), ({1: 150, 2: 150}, False)])
def test_many_vials_of_one_size_wait_for_a_person(vials: dict[int, int], held: bool) -> None:
    found = look(vials=vials)
    assert codes(found) == (["many-vials"] if held else [])


def past(*orders: tuple[float, str, dict[int, int]]) -> list[PastOrder]:
    """Orders so many days ago."""
    return [
        PastOrder(at=NOW - timedelta(days=days), address_key=where, vials=vials)
        for days, where, vials in orders
    ]


def test_vials_of_one_size_are_counted_over_thirty_days() -> None:
    within = past((29, "a", {1: 200}), (31, "a", {1: 500}), (2, "a", {2: 300}))
    assert look(vials={1: 200}, past=within).result == Result.PASS
    found = look(vials={1: 200}, past=[*within, *past((1, "a", {1: 1}))])
    assert codes(found) == ["many-vials-in-a-month"]
    assert "401 vials of one size in 30 days" in found.findings[0].sentence


@pytest.mark.parametrize(
    ("days", "held"),
    [
        ((30, 61), True),
        ((30,), False),
        ((30, 60, 91), True),
        ((3, 6, 9), False),
        ((30, 75), False),
        # A second order in the same month neither makes nor breaks the rhythm.
        ((2, 30, 61), True),
    ],
)
def test_a_vial_a_month_waits_for_a_person(days: Sequence[int], held: bool) -> None:
    found = look(past=past(*((day, "", {1: 1}) for day in days)))
    assert codes(found) == (["monthly-single-vials"] if held else [])


def test_a_vial_a_month_is_one_vial_of_one_size() -> None:
    monthly = past((30, "", {1: 1}), (61, "", {1: 1}))
    assert look(vials={1: 2}, past=monthly).findings == ()
    assert look(vials={2: 1}, past=monthly).findings == ()


def test_single_vials_to_three_addresses_wait_for_a_person() -> None:
    two = past((1, "b", {2: 1}), (5, "b", {2: 1}), (100, "c", {1: 1}))
    assert look(address_key="a", past=two).findings == ()
    found = look(address_key="a", past=[*two, *past((9, "c", {2: 1}))])
    assert codes(found) == ["single-vials-to-many-places"]
    assert look(address_key="a", vials={1: 2}, past=[*two, *past((9, "c", {2: 1}))]).findings == ()


def test_how_an_address_looks_and_a_listed_name_are_findings_too() -> None:
    found = look(address_looks=frozenset({"residential", "forwarder"}), address=["Padualaan 8"])
    assert [(each.rule, each.effect.value) for each in found.findings] == [
        ("forwarder", "hold"),
        ("home-address", "note"),
    ]
    listed = [Listed(exact=True, sentence="entry 17 of a list", seen=LAB)]
    assert codes(look(listed=listed)) == ["restricted-party"]
    assert codes(look(listed=[Listed(exact=False, sentence="entry 17", seen=LAB)])) == [
        "restricted-party-near"
    ]


@given(st.text(), st.text(), st.lists(st.text(), max_size=3))
def test_any_text_is_looked_at_and_the_gravest_finding_decides(
    email: str, organisation: str, free_text: list[str]
) -> None:
    found = look(
        email=email,
        organisation=organisation,
        free_text=free_text,
        speaks_of_use_in_people=[False] * len(free_text),
    )
    effects = {finding.effect.value for finding in found.findings}
    gravest = "refuse" if "refuse" in effects else "hold" if "hold" in effects else "pass"
    assert found.result == gravest


@given(st.text(alphabet="abc*.\\()[]{}+?|^$ ", min_size=1, max_size=30), st.text(max_size=200))
def test_no_word_of_a_rule_can_break_or_slow_the_reading(word: str, text: str) -> None:
    rule = Rule(code="x", version=1, kind=Kind.FREE_TEXT, effect=Effect.NOTE, words=(word,), reason="why")
    screen(
        Facts(
            name="",
            email="",
            organisation="",
            free_text=[text],
            speaks_of_use_in_people=[False],
            vials={},
            at=NOW,
        ),
        [rule],
    )


@given(st.text(), st.sampled_from(sorted(FREE_MAIL)))
def test_what_is_written_before_the_at_sign_never_hides_a_free_address(name: str, domain: str) -> None:
    assert codes(look(email=f"{name}@{domain}")) == ["free-mail"]


@given(st.text(alphabet=" \t\nabcXYZ.,"), st.text(alphabet=" \t\nabcXYZ.,"))
def test_personal_use_is_found_wherever_it_stands(before: str, behind: str) -> None:
    assert look(text=f"{before} my own use {behind}").result == Result.HOLD
