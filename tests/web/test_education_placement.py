"""How near the catalogue stands to a monograph: beside it, one link away, or nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import words
from sqlalchemy import select
from stocked import open_shop

from config import SettingError, read_settings
from shop import create_app
from shop.core.database import reading
from shop.core.settings import settings
from shop.education import revisions
from shop.education.models import MonographRevision

MONOGRAPH = "/education/nootropics/cerebrolysin"
PRODUCT = "/products/porcine-brain-peptide-preparation"
TO_CATALOGUE = ("/products", "/cart", "/checkout")
TO_EDUCATION = ("/education", "/how-monographs-are-written")


@pytest.fixture(scope="module")
def stocked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with open_shop(request, tmp_path_factory, "sqlite") as app:
        with app.app_context(), reading() as session:
            text = revisions.load(session.scalars(select(MonographRevision).limit(1)).one())
        with app.app_context():
            linked = f"{text.handling}\n\nSee [the listing]({PRODUCT}) and [the guides](/guides)."
            revisions.publish(replace(text, handling=linked, change_note="Links."), actor="test")
        yield app


def placed(stocked: Flask, placement: str) -> FlaskClient:
    """The same shop with another placement."""
    with stocked.app_context():
        values = replace(settings(), education_placement=placement)
    return create_app(values).test_client(use_cookies=False)


def links(client: FlaskClient, address: str) -> list[str]:
    """Where the links and forms of a page lead."""
    response = client.get(address)
    assert response.status_code == 200
    return [unescape(link) for link in re.findall(r'(?:href|action)="(/[^"]*)"', response.text)]


def test_beside_shows_the_quiet_card(stocked: Flask) -> None:
    client = placed(stocked, "beside")
    page = client.get(MONOGRAPH)
    assert 'class="listing"' in page.text
    assert PRODUCT in links(client, MONOGRAPH)
    assert MONOGRAPH in links(client, PRODUCT)


def test_linked_shows_one_plain_link(stocked: Flask) -> None:
    client = placed(stocked, "linked")
    page = client.get(MONOGRAPH)
    assert 'class="listing"' not in page.text
    assert '<svg class="vial' not in page.text
    assert "Porcine brain peptide preparation in the catalogue" in words(page)
    assert PRODUCT in links(client, MONOGRAPH)
    assert MONOGRAPH in links(client, PRODUCT)


@pytest.mark.parametrize("address", [MONOGRAPH, f"{MONOGRAPH}/v/1", "/education", "/education/nootropics"])
def test_detached_leaves_no_way_from_education_to_the_catalogue(stocked: Flask, address: str) -> None:
    found = links(placed(stocked, "detached"), address)
    assert [link for link in found if link.startswith(TO_CATALOGUE)] == []
    assert "/guides" in found


@pytest.mark.parametrize("address", [PRODUCT, "/products"])
def test_detached_leaves_no_way_from_the_catalogue_to_education(stocked: Flask, address: str) -> None:
    found = links(placed(stocked, "detached"), address)
    assert [link for link in found if link.startswith(TO_EDUCATION)] == []


def test_detached_keeps_the_words_of_a_link_in_the_text(stocked: Flask) -> None:
    page = placed(stocked, "detached").get(MONOGRAPH)
    assert "See the listing and" in words(page)
    assert "The material in our shop" not in words(page)


def test_beside_is_the_default_and_another_word_is_refused() -> None:
    assert read_settings({}).education_placement == "beside"
    assert read_settings({"EDUCATION_PLACEMENT": "detached"}).education_placement == "detached"
    with pytest.raises(SettingError, match="EDUCATION_PLACEMENT must be one of beside, linked, detached"):
        read_settings({"EDUCATION_PLACEMENT": "near"})
