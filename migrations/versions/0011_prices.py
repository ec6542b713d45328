"""Prices: delivery zones and rates, tax rates, answers of VIES, codes with their uses"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database import ExactDecimal, UTCDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ANY_WEIGHT = 1_000_000_000


def add(table: str, *columns: sa.Column[object]) -> None:
    """Add columns, filling rows that are there with the default, which the models then do not keep."""
    with op.batch_alter_table(table) as batch_op:
        for column in columns:
            batch_op.add_column(column)
    with op.batch_alter_table(table) as batch_op:
        for column in columns:
            if column.server_default is not None:
                batch_op.alter_column(column.name, server_default=None)


def upgrade() -> None:
    """Zones and rates first: every way of sending keeps its price, at any weight, everywhere."""
    op.create_table(
        "delivery_zone",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("everywhere_else", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_zone")),
        sa.UniqueConstraint("name", name=op.f("uq_delivery_zone_name")),
    )
    with op.batch_alter_table("delivery_zone") as batch_op:
        batch_op.create_index(
            "uq_delivery_zone_one_for_everywhere_else",
            ["everywhere_else"],
            unique=True,
            sqlite_where=sa.text("everywhere_else"),
            postgresql_where=sa.text("everywhere_else"),
        )
    op.create_table(
        "delivery_zone_country",
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("zone_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["zone_id"], ["delivery_zone.id"], name=op.f("fk_delivery_zone_country_zone_id_delivery_zone")
        ),
        sa.PrimaryKeyConstraint("country", name=op.f("pk_delivery_zone_country")),
    )
    with op.batch_alter_table("delivery_zone_country") as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_zone_country_zone_id"), ["zone_id"])
    op.create_table(
        "delivery_rate",
        sa.Column("method_id", sa.Integer(), nullable=False),
        sa.Column("zone_id", sa.Integer(), nullable=False),
        sa.Column("cold_chain_minor", sa.Integer(), nullable=True),
        sa.Column("free_from_minor", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "cold_chain_minor IS NULL OR cold_chain_minor >= 0",
            name=op.f("ck_delivery_rate_cold_chain_not_negative"),
        ),
        sa.CheckConstraint(
            "free_from_minor IS NULL OR free_from_minor > 0",
            name=op.f("ck_delivery_rate_free_from_is_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["method_id"], ["delivery_method.id"], name=op.f("fk_delivery_rate_method_id_delivery_method")
        ),
        sa.ForeignKeyConstraint(
            ["zone_id"], ["delivery_zone.id"], name=op.f("fk_delivery_rate_zone_id_delivery_zone")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_rate")),
        sa.UniqueConstraint("method_id", "zone_id", name=op.f("uq_delivery_rate_method_id_zone_id")),
    )
    with op.batch_alter_table("delivery_rate") as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_rate_zone_id"), ["zone_id"])
    op.create_table(
        "delivery_bracket",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rate_id", sa.Integer(), nullable=False),
        sa.Column("up_to_g", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.Integer(), nullable=False),
        sa.CheckConstraint("up_to_g > 0", name=op.f("ck_delivery_bracket_weight_is_positive")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_delivery_bracket_price_not_negative")),
        sa.ForeignKeyConstraint(
            ["rate_id"],
            ["delivery_rate.id"],
            name=op.f("fk_delivery_bracket_rate_id_delivery_rate"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_bracket")),
        sa.UniqueConstraint("rate_id", "up_to_g", name=op.f("uq_delivery_bracket_rate_id_up_to_g")),
    )
    with op.batch_alter_table("delivery_bracket") as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_bracket_rate_id"), ["rate_id"])
    op.execute(
        "INSERT INTO delivery_zone (name, everywhere_else) "
        "SELECT 'Everywhere', true WHERE EXISTS (SELECT 1 FROM delivery_method)"
    )
    op.execute(
        "INSERT INTO delivery_rate (method_id, zone_id, cold_chain_minor, free_from_minor) "
        "SELECT delivery_method.id, delivery_zone.id, 0, NULL FROM delivery_method, delivery_zone "
        "ORDER BY delivery_method.id"
    )
    op.execute(
        sa.text(
            "INSERT INTO delivery_bracket (rate_id, up_to_g, price_minor) "
            "SELECT delivery_rate.id, :any_weight, delivery_method.price_minor FROM delivery_rate "
            "JOIN delivery_method ON delivery_method.id = delivery_rate.method_id ORDER BY delivery_rate.id"
        ).bindparams(any_weight=ANY_WEIGHT)
    )
    with op.batch_alter_table("delivery_method") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_delivery_method_price_not_negative"), type_="check")
        batch_op.drop_column("price_minor")

    op.create_table(
        "tax_rate",
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region", sa.String(length=80), nullable=False),
        sa.Column("tax_class", sa.String(length=40), nullable=False),
        sa.Column("percent_text", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("on_delivery", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from",
            name=op.f("ck_tax_rate_ends_after_it_begins"),
        ),
        sa.CheckConstraint("length(country) = 2", name=op.f("ck_tax_rate_country_is_a_code")),
        sa.CheckConstraint("source <> ''", name=op.f("ck_tax_rate_a_rate_has_a_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_rate")),
        sa.UniqueConstraint(
            "country",
            "region",
            "tax_class",
            "valid_from",
            name=op.f("uq_tax_rate_country_region_tax_class_valid_from"),
        ),
    )
    op.create_table(
        "vat_check",
        sa.Column("vat_number", sa.String(length=20), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "valid",
                "invalid",
                "unavailable",
                name="answer_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("consultation_number", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vat_check")),
    )
    with op.batch_alter_table("vat_check") as batch_op:
        batch_op.create_index(batch_op.f("ix_vat_check_vat_number"), ["vat_number"])

    op.create_table(
        "coupon",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("code_key", sa.String(length=40), nullable=False),
        sa.Column("agreement", sa.String(length=200), nullable=False),
        sa.Column("percent", ExactDecimal(), nullable=True),
        sa.Column("amount_minor", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("minimum_minor", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("most_uses", sa.Integer(), nullable=True),
        sa.Column("most_per_organisation", sa.Integer(), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_coupon_{name}"))
            for name, condition in {
                "a_percentage_or_an_amount": "(percent IS NULL) <> (amount_minor IS NULL)",
                "amount_is_positive": "amount_minor IS NULL OR amount_minor > 0",
                "minimum_not_negative": "minimum_minor >= 0",
                "ends_after_it_begins": (
                    "valid_until IS NULL OR valid_from IS NULL OR valid_until >= valid_from"
                ),
                "most_uses_is_positive": "most_uses IS NULL OR most_uses > 0",
                "most_per_organisation_is_positive": (
                    "most_per_organisation IS NULL OR most_per_organisation > 0"
                ),
                "not_used_more_often_than_allowed": (
                    "uses >= 0 AND (most_uses IS NULL OR uses <= most_uses)"
                ),
                "currency_is_a_code": "length(currency) = 3",
            }.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon")),
        sa.UniqueConstraint("code_key", name=op.f("uq_coupon_code_key")),
    )
    op.create_table(
        "coupon_product",
        sa.Column("coupon_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coupon_id"], ["coupon.id"], name=op.f("fk_coupon_product_coupon_id_coupon")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_coupon_product_product_id_product")
        ),
        sa.PrimaryKeyConstraint("coupon_id", "product_id", name=op.f("pk_coupon_product")),
    )
    op.create_table(
        "coupon_use",
        sa.Column("coupon_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("n > 0", name=op.f("ck_coupon_use_uses_are_counted_from_one")),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupon.id"], name=op.f("fk_coupon_use_coupon_id_coupon")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_coupon_use_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_coupon_use_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_use")),
        sa.UniqueConstraint(
            "coupon_id", "organisation_id", "n", name=op.f("uq_coupon_use_coupon_id_organisation_id_n")
        ),
        sa.UniqueConstraint("order_id", "n", name=op.f("uq_coupon_use_order_id_n")),
    )
    with op.batch_alter_table("coupon_use") as batch_op:
        batch_op.create_index(batch_op.f("ix_coupon_use_organisation_id"), ["organisation_id"])
    op.create_table(
        "coupon_return",
        sa.Column("use_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["use_id"], ["coupon_use.id"], name=op.f("fk_coupon_return_use_id_coupon_use")
        ),
        sa.PrimaryKeyConstraint("use_id", name=op.f("pk_coupon_return")),
    )

    add(
        "checkout_draft",
        sa.Column("vat_number", sa.String(length=20), nullable=False, server_default=""),
        sa.Column("coupon_code", sa.String(length=40), nullable=False, server_default=""),
    )
    add("order_line", sa.Column("explanation", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Take the shop back to one price for each way of sending: that of the lightest parcel everywhere else."""
    with op.batch_alter_table("order_line") as batch_op:
        batch_op.drop_column("explanation")
    with op.batch_alter_table("checkout_draft") as batch_op:
        batch_op.drop_column("vat_number")
        batch_op.drop_column("coupon_code")
    op.drop_table("coupon_return")
    with op.batch_alter_table("coupon_use") as batch_op:
        batch_op.drop_index(batch_op.f("ix_coupon_use_organisation_id"))
    op.drop_table("coupon_use")
    op.drop_table("coupon_product")
    op.drop_table("coupon")
    with op.batch_alter_table("vat_check") as batch_op:
        batch_op.drop_index(batch_op.f("ix_vat_check_vat_number"))
    op.drop_table("vat_check")
    op.drop_table("tax_rate")

    add("delivery_method", sa.Column("price_minor", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE delivery_method SET price_minor = COALESCE((SELECT min(delivery_bracket.price_minor) "
        "FROM delivery_bracket JOIN delivery_rate ON delivery_rate.id = delivery_bracket.rate_id "
        "JOIN delivery_zone ON delivery_zone.id = delivery_rate.zone_id "
        "WHERE delivery_rate.method_id = delivery_method.id AND delivery_zone.everywhere_else), 0)"
    )
    with op.batch_alter_table("delivery_method") as batch_op:
        batch_op.create_check_constraint(
            batch_op.f("ck_delivery_method_price_not_negative"), sa.text("price_minor >= 0")
        )
    with op.batch_alter_table("delivery_bracket") as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_bracket_rate_id"))
    op.drop_table("delivery_bracket")
    with op.batch_alter_table("delivery_rate") as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_rate_zone_id"))
    op.drop_table("delivery_rate")
    with op.batch_alter_table("delivery_zone_country") as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_zone_country_zone_id"))
    op.drop_table("delivery_zone_country")
    with op.batch_alter_table("delivery_zone") as batch_op:
        batch_op.drop_index(
            "uq_delivery_zone_one_for_everywhere_else",
            sqlite_where=sa.text("everywhere_else"),
            postgresql_where=sa.text("everywhere_else"),
        )
    op.drop_table("delivery_zone")
