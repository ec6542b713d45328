"""Random edits of a register with published heads: every one is found, and what was edited is named.

The edits are made by someone who reaches the database and knows how the chain is made. What no database can
show by itself, a chain written anew from end to end, is shown by heads that somebody kept.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from builders import make_ready_to_sell
from databases import DatabaseMaker, settings_for
from flask import Flask
from sqlalchemy import Date, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from test_register import sign, tampering

from shop import create_core
from shop.attestations import day_heads
from shop.attestations.day_heads import PublishedHead
from shop.attestations.models import AttestationRecord, Outcome
from shop.attestations.register import GENESIS, seal
from shop.core import audit, clock
from shop.core.database import UTCDateTime, db, reading, writing

RECORDS, HEADS, QUICK, ALL = 60, 5, 150, 10_000
TABLES = {
    name: db.metadata.tables[name]
    for name in (
        *("attestation_record", "attestation_signer", "attestation_head"),
        *("attestation_day_head", "statement_version", "statement_clause"),
    )
}
records, signers, heads = (
    TABLES[name] for name in ("attestation_record", "attestation_signer", "attestation_day_head")
)
SEED = int(os.environ.get("ALIQUOT_SEED", "5"))


@pytest.fixture
def register(new_database: DatabaseMaker, tmp_path: Any) -> Iterator[list[PublishedHead]]:
    """A register of sixty records and five day heads, the last at its end; yields the heads as kept."""
    app: Flask = create_core(settings_for(tmp_path / "data", new_database("sqlite")))
    with app.app_context():
        make_ready_to_sell()
        for day in range(HEADS):
            with writing() as session:
                for number in range(day * 12 + 1, day * 12 + 13):
                    no = {1: "yes", 2: "no", 3: "yes"} if number % 7 == 0 else None
                    sign(session, number, answers=no)
            with clock.shifted(timedelta(days=day)):
                assert day_heads.publish()
                assert day_heads.publish() is None, "one a day"
        with reading() as session:
            kept = day_heads.published(session)
        assert list(checks()) == []
        yield kept
        db.session.remove()
        db.engine.dispose()


def checks() -> Iterator[str]:
    """What the audit says of the register."""
    with reading() as session:
        for each in audit.invariants():
            if each.code in ("I8", "I16", "I16b"):
                try:
                    yield from each.check(session)
                except (LookupError, TypeError, ValueError) as error:
                    yield f"could not be checked: {error!r}"


Edit = Callable[[Session, random.Random], list[str]]
"""Makes one edit; returns names of which one has to be said."""


def record_names(session: Session, record_id: str) -> list[str]:
    number = int(record_id.removeprefix("record"))
    after = f"record{number + 1} "
    return [f"{record_id} ", f"{record_id}:", after, f"number {number} ", "head says"]


def flip(session: Session, chance: random.Random) -> list[str]:
    """One character of one column of one row, in any table of the register."""
    table = TABLES[chance.choice(list(TABLES))]
    column = chance.choice(list(table.columns))
    (key,) = table.primary_key.columns
    row = session.execute(
        text(f'SELECT {key.name}, CAST({column.name} AS TEXT) FROM "{table.name}" ORDER BY RANDOM() LIMIT 1')
    ).one()
    if (table.name == "statement_clause" and column.name == "id") or row[1] is None:
        return []
    place = chance.randrange(len(row[1])) if row[1] else 0
    if isinstance(column.type, (Date, UTCDateTime)) and not row[1][place : place + 1].isdigit():
        return []  # between day and time any sign is read alike
    digit = (
        str((int(row[1][place]) + chance.randint(1, 9)) % 10) if row[1][place : place + 1].isdigit() else "x"
    )
    other = digit if row[1][place : place + 1] != digit else "y"
    after = row[1][:place] + other + row[1][place + 1 :]
    if table.name == "attestation_head" and column.name == "id":
        return []
    session.execute(
        text(f'UPDATE "{table.name}" SET {column.name} = :after WHERE {key.name} = :key'),
        {"after": after, "key": row[0]},
    )
    at = f"{table.name}.{column.name}: {row[1]!r} to {after!r}"
    if table.name == "attestation_record":
        return [at, *record_names(session, row[0]), f"attestation {after} "]
    if table.name == "attestation_signer":
        return [at, f"attestation {row[0]}", f"attestation {after}"]
    if table.name == "attestation_day_head":
        return [at, "the head of"]
    return [at, "head says" if table.name == "attestation_head" else "statement "]


def remove(session: Session, chance: random.Random) -> list[str]:
    """One record, signer, day head or clause."""
    number = chance.randint(1, RECORDS)
    what = chance.choice(["record", "signer", "day head", "head"])
    if what == "record":
        session.execute(delete(records).where(records.c.id == f"record{number}"))
        return record_names(session, f"record{number}")
    if what == "signer":
        session.execute(delete(signers).where(signers.c.record_id == f"record{number}"))
        return [f"attestation record{number}:"]
    if what == "head":
        session.execute(delete(TABLES["attestation_head"]))
        return ["head says"]
    days = session.scalars(select(heads.c.day).order_by(heads.c.day)).all()
    day = chance.choice(days[:-1])
    session.execute(delete(heads).where(heads.c.day == day))
    return ["the head of"]


def add(session: Session, chance: random.Random) -> list[str]:
    """A record forged after an honest one, sealed, in the middle or at the end."""
    place = chance.randint(2, RECORDS + 1)
    for number in range(RECORDS, place - 1, -1):
        session.execute(update(records).where(records.c.sequence == number).values(sequence=number + 1))
    row = dict(session.execute(select(records).where(records.c.sequence == place - 1)).mappings().one())
    row |= {
        "id": "forged",
        "order_reference": None,
        "outcome": Outcome.NOT_CONFIRMED,
        "sequence": place,
        "previous_hash": row["record_hash"] if place > RECORDS else "f" * 64,
    }
    row["record_hash"] = seal(AttestationRecord(**row))
    session.execute(insert(records).values(row))
    return ["attestation forged", "head says"]


def swap(session: Session, chance: random.Random) -> list[str]:
    """What two records say, their places, or their orders."""
    first, second = chance.sample([each for each in range(1, RECORDS + 1) if each % 7], 2)
    names = record_names(session, f"record{first}") + record_names(session, f"record{second}")
    columns = chance.choice([("sequence",), ("order_reference",), ("content", "purpose"), ("signed_at",)])
    one, other = (
        session.execute(
            select(*(records.c[name] for name in columns)).where(records.c.id == f"record{number}")
        ).one()
        for number in (first, second)
    )
    parking: dict[str, Any] = {"sequence": 900, "order_reference": "parked"}
    session.execute(
        update(records)
        .where(records.c.id == f"record{first}")
        .values({name: parking.get(name, getattr(one, name)) for name in columns})
    )
    for number, values in ((second, one), (first, other)):
        session.execute(
            update(records).where(records.c.id == f"record{number}").values(dict(values._mapping))
        )
    return names


def replace_signer(session: Session, chance: random.Random) -> list[str]:
    """Another person's row under a record, salt and all."""
    first, second = chance.sample(range(1, RECORDS + 1), 2)
    row = dict(
        session.execute(select(signers).where(signers.c.record_id == f"record{first}")).mappings().one()
    )
    session.execute(
        update(signers)
        .where(signers.c.record_id == f"record{second}")
        .values({**row, "record_id": f"record{second}"})
    )
    return [f"attestation record{second}:"]


def truncate(session: Session, chance: random.Random) -> list[str]:
    """The last records with their signers, and the head moved back to fit."""
    left = chance.randint(0, RECORDS - 1)
    gone = select(records.c.id).where(records.c.sequence > left)
    session.execute(delete(signers).where(signers.c.record_id.in_(gone)))
    session.execute(delete(records).where(records.c.sequence > left))
    last = session.scalar(select(records.c.record_hash).where(records.c.sequence == left)) or GENESIS
    session.execute(update(TABLES["attestation_head"]).values(sequence=left, record_hash=last))
    return [f"names attestation number {RECORDS}"]


def write_anew(session: Session, chance: random.Random) -> list[str]:
    """One record changed and everything after it sealed anew, heads and all: a register without a fault."""
    begin = chance.randint(1, RECORDS)
    previous = session.scalar(select(records.c.record_hash).where(records.c.sequence == begin - 1)) or GENESIS
    for number in range(begin, RECORDS + 1):
        record = session.scalars(select(AttestationRecord).where(AttestationRecord.sequence == number)).one()
        if number == begin:
            record.purpose = "home use"
        record.previous_hash = previous
        previous = record.record_hash = seal(record)
        session.flush()
    session.execute(update(TABLES["attestation_head"]).values(record_hash=previous))
    before = GENESIS
    for head in reversed(day_heads.published(session)):
        at = session.scalar(select(records.c.record_hash).where(records.c.sequence == head.sequence))
        assert at is not None
        made = replace(head, record_hash=at, previous_hash=before)
        session.execute(
            update(heads)
            .where(heads.c.day == head.day)
            .values(record_hash=at, previous_hash=before, head_hash=made.seal)
        )
        before = made.seal
    reached = next(number for number in range(12, RECORDS + 1, 12) if number >= begin)
    return [f"attestation record{reached} (number {reached}) or one before it is not what was published"]


EDITS: tuple[Edit, ...] = (flip, flip, flip, flip, remove, add, swap, replace_signer, truncate, write_anew)


def find(kept: list[PublishedHead], edit: Edit, chance: random.Random) -> bool:
    """Whether the edit could be made; where it could, it is found and named."""
    with tampering() as session:
        try:
            expected = edit(session, chance)
            session.flush()
        except DBAPIError:
            return False  # the database itself refused it
        if not expected:
            return False
        session.expire_all()
        lines = list(checks())
        lines += list(day_heads.differences(session, kept))
        assert lines, f"{edit.__name__} {expected} was not found"
        if edit is write_anew:
            assert not list(checks()), "only who kept a head can tell"
        assert any(name in line for line in lines for name in expected), (edit.__name__, expected, lines)
    return True


def many_edits(kept: list[PublishedHead], count: int) -> None:
    chance = random.Random(SEED)
    made: dict[str, int] = {}
    while sum(made.values()) < count:
        edit = chance.choice(EDITS)
        state = chance.getstate()
        try:
            made[edit.__name__] = made.get(edit.__name__, 0) + find(kept, edit, chance)
        except AssertionError as error:
            raise AssertionError(
                f"seed {SEED}, after {sum(made.values())} edits, {state[1][-1]}: {error}"
            ) from error
    assert set(made) == {edit.__name__ for edit in EDITS}
    assert list(checks()) == []


def test_random_edits_of_the_register_are_all_found_and_named(register: list[PublishedHead]) -> None:
    many_edits(register, QUICK)


@pytest.mark.torture
def test_ten_thousand_random_edits_of_the_register_are_all_found_and_named(
    register: list[PublishedHead],
) -> None:
    many_edits(register, ALL)


def test_heads_follow_each_other_and_can_be_read_again(register: list[PublishedHead]) -> None:
    assert [head.sequence for head in register] == [60, 48, 36, 24, 12]
    assert register[-1].previous_hash == GENESIS
    assert all(later.previous_hash == earlier.head_hash for later, earlier in pairwise(register))
    document = json.dumps(day_heads.as_document(register))
    assert day_heads.read(document) == register
    assert day_heads.read(json.dumps(register[0].plain)) == [register[0]]
    for broken in ("", "[]", '{"heads": [{}]}', document.replace("60", "61"), '{"heads": 1}'):
        with pytest.raises(Exception, match="holds no heads"):
            day_heads.read(broken)
