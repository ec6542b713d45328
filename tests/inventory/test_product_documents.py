"""Documents of products: revisions with date and language, through the same checks as certificates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from at_a_desk import plain_pdf
from builders import make_ready_to_sell, make_size
from flask import Flask
from sqlalchemy import select

from shop.catalogue.models import Product
from shop.core import clock, files
from shop.core.database import reading
from shop.core.errors import NotFound, Refused
from shop.inventory import product_documents
from shop.inventory.certificate_files import FileRefused
from shop.inventory.product_documents import DocumentKind, NewDocument


@pytest.fixture
def slug(shop: Flask) -> str:
    make_ready_to_sell()
    make_size()
    with reading() as session:
        return session.scalars(select(Product.slug)).one()


def attach(slug: str, text: str, *, language: str = "en", day: date | None = None, note: str = "") -> int:
    new = NewDocument(
        kind=DocumentKind.SAFETY_DATA_SHEET,
        language=language,
        issued_on=day or date(2026, 1, 2),
        note=note,
    )
    return product_documents.attach(slug, new, document=plain_pdf(text), actor="q@shop.example")


def in_force(slug: str) -> list[tuple[str, int]]:
    with reading() as session:
        product = session.scalars(select(Product).where(Product.slug == slug)).one()
        return [(each.language, each.revision) for each in product_documents.current(session, product.id)]


def test_revisions_count_by_language_and_old_ones_stay(slug: str) -> None:
    assert attach(slug, "one") == 1
    assert attach(slug, "eins", language="de") == 1
    assert attach(slug, "two", note="Section 8") == 2
    assert in_force(slug) == [("de", 1), ("en", 2)]
    with reading() as session:
        old = product_documents.find(session, slug, "sds", "en", 1)
        assert files.store().get(old.sha256) == plain_pdf("one")


@pytest.mark.parametrize(("tag", "kept"), [("EN", "en"), ("pt-br", "pt-BR"), ("de-AT", "de-AT")])
def test_languages_are_kept_in_their_usual_spelling(tag: str, kept: str) -> None:
    assert product_documents.known_language(tag) == kept


@pytest.mark.parametrize("tag", ["", "xx", "english", "en_US_POSIX_x", "../de", "e\x00", "en-"])
def test_what_is_no_language_is_refused(tag: str) -> None:
    with pytest.raises(Refused, match="not a language"):
        product_documents.known_language(tag)


def test_a_document_that_cannot_be_is_refused(slug: str) -> None:
    attach(slug, "one", day=date(2026, 3, 1))
    with pytest.raises(Refused, match="already"):
        attach(slug, "one", day=date(2026, 3, 1), note="x")
    with pytest.raises(Refused, match="newer"):
        attach(slug, "two", day=date(2026, 2, 1), note="x")
    with pytest.raises(Refused, match="changed since"):
        attach(slug, "two", day=date(2026, 4, 1))
    with pytest.raises(Refused, match="future"):
        attach(slug, "two", day=clock.today() + timedelta(days=2))
    with pytest.raises(NotFound):
        attach("no\x00product", "one")
    with pytest.raises(FileRefused):
        product_documents.attach(
            slug,
            NewDocument(kind=DocumentKind.SPECIFICATION, language="en", issued_on=date(2026, 1, 1)),
            document=b"<html>",
            actor="q",
        )
