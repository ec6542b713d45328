"""Carts, checkout drafts, orders with frozen lines and charges, their events, and shipments by lot."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.attestations.models import AttestationRecord
from shop.catalogue.models import VialSize
from shop.core.append_only import append_only, frozen_columns
from shop.core.database import Base, Numbered, one_of, rule
from shop.inventory.models import Lot, Reservation, ReservationState


class Cart(Base):
    """What one browser means to order. It holds no stock."""

    __tablename__ = "cart"

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime] = mapped_column(index=True)

    lines: Mapped[list[CartLine]] = relationship(order_by="CartLine.id", cascade="all, delete-orphan")


class CartLine(Base):
    """A number of vials of one size, with the price the buyer last saw."""

    __tablename__ = "cart_line"
    __table_args__ = (
        UniqueConstraint("cart_id", "vial_size_id"),
        rule("quantity >= 1", "quantity_is_positive"),
        rule("months_left >= 0", "months_left_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"), index=True)
    vial_size_id: Mapped[int] = mapped_column(ForeignKey("vial_size.id"), index=True)
    quantity: Mapped[int]
    unit_minor_seen: Mapped[int]
    one_lot: Mapped[bool] = mapped_column(default=False)
    """All vials from one lot."""
    months_left: Mapped[int] = mapped_column(default=0)
    """Whole months from the planned ship date to retest or expiry that every vial must have."""
    short_dated: Mapped[bool] = mapped_column(default=False)
    """Shorter-dated lots are fine too."""
    lot_hold_id: Mapped[int | None] = mapped_column(ForeignKey("lot_hold.id"))
    """A hold whose vials this line draws on."""

    vial_size: Mapped[VialSize] = relationship(lazy="joined", innerjoin=True)


class DeliveryMethod(Base):
    """A way of sending a parcel; what it costs stands with its rates (`delivery_rates`)."""

    __tablename__ = "delivery_method"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(Text)
    carrier: Mapped[str] = mapped_column(String(80))
    currency: Mapped[str] = mapped_column(String(3))
    offered: Mapped[bool] = mapped_column(default=True)


class PaymentMethod(StrEnum):
    """How a buyer pays."""

    CARD = "card"
    PURCHASE_ORDER = "purchase_order"


class CheckoutDraft(Base):
    """The answers given so far in one checkout. Its token lets an order be placed from it once only."""

    __tablename__ = "checkout_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(43), unique=True)
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id"), index=True)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime] = mapped_column(index=True)

    name: Mapped[str] = mapped_column(String(120), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    organisation: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")

    country: Mapped[str] = mapped_column(String(2), default="")
    address_line1: Mapped[str] = mapped_column(String(120), default="")
    address_line2: Mapped[str] = mapped_column(String(120), default="")
    city: Mapped[str] = mapped_column(String(80), default="")
    region: Mapped[str] = mapped_column(String(80), default="")
    postcode: Mapped[str] = mapped_column(String(20), default="")
    goods_in: Mapped[str] = mapped_column(String(200), default="")
    delivery_method: Mapped[str] = mapped_column(String(40), default="")
    vat_number: Mapped[str] = mapped_column(String(20), default="")
    coupon_code: Mapped[str] = mapped_column(String(40), default="")

    statement_version_id: Mapped[int | None] = mapped_column(ForeignKey("statement_version.id"))
    answers: Mapped[dict[str, Any]]
    """Answer by clause position: `yes` or `no`."""
    purpose: Mapped[str] = mapped_column(String(80), default="")
    signer_role: Mapped[str] = mapped_column(String(120), default="")
    signature: Mapped[str] = mapped_column(String(120), default="")
    approval: Mapped[str] = mapped_column(String(120), default="")
    intended_use: Mapped[str] = mapped_column(Text, default="")
    signs_electronically: Mapped[bool] = mapped_column(default=False)
    answered_about: Mapped[str] = mapped_column(String(64), default="")
    """Digest of the lines, destination, organisation and statement the answers were given for."""
    answered_facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """These facts themselves, so that the page can say which has changed."""
    answered_at: Mapped[datetime | None]
    declined_about: Mapped[str] = mapped_column(String(64), default="")
    """The same digest with answers, once a refusal to confirm has been written to the register."""

    payment_method: Mapped[PaymentMethod | None] = mapped_column(
        one_of(PaymentMethod, "payment_method_is_known")
    )
    po_number: Mapped[str] = mapped_column(String(60), default="")
    po_file_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    po_file_name: Mapped[str] = mapped_column(String(120), default="")
    quote_id: Mapped[int | None] = mapped_column(ForeignKey("quote.id"))
    """The quote whose prices this checkout was begun with."""

    cart: Mapped[Cart] = relationship()


class PaymentState(StrEnum):
    """Where the money of an order stands."""

    DUE = "due"
    """Card: nothing paid yet."""
    AUTHORISED = "authorised"
    """Card: the amount is set aside, not yet taken."""
    PAID = "paid"
    ON_ACCOUNT = "on_account"
    """Purchase order: paid later, against an invoice."""
    PART_REFUNDED = "part_refunded"
    REFUNDED = "refunded"
    NOT_PAYABLE = "not_payable"
    """Nothing is owed any more: abandoned, refused or cancelled before payment."""


class ReviewState(StrEnum):
    """Whether a person has to look at an order."""

    PASSED = "passed"
    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    NEEDS_DECISION = "needs_decision"
    """Paid, but the stock is gone."""


class FulfilmentState(StrEnum):
    """Where the goods of an order stand."""

    HELD = "held"
    TO_PICK = "to_pick"
    PACKED = "packed"
    """A box is closed: with everything, or with the part that can leave now."""
    PART_SHIPPED = "part_shipped"
    """One parcel or more has left; the rest waits to be picked."""
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


class Order(Numbered):
    """What a buyer ordered, with everything they relied on frozen."""

    __tablename__ = "sales_order"
    __table_args__ = (
        rule("total_minor > 0", "total_is_positive"),
        rule("length(currency) = 3", "currency_is_a_code"),
        rule("payment_method <> 'purchase_order' OR po_number <> ''", "a_purchase_order_has_a_number"),
        {"sqlite_autoincrement": True},
    )

    reference: Mapped[str] = mapped_column(String(26), unique=True)
    """128 random bits: names the order to the payment provider and in signed links."""
    draft_token: Mapped[str] = mapped_column(String(43), unique=True)
    cart_id: Mapped[int | None] = mapped_column(ForeignKey("cart.id", ondelete="SET NULL"))
    attestation_id: Mapped[str] = mapped_column(
        ForeignKey("attestation_record.id", deferrable=True, initially="DEFERRED"), unique=True
    )
    placed_at: Mapped[datetime] = mapped_column(index=True)
    locale: Mapped[str] = mapped_column(String(20))

    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), index=True)
    phone: Mapped[str] = mapped_column(String(40))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    organisation: Mapped[str] = mapped_column(String(200))

    country: Mapped[str] = mapped_column(String(2))
    address_line1: Mapped[str] = mapped_column(String(120))
    address_line2: Mapped[str] = mapped_column(String(120))
    city: Mapped[str] = mapped_column(String(80))
    region: Mapped[str] = mapped_column(String(80))
    postcode: Mapped[str] = mapped_column(String(20))
    goods_in: Mapped[str] = mapped_column(String(200))
    delivery_name: Mapped[str] = mapped_column(String(80))
    planned_ship_on: Mapped[date] = mapped_column(index=True)

    payment_method: Mapped[PaymentMethod] = mapped_column(one_of(PaymentMethod, "payment_method_is_known"))
    po_number: Mapped[str] = mapped_column(String(60))
    po_file_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    po_file_name: Mapped[str] = mapped_column(String(120))

    vat_number: Mapped[str] = mapped_column(String(20), default="")
    """The buyer's VAT number as the order was placed for; empty when none was given."""
    exemption_id: Mapped[int | None] = mapped_column(ForeignKey("tax_exemption.id"), index=True)
    """The accepted certificate for which no tax was charged."""

    currency: Mapped[str] = mapped_column(String(3))
    total_minor: Mapped[int]

    payment_state: Mapped[PaymentState] = mapped_column(one_of(PaymentState, "payment_state_is_known"))
    review_state: Mapped[ReviewState] = mapped_column(one_of(ReviewState, "review_state_is_known"))
    fulfilment_state: Mapped[FulfilmentState] = mapped_column(
        one_of(FulfilmentState, "fulfilment_state_is_known"), index=True
    )
    held_until: Mapped[datetime | None] = mapped_column(index=True)
    """When the job that ends holds looks at this order; null once the hold is over."""

    lines: Mapped[list[OrderLine]] = relationship(order_by="OrderLine.position", back_populates="order")
    charges: Mapped[list[OrderCharge]] = relationship(order_by="OrderCharge.position")
    events: Mapped[list[OrderEvent]] = relationship(order_by="OrderEvent.id")
    attestation: Mapped[AttestationRecord] = relationship()
    shipments: Mapped[list[Shipment]] = relationship(order_by="Shipment.id", back_populates="order")

    @property
    def number(self) -> str:
        """The order number people use."""
        return order_number(self.id)


FIRST_ORDER_NUMBER = 10_000


def order_number(order_id: int) -> str:
    """The number printed for an order."""
    return str(FIRST_ORDER_NUMBER + order_id)


def order_id_of(number: str) -> int | None:
    """The order a printed number belongs to, if it has the form of one."""
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        return None
    order_id = int(number) - FIRST_ORDER_NUMBER
    return order_id if order_id > 0 else None


class OrderLine(Base):
    """Vials of one size in an order, as they were named and priced."""

    __tablename__ = "order_line"
    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        rule("quantity >= 1", "quantity_is_positive"),
        rule("unit_minor > 0", "price_is_positive"),
        rule("total_minor = quantity * unit_minor", "line_total_is_quantity_times_price"),
        rule("discount_minor >= 0 AND discount_minor <= total_minor", "discount_is_part_of_the_line"),
        rule("tax_minor >= 0", "tax_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    position: Mapped[int]
    vial_size_id: Mapped[int] = mapped_column(ForeignKey("vial_size.id"), index=True)
    sku: Mapped[str] = mapped_column(String(30))
    title: Mapped[str] = mapped_column(String(160))
    quantity: Mapped[int]
    unit_minor: Mapped[int]
    explanation: Mapped[str] = mapped_column(Text, default="")
    """How the price of a vial came about, as the buyer read it."""
    total_minor: Mapped[int]
    discount_minor: Mapped[int] = mapped_column(default=0)
    """The line's share of the order's discount."""
    tax_minor: Mapped[int] = mapped_column(default=0)
    """The line's share of the tax of its rate, on top of `total_minor` less `discount_minor`."""
    tax_position: Mapped[int | None]
    """Position of the tax charge that this line falls under."""
    one_lot: Mapped[bool] = mapped_column(default=False)
    """The buyer wanted all vials from one lot; a later change of lots keeps to it."""
    keeps_until: Mapped[date | None]
    """The buyer wanted vials with a retest or expiry date on this day or later."""
    short_dated: Mapped[bool] = mapped_column(default=False)

    order: Mapped[Order] = relationship(back_populates="lines")
    vial_size: Mapped[VialSize] = relationship()
    reservations: Mapped[list[Reservation]] = relationship(order_by="Reservation.id")

    @property
    def standing_reservations(self) -> list[Reservation]:
        """Those that still hold, or all once every vial was let go, so that the lots stay named."""
        standing = [each for each in self.reservations if each.state != ReservationState.RELEASED]
        return standing or list(self.reservations)


class ChargeKind(StrEnum):
    """What an amount of an order is for."""

    ITEMS = "items"
    DISCOUNT = "discount"
    DELIVERY = "delivery"
    COLD_CHAIN = "cold_chain"
    TAX = "tax"


class TaxTreatment(StrEnum):
    """Why an order bears the tax it bears."""

    STANDARD = "standard"
    ZERO = "zero"
    """A rate of nought is in force."""
    EXEMPT = "exempt"
    """The buyer's accepted exemption certificate covers the place of delivery."""
    REVERSE_CHARGE = "reverse_charge"
    """The buyer accounts for the tax."""
    OUTSIDE_SCOPE = "outside_scope"
    """The goods leave the territory of the tax."""
    NOT_CHARGED = "not_charged"
    """The shop keeps no rate for the place of delivery and collects no tax there."""


class OrderCharge(Base):
    """One amount that makes up the total, with its explanation."""

    __tablename__ = "order_charge"
    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        rule(
            "(kind = 'discount' AND amount_minor < 0) OR (kind <> 'discount' AND amount_minor >= 0)",
            "only_a_discount_is_negative",
        ),
        rule("(kind = 'tax') = (tax_treatment IS NOT NULL)", "just_tax_has_a_treatment"),
        rule(
            "tax_treatment IS NULL OR tax_treatment = 'standard' OR amount_minor = 0",
            "only_the_standard_treatment_charges_tax",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    position: Mapped[int]
    kind: Mapped[ChargeKind] = mapped_column(one_of(ChargeKind, "kind_is_known"))
    label: Mapped[str] = mapped_column(String(160))
    explanation: Mapped[str] = mapped_column(Text, default="")
    """One sentence on how the amount came about, as the buyer read it."""
    amount_minor: Mapped[int]
    tax_rate: Mapped[Decimal | None]
    """Percent as printed, such as 21.0; on tax only."""
    taxable_minor: Mapped[int | None]
    """What the tax was computed on; on tax only."""
    tax_treatment: Mapped[TaxTreatment | None] = mapped_column(one_of(TaxTreatment, "tax_treatment_is_known"))


class OrderEvent(Base):
    """Something that happened to an order; a change of state names the state left and the one reached."""

    __tablename__ = "order_event"
    __table_args__ = (
        rule(
            "(axis IS NULL AND from_state IS NULL AND to_state IS NULL) "
            "OR (axis IS NOT NULL AND to_state IS NOT NULL)",
            "a_state_change_names_axis_and_state",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(60))
    axis: Mapped[str | None] = mapped_column(String(20))
    from_state: Mapped[str | None] = mapped_column(String(40))
    to_state: Mapped[str | None] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(Text, default="")


class Shipment(Base):
    """A parcel of an order."""

    __tablename__ = "shipment"
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        rule("number >= 1", "parcels_count_from_one"),
        rule("dry_ice_g IS NULL OR dry_ice_g > 0", "some_dry_ice_or_none"),
        rule("gross_weight_g IS NULL OR gross_weight_g > 0", "weight_is_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    number: Mapped[int]
    """Its place among the parcels of the order, counted from 1."""
    carrier: Mapped[str] = mapped_column(String(80))
    tracking: Mapped[str] = mapped_column(String(80))
    shipped_at: Mapped[datetime] = mapped_column(index=True)
    shipped_by: Mapped[str] = mapped_column(String(200))
    gross_weight_g: Mapped[int | None]
    """Weight of the packed box, in grams, as the packer weighed it."""
    dry_ice_g: Mapped[int | None]
    """Net mass of solid carbon dioxide in the box, in grams."""
    sent_against_the_calendar: Mapped[str] = mapped_column(Text, default="")
    """Why cold goods left before a day without work, and who allowed it; empty for every other parcel."""

    @property
    def reference(self) -> str:
        """What the parcel is called, such as `10482-1`."""
        return f"{order_number(self.order_id)}-{self.number}"

    order: Mapped[Order] = relationship(back_populates="shipments")
    lines: Mapped[list[ShipmentLine]] = relationship(order_by="ShipmentLine.id")


class ShipmentLine(Base):
    """Vials of one lot in a parcel: the record of who received which lot."""

    __tablename__ = "shipment_line"
    __table_args__ = (rule("quantity > 0", "quantity_is_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"), index=True)
    reservation_id: Mapped[int] = mapped_column(ForeignKey("reservation.id"), unique=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    quantity: Mapped[int]

    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)
    reservation: Mapped[Reservation] = relationship()


class LotChangeState(StrEnum):
    """Where the offer of another lot stands."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ENDED = "ended"
    """Nobody answered in time, or it was not needed any more."""


class LotChange(Numbered):
    """Another lot offered for vials of an order whose lot was stopped.

    Nothing changes without the buyer's yes. The vials offered are kept by holds that name this change.
    """

    __tablename__ = "lot_change"
    __table_args__ = (
        Index(
            "uq_lot_change_one_open_per_reservation",
            "reservation_id",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
        rule("(state = 'proposed') = (decided_at IS NULL)", "decided_when_no_longer_proposed"),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    reservation_id: Mapped[int] = mapped_column(ForeignKey("reservation.id"), index=True)
    state: Mapped[LotChangeState] = mapped_column(one_of(LotChangeState, "state_is_known"))
    reason: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[str] = mapped_column(String(200))
    until: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(254))

    reservation: Mapped[Reservation] = relationship(lazy="joined", innerjoin=True)


class ReturnedVials(Base):
    """Vials of a parcel that came back. They are in quarantine until somebody has looked at them."""

    __tablename__ = "returned_vials"
    __table_args__ = (rule("quantity > 0", "quantity_is_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shipment_line_id: Mapped[int] = mapped_column(ForeignKey("shipment_line.id"), index=True)
    quantity: Mapped[int]
    cause: Mapped[str] = mapped_column(String(120), unique=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)


frozen_columns(
    "sales_order",
    [
        "reference",
        "draft_token",
        "attestation_id",
        "placed_at",
        "organisation_id",
        "organisation",
        "country",
        "currency",
        "total_minor",
        "vat_number",
        "exemption_id",
    ],
    "what an order was placed for never changes",
)
append_only("order_line")
append_only("order_charge")
append_only("order_event")
append_only("shipment")
append_only("shipment_line")
append_only("returned_vials")
