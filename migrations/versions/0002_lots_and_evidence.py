"""Lots, certificates, recalls and the editing of evidence: ledger kinds, kept vials, sealed certificates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from shop.core.database import ExactDecimal, UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOVEMENTS = {
    "receive": (1, 0, 0, 0),
    "reserve": (0, 1, 0, 0),
    "release": (0, -1, 0, 0),
    "allocate": (0, -1, 1, 0),
    "unallocate": (0, 0, -1, 0),
    "ship": (-1, 0, -1, 0),
    "return": (1, 0, 0, 1),
    "quarantine": (0, 0, 0, 1),
    "clear": (0, 0, 0, -1),
    "discard": (-1, 0, 0, -1),
    "adjust": (1, 0, 0, 0),
    "write_off": (-1, 0, 0, 0),
    "split_out": (-1, 0, 0, 0),
    "split_in": (1, 0, 0, 0),
}
"""What one vial of a movement changes on hand, reserved, allocated and in quarantine."""

FIRST_MOVEMENTS = ("receive", "reserve", "release", "allocate", "unallocate", "ship", "adjust", "write_off")


def changes(movements: Mapping[str, Sequence[int]]) -> str:
    """The rule that a movement changes exactly what its kind says."""
    columns = ("on_hand", "reserved", "allocated", "quarantined")
    return " OR ".join(
        f"(kind = '{kind}' AND "
        + " AND ".join(f"{c}_change = quantity * {sign}" for c, sign in zip(columns, signs, strict=False))
        + ")"
        for kind, signs in movements.items()
    )


def one_of(column: str, *values: str) -> str:
    """The rule that a column holds one of some words."""
    words = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({words})"


def replace_rules(table: str, rules: Mapping[str, str], *, without: Sequence[str] = ()) -> None:
    """Set the named rules of a table and take away others."""
    there = {found["name"] for found in sa.inspect(op.get_bind()).get_check_constraints(table)}
    with op.batch_alter_table(table) as batch_op:
        for name in (*rules, *without):
            if f"ck_{table}_{name}" in there:
                batch_op.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        for name, rule in rules.items():
            batch_op.create_check_constraint(op.f(f"ck_{table}_{name}"), sa.text(rule))


def add(table: str, *columns: sa.Column[Any], rules: Mapping[str, str] | None = None) -> None:
    """Add columns, filling rows that are there with the default, which the models then do not keep."""
    with op.batch_alter_table(table) as batch_op:
        for column in columns:
            batch_op.add_column(column)
    with op.batch_alter_table(table) as batch_op:
        for column in columns:
            if column.server_default is not None:
                batch_op.alter_column(column.name, server_default=None)
    if rules:
        replace_rules(table, rules)


def remove(
    table: str, *columns: str, rules: Mapping[str, str] | None = None, without: Sequence[str] = ()
) -> None:
    """Drop columns after the rules that speak of them."""
    if rules or without:
        replace_rules(table, rules or {}, without=without)
    with op.batch_alter_table(table) as batch_op:
        for column in columns:
            batch_op.drop_column(column)


def upgrade() -> None:
    """Add tables first, then columns to the tables of the first release."""
    op.create_table(
        "explained_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(length=120), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column(
            "surface",
            sa.Enum(
                "P", "M", "D", name="surface_is_known", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("ruleset_version", sa.String(length=20), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("explained_by", sa.String(length=200), nullable=False),
        sa.Column("explained_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "length(trim(reason)) >= 10", name=op.f("ck_explained_hold_a_hold_needs_a_reason")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_explained_hold")),
        sa.UniqueConstraint(
            "about",
            "surface",
            "text_sha256",
            "ruleset_version",
            name=op.f("uq_explained_hold_about_surface_text_sha256_ruleset_version"),
        ),
    )
    with op.batch_alter_table("explained_hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_explained_hold_about"), ["about"], unique=False)
        batch_op.create_index(batch_op.f("ix_explained_hold_explained_at"), ["explained_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_explained_hold_text_sha256"), ["text_sha256"], unique=False)

    op.create_table(
        "recall",
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "open",
                "closed",
                name="state_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_drill", sa.Boolean(), nullable=False),
        sa.Column(
            "classification",
            sa.Enum(
                "1",
                "2",
                "3",
                name="classification_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "cause",
            sa.Enum(
                "out_of_specification",
                "wrong_substance",
                "contamination",
                "wrong_label",
                "certificate_withdrawn",
                "report_revoked",
                "storage",
                "complaints",
                "other",
                name="cause_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("instructions", sa.Text(), nullable=False),
        sa.Column("whole_family", sa.Boolean(), nullable=False),
        sa.Column(
            "check_level",
            sa.Enum(
                "a",
                "c",
                "d",
                "e",
                name="check_level_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("notice_subject", sa.String(length=160), nullable=False),
        sa.Column("notice_text", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=True),
        sa.Column("started_by", sa.String(length=200), nullable=True),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.Column("carts", sa.Integer(), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("closed_by", sa.String(length=200), nullable=True),
        sa.Column("closing_summary", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_recall_a_closed_recall_says_when")
        ),
        sa.CheckConstraint(
            "(state = 'draft') = (started_at IS NULL)", name=op.f("ck_recall_a_started_recall_says_when")
        ),
        sa.CheckConstraint(
            "closed_at IS NULL OR closing_summary <> ''", name=op.f("ck_recall_a_closed_recall_has_a_summary")
        ),
        sa.CheckConstraint(
            "(started_at IS NULL) = (started_by IS NULL)", name=op.f("ck_recall_a_started_recall_says_who")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall")),
    )
    with op.batch_alter_table("recall", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recall_state"), ["state"], unique=False)

    op.create_table(
        "retraction_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("notices", sa.Integer(), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("imported_at", UTCDateTime(), nullable=False),
        sa.Column("imported_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retraction_import")),
    )
    with op.batch_alter_table("retraction_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_retraction_import_as_of"), ["as_of"], unique=False)

    op.create_table(
        "retraction_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("doi", sa.String(length=300), nullable=True),
        sa.Column("pmid", sa.String(length=20), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "not_checked",
                "not_listed",
                "corrected",
                "expression_of_concern",
                "retracted",
                name="state_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("noticed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "doi IS NOT NULL OR pmid IS NOT NULL", name=op.f("ck_retraction_notice_a_notice_names_its_paper")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retraction_notice")),
    )
    with op.batch_alter_table("retraction_notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_retraction_notice_doi"), ["doi"], unique=False)
        batch_op.create_index(batch_op.f("ix_retraction_notice_pmid"), ["pmid"], unique=False)

    op.create_table(
        "told_fact",
        sa.Column("fact", sa.String(length=120), nullable=False),
        sa.Column("told_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("fact", name=op.f("pk_told_fact")),
    )
    op.create_table(
        "accreditation",
        sa.Column("laboratory_id", sa.Integer(), nullable=False),
        sa.Column("standard", sa.String(length=40), nullable=False),
        sa.Column("body", sa.String(length=80), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("scope_url", sa.String(length=300), nullable=False),
        sa.Column("methods", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "valid_to >= valid_from", name=op.f("ck_accreditation_an_accreditation_ends_after_it_begins")
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_accreditation_laboratory_id_laboratory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accreditation")),
        sa.UniqueConstraint(
            "body", "number", "valid_from", name=op.f("uq_accreditation_body_number_valid_from")
        ),
    )
    with op.batch_alter_table("accreditation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accreditation_laboratory_id"), ["laboratory_id"], unique=False)

    op.create_table(
        "recall_consignee",
        sa.Column("recall_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("vials", sa.Integer(), nullable=False),
        sa.Column("last_shipped_at", UTCDateTime(), nullable=False),
        sa.Column("written_at", UTCDateTime(), nullable=True),
        sa.Column("no_address", sa.Boolean(), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("reminded_at", UTCDateTime(), nullable=True),
        sa.Column("opened_at", UTCDateTime(), nullable=True),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        sa.Column("answered_by", sa.String(length=200), nullable=True),
        sa.Column(
            "channel",
            sa.Enum(
                "link",
                "phone",
                "letter",
                "email",
                "visit",
                name="channel_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("vials_used", sa.Integer(), nullable=False),
        sa.Column("vials_destroyed", sa.Integer(), nullable=False),
        sa.Column("vials_returned", sa.Integer(), nullable=False),
        sa.Column("vials_apart", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (channel IS NULL)",
            name=op.f("ck_recall_consignee_an_answer_says_how_it_came"),
        ),
        sa.CheckConstraint(
            "vials_used >= 0 AND vials_destroyed >= 0 AND vials_returned >= 0 AND vials_apart >= 0",
            name=op.f("ck_recall_consignee_answered_vials_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_recall_consignee_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["recall_id"], ["recall.id"], name=op.f("fk_recall_consignee_recall_id_recall")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_consignee")),
        sa.UniqueConstraint(
            "recall_id",
            "organisation_id",
            "email_key",
            name=op.f("uq_recall_consignee_recall_id_organisation_id_email_key"),
        ),
    )
    with op.batch_alter_table("recall_consignee", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_recall_consignee_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index("ix_recall_consignee_unanswered", ["recall_id", "answered_at"], unique=False)

    op.create_table(
        "monograph_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("compound_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "writing",
                "waiting",
                name="state_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("writers", sa.JSON(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("updated_by", sa.String(length=200), nullable=False),
        sa.Column("submitted_at", UTCDateTime(), nullable=True),
        sa.Column("submitted_by", sa.String(length=200), nullable=True),
        sa.Column("sent_back", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'waiting') = (submitted_by IS NOT NULL)",
            name=op.f("ck_monograph_draft_a_waiting_draft_was_handed_in"),
        ),
        sa.CheckConstraint(
            "(submitted_by IS NULL) = (submitted_at IS NULL)",
            name=op.f("ck_monograph_draft_handed_in_by_someone_at_some_time"),
        ),
        sa.ForeignKeyConstraint(
            ["compound_id"], ["compound.id"], name=op.f("fk_monograph_draft_compound_id_compound")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monograph_draft")),
        sa.UniqueConstraint("compound_id", name=op.f("uq_monograph_draft_compound_id")),
    )
    with op.batch_alter_table("monograph_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_monograph_draft_state"), ["state"], unique=False)

    op.create_table(
        "recall_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consignee_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "link",
                "phone",
                "letter",
                "email",
                "visit",
                name="channel_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("notice_arrived", sa.Boolean(), nullable=False),
        sa.Column("acted", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "notice_arrived OR NOT acted",
            name=op.f("ck_recall_check_nobody_acts_on_a_notice_that_did_not_arrive"),
        ),
        sa.ForeignKeyConstraint(
            ["consignee_id"],
            ["recall_consignee.id"],
            name=op.f("fk_recall_check_consignee_id_recall_consignee"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_check")),
    )
    with op.batch_alter_table("recall_check", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recall_check_consignee_id"), ["consignee_id"], unique=False)

    op.create_table(
        "recall_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consignee_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "notice",
                "reminder",
                "opened",
                "answer",
                "phone",
                "letter",
                "email",
                "visit",
                "no_address",
                name="kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consignee_id"],
            ["recall_consignee.id"],
            name=op.f("fk_recall_contact_consignee_id_recall_consignee"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_contact")),
    )
    with op.batch_alter_table("recall_contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recall_contact_consignee_id"), ["consignee_id"], unique=False)

    op.create_table(
        "product_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "sds",
                "specification",
                name="kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("uploaded_by", sa.String(length=200), nullable=False),
        sa.Column("uploaded_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_product_document_revisions_count_from_one")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_product_document_product_id_product")
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_product_document_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_document")),
        sa.UniqueConstraint(
            "product_id",
            "kind",
            "language",
            "revision",
            name=op.f("uq_product_document_product_id_kind_language_revision"),
        ),
    )
    with op.batch_alter_table("product_document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_product_document_product_id"), ["product_id"], unique=False)

    op.create_table(
        "recall_order",
        sa.Column("recall_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("vials", sa.Integer(), nullable=False),
        sa.Column("written_at", UTCDateTime(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "held",
                "reallocated",
                name="outcome_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'held') = (decided_at IS NULL)", name=op.f("ck_recall_order_a_decision_says_when")
        ),
        sa.CheckConstraint("vials > 0", name=op.f("ck_recall_order_vials_are_positive")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_recall_order_order_id_sales_order")
        ),
        sa.ForeignKeyConstraint(["recall_id"], ["recall.id"], name=op.f("fk_recall_order_recall_id_recall")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_order")),
        sa.UniqueConstraint("recall_id", "order_id", name=op.f("uq_recall_order_recall_id_order_id")),
    )
    with op.batch_alter_table("recall_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recall_order_order_id"), ["order_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recall_order_recall_id"), ["recall_id"], unique=False)

    op.create_table(
        "error_report",
        sa.Column("monograph_id", sa.Integer(), nullable=False),
        sa.Column("revision_number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("where", sa.String(length=120), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("sender_key", sa.String(length=32), nullable=True),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "answered",
                "corrected",
                "declined",
                name="state_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("corrected_in_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'corrected') = (corrected_in_id IS NOT NULL)",
            name=op.f("ck_error_report_a_correction_names_its_version"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)",
            name=op.f("ck_error_report_a_decided_report_has_a_time"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (decided_by IS NULL)",
            name=op.f("ck_error_report_a_decided_report_has_a_person"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (reason IS NULL)", name=op.f("ck_error_report_a_decided_report_has_a_reason")
        ),
        sa.CheckConstraint(
            "state = 'open' OR (email IS NULL AND sender_key IS NULL)",
            name=op.f("ck_error_report_no_sender_once_decided"),
        ),
        sa.ForeignKeyConstraint(
            ["corrected_in_id"],
            ["monograph_revision.id"],
            name=op.f("fk_error_report_corrected_in_id_monograph_revision"),
        ),
        sa.ForeignKeyConstraint(
            ["monograph_id"], ["monograph.id"], name=op.f("fk_error_report_monograph_id_monograph")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_error_report")),
    )
    with op.batch_alter_table("error_report", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_error_report_corrected_in_id"), ["corrected_in_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_error_report_monograph_id"), ["monograph_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_error_report_received_at"), ["received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_error_report_sender_key"), ["sender_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_error_report_state"), ["state"], unique=False)

    op.create_table(
        "enquiry",
        sa.Column("reference", sa.String(length=26), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "question",
                "complaint",
                name="kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("lot_id", sa.Integer(), nullable=True),
        sa.Column("lot_typed", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "answered",
                "unfounded",
                "refused",
                name="state_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('waiting', 'refused')) = (decided_at IS NULL)",
            name=op.f("ck_enquiry_a_decision_says_when"),
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL)", name=op.f("ck_enquiry_a_decision_says_who")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_enquiry_lot_id_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiry")),
        sa.UniqueConstraint("reference", name=op.f("uq_enquiry_reference")),
    )
    with op.batch_alter_table("enquiry", schema=None) as batch_op:
        batch_op.create_index("ix_enquiry_lot_kind", ["lot_id", "kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_enquiry_received_at"), ["received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_enquiry_state"), ["state"], unique=False)

    op.create_table(
        "hold_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("complaints", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_hold_decision_lot_id_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold_decision")),
    )
    with op.batch_alter_table("hold_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hold_decision_lot_id"), ["lot_id"], unique=False)

    op.create_table(
        "lot_hold",
        sa.Column("reference", sa.String(length=26), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(length=120), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("left_vials", sa.Integer(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "held",
                "ended",
                "refused",
                name="state_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state = 'held' OR left_vials = 0", name=op.f("ck_lot_hold_only_a_standing_hold_keeps_vials")
        ),
        sa.CheckConstraint(
            "left_vials >= 0 AND left_vials <= quantity", name=op.f("ck_lot_hold_what_is_left_is_part_of_it")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_lot_hold_quantity_is_positive")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_lot_hold_lot_id_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_hold")),
        sa.UniqueConstraint("reference", name=op.f("uq_lot_hold_reference")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("lot_hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lot_hold_about"), ["about"], unique=False)
        batch_op.create_index(batch_op.f("ix_lot_hold_lot_id"), ["lot_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lot_hold_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_lot_hold_until"), ["until"], unique=False)

    op.create_table(
        "recall_lot",
        sa.Column("recall_id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column(
            "state_before",
            sa.Enum(
                "quarantine",
                "released",
                "on_hold",
                "rejected",
                "recalled",
                name="state_before_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("shipped", sa.Integer(), nullable=False),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.Column("written_off", sa.Integer(), nullable=False),
        sa.Column("split_off", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_recall_lot_lot_id_lot")),
        sa.ForeignKeyConstraint(["recall_id"], ["recall.id"], name=op.f("fk_recall_lot_recall_id_recall")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_lot")),
        sa.UniqueConstraint("recall_id", "lot_id", name=op.f("uq_recall_lot_recall_id_lot_id")),
    )
    with op.batch_alter_table("recall_lot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recall_lot_lot_id"), ["lot_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recall_lot_recall_id"), ["recall_id"], unique=False)
        batch_op.create_index(
            "uq_recall_lot_recalled_once",
            ["lot_id"],
            unique=True,
            sqlite_where=sa.text("in_force"),
            postgresql_where=sa.text("in_force"),
        )

    op.create_table(
        "stability_result",
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("condition", sa.String(length=120), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("tested_on", sa.Date(), nullable=False),
        sa.Column("attribute", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("method", sa.String(length=120), nullable=False),
        sa.Column("limit_text", sa.String(length=120), nullable=False),
        sa.Column("result_text", sa.String(length=120), nullable=False),
        sa.Column("result_number", ExactDecimal(), nullable=True),
        sa.Column(
            "qualifier",
            sa.Enum(
                "=",
                "<",
                "<=",
                ">",
                ">=",
                "ND",
                "NT",
                "words",
                name="qualifier_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
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
        sa.Column("laboratory_id", sa.Integer(), nullable=False),
        sa.Column("report_number", sa.String(length=60), nullable=False),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=200), nullable=True),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by IS NULL)",
            name=op.f("ck_stability_result_confirmed_by_somebody"),
        ),
        sa.CheckConstraint(
            "(replaces_id IS NULL) = (reason IS NULL)",
            name=op.f("ck_stability_result_a_correction_has_a_reason"),
        ),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR confirmed_by <> recorded_by",
            name=op.f("ck_stability_result_confirmed_by_another_person"),
        ),
        sa.CheckConstraint("months >= 0", name=op.f("ck_stability_result_time_does_not_run_back")),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_stability_result_laboratory_id_laboratory")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_stability_result_lot_id_lot")),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["stability_result.id"],
            name=op.f("fk_stability_result_replaces_id_stability_result"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stability_result")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_stability_result_replaces_id")),
    )
    with op.batch_alter_table("stability_result", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stability_result_lot_id"), ["lot_id"], unique=False)

    op.create_table(
        "certificate_withdrawal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["certificate_revision.id"],
            name=op.f("fk_certificate_withdrawal_revision_id_certificate_revision"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_withdrawal")),
        sa.UniqueConstraint("revision_id", name=op.f("uq_certificate_withdrawal_revision_id")),
    )
    op.create_table(
        "external_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("portal_url", sa.String(length=300), nullable=False),
        sa.Column("report_key", sa.String(length=80), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("checked_by", sa.String(length=200), nullable=False),
        sa.Column("fields_matched", sa.JSON(), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "match",
                "mismatch",
                "not_found",
                name="answer_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["certificate_revision.id"],
            name=op.f("fk_external_check_revision_id_certificate_revision"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_check")),
    )
    with op.batch_alter_table("external_check", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_external_check_revision_id"), ["revision_id"], unique=False)

    op.create_table(
        "retest_date_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.Date(), nullable=True),
        sa.Column("after", sa.Date(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "before IS NULL OR after > before", name=op.f("ck_retest_date_change_a_retest_date_only_moves_on")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_retest_date_change_lot_id_lot")),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["certificate_revision.id"],
            name=op.f("fk_retest_date_change_revision_id_certificate_revision"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retest_date_change")),
        sa.UniqueConstraint("revision_id", name=op.f("uq_retest_date_change_revision_id")),
    )
    with op.batch_alter_table("retest_date_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_retest_date_change_lot_id"), ["lot_id"], unique=False)

    op.create_table(
        "lot_change",
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("reservation_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "accepted",
                "declined",
                "ended",
                name="state_is_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_at", UTCDateTime(), nullable=False),
        sa.Column("proposed_by", sa.String(length=200), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=254), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)",
            name=op.f("ck_lot_change_decided_when_no_longer_proposed"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_lot_change_order_id_sales_order")
        ),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["reservation.id"], name=op.f("fk_lot_change_reservation_id_reservation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_change")),
    )
    with op.batch_alter_table("lot_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lot_change_order_id"), ["order_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lot_change_reservation_id"), ["reservation_id"], unique=False)
        batch_op.create_index(
            "uq_lot_change_one_open_per_reservation",
            ["reservation_id"],
            unique=True,
            sqlite_where=sa.text("state = 'proposed'"),
            postgresql_where=sa.text("state = 'proposed'"),
        )

    op.create_table(
        "returned_vials",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shipment_line_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=120), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_returned_vials_quantity_is_positive")),
        sa.ForeignKeyConstraint(
            ["shipment_line_id"],
            ["shipment_line.id"],
            name=op.f("fk_returned_vials_shipment_line_id_shipment_line"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returned_vials")),
        sa.UniqueConstraint("cause", name=op.f("uq_returned_vials_cause")),
    )
    with op.batch_alter_table("returned_vials", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_returned_vials_shipment_line_id"), ["shipment_line_id"], unique=False
        )

    add(
        "cart_line",
        sa.Column("one_lot", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("months_left", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("short_dated", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("lot_hold_id", sa.Integer(), nullable=True),
        rules={"months_left_not_negative": "months_left >= 0"},
    )
    with op.batch_alter_table("cart_line") as batch_op:
        batch_op.create_index(batch_op.f("ix_cart_line_vial_size_id"), ["vial_size_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_cart_line_lot_hold_id_lot_hold"), "lot_hold", ["lot_hold_id"], ["id"]
        )

    add(
        "certificate_revision",
        sa.Column("sample_id", sa.String(length=60), nullable=False, server_default=""),
        sa.Column("sample_of", sa.String(length=40), nullable=False, server_default="this_fill_lot"),
        sa.Column("authorised_role", sa.String(length=80), nullable=False, server_default=""),
        sa.Column("retest_to", sa.Date(), nullable=True),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("record_sha256", sa.String(length=64), nullable=True),
        rules={
            "sample_of_is_known": one_of("sample_of", "this_fill_lot", "parent_bulk"),
            "a_record_has_its_hash": "(record IS NULL) = (record_sha256 IS NULL)",
            "only_a_published_revision_has_a_record": "record IS NULL OR published_at IS NOT NULL",
            "a_retest_reaches_past_its_issue": "retest_to IS NULL OR retest_to > issued_on",
        },
    )

    add(
        "certificate_test",
        sa.Column("qualifier", sa.String(length=40), nullable=False, server_default="="),
        sa.Column("performed_on", sa.Date(), nullable=True),
        sa.Column("in_scope", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("carried_from", sa.Integer(), nullable=True),
        rules={"qualifier_is_known": one_of("qualifier", "=", "<", "<=", ">", ">=", "ND", "NT", "words")},
    )
    op.execute(
        "UPDATE certificate_test SET qualifier = CASE WHEN conclusion = 'not_tested' THEN 'NT' "
        "WHEN result_number IS NULL THEN 'words' WHEN result_text LIKE '<%' THEN '<' "
        "WHEN result_text LIKE '>%' THEN '>' ELSE '=' END"
    )

    add(
        "laboratory",
        sa.Column("country", sa.String(length=60), nullable=False, server_default=""),
        sa.Column("portal_url", sa.String(length=300), nullable=False, server_default=""),
    )

    add(
        "lot",
        sa.Column("parent_lot_id", sa.Integer(), nullable=True),
        sa.Column("quarantined", sa.Integer(), nullable=False, server_default="0"),
        rules={
            "no_lot_is_its_own_parent": "parent_lot_id IS NULL OR parent_lot_id <> id",
            "quarantined_not_negative": "quarantined >= 0",
            "no_more_promised_than_on_hand": "reserved + allocated + quarantined <= on_hand",
        },
    )
    with op.batch_alter_table("lot") as batch_op:
        batch_op.create_index(batch_op.f("ix_lot_parent_lot_id"), ["parent_lot_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_lot_parent_lot_id_lot"), "lot", ["parent_lot_id"], ["id"])

    add("lot_event", sa.Column("cause", sa.String(length=120), nullable=True))
    with op.batch_alter_table("lot_event") as batch_op:
        batch_op.create_unique_constraint(batch_op.f("uq_lot_event_cause"), ["cause"])

    add(
        "monograph_revision",
        sa.Column("change_kind", sa.String(length=40), nullable=False, server_default="wording"),
        rules={"change_kind_is_known": one_of("change_kind", "new_evidence", "correction", "wording")},
    )

    add(
        "order_line",
        sa.Column("one_lot", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("keeps_until", sa.Date(), nullable=True),
        sa.Column("short_dated", sa.Boolean(), nullable=False, server_default=sa.false()),
    )

    add(
        "stock_movement",
        sa.Column("quarantined_change", sa.Integer(), nullable=False, server_default="0"),
        rules={
            "kind_is_known": one_of("kind", *MOVEMENTS),
            "changes_follow_from_the_kind": changes(MOVEMENTS),
        },
    )
    with op.batch_alter_table("stock_movement") as batch_op:
        batch_op.drop_index(batch_op.f("ix_stock_movement_lot_id"))
        batch_op.create_index("ix_stock_movement_lot_id_at", ["lot_id", "at"], unique=False)

    add(
        "vial_size",
        sa.Column("reorder_point", sa.Integer(), nullable=True),
        rules={"reorder_point_not_negative": "reorder_point IS NULL OR reorder_point >= 0"},
    )


def downgrade() -> None:
    """Take the shop back to the first release; what only this one can hold is lost, movements of new kinds refuse."""
    remove("vial_size", "reorder_point", without=["reorder_point_not_negative"])
    with op.batch_alter_table("stock_movement") as batch_op:
        batch_op.drop_index("ix_stock_movement_lot_id_at")
        batch_op.create_index(batch_op.f("ix_stock_movement_lot_id"), ["lot_id"], unique=False)
    first = {kind: MOVEMENTS[kind][:3] for kind in FIRST_MOVEMENTS}
    remove(
        "stock_movement",
        "quarantined_change",
        rules={"kind_is_known": one_of("kind", *first), "changes_follow_from_the_kind": changes(first)},
    )
    remove("order_line", "one_lot", "keeps_until", "short_dated")
    remove("monograph_revision", "change_kind", without=["change_kind_is_known"])
    with op.batch_alter_table("lot_event") as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_lot_event_cause"), type_="unique")
    remove("lot_event", "cause")
    with op.batch_alter_table("lot") as batch_op:
        batch_op.drop_index(batch_op.f("ix_lot_parent_lot_id"))
        batch_op.drop_constraint(batch_op.f("fk_lot_parent_lot_id_lot"), type_="foreignkey")
    remove(
        "lot",
        "parent_lot_id",
        "quarantined",
        rules={"no_more_promised_than_on_hand": "reserved + allocated <= on_hand"},
        without=["no_lot_is_its_own_parent", "quarantined_not_negative"],
    )
    remove("laboratory", "country", "portal_url")
    remove(
        "certificate_test",
        "qualifier",
        "performed_on",
        "in_scope",
        "carried_from",
        without=["qualifier_is_known"],
    )
    remove(
        "certificate_revision",
        "sample_id",
        "sample_of",
        "authorised_role",
        "retest_to",
        "record",
        "record_sha256",
        without=[
            "sample_of_is_known",
            "a_record_has_its_hash",
            "only_a_published_revision_has_a_record",
            "a_retest_reaches_past_its_issue",
        ],
    )
    with op.batch_alter_table("cart_line") as batch_op:
        batch_op.drop_index(batch_op.f("ix_cart_line_vial_size_id"))
        batch_op.drop_constraint(batch_op.f("fk_cart_line_lot_hold_id_lot_hold"), type_="foreignkey")
    remove(
        "cart_line",
        "one_lot",
        "months_left",
        "short_dated",
        "lot_hold_id",
        without=["months_left_not_negative"],
    )
    drop_new_tables()


def drop_new_tables() -> None:
    """Drop what this migration created, children first."""
    with op.batch_alter_table("returned_vials", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_returned_vials_shipment_line_id"))

    op.drop_table("returned_vials")
    with op.batch_alter_table("lot_change", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_lot_change_one_open_per_reservation",
            sqlite_where=sa.text("state = 'proposed'"),
            postgresql_where=sa.text("state = 'proposed'"),
        )
        batch_op.drop_index(batch_op.f("ix_lot_change_reservation_id"))
        batch_op.drop_index(batch_op.f("ix_lot_change_order_id"))

    op.drop_table("lot_change")
    with op.batch_alter_table("retest_date_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_retest_date_change_lot_id"))

    op.drop_table("retest_date_change")
    with op.batch_alter_table("external_check", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_external_check_revision_id"))

    op.drop_table("external_check")
    op.drop_table("certificate_withdrawal")
    with op.batch_alter_table("stability_result", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stability_result_lot_id"))

    op.drop_table("stability_result")
    with op.batch_alter_table("recall_lot", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_recall_lot_recalled_once",
            sqlite_where=sa.text("in_force"),
            postgresql_where=sa.text("in_force"),
        )
        batch_op.drop_index(batch_op.f("ix_recall_lot_recall_id"))
        batch_op.drop_index(batch_op.f("ix_recall_lot_lot_id"))

    op.drop_table("recall_lot")
    with op.batch_alter_table("lot_hold", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lot_hold_until"))
        batch_op.drop_index(batch_op.f("ix_lot_hold_state"))
        batch_op.drop_index(batch_op.f("ix_lot_hold_lot_id"))
        batch_op.drop_index(batch_op.f("ix_lot_hold_about"))

    op.drop_table("lot_hold")
    with op.batch_alter_table("hold_decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hold_decision_lot_id"))

    op.drop_table("hold_decision")
    with op.batch_alter_table("enquiry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enquiry_state"))
        batch_op.drop_index(batch_op.f("ix_enquiry_received_at"))
        batch_op.drop_index("ix_enquiry_lot_kind")

    op.drop_table("enquiry")
    with op.batch_alter_table("error_report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_error_report_state"))
        batch_op.drop_index(batch_op.f("ix_error_report_sender_key"))
        batch_op.drop_index(batch_op.f("ix_error_report_received_at"))
        batch_op.drop_index(batch_op.f("ix_error_report_monograph_id"))
        batch_op.drop_index(batch_op.f("ix_error_report_corrected_in_id"))

    op.drop_table("error_report")
    with op.batch_alter_table("recall_order", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recall_order_recall_id"))
        batch_op.drop_index(batch_op.f("ix_recall_order_order_id"))

    op.drop_table("recall_order")
    with op.batch_alter_table("product_document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_product_document_product_id"))

    op.drop_table("product_document")
    with op.batch_alter_table("recall_contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recall_contact_consignee_id"))

    op.drop_table("recall_contact")
    with op.batch_alter_table("recall_check", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recall_check_consignee_id"))

    op.drop_table("recall_check")
    with op.batch_alter_table("monograph_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_monograph_draft_state"))

    op.drop_table("monograph_draft")
    with op.batch_alter_table("recall_consignee", schema=None) as batch_op:
        batch_op.drop_index("ix_recall_consignee_unanswered")
        batch_op.drop_index(batch_op.f("ix_recall_consignee_organisation_id"))

    op.drop_table("recall_consignee")
    with op.batch_alter_table("accreditation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_accreditation_laboratory_id"))

    op.drop_table("accreditation")
    op.drop_table("told_fact")
    with op.batch_alter_table("retraction_notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_retraction_notice_pmid"))
        batch_op.drop_index(batch_op.f("ix_retraction_notice_doi"))

    op.drop_table("retraction_notice")
    with op.batch_alter_table("retraction_import", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_retraction_import_as_of"))

    op.drop_table("retraction_import")
    with op.batch_alter_table("recall", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recall_state"))

    op.drop_table("recall")
    with op.batch_alter_table("explained_hold", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_explained_hold_text_sha256"))
        batch_op.drop_index(batch_op.f("ix_explained_hold_explained_at"))
        batch_op.drop_index(batch_op.f("ix_explained_hold_about"))

    op.drop_table("explained_hold")
