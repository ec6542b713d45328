"""Invoices, credit notes, receipts on account, terms of organisations, and who may handle them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database import ExactDecimal, UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


ROLE = "accounts"
PERMISSIONS = {
    ROLE: (
        "orders.see",
        "orders.review",
        "invoices.see",
        "invoices.issue",
        "receipts.record",
        "credit.change",
        "credit.override",
    ),
    "sales": ("invoices.see",),
}
"""What the roles of a new shop may do with invoices; a shop that is there gets the same."""


def upgrade() -> None:
    """Add the tables; orders that are settled or gone already are taken as invoiced elsewhere."""
    op.create_table(
        "document_series",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.CheckConstraint("last_number >= 0", name=op.f("ck_document_series_last_number_not_negative")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_document_series")),
    )
    op.create_table(
        "account_terms",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("limit_minor", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("terms_days", sa.Integer(), nullable=True),
        sa.Column("bill_to", sa.Text(), nullable=False),
        sa.Column("invoice_email", sa.String(length=254), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_at", UTCDateTime(), nullable=False),
        sa.Column("set_by", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_account_terms_a_change_has_a_reason")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_account_terms_currency_is_a_code")),
        sa.CheckConstraint(
            "limit_minor IS NULL OR limit_minor >= 0", name=op.f("ck_account_terms_limit_not_negative")
        ),
        sa.CheckConstraint(
            "terms_days IS NULL OR terms_days BETWEEN 0 AND 365",
            name=op.f("ck_account_terms_terms_are_days_of_a_year"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_account_terms_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_terms")),
    )
    with op.batch_alter_table("account_terms", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_account_terms_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "invoiced_elsewhere",
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_invoiced_elsewhere_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_invoiced_elsewhere")),
    )
    op.create_table(
        "invoice",
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("series", sa.String(length=20), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "invoice",
                "credit_note",
                name="kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("cause", sa.String(length=120), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.Column("refund_id", sa.Integer(), nullable=True),
        sa.Column("issued_at", UTCDateTime(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("supplied_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("on_account", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.Integer(), nullable=False),
        sa.Column("po_number", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("issued_by", sa.String(length=200), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'credit_note') = (corrects_id IS NOT NULL)",
            name=op.f("ck_invoice_a_credit_note_names_its_invoice"),
        ),
        sa.CheckConstraint(
            "(kind = 'invoice') = (due_on IS NOT NULL)", name=op.f("ck_invoice_an_invoice_has_a_due_date")
        ),
        sa.CheckConstraint(
            "kind = 'invoice' OR reason <> ''", name=op.f("ck_invoice_a_credit_note_has_a_reason")
        ),
        sa.CheckConstraint(
            "refund_id IS NULL OR kind = 'credit_note'",
            name=op.f("ck_invoice_a_refund_is_credited_not_invoiced"),
        ),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_invoice_currency_is_a_code")),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_invoice_sequence_counts_from_one")),
        sa.CheckConstraint("total_minor > 0", name=op.f("ck_invoice_total_is_positive")),
        sa.ForeignKeyConstraint(["corrects_id"], ["invoice.id"], name=op.f("fk_invoice_corrects_id_invoice")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_invoice_order_id_sales_order")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_invoice_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_invoice_refund_id_refund")),
        sa.ForeignKeyConstraint(
            ["series"], ["document_series.code"], name=op.f("fk_invoice_series_document_series")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("cause", name=op.f("uq_invoice_cause")),
        sa.UniqueConstraint("number", name=op.f("uq_invoice_number")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_invoice_refund_id")),
        sa.UniqueConstraint("series", "sequence", name=op.f("uq_invoice_series_sequence")),
    )
    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invoice_corrects_id"), ["corrects_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invoice_due_on"), ["due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_invoice_issued_on"), ["issued_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_invoice_order_id"), ["order_id"], unique=False)
        batch_op.create_index(
            "ix_invoice_organisation_id_issued_on", ["organisation_id", "issued_on"], unique=False
        )

    op.create_table(
        "account_entry",
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "receipt",
                "reversal",
                "payout",
                "credit_out",
                "credit_in",
                name="kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("bank_reference", sa.String(length=140), nullable=False),
        sa.Column("reference_key", sa.String(length=140), nullable=False),
        sa.Column("copy_number", sa.Integer(), nullable=False),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reverses_id IS NOT NULL)",
            name=op.f("ck_account_entry_a_reversal_names_its_entry"),
        ),
        sa.CheckConstraint(
            "(kind IN ('receipt', 'credit_in') AND amount_minor > 0) OR (kind IN ('payout', 'credit_out') AND amount_minor < 0) OR (kind = 'reversal' AND amount_minor <> 0)",
            name=op.f("ck_account_entry_the_sign_follows_the_kind"),
        ),
        sa.CheckConstraint(
            "kind <> 'receipt' OR bank_reference <> ''",
            name=op.f("ck_account_entry_a_receipt_has_a_bank_reference"),
        ),
        sa.CheckConstraint(
            "kind IN ('receipt', 'credit_in') OR reason <> ''",
            name=op.f("ck_account_entry_what_takes_back_has_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_account_entry_invoice_id_invoice")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_account_entry_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["account_entry.id"], name=op.f("fk_account_entry_reverses_id_account_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_entry")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_account_entry_reverses_id")),
    )
    with op.batch_alter_table("account_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_entry_invoice_id"), ["invoice_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_account_entry_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(
            "uq_account_entry_same_receipt",
            ["organisation_id", "reference_key", "currency", "amount_minor", "copy_number"],
            unique=True,
            sqlite_where=sa.text("kind = 'receipt'"),
            postgresql_where=sa.text("kind = 'receipt'"),
        )

    op.create_table(
        "invoice_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "mailed",
                "reminded",
                "disputed",
                "dispute_ended",
                name="kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind NOT IN ('disputed', 'dispute_ended') OR note <> ''",
            name=op.f("ck_invoice_event_a_dispute_has_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_event_invoice_id_invoice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_event")),
        sa.UniqueConstraint("invoice_id", "kind", "turn", name=op.f("uq_invoice_event_invoice_id_kind_turn")),
    )
    with op.batch_alter_table("invoice_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invoice_event_invoice_id"), ["invoice_id"], unique=False)

    op.create_table(
        "invoice_paper",
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_paper_invoice_id_invoice")
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_invoice_paper_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_invoice_paper")),
    )
    op.create_table(
        "invoice_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "item",
                "discount",
                "delivery",
                "cold_chain",
                "tax",
                "correction",
                name="kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("unit_minor", sa.Integer(), nullable=True),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("tax_rate", ExactDecimal(), nullable=True),
        sa.Column("taxable_minor", sa.Integer(), nullable=True),
        sa.Column("tax_treatment", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "(kind = 'tax') = (taxable_minor IS NOT NULL)",
            name=op.f("ck_invoice_row_a_tax_row_says_what_is_taxed"),
        ),
        sa.CheckConstraint(
            "quantity IS NULL OR quantity >= 1", name=op.f("ck_invoice_row_quantity_is_positive")
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_row_invoice_id_invoice")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_invoice_row_order_line_id_order_line")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_row")),
        sa.UniqueConstraint("invoice_id", "position", name=op.f("uq_invoice_row_invoice_id_position")),
    )
    with op.batch_alter_table("invoice_row", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invoice_row_invoice_id"), ["invoice_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invoice_row_order_line_id"), ["order_line_id"], unique=False)

    op.execute(
        "INSERT INTO invoiced_elsewhere (order_id, at, reason) "
        "SELECT id, placed_at, 'Older than the invoices of this shop.' FROM sales_order "
        "WHERE fulfilment_state = 'shipped' "
        "OR payment_state IN ('paid', 'part_refunded', 'refunded')"
    )
    bind = op.get_bind()
    role = sa.table("role", sa.column("id"), sa.column("code"), sa.column("name"))
    held = sa.table("role_permission", sa.column("role_id"), sa.column("permission"))
    present = {found.code: found.id for found in bind.execute(sa.select(role.c.code, role.c.id))}
    if present and ROLE not in present:
        bind.execute(sa.insert(role).values(code=ROLE, name="Accounts"))
        present[ROLE] = bind.scalar(sa.select(role.c.id).where(role.c.code == ROLE))
    for code in sorted(PERMISSIONS.keys() & present.keys()):
        has = set(bind.scalars(sa.select(held.c.permission).where(held.c.role_id == present[code])))
        for permission in PERMISSIONS[code]:
            if permission not in has:
                bind.execute(sa.insert(held).values(role_id=present[code], permission=permission))


def downgrade() -> None:
    """Take the tables away; what was issued is lost, so keep the papers. Roles stay: they are data."""
    with op.batch_alter_table("invoice_row", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invoice_row_order_line_id"))
        batch_op.drop_index(batch_op.f("ix_invoice_row_invoice_id"))

    op.drop_table("invoice_row")
    op.drop_table("invoice_paper")
    with op.batch_alter_table("invoice_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invoice_event_invoice_id"))

    op.drop_table("invoice_event")
    with op.batch_alter_table("account_entry", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_account_entry_same_receipt",
            sqlite_where=sa.text("kind = 'receipt'"),
            postgresql_where=sa.text("kind = 'receipt'"),
        )
        batch_op.drop_index(batch_op.f("ix_account_entry_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_account_entry_invoice_id"))

    op.drop_table("account_entry")
    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.drop_index("ix_invoice_organisation_id_issued_on")
        batch_op.drop_index(batch_op.f("ix_invoice_order_id"))
        batch_op.drop_index(batch_op.f("ix_invoice_issued_on"))
        batch_op.drop_index(batch_op.f("ix_invoice_due_on"))
        batch_op.drop_index(batch_op.f("ix_invoice_corrects_id"))

    op.drop_table("invoice")
    op.drop_table("invoiced_elsewhere")
    with op.batch_alter_table("account_terms", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_terms_organisation_id"))

    op.drop_table("account_terms")
    op.drop_table("document_series")
