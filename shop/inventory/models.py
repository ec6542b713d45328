"""Lots and their stock ledger, reservations, laboratories, and certificates with their revisions."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models import LimitKind, Product, VialSize
from shop.core.append_only import append_only, frozen_when, no_additions_when
from shop.core.database import Base, Numbered, one_of, rule
from shop.core.files import StoredFile


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
    """What was reserved is let go."""
    ALLOCATE = "allocate"
    UNALLOCATE = "unallocate"
    SHIP = "ship"
    RETURN = "return"
    """Vials come back from a buyer, into quarantine."""
    QUARANTINE = "quarantine"
    """Free vials of the lot are set apart."""
    CLEAR = "clear"
    """Vials that were set apart may be sold again."""
    DISCARD = "discard"
    """Vials that were set apart are written off."""
    ADJUST = "adjust"
    WRITE_OFF = "write_off"
    SPLIT_OUT = "split_out"
    """Vials leave a bulk lot for a lot of their own."""
    SPLIT_IN = "split_in"


EFFECTS: dict[MovementKind, tuple[int, int, int, int]] = {
    MovementKind.RECEIVE: (1, 0, 0, 0),
    MovementKind.RESERVE: (0, 1, 0, 0),
    MovementKind.RELEASE: (0, -1, 0, 0),
    MovementKind.ALLOCATE: (0, -1, 1, 0),
    MovementKind.UNALLOCATE: (0, 0, -1, 0),
    MovementKind.SHIP: (-1, 0, -1, 0),
    MovementKind.RETURN: (1, 0, 0, 1),
    MovementKind.QUARANTINE: (0, 0, 0, 1),
    MovementKind.CLEAR: (0, 0, 0, -1),
    MovementKind.DISCARD: (-1, 0, 0, -1),
    MovementKind.ADJUST: (1, 0, 0, 0),
    MovementKind.WRITE_OFF: (-1, 0, 0, 0),
    MovementKind.SPLIT_OUT: (-1, 0, 0, 0),
    MovementKind.SPLIT_IN: (1, 0, 0, 0),
}
"""What each kind adds to on hand, reserved, allocated and quarantined, for each vial.

An adjustment may be negative.
"""


def _effect_in_sql(kind: MovementKind) -> str:
    on_hand, reserved, allocated, quarantined = EFFECTS[kind]
    return (
        f"(kind = '{kind.value}' AND on_hand_change = quantity * {on_hand} "
        f"AND reserved_change = quantity * {reserved} AND allocated_change = quantity * {allocated} "
        f"AND quarantined_change = quantity * {quarantined})"
    )


class Lot(Numbered):
    """One filling of one vial size: what a buyer receives.

    The four counters change only in `inventory.ledger`; what is left of on hand is free to be promised.
    """

    __tablename__ = "lot"
    __table_args__ = (
        rule("on_hand >= 0", "on_hand_not_negative"),
        rule("reserved >= 0", "reserved_not_negative"),
        rule("allocated >= 0", "allocated_not_negative"),
        rule("quarantined >= 0", "quarantined_not_negative"),
        rule("reserved + allocated + quarantined <= on_hand", "no_more_promised_than_on_hand"),
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
    quarantined: Mapped[int] = mapped_column(default=0)
    """Vials set apart, such as returned ones: on hand, but not to be promised until somebody clears them."""
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

    @property
    def free(self) -> int:
        """Vials that nobody has been promised; `availability.FREE` is the same in SQL."""
        return self.on_hand - self.reserved - self.allocated - self.quarantined


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
    cause: Mapped[str | None] = mapped_column(String(120), unique=True)
    """Names the request that asked for it, so that the same one changes the lot only once."""


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
        Index("ix_stock_movement_lot_id_at", "lot_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    kind: Mapped[MovementKind] = mapped_column(one_of(MovementKind, "kind_is_known"))
    quantity: Mapped[int]
    on_hand_change: Mapped[int]
    reserved_change: Mapped[int]
    allocated_change: Mapped[int]
    quarantined_change: Mapped[int]
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
            "uq_reservation_one_open_per_line_and_lot",
            "order_line_id",
            "lot_id",
            unique=True,
            sqlite_where=text("state IN ('held', 'allocated')"),
            postgresql_where=text("state IN ('held', 'allocated')"),
        ),
        rule("quantity > 0", "quantity_is_positive"),
        rule(
            "picked_at IS NULL OR state IN ('allocated', 'shipped', 'released')",
            "only_allocated_vials_are_picked",
        ),
        rule("picked_vials >= 0 AND picked_vials <= quantity", "no_more_picked_than_kept"),
        rule("(picked_vials > 0) = (picked_at IS NOT NULL)", "what_is_picked_was_picked_by_somebody"),
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
    picked_vials: Mapped[int] = mapped_column(default=0)
    """How many of them are in the box; the rest stays on the shelf when the box is handed over."""

    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)
    certificate: Mapped[CertificateRevision] = relationship(lazy="joined", innerjoin=True)


class HoldState(StrEnum):
    """Where a hold of a lot stands."""

    ASKED = "asked"
    HELD = "held"
    ENDED = "ended"
    REFUSED = "refused"


class LotHold(Numbered):
    """Vials of one lot kept until a day for whoever asked, without an order: a reservation with an end.

    `left` vials of it are in the lot's `reserved`; an order that draws on the hold lowers them. Like every
    hold it ends by a release movement; `until` only wakes the job that writes it.
    """

    __tablename__ = "lot_hold"
    __table_args__ = (
        rule("quantity > 0", "quantity_is_positive"),
        rule("left_vials >= 0 AND left_vials <= quantity", "what_is_left_is_part_of_it"),
        rule("state = 'held' OR left_vials = 0", "only_a_standing_hold_keeps_vials"),
        {"sqlite_autoincrement": True},
    )

    reference: Mapped[str] = mapped_column(String(26), unique=True)
    """128 random bits: names the hold in signed links and in the causes of its movements."""
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    about: Mapped[str] = mapped_column(String(120), index=True)
    """What it is for, such as `order/…/keep` or `order/…/lot-change/3`."""
    organisation: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254))
    quantity: Mapped[int]
    left_vials: Mapped[int] = mapped_column(default=0)
    until: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[HoldState] = mapped_column(one_of(HoldState, "state_is_known"), index=True)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(200))
    decided_by: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text, default="")

    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)


class LaboratoryRelation(StrEnum):
    """How a laboratory stands to the seller."""

    INDEPENDENT = "independent"
    AFFILIATE = "affiliate"
    SELLER = "seller"
    MANUFACTURER = "manufacturer"


class Laboratory(Numbered):
    """Who tested. What a published certificate says of it stands in the certificate's own record."""

    __tablename__ = "laboratory"

    name: Mapped[str] = mapped_column(String(120), unique=True)
    place: Mapped[str] = mapped_column(String(120))
    country: Mapped[str] = mapped_column(String(60), default="")
    relation: Mapped[LaboratoryRelation] = mapped_column(one_of(LaboratoryRelation, "relation_is_known"))
    portal_url: Mapped[str] = mapped_column(String(300), default="")
    """Where the laboratory itself answers whether a report is its own; empty where it has no such page."""

    accreditations: Mapped[list[Accreditation]] = relationship(
        order_by="Accreditation.valid_from", back_populates="laboratory"
    )


class Accreditation(Numbered):
    """What an accreditation body says a laboratory may test, and from when to when."""

    __tablename__ = "accreditation"
    __table_args__ = (
        UniqueConstraint("body", "number", "valid_from"),
        rule("valid_to >= valid_from", "an_accreditation_ends_after_it_begins"),
    )

    laboratory_id: Mapped[int] = mapped_column(ForeignKey("laboratory.id"), index=True)
    standard: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(String(80))
    number: Mapped[str] = mapped_column(String(40))
    scope_url: Mapped[str] = mapped_column(String(300), default="")
    methods: Mapped[list[Any]]
    """The methods in its scope, as the scope names them."""
    valid_from: Mapped[date]
    valid_to: Mapped[date]

    laboratory: Mapped[Laboratory] = relationship(back_populates="accreditations")


class DrawnBy(StrEnum):
    """Who drew the sample that was tested."""

    SELLER = "seller"
    LABORATORY = "laboratory"
    MANUFACTURER = "manufacturer"


class SampleOf(StrEnum):
    """What the tested sample was part of."""

    THIS_LOT = "this_fill_lot"
    PARENT_BULK = "parent_bulk"


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
        rule("(record IS NULL) = (record_sha256 IS NULL)", "a_record_has_its_hash"),
        rule("record IS NULL OR published_at IS NOT NULL", "only_a_published_revision_has_a_record"),
        rule("retest_to IS NULL OR retest_to > issued_on", "a_retest_reaches_past_its_issue"),
    )

    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    revision: Mapped[int]
    reason: Mapped[str | None] = mapped_column(Text)
    laboratory_id: Mapped[int] = mapped_column(ForeignKey("laboratory.id"))
    report_number: Mapped[str] = mapped_column(String(60))
    drawn_by: Mapped[DrawnBy] = mapped_column(one_of(DrawnBy, "drawn_by_is_known"))
    sample_id: Mapped[str] = mapped_column(String(60), default="")
    """The laboratory's own number of the sample; empty where the report gives none."""
    sample_of: Mapped[SampleOf] = mapped_column(
        one_of(SampleOf, "sample_of_is_known"), default=SampleOf.THIS_LOT
    )
    received_on: Mapped[date]
    tested_from: Mapped[date]
    tested_to: Mapped[date]
    issued_on: Mapped[date]
    authorised_by: Mapped[str] = mapped_column(String(120))
    authorised_role: Mapped[str] = mapped_column(String(80), default="")
    retest_to: Mapped[date | None]
    """For the report of a retest: the new retest date it sets once published; null for any other revision."""
    not_tested: Mapped[str] = mapped_column(Text)
    """What was not tested, in words; said outright on the page."""
    document_sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    chromatogram_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    chromatogram_conditions: Mapped[str | None] = mapped_column(Text)
    uploaded_by: Mapped[str] = mapped_column(String(200))
    uploaded_at: Mapped[datetime]
    confirmed_by: Mapped[str | None] = mapped_column(String(200))
    published_at: Mapped[datetime | None]
    record: Mapped[str | None] = mapped_column(Text)
    """What was published, as canonical `coa/1` JSON; written with the publication and never changed."""
    record_sha256: Mapped[str | None] = mapped_column(String(64))

    document: Mapped[StoredFile] = relationship(foreign_keys=[document_sha256], viewonly=True)
    lot: Mapped[Lot] = relationship(back_populates="certificates")
    laboratory: Mapped[Laboratory] = relationship(lazy="joined", innerjoin=True)
    tests: Mapped[list[CertificateTest]] = relationship(order_by="CertificateTest.position")
    withdrawal: Mapped[CertificateWithdrawal | None] = relationship(lazy="joined")


class CertificateWithdrawal(Base):
    """A published revision taken back, with who and why. The revision itself stays as it is."""

    __tablename__ = "certificate_withdrawal"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("certificate_revision.id"), unique=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)


class PortalAnswer(StrEnum):
    """What a laboratory's own portal answered about a report."""

    MATCH = "match"
    MISMATCH = "mismatch"
    NOT_FOUND = "not_found"


class ExternalCheck(Base):
    """A report looked up on the laboratory's own portal, by a person, on a day."""

    __tablename__ = "external_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("certificate_revision.id"), index=True)
    portal_url: Mapped[str] = mapped_column(String(300))
    report_key: Mapped[str] = mapped_column(String(80))
    checked_on: Mapped[date]
    checked_by: Mapped[str] = mapped_column(String(200))
    fields_matched: Mapped[list[Any]]
    answer: Mapped[PortalAnswer] = mapped_column(one_of(PortalAnswer, "answer_is_known"))
    note: Mapped[str] = mapped_column(Text, default="")
    recorded_at: Mapped[datetime]


class RetestDateChange(Base):
    """A retest date moved by the certificate revision that reports the retest."""

    __tablename__ = "retest_date_change"
    __table_args__ = (rule("before IS NULL OR after > before", "a_retest_date_only_moves_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("certificate_revision.id"), unique=True)
    before: Mapped[date | None]
    after: Mapped[date]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))


class Conclusion(StrEnum):
    """What a result means against its limit; always recomputed from the limit."""

    MEETS = "meets"
    FAILS = "fails"
    REPORTED = "reported"
    NOT_TESTED = "not_tested"


class Qualifier(StrEnum):
    """What stands before a printed figure, or in its place."""

    EQUALS = "="
    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="
    NOT_DETECTED = "ND"
    NOT_TESTED = "NT"
    WORDS = "words"
    """The result is a description, not a figure."""


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
    """The figure as a number: the bound of `< 0.5`, the detection limit of `n.d.`."""
    qualifier: Mapped[Qualifier] = mapped_column(
        one_of(Qualifier, "qualifier_is_known"), default=Qualifier.EQUALS
    )
    performed_on: Mapped[date | None]
    """The day of this test where the report gives one; otherwise the days of the whole report stand."""
    in_scope: Mapped[bool] = mapped_column(default=False)
    """Whether the method was in the laboratory's accredited scope that day; decided when published."""
    carried_from: Mapped[int | None]
    """The revision a result was first reported in, where a retest did not repeat it."""
    charge: Mapped[int] = mapped_column(default=0)
    """For a mass: n of the ion [M+nH]n+; 0 is the neutral molecule."""
    mass_type: Mapped[str | None] = mapped_column(String(20))
    theoretical_mass: Mapped[Decimal | None]
    conclusion: Mapped[Conclusion] = mapped_column(one_of(Conclusion, "conclusion_is_known"))


class StabilityResult(Numbered):
    """One result of a stability study of a lot: after how long, kept how, found what.

    Once a second person has confirmed it, it never changes; a correction is a new row that replaces it.
    """

    __tablename__ = "stability_result"
    __table_args__ = (
        rule("months >= 0", "time_does_not_run_back"),
        rule("confirmed_by IS NULL OR confirmed_by <> recorded_by", "confirmed_by_another_person"),
        rule("(confirmed_at IS NULL) = (confirmed_by IS NULL)", "confirmed_by_somebody"),
        rule("(replaces_id IS NULL) = (reason IS NULL)", "a_correction_has_a_reason"),
    )

    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    condition: Mapped[str] = mapped_column(String(120))
    """How the vials were kept, such as `25 °C, 60% relative humidity`."""
    months: Mapped[int]
    tested_on: Mapped[date]
    attribute: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    method: Mapped[str] = mapped_column(String(120))
    limit_text: Mapped[str] = mapped_column(String(120))
    result_text: Mapped[str] = mapped_column(String(120))
    result_number: Mapped[Decimal | None]
    qualifier: Mapped[Qualifier] = mapped_column(one_of(Qualifier, "qualifier_is_known"))
    conclusion: Mapped[Conclusion] = mapped_column(one_of(Conclusion, "conclusion_is_known"))
    laboratory_id: Mapped[int] = mapped_column(ForeignKey("laboratory.id"))
    report_number: Mapped[str] = mapped_column(String(60))
    recorded_by: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime]
    confirmed_by: Mapped[str | None] = mapped_column(String(200))
    confirmed_at: Mapped[datetime | None]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("stability_result.id"), unique=True)
    reason: Mapped[str | None] = mapped_column(Text)

    laboratory: Mapped[Laboratory] = relationship(lazy="joined", innerjoin=True)


class ToldFact(Base):
    """Something staff have been told by mail, so that they are told once."""

    __tablename__ = "told_fact"

    fact: Mapped[str] = mapped_column(String(120), primary_key=True)
    told_at: Mapped[datetime]


_PUBLISHED = (
    "EXISTS (SELECT 1 FROM certificate_revision revision "
    "WHERE revision.id = {}.revision_id AND revision.published_at IS NOT NULL)"
)

append_only("lot_event")
append_only("stock_movement")
append_only("certificate_withdrawal")
append_only("external_check")
append_only("retest_date_change")
append_only("told_fact")
frozen_when("stability_result", "OLD.confirmed_at IS NOT NULL", "a confirmed stability result never changes")
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
