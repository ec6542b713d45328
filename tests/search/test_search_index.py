"""The search index is in step with every change, and the audit says where it is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from builders import found_by_audit, make_size
from flask import Flask
from sqlalchemy import select, text, update

from shop import cli, demo
from shop.catalogue.models import Product
from shop.compounds.models import Category, Compound, CompoundName
from shop.core import engine_tables
from shop.core.database import db, reading, writing
from shop.education import monograph_file, revisions
from shop.search import finding, index
from shop.search.models import Kind, SearchEntry, SearchWord
from shop.search.text_index import NAME

MONOGRAPHS = Path(demo.__file__).parent / "content" / "monographs"


def names(query: str, kind: Kind = Kind.PRODUCT) -> list[str]:
    """What is found without a guess."""
    with reading() as session:
        found = finding.find(session, query)
        hits = () if found.corrected or found.only_some else (*found.exact, *found.of(kind))
        return ["".join(piece.text for piece in hit.title) for hit in hits if hit.kind is kind]


def the_product() -> str:
    sku = make_size()
    with reading() as session:
        return session.scalars(select(Product.name)).one() if sku else ""


def test_a_product_is_found_as_soon_as_it_is_written_and_not_before(shop: Flask) -> None:
    with pytest.raises(ZeroDivisionError), writing() as session:
        session.add(Category(slug="a", name="Unheard", code="unh", scope="", position=9))
        session.flush()
        raise ZeroDivisionError
    name = the_product()
    assert names(name) == [name]


def test_a_change_of_what_it_is_called_counts_at_once(shop: Flask) -> None:
    the_product()
    with writing() as session:
        product = session.scalars(select(Product)).one()
        product.name = "Quillaxin"
        product.compound.names.append(CompoundName(name="Zebra factor 9", position=1))
        product.compound.name, product.compound.cas = "Quillaxin", "50-56-6"
    assert names("quillaxin") == names("zebrafactor9") == names("50566") == ["Quillaxin"]


def test_a_field_of_research_is_found_by_its_new_name(shop: Flask) -> None:
    name = the_product()
    with writing() as session:
        session.scalars(select(Category)).one().name = "Thermophysics"
    assert names("thermophysics") == [name]


def test_a_product_withdrawn_from_sale_is_no_longer_found(shop: Flask) -> None:
    name = the_product()
    with writing() as session:
        session.scalars(select(Product)).one().listed = False
    assert names(name) == []
    with reading() as session:
        assert session.scalar(select(SearchEntry.id)) is None
        assert session.scalar(select(SearchWord.word)) is None


def test_a_statement_over_many_rows_is_followed_too(shop: Flask) -> None:
    the_product()
    with writing() as session:
        session.execute(update(Product).values(name="Everything"))
    assert names("everything") == ["Everything"]


def test_a_new_version_of_a_monograph_takes_the_place_of_the_old_one(shop: Flask) -> None:
    the_product()
    with writing() as session:
        slug = session.scalars(select(Compound.slug)).one()
    written = (MONOGRAPHS / "bradykinin.yaml").read_text(encoding="utf-8")
    first = replace(monograph_file.read(written), compound=slug)
    revisions.publish(first, actor="test")
    assert names("plasma attacks", Kind.OUTCOME) == ["Plasma bradykinin in attacks"]
    second = replace(first, title="Another title", change_note="Another title.")
    revisions.publish(second, actor="test")
    assert names("another title", Kind.MONOGRAPH) == ["Another title"]
    with reading() as session:
        assert (
            len(session.scalars(select(SearchEntry.id).where(SearchEntry.kind == Kind.MONOGRAPH)).all()) == 1
        )


def test_the_audit_names_what_is_missing_stale_or_too_much_and_reindexing_mends_it(
    shop: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    name = the_product()
    with writing() as session:
        session.execute(text("UPDATE product SET name = 'Past the sessions'"))
    assert [each for each in found_by_audit() if each.startswith("I80")] != []
    assert names("past the sessions") == []
    assert index.reindex() == 1
    assert names("past the sessions") == ["Past the sessions"]
    with writing() as session:
        session.execute(text("DELETE FROM search_key"))
        session.execute(text("DELETE FROM search_entry"))
    assert any("is not in the search index" in each for each in found_by_audit())
    assert index.reindex() == 1
    with writing() as session:
        session.execute(text("UPDATE search_word SET entries = 7"))
    assert any("counts" in each for each in found_by_audit())
    assert index.reindex() == 0
    assert name


def test_the_audit_names_a_text_index_that_is_gone_or_out_of_step(shop: Flask) -> None:
    the_product()
    with writing() as session:
        session.execute(text(f"DELETE FROM {NAME}"))
    assert [each for each in found_by_audit() if "text index" in each] != []
    with writing() as session:
        on_table = " ON search_entry" if db.engine.dialect.name == "postgresql" else ""
        session.execute(text(f"DROP TRIGGER search_entry_is_found{on_table}"))
    with db.engine.connect() as connection:
        assert list(engine_tables.missing(connection)) == ["search_entry_is_found"]
    index.reindex()
    assert found_by_audit() == []


def test_the_command_makes_the_index_anew(
    shop: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shop.create_core", lambda: shop)
    assert cli.main(["reindex"]) == 0
    assert "The search index is made anew; 0 entries" in capsys.readouterr().out
