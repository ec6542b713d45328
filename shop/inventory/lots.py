"""Lots: receiving them, the only legal changes of their state, and the state a reader is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from shop.catalogue.models import VialSize
from shop.core import audit, clock
from shop.core.database import locked, writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory import certificates, ledger
from shop.inventory.models import Lot, LotEvent, LotState, MovementKind

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


def removal_date(retest_on: date | None, expires_on: date | None, *, margin_days: int) -> date:
    """The day a lot leaves the shelf: the earlier of retest and expiry, less a margin.

    Raises:
        ValueError: neither date is known.
    """
    dates = [each for each in (retest_on, expires_on) if each is not None]
    return min(dates) - timedelta(days=margin_days)


def shown_state(lot: Lot, today: date) -> ShownState:
    """What readers are told of a lot today."""
    if lot.state != LotState.RELEASED:
        return ShownState(lot.state.value)
    if lot.expires_on is not None and lot.expires_on <= today:
        return ShownState.EXPIRED
    if lot.retest_on is not None and lot.retest_on <= today:
        return ShownState.RETEST_OVERDUE
    if lot.on_hand - lot.reserved - lot.allocated == 0:
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
    lot = Lot(
        number=number,
        vial_size_id=size.id,
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


def change_state(lot_number: str, to: LotState, *, actor: str, reason: str) -> None:
    """Put a lot on hold, reject it, recall it, or release it from hold.

    Release from quarantine goes through `release`, which looks at the certificate.

    Raises:
        Refused: the change is not legal from the state the lot is in, or no reason is given.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    with writing() as session:
        lot = certificates.find_lot(session, lot_number)
        if to == LotState.RELEASED:
            waiting = certificates.draft(lot)
            if waiting is not None:
                raise Refused(
                    _(
                        "Certificate revision %(revision)s waits for a second person. Confirm it first.",
                        revision=waiting.revision,
                    )
                )
            _refuse_release(lot, actor=actor)
        _move(session, lot, to, actor=actor, reason=reason)


def hold_in(session: Session, lot: Lot, *, actor: str, reason: str) -> None:
    """Put a lot on hold within a use case's transaction.

    Raises:
        Refused: it is not on sale.
    """
    _move(session, lot, LotState.ON_HOLD, actor=actor, reason=reason)


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


def release(lot_number: str, *, actor: str, reason: str, revision: int | None = None) -> None:
    """Release a lot for sale; a certificate waiting for a second person is published with it.

    Args:
        revision: the certificate revision the person compared with its document, where they did.

    Raises:
        Refused: names every reason: no certificate, a test missing or outside its limit, or the same
            person uploaded it.
    """
    with writing() as session:
        lot = certificates.find_lot(session, lot_number)
        waiting = certificates.draft(lot)
        compared = waiting or certificates.current(lot)
        if revision is not None and (compared is None or compared.revision != revision):
            raise Refused(_("Another certificate was added meanwhile. Compare that one with its document."))
        if waiting is not None:
            found = certificates.problems(lot, waiting)
            if found:
                raise Refused(" ".join(found))
            certificates.publish_in(session, waiting, actor=actor)
        _refuse_release(lot, actor=actor)
        _move(session, lot, LotState.RELEASED, actor=actor, reason=reason or _("Certificate confirmed"))


def _refuse_release(lot: Lot, *, actor: str) -> None:
    revision = certificates.current(lot)
    found = certificates.problems(lot, revision)
    if revision is not None and revision.uploaded_by == actor:
        found.append(_("You uploaded the certificate. A second person has to release the lot."))
    if lot.removal_on <= clock.today():
        found.append(_("The lot is too close to its retest or expiry date to be sold."))
    if found:
        raise Refused(" ".join(found))


def _move(session: Session, lot: Lot, to: LotState, *, actor: str, reason: str) -> None:
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
    _tell(session, lot, before, to, actor=actor, reason=reason)
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
    session: Session, lot: Lot, before: LotState | None, after: LotState, *, actor: str, reason: str
) -> None:
    session.add(
        LotEvent(lot_id=lot.id, at=clock.now(), actor=actor, from_state=before, to_state=after, reason=reason)
    )


def _check(new: NewLot, number: str) -> None:
    if not number or len(number) > 30 or set(number) - NUMBER_CHARACTERS:
        raise Refused(_("A lot number has capital letters (without I and O), digits and hyphens."))
    if new.vials < 1:
        raise Refused(_("Enter how many vials were received."))
    if new.retest_on is None and new.expires_on is None:
        raise Refused(_("Enter a retest date or an expiry date."))
    if new.filled_on < new.manufactured_on:
        raise Refused(_("The lot was filled before it was made. Check the dates."))
    if any(each is not None and each <= new.filled_on for each in (new.retest_on, new.expires_on)):
        raise Refused(_("Retest and expiry come after filling. Check the dates."))
