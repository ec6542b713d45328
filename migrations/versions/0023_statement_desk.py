"""Existing shops get the permissions that only new shops got"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

GIVEN = {
    "statements.publish": ("quality", "compliance"),
    "log.see": ("sales", "quality"),
    "stock.adjust": ("warehouse", "quality"),
    "laboratories.change": ("quality",),
    "recalls.see": ("sales", "quality"),
    "recalls.run": ("quality",),
    "lots.trace": ("quality",),
    "documents.keep": ("quality",),
    "enquiries.answer": ("sales", "quality"),
    "data.exchange": ("quality",),
    "monographs.write": ("editor",),
    "monographs.verify": ("editor",),
    "reports.answer": ("editor",),
}
"""Permissions newer than the first release that no migration gave, with the roles of a new shop that hold them.

One that some role of the shop holds already is left alone: there people have decided about it.
"""


def upgrade() -> None:
    """Give the permissions to a shop that has roles; a shop without any gets them with its roles."""
    connection = op.get_bind()
    role = sa.table("role", sa.column("id", sa.Integer), sa.column("code"), sa.column("name"))
    granted = sa.table("role_permission", sa.column("role_id", sa.Integer), sa.column("permission"))
    roles = {row.code: row.id for row in connection.execute(sa.select(role.c.code, role.c.id))}
    if not roles:
        return
    if "editor" not in roles:
        connection.execute(sa.insert(role).values(code="editor", name="Editor"))
        find = sa.select(role.c.id).where(role.c.code == "editor")
        roles["editor"] = connection.execute(find).scalar_one()
    held = set(connection.execute(sa.select(granted.c.permission).distinct()).scalars())
    rows = [
        {"role_id": roles[code], "permission": permission}
        for permission, codes in GIVEN.items()
        if permission not in held
        for code in codes
        if code in roles
    ]
    if rows:
        connection.execute(sa.insert(granted), rows)


def downgrade() -> None:
    """Take away the permission that is new here. The others stay: a shop may have given them itself."""
    op.execute("DELETE FROM role_permission WHERE permission = 'statements.publish'")
