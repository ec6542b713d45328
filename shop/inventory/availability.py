"""How many vials there are to sell: one predicate for the number shown, the reservation and the pick."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Date, and_, bindparam, func, select
from sqlalchemy.orm import Session

from shop.core import clock
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.core.wording import date_in_words, time_in_words
from shop.inventory.allocation import LotOnShelf, first_expired_first
from shop.inventory.ledger import Counters
from shop.inventory.models import CertificateRevision, HoldState, Lot, LotHold, LotState

FREE = Lot.on_hand - Lot.reserved - Lot.allocated - Lot.quarantined
"""Vials of a lot that nobody has been promised; `Lot.free` is the same in Python."""


def sellable_on(ship_on: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Whether a lot may be sold for shipping on a day: released, and still on the shelf that day."""
    return and_(Lot.state == LotState.RELEASED, Lot.removal_on > ship_on)


class OnShelf(Protocol):
    """What the predicate looks at, of a lot or of the bare values of one."""

    @property
    def state(self) -> LotState:
        """The stored state."""

    @property
    def removal_on(self) -> date:
        """The day the lot leaves the shelf."""


def is_sellable_on(lot: OnShelf, ship_on: date) -> bool:
    """`sellable_on` for a lot that has been read; a test proves that both always say the same."""
    return lot.state == LotState.RELEASED and lot.removal_on > ship_on


def not_short_dated(ship_on: date) -> ColumnElement[bool]:
    """Whether a lot stays on the shelf long enough after a day to be sold to those who did not ask."""
    return Lot.removal_on > ship_on + timedelta(days=settings().short_dated_days)


def available(
    session: Session, size_ids: Iterable[int], ship_on: date, *, short_dated: bool = False
) -> dict[int, int]:
    """Vials free to sell, by vial size; a size without any is 0. One query.

    Args:
        short_dated: whether shorter-dated lots count as well.
    """
    wanted = list(size_ids)
    query = (
        select(Lot.vial_size_id, func.sum(FREE))
        .where(Lot.vial_size_id.in_(wanted), sellable_on(ship_on))
        .group_by(Lot.vial_size_id)
    )
    if not short_dated:
        query = query.where(not_short_dated(ship_on))
    found = {size_id: int(quantity) for size_id, quantity in session.execute(query)}
    return {size_id: found.get(size_id, 0) for size_id in wanted}


def on_shelf(
    session: Session, size_ids: Iterable[int], ship_on: date, *, holds: Iterable[int] = ()
) -> list[LotOnShelf]:
    """The lots of some sizes that still have vials to sell, as allocation sees them, in its order.

    Args:
        holds: holds whose vials stand on the shelf as well, for the line that names them.
    """
    wanted = list(holds)
    asked: dict[str, Any] = {"size_ids": list(size_ids), "ship_on": ship_on}
    rows: list[tuple[Any, ...]] = [(*row, None) for row in session.execute(_FREE_ON_SHELF, asked)]
    if wanted:
        rows += [(*row,) for row in session.execute(_HELD_ON_SHELF, {**asked, "hold_ids": wanted})]
    shortest = ship_on + timedelta(days=settings().short_dated_days)
    return first_expired_first(
        LotOnShelf(
            lot_id=lot_id,
            size_id=size_id,
            removal_on=removal_on,
            filled_on=filled_on,
            available=vials,
            number=number,
            keeps_until=min(day for day in (retest_on, expires_on) if day is not None),
            # Who holds a lot has chosen it.
            short_dated=removal_on <= shortest and hold is None,
            kept_for=hold,
        )
        for lot_id, size_id, removal_on, filled_on, number, retest_on, expires_on, vials, hold in rows
    )


# Made once: making a statement anew costs more than running it.
_COLUMNS = (
    *(Lot.id, Lot.vial_size_id, Lot.removal_on, Lot.filled_on),
    *(Lot.number, Lot.retest_on, Lot.expires_on),
)
_OF_SIZES = (
    Lot.vial_size_id.in_(bindparam("size_ids", expanding=True)),
    sellable_on(bindparam("ship_on", type_=Date())),
)
_FREE_ON_SHELF = select(*_COLUMNS, FREE).where(*_OF_SIZES, FREE > 0)
_HELD_ON_SHELF = (
    select(*_COLUMNS, LotHold.left_vials, LotHold.id)
    .join(LotHold, LotHold.lot_id == Lot.id)
    .where(
        *_OF_SIZES,
        LotHold.id.in_(bindparam("hold_ids", expanding=True)),
        LotHold.state == HoldState.HELD,
        LotHold.left_vials > 0,
    )
)


def current_certificates(session: Session, lot_ids: Iterable[int]) -> dict[int, int]:
    """The id of the newest published certificate revision of each lot."""
    rows = session.execute(
        select(CertificateRevision.lot_id, CertificateRevision.id)
        .where(CertificateRevision.lot_id.in_(list(lot_ids)), CertificateRevision.published_at.is_not(None))
        .order_by(CertificateRevision.revision)
    )
    # Later revisions come later and stay.
    return dict(rows.all())


@dataclass(frozen=True, kw_only=True)
class Promise:
    """Vials held for somebody, and until when; None where a person decides."""

    vials: int
    until: datetime | None


def in_words(counters: Counters, promises: Sequence[Promise] = ()) -> str:
    """Why there are as many vials to sell as there are: `12 on hand, 3 held until 14:20, 2 in quarantine`.

    Args:
        promises: who holds the reserved vials; what they do not cover is said without a time.
    """
    parts = [_("%(num)s on hand", num=f"{counters.on_hand:,}")]
    by_time: dict[datetime | None, int] = {}
    for promise in promises:
        by_time[promise.until] = by_time.get(promise.until, 0) + promise.vials
    told = sum(by_time.values())
    if told > counters.reserved:
        by_time, told = {}, 0
    for until in sorted(each for each in by_time if each is not None):
        when = time_in_words(until) if until.date() == clock.today() else date_in_words(until.date())
        parts.append(_("%(num)s held until %(when)s", num=f"{by_time[until]:,}", when=when))
    undated = by_time.get(None, 0) + counters.reserved - told
    if undated:
        parts.append(_("%(num)s held", num=f"{undated:,}"))
    if counters.allocated:
        parts.append(_("%(num)s allocated to orders", num=f"{counters.allocated:,}"))
    if counters.quarantined:
        parts.append(_("%(num)s in quarantine", num=f"{counters.quarantined:,}"))
    parts.append(_("%(num)s free", num=f"{counters.free:,}"))
    return ", ".join(parts)


def why_not_sellable(state: LotState, removal_on: date, ship_on: date) -> str:
    """Why no vial of a lot can be sold for shipping on a day; empty where they can."""
    if state != LotState.RELEASED:
        return {
            LotState.QUARANTINE: _("The lot is in quarantine, so none of them is for sale."),
            LotState.ON_HOLD: _("The lot is on hold, so none of them is for sale."),
            LotState.REJECTED: _("The lot is rejected, so none of them is for sale."),
            LotState.RECALLED: _("The lot is recalled, so none of them is for sale."),
        }[state]
    if removal_on <= ship_on:
        return _("The lot leaves the shelf before the planned ship date, so none of them is for sale.")
    return ""


def is_short_dated(removal_on: date, ship_on: date) -> bool:
    """Whether a lot is sold only to those who ask for shorter-dated vials."""
    return removal_on <= ship_on + timedelta(days=settings().short_dated_days)


def standing_holds(lot_ids: Iterable[int]) -> ColumnElement[bool]:
    """Holds that keep vials of some lots."""
    return and_(LotHold.lot_id.in_(list(lot_ids)), LotHold.state == HoldState.HELD, LotHold.left_vials > 0)
