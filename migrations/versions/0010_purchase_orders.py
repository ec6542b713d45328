"""What purchase order documents say, as staff typed it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database import UTCDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "purchase_order_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("total_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("entered_at", UTCDateTime(), nullable=False),
        sa.Column("entered_by", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "length(currency) = 3", name=op.f("ck_purchase_order_document_currency_is_a_code")
        ),
        sa.CheckConstraint("total_minor >= 0", name=op.f("ck_purchase_order_document_total_not_negative")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_purchase_order_document_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_order_document")),
    )
    with op.batch_alter_table("purchase_order_document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_purchase_order_document_order_id"), ["order_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("purchase_order_document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_purchase_order_document_order_id"))

    op.drop_table("purchase_order_document")
