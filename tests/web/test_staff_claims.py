"""The page of explained holds, and the number that readers see of them."""

from __future__ import annotations

from at_a_desk import at_desk, browser
from flask import Flask
from reading_pages import words

from shop.claims import holds
from shop.claims.holds import judge
from shop.claims.rules import RULES, VERSION, Surface
from shop.core.database import writing

REASON = "Every released lot is at or above this by HPLC; <b>see the lots</b>."


def explain(app: Flask, *texts: str) -> None:
    with app.app_context(), writing() as session:
        holds.require_publishable(
            session,
            [judge(f"part {number}", text, Surface.PRODUCT) for number, text in enumerate(texts, 1)],
            about="product/semax",
            surface=Surface.PRODUCT,
            reasons={holds.ALL: REASON},
            actor="rosa@shop.example",
        )


def test_the_rules_are_listed_when_nothing_was_explained(web_app: Flask) -> None:
    page = at_desk(web_app, "sales").get("/staff/claims")
    assert page.status_code == 200
    assert "No hold has been explained" in words(page)
    assert f"Ruleset {VERSION}" in words(page)
    for rule in RULES.values():
        assert rule.why in words(page)


def test_an_explained_hold_is_listed_with_its_words_rule_reason_and_person(web_app: Flask) -> None:
    explain(web_app, "99.5% purity.")
    page = at_desk(web_app, "sales").get("/staff/claims")
    for part in ("product/semax", "part 1", "99.5% purity", "C14 (P)", REASON, "rosa@shop.example"):
        assert part in words(page)


def test_readers_see_how_many_holds_were_explained(web_app: Flask) -> None:
    reader = browser(web_app)
    assert "So far 0 paragraphs stand with such a reason." in words(reader.get("/how-monographs-are-written"))
    explain(web_app, "99.5% purity.", "99.6% purity.")
    assert "So far 2 paragraphs stand with such a reason." in words(reader.get("/how-monographs-are-written"))


def test_a_long_list_is_shown_in_pages(web_app: Flask) -> None:
    explain(web_app, *(f"99.{number:02}% purity." for number in range(60)))
    desk = at_desk(web_app, "sales")
    first, second = (words(desk.get("/staff/claims", query_string={"page": page})) for page in ("1", "2"))
    assert ("99.59% purity" in first, "99.59% purity" in second) == (True, False)
    assert ("99.00% purity" in first, "99.00% purity" in second) == (False, True)
    assert desk.get("/staff/claims?page=9999999999999999999999").status_code == 200


def test_only_staff_see_the_list(web_app: Flask) -> None:
    assert browser(web_app).get("/staff/claims").status_code in (302, 303)
