"""The desk of destinations, and what a buyer reads at the delivery step."""

from __future__ import annotations

import pytest
from at_a_desk import at_desk
from builders import make_size
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import words

RULE = {
    "country": "GB",
    "effect": "deliver",
    "about": "",
    "places": "",
    "reason": "A specimen decision.",
    "source": "Specimen",
}


@pytest.fixture
def compliance(web_app: Flask) -> FlaskClient:
    with web_app.app_context():
        make_size()
    return at_desk(web_app, "compliance")


def test_a_country_is_put_on_the_list_restricted_in_part_and_taken_off(compliance: FlaskClient) -> None:
    assert compliance.post("/staff/destinations/add", data=RULE).status_code == 303
    part = RULE | {"effect": "refuse", "about": "compound-1", "places": "BT*\r\nJE*", "reason": "In part."}
    assert compliance.post("/staff/destinations/add", data=part).status_code == 303
    text = words(compliance.get("/staff/destinations"))
    assert "United Kingdom" in text
    assert "BT*, JE*" in text
    assert "Not sent in places" in text
    public = words(compliance.get("/shipping"))
    assert "United Kingdom (BT*, JE*)" in public
    ended = compliance.post("/staff/destinations/4/end", data={"reason": "Specimen"})
    assert ended.status_code == 303
    assert "not delivered to at present" in words(compliance.get("/staff/destinations"))
    assert "United Kingdom" not in words(compliance.get("/shipping"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"country": ""}, "Select a country"),
        ({"country": "XX"}, "Not a valid choice"),
        ({"country": "NL"}, "on the list already"),
        ({"effect": ""}, "Select what the rule says"),
        ({"about": "compound-999"}, "Not a valid choice"),
        ({"places": "BT*"}, "as a whole"),
        ({"source": ""}, "where the rule comes from"),
    ],
)
def test_an_odd_rule_is_refused_in_words(
    compliance: FlaskClient, changes: dict[str, str], sentence: str
) -> None:
    answer = compliance.post("/staff/destinations/add", data=RULE | changes)
    assert answer.status_code == 400
    assert sentence in words(answer)


def test_warehouse_reads_and_changes_nothing(web_app: Flask) -> None:
    client = at_desk(web_app, "warehouse")
    assert "Netherlands" in words(client.get("/staff/destinations"))
    assert client.post("/staff/destinations/1/end", data={"reason": "x"}).status_code == 403
