"""The house: every table of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database import ExactDecimal, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attestation_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("record_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_attestation_head_there_is_one_head")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attestation_head")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_subject"), ["subject"], unique=False)

    op.create_table(
        "cart",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart")),
    )
    with op.batch_alter_table("cart", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cart_changed_at"), ["changed_at"], unique=False)

    op.create_table(
        "category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=3), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("code", name=op.f("uq_category_code")),
        sa.UniqueConstraint("position", name=op.f("uq_category_position")),
        sa.UniqueConstraint("slug", name=op.f("uq_category_slug")),
    )
    op.create_table(
        "delivery_method",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("carrier", sa.String(length=80), nullable=False),
        sa.Column("price_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_delivery_method_price_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_method")),
        sa.UniqueConstraint("code", name=op.f("uq_delivery_method_code")),
    )
    op.create_table(
        "destination",
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.PrimaryKeyConstraint("country", name=op.f("pk_destination")),
    )
    op.create_table(
        "laboratory",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column(
            "relation",
            sa.Enum(
                "independent",
                "affiliate",
                "seller",
                "manufacturer",
                name="relation_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_laboratory")),
        sa.UniqueConstraint("name", name=op.f("uq_laboratory_name")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("name_key", name=op.f("uq_organisation_name_key")),
    )
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", UTCDateTime(), nullable=True),
        sa.Column("sent_at", UTCDateTime(), nullable=True),
        sa.Column("dead_at", UTCDateTime(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_outbox_message_attempts_not_negative")),
        sa.CheckConstraint(
            "sent_at IS NULL OR dead_at IS NULL", name=op.f("ck_outbox_message_sent_or_dead_not_both")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_message_key")),
    )
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_message_due_at"), ["due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_message_subject"), ["subject"], unique=False)

    op.create_table(
        "role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("code", name=op.f("uq_role_code")),
    )
    op.create_table(
        "staff_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("failed_sign_ins", sa.Integer(), nullable=False),
        sa.Column("blocked_until", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_member")),
        sa.UniqueConstraint("email_key", name=op.f("uq_staff_member_email_key")),
    )
    op.create_table(
        "statement_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("in_force_from", UTCDateTime(), nullable=False),
        sa.Column("preamble", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_version")),
        sa.UniqueConstraint("code", name=op.f("uq_statement_version_code")),
        sa.UniqueConstraint("in_force_from", name=op.f("uq_statement_version_in_force_from")),
    )
    op.create_table(
        "stored_file",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("stored_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_stored_file_sha256_has_64_characters")),
        sa.CheckConstraint("size > 0", name=op.f("ck_stored_file_size_is_positive")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_stored_file")),
    )
    op.create_table(
        "webhook_event",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=120), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_event")),
    )
    op.create_table(
        "attestation_record",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "confirmed",
                "not_confirmed",
                name="outcome_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("order_reference", sa.String(length=40), nullable=True),
        sa.Column("rendered_text", sa.Text(), nullable=False),
        sa.Column("rendered_sha256", sa.String(length=64), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(length=80), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("signed_at", UTCDateTime(), nullable=False),
        sa.Column("signer_commitment", sa.String(length=64), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("record_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'confirmed' AND order_reference IS NOT NULL) OR (outcome = 'not_confirmed' AND order_reference IS NULL)",
            name=op.f("ck_attestation_record_only_a_confirmed_statement_has_an_order"),
        ),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_attestation_record_chain_counts_from_one")),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["statement_version.id"],
            name=op.f("fk_attestation_record_version_id_statement_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attestation_record")),
        sa.UniqueConstraint("order_reference", name=op.f("uq_attestation_record_order_reference")),
        sa.UniqueConstraint("previous_hash", name=op.f("uq_attestation_record_previous_hash")),
        sa.UniqueConstraint("record_hash", name=op.f("uq_attestation_record_record_hash")),
        sa.UniqueConstraint("sequence", name=op.f("uq_attestation_record_sequence")),
    )
    with op.batch_alter_table("attestation_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attestation_record_signed_at"), ["signed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_attestation_record_version_id"), ["version_id"], unique=False)

    op.create_table(
        "checkout_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("cart_id", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("address_line1", sa.String(length=120), nullable=False),
        sa.Column("address_line2", sa.String(length=120), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=80), nullable=False),
        sa.Column("postcode", sa.String(length=20), nullable=False),
        sa.Column("goods_in", sa.String(length=200), nullable=False),
        sa.Column("delivery_method", sa.String(length=40), nullable=False),
        sa.Column("statement_version_id", sa.Integer(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(length=80), nullable=False),
        sa.Column("signer_role", sa.String(length=120), nullable=False),
        sa.Column("signature", sa.String(length=120), nullable=False),
        sa.Column("answered_about", sa.String(length=64), nullable=False),
        sa.Column("declined_about", sa.String(length=64), nullable=False),
        sa.Column(
            "payment_method",
            sa.Enum(
                "card",
                "purchase_order",
                name="payment_method_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("po_number", sa.String(length=60), nullable=False),
        sa.Column("po_file_sha256", sa.String(length=64), nullable=True),
        sa.Column("po_file_name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["cart_id"], ["cart.id"], name=op.f("fk_checkout_draft_cart_id_cart")),
        sa.ForeignKeyConstraint(
            ["po_file_sha256"],
            ["stored_file.sha256"],
            name=op.f("fk_checkout_draft_po_file_sha256_stored_file"),
        ),
        sa.ForeignKeyConstraint(
            ["statement_version_id"],
            ["statement_version.id"],
            name=op.f("fk_checkout_draft_statement_version_id_statement_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkout_draft")),
        sa.UniqueConstraint("token", name=op.f("uq_checkout_draft_token")),
    )
    with op.batch_alter_table("checkout_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_checkout_draft_cart_id"), ["cart_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_checkout_draft_changed_at"), ["changed_at"], unique=False)

    op.create_table(
        "compound",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "defined_peptide",
                "mixture",
                name="kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("substance_class", sa.String(length=200), nullable=False),
        sa.Column("sequence", sa.String(length=200), nullable=True),
        sa.Column("n_terminus", sa.String(length=10), nullable=False),
        sa.Column("c_terminus", sa.String(length=10), nullable=False),
        sa.Column("disulfides", sa.JSON(), nullable=False),
        sa.Column("metal", sa.String(length=2), nullable=True),
        sa.Column("cas", sa.String(length=12), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'defined_peptide' AND sequence IS NOT NULL) OR (kind = 'mixture' AND sequence IS NULL)",
            name=op.f("ck_compound_only_a_defined_peptide_has_a_sequence"),
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_compound_category_id_category")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compound")),
        sa.UniqueConstraint("cas", name=op.f("uq_compound_cas")),
        sa.UniqueConstraint("slug", name=op.f("uq_compound_slug")),
    )
    with op.batch_alter_table("compound", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_compound_category_id"), ["category_id"], unique=False)

    op.create_table(
        "role_permission",
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("permission", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_role_permission_role_id_role")),
        sa.PrimaryKeyConstraint("role_id", "permission", name=op.f("pk_role_permission")),
    )
    op.create_table(
        "staff_role",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_staff_role_role_id_role")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_staff_role_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("staff_id", "role_id", name=op.f("pk_staff_role")),
    )
    op.create_table(
        "statement_clause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("heading", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint("position >= 1", name=op.f("ck_statement_clause_clauses_count_from_one")),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["statement_version.id"],
            name=op.f("fk_statement_clause_version_id_statement_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_clause")),
        sa.UniqueConstraint("version_id", "position", name=op.f("uq_statement_clause_version_id_position")),
    )
    with op.batch_alter_table("statement_clause", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_clause_version_id"), ["version_id"], unique=False)

    op.create_table(
        "web_session",
        sa.Column("key_sha256", sa.String(length=64), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_web_session_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("key_sha256", name=op.f("pk_web_session")),
    )
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_web_session_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_web_session_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "attestation_signer",
        sa.Column("record_id", sa.String(length=26), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("typed_name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=120), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("delivery_address", sa.Text(), nullable=False),
        sa.Column("ip_address", sa.String(length=45), nullable=False),
        sa.Column("user_agent", sa.String(length=400), nullable=False),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["attestation_record.id"],
            name=op.f("fk_attestation_signer_record_id_attestation_record"),
        ),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_attestation_signer")),
    )
    op.create_table(
        "compound_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("compound_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["compound_id"], ["compound.id"], name=op.f("fk_compound_name_compound_id_compound")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compound_name")),
        sa.UniqueConstraint("compound_id", "name", name=op.f("uq_compound_name_compound_id_name")),
    )
    with op.batch_alter_table("compound_name", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_compound_name_compound_id"), ["compound_id"], unique=False)

    op.create_table(
        "compound_property",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("compound_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "published",
                "shop_specification",
                "computed",
                "not_seen",
                name="status_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["compound_id"], ["compound.id"], name=op.f("fk_compound_property_compound_id_compound")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compound_property")),
        sa.UniqueConstraint("compound_id", "name", name=op.f("uq_compound_property_compound_id_name")),
    )
    with op.batch_alter_table("compound_property", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_compound_property_compound_id"), ["compound_id"], unique=False)

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

    op.create_table(
        "monograph",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("compound_id", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["compound_id"], ["compound.id"], name=op.f("fk_monograph_compound_id_compound")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monograph")),
        sa.UniqueConstraint("compound_id", name=op.f("uq_monograph_compound_id")),
    )
    op.create_table(
        "product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("compound_id", sa.Integer(), nullable=False),
        sa.Column("catalogue_number", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("label_name", sa.String(length=40), nullable=False),
        sa.Column("label_code", sa.String(length=8), nullable=False),
        sa.Column("subtitle", sa.String(length=200), nullable=False),
        sa.Column("form", sa.String(length=80), nullable=False),
        sa.Column("salt_form", sa.String(length=80), nullable=False),
        sa.Column(
            "amount_basis",
            sa.Enum(
                "net_peptide",
                "gross",
                name="amount_basis_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("appearance", sa.String(length=120), nullable=False),
        sa.Column("container", sa.String(length=120), nullable=False),
        sa.Column("solubility", sa.Text(), nullable=False),
        sa.Column("storage_dry", sa.Text(), nullable=False),
        sa.Column("storage_solution", sa.Text(), nullable=False),
        sa.Column("storage_label", sa.String(length=40), nullable=False),
        sa.Column("handling_note", sa.Text(), nullable=True),
        sa.Column("shipping_note", sa.Text(), nullable=False),
        sa.Column(
            "storage_zone",
            sa.Enum(
                "freezer",
                "cold_room",
                "ambient",
                name="storage_zone_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("cold_chain", sa.Boolean(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["compound_id"], ["compound.id"], name=op.f("fk_product_compound_id_compound")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("catalogue_number", name=op.f("uq_product_catalogue_number")),
        sa.UniqueConstraint("slug", name=op.f("uq_product_slug")),
    )
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_product_compound_id"), ["compound_id"], unique=False)

    op.create_table(
        "sales_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=26), nullable=False),
        sa.Column("draft_token", sa.String(length=43), nullable=False),
        sa.Column("cart_id", sa.Integer(), nullable=True),
        sa.Column("attestation_id", sa.String(length=26), nullable=False),
        sa.Column("placed_at", UTCDateTime(), nullable=False),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("address_line1", sa.String(length=120), nullable=False),
        sa.Column("address_line2", sa.String(length=120), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=80), nullable=False),
        sa.Column("postcode", sa.String(length=20), nullable=False),
        sa.Column("goods_in", sa.String(length=200), nullable=False),
        sa.Column("delivery_name", sa.String(length=80), nullable=False),
        sa.Column("planned_ship_on", sa.Date(), nullable=False),
        sa.Column(
            "payment_method",
            sa.Enum(
                "card",
                "purchase_order",
                name="payment_method_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("po_number", sa.String(length=60), nullable=False),
        sa.Column("po_file_sha256", sa.String(length=64), nullable=True),
        sa.Column("po_file_name", sa.String(length=120), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.Integer(), nullable=False),
        sa.Column(
            "payment_state",
            sa.Enum(
                "due",
                "authorised",
                "paid",
                "on_account",
                "part_refunded",
                "refunded",
                "not_payable",
                name="payment_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "review_state",
            sa.Enum(
                "passed",
                "waiting",
                "approved",
                "refused",
                "needs_decision",
                name="review_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "fulfilment_state",
            sa.Enum(
                "held",
                "to_pick",
                "packed",
                "shipped",
                "cancelled",
                name="fulfilment_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("held_until", UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "payment_method <> 'purchase_order' OR po_number <> ''",
            name=op.f("ck_sales_order_a_purchase_order_has_a_number"),
        ),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_sales_order_currency_is_a_code")),
        sa.CheckConstraint("total_minor > 0", name=op.f("ck_sales_order_total_is_positive")),
        sa.ForeignKeyConstraint(
            ["attestation_id"],
            ["attestation_record.id"],
            name=op.f("fk_sales_order_attestation_id_attestation_record"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["cart_id"], ["cart.id"], name=op.f("fk_sales_order_cart_id_cart"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_sales_order_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["po_file_sha256"], ["stored_file.sha256"], name=op.f("fk_sales_order_po_file_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_order")),
        sa.UniqueConstraint("attestation_id", name=op.f("uq_sales_order_attestation_id")),
        sa.UniqueConstraint("draft_token", name=op.f("uq_sales_order_draft_token")),
        sa.UniqueConstraint("reference", name=op.f("uq_sales_order_reference")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("sales_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sales_order_email"), ["email"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_sales_order_fulfilment_state"), ["fulfilment_state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_sales_order_held_until"), ["held_until"], unique=False)
        batch_op.create_index(batch_op.f("ix_sales_order_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sales_order_placed_at"), ["placed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sales_order_planned_ship_on"), ["planned_ship_on"], unique=False)

    op.create_table(
        "monograph_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("monograph_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("standfirst", sa.Text(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "favourable",
                "mixed",
                "uncertain",
                "no_benefit",
                "preclinical_only",
                name="verdict_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("change_note", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("verified_by", sa.String(length=120), nullable=False),
        sa.Column("published_at", UTCDateTime(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_monograph_revision_versions_count_from_one")),
        sa.CheckConstraint(
            "verified_by <> author", name=op.f("ck_monograph_revision_verified_by_another_person")
        ),
        sa.ForeignKeyConstraint(
            ["monograph_id"], ["monograph.id"], name=op.f("fk_monograph_revision_monograph_id_monograph")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monograph_revision")),
        sa.UniqueConstraint("monograph_id", "number", name=op.f("uq_monograph_revision_monograph_id_number")),
    )
    with op.batch_alter_table("monograph_revision", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_monograph_revision_monograph_id"), ["monograph_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_monograph_revision_published_at"), ["published_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_monograph_revision_verdict"), ["verdict"], unique=False)

    op.create_table(
        "order_charge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "items",
                "delivery",
                "tax",
                name="kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("label", sa.String(length=160), nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_order_charge_amount_not_negative")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_order_charge_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_charge")),
        sa.UniqueConstraint("order_id", "position", name=op.f("uq_order_charge_order_id_position")),
    )
    with op.batch_alter_table("order_charge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_charge_order_id"), ["order_id"], unique=False)

    op.create_table(
        "order_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("axis", sa.String(length=20), nullable=True),
        sa.Column("from_state", sa.String(length=40), nullable=True),
        sa.Column("to_state", sa.String(length=40), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(axis IS NULL AND from_state IS NULL AND to_state IS NULL) OR (axis IS NOT NULL AND to_state IS NOT NULL)",
            name=op.f("ck_order_event_a_state_change_names_axis_and_state"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_order_event_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_event")),
    )
    with op.batch_alter_table("order_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_event_order_id"), ["order_id"], unique=False)

    op.create_table(
        "payment_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=26), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "open",
                "processing",
                "authorised",
                "succeeded",
                "failed",
                "expired",
                name="state_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("capture", sa.String(length=10), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("stripe_session", sa.String(length=120), nullable=True),
        sa.Column("stripe_payment_intent", sa.String(length=120), nullable=True),
        sa.Column("page_url", sa.Text(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("settled_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "capture IN ('automatic', 'manual')", name=op.f("ck_payment_attempt_capture_is_known")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_attempt_amount_is_positive")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_payment_attempt_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_attempt")),
        sa.UniqueConstraint("key", name=op.f("uq_payment_attempt_key")),
        sa.UniqueConstraint("stripe_payment_intent", name=op.f("uq_payment_attempt_stripe_payment_intent")),
        sa.UniqueConstraint("stripe_session", name=op.f("uq_payment_attempt_stripe_session")),
    )
    with op.batch_alter_table("payment_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_attempt_order_id"), ["order_id"], unique=False)
        batch_op.create_index(
            "uq_payment_attempt_one_open_per_order",
            ["order_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('created', 'open', 'processing')"),
            postgresql_where=sa.text("state IN ('created', 'open', 'processing')"),
        )

    op.create_table(
        "required_test",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("attribute", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("method", sa.String(length=120), nullable=False),
        sa.Column(
            "limit_kind",
            sa.Enum(
                "at_least",
                "at_most",
                "between",
                "mass_within",
                "conforms",
                "report",
                name="limit_kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("limit_text", sa.String(length=120), nullable=False),
        sa.Column("lower", ExactDecimal(), nullable=True),
        sa.Column("upper", ExactDecimal(), nullable=True),
        sa.Column("tolerance", ExactDecimal(), nullable=True),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "limit_kind <> 'at_least' OR lower IS NOT NULL",
            name=op.f("ck_required_test_at_least_needs_a_lower_limit"),
        ),
        sa.CheckConstraint(
            "limit_kind <> 'at_most' OR upper IS NOT NULL",
            name=op.f("ck_required_test_at_most_needs_an_upper_limit"),
        ),
        sa.CheckConstraint(
            "limit_kind <> 'between' OR (lower IS NOT NULL AND upper IS NOT NULL)",
            name=op.f("ck_required_test_between_needs_two_limits"),
        ),
        sa.CheckConstraint(
            "limit_kind <> 'mass_within' OR tolerance IS NOT NULL",
            name=op.f("ck_required_test_mass_within_needs_a_tolerance"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_required_test_product_id_product")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_required_test")),
        sa.UniqueConstraint("product_id", "attribute", name=op.f("uq_required_test_product_id_attribute")),
        sa.UniqueConstraint("product_id", "position", name=op.f("uq_required_test_product_id_position")),
    )
    with op.batch_alter_table("required_test", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_required_test_product_id"), ["product_id"], unique=False)

    op.create_table(
        "shipment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.String(length=80), nullable=False),
        sa.Column("tracking", sa.String(length=80), nullable=False),
        sa.Column("shipped_at", UTCDateTime(), nullable=False),
        sa.Column("shipped_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_shipment_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment")),
    )
    with op.batch_alter_table("shipment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shipment_order_id"), ["order_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_shipment_shipped_at"), ["shipped_at"], unique=False)

    op.create_table(
        "vial_size",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(length=30), nullable=False),
        sa.Column("amount", ExactDecimal(), nullable=False),
        sa.Column("amount_unit", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("fill_height", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_vial_size_product_id_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vial_size")),
        sa.UniqueConstraint(
            "product_id", "amount", "amount_unit", name=op.f("uq_vial_size_product_id_amount_amount_unit")
        ),
        sa.UniqueConstraint("product_id", "position", name=op.f("uq_vial_size_product_id_position")),
        sa.UniqueConstraint("sku", name=op.f("uq_vial_size_sku")),
    )
    with op.batch_alter_table("vial_size", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vial_size_product_id"), ["product_id"], unique=False)

    op.create_table(
        "cart_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cart_id", sa.Integer(), nullable=False),
        sa.Column("vial_size_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_minor_seen", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_cart_line_quantity_is_positive")),
        sa.ForeignKeyConstraint(
            ["cart_id"], ["cart.id"], name=op.f("fk_cart_line_cart_id_cart"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["vial_size_id"], ["vial_size.id"], name=op.f("fk_cart_line_vial_size_id_vial_size")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_line")),
        sa.UniqueConstraint("cart_id", "vial_size_id", name=op.f("uq_cart_line_cart_id_vial_size_id")),
    )
    with op.batch_alter_table("cart_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cart_line_cart_id"), ["cart_id"], unique=False)

    op.create_table(
        "lot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("vial_size_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "quarantine",
                "released",
                "on_hold",
                "rejected",
                "recalled",
                name="state_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("manufacturer", sa.String(length=120), nullable=False),
        sa.Column("manufactured_on", sa.Date(), nullable=False),
        sa.Column("filled_on", sa.Date(), nullable=False),
        sa.Column("retest_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("removal_on", sa.Date(), nullable=False),
        sa.Column("vials_filled", sa.Integer(), nullable=False),
        sa.Column("bin", sa.String(length=20), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("allocated", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("allocated >= 0", name=op.f("ck_lot_allocated_not_negative")),
        sa.CheckConstraint(
            "expires_on IS NULL OR expires_on > filled_on", name=op.f("ck_lot_expiry_after_filling")
        ),
        sa.CheckConstraint("filled_on >= manufactured_on", name=op.f("ck_lot_filled_after_manufacture")),
        sa.CheckConstraint("number = upper(number)", name=op.f("ck_lot_lot_number_in_capitals")),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_lot_on_hand_not_negative")),
        sa.CheckConstraint(
            "reserved + allocated <= on_hand", name=op.f("ck_lot_no_more_promised_than_on_hand")
        ),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_lot_reserved_not_negative")),
        sa.CheckConstraint(
            "retest_on IS NOT NULL OR expires_on IS NOT NULL",
            name=op.f("ck_lot_a_retest_or_expiry_date_is_set"),
        ),
        sa.CheckConstraint(
            "retest_on IS NULL OR retest_on > filled_on", name=op.f("ck_lot_retest_after_filling")
        ),
        sa.CheckConstraint("vials_filled > 0", name=op.f("ck_lot_some_vials_were_filled")),
        sa.ForeignKeyConstraint(
            ["vial_size_id"], ["vial_size.id"], name=op.f("fk_lot_vial_size_id_vial_size")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint("number", name=op.f("uq_lot_number")),
    )
    with op.batch_alter_table("lot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lot_vial_size_id"), ["vial_size_id"], unique=False)

    op.create_table(
        "order_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("vial_size_id", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(length=30), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_minor", sa.Integer(), nullable=False),
        sa.Column("total_minor", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_order_line_quantity_is_positive")),
        sa.CheckConstraint(
            "total_minor = quantity * unit_minor",
            name=op.f("ck_order_line_line_total_is_quantity_times_price"),
        ),
        sa.CheckConstraint("unit_minor > 0", name=op.f("ck_order_line_price_is_positive")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_order_line_order_id_sales_order")
        ),
        sa.ForeignKeyConstraint(
            ["vial_size_id"], ["vial_size.id"], name=op.f("fk_order_line_vial_size_id_vial_size")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
        sa.UniqueConstraint("order_id", "position", name=op.f("uq_order_line_order_id_position")),
    )
    with op.batch_alter_table("order_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_line_order_id"), ["order_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_order_line_vial_size_id"), ["vial_size_id"], unique=False)

    op.create_table(
        "price",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vial_size_id", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("from_quantity", sa.Integer(), nullable=False),
        sa.Column("unit_minor", sa.Integer(), nullable=False),
        sa.CheckConstraint("from_quantity >= 1", name=op.f("ck_price_quantity_tier_starts_at_one_or_more")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_price_currency_is_a_code")),
        sa.CheckConstraint("unit_minor > 0", name=op.f("ck_price_price_is_positive")),
        sa.ForeignKeyConstraint(
            ["vial_size_id"], ["vial_size.id"], name=op.f("fk_price_vial_size_id_vial_size")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price")),
        sa.UniqueConstraint(
            "vial_size_id",
            "currency",
            "from_quantity",
            name=op.f("uq_price_vial_size_id_currency_from_quantity"),
        ),
    )
    with op.batch_alter_table("price", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_price_vial_size_id"), ["vial_size_id"], unique=False)

    op.create_table(
        "refund",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=26), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "pending",
                "succeeded",
                "failed",
                name="state_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.String(length=200), nullable=False),
        sa.Column("stripe_refund", sa.String(length=120), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("settled_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_amount_is_positive")),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["payment_attempt.id"], name=op.f("fk_refund_attempt_id_payment_attempt")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_refund_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("key", name=op.f("uq_refund_key")),
        sa.UniqueConstraint("stripe_refund", name=op.f("uq_refund_stripe_refund")),
    )
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refund_attempt_id"), ["attempt_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_refund_order_id"), ["order_id"], unique=False)

    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("doi", sa.String(length=200), nullable=True),
        sa.Column("pmid", sa.String(length=20), nullable=True),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["monograph_revision.id"], name=op.f("fk_source_revision_id_monograph_revision")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("revision_id", "key", name=op.f("uq_source_revision_id_key")),
        sa.UniqueConstraint("revision_id", "position", name=op.f("uq_source_revision_id_position")),
    )
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_source_doi"), ["doi"], unique=False)
        batch_op.create_index(batch_op.f("ix_source_pmid"), ["pmid"], unique=False)
        batch_op.create_index(batch_op.f("ix_source_revision_id"), ["revision_id"], unique=False)

    op.create_table(
        "certificate_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("laboratory_id", sa.Integer(), nullable=False),
        sa.Column("report_number", sa.String(length=60), nullable=False),
        sa.Column(
            "drawn_by",
            sa.Enum(
                "seller",
                "laboratory",
                "manufacturer",
                name="drawn_by_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("tested_from", sa.Date(), nullable=False),
        sa.Column("tested_to", sa.Date(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("authorised_by", sa.String(length=120), nullable=False),
        sa.Column("not_tested", sa.Text(), nullable=False),
        sa.Column("document_sha256", sa.String(length=64), nullable=False),
        sa.Column("chromatogram_sha256", sa.String(length=64), nullable=True),
        sa.Column("chromatogram_conditions", sa.Text(), nullable=True),
        sa.Column("uploaded_by", sa.String(length=200), nullable=False),
        sa.Column("uploaded_at", UTCDateTime(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=200), nullable=True),
        sa.Column("published_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "(published_at IS NULL) = (confirmed_by IS NULL)",
            name=op.f("ck_certificate_revision_published_only_when_a_second_person_confirmed"),
        ),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR confirmed_by <> uploaded_by",
            name=op.f("ck_certificate_revision_confirmed_by_another_person"),
        ),
        sa.CheckConstraint(
            "issued_on >= tested_to", name=op.f("ck_certificate_revision_issued_after_testing")
        ),
        sa.CheckConstraint(
            "revision = 1 OR reason IS NOT NULL",
            name=op.f("ck_certificate_revision_a_correction_has_a_reason"),
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_certificate_revision_revisions_count_from_one")),
        sa.CheckConstraint(
            "tested_from >= received_on", name=op.f("ck_certificate_revision_tested_after_receipt")
        ),
        sa.CheckConstraint(
            "tested_to >= tested_from", name=op.f("ck_certificate_revision_testing_ends_after_it_begins")
        ),
        sa.ForeignKeyConstraint(
            ["chromatogram_sha256"],
            ["stored_file.sha256"],
            name=op.f("fk_certificate_revision_chromatogram_sha256_stored_file"),
        ),
        sa.ForeignKeyConstraint(
            ["document_sha256"],
            ["stored_file.sha256"],
            name=op.f("fk_certificate_revision_document_sha256_stored_file"),
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"],
            ["laboratory.id"],
            name=op.f("fk_certificate_revision_laboratory_id_laboratory"),
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_certificate_revision_lot_id_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_revision")),
        sa.UniqueConstraint("lot_id", "revision", name=op.f("uq_certificate_revision_lot_id_revision")),
    )
    with op.batch_alter_table("certificate_revision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_revision_lot_id"), ["lot_id"], unique=False)

    op.create_table(
        "evidence_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.String(length=80), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column(
            "design",
            sa.Enum(
                "rct",
                "meta_analysis",
                "systematic_review",
                "cohort",
                "controlled_non_randomised",
                "uncontrolled_human",
                "imaging",
                "animal",
                "in_vitro",
                "registry",
                "other",
                name="design_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "species",
            sa.Enum(
                "human",
                "animal",
                "in_vitro",
                name="species_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "measure",
            sa.Enum(
                "md",
                "smd",
                "rr",
                "or",
                "hr",
                "rd",
                "mann_whitney",
                "proportion",
                "mean",
                "count",
                "concentration",
                "other",
                "none",
                name="measure_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "direction",
            sa.Enum(
                "favours_compound",
                "favours_control",
                "neutral",
                "mixed",
                "descriptive",
                "harm_model",
                name="direction_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "verified",
                "secondary",
                "seed",
                "computed",
                name="status_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["monograph_revision.id"],
            name=op.f("fk_evidence_row_revision_id_monograph_revision"),
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_evidence_row_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_row")),
        sa.UniqueConstraint("revision_id", "position", name=op.f("uq_evidence_row_revision_id_position")),
        sa.UniqueConstraint("revision_id", "record_id", name=op.f("uq_evidence_row_revision_id_record_id")),
    )
    with op.batch_alter_table("evidence_row", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_row_revision_id"), ["revision_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_evidence_row_source_id"), ["source_id"], unique=False)

    op.create_table(
        "lot_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column(
            "from_state",
            sa.Enum(
                "quarantine",
                "released",
                "on_hold",
                "rejected",
                "recalled",
                name="from_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "to_state",
            sa.Enum(
                "quarantine",
                "released",
                "on_hold",
                "rejected",
                "recalled",
                name="to_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_lot_event_lot_id_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_event")),
    )
    with op.batch_alter_table("lot_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lot_event_lot_id"), ["lot_id"], unique=False)

    op.create_table(
        "stock_movement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "receive",
                "reserve",
                "release",
                "allocate",
                "unallocate",
                "ship",
                "adjust",
                "write_off",
                name="kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("on_hand_change", sa.Integer(), nullable=False),
        sa.Column("reserved_change", sa.Integer(), nullable=False),
        sa.Column("allocated_change", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=120), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'receive' AND on_hand_change = quantity * 1 AND reserved_change = quantity * 0 AND allocated_change = quantity * 0) OR (kind = 'reserve' AND on_hand_change = quantity * 0 AND reserved_change = quantity * 1 AND allocated_change = quantity * 0) OR (kind = 'release' AND on_hand_change = quantity * 0 AND reserved_change = quantity * -1 AND allocated_change = quantity * 0) OR (kind = 'allocate' AND on_hand_change = quantity * 0 AND reserved_change = quantity * -1 AND allocated_change = quantity * 1) OR (kind = 'unallocate' AND on_hand_change = quantity * 0 AND reserved_change = quantity * 0 AND allocated_change = quantity * -1) OR (kind = 'ship' AND on_hand_change = quantity * -1 AND reserved_change = quantity * 0 AND allocated_change = quantity * -1) OR (kind = 'adjust' AND on_hand_change = quantity * 1 AND reserved_change = quantity * 0 AND allocated_change = quantity * 0) OR (kind = 'write_off' AND on_hand_change = quantity * -1 AND reserved_change = quantity * 0 AND allocated_change = quantity * 0)",
            name=op.f("ck_stock_movement_changes_follow_from_the_kind"),
        ),
        sa.CheckConstraint(
            "quantity > 0 OR kind = 'adjust'", name=op.f("ck_stock_movement_quantity_is_positive")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_stock_movement_lot_id_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movement")),
        sa.UniqueConstraint("cause", "line", "lot_id", "kind", name="uq_stock_movement_once_per_cause"),
    )
    with op.batch_alter_table("stock_movement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stock_movement_lot_id"), ["lot_id"], unique=False)

    op.create_table(
        "certificate_test",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("attribute", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("method", sa.String(length=120), nullable=False),
        sa.Column(
            "limit_kind",
            sa.Enum(
                "at_least",
                "at_most",
                "between",
                "mass_within",
                "conforms",
                "report",
                name="limit_kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("limit_text", sa.String(length=120), nullable=False),
        sa.Column("lower", ExactDecimal(), nullable=True),
        sa.Column("upper", ExactDecimal(), nullable=True),
        sa.Column("tolerance", ExactDecimal(), nullable=True),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("result_text", sa.String(length=120), nullable=True),
        sa.Column("result_number", ExactDecimal(), nullable=True),
        sa.Column("charge", sa.Integer(), nullable=False),
        sa.Column("mass_type", sa.String(length=20), nullable=True),
        sa.Column("theoretical_mass", ExactDecimal(), nullable=True),
        sa.Column(
            "conclusion",
            sa.Enum(
                "meets",
                "fails",
                "reported",
                "not_tested",
                name="conclusion_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(conclusion = 'not_tested') = (result_text IS NULL)",
            name=op.f("ck_certificate_test_a_tested_attribute_has_a_result"),
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["certificate_revision.id"],
            name=op.f("fk_certificate_test_revision_id_certificate_revision"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_test")),
        sa.UniqueConstraint(
            "revision_id",
            "attribute",
            "charge",
            name=op.f("uq_certificate_test_revision_id_attribute_charge"),
        ),
        sa.UniqueConstraint("revision_id", "position", name=op.f("uq_certificate_test_revision_id_position")),
    )
    with op.batch_alter_table("certificate_test", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_test_revision_id"), ["revision_id"], unique=False)

    op.create_table(
        "reservation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("certificate_revision_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "held",
                "allocated",
                "shipped",
                "released",
                name="state_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("picked_at", UTCDateTime(), nullable=True),
        sa.Column("picked_by", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "picked_at IS NULL OR state IN ('allocated', 'shipped', 'released')",
            name=op.f("ck_reservation_only_allocated_vials_are_picked"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservation_quantity_is_positive")),
        sa.ForeignKeyConstraint(
            ["certificate_revision_id"],
            ["certificate_revision.id"],
            name=op.f("fk_reservation_certificate_revision_id_certificate_revision"),
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_reservation_lot_id_lot")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_reservation_order_line_id_order_line")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
    )
    with op.batch_alter_table("reservation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reservation_lot_id"), ["lot_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reservation_order_line_id"), ["order_line_id"], unique=False)
        batch_op.create_index(
            "uq_reservation_one_live_per_line_and_lot",
            ["order_line_id", "lot_id"],
            unique=True,
            sqlite_where=sa.text("state <> 'released'"),
            postgresql_where=sa.text("state <> 'released'"),
        )

    op.create_table(
        "shipment_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shipment_id", sa.Integer(), nullable=False),
        sa.Column("reservation_id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shipment_line_quantity_is_positive")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_shipment_line_lot_id_lot")),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["reservation.id"], name=op.f("fk_shipment_line_reservation_id_reservation")
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipment.id"], name=op.f("fk_shipment_line_shipment_id_shipment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_line")),
        sa.UniqueConstraint("reservation_id", name=op.f("uq_shipment_line_reservation_id")),
    )
    with op.batch_alter_table("shipment_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shipment_line_lot_id"), ["lot_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_shipment_line_shipment_id"), ["shipment_id"], unique=False)

    op.bulk_insert(
        sa.table(
            "attestation_head",
            sa.column("id", sa.Integer),
            sa.column("sequence", sa.Integer),
            sa.column("record_hash", sa.String),
        ),
        [{"id": 1, "sequence": 0, "record_hash": "0" * 64}],
    )


def downgrade() -> None:
    with op.batch_alter_table("shipment_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shipment_line_shipment_id"))
        batch_op.drop_index(batch_op.f("ix_shipment_line_lot_id"))

    op.drop_table("shipment_line")
    with op.batch_alter_table("reservation", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_reservation_one_live_per_line_and_lot",
            sqlite_where=sa.text("state <> 'released'"),
            postgresql_where=sa.text("state <> 'released'"),
        )
        batch_op.drop_index(batch_op.f("ix_reservation_order_line_id"))
        batch_op.drop_index(batch_op.f("ix_reservation_lot_id"))

    op.drop_table("reservation")
    with op.batch_alter_table("certificate_test", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificate_test_revision_id"))

    op.drop_table("certificate_test")
    with op.batch_alter_table("stock_movement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stock_movement_lot_id"))

    op.drop_table("stock_movement")
    with op.batch_alter_table("lot_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lot_event_lot_id"))

    op.drop_table("lot_event")
    with op.batch_alter_table("evidence_row", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_row_source_id"))
        batch_op.drop_index(batch_op.f("ix_evidence_row_revision_id"))

    op.drop_table("evidence_row")
    with op.batch_alter_table("certificate_revision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificate_revision_lot_id"))

    op.drop_table("certificate_revision")
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_source_revision_id"))
        batch_op.drop_index(batch_op.f("ix_source_pmid"))
        batch_op.drop_index(batch_op.f("ix_source_doi"))

    op.drop_table("source")
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refund_order_id"))
        batch_op.drop_index(batch_op.f("ix_refund_attempt_id"))

    op.drop_table("refund")
    with op.batch_alter_table("price", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_price_vial_size_id"))

    op.drop_table("price")
    with op.batch_alter_table("order_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_order_line_vial_size_id"))
        batch_op.drop_index(batch_op.f("ix_order_line_order_id"))

    op.drop_table("order_line")
    with op.batch_alter_table("lot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lot_vial_size_id"))

    op.drop_table("lot")
    with op.batch_alter_table("cart_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cart_line_cart_id"))

    op.drop_table("cart_line")
    with op.batch_alter_table("vial_size", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vial_size_product_id"))

    op.drop_table("vial_size")
    with op.batch_alter_table("shipment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shipment_shipped_at"))
        batch_op.drop_index(batch_op.f("ix_shipment_order_id"))

    op.drop_table("shipment")
    with op.batch_alter_table("required_test", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_required_test_product_id"))

    op.drop_table("required_test")
    with op.batch_alter_table("payment_attempt", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_payment_attempt_one_open_per_order",
            sqlite_where=sa.text("state IN ('created', 'open', 'processing')"),
            postgresql_where=sa.text("state IN ('created', 'open', 'processing')"),
        )
        batch_op.drop_index(batch_op.f("ix_payment_attempt_order_id"))

    op.drop_table("payment_attempt")
    with op.batch_alter_table("order_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_order_event_order_id"))

    op.drop_table("order_event")
    with op.batch_alter_table("order_charge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_order_charge_order_id"))

    op.drop_table("order_charge")
    with op.batch_alter_table("monograph_revision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_monograph_revision_verdict"))
        batch_op.drop_index(batch_op.f("ix_monograph_revision_published_at"))
        batch_op.drop_index(batch_op.f("ix_monograph_revision_monograph_id"))

    op.drop_table("monograph_revision")
    with op.batch_alter_table("sales_order", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sales_order_planned_ship_on"))
        batch_op.drop_index(batch_op.f("ix_sales_order_placed_at"))
        batch_op.drop_index(batch_op.f("ix_sales_order_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_sales_order_held_until"))
        batch_op.drop_index(batch_op.f("ix_sales_order_fulfilment_state"))
        batch_op.drop_index(batch_op.f("ix_sales_order_email"))

    op.drop_table("sales_order")
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_product_compound_id"))

    op.drop_table("product")
    op.drop_table("monograph")
    with op.batch_alter_table("destination_restriction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_destination_restriction_country"))

    op.drop_table("destination_restriction")
    with op.batch_alter_table("compound_property", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_compound_property_compound_id"))

    op.drop_table("compound_property")
    with op.batch_alter_table("compound_name", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_compound_name_compound_id"))

    op.drop_table("compound_name")
    op.drop_table("attestation_signer")
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_web_session_staff_id"))
        batch_op.drop_index(batch_op.f("ix_web_session_expires_at"))

    op.drop_table("web_session")
    with op.batch_alter_table("statement_clause", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_statement_clause_version_id"))

    op.drop_table("statement_clause")
    op.drop_table("staff_role")
    op.drop_table("role_permission")
    with op.batch_alter_table("compound", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_compound_category_id"))

    op.drop_table("compound")
    with op.batch_alter_table("checkout_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_checkout_draft_changed_at"))
        batch_op.drop_index(batch_op.f("ix_checkout_draft_cart_id"))

    op.drop_table("checkout_draft")
    with op.batch_alter_table("attestation_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attestation_record_version_id"))
        batch_op.drop_index(batch_op.f("ix_attestation_record_signed_at"))

    op.drop_table("attestation_record")
    op.drop_table("webhook_event")
    op.drop_table("stored_file")
    op.drop_table("statement_version")
    op.drop_table("staff_member")
    op.drop_table("role")
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_message_subject"))
        batch_op.drop_index(batch_op.f("ix_outbox_message_due_at"))

    op.drop_table("outbox_message")
    op.drop_table("organisation")
    op.drop_table("laboratory")
    op.drop_table("destination")
    op.drop_table("delivery_method")
    op.drop_table("category")
    with op.batch_alter_table("cart", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cart_changed_at"))

    op.drop_table("cart")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_subject"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_at"))

    op.drop_table("audit_entry")
    op.drop_table("attestation_head")
