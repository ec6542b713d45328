"""The desk of screening, and what a buyer reads whose order is not taken."""

from __future__ import annotations

import pytest
from at_a_desk import at_desk
from builders import draft_for, make_lot, make_size
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import words

from shop.ordering import placement
from shop.ordering.buyer_screening import BuyerRefused


@pytest.fixture
def compliance(web_app: Flask) -> FlaskClient:
    return at_desk(web_app, "compliance")


RULE = {
    "code": "dock",
    "kind": "free_text",
    "effect": "hold",
    "words": "dock*\r\nwharf",
    "why": "The dock is named",
    "source": "Specimen",
    "reason": "A try",
}


def test_a_rule_is_written_seen_and_switched_off(compliance: FlaskClient) -> None:
    assert compliance.post("/staff/screening/add", data=RULE).status_code == 303
    page = words(compliance.get("/staff/screening"))
    assert "Rule dock is in force." in page
    assert "dock*, wharf" in page
    asked = compliance.get("/staff/screening/dock/1")
    assert "Switch it off" in words(asked)
    empty = compliance.post("/staff/screening/dock/1/end", data={"about": "1", "reason": ""})
    assert empty.status_code == 400
    assert "Give a reason" in words(empty)
    done = compliance.post("/staff/screening/dock/1/end", data={"about": "1", "reason": "Over"})
    assert done.status_code == 303
    text = words(compliance.get("/staff/screening/dock/1"))
    assert "Over" in text
    assert "Switch it off" not in text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"code": ""}, "Enter a code"),
        ({"code": "Dock Seven"}, "small letters"),
        ({"words": ""}, "one on a line"),
        ({"kind": "nonsense"}, "Not a valid choice"),
        ({"kind": "orders_within", "number": "3"}, "within how many days"),
        ({"kind": "quantity_over", "number": "many"}, "whole number"),
        ({"reason": ""}, "Give a reason"),
        ({"words": "x\x00y"}, "letters, digits"),
    ],
)
def test_an_odd_rule_is_refused_in_words(
    compliance: FlaskClient, changes: dict[str, str], sentence: str
) -> None:
    answer = compliance.post("/staff/screening/add", data=RULE | changes)
    assert answer.status_code == 400
    assert sentence in words(answer)


def test_sales_read_the_rules_and_change_none(web_app: Flask) -> None:
    sales = at_desk(web_app, "sales")
    text = words(sales.get("/staff/screening"))
    assert "free-mail" in text
    assert "Write a rule" not in text
    assert sales.get("/staff/screening/add").status_code == 403
    assert (
        sales.post("/staff/screening/free-mail/1/end", data={"about": "1", "reason": "x"}).status_code == 403
    )


def test_what_was_refused_is_shown_to_those_who_decide(web_app: Flask, compliance: FlaskClient) -> None:
    with web_app.app_context():
        sku = make_size()
        make_lot(sku, 10)
        token = draft_for({sku: 1}, organisation="Glow Wellness")
        with pytest.raises(BuyerRefused):
            from builders import WHERE, shown

            placement.place(token, shown(token), WHERE)
    text = words(compliance.get("/staff/screening"))
    assert "Glow Wellness" in text
    assert "“wellness”. Rule treats-people." in text
    assert "Glow Wellness" not in words(at_desk(web_app, "warehouse").get("/staff/screening"))
