"""Webhooks to the seller's own systems"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database import UTCDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook_endpoint",
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("note", sa.String(length=120), nullable=False),
        sa.Column("types", sa.JSON(), nullable=False),
        sa.Column("salt", sa.String(length=26), nullable=False),
        sa.Column("older_salt", sa.String(length=26), nullable=True),
        sa.Column("older_until", UTCDateTime(timezone=True), nullable=True),
        sa.Column("created_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("paused_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("paused_why", sa.String(length=200), nullable=False),
        sa.Column("ended_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("failing_since", UTCDateTime(timezone=True), nullable=True),
        sa.Column("taken_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "url LIKE 'https://%' OR url LIKE 'http://%'",
            name=op.f("ck_webhook_endpoint_url_is_a_web_address"),
        ),
        sa.CheckConstraint(
            "(older_salt IS NULL) = (older_until IS NULL)",
            name=op.f("ck_webhook_endpoint_an_older_secret_ends"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoint")),
    )


def downgrade() -> None:
    op.execute("UPDATE outbox_message SET dismissed_at = due_at WHERE kind = 'webhook' AND sent_at IS NULL")
    op.drop_table("webhook_endpoint")
