"""Who may change prices and look at exemption certificates: the sales role of shops that are there"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SALES_MAY = ("prices.change", "exemptions.review")


def upgrade() -> None:
    for permission in SALES_MAY:
        op.execute(
            sa.text(
                "INSERT INTO role_permission (role_id, permission) "
                "SELECT id, CAST(:permission AS VARCHAR(60)) FROM role WHERE code = 'sales'"
            ).bindparams(permission=permission)
        )


def downgrade() -> None:
    for permission in SALES_MAY:
        op.execute(
            sa.text("DELETE FROM role_permission WHERE permission = :permission").bindparams(
                permission=permission
            )
        )
