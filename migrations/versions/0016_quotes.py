"""Quotes, the orders placed from them, and the quote a checkout was begun with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database import ExactDecimal, UTCDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quote",
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=26), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "accepted",
                "withdrawn",
                "replaced",
                name="state_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("address_line1", sa.String(length=120), nullable=False),
        sa.Column("address_line2", sa.String(length=120), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=80), nullable=False),
        sa.Column("postcode", sa.String(length=20), nullable=False),
        sa.Column("goods_in", sa.String(length=200), nullable=False),
        sa.Column("delivery_method", sa.String(length=40), nullable=False),
        sa.Column("vat_number", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state <> 'withdrawn' OR reason <> ''", name=op.f("ck_quote_a_withdrawal_has_a_reason")
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_quote_revision_counts_from_one")),
        sa.CheckConstraint("total_minor > 0", name=op.f("ck_quote_total_is_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
        sa.UniqueConstraint("number", "revision", name=op.f("uq_quote_number_revision")),
        sa.UniqueConstraint("reference", name=op.f("uq_quote_reference")),
    )
    with op.batch_alter_table("quote", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quote_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_quote_number"), ["number"], unique=False)
        batch_op.create_index(batch_op.f("ix_quote_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_quote_valid_until"), ["valid_until"], unique=False)

    op.create_table(
        "quote_charge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quote_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "items",
                "discount",
                "delivery",
                "cold_chain",
                "tax",
                name="kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("label", sa.String(length=160), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("tax_rate", ExactDecimal(), nullable=True),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_quote_charge_quote_id_quote")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_charge")),
        sa.UniqueConstraint("quote_id", "position", name=op.f("uq_quote_charge_quote_id_position")),
    )
    with op.batch_alter_table("quote_charge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quote_charge_quote_id"), ["quote_id"], unique=False)

    op.create_table(
        "quoted_order",
        sa.Column("quote_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_quoted_order_order_id_sales_order")
        ),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_quoted_order_quote_id_quote")),
        sa.PrimaryKeyConstraint("quote_id", name=op.f("pk_quoted_order")),
        sa.UniqueConstraint("order_id", name=op.f("uq_quoted_order_order_id")),
    )
    op.create_table(
        "quote_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quote_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("vial_size_id", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(length=30), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_minor", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_quote_line_quantity_is_positive")),
        sa.CheckConstraint("unit_minor > 0", name=op.f("ck_quote_line_price_is_positive")),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_quote_line_quote_id_quote")),
        sa.ForeignKeyConstraint(
            ["vial_size_id"], ["vial_size.id"], name=op.f("fk_quote_line_vial_size_id_vial_size")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_line")),
        sa.UniqueConstraint("quote_id", "position", name=op.f("uq_quote_line_quote_id_position")),
    )
    with op.batch_alter_table("quote_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quote_line_quote_id"), ["quote_id"], unique=False)

    with op.batch_alter_table("checkout_draft", schema=None) as batch_op:
        batch_op.add_column(sa.Column("quote_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_checkout_draft_quote_id_quote"), "quote", ["quote_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("checkout_draft", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_checkout_draft_quote_id_quote"), type_="foreignkey")
        batch_op.drop_column("quote_id")

    with op.batch_alter_table("quote_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quote_line_quote_id"))

    op.drop_table("quote_line")
    op.drop_table("quoted_order")
    with op.batch_alter_table("quote_charge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quote_charge_quote_id"))

    op.drop_table("quote_charge")
    with op.batch_alter_table("quote", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quote_valid_until"))
        batch_op.drop_index(batch_op.f("ix_quote_state"))
        batch_op.drop_index(batch_op.f("ix_quote_number"))
        batch_op.drop_index(batch_op.f("ix_quote_email"))

    op.drop_table("quote")
