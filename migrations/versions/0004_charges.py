"""Explained charges: discount and cold chain, tax with rate and treatment, shares of lines, exemptions"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

from shop.core.database import ExactDecimal, UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KINDS = "kind IN ('items', 'discount', 'delivery', 'cold_chain', 'tax')"
TREATMENTS = (
    "tax_treatment IN ('standard', 'zero', 'exempt', 'reverse_charge', 'outside_scope', 'not_charged')"
)


def replace_rules(table: str, rules: Mapping[str, str], *, without: Sequence[str] = ()) -> None:
    """Set the named rules of a table and take away others."""
    there = {found["name"] for found in sa.inspect(op.get_bind()).get_check_constraints(table)}
    with op.batch_alter_table(table) as batch_op:
        for name in (*rules, *without):
            if f"ck_{table}_{name}" in there:
                batch_op.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        for name, rule in rules.items():
            batch_op.create_check_constraint(op.f(f"ck_{table}_{name}"), sa.text(rule))


def add(table: str, *columns: sa.Column[object]) -> None:
    """Add columns, filling rows that are there with the default, which the models then do not keep."""
    with op.batch_alter_table(table) as batch_op:
        for column in columns:
            batch_op.add_column(column)
    with op.batch_alter_table(table) as batch_op:
        for column in columns:
            if column.server_default is not None:
                batch_op.alter_column(column.name, server_default=None)


def remove(table: str, *columns: str) -> None:
    """Drop columns."""
    with op.batch_alter_table(table) as batch_op:
        for column in columns:
            batch_op.drop_column(column)


def upgrade() -> None:
    op.create_table(
        "tax_exemption",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("email_domain", sa.String(length=254), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region", sa.String(length=80), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("sent_at", UTCDateTime(), nullable=False),
        sa.Column("sent_by", sa.String(length=254), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "accepted",
                "refused",
                "withdrawn",
                name="state_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reviewed_at", UTCDateTime(), nullable=True),
        sa.Column("reviewed_by", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'waiting') = (reviewed_at IS NULL)",
            name=op.f("ck_tax_exemption_reviewed_when_no_longer_waiting"),
        ),
        sa.CheckConstraint(
            "(reviewed_at IS NULL) = (reviewed_by IS NULL)",
            name=op.f("ck_tax_exemption_a_review_has_a_person"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('refused', 'withdrawn') OR reason <> ''",
            name=op.f("ck_tax_exemption_a_no_has_a_reason"),
        ),
        sa.CheckConstraint("length(country) = 2", name=op.f("ck_tax_exemption_country_is_a_code")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_tax_exemption_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["file_sha256"], ["stored_file.sha256"], name=op.f("fk_tax_exemption_file_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_exemption")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("tax_exemption") as batch_op:
        batch_op.create_index(batch_op.f("ix_tax_exemption_organisation_id"), ["organisation_id"])
        batch_op.create_index(batch_op.f("ix_tax_exemption_state"), ["state"])

    add(
        "order_charge",
        sa.Column("explanation", sa.Text(), nullable=False, server_default=""),
        sa.Column("tax_rate", ExactDecimal(), nullable=True),
        sa.Column("taxable_minor", sa.Integer(), nullable=True),
        sa.Column("tax_treatment", sa.String(length=40), nullable=True),
    )
    op.execute("UPDATE order_charge SET tax_treatment = 'not_charged' WHERE kind = 'tax'")
    replace_rules(
        "order_charge",
        {
            "kind_is_known": KINDS,
            "tax_treatment_is_known": TREATMENTS,
            "only_a_discount_is_negative": (
                "(kind = 'discount' AND amount_minor < 0) OR (kind <> 'discount' AND amount_minor >= 0)"
            ),
            "just_tax_has_a_treatment": "(kind = 'tax') = (tax_treatment IS NOT NULL)",
            "only_the_standard_treatment_charges_tax": (
                "tax_treatment IS NULL OR tax_treatment = 'standard' OR amount_minor = 0"
            ),
        },
        without=["amount_not_negative"],
    )

    add(
        "order_line",
        sa.Column("discount_minor", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tax_minor", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tax_position", sa.Integer(), nullable=True),
    )
    replace_rules(
        "order_line",
        {
            "discount_is_part_of_the_line": "discount_minor >= 0 AND discount_minor <= total_minor",
            "tax_not_negative": "tax_minor >= 0",
        },
    )
    # Orders of earlier releases bore no tax; their one tax charge says so.
    op.execute(
        "UPDATE order_line SET tax_position = (SELECT position FROM order_charge "
        "WHERE order_charge.order_id = order_line.order_id AND order_charge.kind = 'tax')"
    )

    add(
        "sales_order",
        sa.Column("vat_number", sa.String(length=20), nullable=False, server_default=""),
        sa.Column("exemption_id", sa.Integer(), nullable=True),
    )
    with op.batch_alter_table("sales_order") as batch_op:
        batch_op.create_index(batch_op.f("ix_sales_order_exemption_id"), ["exemption_id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_sales_order_exemption_id_tax_exemption"), "tax_exemption", ["exemption_id"], ["id"]
        )

    add("vial_size", sa.Column("weight_g", sa.Integer(), nullable=False, server_default="15"))
    replace_rules("vial_size", {"weight_is_positive": "weight_g > 0"})
    add("product", sa.Column("tax_class", sa.String(length=40), nullable=False, server_default="standard"))


def downgrade() -> None:
    """Take the shop back; orders with a discount or a cold-chain charge refuse, because they could not be told."""
    remove("product", "tax_class")
    replace_rules("vial_size", {}, without=["weight_is_positive"])
    remove("vial_size", "weight_g")
    with op.batch_alter_table("sales_order") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_sales_order_exemption_id_tax_exemption"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_sales_order_exemption_id"))
    remove("sales_order", "vat_number", "exemption_id")
    replace_rules("order_line", {}, without=["discount_is_part_of_the_line", "tax_not_negative"])
    remove("order_line", "discount_minor", "tax_minor", "tax_position")
    replace_rules(
        "order_charge",
        {"kind_is_known": "kind IN ('items', 'delivery', 'tax')", "amount_not_negative": "amount_minor >= 0"},
        without=[
            "tax_treatment_is_known",
            "only_a_discount_is_negative",
            "just_tax_has_a_treatment",
            "only_the_standard_treatment_charges_tax",
        ],
    )
    remove("order_charge", "explanation", "tax_rate", "taxable_minor", "tax_treatment")
    with op.batch_alter_table("tax_exemption") as batch_op:
        batch_op.drop_index(batch_op.f("ix_tax_exemption_state"))
        batch_op.drop_index(batch_op.f("ix_tax_exemption_organisation_id"))
    op.drop_table("tax_exemption")
