"""Restricted-party lists"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database import UTCDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "restricted_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("imported_at", UTCDateTime(), nullable=False),
        sa.Column("imported_by", sa.String(length=200), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.CheckConstraint("entries > 0", name=op.f("ck_restricted_list_a_list_has_entries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restricted_list")),
        sa.UniqueConstraint("key", name=op.f("uq_restricted_list_key")),
    )
    with op.batch_alter_table("restricted_list", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_restricted_list_name"), ["name"], unique=False)

    op.create_table(
        "party_screening",
        sa.Column("screening_id", sa.String(length=26), nullable=False),
        sa.Column("lists", sa.JSON(), nullable=False),
        sa.Column("matches", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["screening_id"],
            ["order_screening.id"],
            name=op.f("fk_party_screening_screening_id_order_screening"),
        ),
        sa.PrimaryKeyConstraint("screening_id", name=op.f("pk_party_screening")),
    )
    op.create_table(
        "restricted_party",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("aliases", sa.Text(), nullable=False),
        sa.Column("addresses", sa.Text(), nullable=False),
        sa.Column("countries", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("source_url", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"], ["restricted_list.id"], name=op.f("fk_restricted_party_list_id_restricted_list")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restricted_party")),
    )
    with op.batch_alter_table("restricted_party", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_restricted_party_list_id"), ["list_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("restricted_party", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_restricted_party_list_id"))

    op.drop_table("restricted_party")
    op.drop_table("party_screening")
    with op.batch_alter_table("restricted_list", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_restricted_list_name"))

    op.drop_table("restricted_list")
