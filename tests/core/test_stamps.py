"""Reference data is read once for each change of it, by whoever and however it is changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from builders import found_by_audit, make_ready_to_sell
from flask import Flask
from sqlalchemy import event, text, update

from shop.core import migrations, stamps
from shop.core.database import db, reading, writing
from shop.ordering import delivery_rates, destinations, tax_rates
from shop.ordering.models import DeliveryMethod
from shop.ordering.tax_rates import TaxRate

DAY = date(2026, 12, 1)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent meanwhile, without those that begin."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def rate(percent: str = "21.0", **more: Any) -> TaxRate:
    values = {"country": "NL", "name": "VAT", "valid_from": date(2026, 1, 1), "source": "Specimen"}
    return TaxRate(percent_text=percent, **(values | more))


def rates(region: str = "") -> list[str]:
    with reading() as session:
        return [each.percent_text for each in tax_rates.in_force(session, "NL", region, DAY)]


def test_reference_data_is_read_once_and_then_only_its_stamp(shop: Flask) -> None:
    make_ready_to_sell()
    with reading() as session:
        first = delivery_rates.tariffs(session, "NL", "USD")
    with counted() as sent, reading() as session:
        assert delivery_rates.tariffs(session, "NL", "USD") == first
        assert destinations.of_country(session, "NL")
        assert [code for code, _name in destinations.countries(session)] == ["DE", "NL", "US"]
    assert len(first) == 1
    assert sum("reference_stamp" in each for each in sent) == 1


def test_a_change_is_seen_at_once_however_it_is_written(shop: Flask) -> None:
    assert rates() == []
    with writing() as session:
        session.add(rate())
    assert rates() == ["21.0"]
    with writing() as session:
        session.execute(text("UPDATE tax_rate SET valid_until = '2026-11-30'"))
    assert rates() == []
    with writing() as session:
        session.add(rate("9.0", valid_from=DAY))
        session.add(rate("1.0", region="Utrecht", valid_from=DAY))
    assert rates() == ["9.0"]
    assert rates("Utrecht") == ["9.0", "1.0"]


def test_a_transaction_sees_its_own_changes_and_one_that_is_undone_leaves_nothing(shop: Flask) -> None:
    with pytest.raises(RuntimeError, match="undone"), writing() as session:
        session.add(rate())
        assert len(tax_rates.in_force(session, "NL", "", DAY)) == 1
        raise RuntimeError("undone")
    assert rates() == []


def test_who_looks_once_rests_on_it_until_the_transaction_ends(shop: Flask) -> None:
    make_ready_to_sell()
    with writing() as session:
        delivery_rates.tariffs(session, "NL", "USD")
    with writing() as session:
        stamps.look(session)
        with counted() as sent:
            delivery_rates.tariffs(session, "NL", "USD")
        assert sent == []
    with counted() as sent, writing() as session:
        delivery_rates.tariffs(session, "NL", "USD")
    assert any("reference_stamp" in each for each in sent)


def test_what_was_read_before_a_writing_block_does_not_serve_in_it(shop: Flask) -> None:
    with reading() as session:
        assert tax_rates.in_force(session, "NL", "", DAY) == []
        with writing() as inner:
            inner.add(rate())
            assert len(tax_rates.in_force(inner, "NL", "", DAY)) == 1
        assert len(tax_rates.in_force(session, "NL", "", DAY)) == 1


def test_only_what_matters_renews_a_stamp(shop: Flask) -> None:
    make_ready_to_sell()

    def shown() -> dict[str, str]:
        with reading() as session:
            rows = session.execute(text("SELECT name, stamp FROM reference_stamp"))
            return {row.name: row.stamp for row in rows}

    before = shown()
    with writing() as session:
        session.execute(update(DeliveryMethod).values(note="Three working days."))
    after = shown()
    assert {name for name in before if after[name] != before[name]} == {"delivery"}


def test_every_stamp_is_new_after_a_migration(shop: Flask) -> None:
    with writing() as session:
        session.add(rate())
    assert rates() == ["21.0"]
    db.session.remove()
    with db.engine.begin() as connection:
        stamps.lift(connection)
        connection.execute(text("UPDATE tax_rate SET name = 'Sales tax'"))
    migrations.upgrade()
    with reading() as session:
        assert [each.name for each in tax_rates.in_force(session, "NL", "", DAY)] == ["Sales tax"]


def test_the_audit_names_a_trigger_that_is_gone(shop: Flask) -> None:
    on_table = " ON tax_rate" if db.engine.dialect.name == "postgresql" else ""
    with writing() as session:
        session.execute(text(f"DROP TRIGGER tax_rate_update_renews_stamp{on_table}"))
    assert found_by_audit() == ["I17: trigger tax_rate_update_renews_stamp is missing"]
    migrations.upgrade()
