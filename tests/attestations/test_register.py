"""The register: what a record holds, and that no change to it, however small, goes unnoticed."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from builders import found_by_audit, make_ready_to_sell
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from shop.attestations import register, statements
from shop.attestations.models import (
    AttestationRecord,
    AttestationSigner,
    Outcome,
)
from shop.attestations.register import GENESIS, Signer, commitment, head_of_chain, seal
from shop.core import erasure
from shop.core.database import db, reading, writing

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SIGNER = Signer(
    typed_name="Ilse Brandsma",
    role="Lab manager",
    organisation="Vermeer Institute",
    email="i.brandsma@vima.example",
    delivery_address="Padualaan 8\n3584 CH Utrecht",
    ip_address="192.0.2.7",
    user_agent="test",
    locale="en",
)
RECORDS = 6
records, signers, heads, versions, clauses = (
    db.metadata.tables[name]
    for name in (
        *("attestation_record", "attestation_signer", "attestation_head"),
        *("statement_version", "statement_clause"),
    )
)


def sign(session: Session, number: int, *, answers: Mapping[int, str] | None = None) -> AttestationRecord:
    """Record `number`; its order is named only where every answer is yes."""
    given_answers = dict(answers or {1: "yes", 2: "yes", 3: "yes"})
    confirmed = set(given_answers.values()) == {"yes"}
    return register.append(
        session,
        record_id=f"record{number}",
        statement=statements.fill_in(
            statements.in_force(session), organisation="Vermeer Institute", country="Netherlands"
        ),
        answers=given_answers,
        purpose="cell culture",
        content={
            "lines": [
                {"sku": "SMX-10", "quantity": number, "lots": [{"number": "SMX-2609-B", "quantity": 1}]}
            ],
            "destination": ["NL"],
            "total_minor": 4600 * number,
            "note": "Zoë – 10 µg",
        },
        signer=replace(SIGNER, email=f"buyer{number}@vima.example"),
        order_reference=f"reference{number}" if confirmed else None,
        at=NOON + timedelta(minutes=number),
    )


@pytest.fixture
def chain(shop: Flask) -> None:
    """A register of six records; the third could not be confirmed."""
    make_ready_to_sell()
    with writing() as session:
        for number in range(1, RECORDS + 1):
            sign(session, number, answers={1: "yes", 2: "no", 3: "yes"} if number == 3 else None)


# What a record holds


def test_a_record_holds_every_word_every_answer_and_what_they_are_about(chain: None) -> None:
    with reading() as session:
        record = session.get_one(AttestationRecord, "record1")
        assert record.outcome == Outcome.CONFIRMED
        assert record.order_reference == "reference1"
        assert record.rendered_text.startswith("Specimen statement.\n\n1. Laboratory research only. For lab")
        assert "2. Lawful at the delivery address. Lawful in Netherlands." in record.rendered_text
        assert "I may order for Vermeer Institute." in record.rendered_text
        assert record.rendered_sha256 == hashlib.sha256(record.rendered_text.encode()).hexdigest()
        assert record.answers == [
            {"position": 1, "heading": "Laboratory research only", "answer": "yes"},
            {"position": 2, "heading": "Lawful at the delivery address", "answer": "yes"},
            {"position": 3, "heading": "Authority to order", "answer": "yes"},
        ]
        assert record.content["lines"][0]["lots"] == [{"number": "SMX-2609-B", "quantity": 1}]
        assert record.signed_at == NOON + timedelta(minutes=1)
        signer = session.get_one(AttestationSigner, "record1")
        assert (signer.typed_name, signer.role, signer.ip_address) == (
            *("Ilse Brandsma", "Lab manager", "192.0.2.7"),
        )
        everything = str({column.key: getattr(record, column.key) for column in records.columns})
        for personal in ("Brandsma", "Lab manager", "buyer1@", "Padualaan", "192.0.2.7"):
            assert personal not in everything, "personal data stands in the side table only"


def test_records_are_chained_from_the_first_to_the_head(chain: None) -> None:
    with reading() as session:
        found = session.scalars(select(AttestationRecord).order_by(AttestationRecord.sequence)).all()
        assert [record.sequence for record in found] == list(range(1, RECORDS + 1))
        assert [record.previous_hash for record in found] == [
            GENESIS,
            *(record.record_hash for record in found[:-1]),
        ]
        assert all(record.record_hash == seal(record) for record in found)
        assert head_of_chain(session) == (RECORDS, found[-1].record_hash)
    assert found_by_audit() == []


def test_a_refusal_to_confirm_is_a_record_without_an_order(chain: None) -> None:
    with reading() as session:
        record = session.get_one(AttestationRecord, "record3")
        assert (record.outcome, record.order_reference) == (Outcome.NOT_CONFIRMED, None)
        assert [answer["answer"] for answer in record.answers] == ["yes", "no", "yes"]


def test_every_clause_needs_an_answer_and_only_yes_to_all_places_an_order(chain: None) -> None:
    for answers in ({1: "yes", 2: "yes"}, {1: "yes", 2: "yes", 3: "yes", 4: "yes"}, {}):
        with pytest.raises(ValueError, match=r"every clause|order is placed"), writing() as session:
            register.append(
                session,
                record_id="x",
                statement=statements.fill_in(
                    statements.in_force(session), organisation="Vermeer Institute", country="Netherlands"
                ),
                answers=answers,
                purpose="",
                content={},
                signer=SIGNER,
                order_reference="reference-x",
                at=NOON,
            )
    for answers, reference in (({1: "yes", 2: "no", 3: "yes"}, "r"), ({1: "yes", 2: "yes", 3: "yes"}, None)):
        with pytest.raises(ValueError, match="an order is placed when"), writing() as session:
            register.append(
                session,
                record_id="x",
                statement=statements.fill_in(
                    statements.in_force(session), organisation="Vermeer Institute", country="Netherlands"
                ),
                answers=answers,
                purpose="",
                content={},
                signer=SIGNER,
                order_reference=reference,
                at=NOON,
            )
    with reading() as session:
        assert head_of_chain(session)[0] == RECORDS


def test_what_a_failed_use_case_appended_leaves_the_chain_as_it_was(chain: None) -> None:
    with pytest.raises(ZeroDivisionError), writing() as session:
        sign(session, 7)
        raise ZeroDivisionError
    with writing() as session:
        assert sign(session, 8).sequence == RECORDS + 1


def test_a_record_is_never_changed_by_the_shop_itself(chain: None) -> None:
    for statement in ("UPDATE attestation_record SET purpose = 'x'", "DELETE FROM attestation_record"):
        with pytest.raises(IntegrityError, match="append-only"), writing() as session:
            session.execute(text(statement))


# Tampering: by someone who reaches the database and knows how to put the guards aside


@contextmanager
def tampering() -> Iterator[Session]:
    """A transaction in which no guard stands and no foreign key holds; nothing of it is kept."""
    with reading() as session:
        if db.engine.dialect.name == "postgresql":
            session.execute(text("SET LOCAL session_replication_role = 'replica'"))
        else:
            session.execute(text("PRAGMA defer_foreign_keys = ON"))
            triggers = session.scalars(
                text(
                    "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%statement_%' "
                    "OR type = 'trigger' AND name LIKE '%attestation_%'"
                )
            ).all()
            for name in triggers:
                session.execute(text(f"DROP TRIGGER {name}"))
        yield session
        session.rollback()


def found() -> list[str]:
    """What the audit finds, but for the guards that the tampering itself put aside."""
    db.session.expire_all()
    return [line for line in found_by_audit() if not line.startswith(("I16a:", "I17:"))]


def names(lines: list[str], number: int) -> bool:
    return any(
        line.startswith("I16:") and (f"record{number} " in line or f"record{number}:" in line)
        for line in lines
    )


EDITS: dict[str, Any] = {
    "id": "forged",
    "sequence": 40,
    "version_id": 9,
    "order_reference": "another",
    "rendered_text": "I promise nothing.",
    "rendered_sha256": "a" * 64,
    "answers": [],
    "purpose": "home use",
    "content": {"lines": [], "destination": ["DE"], "total_minor": 1},
    "signed_at": NOON - timedelta(days=400),
    "signer_commitment": "b" * 64,
    "previous_hash": "c" * 64,
    "record_hash": "d" * 64,
}


def test_an_edit_of_any_column_of_any_record_is_named(chain: None) -> None:
    assert set(EDITS) | {"outcome"} == {column.key for column in records.columns}
    for number in (1, 4, RECORDS):
        for column, value in EDITS.items():
            with tampering() as session:
                session.execute(
                    update(records).where(records.c.id == f"record{number}").values({column: value})
                )
                lines = found()
                if column == "id":
                    assert any("attestation forged " in line for line in lines)
                else:
                    assert names(lines, number), f"{column} of {number}: {lines}"
    with tampering() as session:
        session.execute(
            update(records)
            .where(records.c.id == "record3")
            .values(outcome=Outcome.CONFIRMED, order_reference="reference3")
        )
        assert names(found(), 3)


def test_a_record_with_its_own_hash_made_anew_is_still_named_by_the_next(chain: None) -> None:
    for number in (1, 5):
        with tampering() as session:
            record = session.get_one(AttestationRecord, f"record{number}")
            record.purpose = "home use"
            record.record_hash = seal(record)
            session.flush()
            assert names(found(), number + 1)


def test_a_removed_record_is_named_by_the_one_after_it(chain: None) -> None:
    for number in range(1, RECORDS + 1):
        with tampering() as session:
            session.execute(delete(records).where(records.c.id == f"record{number}"))
            lines = found()
            assert names(lines, number + 1) or (
                number == RECORDS and any("head says" in line for line in lines)
            )


def test_a_gap_closed_by_numbering_anew_is_named(chain: None) -> None:
    with tampering() as session:
        session.execute(delete(records).where(records.c.id == "record2"))
        for number in range(3, RECORDS + 1):
            session.execute(
                update(records).where(records.c.id == f"record{number}").values(sequence=number - 1)
            )
        assert names(found(), 3)


def test_two_records_in_each_others_place_are_named(chain: None) -> None:
    for first, second in ((1, 2), (2, 5), (5, 6)):
        with tampering() as session:
            for number, place in ((first, 90), (second, first), (first, second)):
                session.execute(
                    update(records).where(records.c.id == f"record{number}").values(sequence=place)
                )
            lines = found()
            assert names(lines, first), lines
            assert names(lines, second), lines


def copied(session: Session, number: int, **changed: object) -> dict[str, Any]:
    row = session.execute(select(records).where(records.c.id == f"record{number}")).mappings().one()
    return {**row, "id": "forged", "order_reference": None, "outcome": Outcome.NOT_CONFIRMED, **changed}


def test_an_added_record_is_named_wherever_it_stands(chain: None) -> None:
    for place in (1, 4, RECORDS + 1):
        with tampering() as session:
            for number in range(RECORDS, place - 1, -1):
                session.execute(
                    update(records).where(records.c.id == f"record{number}").values(sequence=number + 1)
                )
            before = session.scalar(select(records.c.record_hash).where(records.c.sequence == place - 1))
            row = copied(session, 2, sequence=place, previous_hash=f"{before or GENESIS}"[:63] + "!")
            forged = AttestationRecord(**row)
            row["record_hash"] = seal(forged)
            session.execute(insert(records).values(row))
            lines = found()
            assert any("attestation forged " in line for line in lines), lines
            assert names(lines, place) or any("head says" in line for line in lines)


def test_a_head_that_was_changed_or_removed_is_noticed(chain: None) -> None:
    changes = (
        update(heads).values(sequence=RECORDS - 1),
        update(heads).values(record_hash="e" * 64),
        delete(heads),
    )
    for change in changes:
        with tampering() as session:
            session.execute(change)
            assert any(line.startswith("I16:") and "head says" in line for line in found())


def test_whoever_seals_the_whole_chain_anew_is_betrayed_by_a_head_kept_elsewhere(chain: None) -> None:
    """Without a secret nothing inside the database can prove more; `head_of_chain` is the witness."""
    with reading() as session:
        witness = head_of_chain(session)
    with tampering() as session:
        previous = GENESIS
        for number in range(1, RECORDS + 1):
            record = session.get_one(AttestationRecord, f"record{number}")
            record.purpose = "home use"
            record.previous_hash = previous
            previous = record.record_hash = seal(record)
            session.flush()
        session.execute(update(heads).values(record_hash=previous))
        assert found() == []
        assert head_of_chain(session) != witness


def test_an_edit_of_the_signer_is_named_and_a_signer_moved_to_another_record_too(chain: None) -> None:
    for column in signers.columns:
        if column.key == "record_id":
            continue
        with tampering() as session:
            session.execute(
                update(signers).where(signers.c.record_id == "record2").values({column.key: "someone else"})
            )
            assert names(found(), 2), column.key
    with tampering() as session:
        session.execute(delete(signers).where(signers.c.record_id == "record4"))
        session.execute(update(signers).where(signers.c.record_id == "record2").values(record_id="record4"))
        assert names(found(), 4)


def test_a_signer_that_is_gone_without_an_erasure_is_named(chain: None) -> None:
    with tampering() as session:
        session.execute(delete(signers).where(signers.c.record_id == "record4"))
        assert names(found(), 4)


def test_erasing_a_person_keeps_the_chain_whole(chain: None) -> None:
    with reading() as session:
        before = head_of_chain(session)
    for number in (1, 6):
        erasure.erase(f"buyer{number}@vima.example", reason="Asked for.", actor="test", before_retention=True)
    assert found_by_audit() == []
    with writing() as session:
        assert head_of_chain(session) == before
        assert sign(session, 7).sequence == RECORDS + 1
    assert found_by_audit() == []


def forge_text(chance: random.Random, value: str) -> str:
    """The same text with one character another one, one more, or one less."""
    place = chance.randrange(len(value))
    instead = "x" if value[place] != "x" else "y"
    return value[:place] + chance.choice([instead, value[place] + "x", ""]) + value[place + 1 :]


def as_stored(session: Session, column: str, number: int) -> str:
    """A column as its text in the database."""
    return str(
        session.scalar(
            text(f"SELECT CAST({column} AS TEXT) FROM attestation_record WHERE id = :id"),
            {"id": f"record{number}"},
        )
    )


TEXTS = (
    *("id", "order_reference", "rendered_text", "rendered_sha256", "answers", "purpose", "content"),
    *("signed_at", "signer_commitment", "previous_hash", "record_hash", "outcome"),
)
KINDS = {"answers": "JSON", "content": "JSON", "signed_at": "TIMESTAMPTZ"}


@pytest.mark.parametrize("seed", range(2))
def test_any_single_character_changed_anywhere_is_found_and_named(chain: None, seed: int) -> None:
    """All of them: what the database itself takes for an answer, the audit finds."""
    chance = random.Random(seed)
    tried = 0
    for _attempt in range(45):
        number, column = chance.randint(1, RECORDS), chance.choice(TEXTS)
        if (number, column) == (3, "order_reference"):
            continue
        with tampering() as session:
            before = as_stored(session, column, number)
            after = forge_text(chance, before)
            kind = KINDS.get(column, "TEXT") if db.engine.dialect.name == "postgresql" else "TEXT"
            try:
                session.execute(
                    text(f"UPDATE attestation_record SET {column} = CAST(:after AS {kind}) WHERE id = :id"),
                    {"after": after, "id": f"record{number}"},
                )
            except DBAPIError:
                continue  # refused by a CHECK, or no JSON or time at all
            if same_meaning(column, before, after, session, number):
                continue
            tried += 1
            lines = found()
            named = names(lines, number)
            if column == "id":
                named = any(after in line for line in lines)
            assert named, f"{column} of record {number}: {before!r} became {after!r}: {lines}"
    assert tried > 20


def same_meaning(column: str, before: str, after: str, session: Session, number: int) -> bool:
    """Whether a changed text still says the same: JSON with another space, a time with another zero."""
    if column in ("answers", "content"):
        try:
            return bool(json.loads(before) == json.loads(after))
        except ValueError:
            return False
    if column == "signed_at":
        try:
            now = session.scalar(select(records.c.signed_at).where(records.c.id == f"record{number}"))
        except ValueError:
            return False
        return now == NOON + timedelta(minutes=number)
    return False


UNREADABLE = ("{", "", "[1.5]", '{"a": 1.5}', '{"a": "\\ud800"}', "[" * 5000, "null", "17", '{"lines": [{}]}')


def test_content_that_cannot_be_read_is_named_and_hides_no_other_record(chain: None) -> None:
    for content in UNREADABLE:
        with tampering() as session:
            kind = "JSON" if db.engine.dialect.name == "postgresql" else "TEXT"
            try:
                session.execute(
                    text(
                        f"UPDATE attestation_record SET content = CAST(:new AS {kind}) WHERE id = 'record4'"
                    ),
                    {"new": content},
                )
            except DBAPIError:
                continue
            session.execute(update(records).where(records.c.id == "record6").values(purpose="home use"))
            lines = found()
            assert names(lines, 4), content
            assert names(lines, 6), content
            assert not names(lines, 5), content


# The statement itself


def test_an_edit_of_a_version_of_the_statement_is_named(chain: None) -> None:
    changes = [
        update(versions).values(preamble="Specimen statement"),
        update(versions).values(text_sha256="f" * 64),
        update(clauses).where(clauses.c.position == 2).values(text="Lawful."),
        update(clauses).where(clauses.c.position == 2).values(heading="Lawful"),
        update(clauses).where(clauses.c.position == 2).values(position=9),
        delete(clauses).where(clauses.c.position == 3),
        insert(clauses).values(version_id=1, position=4, heading="More", text="More."),
    ]
    for change in changes:
        with tampering() as session:
            session.execute(change)
            lines = found()
            assert any(line.startswith("I8:") and "RU-1" in line for line in lines), f"{change}: {lines}"


# The commitment

fields = st.text(max_size=10)


@given(st.lists(fields, min_size=10, max_size=10), st.lists(fields, min_size=10, max_size=10))
def test_two_people_never_share_a_commitment(first: list[str], second: list[str]) -> None:
    one, other = (
        Signer(**dict(zip(Signer.__dataclass_fields__, first, strict=True))),
        Signer(**dict(zip(Signer.__dataclass_fields__, second, strict=True))),
    )
    assert (commitment("salt", one) == commitment("salt", other)) == (one == other)


def test_the_same_person_is_not_recognised_from_one_record_to_the_next(chain: None) -> None:
    assert commitment("salt", SIGNER) != commitment("pepper", SIGNER)
    with reading() as session:
        salts = session.scalars(select(AttestationSigner.salt)).all()
        assert len(set(salts)) == RECORDS
        assert all(len(salt) == 64 for salt in salts)
