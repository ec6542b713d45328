"""Rules of destinations"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database import UTCDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "destination_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("compound_id", sa.Integer(), nullable=True),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column(
            "effect",
            sa.Enum(
                "deliver",
                "refuse",
                "licence",
                name="effect_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("begun_at", UTCDateTime(), nullable=False),
        sa.Column("begun_by", sa.String(length=200), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=200), nullable=False),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "effect <> 'deliver' OR (compound_id IS NULL AND category_id IS NULL AND places = '')",
            name=op.f("ck_destination_rule_a_country_is_delivered_to_as_a_whole"),
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR end_reason <> ''", name=op.f("ck_destination_rule_an_end_has_a_reason")
        ),
        sa.CheckConstraint(
            "reason <> '' AND source <> ''", name=op.f("ck_destination_rule_a_rule_has_reason_and_source")
        ),
        sa.CheckConstraint(
            "compound_id IS NULL OR category_id IS NULL",
            name=op.f("ck_destination_rule_a_rule_is_of_a_compound_or_a_field"),
        ),
        sa.CheckConstraint("length(country) = 2", name=op.f("ck_destination_rule_country_is_a_code")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_destination_rule_category_id_category")
        ),
        sa.ForeignKeyConstraint(
            ["compound_id"], ["compound.id"], name=op.f("fk_destination_rule_compound_id_compound")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destination_rule")),
    )
    with op.batch_alter_table("destination_rule", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_destination_rule_country"), ["country"], unique=False)
        batch_op.create_index(
            "uq_destination_rule_delivered_to_once",
            ["country"],
            unique=True,
            sqlite_where=sa.text("effect = 'deliver' AND ended_at IS NULL"),
            postgresql_where=sa.text("effect = 'deliver' AND ended_at IS NULL"),
        )

    _into_rules()
    with op.batch_alter_table("destination_restriction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_destination_restriction_country"))

    op.drop_table("destination_restriction")
    op.drop_table("destination")
    _give_permission()


def _into_rules() -> None:
    """Each country and restriction becomes a rule; when and why it was put there is not known."""
    op.execute(
        "INSERT INTO destination_rule (country, places, effect, reason, source, begun_at, begun_by, ended_by, "
        "end_reason) SELECT country, '', 'deliver', 'On the list before rules had reasons.', "
        "'The shop’s own setting', CURRENT_TIMESTAMP, 'migration', '', '' FROM destination ORDER BY country"
    )
    op.execute(
        "INSERT INTO destination_rule (country, places, compound_id, effect, reason, source, begun_at, begun_by, "
        "ended_by, end_reason) SELECT country, '', compound_id, 'refuse', reason, source, CURRENT_TIMESTAMP, "
        "'migration', '', '' FROM destination_restriction WHERE reason <> '' AND source <> '' ORDER BY id"
    )
    op.execute(
        "INSERT INTO destination_rule (country, places, compound_id, effect, reason, source, begun_at, begun_by, "
        "ended_by, end_reason) SELECT country, '', compound_id, 'refuse', 'Not sent to this country.', "
        "'The shop’s own setting', CURRENT_TIMESTAMP, 'migration', '', '' FROM destination_restriction "
        "WHERE reason = '' OR source = '' ORDER BY id"
    )


def _give_permission() -> None:
    """Whoever has one of these roles may change destinations from now on."""
    op.execute(
        "INSERT INTO role_permission (role_id, permission) SELECT id, 'destinations.change' FROM role "
        "WHERE code IN ('quality', 'compliance') AND NOT EXISTS (SELECT 1 FROM role_permission AS held "
        "WHERE held.role_id = role.id AND held.permission = 'destinations.change')"
    )


def downgrade() -> None:
    op.create_table(
        "destination",
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.PrimaryKeyConstraint("country", name=op.f("pk_destination")),
    )
    op.create_table(
        "destination_restriction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("compound_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["compound_id"], ["compound.id"], name=op.f("fk_destination_restriction_compound_id_compound")
        ),
        sa.ForeignKeyConstraint(
            ["country"], ["destination.country"], name=op.f("fk_destination_restriction_country_destination")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destination_restriction")),
        sa.UniqueConstraint(
            "country", "compound_id", name=op.f("uq_destination_restriction_country_compound_id")
        ),
    )
    with op.batch_alter_table("destination_restriction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_destination_restriction_country"), ["country"], unique=False)

    # The first releases know neither places nor fields nor licences; such rules are lost.
    op.execute(
        "INSERT INTO destination (country) SELECT country FROM destination_rule "
        "WHERE effect = 'deliver' AND ended_at IS NULL"
    )
    op.execute(
        "INSERT INTO destination_restriction (country, compound_id, reason, source) "
        "SELECT country, compound_id, min(reason), min(source) FROM destination_rule "
        "WHERE effect <> 'deliver' AND ended_at IS NULL AND compound_id IS NOT NULL AND places = '' "
        "AND country IN (SELECT country FROM destination) GROUP BY country, compound_id"
    )
    with op.batch_alter_table("destination_rule", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_destination_rule_delivered_to_once",
            sqlite_where=sa.text("effect = 'deliver' AND ended_at IS NULL"),
            postgresql_where=sa.text("effect = 'deliver' AND ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_destination_rule_country"))

    op.drop_table("destination_rule")
