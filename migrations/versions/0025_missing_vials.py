"""Vials that are left out of an order because no lot has them any more"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cancelled_vials") as table:
        table.alter_column("lot_id", existing_type=sa.Integer(), nullable=True)
        table.create_check_constraint(
            op.f("ck_cancelled_vials_only_vials_that_are_missing_have_no_lot"),
            "lot_id IS NOT NULL OR code = 'cannot_supply'",
        )


def downgrade() -> None:
    """Go back where every vial that was taken out of an order was in a lot.

    Raises:
        RuntimeError: some were in none, which the older shop cannot write down.
    """
    missing = "SELECT count(*) FROM cancelled_vials WHERE lot_id IS NULL"
    if op.get_bind().execute(sa.text(missing)).scalar_one():
        raise RuntimeError(
            "some orders were sent without vials that no lot had; the older shop cannot say so"
        )
    with op.batch_alter_table("cancelled_vials") as table:
        table.drop_constraint(
            op.f("ck_cancelled_vials_only_vials_that_are_missing_have_no_lot"), type_="check"
        )
        table.alter_column("lot_id", existing_type=sa.Integer(), nullable=False)
