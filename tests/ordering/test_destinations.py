"""What is sent where: the list, and rules of countries, places, compounds and fields."""

from __future__ import annotations

import pytest
from builders import (
    WHERE,
    destination_rule,
    draft_for,
    make_lot,
    make_ready_to_sell,
    make_size,
    place,
    shown,
)
from flask import Flask
from sqlalchemy import select

from shop.attestations.screening_models import OrderScreening
from shop.catalogue.models import VialSize
from shop.core.audit import AuditEntry
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.ordering import destinations, placement
from shop.ordering.checkout import DestinationRefused
from shop.ordering.destination_models import DestinationEffect, DestinationRule
from shop.ordering.destinations import NewDestinationRule
from shop.ordering.models import Order, PaymentMethod, ReviewState

REFUSE, LICENCE, DELIVER = DestinationEffect.REFUSE, DestinationEffect.LICENCE, DestinationEffect.DELIVER


@pytest.mark.parametrize(
    ("places", "region", "postcode", "inside"),
    [
        ("", "", "", True),
        ("BT*", "", "BT1 4GB", True),
        ("BT*", "", "bt93", True),
        ("BT*", "", "B1 1TT", False),
        ("97*\n98*", "", "97110", True),
        ("97*\n98*", "", "75005", False),
        ("Crimea\nSevastopol", "CRIMEA", "", True),
        ("Crimea\nSevastopol", "", "295000", False),
        ("29????", "", "295000", False),
        ("Ceuta", " ceuta ", "", True),
        ("*", "", "", False),
    ],
)
def test_a_place_is_told_by_postcode_or_region(places: str, region: str, postcode: str, inside: bool) -> None:
    assert destinations.is_place(places, region, postcode) == inside


def test_only_the_compound_or_the_field_of_a_rule_is_kept_back() -> None:
    rules = [
        destination_rule("NL"),
        destination_rule("NL", effect=REFUSE, compound_id=1),
        destination_rule("NL", effect=REFUSE, category_id=8),
        destination_rule("NL", effect=LICENCE, places="1*"),
    ]
    found = destinations.applying(rules, {1: 7, 2: 8, 3: 9}, region="", postcode="1012 AB")
    assert [about for _rule, about in found] == [{1}, {2}, {1, 2, 3}]
    assert len(destinations.applying(rules, {3: 9}, region="", postcode="3584 CH")) == 0


def test_the_codes_of_countries_are_those_of_countries() -> None:
    codes = destinations.country_codes()
    assert {"NL", "GB", "GP", "RE", "PR", "HK"} <= codes
    assert codes.isdisjoint({"XI", "EU", "UN", "ZZ", "UK"})


@pytest.fixture
def sku(shop: Flask) -> str:
    make_ready_to_sell()
    sku = make_size()
    make_lot(sku, 10)
    return sku


def new(country: str = "NL", effect: DestinationEffect = REFUSE, **more: object) -> NewDestinationRule:
    values: dict[str, object] = {"reason": "Needs a permit.", "source": "A specimen rule"}
    return NewDestinationRule(country=country, effect=effect, **(values | more))  # type: ignore[arg-type]


def test_a_rule_written_after_review_keeps_the_order_from_being_placed(sku: str) -> None:
    token = draft_for({sku: 1})
    seen = shown(token)
    rule_id = destinations.add(new(places=("35*",)), actor="rosa@shop.example")
    with pytest.raises(DestinationRefused, match="this part of Netherlands: Needs a permit"):
        placement.place(token, seen, WHERE)
    destinations.end(rule_id, actor="rosa@shop.example", reason="The permit is here")
    placement.place(token, seen, WHERE)


def test_a_country_taken_off_the_list_is_not_delivered_to_and_its_history_stays(sku: str) -> None:
    with reading() as session:
        query = select(DestinationRule.id).where(DestinationRule.country == "NL")
        rule_id = session.scalars(query).one()
    destinations.end(rule_id, actor="rosa@shop.example", reason="Specimen embargo")
    with pytest.raises(DestinationRefused, match="We do not deliver to Netherlands"):
        draft_for({sku: 1})
    again = destinations.add(new(effect=DELIVER), actor="tomas@shop.example")
    draft_for({sku: 1})
    with reading() as session:
        before, after = session.get_one(DestinationRule, rule_id), session.get_one(DestinationRule, again)
        assert (before.ended_by, before.end_reason) == ("rosa@shop.example", "Specimen embargo")
        assert after.ended_at is None
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.action.like("destination.%")).order_by(AuditEntry.id)
        )
        assert list(actions) == ["destination.end", "destination.add"]


def test_a_licence_that_is_needed_holds_the_order_whatever_screening_says(sku: str) -> None:
    with reading() as session:
        size = session.scalars(select(VialSize).where(VialSize.sku == sku)).one()
        field = size.product.compound.category_id
    rule_id = destinations.add(new(effect=LICENCE, category_id=field), actor="rosa@shop.example")
    placed = place(draft_for({sku: 1}, method=PaymentMethod.CARD))
    with reading() as session:
        assert session.get_one(Order, placed.order_id).review_state == ReviewState.WAITING
        [kept] = session.scalars(select(OrderScreening))
        assert [each["rule"] for each in kept.findings] == [f"destination/{rule_id}"]
        assert "Needs a permit." in kept.findings[0]["sentence"]


@pytest.mark.parametrize(
    ("odd", "sentence"),
    [
        ({"country": "XI"}, "BT"),
        ({"country": "UK"}, "not the code of a country"),
        ({"reason": " "}, "Give a reason"),
        ({"source": ""}, "where the rule comes from"),
        ({"effect": DELIVER}, "on the list already"),
        ({"effect": DELIVER, "country": "FR", "places": ("75*",)}, "as a whole"),
        ({"places": ("*",)}, "a letter or a digit"),
    ],
)
def test_a_rule_that_means_nothing_is_refused_in_words(
    sku: str, odd: dict[str, object], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        destinations.add(new(**odd), actor="a")  # type: ignore[arg-type]


def test_a_rule_is_not_edited_even_by_hand(sku: str) -> None:
    rule_id = destinations.add(new(), actor="a")
    with pytest.raises(Exception, match="never edited"), writing() as session:
        session.get_one(DestinationRule, rule_id).reason = "Another"
