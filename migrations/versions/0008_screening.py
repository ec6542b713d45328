"""Screening"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database import UTCDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _give_permissions()
    op.create_table(
        "order_screening",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("order_reference", sa.String(length=26), nullable=True),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("ruleset", sa.Integer(), nullable=False),
        sa.Column(
            "result",
            sa.Enum(
                "pass",
                "hold",
                "refuse",
                name="result_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "(result = 'refuse') = (order_reference IS NULL)",
            name=op.f("ck_order_screening_only_what_is_taken_has_an_order"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_screening")),
        sa.UniqueConstraint("about", name=op.f("uq_order_screening_about")),
        sa.UniqueConstraint("order_reference", name=op.f("uq_order_screening_order_reference")),
    )
    with op.batch_alter_table("order_screening", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_screening_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_order_screening_result"), ["result"], unique=False)

    op.create_table(
        "screening_rule",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "email_domain",
                "organisation_word",
                "address_word",
                "free_text",
                "use_in_people",
                "name_is_organisation",
                "quantity_over",
                "vials_within",
                "orders_within",
                "single_vials_monthly",
                "single_vials_to_addresses",
                "address_looks",
                "restricted_party",
                "restricted_party_near",
                name="kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "effect",
            sa.Enum(
                "note",
                "hold",
                "refuse",
                name="effect_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("exceptions", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("begun_in", sa.Integer(), nullable=False),
        sa.Column("begun_at", UTCDateTime(), nullable=False),
        sa.Column("begun_by", sa.String(length=200), nullable=False),
        sa.Column("ended_in", sa.Integer(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=200), nullable=False),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(ended_in IS NULL) = (ended_at IS NULL) AND (ended_in IS NULL OR end_reason <> '')",
            name=op.f("ck_screening_rule_an_end_has_a_time_and_a_reason"),
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_screening_rule_a_rule_has_a_reason")),
        sa.CheckConstraint(
            "ended_in IS NULL OR ended_in > begun_in",
            name=op.f("ck_screening_rule_a_rule_ends_after_it_begins"),
        ),
        sa.CheckConstraint("number >= 0 AND days >= 0", name=op.f("ck_screening_rule_figures_not_negative")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_screening_rule_versions_count_from_one")),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_screening_rule")),
    )
    with op.batch_alter_table("screening_rule", schema=None) as batch_op:
        batch_op.create_index(
            "uq_screening_rule_in_force",
            ["code"],
            unique=True,
            sqlite_where=sa.text("ended_in IS NULL"),
            postgresql_where=sa.text("ended_in IS NULL"),
        )

    op.create_table(
        "screening_ruleset",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_screening_ruleset_there_is_one_set")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_ruleset")),
    )
    op.create_table(
        "screened_person",
        sa.Column("screening_id", sa.String(length=26), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("email_key", sa.String(length=64), nullable=False),
        sa.Column("organisation_key", sa.String(length=64), nullable=False),
        sa.Column("address_key", sa.String(length=64), nullable=False),
        sa.Column("vials", sa.JSON(), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["screening_id"],
            ["order_screening.id"],
            name=op.f("fk_screened_person_screening_id_order_screening"),
        ),
        sa.PrimaryKeyConstraint("screening_id", name=op.f("pk_screened_person")),
    )
    with op.batch_alter_table("screened_person", schema=None) as batch_op:
        batch_op.create_index("ix_screened_person_address_key_at", ["address_key", "at"], unique=False)
        batch_op.create_index("ix_screened_person_email_key_at", ["email_key", "at"], unique=False)
        batch_op.create_index(
            "ix_screened_person_organisation_key_at", ["organisation_key", "at"], unique=False
        )


def _give_permissions() -> None:
    """A shop that has roles gets the new one, and its quality people the new permissions. Never taken away."""
    connection = op.get_bind()
    role = sa.table("role", sa.column("id", sa.Integer), sa.column("code"), sa.column("name"))
    granted = sa.table("role_permission", sa.column("role_id", sa.Integer), sa.column("permission"))
    roles = {row.code: row.id for row in connection.execute(sa.select(role.c.code, role.c.id))}
    if not roles:
        return
    if "compliance" not in roles:
        connection.execute(sa.insert(role).values(code="compliance", name="Compliance"))
        find = sa.select(role.c.id).where(role.c.code == "compliance")
        roles["compliance"] = connection.execute(find).scalar_one()
    new = ("screening.change",)
    for code, permissions in (("quality", new), ("compliance", ("orders.see", "orders.review", *new))):
        if code not in roles:
            continue
        held = sa.select(granted.c.permission).where(granted.c.role_id == roles[code])
        there = set(connection.execute(held).scalars())
        for permission in permissions:
            if permission not in there:
                row = {"role_id": roles[code], "permission": permission}
                connection.execute(sa.insert(granted).values(row))


def downgrade() -> None:
    with op.batch_alter_table("screened_person", schema=None) as batch_op:
        batch_op.drop_index("ix_screened_person_organisation_key_at")
        batch_op.drop_index("ix_screened_person_email_key_at")
        batch_op.drop_index("ix_screened_person_address_key_at")

    op.drop_table("screened_person")
    op.drop_table("screening_ruleset")
    with op.batch_alter_table("screening_rule", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_screening_rule_in_force",
            sqlite_where=sa.text("ended_in IS NULL"),
            postgresql_where=sa.text("ended_in IS NULL"),
        )

    op.drop_table("screening_rule")
    with op.batch_alter_table("order_screening", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_order_screening_result"))
        batch_op.drop_index(batch_op.f("ix_order_screening_at"))

    op.drop_table("order_screening")
