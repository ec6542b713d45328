"""`aliquot statement` prints what an organisation was asked for and paid, as CSV, and refuses in words."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from builders import make_lot, make_ready_to_sell, make_size, order_for, someone
from flask import Flask

from shop import cli
from shop.core import clock
from shop.core.database import reading
from shop.payments import decisions, invoices, invoicing, receipts

NAME = "Vermeer Institute for Molecular Assays"


@dataclass
class Printed:
    code: int
    rows: list[list[str]]
    said: str


@pytest.fixture
def statement(
    shop: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[object]:
    """Runs the command on this shop."""
    monkeypatch.setattr("shop.create_core", lambda: shop)

    def run(*arguments: str) -> Printed:
        code = cli.main(["statement", *arguments])
        out, err = capsys.readouterr()
        return Printed(code, list(csv.reader(io.StringIO(out))), err)

    yield run


def period() -> list[str]:
    today = clock.today()
    return ["--from", (today - timedelta(days=30)).isoformat(), "--to", today.isoformat()]


def test_the_statement_has_invoice_receipt_and_balance(statement) -> None:  # type: ignore[no-untyped-def]
    make_ready_to_sell()
    sku = make_size(price_minor=4600)
    make_lot(sku, 10)
    placed = order_for({sku: 2})
    staff = someone("sales", "accounts")
    decisions.approve(placed.order_id, staff=staff, reason="")
    number = invoicing.issue_now(placed.order_id, staff=staff)
    receipts.record(
        number, booked_on=clock.today(), amount_minor=6000, currency="USD", bank_reference="B-1", staff=staff
    )
    with reading() as session:
        assert invoices.find(session, number).total_minor == 10_600
    printed = statement(f"  {NAME.upper()} ", *period())
    assert printed.code == 0
    head, *rows = printed.rows
    assert head == ["currency", "day", "what", "reference", "amount_minor", "balance_minor"]
    assert ["USD", clock.today().isoformat(), "Invoice", number, "10600", "10600"] in rows
    assert any(row[4:6] == ["-6000", "4600"] and "B-1" in row[3] for row in rows), rows


def test_what_cannot_be_printed_is_said_and_ends_with_one(statement) -> None:  # type: ignore[no-untyped-def]
    make_ready_to_sell()
    nobody = statement("Nobody at all", *period())
    assert (nobody.code, nobody.rows) == (1, [])
    assert "There is no organisation called Nobody at all." in nobody.said
    backwards = statement(NAME, "--from", "2026-12-01", "--to", "2026-01-01")
    assert backwards.code == 1
    assert "The period ends before it begins." in backwards.said
    with pytest.raises(SystemExit):
        statement(NAME, "--from", "yesterday", "--to", "2026-01-01")
