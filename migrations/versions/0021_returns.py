"""Returns that buyers ask for, and what was found when they were looked at"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database import UTCDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def one_of(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "return_request",
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            one_of("state_is_known", "requested", "approved", "refused", "received", "inspected"),
            nullable=False,
        ),
        sa.Column(
            "reason",
            one_of(
                "reason_is_known",
                "wrong_item",
                "damaged",
                "not_as_certified",
                "late_or_warm",
                "not_needed",
                "other",
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("about_use", sa.Boolean(), nullable=False),
        sa.Column("once", sa.String(length=40), nullable=False),
        sa.Column("requested_at", UTCDateTime(), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=True),
        sa.Column("received_by", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'requested') = (decided_at IS NULL)",
            name=op.f("ck_return_request_decided_when_no_longer_requested"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('received', 'inspected') OR received_at IS NOT NULL",
            name=op.f("ck_return_request_received_before_inspected"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_return_request_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_request")),
        sa.UniqueConstraint("once", name=op.f("uq_return_request_once")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_return_request_order_id"), "return_request", ["order_id"])
    op.create_index(op.f("ix_return_request_state"), "return_request", ["state"])
    op.create_table(
        "return_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("shipment_line_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_return_line_quantity_is_positive")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["return_request.id"], name=op.f("fk_return_line_request_id_return_request")
        ),
        sa.ForeignKeyConstraint(
            ["shipment_line_id"],
            ["shipment_line.id"],
            name=op.f("fk_return_line_shipment_line_id_shipment_line"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_line")),
        sa.UniqueConstraint(
            "request_id", "shipment_line_id", name=op.f("uq_return_line_request_id_shipment_line_id")
        ),
    )
    op.create_index(op.f("ix_return_line_request_id"), "return_line", ["request_id"])
    op.create_index(op.f("ix_return_line_shipment_line_id"), "return_line", ["shipment_line_id"])
    op.create_table(
        "return_finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("return_line_id", sa.Integer(), nullable=False),
        sa.Column("finding", one_of("finding_is_known", "quarantine", "write_off"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("cause", sa.String(length=160), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_return_finding_quantity_is_positive")),
        sa.ForeignKeyConstraint(
            ["return_line_id"],
            ["return_line.id"],
            name=op.f("fk_return_finding_return_line_id_return_line"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_finding")),
        sa.UniqueConstraint("cause", name=op.f("uq_return_finding_cause")),
    )
    op.create_index(op.f("ix_return_finding_return_line_id"), "return_finding", ["return_line_id"])


def downgrade() -> None:
    op.drop_table("return_finding")
    op.drop_table("return_line")
    op.drop_table("return_request")
