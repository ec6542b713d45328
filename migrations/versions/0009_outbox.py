"""Attempts, lanes and decisions of the outbox; signs of life of workers; how jobs ended"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database import UTCDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UNSETTLED = "sent_at IS NULL AND dismissed_at IS NULL"
RULES = {
    "sent_or_dismissed_not_both": "sent_at IS NULL OR dismissed_at IS NULL",
    "only_what_is_settled_is_cleared": "cleared_at IS NULL OR sent_at IS NOT NULL OR dismissed_at IS NOT NULL",
}


def upgrade() -> None:
    op.create_table(
        "worker_heartbeat",
        sa.Column("worker", sa.String(length=120), nullable=False),
        sa.Column("started_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("seen_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", UTCDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_worker_heartbeat")),
    )
    op.create_index(op.f("ix_worker_heartbeat_seen_at"), "worker_heartbeat", ["seen_at"])
    op.create_table(
        "job_state",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("ran_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(length=200), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_job_state_failures_not_negative")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_state")),
    )
    with op.batch_alter_table("outbox_message") as batch_op:
        batch_op.add_column(sa.Column("lane", sa.String(length=40), nullable=False, server_default="mail"))
        batch_op.add_column(sa.Column("recipient", sa.String(length=254), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("claim", sa.String(length=26), nullable=True))
        batch_op.add_column(sa.Column("dismissed_at", UTCDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("cleared_at", UTCDateTime(timezone=True), nullable=True))
    receiver = (
        "json_extract(payload, '$.to')" if op.get_bind().dialect.name == "sqlite" else "payload ->> 'to'"
    )
    op.execute(f"UPDATE outbox_message SET lane = kind, recipient = lower(coalesce({receiver}, ''))")  # noqa: S608
    # A dead letter holds up the later ones of its subject from now on; those already passed by are let be.
    op.execute(
        "UPDATE outbox_message SET dismissed_at = dead_at WHERE dead_at IS NOT NULL AND EXISTS (SELECT 1 FROM "
        "outbox_message AS later WHERE later.subject = outbox_message.subject AND later.id > outbox_message.id "
        "AND later.sent_at IS NOT NULL)"
    )
    with op.batch_alter_table("outbox_message") as batch_op:
        batch_op.alter_column("lane", server_default=None)
        batch_op.alter_column("recipient", server_default=None)
        for name, condition in RULES.items():
            batch_op.create_check_constraint(op.f(f"ck_outbox_message_{name}"), condition)
        batch_op.create_index(batch_op.f("ix_outbox_message_recipient"), ["recipient"])
    for name, columns in (("lane", ["lane", "due_at"]), ("subject", ["subject", "id"])):
        op.create_index(
            f"ix_outbox_message_unsettled_{name}",
            "outbox_message",
            columns,
            sqlite_where=sa.text(UNSETTLED),
            postgresql_where=sa.text(UNSETTLED),
        )
    op.create_table(
        "outbox_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "sent",
                "put_off",
                "given_up",
                "worker_lost",
                name="outcome_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outbox_message.id"], name=op.f("fk_outbox_attempt_message_id_outbox_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_attempt")),
    )
    op.create_index(op.f("ix_outbox_attempt_message_id"), "outbox_attempt", ["message_id"])
    op.execute(
        "INSERT INTO outbox_attempt (message_id, at, outcome, detail) SELECT id, sent_at, 'sent', "
        "'before attempts were kept' FROM outbox_message WHERE sent_at IS NOT NULL ORDER BY sent_at, id"
    )
    op.execute(
        "INSERT INTO role_permission (role_id, permission) SELECT id, 'outbox.manage' FROM role "
        "WHERE code IN ('sales', 'quality')"
    )


def downgrade() -> None:
    op.execute("DELETE FROM role_permission WHERE permission = 'outbox.manage'")
    op.drop_table("outbox_attempt")
    for name in ("lane", "subject"):
        op.drop_index(f"ix_outbox_message_unsettled_{name}", "outbox_message")
    with op.batch_alter_table("outbox_message") as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_message_recipient"))
        for name in RULES:
            batch_op.drop_constraint(op.f(f"ck_outbox_message_{name}"), type_="check")
        for column in ("cleared_at", "dismissed_at", "claim", "recipient", "lane"):
            batch_op.drop_column(column)
    op.drop_table("job_state")
    op.drop_index(op.f("ix_worker_heartbeat_seen_at"), "worker_heartbeat")
    op.drop_table("worker_heartbeat")
