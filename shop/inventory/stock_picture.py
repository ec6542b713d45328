"""Where the vials of lots are, now or at any past moment, and why as many can be sold as can. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.core import clock
from shop.core.settings import settings
from shop.inventory import availability, ledger
from shop.inventory.availability import Promise
from shop.inventory.ledger import Counters
from shop.inventory.models import Lot, LotEvent, LotState, RetestDateChange
from shop.inventory.shelf_life import removal_date

ShipOn = Callable[[Lot, date], date]
"""When vials of a lot that are sold on a day are planned to leave."""


@dataclass(frozen=True, kw_only=True)
class LotPicture:
    """One lot at one moment; `state` is None before it was received."""

    lot: Lot
    state: LotState | None
    counters: Counters
    words: str
    """Such as `12 on hand, 3 held until 14:20, 2 in quarantine, 7 free`."""
    not_sold: str
    """Why none of them is for sale; empty where they are."""

    @property
    def for_sale(self) -> int:
        """Vials that could be sold at that moment, for the ship date planned then."""
        return 0 if self.not_sold or self.state is None else self.counters.free


def now(
    session: Session, lots: Sequence[Lot], promises: Mapping[int, Sequence[Promise]], *, ship_on: ShipOn
) -> list[LotPicture]:
    """The lots as they are, by their counters, with who holds their vials until when."""
    today = clock.today()
    return [
        _picture(
            lot,
            lot.state,
            Counters(
                on_hand=lot.on_hand,
                reserved=lot.reserved,
                allocated=lot.allocated,
                quarantined=lot.quarantined,
            ),
            lot.removal_on,
            ship_on(lot, today),
            promises.get(lot.id, ()),
        )
        for lot in lots
    ]


def at(session: Session, lots: Sequence[Lot], moment: datetime, *, ship_on: ShipOn) -> list[LotPicture]:
    """The lots as they were at a moment, from the ledger, their events and retests. Three queries."""
    ids = [lot.id for lot in lots]
    counters = ledger.as_of(session, ids, moment)
    events = session.execute(
        select(LotEvent.lot_id, LotEvent.to_state)
        .where(LotEvent.lot_id.in_(ids), LotEvent.at <= moment)
        .order_by(LotEvent.id)
    )
    # Later events come later and stay.
    states: dict[int, LotState] = dict(events.all())
    moved = select(RetestDateChange.lot_id, RetestDateChange.before).where(
        RetestDateChange.lot_id.in_(ids), RetestDateChange.at > moment
    )
    # Earlier moves come later and stay: the first one after the moment tells what stood then.
    retests: dict[int, date | None] = dict(session.execute(moved.order_by(RetestDateChange.id.desc())).all())
    return [
        _picture(
            lot,
            states.get(lot.id),
            counters[lot.id],
            removal_date(retests[lot.id], lot.expires_on, margin_days=settings().lot_margin_days)
            if lot.id in retests
            else lot.removal_on,
            ship_on(lot, moment.date()),
            (),
        )
        for lot in lots
    ]


def total(pictures: Sequence[LotPicture]) -> Counters:
    """The counters of several lots together."""
    return Counters(
        on_hand=sum(each.counters.on_hand for each in pictures),
        reserved=sum(each.counters.reserved for each in pictures),
        allocated=sum(each.counters.allocated for each in pictures),
        quarantined=sum(each.counters.quarantined for each in pictures),
    )


def _picture(
    lot: Lot,
    state: LotState | None,
    counters: Counters,
    removal_on: date,
    ship_on: date,
    promises: Sequence[Promise],
) -> LotPicture:
    return LotPicture(
        lot=lot,
        state=state,
        counters=counters,
        words=availability.in_words(counters, promises),
        not_sold="" if state is None else availability.why_not_sellable(state, removal_on, ship_on),
    )
