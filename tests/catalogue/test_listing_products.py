"""Listing products: their words are read by the claims guard, on the surface next to the cart."""

from __future__ import annotations

import pytest
from builders import found_by_audit, make_size
from sqlalchemy import select

from shop.catalogue import listing
from shop.catalogue.models import Product
from shop.claims import holds
from shop.claims.holds import Blocked, NeedsReasons
from shop.compounds.models import CompoundName
from shop.core.audit import AuditEntry
from shop.core.database import reading, writing
from shop.core.errors import Refused

pytestmark = pytest.mark.usefixtures("shop")


def change(**changes: str) -> None:
    with writing() as session:
        product = session.scalars(select(Product)).one()
        listing.change_words(session, product, changes, actor="rosa@shop.example")


def subtitle() -> str:
    with reading() as session:
        return session.scalars(select(Product.subtitle)).one()


def test_innocent_words_are_changed_and_logged() -> None:
    make_size()
    change(subtitle="Synthetic heptapeptide, acetate salt")
    assert subtitle() == "Synthetic heptapeptide, acetate salt"
    with reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "product.change-words")).one()
        assert entry.after == {"subtitle": "Synthetic heptapeptide, acetate salt"}


@pytest.mark.parametrize(
    ("field", "words", "rule"),
    [
        ("name", "Fat loss peptide", "C2"),
        ("subtitle", "In patients it improved memory", "C12"),
        ("solubility", "Mix with bacteriostatic water", "C5"),
        ("handling_note", "Inject once a day", "C4"),
    ],
    ids=["name", "subtitle", "solubility", "handling"],
)
def test_words_that_claim_are_refused_and_nothing_is_changed(field: str, words: str, rule: str) -> None:
    make_size()
    before = subtitle()
    with pytest.raises(Blocked, match=rf"{field}: “.*{rule}"):
        change(**{field: words})
    assert subtitle() == before


def test_a_hold_needs_a_reason_that_is_kept() -> None:
    make_size()
    with pytest.raises(NeedsReasons):
        change(subtitle="Heptapeptide, 99% pure")
    with writing() as session:
        listing.change_words(
            session,
            session.scalars(select(Product)).one(),
            {"subtitle": "Heptapeptide, 99% pure"},
            actor="rosa@shop.example",
            reasons={"subtitle": "Every released lot is at or above this by HPLC."},
        )
    with reading() as session:
        assert holds.count(session) == 1
    assert found_by_audit() == []


def test_only_words_of_a_product_can_be_changed() -> None:
    make_size()
    with pytest.raises(Refused, match="no text “compound_id”"):
        change(compound_id="2")


def test_the_audit_finds_what_was_written_past_the_guard() -> None:
    make_size()
    with writing() as session:
        product = session.scalars(select(Product)).one()
        product.compound.names.append(CompoundName(name="The tanning peptide", position=1))
    [found] = found_by_audit()
    assert "synonym 1: “tanning peptide” (C2)" in found
    with writing() as session:
        session.scalars(select(Product)).one().listed = False
    assert found_by_audit() == []
