"""Vials of a lot kept without an order until a moment: asked for, granted, drawn on, and ended.

A hold is a reservation with an end. Granting it reserves the vials, an order of its holder draws on them, and
what is left goes back to the same lot by a release movement, written by the job when the end has come or by
a person before.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shop.core import audit, clock
from shop.core.audit import invariant
from shop.core.database import locked, reading, rows_changed, writing
from shop.core.errors import NotFound, Refused
from shop.core.identity import random_reference
from shop.core.jobs import job
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory import availability, ledger
from shop.inventory.models import HoldState, Lot, LotHold, MovementKind

LONGEST = timedelta(days=90)
MOST_VIALS = 10_000
GRACE = timedelta(hours=1)
"""How long after its end a hold may stand before the audit calls it forgotten."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Vials of a lot that somebody asks to have kept."""

    lot_id: int
    vials: int
    until: datetime
    organisation: str
    email: str
    about: str


def ask(session: Session, wanted: Wanted, *, actor: str) -> LotHold:
    """Write down that somebody wants vials kept; nothing is kept before the hold is granted.

    Raises:
        Refused: the number or the end is out of bounds.
    """
    if not 1 <= wanted.vials <= MOST_VIALS:
        raise Refused(_("Enter a number of vials from 1 to %(most)s.", most=f"{MOST_VIALS:,}"))
    if not clock.now() < wanted.until <= clock.now() + LONGEST:
        raise Refused(
            _("Vials are kept for %(days)s days at most. Choose an earlier day.", days=LONGEST.days)
        )
    hold = LotHold(
        reference=random_reference(),
        lot_id=wanted.lot_id,
        about=wanted.about,
        organisation=wanted.organisation,
        email=wanted.email,
        quantity=wanted.vials,
        left_vials=0,
        until=wanted.until,
        state=HoldState.ASKED,
        asked_at=clock.now(),
        asked_by=actor,
    )
    session.add(hold)
    session.flush()
    return hold


def grant(session: Session, hold_id: int, *, actor: str, vials: int | None = None) -> LotHold:
    """Keep the vials from now on; granting again changes nothing.

    Args:
        vials: fewer than were asked for, where not all of them are free.

    Raises:
        Refused: the hold has been decided, its end has passed, or the lot has not as many free vials to sell.
    """
    hold = _lock(session, hold_id)
    if hold.state == HoldState.HELD:
        return hold
    if hold.state != HoldState.ASKED:
        raise Refused(_("This has been decided already."))
    if hold.until <= clock.now():
        raise Refused(_("The day until which the vials were to be kept has passed."))
    quantity = hold.quantity if vials is None else vials
    if not 1 <= quantity <= hold.quantity:
        raise Refused(_("Keep at least one vial, and no more than were asked for."))
    kept = ledger.move(
        session,
        lot_id=hold.lot_id,
        kind=MovementKind.RESERVE,
        quantity=quantity,
        cause=f"hold/{hold.reference}/grant",
        actor=actor,
        only_if=availability.sellable_on(clock.today()),
    )
    if not kept:
        raise Refused(
            _(
                "Lot %(lot)s has %(free)s vials that may be kept.",
                lot=hold.lot.number,
                free=hold.lot.free if availability.is_sellable_on(hold.lot, clock.today()) else 0,
            )
        )
    hold.quantity, hold.left_vials = quantity, quantity
    hold.state, hold.decided_by = HoldState.HELD, actor
    session.flush()
    _log(session, hold, actor, "hold.grant", "")
    return hold


def refuse(session: Session, hold_id: int, *, actor: str, reason: str) -> LotHold:
    """Say no to a hold that was asked for.

    Raises:
        Refused: it has been decided, or no reason is given.
    """
    hold = _lock(session, hold_id)
    if not reason.strip():
        raise Refused(_("Give a reason."))
    if hold.state == HoldState.REFUSED:
        return hold
    if hold.state != HoldState.ASKED:
        raise Refused(_("This has been decided already."))
    hold.state, hold.decided_by, hold.reason = HoldState.REFUSED, actor, reason
    session.flush()
    _log(session, hold, actor, "hold.refuse", reason)
    return hold


def end(session: Session, hold_id: int, *, actor: str, reason: str) -> bool:
    """Let go of what a hold still keeps; returns False when it had ended before."""
    hold = _lock(session, hold_id)
    if hold.state != HoldState.HELD:
        return False
    left = hold.left_vials
    hold.state, hold.left_vials, hold.reason = HoldState.ENDED, 0, reason
    session.flush()
    if left and not ledger.move(
        session,
        lot_id=hold.lot_id,
        kind=MovementKind.RELEASE,
        quantity=left,
        cause=f"hold/{hold.reference}/end",
        actor=actor,
        reason=reason,
    ):
        raise HoldNotInLedger(f"hold {hold.id} keeps {left} vials that its lot does not have")
    _log(session, hold, actor, "hold.end", reason)
    return True


def draw(
    session: Session, hold_id: int, vials: int, *, lot_id: int, line: int, cause: str, actor: str
) -> bool:
    """Let vials of a hold go for an order line of its holder, which reserves them in the same transaction.

    Returns:
        False when the hold does not keep as many any more.
    """
    drawn = rows_changed(
        session,
        update(LotHold)
        .where(
            LotHold.id == hold_id,
            LotHold.lot_id == lot_id,
            LotHold.state == HoldState.HELD,
            LotHold.left_vials >= vials,
        )
        .values(left_vials=LotHold.left_vials - vials),
    )
    return drawn > 0 and ledger.move(
        session,
        lot_id=lot_id,
        kind=MovementKind.RELEASE,
        quantity=vials,
        cause=f"{cause}/hold",
        line=line,
        actor=actor,
    )


@job("end lot holds", every=timedelta(seconds=60))
def end_due() -> int:
    """Let go of what was held until a moment that has come."""
    due = select(LotHold.id).where(LotHold.state == HoldState.HELD, LotHold.until <= clock.now())
    with reading() as session:
        ids = list(session.scalars(due.order_by(LotHold.id)))
    ended = 0
    for hold_id in ids:
        with writing() as session:
            ended += end(session, hold_id, actor="job", reason=_("The hold ran until this time."))
    return ended


def find(session: Session, reference: str) -> LotHold:
    """A hold by its reference.

    Raises:
        NotFound: there is none.
    """
    wanted = reference if reference.isascii() and reference.isprintable() else ""
    hold = session.scalar(select(LotHold).where(LotHold.reference == wanted))
    if hold is None:
        raise NotFound(_("We can’t find these held vials. Use the whole link from our mail, or write to us."))
    return hold


def key_of(reference: str) -> str:
    """The key in the link to a hold: bound to this purpose and this hold."""
    signed = hmac.new(settings().secret_key.encode(), f"lot-hold:{reference}".encode(), sha256)
    return signed.hexdigest()[:40]


def opens(key: str, reference: str) -> bool:
    """Whether a key belongs to a hold; compared in constant time."""
    return hmac.compare_digest(key.encode(), key_of(reference).encode())


def _lock(session: Session, hold_id: int) -> LotHold:
    hold = locked(session, LotHold, hold_id)
    if hold is None:
        raise NotFound(_("There is no such hold."))
    # The lot's counters as they are now, for the sentences that name them.
    session.refresh(session.get_one(Lot, hold.lot_id))
    return hold


def _log(session: Session, hold: LotHold, actor: str, action: str, reason: str) -> None:
    audit.log(
        session,
        actor=actor,
        action=action,
        subject=f"lot/{hold.lot.number}",
        after={"hold": hold.reference, "vials": hold.quantity, "until": hold.until.isoformat()},
        reason=reason or None,
    )


class HoldNotInLedger(Exception):
    """A hold and its lot's counters contradict each other; nothing was changed."""


@invariant("I43", "No hold of a lot stands long after its end")
def _no_hold_forgotten(session: Session) -> Iterator[str]:
    forgotten = select(LotHold.reference).where(
        LotHold.state == HoldState.HELD, LotHold.until < clock.now() - GRACE
    )
    for reference in session.scalars(forgotten):
        yield f"hold {reference} still keeps vials long after its end"
