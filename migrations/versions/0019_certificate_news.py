"""Buyers are told of new certificate revisions and of withdrawals"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database import UTCDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certificate_news",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "published",
                "withdrawn",
                name="kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("orders_told", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("orders_told >= 0", name=op.f("ck_certificate_news_orders_told_not_negative")),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["certificate_revision.id"],
            name=op.f("fk_certificate_news_revision_id_certificate_revision"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_news")),
        sa.UniqueConstraint("revision_id", "kind", name=op.f("uq_certificate_news_revision_id_kind")),
    )


def downgrade() -> None:
    op.drop_table("certificate_news")
