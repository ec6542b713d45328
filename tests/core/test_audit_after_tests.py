"""What is left out of the audit after a test, and that it is not left out for long."""

from __future__ import annotations

import audited
from flask import Flask
from sqlalchemy import text

from shop.core import audit, clock
from shop.core.database import reading, writing


def found() -> list[str]:
    with reading() as session:
        return audited.found(session)


def ran(shop: Flask) -> set[str]:
    """The invariants that an audit looks at now."""
    with reading() as session:
        empty = audited._empty_tables(session)
        kind = session.get_bind().dialect.name
        return {
            each.code
            for each in audit.invariants()
            if not audited._silent.get((kind, each.code), frozenset({"unknown"})) <= empty
        }


def test_an_invariant_left_out_over_empty_tables_speaks_as_soon_as_a_row_is_there(shop: Flask) -> None:
    assert found() == []
    assert "I13b" not in ran(shop)
    with writing() as session:
        session.execute(
            text(
                "INSERT INTO outbox_message"
                " (id, key, kind, lane, subject, recipient, payload, created_at, due_at, attempts, sent_at)"
                " VALUES (1, 'mail/x', 'mail', 'mail', 'x', '', '{}', :at, :at, 0, :at)"
            ),
            {"at": clock.now()},
        )
    assert "I13b" in ran(shop)
    assert any(line.startswith("I13b:") for line in found())
    with writing() as session:
        # The attempt that was missing, so that the shop is in order again.
        session.execute(
            text("INSERT INTO outbox_attempt (message_id, at, outcome, detail) VALUES (1, :at, 'sent', '')"),
            {"at": clock.now()},
        )


def test_what_reads_more_than_rows_is_never_left_out(shop: Flask) -> None:
    assert found() == []
    assert {"I16a", "I17"} <= ran(shop)
