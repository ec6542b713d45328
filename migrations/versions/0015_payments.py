"""Payments that cannot go wrong: unknown outcomes, refunds by line, disputes, stray money, waiting for stock."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

from shop.core.database import UTCDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OPEN = "uq_payment_attempt_one_open_per_order"
OPEN_BEFORE = "state IN ('created', 'open', 'processing')"
OPEN_NOW = "state IN ('created', 'unknown', 'open', 'processing')"
ATTEMPT_BEFORE = ("created", "open", "processing", "authorised", "succeeded", "failed", "expired")
REFUND_BEFORE = ("requested", "pending", "succeeded", "failed")
ASKING = sa.Enum(
    "create", "capture", "void", name="asking_is_known", native_enum=False, create_constraint=True, length=40
)


def one_of(column: str, *values: str) -> str:
    """The rule that a column holds one of some words."""
    words = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({words})"


def set_rules(table: str, rules: Mapping[str, str]) -> None:
    """Replace the named rules of a table, in the way both databases know."""
    with op.batch_alter_table(table) as batch_op:
        for name, rule in rules.items():
            batch_op.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_{table}_{name}"), sa.text(rule))


def one_open(condition: str) -> None:
    """Make anew the index that lets an order have one open attempt."""
    op.create_index(
        OPEN,
        "payment_attempt",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )


def upgrade() -> None:
    """Columns first, then the rules that speak of them, then what was paid and given back so far."""
    op.drop_index(OPEN, table_name="payment_attempt")
    with op.batch_alter_table("payment_attempt") as batch_op:
        batch_op.add_column(sa.Column("asking", ASKING, nullable=True))
        batch_op.add_column(sa.Column("asked_at", UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("ask_again_at", UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("capture_before", UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("received_minor", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("received_currency", sa.String(length=3), nullable=True))
        batch_op.add_column(sa.Column("given_back_minor", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("refund") as batch_op:
        batch_op.add_column(sa.Column("asked_at", UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("ask_again_at", UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("failure", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("instead_of_id", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE payment_attempt SET received_minor = amount_minor, received_currency = currency, "
        "given_back_minor = coalesce((SELECT sum(refund.amount_minor) FROM refund "
        "WHERE refund.attempt_id = payment_attempt.id AND refund.state <> 'failed'), 0) "
        "WHERE state = 'succeeded'"
    )
    with op.batch_alter_table("payment_attempt") as batch_op:
        batch_op.alter_column("tries", server_default=None)
        batch_op.alter_column("given_back_minor", server_default=None)
        batch_op.create_check_constraint(
            op.f("ck_payment_attempt_an_unknown_outcome_names_what_was_asked"),
            sa.text("state <> 'unknown' OR asking IS NOT NULL"),
        )
        batch_op.create_check_constraint(
            op.f("ck_payment_attempt_no_more_goes_back_than_came"),
            sa.text("given_back_minor >= 0 AND given_back_minor <= coalesce(received_minor, 0)"),
        )
    with op.batch_alter_table("refund") as batch_op:
        batch_op.alter_column("tries", server_default=None)
        batch_op.alter_column("failure", server_default=None)
        batch_op.create_unique_constraint(op.f("uq_refund_instead_of_id"), ["instead_of_id"])
        batch_op.create_foreign_key(
            op.f("fk_refund_instead_of_id_refund"), "refund", ["instead_of_id"], ["id"]
        )
    states = (
        "created", "unknown", "open", "processing", "authorised", "released", "succeeded", "unexpected",
        "failed", "expired",
    )  # fmt: skip
    set_rules("payment_attempt", {"state_is_known": one_of("state", *states)})
    set_rules(
        "refund",
        {"state_is_known": one_of("state", "requested", "unknown", "pending", "succeeded", "failed")},
    )
    one_open(OPEN_NOW)
    op.create_table(
        "stray_payment",
        sa.Column("stripe_payment_intent", sa.String(length=120), nullable=False),
        sa.Column("named_order", sa.String(length=20), nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("found_at", UTCDateTime(), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("closed_by", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stray_payment")),
        sa.UniqueConstraint("stripe_payment_intent", name=op.f("uq_stray_payment_stripe_payment_intent")),
    )
    op.create_table(
        "stock_wait",
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("began_by", sa.String(length=200), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_stock_wait_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_wait")),
    )
    op.create_index(op.f("ix_stock_wait_order_id"), "stock_wait", ["order_id"], unique=False)
    op.create_index(
        "uq_stock_wait_one_open_per_order",
        "stock_wait",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "dispute",
        sa.Column("stripe_dispute", sa.String(length=120), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("refundable", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("answer_by", UTCDateTime(), nullable=True),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_dispute_amount_not_negative")),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["payment_attempt.id"], name=op.f("fk_dispute_attempt_id_payment_attempt")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_dispute_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint("stripe_dispute", name=op.f("uq_dispute_stripe_dispute")),
    )
    op.create_index(op.f("ix_dispute_attempt_id"), "dispute", ["attempt_id"], unique=False)
    op.create_index(op.f("ix_dispute_order_id"), "dispute", ["order_id"], unique=False)
    op.create_table(
        "refund_line",
        sa.Column("refund_id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column(
            "restock",
            sa.Enum(
                "none",
                "to_shelf",
                "quarantine",
                "write_off",
                name="restock_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "order_line_id IS NOT NULL OR (quantity = 0 AND restock = 'none')",
            name=op.f("ck_refund_line_only_vials_are_restocked"),
        ),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_refund_line_amount_not_negative")),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_refund_line_quantity_not_negative")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_refund_line_order_line_id_order_line")
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_refund_line_refund_id_refund")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_line")),
        sa.UniqueConstraint(
            "refund_id", "order_line_id", name=op.f("uq_refund_line_refund_id_order_line_id")
        ),
    )
    op.create_index(op.f("ix_refund_line_order_line_id"), "refund_line", ["order_line_id"], unique=False)
    op.create_index(op.f("ix_refund_line_refund_id"), "refund_line", ["refund_id"], unique=False)


def downgrade() -> None:
    """What the older release has no word for becomes the nearest state that it knows."""
    op.drop_table("refund_line")
    op.drop_table("dispute")
    op.drop_table("stock_wait")
    op.drop_table("stray_payment")
    op.drop_index(OPEN, table_name="payment_attempt")
    op.execute(
        "UPDATE payment_attempt SET state = CASE "
        "WHEN state = 'unknown' AND asking = 'create' THEN 'created' "
        "WHEN state = 'unknown' THEN 'authorised' ELSE 'failed' END "
        "WHERE state IN ('unknown', 'released', 'unexpected')"
    )
    op.execute("UPDATE refund SET state = 'requested' WHERE state = 'unknown'")
    with op.batch_alter_table("payment_attempt") as batch_op:
        for name in (
            "no_more_goes_back_than_came",
            "an_unknown_outcome_names_what_was_asked",
            "asking_is_known",
        ):
            batch_op.drop_constraint(op.f(f"ck_payment_attempt_{name}"), type_="check")
    set_rules("payment_attempt", {"state_is_known": one_of("state", *ATTEMPT_BEFORE)})
    set_rules("refund", {"state_is_known": one_of("state", *REFUND_BEFORE)})
    with op.batch_alter_table("refund") as batch_op:
        batch_op.drop_constraint(op.f("fk_refund_instead_of_id_refund"), type_="foreignkey")
        batch_op.drop_constraint(op.f("uq_refund_instead_of_id"), type_="unique")
        for column in ("asked_at", "tries", "ask_again_at", "failure", "instead_of_id"):
            batch_op.drop_column(column)
    with op.batch_alter_table("payment_attempt") as batch_op:
        for column in (
            "asking",
            "asked_at",
            "tries",
            "ask_again_at",
            "capture_before",
            "received_minor",
            "received_currency",
            "given_back_minor",
        ):
            batch_op.drop_column(column)
    one_open(OPEN_BEFORE)
