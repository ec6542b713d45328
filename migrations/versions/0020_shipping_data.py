"""What carriers and customs ask of a product, and when parcels arrived"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database import UTCDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "product_shipping",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column(
            "ship_condition",
            sa.Enum(
                "ambient",
                "cold_pack",
                "dry_ice",
                name="ship_condition_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("hs_code", sa.String(length=10), nullable=False),
        sa.Column("origin_country", sa.String(length=2), nullable=False),
        sa.Column("customs_description", sa.String(length=200), nullable=False),
        sa.Column("export_classification", sa.String(length=60), nullable=False),
        sa.Column("export_note", sa.Text(), nullable=False),
        sa.Column("vial_gross_mg", sa.Integer(), nullable=True),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "hs_code = '' OR length(hs_code) BETWEEN 6 AND 10",
            name=op.f("ck_product_shipping_hs_code_has_6_to_10_digits"),
        ),
        sa.CheckConstraint(
            "origin_country = '' OR length(origin_country) = 2",
            name=op.f("ck_product_shipping_origin_is_a_country_code"),
        ),
        sa.CheckConstraint(
            "vial_gross_mg IS NULL OR vial_gross_mg > 0",
            name=op.f("ck_product_shipping_weight_is_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_product_shipping_product_id_product")
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_shipping")),
    )
    op.create_table(
        "parcel_arrival",
        sa.Column("shipment_id", sa.Integer(), nullable=False),
        sa.Column("delivered_on", sa.Date(), nullable=False),
        sa.Column("told_by", sa.String(length=200), nullable=False),
        sa.Column("told_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipment.id"], name=op.f("fk_parcel_arrival_shipment_id_shipment")
        ),
        sa.PrimaryKeyConstraint("shipment_id", name=op.f("pk_parcel_arrival")),
    )
    op.execute(
        "INSERT INTO role_permission (role_id, permission) "
        "SELECT id, 'products.shipping' FROM role WHERE code IN ('warehouse', 'quality')"
    )


def downgrade() -> None:
    op.execute("DELETE FROM role_permission WHERE permission = 'products.shipping'")
    op.drop_table("parcel_arrival")
    op.drop_table("product_shipping")
