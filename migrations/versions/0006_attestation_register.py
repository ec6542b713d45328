"""Attestation register: what a version asks, own words, day heads; the log of erasures"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database import UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("statement_version") as batch_op:
        batch_op.add_column(sa.Column("asks", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("attestation_signer") as batch_op:
        batch_op.add_column(sa.Column("approval", sa.String(length=120), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("intended_use", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("checkout_draft") as batch_op:
        batch_op.add_column(sa.Column("approval", sa.String(length=120), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("intended_use", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(
            sa.Column("signs_electronically", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("answered_facts", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("answered_at", UTCDateTime(), nullable=True))
    for table, columns in {
        "statement_version": ("asks",),
        "attestation_signer": ("approval", "intended_use"),
        "checkout_draft": ("approval", "intended_use", "signs_electronically", "answered_facts"),
    }.items():
        with op.batch_alter_table(table) as batch_op:
            for column in columns:
                batch_op.alter_column(column, server_default=None)
    op.create_table(
        "attestation_day_head",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("record_hash", sa.String(length=64), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("head_hash", sa.String(length=64), nullable=False),
        sa.Column("published_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("sequence >= 0", name=op.f("ck_attestation_day_head_sequence_not_negative")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_attestation_day_head")),
        sa.UniqueConstraint("head_hash", name=op.f("uq_attestation_day_head_head_hash")),
        sa.UniqueConstraint("previous_hash", name=op.f("uq_attestation_day_head_previous_hash")),
    )
    op.create_table(
        "erasure",
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("person_key", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before_retention", sa.Boolean(), nullable=False),
        sa.Column("erased", sa.JSON(), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    with op.batch_alter_table("erasure") as batch_op:
        batch_op.create_index(batch_op.f("ix_erasure_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_erasure_person_key"), ["person_key"], unique=False)


def downgrade() -> None:
    op.drop_table("erasure")
    op.drop_table("attestation_day_head")
    for table, columns in {
        "checkout_draft": (
            *("answered_at", "answered_facts", "signs_electronically"),
            *("intended_use", "approval"),
        ),
        "attestation_signer": ("intended_use", "approval"),
        "statement_version": ("asks",),
    }.items():
        with op.batch_alter_table(table) as batch_op:
            for column in columns:
                batch_op.drop_column(column)
