"""A stamp for each kind of reference data, renewed by triggers with every change of it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reference_stamp",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("stamp", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_reference_stamp"),
    )


def downgrade() -> None:
    op.drop_table("reference_stamp")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS renew_reference_stamp()")
