"""Lots: receiving them, the only legal changes of their state, and the state a reader is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import insert, literal, select
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import VialSize
from shop.core import audit, clock
from shop.core.audit import invariant
from shop.core.database import locked, writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory import certificates, ledger
from shop.inventory.models import Lot, LotEvent, LotState, MovementKind
from shop.inventory.shelf_life import removal_date

TRANSITIONS: dict[LotState, frozenset[LotState]] = {
    LotState.QUARANTINE: frozenset({LotState.RELEASED, LotState.REJECTED}),
    LotState.RELEASED: frozenset({LotState.ON_HOLD, LotState.RECALLED}),
    LotState.ON_HOLD: frozenset({LotState.RELEASED, LotState.REJECTED, LotState.RECALLED}),
    LotState.REJECTED: frozenset(),
    LotState.RECALLED: frozenset(),
}
"""The only legal changes of a lot's state."""

RETEST_SOON = timedelta(days=90)
NUMBER_CHARACTERS = frozenset("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789-")


class ShownState(StrEnum):
    """A lot's state as readers see it: the stored one, or one that follows from dates and stock."""

    RELEASED = "released"
    RETEST_SOON = "retest_soon"
    RETEST_OVERDUE = "retest_overdue"
    EXPIRED = "expired"
    SOLD_OUT = "sold_out"
    QUARANTINE = "quarantine"
    ON_HOLD = "on_hold"
    REJECTED = "rejected"
    RECALLED = "recalled"


@dataclass(frozen=True, kw_only=True)
class NewLot:
    """What is known of a lot when it arrives."""

    number: str
    sku: str
    manufacturer: str
    manufactured_on: date
    filled_on: date
    retest_on: date | None
    expires_on: date | None
    vials: int
    bin: str


def shown_state(lot: Lot, today: date) -> ShownState:
    """What readers are told of a lot today."""
    if lot.state != LotState.RELEASED:
        return ShownState(lot.state.value)
    if lot.expires_on is not None and lot.expires_on <= today:
        return ShownState.EXPIRED
    if lot.retest_on is not None and lot.retest_on <= today:
        return ShownState.RETEST_OVERDUE
    if lot.free == 0:
        return ShownState.SOLD_OUT
    if lot.retest_on is not None and lot.retest_on - today <= RETEST_SOON:
        return ShownState.RETEST_SOON
    return ShownState.RELEASED


def receive(new: NewLot, *, actor: str) -> int:
    """Take a lot into stock, in quarantine; returns its id.

    Raises:
        Refused: the number is taken or ill-formed, or the dates contradict each other.
        NotFound: there is no such vial size.
    """
    check_new(new)
    with writing() as session:
        return receive_in(session, new, actor=actor)


def check_new(new: NewLot) -> None:
    """Refuse what no lot can be.

    Raises:
        Refused: the number is ill-formed, or the dates contradict each other.
    """
    _check(new, new.number.strip().upper())


def receive_in(session: Session, new: NewLot, *, actor: str) -> int:
    """Take a lot into stock within a use case's transaction; raises as `receive` does."""
    number = new.number.strip().upper()
    _check(new, number)
    size = session.scalar(select(VialSize).where(VialSize.sku == new.sku))
    if size is None:
        raise NotFound(_("There is no vial size %(sku)s.", sku=new.sku))
    if session.scalar(select(Lot.id).where(Lot.number == number)) is not None:
        raise Refused(_("There is a lot %(lot)s already.", lot=number))
    lot = _add(session, new, number, size_id=size.id, parent_id=None)
    ledger.move(
        session,
        lot_id=lot.id,
        kind=MovementKind.RECEIVE,
        quantity=new.vials,
        cause=f"lot/{number}/receive",
        actor=actor,
    )
    _tell(session, lot, None, LotState.QUARANTINE, actor=actor, reason=_("Received into quarantine"))
    audit.log(session, actor=actor, action="lot.receive", subject=f"lot/{number}", after={"vials": new.vials})
    return lot.id


def _add(session: Session, new: NewLot, number: str, *, size_id: int, parent_id: int | None) -> Lot:
    """Write a new lot, in quarantine and without vials."""
    lot = Lot(
        number=number,
        vial_size_id=size_id,
        parent_lot_id=parent_id,
        state=LotState.QUARANTINE,
        manufacturer=new.manufacturer,
        manufactured_on=new.manufactured_on,
        filled_on=new.filled_on,
        retest_on=new.retest_on,
        expires_on=new.expires_on,
        removal_on=removal_date(new.retest_on, new.expires_on, margin_days=settings().lot_margin_days),
        vials_filled=new.vials,
        bin=new.bin,
        created_at=clock.now(),
    )
    session.add(lot)
    session.flush()
    return lot


@dataclass(frozen=True, kw_only=True)
class Split:
    """Vials that leave a bulk lot for a lot of their own. Dates left out are the bulk lot's."""

    number: str
    vials: int
    bin: str
    filled_on: date | None = None
    retest_on: date | None = None
    expires_on: date | None = None


def split(parent_number: str, part: Split, *, actor: str, reason: str) -> int:
    """Make a lot of its own, in quarantine, from vials of a bulk lot; returns its id.

    The same split a second time changes nothing.

    Raises:
        Refused: the number is taken or ill-formed, the bulk lot has not as many free vials or is rejected or
            recalled, or the new lot would outlive it.
        NotFound: there is no such bulk lot.
    """
    number = part.number.strip().upper()
    if not reason.strip():
        raise Refused(_("Give a reason."))
    with writing() as session:
        parent = certificates.find_lot(session, parent_number)
        cause = f"lot/{number}/split"
        there = session.scalar(select(Lot).where(Lot.number == number))
        if there is not None:
            told = ledger.written(session, lot_id=parent.id, kind=MovementKind.SPLIT_OUT, cause=cause, line=0)
            if told == part.vials:
                return there.id
            raise Refused(_("There is a lot %(lot)s already.", lot=number))
        new = _part_of(parent, part, number)
        _check(new, number)
        _refuse_outliving(parent, new)
        child = _add(session, new, number, size_id=parent.vial_size_id, parent_id=parent.id)
        for lot, kind in ((parent, MovementKind.SPLIT_OUT), (child, MovementKind.SPLIT_IN)):
            moved = ledger.move(
                session,
                lot_id=lot.id,
                kind=kind,
                quantity=part.vials,
                cause=cause,
                actor=actor,
                reason=reason,
                only_if=Lot.state.not_in((LotState.REJECTED, LotState.RECALLED)),
            )
            if not moved:
                raise Refused(
                    _(
                        "Lot %(lot)s has not %(vials)s free vials that may be split.",
                        lot=parent.number,
                        vials=part.vials,
                    )
                )
        words = _("Split from lot %(lot)s: %(why)s", lot=parent.number, why=reason)
        _tell(session, child, None, LotState.QUARANTINE, actor=actor, reason=words)
        audit.log(
            session,
            actor=actor,
            action="lot.split",
            subject=f"lot/{parent.number}",
            after={"lot": number, "vials": part.vials},
            reason=reason,
        )
        return child.id


def _part_of(parent: Lot, part: Split, number: str) -> NewLot:
    return NewLot(
        number=number,
        sku=parent.vial_size.sku,
        manufacturer=parent.manufacturer,
        manufactured_on=parent.manufactured_on,
        filled_on=part.filled_on or parent.filled_on,
        retest_on=part.retest_on or parent.retest_on,
        expires_on=part.expires_on or parent.expires_on,
        vials=part.vials,
        bin=part.bin,
    )


def _refuse_outliving(parent: Lot, new: NewLot) -> None:
    for mine, its in ((new.retest_on, parent.retest_on), (new.expires_on, parent.expires_on)):
        if its is not None and (mine is None or mine > its):
            raise Refused(
                _(
                    "Retest and expiry are those of lot %(lot)s, or earlier. Check the dates.",
                    lot=parent.number,
                )
            )


def family(session: Session, lot_ids: Iterable[int]) -> set[int]:
    """Some lots with every lot split from them, however often: whom a recall of them reaches. One query."""
    found = select(Lot.id).where(Lot.id.in_(list(lot_ids))).cte("family", recursive=True)
    children = aliased(Lot)
    found = found.union(select(children.id).join(found, children.parent_lot_id == found.c.id))
    return set(session.scalars(select(found.c.id)))


def parts(session: Session, lot_id: int) -> list[Lot]:
    """The lots split from a bulk lot, oldest first. One query."""
    return list(session.scalars(select(Lot).where(Lot.parent_lot_id == lot_id).order_by(Lot.id)))


def origins(session: Session, lot_id: int) -> list[Lot]:
    """The bulk lots a lot was split from, nearest first. Two queries."""
    found = (
        select(Lot.parent_lot_id.label("id"), literal(1).label("step"))
        .where(Lot.id == lot_id)
        .cte("origins", recursive=True)
    )
    parents = aliased(Lot)
    found = found.union_all(
        select(parents.parent_lot_id, found.c.step + 1).join(found, parents.id == found.c.id)
    )
    steps = dict(session.execute(select(found.c.id, found.c.step).where(found.c.id.is_not(None))).all())
    lots_found = session.scalars(select(Lot).where(Lot.id.in_(steps)))
    return sorted(lots_found, key=lambda lot: steps[lot.id])


def change_state(lot_number: str, to: LotState, *, actor: str, reason: str, cause: str | None = None) -> None:
    """Put a lot on hold, reject it, recall it, or release it from hold.

    Release from quarantine goes through `release`, which looks at the certificate.

    Args:
        cause: names the request; the same one a second time changes nothing.

    Raises:
        Refused: the change is not legal from the state the lot is in, or no reason is given.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    with writing() as session:
        lot = certificates.find_lot(session, lot_number)
        if _was_told(session, cause):
            return
        if to == LotState.RELEASED:
            waiting = certificates.draft(lot)
            if waiting is not None:
                raise Refused(
                    _(
                        "Certificate revision %(revision)s waits for a second person. Confirm it first.",
                        revision=waiting.revision,
                    )
                )
            _refuse_release(session, lot, actor=actor)
        _move(session, lot, to, actor=actor, reason=reason, cause=cause)


def hold_in(session: Session, lot: Lot, *, actor: str, reason: str) -> None:
    """Put a lot on hold within a use case's transaction.

    Raises:
        Refused: it is not on sale.
    """
    _move(session, lot, LotState.ON_HOLD, actor=actor, reason=reason, cause=None)


def stop_for_good(session: Session, lots: Sequence[Lot], *, actor: str, reason: str) -> None:
    """Recall locked lots within a use case's transaction; one that was never sold is rejected instead.

    A lot rejected or recalled before stays as it is. The statements do not grow with the number of lots.
    """
    moment = clock.now()
    changed = [
        (lot, lot.state, to) for lot in lots if (to := _stopped_for_good(lot.state)) in TRANSITIONS[lot.state]
    ]
    if not changed:
        return
    for lot, _before, to in changed:
        lot.state = to
    session.flush()
    session.execute(
        insert(LotEvent),
        [
            {"lot_id": lot.id, "at": moment, "actor": actor, "from_state": before, "to_state": to}
            | {"reason": reason}
            for lot, before, to in changed
        ],
    )
    session.execute(
        insert(audit.AuditEntry),
        [
            {"at": moment, "actor": actor, "action": "lot.state", "subject": f"lot/{lot.number}"}
            | {"before": {"state": before.value}, "after": {"state": to.value}, "reason": reason}
            for lot, before, to in changed
        ],
    )


def _stopped_for_good(before: LotState) -> LotState:
    return LotState.REJECTED if before == LotState.QUARANTINE else LotState.RECALLED


def release(
    lot_number: str, *, actor: str, reason: str, revision: int | None = None, cause: str | None = None
) -> None:
    """Release a lot for sale; a certificate waiting for a second person is published with it.

    Args:
        cause: names the request; the same one a second time changes nothing.
        revision: the certificate revision the person compared with its document, where they did.

    Raises:
        Refused: names every reason: no certificate, a test missing or outside its limit, the same person
            uploaded it, or a bulk lot it was split from is on hold, rejected or recalled.
    """
    with writing() as session:
        lot = certificates.find_lot(session, lot_number)
        if _was_told(session, cause):
            return
        waiting = certificates.draft(lot)
        compared = waiting or certificates.current(lot)
        if revision is not None and (compared is None or compared.revision != revision):
            raise Refused(_("Another certificate was added meanwhile. Compare that one with its document."))
        if waiting is not None:
            found = certificates.problems(lot, waiting)
            if found:
                raise Refused(" ".join(found))
            certificates.publish_in(session, waiting, actor=actor)
        _refuse_release(session, lot, actor=actor)
        _move(
            session,
            lot,
            LotState.RELEASED,
            actor=actor,
            reason=reason or _("Certificate confirmed"),
            cause=cause,
        )


def _was_told(session: Session, cause: str | None) -> bool:
    """Whether a request was carried out before."""
    return (
        cause is not None and session.scalar(select(LotEvent.id).where(LotEvent.cause == cause)) is not None
    )


def _refuse_release(session: Session, lot: Lot, *, actor: str) -> None:
    revision = certificates.current(lot)
    found = certificates.problems(lot, revision)
    # What is wrong with a bulk lot is wrong with the vials that were split from it.
    found += [
        _(
            "Lot %(lot)s, which it was split from, is %(state)s.",
            lot=bulk.number,
            state=state_in_words(bulk.state),
        )
        for bulk in (origins(session, lot.id) if lot.parent_lot_id else [])
        if bulk.state in (LotState.ON_HOLD, LotState.REJECTED, LotState.RECALLED)
    ]
    if revision is not None and revision.uploaded_by == actor:
        found.append(_("You uploaded the certificate. A second person has to release the lot."))
    if lot.removal_on <= clock.today():
        found.append(_("The lot is too close to its retest or expiry date to be sold."))
    if found:
        raise Refused(" ".join(found))


def _move(session: Session, lot: Lot, to: LotState, *, actor: str, reason: str, cause: str | None) -> None:
    before = lot.state
    if to not in TRANSITIONS[before]:
        raise Refused(
            _(
                "Lot %(lot)s is %(before)s and cannot become %(after)s.",
                lot=lot.number,
                before=state_in_words(before),
                after=state_in_words(to),
            )
        )
    # A placing that runs at the same moment holds the lot's row; this waits for it and then wins.
    if locked(session, Lot, lot.id) is None or lot.state != before:
        raise Refused(_("Lot %(lot)s has changed meanwhile. Look at it again.", lot=lot.number))
    lot.state = to
    session.flush()
    _tell(session, lot, before, to, actor=actor, reason=reason, cause=cause)
    audit.log(
        session,
        actor=actor,
        action="lot.state",
        subject=f"lot/{lot.number}",
        before={"state": before.value},
        after={"state": to.value},
        reason=reason,
    )


def state_in_words(state: LotState) -> str:
    """A stored state for readers."""
    return {
        LotState.QUARANTINE: _("in quarantine"),
        LotState.RELEASED: _("released"),
        LotState.ON_HOLD: _("on hold"),
        LotState.REJECTED: _("rejected"),
        LotState.RECALLED: _("recalled"),
    }[state]


def _tell(
    session: Session,
    lot: Lot,
    before: LotState | None,
    after: LotState,
    *,
    actor: str,
    reason: str,
    cause: str | None = None,
) -> None:
    session.add(
        LotEvent(
            lot_id=lot.id,
            at=clock.now(),
            actor=actor,
            from_state=before,
            to_state=after,
            reason=reason,
            cause=cause,
        )
    )


def _check(new: NewLot, number: str) -> None:
    if not number or len(number) > 30 or set(number) - NUMBER_CHARACTERS:
        raise Refused(_("A lot number has capital letters (without I and O), digits and hyphens."))
    if number != number.strip("-"):
        raise Refused(_("A lot number begins and ends with a letter or a digit."))
    if new.vials < 1:
        raise Refused(_("Enter how many vials were received."))
    if new.retest_on is None and new.expires_on is None:
        raise Refused(_("Enter a retest date or an expiry date."))
    if new.filled_on < new.manufactured_on:
        raise Refused(_("The lot was filled before it was made. Check the dates."))
    if new.filled_on > clock.today():
        raise Refused(_("The lot was filled on a day that has not come. Check the dates."))
    if any(each is not None and each <= new.filled_on for each in (new.retest_on, new.expires_on)):
        raise Refused(_("Retest and expiry come after filling. Check the dates."))


@invariant("I42", "Every state of a lot was reached by legal changes, each with its event")
def _states_have_histories(session: Session) -> Iterator[str]:
    reached: dict[int, LotState] = {}
    events = session.execute(
        select(LotEvent.lot_id, LotEvent.from_state, LotEvent.to_state).order_by(LotEvent.id)
    )
    for lot_id, before, after in events:
        if reached.get(lot_id) != before:
            yield f"lot {lot_id}: an event leaves {before}, but {reached.get(lot_id)} was reached"
        elif before is not None and after not in TRANSITIONS[before]:
            yield f"lot {lot_id}: {before} to {after} is not a legal change"
        reached[lot_id] = after
    for lot_id, number, state in session.execute(select(Lot.id, Lot.number, Lot.state)):
        if reached.get(lot_id) != state:
            yield f"lot {number} is {state.value}, its events end at {reached.get(lot_id)}"
