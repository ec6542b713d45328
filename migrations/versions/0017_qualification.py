"""Qualified buyers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database import UTCDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "qualification",
        sa.Column("reference", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "university",
                "hospital_laboratory",
                "company",
                "contract_research",
                "government",
                "teaching",
                "other",
                name="kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("registry_number", sa.String(length=80), nullable=False),
        sa.Column("website", sa.String(length=300), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("email_verified_at", UTCDateTime(), nullable=True),
        sa.Column("responsible_name", sa.String(length=120), nullable=False),
        sa.Column("responsible_role", sa.String(length=120), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("research_area", sa.Text(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("applied_at", UTCDateTime(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "applied",
                "approved",
                "refused",
                name="state_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state <> 'approved' OR email_verified_at IS NOT NULL",
            name=op.f("ck_qualification_only_a_verified_address_is_approved"),
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR expires_on IS NOT NULL",
            name=op.f("ck_qualification_an_approval_has_an_end"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_qualification_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qualification")),
        sa.UniqueConstraint("reference", name=op.f("uq_qualification_reference")),
    )
    with op.batch_alter_table("qualification", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_qualification_email_key"), ["email_key"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_qualification_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_qualification_state"), ["state"], unique=False)

    op.create_table(
        "qualification_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("qualification_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "approve",
                "refuse",
                name="decision_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_qualification_decision_it_has_a_reason")),
        sa.ForeignKeyConstraint(
            ["qualification_id"],
            ["qualification.id"],
            name=op.f("fk_qualification_decision_qualification_id_qualification"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_qualification_decision_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qualification_decision")),
        sa.UniqueConstraint(
            "qualification_id", "staff_id", name=op.f("uq_qualification_decision_qualification_id_staff_id")
        ),
    )
    with op.batch_alter_table("qualification_decision", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_qualification_decision_qualification_id"), ["qualification_id"], unique=False
        )
    op.execute(
        "INSERT INTO role_permission (role_id, permission) SELECT id, 'buyers.qualify' FROM role "
        "WHERE code IN ('quality', 'compliance') AND NOT EXISTS (SELECT 1 FROM role_permission AS held "
        "WHERE held.role_id = role.id AND held.permission = 'buyers.qualify')"
    )


def downgrade() -> None:
    with op.batch_alter_table("qualification_decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_qualification_decision_qualification_id"))

    op.drop_table("qualification_decision")
    with op.batch_alter_table("qualification", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_qualification_state"))
        batch_op.drop_index(batch_op.f("ix_qualification_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_qualification_email_key"))

    op.drop_table("qualification")
