"""Moving in and out: a dry run tells everything, an import is whole or not at all."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import json
from typing import Any

import pytest
from at_a_desk import plain_pdf
from builders import Stock, make_lot, make_ready_to_sell, make_size, order_for, stock
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from shop.catalogue.models import Product, VialSize
from shop.core import files
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.inventory import lots, stock_changes
from shop.inventory.exchange import kinds, planning, tables
from shop.inventory.exchange.planning import ImportRefused, Plan
from shop.inventory.models import CertificateRevision, Conclusion, Lot, LotState, StockMovement

ACTOR = "quality@shop.example"


@pytest.fixture
def sku(shop: Flask) -> str:
    make_ready_to_sell()
    sku = make_size()
    make_lot(sku, 10, number="LT-A")
    make_lot(sku, 5, number="LT-B")
    return sku


def exported(kind: str, format: str = "csv") -> bytes:
    with reading() as session:
        return kinds.export(session, kinds.kind_named(kind), format)


def rows_of(kind: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported(kind).decode("utf-8-sig"))))


def as_file(rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def dry(kind: str, data: bytes) -> Plan:
    with reading() as session:
        return planning.plan(session, kinds.kind_named(kind), data)


def carry_out(kind: str, data: bytes, expected: str = "") -> Plan:
    return planning.carry_out(kinds.kind_named(kind), data, actor=ACTOR, expected=expected)


def problems(kind: str, data: bytes) -> list[tuple[int, str]]:
    found = dry(kind, data)
    with pytest.raises((ImportRefused, Refused)):
        carry_out(kind, data)
    return [(each.line, each.sentence) for each in found.problems]


def lot_row(**changes: str) -> dict[str, str]:
    return {
        "lot": "LT-N",
        "sku": "",
        "parent_lot": "",
        "manufacturer": "Specimen Maker",
        "manufactured_on": "2026-01-02",
        "filled_on": "2026-01-03",
        "retest_on": "2028-01-03",
        "expires_on": "",
        "vials_filled": "12",
        "bin": "F1",
    } | changes


@pytest.mark.parametrize("format", kinds.FORMATS)
@pytest.mark.parametrize("kind", sorted(kinds.KINDS))
def test_importing_an_export_changes_nothing(sku: str, kind: str, format: str) -> None:
    with writing() as session:
        product = session.scalars(select(Product)).one()
        product.name, product.handling_note = "=1+1 “quoted”, with; signs", "two\nlines"
    data = exported(kind, format)
    found = carry_out(kind, data, dry(kind, data).code)
    assert (found.problems, found.changes) == ([], [])
    assert found.rows == {"products": 1, "certificates": 4}.get(kind, 2)
    assert exported(kind, format) == data


def test_an_export_runs_nothing_in_a_spreadsheet(sku: str) -> None:
    with writing() as session:
        session.scalars(select(Product)).one().subtitle = "=cmd|'/c calc'!A1"
    assert b"'=cmd|" in exported("products")
    assert exported("lots").startswith(codecs.BOM_UTF8)


def test_a_new_lot_starts_in_quarantine_whatever_the_file_says(sku: str) -> None:
    data = as_file([lot_row(sku=sku, state="released", on_hand="3")])
    found = dry("lots", data)
    assert [each.what for each in found.changes] == ["new"]
    assert any("will start in quarantine" in each.sentence for each in found.notes)
    carry_out("lots", data, found.code)
    with reading() as session:
        lot = session.scalars(select(Lot).where(Lot.number == "LT-N")).one()
        assert (lot.state, lot.on_hand, lot.bin) == (LotState.QUARANTINE, 12, "F1")
    assert carry_out("lots", data).changes == []


def test_a_lot_can_name_a_bulk_lot_of_the_same_file(sku: str) -> None:
    data = as_file([lot_row(sku=sku, parent_lot="BK-9"), lot_row(sku=sku, lot="BK-9")])
    carry_out("lots", data)
    with reading() as session:
        assert session.scalars(select(Lot).where(Lot.number == "LT-N")).one().parent_lot_id is not None


def test_lots_that_come_from_one_another_are_refused(sku: str) -> None:
    data = as_file([lot_row(sku=sku, parent_lot="LT-M"), lot_row(sku=sku, lot="LT-M", parent_lot="LT-N")])
    assert [sentence for _line, sentence in problems("lots", data)] == [
        "Lot LT-N would come from itself.",
        "Lot LT-M would come from itself.",
    ]


def test_nothing_is_imported_when_one_line_is_wrong(sku: str) -> None:
    data = as_file([lot_row(sku=sku), lot_row(sku="NOPE", lot="LT-P")])
    assert problems("lots", data) == [(3, "There is no vial size NOPE.")]
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Lot)) == 2


def test_a_released_lot_changes_its_bin_and_nothing_else(sku: str) -> None:
    row = next(each for each in rows_of("lots") if each["lot"] == "LT-A")
    carry_out("lots", as_file([{"lot": "LT-A", "bin": "Z9"}]))
    assert next(each["bin"] for each in rows_of("lots") if each["lot"] == "LT-A") == "Z9"
    for change in ({"retest_on": "2099-01-01"}, {"vials_filled": "99"}, {"sku": "X"}):
        assert problems("lots", as_file([{"lot": "LT-A"} | change]))
    assert problems("lots", as_file([row | {"bin": "Q1"}])) == [
        (2, "LT-A has changed in the shop since this file was exported. Export it again.")
    ]


def test_a_file_made_stale_by_a_change_after_the_dry_run_is_refused(sku: str) -> None:
    data = as_file([{"lot": "LT-A", "bin": "Z9"}])
    code = dry("lots", data).code
    lots.change_state("LT-A", LotState.ON_HOLD, actor="q", reason="x")
    with pytest.raises(Refused, match="changed since the dry run"):
        carry_out("lots", data, code)
    assert carry_out("lots", data, dry("lots", data).code).changes


def counted(**counts: str) -> bytes:
    return as_file(
        [
            row | {"counted": counts.get(row["lot"].replace("-", "_"), ""), "reason": "found"}
            for row in rows_of("counts")
        ]
    )


def test_a_count_is_an_adjustment_with_its_reason(sku: str) -> None:
    data = counted(LT_A="8", LT_B="5")
    found = dry("counts", data)
    assert [(each.key, each.what) for each in found.changes] == [("LT-A", "on hand: 10 → 8 (-2)")]
    carry_out("counts", data, found.code)
    assert stock("LT-A").on_hand == 8
    with reading() as session:
        last = session.scalars(select(StockMovement).order_by(StockMovement.id.desc()).limit(1)).one()
        assert (last.quantity, last.reason, last.actor) == (-2, "found", ACTOR)


def test_a_sheet_is_counted_once(sku: str) -> None:
    data = counted(LT_A="8")
    carry_out("counts", data)
    assert problems("counts", data) == [
        (2, "LT-A has changed in the shop since this file was exported. Export it again.")
    ]
    without = b"lot,on_hand,counted,reason\nLT-A,10,8,found\n"
    assert "8 on hand now" in problems("counts", without)[0][1]
    assert stock("LT-A") == Stock(8, 0, 0)


def test_stock_that_moved_since_the_sheet_was_made_is_counted_again(sku: str) -> None:
    data = counted(LT_A="8")
    order_for({sku: 1})
    assert problems("counts", data)


def test_vials_kept_for_orders_cannot_be_counted_away(sku: str) -> None:
    order_for({sku: 4})
    assert problems("counts", counted(LT_A="3")) == [
        (2, "4 vials of lot LT-A are kept for orders, 3 were counted. Settle the orders first.")
    ]


def test_a_count_of_a_lot_nobody_knows_or_without_a_reason_is_refused(sku: str) -> None:
    assert problems("counts", b"lot,counted,reason\nNOPE,1,x\nLT-A,9,\n") == [
        (2, "We have no lot NOPE."),
        (3, "Say why the count differs, in “reason”."),
    ]


def test_products_are_added_and_changed(sku: str) -> None:
    (row,) = rows_of("products")
    number = row["catalogue_number"]
    new = {name: value for name, value in row.items() if name != "row_version"} | {
        "sku": "NEW-1",
        "catalogue_number": "NO-9999",
        "slug": "new-product",
        "prices": "1=12.5; 10=11",
    }
    changed = {**row, "name": "Another name", "prices": "1=99"}
    changed.pop("row_version")
    second = new | {"sku": "NEW-2", "amount": "25", "position": "2"}
    found = carry_out("products", as_file([changed, new, second]))
    assert sorted((each.line, each.what) for each in found.changes) == [
        (2, f"name: {row['name']} → Another name"),
        (2, "prices: 1=46.00 → 1=99.00"),
        (3, "new"),
        (4, "new"),
    ]
    after = {each["sku"]: each for each in rows_of("products")}
    assert (after[sku]["name"], after[sku]["prices"]) == ("Another name", "1=99.00")
    assert after["NEW-1"]["prices"] == "1=12.50; 10=11.00"
    assert after["NEW-1"]["required_tests"] == row["required_tests"]
    assert {each["catalogue_number"] for each in after.values()} == {number, "NO-9999"}
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(VialSize)) == 3


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"amount": "11"}, "“amount” never changes."),
        ({"slug": "other"}, "“slug” never changes."),
        ({"prices": "10=5"}, "prices “10=5”: there has to be a price from 1 vial on."),
        ({"prices": "1=-5"}, "prices “1=-5”: enter prices by quantity, such as 1=46.00; 10=42.00."),
        ({"cold_chain": "perhaps"}, "cold_chain “perhaps”: enter yes or no."),
        ({"name": ""}, "“name” can’t be empty."),
        ({"required_tests": "[{}]"}, "required_tests “[{}]”: “attribute” of a test is missing or too long."),
        ({"required_tests": "[["}, "required_tests “[[”: this is not JSON."),
    ],
    ids=["amount", "slug", "no-first", "negative", "yes-no", "empty", "test", "not-json"],
)
def test_what_a_product_cannot_be_is_refused_by_line(sku: str, change: dict[str, str], sentence: str) -> None:
    (row,) = rows_of("products")
    row.pop("row_version")
    assert problems("products", as_file([row | change])) == [(2, sentence)]


def test_the_weight_of_a_vial_and_the_tax_class_of_a_product_move_along(sku: str) -> None:
    (row,) = rows_of("products")
    assert (row["weight_g"], row["tax_class"]) == ("15", "standard")
    carry_out("products", as_file([row | {"weight_g": "22", "tax_class": "reduced"}]))
    (after,) = rows_of("products")
    assert (after["weight_g"], after["tax_class"]) == ("22", "reduced")
    assert problems("products", as_file([after | {"weight_g": "0"}]))


def test_a_new_product_without_tests_is_refused(sku: str) -> None:
    (row,) = rows_of("products")
    row.pop("row_version")
    new = row | {"sku": "N", "catalogue_number": "N", "slug": "n", "required_tests": "", "compound": "no"}
    assert [sentence for _line, sentence in problems("products", as_file([new]))] == [
        "A new product needs “required_tests”; without them no lot is ever tested.",
        "There is no compound no.",
    ]


def kept(data: bytes, media_type: str = "application/pdf") -> str:
    """A file that the shop keeps; its SHA-256."""
    sha256 = files.store().put(data)
    with writing() as session:
        files.record(session, sha256, size=len(data), media_type=media_type)
    return sha256


def next_revision(**changes: str) -> dict[str, str]:
    row = next(each for each in rows_of("certificates") if each["lot"] == "LT-A")
    for name in ("row_version", "published_at", "confirmed_by", "conclusion"):
        row.pop(name)
    row |= {"revision": "2", "reason": "Repeated", "result": "97.1%"}
    return row | {"document_sha256": kept(plain_pdf("Certificate of lot LT-A"))} | changes


def test_a_certificate_is_imported_as_a_draft_and_its_conclusion_is_worked_out(sku: str) -> None:
    data = as_file([next_revision(conclusion="meets")])
    found = carry_out("certificates", data, dry("certificates", data).code)
    assert any("worked out from the limit" in each.sentence for each in found.notes)
    with reading() as session:
        made = session.scalars(select(CertificateRevision).where(CertificateRevision.revision == 2)).one()
        assert (made.published_at, made.uploaded_by) == (None, ACTOR)
        assert [test.conclusion for test in made.tests] == [Conclusion.FAILS, Conclusion.NOT_TESTED]


def test_a_document_that_names_another_lot_is_not_imported_as_this_one_s(sku: str) -> None:
    other = kept(plain_pdf("Certificate of lot LT-B"))
    assert problems("certificates", as_file([next_revision(document_sha256=other)])) == [
        (2, "The document does not mention lot LT-A. Is it another lot's?")
    ]
    trace = kept(b"time_min,mAU\n1,2\n", "text/csv")
    assert problems("certificates", as_file([next_revision(document_sha256=trace)]))
    assert problems("certificates", as_file([next_revision(chromatogram_sha256=other)])) == [
        (2, "No such chromatogram is kept here. Add the file first.")
    ]


def test_a_count_below_what_is_set_apart_is_a_problem_of_its_line_already_in_the_dry_run(sku: str) -> None:
    stock_changes.set_apart("LT-B", 2, cause="c", actor=ACTOR, reason="cracked")
    (found,) = problems("counts", counted(LT_B="1"))
    assert found[1].startswith("2 vials of lot LT-B are set apart, so 2 have to be there; 1 were counted.")
    assert dry("counts", counted(LT_B="2")).problems == []


def test_everything_a_certificate_says_of_its_sample_and_its_days_moves_along(sku: str) -> None:
    trace = kept(b"time_min,mAU\n1,2\n", "text/csv")
    row = next_revision()
    told = {
        "sample_id": "S-9",
        "sample_of": "parent_bulk",
        "authorised_role": "Head of laboratory",
        "performed_on": row["tested_from"],
        "chromatogram_sha256": trace,
        "chromatogram_conditions": "C18, 220 nm",
    }
    carry_out("certificates", as_file([row | told]))
    made = next(each for each in rows_of("certificates") if each["revision"] == "2")
    assert {name: made[name] for name in told} == told
    assert problems("certificates", as_file([row | {"revision": "3", "performed_on": "2001-01-01"}])) == [
        (2, "The day of a test lies outside the days on which the sample was tested.")
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"revision": "1"}, "A certificate never changes"),
        ({"revision": "4"}, "The next revision of lot LT-A is 2."),
        ({"lot": "NOPE"}, "We have no lot NOPE."),
        ({"document_sha256": "0" * 64}, "No such document is kept here"),
        ({"reason": ""}, "why there is a new revision"),
        ({"issued_on": "2099-01-01"}, "lies in the future"),
        ({"tested_from": "2001-01-01"}, "Check the dates"),
        ({"attribute": "colour"}, "has no such test"),
        ({"result": "good"}, "good"),
    ],
    ids=["old", "gap", "lot", "document", "reason", "future", "order", "attribute", "result"],
)
def test_a_certificate_that_cannot_be_is_refused(sku: str, changes: dict[str, str], sentence: str) -> None:
    found = problems("certificates", as_file([next_revision(**changes)]))
    assert found
    assert found[0][0] == 2
    assert any(sentence in each for _line, each in found)


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"\xff\xfe\x00", 1, "not UTF-8"),
        (b"lot,bin\nLT-A,\xe9t\xe9\n", 2, "not UTF-8"),
        (b"lot,bin\nLT-A,a\x00b\n", 2, "control character"),
        (b"lot,bin\nLT-A\n", 2, "1 cells; the first has 2"),
        (b"lot,bin\nLT-A,a,b\n", 2, "3 cells; the first has 2"),
        (b'lot,bin\n"LT-A,a\n', 2, "can’t be read"),
        (b"lot,bin,bin\nLT-A,a,b\n", 1, "stands there twice"),
        (b"lot,,bin\nLT-A,a,b\n", 1, "has no name"),
        (b"lot,colour\nLT-A,a\n", 1, "no column “colour”"),
        (b"bin\nF1\n", 1, "“lot” is missing"),
        (b"lot,bin\n,F1\n", 2, "“lot” is empty"),
        (b"lot,bin\nLT-A,1\nLT-B,2\nlt-a,3\n", 4, "LT-A stands in line 2 already"),
        (b"lot,retest_on\nLT-A,18/09/2028\n", 2, "enter a date as 2026-09-18"),
        (b"lot,retest_on\nLT-A,2028-02-30\n", 2, "no such day"),
        (b"lot,vials_filled\nLT-A,1E+05\n", 2, "whole number"),
        (b'lot,bin\n"LT-A","two\nlines"\nLT-B,x\n', 2, "use one line"),
        (b'[{"lot": "LT-A"},\n {"lot": "LT-A"}]', 2, "stands in line 1 already"),
        (b'{"rows": [\n{"lot": "LT-A",\n"lot": "LT-B"}]}', 2, "stands there twice"),
        (b'[{"lot": }]', 1, "not JSON"),
        (b'{"lots": []}', 1, "no list called"),
        (b"[1]", 1, "Each row is an object"),
        (b"[" * 200_000, 1, "JSON"),
        (b'[{"lot": "\\ud800"}]', 1, "half a character"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else str(value)[:18],
)
def test_a_file_that_is_wrong_is_refused_with_the_line(sku: str, data: bytes, line: int, words: str) -> None:
    found = problems("lots", data)
    assert (line, True) in [(each, words in sentence) for each, sentence in found], found


@pytest.mark.parametrize(
    "data",
    [
        b"lot;bin\r\nLT-A;Z9\r\n",
        b"sep=;\r\nlot;bin\r\nLT-A;Z9\r\n",
        b"lot\tbin\nLT-A\tZ9\n",
        b"\n LOT , Bin \n\nlt-a, Z9 \n\n",
        codecs.BOM_UTF8 + b"lot,bin\nLT-A,Z9",
        "lot\tbin\r\nLT-A\tZ9\r\n".encode("utf-16"),
        b"lot,bin,,\nLT-A,Z9,,\n",
        b'{"format": "aliquot-lots/1", "rows": [{"lot": "LT-A", "bin": "Z9"}]}',
    ],
    ids=["semicolon", "sep", "tabs", "spaces", "bom", "utf-16", "empty-columns", "json"],
)
def test_files_as_spreadsheets_write_them_are_read(sku: str, data: bytes) -> None:
    assert [(each.key, each.what) for each in dry("lots", data).changes] == [("LT-A", "bin: F2-A-01 → Z9")]


def test_an_empty_or_huge_file_is_refused(sku: str) -> None:
    for data in (b"", b" \n", b"x" * (tables.MOST_BYTES + 1)):
        with pytest.raises(Refused):
            dry("lots", data)
    many = b"lot,bin\n" + b"".join(b"L-%d,x\n" % each for each in range(tables.MOST_ROWS + 1))
    assert "more than" in dry("lots", many).problems[0].sentence


def test_many_problems_are_counted_and_the_first_are_told(sku: str) -> None:
    found = dry("lots", b"lot,bin\n" + b"".join(b"L-%d,x\n" % each for each in range(300)))
    assert len(found.problems) == tables.MOST_PROBLEMS
    assert found.problems_left_out > 0


def test_the_file_of_an_import_is_kept(sku: str) -> None:
    data = as_file([{"lot": "LT-A", "bin": "Z9"}])
    carry_out("lots", data)
    with reading() as session:
        kept = session.scalars(
            select(files.StoredFile.sha256).where(files.StoredFile.media_type == "text/plain")
        ).one()
    assert files.store().get(kept) == data


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).map(str.strip)


@given(st.lists(st.fixed_dictionaries({"lot": CELL.filter(bool), "bin": CELL}), min_size=1, max_size=5))
def test_what_is_written_is_read_again(rows: list[dict[str, Any]]) -> None:
    columns = ("lot", "bin")
    rows = [{name: _without_mark(value) for name, value in row.items()} for row in rows]
    rows = [row for row in rows if row["lot"]]
    for data in (tables.as_csv(columns, rows), tables.as_json("lots", columns, rows)):
        found = tables.read(data, columns=columns)
        assert found.problems == ()
        assert [dict(row.cells) for row in found.rows] == rows


def _without_mark(value: str) -> str:
    """A cell that begins with the mark itself is the one thing that does not come back as it was."""
    return value.lstrip("'").strip()


@given(st.binary(max_size=400))
def test_no_file_is_answered_with_a_crash(data: bytes) -> None:
    with contextlib.suppress(Refused):
        tables.read(data, columns=("lot", "bin"))


def test_json_values_of_other_kinds_are_read_as_text() -> None:
    data = json.dumps([{"lot": 7, "bin": None}, {"lot": True, "bin": [1, "a"]}]).encode()
    found = tables.read(data, columns=("lot", "bin"))
    assert [dict(row.cells) for row in found.rows] == [
        {"lot": "7", "bin": ""},
        {"lot": "yes", "bin": '["1","a"]'},
    ]


def test_a_test_that_the_product_does_not_require_moves_along_with_its_limit(sku: str) -> None:
    row = next_revision(result="99.1%")
    water = row | {"attribute": "water", "test": "Water", "method": "Karl Fischer"}
    water |= {"limit": "≤ 8.0%", "result": "9.3%", "charge": "0", "mass_type": ""}
    for changes, sentence in (
        ({"test": ""}, "has no such test"),
        ({"attribute": "Water!"}, "has no such test"),
        ({"method": ""}, "Water needs its method and its result."),
        ({"limit": "< about"}, "Write a limit such as ≤ 8.0%"),
        ({"method": "K" * 121}, "Use at most 120"),
    ):
        assert any(
            sentence in told for _line, told in problems("certificates", as_file([row, water | changes]))
        )
    carry_out("certificates", as_file([row, water]))
    with reading() as session:
        made = session.scalars(select(CertificateRevision).where(CertificateRevision.revision == 2)).one()
        assert [(test.attribute, test.conclusion) for test in made.tests] == [
            ("purity_hplc", Conclusion.MEETS),
            ("identity_ms", Conclusion.NOT_TESTED),
            ("water", Conclusion.FAILS),
        ]
    assert dry("certificates", kinds_export("certificates")).changes == []


def kinds_export(kind: str) -> bytes:
    with reading() as session:
        return kinds.export(session, kinds.kind_named(kind), "csv")
