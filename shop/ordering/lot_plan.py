"""Which lots a cart or an order would be filled from: what its lines ask of them, and why that fails."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.inventory import allocation, availability
from shop.inventory.allocation import Demand, LotOnShelf, NotEnough, Shortage, Take
from shop.ordering.lines import Line
from shop.ordering.models import OrderLine


class SoldOut(Refused):
    """Some vials of the cart cannot be had any more, or not as they are wanted."""


def kept_until(line: Line, ship_on: date) -> date | None:
    """The day a line wants its vials to keep until, counted from the planned ship date."""
    return add_months(ship_on, line.months_left) if line.months_left else None


def add_months(day: date, months: int) -> date:
    """The same day of a later month; the last of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def demand(line: Line, position: int, ship_on: date) -> Demand:
    """A cart line as allocation takes it."""
    return Demand(
        line=position,
        size_id=line.size.id,
        quantity=line.quantity,
        one_lot=line.one_lot,
        keeps_until=kept_until(line, ship_on),
        short_dated=line.short_dated,
        hold=line.lot_hold_id,
    )


def demand_again(line: OrderLine, quantity: int | None = None) -> Demand:
    """An order line whose vials are looked for anew, with what its buyer asked of them."""
    return Demand(
        line=line.position,
        size_id=line.vial_size_id,
        quantity=line.quantity if quantity is None else quantity,
        one_lot=line.one_lot,
        keeps_until=line.keeps_until,
        short_dated=line.short_dated,
    )


def shelf_for(session: Session, lines: Sequence[Line], ship_on: date) -> list[LotOnShelf]:
    """The lots that can fill some cart lines, with those held for them. One query, or two with a hold."""
    return availability.on_shelf(
        session,
        [line.size.id for line in lines],
        ship_on,
        holds=[line.lot_hold_id for line in lines if line.lot_hold_id is not None],
    )


def plan(session: Session, lines: Sequence[Line], ship_on: date) -> tuple[list[Take], list[LotOnShelf]]:
    """First expired, first out over the whole cart; line numbers count from 1.

    Raises:
        SoldOut: says of every size that falls short what is left of it, or what could be had instead.
    """
    shelf = shelf_for(session, lines, ship_on)
    demands = [demand(line, position, ship_on) for position, line in enumerate(lines, start=1)]
    try:
        return allocation.allocate(demands, shelf), shelf
    except NotEnough as shortage:
        sentences = [
            in_words(line, shortage.shortages[line.size.id], shelf)
            for line in lines
            if line.size.id in shortage.shortages
        ]
        raise SoldOut(" ".join(sentences)) from None


def shortages(lines: Sequence[Line], shelf: Sequence[LotOnShelf], ship_on: date) -> dict[int, str]:
    """Why some lines of a cart cannot be filled as they are wanted, by the line's id."""
    demands = [demand(line, position, ship_on) for position, line in enumerate(lines, start=1)]
    try:
        allocation.allocate(demands, shelf)
    except NotEnough as shortage:
        return {
            line.id: _how_to_go_on(line, shortage.shortages[line.size.id], shelf)
            for line in lines
            if line.size.id in shortage.shortages
        }
    return {}


def most(
    line: Line,
    shelf: Sequence[LotOnShelf],
    ship_on: date,
    *,
    one_lot: bool | None = None,
    short_dated: bool | None = None,
) -> int:
    """How many vials a line could have at most; its own wishes hold unless another is given."""
    wanted = demand(line, 1, ship_on)
    if short_dated is not None:
        wanted = replace(wanted, short_dated=short_dated)
    of_lot: Counter[int] = Counter()
    for lot in shelf:
        if allocation.suits(lot, wanted):
            of_lot[lot.lot_id] += lot.available
    from_one = wanted.one_lot if one_lot is None else one_lot
    return max(of_lot.values(), default=0) if from_one else of_lot.total()


def in_words(line: Line, shortage: Shortage, shelf: Sequence[LotOnShelf]) -> str:
    """Why a line cannot be filled, with the product's name, for a place where the line is not seen."""
    title, wish = line.size.title, _wish_not_met(line, shortage, shelf)
    if wish:
        return f"{title}: {wish}"
    if shortage.available == 0:
        return _("%(title)s is sold out.", title=title)
    return _("Only %(left)s of %(title)s left.", left=shortage.available, title=title)


def _how_to_go_on(line: Line, shortage: Shortage, shelf: Sequence[LotOnShelf]) -> str:
    wish = _wish_not_met(line, shortage, shelf)
    if wish:
        return wish
    if shortage.available == 0:
        return _("Sold out. Remove it to go on.")
    return ngettext(
        "Only %(num)s vial is left. Change the quantity to go on.",
        "Only %(num)s vials are left. Change the quantity to go on.",
        shortage.available,
    )


def _wish_not_met(line: Line, shortage: Shortage, shelf: Sequence[LotOnShelf]) -> str:
    """Which wish stands in the way and what could be had without it; empty where none does."""
    if line.one_lot and shortage.split:
        return _(
            "No lot has %(wanted)s vials. The most from one lot is %(most)s. Over several lots it would be "
            "%(split)s. Change the quantity, or accept several lots.",
            wanted=line.quantity,
            most=shortage.in_one_lot,
            split=_split_in_words(shortage.split, shelf),
        )
    if line.months_left and shortage.keeping < line.quantity <= shortage.available:
        return ngettext(
            "Only %(num)s vial keeps for %(months)s months. Change the quantity, or ask for less time.",
            "Only %(num)s vials keep for %(months)s months. Change the quantity, or ask for less time.",
            shortage.keeping,
            months=line.months_left,
        )
    if not line.short_dated and shortage.with_short_dated > shortage.available:
        return _(
            "%(left)s left with the usual time until retest. %(more)s more are shorter-dated: ask for them, "
            "or change the quantity.",
            left=shortage.available,
            more=shortage.with_short_dated - shortage.available,
        )
    return ""


def _split_in_words(takes: Sequence[Take], shelf: Sequence[LotOnShelf]) -> str:
    numbers = {lot.lot_id: lot.number for lot in shelf}
    return ", ".join(
        _("%(num)s of %(lot)s", num=take.quantity, lot=numbers[take.lot_id])
        for take in sorted(takes, key=lambda each: each.line)
    )
