"""Recalls with their lots, consignees and orders, what was said to whom, and effectiveness checks."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core.append_only import append_only
from shop.core.database import Base, Numbered, one_of, rule
from shop.inventory.models import Lot, LotState
from shop.ordering.models import Order


class RecallState(StrEnum):
    """How far a recall has come."""

    DRAFT = "draft"
    """Being prepared; nothing has been stopped."""
    OPEN = "open"
    CLOSED = "closed"


class RecallClass(StrEnum):
    """How grave it is. The shop's own scale, after the three classes of 21 CFR 7.3(m)."""

    FIRST = "1"
    """The vial may hold another substance, or handling it may be hazardous."""
    SECOND = "2"
    """Results obtained with it may be wrong."""
    THIRD = "3"
    """The contents conform; a label, certificate or report does not."""


class RecallCause(StrEnum):
    """What went wrong."""

    OUT_OF_SPECIFICATION = "out_of_specification"
    WRONG_SUBSTANCE = "wrong_substance"
    CONTAMINATION = "contamination"
    WRONG_LABEL = "wrong_label"
    CERTIFICATE_WITHDRAWN = "certificate_withdrawn"
    REPORT_REVOKED = "report_revoked"
    STORAGE = "storage"
    COMPLAINTS = "complaints"
    OTHER = "other"


class CheckLevel(StrEnum):
    """How many consignees are asked whether the notice reached them (levels of 21 CFR 7.42(b)(3))."""

    ALL = "a"
    """Every consignee."""
    TENTH = "c"
    """One in ten."""
    FIFTIETH = "d"
    """One in fifty."""
    NONE = "e"


class Recall(Numbered):
    """One recall, or one drill of it, from its preparation to its closure."""

    __tablename__ = "recall"
    __table_args__ = (
        rule("(state = 'draft') = (started_at IS NULL)", "a_started_recall_says_when"),
        rule("(state = 'closed') = (closed_at IS NOT NULL)", "a_closed_recall_says_when"),
        rule("closed_at IS NULL OR closing_summary <> ''", "a_closed_recall_has_a_summary"),
        rule("(started_at IS NULL) = (started_by IS NULL)", "a_started_recall_says_who"),
    )

    state: Mapped[RecallState] = mapped_column(one_of(RecallState, "state_is_known"), index=True)
    is_drill: Mapped[bool]
    """A drill lists everyone and reports, but stops no sale and writes to nobody."""
    classification: Mapped[RecallClass] = mapped_column(one_of(RecallClass, "classification_is_known"))
    cause: Mapped[RecallCause] = mapped_column(one_of(RecallCause, "cause_is_known"))
    reason: Mapped[str] = mapped_column(Text)
    """Why, for everyone to read."""
    instructions: Mapped[str] = mapped_column(Text)
    """What to do with the vials, for everyone to read."""
    whole_family: Mapped[bool]
    """Whether lots of the same bulk lot are recalled too, not only those filled from the lots named."""
    check_level: Mapped[CheckLevel] = mapped_column(one_of(CheckLevel, "check_level_is_known"))
    notice_subject: Mapped[str] = mapped_column(String(160), default="")
    notice_text: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime | None]
    started_by: Mapped[str | None] = mapped_column(String(200))
    took_ms: Mapped[int | None]
    """Milliseconds from the confirmation until sales had stopped and everyone was listed."""
    carts: Mapped[int] = mapped_column(default=0)
    """Carts that held a size of these lots when the recall began."""
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(200))
    closing_summary: Mapped[str] = mapped_column(Text, default="")

    lots: Mapped[list[RecallLot]] = relationship(
        order_by="RecallLot.id", back_populates="recall", cascade="all, delete-orphan"
    )

    @property
    def number(self) -> str:
        """The number people use; a drill is told apart by it."""
        return f"{'DRILL' if self.is_drill else 'RCL'}-{self.id:04}"


class RecallLot(Numbered):
    """A lot in a recall, with where its vials were at that moment."""

    __tablename__ = "recall_lot"
    __table_args__ = (
        UniqueConstraint("recall_id", "lot_id"),
        Index(
            "uq_recall_lot_recalled_once",
            "lot_id",
            unique=True,
            sqlite_where=text("in_force"),
            postgresql_where=text("in_force"),
        ),
    )

    recall_id: Mapped[int] = mapped_column(ForeignKey("recall.id"), index=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    named: Mapped[bool]
    """Chosen by a person; otherwise reached through its bulk lot."""
    in_force: Mapped[bool] = mapped_column(default=False)
    """Part of a recall that has begun and is no drill; a lot is recalled once."""
    state_before: Mapped[LotState | None] = mapped_column(one_of(LotState, "state_before_is_known"))
    received: Mapped[int] = mapped_column(default=0)
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    """On hand, and kept for orders that had not been sent."""
    shipped: Mapped[int] = mapped_column(default=0)
    returned: Mapped[int] = mapped_column(default=0)
    written_off: Mapped[int] = mapped_column(default=0)
    split_off: Mapped[int] = mapped_column(default=0)
    """Filled into lots of its own, less what was filled into it."""
    missing: Mapped[int] = mapped_column(default=0)
    """Lost in stock counts; less than 0 where counts found more."""

    recall: Mapped[Recall] = relationship(back_populates="lots")
    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)


class Channel(StrEnum):
    """How a consignee answered."""

    LINK = "link"
    PHONE = "phone"
    LETTER = "letter"
    EMAIL = "email"
    VISIT = "visit"


class RecallConsignee(Numbered):
    """Somebody who was sent vials of a recalled lot: one contact of one organisation."""

    __tablename__ = "recall_consignee"
    __table_args__ = (
        UniqueConstraint("recall_id", "organisation_id", "email_key"),
        rule("(answered_at IS NULL) = (channel IS NULL)", "an_answer_says_how_it_came"),
        rule(
            "vials_used >= 0 AND vials_destroyed >= 0 AND vials_returned >= 0 AND vials_apart >= 0",
            "answered_vials_not_negative",
        ),
        Index("ix_recall_consignee_unanswered", "recall_id", "answered_at"),
    )

    recall_id: Mapped[int] = mapped_column(ForeignKey("recall.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    email_key: Mapped[str] = mapped_column(String(254))
    """The address in lower case."""
    name: Mapped[str] = mapped_column(String(120))
    organisation: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(Text)
    orders: Mapped[int]
    vials: Mapped[int]
    last_shipped_at: Mapped[datetime]
    written_at: Mapped[datetime | None]
    """When the notice was put in the outbox."""
    no_address: Mapped[bool] = mapped_column(default=False)
    """The mail address cannot be used: telephone or write."""
    reminders: Mapped[int] = mapped_column(default=0)
    reminded_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(String(200))
    channel: Mapped[Channel | None] = mapped_column(one_of(Channel, "channel_is_known"))
    vials_used: Mapped[int] = mapped_column(default=0)
    vials_destroyed: Mapped[int] = mapped_column(default=0)
    vials_returned: Mapped[int] = mapped_column(default=0)
    vials_apart: Mapped[int] = mapped_column(default=0)
    """Kept apart from others, not used."""

    recall: Mapped[Recall] = relationship()

    @property
    def vials_told(self) -> int:
        """Vials the consignee has said something about."""
        return self.vials_used + self.vials_destroyed + self.vials_returned + self.vials_apart


class ContactKind(StrEnum):
    """What was said, and by whom."""

    NOTICE = "notice"
    REMINDER = "reminder"
    OPENED = "opened"
    ANSWER = "answer"
    PHONE = "phone"
    LETTER = "letter"
    EMAIL = "email"
    VISIT = "visit"
    NO_ADDRESS = "no_address"


class RecallContact(Base):
    """One thing said to, or by, a consignee."""

    __tablename__ = "recall_contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    consignee_id: Mapped[int] = mapped_column(ForeignKey("recall_consignee.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))
    kind: Mapped[ContactKind] = mapped_column(one_of(ContactKind, "kind_is_known"))
    note: Mapped[str] = mapped_column(Text, default="")


class RecallCheck(Base):
    """An effectiveness check: a consignee was asked whether the notice arrived and what was done."""

    __tablename__ = "recall_check"
    __table_args__ = (rule("notice_arrived OR NOT acted", "nobody_acts_on_a_notice_that_did_not_arrive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    consignee_id: Mapped[int] = mapped_column(ForeignKey("recall_consignee.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))
    channel: Mapped[Channel] = mapped_column(one_of(Channel, "channel_is_known"))
    notice_arrived: Mapped[bool]
    acted: Mapped[bool]
    note: Mapped[str] = mapped_column(Text)


class OrderOutcome(StrEnum):
    """What became of an order that had not been sent."""

    HELD = "held"
    REALLOCATED = "reallocated"
    """Its vials come from other lots, with the buyer's yes."""


class RecallOrder(Numbered):
    """An order that had not been sent and kept vials of a recalled lot."""

    __tablename__ = "recall_order"
    __table_args__ = (
        UniqueConstraint("recall_id", "order_id"),
        rule("vials > 0", "vials_are_positive"),
        rule("(outcome = 'held') = (decided_at IS NULL)", "a_decision_says_when"),
    )

    recall_id: Mapped[int] = mapped_column(ForeignKey("recall.id"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    vials: Mapped[int]
    written_at: Mapped[datetime | None]
    """When the buyer was asked."""
    outcome: Mapped[OrderOutcome] = mapped_column(one_of(OrderOutcome, "outcome_is_known"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(200))

    recall: Mapped[Recall] = relationship()
    order: Mapped[Order] = relationship()


append_only("recall_contact")
append_only("recall_check")
