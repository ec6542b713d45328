"""Finding one's orders by a mailed code"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database import UTCDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_lookup",
        sa.Column("reference", sa.String(length=26), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("asked_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("looked_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("code_until", UTCDateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_order_lookup_tries_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lookup")),
        sa.UniqueConstraint("reference", name=op.f("uq_order_lookup_reference")),
    )
    for column in ("email", "place", "asked_at", "looked_at"):
        op.create_index(op.f(f"ix_order_lookup_{column}"), "order_lookup", [column])


def downgrade() -> None:
    op.drop_table("order_lookup")
