"""What a refund does with its vials, debit notes, and why a whole order was cancelled"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

from shop.core.database import UTCDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

ONE_DEBIT_NOTE = "uq_invoice_one_debit_note_per_credit_note"
FINDINGS = ("quarantine", "write_off")
CODES = (
    *("buyers_wish", "ordered_twice", "cannot_supply", "lot_stopped", "may_not_send", "not_paid"),
    *("refunded", "other"),
)
MOVEMENTS = (
    *("receive", "reserve", "release", "allocate", "unallocate", "ship", "return", "quarantine"),
    *("clear", "discard", "adjust", "write_off", "split_out", "split_in"),
)


def one_of(name: str, words: tuple[str, ...]) -> sa.Enum:
    """A column that holds one of some words."""
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)


def words_of(column: str, words: tuple[str, ...]) -> str:
    """The rule that a column holds one of some words."""
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def set_rules(table: str, rules: Mapping[str, str]) -> None:
    """Replace the named rules of a table, in the way both databases know."""
    with op.batch_alter_table(table) as batch_op:
        for name, rule in rules.items():
            batch_op.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_{table}_{name}"), sa.text(rule))


def rename_rule(table: str, before: str, now: str, rule: str) -> None:
    """Put another rule in the place of one."""
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(op.f(f"ck_{table}_{before}"), type_="check")
        batch_op.create_check_constraint(op.f(f"ck_{table}_{now}"), sa.text(rule))


def upgrade() -> None:
    with op.batch_alter_table("refund") as batch_op:
        batch_op.add_column(sa.Column("return_request_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("came_back_at", UTCDateTime(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_refund_return_request_id_return_request"),
            "return_request",
            ["return_request_id"],
            ["id"],
        )
        batch_op.create_index(op.f("ix_refund_return_request_id"), ["return_request_id"])
    set_rules("cancelled_vials", {"code_is_known": words_of("code", CODES)})
    set_rules("invoice", {"kind_is_known": words_of("kind", ("invoice", "credit_note", "debit_note"))})
    rename_rule(
        "invoice",
        "a_credit_note_names_its_invoice",
        "a_correction_names_what_it_corrects",
        "(kind = 'invoice') = (corrects_id IS NULL)",
    )
    op.create_index(
        ONE_DEBIT_NOTE,
        "invoice",
        ["corrects_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'debit_note'"),
        postgresql_where=sa.text("kind = 'debit_note'"),
    )
    op.create_table(
        "order_cancellation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("code", one_of("code_is_known", CODES), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_order_cancellation_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_cancellation")),
    )
    op.create_index(op.f("ix_order_cancellation_order_id"), "order_cancellation", ["order_id"])
    op.create_table(
        "restocked_vials",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("refund_line_id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("returned_id", sa.Integer(), nullable=True),
        sa.Column("finding", one_of("finding_is_known", FINDINGS), nullable=True),
        sa.Column("movement", one_of("movement_is_known", MOVEMENTS), nullable=True),
        sa.Column("cause", sa.String(length=160), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_restocked_vials_quantity_is_positive")),
        sa.CheckConstraint(
            "finding IS NULL OR returned_id IS NOT NULL",
            name=op.f("ck_restocked_vials_only_what_came_back_was_inspected"),
        ),
        sa.CheckConstraint(
            "movement IS NOT NULL OR returned_id IS NOT NULL",
            name=op.f("ck_restocked_vials_what_never_left_moves"),
        ),
        sa.CheckConstraint(
            "returned_id IS NULL OR movement IS NULL OR movement = 'discard'",
            name=op.f("ck_restocked_vials_what_came_back_is_never_sold"),
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_restocked_vials_lot_id_lot")),
        sa.ForeignKeyConstraint(
            ["refund_line_id"],
            ["refund_line.id"],
            name=op.f("fk_restocked_vials_refund_line_id_refund_line"),
        ),
        sa.ForeignKeyConstraint(
            ["returned_id"],
            ["returned_vials.id"],
            name=op.f("fk_restocked_vials_returned_id_returned_vials"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restocked_vials")),
        sa.UniqueConstraint("cause", name=op.f("uq_restocked_vials_cause")),
    )
    op.create_index(op.f("ix_restocked_vials_refund_line_id"), "restocked_vials", ["refund_line_id"])
    op.create_index(op.f("ix_restocked_vials_returned_id"), "restocked_vials", ["returned_id"])


def downgrade() -> None:
    """What the older release has no word for becomes the nearest word that it knows.

    Raises:
        RuntimeError: debit notes were issued: papers of account are neither deleted nor renamed.
    """
    connection = op.get_bind()
    if connection.execute(sa.text("SELECT 1 FROM invoice WHERE kind = 'debit_note' LIMIT 1")).first():
        raise RuntimeError("debit notes have been issued; the older release cannot keep these papers")
    op.drop_table("restocked_vials")
    op.drop_table("order_cancellation")
    op.drop_index(ONE_DEBIT_NOTE, table_name="invoice")
    op.execute("UPDATE cancelled_vials SET code = 'other' WHERE code = 'refunded'")
    rename_rule(
        "invoice",
        "a_correction_names_what_it_corrects",
        "a_credit_note_names_its_invoice",
        "(kind = 'credit_note') = (corrects_id IS NOT NULL)",
    )
    set_rules("invoice", {"kind_is_known": words_of("kind", ("invoice", "credit_note"))})
    set_rules("cancelled_vials", {"code_is_known": words_of("code", (*CODES[:-2], "other"))})
    with op.batch_alter_table("refund") as batch_op:
        batch_op.drop_index(op.f("ix_refund_return_request_id"))
        batch_op.drop_constraint(op.f("fk_refund_return_request_id_return_request"), type_="foreignkey")
        batch_op.drop_column("came_back_at")
        batch_op.drop_column("return_request_id")
