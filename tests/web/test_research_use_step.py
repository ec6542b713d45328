"""The research-use step of a statement that asks for approval, own words and an electronic signature."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import make_lot, make_size
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import words

from shop.attestations import statements
from shop.attestations.models import Asked, AttestationSigner
from shop.core import clock
from shop.core.database import reading, writing

CONTACT = {"name": "Ilse Brandsma", "email": "i.brandsma@vima.example", "organisation": "Vermeer Institute"}
DELIVERY = {
    "country": "NL",
    "address_line1": "Padualaan 8",
    "city": "Utrecht",
    "postcode": "3584 CH",
    "delivery_method": "tracked",
}
OWN_WORDS = (
    "Retention times of the reference peptide on our columns, against an earlier lot of the substance."
)
ANSWERS = {
    "statement": "RU-2",
    "c1": "yes",
    "purpose": "cell culture",
    "signer_role": "Lab manager",
    "signature": "Ilse Brandsma",
    "animals": "none",
    "approval": "",
    "intended_use": OWN_WORDS,
    "electronic": "y",
}


@pytest.fixture
def engine() -> str:
    """The database makes no difference here."""
    return "sqlite"


@pytest.fixture
def step(web: FlaskClient, web_app: Flask) -> FlaskClient:
    with web_app.app_context():
        sku = make_size()
        make_lot(sku, 10)
        with writing() as session:
            statements.publish(
                session,
                code="RU-2",
                in_force_from=clock.now() - timedelta(seconds=1),
                preamble="This statement does not make an unlawful use lawful.",
                clauses=[
                    ("Laboratory research only", statements.numbered(1, ["For research.", "Only in vitro."]))
                ],
                asks=list(Asked),
            )
    web.post("/cart/add", data={"size": sku, "quantity": "1", "back": ""})
    web.get("/checkout")
    web.post("/checkout/contact", data=CONTACT)
    web.post("/checkout/delivery", data=DELIVERY)
    return web


def test_everything_is_asked_and_nothing_is_chosen_in_advance(step: FlaskClient) -> None:
    page = step.get("/checkout/research-use")
    assert "checked" not in page.get_data(as_text=True)
    for sentence in ("1.1 For research.", "1.2 Only in vitro.", "does not make an unlawful use lawful"):
        assert sentence in words(page)
    for label in ("None: in vitro only", "Intended use, in your own words", "I agree to sign electronically"):
        assert label in words(page)


def test_each_thing_left_out_is_named_at_its_field(step: FlaskClient) -> None:
    for change, sentence, link in (
        ({"animals": ""}, "Say whether there is an approval for work with animals", "#animals-0"),
        ({"animals": "named"}, "Enter the number of the approval, and who gave it", "#approval"),
        ({"intended_use": "research"}, "Describe the intended use in 80 characters or more", "#intended_use"),
        ({"intended_use": f"research{' ' * 90}"}, "in 80 characters or more", "#intended_use"),
        ({"electronic": ""}, "Agree to sign electronically", "#electronic"),
    ):
        sent = {name: value for name, value in {**ANSWERS, **change}.items() if value}
        page = step.post("/checkout/research-use", data=sent)
        assert page.status_code == 400
        assert sentence in words(page)
        assert f'href="{link}"' in page.get_data(as_text=True)


def test_what_was_signed_is_kept_and_shown_again(step: FlaskClient, web_app: Flask) -> None:
    answer = step.post("/checkout/research-use", data={**ANSWERS, "animals": "named", "approval": "AVD-1154"})
    assert answer.status_code == 302
    page = step.get("/checkout/research-use").get_data(as_text=True)
    assert 'value="AVD-1154"' in page
    assert OWN_WORDS in page
    step.post("/checkout/contact", data={**CONTACT, "organisation": "Other Institute"})
    page = words(step.get("/checkout/research-use"))
    assert "The organisation has changed. Your answers are about one order exactly, so we ask again." in page
    with web_app.app_context(), reading() as session:
        assert session.query(AttestationSigner).count() == 0


def test_who_cannot_confirm_needs_no_essay(step: FlaskClient, web_app: Flask) -> None:
    left_out = ("animals", "approval", "intended_use", "electronic")
    sent = {name: value for name, value in {**ANSWERS, "c1": "no"}.items() if name not in left_out}
    page = step.post("/checkout/research-use", data=sent, follow_redirects=True)
    assert "We can’t send this order" in words(page)
