"""Restricted parties: names matched as words, lists kept by version, and what an order was held against."""

from __future__ import annotations

import json
import random
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from builders import draft_for, make_lot, make_ready_to_sell, make_size, place
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from shop.attestations import restricted_parties
from shop.attestations.party_names import Party, PartyIndex, words
from shop.attestations.restricted_parties import PartyScreening, RestrictedList
from shop.attestations.screening_models import OrderScreening
from shop.core import clock
from shop.core.database import reading
from shop.core.errors import Refused
from shop.ordering.models import Order, PaymentMethod, ReviewState


def index(*names: str) -> PartyIndex:
    return PartyIndex(Party(list_name="L", number=str(n), name=name) for n, name in enumerate(names))


LISTED = index("Specimen Trading House LLC", "Volkov, Pyotr Ilyich", "Zhōngguó Optics Institute", "Qarmatech")


@pytest.mark.parametrize(
    ("asked", "exact"),
    [
        ("SPECIMEN  Trading House Ltd.", True),
        ("House of Specimen Trading", True),
        ("Pyotr Ilyich Volkov", True),
        ("Zhongguo Optics Institute", True),
        ("Specimen Tradnig House", False),
        ("Pyotr Ilych Volkov", False),
        ("Qarmatec", False),
        ("Ｓｐｅｃｉｍｅｎ　Trading　House", True),
    ],
)
def test_a_name_is_found_however_it_is_written(asked: str, exact: bool) -> None:
    [found] = LISTED.matches([asked])
    assert (found.score == 1) == exact
    assert found.score >= 0.8


@pytest.mark.parametrize(
    "asked",
    [
        *(
            "Specimen Institute",
            "Trading House",
            "Volkov Laboratories",
            "Institute of Optics",
            "Qarma",
            "",
            "?!",
        ),
        *("Vermeer Institute for Molecular Assays", "Ilse Brandsma", "Optics", "Specimen House"),
    ],
)
def test_another_name_is_not_found(asked: str) -> None:
    assert LISTED.matches([asked]) == []


def test_a_name_of_nothing_but_kinds_of_company_still_has_words() -> None:
    assert words("The Company Ltd") != ()


@given(st.text(max_size=200), st.lists(st.text(max_size=60), max_size=5))
def test_any_name_can_be_asked_and_each_finds_itself(asked: str, names: list[str]) -> None:
    found = index(*names).matches([asked, *names])
    assert {each.party.number for each in found} >= {str(n) for n, name in enumerate(names) if words(name)}


def test_twenty_thousand_entries_are_asked_in_less_than_ten_milliseconds_of_work() -> None:
    chance = random.Random(5)
    parts = ["".join(chance.choices("abdeiklmnorstuvz", k=chance.randint(4, 10))) for _each in range(9000)]
    large = index(*(" ".join(chance.choices(parts, k=chance.randint(2, 4))) for _each in range(20_000)))
    begun = time.process_time()
    for _time in range(50):
        large.matches(["Vermeer Institute for Molecular Assays", "Ilse Brandsma"])
    assert (time.process_time() - begun) / 50 < 0.010


OWN = b"""number,name,aliases,addresses,countries,programme,source_url
17,Specimen Trading House LLC,STH Group; Old Specimen House,1 Specimen Road,XX,SPECIMEN,https://lists.example/17
18,Another Specimen,,,,,
"""
CSL = (
    b"_id,source,entity_number,type,programs,name,title,addresses,federal_register_notice,start_date,end_date,"
    b"standard_order,license_requirement,license_policy,call_sign,vessel_type,gross_tonnage,"
    b"gross_registered_tonnage,vessel_flag,vessel_owner,remarks,source_list_url,alt_names,citizenships,"
    b"dates_of_birth,nationalities,places_of_birth,source_information_url,ids\n"
    b"a1,Specimen List (SL),17,Entity,SP1; SP2,Specimen Trading House,,"
    b'"1 Road, Town, XX; 2 Road, XX",,,,,,,,,,,,,,'
    b"https://lists.example,STH Group; Old House,,,,,,\n"
)


def test_our_own_columns_and_the_published_list_are_read() -> None:
    first, second = restricted_parties.read(OWN)
    assert (first.number, first.aliases) == ("17", ("STH Group", "Old Specimen House"))
    assert (second.number, second.name) == ("18", "Another Specimen")
    [published] = restricted_parties.read(CSL)
    assert published.aliases == ("STH Group", "Old House")
    assert published.programme == "Specimen List (SL); SP1; SP2"
    assert published.addresses == "1 Road, Town, XX\n2 Road, XX"
    as_json = json.dumps(
        {"results": [{"id": "a1", "name": "X House", "addresses": [{"city": "T", "country": "XX"}]}]}
    )
    [found] = restricted_parties.read(as_json.encode())
    assert (found.number, found.addresses) == ("a1", "T, XX")


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"a,b\n1,2\n", b"name\n\n", b"{", b"[1, 2]", b'{"results": 3}', b'[{"x": 1}]']
)
def test_a_file_that_is_no_list_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(Refused):
        restricted_parties.read(data)


@pytest.fixture
def sku(shop: Flask) -> str:
    make_ready_to_sell()
    sku = make_size()
    make_lot(sku, 10)
    return sku


def kept() -> list[PartyScreening | None]:
    with reading() as session:
        rows = session.execute(
            select(PartyScreening)
            .select_from(OrderScreening)
            .outerjoin(PartyScreening, PartyScreening.screening_id == OrderScreening.id)
            .order_by(OrderScreening.at)
        ).scalars()
        found: list[PartyScreening | None] = list(rows)
        session.expunge_all()
        return found


def test_each_order_keeps_which_lists_it_was_held_against_and_what_they_said(sku: str) -> None:
    place(draft_for({sku: 1}))
    today = clock.today()
    restricted_parties.import_list("Specimen list", today, restricted_parties.read(OWN), actor="a")
    place(draft_for({sku: 1}))
    held = place(draft_for({sku: 1}, method=PaymentMethod.CARD, organisation="Old Specimen House"))
    newer = restricted_parties.read(b"name\nSomebody Else Altogether\n")
    with clock.shifted(timedelta(days=1)):
        restricted_parties.import_list("Specimen list", clock.today(), newer, actor="a")
        free = place(draft_for({sku: 1}, method=PaymentMethod.CARD, organisation="Old Specimen House"))
    none, clear, matched, later = kept()
    assert none is None
    assert clear is not None and matched is not None and later is not None
    assert (clear.matches, clear.lists[0]["name"], clear.lists[0]["dated"]) == (
        [],
        "Specimen list",
        today.isoformat(),
    )
    assert [(each["number"], each["score"]) for each in matched.matches] == [("17", "1.00")]
    assert later.matches == []
    with reading() as session:
        assert session.get_one(Order, held.order_id).review_state == ReviewState.WAITING
        assert session.get_one(Order, free.order_id).review_state == ReviewState.PASSED
        assert session.scalars(select(RestrictedList.entries).order_by(RestrictedList.id)).all() == [2, 1]


def test_a_list_that_is_too_old_is_counted_until_a_newer_one_comes(shop: Flask) -> None:
    entries = restricted_parties.read(OWN)
    restricted_parties.import_list("One", clock.today() - timedelta(days=31), entries, actor="a")
    restricted_parties.import_list("Two", clock.today() - timedelta(days=30), entries, actor="a")

    def stale() -> int:
        with reading() as session:
            return int(session.scalar(select(restricted_parties.stale())) or 0)

    assert stale() == 1
    restricted_parties.import_list("One", clock.today(), entries, actor="a")
    assert stale() == 0
    with pytest.raises(Refused, match="future"):
        restricted_parties.import_list("One", clock.today() + timedelta(days=1), entries, actor="a")


def test_a_version_of_a_list_never_changes(shop: Flask) -> None:
    restricted_parties.import_list("One", date(2026, 11, 1), restricted_parties.read(OWN), actor="a")
    with pytest.raises(Exception, match="append-only"), reading() as session:
        session.scalars(select(RestrictedList)).one().name = "Other"
        session.flush()


def test_the_command_reads_and_only_keeps_when_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from shop import cli

    file = tmp_path / "list.csv"
    file.write_bytes(OWN)
    assert cli.main(["import-restricted-parties", str(file), "--list", "S", "--date", "2026-11-01"]) == 0
    assert "2 entries with 2 further names read; nothing was changed." in capsys.readouterr().err
    assert cli.main(["import-restricted-parties", str(file), "--list", "S", "--date", "soon"]) == 1
