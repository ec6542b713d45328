"""What staff do with the vials of a lot: count, write off, set apart, clear. Each is one movement.

Every request names itself (`cause`); the same one a second time changes nothing. Only vials that nobody has
been promised can be written off or set apart; what was set apart is sold again only after it was cleared.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement

from shop.core import audit
from shop.core.database import writing
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.inventory import certificates, ledger
from shop.inventory.models import Lot, LotState, MovementKind


def adjust(lot_number: str, change: int, *, cause: str, actor: str, reason: str) -> bool:
    """Correct what is on hand after a count, up or down; returns False when it was done before.

    Raises:
        Refused: nothing would change, vials that are promised or set apart would vanish, or no reason is
            given.
    """
    if change == 0:
        raise Refused(_("The count is what the ledger says. There is nothing to adjust."))
    return _change(lot_number, MovementKind.ADJUST, change, cause=cause, actor=actor, reason=reason)


def count(lot_number: str, counted: int, *, expected: int, cause: str, actor: str, reason: str) -> bool:
    """Write a count of the vials on hand as an adjustment; returns False when it was written before.

    Args:
        expected: what the person who counted was told is on hand, so that a movement meanwhile is not undone.

    Raises:
        Refused: stock moved meanwhile, or the adjustment cannot be made.
    """
    same = Lot.on_hand == expected
    if counted == expected:
        raise Refused(_("The count is what the ledger says. There is nothing to adjust."))
    change = counted - expected
    return _change(
        lot_number, MovementKind.ADJUST, change, cause=cause, actor=actor, reason=reason, only_if=same
    )


def write_off(lot_number: str, vials: int, *, cause: str, actor: str, reason: str) -> bool:
    """Take free vials out of stock for good; returns False when it was done before."""
    return _change(lot_number, MovementKind.WRITE_OFF, vials, cause=cause, actor=actor, reason=reason)


def set_apart(lot_number: str, vials: int, *, cause: str, actor: str, reason: str) -> bool:
    """Put free vials of a lot in quarantine; returns False when it was done before."""
    return _change(lot_number, MovementKind.QUARANTINE, vials, cause=cause, actor=actor, reason=reason)


def clear(lot_number: str, vials: int, *, cause: str, actor: str, reason: str) -> bool:
    """Make vials that were set apart free again; returns False when it was done before.

    Raises:
        Refused: fewer vials are set apart, or the lot is rejected or recalled.
    """
    return _change(
        lot_number,
        MovementKind.CLEAR,
        vials,
        cause=cause,
        actor=actor,
        reason=reason,
        only_if=Lot.state.not_in((LotState.REJECTED, LotState.RECALLED)),
    )


def discard(lot_number: str, vials: int, *, cause: str, actor: str, reason: str) -> bool:
    """Write off vials that were set apart; returns False when it was done before."""
    return _change(lot_number, MovementKind.DISCARD, vials, cause=cause, actor=actor, reason=reason)


def _change(
    lot_number: str,
    kind: MovementKind,
    vials: int,
    *,
    cause: str,
    actor: str,
    reason: str,
    only_if: ColumnElement[bool] | None = None,
) -> bool:
    if not reason.strip():
        raise Refused(_("Give a reason."))
    if vials < 1 and kind != MovementKind.ADJUST:
        raise Refused(_("Enter how many vials."))
    with writing() as session:
        lot = certificates.find_lot(session, lot_number)
        named = f"lot/{lot.number}/{cause}"
        if ledger.written(session, lot_id=lot.id, kind=kind, cause=named) is not None:
            return False
        moved = ledger.move(
            session,
            lot_id=lot.id,
            kind=kind,
            quantity=vials,
            cause=named,
            actor=actor,
            reason=reason,
            only_if=only_if,
        )
        if not moved:
            raise Refused(_why_not(lot, kind))
        audit.log(
            session,
            actor=actor,
            action=f"stock.{kind.value}",
            subject=f"lot/{lot.number}",
            after={"vials": vials},
            reason=reason,
        )
        return True


def _why_not(lot: Lot, kind: MovementKind) -> str:
    if kind in (MovementKind.CLEAR, MovementKind.DISCARD):
        return _(
            "Lot %(lot)s has %(vials)s vials set apart. More cannot be taken, and none of a rejected or "
            "recalled lot is sold again.",
            lot=lot.number,
            vials=lot.quarantined,
        )
    if kind == MovementKind.ADJUST:
        return _(
            "This cannot be adjusted: vials of lot %(lot)s moved since the page was made, or some that are "
            "promised or set apart would be missing. %(free)s are free. Cancel or change the orders first.",
            lot=lot.number,
            free=lot.free,
        )
    return _("Lot %(lot)s has %(free)s free vials.", lot=lot.number, free=lot.free)
