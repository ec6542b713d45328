"""Several parcels of one order, vials picked by count, and vials taken out of an order"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database import UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATES = ("held", "to_pick", "packed", "part_shipped", "shipped", "cancelled")
OPEN = "state IN ('held', 'allocated')"
NOT_LET_GO = "state <> 'released'"
REASONS = (
    "buyers_wish",
    "ordered_twice",
    "cannot_supply",
    "lot_stopped",
    "may_not_send",
    "not_paid",
    "other",
)


def known_states(*states: str) -> None:
    """Set which words the state of fulfilment may be."""
    words = ", ".join(f"'{state}'" for state in states)
    with op.batch_alter_table("sales_order") as batch_op:
        batch_op.drop_constraint(op.f("ck_sales_order_fulfilment_state_is_known"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_sales_order_fulfilment_state_is_known"), sa.text(f"fulfilment_state IN ({words})")
        )


def one_reservation(name: str, condition: str, *, instead_of: str) -> None:
    """Set for which reservations a line has only one of a lot."""
    op.drop_index(instead_of, table_name="reservation")
    op.create_index(
        name,
        "reservation",
        ["order_line_id", "lot_id"],
        unique=True,
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )


def upgrade() -> None:
    known_states(*STATES)
    with op.batch_alter_table("reservation") as batch_op:
        batch_op.add_column(sa.Column("picked_vials", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE reservation SET picked_vials = quantity WHERE picked_at IS NOT NULL")
    with op.batch_alter_table("reservation") as batch_op:
        batch_op.alter_column("picked_vials", server_default=None)
        batch_op.create_check_constraint(
            op.f("ck_reservation_no_more_picked_than_kept"),
            sa.text("picked_vials >= 0 AND picked_vials <= quantity"),
        )
        batch_op.create_check_constraint(
            op.f("ck_reservation_what_is_picked_was_picked_by_somebody"),
            sa.text("(picked_vials > 0) = (picked_at IS NOT NULL)"),
        )
    one_reservation(
        "uq_reservation_one_open_per_line_and_lot",
        OPEN,
        instead_of="uq_reservation_one_live_per_line_and_lot",
    )

    with op.batch_alter_table("shipment") as batch_op:
        batch_op.add_column(sa.Column("number", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("gross_weight_g", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("dry_ice_g", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("sent_against_the_calendar", sa.Text(), nullable=False, server_default="")
        )
    with op.batch_alter_table("shipment") as batch_op:
        batch_op.alter_column("number", server_default=None)
        batch_op.alter_column("sent_against_the_calendar", server_default=None)
        batch_op.create_unique_constraint(op.f("uq_shipment_order_id_number"), ["order_id", "number"])
        batch_op.create_check_constraint(op.f("ck_shipment_parcels_count_from_one"), sa.text("number >= 1"))
        batch_op.create_check_constraint(
            op.f("ck_shipment_some_dry_ice_or_none"), sa.text("dry_ice_g IS NULL OR dry_ice_g > 0")
        )
        batch_op.create_check_constraint(
            op.f("ck_shipment_weight_is_positive"), sa.text("gross_weight_g IS NULL OR gross_weight_g > 0")
        )

    op.create_table(
        "open_box",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("gross_weight_g", sa.Integer(), nullable=True),
        sa.Column("dry_ice_g", sa.Integer(), nullable=True),
        sa.Column("noted_at", UTCDateTime(), nullable=False),
        sa.Column("noted_by", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "dry_ice_g IS NULL OR dry_ice_g > 0", name=op.f("ck_open_box_some_dry_ice_or_none")
        ),
        sa.CheckConstraint(
            "gross_weight_g IS NULL OR gross_weight_g > 0", name=op.f("ck_open_box_weight_is_positive")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_open_box_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_box")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq_open_box_order_id_number")),
    )
    op.create_index(op.f("ix_open_box_order_id"), "open_box", ["order_id"])
    op.create_table(
        "dispatch_leave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_at", UTCDateTime(), nullable=False),
        sa.Column("given_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_dispatch_leave_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_leave")),
        sa.UniqueConstraint("order_id", "day", name=op.f("uq_dispatch_leave_order_id_day")),
    )
    op.create_index(op.f("ix_dispatch_leave_order_id"), "dispatch_leave", ["order_id"])
    op.create_table(
        "cancelled_vials",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column(
            "code",
            sa.Enum(*REASONS, name="code_is_known", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cause", sa.String(length=120), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_cancelled_vials_quantity_is_positive")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_cancelled_vials_lot_id_lot")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_cancelled_vials_order_line_id_order_line")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cancelled_vials")),
    )
    op.create_index(op.f("ix_cancelled_vials_order_line_id"), "cancelled_vials", ["order_line_id"])
    op.create_index(op.f("ix_cancelled_vials_cause"), "cancelled_vials", ["cause"])
    op.execute(
        "INSERT INTO role_permission (role_id, permission) "
        "SELECT id, 'orders.cold-dispatch' FROM role WHERE code = 'quality'"
    )


def downgrade() -> None:
    """Go back where no order has a second parcel, a part sent or a part cancelled.

    Raises:
        RuntimeError: one has; the older schema cannot hold it.
    """
    kept = op.get_bind().execute(
        sa.text(
            "SELECT (SELECT count(*) FROM shipment WHERE number > 1) + (SELECT count(*) FROM cancelled_vials) "
            "+ (SELECT count(*) FROM sales_order WHERE fulfilment_state = 'part_shipped') "
            "+ (SELECT count(*) FROM reservation WHERE picked_vials > 0 AND picked_vials < quantity)"
        )
    )
    if kept.scalar():
        raise RuntimeError("orders were sent or cancelled in parts; the older schema cannot hold them")
    op.execute("DELETE FROM role_permission WHERE permission = 'orders.cold-dispatch'")
    op.drop_table("cancelled_vials")
    op.drop_table("dispatch_leave")
    op.drop_table("open_box")
    with op.batch_alter_table("shipment") as batch_op:
        batch_op.drop_constraint(op.f("ck_shipment_some_dry_ice_or_none"), type_="check")
        batch_op.drop_constraint(op.f("ck_shipment_weight_is_positive"), type_="check")
        batch_op.drop_constraint(op.f("ck_shipment_parcels_count_from_one"), type_="check")
        batch_op.drop_constraint(op.f("uq_shipment_order_id_number"), type_="unique")
        for column in ("number", "gross_weight_g", "dry_ice_g", "sent_against_the_calendar"):
            batch_op.drop_column(column)
    one_reservation(
        "uq_reservation_one_live_per_line_and_lot",
        NOT_LET_GO,
        instead_of="uq_reservation_one_open_per_line_and_lot",
    )
    with op.batch_alter_table("reservation") as batch_op:
        batch_op.drop_constraint(op.f("ck_reservation_no_more_picked_than_kept"), type_="check")
        batch_op.drop_constraint(op.f("ck_reservation_what_is_picked_was_picked_by_somebody"), type_="check")
        batch_op.drop_column("picked_vials")
    known_states(*(state for state in STATES if state != "part_shipped"))
