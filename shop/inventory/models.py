"""Lots and their stock ledger, reservations, laboratories, and certificates with their revisions."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models import LimitKind, Product, VialSize
from shop.core.append_only import append_only, frozen_when, no_additions_when
from shop.core.database import Base, Numbered, one_of, rule


class LotState(StrEnum):
    """The stored states of a lot; retest overdue, expired and sold out are derived."""

    QUARANTINE = "quarantine"
    RELEASED = "released"
    ON_HOLD = "on_hold"
    REJECTED = "rejected"
    RECALLED = "recalled"


class MovementKind(StrEnum):
    """What a stock movement did."""

    RECEIVE = "receive"
    RESERVE = "reserve"
    RELEASE = "release"
    ALLOCATE = "allocate"
    UNALLOCATE = "unallocate"
    SHIP = "ship"
    ADJUST = "adjust"
    WRITE_OFF = "write_off"


EFFECTS: dict[MovementKind, tuple[int, int, int]] = {
    MovementKind.RECEIVE: (1, 0, 0),
    MovementKind.RESERVE: (0, 1, 0),
    MovementKind.RELEASE: (0, -1, 0),
    MovementKind.ALLOCATE: (0, -1, 1),
    MovementKind.UNALLOCATE: (0, 0, -1),
    MovementKind.SHIP: (-1, 0, -1),
    MovementKind.ADJUST: (1, 0, 0),
    MovementKind.WRITE_OFF: (-1, 0, 0),
}
"""What each kind adds to on hand, reserved and allocated, for each vial. An adjustment may be negative."""


def _effect_in_sql(kind: MovementKind) -> str:
    on_hand, reserved, allocated = EFFECTS[kind]
    return (
        f"(kind = '{kind.value}' AND on_hand_change = quantity * {on_hand} "
        f"AND reserved_change = quantity * {reserved} AND allocated_change = quantity * {allocated})"
    )


class Lot(Numbered):
    """One filling of one vial size: what a buyer receives.

    The three counters change only in `inventory.ledger`; available is on hand less reserved less allocated.
    """

    __tablename__ = "lot"
    __table_args__ = (
        rule("on_hand >= 0", "on_hand_not_negative"),
        rule("reserved >= 0", "reserved_not_negative"),
        rule("allocated >= 0", "allocated_not_negative"),
        rule("reserved + allocated <= on_hand", "no_more_promised_than_on_hand"),
        rule("retest_on IS NOT NULL OR expires_on IS NOT NULL", "a_retest_or_expiry_date_is_set"),
        rule("filled_on >= manufactured_on", "filled_after_manufacture"),
        rule("retest_on IS NULL OR retest_on > filled_on", "retest_after_filling"),
        rule("expires_on IS NULL OR expires_on > filled_on", "expiry_after_filling"),
        rule("vials_filled > 0", "some_vials_were_filled"),
        rule("number = upper(number)", "lot_number_in_capitals"),
        rule("parent_lot_id IS NULL OR parent_lot_id <> id", "no_lot_is_its_own_parent"),
    )

    number: Mapped[str] = mapped_column(String(30), unique=True)
    vial_size_id: Mapped[int] = mapped_column(ForeignKey("vial_size.id"), index=True)
    parent_lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"), index=True)
    """The bulk lot its vials were split from; a recall reaches a lot through its parents."""
    state: Mapped[LotState] = mapped_column(one_of(LotState, "state_is_known"), default=LotState.QUARANTINE)
    manufacturer: Mapped[str] = mapped_column(String(120))
    manufactured_on: Mapped[date]
    filled_on: Mapped[date]
    retest_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    removal_on: Mapped[date]
    """The day the lot leaves the shelf: the earlier of retest and expiry, less a margin. Never null."""
    vials_filled: Mapped[int]
    bin: Mapped[str] = mapped_column(String(20))
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    allocated: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]

    vial_size: Mapped[VialSize] = relationship(lazy="joined", innerjoin=True)
    parent: Mapped[Lot | None] = relationship(remote_side="Lot.id")
    events: Mapped[list[LotEvent]] = relationship(order_by="LotEvent.id")
    certificates: Mapped[list[CertificateRevision]] = relationship(
        order_by="CertificateRevision.revision", back_populates="lot"
    )

    @property
    def product(self) -> Product:
        """The product this lot fills."""
        return self.vial_size.product


class LotEvent(Base):
    """A change of a lot's state, with who and why."""

    __tablename__ = "lot_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))
    from_state: Mapped[LotState | None] = mapped_column(one_of(LotState, "from_state_is_known"))
    to_state: Mapped[LotState] = mapped_column(one_of(LotState, "to_state_is_known"))
    reason: Mapped[str] = mapped_column(Text)


class StockMovement(Base):
    """One change of a lot's counters. The counters are the sums of these rows.

    `cause` names the use case and its subject (`order/10482/place`), `line` the order line within it, so
    that the same cause can change the same lot in the same way only once.
    """

    __tablename__ = "stock_movement"
    __table_args__ = (
        UniqueConstraint("cause", "line", "lot_id", "kind", name="uq_stock_movement_once_per_cause"),
        rule("quantity > 0 OR kind = 'adjust'", "quantity_is_positive"),
        rule(" OR ".join(_effect_in_sql(kind) for kind in MovementKind), "changes_follow_from_the_kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    kind: Mapped[MovementKind] = mapped_column(one_of(MovementKind, "kind_is_known"))
    quantity: Mapped[int]
    on_hand_change: Mapped[int]
    reserved_change: Mapped[int]
    allocated_change: Mapped[int]
    cause: Mapped[str] = mapped_column(String(120))
    line: Mapped[int] = mapped_column(default=0)
    actor: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]


class ReservationState(StrEnum):
    """Where the vials of a reservation stand."""

    HELD = "held"
    ALLOCATED = "allocated"
    SHIPPED = "shipped"
    RELEASED = "released"


class Reservation(Base):
    """Vials of one lot kept for one order line, with the certificate revision that applied.

    A hold ends only by a release movement, never by a clock.
    """

    __tablename__ = "reservation"
    __table_args__ = (
        Index(
            "uq_reservation_one_live_per_line_and_lot",
            "order_line_id",
            "lot_id",
            unique=True,
            sqlite_where=text("state <> 'released'"),
            postgresql_where=text("state <> 'released'"),
        ),
        rule("quantity > 0", "quantity_is_positive"),
        rule(
            "picked_at IS NULL OR state IN ('allocated', 'shipped', 'released')",
            "only_allocated_vials_are_picked",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Named by table, not by class: orders stand a floor above, but the database must know that they exist.
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), index=True)
    line: Mapped[int]
    """The position of the order line, which the movements of this reservation name."""
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    certificate_revision_id: Mapped[int] = mapped_column(ForeignKey("certificate_revision.id"))
    quantity: Mapped[int]
    state: Mapped[ReservationState] = mapped_column(one_of(ReservationState, "state_is_known"))
    created_at: Mapped[datetime]
    picked_at: Mapped[datetime | None]
    picked_by: Mapped[str | None] = mapped_column(String(200))

    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)
    certificate: Mapped[CertificateRevision] = relationship(lazy="joined", innerjoin=True)


class LaboratoryRelation(StrEnum):
    """How a laboratory stands to the seller."""

    INDEPENDENT = "independent"
    AFFILIATE = "affiliate"
    SELLER = "seller"
    MANUFACTURER = "manufacturer"


class Laboratory(Base):
    """Who tested."""

    __tablename__ = "laboratory"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    place: Mapped[str] = mapped_column(String(120))
    relation: Mapped[LaboratoryRelation] = mapped_column(one_of(LaboratoryRelation, "relation_is_known"))


class DrawnBy(StrEnum):
    """Who drew the sample that was tested."""

    SELLER = "seller"
    LABORATORY = "laboratory"
    MANUFACTURER = "manufacturer"


class CertificateRevision(Numbered):
    """One revision of a lot's certificate of analysis. Once published it never changes.

    A correction is a new revision with a reason; a revision is superseded when a newer one is published.
    """

    __tablename__ = "certificate_revision"
    __table_args__ = (
        UniqueConstraint("lot_id", "revision"),
        rule("revision >= 1", "revisions_count_from_one"),
        rule("revision = 1 OR reason IS NOT NULL", "a_correction_has_a_reason"),
        rule("tested_to >= tested_from", "testing_ends_after_it_begins"),
        rule("tested_from >= received_on", "tested_after_receipt"),
        rule("issued_on >= tested_to", "issued_after_testing"),
        rule(
            "(published_at IS NULL) = (confirmed_by IS NULL)", "published_only_when_a_second_person_confirmed"
        ),
        rule("confirmed_by IS NULL OR confirmed_by <> uploaded_by", "confirmed_by_another_person"),
    )

    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    revision: Mapped[int]
    reason: Mapped[str | None] = mapped_column(Text)
    laboratory_id: Mapped[int] = mapped_column(ForeignKey("laboratory.id"))
    report_number: Mapped[str] = mapped_column(String(60))
    drawn_by: Mapped[DrawnBy] = mapped_column(one_of(DrawnBy, "drawn_by_is_known"))
    received_on: Mapped[date]
    tested_from: Mapped[date]
    tested_to: Mapped[date]
    issued_on: Mapped[date]
    authorised_by: Mapped[str] = mapped_column(String(120))
    not_tested: Mapped[str] = mapped_column(Text)
    """What was not tested, in words; said outright on the page."""
    document_sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    chromatogram_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    chromatogram_conditions: Mapped[str | None] = mapped_column(Text)
    uploaded_by: Mapped[str] = mapped_column(String(200))
    uploaded_at: Mapped[datetime]
    confirmed_by: Mapped[str | None] = mapped_column(String(200))
    published_at: Mapped[datetime | None]

    lot: Mapped[Lot] = relationship(back_populates="certificates")
    laboratory: Mapped[Laboratory] = relationship(lazy="joined", innerjoin=True)
    tests: Mapped[list[CertificateTest]] = relationship(order_by="CertificateTest.position")


class Conclusion(StrEnum):
    """What a result means against its limit; always recomputed from the limit."""

    MEETS = "meets"
    FAILS = "fails"
    REPORTED = "reported"
    NOT_TESTED = "not_tested"


class CertificateTest(Base):
    """One test on a certificate: its result as printed, its limit, and the conclusion drawn from both."""

    __tablename__ = "certificate_test"
    __table_args__ = (
        UniqueConstraint("revision_id", "position"),
        UniqueConstraint("revision_id", "attribute", "charge"),
        rule("(conclusion = 'not_tested') = (result_text IS NULL)", "a_tested_attribute_has_a_result"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("certificate_revision.id"), index=True)
    position: Mapped[int]
    attribute: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    method: Mapped[str] = mapped_column(String(120))
    limit_kind: Mapped[LimitKind] = mapped_column(one_of(LimitKind, "limit_kind_is_known"))
    limit_text: Mapped[str] = mapped_column(String(120))
    lower: Mapped[Decimal | None]
    upper: Mapped[Decimal | None]
    tolerance: Mapped[Decimal | None]
    unit: Mapped[str] = mapped_column(String(20), default="")
    result_text: Mapped[str | None] = mapped_column(String(120))
    result_number: Mapped[Decimal | None]
    charge: Mapped[int] = mapped_column(default=0)
    """For a mass: n of the ion [M+nH]n+; 0 is the neutral molecule."""
    mass_type: Mapped[str | None] = mapped_column(String(20))
    theoretical_mass: Mapped[Decimal | None]
    conclusion: Mapped[Conclusion] = mapped_column(one_of(Conclusion, "conclusion_is_known"))


_PUBLISHED = (
    "EXISTS (SELECT 1 FROM certificate_revision revision "
    "WHERE revision.id = {}.revision_id AND revision.published_at IS NOT NULL)"
)

append_only("lot_event")
append_only("stock_movement")
frozen_when("certificate_revision", "OLD.published_at IS NOT NULL", "a published certificate never changes")
frozen_when(
    "certificate_test",
    _PUBLISHED.format("OLD"),
    "the tests of a published certificate never change",
    reached=_PUBLISHED.format("NEW"),
)
no_additions_when(
    "certificate_test",
    _PUBLISHED.format("NEW"),
    "a published certificate takes no further tests",
)
