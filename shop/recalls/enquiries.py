"""What people write to us about a lot: questions and complaints, tied to the lot where it is known.

Three complaints on one lot ask for a hold: a task on the dashboard, decided by a person and never by a
counter. A question about use in people gets the fixed refusal and is kept; nobody has to answer it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, Index, Select, String, Text, and_, func, select, true
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from shop.claims.use_in_people import asks_about_use_in_people, fixed_refusal
from shop.core import audit, clock, mail
from shop.core.append_only import append_only, frozen_columns
from shop.core.audit import invariant
from shop.core.database import Base, Numbered, locked, one_of, rule, writing
from shop.core.errors import NotFound, Refused
from shop.core.identity import random_reference
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.core.wording import plain_text
from shop.inventory import lots
from shop.inventory.models import Lot, LotState

ASK_AT = 3
"""Complaints on one lot that ask for a hold; after a decision, as many further ones ask again."""
PAGE_SIZE = 50
FROM_WEB = "web"
MOST_AN_HOUR = 5
"""Messages taken from one address by the public form; each is confirmed by mail, which nobody asked for."""


class EnquiryKind(StrEnum):
    """What somebody writes about."""

    QUESTION = "question"
    COMPLAINT = "complaint"


class EnquiryState(StrEnum):
    """Where it stands."""

    WAITING = "waiting"
    ANSWERED = "answered"
    UNFOUNDED = "unfounded"
    """Looked into; not the lot's fault. It does not count towards a hold."""
    REFUSED = "refused"
    """About use in people: given the fixed refusal."""


class Enquiry(Numbered):
    """One message from outside, as it was sent."""

    __tablename__ = "enquiry"
    __table_args__ = (
        rule("(state IN ('waiting', 'refused')) = (decided_at IS NULL)", "a_decision_says_when"),
        rule("(decided_at IS NULL) = (decided_by IS NULL)", "a_decision_says_who"),
        Index("ix_enquiry_lot_kind", "lot_id", "kind"),
    )

    reference: Mapped[str] = mapped_column(String(26), unique=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[EnquiryKind] = mapped_column(one_of(EnquiryKind, "kind_is_known"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))
    lot_typed: Mapped[str] = mapped_column(String(60))
    """The lot number as typed, also when we have none like it."""
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    text: Mapped[str] = mapped_column(Text)
    taken_by: Mapped[str] = mapped_column(String(200))
    """`web`, or the member of staff who wrote it down."""
    state: Mapped[EnquiryState] = mapped_column(one_of(EnquiryState, "state_is_known"), index=True)
    answer: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(200))

    lot: Mapped[Lot | None] = relationship()

    @property
    def number(self) -> str:
        """The number people use."""
        return f"ENQ-{self.id:05}"


class HoldDecision(Base):
    """What a person decided when complaints asked for a hold."""

    __tablename__ = "hold_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))
    held: Mapped[bool]
    complaints: Mapped[int]
    """How many complaints there were."""
    reason: Mapped[str] = mapped_column(Text)


append_only("hold_decision")
frozen_columns(
    "enquiry",
    ["reference", "received_at", "kind", "lot_typed", "email", "text", "taken_by"],
    "what somebody wrote never changes",
    erasable=("email", "text"),
)


@dataclass(frozen=True, kw_only=True)
class NewEnquiry:
    """What somebody writes."""

    kind: EnquiryKind
    name: str
    email: str
    text: str
    lot_number: str = ""


@dataclass(frozen=True, kw_only=True)
class Received:
    """What became of a message. `refusal` is the fixed answer, where it was about use in people."""

    number: str
    refusal: str


def receive(new: NewEnquiry, *, taken_by: str = FROM_WEB) -> Received:
    """Keep a message and confirm it by mail.

    A complaint that also asks about use in people is kept as a complaint, so that it counts and is looked
    into; its sender is given the refusal all the same.

    The confirmation does not repeat the message: the address is anybody's until its owner has answered.

    Raises:
        Refused: nothing is written, the address is not one, or it has sent too many in an hour.
    """
    if not new.text.strip():
        raise Refused(_("Write your message."))
    about_use = asks_about_use_in_people(new.text)
    with writing() as session:
        if taken_by == FROM_WEB:
            _refuse_a_flood(session, new.email)
        lot_id = _lot_id(session, new.lot_number)
        refused = about_use and new.kind == EnquiryKind.QUESTION
        enquiry = Enquiry(
            reference=random_reference(),
            received_at=clock.now(),
            kind=new.kind,
            lot_id=lot_id,
            lot_typed=new.lot_number.strip()[:60],
            name=new.name.strip(),
            email=new.email.strip(),
            text=new.text.strip(),
            taken_by=taken_by,
            state=EnquiryState.REFUSED if refused else EnquiryState.WAITING,
        )
        session.add(enquiry)
        session.flush()
        if about_use:
            audit.log(
                session, actor="rule", action="enquiry.use_in_people", subject=f"enquiry/{enquiry.number}"
            )
        refusal = fixed_refusal() if about_use else ""
        _write(session, enquiry, part="received", text="", refusal=refusal)
        return Received(number=enquiry.number, refusal=refusal)


def _refuse_a_flood(session: Session, email: str) -> None:
    recent = session.scalar(
        select(func.count()).where(
            Enquiry.email == email.strip(), Enquiry.received_at > clock.now() - timedelta(hours=1)
        )
    )
    if (recent or 0) >= MOST_AN_HOUR:
        raise Refused(_("We have had several messages from this address. Wait an hour, or write by mail."))


def _lot_id(session: Session, typed: str) -> int | None:
    number = typed.strip().upper()
    if not number or not number.isascii() or not number.isprintable():
        return None
    return session.scalar(select(Lot.id).where(Lot.number == number))


def _write(session: Session, enquiry: Enquiry, *, part: str, text: str, refusal: str = "") -> None:
    body = plain_text(
        "mail/enquiry.txt",
        enquiry=enquiry,
        answer=text,
        refusal=refusal,
        base_url=settings().base_url,
        shop_name=settings().shop_name,
        contact_email=settings().contact_email,
    )
    mail.write(
        session,
        mail.Letter(to=enquiry.email, subject=_("Your message %(number)s", number=enquiry.number), body=body),
        fact=f"enquiry-{part}/{enquiry.id}",
        about=f"enquiry/{enquiry.id}",
    )


def answer(enquiry_id: int, *, text: str, unfounded: bool = False, actor: str) -> None:
    """Answer a message; the sender gets it by mail.

    Raises:
        Refused: nothing is written, or it was decided before. A refused one is not answered.
    """
    if not text.strip():
        raise Refused(_("Write an answer."))
    with writing() as session:
        enquiry = _waiting(session, enquiry_id)
        enquiry.state = EnquiryState.UNFOUNDED if unfounded else EnquiryState.ANSWERED
        enquiry.answer, enquiry.decided_at, enquiry.decided_by = text.strip(), clock.now(), actor
        _write(session, enquiry, part="answered", text=text.strip())
        audit.log(
            session,
            actor=actor,
            action="enquiry.answer",
            subject=f"enquiry/{enquiry.number}",
            after={"state": enquiry.state.value},
        )


def refuse(enquiry_id: int, *, actor: str) -> None:
    """Give the fixed refusal to a message that a person saw to be about use in people."""
    with writing() as session:
        enquiry = _waiting(session, enquiry_id)
        enquiry.state = EnquiryState.REFUSED
        _write(session, enquiry, part="refused", text="", refusal=fixed_refusal())
        audit.log(session, actor=actor, action="enquiry.refuse", subject=f"enquiry/{enquiry.number}")


def tie(enquiry_id: int, *, lot_number: str, actor: str) -> None:
    """Say which lot a message is about.

    Raises:
        NotFound: there is no such lot, or no such message.
    """
    with writing() as session:
        enquiry = locked(session, Enquiry, enquiry_id)
        lot_id = _lot_id(session, lot_number)
        if enquiry is None or lot_id is None:
            raise NotFound(_("We have no lot %(lot)s.", lot=lot_number.strip()[:30]))
        enquiry.lot_id = lot_id
        audit.log(
            session,
            actor=actor,
            action="enquiry.tie",
            subject=f"enquiry/{enquiry.number}",
            after={"lot": lot_number.strip().upper()},
        )


def _waiting(session: Session, enquiry_id: int) -> Enquiry:
    enquiry = locked(session, Enquiry, enquiry_id)
    if enquiry is None:
        raise NotFound(_("There is no such message."))
    if enquiry.state != EnquiryState.WAITING:
        raise Refused(_("Message %(number)s was decided before.", number=enquiry.number))
    return enquiry


@dataclass(frozen=True, kw_only=True)
class HoldAsked:
    """A lot on sale whose complaints ask for a hold."""

    lot: Lot
    complaints: int


def holds_asked(session: Session) -> list[HoldAsked]:
    """Lots on sale with three complaints or more that nobody has decided about since. One query."""
    rows = session.execute(_ask_for_a_hold().order_by(Lot.number))
    return [HoldAsked(lot=lot, complaints=complaints) for lot, complaints in rows]


def waiting_counts(session: Session) -> tuple[int, int]:
    """How many lots ask for a hold, and how many messages wait for an answer. One query."""
    asking = select(func.count()).select_from(_ask_for_a_hold().subquery())
    waiting = select(func.count()).select_from(Enquiry).where(Enquiry.state == EnquiryState.WAITING)
    row = session.execute(select(asking.scalar_subquery(), waiting.scalar_subquery())).one()
    return row[0], row[1]


def _ask_for_a_hold() -> Select[Lot, int]:
    decided = (
        select(func.max(HoldDecision.complaints))
        .where(HoldDecision.lot_id == Lot.id)
        .correlate(Lot)
        .scalar_subquery()
    )
    counted = (
        select(Enquiry.lot_id, func.count().label("complaints"))
        .where(_counts())
        .group_by(Enquiry.lot_id)
        .subquery()
    )
    return (
        select(Lot, counted.c.complaints)
        .join(counted, counted.c.lot_id == Lot.id)
        .where(Lot.state == LotState.RELEASED, counted.c.complaints >= func.coalesce(decided, 0) + ASK_AT)
    )


def _counts() -> ColumnElement[bool]:
    return and_(
        Enquiry.kind == EnquiryKind.COMPLAINT,
        Enquiry.lot_id.is_not(None),
        Enquiry.state != EnquiryState.UNFOUNDED,
    )


def decide_hold(lot_number: str, *, hold: bool, reason: str, actor: str) -> None:
    """Put a lot on hold because of complaints, or keep it on sale, with a reason.

    Raises:
        Refused: no reason is given, or the lot is not on sale.
        NotFound: there is no such lot.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    with writing() as session:
        lot_id = _lot_id(session, lot_number)
        lot = locked(session, Lot, lot_id) if lot_id is not None else None
        if lot is None:
            raise NotFound(_("We have no lot %(lot)s.", lot=lot_number.strip()[:30]))
        complaints = session.scalar(select(func.count()).where(Enquiry.lot_id == lot.id, _counts())) or 0
        if hold:
            lots.hold_in(session, lot, actor=actor, reason=reason.strip())
        session.add(
            HoldDecision(
                lot_id=lot.id,
                at=clock.now(),
                actor=actor,
                held=hold,
                complaints=complaints,
                reason=reason.strip(),
            )
        )
        audit.log(
            session,
            actor=actor,
            action="lot.hold_decision",
            subject=f"lot/{lot.number}",
            after={"held": hold, "complaints": complaints},
            reason=reason.strip(),
        )


class View(StrEnum):
    """A kept question about messages."""

    WAITING = "waiting"
    COMPLAINTS = "complaints"
    REFUSED = "refused"
    ALL = "all"


@dataclass(frozen=True, kw_only=True)
class EnquiryPage:
    """Some of the messages, and how many there are in all."""

    rows: Sequence[Enquiry]
    total: int
    number: int


def listed(session: Session, view: View, *, page: int) -> EnquiryPage:
    """One page of messages, newest first. A page past the end is the last one. Two queries."""
    wanted = {
        View.WAITING: Enquiry.state == EnquiryState.WAITING,
        View.COMPLAINTS: Enquiry.kind == EnquiryKind.COMPLAINT,
        View.REFUSED: Enquiry.state == EnquiryState.REFUSED,
        View.ALL: true(),
    }[view]
    total = session.scalar(select(func.count()).select_from(Enquiry).where(wanted)) or 0
    number = max(1, min(page, -(-total // PAGE_SIZE)))
    rows = session.scalars(
        select(Enquiry)
        .outerjoin(Enquiry.lot)
        .where(wanted)
        .order_by(Enquiry.id.desc())
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    return EnquiryPage(rows=rows, total=total, number=number)


def find(session: Session, enquiry_id: int) -> Enquiry:
    """One message.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Enquiry, enquiry_id)
    if found is None:
        raise NotFound(_("There is no such message."))
    return found


def of_lot(session: Session, lot_id: int) -> list[Enquiry]:
    """Every message about a lot, newest first."""
    return list(session.scalars(select(Enquiry).where(Enquiry.lot_id == lot_id).order_by(Enquiry.id.desc())))


@invariant("I54", "A message about use in people was never answered")
def _refused_are_not_answered(session: Session) -> Iterator[str]:
    rows = session.scalars(
        select(Enquiry.id).where(Enquiry.state == EnquiryState.REFUSED, Enquiry.answer != "")
    )
    for enquiry_id in rows:
        yield f"enquiry {enquiry_id} was refused and answered"
