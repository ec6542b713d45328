"""The research-use statement: which version is in force, and the text one buyer sees."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.attestations import statements
from shop.attestations.models import StatementClause, StatementVersion
from shop.core import clock
from shop.core.database import reading, writing
from shop.core.errors import NotFound

CLAUSES = [
    ("Research only", "For laboratory research by {organisation} and nothing else."),
    ("Lawful", "Lawful in {country}, where {organisation} works."),
]


def publish(session: Session, code: str, in_force_from: datetime) -> None:
    statements.publish(
        session, code=code, in_force_from=in_force_from, preamble="Please read.", clauses=CLAUSES
    )


def in_force() -> str:
    with reading() as session:
        return statements.in_force(session).code


def test_without_a_version_in_force_nothing_can_be_sold(shop: Flask) -> None:
    with pytest.raises(NotFound, match="no order can be placed"):
        in_force()
    with writing() as session:
        publish(session, "RU-9", clock.now() + timedelta(days=1))
    with pytest.raises(NotFound, match="no order can be placed"):
        in_force()


def test_the_newest_version_that_has_begun_is_in_force_whatever_the_order_of_publishing(shop: Flask) -> None:
    moment = clock.now()
    with writing() as session:
        publish(session, "RU-2", moment - timedelta(days=1))
        publish(session, "RU-1", moment - timedelta(days=9))
        publish(session, "RU-3", moment + timedelta(days=1))
    assert in_force() == "RU-2"
    with clock.shifted(timedelta(days=1, seconds=5)):
        assert in_force() == "RU-3"
    with reading() as session:
        assert [version.code for version in statements.all_versions(session)] == ["RU-3", "RU-2", "RU-1"]


def test_clauses_are_numbered_in_their_order(shop: Flask) -> None:
    with writing() as session:
        publish(session, "RU-1", clock.now())
    with reading() as session:
        clauses = statements.in_force(session).clauses
        assert [(clause.position, clause.heading) for clause in clauses] == [
            (1, "Research only"),
            (2, "Lawful"),
        ]


def test_a_version_is_never_edited_and_its_code_and_beginning_are_its_own(shop: Flask) -> None:
    moment = clock.now()
    with writing() as session:
        publish(session, "RU-1", moment)
    for statement in (
        "UPDATE statement_version SET preamble = 'x'",
        "DELETE FROM statement_version",
        "UPDATE statement_clause SET text = 'x'",
        "DELETE FROM statement_clause",
    ):
        with pytest.raises(IntegrityError, match="append-only"), writing() as session:
            session.execute(text(statement))
    for code, begins in (("RU-1", moment + timedelta(days=1)), ("RU-2", moment)):
        with pytest.raises(IntegrityError), writing() as session:
            publish(session, code, begins)


def version(*clauses: str, preamble: str = "Please read.") -> StatementVersion:
    return StatementVersion(
        id=1,
        code="RU-1",
        in_force_from=datetime(2026, 1, 1, tzinfo=UTC),
        preamble=preamble,
        clauses=[
            StatementClause(position=position, heading=f"Heading {position}", text=clause)
            for position, clause in enumerate(clauses, start=1)
        ],
    )


def test_the_buyers_organisation_and_country_stand_in_the_text() -> None:
    filled = statements.fill_in(
        version("For {organisation}.", "Lawful in {country} for {organisation}."),
        organisation="Vermeer Institute",
        country="Netherlands",
    )
    assert filled.text == (
        "Please read.\n\n"
        "1. Heading 1. For Vermeer Institute.\n\n"
        "2. Heading 2. Lawful in Netherlands for Vermeer Institute."
    )


@given(st.text(max_size=30) | st.sampled_from(["{country}", "{organisation}", "{0}", "%s", "{", "}}{{"]))
def test_an_organisation_is_a_name_and_never_a_template(organisation: str) -> None:
    filled = statements.fill_in(
        version("In {country} for {organisation}."), organisation=organisation, country="Netherlands"
    )
    assert filled.clauses[0].text == f"In Netherlands for {organisation}."


words = st.text(max_size=12)
lists = st.lists(st.tuples(words, words), max_size=4)


@given(words, lists, words, lists)
def test_the_hash_of_a_version_tells_any_two_texts_apart(
    preamble: str, clauses: list[tuple[str, str]], other: str, others: list[tuple[str, str]]
) -> None:
    same = (preamble, clauses) == (other, others)
    hashes = statements.text_sha256(preamble, clauses), statements.text_sha256(other, others)
    assert (hashes[0] == hashes[1]) == same


def test_moving_a_word_from_one_field_to_the_next_changes_the_hash() -> None:
    texts = [("a b", []), ("a", [("b", "")]), ("a", [("", "b")]), ("a", [("b", ""), ("", "")])]
    assert len({statements.text_sha256(preamble, clauses) for preamble, clauses in texts}) == len(texts)
